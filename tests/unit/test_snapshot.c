/* Profiles by columns are in the segments that the engine puts them in, row by row; over several chunks, and
 * when memory runs short. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include <engine.h>
#include <stdio.h>
#include <string.h>

#include "budget.h"
#include "workspace_image.h"

static const char rules[] =
    "timezone \"Europe/Berlin\"\n"
    "profile { age: int?  plan: free | trial | pro = free  city: text?  seen: time?  born: date?\n"
    "  budget_spend: decimal(2) = 0.00  score: float?  ok: bool = false  tags: set of text  stay: duration?\n"
    "  tz: timezone? }\n"
    "segment adult: (age ?? 0) >= 18\n"
    "segment paying: plan == pro or budget_spend > 9.99\n"
    "segment north: city is known and (city contains \"burg\" or city == \"\")\n"
    "segment fresh: seen is known and seen within last 7d\n"
    "segment young: born is known and age(born) < 30\n"
    "segment good: score is known and score > 0.5 and not ok\n"
    "segment tagged: tags any of [\"a\", \"b\"] and tags none of [\"c\"]\n"
    "segment staying: stay is known and stay > 90m\n"
    "segment half: holdout(50%, \"x\")\n"
    "segment early: hour of now in tz < 12\n";
static const int64_t now = INT64_C(1767225600000); /* 2026-01-01T00:00Z */

static uint64_t random_state = 88172645463325252u;
static uint64_t draw(uint64_t below) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state % below;
}

static const seg_text words[] = {{"", 0}, {"a", 1}, {"b", 1}, {"c", 1}, {"Hamburg", 7}, {"Ulm", 3}};
static const seg_text zones[] = {{"Europe/Berlin", 13}, {"Asia/Tokyo", 10}};

static seg_value value_of(const seg_field_info *field, seg_text *items) {
    seg_value value = {.known = draw(5) > 0};
    if (field->required) value.known = true;
    switch (field->type) {
    case SEG_BOOL: value.as.i = (int64_t)draw(2); break;
    case SEG_INT: value.as.i = (int64_t)draw(3) + 17; break;
    case SEG_DECIMAL: value.as.i = (int64_t)draw(3) + 998; break;
    case SEG_FLOAT: value.as.f = (double)draw(4) / 4; break;
    case SEG_TEXT: value.as.text = words[draw(6)]; break;
    case SEG_ZONE: value.as.text = zones[draw(2)]; break;
    case SEG_ENUM: value.as.i = (int64_t)draw(field->enum_count); break;
    case SEG_TIME: value.as.i = now - 7 * INT64_C(86400000) + (int64_t)draw(3) - 1; break;
    case SEG_DATE: value.as.i = now / 86400000 - 10957 + (int64_t)draw(3); break;
    case SEG_DURATION: value.as.i = 5400000 + (int64_t)draw(3) - 1; break;
    case SEG_SET:
        value.as.set.count = draw(4);
        for (size_t i = 0; i < value.as.set.count; i++) items[i] = words[draw(6)];
        value.as.set.items = items;
    }
    return value;
}

typedef struct listing {
    char *bytes;
    size_t size_bytes;
    FILE *file;
} listing;

static void list(void *user, seg_text profile) {
    fprintf(((listing *)user)->file, "%.*s\n", (int)profile.size_bytes, profile.bytes);
}

/* Both take `count` random people in. */
static seg_status feed(const seg_image *image, seg_snapshot *snapshot, seg_engine *engine, size_t count) {
    seg_image_info info;
    seg_image_describe(image, &info);
    seg_status status = SEG_OK;
    for (size_t n = 0; n < count && status == SEG_OK; n++) {
        char id[32];
        seg_setting settings[16];
        seg_text items[16][4];
        seg_record record = {.kind = SEG_RECORD_IDENTIFY, .time = SEG_TIME_MIN, .settings = settings};
        for (uint32_t i = 0; i < info.attribute_count; i++) {
            seg_field_info field;
            assert_int_equal(seg_image_attribute(image, i, &field), SEG_OK);
            settings[i] = (seg_setting){.attribute = i, .value = value_of(&field, items[i])};
        }
        record.setting_count = info.attribute_count;
        record.profile = (seg_text){id, (size_t)sprintf(id, "p%zu", (n * 7919) % count)};
        status = seg_snapshot_add(snapshot, &record, NULL);
        if (status == SEG_OK && engine) status = seg_engine_apply(engine, &record, NULL);
    }
    return status;
}

