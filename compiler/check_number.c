/* check_number.c - numbers of different kinds brought to one, and arithmetic. */
#include "../runtime/base/checked.h"
#include "check.h"
#include "constant.h"

static uint8_t scale_of(seg_rule_type type) { return type.type == SEG_DECIMAL ? type.scale : 0; }

static const seg_rule *out_of_range(seg_checker *c, const seg_env *env, const seg_node *node) {
    seg_check_fault(c, env, SEG_DIAG_NUMBER_RANGE, node->span,
                    "this number is too large, or has too many digits, to be exact here");
    return NULL;
}

const seg_rule *seg_check_convert(seg_checker *c, const seg_env *env, const seg_node *node,
                                  const seg_rule *rule, seg_rule_type to) {
    if (seg_type_same(rule->type, to)) return rule;
    to.optional = rule->type.optional;
    if (rule->kind != SEG_RULE_CONST)
        return seg_check_make(
            c, env, node, false,
            (seg_rule){.kind = SEG_RULE_CONVERT, .type = to, .operand_count = 1, .operands = {rule}});
    seg_rule copy = *rule;
    copy.type = to;
    if (to.type == SEG_FLOAT)
        copy.constant.value.as.f = seg_constant_float(rule->constant.value.as.i, scale_of(rule->type));
    else if (!seg_constant_rescale(rule->constant.value.as.i, scale_of(rule->type), scale_of(to),
                                   &copy.constant.value.as.i))
        return out_of_range(c, env, node);
    return seg_rule_new(c->arena, &copy, 0);
}

/* The fewest digits after the point that a constant needs; of other rules, those of their type. */
static uint8_t needed_scale(const seg_rule *rule) {
    uint8_t scale = scale_of(rule->type);
    if (rule->kind != SEG_RULE_CONST) return scale;
    int64_t mantissa = rule->constant.value.as.i;
    while (scale > 0 && mantissa % 10 == 0) {
        mantissa /= 10;
        scale--;
    }
    return scale;
}

bool seg_check_unify(seg_checker *c, const seg_env *env, const seg_node *node, const seg_rule **a,
                     const seg_rule **b) {
    seg_rule_type to = {.type = SEG_FLOAT};
    if ((*a)->type.type != SEG_FLOAT && (*b)->type.type != SEG_FLOAT) {
        uint8_t left = needed_scale(*a), right = needed_scale(*b);
        to.scale = left > right ? left : right;
        bool decimal = ((*a)->type.type == SEG_DECIMAL && (*a)->kind != SEG_RULE_CONST) ||
                       ((*b)->type.type == SEG_DECIMAL && (*b)->kind != SEG_RULE_CONST);
        to.type = to.scale > 0 || decimal ? SEG_DECIMAL : SEG_INT;
        if (to.scale > SEG_DECIMAL_SCALE_LIMIT) {
            seg_check_fault(c, env, SEG_DIAG_NUMBER_RANGE, node->span,
                            "%u digits after the point are the most that stay exact",
                            SEG_DECIMAL_SCALE_LIMIT);
            return false;
        }
    }
    const seg_rule *left = seg_check_convert(c, env, node, *a, to);
    const seg_rule *right = seg_check_convert(c, env, node, *b, to);
    if (left == NULL || right == NULL) return false;
    *a = left;
    *b = right;
    return true;
}

/* ---- Arithmetic ------------------------------------------------------------------------------ */

static const seg_rule *number_operand(seg_checker *c, const seg_env *env, const seg_node *node) {
    const seg_rule *rule = seg_check_known(c, env, node, NULL);
    if (rule == NULL || seg_type_is_number(rule->type)) return rule;
    seg_type_words words = seg_type_describe(rule->type);
    seg_diag *diag = seg_check_fault(c, env, SEG_DIAG_NUMBER_EXPECTED, node->span,
                                     "a number is needed here, and this is %s", words.text);
    if (rule->type.type == SEG_TIME || rule->type.type == SEG_DATE || rule->type.type == SEG_DURATION)
        seg_diag_help(c->diags, diag,
                      "times are not added up: write `… more than 3d ago` or `… within last 3d`");
    return NULL;
}

static bool is_zero(const seg_rule *rule) {
    return rule->kind == SEG_RULE_CONST &&
           (rule->type.type == SEG_FLOAT ? rule->constant.value.as.f == 0.0 : rule->constant.value.as.i == 0);
}

