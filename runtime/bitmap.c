#include "bitmap.h"

#include <string.h>

#include "value.h"

typedef int64_t group_i64[SEG_GROUP];

size_t seg_form_bytes(seg_form form) {
    static const uint8_t bytes[SEG_FORM_COUNT] = {1, 1, 2, 2, 4, 4, 8, 8, 8, 4, 16, 0, 0, 0, 0};
    return bytes[form];
}

/* Bytes of 0 or 1 to bits. */
static uint64_t pack(const uint8_t *flags) {
    uint64_t word = 0;
    for (int i = 0; i < 8; i++) {
        uint64_t bytes;
        memcpy(&bytes, flags + 8 * i, sizeof bytes);
        word |= (bytes * UINT64_C(0x0102040810204080) >> 56) << (8 * i);
    }
    return word;
}

/* ---- plain C ------------------------------------------------------------------------------------------- */

#define PLAIN_LOOP(holds)                                                                                    \
    for (size_t g = 0; g < groups; g++, v += SEG_GROUP) {                                                    \
        uint8_t flags[SEG_GROUP];                                                                            \
        for (int i = 0; i < SEG_GROUP; i++) flags[i] = (holds);                                              \
        bits[g] = pack(flags);                                                                               \
    }                                                                                                        \
    break;

#define PLAIN_COMPARE(name, type)                                                                            \
    static void name(const void *values, size_t groups, seg_relation relation, int64_t constant,             \
                     uint64_t *bits) {                                                                       \
        const type *v = values, c = (type)constant;                                                          \
        switch (relation) {                                                                                  \
        case SEG_RELATION_EQ: PLAIN_LOOP(v[i] == c)                                                          \
        case SEG_RELATION_LT: PLAIN_LOOP(v[i] < c)                                                           \
        default: PLAIN_LOOP(v[i] > c)                                                                        \
        }                                                                                                    \
    }

PLAIN_COMPARE(plain_i8, int8_t)
PLAIN_COMPARE(plain_u8, uint8_t)
PLAIN_COMPARE(plain_i16, int16_t)
PLAIN_COMPARE(plain_u16, uint16_t)
PLAIN_COMPARE(plain_i32, int32_t)
PLAIN_COMPARE(plain_u32, uint32_t)
PLAIN_COMPARE(plain_i64, int64_t)

static void plain_f64(const void *values, size_t groups, seg_relation relation, int64_t constant,
                      uint64_t *bits) {
    const double *v = values, c = seg_word_float(constant);
    switch (relation) {
    case SEG_RELATION_EQF: PLAIN_LOOP(v[i] == c)
    case SEG_RELATION_LTF: PLAIN_LOOP(v[i] < c)
    case SEG_RELATION_LEF: PLAIN_LOOP(v[i] <= c)
    case SEG_RELATION_GTF: PLAIN_LOOP(v[i] > c)
    default: PLAIN_LOOP(v[i] >= c)
    }
}

static void plain_look_up(const uint8_t *v, size_t groups, const uint8_t *table, uint64_t *bits) {
    for (size_t g = 0; g < groups; g++, v += SEG_GROUP) {
        uint8_t flags[SEG_GROUP];
        for (int i = 0; i < SEG_GROUP; i++) flags[i] = table[v[i] / 8] >> (v[i] % 8) & 1;
        bits[g] = pack(flags);
    }
}

const seg_kernels seg_kernels_plain = {
    "plain C",
    {plain_i8, plain_u8, plain_i16, plain_u16, plain_i32, plain_u32, plain_i64, plain_f64},
    plain_look_up};

/* ---- AVX2 ------------------------------------------------------------------------------------------------
 */

