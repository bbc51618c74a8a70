/* test_runtime_pairs.c - pairs in images: late facts, exact instants, and damage that is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../compiler/segc.h"
#include "image_builder.h"

static const char source[] = "event a from \"A\" { x: text }\n"
                             "event b from \"B\" { x: text }\n"
                             "event waits = a then no b within 1d with same x\n"
                             "event chain = a then b with same x then a with same x all within 3d\n"
                             "segment open: any a(2d not followed by b with same x)\n"
                             "segment given_up: any waits(7d)\n"
                             "segment few: no a(last 2 followed by b with same x)\n"
                             "segment chained: chain(30d) >= 1\n";
static const int64_t start = 20115 * INT64_C(86400000), day = INT64_C(86400000);

typedef struct setup {
    seg_unit *unit;
    seg_image *image;
    seg_vm *vm;
    seg_state state;
    int64_t changes[4][2]; /* per segment: when it was entered and exited last */
} setup;

static void note(void *user, const seg_change *changes, size_t count) {
    setup *s = user;
    for (const seg_change *change = changes; change < changes + count; change++)
        s->changes[change->segment][change->entered ? 0 : 1] = change->at;
}

static void open_image(setup *s) {
    const uint8_t *bytes;
    size_t size_bytes;
    *s = (setup){.unit = NULL};
    assert_int_equal(seg_unit_new(&s->unit, NULL), SEG_OK);
    assert_int_equal(seg_unit_add(s->unit, "pairs.seg", source, strlen(source)), SEG_OK);
    assert_int_equal(seg_unit_check(s->unit), SEG_OK);
    assert_int_equal(seg_unit_errors(s->unit), 0);
    assert_int_equal(seg_unit_image(s->unit, false, &bytes, &size_bytes), SEG_OK);
    assert_int_equal(seg_image_load(&s->image, bytes, size_bytes, NULL, NULL), SEG_OK);
    assert_int_equal(seg_vm_new(&s->vm, s->image, NULL, NULL), SEG_OK);
    assert_int_equal(seg_state_init(s->vm, &s->state), SEG_OK);
}

static void close_image(setup *s) {
    seg_state_free(s->vm, &s->state);
    seg_vm_free(s->vm);
    seg_image_free(s->image);
    seg_unit_free(s->unit);
}

static void apply(setup *s, const char *event, const char *x, int64_t time, int64_t now, uint64_t tie) {
    seg_value value = {.known = true, .as.text = {x, strlen(x)}};
    seg_event fact = {.event = seg_image_find_event(s->image, (seg_text){event, 1}),
                      .time = time,
                      .tie = tie,
                      .fields = &value};
    seg_outcome outcome;
    assert_int_equal(seg_apply_event(s->vm, &s->state, &fact, now, (seg_sink){note, s}, &outcome, NULL),
                     SEG_OK);
    assert_int_equal(outcome, SEG_APPLIED);
}

static uint32_t segment_of(const setup *s, const char *name) {
    return seg_image_find_segment(s->image, (seg_text){name, strlen(name)});
}
static bool is_in(const setup *s, const char *name) {
    return seg_state_is_member(s->vm, &s->state, segment_of(s, name));
}
static void advance(setup *s, int64_t now) {
    assert_int_equal(seg_advance(s->vm, &s->state, now, (seg_sink){note, s}), SEG_OK);
}

static void a_wait_ends_at_its_instant(void **unused) {
    (void)unused;
    setup s;
    open_image(&s);
    apply(&s, "A", "p", start, start, 1);
    assert_true(is_in(&s, "open"));
    advance(&s, start + day - 1);
    assert_false(is_in(&s, "given_up"));
    advance(&s, start + 10 * day);
    assert_int_equal(s.changes[segment_of(&s, "given_up")][0], start + day);
    assert_int_equal(s.changes[segment_of(&s, "given_up")][1], start + 8 * day);
    assert_int_equal(s.changes[segment_of(&s, "open")][1], start + 2 * day);
    close_image(&s);
}

