/* groups.h - who belongs together, and how many of them are in the segments that rules ask about.
 *
 * Profiles with the same value stand in one circle, which counts its members and, per tally, those in the
 * tally's segment. After each change of a profile its value and its memberships are compared with what was
 * counted: only a difference costs more, a look at each member of the circle. How long a count holds is found
 * by looking at the members with a machine of their own; what was found is kept until a profile changes. */
#ifndef SEG_ENGINE_GROUPS_H
#define SEG_ENGINE_GROUPS_H

#include "engine.h"

enum { SEG_FELLOWS_KEPT = 256 };

typedef struct seg_circle {
    int64_t word;         /* the value */
    uint32_t group;
    uint32_t first;       /* profile, or SEG_NONE; of an empty circle that is free: the next free one */
    uint32_t count;
    bool changed;         /* its members have not been told yet */
} seg_circle;

typedef struct seg_seat { /* of one profile in one group */
    uint32_t circle; /* SEG_NONE: in none */
    uint32_t next, before;
    uint32_t mover;  /* its place among those whose value time alone may change, or SEG_NONE */
    int64_t holds;   /* time alone does not change the value before */
} seg_seat;

typedef struct seg_fellows_found { /* among all members of a circle */
    uint64_t epoch;
    uint32_t tally;
    int64_t word, at;
    uint64_t count;
    int64_t holds;
    uint64_t looked_at;
} seg_fellows_found;

typedef struct seg_mover {
    uint32_t profile, group;
} seg_mover;

typedef struct seg_groups {
    uint32_t group_count, tally_count; /* no tallies: nothing is done */
    seg_tally_info *tallies;
    seg_vm *vm;        /* looks at others */
    seg_status status; /* of these looks: nobody can be told of it while rules run */
    uint64_t epoch;    /* another one after each change */

    seg_circle *circles;
    uint64_t *counts;  /* per circle and tally */
    size_t circle_count, circle_capacity, count_capacity;
    uint32_t free_first;
    uint32_t *slots;   /* circles by group and word; SEG_NONE: free */
    size_t slot_count; /* a power of two */
    size_t slots_used;

    seg_seat *seats;   /* per profile and group */
    bool *inside;      /* per profile and tally: it is counted */
    uint8_t *waits; /* per profile: 0, or 1 + the seg_cause for which it is judged when the instant ends */
    size_t capacity;   /* profiles */

    seg_mover *movers;
    size_t mover_count, mover_capacity;
    uint32_t *changed, *waiting; /* circles, profiles */
    size_t changed_count, changed_capacity, waiting_count, waiting_capacity;
    seg_fellows_found *found; /* SEG_FELLOWS_KEPT of them */
} seg_groups;

/* Per image; nothing is made when it has no tallies. */
seg_status seg_groups_init(seg_groups *groups, const seg_image *image, const seg_allocator *allocator,
                           seg_error *error);
void seg_groups_free(seg_groups *groups, const seg_allocator *allocator);

#endif
