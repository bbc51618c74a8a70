/* requery.c - workload S1 beside what a team gets that asks a database again and again, and beside streams.
 *
 *   requery DIR SEGMENTS
 *
 * Half a million events of a hundred thousand profiles over 120 days, segments of counts. Writes the events
 * (DIR/person, kind, time, arrival: arrays of int32, int32, int64, int64, in order of arrival) and
 * DIR/segments.json, says "ready", then answers each line with CPU seconds and numbers:
 *
 *   members FIRST_DAY STEP_MS
 *       What arrived before that day is taken in, and then, timed, everything to the end as a stream with
 *       every change at its exact instant. Of each segment, how many members it has in the end, and the sum
 *       of their numbers. STEP_MS is for the peers: how often they ask.
 *   changes
 *       All of it, and then a silence in which the last member leaves. How many entered, and the sum of a
 *       word of each (requery_add); how many left, and the sum.
 *   sqlite
 *       The same through SQLite (requery_sqlite.c). How many entered, and the sum.
 *
 * bench/peers/s1.py, flink.py and d2.py ask in turn and compare. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "requery.h"

static herd crowd = {.people = 100000,
                     .kinds = REQUERY_KINDS,
                     .events = 500000,
                     .days = REQUERY_DAYS,
                     .late_percent = HERD_LATE_PERCENT};

static int segment_count;

/* 96 different conditions. */
requery_segment requery_segment_of(int number) {
    static const int windows[] = {7, 30, 90, HERD_LONGEST_DAYS}, thresholds[] = {1, 2, 5};
    return (requery_segment){number % REQUERY_KINDS, windows[(number + number / 24) % 4],
                             thresholds[number % 3]};
}

static FILE *open_file(const char *folder, const char *name) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *out = fopen(path, "w");
    if (!out) bench_fail("the events cannot be written");
    return out;
}

static void write_events(const char *folder) {
    FILE *person = open_file(folder, "person"), *kind = open_file(folder, "kind"),
         *time = open_file(folder, "time"), *arrival = open_file(folder, "arrival");
    for (int i = 0; i < crowd.events; i++) {
        fwrite(&crowd.list[i].person, sizeof crowd.list[i].person, 1, person);
        fwrite(&crowd.list[i].kind, sizeof crowd.list[i].kind, 1, kind);
        fwrite(&crowd.list[i].time, sizeof crowd.list[i].time, 1, time);
        fwrite(&crowd.list[i].arrival, sizeof crowd.list[i].arrival, 1, arrival);
    }
    FILE *segments = open_file(folder, "segments.json");
    fprintf(segments, "{\"start\": %" PRId64 ", \"days\": %d, \"segments\": [", bench_start_ms, REQUERY_DAYS);
    for (int i = 0; i < segment_count; i++) {
        requery_segment asked = requery_segment_of(i);
        fprintf(segments, "%s[%d, %d, %d]", i ? ", " : "", asked.kind, asked.days, asked.least);
    }
    fprintf(segments, "]}\n");
    if (fclose(person) || fclose(kind) || fclose(time) || fclose(arrival) || fclose(segments))
        bench_fail("the events cannot be written");
}

static seg_image *rules(void) {
    static char source[64 * REQUERY_MOST];
    size_t size = 0;
    for (int i = 0; i < REQUERY_KINDS; i++)
        size += (size_t)snprintf(source + size, sizeof source - size, "event e%d from \"E%d\"\n", i, i);
    for (int i = 0; i < segment_count; i++) {
        requery_segment asked = requery_segment_of(i);
        size += (size_t)snprintf(source + size, sizeof source - size, "segment s%04d: e%d(%dd) >= %d\n", i,
                                 asked.kind, asked.days, asked.least);
    }
    return bench_compile("requery.seg", source, size, false);
}

typedef struct changes {
    requery_sum entered, exited;
} changes;

static uint64_t number_of(seg_text profile) {
    uint64_t number = 0;
    for (size_t i = 0; i < profile.size_bytes; i++) number = number * 10 + (uint64_t)(profile.bytes[i] - '0');
    return number;
}

