#include "patch.h"

#include <string.h>

static void patch_word(uint8_t *at, size_t width, dice *d) {
    uint64_t word = 0;
    memcpy(&word, at, width);
    switch (dice_pick(d, 4)) {
    case 0: word = (uint64_t)dice_integer(d); break;
    case 1: word += (uint64_t)(int8_t)dice_bytes(d, 1); break;
    case 2: word ^= UINT64_C(1) << dice_pick(d, (uint32_t)(8 * width)); break;
    default: word = dice_pick(d, 24); break;
    }
    memcpy(at, &word, width);
}

void patch_bytes(uint8_t *bytes, size_t size_bytes, dice *d) {
    if (size_bytes == 0) return;
    uint32_t width = 1u << dice_pick(d, 4);
    uint32_t kind = dice_pick(d, 8);
    size_t at = dice_bytes(d, 3) % size_bytes / width * width;
    if (kind == 0) { /* another part of the block in its place */
        size_t from = dice_bytes(d, 3) % size_bytes / width * width, count = 8u * (1 + dice_pick(d, 4));
        if (at + count <= size_bytes && from + count <= size_bytes) memmove(bytes + at, bytes + from, count);
    } else if (at + width <= size_bytes) {
        patch_word(bytes + at, width, d);
    }
}
