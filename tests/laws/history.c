#include "history.h"

#include <float.h>
#include <stdio.h>
#include <string.h>

#include "almanac.h"

#define COUNT_OF(items) ((uint32_t)(sizeof(items) / sizeof *(items)))

/* ---- Targets -------------------- */

static void aim_at_duration(seg_targets *targets, seg_rule_duration duration) {
    if ((duration.months != 0 || duration.ms != 0) && targets->duration_count < COUNT_OF(targets->durations))
        targets->durations[targets->duration_count++] = duration;
}

static void aim_at_constant(seg_targets *targets, const seg_rule_const *constant, seg_type type) {
    if (!constant->value.known) return;
    if (type == SEG_TIME && targets->instant_count < COUNT_OF(targets->instants))
        targets->instants[targets->instant_count++] = constant->value.as.i;
    bool number = type == SEG_INT || type == SEG_DECIMAL || type == SEG_DATE;
    if (number && targets->number_count < COUNT_OF(targets->numbers))
        targets->numbers[targets->number_count++] = constant->value.as.i;
}

static void aim_at_rule(seg_targets *targets, const seg_rule *rule);

static void aim_at_facts(seg_targets *targets, const seg_rule_facts *facts) {
    aim_at_duration(targets, facts->from);
    aim_at_duration(targets, facts->to);
    aim_at_duration(targets, (seg_rule_duration){0, facts->delay_ms});
    aim_at_rule(targets, facts->where);
    aim_at_rule(targets, facts->anchor);
    for (uint32_t i = 0; i < facts->pair_count; i++) {
        const seg_rule_pair *pair = &facts->pairs[i];
        aim_at_duration(targets, pair->least);
        aim_at_duration(targets, pair->most);
        if (pair->whole_ms != SEG_NEVER) aim_at_duration(targets, (seg_rule_duration){0, pair->whole_ms});
        aim_at_facts(targets, pair->others);
    }
}

static void aim_at_rule(seg_targets *targets, const seg_rule *rule) {
    if (rule == NULL) return;
    if (rule->kind == SEG_RULE_CONST) aim_at_constant(targets, &rule->constant, rule->type.type);
    targets->uses_now |= rule->kind == SEG_RULE_NOW || rule->kind == SEG_RULE_YEARS;
    seg_rule_extra extra = seg_rule_extra_of(rule);
    if (extra == SEG_EXTRA_DURATION) aim_at_duration(targets, rule->duration);
    for (uint32_t i = 0; extra == SEG_EXTRA_LIST && i < rule->list_count; i++)
        aim_at_constant(targets, &rule->list[i], rule->operands[0]->type.type);
    for (uint32_t i = 0; i < rule->operand_count; i++) aim_at_rule(targets, rule->operands[i]);
    if (rule->facts != NULL) aim_at_facts(targets, rule->facts);
}

/* How many lookings back over a stretch of instants stand inside each other, through references too. */
static uint32_t walks_of(const seg_rule *rule, const uint8_t *of_segment) {
    uint32_t deepest = rule->kind == SEG_RULE_SEGMENT ? of_segment[rule->index] : 0;
    for (uint32_t i = 0; i < rule->operand_count; i++) {
        uint32_t walks = walks_of(rule->operands[i], of_segment);
        if (walks > deepest) deepest = walks;
    }
    bool walks = rule->kind == SEG_RULE_HELD || rule->kind == SEG_RULE_ENTERED ||
                 rule->kind == SEG_RULE_LEFT || rule->kind == SEG_RULE_CHANGED ||
                 rule->kind == SEG_RULE_LATCH;
    return deepest + walks;
}

static uint32_t deepest_walks(const seg_rules *rules) {
    uint8_t of_segment[256] = {0}; /* referenced segments come before those that refer to them */
    uint32_t deepest = 0;
    for (uint32_t s = 0; s < rules->segment_count && s < COUNT_OF(of_segment); s++) {
        of_segment[s] = (uint8_t)walks_of(rules->segments[s].rule, of_segment);
        if (of_segment[s] > deepest) deepest = of_segment[s];
    }
    return deepest;
}

