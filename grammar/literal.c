#include <string.h>

#include "../runtime/base/checked.h"
#include "lexer.h"
#include "parser.h"

enum { MONTHS_LIMIT = 12 * 9999, FILE_QUOTE_LIMIT = 40 };
static const int64_t DAY_MS = INT64_C(86400000);

static const char *span_bytes(seg_span span) { return span.source->bytes + span.first; }
static size_t span_size(seg_span span) { return span.end - span.first; }
static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static int quoted_size(seg_text text) {
    return text.size_bytes > FILE_QUOTE_LIMIT ? FILE_QUOTE_LIMIT : (int)text.size_bytes;
}

/* ---- Numbers ---- */

/* Digits that may be parted by single underscores; gives their number of bytes, 0 if there are none. */
static size_t digits_size(const char *bytes, size_t size_bytes) {
    size_t i = 0;
    while (i < size_bytes && (is_digit(bytes[i]) || (bytes[i] == '_' && i > 0 && bytes[i - 1] != '_'))) i++;
    return i > 0 && bytes[i - 1] == '_' ? i - 1 : i;
}

static bool is_number(const char *bytes, size_t size_bytes) {
    size_t whole = digits_size(bytes, size_bytes);
    if (whole == size_bytes) return whole > 0;
    if (!whole || bytes[whole] != '.') return false;
    size_t rest = size_bytes - whole - 1;
    return rest > 0 && digits_size(bytes + whole + 1, rest) == rest;
}

static seg_text without_underscores(seg_lexer *lexer, const char *bytes, size_t size_bytes) {
    if (!memchr(bytes, '_', size_bytes)) return (seg_text){bytes, size_bytes};
    char *copy = seg_arena_take(lexer->arena, size_bytes);
    if (!copy) return (seg_text){"0", 1};
    size_t size = 0;
    for (size_t i = 0; i < size_bytes; i++)
        if (bytes[i] != '_') copy[size++] = bytes[i];
    return (seg_text){copy, size};
}

void seg_literal_clock(seg_lexer *lexer, seg_token *token) {
    token->kind = SEG_TOKEN_CLOCK;
    int parts[2] = {0, 0};
    uint32_t part = 0;
    for (uint32_t i = token->span.first; i < token->span.end; i++) {
        char byte = token->span.source->bytes[i];
        if (byte == ':')
            part = 1;
        else
            parts[part] = parts[part] * 10 + (byte - '0');
    }
    token->number = (parts[0] * INT64_C(60) + parts[1]) * 60000;
    if (parts[0] < 24 && parts[1] < 60) return;
    token->number = 0;
    token->faulty = true;
    seg_diag_add(lexer->diags, SEG_DIAG_BAD_TIME, token->span,
                 "there is no such time of day: 00:00 to 23:59");
}

/* ---- Durations ---- */

static const struct unit {
    const char *letters;
    int32_t months;
    int64_t ms;
} units[] = {
    /* from long to short: a duration's parts stand in this order */
    {"y", 12, 0},
    {"mo", 1, 0},
    {"w", 0, INT64_C(604800000)},
    {"d", 0, INT64_C(86400000)},
    {"h", 0, 3600000},
    {"m", 0, 60000},
    {"s", 0, 1000},
    {"ms", 0, 1},
};
enum { UNIT_COUNT = sizeof units / sizeof *units };

static const struct unit *unit_of(const char *letters, size_t size) {
    for (size_t i = 0; i < UNIT_COUNT; i++)
        if (strlen(units[i].letters) == size && memcmp(units[i].letters, letters, size) == 0)
            return &units[i];
    return NULL;
}

