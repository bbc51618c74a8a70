/* window.c - which window lies in which, whatever the calendar. */
#include "../constant.h"
#include "theory.h"

static bool is_zero(seg_rule_duration duration) { return duration.months == 0 && duration.ms == 0; }

/* Two days for whatever a zone may skip or repeat. */
int64_t seg_duration_least(seg_rule_duration duration) {
    if (duration.months == 0) return duration.ms;
    int64_t years = duration.months / 12, rest = duration.months % 12;
    return (years * 365 + rest * (rest < 0 ? 31 : 28) - (years < 0 ? -years : 0) - 2) * SEG_PROOF_DAY +
           duration.ms;
}

int64_t seg_duration_most(seg_rule_duration duration) {
    if (duration.months == 0) return duration.ms;
    int64_t years = duration.months / 12, rest = duration.months % 12;
    return (years * 365 + rest * (rest < 0 ? 28 : 31) + (years > 0 ? years : 0) + 2) * SEG_PROOF_DAY +
           duration.ms;
}

static bool at_least(seg_rule_duration a, seg_rule_duration b) {
    int order = seg_duration_order(a, b);
    return order == 0 || order == 1;
}

static bool same_part(const seg_rule *a, const seg_rule *b) {
    return a == b || (a != NULL && b != NULL && seg_rule_equal(a, b, 0));
}

static bool same_calendar(const seg_rule_facts *a, const seg_rule_facts *b) {
    return a->window == SEG_RULE_CALENDAR && b->window == SEG_RULE_CALENDAR && a->unit == b->unit &&
           same_part(a->zone, b->zone);
}

/* Longer than the units of a calendar window, the present one included, can be. */
static int64_t calendar_most(const seg_rule_facts *facts) {
    static const int64_t days[] = {1, 7, 7, 31, 92, 366};
    return ((1 - (int64_t)facts->first) * days[seg_rule_unit_plain(facts->unit)] + 2) * SEG_PROOF_DAY;
}

bool seg_window_same(const seg_rule_facts *a, const seg_rule_facts *b) {
    return a->window == b->window && a->from.months == b->from.months && a->from.ms == b->from.ms &&
           a->to.months == b->to.months && a->to.ms == b->to.ms && a->unit == b->unit &&
           a->first == b->first && a->end == b->end && a->newest == b->newest &&
           same_part(a->zone, b->zone) && same_part(a->anchor, b->anchor);
}

bool seg_window_inside(const seg_rule_facts *inner, const seg_rule_facts *outer) {
    if (outer->window == SEG_RULE_FEW || inner->window == SEG_RULE_FEW) return false;
    if (outer->window == SEG_RULE_EVER || seg_window_same(inner, outer)) return true;
    if (outer->window == SEG_RULE_ROLLING && inner->window == SEG_RULE_ROLLING)
        return at_least(outer->from, inner->from) && at_least(inner->to, outer->to);
    if (outer->window == SEG_RULE_ROLLING)
        return inner->window == SEG_RULE_CALENDAR && is_zero(outer->to) &&
               seg_duration_least(outer->from) >= calendar_most(inner);
    if (outer->window == SEG_RULE_CALENDAR)
        return same_calendar(inner, outer) && outer->first <= inner->first && outer->end >= inner->end;
    if (inner->anchor == NULL || !seg_rule_equal(outer->anchor, inner->anchor, 0)) return false;
    if (outer->window == SEG_RULE_SINCE) return true;
    return inner->window == SEG_RULE_WITHIN && at_least(outer->from, inner->from);
}

bool seg_window_apart(const seg_rule_facts *a, const seg_rule_facts *b) {
    if (a->window == SEG_RULE_ROLLING && b->window == SEG_RULE_ROLLING)
        return at_least(b->to, a->from) || at_least(a->to, b->from);
    return same_calendar(a, b) && (a->end <= b->first || b->end <= a->first);
}

bool seg_window_ages(const seg_rule_facts *facts, int64_t *from, int64_t *to) {
    *from = 0;
    *to = INT64_MAX;
    if (facts->window == SEG_RULE_EVER) return true;
    if (facts->window != SEG_RULE_ROLLING || facts->from.months != 0 || facts->to.months != 0) return false;
    *from = facts->to.ms;
    *to = facts->from.ms;
    return true;
}
