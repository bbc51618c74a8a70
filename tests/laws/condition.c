/* condition.c - random conditions over a schema: every operator of the language, well typed by
 * construction, missing values handled in each of the ways that the language knows. */
#include <stdio.h>
#include <string.h>

#include "names.h"

typedef struct writer {
    seg_invented *schema;
    seg_buffer *out;
    seg_invented_event *scope;      /* inside `where`: of whose fields it may speak; else NULL */
    const seg_invented_field *each; /* inside `for some F`: the field; else NULL */
    uint32_t depth;
    uint32_t past; /* open brackets of `as of` around it */
} writer;

#define DEPTH_LIMIT 5u

static void condition(writer *w, uint32_t budget);
static void number(writer *w, seg_type type);

static uint32_t below(writer *w, uint32_t bound) { return seg_random_below(&w->schema->random, bound); }

static bool chance(writer *w, uint32_t percent) { return seg_random_chance(&w->schema->random, percent); }

static void text(writer *w, const char *words) { seg_buffer_text(w->out, words); }

static const char *pick(writer *w, const char *const *items, uint32_t count) {
    return items[below(w, count)];
}
#define PICK(w, ...)                                                                                         \
    pick((w), (const char *const[]){__VA_ARGS__},                                                            \
         (uint32_t)(sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)))

/* ---- Fields and attributes -------------------- */

/* In the past only attributes whose past is kept can be spoken of. */
static bool is_open(const writer *w, const seg_invented_field *field) {
    return w->past == 0 || w->scope != NULL || field->has_history || !field->is_attribute;
}

/* What is proven of now is not proven of then. */
static bool is_certain(const writer *w, const seg_invented_field *field) {
    return !field->optional || (field->proven && (w->past == 0 || w->scope != NULL));
}

static seg_invented_field *find_field(writer *w, seg_invented_field *fields, uint32_t count, seg_type type) {
    uint32_t first = count > 0 ? below(w, count) : 0;
    for (uint32_t i = 0; i < count; i++) {
        seg_invented_field *field = &fields[(first + i) % count];
        if (field->type == type && is_open(w, field)) return field;
    }
    return NULL;
}

/* A field of the event inside `where`, else an attribute; NULL: there is none of the type. */
static seg_invented_field *find_value(writer *w, seg_type type) {
    if (w->scope != NULL) return find_field(w, w->scope->fields, w->scope->field_count, type);
    return find_field(w, w->schema->attributes, w->schema->attribute_count, type);
}

static void literal_of(writer *w, seg_type type) {
    seg_invented_field field = {.type = type, .scale = 2};
    seg_invented_literal(w->schema, &field, w->out);
}

/* The value, never missing. */
static void value(writer *w, const seg_invented_field *field) {
    if (is_certain(w, field)) {
        text(w, field->name);
        return;
    }
    seg_buffer_format(w->out, "(%s ?? ", field->name);
    seg_invented_literal(w->schema, field, w->out);
    text(w, ")");
}

