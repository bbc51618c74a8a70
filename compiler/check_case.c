/* check_case.c - tests on texts that are blind to case.
 *
 * Each is a pattern with its letters folded, as `matches /.../i` has it: one meaning of case in the language,
 * and no second way to compute it.
 */
#include <string.h>

#include "check.h"

/* The text as a pattern that matches itself alone. */
static void add_escaped(seg_buffer *pattern, seg_text text) {
    for (size_t i = 0; i < text.size_bytes; i++) {
        if (memchr("\\^$.|?*+()[]{}", text.bytes[i], 14)) seg_buffer_add(pattern, "\\", 1);
        seg_buffer_add(pattern, &text.bytes[i], 1);
    }
}

static bool begins(const seg_node *node) {
    return node->kind != SEG_NODE_TEXT_TEST || node->op == SEG_NODE_OP_STARTS_WITH;
}

static bool ends(const seg_node *node) {
    return node->kind != SEG_NODE_TEXT_TEST || node->op == SEG_NODE_OP_ENDS_WITH;
}

/* The pattern of the fixed texts from `first` on; they are one, or the items of a list. */
static bool write_pattern(seg_checker *c, const seg_env *env, const seg_node *node, const seg_node *first,
                          seg_text *out) {
    seg_buffer pattern;
    seg_buffer_init(&pattern, c->arena->allocator);
    bool fits = true;
    seg_buffer_add(&pattern, "^", begins(node) ? 1 : 0);
    seg_buffer_add(&pattern, "(", 1);
    for (const seg_node *item = first; item != NULL;
         item = node->kind == SEG_NODE_IN_LIST ? item->next : NULL) {
        if (item != first) seg_buffer_add(&pattern, "|", 1);
        const seg_rule *text = seg_check_fixed_text(c, env, item);
        fits = fits && text != NULL;
        if (text != NULL) add_escaped(&pattern, text->constant.value.as.text);
    }
    seg_buffer_add(&pattern, ")$", ends(node) ? 2 : 1);
    fits = fits && !pattern.failed;
    out->size_bytes = pattern.size_bytes;
    out->bytes = fits ? seg_arena_copy(c->arena, pattern.bytes, pattern.size_bytes) : NULL;
    seg_buffer_free(&pattern);
    return out->bytes != NULL;
}

const seg_rule *seg_check_caseless(seg_checker *c, const seg_env *env, const seg_node *node) {
    const seg_node *value = node->first_child, *other = value->next;
    bool negated = (node->flags & SEG_NODE_NEGATED) != 0, compared = node->kind == SEG_NODE_COMPARE;
    if (compared && node->op != SEG_NODE_OP_EQ && node->op != SEG_NODE_OP_NE) {
        seg_diag *diag = seg_check_fault(c, env, SEG_DIAG_NO_ORDER, node->span,
                                         "text has no less or more, with or without case");
        seg_diag_help(c->diags, diag, "compare it with `==` or `!=`, or with `in [...]`");
        return NULL;
    }
    negated = negated || (compared && node->op == SEG_NODE_OP_NE);
    const seg_rule *guard = NULL;
    const seg_rule *rule = seg_check_subject(c, env, value, NULL, negated ? NULL : &guard);
    if (rule == NULL) return NULL;
    if (rule->type.type != SEG_TEXT) {
        seg_type_words words = seg_type_describe(rule->type);
        seg_check_text source = seg_check_source(value->span);
        seg_check_fault(c, env, SEG_DIAG_TEXT_EXPECTED, value->span,
                        "only text has a case to ignore, and `%s` is %s", source.text, words.text);
        return NULL;
    }
    if (node->kind == SEG_NODE_IN_LIST) {
        if (other->kind != SEG_NODE_LIST) return NULL;
        if (other->child_count == 0) {
            seg_check_fault(c, env, SEG_DIAG_LIST, other->span, "nothing is in an empty list");
            return NULL;
        }
        other = other->first_child;
    }
    seg_text pattern;
    if (!write_pattern(c, env, node, other, &pattern)) return NULL;
    const seg_rule how = {.pattern = pattern, .ignore_case = true};
    const seg_rule *made = seg_check_matching(c, env, node, !negated, rule, &how);
    return negated ? seg_check_not(c, env, node, true, made) : seg_check_guarded(c, env, node, guard, made);
}
