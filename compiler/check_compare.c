/* check_compare.c - comparisons, between and in. */
#include <string.h>

#include "check.h"
#include "constant.h"

/* ---- Two sides ------------------------------------------------------------------------------- */

/* A name that nothing declares: perhaps a value of the other side's enum. */
static bool is_bare_value(seg_checker *c, const seg_env *env, const seg_node *node) {
    seg_env at;
    const seg_node *stands_for;
    if (node->kind != SEG_NODE_NAME || !seg_check_resolve(c, env, node, &at, &stands_for)) return false;
    if (stands_for->kind != SEG_NODE_NAME) return false;
    bool told = true;
    if (at.events != NULL)
        for (uint32_t e = 0; e < at.events->count; e++) {
            const seg_rule_event *event = &c->events[at.events->events[e]];
            told = told && seg_field_find(event->fields, event->field_count, stands_for->text) == SEG_NONE;
        }
    return told && seg_names_find(&c->names, stands_for->text) == NULL;
}

bool seg_check_sides(seg_checker *c, const seg_env *env, const seg_node *left, const seg_node *right,
                     const seg_rule **left_out, const seg_rule **right_out, const seg_rule **guard) {
    /* Literals and bare values adapt to the other side, so the other side comes first. */
    bool left_adapts = seg_check_is_literal(left) || is_bare_value(c, env, left);
    bool right_first = left_adapts && !is_bare_value(c, env, right);
    const seg_node *first = right_first ? right : left, *second = right_first ? left : right;
    const seg_rule *a = seg_check_subject(c, env, first, NULL, guard);
    if (a == NULL && is_bare_value(c, env, second)) return false;
    const seg_rule *b = seg_check_subject(c, env, second, a != NULL ? &a->type : NULL, guard);
    *left_out = right_first ? b : a;
    *right_out = right_first ? a : b;
    return a != NULL && b != NULL;
}

/* ---- Types that do not go together ----------------------------------------------------------- */

static void date_with_time(seg_checker *c, seg_diag *diag, const seg_node *node, const seg_rule *rule) {
    if (rule->kind != SEG_RULE_CONST || (node->kind != SEG_NODE_DATE && node->kind != SEG_NODE_TIME)) {
        seg_diag_help(c->diags, diag,
                      "a date is a whole day, a time is one instant of it; compare like with like");
        return;
    }
    seg_check_text source = seg_check_source(node->span);
    if (node->kind == SEG_NODE_DATE) {
        seg_diag_help(c->diags, diag, "write the time of day too: `%sT00:00`", source.text);
        seg_diag_edit(c->diags, diag, node->span, "%sT00:00", source.text);
    } else {
        seg_diag_help(c->diags, diag, "write the date alone: `%.10s`", source.text);
        seg_diag_edit(c->diags, diag, node->span, "%.10s", source.text);
    }
}

static void quoted(seg_checker *c, seg_diag *diag, const seg_node *node, seg_rule_type other) {
    seg_text text = node->text;
    bool is_bool = seg_text_same(text, seg_text_of("true")) || seg_text_same(text, seg_text_of("false"));
    int64_t mantissa;
    uint8_t scale;
    bool digits = text.size_bytes > 0 && text.size_bytes <= 20;
    for (size_t i = 0; i < text.size_bytes; i++)
        digits = digits && ((text.bytes[i] >= '0' && text.bytes[i] <= '9') || text.bytes[i] == '.');
    bool fits = (other.type == SEG_BOOL && is_bool) ||
                (seg_type_is_number(other) && digits && seg_constant_number(text, &mantissa, &scale));
    if (!fits) return;
    seg_diag_help(c->diags, diag, "take the quotes away: `%.*s`", SEG_TEXT_ARGS(text));
    seg_diag_edit(c->diags, diag, node->span, "%.*s", SEG_TEXT_ARGS(text));
}

