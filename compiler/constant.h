/* constant.h - what written numbers, durations and local times stand for. */
#ifndef SEG_CONSTANT_H
#define SEG_CONSTANT_H

#include "rule.h"

#define SEG_DAY_MS INT64_C(86400000)

/* A number as written, perhaps with a '-' before it: value = mantissa / 10^scale; underscores are skipped.
 * False: more than 18 digits after the point, or the mantissa does not fit 64 bits. */
bool seg_constant_number(seg_text text, int64_t *mantissa, uint8_t *scale);
/* The same number at another scale. False: it cannot be written exactly there, or does not fit. */
bool seg_constant_rescale(int64_t mantissa, uint8_t scale, uint8_t to_scale, int64_t *out);
/* The float nearest to mantissa / 10^scale, never -0.0. */
double seg_constant_float(int64_t mantissa, uint8_t scale);

/* The instant of a local wall-clock time (milliseconds since 1970-01-01T00:00 local). In a gap it moves
 * forward by the gap's length, in a fold it is the first of the two. */
int64_t seg_zone_instant(const seg_rule_zone *zone, int64_t local_ms);

/* The first instant of a local date. */
int64_t seg_zone_date_start(const seg_rule_zone *zone, int64_t date);

/* Which of two durations is longer, whatever the calendar: -1, 0, 1; 2 when it depends on the months. */
int seg_duration_order(seg_rule_duration a, seg_rule_duration b);
/* As a source writes it: "6mo", "1d12h". */
typedef struct seg_duration_words { char text[64]; } seg_duration_words;
seg_duration_words seg_duration_describe(seg_rule_duration duration);

#endif
