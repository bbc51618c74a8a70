/* probe.c - the rule as a tree of values, for explanations: a program for every part that was written. */
#include <string.h>

#include "plan_parts.h"
#include "types.h"

static bool goes_through(const seg_rule *rule) {
    return rule->kind == SEG_RULE_SOME || rule->kind == SEG_RULE_EVERY || rule->kind == SEG_RULE_TALLY;
}

static bool is_window(const seg_rule *rule) { return rule->facts != NULL; }

/* The query of a program that is a single window, or SEG_NONE. */
static uint32_t only_query(const seg_plan *plan, uint32_t program) {
    if (program == SEG_NONE) return SEG_NONE;
    const seg_list *queries = &SEG_LIST_AT(plan->programs, seg_plan_program, program).queries;
    return queries->count ? SEG_LIST_AT(*queries, uint32_t, queries->count - 1) : SEG_NONE;
}

/* The place that a rule is about: itself, or that of `top` and `bottom`, which are (not missing) and (place
 * <= amount), or (place * 10000 <= count * share). NULL: none. */
static const seg_rule *place_of(const seg_rule *rule) {
    if (rule->kind == SEG_RULE_PLACE) return rule;
    if (rule->kind != SEG_RULE_AND || rule->operands[0]->kind != SEG_RULE_NOT || rule->operands[0]->written)
        return NULL;
    const seg_rule *missing = rule->operands[0]->operands[0];
    bool asks = missing->kind == SEG_RULE_MISSING && missing->operands[0]->kind == SEG_RULE_PLACE;
    return asks && rule->operands[1]->kind == SEG_RULE_LE ? missing->operands[0] : NULL;
}

static void note_ranking(seg_plan *plan, const seg_rule *rule, seg_plan_probe *probe) {
    const seg_rule *place = place_of(rule);
    if (place == NULL) return;
    probe->ranking = seg_plan_ranking_of(plan, place) + 1;
    if (rule->kind == SEG_RULE_PLACE) return;
    const seg_rule *limit = rule->operands[1]->operands[1];
    bool is_share = limit->kind == SEG_RULE_MUL;
    probe->amount = (uint32_t)(is_share ? limit->operands[1] : limit)->constant.value.as.i;
    if (is_share) probe->flags |= SEG_PROBE_SHARE;
    if ((int32_t)place->index == SEG_FIGURE_FROM_BOTTOM) probe->flags |= SEG_PROBE_BOTTOM;
}

/* What a part is about for its reader: itself, or what it denies in the same words: `no visits(30d)`, `not in
 * s`, `entered(s) not within last 30d`. */
static const seg_rule *about(const seg_rule *rule) {
    if (rule->kind != SEG_RULE_NOT) return rule;
    const seg_rule *denied = rule->operands[0];
    bool same_words = !denied->written || denied->kind == SEG_RULE_SEGMENT || denied->kind == SEG_RULE_HELD;
    return same_words ? denied : rule;
}

static void note_kind(seg_plan *plan, const seg_rule *rule, seg_plan_probe *probe) {
    static const uint8_t kinds[] = {
        [SEG_RULE_AND] = SEG_PROBE_ALL,         [SEG_RULE_OR] = SEG_PROBE_ANY,
        [SEG_RULE_AS_OF] = SEG_PROBE_AS_OF,     [SEG_RULE_HELD] = SEG_PROBE_HELD,
        [SEG_RULE_ENTERED] = SEG_PROBE_ENTERED, [SEG_RULE_LEFT] = SEG_PROBE_EXITED,
        [SEG_RULE_CHANGED] = SEG_PROBE_CHANGED, [SEG_RULE_LATCH] = SEG_PROBE_LATCH,
        [SEG_RULE_SOME] = SEG_PROBE_SOME,       [SEG_RULE_EVERY] = SEG_PROBE_EVERY,
        [SEG_RULE_TALLY] = SEG_PROBE_TALLY,     [SEG_RULE_SEGMENT] = SEG_PROBE_SEGMENT,
    };
    if (rule->kind < sizeof kinds) probe->kind = kinds[rule->kind];
    bool joins = probe->kind == SEG_PROBE_ALL || probe->kind == SEG_PROBE_ANY;
    if (joins && !rule->operands[0]->written && !rule->operands[1]->written)
        probe->kind = SEG_PROBE_PLAIN; /* `between 1 and 5`, `any of ["a", "b"]` */
    bool looks_back = probe->kind >= SEG_PROBE_HELD && probe->kind <= SEG_PROBE_CHANGED;
    if (looks_back) probe->inner = seg_plan_value_program(plan, rule->operands[0]);
    if (probe->kind == SEG_PROBE_SEGMENT) probe->inner = rule->index;
}

