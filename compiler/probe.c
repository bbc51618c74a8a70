/* probe.c - the rule as a tree of values, for explanations: a program for every part that was written. */
#include "plan_parts.h"

static bool is_window(const seg_rule *rule) { return rule->facts != NULL; }

/* The query of a program that is a single window, or SEG_NONE. */
static uint32_t only_query(const seg_plan *plan, uint32_t program) {
    if (program == SEG_NONE) return SEG_NONE;
    const seg_list *queries = &SEG_LIST_AT(plan->programs, seg_plan_program, program).queries;
    return queries->count ? SEG_LIST_AT(*queries, uint32_t, queries->count - 1) : SEG_NONE;
}

/* The rule as it was `ago` before now. */
static const seg_rule *as_of(seg_plan *plan, const seg_rule *rule, int64_t ago_ms) {
    seg_rule *then = ago_ms ? seg_arena_take(plan->arena, sizeof *then) : NULL;
    if (!then) return rule;
    *then = (seg_rule){.kind = SEG_RULE_AS_OF, .type = rule->type, .operand_count = 1, .operands = {rule},
                       .duration = {0, ago_ms}, .span = rule->span};
    return then;
}

static void add_probe(seg_plan *plan, uint32_t segment, const seg_rule *rule, uint32_t depth, int64_t ago_ms) {
    seg_plan_probe *probe = seg_list_add(plan->arena, &plan->segments[segment].probes, sizeof *probe);
    if (!probe) return;
    uint32_t program = seg_plan_value_program(plan, as_of(plan, rule, ago_ms));
    *probe = (seg_plan_probe){.span = rule->span, .depth = depth, .program = program, .type = rule->type.type,
                              .scale = rule->type.scale,
                              .query = is_window(rule) && ago_ms == 0 ? only_query(plan, program) : SEG_NONE};
}

static void walk(seg_plan *plan, uint32_t segment, const seg_rule *rule, uint32_t depth, int64_t ago_ms) {
    if (rule->kind == SEG_RULE_CONST) return;
    if (rule->written) add_probe(plan, segment, rule, depth++, ago_ms);
    if (rule->kind == SEG_RULE_AS_OF) ago_ms += rule->duration.ms;
    if (is_window(rule)) {
        if (rule->facts->anchor) walk(plan, segment, rule->facts->anchor, depth, ago_ms);
        return; /* the rest speaks of single events */
    }
    for (uint32_t i = 0; i < rule->operand_count; i++) walk(plan, segment, rule->operands[i], depth, ago_ms);
}

void seg_plan_probes(seg_plan *plan, uint32_t segment) { walk(plan, segment, plan->rules->segments[segment].rule, 0, 0); }
