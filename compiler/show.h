/* show.h - parts of a plan in the reader's words; shared by its dump and its cost report. */
#ifndef SEG_SHOW_H
#define SEG_SHOW_H

#include "plan_parts.h"

/* "visits", "visits | opens where page == …", "attribute plan". */
void seg_show_group(const seg_plan *plan, uint32_t group, seg_buffer *out);
/* "the newest 2", "every one of the last 30d", "totals over all time". */
void seg_show_retention(const seg_plan_store *store, seg_buffer *out);
void seg_show_duration(int64_t ms, seg_buffer *out);
const char *seg_show_event(const seg_plan *plan, uint32_t event, seg_buffer *scratch);
uint32_t seg_store_entry_bytes(const seg_plan_store *store);

#endif