static const seg_rule *divide(seg_checker *c, const seg_env *env, const seg_node *node, const seg_rule *a,
                              const seg_rule *b) {
    if (is_zero(b)) {
        seg_check_fault(c, env, SEG_DIAG_DIVIDE_ZERO, node->span,
                        "this divides by 0, so it never has a value");
        return NULL;
    }
    seg_rule_type type = {.type = SEG_FLOAT};
    uint32_t events = c->inside != NULL ? c->inside->count : 0;
    type.optional = b->kind != SEG_RULE_CONST && !seg_proof_not_zero(c->proofs, b, events);
    seg_rule_type to = {.type = SEG_FLOAT};
    const seg_rule *left = seg_check_convert(c, env, node, a, to),
                   *right = seg_check_convert(c, env, node, b, to);
    if (left == NULL || right == NULL) return NULL;
    return seg_check_make(
        c, env, node, true,
        (seg_rule){.kind = SEG_RULE_DIV, .type = type, .operand_count = 2, .operands = {left, right}});
}

/* The remainder has the sign of the first number, and as many digits after the point as the finer of the two.
 */
static const seg_rule *remainder_of(seg_checker *c, const seg_env *env, const seg_node *node,
                                    const seg_rule *a, const seg_rule *b) {
    if (a->type.type == SEG_FLOAT || b->type.type == SEG_FLOAT) {
        const seg_node *where = a->type.type == SEG_FLOAT ? node->first_child : node->last_child;
        seg_check_fault(c, env, SEG_DIAG_NUMBER_EXPECTED, where->span,
                        "a whole number or an amount is needed here: a float has no exact remainder");
        return NULL;
    }
    if (is_zero(b)) {
        seg_check_fault(c, env, SEG_DIAG_DIVIDE_ZERO, node->span,
                        "this divides by 0, so it never has a value");
        return NULL;
    }
    uint32_t events = c->inside != NULL ? c->inside->count : 0;
    bool optional = b->kind != SEG_RULE_CONST && !seg_proof_not_zero(c->proofs, b, events);
    if (!seg_check_unify(c, env, node, &a, &b)) return NULL;
    seg_rule rule = {.kind = SEG_RULE_MOD, .type = a->type, .operand_count = 2, .operands = {a, b}};
    rule.type.optional = optional;
    if (a->kind == SEG_RULE_CONST && b->kind == SEG_RULE_CONST) {
        int64_t word = a->constant.value.as.i % b->constant.value.as.i;
        rule = (seg_rule){.kind = SEG_RULE_CONST,
                          .type = a->type,
                          .constant = {.value = {.known = true, .as = {.i = word}}}};
    }
    return seg_check_make(c, env, node, true, rule);
}

/* Two whole or decimal constants: computed here, exactly. */
static const seg_rule *fold(seg_checker *c, const seg_env *env, const seg_node *node, seg_rule_kind kind,
                            seg_rule_type type, const seg_rule *a, const seg_rule *b) {
    int64_t x = a->constant.value.as.i, y = b->constant.value.as.i, word;
    bool fits = kind == SEG_RULE_ADD   ? seg_add_i64(x, y, &word)
                : kind == SEG_RULE_SUB ? seg_sub_i64(x, y, &word)
                                       : seg_mul_i64(x, y, &word);
    if (!fits || word == INT64_MIN) return out_of_range(c, env, node);
    seg_rule rule = {
        .kind = SEG_RULE_CONST, .type = type, .constant = {.value = {.known = true, .as = {.i = word}}}};
    return seg_check_make(c, env, node, true, rule);
}

static const seg_rule *multiply_types(seg_checker *c, const seg_env *env, const seg_node *node,
                                      const seg_rule **a, const seg_rule **b, seg_rule_type *type) {
    bool is_float = (*a)->type.type == SEG_FLOAT || (*b)->type.type == SEG_FLOAT;
    bool is_int = (*a)->type.type == SEG_INT && (*b)->type.type == SEG_INT;
    if (is_float || is_int) {
        if (!seg_check_unify(c, env, node, a, b)) return NULL;
        *type = (*a)->type;
        return *a;
    }
    /* The scales of decimals add up; of constants as few digits as they need. */
    seg_rule_type left = {.type = SEG_DECIMAL, .scale = needed_scale(*a)};
    seg_rule_type right = {.type = SEG_DECIMAL, .scale = needed_scale(*b)};
    *type = (seg_rule_type){.type = SEG_DECIMAL, .scale = (uint8_t)(left.scale + right.scale)};
    if (type->scale > SEG_DECIMAL_SCALE_LIMIT) {
        seg_check_fault(c, env, SEG_DIAG_NUMBER_RANGE, node->span,
                        "the result has %u digits after the point; %u are the most", type->scale,
                        SEG_DECIMAL_SCALE_LIMIT);
        return NULL;
    }
    *a = seg_check_convert(c, env, node, *a, left);
    if (*a != NULL) *b = seg_check_convert(c, env, node, *b, right);
    return *a != NULL ? *b : NULL;
}

