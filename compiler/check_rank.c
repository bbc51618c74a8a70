/* check_rank.c - where a profile stands among others: top, bottom, rank, quantiles; when ranks are made anew.
 */
#include <stdlib.h>

#include "check.h"
#include "constant.h"

/* ---- When ranks are made ----------------------------------------------------------------------- */

#define EVERY_LEAST_MS 1000
#define EVERY_MOST_MS (INT64_C(366) * SEG_DAY_MS)

static void read_every(seg_checker *c, const seg_node *node) {
    const seg_node *length = node->first_child;
    bool fits = length != NULL && length->kind == SEG_NODE_DURATION && length->months == 0 &&
                length->number >= EVERY_LEAST_MS && length->number <= EVERY_MOST_MS;
    if (fits) {
        c->rules->refresh_every_ms = length->number;
        return;
    }
    seg_diag *diag = seg_check_fault(c, NULL, SEG_DIAG_REFRESH, node->span,
                                     "ranks are made anew every so often: 1s at least, 366d at most");
    seg_diag_help(c->diags, diag, "write `refresh every 6h`, or `refresh daily at 03:00`");
}

static int by_number(const void *left, const void *right) {
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return a < b ? -1 : a > b;
}

static void read_daily(seg_checker *c, const seg_node *node) {
    uint32_t count = 0;
    int64_t *clocks = seg_arena_take_array(c->arena, (size_t)node->child_count + 1, sizeof *clocks);
    if (clocks == NULL) return;
    for (const seg_node *clock = node->first_child; clock != NULL; clock = clock->next)
        if (clock->kind == SEG_NODE_CLOCK) clocks[count++] = clock->number;
    if (count != node->child_count || count == 0 || count > SEG_CHECK_CLOCK_LIMIT) {
        seg_diag *diag = seg_check_fault(c, NULL, SEG_DIAG_REFRESH, node->span,
                                         "a time of day is needed, and at most %u", SEG_CHECK_CLOCK_LIMIT);
        seg_diag_help(c->diags, diag, "write `refresh daily at 03:00`, or `refresh every 6h`");
        return;
    }
    qsort(clocks, count, sizeof *clocks, by_number);
    c->rules->refresh_count = 0;
    for (uint32_t i = 0; i < count; i++)
        if (i == 0 || clocks[i] != clocks[i - 1]) clocks[c->rules->refresh_count++] = clocks[i];
    c->rules->refresh_clocks = clocks;
}

void seg_check_refresh(seg_checker *c, const seg_node *node) {
    static const int64_t midnight[1] = {0};
    c->rules->refresh_clocks = midnight;
    c->rules->refresh_count = 1;
    if (node == NULL) return;
    if (seg_text_same(node->text, seg_text_of("every")))
        read_every(c, node);
    else
        read_daily(c, node);
}

/* ---- Where a profile stands -------------------------------------------------------------------- */

static bool has_order(seg_rule_type type) {
    return type.type == SEG_INT || type.type == SEG_DECIMAL || type.type == SEG_FLOAT ||
           type.type == SEG_TIME || type.type == SEG_DATE || type.type == SEG_DURATION;
}

/* The value by which profiles are ranked, and who is: looked at when ranks are made, so nothing that is
 * proven here is proven there. */
static bool ranked_by(seg_checker *c, const seg_env *env, const seg_node *node, const seg_node *key,
                      const seg_node *crowd, seg_rule *place) {
    if (!seg_check_outside(c, env, node)) return false;
    if (c->each != NULL) {
        seg_check_fault(c, env, SEG_DIAG_RANK_PLACE, node->span,
                        "profiles cannot be ranked for one value after the other");
        return false;
    }
    const seg_proof *proofs = c->proofs;
    bool asserted = c->asserted;
    c->proofs = NULL;
    c->asserted = true; /* as in a segment's own rule */
    const seg_rule *who = crowd != NULL ? seg_check_condition(c, env, crowd) : NULL;
    c->proofs = NULL;
    c->asserted = false;
    const seg_rule *value = seg_check_expr(c, env, key, NULL);
    c->proofs = proofs;
    c->asserted = asserted;
    if (value == NULL || (crowd != NULL && who == NULL)) return false;
    if (!has_order(value->type)) {
        seg_type_words words = seg_type_describe(value->type);
        seg_check_fault(c, env, SEG_DIAG_NO_ORDER, key->span,
                        "profiles are ranked by a number, a time or a date, and this is %s", words.text);
        return false;
    }
    c->asks_others = true;
    *place = (seg_rule){.kind = SEG_RULE_PLACE,
                        .type = {.type = SEG_INT, .optional = true},
                        .operand_count = who != NULL ? 2 : 1,
                        .operands = {value, who}};
    return true;
}

static const seg_rule *whole(seg_checker *c, const seg_env *env, const seg_node *node, int64_t number) {
    seg_rule rule = {.kind = SEG_RULE_CONST,
                     .type = seg_type_plain(SEG_INT),
                     .constant = {.value = {.known = true, .as = {.i = number}}}};
    return seg_check_make(c, env, node, false, rule);
}

