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
        bits[g] = pack(flags) & (within ? within[g] : UINT64_MAX);                                           \
    }                                                                                                        \
    break;

#define PLAIN_COMPARE(name, type)                                                                            \
    static void name(const void *values, size_t groups, seg_relation relation, int64_t constant,             \
                     const uint64_t *within, uint64_t *bits) {                                               \
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
                      const uint64_t *within, uint64_t *bits) {
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

static bool plain_any_outside_i32(const int32_t *v, size_t count, int32_t least, int32_t most) {
    bool any = false;
    for (size_t i = 0; i < count; i++) any |= v[i] < least || v[i] > most;
    return any;
}
static bool plain_any_outside_i64(const int64_t *v, size_t count, int64_t least, int64_t most) {
    bool any = false;
    for (size_t i = 0; i < count; i++) any |= v[i] < least || v[i] > most;
    return any;
}
static bool plain_any_infinite(const double *v, size_t count) {
    bool any = false;
    for (size_t i = 0; i < count; i++) any |= !__builtin_isfinite(v[i]);
    return any;
}
static bool plain_lower_halves(const int64_t *v, size_t count, int64_t *words) {
    bool fine = true;
    for (size_t i = 0; i < count; i++) {
        words[i] = v[2 * i];
        fine &= v[2 * i + 1] == -(int64_t)(v[2 * i] < 0) && v[2 * i] != SEG_MISSING;
    }
    return fine;
}
/* Four words at once: what the compiler makes of it fits every machine. */
typedef uint64_t four_words __attribute__((vector_size(32), aligned(8), may_alias));

static void plain_both(const uint64_t *a, const uint64_t *b, int turned, size_t words, uint64_t *out) {
    uint64_t turn_a = turned > 1 ? UINT64_MAX : 0, turn_b = turned > 0 ? UINT64_MAX : 0;
    size_t i = 0;
    for (; i + 4 <= words; i += 4)
        *(four_words *)(out + i) =
            (*(const four_words *)(a + i) ^ turn_a) & (*(const four_words *)(b + i) ^ turn_b);
    for (; i < words; i++) out[i] = (a[i] ^ turn_a) & (b[i] ^ turn_b);
}
static uint64_t plain_put(const uint64_t *bits, uint64_t turn, size_t words, uint64_t *out) {
    uint64_t count = 0;
    for (size_t i = 0; i < words; i++) count += (uint64_t)__builtin_popcountll(out[i] = bits[i] ^ turn);
    return count;
}

const seg_kernels seg_kernels_plain = {
    "plain C",
    {plain_i8, plain_u8, plain_i16, plain_u16, plain_i32, plain_u32, plain_i64, plain_f64},
    plain_look_up,
    plain_any_outside_i32,
    plain_any_outside_i64,
    plain_any_infinite,
    plain_lower_halves,
    plain_both,
    plain_put};

/* ---- whole columns ------------------------------------------------------------------------------------- */

static uint64_t bits_below(size_t count) { return count == 0 ? 0 : UINT64_MAX >> (SEG_GROUP - count); }

void seg_bitmap_compare(const seg_kernels *kernels, seg_form form, seg_relation relation, const void *values,
                        size_t rows, int64_t constant, const uint64_t *within, uint64_t *bits) {
    size_t groups = rows / SEG_GROUP, rest = rows % SEG_GROUP, size = seg_form_bytes(form);
    kernels->compare[form](values, groups, relation, constant, within, bits);
    if (rest == 0) return;
    group_i64 tail = {0};
    memcpy(tail, (const char *)values + groups * SEG_GROUP * size, rest * size);
    kernels->compare[form](tail, 1, relation, constant, within ? within + groups : NULL, bits + groups);
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
    if (shift == 0) {
        memcpy(bits, buffer + first / 8, rows / 8);
        if (rows % SEG_GROUP == 0) return;
        buffer += rows / SEG_GROUP * 8;
        end -= rows / SEG_GROUP * 8;
        bits += rows / SEG_GROUP;
        rows %= SEG_GROUP;
    }
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

void seg_bitmap_and(const seg_kernels *kernels, const uint64_t *a, bool not_a, const uint64_t *b, bool not_b,
                    size_t words, uint64_t *out) {
    if (not_a && !not_b) /* and is the same both ways */
        kernels->both(b, a, 1, words, out);
    else
        kernels->both(a, b, not_a + not_b, words, out);
}
