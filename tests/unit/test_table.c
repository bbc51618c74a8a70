/* Tables that a host lends: the records and refusals of a CSV file with the same rows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <math.h>

#include "../../engine/engine.h"
#include "workspace_image.h"

static const char workspace[] =
    "timezone \"Europe/Berlin\"\n"
    "profile { email: text?  opted_out: bool = false  plan: free | trial | pro = free  joined: time?\n"
    "  born_on: date?  tags: set of text  score: float?  seats: int?  spend: decimal(2)? }\n"
    "event orders from \"Order Completed\" { order_id: text, amount: decimal(2), wait: duration?, due: date? "
    "}\n"
    "columns profile from \"crm*.parquet\" { profile = customer, time = \"since\", plan = tier, seats = 7 }\n"
    "segment adults: (seats ?? 0) > 1\n"
    "segment buyers: any orders(30d)\n";

enum { COLUMNS_MOST = 8, ROWS_MOST = 8, SAID_BYTES = 2048 };
#define NONE                                                                                                 \
    { .kind = SEG_CELL_NOTHING }
#define TEXT(words)                                                                                          \
    {                                                                                                        \
        .kind = SEG_CELL_TEXT, .as.text = { words, sizeof words - 1 }                                        \
    }
#define BOOL(value)                                                                                          \
    { .kind = SEG_CELL_BOOL, .as.i = value }
#define NUMBER(value, digits)                                                                                \
    { .kind = SEG_CELL_NUMBER, .scale = digits, .as.i = value }
#define FLOAT(value)                                                                                         \
    { .kind = SEG_CELL_FLOAT, .as.f = value }
#define TIME(value)                                                                                          \
    { .kind = SEG_CELL_TIME, .as.i = value }
#define LOCAL(value)                                                                                         \
    { .kind = SEG_CELL_LOCAL_TIME, .as.i = value }
#define DATE(value)                                                                                          \
    { .kind = SEG_CELL_DATE, .as.i = value }
#define LIST(members)                                                                                        \
    {                                                                                                        \
        .kind = SEG_CELL_LIST, .as.list = { members, sizeof members / sizeof *members }                      \
    }
#define APRIL INT64_C(1776333600000) /* 2026-04-16T10:00:00Z */

typedef struct table_case {
    const char *name, *csv; /* the same rows as CSV, under the name that the rows of the table have */
    bool is_snapshot;
    const char *columns[COLUMNS_MOST];
    seg_cell rows[ROWS_MOST][COLUMNS_MOST];
    size_t row_count;
    const char *wanted; /* a letter per column: y or n */
    const char *said;   /* the records that are refused; NULL: what CSV says */
} table_case;

typedef struct lent { /* a table over a case */
    const table_case *of;
    seg_text names[COLUMNS_MOST];
    size_t column_count, row;
    char wanted[COLUMNS_MOST + 1];
    int closed;
    seg_cell cells[COLUMNS_MOST];
    seg_status fails_choosing, fails_reading;
} lent;

static seg_image *image;

static seg_status choose(void *user, const bool *is_wanted, seg_error *error) {
    lent *l = user;
    assert_int_equal(l->wanted[0], 0);
    for (size_t i = 0; i < l->column_count; i++) l->wanted[i] = is_wanted[i] ? 'y' : 'n';
    if (l->fails_choosing) snprintf(error->message, sizeof error->message, "not this column");
    return l->fails_choosing;
}

static seg_status next(void *user, const seg_cell **cells, seg_error *error) {
    lent *l = user;
    *cells = NULL;
    if (l->fails_reading && l->row == 1) {
        snprintf(error->message, sizeof error->message, "the disk is gone");
        return l->fails_reading;
    }
    if (l->row == l->of->row_count) return SEG_OK;
    for (size_t i = 0; i < l->column_count; i++)
        l->cells[i] = l->wanted[i] == 'y' ? l->of->rows[l->row][i] : (seg_cell){.kind = SEG_CELL_NOTHING};
    l->row++;
    *cells = l->cells;
    return SEG_OK;
}

static void progress(const void *user, uint64_t *read_bytes, uint64_t *total_bytes) {
    const lent *l = user;
    *read_bytes = l->row * 10;
    *total_bytes = l->of->row_count * 10;
}