static const seg_rule *figure(seg_checker *c, const seg_env *env, const seg_node *node, seg_rule place,
                              int32_t index) {
    place.index = (uint32_t)index;
    place.type.optional = false; /* what needs it asks first whether it is known */
    return seg_check_make(c, env, node, false, place);
}

static const seg_rule *times(seg_checker *c, const seg_env *env, const seg_node *node, const seg_rule *a,
                             int64_t factor) {
    const seg_rule *b = whole(c, env, node, factor);
    if (a == NULL || b == NULL) return NULL;
    return seg_check_make(
        c, env, node, false,
        (seg_rule){
            .kind = SEG_RULE_MUL, .type = seg_type_plain(SEG_INT), .operand_count = 2, .operands = {a, b}});
}

/* How many, or how many of 10000. False: told. */
static bool amount_of(seg_checker *c, const seg_env *env, const seg_node *node, int64_t *count,
                      int64_t *share) {
    seg_env at;
    const seg_node *value;
    *count = *share = 0;
    if (node->kind == SEG_NODE_ERROR || !seg_check_resolve(c, env, node, &at, &value)) return false;
    if (value->kind == SEG_NODE_PERCENT) return seg_check_share(c, env, node, share);
    int64_t mantissa;
    uint8_t scale;
    if (value->kind == SEG_NODE_NUMBER && seg_constant_number(value->text, &mantissa, &scale) && scale == 0 &&
        mantissa > 0 && mantissa <= UINT32_MAX) {
        *count = mantissa;
        return true;
    }
    seg_diag *diag = seg_check_fault(c, env, SEG_DIAG_NUMBER_RANGE, node->span,
                                     "a whole number of profiles or a percentage is needed here");
    seg_diag_help(c->diags, diag, "write `top 100 by …` or `top 10%% by …`");
    return false;
}

const seg_rule *seg_check_top(seg_checker *c, const seg_env *env, const seg_node *node) {
    const seg_node *amount = node->first_child, *crowd = amount->next, *key = crowd->next;
    int64_t count, share;
    seg_rule place;
    if (!amount_of(c, env, amount, &count, &share)) return NULL;
    if (!ranked_by(c, env, node, key, crowd->kind == SEG_NODE_NONE ? NULL : crowd, &place)) return NULL;
    bool bottom = (node->flags & SEG_NODE_NEGATED) != 0;
    const seg_rule *own = figure(c, env, node, place, bottom ? SEG_FIGURE_FROM_BOTTOM : SEG_FIGURE_FROM_TOP);
    const seg_rule *limit = share == 0
                                ? whole(c, env, node, count)
                                : times(c, env, node, figure(c, env, node, place, SEG_FIGURE_COUNT), share);
    place.index = (uint32_t)(bottom ? SEG_FIGURE_FROM_BOTTOM : SEG_FIGURE_FROM_TOP);
    const seg_rule *asked = seg_check_make(c, env, node, false, place);
    if (asked == NULL) return NULL;
    const seg_rule *missing = seg_check_make(c, env, node, false,
                                             (seg_rule){.kind = SEG_RULE_MISSING,
                                                        .type = seg_type_plain(SEG_BOOL),
                                                        .operand_count = 1,
                                                        .operands = {asked}});
    const seg_rule *known = seg_check_not(c, env, node, false, missing);
    if (share != 0) own = times(c, env, node, own, 10000);
    const seg_rule *test = seg_check_pair(c, env, node, false, SEG_RULE_LE, own, limit);
    return seg_check_pair(c, env, node, true, SEG_RULE_AND, known, test);
}

const seg_rule *seg_check_rank(seg_checker *c, const seg_env *env, const seg_node *call) {
    static const struct {
        const char *name;
        int32_t figure;
    } figures[] = {
        {"rank", SEG_FIGURE_RANK}, {"quartile", 4}, {"quintile", 5}, {"decile", 10}, {"percentile", 100}};
    const seg_node *where = call->last_child;
    seg_rule place;
    if (call->child_count != 2 || where == NULL) {
        seg_diag *diag = seg_check_fault(c, env, SEG_DIAG_ARGUMENTS, call->span, "`%.*s` takes one value",
                                         SEG_TEXT_ARGS(call->text));
        seg_diag_help(c->diags, diag,
                      "write `%.*s(sum(orders.amount, 365d))`, perhaps with `where in customers`",
                      SEG_TEXT_ARGS(call->text));
        return NULL;
    }
    const seg_node *crowd = where->kind == SEG_NODE_WHERE ? where->first_child : NULL;
    if (!ranked_by(c, env, call, call->first_child, crowd, &place)) return NULL;
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++)
        if (seg_text_same(call->text, seg_text_of(figures[i].name)))
            place.index = (uint32_t)figures[i].figure;
    return seg_check_make(c, env, call, true, place);
}
