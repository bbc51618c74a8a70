/* crowd.c - a crowd of profiles, eight kinds of events, segments of counts over windows; events made in
 * memory, so that nothing is read or parsed. After the last event the members are counted by hand from the
 * events; then comes a silence, in which time alone takes out the last of them.
 *
 * S1      the whole stream, events and silence, against as many updates of 256 random bytes with prefetch on
 *         the same machine
 * TIME    instants at which time alone made the engine look, against those at which it changed something
 * LATE    the same events, 20 % of them up to a day late, against the same events on time
 * MEMORY  bytes of state, index and timer per profile, against 152 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "herd.h"

enum {
    KINDS = 8,
    WINDOWS = 4,
    LEASTS = 3,
    COUNTS = KINDS * WINDOWS * LEASTS,
    DAYS = 120,
    ROUNDS = 5,
    AHEAD = 16,
    ID_BYTES = 8,
    SEGMENT_BYTES = 160,
    GOAL_BYTES = 152,
    STATE_BYTES = 256,
    HUGE_BYTES = 2 << 20
};

static const int windows[WINDOWS] = {7, 30, 90, HERD_LONGEST_DAYS}, leasts[LEASTS] = {1, 2, 5};

/* A bit for each count: of its kind, in its window, at least so many. */
typedef unsigned __int128 counts;

typedef struct crowd {
    int people, events, segments;
    seg_image *image;
    counts *must, *must_not; /* per segment */
    char *ids;               /* of fixed length; made once, so that making them is not measured */
    herd herd;
} crowd;

typedef struct tally { /* what the stream reports */
    uint64_t changes, deadlines;
    int64_t members, last_at; /* those who entered and did not leave */
    const char *last_profile;
} tally;

static int count_of(int kind, int window, int least) { return (kind * WINDOWS + window) * LEASTS + least; }

static counts bit_of(int count) { return (counts)1 << count; }

/* Twenty segments are a count each; of a thousand the first are all the counts, the others two or three of
 * them, one perhaps negated. */
static void choose_counts(crowd *c) {
    uint64_t random = 88172645463325252u;
    for (int i = 0; i < c->segments; i++) {
        if (c->segments < COUNTS) c->must[i] = bit_of(count_of(i % KINDS, i % WINDOWS, i % LEASTS));
        if (c->segments >= COUNTS && i < COUNTS) c->must[i] = bit_of(i);
        for (int part = 0; i >= COUNTS && part < 2 + i % 2; part++) {
            int kind = (i + 3 * part) % KINDS, other = (int)(bench_random(&random) % (WINDOWS * LEASTS));
            bool negated = part > 0 && i % 3 == 0;
            (negated ? c->must_not : c->must)[i] |= bit_of(kind * WINDOWS * LEASTS + other);
        }
    }
}

static size_t write_counts(char *at, size_t room, counts asked, const char *before) {
    size_t size = 0;
    for (int i = 0; i < COUNTS; i++) {
        if (!(asked & bit_of(i))) continue;
        size += (size_t)snprintf(at + size, room - size, "%se%d(%dd) >= %d", before, i / (WINDOWS * LEASTS),
                                 windows[i / LEASTS % WINDOWS], leasts[i % LEASTS]);
        before = strstr(before, "not") ? before : " and ";
    }
    return size;
}

static void make_image(crowd *c) {
    size_t room = (size_t)(c->segments + KINDS) * SEGMENT_BYTES, size = 0;
    char *source = malloc(room);
    if (!source) bench_fail("no memory");
    for (int i = 0; i < KINDS; i++)
        size += (size_t)snprintf(source + size, room - size, "event e%d from \"E%d\"\n", i, i);
    for (int i = 0; i < c->segments; i++) {
        size += (size_t)snprintf(source + size, room - size, "segment s%d: ", i);
        size += write_counts(source + size, room - size, c->must[i], "");
        size += write_counts(source + size, room - size, c->must_not[i], " and not ");
        source[size++] = '\n';
    }
    c->image = bench_compile("crowd.seg", source, size, false);
    free(source);
}

