/* meaning.h - what the parts of the oracle share: values, nodes of rules, and one look at a profile. */
#ifndef SEG_TESTS_MEANING_H
#define SEG_TESTS_MEANING_H

#include <float.h>
#include <math.h>
#include <string.h>

#include "oracle.h"

typedef struct answer { /* a value while it is computed */
    bool known;
    int64_t i;
    double f;
    seg_text text;
    const seg_text *items;
    size_t item_count;
} answer;

/* A rule's node with what is computed once per history: which facts it looks at and until when. */
typedef struct pair_node {
    const seg_rule_pair *pair;
    seg_rule asks; /* the rule of `others`: is there one */
    struct node *others;
    struct node **here, **there;
} pair_node;

typedef struct node {
    const seg_rule *rule;
    pair_node *pairs; /* as in rule->facts */
    struct node *operands[3];
    struct node *where, *anchor, *zone, *key;
    uint8_t *matches;       /* per fact: it is of these events and fits the condition */
    int64_t *begins, *ends; /* per fact: ROLLING sees it from `begins` on and no more at `ends` */
    answer *values;         /* per fact: operand 0 of it */
    answer *keys;           /* per fact: its value of the key */
    struct node *next_made;
} node;

struct seg_oracle {
    const seg_rules *rules;
    seg_text id; /* of the profile */
    node **segments;
    node *made; /* all nodes, newest first */
    const seg_fact *facts;
    uint32_t fact_count, capacity;
    uint32_t *order; /* indices of facts by (time, tie, arrival) */
    uint64_t unsound;
    bool uses_now;
    struct crowd *crowd; /* among whom profiles stand; NULL: nobody ranks */
};

/* One look at a profile. */
typedef struct look {
    seg_oracle *oracle;
    int64_t at;
    const uint8_t *known;
    const seg_fact *fact;    /* inside `where` and aggregates */
    uint32_t event_position; /* of the fact's event in the facts' list of events */
    int64_t next;
    bool is_past; /* it looks at an instant before the one that was asked for */
    answer value; /* at hand of SOME, EVERY, TALLY */
} look;

static inline void may_change_at(look *l, int64_t instant) {
    if (instant > l->at && instant < l->next) l->next = instant;
}

/* ---- Values -------------------- */

static inline int64_t saturate(__int128 wide) {
    if (wide > INT64_MAX) return INT64_MAX;
    return wide < -INT64_MAX ? -INT64_MAX : (int64_t)wide;
}

static inline double tame(double f) { /* finite, and one zero only */
    if (isnan(f)) return 0.0;
    if (f > DBL_MAX) return DBL_MAX;
    if (f < -DBL_MAX) return -DBL_MAX;
    return f == 0.0 ? 0.0 : f;
}

static inline answer whole(int64_t i) { return (answer){.known = true, .i = i}; }

static inline answer real(double f) { return (answer){.known = true, .f = tame(f)}; }

static inline answer missing(void) { return (answer){.known = false}; }

static inline bool same_text(seg_text a, seg_text b) {
    return a.size_bytes == b.size_bytes && (a.size_bytes == 0 || memcmp(a.bytes, b.bytes, a.size_bytes) == 0);
}

answer seg_oracle_answer(const seg_value *value, seg_type type);
/* -1, 0, 1; texts are only equal (0) or not. */
int seg_oracle_compare(answer a, answer b, seg_type type);
int64_t seg_oracle_power_of_ten(uint32_t exponent);
answer seg_oracle_arithmetic(uint8_t kind, answer a, answer b, const seg_rule *rule);
answer seg_oracle_convert(answer a, const seg_rule *rule);
answer seg_oracle_attribute(look *l, uint32_t attribute);
answer seg_oracle_field(look *l, const seg_rule *rule);

/* ---- Facts -------------------- */

/* The zone of a node that gives its name; the workspace's when there is none, or no such zone. */
const seg_rule_zone *seg_oracle_zone(look *l, const node *n);
answer seg_oracle_part(look *l, const node *n);
bool seg_oracle_has_pairs(look *l, const node *n, uint32_t count, uint32_t index);
/* The facts in the window, oldest first; their number. */
uint32_t seg_oracle_window(look *l, const node *n, uint32_t *inside);
answer seg_oracle_over_facts(look *l, const node *n);
answer seg_oracle_one_by_one(look *l, const node *n);

/* ---- Scores -------------------- */

answer seg_oracle_model(look *l, const node *n);
answer seg_oracle_native(look *l, const node *n);

/* ---- Instants -------------------- */

answer seg_oracle_years(look *l, const node *n);
answer seg_oracle_reached(look *l, const node *n);
answer seg_oracle_as_of(look *l, const node *n);
answer seg_oracle_over_time(look *l, const node *n);
answer seg_oracle_latch(look *l, const node *n);

/* ---- Ranks -------------------- */

answer seg_oracle_place(look *l, const node *n);
answer seg_oracle_fellows(look *l, const node *n);
void seg_oracle_crowd_free(struct crowd *crowd);

answer seg_oracle_evaluate(look *l, const node *n);
/* A profile is nobody before its first fact. */
bool seg_oracle_exists(look *l);

#endif
