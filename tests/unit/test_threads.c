/* test_threads.c - what seg.h promises of threads: an image is shared by all of them, each has its own VM and
 * its own states, and all come to the same answers. Runs under the thread sanitizer too (`make tsan`). */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../compiler/segc.h"

enum { THREADS = 4, PROFILES = 40, FACTS = 60 };
#define HOUR INT64_C(3600000)

static const char rules[] =
    "profile { opted_out: bool = false }\n"
    "event visits from \"Page Viewed\" { page: text, seconds: int }\n"
    "segment at_risk: visits(30d) < 2 and not opted_out\n"
    "segment readers: sum(visits.seconds, 7d) > 300 and any visits(2d where page matches /^.docs/)\n"
    "segment gone: any visits(ever) and no visits(1mo)\n";

typedef struct worker {
    const seg_image *image;
    uint64_t changes, digest; /* of every change, in order */
    bool failed;
} worker;

static void take_changes(void *user, const seg_change *changes, size_t count) {
    worker *w = user;
    w->changes += count;
    for (const seg_change *change = changes; change < changes + count; change++)
        w->digest = (w->digest ^ (uint64_t)change->at ^ change->segment ^ (change->entered ? 1u << 8 : 0)) *
                    UINT64_C(1099511628211);
}

static void live(worker *w, seg_vm *vm, int profile) {
    static const char *const pages[] = {"/", "/docs", "/docs/tour"};
    seg_state state;
    int64_t now = 0;
    if (seg_state_init(vm, &state) != SEG_OK) {
        w->failed = true;
        return;
    }
    for (int i = 0; i < FACTS; i++) {
        const char *page = pages[(profile + i) % 3];
        seg_value fields[] = {{.known = true, .as.text = {page, strlen(page)}},
                              {.known = true, .as.i = 10 * (i % 7) + profile}};
        now += HOUR * (1 + (profile * 7 + i * i) % 200);
        seg_event event = {.event = 0, .time = now, .fields = fields};
        if (seg_apply_event(vm, &state, &event, now, (seg_sink){take_changes, w}, NULL, NULL) != SEG_OK)
            w->failed = true;
    }
    if (seg_advance(vm, &state, now + 2000 * HOUR, (seg_sink){take_changes, w}) != SEG_OK) w->failed = true;
    seg_state_free(vm, &state);
}

static void *work(void *user) {
    worker *w = user;
    seg_vm *vm;
    if (seg_vm_new(&vm, w->image, NULL, NULL) != SEG_OK) {
        w->failed = true;
        return NULL;
    }
    for (int i = 0; i < PROFILES; i++) live(w, vm, i);
    seg_vm_free(vm);
    return NULL;
}

static seg_image *image_make(void) {
    seg_unit *unit;
    const uint8_t *bytes;
    size_t size_bytes;
    seg_image *image;
    assert_int_equal(seg_unit_new(&unit, NULL), SEG_OK);
    assert_int_equal(seg_unit_add(unit, "rules.seg", rules, strlen(rules)), SEG_OK);
    assert_int_equal(seg_unit_check(unit), SEG_OK);
    assert_int_equal(seg_unit_errors(unit), 0);
    assert_int_equal(seg_unit_image(unit, false, &bytes, &size_bytes), SEG_OK);
    assert_int_equal(seg_image_load(&image, bytes, size_bytes, NULL, NULL), SEG_OK);
    seg_unit_free(unit);
    return image;
}

static void threads_share_an_image(void **state) {
    (void)state;
    seg_image *image = image_make();
    worker workers[THREADS] = {0};
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) {
        workers[i].image = image;
        assert_int_equal(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
    assert_true(workers[0].changes > PROFILES);
    for (int i = 0; i < THREADS; i++) {
        assert_false(workers[i].failed);
        assert_int_equal(workers[i].changes, workers[0].changes);
        assert_true(workers[i].digest == workers[0].digest);
    }
    seg_image_free(image);
}

/* Compilations share nothing either: each thread has a unit of its own. */
static void *compile(void *user) {
    uint64_t *digest = user;
    seg_unit *unit;
    const uint8_t *bytes;
    size_t size_bytes;
    if (seg_unit_new(&unit, NULL) != SEG_OK) return NULL;
    if (seg_unit_add(unit, "rules.seg", rules, strlen(rules)) == SEG_OK && seg_unit_check(unit) == SEG_OK &&
        seg_unit_image(unit, true, &bytes, &size_bytes) == SEG_OK)
        for (size_t i = 0; i < size_bytes; i++) *digest = (*digest ^ bytes[i]) * UINT64_C(1099511628211);
    seg_unit_free(unit);
    return NULL;
}

static void threads_compile_apart(void **state) {
    (void)state;
    uint64_t digests[THREADS] = {0};
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, compile, &digests[i]), 0);
    for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
    assert_true(digests[0] != 0);
    for (int i = 0; i < THREADS; i++) assert_true(digests[i] == digests[0]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_share_an_image),
        cmocka_unit_test(threads_compile_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
