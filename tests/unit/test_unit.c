/* test_unit.c - the compiler's public face: units, formats, codes, scenario tests, values in words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../compiler/segc.h"

static const char declarations[] = "timezone \"Europe/Berlin\"\n"
                                   "profile { opted_out: bool = false, plan: free | pro = free }\n"
                                   "event visits from \"Page Viewed\" { page: text }\n"
                                   "param least = 2\n";
static const char rules[] = "## Members who drift away.\n"
                            "## Every week.\n"
                            "segment at_risk \"At risk\": visits(30d) < least and not opted_out\n"
                            "segment paying: plan == pro\n"
                            "test \"a visitor\" {\n"
                            "  2026-03-01T10:00Z visits { page: \"/\" }\n"
                            "  at 2026-03-02: in at_risk, not in paying\n"
                            "  2026-03-03T10:00Z visits { page: \"/\" }\n"
                            "  exits at_risk at 2026-03-03T10:00Z\n"
                            "  enters at_risk at 2026-03-31T10:00Z\n"
                            "}\n"
                            "test \"a wrong one\" {\n"
                            "  2026-03-01T10:00Z visits { page: \"/\" }\n"
                            "  at 2026-03-02: not in at_risk\n"
                            "}\n"
                            "test \"an early one\" {\n"
                            "  2026-03-01T10:00Z visits { page: \"/\" }\n"
                            "  enters at_risk at 2026-03-02\n"
                            "}\n";

typedef struct text {
    char bytes[1 << 16];
    size_t size_bytes;
} text;

static void text_write(void *user, const char *bytes, size_t size_bytes) {
    text *to = user;
    if (size_bytes > sizeof to->bytes - 1 - to->size_bytes)
        size_bytes = sizeof to->bytes - 1 - to->size_bytes;
    memcpy(to->bytes + to->size_bytes, bytes, size_bytes);
    to->size_bytes += size_bytes;
    to->bytes[to->size_bytes] = 0;
}

static void drop(void *user, const char *bytes, size_t size_bytes) {
    (void)user;
    (void)bytes;
    (void)size_bytes;
}

static seg_unit *unit_of(const char *first, const char *second) {
    seg_unit *unit;
    assert_int_equal(seg_unit_new(&unit, NULL), SEG_OK);
    assert_int_equal(seg_unit_add(unit, "a.seg", first, strlen(first)), SEG_OK);
    if (second) assert_int_equal(seg_unit_add(unit, "b.seg", second, strlen(second)), SEG_OK);
    return unit;
}

static seg_unit *checked(void) {
    seg_unit *unit = unit_of(declarations, rules);
    assert_int_equal(seg_unit_check(unit), SEG_OK);
    assert_int_equal(seg_unit_errors(unit), 0);
    return unit;
}

static void assert_text(seg_text found, const char *expected) {
    assert_int_equal(found.size_bytes, strlen(expected));
    assert_memory_equal(found.bytes, expected, found.size_bytes);
}

static void test_segments_are_described(void **state) {
    (void)state;
    seg_unit *unit = checked();
    assert_int_equal(seg_unit_segment_count(unit), 2);
    bool seen = false;
    for (uint32_t i = 0; i < 2; i++) {
        seg_segment_facts facts;
        assert_int_equal(seg_unit_segment(unit, i, &facts), SEG_OK);
        if (facts.title.size_bytes != 7) continue;
        seen = true;
        assert_text(facts.name, "at_risk");
        assert_text(facts.title, "At risk");
        assert_text(facts.rule, "visits(30d) < least and not opted_out");
        assert_string_equal(facts.file, "b.seg");
        assert_non_null(memmem(facts.doc.bytes, facts.doc.size_bytes, "drift away.\n", 12));
    }
    assert_true(seen);
    seg_segment_facts none;
    assert_int_equal(seg_unit_segment(unit, 2, &none), SEG_E_USAGE);
    seg_unit_free(unit);
}

static void test_faults_are_told(void **state) {
    (void)state;
    seg_unit *unit = unit_of("segment a: visit(30d) < 2\nsegment b: in nowhere\n", NULL);
    assert_int_equal(seg_unit_check(unit), SEG_OK);
    assert_true(seg_unit_errors(unit) >= 2);
    const uint8_t *bytes;
    size_t size_bytes;
    assert_int_equal(seg_unit_image(unit, false, &bytes, &size_bytes), SEG_E_USAGE);
    assert_null(bytes);
    assert_int_equal(seg_unit_cost(unit, false, drop, NULL), SEG_E_USAGE);
    assert_int_equal(seg_unit_test_count(unit), 0);
    text out = {0};
    seg_unit_diagnostics(unit, false, false, text_write, &out);
    assert_non_null(strstr(out.bytes, "a.seg"));
    assert_non_null(strstr(out.bytes, "visit"));
    out.size_bytes = 0;
    seg_unit_diagnostics(unit, true, false, text_write, &out);
    assert_int_equal(out.bytes[0], '{');
    seg_unit_free(unit);
}

static void test_images_do_not_depend_on_order(void **state) {
    (void)state;
    seg_unit *one = checked(), *other = unit_of(rules, declarations);
    assert_int_equal(seg_unit_check(other), SEG_OK);
    const uint8_t *a, *b;
    size_t a_bytes, b_bytes;
    assert_int_equal(seg_unit_image(one, false, &a, &a_bytes), SEG_OK);
    assert_int_equal(seg_unit_image(other, false, &b, &b_bytes), SEG_OK);
    assert_int_equal(a_bytes, b_bytes);
    assert_memory_equal(a, b, a_bytes);
    const uint8_t *again;
    assert_int_equal(seg_unit_image(one, false, &again, &a_bytes), SEG_OK);
    assert_ptr_equal(again, a);
    seg_unit_free(one);
    seg_unit_free(other);
}

static void test_changes_need_a_new_check(void **state) {
    (void)state;
    seg_unit *unit = checked();
    const uint8_t *bytes;
    size_t size_bytes;
    assert_int_equal(seg_unit_set(unit, "least", "5"), SEG_OK);
    assert_int_equal(seg_unit_image(unit, false, &bytes, &size_bytes), SEG_E_USAGE);
    assert_int_equal(seg_unit_check(unit), SEG_OK);
    assert_int_equal(seg_unit_errors(unit), 0);
    assert_int_equal(seg_unit_image(unit, false, &bytes, &size_bytes), SEG_OK);
    assert_int_equal(seg_unit_set(unit, "nobody", "5"), SEG_OK);
    assert_int_equal(seg_unit_check(unit), SEG_OK);
    assert_true(seg_unit_errors(unit) > 0);
    seg_unit_free(unit);
}

static void test_large_sources_are_refused(void **state) {
    (void)state;
    seg_unit *unit;
    assert_int_equal(seg_unit_new(&unit, NULL), SEG_OK);
    size_t size_bytes = 4u * 1024 * 1024 + 1;
    char *bytes = calloc(1, size_bytes);
    assert_non_null(bytes);
    assert_int_equal(seg_unit_add(unit, "large.seg", bytes, size_bytes), SEG_E_LIMIT);
    assert_int_equal(seg_format("large.seg", bytes, size_bytes, false, drop, drop, NULL), SEG_E_LIMIT);
    free(bytes);
    seg_unit_free(unit);
}

static void test_scenarios_run(void **state) {
    (void)state;
    seg_unit *unit = checked();
    seg_test_result result;
    assert_int_equal(seg_unit_test_count(unit), 3);
    assert_int_equal(seg_unit_test_run(unit, 0, &result), SEG_OK);
    assert_true(result.passed);
    assert_text(result.name, "a visitor");
    assert_string_equal(result.file, "b.seg");
    assert_int_equal(result.line, 5);
    assert_int_equal(seg_unit_test_run(unit, 1, &result), SEG_OK);
    assert_false(result.passed);
    assert_int_equal(result.failed_line, 14);
    assert_string_equal(result.message,
                        "expected `not in at_risk` at 2026-03-02 00:00 Europe/Berlin, found `in at_risk`");
    assert_non_null(strstr(result.explanation, "visits(30d) = 1"));
    assert_int_equal(seg_unit_test_run(unit, 2, &result), SEG_OK);
    assert_false(result.passed);
    assert_int_equal(result.failed_line, 18);
    assert_non_null(strstr(result.message, "already before"));
    assert_int_equal(seg_unit_test_run(unit, 3, &result), SEG_E_USAGE);
    seg_unit_free(unit);
}

static void test_stages_are_dumped(void **state) {
    (void)state;
    seg_unit *unit = unit_of(declarations, rules);
    text out = {0};
    assert_int_equal(seg_unit_dump(unit, SEG_STAGE_TREE, text_write, &out), SEG_E_USAGE);
    assert_int_equal(seg_unit_check(unit), SEG_OK);
    for (int stage = SEG_STAGE_TOKENS; stage <= SEG_STAGE_BYTECODE; stage++) {
        out.size_bytes = 0;
        assert_int_equal(seg_unit_dump(unit, (seg_stage)stage, text_write, &out), SEG_OK);
        assert_true(out.size_bytes > 0);
    }
    out.size_bytes = 0;
    assert_int_equal(seg_unit_cost(unit, true, text_write, &out), SEG_OK);
    assert_true(out.bytes[0] == '{' || out.bytes[0] == '[');
    seg_unit_free(unit);
}

static void test_formatting_twice_changes_nothing(void **state) {
    (void)state;
    static text once, twice, faults;
    once.size_bytes = twice.size_bytes = faults.size_bytes = 0;
    assert_int_equal(seg_format("a.seg", rules, strlen(rules), false, text_write, drop, &once), SEG_OK);
    assert_int_equal(seg_format("a.seg", once.bytes, once.size_bytes, false, text_write, drop, &twice),
                     SEG_OK);
    assert_string_equal(once.bytes, twice.bytes);
    assert_int_equal(seg_format("a.seg", "segment :", 9, false, drop, text_write, &faults), SEG_E_FACT);
    assert_true(faults.size_bytes > 0);
}

static void test_codes_are_explained(void **state) {
    (void)state;
    uint32_t count = 0;
    for (; seg_code_at(count); count++) {
        const char *title = NULL;
        assert_non_null(seg_code_explanation(seg_code_at(count), &title));
        assert_non_null(title);
    }
    assert_true(count > 10);
    assert_null(seg_code_explanation("E9999", NULL));
}

static void test_values_in_words(void **state) {
    (void)state;
    static const struct {
        seg_type type;
        uint8_t scale;
        int64_t value;
        const char *expected;
    } cases[] = {
        {SEG_BOOL, 0, 1, "true"},
        {SEG_INT, 0, -7, "-7"},
        {SEG_DECIMAL, 2, 1250, "12.50"},
        {SEG_DECIMAL, 2, -5, "-0.05"},
        {SEG_DECIMAL, 0, 5, "5"},
        {SEG_TIME, 0, 0, "1970-01-01 00:00 UTC"},
        {SEG_TIME, 0, -1, "1969-12-31 23:59:59.999 UTC"},
        {SEG_TIME, 0, SEG_TIME_MIN, "0001-01-01 00:00 UTC"},
        {SEG_TIME, 0, SEG_TIME_MAX, "9999-12-31 23:59:59.999 UTC"},
        {SEG_DATE, 0, 20454, "2026-01-01"},
        {SEG_DURATION, 0, 0, "0s"},
        {SEG_DURATION, 0, 90061001, "1d1h1m1s1ms"},
        {SEG_DURATION, 0, -60000, "-1m"},
        {SEG_TEXT, 0, 9, "a text"},
    };
    char out[64];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        seg_probe_info probe = {.type = cases[i].type, .scale = cases[i].scale};
        seg_value value = {.known = true, .as.i = cases[i].value};
        assert_int_equal(seg_value_show(NULL, &probe, &value, out, sizeof out), strlen(cases[i].expected));
        assert_string_equal(out, cases[i].expected);
    }
    seg_probe_info probe = {.type = SEG_FLOAT};
    seg_value value = {.known = true, .as.f = 0.1};
    seg_value_show(NULL, &probe, &value, out, sizeof out);
    assert_string_equal(out, "0.1");
    value.known = false;
    seg_value_show(NULL, &probe, &value, out, sizeof out);
    assert_string_equal(out, "missing");
    assert_int_equal(seg_value_show(NULL, &probe, &value, out, 4), 3);
    assert_string_equal(out, "mis");
}

/* An allocator that has memory for `left` more requests. */
static void *scarce(void *user, void *block, size_t old_bytes, size_t new_bytes) {
    int *left = user;
    (void)old_bytes;
    if (new_bytes == 0) {
        free(block);
        return NULL;
    }
    if (*left == 0) return NULL;
    --*left;
    return realloc(block, new_bytes);
}