static herd herd_of(const crowd *c, unsigned late_percent) {
    herd made = {
        .people = c->people, .kinds = KINDS, .events = c->events, .days = DAYS, .late_percent = late_percent};
    bench_herd_make(&made);
    return made;
}

static void crowd_make(crowd *c) {
    c->must = calloc((size_t)c->segments, sizeof *c->must);
    c->must_not = calloc((size_t)c->segments, sizeof *c->must_not);
    c->ids = malloc((size_t)c->people * ID_BYTES);
    if (!c->must || !c->must_not || !c->ids) bench_fail("no memory");
    choose_counts(c);
    make_image(c);
    for (int i = 0; i < c->people; i++) {
        char id[16];
        snprintf(id, sizeof id, "%07d", i);
        memcpy(c->ids + (size_t)i * ID_BYTES, id, ID_BYTES);
    }
    c->herd = herd_of(c, HERD_LATE_PERCENT);
}

static void crowd_free(crowd *c) {
    bench_herd_free(&c->herd);
    seg_image_free(c->image);
    free(c->ids);
    free(c->must_not);
    free(c->must);
}

/* ---- the stream ------------------------------------------------------------------------------------- */

static void on_change(void *user, const seg_engine_change *change) {
    tally *t = user;
    t->changes++;
    t->members += change->change.entered ? 1 : -1;
    if (change->change.cause != SEG_CAUSE_TIME) return;
    t->deadlines += change->change.at != t->last_at || change->profile.bytes != t->last_profile;
    t->last_at = change->change.at;
    t->last_profile = change->profile.bytes;
}

static void feed(const crowd *c, seg_engine *engine, const happening *events) {
    static seg_record records[HERD_BATCH];
    for (int first = 0; first < c->events;) {
        size_t count = 0, applied;
        for (; count < HERD_BATCH && first < c->events; count++) {
            const happening *event = &events[first++];
            records[count] =
                (seg_record){.kind = SEG_RECORD_TRACK,
                             .profile = {c->ids + (size_t)event->person * ID_BYTES, ID_BYTES - 1},
                             .time = event->time,
                             .event = (uint32_t)event->kind};
        }
        if (seg_engine_apply_all(engine, records, count, &applied, NULL)) bench_fail("the engine failed");
    }
}

static void advance(seg_engine *engine, int64_t day) {
    if (seg_engine_advance(engine, bench_start_ms + day * bench_day_ms, NULL))
        bench_fail("the engine failed");
}

static void keep_silence(seg_engine *engine) { advance(engine, DAYS + HERD_LONGEST_DAYS + 1); }

static seg_engine *play(const crowd *c, const happening *events, tally *t) {
    seg_engine *engine;
    seg_engine_options options = {
        .mode = SEG_ENGINE_STREAM, .limit = SEG_TIME_MAX, .on_change = on_change, .user = t};
    *t = (tally){0};
    if (seg_engine_new(&engine, c->image, &options, NULL)) bench_fail("no engine");
    feed(c, engine, events);
    advance(engine, DAYS);
    return engine;
}

