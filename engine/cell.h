/* cell.h - the cells of a table (engine.h) as values of fields, and as the texts that CSV would have for
 * them. */
#ifndef SEG_ENGINE_CELL_H
#define SEG_ENGINE_CELL_H

#include "engine.h"

enum { SEG_CELL_TEXT_BYTES = 64 };

/* NULL, or why nothing may hold this cell: bytes that are no text, an instant out of range. */
const char *seg_cell_fault(const seg_cell *cell);
/* How many bytes of text are in it. */
size_t seg_cell_text_bytes(const seg_cell *cell);
/* The value, where the cell is just what the field declares. False: what its text means decides. */
bool seg_cell_value(const seg_image *image, const seg_cell *cell, const seg_field_info *field,
                    seg_value *out);
/* The instant of a time, also of a local one. False: it is another kind, or out of range. */
bool seg_cell_instant(const seg_image *image, const seg_cell *cell, int64_t *out);
/* A text of its own, or in `written`; with bytes NULL when there is nothing. Not for lists. */
seg_text seg_cell_text(const seg_cell *cell, char written[SEG_CELL_TEXT_BYTES]);

#endif
