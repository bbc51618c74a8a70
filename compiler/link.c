/* link.c - what a fact leads to: which feeds can take it, and which atoms what they take can flip. */
#include <stdlib.h>

#include "plan_parts.h"

/* ---- routes ---------------------------------------------------------------------------------------- */

/* A field that is compared with a constant, and how. NULL: the test is something else. */
static const seg_rule *asked_field(const seg_rule *test, seg_plan_feed *feed) {
    bool is_equality = test->kind == SEG_RULE_EQ;
    if (!is_equality && (test->kind < SEG_RULE_LT || test->kind > SEG_RULE_GE)) return NULL;
    bool is_mirrored = test->operands[0]->kind == SEG_RULE_CONST;
    const seg_rule *field = test->operands[is_mirrored], *value = test->operands[!is_mirrored];
    bool is_float = value->type.type == SEG_FLOAT;
    if (field->kind != SEG_RULE_FIELD || value->kind != SEG_RULE_CONST) return NULL;
    if ((is_equality && is_float) || value->type.type == SEG_SET || !value->constant.value.known) return NULL;
    feed->word = seg_plan_word(&value->constant, &value->type);
    uint8_t kind = is_mirrored ? seg_rule_mirrored(test->kind) : test->kind;
    bool is_least = kind == SEG_RULE_GT || kind == SEG_RULE_GE;
    feed->relation = is_equality ? SEG_FEED_EQUAL
                     : is_float  ? (is_least ? SEG_FEED_LEAST_FLOAT : SEG_FEED_MOST_FLOAT)
                                 : (is_least ? SEG_FEED_LEAST : SEG_FEED_MOST);
    return field;
}

/* What the fact must be for all of the tests to hold. That it equals something says more than a threshold. */
void seg_plan_route(seg_plan *plan, seg_plan_feed *feed, const seg_rule *where, uint32_t place) {
    const seg_rule *routed = NULL;
    for (const seg_rule *rest = where; rest; rest = rest->kind == SEG_RULE_AND ? rest->operands[0] : NULL) {
        const seg_rule *test = rest->kind == SEG_RULE_AND ? rest->operands[1] : rest;
        seg_plan_feed asked;
        const seg_rule *field = asked_field(test, &asked);
        if (!field || (routed && asked.relation != SEG_FEED_EQUAL)) continue;
        routed = field;
        feed->relation = asked.relation;
        feed->word = asked.word;
        if (asked.relation == SEG_FEED_EQUAL) break;
    }
    if (routed) feed->route = seg_plan_fact_program(plan, routed, place, feed->event);
}

static int compare_feeds(const void *a, const void *b) {
    const seg_plan_feed *x = a, *y = b;
    int order =
        seg_feed_compare(&(seg_image_feed){.route = x->route, .relation = x->relation, .word = x->word},
                         &(seg_image_feed){.route = y->route, .relation = y->relation, .word = y->word});
    return order ? order : x->store < y->store ? -1 : x->store > y->store;
}

void seg_plan_sort_feeds(seg_plan_feed *feeds, uint32_t count) {
    if (count > 1) qsort(feeds, count, sizeof *feeds, compare_feeds);
}

/* ---- atoms ----------------------------------------------------------------------------------------- */

/* Atoms come one after the other, so one that a store has already stands last. */
static void note(const seg_plan *plan, seg_list *atoms, uint32_t store, uint32_t atom) {
    if (store >= plan->stores.count) return; /* memory is short: noticed at the end */
    seg_list *list = &atoms[store];
    if (list->count > 0 && SEG_LIST_AT(*list, uint32_t, list->count - 1) == atom) return;
    uint32_t *item = seg_list_add(plan->arena, list, sizeof *item);
    if (item) *item = atom;
}

static void note_query(const seg_plan *plan, seg_list *atoms, uint32_t number, uint32_t atom) {
    const seg_plan_query *query = &SEG_LIST_AT(plan->queries, seg_plan_query, number);
    note(plan, atoms, query->store, atom);
    for (uint32_t i = query->pair_first; i < query->pairs.first + query->pairs.count; i++)
        note(plan, atoms, SEG_LIST_AT(plan->pairs, seg_plan_pair, i).record.store, atom);
}

seg_list *seg_plan_store_atoms(const seg_plan *plan) {
    seg_list *atoms = seg_arena_take_array(plan->arena, plan->stores.count + 1u, sizeof *atoms);
    if (!atoms) return NULL;
    for (uint32_t atom = 0; atom < plan->atoms.count; atom++) {
        uint32_t program = SEG_LIST_AT(plan->atoms, seg_plan_atom, atom).program;
        const seg_list *queries = &SEG_LIST_AT(plan->programs, seg_plan_program, program).queries;
        for (uint32_t i = 0; i < queries->count; i++)
            note_query(plan, atoms, SEG_LIST_AT(*queries, uint32_t, i), atom);
    }
    return atoms;
}
