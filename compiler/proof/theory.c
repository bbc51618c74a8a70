#include "theory.h"

#include "../types.h"

/* ---- Variables ------------------------------------------------------------------------------- */

static seg_term always(seg_theory *t) { return seg_term_bool(t->solver, true); }

static void between(seg_theory *t, seg_term term, int64_t least, int64_t most) {
    seg_solver_assert(t->solver, seg_term_at_most(t->solver, seg_term_int(t->solver, least), term));
    seg_solver_assert(t->solver, seg_term_at_most(t->solver, term, seg_term_int(t->solver, most)));
}

seg_term seg_theory_variable(seg_theory *t, seg_rule_type type) {
    if (type.type == SEG_BOOL) return seg_term_variable(t->solver, SEG_SORT_BOOL);
    if (type.type == SEG_FLOAT) return seg_term_variable(t->solver, SEG_SORT_REAL);
    seg_term term = seg_term_variable(t->solver, SEG_SORT_INT);
    switch (type.type) {
    case SEG_ENUM: between(t, term, 0, (int64_t)type.enumeration->count - 1); break;
    case SEG_TIME: between(t, term, SEG_TIME_MIN, SEG_TIME_MAX); break;
    case SEG_DATE: between(t, term, SEG_TIME_MIN / SEG_PROOF_DAY - 1, SEG_TIME_MAX / SEG_PROOF_DAY); break;
    case SEG_TEXT:
    case SEG_ZONE:
    case SEG_SET: between(t, term, 0, INT64_MAX); break;
    default: between(t, term, -INT64_MAX, INT64_MAX);
    }
    return term;
}

static seg_known field_variable(seg_theory *t, const seg_rule_field *field) {
    bool optional = field->type.optional && !field->has_default;
    return (seg_known){optional ? seg_term_variable(t->solver, SEG_SORT_BOOL) : always(t),
                       seg_theory_variable(t, field->type)};
}

static seg_known attribute(seg_theory *t, uint32_t index) {
    seg_known *one = &t->attributes[index];
    if (one->known != NULL) return *one;
    static const seg_rule_field id = {.type = {.type = SEG_TEXT}};
    *one = field_variable(t, index < t->rules->attribute_count ? &t->rules->attributes[index] : &id);
    return *one;
}

seg_known seg_theory_field(seg_theory *t, seg_scope *scope, uint32_t field) {
    seg_known *one = &scope->fields[field];
    if (one->known == NULL) *one = field_variable(t, &t->rules->events[scope->event].fields[field]);
    return *one;
}

/* ---- Questions without meaning --------------------------------------------------------------- */

static void bound_answer(seg_theory *t, const seg_rule *rule, seg_term value) {
    static const int64_t parts[][2] = {{0, 23}, {1, 7}, {1, 31}, {1, 12}, {1, 9999}};
    if (rule->kind == SEG_RULE_PART && rule->index < SEG_RULE_DATE_OF)
        between(t, value, parts[rule->index][0], parts[rule->index][1]);
    if (rule->kind == SEG_RULE_BUCKET) between(t, value, 0, 9999);
    if (rule->kind == SEG_RULE_TALLY || rule->kind == SEG_RULE_DISTINCT || rule->kind == SEG_RULE_ACTIVE_DAYS)
        between(t, value, 0, INT64_MAX);
}

/* The same question has the same answer. */
static seg_known ask(seg_theory *t, const seg_rule *rule, bool *is_new) {
    *is_new = false;
    for (seg_atom *a = t->atoms; a != NULL; a = a->next)
        if (a->scope == t->scope && a->event_count == t->scope_events &&
            seg_rule_equal(a->rule, rule, a->event_count))
            return a->answer;
    seg_atom *a = seg_arena_take(t->arena, sizeof *a);
    if (a == NULL) return (seg_known){NULL, NULL};
    /* Two uses of one question may differ in whether narrowing has proven it known. */
    bool may_miss = rule->type.optional || rule->type.type != SEG_BOOL;
    *a = (seg_atom){.next = t->atoms, .rule = rule, .scope = t->scope, .event_count = t->scope_events};
    a->answer.known = may_miss ? seg_term_variable(t->solver, SEG_SORT_BOOL) : always(t);
    a->answer.value = seg_theory_variable(t, rule->type);
    bound_answer(t, rule, a->answer.value);
    t->atoms = a;
    *is_new = true;
    return a->answer;
}

static seg_known ask_plainly(seg_theory *t, const seg_rule *rule) {
    bool is_new;
    return ask(t, rule, &is_new);
}

/* ---- Numbers --------------------------------------------------------------------------------- */

