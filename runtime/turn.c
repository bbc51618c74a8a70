/* turn.c - see turn.h. A search among dates goes from one value to the next at which the set turns, or to the
 * first of the next cycle (week, month, year), whichever comes first. */
#include "turn.h"

#include "calendar.h"

/* Leap years are at most 8 years apart, years of 53 weeks at most 7: no part takes longer to come back. */
enum { STEPS_LIMIT = 500 };

typedef struct turn_set { /* and what is looked for: a value that is in it, or one that is not */
    const int64_t *turns;
    uint32_t count;
    bool wanted;
} turn_set;

/* The number of turns at or before the value. */
static uint32_t passed(const turn_set *set, int64_t value) {
    uint32_t low = 0, high = set->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (set->turns[middle] <= value)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static turn_set set_of(const seg_image *image, uint32_t turns) {
    return (turn_set){.turns = image->words + image->word_sets[turns].first,
                      .count = image->word_sets[turns].count};
}

static bool has(const turn_set *set, int64_t value) { return passed(set, value) % 2; }

bool seg_turn_has(const seg_image *image, uint32_t turns, int64_t value) {
    turn_set set = set_of(image, turns);
    return has(&set, value);
}

static int64_t next_hour(const seg_image *image, uint32_t zone, const turn_set *set, int64_t instant) {
    for (int steps = 0; steps < STEPS_LIMIT; steps++) {
        instant = seg_calendar_part_holds(image, zone, SEG_PART_HOUR, instant);
        if (instant > SEG_TIME_MAX) break;
        if (has(set, seg_calendar_hour(image, zone, instant)) == set->wanted) return instant;
    }
    return SEG_NEVER;
}

/* Of parts that only grow; a fiscal year has the number of the year after the one in which it begins. */
static int64_t next_ever(const seg_image *image, uint32_t zone, seg_part part, const turn_set *set,
                         int64_t value) {
    int64_t ahead = part >= SEG_PART_FISCAL_YEAR, last = part == SEG_PART_DATE ? SEG_DATE_MAX : 9999 + ahead;
    uint32_t next = passed(set, value);
    if (next == set->count || set->turns[next] > last) return SEG_NEVER;
    return seg_calendar_unit_start(image, zone, seg_calendar_part_unit(part), set->turns[next] - ahead);
}

/* How many units it is from the first unit of a cycle to the first of the next one. */
static int64_t cycle_of(seg_part part, int64_t date) {
    int64_t year, month, day;
    if (part == SEG_PART_WEEKDAY) return 7;
    seg_calendar_civil(date, &year, &month, &day);
    if (part == SEG_PART_YEAR_DAY) return seg_calendar_days(year + 1, 1, 1) - seg_calendar_days(year, 1, 1);
    if (part == SEG_PART_DAY)
        return seg_calendar_days(year + month / 12, month % 12 + 1, 1) - seg_calendar_days(year, month, 1);
    return part == SEG_PART_MONTH ? 12 : 4;
}

/* The units from one value to the next at which the set may turn. */
static int64_t stride(const turn_set *set, seg_part part, int64_t date, int64_t value) {
    if (part == SEG_PART_WEEK) return 1; /* the length of its cycle depends on weekdays too */
    uint32_t next = passed(set, value);
    int64_t left = cycle_of(part, date) - value + 1;
    return next < set->count && set->turns[next] - value < left ? set->turns[next] - value : left;
}

static int64_t next_date(const seg_image *image, uint32_t zone, seg_part part, const turn_set *set,
                         int64_t date) {
    seg_image_unit unit = seg_calendar_part_unit(part);
    int64_t value = seg_calendar_date_part(part, date), number = seg_calendar_date_unit(unit, date);
    for (int steps = 0; steps < STEPS_LIMIT; steps++) {
        number += stride(set, part, date, value);
        date = seg_calendar_unit_date(unit, number);
        if (date > SEG_DATE_MAX) break;
        value = seg_calendar_date_part(part, date);
        if (has(set, value) == set->wanted) return seg_calendar_date_start(image, zone, date);
    }
    return SEG_NEVER;
}

int64_t seg_turn_next(const seg_image *image, uint32_t zone, seg_part part, uint32_t turns, int64_t instant) {
    turn_set set = set_of(image, turns);
    int64_t value = seg_calendar_part(image, zone, part, instant);
    set.wanted = !has(&set, value);
    if (part == SEG_PART_HOUR) return next_hour(image, zone, &set, instant);
    if (part == SEG_PART_YEAR || part == SEG_PART_DATE || part >= SEG_PART_FISCAL_YEAR)
        return next_ever(image, zone, part, &set, value);
    return next_date(image, zone, part, &set, seg_calendar_date(image, zone, instant));
}
