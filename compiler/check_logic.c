/* check_logic.c - conditions and values: the dispatch over all expressions, and, or, not, if, ??. */
#include "check.h"

const seg_rule *seg_check_not(seg_checker *c, const seg_env *env, const seg_node *node, bool written,
                              const seg_rule *rule) {
    if (rule == NULL) return NULL;
    return seg_check_make(
        c, env, node, written,
        (seg_rule){
            .kind = SEG_RULE_NOT, .type = seg_type_plain(SEG_BOOL), .operand_count = 1, .operands = {rule}});
}

const seg_rule *seg_check_pair(seg_checker *c, const seg_env *env, const seg_node *node, bool written,
                               seg_rule_kind kind, const seg_rule *left, const seg_rule *right) {
    if (left == NULL || right == NULL) return NULL;
    return seg_check_make(c, env, node, written,
                          (seg_rule){.kind = (uint8_t)kind,
                                     .type = seg_type_plain(SEG_BOOL),
                                     .operand_count = 2,
                                     .operands = {left, right}});
}

void seg_check_always(seg_checker *c, const seg_env *env, seg_span span, bool outcome, const char *why) {
    /* In a define it may be so for this use only. */
    if (env->frame != NULL) return;
    seg_check_fault(c, env, SEG_DIAG_ALWAYS, span, "this is always %s: %s", outcome ? "true" : "false", why);
}

static const seg_proof *assume(seg_checker *c, const seg_rule *rule, bool outcome) {
    if (rule == NULL) return c->proofs;
    return seg_proof_assume(c->arena, c->proofs, rule, outcome, c->inside != NULL ? c->inside->count : 0);
}

/* `negation`: the NOT node around it, or NULL. */
static void not_a_condition(seg_checker *c, const seg_env *env, const seg_node *node, const seg_rule *rule,
                            const seg_node *negation) {
    seg_check_text source = seg_check_source(node->span);
    seg_type_words words = seg_type_describe(rule->type);
    seg_diag *diag = seg_check_fault(c, env, SEG_DIAG_NOT_CONDITION, node->span,
                                     "a condition is needed here, and `%s` is %s", source.text, words.text);
    switch (rule->kind) {
    case SEG_RULE_COUNT:
        if (negation != NULL && node->kind == SEG_NODE_CALL) {
            seg_diag_help(c->diags, diag, "ask whether there is none: `no %s`", source.text);
            seg_diag_edit(c->diags, diag,
                          (seg_span){node->span.source, negation->span.first, node->span.first}, "no ");
            return;
        }
        seg_diag_help(c->diags, diag,
                      seg_check_is_counted(c, node)
                          ? "ask whether there is one, `any %s`, or put a comparison in brackets: `(%s >= 2)`"
                          : "ask whether there is one, `any %s`, or compare it, `%s >= 2`",
                      source.text, source.text);
        if (node->kind == SEG_NODE_CALL)
            seg_diag_edit(c->diags, diag, (seg_span){node->span.source, node->span.first, node->span.first},
                          "any ");
        return;
    case SEG_RULE_TALLY:
        seg_diag_help(c->diags, diag,
                      "compare it: `%s >= 2`; what `and` or `or` joins behind `where` stands in brackets",
                      source.text);
        return;
    case SEG_RULE_CONST: seg_diag_help(c->diags, diag, "compare it with something"); return;
    default:
        if (rule->type.type == SEG_SET)
            seg_diag_help(c->diags, diag, "ask what is in it: `%s contains \"…\"`", source.text);
        else if (rule->type.type == SEG_TIME || rule->type.type == SEG_DATE)
            seg_diag_help(c->diags, diag, "say when: `%s within last 30d`", source.text);
        else
            seg_diag_help(c->diags, diag, "compare it: `%s == …`", source.text);
    }
}

static const seg_rule *condition(seg_checker *c, const seg_env *env, const seg_node *node,
                                 const seg_node *negation) {
    const seg_rule *rule = seg_check_expr(c, env, node, NULL);
    if (rule == NULL) return NULL;
    if (rule->type.type != SEG_BOOL)
        not_a_condition(c, env, node, rule, negation);
    else if (rule->type.optional)
        seg_check_missing(c, env, node, rule);
    else
        return rule;
    return NULL;
}

static const seg_rule *negation(seg_checker *c, const seg_env *env, const seg_node *node) {
    return seg_check_not(c, env, node, true, condition(c, env, node->first_child, node));
}

