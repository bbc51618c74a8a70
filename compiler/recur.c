/* recur.c - which conditions of `a and b and …` are asked first.
 *
 * Parts of now and anniversaries come and go for ever. Asked first, they would be followed from change to
 * change although another condition already decides; so they are asked last, and of them the one that
 * changes most often last of all. The outcome is the same: conditions are total and have no effects. */
#include <string.h>

#include "plan_parts.h"

enum { STEADY, YEARLY, MONTHLY, DAILY, HOURLY }; /* how often a rule may change because of what day it is */

static uint8_t rank_of_part(const seg_rule *rule) {
    switch (seg_rule_part_plain(rule->index)) {
    case SEG_RULE_YEAR_OF: return YEARLY;
    case SEG_RULE_MONTH_OF: return MONTHLY;
    case SEG_RULE_HOUR: return HOURLY;
    default: return DAILY;
    }
}

static uint8_t rank_of(const seg_plan *plan, const seg_rule *rule) {
    if (rule->kind == SEG_RULE_SEGMENT) return plan->segments[rule->index].rank;
    if (rule->kind == SEG_RULE_PART && rule->operands[0]->kind == SEG_RULE_NOW) return rank_of_part(rule);
    uint8_t most = rule->kind == SEG_RULE_YEARS ? YEARLY : STEADY;
    if (rule->facts) return rule->facts->anchor ? rank_of(plan, rule->facts->anchor) : most;
    for (uint32_t i = 0; i < rule->operand_count; i++) {
        uint8_t rank = rank_of(plan, rule->operands[i]);
        if (rank > most) most = rank;
    }
    return most;
}

uint8_t seg_plan_rank(const seg_plan *plan, const seg_rule *rule) { return rank_of(plan, rule); }

static void collect(seg_plan *plan, const seg_rule *rule, uint8_t kind, seg_list *leaves) {
    if (rule->kind == kind) {
        collect(plan, rule->operands[0], kind, leaves);
        collect(plan, rule->operands[1], kind, leaves);
        return;
    }
    const seg_rule **place = seg_list_add(plan->arena, leaves, sizeof *place);
    if (place) *place = rule;
}

/* The chain of some leaves, halved again and again so that long ones stay shallow. */
static const seg_rule *joined(seg_plan *plan, const seg_rule *like, const seg_rule **leaves, uint32_t count) {
    if (count == 1) return leaves[0];
    seg_rule *made = seg_arena_take(plan->arena, sizeof *made);
    if (!made) return NULL;
    *made = *like;
    made->operands[0] = joined(plan, like, leaves, count / 2);
    made->operands[1] = joined(plan, like, leaves + count / 2, count - count / 2);
    return made->operands[0] && made->operands[1] ? made : NULL;
}

static const seg_rule *in_turn(seg_plan *plan, const seg_rule *rule) {
    if (rank_of(plan, rule) == STEADY) return rule;
    seg_list leaves = {0};
    collect(plan, rule, rule->kind, &leaves);
    const seg_rule **all = seg_arena_take_array(plan->arena, leaves.count + 1u, sizeof *all);
    const seg_rule **sorted = seg_arena_take_array(plan->arena, leaves.count + 1u, sizeof *sorted);
    if (!all || !sorted) return rule;
    for (uint32_t i = 0; i < leaves.count; i++) all[i] = SEG_LIST_AT(leaves, const seg_rule *, i);
    uint32_t left = seg_plan_join_turns(plan, rule->kind, all, leaves.count), count = 0;
    bool moved = left < leaves.count;
    for (int rank = STEADY; rank <= HOURLY; rank++)
        for (uint32_t i = 0; i < left; i++) {
            if (rank_of(plan, all[i]) != rank) continue;
            moved = moved || count != i;
            sorted[count++] = all[i];
        }
    const seg_rule *made = moved && count > 0 ? joined(plan, rule, sorted, count) : rule;
    return made ? made : rule;
}

const seg_rule *seg_plan_timely(seg_plan *plan, const seg_rule *rule) {
    if (rule->kind == SEG_RULE_AND || rule->kind == SEG_RULE_OR) return in_turn(plan, rule);
    const seg_rule *made = seg_plan_turns(plan, rule);
    if (!made) made = seg_plan_today(plan, rule);
    return made ? made : rule;
}
