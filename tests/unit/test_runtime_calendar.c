/* test_runtime_calendar.c - dates against the C library's timegm, zones against rules made by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include <calendar.h>
#include <seg.h>
#include <turn.h>
#include <value.h>

#include "dice.h"
#include "image_builder.h"

static const int64_t hour = 3600000;

/* What was built, and the builder is freed. */
static seg_image *load(image_builder *builder) {
    seg_buffer bytes;
    seg_image *image;
    builder_finish(builder, &bytes);
    assert_int_equal(seg_image_load(&image, bytes.bytes, bytes.size_bytes, NULL, NULL), SEG_OK);
    seg_buffer_free(&bytes);
    builder_free(builder);
    return image;
}

/* The names ascend by their words. Zone 0 Berlin, 1 without transitions, 2 skips a day as Samoa did, 3 has
 * its gap at midnight. */
static seg_image *load_zones(void) {
    image_builder builder;
    builder_init(&builder);
    builder_zone_berlin(&builder);
    builder_zone(&builder, "Zulu", 0, NULL, 0);
    int64_t skip = seg_calendar_days(2011, 12, 30) * SEG_DAY_MS + 10 * hour;
    builder_zone(&builder, "Pacific/Apia", -10 * 3600, (const seg_image_transition[]){{skip, 14 * 3600, 0}},
                 1);
    int64_t midnight = seg_calendar_days(2018, 11, 4) * SEG_DAY_MS + 3 * hour;
    builder_zone(&builder, "Sao Paulo", -3 * 3600, (const seg_image_transition[]){{midnight, -2 * 3600, 0}},
                 1);
    return load(&builder);
}

static void civil_dates_agree_with_timegm(void **context) {
    (void)context;
    seg_image *image = load_zones();
    for (int i = 0; i < 200000; i++) {
        int64_t days = SEG_DATE_MIN + dice(SEG_DATE_MAX - SEG_DATE_MIN + 1), year, month, day;
        seg_calendar_civil(days, &year, &month, &day);
        struct tm tm = {.tm_year = (int)year - 1900, .tm_mon = (int)month - 1, .tm_mday = (int)day};
        assert_int_equal(timegm(&tm), days * 86400);
        assert_int_equal(tm.tm_mday, day);
        assert_int_equal(seg_calendar_days(year, month, day), days);
        assert_int_equal(seg_calendar_weekday(image, 1, days * SEG_DAY_MS), (tm.tm_wday + 6) % 7 + 1);
        int64_t instant = days * SEG_DAY_MS + dice(SEG_DAY_MS);
        assert_int_equal(seg_calendar_date(image, 1, instant), days);
        assert_int_equal(seg_calendar_hour(image, 1, instant), (instant - days * SEG_DAY_MS) / hour);
        int64_t months = dice(1200) - 600, moved = seg_calendar_date_months(days, months);
        if (moved == SEG_DATE_MIN || moved == SEG_DATE_MAX) continue;
        int64_t to_year, to_month, to_day;
        seg_calendar_civil(moved, &to_year, &to_month, &to_day);
        assert_int_equal(to_year * 12 + to_month, year * 12 + month + months);
        if (to_day == day) continue;
        assert_true(to_day < day); /* clamped: the next day is the first of a month */
        seg_calendar_civil(moved + 1, &to_year, &to_month, &to_day);
        assert_int_equal(to_day, 1);
    }
    seg_image_free(image);
}

static int64_t utc(int64_t year, int64_t month, int64_t day, int64_t hours, int64_t minutes) {
    return seg_calendar_days(year, month, day) * SEG_DAY_MS + hours * hour + minutes * 60000;
}

