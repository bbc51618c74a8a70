/* test_chart_values.c - verdicts along charts of newest values against those that the machine finds condition
 * by condition. */
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

enum { SEGMENTS = 16 };

static const char rules[] =
    "profile { visits: int  spent: decimal(2)?  away: bool  level: int = 3  word: text?\n"
    "  country: de | at | ch | fr  joined: time?  e: int  f: int  g: int  h: int }\n"
    "event views from \"view\"\n"
    "segment sa: visits < 2 and not away and country in [de, at]\n"
    "segment sb: country in [de, fr] or visits > 2\n"
    "segment sc: if away then spent is missing else visits == 1\n"
    "segment sd: level == 3\n"
    "segment se: not (level == 3)\n"
    "segment sf: away\n"
    "segment sg: word == \"one\" or word in [\"two\", \"three\"] and not away\n"
    "segment sh: spent is known and visits between 1 and 2\n"
    "segment si: in sa or not in sb\n"
    "segment sj: (word ?? \"one\") == \"one\"\n"
    "segment sk: (spent ?? 1.00) > 0.50 and joined is missing\n"
    "segment sl: visits < 1 or visits > 1 and away or level == 3 or e == 1 and f == 1\n"
    "segment sm: e == 1 and (f == 1 or g == 1 and not (h == 1 or away))\n"
    "segment sn: e == 1 and f == 1 and g == 1 and h == 1 and visits == 1 and level == 3 and away\n"
    "segment so: e == f\n"
    "segment sp: away and views(30d) < 2\n";

static const char *const names[] = {"visits", "spent", "away", "level", "word", "country",
                                    "joined", "e",     "f",    "g",     "h"};

typedef struct person {
    seg_image *image;
    seg_vm *vm;
    seg_state state;
    int64_t now;
    uint64_t tie;
} person;

static seg_value random_value(uint32_t attribute) {
    static const char *const words[] = {"one", "two", "three", "four"};
    seg_value value = {.known = true};
    if ((attribute == 1 || attribute == 4 || attribute == 6) && dice(3) == 0) return (seg_value){0};
    if (attribute == 4) {
        const char *word = words[dice(4)];
        value.as.text = (seg_text){word, strlen(word)};
    } else {
        value.as.i = attribute == 2 ? dice(2) : attribute == 1 ? 49 + dice(3) : dice(4);
    }
    return value;
}

static void set(person *p, const char *name, seg_value value, int64_t time) {
    uint32_t attribute = seg_image_find_attribute(p->image, (seg_text){name, strlen(name)});
    assert_int_not_equal(attribute, SEG_NONE);
    assert_int_equal(
        seg_put_attribute(p->vm, &p->state, attribute, &value, time, p->tie++, 0, p->now, NULL, NULL),
        SEG_OK);
}

/* Bits kept by the machine, condition by condition, are what charts are compared with. */
static void compare(person *p) {
    assert_int_equal(seg_settle(p->vm, &p->state, p->now, SEG_CAUSE_ATTRIBUTE, (seg_sink){0}), SEG_OK);
    for (uint32_t i = 0; i < SEGMENTS; i++) {
        bool verdict, alone;
        int64_t until;
        assert_int_equal(seg_evaluate(p->vm, &p->state, i, p->now, &verdict, &until), SEG_OK);
        assert_int_equal(verdict, seg_state_is_member(p->vm, &p->state, i));
        assert_int_equal(seg_evaluate(p->vm, &p->state, i, p->now, &alone, NULL), SEG_OK);
        assert_int_equal(alone, verdict);
        assert_true(until > p->now);
        if (until == SEG_NEVER) continue;
        assert_int_equal(seg_evaluate(p->vm, &p->state, i, until - 1, &alone, NULL), SEG_OK);
        assert_int_equal(alone, verdict);
        assert_int_equal(seg_evaluate(p->vm, &p->state, i, until, &alone, NULL), SEG_OK);
        assert_int_not_equal(alone, verdict);
    }
}

