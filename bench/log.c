/* log.c - workload B2: who is in twenty segments over five million events of half a million profiles.
 *
 *   log DIR [EVENTS [PROFILES [lines]]]
 *
 * Writes the tables and the rules into DIR, for peers to load, then does what each line of standard input
 * says and answers with a line: the CPU seconds that it took, then the members of each segment. seg    the
 * library over Arrow arrays: counts, and members as bits floor  the same by hand: see log_floor.h rows   the
 * sum of the members' row numbers instead of their count, from the library. With `lines` it also writes
 * events.ndjson, a line per profile with its attributes and a line per event, and answers lines  the library
 * over that file: a reader and an engine, as `seg run` has them. bench/peers/b2.py asks in turn and compares.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "log_floor.h"

static const int64_t now_ms = INT64_C(1767225600000), day_ms = 86400000; /* 2026-01-01T00:00Z */

static const char rules[] =
    "profile { opted_out: bool = false  plan: text?  country: text? }\n"
    "event visits from \"visits\"\n"
    "event views from \"views\" { category: int }\n"
    "event opens from \"opens\"\n"
    "event carts from \"carts\"\n"
    "event orders from \"orders\" { category: int  amount: decimal(2) }\n"
    "events anything = visits | views | opens | carts | orders\n"
    "segment s00: visits(30d) < 2 and not opted_out\n"
    "segment s01: orders(90d) >= 2\n"
    "segment s02: sum(orders.amount, 30d) > 500.00\n"
    "segment s03: any carts(1d) and no orders(1d)\n"
    "segment s04: views(7d where category == 3) >= 3 and no orders(ever where category == 3)\n"
    "segment s05: any orders(ever) and no orders(180d)\n"
    "segment s06: not opted_out and no opens(30d)\n"
    "segment s07: opens(30d) >= 3\n"
    "segment s08: visits(7d) >= 5\n"
    "segment s09: sum(orders.amount, 90d) >= 1000.00 and plan is known and plan in [\"pro\", \"team\"]\n"
    "segment s10: orders(ever) == 1\n"
    "segment s11: any orders(ever) and first(orders) within last 30d\n"
    "segment s12: any anything(1d)\n"
    "segment s13: carts(7d) >= 3 and no orders(7d)\n"
    "segment s14: visits(30d) >= 10 and no orders(90d)\n"
    "segment s15: any orders(90d where amount >= 200.00)\n"
    "segment s16: no anything(60d)\n"
    "segment s17: views(1d) >= 5\n"
    "segment s18: country is known and country == \"DE\" and any orders(30d where category == 5)\n"
    "segment s19: orders(90d) >= 3 and avg(orders.amount, 90d) > 100.00\n";

static const char *const kind_names[LOG_KINDS] = {"visits", "views", "opens", "carts", "orders"};
static const uint32_t kind_shares[LOG_KINDS] = {35, 33, 18, 9, 5};
static const char *const plans[] = {"free", "trial", "pro", "team"};
static const char *const countries[] = {"DE", "US", "FR", "GB", "IT"};

static log_table tables[LOG_KINDS];
static log_crowd crowd;
static uint8_t *kinds; /* of the events, in their order */
static uint64_t random_state = 88172645463325252u;

static uint64_t draw(uint64_t below) { return (bench_random(&random_state) >> 11) % below; }

static void *take(size_t bytes) {
    void *made = aligned_alloc(64, (bytes + 127) / 64 * 64);
    if (!made) bench_fail("no memory");
    return memset(made, 0, (bytes + 127) / 64 * 64);
}

/* ---- the data
 * ---------------------------------------------------------------------------------------------------- */

/* A few profiles have many events, most have few. */
static int32_t draw_profile(size_t profiles) {
    double at = (double)draw(1u << 30) / (1u << 30);
    return (int32_t)((double)(profiles - 1) * at * at * at);
}

