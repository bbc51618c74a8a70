/* plan_pair.c - other events that come with an event: what must be remembered of them. */
#include "plan_parts.h"

#include "../runtime/base/checked.h"

/* ---- how far back ------------------------------------------------------------------------------ */

static int64_t plus(int64_t a, int64_t b) {
    int64_t sum;
    if (a == SEG_NEVER || b == SEG_NEVER || !seg_add_i64(a, b, &sum)) return SEG_NEVER;
    return sum > SEG_TIME_MAX - SEG_TIME_MIN ? SEG_NEVER : sum;
}

/* Months of 31 days and two days for the zone. */
static int64_t length_ms(seg_rule_duration duration) {
    int64_t months_ms;
    if (!seg_mul_i64(duration.months, INT64_C(31) * 86400000, &months_ms)) return SEG_NEVER;
    return plus(months_ms + (duration.months ? INT64_C(2) * 86400000 : 0), duration.ms);
}

int64_t seg_plan_reach(const seg_plan_query *query) {
    static const int64_t unit_days[] = {1, 7, 7, 31, 92, 366};
    bool is_calendar = query->window == SEG_WINDOW_CALENDAR;
    if (query->window != SEG_WINDOW_ROLLING && !is_calendar) return SEG_NEVER;
    int64_t days =
        (INT64_C(1) - query->first) * unit_days[seg_rule_unit_plain(query->unit)] + 4; /* and the zones */
    int64_t length = is_calendar ? days * 86400000 : length_ms(query->from);
    return plus(plus(length, query->asked ? query->asked->delay_ms : 0), query->past_ms);
}

/* ---- pairs ---------------------------------------------------------------------------------------- */

/* Whether an earlier candidate cannot have what a later one lacks: then only the latest needs a look, and a
 * sequence without bounds costs one way back instead of all ways. What must come before must then have no
 * bound that a later candidate misses, and compare only fields that are the same in all candidates. */
static bool decides(const seg_rule_pair *pair) {
    const seg_rule_facts *others = pair->others;
    if (!pair->preceded || others->pair_count == 0) return false;
    for (uint32_t i = 0; i < others->pair_count; i++) {
        const seg_rule_pair *inner = &others->pairs[i];
        bool counts_back = inner->preceded && !inner->negated && !inner->between;
        if (!counts_back || inner->bounded || inner->whole_ms != SEG_NEVER) return false;
        for (uint32_t j = 0; j < inner->others->pair_count; j++)
            if (inner->others->pairs[j].between) return false;
        for (uint32_t j = 0; j < inner->same_count; j++) {
            uint32_t k = 0;
            while (k < pair->same_count &&
                   !seg_rule_equal(pair->there[k], inner->here[j], others->event_count))
                k++;
            if (k == pair->same_count) return false;
        }
    }
    return true;
}

static seg_image_pair record_of(const seg_rule_pair *pair) {
    uint32_t flags = (pair->preceded ? SEG_PAIR_PRECEDED : 0) | (pair->negated ? SEG_PAIR_NEGATED : 0) |
                     (pair->by_time ? SEG_PAIR_BY_TIME : 0) | (pair->between ? SEG_PAIR_BETWEEN : 0) |
                     (pair->inherits ? SEG_PAIR_INHERITS : 0) | (pair->bounded ? SEG_PAIR_BOUNDED : 0);
    if (decides(pair)) flags |= SEG_PAIR_DECIDES;
    return (seg_image_pair){.flags = flags,
                            .least_months = pair->least.months,
                            .most_months = pair->most.months,
                            .least_ms = pair->least.ms,
                            .most_ms = pair->most.ms,
                            .here_delay_ms = pair->delay_ms,
                            .there_delay_ms = pair->others->delay_ms,
                            .whole_ms = pair->whole_ms};
}

static void add_same(seg_plan *plan, seg_plan_pair *made, uint32_t group) {
    uint32_t count = made->rule->same_count;
    made->here = seg_arena_take_array(plan->arena, count + 1u, sizeof *made->here);
    made->there = seg_arena_take_array(plan->arena, count + 1u, sizeof *made->there);
    for (uint32_t i = 0; i < count && made->here && made->there; i++) {
        made->here[i] = seg_plan_field_of(plan, group, made->rule->here[i]);
        made->there[i] = seg_plan_field_of(plan, made->group, made->rule->there[i]);
    }
}

