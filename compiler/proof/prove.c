#include "prove.h"

#include "../plan.h"

/* 2026-01-15T12:00Z: people are easier to read at one instant. */
#define USUAL_NOW INT64_C(1768478400000)
enum { ROUNDS = 4 };

typedef struct proving {
    const seg_goal *goal;
    const seg_rules *rules;
    seg_arena *arena;
    seg_theory theory;
    seg_finding *out;
    seg_buffer bytes; /* of the image in which the break is a segment; made when needed */
    seg_image *image;
    uint32_t segment; /* in that image */
} proving;

/* ---- The break as a segment ------------------------------------------------------------------ */

static const seg_rule *make(seg_arena *arena, uint8_t kind, const seg_rule *a, const seg_rule *b,
                            uint32_t index) {
    seg_rule rule = {.kind = kind, .type = {.type = SEG_BOOL}, .index = index};
    rule.operands[0] = a;
    rule.operands[1] = b;
    rule.operand_count = b != NULL ? 2 : a != NULL ? 1 : 0;
    if (kind == SEG_RULE_CONST) rule.constant.value.known = true; /* false */
    return seg_rule_new(arena, &rule, 0);
}

/* Member of the segment, and not as they should be. */
static const seg_rule *break_rule(const proving *p) {
    const seg_goal *goal = p->goal;
    const seg_rule *member = make(p->arena, SEG_RULE_SEGMENT, NULL, NULL, goal->segment);
    const seg_rule *wrong = goal->condition != NULL
                                ? make(p->arena, SEG_RULE_NOT, goal->condition, NULL, 0)
                                : make(p->arena, SEG_RULE_SEGMENT, NULL, NULL, goal->other);
    if (member == NULL || wrong == NULL) return NULL;
    return make(p->arena, SEG_RULE_AND, member, wrong, 0);
}

static void need(const seg_rule *rule, bool *needed) {
    if (rule->kind == SEG_RULE_SEGMENT) needed[rule->index] = true;
    for (uint32_t i = 0; i < rule->operand_count; i++) need(rule->operands[i], needed);
    if (rule->facts != NULL && rule->facts->anchor != NULL) need(rule->facts->anchor, needed);
}

/* The rules with one segment more, and without those that it does not ask for. */
static seg_status make_image(proving *p) {
    uint32_t count = p->rules->segment_count;
    seg_rules *rules = seg_arena_take(p->arena, sizeof *rules);
    seg_rule_segment *segments = seg_arena_take_array(p->arena, (size_t)count + 1, sizeof *segments);
    bool *needed = seg_arena_take_array(p->arena, (size_t)count + 1, sizeof *needed);
    const seg_rule *broken = break_rule(p), *never = make(p->arena, SEG_RULE_CONST, NULL, NULL, 0);
    if (rules == NULL || segments == NULL || needed == NULL || broken == NULL || never == NULL)
        return SEG_E_MEMORY;
    need(broken, needed);
    for (uint32_t i = count; i-- > 0;) {
        segments[i] = p->rules->segments[i];
        if (needed[i])
            need(segments[i].rule, needed);
        else
            segments[i].rule = never;
    }
    segments[count] = (seg_rule_segment){.name = {"~", 1}, .title = {"~", 1}, .rule = broken};
    *rules = *p->rules;
    rules->segments = segments;
    rules->segment_count = count + 1;
    seg_diags unseen;
    seg_diags_init(&unseen, p->arena);
    seg_plan *plan = seg_plan_make(p->arena, rules, false, &unseen);
    bool done = plan != NULL && seg_emit(plan, &p->bytes, &unseen);
    if (p->arena->failed || p->bytes.failed) return SEG_E_MEMORY;
    if (!done) return SEG_E_LIMIT;
    p->segment = count;
    return seg_image_load(&p->image, (const uint8_t *)p->bytes.bytes, p->bytes.size_bytes, NULL, NULL);
}

/* ---- Which person ---------------------------------------------------------------------------- */

/* Keeps the wish if somebody is left who is like that. */
static void wish(proving *p, seg_term term) {
    if (term != NULL && seg_solver_check(p->theory.solver, term) == SEG_POSSIBLE)
        seg_solver_assert(p->theory.solver, term);
}

static void wish_number(proving *p, seg_term term, int64_t value) {
    seg_solver *s = p->theory.solver;
    wish(p, seg_term_equal(s, term, seg_term_int(s, value)));
}

