#include "almanac.h"

static bool is_leap(int64_t year) {
    if (year % 400 == 0)
        return true;
    return year % 4 == 0 && year % 100 != 0;
}

static int month_length(int64_t year, int month) {
    static const int lengths[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap(year) ? 29 : lengths[month - 1];
}

static int64_t floor_divide(int64_t a, int64_t b) {
    int64_t quotient = a / b;
    return a % b < 0 ? quotient - 1 : quotient;
}

/* Days from 0000-01-01 to the first of January of `year`. */
static int64_t year_start(int64_t year) {
    int64_t before = year - 1; /* the last full year; year 0 is a leap year of its own */
    return 365 * year + floor_divide(before, 4) - floor_divide(before, 100) + floor_divide(before, 400) + 1;
}

int64_t seg_almanac_days(int64_t year, int month, int day) {
    int64_t days = year_start(year) - year_start(1970);
    for (int m = 1; m < month; m++)
        days += month_length(year, m);
    return days + day - 1;
}

void seg_almanac_civil(int64_t days, int64_t *year, int *month, int *day) {
    int64_t since = days + year_start(1970);
    int64_t y = floor_divide(since * 400, 146097);
    while (year_start(y) > since)
        y--;
    while (year_start(y + 1) <= since)
        y++;
    int64_t left = since - year_start(y);
    int m = 1;
    while (left >= month_length(y, m)) {
        left -= month_length(y, m);
        m++;
    }
    *year = y;
    *month = m;
    *day = (int)left + 1;
}

int64_t seg_almanac_date_add(int64_t days, int64_t months) {
    int64_t year;
    int month, day;
    seg_almanac_civil(days, &year, &month, &day);
    int64_t count = year * 12 + (month - 1) + months;
    int64_t new_year = floor_divide(count, 12);
    int new_month = (int)(count - new_year * 12) + 1;
    int last = month_length(new_year, new_month);
    return seg_almanac_days(new_year, new_month, day < last ? day : last);
}

/* Number of transitions at or before the instant. */
static uint32_t transitions_until(const seg_rule_zone *zone, int64_t instant) {
    uint32_t low = 0, high = zone->transition_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (zone->transitions[middle].at <= instant)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int64_t offset_after(const seg_rule_zone *zone, uint32_t transitions) {
    int32_t seconds = transitions == 0 ? zone->first_offset_s : zone->transitions[transitions - 1].offset_s;
    return (int64_t)seconds * 1000;
}

int64_t seg_almanac_offset(const seg_rule_zone *zone, int64_t instant) {
    return offset_after(zone, transitions_until(zone, instant));
}

int64_t seg_almanac_date_of(const seg_rule_zone *zone, int64_t instant) {
    int64_t date = floor_divide(instant + seg_almanac_offset(zone, instant), SEG_DAY_MS);
    int64_t least = seg_almanac_days(1, 1, 1), most = seg_almanac_days(9999, 12, 31);
    while (seg_almanac_date_start(zone, date + 1) <= instant)
        date++;
    return date < least ? least : date > most ? most : date;
}

int64_t seg_almanac_hour_of(const seg_rule_zone *zone, int64_t instant) {
    int64_t local = instant + seg_almanac_offset(zone, instant);
    return (local - floor_divide(local, SEG_DAY_MS) * SEG_DAY_MS) / 3600000;
}

int64_t seg_almanac_next_hour(const seg_rule_zone *zone, int64_t instant) {
    int64_t local = instant + seg_almanac_offset(zone, instant);
    int64_t next = instant + (floor_divide(local, 3600000) + 1) * 3600000 - local;
    for (uint32_t t = 0; t < zone->transition_count; t++) {
        int64_t at = zone->transitions[t].at;
        if (at > instant && at < next)
            next = at;
    }
    return next;
}

int seg_almanac_weekday(int64_t date) {
    return (int)(date + 3 - floor_divide(date + 3, 7) * 7) + 1; /* 1970-01-01 was a Thursday */
}

/* Back to the first of a month with which a unit of some months begins; then forward. */
static int64_t fiscal_unit(int first_month, int months, int64_t date, int64_t moved) {
    int64_t year;
    int month, day;
    seg_almanac_civil(date, &year, &month, &day);
    date -= day - 1;
    while ((month + 12 - first_month) % months != 0) {
        date = seg_almanac_date_add(date, -1);
        month = month == 1 ? 12 : month - 1;
    }
    return seg_almanac_date_add(date, moved * months);
}

int64_t seg_almanac_unit(const seg_rules *rules, uint8_t unit, int64_t date, int64_t moved) {
    int64_t year;
    int month, day;
    seg_almanac_civil(date, &year, &month, &day);
    if (unit > SEG_RULE_YEAR)
        return fiscal_unit(rules->fiscal_month, unit >= SEG_RULE_LATER_YEAR ? 12 : 3, date, moved);
    switch (unit) {
    case SEG_RULE_DAY:
        return date + moved;
    case SEG_RULE_WEEK:
        return date - (seg_almanac_weekday(date) - 1) + 7 * moved;
    case SEG_RULE_SUNDAY_WEEK:
        return date - seg_almanac_weekday(date) % 7 + 7 * moved;
    case SEG_RULE_MONTH:
        return seg_almanac_date_add(date - (day - 1), moved);
    case SEG_RULE_QUARTER:
        return seg_almanac_date_add(seg_almanac_days(year, (month - 1) / 3 * 3 + 1, 1), 3 * moved);
    default:
        return seg_almanac_days(year + moved, 1, 1);
    }
}

int64_t seg_almanac_instant(const seg_rule_zone *zone, int64_t local_ms) {
    /* No offset reaches 48 hours, so the answer lies between these two stretches. */
    uint32_t first = transitions_until(zone, local_ms - 2 * SEG_DAY_MS);
    uint32_t last = transitions_until(zone, local_ms + 2 * SEG_DAY_MS);
    for (uint32_t t = first; t <= last; t++) {
        int64_t instant = local_ms - offset_after(zone, t);
        bool begun = t == 0 || zone->transitions[t - 1].at <= instant;
        bool over = t < zone->transition_count && zone->transitions[t].at <= instant;
        if (begun && !over)
            return instant;
    }
    /* No stretch shows this wall-clock time: the gap is where the stretch before is already over. */
    for (uint32_t t = first; t < last; t++) {
        int64_t instant = local_ms - offset_after(zone, t);
        if (zone->transitions[t].at <= instant &&
            zone->transitions[t].at > local_ms - offset_after(zone, t + 1))
            return instant;
    }
    return local_ms - offset_after(zone, last);
}

int64_t seg_almanac_date_start(const seg_rule_zone *zone, int64_t date) {
    int64_t local = date * SEG_DAY_MS;
    /* Every stretch of equal offset on the way: the first instant in it whose date is reached. */
    uint32_t first = transitions_until(zone, local - 3 * SEG_DAY_MS);
    uint32_t last = transitions_until(zone, local + 3 * SEG_DAY_MS);
    int64_t best = SEG_NEVER;
    for (uint32_t t = first; t <= last; t++) {
        int64_t instant = local - offset_after(zone, t);
        if (t > first && instant < zone->transitions[t - 1].at)
            instant = zone->transitions[t - 1].at;
        bool over = t < zone->transition_count && zone->transitions[t].at <= instant;
        if (!over && instant < best)
            best = instant;
    }
    return best;
}

int64_t seg_almanac_add(const seg_rule_zone *zone, int64_t instant, seg_rule_duration duration) {
    if (duration.months != 0) {
        int64_t local = instant + seg_almanac_offset(zone, instant);
        int64_t date = floor_divide(local, SEG_DAY_MS);
        int64_t time_of_day = local - date * SEG_DAY_MS;
        int64_t moved = seg_almanac_date_add(date, duration.months);
        instant = seg_almanac_instant(zone, moved * SEG_DAY_MS + time_of_day);
    }
    int64_t sum;
    if (__builtin_add_overflow(instant, duration.ms, &sum))
        return duration.ms > 0 ? INT64_MAX : -INT64_MAX;
    return sum;
}
