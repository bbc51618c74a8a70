/* test_meter.c - the work that the machine says it did. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <seg.h>

#include "workspace_image.h"

static const char rules[] = "profile { visits: int }\n"
                            "event orders from \"order\" { amount: int }\n"
                            "segment averaged: (avg(orders.amount, 30d) ?? 0.0) > 5.0\n"
                            "segment few: visits < 3\n"
                            "segment spent: sum(orders.amount, 30d) - sum(orders.amount, 7d) > 100\n";
enum { ORDERS = 10 };

static seg_vm_counters counted(const seg_vm *vm) {
    seg_vm_counters counters;
    seg_vm_counters_get(vm, &counters);
    return counters;
}

/* The work of one evaluation. */
static seg_vm_counters work_of(seg_vm *vm, const seg_state *state, uint32_t segment, int64_t at) {
    bool verdict;
    seg_vm_counters before = counted(vm);
    assert_int_equal(seg_evaluate(vm, state, segment, at, &verdict, NULL), SEG_OK);
    seg_vm_counters after = counted(vm);
    after.instructions -= before.instructions;
    after.entries_read -= before.entries_read;
    return after;
}

static void buy(seg_vm *vm, seg_state *state, int64_t time) {
    const seg_value amount = {.known = true, .as.i = 10};
    const seg_event order = {.event = 0, .time = time, .fields = &amount};
    assert_int_equal(seg_put_event(vm, state, &order, time, NULL, NULL), SEG_OK);
}

static void work_grows_with_what_is_looked_at(void **unused) {
    (void)unused;
    seg_image *image = seg_image_of_workspace(rules);
    seg_vm *vm;
    seg_state state;
    assert_int_equal(seg_vm_new(&vm, image, NULL, NULL), SEG_OK);
    assert_int_equal(seg_state_init(vm, &state), SEG_OK);
    int64_t now = INT64_C(1767225600000);
    for (int i = 0; i < ORDERS; i++) buy(vm, &state, now + i * INT64_C(86400000));
    now += (ORDERS - 1) * INT64_C(86400000);
    assert_int_equal(seg_settle(vm, &state, now, SEG_CAUSE_EVENT, (seg_sink){0}), SEG_OK);

    seg_vm_counters averaged = work_of(vm, &state, 0, now), few = work_of(vm, &state, 1, now);
    seg_vm_counters spent = work_of(vm, &state, 2, now), again = work_of(vm, &state, 2, now);
    assert_int_equal(averaged.entries_read, ORDERS);
    assert_int_equal(few.entries_read, 0);
    assert_int_equal(few.instructions, 1); /* asked in one step */
    assert_int_equal(spent.entries_read, ORDERS + 7);
    assert_true(averaged.instructions > 1);
    assert_int_equal(again.instructions, spent.instructions); /* the same work, the same count */
    assert_int_equal(again.entries_read, spent.entries_read);

    seg_state_free(vm, &state);
    seg_vm_free(vm);
    seg_image_free(image);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(work_grows_with_what_is_looked_at)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
