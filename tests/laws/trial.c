/* trial.c - what the laws have in common: feeding facts, collecting changes, comparing. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "law.h"

void seg_trial_fail(seg_trial *trial, uint32_t segment, int64_t at, const char *expected, const char *found) {
    seg_failure *failure = &trial->failure;
    if (failure->failed) return;
    failure->failed = true;
    failure->segment = segment;
    failure->at = at;
    snprintf(failure->expected, sizeof failure->expected, "%s", expected);
    snprintf(failure->found, sizeof failure->found, "%s", found);
}

bool seg_trial_done(seg_trial *trial, seg_status status, const char *call) {
    char found[64];
    if (status == SEG_OK) return true;
    snprintf(found, sizeof found, "status %d", (int)status);
    seg_trial_fail(trial, SEG_NONE, SEG_TIME_MIN, call, found);
    return false;
}

/* ---- Changes -------------------- */

void seg_change_log_add(void *user, const seg_change *changes, size_t count) {
    seg_change_log *log = user;
    if (count > log->capacity - log->count) {
        log->capacity = log->capacity * 2 + (uint32_t)count + 64;
        log->items = realloc(log->items, log->capacity * sizeof *log->items);
        if (log->items == NULL) abort();
    }
    memcpy(log->items + log->count, changes, count * sizeof *changes);
    log->count += (uint32_t)count;
}

static int compare_changes(const void *left, const void *right) {
    const seg_change *a = left, *b = right;
    if (a->at != b->at) return a->at < b->at ? -1 : 1;
    return a->segment < b->segment ? -1 : a->segment > b->segment;
}

void seg_change_log_sort(seg_change_log *log) {
    if (log->count > 1) qsort(log->items, log->count, sizeof *log->items, compare_changes);
}

void seg_change_log_free(seg_change_log *log) {
    free(log->items);
    *log = (seg_change_log){0};
}

static void describe_change(const seg_change_log *log, uint32_t index, char *out, size_t size) {
    if (index >= log->count) {
        snprintf(out, size, "no change");
        return;
    }
    const seg_change *c = &log->items[index];
    snprintf(out, size, "change %u: segment %u %s at %lld, valid until %lld, %s, cause %d %d", index,
             c->segment, c->entered ? "entered" : "exited", (long long)c->at, (long long)c->valid_until,
             c->late ? "late" : "in time", (int)c->cause, (int)c->cause_index);
}

/* What time alone would have changed at the instant at which a fact comes in, either may be named for. */
#define EITHER_CAUSE 64

static bool same_cause(const seg_change *wanted, const seg_change *got) {
    bool by_time = got->cause == SEG_CAUSE_TIME && got->cause_index == SEG_NONE && !got->late;
    if (wanted->cause >= EITHER_CAUSE && by_time) return true;
    return (int)wanted->cause % EITHER_CAUSE == (int)got->cause && wanted->cause_index == got->cause_index &&
           wanted->late == got->late;
}

static bool same_change(const seg_oracle *oracle, const seg_change *a, const seg_change *b) {
    return a->segment == b->segment && a->entered == b->entered && a->at == b->at &&

           seg_oracle_soon(oracle, a->at, a->valid_until) == seg_oracle_soon(oracle, b->at, b->valid_until) &&
           same_cause(a, b);
}

bool seg_trial_same_changes(seg_trial *trial, const seg_change_log *wanted, const seg_change_log *got) {
    uint32_t count = wanted->count > got->count ? wanted->count : got->count;
    for (uint32_t i = 0; i < count; i++) {
        if (i < wanted->count && i < got->count &&
            same_change(trial->c->oracle, &wanted->items[i], &got->items[i]))
            continue;
        char expected[400], found[400];
        describe_change(wanted, i, expected, sizeof expected);
        describe_change(got, i, found, sizeof found);
        const seg_change *at = i < wanted->count ? &wanted->items[i] : &got->items[i];
        if (i < got->count && got->items[i].at < at->at) at = &got->items[i];
        seg_trial_fail(trial, at->segment, at->at, expected, found);
        return false;
    }
    return true;
}

/* ---- Facts -------------------- */

static seg_event event_of(const seg_fact *fact) {
    return (seg_event){.event = fact->index,
                       .time = fact->time,
                       .tie = fact->tie,
                       .message = fact->message,
                       .fields = fact->values};
}

bool seg_trial_apply(seg_trial *trial, seg_state *state, const seg_fact *fact, int64_t now, seg_sink sink) {
    seg_vm *vm = trial->c->vm;
    seg_error error = {.status = SEG_OK};
    seg_event event = event_of(fact);
    seg_status status = fact->is_attribute
                            ? seg_apply_attribute(vm, state, fact->index, &fact->values[0], fact->time,
                                                  fact->tie, fact->message, now, sink, NULL, &error)
                            : seg_apply_event(vm, state, &event, now, sink, NULL, &error);
    if (status != SEG_OK) seg_trial_fail(trial, SEG_NONE, now, "the fact is taken", error.message);
    return status == SEG_OK;
}

bool seg_trial_put(seg_trial *trial, seg_state *state, const seg_fact *fact, int64_t now) {
    seg_vm *vm = trial->c->vm;
    seg_error error = {.status = SEG_OK};
    seg_event event = event_of(fact);
    seg_status status = fact->is_attribute
                            ? seg_put_attribute(vm, state, fact->index, &fact->values[0], fact->time,
                                                fact->tie, fact->message, now, NULL, &error)
                            : seg_put_event(vm, state, &event, now, NULL, &error);
    if (status != SEG_OK) seg_trial_fail(trial, SEG_NONE, now, "the fact is taken", error.message);
    return status == SEG_OK;
}

