/* Where profiles stand among others: ties, missing keys, nobody, refreshes when clocks change, who is merged
 * or erased; and rankings of damaged images. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../compiler/segc.h"
#include "../../engine/engine.h"
#include "../../runtime/image.h"
#include "image_builder.h"
#include "workspace_image.h"

#define HOUR INT64_C(3600000)
#define DAY (24 * HOUR)
#define START INT64_C(1772323200000) /* 2026-03-01 */

static const char workspace[] = "profile { score: float? }\n"
                                "event visits from \"Visit\" { page: text? }\n"
                                "segment best: top 2 by score\n"
                                "segment fifth: quintile(score) == 5\n"
                                "segment first: rank(score) == 1\n"
                                "segment half: bottom 50% by score\n"
                                "segment nowhere: rank(score) is missing\n";

enum { BEST, FIFTH, FIRST, HALF, NOWHERE }; /* in the order of their names */

static seg_text text_of(const char *terminated) { return (seg_text){terminated, strlen(terminated)}; }

static seg_engine *make(const seg_image *image, seg_engine_mode mode, int64_t limit) {
    seg_engine_options options = {.mode = mode, .limit = limit};
    seg_engine *engine;
    assert_int_equal(seg_engine_new(&engine, image, &options, NULL), SEG_OK);
    return engine;
}

static void visit(seg_engine *engine, const char *profile, int64_t time) {
    static const seg_value nothing = {0};
    seg_record record = {
        .kind = SEG_RECORD_TRACK, .profile = text_of(profile), .time = time, .fields = &nothing};
    assert_int_equal(seg_engine_apply(engine, &record, NULL), SEG_OK);
}

static void score(seg_engine *engine, const char *profile, double value, int64_t time) {
    seg_setting setting = {0, {.known = true, .as.f = value}};
    seg_record record = {.kind = SEG_RECORD_IDENTIFY,
                         .profile = text_of(profile),
                         .time = time,
                         .settings = &setting,
                         .setting_count = 1};
    assert_int_equal(seg_engine_apply(engine, &record, NULL), SEG_OK);
}

static void say(seg_engine *engine, seg_record_kind kind, const char *profile, const char *previous,
                int64_t time) {
    seg_record record = {.kind = kind, .profile = text_of(profile), .time = time};
    if (previous) record.previous = text_of(previous);
    assert_int_equal(seg_engine_apply(engine, &record, NULL), SEG_OK);
}

static void pass(seg_engine *engine, int64_t now) {
    assert_int_equal(seg_engine_advance(engine, now, NULL), SEG_OK);
}

static void add_id(void *user, seg_text id) {
    strncat(user, id.bytes, id.size_bytes);
    strcat(user, " ");
}

static void expect(seg_engine *engine, uint32_t segment, const char *members) {
    char ids[256] = "";
    assert_int_equal(seg_engine_members(engine, segment, add_id, ids), SEG_OK);
    assert_string_equal(ids, members);
}

/* ---- Who stands where ---------------------------------------------------------------------------- */

static void test_ties(void **state) {
    (void)state;
    seg_image *image = seg_image_of_workspace(workspace);
    seg_engine *engine = make(image, SEG_ENGINE_STREAM, SEG_TIME_MAX);
    static const char *const ids[] = {"p10", "p9", "b", "a", "p2"}; /* all have the same */
    for (int i = 0; i < 5; i++) score(engine, ids[i], -0.0 * i, START + HOUR);
    expect(engine, BEST, "");
    pass(engine, START + DAY);
    expect(engine, BEST, "a b "); /* the shorter id first, then byte by byte */
    expect(engine, FIRST, "a b p10 p2 p9 ");
    expect(engine, FIFTH, "");
    expect(engine, HALF, "a b ");
    seg_standing at;
    assert_true(seg_engine_standing(engine, text_of("p10"), 0, &at));
    assert_true(at.count == 5 && at.above == 0 && at.below == 0 && at.tied_before == 4);
    seg_text id;
    int64_t key;
    assert_true(seg_engine_at_place(engine, 0, 3, &id, &key));
    assert_memory_equal(id.bytes, "p2", id.size_bytes);
    assert_false(seg_engine_at_place(engine, 0, 6, &id, &key));
    assert_false(seg_engine_at_place(engine, 0, 0, &id, &key));
    seg_engine_free(engine);
    seg_image_free(image);
}

