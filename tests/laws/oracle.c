#include "oracle.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "almanac.h"
#include "digest.h"
#include "pattern.h"

typedef struct answer { /* a value while it is computed */
    bool known;
    int64_t i;
    double f;
    seg_text text;
    const seg_text *items;
    size_t item_count;
} answer;

/* A rule's node with what is computed once per history: which facts it looks at and until when. */
typedef struct pair_node {
    const seg_rule_pair *pair;
    seg_rule asks; /* the rule of `others`: is there one */
    struct node *others;
    struct node **here, **there;
} pair_node;

typedef struct node {
    const seg_rule *rule;
    pair_node *pairs; /* as in rule->facts */
    struct node *operands[3];
    struct node *where, *anchor, *zone, *key;
    uint8_t *matches;       /* per fact: it is of these events and fits the condition */
    int64_t *begins, *ends; /* per fact: ROLLING sees it from `begins` on and no more at `ends` */
    answer *values;         /* per fact: operand 0 of it */
    answer *keys;           /* per fact: its value of the key */
    struct node *next_made;
} node;

struct seg_oracle {
    const seg_rules *rules;
    seg_text id; /* of the profile */
    node **segments;
    node *made; /* all nodes, newest first */
    const seg_fact *facts;
    uint32_t fact_count, capacity;
    uint32_t *order; /* indices of facts by (time, tie, arrival) */
    uint64_t unsound;
    bool uses_now;
};

/* One look at a profile. */
typedef struct look {
    seg_oracle *oracle;
    int64_t at;
    const uint8_t *known;
    const seg_fact *fact;    /* inside `where` and aggregates */
    uint32_t event_position; /* of the fact's event in the facts' list of events */
    int64_t next;
    bool is_past; /* it looks at an instant before the one that was asked for */
    answer value; /* at hand of SOME, EVERY, TALLY */
} look;

static answer evaluate(look *l, const node *n);

static void may_change_at(look *l, int64_t instant) {
    if (instant > l->at && instant < l->next) l->next = instant;
}

/* ---- Making -------------------- */

static void make_pairs(seg_oracle *oracle, node *n);

static node *make_node(seg_oracle *oracle, const seg_rule *rule) {
    if (rule == NULL) return NULL;
    node *n = calloc(1, sizeof *n);
    if (n == NULL) abort(); /* tests have no use for a graceful end */
    n->rule = rule;
    n->next_made = oracle->made;
    oracle->made = n;
    oracle->uses_now |= rule->kind == SEG_RULE_NOW;
    for (uint32_t i = 0; i < rule->operand_count && i < 3; i++)
        n->operands[i] = make_node(oracle, rule->operands[i]);
    if (rule->facts != NULL) {
        n->where = make_node(oracle, rule->facts->where);
        n->anchor = make_node(oracle, rule->facts->anchor);
        make_pairs(oracle, n);
        n->zone = make_node(oracle, rule->facts->zone);
        n->key = make_node(oracle, rule->facts->key);
    }
    return n;
}

static void *take(size_t count, size_t size) {
    void *memory = calloc(count + 1, size);
    if (memory == NULL) abort();
    return memory;
}

static void make_pairs(seg_oracle *oracle, node *n) {
    const seg_rule_facts *facts = n->rule->facts;
    n->pairs = take(facts->pair_count, sizeof *n->pairs);
    for (uint32_t i = 0; i < facts->pair_count; i++) {
        pair_node *made = &n->pairs[i];
        made->pair = &facts->pairs[i];
        made->asks = (seg_rule){.kind = SEG_RULE_ANY, .type.type = SEG_BOOL, .facts = made->pair->others};
        made->others = make_node(oracle, &made->asks);
        made->here = take(made->pair->same_count, sizeof(node *));
        made->there = take(made->pair->same_count, sizeof(node *));
        for (uint32_t j = 0; j < made->pair->same_count; j++) {
            made->here[j] = make_node(oracle, made->pair->here[j]);
            made->there[j] = make_node(oracle, made->pair->there[j]);
        }
    }
}

static void free_pairs(node *n) {
    for (uint32_t i = 0; n->pairs != NULL && i < n->rule->facts->pair_count; i++) {
        free(n->pairs[i].here);
        free(n->pairs[i].there);
    }
    free(n->pairs);
}

