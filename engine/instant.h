/* instant.h - dates as text; instants are in engine.h. */
#ifndef SEG_ENGINE_INSTANT_H
#define SEG_ENGINE_INSTANT_H

#include <seg.h>

/* "2026-04-16" as days since 1970-01-01. False: not a date of the years 1 to 9999. */
bool seg_date_parse(seg_text text, int64_t *days);

#endif
