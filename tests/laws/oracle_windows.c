/* oracle_windows.c - which facts a window shows at an instant: the calendar, windows, pairs. */
#include "almanac.h"
#include "meaning.h"

/* ---- The calendar -------------------- */

/* The zone of a node that gives its name; the workspace's when there is none, or no such zone. */
const seg_rule_zone *seg_oracle_zone(look *l, const node *n) {
    const seg_rules *rules = l->oracle->rules;
    answer name = n != NULL ? seg_oracle_evaluate(l, n) : missing();
    for (uint32_t i = 0; name.known && i < rules->zone_count; i++) {
        if (same_text(rules->zones[i].name, name.text)) return &rules->zones[i];
    }
    return &rules->zone;
}

/* Week 1 of a year is the one with 4 January; weeks begin on Monday. */
static int64_t week_of(int64_t date, int64_t year) {
    for (int64_t y = year + 1;; y--) {
        int64_t fourth = seg_almanac_days(y, 1, 4), monday = fourth - (seg_almanac_weekday(fourth) - 1);
        if (date >= monday) return (date - monday) / 7 + 1;
    }
}

/* A fiscal year is named after the year in which its last day lies. */
static answer fiscal_part(const seg_rules *rules, uint32_t part, int64_t date) {
    int64_t begin = seg_almanac_unit(rules, SEG_RULE_LATER_YEAR, date, 0), year;
    int month, day, quarter = 1;
    seg_almanac_civil(seg_almanac_unit(rules, SEG_RULE_LATER_YEAR, date, 1) - 1, &year, &month, &day);
    if (part >= SEG_RULE_FISCAL_YEAR_OF) return whole(year);
    while (date >= seg_almanac_date_add(begin, 3 * quarter)) quarter++;
    return whole(quarter);
}

static answer part_of_date(const seg_rules *rules, uint32_t part, int64_t date) {
    int64_t year;
    int month, day;
    if (part >= SEG_RULE_FISCAL_QUARTER_OF) return fiscal_part(rules, part, date);
    seg_almanac_civil(date, &year, &month, &day);
    switch (part) {
    case SEG_RULE_WEEKDAY: return whole(seg_almanac_weekday(date));
    case SEG_RULE_MONTH_DAY: return whole(day);
    case SEG_RULE_MONTH_OF: return whole(month);
    case SEG_RULE_YEAR_OF: return whole(year);
    case SEG_RULE_YEAR_DAY: return whole(date - seg_almanac_days(year, 1, 1) + 1);
    case SEG_RULE_WEEK_OF: return whole(week_of(date, year));
    case SEG_RULE_QUARTER_OF: return whole(month <= 3 ? 1 : month <= 6 ? 2 : month <= 9 ? 3 : 4);
    default: return whole(date);
    }
}

answer seg_oracle_part(look *l, const node *n) {
    const seg_rule *of = n->rule->operands[0];
    const seg_rule_zone *zone = seg_oracle_zone(l, n->operands[1]);
    uint32_t part = n->rule->index;
    answer a = of->kind == SEG_RULE_NOW ? whole(l->at) : seg_oracle_evaluate(l, n->operands[0]);
    if (!a.known) return missing();
    if (of->type.type == SEG_DATE) return part_of_date(l->oracle->rules, part, a.i);
    int64_t date = seg_almanac_date_of(zone, a.i);
    if (of->kind == SEG_RULE_NOW)
        may_change_at(l, part == SEG_RULE_HOUR ? seg_almanac_next_hour(zone, a.i)
                                               : seg_almanac_date_start(zone, date + 1));
    return part == SEG_RULE_HOUR ? whole(seg_almanac_hour_of(zone, a.i))
                                 : part_of_date(l->oracle->rules, part, date);
}

static bool in_calendar(look *l, const seg_rule_facts *facts, const seg_rule_zone *zone, int64_t time) {
    int64_t date = seg_almanac_date_of(zone, time), today = seg_almanac_date_of(zone, l->at);
    may_change_at(l, time);
    may_change_at(l, seg_almanac_date_start(
                         zone, seg_almanac_unit(l->oracle->rules, facts->unit, date, 1 - facts->end)));
    may_change_at(l, seg_almanac_date_start(
                         zone, seg_almanac_unit(l->oracle->rules, facts->unit, date, 1 - facts->first)));
    return time <= l->at && date >= seg_almanac_unit(l->oracle->rules, facts->unit, today, facts->first) &&
           date < seg_almanac_unit(l->oracle->rules, facts->unit, today, facts->end);
}

/* ---- Windows -------------------- */

static bool is_inside(look *l, const node *n, uint32_t index, answer anchor, const seg_rule_zone *zone) {
    const seg_rule_facts *facts = n->rule->facts;
    int64_t time = l->oracle->facts[index].time + facts->delay_ms;
    switch (facts->window) {
    case SEG_RULE_FEW: /* that there are not too many newer ones is seen in window_of */
    case SEG_RULE_EVER: may_change_at(l, time); return time <= l->at;
    case SEG_RULE_ROLLING:
        may_change_at(l, n->begins[index]);
        may_change_at(l, n->ends[index]);
        return n->begins[index] <= l->at && l->at < n->ends[index];
    case SEG_RULE_CALENDAR: return in_calendar(l, facts, zone, time);
    case SEG_RULE_SINCE: may_change_at(l, time); return anchor.known && anchor.i <= time && time <= l->at;
    default:
        may_change_at(l, time);
        return anchor.known && anchor.i <= time && time <= l->at &&
               time <= seg_almanac_add(&l->oracle->rules->zone, anchor.i, facts->from);
    }
}