static const seg_rule *and_or(seg_checker *c, const seg_env *env, const seg_node *node) {
    bool is_and = node->kind == SEG_NODE_AND;
    const seg_proof *before = c->proofs;
    const seg_node *child = node->first_child;
    const seg_rule *left = seg_check_condition(c, env, child);
    bool fault = left == NULL;
    for (child = child->next; child != NULL; child = child->next) {
        c->proofs = assume(c, left, is_and);
        seg_doubt doubt = {node->first_child, c->doubts};
        if (fault) c->doubts = &doubt;
        const seg_rule *right = seg_check_condition(c, env, child);
        c->doubts = doubt.outer;
        fault = fault || right == NULL;
        if (!fault)
            left = seg_check_pair(c, env, node, true, is_and ? SEG_RULE_AND : SEG_RULE_OR, left, right);
    }
    c->proofs = before;
    return fault ? NULL : left;
}

static const seg_rule *if_else(seg_checker *c, const seg_env *env, const seg_node *node,
                               const seg_rule_type *want) {
    const seg_node *then_node = node->first_child->next, *else_node = then_node->next;
    const seg_proof *before = c->proofs;
    bool asserted = c->asserted;
    c->asserted = false; /* the condition decides both ways */
    const seg_rule *test = seg_check_condition(c, env, node->first_child);
    c->asserted = asserted;
    seg_doubt doubt = {node->first_child, c->doubts};
    if (test == NULL) c->doubts = &doubt;
    c->proofs = assume(c, test, true);
    const seg_rule *yes = seg_check_expr(c, env, then_node, want);
    c->proofs = before;
    c->proofs = assume(c, test, false);
    const seg_rule *no = seg_check_expr(c, env, else_node, want != NULL || yes == NULL ? want : &yes->type);
    c->proofs = before;
    c->doubts = doubt.outer;
    if (test == NULL || yes == NULL || no == NULL) return NULL;
    if (!seg_check_agree(c, env, node, then_node, else_node, &yes, &no, SEG_DIAG_BRANCH_TYPES)) return NULL;
    seg_rule_type type = yes->type;
    type.optional = yes->type.optional || no->type.optional;
    return seg_check_make(
        c, env, node, true,
        (seg_rule){.kind = SEG_RULE_IF, .type = type, .operand_count = 3, .operands = {test, yes, no}});
}

static const seg_rule *coalesce(seg_checker *c, const seg_env *env, const seg_node *node,
                                const seg_rule_type *want) {
    const seg_node *right_node = node->first_child->next;
    const seg_rule *left = seg_check_expr(c, env, node->first_child, want);
    const seg_rule *right =
        seg_check_expr(c, env, right_node, want != NULL || left == NULL ? want : &left->type);
    if (left == NULL || right == NULL) return NULL;
    if (!seg_check_agree(c, env, node, node->first_child, right_node, &left, &right, SEG_DIAG_BRANCH_TYPES))
        return NULL;
    if (!left->type.optional) {
        seg_check_text source = seg_check_source(node->first_child->span);
        if (env->frame == NULL)
            seg_check_fault(c, env, SEG_DIAG_NEVER_MISSING, node->first_child->span,
                            "`%s` is never missing here, so `??` does nothing", source.text);
        return left;
    }
    seg_rule_type type = right->type;
    return seg_check_make(
        c, env, node, true,
        (seg_rule){.kind = SEG_RULE_COALESCE, .type = type, .operand_count = 2, .operands = {left, right}});
}

/* Parts of these stand where the whole stands: what is asserted of the whole is asserted of them. */
static bool passes_assertion(const seg_node *node) {
    switch (node->kind) {
    case SEG_NODE_AND:
    case SEG_NODE_OR:
    case SEG_NODE_IF:
    case SEG_NODE_EXCEPT:
    case SEG_NODE_FOR_SOME:
    case SEG_NODE_FOR_EACH:
    case SEG_NODE_NAME:
    case SEG_NODE_AS_OF:
    case SEG_NODE_LATCH:
    case SEG_NODE_CALL: return true;
    case SEG_NODE_COMPARE:
        return node->op == SEG_NODE_OP_EQ || (node->flags & SEG_NODE_VERSION) != 0 ||
               seg_check_trend(node).size_bytes != 0;
    case SEG_NODE_BETWEEN: return (node->flags & (SEG_NODE_NEGATED | SEG_NODE_VERSION)) == SEG_NODE_VERSION;
    case SEG_NODE_IN_LIST:
    case SEG_NODE_TEXT_TEST:
    case SEG_NODE_WITHIN_LAST:
    case SEG_NODE_WITHIN_NEXT: return (node->flags & SEG_NODE_NEGATED) == 0;
    case SEG_NODE_SET_TEST: return node->op != SEG_NODE_OP_NONE_OF;
    default: return false;
    }
}

