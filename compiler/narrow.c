#include "narrow.h"

#include "constant.h"
#include "types.h"

enum { PROOF_KNOWN, PROOF_NOT_ZERO, PROOF_NOT_EMPTY, PROOF_SEVERAL /* two facts at least */ };

/* Proofs beyond this are forgotten, so that hostile rules stay cheap. */
#define PROOF_LIMIT 256u

typedef struct narrowing {
    seg_arena *arena;
    uint32_t event_count;
} narrowing;

static const seg_proof *add(narrowing *n, const seg_proof *base, seg_proof proof) {
    if (base != NULL && base->length >= PROOF_LIMIT) return base;
    seg_proof *made = seg_arena_take(n->arena, sizeof *made);
    if (made == NULL) return base;
    *made = proof;
    made->next = base;
    made->length = base != NULL ? base->length + 1 : 1;
    return made;
}

/* ---- Windows that contain windows ------------------------------------------------------------ */

static bool at_least(seg_rule_duration a, seg_rule_duration b) {
    int order = seg_duration_order(a, b);
    return order == 0 || order == 1;
}

static bool same_zone(const seg_rule_facts *a, const seg_rule_facts *b) {
    if (a->zone == NULL || b->zone == NULL) return a->zone == b->zone;
    return seg_rule_equal(a->zone, b->zone, 0);
}

static bool window_contains(const seg_rule_facts *outer, const seg_rule_facts *inner) {
    if (outer->window == SEG_RULE_EVER) return true;
    if (outer->window == SEG_RULE_FEW)
        return outer->pair_count == outer->own_pairs ||
               (inner->window == SEG_RULE_FEW && inner->newest <= outer->newest);
    if (outer->window == SEG_RULE_ROLLING)
        return inner->window == SEG_RULE_ROLLING && at_least(outer->from, inner->from) &&
               at_least(inner->to, outer->to);
    if (outer->window == SEG_RULE_CALENDAR)
        return inner->window == SEG_RULE_CALENDAR && outer->unit == inner->unit && same_zone(outer, inner) &&
               outer->first <= inner->first && outer->end >= inner->end;
    if (inner->anchor == NULL || !seg_rule_equal(outer->anchor, inner->anchor, 0)) return false;
    if (outer->window == SEG_RULE_SINCE) return true;
    return inner->window == SEG_RULE_WITHIN && at_least(outer->from, inner->from);
}

static bool events_contain(const seg_rule_facts *outer, const seg_rule_facts *inner) {
    uint32_t at = 0;
    for (uint32_t i = 0; i < inner->event_count; i++) {
        while (at < outer->event_count && outer->events[at] < inner->events[i]) at++;
        if (at == outer->event_count || outer->events[at] != inner->events[i]) return false;
    }
    return true;
}

static bool facts_contain(const seg_rule_facts *outer, const seg_rule_facts *inner) {
    if (!events_contain(outer, inner) || !window_contains(outer, inner)) return false;
    bool plain = outer->pair_count == 0 && outer->delay_ms == 0 && inner->delay_ms == 0;
    if (!plain && !seg_pairs_equal(outer, inner)) return false;
    bool same_key = outer->key == inner->key ||
                    (outer->key != NULL && inner->key != NULL && outer->event_count == inner->event_count &&
                     seg_rule_equal(outer->key, inner->key, outer->event_count));
    if (!same_key) return false;
    bool few = outer->window == SEG_RULE_FEW && outer->pair_count > outer->own_pairs;
    if (outer->where == NULL && (!few || inner->where == NULL)) return true;
    return outer->where != NULL && inner->where != NULL && outer->event_count == inner->event_count &&
           seg_rule_equal(outer->where, inner->where, outer->event_count);
}

/* ---- Questions ------------------------------------------------------------------------------- */

static bool find_rule(const seg_proof *proofs, uint8_t kind, const seg_rule *rule, uint32_t event_count) {
    for (const seg_proof *p = proofs; p != NULL; p = p->next)
        if (p->kind == kind && seg_rule_equal(p->rule, rule, event_count)) return true;
    return false;
}

