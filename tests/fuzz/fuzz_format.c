/* Any bytes to the formatter: what it writes stays the same when formatted again, and means the same. */
#include <segc.h>
#include <string.h>

#include "../../runtime/base/buffer.h"
#include "target.h"

static void add(void *user, const char *bytes, size_t size_bytes) { seg_buffer_add(user, bytes, size_bytes); }

/* The image of a source into `out`; false if it has faults. */
static bool compile(const char *bytes, size_t size_bytes, seg_buffer *out) {
    seg_unit *unit;
    const uint8_t *image;
    size_t image_bytes;
    FUZZ_CHECK(seg_unit_new(&unit, NULL) == SEG_OK);
    FUZZ_CHECK(seg_unit_add(unit, "fuzz.seg", bytes, size_bytes) == SEG_OK && seg_unit_check(unit) == SEG_OK);
    bool good = seg_unit_errors(unit) == 0 && seg_unit_image(unit, false, &image, &image_bytes) == SEG_OK;
    if (good) seg_buffer_add(out, image, image_bytes);
    seg_unit_free(unit);
    return good;
}

static void same_bytes(const seg_buffer *a, const seg_buffer *b) {
    FUZZ_CHECK(!a->failed && !b->failed && a->size_bytes == b->size_bytes);
    FUZZ_CHECK(a->size_bytes == 0 || memcmp(a->bytes, b->bytes, a->size_bytes) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes) {
    seg_buffer once = {0}, twice = {0}, before = {0}, after = {0};
    const char *text = (const char *)bytes;
    seg_status status = seg_format("fuzz.seg", text, size_bytes, false, add, NULL, &once);
    FUZZ_CHECK(status == SEG_OK || status == SEG_E_FACT);
    if (status == SEG_OK) {
        const char *formatted = once.bytes ? once.bytes : "";
        FUZZ_CHECK(seg_format("fuzz.seg", formatted, once.size_bytes, false, add, NULL, &twice) == SEG_OK);
        same_bytes(&once, &twice);
        bool good = compile(text, size_bytes, &before);
        FUZZ_CHECK(compile(formatted, once.size_bytes, &after) == good);
        same_bytes(&before, &after);
    } else {
        FUZZ_CHECK(once.size_bytes == 0);
    }
    seg_buffer_free(&once);
    seg_buffer_free(&twice);
    seg_buffer_free(&before);
    seg_buffer_free(&after);
    return 0;
}
