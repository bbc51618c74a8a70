/* dice.h - choices made by bytes of a fuzz input. When they are used up, every choice is the first. */
#ifndef SEG_FUZZ_DICE_H
#define SEG_FUZZ_DICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct dice {
    const uint8_t *bytes;
    size_t size_bytes, at;
} dice;

static inline bool dice_left(const dice *d) { return d->at < d->size_bytes; }

static inline uint64_t dice_bytes(dice *d, unsigned count) {
    uint64_t value = 0;
    for (unsigned i = 0; i < count && d->at < d->size_bytes; i++)
        value |= (uint64_t)d->bytes[d->at++] << (8 * i);
    return value;
}

/* 0 .. count - 1; 0 if count is 0. */
static inline uint32_t dice_pick(dice *d, uint32_t count) {
    if (count < 2) return 0;
    return (uint32_t)(dice_bytes(d, count <= 256 ? 1 : 4) % count);
}

/* Often small, sometimes at an end of the range. */
static inline int64_t dice_integer(dice *d) {
    static const int64_t edges[] = {0, 1, -1, INT64_MAX, -INT64_MAX, INT64_MIN, INT64_C(1) << 32, 1000000};
    switch (dice_pick(d, 4)) {
    case 0: return (int64_t)dice_pick(d, 16);
    case 1: return (int8_t)dice_bytes(d, 1);
    case 2: return edges[dice_pick(d, 8)];
    default: return (int64_t)dice_bytes(d, 8);
    }
}

#endif
