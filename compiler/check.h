/* check.h - what the parts of the checker share; private to check*.c.
 *
 * The parts   check.c          the passes, in order, over the whole workspace
 *             check_fault.c    faults and guesses
 *             check_declare.c  attributes, events, unions, defines, params
 *             check_value.c    literals and names as values
 *             check_define.c   what defines and their parameters stand for
 *             check_logic.c    and, or, not, if, ??, arithmetic; the dispatch over all expressions
 *             check_compare.c  comparisons and tests
 *             check_time.c     tests against now
 *             check_past.c     what was, and for how long; check_decay.c: what fades
 *             check_calendar.c zones, windows of the calendar, parts of time
 *             check_facts.c    counts and aggregates of events; check_window.c: their windows
 *             check_pair.c     other events that come with them; sequences, sessions
 *             check_number.c   numbers of different kinds brought to one
 *             check_data.c     columns; check_scenario.c: scenario tests
 *             check_model.c    models that are read from files
 *             check_native.c   functions of the host
 *             check_each.c     the values of a field, one by one
 *             check_member.c   segments of families and stages; references to segments
 *             check_rank.c     where a profile stands among others
 *             check_group.c    who shares a value with the profile
 *             check_sample.c   lists of ids, samples
 *             check_policy.c   policies over segments
 *             check_order.c    the order of segments; circles
 *
 * A function that gives a rule gives NULL after a fault that has been told (or when memory is short), and
 * whoever gets NULL gives NULL without a further word: faults do not cascade. */
#ifndef SEG_CHECK_H
#define SEG_CHECK_H

#include "names.h"
#include "narrow.h"
#include "types.h"

#define SEG_CHECK_STEP_LIMIT 1000000u /* parts of rules, after defines are put in */
#define SEG_CHECK_DEPTH_LIMIT 400u    /* of expressions and defines in each other */
#define SEG_CHECK_NAME_LIMIT 128u     /* bytes of a name */
#define SEG_CHECK_FIELD_LIMIT 1000u   /* fields of an event, attributes, values of an enum */
#define SEG_CHECK_LIST_LIMIT 10000u   /* items of a list */
#define SEG_CHECK_UNION_DEPTH_LIMIT 100u
#define SEG_CHECK_CLOCK_LIMIT 96u     /* times of a day at which ranks are made */
#define SEG_CHECK_POINTS_LIMIT 100u   /* conditions of points(…) */

/* Where names are looked up. Both NULL at the top of a rule. */
typedef struct seg_frame seg_frame;
typedef struct seg_env {
    const seg_frame *frame;      /* parameters of the define whose body this is */
    const seg_event_set *events; /* inside where and aggregates: whose fields are names */
} seg_env;

struct seg_frame { /* one use of a define */
    const seg_node *define;
    const seg_node *call; /* the use: a NAME, or a CALL whose children are the arguments */
    seg_env caller;       /* where the arguments are looked up */
    seg_span use;         /* the outermost use, in a rule */
    uint32_t depth;       /* of defines in each other */
};

/* The use of a define around this place. NULL at the top of a rule, also of one of a family, whose frame
 * binds its value. */
static inline const seg_frame *seg_check_use(const seg_env *env) {
    return env->frame != NULL && env->frame->define->kind == SEG_NODE_DEFINE ? env->frame : NULL;
}

typedef struct seg_doubt seg_doubt;
struct seg_doubt {
    const seg_node *node;
    const seg_doubt *outer;
};

typedef struct seg_reference {
    uint32_t from, to;
    seg_span span;
} seg_reference;

typedef struct seg_each seg_each; /* see check_each.c */

