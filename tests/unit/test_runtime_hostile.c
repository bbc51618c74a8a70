/* test_runtime_hostile.c - damaged images and states: refused, or safe to run. Meant for a build with the
 * address and undefined-behaviour sanitizers, which are what notices. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <calendar.h>
#include <seg.h>

#include "dice.h"
#include "image_builder.h"

static const int64_t day = SEG_DAY_MS, start = 20115 * SEG_DAY_MS;

/* One bit changed, one more, or anything. */
static uint8_t damage(uint8_t byte, unsigned how) {
    unsigned damaged = how < 8 ? byte ^ 1u << how : how == 8 ? byte + 1u : (unsigned)dice(256);
    return (uint8_t)damaged;
}

static void ignore_changes(void *user, const seg_change *changes, size_t count) {
    int64_t *sum = user;
    for (size_t i = 0; i < count; i++) *sum += changes[i].valid_until != SEG_NEVER;
}
static void ignore_bytes(void *user, const char *bytes, size_t size_bytes) {
    int64_t *sum = user;
    for (size_t i = 0; i < size_bytes; i++) *sum += bytes[i];
}
static void ignore_entry(void *user, int64_t time, uint64_t tie, const int64_t *words, size_t word_count) {
    int64_t *sum = user;
    *sum += (time > 0) + (tie > 0);
    for (size_t i = 0; i < word_count; i++) *sum += words[i] > 0;
}

static void ignore_value(void *user, int64_t key, const seg_value *value, bool holds) {
    int64_t *sum = user;
    *sum += (key > 0) + value->known + holds;
}

/* A value that fits most declarations of its type. */
static seg_value random_value(const seg_field_info *field) {
    static const char *const texts[] = {"/pricing", "a cart", "", "ab", "Bonn"};
    static const seg_text members[] = {{"sale", 4}, {"", 0}, {"sale", 4}};
    seg_value value = {.known = dice(5) != 0};
    int which = (int)dice(5);
    switch (field->type) {
    case SEG_FLOAT: value.as.f = (double)dice(1000) / 7 - 70; break;
    case SEG_TEXT:
    case SEG_ZONE: value.as.text = (seg_text){texts[which], strlen(texts[which])}; break;
    case SEG_SET: value.as.set.items = members, value.as.set.count = (size_t)dice(4); break;
    case SEG_BOOL:
    case SEG_ENUM: value.as.i = dice(2); break;
    case SEG_TIME: value.as.i = start + dice(100) * day; break;
    default: value.as.i = dice(4) ? dice(500) - 100 : dice(INT64_MAX) - dice(INT64_MAX);
    }
    return value;
}

static void take_fact(seg_vm *vm, const seg_image *image, seg_state *state, int64_t now, seg_sink sink) {
    seg_image_info info;
    seg_image_describe(image, &info);
    uint32_t number = (uint32_t)dice((int64_t)info.event_count + info.attribute_count + 1);
    int64_t time = dice(3) ? now : now + (dice(80) - 60) * day;
    seg_value values[64];
    seg_field_info field;
    if (number < info.event_count) {
        for (uint32_t i = 0; i < 64 && seg_image_event_field(image, number, i, &field) == SEG_OK; i++)
            values[i] = random_value(&field);
        seg_event_info event;
        seg_image_event(image, number, &event);
        if (event.field_count > 64) return;
        seg_event fact = {.event = number,
                          .time = time,
                          .tie = (uint64_t)dice(9),
                          .message = (uint64_t)dice(9),
                          .fields = values};
        if (dice(8)) seg_apply_event(vm, state, &fact, now, sink, NULL, NULL);
        else seg_put_event(vm, state, &fact, now, NULL, NULL);
        return;
    }
    number -= info.event_count;
    if (seg_image_attribute(image, number, &field) != SEG_OK) return;
    values[0] = random_value(&field);
    seg_apply_attribute(vm, state, number, values, time, 1, 0, now, sink, NULL, NULL);
}

