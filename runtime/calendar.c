/* calendar.c - civil dates by Howard Hinnant's days_from_civil and civil_from_days
 * (https://howardhinnant.github.io/date_algorithms.html), zones by binary search. */
#include "calendar.h"

static int64_t clamp(int64_t value, int64_t least, int64_t most) {
    return value < least ? least : value > most ? most : value;
}

static int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b < 0); }

int64_t seg_calendar_days(int64_t year, int64_t month, int64_t day) {
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = floor_div(y, 400);
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

void seg_calendar_civil(int64_t days, int64_t *year, int64_t *month, int64_t *day) {
    int64_t z = days + 719468;
    int64_t era = floor_div(z, 146097);
    int64_t day_of_era = z - era * 146097;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t shifted = (5 * day_of_year + 2) / 153;
    *day = day_of_year - (153 * shifted + 2) / 5 + 1;
    *month = shifted < 10 ? shifted + 3 : shifted - 9;
    *year = year_of_era + era * 400 + (*month <= 2);
}

/* ---- zones: a zone with n transitions has n + 1 regimes; regime 0 lies before the first ---------- */

static const seg_image_transition *transitions_of(const seg_image *image, uint32_t zone) {
    return image->transitions + image->zones[zone].transitions.first;
}

static int64_t regime_offset(const seg_image *image, uint32_t zone, uint32_t regime) {
    return INT64_C(1000) * (regime == 0 ? image->zones[zone].first_offset_s
                                        : transitions_of(image, zone)[regime - 1].offset_s);
}

/* The number of transitions at or before the instant. */
static uint32_t regime_at(const seg_image *image, uint32_t zone, int64_t instant) {
    const seg_image_transition *transitions = transitions_of(image, zone);
    uint32_t low = 0, high = image->zones[zone].transitions.count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (transitions[middle].at <= instant)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

int64_t seg_calendar_offset(const seg_image *image, uint32_t zone, int64_t instant) {
    return regime_offset(image, zone, regime_at(image, zone, instant));
}

/* The first regime whose wall clock has not passed the local time when the regime ends. */
static uint32_t regime_of_local(const seg_image *image, uint32_t zone, int64_t local_ms) {
    const seg_image_transition *transitions = transitions_of(image, zone);
    uint32_t low = 0, high = image->zones[zone].transitions.count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (transitions[middle].at + regime_offset(image, zone, middle) <= local_ms)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int64_t clamp_local(int64_t local_ms) {
    return clamp(local_ms, SEG_TIME_MIN - 2 * SEG_DAY_MS, SEG_TIME_MAX + 2 * SEG_DAY_MS);
}

int64_t seg_calendar_instant(const seg_image *image, uint32_t zone, int64_t local_ms) {
    local_ms = clamp_local(local_ms);
    uint32_t regime = regime_of_local(image, zone, local_ms);
    int64_t instant = local_ms - regime_offset(image, zone, regime);
    if (regime > 0 && instant < transitions_of(image, zone)[regime - 1].at)
        instant = local_ms - regime_offset(image, zone, regime - 1); /* in the gap */
    return clamp(instant, SEG_TIME_MIN, SEG_TIME_MAX);
}

int64_t seg_calendar_date_start(const seg_image *image, uint32_t zone, int64_t date) {
    int64_t local_ms = clamp(date, SEG_DATE_MIN, SEG_DATE_MAX + 1) * SEG_DAY_MS;
    uint32_t regime = regime_of_local(image, zone, local_ms);
    int64_t instant = local_ms - regime_offset(image, zone, regime);
    if (regime > 0 && instant < transitions_of(image, zone)[regime - 1].at)
        instant = transitions_of(image, zone)[regime - 1].at; /* midnight is in the gap */
    return clamp(instant, SEG_TIME_MIN, SEG_TIME_MAX);
}

static int64_t local_of(const seg_image *image, uint32_t zone, int64_t instant) {
    instant = clamp(instant, SEG_TIME_MIN, SEG_TIME_MAX);
    return instant + seg_calendar_offset(image, zone, instant);
}

int64_t seg_calendar_date(const seg_image *image, uint32_t zone, int64_t instant) {
    int64_t date = clamp(floor_div(local_of(image, zone, instant), SEG_DAY_MS), SEG_DATE_MIN, SEG_DATE_MAX);
    while (date < SEG_DATE_MAX && seg_calendar_date_start(image, zone, date + 1) <= instant) date++;
    return date;
}

int64_t seg_calendar_hour(const seg_image *image, uint32_t zone, int64_t instant) {
    int64_t local_ms = local_of(image, zone, instant);
    return (local_ms - floor_div(local_ms, SEG_DAY_MS) * SEG_DAY_MS) / 3600000;
}

int64_t seg_calendar_weekday(const seg_image *image, uint32_t zone, int64_t instant) {
    int64_t days = seg_calendar_date(image, zone, instant);
    return days + 3 - floor_div(days + 3, 7) * 7 + 1; /* 1970-01-01 was a Thursday */
}

/* ---- months ---------------------------------------------------------------------------------------- */

static int64_t days_in_month(int64_t year, int64_t month) {
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return month == 2 && leap ? 29 : days[month - 1];
}

/* Not yet clamped to the range of dates. |months| < 2^33. */
static int64_t add_months(int64_t date, int64_t months) {
    int64_t year, month, day;
    seg_calendar_civil(date, &year, &month, &day);
    int64_t count = year * 12 + (month - 1) + months;
    year = floor_div(count, 12);
    month = count - year * 12 + 1;
    int64_t last = days_in_month(year, month);
    return seg_calendar_days(year, month, day < last ? day : last);
}

static int64_t clamp_months(int64_t months) { return clamp(months, -200000, 200000); }

int64_t seg_calendar_date_months(int64_t date, int64_t months) {
    date = clamp(date, SEG_DATE_MIN, SEG_DATE_MAX);
    return clamp(add_months(date, clamp_months(months)), SEG_DATE_MIN, SEG_DATE_MAX);
}

seg_calendar_age seg_calendar_age_of(int64_t date, int64_t today) {
    int64_t first, now, month, day;
    date = clamp(date, SEG_DATE_MIN, SEG_DATE_MAX);
    seg_calendar_civil(date, &first, &month, &day);
    seg_calendar_civil(today, &now, &month, &day);
    int64_t years = now - first;
    if (years > 0 && add_months(date, years * 12) > today) years--;
    if (years < 0) years = 0;
    int64_t coming = add_months(date, (years + 1) * 12);
    return (seg_calendar_age){.years = years,
                              .newest = years == 0 ? SEG_MISSING : add_months(date, years * 12),
                              .coming = coming > SEG_DATE_MAX ? SEG_MISSING : coming};
}

int64_t seg_calendar_shift(const seg_image *image, int64_t instant, int64_t months, int64_t ms) {
    int64_t result = clamp(instant, SEG_TIME_MIN, SEG_TIME_MAX);
    if (months != 0) {
        int64_t local_ms = local_of(image, 0, result);
        int64_t date = floor_div(local_ms, SEG_DAY_MS);
        int64_t moved = add_months(date, clamp_months(months));
        if (moved > SEG_DATE_MAX) return SEG_NEVER;
        if (moved < SEG_DATE_MIN)
            result = SEG_TIME_MIN;
        else
            result = seg_calendar_instant(image, 0, moved * SEG_DAY_MS + (local_ms - date * SEG_DAY_MS));
    }
    if (__builtin_add_overflow(result, ms, &result)) return ms > 0 ? SEG_NEVER : SEG_TIME_MIN;
    return result > SEG_TIME_MAX ? SEG_NEVER : result < SEG_TIME_MIN ? SEG_TIME_MIN : result;
}

/* ---- units ------------------------------------------------------------------------------------------ */

typedef struct month_unit { /* a unit of whole months: how many, and how many after a year's begin */
    int64_t months, later;
} month_unit;

static month_unit month_unit_of(seg_image_unit unit) {
    if (unit == SEG_UNIT_MONTH) return (month_unit){1, 0};
    if (unit == SEG_UNIT_QUARTER) return (month_unit){3, 0};
    if (unit == SEG_UNIT_YEAR) return (month_unit){12, 0};
    if (unit < SEG_UNIT_LATER_YEAR) return (month_unit){3, unit - SEG_UNIT_LATER_QUARTER + 1};
    return (month_unit){12, unit - SEG_UNIT_LATER_YEAR + 1};
}

static int64_t unit_of_date(seg_image_unit unit, int64_t date) {
    int64_t year, month, day;
    if (unit == SEG_UNIT_DAY) return date;
    if (unit == SEG_UNIT_WEEK) return floor_div(date + 3, 7); /* 1970-01-01 was a Thursday */
    if (unit == SEG_UNIT_SUNDAY_WEEK) return floor_div(date + 4, 7);
    seg_calendar_civil(date, &year, &month, &day);
    month_unit one = month_unit_of(unit);
    return floor_div(year * 12 + month - 1 - one.later, one.months);
}

int64_t seg_calendar_unit_date(seg_image_unit unit, int64_t number) {
    switch (unit) {
    case SEG_UNIT_DAY: return number;
    case SEG_UNIT_WEEK: return number * 7 - 3;
    case SEG_UNIT_SUNDAY_WEEK: return number * 7 - 4;
    default: break;
    }
    month_unit one = month_unit_of(unit);
    int64_t months = number * one.months + one.later, year = floor_div(months, 12);
    return seg_calendar_days(year, months - year * 12 + 1, 1);
}

int64_t seg_calendar_date_unit(seg_image_unit unit, int64_t date) {
    return unit_of_date(unit, clamp(date, SEG_DATE_MIN, SEG_DATE_MAX));
}

int64_t seg_calendar_unit(const seg_image *image, uint32_t zone, seg_image_unit unit, int64_t instant) {
    return unit_of_date(unit, seg_calendar_date(image, zone, instant));
}

int64_t seg_calendar_unit_start(const seg_image *image, uint32_t zone, seg_image_unit unit, int64_t number) {
    int64_t date = seg_calendar_unit_date(unit, number);
    if (date > SEG_DATE_MAX) return SEG_NEVER;
    return date < SEG_DATE_MIN ? SEG_TIME_MIN : seg_calendar_date_start(image, zone, date);
}

int64_t seg_calendar_unit_days(seg_image_unit unit) {
    static const uint16_t days[] = {1, 7, 7, 31, 92, 366};
    if (unit >= SEG_UNIT_LATER_YEAR) return days[SEG_UNIT_YEAR];
    return days[unit >= SEG_UNIT_LATER_QUARTER ? SEG_UNIT_QUARTER : unit];
}

/* ---- zones by name, parts of time --------------------------------------------------------------------- */

int64_t seg_calendar_find_zone(const seg_image *image, int64_t word) {
    uint32_t low = 1, high = image->counts[SEG_SECTION_ZONES];
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (image->zones[middle].word < word)
            low = middle + 1;
        else
            high = middle;
    }
    return low < image->counts[SEG_SECTION_ZONES] && image->zones[low].word == word ? low : 0;
}

/* From 1, the day of its year. */
static int64_t year_day(int64_t date) {
    int64_t year, month, day;
    seg_calendar_civil(date, &year, &month, &day);
    return date - seg_calendar_days(year, 1, 1) + 1;
}

int64_t seg_calendar_date_part(seg_part part, int64_t date) {
    int64_t year, month, day;
    if (part == SEG_PART_DATE) return date;
    if (part == SEG_PART_HOUR) return 0;
    date = clamp(date, SEG_DATE_MIN, SEG_DATE_MAX);
    int64_t weekday = date + 3 - floor_div(date + 3, 7) * 7 + 1; /* see above */
    if (part == SEG_PART_WEEKDAY) return weekday;
    if (part == SEG_PART_YEAR_DAY) return year_day(date);
    if (part == SEG_PART_WEEK) return (year_day(date - weekday + 4) - 1) / 7 + 1;
    if (part >= SEG_PART_FISCAL_YEAR) return unit_of_date(seg_calendar_part_unit(part), date) + 1;
    seg_calendar_civil(date, &year, &month, &day);
    if (part >= SEG_PART_FISCAL_QUARTER) return (month + 10 - (part - SEG_PART_FISCAL_QUARTER)) % 12 / 3 + 1;
    if (part == SEG_PART_QUARTER) return (month + 2) / 3;
    return part == SEG_PART_YEAR ? year : part == SEG_PART_MONTH ? month : day;
}

int64_t seg_calendar_part(const seg_image *image, uint32_t zone, seg_part part, int64_t instant) {
    if (part == SEG_PART_HOUR) return seg_calendar_hour(image, zone, instant);
    return seg_calendar_date_part(part, seg_calendar_date(image, zone, instant));
}

static int64_t hour_holds(const seg_image *image, uint32_t zone, int64_t instant) {
    enum { HOUR_MS = 3600000 };
    uint32_t regime = regime_at(image, zone, instant);
    int64_t local_ms = instant + regime_offset(image, zone, regime);
    int64_t next = instant + HOUR_MS - (local_ms - floor_div(local_ms, HOUR_MS) * HOUR_MS);
    if (regime == image->zones[zone].transitions.count) return next;
    int64_t change = transitions_of(image, zone)[regime].at;
    return change < next ? change : next;
}

seg_image_unit seg_calendar_part_unit(seg_part part) {
    if (part >= SEG_PART_FISCAL_YEAR)
        return (seg_image_unit)(SEG_UNIT_LATER_YEAR + (part - SEG_PART_FISCAL_YEAR));
    if (part >= SEG_PART_FISCAL_QUARTER) {
        int later = (part - SEG_PART_FISCAL_QUARTER + 1) % 3;
        return later == 0 ? SEG_UNIT_QUARTER : (seg_image_unit)(SEG_UNIT_LATER_QUARTER + later - 1);
    }
    return part == SEG_PART_YEAR      ? SEG_UNIT_YEAR
           : part == SEG_PART_QUARTER ? SEG_UNIT_QUARTER
           : part == SEG_PART_MONTH   ? SEG_UNIT_MONTH
           : part == SEG_PART_WEEK    ? SEG_UNIT_WEEK
                                      : SEG_UNIT_DAY;
}

int64_t seg_calendar_part_holds(const seg_image *image, uint32_t zone, seg_part part, int64_t instant) {
    if (part == SEG_PART_HOUR) return hour_holds(image, zone, instant);
    seg_image_unit unit = seg_calendar_part_unit(part);
    return seg_calendar_unit_start(image, zone, unit, seg_calendar_unit(image, zone, unit, instant) + 1);
}
