/* each.c - which values `for some F`, `for each F` and `count of F` have to go through.
 *
 * The meaning is: every value that was ever seen. But when the condition can only hold for a value with a
 * fact in one of some rolling windows (for `for each`: can only fail), then the values in these windows are
 * enough, and nothing older is remembered for the others' sake. */
#include "plan_parts.h"

typedef struct seg_window_list {
    seg_list
        facts; /* const seg_rule_facts *; one that a value without facts in any of them cannot do without */
    bool is_known; /* false: a value may do without any */
} seg_window_list;

static void note(seg_plan *plan, seg_window_list *list, const seg_rule_facts *facts) {
    const seg_rule_facts **item = seg_list_add(plan->arena, &list->facts, sizeof *item);
    if (item) *item = facts;
}

/* Every window that the rule asks about with a key. */
static void all_windows(seg_plan *plan, const seg_rule *rule, seg_window_list *list) {
    if (rule->facts && rule->facts->key) note(plan, list, rule->facts);
    if (rule->facts && rule->facts->anchor) all_windows(plan, rule->facts->anchor, list);
    if (rule->facts) return; /* the rest speaks of single events */
    for (uint32_t i = 0; i < rule->operand_count; i++) all_windows(plan, rule->operands[i], list);
}

static seg_window_list needed(seg_plan *plan, const seg_rule *rule, bool outcome);

/* One of both holds: facts in any window of either are needed. */
static seg_window_list either(seg_plan *plan, seg_window_list a, seg_window_list b) {
    if (!a.is_known || !b.is_known) return (seg_window_list){.is_known = false};
    for (uint32_t i = 0; i < b.facts.count; i++)
        note(plan, &a, SEG_LIST_AT(b.facts, const seg_rule_facts *, i));
    return a;
}

static bool is_rolling(const seg_window_list *list) {
    for (uint32_t i = 0; i < list->facts.count; i++)
        if (SEG_LIST_AT(list->facts, const seg_rule_facts *, i)->window != SEG_RULE_ROLLING) return false;
    return true;
}

/* Both hold: what either of them needs is needed. */
static seg_window_list both(seg_window_list a, seg_window_list b) {
    if (!a.is_known || !b.is_known) return a.is_known ? a : b;
    return is_rolling(&b) && !is_rolling(&a) ? b : a;
}

static bool is_count(const seg_rule *rule) {
    return rule->kind == SEG_RULE_COUNT || rule->kind == SEG_RULE_DISTINCT ||
           rule->kind == SEG_RULE_ACTIVE_DAYS;
}

/* `count <op> k` that no count of 0 gives this outcome. */
static bool excludes_zero(const seg_rule *rule, bool outcome) {
    const seg_rule *count = rule->operands[0], *limit = rule->operands[1];
    if (!is_count(count) || limit->kind != SEG_RULE_CONST || limit->type.type != SEG_INT) return false;
    int64_t k = limit->constant.value.as.i;
    bool at_zero = rule->kind == SEG_RULE_EQ   ? k == 0
                   : rule->kind == SEG_RULE_NE ? k != 0
                   : rule->kind == SEG_RULE_LT ? 0 < k
                   : rule->kind == SEG_RULE_LE ? 0 <= k
                   : rule->kind == SEG_RULE_GT ? 0 > k
                                               : 0 >= k;
    return at_zero != outcome;
}

static seg_window_list one(seg_plan *plan, const seg_rule_facts *facts) {
    seg_window_list list = {.is_known = facts->key != NULL};
    if (facts->key) note(plan, &list, facts);
    return list;
}

/* Windows of which a value must have a fact in one, so that the rule has this outcome for it. */
static seg_window_list needed(seg_plan *plan, const seg_rule *rule, bool outcome) {
    switch (rule->kind) {
    case SEG_RULE_NOT: return needed(plan, rule->operands[0], !outcome);
    case SEG_RULE_AND:
    case SEG_RULE_OR: {
        seg_window_list a = needed(plan, rule->operands[0], outcome),
                        b = needed(plan, rule->operands[1], outcome);
        return (rule->kind == SEG_RULE_AND) == outcome ? both(a, b) : either(plan, a, b);
    }
    case SEG_RULE_IF:
        return either(plan, needed(plan, rule->operands[1], outcome),
                      needed(plan, rule->operands[2], outcome));
    case SEG_RULE_ANY:
    case SEG_RULE_DECAYED: /* it weighs something */
        if (outcome) return one(plan, rule->facts);
        break;
    case SEG_RULE_EQ:
    case SEG_RULE_NE:
    case SEG_RULE_LT:
    case SEG_RULE_LE:
    case SEG_RULE_GT:
    case SEG_RULE_GE:
        if (excludes_zero(rule, outcome)) return one(plan, rule->operands[0]->facts);
        break;
    default: break;
    }
    return (seg_window_list){.is_known = false};
}

/* Gathers the values of the key in the window, or in all of time. True: that is one instruction more. */
static bool gather(seg_code *code, const seg_rule_facts *facts, bool in_window, seg_intern *seen) {
    seg_plan *plan = code->plan;
    seg_plan_query query = {
        .group = seg_plan_group_of(plan, facts), .window = SEG_WINDOW_EVER, .need = SEG_NEED_ALL};
    if (query.group == SEG_NONE) return false;
    query.field = seg_plan_field_of(plan, query.group, facts->key);
    seg_rule_facts *meant = seg_arena_take(plan->arena, sizeof *meant);
    if (!meant) return false;
    *meant = *facts; /* which events are meant: not more of what is asked about them */
    meant->pair_count = facts->own_pairs;
    meant->newest = 0;
    query.asked = meant;
    if (in_window) {
        query.window = SEG_WINDOW_ROLLING;
        query.from = facts->from;
        query.to = facts->to;
    }
    uint32_t number = seg_plan_query_of(plan, &query);
    bool is_new = false;
    if (number == SEG_NONE || seg_intern_number(seen, &number, sizeof number, &is_new) == SEG_NONE || !is_new)
        return false;
    seg_code_gather(code, &query);
    return true;
}

void seg_plan_each(seg_code *code, const seg_rule *rule, uint8_t to) {
    seg_plan *plan = code->plan;
    const seg_rule *condition = rule->operands[0];
    uint32_t program = seg_plan_value_program(plan, condition), gathers = 0;
    seg_window_list list = needed(plan, condition, rule->kind != SEG_RULE_EVERY);
    bool in_window = list.is_known && is_rolling(&list);
    if (!in_window) {
        list = (seg_window_list){.is_known = true};
        all_windows(plan, condition, &list);
    }
    seg_intern seen;
    seg_intern_init(&seen, plan->arena);
    for (uint32_t i = 0; i < list.facts.count && gathers < UINT16_MAX; i++)
        gathers += gather(code, SEG_LIST_AT(list.facts, const seg_rule_facts *, i), in_window, &seen);
    seg_code_each(code, rule, to, program, gathers);
}
