/* Functions of the host: what is bound and what is refused; what comes back, whatever it is. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../compiler/segc.h"

/* ---- Functions -------------------------------------------------------------------------------------- */

/* Whole numbers and floats take different ways through the machine: both, mixed, and more than registers. */
static double many(double a, int64_t b, double c, bool d, int64_t e, double f, int64_t g, double h, bool i,
                   int64_t j, double k, double l, int64_t m, double n, double o, int64_t p) {
    return a + 2 * (double)b + 3 * c + (d ? 4 : 0) + 5 * (double)e + 6 * f + 7 * (double)g + 8 * h +
           (i ? 9 : 0) + 10 * (double)j + 11 * k + 12 * l + 13 * (double)m + 14 * n + 15 * o + 16 * (double)p;
}
static double strange(int64_t which) {
    return which == 0 ? (double)NAN : which == 1 ? (double)INFINITY : which == 2 ? -(double)INFINITY : -0.0;
}
static int64_t extreme(int64_t which) {
    return which == 0 ? INT64_MIN : which == 1 ? INT64_MAX : which == 2 ? -5 : 7;
}
static bool truth(bool it) { return it; }

#define FN(function) ((seg_native_fn)(function))
static const seg_native_entry entries[] = {
    {"many",
     "float(float, int, float, bool, time, float, int, float, bool, duration, float, float, int, float, "
     "float, int)",
     FN(many)},
    {"strange", "float(int)", FN(strange)},
    {"unsure", "float?(int)", FN(strange)},
    {"extreme", "int(int)", FN(extreme)},
    {"unknown", "int?(int)", FN(extreme)},
    {"moment", "time(int)", FN(extreme)},
    {"truth", "bool(bool)", FN(truth)},
};
static const seg_native_table table = {SEG_NATIVE_ABI, sizeof entries / sizeof *entries, entries};

static const char declarations[] =
    "profile { n: int = 0, at: time, on: bool = false }\n"
    "event visits from \"V\" { n: int }\n"
    "native function strange(n: int): float from \"lib\"\n"
    "native function unsure(n: int): float? from \"lib\"\n"
    "native function extreme(n: int): int from \"lib\"\n"
    "native function unknown(n: int): int? from \"lib\"\n"
    "native function moment(n: int): time from \"lib\"\n"
    "native function truth(it: bool): bool from \"lib\"\n"
    "native function many(a: float, b: int, c: float, d: bool, e: time, f: float, g: int, h: float, i: "
    "bool,\n"
    "  j: duration, k: float, l: float, m: int, n: float, o: float, p: int): float from \"lib\"\n";

/* ---- Units ------------------------------------------------------------------------------------------ */

static seg_unit *unit_of(const char *rules) {
    seg_unit *unit;
    assert_int_equal(seg_unit_new(&unit, NULL), SEG_OK);
    assert_int_equal(seg_unit_add(unit, "a.seg", declarations, strlen(declarations)), SEG_OK);
    assert_int_equal(seg_unit_add(unit, "b.seg", rules, strlen(rules)), SEG_OK);
    assert_int_equal(seg_unit_check(unit), SEG_OK);
    return unit;
}

static seg_image *image_of(seg_unit *unit) {
    const uint8_t *bytes;
    size_t size_bytes;
    seg_image *image;
    assert_int_equal(seg_unit_errors(unit), 0);
    assert_int_equal(seg_unit_image(unit, false, &bytes, &size_bytes), SEG_OK);
    assert_int_equal(seg_image_load(&image, bytes, size_bytes, NULL, NULL), SEG_OK);
    return image;
}

/* Each segment of the rules must have the profile in, with n = `n`. */
static uint64_t all_in(const char *rules, int64_t n) {
    seg_unit *unit = unit_of(rules);
    seg_image *image = image_of(unit);
    seg_image_info info;
    seg_vm *vm;
    seg_state state = {0};
    seg_vm_counters counters;
    assert_int_equal(seg_image_bind(image, "lib", &table, NULL), SEG_OK);
    assert_int_equal(seg_vm_new(&vm, image, NULL, NULL), SEG_OK);
    assert_int_equal(seg_state_init(vm, &state), SEG_OK);
    seg_value number = {.known = true, .as.i = n};
    uint32_t attribute = seg_image_find_attribute(image, (seg_text){"n", 1});
    seg_sink sink = {0};
    assert_int_equal(seg_apply_attribute(vm, &state, attribute, &number, 1000, 0, 0, 1000, sink, NULL, NULL),
                     SEG_OK);
    seg_image_describe(image, &info);
    for (uint32_t i = 0; i < info.segment_count; i++) {
        bool is_in;
        int64_t until;
        assert_int_equal(seg_evaluate(vm, &state, i, 1000, &is_in, &until), SEG_OK);
        if (!is_in) fail_msg("segment %u of %s", i, rules);
    }
    seg_vm_counters_get(vm, &counters);
    seg_state_free(vm, &state);
    seg_vm_free(vm);
    seg_image_free(image);
    seg_unit_free(unit);
    return counters.arithmetic_faults;
}

