/* plan_parts.h - what a plan consists of; shared by the files that make, show and emit it. */
#ifndef SEG_PLAN_PARTS_H
#define SEG_PLAN_PARTS_H

#include "../runtime/image.h"
#include "automaton.h"
#include "intern.h"
#include "plan.h"

/* How much of the facts a question needs. */
typedef enum seg_need {
    SEG_NEED_NEWEST, /* the newest k of the window, which ends at now */
    SEG_NEED_FOLD,   /* sums and ends over everything that ever happened */
    SEG_NEED_ALL     /* every fact that the window can hold */
} seg_need;

/* A group: facts of certain events that pass a condition, or the values of one attribute. All questions
 * about one group share its stores. */
typedef struct seg_plan_group {
    uint32_t event_count;
    const uint32_t *events; /* numbers in the image: attributes come after the events */
    const seg_rule *where;  /* over one fact, or NULL */
    seg_intern field_keys;
    seg_list fields;                  /* seg_plan_field */
    uint32_t log_store, newest_store; /* SEG_NONE: none; they may be the same */
} seg_plan_group;

typedef struct seg_plan_field { /* a word that is computed when a fact arrives */
    const seg_rule *rule;
    bool is_float;
} seg_plan_field;

typedef struct seg_plan_query {
    uint32_t group;
    uint32_t field; /* of the group, or SEG_FIELD_TIME */
    uint8_t window; /* seg_window_kind */
    uint8_t need;   /* seg_need */
    uint32_t newest;
    seg_rule_duration from, to;
    int64_t past_ms;             /* how far before now it is asked; SEG_NEVER: without bound */
    const seg_rule_facts *asked; /* for its pairs and delay; NULL: an attribute */
    seg_run pairs;               /* of plan.pairs */
    uint32_t pair_first;         /* all pairs, those of others too: pair_first .. pairs.first + pairs.count */
    uint8_t unit;                /* of CALENDAR, and its first and end */
    int32_t first, end;
    uint32_t key;   /* 0: none; else only facts whose field key - 1 (of the group) is the value at hand */
    uint32_t store; /* once stores are laid out */
    uint16_t store_field;
    uint8_t store_key; /* as key, in the store */
} seg_plan_query;

typedef struct seg_plan_pair {
    uint32_t group;   /* of the others */
    uint32_t asked;   /* pair about whose others it asks; SEG_NONE: about the query's entries */
    int64_t reach_ms; /* how old the others can be */
    int64_t floor_ms; /* how long ago others that inherit the limit count, at most */
    const seg_rule_pair *rule;
    uint32_t *here, *there; /* fields of the two groups; once stores are laid out, of the stores */
    seg_image_pair record;
} seg_plan_pair;

typedef struct seg_plan_store {
    uint32_t group;
    seg_image_store record;
    seg_list fields; /* uint32_t: fields of the group, in order of the store's words */
} seg_plan_store;

typedef struct seg_plan_program {
    uint32_t first, count; /* in code */
    uint16_t registers;
    uint8_t context;
    uint32_t depth;
    uint32_t trips;   /* opcodes that look back, inside each other */
    bool walks;       /* it runs others at every instant of a stretch at which they change */
    int64_t past_ms;  /* how far before now it may run; SEG_NEVER: without bound */
    uint64_t steps;   /* worst case with everything it calls, each call counted */
    bool temporal;    /* time alone may change its result */
    seg_list queries; /* uint32_t: used by it or by what it calls */
} seg_plan_program;