static seg_status all_of_it(const seg_allocator *allocator) {
    seg_unit *unit;
    const uint8_t *bytes;
    size_t size_bytes;
    seg_test_result result;
    seg_status status = seg_unit_new(&unit, allocator);
    if (status) return status;
    status = seg_unit_add(unit, "a.seg", declarations, strlen(declarations));
    if (!status) status = seg_unit_add(unit, "b.seg", rules, strlen(rules));
    if (!status) status = seg_unit_set(unit, "least", "3");
    if (!status) status = seg_unit_check(unit);
    if (!status) status = seg_unit_image(unit, false, &bytes, &size_bytes);
    if (!status) status = seg_unit_test_run(unit, 0, &result);
    seg_unit_free(unit);
    return status;
}

static void test_memory_may_run_short_anywhere(void **state) {
    (void)state;
    seg_status status = SEG_E_MEMORY;
    for (int room = 0; status && room < 5000; room++) {
        int left = room;
        seg_allocator allocator = {.resize = scarce, .user = &left};
        status = all_of_it(&allocator);
        if (status) assert_int_equal(status, SEG_E_MEMORY);
    }
    assert_int_equal(status, SEG_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_segments_are_described),
        cmocka_unit_test(test_faults_are_told),
        cmocka_unit_test(test_images_do_not_depend_on_order),
        cmocka_unit_test(test_changes_need_a_new_check),
        cmocka_unit_test(test_large_sources_are_refused),
        cmocka_unit_test(test_scenarios_run),
        cmocka_unit_test(test_stages_are_dumped),
        cmocka_unit_test(test_formatting_twice_changes_nothing),
        cmocka_unit_test(test_codes_are_explained),
        cmocka_unit_test(test_values_in_words),
        cmocka_unit_test(test_memory_may_run_short_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