typedef struct seg_checker {
    seg_arena *arena;
    seg_diags *diags;
    seg_names names;
    seg_rules *rules;
    seg_rule_field *attributes;
    seg_rule_event *events;
    const seg_name *const *segment_names; /* in order of names */
    const seg_param_value *params; /* from the host */
    size_t param_count;
    const seg_list_file *files; /* from the host */
    size_t file_count;

    const seg_proof *proofs; /* at the present place */
    bool asserted; /* nothing around this place negates it: see seg_check_subject */
    const struct seg_trend *trend; /* not NULL: in a comparison of a value with its past */
    uint32_t columns_count, test_count; /* declarations of these */
    const seg_doubt *doubts; /* conditions before this place that were at fault: their proofs are lacking */
    const seg_event_set *inside; /* inside where or an aggregate, through defines too */
    seg_each *each;              /* inside `for some F`, `for each F` and `count of F`; else NULL */
    uint32_t segment;            /* whose rule this is, in order of names; SEG_NONE */
    int64_t past_ms;             /* how long ago is the instant that this place looks at */
    bool touches_facts;          /* the rule looked at an attribute, event or segment */
    bool asks_others; /* some rule does, by a rank or about a group */
    uint32_t steps, depth, guesses;
    bool limit_told;

    const seg_model **models; /* NULL: at fault */

    seg_rule_zone *zones; /* that rules name, ascending by the words of their names */
    uint32_t zone_count, zone_capacity;

    seg_reference *references;
    uint32_t reference_count, reference_capacity;
    seg_rule **segment_rules; /* SEGMENT nodes, whose index is still in order of names */
    uint32_t segment_rule_count, segment_rule_capacity;
    seg_rule_policy *policies;
    const uint32_t *segment_order; /* order of names -> final index */
} seg_checker;

/* ---- check_fault.c: never NULL; the same fault at the same place is told once ---------------- */
seg_diag *seg_check_fault(seg_checker *c, const seg_env *env, seg_diag_code code, seg_span span,
                          const char *format, ...) __attribute__((format(printf, 5, 6)));
/* Adds the declaration of `name` as a related place. */
void seg_check_note_name(seg_checker *c, seg_diag *diag, const seg_name *name);
const char *seg_check_kind_words(const seg_name *name); /* "an attribute", "an event" */
/* Tells of a name that nobody declared, with a guess among values, fields, parameters and names. */
enum { SEG_GUESS_VALUES = 1u, SEG_GUESS_EVENTS = 2u, SEG_GUESS_FUNCTIONS = 4u, SEG_GUESS_SEGMENTS = 8u,
       SEG_GUESS_GROUPS = 16u };
void seg_check_unknown(seg_checker *c, const seg_env *env, const seg_node *node, const seg_rule_type *want,
                       unsigned among, const char *expected);
void seg_check_guess(seg_checker *c, seg_diag *diag, seg_span span, const seg_guess *guess);
/* The bytes of a span, cut to fit a message. */
typedef struct seg_check_text {
    char text[96];
} seg_check_text;
seg_check_text seg_check_source(seg_span span);
/* Counts one more step, and depth while it is open. False: too much, which has been told. */
bool seg_check_enter(seg_checker *c, const seg_node *node);
void seg_check_leave(seg_checker *c);
void seg_check_too_deep(seg_checker *c, seg_span span);
void seg_check_too_large(seg_checker *c, seg_span span);
/* A value that may be missing, where that must not be. */
void seg_check_missing(seg_checker *c, const seg_env *env, const seg_node *node, const seg_rule *rule);

/* ---- check_declare.c ------------------------------------------------------------------------- */
void seg_check_declarations(seg_checker *c, seg_node *const *trees, size_t tree_count);
bool seg_check_reserved(seg_text name); /* of a built-in function */
extern const char *const seg_check_functions[];

/* ---- check_value.c --------------------------------------------------------------------------- */
/* Copies the rule, placed at `node` (or at the use of the define). `written`: shown by explain. */
const seg_rule *seg_check_make(seg_checker *c, const seg_env *env, const seg_node *node, bool written,
                               seg_rule rule);
/* A copy whose nodes are not shown: for a part that the rule needs twice. */
const seg_rule *seg_check_hidden(seg_checker *c, const seg_rule *rule);
const seg_rule *seg_check_optional(seg_checker *c, const seg_rule *rule, bool optional);
bool seg_check_is_literal(const seg_node *node);
const seg_rule *seg_check_literal(seg_checker *c, const seg_env *env, const seg_node *node,
                                  const seg_rule_type *want);
const seg_rule *seg_check_name(seg_checker *c, const seg_env *env, const seg_node *node,
                               const seg_rule_type *want);
const seg_rule *seg_check_member(seg_checker *c, const seg_env *env, const seg_node *node);
/* A literal as a value of exactly this type (defaults, test settings, columns). False: told. */
bool seg_check_typed(seg_checker *c, const seg_node *node, seg_rule_type type, seg_text name,
                     seg_diag_code code, seg_rule_const *out);
