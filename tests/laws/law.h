/* law.h - a law: what must hold for every workspace and every history. */
#ifndef SEG_TESTS_LAW_H
#define SEG_TESTS_LAW_H

#include "case.h"

#define SEG_LAW_HISTORIES 6u /* at most that many in one trial */

typedef struct seg_failure {
    bool failed;
    uint32_t segment; /* SEG_NONE: no one in particular */
    int64_t at;
    char expected[400], found[400];
} seg_failure;

/* One run of one law: its histories are as in `histories`, all else random comes from `seed`. */
typedef struct seg_trial {
    seg_case *c;
    const seg_workspace *workspace;
    seg_history *histories;
    uint32_t history_count;
    uint64_t seed;
    seg_failure failure;
    uint64_t instants; /* looked at */
} seg_trial;

typedef struct seg_law {
    const char *name, *meaning;
    void (*run)(seg_trial *trial);
    uint32_t history_count; /* that one run takes: 0 when it is about the source alone */
    uint32_t every;         /* it runs on every n-th history (or workspace) */
} seg_law;
extern const seg_law seg_laws[];
extern const uint32_t seg_law_count;

/* The first failure of a trial stays. */
void seg_trial_fail(seg_trial *trial, uint32_t segment, int64_t at, const char *expected, const char *found);
/* A call that must not fail. */
bool seg_trial_done(seg_trial *trial, seg_status status, const char *call);

/* Changes as they are reported, or as they should be. */
typedef struct seg_change_log {
    uint32_t count, capacity;
    seg_change *items;
} seg_change_log;
void seg_change_log_add(void *log, const seg_change *changes, size_t count); /* a seg_changes_fn */
void seg_change_log_sort(seg_change_log *log); /* by `at`, then by segment */
void seg_change_log_free(seg_change_log *log);

/* The history, its facts in `room`, with ids that begin with a mark of their own: each fact has one. So facts
 * of one instant have an order when this and another profile turn out to be one person. */
void seg_trial_set_apart(seg_history *history, seg_fact *room, const seg_history *from, char mark);

/* Feeds fact number i of the history at its arrival, in one of two ways. */
bool seg_trial_apply(seg_trial *trial, seg_state *state, const seg_fact *fact, int64_t now, seg_sink sink);
bool seg_trial_put(seg_trial *trial, seg_state *state, const seg_fact *fact, int64_t now);
/* A state with all facts of the history put at its end, not settled. */
bool seg_trial_put_all(seg_trial *trial, seg_state *state, const seg_history *history);
/* Every membership of the state is what the oracle says at `at` of the known facts. */
bool seg_trial_members(seg_trial *trial, const seg_state *state, int64_t at, const uint8_t *known);
/* Two states are the same bytes. */
bool seg_trial_same_bytes(seg_trial *trial, const seg_state *a, const seg_state *b, const char *what);
/* Two lists of changes are the same; `exact`: with cause and lateness. */
bool seg_trial_same_changes(seg_trial *trial, const seg_change_log *wanted, const seg_change_log *got);

/* What the oracle expects when the facts come in at their arrivals and time then goes on to `end`:
 * every change in order. The oracle must hold the history's facts. */
void seg_trial_expect(seg_trial *trial, const seg_history *history, int64_t end, seg_change_log *log);

void seg_law_incremental(seg_trial *trial);
void seg_law_future(seg_trial *trial);
void seg_law_late(seg_trial *trial);
void seg_law_serialised(seg_trial *trial);
void seg_law_batch(seg_trial *trial);
void seg_law_permutation(seg_trial *trial);
void seg_law_duplicates(seg_trial *trial);
void seg_law_valid_until(seg_trial *trial);
void seg_law_evaluate(seg_trial *trial);
void seg_law_merge(seg_trial *trial);
void seg_law_erase(seg_trial *trial);
void seg_law_opposite(seg_trial *trial);
void seg_law_stream(seg_trial *trial);
void seg_law_ranks(seg_trial *trial);
void seg_law_groups(seg_trial *trial);
void seg_law_members(seg_trial *trial);
void seg_law_shards(seg_trial *trial);
void seg_law_identity(seg_trial *trial);
void seg_law_columns(seg_trial *trial);
void seg_law_format(seg_trial *trial);
void seg_law_reproduced(seg_trial *trial);
void seg_law_order(seg_trial *trial);
void seg_law_proof(seg_trial *trial);

#endif
