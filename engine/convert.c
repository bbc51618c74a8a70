#include "convert.h"

#include <string.h>

#include "engine.h"
#include "instant.h"
#include "number.h"
#include "tokens.h"

enum { ENUM_NAMES_SHOWN = 12 };
static const char number_for_time[] = " is a number; write a time as 2026-04-16T10:00:00Z";

/* "name: " and the value as it was found. */
static void show(seg_converter *c, seg_text name, seg_text found, bool quoted) {
    seg_reason_clear(c->reason);
    seg_reason_name(c->reason, name);
    seg_reason_text(c->reason, ": ");
    if (quoted)
        seg_reason_quote(c->reason, found);
    else
        seg_reason_name(c->reason, found);
}

static bool refuse(seg_converter *c, const seg_field_info *field, seg_text found, bool quoted,
                   const char *why) {
    show(c, field->name, found, quoted);
    seg_reason_text(c->reason, why);
    return false;
}

static bool refuse_enum(seg_converter *c, const seg_field_info *field, seg_text found) {
    show(c, field->name, found, true);
    seg_reason_text(c->reason, " is none of ");
    for (uint32_t i = 0; i < field->enum_count && i < ENUM_NAMES_SHOWN; i++) {
        if (i) seg_reason_text(c->reason, ", ");
        seg_reason_name(c->reason, seg_image_enum_name(c->image, field, i));
    }
    if (field->enum_count > ENUM_NAMES_SHOWN) seg_reason_text(c->reason, ", ...");
    return false;
}

static bool put(seg_value *out, int64_t value) {
    out->known = true;
    out->as.i = value;
    return true;
}

static bool convert_exact(seg_converter *c, const seg_field_info *field, seg_text text, bool quoted,
                          seg_value *out) {
    unsigned scale = field->type == SEG_DECIMAL ? field->scale : 0;
    int64_t value;
    switch (seg_number_exact(text, scale, &value)) {
    case SEG_NUMBER_OK: return put(out, value);
    case SEG_NUMBER_OUT_OF_RANGE: return refuse(c, field, text, quoted, " is out of range");
    case SEG_NUMBER_NONE: return refuse(c, field, text, quoted, " is not a number");
    case SEG_NUMBER_TOO_FINE: break;
    }
    if (scale == 0) return refuse(c, field, text, quoted, " is not a whole number");
    show(c, field->name, text, quoted);
    seg_reason_text(c->reason, " has more than ");
    seg_reason_count(c->reason, scale);
    seg_reason_text(c->reason, scale == 1 ? " decimal" : " decimals");
    return false;
}

static bool convert_float(seg_converter *c, const seg_field_info *field, seg_text text, bool quoted,
                          seg_value *out) {
    if (!seg_number_is(text)) return refuse(c, field, text, quoted, " is not a number");
    if (!seg_float_parse(text, &out->as.f)) return refuse(c, field, text, quoted, " is out of range");
    out->known = true;
    return true;
}

/* Numbers with units, one after the other: 1h30m. */
static bool parse_duration(seg_text text, int64_t *out) {
    static const struct {
        const char *name;
        int64_t ms;
    } units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}, {"w", 604800000}};
    const char *at = text.bytes, *end = at + text.size_bytes;
    int64_t total = 0;
    while (at < end) {
        int64_t count = 0;
        const char *digits = at;
        for (; at < end && *at >= '0' && *at <= '9'; at++)
            if (__builtin_mul_overflow(count, 10, &count) || __builtin_add_overflow(count, *at - '0', &count))
                return false;
        const char *unit = at;
        while (at < end && *at >= 'a' && *at <= 'z') at++;
        if (unit == digits || at == unit) return false;
        seg_text name = {unit, (size_t)(at - unit)};
        size_t i = 0;
        while (i < sizeof units / sizeof *units && !seg_text_equal(seg_text_of(units[i].name), name)) i++;
        if (i == sizeof units / sizeof *units) return false;
        if (__builtin_mul_overflow(count, units[i].ms, &count)) return false;
        if (__builtin_add_overflow(total, count, &total)) return false;
    }
    *out = total;
    return text.size_bytes > 0;
}

/* Values that JSON and CSV both write as texts. */
static bool convert_text(seg_converter *c, const seg_field_info *field, seg_text text, seg_value *out) {
    int64_t value;
    uint32_t index;
    switch (field->type) {
    case SEG_TIME:
        if (seg_instant_parse(c->image, text, &value)) return put(out, value);
        if (seg_number_is(text)) return refuse(c, field, text, false, number_for_time);
        return refuse(c, field, text, true, " is not a time like 2026-04-16T10:00:00Z");
    case SEG_DATE:
        if (seg_date_parse(text, &value)) return put(out, value);
        return refuse(c, field, text, true, " is not a date like 2026-04-16");
    case SEG_DURATION:
        if (parse_duration(text, &value)) return put(out, value);
        return refuse(c, field, text, true, " is not a duration like 30d or 1h30m");
    case SEG_ENUM:
        index = seg_image_enum_find(c->image, field, text);
        return index == SEG_NONE ? refuse_enum(c, field, text) : put(out, index);
    case SEG_ZONE:
        if (!text.size_bytes || !seg_image_zone_fits(c->image, text))
            return refuse(c, field, text, true, " is not the name of a time zone");
        break;
    default: break;
    }
    out->known = true;
    out->as.text = text;
    return true;
}