typedef struct seg_plan_feed {
    uint32_t event, store, filter;
    seg_list values;
    uint32_t route, relation; /* as in the image */
    int64_t word;
} seg_plan_feed;
typedef struct seg_plan_atom {
    uint32_t program;
    seg_list segments;
} seg_plan_atom;
typedef struct seg_plan_probe {
    seg_text text;
    uint32_t depth, program, query;
    seg_type type;
    uint8_t scale;
    uint16_t flags;
    uint32_t ranking, amount, kind, inner; /* as in the image */
    int64_t past_ms;
} seg_plan_probe;
typedef struct seg_plan_segment {
    uint32_t program;
    seg_list atoms;  /* uint32_t, through references too */
    seg_list probes; /* seg_plan_probe */
    int64_t past_ms; /* how far before now its probes may be looked at */
    uint8_t rank;    /* see seg_plan_rank; 0: nothing in it need be sorted */
} seg_plan_segment;

typedef struct seg_plan_ranking { /* of profiles by a key */
    uint32_t program;
    seg_span span; /* of what they are ranked by */
    seg_type type;
    uint8_t scale;
} seg_plan_ranking;

typedef struct seg_plan_tally { /* how many of a group are in a segment */
    uint32_t group;             /* in rules.groups */
    uint32_t segment;           /* SEG_NONE: everybody */
} seg_plan_tally;

struct seg_plan {
    seg_arena *arena;
    const seg_rules *rules;
    seg_diags *diags;
    bool failed; /* a limit was passed: a diagnostic was given */
    seg_intern group_keys, query_keys, program_keys, text_keys, set_keys, automaton_keys, ranking_keys,
        tally_keys;
    seg_list groups;          /* seg_plan_group */
    seg_list queries;         /* seg_plan_query */
    seg_list pairs;           /* seg_plan_pair */
    seg_list stores;          /* seg_plan_store */
    seg_list programs;        /* seg_plan_program */
    seg_list code;            /* seg_ins */
    seg_list atom_of_program; /* uint32_t: 1 + the number of the program's atom; 0, or beyond the end: none */
    seg_list program_of_key;  /* uint32_t by number in program_keys */
    seg_buffer key;           /* of what is looked up; see seg_plan_key_begin */
    seg_list spare;           /* of the last program: room for the next one's code */
    seg_list texts;           /* seg_text */
    seg_list sets;            /* seg_plan_set */
    seg_list automata;        /* seg_automaton */
    seg_list rankings;        /* seg_plan_ranking */
    seg_list tallies;         /* seg_plan_tally */
    const seg_rule **attribute_fields; /* NULL: nobody asked for it yet */
    uint32_t *group_programs;          /* per group: its value, or SEG_NONE if nobody asks about it */
    seg_list natives; /* uint32_t: functions of the host that programs call, by number in rules.natives */
    seg_list feeds;   /* seg_plan_feed, in order of event */
    seg_list atoms;   /* seg_plan_atom */
    seg_plan_segment *segments;
};

typedef struct seg_plan_set {
    const int64_t *words;
    uint32_t count;
} seg_plan_set;

/* ---- groups and queries (plan.c) ---- */
uint32_t seg_plan_group_of(seg_plan *plan, const seg_rule_facts *facts);
uint32_t seg_plan_group_of_attribute(seg_plan *plan, uint32_t attribute);
uint32_t seg_plan_field_of(seg_plan *plan, uint32_t group, const seg_rule *rule);
uint32_t seg_plan_query_of(seg_plan *plan, const seg_plan_query *query);
void seg_plan_fault(seg_plan *plan, seg_diag_code code, seg_span span, const char *message);

/* ---- pairs (plan_pair.c) ---- */
/* How far back a query's window can see, generously; SEG_NEVER: all of time. */
int64_t seg_plan_reach(const seg_plan_query *query);
void seg_plan_add_pairs(seg_plan *plan, seg_plan_query *query);
/* Once it is known how far back queries are asked: how old the others of every pair can be. */
void seg_plan_reach_pairs(seg_plan *plan);
bool seg_plan_has_delay(const seg_plan *plan, const seg_plan_query *query);
/* Gives the query's pairs their stores and fields. `place` gives the place of a field in a store. */
void seg_plan_bind_pairs(seg_plan *plan, const seg_plan_query *query,
                         uint16_t (*place)(seg_plan *plan, uint32_t store, uint32_t field));
