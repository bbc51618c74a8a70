/* oracle_facts.c - what is computed of the facts in a window, and of one value of a field after the other. */
#include <stdlib.h>

#include "almanac.h"
#include "meaning.h"

static answer aggregate_numbers(const node *n, const uint32_t *inside, uint32_t count) {
    const seg_rule *rule = n->rule;
    seg_rule_type type = rule->operands[0]->type;
    bool of_floats = type.type == SEG_FLOAT;
    __int128 sum = 0;
    double float_sum = 0.0;
    uint32_t known = 0;
    answer best = missing();
    for (uint32_t i = 0; i < count; i++) {
        answer a = n->values[inside[i]];
        if (!a.known) continue;
        known++;
        sum += a.i;
        float_sum = tame(float_sum + a.f);
        int order = best.known ? seg_oracle_compare(a, best, type.type) : 0;
        if (!best.known || (rule->kind == SEG_RULE_MIN ? order < 0 : order > 0)) best = a;
    }
    if (rule->kind == SEG_RULE_SUM) return of_floats ? real(float_sum) : whole(saturate(sum));
    if (rule->kind != SEG_RULE_AVG) return best;
    if (known == 0) return missing();
    if (of_floats) return real(float_sum / known);
    return real(seg_oracle_quotient(
        sum, (__int128)known * seg_oracle_power_of_ten(type.type == SEG_DECIMAL ? type.scale : 0)));
}

static answer count_distinct(const node *n, const uint32_t *inside, uint32_t count) {
    int64_t distinct = 0;
    seg_type type = n->rule->operands[0]->type.type;
    for (uint32_t i = 0; i < count; i++) {
        answer a = n->values[inside[i]];
        bool fresh = a.known;
        for (uint32_t j = 0; j < i && fresh; j++) {
            answer b = n->values[inside[j]];
            fresh = !b.known || seg_oracle_compare(a, b, type) != 0;
        }
        distinct += fresh;
    }
    return whole(distinct);
}

/* The value that most (or fewest) have; of several the one whose newest fact is the newest. */
static answer frequent(const node *n, const uint32_t *inside, uint32_t count) {
    seg_type type = n->rule->operands[0]->type.type;
    answer best = missing();
    uint32_t best_times = 0;
    for (uint32_t i = count; i > 0; i--) {
        answer a = n->values[inside[i - 1]];
        uint32_t same = 0;
        for (uint32_t j = 0; j < count && a.known; j++)
            same += n->values[inside[j]].known && seg_oracle_compare(a, n->values[inside[j]], type) == 0;
        bool better = n->rule->kind == SEG_RULE_MOST ? same > best_times : same < best_times;
        if (a.known && (best_times == 0 || better)) {
            best = a;
            best_times = same;
        }
    }
    return best;
}

static answer count_units(look *l, uint8_t unit, const uint32_t *inside, uint32_t count, int64_t delay) {
    const seg_rules *rules = l->oracle->rules;
    int64_t days = 0;
    for (uint32_t i = 0; i < count; i++) {
        int64_t date = seg_almanac_date_of(&rules->zone, l->oracle->facts[inside[i]].time + delay);
        bool fresh = true;
        for (uint32_t j = 0; j < i && fresh; j++) {
            int64_t other = seg_almanac_date_of(&rules->zone, l->oracle->facts[inside[j]].time + delay);
            fresh = seg_almanac_unit(rules, unit, date, 0) != seg_almanac_unit(rules, unit, other, 0);
        }
        days += fresh;
    }
    return whole(days);
}

/* The times from each to the next: they are in order. */
static answer gap(look *l, uint32_t what, const uint32_t *inside, uint32_t count) {
    if (count < 2) return missing();
    const seg_fact *facts = l->oracle->facts;
    int64_t longest = facts[inside[1]].time - facts[inside[0]].time, shortest = longest, sum = longest;
    for (uint32_t i = 2; i < count; i++) {
        int64_t step = facts[inside[i]].time - facts[inside[i - 1]].time;
        sum += step;
        longest = step > longest ? step : longest;
        shortest = step < shortest ? step : shortest;
    }
    if (what == SEG_RULE_AVERAGE) return whole(sum / (count - 1));
    return whole(what == SEG_RULE_LONGEST ? longest : shortest);
}

