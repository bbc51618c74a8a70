/* law_shards.c - a stream over several threads tells what one engine tells, to the letter: with merges,
 * erasures, late facts and early ones, and records that are refused. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../engine/engine.h"
#include "../../runtime/base/buffer.h"
#include "law.h"

enum { ADVANCES = 6, STEPS = 2 * SEG_LAW_HISTORIES * SEG_HISTORY_LIMIT + ADVANCES };

typedef struct step { /* a record, or time alone */
    bool is_record;
    int64_t time;
    seg_record record;
    seg_setting setting;
} step;

typedef struct play {
    seg_trial *trial;
    seg_random random;
    int64_t limit, newest;
    uint32_t count, record_count;
    step steps[STEPS];
    seg_record records[STEPS]; /* those of the steps, side by side */
    seg_buffer *told;          /* where it is written down now */
} play;

static const char *const ids[SEG_LAW_HISTORIES + 2] = {"p0", "p1", "p2", "p3",
                                                       "p4", "p5", "x",  "a longer id"};

static seg_text text_of(const char *bytes) { return (seg_text){bytes, strlen(bytes)}; }

/* ---- What happens -------------------- */

static void add_record(play *p, seg_record record) {
    step *s = &p->steps[p->count++];
    *s = (step){.is_record = true, .time = record.time, .record = record};
    int64_t until = record.time < p->limit ? record.time : p->limit;
    if (until > p->newest) p->newest = until;
}

static void add_fact(play *p, uint32_t profile, const seg_fact *fact) {
    seg_record record = {.kind = fact->is_attribute ? SEG_RECORD_IDENTIFY : SEG_RECORD_TRACK,
                         .profile = text_of(ids[profile]),
                         .message_id = text_of(fact->id),
                         .time = fact->time,
                         .event = fact->index,
                         .fields = fact->values,
                         .setting_count = fact->is_attribute,
                         .line = p->count + 1};
    add_record(p, record);
    p->steps[p->count - 1].setting = (seg_setting){fact->index, fact->values[0]};
}

/* Two are one person, somebody is to be forgotten, or nothing that can be taken; now, before, or later. */
static void add_mark(play *p) {
    seg_random *random = &p->random;
    static const seg_record_kind kinds[] = {SEG_RECORD_ALIAS, SEG_RECORD_ALIAS, SEG_RECORD_ALIAS,
                                            SEG_RECORD_DELETE, SEG_RECORD_IDENTIFY};
    seg_record record = {.kind = kinds[seg_random_below(random, 5)],
                         .profile = text_of(ids[seg_random_below(random, SEG_LAW_HISTORIES + 2)]),
                         .previous = text_of(ids[seg_random_below(random, SEG_LAW_HISTORIES + 2)]),
                         .time = p->newest,
                         .line = p->count + 1};
    if (seg_random_chance(random, 20)) record.message_id = text_of("mark-7");
    if (seg_random_chance(random, 30)) record.time += seg_random_between(random, -90000000, 90000000);
    if (seg_random_chance(random, 5)) record.profile = text_of("");
    if (seg_random_chance(random, 5)) record.previous = text_of("");
    if (seg_random_chance(random, 2)) record.time = SEG_TIME_MAX + 1;
    int64_t newest = p->newest;
    bool is_good = record.profile.size_bytes && record.time >= SEG_TIME_MIN && record.time <= SEG_TIME_MAX;
    add_record(p, record);
    if (!is_good) p->newest = newest;
}

static void invent(play *p) {
    const seg_trial *trial = p->trial;
    uint32_t taken[SEG_LAW_HISTORIES] = {0}, marks = seg_random_below(&p->random, 25), advances = 0;
    p->newest = SEG_TIME_MIN;
    p->limit = SEG_TIME_MAX;
    if (trial->histories[0].count && seg_random_chance(&p->random, 40))
        p->limit = trial->histories[0].facts[seg_random_below(&p->random, trial->histories[0].count)].time;
    for (;;) {
        uint32_t best = SEG_NONE;
        for (uint32_t h = 0; h < trial->history_count; h++)
            if (taken[h] < trial->histories[h].count &&
                (best == SEG_NONE || trial->histories[h].facts[taken[h]].arrival <
                                         trial->histories[best].facts[taken[best]].arrival))
                best = h;
        if (best == SEG_NONE) break;
        add_fact(p, best, &trial->histories[best].facts[taken[best]++]);
        if (seg_random_chance(&p->random, marks) && p->count < STEPS / 2) add_mark(p);
        if (advances < ADVANCES && seg_random_chance(&p->random, 4) && p->newest > SEG_TIME_MIN) {
            advances++;
            p->newest += seg_random_between(&p->random, 0, 40000000);
            if (p->newest > SEG_TIME_MAX) p->newest = SEG_TIME_MAX;
            p->steps[p->count++] = (step){.time = p->newest};
        }
    }
    for (uint32_t i = 0; i < p->count; i++) {
        p->steps[i].record.settings = &p->steps[i].setting;
        p->records[i] = p->steps[i].record;
    }
}