static void add(requery_sum *to, uint64_t number) {
    to->count++;
    to->sum += number;
}

void requery_add(requery_sum *to, uint64_t person, uint32_t segment, int64_t at, bool entered) {
    uint64_t word = person << 32 | (uint64_t)segment << 1 | entered;
    word = (word ^ (uint64_t)at * 0x9E3779B97F4A7C15u) * 0xC2B2AE3D27D4EB4Fu;
    add(to, word ^ word >> 29);
}

static void on_change(void *user, const seg_engine_change *told) {
    changes *found = user;
    const seg_change *change = &told->change;
    uint64_t person = number_of(told->profile);
    requery_add(change->entered ? &found->entered : &found->exited, person, change->segment, change->at,
                change->entered);
}

static void on_member(void *user, seg_text profile) { add(user, number_of(profile)); }

static seg_engine *new_engine(const seg_image *image, changes *found) {
    seg_engine *engine;
    seg_engine_options options = {
        .mode = SEG_ENGINE_STREAM, .limit = SEG_TIME_MAX, .on_change = on_change, .user = found};
    *found = (changes){0};
    if (seg_engine_new(&engine, image, &options, NULL)) bench_fail("no engine");
    return engine;
}

static void advance(seg_engine *engine, int64_t day) {
    if (seg_engine_advance(engine, bench_start_ms + day * bench_day_ms, NULL))
        bench_fail("the engine failed");
}

static void answer_changes(const seg_image *image) {
    changes found;
    seg_engine *engine = new_engine(image, &found);
    double start = bench_cpu_seconds();
    bench_herd_feed(engine, &crowd, 0, crowd.events);
    advance(engine, REQUERY_DAYS + HERD_LONGEST_DAYS + 1);
    printf("%.9f %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", bench_cpu_seconds() - start,
           found.entered.count, found.entered.sum, found.exited.count, found.exited.sum);
    seg_engine_free(engine);
}

static void answer_sqlite(void) {
    double start = bench_cpu_seconds();
    requery_sum entered = requery_sqlite(&crowd, segment_count);
    printf("%.9f %" PRIu64 " %" PRIu64 "\n", bench_cpu_seconds() - start, entered.count, entered.sum);
}

static void answer_members(const seg_image *image, int64_t first_day) {
    changes told;
    seg_engine *engine = new_engine(image, &told);
    int64_t from = bench_start_ms + first_day * bench_day_ms;
    int first = 0;
    while (first < crowd.events && crowd.list[first].arrival <= from) first++;
    bench_herd_feed(engine, &crowd, 0, first);
    if (first > 0) advance(engine, first_day);
    double start = bench_cpu_seconds();
    bench_herd_feed(engine, &crowd, first, crowd.events);
    advance(engine, REQUERY_DAYS);
    printf("%.9f", bench_cpu_seconds() - start);
    for (int i = 0; i < segment_count; i++) {
        requery_sum found = {0};
        char name[8];
        seg_text text = {name, (size_t)snprintf(name, sizeof name, "s%04d", i)};
        if (seg_engine_members(engine, seg_image_find_segment(image, text), on_member, &found))
            bench_fail("no members");
        printf(" %" PRIu64 " %" PRIu64, found.count, found.sum);
    }
    printf("\n");
    seg_engine_free(engine);
}

int main(int count, char **arguments) {
    if (count == 3) segment_count = atoi(arguments[2]);
    if (segment_count < 1 || segment_count > REQUERY_MOST) bench_fail("usage: requery DIR SEGMENTS");
    bench_herd_make(&crowd);
    write_events(arguments[1]);
    seg_image *image = rules();
    printf("ready\n");
    fflush(stdout);
    char line[64];
    while (fgets(line, sizeof line, stdin)) {
        int64_t first_day;
        if (sscanf(line, "members %" SCNd64, &first_day) == 1)
            answer_members(image, first_day);
        else if (line[0] == 's')
            answer_sqlite();
        else
            answer_changes(image);
        fflush(stdout);
    }
    seg_image_free(image);
    bench_herd_free(&crowd);
    return 0;
}
