/* check_past.c - what was, and for how long: as of D ago, in X for D, entered, exited, enter when. */
#include <string.h>

#include "check.h"
#include "constant.h"

bool seg_check_exact_duration(seg_checker *c, const seg_env *env, const seg_node *node,
                              seg_rule_duration *out) {
    if (!seg_check_duration(c, env, node, out)) return false;
    if (out->months == 0) return true;
    seg_diag *diag = seg_check_fault(c, env, SEG_DIAG_DURATION, node->span,
                                     "months are not equally long, and an exact length is needed here");
    int64_t days = (int64_t)out->months / 12 * 365 + (int64_t)out->months % 12 * 30 + out->ms / SEG_DAY_MS;
    seg_diag_help(c->diags, diag, "say it in days: `%lldd`", (long long)days);
    if (seg_check_is_literal(node)) seg_diag_edit(c->diags, diag, node->span, "%lldd", (long long)days);
    return false;
}

/* Looking back asks for the profile, not for one of its events. */
static bool is_outside(seg_checker *c, const seg_env *env, const seg_node *node) {
    if (c->inside == NULL) return true;
    seg_check_fault(c, env, SEG_DIAG_WHERE_SCOPE, node->span,
                    "this looks at the profile's past, and this condition is about one event");
    return false;
}

bool seg_check_history(seg_checker *c, const seg_env *env, const seg_node *node,
                       const seg_rule_field *attribute) {
    seg_rule_duration needed = {0, c->past_ms};
    int order = seg_duration_order(attribute->history, needed);
    if (c->past_ms == 0 || order == 0 || order == 1) return true;
    seg_duration_words words = seg_duration_describe(needed);
    seg_diag *diag = seg_check_fault(c, env, SEG_DIAG_HISTORY, node->span,
                                     "what `%.*s` was %s ago is not kept", SEG_TEXT_ARGS(attribute->name),
                                     words.text);
    bool has_one = attribute->history.months != 0 || attribute->history.ms != 0;
    seg_diag_help(c->diags, diag, "declare it with `history %s`%s", words.text, has_one ? " or more" : "");
    if (!has_one)
        seg_diag_edit(c->diags, diag,
                      (seg_span){attribute->whole.source, attribute->whole.end, attribute->whole.end},
                      " history %s", words.text);
    seg_diag_note_add(c->diags, diag, attribute->span, "`%.*s` is declared here",
                      SEG_TEXT_ARGS(attribute->name));
    return false;
}

/* A value as it was up to so long ago. What is proven of now was perhaps not so then. */
static const seg_rule *past_value(seg_checker *c, const seg_env *env, const seg_node *node,
                                  const seg_rule_type *want, seg_rule_duration ago) {
    const seg_proof *proofs = c->proofs;
    int64_t past_ms = c->past_ms;
    c->proofs = NULL;
    c->past_ms += ago.ms;
    const seg_rule *rule = seg_check_expr(c, env, node, want);
    c->proofs = proofs;
    c->past_ms = past_ms;
    return rule;
}

const seg_rule *seg_check_as_of(seg_checker *c, const seg_env *env, const seg_node *node,
                                const seg_rule_type *want) {
    const seg_node *value = node->first_child;
    seg_rule_duration ago;
    if (!is_outside(c, env, node) || !seg_check_exact_duration(c, env, value->next, &ago)) return NULL;
    const seg_rule *rule = past_value(c, env, value, want, ago);
    if (rule == NULL) return NULL;
    return seg_check_make(c, env, node, true,
                          (seg_rule){.kind = SEG_RULE_AS_OF,
                                     .type = rule->type,
                                     .operand_count = 1,
                                     .operands = {rule},
                                     .duration = ago});
}

static const seg_rule *look_back(seg_checker *c, const seg_env *env, const seg_node *node, seg_rule_kind kind,
                                 bool written, const seg_rule *condition, seg_rule_duration length) {
    if (condition == NULL) return NULL;
    return seg_check_make(c, env, node, written,
                          (seg_rule){.kind = (uint8_t)kind,
                                     .type = seg_type_plain(SEG_BOOL),
                                     .operand_count = 1,
                                     .operands = {condition},
                                     .duration = length});
}

const seg_rule *seg_check_held(seg_checker *c, const seg_env *env, const seg_node *node) {
    const seg_node *segment = node->first_child;
    seg_rule_duration length;
    if (!is_outside(c, env, node)) return NULL;
    const seg_rule *condition = seg_check_segment_ref(c, env, segment);
    if (!seg_check_exact_duration(c, env, segment->next, &length)) return NULL;
    return look_back(c, env, node, SEG_RULE_HELD, true, condition, length);
}

bool seg_check_is_flip(seg_checker *c, const seg_node *node) {
    if (node->kind != SEG_NODE_CALL || seg_names_find(&c->names, node->text) != NULL) return false;
    return seg_text_same(node->text, seg_text_of("entered")) ||
           seg_text_same(node->text, seg_text_of("exited")) ||
           seg_text_same(node->text, seg_text_of("changed"));
}

const seg_rule *seg_check_flip_alone(seg_checker *c, const seg_env *env, const seg_node *node) {
    seg_check_text source = seg_check_source(node->span);
    seg_diag *diag = seg_check_fault(c, env, SEG_DIAG_FLIP_PLACE, node->span,
                                     "`%s` needs to be asked within a length of time", source.text);
    seg_diag_help(c->diags, diag,
                  "write `%s within last 30d`: without a bound, everything would have to be remembered for "
                  "ever",
                  source.text);
    return NULL;
}