bool seg_check_zone_name(seg_checker *c, const seg_env *env, const seg_node *node);

/* ---- check_define.c -------------------------------------------------------------------------- */
/* What a name stands for, through parameters, defines without parameters and params. */
bool seg_check_resolve(seg_checker *c, const seg_env *env, const seg_node *node, seg_env *env_out,
                       const seg_node **out);
const seg_node *seg_check_parameter(const seg_env *env, seg_text name);
const seg_node *seg_check_argument(seg_checker *c, const seg_env *env, const seg_node *parameter,
                                   seg_env *env_out);
bool seg_check_open(seg_checker *c, const seg_env *env, const seg_name *name, const seg_node *call,
                    seg_env *env_out);
const seg_rule *seg_check_expand(seg_checker *c, const seg_env *env, const seg_name *name,
                                 const seg_node *call, const seg_rule_type *want);
const seg_rule *seg_check_bound(seg_checker *c, const seg_env *env, const seg_node *node,
                                const seg_node *parameter, const seg_rule_type *want);
bool seg_check_parameter_kind(seg_text kind);
void seg_check_parameter_kinds(seg_guess *guess);
/* Checks the body of a define that nobody uses. */
void seg_check_unused(seg_checker *c, const seg_name *name);

/* ---- check_logic.c --------------------------------------------------------------------------- */
/* Any value. `want` (or NULL): the type that a bare name or literal may adapt to. */
const seg_rule *seg_check_expr(seg_checker *c, const seg_env *env, const seg_node *node,
                               const seg_rule_type *want);
/* The subject of a test that says what a value is (==, in, contains, within last …). Where nothing negates
 * the test (the rule itself, both sides of and / or, the branches of if, a where), a missing value is
 * simply not it: then *guard collects that the subject is known, and seg_check_guarded puts it before the
 * test. Elsewhere, and when guard is NULL, a subject that may be missing is a fault. */
const seg_rule *seg_check_subject(seg_checker *c, const seg_env *env, const seg_node *node,
                                  const seg_rule_type *want, const seg_rule **guard);
const seg_rule *seg_check_guarded(seg_checker *c, const seg_env *env, const seg_node *node,
                                  const seg_rule *guard, const seg_rule *test);
/* A condition: yes or no, never missing. */
const seg_rule *seg_check_condition(seg_checker *c, const seg_env *env, const seg_node *node);
/* A value that is not missing. */
const seg_rule *seg_check_known(seg_checker *c, const seg_env *env, const seg_node *node,
                                const seg_rule_type *want);
const seg_rule *seg_check_not(seg_checker *c, const seg_env *env, const seg_node *node, bool written,
                              const seg_rule *rule);
const seg_rule *seg_check_pair(seg_checker *c, const seg_env *env, const seg_node *node, bool written,
                               seg_rule_kind kind, const seg_rule *left, const seg_rule *right);
void seg_check_always(seg_checker *c, const seg_env *env, seg_span span, bool outcome, const char *why);

/* ---- check_number.c -------------------------------------------------------------------------- */
const seg_rule *seg_check_convert(seg_checker *c, const seg_env *env, const seg_node *node,
                                  const seg_rule *rule, seg_rule_type to);
/* Brings two numbers to one type. False: told. */
bool seg_check_unify(seg_checker *c, const seg_env *env, const seg_node *node, const seg_rule **a,
                     const seg_rule **b);
const seg_rule *seg_check_arithmetic(seg_checker *c, const seg_env *env, const seg_node *node);
/* points(3 for a, 2 for b): the sum of what the conditions that hold are worth. */
const seg_rule *seg_check_points(seg_checker *c, const seg_env *env, const seg_node *node);
const seg_rule *seg_check_negate(seg_checker *c, const seg_env *env, const seg_node *node,
                                 const seg_rule_type *want);

