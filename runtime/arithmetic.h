/* arithmetic.h - what the opcodes over single words mean: total, saturating, and what is missing stays
 * missing. The VM and the columns both compute by these, so that they cannot differ. `faults` counts the
 * results that left their range. */
#ifndef SEG_ARITHMETIC_H
#define SEG_ARITHMETIC_H

#include "base/checked.h"
#include "value.h"
#include "view.h"

static inline int64_t seg_word_saturate(bool negative, uint64_t *faults) {
    ++*faults;
    return negative ? -INT64_MAX : INT64_MAX;
}

static inline int64_t seg_word_add(int64_t a, int64_t b, uint64_t *faults) {
    int64_t result;
    if (a == SEG_MISSING || b == SEG_MISSING) return SEG_MISSING;
    return seg_add_i64(a, b, &result) && result != INT64_MIN ? result : seg_word_saturate(a < 0, faults);
}

static inline int64_t seg_word_subtract(int64_t a, int64_t b, uint64_t *faults) {
    return b == SEG_MISSING ? SEG_MISSING : seg_word_add(a, -b, faults);
}

static inline int64_t seg_word_multiply(int64_t a, int64_t b, uint64_t *faults) {
    int64_t result;
    if (a == SEG_MISSING || b == SEG_MISSING) return SEG_MISSING;
    if (seg_mul_i64(a, b, &result) && result != INT64_MIN) return result;
    return seg_word_saturate((a < 0) != (b < 0), faults);
}

static inline int64_t seg_word_ratio(int64_t a, int64_t b) {
    if (a == SEG_MISSING || b == SEG_MISSING || b == 0) return SEG_MISSING;
    return seg_float_word(seg_float_ratio(a, b));
}

/* The word of a float result: saturated when not finite. NaN cannot arise from finite floats here. */
static inline int64_t seg_word_of_float(double value, uint64_t *faults) {
    if (__builtin_isfinite(value)) return seg_float_word(value);
    ++*faults;
    return seg_float_word(value > 0 ? __DBL_MAX__ : -__DBL_MAX__);
}

/* Whether the word is in a set of the image; sets ascend. */
static inline bool seg_word_in(const seg_image *image, uint32_t set, int64_t word) {
    const int64_t *words = image->words + image->word_sets[set].first;
    uint32_t low = 0, high = image->word_sets[set].count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (words[middle] < word)
            low = middle + 1;
        else
            high = middle;
    }
    return low < image->word_sets[set].count && words[low] == word;
}

#endif
