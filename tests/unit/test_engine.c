/* The engine: streams and batches of many profiles, time, merges and erasures. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../engine/engine.h"
#include "workspace_image.h"

static const char workspace[] =
    "duplicates within 365d\n"
    "profile { opted_out: bool = false  plan: free | trial | pro = free  score: float? }\n"
    "event visits from \"Visit\" { page: text? }\n"
    "segment at_risk: visits(30d) < 2 and not opted_out\n"
    "segment fresh: any visits(1d)\n"
    "segment trials: plan == trial and not opted_out\n"
    "segment seen: any visits(ever)\n";

enum { AT_RISK, FRESH, SEEN, TRIALS }; /* in the order of their names */
enum { OPTED_OUT, PLAN, SCORE };
#define DAY INT64_C(86400000)
#define START INT64_C(1772323200000) /* 2026-03-01 */

static seg_image *image;

typedef struct story { /* changes as lines: day of March and milliseconds, profile, change, cause, message */
    char text[8192];
    size_t size;
} story;

static void tell_change(void *user, const seg_engine_change *change) {
    static const char *const causes[] = {"event", "attribute", "time", "merge", "erase"};
    static const char *const names[] = {"at_risk", "fresh", "seen", "trials"};
    story *s = user;
    int64_t ms = change->change.at - START;
    int length = snprintf(s->text + s->size, sizeof s->text - s->size, "%lld.%lld %.*s %c%s %s%s %.*s\n",
                          (long long)(ms / DAY), (long long)(ms % DAY), (int)change->profile.size_bytes,
                          change->profile.bytes, change->change.entered ? '+' : '-',
                          names[change->change.segment], causes[change->change.cause],
                          change->change.late ? " late" : "", (int)change->message_id.size_bytes,
                          change->message_id.size_bytes ? change->message_id.bytes : "");
    assert_true(length > 0 && (size_t)length < sizeof s->text - s->size);
    s->size += (size_t)length;
}

static void told(story *s, const char *expected) {
    assert_string_equal(s->text, expected);
    s->text[s->size = 0] = '\0';
}

static void forget(story *s) { s->text[s->size = 0] = '\0'; }

static int open_image(void **state) {
    (void)state;
    image = seg_image_of_workspace(workspace);
    return 0;
}

static int close_image(void **state) {
    (void)state;
    seg_image_free(image);
    return 0;
}

static seg_engine *make(seg_engine_mode mode, int64_t limit, story *s) {
    seg_engine_options options = {.mode = mode, .limit = limit, .on_change = s ? tell_change : NULL,
                                  .user = s};
    seg_engine *engine;
    seg_error error = {0};
    assert_int_equal(seg_engine_new(&engine, image, &options, &error), SEG_OK);
    return engine;
}

static seg_text text_of(const char *terminated) { return (seg_text){terminated, strlen(terminated)}; }

static seg_status send(seg_engine *engine, seg_record_kind kind, const char *profile, const char *other,
                       int64_t time) {
    static const seg_value nothing = {0};
    seg_record record = {.kind = kind, .profile = text_of(profile), .time = time, .fields = &nothing};
    if (kind == SEG_RECORD_ALIAS) record.previous = text_of(other);
    else record.message_id = text_of(other);
    return seg_engine_apply(engine, &record, NULL);
}

static void visit(seg_engine *engine, const char *profile, const char *message, int64_t time) {
    assert_int_equal(send(engine, SEG_RECORD_TRACK, profile, message, time), SEG_OK);
}

static void alias(seg_engine *engine, const char *profile, const char *previous, int64_t time) {
    assert_int_equal(send(engine, SEG_RECORD_ALIAS, profile, previous, time), SEG_OK);
}

static void erase(seg_engine *engine, const char *profile, int64_t time) {
    assert_int_equal(send(engine, SEG_RECORD_DELETE, profile, "del", time), SEG_OK);
}

static void set(seg_engine *engine, const char *profile, const char *message, int64_t time, int count,
                const seg_setting *settings) {
    seg_record record = {.kind = SEG_RECORD_IDENTIFY, .profile = text_of(profile),
                         .message_id = text_of(message),
                         .time = time, .settings = settings, .setting_count = (size_t)count};
    assert_int_equal(seg_engine_apply(engine, &record, NULL), SEG_OK);
}

static void pass(seg_engine *engine, int64_t now) {
    seg_error error = {0};
    assert_int_equal(seg_engine_advance(engine, now, &error), SEG_OK);
    assert_int_equal(seg_engine_now(engine), now);
}

static seg_engine_counters counters_of(const seg_engine *engine) {
    seg_engine_counters counters;
    seg_engine_counters_get(engine, &counters);
    return counters;
}

