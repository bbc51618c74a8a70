/* test_gate.c - what gates and tables say of segments, and until when, against what the machine finds by
 * running programs. Everything happens on a grid of instants, so that conditions often turn together. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <gate.h>
#include <seg.h>
#include <verdict.h>

#include "dice.h"
#include "workspace_image.h"

enum { JOINED = 12, SEGMENTS = 16, PEOPLE = 400, STEPS = 14, KINDS = 4 };

/* The first segments are joined conditions; the last of these is one that no table knows the instants of. */
static const char rules[] =
    "profile { plan: free | trial | pro = free  joined: time? }\n"
    "event a from \"a\"\n"
    "event b from \"b\"\n"
    "event c from \"c\"\n"
    "event d from \"d\"\n"
    "segment ja: a(1d) >= 1\n"
    "segment jb: a(2d) >= 1 and not b(1d) >= 1\n"
    "segment jc: a(2d) >= 2 and b(2d) >= 1 and c(4d) >= 1\n"
    "segment jd: a(4d) >= 1 and not a(1d) >= 1\n"
    "segment je: not (c(1d) >= 1 or d(2d) >= 2)\n"
    "segment jf: b(4d) >= 2 and not c(2d) >= 1 and plan == pro\n"
    "segment jg: d(1d) >= 1 and joined is known and joined more than 2d ago and not a(1d) >= 1\n"
    "segment jh: a(4d) >= 1 and b(4d) >= 1 and c(4d) >= 1 and d(4d) >= 1 and plan != trial\n"
    "segment ji: in jb and not c(1d) >= 2\n"
    "segment jk: a(ever) >= 3 and b(2d) >= 1\n"
    "segment jm: b(1d) >= 1 and b(2d) >= 1 and not d(2d) >= 1\n"
    "segment jl: (a(1d) >= 1) == (b(1d) >= 1)\n"
    "segment oa: a(1d) >= 1 or b(2d) >= 2\n"
    "segment ob: a(2d) >= 1 and (b(1d) >= 1 or not c(1d) >= 1)\n"
    "segment oc: if plan == pro then d(1d) >= 1 else not d(1d) >= 1\n"
    "segment od: a(2d) >= 1 and b(2d) >= 1 and (c(2d) >= 1 or d(2d) >= 1) and joined is known\n";

static const int64_t start = INT64_C(1767225600000), step_ms = 12 * 3600000;

typedef struct news {
    seg_change changes[SEGMENTS];
    size_t count;
} news;

static void on_changes(void *user, const seg_change *changes, size_t count) {
    news *n = user;
    assert_int_equal(n->count, 0);
    assert_in_range(count, 1, SEGMENTS);
    memcpy(n->changes, changes, count * sizeof *changes);
    n->count = count;
}

static void live(seg_vm *vm, const seg_image *image, seg_state *state, int64_t now, seg_sink sink) {
    int64_t time = dice(5) == 0 ? now + (dice(7) - 4) * step_ms : now;
    uint32_t kind = (uint32_t)dice(KINDS + 1);
    if (kind < KINDS) {
        const seg_event event = {.event = kind, .time = time};
        assert_int_equal(seg_apply_event(vm, state, &event, now, sink, NULL, NULL), SEG_OK);
        return;
    }
    bool is_plan = dice(2) == 0;
    const seg_value value = {.known = is_plan || dice(4) > 0,
                             .as.i = is_plan ? dice(3) : now - dice(6) * step_ms};
    uint32_t attribute =
        seg_image_find_attribute(image, is_plan ? (seg_text){"plan", 4} : (seg_text){"joined", 6});
    assert_int_equal(seg_apply_attribute(vm, state, attribute, &value, time, 0, 0, now, sink, NULL, NULL),
                     SEG_OK);
}

/* Programs say the same of every segment, and of each that has changed the same instant. */
static void compare(seg_vm *vm, const seg_state *state, news *n) {
    int64_t now = seg_state_now(state), until;
    bool verdict;
    for (uint32_t segment = 0; segment < SEGMENTS; segment++) {
        assert_int_equal(seg_evaluate(vm, state, segment, now, &verdict, &until), SEG_OK);
        assert_int_equal(verdict, seg_state_is_member(vm, state, segment));
    }
    for (size_t i = 0; i < n->count; i++) {
        const seg_change *change = &n->changes[i];
        assert_int_equal(seg_evaluate(vm, state, change->segment, now, &verdict, &until), SEG_OK);
        assert_int_equal(change->at, now);
        assert_int_equal(change->entered, verdict);
        assert_int_equal(change->valid_until, until);
        if (i > 0) assert_true(change->segment > change[-1].segment);
    }
    n->count = 0;
}

static void pass(seg_vm *vm, seg_state *state, int64_t now, seg_sink sink) {
    while (seg_state_deadline(state) < now) {
        assert_int_equal(seg_advance(vm, state, seg_state_deadline(state), sink), SEG_OK);
        compare(vm, state, sink.user);
    }
}

static void gates_agree_with_the_machine(void **unused) {
    (void)unused;
    seg_image *image = seg_image_of_workspace(rules);
    seg_vm *vm;
    static news n;
    const seg_sink sink = {on_changes, &n};
    assert_int_equal(seg_vm_new(&vm, image, NULL, NULL), SEG_OK);
    for (uint32_t i = 0; i < SEGMENTS; i++) assert_int_equal(image->verdicts[i].is_joined, i < JOINED);
    for (int person = 0; person < PEOPLE; person++) {
        seg_state state;
        assert_int_equal(seg_state_init(vm, &state), SEG_OK);
        int64_t now = start;
        for (int step = 0; step < STEPS; step++) {
            now += dice(4) * step_ms;
            pass(vm, &state, now, sink);
            live(vm, image, &state, now, sink);
            compare(vm, &state, &n);
        }
        pass(vm, &state, now + 20 * step_ms, sink);
        seg_state_free(vm, &state);
    }
    seg_vm_free(vm);
    seg_image_free(image);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(gates_agree_with_the_machine)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
