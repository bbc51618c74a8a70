/* law_crowd.c - a law about many profiles: what rules ask about others is the same in a stream, in a batch,
 * and as the oracle counts it; around every refresh, whatever comes late, and whoever is merged or erased. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../engine/engine.h"
#include "law_crowd.h"

/* Ids of different lengths: of equal keys the shorter comes first. */
static const char *const ids[SEG_LAW_HISTORIES] = {"p0", "p10", "p2", "q", "p03", "p1"};

typedef struct letter {
    uint32_t profile;
    const seg_fact *fact;
} letter;

enum { MARKS = 4, MERGES = 2, OWNED = (MERGES + 1) * SEG_HISTORY_LIMIT };

enum { SEGMENTS = 256 }; /* so many of them are watched */

typedef struct flip { /* what the stream told last of a segment and a profile */
    bool is_member, was_told;
    bool is_own; /* a fact of the profile's, a merge or an erasure did it */
    int64_t at;
    uint32_t calls;
} flip;

typedef struct mark { /* what is said of who is who */
    seg_record_kind kind;
    uint32_t sent; /* so many letters came before */
    uint32_t profile, previous;
    int64_t time;
} mark;

typedef struct crowd {
    seg_trial *trial;
    const seg_crowd_law *about;
    seg_case c;
    seg_engine *asked; /* about the fellows of `asker` */
    uint32_t asker;
    seg_random random;
    uint32_t count, sent;
    letter letters[SEG_LAW_HISTORIES * SEG_HISTORY_LIMIT];
    seg_history histories[SEG_LAW_HISTORIES];
    seg_fact facts[SEG_LAW_HISTORIES][SEG_HISTORY_LIMIT];
    /* Who is whom, and what each has been told: facts of the ids that are one person are with its root. */
    uint32_t roots[SEG_LAW_HISTORIES];
    int64_t erased_at[SEG_LAW_HISTORIES];
    seg_fact owned[SEG_LAW_HISTORIES][OWNED];
    uint8_t known[OWNED]; /* all of them */
    seg_fellow people[SEG_LAW_HISTORIES];
    bool is_mixed; /* people are merged and erased */
    uint32_t merge_count, mark_count;
    mark marks[MARKS];
    int64_t newest; /* `at` of the last change */
    uint32_t calls; /* of the engine */
    flip flips[SEGMENTS][SEG_LAW_HISTORIES];
} crowd;

/* ---- Rules -------------------- */

const char *seg_crowd_pick(const seg_workspace *workspace, seg_random *random, char out[32]) {
    uint32_t first = seg_random_below(random, workspace->part_count);
    for (uint32_t i = 0; i < workspace->part_count; i++) {
        uint32_t part = (first + i) % workspace->part_count;
        const char *word = workspace->is_segment[part] ? strstr(workspace->parts[part], "segment ") : NULL;
        if (word != NULL && sscanf(word + 8, "%31[a-z0-9_]", out) == 1) return out;
    }
    return NULL;
}

/* The workspace with rules about others. False: it was refused, which is a failure unless it is too large. */
static bool compile(crowd *w) {
    seg_workspace workspace;
    seg_buffer text;
    seg_buffer_init(&text, NULL);
    bool asks = w->about->write(w->trial, &w->random, &text);
    if (!asks) {
        seg_buffer_free(&text);
        return false;
    }
    seg_workspace_copy(&workspace, w->trial->workspace);
    seg_buffer_add(&text, "", 1);
    bool fits = workspace.part_count < SEG_WORKSPACE_PARTS;
    if (fits) {
        workspace.parts[workspace.part_count] = strdup(text.bytes);
        if (workspace.parts[workspace.part_count] == NULL) abort();
        workspace.is_segment[workspace.part_count++] = false;
    }
    bool opened = fits && seg_case_open(&w->c, &workspace);
    if (fits && !opened) {
        seg_buffer out;
        seg_buffer_init(&out, NULL);
        seg_diags_render(&w->c.diags, &out, false);
        seg_buffer_add(&out, "", 1);
        const char *why = strstr(out.bytes, "error[");
        if (why == NULL || strncmp(why, "error[E0901", 11) != 0)
            seg_trial_fail(w->trial, SEG_NONE, SEG_TIME_MIN, "rules about others compile",
                           why != NULL ? why : "");
        seg_buffer_free(&out);
    }
    if (fits && !opened) seg_case_close(&w->c);
    seg_buffer_free(&text);
    seg_workspace_free(&workspace);
    return opened;
}

