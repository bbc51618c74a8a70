/* Events in columns: small tables have the members that were worked out by hand, whatever the order of rows;
 * tables that do not fit are refused by name; memory that runs short is said. The law "columns" compares
 * random ones with profiles on their own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include <seg.h>
#include <string.h>

#include "budget.h"
#include "workspace_image.h"

static const char rules[] = "profile { pro: bool = false }\n"
                            "event visits from \"V\"\n"
                            "event orders from \"O\" { amount: decimal(2), kind: text? }\n"
                            "segment average: (avg(orders.amount, 30d) ?? 0.00) > 10.00\n"
                            "segment busy: visits(7d) >= 2\n"
                            "segment different: distinct(orders.kind, ever) >= 2\n"
                            "segment first_b: (first(orders.kind) ?? \"\") == \"b\"\n"
                            "segment large: (max(orders.amount, ever) ?? 0.00) >= 20.00 and pro\n"
                            "segment last_b: (last(orders.kind) ?? \"\") == \"b\"\n"
                            "segment monthly: orders(1mo) >= 1\n"
                            "segment quiet: no visits(30d)\n"
                            "segment spent: sum(orders.amount, 30d where kind == \"b\") > 15.00\n";
enum { SEGMENTS = 9, PROFILES = 4 };

static const int64_t now = INT64_C(1767225600000), day = INT64_C(86400000); /* 2026-01-01T00:00Z */

typedef struct table {
    const void *buffers[8][3];
    struct ArrowArray arrays[8], *children[8], all;
    struct ArrowSchema schemas[8], *schema_children[8], schema;
} table;

static void start(table *t, int64_t rows) {
    *t = (table){.schema = {.format = "+s", .children = t->schema_children},
                 .all = {.length = rows, .children = t->children}};
}

static void add(table *t, const char *name, const char *format, const void *valid, const void *values,
                const void *bytes) {
    int i = (int)t->schema.n_children++;
    t->all.n_children++;
    t->buffers[i][0] = valid, t->buffers[i][1] = values, t->buffers[i][2] = bytes;
    t->schemas[i] = (struct ArrowSchema){.format = format, .name = name};
    t->arrays[i] = (struct ArrowArray){.length = t->all.length,
                                       .null_count = valid ? -1 : 0,
                                       .n_buffers = bytes ? 3 : 2,
                                       .buffers = t->buffers[i]};
    t->children[i] = &t->arrays[i];
    t->schema_children[i] = &t->schemas[i];
}

typedef struct fixture {
    table profiles, visits, orders;
    int64_t visit_times[6], order_times[5];
} fixture;

static const uint8_t pro[] = {0x3};
static const int32_t visitors[] = {0, 1, 0, 2, 1, 3}, ends[] = {0, 1, 2, 2, 3, 4};
static const uint16_t buyers[] = {0, 0, 1, 2, 1};
static const int64_t amounts[] = {20, 5, 30, 16, 1};
static const uint8_t kinds_known[] = {0x1b}; /* not of order 2 */

static void make(fixture *f) {
    const int64_t visit_days[] = {1, 3, 7, 30, 6, -1}; /* ago: exactly seven and thirty days are out */
    const int64_t order_days[] = {40, 2, 30, 20, 20};
    for (int i = 0; i < 6; i++) f->visit_times[i] = now - visit_days[i] * day;
    for (int i = 0; i < 5; i++) f->order_times[i] = now - order_days[i] * day;
    start(&f->profiles, PROFILES);
    add(&f->profiles, "pro", "b", NULL, pro, NULL);
    start(&f->visits, 6);
    add(&f->visits, "time", "tsm:UTC", NULL, f->visit_times, NULL);
    add(&f->visits, "profile", "i", NULL, visitors, NULL);
    start(&f->orders, 5);
    add(&f->orders, "profile", "S", NULL, buyers, NULL);
    add(&f->orders, "amount", "l", NULL, amounts, NULL);
    add(&f->orders, "kind", "u", kinds_known, ends, "abba");
    add(&f->orders, "time", "tsm:", NULL, f->order_times, NULL);
}

static seg_status run(const seg_image *image, const fixture *f, const seg_allocator *allocator,
                      uint64_t *bits, seg_error *error) {
    const seg_batch_table tables[] = {
        {.event = seg_image_find_event(image, (seg_text){"O", 1}), .schema = &f->orders.schema},
        {.event = seg_image_find_event(image, (seg_text){"V", 1}), .schema = &f->visits.schema}};
    const struct ArrowArray *const arrays[] = {&f->orders.all, &f->visits.all};
    const seg_batch_options options = {.tables = tables, .table_count = 2};
    uint64_t *members[SEGMENTS];
    for (int s = 0; s < SEGMENTS; s++) members[s] = &bits[s];
    seg_batch *batch;
    seg_status status = seg_batch_new(&batch, image, &f->profiles.schema, now, &options, allocator, error);
    for (int again = 0; status == SEG_OK && again < 2; again++) /* the second run begins anew */
        status = seg_batch_run_events(batch, &f->profiles.all, arrays, members, NULL, error);
    seg_batch_free(batch);
    return status;
}