static void explain_types(seg_checker *c, seg_diag *diag, const seg_node *a_node, const seg_rule *a,
                          const seg_node *b_node, const seg_rule *b) {
    seg_type x = a->type.type, y = b->type.type;
    seg_check_text source = seg_check_source(a_node->span), other = seg_check_source(b_node->span);
    if (x == SEG_DATE && y == SEG_TIME) {
        date_with_time(c, diag, a->kind == SEG_RULE_CONST ? a_node : b_node,
                       a->kind == SEG_RULE_CONST ? a : b);
    } else if (b_node->kind == SEG_NODE_STRING) {
        quoted(c, diag, b_node, a->type);
    } else if ((x == SEG_TIME || x == SEG_DATE) && y == SEG_DURATION) {
        seg_diag_help(c->diags, diag, "say how long ago: `%s more than %s ago`, or `%s within last %s`",
                      source.text, other.text, source.text, other.text);
    } else if (x == SEG_DURATION && b_node->kind == SEG_NODE_NUMBER) {
        seg_diag_help(c->diags, diag, "a length of time has a unit: `%sm` for minutes, `%sd` for days",
                      other.text, other.text);
    } else if (x == SEG_SET) {
        seg_diag_help(c->diags, diag, "ask what is in the set: `%s contains \"…\"`", source.text);
    } else if (x == SEG_TEXT && seg_type_is_number(b->type) && b_node->kind == SEG_NODE_NUMBER) {
        seg_diag_help(c->diags, diag, "text stands in quotes: `\"%s\"`", other.text);
        seg_diag_edit(c->diags, diag, b_node->span, "\"%s\"", other.text);
    }
}

bool seg_check_agree(seg_checker *c, const seg_env *env, const seg_node *node, const seg_node *left_node,
                     const seg_node *right_node, const seg_rule **left, const seg_rule **right,
                     seg_diag_code code) {
    const seg_rule *a = *left, *b = *right;
    if (seg_type_is_number(a->type) && seg_type_is_number(b->type))
        return seg_check_unify(c, env, node, left, right);
    if (seg_type_same(a->type, b->type)) return true;
    bool dates = (a->type.type == SEG_DATE && b->type.type == SEG_TIME) ||
                 (a->type.type == SEG_TIME && b->type.type == SEG_DATE);
    seg_type_words x = seg_type_describe(a->type), y = seg_type_describe(b->type);
    seg_check_text source = seg_check_source(left_node->span), other = seg_check_source(right_node->span);
    seg_diag *diag = seg_check_fault(c, env, dates ? SEG_DIAG_DATE_AND_TIME : code, right_node->span,
                                     "`%s` is %s, and `%s` is %s", source.text, x.text, other.text, y.text);
    bool turned = b->type.type == SEG_SET || (b->type.type == SEG_DATE && dates) ||
                  left_node->kind == SEG_NODE_STRING ||
                  (a->type.type == SEG_DURATION && (b->type.type == SEG_TIME || b->type.type == SEG_DATE)) ||
                  left_node->kind == SEG_NODE_NUMBER;
    if (turned)
        explain_types(c, diag, right_node, b, left_node, a);
    else
        explain_types(c, diag, left_node, a, right_node, b);
    return false;
}

/* ---- Comparisons ----------------------------------------------------------------------------- */

static seg_rule_kind compare_kind(uint8_t op) {
    switch (op) {
    case SEG_NODE_OP_EQ: return SEG_RULE_EQ;
    case SEG_NODE_OP_NE: return SEG_RULE_NE;
    case SEG_NODE_OP_LT: return SEG_RULE_LT;
    case SEG_NODE_OP_LE: return SEG_RULE_LE;
    case SEG_NODE_OP_GT: return SEG_RULE_GT;
    default: return SEG_RULE_GE;
    }
}