static void test_order_of_floats(void **state) {
    (void)state;
    static const double scores[] = {-1e308, -1.5, -5e-324, 0.0, 5e-324, 1.5, 1e308};
    static const char *const ids[] = {"a", "b", "c", "d", "e", "f", "g"};
    seg_image *image = seg_image_of_workspace(workspace);
    seg_engine *engine = make(image, SEG_ENGINE_STREAM, SEG_TIME_MAX);
    for (int i = 0; i < 7; i++) score(engine, ids[(3 * i) % 7], scores[(3 * i) % 7], START + HOUR);
    pass(engine, START + DAY);
    for (uint64_t i = 0; i < 7; i++) {
        seg_text id;
        int64_t key;
        assert_true(seg_engine_at_place(engine, 0, 7 - i, &id, &key));
        assert_int_equal(id.bytes[0], ids[i][0]);
        assert_true(seg_image_key_value(image, 0, key).as.f == scores[i]);
    }
    expect(engine, BEST, "f g ");
    expect(engine, FIFTH, "g "); /* five are below `f`: 1 + floor(25 / 7) */
    expect(engine, HALF, "a b c ");
    seg_engine_free(engine);
    seg_image_free(image);
}

static void test_missing_and_nobody(void **state) {
    (void)state;
    seg_image *image = seg_image_of_workspace(workspace);
    seg_engine *engine = make(image, SEG_ENGINE_STREAM, SEG_TIME_MAX);
    pass(engine, START + DAY); /* a refresh, and nobody is there */
    expect(engine, NOWHERE, "");
    visit(engine, "a", START + DAY + 1);
    expect(engine, NOWHERE, "a ");
    pass(engine, START + 2 * DAY); /* nobody has a score */
    expect(engine, NOWHERE, "a ");
    expect(engine, BEST, "");
    seg_standing at;
    assert_false(seg_engine_standing(engine, text_of("a"), 0, &at));
    assert_false(seg_engine_standing(engine, text_of("nobody"), 0, &at));
    score(engine, "b", 1, START + 2 * DAY + 1);
    assert_false(seg_engine_standing(engine, text_of("b"), 0, &at));
    pass(engine, START + 3 * DAY);
    expect(engine, NOWHERE, "a ");
    expect(engine, BEST, "b ");
    expect(engine, HALF, ""); /* the half of one is nobody */
    expect(engine, FIFTH, "");
    assert_false(seg_engine_standing(engine, text_of("b"), 1, &at));
    seg_engine_free(engine);
    engine = make(image, SEG_ENGINE_BATCH, START);
    assert_int_equal(seg_engine_settle(engine, NULL), SEG_OK);
    expect(engine, BEST, "");
    seg_engine_free(engine);
    seg_image_free(image);
}

/* Nobody stands above the first, before and after: but there are more below. */
static void test_late_from_below(void **state) {
    (void)state;
    seg_image *image = seg_image_of_workspace(workspace);
    seg_engine *engine = make(image, SEG_ENGINE_STREAM, SEG_TIME_MAX);
    score(engine, "a", 9, START + HOUR);
    pass(engine, START + DAY + HOUR);
    expect(engine, FIFTH, "");
    static const char *const ids[] = {"b", "c", "d", "e"};
    for (int i = 0; i < 4; i++) {
        expect(engine, FIFTH, "");
        score(engine, ids[i], i, START + HOUR);
    }
    expect(engine, FIFTH, "a ");
    seg_engine_free(engine);
    seg_image_free(image);
}

