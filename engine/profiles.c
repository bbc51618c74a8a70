#include "profiles.h"

#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "heap.h"
#include "text.h"

enum { FIRST_SLOTS = 1024, ID_UNITS = SEG_ID_BLOCK_BYTES / SEG_ID_UNIT_BYTES };

void seg_profiles_init(seg_profiles *profiles, const seg_allocator *allocator, uint64_t seed) {
    *profiles = (seg_profiles){.allocator = allocator, .seed = seed};
}

void seg_profiles_free(seg_profiles *profiles) {
    const seg_allocator *allocator = profiles->allocator;
    for (size_t i = 0; i < profiles->id_block_count; i++)
        seg_heap_resize(allocator, profiles->ids[i].bytes, profiles->ids[i].size_bytes, 0);
    seg_heap_free(allocator, profiles->ids, profiles->id_block_capacity, sizeof *profiles->ids);
    for (size_t i = 0; i < profiles->block_count; i++)
        seg_heap_free(allocator, profiles->blocks[i], SEG_PROFILE_BLOCK, sizeof **profiles->blocks);
    seg_heap_free(allocator, profiles->blocks, profiles->block_capacity, sizeof *profiles->blocks);
    seg_heap_free(allocator, profiles->kin, profiles->kin_capacity, sizeof *profiles->kin);
    seg_heap_free(allocator, profiles->slots, profiles->slot_count, sizeof *profiles->slots);
    seg_profiles_init(profiles, allocator, profiles->seed);
}

uint32_t seg_profiles_hash(const seg_profiles *profiles, seg_text id) {
    return (uint32_t)XXH3_64bits_withSeed(id.bytes, id.size_bytes, profiles->seed);
}

static uint32_t find(const seg_profiles *profiles, seg_text id, uint32_t hash) {
    if (!profiles->slot_count) return SEG_NONE;
    size_t mask = profiles->slot_count - 1;
    for (size_t at = hash & mask;; at = (at + 1) & mask) {
        const seg_profile_slot *slot = &profiles->slots[at];
        if (slot->profile == SEG_NONE) return SEG_NONE;
        if (slot->hash == hash && seg_text_equal(seg_profiles_id(profiles, slot->profile), id))
            return slot->profile;
    }
}