static void add_id(void *user, seg_text id) {
    strncat(user, id.bytes, id.size_bytes);
    strcat(user, " ");
}

static void expect_members(seg_engine *engine, uint32_t segment, const char *expected) {
    char ids[1024] = "";
    assert_int_equal(seg_engine_members(engine, segment, add_id, ids), SEG_OK);
    assert_string_equal(ids, expected);
    uint64_t count = 0;
    for (const char *c = ids; *c; c++) count += *c == ' ';
    assert_int_equal(seg_engine_size(engine, segment), count);
}

static void expect_profiles(seg_engine *engine, const char *expected) {
    char ids[1024] = "";
    assert_int_equal(seg_engine_profiles(engine, add_id, ids), SEG_OK);
    assert_string_equal(ids, expected);
    uint64_t count = 0;
    for (const char *c = ids; *c; c++) count += *c == ' ';
    assert_int_equal(counters_of(engine).profiles, count);
}

/* ---- Time ---------------------------------------------------------------------------------------- */

static void test_founding_line(void **state) {
    (void)state;
    story s = {0};
    seg_engine *engine = make(SEG_ENGINE_STREAM, SEG_TIME_MAX, &s);
    visit(engine, "ada", "m1", START);
    told(&s, "0.0 ada +at_risk event m1\n0.0 ada +fresh event m1\n0.0 ada +seen event m1\n");
    visit(engine, "ada", "m2", START + 5);
    told(&s, "0.5 ada -at_risk event m2\n");
    pass(engine, START + 40 * DAY);
    told(&s, "1.5 ada -fresh time \n30.0 ada +at_risk time \n");
    visit(engine, "ada", "m3", START + 39 * DAY);
    told(&s, "");
    visit(engine, "ada", "m4", START + 38 * DAY);
    told(&s, "40.0 ada -at_risk event late m4\n");
    seg_engine_counters counters = counters_of(engine);
    assert_int_equal(counters.changes, 7);
    assert_int_equal(counters.facts, 4);
    assert_true(counters.wakes >= 2 && counters.state_bytes > 0);
    seg_engine_free(engine);
}

/* Everybody's deadlines before a record come before it, by instant and then by id. */
static void test_order(void **state) {
    (void)state;
    story s = {0};
    seg_engine *engine = make(SEG_ENGINE_STREAM, SEG_TIME_MAX, &s);
    visit(engine, "zoe", "1", START);
    visit(engine, "bo", "2", START + 2);
    visit(engine, "b", "3", START + 2);
    visit(engine, "eve", "4", START + 2);
    visit(engine, "dan", "5", START + 7);
    forget(&s);
    visit(engine, "new", "6", START + DAY + 7);
    told(&s, "1.0 zoe -fresh time \n1.2 b -fresh time \n1.2 bo -fresh time \n1.2 eve -fresh time \n"
             "1.7 new +at_risk event 6\n1.7 new +fresh event 6\n1.7 new +seen event 6\n");
    pass(engine, START + DAY + 7); /* what is due at the instant itself */
    told(&s, "1.7 dan -fresh time \n");
    seg_engine_free(engine);
}

static void test_time_goes_on_only(void **state) {
    (void)state;
    seg_error error = {0};
    seg_engine *engine = make(SEG_ENGINE_STREAM, SEG_TIME_MAX, NULL);
    visit(engine, "a", "1", START);
    assert_int_equal(seg_engine_now(engine), START);
    visit(engine, "a", "2", START - DAY);
    assert_int_equal(seg_engine_now(engine), START);
    assert_int_equal(seg_engine_advance(engine, START - 1, &error), SEG_E_TIME);
    assert_int_equal(seg_engine_advance(engine, SEG_TIME_MAX + 1, &error), SEG_E_TIME);
    assert_int_equal(seg_engine_settle(engine, &error), SEG_E_USAGE);
    pass(engine, SEG_TIME_MAX);
    seg_engine_free(engine);
}

/* Facts beyond the limit are known, and count once time has come. */
static void test_future(void **state) {
    (void)state;
    story s = {0};
    seg_engine *engine = make(SEG_ENGINE_STREAM, START + DAY, &s);
    visit(engine, "b", "1", START);
    forget(&s);
    visit(engine, "a", "2", START + 3 * DAY);
    visit(engine, "b", "3", START + 2 * DAY);
    assert_int_equal(seg_engine_now(engine), START + DAY);
    told(&s, "1.0 b -fresh event 3\n"); /* it was due at the very instant at which b is looked at */
    expect_profiles(engine, "b ");
    expect_members(engine, SEEN, "b ");
    assert_null(seg_engine_state(engine, text_of("a")));
    assert_int_equal(counters_of(engine).future, 2);
    pass(engine, START + 3 * DAY);
    told(&s, "2.0 b -at_risk time \n2.0 b +fresh time \n3.0 a +at_risk time \n"
             "3.0 a +fresh time \n3.0 a +seen time \n3.0 b -fresh time \n");
    expect_profiles(engine, "a b ");
    assert_non_null(seg_engine_state(engine, text_of("a")));
    seg_engine_free(engine);
}

