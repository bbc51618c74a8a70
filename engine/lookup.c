#include "lookup.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "heap.h"
#include "text.h"

static uint64_t hash_name(seg_text name) { return XXH3_64bits(name.bytes, name.size_bytes); }

static uint64_t length_bit(seg_text name) {
    return UINT64_C(1) << (name.size_bytes < 63 ? name.size_bytes : 63);
}

bool seg_lookup_build(seg_lookup *names, const seg_text *list, uint32_t count,
                      const seg_allocator *allocator) {
    if (count > UINT32_MAX / 8) return false;
    uint32_t slots = 4;
    while (slots < count * 2) slots *= 2;
    *names = (seg_lookup){.names = list, .count = count, .mask = slots - 1, .allocator = allocator};
    names->slots = seg_heap_zeroed(allocator, slots, sizeof *names->slots);
    names->tags = seg_heap_zeroed(allocator, slots, sizeof *names->tags);
    if (!names->slots || !names->tags) {
        seg_lookup_free(names);
        return false;
    }
    memset(names->slots, 0xFF, (size_t)slots * sizeof *names->slots);
    for (uint32_t i = 0; i < count; i++) {
        if (seg_lookup_find(names, list[i]) != SEG_NONE) continue;
        uint64_t hash = hash_name(list[i]);
        uint32_t slot = (uint32_t)(hash >> 32) & names->mask;
        names->lengths |= length_bit(list[i]);
        while (names->slots[slot] != SEG_NONE) slot = (slot + 1) & names->mask;
        names->slots[slot] = i;
        names->tags[slot] = (uint32_t)hash;
    }
    return true;
}

void seg_lookup_free(seg_lookup *names) {
    seg_heap_free(names->allocator, names->slots, (size_t)names->mask + 1, sizeof *names->slots);
    seg_heap_free(names->allocator, names->tags, (size_t)names->mask + 1, sizeof *names->tags);
    *names = (seg_lookup){0};
}

uint32_t seg_lookup_find(const seg_lookup *names, seg_text name) {
    if (!(names->lengths & length_bit(name))) return SEG_NONE;
    uint64_t hash = hash_name(name);
    for (uint32_t slot = (uint32_t)(hash >> 32) & names->mask;; slot = (slot + 1) & names->mask) {
        uint32_t found = names->slots[slot];
        if (found == SEG_NONE) return SEG_NONE;
        if (names->tags[slot] == (uint32_t)hash && seg_text_equal(names->names[found], name)) return found;
    }
}
