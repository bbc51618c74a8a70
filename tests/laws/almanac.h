/* almanac.h - the oracle's own calendar: slow, plain, and not shared with the runtime's. */
#ifndef SEG_TESTS_ALMANAC_H
#define SEG_TESTS_ALMANAC_H

#include "../../compiler/rule.h"

#define SEG_DAY_MS INT64_C(86400000)

/* Days since 1970-01-01 of a date of the proleptic Gregorian calendar, and back; month 1..12. */
int64_t seg_almanac_days(int64_t year, int month, int day);
void seg_almanac_civil(int64_t days, int64_t *year, int *month, int *day);

/* A date plus months, clamped to the month's last day. */
int64_t seg_almanac_date_add(int64_t days, int64_t months);

/* Milliseconds that local time is ahead of UTC at an instant. */
int64_t seg_almanac_offset(const seg_rule_zone *zone, int64_t instant);
/* The latest date that has begun, of the years 1 to 9999. */
int64_t seg_almanac_date_of(const seg_rule_zone *zone, int64_t instant);
/* Hours of the wall clock, and the first instant after this one at which they may be others. */
int64_t seg_almanac_hour_of(const seg_rule_zone *zone, int64_t instant);
int64_t seg_almanac_next_hour(const seg_rule_zone *zone, int64_t instant);
int seg_almanac_weekday(int64_t date); /* 1 Monday .. 7 Sunday */
/* The first date of the unit (seg_rule_unit) in which a date lies, moved by whole units. Later years and
 * quarters are those of the rules' fiscal year. */
int64_t seg_almanac_unit(const seg_rules *rules, uint8_t unit, int64_t date, int64_t moved);
/* The first instant whose local date is `date` or later. */
int64_t seg_almanac_date_start(const seg_rule_zone *zone, int64_t date);
/* The instant of a local wall-clock time: in a gap forward by its length, in a fold the first. */
int64_t seg_almanac_instant(const seg_rule_zone *zone, int64_t local_ms);
/* An instant plus a duration: months by the zone's calendar, then milliseconds; saturates. */
int64_t seg_almanac_add(const seg_rule_zone *zone, int64_t instant, seg_rule_duration duration);

#endif