/* ---- Facts -------------------- */

static bool is_resent(const seg_history *history, uint32_t index) {
    for (uint32_t i = 0; i < index; i++)
        if (history->facts[i].message != 0 && history->facts[i].message == history->facts[index].message)
            return true;
    return false;
}

static void collect(crowd *w) {
    uint32_t taken[SEG_LAW_HISTORIES] = {0};
    for (;;) {
        uint32_t best = SEG_NONE;
        for (uint32_t h = 0; h < w->trial->history_count; h++) {
            const seg_history *history = &w->histories[h];
            if (taken[h] < history->count &&
                (best == SEG_NONE ||
                 history->facts[taken[h]].arrival < w->histories[best].facts[taken[best]].arrival))
                best = h;
        }
        if (best == SEG_NONE) break;
        const seg_history *history = &w->histories[best];
        uint32_t index = taken[best]++;
        if (!is_resent(history, index)) w->letters[w->count++] = (letter){best, &history->facts[index]};
    }
}

static void meet(crowd *w) {
    w->is_mixed = seg_random_chance(&w->random, 40);
    if (w->trial->c->targets.walks > 1) w->merge_count = MERGES; /* the oracle would take for ever */
    memset(w->known, 1, sizeof w->known);
    for (uint32_t h = 0; h < w->trial->history_count; h++) {
        w->histories[h] = w->trial->histories[h];
        if (w->is_mixed)
            seg_trial_set_apart(&w->histories[h], w->facts[h], &w->trial->histories[h], (char)('a' + h));
        w->people[h] = (seg_fellow){.id = {ids[h], strlen(ids[h])}, .facts = w->owned[h], .known = w->known};
        w->roots[h] = h;
        w->erased_at[h] = INT64_MIN;
    }
    collect(w);
}

static void own(crowd *w, const letter *l) {
    uint32_t root = w->roots[l->profile];
    if (l->fact->time > w->erased_at[l->profile]) w->owned[root][w->people[root].count++] = *l->fact;
}

static bool send(crowd *w, seg_engine *engine, const letter *l) {
    const seg_fact *fact = l->fact;
    seg_setting setting = {fact->index, fact->values[0]};
    seg_record record = {.kind = fact->is_attribute ? SEG_RECORD_IDENTIFY : SEG_RECORD_TRACK,
                         .profile = {ids[l->profile], strlen(ids[l->profile])},
                         .message_id = {fact->id, strlen(fact->id)},
                         .time = fact->time,
                         .event = fact->index,
                         .fields = fact->values,
                         .settings = &setting,
                         .setting_count = fact->is_attribute};
    seg_error error = {.status = SEG_OK};
    w->calls++;
    return seg_trial_done(w->trial, seg_engine_apply(engine, &record, &error), "seg_engine_apply");
}

/* ---- Who is who -------------------- */

static bool send_mark(crowd *w, seg_engine *engine, const mark *m) {
    seg_record record = {
        .kind = m->kind, .profile = {ids[m->profile], strlen(ids[m->profile])}, .time = m->time};
    if (m->kind == SEG_RECORD_ALIAS) record.previous = (seg_text){ids[m->previous], strlen(ids[m->previous])};
    seg_error error = {.status = SEG_OK};
    w->calls++;
    return seg_trial_done(w->trial, seg_engine_apply(engine, &record, &error), "seg_engine_apply");
}

static void join(crowd *w, uint32_t into, uint32_t from) {
    seg_fellow *a = &w->people[into], *b = &w->people[from];
    memcpy(w->owned[into] + a->count, w->owned[from], b->count * sizeof(seg_fact));
    a->count += b->count;
    b->count = 0;
    for (uint32_t h = 0; h < w->trial->history_count; h++)
        if (w->roots[h] == from) w->roots[h] = into;
    w->merge_count++;
}

