/* breadth.c - an event that flips nothing, beside ten thousand segments that ask for different values of its
 * field, or for different thresholds of it, against the same event beside ten. */
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"

enum { FEW = 10, MANY = 10000, PEOPLE = 20, EVENTS = 200000, ROUNDS = 5 };

typedef struct question { /* of a segment, about the number that an event carries */
    const char *row, *what, *condition;
} question;

static const question questions[] = {
    {"SEGMENTS_10000_vs_10", "an event that flips nothing beside 10,000 segments, against 10",
     "category == \"c%d\""},
    {"THRESHOLDS_10000_vs_10", "the same, where segments ask for different thresholds", "amount >= %d"}};

static seg_image *breadth_image(const question *asked, int segments) {
    size_t room = 128 + (size_t)segments * 96, size;
    char *source = malloc(room), condition[64];
    if (!source) bench_fail("no memory");
    size = (size_t)snprintf(source, room, "event views from \"V\" { category: text, amount: int }\n");
    for (int i = 0; i < segments; i++) {
        snprintf(condition, sizeof condition, asked->condition, i);
        size += (size_t)snprintf(source + size, room - size, "segment s%d: any views(365d where %s)\n", i,
                                 condition);
    }
    seg_image *image = bench_compile("breadth.seg", source, size, false);
    free(source);
    return image;
}

static void apply(seg_engine *engine, int person, int number, int64_t time) {
    char id[16], name[16];
    seg_value values[] = {{.known = true}, {.known = true, .as.i = number}};
    values[0].as.text = (seg_text){name, (size_t)snprintf(name, sizeof name, "c%d", number)};
    seg_record record = {.kind = SEG_RECORD_TRACK, .time = time, .fields = values};
    record.profile = (seg_text){id, (size_t)snprintf(id, sizeof id, "p%d", person)};
    if (seg_engine_apply(engine, &record, NULL)) bench_fail("the engine failed");
}

/* Everybody has seen all of the ten numbers, so that the events that are timed flip nothing. */
static double pass(const seg_image *image) {
    seg_engine *engine;
    seg_engine_counters before, after;
    seg_engine_options options = {.mode = SEG_ENGINE_STREAM, .limit = SEG_TIME_MAX};
    int64_t time = INT64_C(1767225600000);
    if (seg_engine_new(&engine, image, &options, NULL)) bench_fail("no engine");
    for (int i = 0; i < PEOPLE * FEW; i++) apply(engine, i % PEOPLE, i / PEOPLE, time++);
    seg_engine_counters_get(engine, &before);
    double start = bench_cpu_seconds();
    for (int i = 0; i < EVENTS; i++) apply(engine, i % PEOPLE, i / PEOPLE % FEW, time++);
    double seconds = bench_cpu_seconds() - start;
    seg_engine_counters_get(engine, &after);
    for (int i = 0; i < FEW; i++) {
        char name[8];
        seg_text text = {name, (size_t)snprintf(name, sizeof name, "s%d", i)};
        if (seg_engine_size(engine, seg_image_find_segment(image, text)) != PEOPLE)
            bench_fail("SEGMENTS: the members differ");
    }
    if (after.changes != before.changes || before.changes != PEOPLE * FEW)
        bench_fail("SEGMENTS: something flipped");
    seg_engine_free(engine);
    return seconds;
}

static bench_row breadth_row(const question *asked) {
    seg_image *few = breadth_image(asked, FEW), *many = breadth_image(asked, MANY);
    double measured[ROUNDS], floor[ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
        measured[round] = pass(many);
        floor[round] = pass(few);
    }
    seg_image_free(few);
    seg_image_free(many);
    return bench_row_of(asked->row, asked->what, measured, floor, ROUNDS, EVENTS);
}

int bench_breadth(bench_row *rows) {
    for (int i = 0; i < 2; i++) rows[i] = breadth_row(&questions[i]);
    return 2;
}