/* ---- check_compare.c ------------------------------------------------------------------------- */
const seg_rule *seg_check_compare(seg_checker *c, const seg_env *env, const seg_node *node);
const seg_rule *seg_check_between(seg_checker *c, const seg_env *env, const seg_node *node);
const seg_rule *seg_check_in_list(seg_checker *c, const seg_env *env, const seg_node *node);
/* ---- check_case.c ---------------------------------------------------------------------------- */
/* A test with `ignoring case` behind it: == != in contains starts with ends with. */
const seg_rule *seg_check_caseless(seg_checker *c, const seg_env *env, const seg_node *node);
/* ---- check_version.c ------------------------------------------------------------------------- */
const seg_rule *seg_check_version(seg_checker *c, const seg_env *env, const seg_node *node);
/* ---- check_text.c ---------------------------------------------------------------------------- */
/* A fixed text, as the second operand of a test. */
const seg_rule *seg_check_fixed_text(seg_checker *c, const seg_env *env, const seg_node *node);
/* Whether a text that is not missing has the pattern of `how`: a MATCHES of which pattern, ignore_case, index
 * and constant are taken. */
const seg_rule *seg_check_matching(seg_checker *c, const seg_env *env, const seg_node *node, bool written,
                                   const seg_rule *rule, const seg_rule *how);
const seg_rule *seg_check_text_test(seg_checker *c, const seg_env *env, const seg_node *node);
const seg_rule *seg_check_set_test(seg_checker *c, const seg_env *env, const seg_node *node);
/* Brings both sides of ==, ??, then/else to one type; `what` is shown in the fault. */
bool seg_check_agree(seg_checker *c, const seg_env *env, const seg_node *node, const seg_node *left_node,
                     const seg_node *right_node, const seg_rule **left, const seg_rule **right,
                     seg_diag_code code);
/* Checks two sides of which each may be a bare value of the other's enum. */
bool seg_check_sides(seg_checker *c, const seg_env *env, const seg_node *left, const seg_node *right,
                     const seg_rule **left_out, const seg_rule **right_out, const seg_rule **guard);

/* ---- check_time.c ---------------------------------------------------------------------------- */
const seg_rule *seg_check_time_test(seg_checker *c, const seg_env *env, const seg_node *node);
/* A constant length of time. False: told. */
bool seg_check_duration(seg_checker *c, const seg_env *env, const seg_node *node, seg_rule_duration *out);

/* ---- check_past.c, check_decay.c ------------------------------------------------------------- */
/* A length that is the same at every instant: months are not. False: told. */
bool seg_check_exact_duration(seg_checker *c, const seg_env *env, const seg_node *node,
                              seg_rule_duration *out);
const seg_rule *seg_check_as_of(seg_checker *c, const seg_env *env, const seg_node *node,
                                const seg_rule_type *want);
const seg_rule *seg_check_held(seg_checker *c, const seg_env *env, const seg_node *node);
const seg_rule *seg_check_latch(seg_checker *c, const seg_env *env, const seg_node *node);
/* Is this `entered(…)`, `exited(…)` or `changed(…)`? seg_check_flip checks a test against now whose subject
 * it is; seg_check_flip_alone tells of one that stands elsewhere. */
bool seg_check_is_flip(seg_checker *c, const seg_node *node);
const seg_rule *seg_check_flip(seg_checker *c, const seg_env *env, const seg_node *node);
const seg_rule *seg_check_flip_alone(seg_checker *c, const seg_env *env, const seg_node *node);
/* Is this `decayed(…)`? seg_check_decayed checks a comparison on whose left side it stands. */
bool seg_check_is_decayed(seg_checker *c, const seg_node *node);
const seg_rule *seg_check_decayed(seg_checker *c, const seg_env *env, const seg_node *node,
                                  seg_rule_kind kind);
const seg_rule *seg_check_decayed_alone(seg_checker *c, const seg_env *env, const seg_node *node);
/* Whether the attribute's past is declared to be kept as long as this place looks back. False: told. */
bool seg_check_history(seg_checker *c, const seg_env *env, const seg_node *node,
                       const seg_rule_field *attribute);

/* ---- check_facts.c --------------------------------------------------------------------------- */
const seg_rule *seg_check_call(seg_checker *c, const seg_env *env, const seg_node *node,
                               const seg_rule_type *want);