static void a_late_other_corrects_at_once(void **unused) {
    (void)unused;
    setup s;
    open_image(&s);
    apply(&s, "A", "p", start, start, 1);
    apply(&s, "A", "q", start + 3 * day, start + 3 * day, 2);
    assert_true(is_in(&s, "given_up"));
    apply(&s, "B", "q", start + 1, start + 3 * day, 3); /* of another x */
    assert_true(is_in(&s, "given_up"));
    apply(&s, "B", "p", start + day, start + 3 * day, 4); /* the last instant that counts */
    assert_false(is_in(&s, "given_up"));
    assert_false(is_in(&s, "few"));
    close_image(&s);
}

static void the_order_of_one_instant_is_by_tie(void **unused) {
    (void)unused;
    setup s;
    open_image(&s);
    apply(&s, "A", "p", start, start, 5);
    apply(&s, "B", "p", start, start, 4); /* comes before it */
    assert_true(is_in(&s, "open"));
    apply(&s, "B", "p", start, start, 6);
    assert_false(is_in(&s, "open"));
    close_image(&s);
}

static void the_newest_few_push_out(void **unused) {
    (void)unused;
    setup s;
    open_image(&s);
    apply(&s, "A", "p", start, start, 1);
    apply(&s, "B", "p", start + 1, start + 1, 2);
    apply(&s, "A", "q", start + 2, start + 2, 3);
    assert_false(is_in(&s, "few"));
    apply(&s, "A", "r", start + 5, start + 3, 4); /* known beforehand */
    assert_false(is_in(&s, "few"));
    advance(&s, start + 9);
    assert_int_equal(s.changes[segment_of(&s, "few")][0], start + 5);
    close_image(&s);
}

static void a_chain_is_bounded_as_a_whole(void **unused) {
    (void)unused;
    setup s;
    open_image(&s);
    apply(&s, "A", "p", start, start, 1);
    apply(&s, "B", "p", start + day, start + day, 2);
    apply(&s, "A", "p", start + 3 * day + 1, start + 3 * day + 1, 3);
    assert_false(is_in(&s, "chained"));
    apply(&s, "A", "p", start + 1, start + 3 * day + 1, 4); /* late: a nearer beginning */
    assert_true(is_in(&s, "chained"));
    close_image(&s);
}

/* Every pair with every field damaged: refused, or as good as whole. */
static void damaged_pairs_are_refused(void **unused) {
    (void)unused;
    const uint8_t *bytes;
    size_t size_bytes;
    setup s;
    open_image(&s);
    assert_int_equal(seg_unit_image(s.unit, false, &bytes, &size_bytes), SEG_OK);
    const seg_image_header *header = (const seg_image_header *)(const void *)bytes;
    seg_section pairs = header->sections[SEG_SECTION_PAIRS];
    assert_true(pairs.count >= 5);
    uint8_t *copy = malloc(size_bytes);
    assert_non_null(copy);
    uint32_t refused = 0;
    for (size_t at = 0; at < pairs.count * sizeof(seg_image_pair); at += 4) {
        static const uint32_t damages[] = {UINT32_MAX, 0x7FFFFFFFu, 9, 1};
        for (size_t i = 0; i < sizeof damages / sizeof *damages; i++) {
            seg_image *image = NULL;
            memcpy(copy, bytes, size_bytes);
            memcpy(copy + pairs.offset + at, &damages[i], sizeof damages[i]);
            builder_seal(copy, size_bytes);
            if (seg_image_load(&image, copy, size_bytes, NULL, NULL) != SEG_OK)
                refused++;
            else
                seg_image_free(image);
        }
    }
    assert_true(refused > pairs.count * 20);
    free(copy);
    close_image(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wait_ends_at_its_instant),         cmocka_unit_test(a_late_other_corrects_at_once),
        cmocka_unit_test(the_order_of_one_instant_is_by_tie), cmocka_unit_test(the_newest_few_push_out),
        cmocka_unit_test(a_chain_is_bounded_as_a_whole),      cmocka_unit_test(damaged_pairs_are_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