/* ---- Attributes ---------------------------------------------------------------------------------- */

/* What one record says is known at once: nobody is in `trials` for an instant. */
static void test_settings_together(void **state) {
    (void)state;
    story s = {0};
    seg_engine *engine = make(SEG_ENGINE_STREAM, SEG_TIME_MAX, &s);
    seg_setting both[2] = {{PLAN, {.known = true, .as.i = 1}}, {OPTED_OUT, {.known = true, .as.i = 1}}};
    set(engine, "a", "m1", START, 2, both);
    told(&s, "");
    expect_profiles(engine, "a ");
    both[1].value.as.i = 0;
    set(engine, "a", "m2", START + 1, 2, both);
    told(&s, "0.1 a +at_risk attribute m2\n0.1 a +trials attribute m2\n");
    seg_setting one = {PLAN, {.known = true, .as.i = 2}};
    set(engine, "a", "m3", START + 2, 1, &one);
    told(&s, "0.2 a -trials attribute m3\n");
    set(engine, "a", "m2", START + 1, 2, both); /* again: nothing */
    told(&s, "");
    assert_int_equal(counters_of(engine).duplicates, 2);
    assert_int_equal(counters_of(engine).facts, 5);
    one.value.known = false; /* back to its default */
    set(engine, "a", "m4", START + 3, 1, &one);
    told(&s, "");
    set(engine, "nobody", "m5", START + 3, 0, NULL); /* says nothing */
    expect_profiles(engine, "a ");
    seg_engine_free(engine);
}

/* ---- Merges -------------------------------------------------------------------------------------- */

static void test_merge(void **state) {
    (void)state;
    story s = {0};
    seg_engine *engine = make(SEG_ENGINE_STREAM, SEG_TIME_MAX, &s);
    visit(engine, "old", "1", START);
    visit(engine, "new", "2", START + 1);
    forget(&s);
    seg_record record = {.kind = SEG_RECORD_ALIAS, .profile = text_of("new"), .previous = text_of("old"),
                         .message_id = text_of("ali"), .time = START + 2};
    assert_int_equal(seg_engine_apply(engine, &record, NULL), SEG_OK);
    told(&s, "0.2 new -at_risk merge ali\n0.2 old -at_risk merge ali\n0.2 old -fresh merge ali\n"
             "0.2 old -seen merge ali\n");
    expect_members(engine, SEEN, "new ");
    expect_profiles(engine, "new ");
    const uint8_t *old = seg_engine_state(engine, text_of("old"))->bytes;
    assert_ptr_equal(old, seg_engine_state(engine, text_of("new"))->bytes);
    pass(engine, START + 30 * DAY);
    told(&s, "1.1 new -fresh time \n30.0 new +at_risk time \n");
    visit(engine, "old", "3", START + 31 * DAY); /* later facts of the old id are the new one's */
    told(&s, "31.0 new +fresh event 3\n");
    assert_int_equal(counters_of(engine).merged, 1);
    seg_engine_free(engine);
}

/* A profile with facts in the future only is not there yet, whoever it becomes. */
static void test_merge_before_birth(void **state) {
    (void)state;
    seg_engine *engine = make(SEG_ENGINE_STREAM, START + DAY, NULL);
    visit(engine, "b", "1", START + DAY);
    visit(engine, "a", "2", START + 5 * DAY);
    alias(engine, "c", "a", START + DAY); /* a fresh one */
    expect_profiles(engine, "b ");
    assert_null(seg_engine_state(engine, text_of("c")));
    visit(engine, "a", "3", START + 3 * DAY); /* an earlier birth */
    visit(engine, "d", "4", START + 4 * DAY);
    alias(engine, "d", "c", START + DAY); /* the earlier of two */
    visit(engine, "e", "5", START + 9 * DAY);
    alias(engine, "e", "b", START + DAY); /* one that is there */
    expect_profiles(engine, "e ");
    assert_int_equal(counters_of(engine).profiles, 1);
    pass(engine, START + 3 * DAY - 1);
    expect_profiles(engine, "e ");
    pass(engine, START + 3 * DAY);
    expect_profiles(engine, "d e ");
    assert_int_equal(counters_of(engine).profiles, 2);
    erase(engine, "d", START + 3 * DAY);
    expect_profiles(engine, "e ");
    visit(engine, "d", "6", START + 3 * DAY + 1); /* is later than now: it begins anew, not yet */
    expect_profiles(engine, "e ");
    pass(engine, START + 4 * DAY);
    expect_profiles(engine, "d e ");
    seg_engine_free(engine);
}

