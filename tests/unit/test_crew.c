/* test_crew.c - rows that are shared out among threads: the same bits, counts and faults as one thread gives.
 * Runs under the thread sanitizer too (`make tsan`). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <seg.h>

#include "budget.h"
#include "dice.h"
#include "workspace_image.h"

enum { PROFILES = 3000, EVENTS = 9000, WORDS = (PROFILES + 63) / 64, SEGMENTS = 5 };

/* Of kinds there is no window that columns answer, so these go row by row. */
static const char rules[] = "profile { visits: int }\n"
                            "event orders from \"O\" { amount: int, kind: int }\n"
                            "segment busy: visits >= 50\n"
                            "segment kinds: distinct(orders.kind, 30d) >= 3\n"
                            "segment large: (max(orders.amount, ever) ?? 0) * 4611686018427387904 > 0\n"
                            "segment often: orders(10d) >= 2 and visits < 70\n"
                            "segment spent: sum(orders.amount, 30d) > 100\n";

static const int64_t now = INT64_C(1767225600000), day = INT64_C(86400000);

typedef struct columns {
    int64_t visits[PROFILES], owners[EVENTS], times[EVENTS], amounts[EVENTS], kinds[EVENTS];
    const void *buffers[5][2];
    struct ArrowArray arrays[5], *children[5], profiles, orders;
    struct ArrowSchema schemas[5], *schema_children[5], profile_schema, order_schema;
} columns;

static void add_column(columns *c, int i, const char *name, const char *format, const int64_t *values,
                       int64_t rows) {
    c->buffers[i][1] = values;
    c->schemas[i] = (struct ArrowSchema){.format = format, .name = name};
    c->arrays[i] = (struct ArrowArray){.length = rows, .n_buffers = 2, .buffers = c->buffers[i]};
    c->children[i] = &c->arrays[i];
    c->schema_children[i] = &c->schemas[i];
}

static void make(columns *c) {
    for (int i = 0; i < PROFILES; i++) c->visits[i] = dice(100);
    for (int i = 0; i < EVENTS; i++) {
        c->owners[i] = dice(PROFILES);
        c->times[i] = now - dice(60 * day) + 5 * day;
        c->amounts[i] = dice(90);
        c->kinds[i] = dice(4);
    }
    add_column(c, 0, "visits", "l", c->visits, PROFILES);
    add_column(c, 1, "profile", "l", c->owners, EVENTS);
    add_column(c, 2, "time", "tsm:", c->times, EVENTS);
    add_column(c, 3, "amount", "l", c->amounts, EVENTS);
    add_column(c, 4, "kind", "l", c->kinds, EVENTS);
    c->profile_schema = (struct ArrowSchema){.format = "+s", .n_children = 1, .children = c->schema_children};
    c->profiles = (struct ArrowArray){.length = PROFILES, .n_children = 1, .children = c->children};
    c->order_schema =
        (struct ArrowSchema){.format = "+s", .n_children = 4, .children = c->schema_children + 1};
    c->orders = (struct ArrowArray){.length = EVENTS, .n_children = 4, .children = c->children + 1};
}

typedef struct answer {
    uint64_t bits[SEGMENTS][WORDS], counts[SEGMENTS], faults;
    seg_error error;
} answer;

static seg_status run(const seg_image *image, const columns *c, uint32_t threads,
                      const seg_allocator *allocator, answer *out) {
    const seg_batch_table table = {.schema = &c->order_schema};
    const struct ArrowArray *const arrays[] = {&c->orders};
    const seg_batch_options options = {
        .tables = &table, .table_count = 1, .vector_rows = 256, .threads = threads};
    uint64_t *members[SEGMENTS];
    seg_batch *batch;
    seg_batch_info info;
    *out = (answer){.error = {.message = ""}};
    for (int s = 0; s < SEGMENTS; s++) members[s] = out->bits[s];
    seg_status status =
        seg_batch_new(&batch, image, &c->profile_schema, now, &options, allocator, &out->error);
    if (status != SEG_OK) return status;
    for (int again = 0; status == SEG_OK && again < 2; again++)
        status = seg_batch_run_events(batch, &c->profiles, arrays, members, out->counts, &out->error);
    seg_batch_describe(batch, &info);
    out->faults = info.arithmetic_faults;
    seg_batch_free(batch);
    return status;
}

static void many_threads_say_what_one_says(void **unused) {
    (void)unused;
    static columns c;
    static answer one, many;
    seg_image *image = seg_image_of_workspace(rules);
    make(&c);
    assert_int_equal(run(image, &c, 0, NULL, &one), SEG_OK);
    for (int s = 0; s < SEGMENTS; s++) assert_in_range(one.counts[s], 1, PROFILES - 1);
    assert_true(one.faults > 0);
    for (uint32_t threads = 1; threads <= 16; threads += threads < 4 ? 1 : 6) {
        assert_int_equal(run(image, &c, threads, NULL, &many), SEG_OK);
        assert_memory_equal(one.bits, many.bits, sizeof one.bits);
        assert_memory_equal(one.counts, many.counts, sizeof one.counts);
        assert_int_equal(one.faults, many.faults);
    }
    seg_image_free(image);
}

static void the_first_fault_is_told(void **unused) {
    (void)unused;
    static columns c;
    static answer said;
    seg_image *image = seg_image_of_workspace(rules);
    make(&c);
    c.visits[2900] = INT64_MIN;
    c.visits[1300] = INT64_MIN;
    assert_int_equal(run(image, &c, 4, NULL, &said), SEG_E_FACT);
    assert_string_equal(said.error.message, "column visits, row 1300: the number is out of range");
    c.owners[8000] = PROFILES;
    assert_int_equal(run(image, &c, 4, NULL, &said), SEG_E_FACT);
    assert_string_equal(said.error.message, "column profile, row 8000: there is no profile of this number");
    assert_int_equal(run(image, &c, 1025, NULL, &said), SEG_E_USAGE);
    seg_image_free(image);
}

static void short_memory_is_said(void **unused) {
    (void)unused;
    static columns c;
    static answer said;
    seg_image *image = seg_image_of_workspace(rules);
    make(&c);
    seg_status status = SEG_E_MEMORY;
    for (long limit = 0; status == SEG_E_MEMORY; limit++) {
        budget b = {.requests = limit};
        const seg_allocator allocator = {budget_spend, &b};
        const seg_batch_options options = {.threads = 3, .allow_extra = true};
        seg_batch *batch;
        status = seg_batch_new(&batch, image, &c.profile_schema, now, &options, &allocator, &said.error);
        seg_batch_free(batch);
        assert_int_equal(b.held_bytes, 0);
    }
    assert_int_equal(status, SEG_OK);
    seg_image_free(image);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(many_threads_say_what_one_says),
                                       cmocka_unit_test(the_first_fault_is_told),
                                       cmocka_unit_test(short_memory_is_said)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
