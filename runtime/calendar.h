/* calendar.h - dates, zones and months. Dates are days since 1970-01-01 in the proleptic Gregorian
 * calendar, local times are milliseconds since 1970-01-01T00:00 on the wall clock. Arguments outside
 * SEG_TIME_MIN .. SEG_TIME_MAX are taken as its nearest end. */
#ifndef SEG_CALENDAR_H
#define SEG_CALENDAR_H

#include "view.h"

#define SEG_DAY_MS INT64_C(86400000)
#define SEG_DATE_MIN INT64_C(-719162) /* 0001-01-01 */
#define SEG_DATE_MAX INT64_C(2932896) /* 9999-12-31 */

/* Days of a civil date; month 1 .. 12, any day. */
int64_t seg_calendar_days(int64_t year, int64_t month, int64_t day);
void seg_calendar_civil(int64_t days, int64_t *year, int64_t *month, int64_t *day);

/* Milliseconds east of UTC at an instant. */
int64_t seg_calendar_offset(const seg_image *image, uint32_t zone, int64_t instant);
/* The instant of a local time: in a gap moved forward by the gap's length, in a fold the first. */
int64_t seg_calendar_instant(const seg_image *image, uint32_t zone, int64_t local_ms);

/* The local date at an instant: the latest whose first instant has come. Where the clock goes back over
 * midnight, the repeated stretch belongs to the new day, so dates never go back. */
int64_t seg_calendar_date(const seg_image *image, uint32_t zone, int64_t instant);
/* The first instant of a local date. */
int64_t seg_calendar_date_start(const seg_image *image, uint32_t zone, int64_t date);
int64_t seg_calendar_hour(const seg_image *image, uint32_t zone, int64_t instant);    /* 0 .. 23 */
int64_t seg_calendar_weekday(const seg_image *image, uint32_t zone, int64_t instant); /* 1 Monday .. 7 */

/* A date plus months, clamped to the month's last day and to SEG_DATE_MIN .. SEG_DATE_MAX. */
int64_t seg_calendar_date_months(int64_t date, int64_t months);
/* The anniversaries of a date: the same day one year later, two years later ..., clamped to the month's last
 * day. How many there were up to today, the newest of them (SEG_MISSING: none yet), and the first after
 * today (SEG_MISSING: it is beyond the year 9999). */
typedef struct seg_calendar_age {
    int64_t years, newest, coming;
} seg_calendar_age;
seg_calendar_age seg_calendar_age_of(int64_t date, int64_t today);
/* instant + months (zone 0, clamped to the month's last day, local time of day kept) + ms. Results
 * beyond SEG_TIME_MAX are SEG_NEVER, those before SEG_TIME_MIN are SEG_TIME_MIN.
 *
 * Months make it uneven: of two instants the later may be given the earlier result (30 January 23:00 and
 * 31 January 01:00 plus a month). For instants SEG_CALENDAR_SLACK_MS apart that cannot be: clamping
 * moves by up to three days, a change of offset by up to one, a gap by up to one. */
int64_t seg_calendar_shift(const seg_image *image, int64_t instant, int64_t months, int64_t ms);
#define SEG_CALENDAR_SLACK_MS (10 * SEG_DAY_MS)

/* Units of the calendar, numbered so that each is one more than the one before it. */
int64_t seg_calendar_unit(const seg_image *image, uint32_t zone, seg_image_unit unit, int64_t instant);
/* The first date of a unit; number within the years 1 to 10000. */
int64_t seg_calendar_unit_date(seg_image_unit unit, int64_t number);
/* The first instant of a unit: SEG_NEVER beyond the year 9999, SEG_TIME_MIN before the year 1. */
int64_t seg_calendar_unit_start(const seg_image *image, uint32_t zone, seg_image_unit unit, int64_t number);
int64_t seg_calendar_date_unit(seg_image_unit unit, int64_t date); /* the number of that of a date */
/* The zone of a number; the workspace's when there is no such zone. */
static inline uint32_t seg_calendar_zone(const seg_image *image, int64_t number) {
    return number >= 0 && number < image->counts[SEG_SECTION_ZONES] ? (uint32_t)number : 0;
}
/* The number of the zone whose name has this word; 0, the workspace's, when there is none. */
int64_t seg_calendar_find_zone(const seg_image *image, int64_t word);

int64_t seg_calendar_part(const seg_image *image, uint32_t zone, seg_part part, int64_t instant);
int64_t seg_calendar_date_part(seg_part part, int64_t date); /* HOUR: 0 */
/* The unit of the calendar through which a part of a date stays the same. */
seg_image_unit seg_calendar_part_unit(seg_part part);
/* An instant after `instant` before which the part does not change. */
int64_t seg_calendar_part_holds(const seg_image *image, uint32_t zone, seg_part part, int64_t instant);
/* The most days that a unit has. */
int64_t seg_calendar_unit_days(seg_image_unit unit);

#endif
