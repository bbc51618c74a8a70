#include "cell.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tokens.h"
#include "text.h"

enum { DAY_MS = 86400000, ZONE_BYTES = 1, DATE_BYTES = 10, SCALE_MOST = 18 };
static const int64_t FLOAT_EXACT = INT64_C(1) << 53;

static const char *text_fault(seg_text text) {
    size_t offset;
    if (text.size_bytes && memchr(text.bytes, 0, text.size_bytes)) return "a zero byte";
    return seg_utf8_check(text, &offset) ? NULL : "not valid UTF-8";
}

const char *seg_cell_fault(const seg_cell *cell) {
    const char *fault = NULL;
    int64_t ms = cell->as.i;
    switch (cell->kind) {
    case SEG_CELL_TEXT: return text_fault(cell->as.text);
    case SEG_CELL_LIST:
        for (size_t i = 0; i < cell->as.list.count && !fault; i++) fault = text_fault(cell->as.list.items[i]);
        return fault;
    case SEG_CELL_NUMBER: return cell->scale <= SCALE_MOST ? NULL : "a number with more than 18 decimals";
    case SEG_CELL_DATE:
        if (__builtin_mul_overflow(ms, DAY_MS, &ms)) ms = INT64_MAX;
        break;
    case SEG_CELL_TIME:
    case SEG_CELL_LOCAL_TIME: break;
    default: return NULL;
    }
    return ms >= SEG_TIME_MIN && ms <= SEG_TIME_MAX ? NULL : "a time outside the years 1 to 9999";
}

size_t seg_cell_text_bytes(const seg_cell *cell) {
    size_t bytes = 0;
    if (cell->kind == SEG_CELL_TEXT) return cell->as.text.size_bytes;
    if (cell->kind != SEG_CELL_LIST) return 0;
    for (size_t i = 0; i < cell->as.list.count; i++)
        if (__builtin_add_overflow(bytes, cell->as.list.items[i].size_bytes + sizeof(seg_text), &bytes))
            return SIZE_MAX;
    return bytes;
}

static bool number_value(const seg_cell *cell, const seg_field_info *field, seg_value *out) {
    int64_t number = cell->as.i;
    bool is_exact = field->type == SEG_INT || field->type == SEG_DECIMAL;
    if (is_exact && cell->scale == (field->type == SEG_INT ? 0 : field->scale) && number != INT64_MIN) {
        out->as.i = number;
        return true;
    }
    if (field->type != SEG_FLOAT || cell->scale || number > FLOAT_EXACT || number < -FLOAT_EXACT)
        return false;
    out->as.f = (double)number;
    return true;
}

bool seg_cell_instant(const seg_image *image, const seg_cell *cell, int64_t *out) {
    if (cell->kind != SEG_CELL_TIME && cell->kind != SEG_CELL_LOCAL_TIME) return false;
    *out = cell->kind == SEG_CELL_TIME ? cell->as.i : seg_image_local_instant(image, cell->as.i);
    return *out >= SEG_TIME_MIN && *out <= SEG_TIME_MAX;
}

bool seg_cell_value(const seg_image *image, const seg_cell *cell, const seg_field_info *field,
                    seg_value *out) {
    *out = (seg_value){.known = true};
    switch (cell->kind) {
    case SEG_CELL_NUMBER: return number_value(cell, field, out);
    case SEG_CELL_FLOAT:
        out->as.f = cell->as.f + 0.0; /* there is one zero */
        return field->type == SEG_FLOAT && isfinite(cell->as.f);
    case SEG_CELL_BOOL: out->as.i = cell->as.i != 0; return field->type == SEG_BOOL;
    case SEG_CELL_TIME:
    case SEG_CELL_LOCAL_TIME: return field->type == SEG_TIME && seg_cell_instant(image, cell, &out->as.i);
    case SEG_CELL_DATE: out->as.i = cell->as.i; return field->type == SEG_DATE;
    case SEG_CELL_LIST:
        out->as.set.items = cell->as.list.items;
        out->as.set.count = cell->as.list.count;
        return field->type == SEG_SET;
    default: return false;
    }
}

/* The digits of value / 10^scale. */
static size_t write_number(int64_t value, unsigned scale, char *out) {
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    char digits[SEG_CELL_TEXT_BYTES];
    int size = snprintf(digits, sizeof digits, "%0*llu", (int)scale + 1, (unsigned long long)rest);
    int whole = size - (int)scale;
    int written = snprintf(out, SEG_CELL_TEXT_BYTES, "%s%.*s%s%s", value < 0 ? "-" : "", whole, digits,
                           scale ? "." : "", digits + whole);
    return (size_t)written;
}

/* The fewest digits that are read back as the same number. */
static size_t write_float(double value, char *out) {
    int size = 0;
    for (int digits = 15; digits <= 17; digits++) {
        size = snprintf(out, SEG_CELL_TEXT_BYTES, "%.*g", digits, value);
        if (strtod(out, NULL) == value) break;
    }
    return (size_t)size;
}

seg_text seg_cell_text(const seg_cell *cell, char written[SEG_CELL_TEXT_BYTES]) {
    switch (cell->kind) {
    case SEG_CELL_TEXT:
        return (seg_text){cell->as.text.size_bytes ? cell->as.text.bytes : "", cell->as.text.size_bytes};
    case SEG_CELL_BOOL: return seg_text_of(cell->as.i ? "true" : "false");
    case SEG_CELL_NUMBER: return (seg_text){written, write_number(cell->as.i, cell->scale, written)};
    case SEG_CELL_FLOAT: return (seg_text){written, write_float(cell->as.f, written)};
    case SEG_CELL_TIME:
    case SEG_CELL_LOCAL_TIME:
        seg_instant_format(cell->as.i, written);
        return (seg_text){written, strlen(written) - (cell->kind == SEG_CELL_TIME ? 0 : ZONE_BYTES)};
    case SEG_CELL_DATE:
        seg_instant_format(cell->as.i * DAY_MS, written);
        return (seg_text){written, DATE_BYTES};
    default: return (seg_text){NULL, 0};
    }
}
