#include "solver.h"

#include <math.h>
#include <stdlib.h>
#include <z3.h>

/* Units of the solver's own count of work, for one check. */
#define EFFORT "5000000"

struct seg_solver {
    Z3_context context;
    Z3_solver solver;
    Z3_model model; /* of the last check; NULL: none */
    Z3_sort sorts[3];
    bool failed; /* sticky: what was asserted is not what was meant */
};

static Z3_ast ast_of(seg_term term) { return (Z3_ast)(void *)term; }
static seg_term term_of(Z3_ast ast) { return (seg_term)(void *)ast; }

/* Without a handler Z3 ends the process at the first error. */
static void ignore_error(Z3_context context, Z3_error_code code) {
    (void)context;
    (void)code;
}

static seg_term made(seg_solver *s, Z3_ast ast) {
    if (ast == NULL || Z3_get_error_code(s->context) != Z3_OK) s->failed = true;
    return s->failed ? NULL : term_of(ast);
}

seg_status seg_solver_new(seg_solver **out) {
    *out = NULL;
    seg_solver *s = calloc(1, sizeof *s);
    if (s == NULL) return SEG_E_MEMORY;
    Z3_config config = Z3_mk_config();
    if (config == NULL) {
        free(s);
        return SEG_E_MEMORY;
    }
    Z3_set_param_value(config, "rlimit", EFFORT);
    s->context = Z3_mk_context(config);
    Z3_del_config(config);
    if (s->context == NULL) {
        free(s);
        return SEG_E_MEMORY;
    }
    Z3_set_error_handler(s->context, ignore_error);
    s->solver = Z3_mk_simple_solver(s->context);
    if (s->solver != NULL) Z3_solver_inc_ref(s->context, s->solver);
    s->sorts[SEG_SORT_BOOL] = Z3_mk_bool_sort(s->context);
    s->sorts[SEG_SORT_INT] = Z3_mk_int_sort(s->context);
    s->sorts[SEG_SORT_REAL] = Z3_mk_real_sort(s->context);
    if (s->solver == NULL || Z3_get_error_code(s->context) != Z3_OK) {
        seg_solver_free(s);
        return SEG_E_MEMORY;
    }
    *out = s;
    return SEG_OK;
}

static void forget_model(seg_solver *s) {
    if (s->model != NULL) Z3_model_dec_ref(s->context, s->model);
    s->model = NULL;
}

void seg_solver_free(seg_solver *s) {
    if (s == NULL) return;
    forget_model(s);
    if (s->solver != NULL) Z3_solver_dec_ref(s->context, s->solver);
    Z3_del_context(s->context);
    free(s);
}

/* ---- Terms ----------------------------------------------------------------------------------- */

seg_term seg_term_bool(seg_solver *s, bool value) {
    return made(s, value ? Z3_mk_true(s->context) : Z3_mk_false(s->context));
}

seg_term seg_term_int(seg_solver *s, int64_t value) {
    return made(s, Z3_mk_int64(s->context, value, s->sorts[SEG_SORT_INT]));
}

/* A float is a whole number times a power of two. */
seg_term seg_term_real(seg_solver *s, double value) {
    int exponent;
    double mantissa = frexp(value, &exponent);
    Z3_ast real = Z3_mk_int64(s->context, (int64_t)ldexp(mantissa, 53), s->sorts[SEG_SORT_REAL]);
    exponent -= 53;
    for (int step; exponent != 0; exponent -= step) {
        step = exponent > 60 ? 60 : exponent < -60 ? -60 : exponent;
        Z3_ast power =
            Z3_mk_int64(s->context, INT64_C(1) << (step < 0 ? -step : step), s->sorts[SEG_SORT_REAL]);
        Z3_ast factors[] = {real, power};
        real = step < 0 ? Z3_mk_div(s->context, real, power) : Z3_mk_mul(s->context, 2, factors);
        real = real != NULL ? Z3_simplify(s->context, real) : NULL;
        if (real == NULL) break;
    }
    return made(s, real);
}

seg_term seg_term_variable(seg_solver *s, seg_sort sort) {
    return made(s, Z3_mk_fresh_const(s->context, "x", s->sorts[sort]));
}

static bool both(seg_solver *s, seg_term a, seg_term b) {
    if (a == NULL || b == NULL) s->failed = true;
    return !s->failed;
}

seg_term seg_term_not(seg_solver *s, seg_term a) {
    return both(s, a, a) ? made(s, Z3_mk_not(s->context, ast_of(a))) : NULL;
}

seg_term seg_term_and(seg_solver *s, seg_term a, seg_term b) {
    Z3_ast parts[] = {ast_of(a), ast_of(b)};
    return both(s, a, b) ? made(s, Z3_mk_and(s->context, 2, parts)) : NULL;
}

seg_term seg_term_or(seg_solver *s, seg_term a, seg_term b) {
    Z3_ast parts[] = {ast_of(a), ast_of(b)};
    return both(s, a, b) ? made(s, Z3_mk_or(s->context, 2, parts)) : NULL;
}

