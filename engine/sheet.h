/* sheet.h - records from the rows of a CSV file, or of a table.
 *
 * The image's column maps whose pattern fits the file's base name say what a row means, one record per
 * map. Without one, the columns are named type, userId, anonymousId, previousId, messageId, event,
 * timestamp and after the fields of events and the attributes; a row without a type is a track when it
 * names an event, else an identify.
 *
 * A cell with nothing in it is a missing value, except that a required text is then empty. */
#ifndef SEG_ENGINE_SHEET_H
#define SEG_ENGINE_SHEET_H

#include "draft.h"
#include "rows.h"

typedef struct seg_sheet seg_sheet;

/* The schema must outlive it. NULL: no memory. */
seg_sheet *seg_sheet_new(const seg_schema *schema);
void seg_sheet_free(seg_sheet *sheet);

/* Rows are a snapshot of profiles: see seg_reader_as_snapshot. Before the header. */
void seg_sheet_snapshot(seg_sheet *sheet);
/* Reads the header row. *good false: the file cannot be read, for the reason. Errors: SEG_E_MEMORY and
 * those of the image. */
seg_status seg_sheet_header(seg_sheet *sheet, const char *base_name, const seg_row *header,
                            seg_reason *reason, bool *good);
/* Once the header is read: whether anything asks for a column. */
bool seg_sheet_wants(const seg_sheet *sheet, uint32_t column);
/* How many records a row makes. */
uint32_t seg_sheet_parts(const seg_sheet *sheet);
/* Makes record `part` of a row. Errors: SEG_E_MEMORY. */
seg_status seg_sheet_read(seg_sheet *sheet, seg_draft *draft, const seg_row *row, uint32_t part,
                          seg_taken *taken);

#endif
