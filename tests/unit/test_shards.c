/* Shards: a stream over several threads is told as one engine tells it, however many changes wait to be told,
 * whoever turns out to be one person with whom, and whatever is refused. Also under the thread sanitizer. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../engine/engine.h"
#include "dice.h"
#include "workspace_image.h"

static const char rules[] = "profile { plan: free | pro = free signed_up_at: time }\n"
                            "event visits from \"Page Viewed\" { seconds: int }\n"
                            "segment active: any visits(7d)\n"
                            "segment gone: any visits(ever) and no visits(7d)\n"
                            "segment keen: visits(30d) >= 3 or plan == pro and any visits(1d)\n"
                            "segment long: sum(visits.seconds, 30d) > 500\n";
static const char rank_rules[] = "refresh daily at 03:00\n"
                                 "profile { plan: free | pro = free signed_up_at: time }\n"
                                 "event visits from \"Page Viewed\" { seconds: int }\n"
                                 "segment keen: top 10 by visits(7d)\n"
                                 "segment active: any visits(7d)\n";

#define HOUR INT64_C(3600000)
#define START INT64_C(1775000000000)
enum { PEOPLE = 600, RECORDS = 4000, TOGETHER = 300, KEPT_IDS = 16 };

typedef struct crowd { /* records in order, and where their parts lie */
    seg_record records[RECORDS];
    seg_value values[RECORDS];
    seg_setting settings[RECORDS];
    char ids[RECORDS][2][KEPT_IDS], messages[RECORDS][KEPT_IDS];
    int64_t end;
} crowd;

typedef struct story { /* what was told, as one sum */
    uint64_t sum, changes, refusals;
    uint64_t numbers[4096]; /* the sums after every so many changes: to see where two part */
} story;

static uint64_t mix(uint64_t sum, const void *bytes, size_t size_bytes) {
    const uint8_t *at = bytes;
    for (size_t i = 0; i < size_bytes; i++) sum = (sum ^ at[i]) * UINT64_C(1099511628211);
    return sum;
}

static void take_change(void *user, const seg_engine_change *told) {
    story *s = user;
    const seg_change *c = &told->change;
    int64_t facts[] = {c->at,   c->valid_until,    c->segment,    c->entered,
                       c->late, (int64_t)c->cause, c->cause_index};
    s->sum = mix(s->sum, facts, sizeof facts);
    s->sum = mix(s->sum, told->profile.bytes, told->profile.size_bytes);
    s->sum = mix(s->sum, told->message_id.bytes, told->message_id.size_bytes);
    if (s->changes / 64 < 4096) s->numbers[s->changes / 64] = s->sum;
    s->changes++;
}

static void take_refusal(void *user, const seg_record *record, seg_status status, const seg_error *error) {
    story *s = user;
    int64_t facts[] = {(int64_t)record->line, status};
    s->sum = mix(s->sum, facts, sizeof facts);
    s->sum = mix(s->sum, error->message, strlen(error->message));
    s->refusals++;
}

static void take_profile(void *user, seg_text profile) {
    story *s = user;
    s->sum = mix(s->sum, profile.bytes, profile.size_bytes) + 1;
}

/* Visits, plans, merges, erasures, late and early facts, and what is refused: a value that must be there. */
static crowd *crowd_make(uint64_t seed) {
    crowd *c = calloc(1, sizeof *c);
    assert_non_null(c);
    random_bits = seed * UINT64_C(0x9E3779B97F4A7C15);
    int64_t now = START;
    for (uint32_t i = 0; i < RECORDS; i++) {
        seg_record *r = &c->records[i];
        now += dice(200000);
        for (int side = 0; side < 2; side++) snprintf(c->ids[i][side], KEPT_IDS, "u%d", (int)dice(PEOPLE));
        snprintf(c->messages[i], KEPT_IDS, "m%u", i);
        int64_t kind = dice(100);
        *r = (seg_record){.kind = SEG_RECORD_TRACK,
                          .line = i + 1,
                          .time = now,
                          .profile = {c->ids[i][0], strlen(c->ids[i][0])},
                          .message_id = {c->messages[i], strlen(c->messages[i])},
                          .fields = &c->values[i],
                          .settings = &c->settings[i]};
        c->values[i] = (seg_value){.known = true, .as.i = dice(400)};
        if (kind < 3)
            r->time -= dice(400) * HOUR;
        else if (kind < 5)
            r->time += dice(40) * HOUR, now = r->time;
        else if (kind < 12) {
            r->kind = SEG_RECORD_IDENTIFY;
            r->setting_count = 1;
            c->settings[i].value = (seg_value){.known = true, .as.i = dice(2)};
        } else if (kind < 16) {
            r->kind = SEG_RECORD_ALIAS;
            r->previous = (seg_text){c->ids[i][1], strlen(c->ids[i][1])};
        } else if (kind < 17)
            r->kind = SEG_RECORD_DELETE;
        else if (kind < 18)
            c->values[i].known = false; /* refused: a visit has seconds */
        else if (kind == 18 && dice(4) == 0)
            r->event = 7; /* refused: there is none */
    }
    c->end = now;
    return c;
}