static const char *comparison(writer *w) {
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
static seg_invented_event *find_source(writer *w) {
    uint32_t count = w->schema->source_count, first = below(w, count);
    for (uint32_t i = 0; w->each != NULL && i < count; i++) {
        seg_invented_event *source = &w->schema->sources[(first + i) % count];
        if (has_field(source, w->each)) return source;
    }
    return &w->schema->sources[first];
}

static const seg_invented_name *find_name(writer *w, seg_invented_use use) {
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

static void time_value(writer *w) {
    seg_invented_field *field = find_value(w, SEG_TIME);
    if (field != NULL && chance(w, 70)) {
        value(w, field);
        return;
    }
    if (w->scope != NULL || chance(w, 30)) {
        literal_of(w, SEG_TIME);
        return;
    }
    seg_buffer_format(w->out, "(%s(%s) ?? ", PICK(w, "first", "last", "last"), find_source(w)->name);
    literal_of(w, SEG_TIME);
    text(w, ")");
}

static void duration(writer *w, bool whole_days) {
    const seg_invented_name *name = find_name(w, SEG_USE_DURATION);
    if (name != NULL && !whole_days && chance(w, 15))
        text(w, name->name);
    else
        seg_invented_duration(w->schema, whole_days, w->out);
}

/* A zone for a part of time or a window of the calendar: now and then the profile's own. */
static void in_zone(writer *w) {
    seg_invented_field *field = w->scope == NULL ? find_value(w, SEG_ZONE) : NULL;
    if (field != NULL && chance(w, 60))
        seg_buffer_format(w->out, " in %s", field->name);
    else if (chance(w, 20))
        seg_buffer_format(w->out, " in \"%s\"",
                          PICK(w, "Asia/Tokyo", "America/St_Johns", "Europe/Berlin", "Pacific/Apia",
                               "America/Sao_Paulo", "UTC", "Africa/Cairo"));
}

static void calendar_window(writer *w) {
    uint32_t kind = below(w, 10);
    if (kind == 0) {
        seg_buffer_format(w->out, "from 2024-0%u-15 to 2025-%s", 1 + below(w, 9),
                          PICK(w, "01-01", "06-30T12:00"));
        return;
    }
    if (kind < 4)
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
    in_zone(w);
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
        time_value(w);
    } else if (kind < 50) {
        text(w, "within ");
        duration(w, false);
        text(w, " of ");
        time_value(w);
    } else
        duration(w, false);
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

static void where(writer *w, seg_invented_event *source, uint32_t percent);

/* What stands behind the name of the others: (where …) within D with same f. */
static void bounds(writer *w, const seg_invented_event *source, seg_invented_event *others, bool exact,
                   bool needed) {
    if (chance(w, 20) && others->field_count > 0) {
        seg_buffer place;
        seg_buffer *outer = w->out;
        seg_buffer_init(&place, NULL);
        w->out = &place;
        where(w, others, 100);
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
static void pairs(writer *w, const seg_invented_event *source) {
    for (uint32_t count = 1 + below(w, 2); count > 0; count--) {
        seg_invented_event *others = find_source(w);
        seg_buffer_format(w->out, " %s%s by %s", chance(w, 45) ? "not " : "",
                          chance(w, 55) ? "followed" : "preceded", others->name);
        bounds(w, source, others, false, false);
    }
}

/* `source`: of whose fields pairs may speak; NULL: no pairs. */
static void window_of(writer *w, const seg_invented_event *source) {
    plain_window(w);
    if (source != NULL && w->scope == NULL && chance(w, 25)) pairs(w, source);
}

static void window(writer *w) { plain_window(w); }

static void where(writer *w, seg_invented_event *source, uint32_t percent) {
    if (source->field_count == 0 || w->scope != NULL || !chance(w, percent)) return;
    text(w, " where ");
    w->scope = source;
    w->depth += 2;
    condition(w, 1 + below(w, 3));
    w->depth -= 2;
    w->scope = NULL;
}

/* "ev(30d where …)" */
static void facts(writer *w) {
    seg_invented_event *source = find_source(w);
    seg_buffer_format(w->out, "%s(", source->name);
    window_of(w, source);
    where(w, source, 40);
    text(w, ")");
}

/* ---- Numbers -------------------- */

/* A source with a field of the type; NULL: none was met. */
static seg_invented_event *find_source_with(writer *w, seg_type type, seg_invented_field **field) {
    for (int i = 0; i < 4; i++) {
        seg_invented_event *source = find_source(w);
        *field = find_field(w, source->fields, source->field_count, type);
        if (*field != NULL) return source;
    }
    return NULL;
}

/* sum(ev.field, window where …), made known where it may be missing. */
static bool aggregate(writer *w, seg_type type) {
    seg_invented_field *field;
    seg_invented_event *source = find_source_with(w, type, &field);
    if (source == NULL || w->scope != NULL) return false;
    const char *verb = PICK(w, "sum", "sum", "min", "max", "first", "last");
    bool is_sum = strcmp(verb, "sum") == 0;
    seg_buffer_format(w->out, "%s%s(%s.%s%s, ", is_sum ? "" : "(", verb, source->name, field->name,
                      !field->optional && chance(w, 15) ? PICK(w, " * 2", " + 1", " - 3") : "");
    window_of(w, source);
    where(w, source, 30);
    text(w, ")");
    if (is_sum) return true;
    text(w, " ?? ");
    seg_invented_literal(w->schema, field, w->out);
    text(w, ")");
    return true;
}

static bool counted(writer *w) {
    static const seg_type types[] = {SEG_TEXT,  SEG_TEXT, SEG_INT,  SEG_ENUM, SEG_DECIMAL,
                                     SEG_FLOAT, SEG_TIME, SEG_DATE, SEG_BOOL};
    seg_invented_field *field;
    seg_invented_event *source = find_source_with(w, types[below(w, 9)], &field);
    const seg_invented_name *name = find_name(w, SEG_USE_OF_WINDOW);
    if (name != NULL && chance(w, 15)) {
        seg_buffer_format(w->out, "%s(", name->name);
        window(w);
    } else if (source != NULL && chance(w, 50)) {
        if (chance(w, 20))
            seg_buffer_format(w->out, "distinct(%s of %s.time, ", PICK(w, "hour", "month", "date", "weekday"),
                              source->name);
        else
            seg_buffer_format(w->out, "distinct(%s.%s, ", source->name, field->name);
        window_of(w, source);
        where(w, source, 30);
    } else if (chance(w, 20)) {
        source = find_source(w);
        seg_buffer_format(w->out, "active days(%s, ", source->name);
        window_of(w, source);
        where(w, source, 30);
    } else {
        facts(w);
        return true;
    }
    text(w, ")");
    return true;
}

static void average(writer *w) {
    static const seg_type types[] = {SEG_INT, SEG_DECIMAL, SEG_FLOAT};
    seg_invented_field *field;
    seg_invented_event *source = find_source_with(w, types[below(w, 3)], &field);
    if (source == NULL || w->scope != NULL) {
        literal_of(w, SEG_FLOAT);
        return;
    }
    seg_buffer_format(w->out, "(avg(%s.%s, ", source->name, field->name);
    window_of(w, source);
    where(w, source, 25);
    text(w, ") ?? 0.5)");
}

static void quotient(writer *w) {
    bool by_constant = chance(w, 40);
    text(w, by_constant ? "(" : "((");
    number(w, chance(w, 50) ? SEG_INT : SEG_DECIMAL);
    if (by_constant) {
        seg_buffer_format(w->out, " / %s)", PICK(w, "2", "3", "7", "10", "0.5"));
        return;
    }
    text(w, " / ");
    counted(w); /* not a constant: 0 would be refused */
    seg_buffer_format(w->out, ") ?? %s)", PICK(w, "0.0", "1.0", "0.5"));
}

static void arithmetic(writer *w, seg_type type) {
    const char *op = PICK(w, " + ", " + ", " - ", " - ", " * ");
    text(w, "(");
    if (strcmp(op, " * ") == 0) { /* scales add: at most one side is decimal */
        number(w, type);
        seg_buffer_format(w->out, " * ");
        number(w, type == SEG_FLOAT ? SEG_FLOAT : SEG_INT);
    } else {
        number(w, type);
        text(w, op);
        number(w, chance(w, 70) || type == SEG_INT ? type : SEG_INT);
    }
    text(w, ")");
}

/* A length that is the same at every instant. */
static void exact_duration(writer *w) {
    text(w, PICK(w, "1ms", "2ms", "1s", "90s", "15m", "1h30m", "24h", "25h", "1d", "36h", "3d", "7d", "7d",
                 "14d", "30d", "31d", "60d", "2d1ms"));
}

static bool may_look_back(const writer *w) {
    return w->scope == NULL && w->past < 2 && w->depth < DEPTH_LIMIT;
}

static void number_as_of(writer *w, seg_type type) {
    text(w, "(");
    w->past++;
    number(w, type);
    w->past--;
    text(w, " as of ");
    exact_duration(w);
    text(w, " ago)");
}

static void choice_of_numbers(writer *w, seg_type type) {
    text(w, "(if ");
    condition(w, 1);
    text(w, " then ");
    number(w, type);
    text(w, " else ");
    number(w, type);
    text(w, ")");
}

/* A number of the type (a decimal of any scale), never missing. */
/* points(3 for …, x for …) */
static void points(writer *w, seg_type type) {
    text(w, "points(");
    for (uint32_t i = 0, count = 1 + below(w, 3); i < count; i++) {
        text(w, i > 0 ? ", " : "");
        if (chance(w, 70))
            literal_of(w, type);
        else
            number(w, type);
        text(w, " for ");
        condition(w, 1);
    }
    text(w, ")");
}

static void number(writer *w, seg_type type) {
    uint32_t kind = w->depth >= DEPTH_LIMIT ? 40 + below(w, 50) : below(w, 100);
    seg_invented_field *field = find_value(w, type);
    const seg_invented_name *name = find_name(w, type == SEG_INT ? SEG_USE_INT : SEG_USE_DECIMAL);
    w->depth++;
    if (may_look_back(w) && chance(w, 8))
        number_as_of(w, type);
    else if (kind < 12)
        arithmetic(w, type);
    else if (kind < 16)
        chance(w, 50) ? choice_of_numbers(w, type) : points(w, type);
    else if (kind < 19) {
        text(w, "(-");
        number(w, type);
        text(w, ")");
    } else if (kind < 60 && field != NULL)
        value(w, field);
    else if (kind < 66 && name != NULL && type != SEG_FLOAT && w->scope == NULL)
        text(w, name->name);
    else if (kind < 72 || w->scope != NULL)
        literal_of(w, type);
    else if (type == SEG_FLOAT && chance(w, 60))
        chance(w, 50) ? average(w) : quotient(w);
    else if (type != SEG_INT || chance(w, 30)) {
        if (!aggregate(w, type)) literal_of(w, type);
    } else
        counted(w);
    w->depth--;
}

static seg_type number_type(writer *w) {
    static const seg_type types[] = {SEG_INT, SEG_INT, SEG_DECIMAL, SEG_FLOAT};
    return types[below(w, 4)];
}

/* ---- Conditions: the leaves -------------------- */

static void part_subject(writer *w, bool may_be_date) {
    seg_invented_field *field = may_be_date && chance(w, 30) ? find_value(w, SEG_DATE) : NULL;
    if (field != NULL)
        value(w, field);
    else if (w->scope != NULL && chance(w, 60))
        text(w, "time");
    else if (w->scope == NULL && w->schema->uses_now && chance(w, 60))
        text(w, "now");
    else
        time_value(w);
    if (field == NULL) in_zone(w);
}

/* Parts of time: of now, of a time or a date of the profile, of the event itself. */
static void test_part(writer *w) {
    switch (below(w, 8)) {
    case 0:
    case 1:
        text(w, "hour of ");
        part_subject(w, false);
        seg_buffer_format(w->out, "%s%u", comparison(w), below(w, 25));
        break;
    case 2:
        text(w, "weekday of ");
        part_subject(w, true);
        text(w, PICK(w, " in [saturday, sunday]", " == monday", " not in [friday]", " < 6", " != sunday"));
        break;
    case 3:
        text(w, "day of month of ");
        part_subject(w, true);
        seg_buffer_format(w->out, "%s%u", comparison(w), 1 + below(w, 31));
        break;
    case 4:
        text(w, "month of ");
        part_subject(w, true);
        seg_buffer_format(w->out, "%s%u", comparison(w), 1 + below(w, 12));
        break;
    case 5:
        text(w, "year of ");
        part_subject(w, true);
        seg_buffer_format(w->out, "%s%u", comparison(w), 2023 + below(w, 4));
        break;
    case 6:
        text(w, "date of ");
        part_subject(w, false);
        text(w, comparison(w));
        literal_of(w, SEG_DATE);
        break;
    default:
        if (w->scope != NULL) {
            text(w, "time");
            text(w, comparison(w));
            literal_of(w, SEG_TIME);
            break;
        }
        seg_invented_field *field = find_value(w, SEG_DATE);
        if (field == NULL)
            literal_of(w, SEG_DATE);
        else
            value(w, field);
        text(w, comparison(w));
        if (w->schema->uses_now)
            text(w, "today");
        else
            literal_of(w, SEG_DATE);
    }
}

static void fallback(writer *w) {
    if (w->scope != NULL) {
        number(w, SEG_INT);
        text(w, comparison(w));
        number(w, SEG_INT);
        return;
    }
    facts(w);
    seg_buffer_format(w->out, "%s%u", comparison(w), below(w, 4));
}

static void compare_numbers(writer *w) {
    seg_type type = number_type(w);
    number(w, type);
    if (chance(w, 15)) {
        text(w, chance(w, 30) ? " not between " : " between ");
        literal_of(w, type);
        text(w, " and ");
        number(w, chance(w, 70) ? type : SEG_INT);
        return;
    }
    text(w, comparison(w));
    if (chance(w, 50))
        literal_of(w, type);
    else
        number(w, chance(w, 80) ? type : number_type(w));
}

static void count_facts(writer *w) {
    if (w->scope != NULL) {
        compare_numbers(w);
        return;
    }
    if (chance(w, 40)) {
        text(w, chance(w, 50) ? "any " : "no ");
        facts(w);
        return;
    }
    const seg_invented_name *name = find_name(w, SEG_USE_OF_NUMBER);
    if (name != NULL && chance(w, 10)) {
        seg_buffer_format(w->out, "%s(%u)", name->name, below(w, 4));
        return;
    }
    facts(w);
    seg_buffer_format(w->out, "%s%u", comparison(w), below(w, 5));
}

/* Counts of any kind against a small number. */
static void compare_counted(writer *w) {
    if (w->scope != NULL) {
        compare_numbers(w);
        return;
    }
    counted(w);
    seg_buffer_format(w->out, "%s%u", comparison(w), 1 + below(w, 3));
}

/* Sums, extremes and averages against a number of their kind. */
static void compare_aggregate(writer *w) {
    seg_type type = number_type(w);
    if (w->scope != NULL || (type == SEG_FLOAT && chance(w, 50))) {
        if (w->scope == NULL)
            average(w);
        else
            number(w, type);
    } else if (!aggregate(w, type)) {
        fallback(w);
        return;
    }
    text(w, comparison(w));
    literal_of(w, type);
}

static void list_of(writer *w, const seg_invented_field *field) {
    text(w, "[");
    for (uint32_t i = 0, count = below(w, 4); i <= count; i++) {
        text(w, i == 0 ? "" : ", ");
        seg_invented_literal(w->schema, field, w->out);
    }
    text(w, "]");
}

static void test_list(writer *w) {
    static const seg_type types[] = {SEG_INT, SEG_TEXT, SEG_TEXT, SEG_ENUM, SEG_ENUM, SEG_DATE, SEG_DECIMAL};
    seg_invented_field *field = find_value(w, types[below(w, 7)]);
    if (field == NULL) {
        fallback(w);
        return;
    }
    value(w, field);
    text(w, chance(w, 30) ? " not in " : " in ");
    list_of(w, field);
}

/* A text that is never missing: of the profile, the event, or the newest event. */
static bool text_value(writer *w) {
    seg_invented_field *field = find_value(w, SEG_TEXT);
    if (field != NULL && chance(w, 80)) {
        value(w, field);
        return true;
    }
    seg_invented_event *source = find_source_with(w, SEG_TEXT, &field);
    if (source == NULL || w->scope != NULL) return false;
    seg_buffer_format(w->out, "(%s(%s.%s) ?? ", chance(w, 70) ? "last" : "first", source->name, field->name);
    seg_invented_text_literal(w->schema, w->out);
    text(w, ")");
    return true;
}

static void test_text(writer *w) {
    if (!text_value(w)) {
        fallback(w);
        return;
    }
    uint32_t kind = below(w, 6);
    if (kind == 0)
        seg_buffer_format(w->out, " matches %s",
                          PICK(w, "/^promo-[0-9]+$/", "/pr/i", "/^$/", "/[a-c]|x/", "/^\\/(pricing|about)?$/",
                               "/\\d{1,2}$/", "/gr.n/", "/PROMO/i", "/(o|a)+$/", "/^[^\\/]*$/", "/\\w \\w/",
                               "/^.$/", "/.*/", "/sk(in)?care/"));
    else if (kind == 1) {
        text(w, chance(w, 50) ? " == " : " != ");
        seg_invented_text_literal(w->schema, w->out);
    } else {
        const seg_invented_name *name = find_name(w, SEG_USE_TEXT);
        text(w, PICK(w, " contains ", " not contains ", " starts with ", " starts with ", " ends with "));
        if (name != NULL && chance(w, 30))
            text(w, name->name);
        else
            seg_invented_text_literal(w->schema, w->out);
    }
}

static void test_enum(writer *w) {
    seg_invented_field *field = find_value(w, SEG_ENUM);
    if (field == NULL) {
        fallback(w);
        return;
    }
    value(w, field);
    text(w, chance(w, 60) ? " == " : " != ");
    seg_invented_literal(w->schema, field, w->out);
}

static void test_set(writer *w) {
    seg_invented_field *field = find_value(w, SEG_SET);
    if (field == NULL) {
        fallback(w);
        return;
    }
    if (!is_certain(w, field)) seg_buffer_format(w->out, "%s is known and ", field->name);
    if (chance(w, 30)) {
        seg_buffer_format(w->out, "%s contains ", field->name);
        seg_invented_text_literal(w->schema, w->out);
        return;
    }
    seg_buffer_format(w->out, "%s %s of ", field->name, PICK(w, "any", "any", "all", "none"));
    seg_invented_field item = {.type = SEG_TEXT};
    list_of(w, &item);
}

static void test_bool(writer *w) {
    seg_invented_field *field = find_value(w, SEG_BOOL);
    const seg_invented_name *name = find_name(w, SEG_USE_BOOL);
    if (name != NULL && w->scope == NULL && chance(w, 30)) {
        text(w, name->name);
        return;
    }
    if (field == NULL) {
        fallback(w);
        return;
    }
    value(w, field);
    if (chance(w, 20))
        seg_buffer_format(w->out, " %s %s", chance(w, 50) ? "==" : "!=", chance(w, 50) ? "true" : "false");
}

static void test_duration(writer *w) {
    seg_invented_field *field = find_value(w, SEG_DURATION);
    if (field == NULL) {
        fallback(w);
        return;
    }
    value(w, field);
    seg_buffer_format(w->out, "%s%s", comparison(w), PICK(w, "1h", "30d", "1ms", "1d12h"));
}

/* Tests that now takes part in. */
static void age_test(writer *w, bool whole_days) {
    uint32_t kind = below(w, 6);
    if (kind < 2) {
        seg_buffer_format(w->out, "%s within %s ", chance(w, 25) ? " not" : "", kind == 0 ? "last" : "next");
        duration(w, whole_days);
        return;
    }
    text(w, kind % 2 == 0 ? " more than " : " less than ");
    duration(w, whole_days);
    text(w, kind < 4 ? " ago" : " ahead");
}

static void test_time(writer *w) {
    time_value(w);
    if (w->scope != NULL || chance(w, 20)) {
        text(w, comparison(w));
        if (chance(w, 50))
            literal_of(w, SEG_TIME);
        else
            time_value(w);
        return;
    }
    age_test(w, false);
}

static void test_date(writer *w) {
    seg_invented_field *field = find_value(w, SEG_DATE);
    if (field == NULL) {
        fallback(w);
        return;
    }
    value(w, field);
    if (w->scope == NULL && chance(w, 70)) {
        age_test(w, true);
        return;
    }
    text(w, comparison(w));
    literal_of(w, SEG_DATE);
}

static void test_missing(writer *w) {
    seg_invented_field *fields = w->scope != NULL ? w->scope->fields : w->schema->attributes;
    uint32_t count = w->scope != NULL ? w->scope->field_count : w->schema->attribute_count;
    for (uint32_t tries = 0; tries < 8 && count > 0; tries++) {
        seg_invented_field *field = &fields[below(w, count)];
        if (is_certain(w, field) || !is_open(w, field)) continue;
        seg_buffer_format(w->out, "%s is %s", field->name, chance(w, 50) ? "known" : "missing");
        return;
    }
    fallback(w);
}

static void test_segment(writer *w) {
    if (w->scope != NULL || w->schema->segment_count == 0) {
        count_facts(w);
        return;
    }
    seg_buffer_format(w->out, "%sin %s", chance(w, 30) ? "not " : "",
                      w->schema->segments[below(w, w->schema->segment_count)]);
}

/* Who the profile is. */
static void test_identity(writer *w) {
    if (w->scope != NULL) {
        fallback(w);
        return;
    }
    const char *salt = PICK(w, "", "a", "exp-42", "a salt that is longer than thirty-two bytes");
    uint32_t kind = below(w, 3);
    if (kind == 0)
        seg_buffer_format(w->out, "%sin list \"%s\"", chance(w, 30) ? "not " : "",
                          PICK(w, "some.csv", "other.csv"));
    else if (kind == 1)
        seg_buffer_format(w->out, "holdout(%s, \"%s\")", PICK(w, "10%", "50%", "0.01%", "99.5%"), salt);
    else
        seg_buffer_format(w->out, "bucket(\"%s\")%s%u", salt, comparison(w), below(w, 10000));
}

/* ---- Conditions: the most frequent value -------------------- */

static void test_frequent(writer *w) {
    static const seg_type types[] = {SEG_TEXT,    SEG_TEXT,  SEG_ENUM, SEG_INT,
                                     SEG_DECIMAL, SEG_FLOAT, SEG_BOOL, SEG_DATE};
    seg_invented_field *field;
    seg_invented_event *source = find_source_with(w, types[below(w, 8)], &field);
    if (w->scope != NULL || source == NULL) {
        fallback(w);
        return;
    }
    seg_buffer_format(w->out, "(%s frequent(%s.%s, ", chance(w, 60) ? "most" : "least", source->name,
                      field->name);
    window(w);
    where(w, source, 30);
    text(w, ") ?? ");
    seg_invented_literal(w->schema, field, w->out);
    text(w, chance(w, 60) ? ") == " : ") != ");
    seg_invented_literal(w->schema, field, w->out);
}

/* ---- Conditions: for each value of a field -------------------- */

static void test_values(writer *w) {
    static const seg_type types[] = {SEG_TEXT, SEG_TEXT, SEG_TEXT, SEG_ENUM,
                                     SEG_INT,  SEG_BOOL, SEG_DATE, SEG_FLOAT};
    seg_invented_field *field;
    seg_invented_event *source = find_source_with(w, types[below(w, 8)], &field);
    if (w->scope != NULL || w->each != NULL || source == NULL || w->depth >= DEPTH_LIMIT) {
        fallback(w);
        return;
    }
    bool counted = chance(w, 30);
    seg_buffer_format(w->out,
                      counted         ? "count of %s where ("
                      : chance(w, 60) ? "(for some %s: "
                                      : "(for each %s: ",
                      field->name);
    w->each = field;
    w->depth += 2;
    if (chance(w, 30)) text(w, "not ");
    chance(w, 50) ? count_facts(w) : compare_counted(w);
    if (chance(w, 60)) {
        text(w, chance(w, 70) ? " and " : " or ");
        condition(w, 1 + below(w, 3));
    }
    w->depth -= 2;
    w->each = NULL;
    text(w, ")");
    if (counted) seg_buffer_format(w->out, "%s%u", comparison(w), below(w, 3));
}

/* ---- Conditions: proofs that something is known -------------------- */

static seg_invented_field *unproven(writer *w) {
    seg_invented_field *fields = w->scope != NULL ? w->scope->fields : w->schema->attributes;
    uint32_t count = w->scope != NULL ? w->scope->field_count : w->schema->attribute_count;
    for (uint32_t tries = 0; tries < 6 && count > 0; tries++) {
        seg_invented_field *field = &fields[below(w, count)];
        if (field->optional && !field->proven && field->type != SEG_ZONE && is_open(w, field)) return field;
    }
    return NULL;
}

static void test_proven(writer *w, const seg_invented_field *proven) {
    static void (*const tests[])(writer *) = {
        [SEG_BOOL] = test_bool,        [SEG_INT] = compare_numbers, [SEG_DECIMAL] = compare_numbers,
        [SEG_FLOAT] = compare_numbers, [SEG_TEXT] = test_text,      [SEG_ENUM] = test_enum,
        [SEG_TIME] = test_time,        [SEG_DATE] = test_date,      [SEG_DURATION] = test_duration,
        [SEG_SET] = test_set};
    tests[proven->type](w);
}

static void prove_field(writer *w) {
    seg_invented_field *field = unproven(w);
    if (field == NULL) {
        fallback(w);
        return;
    }
    bool conjunction = chance(w, 60);
    seg_buffer_format(w->out, "(%s %s ", field->name, conjunction ? "is known and" : "is missing or");
    field->proven = true;
    test_proven(w, field);
    field->proven = false;
    text(w, ")");
}

/* A window that proves itself: its anchor, if any, is plain. */
static void proving_window(writer *w) {
    seg_invented_field *field = find_value(w, SEG_TIME);
    if (field != NULL && !field->optional && chance(w, 25))
        seg_buffer_format(w->out, "%s %s", PICK(w, "since", "within 30d of", "within 1mo of"), field->name);
    else if (chance(w, 25))
        text(w, PICK(w, "ever", "today", "this month", "last 2 complete weeks", "60d to 30d ago",
                     "6mo to 1mo ago", "2ms to 1ms ago", "last 3"));
    else
        duration(w, false);
}

/* any ev(W where C) and avg(ev.f, W where C) > 1: the window is written once and used twice. */
static void prove_window(writer *w) {
    static const seg_type types[] = {SEG_INT, SEG_DECIMAL, SEG_FLOAT};
    seg_invented_field *field;
    seg_invented_event *source = find_source_with(w, types[below(w, 3)], &field);
    if (w->scope != NULL || source == NULL || field->optional) {
        fallback(w);
        return;
    }
    seg_buffer window_text;
    seg_buffer_init(&window_text, NULL);
    seg_buffer *outer = w->out;
    w->out = &window_text;
    proving_window(w);
    if (chance(w, 15)) pairs(w, source);
    where(w, source, 30);
    w->out = outer;
    int size = (int)window_text.size_bytes;
    const char *form = PICK(w, "(any %s(%.*s) and ", "(no %s(%.*s) or ", "(%s(%.*s) >= 1 and ",
                            "(%s(%.*s) > 0 and ", "(%s(%.*s) < 1 or ");
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    seg_buffer_format(w->out, form, source->name, size, window_text.bytes);
#pragma GCC diagnostic pop
    if (chance(w, 20))
        seg_buffer_format(w->out, "1 / %s(%.*s)", source->name, size, window_text.bytes);
    else
        seg_buffer_format(w->out, "%s(%s.%s, %.*s)", PICK(w, "avg", "min", "max", "first", "last"),
                          source->name, field->name, size, window_text.bytes);
    text(w, comparison(w));
    seg_invented_literal(w->schema, field, w->out);
    text(w, ")");
    seg_buffer_free(&window_text);
}

static void prove_last(writer *w) {
    if (w->scope != NULL) {
        fallback(w);
        return;
    }
    seg_invented_event *source = find_source(w);
    const char *end = chance(w, 70) ? "last" : "first";
    bool conjunction = chance(w, 60);
    seg_buffer_format(w->out, conjunction ? "(any %s(ever) and " : "(no %s(ever) or ", source->name);
    seg_invented_field *field = find_field(w, source->fields, source->field_count, SEG_ENUM);
    if (field != NULL && !field->optional && chance(w, 40)) {
        seg_buffer_format(w->out, "%s(%s.%s) == ", end, source->name, field->name);
        seg_invented_literal(w->schema, field, w->out);
    } else {
        seg_buffer_format(w->out, "%s(%s)", end, source->name);
        age_test(w, false);
    }
    text(w, ")");
}

/* ---- Conditions -------------------- */

static void weigh(writer *w) {
    if (w->scope != NULL) {
        fallback(w);
        return;
    }
    seg_invented_event *source = find_source(w);
    seg_buffer_format(w->out, "decayed(%s, half life ", source->name);
    exact_duration(w);
    where(w, source, 30);
    seg_buffer_format(w->out, ")%s%s", PICK(w, " < ", " <= ", " > ", " >= "),
                      PICK(w, "0.5", "1", "1", "2", "1.5", "3.25", "0.001", "0.25", "0", "4"));
}

/* An attribute or a number that became another. */
static void test_changed(writer *w) {
    uint32_t count = w->schema->attribute_count;
    seg_invented_field *field = count > 0 ? &w->schema->attributes[below(w, count)] : NULL;
    text(w, "changed(");
    w->past++;
    if (field != NULL && field->has_history && field->type != SEG_SET && chance(w, 60))
        text(w, field->name);
    else if (chance(w, 50))
        number(w, number_type(w));
    else
        condition(w, 1);
    w->past--;
    seg_buffer_format(w->out, ")%s within last ", chance(w, 25) ? " not" : "");
    exact_duration(w);
}

static void look_back(writer *w) {
    uint32_t kind = below(w, 5);
    if (kind == 4 && may_look_back(w)) {
        test_changed(w);
        return;
    }
    if (!may_look_back(w) || (kind > 0 && w->schema->segment_count == 0)) {
        fallback(w);
        return;
    }
    if (kind == 0) {
        text(w, "(");
        w->past++;
        condition(w, 1 + below(w, 3));
        w->past--;
        text(w, " as of ");
        exact_duration(w);
        text(w, " ago)");
        return;
    }
    const char *segment = w->schema->segments[below(w, w->schema->segment_count)];
    if (kind == 1)
        seg_buffer_format(w->out, "%sin %s for ", chance(w, 25) ? "not " : "", segment);
    else
        seg_buffer_format(w->out, "%s(%s)%s within last ", kind == 2 ? "entered" : "exited", segment,
                          chance(w, 25) ? " not" : "");
    exact_duration(w);
}

static void leaf(writer *w) {
    static void (*const leaves[])(writer *) = {count_facts,
                                               count_facts,
                                               count_facts,
                                               count_facts,
                                               count_facts,
                                               compare_numbers,
                                               compare_numbers,
                                               compare_numbers,
                                               compare_counted,
                                               compare_counted,
                                               compare_aggregate,
                                               compare_aggregate,
                                               compare_aggregate,
                                               test_list,
                                               test_text,
                                               test_text,
                                               test_enum,
                                               test_set,
                                               test_bool,
                                               test_duration,
                                               test_part,
                                               test_part,
                                               test_part,
                                               test_time,
                                               test_time,
                                               test_date,
                                               test_missing,
                                               test_segment,
                                               test_segment,
                                               prove_field,
                                               prove_field,
                                               prove_window,
                                               prove_window,
                                               prove_last,
                                               look_back,
                                               look_back,
                                               test_identity,
                                               weigh,
                                               weigh,
                                               test_values,
                                               test_values,
                                               test_values,
                                               test_frequent,
                                               test_frequent};
    leaves[below(w, (uint32_t)(sizeof leaves / sizeof *leaves))](w);
}

static void condition(writer *w, uint32_t budget) {
    if (budget <= 1 || w->depth >= DEPTH_LIMIT) {
        w->depth++;
        leaf(w);
        w->depth--;
        return;
    }
    w->depth++;
    uint32_t left = 1 + below(w, budget - 1);
    uint32_t kind = below(w, 100);
    bool grouped = kind >= 84 || chance(w, 60);
    text(w, grouped ? "(" : "");
    if (kind < 12) {
        text(w, "not (");
        condition(w, budget - 1);
        text(w, ")");
    } else if (kind < 84) {
        condition(w, left);
        text(w, kind < 48 ? " and " : " or ");
        condition(w, budget - left);
    } else {
        text(w, "if ");
        condition(w, 1);
        text(w, " then ");
        condition(w, left);
        text(w, " else ");
        condition(w, budget - left);
    }
    text(w, grouped ? ")" : "");
    w->depth--;
}

void seg_invented_condition(seg_invented *schema, uint32_t budget, seg_buffer *out) {
    writer w = {.schema = schema, .out = out};
    condition(&w, budget);
}

void seg_invented_latch(seg_invented *schema, seg_buffer *out) {
    writer w = {.schema = schema, .out = out, .depth = 2};
    text(&w, "enter when ");
    condition(&w, 1 + below(&w, 2));
    text(&w, " exit when ");
    condition(&w, 1 + below(&w, 2));
    if (chance(&w, 50)) {
        text(&w, " stay at least ");
        exact_duration(&w);
    }
    if (chance(&w, 50)) {
        text(&w, " cooldown ");
        exact_duration(&w);
    }
}

/* ---- Events made of events -------------------- */

void seg_invented_declare_sequence(seg_invented *schema, seg_buffer *out) {
    writer w = {.schema = schema, .out = out, .depth = 2};
    seg_invented_event *source = find_source(&w);
    char name[16];
    snprintf(name, sizeof name, "%c_sq%u", 'a' + (int)below(&w, 26), schema->source_count);
    if (chance(&w, 25)) {
        seg_buffer_format(out, "event %s = sessions of %s with gap %s\n", name, source->name,
                          PICK(&w, "30m", "1ms", "1d", "1mo"));
    } else {
        seg_buffer_format(out, "event %s = %s%s", name, source->name, chance(&w, 15) ? " a" : "");
        uint32_t happened = 1;
        for (uint32_t i = 0, count = below(&w, 4); i < count; i++) {
            bool none = chance(&w, 35), is_last = i + 1 == count;
            seg_invented_event *next = find_source(&w);
            seg_buffer_format(out, " then %s%s", none ? "no " : "", next->name);
            bounds(&w, source, next, none, none && is_last);
            happened += !none;
            if (!none) source = next;
            if (none && is_last) break;
            if (none) { /* something must follow, so that it stands between two events */
                next = find_source(&w);
                seg_buffer_format(out, " then %s", next->name);
                bounds(&w, source, next, false, false);
                source = next;
                happened++;
            }
        }
        if (happened > 1 && chance(&w, 30))
            seg_buffer_format(out, " all within %s", PICK(&w, "1h", "3d", "40d"));
        text(&w, "\n");
    }
    seg_invented_event *made = &schema->sources[schema->source_count++];
    *made = *source;
    snprintf(made->name, sizeof made->name, "%s", name);
}

void seg_invented_define(seg_invented *schema, seg_buffer *out) {
    writer w = {.schema = schema, .out = out};
    static const seg_invented_use uses[] = {SEG_USE_INT, SEG_USE_DECIMAL, SEG_USE_BOOL, SEG_USE_OF_WINDOW,
                                            SEG_USE_OF_NUMBER};
    seg_invented_name *name = seg_invented_name_it(schema, "df", uses[below(&w, 5)]);
    w.depth = 2;
    if (name->use == SEG_USE_OF_WINDOW)
        seg_buffer_format(out, "define %s(w: window) = %s(w)", name->name, find_source(&w)->name);
    else if (name->use == SEG_USE_OF_NUMBER) {
        seg_buffer_format(out, "define %s(n: number) = ", name->name);
        facts(&w);
        text(&w, comparison(&w));
        text(&w, "n");
    } else {
        seg_buffer_format(out, "define %s = ", name->name);
        if (name->use == SEG_USE_BOOL)
            condition(&w, 2);
        else
            number(&w, name->use == SEG_USE_INT ? SEG_INT : SEG_DECIMAL);
    }
    text(&w, "\n");
    schema->name_count++; /* only now: a define does not speak of itself */
}
