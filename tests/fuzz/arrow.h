/* arrow.h - columns of the Arrow C data interface that lie as far as a reader can find out: lengths, offsets,
 * numbers of nulls and of buffers, codes, order of texts, missing parts, formats. What a reader has to take
 * on trust holds: each buffer is as long as the lengths and offsets say, and not a byte longer. */
#ifndef SEG_FUZZ_ARROW_H
#define SEG_FUZZ_ARROW_H

#include <seg.h>

#include "dice.h"

enum { ARROW_BLOCKS = 1024, ARROW_COLUMNS = 40 };

typedef struct arrow_pile { /* all that was allocated */
    void *blocks[ARROW_BLOCKS];
    unsigned count;
} arrow_pile;

typedef struct arrow_table {
    struct ArrowSchema schema, *fields[ARROW_COLUMNS];
    struct ArrowArray array, *columns[ARROW_COLUMNS];
    const void *buffers[1];
    int64_t child_count;
} arrow_table;

/* A table without columns, of so many rows. */
void arrow_begin(arrow_table *table, size_t rows, dice *d);
/* One more column: its name, and its type as the reader may want it; `most`: its integers are mostly below.
 */
void arrow_add(arrow_table *table, arrow_pile *pile, seg_text name, seg_type type, uint64_t most, dice *d);
/* Perhaps something is wrong with the table itself. */
void arrow_end(arrow_table *table, arrow_pile *pile, dice *d);
void arrow_free(arrow_pile *pile);

#endif
