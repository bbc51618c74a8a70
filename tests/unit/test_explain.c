/* What an explanation finds at other instants and for single values, against what was seen when it happened:
 * the changes that were reported, and counts made by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../compiler/segc.h"
#include "workspace_image.h"

#define HOUR INT64_C(3600000)
#define DAY (24 * HOUR)
#define START INT64_C(1772323200000) /* 2026-03-01 */

static const char workspace[] = "profile { plan: free | trial | pro = free history 5d }\n"
                                "event visits from \"Visit\" { page: text }\n"
                                "segment a_held: in s for 5d\n"
                                "segment b_came: entered(s) within last 5d\n"
                                "segment c_went: exited(s) within last 5d\n"
                                "segment d_moved: changed(plan) within last 5d\n"
                                "segment e_latch: enter when visits(7d) >= 3 exit when visits(7d) < 2\n"
                                "  stay at least 2d cooldown 4d\n"
                                "segment f_past: (visits(7d) as of 6d ago) >= 2\n"
                                "segment g_past: (in s as of 6d ago)\n"
                                "segment h_some: for some page: visits(7d) >= 2\n"
                                "segment i_each: for each page: visits(7d) >= 2\n"
                                "segment j_tally: count of page where (visits(7d) >= 2) >= 2\n"
                                "segment s: visits(7d) >= 2\n";

enum {
    HELD,
    CAME,
    WENT,
    MOVED,
    LATCH,
    PAST,
    PAST_SEGMENT,
    SOME,
    EACH,
    TALLY,
    S,
    SEGMENTS,
    MOST = 64,
    PAGES = 4
};

typedef struct person {
    seg_image *image;
    seg_vm *vm;
    seg_state state;
    uint32_t number[SEGMENTS]; /* in the image */
    int64_t now;
    int64_t entered[SEGMENTS], exited[SEGMENTS]; /* the newest change that was reported, or SEG_NEVER */
    int64_t plan, plan_before, plan_changed;
    bool is_known;
    int count, page[MOST];
    int64_t time[MOST];
} person;

static void note_changes(void *user, const seg_change *changes, size_t count) {
    person *p = user;
    for (const seg_change *change = changes; change < changes + count; change++)
        for (int i = 0; i < SEGMENTS; i++)
            if (p->number[i] == change->segment) (change->entered ? p->entered : p->exited)[i] = change->at;
}

static seg_sink sink_of(person *p) { return (seg_sink){note_changes, p}; }

static void open_person(person *p) {
    static const char *const names[SEGMENTS] = {"a_held", "b_came", "c_went", "d_moved", "e_latch", "f_past",
                                                "g_past", "h_some", "i_each", "j_tally", "s"};
    *p = (person){.image = seg_explaining_image_of_workspace(workspace), .plan_changed = SEG_NEVER};
    for (int i = 0; i < SEGMENTS; i++) {
        p->number[i] = seg_image_find_segment(p->image, (seg_text){names[i], strlen(names[i])});
        assert_true(p->number[i] != SEG_NONE);
        p->entered[i] = p->exited[i] = SEG_NEVER;
    }
    assert_int_equal(seg_vm_new(&p->vm, p->image, NULL, NULL), SEG_OK);
    assert_int_equal(seg_state_init(p->vm, &p->state), SEG_OK);
    p->now = START;
}

static void close_person(person *p) {
    seg_state_free(p->vm, &p->state);
    seg_vm_free(p->vm);
    seg_image_free(p->image);
}

static void visit(person *p, int page) {
    char name[2] = {(char)('a' + page), 0};
    seg_value field = {.known = true, .as.text = {name, 1}};
    seg_event event = {.event = 0, .time = p->now, .tie = (uint64_t)p->count + 1, .fields = &field};
    assert_int_equal(seg_apply_event(p->vm, &p->state, &event, p->now, sink_of(p), NULL, NULL), SEG_OK);
    p->is_known = true;
    p->page[p->count] = page;
    p->time[p->count++] = p->now;
}

static void set_plan(person *p, int64_t plan) {
    seg_value value = {.known = true, .as.i = plan};
    seg_status status =
        seg_apply_attribute(p->vm, &p->state, 0, &value, p->now, 0, 0, p->now, sink_of(p), NULL, NULL);
    assert_int_equal(status, SEG_OK);
    p->is_known = true;
    if (plan == p->plan) return;
    p->plan_before = p->plan;
    p->plan = plan;
    p->plan_changed = p->now;
}

/* Visits inside `7d` at an instant; of one page, or of all (-1). */
static int visits_at(const person *p, int64_t at, int page) {
    int count = 0;
    for (int i = 0; i < p->count; i++)
        count += p->time[i] <= at && p->time[i] > at - 7 * DAY && (page < 0 || p->page[i] == page);
    return count;
}