static const char *expectation(seg_type type) {
    switch (type) {
    case SEG_BOOL: return ", not true or false";
    case SEG_INT: return ", not a whole number";
    case SEG_DECIMAL:
    case SEG_FLOAT: return ", not a number";
    case SEG_ENUM: return ", not one of its values as a text";
    case SEG_TIME: return ", not a time like \"2026-04-16T10:00:00Z\"";
    case SEG_DATE: return ", not a date like \"2026-04-16\"";
    case SEG_DURATION: return ", not a duration like \"30d\"";
    case SEG_SET: return ", not a list of texts";
    case SEG_ZONE: return ", not the name of a time zone";
    case SEG_TEXT: break;
    }
    return ", not a text";
}

/* "page: 12 is a number, not a text" */
static bool refuse_kind(seg_converter *c, const seg_field_info *field, const seg_json_item *item) {
    static const seg_text words[] = {{"null", 4}, {"false", 5}, {"true", 4}};
    bool is_scalar = item->kind == SEG_JSON_NUMBER || item->kind == SEG_JSON_TEXT;
    if (is_scalar)
        show(c, field->name, item->text, item->kind == SEG_JSON_TEXT);
    else
        show(c, field->name, item->kind <= SEG_JSON_TRUE ? words[item->kind] : seg_text_of("this"), false);
    static const char *const kinds[] = {" is nothing",  " is true or false", " is true or false",
                                        " is a number", " is a text",        " is a list",
                                        " is an object"};
    seg_reason_text(c->reason, kinds[item->kind]);
    seg_reason_text(c->reason, expectation(field->type));
    return false;
}

static bool convert_list(seg_converter *c, const seg_field_info *field, const seg_json_item *list,
                         seg_value *out) {
    seg_text *items = c->items + c->item_count;
    size_t count = 0;
    for (uint32_t i = 1; i <= list->below; i++) {
        if (list[i].kind != SEG_JSON_TEXT) return refuse_kind(c, field, &list[i]);
        items[count++] = list[i].text;
    }
    c->item_count += count;
    out->known = true;
    out->as.set.items = items;
    out->as.set.count = count;
    return true;
}

bool seg_convert_json(seg_converter *c, const seg_field_info *field, const seg_json_item *item,
                      seg_value *out) {
    *out = (seg_value){0};
    if (item->kind == SEG_JSON_NULL) return true;
    bool fits = false;
    switch (field->type) {
    case SEG_BOOL: fits = item->kind == SEG_JSON_TRUE || item->kind == SEG_JSON_FALSE; break;
    case SEG_INT:
    case SEG_DECIMAL:
    case SEG_FLOAT: fits = item->kind == SEG_JSON_NUMBER; break;
    case SEG_SET: fits = item->kind == SEG_JSON_LIST; break;
    case SEG_TIME:
    case SEG_DATE:
    case SEG_DURATION:
    case SEG_ENUM:
    case SEG_ZONE:
    case SEG_TEXT: fits = item->kind == SEG_JSON_TEXT; break;
    }
    if (!fits) return refuse_kind(c, field, item);
    if (field->type == SEG_BOOL) return put(out, item->kind == SEG_JSON_TRUE);
    if (field->type == SEG_SET) return convert_list(c, field, item, out);
    if (field->type == SEG_FLOAT) return convert_float(c, field, item->text, false, out);
    if (item->kind == SEG_JSON_NUMBER) return convert_exact(c, field, item->text, false, out);
    return convert_text(c, field, item->text, out);
}

static bool equals_in_any_case(seg_text text, const char *lower) {
    size_t i = 0;
    for (; i < text.size_bytes && lower[i]; i++) {
        bool is_capital = text.bytes[i] >= 'A' && text.bytes[i] <= 'Z';
        if ((text.bytes[i] | (is_capital ? 0x20 : 0)) != lower[i]) return false;
    }
    return i == text.size_bytes && !lower[i];
}

static bool convert_cell_bool(seg_converter *c, const seg_field_info *field, seg_text cell, seg_value *out) {
    static const struct {
        const char *word;
        bool value;
    } words[] = {{"false", false}, {"true", true}, {"no", false}, {"yes", true}, {"0", false}, {"1", true}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (equals_in_any_case(cell, words[i].word)) return put(out, words[i].value);
    return refuse(c, field, cell, true, " is not true or false");
}

static bool convert_cell_set(seg_converter *c, seg_text cell, seg_value *out) {
    seg_text *items = c->items + c->item_count;
    size_t count = 0;
    const char *at = cell.bytes, *end = at + cell.size_bytes;
    while (at < end) {
        const char *stop = memchr(at, ';', (size_t)(end - at));
        if (!stop) stop = end;
        if (stop > at) items[count++] = (seg_text){at, (size_t)(stop - at)};
        at = stop < end ? stop + 1 : end;
    }
    c->item_count += count;
    out->known = true;
    out->as.set.items = items;
    out->as.set.count = count;
    return true;
}

bool seg_convert_cell(seg_converter *c, const seg_field_info *field, seg_text cell, seg_value *out) {
    *out = (seg_value){0};
    switch (field->type) {
    case SEG_BOOL: return convert_cell_bool(c, field, cell, out);
    case SEG_INT:
    case SEG_DECIMAL: return convert_exact(c, field, cell, true, out);
    case SEG_FLOAT: return convert_float(c, field, cell, true, out);
    case SEG_SET: return convert_cell_set(c, cell, out);
    default: return convert_text(c, field, cell, out);
    }
}

bool seg_convert_time(seg_converter *c, const char *name, seg_text text, bool is_number, int64_t *out) {
    if (!is_number && seg_instant_parse(c->image, text, out)) return true;
    is_number = is_number || seg_number_is(text);
    show(c, seg_text_of(name), text, !is_number);
    seg_reason_text(c->reason, is_number ? number_for_time : " is not a time like 2026-04-16T10:00:00Z");
    return false;
}