bool seg_proof_known(const seg_proof *proofs, const seg_rule *rule, uint32_t event_count) {
    return find_rule(proofs, PROOF_KNOWN, rule, event_count);
}

bool seg_proof_not_empty(const seg_proof *proofs, const seg_rule_facts *facts) {
    for (const seg_proof *p = proofs; p != NULL; p = p->next)
        if (p->kind == PROOF_NOT_EMPTY && facts_contain(facts, p->facts)) return true;
    return false;
}

bool seg_proof_several(const seg_proof *proofs, const seg_rule_facts *facts) {
    if (facts->window == SEG_RULE_FEW && facts->newest < 2) return false;
    for (const seg_proof *p = proofs; p != NULL; p = p->next)
        if (p->kind == PROOF_SEVERAL && facts_contain(facts, p->facts)) return true;
    return false;
}

bool seg_proof_not_zero(const seg_proof *proofs, const seg_rule *rule, uint32_t event_count) {
    if (find_rule(proofs, PROOF_NOT_ZERO, rule, event_count)) return true;
    if (rule->kind == SEG_RULE_CONVERT) return seg_proof_not_zero(proofs, rule->operands[0], event_count);
    bool counts = rule->kind == SEG_RULE_COUNT || rule->kind == SEG_RULE_ACTIVE_DAYS ||
                  (rule->kind == SEG_RULE_DISTINCT && !rule->operands[0]->type.optional);
    return counts && seg_proof_not_empty(proofs, rule->facts);
}

/* ---- Conclusions ----------------------------------------------------------------------------- */

static bool is_counting(const seg_rule *rule) {
    return rule->kind == SEG_RULE_COUNT || rule->kind == SEG_RULE_DISTINCT ||
           rule->kind == SEG_RULE_ACTIVE_DAYS;
}

static bool constant_sign(const seg_rule *rule, int *sign) {
    if (rule->kind != SEG_RULE_CONST || !seg_type_is_number(rule->type)) return false;
    const seg_value *value = &rule->constant.value;
    *sign = rule->type.type == SEG_FLOAT ? (value->as.f > 0) - (value->as.f < 0)
                                         : (value->as.i > 0) - (value->as.i < 0);
    return true;
}

static uint8_t negated(uint8_t kind) {
    switch (kind) {
    case SEG_RULE_EQ: return SEG_RULE_NE;
    case SEG_RULE_NE: return SEG_RULE_EQ;
    case SEG_RULE_LT: return SEG_RULE_GE;
    case SEG_RULE_LE: return SEG_RULE_GT;
    case SEG_RULE_GT: return SEG_RULE_LE;
    default: return SEG_RULE_LT;
    }
}

/* Does `x kind constant` exclude x == 0? For counts, which are never negative, see assume_compare. */
static bool excludes_zero(uint8_t kind, int sign) {
    switch (kind) {
    case SEG_RULE_EQ: return sign != 0;
    case SEG_RULE_NE: return sign == 0;
    case SEG_RULE_LT: return sign <= 0;
    case SEG_RULE_LE: return sign < 0;
    case SEG_RULE_GT: return sign >= 0;
    default: return sign > 0;
    }
}

/* Does `count kind constant` leave no count below two? */
static bool is_several(uint8_t kind, const seg_rule *count, const seg_rule *constant) {
    if (count->kind != SEG_RULE_COUNT || constant->type.type != SEG_INT) return false;
    int64_t k = constant->constant.value.as.i;
    return kind == SEG_RULE_GT ? k >= 1 : (kind == SEG_RULE_GE || kind == SEG_RULE_EQ) && k >= 2;
}

