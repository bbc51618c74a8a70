/* sweep.c - how the cost of an event grows with profiles, events, segments, windows and lateness.
 *
 *   sweep OUT.json
 *
 * Each series is a stream in memory of which one number grows; rounds go through all points in turn. A point
 * is the median of the CPU nanoseconds per event, with everything that time changes between events. */
#include <stdio.h>
#include <stdlib.h>

#include "herd.h"

enum { ROUNDS = 3, KINDS = 8, SEGMENTS = 20, MOST_POINTS = 8, SERIES = 6, DAYS = 120, ROOM = 1 << 20 };

typedef struct setup {                         /* one point */
    int people, events, segments, window_days; /* window_days 0: different ones */
    unsigned late_percent;
    bool sums;
} setup;

typedef struct series {
    const char *plot, *name;
    int points, x[MOST_POINTS];
    setup (*at)(int x);
    double ns[MOST_POINTS][ROUNDS], changes[MOST_POINTS]; /* per event */
} series;

static const setup usual = {.people = 20000, .events = 200000, .segments = SEGMENTS};

/* Ten events for each profile, however many there are. */
static setup with_people(int x) {
    setup s = usual;
    s.people = x, s.events = 10 * x;
    return s;
}
static setup with_events(int x) {
    setup s = usual;
    s.people = 5000, s.events = 5000 * x;
    return s;
}
static setup with_segments(int x) {
    setup s = usual;
    s.segments = x, s.people = 2000, s.events = 20000;
    return s;
}
static setup with_counts(int x) {
    setup s = usual;
    s.window_days = x;
    return s;
}
static setup with_sums(int x) {
    setup s = with_counts(x);
    s.sums = true;
    return s;
}
static setup with_late(int x) {
    setup s = usual;
    s.late_percent = (unsigned)x;
    return s;
}

static series all[SERIES] = {
    {"profiles", "10 events each", 6, {1000, 3000, 10000, 30000, 100000, 300000}, with_people, {{0}}, {0}},
    {"events", "of each profile", 5, {2, 5, 20, 50, 200}, with_events, {{0}}, {0}},
    {"segments", "counts over windows", 4, {10, 100, 1000, 10000}, with_segments, {{0}}, {0}},
    {"window", "counts", 5, {1, 7, 30, 90, 365}, with_counts, {{0}}, {0}},
    {"window", "sums", 5, {1, 7, 30, 90, 365}, with_sums, {{0}}, {0}},
    {"late", "up to a day", 5, {0, 5, 10, 20, 50}, with_late, {{0}}, {0}},
};

static seg_image *image_of(const setup *s) {
    static const int windows[] = {7, 30, 90, 365};
    char *source = malloc(ROOM);
    if (!source) bench_fail("no memory");
    size_t size = 0;
    for (int i = 0; i < KINDS; i++)
        size +=
            (size_t)snprintf(source + size, ROOM - size, "event e%d from \"E%d\" { amount: int }\n", i, i);
    for (int i = 0; i < s->segments; i++) {
        int kind = i % KINDS, number = i / KINDS, least = 1 + number % 5;
        int days = s->window_days ? s->window_days : s->segments > SEGMENTS ? 1 + number / 5 : windows[i % 4];
        if (s->sums)
            size += (size_t)snprintf(source + size, ROOM - size, "segment s%d: sum(e%d.amount, %dd) >= %d\n",
                                     i, kind, days, 50 * least);
        else
            size += (size_t)snprintf(source + size, ROOM - size, "segment s%d: e%d(%dd) >= %d\n", i, kind,
                                     days, least);
    }
    seg_image *image = bench_compile("sweep.seg", source, size, false);
    free(source);
    return image;
}

static void on_change(void *user, const seg_engine_change *change) {
    (void)change;
    ++*(uint64_t *)user;
}

static double nanoseconds_of(const setup *s, double *changes_each) {
    herd fed = {.people = s->people,
                .kinds = KINDS,
                .events = s->events,
                .days = DAYS,
                .late_percent = s->late_percent};
    uint64_t changes = 0;
    seg_engine *engine;
    seg_engine_options options = {
        .mode = SEG_ENGINE_STREAM, .limit = SEG_TIME_MAX, .on_change = on_change, .user = &changes};
    seg_image *image = image_of(s);
    bench_herd_make(&fed);
    if (seg_engine_new(&engine, image, &options, NULL)) bench_fail("no engine");
    double start = bench_cpu_seconds();
    bench_herd_feed(engine, &fed, 0, fed.events);
    if (seg_engine_advance(engine, bench_start_ms + (DAYS + 1) * bench_day_ms, NULL))
        bench_fail("the engine failed");
    double seconds = bench_cpu_seconds() - start;
    if (changes == 0) bench_fail("nothing changed");
    *changes_each = (double)changes / s->events;
    seg_engine_free(engine);
    seg_image_free(image);
    bench_herd_free(&fed);
    return seconds / s->events * 1e9;
}

static int compare_doubles(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

int main(int count, char **arguments) {
    if (count != 2) bench_fail("usage: sweep OUT.json");
    for (int round = 0; round < ROUNDS; round++)
        for (series *s = all; s < all + SERIES; s++)
            for (int i = 0; i < s->points; i++) {
                setup point = s->at(s->x[i]);
                s->ns[i][round] = nanoseconds_of(&point, &s->changes[i]);
            }
    FILE *out = fopen(arguments[1], "w");
    if (!out) bench_fail("the result cannot be written");
    fprintf(out, "[");
    for (series *s = all; s < all + SERIES; s++) {
        fprintf(out, "%s\n {\"plot\": \"%s\", \"name\": \"%s\", \"points\": [", s == all ? "" : ",", s->plot,
                s->name);
        for (int i = 0; i < s->points; i++) {
            qsort(s->ns[i], ROUNDS, sizeof *s->ns[i], compare_doubles);
            fprintf(out, "%s[%d, %.1f, %.2f]", i ? ", " : "", s->x[i], s->ns[i][ROUNDS / 2], s->changes[i]);
        }
        fprintf(out, "]}");
    }
    fprintf(out, "\n]\n");
    return fclose(out) ? 4 : 0;
}
