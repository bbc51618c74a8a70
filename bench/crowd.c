/* crowd.c - a crowd of profiles, eight kinds of events, twenty segments of counts over windows; events made
 * in memory, so that nothing is read or parsed. At the end the members are counted by hand from the events.
 *
 * S1      the whole stream, against as many updates of 256 random bytes with prefetch on the same machine
 * TIME    instants at which time alone made the engine look, against those at which it changed something
 * LATE    the same events, 20 % of them up to a day late, against the same events on time
 * MEMORY  bytes of state, index and timer per profile, against 152 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "herd.h"

enum {
    PEOPLE = 100000,
    EVENTS = 500000,
    KINDS = 8,
    SEGMENTS = 20,
    DAYS = 120,
    ROUNDS = 5,
    AHEAD = 16,
    BATCH = 500,
    GOAL_BYTES = 152
};

static const int windows[] = {7, 30, 90, 365}, thresholds[] = {1, 2, 5};

typedef struct tally { /* what the stream reports */
    uint64_t changes, deadlines;
    int64_t last_at;
    const char *last_profile;
} tally;

static int window_of(int segment) { return windows[segment % 4]; }
static int threshold_of(int segment) { return thresholds[segment % 3]; }

static seg_image *crowd_image(void) {
    char source[4096];
    size_t size = 0;
    for (int i = 0; i < KINDS; i++)
        size += (size_t)snprintf(source + size, sizeof source - size, "event e%d from \"E%d\"\n", i, i);
    for (int i = 0; i < SEGMENTS; i++)
        size += (size_t)snprintf(source + size, sizeof source - size, "segment s%d: e%d(%dd) >= %d\n", i,
                                 i % KINDS, window_of(i), threshold_of(i));
    return bench_compile("crowd.seg", source, size, false);
}

static void on_change(void *user, const seg_engine_change *change) {
    tally *t = user;
    t->changes++;
    if (change->change.cause != SEG_CAUSE_TIME) return;
    t->deadlines += change->change.at != t->last_at || change->profile.bytes != t->last_profile;
    t->last_at = change->change.at;
    t->last_profile = change->profile.bytes;
}

/* As a name of fixed length; made once, so that making it is not measured. */
static seg_text id_of(int32_t person) {
    static char ids[PEOPLE][8];
    if (!ids[person][0]) snprintf(ids[person], sizeof ids[person], "%07d", person);
    return (seg_text){ids[person], 7};
}

static void feed(seg_engine *engine, const happening *events) {
    static seg_record records[BATCH];
    for (size_t first = 0, count, applied; first < EVENTS; first += count) {
        for (count = 0; count < BATCH && first + count < EVENTS; count++) {
            const happening *event = &events[first + count];
            records[count] = (seg_record){.kind = SEG_RECORD_TRACK,
                                          .profile = id_of(event->person),
                                          .time = event->time,
                                          .event = (uint32_t)event->kind};
        }
        if (seg_engine_apply_all(engine, records, count, &applied, NULL)) bench_fail("the engine failed");
    }
}

static seg_engine *play(const seg_image *image, const happening *events, tally *t) {
    seg_engine *engine;
    seg_engine_options options = {
        .mode = SEG_ENGINE_STREAM, .limit = SEG_TIME_MAX, .on_change = on_change, .user = t};
    *t = (tally){0};
    if (seg_engine_new(&engine, image, &options, NULL)) bench_fail("no engine");
    feed(engine, events);
    if (seg_engine_advance(engine, bench_start_ms + DAYS * bench_day_ms, NULL))
        bench_fail("the engine failed");
    return engine;
}

