/* rank.c - where a profile stands among others: each ranking is a program that gives the profile's key, and a
 * place is asked of the host. */
#include "plan_parts.h"

/* The key, or missing for who is not ranked. */
static uint32_t key_program(seg_plan *plan, const seg_rule *rule) {
    seg_code code = seg_code_begin(plan, SEG_CONTEXT_STATE);
    uint32_t value = seg_plan_value_program(plan, rule->operands[0]);
    if (rule->operand_count > 1) {
        seg_code_call(&code, 0, seg_plan_value_program(plan, rule->operands[1]));
        uint32_t ranked = seg_code_jump_true(&code, 0);
        seg_code_load(&code, 0, SEG_MISSING);
        uint32_t done = seg_code_jump(&code);
        seg_code_land(&code, ranked);
        seg_code_call(&code, 0, value);
        seg_code_land(&code, done);
    } else {
        seg_code_call(&code, 0, value);
    }
    return seg_code_end(&code, 0);
}

uint32_t seg_plan_ranking_of(seg_plan *plan, const seg_rule *rule) {
    bool is_new = false;
    seg_buffer *key = seg_plan_key_begin(plan);
    for (uint32_t i = 0; i < rule->operand_count; i++) seg_plan_key(key, rule->operands[i], 0, 0);
    uint32_t number = seg_plan_key_number(plan, &plan->ranking_keys, &is_new);
    if (number == SEG_NONE || !is_new) return number;
    const seg_rule *value = rule->operands[0];
    seg_plan_ranking *ranking = seg_list_add(plan->arena, &plan->rankings, sizeof *ranking);
    if (!ranking) return SEG_NONE;
    *ranking = (seg_plan_ranking){.span = value->span, .type = value->type.type, .scale = value->type.scale};
    uint32_t program = key_program(plan, rule);
    SEG_LIST_AT(plan->rankings, seg_plan_ranking, number).program = program;
    return number;
}

int64_t seg_plan_rank_reach(const seg_rules *rules) {
    return rules->refresh_every_ms ? rules->refresh_every_ms : SEG_PLAN_DAILY_REACH_MS;
}