seg_oracle *seg_oracle_new(const seg_rules *rules) {
    seg_oracle *oracle = calloc(1, sizeof *oracle);
    if (oracle == NULL) return NULL;
    oracle->rules = rules;
    oracle->id = (seg_text){"p0", 2};
    oracle->segments = calloc((size_t)rules->segment_count + 1, sizeof *oracle->segments);
    if (oracle->segments == NULL) {
        free(oracle);
        return NULL;
    }
    for (uint32_t s = 0; s < rules->segment_count; s++)
        oracle->segments[s] = make_node(oracle, rules->segments[s].rule);
    return oracle;
}

void seg_oracle_identify(seg_oracle *oracle, seg_text id) { oracle->id = id; }

static void free_caches(node *n) {
    free(n->matches);
    free(n->begins);
    free(n->ends);
    free(n->values);
    free(n->keys);
}

void seg_oracle_free(seg_oracle *oracle) {
    if (oracle == NULL) return;
    while (oracle->made != NULL) {
        node *n = oracle->made;
        oracle->made = n->next_made;
        free_caches(n);
        free_pairs(n); /* what was made of them came later, and is gone already */
        free(n);
    }
    free(oracle->segments);
    free(oracle->order);
    free(oracle);
}

uint64_t seg_oracle_unsound(const seg_oracle *oracle) { return oracle->unsound; }

/* ---- The facts -------------------- */

static bool is_before(const seg_oracle *oracle, uint32_t a, uint32_t b) {
    const seg_fact *x = &oracle->facts[a], *y = &oracle->facts[b];
    if (x->time != y->time) return x->time < y->time;
    if (x->tie != y->tie) return x->tie < y->tie;
    return a < b;
}

static void sort_facts(seg_oracle *oracle) {
    for (uint32_t i = 0; i < oracle->fact_count; i++) {
        uint32_t place = i;
        while (place > 0 && is_before(oracle, i, oracle->order[place - 1])) {
            oracle->order[place] = oracle->order[place - 1];
            place--;
        }
        oracle->order[place] = i;
    }
}

static bool grow(seg_oracle *oracle, uint32_t count) {
    uint32_t *order = realloc(oracle->order, count * sizeof *order);
    if (order == NULL) return false;
    oracle->order = order;
    for (node *n = oracle->made; n != NULL; n = n->next_made) {
        if (n->rule->facts == NULL) continue;
        free_caches(n);
        n->matches = calloc(count, sizeof *n->matches);
        n->begins = calloc(count, sizeof *n->begins);
        n->ends = calloc(count, sizeof *n->ends);
        n->values = calloc(count, sizeof *n->values);
        n->keys = calloc(count, sizeof *n->keys);
        if (n->matches == NULL || n->begins == NULL || n->ends == NULL || n->values == NULL ||
            n->keys == NULL)
            return false;
    }
    oracle->capacity = count;
    return true;
}

static void look_at_fact(seg_oracle *oracle, node *n, uint32_t index) {
    const seg_fact *fact = &oracle->facts[index];
    const seg_rule_facts *facts = n->rule->facts;
    look l = {.oracle = oracle, .at = SEG_TIME_MIN, .fact = fact, .next = SEG_NEVER};
    n->matches[index] = 0;
    if (fact->is_attribute) return;
    uint32_t position = 0;
    while (position < facts->event_count && facts->events[position] != fact->index) position++;
    if (position == facts->event_count) return;
    l.event_position = position;
    if (n->where != NULL && evaluate(&l, n->where).i == 0) return;
    n->matches[index] = 1;
    if (n->operands[0] != NULL) n->values[index] = evaluate(&l, n->operands[0]);
    if (n->key != NULL) n->keys[index] = evaluate(&l, n->key);
    if (facts->window == SEG_RULE_ROLLING) {
        int64_t time = fact->time + facts->delay_ms;
        n->begins[index] = seg_almanac_add(&oracle->rules->zone, time, facts->to);
        n->ends[index] = seg_almanac_add(&oracle->rules->zone, time, facts->from);
    }
}

