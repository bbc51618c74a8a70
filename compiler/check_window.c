/* check_window.c - the windows that events are looked at through. */
#include "check.h"
#include "constant.h"

bool seg_check_is_window(const seg_node *node) {
    return node->kind == SEG_NODE_EVER || node->kind == SEG_NODE_AGO_RANGE || node->kind == SEG_NODE_SINCE ||
           node->kind == SEG_NODE_WITHIN_OF || node->kind == SEG_NODE_LAST_FEW ||
           node->kind == SEG_NODE_PAIRED || node->kind == SEG_NODE_CALENDAR || node->kind == SEG_NODE_FROM_TO;
}

/* A time that is never missing; dates that are written out begin at their local midnight. */
static const seg_rule *anchor(seg_checker *c, const seg_env *env, const seg_node *node) {
    const seg_rule *rule = seg_check_known(c, env, node, NULL);
    if (rule == NULL || rule->type.type == SEG_TIME) return rule;
    if (rule->type.type == SEG_DATE && rule->kind == SEG_RULE_CONST) {
        seg_rule copy = *rule;
        copy.type.type = SEG_TIME;
        copy.constant.value.as.i = seg_zone_instant(&c->rules->zone, rule->constant.value.as.i * SEG_DAY_MS);
        if (copy.constant.value.as.i < SEG_TIME_MIN) copy.constant.value.as.i = SEG_TIME_MIN;
        if (copy.constant.value.as.i > SEG_TIME_MAX) copy.constant.value.as.i = SEG_TIME_MAX;
        return seg_rule_new(c->arena, &copy, 0);
    }
    seg_type_words words = seg_type_describe(rule->type);
    seg_check_text source = seg_check_source(node->span);
    seg_diag *diag = seg_check_fault(c, env, SEG_DIAG_TIME_EXPECTED, node->span,
                                     "a time is needed here, and `%s` is %s", source.text, words.text);
    if (rule->type.type == SEG_DURATION) {
        seg_diag_help(c->diags, diag, "`since` takes an instant; for the last %s write `%s` alone",
                      source.text, source.text);
    }
    return NULL;
}

static bool ago_range(seg_checker *c, const seg_env *env, const seg_node *node, seg_rule_facts *facts) {
    const seg_node *from = node->first_child, *to = from->next;
    if (!seg_check_duration(c, env, from, &facts->from) || !seg_check_duration(c, env, to, &facts->to))
        return false;
    facts->window = SEG_RULE_ROLLING;
    int order = seg_duration_order(facts->from, facts->to);
    if (order == 1) return true;
    seg_check_text a = seg_check_source(from->span), b = seg_check_source(to->span);
    seg_diag *diag =
        seg_check_fault(c, env, SEG_DIAG_WINDOW, node->span, "%s",
                        order == 2 ? "whether the first is longer than the second depends on the month"
                                   : "nothing lies in this window: the longer time comes first");
    if (order == -1) {
        seg_diag_help(c->diags, diag, "turn them round: `%s to %s ago`", b.text, a.text);
        seg_diag_edit(c->diags, diag, (seg_span){node->span.source, from->span.first, to->span.end},
                      "%s to %s", b.text, a.text);
    } else if (order == 2) {
        seg_diag_help(c->diags, diag, "write both in months, or both in days");
    }
    return false;
}

enum { LAST_LIMIT = 1000000 };

static bool last_few(seg_checker *c, const seg_env *env, const seg_node *node, seg_rule_facts *facts) {
    int64_t digits = 0;
    uint8_t fraction = 0;
    seg_env at;
    const seg_node *count;
    if (node->first_child == NULL || !seg_check_resolve(c, env, node->first_child, &at, &count)) return false;
    if (count->kind == SEG_NODE_ERROR) return false;
    bool read = count->kind == SEG_NODE_NUMBER && seg_constant_number(count->text, &digits, &fraction);
    facts->newest = (uint32_t)digits;
    if (read && fraction == 0 && digits >= 1 && digits <= LAST_LIMIT) return true;
    seg_check_fault(c, env, SEG_DIAG_WINDOW, node->span, "the newest how many? A whole number from 1 to %d",
                    LAST_LIMIT);
    return false;
}

bool seg_check_window(seg_checker *c, const seg_env *env, const seg_node *node, seg_rule_facts *facts) {
    seg_env at;
    const seg_node *window;
    bool fits;
    if (!seg_check_resolve(c, env, node, &at, &window)) return false;
    if (seg_check_calendar_window(c, &at, window, facts, &fits)) return fits;
    switch (window->kind) {
    case SEG_NODE_EVER: facts->window = SEG_RULE_EVER; return true;
    case SEG_NODE_DURATION:
        facts->window = SEG_RULE_ROLLING;
        return seg_check_duration(c, &at, window, &facts->from);
    case SEG_NODE_AGO_RANGE: return ago_range(c, &at, window, facts);
    case SEG_NODE_SINCE:
        facts->window = SEG_RULE_SINCE;
        facts->anchor = anchor(c, &at, window->first_child);
        return facts->anchor != NULL;
    case SEG_NODE_WITHIN_OF: {
        facts->window = SEG_RULE_WITHIN;
        bool has_length = seg_check_duration(c, &at, window->first_child, &facts->from);
        facts->anchor = anchor(c, &at, window->first_child->next);
        return has_length && facts->anchor != NULL;
    }
    case SEG_NODE_LAST_FEW: facts->window = SEG_RULE_FEW; return last_few(c, &at, window, facts);
    case SEG_NODE_ERROR:
    case SEG_NODE_NONE: return false;
    default: break;
    }
    if (window->kind == SEG_NODE_NAME && seg_names_find(&c->names, window->text) == NULL) {
        seg_check_unknown(c, &at, window, NULL, SEG_GUESS_VALUES, "window or definition");
        return false;
    }
    seg_check_text source = seg_check_source(window->span);
    seg_diag *diag =
        seg_check_fault(c, &at, SEG_DIAG_WINDOW, window->span, "a window is needed here: from when to when");
    if (window->kind == SEG_NODE_NUMBER) {
        seg_diag_help(c->diags, diag, "give it a unit: `%sd` for the last %s days", source.text, source.text);
        seg_diag_edit(c->diags, diag, window->span, "%sd", source.text);
    } else {
        seg_diag_help(c->diags, diag,
                      "write `30d`, `today`, `this month`, `ever`, `60d to 30d ago`, `since signed_up_at`, "
                      "`within 72h of "
                      "signed_up_at` or `last 5`");
    }
    return false;
}