static void test_merged_and_erased(void **state) {
    (void)state;
    seg_image *image = seg_image_of_workspace(workspace);
    seg_engine *engine = make(image, SEG_ENGINE_STREAM, SEG_TIME_MAX);
    static const char *const ids[] = {"a", "b", "c", "d"};
    seg_standing at;
    for (int i = 0; i < 4; i++) score(engine, ids[i], i, START + i * HOUR);
    pass(engine, START + DAY + HOUR);
    expect(engine, BEST, "c d ");
    say(engine, SEG_RECORD_DELETE, "d", NULL, START + DAY + 2 * HOUR);
    expect(engine, BEST, "b c "); /* at once */
    say(engine, SEG_RECORD_ALIAS, "a", "c", START + DAY + 3 * HOUR);
    expect(engine, BEST, "a b "); /* two are left, and the newer score of `c` is now that of `a` */
    assert_true(seg_engine_standing(engine, text_of("a"), 0, &at));
    assert_true(at.count == 2 && at.above == 0);
    score(engine, "d", 9, START + DAY + 4 * HOUR); /* somebody new */
    expect(engine, BEST, "a b ");
    expect(engine, NOWHERE, "d ");
    score(engine, "e", 8, START + HOUR); /* late for the refresh */
    assert_true(seg_engine_standing(engine, text_of("e"), 0, &at));
    assert_true(at.count == 3 && at.above == 0);
    seg_engine_free(engine);
    seg_image_free(image);
}

/* ---- Refreshes when clocks change ---------------------------------------------------------------- */

static void test_refresh_around_clock_changes(void **state) {
    (void)state;
    seg_image *image = seg_image_of_workspace("timezone \"Europe/Berlin\"\nrefresh daily at 02:30\n"
                                              "profile { score: float? }\nsegment best: top 1 by score\n");
    int64_t gap = START + 27 * DAY + 24 * HOUR; /* 2026-03-29 */
    assert_int_equal(seg_image_refresh(image, gap), gap - DAY + HOUR + HOUR / 2);
    assert_int_equal(seg_image_refresh_after(image, gap), gap + HOUR + HOUR / 2); /* 03:30 +02:00 */
    assert_int_equal(seg_image_refresh_after(image, gap + 2 * HOUR), gap + DAY + HOUR / 2);
    int64_t fold = START + 238 * DAY; /* 2026-10-25: 02:30 is at 00:30Z and 01:30Z, the first counts */
    assert_int_equal(seg_image_refresh_after(image, fold), fold + HOUR / 2);
    assert_int_equal(seg_image_refresh_after(image, fold + HOUR / 2), fold + DAY + HOUR + HOUR / 2);
    assert_int_equal(seg_image_refresh(image, fold + DAY), fold + HOUR / 2);
    assert_int_equal(seg_image_refresh_after(image, SEG_TIME_MAX), SEG_NEVER);
    seg_engine *engine = make(image, SEG_ENGINE_STREAM, SEG_TIME_MAX);
    score(engine, "a", 1, gap);
    pass(engine, gap + HOUR + HOUR / 2 - 1);
    expect(engine, 0, "");
    pass(engine, gap + HOUR + HOUR / 2);
    expect(engine, 0, "a ");
    seg_engine_free(engine);
    seg_image_free(image);
}

/* ---- Damaged images ------------------------------------------------------------------------------ */

typedef struct copy { /* of an image with a ranking, to be damaged */
    uint8_t *bytes;
    size_t size;
    seg_image_ranking *ranking;
    seg_image_clock *clocks;
    seg_ins *place;
} copy;

static uint8_t *section(const copy *c, seg_section_id which, uint32_t *count) {
    const seg_image_header *header = (const seg_image_header *)(const void *)c->bytes;
    *count = (uint32_t)header->sections[which].count;
    return c->bytes + header->sections[which].offset;
}

static copy take_copy(seg_unit *unit) {
    copy c = {0};
    const uint8_t *bytes;
    uint32_t count;
    assert_int_equal(seg_unit_image(unit, false, &bytes, &c.size), SEG_OK);
    c.bytes = malloc(c.size);
    assert_non_null(c.bytes);
    memcpy(c.bytes, bytes, c.size);
    c.ranking = (void *)section(&c, SEG_SECTION_RANKINGS, &count);
    assert_int_equal(count, 1);
    c.clocks = (void *)section(&c, SEG_SECTION_CLOCKS, &count);
    assert_int_equal(count, 1);
    seg_ins *code = (void *)section(&c, SEG_SECTION_CODE, &count);
    for (uint32_t i = 0; i < count; i++)
        if (code[i].op == SEG_OP_PLACE) c.place = &code[i];
    assert_non_null(c.place);
    return c;
}

