#include "intern.h"

#include <string.h>

#include "../runtime/base/checked.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

void seg_intern_init(seg_intern *intern, seg_arena *arena) { *intern = (seg_intern){.arena = arena}; }

typedef struct key {
    const char *bytes;
    size_t size_bytes;
    uint64_t hash;
} key;

static const key *key_of(const seg_intern *intern, uint32_t number) {
    return (const key *)intern->keys.items + number;
}

static bool is_key(const seg_intern *intern, const seg_intern_slot *slot, const key *wanted) {
    if (slot->tag != wanted->hash >> 32) return false;
    const key *held = key_of(intern, slot->number - 1);
    return held->hash == wanted->hash && held->size_bytes == wanted->size_bytes &&
           (wanted->size_bytes == 0 || memcmp(held->bytes, wanted->bytes, wanted->size_bytes) == 0);
}

static seg_intern_slot *find_slot(const seg_intern *intern, const key *wanted) {
    size_t mask = intern->slot_count - 1;
    for (size_t at = wanted->hash & mask;; at = (at + 1) & mask) {
        seg_intern_slot *slot = &intern->slots[at];
        if (!slot->number || is_key(intern, slot, wanted)) return slot;
    }
}

static bool grow(seg_intern *intern) {
    size_t slot_count = intern->slot_count ? intern->slot_count * 2 : 64;
    seg_intern_slot *slots = seg_arena_take_array(intern->arena, slot_count, sizeof *slots);
    if (!slots) return false;
    for (uint32_t i = 0; i < intern->count; i++) {
        uint64_t hash = key_of(intern, i)->hash;
        size_t at = hash & (slot_count - 1);
        while (slots[at].number) at = (at + 1) & (slot_count - 1);
        slots[at] = (seg_intern_slot){(uint32_t)(hash >> 32), i + 1};
    }
    intern->slots = slots;
    intern->slot_count = slot_count;
    return true;
}

uint32_t seg_intern_number(seg_intern *intern, const void *bytes, size_t size_bytes, bool *is_new) {
    *is_new = false;
    if (intern->arena->failed) return SEG_NONE; /* what the numbers stand for may be missing */
    if ((size_t)intern->count * 2 >= intern->slot_count && !grow(intern)) return SEG_NONE;
    key wanted = {bytes, size_bytes, XXH3_64bits(bytes, size_bytes)};
    seg_intern_slot *slot = find_slot(intern, &wanted);
    if (!slot->number) {
        wanted.bytes = seg_arena_copy(intern->arena, bytes, size_bytes);
        key *made = wanted.bytes ? seg_list_add(intern->arena, &intern->keys, sizeof *made) : NULL;
        if (!made) return SEG_NONE;
        *made = wanted;
        *slot = (seg_intern_slot){(uint32_t)(wanted.hash >> 32), ++intern->count};
        *is_new = true;
    }
    return slot->number - 1;
}

static bool move_list(seg_arena *arena, seg_list *list, uint32_t capacity, size_t item_bytes) {
    size_t size_bytes;
    if (!seg_mul_size(capacity, item_bytes, &size_bytes)) {
        arena->failed = true;
        return false;
    }
    void *items = seg_arena_take_raw(arena, size_bytes);
    if (!items) return false;
    if (list->count) memcpy(items, list->items, list->count * item_bytes);
    list->items = items;
    list->capacity = capacity;
    return true;
}

void seg_list_reserve(seg_arena *arena, seg_list *list, uint32_t capacity, size_t item_bytes) {
    if (capacity > list->capacity) (void)move_list(arena, list, capacity, item_bytes);
}

bool seg_list_grow(seg_arena *arena, seg_list *list, size_t item_bytes) {
    uint32_t capacity = list->capacity ? list->capacity * 2 : 8;
    return capacity > list->capacity && move_list(arena, list, capacity, item_bytes);
}
