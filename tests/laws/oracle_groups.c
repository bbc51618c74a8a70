/* oracle_groups.c - groups, as plainly as possible: look at everybody, and count. */
#include <stdlib.h>

#include "crowd.h"

static void look_at_one(struct crowd *crowd, fellows *found, uint32_t person) {
    const seg_rule *rule = found->rule;
    const seg_fellow *fellow = &crowd->people[person];
    if (!seg_oracle_facts(crowd->twin, fellow->facts, fellow->count)) abort();
    seg_oracle_identify(crowd->twin, fellow->id);
    look l = {.oracle = crowd->twin, .at = found->at, .known = fellow->known, .next = SEG_NEVER};
    if (seg_oracle_exists(&l)) {
        found->values[person] = seg_oracle_evaluate(&l, seg_oracle_twin_node(crowd, rule->operands[0]));
        found->inside[person] =
            rule->operand_count < 2 ||
            seg_oracle_evaluate(&l, seg_oracle_twin_node(crowd, rule->operands[1])).i != 0;
    }
    if (l.next < found->next) found->next = l.next;
}

static const fellows *fellows_at(struct crowd *crowd, const seg_rule *rule, int64_t at) {
    for (uint32_t i = 0; i < crowd->fellows_count; i++)
        if (crowd->fellows[i].rule == rule && crowd->fellows[i].at == at) return &crowd->fellows[i];
    if (crowd->fellows_count == CROWD_KEPT) crowd->fellows_count = 0;
    fellows *found = &crowd->fellows[crowd->fellows_count++];
    *found = (fellows){.rule = rule, .at = at, .next = SEG_NEVER};
    for (uint32_t i = 0; i < crowd->people_count; i++) look_at_one(crowd, found, i);
    return found;
}

answer seg_oracle_fellows(look *l, const node *n) {
    struct crowd *crowd = l->oracle->crowd;
    seg_type type = n->rule->operands[0]->type.type;
    answer own = seg_oracle_evaluate(l, n->operands[0]);
    if (crowd == NULL || !own.known) return whole(0);
    const fellows *all = fellows_at(crowd, n->rule, l->at);
    int64_t count = 0;
    may_change_at(l, all->next);
    for (uint32_t i = 0; i < crowd->people_count; i++)
        count += all->inside[i] && all->values[i].known && !same_text(crowd->people[i].id, l->oracle->id) &&
                 seg_oracle_compare(all->values[i], own, type) == 0;
    return whole(count);
}
