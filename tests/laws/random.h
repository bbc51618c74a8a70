/* random.h - the pseudo-random numbers of the law tests: one 64-bit seed gives one stream, on every
 * machine. splitmix64; not for anything that must be hard to guess. */
#ifndef SEG_TESTS_RANDOM_H
#define SEG_TESTS_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

typedef struct seg_random {
    uint64_t state;
} seg_random;

static inline uint64_t seg_random_next(seg_random *random) {
    uint64_t z = (random->state += UINT64_C(0x9E3779B97F4A7C15));
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

/* 0 .. bound-1; bound > 0. The bias of the remainder does not matter here. */
static inline uint32_t seg_random_below(seg_random *random, uint32_t bound) {
    return (uint32_t)((seg_random_next(random) >> 32) % bound);
}

/* low .. high, both included. */
static inline int64_t seg_random_between(seg_random *random, int64_t low, int64_t high) {
    uint64_t width = (uint64_t)high - (uint64_t)low + 1;
    uint64_t drawn = seg_random_next(random);
    return (int64_t)((uint64_t)low + (width == 0 ? drawn : drawn % width));
}

static inline bool seg_random_chance(seg_random *random, uint32_t percent) {
    return seg_random_below(random, 100) < percent;
}

/* A seed of its own for part `index` of what `seed` makes. */
static inline uint64_t seg_random_split(uint64_t seed, uint64_t index) {
    seg_random random = {seed ^ (index * UINT64_C(0xD1342543DE82EF95) + UINT64_C(0x632BE59BD9B4E019))};
    return seg_random_next(&random);
}

#endif
