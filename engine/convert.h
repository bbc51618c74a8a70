/* convert.h - values of the data as values of declared fields.
 *
 * JSON says more than CSV: there a number is a number and a text a text, and nothing is guessed. In CSV
 * every cell is a text: numbers, true/false (also yes/no, 1/0, in any case), and sets as texts parted
 * by semicolons. In both: times as RFC 3339, dates as 2026-04-16, durations as 30d or 1h30m, enum
 * values by their names. */
#ifndef SEG_ENGINE_CONVERT_H
#define SEG_ENGINE_CONVERT_H

#include "json.h"
#include "reason.h"

/* What a conversion needs and where it says why it failed: "amount: 15.305 has more than 2 decimals". */
typedef struct seg_converter {
    const seg_image *image;
    seg_text *items; /* elements of sets; room for all of one record */
    size_t item_count, item_capacity;
    seg_reason *reason;
} seg_converter;

/* null becomes a missing value, which is for the caller to accept. `item` may be followed by elements. */
bool seg_convert_json(seg_converter *converter, const seg_field_info *field, const seg_json_item *item,
                      seg_value *out);
bool seg_convert_cell(seg_converter *converter, const seg_field_info *field, seg_text cell, seg_value *out);

/* The time of a record. A number is refused with a hint. */
bool seg_convert_time(seg_converter *converter, const char *name, seg_text text, bool is_number,
                      int64_t *out);

#endif