/* Members of every segment at the end, by hand. */
static void check_members(const crowd *c, const seg_engine *engine, const happening *events) {
    uint8_t *happened = calloc((size_t)c->people, KINDS * WINDOWS);
    uint64_t *members = calloc((size_t)c->segments, sizeof *members);
    if (!happened || !members) bench_fail("no memory");
    int64_t now = bench_start_ms + DAYS * bench_day_ms;
    for (int i = 0; i < c->events; i++)
        for (int window = 0; window < WINDOWS; window++) {
            uint8_t *count = &happened[((size_t)events[i].person * KINDS + (size_t)events[i].kind) * WINDOWS +
                                       (size_t)window];
            if (events[i].time > now - windows[window] * bench_day_ms && *count < UINT8_MAX) ++*count;
        }
    for (int person = 0; person < c->people; person++) {
        const uint8_t *mine = &happened[(size_t)person * KINDS * WINDOWS];
        counts enough = 0;
        for (int i = 0; i < COUNTS; i++)
            if (mine[i / LEASTS] >= leasts[i % LEASTS]) enough |= bit_of(i);
        if (enough)
            for (int i = 0; i < c->segments; i++)
                members[i] += (enough & (c->must[i] | c->must_not[i])) == c->must[i];
    }
    for (int i = 0; i < c->segments; i++) {
        char name[8];
        seg_text text = {name, (size_t)snprintf(name, sizeof name, "s%d", i)};
        if (members[i] != seg_engine_size(engine, seg_image_find_segment(c->image, text)))
            bench_fail("CROWD: the members differ");
    }
    free(members);
    free(happened);
}

/* `silence`, unless NULL: how many of the seconds. */
static double play_seconds(const crowd *c, const happening *events, double *silence) {
    tally t;
    double start = bench_cpu_seconds();
    seg_engine *engine = play(c, events, &t);
    double silence_start = bench_cpu_seconds();
    keep_silence(engine);
    if (silence) *silence = bench_cpu_seconds() - silence_start;
    seg_engine_free(engine);
    return bench_cpu_seconds() - start;
}

static void play_checked(const crowd *c, const happening *events, tally *t, seg_engine_counters *counters) {
    seg_engine *engine = play(c, events, t);
    check_members(c, engine, events);
    keep_silence(engine);
    for (int i = 0; i < c->segments; i++)
        if (t->members || seg_engine_size(engine, (uint32_t)i)) bench_fail("CROWD: somebody stayed a member");
    seg_engine_counters_get(engine, counters);
    seg_engine_free(engine);
}

/* ---- the floor --------------------------------------------------------------------------------------- */

/* In huge pages where the system has them. */
static uint64_t *make_table(const crowd *c) {
    size_t size = ((size_t)c->people * STATE_BYTES + HUGE_BYTES - 1) / HUGE_BYTES * HUGE_BYTES;
    uint64_t *table = aligned_alloc(HUGE_BYTES, size);
    if (!table) bench_fail("no memory");
#ifdef MADV_HUGEPAGE
    madvise(table, size, MADV_HUGEPAGE);
#endif
    memset(table, 1, size);
    return table;
}

/* As many updates of 256 bytes each, of the same profiles in the same order. */
static double floor_seconds(const crowd *c, uint64_t *table) {
    enum { WORDS = STATE_BYTES / sizeof(uint64_t), LINE = 8 };
    const happening *events = c->herd.list;
    double start = bench_cpu_seconds();
    for (int i = 0; i < c->events; i++) {
        const uint64_t *next = table + (size_t)events[(i + AHEAD) % c->events].person * WORDS;
        for (int line = 0; line < WORDS; line += LINE) __builtin_prefetch(next + line, 1);
        uint64_t *state = table + (size_t)events[i].person * WORDS;
        for (int word = 0; word < WORDS; word += LINE) state[word] += (uint64_t)events[i].time;
    }
    return bench_cpu_seconds() - start;
}

/* ---- what the engine holds ------------------------------------------------------------------------ */

static void *counted_resize(void *user, void *block, size_t old_bytes, size_t new_bytes) {
    size_t *held = user;
    *held += new_bytes - old_bytes;
    if (new_bytes > 0) return realloc(block, new_bytes);
    free(block);
    return NULL;
}

