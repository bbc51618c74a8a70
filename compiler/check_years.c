/* check_years.c - whole years since a date, and the days on which another one is full. */
#include "check.h"
#include "constant.h"

static const seg_node *bare(const seg_node *node) {
    return node->kind == SEG_NODE_IN_ZONE ? node->first_child : node;
}

static bool is_call(seg_checker *c, const seg_env *env, const seg_node *node, const char *word) {
    node = bare(node);
    if (node->kind != SEG_NODE_CALL || !seg_text_same(node->text, seg_text_of(word))) return false;
    const seg_name *name = seg_names_find(&c->names, node->text);
    return seg_check_parameter(env, node->text) == NULL && (name == NULL || name->kind == SEG_NAME_ATTRIBUTE);
}

bool seg_check_is_age(seg_checker *c, const seg_env *env, const seg_node *node) {
    return is_call(c, env, node, "age");
}

bool seg_check_is_anniversary(seg_checker *c, const seg_env *env, const seg_node *node) {
    return is_call(c, env, node, "anniversary");
}

static bool fits(seg_checker *c, const seg_env *env, const seg_node *call) {
    if (c->inside != NULL) {
        seg_check_fault(c, env, SEG_DIAG_WHERE_SCOPE, call->span,
                        "this changes as time passes, and a condition on one event must not");
        return false;
    }
    if (call->child_count == 2 && call->last_child->kind == SEG_NODE_NONE) return true;
    seg_diag *diag = seg_check_fault(c, env, SEG_DIAG_ARGUMENTS, call->span, "`%.*s` takes one date or time",
                                     SEG_TEXT_ARGS(call->text));
    seg_diag_help(c->diags, diag, "write `%.*s(born_on)`", SEG_TEXT_ARGS(call->text));
    return false;
}

/* The local date of a time. */
static const seg_rule *date_of(seg_checker *c, const seg_env *env, const seg_node *node, const seg_rule *of,
                               const seg_rule *zone) {
    if (of->type.type == SEG_DATE) return of;
    seg_rule rule = {.kind = SEG_RULE_PART,
                     .index = SEG_RULE_DATE_OF,
                     .type = {.type = SEG_DATE, .optional = of->type.optional},
                     .operand_count = zone != NULL ? 2 : 1,
                     .operands = {of, zone}};
    return seg_check_make(c, env, node, false, rule);
}

/* *zone: NULL when the workspace's is meant. guard: as of seg_check_subject; `lone`: a value that may be
 * missing. */
static const seg_rule *years(seg_checker *c, const seg_env *env, const seg_node *node, seg_rule_years what,
                             bool lone, const seg_rule **guard, const seg_rule **zone) {
    const seg_node *call = bare(node), *subject = call->first_child;
    *zone = NULL;
    if (!fits(c, env, call)) return NULL;
    const seg_rule *of =
        lone ? seg_check_expr(c, env, subject, NULL) : seg_check_subject(c, env, subject, NULL, guard);
    bool zone_fits = call == node || seg_check_in_zone(c, env, call->next, zone);
    if (of == NULL || !zone_fits) return NULL;
    if (of->type.type != SEG_DATE && of->type.type != SEG_TIME) {
        seg_type_words words = seg_type_describe(of->type);
        seg_check_text source = seg_check_source(subject->span);
        seg_check_fault(c, env, SEG_DIAG_TIME_EXPECTED, subject->span,
                        "a date or a time is needed here, and `%s` is %s", source.text, words.text);
        return NULL;
    }
    c->touches_facts = true;
    const seg_rule *hidden = *zone != NULL ? seg_check_hidden(c, *zone) : NULL;
    const seg_rule *date = date_of(c, env, node, of, hidden);
    if (date == NULL || (*zone != NULL && hidden == NULL)) return NULL;
    seg_rule rule = {.kind = SEG_RULE_YEARS,
                     .index = what,
                     .type = {.type = what == SEG_RULE_AGE ? SEG_INT : SEG_DATE,
                              .optional = what != SEG_RULE_AGE || date->type.optional},
                     .operand_count = *zone != NULL ? 2 : 1,
                     .operands = {date, *zone}};
    return seg_check_make(c, env, node, lone, rule);
}