/* The node that `in` would have: vip, lifecycle.vip, lapsed(14d). */
static bool segment_of(seg_checker *c, const seg_node *node, seg_node *test) {
    const seg_node *first = node->first_child;
    *test = (seg_node){
        .kind = SEG_NODE_IN_SEGMENT, .span = node->span, .name_span = node->span, .text = node->text};
    if (node->kind == SEG_NODE_NAME) return true;
    bool is_family = node->kind == SEG_NODE_CALL && node->child_count == 2 &&
                     node->last_child->kind == SEG_NODE_NONE && first->span.source != NULL;
    if (!is_family && node->kind != SEG_NODE_MEMBER) return false;
    seg_text base = is_family ? node->text : first->text;
    seg_text rest = first->next->text;
    if (is_family) {
        rest = (seg_text){first->span.source->bytes + first->span.first, first->span.end - first->span.first};
        test->first_child = test->last_child = (seg_node *)(uintptr_t)first;
        test->child_count = 1;
    }
    char *bytes = seg_arena_take(c->arena, base.size_bytes + rest.size_bytes + 2);
    if (bytes == NULL) return false;
    memcpy(bytes, base.bytes, base.size_bytes);
    bytes[base.size_bytes] = is_family ? '(' : '.';
    memcpy(bytes + base.size_bytes + 1, rest.bytes, rest.size_bytes);
    bytes[base.size_bytes + rest.size_bytes + 1] = ')';
    test->text = (seg_text){bytes, base.size_bytes + rest.size_bytes + 1 + is_family};
    return true;
}

/* changed(plan) within last 7d */
static const seg_rule *changed(seg_checker *c, const seg_env *env, const seg_node *node) {
    const seg_node *call = node->first_child;
    bool negated = (node->flags & SEG_NODE_NEGATED) != 0, asserted = c->asserted;
    seg_rule_duration length;
    if (call->child_count != 2 || call->last_child->kind != SEG_NODE_NONE) {
        seg_check_fault(c, env, SEG_DIAG_ARGUMENTS, call->span, "`changed` takes one value");
        return NULL;
    }
    if (!seg_check_exact_duration(c, env, call->next, &length)) return NULL;
    c->asserted = false;
    const seg_rule *value = past_value(c, env, call->first_child, NULL, length);
    c->asserted = asserted;
    if (value != NULL && value->type.type == SEG_SET) {
        seg_check_fault(c, env, SEG_DIAG_ARGUMENTS, call->first_child->span,
                        "whether a set changed cannot be asked: ask for what is in it");
        return NULL;
    }
    const seg_rule *rule = look_back(c, env, node, SEG_RULE_CHANGED, !negated, value, length);
    return negated ? seg_check_not(c, env, node, true, rule) : rule;
}

const seg_rule *seg_check_flip(seg_checker *c, const seg_env *env, const seg_node *node) {
    const seg_node *call = node->first_child, *segment = call->first_child;
    bool negated = (node->flags & SEG_NODE_NEGATED) != 0;
    bool entered = seg_text_same(call->text, seg_text_of("entered"));
    seg_rule_duration length;
    if (node->kind != SEG_NODE_WITHIN_LAST) return seg_check_flip_alone(c, env, call);
    if (seg_text_same(call->text, seg_text_of("changed"))) return changed(c, env, node);
    seg_node test;
    if (call->child_count != 2 || call->last_child->kind != SEG_NODE_NONE || !segment_of(c, segment, &test)) {
        seg_check_fault(c, env, SEG_DIAG_ARGUMENTS, call->span, "`%.*s` takes the name of a segment",
                        SEG_TEXT_ARGS(call->text));
        return NULL;
    }
    const seg_rule *condition = seg_check_segment_ref(c, env, &test);
    if (!seg_check_exact_duration(c, env, call->next, &length)) return NULL;
    const seg_rule *rule = look_back(c, env, node, entered ? SEG_RULE_ENTERED : SEG_RULE_LEFT, !negated,
                                     condition, length);
    return negated ? seg_check_not(c, env, node, true, rule) : rule;
}

/* enter when A exit when B stay at least D cooldown D */
const seg_rule *seg_check_latch(seg_checker *c, const seg_env *env, const seg_node *node) {
    const seg_node *enter = node->first_child, *leave = enter->next, *stay = leave->next, *pause = stay->next;
    seg_rule rule = {.kind = SEG_RULE_LATCH, .type = seg_type_plain(SEG_BOOL), .operand_count = 2};
    rule.operands[0] = seg_check_condition(c, env, enter);
    rule.operands[1] = seg_check_condition(c, env, leave);
    bool has_stay = stay->kind != SEG_NODE_NONE, has_pause = pause->kind != SEG_NODE_NONE;
    if (has_stay && !seg_check_exact_duration(c, env, stay, &rule.duration)) return NULL;
    if (has_pause && !seg_check_exact_duration(c, env, pause, &rule.pause)) return NULL;
    if (rule.operands[0] == NULL || rule.operands[1] == NULL) return NULL;
    return seg_check_make(c, env, node, true, rule);
}