/* ---- Tests ------------------------------------------------------------------------------------------ */

static void values_go_in_and_come_back(void **state) {
    (void)state;
    assert_int_equal(all_in("segment a: many(0.5, n, 1.5, true, 1970-01-01T00:00:00.003Z, 2.5, n + 1, 3.5, "
                            "false, 2s, 4.5, 5.5,\n"
                            "  -4, 6.5, 7.5, 5) == 20439\n"
                            "segment b: truth(n == 2) and not truth(n == 3)\n"
                            "segment c: not truth(visits(ever where truth(n > 1)) > 0)\n",
                            2),
                     0);
}

static void results_fit_their_types(void **state) {
    (void)state;
    assert_true(
        all_in(
            "segment a: strange(n) == 0\nsegment b: unsure(n) ?? 5 == 5\nsegment c: unknown(n) is missing\n"
            "segment d: extreme(n) == -9223372036854775807\n"
            "segment e: moment(n) == 0001-01-01T00:00Z\n",
            0) >= 3);
    assert_true(all_in("segment a: strange(n) > 1000000000000000000\nsegment b: unsure(n) ?? 0 > 1\n"
                       "segment c: moment(n) > 9999-12-31T00:00Z\n",
                       1) >= 3);
    assert_true(all_in("segment a: strange(n) < -1000000000000000000\n", 2) >= 1);
    assert_int_equal(all_in("segment a: strange(n) == 0\nsegment b: unsure(n) is known\n", 3), 0);
}

static void nothing_runs_unbound(void **state) {
    (void)state;
    seg_unit *unit = unit_of("segment a: truth(n == 1)\ntest \"t\" { at 2026-01-01: not in a }\n");
    seg_image *image = image_of(unit);
    seg_vm *vm;
    seg_error error;
    seg_native_info info;
    seg_test_result result;
    assert_int_equal(seg_vm_new(&vm, image, NULL, &error), SEG_E_NATIVE);
    assert_null(vm);
    assert_non_null(strstr(error.message, "truth of the library \"lib\""));
    assert_int_equal(seg_image_native(image, 0, &info), SEG_OK);
    assert_false(info.is_bound);
    assert_string_equal(info.signature, "bool(bool)");
    assert_int_equal(seg_image_native(image, 1, &info), SEG_E_USAGE); /* what no rule calls is not there */
    assert_int_equal(seg_image_bind(image, "other", &table, &error), SEG_OK); /* of which nothing is asked */
    assert_int_equal(seg_vm_new(&vm, image, NULL, &error), SEG_E_NATIVE);
    assert_int_equal(seg_unit_test_run(unit, 0, &result), SEG_E_NATIVE);
    assert_int_equal(seg_unit_bind(unit, "lib", &table), SEG_OK);
    assert_int_equal(seg_unit_test_run(unit, 0, &result), SEG_OK);
    assert_true(result.passed);
    seg_image_free(image);
    seg_unit_free(unit);
}

static void signatures_are_compared(void **state) {
    (void)state;
    static const char *const wrong[] = {
        "", "bool", "bool(int)", "bool?(bool)", "int(bool)", "bool(bool,bool)", "bool(bool) ;", "Bool(bool)"};
    seg_unit *unit = unit_of("segment a: truth(n == 1)\n");
    seg_image *image = image_of(unit);
    seg_error error;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        seg_native_entry entry = {"truth", wrong[i], FN(truth)};
        seg_native_table one = {SEG_NATIVE_ABI, 1, &entry};
        assert_int_equal(seg_image_bind(image, "lib", &one, &error), SEG_E_NATIVE);
    }
    assert_non_null(strstr(error.message, "truth of \"lib\" is Bool(bool), and the rules want bool(bool)"));
    seg_native_entry nothing = {"truth", "bool(bool)", NULL}, other = {"lie", "bool(bool)", FN(truth)};
    seg_native_table tables[] = {{SEG_NATIVE_ABI, 1, &nothing},
                                 {SEG_NATIVE_ABI, 1, &other},
                                 {SEG_NATIVE_ABI, 0, NULL},
                                 {SEG_NATIVE_ABI + 1, 0, NULL}};
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(seg_image_bind(image, "lib", &tables[i], &error), SEG_E_NATIVE);
    seg_native_entry spaced = {"truth", " bool ( bool ) ", FN(truth)};
    seg_native_table good = {SEG_NATIVE_ABI, 1, &spaced};
    assert_int_equal(seg_image_bind(image, "lib", &good, &error), SEG_OK);
    seg_image_free(image);
    seg_unit_free(unit);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_go_in_and_come_back),
        cmocka_unit_test(results_fit_their_types),
        cmocka_unit_test(nothing_runs_unbound),
        cmocka_unit_test(signatures_are_compared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