const seg_rule *seg_check_any(seg_checker *c, const seg_env *env, const seg_node *node); /* ANY, NO */
const seg_rule *seg_check_frequent(seg_checker *c, const seg_env *env, const seg_node *node);
const seg_rule *seg_check_over_events(seg_checker *c, const seg_env *env, const seg_node *node);
/* The events that a name stands for, or NULL without a word. */
const seg_event_set *seg_check_find_events(seg_checker *c, const seg_env *env, const seg_node *node);
const seg_rule *seg_check_field(seg_checker *c, const seg_env *env, const seg_node *node, seg_text name,
                                bool *told);
/* Checks an expression over the fields of one event, as an aggregate would. */
void seg_check_field_value(seg_checker *c, const seg_env *env, const seg_node *node);
/* The facts of a question: the events, a window or NULL, WHERE or not. NULL: told. */
seg_rule_facts *seg_check_facts(seg_checker *c, const seg_env *env, const seg_event_set *set,
                                const seg_node *window, const seg_node *where);
/* ---- check_pair.c ---------------------------------------------------------------------------- */
/* Adds the pairs from the PAIR node `first` on. False: told. */
bool seg_check_pairs(seg_checker *c, const seg_env *env, const seg_event_set *mine, const seg_node *first,
                     seg_rule_facts *facts);
/* The events that a DERIVED or SESSIONS name stands for; NULL: told. */
const seg_event_set *seg_check_derive(seg_checker *c, seg_name *name);
void seg_check_derived(seg_checker *c);
/* Events may be asked about here: false inside where and aggregates, which is told. */
bool seg_check_outside(seg_checker *c, const seg_env *env, const seg_node *node);

/* ---- check_each.c ---------------------------------------------------------------------------- */
/* A comparison of an attribute with its own past: where it is missing now, or was then, that is not met. */
typedef struct seg_trend {
    seg_text name;          /* of the attribute */
    const seg_rule **guard; /* becomes: its values are known */
} seg_trend;
/* The name of the value whose past a comparison by less or more asks for beside it, or no text. */
seg_text seg_check_trend(const seg_node *node);
/* Whether the node is what a `count of F where` counts. */
bool seg_check_is_counted(const seg_checker *c, const seg_node *node);
const seg_rule *seg_check_each(seg_checker *c, const seg_env *env, const seg_node *node);
/* Inside of it, ties the facts to the value at hand. `node`: where they were asked for. False: told. */
bool seg_check_key(seg_checker *c, const seg_env *env, const seg_node *node, const seg_event_set *set,
                   seg_rule_facts *facts);

/* ---- check_window.c -------------------------------------------------------------------------- */
bool seg_check_window(seg_checker *c, const seg_env *env, const seg_node *node, seg_rule_facts *facts);
bool seg_check_is_window(const seg_node *node);

/* ---- check_member.c -------------------------------------------------------------------------- */
const seg_node *seg_check_family(const seg_node *segment); /* its FAMILY, or NULL */
/* The segments that a family or stages make, in order; faults of the declaration are told. */
uint32_t seg_check_members(seg_checker *c, const seg_node *node, seg_name **out);
/* The segment that IN_SEGMENT, EXPECT or TEST_CHANGE names. NULL: told. */
seg_name *seg_check_segment(seg_checker *c, const seg_env *env, const seg_node *node, const seg_node *value);
const seg_rule *seg_check_segment_ref(seg_checker *c, const seg_env *env, const seg_node *node);
const seg_rule *seg_check_except(seg_checker *c, const seg_env *env, const seg_node *node);
/* Where the rule of one segment is looked up: a value of a family is bound. False: memory short. */
bool seg_check_segment_env(seg_checker *c, const seg_name *name, seg_env *out);
/* The rules of all stages, into rules[] by the index of each. */
void seg_check_stages(seg_checker *c, const seg_name *first, const seg_rule **rules);
seg_text seg_check_title(seg_checker *c, const seg_name *name);
/* ---- check_policy.c -------------------------------------------------------------------------- */
void seg_check_policies(seg_checker *c);
void seg_check_place_policies(seg_checker *c); /* gives their segments the numbers of the image */

/* ---- check_calendar.c ------------------------------------------------------------------------ */
void seg_check_workspace_zone(seg_checker *c, const seg_node *node); /* node: TIMEZONE, or NULL */
void seg_check_place_zones(seg_checker *c); /* the zones that rules were found to need */
/* A window of the calendar. False: it is another window, or none; *fits false: told. */
bool seg_check_calendar_window(seg_checker *c, const seg_env *env, const seg_node *node,
                               seg_rule_facts *facts, bool *fits);
