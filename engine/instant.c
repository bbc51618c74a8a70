/* Instants and dates as text: RFC 3339, a little wider. See engine.h. */
#include <string.h>

#include "engine.h"
#include "instant.h"
#include "text.h"

enum { DAY_MS = 86400000, HOUR_MS = 3600000, MINUTE_MS = 60000, SECOND_MS = 1000 };

typedef struct cursor {
    const char *at, *end;
} cursor;

static bool take_digits(cursor *c, int count, int *out) {
    if (c->end - c->at < count) return false;
    int value = 0;
    for (int i = 0; i < count; i++) {
        unsigned digit = (unsigned)(c->at[i] - '0');
        if (digit > 9) return false;
        value = value * 10 + (int)digit;
    }
    c->at += count;
    *out = value;
    return true;
}

static bool take_byte(cursor *c, char byte) {
    if (c->at == c->end || *c->at != byte) return false;
    c->at++;
    return true;
}

/* Days since 1970-01-01 of a date of the Gregorian calendar, years 1 to 9999. */
static int64_t days_from_civil(int year, int month, int day) {
    static const int16_t before[] = {306, 337, 0,   31,  61,  92,
                                     122, 153, 184, 214, 245, 275}; /* years from March */
    int y = month <= 2 ? year - 1 : year, century = y / 100;
    return y * 1461 / 4 - century + century / 4 + before[month - 1] + day - 719469;
}

static void civil_from_days(int64_t days, int *year, int *month, int *day) {
    int64_t z = days + 719468; /* never negative: year 1 is the first */
    int era = (int)(z / 146097), day_of_era = (int)(z % 146097);
    int year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int shifted = (5 * day_of_year + 2) / 153;
    *day = day_of_year - (153 * shifted + 2) / 5 + 1;
    *month = shifted < 10 ? shifted + 3 : shifted - 9;
    *year = year_of_era + era * 400 + (*month <= 2);
}

static const uint8_t month_lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

static bool take_date(cursor *c, int64_t *days) {
    int year, month, day;
    if (!take_digits(c, 4, &year) || !take_byte(c, '-') || !take_digits(c, 2, &month) || !take_byte(c, '-') ||
        !take_digits(c, 2, &day))
        return false;
    if (year < 1 || month < 1 || month > 12 || day < 1) return false;
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    if (day > month_lengths[month - 1] + (month == 2 && leap)) return false;
    *days = days_from_civil(year, month, day);
    return true;
}

/* Digits after the point, at least one; those beyond milliseconds are cut off. */
static bool take_fraction(cursor *c, int64_t *ms) {
    int weight = 100;
    const char *first = c->at;
    *ms = 0;
    for (; c->at < c->end && (unsigned)(*c->at - '0') <= 9; c->at++, weight /= 10)
        *ms += (int64_t)(*c->at - '0') * weight;
    return c->at > first;
}

static bool take_time_of_day(cursor *c, int64_t *ms) {
    int hour, minute, second = 0;
    int64_t fraction = 0;
    if (!take_digits(c, 2, &hour) || !take_byte(c, ':') || !take_digits(c, 2, &minute)) return false;
    if (take_byte(c, ':')) {
        if (!take_digits(c, 2, &second)) return false;
        if (take_byte(c, '.') && !take_fraction(c, &fraction)) return false;
    }
    if (hour > 23 || minute > 59 || second > 59) return false;
    *ms = (int64_t)hour * HOUR_MS + (int64_t)minute * MINUTE_MS + (int64_t)second * SECOND_MS + fraction;
    return true;
}

static bool take_offset(cursor *c, int64_t *offset_ms) {
    if (take_byte(c, 'Z') || take_byte(c, 'z')) {
        *offset_ms = 0;
        return true;
    }
    bool west = c->at < c->end && *c->at == '-';
    int hours, minutes;
    if (!take_byte(c, west ? '-' : '+') || !take_digits(c, 2, &hours) || !take_byte(c, ':') ||
        !take_digits(c, 2, &minutes) || hours > 23 || minutes > 59)
        return false;
    *offset_ms = (int64_t)hours * HOUR_MS + (int64_t)minutes * MINUTE_MS;
    if (west) *offset_ms = -*offset_ms;
    return true;
}

bool seg_date_parse(seg_text text, int64_t *days) {
    cursor c = {text.bytes, text.bytes + text.size_bytes};
    return text.size_bytes == 10 && take_date(&c, days);
}

/* Eight characters, of which each byte of the answer is a digit and the one behind it as one number. Where
 * one is no digit or not as in the form, *wrong gets one of the high four bits of a byte: what differs from
 * the form by more than 9, or at all, leaves the low four when `slack` is added, which is 6 or 15. */
