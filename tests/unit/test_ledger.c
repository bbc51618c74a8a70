/* Facts in columns say of everybody what the engine says of them: random people, events and attributes, late
 * and early; what only an engine can take is refused; when memory runs short nothing breaks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <engine.h>

#include "budget.h"
#include "dice.h"
#include "workspace_image.h"

static const char rules[] =
    "timezone \"Europe/Berlin\"\n"
    "profile { opted_out: bool = false  plan: free | trial | pro = free  city: text?  since_when: time?\n"
    "  tags: set of text  budget_spend: decimal(2)? }\n"
    "event orders from \"Order\" { amount: decimal(2)  code: text?  seats: int?  gift: bool?  weight: float? "
    "}\n"
    "event visits from \"Visit\" { profile: text?  time: text? }\n"
    "event idle from \"Idle\"\n"
    "segment few: visits(30d) < 2 and not opted_out\n"
    "segment spent: sum(orders.amount, 90d) > 20.00\n"
    "segment mean: orders(90d) >= 2 and avg(orders.amount, 90d) > 4.00\n"
    "segment coded: any orders(ever where code is known and code starts with \"a\") or no visits(60d)\n"
    "segment paying: plan == pro and any orders(1d)\n"
    "segment town: city is known and city contains \"burg\"\n"
    "segment tagged: tags any of [\"a\", \"b\"]\n"
    "segment young: any orders(ever) and first(orders) within last 30d\n"
    "segment rich: budget_spend is known and budget_spend > 9.99\n"
    "segment seated: any orders(ever where seats is known and seats > 2 and gift is known and gift)\n"
    "segment seen: since_when is known and since_when within last 20d\n"
    "segment half: holdout(50%, \"x\")\n";
static const int64_t now = INT64_C(1767225600000), day = 86400000; /* 2026-01-01T00:00Z */

static const seg_text words[] = {{"", 0}, {"a", 1}, {"b", 1}, {"c", 1}, {"Hamburg", 7}, {"ab", 2}};

static seg_value value_of(const seg_field_info *field, seg_text *items) {
    seg_value value = {.known = field->required || dice(5) > 0};
    switch (field->type) {
    case SEG_BOOL: value.as.i = dice(2); break;
    case SEG_INT: value.as.i = dice(5); break;
    case SEG_DECIMAL: value.as.i = dice(2000); break;
    case SEG_FLOAT: value.as.f = (double)dice(4) / 4; break;
    case SEG_TEXT: value.as.text = words[dice(6)]; break;
    case SEG_ENUM: value.as.i = dice((int64_t)field->enum_count); break;
    case SEG_TIME: value.as.i = now - dice(40) * day; break;
    case SEG_SET:
        value.as.set.count = (size_t)dice(4);
        for (size_t i = 0; i < value.as.set.count; i++) items[i] = words[dice(6)];
        value.as.set.items = items;
        break;
    default: fail_msg("no such field in the rules");
    }
    return value;
}

static char id[2048]; /* of the record at hand */
static seg_value fields[8];
static seg_setting settings[8];
static seg_text items[8][4];

/* A few ids are longer than what waits for its profile. */
static seg_record make_record(const seg_image *image, int64_t number, int64_t people) {
    int64_t who = dice(people);
    int size = snprintf(id, sizeof id, "p%lld-%0*d", (long long)who, who % 50 == 0 ? 1000 : 3, 7);
    seg_record record = {.profile = {id, (size_t)size}, .fields = fields, .settings = settings};
    record.time = now - dice(200) * day + dice(day) - day / 2;
    if (dice(4)) {
        seg_event_info event;
        record.event = (uint32_t)dice(2);
        seg_image_event(image, record.event, &event);
        for (uint32_t i = 0; i < event.field_count; i++) {
            seg_field_info field;
            seg_image_event_field(image, record.event, i, &field);
            fields[i] = value_of(&field, items[i]);
        }
        return record;
    }
    record.kind = SEG_RECORD_IDENTIFY;
    record.time += number; /* never two values for one instant */
    seg_image_info info;
    seg_image_describe(image, &info);
    for (uint32_t i = 0; i < info.attribute_count; i++) {
        seg_field_info field;
        seg_image_attribute(image, i, &field);
        if (dice(2)) continue;
        settings[record.setting_count] = (seg_setting){.attribute = i, .value = value_of(&field, items[i])};
        record.setting_count++;
    }
    return record;
}

