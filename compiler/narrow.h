/* narrow.h - what is proven at a place of a rule by the conditions that led to it. */
#ifndef SEG_NARROW_H
#define SEG_NARROW_H

#include "rule.h"

/* A list of proofs, newest first; it never changes, so that branches share their common end. */
typedef struct seg_proof seg_proof;
struct seg_proof {
    uint8_t kind;                /* private to narrow.c */
    const seg_rule *rule;        /* is known, or is not zero */
    const seg_rule_facts *facts; /* holds at least one event */
    const seg_proof *next;
    uint32_t length;
};

/* `base` and what follows from `rule` being true (or false). `event_count`: of the enclosing facts.
 * A short memory or a long list only forgets proofs. */
const seg_proof *seg_proof_assume(seg_arena *arena, const seg_proof *base, const seg_rule *rule, bool outcome,
                                  uint32_t event_count);
bool seg_proof_known(const seg_proof *proofs, const seg_rule *rule, uint32_t event_count);
bool seg_proof_not_zero(const seg_proof *proofs, const seg_rule *rule, uint32_t event_count);
/* A window proves every window of the same (or more) events and filter that contains it. */
bool seg_proof_not_empty(const seg_proof *proofs, const seg_rule_facts *facts);
bool seg_proof_several(const seg_proof *proofs, const seg_rule_facts *facts); /* two at least */

#endif
