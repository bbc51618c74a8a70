/* law_engine.c - laws about the engine: many profiles are as each of them alone. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../engine/engine.h"
#include "law.h"

typedef struct letter { /* a fact and whose it is */
    uint32_t profile;
    const seg_fact *fact;
} letter;

typedef struct post { /* all facts of all profiles in the order in which they come in */
    uint32_t count;
    letter letters[SEG_LAW_HISTORIES * SEG_HISTORY_LIMIT];
    int64_t limit, end;
} post;

typedef struct flip { /* what an instant changed in the end */
    int64_t at, valid_until;
    uint32_t profile, segment;
    uint32_t times; /* its place among those of the instant; once they are joined, their number */
    bool entered;
    bool by_attribute; /* several in one breath are judged once: then others may say until when */
} flip;

typedef struct flip_log {
    seg_trial *trial;
    uint32_t count, capacity, profile;
    flip *items;
    int64_t newest;
} flip_log;

static void add_flip(flip_log *log, uint32_t profile, const seg_change *change) {
    if (log->count == log->capacity) {
        log->capacity = log->capacity * 2 + 256;
        log->items = realloc(log->items, log->capacity * sizeof *log->items);
        if (log->items == NULL)
            abort();
    }
    log->items[log->count++] = (flip){change->at,
                                      change->valid_until,
                                      profile,
                                      change->segment,
                                      log->count,
                                      change->entered,
                                      change->cause == SEG_CAUSE_ATTRIBUTE};
}

static void on_changes(void *user, const seg_change *changes, size_t count) {
    flip_log *log = user;
    for (size_t i = 0; i < count; i++)
        add_flip(log, log->profile, &changes[i]);
}

static void on_engine_change(void *user, const seg_engine_change *change) {
    flip_log *log = user;
    uint32_t profile = change->profile.size_bytes == 2 ? (uint32_t)(change->profile.bytes[1] - '0') : 99;
    if (change->change.at < log->newest)
        seg_trial_fail(log->trial, change->change.segment, change->change.at, "changes in order of `at`",
                       "one that is older than the one before");
    log->newest = change->change.at;
    add_flip(log, profile, &change->change);
}

static int compare_flips(const void *left, const void *right) {
    const flip *a = left, *b = right;
    if (a->at != b->at)
        return a->at < b->at ? -1 : 1;
    if (a->profile != b->profile)
        return a->profile < b->profile ? -1 : 1;
    if (a->segment != b->segment)
        return a->segment < b->segment ? -1 : 1;
    return a->times < b->times ? -1 : a->times > b->times; /* as they were reported */
}

/* An instant at which a segment is entered and left again changed nothing. */
static void net(flip_log *log) {
    uint32_t kept = 0;
    if (log->count > 1)
        qsort(log->items, log->count, sizeof *log->items, compare_flips);
    for (uint32_t i = 0; i < log->count;) {
        uint32_t last = i;
        while (last + 1 < log->count && log->items[last + 1].at == log->items[i].at &&
               log->items[last + 1].profile == log->items[i].profile &&
               log->items[last + 1].segment == log->items[i].segment)
            last++;
        if ((last - i) % 2 == 0) {
            log->items[kept] = log->items[last];
            log->items[kept++].times = last - i + 1;
        }
        i = last + 1;
    }
    log->count = kept;
}

static void describe_flip(const flip_log *log, uint32_t index, char *out, size_t size) {
    if (index >= log->count) {
        snprintf(out, size, "no change");
        return;
    }
    const flip *f = &log->items[index];
    snprintf(out, size, "profile %u %s segment %u at %lld until %lld", f->profile,
             f->entered ? "enters" : "exits", f->segment, (long long)f->at, (long long)f->valid_until);
}

static void compare_logs(seg_trial *trial, flip_log *wanted, flip_log *got) {
    net(wanted);
    net(got);
    uint32_t count = wanted->count > got->count ? wanted->count : got->count;
    for (uint32_t i = 0; i < count; i++) {
        const flip *a = &wanted->items[i], *b = &got->items[i];
        if (i < wanted->count && i < got->count && a->at == b->at && a->profile == b->profile &&
            a->segment == b->segment && a->entered == b->entered &&
            (seg_oracle_soon(trial->c->oracle, a->at, a->valid_until) ==
                 seg_oracle_soon(trial->c->oracle, b->at, b->valid_until) ||
             a->times + b->times > 2 || a->by_attribute))
            continue;
        char expected[200], found[200];
        describe_flip(wanted, i, expected, sizeof expected);
        describe_flip(got, i, found, sizeof found);
        seg_trial_fail(trial, i < wanted->count ? a->segment : b->segment, i < wanted->count ? a->at : b->at,
                       expected, found);
        return;
    }
}