static uint32_t probe_of(const person *p, int segment, seg_probe_kind kind) {
    uint32_t count = seg_image_probe_count(p->image, p->number[segment]);
    for (uint32_t i = 0; i < count; i++) {
        seg_probe_info info;
        assert_int_equal(seg_image_probe(p->image, p->number[segment], i, &info), SEG_OK);
        if (info.kind == kind) return i;
    }
    fail_msg("segment %d has no such part", segment);
    return 0;
}

static seg_probe_at at_probe(const person *p, int segment, seg_probe_kind kind) {
    return (seg_probe_at){.segment = p->number[segment], .probe = probe_of(p, segment, kind), .now = p->now};
}

static int64_t value_at(person *p, const seg_probe_at *at) {
    seg_value value;
    int64_t holds;
    assert_int_equal(seg_probe_value(p->vm, &p->state, at, &value, &holds), SEG_OK);
    assert_true(value.known && holds > at->now);
    return value.as.i;
}

static bool is_member(const person *p, int segment) {
    return seg_state_is_member(p->vm, &p->state, p->number[segment]);
}

static seg_flips turns_of(person *p, int segment, seg_probe_kind kind) {
    seg_flips turns;
    seg_probe_at at = at_probe(p, segment, kind);
    assert_int_equal(seg_probe_flips(p->vm, &p->state, &at, &turns), SEG_OK);
    return turns;
}

static void check_turns(person *p) {
    static const seg_probe_kind kinds[] = {
        [HELD] = SEG_PROBE_HELD, [CAME] = SEG_PROBE_ENTERED, [WENT] = SEG_PROBE_EXITED};
    for (int i = HELD; i <= WENT; i++) {
        seg_flips turns = turns_of(p, i, kinds[i]);
        assert_int_equal(turns.holds, is_member(p, S));
        assert_int_equal(turns.became_true, p->entered[S]);
        assert_int_equal(turns.became_false, p->exited[S]);
    }
    /* So the verdicts follow from what is told. */
    int64_t entered = p->entered[S], exited = p->exited[S], since = p->now - 5 * DAY;
    assert_int_equal(is_member(p, HELD), is_member(p, S) && entered <= since);
    assert_int_equal(is_member(p, CAME), entered != SEG_NEVER && entered > since);
    assert_int_equal(is_member(p, WENT), exited != SEG_NEVER && exited > since);
}

static void check_change(person *p) {
    seg_flips turns = turns_of(p, MOVED, SEG_PROBE_CHANGED);
    assert_int_equal(turns.changed, p->plan_changed);
    if (p->plan_changed != SEG_NEVER) assert_true(turns.before.known && turns.before.as.i == p->plan_before);
    assert_int_equal(is_member(p, MOVED), p->plan_changed != SEG_NEVER && p->plan_changed > p->now - 5 * DAY);
}

static void check_latch(person *p) {
    seg_flips turns = turns_of(p, LATCH, SEG_PROBE_LATCH);
    bool inside = is_member(p, LATCH);
    int64_t since = inside ? p->entered[LATCH] : p->exited[LATCH];
    assert_int_equal(turns.holds, inside);
    assert_int_equal(inside ? turns.became_true : turns.became_false, since);
    assert_int_equal(inside ? turns.became_false : turns.became_true, SEG_NEVER);
    assert_int_equal(turns.stays_until, since == SEG_NEVER ? SEG_NEVER : since + (inside ? 2 : 4) * DAY);
}

static void check_past(person *p) {
    int64_t then = p->now - 6 * DAY;
    seg_probe_at at = at_probe(p, PAST, SEG_PROBE_AS_OF);
    assert_int_equal(value_at(p, &at), visits_at(p, then, -1));
    at.probe++; /* visits(7d), as it was */
    assert_int_equal(value_at(p, &at), visits_at(p, then, -1));
    at = at_probe(p, PAST_SEGMENT, SEG_PROBE_SEGMENT);
    seg_probe_info info;
    assert_int_equal(seg_image_probe(p->image, at.segment, at.probe, &info), SEG_OK);
    assert_true(info.segment == p->number[S] && info.past_ms == 6 * DAY);
    assert_int_equal(value_at(p, &at), visits_at(p, then, -1) >= 2);
    /* Its rule, at the instant at which it counts: visits(7d) >= 2, and visits(7d). */
    seg_probe_at inner = {.segment = info.segment, .probe = 0, .now = p->now, .past_ms = info.past_ms};
    assert_int_equal(value_at(p, &inner), visits_at(p, then, -1) >= 2);
    inner.probe = 1;
    assert_int_equal(value_at(p, &inner), visits_at(p, then, -1));
}