#if defined(__x86_64__)
#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))
#define AT(i) _mm256_loadu_si256((const __m256i *)(const void *)v + (i))
/* `vectors` vectors make a group; `mask` gives the bits of the i-th of them. */
#define AVX2_LOOP(vectors, lanes, mask)                                                                      \
    for (size_t g = 0; g < groups; g++, v += SEG_GROUP) {                                                    \
        uint64_t word = 0;                                                                                   \
        for (int i = 0; i < (vectors); i++) word |= (uint64_t)(uint32_t)(mask) << ((lanes)*i);               \
        bits[g] = word;                                                                                      \
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
                          uint64_t *bits) {                                                                  \
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
                          uint64_t *bits) {                                                                  \
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
                          uint64_t *bits) {
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

static const seg_kernels kernels_avx2 = {
    "AVX2", {avx2_i8, avx2_u8, avx2_i16, avx2_u16, avx2_i32, avx2_u32, avx2_i64, avx2_f64}, avx2_look_up};

const seg_kernels *seg_kernels_best(void) {
    return __builtin_cpu_supports("avx2") ? &kernels_avx2 : &seg_kernels_plain;
}
#else
const seg_kernels *seg_kernels_best(void) { return &seg_kernels_plain; }
#endif

/* ---- whole columns ------------------------------------------------------------------------------------- */

static uint64_t bits_below(size_t count) { return count == 0 ? 0 : UINT64_MAX >> (SEG_GROUP - count); }

void seg_bitmap_compare(const seg_kernels *kernels, seg_form form, seg_relation relation, const void *values,
                        size_t rows, int64_t constant, uint64_t *bits) {
    size_t groups = rows / SEG_GROUP, rest = rows % SEG_GROUP, size = seg_form_bytes(form);
    kernels->compare[form](values, groups, relation, constant, bits);
    if (rest == 0) return;
    group_i64 tail = {0};
    memcpy(tail, (const char *)values + groups * SEG_GROUP * size, rest * size);
    kernels->compare[form](tail, 1, relation, constant, bits + groups);
    bits[groups] &= bits_below(rest);
}

bool seg_relation_holds(seg_relation relation, int64_t a, int64_t b) {
    switch (relation) {
    case SEG_RELATION_EQ: return a == b;
    case SEG_RELATION_LT: return a < b;
    case SEG_RELATION_GT: return a > b;
    case SEG_RELATION_EQF: return seg_word_float(a) == seg_word_float(b);
    case SEG_RELATION_LTF: return seg_word_float(a) < seg_word_float(b);
    case SEG_RELATION_LEF: return seg_word_float(a) <= seg_word_float(b);
    case SEG_RELATION_GTF: return seg_word_float(a) > seg_word_float(b);
    default: return seg_word_float(a) >= seg_word_float(b);
    }
}

void seg_bitmap_compare_words(seg_relation relation, const int64_t *a, const int64_t *b, size_t rows,
                              uint64_t *bits) {
    for (size_t row = 0; row < rows; row += SEG_GROUP) {
        uint64_t word = 0;
        size_t end = rows - row < SEG_GROUP ? rows - row : SEG_GROUP;
        for (size_t i = 0; i < end; i++)
            word |= (uint64_t)seg_relation_holds(relation, a[row + i], b[row + i]) << i;
        bits[row / SEG_GROUP] = word;
    }
}

void seg_bitmap_look_up(const seg_kernels *kernels, const uint8_t *codes, size_t rows, const uint8_t *table,
                        uint64_t *bits) {
    size_t groups = rows / SEG_GROUP, rest = rows % SEG_GROUP;
    kernels->look_up(codes, groups, table, bits);
    if (rest == 0) return;
    uint8_t tail[SEG_GROUP] = {0};
    memcpy(tail, codes + groups * SEG_GROUP, rest);
    kernels->look_up(tail, 1, table, bits + groups);
    bits[groups] &= bits_below(rest);
}

void seg_bitmap_look_up_wide(const uint32_t *codes, size_t rows, const uint8_t *table, uint64_t *bits) {
    for (size_t row = 0; row < rows; row += SEG_GROUP) {
        uint8_t flags[SEG_GROUP] = {0};
        size_t end = rows - row < SEG_GROUP ? rows - row : SEG_GROUP;
        for (size_t i = 0; i < end; i++) flags[i] = table[codes[row + i]];
        bits[row / SEG_GROUP] = pack(flags);
    }
}

void seg_bitmap_copy(const uint8_t *buffer, size_t first, size_t rows, uint64_t *bits) {
    size_t shift = first % 8, end = (first + rows + 7) / 8; /* no byte behind `end` is there */
    for (size_t row = 0, byte = first / 8; row < rows; row += SEG_GROUP, byte += 8) {
        uint8_t bytes[16] = {0};
        memcpy(bytes, buffer + byte, end - byte < 9 ? end - byte : 9);
        uint64_t low, high;
        memcpy(&low, bytes, sizeof low);
        memcpy(&high, bytes + 8, sizeof high);
        uint64_t word = shift ? low >> shift | high << (64 - shift) : low;
        bits[row / SEG_GROUP] = rows - row < SEG_GROUP ? word & bits_below(rows - row) : word;
    }
}

/* Four words at once: what the compiler makes of it fits every machine. */
typedef uint64_t four_words __attribute__((vector_size(32), aligned(8), may_alias));

#define AND_LOOP(expression)                                                                                 \
    do {                                                                                                     \
        for (; i + 4 <= words; i += 4) {                                                                     \
            four_words x = *(const four_words *)(a + i), y = *(const four_words *)(b + i);                   \
            *(four_words *)(out + i) = (expression);                                                         \
        }                                                                                                    \
        for (; i < words; i++) {                                                                             \
            uint64_t x = a[i], y = b[i];                                                                     \
            out[i] = (expression);                                                                           \
        }                                                                                                    \
    } while (0)

void seg_bitmap_and(const uint64_t *a, bool not_a, const uint64_t *b, bool not_b, size_t words,
                    uint64_t *out) {
    size_t i = 0;
    if (not_a && !not_b) { /* and is the same both ways */
        const uint64_t *turned = a;
        a = b;
        b = turned;
        not_a = false;
        not_b = true;
    }
    if (not_a)
        AND_LOOP(~(x | y));
    else if (not_b)
        AND_LOOP(x & ~y);
    else
        AND_LOOP(x & y);
}