static void make_events(size_t events, size_t profiles) {
    kinds = take(events);
    for (int k = 0; k < LOG_KINDS; k++) {
        log_table *t = &tables[k];
        t->profiles = take(events * sizeof *t->profiles);
        t->times = take(events * sizeof *t->times);
        if (k == LOG_VIEW || k == LOG_ORDER) t->categories = take(events * sizeof *t->categories);
        if (k == LOG_ORDER) t->amounts = take(events * sizeof *t->amounts);
    }
    for (size_t i = 0; i < events; i++) {
        int kind = 0;
        for (uint64_t left = draw(100); left >= kind_shares[kind]; kind++) left -= kind_shares[kind];
        log_table *t = &tables[kind];
        kinds[i] = (uint8_t)kind;
        int64_t late = draw(50) == 0 ? (int64_t)draw((uint64_t)day_ms) : 0; /* 2 %: up to a day */
        t->profiles[t->rows] = draw_profile(profiles);
        t->times[t->rows] = now_ms - 240 * day_ms +
                            (int64_t)((double)(240 * day_ms) * (double)(i + 1) / (double)events) - late;
        if (t->categories) t->categories[t->rows] = (int32_t)draw(10);
        if (t->amounts) t->amounts[t->rows] = (int64_t)draw(30000);
        t->rows++;
    }
}

static void make_crowd(size_t profiles) {
    crowd.rows = profiles;
    crowd.opted_out = take(profiles / 8 + 8);
    crowd.plans = take(profiles);
    crowd.countries = take(profiles);
    for (size_t i = 0; i < profiles; i++) {
        crowd.opted_out[i / 64] |= (uint64_t)(draw(10) == 0) << i % 64;
        crowd.plans[i] = (uint8_t)draw(4);
        crowd.countries[i] = (uint8_t)draw(5);
    }
}

static void write_file(const char *folder, const char *table, const char *column, const void *bytes,
                       size_t size) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s.%s", folder, table, column);
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(bytes, 1, size, file) != size || fclose(file)) bench_fail("a file cannot be written");
}

static void write_files(const char *folder) {
    char about[256];
    int size = snprintf(about, sizeof about, "{\"now_ms\": %lld, \"profiles\": %zu, \"rows\": {",
                        (long long)now_ms, crowd.rows);
    for (int k = 0; k < LOG_KINDS; k++) {
        const log_table *t = &tables[k];
        size += snprintf(about + size, sizeof about - (size_t)size, "%s\"%s\": %zu", k ? ", " : "",
                         kind_names[k], t->rows);
        write_file(folder, kind_names[k], "profile", t->profiles, t->rows * sizeof *t->profiles);
        write_file(folder, kind_names[k], "time", t->times, t->rows * sizeof *t->times);
        if (t->categories)
            write_file(folder, kind_names[k], "category", t->categories, t->rows * sizeof *t->categories);
        if (t->amounts) write_file(folder, kind_names[k], "amount", t->amounts, t->rows * sizeof *t->amounts);
    }
    size += snprintf(about + size, sizeof about - (size_t)size, "}}\n");
    write_file(folder, "workload", "json", about, (size_t)size);
    write_file(folder, "rules", "seg", rules, sizeof rules - 1);
    write_file(folder, "people", "opted_out", crowd.opted_out, (crowd.rows + 7) / 8);
    write_file(folder, "people", "plan", crowd.plans, crowd.rows);
    write_file(folder, "people", "country", crowd.countries, crowd.rows);
}