static void closed(void *user) { ((lent *)user)->closed++; }

static seg_table lend(lent *l, const table_case *of) {
    *l = (lent){.of = of};
    while (l->column_count < COLUMNS_MOST && of->columns[l->column_count]) {
        const char *name = of->columns[l->column_count];
        l->names[l->column_count++] = (seg_text){name, strlen(name)};
    }
    return (seg_table){.user = l,
                       .columns = l->names,
                       .column_count = l->column_count,
                       .choose = choose,
                       .next = next,
                       .progress = progress,
                       .close = closed};
}

typedef struct said { /* a line for each refusal */
    char text[SAID_BYTES];
    size_t size;
    uint64_t header_lines; /* before the first row */
} said;

static void on_refusal(void *user, const seg_refusal *refusal) {
    said *s = user;
    s->size += (size_t)snprintf(s->text + s->size, SAID_BYTES - s->size, "%llu %s\n",
                                (unsigned long long)(refusal->line - s->header_lines), refusal->reason);
    assert_true(s->size < SAID_BYTES);
}

static void assert_same_text(seg_text a, seg_text b) {
    assert_int_equal(a.size_bytes, b.size_bytes);
    if (a.size_bytes) assert_memory_equal(a.bytes, b.bytes, a.size_bytes);
}

static void assert_same_value(const seg_field_info *field, const seg_value *a, const seg_value *b) {
    assert_int_equal(a->known, b->known);
    if (!a->known) return;
    switch (field->type) {
    case SEG_FLOAT: assert_memory_equal(&a->as.f, &b->as.f, sizeof a->as.f); break;
    case SEG_TEXT:
    case SEG_ZONE: assert_same_text(a->as.text, b->as.text); break;
    case SEG_SET:
        assert_int_equal(a->as.set.count, b->as.set.count);
        for (size_t i = 0; i < a->as.set.count; i++) assert_same_text(a->as.set.items[i], b->as.set.items[i]);
        break;
    default: assert_int_equal(a->as.i, b->as.i);
    }
}

static void assert_same_record(const seg_record *a, const seg_record *b, uint64_t header_lines) {
    seg_field_info field;
    assert_int_equal(a->kind, b->kind);
    assert_int_equal(a->line, b->line - header_lines);
    assert_int_equal(a->time, b->time);
    assert_same_text(a->profile, b->profile);
    assert_same_text(a->message_id, b->message_id);
    assert_int_equal(a->event, b->event);
    assert_int_equal(a->setting_count, b->setting_count);
    for (size_t i = 0; i < a->setting_count; i++) {
        assert_int_equal(a->settings[i].attribute, b->settings[i].attribute);
        seg_image_attribute(image, a->settings[i].attribute, &field);
        assert_same_value(&field, &a->settings[i].value, &b->settings[i].value);
    }
    seg_event_info event;
    if (a->kind != SEG_RECORD_TRACK) return;
    assert_int_equal(seg_image_event(image, a->event, &event), SEG_OK);
    for (uint32_t i = 0; i < event.field_count; i++) {
        seg_image_event_field(image, a->event, i, &field);
        assert_same_value(&field, &a->fields[i], &b->fields[i]);
    }
}

static void check(const table_case *of) {
    lent l;
    said mine = {0}, theirs = {.header_lines = 1};
    seg_reader *reader, *other;
    const seg_record *record, *same;
    seg_table table = lend(&l, of);
    assert_int_equal(seg_reader_open_table(&reader, image, of->name, &table, on_refusal, &mine, NULL),
                     SEG_OK);
    assert_int_equal(
        seg_reader_open_bytes(&other, image, "rows.csv", of->csv, strlen(of->csv), on_refusal, &theirs, NULL),
        SEG_OK);
    if (of->is_snapshot) {
        assert_int_equal(seg_reader_as_snapshot(reader, NULL), SEG_OK);
        assert_int_equal(seg_reader_as_snapshot(other, NULL), SEG_OK);
    }
    do {
        assert_int_equal(seg_reader_next(reader, &record, NULL), SEG_OK);
        assert_int_equal(seg_reader_next(other, &same, NULL), SEG_OK);
        assert_int_equal(!record, !same);
        if (record) assert_same_record(record, same, theirs.header_lines);
    } while (record);
    assert_string_equal(mine.text, of->said ? of->said : theirs.text);
    if (of->wanted) assert_string_equal(l.wanted, of->wanted);
    seg_reader_counters counters;
    seg_reader_counters_get(reader, &counters);
    assert_int_equal(counters.bytes_read, counters.bytes_total);
    assert_int_equal(l.closed, 0);
    seg_reader_close(reader);
    seg_reader_close(other);
    assert_int_equal(l.closed, 1);
}

