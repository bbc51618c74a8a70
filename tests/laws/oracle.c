#include "oracle.h"

#include <stdlib.h>
#include <string.h>

#include "almanac.h"
#include "digest.h"
#include "meaning.h"
#include "pattern.h"
#include "versions.h"

/* ---- Making -------------------- */

static void make_pairs(seg_oracle *oracle, node *n);

static node *make_node(seg_oracle *oracle, const seg_rule *rule) {
    if (rule == NULL) return NULL;
    node *n = calloc(1, sizeof *n);
    if (n == NULL) abort(); /* tests have no use for a graceful end */
    n->rule = rule;
    n->next_made = oracle->made;
    oracle->made = n;
    oracle->uses_now |= rule->kind == SEG_RULE_NOW || rule->kind == SEG_RULE_YEARS;
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
    seg_oracle_crowd_free(oracle->crowd);
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
    if (n->where != NULL && seg_oracle_evaluate(&l, n->where).i == 0) return;
    n->matches[index] = 1;
    if (n->operands[0] != NULL) n->values[index] = seg_oracle_evaluate(&l, n->operands[0]);
    if (n->key != NULL) n->keys[index] = seg_oracle_evaluate(&l, n->key);
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

/* ---- Conditions -------------------- */

static answer text_test(const seg_rule *rule, answer a, answer b) {
    seg_text x = a.text, y = b.text;
    if (!a.known) return whole(0);
    if (rule->kind == SEG_RULE_MATCHES && rule->index != SEG_NODE_OP_NONE)
        return whole(seg_oracle_version(rule->index, x, rule->version));
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
        answer b = seg_oracle_answer(&rule->list[i].value, rule->operands[0]->type.type);
        if (seg_oracle_compare(a, b, rule->operands[0]->type.type) == 0) return whole(1);
    }
    return whole(0);
}

static answer comparison(look *l, const node *n) {
    answer a = seg_oracle_evaluate(l, n->operands[0]), b = seg_oracle_evaluate(l, n->operands[1]);
    if (!a.known || !b.known) {
        l->oracle->unsound++;
        return whole(0);
    }
    int order = seg_oracle_compare(a, b, n->rule->operands[0]->type.type);
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
    answer a = seg_oracle_evaluate(l, n->operands[0]);
    switch (n->rule->kind) {
    case SEG_RULE_NOT: return whole(a.i == 0);
    case SEG_RULE_AND: return a.i == 0 ? whole(0) : seg_oracle_evaluate(l, n->operands[1]);
    case SEG_RULE_OR: return a.i != 0 ? whole(1) : seg_oracle_evaluate(l, n->operands[1]);
    case SEG_RULE_IF: return seg_oracle_evaluate(l, n->operands[a.i != 0 ? 1 : 2]);
    case SEG_RULE_COALESCE: return a.known ? a : seg_oracle_evaluate(l, n->operands[1]);
    case SEG_RULE_MISSING: return whole(!a.known);
    case SEG_RULE_IN: return in_list(n->rule, a);
    case SEG_RULE_HAS: return has_item(a, seg_oracle_evaluate(l, n->operands[1]));
    default:
        return text_test(n->rule, a,
                         n->operands[1] != NULL ? seg_oracle_evaluate(l, n->operands[1]) : missing());
    }
}

static answer evaluate_kind(look *l, const node *n) {
    const seg_rule *rule = n->rule;
    answer a;
    switch (rule->kind) {
    case SEG_RULE_CONST: return seg_oracle_answer(&rule->constant.value, rule->type.type);
    case SEG_RULE_ATTRIBUTE: return seg_oracle_attribute(l, rule->index);
    case SEG_RULE_FIELD: return seg_oracle_field(l, rule);
    case SEG_RULE_TIME: return whole(l->fact->time + rule->duration.ms);
    case SEG_RULE_PART: return seg_oracle_part(l, n);
    case SEG_RULE_YEARS: return seg_oracle_years(l, n);
    case SEG_RULE_SEGMENT:
        if (l->is_past && !seg_oracle_exists(l)) return whole(0);
        return seg_oracle_evaluate(l, l->oracle->segments[rule->index]);
    case SEG_RULE_ADD:
    case SEG_RULE_SUB:
    case SEG_RULE_MUL:
    case SEG_RULE_DIV:
    case SEG_RULE_MOD:
        a = seg_oracle_evaluate(l, n->operands[0]);
        return seg_oracle_arithmetic(rule->kind, a, seg_oracle_evaluate(l, n->operands[1]), rule);
    case SEG_RULE_BUCKET:
        a = seg_oracle_evaluate(l, n->operands[0]);
        return whole((int64_t)(seg_digest(a.text, seg_digest(rule->pattern, 0)) % 10000));
    case SEG_RULE_NEG:
        a = seg_oracle_evaluate(l, n->operands[0]);
        a.i = -a.i;
        a.f = tame(-a.f);
        return a;
    case SEG_RULE_CONVERT: return seg_oracle_convert(seg_oracle_evaluate(l, n->operands[0]), rule);
    case SEG_RULE_EQ:
    case SEG_RULE_NE:
    case SEG_RULE_LT:
    case SEG_RULE_LE:
    case SEG_RULE_GT:
    case SEG_RULE_GE: return comparison(l, n);
    case SEG_RULE_REACHED:
    case SEG_RULE_DATE_REACHED: return seg_oracle_reached(l, n);
    case SEG_RULE_AS_OF: return seg_oracle_as_of(l, n);
    case SEG_RULE_HELD:
    case SEG_RULE_ENTERED:
    case SEG_RULE_LEFT:
    case SEG_RULE_CHANGED: return seg_oracle_over_time(l, n);
    case SEG_RULE_LATCH: return seg_oracle_latch(l, n);
    case SEG_RULE_MODEL: return seg_oracle_model(l, n);
    case SEG_RULE_PLACE: return seg_oracle_place(l, n);
    case SEG_RULE_FELLOWS: return seg_oracle_fellows(l, n);
    case SEG_RULE_NATIVE: return seg_oracle_native(l, n);
    case SEG_RULE_SOME:
    case SEG_RULE_EVERY:
    case SEG_RULE_TALLY: return seg_oracle_one_by_one(l, n);
    default: return rule->facts != NULL ? seg_oracle_over_facts(l, n) : condition(l, n);
    }
}

answer seg_oracle_evaluate(look *l, const node *n) {
    answer a = evaluate_kind(l, n);
    if (!a.known && !n->rule->type.optional) l->oracle->unsound++;
    return a;
}

/* A profile is nobody before its first fact. */
bool seg_oracle_exists(look *l) {
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
    bool verdict = seg_oracle_exists(&l) && seg_oracle_evaluate(&l, oracle->segments[segment]).i != 0;
    if (next != NULL) *next = l.next;
    return verdict;
}

int64_t seg_oracle_end(const seg_oracle *oracle, int64_t at) {
    int64_t end = at < SEG_TIME_MAX - 10 * SEG_DAY_MS ? at + 10 * SEG_DAY_MS : SEG_TIME_MAX;
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
