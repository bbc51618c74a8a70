/* snapshot.c - conditions that a snapshot of profiles cannot answer: it has attributes at one instant. */
#include "unit.h"

/* NULL: it can be answered, as far as it is not about its operands. */
static const char *lack_of(const seg_rule *rule) {
    bool looks_back = (rule->kind >= SEG_RULE_AS_OF && rule->kind <= SEG_RULE_CHANGED);
    if (rule->facts != NULL) return "this asks for events, and a snapshot has none";
    if (looks_back || rule->kind == SEG_RULE_LATCH) return "this asks for the past, and a snapshot has none";
    if (rule->kind == SEG_RULE_PLACE) return "this asks for a rank, and a snapshot has none";
    if (rule->kind == SEG_RULE_FELLOWS) return "this asks about a group, and a snapshot has none";
    return NULL;
}

/* The first part of the rule that cannot be answered; segments that it refers to are noted in `asked`. */
static const seg_rule *find_lack(const seg_rule *rule, bool *asked) {
    if (lack_of(rule) != NULL) return rule;
    if (rule->kind == SEG_RULE_SEGMENT) asked[rule->index] = true;
    const seg_rule *found = NULL;
    for (uint32_t i = 0; i < rule->operand_count && found == NULL; i++)
        found = find_lack(rule->operands[i], asked);
    return found;
}

seg_status seg_unit_check_snapshot(seg_unit *unit, const uint32_t *segments, size_t segment_count) {
    seg_compilation *compilation = &unit->compilation;
    const seg_rules *rules = compilation->rules;
    if (!unit->checked || rules == NULL || seg_unit_errors(unit)) return SEG_E_USAGE;
    bool *asked = seg_arena_take_array(&compilation->arena, (size_t)rules->segment_count + 1, sizeof *asked);
    if (asked == NULL) return seg_unit_verdict(unit, SEG_E_MEMORY);
    for (size_t i = 0; i < segment_count; i++)
        if (segments[i] < rules->segment_count) asked[segments[i]] = true;
    for (uint32_t i = rules->segment_count; i-- > 0;) { /* those that are referred to come before */
        const seg_rule *rule = asked[i] ? find_lack(rules->segments[i].rule, asked) : NULL;
        if (rule == NULL) continue;
        seg_diag *diag =
            seg_diag_add(&compilation->diags, SEG_DIAG_SNAPSHOT, rule->span, "%s", lack_of(rule));
        seg_diag_help(&compilation->diags, diag, "give the events with --events, or leave the segment out");
    }
    return seg_unit_verdict(unit, SEG_OK);
}