const char *seg_literal_unit(seg_text word) {
    static const struct {
        const char *word, *letters;
    } words[] = {
        {"y", "y"},       {"yr", "y"},      {"yrs", "y"},          {"year", "y"},          {"years", "y"},
        {"mo", "mo"},     {"mon", "mo"},    {"mos", "mo"},         {"mth", "mo"},          {"month", "mo"},
        {"months", "mo"}, {"w", "w"},       {"wk", "w"},           {"wks", "w"},           {"week", "w"},
        {"weeks", "w"},   {"d", "d"},       {"day", "d"},          {"days", "d"},          {"h", "h"},
        {"hr", "h"},      {"hrs", "h"},     {"hour", "h"},         {"hours", "h"},         {"m", "m"},
        {"min", "m"},     {"mins", "m"},    {"minute", "m"},       {"minutes", "m"},       {"s", "s"},
        {"sec", "s"},     {"secs", "s"},    {"second", "s"},       {"seconds", "s"},       {"ms", "ms"},
        {"msec", "ms"},   {"millis", "ms"}, {"millisecond", "ms"}, {"milliseconds", "ms"},
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (word.size_bytes == strlen(words[i].word) &&
            strncasecmp(word.bytes, words[i].word, word.size_bytes) == 0)
            return words[i].letters;
    return NULL;
}

bool seg_literal_length(seg_token *token, seg_text count, const char *letters) {
    const struct unit *unit = unit_of(letters, strlen(letters));
    int64_t number = 0, months, ms;
    for (size_t i = 0; i < count.size_bytes; i++) {
        if (!is_digit(count.bytes[i])) continue;
        if (!seg_mul_i64(number, 10, &number) || !seg_add_i64(number, count.bytes[i] - '0', &number))
            return false;
    }
    if (!seg_mul_i64(number, unit->months, &months) || !seg_mul_i64(number, unit->ms, &ms)) return false;
    if (months > MONTHS_LIMIT - token->months || ms > SEG_TIME_MAX - SEG_TIME_MIN - token->number)
        return false;
    token->months += (int32_t)months;
    token->number += ms;
    return true;
}

static void bad_unit(seg_lexer *lexer, seg_token *token, seg_text unit) {
    const char *bytes = span_bytes(token->span);
    size_t count = (size_t)(unit.bytes - bytes);
    seg_span place = {token->span.source, token->span.first + (uint32_t)count,
                      token->span.first + (uint32_t)(count + unit.size_bytes)};
    token->faulty = true;
    bool power =
        (unit.bytes[0] == 'e' || unit.bytes[0] == 'E') && (unit.size_bytes == 1 || is_digit(unit.bytes[1]));
    if (power || (count == 1 && bytes[0] == '0' && (unit.bytes[0] == 'x' || unit.bytes[0] == 'b'))) {
        seg_diag *diag = seg_diag_add(
            lexer->diags, SEG_DIAG_BAD_NUMBER, token->span, "`%.*s` is not a number that Seg reads",
            (int)span_size(token->span) > FILE_QUOTE_LIMIT ? FILE_QUOTE_LIMIT : (int)span_size(token->span),
            bytes);
        seg_diag_help(lexer->diags, diag, "write all its digits: 1_000_000, 0.001");
        return;
    }
    seg_diag *diag = seg_diag_add(lexer->diags, SEG_DIAG_DURATION_UNIT, place, "`%.*s` is not a unit of time",
                                  quoted_size(unit), unit.bytes);
    const char *meant = seg_literal_unit(unit);
    if (meant) {
        seg_diag_edit(lexer->diags, diag, place, "%s", meant);
        seg_literal_length(token, (seg_text){bytes, count}, meant);
    }
    seg_diag_help(lexer->diags, diag, "the units are ms, s, m (minutes), h, d, w, mo (months) and y");
}

/* digits, unit, digits, unit ... */
static void read_duration(seg_lexer *lexer, seg_token *token) {
    const char *bytes = span_bytes(token->span);
    size_t size = span_size(token->span), i = 0;
    const struct unit *previous = NULL;
    while (i < size) {
        size_t digits = digits_size(bytes + i, size - i), letters = 0;
        if (!digits) break;
        while (i + digits + letters < size && !is_digit(bytes[i + digits + letters])) letters++;
        seg_text name = {bytes + i + digits, letters};
        const struct unit *unit = unit_of(name.bytes, letters);
        if (!unit && (letters || !previous)) {
            bad_unit(lexer, token, name);
            return;
        }
        if (!unit || (previous && unit <= previous)) {
            seg_diag *diag = seg_diag_add(lexer->diags, SEG_DIAG_DURATION_ORDER, token->span,
                                          "the parts of a length of time go from long to short, each once");
            seg_diag_help(lexer->diags, diag, "for example 1h30m, 2w3d");
            token->faulty = true;
            return;
        }
        if (!seg_literal_length(token, (seg_text){bytes + i, digits}, unit->letters)) {
            seg_diag_add(lexer->diags, SEG_DIAG_DURATION_RANGE, token->span,
                         "this length of time is longer than the calendar, which ends with the year 9999");
            token->faulty = true;
            return;
        }
        previous = unit;
        i += digits + letters;
    }
}

void seg_literal_number(seg_lexer *lexer, seg_token *token) {
    const char *bytes = span_bytes(token->span);
    size_t size = span_size(token->span);
    token->kind = SEG_TOKEN_NUMBER;
    if (is_number(bytes, size)) {
        token->text = without_underscores(lexer, bytes, size);
        return;
    }
    token->text = (seg_text){"0", 1};
    const char *point = memchr(bytes, '.', size);
    size_t digits = digits_size(bytes, size);
    char behind = digits < size ? bytes[digits] : '_';
    if (!point && behind != '_') {
        token->kind = SEG_TOKEN_DURATION;
        token->text = (seg_text){NULL, 0};
        read_duration(lexer, token);
        return;
    }
    token->faulty = true;
    int shown = size > FILE_QUOTE_LIMIT ? FILE_QUOTE_LIMIT : (int)size;
    seg_diag *diag = seg_diag_add(lexer->diags, SEG_DIAG_BAD_NUMBER, token->span,
                                  "`%.*s` is not a number that Seg reads", shown, bytes);
    size_t whole = point ? (size_t)(point - bytes) + 1 : 0;
    if (point && digits_size(point + 1, size - whole) > 0 && bytes[size - 1] >= 'A') {
        seg_diag_label(lexer->diags, diag, "a length of time has whole parts");
        seg_diag_help(lexer->diags, diag, "write the fraction in a smaller unit: 1h30m instead of 1.5h");
        token->kind = SEG_TOKEN_DURATION;
    } else {
        seg_diag_help(lexer->diags, diag, "numbers are written 12, 12.50 or 1_000");
    }
}

/* ---- Dates and times ---- */

/* Two or more digits at *at as a number; -1 when they are not there. */
static int take_digits(const char **at, const char *end, int count) {
    int number = 0;
    for (int i = 0; i < count; i++, (*at)++) {
        if (*at >= end || !is_digit(**at)) return -1;
        number = number * 10 + (**at - '0');
    }
    return number;
}

static bool take_char(const char **at, const char *end, char c) {
    if (*at >= end || **at != c) return false;
    (*at)++;
    return true;
}

static int month_days(int year, int month) {
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : days[month - 1];
}

/* Days since 1970-01-01 in the Gregorian calendar; years from 1. */
static int64_t civil_days(int year, int month, int day) {
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = y / 400, of_era = y % 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

/* Why it is not a date, or NULL. */
static const char *take_date(const char **at, const char *end, int64_t *days) {
    int year = take_digits(at, end, 4);
    bool dash = take_char(at, end, '-');
    int month = dash ? take_digits(at, end, 2) : -1;
    dash = dash && take_char(at, end, '-');
    int day = dash ? take_digits(at, end, 2) : -1;
    if (year < 0 || month < 0 || day < 0)
        return "a date is written year-month-day, with two digits each for month and day";
    if (year == 0) return "the calendar begins with the year 0001";
    if (month < 1 || month > 12) return "the month must be 01 to 12";
    if (day < 1 || day > 31) return "the day must be 01 to 31";
    if (day > month_days(year, month)) return "this month has fewer days";
    *days = civil_days(year, month, day);
    return NULL;
}

void seg_literal_date(seg_lexer *lexer, seg_token *token) {
    const char *at = span_bytes(token->span), *end = at + span_size(token->span);
    const char *start = at;
    int64_t days = 0;
    token->kind = SEG_TOKEN_DATE;
    const char *reason = take_date(&at, end, &days);
    if (!reason && at < end) reason = "something follows the day";
    token->number = reason ? 0 : days;
    if (!reason) return;
    token->faulty = true;
    int size = end - start > FILE_QUOTE_LIMIT ? FILE_QUOTE_LIMIT : (int)(end - start);
    seg_diag *diag =
        seg_diag_add(lexer->diags, SEG_DIAG_BAD_DATE, token->span, "there is no date `%.*s`", size, start);
    seg_diag_label(lexer->diags, diag, "%s", reason);
    seg_diag_help(lexer->diags, diag, "dates look like 2026-03-01");
}

static const char *take_clock(const char **at, const char *end, int64_t *ms) {
    int hour = take_digits(at, end, 2), minute = -1, second = 0, fraction = 0;
    if (hour >= 0 && take_char(at, end, ':')) minute = take_digits(at, end, 2);
    if (hour < 0 || minute < 0) return "a time of day is written hours:minutes, with two digits each";
    if (take_char(at, end, ':')) {
        second = take_digits(at, end, 2);
        if (second < 0) return "seconds have two digits";
        if (take_char(at, end, '.')) {
            int scale = 100;
            if (*at >= end || !is_digit(**at)) return "digits are missing after the point";
            for (; *at < end && is_digit(**at); (*at)++, scale /= 10) {
                if (!scale) return "times go down to milliseconds: three digits after the point";
                fraction += (**at - '0') * scale;
            }
        }
    }
    if (hour > 23) return "the hour must be 00 to 23";
    if (minute > 59) return "the minute must be 00 to 59";
    if (second > 59) return "the second must be 00 to 59";
    *ms = ((hour * INT64_C(60) + minute) * 60 + second) * 1000 + fraction;
    return NULL;
}

static const char *take_zone(const char **at, const char *end, bool *local, int64_t *offset_ms) {
    *local = *at == end;
    if (*local || take_char(at, end, 'Z')) return NULL;
    bool west = take_char(at, end, '-');
    if (!west && !take_char(at, end, '+'))
        return "after the time may stand Z (for UTC) or an offset such as +02:00";
    int hours = take_digits(at, end, 2);
    int minutes = hours >= 0 && take_char(at, end, ':') ? take_digits(at, end, 2) : -1;
    if (minutes < 0 || hours > 18 || minutes > 59)
        return "an offset from UTC is written +02:00, at most 18:00";
    *offset_ms = (hours * INT64_C(60) + minutes) * 60000 * (west ? -1 : 1);
    return NULL;
}

void seg_literal_time(seg_lexer *lexer, seg_token *token) {
    const char *start = span_bytes(token->span), *at = start, *end = at + span_size(token->span);
    int64_t days = 0, clock_ms = 0, offset_ms = 0;
    bool local = false;
    token->kind = SEG_TOKEN_TIME;
    const char *reason = take_date(&at, end, &days);
    if (!reason && !take_char(&at, end, 'T')) reason = "a capital T stands between date and time of day";
    if (!reason) reason = take_clock(&at, end, &clock_ms);
    if (!reason) reason = take_zone(&at, end, &local, &offset_ms);
    if (!reason && at < end) reason = "something follows the time";
    int64_t instant = days * DAY_MS + clock_ms - offset_ms;
    if (!reason && (instant < SEG_TIME_MIN || instant > SEG_TIME_MAX))
        reason = "the calendar goes from the year 0001 to the year 9999, in UTC";
    if (!reason) {
        token->number = instant;
        token->flags = local ? SEG_NODE_LOCAL : 0;
        return;
    }
    token->faulty = true;
    int size = end - start > FILE_QUOTE_LIMIT ? FILE_QUOTE_LIMIT : (int)(end - start);
    seg_diag *diag =
        seg_diag_add(lexer->diags, SEG_DIAG_BAD_TIME, token->span, "there is no time `%.*s`", size, start);
    seg_diag_label(lexer->diags, diag, "%s", reason);
    seg_diag_help(lexer->diags, diag,
                  "times look like 2026-04-16T10:00, 2026-04-16T10:00Z or 2026-04-16T10:00:30+02:00");
}

/* ---- Texts ---- */

static int hex_value(char c) {
    if (is_digit(c)) return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/* Reads `{41}` of \u{41}. False when it is not a code point. */
static bool take_point(const char **at, const char *end, uint32_t *point) {
    const char *p = *at;
    int digits = 0;
    *point = 0;
    if (p >= end || *p != '{') return false;
    for (p++; p < end && hex_value(*p) >= 0 && digits < 7; p++, digits++)
        *point = *point * 16 + (uint32_t)hex_value(*p);
    if (p < end && *p == '}' && digits > 0) {
        *at = p + 1;
        return *point > 0 && *point <= 0x10FFFF && !(*point >= 0xD800 && *point <= 0xDFFF);
    }
    return false;
}

static void bad_escape(seg_lexer *lexer, seg_token *token, const char *backslash, const char *end) {
    uint32_t first = (uint32_t)(backslash - token->span.source->bytes);
    size_t size = 1;
    if (backslash + 1 < end) seg_utf8_decode(backslash + 1, (size_t)(end - backslash - 1), &size);
    seg_span place = {token->span.source, first, first + 1 + (uint32_t)size};
    token->faulty = true;
    if (backslash[1] == 'u') {
        seg_diag *diag = seg_diag_add(lexer->diags, SEG_DIAG_BAD_ESCAPE, place,
                                      "`\\u` needs the number of a character in braces");
        seg_diag_help(lexer->diags, diag,
                      "for example \\u{e9} for é; the number is hexadecimal, 1 to 10ffff");
        return;
    }
    seg_diag *diag = seg_diag_add(lexer->diags, SEG_DIAG_BAD_ESCAPE, place,
                                  "`%.*s` means nothing inside a text", (int)(1 + size), backslash);
    seg_diag_help(lexer->diags, diag,
                  "known are \\\" \\\\ \\n \\t and \\u{...}; a backslash itself is written \\\\");
}

void seg_literal_string(seg_lexer *lexer, seg_token *token, uint32_t quote_bytes, uint32_t end_quote_bytes) {
    const char *at = span_bytes(token->span) + quote_bytes;
    const char *end = token->span.source->bytes + token->span.end - end_quote_bytes;
    token->kind = SEG_TOKEN_STRING;
    token->text = (seg_text){at, (size_t)(end - at)};
    if (!memchr(at, '\\', (size_t)(end - at))) return;
    char *out = seg_arena_take(lexer->arena, (size_t)(end - at) + 1);
    if (!out) return;
    size_t size = 0;
    while (at < end) {
        if (*at != '\\') {
            out[size++] = *at++;
            continue;
        }
        const char *backslash = at++;
        uint32_t point;
        char c = at < end ? *at++ : 0;
        if (c == '"' || c == '\\')
            out[size++] = c;
        else if (c == 'n' || c == 't')
            out[size++] = c == 'n' ? '\n' : '\t';
        else if (c == 'u' && take_point(&at, end, &point))
            size += seg_utf8_encode(point, out + size); /* at most 4 bytes for at least 5 */
        else
            bad_escape(lexer, token, backslash, end);
    }
    token->text = (seg_text){out, size};
}