bool seg_oracle_facts(seg_oracle *oracle, const seg_fact *facts, uint32_t count) {
    oracle->facts = facts;
    oracle->fact_count = count;
    if (count > oracle->capacity && !grow(oracle, count + 16)) return false;
    sort_facts(oracle);
    for (node *n = oracle->made; n != NULL; n = n->next_made) {
        for (uint32_t i = 0; n->rule->facts != NULL && i < count; i++) look_at_fact(oracle, n, i);
    }
    return true;
}

void seg_oracle_known(const seg_oracle *oracle, uint32_t arrived, uint8_t *known) {
    const seg_fact *facts = oracle->facts;
    for (uint32_t i = 0; i < oracle->fact_count; i++) known[i] = i < arrived;
    for (uint32_t i = 0; i < arrived; i++) {
        if (facts[i].message == 0) continue;
        for (uint32_t j = 0; j < i; j++) {
            bool same = facts[j].message == facts[i].message &&
                        facts[j].is_attribute == facts[i].is_attribute && facts[j].index == facts[i].index;
            if (same && known[j] && facts[i].arrival - facts[j].arrival < oracle->rules->duplicates_ms)
                known[i] = 0;
        }
    }
}

/* ---- Numbers -------------------- */

static const int64_t powers_of_ten[19] = {1,
                                          10,
                                          100,
                                          1000,
                                          10000,
                                          100000,
                                          1000000,
                                          10000000,
                                          100000000,
                                          1000000000,
                                          10000000000,
                                          100000000000,
                                          1000000000000,
                                          10000000000000,
                                          100000000000000,
                                          1000000000000000,
                                          10000000000000000,
                                          100000000000000000,
                                          1000000000000000000};

static int64_t saturate(__int128 wide) {
    if (wide > INT64_MAX) return INT64_MAX;
    return wide < -INT64_MAX ? -INT64_MAX : (int64_t)wide;
}

static double tame(double f) /* finite, and one zero only */
{
    if (isnan(f)) return 0.0;
    if (f > DBL_MAX) return DBL_MAX;
    if (f < -DBL_MAX) return -DBL_MAX;
    return f == 0.0 ? 0.0 : f;
}

double seg_oracle_quotient(__int128 a, __int128 b) {
    unsigned __int128 n = a < 0 ? -(unsigned __int128)a : (unsigned __int128)a;
    unsigned __int128 d = (unsigned __int128)b;
    if (n == 0) return 0.0;
    int exponent = 0; /* a/b = n/d * 2^exponent; bring n/d to 2^54 .. 2^55 */
    while (n / d >= (unsigned __int128)1 << 55) {
        d <<= 1;
        exponent++;
    }
    while (n / d < (unsigned __int128)1 << 54) {
        n <<= 1; /* stays below 2^55 * d, and d below 2^72 */
        exponent--;
    }
    uint64_t quotient = (uint64_t)(n / d); /* 55 bits: two more than a double has */
    bool rest = n % d != 0;
    uint64_t kept = quotient >> 2, cut = quotient & 3;
    if (cut == 3 || (cut == 2 && (rest || (kept & 1) != 0))) kept++;
    double result = ldexp((double)kept, exponent + 2);
    return a < 0 ? -result : result;
}

static answer whole(int64_t i) { return (answer){.known = true, .i = i}; }

static answer real(double f) { return (answer){.known = true, .f = tame(f)}; }

static answer missing(void) { return (answer){.known = false}; }

static answer answer_of(const seg_value *value, seg_type type) {
    answer a = {.known = value->known};
    if (!value->known) return a;
    if (type == SEG_FLOAT)
        a.f = tame(value->as.f);
    else if (type == SEG_TEXT || type == SEG_ZONE)
        a.text = value->as.text;
    else if (type == SEG_SET) {
        a.items = value->as.set.items;
        a.item_count = value->as.set.count;
    } else
        a.i = value->as.i;
    return a;
}

static bool same_text(seg_text a, seg_text b) {
    return a.size_bytes == b.size_bytes && (a.size_bytes == 0 || memcmp(a.bytes, b.bytes, a.size_bytes) == 0);
}

