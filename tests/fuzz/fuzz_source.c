/* Any bytes as a workspace. What compiles must load, be the same when compiled again, and take facts.
 *
 * Input: source text; behind the last NUL, if there is one, bytes that choose the facts. */
#include <segc.h>
#include <stdlib.h>
#include <string.h>

#include "budget.h"
#include "fixture.h"
#include "play.h"
#include "target.h"

static void count_bytes(void *user, const char *bytes, size_t size_bytes) {
    FUZZ_CHECK(bytes != NULL);
    *(size_t *)user += size_bytes;
}

static void dump_all(seg_unit *unit) {
    size_t count = 0;
    for (seg_stage stage = SEG_STAGE_TOKENS; stage <= SEG_STAGE_BYTECODE; stage++) {
        seg_status status = seg_unit_dump(unit, stage, count_bytes, &count);
        if (status == SEG_E_USAGE) FUZZ_CHECK(seg_unit_errors(unit) > 0);
        else FUZZ_CHECK(status == SEG_OK || status == SEG_E_LIMIT);
    }
    if (seg_unit_errors(unit) == 0) {
        seg_status status = seg_unit_cost(unit, true, count_bytes, &count);
        FUZZ_CHECK(status == SEG_OK || status == SEG_E_LIMIT);
    }
    seg_unit_diagnostics(unit, true, false, count_bytes, &count);
    seg_unit_diagnostics(unit, false, true, count_bytes, &count);
}

static void run_tests(seg_unit *unit, bool calls_host) {
    for (uint32_t i = 0; i < seg_unit_test_count(unit) && i < 8; i++) {
        seg_test_result result;
        seg_status status = seg_unit_test_run(unit, i, &result);
        FUZZ_CHECK(status == (calls_host ? SEG_E_NATIVE : SEG_OK));
    }
    for (uint32_t i = 0; i < seg_unit_segment_count(unit); i++) {
        seg_segment_facts facts;
        FUZZ_CHECK(seg_unit_segment(unit, i, &facts) == SEG_OK);
    }
}

/* The image's bytes again, from a unit of its own. */
static void compile_again(const char *text, size_t size_bytes, const uint8_t *image, size_t image_bytes) {
    seg_unit *unit;
    const uint8_t *again;
    size_t again_bytes;
    FUZZ_CHECK(seg_unit_new(&unit, NULL) == SEG_OK);
    FUZZ_CHECK(seg_unit_add(unit, "again.seg", text, size_bytes) == SEG_OK);
    FUZZ_CHECK(seg_unit_add_file(unit, FIXTURE_LIST, fixture_list, strlen(fixture_list)) == SEG_OK);
    FUZZ_CHECK(seg_unit_add_file(unit, FIXTURE_MODEL, fixture_model, strlen(fixture_model)) == SEG_OK);
    FUZZ_CHECK(seg_unit_check(unit) == SEG_OK);
    FUZZ_CHECK(seg_unit_image(unit, true, &again, &again_bytes) == SEG_OK);
    FUZZ_CHECK(again_bytes == image_bytes && memcmp(again, image, image_bytes) == 0);
    seg_unit_free(unit);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes) {
    const uint8_t *nul = memrchr(bytes, 0, size_bytes);
    size_t text_bytes = nul ? (size_t)(nul - bytes) : size_bytes, tail = nul ? text_bytes + 1 : size_bytes;
    dice d = {.bytes = bytes, .size_bytes = size_bytes, .at = tail};
    budget b;
    const seg_allocator *allocator = budget_init(&b, (size_t)512 << 20);
    seg_unit *unit;
    const uint8_t *image_bytes;
    size_t image_size;
    FUZZ_CHECK(seg_unit_new(&unit, allocator) == SEG_OK);
    FUZZ_CHECK(seg_unit_add(unit, "fuzz.seg", (const char *)bytes, text_bytes) == SEG_OK);
    FUZZ_CHECK(seg_unit_add_file(unit, FIXTURE_LIST, fixture_list, strlen(fixture_list)) == SEG_OK);
    FUZZ_CHECK(seg_unit_add_file(unit, FIXTURE_MODEL, fixture_model, strlen(fixture_model)) == SEG_OK);
    FUZZ_CHECK(seg_unit_check(unit) == SEG_OK);
    dump_all(unit);
    if (seg_unit_errors(unit) == 0) {
        seg_status status = seg_unit_image(unit, true, &image_bytes, &image_size);
        FUZZ_CHECK(status == SEG_OK || (status == SEG_E_LIMIT && seg_unit_errors(unit) > 0));
        if (!status) {
            seg_image *image;
            FUZZ_CHECK(seg_image_load(&image, image_bytes, image_size, allocator, NULL) == SEG_OK);
            seg_native_info native;
            bool calls_host = seg_image_native(image, 0, &native) == SEG_OK;
            if (fixture_bind(image)) play(image, allocator, NULL, 0, &d, PLAY_SOUND);
            else FUZZ_CHECK(calls_host);
            seg_image_free(image);
            compile_again((const char *)bytes, text_bytes, image_bytes, image_size);
            run_tests(unit, calls_host);
        }
    }
    seg_unit_free(unit);
    budget_finish(&b);
    return 0;
}
