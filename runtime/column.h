/* column.h - one column of an Arrow array as the values of an attribute. */
#ifndef SEG_COLUMN_H
#define SEG_COLUMN_H

#include "base/arena.h"
#include "bitmap.h"
#include "view.h"

/* The conversion from what lies in memory to the attribute's word. */
typedef enum seg_turn {
    SEG_TURN_NONE,
    SEG_TURN_MULTIPLY, /* by `unit`; must fit */
    SEG_TURN_CUT,      /* by `unit`, towards the past */
    SEG_TURN_EXACT,    /* by `unit`, without a rest */
    SEG_TURN_FLOAT     /* a number becomes a float */
} seg_turn;

typedef struct seg_texts {   /* an array of texts */
    const uint8_t *validity; /* NULL: all are known */
    const void *offsets;
    const char *bytes;
    size_t first; /* where element 0 lies */
    bool is_wide; /* offsets of 64 bits */
} seg_texts;

typedef struct seg_column {
    const seg_image *image;
    const seg_image_field *field;
    const char *label; /* what messages call it; NULL: the field's name */
    uint32_t record;   /* in EVENTS: the attribute, or the profile's id */
    uint32_t child;    /* of the array */
    seg_form form;
    seg_form code_form; /* CODES of an Arrow dictionary: how they lie */
    bool is_dictionary; /* else texts as they stand are given codes here */
    seg_turn turn;
    __int128 unit;

    /* Of the array at hand. */
    const uint8_t *validity;
    const void *values;
    size_t first;         /* where row 0 lies */
    seg_texts texts;      /* of the dictionary, of a set's members, or the values themselves */
    size_t text_count;    /* in `texts` */
    seg_value *entries;   /* CODES: the dictionary, and an unknown value behind it */
    uint32_t entry_count; /* without that one */
    uint32_t *own_codes;  /* CODES that were made here: one per row */
    uint8_t *is_foreign;  /* per entry: no name of the enum; NULL: all are */
    seg_text *items;      /* LISTS: scratch for SEG_SET_LIMIT members */

    /* Of the vector of rows at hand. */
    uint64_t *known;
    uint8_t *codes_narrow; /* CODES, when 256 hold them all */
    uint32_t *codes;
} seg_column;

/* A column of the schema for the attribute. SEG_E_USAGE. */
seg_status seg_column_bind(seg_column *column, const seg_image *image, uint32_t record, uint32_t child,
                           const struct ArrowSchema *schema, seg_error *error);
/* The same for a field of an event, or one that no image has and that needs a label. */
seg_status seg_column_bind_field(seg_column *column, const seg_image *image, const seg_image_field *field,
                                 const char *label, uint32_t child, const struct ArrowSchema *schema,
                                 seg_error *error);
/* SEG_E_FACT: "column NAME, row ROW: what". */
seg_status seg_column_refuse(const seg_column *column, size_t row, const char *what, seg_error *error);
/* The column of an array, whose rows are `offset` .. `offset` + `rows` - 1 of it. Texts get their codes.
 * SEG_E_USAGE, SEG_E_MEMORY. */
seg_status seg_column_open(seg_column *column, const struct ArrowArray *array, size_t offset, size_t rows,
                           seg_arena *arena, seg_error *error);
/* Fills `known` and the codes for a vector of rows, and checks what lies there. SEG_E_FACT. */
seg_status seg_column_load(seg_column *column, const seg_kernels *kernels, size_t from, size_t rows,
                           uint64_t *scratch, seg_error *error);
/* The attribute's words of the vector's rows, where `known`; missing elsewhere. SEG_E_FACT. Not for
 * CODES, TEXTS and LISTS. */
seg_status seg_column_words(const seg_column *column, const seg_kernels *kernels, size_t from, size_t rows,
                            int64_t *words, seg_error *error);
/* One row as a value; SEG_E_FACT. Texts are borrowed from the array. */
seg_status seg_column_value(const seg_column *column, size_t from, size_t row, seg_value *value,
                            seg_error *error);

/* Values can be compared as they lie, in the forms that seg_bitmap_compare takes. */
static inline bool seg_column_is_native(const seg_column *column) {
    return column->form < SEG_FORM_COMPARED && column->turn == SEG_TURN_NONE;
}
/* The least and greatest word of an integer form. */
void seg_column_range(const seg_column *column, int64_t *least, int64_t *most);
static inline const void *seg_column_at(const seg_column *column, size_t row) {
    return (const char *)column->values + (column->first + row) * seg_form_bytes(column->form);
}
/* dictionary.c: the entries, and codes for texts as they stand. SEG_E_USAGE, SEG_E_MEMORY. */
seg_status seg_column_encode(seg_column *column, size_t rows, seg_arena *arena, seg_error *error);
bool seg_texts_get(const seg_texts *texts, size_t number, seg_text *out); /* false: null */
/* Whether offsets ascend from 0 or more over `count` elements. */
bool seg_texts_check(const seg_texts *texts, size_t count);

#endif