/* Whether the query or one of its pairs reads one of the stores that are marked. */
bool seg_plan_reads(const seg_plan *plan, uint32_t query, const bool *stores);

/* ---- keys (key.c): equal rules give equal bytes ----
 * FIELD nodes are known by their fields in the events first_event … of the facts around the rule. */
/* An empty key. There is one at a time: it is looked up before the next begins. */
seg_buffer *seg_plan_key_begin(seg_plan *plan);
/* The number of the key in `keys`; SEG_NONE when memory is short. */
uint32_t seg_plan_key_number(seg_plan *plan, seg_intern *keys, bool *is_new);
void seg_plan_key(seg_buffer *key, const seg_rule *rule, uint32_t first_event, uint32_t event_count);
void seg_plan_pairs_key(seg_buffer *key, const seg_rule_facts *facts); /* its pairs and delay */
int64_t seg_plan_word(const seg_rule_const *constant, const seg_rule_type *type);

/* ---- links (link.c): what a fact leads to ---- */
/* The test of the feed's condition that a field has one value, if there is one, becomes its route. */
void seg_plan_route(seg_plan *plan, seg_plan_feed *feed, const seg_rule *where, uint32_t place);
/* Per store the atoms (uint32_t, ascending) whose program looks at it. NULL: no memory. */
seg_list *seg_plan_store_atoms(const seg_plan *plan);
/* Orders the feeds of an event as the image wants them. */
void seg_plan_sort_feeds(seg_plan_feed *feeds, uint32_t count);

/* The number that a zone has in the image: 0 is the workspace's, the others ascend by their words. */
uint32_t seg_plan_zone_number(const seg_rules *rules, seg_text name);

/* ---- programs (program.c, fact.c) ---- */
typedef struct seg_code { /* a program in the making */
    seg_plan *plan;
    seg_list ins; /* seg_ins */
    uint16_t registers;
    uint8_t context;
    uint32_t event; /* FACT: position in the group's events */
    uint32_t event_number;
    seg_plan_program part; /* what is known of it so far */
} seg_code;
seg_code seg_code_begin(seg_plan *plan, uint8_t context);
/* Ends the code with RET and gives the program's number. */
uint32_t seg_code_end(seg_code *code, uint8_t result);
uint32_t seg_code_add(seg_code *code, seg_ins ins); /* its position */
bool seg_code_use(seg_code *code, uint8_t number);  /* the program needs this register; false: too many */
void seg_code_load(seg_code *code, uint8_t to, int64_t word);
void seg_code_member(seg_code *code, uint8_t to, uint32_t segment);
void seg_code_not(seg_code *code, uint8_t to);
uint32_t seg_code_jump_true(seg_code *code, uint8_t a); /* to where it lands; its position */
uint32_t seg_code_jump_false(seg_code *code, uint8_t a);
uint32_t seg_code_jump(seg_code *code);
void seg_code_land(seg_code *code, uint32_t jump); /* the jump goes to here */
void seg_code_call(seg_code *code, uint8_t to, uint32_t program);
typedef struct seg_op_reach { /* what an instruction looks at, and how far before now */
    bool is_query, is_call;
    int64_t past_ms; /* of a call; SEG_NEVER: without bound */
} seg_op_reach;
seg_op_reach seg_code_reach(const seg_ins *ins);
void seg_code_value(seg_code *code, const seg_rule *rule, uint8_t to);
uint32_t seg_plan_value_program(seg_plan *plan, const seg_rule *rule); /* STATE */
uint32_t seg_plan_fact_program(seg_plan *plan, const seg_rule *rule, uint32_t event, uint32_t event_number);
/* Whether a condition is code over others, not an atom. */
bool seg_code_is_structure(const seg_rule *rule);
/* Whether an IF asks for its outcomes first, because what it asks changes more often than they do. Then
 * they stand in `first` and `first + 1`: a jump for when they are the same, and, once the condition stands in
 * `first + 2`, the one that it says in `first`. */
