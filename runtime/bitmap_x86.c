/* bitmap_x86.c - the primitives with the vector instructions of x86-64. */
#include "bitmap.h"

#if defined(__x86_64__)
#include <immintrin.h>

#include "value.h"

/* ---- AVX2 ----------------------------------------------------------------------------------------- */

#define AVX2 __attribute__((target("avx2")))
#define AT(i) _mm256_loadu_si256((const __m256i *)(const void *)v + (i))
/* `vectors` vectors make a group; `mask` gives the bits of the i-th of them. */
#define AVX2_LOOP(vectors, lanes, mask)                                                                      \
    for (size_t g = 0; g < groups; g++, v += SEG_GROUP) {                                                    \
        uint64_t word = 0;                                                                                   \
        _Pragma("GCC unroll 16") for (int i = 0; i < (vectors); i++) word |= (uint64_t)(uint32_t)(mask)      \
                                                                             << ((lanes)*i);                 \
        bits[g] = word & (within ? within[g] : UINT64_MAX);                                                  \
    }                                                                                                        \
    break;

#define MASK8(compared) _mm256_movemask_epi8(compared)
#define MASK32(compared) (uint8_t) _mm256_movemask_ps(_mm256_castsi256_ps(compared))
#define MASK64(compared) (_mm256_movemask_pd(_mm256_castsi256_pd(compared)) & 15)
/* Two vectors of 16 lanes each give 32 bits in order. */
#define MASK16(compare, c, flip)                                                                             \
    _mm256_movemask_epi8(                                                                                    \
        _mm256_permute4x64_epi64(_mm256_packs_epi16(compare(_mm256_xor_si256(AT(2 * i), flip), c),           \
                                                    compare(_mm256_xor_si256(AT(2 * i + 1), flip), c)),      \
                                 0xd8))

#define LT8(a, b) _mm256_cmpgt_epi8(b, a)
#define LT16(a, b) _mm256_cmpgt_epi16(b, a)
#define LT32(a, b) _mm256_cmpgt_epi32(b, a)
#define LT64(a, b) _mm256_cmpgt_epi64(b, a)