/* ---- What cells mean ----------------------------------------------------------------------------- */

static const seg_text fan[] = {{"fan", 3}, {"new", 3}};

static const table_case cases[] = {
    {.name = "people.parquet",
     .is_snapshot = true,
     .csv = "profile,plan,joined,born_on,tags,score,seats,spend\n"
            "u1,pro,2026-04-16T10:00:00Z,2026-04-16,fan;new,0.1,3,9.99\n"
            "u2,,,,,,,\n"
            "u3,free,2026-04-16T10:00:00,1969-12-31,\"\",-0.0,-9223372036854775807,-0.05\n",
     .columns = {"profile", "plan", "joined", "born_on", "tags", "score", "seats", "spend"},
     .rows = {{TEXT("u1"), TEXT("pro"), TIME(APRIL), DATE(20559), LIST(fan), FLOAT(0.1), NUMBER(3, 0),
               NUMBER(999, 2)},
              {TEXT("u2"), NONE, NONE, NONE, NONE, NONE, NONE, NONE},
              {TEXT("u3"), TEXT("free"), LOCAL(APRIL), DATE(-1), TEXT(""), FLOAT(-0.0), NUMBER(-INT64_MAX, 0),
               NUMBER(-5, 2)}},
     .row_count = 3,
     .wanted = "yyyyyyyy"},
    /* Other types count for their texts; what no rule names is not asked for. */
    {.name = "people.parquet",
     .is_snapshot = true,
     .csv = "profile,email,opted_out,city,score,seats,spend,joined\n"
            "12,true,1,x,2.50,3.0,19.99,2026-04-16\n"
            "-1.25,2026-04-16T10:00:00.000Z,no,x,9007199254740993,3.5,0.125,2026-04-16T10:00Z\n"
            "2026-04-16,0.1,maybe,x,12,1e19,nan,12\n"
            ",x,true,x,1,1,1,\n",
     .columns = {"profile", "email", "opted_out", "city", "score", "seats", "spend", "joined"},
     .rows = {{NUMBER(12, 0), BOOL(1), NUMBER(1, 0), TEXT("x"), NUMBER(250, 2), FLOAT(3.0), FLOAT(19.99),
               DATE(20559)},
              {NUMBER(-125, 2), TIME(APRIL), TEXT("no"), TEXT("x"), NUMBER(9007199254740993, 0), FLOAT(3.5),
               NUMBER(125, 3), TEXT("2026-04-16T10:00Z")},
              {DATE(20559), FLOAT(0.1), TEXT("maybe"), TEXT("x"), NUMBER(12, 0), FLOAT(1e19), FLOAT(NAN),
               NUMBER(12, 0)},
              {NONE, TEXT("x"), BOOL(1), TEXT("x"), FLOAT(1), NUMBER(1, 0), NUMBER(1, 0), NONE}},
     .row_count = 4,
     .wanted = "yyynyyyy"},
    {.name = "log.parquet",
     .csv = "userId,event,timestamp,messageId,order_id,amount,wait,type\n"
            "a,Order Completed,2026-04-16T10:00:00.000Z,m1,7,12.5,1h30m,\n"
            "a,Order Completed,2026-04-16T10:00:00.000,m2,,12.50,5400000,track\n"
            "b,,2026-04-16T10:00:00.000Z,,,,,delete\n"
            "b,Unheard Of,2026-04-16T10:00:00.000Z,,,,,\n"
            "b,,,,,,,identify\n",
     .columns = {"userId", "event", "timestamp", "messageId", "order_id", "amount", "wait", "type"},
     .rows = {{TEXT("a"), TEXT("Order Completed"), TIME(APRIL), TEXT("m1"), NUMBER(7, 0), NUMBER(125, 1),
               TEXT("1h30m"), NONE},
              {TEXT("a"), TEXT("Order Completed"), LOCAL(APRIL), TEXT("m2"), NONE, NUMBER(1250, 2),
               NUMBER(5400000, 0), TEXT("track")},
              {TEXT("b"), NONE, TIME(APRIL), NONE, NONE, NONE, NONE, TEXT("delete")},
              {TEXT("b"), TEXT("Unheard Of"), TIME(APRIL), NONE, NONE, NONE, NONE, NONE},
              {TEXT("b"), NONE, NONE, NONE, NONE, NONE, NONE, TEXT("identify")}},
     .row_count = 5,
     .wanted = "yyyyyyyy"},
    /* By a map: constants, a time, names that are no attributes. */
    {.name = "dir/crm-1.parquet",
     .csv = "userId,timestamp,plan,seats\nu1,2026-04-16T10:00Z,pro,7\nu2,2026-04-16T08:00:00Z,free,7\n",
     .columns = {"seats", "customer", "since", "tier"},
     .rows = {{NUMBER(1, 0), TEXT("u1"), TIME(APRIL), TEXT("pro")},
              {NUMBER(1, 0), TEXT("u2"), LOCAL(APRIL), TEXT("free")}},
     .row_count = 2,
     .wanted = "nyyy"},
    /* What no row may hold. */
    {.name = "people.parquet",
     .is_snapshot = true,
     .csv = "profile,email\nlast,\n",
     .columns = {"profile", "email", "joined", "born_on", "tags", "spend"},
     .rows = {{TEXT("a"), TEXT("\xff"), NONE, NONE, NONE, NONE},
              {TEXT("a"), TEXT("x\0y"), NONE, NONE, NONE, NONE},
              {TEXT("a"), NONE, TIME(INT64_MAX), NONE, NONE, NONE},
              {TEXT("a"), NONE, NONE, DATE(INT64_MIN), NONE, NONE},
              {LIST(fan), NONE, NONE, NONE, NONE, NONE},
              {TEXT("a"), LIST(fan), NONE, NONE, NONE, NONE},
              {TEXT("a"), NONE, NONE, NONE, NONE, NUMBER(1, 19)}},
     .row_count = 7,
     .said = "1 not valid UTF-8\n2 a zero byte\n3 a time outside the years 1 to 9999\n"
             "4 a time outside the years 1 to 9999\n5 profile: a list, where one value belongs\n"
             "6 email: a list, where one value belongs\n7 a number with more than 18 decimals\n"},
};