static void tell_end(story *s, const seg_engine_counters *c, int64_t now) {
    uint64_t facts[] = {c->profiles, c->facts,       c->duplicates,    c->too_old,       c->future,
                        c->merged,   c->erased,      c->after_erasure, c->alias_ignored, c->changes,
                        c->wakes,    c->state_bytes, (uint64_t)now};
    s->sum = mix(s->sum, facts, sizeof facts);
}

static void run_one(const seg_image *image, const crowd *c, story *s) {
    seg_engine_options options = {
        .mode = SEG_ENGINE_STREAM, .limit = c->end - 90 * HOUR, .on_change = take_change, .user = s};
    seg_engine *engine;
    assert_int_equal(seg_engine_new(&engine, image, &options, NULL), SEG_OK);
    for (size_t i = 0; i < RECORDS; i++) {
        seg_error error = {0};
        seg_status status = seg_engine_apply(engine, &c->records[i], &error);
        if (status == SEG_E_FACT || status == SEG_E_USAGE)
            take_refusal(s, &c->records[i], status, &error);
        else
            assert_int_equal(status, SEG_OK);
    }
    assert_int_equal(seg_engine_advance(engine, c->end + 900 * HOUR, NULL), SEG_OK);
    seg_engine_counters counters;
    seg_engine_counters_get(engine, &counters);
    assert_int_equal(counters.changes, s->changes);
    tell_end(s, &counters, seg_engine_now(engine));
    for (uint32_t i = 0; i < 2; i++) {
        assert_int_equal(seg_engine_members(engine, i, take_profile, s), SEG_OK);
        s->sum += seg_engine_size(engine, i);
    }
    assert_int_equal(seg_engine_profiles(engine, take_profile, s), SEG_OK);
    seg_engine_free(engine);
}

static void run_shards(const seg_image *image, const crowd *c, uint32_t threads, uint32_t wanted, story *s) {
    seg_shards_options options = {.engine = {.mode = SEG_ENGINE_STREAM,
                                             .limit = c->end - 90 * HOUR,
                                             .on_change = take_change,
                                             .user = s},
                                  .threads = threads,
                                  .on_refusal = take_refusal};
    seg_shards *shards;
    assert_int_equal(seg_shards_new(&shards, image, &options, NULL), SEG_OK);
    assert_int_equal(seg_shards_count(shards), wanted);
    for (size_t i = 0; i < RECORDS; i += TOGETHER) {
        size_t count = RECORDS - i < TOGETHER ? RECORDS - i : TOGETHER;
        assert_int_equal(seg_shards_begin(shards, &c->records[i], count, NULL), SEG_OK);
        assert_int_equal(seg_shards_begin(shards, &c->records[i], count, NULL), SEG_E_USAGE);
        assert_int_equal(seg_shards_finish(shards, NULL), SEG_OK);
    }
    assert_int_equal(seg_shards_advance(shards, c->end + 900 * HOUR, NULL), SEG_OK);
    assert_int_equal(seg_shards_advance(shards, c->end, NULL), SEG_E_TIME);
    seg_engine_counters counters;
    seg_shards_counters_get(shards, &counters);
    tell_end(s, &counters, seg_shards_now(shards));
    for (uint32_t i = 0; i < 2; i++) {
        assert_int_equal(seg_shards_members(shards, i, take_profile, s), SEG_OK);
        s->sum += seg_shards_size(shards, i);
    }
    assert_int_equal(seg_shards_profiles(shards, take_profile, s), SEG_OK);
    seg_shards_free(shards);
}