/* -1, 0, 1; texts are only equal (0) or not. */
static int compare(answer a, answer b, seg_type type) {
    if (type == SEG_FLOAT) return a.f < b.f ? -1 : a.f > b.f;
    if (type == SEG_TEXT || type == SEG_ZONE) return same_text(a.text, b.text) ? 0 : 1;
    return a.i < b.i ? -1 : a.i > b.i;
}

static answer arithmetic(uint8_t kind, answer a, answer b, const seg_rule *rule) {
    if (!a.known || !b.known) return missing();
    seg_type type = rule->operands[0]->type.type;
    if (kind == SEG_RULE_DIV && type != SEG_FLOAT) {
        if (b.i == 0) return missing();
        return real(b.i < 0 ? seg_oracle_quotient(-(__int128)a.i, -(__int128)b.i)
                            : seg_oracle_quotient(a.i, b.i));
    }
    if (type != SEG_FLOAT) {
        __int128 x = a.i, y = b.i;
        return whole(saturate(kind == SEG_RULE_ADD ? x + y : kind == SEG_RULE_SUB ? x - y : x * y));
    }
    if (kind == SEG_RULE_DIV) return b.f == 0.0 ? missing() : real(a.f / b.f);
    return real(kind == SEG_RULE_ADD ? a.f + b.f : kind == SEG_RULE_SUB ? a.f - b.f : a.f * b.f);
}

static answer convert(answer a, const seg_rule *rule) {
    seg_rule_type from = rule->operands[0]->type, to = rule->type;
    if (!a.known) return a;
    uint8_t from_scale = from.type == SEG_DECIMAL ? from.scale : 0;
    if (to.type == SEG_FLOAT) return real(seg_oracle_quotient(a.i, powers_of_ten[from_scale]));
    return whole(saturate((__int128)a.i * powers_of_ten[to.scale - from_scale]));
}

/* ---- Attributes -------------------- */

static answer unset_value(const seg_rule_field *field) {
    if (field->has_default) return answer_of(&field->default_value.value, field->type.type);
    if (field->type.optional) return missing();
    answer a = {.known = true, .text = {"", 0}};
    if (field->type.type == SEG_TIME) a.i = SEG_TIME_MIN;
    if (field->type.type == SEG_DATE) a.i = seg_almanac_days(1, 1, 1);
    return a;
}

static answer attribute_now(look *l, uint32_t attribute) {
    const seg_oracle *oracle = l->oracle;
    if (attribute == oracle->rules->attribute_count) return (answer){.known = true, .text = oracle->id};
    const seg_rule_field *field = &oracle->rules->attributes[attribute];
    answer a = unset_value(field);
    for (uint32_t i = 0; i < oracle->fact_count; i++) {
        uint32_t index = oracle->order[i];
        const seg_fact *fact = &oracle->facts[index];
        if (!l->known[index] || !fact->is_attribute || fact->index != attribute) continue;
        may_change_at(l, fact->time);
        if (fact->time <= l->at)
            a = fact->values[0].known ? answer_of(&fact->values[0], field->type.type) : unset_value(field);
    }
    return a;
}

static answer field_of_fact(look *l, const seg_rule *rule) {
    uint32_t index = rule->fields[l->event_position];
    const seg_rule_field *field = &l->oracle->rules->events[l->fact->index].fields[index];
    const seg_value *value = &l->fact->values[index];
    if (!value->known && field->has_default) value = &field->default_value.value;
    return answer_of(value, field->type.type);
}

/* ---- The calendar -------------------- */

/* The zone of a node that gives its name; the workspace's when there is none, or no such zone. */
static const seg_rule_zone *zone_of(look *l, const node *n) {
    const seg_rules *rules = l->oracle->rules;
    answer name = n != NULL ? evaluate(l, n) : missing();
    for (uint32_t i = 0; name.known && i < rules->zone_count; i++) {
        if (same_text(rules->zones[i].name, name.text)) return &rules->zones[i];
    }
    return &rules->zone;
}

static answer part_of_date(uint32_t part, int64_t date) {
    int64_t year;
    int month, day;
    seg_almanac_civil(date, &year, &month, &day);
    switch (part) {
    case SEG_RULE_WEEKDAY: return whole(seg_almanac_weekday(date));
    case SEG_RULE_MONTH_DAY: return whole(day);
    case SEG_RULE_MONTH_OF: return whole(month);
    case SEG_RULE_YEAR_OF: return whole(year);
    default: return whole(date);
    }
}

