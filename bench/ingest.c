/* ingest.c - workload J1: a file of events in JSON lines, read, checked and typed into records, against the
 * parser library's own pass over the same lines. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ingest.h"

enum { EVENTS = 400000, LINE_MOST = 400, PADDING = 64, ROUNDS = 7 };

static const char rules[] =
    "event visits from \"Page Viewed\" { page: text  category: text? }\n"
    "event orders from \"Order Completed\" { amount: decimal(2)  quantity: int  category: text? }\n"
    "segment seen: any visits(30d) or any orders(30d where amount > 10.00)\n";

static size_t write_line(char *out, uint64_t *random, int number) {
    static const char *const categories[] = {"skincare", "haircare", "fragrance", "gift sets", "make-up"};
    uint64_t draw = bench_random(random) >> 11;
    const char *category = categories[draw % 5];
    int day = number / 20000 % 28 + 1, hour = (int)(draw / 5 % 24), ms = (int)(draw / 120 % 1000);
    int size = sprintf(
        out,
        "{\"type\":\"track\",\"event\":\"%s\",\"userId\":\"user-%07d\",\"messageId\":\"msg-%010d\","
        "\"timestamp\":\"2026-03-%02dT%02d:15:30.%03dZ\",\"properties\":{",
        draw % 4 ? "Page Viewed" : "Order Completed", (int)(draw / 7 % 1000000), number, day, hour, ms);
    if (draw % 4)
        size +=
            sprintf(out + size, "\"page\":\"/shop/%s/%d\",\"category\":\"%s\",\"referrer\":\"search\"}}\n",
                    category, (int)(draw / 11 % 5000), category);
    else
        size += sprintf(
            out + size, "\"order_id\":\"o-%d\",\"amount\":%d.%02d,\"quantity\":%d,\"category\":\"%s\"}}\n",
            number, (int)(draw / 13 % 300), (int)(draw / 17 % 100), (int)(draw / 19 % 5) + 1, category);
    return (size_t)size;
}

static void add_value(const seg_field_info *field, const seg_value *value, json_sums *sums) {
    if (!value->known) return;
    if (field->type == SEG_TEXT)
        sums->text_bytes += value->as.text.size_bytes;
    else
        sums->numbers += (double)value->as.i / (field->type == SEG_DECIMAL ? 100 : 1);
}

seg_image *bench_ingest_image(void) { return bench_compile("j1.seg", rules, sizeof rules - 1, false); }

char *bench_ingest_lines(size_t *size) {
    char *bytes = malloc((size_t)EVENTS * LINE_MOST + PADDING);
    if (!bytes) bench_fail("no memory");
    *size = 0;
    uint64_t random = 88172645463325252u;
    for (int i = 0; i < EVENTS; i++) *size += write_line(bytes + *size, &random, i);
    memset(bytes + *size, 0, PADDING);
    return bytes;
}

void bench_ingest_read(const seg_image *image, const char *bytes, size_t size, json_sums *sums) {
    seg_field_info fields[2][3];
    uint32_t counts[2];
    *sums = (json_sums){0};
    for (uint32_t e = 0; e < 2; e++) {
        seg_event_info event;
        seg_image_event(image, e, &event);
        counts[e] = event.field_count;
        for (uint32_t f = 0; f < counts[e]; f++) seg_image_event_field(image, e, f, &fields[e][f]);
    }
    seg_reader *reader;
    const seg_record *record;
    if (seg_reader_open_bytes(&reader, image, "events.ndjson", bytes, size, NULL, NULL, NULL))
        bench_fail("J1: the lines cannot be read");
    for (;;) {
        if (seg_reader_next(reader, &record, NULL)) bench_fail("J1: reading failed");
        if (!record) break;
        sums->records++;
        sums->id_bytes += record->profile.size_bytes;
        sums->message_bytes += record->message_id.size_bytes;
        for (uint32_t f = 0; f < counts[record->event]; f++)
            add_value(&fields[record->event][f], &record->fields[f], sums);
    }
    seg_reader_close(reader);
}

static bool are_equal(const json_sums *a, const json_sums *b) {
    double apart = a->numbers - b->numbers;
    return a->records == b->records && a->id_bytes == b->id_bytes && a->message_bytes == b->message_bytes &&
           a->text_bytes == b->text_bytes && apart < 0.1 && apart > -0.1;
}

bench_row bench_ingest(void) {
    size_t size;
    char *bytes = bench_ingest_lines(&size);
    seg_image *image = bench_ingest_image();
    double measured[ROUNDS], floor[ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
        json_sums ours, theirs;
        double start = bench_cpu_seconds();
        if (!json_floor_read(bytes, size, &theirs)) bench_fail("J1: the floor failed");
        double middle = bench_cpu_seconds();
        bench_ingest_read(image, bytes, size, &ours);
        measured[round] = bench_cpu_seconds() - middle;
        floor[round] = middle - start;
        if (!are_equal(&ours, &theirs) || ours.records != EVENTS) bench_fail("J1: not the same was read");
    }
    seg_image_free(image);
    free(bytes);
    return bench_row_of("J1_vs_simdjson",
                        "events in JSON lines into typed records, against simdjson's own pass", measured,
                        floor, ROUNDS, EVENTS);
}
