/* condition_windows.c - random windows over events, and the fields that a condition may speak of. */
#include <stdio.h>
#include <string.h>

#include "writing.h"

/* ---- Fields and attributes -------------------- */

/* In the past only attributes whose past is kept can be spoken of. */
bool seg_write_is_open(const writer *w, const seg_invented_field *field) {
    return w->past == 0 || w->scope != NULL || field->has_history || !field->is_attribute;
}

/* What is proven of now is not proven of then. */
bool seg_write_is_certain(const writer *w, const seg_invented_field *field) {
    return !field->optional || (field->proven && (w->past == 0 || w->scope != NULL));
}

seg_invented_field *seg_write_find_field(writer *w, seg_invented_field *fields, uint32_t count,
                                         seg_type type) {
    uint32_t first = count > 0 ? below(w, count) : 0;
    for (uint32_t i = 0; i < count; i++) {
        seg_invented_field *field = &fields[(first + i) % count];
        if (field->type == type && seg_write_is_open(w, field)) return field;
    }
    return NULL;
}

/* A field of the event inside `where`, else an attribute; NULL: there is none of the type. */
seg_invented_field *seg_write_find_value(writer *w, seg_type type) {
    if (w->scope != NULL) return seg_write_find_field(w, w->scope->fields, w->scope->field_count, type);
    return seg_write_find_field(w, w->schema->attributes, w->schema->attribute_count, type);
}

void seg_write_literal_of(writer *w, seg_type type) {
    seg_invented_field field = {.type = type, .scale = 2};
    seg_invented_literal(w->schema, &field, w->out);
}

/* The value, never missing. */
void seg_write_value(writer *w, const seg_invented_field *field) {
    if (seg_write_is_certain(w, field)) {
        text(w, field->name);
        return;
    }
    seg_buffer_format(w->out, "(%s ?? ", field->name);
    seg_invented_literal(w->schema, field, w->out);
    text(w, ")");
}

const char *seg_write_comparison(writer *w) {
    return PICK(w, " == ", " != ", " < ", " <= ", " > ", " >= ", " >= ", " < ");
}

/* ---- Windows -------------------- */

static bool has_field(const seg_invented_event *source, const seg_invented_field *wanted) {
    for (uint32_t i = 0; i < source->field_count; i++) {
        const seg_invented_field *field = &source->fields[i];
        if (strcmp(field->name, wanted->name) == 0)
            return field->type == wanted->type && field->scale == wanted->scale &&
                   field->enumeration == wanted->enumeration;
    }
    return false;
}

/* Inside `for some F` one that has the field: there is one at least. */
seg_invented_event *seg_write_find_source(writer *w) {
    uint32_t count = w->schema->source_count, first = below(w, count);
    for (uint32_t i = 0; w->each != NULL && i < count; i++) {
        seg_invented_event *source = &w->schema->sources[(first + i) % count];
        if (has_field(source, w->each)) return source;
    }
    return &w->schema->sources[first];
}

const seg_invented_name *seg_write_find_name(writer *w, seg_invented_use use) {
    uint32_t count = w->schema->name_count, first = count > 0 ? below(w, count) : 0;
    bool is_define = use != SEG_USE_DURATION && use != SEG_USE_TEXT;
    if (w->past > 0 && is_define) /* it may speak of what is not kept */
        return NULL;
    if (w->each != NULL) return NULL; /* it may speak of events without the field */
    for (uint32_t i = 0; i < count; i++) {
        const seg_invented_name *name = &w->schema->names[(first + i) % count];
        if (name->use == use) return name;
    }
    return NULL;
}

void seg_write_time_value(writer *w) {
    seg_invented_field *field = seg_write_find_value(w, SEG_TIME);
    if (field != NULL && chance(w, 70)) {
        seg_write_value(w, field);
        return;
    }
    if (w->scope != NULL || chance(w, 30)) {
        seg_write_literal_of(w, SEG_TIME);
        return;
    }
    seg_buffer_format(w->out, "(%s(%s) ?? ", PICK(w, "first", "last", "last"),
                      seg_write_find_source(w)->name);
    seg_write_literal_of(w, SEG_TIME);
    text(w, ")");
}

void seg_write_duration(writer *w, bool whole_days) {
    const seg_invented_name *name = seg_write_find_name(w, SEG_USE_DURATION);
    if (name != NULL && !whole_days && chance(w, 15))
        text(w, name->name);
    else
        seg_invented_duration(w->schema, whole_days, w->out);
}

/* A zone for a part of time or a window of the calendar: now and then the profile's own. */
void seg_write_in_zone(writer *w) {
    seg_invented_field *field = w->scope == NULL ? seg_write_find_value(w, SEG_ZONE) : NULL;
    if (field != NULL && chance(w, 60))
        seg_buffer_format(w->out, " in %s", field->name);
    else if (chance(w, 20))
        seg_buffer_format(w->out, " in \"%s\"",
                          PICK(w, "Asia/Tokyo", "America/St_Johns", "Europe/Berlin", "Pacific/Apia",
                               "America/Sao_Paulo", "UTC", "Africa/Cairo"));
}

static void fiscal_window(writer *w) {
    const char *unit = PICK(w, "quarter", "year");
    uint32_t kind = below(w, 4);
    if (kind < 2)
        seg_buffer_format(w->out, "%s fiscal %s", kind == 0 ? "this" : "last", unit);
    else if (kind == 2)
        seg_buffer_format(w->out, "%u fiscal %ss", 1 + below(w, 8), unit);
    else
        seg_buffer_format(w->out, "last %u complete fiscal %ss", 1 + below(w, 8), unit);
}

