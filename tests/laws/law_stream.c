/* law_stream.c - laws about facts that come in one by one. */
#include <stdlib.h>
#include <string.h>

#include "law.h"

/* Applies the whole history at its arrivals, checks all memberships after each, goes on to the end of
 * time, and compares every change that was reported with what the oracle says. */
static void run_and_compare(seg_trial *trial, const seg_history *history) {
    seg_case *c = trial->c;
    seg_change_log wanted = {0}, got = {0};
    seg_sink sink = {seg_change_log_add, &got};
    uint8_t known[SEG_HISTORY_LIMIT];
    seg_state state = {0};
    bool fine = seg_trial_done(trial, seg_case_state(c->vm, &state, 0), "seg_state_init");
    for (uint32_t i = 0; fine && i < history->count; i++) {
        const seg_fact *fact = &history->facts[i];
        seg_oracle_known(c->oracle, i + 1, known);
        fine = seg_trial_apply(trial, &state, fact, fact->arrival, sink) &&
               seg_trial_members(trial, &state, fact->arrival, known);
    }
    int64_t end = seg_oracle_end(c->oracle, history->facts[history->count - 1].arrival);
    fine = fine && seg_trial_done(trial, seg_advance(c->vm, &state, end, sink), "seg_advance");
    /* Also after a failed membership: the first wrong change says more. */
    if (got.count > 0 || fine) {
        seg_trial_expect(trial, history, end, &wanted);
        seg_failure members = trial->failure;
        trial->failure = (seg_failure){.failed = false};
        if (seg_trial_same_changes(trial, &wanted, &got) || !fine)
            trial->failure = members.failed ? members : trial->failure;
    }
    seg_state_free(c->vm, &state);
    seg_change_log_free(&wanted);
    seg_change_log_free(&got);
}

void seg_law_incremental(seg_trial *trial) {
    run_and_compare(trial, &trial->histories[0]);
}

static void copy_history(seg_history *to, const seg_history *from, seg_fact *room) {
    *to = *from;
    to->facts = room;
    memcpy(room, from->facts, from->count * sizeof *room);
}

static void sort_by_arrival(seg_history *history) {
    for (uint32_t i = 1; i < history->count; i++) {
        seg_fact fact = history->facts[i];
        uint32_t place = i;
        for (; place > 0 && history->facts[place - 1].arrival > fact.arrival; place--)
            history->facts[place] = history->facts[place - 1];
        history->facts[place] = fact;
    }
}

static void run_copy(seg_trial *trial, seg_history *copy) {
    sort_by_arrival(copy);
    if (!seg_oracle_facts(trial->c->oracle, copy->facts, copy->count))
        abort();
    run_and_compare(trial, copy);
    seg_oracle_facts(trial->c->oracle, trial->histories[0].facts, trial->histories[0].count);
}

/* All facts are there before the first of them counts: time alone does the rest. */
void seg_law_future(seg_trial *trial) {
    seg_fact facts[SEG_HISTORY_LIMIT];
    seg_history copy;
    copy_history(&copy, &trial->histories[0], facts);
    int64_t first = SEG_TIME_MAX;
    for (uint32_t i = 0; i < copy.count; i++)
        first = facts[i].time < first ? facts[i].time : first;
    for (uint32_t i = 0; i < copy.count; i++)
        facts[i].arrival = first > SEG_TIME_MIN ? first - 1 : first;
    run_copy(trial, &copy);
}

/* Every fact comes in order of time but one, which comes last: the correction is at once. */
void seg_law_late(seg_trial *trial) {
    seg_fact facts[SEG_HISTORY_LIMIT];
    seg_history copy;
    seg_random random = {trial->seed};
    copy_history(&copy, &trial->histories[0], facts);
    int64_t newest = SEG_TIME_MIN;
    for (uint32_t i = 0; i < copy.count; i++) {
        facts[i].arrival = facts[i].time;
        newest = facts[i].time > newest ? facts[i].time : newest;
    }
    facts[seg_random_below(&random, copy.count)].arrival = newest;
    run_copy(trial, &copy);
}