static void erase(crowd *w, uint32_t root, int64_t time) {
    w->people[root].count = 0;
    for (uint32_t h = 0; h < w->trial->history_count; h++) {
        if (w->roots[h] != root) continue;
        w->roots[h] = h;
        w->erased_at[h] = time;
    }
}

/* Two of them are one person, or one is to be forgotten. What is not later than an erasure counts no more. */
static bool mix(crowd *w, seg_engine *engine) {
    uint32_t count = w->trial->history_count;
    mark m = {.kind = w->merge_count < MERGES && seg_random_chance(&w->random, 60) ? SEG_RECORD_ALIAS
                                                                                   : SEG_RECORD_DELETE,
              .sent = w->sent,
              .profile = seg_random_below(&w->random, count),
              .previous = seg_random_below(&w->random, count),
              .time = seg_engine_now(engine)};
    uint32_t into = w->roots[m.profile], from = w->roots[m.previous];
    bool is_alias = m.kind == SEG_RECORD_ALIAS;
    bool is_late = m.time <= w->erased_at[m.profile] || (is_alias && m.time <= w->erased_at[m.previous]);
    w->marks[w->mark_count++] = m;
    if (is_alias && !is_late && into != from) join(w, into, from);
    if (!is_alias && !is_late) erase(w, into, m.time);
    return send_mark(w, engine, &m);
}

/* ---- Comparing -------------------- */

static uint32_t profile_of(seg_text id) {
    uint32_t h = 0;
    while (strlen(ids[h]) != id.size_bytes || memcmp(ids[h], id.bytes, id.size_bytes) != 0) h++;
    return h;
}

/* Who enters was outside. What others and time alone do to somebody happens once at an instant: in one call
 * of the engine, for time passes its instants after the facts that are sent for them. */
static void watch(crowd *w, const seg_engine_change *told) {
    const seg_change *change = &told->change;
    if (change->segment >= SEGMENTS) return;
    flip *f = &w->flips[change->segment][profile_of(told->profile)];
    bool is_own = change->cause != SEG_CAUSE_TIME && change->cause < SEG_CAUSE_RANK;
    bool again = f->was_told && f->at == change->at && f->calls == w->calls && !is_own && !f->is_own;
    if (f->is_member == change->entered || again)
        seg_trial_fail(w->trial, change->segment, change->at, "one change for each",
                       again ? "in and out within an instant" : "an entry of a member, or an exit of none");
    *f = (flip){change->entered, true, is_own, change->at, w->calls};
}

static void on_change(void *user, const seg_engine_change *change) {
    crowd *w = user;
    if (change->change.at < w->newest)
        seg_trial_fail(w->trial, change->change.segment, change->change.at, "changes in order of `at`",
                       "one that is older than the one before");
    w->newest = change->change.at;
    watch(w, change);
}

static seg_engine *open_engine(crowd *w, seg_engine_mode mode, int64_t limit) {
    seg_engine_options options = {.mode = mode, .limit = limit, .on_change = on_change, .user = w};
    seg_engine *engine = NULL;
    seg_error error = {.status = SEG_OK};
    seg_trial_done(w->trial, seg_engine_new(&engine, w->c.image, &options, &error), "seg_engine_new");
    return engine;
}

static bool is_member(crowd *w, seg_engine *engine, uint32_t segment, uint32_t profile) {
    const seg_state *state = seg_engine_state(engine, (seg_text){ids[profile], strlen(ids[profile])});
    return state != NULL && seg_state_is_member(w->c.vm, state, segment);
}

static bool count_fellows(void *user, uint32_t tally, int64_t word, int64_t at, bool until,
                          seg_fellows *out) {
    const crowd *w = user;
    seg_text id = {ids[w->asker], strlen(ids[w->asker])};
    return seg_engine_fellows(w->asked, id, tally, word, at, until, out);
}

