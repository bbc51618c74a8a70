/* test_chart.c - verdicts along charts of questions against those that the machine finds by running programs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <chart.h>
#include <seg.h>

#include "dice.h"
#include "workspace_image.h"

enum { CHARTS = 8, SEGMENTS = 10, PEOPLE = 300, STEPS = 12 };

/* The first segments have charts. Of the others one does more than logic, one is a constant. */
static const char rules[] =
    "profile { a: int  b: int  c: int  d: int  e: int  f: int  g: int  h: int?  away: bool  joined: time?\n"
    "  left: time }\n"
    "event views from \"view\"\n"
    "segment ca: a == 1 and b == 1 and c == 1 and d == 1 and e == 1 and (f == 1 or g == 1)\n"
    "segment cb: joined is known and joined more than 30d ago\n"
    "segment cc: away and (joined within last 7d or views(30d) >= 2) and a in [1, 3]\n"
    "segment cd: if away then views(7d) >= 1 else left more than 2d ago\n"
    "segment ce: (a == 1 or b == 1) and (c == 1 or d == 1) and (e == 1 or f == 1) and (g == 1 or h is "
    "missing)\n"
    "segment cf: in cc or not in cd\n"
    "segment cg: not (views(1d) >= 1 and joined is known) and (h ?? 0) != 2\n"
    "segment na: a == 1 and not away\n"
    "segment nb: a == b and views(30d) >= 1\n"
    "segment nc: true\n";

static const int64_t start = INT64_C(1767225600000), hour = 3600000;

static void set(seg_vm *vm, seg_state *state, uint32_t attribute, int64_t value, int64_t time, int64_t now) {
    const seg_value given = {.known = true, .as.i = value};
    assert_int_equal(
        seg_apply_attribute(vm, state, attribute, &given, time, 0, 0, now, (seg_sink){0}, NULL, NULL),
        SEG_OK);
}

/* Something happens, now and then it is known before it happens. */
static void live(seg_vm *vm, const seg_image *image, seg_state *state, int64_t now) {
    static const char *const names[] = {"a", "b", "c", "d", "e", "f", "g", "h", "away", "joined", "left"};
    int64_t time = dice(6) == 0 ? now + dice(72) * hour : now - dice(2000) * hour;
    if (dice(3) == 0) {
        const seg_event view = {.event = 0, .time = time};
        assert_int_equal(seg_apply_event(vm, state, &view, now, (seg_sink){0}, NULL, NULL), SEG_OK);
        return;
    }
    const char *name = names[dice(11)];
    uint32_t attribute = seg_image_find_attribute(image, (seg_text){name, strlen(name)});
    bool is_time = strcmp(name, "joined") == 0 || strcmp(name, "left") == 0;
    int64_t value =
        is_time ? now - dice(60 * 24) * hour + dice(100) * hour : dice(strcmp(name, "away") == 0 ? 2 : 4);
    set(vm, state, attribute, value, time, now);
}

static void compare(seg_vm *vm, const seg_state *state, int64_t at) {
    for (uint32_t segment = 0; segment < SEGMENTS; segment++) {
        bool quick, whole;
        int64_t until;
        assert_int_equal(seg_evaluate(vm, state, segment, at, &quick, NULL), SEG_OK);
        assert_int_equal(seg_evaluate(vm, state, segment, at, &whole, &until), SEG_OK); /* runs the program */
        assert_int_equal(quick, whole);
        if (at == seg_state_now(state)) assert_int_equal(quick, seg_state_is_member(vm, state, segment));
    }
}

static void charts_agree_with_the_machine(void **unused) {
    (void)unused;
    seg_image *image = seg_image_of_workspace(rules);
    seg_vm *vm;
    assert_int_equal(seg_vm_new(&vm, image, NULL, NULL), SEG_OK);
    for (uint32_t i = 0; i < SEGMENTS; i++)
        assert_int_equal(seg_node_kind_of(image->charts[i]) != SEG_NODE_NONE, i < CHARTS);
    for (int person = 0; person < PEOPLE; person++) {
        seg_state state;
        assert_int_equal(seg_state_init(vm, &state), SEG_OK);
        int64_t now = start;
        for (int step = 0; step < STEPS; step++) {
            now += dice(48) * hour;
            live(vm, image, &state, now);
            compare(vm, &state, now);
            compare(vm, &state, now + dice(40 * 24) * hour);
        }
        seg_state_free(vm, &state);
    }
    seg_vm_free(vm);
    seg_image_free(image);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(charts_agree_with_the_machine)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