static void ask_everything(seg_vm *vm, const seg_image *image, const seg_state *state, int64_t now,
                           int64_t *sum) {
    seg_image_info info;
    seg_image_describe(image, &info);
    for (uint32_t i = 0; i < info.segment_count; i++) {
        bool verdict;
        int64_t until;
        seg_value value;
        *sum += seg_state_is_member(vm, state, i);
        seg_evaluate(vm, state, i, now + dice(40) * day, &verdict, &until);
        uint32_t probes = seg_image_probe_count(image, i);
        for (uint32_t j = 0; j < probes && j < 20; j++) {
            seg_probe_at at = {.segment = i, .probe = j, .now = now};
            seg_probe_value(vm, state, &at, &value, &until);
            seg_probe_entries(vm, state, &at, ignore_entry, sum);
            seg_flips flips;
            seg_probe_flips(vm, state, &at, &flips);
            seg_probe_each(vm, state, &at, ignore_value, sum);
            at.past_ms = dice(3) * day;
            at.has_key = true;
            at.key = dice(5);
            seg_probe_value(vm, state, &at, &value, &until);
        }
    }
}

static void run(const seg_image *image, seg_vm *vm, seg_state *state, int facts) {
    int64_t sum = 0, now = seg_state_now(state) > start ? seg_state_now(state) : start;
    seg_sink sink = {ignore_changes, &sum};
    for (int i = 0; i < facts; i++) {
        now += dice(5) * day;
        if (now > SEG_TIME_MAX) now = SEG_TIME_MAX;
        take_fact(vm, image, state, now, sink);
    }
    seg_advance(vm, state, now, sink);
    ask_everything(vm, image, state, now, &sum);
    seg_state other;
    if (seg_state_init(vm, &other) == SEG_OK) {
        take_fact(vm, image, &other, now, sink);
        seg_merge(vm, state, &other, now, sink);
        seg_state_free(vm, &other);
    }
    seg_state_compact(vm, state);
    seg_error error = {.message = ""};
    if (seg_state_check(image, state->bytes, state->size_bytes, &error) != SEG_OK)
        fail_msg("%s", error.message);
}

static int accepted;

static void try_image(const uint8_t *bytes, size_t size_bytes, const char *kind, size_t at) {
    seg_image *image;
    seg_vm *vm;
    seg_state state;
    seg_error error = {.status = SEG_OK};
    seg_status status = seg_image_load(&image, bytes, size_bytes, NULL, &error);
    if (status != SEG_OK) {
        if (error.status != status || error.message[0] == '\0') fail_msg("no reason for %s at %zu", kind, at);
        return;
    }
    accepted++;
    assert_int_equal(seg_vm_new(&vm, image, NULL, NULL), SEG_OK);
    assert_int_equal(seg_state_init(vm, &state), SEG_OK);
    run(image, vm, &state, 20);
    int64_t sum = 0;
    if (dice(50) == 0) seg_image_dump(image, ignore_bytes, &sum);
    seg_state_free(vm, &state);
    seg_vm_free(vm);
    seg_image_free(image);
}

static void build_sample(seg_buffer *bytes) {
    image_builder builder;
    builder_sample(&builder);
    builder_finish(&builder, bytes);
    builder_free(&builder);
}