/* The instant at which time alone flips the verdict, by what is known of everybody. */
static void compare_until(crowd *w, seg_engine *engine, uint32_t segment, uint32_t profile) {
    const seg_state *state = seg_engine_state(engine, (seg_text){ids[profile], strlen(ids[profile])});
    int64_t now = seg_engine_now(engine), until;
    bool verdict;
    if (state == NULL || seg_image_is_ranked(w->c.image, segment) || w->trial->c->targets.walks > 0) return;
    w->asked = engine;
    w->asker = profile;
    seg_vm_group_with(w->c.vm, count_fellows, w);
    if (!seg_trial_done(w->trial, seg_evaluate(w->c.vm, state, segment, now, &verdict, &until),
                        "seg_evaluate"))
        return;
    int64_t wanted = seg_oracle_flip(w->c.oracle, segment, now, seg_oracle_end(w->c.oracle, now),
                                     w->people[profile].known);
    until = seg_oracle_soon(w->c.oracle, now, until);
    w->trial->instants++;
    if (until == wanted) return;
    seg_segment_info info;
    char expected[380], found[64], rule[40];
    seg_image_segment(w->c.image, segment, &info);
    snprintf(rule, sizeof rule, "segment %.*s:", (int)info.name.size_bytes, info.name.bytes);
    const char *text = strstr(w->c.text.bytes, rule);
    snprintf(expected, sizeof expected, "%s until %lld; %.300s", ids[profile], (long long)wanted,
             text != NULL ? text : "");
    snprintf(found, sizeof found, "until %lld at %lld", (long long)until, (long long)now);
    seg_trial_fail(w->trial, SEG_NONE, now, expected, found);
}

static void compare(crowd *w, seg_engine *engine, const char *which) {
    int64_t now = seg_engine_now(engine);
    seg_oracle_people(w->c.oracle, w->people, w->trial->history_count);
    for (uint32_t h = 0; h < w->trial->history_count && !w->trial->failure.failed; h++) {
        if (w->roots[h] != h) continue;
        if (!seg_oracle_facts(w->c.oracle, w->people[h].facts, w->people[h].count)) abort();
        seg_oracle_identify(w->c.oracle, w->people[h].id);
        for (uint32_t s = 0; s < w->c.info.segment_count; s++) {
            if (!w->about->concerns(w->c.image, s)) continue;
            bool wanted = seg_oracle_verdict(w->c.oracle, s, now, w->people[h].known, NULL);
            bool got = is_member(w, engine, s, h);
            if (strcmp(which, "the stream") == 0 && s < SEGMENTS && got != w->flips[s][h].is_member)
                seg_trial_fail(w->trial, s, now, "changes that add up to the members", "others");
            w->trial->instants++;
            if (wanted == got) {
                /* A batch knows nothing of what is later than its instant. */
                bool lasts = w->about->lasts && strcmp(which, "the stream") == 0;
                if (lasts && seg_random_chance(&w->random, 10)) compare_until(w, engine, s, h);
                continue;
            }
            seg_segment_info info;
            char expected[380], found[200];
            seg_image_segment(w->c.image, s, &info);
            char rule[16];
            snprintf(rule, sizeof rule, "segment %.*s:", (int)info.name.size_bytes, info.name.bytes);
            const char *rank_rules = strstr(w->c.text.bytes, rule);
            snprintf(expected, sizeof expected, "%s is %s %.*s; %.300s", ids[h], wanted ? "in" : "not in",
                     (int)info.name.size_bytes, info.name.bytes, rank_rules != NULL ? rank_rules : "");
            snprintf(found, sizeof found, "the contrary in %s at %lld", which, (long long)now);
            seg_trial_fail(w->trial, SEG_NONE, now, expected, found);
            return;
        }
    }
}