/* Members of every segment at the end, by hand. */
static void check_members(const seg_image *image, const seg_engine *engine, const happening *events) {
    static uint32_t counts[PEOPLE];
    int64_t now = bench_start_ms + DAYS * bench_day_ms;
    for (int segment = 0; segment < SEGMENTS; segment++) {
        uint64_t members = 0;
        memset(counts, 0, sizeof counts);
        for (int i = 0; i < EVENTS; i++)
            if (events[i].kind == segment % KINDS && events[i].time > now - window_of(segment) * bench_day_ms)
                members += ++counts[events[i].person] == (uint32_t)threshold_of(segment);
        char name[8];
        seg_text text = {name, (size_t)snprintf(name, sizeof name, "s%d", segment)};
        if (members != seg_engine_size(engine, seg_image_find_segment(image, text)))
            bench_fail("CROWD: the members differ");
    }
}

static double play_seconds(const seg_image *image, const happening *events) {
    tally t;
    double start = bench_cpu_seconds();
    seg_engine_free(play(image, events, &t));
    return bench_cpu_seconds() - start;
}

/* As many updates of 256 bytes each, of the same profiles in the same order. */
static double floor_seconds(const happening *events, uint64_t *table) {
    enum { WORDS = 256 / sizeof(uint64_t), LINE = 8 };
    double start = bench_cpu_seconds();
    for (int i = 0; i < EVENTS; i++) {
        const uint64_t *next = table + (size_t)events[(i + AHEAD) % EVENTS].person * WORDS;
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
static double bytes_per_profile(const seg_image *image, const happening *events) {
    size_t held = 0;
    seg_allocator allocator = {counted_resize, &held};
    seg_engine *engine;
    seg_engine_counters counters;
    seg_engine_options options = {.mode = SEG_ENGINE_STREAM, .limit = SEG_TIME_MAX, .allocator = &allocator};
    if (seg_engine_new(&engine, image, &options, NULL)) bench_fail("no engine");
    size_t empty = held;
    feed(engine, events);
    seg_engine_counters_get(engine, &counters);
    double bytes = (double)(held - empty) / (double)counters.profiles;
    seg_engine_free(engine);
    return bytes;
}

static bench_row plain_ratio(const char *name, const char *what, double measured, double floor) {
    double ratio = measured / floor;
    return (bench_row){.name = name, .what = what, .ratio = ratio, .least = ratio, .most = ratio};
}

int bench_crowd(bench_row *rows) {
    seg_image *image = crowd_image();
    herd punctual = {.people = PEOPLE, .kinds = KINDS, .events = EVENTS, .days = DAYS}, tardy = punctual;
    tardy.late_percent = 20;
    bench_herd_make(&punctual);
    bench_herd_make(&tardy);
    const happening *on_time = punctual.list, *late = tardy.list;
    uint64_t *table = calloc(PEOPLE, 256);
    if (!table) bench_fail("no memory");
    tally t;
    seg_engine_counters counters;
    seg_engine *engine = play(image, late, &t);
    check_members(image, engine, late);
    seg_engine_free(engine);
    engine = play(image, on_time, &t);
    check_members(image, engine, on_time);
    seg_engine_counters_get(engine, &counters);
    seg_engine_free(engine);
    double measured[ROUNDS], floor[ROUNDS], measured_late[ROUNDS], base[ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
        measured[round] = base[round] = play_seconds(image, on_time);
        measured_late[round] = play_seconds(image, late);
        floor[round] = floor_seconds(on_time, table);
    }
    rows[0] =
        bench_row_of("S1_vs_random_update", "20 segments over 100,000 profiles, against updates of 256 bytes",
                     measured, floor, ROUNDS, EVENTS);
    rows[1] = plain_ratio("TIME_evaluations_per_deadline",
                          "looks that time caused, per deadline that changed something",
                          (double)counters.wakes, (double)t.deadlines);
    rows[2] = bench_row_of("LATE_20pct", "a fifth of the events up to a day late, against all on time",
                           measured_late, base, ROUNDS, EVENTS);
    rows[3] = plain_ratio("MEMORY_bytes_per_profile", "state, index and timer per profile, against 152 bytes",
                          bytes_per_profile(image, on_time), GOAL_BYTES);
    free(table);
    bench_herd_free(&tardy);
    bench_herd_free(&punctual);
    seg_image_free(image);
    return 4;
}
