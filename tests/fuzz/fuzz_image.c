/* Images that were tampered with. The checksum is put right, so that the verifier has to find out. What
 * it lets through must bear any facts.
 *
 * Input: one byte chooses an image (255: the rest of the input is one), one byte how many changes are
 * made to it, then the changes, then bytes that choose the facts. */
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <stdlib.h>
#include <string.h>

#include "../../runtime/image.h"
#include "budget.h"
#include "fixture.h"
#include "patch.h"
#include "play.h"
#include "target.h"

enum { RAW = 255, ROOM = 64 };

static void ignore(void *user, const char *bytes, size_t size_bytes) {
    FUZZ_CHECK(bytes != NULL || size_bytes == 0);
    *(size_t *)user += size_bytes;
}

/* Every answer about the image, also about what it does not have. */
static void ask_events(const seg_image *image, uint32_t count) {
    for (uint32_t i = 0; i <= count; i++) {
        seg_event_info event;
        seg_field_info field;
        if (seg_image_event(image, i, &event)) continue;
        (void)seg_image_find_event(image, event.source);
        for (uint32_t k = 0; k <= event.field_count; k++) {
            if (seg_image_event_field(image, i, k, &field)) continue;
            for (uint32_t v = 0; v < field.enum_count && v < 16; v++) {
                seg_text name = seg_image_enum_name(image, &field, v);
                (void)seg_image_enum_find(image, &field, name);
            }
        }
    }
}

static void ask(const seg_image *image) {
    seg_image_info info;
    size_t written = 0;
    seg_image_describe(image, &info);
    ask_events(image, info.event_count);
    for (uint32_t i = 0; i <= info.attribute_count; i++) {
        seg_field_info field;
        if (!seg_image_attribute(image, i, &field)) (void)seg_image_find_attribute(image, field.name);
    }
    for (uint32_t i = 0; i <= info.segment_count; i++) {
        seg_segment_info segment;
        if (!seg_image_segment(image, i, &segment)) (void)seg_image_find_segment(image, segment.name);
    }
    for (uint32_t i = 0; i <= info.column_map_count; i++) {
        seg_column_map map;
        seg_column_entry entry;
        if (seg_image_column_map(image, i, &map)) continue;
        for (uint32_t k = 0; k <= map.entry_count; k++) (void)seg_image_column_entry(image, i, k, &entry);
    }
    for (int64_t at = -4; at <= 4; at++) {
        int64_t instant = at * (SEG_TIME_MAX / 4) + 1;
        int64_t date = seg_image_local_date(image, instant < SEG_TIME_MIN ? SEG_TIME_MIN : instant);
        (void)seg_image_date_start(image, date);
        (void)seg_image_local_instant(image, instant);
    }
    seg_image_dump(image, ignore, &written);
}

/* Changes something in the header or in a section, so that every section is hit as often. */
static void patch_image(uint8_t *bytes, size_t *size, dice *d) {
    seg_image_header *header = (seg_image_header *)(void *)bytes;
    uint32_t place = dice_pick(d, SEG_SECTION_COUNT + 3);
    if (place == SEG_SECTION_COUNT + 2) { /* longer or shorter */
        int change = (int8_t)dice_bytes(d, 1) % ROOM;
        size_t next = change < 0 ? *size - (size_t)-change : *size + (size_t)change;
        if (next < sizeof *header || next > *size + ROOM) return;
        *size = next;
        header->size_bytes = next;
    } else if (place >= SEG_SECTION_COUNT) {
        patch_bytes(bytes, sizeof *header, d);
    } else {
        size_t record = seg_section_record_bytes[place];
        seg_section section = header->sections[place];
        if (section.offset > *size || section.count > (*size - section.offset) / record) return;
        patch_bytes(bytes + section.offset, section.count * record, d);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t input_bytes) {
    dice d = {.bytes = input, .size_bytes = input_bytes};
    uint32_t which = dice_pick(&d, 256);
    seg_text base = fixture_image_bytes(which % FIXTURE_COUNT);
    if (which == RAW) base = (seg_text){(const char *)input + d.at, input_bytes - d.at};
    size_t size = base.size_bytes;
    uint8_t *bytes = calloc(1, size + 20 * ROOM);
    FUZZ_CHECK(bytes != NULL);
    if (size) memcpy(bytes, base.bytes, size);
    if (which != RAW && size >= sizeof(seg_image_header)) {
        uint32_t changes = dice_pick(&d, 20);
        for (uint32_t i = 0; i < changes; i++) patch_image(bytes, &size, &d);
    }
    if (size >= sizeof(seg_image_header)) {
        seg_image_header *header = (seg_image_header *)(void *)bytes;
        header->checksum = 0;
        header->checksum = XXH64(bytes, size, 0);
    }
    uint8_t *exact = malloc(size ? size : 1);
    FUZZ_CHECK(exact != NULL);
    memcpy(exact, bytes, size);
    free(bytes);
    budget b;
    const seg_allocator *allocator = budget_init(&b, ((size_t)64 << 20) + 64 * size);
    seg_image *image;
    seg_error error = {0};
    seg_status status = seg_image_load(&image, exact, size, allocator, &error);
    if (status == SEG_OK) {
        ask(image);
        seg_vm *vm = NULL;
        if (fixture_bind(image)) play(image, allocator, NULL, 0, &d, PLAY_HOSTILE);
        else FUZZ_CHECK(seg_vm_new(&vm, image, allocator, &error) == SEG_E_NATIVE && !vm && error.message[0]);
        seg_image_free(image);
    } else {
        FUZZ_CHECK(status == SEG_E_IMAGE || status == SEG_E_VERSION);
        FUZZ_CHECK(error.status == status && error.message[0]);
        FUZZ_CHECK(memchr(error.message, 0, sizeof error.message) != NULL);
    }
    budget_finish(&b);
    free(exact);
    return 0;
}