static void wish_at_most(proving *p, seg_term term, int64_t most) {
    seg_solver *s = p->theory.solver;
    wish(p, seg_term_at_most(s, term, seg_term_int(s, most)));
}

/* An attribute as it is when nothing was ever sent, or near it. */
static void wish_unset(proving *p, const seg_rule_field *field, seg_known value) {
    seg_theory *t = &p->theory;
    seg_solver *s = t->solver;
    const seg_value *unset = &field->default_value.value;
    if (field->type.optional && !field->has_default) wish(p, seg_term_not(s, value.known));
    switch (field->type.type) {
    case SEG_BOOL:
        wish(p, seg_term_equal(s, value.value, seg_term_bool(s, unset->known && unset->as.i != 0)));
        break;
    case SEG_FLOAT:
        wish(p, seg_term_equal(s, value.value, seg_term_real(s, unset->known ? unset->as.f : 0)));
        break;
    case SEG_SET: break;
    case SEG_TEXT:
    case SEG_ZONE:
        if (unset->known) wish(p, seg_term_equal(s, value.value, seg_wording_constant(t, unset->as.text)));
        wish_at_most(p, value.value, t->text_count);
        break;
    default:
        wish_number(p, value.value, unset->known ? unset->as.i : 0);
        if (field->type.type == SEG_DATE) wish_number(p, value.value, USUAL_NOW / SEG_PROOF_DAY);
        if (field->type.type == SEG_INT || field->type.type == SEG_DECIMAL)
            wish_at_most(p, value.value, 1000);
        if (field->type.type != SEG_TIME) break;
        wish_number(p, value.value, USUAL_NOW - SEG_PROOF_DAY);
        wish(p, seg_term_at_most(s, seg_term_int(s, USUAL_NOW - 400 * SEG_PROOF_DAY), value.value));
        wish_at_most(p, value.value, USUAL_NOW + 400 * SEG_PROOF_DAY);
    }
}

/* As few events as can be, of all kinds together. */
static void wish_few(proving *p) {
    seg_solver *s = p->theory.solver;
    static const int64_t few[] = {0, 1, 2, 3, 4, 6, 10, 30, 100};
    seg_term all = seg_term_int(s, 0);
    for (seg_cell *cell = p->theory.cells; cell != NULL; cell = cell->next)
        all = seg_term_add(s, all, cell->count);
    for (size_t i = 0; i < sizeof few / sizeof *few; i++) {
        seg_term at_most = seg_term_at_most(s, all, seg_term_int(s, few[i]));
        if (seg_solver_check(s, at_most) != SEG_POSSIBLE) continue;
        seg_solver_assert(s, at_most);
        return;
    }
}

/* Among all that the solver may answer: few events, attributes as they are unset, few open questions. */
static void wish_simple(proving *p) {
    seg_theory *t = &p->theory;
    seg_solver *s = t->solver;
    wish_number(p, t->now, USUAL_NOW);
    wish_number(p, t->today, USUAL_NOW / SEG_PROOF_DAY);
    for (uint32_t i = 0; i < t->rules->attribute_count; i++)
        if (t->attributes[i].known != NULL) wish_unset(p, &t->rules->attributes[i], t->attributes[i]);
    for (seg_atom *atom = t->atoms; atom != NULL; atom = atom->next)
        if (atom->scope == NULL && atom->rule->type.type == SEG_BOOL)
            wish(p, seg_term_not(s, atom->answer.value));
    for (seg_tally *tally = t->tallies; tally != NULL; tally = tally->next)
        if (!tally->plain) wish_number(p, tally->count, 0);
    wish_few(p);
    for (seg_cell *cell = t->cells; cell != NULL; cell = cell->next)
        for (seg_cell_sum *sum = cell->sums; sum != NULL; sum = sum->next) {
            wish(p, seg_term_at_most(s, seg_term_int(s, 0), sum->sum));
            wish_at_most(p, sum->sum, 1000000);
        }
    (void)seg_solver_check(s, NULL);
}