/* ---- What is told -------------------- */

static void tell_change(void *user, const seg_engine_change *told) {
    play *p = user;
    const seg_change *c = &told->change;
    seg_buffer_format(p->told, "%.*s %s %u at %" PRId64 " %d %d %u until %" PRId64 " by %.*s\n",
                      (int)told->profile.size_bytes, told->profile.bytes, c->entered ? "in" : "out",
                      c->segment, c->at, (int)c->cause, (int)c->late, c->cause_index, c->valid_until,
                      (int)told->message_id.size_bytes, told->message_id.bytes);
}

static void tell_refusal(void *user, const seg_record *record, seg_status status, const seg_error *error) {
    play *p = user;
    seg_buffer_format(p->told, "line %" PRIu64 " refused %d: %s\n", record->line, (int)status,
                      error->message);
}

static void tell_profile(void *user, seg_text profile) {
    play *p = user;
    seg_buffer_format(p->told, " %.*s", (int)profile.size_bytes, profile.bytes);
}

static void tell_state(play *p, const seg_state *state) {
    uint64_t sum = UINT64_C(14695981039346656037);
    for (size_t i = 0; state && i < state->size_bytes; i++)
        sum = (sum ^ state->bytes[i]) * UINT64_C(1099511628211);
    seg_buffer_format(p->told, " state %016" PRIx64 "\n", state ? sum : 0);
}

static void tell_counters(play *p, const seg_engine_counters *c, int64_t now) {
    seg_buffer_format(p->told,
                      "now %" PRId64 " profiles %" PRIu64 " facts %" PRIu64 " duplicates %" PRIu64
                      " too old %" PRIu64 " future %" PRIu64 " merged %" PRIu64 " erased %" PRIu64
                      " after %" PRIu64 " ignored %" PRIu64 " changes %" PRIu64 " wakes %" PRIu64
                      " faults %" PRIu64 "\n",
                      now, c->profiles, c->facts, c->duplicates, c->too_old, c->future, c->merged, c->erased,
                      c->after_erasure, c->alias_ignored, c->changes, c->wakes, c->arithmetic_faults);
}

/* ---- One engine, and several -------------------- */

static void run_one(play *p) {
    seg_engine_options options = {
        .mode = SEG_ENGINE_STREAM, .limit = p->limit, .on_change = tell_change, .user = p};
    seg_engine *engine;
    seg_error error = {.status = SEG_OK};
    if (!seg_trial_done(p->trial, seg_engine_new(&engine, p->trial->c->image, &options, &error),
                        "seg_engine_new"))
        return;
    bool fine = true;
    for (uint32_t i = 0; fine && i < p->count; i++) {
        error = (seg_error){.status = SEG_OK};
        seg_status status = p->steps[i].is_record ? seg_engine_apply(engine, &p->records[i], &error)
                                                  : seg_engine_advance(engine, p->steps[i].time, &error);
        bool refused = status == SEG_E_USAGE || status == SEG_E_TIME || status == SEG_E_FACT;
        if (refused && p->steps[i].is_record)
            tell_refusal(p, &p->records[i], status, &error);
        else
            fine = seg_trial_done(p->trial, status, "one engine");
    }
    seg_engine_counters counters;
    seg_engine_counters_get(engine, &counters);
    tell_counters(p, &counters, seg_engine_now(engine));
    for (uint32_t s = 0; fine && s < p->trial->c->info.segment_count; s++) {
        seg_buffer_format(p->told, "%u %" PRIu64, s, seg_engine_size(engine, s));
        fine = seg_trial_done(p->trial, seg_engine_members(engine, s, tell_profile, p), "seg_engine_members");
        seg_buffer_text(p->told, "\n");
    }
    fine = fine && seg_trial_done(p->trial, seg_engine_profiles(engine, tell_profile, p), "the profiles");
    for (uint32_t i = 0; fine && i < SEG_LAW_HISTORIES + 2; i++)
        tell_state(p, seg_engine_state(engine, text_of(ids[i])));
    seg_engine_free(engine);
}

