/* dice.h - the same random numbers in each run of a test (Marsaglia's xorshift64). */
#ifndef SEG_TESTS_DICE_H
#define SEG_TESTS_DICE_H

#include <stdint.h>

static uint64_t random_bits = 88172645463325252u;
/* 0 .. sides - 1 */
static int64_t dice(int64_t sides) {
    random_bits ^= random_bits << 13;
    random_bits ^= random_bits >> 7;
    random_bits ^= random_bits << 17;
    return (int64_t)(random_bits % (uint64_t)sides);
}

#endif
