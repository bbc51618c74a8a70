/* solver.h - the one place that knows the SMT solver (Z3): terms, assertions, answers, models.
 *
 * Terms live as long as their solver. A call that the solver could not do gives NULL, and NULL goes in as
 * well as out: seg_solver_check then says SEG_UNDECIDED, so nothing is ever proven from what went wrong.
 * Effort is bounded by counted work, never by time, so equal questions have equal answers. When memory runs
 * short, Z3 may end the process; nothing can be done about that from outside. */
#ifndef SEG_PROOF_SOLVER_H
#define SEG_PROOF_SOLVER_H

#include "../../runtime/seg.h"

typedef struct seg_solver seg_solver;
typedef struct seg_term_node *seg_term;
typedef enum seg_sort { SEG_SORT_BOOL, SEG_SORT_INT, SEG_SORT_REAL } seg_sort;
typedef enum seg_answer { SEG_IMPOSSIBLE, SEG_POSSIBLE, SEG_UNDECIDED } seg_answer;

seg_status seg_solver_new(seg_solver **out);
void seg_solver_free(seg_solver *solver);

seg_term seg_term_bool(seg_solver *solver, bool value);
seg_term seg_term_int(seg_solver *solver, int64_t value);
seg_term seg_term_real(seg_solver *solver, double value);      /* exactly; finite */
seg_term seg_term_variable(seg_solver *solver, seg_sort sort); /* a new one */

seg_term seg_term_not(seg_solver *solver, seg_term a);
seg_term seg_term_and(seg_solver *solver, seg_term a, seg_term b);
seg_term seg_term_or(seg_solver *solver, seg_term a, seg_term b);
seg_term seg_term_implies(seg_solver *solver, seg_term a, seg_term b);
seg_term seg_term_if(seg_solver *solver, seg_term condition, seg_term a, seg_term b);
seg_term seg_term_equal(seg_solver *solver, seg_term a, seg_term b); /* of one sort */
seg_term seg_term_less(seg_solver *solver, seg_term a, seg_term b);
seg_term seg_term_at_most(seg_solver *solver, seg_term a, seg_term b);
seg_term seg_term_add(seg_solver *solver, seg_term a, seg_term b);
seg_term seg_term_subtract(seg_solver *solver, seg_term a, seg_term b);
seg_term seg_term_to_real(seg_solver *solver, seg_term a); /* of an int */
seg_term seg_term_multiply(seg_solver *solver, seg_term a, seg_term b);

void seg_solver_assert(seg_solver *solver, seg_term condition);
/* What is asserted from here on is forgotten at the matching back. */
void seg_solver_mark(seg_solver *solver);
void seg_solver_back(seg_solver *solver);
/* Can everything that is asserted hold at once? `also`: this too, or NULL. */
seg_answer seg_solver_check(seg_solver *solver, seg_term also);

/* The values of the last SEG_POSSIBLE answer. False: it has none that fits. */
bool seg_solver_bool(seg_solver *solver, seg_term term, bool *out);
bool seg_solver_int(seg_solver *solver, seg_term term, int64_t *out);
bool seg_solver_real(seg_solver *solver, seg_term term, double *out); /* the nearest float */

#endif
