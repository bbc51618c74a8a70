/* atom.c - segments become boolean code over atoms: conditions that exist once, whoever asks for them. */
#include "plan_parts.h"

static void note_atom(seg_plan *plan, uint32_t segment, uint32_t atom) {
    seg_plan_segment *record = &plan->segments[segment];
    for (uint32_t i = record->atoms.count; i > 0; i--)
        if (SEG_LIST_AT(record->atoms, uint32_t, i - 1) == atom) return;
    uint32_t *item = seg_list_add(plan->arena, &record->atoms, sizeof *item);
    if (item) *item = atom;
}

static uint32_t atom_of(seg_plan *plan, const seg_rule *rule) {
    uint32_t program = seg_plan_value_program(plan, rule);
    if (program == SEG_NONE) return SEG_NONE;
    while (plan->atom_of_program.count <= program)
        if (!seg_list_add(plan->arena, &plan->atom_of_program, sizeof(uint32_t))) return SEG_NONE;
    uint32_t *number = &SEG_LIST_AT(plan->atom_of_program, uint32_t, program);
    if (*number) return *number - 1;
    seg_plan_atom *atom = seg_list_add(plan->arena, &plan->atoms, sizeof *atom);
    if (!atom) return SEG_NONE;
    atom->program = program;
    *number = plan->atoms.count;
    return plan->atoms.count - 1;
}

/* A rule that is asked for in another form: only while its program is looked up. */
typedef struct normal_form {
    seg_rule rule, bound;
    bool negated;
} normal_form;

/* `a < 2` and `a >= 2`, `a != b` and `a == b`, `count > 1` and `count >= 2` are one atom, perhaps negated. */
static const seg_rule *normalise(normal_form *form, const seg_rule *rule) {
    static const uint8_t opposite[] = {
        [SEG_RULE_NE] = SEG_RULE_EQ, [SEG_RULE_LT] = SEG_RULE_GE, [SEG_RULE_LE] = SEG_RULE_GT};
    form->negated = rule->kind == SEG_RULE_NE || rule->kind == SEG_RULE_LT || rule->kind == SEG_RULE_LE;
    if (!form->negated && rule->kind != SEG_RULE_GT) return rule;
    form->rule = *rule;
    if (form->negated) form->rule.kind = opposite[rule->kind];
    const seg_rule *right = rule->operands[1];
    bool counts = rule->operands[0]->kind == SEG_RULE_COUNT && right->kind == SEG_RULE_CONST &&
                  right->type.type == SEG_INT;
    if (form->rule.kind == SEG_RULE_GT && counts && right->constant.value.as.i < INT64_MAX) {
        form->bound = *right;
        form->bound.constant.value.as.i++;
        form->rule.kind = SEG_RULE_GE;
        form->rule.operands[1] = &form->bound;
    }
    return &form->rule;
}

static void condition(seg_code *code, uint32_t segment, const seg_rule *rule, uint8_t to);

static void choose(seg_code *code, uint32_t segment, const seg_rule *rule, uint8_t to) {
    if (seg_code_chooses_late(code, rule)) {
        condition(code, segment, rule->operands[1], to);
        condition(code, segment, rule->operands[2], (uint8_t)(to + 1));
        uint32_t same = seg_code_jump_same(code, to);
        condition(code, segment, rule->operands[0], (uint8_t)(to + 2));
        seg_code_choose(code, to);
        seg_code_land(code, same);
        return;
    }
    condition(code, segment, rule->operands[0], to);
    uint32_t otherwise = seg_code_jump_false(code, to);
    condition(code, segment, rule->operands[1], to);
    uint32_t decided = seg_code_jump(code);
    seg_code_land(code, otherwise);
    condition(code, segment, rule->operands[2], to);
    seg_code_land(code, decided);
}

/* Each choice that asks late takes two registers more; rules nest to 200 at most, and then it is refused. */
static void condition(seg_code *code, uint32_t segment, const seg_rule *rule, uint8_t to) {
    seg_plan *plan = code->plan;
    uint32_t decided;
    if (!seg_code_use(code, to)) return;
    if (plan->segments[segment].rank) rule = seg_plan_timely(plan, rule);
    switch (seg_code_is_structure(rule) ? rule->kind : SEG_RULE_ANY) {
    case SEG_RULE_CONST: seg_code_load(code, to, rule->constant.value.as.i); return;
    case SEG_RULE_SEGMENT:
        seg_code_member(code, to, rule->index);
        for (uint32_t i = 0; i < plan->segments[rule->index].atoms.count; i++)
            note_atom(plan, segment, SEG_LIST_AT(plan->segments[rule->index].atoms, uint32_t, i));
        return;
    case SEG_RULE_NOT:
        condition(code, segment, rule->operands[0], to);
        seg_code_not(code, to);
        return;
    case SEG_RULE_AND:
    case SEG_RULE_OR:
        condition(code, segment, rule->operands[0], to);
        decided = rule->kind == SEG_RULE_AND ? seg_code_jump_false(code, to) : seg_code_jump_true(code, to);
        condition(code, segment, rule->operands[1], to);
        seg_code_land(code, decided);
        return;
    case SEG_RULE_IF: choose(code, segment, rule, to); return;
    default: break;
    }
    normal_form form;
    uint32_t atom = atom_of(plan, normalise(&form, rule));
    if (atom == SEG_NONE) return;
    note_atom(plan, segment, atom);
    seg_code_call(code, to, SEG_LIST_AT(plan->atoms, seg_plan_atom, atom).program);
    if (form.negated) seg_code_not(code, to);
}

uint32_t seg_plan_segment_program(seg_plan *plan, uint32_t segment) {
    seg_code code = seg_code_begin(plan, SEG_CONTEXT_STATE);
    condition(&code, segment, plan->rules->segments[segment].rule, 0);
    return seg_code_end(&code, 0);
}