static seg_term zero(seg_theory *t, seg_rule_type type) {
    return type.type == SEG_FLOAT ? seg_term_real(t->solver, 0) : seg_term_int(t->solver, 0);
}

/* Arithmetic holds its results at the ends of the range. */
static seg_term held(seg_theory *t, seg_term wide) {
    seg_solver *s = t->solver;
    seg_term most = seg_term_int(s, INT64_MAX), least = seg_term_int(s, -INT64_MAX);
    return seg_term_if(s, seg_term_less(s, most, wide), most,
                       seg_term_if(s, seg_term_less(s, wide, least), least, wide));
}

static seg_known arithmetic(seg_theory *t, const seg_rule *rule) {
    seg_solver *s = t->solver;
    const seg_rule *left = rule->operands[0], *right = rule->operands[1];
    seg_known a = seg_theory_value(t, left), b = seg_theory_value(t, right);
    bool linear = rule->kind != SEG_RULE_DIV && (rule->kind != SEG_RULE_MUL || left->kind == SEG_RULE_CONST ||
                                                 right->kind == SEG_RULE_CONST);
    seg_term known = seg_term_and(s, a.known, b.known);
    if (rule->kind == SEG_RULE_DIV)
        known = seg_term_and(s, known, seg_term_not(s, seg_term_equal(s, b.value, zero(t, right->type))));
    /* Floats are rounded, so their arithmetic is not that of the reals. */
    if (rule->type.type == SEG_FLOAT || !linear) return (seg_known){known, ask_plainly(t, rule).value};
    seg_term wide = rule->kind == SEG_RULE_ADD   ? seg_term_add(s, a.value, b.value)
                    : rule->kind == SEG_RULE_SUB ? seg_term_subtract(s, a.value, b.value)
                                                 : seg_term_multiply(s, a.value, b.value);
    return (seg_known){known, held(t, wide)};
}

static int64_t power_of_ten(uint32_t exponent) {
    int64_t power = 1;
    while (exponent-- > 0) power *= 10;
    return power;
}

/* The float nearest to x / 10^scale is x itself where 53 bits hold it, and has its sign. */
static seg_known to_float(seg_theory *t, const seg_rule *rule, seg_known a, uint32_t scale) {
    seg_solver *s = t->solver;
    seg_known answer = {a.known, ask_plainly(t, rule).value};
    seg_term none = seg_term_real(s, 0), nought = seg_term_int(s, 0);
    seg_solver_assert(
        s, seg_term_equal(s, seg_term_less(s, nought, a.value), seg_term_less(s, none, answer.value)));
    seg_solver_assert(
        s, seg_term_equal(s, seg_term_less(s, a.value, nought), seg_term_less(s, answer.value, none)));
    if (scale > 0) return answer;
    int64_t exact = INT64_C(1) << 53;
    seg_term small = seg_term_and(s, seg_term_at_most(s, seg_term_int(s, -exact), a.value),
                                  seg_term_at_most(s, a.value, seg_term_int(s, exact)));
    seg_solver_assert(
        s, seg_term_implies(s, small, seg_term_equal(s, answer.value, seg_term_to_real(s, a.value))));
    return answer;
}

static seg_known convert(seg_theory *t, const seg_rule *rule) {
    seg_rule_type from = rule->operands[0]->type;
    seg_known a = seg_theory_value(t, rule->operands[0]);
    uint32_t scale = from.type == SEG_DECIMAL ? from.scale : 0;
    if (rule->type.type == SEG_FLOAT) return to_float(t, rule, a, scale);
    seg_term power = seg_term_int(t->solver, power_of_ten(rule->type.scale - scale));
    return (seg_known){a.known, held(t, seg_term_multiply(t->solver, a.value, power))};
}

/* ---- Constants and comparisons --------------------------------------------------------------- */

static seg_known constant(seg_theory *t, const seg_rule *rule, seg_rule_type type,
                          const seg_rule_const *one) {
    seg_known answer = {seg_term_bool(t->solver, one->value.known), NULL};
    if (!one->value.known || type.type == SEG_SET || one->duration.months != 0) {
        if (rule != NULL)
            answer.value = ask_plainly(t, rule).value;
        else
            answer.value = seg_theory_variable(t, type);
    } else if (type.type == SEG_BOOL)
        answer.value = seg_term_bool(t->solver, one->value.as.i != 0);
    else if (type.type == SEG_FLOAT)
        answer.value = seg_term_real(t->solver, one->value.as.f);
    else if (type.type == SEG_TEXT || type.type == SEG_ZONE)
        answer.value = seg_wording_constant(t, one->value.as.text);
    else
        answer.value = seg_term_int(t->solver, one->value.as.i);
    return answer;
}

