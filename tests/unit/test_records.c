/* Records kept together: copies that outlive what they were read from, and memory that serves again. */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../engine/engine.h"
#include "budget.h"
#include "workspace_image.h"

static const char rules[] = "profile { plan: free | pro = free tags: set of text country: text? }\n"
                            "event visits from \"Page Viewed\" { page: text seconds: int? }\n"
                            "segment pro_readers: plan == pro and any visits(7d where page starts with "
                            "\"/docs\" and seconds is known)\n"
                            "segment tagged: tags any of [\"a\", \"b\"] and country is known\n";

enum { RECORDS = 3000, LINE_BYTES = 256 };

static seg_image *image;

/* Line n of the input; all kinds of records come by. */
static int line_of(char out[LINE_BYTES], int n) {
    static const char *const forms[] = {
        "{\"type\":\"track\",\"event\":\"Page Viewed\",\"properties\":{\"page\":\"/docs/%d\",\"seconds\":%d}",
        "{\"type\":\"identify\",\"traits\":{\"tags\":[\"a\",\"b%d\",\"\"],\"country\":\"c%d\"}",
        "{\"type\":\"identify\",\"traits\":{\"tags\":[],\"country\":null,\"x\":%d%d}",
        "{\"type\":\"alias\",\"previousId\":\"old%d-%d\"",
        "{\"type\":\"delete\",\"x\":[%d,%d]",
        "{\"type\":\"track\",\"event\":\"Page Viewed\",\"properties\":{\"page\":\"\",\"x\":\"%d%d\"}",
    };
    int size = snprintf(out, LINE_BYTES, forms[n % 6], n, n / 3);
    return size +
           snprintf(out + size, LINE_BYTES - (size_t)size,
                    ",\"userId\":\"u%d\",\"messageId\":\"m%d\",\"timestamp\":\"2026-04-16T10:%02d:00Z\"}\n",
                    n % 50, n, n % 60);
}

static void put_text(FILE *file, seg_text text) { fprintf(file, " %.*s|", (int)text.size_bytes, text.bytes); }

static void put_value(FILE *file, seg_type type, const seg_value *value) {
    if (!value->known)
        fputs(" -", file);
    else if (type == SEG_TEXT)
        put_text(file, value->as.text);
    else if (type == SEG_SET)
        for (size_t i = 0; i < value->as.set.count; i++) put_text(file, value->as.set.items[i]);
    else
        fprintf(file, " %lld", (long long)value->as.i);
}

static void put_record(FILE *file, const seg_record *record) {
    fprintf(file, "%llu %d %lld", (unsigned long long)record->line, (int)record->kind,
            (long long)record->time);
    put_text(file, record->profile);
    put_text(file, record->previous);
    put_text(file, record->message_id);
    if (record->kind == SEG_RECORD_TRACK) {
        put_value(file, SEG_TEXT, &record->fields[0]);
        put_value(file, SEG_INT, &record->fields[1]);
    }
    for (size_t i = 0; i < record->setting_count; i++) {
        seg_field_info info;
        assert_int_equal(seg_image_attribute(image, record->settings[i].attribute, &info), SEG_OK);
        put_value(file, info.type, &record->settings[i].value);
    }
    fputc('\n', file);
}

/* Reads the input twice: what was told of each record when it was lent is told of its copy at the end. */
static void copies_outlive_the_reader(void **state) {
    (void)state;
    budget memory = {.requests = LONG_MAX};
    const seg_allocator allocator = {budget_spend, &memory};
    long left = 0;
    seg_records *records;
    assert_int_equal(seg_records_new(&records, image, &allocator, NULL), SEG_OK);
    char *input = malloc(RECORDS * LINE_BYTES), *told = NULL, *kept = NULL;
    size_t size = 0, told_bytes = 0, kept_bytes = 0;
    assert_non_null(input);
    for (int i = 0; i < RECORDS; i++) size += (size_t)line_of(input + size, i);
    for (int round = 0; round < 2; round++) {
        seg_reader *reader;
        const seg_record *record;
        FILE *file = open_memstream(&told, &told_bytes);
        assert_int_equal(seg_reader_open_bytes(&reader, image, "x.ndjson", input, size, NULL, NULL, NULL),
                         SEG_OK);
        for (;;) {
            assert_int_equal(seg_reader_next(reader, &record, NULL), SEG_OK);
            if (!record) break;
            put_record(file, record);
            assert_int_equal(seg_records_add(records, record), SEG_OK);
        }
        seg_reader_close(reader);
        fclose(file);
        size_t count;
        const seg_record *list = seg_records_list(records, &count);
        assert_int_equal(count, RECORDS);
        assert_true(seg_records_bytes(records) > RECORDS * sizeof(seg_value));
        file = open_memstream(&kept, &kept_bytes);
        for (size_t i = 0; i < count; i++) put_record(file, &list[i]);
        fclose(file);
        assert_string_equal(told, kept);
        free(told);
        free(kept);
        if (round == 0) left = memory.requests;
        assert_int_equal(memory.requests, left); /* the second time nothing is asked for */
        seg_records_clear(records);
        assert_int_equal(seg_records_bytes(records), 0);
    }
    free(input);
    seg_records_free(records);
    assert_int_equal(memory.held_bytes, 0);
}

/* A block for one large text goes when it is no longer needed; the others stay. */
static void large_ones_do_not_stay(void **state) {
    (void)state;
    enum { LARGE = 1 << 20 };
    seg_records *records;
    assert_int_equal(seg_records_new(&records, image, NULL, NULL), SEG_OK);
    char *text = malloc(LARGE);
    assert_non_null(text);
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 10; i++) {
            memset(text, 'a' + i, LARGE);
            seg_value fields[] = {{.known = true, .as.text = {text, i % 2 ? LARGE : 5}}, {0}};
            seg_record record = {.profile = {text, 9}, .fields = fields};
            assert_int_equal(seg_records_add(records, &record), SEG_OK);
        }
        size_t count;
        const seg_record *list = seg_records_list(records, &count);
        assert_int_equal(count, 10);
        for (size_t i = 0; i < count; i++) {
            seg_text page = list[i].fields[0].as.text;
            assert_int_equal(page.size_bytes, i % 2 ? LARGE : 5);
            assert_int_equal(page.bytes[page.size_bytes - 1], 'a' + (int)i);
            assert_int_equal(list[i].profile.bytes[8], 'a' + (int)i);
        }
        seg_records_clear(records);
        seg_records_list(records, &count);
        assert_int_equal(count, 0);
    }
    free(text);
    seg_records_free(records);
}

int main(void) {
    image = seg_image_of_workspace(rules);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copies_outlive_the_reader),
        cmocka_unit_test(large_ones_do_not_stay),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    seg_image_free(image);
    return failed;
}
