/* decay.c - see decay.h. */
#include "decay.h"

#include "image.h"

enum { STEP_BITS = 16, UNIT_BITS = 62, WEIGHT_BITS = 40 };

/* floor(2^62 * 2^-(2^-k)) for k = 1 .. 16 */
static const uint64_t roots[STEP_BITS] = {
    UINT64_C(3260954456333195553), UINT64_C(3877950241171266237),
    UINT64_C(4228934724888366667), UINT64_C(4416165660797809419),
    UINT64_C(4512867096753504462), UINT64_C(4562008997483360349),
    UINT64_C(4586780255215411730), UINT64_C(4599216278082138665),
    UINT64_C(4605446927862164404), UINT64_C(4608565417332308034),
    UINT64_C(4610125453837388245), UINT64_C(4610905670110601999),
    UINT64_C(4611295827762151833), UINT64_C(4611490918967884500),
    UINT64_C(4611588467665893036), UINT64_C(4611637242788701950),
};

int64_t seg_decay_weight(int64_t age_ms, int64_t half_life_ms) {
    int64_t halvings = age_ms / half_life_ms, rest = age_ms % half_life_ms;
    if (halvings >= SEG_DECAY_HALVINGS) return 0;
    uint32_t steps = (uint32_t)(((unsigned __int128)(uint64_t)rest << STEP_BITS) / (uint64_t)half_life_ms);
    uint64_t weight = UINT64_C(1) << UNIT_BITS;
    for (uint32_t k = 0; k < STEP_BITS; k++)
        if (steps >> (STEP_BITS - 1 - k) & 1)
            weight = (uint64_t)(((unsigned __int128)weight * roots[k]) >> UNIT_BITS);
    return (int64_t)(weight >> (UNIT_BITS - WEIGHT_BITS + halvings));
}