static void calendar_window(writer *w) {
    uint32_t kind = below(w, 10);
    if (kind == 0) {
        seg_buffer_format(w->out, "from 2024-0%u-15 to 2025-%s", 1 + below(w, 9),
                          PICK(w, "01-01", "06-30T12:00"));
        return;
    }
    if (w->schema->has_fiscal && chance(w, 35))
        fiscal_window(w);
    else if (kind < 4)
        text(w, PICK(w, "today", "today", "yesterday"));
    else if (kind < 7)
        seg_buffer_format(w->out, "%s %s", PICK(w, "this", "last"),
                          PICK(w, "day", "week", "month", "quarter", "year"));
    else if (kind < 9)
        seg_buffer_format(w->out, "%u calendar %s", 1 + below(w, 8),
                          PICK(w, "days", "weeks", "months", "quarters", "years"));
    else
        seg_buffer_format(w->out, "last %u complete %s", 1 + below(w, 8),
                          PICK(w, "days", "weeks", "months", "quarters", "years"));
    seg_write_in_zone(w);
}

static void plain_window(writer *w) {
    if (chance(w, 8)) {
        seg_buffer_format(w->out, "last %u", 1 + below(w, 4));
        return;
    }
    uint32_t kind = below(w, 100);
    if (w->scope == NULL && chance(w, 25)) {
        calendar_window(w);
        return;
    }
    if (kind < 15)
        text(w, "ever");
    else if (kind < 30)
        seg_buffer_format(w->out, "%s ago",
                          PICK(w, "60d to 30d", "30d to 1d", "2h to 15m", "1y to 6mo", "6mo to 1mo",
                               "2ms to 1ms", "90d to 1ms", "14d to 7d", "2mo to 1mo", "40d to 1mo",
                               "25h to 24h", "3d to 1d12h"));
    else if (kind < 40) {
        text(w, "since ");
        seg_write_time_value(w);
    } else if (kind < 50) {
        text(w, "within ");
        seg_write_duration(w, false);
        text(w, " of ");
        seg_write_time_value(w);
    } else
        seg_write_duration(w, false);
}

/* A field that both have, with one type; NULL: none was met. */
static const seg_invented_field *find_same(writer *w, const seg_invented_event *a,
                                           const seg_invented_event *b) {
    uint32_t first = a->field_count > 0 ? below(w, a->field_count) : 0;
    for (uint32_t i = 0; i < a->field_count; i++) {
        const seg_invented_field *x = &a->fields[(first + i) % a->field_count];
        for (uint32_t j = 0; j < b->field_count; j++) {
            const seg_invented_field *y = &b->fields[j];
            bool same = strcmp(x->name, y->name) == 0 && x->type == y->type && x->scale == y->scale &&
                        x->enumeration == y->enumeration && x->type != SEG_SET;
            if (same) return x;
        }
    }
    return NULL;
}

/* What stands behind the name of the others: (where …) within D with same f. */
void seg_write_bounds(writer *w, const seg_invented_event *source, seg_invented_event *others, bool exact,
                      bool needed) {
    if (chance(w, 20) && others->field_count > 0) {
        seg_buffer place;
        seg_buffer *outer = w->out;
        seg_buffer_init(&place, NULL);
        w->out = &place;
        seg_write_where(w, others, 100);
        w->out = outer;
        if (place.size_bytes > 0)
            seg_buffer_format(w->out, " (%.*s)", (int)place.size_bytes - 1, place.bytes + 1);
        seg_buffer_free(&place);
    }
    uint32_t kind = needed ? 30 + below(w, 70) : below(w, 100);
    if (kind >= 30 && kind < 70) {
        text(w, " within ");
        if (exact)
            text(w, PICK(w, "1ms", "30m", "1h", "24h", "3d", "30d"));
        else
            seg_invented_duration(w->schema, false, w->out);
    } else if (kind >= 70)
        seg_buffer_format(w->out, " within %s",
                          exact ? PICK(w, "0s to 1d", "1ms to 1h", "1d to 30d", "0s to 1ms")
                                : PICK(w, "0s to 1d", "1ms to 1h", "1d to 30d", "1d to 1mo", "1mo to 6mo",
                                       "0s to 1ms", "0s to 1y"));
    const seg_invented_field *same = source != NULL && chance(w, 45) ? find_same(w, source, others) : NULL;
    if (same != NULL) seg_buffer_format(w->out, " with same %s", same->name);
}

/* Behind a window of `source`: other events. */
void seg_write_pairs(writer *w, const seg_invented_event *source) {
    for (uint32_t count = 1 + below(w, 2); count > 0; count--) {
        seg_invented_event *others = seg_write_find_source(w);
        seg_buffer_format(w->out, " %s%s by %s", chance(w, 45) ? "not " : "",
                          chance(w, 55) ? "followed" : "preceded", others->name);
        seg_write_bounds(w, source, others, false, false);
    }
}

/* `source`: of whose fields pairs may speak; NULL: no pairs. */
void seg_write_window_of(writer *w, const seg_invented_event *source) {
    plain_window(w);
    if (source != NULL && w->scope == NULL && chance(w, 25)) seg_write_pairs(w, source);
}

void seg_write_window(writer *w) { plain_window(w); }

void seg_write_where(writer *w, seg_invented_event *source, uint32_t percent) {
    if (source->field_count == 0 || w->scope != NULL || !chance(w, percent)) return;
    text(w, " where ");
    w->scope = source;
    w->depth += 2;
    seg_write_condition(w, 1 + below(w, 3));
    w->depth -= 2;
    w->scope = NULL;
}

/* "ev(30d where …)" */
void seg_write_facts(writer *w) {
    seg_invented_event *source = seg_write_find_source(w);
    seg_buffer_format(w->out, "%s(", source->name);
    seg_write_window_of(w, source);
    seg_write_where(w, source, 40);
    text(w, ")");
}
