/* Scenarios of the engine: files in, members out. */
#include <engine.h>
#include <stdio.h>
#include <string.h>

#include "../fuzz/fixture.h"
#include "scenario.h"

#define LIMIT_MS INT64_C(1782864000000) /* 2026-07-01 */

static const char ndjson[] =
    "{\"type\":\"identify\",\"messageId\":\"m-1\",\"userId\":\"ada\",\"timestamp\":\"2026-03-01T08:00:00Z\","
    "\"traits\":{\"opted_out\":false,\"email\":\"ada@example.org\",\"plan\":\"pro\",\"tags\":[\"vip\",\"x\"],"
    "\"signed_up_at\":\"2026-02-01T00:00:00Z\",\"born_on\":\"1990-02-28\",\"engagement\":0.75}}\n"
    "{\"type\":\"track\",\"messageId\":\"m-2\",\"anonymousId\":\"anon-1\",\"event\":\"Page Viewed\","
    "\"timestamp\":\"2026-03-01T09:00:00Z\",\"properties\":{\"page\":\"/pricing\",\"seconds\":12}}\n"
    "{\"type\":\"track\",\"messageId\":\"m-3\",\"userId\":\"grace\",\"event\":\"Order Completed\","
    "\"timestamp\":\"2026-03-02T09:00:00Z\",\"properties\":{\"order_id\":\"o-1\","
    "\"amount\":199.5,\"category\":\"skin\\u0063are\","
    "\"status\":\"refunded\",\"weight\":1.25,\"tags\":[\"a\"]}}\n"
    "{\"type\":\"alias\",\"messageId\":\"m-4\",\"userId\":\"ada\",\"previousId\":\"anon-1\","
    "\"timestamp\":\"2026-03-03T09:00:00Z\"}\n"
    "{\"type\":\"track\",\"messageId\":\"m-5\",\"userId\":\"ada\",\"event\":\"Nobody Knows\","
    "\"timestamp\":\"2026-03-03T10:00:00Z\"}\n"
    "{\"type\":\"track\",\"messageId\":\"m-6\",\"userId\":\"ada\"\n"
    "{\"type\":\"track\",\"messageId\":\"m-2\",\"userId\":\"ada\",\"event\":\"Page Viewed\","
    "\"timestamp\":\"2026-03-03T11:00:00Z\",\"properties\":{\"page\":\"/\"}}\n"
    "{\"type\":\"track\",\"messageId\":\"m-7\",\"userId\":\"alan\",\"event\":\"Email Clicked\","
    "\"timestamp\":\"2026-03-04T11:00:00Z\",\"properties\":{\"campaign\":\"promo-12\"}}\n"
    "{\"type\":\"delete\",\"messageId\":\"m-8\",\"userId\":\"grace\","
    "\"timestamp\":\"2026-03-05T11:00:00Z\"}\n";

static const char csv[] = "customer,Date,number,total,state,other\r\n"
                          "ada,2026-03-01T10:00:00Z,o-1,12.50,paid,\r\n"
                          "\"gra\"\"ce\",2026-03-01,o-2,700.00,refunded,\"a,b\"\r\n"
                          "ada,yesterday,o-3,1.00,paid,x\r\n"
                          "alan,2026-03-02 11:00Z,o-4,1.255,paid,x\r\n"
                          "alan,2026-03-02 12:00Z,o-5,900.00,paid,x\r\n";

static void on_refusal(void *user, const seg_refusal *refusal) {
    uint64_t *sum = user;
    *sum = mix(*sum, refusal->reason, strlen(refusal->reason));
}

static void on_change(void *user, const seg_engine_change *change) {
    uint64_t *sum = user;
    *sum = mix(*sum, change->profile.bytes, change->profile.size_bytes);
    *sum = mix(*sum, &change->change.at, sizeof change->change.at);
    *sum = mix(*sum, &change->change.segment, sizeof change->change.segment);
}

static void on_profile(void *user, seg_text profile) {
    uint64_t *sum = user;
    *sum = mix(*sum, profile.bytes, profile.size_bytes);
}