static const seg_proof *assume_compare(narrowing *n, const seg_proof *base, const seg_rule *rule,
                                       bool outcome) {
    uint8_t kind = rule->kind;
    const seg_rule *left = rule->operands[0], *right = rule->operands[1];
    int sign;
    if (!constant_sign(right, &sign)) {
        if (!constant_sign(left, &sign)) return base;
        kind = seg_rule_mirrored(kind);
        left = right;
        right = rule->operands[0];
    }
    if (!outcome) kind = negated(kind);
    if (is_several(kind, left, right))
        base = add(n, base, (seg_proof){.kind = PROOF_SEVERAL, .facts = left->facts});
    if (!seg_type_is_number(left->type) || !excludes_zero(kind, sign)) return base;
    while (left->kind == SEG_RULE_CONVERT) left = left->operands[0];
    base = add(n, base, (seg_proof){.kind = PROOF_NOT_ZERO, .rule = left});
    if (is_counting(left)) base = add(n, base, (seg_proof){.kind = PROOF_NOT_EMPTY, .facts = left->facts});
    return base;
}

static bool follows(const seg_proof *from, const seg_proof *proof, uint32_t event_count) {
    if (proof->kind == PROOF_NOT_EMPTY) return seg_proof_not_empty(from, proof->facts);
    if (proof->kind == PROOF_SEVERAL) return seg_proof_several(from, proof->facts);
    return find_rule(from, proof->kind, proof->rule, event_count);
}

/* What is proven on both of two ways that fork from base. */
static const seg_proof *on_both(narrowing *n, const seg_proof *base, const seg_proof *a, const seg_proof *b) {
    const seg_proof *result = base;
    for (const seg_proof *p = a; p != base; p = p->next)
        if (follows(b, p, n->event_count)) result = add(n, result, *p);
    for (const seg_proof *p = b; p != base; p = p->next)
        if (follows(a, p, n->event_count)) result = add(n, result, *p);
    return result;
}

static const seg_proof *assume_known(narrowing *n, const seg_proof *base, const seg_rule *rule) {
    base = add(n, base, (seg_proof){.kind = PROOF_KNOWN, .rule = rule});
    bool of_events = rule->kind == SEG_RULE_FIRST || rule->kind == SEG_RULE_LAST ||
                     rule->kind == SEG_RULE_MOST || rule->kind == SEG_RULE_LEAST ||
                     rule->kind == SEG_RULE_GAP || rule->kind == SEG_RULE_AVG || rule->kind == SEG_RULE_MIN ||
                     rule->kind == SEG_RULE_MAX;
    if (of_events) base = add(n, base, (seg_proof){.kind = PROOF_NOT_EMPTY, .facts = rule->facts});
    return base;
}

static const seg_proof *assume(narrowing *n, const seg_proof *base, const seg_rule *rule, bool outcome) {
    switch (rule->kind) {
    case SEG_RULE_NOT: return assume(n, base, rule->operands[0], !outcome);
    case SEG_RULE_AND:
    case SEG_RULE_OR:
        if (outcome == (rule->kind == SEG_RULE_AND))
            return assume(n, assume(n, base, rule->operands[0], outcome), rule->operands[1], outcome);
        return on_both(n, base, assume(n, base, rule->operands[0], outcome),
                       assume(n, base, rule->operands[1], outcome));
    case SEG_RULE_IF:
        return on_both(n, base, assume(n, base, rule->operands[1], outcome),
                       assume(n, base, rule->operands[2], outcome));
    case SEG_RULE_MISSING: return outcome ? base : assume_known(n, base, rule->operands[0]);
    case SEG_RULE_ANY:
        return outcome ? add(n, base, (seg_proof){.kind = PROOF_NOT_EMPTY, .facts = rule->facts}) : base;
    case SEG_RULE_EQ:
    case SEG_RULE_NE:
    case SEG_RULE_LT:
    case SEG_RULE_LE:
    case SEG_RULE_GT:
    case SEG_RULE_GE: return assume_compare(n, base, rule, outcome);
    default: return base;
    }
}

const seg_proof *seg_proof_assume(seg_arena *arena, const seg_proof *base, const seg_rule *rule, bool outcome,
                                  uint32_t event_count) {
    narrowing n = {arena, event_count};
    return assume(&n, base, rule, outcome);
}