static void test_merge_chains(void **state) {
    (void)state;
    seg_engine *engine = make(SEG_ENGINE_STREAM, SEG_TIME_MAX, NULL);
    alias(engine, "b", "a", START);     /* both unknown */
    expect_profiles(engine, "");
    visit(engine, "a", "1", START);     /* is b's */
    expect_profiles(engine, "b ");
    alias(engine, "c", "b", START);     /* a known one becomes an unknown one */
    expect_profiles(engine, "c ");
    expect_members(engine, SEEN, "c ");
    visit(engine, "a", "2", START);
    expect_members(engine, AT_RISK, "");
    alias(engine, "a", "c", START);     /* a circle */
    alias(engine, "c", "a", START);     /* known by now */
    alias(engine, "d", "d", START);     /* itself */
    seg_engine_counters counters = counters_of(engine);
    assert_int_equal(counters.alias_ignored, 3);
    assert_int_equal(counters.merged, 2);
    alias(engine, "a", "e", START);     /* into whom `a` leads to */
    visit(engine, "e", "3", START);
    expect_profiles(engine, "c ");
    char id[16];
    for (int i = 0; i < 1000; i++) { /* a long chain */
        char next[16];
        snprintf(id, sizeof id, "x%d", i);
        snprintf(next, sizeof next, "x%d", i + 1);
        alias(engine, next, id, START);
    }
    visit(engine, "x0", "4", START);
    expect_profiles(engine, "c x1000 ");
    alias(engine, "x500", "c", START);
    expect_profiles(engine, "x1000 ");
    const uint8_t *bytes = seg_engine_state(engine, text_of("a"))->bytes;
    assert_ptr_equal(bytes, seg_engine_state(engine, text_of("x7"))->bytes);
    seg_engine_free(engine);
}

/* ---- Erasures ------------------------------------------------------------------------------------ */

static void test_erase(void **state) {
    (void)state;
    story s = {0};
    seg_engine *engine = make(SEG_ENGINE_STREAM, SEG_TIME_MAX, &s);
    visit(engine, "a", "1", START);
    forget(&s);
    erase(engine, "a", START + 10);
    told(&s, "0.10 a -at_risk erase del\n0.10 a -fresh erase del\n0.10 a -seen erase del\n");
    expect_profiles(engine, "");
    assert_null(seg_engine_state(engine, text_of("a")));
    visit(engine, "a", "1", START);          /* sent again */
    visit(engine, "a", "2", START + 10);     /* at the instant itself */
    erase(engine, "a", START + 10);          /* the same erasure again */
    expect_profiles(engine, "");
    visit(engine, "a", "3", START + 11);     /* begins afresh */
    told(&s, "0.11 a +at_risk event 3\n0.11 a +fresh event 3\n0.11 a +seen event 3\n");
    erase(engine, "a", START + 9);           /* an older one has nothing left to erase */
    expect_profiles(engine, "a ");
    erase(engine, "unknown", START + 12);
    visit(engine, "unknown", "4", START + 5);
    expect_profiles(engine, "a ");
    seg_engine_counters counters = counters_of(engine);
    assert_int_equal(counters.erased, 1);
    assert_int_equal(counters.after_erasure, 3);
    assert_int_equal(counters.duplicates, 2);
    pass(engine, START + 60 * DAY); /* the calendar holds nothing of the erased */
    seg_engine_free(engine);
}

/* Whoever was one person is erased under every id, and no merge comes back. */
static void test_erase_merged(void **state) {
    (void)state;
    seg_engine *engine = make(SEG_ENGINE_STREAM, SEG_TIME_MAX, NULL);
    visit(engine, "a", "1", START);
    visit(engine, "b", "2", START);
    visit(engine, "c", "3", START);
    visit(engine, "other", "4", START);
    alias(engine, "b", "a", START + 1);
    alias(engine, "c", "b", START + 2);
    erase(engine, "a", START + 5);
    expect_profiles(engine, "other ");
    visit(engine, "b", "2", START);
    visit(engine, "c", "3", START);
    alias(engine, "b", "a", START + 1);
    assert_int_equal(counters_of(engine).after_erasure, 3);
    expect_profiles(engine, "other ");
    visit(engine, "a", "5", START + 6);
    visit(engine, "c", "6", START + 7);
    expect_profiles(engine, "a c other ");
    seg_engine_free(engine);
}