/* The pairs of the others first, so that the run is whole. The checker has bounded how deep they hang. */
static seg_run add_run(seg_plan *plan, const seg_rule_facts *facts, uint32_t group) {
    seg_run run = {plan->pairs.count, 0};
    seg_plan_pair *list = seg_arena_take_array(plan->arena, facts->pair_count + 1u, sizeof *list);
    if (!list) return run;
    for (uint32_t i = 0; i < facts->pair_count; i++) {
        const seg_rule_pair *pair = &facts->pairs[i];
        list[i] = (seg_plan_pair){.group = seg_plan_group_of(plan, pair->others),
                                  .asked = SEG_NONE,
                                  .rule = pair,
                                  .record = record_of(pair)};
        if (list[i].group == SEG_NONE) return run;
        add_same(plan, &list[i], group);
        list[i].record.inner = add_run(plan, pair->others, list[i].group);
    }
    run.first = plan->pairs.count;
    for (; run.count < facts->pair_count; run.count++) {
        seg_plan_pair *made = seg_list_add(plan->arena, &plan->pairs, sizeof *made);
        if (!made) return run;
        *made = list[run.count];
        for (uint32_t j = 0; j < made->record.inner.count; j++)
            SEG_LIST_AT(plan->pairs, seg_plan_pair, made->record.inner.first + j).asked =
                run.first + run.count;
    }
    return run;
}

void seg_plan_add_pairs(seg_plan *plan, seg_plan_query *query) {
    query->pair_first = plan->pairs.count;
    query->pairs = add_run(plan, query->asked, query->group);
}

/* `entry_ms`: how old the entries are that are asked about, at most; `floor_ms`: their pair's. */
static void reach_others(seg_plan_pair *made, int64_t entry_ms, int64_t floor_ms) {
    const seg_rule_pair *pair = made->rule;
    int64_t counts = entry_ms == SEG_NEVER ? SEG_NEVER : entry_ms - pair->delay_ms;
    int64_t floor = pair->inherits ? floor_ms : SEG_NEVER;
    if (pair->whole_ms != SEG_NEVER) floor = plus(counts, pair->whole_ms);
    int64_t others = counts;
    if (pair->preceded) {
        others = pair->bounded ? plus(counts, length_ms(pair->most)) : SEG_NEVER;
        if (floor < others) others = floor;
    }
    others = plus(others, pair->others->delay_ms);
    made->reach_ms = others < 1 ? 1 : others;
    made->floor_ms = floor;
}

void seg_plan_reach_pairs(seg_plan *plan) {
    for (uint32_t i = 0; i < plan->queries.count; i++) {
        const seg_plan_query *query = &SEG_LIST_AT(plan->queries, seg_plan_query, i);
        /* Outer ones first. */
        for (uint32_t j = query->pairs.first + query->pairs.count; j > query->pair_first; j--) {
            seg_plan_pair *pair = &SEG_LIST_AT(plan->pairs, seg_plan_pair, j - 1);
            const seg_plan_pair *asked =
                pair->asked == SEG_NONE ? NULL : &SEG_LIST_AT(plan->pairs, seg_plan_pair, pair->asked);
            reach_others(pair, asked ? asked->reach_ms : seg_plan_reach(query),
                         asked ? asked->floor_ms : SEG_NEVER);
        }
    }
}

bool seg_plan_has_delay(const seg_plan *plan, const seg_plan_query *query) {
    if (query->asked && query->asked->delay_ms) return true;
    for (uint32_t i = query->pair_first; i < query->pairs.first + query->pairs.count; i++) {
        const seg_image_pair *record = &SEG_LIST_AT(plan->pairs, seg_plan_pair, i).record;
        if (record->here_delay_ms || record->there_delay_ms) return true;
    }
    return false;
}

bool seg_plan_reads(const seg_plan *plan, uint32_t number, const bool *stores) {
    const seg_plan_query *query = &SEG_LIST_AT(plan->queries, seg_plan_query, number);
    if (stores[query->store]) return true;
    for (uint32_t i = query->pair_first; i < query->pairs.first + query->pairs.count; i++)
        if (stores[SEG_LIST_AT(plan->pairs, seg_plan_pair, i).record.store]) return true;
    return false;
}

void seg_plan_bind_pairs(seg_plan *plan, const seg_plan_query *query,
                         uint16_t (*place)(seg_plan *plan, uint32_t store, uint32_t field)) {
    /* Outer ones first. */
    for (uint32_t i = query->pairs.first + query->pairs.count; i > query->pair_first; i--) {
        seg_plan_pair *pair = &SEG_LIST_AT(plan->pairs, seg_plan_pair, i - 1);
        uint32_t asked = query->store;
        if (pair->asked != SEG_NONE)
            asked = SEG_LIST_AT(plan->pairs, seg_plan_pair, pair->asked).record.store;
        pair->record.store = SEG_LIST_AT(plan->groups, seg_plan_group, pair->group).log_store;
        if (asked == SEG_NONE || pair->record.store == SEG_NONE) return;
        for (uint32_t j = 0; j < pair->rule->same_count; j++) {
            pair->here[j] = place(plan, asked, pair->here[j]);
            pair->there[j] = place(plan, pair->record.store, pair->there[j]);
        }
    }
}