static seg_status try_answer(proving *p) {
    seg_status status = p->image == NULL ? make_image(p) : SEG_OK;
    for (uint32_t spacing = 0; spacing < SEG_PERSON_SPACINGS && !status; spacing++) {
        bool is_broken;
        seg_person person;
        if (!seg_person_make(&person, &p->theory, spacing)) continue;
        status = seg_person_try(&person, p->rules, p->image, p->segment, &is_broken);
        if (status == SEG_E_FACT || status == SEG_E_TIME || status == SEG_E_LIMIT) {
            status = SEG_OK; /* nobody can be like that */
            continue;
        }
        if (status || !is_broken) continue;
        p->out->outcome = SEG_PROOF_BROKEN;
        p->out->person = person;
        break;
    }
    if (p->arena->failed) return SEG_E_MEMORY;
    return status == SEG_E_LIMIT ? SEG_OK : status; /* no image: nobody can be tried */
}

/* Asks for somebody of whom at least one of the open questions has another answer. False: there are none. */
static bool exclude_answer(proving *p) {
    seg_solver *s = p->theory.solver;
    seg_term other = seg_term_bool(s, false);
    uint32_t count = 0;
    for (seg_atom *atom = p->theory.atoms; atom != NULL; atom = atom->next) {
        bool yes;
        seg_term term = atom->rule->type.type == SEG_BOOL ? atom->answer.value : atom->answer.known;
        if (atom->scope != NULL || !seg_solver_bool(s, term, &yes)) continue;
        other = seg_term_or(s, other, yes ? seg_term_not(s, term) : term);
        count++;
    }
    for (seg_tally *tally = p->theory.tallies; tally != NULL; tally = tally->next) {
        int64_t number;
        if (!seg_solver_int(s, tally->count, &number)) continue;
        other =
            seg_term_or(s, other, seg_term_not(s, seg_term_equal(s, tally->count, seg_term_int(s, number))));
        count++;
    }
    if (count > 0) seg_solver_assert(s, other);
    return count > 0;
}

/* The conditions that the proof knows nothing of, those that are written first. */
static void note_doubts(proving *p) {
    seg_finding *out = p->out;
    for (seg_atom *atom = p->theory.atoms; atom != NULL; atom = atom->next) {
        if (!atom->rule->span.source) continue;
        if (out->doubt_count == SEG_PROOF_DOUBTS) break;
        out->doubts[out->doubt_count++] = atom->rule->span;
    }
}

static seg_status search(proving *p) {
    seg_status status = SEG_OK;
    seg_solver *s = p->theory.solver;
    for (int round = 0; round < ROUNDS && !status && p->out->outcome != SEG_PROOF_BROKEN; round++) {
        if (seg_solver_check(s, NULL) != SEG_POSSIBLE) break;
        seg_solver_mark(s);
        if (round + 1 < ROUNDS) wish_simple(p);
        if (seg_solver_check(s, NULL) == SEG_POSSIBLE) status = try_answer(p);
        seg_solver_back(s);
        if (status || p->out->outcome == SEG_PROOF_BROKEN || !exclude_answer(p)) break;
    }
    /* What the host computes is not known here, so nobody can be tried. */
    return status == SEG_E_NATIVE ? SEG_OK : status;
}

seg_status seg_goal_prove(const seg_goal *goal, const seg_rules *rules, seg_arena *arena, seg_finding *out) {
    *out = (seg_finding){.outcome = SEG_PROOF_OPEN};
    proving p = {.goal = goal, .rules = rules, .arena = arena, .out = out};
    seg_buffer_init(&p.bytes, arena->allocator);
    seg_status status = seg_theory_new(&p.theory, arena, rules);
    if (!status) {
        seg_theory *t = &p.theory;
        seg_term member = seg_theory_segment(t, goal->segment);
        seg_term wrong = goal->condition != NULL
                             ? seg_term_not(t->solver, seg_theory_condition(t, goal->condition))
                             : seg_theory_segment(t, goal->other);
        seg_theory_close(t);
        seg_solver_assert(t->solver, seg_term_and(t->solver, member, wrong));
        seg_answer answer = seg_solver_check(t->solver, NULL);
        if (arena->failed)
            status = SEG_E_MEMORY;
        else if (answer == SEG_IMPOSSIBLE)
            out->outcome = SEG_PROOF_HOLDS;
        else if (answer == SEG_UNDECIDED)
            out->exhausted = true;
        else
            status = search(&p);
        if (!status && out->outcome == SEG_PROOF_OPEN) note_doubts(&p);
    }
    seg_image_free(p.image);
    seg_buffer_free(&p.bytes);
    seg_theory_free(&p.theory);
    return arena->failed ? SEG_E_MEMORY : status;
}
