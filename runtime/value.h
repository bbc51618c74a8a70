/* value.h - words that stand for values, and the hash behind them. */
#ifndef SEG_VALUE_H
#define SEG_VALUE_H

#include <string.h>

#include "image.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "images and states are little-endian, and are read in place"
#endif

/* A word of an image or a state, read in place from bytes of any origin. */
typedef int64_t seg_word __attribute__((may_alias));

/* XXH64 with seed 0. */
uint64_t seg_hash_bytes(const void *bytes, size_t size_bytes);
/* XXH64 of an image's bytes as if its checksum were zero; size_bytes >= sizeof(seg_image_header). */
uint64_t seg_hash_image(const void *bytes, size_t size_bytes);

/* Sorts in place, in O(n log n) whatever the input, without recursion or memory. */
void seg_words_sort(int64_t *words, size_t count);

static inline double seg_word_float(int64_t word) {
    double value;
    memcpy(&value, &word, sizeof value);
    return value;
}

/* -0.0, whose bits are the word for "missing", becomes 0.0. */
static inline int64_t seg_float_word(double value) {
    int64_t word;
    memcpy(&word, &value, sizeof word);
    return word == SEG_MISSING ? 0 : word;
}

static inline bool seg_float_is_finite(int64_t word) { return ((uint64_t)word >> 52 & 0x7ff) != 0x7ff; }

/* The float nearest to a / b, correctly rounded; b != 0, neither is INT64_MIN. */
double seg_float_ratio(int64_t a, int64_t b);
/* The float nearest to sum / (count * unit); |sum| < 2^96, count * unit from 1 to 2^72. */
double seg_float_mean(__int128 sum, int64_t count, int64_t unit);

#endif
