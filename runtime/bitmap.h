/* bitmap.h - rows as bits: comparisons of a column's values with a constant give one bit a row, 64 rows a
 * word, the first row in the lowest bit. There is one set of primitives in plain C, one for AVX2 and one for
 * AVX-512 (as of Ice Lake); all give the same bits. Rows behind the last are 0 in what is written here. */
#ifndef SEG_BITMAP_H
#define SEG_BITMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SEG_GROUP = 64 }; /* rows of a word */

/* How a column's values lie in memory. */
typedef enum seg_form {
    SEG_FORM_I8,
    SEG_FORM_U8,
    SEG_FORM_I16,
    SEG_FORM_U16,
    SEG_FORM_I32,
    SEG_FORM_U32,
    SEG_FORM_I64,
    SEG_FORM_F64,
    SEG_FORM_COMPARED, /* so many can be compared; the rest is turned into words first */
    SEG_FORM_U64 = SEG_FORM_COMPARED,
    SEG_FORM_F32,
    SEG_FORM_I128,
    SEG_FORM_BITS,  /* of a bool */
    SEG_FORM_CODES, /* texts: codes into a dictionary */
    SEG_FORM_TEXTS, /* texts as they stand: the profile's id */
    SEG_FORM_LISTS, /* sets */
    SEG_FORM_COUNT
} seg_form;

typedef enum seg_relation { /* of a value to the constant */
                            SEG_RELATION_EQ,
                            SEG_RELATION_LT,
                            SEG_RELATION_GT,
                            SEG_RELATION_EQF, /* as floats: the constant is a float's word */
                            SEG_RELATION_LTF,
                            SEG_RELATION_LEF,
                            SEG_RELATION_GTF,
                            SEG_RELATION_GEF
} seg_relation;

/* `within`: bits outside of it are 0; NULL: everywhere. */
typedef void seg_compare_fn(const void *values, size_t groups, seg_relation relation, int64_t constant,
                            const uint64_t *within, uint64_t *bits);
typedef struct seg_kernels {
    const char *name;
    seg_compare_fn *compare[SEG_FORM_COMPARED];
    /* Bit `code` of the table of 256 bits. */
    void (*look_up)(const uint8_t *codes, size_t groups, const uint8_t *table, uint64_t *bits);
    /* Whether any of the values is less than the least or more than the most; is not finite. */
    bool (*any_outside_i32)(const int32_t *values, size_t count, int32_t least, int32_t most);
    bool (*any_outside_i64)(const int64_t *values, size_t count, int64_t least, int64_t most);
    bool (*any_infinite)(const double *values, size_t count);
    /* The lower halves of numbers of 128 bits; false: one of them is not a word, or SEG_MISSING. */
    bool (*lower_halves)(const int64_t *values, size_t count, int64_t *words);
    /* out = a and b, of which `turned` are turned over first: none, b, or both. */
    void (*both)(const uint64_t *a, const uint64_t *b, int turned, size_t words, uint64_t *out);
    /* out = bits ^ turn; the number of ones. */
    uint64_t (*put)(const uint64_t *bits, uint64_t turn, size_t words, uint64_t *out);
} seg_kernels;

extern const seg_kernels seg_kernels_plain;
/* Set number 0, 1 .., from the slowest to the fastest; NULL: this machine cannot run it. */
const seg_kernels *seg_kernels_of(int number);
/* The fastest set that this machine can run. */
const seg_kernels *seg_kernels_best(void);

size_t seg_form_bytes(seg_form form); /* of one value; 0 where values have no size of their own */

/* Compares `rows` values; the constant fits the form, whose relations are the float ones for F64 alone.
 * `within`: as in seg_compare_fn. */
void seg_bitmap_compare(const seg_kernels *kernels, seg_form form, seg_relation relation, const void *values,
                        size_t rows, int64_t constant, const uint64_t *within, uint64_t *bits);
/* Each word of `a` with that of `b`. */
void seg_bitmap_compare_words(seg_relation relation, const int64_t *a, const int64_t *b, size_t rows,
                              uint64_t *bits);
bool seg_relation_holds(seg_relation relation, int64_t a, int64_t b);
void seg_bitmap_look_up(const seg_kernels *kernels, const uint8_t *codes, size_t rows, const uint8_t *table,
                        uint64_t *bits);
/* table[code], which is 0 or 1. */
void seg_bitmap_look_up_wide(const uint32_t *codes, size_t rows, const uint8_t *table, uint64_t *bits);
/* Bits of a buffer that begins at any bit. */
void seg_bitmap_copy(const uint8_t *buffer, size_t first, size_t rows, uint64_t *bits);
/* out = a and b, either turned over first. */
void seg_bitmap_and(const seg_kernels *kernels, const uint64_t *a, bool not_a, const uint64_t *b, bool not_b,
                    size_t words, uint64_t *out);

static inline bool seg_bitmap_get(const uint64_t *bits, size_t row) {
    return bits[row / SEG_GROUP] >> (row % SEG_GROUP) & 1;
}

#endif
