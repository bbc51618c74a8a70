/* ranks.h - where profiles stand among others, as the last refresh has it.
 *
 * Of every profile its keys are kept, and until when they hold: so at a refresh only those are computed that
 * may have changed, and nothing is done at a refresh that changes nothing. A fact that comes late for a
 * refresh changes the ranks of that refresh at once. What is ranked anew costs a pass over all profiles. */
#ifndef SEG_ENGINE_RANKS_H
#define SEG_ENGINE_RANKS_H

#include "engine.h"

typedef struct seg_place { /* of one profile in one ranking */
    int64_t key;
    bool known, moved;                 /* moved: since it was ranked */
    uint32_t above, tied_before, tied; /* profiles with a greater key; with the same: before it, and all */
} seg_place;

typedef struct seg_ranking { /* in order: the greatest key first, then by id */
    uint32_t *order, *spare; /* profiles */
    size_t count;
} seg_ranking;

typedef struct seg_ranks {
    uint32_t ranking_count;
    seg_ranking *rankings;
    int64_t due;       /* the earliest instant from which on some key may be another */
    int64_t *holds;    /* per profile: its keys hold until then; INT64_MIN: nothing is known of them */
    seg_place *places; /* per profile and ranking */
    uint32_t *moved;   /* scratch: profiles */
    bool *touched;     /* scratch, per profile: it stands elsewhere now */
    size_t capacity;   /* profiles */
} seg_ranks;

/* Per image; nothing is done when it has no rankings. False: no memory. */
bool seg_ranks_init(seg_ranks *ranks, const seg_image *image, const seg_allocator *allocator);
void seg_ranks_free(seg_ranks *ranks, const seg_allocator *allocator);

#endif