static void test_cells(void **state) {
    (void)state;
    for (size_t i = 0; i + 2 < sizeof cases / sizeof *cases; i++) check(&cases[i]);
}

/* As records, without the line: the map's file has other names than the CSV. */
static void test_map(void **state) {
    (void)state;
    const table_case *of = &cases[sizeof cases / sizeof *cases - 2];
    lent l;
    said s = {0};
    seg_table table = lend(&l, of);
    seg_reader *reader;
    const seg_record *record;
    assert_int_equal(seg_reader_open_table(&reader, image, of->name, &table, on_refusal, &s, NULL), SEG_OK);
    static const int64_t times[] = {APRIL, APRIL - 2 * 3600000}; /* Berlin's summer */
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(seg_reader_next(reader, &record, NULL), SEG_OK);
        assert_non_null(record);
        assert_int_equal(record->kind, SEG_RECORD_IDENTIFY);
        assert_int_equal(record->time, times[i]);
        assert_int_equal(record->setting_count, 2);
        for (size_t k = 0; k < 2; k++) {
            seg_field_info field;
            seg_image_attribute(image, record->settings[k].attribute, &field);
            assert_int_equal(record->settings[k].value.as.i, field.type == SEG_INT ? 7 : i == 0 ? 2 : 0);
        }
    }
    assert_int_equal(seg_reader_next(reader, &record, NULL), SEG_OK);
    assert_null(record);
    assert_string_equal(l.wanted, of->wanted);
    assert_string_equal(s.text, "");
    seg_reader_close(reader);
}

