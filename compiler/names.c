#include "names.h"

#include <stdlib.h>
#include <string.h>

#include "types.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

bool seg_names_add(seg_names *names, seg_arena *arena, seg_name name) {
    if (names->count == names->capacity) {
        uint32_t capacity = names->capacity == 0 ? 64 : names->capacity * 2;
        seg_name *list = seg_arena_take_array(arena, capacity, sizeof *list);
        if (list == NULL) return false;
        if (names->count != 0) memcpy(list, names->list, names->count * sizeof *list);
        names->list = list;
        names->capacity = capacity;
    }
    name.order = names->count;
    names->list[names->count++] = name;
    return true;
}

static int compare_names(const void *left, const void *right) {
    const seg_name *a = left, *b = right;
    int order = seg_text_order(a->text, b->text);
    return order != 0 ? order : (a->order > b->order) - (a->order < b->order);
}

void seg_names_sort(seg_names *names) {
    if (names->count != 0) qsort(names->list, names->count, sizeof *names->list, compare_names);
}

static uint32_t *find_place(const seg_names *names, seg_text text) {
    uint64_t hash = text.size_bytes != 0 ? XXH3_64bits(text.bytes, text.size_bytes) : 0;
    for (uint64_t at = hash & names->mask;; at = (at + 1) & names->mask) {
        uint32_t *place = &names->places[at];
        if (*place == 0 || seg_text_same(names->list[*place - 1].text, text)) return place;
    }
}

bool seg_names_index(seg_names *names, seg_arena *arena) {
    uint64_t room = 64;
    while (room / 2 < names->count) room *= 2;
    names->places = seg_arena_take_array(arena, (size_t)room, sizeof *names->places);
    if (names->places == NULL) return false;
    names->mask = room - 1;
    for (uint32_t i = 0; i < names->count; i++) {
        uint32_t *place = find_place(names, names->list[i].text);
        if (*place == 0) *place = i + 1; /* of several the first declaration */
    }
    return true;
}

seg_name *seg_names_find(const seg_names *names, seg_text text) {
    uint32_t place = names->places != NULL ? *find_place(names, text) : 0;
    return place != 0 ? &names->list[place - 1] : NULL;
}
