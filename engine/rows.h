/* rows.h - rows of a CSV file: RFC 4180, read strictly. Lines end in LF or CRLF. */
#ifndef SEG_ENGINE_ROWS_H
#define SEG_ENGINE_ROWS_H

#include "engine.h"
#include "input.h"

typedef enum seg_row_kind {
    SEG_ROW_END,
    SEG_ROW_FIELDS,
    SEG_ROW_REFUSED /* see `fault` */
} seg_row_kind;

/* Borrowed until the next row is asked for. */
typedef struct seg_row {
    seg_row_kind kind;
    const seg_text *fields; /* bytes NULL: nothing between the commas, not even quotes */
    const seg_cell *cells;  /* of a table, behind its names: instead of `fields` */
    size_t count;
    uint64_t line;          /* on which the row begins, from 1 */
    const char *fault;
    size_t offset;          /* of the fault, in the line where it shows */
} seg_row;

typedef struct seg_rows seg_rows;

/* Takes rows from `input`, which must outlive it. A row may be as long as the input's line limit. */
seg_rows *seg_rows_new(seg_input *input); /* NULL: no memory */
void seg_rows_free(seg_rows *rows);
/* Blank lines are passed over. Errors: SEG_E_MEMORY and those of the input. */
seg_status seg_rows_next(seg_rows *rows, seg_row *row, seg_error *error);

#endif
