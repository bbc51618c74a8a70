/* policy.c - the policies of a workspace, proven one segment at a time, and what is said of them. */
#include "../types.h"
#include "../unit.h"
#include "prove.h"
#include "segproof.h"

typedef struct reporting {
    seg_unit *unit;
    const seg_rules *rules;
    const uint32_t *asked; /* NULL: all segments */
    size_t asked_count;
    seg_diags *diags;
} reporting;

static bool is_asked(const reporting *r, uint32_t segment) {
    if (r->asked == NULL) return true;
    for (size_t i = 0; i < r->asked_count; i++)
        if (r->asked[i] == segment) return true;
    return false;
}

static seg_text name_of(const reporting *r, uint32_t segment) { return r->rules->segments[segment].name; }

/* The person as a test that fails until the rules are mended. */
static void add_test(const reporting *r, seg_diag *diag, const seg_rule_policy *policy, const seg_goal *goal,
                     const seg_person *person) {
    seg_buffer text;
    seg_buffer_init(&text, r->unit->allocator);
    seg_text out = name_of(r, goal->other != SEG_NONE ? goal->other : goal->segment);
    seg_buffer_format(&text, "test \"%.*s: not in %.*s\" {\n", SEG_TEXT_ARGS(policy->name),
                      SEG_TEXT_ARGS(out));
    seg_person_write(person, r->rules, &text);
    seg_buffer_text(&text, "  at ");
    seg_person_write_time(person->now, &text);
    seg_buffer_format(&text, ": not in %.*s\n}\n", SEG_TEXT_ARGS(out));
    if (!text.failed) seg_diag_example(r->diags, diag, text.bytes, text.size_bytes);
    seg_buffer_free(&text);
}

static void note_policy(const reporting *r, seg_diag *diag, const seg_rule_policy *policy,
                        const seg_goal *goal) {
    if (goal->other != SEG_NONE)
        seg_diag_note_add(r->diags, diag, r->rules->segments[goal->other].rule->span, "the rule of `%.*s`",
                          SEG_TEXT_ARGS(name_of(r, goal->other)));
    seg_diag_note_add(r->diags, diag, policy->what, "the policy `%.*s` asks for this",
                      SEG_TEXT_ARGS(policy->name));
}

static void tell_broken(const reporting *r, const seg_rule_policy *policy, const seg_goal *goal,
                        const seg_finding *finding) {
    seg_text mine = name_of(r, goal->segment);
    seg_span span = r->rules->segments[goal->segment].rule->span;
    seg_diag *diag;
    if (goal->other == SEG_NONE)
        diag = seg_diag_add(r->diags, SEG_DIAG_BROKEN, span,
                            "`%.*s` breaks the policy `%.*s`: a member need not fulfil it",
                            SEG_TEXT_ARGS(mine), SEG_TEXT_ARGS(policy->name));
    else
        diag = seg_diag_add(
            r->diags, SEG_DIAG_BROKEN, span, "`%.*s` breaks the policy `%.*s`: a member can be in `%.*s` too",
            SEG_TEXT_ARGS(mine), SEG_TEXT_ARGS(policy->name), SEG_TEXT_ARGS(name_of(r, goal->other)));
    seg_diag_help(r->diags, diag, "this person shows it; as a test, it fails until the rules are mended");
    note_policy(r, diag, policy, goal);
    add_test(r, diag, policy, goal, &finding->person);
}

static void tell_open(const reporting *r, const seg_rule_policy *policy, const seg_goal *goal,
                      const seg_finding *finding) {
    seg_text mine = name_of(r, goal->segment);
    seg_span span = r->rules->segments[goal->segment].rule->span;
    seg_diag *diag =
        goal->other == SEG_NONE
            ? seg_diag_add(r->diags, SEG_DIAG_UNPROVEN, span,
                           "that every member of `%.*s` fulfils the policy `%.*s` could not be proven",
                           SEG_TEXT_ARGS(mine), SEG_TEXT_ARGS(policy->name))
            : seg_diag_add(
                  r->diags, SEG_DIAG_UNPROVEN, span,
                  "that no member of `%.*s` is in `%.*s`, as the policy `%.*s` asks, could not be proven",
                  SEG_TEXT_ARGS(mine), SEG_TEXT_ARGS(name_of(r, goal->other)), SEG_TEXT_ARGS(policy->name));
    seg_diag_help(r->diags, diag, "%s",
                  finding->exhausted
                      ? "the question is too large: ask in the rule for what the policy says"
                      : "nobody was found who breaks it; ask in the rule for what the policy says");
    note_policy(r, diag, policy, goal);
    for (uint32_t i = 0; i < finding->doubt_count; i++)
        seg_diag_note_add(r->diags, diag, finding->doubts[i],
                          "the proof took either answer to this for possible");
}

static seg_status settle(const reporting *r, const seg_rule_policy *policy, const seg_goal *goal) {
    seg_arena arena;
    seg_finding finding;
    seg_arena_init(&arena, r->unit->allocator, 0);
    seg_status status = seg_goal_prove(goal, r->rules, &arena, &finding);
    if (!status && finding.outcome == SEG_PROOF_BROKEN) tell_broken(r, policy, goal, &finding);
    if (!status && finding.outcome == SEG_PROOF_OPEN) tell_open(r, policy, goal, &finding);
    seg_arena_release(&arena);
    return status;
}

/* Nobody is in both; of a segment that is on both sides, nobody is in it. */
static seg_status settle_pair(const reporting *r, const seg_rule_policy *policy, uint32_t segment,
                              uint32_t other) {
    if (!is_asked(r, segment) && !is_asked(r, other)) return SEG_OK;
    const seg_goal goal = {.segment = segment, .other = other};
    return settle(r, policy, &goal);
}

static seg_status prove(const reporting *r, const seg_rule_policy *policy) {
    seg_status status = SEG_OK;
    for (uint32_t i = 0; i < policy->segment_count && !status; i++) {
        uint32_t mine = policy->segments[i];
        if (policy->kind == SEG_POLICY_IMPLY && is_asked(r, mine)) {
            const seg_goal goal = {.segment = mine, .other = SEG_NONE, .condition = policy->condition};
            status = settle(r, policy, &goal);
        }
        for (uint32_t k = 0; k < policy->other_count && !status; k++)
            status = settle_pair(r, policy, mine, policy->others[k]);
        for (uint32_t k = i + 1; policy->kind == SEG_POLICY_DISJOINT && k < policy->segment_count && !status;
             k++)
            status = settle_pair(r, policy, mine, policy->segments[k]);
    }
    return status;
}

seg_status seg_unit_prove(seg_unit *unit, const uint32_t *segments, size_t segment_count) {
    const seg_rules *rules = unit->compilation.rules;
    if (!unit->checked || rules == NULL) return SEG_E_USAGE;
    reporting r = {.unit = unit,
                   .rules = rules,
                   .asked = segments,
                   .asked_count = segment_count,
                   .diags = &unit->compilation.diags};
    seg_status status = SEG_OK;
    for (uint32_t i = 0; i < rules->policy_count && !status; i++) status = prove(&r, &rules->policies[i]);
    return seg_unit_verdict(unit, status);
}