const seg_rule *seg_check_age(seg_checker *c, const seg_env *env, const seg_node *node) {
    const seg_rule *zone;
    return years(c, env, node, SEG_RULE_AGE, true, NULL, &zone);
}

const seg_rule *seg_check_anniversary_alone(seg_checker *c, const seg_env *env, const seg_node *node) {
    seg_check_text source = seg_check_source(node->span);
    seg_diag *diag = seg_check_fault(c, env, SEG_DIAG_CALENDAR, node->span,
                                     "there is an anniversary every year: which one is meant?");
    seg_diag_help(c->diags, diag,
                  "ask `%s within next 7d`, `%s within last 7d`, or `%s == today`; how many there were "
                  "is `age(…)`",
                  source.text, source.text, source.text);
    return NULL;
}

/* The test of COMPARE says which side is the anniversary; the other one must be `today`, so that is within
 * the last day. */
static bool sides(seg_checker *c, const seg_env *env, const seg_node *node, const seg_node **value,
                  seg_rule_duration *duration) {
    const seg_node *left = node->first_child, *right = left->next;
    *value = left;
    if (node->kind != SEG_NODE_COMPARE) return seg_check_duration(c, env, right, duration);
    bool turned = !seg_check_is_anniversary(c, env, left);
    const seg_node *other = turned ? left : right;
    *value = turned ? right : left;
    *duration = (seg_rule_duration){0, SEG_DAY_MS};
    if (other->kind == SEG_NODE_NAME && seg_text_same(other->text, seg_text_of("today")) &&
        seg_names_find(&c->names, other->text) == NULL)
        return true;
    (void)seg_check_anniversary_alone(c, env, *value);
    return false;
}

const seg_rule *seg_check_anniversary(seg_checker *c, const seg_env *env, const seg_node *node) {
    bool negated = (node->flags & SEG_NODE_NEGATED) != 0, next = node->kind == SEG_NODE_WITHIN_NEXT;
    const seg_node *value;
    seg_rule_duration by;
    const seg_rule *guard = NULL, *zone;
    if (!sides(c, env, node, &value, &by)) return NULL;
    if (by.ms % SEG_DAY_MS != 0) {
        seg_check_fault(c, env, SEG_DIAG_DURATION, value->next->span,
                        "dates are compared by whole days, weeks, months or years");
        return NULL;
    }
    const seg_rule *day =
        years(c, env, value, next ? SEG_RULE_COMING : SEG_RULE_NEWEST, false, negated ? NULL : &guard, &zone);
    const seg_rule *again = day != NULL ? seg_check_hidden(c, day) : NULL;
    if (again == NULL) return NULL;
    if (next) by = (seg_rule_duration){-by.months, -by.ms};
    seg_rule missing = {
        .kind = SEG_RULE_MISSING, .type = seg_type_plain(SEG_BOOL), .operand_count = 1, .operands = {again}};
    seg_rule reached = {
        .kind = SEG_RULE_DATE_REACHED,
        .type = seg_type_plain(SEG_BOOL),
        .operand_count = zone != NULL ? 2 : 1,
        .operands = {seg_check_optional(c, day, false), zone != NULL ? seg_check_hidden(c, zone) : NULL},
        .duration = by};
    if (reached.operands[0] == NULL || (zone != NULL && reached.operands[1] == NULL)) return NULL;
    const seg_rule *known = seg_check_not(c, env, node, false, seg_check_make(c, env, node, false, missing));
    const seg_rule *test = seg_check_make(c, env, node, false, reached);
    if (!next && test != NULL) test = seg_check_not(c, env, node, false, test);
    if (known == NULL || test == NULL) return NULL;
    const seg_rule *rule = seg_check_pair(c, env, node, !negated, SEG_RULE_AND, known, test);
    return negated ? seg_check_not(c, env, node, true, rule) : seg_check_guarded(c, env, node, guard, rule);
}
