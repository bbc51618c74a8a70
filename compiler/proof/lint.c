/* lint.c - what can be proven of rules without being asked: segments of nobody or everybody, conditions that
 * decide nothing, segments that are the same. */
#include "../types.h"
#include "../unit.h"
#include "segproof.h"
#include "theory.h"

enum { PARTS_MOST = 32 };

typedef struct linting {
    const seg_rules *rules;
    seg_diags *diags;
    const seg_rule_segment *segment;
    seg_theory theory;
    uint32_t count; /* of the parts that the rule joins with and, or with or */
    const seg_rule *parts[PARTS_MOST];
    seg_term terms[PARTS_MOST];
    bool dropped[PARTS_MOST]; /* found to decide nothing */
} linting;

static bool flatten(linting *l, const seg_rule *rule, uint8_t kind) {
    if (rule->kind == kind) return flatten(l, rule->operands[0], kind) && flatten(l, rule->operands[1], kind);
    if (l->count == PARTS_MOST) return false;
    l->parts[l->count++] = rule;
    return true;
}

/* Stands in the segment as its author wrote it. */
static bool is_own(const linting *l, const seg_rule *rule) {
    seg_span whole = l->segment->span, own = rule->span;
    return rule->written && rule->kind != SEG_RULE_CONST && own.source == whole.source &&
           own.source != NULL && own.first >= whole.first && own.end <= whole.end;
}

/* Is there a value below that may be missing, but was proven not to be? */
static bool has_narrowed(const linting *l, const seg_rule *rule) {
    bool own = !rule->type.optional;
    switch (rule->kind) {
    case SEG_RULE_ATTRIBUTE:
        own =
            own && rule->index < l->rules->attribute_count && l->rules->attributes[rule->index].type.optional;
        break;
    case SEG_RULE_DIV: own = own && rule->operands[1]->kind != SEG_RULE_CONST; break;
    case SEG_RULE_AVG:
    case SEG_RULE_MIN:
    case SEG_RULE_MAX:
    case SEG_RULE_FIRST:
    case SEG_RULE_LAST:
    case SEG_RULE_MOST:
    case SEG_RULE_LEAST: break;
    default: own = false;
    }
    for (uint32_t i = 0; i < rule->operand_count && !own; i++) own = has_narrowed(l, rule->operands[i]);
    return own ||
           (rule->facts != NULL && rule->facts->anchor != NULL && has_narrowed(l, rule->facts->anchor));
}

/* Does the language want this condition before one behind it, because that one looks at what may be missing?
 */
static bool is_guard(const linting *l, uint32_t part) {
    const seg_rule *rule = l->parts[part];
    while (rule->kind == SEG_RULE_NOT) rule = rule->operands[0];
    bool may = rule->kind == SEG_RULE_ANY || rule->kind == SEG_RULE_MISSING ||
               (rule->kind >= SEG_RULE_EQ && rule->kind <= SEG_RULE_GE);
    for (uint32_t i = part + 1; i < l->count && may; i++)
        if (has_narrowed(l, l->parts[i])) return true;
    return false;
}

static seg_term join(linting *l, uint8_t kind, uint32_t without) {
    seg_solver *s = l->theory.solver;
    seg_term all = seg_term_bool(s, kind == SEG_RULE_AND);
    for (uint32_t i = 0; i < l->count; i++) {
        if (i == without || l->dropped[i]) continue;
        all = kind == SEG_RULE_AND ? seg_term_and(s, all, l->terms[i]) : seg_term_or(s, all, l->terms[i]);
    }
    return all;
}

/* Can a hold and b not? */
static bool implies(linting *l, seg_term a, seg_term b) {
    seg_solver *s = l->theory.solver;
    return seg_solver_check(s, seg_term_and(s, a, seg_term_not(s, b))) == SEG_IMPOSSIBLE;
}

