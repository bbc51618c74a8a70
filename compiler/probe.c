/* probe.c - the rule as a tree of values, for explanations: a program for every part that was written. */
#include "plan_parts.h"

static bool goes_through(const seg_rule *rule) {
    return rule->kind == SEG_RULE_SOME || rule->kind == SEG_RULE_EVERY || rule->kind == SEG_RULE_TALLY;
}

static bool is_window(const seg_rule *rule) { return rule->facts != NULL; }

/* The query of a program that is a single window, or SEG_NONE. */
static uint32_t only_query(const seg_plan *plan, uint32_t program) {
    if (program == SEG_NONE) return SEG_NONE;
    const seg_list *queries = &SEG_LIST_AT(plan->programs, seg_plan_program, program).queries;
    return queries->count ? SEG_LIST_AT(*queries, uint32_t, queries->count - 1) : SEG_NONE;
}

/* The place that a rule is about: itself, or that of `top` and `bottom`, which are (not missing) and (place
 * <= amount), or (place * 10000 <= count * share). NULL: none. */
static const seg_rule *place_of(const seg_rule *rule) {
    if (rule->kind == SEG_RULE_PLACE) return rule;
    if (rule->kind != SEG_RULE_AND || rule->operands[0]->kind != SEG_RULE_NOT || rule->operands[0]->written)
        return NULL;
    const seg_rule *missing = rule->operands[0]->operands[0];
    bool asks = missing->kind == SEG_RULE_MISSING && missing->operands[0]->kind == SEG_RULE_PLACE;
    return asks && rule->operands[1]->kind == SEG_RULE_LE ? missing->operands[0] : NULL;
}

static void note_ranking(seg_plan *plan, const seg_rule *rule, seg_plan_probe *probe) {
    const seg_rule *place = place_of(rule);
    if (place == NULL) return;
    probe->ranking = seg_plan_ranking_of(plan, place) + 1;
    if (rule->kind == SEG_RULE_PLACE) return;
    const seg_rule *limit = rule->operands[1]->operands[1];
    bool is_share = limit->kind == SEG_RULE_MUL;
    probe->amount = (uint32_t)(is_share ? limit->operands[1] : limit)->constant.value.as.i;
    probe->flags = is_share ? SEG_PROBE_SHARE : 0;
    if ((int32_t)place->index == SEG_FIGURE_FROM_BOTTOM) probe->flags |= SEG_PROBE_BOTTOM;
}

static void add_probe(seg_plan *plan, uint32_t segment, const seg_rule *rule, uint32_t depth) {
    seg_plan_probe *probe = seg_list_add(plan->arena, &plan->segments[segment].probes, sizeof *probe);
    if (!probe) return;
    uint32_t program = seg_plan_value_program(plan, rule);
    *probe = (seg_plan_probe){.span = rule->span,
                              .depth = depth,
                              .program = program,
                              .type = rule->type.type,
                              .scale = rule->type.scale,
                              .query = is_window(rule) ? only_query(plan, program) : SEG_NONE};
    note_ranking(plan, rule, probe);
}

/* Its parts have other values now than the ones that count. */
static bool speaks_of_past(const seg_rule *rule) {
    return rule->kind == SEG_RULE_AS_OF || rule->kind == SEG_RULE_ENTERED || rule->kind == SEG_RULE_LEFT ||
           rule->kind == SEG_RULE_CHANGED || place_of(rule) != NULL;
}

static void walk(seg_plan *plan, uint32_t segment, const seg_rule *rule, uint32_t depth) {
    if (rule->kind == SEG_RULE_CONST) return;
    if (rule->written) add_probe(plan, segment, rule, depth++);
    if (speaks_of_past(rule)) return;
    if (is_window(rule)) {
        if (rule->facts->anchor) walk(plan, segment, rule->facts->anchor, depth);
        return; /* the rest speaks of single events */
    }
    if (goes_through(rule)) return; /* the rest speaks of single values */
    for (uint32_t i = 0; i < rule->operand_count; i++) walk(plan, segment, rule->operands[i], depth);
}

void seg_plan_probes(seg_plan *plan, uint32_t segment) {
    walk(plan, segment, plan->rules->segments[segment].rule, 0);
}
