/* test_state.c - the bytes of states: both forms of the directory, one canonical form whatever the order of
 * arrival, and bytes that are refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <seg.h>
#include <state.h>

#include "dice.h"
#include "workspace_image.h"

enum { FACTS = 1500, MANY = 2100 };

static const int64_t start = INT64_C(1767225600000), day = 86400000;

/* Logs, totals, newest values, counts with dues, and messages. */
static const char rules[] = "duplicates within 7d\n"
                            "profile { level: int  mood: int = 4  seen: time? }\n"
                            "event buy from \"Buy\" { amount: int  kind: int }\n"
                            "event view from \"View\" { kind: int }\n"
                            "segment sa: sum(buy.amount, 30d) > 900\n"
                            "segment sb: sum(buy.amount, ever) > 5000 and level < 3\n"
                            "segment sc: view(7d) >= 2\n"
                            "segment sd: view(30d where kind == 1) >= 3 or mood == 4\n"
                            "segment se: any buy(90d where kind == 2) and seen within last 30d\n";

typedef struct profile {
    seg_image *image;
    seg_vm *vm;
    seg_state state;
} profile;

static profile make_profile(const char *source) {
    profile p = {.image = seg_image_of_workspace(source)};
    assert_non_null(p.image);
    assert_int_equal(seg_vm_new(&p.vm, p.image, NULL, NULL), SEG_OK);
    assert_int_equal(seg_state_init(p.vm, &p.state), SEG_OK);
    return p;
}

static void free_profile(profile *p) {
    seg_state_free(p->vm, &p->state);
    seg_vm_free(p->vm);
    seg_image_free(p->image);
}

static void expect_sound(const profile *p) {
    seg_error error = {0};
    if (seg_state_check(p->image, p->state.bytes, p->state.size_bytes, &error))
        fail_msg("%s at %zu", error.message, error.offset);
}

static bool is_wide(const profile *p) { return seg_state_is_wide(p->state.bytes); }

typedef struct happening {
    int64_t time;
    uint64_t tie, message;
    uint32_t number; /* 0, 1: events; 2 .. 4: attributes */
    int64_t a, b;
} happening;

/* Some at the same instant, some ahead of now, and ties only in the later half of the list. */
static happening random_happening(int i, int64_t now) {
    uint64_t tie = i % 2 && dice(2) ? (uint64_t)dice(5) : 0;
    return (happening){.time = now - dice(20 * 24) * (day / 24) + (dice(40) == 0 ? 25 * day : 0),
                       .tie = tie,
                       .message = dice(3) ? (uint64_t)i + 1 : 0,
                       .number = (uint32_t)(dice(6) ? dice(2) : 2 + dice(3)),
                       .a = dice(50),
                       .b = dice(4)};
}

static void put(profile *p, const happening *h, int64_t now) {
    seg_value values[2] = {{.known = true, .as.i = h->a}, {.known = true, .as.i = h->b}};
    if (h->number == 1) values[0].as.i = h->b;
    if (h->number == 4) values[0].known = h->b > 0;
    if (h->number == 4) values[0].as.i = h->time;
    seg_status status;
    if (h->number < 2) {
        seg_event event = {
            .event = h->number, .fields = values, .time = h->time, .tie = h->tie, .message = h->message};
        status = seg_put_event(p->vm, &p->state, &event, now, NULL, NULL);
    } else {
        status = seg_put_attribute(p->vm, &p->state, h->number - 2, values, h->time, h->tie, h->message, now,
                                   NULL, NULL);
    }
    assert_int_equal(status, SEG_OK);
}

static void shuffle(happening *list, int count) {
    for (int i = count - 1; i > 0; i--) {
        int64_t j = dice(i + 1);
        happening other = list[i];
        list[i] = list[j];
        list[j] = other;
    }
}

static void settle(profile *p, int64_t now) {
    assert_int_equal(seg_settle(p->vm, &p->state, now, SEG_CAUSE_EVENT, (seg_sink){0}), SEG_OK);
    assert_int_equal(seg_state_compact(p->vm, &p->state), SEG_OK);
    expect_sound(p);
}

static void expect_equal(const profile *a, const profile *b) {
    assert_int_equal(a->state.size_bytes, b->state.size_bytes);
    assert_memory_equal(a->state.bytes, b->state.bytes, a->state.size_bytes);
}

