/* Who belongs together: the others of an instant, who comes, goes, is merged, erased or not born yet; several
 * who change at once; a host that counts nobody. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../engine/engine.h"
#include "../../runtime/image.h"

#include "workspace_image.h"

#define HOUR INT64_C(3600000)
#define DAY (24 * HOUR)
#define START INT64_C(1772323200000) /* 2026-03-01 */

static const char workspace[] = "profile { firm: text? }\n"
                                "event visits from \"Visit\" {}\n"
                                "group firm_of by firm\n"
                                "segment active: any visits(7d)\n"
                                "segment alone: in active and no other firm_of member in active\n"
                                "segment crowd: count of firm_of members >= 3\n"
                                "segment gone: no visits(7d) and no other firm_of member in active\n"
                                "segment whole: every firm_of member in active\n";

enum { ACTIVE, ALONE, CROWD, GONE, WHOLE }; /* in the order of their names */

typedef struct log { /* of changes: "+a1" when a enters segment 1, "-a1" when it exits; then the cause */
    char text[1024];
    seg_change last;
    char message[16];
} log;

static seg_text text_of(const char *terminated) { return (seg_text){terminated, strlen(terminated)}; }

static void on_change(void *user, const seg_engine_change *change) {
    static const char causes[] = {'e', 'a', 't', 'm', 'x', 'r', 'g'};
    log *l = user;
    char word[8] = {change->change.entered ? '+' : '-', change->profile.bytes[0],
                    (char)('0' + change->change.segment), causes[change->change.cause], ' '};
    strcat(l->text, word);
    l->last = change->change;
    snprintf(l->message, sizeof l->message, "%.*s", (int)change->message_id.size_bytes,
             change->message_id.bytes);
}

static seg_engine *make(const seg_image *image, seg_engine_mode mode, int64_t limit, log *l) {
    seg_engine_options options = {.mode = mode, .limit = limit, .on_change = l ? on_change : NULL, .user = l};
    seg_engine *engine;
    assert_int_equal(seg_engine_new(&engine, image, &options, NULL), SEG_OK);
    return engine;
}

static void say(seg_engine *engine, seg_record_kind kind, const char *profile, const char *other,
                int64_t time) {
    seg_setting setting = {0, {.known = other != NULL, .as.text = text_of(other ? other : "")}};
    char message[32];
    snprintf(message, sizeof message, "m%lld", (long long)(time - START));
    seg_record record = {.kind = kind,
                         .profile = text_of(profile),
                         .message_id = text_of(message),
                         .time = time,
                         .settings = &setting,
                         .setting_count = kind == SEG_RECORD_IDENTIFY};
    if (kind == SEG_RECORD_ALIAS) record.previous = text_of(other);
    assert_int_equal(seg_engine_apply(engine, &record, NULL), SEG_OK);
}

static void join(seg_engine *engine, const char *profile, const char *firm, int64_t time) {
    say(engine, SEG_RECORD_IDENTIFY, profile, firm, time);
}
static void visit(seg_engine *engine, const char *profile, int64_t time) {
    say(engine, SEG_RECORD_TRACK, profile, NULL, time);
}

static void pass(seg_engine *engine, int64_t now) {
    assert_int_equal(seg_engine_advance(engine, now, NULL), SEG_OK);
}

static void expect(log *l, const char *changes) {
    assert_string_equal(l->text, changes);
    l->text[0] = '\0';
}

static void add_id(void *user, seg_text id) { strncat(user, id.bytes, id.size_bytes); }

static void expect_members(seg_engine *engine, uint32_t segment, const char *members) {
    char ids[64] = "";
    assert_int_equal(seg_engine_members(engine, segment, add_id, ids), SEG_OK);
    assert_string_equal(ids, members);
}

/* ---- Streams ------------------------------------------------------------------------------------- */