/* The weight of an event as the reference says it: a whole number of 2^-40. */
static int64_t weight_of(int64_t age, int64_t half) {
    static const int64_t roots[16] = {
        INT64_C(3260954456333195553), INT64_C(3877950241171266237), INT64_C(4228934724888366667),
        INT64_C(4416165660797809419), INT64_C(4512867096753504462), INT64_C(4562008997483360349),
        INT64_C(4586780255215411730), INT64_C(4599216278082138665), INT64_C(4605446927862164404),
        INT64_C(4608565417332308034), INT64_C(4610125453837388245), INT64_C(4610905670110601999),
        INT64_C(4611295827762151833), INT64_C(4611490918967884500), INT64_C(4611588467665893036),
        INT64_C(4611637242788701950)};
    __int128 x = (__int128)1 << 62;
    int64_t places = (int64_t)((__int128)(age % half) * 65536 / half);
    for (int64_t k = 0, bit = 32768; bit > 0; k++, bit /= 2) {
        if (places >= bit) {
            x = x * roots[k] / ((__int128)1 << 62);
            places -= bit;
        }
    }
    for (int64_t halvings = 22 + age / half; halvings > 0; halvings--) x /= 2;
    return age / half >= 40 ? 0 : (int64_t)x;
}

static bool weighs_enough(const look *l, const node *n, const uint32_t *inside, uint32_t count, int64_t at) {
    __int128 weight = 0;
    for (uint32_t i = 0; i < count; i++)
        weight += weight_of(at - l->oracle->facts[inside[i]].time - n->rule->facts->delay_ms,
                            n->rule->facts->from.ms / 40);
    return weight >= n->rule->constant.value.as.i;
}

/* It falls as long as nothing comes, so where it has become too little is found by halving. */
static answer decayed(look *l, const node *n, const uint32_t *inside, uint32_t count) {
    if (!weighs_enough(l, n, inside, count, l->at)) return whole(0);
    int64_t before = l->at, after = l->at + n->rule->facts->from.ms;
    while (after - before > 1) {
        int64_t middle = before + (after - before) / 2;
        if (weighs_enough(l, n, inside, count, middle))
            before = middle;
        else
            after = middle;
    }
    may_change_at(l, after);
    return whole(1);
}

answer seg_oracle_over_facts(look *l, const node *n) {
    uint32_t inside[512];
    const seg_rule *rule = n->rule;
    if (l->oracle->fact_count > 512) abort(); /* no history of the laws is that long */
    uint32_t count = seg_oracle_window(l, n, inside);
    switch (rule->kind) {
    case SEG_RULE_COUNT: return whole(count);
    case SEG_RULE_ANY: return whole(count > 0);
    case SEG_RULE_DECAYED: return decayed(l, n, inside, count);
    case SEG_RULE_DISTINCT: return count_distinct(n, inside, count);
    case SEG_RULE_MOST:
    case SEG_RULE_LEAST: return frequent(n, inside, count);
    case SEG_RULE_ACTIVE_DAYS:
        return count_units(l, (uint8_t)rule->index, inside, count, rule->facts->delay_ms);
    case SEG_RULE_GAP: return gap(l, rule->index, inside, count);
    case SEG_RULE_FIRST:
    case SEG_RULE_LAST:
        if (count == 0) return missing();
        uint32_t which = inside[rule->kind == SEG_RULE_FIRST ? 0 : count - 1];
        return n->operands[0] == NULL ? whole(l->oracle->facts[which].time + rule->facts->delay_ms)
                                      : n->values[which];
    default: return aggregate_numbers(n, inside, count);
    }
}

/* ---- Values one by one -------------------- */

enum { VALUE_LIMIT = 4096 };

typedef struct value_list {
    answer values[VALUE_LIMIT];
    uint32_t count;
} value_list;

/* Adds the values of the key in the facts that the nodes below ask about, in any window. */
static void collect_values(look *l, const node *n, value_list *list) {
    if (n == NULL) return;
    for (uint32_t i = 0; n->key != NULL && i < l->oracle->fact_count; i++) {
        if (!l->known[i] || !n->matches[i] || !n->keys[i].known) continue;
        const seg_rule_facts *facts = n->rule->facts;
        int64_t time = l->oracle->facts[i].time + facts->delay_ms;
        may_change_at(l, time);
        bool fresh = seg_oracle_has_pairs(l, n, facts->own_pairs, i) && time <= l->at;
        for (uint32_t j = 0; j < list->count && fresh; j++)
            fresh = seg_oracle_compare(n->keys[i], list->values[j], n->key->rule->type.type) != 0;
        if (fresh && list->count < VALUE_LIMIT) list->values[list->count++] = n->keys[i];
    }
    collect_values(l, n->anchor, list);
    for (uint32_t i = 0; n->rule->facts == NULL && i < n->rule->operand_count; i++)
        collect_values(l, n->operands[i], list);
}

answer seg_oracle_one_by_one(look *l, const node *n) {
    value_list list = {.count = 0};
    collect_values(l, n->operands[0], &list);
    answer outer = l->value;
    uint32_t held = 0;
    for (uint32_t i = 0; i < list.count; i++) {
        l->value = list.values[i];
        held += seg_oracle_evaluate(l, n->operands[0]).i != 0;
    }
    l->value = outer;
    if (n->rule->kind == SEG_RULE_TALLY) return whole(held);
    return whole(n->rule->kind == SEG_RULE_SOME ? held > 0 : held == list.count);
}
