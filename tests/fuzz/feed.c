#include "feed.h"

#include <engine.h>
#include <stdlib.h>
#include <string.h>

#include "budget.h"
#include "fixture.h"
#include "target.h"

#define LIMIT_MS INT64_C(1798761600000) /* 2027-01-01 */
enum { MEMBER_ROOM = 1 << 16 };

typedef struct listener {
    uint64_t changes, refusals;
    int64_t at;
} listener;

static void on_refusal(void *user, const seg_refusal *refusal) {
    listener *l = user;
    l->refusals++;
    FUZZ_CHECK(refusal->reason && refusal->reason[0] && refusal->file && refusal->line > 0);
    for (const char *c = refusal->reason; *c; c++) FUZZ_CHECK((unsigned char)*c >= 0x20 && *c != 0x7F);
}

static void on_change(void *user, const seg_engine_change *change) {
    listener *l = user;
    l->changes++;
    FUZZ_CHECK(change->profile.size_bytes > 0);
    FUZZ_CHECK(change->change.at >= l->at && change->change.at <= LIMIT_MS);
    FUZZ_CHECK(change->change.valid_until > change->change.at);
    l->at = change->change.at;
}

/* Every profile's state must be sound. */
static void on_profile(void *user, seg_text profile) {
    const seg_state *state = seg_engine_state(user, profile);
    seg_error error = {0};
    FUZZ_CHECK(state != NULL);
    if (seg_state_check(fixture_image(0), state->bytes, state->size_bytes, &error))
        fuzz_fail(__FILE__, __LINE__, error.message);
}

typedef struct members { /* of all segments, as text */
    char bytes[MEMBER_ROOM];
    size_t size;
    seg_text last;
    uint64_t duplicates, beyond_limit;
} members;

static void on_member(void *user, seg_text profile) {
    members *m = user;
    size_t common = profile.size_bytes < m->last.size_bytes ? profile.size_bytes : m->last.size_bytes;
    if (m->last.bytes) {
        int order = memcmp(m->last.bytes, profile.bytes, common);
        FUZZ_CHECK(order < 0 || (order == 0 && m->last.size_bytes < profile.size_bytes));
    }
    m->last = profile;
    if (profile.size_bytes + 1 > sizeof m->bytes - m->size) return;
    memcpy(m->bytes + m->size, profile.bytes, profile.size_bytes);
    m->size += profile.size_bytes;
    m->bytes[m->size++] = '\n';
}

static void list_members(seg_engine *engine, members *m) {
    seg_image_info info;
    seg_image_describe(fixture_image(0), &info);
    m->size = 0;
    for (uint32_t i = 0; i < info.segment_count; i++) {
        m->last = (seg_text){0};
        FUZZ_CHECK(seg_engine_members(engine, i, on_member, m) == SEG_OK);
        if (m->size < sizeof m->bytes) m->bytes[m->size++] = '|';
    }
    m->last = (seg_text){0};
    FUZZ_CHECK(seg_engine_profiles(engine, on_member, m) == SEG_OK);
}

static void check_record(const seg_record *record) {
    seg_image_info info;
    seg_event_info event;
    seg_image_describe(fixture_image(0), &info);
    FUZZ_CHECK(record->profile.size_bytes > 0 && record->line > 0);
    if (record->kind == SEG_RECORD_TRACK)
        FUZZ_CHECK(seg_image_event(fixture_image(0), record->event, &event) == SEG_OK);
    for (size_t i = 0; i < record->setting_count && record->kind == SEG_RECORD_IDENTIFY; i++)
        FUZZ_CHECK(record->settings[i].attribute < info.attribute_count);
}

/* Reads everything into an engine and moves it to the limit. */
static void run(const char *name, const uint8_t *bytes, size_t size_bytes, seg_engine_mode mode,
                members *out) {
    listener l = {.at = SEG_TIME_MIN};
    budget b;
    seg_engine_options options = {.mode = mode, .limit = LIMIT_MS, .on_change = on_change, .user = &l,
                                  .allocator = budget_init(&b, (size_t)256 << 20)};
    seg_engine *engine;
    seg_reader *reader;
    const seg_record *record;
    seg_error error = {0};
    FUZZ_CHECK(seg_engine_new(&engine, fixture_image(0), &options, &error) == SEG_OK);
    seg_status opened =
        seg_reader_open_bytes(&reader, fixture_image(0), name, bytes, size_bytes, on_refusal, &l, &error);
    FUZZ_CHECK(opened == SEG_OK);
    uint64_t count = 0;
    out->beyond_limit = 0;
    while (true) {
        FUZZ_CHECK(seg_reader_next(reader, &record, &error) == SEG_OK);
        if (!record) break;
        count++;
        out->beyond_limit += record->time > LIMIT_MS;
        check_record(record);
        seg_status status = seg_engine_apply(engine, record, &error);
        FUZZ_CHECK(status == SEG_OK || status == SEG_E_FACT || status == SEG_E_TIME || status == SEG_E_LIMIT);
    }
    seg_reader_counters counters;
    seg_reader_counters_get(reader, &counters);
    FUZZ_CHECK(counters.records == count && counters.refused == l.refusals);
    seg_reader_close(reader);
    if (mode == SEG_ENGINE_STREAM) FUZZ_CHECK(seg_engine_advance(engine, LIMIT_MS, &error) == SEG_OK);
    else FUZZ_CHECK(seg_engine_settle(engine, &error) == SEG_OK);
    seg_engine_counters after;
    seg_engine_counters_get(engine, &after);
    out->duplicates = after.duplicates;
    list_members(engine, out);
    FUZZ_CHECK(seg_engine_profiles(engine, on_profile, engine) == SEG_OK);
    seg_engine_free(engine);
    budget_finish(&b);
}

void feed(const char *name, const uint8_t *bytes, size_t size_bytes) {
    static members stream, batch;
    run(name, bytes, size_bytes, SEG_ENGINE_STREAM, &stream);
    run(name, bytes, size_bytes, SEG_ENGINE_BATCH, &batch);
    /* A batch does not take in what lies beyond its limit, so it does not remember those messages. */
    if ((stream.duplicates || batch.duplicates) && stream.beyond_limit) return;
    FUZZ_CHECK(stream.size == batch.size && memcmp(stream.bytes, batch.bytes, stream.size) == 0);
}