static void setup(person *p) {
    *p = (person){.image = seg_image_of_workspace(rules), .now = 100};
    assert_int_equal(seg_vm_new(&p->vm, p->image, NULL, NULL), SEG_OK);
    assert_int_equal(seg_state_init(p->vm, &p->state), SEG_OK);
}

static void teardown(person *p) {
    seg_state_free(p->vm, &p->state);
    seg_vm_free(p->vm);
    seg_image_free(p->image);
}

static void logic_becomes_nodes(void **context) {
    (void)context;
    person p;
    setup(&p);
    static const char kinds[SEGMENTS + 1] =
        "aaaaaararaarrr-v"; /* alone; ranges; none; ranges and then others */
    for (uint32_t i = 0; i < SEGMENTS; i++) {
        const seg_node *first = p.image->charts[i];
        seg_node_kind kind = seg_node_kind_of(first);
        assert_int_equal(kind, kinds[i] == 'a'   ? SEG_NODE_ALONE
                               : kinds[i] == '-' ? SEG_NODE_NONE
                                                 : SEG_NODE_RANGES);
        assert_int_equal(first->is_fixed, kinds[i] == 'a' || kinds[i] == 'r');
        if (kind != SEG_NODE_NONE) assert_int_equal((uintptr_t)first % sizeof *first, 0);
    }
    assert_int_equal(sizeof(seg_node), 64);
    teardown(&p);
}

/* Values come on time, late, and for later; some are taken back; now and then everything is erased. */
static void charts_agree_with_the_machine(void **context) {
    (void)context;
    person p;
    setup(&p);
    int ahead = 0;
    for (int round = 0; round < 20000; round++) {
        uint32_t attribute = (uint32_t)dice(sizeof names / sizeof *names);
        p.now += dice(3);
        set(&p, names[attribute], random_value(attribute), p.now - 3 + dice(dice(4) == 0 ? 9 : 4));
        compare(&p);
        ahead += p.state.bytes && (seg_state_peek(p.state.bytes)->flags & SEG_STATE_AHEAD) != 0;
        if (dice(50) == 0)
            assert_int_equal(seg_erase(p.vm, &p.state, p.now, SEG_CAUSE_ERASE, (seg_sink){0}), SEG_OK);
        if (dice(10) == 0) assert_int_equal(seg_state_compact(p.vm, &p.state), SEG_OK);
    }
    assert_true(ahead > 1000 && ahead < 19000);
    teardown(&p);
}

static void faults_are_told_as_ever(void **context) {
    (void)context;
    person p;
    bool verdict = true;
    setup(&p);
    assert_int_equal(seg_evaluate(p.vm, &p.state, 3, p.now, &verdict, NULL), SEG_OK);
    assert_false(verdict); /* nobody is there yet */
    set(&p, "visits", (seg_value){.known = true, .as.i = 1}, p.now);
    assert_int_equal(seg_evaluate(p.vm, &p.state, 3, p.now, &verdict, NULL), SEG_OK);
    assert_true(verdict);
    assert_int_equal(seg_evaluate(p.vm, &p.state, 3, p.now - 1, &verdict, NULL), SEG_E_TIME);
    assert_int_equal(seg_evaluate(p.vm, &p.state, 3, SEG_TIME_MAX, &verdict, NULL), SEG_OK);
    assert_int_equal(seg_evaluate(p.vm, &p.state, 3, SEG_TIME_MAX + 1, &verdict, NULL), SEG_E_TIME);
    assert_int_equal(seg_evaluate(p.vm, &p.state, SEGMENTS, p.now, &verdict, NULL), SEG_E_USAGE);
    p.state.bytes[0] ^= 1;
    assert_int_equal(seg_evaluate(p.vm, &p.state, 3, p.now, &verdict, NULL), SEG_E_STATE);
    p.state.bytes[0] ^= 1;
    teardown(&p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(logic_becomes_nodes),
        cmocka_unit_test(charts_agree_with_the_machine),
        cmocka_unit_test(faults_are_told_as_ever),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