typedef struct seen_values {
    const person *p;
    int count, holding;
    int64_t keys[PAGES + 1], last;
} seen_values;

static void see_value(void *user, int64_t key, const seg_value *value, bool holds) {
    seen_values *seen = user;
    assert_true(seen->count < PAGES && (seen->count == 0 || key > seen->last));
    assert_true(value->known && value->as.i == key);
    seen->last = seen->keys[seen->count++] = key;
    seen->holding += holds;
}

static void check_each(person *p) {
    static const seg_probe_kind kinds[] = {
        [SOME] = SEG_PROBE_SOME, [EACH] = SEG_PROBE_EVERY, [TALLY] = SEG_PROBE_TALLY};
    int any = 0, often = 0;
    for (int page = 0; page < PAGES; page++) {
        bool ever = false;
        for (int i = 0; i < p->count; i++) ever |= p->page[i] == page;
        any += ever;
        often += visits_at(p, p->now, page) >= 2;
    }
    for (int i = SOME; i <= TALLY; i++) {
        seen_values seen = {.p = p};
        seg_probe_at at = at_probe(p, i, kinds[i]);
        assert_int_equal(seg_probe_each(p->vm, &p->state, &at, see_value, &seen), SEG_OK);
        assert_int_equal(seen.holding, often);
        assert_true(i == EACH ? seen.count == any : seen.count <= any);
        int sum = 0;
        at.probe += 3; /* the value, the condition, visits(7d) */
        at.has_key = true;
        for (int k = 0; k < seen.count; k++) {
            at.key = seen.keys[k];
            sum += (int)value_at(p, &at);
        }
        assert_int_equal(sum, visits_at(p, p->now, -1));
    }
    assert_int_equal(is_member(p, SOME), often >= 1);
    assert_int_equal(is_member(p, EACH), p->is_known && often == any);
    assert_int_equal(is_member(p, TALLY), often >= 2);
}

static void what_is_told_is_what_happened(void **context) {
    (void)context;
    srand(7);
    for (int round = 0; round < 60; round++) {
        person p;
        open_person(&p);
        for (int step = 0; step < 50; step++) {
            int64_t by = rand() % 3 ? (1 + rand() % 29) * HOUR : 7 * DAY - 2 + rand() % 4;
            p.now += by;
            if (rand() % 3 == 0)
                set_plan(&p, rand() % 3);
            else if (p.count < MOST && rand() % 2)
                visit(&p, rand() % PAGES);
            else
                assert_int_equal(seg_advance(p.vm, &p.state, p.now, sink_of(&p)), SEG_OK);
            check_turns(&p);
            check_change(&p);
            check_latch(&p);
            check_past(&p);
            check_each(&p);
        }
        close_person(&p);
    }
}

static void nobody_has_a_past(void **context) {
    (void)context;
    person p;
    open_person(&p);
    assert_int_equal(seg_advance(p.vm, &p.state, p.now, sink_of(&p)), SEG_OK);
    seg_flips turns = turns_of(&p, HELD, SEG_PROBE_HELD);
    assert_true(!turns.holds && turns.became_true == SEG_NEVER && turns.became_false == SEG_NEVER);
    assert_true(turns_of(&p, LATCH, SEG_PROBE_LATCH).became_false == SEG_NEVER);
    assert_true(turns_of(&p, MOVED, SEG_PROBE_CHANGED).changed == SEG_NEVER);
    seg_probe_at at = at_probe(&p, SOME, SEG_PROBE_SOME);
    seen_values seen = {.p = &p};
    assert_int_equal(seg_probe_each(p.vm, &p.state, &at, see_value, &seen), SEG_OK);
    assert_int_equal(seen.count, 0);
    seg_value value;
    int64_t holds;
    at.probe++; /* without a value at hand there is nothing to find */
    assert_int_equal(seg_probe_value(p.vm, &p.state, &at, &value, &holds), SEG_OK);
    assert_true(!value.known && holds == SEG_NEVER);
    at.past_ms = -1;
    assert_int_equal(seg_probe_value(p.vm, &p.state, &at, &value, &holds), SEG_E_USAGE);
    at = (seg_probe_at){.segment = p.number[S], .probe = 99, .now = p.now};
    assert_int_equal(seg_probe_flips(p.vm, &p.state, &at, &turns), SEG_E_USAGE);
    assert_int_equal(seg_probe_each(p.vm, &p.state, &at, see_value, &seen), SEG_E_USAGE);
    close_person(&p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_told_is_what_happened),
        cmocka_unit_test(nobody_has_a_past),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
