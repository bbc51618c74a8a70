/* threads.c - S1 over two threads against one: half a million events in memory, twenty segments of counts
 * over windows, every change told in order. By the clock on the wall, for that is what threads are for, and
 * by the time of all processors, for that is what they cost. What is told is compared before it is timed. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "herd.h"

enum { PEOPLE = 100000, EVENTS = 500000, KINDS = 8, SEGMENTS = 20, DAYS = 120, ROUNDS = 5 };

typedef struct told { /* every change, in order */
    uint64_t changes, sum;
} told;

typedef struct batch { /* of records on their way; another is made meanwhile */
    seg_record records[HERD_BATCH];
    char ids[HERD_BATCH][16];
    size_t count;
} batch;

static void on_change(void *user, const seg_engine_change *change) {
    told *t = user;
    t->changes++;
    t->sum = (t->sum ^ (uint64_t)change->change.at ^ change->change.segment ^
              (uint64_t)change->change.valid_until << 1 ^ (uint64_t)change->profile.bytes[0] << 40) *
             UINT64_C(1099511628211);
}

static double wall_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static seg_image *make_image(void) {
    static const int windows[] = {7, 30, 90, HERD_LONGEST_DAYS}, leasts[] = {1, 2, 5};
    char source[4096];
    size_t size = 0;
    for (int i = 0; i < KINDS; i++)
        size += (size_t)snprintf(source + size, sizeof source - size, "event e%d from \"E%d\"\n", i, i);
    for (int i = 0; i < SEGMENTS; i++)
        size += (size_t)snprintf(source + size, sizeof source - size, "segment s%d: e%d(%dd) >= %d\n", i,
                                 i % KINDS, windows[i % 4], leasts[i % 3]);
    return bench_compile("threads.seg", source, size, false);
}

static void fill(batch *b, const herd *fed, int first) {
    for (b->count = 0; b->count < HERD_BATCH && first < EVENTS; b->count++, first++) {
        const happening *event = &fed->list[first];
        int size = snprintf(b->ids[b->count], sizeof *b->ids, "%d", event->person);
        b->records[b->count] = (seg_record){.kind = SEG_RECORD_TRACK,
                                            .profile = {b->ids[b->count], (size_t)size},
                                            .time = event->time,
                                            .event = (uint32_t)event->kind};
    }
}

/* When the last member has left. */
static int64_t silence_end(void) { return bench_start_ms + (DAYS + HERD_LONGEST_DAYS + 1) * bench_day_ms; }

static void play_one(const seg_image *image, const herd *fed, told *t) {
    static batch b;
    seg_engine_options options = {
        .mode = SEG_ENGINE_STREAM, .limit = SEG_TIME_MAX, .on_change = on_change, .user = t};
    seg_engine *engine;
    if (seg_engine_new(&engine, image, &options, NULL)) bench_fail("no engine");
    for (int first = 0; first < EVENTS; first += HERD_BATCH) {
        size_t applied;
        fill(&b, fed, first);
        if (seg_engine_apply_all(engine, b.records, b.count, &applied, NULL)) bench_fail("the engine failed");
    }
    if (seg_engine_advance(engine, silence_end(), NULL)) bench_fail("the engine failed");
    seg_engine_free(engine);
}

static void play_two(const seg_image *image, const herd *fed, told *t) {
    static batch batches[2];
    seg_shards_options options = {
        .engine = {.mode = SEG_ENGINE_STREAM, .limit = SEG_TIME_MAX, .on_change = on_change, .user = t},
        .threads = 2};
    seg_shards *shards;
    if (seg_shards_new(&shards, image, &options, NULL)) bench_fail("no shards");
    for (int first = 0; first < EVENTS; first += HERD_BATCH) {
        batch *b = &batches[first / HERD_BATCH % 2];
        fill(b, fed, first);
        if (seg_shards_finish(shards, NULL) || seg_shards_begin(shards, b->records, b->count, NULL))
            bench_fail("the shards failed");
    }
    if (seg_shards_finish(shards, NULL) || seg_shards_advance(shards, silence_end(), NULL))
        bench_fail("the shards failed");
    seg_shards_free(shards);
}

typedef void (*play_fn)(const seg_image *image, const herd *fed, told *t);

static void measure(play_fn play, const seg_image *image, const herd *fed, double *wall, double *cpu) {
    told t = {0};
    double wall_start = wall_seconds(), cpu_start = bench_cpu_seconds();
    play(image, fed, &t);
    *wall = wall_seconds() - wall_start;
    *cpu = bench_cpu_seconds() - cpu_start;
}

int bench_threads(bench_row *rows) {
    seg_image *image = make_image();
    herd fed = {
        .people = PEOPLE, .kinds = KINDS, .events = EVENTS, .days = DAYS, .late_percent = HERD_LATE_PERCENT};
    bench_herd_make(&fed);
    told one = {0}, two = {0};
    play_one(image, &fed, &one);
    play_two(image, &fed, &two);
    if (one.changes < EVENTS || one.changes != two.changes || one.sum != two.sum)
        bench_fail("THREADS: what is told differs");
    double wall_one[ROUNDS], wall_two[ROUNDS], cpu_one[ROUNDS], cpu_two[ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
        measure(play_one, image, &fed, &wall_one[round], &cpu_one[round]);
        measure(play_two, image, &fed, &wall_two[round], &cpu_two[round]);
    }
    rows[0] = bench_row_of("S1_threads2_vs_1", "time of one thread, against that of two", wall_one, wall_two,
                           ROUNDS, EVENTS);
    rows[1] = bench_row_of("S1_threads2_work", "work of two threads, against that of one", cpu_two, cpu_one,
                           ROUNDS, EVENTS);
    bench_herd_free(&fed);
    seg_image_free(image);
    return 2;
}
