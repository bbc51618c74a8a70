/* States that were tampered with. What seg_state_check lets through must bear any facts.
 *
 * Input: one byte chooses an image (255: the rest of the input is the state), one byte says how long the
 * facts are that make the state, those facts, one byte how many changes are made to it, the changes, then
 * further facts. */
#include <stdlib.h>
#include <string.h>

#include "budget.h"
#include "fixture.h"
#include "patch.h"
#include "play.h"
#include "target.h"

enum { RAW = 255 };

static void set_size(uint8_t *bytes, size_t size) {
    /* The header says how long the state is: see runtime/state.h. */
    uint32_t word = (uint32_t)size;
    if (size >= 12) memcpy(bytes + 8, &word, sizeof word);
}

static void try_state(const seg_image *image, const seg_allocator *allocator, const uint8_t *bytes,
                      size_t size, dice *d) {
    uint64_t *exact = malloc(size ? size : 1); /* as aligned as the host's memory is */
    seg_error error = {0};
    FUZZ_CHECK(exact != NULL);
    memcpy(exact, bytes, size);
    seg_status status = seg_state_check(image, exact, size, &error);
    if (status == SEG_OK)
        play(image, allocator, exact, size, d, PLAY_HOSTILE);
    else
        FUZZ_CHECK((status == SEG_E_STATE || status == SEG_E_VERSION) && error.message[0]);
    free(exact);
}

/* A state with some facts in it. */
static uint8_t *state_by_chance(const seg_image *image, const seg_allocator *allocator, dice *facts,
                                size_t *size) {
    seg_state state = play_keep(image, allocator, facts);
    uint8_t *copy = malloc(state.size_bytes + 64);
    FUZZ_CHECK(copy != NULL);
    memcpy(copy, state.bytes, state.size_bytes);
    memset(copy + state.size_bytes, 0, 64);
    *size = state.size_bytes;
    allocator->resize(allocator->user, state.bytes, state.capacity_bytes, 0);
    return copy;
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t input_bytes) {
    dice d = {.bytes = input, .size_bytes = input_bytes};
    uint32_t which = dice_pick(&d, 256);
    const seg_image *image = fixture_image(which % FIXTURE_COUNT);
    budget b;
    const seg_allocator *allocator = budget_init(&b, (size_t)64 << 20);
    if (which == RAW) {
        try_state(image, allocator, input + d.at, input_bytes - d.at, &(dice){0});
    } else {
        size_t size, facts = dice_pick(&d, 256);
        if (facts > input_bytes - d.at) facts = input_bytes - d.at;
        dice making = {.bytes = input + d.at, .size_bytes = facts};
        d.at += facts;
        uint8_t *bytes = state_by_chance(image, allocator, &making, &size);
        uint32_t changes = dice_pick(&d, 12);
        for (uint32_t i = 0; i < changes; i++) patch_bytes(bytes, size, &d);
        if (dice_pick(&d, 16) == 15) {
            size += dice_pick(&d, 9) * 8u;
            set_size(bytes, size);
        }
        try_state(image, allocator, bytes, size, &d);
        free(bytes);
    }
    budget_finish(&b);
    return 0;
}