static void gaps_and_folds(void **context) {
    (void)context;
    seg_image *image = load_zones();
    assert_int_equal(seg_calendar_offset(image, 0, utc(2026, 3, 29, 0, 59)), hour);
    assert_int_equal(seg_calendar_offset(image, 0, utc(2026, 3, 29, 1, 0)), 2 * hour);
    /* 02:30 on 29 March 2026 is not there in Berlin: 03:30. On 25 October it is there twice: the first. */
    assert_int_equal(seg_calendar_instant(image, 0, utc(2026, 3, 29, 2, 30)), utc(2026, 3, 29, 1, 30));
    assert_int_equal(seg_calendar_instant(image, 0, utc(2026, 3, 29, 2, 0)), utc(2026, 3, 29, 1, 0));
    assert_int_equal(seg_calendar_instant(image, 0, utc(2026, 3, 29, 3, 0)), utc(2026, 3, 29, 1, 0));
    assert_int_equal(seg_calendar_instant(image, 0, utc(2026, 10, 25, 2, 30)), utc(2026, 10, 25, 0, 30));
    assert_int_equal(seg_calendar_instant(image, 0, utc(2026, 10, 25, 3, 0)), utc(2026, 10, 25, 2, 0));
    assert_int_equal(seg_calendar_date_start(image, 0, seg_calendar_days(2026, 7, 1)),
                     utc(2026, 6, 30, 22, 0));
    assert_int_equal(seg_calendar_date(image, 0, utc(2026, 6, 30, 21, 59)), seg_calendar_days(2026, 6, 30));
    assert_int_equal(seg_calendar_date(image, 0, utc(2026, 6, 30, 22, 0)), seg_calendar_days(2026, 7, 1));
    assert_int_equal(seg_calendar_hour(image, 0, utc(2026, 6, 30, 22, 30)), 0);
    /* A day that was left out, and a midnight that was. */
    assert_int_equal(seg_calendar_date_start(image, 2, seg_calendar_days(2011, 12, 30)),
                     utc(2011, 12, 30, 10, 0));
    assert_int_equal(seg_calendar_date_start(image, 2, seg_calendar_days(2011, 12, 31)),
                     utc(2011, 12, 30, 10, 0));
    assert_int_equal(seg_calendar_date_start(image, 3, seg_calendar_days(2018, 11, 4)),
                     utc(2018, 11, 4, 3, 0));
    assert_int_equal(seg_calendar_instant(image, 3, utc(2018, 11, 4, 0, 30)), utc(2018, 11, 4, 3, 30));
    seg_image_free(image);
}

static void local_times_and_instants_go_both_ways(void **context) {
    (void)context;
    seg_image *image = load_zones();
    for (int i = 0; i < 100000; i++) {
        int64_t instant = utc(1990, 1, 1, 0, 0) + dice(60 * 366 * SEG_DAY_MS);
        int64_t local_ms = instant + seg_calendar_offset(image, 0, instant);
        int64_t back = seg_calendar_instant(image, 0, local_ms);
        assert_true(back == instant || back == instant - hour); /* in a fold: the first of two */
        int64_t date = seg_calendar_date(image, 0, instant), first = seg_calendar_date_start(image, 0, date);
        assert_true(first <= instant && instant - first < SEG_DAY_MS + hour);
        assert_int_equal(seg_calendar_date(image, 0, first), date);
        assert_int_equal(seg_calendar_date(image, 0, first - 1), date - 1);
    }
    seg_image_free(image);
}

