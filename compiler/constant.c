#include "constant.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "../runtime/base/checked.h"

bool seg_constant_number(seg_text text, int64_t *mantissa, uint8_t *scale) {
    int64_t value = 0;
    unsigned fraction = 0;
    bool behind_point = false;
    for (size_t i = 0; i < text.size_bytes; i++) {
        char byte = text.bytes[i];
        if (byte == '.') {
            behind_point = true;
        } else if (byte >= '0' && byte <= '9') {
            if (!seg_mul_i64(value, 10, &value) || !seg_add_i64(value, byte - '0', &value)) return false;
            if (behind_point && ++fraction > 18) return false;
        }
    }
    *mantissa = text.size_bytes > 0 && text.bytes[0] == '-' ? -value : value;
    *scale = (uint8_t)fraction;
    return true;
}

bool seg_constant_rescale(int64_t mantissa, uint8_t scale, uint8_t to_scale, int64_t *out) {
    for (; scale < to_scale; scale++)
        if (!seg_mul_i64(mantissa, 10, &mantissa)) return false;
    for (; scale > to_scale; scale--) {
        if (mantissa % 10 != 0) return false;
        mantissa /= 10;
    }
    *out = mantissa;
    return mantissa != INT64_MIN;
}

double seg_constant_float(int64_t mantissa, uint8_t scale) {
    /* Without a radix character strtod rounds correctly in every locale. */
    char digits[48];
    snprintf(digits, sizeof digits, "%" PRId64 "e-%u", mantissa, scale);
    double value = strtod(digits, NULL);
    return value == 0.0 ? 0.0 : value;
}

int64_t seg_zone_instant(const seg_rule_zone *zone, int64_t local_ms) {
    /* An instant fits when the offset that holds at it gives the local time back. Offsets before a
     * transition are tried first: that is the first of a fold, and in a gap the old offset moves the
     * time forward by the gap's length. */
    int32_t offset_s = zone->first_offset_s;
    for (uint32_t i = 0; i < zone->transition_count; i++) {
        int64_t instant = local_ms - (int64_t)offset_s * 1000;
        if (instant < zone->transitions[i].at) return instant;
        int64_t after = local_ms - (int64_t)zone->transitions[i].offset_s * 1000;
        if (after < zone->transitions[i].at) return instant;
        offset_s = zone->transitions[i].offset_s;
    }
    return local_ms - (int64_t)offset_s * 1000;
}

int64_t seg_zone_date_start(const seg_rule_zone *zone, int64_t date) {
    int64_t local_ms = date * SEG_DAY_MS;
    int32_t offset_s = zone->first_offset_s;
    for (uint32_t i = 0; i < zone->transition_count; i++) {
        int64_t instant = local_ms - (int64_t)offset_s * 1000;
        if (instant < zone->transitions[i].at) return instant;
        int64_t after = local_ms - (int64_t)zone->transitions[i].offset_s * 1000;
        if (after < zone->transitions[i].at) return zone->transitions[i].at; /* midnight is in the gap */
        offset_s = zone->transitions[i].offset_s;
    }
    return local_ms - (int64_t)offset_s * 1000;
}

/* Bounds of the length of a duration. A month has 28 to 31 days, many together about 30.44 each; zones
 * may move the local time by some hours. */
static int64_t duration_bound(seg_rule_duration duration, bool upper) {
    int64_t days = 0, slack = 0;
    if (duration.months != 0) {
        days = (int64_t)duration.months * 30436875 / 1000000;
        slack = upper ? 4 * SEG_DAY_MS + SEG_DAY_MS / 12 : -(4 * SEG_DAY_MS);
    }
    return days * SEG_DAY_MS + slack + duration.ms;
}

int seg_duration_order(seg_rule_duration a, seg_rule_duration b) {
    if (a.months == b.months) return (a.ms > b.ms) - (a.ms < b.ms);
    if (a.months > b.months && a.ms >= b.ms) return 1;
    if (a.months < b.months && a.ms <= b.ms) return -1;
    if (duration_bound(a, false) > duration_bound(b, true)) return 1;
    if (duration_bound(a, true) < duration_bound(b, false)) return -1;
    return 2;
}

seg_duration_words seg_duration_describe(seg_rule_duration duration) {
    static const struct {
        const char *name;
        int64_t ms;
    } units[] = {
        {"d", SEG_DAY_MS}, {"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1},
    };
    seg_duration_words words = {""};
    size_t used = 0, size = sizeof words.text;
    int64_t rest = duration.ms, months = duration.months;
    if (rest < 0 || months < 0) {
        used += (size_t)snprintf(words.text, size, "-");
        rest = -rest;
        months = -months;
    }
    if (months != 0)
        used += (size_t)snprintf(words.text + used, size - used, "%" PRId64 "%s",
                                 months % 12 == 0 ? months / 12 : months, months % 12 == 0 ? "y" : "mo");
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (rest / units[i].ms == 0) continue;
        used += (size_t)snprintf(words.text + used, size - used, "%" PRId64 "%s", rest / units[i].ms,
                                 units[i].name);
        rest %= units[i].ms;
    }
    if (duration.months == 0 && duration.ms == 0) snprintf(words.text, size, "0d");
    return words;
}
