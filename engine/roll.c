#include "roll.h"

#include <stdlib.h>

#include "heap.h"
#include "text.h"

bool seg_roll_init(seg_roll *roll, uint32_t segment_count, const seg_allocator *allocator) {
    *roll = (seg_roll){.allocator = allocator, .segment_count = segment_count};
    roll->bits = seg_heap_zeroed(allocator, segment_count, sizeof *roll->bits);
    roll->bit_capacity = seg_heap_zeroed(allocator, segment_count, sizeof *roll->bit_capacity);
    roll->members = seg_heap_zeroed(allocator, segment_count, sizeof *roll->members);
    roll->counts = seg_heap_zeroed(allocator, segment_count, sizeof *roll->counts);
    roll->sizes = seg_heap_zeroed(allocator, segment_count, sizeof *roll->sizes);
    return roll->bits && roll->bit_capacity && roll->members && roll->counts && roll->sizes;
}

void seg_roll_free(seg_roll *roll) {
    const seg_allocator *allocator = roll->allocator;
    size_t segments = roll->segment_count;
    for (size_t i = 0; roll->bits && roll->bit_capacity && i < segments; i++)
        seg_heap_free(allocator, roll->bits[i], roll->bit_capacity[i], sizeof **roll->bits);
    seg_heap_free(allocator, roll->bits, segments, sizeof *roll->bits);
    seg_heap_free(allocator, roll->bit_capacity, segments, sizeof *roll->bit_capacity);
    seg_heap_free(allocator, roll->members, segments, sizeof *roll->members);
    seg_heap_free(allocator, roll->counts, segments, sizeof *roll->counts);
    seg_heap_free(allocator, roll->sizes, segments, sizeof *roll->sizes);
    seg_heap_free(allocator, roll->order, roll->order_count, sizeof *roll->order);
    *roll = (seg_roll){0};
}

bool seg_roll_make_room(seg_roll *roll, size_t from, size_t rows) {
    size_t before = from / 64, words = before + (rows + 63) / 64;
    for (uint32_t i = 0; i < roll->segment_count; i++) {
        if (!seg_heap_grow(roll->allocator, &roll->bits[i], &roll->bit_capacity[i], words + 1,
                           sizeof **roll->bits))
            return false;
        roll->members[i] = roll->bits[i] + before;
    }
    return true;
}

void seg_roll_add_counts(seg_roll *roll) {
    for (uint32_t i = 0; i < roll->segment_count; i++) roll->sizes[i] += roll->counts[i];
}

static seg_text id_of(const seg_profiles *profiles, size_t number) {
    return seg_profiles_id(profiles, number);
}

static int compare_ids(const void *a, const void *b, void *profiles) {
    return seg_text_compare(id_of(profiles, *(const uint32_t *)a), id_of(profiles, *(const uint32_t *)b));
}

bool seg_roll_sort(seg_roll *roll, const seg_profiles *profiles) {
    if (roll->order && roll->order_count == profiles->count) return true;
    seg_heap_free(roll->allocator, roll->order, roll->order_count, sizeof *roll->order);
    roll->order_count = 0;
    roll->order = seg_heap_zeroed(roll->allocator, profiles->count, sizeof *roll->order);
    if (!roll->order) return false;
    roll->order_count = profiles->count;
    for (size_t i = 0; i < roll->order_count; i++) roll->order[i] = (uint32_t)i;
    qsort_r(roll->order, roll->order_count, sizeof *roll->order, compare_ids, (void *)profiles);
    return true;
}

static bool is_member(const seg_roll *roll, uint32_t segment, uint32_t number) {
    return roll->bits[segment][number / 64] >> number % 64 & 1;
}

seg_status seg_roll_members(const seg_roll *roll, const seg_profiles *profiles, uint32_t segment,
                            seg_profile_fn on_profile, void *user) {
    if (segment >= roll->segment_count) return SEG_E_USAGE;
    for (size_t i = 0; i < roll->order_count; i++)
        if (is_member(roll, segment, roll->order[i])) on_profile(user, id_of(profiles, roll->order[i]));
    return SEG_OK;
}

void seg_roll_profiles(const seg_roll *roll, const seg_profiles *profiles, seg_profile_fn on_profile,
                       void *user) {
    for (size_t i = 0; i < roll->order_count; i++) on_profile(user, id_of(profiles, roll->order[i]));
}

seg_status seg_roll_member_bits(const seg_roll *roll, uint32_t segment, uint64_t *bits) {
    if (segment >= roll->segment_count) return SEG_E_USAGE;
    memset(bits, 0, (roll->order_count + 63) / 64 * sizeof *bits);
    for (size_t i = 0; i < roll->order_count; i++)
        bits[i / 64] |= (uint64_t)is_member(roll, segment, roll->order[i]) << i % 64;
    return SEG_OK;
}