/* The value is known where `guard` holds. */
static const seg_rule *guard_with(seg_checker *c, const seg_env *env, const seg_node *node,
                                  const seg_rule *rule, const seg_rule **guard) {
    const seg_rule *known = seg_check_hidden(c, rule);
    if (known == NULL) return NULL;
    known = seg_check_make(c, env, node, false,
                           (seg_rule){.kind = SEG_RULE_MISSING,
                                      .type = seg_type_plain(SEG_BOOL),
                                      .operand_count = 1,
                                      .operands = {known}});
    known = seg_check_not(c, env, node, false, known);
    *guard = *guard == NULL ? known : seg_check_pair(c, env, node, false, SEG_RULE_AND, *guard, known);
    return *guard == NULL ? NULL : seg_check_optional(c, rule, false);
}

/* A value that may be missing, where that is not allowed but in a comparison with the past. */
static const seg_rule *unknown(seg_checker *c, const seg_env *env, const seg_node *node,
                               const seg_rule *rule) {
    const seg_rule *value = rule->kind == SEG_RULE_AS_OF ? rule->operands[0] : rule;
    const seg_rule_field *attribute = value->kind == SEG_RULE_ATTRIBUTE ? &c->attributes[value->index] : NULL;
    if (c->trend != NULL && attribute != NULL && seg_text_same(attribute->name, c->trend->name))
        return guard_with(c, env, node, rule, c->trend->guard);
    seg_check_missing(c, env, node, rule);
    return NULL;
}

const seg_rule *seg_check_subject(seg_checker *c, const seg_env *env, const seg_node *node,
                                  const seg_rule_type *want, const seg_rule **guard) {
    bool asserted = c->asserted;
    c->asserted = false;
    const seg_rule *rule = seg_check_expr(c, env, node, want);
    c->asserted = asserted;
    if (rule == NULL || !rule->type.optional) return rule;
    if (!asserted || guard == NULL) return unknown(c, env, node, rule);
    return guard_with(c, env, node, rule, guard);
}

const seg_rule *seg_check_guarded(seg_checker *c, const seg_env *env, const seg_node *node,
                                  const seg_rule *guard, const seg_rule *test) {
    return guard == NULL ? test : seg_check_pair(c, env, node, false, SEG_RULE_AND, guard, test);
}

static const seg_rule *is_missing(seg_checker *c, const seg_env *env, const seg_node *node) {
    bool known = node->kind == SEG_NODE_IS_KNOWN;
    const seg_rule *rule = seg_check_expr(c, env, node->first_child, NULL);
    if (rule == NULL) return NULL;
    if (!rule->type.optional) {
        seg_check_always(c, env, node->span, known, "the value is never missing here");
        seg_rule fixed = {.kind = SEG_RULE_CONST,
                          .type = seg_type_plain(SEG_BOOL),
                          .constant = {.value = {.known = true, .as = {.i = known}}}};
        return seg_check_make(c, env, node, true, fixed);
    }
    rule = seg_check_make(c, env, node, !known,
                          (seg_rule){.kind = SEG_RULE_MISSING,
                                     .type = seg_type_plain(SEG_BOOL),
                                     .operand_count = 1,
                                     .operands = {rule}});
    return known ? seg_check_not(c, env, node, true, rule) : rule;
}

static const seg_rule *misplaced(seg_checker *c, const seg_env *env, const seg_node *node) {
    if (node->kind == SEG_NODE_LIST) {
        seg_diag *diag = seg_check_fault(c, env, SEG_DIAG_LIST, node->span,
                                         "a list stands only behind `in`, `any of`, `all of` and `none of`");
        seg_diag_help(c->diags, diag, "write `plan in [pro, trial]`");
    } else if (node->kind == SEG_NODE_POINTS) {
        seg_diag *diag =
            seg_check_fault(c, env, SEG_DIAG_ARGUMENTS, node->span, "`for` stands only in `points(…)`");
        seg_diag_help(c->diags, diag, "write `points(3 for any orders(30d), 2 for visits(7d) >= 3)`");
    } else if (seg_check_is_window(node)) {
        seg_diag *diag =
            seg_check_fault(c, env, SEG_DIAG_WINDOW, node->span, "this says when; it is not a value");
        seg_diag_help(c->diags, diag, "it belongs in the brackets of events: `visits(…)`");
    } else if (node->kind != SEG_NODE_ERROR && node->kind != SEG_NODE_NONE) {
        seg_check_fault(c, env, SEG_DIAG_NOT_CONDITION, node->span, "a value is needed here");
    }
    return NULL;
}

