#include "intern.h"

#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

void seg_intern_init(seg_intern *intern, seg_arena *arena) { *intern = (seg_intern){.arena = arena}; }

static seg_intern_slot *find_slot(const seg_intern *intern, const void *key, size_t key_bytes,
                                  uint64_t hash) {
    size_t mask = intern->slot_count - 1;
    for (size_t at = hash & mask;; at = (at + 1) & mask) {
        seg_intern_slot *slot = &intern->slots[at];
        if (!slot->key) return slot;
        if (slot->hash != hash || slot->key_bytes != key_bytes) continue;
        if (key_bytes == 0 || memcmp(slot->key, key, key_bytes) == 0) return slot;
    }
}

static bool grow(seg_intern *intern) {
    seg_intern larger = *intern;
    larger.slot_count = intern->slot_count ? intern->slot_count * 2 : 64;
    larger.slots = seg_arena_take_array(intern->arena, larger.slot_count, sizeof *larger.slots);
    if (!larger.slots) return false;
    for (size_t i = 0; i < intern->slot_count; i++) {
        const seg_intern_slot *slot = &intern->slots[i];
        if (slot->key) *find_slot(&larger, slot->key, slot->key_bytes, slot->hash) = *slot;
    }
    *intern = larger;
    return true;
}

uint32_t seg_intern_number(seg_intern *intern, const void *key, size_t key_bytes, bool *is_new) {
    *is_new = false;
    if (intern->arena->failed) return SEG_NONE; /* what the numbers stand for may be missing */
    if ((size_t)intern->count * 2 >= intern->slot_count && !grow(intern)) return SEG_NONE;
    uint64_t hash = XXH64(key, key_bytes, 0);
    seg_intern_slot *slot = find_slot(intern, key, key_bytes, hash);
    if (!slot->key) {
        const char *copy = seg_arena_copy(intern->arena, key, key_bytes);
        if (!copy) return SEG_NONE;
        *slot = (seg_intern_slot){copy, key_bytes, hash, intern->count++};
        *is_new = true;
    }
    return slot->number;
}

void *seg_list_add(seg_arena *arena, seg_list *list, size_t item_bytes) {
    if (list->count == list->capacity) {
        uint32_t capacity = list->capacity ? list->capacity * 2 : 8;
        void *items = seg_arena_take_array(arena, capacity, item_bytes);
        if (!items || capacity < list->capacity) return NULL;
        if (list->count) memcpy(items, list->items, list->count * item_bytes);
        list->items = items;
        list->capacity = capacity;
    }
    return (char *)list->items + (size_t)list->count++ * item_bytes;
}
