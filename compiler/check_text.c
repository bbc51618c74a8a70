/* check_text.c - tests on the content of texts, and of sets. They are decided when a fact arrives, so their
 * operand must be a value of a fact: `if` and `??` are taken apart around the test. */
#include <string.h>

#include "check.h"

typedef struct content_test {
    const seg_env *env;
    const seg_node *node;
    seg_rule_kind kind;
    const seg_rule *text; /* CONTAINS, STARTS, ENDS, HAS */
    seg_rule matching;    /* MATCHES: pattern, ignore_case, and of versions index and constant */
} content_test;

static bool find_text(seg_text text, seg_text part, seg_rule_kind kind) {
    if (part.size_bytes > text.size_bytes) return false;
    if (part.size_bytes == 0) return true;
    if (kind == SEG_RULE_STARTS) return memcmp(text.bytes, part.bytes, part.size_bytes) == 0;
    if (kind == SEG_RULE_ENDS)
        return memcmp(text.bytes + text.size_bytes - part.size_bytes, part.bytes, part.size_bytes) == 0;
    return memmem(text.bytes, text.size_bytes, part.bytes, part.size_bytes) != NULL;
}

static const seg_rule *yes_no(seg_checker *c, const content_test *test, bool word) {
    return seg_check_make(c, test->env, test->node, false,
                          (seg_rule){.kind = SEG_RULE_CONST,
                                     .type = seg_type_plain(SEG_BOOL),
                                     .constant = {.value = {.known = true, .as = {.i = word}}}});
}

static const seg_rule *content(seg_checker *c, const content_test *test, bool written, const seg_rule *rule);

static const seg_rule *content_of_either(seg_checker *c, const content_test *test, bool written,
                                         const seg_rule *rule) {
    const seg_rule *condition, *yes, *no;
    if (rule->kind == SEG_RULE_IF) {
        condition = rule->operands[0];
        yes = rule->operands[1];
        no = rule->operands[2];
    } else {
        yes = seg_check_optional(c, rule->operands[0], false);
        no = rule->operands[1];
        condition = seg_check_hidden(c, rule->operands[0]);
        if (condition == NULL) return NULL;
        condition = seg_check_make(c, test->env, test->node, false,
                                   (seg_rule){.kind = SEG_RULE_MISSING,
                                              .type = seg_type_plain(SEG_BOOL),
                                              .operand_count = 1,
                                              .operands = {condition}});
        condition = seg_check_not(c, test->env, test->node, false, condition);
    }
    if (yes != NULL) yes = content(c, test, false, yes);
    if (no != NULL) no = content(c, test, false, no);
    if (condition == NULL || yes == NULL || no == NULL) return NULL;
    return seg_check_make(c, test->env, test->node, written,
                          (seg_rule){.kind = SEG_RULE_IF,
                                     .type = seg_type_plain(SEG_BOOL),
                                     .operand_count = 3,
                                     .operands = {condition, yes, no}});
}

/* The test of one operand that is not missing; `test->text` is there once for each. */
static const seg_rule *content(seg_checker *c, const content_test *test, bool written, const seg_rule *rule) {
    if (rule->kind == SEG_RULE_IF || rule->kind == SEG_RULE_COALESCE)
        return content_of_either(c, test, written, rule);
    if (rule->kind == SEG_RULE_CONST && test->kind != SEG_RULE_MATCHES)
        return yes_no(
            c, test, find_text(rule->constant.value.as.text, test->text->constant.value.as.text, test->kind));
    if (rule->kind == SEG_RULE_MOST || rule->kind == SEG_RULE_LEAST) {
        seg_diag *diag = seg_check_fault(c, test->env, SEG_DIAG_AGGREGATE, rule->span,
                                         "the content of the %s frequent value cannot be looked at",
                                         rule->kind == SEG_RULE_MOST ? "most" : "least");
        seg_diag_help(c->diags, diag,
                      "compare it, `== \"…\"` or `in [\"…\"]`, or put the test behind `where`");
        return NULL;
    }
    seg_rule made = {.kind = (uint8_t)test->kind,
                     .type = seg_type_plain(SEG_BOOL),
                     .operand_count = 1,
                     .operands = {rule}};
    if (test->kind == SEG_RULE_MATCHES) {
        made.pattern = test->matching.pattern;
        made.ignore_case = test->matching.ignore_case;
        made.index = test->matching.index;
        made.version = test->matching.version;
    } else {
        made.operands[made.operand_count++] = test->text;
    }
    return seg_check_make(c, test->env, test->node, written, made);
}

const seg_rule *seg_check_matching(seg_checker *c, const seg_env *env, const seg_node *node, bool written,
                                   const seg_rule *rule, const seg_rule *how) {
    content_test test = {.env = env, .node = node, .kind = SEG_RULE_MATCHES, .matching = *how};
    return content(c, &test, written, rule);
}

const seg_rule *seg_check_fixed_text(seg_checker *c, const seg_env *env, const seg_node *node) {
    const seg_rule *rule = seg_check_known(c, env, node, NULL);
    if (rule == NULL) return NULL;
    if (rule->type.type != SEG_TEXT) {
        seg_type_words words = seg_type_describe(rule->type);
        seg_check_fault(c, env, SEG_DIAG_TEXT_EXPECTED, node->span, "text is needed here, and this is %s",
                        words.text);
        return NULL;
    }
    if (rule->kind == SEG_RULE_CONST) return rule;
    seg_check_fault(c, env, SEG_DIAG_NOT_CONSTANT, node->span,
                    "only a fixed text in quotes can be looked for");
    return NULL;
}