static bool is_resent(const seg_history *history, uint32_t index) {
    for (uint32_t i = 0; i < index; i++) {
        if (history->facts[i].message != 0 && history->facts[i].message == history->facts[index].message)
            return true;
    }
    return false;
}

static void collect(const seg_trial *trial, post *p, bool with_resent, seg_random *random) {
    uint32_t taken[SEG_LAW_HISTORIES] = {0};
    p->count = 0;
    p->end = SEG_TIME_MIN;
    for (;;) {
        uint32_t best = SEG_NONE;
        for (uint32_t h = 0; h < trial->history_count; h++) {
            const seg_history *history = &trial->histories[h];
            if (taken[h] < history->count &&
                (best == SEG_NONE ||
                 history->facts[taken[h]].arrival < trial->histories[best].facts[taken[best]].arrival))
                best = h;
        }
        if (best == SEG_NONE)
            break;
        const seg_history *history = &trial->histories[best];
        uint32_t index = taken[best]++;
        if (with_resent || !is_resent(history, index))
            p->letters[p->count++] = (letter){best, &history->facts[index]};
        p->end = history->end > p->end ? history->end : p->end;
    }
    p->limit = seg_oracle_end(trial->c->oracle, p->end);
    if (p->count > 0 && seg_random_chance(random, 50))
        p->limit = p->letters[seg_random_below(random, p->count)].fact->time;
    if (p->end > p->limit)
        p->end = p->limit;
}

/* Sends the first of the letters; attributes that were said in the same breath go in one record. The
 * number of letters that were sent, 0 when the engine refuses. */
static uint32_t send(seg_trial *trial, seg_engine *engine, const letter *letters, uint32_t count) {
    const letter *l = &letters[0];
    char id[3] = {'p', (char)('0' + l->profile), '\0'};
    seg_error error = {.status = SEG_OK};
    const seg_fact *fact = l->fact;
    seg_setting settings[8];
    uint32_t sent = 0;
    do {
        const seg_fact *next = letters[sent].fact;
        settings[sent++] = (seg_setting){next->index, next->values[0]};
    } while (sent < count && sent < 8 && fact->is_attribute && fact->message != 0 &&
             letters[sent].profile == l->profile && letters[sent].fact->is_attribute &&
             letters[sent].fact->index != fact->index && letters[sent].fact->time == fact->time &&
             strcmp(letters[sent].fact->id, fact->id) == 0);
    seg_record record = {.kind = fact->is_attribute ? SEG_RECORD_IDENTIFY : SEG_RECORD_TRACK,
                         .profile = {id, 2},
                         .message_id = {fact->id, strlen(fact->id)},
                         .time = fact->time,
                         .event = fact->index,
                         .fields = fact->values,
                         .settings = settings,
                         .setting_count = fact->is_attribute ? sent : 0};
    if (seg_engine_apply(engine, &record, &error) == SEG_OK)
        return sent;
    seg_trial_fail(trial, SEG_NONE, fact->time, "the record is taken", error.message);
    return 0;
}

static seg_engine *open_engine(seg_trial *trial, seg_engine_mode mode, int64_t limit, flip_log *log) {
    seg_engine_options options = {.mode = mode, .limit = limit, .on_change = on_engine_change, .user = log};
    seg_engine *engine = NULL;
    seg_error error = {.status = SEG_OK};
    if (seg_engine_new(&engine, trial->c->image, &options, &error) != SEG_OK) {
        seg_trial_fail(trial, SEG_NONE, SEG_TIME_MIN, "an engine", error.message);
        return NULL;
    }
    return engine;
}

