#include "names.h"

#include <stdlib.h>
#include <string.h>

#include "types.h"

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

seg_name *seg_names_find(const seg_names *names, seg_text text) {
    uint32_t first = 0, end = names->count;
    while (first < end) {
        uint32_t middle = first + (end - first) / 2;
        if (seg_text_order(names->list[middle].text, text) < 0)
            first = middle + 1;
        else
            end = middle;
    }
    return first < names->count && seg_text_same(names->list[first].text, text) ? &names->list[first] : NULL;
}