seg_term seg_term_implies(seg_solver *s, seg_term a, seg_term b) {
    return both(s, a, b) ? made(s, Z3_mk_implies(s->context, ast_of(a), ast_of(b))) : NULL;
}

seg_term seg_term_if(seg_solver *s, seg_term condition, seg_term a, seg_term b) {
    if (!both(s, a, b) || !both(s, condition, a)) return NULL;
    return made(s, Z3_mk_ite(s->context, ast_of(condition), ast_of(a), ast_of(b)));
}

seg_term seg_term_equal(seg_solver *s, seg_term a, seg_term b) {
    return both(s, a, b) ? made(s, Z3_mk_eq(s->context, ast_of(a), ast_of(b))) : NULL;
}

seg_term seg_term_less(seg_solver *s, seg_term a, seg_term b) {
    return both(s, a, b) ? made(s, Z3_mk_lt(s->context, ast_of(a), ast_of(b))) : NULL;
}

seg_term seg_term_at_most(seg_solver *s, seg_term a, seg_term b) {
    return both(s, a, b) ? made(s, Z3_mk_le(s->context, ast_of(a), ast_of(b))) : NULL;
}

seg_term seg_term_add(seg_solver *s, seg_term a, seg_term b) {
    Z3_ast parts[] = {ast_of(a), ast_of(b)};
    return both(s, a, b) ? made(s, Z3_mk_add(s->context, 2, parts)) : NULL;
}

seg_term seg_term_subtract(seg_solver *s, seg_term a, seg_term b) {
    Z3_ast parts[] = {ast_of(a), ast_of(b)};
    return both(s, a, b) ? made(s, Z3_mk_sub(s->context, 2, parts)) : NULL;
}

seg_term seg_term_multiply(seg_solver *s, seg_term a, seg_term b) {
    Z3_ast parts[] = {ast_of(a), ast_of(b)};
    return both(s, a, b) ? made(s, Z3_mk_mul(s->context, 2, parts)) : NULL;
}

seg_term seg_term_to_real(seg_solver *s, seg_term a) {
    return both(s, a, a) ? made(s, Z3_mk_int2real(s->context, ast_of(a))) : NULL;
}

/* ---- Questions ------------------------------------------------------------------------------- */

void seg_solver_assert(seg_solver *s, seg_term condition) {
    if (!both(s, condition, condition)) return;
    Z3_solver_assert(s->context, s->solver, ast_of(condition));
    if (Z3_get_error_code(s->context) != Z3_OK) s->failed = true;
}

void seg_solver_mark(seg_solver *s) {
    Z3_solver_push(s->context, s->solver);
    if (Z3_get_error_code(s->context) != Z3_OK) s->failed = true;
}

void seg_solver_back(seg_solver *s) {
    Z3_solver_pop(s->context, s->solver, 1);
    if (Z3_get_error_code(s->context) != Z3_OK) s->failed = true;
}

seg_answer seg_solver_check(seg_solver *s, seg_term also) {
    if (s->failed) return SEG_UNDECIDED;
    forget_model(s);
    if (also != NULL) { /* an assumption of Z3's must be a literal */
        seg_solver_mark(s);
        seg_solver_assert(s, also);
    }
    Z3_lbool answer = Z3_solver_check(s->context, s->solver);
    if (Z3_get_error_code(s->context) != Z3_OK) answer = Z3_L_UNDEF;
    if (answer == Z3_L_TRUE) {
        s->model = Z3_solver_get_model(s->context, s->solver);
        if (s->model != NULL) Z3_model_inc_ref(s->context, s->model);
    }
    if (also != NULL) seg_solver_back(s);
    if (s->failed) return SEG_UNDECIDED;
    return answer == Z3_L_TRUE ? SEG_POSSIBLE : answer == Z3_L_FALSE ? SEG_IMPOSSIBLE : SEG_UNDECIDED;
}

static Z3_ast value_of(seg_solver *s, seg_term term) {
    Z3_ast value = NULL;
    if (s->failed || s->model == NULL || term == NULL) return NULL;
    if (!Z3_model_eval(s->context, s->model, ast_of(term), true, &value)) return NULL;
    return value;
}

bool seg_solver_bool(seg_solver *s, seg_term term, bool *out) {
    Z3_ast value = value_of(s, term);
    if (value == NULL) return false;
    Z3_lbool answer = Z3_get_bool_value(s->context, value);
    *out = answer == Z3_L_TRUE;
    return answer != Z3_L_UNDEF;
}

bool seg_solver_int(seg_solver *s, seg_term term, int64_t *out) {
    Z3_ast value = value_of(s, term);
    return value != NULL && Z3_get_ast_kind(s->context, value) == Z3_NUMERAL_AST &&
           Z3_get_numeral_int64(s->context, value, out);
}

bool seg_solver_real(seg_solver *s, seg_term term, double *out) {
    Z3_ast value = value_of(s, term);
    if (value == NULL || Z3_get_ast_kind(s->context, value) != Z3_NUMERAL_AST) return false;
    *out = Z3_get_numeral_double(s->context, value);
    return isfinite(*out);
}