/* Each profile by itself, moved at the instants at which the engine takes its facts. */
static bool run_apart(seg_trial *trial, const post *p, flip_log *log) {
    seg_vm *vm = trial->c->vm;
    seg_state states[SEG_LAW_HISTORIES] = {{0}};
    int64_t now = SEG_TIME_MIN;
    bool fine = true;
    for (uint32_t h = 0; fine && h < trial->history_count; h++)
        fine = seg_trial_done(trial, seg_case_state(vm, &states[h], h), "seg_state_init");
    for (uint32_t i = 0; fine && i < p->count; i++) {
        const seg_fact *fact = p->letters[i].fact;
        int64_t time = fact->time < p->limit ? fact->time : p->limit;
        now = time > now ? time : now;
        log->profile = p->letters[i].profile;
        fine = seg_trial_apply(trial, &states[log->profile], fact, now, (seg_sink){on_changes, log});
    }
    for (uint32_t h = 0; h < trial->history_count; h++) {
        log->profile = h;
        int64_t end = p->end > now ? p->end : now;
        fine = fine && seg_trial_done(trial, seg_advance(vm, &states[h], end, (seg_sink){on_changes, log}),
                                      "seg_advance");
        seg_state_free(vm, &states[h]);
    }
    return fine;
}

/* Moves the end to an instant at which something flips, if nothing else happens. */
static void end_at_flip(seg_trial *trial, post *p, seg_random *random) {
    uint8_t known[SEG_HISTORY_LIMIT];
    uint32_t profile = seg_random_below(random, trial->history_count);
    seg_history *history = &trial->histories[profile];
    const char id[2] = {'p', (char)('0' + profile)};
    if (trial->c->info.segment_count == 0 || seg_random_chance(random, 30))
        return;
    if (!seg_oracle_facts(trial->c->oracle, history->facts, history->count))
        abort();
    for (uint32_t i = 0; i < history->count; i++)
        known[i] = !is_resent(history, i);
    uint32_t segment = seg_random_below(random, trial->c->info.segment_count);
    seg_oracle_identify(trial->c->oracle, (seg_text){id, 2});
    int64_t next = seg_oracle_flip(trial->c->oracle, segment, p->end, p->limit, known);
    seg_oracle_identify(trial->c->oracle, (seg_text){"p0", 2});
    if (next != SEG_NEVER)
        p->end = next;
    seg_oracle_facts(trial->c->oracle, trial->histories[0].facts, trial->histories[0].count);
}

/* The engine reports the changes that each profile has when it runs by itself. */
void seg_law_stream(seg_trial *trial) {
    seg_random random = {trial->seed};
    post *p = calloc(1, sizeof *p);
    flip_log wanted = {.trial = trial}, got = {.trial = trial, .newest = SEG_TIME_MIN};
    if (p == NULL)
        abort();
    collect(trial, p, true, &random);
    end_at_flip(trial, p, &random);
    seg_engine *engine = open_engine(trial, SEG_ENGINE_STREAM, p->limit, &got);
    bool fine = engine != NULL && run_apart(trial, p, &wanted);
    for (uint32_t i = 0, sent; fine && i < p->count; i += sent) {
        sent = send(trial, engine, &p->letters[i], p->count - i);
        fine = sent > 0;
    }
    seg_error error = {.status = SEG_OK};
    if (fine && seg_engine_now(engine) <= p->end && seg_engine_advance(engine, p->end, &error) != SEG_OK) {
        seg_trial_fail(trial, SEG_NONE, p->end, "time goes on", error.message);
        fine = false;
    } else if (fine && seg_engine_now(engine) > p->end)
        fine = seg_trial_done(trial, seg_engine_advance(engine, seg_engine_now(engine), &error),
                              "seg_engine_advance");
    if (fine)
        compare_logs(trial, &wanted, &got);
    trial->instants += p->count;
    seg_engine_free(engine);
    free(wanted.items);
    free(got.items);
    free(p);
}

typedef struct member_list {
    uint32_t count;
    char ids[SEG_LAW_HISTORIES * 2 + 1];
} member_list;

static void on_member(void *user, seg_text profile) {
    member_list *list = user;
    if (list->count < SEG_LAW_HISTORIES && profile.size_bytes == 2)
        memcpy(list->ids + (size_t)2 * list->count, profile.bytes, 2);
    list->count++;
}

/* The oracle's members of a segment among those profiles. */
static member_list expected_members(seg_trial *trial, const post *p, uint32_t segment) {
    member_list list = {0};
    uint8_t known[SEG_HISTORY_LIMIT];
    for (uint32_t h = 0; h < trial->history_count; h++) {
        seg_history *history = &trial->histories[h];
        if (!seg_oracle_facts(trial->c->oracle, history->facts, history->count))
            abort();
        for (uint32_t i = 0; i < history->count; i++)
            known[i] = !is_resent(history, i) && history->facts[i].time <= p->end;
        char id[3] = {'p', (char)('0' + h), '\0'};
        seg_oracle_identify(trial->c->oracle, (seg_text){id, 2});
        if (seg_oracle_verdict(trial->c->oracle, segment, p->end, known, NULL))
            on_member(&list, (seg_text){id, 2});
        seg_oracle_identify(trial->c->oracle, (seg_text){"p0", 2});
    }
    return list;
}

