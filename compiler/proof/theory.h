/* theory.h - what the rules mean to the solver: one person at one instant.
 *
 * Attributes, counts and comparisons become terms; whatever has no meaning here becomes a question that
 * may be answered in any way, the same question always in the same way (an atom). So whatever is true of
 * all answers is true of all people; the reverse need not hold.
 *
 *   theory.c   conditions and values
 *   window.c   which window lies in which
 *   crowd.c    counts: the events of one kind, sorted by the windows they lie in and the filters they pass
 *   wording.c  texts: the constants of the rules, and what is asked about the content of others
 *
 * A value is (known, term): an int for whole numbers, decimals (in units of their last digit), times (ms),
 * dates (days), enums (index) and texts (the number of a constant; beyond those, any other text); a real for
 * floats; a bool. */
#ifndef SEG_PROOF_THEORY_H
#define SEG_PROOF_THEORY_H

#include "../rule.h"
#include "solver.h"

/* Instants that are spoken of: 1970 to 2200. */
#define SEG_PROOF_FIRST INT64_C(0)
#define SEG_PROOF_LAST INT64_C(7258118400000)
#define SEG_PROOF_DAY INT64_C(86400000)

typedef struct seg_known {
    seg_term known, value;
} seg_known;

typedef struct seg_scope {    /* one event, while its filter is read */
    uint32_t event, position; /* position: in the events of the facts */
    seg_known *fields;        /* by index; known NULL: not asked for yet */
} seg_scope;

typedef struct seg_atom { /* a question without meaning here */
    struct seg_atom *next;
    const seg_rule *rule;
    const seg_scope *scope; /* NULL: about the profile */
    uint32_t event_count;
    seg_known answer;
} seg_atom;

typedef struct seg_wording { /* a question about the content of a text, or of a set */
    struct seg_wording *next;
    seg_term subject, answer;
    uint8_t kind; /* of the rule */
    bool ignore_case;
    seg_text pattern;
} seg_wording;

typedef struct seg_tally { /* the number of some facts */
    struct seg_tally *next;
    const seg_rule_facts *facts;
    seg_term count;
    seg_term *filters; /* by position of the event; NULL: every event */
    bool plain;        /* the sum of cells */
} seg_tally;

typedef struct seg_cell_sum {
    struct seg_cell_sum *next;
    uint32_t field;
    seg_term sum;
} seg_cell_sum;

typedef struct seg_cell { /* events that lie in the same windows and pass the same filters */
    struct seg_cell *next;
    const struct seg_crowd *crowd;
    uint32_t windows, filters;      /* sets of the crowd's */
    int64_t youngest_ms, oldest_ms; /* ages of events in its rolling windows: at least, less than */
    seg_term count;
    seg_cell_sum *sums;
} seg_cell;

typedef struct seg_crowd { /* the events of one kind */
    struct seg_crowd *next;
    uint32_t event;
    seg_scope *scope; /* NULL: nobody asked for its fields */
    uint32_t window_count, filter_count;
    const seg_rule_facts *windows[10];
    seg_term filters[6];
    seg_value *samples[64]; /* by set of filters: fields of an event that passes just them; NULL: none does */
} seg_crowd;

typedef struct seg_theory {
    seg_arena *arena;
    seg_solver *solver;
    const seg_rules *rules;
    seg_term now, today;
    seg_known *attributes; /* and the id; known NULL: not asked for */
    seg_term *segments;    /* NULL: not asked for */
    seg_scope *scopes;     /* by event */
    seg_scope *scope;
    uint32_t scope_events;
    uint32_t text_count, text_room;
    seg_text *texts;
    seg_wording *wordings;
    seg_atom *atoms; /* the newest first, as in all lists */
    seg_tally *tallies;
    seg_crowd *crowds;
    seg_cell *cells;
} seg_theory;

seg_status seg_theory_new(seg_theory *theory, seg_arena *arena, const seg_rules *rules);
void seg_theory_free(seg_theory *theory);

/* Is the profile in the segment; does it fulfil a condition. */
seg_term seg_theory_segment(seg_theory *theory, uint32_t segment);
seg_term seg_theory_condition(seg_theory *theory, const seg_rule *rule);
/* Once, when all has been asked for: asserts what holds among the answers. */
void seg_theory_close(seg_theory *theory);

/* ---- Between the parts ----------------------------------------------------------------------- */

seg_known seg_theory_value(seg_theory *theory, const seg_rule *rule);
/* A variable of the type, in its range. */
seg_term seg_theory_variable(seg_theory *theory, seg_rule_type type);
seg_known seg_theory_field(seg_theory *theory, seg_scope *scope, uint32_t field);

seg_term seg_wording_constant(seg_theory *theory, seg_text text);
seg_term seg_wording_ask(seg_theory *theory, seg_term subject, const seg_rule *rule, seg_text pattern);
/* The value that the solver's last answer gives; a text that is no constant is made up. */
seg_value seg_wording_value(seg_theory *theory, seg_rule_type type, seg_known term);
void seg_wording_close(seg_theory *theory);
/* What the test says of a text; kinds CONTAINS, STARTS, ENDS. */
bool seg_wording_holds(uint8_t kind, seg_text pattern, seg_text text);

seg_tally *seg_crowd_tally(seg_theory *theory, const seg_rule_facts *facts);
bool seg_crowd_covers(const seg_cell *cell, const seg_tally *tally);
void seg_crowd_close(seg_theory *theory);

/* Does every event in the first window lie in the second, for certain? Can none lie in both? */
bool seg_window_inside(const seg_rule_facts *inner, const seg_rule_facts *outer);
bool seg_window_apart(const seg_rule_facts *a, const seg_rule_facts *b);
bool seg_window_same(const seg_rule_facts *a, const seg_rule_facts *b);
/* A rolling window of fixed length: ages at least *from, less than *to. EVER has no end (INT64_MAX). */
bool seg_window_ages(const seg_rule_facts *facts, int64_t *from, int64_t *to);
/* The shortest and the longest that a duration can be. */
int64_t seg_duration_least(seg_rule_duration duration);
int64_t seg_duration_most(seg_rule_duration duration);

#endif