/* Merges and erasures beyond the limit wait for their time, in its order. */
static void test_waiting(void **state) {
    (void)state;
    story s = {0};
    seg_engine *engine = make(SEG_ENGINE_STREAM, START + 10, &s);
    visit(engine, "a", "1", START);
    visit(engine, "b", "2", START + 1);
    forget(&s);
    erase(engine, "b", START + 3 * DAY);
    alias(engine, "b", "a", START + 2 * DAY);
    erase(engine, "nobody", START + 9 * DAY);
    told(&s, "");
    expect_profiles(engine, "a b ");
    assert_int_equal(counters_of(engine).future, 3);
    pass(engine, START + 2 * DAY - 1);
    told(&s, "1.0 a -fresh time \n1.1 b -fresh time \n");
    pass(engine, START + 5 * DAY);
    told(&s, "2.0 b -at_risk merge \n2.0 a -at_risk merge \n2.0 a -seen merge \n3.0 b -seen erase del\n");
    expect_profiles(engine, "");
    seg_engine_free(engine); /* one still waits */
}

/* ---- Batches ------------------------------------------------------------------------------------- */

static void test_batch(void **state) {
    (void)state;
    story s = {0};
    seg_engine *engine = make(SEG_ENGINE_BATCH, START + 40 * DAY, &s);
    assert_int_equal(seg_engine_now(engine), START + 40 * DAY);
    visit(engine, "b", "1", START + 39 * DAY + 1);
    visit(engine, "a", "2", START);
    visit(engine, "b", "3", START + 20 * DAY);
    visit(engine, "b", "3", START + 20 * DAY);
    visit(engine, "c", "4", START + 41 * DAY);
    seg_setting plan = {PLAN, {.known = true, .as.i = 1}};
    set(engine, "d", "5", START, 1, &plan);
    visit(engine, "e", "6", START);
    alias(engine, "a", "e", START + 1);
    visit(engine, "f", "7", START);
    erase(engine, "f", START + 2);
    seg_error error = {0};
    assert_int_equal(seg_engine_advance(engine, START + 50 * DAY, &error), SEG_E_USAGE);
    assert_int_equal(seg_engine_settle(engine, &error), SEG_OK);
    expect_members(engine, AT_RISK, "a d ");
    expect_members(engine, FRESH, "b ");
    expect_members(engine, TRIALS, "d ");
    expect_members(engine, SEEN, "a b ");
    expect_profiles(engine, "a b d ");
    told(&s, "");
    seg_engine_counters counters = counters_of(engine);
    assert_int_equal(counters.duplicates, 1);
    assert_int_equal(counters.future, 1);
    assert_int_equal(counters.merged, 1);
    assert_int_equal(counters.erased, 1);
    visit(engine, "a", "8", START + 40 * DAY); /* and once more */
    assert_int_equal(seg_engine_settle(engine, &error), SEG_OK);
    expect_members(engine, FRESH, "a b ");
    seg_engine_free(engine);
}

static void test_empty(void **state) {
    (void)state;
    for (int mode = 0; mode < 2; mode++) {
        seg_engine *engine = make(mode ? SEG_ENGINE_STREAM : SEG_ENGINE_BATCH, START, NULL);
        expect_profiles(engine, "");
        expect_members(engine, SEEN, "");
        assert_int_equal(seg_engine_members(engine, 99, add_id, NULL), SEG_E_USAGE);
        assert_int_equal(seg_engine_size(engine, 99), 0);
        assert_null(seg_engine_state(engine, text_of("a")));
        if (mode) pass(engine, START + 1);
        else assert_int_equal(seg_engine_settle(engine, NULL), SEG_OK);
        seg_engine_free(engine);
    }
    seg_engine_free(NULL);
}

/* ---- What is refused ----------------------------------------------------------------------------- */