/* Batch and stream have the same members, and they are the oracle's. */
void seg_law_members(seg_trial *trial) {
    seg_random random = {trial->seed};
    post *p = calloc(1, sizeof *p);
    flip_log got = {.trial = trial, .newest = SEG_TIME_MIN};
    if (p == NULL)
        abort();
    collect(trial, p, false, &random);
    for (uint32_t i = 0; i < p->count; i++) /* the stream stops at the newest fact or later */
        p->end = p->letters[i].fact->time > p->end ? p->letters[i].fact->time : p->end;
    if (p->end > p->limit)
        p->end = p->limit;
    end_at_flip(trial, p, &random);
    seg_engine *stream = open_engine(trial, SEG_ENGINE_STREAM, p->limit, &got);
    seg_engine *batch = open_engine(trial, SEG_ENGINE_BATCH, p->end, &got);
    seg_error error = {.status = SEG_OK};
    bool fine = stream != NULL && batch != NULL;
    for (uint32_t i = 0, sent; fine && i < p->count; i += sent) {
        sent = send(trial, stream, &p->letters[i], p->count - i);
        fine = sent > 0;
    }
    for (uint32_t i = p->count; fine && i > 0; i--) /* in another order, each alone */
        fine = send(trial, batch, &p->letters[i - 1], 1) > 0;
    fine = fine && seg_trial_done(trial, seg_engine_advance(stream, p->end, &error), "seg_engine_advance") &&
           seg_trial_done(trial, seg_engine_settle(batch, &error), "seg_engine_settle");
    for (uint32_t s = 0; fine && s < trial->c->info.segment_count; s++) {
        member_list wanted = expected_members(trial, p, s), in_stream = {0}, in_batch = {0};
        fine =
            seg_trial_done(trial, seg_engine_members(stream, s, on_member, &in_stream),
                           "seg_engine_members") &&
            seg_trial_done(trial, seg_engine_members(batch, s, on_member, &in_batch), "seg_engine_members");
        trial->instants++;
        char expected[64], found[64];
        snprintf(expected, sizeof expected, "members %s", wanted.ids);
        snprintf(found, sizeof found, "stream %s, batch %s", in_stream.ids, in_batch.ids);
        if (strcmp(wanted.ids, in_stream.ids) != 0 || strcmp(wanted.ids, in_batch.ids) != 0 ||
            seg_engine_size(stream, s) != wanted.count || seg_engine_size(batch, s) != wanted.count)
            seg_trial_fail(trial, s, p->end, expected, found);
    }
    seg_oracle_facts(trial->c->oracle, trial->histories[0].facts, trial->histories[0].count);
    seg_engine_free(stream);
    seg_engine_free(batch);
    free(got.items);
    free(p);
}

/* ---- Who is who -------------------- */

typedef struct couple { /* two profiles that turn out to be one person, who may then be erased */
    post p;
    seg_history histories[2];
    seg_fact facts[2 * SEG_HISTORY_LIMIT];
    seg_fact order[2 * SEG_HISTORY_LIMIT]; /* as they come in, for the oracle */
    uint8_t owned[2][2 * SEG_HISTORY_LIMIT];
    uint32_t alias_at, erase_at;
} couple;

static bool send_about(seg_trial *trial, seg_engine *engine, seg_record_kind kind, int64_t time) {
    seg_error error = {.status = SEG_OK};
    seg_record record = {.kind = kind, .profile = {"p0", 2}, .time = time};
    if (kind == SEG_RECORD_ALIAS)
        record.previous = (seg_text){"p1", 2};
    if (seg_engine_apply(engine, &record, &error) == SEG_OK)
        return true;
    seg_trial_fail(trial, SEG_NONE, time, "the record is taken", error.message);
    return false;
}

