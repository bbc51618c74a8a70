#include "floor.h"

#include <string.h>

#if defined(__AVX512F__) && defined(__AVX512BW__) && defined(__AVX512VL__)
#include <immintrin.h>
#define COMPARES(lanes, load, equal, less, greater)                                                          \
    for (size_t g = 0; g < groups; g++, values += 64) {                                                      \
        uint64_t word = 0;                                                                                   \
        for (int i = 0; i < 64 / (lanes); i++) {                                                             \
            uint64_t mask = how == 0 ? equal(load, c) : how < 0 ? less(load, c) : greater(load, c);          \
            word |= mask << (lanes)*i;                                                                       \
        }                                                                                                    \
        bits[g] = word & valid[g];                                                                           \
    }
#define LESSF(a, b) _mm512_cmp_pd_mask(a, b, _CMP_LT_OQ)
#define GREATERF(a, b) _mm512_cmp_pd_mask(a, b, _CMP_GT_OQ)
#define EQUALF(a, b) _mm512_cmp_pd_mask(a, b, _CMP_EQ_OQ)

void floor_i32(const int32_t *values, size_t groups, int how, int32_t constant, const uint64_t *valid,
               uint64_t *bits) {
    const __m512i c = _mm512_set1_epi32(constant);
    COMPARES(16, _mm512_loadu_si512(values + 16 * i), _mm512_cmpeq_epi32_mask, _mm512_cmplt_epi32_mask,
             _mm512_cmpgt_epi32_mask)
}
void floor_i64(const int64_t *values, size_t groups, int how, int64_t constant, const uint64_t *valid,
               uint64_t *bits) {
    const __m512i c = _mm512_set1_epi64(constant);
    COMPARES(8, _mm512_loadu_si512(values + 8 * i), _mm512_cmpeq_epi64_mask, _mm512_cmplt_epi64_mask,
             _mm512_cmpgt_epi64_mask)
}
void floor_f64(const double *values, size_t groups, int how, double constant, const uint64_t *valid,
               uint64_t *bits) {
    const __m512d c = _mm512_set1_pd(constant);
    COMPARES(8, _mm512_loadu_pd(values + 8 * i), EQUALF, LESSF, GREATERF)
}
void floor_i128(const int64_t *values, size_t groups, int how, int64_t constant, const uint64_t *valid,
                uint64_t *bits) {
    const __m512i c = _mm512_set1_epi64(constant), lower = _mm512_set_epi64(14, 12, 10, 8, 6, 4, 2, 0);
    for (size_t g = 0; g < groups; g++, values += 128) {
        uint64_t word = 0;
        for (int i = 0; i < 8; i++) {
            __m512i v = _mm512_permutex2var_epi64(_mm512_loadu_si512(values + 16 * i), lower,
                                                  _mm512_loadu_si512(values + 16 * i + 8));
            uint64_t mask = how == 0  ? _mm512_cmpeq_epi64_mask(v, c)
                            : how < 0 ? _mm512_cmplt_epi64_mask(v, c)
                                      : _mm512_cmpgt_epi64_mask(v, c);
            word |= mask << 8 * i;
        }
        bits[g] = word & valid[g];
    }
}
#else
#define COMPARES(step)                                                                                       \
    for (size_t g = 0; g < groups; g++, values += 64 * (step)) {                                             \
        uint8_t flags[64];                                                                                   \
        if (how == 0)                                                                                        \
            for (int i = 0; i < 64; i++) flags[i] = values[i * (step)] == constant;                          \
        else if (how < 0)                                                                                    \
            for (int i = 0; i < 64; i++) flags[i] = values[i * (step)] < constant;                           \
        else                                                                                                 \
            for (int i = 0; i < 64; i++) flags[i] = values[i * (step)] > constant;                           \
        bits[g] = pack(flags) & valid[g];                                                                    \
    }
static uint64_t pack(const uint8_t *flags) {
    uint64_t word = 0;
    for (int i = 0; i < 8; i++) {
        uint64_t eight;
        memcpy(&eight, flags + 8 * i, 8);
        word |= (eight * UINT64_C(0x0102040810204080) >> 56) << 8 * i;
    }
    return word;
}
void floor_i32(const int32_t *values, size_t groups, int how, int32_t constant, const uint64_t *valid,
               uint64_t *bits) {
    COMPARES(1)
}
void floor_i64(const int64_t *values, size_t groups, int how, int64_t constant, const uint64_t *valid,
               uint64_t *bits) {
    COMPARES(1)
}
void floor_f64(const double *values, size_t groups, int how, double constant, const uint64_t *valid,
               uint64_t *bits) {
    COMPARES(1)
}
void floor_i128(const int64_t *values, size_t groups, int how, int64_t constant, const uint64_t *valid,
                uint64_t *bits) {
    COMPARES(2)
}
#endif

/* The workload's texts have at most 64 values: the table is one word. */
void floor_codes(const uint8_t *values, size_t groups, const uint8_t *table, const uint64_t *valid,
                 uint64_t *bits) {
    uint64_t set;
    memcpy(&set, table, sizeof set);
    for (size_t g = 0; g < groups; g++, values += 64) {
        uint64_t word = 0;
#if defined(__AVX512VBMI__)
        /* Each byte of the set by the code's upper bits, then the bit in it. */
        const __m512i places = _mm512_set1_epi64((long long)set);
        const __m512i bit_of = _mm512_set1_epi64(INT64_C(-9205322385119247871));
        __m512i codes = _mm512_loadu_si512(values);
        __m512i upper = _mm512_and_si512(_mm512_srli_epi16(codes, 3), _mm512_set1_epi8(7));
        __m512i lower = _mm512_and_si512(codes, _mm512_set1_epi8(7));
        word = _mm512_test_epi8_mask(_mm512_shuffle_epi8(places, upper), _mm512_shuffle_epi8(bit_of, lower));
#else
        for (int i = 0; i < 64; i++) word |= (set >> (values[i] & 63) & 1) << i;
#endif
        bits[g] = word & valid[g];
    }
}

uint64_t floor_combine(int form, const uint64_t *a, const uint64_t *b, const uint64_t *c, size_t groups,
                       uint64_t *out) {
    uint64_t count = 0;
    for (size_t i = 0; i < groups; i++) {
        uint64_t word = form == 0   ? a[i] & b[i] & c[i]
                        : form == 1 ? a[i] & (b[i] | c[i])
                                    : (a[i] & b[i]) | c[i];
        out[i] = word;
        count += (uint64_t)__builtin_popcountll(word);
    }
    return count;
}