typedef struct place { /* where in a segment's rule the walk is */
    seg_plan *plan;
    uint32_t segment;
    int64_t past_ms;
    uint16_t flags; /* SEG_PROBE_KEYED */
} place;

static seg_plan_probe *new_probe(const place *at, uint32_t depth, seg_text text, const seg_rule_type *type) {
    seg_list *probes = &at->plan->segments[at->segment].probes;
    seg_plan_probe *probe = seg_list_add(at->plan->arena, probes, sizeof *probe);
    if (!probe) return NULL;
    *probe = (seg_plan_probe){.text = text,
                              .depth = depth,
                              .program = SEG_NONE,
                              .type = type->type,
                              .scale = type->scale,
                              .query = SEG_NONE,
                              .flags = at->flags,
                              .inner = SEG_NONE,
                              .past_ms = at->past_ms};
    return probe;
}

/* Of a segment that is only named, as in entered(vip): `in vip`. */
static seg_text words_of(const place *at, const seg_rule *rule) {
    seg_span span = rule->span;
    seg_text text = {span.source->bytes + span.first, span.end - span.first};
    seg_text name = at->plan->rules->segments[rule->kind == SEG_RULE_SEGMENT ? rule->index : 0].name;
    if (rule->kind != SEG_RULE_SEGMENT || !seg_text_same(text, name)) return text;
    char *bytes = seg_arena_take(at->plan->arena, name.size_bytes + 3);
    if (!bytes) return text;
    memcpy(bytes, "in ", 3);
    memcpy(bytes + 3, name.bytes, name.size_bytes);
    return (seg_text){bytes, name.size_bytes + 3};
}

static void add_probe(const place *at, const seg_rule *rule, uint32_t depth) {
    seg_text text = words_of(at, rule);
    seg_plan_probe *probe = new_probe(at, depth, text, &rule->type);
    if (!probe) return;
    probe->program = seg_plan_value_program(at->plan, rule);
    if (is_window(about(rule))) probe->query = only_query(at->plan, probe->program);
    note_ranking(at->plan, rule, probe);
    note_kind(at->plan, about(rule), probe);
}

/* The field whose values the rule is asked for one by one. */
static const seg_rule *key_of(const seg_rule *rule) {
    if (rule->facts && rule->facts->key) return rule->facts->key;
    const seg_rule *key = NULL;
    for (uint32_t i = 0; i < rule->operand_count && !key; i++) key = key_of(rule->operands[i]);
    return key;
}

static void walk(place at, const seg_rule *rule, uint32_t depth);

static void walk_values(place at, const seg_rule *rule, uint32_t depth) {
    const seg_rule *key = key_of(rule->operands[0]);
    at.flags |= SEG_PROBE_KEYED;
    if (!key) return;
    seg_plan_probe *probe = new_probe(&at, depth, rule->pattern, &key->type);
    if (!probe) return;
    probe->kind = SEG_PROBE_VALUE;
    walk(at, rule->operands[0], depth + 1);
}

static void walk(place at, const seg_rule *rule, uint32_t depth) {
    if (rule->kind == SEG_RULE_CONST) return;
    if (rule->written) add_probe(&at, rule, depth++);
    if (rule->written) rule = about(rule);
    if (place_of(rule) != NULL) return; /* the rest speaks of the last refresh, and of others */
    if (goes_through(rule)) {
        walk_values(at, rule, depth);
        return;
    }
    if (is_window(rule)) {
        if (rule->facts->anchor) walk(at, rule->facts->anchor, depth);
        return; /* the rest speaks of single events */
    }
    if (rule->kind == SEG_RULE_AS_OF) at.past_ms += rule->duration.ms;
    for (uint32_t i = 0; i < rule->operand_count; i++) walk(at, rule->operands[i], depth);
}

void seg_plan_probes(seg_plan *plan, uint32_t segment) {
    walk((place){.plan = plan, .segment = segment}, plan->rules->segments[segment].rule, 0);
}