/* Few facts and many, in two orders; a third profile is a merge of two halves. */
static void one_form_for_any_order(void **context) {
    (void)context;
    static happening list[FACTS];
    int wide = 0, narrow = 0;
    for (int count = 1; count <= FACTS; count += 1 + count / 3) {
        profile a = make_profile(rules), b = make_profile(rules), c = make_profile(rules);
        int64_t now = start + 60 * day;
        for (int i = 0; i < count; i++) list[i] = random_happening(i, now);
        for (int i = 0; i < count; i++) put(&a, &list[i], now);
        expect_sound(&a);
        shuffle(list, count);
        for (int i = 0; i < count; i++) put(&b, &list[i], now);
        for (int i = 0; i < count; i++) put(&c, &list[i], now);
        settle(&a, now);
        settle(&b, now);
        expect_equal(&a, &b);
        assert_int_equal(seg_state_compact(c.vm, &c.state), SEG_OK); /* unsettled: it is stale */
        settle(&c, now);
        expect_equal(&a, &c);
        wide += is_wide(&a);
        narrow += !is_wide(&a);
        free_profile(&a);
        free_profile(&b);
        free_profile(&c);
    }
    assert_true(wide > 0 && narrow > 0);
}

/* What two profiles know goes together as if one had known it, whichever form each has. */
static void merges(void **context) {
    (void)context;
    static happening list[FACTS];
    static const int sizes[] = {3, 40, FACTS / 2};
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) {
            profile a = make_profile(rules), b = make_profile(rules), whole = make_profile(rules);
            int64_t now = start + 60 * day;
            int count = sizes[i] + sizes[j];
            for (int k = 0; k < count; k++) list[k] = random_happening(k, now);
            for (int k = 0; k < count; k++) {
                put(k < sizes[i] ? &a : &b, &list[k], now);
                put(&whole, &list[k], now);
            }
            assert_int_equal(seg_merge(a.vm, &a.state, &b.state, now, (seg_sink){0}), SEG_OK);
            expect_sound(&a);
            settle(&a, now);
            settle(&whole, now);
            expect_equal(&a, &whole);
            free_profile(&a);
            free_profile(&b);
            free_profile(&whole);
        }
}

static void large_becomes_small(void **context) {
    (void)context;
    profile p = make_profile(rules);
    int64_t now = start;
    for (int i = 0; i < FACTS; i++) {
        happening h = random_happening(i, now += day / 100);
        put(&p, &h, now);
        if (i % 50 == 0) expect_sound(&p);
    }
    assert_true(is_wide(&p));
    settle(&p, now);
    assert_true(is_wide(&p));
    settle(&p, now + 400 * day);
    assert_false(is_wide(&p));
    assert_in_range(p.state.size_bytes, 1, 600);
    free_profile(&p);
}

/* More stores than a narrow directory numbers. */
static void many_stores(void **context) {
    (void)context;
    size_t room = 64 + MANY * 64, size = 0;
    char *source = malloc(room);
    uint8_t *seen = calloc(MANY, 1);
    assert_true(source && seen);
    size += (size_t)snprintf(source, room, "event view from \"View\" { kind: int }\n");
    for (int i = 0; i < MANY; i++)
        size += (size_t)snprintf(source + size, room - size, "segment s%d: any view(30d where kind == %d)\n",
                                 i, i);
    profile p = make_profile(source);
    assert_true(is_wide(&p));
    for (int i = 0; i < 3000; i++) {
        int64_t kind = dice(MANY), now = start + i;
        seg_value value = {.known = true, .as.i = kind};
        seg_event event = {.fields = &value, .time = now, .tie = i > 2000};
        assert_int_equal(seg_apply_event(p.vm, &p.state, &event, now, (seg_sink){0}, NULL, NULL), SEG_OK);
        seen[kind] = 1;
        if (i % 200 == 0) expect_sound(&p);
    }
    assert_int_equal(seg_state_compact(p.vm, &p.state), SEG_OK);
    expect_sound(&p);
    for (int i = 0; i < MANY; i++) {
        char name[16];
        seg_text text = {name, (size_t)snprintf(name, sizeof name, "s%d", i)};
        uint32_t segment = seg_image_find_segment(p.image, text);
        assert_int_equal(seg_state_is_member(p.vm, &p.state, segment), seen[i]);
    }
    assert_int_equal(seg_advance(p.vm, &p.state, start + 40 * day, (seg_sink){0}), SEG_OK);
    for (uint32_t i = 0; i < MANY; i++) assert_false(seg_state_is_member(p.vm, &p.state, i));
    assert_int_equal(seg_state_compact(p.vm, &p.state), SEG_OK);
    assert_int_equal(seg_slot_count(p.image, p.state.bytes), 0);
    free_profile(&p);
    free(seen);
    free(source);
}

/* ---- refused -------------------------------------------------------------------------------------- */

static void expect_refused(const profile *p, seg_status status, const char *what) {
    seg_error error = {0};
    assert_int_equal(seg_state_check(p->image, p->state.bytes, p->state.size_bytes, &error), status);
    if (!strstr(error.message, what)) fail_msg("\"%s\" does not say \"%s\"", error.message, what);
}

static profile known_profile(int facts) {
    profile p = make_profile(rules);
    for (int i = 0; i < facts; i++) {
        happening h = random_happening(i, start);
        put(&p, &h, start);
    }
    expect_sound(&p);
    return p;
}