/* Keeps all together, then gives them. Stops at the first call that fails. */
static seg_status take_in(seg_engine *engine, seg_reader *reader, seg_records *records,
                          seg_engine_mode kind) {
    seg_error error = {0};
    const seg_record *record;
    seg_status status;
    while (!(status = seg_reader_next(reader, &record, &error)) && record)
        if ((status = seg_records_add(records, record))) return status;
    if (status) return status;
    size_t count, applied;
    record = seg_records_list(records, &count);
    status = seg_engine_apply_all(engine, record, count, &applied, &error);
    if (status) return status;
    if (kind == SEG_ENGINE_STREAM) return seg_engine_advance(engine, LIMIT_MS, &error);
    return seg_engine_settle(engine, &error);
}

static seg_status list(seg_engine *engine, uint64_t *sum) {
    seg_image_info info;
    seg_status status = seg_engine_profiles(engine, on_profile, sum);
    seg_image_describe(fixture_image(0), &info);
    for (uint32_t i = 0; i < info.segment_count && !status; i++)
        status = seg_engine_members(engine, i, on_profile, sum);
    return status;
}

static void run(const char *name, const char *text, seg_engine_mode kind, outcome *out) {
    uint64_t sum = 0;
    seg_engine_options options = {.mode = kind,
                                  .limit = LIMIT_MS,
                                  .on_change = on_change,
                                  .user = &sum,
                                  .allocator = &shortage_allocator};
    seg_engine *engine = NULL;
    seg_reader *reader = NULL;
    seg_records *records = NULL;
    out->status = seg_engine_new(&engine, fixture_image(0), &options, NULL);
    if (!out->status) out->status = seg_records_new(&records, fixture_image(0), &shortage_allocator, NULL);
    if (!out->status)
        out->status = seg_reader_open_bytes(&reader, fixture_image(0), name, text, strlen(text), on_refusal,
                                            &sum, NULL);
    if (!out->status) out->status = take_in(engine, reader, records, kind);
    if (!out->status) out->status = list(engine, &sum);
    if (out->status && out->status != SEG_E_MEMORY) out->complaint = "a strange status";
    out->result = sum;
    seg_records_free(records);
    seg_reader_close(reader);
    seg_engine_free(engine);
}

/* Without ranks and groups; "ada" and "anon-1", who become one, are with different ones of three shards. */
static seg_status take_in_shards(seg_shards *shards, seg_reader *reader, seg_records *records) {
    const seg_record *record;
    seg_status status;
    while (!(status = seg_reader_next(reader, &record, NULL)) && record)
        if ((status = seg_records_add(records, record))) return status;
    size_t count;
    record = seg_records_list(records, &count);
    if (!status) status = seg_shards_begin(shards, record, count, NULL);
    if (!status) status = seg_shards_finish(shards, NULL);
    return status ? status : seg_shards_advance(shards, LIMIT_MS, NULL);
}

static void stream_shards(shortage_mode mode, outcome *out) {
    (void)mode;
    uint64_t sum = 0;
    seg_shards_options options = {.engine = {.mode = SEG_ENGINE_STREAM,
                                             .limit = LIMIT_MS,
                                             .on_change = on_change,
                                             .user = &sum,
                                             .allocator = &shortage_allocator},
                                  .threads = 3};
    seg_shards *shards = NULL;
    seg_reader *reader = NULL;
    seg_records *records = NULL;
    out->status = seg_shards_new(&shards, fixture_image(1), &options, NULL);
    if (!out->status) out->status = seg_records_new(&records, fixture_image(1), &shortage_allocator, NULL);
    if (!out->status)
        out->status = seg_reader_open_bytes(&reader, fixture_image(1), "facts.ndjson", ndjson, strlen(ndjson),
                                            NULL, NULL, NULL);
    if (!out->status) out->status = take_in_shards(shards, reader, records);
    if (!out->status) out->status = seg_shards_profiles(shards, on_profile, &sum);
    if (!out->status) out->status = seg_shards_members(shards, 0, on_profile, &sum);
    if (out->status && out->status != SEG_E_MEMORY) out->complaint = "a strange status";
    out->result = sum;
    seg_shards_free(shards);
    seg_records_free(records);
    seg_reader_close(reader);
}

static void stream_ndjson(shortage_mode mode, outcome *out) {
    (void)mode;
    run("facts.ndjson", ndjson, SEG_ENGINE_STREAM, out);
}

static void batch_ndjson(shortage_mode mode, outcome *out) {
    (void)mode;
    run("facts.ndjson", ndjson, SEG_ENGINE_BATCH, out);
}