void seg_targets_find(seg_targets *targets, const seg_rules *rules) {
    *targets = (seg_targets){.walks = deepest_walks(rules)};
    for (uint32_t s = 0; s < rules->segment_count; s++) aim_at_rule(targets, rules->segments[s].rule);
    aim_at_duration(targets, (seg_rule_duration){0, SEG_DAY_MS});
    aim_at_duration(targets, (seg_rule_duration){1, 0});
}

enum { NESTED_WALKS_LIMIT = 10 }; /* facts of a history where walks stand inside each other */

/* ---- Instants -------------------- */

typedef struct maker {
    seg_random random;
    const seg_rules *rules;
    const seg_targets *targets;
    seg_history *history;
    int64_t base;
} maker;

static int64_t clamp(int64_t instant) {
    if (instant < SEG_TIME_MIN) return SEG_TIME_MIN;
    return instant > SEG_TIME_MAX ? SEG_TIME_MAX : instant;
}

/* Where parts of now change for ever, a history is short: each of their hours is a wake. */
static int64_t near(const maker *m, int64_t instant) {
    instant = clamp(instant);
    if (!m->targets->uses_now) return instant;
    int64_t away = (instant - m->base) % (16 * SEG_DAY_MS);
    return clamp(m->base + away);
}

static int64_t make_base(maker *m) {
    static const int64_t edges[] = {
        1706659200000, /* 2024-01-31 */ 1709164800000, /* 2024-02-29 */ 1738281600000, /* 2025-01-31 */
        1740700800000, /* 2025-02-28 */ 1748649600000, /* 2025-05-31 */ 1756598400000, /* 2025-08-31 */
        1767139200000, /* 2025-12-31 */ -1000,         /* before 1970 */ 1750000000000};
    const seg_rule_zone *zone = &m->rules->zone;
    if (zone->transition_count > 0 && seg_random_chance(&m->random, 40)) {
        int64_t wanted =
            1640995200000 + seg_random_between(&m->random, 0, 1461) * SEG_DAY_MS; /* 2022 .. 2025 */
        int64_t best = zone->transitions[0].at;
        for (uint32_t i = 0; i < zone->transition_count && zone->transitions[i].at <= wanted; i++)
            best = zone->transitions[i].at;
        if (seg_random_chance(&m->random, 5))
            best = zone->transitions[seg_random_below(&m->random, zone->transition_count)].at;
        return best;
    }
    int64_t edge = edges[seg_random_below(&m->random, COUNT_OF(edges))];
    if (seg_random_chance(&m->random, 50)) /* local midnight of that day */
        edge -= seg_almanac_offset(zone, edge);
    return edge + (seg_random_chance(&m->random, 50) ? seg_random_between(&m->random, 0, SEG_DAY_MS) : 0);
}

/* Where parts of now change for ever, all profiles of a workspace live at one time: an engine that holds
 * several goes from the first to the last. */
static int64_t common_base(maker *m) {
    seg_random own = m->random;
    m->random = (seg_random){m->rules->segment_count * UINT64_C(1000003) + m->targets->number_count * 1009u +
                             m->targets->duration_count};
    int64_t base = make_base(m);
    m->random = own;
    return base;
}

static int64_t shifted(maker *m, int64_t instant) {
    seg_rule_duration duration =
        m->targets->durations[seg_random_below(&m->random, m->targets->duration_count)];
    if (seg_random_chance(&m->random, 50)) {
        duration.months = -duration.months;
        duration.ms = -duration.ms;
    }
    return clamp(seg_almanac_add(&m->rules->zone, instant, duration));
}

/* An instant that, some months of a rule later, is a wall-clock time which a clock change skips or repeats.
 */
static int64_t make_before_change(maker *m) {
    const seg_rule_zone *zone = &m->rules->zone;
    const seg_targets *targets = m->targets;
    int64_t change = make_base(m);
    int64_t before = seg_almanac_offset(zone, change - 1), after = seg_almanac_offset(zone, change);
    if (before == after) return change;
    int64_t low = before < after ? before : after, high = before < after ? after : before;
    int64_t local = change + seg_random_between(&m->random, low, high);
    int32_t months = 1;
    for (uint32_t i = 0, first = seg_random_below(&m->random, targets->duration_count);
         i < targets->duration_count; i++) {
        const seg_rule_duration *duration = &targets->durations[(first + i) % targets->duration_count];
        if (duration->months > 0) {
            months = duration->months;
            break;
        }
    }
    int64_t day = local / SEG_DAY_MS; /* changes before 1970 are as good at another hour */
    int64_t moved = seg_almanac_date_add(day, -months);
    return clamp(seg_almanac_instant(zone, moved * SEG_DAY_MS + (local - day * SEG_DAY_MS)));
}