static void test_engine(void **unused) {
    (void)unused;
    enum { PEOPLE = 2 * 65536 + 1001 }; /* three chunks; 7919 has no part of it */
    seg_image *image = seg_image_of_workspace(rules);
    seg_snapshot *snapshot;
    seg_engine *engine;
    const seg_engine_options options = {.mode = SEG_ENGINE_BATCH, .limit = now};
    assert_int_equal(seg_snapshot_new(&snapshot, image, now, NULL, NULL), SEG_OK);
    assert_int_equal(seg_engine_new(&engine, image, &options, NULL), SEG_OK);
    assert_int_equal(feed(image, snapshot, engine, PEOPLE), SEG_OK);
    assert_int_equal(seg_snapshot_settle(snapshot, NULL), SEG_OK);
    assert_int_equal(seg_engine_settle(engine, NULL), SEG_OK);
    seg_image_info info;
    seg_image_describe(image, &info);
    static uint64_t bits[PEOPLE / 64 + 1], other[PEOPLE / 64 + 1];
    for (uint32_t s = 0; s < info.segment_count; s++) {
        listing a = {.bytes = NULL}, b = {.bytes = NULL};
        a.file = open_memstream(&a.bytes, &a.size_bytes);
        b.file = open_memstream(&b.bytes, &b.size_bytes);
        assert_int_equal(seg_snapshot_members(snapshot, s, list, &a), SEG_OK);
        assert_int_equal(seg_engine_members(engine, s, list, &b), SEG_OK);
        fclose(a.file), fclose(b.file);
        assert_string_equal(a.bytes, b.bytes);
        assert_true(seg_snapshot_size(snapshot, s) > 0);
        assert_int_equal(seg_snapshot_size(snapshot, s), seg_engine_size(engine, s));
        assert_int_equal(seg_snapshot_member_bits(snapshot, s, bits), SEG_OK);
        assert_int_equal(seg_engine_member_bits(engine, s, other), SEG_OK);
        assert_memory_equal(bits, other, (PEOPLE + 63) / 64 * 8);
        free(a.bytes), free(b.bytes);
    }
    seg_engine_free(engine);
    seg_snapshot_free(snapshot);
    seg_image_free(image);
}

static void test_memory(void **unused) {
    (void)unused;
    seg_image *image = seg_image_of_workspace(rules);
    seg_status status = SEG_E_MEMORY;
    long limit = 0;
    for (; status == SEG_E_MEMORY && limit < 2000; limit++) {
        budget b = {.requests = limit};
        const seg_allocator allocator = {budget_spend, &b};
        seg_snapshot *snapshot;
        status = seg_snapshot_new(&snapshot, image, now, &allocator, NULL);
        if (status == SEG_OK) status = feed(image, snapshot, NULL, 20);
        if (status == SEG_OK) status = seg_snapshot_settle(snapshot, NULL);
        if (status == SEG_OK) assert_int_equal(seg_snapshot_size(snapshot, 1000), 0);
        seg_snapshot_free(snapshot);
        assert_int_equal(b.held_bytes, 0);
    }
    assert_int_equal(status, SEG_OK);
    assert_true(limit > 40);
    seg_image_free(image);
}

static void test_refusals(void **unused) {
    (void)unused;
    seg_image *image = seg_image_of_workspace(rules);
    seg_snapshot *snapshot;
    seg_snapshot_counters counters;
    assert_int_equal(seg_snapshot_new(&snapshot, image, now, NULL, NULL), SEG_OK);
    seg_record record = {.kind = SEG_RECORD_IDENTIFY, .profile = {"u", 1}, .time = now + 1};
    assert_int_equal(seg_snapshot_add(snapshot, &record, NULL), SEG_OK);
    record.time = now;
    assert_int_equal(seg_snapshot_add(snapshot, &record, NULL), SEG_OK);
    assert_int_equal(seg_snapshot_add(snapshot, &record, NULL), SEG_E_FACT);
    record.kind = SEG_RECORD_DELETE;
    assert_int_equal(seg_snapshot_add(snapshot, &record, NULL), SEG_E_FACT);
    assert_int_equal(seg_snapshot_settle(snapshot, NULL), SEG_OK);
    seg_snapshot_counters_get(snapshot, &counters);
    assert_int_equal(counters.profiles, 1);
    assert_int_equal(counters.future, 1);
    assert_int_equal(seg_snapshot_members(snapshot, SEG_NONE, list, NULL), SEG_E_USAGE);
    seg_snapshot_free(snapshot);
    seg_image_free(image);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_engine), cmocka_unit_test(test_memory),
                                       cmocka_unit_test(test_refusals)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
