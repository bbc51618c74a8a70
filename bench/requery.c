/* requery.c - workload S1 beside what a team gets that asks a database again and again, and beside streams.
 *
 *   requery DIR
 *
 * Half a million events of a hundred thousand profiles over 120 days, twenty segments of counts. Writes the
 * events (DIR/person, kind, time: arrays of int32, int32, int64, in order of time) and DIR/segments.json,
 * says "ready", then answers each line:
 *
 *   members FIRST_DAY STEP_MS   what happened before that day is taken in, and then, timed, everything to the
 * end as a stream with every change at its exact instant. CPU seconds, then of each segment how many members
 *       it has in the end, and the sum of their numbers. STEP_MS is for the peers: how often they ask.
 *   changes   all of it, and then a silence in which the last member leaves. CPU seconds; how many changes,
 * and the sum of a word of each (see word_of); the same of those that enter.
 *
 * bench/peers/s1.py and flink.py ask in turn and compare. */
#include <inttypes.h>
#include <stdio.h>

#include "herd.h"

enum { KINDS = 8, SEGMENTS = 20, DAYS = 120, LONGEST = 365 };

static const int windows[] = {7, 30, 90, LONGEST}, thresholds[] = {1, 2, 5};

static herd crowd = {.people = 100000, .kinds = KINDS, .events = 500000, .days = DAYS};

static FILE *open_file(const char *folder, const char *name) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *out = fopen(path, "w");
    if (!out) bench_fail("the events cannot be written");
    return out;
}

static void write_events(const char *folder) {
    FILE *person = open_file(folder, "person"), *kind = open_file(folder, "kind"),
         *time = open_file(folder, "time");
    for (int i = 0; i < crowd.events; i++) {
        fwrite(&crowd.list[i].person, sizeof crowd.list[i].person, 1, person);
        fwrite(&crowd.list[i].kind, sizeof crowd.list[i].kind, 1, kind);
        fwrite(&crowd.list[i].time, sizeof crowd.list[i].time, 1, time);
    }
    FILE *segments = open_file(folder, "segments.json");
    fprintf(segments, "{\"start\": %" PRId64 ", \"days\": %d, \"segments\": [", bench_start_ms, DAYS);
    for (int i = 0; i < SEGMENTS; i++)
        fprintf(segments, "%s[%d, %d, %d]", i ? ", " : "", i % KINDS, windows[i % 4], thresholds[i % 3]);
    fprintf(segments, "]}\n");
    if (fclose(person) || fclose(kind) || fclose(time) || fclose(segments))
        bench_fail("the events cannot be written");
}

static seg_image *rules(void) {
    char source[4096];
    size_t size = 0;
    for (int i = 0; i < KINDS; i++)
        size += (size_t)snprintf(source + size, sizeof source - size, "event e%d from \"E%d\"\n", i, i);
    for (int i = 0; i < SEGMENTS; i++)
        size += (size_t)snprintf(source + size, sizeof source - size, "segment s%02d: e%d(%dd) >= %d\n", i,
                                 i % KINDS, windows[i % 4], thresholds[i % 3]);
    return bench_compile("requery.seg", source, size, false);
}

typedef struct summed {
    uint64_t count, sum;
} summed;

typedef struct changes {
    summed all, entered;
} changes;

static uint64_t number_of(seg_text profile) {
    uint64_t number = 0;
    for (size_t i = 0; i < profile.size_bytes; i++) number = number * 10 + (uint64_t)(profile.bytes[i] - '0');
    return number;
}

/* A change as a word, so that all of them can be compared as a sum, in whatever order they are told. */
static uint64_t word_of(uint64_t person, const seg_change *change) {
    uint64_t word = person << 32 | (uint64_t)change->segment << 1 | change->entered;
    word = (word ^ (uint64_t)change->at * 0x9E3779B97F4A7C15u) * 0xC2B2AE3D27D4EB4Fu;
    return word ^ word >> 29;
}

static void add(summed *to, uint64_t number) {
    to->count++;
    to->sum += number;
}

static void on_change(void *user, const seg_engine_change *change) {
    changes *found = user;
    uint64_t word = word_of(number_of(change->profile), &change->change);
    add(&found->all, word);
    if (change->change.entered) add(&found->entered, word);
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
    advance(engine, DAYS + LONGEST + 1);
    printf("%.9f %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", bench_cpu_seconds() - start,
           found.all.count, found.all.sum, found.entered.count, found.entered.sum);
    seg_engine_free(engine);
}

static void answer_members(const seg_image *image, int64_t first_day) {
    changes told;
    seg_engine *engine = new_engine(image, &told);
    int64_t from = bench_start_ms + first_day * bench_day_ms;
    int first = 0;
    while (first < crowd.events && crowd.list[first].time <= from) first++;
    bench_herd_feed(engine, &crowd, 0, first);
    if (first > 0) advance(engine, first_day);
    double start = bench_cpu_seconds();
    bench_herd_feed(engine, &crowd, first, crowd.events);
    advance(engine, DAYS);
    printf("%.9f", bench_cpu_seconds() - start);
    for (int i = 0; i < SEGMENTS; i++) {
        summed found = {0};
        char name[8];
        seg_text text = {name, (size_t)snprintf(name, sizeof name, "s%02d", i)};
        if (seg_engine_members(engine, seg_image_find_segment(image, text), on_member, &found))
            bench_fail("no members");
        printf(" %" PRIu64 " %" PRIu64, found.count, found.sum);
    }
    printf("\n");
    seg_engine_free(engine);
}

int main(int count, char **arguments) {
    if (count != 2) bench_fail("usage: requery DIR");
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
        else
            answer_changes(image);
        fflush(stdout);
    }
    seg_image_free(image);
    bench_herd_free(&crowd);
    return 0;
}