static void months(void **context) {
    (void)context;
    seg_image *image = load_zones();
    assert_int_equal(seg_calendar_shift(image, utc(2026, 1, 31, 12, 0), 1, 0), utc(2026, 2, 28, 12, 0));
    assert_int_equal(seg_calendar_shift(image, utc(2024, 2, 29, 12, 0), 12, 0), utc(2025, 2, 28, 12, 0));
    assert_int_equal(seg_calendar_shift(image, utc(2026, 1, 15, 12, 0), 6, 0), utc(2026, 7, 15, 11, 0));
    assert_int_equal(seg_calendar_shift(image, utc(2026, 3, 31, 12, 0), -1, 5), utc(2026, 2, 28, 13, 0) + 5);
    assert_int_equal(seg_calendar_shift(image, utc(9999, 6, 1, 0, 0), 7, 0), SEG_NEVER);
    assert_int_equal(seg_calendar_shift(image, utc(1, 6, 1, 0, 0), -7, 0), SEG_TIME_MIN);
    assert_int_equal(seg_calendar_shift(image, INT64_MAX, INT32_MAX, INT64_MAX), SEG_NEVER);
    assert_int_equal(seg_calendar_shift(image, INT64_MIN, INT32_MIN, INT64_MIN), SEG_TIME_MIN);
    /* Instants that are SEG_CALENDAR_SLACK_MS apart never change their order. */
    for (int i = 0; i < 200000; i++) {
        int64_t instant = utc(2000, 1, 1, 0, 0) + dice(30 * 365 * SEG_DAY_MS), by = dice(40) - 20;
        int64_t later = instant + SEG_CALENDAR_SLACK_MS + dice(30 * SEG_DAY_MS);
        assert_true(seg_calendar_shift(image, instant, by, 0) < seg_calendar_shift(image, later, by, 0));
        int64_t inverse = seg_calendar_shift(image, instant, -by, 0);
        assert_true(seg_calendar_shift(image, inverse - SEG_CALENDAR_SLACK_MS, by, 0) < instant);
        assert_true(seg_calendar_shift(image, inverse + SEG_CALENDAR_SLACK_MS, by, 0) > instant);
    }
    seg_image_free(image);
}

static void ratios_are_rounded_correctly(void **context) {
    (void)context;
    for (int i = 0; i < 1000000; i++) {
        int64_t a = (int64_t)(uint64_t)(dice(INT64_MAX) >> dice(62)), b = 1 + (dice(INT64_MAX) >> dice(62));
        if (dice(2)) a = -a;
        double ratio = seg_float_ratio(a, b);
        /* When both are exact as doubles, so is their quotient rounded once. */
        if (a < INT64_C(1) << 53 && a > -(INT64_C(1) << 53) && b < INT64_C(1) << 53) {
            assert_true(ratio == (double)a / (double)b);
            continue;
        }
        long double difference = (long double)ratio * (long double)b - (long double)a;
        long double step = (long double)ratio * (long double)b / 9007199254740992.0L;
        if (difference < 0) difference = -difference;
        if (step < 0) step = -step;
        assert_true(difference <= step + 1.0L);
    }
    assert_true(seg_float_ratio(INT64_MAX, 1) == 9223372036854775808.0);
    assert_true(seg_float_ratio(1, INT64_MAX) == 1.0 / 9223372036854775808.0);
    /* 2^53 + 1 lies between two floats: to even; a little more: up. */
    assert_true(seg_float_ratio((INT64_C(1) << 53) + 1, 1) == 9007199254740992.0);
    assert_true(seg_float_ratio((INT64_C(1) << 55) + 5, 4) == 9007199254740994.0);
}

static void ties_and_text_words(void **context) {
    (void)context;
    assert_int_equal(seg_message_tie((seg_text){"", 0}), 0);
    assert_int_equal(seg_message_tie((seg_text){"msg-12", 6}) >> 32, 12);
    assert_int_equal(seg_message_tie((seg_text){"99999999999999999999999", 23}) >> 32, UINT32_MAX);
    assert_int_equal(seg_message_tie((seg_text){"m", 1}) >> 32, 0);
    assert_int_equal((uint64_t)seg_text_word((seg_text){"", 0}), UINT64_C(0xef46db3751d8e999));
    int64_t words[257];
    for (int count = 0; count < 257; count++) {
        for (int i = 0; i < count; i++) words[i] = dice(50) - 25;
        seg_words_sort(words, (size_t)count);
        for (int i = 1; i < count; i++) assert_true(words[i - 1] <= words[i]);
    }
}

