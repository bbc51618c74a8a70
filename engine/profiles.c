#include "profiles.h"

#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "heap.h"
#include "text.h"

enum { BLOCK_BYTES = 256 * 1024, FIRST_SLOTS = 1024 };

struct seg_id_block {
    seg_id_block *older;
    size_t used_bytes, size_bytes; /* of `bytes` */
    char bytes[];
};

void seg_profiles_init(seg_profiles *profiles, const seg_allocator *allocator, uint64_t seed) {
    *profiles = (seg_profiles){.allocator = allocator, .seed = seed};
}

void seg_profiles_free(seg_profiles *profiles) {
    const seg_allocator *allocator = profiles->allocator;
    for (seg_id_block *block = profiles->ids; block;) {
        seg_id_block *older = block->older;
        seg_heap_resize(allocator, block, sizeof *block + block->size_bytes, 0);
        block = older;
    }
    seg_heap_free(allocator, profiles->items, profiles->capacity, sizeof *profiles->items);
    seg_heap_free(allocator, profiles->slots, profiles->slot_count, sizeof *profiles->slots);
    seg_profiles_init(profiles, allocator, profiles->seed);
}

static uint32_t hash_id(const seg_profiles *profiles, seg_text id) {
    return (uint32_t)XXH3_64bits_withSeed(id.bytes, id.size_bytes, profiles->seed);
}

static uint32_t find(const seg_profiles *profiles, seg_text id, uint32_t hash) {
    if (!profiles->slot_count) return SEG_NONE;
    size_t mask = profiles->slot_count - 1;
    for (size_t at = hash & mask;; at = (at + 1) & mask) {
        const seg_profile_slot *slot = &profiles->slots[at];
        if (slot->profile == SEG_NONE) return SEG_NONE;
        if (slot->hash == hash && seg_text_equal(seg_profile_id(&profiles->items[slot->profile]), id))
            return slot->profile;
    }
}

uint32_t seg_profiles_find(const seg_profiles *profiles, seg_text id) {
    return find(profiles, id, hash_id(profiles, id));
}

static void put_slot(seg_profile_slot *slots, size_t mask, seg_profile_slot slot) {
    size_t at = slot.hash & mask;
    while (slots[at].profile != SEG_NONE) at = (at + 1) & mask;
    slots[at] = slot;
}

static bool grow_slots(seg_profiles *profiles) {
    size_t count = profiles->slot_count ? profiles->slot_count * 2 : FIRST_SLOTS;
    size_t bytes;
    if (__builtin_mul_overflow(count, sizeof *profiles->slots, &bytes)) return false;
    seg_profile_slot *slots = seg_heap_resize(profiles->allocator, NULL, 0, bytes);
    if (!slots) return false;
    memset(slots, 0xFF, bytes); /* all free */
    for (size_t i = 0; i < profiles->slot_count; i++)
        if (profiles->slots[i].profile != SEG_NONE) put_slot(slots, count - 1, profiles->slots[i]);
    seg_heap_free(profiles->allocator, profiles->slots, profiles->slot_count, sizeof *slots);
    profiles->slots = slots;
    profiles->slot_count = count;
    return true;
}

static const char *keep_id(seg_profiles *profiles, seg_text id) {
    seg_id_block *block = profiles->ids;
    if (!block || block->size_bytes - block->used_bytes < id.size_bytes) {
        size_t size = id.size_bytes > BLOCK_BYTES ? id.size_bytes : BLOCK_BYTES;
        size_t whole;
        if (__builtin_add_overflow(size, sizeof *block, &whole)) return NULL;
        block = seg_heap_resize(profiles->allocator, NULL, 0, whole);
        if (!block) return NULL;
        *block = (seg_id_block){.older = profiles->ids, .size_bytes = size};
        profiles->ids = block;
    }
    char *copy = block->bytes + block->used_bytes;
    if (id.size_bytes) memcpy(copy, id.bytes, id.size_bytes);
    block->used_bytes += id.size_bytes;
    return copy;
}

uint32_t seg_profiles_intern(seg_profiles *profiles, seg_text id) {
    uint32_t hash = hash_id(profiles, id);
    uint32_t found = find(profiles, id, hash);
    if (found != SEG_NONE) return found;
    if (profiles->count >= SEG_NONE - 1 || id.size_bytes > UINT32_MAX) return SEG_NONE;
    /* At most three of four slots are taken. */
    if (profiles->count * 4 >= profiles->slot_count * 3 && !grow_slots(profiles)) return SEG_NONE;
    if (!seg_heap_grow(profiles->allocator, &profiles->items, &profiles->capacity, profiles->count + 1,
                       sizeof *profiles->items))
        return SEG_NONE;
    const char *copy = keep_id(profiles, id);
    if (!copy) return SEG_NONE;
    uint32_t index = (uint32_t)profiles->count++;
    profiles->items[index] = (seg_profile){.id = copy, .id_bytes = (uint32_t)id.size_bytes,
                                           .parent = SEG_NONE, .ring = index,
                                           .erased_at = INT64_MIN, .born = SEG_NEVER,
                                           .armed = SEG_NEVER};
    put_slot(profiles->slots, profiles->slot_count - 1, (seg_profile_slot){hash, index});
    return index;
}

uint32_t seg_profiles_root(seg_profiles *profiles, uint32_t profile) {
    seg_profile *items = profiles->items;
    while (items[profile].parent != SEG_NONE) {
        uint32_t parent = items[profile].parent;
        /* The way becomes shorter for the next who asks. */
        if (items[parent].parent != SEG_NONE) items[profile].parent = items[parent].parent;
        profile = parent;
    }
    return profile;
}

void seg_profiles_join(seg_profiles *profiles, uint32_t into, uint32_t from) {
    seg_profile *items = profiles->items;
    items[from].parent = into;
    uint32_t next = items[into].ring; /* two circles become one when their next ones change places */
    items[into].ring = items[from].ring;
    items[from].ring = next;
}
