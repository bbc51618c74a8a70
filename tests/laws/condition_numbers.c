/* condition_numbers.c - random numbers of each type, never missing. */
#include <stdio.h>
#include <string.h>

#include "writing.h"

/* ---- Numbers -------------------- */

/* A source with a field of the type; NULL: none was met. */
seg_invented_event *seg_write_find_source_with(writer *w, seg_type type, seg_invented_field **field) {
    for (int i = 0; i < 4; i++) {
        seg_invented_event *source = seg_write_find_source(w);
        *field = seg_write_find_field(w, source->fields, source->field_count, type);
        if (*field != NULL) return source;
    }
    return NULL;
}

/* sum(ev.field, window where …), made known where it may be missing. */
bool seg_write_aggregate(writer *w, seg_type type) {
    seg_invented_field *field;
    seg_invented_event *source = seg_write_find_source_with(w, type, &field);
    if (source == NULL || w->scope != NULL) return false;
    const char *verb = PICK(w, "sum", "sum", "min", "max", "first", "last");
    bool is_sum = strcmp(verb, "sum") == 0;
    seg_buffer_format(w->out, "%s%s(%s.%s%s, ", is_sum ? "" : "(", verb, source->name, field->name,
                      !field->optional && chance(w, 15) ? PICK(w, " * 2", " + 1", " - 3") : "");
    seg_write_window_of(w, source);
    seg_write_where(w, source, 30);
    text(w, ")");
    if (is_sum) return true;
    text(w, " ?? ");
    seg_invented_literal(w->schema, field, w->out);
    text(w, ")");
    return true;
}

bool seg_write_counted(writer *w) {
    static const seg_type types[] = {SEG_TEXT,  SEG_TEXT, SEG_INT,  SEG_ENUM, SEG_DECIMAL,
                                     SEG_FLOAT, SEG_TIME, SEG_DATE, SEG_BOOL};
    seg_invented_field *field;
    seg_invented_event *source = seg_write_find_source_with(w, types[below(w, 9)], &field);
    const seg_invented_name *name = seg_write_find_name(w, SEG_USE_OF_WINDOW);
    if (name != NULL && chance(w, 15)) {
        seg_buffer_format(w->out, "%s(", name->name);
        seg_write_window(w);
    } else if (source != NULL && chance(w, 50)) {
        if (chance(w, 20))
            seg_buffer_format(w->out, "distinct(%s of %s.time, ",
                              w->schema->has_fiscal && chance(w, 30)
                                  ? PICK(w, "fiscal quarter", "fiscal year")
                                  : PICK(w, "hour", "month", "date", "weekday"),
                              source->name);
        else
            seg_buffer_format(w->out, "distinct(%s.%s, ", source->name, field->name);
        seg_write_window_of(w, source);
        seg_write_where(w, source, 30);
    } else if (chance(w, 20)) {
        source = seg_write_find_source(w);
        seg_buffer_format(w->out, "active %s(%s, ",
                          w->schema->has_fiscal && chance(w, 40)
                              ? PICK(w, "fiscal quarters", "fiscal years")
                              : PICK(w, "days", "days", "weeks", "months", "quarters", "years"),
                          source->name);
        seg_write_window_of(w, source);
        seg_write_where(w, source, 30);
    } else {
        seg_write_facts(w);
        return true;
    }
    text(w, ")");
    return true;
}

void seg_write_average(writer *w) {
    static const seg_type types[] = {SEG_INT, SEG_DECIMAL, SEG_FLOAT};
    seg_invented_field *field;
    seg_invented_event *source = seg_write_find_source_with(w, types[below(w, 3)], &field);
    if (source == NULL || w->scope != NULL) {
        seg_write_literal_of(w, SEG_FLOAT);
        return;
    }
    seg_buffer_format(w->out, "(avg(%s.%s, ", source->name, field->name);
    seg_write_window_of(w, source);
    seg_write_where(w, source, 25);
    text(w, ") ?? 0.5)");
}

static void quotient(writer *w) {
    bool by_constant = chance(w, 40);
    text(w, by_constant ? "(" : "((");
    seg_write_number(w, chance(w, 50) ? SEG_INT : SEG_DECIMAL);
    if (by_constant) {
        seg_buffer_format(w->out, " / %s)", PICK(w, "2", "3", "7", "10", "0.5"));
        return;
    }
    text(w, " / ");
    seg_write_counted(w); /* not a constant: 0 would be refused */
    seg_buffer_format(w->out, ") ?? %s)", PICK(w, "0.0", "1.0", "0.5"));
}