static int64_t make_instant(maker *m) {
    seg_random *random = &m->random;
    uint32_t kind = seg_random_below(random, 100), count = m->history->count;
    int64_t instant = m->base;
    if (count > 0 && seg_random_chance(random, 75))
        instant = m->history->facts[seg_random_below(random, count)].time;
    if (kind < 50)
        instant = shifted(m, instant);
    else if (kind < 60)
        return instant;
    else if (kind < 80)
        instant += seg_random_between(random, -20 * SEG_DAY_MS, 40 * SEG_DAY_MS);
    else if (kind < 86)
        instant = seg_random_chance(random, 50) ? make_base(m) : make_before_change(m);
    else if (kind < 92 && m->targets->instant_count > 0)
        instant = m->targets->instants[seg_random_below(random, m->targets->instant_count)];
    else if (kind < 94)
        instant -= 30 * 366 * SEG_DAY_MS;
    else if (kind < 95)
        instant += 3 * 366 * SEG_DAY_MS;
    else
        instant += seg_random_between(random, -1000, 1000);
    if (seg_random_chance(random, 12)) { /* where a unit of the calendar begins */
        int64_t date = seg_almanac_date_of(&m->rules->zone, instant);
        uint8_t unit = (uint8_t)seg_random_below(random, 6);
        if (m->rules->fiscal_month != 0 && seg_random_chance(random, 40))
            unit = seg_random_chance(random, 50) ? SEG_RULE_LATER_QUARTER : SEG_RULE_LATER_YEAR;
        date = seg_almanac_unit(m->rules, unit, date, seg_random_between(random, -1, 2));
        instant = seg_almanac_date_start(&m->rules->zone, date);
    }
    if (seg_random_chance(random, 40)) instant += seg_random_between(random, -1, 1);
    return near(m, instant);
}

/* ---- Values -------------------- */

#define TEXT(bytes)                                                                                          \
    { bytes, sizeof(bytes) - 1 }
static const seg_text texts[] = {
    TEXT(""),         TEXT("a"),           TEXT("/"),        TEXT("/pricing"),
    TEXT("/about"),   TEXT("promo-1"),     TEXT("promo"),    TEXT("Promo-2"),
    TEXT("skincare"), TEXT("gr\xC3\xBCn"), TEXT("\"q\""),    TEXT("\xF0\x9F\x98\x80"),
    TEXT("o"),        TEXT("x y"),         TEXT("PROMO-77"), TEXT("line\nline"),
    TEXT("a"),        TEXT("/"),           TEXT("")};

static const seg_text zones[] = {TEXT("Europe/Berlin"), TEXT("Asia/Tokyo"), TEXT("America/St_Johns"),
                                 TEXT("Pacific/Apia"),  TEXT("US/Eastern"), TEXT("Africa/Casablanca"),
                                 TEXT("nowhere"),       TEXT("Asia/Gaza"),  TEXT("America/Nuuk")};

static int64_t make_integer(maker *m, seg_type type) {
    static const int64_t edges[] = {0,
                                    1,
                                    2,
                                    3,
                                    5,
                                    7,
                                    10,
                                    100,
                                    -1,
                                    -5,
                                    INT64_MAX,
                                    -INT64_MAX,
                                    INT64_MAX - 1,
                                    999,
                                    1998,
                                    50000,
                                    INT64_C(4611686018427387904),
                                    INT32_MAX,
                                    -1000};
    seg_random *random = &m->random;
    if (m->targets->number_count > 0 && type != SEG_DATE && seg_random_chance(random, 40)) {
        int64_t target = m->targets->numbers[seg_random_below(random, m->targets->number_count)];
        int64_t step = seg_random_between(random, -1, 1);
        return target == INT64_MAX || target == -INT64_MAX ? target : target + step;
    }
    if (seg_random_chance(random, 15)) return edges[seg_random_below(random, COUNT_OF(edges))];
    return seg_random_between(random, -3, 12) * (type == SEG_DECIMAL ? 100 : 1);
}