static seg_term compare(seg_theory *t, uint8_t kind, seg_term a, seg_term b) {
    seg_solver *s = t->solver;
    switch (kind) {
    case SEG_RULE_EQ: return seg_term_equal(s, a, b);
    case SEG_RULE_NE: return seg_term_not(s, seg_term_equal(s, a, b));
    case SEG_RULE_LT: return seg_term_less(s, a, b);
    case SEG_RULE_LE: return seg_term_at_most(s, a, b);
    case SEG_RULE_GT: return seg_term_less(s, b, a);
    default: return seg_term_at_most(s, b, a);
    }
}

#define LIST_MOST 1000u /* longer lists are a question without meaning */

static seg_term in_list(seg_theory *t, const seg_rule *rule) {
    seg_known a = seg_theory_value(t, rule->operands[0]);
    if (rule->list_count > LIST_MOST) return ask_plainly(t, rule).value;
    seg_term any = seg_term_bool(t->solver, false);
    for (uint32_t i = 0; i < rule->list_count; i++) {
        seg_known one = constant(t, NULL, rule->operands[0]->type, &rule->list[i]);
        any = seg_term_or(t->solver, any, seg_term_equal(t->solver, a.value, one.value));
    }
    return any;
}

/* contains, starts with, ends with, matches, has: of a missing subject they are false. */
static seg_term content(seg_theory *t, const seg_rule *rule) {
    seg_known subject = seg_theory_value(t, rule->operands[0]);
    seg_text pattern = rule->kind == SEG_RULE_MATCHES || rule->operand_count < 2
                           ? rule->pattern
                           : rule->operands[1]->constant.value.as.text;
    return seg_term_and(t->solver, subject.known, seg_wording_ask(t, subject.value, rule, pattern));
}

/* x + duration is not after now. Between the bounds it is a question: months have several lengths, and today
 * in another zone is up to two days away. */
static seg_term reached(seg_theory *t, const seg_rule *rule) {
    seg_solver *s = t->solver;
    seg_term x = seg_theory_value(t, rule->operands[0]).value;
    bool of_date = rule->kind == SEG_RULE_DATE_REACHED, elsewhere = rule->operand_count > 1;
    seg_term present = of_date ? t->today : t->now;
    int64_t unit = of_date ? SEG_PROOF_DAY : 1, far = elsewhere ? 2 * SEG_PROOF_DAY : 0;
    int64_t least = (seg_duration_least(rule->duration) - far) / unit;
    int64_t most = (seg_duration_most(rule->duration) + far) / unit;
    seg_term late = seg_term_at_most(s, seg_term_add(s, x, seg_term_int(s, most)), present);
    if (rule->duration.months == 0 && !elsewhere) return late;
    seg_term early = seg_term_at_most(s, seg_term_add(s, x, seg_term_int(s, least)), present);
    bool is_new;
    seg_term answer = ask(t, rule, &is_new).value;
    if (!is_new) return answer;
    seg_solver_assert(s, seg_term_implies(s, late, answer));
    seg_solver_assert(s, seg_term_implies(s, answer, early));
    return answer;
}

/* ---- Facts ----------------------------------------------------------------------------------- */

static seg_term is_some(seg_theory *t, const seg_tally *tally) {
    return tally == NULL ? NULL : seg_term_less(t->solver, seg_term_int(t->solver, 0), tally->count);
}

/* What any answer about facts says of their number. */
static seg_known aggregate(seg_theory *t, const seg_rule *rule) {
    bool is_new;
    seg_solver *s = t->solver;
    seg_tally *tally = seg_crowd_tally(t, rule->facts);
    seg_known answer = ask(t, rule, &is_new);
    if (tally == NULL || !is_new) return answer;
    const seg_rule *of = rule->operand_count > 0 ? rule->operands[0] : NULL;
    bool sure = of == NULL || !of->type.optional; /* every event has a value */
    seg_term some = is_some(t, tally), none = seg_term_not(s, some);
    switch (rule->kind) {
    case SEG_RULE_SUM:
        seg_solver_assert(s, answer.known);
        seg_solver_assert(s, seg_term_implies(s, none, seg_term_equal(s, answer.value, zero(t, rule->type))));
        break;
    case SEG_RULE_DISTINCT:
    case SEG_RULE_ACTIVE_DAYS:
        seg_solver_assert(s, answer.known);
        seg_solver_assert(s, seg_term_at_most(s, answer.value, tally->count));
        if (sure)
            seg_solver_assert(s,
                              seg_term_implies(s, some, seg_term_less(s, seg_term_int(s, 0), answer.value)));
        break;
    case SEG_RULE_DECAYED: seg_solver_assert(s, answer.known); break;
    case SEG_RULE_AVG:
    case SEG_RULE_MIN:
    case SEG_RULE_MAX:
    case SEG_RULE_FIRST:
    case SEG_RULE_LAST:
    case SEG_RULE_MOST:
    case SEG_RULE_LEAST:
        seg_solver_assert(s, seg_term_implies(s, answer.known, some));
        if (sure) seg_solver_assert(s, seg_term_implies(s, some, answer.known));
        if (of == NULL)
            seg_solver_assert(s,
                              seg_term_implies(s, answer.known, seg_term_at_most(s, answer.value, t->now)));
    }
    return answer;
}