static answer part_of(look *l, const node *n) {
    const seg_rule *of = n->rule->operands[0];
    const seg_rule_zone *zone = zone_of(l, n->operands[1]);
    uint32_t part = n->rule->index;
    answer a = of->kind == SEG_RULE_NOW ? whole(l->at) : evaluate(l, n->operands[0]);
    if (!a.known) return missing();
    if (of->type.type == SEG_DATE) return part_of_date(part, a.i);
    int64_t date = seg_almanac_date_of(zone, a.i);
    if (of->kind == SEG_RULE_NOW)
        may_change_at(l, part == SEG_RULE_HOUR ? seg_almanac_next_hour(zone, a.i)
                                               : seg_almanac_date_start(zone, date + 1));
    return part == SEG_RULE_HOUR ? whole(seg_almanac_hour_of(zone, a.i)) : part_of_date(part, date);
}

static bool in_calendar(look *l, const seg_rule_facts *facts, const seg_rule_zone *zone, int64_t time) {
    int64_t date = seg_almanac_date_of(zone, time), today = seg_almanac_date_of(zone, l->at);
    may_change_at(l, time);
    may_change_at(l, seg_almanac_date_start(zone, seg_almanac_unit(facts->unit, date, 1 - facts->end)));
    may_change_at(l, seg_almanac_date_start(zone, seg_almanac_unit(facts->unit, date, 1 - facts->first)));
    return time <= l->at && date >= seg_almanac_unit(facts->unit, today, facts->first) &&
           date < seg_almanac_unit(facts->unit, today, facts->end);
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
    return field_of_fact(&one, field->rule);
}

static bool all_same(look *l, const node *n, const pair_node *p, uint32_t index, uint32_t other) {
    for (uint32_t i = 0; i < p->pair->same_count; i++) {
        answer a = field_at(l, n, p->here[i], index), b = field_at(l, p->others, p->there[i], other);
        if (!a.known || !b.known || compare(a, b, p->here[i]->rule->type.type) != 0) return false;
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

static bool has_first_pairs(look *l, const node *n, uint32_t count, uint32_t index) {
    return has_pairs(l, n, count, (asked){.index = index, .floor = INT64_MIN});
}

static bool is_at_hand(const look *l, const node *n, uint32_t index) {
    answer key = n->keys[index];
    return key.known && compare(key, l->value, n->key->rule->type.type) == 0;
}

/* The facts in the window, oldest first; their number. */
static uint32_t window_of(look *l, const node *n, uint32_t *inside) {
    const seg_oracle *oracle = l->oracle;
    const seg_rule_facts *facts = n->rule->facts;
    answer anchor = n->anchor != NULL ? evaluate(l, n->anchor) : missing();
    const seg_rule_zone *zone = zone_of(l, n->zone);
    uint32_t count = 0;
    for (uint32_t i = 0; i < oracle->fact_count; i++) {
        uint32_t index = oracle->order[i];
        if (n->key != NULL && !is_at_hand(l, n, index)) continue;
        if (l->known[index] && n->matches[index] && is_inside(l, n, index, anchor, zone) &&
            has_first_pairs(l, n, facts->own_pairs, index))
            inside[count++] = index;
    }
    uint32_t surplus = facts->window == SEG_RULE_FEW && count > facts->newest ? count - facts->newest : 0;
    uint32_t kept = 0;
    for (uint32_t i = surplus; i < count; i++) {
        if (has_first_pairs(l, n, facts->pair_count, inside[i])) inside[kept++] = inside[i];
    }
    return kept;
}

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
        int order = best.known ? compare(a, best, type.type) : 0;
        if (!best.known || (rule->kind == SEG_RULE_MIN ? order < 0 : order > 0)) best = a;
    }
    if (rule->kind == SEG_RULE_SUM) return of_floats ? real(float_sum) : whole(saturate(sum));
    if (rule->kind != SEG_RULE_AVG) return best;
    if (known == 0) return missing();
    if (of_floats) return real(float_sum / known);
    return real(
        seg_oracle_quotient(sum, (__int128)known * powers_of_ten[type.type == SEG_DECIMAL ? type.scale : 0]));
}