bool seg_trial_put_all(seg_trial *trial, seg_state *state, const seg_history *history) {
    if (!seg_trial_done(trial, seg_case_state(trial->c->vm, state, 0), "seg_state_init")) return false;
    for (uint32_t i = 0; i < history->count; i++) {
        if (!seg_trial_put(trial, state, &history->facts[i], history->end)) return false;
    }
    return true;
}

bool seg_trial_members(seg_trial *trial, const seg_state *state, int64_t at, const uint8_t *known) {
    seg_case *c = trial->c;
    for (uint32_t s = 0; s < c->info.segment_count; s++) {
        bool wanted = seg_oracle_verdict(c->oracle, s, at, known, NULL);
        trial->instants++;
        if (seg_state_is_member(c->vm, state, s) == wanted) continue;
        seg_trial_fail(trial, s, at, wanted ? "a member" : "no member", wanted ? "no member" : "a member");
        return false;
    }
    return true;
}

bool seg_trial_same_bytes(seg_trial *trial, const seg_state *a, const seg_state *b, const char *what) {
    char expected[200], found[200];
    size_t at = 0;
    while (at < a->size_bytes && at < b->size_bytes && a->bytes[at] == b->bytes[at]) at++;
    if (at == a->size_bytes && at == b->size_bytes) return true;
    snprintf(expected, sizeof expected, "equal bytes: %s", what);
    snprintf(found, sizeof found, "%zu and %zu bytes, different from byte %zu on", a->size_bytes,
             b->size_bytes, at);
    seg_trial_fail(trial, SEG_NONE, seg_state_now(a), expected, found);
    return false;
}

/* ---- What the oracle expects -------------------- */

typedef struct forecast {
    seg_trial *trial;
    const seg_history *history;
    uint8_t known[SEG_HISTORY_LIMIT];
    bool member[256];
    int64_t now;
    seg_change_log *log;
} forecast;

static void expect_change(forecast *f, uint32_t segment, bool entered, int64_t at, const seg_fact *cause) {
    seg_change change = {
        .segment = segment, .entered = entered, .at = at, .cause = SEG_CAUSE_TIME, .cause_index = SEG_NONE};
    if (cause != NULL) {
        change.cause = cause->is_attribute ? SEG_CAUSE_ATTRIBUTE : SEG_CAUSE_EVENT;
        change.cause_index = cause->index;
        change.late = cause->time < at;
    }
    change.valid_until =
        seg_oracle_flip(f->trial->c->oracle, segment, at, seg_oracle_end(f->trial->c->oracle, at), f->known);
    f->member[segment] = entered;
    f->trial->instants++;
    seg_change_log_add(f->log, &change, 1);
}

/* What time alone changes after f->now, up to `until`. */
static void expect_passing(forecast *f, int64_t until) {
    uint32_t first = f->log->count;
    for (uint32_t s = 0; s < f->trial->c->info.segment_count; s++) {
        int64_t at = f->now;
        while ((at = seg_oracle_flip(f->trial->c->oracle, s, at, until, f->known)) != SEG_NEVER)
            expect_change(f, s, !f->member[s], at, NULL);
    }
    seg_change_log passing = {.count = f->log->count - first, .items = f->log->items + first};
    if (passing.count > 0) seg_change_log_sort(&passing);
    f->now = until;
}

static void expect_fact(forecast *f, uint32_t index) {
    const seg_fact *fact = &f->history->facts[index];
    seg_oracle *oracle = f->trial->c->oracle;
    if (fact->arrival > f->now) expect_passing(f, fact->arrival - 1);
    f->now = fact->arrival;
    uint8_t before[SEG_HISTORY_LIMIT];
    memcpy(before, f->known, sizeof before);
    seg_oracle_known(oracle, index + 1, f->known);
    for (uint32_t s = 0; s < f->trial->c->info.segment_count; s++) {
        bool verdict = seg_oracle_verdict(oracle, s, f->now, f->known, NULL);
        f->trial->instants++;
        if (verdict == f->member[s]) continue;
        expect_change(f, s, verdict, f->now, fact);
        if (seg_oracle_verdict(oracle, s, f->now, before, NULL) == verdict)
            f->log->items[f->log->count - 1].cause |= EITHER_CAUSE;
    }
}

void seg_trial_expect(seg_trial *trial, const seg_history *history, int64_t end, seg_change_log *log) {
    forecast f = {.trial = trial, .history = history, .now = SEG_TIME_MIN, .log = log};
    if (trial->c->info.segment_count > 256) abort(); /* no workspace of the laws has that many */
    for (uint32_t i = 0; i < history->count; i++) expect_fact(&f, i);
    expect_passing(&f, end);
}

void seg_trial_set_apart(seg_history *history, seg_fact *room, const seg_history *from, char mark) {
    *history = *from;
    history->facts = room;
    memcpy(room, from->facts, from->count * sizeof *room);
    for (uint32_t i = 0; i < history->count; i++) {
        char id[sizeof room[i].id];
        snprintf(id, sizeof id, "%c%.20s", mark, room[i].id);
        if (room[i].id[0] == '\0') snprintf(id, sizeof id, "%cn%u", mark, i);
        memcpy(room[i].id, id, sizeof id);
        seg_text text = {room[i].id, strlen(room[i].id)};
        room[i].tie = seg_message_tie(text);
        room[i].message ^= (uint64_t)seg_text_word(text);
    }
}