static void test_neighbours(void **state) {
    (void)state;
    seg_image *image = seg_image_of_workspace(workspace);
    log l = {.text = ""};
    seg_engine *engine = make(image, SEG_ENGINE_STREAM, SEG_TIME_MAX, &l);
    visit(engine, "a", START); /* in no group: alone, and whole */
    expect(&l, "+a0e +a1e +a4e ");
    join(engine, "b", "x", START + 1);
    expect(&l, "+b3a ");
    join(engine, "a", "x", START + 2); /* b is not active, so the firm is not whole, and b has company */
    expect(&l, "-a4a -b3g ");
    assert_string_equal(l.message, "m2");
    assert_int_equal(l.last.valid_until, START + 7 * DAY); /* when a is active no more */
    visit(engine, "b", START + DAY);
    expect(&l, "+b0e +b4e -a1g +a4g ");
    join(engine, "c", "x", START + 2 * DAY);
    expect(&l, "+c2a +a2g -a4g +b2g -b4g ");
    seg_engine_free(engine);
    seg_image_free(image);
}

static void test_same_instant(void **state) {
    (void)state;
    seg_image *image = seg_image_of_workspace(workspace);
    log l = {.text = ""};
    seg_engine *engine = make(image, SEG_ENGINE_STREAM, SEG_TIME_MAX, &l);
    join(engine, "a", "x", START);
    join(engine, "b", "x", START);
    visit(engine, "a", START);
    visit(engine, "b", START);
    l.text[0] = '\0';
    pass(engine, START + 7 * DAY - 1);
    expect(&l, "");
    pass(engine, START + 7 * DAY); /* neither is alone for a moment */
    expect(&l, "-a0t -b0t +a3t -a4t +b3t -b4t ");
    seg_engine_free(engine);
    seg_image_free(image);
}

/* Who is due at the instant of a neighbour's change, and has a fact of its own then, learns of both. */
static void test_due_neighbour(void **state) {
    (void)state;
    seg_image *image = seg_image_of_workspace(workspace);
    seg_engine *engine = make(image, SEG_ENGINE_STREAM, SEG_TIME_MAX, NULL);
    join(engine, "a", "x", START - 2);
    join(engine, "b", "x", START - 1);
    visit(engine, "a", START);
    visit(engine, "b", START + 7 * DAY); /* the visit of a is too old from here on */
    visit(engine, "a", START + 7 * DAY);
    expect_members(engine, WHOLE, "ab");
    pass(engine, START + 7 * DAY);
    expect_members(engine, WHOLE, "ab");
    expect_members(engine, ALONE, "");
    seg_engine_free(engine);
    seg_image_free(image);
}

static void test_identity(void **state) {
    (void)state;
    seg_image *image = seg_image_of_workspace(workspace);
    log l = {.text = ""};
    seg_engine *engine = make(image, SEG_ENGINE_STREAM, SEG_TIME_MAX, &l);
    static const char *const ids[] = {"a", "b", "c", "d"};
    for (int i = 0; i < 4; i++) join(engine, ids[i], "x", START);
    visit(engine, "a", START);
    visit(engine, "b", START);
    l.text[0] = '\0';
    say(engine, SEG_RECORD_ALIAS, "b", "a", START + 1); /* they are one: b is alone with what both did */
    expect(&l, "+b1m -a0m -a2m ");
    expect_members(engine, CROWD, "bcd");
    say(engine, SEG_RECORD_DELETE, "b", NULL, START + 2);
    expect_members(engine, CROWD, "");
    expect_members(engine, GONE, "cd");
    join(engine, "d", NULL, START + 3); /* in no group any more */
    join(engine, "c", "y", START + 4);
    visit(engine, "d", START + 5);
    expect_members(engine, GONE, "c");
    expect_members(engine, ALONE, "d");
    seg_engine_free(engine);
    seg_image_free(image);
}

/* Who is known of before its time counts from then, and not before. */
static void test_unborn(void **state) {
    (void)state;
    seg_image *image = seg_image_of_workspace(workspace);
    log l = {.text = ""};
    seg_engine *engine = make(image, SEG_ENGINE_STREAM, START + 10, &l);
    join(engine, "b", "x", START + DAY);
    visit(engine, "b", START + 2 * DAY);
    join(engine, "a", "x", START);
    expect(&l, "+a3a ");
    assert_int_equal(l.last.valid_until, START + 2 * DAY);
    visit(engine, "a", START + 5);
    expect(&l, "+a0e +a1e -a3e +a4e ");
    assert_int_equal(l.last.segment, WHOLE);
    assert_int_equal(l.last.valid_until, START + DAY);
    pass(engine, START + DAY);
    expect(&l, "-a4g "); /* one who is not active */
    pass(engine, START + 2 * DAY);
    expect(&l, "+b0t -a1g +a4g +b4t ");
    seg_engine_free(engine);
    seg_image_free(image);
}

