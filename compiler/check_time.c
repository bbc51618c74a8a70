/* check_time.c - tests against now: within last, within next, ago, ahead. All are made of REACHED:
 * now >= x + D, or for dates today >= x + D. */
#include "check.h"
#include "constant.h"

bool seg_check_duration(seg_checker *c, const seg_env *env, const seg_node *node, seg_rule_duration *out) {
    seg_env at;
    const seg_node *value;
    uint32_t errors = c->diags->errors;
    if (!seg_check_resolve(c, env, node, &at, &value)) return false;
    if (value->kind == SEG_NODE_DURATION) {
        *out = (seg_rule_duration){value->months, value->number};
        /* No window is longer than the time from the year 1 to 9999. */
        int64_t days = (int64_t)value->months * 30 + value->number / SEG_DAY_MS;
        if (days > 3650000) {
            seg_check_fault(c, env, SEG_DIAG_DURATION, node->span, "this is longer than 10,000 years");
            return false;
        }
        if (value->months != 0 || value->number > 0) return true;
        seg_check_fault(c, env, SEG_DIAG_DURATION, node->span,
                        "a length of time must be longer than nothing");
        return false;
    }
    if (value->kind == SEG_NODE_NAME && seg_names_find(&c->names, value->text) == NULL) {
        (void)seg_check_expr(c, &at, value, NULL);
        if (c->diags->errors != errors) return false;
    }
    if (value->kind == SEG_NODE_ERROR) return false;
    seg_check_text source = seg_check_source(value->span);
    seg_diag *diag = seg_check_fault(c, &at, SEG_DIAG_DURATION, value->span,
                                     "a fixed length of time is needed here, as `30d`, `72h` or `6mo`");
    if (value->kind != SEG_NODE_NUMBER) return false;
    seg_diag_help(c->diags, diag, "give it a unit: `%sd` for days", source.text);
    seg_diag_edit(c->diags, diag, value->span, "%sd", source.text);
    return false;
}

/* today >= x + D, or now >= x + D; `sign` -1: x - D; `more`: strictly more, on the line of x. */
static const seg_rule *reached(seg_checker *c, const seg_env *env, const seg_node *node, bool written,
                               const seg_rule *x, seg_rule_duration duration, int sign, bool more) {
    bool is_date = x->type.type == SEG_DATE;
    seg_rule_duration by = {duration.months * sign, duration.ms * sign};
    if (more) by.ms += is_date ? SEG_DAY_MS : 1;
    seg_rule rule = {.kind = is_date ? SEG_RULE_DATE_REACHED : SEG_RULE_REACHED,
                     .type = seg_type_plain(SEG_BOOL),
                     .operand_count = 1,
                     .operands = {x},
                     .duration = by};
    return seg_check_make(c, env, node, written, rule);
}

static const seg_rule *begun_and_not_over(seg_checker *c, const seg_env *env, const seg_node *node,
                                          bool written, const seg_rule *begun, const seg_rule *over) {
    if (begun == NULL || over == NULL) return NULL;
    return seg_check_pair(c, env, node, written, SEG_RULE_AND, begun,
                          seg_check_not(c, env, node, false, over));
}

/* The formulas, T being now:
 *   within last D      x <= T < x + D              within next D, less than D ahead   x - D <= T < x
 *   more than D ago    T > x + D                   more than D ahead                  T < x - D
 *   less than D ago    x <= T and not more than D ago */
static const seg_rule *formula(seg_checker *c, const seg_env *env, const seg_node *node, bool written,
                               const seg_rule *x, seg_rule_duration d) {
    const seg_rule_duration zero = {0, 0};
    bool more = node->op == SEG_NODE_OP_MORE;
    if (node->kind == SEG_NODE_AGO && more) return reached(c, env, node, written, x, d, 1, true);
    if (node->kind == SEG_NODE_AHEAD && more)
        return seg_check_not(c, env, node, written, reached(c, env, node, false, x, d, -1, false));
    const seg_rule *other = seg_check_hidden(c, x);
    if (other == NULL) return NULL;
    if (node->kind == SEG_NODE_WITHIN_LAST || node->kind == SEG_NODE_AGO)
        return begun_and_not_over(c, env, node, written, reached(c, env, node, false, x, zero, 1, false),
                                  reached(c, env, node, false, other, d, 1, node->kind == SEG_NODE_AGO));
    return begun_and_not_over(c, env, node, written, reached(c, env, node, false, x, d, -1, false),
                              reached(c, env, node, false, other, zero, 1, false));
}

const seg_rule *seg_check_time_test(seg_checker *c, const seg_env *env, const seg_node *node) {
    const seg_node *value = node->first_child;
    seg_rule_duration duration;
    if (c->inside == NULL && seg_check_is_flip(c, value)) return seg_check_flip(c, env, node);
    bool is_ago = node->kind == SEG_NODE_AGO || node->kind == SEG_NODE_AHEAD;
    if (!is_ago && seg_check_is_anniversary(c, env, value)) return seg_check_anniversary(c, env, node);
    if (c->inside != NULL) {
        seg_diag *diag =
            seg_check_fault(c, env, SEG_DIAG_WHERE_SCOPE, node->span,
                            "this changes as time passes, and a condition on one event must not");
        seg_diag_help(c->diags, diag, "choose the events by their window instead: `(30d where …)`");
        return NULL;
    }
    bool negated = (node->flags & SEG_NODE_NEGATED) != 0;
    bool is_within = node->kind == SEG_NODE_WITHIN_LAST || node->kind == SEG_NODE_WITHIN_NEXT;
    const seg_rule *guard = NULL;
    const seg_rule *x = seg_check_subject(c, env, value, NULL, is_within && !negated ? &guard : NULL);
    bool has_duration = seg_check_duration(c, env, value->next, &duration);
    if (x == NULL || !has_duration) return NULL;
    if (x->type.type != SEG_TIME && x->type.type != SEG_DATE) {
        seg_type_words words = seg_type_describe(x->type);
        seg_check_text source = seg_check_source(value->span);
        seg_check_fault(c, env, SEG_DIAG_TIME_EXPECTED, value->span,
                        "a time or a date is needed here, and `%s` is %s", source.text, words.text);
        return NULL;
    }
    if (x->type.type == SEG_DATE && duration.ms % SEG_DAY_MS != 0) {
        seg_check_fault(c, env, SEG_DIAG_DURATION, value->next->span,
                        "dates are compared by whole days, weeks, months or years");
        return NULL;
    }
    const seg_rule *rule = formula(c, env, node, !negated, x, duration);
    return negated ? seg_check_not(c, env, node, true, rule) : seg_check_guarded(c, env, node, guard, rule);
}
