/* test_fiscal.c - fiscal years in images: which unit each month gives, and damage that is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../compiler/segc.h"
#include "image_builder.h"
#include <calendar.h>

static const char rules[] = "event orders from \"O\" { amount: int }\n"
                            "profile { joined: time = 2026-01-01T00:00Z }\n"
                            "segment quarter: orders(this fiscal quarter) >= 2\n"
                            "segment year: any orders(last 2 complete fiscal years)\n"
                            "segment part: fiscal year of joined + fiscal quarter of now > 2027\n"
                            "segment active: active fiscal years(orders, ever) > 2\n";

static const char *const months[] = {"january", "february", "march",     "april",   "may",      "june",
                                     "july",    "august",   "september", "october", "november", "december"};

/* The bytes of the image, to be freed by the caller. */
static uint8_t *compile(int month, size_t *size_bytes) {
    char text[1024];
    const uint8_t *bytes;
    seg_unit *unit;
    snprintf(text, sizeof text, "fiscal year starts %s\n%s", months[month], rules);
    assert_int_equal(seg_unit_new(&unit, NULL), SEG_OK);
    assert_int_equal(seg_unit_add(unit, "fiscal.seg", text, strlen(text)), SEG_OK);
    assert_int_equal(seg_unit_check(unit), SEG_OK);
    assert_int_equal(seg_unit_errors(unit), 0);
    assert_int_equal(seg_unit_image(unit, false, &bytes, size_bytes), SEG_OK);
    uint8_t *copy = malloc(*size_bytes);
    assert_non_null(copy);
    memcpy(copy, bytes, *size_bytes);
    seg_unit_free(unit);
    return copy;
}

static const seg_section *section_of(const uint8_t *bytes, seg_section_id id) {
    return &((const seg_image_header *)(const void *)bytes)->sections[id];
}

/* In 2027 each unit of a window begins in the month that was declared, or a whole number of quarters away. */
static void every_month_has_its_units(void **unused) {
    (void)unused;
    for (int month = 0; month < 12; month++) {
        size_t size_bytes;
        uint8_t *bytes = compile(month, &size_bytes);
        seg_image *image;
        assert_int_equal(seg_image_load(&image, bytes, size_bytes, NULL, NULL), SEG_OK);
        uint32_t years = 0, quarters = 0;
        for (uint32_t i = 0; i < image->counts[SEG_SECTION_QUERIES]; i++) {
            const seg_image_query *query = &image->queries[i];
            int64_t year, at, day;
            if (query->window != SEG_WINDOW_CALENDAR) continue;
            seg_image_unit unit = (seg_image_unit)query->unit;
            int64_t number = seg_calendar_date_unit(unit, seg_calendar_days(2027, 12, 31));
            seg_calendar_civil(seg_calendar_unit_date(unit, number), &year, &at, &day);
            assert_int_equal(day, 1);
            if (query->from_months == -2) {
                years++;
                assert_int_equal(at, month + 1);
                assert_int_equal(year, 2027);
            } else {
                quarters++;
                assert_int_equal((at - 1 - month + 12) % 3, 0);
                assert_true(seg_calendar_unit_date(unit, number + 1) > seg_calendar_days(2027, 12, 31));
            }
        }
        assert_true(years == 1 && quarters == 1);
        seg_image_free(image);
        free(bytes);
    }
}

static bool loads(uint8_t *bytes, size_t size_bytes) {
    seg_image *image = NULL;
    builder_seal(bytes, size_bytes);
    bool good = seg_image_load(&image, bytes, size_bytes, NULL, NULL) == SEG_OK;
    if (good) seg_image_free(image);
    return good;
}

/* Every number of a unit and of a part, those that are none too. */
static void units_beyond_the_last_are_refused(void **unused) {
    (void)unused;
    size_t size_bytes;
    uint8_t *bytes = compile(3, &size_bytes);
    seg_section queries = *section_of(bytes, SEG_SECTION_QUERIES),
                code = *section_of(bytes, SEG_SECTION_CODE);
    seg_image_query *query = (seg_image_query *)(void *)(bytes + queries.offset);
    seg_ins *ins = (seg_ins *)(void *)(bytes + code.offset);
    uint32_t windows = 0, operands = 0;
    for (uint32_t i = 0; i < queries.count; i++) {
        uint8_t unit = query[i].unit;
        for (int other = 0; other < 256 && query[i].window == SEG_WINDOW_CALENDAR; other++) {
            query[i].unit = (uint8_t)other;
            bool good = loads(bytes, size_bytes);
            if (other >= SEG_UNIT_COUNT) assert_false(good);
            windows += good;
        }
        query[i].unit = unit;
    }
    for (uint32_t i = 0; i < code.count; i++) {
        bool is_part = ins[i].op == SEG_OP_PART || ins[i].op == SEG_OP_PART_NOW;
        if (!is_part && ins[i].op != SEG_OP_DATE_UNIT) continue;
        int64_t imm = ins[i].imm, end = is_part ? SEG_PART_COUNT : SEG_UNIT_COUNT;
        for (int64_t other = -2; other < end + 3; other++) {
            ins[i].imm = other;
            assert_int_equal(loads(bytes, size_bytes), other >= 0 && other < end);
        }
        ins[i].imm = imm;
        operands++;
    }
    assert_true(windows >= 2 * 2 && operands == 3);
    free(bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_month_has_its_units),
                                       cmocka_unit_test(units_beyond_the_last_are_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