static void damaged_images(void **context) {
    (void)context;
    seg_buffer bytes;
    build_sample(&bytes);
    size_t size = bytes.size_bytes;
    uint8_t *copy = malloc(size);
    assert_non_null(copy);
    static const uint16_t values[] = {0, 1, 2, 0xff, 0x100, 0x7fff, 0x8000, 0xffff};
    const uint8_t *original = (const uint8_t *)bytes.bytes;
    for (size_t at = 0; at < size; at++) {
        for (unsigned i = 0; i < 10; i++) {
            memcpy(copy, original, size);
            copy[at] = damage(original[at], i);
            builder_seal(copy, size);
            try_image(copy, size, "a byte", at);
        }
        for (unsigned i = 0; i < 8 && at + 1 < size; i++) {
            memcpy(copy, original, size);
            memcpy(copy + at, &values[i], sizeof values[i]);
            builder_seal(copy, size);
            try_image(copy, size, "two bytes", at);
        }
    }
    /* Damage in several places, bytes moved from elsewhere, short images; unsealed ones are refused. */
    for (int i = 0; i < 20000; i++) {
        memcpy(copy, original, size);
        for (int64_t j = 1 + dice(3); j > 0; j--) {
            size_t to = (size_t)dice((int64_t)size - 16), from = (size_t)dice((int64_t)size - 16),
                   count = (size_t)(1 + dice(16));
            if (dice(2)) copy[to] = (uint8_t)dice(256);
            else memcpy(copy + to, original + from, count);
        }
        builder_seal(copy, size);
        try_image(copy, size, "several bytes", (size_t)i);
    }
    seg_image *image;
    for (size_t cut = 0; cut < size; cut += 7)
        assert_int_not_equal(seg_image_load(&image, original, cut, NULL, NULL), SEG_OK);
    memcpy(copy, original, size);
    copy[size / 2] ^= 1;
    assert_int_equal(seg_image_load(&image, copy, size, NULL, NULL), SEG_E_IMAGE);
    assert_in_range(accepted, 1000, 100000000);
    free(copy);
    seg_buffer_free(&bytes);
}

static void try_state(const seg_image *image, seg_vm *vm, const uint8_t *bytes, size_t size_bytes) {
    seg_error error = {.status = SEG_OK};
    seg_status status = seg_state_check(image, bytes, size_bytes, &error);
    if (status != SEG_OK) {
        assert_true(error.status == status && error.message[0] != '\0');
        return;
    }
    accepted++;
    uint8_t *own = malloc(size_bytes);
    assert_non_null(own);
    memcpy(own, bytes, size_bytes);
    seg_state state = {own, size_bytes, size_bytes};
    run(image, vm, &state, 6);
    seg_state_free(vm, &state);
}

static void damaged_states(void **context) {
    (void)context;
    seg_buffer bytes;
    seg_image *image;
    seg_vm *vm;
    build_sample(&bytes);
    assert_int_equal(seg_image_load(&image, bytes.bytes, bytes.size_bytes, NULL, NULL), SEG_OK);
    seg_buffer_free(&bytes);
    assert_int_equal(seg_vm_new(&vm, image, NULL, NULL), SEG_OK);
    accepted = 0;
    for (int round = 0; round < 6; round++) {
        seg_state state;
        int64_t sum = 0, now = start;
        seg_state_init(vm, &state);
        for (int i = 0; i < 8 + 12 * round; i++)
            take_fact(vm, image, &state, now += dice(2) * day, (seg_sink){ignore_changes, &sum});
        if (round % 2) seg_state_compact(vm, &state);
        size_t size = state.size_bytes;
        uint8_t *copy = malloc(size + 8);
        assert_non_null(copy);
        for (size_t at = 0; at < size; at++)
            for (unsigned i = 0; i < 10; i++) {
                memcpy(copy, state.bytes, size);
                copy[at] = damage(copy[at], i);
                try_state(image, vm, copy, size);
            }
        for (int i = 0; i < 3000; i++) {
            memcpy(copy, state.bytes, size);
            for (int64_t j = 1 + dice(3); j > 0; j--) {
                size_t to = (size_t)dice((int64_t)size / 8) * 8, from = (size_t)dice((int64_t)size / 8) * 8;
                if (dice(2)) copy[to] = (uint8_t)dice(256);
                else memcpy(copy + to, state.bytes + from, 8);
            }
            try_state(image, vm, copy, size);
        }
        for (size_t cut = 0; cut < size; cut += 8)
            assert_int_not_equal(seg_state_check(image, state.bytes, cut, NULL), SEG_OK);
        memcpy(copy + 1, state.bytes, size);
        assert_int_equal(seg_state_check(image, copy + 1, size, NULL), SEG_E_STATE);
        free(copy);
        seg_state_free(vm, &state);
    }
    assert_in_range(accepted, 1000, 100000000);
    seg_vm_free(vm);
    seg_image_free(image);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(damaged_images), cmocka_unit_test(damaged_states)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
