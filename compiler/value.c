/* value.c - values in words, for explanations. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "segc.h"

enum { DAY_MS = 86400000 };

typedef struct calendar_day {
    int year, month, day;
} calendar_day;

static calendar_day day_of(int64_t days) {
    time_t seconds = (time_t)days * 86400;
    struct tm parts = {0};
    gmtime_r(&seconds, &parts);
    return (calendar_day){parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday};
}

static int show_date(int64_t days, char *out, size_t size) {
    calendar_day day = day_of(days);
    return snprintf(out, size, "%04d-%02d-%02d", day.year, day.month, day.day);
}

static bool is_utc(const seg_image *image) {
    seg_text zone = image ? seg_image_zone_name(image) : (seg_text){.bytes = "UTC", .size_bytes = 3};
    return zone.size_bytes == 3 && memcmp(zone.bytes, "UTC", 3) == 0;
}

/* "2026-04-16 12:00 +02:00": seconds, their fractions and those of the offset only when there are any. */
static int show_time(const seg_image *image, int64_t instant, char *out, size_t size) {
    int64_t offset = is_utc(image) ? 0 : seg_image_offset_ms(image, instant), local = instant + offset;
    int64_t days = local / DAY_MS, rest = local % DAY_MS;
    if (rest < 0) {
        rest += DAY_MS;
        days--;
    }
    calendar_day day = day_of(days);
    int ms = (int)rest, ahead_s = (int)(offset < 0 ? -offset : offset) / 1000;
    char seconds[16] = "", fraction[16] = "", zone[32] = "UTC";
    if (ms % 60000) snprintf(seconds, sizeof seconds, ":%02d", ms / 1000 % 60);
    if (ms % 1000) snprintf(fraction, sizeof fraction, ".%03d", ms % 1000);
    if (!is_utc(image)) {
        int length = snprintf(zone, sizeof zone, "%c%02d:%02d", offset < 0 ? '-' : '+', ahead_s / 3600,
                              ahead_s / 60 % 60);
        if (ahead_s % 60) snprintf(zone + length, sizeof zone - (size_t)length, ":%02d", ahead_s % 60);
    }
    return snprintf(out, size, "%04d-%02d-%02d %02d:%02d%s%s %s", day.year, day.month, day.day, ms / 3600000,
                    ms / 60000 % 60, seconds, fraction, zone);
}

static int show_duration(int64_t ms, char *out, size_t size) {
    static const struct {
        uint64_t ms;
        const char *unit;
    } units[] = {{DAY_MS, "d"}, {3600000, "h"}, {60000, "m"}, {1000, "s"}, {1, "ms"}};
    uint64_t rest = ms < 0 ? 0 - (uint64_t)ms : (uint64_t)ms;
    char text[96] = "";
    size_t at = 0;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        uint64_t count = rest / units[i].ms;
        rest %= units[i].ms;
        if (count) at += (size_t)snprintf(text + at, sizeof text - at, "%" PRIu64 "%s", count, units[i].unit);
    }
    return snprintf(out, size, "%s%s", ms < 0 ? "-" : "", at ? text : "0s");
}

static int show_decimal(int64_t value, unsigned scale, char *out, size_t size) {
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value, unit = 1;
    const char *sign = value < 0 ? "-" : "";
    for (unsigned i = 0; i < scale && i < 19; i++) unit *= 10;
    if (scale == 0) return snprintf(out, size, "%s%" PRIu64, sign, rest);
    return snprintf(out, size, "%s%" PRIu64 ".%0*" PRIu64, sign, rest / unit, (int)scale, rest % unit);
}

/* The shortest of 15 to 17 digits that reads back as the same float. */
static int show_float(double value, char *out, size_t size) {
    int length = 0;
    for (int digits = 15; digits <= 17; digits++) {
        length = snprintf(out, size, "%.*g", digits, value);
        if (strtod(out, NULL) == value) break;
    }
    return length;
}

static bool is_name_byte(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static bool text_equal(seg_text a, seg_text b) {
    return a.size_bytes == b.size_bytes && (a.size_bytes == 0 || memcmp(a.bytes, b.bytes, a.size_bytes) == 0);
}

/* The enum that a probe's text speaks of: the attribute `plan`, or the field of `last(orders.status)`. */
static bool find_enum(const seg_image *image, seg_text name, seg_field_info *out) {
    uint32_t attribute = seg_image_find_attribute(image, name);
    if (attribute != SEG_NONE && !seg_image_attribute(image, attribute, out) && out->type == SEG_ENUM)
        return true;
    seg_image_info info;
    seg_image_describe(image, &info);
    for (uint32_t event = 0; event < info.event_count; event++) {
        seg_event_info about;
        if (seg_image_event(image, event, &about)) continue;
        for (uint32_t field = 0; field < about.field_count; field++)
            if (!seg_image_event_field(image, event, field, out) && out->type == SEG_ENUM &&
                text_equal(out->name, name))
                return true;
    }
    return false;
}

static int show_enum(const seg_image *image, seg_text rule, int64_t index, char *out, size_t size) {
    seg_field_info field;
    for (size_t at = 0; at < rule.size_bytes;) {
        size_t end = at;
        while (end < rule.size_bytes && is_name_byte(rule.bytes[end])) end++;
        seg_text word = {.bytes = rule.bytes + at, .size_bytes = end - at};
        if (end > at && find_enum(image, word, &field) && index >= 0 && index < field.enum_count) {
            seg_text name = seg_image_enum_name(image, &field, (uint32_t)index);
            return snprintf(out, size, "%.*s", (int)name.size_bytes, name.bytes);
        }
        at = end > at ? end : at + 1;
    }
    return snprintf(out, size, "value %" PRId64, index + 1);
}

size_t seg_value_show(const seg_image *image, const seg_probe_info *probe, const seg_value *value, char *out,
                      size_t size_bytes) {
    int length = 0;
    if (size_bytes == 0) return 0;
    if (!value->known) {
        length = snprintf(out, size_bytes, "missing");
    } else {
        switch (probe->type) {
        case SEG_BOOL: length = snprintf(out, size_bytes, "%s", value->as.i ? "true" : "false"); break;
        case SEG_INT: length = snprintf(out, size_bytes, "%" PRId64, value->as.i); break;
        case SEG_DECIMAL: length = show_decimal(value->as.i, probe->scale, out, size_bytes); break;
        case SEG_FLOAT: length = show_float(value->as.f, out, size_bytes); break;
        case SEG_ENUM: length = show_enum(image, probe->text, value->as.i, out, size_bytes); break;
        case SEG_TIME: length = show_time(image, value->as.i, out, size_bytes); break;
        case SEG_DATE: length = show_date(value->as.i, out, size_bytes); break;
        case SEG_DURATION: length = show_duration(value->as.i, out, size_bytes); break;
        case SEG_TEXT:
        case SEG_ZONE: length = snprintf(out, size_bytes, "a text"); break;
        case SEG_SET: length = snprintf(out, size_bytes, "a set"); break;
        }
    }
    if (length < 0) length = 0;
    return (size_t)length < size_bytes ? (size_t)length : size_bytes - 1;
}