/* Half-way the state is copied to other bytes, checked, compacted or not, and goes on from there. */
void seg_law_serialised(seg_trial *trial) {
    seg_case *c = trial->c;
    const seg_history *history = &trial->histories[0];
    seg_random random = {trial->seed};
    seg_change_log wanted = {0}, got = {0};
    seg_sink to_wanted = {seg_change_log_add, &wanted}, to_got = {seg_change_log_add, &got};
    seg_state plain = {0}, moved = {0};
    seg_error error = {.status = SEG_OK};
    bool fine = seg_case_state(c->vm, &plain, 0) == SEG_OK && seg_case_state(c->vm, &moved, 0) == SEG_OK;
    for (uint32_t i = 0; fine && i < history->count; i++) {
        const seg_fact *fact = &history->facts[i];
        fine = seg_trial_apply(trial, &plain, fact, fact->arrival, to_wanted) &&
               seg_trial_apply(trial, &moved, fact, fact->arrival, to_got);
        if (!fine || !seg_random_chance(&random, 40))
            continue;
        if (seg_random_chance(&random, 50))
            fine = seg_trial_done(trial, seg_state_compact(c->vm, &moved), "seg_state_compact");
        seg_state copy = {.bytes = malloc(moved.size_bytes), .size_bytes = moved.size_bytes};
        if (copy.bytes == NULL)
            abort();
        copy.capacity_bytes = moved.size_bytes;
        memcpy(copy.bytes, moved.bytes, moved.size_bytes);
        seg_state_free(c->vm, &moved);
        moved = copy;
        if (seg_state_check(c->image, moved.bytes, moved.size_bytes, &error) != SEG_OK) {
            seg_trial_fail(trial, SEG_NONE, fact->arrival, "seg_state_check", error.message);
            fine = false;
        }
    }
    fine = fine &&
           seg_trial_done(trial, seg_advance(c->vm, &plain, history->end, to_wanted), "seg_advance") &&
           seg_trial_done(trial, seg_advance(c->vm, &moved, history->end, to_got), "seg_advance") &&
           seg_trial_same_changes(trial, &wanted, &got) &&
           seg_trial_done(trial, seg_state_compact(c->vm, &plain), "seg_state_compact") &&
           seg_trial_done(trial, seg_state_compact(c->vm, &moved), "seg_state_compact") &&
           seg_trial_same_bytes(trial, &plain, &moved, "moved half-way, and not");
    trial->instants += history->count;
    seg_state_free(c->vm, &plain);
    seg_state_free(c->vm, &moved);
    seg_change_log_free(&wanted);
    seg_change_log_free(&got);
}

typedef struct opposite_log {
    seg_trial *trial;
    uint32_t opposite_of[256]; /* or SEG_NONE */
    bool member[256];
} opposite_log;

static void note_changes(void *user, const seg_change *changes, size_t count) {
    opposite_log *log = user;
    for (const seg_change *change = changes; change < changes + count; change++) {
        if (log->member[change->segment] == change->entered)
            seg_trial_fail(log->trial, change->segment, change->at, "a change", "the same verdict again");
        if (change->valid_until <= change->at)
            seg_trial_fail(log->trial, change->segment, change->at, "a verdict that holds",
                           "valid until before it began");
        log->member[change->segment] = change->entered;
    }
}

static void find_opposites(opposite_log *log) {
    const seg_rules *rules = log->trial->c->rules;
    for (uint32_t s = 0; s < rules->segment_count; s++) {
        seg_text name = rules->segments[s].name;
        log->opposite_of[s] = SEG_NONE;
        if (name.size_bytes > 4 && memcmp(name.bytes, "not_", 4) == 0)
            log->opposite_of[s] =
                seg_image_find_segment(log->trial->c->image, (seg_text){name.bytes + 4, name.size_bytes - 4});
    }
}

/* `x` and `not x` share out everybody at every instant, and both verdicts hold equally long. */
void seg_law_opposite(seg_trial *trial) {
    seg_case *c = trial->c;
    const seg_history *history = &trial->histories[0];
    opposite_log log = {.trial = trial};
    seg_sink sink = {note_changes, &log};
    seg_state state = {0};
    find_opposites(&log);
    bool fine = seg_trial_done(trial, seg_case_state(c->vm, &state, 0), "seg_state_init");
    bool born = false;
    for (uint32_t i = 0; fine && i < history->count; i++) {
        const seg_fact *fact = &history->facts[i];
        fine = seg_trial_apply(trial, &state, fact, fact->arrival, sink);
        for (uint32_t j = 0; j <= i; j++)
            born = born || history->facts[j].time <= fact->arrival;
        for (uint32_t s = 0; fine && born && s < c->info.segment_count; s++) {
            if (log.opposite_of[s] == SEG_NONE)
                continue;
            bool verdict[2] = {false};
            int64_t until[2] = {0};
            uint32_t pair[2] = {s, log.opposite_of[s]};
            for (int side = 0; side < 2 && fine; side++)
                fine = seg_trial_done(
                    trial,
                    seg_evaluate(c->vm, &state, pair[side], fact->arrival, &verdict[side], &until[side]),
                    "seg_evaluate");
            trial->instants++;
            if (verdict[0] == verdict[1] || log.member[pair[0]] != verdict[0] ||
                log.member[pair[1]] != verdict[1])
                seg_trial_fail(trial, s, fact->arrival, "in one of both", "in both, or in none");
            if (until[0] != until[1])
                seg_trial_fail(trial, s, fact->arrival, "both hold equally long", "they do not");
        }
    }
    seg_state_free(c->vm, &state);
}
