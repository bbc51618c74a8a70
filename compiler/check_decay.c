/* check_decay.c - what fades: decayed(visits, half life 7d) > 3. The weight of events falls at every instant,
 * so it is only compared with a fixed number; that becomes a whole number of the weight's unit. */
#include "check.h"
#include "constant.h"

enum { UNIT_BITS = 40, HALVINGS = 40 }; /* as in runtime/decay.h */

bool seg_check_is_decayed(seg_checker *c, const seg_node *node) {
    return node->kind == SEG_NODE_CALL && seg_text_same(node->text, seg_text_of("decayed")) &&
           seg_names_find(&c->names, node->text) == NULL;
}

const seg_rule *seg_check_decayed_alone(seg_checker *c, const seg_env *env, const seg_node *node) {
    seg_check_text source = seg_check_source(node->span);
    seg_diag *diag = seg_check_fault(c, env, SEG_DIAG_DECAYED_PLACE, node->span,
                                     "`%s` is asked whether it is above or below a fixed number",
                                     source.text);
    seg_diag_help(c->diags, diag, "write `%s > 3`", source.text);
    return NULL;
}

static const seg_rule_facts *facts_of(seg_checker *c, const seg_env *env, const seg_node *call) {
    const seg_node *events = call->first_child, *half_life = events->next;
    if (call->child_count != 3 || half_life->kind != SEG_NODE_HALF_LIFE) {
        seg_diag *diag = seg_check_fault(c, env, SEG_DIAG_ARGUMENTS, call->span,
                                         "`decayed` takes events and a half life");
        seg_diag_help(c->diags, diag, "write `decayed(visits, half life 7d)`");
        return NULL;
    }
    uint32_t errors = c->diags->errors;
    const seg_event_set *set = seg_check_find_events(c, env, events);
    if (set == NULL) {
        if (c->diags->errors == errors)
            seg_check_unknown(c, env, events, NULL, SEG_GUESS_EVENTS, "event");
        return NULL;
    }
    seg_rule_duration half;
    if (!seg_check_exact_duration(c, env, half_life->first_child, &half)) return NULL;
    if (half.ms > (SEG_TIME_MAX - SEG_TIME_MIN) / HALVINGS) {
        seg_check_fault(c, env, SEG_DIAG_DURATION, half_life->span, "this is longer than 200 years");
        return NULL;
    }
    seg_rule_facts *facts = seg_check_facts(c, env, set, NULL, call->last_child);
    if (facts == NULL || !seg_check_key(c, env, call, set, facts)) return NULL;
    facts->window = SEG_RULE_ROLLING;
    facts->from = (seg_rule_duration){0, half.ms * HALVINGS};
    return facts;
}

/* The least whole number of units that is `more` than (or at least) the constant; at the ends of its range
 * for what no profile reaches, or every one does. */
static int64_t units(const seg_rule *constant, bool more) {
    __int128 whole, unit = (__int128)1 << UNIT_BITS;
    if (constant->type.type == SEG_FLOAT) {
        double exact = constant->constant.value.as.f * (double)(INT64_C(1) << UNIT_BITS);
        if (exact >= 9e18) return INT64_MAX;
        if (exact < 0) return 0;
        whole = (int64_t)exact;
        return (int64_t)whole + ((double)(int64_t)whole < exact || more);
    }
    __int128 scale = 1, value = (__int128)constant->constant.value.as.i * unit;
    if (constant->type.type == SEG_DECIMAL)
        for (uint8_t i = 0; i < constant->type.scale; i++) scale *= 10;
    if (value < 0) return 0;
    whole = value / scale;
    whole += value % scale != 0 || more;
    return whole > INT64_MAX ? INT64_MAX : (int64_t)whole;
}

const seg_rule *seg_check_decayed(seg_checker *c, const seg_env *env, const seg_node *node,
                                  seg_rule_kind kind) {
    const seg_node *call = node->first_child, *limit = call->next;
    if (c->inside != NULL) {
        seg_check_fault(c, env, SEG_DIAG_WHERE_SCOPE, node->span,
                        "events cannot be weighed inside a condition on one event");
        return NULL;
    }
    const seg_rule_facts *facts = facts_of(c, env, call);
    const seg_rule *constant = seg_check_known(c, env, limit, NULL);
    if (facts == NULL || constant == NULL) return NULL;
    if (kind == SEG_RULE_EQ || kind == SEG_RULE_NE || constant->kind != SEG_RULE_CONST ||
        !seg_type_is_number(constant->type))
        return seg_check_decayed_alone(c, env, call);
    bool negated = kind == SEG_RULE_LT || kind == SEG_RULE_LE;
    int64_t least = units(constant, kind == SEG_RULE_GT || kind == SEG_RULE_LE);
    seg_rule rule = {.kind = SEG_RULE_DECAYED,
                     .type = seg_type_plain(SEG_BOOL),
                     .facts = facts,
                     .constant = {.value = {.known = true, .as = {.i = least}}}};
    if (least <= 0) {
        seg_check_always(c, env, node->span, !negated, "a weight is 0 or more");
        rule = (seg_rule){.kind = SEG_RULE_CONST,
                          .type = seg_type_plain(SEG_BOOL),
                          .constant = {.value = {.known = true, .as = {.i = 1}}}};
    }
    const seg_rule *made = seg_check_make(c, env, node, !negated, rule);
    return negated ? seg_check_not(c, env, node, true, made) : made;
}