static void ages(void **context) {
    (void)context;
    const struct {
        int64_t date, today, years, newest, coming; /* as yyyymmdd; 0: none */
    } cases[] = {
        {20080229, 20260227, 17, 20250228, 20260228}, {20080229, 20260228, 18, 20260228, 20270228},
        {20080229, 20280228, 19, 20270228, 20280229}, {20080229, 20280229, 20, 20280229, 20290228},
        {20250310, 20250310, 0, 0, 20260310},         {20250310, 20260309, 0, 0, 20260310},
        {20300101, 20260101, 0, 0, 20310101},         {10101, 99991231, 9998, 99990101, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t days[4];
        const int64_t written[] = {cases[i].date, cases[i].today, cases[i].newest, cases[i].coming};
        for (int k = 0; k < 4; k++)
            days[k] = written[k] == 0
                          ? SEG_MISSING
                          : seg_calendar_days(written[k] / 10000, written[k] / 100 % 100, written[k] % 100);
        seg_calendar_age age = seg_calendar_age_of(days[0], days[1]);
        assert_int_equal(age.years, cases[i].years);
        assert_int_equal(age.newest, days[2]);
        assert_int_equal(age.coming, days[3]);
    }
}

/* Every unit of months, from every side: it begins with the first of a month that its kind allows, and so
 * does the next one, which comes right after it. */
static void later_quarters_and_years(void **context) {
    (void)context;
    for (int i = 0; i < 20000; i++) {
        int64_t date = SEG_DATE_MIN + 400 + dice(SEG_DATE_MAX - SEG_DATE_MIN - 800);
        for (seg_image_unit unit = SEG_UNIT_LATER_QUARTER; unit < SEG_UNIT_COUNT; unit++) {
            bool is_year = unit >= SEG_UNIT_LATER_YEAR;
            int64_t months = is_year ? 12 : 3, year, month, day;
            int64_t later = is_year ? unit - SEG_UNIT_LATER_YEAR + 1 : unit - SEG_UNIT_LATER_QUARTER + 1;
            int64_t number = seg_calendar_date_unit(unit, date), first = seg_calendar_unit_date(unit, number);
            int64_t next = seg_calendar_unit_date(unit, number + 1);
            assert_true(first <= date && date < next && next - first <= seg_calendar_unit_days(unit));
            seg_calendar_civil(first, &year, &month, &day);
            assert_int_equal(day, 1);
            assert_int_equal((month - 1) % months, later);
            assert_int_equal(next, seg_calendar_date_months(first, months));
            assert_int_equal(seg_calendar_date_unit(unit, next), number + 1);
            if (is_year) assert_int_equal(number, year);
        }
    }
}

static void fiscal_years(void **context) {
    (void)context;
    const struct {
        int64_t date, month, year, quarter; /* yyyymmdd, and with which month the fiscal year begins */
    } cases[] = {
        {20260331, 4, 2026, 4},  {20260401, 4, 2027, 1},  {20261231, 4, 2027, 3},  {20270101, 4, 2027, 4},
        {20240229, 3, 2024, 4},  {20240301, 3, 2025, 1},  {20250228, 3, 2025, 4},  {20250301, 3, 2026, 1},
        {20260131, 2, 2026, 4},  {20260201, 2, 2027, 1},  {20261130, 12, 2026, 4}, {20261201, 12, 2027, 1},
        {20260930, 10, 2026, 4}, {20261001, 10, 2027, 1}, {20260101, 10, 2026, 2}, {20260630, 7, 2026, 4},
        {10101, 2, 1, 4},        {99991231, 2, 10000, 4},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t date =
            seg_calendar_days(cases[i].date / 10000, cases[i].date / 100 % 100, cases[i].date % 100);
        int later = (int)cases[i].month - 2;
        assert_int_equal(seg_calendar_date_part(SEG_PART_FISCAL_YEAR + later, date), cases[i].year);
        assert_int_equal(seg_calendar_date_part(SEG_PART_FISCAL_QUARTER + later, date), cases[i].quarter);
    }
}

/* Where the clock changes as the fiscal year begins: a gap at its first midnight, and a change the day
 * before. */
static void fiscal_years_and_clocks(void **context) {
    (void)context;
    image_builder builder;
    builder_init(&builder);
    builder_zone_berlin(&builder);
    int64_t gap = utc(2024, 4, 1, 3, 0), fold = utc(2025, 4, 1, 3, 0);
    builder_zone(&builder, "Zulu", -3 * 3600,
                 (const seg_image_transition[]){{gap, -2 * 3600, 0}, {fold, -3 * 3600, 0}}, 2);
    seg_image *image = load(&builder);
    seg_image_unit april = SEG_UNIT_LATER_YEAR + 2;
    /* Berlin: 31 March 2024 has 23 hours, and is still of the old year. */
    assert_int_equal(seg_calendar_unit_start(image, 0, april, 2024), utc(2024, 3, 31, 22, 0));
    assert_int_equal(seg_calendar_unit(image, 0, april, utc(2024, 3, 31, 21, 59)), 2023);
    assert_int_equal(seg_calendar_unit(image, 0, april, utc(2024, 3, 31, 22, 0)), 2024);
    /* The first midnight of the year is left out; of the next one it comes a second time an hour later. */
    assert_int_equal(seg_calendar_unit_start(image, 1, april, 2024), gap);
    assert_int_equal(seg_calendar_unit(image, 1, april, gap - 1), 2023);
    assert_int_equal(seg_calendar_unit_start(image, 1, april, 2025), utc(2025, 4, 1, 2, 0));
    assert_int_equal(seg_calendar_unit(image, 1, april, fold), 2025);
    assert_int_equal(seg_calendar_part_holds(image, 1, SEG_PART_FISCAL_YEAR + 2, gap), utc(2025, 4, 1, 2, 0));
    assert_int_equal(seg_calendar_part_holds(image, 1, SEG_PART_FISCAL_QUARTER + 2, gap),
                     utc(2024, 7, 1, 2, 0));
    /* At the ends of time. */
    assert_int_equal(seg_calendar_unit_start(image, 0, april, 0), SEG_TIME_MIN);
    assert_int_equal(seg_calendar_unit(image, 0, april, SEG_TIME_MIN), 0);
    assert_int_equal(seg_calendar_unit_start(image, 0, april, 10000), SEG_NEVER);
    assert_int_equal(seg_calendar_unit(image, 0, april, SEG_TIME_MAX), 9999);
    seg_image_free(image);
}

static seg_image *load_turns(uint32_t *sets, uint32_t count) {
    image_builder builder;
    builder_init(&builder);
    builder_zone_berlin(&builder);
    builder_zone(&builder, "Zulu", 0, NULL, 0);
    for (uint32_t i = 0; i < count; i++) {
        int64_t words[4], word = dice(9) - 1;
        uint32_t turns = (uint32_t)dice(5);
        for (uint32_t k = 0; k < turns; k++) words[k] = word += 1 + dice(k % 2 ? 20 : 9);
        seg_run run = {turns ? builder_add(&builder, SEG_SECTION_WORDS, words, turns) : 0, turns};
        sets[i] = builder_add(&builder, SEG_SECTION_WORD_SETS, &run, 1);
    }
    return load(&builder);
}

/* The same by going through every change of the part. */
static int64_t turns_next(const seg_image *image, uint32_t zone, seg_part part, uint32_t set, int64_t instant,
                          int64_t limit) {
    bool was = seg_turn_has(image, set, seg_calendar_part(image, zone, part, instant));
    for (;;) {
        instant = seg_calendar_part_holds(image, zone, part, instant);
        if (instant > limit) return SEG_NEVER;
        if (seg_turn_has(image, set, seg_calendar_part(image, zone, part, instant)) != was) return instant;
    }
}

static void sets_of_parts_turn(void **context) {
    (void)context;
    enum { SETS = 300 };
    uint32_t sets[SETS], found = 0;
    seg_image *image = load_turns(sets, SETS);
    for (int i = 0; i < SETS; i++)
        for (seg_part part = SEG_PART_HOUR; part < SEG_PART_COUNT; part++) {
            if (part == SEG_PART_YEAR || part == SEG_PART_DATE || part >= SEG_PART_FISCAL_YEAR)
                continue; /* they do not come back */
            int64_t instant = utc(1890 + dice(150), 1, 1, dice(9000), dice(60)) + dice(60000);
            uint32_t zone = (uint32_t)dice(2);
            int64_t limit = instant + 9 * 366 * SEG_DAY_MS;
            if (part == SEG_PART_HOUR) limit = instant + 20 * SEG_DAY_MS;
            int64_t expected = turns_next(image, zone, part, sets[i], instant, limit);
            assert_int_equal(seg_turn_next(image, zone, part, sets[i], instant), expected);
            found += expected != SEG_NEVER;
        }
    assert_true(found > SETS);
    seg_image_free(image);
}

/* Years and dates: each turn comes once. */
static void turns_that_do_not_come_back(void **context) {
    (void)context;
    image_builder builder;
    builder_init(&builder);
    builder_zone_berlin(&builder);
    const int64_t words[] = {2024, 2026, 20000, INT64_MAX};
    seg_run run = {builder_add(&builder, SEG_SECTION_WORDS, words, 4), 4};
    uint32_t set = builder_add(&builder, SEG_SECTION_WORD_SETS, &run, 1);
    seg_image *image = load(&builder);
    int64_t begin = utc(2023, 12, 31, 23, 0), end = utc(2025, 12, 31, 23, 0);
    assert_int_equal(seg_turn_next(image, 0, SEG_PART_YEAR, set, SEG_TIME_MIN), begin);
    assert_int_equal(seg_turn_next(image, 0, SEG_PART_YEAR, set, begin - 1), begin);
    assert_int_equal(seg_turn_next(image, 0, SEG_PART_YEAR, set, begin), end);
    assert_int_equal(seg_turn_next(image, 0, SEG_PART_YEAR, set, end), SEG_NEVER);
    assert_int_equal(seg_turn_next(image, 0, SEG_PART_YEAR, set, SEG_TIME_MAX), SEG_NEVER);
    /* The fiscal year 2024 that ends with March 2024, and the one that begins with December 2023. */
    seg_part april = SEG_PART_FISCAL_YEAR + 2, december = SEG_PART_FISCAL_YEAR + 10;
    assert_int_equal(seg_turn_next(image, 0, april, set, SEG_TIME_MIN), utc(2023, 3, 31, 22, 0));
    assert_int_equal(seg_turn_next(image, 0, april, set, utc(2023, 3, 31, 22, 0)), utc(2025, 3, 31, 22, 0));
    assert_int_equal(seg_turn_next(image, 0, april, set, utc(2025, 3, 31, 22, 0)), SEG_NEVER);
    assert_int_equal(seg_turn_next(image, 0, december, set, utc(2023, 1, 1, 0, 0)), utc(2023, 11, 30, 23, 0));
    int64_t date = seg_calendar_date_start(image, 0, 2024);
    assert_int_equal(seg_turn_next(image, 0, SEG_PART_DATE, set, date - 1), date);
    date = seg_calendar_date_start(image, 0, 20000);
    assert_int_equal(seg_turn_next(image, 0, SEG_PART_DATE, set, date - 1), date);
    assert_int_equal(seg_turn_next(image, 0, SEG_PART_DATE, set, date), SEG_NEVER);
    seg_image_free(image);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(civil_dates_agree_with_timegm),
        cmocka_unit_test(gaps_and_folds),
        cmocka_unit_test(local_times_and_instants_go_both_ways),
        cmocka_unit_test(months),
        cmocka_unit_test(ratios_are_rounded_correctly),
        cmocka_unit_test(ties_and_text_words),
        cmocka_unit_test(ages),
        cmocka_unit_test(later_quarters_and_years),
        cmocka_unit_test(fiscal_years),
        cmocka_unit_test(fiscal_years_and_clocks),
        cmocka_unit_test(sets_of_parts_turn),
        cmocka_unit_test(turns_that_do_not_come_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
