/* fellows.c - who shares a value with the profile: the value is a program, and how many others have it is
 * asked of the host. */
#include "plan_parts.h"

uint32_t seg_plan_tally_of(seg_code *code, const seg_rule *rule, uint8_t to) {
    seg_plan *plan = code->plan;
    const uint32_t key[] = {rule->index, rule->operand_count > 1 ? rule->operands[1]->index : SEG_NONE};
    bool is_new = false;
    uint32_t value = seg_plan_value_program(plan, rule->operands[0]);
    plan->group_programs[rule->index] = value;
    seg_code_call(code, to, value);
    uint32_t number = seg_intern_number(&plan->tally_keys, key, sizeof key, &is_new);
    if (number == SEG_NONE || !is_new) return number;
    seg_plan_tally *tally = seg_list_add(plan->arena, &plan->tallies, sizeof *tally);
    if (!tally) return SEG_NONE;
    *tally = (seg_plan_tally){key[0], key[1]};
    return number;
}
