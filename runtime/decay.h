/* decay.h - what an event weighs by its age: 2^-(age / half life), the same on every machine.
 *
 * The weight is a whole number of 2^-40: age = q half lives and r; i = floor(r * 65536 / half life); from
 * x = 2^62, for each bit 2^(16-k) of i from the highest (k = 1) to the lowest (k = 16) that is set,
 * x = floor(x * c / 2^62) with c = floor(2^62 * 2^-(2^-k)); the weight is floor(x / 2^(22+q)). From 40 half
 * lives on it is 0. It never grows with age. */
#ifndef SEG_DECAY_H
#define SEG_DECAY_H

#include <stdint.h>

/* age_ms >= 0, half_life_ms >= 1 */
int64_t seg_decay_weight(int64_t age_ms, int64_t half_life_ms);

#endif