static answer count_distinct(const node *n, const uint32_t *inside, uint32_t count) {
    int64_t distinct = 0;
    seg_type type = n->rule->operands[0]->type.type;
    for (uint32_t i = 0; i < count; i++) {
        answer a = n->values[inside[i]];
        bool fresh = a.known;
        for (uint32_t j = 0; j < i && fresh; j++) {
            answer b = n->values[inside[j]];
            fresh = !b.known || compare(a, b, type) != 0;
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
            same += n->values[inside[j]].known && compare(a, n->values[inside[j]], type) == 0;
        bool better = n->rule->kind == SEG_RULE_MOST ? same > best_times : same < best_times;
        if (a.known && (best_times == 0 || better)) {
            best = a;
            best_times = same;
        }
    }
    return best;
}

static answer count_days(look *l, const uint32_t *inside, uint32_t count, int64_t delay) {
    int64_t days = 0;
    for (uint32_t i = 0; i < count; i++) {
        int64_t date = seg_almanac_date_of(&l->oracle->rules->zone, l->oracle->facts[inside[i]].time + delay);
        bool fresh = true;
        for (uint32_t j = 0; j < i && fresh; j++)
            fresh = date !=
                    seg_almanac_date_of(&l->oracle->rules->zone, l->oracle->facts[inside[j]].time + delay);
        days += fresh;
    }
    return whole(days);
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

static answer over_facts(look *l, const node *n) {
    uint32_t inside[512];
    const seg_rule *rule = n->rule;
    if (l->oracle->fact_count > 512) abort(); /* no history of the laws is that long */
    uint32_t count = window_of(l, n, inside);
    switch (rule->kind) {
    case SEG_RULE_COUNT: return whole(count);
    case SEG_RULE_ANY: return whole(count > 0);
    case SEG_RULE_DECAYED: return decayed(l, n, inside, count);
    case SEG_RULE_DISTINCT: return count_distinct(n, inside, count);
    case SEG_RULE_MOST:
    case SEG_RULE_LEAST: return frequent(n, inside, count);
    case SEG_RULE_ACTIVE_DAYS: return count_days(l, inside, count, rule->facts->delay_ms);
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
        bool fresh = has_first_pairs(l, n, facts->own_pairs, i) && time <= l->at;
        for (uint32_t j = 0; j < list->count && fresh; j++)
            fresh = compare(n->keys[i], list->values[j], n->key->rule->type.type) != 0;
        if (fresh && list->count < VALUE_LIMIT) list->values[list->count++] = n->keys[i];
    }
    collect_values(l, n->anchor, list);
    for (uint32_t i = 0; n->rule->facts == NULL && i < n->rule->operand_count; i++)
        collect_values(l, n->operands[i], list);
}

static answer one_by_one(look *l, const node *n) {
    value_list list = {.count = 0};
    collect_values(l, n->operands[0], &list);
    answer outer = l->value;
    uint32_t held = 0;
    for (uint32_t i = 0; i < list.count; i++) {
        l->value = list.values[i];
        held += evaluate(l, n->operands[0]).i != 0;
    }
    l->value = outer;
    if (n->rule->kind == SEG_RULE_TALLY) return whole(held);
    return whole(n->rule->kind == SEG_RULE_SOME ? held > 0 : held == list.count);
}

/* ---- Conditions -------------------- */

static answer reached(look *l, const node *n) {
    answer x = evaluate(l, n->operands[0]);
    if (!x.known) return missing();
    int64_t instant;
    const seg_rule_zone *zone = &l->oracle->rules->zone;
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

static bool exists(look *l);

/* A look at the same profile at another instant. */
static look look_at(const look *l, int64_t at) {
    return (look){.oracle = l->oracle,
                  .at = at,
                  .known = l->known,
                  .next = SEG_NEVER,
                  .is_past = true,
                  .value = l->value};
}

static answer as_of(look *l, const node *n) {
    look then = look_at(l, l->at - n->rule->duration.ms);
    answer a = evaluate(&then, n->operands[0]);
    if (then.next != SEG_NEVER) may_change_at(l, then.next + n->rule->duration.ms);
    return a;
}

static bool is_another(answer a, answer b, seg_type type) {
    return a.known != b.known || (a.known && compare(a, b, type) != 0);
}

/* HELD, ENTERED, LEFT, CHANGED: goes through every instant of the time before at which something may
 * change. */
static answer over_time(look *l, const node *n) {
    int64_t length = n->rule->duration.ms;
    bool held = true, entered = false, left = false, changed = false, was = false;
    answer before = missing();
    for (int64_t at = l->at - length, first = at; at <= l->at;) {
        look then = look_at(l, at);
        answer here = evaluate(&then, n->operands[0]);
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
static answer latch(look *l, const node *n) {
    bool inside = false;
    int64_t since = SEG_NEVER, at = first_instant(l);
    may_change_at(l, at);
    while (at <= l->at) {
        look then = look_at(l, at);
        bool enters = evaluate(&then, n->operands[0]).i != 0;
        bool leaves = evaluate(&then, n->operands[1]).i != 0;
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

static answer text_test(const seg_rule *rule, answer a, answer b) {
    seg_text x = a.text, y = b.text;
    if (!a.known) return whole(0);
    if (rule->kind == SEG_RULE_MATCHES) return whole(seg_oracle_matches(rule->pattern, rule->ignore_case, x));
    if (y.size_bytes > x.size_bytes) return whole(0);
    size_t room = x.size_bytes - y.size_bytes;
    size_t first = rule->kind == SEG_RULE_ENDS ? room : 0;
    size_t last = rule->kind == SEG_RULE_STARTS ? 0 : room;
    for (size_t at = first; at <= last; at++) {
        if (same_text((seg_text){x.bytes + at, y.size_bytes}, y)) return whole(1);
    }
    return whole(0);
}

static answer has_item(answer set, answer item) {
    for (size_t i = 0; set.known && i < set.item_count; i++) {
        if (same_text(set.items[i], item.text)) return whole(1);
    }
    return whole(0);
}

static answer in_list(const seg_rule *rule, answer a) {
    for (uint32_t i = 0; i < rule->list_count; i++) {
        answer b = answer_of(&rule->list[i].value, rule->operands[0]->type.type);
        if (compare(a, b, rule->operands[0]->type.type) == 0) return whole(1);
    }
    return whole(0);
}

static answer comparison(look *l, const node *n) {
    answer a = evaluate(l, n->operands[0]), b = evaluate(l, n->operands[1]);
    if (!a.known || !b.known) {
        l->oracle->unsound++;
        return whole(0);
    }
    int order = compare(a, b, n->rule->operands[0]->type.type);
    switch (n->rule->kind) {
    case SEG_RULE_EQ: return whole(order == 0);
    case SEG_RULE_NE: return whole(order != 0);
    case SEG_RULE_LT: return whole(order < 0);
    case SEG_RULE_LE: return whole(order <= 0);
    case SEG_RULE_GT: return whole(order > 0);
    default: return whole(order >= 0);
    }
}

static answer condition(look *l, const node *n) {
    answer a = evaluate(l, n->operands[0]);
    switch (n->rule->kind) {
    case SEG_RULE_NOT: return whole(a.i == 0);
    case SEG_RULE_AND: return a.i == 0 ? whole(0) : evaluate(l, n->operands[1]);
    case SEG_RULE_OR: return a.i != 0 ? whole(1) : evaluate(l, n->operands[1]);
    case SEG_RULE_IF: return evaluate(l, n->operands[a.i != 0 ? 1 : 2]);
    case SEG_RULE_COALESCE: return a.known ? a : evaluate(l, n->operands[1]);
    case SEG_RULE_MISSING: return whole(!a.known);
    case SEG_RULE_IN: return in_list(n->rule, a);
    case SEG_RULE_HAS: return has_item(a, evaluate(l, n->operands[1]));
    default: return text_test(n->rule, a, n->operands[1] != NULL ? evaluate(l, n->operands[1]) : missing());
    }
}

static answer evaluate_kind(look *l, const node *n) {
    const seg_rule *rule = n->rule;
    answer a;
    switch (rule->kind) {
    case SEG_RULE_CONST: return answer_of(&rule->constant.value, rule->type.type);
    case SEG_RULE_ATTRIBUTE: return attribute_now(l, rule->index);
    case SEG_RULE_FIELD: return field_of_fact(l, rule);
    case SEG_RULE_TIME: return whole(l->fact->time + rule->duration.ms);
    case SEG_RULE_PART: return part_of(l, n);
    case SEG_RULE_SEGMENT:
        if (l->is_past && !exists(l)) return whole(0);
        return evaluate(l, l->oracle->segments[rule->index]);
    case SEG_RULE_ADD:
    case SEG_RULE_SUB:
    case SEG_RULE_MUL:
    case SEG_RULE_DIV:
        a = evaluate(l, n->operands[0]);
        return arithmetic(rule->kind, a, evaluate(l, n->operands[1]), rule);
    case SEG_RULE_BUCKET:
        a = evaluate(l, n->operands[0]);
        return whole((int64_t)(seg_digest(a.text, seg_digest(rule->pattern, 0)) % 10000));
    case SEG_RULE_NEG:
        a = evaluate(l, n->operands[0]);
        a.i = -a.i;
        a.f = tame(-a.f);
        return a;
    case SEG_RULE_CONVERT: return convert(evaluate(l, n->operands[0]), rule);
    case SEG_RULE_EQ:
    case SEG_RULE_NE:
    case SEG_RULE_LT:
    case SEG_RULE_LE:
    case SEG_RULE_GT:
    case SEG_RULE_GE: return comparison(l, n);
    case SEG_RULE_REACHED:
    case SEG_RULE_DATE_REACHED: return reached(l, n);
    case SEG_RULE_AS_OF: return as_of(l, n);
    case SEG_RULE_HELD:
    case SEG_RULE_ENTERED:
    case SEG_RULE_LEFT:
    case SEG_RULE_CHANGED: return over_time(l, n);
    case SEG_RULE_LATCH: return latch(l, n);
    case SEG_RULE_SOME:
    case SEG_RULE_EVERY:
    case SEG_RULE_TALLY: return one_by_one(l, n);
    default: return rule->facts != NULL ? over_facts(l, n) : condition(l, n);
    }
}

static answer evaluate(look *l, const node *n) {
    answer a = evaluate_kind(l, n);
    if (!a.known && !n->rule->type.optional) l->oracle->unsound++;
    return a;
}

/* A profile is nobody before its first fact. */
static bool exists(look *l) {
    bool found = false;
    for (uint32_t i = 0; i < l->oracle->fact_count; i++) {
        if (!l->known[i]) continue;
        may_change_at(l, l->oracle->facts[i].time);
        found = found || l->oracle->facts[i].time <= l->at;
    }
    return found;
}

bool seg_oracle_verdict(seg_oracle *oracle, uint32_t segment, int64_t at, const uint8_t *known,
                        int64_t *next) {
    look l = {.oracle = oracle, .at = at, .known = known, .next = SEG_NEVER};
    bool verdict = exists(&l) && evaluate(&l, oracle->segments[segment]).i != 0;
    if (next != NULL) *next = l.next;
    return verdict;
}

int64_t seg_oracle_end(const seg_oracle *oracle, int64_t at) {
    int64_t end = at < SEG_TIME_MAX - 40 * SEG_DAY_MS ? at + 40 * SEG_DAY_MS : SEG_TIME_MAX;
    return oracle->uses_now ? end : SEG_TIME_MAX;
}

int64_t seg_oracle_soon(const seg_oracle *oracle, int64_t at, int64_t instant) {
    return instant > seg_oracle_end(oracle, at) ? SEG_NEVER : instant;
}

int64_t seg_oracle_flip(seg_oracle *oracle, uint32_t segment, int64_t at, int64_t limit,
                        const uint8_t *known) {
    int64_t next;
    bool verdict = seg_oracle_verdict(oracle, segment, at, known, &next);
    while (next <= limit) {
        int64_t here = next;
        if (seg_oracle_verdict(oracle, segment, here, known, &next) != verdict) return here;
    }
    return SEG_NEVER;
}