static seg_known truth(seg_theory *t, seg_term value) { return (seg_known){always(t), value}; }

/* It held at every instant up to now, so also now. */
static seg_known held_so_far(seg_theory *t, const seg_rule *rule) {
    bool is_new;
    seg_known answer = ask(t, rule, &is_new);
    seg_known present = seg_theory_value(t, rule->operands[0]);
    if (is_new) seg_solver_assert(t->solver, seg_term_implies(t->solver, answer.value, present.value));
    return answer;
}

/* ---- All of them ----------------------------------------------------------------------------- */

static seg_known choice(seg_theory *t, const seg_rule *rule) {
    seg_solver *s = t->solver;
    seg_known a = seg_theory_value(t, rule->operands[0]), b = seg_theory_value(t, rule->operands[1]);
    if (rule->kind == SEG_RULE_COALESCE)
        return (seg_known){seg_term_or(s, a.known, b.known), seg_term_if(s, a.known, a.value, b.value)};
    seg_known c = seg_theory_value(t, rule->operands[2]);
    return (seg_known){seg_term_if(s, a.value, b.known, c.known), seg_term_if(s, a.value, b.value, c.value)};
}

static seg_known logic(seg_theory *t, const seg_rule *rule) {
    seg_solver *s = t->solver;
    seg_known a = seg_theory_value(t, rule->operands[0]);
    if (rule->kind == SEG_RULE_NOT) return truth(t, seg_term_not(s, a.value));
    if (rule->kind == SEG_RULE_MISSING) return truth(t, seg_term_not(s, a.known));
    if (rule->kind == SEG_RULE_NEG)
        return (seg_known){a.known, seg_term_subtract(s, zero(t, rule->type), a.value)};
    seg_known b = seg_theory_value(t, rule->operands[1]);
    if (rule->kind == SEG_RULE_AND) return truth(t, seg_term_and(s, a.value, b.value));
    if (rule->kind == SEG_RULE_OR) return truth(t, seg_term_or(s, a.value, b.value));
    return truth(t, compare(t, rule->kind, a.value, b.value));
}

static seg_known part(seg_theory *t, const seg_rule *rule) {
    bool of_now = rule->operands[0]->kind == SEG_RULE_NOW && rule->operand_count == 1;
    if (of_now && rule->index == SEG_RULE_DATE_OF) return truth(t, t->today);
    seg_known answer = ask_plainly(t, rule);
    if (rule->operands[0]->kind != SEG_RULE_NOW) answer.known = seg_theory_value(t, rule->operands[0]).known;
    return answer;
}

seg_known seg_theory_value(seg_theory *t, const seg_rule *rule) {
    switch (rule->kind) {
    case SEG_RULE_CONST: return constant(t, rule, rule->type, &rule->constant);
    case SEG_RULE_ATTRIBUTE: return t->scope == NULL ? attribute(t, rule->index) : ask_plainly(t, rule);
    case SEG_RULE_FIELD:
        if (t->scope == NULL) return ask_plainly(t, rule);
        return seg_theory_field(t, &t->scopes[t->scope->event], rule->fields[t->scope->position]);
    case SEG_RULE_NOT:
    case SEG_RULE_AND:
    case SEG_RULE_OR:
    case SEG_RULE_EQ:
    case SEG_RULE_NE:
    case SEG_RULE_LT:
    case SEG_RULE_LE:
    case SEG_RULE_GT:
    case SEG_RULE_GE:
    case SEG_RULE_NEG:
    case SEG_RULE_MISSING: return logic(t, rule);
    case SEG_RULE_IF:
    case SEG_RULE_COALESCE: return choice(t, rule);
    case SEG_RULE_ADD:
    case SEG_RULE_SUB:
    case SEG_RULE_MUL:
    case SEG_RULE_DIV: return arithmetic(t, rule);
    case SEG_RULE_CONVERT: return convert(t, rule);
    case SEG_RULE_IN: return truth(t, in_list(t, rule));
    case SEG_RULE_CONTAINS:
    case SEG_RULE_STARTS:
    case SEG_RULE_ENDS:
    case SEG_RULE_MATCHES:
    case SEG_RULE_HAS: return truth(t, content(t, rule));
    case SEG_RULE_REACHED:
    case SEG_RULE_DATE_REACHED: return truth(t, reached(t, rule));
    case SEG_RULE_PART: return part(t, rule);
    case SEG_RULE_SEGMENT: return truth(t, t->segments[rule->index]);
    case SEG_RULE_HELD: return held_so_far(t, rule);
    case SEG_RULE_COUNT:
    case SEG_RULE_ANY: {
        seg_tally *tally = t->scope == NULL ? seg_crowd_tally(t, rule->facts) : NULL;
        if (tally == NULL) return ask_plainly(t, rule);
        return truth(t, rule->kind == SEG_RULE_COUNT ? tally->count : is_some(t, tally));
    }
    default: return rule->facts != NULL && t->scope == NULL ? aggregate(t, rule) : ask_plainly(t, rule);
    }
}