/* The unit (seg_rule_unit) of which this is the word, which stands at `span`. False: told. */
bool seg_check_unit(seg_checker *c, const seg_env *env, seg_text word, seg_span span, uint8_t *unit);
const seg_rule *seg_check_part(seg_checker *c, const seg_env *env, const seg_node *node);
/* What stands behind `in`: the name of a zone in quotes, or a value of type timezone. False: told. */
bool seg_check_in_zone(seg_checker *c, const seg_env *env, const seg_node *node, const seg_rule **out);
/* What `today`, `time`, `monday` … stand for where nothing of that name is declared. NULL with *told
 * false: nothing. */
const seg_rule *seg_check_calendar_name(seg_checker *c, const seg_env *env, const seg_node *node, bool *told);
const seg_rule *seg_check_event_time(seg_checker *c, const seg_env *env, const seg_node *node);

/* ---- check_model.c --------------------------------------------------------------------------- */
void seg_check_models(seg_checker *c); /* reads the files of all models */
const seg_rule *seg_check_model(seg_checker *c, const seg_env *env, const seg_node *node,
                                const seg_name *name);
void seg_check_unused_model(seg_checker *c, const seg_name *name);

/* ---- check_years.c --------------------------------------------------------------------------- */
/* Is this `age(…)` or `anniversary(…)`, perhaps in a zone? Only where nothing else has that name. */
bool seg_check_is_age(seg_checker *c, const seg_env *env, const seg_node *node);
bool seg_check_is_anniversary(seg_checker *c, const seg_env *env, const seg_node *node);
const seg_rule *seg_check_age(seg_checker *c, const seg_env *env, const seg_node *node);
/* WITHIN_LAST or WITHIN_NEXT whose subject is an anniversary; COMPARE of one with `today`. */
const seg_rule *seg_check_anniversary(seg_checker *c, const seg_env *env, const seg_node *node);
const seg_rule *seg_check_anniversary_alone(seg_checker *c, const seg_env *env, const seg_node *node);

/* ---- check_native.c -------------------------------------------------------------------------- */
void seg_check_natives(seg_checker *c); /* reads all declarations */
const seg_rule *seg_check_native(seg_checker *c, const seg_env *env, const seg_node *call,
                                 const seg_name *name);

/* ---- check_sample.c -------------------------------------------------------------------------- */
const seg_rule *seg_check_bucket(seg_checker *c, const seg_env *env, const seg_node *call);
/* How many of 10000 a percentage is. False: told. */
bool seg_check_share(seg_checker *c, const seg_env *env, const seg_node *node, int64_t *share);
const seg_rule *seg_check_holdout(seg_checker *c, const seg_env *env, const seg_node *call);
const seg_rule *seg_check_in_file(seg_checker *c, const seg_env *env, const seg_node *node);

/* ---- check_rank.c ---------------------------------------------------------------------------- */
void seg_check_refresh(seg_checker *c, const seg_node *node); /* node: REFRESH, or NULL */
const seg_rule *seg_check_top(seg_checker *c, const seg_env *env, const seg_node *node);
const seg_rule *seg_check_rank(seg_checker *c, const seg_env *env, const seg_node *call);
/* ---- check_group.c --------------------------------------------------------------------------- */
void seg_check_groups(seg_checker *c); /* reads all declarations */
const seg_rule *seg_check_fellows(seg_checker *c, const seg_env *env, const seg_node *node);
/* Tells of ranks and groups where none can be asked about, once segments have their places. */
void seg_check_crowd_places(seg_checker *c);

/* ---- check_order.c, check_data.c, check_scenario.c ------------------------------------------- */
void seg_check_refer(seg_checker *c, uint32_t to, seg_span span);
bool seg_check_order(seg_checker *c); /* sets segment_order; false: circles (told) or memory short */
void seg_check_columns(seg_checker *c, seg_node *const *trees, size_t tree_count);
void seg_check_tests(seg_checker *c, seg_node *const *trees, size_t tree_count);

/* The fields of `count` that carry this name; SEG_NONE. */
uint32_t seg_field_find(const seg_rule_field *fields, uint32_t count, seg_text name);

#endif
