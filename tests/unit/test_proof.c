/* Proofs: the solver behind its interface, windows in windows, texts, policies through the public header. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../compiler/proof/segproof.h"
#include "../../compiler/proof/theory.h"

/* ---- The solver ------------------------------------------------------------------------------ */

static void solver_answers_and_forgets(void **state) {
    (void)state;
    seg_solver *s;
    assert_int_equal(seg_solver_new(&s), SEG_OK);
    seg_term x = seg_term_variable(s, SEG_SORT_INT), three = seg_term_int(s, 3);
    seg_solver_assert(s, seg_term_less(s, three, x));
    assert_int_equal(seg_solver_check(s, NULL), SEG_POSSIBLE);
    int64_t value = 0;
    assert_true(seg_solver_int(s, x, &value) && value > 3);
    assert_int_equal(seg_solver_check(s, seg_term_at_most(s, x, three)), SEG_IMPOSSIBLE);
    assert_false(seg_solver_int(s, x, &value)); /* that answer had no values */
    seg_solver_mark(s);
    seg_solver_assert(s, seg_term_equal(s, x, three));
    assert_int_equal(seg_solver_check(s, NULL), SEG_IMPOSSIBLE);
    seg_solver_back(s);
    assert_int_equal(seg_solver_check(s, NULL), SEG_POSSIBLE);
    seg_solver_free(s);
}

static void solver_proves_nothing_from_what_went_wrong(void **state) {
    (void)state;
    seg_solver *s;
    assert_int_equal(seg_solver_new(&s), SEG_OK);
    seg_term wrong = seg_term_add(s, seg_term_bool(s, true), seg_term_int(s, 1)); /* of two sorts */
    assert_null(wrong);
    assert_null(seg_term_not(s, wrong));
    seg_solver_assert(s, seg_term_bool(s, false));
    assert_int_equal(seg_solver_check(s, NULL), SEG_UNDECIDED);
    seg_solver_free(s);
}

static void floats_are_exact(void **state) {
    (void)state;
    static const double values[] = {0, 1, -1, 0.1, -2.5, 1e300, -1e-300, 5e-324, 1.7976931348623157e308};
    seg_solver *s;
    assert_int_equal(seg_solver_new(&s), SEG_OK);
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        seg_solver_mark(s);
        seg_term x = seg_term_variable(s, SEG_SORT_REAL);
        seg_solver_assert(s, seg_term_equal(s, x, seg_term_real(s, values[i])));
        assert_int_equal(seg_solver_check(s, NULL), SEG_POSSIBLE);
        for (size_t k = 0; k < sizeof values / sizeof *values; k++)
            assert_int_equal(seg_solver_check(s, seg_term_less(s, x, seg_term_real(s, values[k]))),
                             values[i] < values[k] ? SEG_POSSIBLE : SEG_IMPOSSIBLE);
        seg_solver_back(s);
    }
    seg_solver_free(s);
}

/* ---- Windows --------------------------------------------------------------------------------- */

static seg_rule_facts rolling(int32_t from_months, int64_t from_days, int64_t to_days) {
    return (seg_rule_facts){.window = SEG_RULE_ROLLING,
                            .from = {from_months, from_days * SEG_PROOF_DAY},
                            .to = {0, to_days * SEG_PROOF_DAY}};
}

static void windows_in_windows(void **state) {
    (void)state;
    seg_rule_facts ever = {.window = SEG_RULE_EVER}, week = rolling(0, 7, 0), month = rolling(0, 30, 0);
    seg_rule_facts before = rolling(0, 60, 30), half_year = rolling(6, 0, 0), days_180 = rolling(0, 180, 0);
    seg_rule_facts today = {.window = SEG_RULE_CALENDAR, .unit = SEG_RULE_DAY, .first = 0, .end = 1};
    seg_rule_facts yesterday = {.window = SEG_RULE_CALENDAR, .unit = SEG_RULE_DAY, .first = -1, .end = 0};
    seg_rule_facts days = {.window = SEG_RULE_CALENDAR, .unit = SEG_RULE_DAY, .first = -6, .end = 1};
    assert_true(seg_window_inside(&week, &month) && !seg_window_inside(&month, &week));
    assert_true(seg_window_inside(&month, &ever) && !seg_window_inside(&ever, &month));
    assert_true(seg_window_apart(&month, &before) && !seg_window_inside(&before, &month));
    assert_true(seg_window_inside(&month, &half_year) && seg_window_inside(&before, &half_year));
    assert_false(seg_window_inside(&half_year, &days_180) || seg_window_inside(&days_180, &half_year));
    assert_true(seg_window_apart(&today, &yesterday) && seg_window_inside(&yesterday, &days));
    assert_true(seg_window_inside(&today, &week) && seg_window_inside(&days, &month));
    assert_false(seg_window_inside(&days, &week)); /* it may begin earlier */
    assert_false(seg_window_inside(&week, &days));
}

