/* history.h - random histories of one profile that stand on the edges of the rules' windows. */
#ifndef SEG_TESTS_HISTORY_H
#define SEG_TESTS_HISTORY_H

#include "../../compiler/rule.h"
#include "fact.h"
#include "random.h"

#define SEG_HISTORY_LIMIT 96u

/* What histories aim at: the durations, instants and numbers that the rules speak of. */
typedef struct seg_targets {
    uint32_t duration_count, instant_count, number_count;
    seg_rule_duration durations[128];
    int64_t instants[64];
    int64_t numbers[128];
    bool uses_now;  /* parts of now */
    uint32_t walks; /* so many looks back over stretches of instants stand inside each other */
} seg_targets;
void seg_targets_find(seg_targets *targets, const seg_rules *rules);

/* Fills `history` (room for SEG_HISTORY_LIMIT facts); texts are constants. Facts of one instant have
 * different ties, or are equal in everything: so their order is defined. */
void seg_history_make(seg_history *history, const seg_rules *rules, const seg_targets *targets,
                      uint64_t seed);
/* Every fact arrives at `end`, in another order. */
void seg_history_shuffle(seg_history *history, seg_random *random);

#endif