uint32_t seg_profiles_find(const seg_profiles *profiles, seg_text id) {
    return find(profiles, id, seg_profiles_hash(profiles, id));
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

/* Keeps an id behind its size, which takes a byte, or five where it is long. SEG_NONE: no memory. */
static uint32_t keep_id(seg_profiles *profiles, seg_text id) {
    uint32_t size = (uint32_t)id.size_bytes;
    size_t head = size < UINT8_MAX ? 1 : 1 + sizeof size, whole = head + size;
    size_t units = (whole + SEG_ID_UNIT_BYTES - 1) / SEG_ID_UNIT_BYTES;
    if (profiles->id_block_count == 0 || ID_UNITS - profiles->id_used < units) {
        size_t bytes = units < ID_UNITS ? SEG_ID_BLOCK_BYTES : units * SEG_ID_UNIT_BYTES;
        if (profiles->id_block_count >= SEG_NONE / ID_UNITS ||
            !seg_heap_grow(profiles->allocator, &profiles->ids, &profiles->id_block_capacity,
                           profiles->id_block_count + 1, sizeof *profiles->ids))
            return SEG_NONE;
        char *block = seg_heap_resize(profiles->allocator, NULL, 0, bytes);
        if (!block) return SEG_NONE;
        profiles->ids[profiles->id_block_count++] = (seg_id_block){block, bytes};
        profiles->id_used = 0;
    }
    char *at = profiles->ids[profiles->id_block_count - 1].bytes + profiles->id_used * SEG_ID_UNIT_BYTES;
    uint32_t place = (uint32_t)((profiles->id_block_count - 1) * ID_UNITS + profiles->id_used);
    *at = (char)(head == 1 ? size : UINT8_MAX);
    if (head > 1) memcpy(at + 1, &size, sizeof size);
    if (size) memcpy(at + head, id.bytes, size);
    profiles->id_used = units < ID_UNITS - profiles->id_used ? profiles->id_used + units : ID_UNITS;
    return place;
}

/* Room for one more profile. */
static bool grow_blocks(seg_profiles *profiles) {
    if (profiles->count < profiles->block_count * SEG_PROFILE_BLOCK) return true;
    if (!seg_heap_grow(profiles->allocator, &profiles->blocks, &profiles->block_capacity,
                       profiles->block_count + 1, sizeof *profiles->blocks))
        return false;
    seg_profile *block = seg_heap_resize(profiles->allocator, NULL, 0, SEG_PROFILE_BLOCK * sizeof *block);
    if (!block) return false;
    profiles->blocks[profiles->block_count++] = block;
    return true;
}

/* Makes a place for an id that has none. */
static uint32_t add(seg_profiles *profiles, seg_text id, uint32_t hash) {
    if (profiles->count >= SEG_NONE - 1 || id.size_bytes > UINT32_MAX) return SEG_NONE;
    /* At most seven of eight slots are taken: eight of them lie on a line of the cache. */
    if (profiles->count * 8 >= profiles->slot_count * 7 && !grow_slots(profiles)) return SEG_NONE;
    if (!grow_blocks(profiles)) return SEG_NONE;
    uint32_t kept = keep_id(profiles, id);
    if (kept == SEG_NONE) return SEG_NONE;
    uint32_t index = (uint32_t)profiles->count++;
    *seg_profile_at(profiles, index) = (seg_profile){.armed = SEG_NEVER, .id = kept, .place = SEG_NONE};
    put_slot(profiles->slots, profiles->slot_count - 1, (seg_profile_slot){hash, index});
    return index;
}

uint32_t seg_profiles_intern(seg_profiles *profiles, seg_text id) {
    uint32_t hash = seg_profiles_hash(profiles, id), found = find(profiles, id, hash);
    return found != SEG_NONE ? found : add(profiles, id, hash);
}

uint32_t seg_profiles_intern_hinted(seg_profiles *profiles, seg_text id, seg_id_hint hint) {
    if (hint.guess != SEG_NONE && seg_text_equal(seg_profiles_id(profiles, hint.guess), id))
        return hint.guess;
    uint32_t found = find(profiles, id, hint.hash);
    return found != SEG_NONE ? found : add(profiles, id, hint.hash);
}

/* ---- who is who ---- */

bool seg_profiles_grow_kin(seg_profiles *profiles, size_t count) {
    return profiles->kin_count + count < SEG_PROFILE_KIN &&
           seg_heap_grow(profiles->allocator, &profiles->kin, &profiles->kin_capacity,
                         profiles->kin_count + count, sizeof *profiles->kin);
}

seg_kin *seg_profiles_make_kin(seg_profiles *profiles, uint32_t profile) {
    seg_kin *kin = seg_profiles_kin(profiles, profile);
    if (kin) return kin;
    seg_profile *p = seg_profile_at(profiles, profile);
    kin = &profiles->kin[profiles->kin_count];
    *kin = (seg_kin){
        .parent = SEG_NONE, .ring = profile, .erased_at = INT64_MIN, .born = INT64_MIN, .place = p->place};
    p->place = SEG_PROFILE_KIN | (uint32_t)profiles->kin_count++;
    return kin;
}

void seg_profiles_put(seg_profiles *profiles, uint32_t profile, uint32_t place) {
    seg_kin *kin = seg_profiles_kin(profiles, profile);
    *(kin ? &kin->place : &seg_profile_at(profiles, profile)->place) = place;
}

uint32_t seg_profiles_root(seg_profiles *profiles, uint32_t profile) {
    seg_kin *kin;
    while ((kin = seg_profiles_kin(profiles, profile)) && kin->parent != SEG_NONE) {
        profile = kin->parent;
        /* The way becomes shorter for the next who asks. A parent has kin. */
        uint32_t above = seg_profiles_kin(profiles, profile)->parent;
        if (above != SEG_NONE) kin->parent = above;
    }
    return profile;
}

int64_t seg_profiles_erased_at(const seg_profiles *profiles, uint32_t profile) {
    const seg_kin *kin = seg_profiles_kin(profiles, profile);
    return kin ? kin->erased_at : INT64_MIN;
}

int64_t seg_profiles_born(const seg_profiles *profiles, uint32_t profile) {
    const seg_kin *kin = seg_profiles_kin(profiles, profile);
    return kin ? kin->born : INT64_MIN;
}

void seg_profiles_bear(seg_profiles *profiles, uint32_t profile, int64_t born) {
    if (born != seg_profiles_born(profiles, profile)) seg_profiles_make_kin(profiles, profile)->born = born;
}

uint32_t seg_profiles_next_of_person(const seg_profiles *profiles, uint32_t profile) {
    const seg_kin *kin = seg_profiles_kin(profiles, profile);
    return kin ? kin->ring : profile;
}

void seg_profiles_join(seg_profiles *profiles, uint32_t into, uint32_t from) {
    seg_kin *to = seg_profiles_make_kin(profiles, into), *joined = seg_profiles_make_kin(profiles, from);
    joined->parent = into;
    uint32_t next = to->ring; /* two circles become one when their next ones change places */
    to->ring = joined->ring;
    joined->ring = next;
}

void seg_profiles_part(seg_profiles *profiles, uint32_t root, int64_t erased_at) {
    uint32_t profile = root;
    do {
        seg_kin *kin =
            seg_profiles_make_kin(profiles, profile); /* who is in a circle with others has a place */
        uint32_t next = kin->ring;
        kin->parent = SEG_NONE;
        kin->ring = profile;
        if (kin->erased_at < erased_at) kin->erased_at = erased_at;
        profile = next;
    } while (profile != root);
}

/* ---- before it is needed ---- */

void seg_profiles_expect(const seg_profiles *profiles, uint32_t hash) {
    if (profiles->slot_count) __builtin_prefetch(&profiles->slots[hash & (profiles->slot_count - 1)]);
}

uint32_t seg_profiles_guess(const seg_profiles *profiles, uint32_t hash) {
    if (!profiles->slot_count) return SEG_NONE;
    size_t mask = profiles->slot_count - 1, at = hash & mask;
    while (profiles->slots[at].profile != SEG_NONE && profiles->slots[at].hash != hash) at = (at + 1) & mask;
    uint32_t guess = profiles->slots[at].profile;
    if (guess != SEG_NONE) seg_profiles_expect_profile(profiles, guess);
    return guess;
}