static void compare(const char *source, uint64_t seed, uint32_t threads, uint32_t wanted) {
    seg_image *image = seg_image_of_workspace(source);
    crowd *c = crowd_make(seed);
    story *one = calloc(1, sizeof *one), *several = calloc(1, sizeof *several);
    assert_true(one && several);
    run_one(image, c, one);
    run_shards(image, c, threads, wanted, several);
    assert_true(one->changes > 1000 && one->refusals > 20);
    for (size_t i = 0; i < 4096; i++)
        if (one->numbers[i] != several->numbers[i]) fail_msg("they part before change %zu", 64 * i + 64);
    assert_int_equal(several->changes, one->changes);
    assert_int_equal(several->refusals, one->refusals);
    assert_true(several->sum == one->sum);
    free(one);
    free(several);
    free(c);
    seg_image_free(image);
}

static void several_are_as_one(void **state) {
    (void)state;
    compare(rules, 1, 2, 2);
    compare(rules, 2, 3, 3);
    compare(rules, 3, 1, 1);
}

static void more_threads_than_cores(void **state) {
    (void)state;
    compare(rules, 4, 16, 16);
}

static void who_is_ranked_is_with_all(void **state) {
    (void)state;
    compare(rank_rules, 5, 4, 1);
}

/* Time alone changes far more than is kept to be told. */
static void changes_wait_for_the_listener(void **state) {
    (void)state;
    enum { MANY = 100 * TOGETHER }; /* more than the boxes of three shards hold */
    seg_image *image = seg_image_of_workspace(rules);
    story *s = calloc(1, sizeof *s);
    seg_shards_options options = {
        .engine = {.mode = SEG_ENGINE_STREAM, .limit = SEG_TIME_MAX, .on_change = take_change, .user = s},
        .threads = 3};
    seg_shards *shards;
    assert_non_null(s);
    assert_int_equal(seg_shards_new(&shards, image, &options, NULL), SEG_OK);
    seg_value seconds = {.known = true, .as.i = 3};
    static char ids[TOGETHER][KEPT_IDS];
    static seg_record records[TOGETHER];
    for (size_t i = 0; i < MANY; i += TOGETHER) {
        for (size_t n = 0; n < TOGETHER; n++) {
            int size = snprintf(ids[n], KEPT_IDS, "u%zu", i + n);
            records[n] = (seg_record){
                .profile = {ids[n], (size_t)size}, .time = START + (int64_t)(i + n), .fields = &seconds};
        }
        assert_int_equal(seg_shards_begin(shards, records, TOGETHER, NULL), SEG_OK);
        assert_int_equal(seg_shards_finish(shards, NULL), SEG_OK);
    }
    assert_int_equal(s->changes, MANY);
    assert_int_equal(seg_shards_advance(shards, START + 1000 * HOUR, NULL), SEG_OK);
    assert_int_equal(s->changes, 3 * MANY);
    assert_int_equal(seg_shards_size(shards, 1), MANY);
    const seg_state *gone = seg_shards_state(shards, (seg_text){"u77", 3});
    assert_non_null(gone);
    assert_null(seg_shards_state(shards, (seg_text){"nobody", 6}));
    seg_shards_free(shards);
    free(s);
    seg_image_free(image);
}

/* What was begun and never finished is given back all the same. */
static void shards_end_at_work(void **state) {
    (void)state;
    seg_image *image = seg_image_of_workspace(rules);
    crowd *c = crowd_make(6);
    seg_shards_options options = {.engine = {.mode = SEG_ENGINE_STREAM, .limit = SEG_TIME_MAX}, .threads = 2};
    seg_shards *shards;
    assert_int_equal(seg_shards_new(&shards, image, &options, NULL), SEG_OK);
    assert_int_equal(seg_shards_begin(shards, c->records, RECORDS, NULL), SEG_OK);
    seg_shards_free(shards);
    seg_shards_free(NULL);
    options.threads = 0;
    assert_int_equal(seg_shards_new(&shards, image, &options, NULL), SEG_E_USAGE);
    options.threads = 257;
    assert_int_equal(seg_shards_new(&shards, image, &options, NULL), SEG_E_USAGE);
    options = (seg_shards_options){.engine = {.mode = SEG_ENGINE_BATCH}, .threads = 2};
    assert_int_equal(seg_shards_new(&shards, image, &options, NULL), SEG_E_USAGE);
    assert_null(shards);
    free(c);
    seg_image_free(image);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(several_are_as_one),        cmocka_unit_test(more_threads_than_cores),
        cmocka_unit_test(who_is_ranked_is_with_all), cmocka_unit_test(changes_wait_for_the_listener),
        cmocka_unit_test(shards_end_at_work),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
