/* The calendar of deadlines, against a list that is searched through. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../engine/timers.h"

enum { ROOM = 4096 };

static uint64_t next_random(uint64_t *random) {
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    return *random >> 11;
}

typedef struct model {
    seg_timer entries[ROOM];
    size_t count;
} model;

static int compare(const void *left, const void *right) {
    const seg_timer *a = left, *b = right;
    if (a->deadline != b->deadline) return a->deadline < b->deadline ? -1 : 1;
    return a->profile < b->profile ? -1 : a->profile > b->profile;
}

/* Both give the same entries before `before`, in the same order of deadlines. */
static void drain(seg_timers *timers, model *m, int64_t before) {
    qsort(m->entries, m->count, sizeof *m->entries, compare);
    size_t taken = 0, count;
    seg_timer *due;
    for (;;) {
        assert_true(seg_timers_next(timers, before, &due, &count));
        if (!count) break;
        qsort(due, count, sizeof *due, compare);
        for (size_t i = 0; i < count; i++) {
            assert_true(taken < m->count);
            assert_int_equal(due[i].deadline, due[0].deadline);
            assert_int_equal(due[i].deadline, m->entries[taken].deadline);
            assert_int_equal(due[i].profile, m->entries[taken].profile);
            taken++;
        }
    }
    assert_true(taken == m->count || m->entries[taken].deadline >= before);
    memmove(m->entries, m->entries + taken, (m->count - taken) * sizeof *m->entries);
    m->count -= taken;
    assert_int_equal(timers->count, m->count);
}

/* An entry comes at its deadline, or somewhat earlier if that differs from the present in more than 32 bits.
 */
static void check_early(const seg_timer *entry, int64_t deadline, uint64_t present) {
    uint64_t differs = ((uint64_t)deadline ^ UINT64_C(1) << 63) ^ present;
    assert_true(entry->deadline <= deadline);
    assert_true(entry->deadline == deadline ||
                (uint64_t)deadline - (uint64_t)entry->deadline < differs >> 32);
}

enum { PEOPLE = 1000 };

/* The entry of each that counts; as the engine does, of equal ones one is kept. */
static size_t keep(void *user, seg_timer *entries, size_t count) {
    int64_t *armed = user;
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (armed[entries[i].profile] != entries[i].deadline) continue;
        armed[entries[i].profile] = SEG_NEVER;
        entries[kept++] = entries[i];
    }
    return kept;
}

static void on_kept(void *user, const seg_timer *entries, size_t count) {
    int64_t *armed = user;
    for (size_t i = 0; i < count; i++) armed[entries[i].profile] = entries[i].deadline;
}

static void sweep(seg_timers *timers, model *m, int64_t *armed) {
    timers->user = armed;
    seg_timers_sweep(timers, keep, on_kept);
    m->count = keep(armed, m->entries, m->count);
    on_kept(armed, m->entries, m->count);
    assert_int_equal(timers->count, m->count);
}

static void test_against_a_list(void **state) {
    (void)state;
    static int64_t armed[PEOPLE];
    uint64_t random = 88172645463325252u;
    static model m;
    for (int round = 0; round < 300; round++) {
        seg_timers timers;
        seg_timers_init(&timers, NULL);
        m.count = 0;
        int64_t now = SEG_TIME_MIN;
        if (round % 3) now = (int64_t)(next_random(&random) % 2000000000000) - 1000000000000;
        for (int step = 0; step < 40; step++) {
            for (uint64_t i = next_random(&random) % 100; i > 0 && m.count < ROOM; i--) {
                uint64_t reach = UINT64_C(1) << next_random(&random) % 45;
                seg_timer entry = {now + 1 + (int64_t)(next_random(&random) % reach),
                                   (uint32_t)next_random(&random) % PEOPLE};
                for (uint64_t times = next_random(&random) % 4 ? 1 : 3; times > 0 && m.count < ROOM;
                     times--) {
                    int64_t deadline = entry.deadline;
                    assert_true(seg_timers_add(&timers, &entry));
                    check_early(&entry, deadline, timers.present);
                    m.entries[m.count++] = entry;
                }
                armed[entry.profile] = entry.deadline;
            }
            if (next_random(&random) % 8 == 0) sweep(&timers, &m, armed);
            int64_t to = now + (int64_t)(next_random(&random) % (UINT64_C(1) << next_random(&random) % 46));
            drain(&timers, &m, to + 1);
            now = to;
        }
        if (round % 2) sweep(&timers, &m, armed);
        drain(&timers, &m, INT64_MAX);
        seg_timers_free(&timers);
    }
}

static void test_ends_of_time(void **state) {
    (void)state;
    seg_timers timers;
    seg_timer *due;
    size_t count;
    seg_timers_init(&timers, NULL);
    assert_true(seg_timers_next(&timers, INT64_MAX, &due, &count) && count == 0);
    static const int64_t deadlines[] = {INT64_MAX - 1, SEG_TIME_MAX, 0, -1, SEG_TIME_MIN, INT64_MIN + 1};
    int64_t told[6];
    for (uint32_t i = 0; i < 6; i++) {
        seg_timer entry = {deadlines[i], i};
        assert_true(seg_timers_add(&timers, &entry));
        check_early(&entry, deadlines[i], timers.present);
        told[i] = entry.deadline;
    }
    assert_true(seg_timers_next(&timers, INT64_MIN + 1, &due, &count) && count == 0);
    for (uint32_t i = 6; i-- > 0;) {
        assert_true(seg_timers_next(&timers, INT64_MAX, &due, &count) && count == 1);
        assert_int_equal(due->deadline, told[i]);
    }
    seg_timer past = {5, 9}; /* before the present: comes at once */
    assert_true(seg_timers_add(&timers, &past) && past.deadline == 5);
    assert_true(seg_timers_next(&timers, INT64_MAX, &due, &count) && count == 1);
    assert_int_equal(due->profile, 9);
    seg_timers_free(&timers);
}

/* A calendar of which most is swept takes in as many again without more memory. */
static void test_room_is_used_again(void **state) {
    (void)state;
    static int64_t armed[PEOPLE];
    seg_timers timers;
    seg_timers_init(&timers, NULL);
    timers.user = armed;
    size_t held = 0;
    for (int round = 0; round < 20; round++) {
        uint64_t random = 88172645463325252u;
        for (uint32_t i = 0; i < 100 * PEOPLE; i++) {
            seg_timer entry = {(int64_t)(next_random(&random) % 1000000000), i % PEOPLE};
            assert_true(seg_timers_add(&timers, &entry));
            armed[i % PEOPLE] = entry.deadline;
        }
        seg_timers_sweep(&timers, keep, on_kept);
        assert_int_equal(timers.count, PEOPLE);
        if (round == 1) held = timers.spare_count;
        if (round > 1) assert_int_equal(timers.spare_count, held);
    }
    uint64_t random = 1;
    for (uint32_t i = 0; i < 100 * PEOPLE; i++) {
        seg_timer entry = {(int64_t)(next_random(&random) % 1000000000), i};
        assert_true(seg_timers_add(&timers, &entry));
    }
    size_t count, taken = 0;
    seg_timer *due;
    int64_t at = INT64_MIN;
    while (seg_timers_next(&timers, INT64_MAX, &due, &count) && count > 0) {
        assert_true(due->deadline > at);
        at = due->deadline;
        taken += count;
    }
    assert_int_equal(taken, 101 * PEOPLE); /* none is lost on the way to finer buckets */
    seg_timers_free(&timers);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_a_list),
        cmocka_unit_test(test_ends_of_time),
        cmocka_unit_test(test_room_is_used_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