/* What the tables hold, a line for each row; profiles are named by their row numbers. */
static void write_lines(const char *path, size_t events) {
    FILE *file = fopen(path, "wb");
    if (!file) bench_fail("the lines cannot be written");
    char instant[25];
    seg_instant_format(now_ms - 241 * day_ms, instant);
    for (size_t i = 0; i < crowd.rows; i++)
        fprintf(file,
                "{\"type\":\"identify\",\"userId\":\"%zu\",\"timestamp\":\"%s\",\"traits\":{\"opted_out\":%s,"
                "\"plan\":\"%s\",\"country\":\"%s\"}}\n",
                i, instant, crowd.opted_out[i / 64] >> i % 64 & 1 ? "true" : "false", plans[crowd.plans[i]],
                countries[crowd.countries[i]]);
    size_t rows[LOG_KINDS] = {0};
    for (size_t i = 0; i < events; i++) {
        const log_table *t = &tables[kinds[i]];
        size_t row = rows[kinds[i]]++;
        seg_instant_format(t->times[row], instant);
        fprintf(
            file,
            "{\"type\":\"track\",\"event\":\"%s\",\"userId\":\"%d\",\"timestamp\":\"%s\",\"properties\":{",
            kind_names[kinds[i]], t->profiles[row], instant);
        if (t->categories) fprintf(file, "\"category\":%d", t->categories[row]);
        if (t->amounts)
            fprintf(file, ",\"amount\":%lld.%02lld", (long long)t->amounts[row] / 100,
                    (long long)t->amounts[row] % 100);
        fputs("}}\n", file);
    }
    if (fclose(file)) bench_fail("the lines cannot be written");
}

/* ---- the library
 * ------------------------------------------------------------------------------------------------- */

typedef struct arrow {
    const void *buffers[4][2], *dictionary_buffers[4][3];
    struct ArrowArray all, each[4], *children[4], dictionaries[4];
    struct ArrowSchema schema, schemas[4], *schema_children[4];
    int32_t ends[4][8];
    char texts[4][64];
} arrow;

static struct ArrowSchema text_schema = {.format = "u", .name = ""};

static void add_column(arrow *a, const char *name, const char *format, const void *values,
                       const char *const *texts, int count) {
    int64_t i = a->all.n_children++;
    a->schema = (struct ArrowSchema){.format = "+s", .n_children = i + 1, .children = a->schema_children};
    a->all.children = a->children;
    a->schemas[i] = (struct ArrowSchema){.format = format, .name = name};
    a->buffers[i][1] = values;
    a->each[i] = (struct ArrowArray){.length = a->all.length, .n_buffers = 2, .buffers = a->buffers[i]};
    a->children[i] = &a->each[i];
    a->schema_children[i] = &a->schemas[i];
    for (int j = 0; j < count; j++) {
        memcpy(a->texts[i] + a->ends[i][j], texts[j], strlen(texts[j]));
        a->ends[i][j + 1] = a->ends[i][j] + (int32_t)strlen(texts[j]);
    }
    if (!texts) return;
    a->dictionary_buffers[i][1] = a->ends[i];
    a->dictionary_buffers[i][2] = a->texts[i];
    a->dictionaries[i] =
        (struct ArrowArray){.length = count, .n_buffers = 3, .buffers = a->dictionary_buffers[i]};
    a->schemas[i].dictionary = &text_schema;
    a->each[i].dictionary = &a->dictionaries[i];
}

static arrow people, events[LOG_KINDS];
static const struct ArrowArray *arrays[LOG_KINDS];
static seg_batch *batch;

static seg_image *image;

/* The members by the lines of a file. */
static void run_lines(const char *path, uint64_t *counts) {
    seg_error error = {.message = ""};
    seg_reader *reader;
    seg_ledger *ledger;
    const seg_record *record;
    if (seg_reader_open(&reader, image, path, NULL, NULL, &error) ||
        seg_ledger_new(&ledger, image, now_ms, NULL, &error))
        bench_fail(error.message);
    for (;;) {
        if (seg_reader_next(reader, &record, &error)) bench_fail(error.message);
        if (!record) break;
        if (seg_ledger_add(ledger, record, &error)) bench_fail(error.message);
    }
    if (seg_ledger_settle(ledger, &error)) bench_fail(error.message);
    for (uint32_t i = 0; i < LOG_SEGMENTS; i++) counts[i] = seg_ledger_size(ledger, i);
    seg_ledger_free(ledger);
    seg_reader_close(reader);
}

