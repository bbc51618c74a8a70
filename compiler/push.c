/* push.c - tests of texts and sets move to where the text is known: the arrival of a fact. A state holds
 * only words, so `last(orders.page) starts with "/x"` becomes the last value of a word that was
 * computed for each order, and `plan_name contains "pro"` a second word of the attribute. */
#include <string.h>

#include "plan_parts.h"

bool seg_rule_is_text_test(const seg_rule *rule) {
    return rule->kind == SEG_RULE_CONTAINS || rule->kind == SEG_RULE_STARTS || rule->kind == SEG_RULE_ENDS ||
           rule->kind == SEG_RULE_MATCHES || rule->kind == SEG_RULE_HAS || rule->kind == SEG_RULE_BUCKET;
}

static seg_rule *copy_rule(seg_plan *plan, const seg_rule *rule) {
    seg_rule *copy = seg_arena_take(plan->arena, sizeof *copy);
    if (copy) *copy = *rule;
    return copy;
}

static bool bytes_equal(seg_text a, seg_text b) {
    return a.size_bytes == b.size_bytes && (a.size_bytes == 0 || memcmp(a.bytes, b.bytes, a.size_bytes) == 0);
}

int64_t seg_plan_test_constant(seg_plan *plan, const seg_rule *test, const seg_rule_const *constant) {
    if (!constant->value.known) return false;
    if (test->kind == SEG_RULE_BUCKET) return seg_text_bucket(constant->value.as.text, test->pattern);
    if (test->kind == SEG_RULE_HAS) {
        seg_text wanted = test->operands[1]->constant.value.as.text;
        for (size_t i = 0; i < constant->value.as.set.count; i++)
            if (bytes_equal(constant->value.as.set.items[i], wanted)) return true;
        return false;
    }
    seg_text text = constant->value.as.text;
    if (test->kind == SEG_RULE_MATCHES) {
        uint32_t automaton = seg_plan_automaton_of(plan, test);
        return automaton < plan->automata.count &&
               seg_automaton_accepts(&SEG_LIST_AT(plan->automata, seg_automaton, automaton), text);
    }
    seg_text part = test->operands[1]->constant.value.as.text;
    if (part.size_bytes == 0) return true;
    if (part.size_bytes > text.size_bytes) return false;
    size_t spare = text.size_bytes - part.size_bytes;
    if (test->kind == SEG_RULE_STARTS) return memcmp(text.bytes, part.bytes, part.size_bytes) == 0;
    if (test->kind == SEG_RULE_ENDS) return memcmp(text.bytes + spare, part.bytes, part.size_bytes) == 0;
    return memmem(text.bytes, text.size_bytes, part.bytes, part.size_bytes) != NULL;
}

static seg_rule *boolean_constant(seg_plan *plan, const seg_rule *test, bool value) {
    seg_rule *constant = seg_arena_take(plan->arena, sizeof *constant);
    if (!constant) return NULL;
    constant->kind = SEG_RULE_CONST;
    constant->type.type = SEG_BOOL;
    constant->constant.value = (seg_value){.known = true, .as.i = value};
    constant->span = test->span;
    return constant;
}

/* The same test on another operand, pushed further. */
static const seg_rule *push_onto(seg_plan *plan, const seg_rule *test, const seg_rule *operand) {
    seg_rule *moved = copy_rule(plan, test);
    if (!moved) return NULL;
    moved->operands[0] = operand;
    return seg_plan_push(plan, moved);
}

static const seg_rule *push_into_if(seg_plan *plan, const seg_rule *test, const seg_rule *condition,
                                    const seg_rule *then, const seg_rule *otherwise) {
    seg_rule *made = seg_arena_take(plan->arena, sizeof *made);
    if (!made) return NULL;
    made->kind = SEG_RULE_IF;
    made->type = test->type;
    made->span = test->span;
    made->operand_count = 3;
    made->operands[0] = condition;
    made->operands[1] = push_onto(plan, test, then);
    made->operands[2] = push_onto(plan, test, otherwise);
    return made->operands[1] && made->operands[2] ? made : NULL;
}

static const seg_rule *missing_test(seg_plan *plan, const seg_rule *operand) {
    seg_rule *made = seg_arena_take(plan->arena, sizeof *made);
    if (!made) return NULL;
    made->kind = SEG_RULE_MISSING;
    made->type.type = SEG_BOOL;
    made->span = operand->span;
    made->operand_count = 1;
    made->operands[0] = operand;
    return made;
}

const seg_rule *seg_plan_push(seg_plan *plan, const seg_rule *test) {
    const seg_rule *operand = test->operands[0];
    switch (operand->kind) {
    case SEG_RULE_CONST:
        return boolean_constant(plan, test, seg_plan_test_constant(plan, test, &operand->constant) != 0);
    case SEG_RULE_COALESCE: {
        const seg_rule *missing = missing_test(plan, operand->operands[0]);
        return missing ? push_into_if(plan, test, missing, operand->operands[1], operand->operands[0]) : NULL;
    }
    case SEG_RULE_IF:
        return push_into_if(plan, test, operand->operands[0], operand->operands[1], operand->operands[2]);
    case SEG_RULE_FIRST:
    case SEG_RULE_LAST: {
        seg_rule *moved = copy_rule(plan, operand);
        if (!moved) return NULL;
        moved->type = test->type;
        moved->operands[0] = push_onto(plan, test, operand->operands[0]);
        return moved->operands[0] ? moved : NULL;
    }
    default: return test; /* FIELD, ATTRIBUTE: the test stands where it belongs */
    }
}