typedef struct listing {
    char *bytes;
    size_t size_bytes;
    FILE *file;
} listing;

static void list(void *user, seg_text profile) {
    fprintf(((listing *)user)->file, "%.*s\n", (int)profile.size_bytes, profile.bytes);
}

static void begin_listing(listing *l) {
    l->file = open_memstream(&l->bytes, &l->size_bytes);
    assert_non_null(l->file);
}

static void expect_same(seg_engine *engine, seg_ledger *ledger, uint32_t segments) {
    listing ours, theirs;
    begin_listing(&ours);
    begin_listing(&theirs);
    seg_ledger_profiles(ledger, list, &ours);
    seg_engine_profiles(engine, list, &theirs);
    for (uint32_t i = 0; i < segments; i++) {
        fprintf(ours.file, "%u: %llu\n", i, (unsigned long long)seg_ledger_size(ledger, i));
        fprintf(theirs.file, "%u: %llu\n", i, (unsigned long long)seg_engine_size(engine, i));
        seg_ledger_members(ledger, i, list, &ours);
        seg_engine_members(engine, i, list, &theirs);
    }
    fclose(ours.file);
    fclose(theirs.file);
    assert_string_equal(ours.bytes, theirs.bytes);
    free(ours.bytes);
    free(theirs.bytes);
}

static void expect_same_bits(seg_engine *engine, seg_ledger *ledger, uint32_t segments, size_t profiles) {
    size_t words_each = (profiles + 63) / 64 + 1;
    uint64_t *ours = calloc(words_each, sizeof *ours), *theirs = calloc(words_each, sizeof *theirs);
    assert_non_null(ours);
    assert_non_null(theirs);
    for (uint32_t i = 0; i < segments; i++) {
        assert_int_equal(seg_ledger_member_bits(ledger, i, ours), SEG_OK);
        assert_int_equal(seg_engine_member_bits(engine, i, theirs), SEG_OK);
        assert_memory_equal(ours, theirs, words_each * sizeof *ours);
    }
    free(ours);
    free(theirs);
}

static void test_engine_agrees(void **state) {
    (void)state;
    seg_image *image = seg_image_of_workspace(rules);
    seg_image_info info;
    seg_image_describe(image, &info);
    const seg_engine_options options = {.mode = SEG_ENGINE_BATCH, .limit = now};
    for (int round = 0; round < 12; round++) {
        seg_engine *engine;
        seg_ledger *ledger;
        seg_error error = {0};
        assert_int_equal(seg_engine_new(&engine, image, &options, &error), SEG_OK);
        assert_int_equal(seg_ledger_new(&ledger, image, now, NULL, &error), SEG_OK);
        int64_t people = 1 + dice(400), count = dice(6000);
        for (int64_t i = 0; i < count; i++) {
            seg_record record = make_record(image, i, people);
            assert_int_equal(seg_engine_apply(engine, &record, &error), SEG_OK);
            assert_int_equal(seg_ledger_add(ledger, &record, &error), SEG_OK);
            bool half_way = i == count / 2;
            if (half_way) assert_int_equal(seg_ledger_settle(ledger, &error), SEG_OK);
        }
        assert_int_equal(seg_engine_settle(engine, &error), SEG_OK);
        assert_int_equal(seg_ledger_settle(ledger, &error), SEG_OK);
        seg_engine_counters theirs;
        seg_ledger_counters ours;
        seg_engine_counters_get(engine, &theirs);
        seg_ledger_counters_get(ledger, &ours);
        assert_int_equal(ours.profiles, theirs.profiles);
        assert_int_equal(ours.future, theirs.future);
        assert_int_equal(ours.facts, theirs.facts + theirs.too_old);
        expect_same(engine, ledger, info.segment_count);
        expect_same_bits(engine, ledger, info.segment_count, ours.profiles);
        seg_engine_free(engine);
        seg_ledger_free(ledger);
    }
    seg_image_free(image);
}

