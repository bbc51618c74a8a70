/* shelf.h - values of one field, one after the other, lent as an Arrow array. It grows as it needs to. */
#ifndef SEG_ENGINE_SHELF_H
#define SEG_ENGINE_SHELF_H

#include <seg.h>

enum { SEG_SHELF_BUFFERS = 3 };

typedef struct seg_shelf_texts { /* one after the other */
    char *bytes;
    size_t size_bytes, capacity_bytes;
    int64_t *ends; /* of each, behind a 0 */
    size_t count, end_capacity;
} seg_shelf_texts;

typedef struct seg_shelf {
    const seg_allocator *allocator;
    const seg_image *image;
    seg_field_info field;
    char *name; /* terminated */
    char format[16];
    size_t rows;
    uint8_t *validity, *values; /* values: numbers, bools; of sets: where each ends, behind a 0 */
    size_t validity_capacity, value_capacity;
    seg_shelf_texts texts; /* texts, names of enums, and members of sets */
    const void *buffers[SEG_SHELF_BUFFERS], *item_buffers[SEG_SHELF_BUFFERS];
    struct ArrowArray array, items, *children[1];
    struct ArrowSchema schema, item_schema, *schema_children[1];
} seg_shelf;

/* For values of `field`, under its name. The image and the allocator must outlive it. NULL: no memory. */
seg_shelf *seg_shelf_new(const seg_image *image, const seg_field_info *field, const seg_allocator *allocator);
void seg_shelf_free(seg_shelf *shelf);
/* One more row; the value may be unknown. False: no memory. */
bool seg_shelf_add(seg_shelf *shelf, const seg_value *value);
/* The value of a row of another shelf for the same field. False: no memory. */
bool seg_shelf_copy(seg_shelf *shelf, const seg_shelf *from, size_t row);
/* Another value for a row that has a known one; whole numbers only. */
void seg_shelf_change(seg_shelf *shelf, size_t row, int64_t value);
/* No rows any more. */
void seg_shelf_clear(seg_shelf *shelf);
/* The rows are in `array` until one more comes. */
void seg_shelf_lend(seg_shelf *shelf);

#endif