static void test_bad_records(void **state) {
    (void)state;
    seg_engine *engine = make(SEG_ENGINE_STREAM, SEG_TIME_MAX, NULL);
    seg_value nothing = {0};
    seg_setting setting = {99, {0}};
    seg_record good = {.kind = SEG_RECORD_TRACK, .profile = text_of("a"), .time = START, .fields = &nothing};
    seg_record bad[6];
    for (int i = 0; i < 6; i++) bad[i] = good;
    bad[0].event = 1;
    bad[1].profile.size_bytes = 0;
    bad[2].time = SEG_TIME_MAX + 1;
    bad[3].time = SEG_TIME_MIN - 1;
    bad[4].kind = SEG_RECORD_ALIAS;
    bad[5] = (seg_record){.kind = SEG_RECORD_IDENTIFY, .profile = good.profile, .time = START,
                          .settings = &setting, .setting_count = 1};
    for (int i = 0; i < 6; i++) {
        seg_error error = {0};
        seg_status expected = i == 2 || i == 3 ? SEG_E_TIME : SEG_E_USAGE;
        assert_int_equal(seg_engine_apply(engine, &bad[i], &error), expected);
        assert_int_equal(error.status, expected);
        assert_true(error.message[0] != '\0');
    }
    expect_profiles(engine, "");
    seg_engine_free(engine);
    seg_engine_options options = {.mode = SEG_ENGINE_STREAM, .limit = SEG_TIME_MAX + 1};
    assert_int_equal(seg_engine_new(&engine, image, &options, NULL), SEG_E_TIME);
    assert_null(engine);
}

static void test_profile_limit(void **state) {
    (void)state;
    seg_engine_options options = {.mode = SEG_ENGINE_STREAM, .limit = SEG_TIME_MAX,
                                  .profile_limit_bytes = 1024};
    seg_engine *engine;
    assert_int_equal(seg_engine_new(&engine, image, &options, NULL), SEG_OK);
    for (int i = 0; i < 1000; i++) {
        char message[16];
        snprintf(message, sizeof message, "m%d", i);
        visit(engine, "a", message, START + i);
    }
    seg_engine_counters counters = counters_of(engine);
    assert_true(counters.over_limit > 0 && counters.facts + counters.over_limit == 1000);
    assert_true(counters.state_bytes < 8192);
    visit(engine, "b", "m", START + 2000);
    assert_int_equal(counters_of(engine).facts, counters.facts + 1);
    seg_engine_free(engine);
}

/* The first that is refused ends the call; what came before it is in. */
static void test_together(void **state) {
    (void)state;
    seg_engine *engine = make(SEG_ENGINE_STREAM, SEG_TIME_MAX, NULL);
    seg_value nothing = {0};
    seg_record records[30];
    for (int i = 0; i < 30; i++)
        records[i] = (seg_record){.kind = SEG_RECORD_TRACK, .profile = text_of(i % 2 ? "a" : "b"),
                                  .time = START + i, .fields = &nothing};
    records[27].event = 1;
    size_t applied = 99;
    assert_int_equal(seg_engine_apply_all(engine, records, 30, &applied, NULL), SEG_E_USAGE);
    assert_int_equal(applied, 27);
    assert_int_equal(seg_engine_now(engine), START + 26);
    assert_int_equal(counters_of(engine).facts, 27);
    assert_int_equal(seg_engine_apply_all(engine, records + 28, 2, &applied, NULL), SEG_OK);
    assert_int_equal(applied, 2);
    assert_int_equal(seg_engine_apply_all(engine, records, 0, &applied, NULL), SEG_OK);
    assert_int_equal(applied, 0);
    expect_profiles(engine, "a b ");
    seg_engine_free(engine);
}

/* ---- The same for every seed, and in little memory ----------------------------------------------- */

static uint64_t next_random(uint64_t *random) {
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    return *random >> 11;
}

typedef struct digest {
    uint64_t changes, sum;
    int64_t at;
} digest;

static void digest_change(void *user, const seg_engine_change *change) {
    digest *d = user;
    assert_true(change->change.at >= d->at);
    d->at = change->change.at;
    d->changes++;
    for (size_t i = 0; i < change->profile.size_bytes; i++)
        d->sum = (d->sum ^ (unsigned char)change->profile.bytes[i]) * UINT64_C(1099511628211);
    d->sum = (d->sum ^ (uint64_t)change->change.at ^ change->change.segment) * UINT64_C(1099511628211);
}

static void count_profile(void *user, seg_text id) {
    (void)id;
    ++*(uint64_t *)user;
}

enum { CROWD_TOGETHER = 100 };

typedef struct crowd { /* records on their way into an engine */
    seg_engine *engine;
    seg_record records[CROWD_TOGETHER];
    char ids[CROWD_TOGETHER][2][24];
    size_t count, together;
} crowd;

static seg_status send_crowd(crowd *c) {
    size_t applied = 0, count = c->count;
    c->count = 0;
    if (c->together == 1) return seg_engine_apply(c->engine, &c->records[0], NULL);
    seg_status status = seg_engine_apply_all(c->engine, c->records, count, &applied, NULL);
    assert_true(status == SEG_OK ? applied == count : applied < count);
    return status;
}