/* Sends everything; notes which facts belong to whom in the end. */
static bool live(seg_trial *trial, seg_engine *engine, couple *c) {
    int64_t now = SEG_TIME_MIN, erased_at = INT64_MIN;
    memset(c->owned, 0, sizeof c->owned);
    for (uint32_t i = 0; i <= c->p.count; i++) {
        if (i == c->alias_at && !send_about(trial, engine, SEG_RECORD_ALIAS, now))
            return false;
        if (i == c->erase_at) {
            if (!send_about(trial, engine, SEG_RECORD_DELETE, now))
                return false;
            erased_at = now;
            memset(c->owned, 0, sizeof c->owned);
        }
        if (i == c->p.count)
            break;
        const letter *l = &c->p.letters[i];
        if (send(trial, engine, l, 1) == 0)
            return false;
        int64_t time = l->fact->time < c->p.limit ? l->fact->time : c->p.limit;
        now = time > now ? time : now;
        uint32_t owner = erased_at == INT64_MIN ? 0 : l->profile;
        c->owned[owner][i] = l->fact->time > erased_at;
    }
    return true;
}

static void compare_couple(seg_trial *trial, seg_engine *engine, const couple *c, const char *mode) {
    for (uint32_t s = 0; s < trial->c->info.segment_count; s++) {
        member_list wanted = {0}, got = {0};
        for (uint32_t owner = 0; owner < 2; owner++) {
            const seg_text id = {owner == 0 ? "p0" : "p1", 2};
            seg_oracle_identify(trial->c->oracle, id);
            if (seg_oracle_verdict(trial->c->oracle, s, c->p.end, c->owned[owner], NULL))
                on_member(&wanted, id);
        }
        seg_oracle_identify(trial->c->oracle, (seg_text){"p0", 2});
        trial->instants++;
        if (!seg_trial_done(trial, seg_engine_members(engine, s, on_member, &got), "seg_engine_members"))
            return;
        char expected[64], found[64];
        snprintf(expected, sizeof expected, "members %s", wanted.ids);
        snprintf(found, sizeof found, "%s in %s", got.ids, mode);
        if (strcmp(wanted.ids, got.ids) != 0 || seg_engine_size(engine, s) != wanted.count)
            seg_trial_fail(trial, s, c->p.end, expected, found);
    }
}

static void run_couple(seg_trial *trial, couple *c, seg_random *random) {
    flip_log got = {.trial = trial, .newest = SEG_TIME_MIN};
    seg_error error = {.status = SEG_OK};
    c->alias_at = seg_random_below(random, c->p.count + 1);
    c->erase_at = SEG_NONE;
    if (seg_random_chance(random, 40))
        c->erase_at = c->alias_at + seg_random_below(random, c->p.count + 1 - c->alias_at);
    for (uint32_t i = 0; i < c->p.count; i++) {
        c->order[i] = *c->p.letters[i].fact;
        c->p.end = c->order[i].time > c->p.end ? c->order[i].time : c->p.end;
    }
    c->p.end = c->p.end > c->p.limit ? c->p.limit : c->p.end;
    if (!seg_oracle_facts(trial->c->oracle, c->order, c->p.count))
        abort();
    for (int mode = 0; mode < 2; mode++) {
        bool stream = mode == 0;
        seg_engine *engine = open_engine(trial, stream ? SEG_ENGINE_STREAM : SEG_ENGINE_BATCH,
                                         stream ? c->p.limit : c->p.end, &got);
        bool fine = engine != NULL && live(trial, engine, c);
        fine = fine && seg_trial_done(trial,
                                      stream ? seg_engine_advance(engine, c->p.end, &error)
                                             : seg_engine_settle(engine, &error),
                                      "the end");
        if (fine)
            compare_couple(trial, engine, c, stream ? "stream" : "batch");
        seg_engine_free(engine);
    }
    free(got.items);
}

/* Two ids become one person: the members are those of both histories. An erased person is nobody, and
 * what is sent again from before stays away. */
void seg_law_identity(seg_trial *trial) {
    couple *c = calloc(1, sizeof *c);
    seg_random random = {trial->seed};
    if (c == NULL)
        abort();
    seg_trial both = *trial;
    for (uint32_t h = 0; h < 2; h++) {
        c->histories[h] = trial->histories[h];
        if (h == 1)
            seg_trial_set_apart(&c->histories[h], c->facts, &trial->histories[h], 'q');
    }
    both.histories = c->histories;
    both.history_count = 2;
    collect(&both, &c->p, false, &random);
    run_couple(trial, c, &random);
    seg_oracle_facts(trial->c->oracle, trial->histories[0].facts, trial->histories[0].count);
    free(c);
}
