/* test_route.c - facts that are led by thresholds: each comparison as by hand, and no work for those that do
 * not hold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <seg.h>

#include "dice.h"
#include "workspace_image.h"

enum { SEGMENTS = 240, FACTS = 400, FIELDS = 3 };
static const char schema[] = "event e from \"E\" { whole: int, money: decimal(1)?, real: float? }\n";
static const char *const fields[FIELDS] = {"whole", "money", "real"};
static const char *const relations[] = {"<", "<=", ">", ">=", "=="};

/* Segments are numbered in the order of their names. Tenths, so that every field has them; the whole numbers
 * are tens of them. */
typedef struct threshold {
    int field, relation, tenths;
} threshold;

static bool is_met(const threshold *asked, int64_t tenths) {
    switch (asked->relation) {
    case 0: return tenths < asked->tenths;
    case 1: return tenths <= asked->tenths;
    case 2: return tenths > asked->tenths;
    case 3: return tenths >= asked->tenths;
    default: return tenths == asked->tenths;
    }
}

static threshold any_threshold(void) {
    threshold made = {(int)dice(FIELDS), (int)dice(5), (int)dice(81) - 40};
    if (made.field == 0) made.tenths = made.tenths / 10 * 10;
    if (made.field == 2 && made.relation == 4) made.relation = 3; /* floats are not asked for equality */
    return made;
}

static size_t write_segment(char *out, size_t room, int number, const threshold *asked) {
    char constant[16];
    snprintf(constant, sizeof constant, asked->field ? "%s%d.%d" : "%s%d", asked->tenths < 0 ? "-" : "",
             abs(asked->tenths) / 10, abs(asked->tenths) % 10);
    const char *name = fields[asked->field];
    return (size_t)snprintf(out, room, "segment s%03d: any e(ever where %s%s%s %s %s)\n", number,
                            asked->field ? name : "", asked->field ? " is known and " : "", name,
                            relations[asked->relation], constant);
}

static seg_image *image_of(const threshold *asked, int count) {
    size_t room = sizeof schema + 128u * (size_t)count, size = sizeof schema - 1;
    char *source = malloc(room);
    assert_non_null(source);
    memcpy(source, schema, sizeof schema);
    for (int i = 0; i < count; i++) size += write_segment(source + size, room - size, i, &asked[i]);
    seg_image *image = seg_image_of_workspace(source);
    free(source);
    return image;
}

static void judge_fact(seg_vm *vm, const threshold *asked, const bool *known, const int64_t *tenths) {
    const seg_value values[FIELDS] = {{.known = true, .as.i = tenths[0] / 10},
                                      {.known = known[1], .as.i = tenths[1]},
                                      {.known = known[2], .as.f = (double)tenths[2] / 10}};
    seg_state state;
    const seg_event event = {.event = 0, .time = 0, .fields = values};
    assert_int_equal(seg_state_init(vm, &state), SEG_OK);
    assert_int_equal(seg_put_event(vm, &state, &event, 0, NULL, NULL), SEG_OK);
    assert_int_equal(seg_settle(vm, &state, 0, SEG_CAUSE_EVENT, (seg_sink){0}), SEG_OK);
    for (uint32_t i = 0; i < SEGMENTS; i++) {
        bool verdict, expected = known[asked[i].field] && is_met(&asked[i], tenths[asked[i].field]);
        assert_int_equal(seg_evaluate(vm, &state, i, 0, &verdict, NULL), SEG_OK);
        if (verdict != expected)
            fail_msg("%s %s %d tenths of %lld, known %d: %d", fields[asked[i].field],
                     relations[asked[i].relation], asked[i].tenths, (long long)tenths[asked[i].field],
                     known[asked[i].field], verdict);
    }
    seg_state_free(vm, &state);
}

static void thresholds_are_met_as_by_hand(void **unused) {
    (void)unused;
    threshold asked[SEGMENTS];
    for (int i = 0; i < SEGMENTS; i++) asked[i] = any_threshold();
    seg_image *image = image_of(asked, SEGMENTS);
    seg_vm *vm;
    assert_int_equal(seg_vm_new(&vm, image, NULL, NULL), SEG_OK);
    for (int i = 0; i < FACTS; i++) {
        bool known[FIELDS] = {true, dice(8) > 0, dice(8) > 0};
        int64_t tenths[FIELDS];
        for (int field = 0; field < FIELDS; field++) tenths[field] = dice(101) - 50;
        tenths[0] = tenths[0] / 10 * 10;
        judge_fact(vm, asked, known, tenths);
    }
    seg_vm_free(vm);
    seg_image_free(image);
}

/* The instructions for a fact that is below all of so many thresholds. */
static uint64_t work_beside(int count) {
    threshold *asked = calloc((size_t)count, sizeof *asked);
    assert_non_null(asked);
    for (int i = 0; i < count; i++) asked[i] = (threshold){i % FIELDS, 3, 10 * (i + 1)};
    seg_image *image = image_of(asked, count);
    seg_vm *vm;
    seg_state state;
    const seg_value values[FIELDS] = {{.known = true}, {.known = true}, {.known = true, .as.f = -1}};
    const seg_event event = {.event = 0, .time = 0, .fields = values};
    seg_vm_counters before, after;
    assert_int_equal(seg_vm_new(&vm, image, NULL, NULL), SEG_OK);
    assert_int_equal(seg_state_init(vm, &state), SEG_OK);
    seg_vm_counters_get(vm, &before);
    assert_int_equal(seg_put_event(vm, &state, &event, 0, NULL, NULL), SEG_OK);
    seg_vm_counters_get(vm, &after);
    seg_state_free(vm, &state);
    seg_vm_free(vm);
    seg_image_free(image);
    free(asked);
    return after.instructions - before.instructions;
}

static void thresholds_out_of_reach_cost_nothing(void **unused) {
    (void)unused;
    assert_int_equal(work_beside(30), work_beside(3000));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(thresholds_are_met_as_by_hand),
                                       cmocka_unit_test(thresholds_out_of_reach_cost_nothing)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