static inline uint64_t pairs_of(const char *text, const char *form, const char *slack, uint64_t *wrong) {
    uint64_t digits = seg_text_eight_in_order(text) ^ seg_text_eight_in_order(form);
    *wrong |= digits | (digits + seg_text_eight_in_order(slack));
    return digits * 10 + (digits >> 8);
}

static inline int pair_at(uint64_t pairs, int place) { return (int)(pairs >> place * 8 & 0xFF); }

/* "2026-04-16T10:00:00.000Z", also without the fraction: how most programs write instants. Whatever is not of
 * the form, or no day or time, is for the long way to judge. */
static bool parse_usual(seg_text text, int64_t *out) {
    static const char form[24] = "0000-00-00T00:00:00.000Z";
    static const char slack[25] = "\6\6\6\6\17\6\6\17\6\6\17\6\6\17\6\6\17\6\6\17\6\6\6\17";
    const char *t = text.bytes;
    char padded[24];
    if (text.size_bytes == 20) {
        memcpy(padded, form, sizeof padded);
        memcpy(padded, t, 19);
        if (t[19] != 'Z') return false;
        t = padded;
    } else if (text.size_bytes != 24) {
        return false;
    }
    uint64_t wrong = 0;
    uint64_t first = pairs_of(t, form, slack, &wrong), middle = pairs_of(t + 8, form + 8, slack + 8, &wrong),
             last = pairs_of(t + 16, form + 16, slack + 16, &wrong);
    if (wrong & UINT64_C(0xF0F0F0F0F0F0F0F0)) return false;
    int year = pair_at(first, 0) * 100 + pair_at(first, 2), month = pair_at(first, 5);
    int day = pair_at(middle, 0), hour = pair_at(middle, 3), minute = pair_at(middle, 6);
    int second = pair_at(last, 1), ms = pair_at(last, 4) * 10 + t[22] - '0';
    if (year < 1 || month < 1 || month > 12 || day < 1 || day > month_lengths[month - 1] || hour > 23 ||
        minute > 59 || second > 59)
        return false;
    *out = days_from_civil(year, month, day) * DAY_MS +
           (int64_t)((hour * 60 + minute) * 60 + second) * SECOND_MS + ms;
    return true;
}

/* Kept out of the usual way, which needs no memory of its own. */
static __attribute__((noinline)) bool parse_any(const seg_image *image, seg_text text, int64_t *out) {
    if (text.size_bytes < 10) return false;
    cursor c = {text.bytes, text.bytes + text.size_bytes};
    int64_t days, ms, offset_ms, instant;
    if (!take_date(&c, &days)) return false;
    if (c.at == c.end) {
        instant = seg_image_date_start(image, days);
    } else {
        if (!take_byte(&c, 'T') && !take_byte(&c, 't') && !take_byte(&c, ' ')) return false;
        if (!take_time_of_day(&c, &ms)) return false;
        if (c.at == c.end) {
            instant = seg_image_local_instant(image, days * DAY_MS + ms);
        } else {
            if (!take_offset(&c, &offset_ms) || c.at != c.end) return false;
            instant = days * DAY_MS + ms - offset_ms;
        }
    }
    if (instant < SEG_TIME_MIN || instant > SEG_TIME_MAX) return false;
    *out = instant;
    return true;
}

bool seg_instant_parse(const seg_image *image, seg_text text, int64_t *out) {
    return parse_usual(text, out) || parse_any(image, text, out);
}

/* A number below 100. */
static char *put_two(char *out, int value, char then) {
    int tens = value * 103 >> 10;
    out[0] = (char)('0' + tens);
    out[1] = (char)('0' + value - tens * 10);
    out[2] = then;
    return out + 3;
}

void seg_instant_format(int64_t instant, char out[25]) {
    if (instant < SEG_TIME_MIN) instant = SEG_TIME_MIN;
    if (instant > SEG_TIME_MAX) instant = SEG_TIME_MAX;
    int64_t days = instant / DAY_MS, ms = instant % DAY_MS;
    if (ms < 0) {
        ms += DAY_MS;
        days--;
    }
    int year, month, day;
    civil_from_days(days, &year, &month, &day);
    int left = (int)ms, hour = left / HOUR_MS, minute = left / MINUTE_MS % 60, second = left / SECOND_MS % 60;
    char *at = put_two(out, year / 100, ' ') - 1; /* the year's last digits go there */
    at = put_two(at, year % 100, '-');
    at = put_two(at, month, '-');
    at = put_two(at, day, 'T');
    at = put_two(at, hour, ':');
    at = put_two(at, minute, ':');
    at = put_two(at, second, '.');
    left %= SECOND_MS;
    *at = (char)('0' + left / 100);
    put_two(at + 1, left % 100, 'Z');
    out[24] = '\0';
}