/* Many profiles on few instants, so that order by id counts; some are merged and erased on the way. */
static void add_to_crowd(crowd *c, uint64_t *random, int i) {
    static const seg_value nothing = {0};
    char *id = c->ids[c->count][0], *other = c->ids[c->count][1];
    snprintf(id, sizeof c->ids[0][0], "p%llu", (unsigned long long)(next_random(random) % 3000));
    snprintf(other, sizeof c->ids[0][0], "p%llu", (unsigned long long)(next_random(random) % 3000));
    uint64_t dice = next_random(random) % 1000;
    seg_record_kind kind = dice < 5 ? SEG_RECORD_ALIAS : dice < 8 ? SEG_RECORD_DELETE : SEG_RECORD_TRACK;
    int64_t late = (int64_t)(next_random(random) % 100 == 0 ? 5 * DAY : 0);
    c->records[c->count++] = (seg_record){.kind = kind,
                                          .profile = text_of(id),
                                          .previous = text_of(kind == SEG_RECORD_ALIAS ? other : ""),
                                          .time = START + (i / 100 * 100) * (DAY / 300) - late,
                                          .fields = &nothing};
}

static digest run_crowd(const seg_allocator *allocator, int facts, size_t together, seg_status *status) {
    digest d = {.at = SEG_TIME_MIN};
    seg_engine_options options = {.mode = SEG_ENGINE_STREAM, .limit = SEG_TIME_MAX,
                                  .on_change = digest_change,
                                  .user = &d, .allocator = allocator};
    crowd c = {.together = together};
    uint64_t random = 88172645463325252u;
    *status = seg_engine_new(&c.engine, image, &options, NULL);
    for (int i = 0; *status == SEG_OK && i < facts; i++) {
        add_to_crowd(&c, &random, i);
        if (c.count == together || i + 1 == facts) *status = send_crowd(&c);
    }
    if (*status == SEG_OK) *status = seg_engine_advance(c.engine, START + 1000 * DAY, NULL);
    uint64_t count = 0;
    if (*status == SEG_OK) *status = seg_engine_profiles(c.engine, count_profile, &count);
    d.sum ^= count;
    seg_engine_free(c.engine);
    return d;
}

typedef struct meter { /* an allocator that counts, and fails once `left` is used up */
    size_t used, most, calls, left;
} meter;

static void *metered(void *user, void *block, size_t old_bytes, size_t new_bytes) {
    meter *m = user;
    if (new_bytes > 0) {
        m->calls++;
        if (m->left == 0) return NULL;
        m->left--;
    }
    m->used += new_bytes - old_bytes;
    if (m->used > m->most) m->most = m->used;
    if (new_bytes > 0) return realloc(block, new_bytes);
    free(block);
    return NULL;
}

static void test_same_for_every_seed(void **state) {
    (void)state;
    seg_status status;
    digest first = run_crowd(NULL, 60000, 1, &status);
    assert_int_equal(status, SEG_OK);
    assert_true(first.changes > 10000);
    for (int i = 0; i < 3; i++) {
        void *aside = malloc(100000 << i); /* engines in other places hash otherwise */
        digest again = run_crowd(NULL, 60000, i == 0 ? CROWD_TOGETHER : i == 1 ? 7 : 1, &status);
        assert_true(again.changes == first.changes && again.sum == first.sum);
        free(aside);
    }
}

static void test_no_memory(void **state) {
    (void)state;
    meter m = {.left = SIZE_MAX};
    seg_allocator allocator = {metered, &m};
    seg_status status;
    digest whole = run_crowd(&allocator, 3000, 40, &status);
    assert_int_equal(status, SEG_OK);
    assert_int_equal(m.used, 0);
    size_t calls = m.calls;
    for (size_t n = 0; n < calls; n += n < 60 ? 1 : 1 + calls / 200) {
        m = (meter){.left = n};
        digest part = run_crowd(&allocator, 3000, 40, &status);
        assert_int_equal(status, SEG_E_MEMORY);
        assert_true(part.changes <= whole.changes);
        assert_int_equal(m.used, 0);
    }
}

/* Deadlines that move do not pile up in the calendar. */
static void test_calendar_stays_small(void **state) {
    (void)state;
    meter m = {.left = SIZE_MAX};
    seg_allocator allocator = {metered, &m};
    seg_engine_options options = {.mode = SEG_ENGINE_STREAM, .limit = SEG_TIME_MAX, .allocator = &allocator};
    seg_engine *engine;
    assert_int_equal(seg_engine_new(&engine, image, &options, NULL), SEG_OK);
    size_t early = 0;
    seg_setting setting = {OPTED_OUT, {.known = true}};
    for (int i = 0; i < 200000; i++) {
        setting.value.as.i = i & 1;
        if (i % 2) visit(engine, "a", "", START + i * (DAY / 50));
        else set(engine, "a", "", START + i * (DAY / 50), 1, &setting);
        if (i == 20000) early = m.used;
    }
    assert_true(m.used < early + 100000);
    seg_engine_free(engine);
    assert_int_equal(m.used, 0);
}