static const seg_rule *dispatch(seg_checker *c, const seg_env *env, const seg_node *node,
                                const seg_rule_type *want) {
    switch (node->kind) {
    case SEG_NODE_NUMBER:
    case SEG_NODE_PERCENT:
    case SEG_NODE_STRING:
    case SEG_NODE_BOOLEAN:
    case SEG_NODE_DURATION:
    case SEG_NODE_DATE:
    case SEG_NODE_TIME: return seg_check_literal(c, env, node, want);
    case SEG_NODE_NAME: return seg_check_name(c, env, node, want);
    case SEG_NODE_MEMBER: return seg_check_member(c, env, node);
    case SEG_NODE_OR:
    case SEG_NODE_AND: return and_or(c, env, node);
    case SEG_NODE_NOT: return negation(c, env, node);
    case SEG_NODE_IF: return if_else(c, env, node, want);
    case SEG_NODE_COMPARE: return seg_check_compare(c, env, node);
    case SEG_NODE_IN_LIST: return seg_check_in_list(c, env, node);
    case SEG_NODE_BETWEEN: return seg_check_between(c, env, node);
    case SEG_NODE_TEXT_TEST: return seg_check_text_test(c, env, node);
    case SEG_NODE_SET_TEST: return seg_check_set_test(c, env, node);
    case SEG_NODE_IS_MISSING:
    case SEG_NODE_IS_KNOWN: return is_missing(c, env, node);
    case SEG_NODE_WITHIN_LAST:
    case SEG_NODE_WITHIN_NEXT:
    case SEG_NODE_AGO:
    case SEG_NODE_AHEAD: return seg_check_time_test(c, env, node);
    case SEG_NODE_PART:
    case SEG_NODE_IN_ZONE: return seg_check_part(c, env, node);
    case SEG_NODE_ARITHMETIC: return seg_check_arithmetic(c, env, node);
    case SEG_NODE_NEGATE: return seg_check_negate(c, env, node, want);
    case SEG_NODE_COALESCE: return coalesce(c, env, node, want);
    case SEG_NODE_IN_SEGMENT: return seg_check_segment_ref(c, env, node);
    case SEG_NODE_IN_FILE: return seg_check_in_file(c, env, node);
    case SEG_NODE_EXCEPT: return seg_check_except(c, env, node);
    case SEG_NODE_AS_OF: return seg_check_as_of(c, env, node, want);
    case SEG_NODE_HELD: return seg_check_held(c, env, node);
    case SEG_NODE_FELLOWS: return seg_check_fellows(c, env, node);
    case SEG_NODE_TOP: return seg_check_top(c, env, node);
    case SEG_NODE_LATCH: return seg_check_latch(c, env, node);
    case SEG_NODE_FOR_SOME:
    case SEG_NODE_FOR_EACH:
    case SEG_NODE_COUNT_OF: return seg_check_each(c, env, node);
    case SEG_NODE_ANY:
    case SEG_NODE_NO: return seg_check_any(c, env, node);
    case SEG_NODE_CALL: return seg_check_call(c, env, node, want);
    case SEG_NODE_FREQUENT: return seg_check_frequent(c, env, node);
    case SEG_NODE_GAP:
    case SEG_NODE_ACTIVE_DAYS: return seg_check_over_events(c, env, node);
    default: return misplaced(c, env, node);
    }
}

const seg_rule *seg_check_expr(seg_checker *c, const seg_env *env, const seg_node *node,
                               const seg_rule_type *want) {
    if (!seg_check_enter(c, node)) return NULL;
    bool asserted = c->asserted;
    const seg_trend *trend = c->trend;
    c->asserted = asserted && passes_assertion(node);
    if (node->kind != SEG_NODE_ARITHMETIC && node->kind != SEG_NODE_NEGATE) c->trend = NULL;
    const seg_rule *rule = dispatch(c, env, node, want);
    c->asserted = asserted;
    c->trend = trend;
    seg_check_leave(c);
    if (rule == NULL || !rule->type.optional) return rule;
    bool known = seg_proof_known(c->proofs, rule, c->inside != NULL ? c->inside->count : 0);
    return known ? seg_check_optional(c, rule, false) : rule;
}

const seg_rule *seg_check_known(seg_checker *c, const seg_env *env, const seg_node *node,
                                const seg_rule_type *want) {
    const seg_rule *rule = seg_check_expr(c, env, node, want);
    return rule == NULL || !rule->type.optional ? rule : unknown(c, env, node, rule);
}

const seg_rule *seg_check_condition(seg_checker *c, const seg_env *env, const seg_node *node) {
    return condition(c, env, node, NULL);
}