static void tell_part(linting *l, uint8_t kind, uint32_t part) {
    bool is_and = kind == SEG_RULE_AND;
    seg_diag *diag = seg_diag_add(l->diags, SEG_DIAG_DECIDES_NOTHING, l->parts[part]->span, "%s",
                                  is_and ? "this condition keeps nobody out: the others have done so already"
                                         : "this condition lets nobody in: the others have done so already");
    for (uint32_t i = 0; i < l->count; i++) {
        if (i == part || l->dropped[i]) continue;
        bool enough =
            is_and ? implies(l, l->terms[i], l->terms[part]) : implies(l, l->terms[part], l->terms[i]);
        if (!enough) continue;
        seg_diag_note_add(l->diags, diag, l->parts[i]->span, "%s",
                          is_and ? "whoever fulfils this fulfils it too"
                                 : "whoever fulfils it fulfils this too");
        break;
    }
    seg_diag_help(l->diags, diag, "leave it out, or say what was meant");
}

static void find_parts(linting *l, uint8_t kind) {
    for (uint32_t i = l->count; i-- > 0 && l->count > 1;) {
        if (!is_own(l, l->parts[i]) || is_guard(l, i)) continue;
        seg_term others = join(l, kind, i);
        bool idle = kind == SEG_RULE_AND ? implies(l, others, l->terms[i]) : implies(l, l->terms[i], others);
        if (!idle) continue;
        tell_part(l, kind, i);
        l->dropped[i] = true;
    }
}

/* Of parts that cannot hold together: the first two that cannot. */
static void note_conflict(linting *l, seg_diag *diag) {
    seg_solver *s = l->theory.solver;
    for (uint32_t i = 0; i < l->count; i++)
        for (uint32_t k = 0; k < i; k++) {
            if (seg_solver_check(s, seg_term_and(s, l->terms[k], l->terms[i])) != SEG_IMPOSSIBLE) continue;
            seg_diag_note_add(l->diags, diag, l->parts[k]->span, "whoever fulfils this …");
            seg_diag_note_add(l->diags, diag, l->parts[i]->span, "… cannot fulfil this");
            return;
        }
}

static void look(linting *l, uint8_t kind) {
    seg_solver *s = l->theory.solver;
    seg_text name = l->segment->name;
    seg_term whole = join(l, kind, SEG_NONE);
    if (seg_solver_check(s, whole) == SEG_IMPOSSIBLE) {
        seg_diag *diag = seg_diag_add(l->diags, SEG_DIAG_NOBODY, l->segment->rule->span,
                                      "nobody can be in `%.*s`", SEG_TEXT_ARGS(name));
        if (kind == SEG_RULE_AND) note_conflict(l, diag);
    } else if (seg_solver_check(s, seg_term_not(s, whole)) == SEG_IMPOSSIBLE) {
        seg_diag_add(l->diags, SEG_DIAG_EVERYBODY, l->segment->rule->span, "everybody is in `%.*s`, always",
                     SEG_TEXT_ARGS(name));
    } else {
        find_parts(l, kind);
    }
}

static seg_status lint(const seg_unit *unit, uint32_t segment, seg_diags *diags) {
    const seg_rules *rules = unit->compilation.rules;
    linting l = {.rules = rules, .diags = diags, .segment = &rules->segments[segment]};
    const seg_rule *rule = l.segment->rule;
    uint8_t kind = rule->kind == SEG_RULE_OR ? SEG_RULE_OR : SEG_RULE_AND;
    seg_arena arena;
    if (rule->kind == SEG_RULE_CONST || !flatten(&l, rule, kind)) return SEG_OK;
    seg_arena_init(&arena, unit->allocator, 0);
    seg_status status = seg_theory_new(&l.theory, &arena, rules);
    if (!status) {
        for (uint32_t i = 0; i < l.count; i++) l.terms[i] = seg_theory_condition(&l.theory, l.parts[i]);
        seg_theory_close(&l.theory);
        if (!arena.failed) look(&l, kind);
        seg_theory_free(&l.theory);
    }
    if (arena.failed) status = SEG_E_MEMORY;
    seg_arena_release(&arena);
    return status;
}

seg_status seg_unit_lint(seg_unit *unit) {
    const seg_rules *rules = unit->compilation.rules;
    if (!unit->checked || rules == NULL) return SEG_E_USAGE;
    seg_status status = SEG_OK;
    for (uint32_t i = 0; i < rules->segment_count && !status; i++)
        status = lint(unit, i, &unit->compilation.diags);
    return seg_unit_verdict(unit, status);
}