static void narrow_damage(void **context) {
    (void)context;
    profile p = known_profile(60);
    uint8_t *bytes = p.state.bytes;
    seg_narrow *slots = (seg_narrow *)(void *)(bytes + p.image->places.directory);
    assert_in_range(seg_slot_count(p.image, bytes), 3, 20);
    seg_narrow first = slots[0], second = slots[1];
    slots[1] = (second & ~1023u) | (first & 1023u);
    expect_refused(&p, SEG_E_STATE, "not in its place");
    slots[1] = (second & 0x1fffff) | (first & ~0x1fffffu);
    expect_refused(&p, SEG_E_STATE, "no owner");
    slots[1] = second;
    slots[0] = first | 1023u << 10;
    expect_refused(&p, SEG_E_STATE, "larger than its area");
    slots[0] = first;
    bytes[p.image->places.pins] ^= 1;
    expect_refused(&p, SEG_E_STATE, "newest value");
    bytes[p.image->places.pins] ^= 1;
    bytes[1] ^= SEG_STATE_AHEAD;
    expect_refused(&p, SEG_E_STATE, "next fact");
    bytes[1] ^= SEG_STATE_AHEAD | SEG_STATE_WIDE;
    expect_refused(&p, SEG_E_STATE, "directory");
    bytes[1] ^= SEG_STATE_WIDE;
    expect_sound(&p);
    bytes[0]++;
    expect_refused(&p, SEG_E_VERSION, "format 6");
    memcpy(bytes, "SEGS\3", 6);
    expect_refused(&p, SEG_E_VERSION, "format 3");
    free_profile(&p);
}

static void wide_damage(void **context) {
    (void)context;
    profile p = known_profile(FACTS);
    assert_true(is_wide(&p));
    seg_wide_head *head = (seg_wide_head *)(void *)seg_wide_peek(p.image, p.state.bytes);
    seg_wide *slots = (seg_wide *)(void *)seg_wide_slots(p.image, p.state.bytes);
    const seg_wide_head old = *head;
    const seg_wide first = slots[0], second = slots[1];
    slots[1].offset = slots[0].offset;
    expect_refused(&p, SEG_E_STATE, "not in its place");
    slots[1].offset = (uint32_t)p.state.size_bytes;
    expect_refused(&p, SEG_E_STATE, "not in its place");
    slots[1] = second;
    slots[0].size_and_ties = UINT32_MAX - 7;
    expect_refused(&p, SEG_E_STATE, "not in its place");
    slots[0] = first;
    slots[1].owner = first.owner;
    expect_refused(&p, SEG_E_STATE, "no owner");
    slots[1] = second;
    head->count = head->capacity + 1;
    expect_refused(&p, SEG_E_STATE, "directory");
    *head = old;
    head->capacity = UINT32_MAX;
    expect_refused(&p, SEG_E_STATE, "directory");
    *head = old;
    head->hole_bytes += 8;
    expect_refused(&p, SEG_E_STATE, "holes");
    *head = old;
    expect_sound(&p);
    free_profile(&p);
}

/* When a count changes is not noted anywhere, but follows from the entries: what sleeps beyond it is refused,
 * unless other rules count, which evaluate afresh. */
static void sleeps_through_a_count(void **context) {
    (void)context;
    profile p =
        make_profile("event view from \"View\"\nsegment s: view(30d) >= 2\nsegment t: any view(7d)\n");
    for (int64_t now = start; now < start + 3 * day; now += day) {
        seg_event event = {.time = now};
        assert_int_equal(seg_apply_event(p.vm, &p.state, &event, now, (seg_sink){0}, NULL, NULL), SEG_OK);
    }
    seg_state_header *head = seg_state_head(p.state.bytes);
    assert_int_equal(seg_state_deadline(&p.state), start + 9 * day);
    expect_sound(&p);
    head->deadline++;
    expect_refused(&p, SEG_E_STATE, "sleep through a change");
    head->rules ^= 1;
    expect_sound(&p);
    assert_int_equal(seg_advance(p.vm, &p.state, start + 9 * day, (seg_sink){0}), SEG_OK);
    assert_int_equal(seg_state_deadline(&p.state), start + 31 * day);
    assert_int_equal(seg_advance(p.vm, &p.state, start + 31 * day, (seg_sink){0}), SEG_OK);
    assert_int_equal(seg_state_deadline(&p.state), SEG_NEVER);
    assert_false(seg_state_is_member(p.vm, &p.state, 0));
    expect_sound(&p);
    free_profile(&p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_form_for_any_order), cmocka_unit_test(merges),
        cmocka_unit_test(large_becomes_small),    cmocka_unit_test(many_stores),
        cmocka_unit_test(narrow_damage),          cmocka_unit_test(wide_damage),
        cmocka_unit_test(sleeps_through_a_count)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