static seg_unit *unit_that_ranks(void) {
    static const char source[] = "refresh daily at 03:00\nevent visits from \"V\"\n"
                                 "segment first: rank(visits(30d)) == 1\n";
    seg_unit *unit;
    assert_int_equal(seg_unit_new(&unit, NULL), SEG_OK);
    assert_int_equal(seg_unit_add(unit, "rules.seg", source, strlen(source)), SEG_OK);
    assert_int_equal(seg_unit_check(unit), SEG_OK);
    assert_int_equal(seg_unit_errors(unit), 0);
    return unit;
}

static void expect_load(copy *c, const char *reason) {
    seg_image *image = NULL;
    seg_error error = {.message = ""};
    builder_seal(c->bytes, c->size);
    seg_status status = seg_image_load(&image, c->bytes, c->size, NULL, &error);
    if (!reason && status != SEG_OK) fail_msg("%s", error.message);
    if (reason && status != SEG_E_IMAGE) fail_msg("loaded: %s", reason);
    if (reason && !strstr(error.message, reason)) fail_msg("%s instead of %s", error.message, reason);
    seg_image_free(image);
    free(c->bytes);
}

#define DAMAGED(unit, reason, ...)                                                                           \
    do {                                                                                                     \
        copy c = take_copy(unit);                                                                            \
        __VA_ARGS__;                                                                                         \
        expect_load(&c, reason);                                                                             \
    } while (0)

static void test_damaged_rankings(void **state) {
    (void)state;
    seg_unit *unit = unit_that_ranks();
    DAMAGED(unit, NULL, c.clocks->ms = 4 * HOUR);
    DAMAGED(unit, "a ranking is damaged", c.ranking->reserved = 1);
    DAMAGED(unit, "a ranking is damaged", c.ranking->scale = 19);
    DAMAGED(unit, "a ranking is damaged", c.ranking->type = 200);
    DAMAGED(unit, "a ranking is damaged", c.ranking->text.offset = UINT32_MAX);
    DAMAGED(unit, "a ranking has no program", c.ranking->program = UINT32_MAX);
    DAMAGED(unit, "", c.ranking->program = SEG_NONE);
    DAMAGED(unit, "a refresh is damaged", c.clocks->ms = DAY);
    DAMAGED(unit, "a refresh is damaged", c.clocks->ms = -1);
    DAMAGED(unit, "a refresh is damaged", c.clocks->is_daily = 2);
    DAMAGED(unit, "a refresh is damaged", c.clocks->reserved = 1);
    DAMAGED(unit, "a refresh is damaged", c.clocks->is_daily = 0; c.clocks->ms = 0);
    DAMAGED(unit, "a refresh is damaged", c.clocks->is_daily = 0; c.clocks->ms = INT64_MAX);
    DAMAGED(unit, "", c.clocks->is_daily = 0; c.clocks->ms = 60 * DAY); /* stores do not reach so far */
    DAMAGED(unit, "", c.place->c = 1);                                  /* there is one ranking */
    DAMAGED(unit, "", c.place->imm = 0);
    DAMAGED(unit, "", c.place->imm = 1);
    DAMAGED(unit, "", c.place->imm = SEG_FIGURE_COUNT - 1);
    DAMAGED(unit, "", c.place->imm = SEG_FIGURE_PARTS_MAX + 1);
    DAMAGED(unit, NULL, c.place->imm = SEG_FIGURE_PARTS_MAX);
    seg_unit_free(unit);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ties),
        cmocka_unit_test(test_order_of_floats),
        cmocka_unit_test(test_missing_and_nobody),
        cmocka_unit_test(test_late_from_below),
        cmocka_unit_test(test_merged_and_erased),
        cmocka_unit_test(test_refresh_around_clock_changes),
        cmocka_unit_test(test_damaged_rankings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