static void make_batch(void) {
    static seg_batch_table described[LOG_KINDS];
    image = bench_compile("b2.seg", rules, sizeof rules - 1, false);
    people.all.length = (int64_t)crowd.rows;
    add_column(&people, "opted_out", "b", crowd.opted_out, NULL, 0);
    add_column(&people, "plan", "C", crowd.plans, plans, 4);
    add_column(&people, "country", "C", crowd.countries, countries, 5);
    for (int k = 0; k < LOG_KINDS; k++) {
        const log_table *t = &tables[k];
        arrow *a = &events[k];
        a->all.length = (int64_t)t->rows;
        add_column(a, "profile", "i", t->profiles, NULL, 0);
        add_column(a, "time", "tsm:UTC", t->times, NULL, 0);
        if (t->categories) add_column(a, "category", "i", t->categories, NULL, 0);
        if (t->amounts) add_column(a, "amount", "d:18,2", t->amounts, NULL, 0);
        seg_text name = {kind_names[k], strlen(kind_names[k])};
        described[k] = (seg_batch_table){.event = seg_image_find_event(image, name), .schema = &a->schema};
        arrays[k] = &a->all;
    }
    const seg_batch_options options = {.tables = described, .table_count = LOG_KINDS};
    seg_error error = {.message = ""};
    if (seg_batch_new(&batch, image, &people.schema, now_ms, &options, NULL, &error))
        bench_fail(error.message);
    seg_batch_info info;
    seg_batch_describe(batch, &info);
    if (info.programs_by_row) bench_fail("a program runs row by row");
}

/* ---- asked in turn
 * -------------------------------------------------------------------------------------------------- */

static void answer(double seconds, const uint64_t *counts) {
    printf("%.9f", seconds);
    for (int i = 0; i < LOG_SEGMENTS; i++) printf(" %llu", (unsigned long long)counts[i]);
    printf("\n");
    fflush(stdout);
}

static void sum_rows(uint64_t *const *members, uint64_t *sums) {
    memset(sums, 0, LOG_SEGMENTS * sizeof *sums);
    for (int i = 0; i < LOG_SEGMENTS; i++)
        for (size_t row = 0; row < crowd.rows; row++)
            if (members[i][row / 64] >> row % 64 & 1) sums[i] += row;
}

int main(int count, char **arguments) {
    if (count < 2) bench_fail("usage: log DIR [EVENTS [PROFILES [lines]]]");
    size_t event_count = count > 2 ? strtoull(arguments[2], NULL, 10) : 5000000;
    size_t profiles = count > 3 ? strtoull(arguments[3], NULL, 10) : 500000;
    if (event_count > 100000000 || profiles < 64 || profiles > 100000000) bench_fail("too many, or too few");
    make_events(event_count, profiles);
    make_crowd(profiles);
    write_files(arguments[1]);
    char path[4096];
    snprintf(path, sizeof path, "%s/events.ndjson", arguments[1]);
    if (count > 4) write_lines(path, event_count);
    make_batch();
    uint64_t *members[LOG_SEGMENTS], counts[LOG_SEGMENTS];
    for (int i = 0; i < LOG_SEGMENTS; i++) members[i] = take(profiles / 8 + 8);
    char line[64];
    while (fgets(line, sizeof line, stdin)) {
        seg_error error = {.message = ""};
        double start = bench_cpu_seconds();
        if (strcmp(line, "lines\n") == 0)
            run_lines(path, counts);
        else if (strcmp(line, "floor\n") == 0)
            log_floor_run(tables, &crowd, now_ms, members, counts);
        else if (seg_batch_run_events(batch, &people.all, arrays, members, counts, &error))
            bench_fail(error.message);
        double seconds = bench_cpu_seconds() - start;
        if (strcmp(line, "rows\n") == 0) sum_rows(members, counts);
        answer(seconds, counts);
    }
    return 0;
}