static bool has_order(seg_checker *c, const seg_env *env, seg_span span, const seg_rule *rule) {
    seg_type type = rule->type.type;
    if (type != SEG_TEXT && type != SEG_ENUM && type != SEG_BOOL && type != SEG_ZONE) return true;
    seg_type_words words = seg_type_describe(rule->type);
    seg_diag *diag =
        seg_check_fault(c, env, SEG_DIAG_NO_ORDER, span, "this is %s: it has no less or more", words.text);
    seg_diag_help(c->diags, diag, "compare it with `==` or `!=`, or with `in [...]`");
    return false;
}

static bool is_comparable(seg_checker *c, const seg_env *env, const seg_node *node, const seg_rule *rule) {
    if (rule->type.type == SEG_SET) {
        seg_check_text source = seg_check_source(node->span);
        seg_diag *diag =
            seg_check_fault(c, env, SEG_DIAG_COMPARE_TYPES, node->span,
                            "`%s` is a set of texts: it is not compared as a whole", source.text);
        seg_diag_help(c->diags, diag, "ask what is in it: `%s contains \"…\"` or `%s any of [\"…\"]`",
                      source.text, source.text);
        return false;
    }
    if (rule->kind == SEG_RULE_CONST && rule->type.type == SEG_DURATION &&
        rule->constant.duration.months != 0) {
        seg_diag *diag = seg_check_fault(c, env, SEG_DIAG_DURATION, node->span,
                                         "months and years differ in length, so this cannot be compared");
        seg_diag_help(c->diags, diag, "write days: `30d`");
        return false;
    }
    return true;
}

static bool counts(const seg_rule *rule) {
    return rule->kind == SEG_RULE_COUNT || rule->kind == SEG_RULE_DISTINCT ||
           rule->kind == SEG_RULE_ACTIVE_DAYS || rule->kind == SEG_RULE_TALLY;
}

/* A count is never below 0: comparisons that this alone decides. */
static void warn_always(seg_checker *c, const seg_env *env, const seg_node *node, seg_rule_kind kind,
                        const seg_rule *a, const seg_rule *b) {
    if (a->kind == SEG_RULE_CONST && b->kind != SEG_RULE_CONST) {
        const seg_rule *swap = a;
        a = b;
        b = swap;
        kind = kind == SEG_RULE_LT   ? SEG_RULE_GT
               : kind == SEG_RULE_GT ? SEG_RULE_LT
               : kind == SEG_RULE_LE ? SEG_RULE_GE
               : kind == SEG_RULE_GE ? SEG_RULE_LE
                                     : kind;
    }
    if (!counts(a) || b->kind != SEG_RULE_CONST || b->type.type != SEG_INT) return;
    int64_t bound = b->constant.value.as.i;
    bool below = bound < 0;
    bool always =
        (kind == SEG_RULE_GE && bound <= 0) || (below && (kind == SEG_RULE_GT || kind == SEG_RULE_NE));
    bool never =
        (kind == SEG_RULE_LT && bound <= 0) || (below && (kind == SEG_RULE_LE || kind == SEG_RULE_EQ));
    if (always || never) seg_check_always(c, env, node->span, always, "a count is 0 or more");
}

/* The attribute's name that a side of a comparison is about, now or as it was, or NULL. */
static const seg_node *trend_name(const seg_node *node) {
    if (node->kind == SEG_NODE_AS_OF) node = node->first_child;
    return node->kind == SEG_NODE_NAME ? node : NULL;
}

/* Whether the same value as that of `other` stands in the node's arithmetic as it was. */
static bool was(const seg_node *node, const seg_node *other) {
    if (node->kind == SEG_NODE_ARITHMETIC || node->kind == SEG_NODE_NEGATE) {
        bool found = false;
        for (const seg_node *child = node->first_child; child != NULL && !found; child = child->next)
            found = was(child, other);
        return found;
    }
    const seg_node *name = trend_name(node);
    return name != NULL && node != other && node->kind == SEG_NODE_AS_OF &&
           seg_text_same(name->text, trend_name(other)->text);
}