static double make_float(maker *m) {
    static const double floats[] = {0.0,  0.1, 0.2,  0.3,     0.5,      1.0, 1.5,  2.0,   3.0,
                                    -0.5, 1e6, 1e-9, DBL_MAX, -DBL_MAX, 0.7, 1e16, -1e16, -0.0};
    return floats[seg_random_below(&m->random, seg_random_chance(&m->random, 70) ? 9 : COUNT_OF(floats))];
}

static int64_t make_date(maker *m) {
    int64_t date = seg_almanac_date_of(&m->rules->zone, make_instant(m));
    if (m->targets->number_count > 0 && seg_random_chance(&m->random, 5))
        return seg_almanac_days(2024, 2, 29);
    if (m->targets->uses_now && seg_random_chance(&m->random, 50)) /* anniversaries come about now */
        return seg_almanac_date_add(date, -12 * seg_random_between(&m->random, 1, 4));
    return date;
}

static seg_value make_value(maker *m, const seg_rule_field *field) {
    seg_random *random = &m->random;
    seg_value value = {.known = true};
    bool may_be_missing = field->type.optional || field->has_default;
    if (may_be_missing && seg_random_chance(random, 25)) return (seg_value){.known = false};
    switch (field->type.type) {
    case SEG_BOOL: value.as.i = seg_random_below(random, 2); break;
    case SEG_ENUM: value.as.i = seg_random_below(random, field->type.enumeration->count); break;
    case SEG_FLOAT: value.as.f = make_float(m); break;
    case SEG_TEXT: value.as.text = texts[seg_random_below(random, COUNT_OF(texts))]; break;
    case SEG_ZONE: value.as.text = zones[seg_random_below(random, COUNT_OF(zones))]; break;
    case SEG_TIME:
        value.as.i = seg_random_chance(random, 3)   ? SEG_TIME_MAX
                     : seg_random_chance(random, 3) ? SEG_TIME_MIN
                                                    : make_instant(m);
        break;
    case SEG_DATE: value.as.i = make_date(m); break;
    case SEG_DURATION:
        value.as.i =
            seg_random_chance(random, 50) ? seg_random_between(random, 0, 4) * 3600000 : 30 * SEG_DAY_MS;
        break;
    case SEG_SET:
        value.as.set.count = seg_random_below(random, 5);
        value.as.set.items = &texts[seg_random_below(random, COUNT_OF(texts) - 5)];
        break;
    default: value.as.i = make_integer(m, field->type.type);
    }
    return value;
}

/* ---- Facts -------------------- */

static void name_fact(maker *m, seg_fact *fact) {
    static const char *const forms[] = {"m%u", "evt-%u", "%u", "%u-x", "a1b2c3-%u"};
    uint32_t count = m->history->count;
    bool needs_id = false;
    for (uint32_t i = 0; i < count; i++) {
        const seg_fact *other = &m->history->facts[i];
        needs_id = needs_id || (other->time == fact->time && other->tie == 0);
    }
    fact->id[0] = '\0';
    fact->tie = fact->message = 0;
    if (!needs_id && seg_random_chance(&m->random, 25)) return;
    /* The number is unique: the low digits count facts, the high ones mix their order. */
    uint32_t number = seg_random_below(&m->random, 30) * 100 + count;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(fact->id, sizeof fact->id, forms[seg_random_below(&m->random, COUNT_OF(forms))], number);
#pragma GCC diagnostic pop
    seg_text id = {fact->id, strlen(fact->id)};
    fact->tie = seg_message_tie(id);
    fact->message = (uint64_t)seg_text_word(id);
}

static int64_t make_arrival(maker *m, int64_t time) {
    uint32_t kind = seg_random_below(&m->random, 100);
    if (kind < 60) return time;
    int64_t other = shifted(m, time);
    int64_t away = other > time ? other - time : time - other;
    if (kind < 75) return near(m, time + away + seg_random_between(&m->random, -1, 1));
    if (kind < 85) return near(m, time + seg_random_between(&m->random, 0, 3 * SEG_DAY_MS));
    if (kind < 92) return near(m, time - away);
    return near(m, time + seg_random_between(&m->random, 0, 2));
}

