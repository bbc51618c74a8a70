/* stream.c - a file of events through the engine (every change, with its exact valid-until), against reading
 * the records of the same file alone. */
#include <stdio.h>

#include "bench.h"

static void count_change(void *user, const seg_engine_change *change) {
    (void)change;
    ++*(uint64_t *)user;
}

static uint64_t read_records(const seg_image *image, const char *path, seg_engine *engine) {
    seg_reader *reader;
    const seg_record *record;
    if (seg_reader_open(&reader, image, path, NULL, NULL, NULL)) bench_fail("the events cannot be read");
    for (uint64_t records = 0;; records++) {
        if (seg_reader_next(reader, &record, NULL)) bench_fail("reading failed");
        if (!record) {
            seg_reader_close(reader);
            return records;
        }
        if (engine && seg_engine_apply(engine, record, NULL)) bench_fail("the engine failed");
    }
}

bench_row bench_stream(const char *events, const char *workspace) {
    static char source[1 << 16];
    FILE *file = fopen(workspace, "r");
    if (!file) bench_fail("the workspace cannot be read");
    size_t size = fread(source, 1, sizeof source, file);
    fclose(file);
    seg_image *image = bench_compile(workspace, source, size, false);
    double measured[BENCH_ROUNDS], floor[BENCH_ROUNDS], records = 0;
    for (int round = 0; round < BENCH_ROUNDS; round++) {
        uint64_t changes = 0;
        seg_engine *engine;
        seg_engine_options options = {
            .mode = SEG_ENGINE_STREAM, .limit = SEG_TIME_MAX, .on_change = count_change, .user = &changes};
        double start = bench_cpu_seconds();
        records = (double)read_records(image, events, NULL);
        double middle = bench_cpu_seconds();
        if (seg_engine_new(&engine, image, &options, NULL)) bench_fail("no engine");
        read_records(image, events, engine);
        seg_engine_free(engine);
        measured[round] = bench_cpu_seconds() - middle;
        floor[round] = middle - start;
        if (changes == 0) bench_fail("STREAM: nothing changed");
    }
    seg_image_free(image);
    return bench_row_of("STREAM_vs_parse",
                        "a file of events through the stream, against reading its records alone", measured,
                        floor, BENCH_ROUNDS, records);
}