/* Bytes per profile that the engine holds beyond those of an engine without profiles. */
static double bytes_per_profile(const crowd *c) {
    size_t held = 0;
    seg_allocator allocator = {counted_resize, &held};
    seg_engine *engine;
    seg_engine_counters counters;
    seg_engine_options options = {.mode = SEG_ENGINE_STREAM, .limit = SEG_TIME_MAX, .allocator = &allocator};
    if (seg_engine_new(&engine, c->image, &options, NULL)) bench_fail("no engine");
    size_t empty = held;
    feed(c, engine, c->herd.list);
    seg_engine_counters_get(engine, &counters);
    double bytes = (double)(held - empty) / (double)counters.profiles;
    seg_engine_free(engine);
    return bytes;
}

/* ---- rows -------------------------------------------------------------------------------------------- */

static bench_row plain_ratio(const char *name, const char *what, double measured, double floor) {
    double ratio = measured / floor;
    return (bench_row){.name = name, .what = what, .ratio = ratio, .least = ratio, .most = ratio};
}

static int few_segments(bench_row *rows) {
    crowd c = {.people = 100000, .events = 500000, .segments = 20};
    crowd_make(&c);
    herd punctual = herd_of(&c, 0), tardy = herd_of(&c, 20);
    uint64_t *table = make_table(&c);
    tally t;
    seg_engine_counters counters;
    play_checked(&c, tardy.list, &t, &counters);
    play_checked(&c, punctual.list, &t, &counters);
    play_checked(&c, c.herd.list, &t, &counters);
    double measured[ROUNDS], floor[ROUNDS], measured_late[ROUNDS], base[ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
        measured[round] = play_seconds(&c, c.herd.list, NULL);
        base[round] = play_seconds(&c, punctual.list, NULL);
        measured_late[round] = play_seconds(&c, tardy.list, NULL);
        floor[round] = floor_seconds(&c, table);
    }
    rows[0] =
        bench_row_of("S1_vs_random_update", "20 segments over 100,000 profiles, against updates of 256 bytes",
                     measured, floor, ROUNDS, c.events);
    rows[1] = plain_ratio("TIME_evaluations_per_deadline",
                          "looks that time caused, per deadline that changed something",
                          (double)counters.wakes, (double)t.deadlines);
    rows[2] = bench_row_of("LATE_20pct", "a fifth of the events up to a day late, against all on time",
                           measured_late, base, ROUNDS, c.events);
    rows[3] = plain_ratio("MEMORY_bytes_per_profile", "state, index and timer per profile, against 152 bytes",
                          bytes_per_profile(&c), GOAL_BYTES);
    free(table);
    bench_herd_free(&tardy);
    bench_herd_free(&punctual);
    crowd_free(&c);
    return 4;
}

/* More profiles than a cache holds. */
static int large_crowd(bench_row *row, const char *name, const char *what, int segments, int events) {
    enum { FEW = 3 };
    crowd c = {.people = 1000000, .events = events, .segments = segments};
    crowd_make(&c);
    uint64_t *table = make_table(&c);
    tally t;
    seg_engine_counters counters;
    play_checked(&c, c.herd.list, &t, &counters);
    double measured[FEW], floor[FEW], silence = 0;
    for (int round = 0; round < FEW; round++) {
        measured[round] = play_seconds(&c, c.herd.list, &silence);
        floor[round] = floor_seconds(&c, table);
    }
    printf("%s: %.2f changes an event, %.2f looks that time caused; the silence takes %.0f ns an event\n",
           name, (double)t.changes / c.events, (double)counters.wakes / c.events, silence / c.events * 1e9);
    *row = bench_row_of(name, what, measured, floor, FEW, c.events);
    free(table);
    crowd_free(&c);
    return 1;
}

int bench_crowd(bench_row *rows) {
    int count = few_segments(rows);
    count += large_crowd(rows + count, "S1_large_vs_random_update",
                         "20 segments over 1,000,000 profiles, against updates of 256 bytes", 20, 3000000);
    count +=
        large_crowd(rows + count, "S1_1000_vs_random_update",
                    "1,000 segments over 1,000,000 profiles, against updates of 256 bytes", 1000, 2000000);
    return count;
}