static void durations_have_bounds(void **state) {
    (void)state;
    static const seg_rule_duration one[] = {{1, 0}, {2, 0}, {12, 0}, {48, 0}, {-1, 0}, {-14, 0}, {0, 5}};
    static const int64_t days[][2] = {{28, 31}, {59, 62}, {365, 366}, {1460, 1461}, {-31, -28}, {-428, -424}};
    for (size_t i = 0; i < 6; i++) {
        assert_true(seg_duration_least(one[i]) <= days[i][0] * SEG_PROOF_DAY);
        assert_true(seg_duration_most(one[i]) >= days[i][1] * SEG_PROOF_DAY);
    }
    assert_true(seg_duration_least(one[6]) == 5 && seg_duration_most(one[6]) == 5);
}

static seg_text text(const char *terminated) { return (seg_text){terminated, strlen(terminated)}; }

static void texts_hold_patterns(void **state) {
    (void)state;
    assert_true(seg_wording_holds(SEG_RULE_CONTAINS, text("b"), text("abc")));
    assert_true(seg_wording_holds(SEG_RULE_CONTAINS, text(""), text("")));
    assert_true(seg_wording_holds(SEG_RULE_STARTS, text("ab"), text("abc")));
    assert_false(seg_wording_holds(SEG_RULE_STARTS, text("b"), text("abc")));
    assert_true(seg_wording_holds(SEG_RULE_ENDS, text("bc"), text("abc")));
    assert_false(seg_wording_holds(SEG_RULE_ENDS, text("abcd"), text("bcd")));
}

/* ---- Policies -------------------------------------------------------------------------------- */

static const char rules[] = "profile { opt_in: bool = false, plan: free | pro = free }\n"
                            "event visits from \"Page Viewed\" { page: text }\n"
                            "@tag(email) segment good: any visits(30d) and opt_in\n"
                            "@tag(email) segment bad: any visits(30d)\n"
                            "segment apart: plan == pro and no visits(60d)\n"
                            "policy consent: segments tagged email imply opt_in\n"
                            "policy rest: segments good, apart are disjoint\n";

static void keep(void *user, const char *bytes, size_t size_bytes) {
    char *out = user;
    size_t length = strlen(out);
    if (length + size_bytes < 8000) memcpy(out + length, bytes, size_bytes);
}

static seg_unit *open_unit(void) {
    seg_unit *unit;
    assert_int_equal(seg_unit_new(&unit, NULL), SEG_OK);
    assert_int_equal(seg_unit_add(unit, "rules.seg", rules, strlen(rules)), SEG_OK);
    return unit;
}

static uint32_t number_of(seg_unit *unit, const char *name) {
    seg_segment_facts facts;
    for (uint32_t i = 0; i < seg_unit_segment_count(unit); i++)
        if (!seg_unit_segment(unit, i, &facts) && facts.name.size_bytes == strlen(name) &&
            memcmp(facts.name.bytes, name, strlen(name)) == 0)
            return i;
    fail();
    return 0;
}

static void policies_through_the_header(void **state) {
    (void)state;
    static char said[8192];
    const uint8_t *bytes;
    size_t size_bytes;
    seg_unit *unit = open_unit();
    assert_int_equal(seg_unit_prove(unit, NULL, 0), SEG_E_USAGE); /* not checked yet */
    assert_int_equal(seg_unit_check(unit), SEG_OK);
    assert_int_equal(seg_unit_policy_count(unit), 2);
    assert_int_equal(seg_unit_errors(unit), 0);
    uint32_t asked[] = {number_of(unit, "good"), number_of(unit, "apart")};
    assert_int_equal(seg_unit_prove(unit, asked, 2), SEG_OK);
    assert_int_equal(seg_unit_errors(unit), 0); /* the broken one was not asked for */
    assert_int_equal(seg_unit_image(unit, false, &bytes, &size_bytes), SEG_OK);
    assert_int_equal(seg_unit_prove(unit, NULL, 0), SEG_OK);
    assert_int_equal(seg_unit_errors(unit), 1);
    assert_int_equal(seg_unit_image(unit, false, &bytes, &size_bytes), SEG_E_USAGE);
    seg_unit_diagnostics(unit, false, false, keep, said);
    assert_non_null(strstr(said, "`bad` breaks the policy `consent`"));
    assert_non_null(strstr(said, "not in bad"));
    seg_unit_free(unit);
}

static void equal_sources_have_equal_answers(void **state) {
    (void)state;
    static char first[8192], second[8192];
    for (int i = 0; i < 2; i++) {
        seg_unit *unit = open_unit();
        assert_int_equal(seg_unit_check(unit), SEG_OK);
        assert_int_equal(seg_unit_prove(unit, NULL, 0), SEG_OK);
        assert_int_equal(seg_unit_lint(unit), SEG_OK);
        seg_unit_diagnostics(unit, true, false, keep, i == 0 ? first : second);
        seg_unit_free(unit);
    }
    assert_string_equal(first, second);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(solver_answers_and_forgets),
        cmocka_unit_test(solver_proves_nothing_from_what_went_wrong),
        cmocka_unit_test(floats_are_exact),
        cmocka_unit_test(windows_in_windows),
        cmocka_unit_test(durations_have_bounds),
        cmocka_unit_test(texts_hold_patterns),
        cmocka_unit_test(policies_through_the_header),
        cmocka_unit_test(equal_sources_have_equal_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
