/* arrow.h - columns in the Arrow C data interface, made of values, in any of the layouts that hold them. */
#ifndef SEG_TESTS_ARROW_H
#define SEG_TESTS_ARROW_H

#include "../../runtime/seg.h"
#include "random.h"

typedef struct seg_arrow { /* a struct of columns */
    struct ArrowSchema schema;
    struct ArrowArray array;
    size_t rows;
    int64_t first; /* where its row 0 lies in the columns: they are longer than it */
} seg_arrow;

/* `first` rows before the array's own and every column's own offset are filled with junk. */
void seg_arrow_init(seg_arrow *arrow, size_t rows, seg_random *random);
/* A column of `rows` values, laid out as the random numbers say; what null stands over is junk. Texts are
 * copied. `enum_names` are those of an enum. */
void seg_arrow_add(seg_arrow *arrow, const char *name, const seg_image *image, const seg_field_info *field,
                   const seg_value *values, seg_random *random);
void seg_arrow_free(seg_arrow *arrow);

#endif