/* ---- Batches and hosts --------------------------------------------------------------------------- */

static void test_batch(void **state) {
    (void)state;
    seg_image *image = seg_image_of_workspace(workspace);
    seg_engine *engine = make(image, SEG_ENGINE_BATCH, START + DAY, NULL);
    assert_int_equal(seg_engine_settle(engine, NULL), SEG_OK); /* nobody */
    char id[2] = "a";
    for (int i = 0; i < 26; i++, id[0]++) join(engine, id, i % 2 ? "odd" : "even", START + i);
    visit(engine, "c", START);
    visit(engine, "d", START);
    visit(engine, "e", START);
    assert_int_equal(seg_engine_settle(engine, NULL), SEG_OK);
    expect_members(engine, ALONE, "d");
    expect_members(engine, WHOLE, "");
    assert_int_equal(seg_engine_size(engine, CROWD), 26);
    assert_int_equal(seg_engine_size(engine, GONE), 0);
    seg_fellows others;
    assert_true(seg_engine_fellows(engine, text_of("c"), 0, seg_text_word(text_of("even")), START + DAY,
                                   false, &others));
    assert_int_equal(others.count, 1);
    assert_false(seg_engine_fellows(engine, text_of("c"), 0, 1, START, false, &others)); /* the past */
    assert_false(seg_engine_fellows(engine, text_of("c"), 9, 1, START + DAY, false, &others));
    seg_engine_free(engine);
    seg_image_free(image);
}

static void test_host_without_others(void **state) {
    (void)state;
    seg_image *image = seg_image_of_workspace(workspace);
    seg_vm *vm;
    seg_state one = {0};
    seg_value firm = {.known = true, .as.text = text_of("x")};
    seg_membership in;
    assert_int_equal(seg_vm_new(&vm, image, NULL, NULL), SEG_OK);
    assert_int_equal(seg_state_init(vm, &one), SEG_OK);
    assert_int_equal(seg_group_value(vm, &one, 0, START, &in), SEG_OK);
    assert_false(in.known); /* nobody is there yet */
    assert_int_equal(seg_apply_attribute(vm, &one, 0, &firm, START, 0, 0, START, (seg_sink){0}, NULL, NULL),
                     SEG_OK);
    assert_true(seg_state_is_member(vm, &one, GONE));
    assert_false(seg_state_is_member(vm, &one, CROWD));
    assert_int_equal(seg_group_value(vm, &one, 0, START, &in), SEG_OK);
    assert_true(in.known && in.word == seg_text_word(firm.as.text) && in.holds_until == SEG_NEVER);
    assert_int_equal(seg_group_value(vm, &one, 1, START, &in), SEG_E_USAGE);
    seg_group_info group;
    seg_tally_info tally;
    assert_int_equal(seg_image_describe_group(image, 0, &group), SEG_OK);
    assert_true(group.is_asked && group.attribute == 0 && group.name.size_bytes == 7);
    assert_int_equal(seg_image_describe_group(image, 1, &group), SEG_E_USAGE);
    assert_int_equal(seg_image_describe_tally(image, 2, &tally), SEG_E_USAGE);
    assert_true(seg_image_is_grouped(image, ALONE) && !seg_image_is_grouped(image, ACTIVE));
    seg_state_free(vm, &one);
    seg_vm_free(vm);
    seg_image_free(image);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_neighbours),
        cmocka_unit_test(test_same_instant),
        cmocka_unit_test(test_due_neighbour),
        cmocka_unit_test(test_identity),
        cmocka_unit_test(test_unborn),
        cmocka_unit_test(test_batch),
        cmocka_unit_test(test_host_without_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