/* The first value in the node's arithmetic that the comparison also asks for as it was, or NULL. */
static const seg_node *find_trend(const seg_node *node, const seg_node *comparison) {
    if (node->kind == SEG_NODE_ARITHMETIC || node->kind == SEG_NODE_NEGATE) {
        const seg_node *found = NULL;
        for (const seg_node *child = node->first_child; child != NULL && found == NULL; child = child->next)
            found = find_trend(child, comparison);
        return found;
    }
    const seg_node *left = comparison->first_child;
    bool is_trend = trend_name(node) != NULL && (was(left, node) || was(left->next, node));
    return is_trend ? node : NULL;
}

seg_text seg_check_trend(const seg_node *node) {
    bool is_order = node->op == SEG_NODE_OP_LT || node->op == SEG_NODE_OP_LE || node->op == SEG_NODE_OP_GT ||
                    node->op == SEG_NODE_OP_GE;
    if (!is_order) return (seg_text){0};
    const seg_node *value = find_trend(node->first_child, node);
    if (value == NULL) value = find_trend(node->first_child->next, node);
    return value != NULL ? trend_name(value)->text : (seg_text){0};
}

const seg_rule *seg_check_compare(seg_checker *c, const seg_env *env, const seg_node *node) {
    const seg_node *left = node->first_child, *right = left->next;
    const seg_rule *a, *b, *guard = NULL;
    seg_rule_kind kind = compare_kind(node->op);
    if (node->flags & SEG_NODE_IGNORE_CASE) return seg_check_caseless(c, env, node);
    if (node->flags & SEG_NODE_VERSION) return seg_check_version(c, env, node);
    if (seg_check_is_decayed(c, left)) return seg_check_decayed(c, env, node, kind);
    if (kind == SEG_RULE_EQ &&
        (seg_check_is_anniversary(c, env, left) || seg_check_is_anniversary(c, env, right)))
        return seg_check_anniversary(c, env, node);
    seg_trend trend = {.name = seg_check_trend(node), .guard = &guard};
    c->trend = c->asserted && trend.name.size_bytes ? &trend : NULL;
    bool fits = seg_check_sides(c, env, left, right, &a, &b, kind == SEG_RULE_EQ ? &guard : NULL);
    c->trend = NULL;
    if (!fits) return NULL;
    if (!is_comparable(c, env, left, a) || !is_comparable(c, env, right, b)) return NULL;
    if (!seg_check_agree(c, env, node, left, right, &a, &b, SEG_DIAG_COMPARE_TYPES)) return NULL;
    if (kind != SEG_RULE_EQ && kind != SEG_RULE_NE && !has_order(c, env, node->span, a)) return NULL;
    warn_always(c, env, node, kind, a, b);
    return seg_check_guarded(c, env, node, guard, seg_check_pair(c, env, node, true, kind, a, b));
}

const seg_rule *seg_check_between(seg_checker *c, const seg_env *env, const seg_node *node) {
    const seg_node *value = node->first_child, *low = value->next, *high = low->next;
    const seg_rule *a, *b, *x = NULL, *y;
    bool negated = (node->flags & SEG_NODE_NEGATED) != 0;
    if (node->flags & SEG_NODE_VERSION) return seg_check_version(c, env, node);
    if (!seg_check_sides(c, env, value, low, &a, &b, NULL)) return NULL;
    y = seg_check_known(c, env, high, &a->type);
    if (y == NULL) return NULL;
    if (!is_comparable(c, env, value, a) || !is_comparable(c, env, low, b) || !is_comparable(c, env, high, y))
        return NULL;
    x = seg_check_hidden(c, a);
    if (x == NULL || !seg_check_agree(c, env, node, value, low, &a, &b, SEG_DIAG_COMPARE_TYPES) ||
        !seg_check_agree(c, env, node, value, high, &x, &y, SEG_DIAG_COMPARE_TYPES) ||
        !has_order(c, env, node->span, a))
        return NULL;
    const seg_rule *both = seg_check_pair(c, env, node, !negated, SEG_RULE_AND,
                                          seg_check_pair(c, env, node, false, SEG_RULE_GE, a, b),
                                          seg_check_pair(c, env, node, false, SEG_RULE_LE, x, y));
    return negated ? seg_check_not(c, env, node, true, both) : both;
}