const seg_rule *seg_check_arithmetic(seg_checker *c, const seg_env *env, const seg_node *node) {
    const seg_node *left = node->first_child, *right = left->next;
    const seg_rule *a = number_operand(c, env, left), *b = number_operand(c, env, right);
    if (a == NULL || b == NULL) return NULL;
    if (node->op == SEG_NODE_OP_DIV) return divide(c, env, node, a, b);
    if (node->op == SEG_NODE_OP_MOD) return remainder_of(c, env, node, a, b);
    seg_rule_kind kind = node->op == SEG_NODE_OP_ADD   ? SEG_RULE_ADD
                         : node->op == SEG_NODE_OP_SUB ? SEG_RULE_SUB
                                                       : SEG_RULE_MUL;
    seg_rule_type type;
    if (kind == SEG_RULE_MUL) {
        if (multiply_types(c, env, node, &a, &b, &type) == NULL) return NULL;
    } else {
        if (!seg_check_unify(c, env, node, &a, &b)) return NULL;
        type = a->type;
    }
    type.optional = false;
    if (a->kind == SEG_RULE_CONST && b->kind == SEG_RULE_CONST && type.type != SEG_FLOAT)
        return fold(c, env, node, kind, type, a, b);
    return seg_check_make(
        c, env, node, true,
        (seg_rule){.kind = (uint8_t)kind, .type = type, .operand_count = 2, .operands = {a, b}});
}

const seg_rule *seg_check_negate(seg_checker *c, const seg_env *env, const seg_node *node,
                                 const seg_rule_type *want) {
    if (node->first_child->kind == SEG_NODE_NUMBER) return seg_check_literal(c, env, node, want);
    const seg_rule *rule = number_operand(c, env, node->first_child);
    if (rule == NULL) return NULL;
    if (rule->kind == SEG_RULE_CONST) {
        seg_rule copy = *rule;
        if (rule->type.type == SEG_FLOAT)
            copy.constant.value.as.f = rule->constant.value.as.f == 0.0 ? 0.0 : -rule->constant.value.as.f;
        else
            copy.constant.value.as.i = -rule->constant.value.as.i;
        return seg_check_make(c, env, node, true, copy);
    }
    seg_rule_type type = rule->type;
    return seg_check_make(
        c, env, node, true,
        (seg_rule){.kind = SEG_RULE_NEG, .type = type, .operand_count = 1, .operands = {rule}});
}

/* ---- Points ---------------------------------------------------------------------------------- */

/* `a` if the condition holds, else 0. A condition on a missing value does not hold: nothing is earned. */
static const seg_rule *points_for(seg_checker *c, const seg_env *env, const seg_node *node) {
    const seg_node *when = node->first_child->next;
    bool asserted = c->asserted;
    const seg_rule *worth = number_operand(c, env, node->first_child);
    c->asserted = true;
    const seg_rule *test = seg_check_condition(c, env, when);
    c->asserted = asserted;
    if (worth == NULL || test == NULL) return NULL;
    seg_rule nothing = {.kind = SEG_RULE_CONST, .type = worth->type, .constant = {.value = {.known = true}}};
    const seg_rule *zero = seg_check_make(c, env, node, false, nothing);
    if (zero == NULL) return NULL;
    seg_rule earned = {
        .kind = SEG_RULE_IF, .type = worth->type, .operand_count = 3, .operands = {test, worth, zero}};
    return seg_check_make(c, env, node, true, earned);
}

const seg_rule *seg_check_points(seg_checker *c, const seg_env *env, const seg_node *node) {
    const seg_rule *total = NULL;
    bool fault = false;
    if (node->last_child->kind == SEG_NODE_WHERE || node->child_count > SEG_CHECK_POINTS_LIMIT) {
        seg_check_fault(c, env, SEG_DIAG_ARGUMENTS, node->span,
                        "`points` takes up to %u conditions, and no `where`", SEG_CHECK_POINTS_LIMIT);
        return NULL;
    }
    for (const seg_node *one = node->first_child; one != node->last_child; one = one->next) {
        if (one->kind == SEG_NODE_ERROR) return NULL;
        if (one->kind != SEG_NODE_POINTS) {
            seg_diag *diag = seg_check_fault(c, env, SEG_DIAG_ARGUMENTS, one->span, "points for what?");
            seg_diag_help(c->diags, diag, "write `points(3 for any orders(30d), 2 for visits(7d) >= 3)`");
            return NULL;
        }
        const seg_rule *earned = points_for(c, env, one);
        fault = fault || earned == NULL;
        if (fault || total == NULL) {
            total = earned;
            continue;
        }
        if (!seg_check_unify(c, env, one, &total, &earned)) return NULL;
        total = seg_check_make(
            c, env, node, true,
            (seg_rule){
                .kind = SEG_RULE_ADD, .type = total->type, .operand_count = 2, .operands = {total, earned}});
        fault = total == NULL;
    }
    return fault ? NULL : total;
}