bool seg_code_chooses_late(const seg_code *code, const seg_rule *rule);
uint32_t seg_code_jump_same(seg_code *code, uint8_t first);
void seg_code_choose(seg_code *code, uint8_t first);

/* ---- order (recur.c) and time (turns.c) ---- */
/* How often the rule may change because of what day it is: 0 never. The segments it refers to have theirs. */
uint8_t seg_plan_rank(const seg_plan *plan, const seg_rule *rule);
/* The same condition, so that it changes as seldom as its meaning does: those of an AND or OR that change
 * often are asked last, those on one part of now become one. */
const seg_rule *seg_plan_timely(seg_plan *plan, const seg_rule *rule);
/* A condition on one part of now as PART_IN or CONST; NULL: it is none. */
const seg_rule *seg_plan_turns(seg_plan *plan, const seg_rule *rule);
/* Those of the conditions under one AND or OR (`kind`) that ask about the same part become one; how many are
 * left. */
uint32_t seg_plan_join_turns(seg_plan *plan, uint8_t kind, const seg_rule **leaves, uint32_t count);
/* A comparison of today with a date that does not depend on it, as DATE_REACHED; NULL: it is none. */
const seg_rule *seg_plan_today(seg_plan *plan, const seg_rule *rule);

/* ---- segments (atom.c) ---- */
uint32_t seg_plan_segment_program(seg_plan *plan, uint32_t segment);

void seg_code_gather(seg_code *code, const seg_plan_query *query); /* GATHER */
/* Runs `program` for each value of the queries that the last `gathers` instructions gathered. */
void seg_code_each(seg_code *code, const seg_rule *rule, uint8_t to, uint32_t program, uint32_t gathers);

/* ---- values one by one (each.c): SOME, EVERY, TALLY ---- */
void seg_plan_each(seg_code *code, const seg_rule *rule, uint8_t to);

/* ---- models (plan_model.c): MODEL ---- */
void seg_plan_model(seg_code *code, const seg_rule *rule, uint8_t to);

/* ---- ranks (rank.c) ---- */
uint32_t seg_plan_ranking_of(seg_plan *plan, const seg_rule *place);
/* How far before now the last refresh may lie, as the verifier has it: seg_rank_reach in runtime/rank.h. */
int64_t seg_plan_rank_reach(const seg_rules *rules);
#define SEG_PLAN_DAILY_REACH_MS (INT64_C(50) * 3600000)

/* ---- groups of profiles (fellows.c): FELLOWS ---- */
/* Loads the group's value, and gives the number of the question whom of the group it counts. */
uint32_t seg_plan_tally_of(seg_code *code, const seg_rule *fellows, uint8_t to);

/* ---- rewriting (push.c) ---- */
/* The test of a text or a set as a rule whose tests stand directly on fields, attributes or inside LAST and
 * FIRST, so that they can be computed when the fact arrives. */
const seg_rule *seg_plan_push(seg_plan *plan, const seg_rule *test);
/* What the test says about a constant: 0 or 1, or the bucket of an id. */
int64_t seg_plan_test_constant(seg_plan *plan, const seg_rule *test, const seg_rule_const *constant);
uint32_t seg_plan_text_of(seg_plan *plan, seg_text text);
uint32_t seg_plan_native_of(seg_plan *plan, uint32_t native);
uint32_t seg_plan_automaton_of(seg_plan *plan, const seg_rule *matches);
bool seg_rule_is_text_test(const seg_rule *rule);

/* ---- probes (probe.c) ---- */
void seg_plan_probes(seg_plan *plan, uint32_t segment);

#define SEG_LIST_AT(list, type, index) (((type *)(list).items)[index])

#endif
