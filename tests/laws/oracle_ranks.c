/* oracle_ranks.c - ranks, as plainly as possible: everybody's key at the last refresh, and counting. */
#include <stdlib.h>

#include "almanac.h"
#include "crowd.h"

void seg_oracle_people(seg_oracle *oracle, const seg_fellow *people, uint32_t count) {
    if (oracle->crowd == NULL) {
        oracle->crowd = calloc(1, sizeof *oracle->crowd);
        if (oracle->crowd == NULL) abort();
        oracle->crowd->twin = seg_oracle_new(oracle->rules);
        if (oracle->crowd->twin == NULL) abort();
    }
    oracle->crowd->people = people;
    oracle->crowd->people_count = count;
    oracle->crowd->keys_count = oracle->crowd->fellows_count = 0;
}

void seg_oracle_crowd_free(struct crowd *crowd) {
    if (crowd == NULL) return;
    seg_oracle_free(crowd->twin);
    free(crowd);
}

int64_t seg_oracle_refresh(const seg_rules *rules, int64_t at) {
    int64_t every = rules->refresh_every_ms, best = SEG_TIME_MIN;
    if (every != 0) return at - ((at % every) + every) % every;
    int64_t date = seg_almanac_date_of(&rules->zone, at);
    for (int64_t near = date - 3; near <= date + 3; near++)
        for (uint32_t i = 0; i < rules->refresh_count; i++) {
            int64_t made = seg_almanac_instant(&rules->zone, near * SEG_DAY_MS + rules->refresh_clocks[i]);
            if (made <= at && made > best) best = made;
        }
    return best;
}

const node *seg_oracle_twin_node(struct crowd *crowd, const seg_rule *rule) {
    for (node *n = crowd->twin->made; n != NULL; n = n->next_made)
        if (n->rule == rule) return n;
    abort();
}

static answer key_of(struct crowd *crowd, const seg_rule *rule, const seg_fellow *person, int64_t refresh) {
    if (!seg_oracle_facts(crowd->twin, person->facts, person->count)) abort();
    seg_oracle_identify(crowd->twin, person->id);
    look l = {.oracle = crowd->twin, .at = refresh, .known = person->known, .next = SEG_NEVER};
    l.is_past = true;
    if (!seg_oracle_exists(&l)) return missing();
    if (rule->operand_count > 1 &&
        seg_oracle_evaluate(&l, seg_oracle_twin_node(crowd, rule->operands[1])).i == 0)
        return missing();
    return seg_oracle_evaluate(&l, seg_oracle_twin_node(crowd, rule->operands[0]));
}

static const answer *keys_at(struct crowd *crowd, const seg_rule *rule, int64_t refresh) {
    for (uint32_t i = 0; i < crowd->keys_count; i++)
        if (crowd->keys[i].rule == rule && crowd->keys[i].refresh == refresh) return crowd->keys[i].of;
    if (crowd->keys_count == CROWD_KEPT) crowd->keys_count = 0;
    keys *made = &crowd->keys[crowd->keys_count++];
    made->rule = rule;
    made->refresh = refresh;
    for (uint32_t i = 0; i < crowd->people_count; i++)
        made->of[i] = key_of(crowd, rule, &crowd->people[i], refresh);
    return made->of;
}

static bool comes_first(seg_text a, seg_text b) { /* of equal keys */
    if (a.size_bytes != b.size_bytes) return a.size_bytes < b.size_bytes;
    return memcmp(a.bytes, b.bytes, a.size_bytes) < 0;
}

answer seg_oracle_place(look *l, const node *n) {
    struct crowd *crowd = l->oracle->crowd;
    if (crowd == NULL) return missing();
    const answer *of = keys_at(crowd, n->rule, seg_oracle_refresh(l->oracle->rules, l->at));
    int64_t count = 0, above = 0, below = 0, before = 0;
    answer own = missing();
    for (uint32_t i = 0; i < crowd->people_count; i++)
        if (same_text(crowd->people[i].id, l->oracle->id)) own = of[i];
    if (!own.known) return missing();
    for (uint32_t i = 0; i < crowd->people_count; i++) {
        if (!of[i].known) continue;
        int order = seg_oracle_compare(of[i], own, n->rule->operands[0]->type.type);
        count++;
        above += order > 0;
        below += order < 0;
        before += order == 0 && comes_first(crowd->people[i].id, l->oracle->id);
    }
    switch ((int32_t)n->rule->index) {
    case SEG_FIGURE_RANK: return whole(above + 1);
    case SEG_FIGURE_FROM_TOP: return whole(above + before + 1);
    case SEG_FIGURE_FROM_BOTTOM: return whole(below + before + 1);
    case SEG_FIGURE_COUNT: return whole(count);
    default: return whole(1 + below * n->rule->index / count);
    }
}