/* Unsigned values are compared as signed ones with their highest bit turned over. */
#define AVX2_COMPARE(name, type, width, vectors, lanes, mask, broadcast, bias)                               \
    AVX2 static void name(const void *values, size_t groups, seg_relation relation, int64_t constant,        \
                          const uint64_t *within, uint64_t *bits) {                                          \
        const type *v = values;                                                                              \
        const __m256i flip = broadcast(bias), c = _mm256_xor_si256(broadcast((type)constant), flip);         \
        switch (relation) {                                                                                  \
        case SEG_RELATION_EQ:                                                                                \
            AVX2_LOOP(vectors, lanes, mask(_mm256_cmpeq_epi##width(_mm256_xor_si256(AT(i), flip), c)))       \
        case SEG_RELATION_LT: AVX2_LOOP(vectors, lanes, mask(LT##width(_mm256_xor_si256(AT(i), flip), c)))   \
        default: AVX2_LOOP(vectors, lanes, mask(_mm256_cmpgt_epi##width(_mm256_xor_si256(AT(i), flip), c)))  \
        }                                                                                                    \
    }
#define SET8(x) _mm256_set1_epi8((char)(x))
#define SET16(x) _mm256_set1_epi16((short)(x))
#define SET32(x) _mm256_set1_epi32((int)(x))
#define SET64(x) _mm256_set1_epi64x((long long)(x))

AVX2_COMPARE(avx2_i8, int8_t, 8, 2, 32, MASK8, SET8, 0)
AVX2_COMPARE(avx2_u8, uint8_t, 8, 2, 32, MASK8, SET8, 0x80)
AVX2_COMPARE(avx2_i32, int32_t, 32, 8, 8, MASK32, SET32, 0)
AVX2_COMPARE(avx2_u32, uint32_t, 32, 8, 8, MASK32, SET32, 0x80000000u)
AVX2_COMPARE(avx2_i64, int64_t, 64, 16, 4, MASK64, SET64, 0)

#define AVX2_COMPARE16(name, type, bias)                                                                     \
    AVX2 static void name(const void *values, size_t groups, seg_relation relation, int64_t constant,        \
                          const uint64_t *within, uint64_t *bits) {                                          \
        const type *v = values;                                                                              \
        const __m256i flip = SET16(bias), c = _mm256_xor_si256(SET16((type)constant), flip);                 \
        switch (relation) {                                                                                  \
        case SEG_RELATION_EQ: AVX2_LOOP(2, 32, MASK16(_mm256_cmpeq_epi16, c, flip))                          \
        case SEG_RELATION_LT: AVX2_LOOP(2, 32, MASK16(LT16, c, flip))                                        \
        default: AVX2_LOOP(2, 32, MASK16(_mm256_cmpgt_epi16, c, flip))                                       \
        }                                                                                                    \
    }
AVX2_COMPARE16(avx2_i16, int16_t, 0)
AVX2_COMPARE16(avx2_u16, uint16_t, 0x8000)

#define MASKF(relation) (_mm256_movemask_pd(_mm256_cmp_pd(_mm256_loadu_pd(v + 4 * i), c, relation)) & 15)
AVX2 static void avx2_f64(const void *values, size_t groups, seg_relation relation, int64_t constant,
                          const uint64_t *within, uint64_t *bits) {
    const double *v = values;
    const __m256d c = _mm256_set1_pd(seg_word_float(constant));
    switch (relation) {
    case SEG_RELATION_EQF: AVX2_LOOP(16, 4, MASKF(_CMP_EQ_OQ))
    case SEG_RELATION_LTF: AVX2_LOOP(16, 4, MASKF(_CMP_LT_OQ))
    case SEG_RELATION_LEF: AVX2_LOOP(16, 4, MASKF(_CMP_LE_OQ))
    case SEG_RELATION_GTF: AVX2_LOOP(16, 4, MASKF(_CMP_GT_OQ))
    default: AVX2_LOOP(16, 4, MASKF(_CMP_GE_OQ))
    }
}

/* The table's byte by the upper five bits of a code, the bit in it by the lower three. */
AVX2 static void avx2_look_up(const uint8_t *v, size_t groups, const uint8_t *table, uint64_t *bits) {
    const __m256i low = _mm256_broadcastsi128_si256(_mm_loadu_si128((const void *)table));
    const __m256i high = _mm256_broadcastsi128_si256(_mm_loadu_si128((const void *)(table + 16)));
    const __m256i bit_of = _mm256_set1_epi64x(INT64_C(-9205322385119247871)); /* 1, 2, 4 .. 128 */
    const __m256i fifteen = SET8(15), thirty_one = SET8(31), seven = SET8(7);
    for (size_t g = 0; g < groups; g++, v += SEG_GROUP) {
        uint64_t word = 0;
        for (int i = 0; i < 2; i++) {
            __m256i codes = AT(i);
            __m256i place = _mm256_and_si256(_mm256_srli_epi16(codes, 3), thirty_one);
            __m256i bytes =
                _mm256_blendv_epi8(_mm256_shuffle_epi8(low, place), _mm256_shuffle_epi8(high, place),
                                   _mm256_cmpgt_epi8(place, fifteen));
            __m256i bit = _mm256_shuffle_epi8(bit_of, _mm256_and_si256(codes, seven));
            __m256i found = _mm256_cmpeq_epi8(_mm256_and_si256(bytes, bit), bit);
            word |= (uint64_t)(uint32_t)_mm256_movemask_epi8(found) << (32 * i);
        }
        bits[g] = word;
    }
}

AVX2 static bool avx2_any_outside_i32(const int32_t *v, size_t count, int32_t least, int32_t most) {
    const __m256i low = SET32(least), high = SET32(most);
    __m256i any = _mm256_setzero_si256();
    size_t whole = count / 8 * 8;
    for (size_t i = 0; i < whole; i += 8) {
        __m256i x = _mm256_loadu_si256((const __m256i *)(const void *)(v + i));
        any = _mm256_or_si256(any, _mm256_or_si256(_mm256_cmpgt_epi32(low, x), _mm256_cmpgt_epi32(x, high)));
    }
    for (size_t i = whole; i < count; i++)
        if (v[i] < least || v[i] > most) return true;
    return !_mm256_testz_si256(any, any);
}

AVX2 static bool avx2_any_outside_i64(const int64_t *v, size_t count, int64_t least, int64_t most) {
    const __m256i low = SET64(least), high = SET64(most);
    __m256i any = _mm256_setzero_si256();
    size_t whole = count / 4 * 4;
    for (size_t i = 0; i < whole; i += 4) {
        __m256i x = _mm256_loadu_si256((const __m256i *)(const void *)(v + i));
        any = _mm256_or_si256(any, _mm256_or_si256(_mm256_cmpgt_epi64(low, x), _mm256_cmpgt_epi64(x, high)));
    }
    for (size_t i = whole; i < count; i++)
        if (v[i] < least || v[i] > most) return true;
    return !_mm256_testz_si256(any, any);
}

AVX2 static bool avx2_any_infinite(const double *v, size_t count) {
    const __m256i exponent = SET64(0x7ff0000000000000);
    __m256i any = _mm256_setzero_si256();
    size_t whole = count / 4 * 4;
    for (size_t i = 0; i < whole; i += 4) {
        __m256i x = _mm256_loadu_si256((const __m256i *)(const void *)(v + i));
        any = _mm256_or_si256(any, _mm256_cmpeq_epi64(_mm256_and_si256(x, exponent), exponent));
    }
    for (size_t i = whole; i < count; i++)
        if (!__builtin_isfinite(v[i])) return true;
    return !_mm256_testz_si256(any, any);
}

AVX2 static bool avx2_lower_halves(const int64_t *v, size_t count, int64_t *words) {
    const __m256i missing = SET64(SEG_MISSING), zero = _mm256_setzero_si256();
    __m256i wrong = zero;
    size_t whole = count / 4 * 4;
    for (size_t i = 0; i < whole; i += 4) {
        __m256i x = _mm256_loadu_si256((const __m256i *)(const void *)(v + 2 * i));
        __m256i y = _mm256_loadu_si256((const __m256i *)(const void *)(v + 2 * i + 4));
        __m256i low = _mm256_unpacklo_epi64(x, y), high = _mm256_unpackhi_epi64(x, y);
        wrong = _mm256_or_si256(wrong, _mm256_xor_si256(_mm256_cmpgt_epi64(zero, low), high));
        wrong = _mm256_or_si256(wrong, _mm256_cmpeq_epi64(low, missing));
        _mm256_storeu_si256((__m256i *)(void *)(words + i), _mm256_permute4x64_epi64(low, 0xd8));
    }
    return seg_kernels_plain.lower_halves(v + 2 * whole, count - whole, words + whole) &&
           _mm256_testz_si256(wrong, wrong);
}

#define AVX2_BOTH(expression)                                                                                \
    for (; i + 4 <= words; i += 4) {                                                                         \
        __m256i x = _mm256_loadu_si256((const __m256i *)(const void *)(a + i));                              \
        __m256i y = _mm256_loadu_si256((const __m256i *)(const void *)(b + i));                              \
        _mm256_storeu_si256((__m256i *)(void *)(out + i), expression);                                       \
    }                                                                                                        \
    break;
AVX2 static void avx2_both(const uint64_t *a, const uint64_t *b, int turned, size_t words, uint64_t *out) {
    size_t i = 0;
    switch (turned) {
    case 0: AVX2_BOTH(_mm256_and_si256(x, y))
    case 1: AVX2_BOTH(_mm256_andnot_si256(y, x))
    default: AVX2_BOTH(_mm256_andnot_si256(_mm256_or_si256(x, y), SET8(-1)))
    }
    seg_kernels_plain.both(a + i, b + i, turned, words - i, out + i);
}

__attribute__((target("avx2,popcnt"))) static uint64_t avx2_put(const uint64_t *bits, uint64_t turn,
                                                                size_t words, uint64_t *out) {
    uint64_t count = 0;
    for (size_t i = 0; i < words; i++) count += (uint64_t)__builtin_popcountll(out[i] = bits[i] ^ turn);
    return count;
}

static const seg_kernels kernels_avx2 = {
    "AVX2",
    {avx2_i8, avx2_u8, avx2_i16, avx2_u16, avx2_i32, avx2_u32, avx2_i64, avx2_f64},
    avx2_look_up,
    avx2_any_outside_i32,
    avx2_any_outside_i64,
    avx2_any_infinite,
    avx2_lower_halves,
    avx2_both,
    avx2_put};

/* ---- AVX-512 ---------------------------------------------------------------------------------------------
 */

#define AVX512 __attribute__((target("avx512f,avx512bw,avx512vpopcntdq")))
#define WIDE(i) _mm512_loadu_si512((const char *)v + 64 * (i))
#define AVX512_LOOP(vectors, lanes, mask)                                                                    \
    for (size_t g = 0; g < groups; g++, v += SEG_GROUP) {                                                    \
        uint64_t word = 0;                                                                                   \
        _Pragma("GCC unroll 8") for (int i = 0; i < (vectors); i++) word |= (uint64_t)(mask)                 \
                                                                            << ((lanes)*i % 64);             \
        bits[g] = word & (within ? within[g] : UINT64_MAX);                                                  \
    }                                                                                                        \
    break;
#define AVX512_COMPARE(name, type, suffix, vectors, lanes, broadcast)                                        \
    AVX512 static void name(const void *values, size_t groups, seg_relation relation, int64_t constant,      \
                            const uint64_t *within, uint64_t *bits) {                                        \
        const type *v = values;                                                                              \
        const __m512i c = broadcast(constant);                                                               \
        switch (relation) {                                                                                  \
        case SEG_RELATION_EQ: AVX512_LOOP(vectors, lanes, _mm512_cmpeq_##suffix##_mask(WIDE(i), c))          \
        case SEG_RELATION_LT: AVX512_LOOP(vectors, lanes, _mm512_cmplt_##suffix##_mask(WIDE(i), c))          \
        default: AVX512_LOOP(vectors, lanes, _mm512_cmpgt_##suffix##_mask(WIDE(i), c))                       \
        }                                                                                                    \
    }
#define SPREAD8(x) _mm512_set1_epi8((char)(x))
#define SPREAD16(x) _mm512_set1_epi16((short)(x))
#define SPREAD32(x) _mm512_set1_epi32((int)(x))
#define SPREAD64(x) _mm512_set1_epi64((long long)(x))

AVX512_COMPARE(avx512_i8, int8_t, epi8, 1, 64, SPREAD8)
AVX512_COMPARE(avx512_u8, uint8_t, epu8, 1, 64, SPREAD8)
AVX512_COMPARE(avx512_i16, int16_t, epi16, 2, 32, SPREAD16)
AVX512_COMPARE(avx512_u16, uint16_t, epu16, 2, 32, SPREAD16)
AVX512_COMPARE(avx512_i32, int32_t, epi32, 4, 16, SPREAD32)
AVX512_COMPARE(avx512_u32, uint32_t, epu32, 4, 16, SPREAD32)
AVX512_COMPARE(avx512_i64, int64_t, epi64, 8, 8, SPREAD64)

#define WIDEF(relation) _mm512_cmp_pd_mask(_mm512_loadu_pd(v + 8 * i), c, relation)
AVX512 static void avx512_f64(const void *values, size_t groups, seg_relation relation, int64_t constant,
                              const uint64_t *within, uint64_t *bits) {
    const double *v = values;
    const __m512d c = _mm512_set1_pd(seg_word_float(constant));
    switch (relation) {
    case SEG_RELATION_EQF: AVX512_LOOP(8, 8, WIDEF(_CMP_EQ_OQ))
    case SEG_RELATION_LTF: AVX512_LOOP(8, 8, WIDEF(_CMP_LT_OQ))
    case SEG_RELATION_LEF: AVX512_LOOP(8, 8, WIDEF(_CMP_LE_OQ))
    case SEG_RELATION_GTF: AVX512_LOOP(8, 8, WIDEF(_CMP_GT_OQ))
    default: AVX512_LOOP(8, 8, WIDEF(_CMP_GE_OQ))
    }
}

#define AVX512_OUTSIDE(name, type, suffix, lanes, spread)                                                    \
    AVX512 static bool name(const type *v, size_t count, type least, type most) {                            \
        const __m512i low = spread(least), high = spread(most);                                              \
        size_t whole = count / (lanes) * (lanes);                                                            \
        uint32_t any = 0;                                                                                    \
        for (size_t i = 0; i < whole; i += (lanes)) {                                                        \
            __m512i x = _mm512_loadu_si512(v + i);                                                           \
            any |= _mm512_cmplt_##suffix##_mask(x, low) | _mm512_cmpgt_##suffix##_mask(x, high);             \
        }                                                                                                    \
        for (size_t i = whole; i < count; i++) any |= v[i] < least || v[i] > most;                           \
        return any != 0;                                                                                     \
    }
AVX512_OUTSIDE(avx512_any_outside_i32, int32_t, epi32, 16, SPREAD32)
AVX512_OUTSIDE(avx512_any_outside_i64, int64_t, epi64, 8, SPREAD64)

AVX512 static bool avx512_any_infinite(const double *v, size_t count) {
    const __m512i exponent = SPREAD64(0x7ff0000000000000);
    size_t whole = count / 8 * 8;
    uint32_t any = 0;
    for (size_t i = 0; i < whole; i += 8) {
        __m512i x = _mm512_loadu_si512(v + i);
        any |= _mm512_cmpeq_epi64_mask(_mm512_and_si512(x, exponent), exponent);
    }
    for (size_t i = whole; i < count; i++) any |= !__builtin_isfinite(v[i]);
    return any != 0;
}

AVX512 static bool avx512_lower_halves(const int64_t *v, size_t count, int64_t *words) {
    const __m512i even = _mm512_set_epi64(14, 12, 10, 8, 6, 4, 2, 0), missing = SPREAD64(SEG_MISSING);
    const __m512i odd = _mm512_set_epi64(15, 13, 11, 9, 7, 5, 3, 1);
    size_t whole = count / 8 * 8;
    uint32_t wrong = 0;
    for (size_t i = 0; i < whole; i += 8) {
        __m512i x = _mm512_loadu_si512(v + 2 * i), y = _mm512_loadu_si512(v + 2 * i + 8);
        __m512i low = _mm512_permutex2var_epi64(x, even, y), high = _mm512_permutex2var_epi64(x, odd, y);
        wrong |= _mm512_cmpneq_epi64_mask(_mm512_srai_epi64(low, 63), high);
        wrong |= _mm512_cmpeq_epi64_mask(low, missing);
        _mm512_storeu_si512(words + i, low);
    }
    return seg_kernels_plain.lower_halves(v + 2 * whole, count - whole, words + whole) && wrong == 0;
}

static inline __mmask8 first_lanes(size_t count) { return (__mmask8)(count < 8 ? (1u << count) - 1 : 0xffu); }

#define AVX512_BOTH(expression)                                                                              \
    for (size_t i = 0; i < words; i += 8) {                                                                  \
        __mmask8 there = first_lanes(words - i);                                                             \
        __m512i x = _mm512_maskz_loadu_epi64(there, a + i), y = _mm512_maskz_loadu_epi64(there, b + i);      \
        _mm512_mask_storeu_epi64(out + i, there, expression);                                                \
    }                                                                                                        \
    break;
AVX512 static void avx512_both(const uint64_t *a, const uint64_t *b, int turned, size_t words,
                               uint64_t *out) {
    switch (turned) {
    case 0: AVX512_BOTH(_mm512_and_si512(x, y))
    case 1: AVX512_BOTH(_mm512_andnot_si512(y, x))
    default: AVX512_BOTH(_mm512_ternarylogic_epi64(x, y, y, 0x03)) /* neither */
    }
}

AVX512 static uint64_t avx512_put(const uint64_t *bits, uint64_t turn, size_t words, uint64_t *out) {
    const __m512i turned = SPREAD64(turn);
    __m512i counts = _mm512_setzero_si512();
    for (size_t i = 0; i < words; i += 8) {
        __mmask8 there = first_lanes(words - i);
        __m512i x = _mm512_maskz_xor_epi64(there, _mm512_maskz_loadu_epi64(there, bits + i), turned);
        counts = _mm512_add_epi64(counts, _mm512_popcnt_epi64(x));
        _mm512_mask_storeu_epi64(out + i, there, x);
    }
    return (uint64_t)_mm512_reduce_add_epi64(counts);
}

static const seg_kernels kernels_avx512 = {
    "AVX-512",
    {avx512_i8, avx512_u8, avx512_i16, avx512_u16, avx512_i32, avx512_u32, avx512_i64, avx512_f64},
    avx2_look_up,
    avx512_any_outside_i32,
    avx512_any_outside_i64,
    avx512_any_infinite,
    avx512_lower_halves,
    avx512_both,
    avx512_put};

const seg_kernels *seg_kernels_of(int number) {
    bool has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("popcnt");
    if (number == 0) return &seg_kernels_plain;
    if (number == 1 && has_avx2) return &kernels_avx2;
    bool has_avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512vpopcntdq");
    return number == 2 && has_avx2 && has_avx512 ? &kernels_avx512 : NULL;
}
#else
const seg_kernels *seg_kernels_of(int number) { return number == 0 ? &seg_kernels_plain : NULL; }
#endif

const seg_kernels *seg_kernels_best(void) {
    const seg_kernels *best = &seg_kernels_plain;
    for (int number = 1; seg_kernels_of(number); number++) best = seg_kernels_of(number);
    return best;
}