/* The records from `first` on, up to where time alone moves, in groups of any size. */
static bool send_group(play *p, seg_shards *shards, uint32_t *first) {
    seg_error error = {.status = SEG_OK};
    uint32_t last = *first, most = 1 + seg_random_below(&p->random, 40);
    while (last < p->count && p->steps[last].is_record && last - *first < most) last++;
    bool fine = seg_trial_done(p->trial, seg_shards_begin(shards, &p->records[*first], last - *first, &error),
                               "seg_shards_begin") &&
                seg_trial_done(p->trial, seg_shards_finish(shards, &error), "seg_shards_finish");
    *first = last;
    return fine;
}

static void run_several(play *p) {
    seg_shards_options options = {
        .engine = {.mode = SEG_ENGINE_STREAM, .limit = p->limit, .on_change = tell_change, .user = p},
        .threads = 2 + seg_random_below(&p->random, 3),
        .on_refusal = tell_refusal};
    seg_shards *shards;
    seg_error error = {.status = SEG_OK};
    if (!seg_trial_done(p->trial, seg_shards_new(&shards, p->trial->c->image, &options, &error),
                        "seg_shards_new"))
        return;
    bool fine = true;
    for (uint32_t i = 0; fine && i < p->count;) {
        if (p->steps[i].is_record)
            fine = send_group(p, shards, &i);
        else
            fine = seg_trial_done(p->trial, seg_shards_advance(shards, p->steps[i++].time, &error),
                                  "seg_shards_advance");
    }
    seg_engine_counters counters;
    seg_shards_counters_get(shards, &counters);
    tell_counters(p, &counters, seg_shards_now(shards));
    for (uint32_t s = 0; fine && s < p->trial->c->info.segment_count; s++) {
        seg_buffer_format(p->told, "%u %" PRIu64, s, seg_shards_size(shards, s));
        fine = seg_trial_done(p->trial, seg_shards_members(shards, s, tell_profile, p), "seg_shards_members");
        seg_buffer_text(p->told, "\n");
    }
    fine = fine && seg_trial_done(p->trial, seg_shards_profiles(shards, tell_profile, p), "the profiles");
    for (uint32_t i = 0; fine && i < SEG_LAW_HISTORIES + 2; i++)
        tell_state(p, seg_shards_state(shards, text_of(ids[i])));
    seg_shards_free(shards);
}

/* Shows the first lines that differ. */
static void compare(play *p, const char *wanted, const char *got) {
    while (*wanted && *got) {
        size_t left = strcspn(wanted, "\n"), right = strcspn(got, "\n");
        p->trial->instants++;
        if (left != right || memcmp(wanted, got, left) != 0) break;
        wanted += left + (wanted[left] == '\n');
        got += right + (got[right] == '\n');
    }
    if (!*wanted && !*got) return;
    char expected[200], found[200];
    snprintf(expected, sizeof expected, "%.*s", (int)strcspn(wanted, "\n"), wanted);
    snprintf(found, sizeof found, "%.*s", (int)strcspn(got, "\n"), got);
    seg_trial_fail(p->trial, SEG_NONE, p->newest, expected, found);
}

void seg_law_shards(seg_trial *trial) {
    play *p = calloc(1, sizeof *p);
    seg_buffer one, several;
    if (p == NULL) abort();
    seg_buffer_init(&one, NULL);
    seg_buffer_init(&several, NULL);
    p->trial = trial;
    p->random.state = trial->seed;
    invent(p);
    p->told = &one;
    run_one(p);
    p->told = &several;
    run_several(p);
    seg_buffer_add(&one, "", 1);
    seg_buffer_add(&several, "", 1);
    if (one.failed || several.failed) abort();
    if (!trial->failure.failed) compare(p, one.bytes, several.bytes);
    seg_buffer_free(&one);
    seg_buffer_free(&several);
    free(p);
}
