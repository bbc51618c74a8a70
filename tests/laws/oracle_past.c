/* oracle_past.c - other instants than now: those that are reached, and those that were. */
#include "almanac.h"
#include "meaning.h"

/* ---- Instants that are reached -------------------- */

answer seg_oracle_reached(look *l, const node *n) {
    answer x = seg_oracle_evaluate(l, n->operands[0]);
    if (!x.known) return missing();
    int64_t instant;
    const seg_rule_zone *zone = seg_oracle_zone(l, n->operands[1]);
    if (n->rule->kind == SEG_RULE_REACHED) {
        instant = seg_almanac_add(zone, x.i, n->rule->duration);
        may_change_at(l, instant);
        return whole(l->at >= instant);
    }
    int64_t date = seg_almanac_date_add(x.i, n->rule->duration.months) + n->rule->duration.ms / SEG_DAY_MS;
    may_change_at(l, seg_almanac_date_start(zone, date));
    return whole(seg_almanac_date_of(zone, l->at) >= date);
}

/* ---- The past -------------------- */

/* A look at the same profile at another instant. */
static look look_at(const look *l, int64_t at) {
    return (look){.oracle = l->oracle,
                  .at = at,
                  .known = l->known,
                  .next = SEG_NEVER,
                  .is_past = true,
                  .value = l->value};
}

answer seg_oracle_as_of(look *l, const node *n) {
    look then = look_at(l, l->at - n->rule->duration.ms);
    answer a = seg_oracle_evaluate(&then, n->operands[0]);
    if (then.next != SEG_NEVER) may_change_at(l, then.next + n->rule->duration.ms);
    return a;
}

static bool is_another(answer a, answer b, seg_type type) {
    return a.known != b.known || (a.known && seg_oracle_compare(a, b, type) != 0);
}

/* HELD, ENTERED, LEFT, CHANGED: goes through every instant of the time before at which something may
 * change. */
answer seg_oracle_over_time(look *l, const node *n) {
    int64_t length = n->rule->duration.ms;
    bool held = true, entered = false, left = false, changed = false, was = false;
    answer before = missing();
    for (int64_t at = l->at - length, first = at; at <= l->at;) {
        look then = look_at(l, at);
        answer here = seg_oracle_evaluate(&then, n->operands[0]);
        bool is = here.i != 0;
        held = held && is;
        if (at > first) {
            entered = entered || (is && !was);
            left = left || (was && !is);
            changed = changed || is_another(here, before, n->operands[0]->rule->type.type);
            may_change_at(l, at + length);
        }
        was = is;
        before = here;
        at = then.next;
        if (at == SEG_NEVER) break;
        may_change_at(l, at);
        may_change_at(l, at + length);
    }
    if (n->rule->kind == SEG_RULE_CHANGED) return whole(changed);
    return whole(n->rule->kind == SEG_RULE_HELD ? held : n->rule->kind == SEG_RULE_ENTERED ? entered : left);
}

static int64_t first_instant(const look *l) {
    int64_t first = SEG_NEVER;
    for (uint32_t i = 0; i < l->oracle->fact_count; i++) {
        if (l->known[i] && l->oracle->facts[i].time < first) first = l->oracle->facts[i].time;
    }
    return first;
}

/* Lives through the profile's time from its first fact on. */
answer seg_oracle_latch(look *l, const node *n) {
    bool inside = false;
    int64_t since = SEG_NEVER, at = first_instant(l);
    may_change_at(l, at);
    while (at <= l->at) {
        look then = look_at(l, at);
        bool enters = seg_oracle_evaluate(&then, n->operands[0]).i != 0;
        bool leaves = seg_oracle_evaluate(&then, n->operands[1]).i != 0;
        int64_t free_at = SEG_TIME_MIN;
        if (since != SEG_NEVER) free_at = since + (inside ? n->rule->duration.ms : n->rule->pause.ms);
        if (at >= free_at && (inside ? leaves : enters && !leaves)) {
            inside = !inside;
            since = at;
            free_at = since + (inside ? n->rule->duration.ms : n->rule->pause.ms);
        }
        int64_t next = then.next;
        if (free_at > at && free_at < next) next = free_at;
        at = next;
        may_change_at(l, at);
    }
    return whole(inside);
}