static uint64_t bits_of(const seg_image *image, const uint64_t *bits, const char *segment) {
    return bits[seg_image_find_segment(image, (seg_text){segment, strlen(segment)})];
}

static void test_members(void **unused) {
    (void)unused;
    seg_image *image = seg_image_of_workspace(rules);
    fixture f;
    uint64_t bits[SEGMENTS];
    seg_error error = {.message = ""};
    make(&f);
    if (run(image, &f, NULL, bits, &error) != SEG_OK) fail_msg("%s", error.message);
    assert_int_equal(bits_of(image, bits, "busy"), 2);      /* profile 0: one of them is seven days old */
    assert_int_equal(bits_of(image, bits, "quiet"), 4 | 8); /* what lies ahead did not happen */
    assert_int_equal(bits_of(image, bits, "average"), 4);
    assert_int_equal(bits_of(image, bits, "spent"), 4);
    assert_int_equal(bits_of(image, bits, "large"), 1 | 2);
    assert_int_equal(bits_of(image, bits, "monthly"), 7);
    assert_int_equal(bits_of(image, bits, "different"), 1);
    assert_int_equal(bits_of(image, bits, "first_b"), 4);
    assert_int_equal(bits_of(image, bits, "last_b"), 1 | 4);
    seg_image_free(image);
}

static void refuse(const seg_image *image, const fixture *f, seg_status status, const char *message) {
    uint64_t bits[SEGMENTS];
    seg_error error = {.message = ""};
    assert_int_equal(run(image, f, NULL, bits, &error), status);
    assert_string_equal(error.message, message);
}

static void test_refusals(void **unused) {
    (void)unused;
    static const uint8_t none[] = {0x1d};
    static const int32_t too_many[] = {0, 1, 4, 2, 1, 3}, negative[] = {0, -1, 2, 2, 1, 3};
    seg_image *image = seg_image_of_workspace(rules);
    fixture f;
    make(&f);
    f.visits.buffers[1][1] = too_many;
    refuse(image, &f, SEG_E_FACT, "column profile, row 2: there is no profile of this number");
    f.visits.buffers[1][1] = negative;
    refuse(image, &f, SEG_E_FACT, "column profile, row 1: there is no profile of this number");
    make(&f);
    f.orders.buffers[1][0] = none, f.orders.arrays[1].null_count = -1;
    refuse(image, &f, SEG_E_FACT, "column amount, row 1: the value is missing");
    make(&f);
    f.orders.schemas[1].name = "cost";
    refuse(image, &f, SEG_E_USAGE, "column cost is no field of the event");
    make(&f);
    f.orders.schemas[1].name = "kind";
    refuse(image, &f, SEG_E_USAGE,
           "column kind must be utf8, large utf8 or a dictionary of them, and is of the Arrow format \"l\"");
    make(&f);
    f.visits.schemas[1].name = "time", f.visits.schemas[1].format = "tsm:";
    refuse(image, &f, SEG_E_USAGE, "column time is there twice");
    make(&f);
    f.visits.schema.n_children = f.visits.all.n_children = 1;
    refuse(image, &f, SEG_E_USAGE, "a table of events needs a column for the profile and one for the time");
    make(&f);
    f.orders.schemas[1] = f.orders.schemas[3], f.orders.arrays[1] = f.orders.arrays[3];
    f.orders.schema.n_children = f.orders.all.n_children = 3;
    refuse(image, &f, SEG_E_USAGE, "field amount has no column, and its event needs it");
    make(&f);
    f.visits.all.length = 7;
    refuse(image, &f, SEG_E_USAGE,
           "column profile: the array has not the buffers or the length that it needs");
    make(&f);
    f.visit_times[3] = SEG_TIME_MAX + 1;
    refuse(image, &f, SEG_E_FACT, "column time, row 3: the time is outside the years 1 to 9999");
    seg_image_free(image);
}

static void test_memory(void **unused) {
    (void)unused;
    seg_image *image = seg_image_of_workspace(rules);
    fixture f;
    make(&f);
    seg_status status = SEG_E_MEMORY;
    long limit = 0;
    for (; status == SEG_E_MEMORY && limit < 1000; limit++) {
        budget b = {.requests = limit};
        const seg_allocator allocator = {budget_spend, &b};
        uint64_t bits[SEGMENTS];
        seg_error error = {.message = ""};
        status = run(image, &f, &allocator, bits, &error);
        assert_int_equal(b.held_bytes, 0);
        if (status == SEG_OK)
            assert_int_equal(bits_of(image, bits, "busy"), 2);
        else
            assert_string_not_equal(error.message, "");
    }
    assert_int_equal(status, SEG_OK);
    assert_true(limit > 10);
    seg_image_free(image);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_members), cmocka_unit_test(test_refusals),
                                       cmocka_unit_test(test_memory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
