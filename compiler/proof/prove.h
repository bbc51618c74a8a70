/* prove.h - one question of a proof: can somebody be in a segment and not be as they should? */
#ifndef SEG_PROOF_PROVE_H
#define SEG_PROOF_PROVE_H

#include "person.h"

typedef struct seg_goal {
    uint32_t segment, other;   /* other: SEG_NONE, or the segment that nobody may be in too */
    const seg_rule *condition; /* what members fulfil; NULL: `other` */
} seg_goal;

typedef enum seg_proof_outcome { SEG_PROOF_HOLDS, SEG_PROOF_BROKEN, SEG_PROOF_OPEN } seg_proof_outcome;

#define SEG_PROOF_DOUBTS 3u
typedef struct seg_finding {
    seg_proof_outcome outcome;
    seg_person person; /* BROKEN: was tried; lives in the arena */
    bool exhausted;    /* OPEN: the solver came to its limit */
    uint32_t doubt_count;
    seg_span doubts[SEG_PROOF_DOUBTS]; /* OPEN: conditions without meaning to the proof */
} seg_finding;

seg_status seg_goal_prove(const seg_goal *goal, const seg_rules *rules, seg_arena *arena, seg_finding *out);

#endif