static void make_fact(maker *m, seg_fact *fact) {
    const seg_rules *rules = m->rules;
    *fact = (seg_fact){.time = make_instant(m)};
    fact->is_attribute = rules->attribute_count > 0 && seg_random_chance(&m->random, 35);
    fact->index =
        seg_random_below(&m->random, fact->is_attribute ? rules->attribute_count : rules->event_count);
    fact->value_count = fact->is_attribute ? 1 : rules->events[fact->index].field_count;
    const seg_rule_field *fields =
        fact->is_attribute ? &rules->attributes[fact->index] : rules->events[fact->index].fields;
    for (uint32_t i = 0; i < fact->value_count; i++) fact->values[i] = make_value(m, &fields[i]);
    name_fact(m, fact);
    fact->arrival = make_arrival(m, fact->time);
}

/* A fact that is sent again: at once, or later while its id is remembered. */
static void resend(maker *m, seg_fact *fact) {
    const seg_fact *from = &m->history->facts[seg_random_below(&m->random, m->history->count)];
    int64_t memory = m->rules->duplicates_ms;
    for (const seg_fact *first = m->history->facts; first < from; first++) {
        if (from->message != 0 && first->message == from->message) from = first;
    }
    *fact = *from;
    if (from->message == 0 || memory < 2) return;
    int64_t later = seg_random_chance(&m->random, 40) ? 0 : seg_random_between(&m->random, 0, memory - 1);
    if (m->targets->uses_now && memory > SEG_DAY_MS)
        later %= SEG_DAY_MS;
    else if (seg_random_chance(&m->random, 10))
        later = memory - 1;
    fact->arrival = clamp(from->arrival + later);
}

/* Another attribute that was said in the same breath: one id and instant, a memory of its own. */
static bool add_sibling(maker *m) {
    seg_history *history = m->history;
    const seg_fact *from = &history->facts[history->count - 1];
    seg_fact *fact = &history->facts[history->count];
    if (!from->is_attribute || from->message == 0 || m->rules->attribute_count < 4) return false;
    *fact = *from;
    fact->index = (from->index + 1) % m->rules->attribute_count;
    fact->message = seg_random_split(from->message, fact->index) | 1;
    fact->values[0] = make_value(m, &m->rules->attributes[fact->index]);
    history->count++;
    return true;
}

static void sort_by_arrival(seg_history *history) {
    for (uint32_t i = 1; i < history->count; i++) {
        seg_fact fact = history->facts[i];
        uint32_t place = i;
        while (place > 0 && history->facts[place - 1].arrival > fact.arrival) {
            history->facts[place] = history->facts[place - 1];
            place--;
        }
        history->facts[place] = fact;
    }
}

void seg_history_make(seg_history *history, const seg_rules *rules, const seg_targets *targets,
                      uint64_t seed) {
    maker m = {.random = {seed}, .rules = rules, .targets = targets, .history = history};
    m.base = targets->uses_now ? common_base(&m) : make_base(&m);
    history->count = 0;
    uint32_t wanted =
        2 + seg_random_below(&m.random, seg_random_chance(&m.random, 5) ? SEG_HISTORY_LIMIT - 2 : 22);
    /* The oracle walks naively: each walk inside another multiplies its work by the number of facts. */
    if (targets->walks > 1 && wanted > NESTED_WALKS_LIMIT) wanted = NESTED_WALKS_LIMIT;
    while (history->count < wanted) {
        seg_fact *fact = &history->facts[history->count];
        bool again = history->count > 0 && seg_random_chance(&m.random, 10);
        if (again)
            resend(&m, fact);
        else
            make_fact(&m, fact);
        history->count++;
        for (int i = 0; i < 2 && !again && history->count < wanted && seg_random_chance(&m.random, 20); i++) {
            if (!add_sibling(&m)) break;
        }
    }
    sort_by_arrival(history);
    int64_t last = history->facts[history->count - 1].arrival;
    history->end = seg_random_chance(&m.random, 50) ? last : near(&m, shifted(&m, last));
    if (history->end < last) history->end = last;
}

void seg_history_shuffle(seg_history *history, seg_random *random) {
    for (uint32_t i = 0; i < history->count; i++) {
        uint32_t place = seg_random_below(random, i + 1);
        seg_fact fact = history->facts[i];
        fact.arrival = history->end;
        history->facts[i] = history->facts[place];
        history->facts[place] = fact;
    }
}