static void test_refusals(void **state) {
    (void)state;
    seg_image *image = seg_image_of_workspace(rules);
    seg_ledger *ledger;
    seg_error error = {0};
    assert_int_equal(seg_ledger_new(&ledger, image, now, NULL, &error), SEG_OK);
    const seg_setting set = {.attribute = 0, .value = {.known = true, .as.i = 1}};
    seg_record record = {
        .profile = {"p", 1}, .time = now, .fields = fields, .settings = &set, .setting_count = 1};
    const seg_record_kind kinds[] = {SEG_RECORD_ALIAS, SEG_RECORD_DELETE};
    for (int i = 0; i < 2; i++) {
        record.kind = kinds[i];
        assert_int_equal(seg_ledger_add(ledger, &record, &error), SEG_E_FACT);
    }
    record.kind = SEG_RECORD_IDENTIFY;
    record.message_id = (seg_text){"m", 1};
    assert_int_equal(seg_ledger_add(ledger, &record, &error), SEG_E_FACT);
    record.message_id.size_bytes = 0;
    assert_int_equal(seg_ledger_add(ledger, &record, &error), SEG_OK);
    assert_int_equal(seg_ledger_add(ledger, &record, &error), SEG_E_FACT); /* the same instant */
    record.time = now + 1;
    assert_int_equal(seg_ledger_add(ledger, &record, &error), SEG_OK); /* does not count */
    assert_int_equal(seg_ledger_settle(ledger, &error), SEG_OK);
    seg_ledger_counters counters;
    seg_ledger_counters_get(ledger, &counters);
    assert_int_equal(counters.profiles, 1);
    assert_int_equal(counters.facts, 1);
    assert_int_equal(counters.future, 1);
    seg_ledger_free(ledger);
    seg_image_free(image);
}

/* Rules for which columns have no answer: pairs, the past of attributes and segments, ranks, groups. */
static const char *const beyond[] = {
    "segment s: any visits(30d followed by visits within 1d)\n",
    "segment s: distinct(visits.page, 30d) >= 2\n",
    "segment s: (visits(7d) as of 7d ago) >= 1\n",
    "segment s: (plan as of 7d ago) == pro\n",
    "segment s: changed(plan) within last 7d\n",
    "segment a: plan == pro\nsegment s: entered(a) within last 7d\n",
    "segment a: plan == pro\nsegment s: in a for 7d\n",
    "segment s: enter when any visits(1d) exit when plan == free\n",
    "segment s: top 3 by visits(30d)\n",
    "group towns by town\nsegment s: count of towns members >= 3\n",
};

static void test_rules_beyond(void **state) {
    (void)state;
    static const char declared[] = "profile { plan: free | pro = free history 30d  town: text = \"\" }\n"
                                   "event visits from \"V\" { page: text? }\n";
    for (size_t i = 0; i < sizeof beyond / sizeof *beyond; i++) {
        char source[1024];
        snprintf(source, sizeof source, "%s%s", declared, beyond[i]);
        seg_image *image = seg_image_of_workspace(source);
        seg_ledger *ledger;
        seg_error error = {0};
        assert_int_equal(seg_ledger_new(&ledger, image, now, NULL, &error), SEG_E_USAGE);
        assert_string_equal(error.message, "columns cannot answer some of the rules");
        assert_null(ledger);
        seg_image_free(image);
    }
}

static seg_status fill(seg_ledger *ledger, const seg_image *image) {
    seg_status status = SEG_OK;
    for (int64_t i = 0; status == SEG_OK && i < 200; i++) {
        seg_record record = make_record(image, i, 40);
        status = seg_ledger_add(ledger, &record, NULL);
    }
    return status == SEG_OK ? seg_ledger_settle(ledger, NULL) : status;
}

/* However many requests for memory are met, nothing breaks and all is given back. */
static void test_memory_runs_short(void **state) {
    (void)state;
    seg_image *image = seg_image_of_workspace(rules);
    for (long limit = 0;; limit++) {
        budget b = {.requests = limit};
        const seg_allocator allocator = {budget_spend, &b};
        seg_ledger *ledger = NULL;
        seg_status status = seg_ledger_new(&ledger, image, now, &allocator, NULL);
        if (status == SEG_OK) status = fill(ledger, image);
        seg_ledger_free(ledger);
        assert_int_equal(b.held_bytes, 0);
        if (status == SEG_OK) break;
        assert_int_equal(status, SEG_E_MEMORY);
        limit += limit / 40;
    }
    seg_image_free(image);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_engine_agrees),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_rules_beyond),
        cmocka_unit_test(test_memory_runs_short),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
