#include "lookup.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "heap.h"
#include "text.h"

/* Names of the usual length are hashed in place, by their two halves. */
static inline uint64_t hash_name(seg_text name) {
    size_t size = name.size_bytes;
    if (size > 16) return XXH3_64bits(name.bytes, size);
    uint64_t first = size <= 8 ? seg_text_short(name.bytes, size) : seg_text_eight(name.bytes);
    uint64_t last = size <= 8 ? size : seg_text_eight(name.bytes + size - 8) + size;
    uint64_t mixed = (first ^ UINT64_C(0x9E3779B97F4A7C15)) * UINT64_C(0xBF58476D1CE4E5B9);
    mixed = ((mixed ^ mixed >> 29) + last) * UINT64_C(0x94D049BB133111EB);
    return mixed ^ mixed >> 32;
}

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

const seg_hint seg_hint_none = {
    .words = {UINT64_MAX}, .masks = {UINT64_MAX}, .found = SEG_NONE}; /* no text has such a byte */

enum { SPARE_HINTS = 6 }; /* for members beside those with names */

bool seg_keys_build(seg_keys *names, const seg_text *list, uint32_t count, const seg_allocator *allocator) {
    *names = (seg_keys){0};
    if (!seg_lookup_build(&names->lookup, list, count, allocator)) return false;
    uint32_t hints = count + SPARE_HINTS;
    names->hints = seg_heap_zeroed(allocator, (size_t)hints + 1, sizeof *names->hints);
    if (!names->hints) return false;
    names->hint_count = hints;
    for (uint32_t i = 0; i <= hints; i++) names->hints[i] = seg_hint_none;
    return true;
}

void seg_keys_free(seg_keys *names) {
    if (names->hints)
        seg_heap_free(names->lookup.allocator, names->hints, (size_t)names->hint_count + 1,
                      sizeof *names->hints);
    seg_lookup_free(&names->lookup);
    *names = (seg_keys){0};
}

static void learn(seg_hint *hint, seg_text name, uint32_t found) {
    *hint = (seg_hint){.size_bytes = name.size_bytes + 3, .found = found};
    memcpy(hint->words, name.bytes - 1, hint->size_bytes);
    memset(hint->masks, 0xFF, hint->size_bytes);
}

uint32_t seg_keys_find(const seg_keys *names, seg_text name, seg_hint **next) {
    seg_hint *hint = *next, *end = names->hints + names->hint_count;
    if (hint < end && seg_hint_fits(hint + 1, name.bytes - 1)) { /* a member is left out this time */
        *next = hint + 2;
        return hint[1].found;
    }
    uint32_t found = seg_lookup_find(&names->lookup, name);
    if (hint == end || name.size_bytes + 3 > SEG_HINT_BYTES) return found;
    learn(hint, name, found);
    *next = hint + 1;
    return found;
}
