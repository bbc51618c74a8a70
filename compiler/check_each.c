/* check_each.c - `for some F`, `for each F`, `count of F`: a condition for each value of a field. */
#include "check.h"

struct seg_each {
    const seg_node *node;
    const seg_rule *key;         /* of the first events that were asked about, or NULL */
    const seg_event_set *events; /* whose key it is */
};

static seg_text words_of(const seg_node *node) {
    return seg_text_of(node->kind == SEG_NODE_FOR_SOME   ? "for some"
                       : node->kind == SEG_NODE_FOR_EACH ? "for each"
                                                         : "count of");
}

static bool told_lacking(seg_checker *c, const seg_env *env, const seg_node *node, const seg_event_set *set) {
    const seg_node *each = c->each->node;
    seg_diag *diag = seg_check_fault(c, env, SEG_DIAG_EACH, node->span, "`%.*s` have no `%.*s`",
                                     SEG_TEXT_ARGS(set->name), SEG_TEXT_ARGS(each->text));
    seg_diag_help(c->diags, diag, "`%.*s %.*s` goes through its values; ask about other events beside it",
                  SEG_TEXT_ARGS(words_of(each)), SEG_TEXT_ARGS(each->text));
    return false;
}

static bool told_types(seg_checker *c, const seg_env *env, const seg_node *node, const seg_event_set *set,
                       seg_rule_type type) {
    seg_type_words words = seg_type_describe(type);
    seg_text name = c->each->node->text;
    if (type.type == SEG_SET) {
        seg_check_fault(c, env, SEG_DIAG_EACH, node->span,
                        "`%.*s` of `%.*s` is a set of texts, so it has no single value", SEG_TEXT_ARGS(name),
                        SEG_TEXT_ARGS(set->name));
        return false;
    }
    seg_type_words other = seg_type_describe(c->each->key->type);
    seg_check_fault(c, env, SEG_DIAG_EACH, node->span, "`%.*s` is %s in `%.*s`, and %s in `%.*s`",
                    SEG_TEXT_ARGS(name), words.text, SEG_TEXT_ARGS(set->name), other.text,
                    SEG_TEXT_ARGS(c->each->events->name));
    return false;
}

bool seg_check_key(seg_checker *c, const seg_env *env, const seg_node *node, const seg_event_set *set,
                   seg_rule_facts *facts) {
    if (c->each == NULL) return true;
    const seg_event_set *inside = c->inside;
    const seg_span named = c->each->node->name_span;
    const seg_node place = {.kind = SEG_NODE_MEMBER, .span = named, .name_span = named};
    seg_env inner = {env->frame, set};
    bool told = false;
    c->inside = set;
    const seg_rule *key = seg_check_field(c, &inner, &place, c->each->node->text, &told);
    c->inside = inside;
    if (key == NULL) return told ? false : told_lacking(c, env, node, set);
    if (key->type.type == SEG_SET || (c->each->key != NULL && !seg_type_same(c->each->key->type, key->type)))
        return told_types(c, env, node, set, key->type);
    if (c->each->key == NULL) {
        c->each->key = key;
        c->each->events = set;
    }
    facts->key = key;
    return true;
}

bool seg_check_is_counted(const seg_checker *c, const seg_node *node) {
    return c->each != NULL && c->each->node->kind == SEG_NODE_COUNT_OF && c->each->node->first_child == node;
}

const seg_rule *seg_check_each(seg_checker *c, const seg_env *env, const seg_node *node) {
    if (!seg_check_outside(c, env, node)) return NULL;
    if (c->each != NULL) {
        seg_check_fault(c, env, SEG_DIAG_EACH, node->span, "`%.*s` cannot stand inside `%.*s %.*s`",
                        SEG_TEXT_ARGS(words_of(node)), SEG_TEXT_ARGS(words_of(c->each->node)),
                        SEG_TEXT_ARGS(c->each->node->text));
        return NULL;
    }
    seg_each each = {.node = node};
    const seg_proof *proofs = c->proofs;
    bool asserted = c->asserted;
    if (node->kind == SEG_NODE_COUNT_OF) c->asserted = true; /* a value that lacks something does not count */
    c->each = &each;
    const seg_rule *condition = seg_check_condition(c, env, node->first_child);
    c->each = NULL;
    c->asserted = asserted;
    c->proofs = proofs;
    if (condition == NULL) return NULL;
    if (each.key == NULL) {
        seg_diag *diag = seg_check_fault(c, env, SEG_DIAG_EACH, node->span,
                                         "nothing here has a `%.*s`: no events are asked about",
                                         SEG_TEXT_ARGS(node->text));
        seg_diag_help(c->diags, diag,
                      "`for some category: views(7d) >= 3` goes through the categories of views");
        return NULL;
    }
    bool tally = node->kind == SEG_NODE_COUNT_OF;
    return seg_check_make(c, env, node, true,
                          (seg_rule){.kind = node->kind == SEG_NODE_FOR_SOME   ? SEG_RULE_SOME
                                             : node->kind == SEG_NODE_FOR_EACH ? SEG_RULE_EVERY
                                                                               : SEG_RULE_TALLY,
                                     .type = seg_type_plain(tally ? SEG_INT : SEG_BOOL),
                                     .operand_count = 1,
                                     .operands = {condition},
                                     .pattern = node->text});
}