/* All that was sent: in another order, unless an erasure tells what came before from what came after. */
static bool send_again(crowd *w, seg_engine *batch) {
    bool fine = true;
    uint32_t start = w->sent > 0 ? seg_random_below(&w->random, w->sent) : 0;
    for (uint32_t i = 0; fine && i < w->sent && w->mark_count == 0; i++)
        fine = send(w, batch, &w->letters[(start + (size_t)i * (w->sent - 1)) % w->sent]);
    for (uint32_t i = 0, next = 0; fine && i <= w->sent && w->mark_count > 0; i++) {
        while (fine && next < w->mark_count && w->marks[next].sent == i)
            fine = send_mark(w, batch, &w->marks[next++]);
        fine = fine && (i == w->sent || send(w, batch, &w->letters[i]));
    }
    return fine;
}

static void compare_batch(crowd *w, int64_t now) {
    seg_engine *batch = open_engine(w, SEG_ENGINE_BATCH, now);
    bool fine = batch != NULL && send_again(w, batch);
    seg_error error = {.status = SEG_OK};
    fine = fine && seg_trial_done(w->trial, seg_engine_settle(batch, &error), "seg_engine_settle");
    if (fine) compare(w, batch, "the batch");
    seg_engine_free(batch);
}

/* Around the next refresh, unless the next fact comes first. */
static void look_around(crowd *w, seg_engine *engine, int64_t until) {
    int64_t refresh = seg_image_refresh_after(w->c.image, seg_engine_now(engine));
    for (int64_t at = refresh - 1; refresh != SEG_NEVER && at <= refresh + 1; at++) {
        seg_error error = {.status = SEG_OK};
        if (at > until || at < seg_engine_now(engine) || w->trial->failure.failed) continue;
        w->calls++;
        if (!seg_trial_done(w->trial, seg_engine_advance(engine, at, &error), "seg_engine_advance")) return;
        if (seg_oracle_refresh(w->c.rules, at) !=
            (at < refresh ? seg_image_refresh(w->c.image, at) : refresh))
            seg_trial_fail(w->trial, SEG_NONE, at, "a refresh", "another");
        compare(w, engine, "the stream");
    }
}

void seg_law_crowd(seg_trial *trial, const seg_crowd_law *about) {
    crowd *w = calloc(1, sizeof *w);
    if (w == NULL) abort();
    w->trial = trial;
    w->about = about;
    w->random.state = trial->seed;
    w->newest = SEG_TIME_MIN;
    bool opened = compile(w);
    seg_engine *engine = NULL;
    if (opened) {
        meet(w);
        int64_t limit = SEG_TIME_MAX;
        if (w->count > 0 && seg_random_chance(&w->random, 50))
            limit = w->letters[seg_random_below(&w->random, w->count)].fact->time;
        engine = open_engine(w, SEG_ENGINE_STREAM, limit);
    }
    while (engine != NULL && w->sent < w->count && !trial->failure.failed) {
        const letter *l = &w->letters[w->sent];
        if (w->sent > 0 && seg_random_chance(&w->random, 15)) look_around(w, engine, l->fact->time - 1);
        if (trial->failure.failed || !send(w, engine, l)) break;
        w->sent++;
        own(w, l);
        bool mixes = w->is_mixed && w->mark_count < MARKS && seg_random_chance(&w->random, 10);
        if (mixes && !mix(w, engine)) break;
        seg_error error = {.status = SEG_OK};
        if (!seg_random_chance(&w->random, 15)) continue;
        /* Deadlines of this very instant are due. */
        w->calls++;
        if (seg_trial_done(trial, seg_engine_advance(engine, seg_engine_now(engine), &error),
                           "seg_engine_advance"))
            compare(w, engine, "the stream");
        if (seg_random_chance(&w->random, 20)) compare_batch(w, seg_engine_now(engine));
    }
    for (uint32_t i = 0; i < 3 && engine != NULL && !trial->failure.failed; i++)
        look_around(w, engine, SEG_TIME_MAX - 1);
    if (engine != NULL && !trial->failure.failed) compare_batch(w, seg_engine_now(engine));
    if (opened && seg_oracle_unsound(w->c.oracle) > 0)
        seg_trial_fail(trial, SEG_NONE, SEG_TIME_MIN,
                       "no missing value where the types say that there is none", "one");
    seg_engine_free(engine);
    if (opened) seg_case_close(&w->c);
    free(w);
}