static void add_size(void *user, seg_text id) {
    size_t *sum = user;
    for (size_t i = 0; i < id.size_bytes; i++)
        if (id.bytes[i] != (char)('a' + i % 7)) fail_msg("an id of %zu bytes is another one", id.size_bytes);
    *sum += id.size_bytes;
}

/* Ids are kept in blocks, behind their sizes: those that fill one, and those that do not fit into one. */
static void test_ids_of_all_sizes(void **state) {
    (void)state;
    static const size_t sizes[] = {254, 255, 256, 32762, 32763, 32764, 40000, 5, 32767, 32768, 300};
    enum { IDS = sizeof sizes / sizeof *sizes };
    static char bytes[40000];
    static const seg_value nothing = {0};
    size_t sum = 0, wanted = 0;
    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (char)('a' + i % 7);
    seg_engine *engine = make(SEG_ENGINE_STREAM, SEG_TIME_MAX, NULL);
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < IDS; i++) {
            const seg_record record = {.kind = SEG_RECORD_TRACK,
                                       .profile = {bytes, sizes[i]},
                                       .time = START + round,
                                       .fields = &nothing};
            assert_int_equal(seg_engine_apply(engine, &record, NULL), SEG_OK);
        }
    assert_int_equal(seg_engine_profiles(engine, add_size, &sum), SEG_OK);
    assert_int_equal(counters_of(engine).profiles, IDS);
    for (int i = 0; i < IDS; i++) wanted += sizes[i];
    assert_int_equal(sum, wanted);
    seg_engine_free(engine);
}

/* States that grow beyond all shelves stand by themselves, are merged and erased there, and small ones come
 * back to shelves. */
static void test_large_states(void **state) {
    (void)state;
    static const char *const ids[] = {"a", "b", "c"};
    enum { MESSAGES = 300, MESSAGE_BYTES = 16 };
    seg_engine *engine = make(SEG_ENGINE_STREAM, SEG_TIME_MAX, NULL);
    for (int round = 0; round < 2; round++) {
        int64_t begin = START + round * 2 * DAY;
        for (int i = 0; i < MESSAGES; i++)
            for (int person = 0; person < 3; person++) {
                char message[40];
                snprintf(message, sizeof message, "%d.%d.%d", round, i, person);
                visit(engine, ids[person], message, begin + i);
                visit(engine, ids[person], message, begin + i);
            }
        seg_engine_counters counters = counters_of(engine);
        assert_int_equal(counters.facts, (round + 1) * 3 * MESSAGES);
        assert_int_equal(counters.duplicates, (round + 1) * 3 * MESSAGES);
        assert_in_range(counters.state_bytes, 3 * MESSAGES * MESSAGE_BYTES, 3 * 16384);
        expect_members(engine, FRESH, "a b c ");
        alias(engine, "b", "a", begin + DAY / 2);
        expect_members(engine, FRESH, "b c ");
        assert_in_range(counters_of(engine).state_bytes, 3 * MESSAGES * MESSAGE_BYTES, 3 * 16384);
        erase(engine, "a", begin + DAY);
        erase(engine, "c", begin + DAY);
        assert_int_equal(counters_of(engine).state_bytes, 0);
        expect_profiles(engine, "");
    }
    visit(engine, "c", "small", START + 5 * DAY);
    assert_in_range(counters_of(engine).state_bytes, 1, 256);
    expect_profiles(engine, "c ");
    seg_engine_free(engine);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_founding_line),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_time_goes_on_only),
        cmocka_unit_test(test_future),
        cmocka_unit_test(test_settings_together),
        cmocka_unit_test(test_merge),
        cmocka_unit_test(test_merge_before_birth),
        cmocka_unit_test(test_merge_chains),
        cmocka_unit_test(test_erase),
        cmocka_unit_test(test_erase_merged),
        cmocka_unit_test(test_waiting),
        cmocka_unit_test(test_batch),
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_bad_records),
        cmocka_unit_test(test_together),
        cmocka_unit_test(test_profile_limit),
        cmocka_unit_test(test_same_for_every_seed),
        cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_calendar_stays_small),
        cmocka_unit_test(test_ids_of_all_sizes),
        cmocka_unit_test(test_large_states),
    };
    return cmocka_run_group_tests(tests, open_image, close_image);
}