/* ---- in [..] --------------------------------------------------------------------------------- */

static const seg_rule *list_item(seg_checker *c, const seg_env *env, const seg_node *value,
                                 const seg_rule **operand, const seg_node *item) {
    const seg_rule *rule = seg_check_known(c, env, item, &(*operand)->type);
    if (rule == NULL) return NULL;
    if (rule->kind != SEG_RULE_CONST) {
        seg_diag *diag =
            seg_check_fault(c, env, SEG_DIAG_NOT_CONSTANT, item->span, "a list holds fixed values only");
        seg_diag_help(c->diags, diag, "compare with it apart: `… == … or … in [...]`");
        return NULL;
    }
    if (!is_comparable(c, env, item, rule)) return NULL;
    if (!seg_type_is_number(rule->type)) {
        /* The operand may have been brought to more digits for an item before: show it as it was written. */
        const seg_rule *shown = (*operand)->kind == SEG_RULE_CONVERT ? (*operand)->operands[0] : *operand;
        return seg_check_agree(c, env, item, value, item, &shown, &rule, SEG_DIAG_COMPARE_TYPES) ? rule
                                                                                                 : NULL;
    }
    /* Numbers: the operand goes up to the most digits that an item needs. */
    return seg_check_agree(c, env, item, value, item, operand, &rule, SEG_DIAG_COMPARE_TYPES) ? rule : NULL;
}

const seg_rule *seg_check_in_list(seg_checker *c, const seg_env *env, const seg_node *node) {
    if (node->flags & SEG_NODE_IGNORE_CASE) return seg_check_caseless(c, env, node);
    const seg_node *value = node->first_child, *list = value->next;
    bool negated = (node->flags & SEG_NODE_NEGATED) != 0;
    const seg_rule *guard = NULL;
    const seg_rule *operand = seg_check_subject(c, env, value, NULL, negated ? NULL : &guard);
    if (operand == NULL || list->kind != SEG_NODE_LIST || !is_comparable(c, env, value, operand)) return NULL;
    if (list->child_count == 0 || list->child_count > SEG_CHECK_LIST_LIMIT) {
        seg_check_fault(c, env, SEG_DIAG_LIST, list->span,
                        list->child_count == 0 ? "nothing is in an empty list"
                                               : "a list holds at most %u values",
                        SEG_CHECK_LIST_LIMIT);
        return NULL;
    }
    const seg_rule **items = seg_arena_take_array(c->arena, list->child_count, sizeof(void *));
    seg_rule_const *constants = seg_arena_take_array(c->arena, list->child_count, sizeof *constants);
    if (items == NULL || constants == NULL) return NULL;
    uint32_t count = 0;
    bool fault = false;
    for (const seg_node *item = list->first_child; item != NULL; item = item->next) {
        items[count] = list_item(c, env, value, &operand, item);
        fault = fault || items[count++] == NULL;
    }
    for (uint32_t i = 0; i < count && !fault; i++) {
        const seg_rule *item = seg_type_is_number(operand->type)
                                   ? seg_check_convert(c, env, list, items[i], operand->type)
                                   : items[i];
        fault = item == NULL;
        if (!fault) constants[i] = item->constant;
    }
    if (fault) return NULL;
    const seg_rule *in = seg_check_make(c, env, node, !negated,
                                        (seg_rule){.kind = SEG_RULE_IN,
                                                   .type = seg_type_plain(SEG_BOOL),
                                                   .operand_count = 1,
                                                   .operands = {operand},
                                                   .list_count = count,
                                                   .list = constants});
    return negated ? seg_check_not(c, env, node, true, in) : seg_check_guarded(c, env, node, guard, in);
}