/* ---- Pairs -------------------- */

typedef struct asked { /* the fact that is asked about, and whose other it is */
    uint32_t index;
    int64_t time, floor;
    const struct asked *led;
} asked;

static bool in_order(const look *l, uint32_t a, int64_t a_time, uint32_t b, int64_t b_time) {
    const seg_fact *facts = l->oracle->facts;
    return a_time < b_time || (a_time == b_time && facts[a].tie < facts[b].tie);
}

static answer field_at(look *l, const node *facts_of, const node *field, uint32_t index) {
    const seg_rule_facts *facts = facts_of->rule->facts;
    look one = *l;
    one.fact = &l->oracle->facts[index];
    one.event_position = 0;
    while (facts->events[one.event_position] != one.fact->index) one.event_position++;
    return seg_oracle_field(&one, field->rule);
}

static bool all_same(look *l, const node *n, const pair_node *p, uint32_t index, uint32_t other) {
    for (uint32_t i = 0; i < p->pair->same_count; i++) {
        answer a = field_at(l, n, p->here[i], index), b = field_at(l, p->others, p->there[i], other);
        if (!a.known || !b.known || seg_oracle_compare(a, b, p->here[i]->rule->type.type) != 0) return false;
    }
    return true;
}

static bool has_pairs(look *l, const node *n, uint32_t count, asked me);

static bool is_other(look *l, const node *n, const pair_node *p, const asked *me, int64_t floor,
                     uint32_t other) {
    const seg_rule_pair *pair = p->pair;
    const seg_rule_zone *zone = &l->oracle->rules->zone;
    int64_t time = l->oracle->facts[other].time + pair->others->delay_ms;
    may_change_at(l, time);
    if (time > l->at || time < floor) return false;
    bool ordered = pair->preceded ? in_order(l, other, time, me->index, me->time)
                                  : in_order(l, me->index, me->time, other, time);
    if (!pair->by_time && !ordered) return false;
    int64_t earlier = pair->preceded ? time : me->time, later = pair->preceded ? me->time : time;
    if (pair->bounded && (later < seg_almanac_add(zone, earlier, pair->least) ||
                          later > seg_almanac_add(zone, earlier, pair->most)))
        return false;
    if (pair->between && !in_order(l, other, time, me->led->index, me->led->time)) return false;
    asked next = {.index = other, .floor = floor, .led = me, .time = time};
    return all_same(l, n, p, me->index, other) &&
           has_pairs(l, p->others, p->others->rule->facts->pair_count, next);
}

/* The first `count` pairs of the facts. Every fact is looked at, so that all instants are noted. */
static bool has_pairs(look *l, const node *n, uint32_t count, asked me) {
    const seg_oracle *oracle = l->oracle;
    bool all = true;
    for (uint32_t i = 0; i < count; i++) {
        const pair_node *p = &n->pairs[i];
        me.time = oracle->facts[me.index].time + p->pair->delay_ms;
        int64_t floor = p->pair->inherits ? me.floor : INT64_MIN;
        if (p->pair->whole_ms != SEG_NEVER) floor = me.time - p->pair->whole_ms;
        bool found = false;
        for (uint32_t other = 0; other < oracle->fact_count; other++) {
            if (l->known[other] && p->others->matches[other])
                found = is_other(l, n, p, &me, floor, other) || found;
        }
        all = all && found != p->pair->negated;
    }
    return all;
}

bool seg_oracle_has_pairs(look *l, const node *n, uint32_t count, uint32_t index) {
    return has_pairs(l, n, count, (asked){.index = index, .floor = INT64_MIN});
}

static bool is_at_hand(const look *l, const node *n, uint32_t index) {
    answer key = n->matches[index] ? n->keys[index] : missing(); /* others have none */
    return key.known && seg_oracle_compare(key, l->value, n->key->rule->type.type) == 0;
}

/* The facts in the window, oldest first; their number. */
uint32_t seg_oracle_window(look *l, const node *n, uint32_t *inside) {
    const seg_oracle *oracle = l->oracle;
    const seg_rule_facts *facts = n->rule->facts;
    answer anchor = n->anchor != NULL ? seg_oracle_evaluate(l, n->anchor) : missing();
    const seg_rule_zone *zone = seg_oracle_zone(l, n->zone);
    uint32_t count = 0;
    for (uint32_t i = 0; i < oracle->fact_count; i++) {
        uint32_t index = oracle->order[i];
        if (n->key != NULL && !is_at_hand(l, n, index)) continue;
        if (l->known[index] && n->matches[index] && is_inside(l, n, index, anchor, zone) &&
            seg_oracle_has_pairs(l, n, facts->own_pairs, index))
            inside[count++] = index;
    }
    uint32_t surplus = facts->window == SEG_RULE_FEW && count > facts->newest ? count - facts->newest : 0;
    uint32_t kept = 0;
    for (uint32_t i = surplus; i < count; i++) {
        if (seg_oracle_has_pairs(l, n, facts->pair_count, inside[i])) inside[kept++] = inside[i];
    }
    return kept;
}