static seg_rule_kind kind_of(uint8_t op) {
    switch (op) {
    case SEG_NODE_OP_STARTS_WITH: return SEG_RULE_STARTS;
    case SEG_NODE_OP_ENDS_WITH: return SEG_RULE_ENDS;
    case SEG_NODE_OP_MATCHES: return SEG_RULE_MATCHES;
    default: return SEG_RULE_CONTAINS;
    }
}

const seg_rule *seg_check_text_test(seg_checker *c, const seg_env *env, const seg_node *node) {
    const seg_node *value = node->first_child, *part = value->next;
    if (node->flags & SEG_NODE_IGNORE_CASE) return seg_check_caseless(c, env, node);
    bool negated = (node->flags & SEG_NODE_NEGATED) != 0;
    content_test test = {.env = env, .node = node, .kind = kind_of(node->op)};
    const seg_rule *guard = NULL;
    const seg_rule *rule = seg_check_subject(c, env, value, NULL, negated ? NULL : &guard);
    if (test.kind != SEG_RULE_MATCHES) test.text = seg_check_fixed_text(c, env, part);
    if (rule == NULL || (test.kind != SEG_RULE_MATCHES && test.text == NULL)) return NULL;
    if (test.kind == SEG_RULE_MATCHES) {
        if (part->kind != SEG_NODE_REGEX) return NULL;
        test.matching.pattern = part->text;
        test.matching.ignore_case = (part->flags & SEG_NODE_IGNORE_CASE) != 0;
    }
    if (rule->type.type == SEG_SET && test.kind == SEG_RULE_CONTAINS) {
        test.kind = SEG_RULE_HAS;
    } else if (rule->type.type != SEG_TEXT) {
        seg_type_words words = seg_type_describe(rule->type);
        seg_check_text source = seg_check_source(value->span);
        seg_diag *diag = seg_check_fault(c, env, SEG_DIAG_TEXT_EXPECTED, value->span,
                                         "text is needed here, and `%s` is %s", source.text, words.text);
        if (rule->type.type == SEG_ENUM)
            seg_diag_help(c->diags, diag, "compare it with its values: `%s in [...]`", source.text);
        return NULL;
    }
    const seg_rule *made = content(c, &test, !negated, rule);
    return negated ? seg_check_not(c, env, node, true, made) : seg_check_guarded(c, env, node, guard, made);
}

/* ---- any of, all of, none of ----------------------------------------------------------------- */

/* The items joined pairwise, so that long lists stay shallow. */
static const seg_rule *joined(seg_checker *c, content_test *test, seg_rule_kind kind, bool written,
                              const seg_rule *set, const seg_rule **items, uint32_t count) {
    if (count == 1) {
        test->text = items[0];
        return content(c, test, written, set);
    }
    uint32_t half = count / 2;
    const seg_rule *left = joined(c, test, kind, false, set, items, half);
    const seg_rule *other = left != NULL ? seg_check_hidden(c, set) : NULL;
    if (other == NULL) return NULL;
    return seg_check_pair(c, test->env, test->node, written, kind, left,
                          joined(c, test, kind, false, other, items + half, count - half));
}

const seg_rule *seg_check_set_test(seg_checker *c, const seg_env *env, const seg_node *node) {
    const seg_node *value = node->first_child, *list = value->next;
    bool none = node->op == SEG_NODE_OP_NONE_OF;
    const seg_rule *guard = NULL;
    const seg_rule *set = seg_check_subject(c, env, value, NULL, none ? NULL : &guard);
    if (list->kind != SEG_NODE_LIST) return NULL;
    if (set != NULL && set->type.type != SEG_SET) {
        seg_type_words words = seg_type_describe(set->type);
        seg_check_text source = seg_check_source(value->span);
        seg_diag *diag =
            seg_check_fault(c, env, SEG_DIAG_SET_EXPECTED, value->span,
                            "a set of texts is needed here, and `%s` is %s", source.text, words.text);
        seg_diag_help(c->diags, diag, "for one value write `%s in [...]`", source.text);
        set = NULL;
    }
    if (list->child_count == 0 || list->child_count > SEG_CHECK_LIST_LIMIT) {
        seg_check_fault(c, env, SEG_DIAG_LIST, list->span,
                        list->child_count == 0 ? "nothing is in an empty list"
                                               : "a list holds at most %u values",
                        SEG_CHECK_LIST_LIMIT);
        return NULL;
    }
    const seg_rule **items = seg_arena_take_array(c->arena, list->child_count, sizeof(void *));
    if (items == NULL) return NULL;
    uint32_t count = 0;
    bool fault = set == NULL;
    for (const seg_node *item = list->first_child; item != NULL; item = item->next) {
        items[count] = seg_check_fixed_text(c, env, item);
        fault = fault || items[count++] == NULL;
    }
    if (fault) return NULL;
    content_test test = {.env = env, .node = node, .kind = SEG_RULE_HAS};
    const seg_rule *rule = joined(c, &test, node->op == SEG_NODE_OP_ALL_OF ? SEG_RULE_AND : SEG_RULE_OR,
                                  !none, set, items, count);
    return none ? seg_check_not(c, env, node, true, rule) : seg_check_guarded(c, env, node, guard, rule);
}
