/* roll.h - who is in which segment: a bit per segment and profile, and the profiles in the order of their
 * ids. */
#ifndef SEG_ENGINE_ROLL_H
#define SEG_ENGINE_ROLL_H

#include "engine.h"
#include "profiles.h"

typedef struct seg_roll {
    const seg_allocator *allocator;
    uint32_t segment_count;
    uint64_t **bits;      /* per segment: of the profiles by their numbers */
    size_t *bit_capacity; /* in words */
    uint64_t **members;   /* per segment: where the next bits go, for seg_batch_run */
    uint64_t *counts, *sizes;
    uint32_t *order; /* the numbers of the profiles, by id */
    size_t order_count;
} seg_roll;

bool seg_roll_init(seg_roll *roll, uint32_t segment_count, const seg_allocator *allocator);
void seg_roll_free(seg_roll *roll);
/* Room for the bits of `rows` profiles from number `from` on, a multiple of 64; `members` points there, and
 * `counts` becomes a part of the sizes when they are added. False: no memory. */
bool seg_roll_make_room(seg_roll *roll, size_t from, size_t rows);
void seg_roll_add_counts(seg_roll *roll);
/* The order of all profiles. False: no memory. */
bool seg_roll_sort(seg_roll *roll, const seg_profiles *profiles);
/* As seg_engine_members, _profiles and _member_bits; once it is sorted. */
seg_status seg_roll_members(const seg_roll *roll, const seg_profiles *profiles, uint32_t segment,
                            seg_profile_fn on_profile, void *user);
void seg_roll_profiles(const seg_roll *roll, const seg_profiles *profiles, seg_profile_fn on_profile,
                       void *user);
seg_status seg_roll_member_bits(const seg_roll *roll, uint32_t segment, uint64_t *bits);

#endif