static void stream_csv(shortage_mode mode, outcome *out) {
    (void)mode;
    run("orders-1.csv", csv, SEG_ENGINE_STREAM, out);
}

/* Files that are really there. */
static void read_file(shortage_mode mode, outcome *out) {
    static const char path[] = "examples/completejourney/events.ndjson.gz";
    seg_reader *reader = NULL;
    const seg_record *record = NULL;
    seg_error error = {0};
    (void)mode;
    uint64_t sum = 0, count = 0;
    out->status = seg_reader_open(&reader, fixture_image(0), path, on_refusal, &sum, &error);
    while (!out->status && count++ < 20) out->status = seg_reader_next(reader, &record, &error);
    if (out->status && out->status != SEG_E_MEMORY) out->complaint = "a strange status";
    seg_reader_close(reader);
}

/* A table that a host lends: two rows of cells of every kind. */
typedef struct lent {
    size_t row;
    bool is_closed;
} lent;

static seg_status next_row(void *user, const seg_cell **cells, seg_error *error) {
    static const seg_text tags[] = {{"vip", 3}, {"x", 1}};
    static const seg_cell rows[][6] = {
        {{.kind = SEG_CELL_TEXT, .as.text = {"ada", 3}},
         {.kind = SEG_CELL_BOOL, .as.i = 1},
         {.kind = SEG_CELL_LOCAL_TIME, .as.i = LIMIT_MS - 1},
         {.kind = SEG_CELL_DATE, .as.i = 7363},
         {.kind = SEG_CELL_LIST, .as.list = {tags, 2}},
         {.kind = SEG_CELL_FLOAT, .as.f = 0.75}},
        {{.kind = SEG_CELL_NUMBER, .as.i = 12},
         {.kind = SEG_CELL_NOTHING},
         {.kind = SEG_CELL_TIME, .as.i = 0},
         {.kind = SEG_CELL_NOTHING},
         {.kind = SEG_CELL_TEXT, .as.text = {"vip;y", 5}},
         {.kind = SEG_CELL_NUMBER, .scale = 1, .as.i = 75}},
    };
    lent *l = user;
    (void)error;
    *cells = l->row < sizeof rows / sizeof *rows ? rows[l->row++] : NULL;
    return SEG_OK;
}

static void progress(const void *user, uint64_t *read_bytes, uint64_t *total_bytes) {
    *read_bytes = ((const lent *)user)->row;
    *total_bytes = 2;
}

static void close_table(void *user) { ((lent *)user)->is_closed = true; }

static seg_status choose(void *user, const bool *is_wanted, seg_error *error) {
    (void)user, (void)error;
    return is_wanted[0] ? SEG_OK : SEG_E_USAGE;
}

static void read_table(shortage_mode mode, outcome *out) {
    static const seg_text names[] = {{"profile", 7}, {"opted_out", 9}, {"signed_up_at", 12},
                                     {"born_on", 7}, {"tags", 4},      {"engagement", 10}};
    lent l = {0};
    const seg_table table = {.user = &l, .columns = names, .column_count = 6, .choose = choose,
                             .next = next_row, .progress = progress, .close = close_table};
    seg_reader *reader = NULL;
    const seg_record *record = NULL;
    uint64_t sum = 0;
    (void)mode;
    out->status =
        seg_reader_open_table(&reader, fixture_image(0), "p.parquet", &table, on_refusal, &sum, NULL);
    if (!out->status) out->status = seg_reader_as_snapshot(reader, NULL);
    do {
        if (!out->status) out->status = seg_reader_next(reader, &record, NULL);
        if (!out->status && record) sum = mix(sum, record->profile.bytes, record->profile.size_bytes);
    } while (!out->status && record);
    if (out->status && out->status != SEG_E_MEMORY) out->complaint = "a strange status";
    seg_reader_close(reader);
    if (!l.is_closed) out->complaint = "the table stays open";
    out->result = sum;
}

const scenario engine_scenarios[] = {
    {"stream ndjson", stream_ndjson}, {"stream shards", stream_shards}, {"batch ndjson", batch_ndjson},
    {"stream csv", stream_csv},       {"read a file", read_file},       {"read a table", read_table},
    {NULL, NULL},
};