/* ---- Segments -------------------------------------------------------------------------------- */

/* Notes the segments that the rule asks for, wherever that has a meaning here. */
static void need(const seg_rule *rule, bool *needed) {
    if (rule->kind == SEG_RULE_SEGMENT) needed[rule->index] = true;
    for (uint32_t i = 0; i < rule->operand_count; i++) need(rule->operands[i], needed);
    if (rule->facts != NULL && rule->facts->anchor != NULL) need(rule->facts->anchor, needed);
}

/* Segments that are referred to stand before those that refer to them. */
static bool prepare(seg_theory *t, const seg_rule *rule) {
    uint32_t count = t->rules->segment_count;
    bool *needed = seg_arena_take_array(t->arena, (size_t)count + 1, sizeof *needed);
    if (needed == NULL) return false;
    need(rule, needed);
    for (uint32_t i = count; i-- > 0;)
        if (needed[i]) need(t->rules->segments[i].rule, needed);
    for (uint32_t i = 0; i < count; i++)
        if (needed[i] && t->segments[i] == NULL)
            t->segments[i] = seg_theory_value(t, t->rules->segments[i].rule).value;
    return true;
}

seg_term seg_theory_condition(seg_theory *t, const seg_rule *rule) {
    return prepare(t, rule) ? seg_theory_value(t, rule).value : NULL;
}

seg_term seg_theory_segment(seg_theory *t, uint32_t segment) {
    if (t->segments[segment] == NULL)
        t->segments[segment] = seg_theory_condition(t, t->rules->segments[segment].rule);
    return t->segments[segment];
}

/* ---- Begin and end --------------------------------------------------------------------------- */

seg_status seg_theory_new(seg_theory *t, seg_arena *arena, const seg_rules *rules) {
    *t = (seg_theory){.arena = arena, .rules = rules};
    t->attributes = seg_arena_take_array(arena, (size_t)rules->attribute_count + 1, sizeof *t->attributes);
    t->segments = seg_arena_take_array(arena, (size_t)rules->segment_count + 1, sizeof(seg_term));
    t->scopes = seg_arena_take_array(arena, (size_t)rules->event_count + 1, sizeof *t->scopes);
    if (t->attributes == NULL || t->segments == NULL || t->scopes == NULL) return SEG_E_MEMORY;
    seg_status status = seg_solver_new(&t->solver);
    if (status) return status;
    seg_solver *s = t->solver;
    t->now = seg_term_variable(s, SEG_SORT_INT);
    between(t, t->now, SEG_PROOF_FIRST, SEG_PROOF_LAST);
    /* The local date: no zone is further than 26 hours from UTC. */
    t->today = seg_term_variable(s, SEG_SORT_INT);
    seg_term begin = seg_term_multiply(s, t->today, seg_term_int(s, SEG_PROOF_DAY));
    int64_t far = INT64_C(26) * 3600000;
    seg_term least = seg_term_subtract(s, t->now, seg_term_int(s, far + SEG_PROOF_DAY));
    seg_term most = seg_term_add(s, t->now, seg_term_int(s, far));
    seg_solver_assert(s, seg_term_at_most(s, least, begin));
    seg_solver_assert(s, seg_term_at_most(s, begin, most));
    return SEG_OK;
}

void seg_theory_close(seg_theory *t) {
    seg_wording_close(t);
    seg_crowd_close(t);
}

void seg_theory_free(seg_theory *t) {
    seg_solver_free(t->solver);
    t->solver = NULL;
}