static void remainder_of(writer *w, seg_type type) {
    bool by_constant = chance(w, 60);
    text(w, by_constant ? "(" : "((");
    seg_write_number(w, type);
    if (by_constant) {
        seg_buffer_format(w->out, " mod %s)",
                          type == SEG_INT ? PICK(w, "2", "3", "7", "(-3)", "10")
                                          : PICK(w, "2", "0.5", "0.75"));
        return;
    }
    text(w, " mod ");
    seg_write_counted(w);
    text(w, ") ?? 0)");
}

static void arithmetic(writer *w, seg_type type) {
    const char *op = PICK(w, " + ", " + ", " - ", " - ", " * ");
    text(w, "(");
    if (strcmp(op, " * ") == 0) { /* scales add: at most one side is decimal */
        seg_write_number(w, type);
        seg_buffer_format(w->out, " * ");
        seg_write_number(w, type == SEG_FLOAT ? SEG_FLOAT : SEG_INT);
    } else {
        seg_write_number(w, type);
        text(w, op);
        seg_write_number(w, chance(w, 70) || type == SEG_INT ? type : SEG_INT);
    }
    text(w, ")");
}

/* A length that is the same at every instant. */
void seg_write_exact_duration(writer *w) {
    text(w, PICK(w, "1ms", "2ms", "1s", "90s", "15m", "1h30m", "24h", "25h", "1d", "36h", "3d", "7d", "7d",
                 "14d", "30d", "31d", "60d", "2d1ms"));
}

bool seg_write_may_look_back(const writer *w) {
    return w->scope == NULL && w->past < 2 && w->depth < DEPTH_LIMIT;
}

static void number_as_of(writer *w, seg_type type) {
    text(w, "(");
    w->past++;
    seg_write_number(w, type);
    w->past--;
    text(w, " as of ");
    seg_write_exact_duration(w);
    text(w, " ago)");
}

static void choice_of_numbers(writer *w, seg_type type) {
    text(w, "(if ");
    seg_write_condition(w, 1);
    text(w, " then ");
    seg_write_number(w, type);
    text(w, " else ");
    seg_write_number(w, type);
    text(w, ")");
}

/* seg_write_points(3 for …, x for …) */
void seg_write_points(writer *w, seg_type type) {
    text(w, "points(");
    for (uint32_t i = 0, count = 1 + below(w, 3); i < count; i++) {
        text(w, i > 0 ? ", " : "");
        if (chance(w, 70))
            seg_write_literal_of(w, type);
        else
            seg_write_number(w, type);
        text(w, " for ");
        seg_write_condition(w, 1);
    }
    text(w, ")");
}

/* A number of the type (a decimal of any scale), never missing. */
void seg_write_number(writer *w, seg_type type) {
    uint32_t kind = w->depth >= DEPTH_LIMIT ? 40 + below(w, 50) : below(w, 100);
    seg_invented_field *field = seg_write_find_value(w, type);
    const seg_invented_name *name = seg_write_find_name(w, type == SEG_INT ? SEG_USE_INT : SEG_USE_DECIMAL);
    w->depth++;
    if (seg_write_may_look_back(w) && chance(w, 8))
        number_as_of(w, type);
    else if (type == SEG_FLOAT && chance(w, 10) && seg_write_model(w)) {
    } else if (w->schema->has_natives && chance(w, 8) && seg_write_native(w, type)) {
    } else if (kind < 12)
        type != SEG_FLOAT &&chance(w, 25) ? remainder_of(w, type) : arithmetic(w, type);
    else if (kind < 16)
        chance(w, 50) ? choice_of_numbers(w, type) : seg_write_points(w, type);
    else if (kind < 19) {
        text(w, "(-");
        seg_write_number(w, type);
        text(w, ")");
    } else if (kind < 60 && field != NULL)
        seg_write_value(w, field);
    else if (kind < 66 && name != NULL && type != SEG_FLOAT && w->scope == NULL)
        text(w, name->name);
    else if (kind < 72 || w->scope != NULL)
        seg_write_literal_of(w, type);
    else if (type == SEG_FLOAT && chance(w, 60))
        chance(w, 50) ? seg_write_average(w) : quotient(w);
    else if (type != SEG_INT || chance(w, 30)) {
        if (!seg_write_aggregate(w, type)) seg_write_literal_of(w, type);
    } else
        seg_write_counted(w);
    w->depth--;
}

seg_type seg_write_number_type(writer *w) {
    static const seg_type types[] = {SEG_INT, SEG_INT, SEG_DECIMAL, SEG_FLOAT};
    return types[below(w, 4)];
}