static void test_refused(void **state) {
    (void)state;
    const table_case *of = &cases[sizeof cases / sizeof *cases - 1];
    lent l;
    said s = {0};
    seg_table table = lend(&l, of);
    seg_reader *reader;
    const seg_record *record;
    assert_int_equal(seg_reader_open_table(&reader, image, of->name, &table, on_refusal, &s, NULL), SEG_OK);
    assert_int_equal(seg_reader_as_snapshot(reader, NULL), SEG_OK);
    assert_int_equal(seg_reader_next(reader, &record, NULL), SEG_OK);
    assert_null(record);
    assert_string_equal(s.text, of->said);
    seg_reader_close(reader);
}

static void test_long_texts(void **state) {
    (void)state;
    enum { HALF = (1 << 19) + 1 };
    char *half = malloc(HALF);
    assert_non_null(half);
    memset(half, 'x', HALF);
    table_case of = {.columns = {"profile", "email", "plan"}, .row_count = 2};
    of.rows[0][0] = (seg_cell)TEXT("a");
    of.rows[0][1].kind = of.rows[0][2].kind = SEG_CELL_TEXT;
    of.rows[0][1].as.text = of.rows[0][2].as.text = (seg_text){half, HALF};
    of.rows[1][0] = (seg_cell)TEXT("b");
    of.rows[1][1] = of.rows[0][1];
    lent l;
    said s = {0};
    seg_table table = lend(&l, &of);
    seg_reader *reader;
    const seg_record *record;
    assert_int_equal(seg_reader_open_table(&reader, image, "x.parquet", &table, on_refusal, &s, NULL),
                     SEG_OK);
    assert_int_equal(seg_reader_as_snapshot(reader, NULL), SEG_OK);
    assert_int_equal(seg_reader_next(reader, &record, NULL), SEG_OK);
    assert_non_null(record);
    assert_int_equal(record->line, 2);
    assert_string_equal(s.text, "1 texts longer than the limit\n");
    seg_reader_close(reader);
    free(half);
}

/* A fault of the host's ends the reading, with its words; names are looked at as in a header. */
static void test_faults(void **state) {
    (void)state;
    lent l;
    seg_reader *reader;
    const seg_record *record;
    seg_error error = {0};
    seg_table table = lend(&l, &cases[0]);
    l.fails_reading = SEG_E_FACT;
    assert_int_equal(seg_reader_open_table(&reader, image, "people.parquet", &table, NULL, NULL, &error),
                     SEG_OK);
    assert_int_equal(seg_reader_as_snapshot(reader, &error), SEG_OK);
    assert_int_equal(seg_reader_next(reader, &record, &error), SEG_OK);
    assert_int_equal(seg_reader_next(reader, &record, &error), SEG_E_FACT);
    assert_string_equal(error.message, "people.parquet: the disk is gone");
    seg_reader_close(reader);

    table = lend(&l, &cases[0]);
    l.fails_choosing = SEG_E_USAGE;
    assert_int_equal(seg_reader_open_table(&reader, image, "people.parquet", &table, NULL, NULL, &error),
                     SEG_OK);
    assert_int_equal(seg_reader_as_snapshot(reader, &error), SEG_OK);
    assert_int_equal(seg_reader_next(reader, &record, &error), SEG_E_USAGE);
    assert_string_equal(error.message, "people.parquet: not this column");
    seg_reader_close(reader);
    assert_int_equal(l.closed, 1);

    static const table_case twice = {.columns = {"profile", "email", "email"}};
    said s = {0};
    table = lend(&l, &twice);
    assert_int_equal(seg_reader_open_table(&reader, image, "x.parquet", &table, on_refusal, &s, NULL),
                     SEG_OK);
    assert_int_equal(seg_reader_as_snapshot(reader, NULL), SEG_OK);
    assert_int_equal(seg_reader_next(reader, &record, NULL), SEG_OK);
    assert_null(record);
    assert_string_equal(s.text, "0 column \"email\" stands twice in the header\n");
    assert_string_equal(l.wanted, "");
    seg_reader_close(reader);
}

static int open_image(void **state) {
    (void)state;
    image = seg_image_of_workspace(workspace);
    return 0;
}

static int close_image(void **state) {
    (void)state;
    seg_image_free(image);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cells),      cmocka_unit_test(test_map),    cmocka_unit_test(test_refused),
        cmocka_unit_test(test_long_texts), cmocka_unit_test(test_faults),
    };
    return cmocka_run_group_tests(tests, open_image, close_image);
}
