/* condition.c - random conditions over a schema: every operator of the language, well typed by
 * construction, missing values handled in each of the ways that the language knows. */
#include <stdio.h>
#include <string.h>

#include "writing.h"

/* ---- Conditions: the most frequent value -------------------- */

static void test_frequent(writer *w) {
    static const seg_type types[] = {SEG_TEXT,    SEG_TEXT,  SEG_ENUM, SEG_INT,
                                     SEG_DECIMAL, SEG_FLOAT, SEG_BOOL, SEG_DATE};
    seg_invented_field *field;
    seg_invented_event *source = seg_write_find_source_with(w, types[below(w, 8)], &field);
    if (w->scope != NULL || source == NULL) {
        seg_write_fallback(w);
        return;
    }
    seg_buffer_format(w->out, "(%s frequent(%s.%s, ", chance(w, 60) ? "most" : "least", source->name,
                      field->name);
    seg_write_window(w);
    seg_write_where(w, source, 30);
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
    seg_invented_event *source = seg_write_find_source_with(w, types[below(w, 8)], &field);
    if (w->scope != NULL || w->each != NULL || source == NULL || w->depth >= DEPTH_LIMIT) {
        seg_write_fallback(w);
        return;
    }
    bool counted = chance(w, 30);
    if (counted && chance(w, 30)) { /* one condition needs no brackets */
        seg_buffer_format(w->out, "count of %s where %s", field->name, chance(w, 60) ? "any " : "no ");
        w->each = field;
        seg_write_facts(w);
        w->each = NULL;
        seg_buffer_format(w->out, "%s%u", seg_write_comparison(w), below(w, 3));
        return;
    }
    seg_buffer_format(w->out,
                      counted         ? "count of %s where ("
                      : chance(w, 60) ? "(for some %s: "
                                      : "(for each %s: ",
                      field->name);
    w->each = field;
    w->depth += 2;
    if (chance(w, 30)) text(w, "not ");
    chance(w, 50) ? seg_write_count_facts(w) : seg_write_compare_counted(w);
    if (chance(w, 60)) {
        text(w, chance(w, 70) ? " and " : " or ");
        seg_write_condition(w, 1 + below(w, 3));
    }
    w->depth -= 2;
    w->each = NULL;
    text(w, ")");
    if (counted) seg_buffer_format(w->out, "%s%u", seg_write_comparison(w), below(w, 3));
}

/* ---- Conditions: proofs that something is known -------------------- */

static seg_invented_field *unproven(writer *w) {
    seg_invented_field *fields = w->scope != NULL ? w->scope->fields : w->schema->attributes;
    uint32_t count = w->scope != NULL ? w->scope->field_count : w->schema->attribute_count;
    for (uint32_t tries = 0; tries < 6 && count > 0; tries++) {
        seg_invented_field *field = &fields[below(w, count)];
        if (field->optional && !field->proven && field->type != SEG_ZONE && seg_write_is_open(w, field))
            return field;
    }
    return NULL;
}

static void test_proven(writer *w, const seg_invented_field *proven) {
    static void (*const tests[])(writer *) = {
        [SEG_BOOL] = seg_write_test_bool,          [SEG_INT] = seg_write_compare_numbers,
        [SEG_DECIMAL] = seg_write_compare_numbers, [SEG_FLOAT] = seg_write_compare_numbers,
        [SEG_TEXT] = seg_write_test_text,          [SEG_ENUM] = seg_write_test_enum,
        [SEG_TIME] = seg_write_test_time,          [SEG_DATE] = seg_write_test_date,
        [SEG_DURATION] = seg_write_test_duration,  [SEG_SET] = seg_write_test_set};
    tests[proven->type](w);
}

static void prove_field(writer *w) {
    seg_invented_field *field = unproven(w);
    if (field == NULL) {
        seg_write_fallback(w);
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
    seg_invented_field *field = seg_write_find_value(w, SEG_TIME);
    if (field != NULL && !field->optional && chance(w, 25))
        seg_buffer_format(w->out, "%s %s", PICK(w, "since", "within 30d of", "within 1mo of"), field->name);
    else if (chance(w, 25))
        text(w, PICK(w, "ever", "today", "this month", "last 2 complete weeks", "60d to 30d ago",
                     "6mo to 1mo ago", "2ms to 1ms ago", "last 3"));
    else
        seg_write_duration(w, false);
}

/* any ev(W where C) and avg(ev.f, W where C) > 1: the window is written once and used twice. */
static void prove_window(writer *w) {
    static const seg_type types[] = {SEG_INT, SEG_DECIMAL, SEG_FLOAT};
    seg_invented_field *field;
    seg_invented_event *source = seg_write_find_source_with(w, types[below(w, 3)], &field);
    if (w->scope != NULL || source == NULL || field->optional) {
        seg_write_fallback(w);
        return;
    }
    seg_buffer window_text;
    seg_buffer_init(&window_text, NULL);
    seg_buffer *outer = w->out;
    w->out = &window_text;
    proving_window(w);
    if (chance(w, 15)) seg_write_pairs(w, source);
    seg_write_where(w, source, 30);
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
    text(w, seg_write_comparison(w));
    seg_invented_literal(w->schema, field, w->out);
    text(w, ")");
    seg_buffer_free(&window_text);
}

static void prove_last(writer *w) {
    if (w->scope != NULL) {
        seg_write_fallback(w);
        return;
    }
    seg_invented_event *source = seg_write_find_source(w);
    const char *end = chance(w, 70) ? "last" : "first";
    bool conjunction = chance(w, 60);
    seg_buffer_format(w->out, conjunction ? "(any %s(ever) and " : "(no %s(ever) or ", source->name);
    seg_invented_field *field = seg_write_find_field(w, source->fields, source->field_count, SEG_ENUM);
    if (field != NULL && !field->optional && chance(w, 40)) {
        seg_buffer_format(w->out, "%s(%s.%s) == ", end, source->name, field->name);
        seg_invented_literal(w->schema, field, w->out);
    } else {
        seg_buffer_format(w->out, "%s(%s)", end, source->name);
        seg_write_age_test(w, false);
    }
    text(w, ")");
}

/* ---- Conditions -------------------- */

static void weigh(writer *w) {
    if (w->scope != NULL) {
        seg_write_fallback(w);
        return;
    }
    seg_invented_event *source = seg_write_find_source(w);
    seg_buffer_format(w->out, "decayed(%s, half life ", source->name);
    seg_write_exact_duration(w);
    seg_write_where(w, source, 30);
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
        seg_write_number(w, seg_write_number_type(w));
    else
        seg_write_condition(w, 1);
    w->past--;
    seg_buffer_format(w->out, ")%s within last ", chance(w, 25) ? " not" : "");
    seg_write_exact_duration(w);
}

static void look_back(writer *w) {
    uint32_t kind = below(w, 5);
    if (kind == 4 && seg_write_may_look_back(w)) {
        test_changed(w);
        return;
    }
    if (!seg_write_may_look_back(w) || (kind > 0 && w->schema->segment_count == 0)) {
        seg_write_fallback(w);
        return;
    }
    if (kind == 0) {
        text(w, "(");
        w->past++;
        seg_write_condition(w, 1 + below(w, 3));
        w->past--;
        text(w, " as of ");
        seg_write_exact_duration(w);
        text(w, " ago)");
        return;
    }
    const char *segment = w->schema->segments[below(w, w->schema->segment_count)];
    if (kind == 1)
        seg_buffer_format(w->out, "%sin %s for ", chance(w, 25) ? "not " : "", segment);
    else
        seg_buffer_format(w->out, "%s(%s)%s within last ", kind == 2 ? "entered" : "exited", segment,
                          chance(w, 25) ? " not" : "");
    seg_write_exact_duration(w);
}

static void leaf(writer *w) {
    static void (*const leaves[])(writer *) = {seg_write_count_facts,
                                               seg_write_count_facts,
                                               seg_write_count_facts,
                                               seg_write_count_facts,
                                               seg_write_count_facts,
                                               seg_write_compare_numbers,
                                               seg_write_compare_numbers,
                                               seg_write_compare_numbers,
                                               seg_write_compare_counted,
                                               seg_write_compare_counted,
                                               seg_write_compare_aggregate,
                                               seg_write_compare_aggregate,
                                               seg_write_compare_aggregate,
                                               seg_write_test_list,
                                               seg_write_test_text,
                                               seg_write_test_text,
                                               seg_write_test_enum,
                                               seg_write_test_set,
                                               seg_write_test_bool,
                                               seg_write_test_duration,
                                               seg_write_test_part,
                                               seg_write_test_part,
                                               seg_write_test_part,
                                               seg_write_test_time,
                                               seg_write_test_time,
                                               seg_write_test_date,
                                               seg_write_test_years,
                                               seg_write_test_missing,
                                               seg_write_test_segment,
                                               seg_write_test_segment,
                                               prove_field,
                                               prove_field,
                                               prove_window,
                                               prove_window,
                                               prove_last,
                                               look_back,
                                               look_back,
                                               seg_write_test_identity,
                                               seg_write_test_native,
                                               seg_write_test_model,
                                               seg_write_test_model,
                                               weigh,
                                               weigh,
                                               test_values,
                                               test_values,
                                               test_values,
                                               test_frequent,
                                               test_frequent};
    leaves[below(w, (uint32_t)(sizeof leaves / sizeof *leaves))](w);
}

void seg_write_condition(writer *w, uint32_t budget) {
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
        seg_write_condition(w, budget - 1);
        text(w, ")");
    } else if (kind < 84) {
        seg_write_condition(w, left);
        text(w, kind < 48 ? " and " : " or ");
        seg_write_condition(w, budget - left);
    } else {
        text(w, "if ");
        seg_write_condition(w, 1);
        text(w, " then ");
        seg_write_condition(w, left);
        text(w, " else ");
        seg_write_condition(w, budget - left);
    }
    text(w, grouped ? ")" : "");
    w->depth--;
}

void seg_invented_condition(seg_invented *schema, uint32_t budget, seg_buffer *out) {
    writer w = {.schema = schema, .out = out};
    seg_write_condition(&w, budget);
}

bool seg_invented_trend(seg_invented *schema, seg_buffer *out) {
    writer w = {.schema = schema, .out = out};
    const seg_invented_field *field = NULL;
    for (uint32_t i = 0; i < schema->attribute_count; i++) {
        const seg_invented_field *at = &schema->attributes[i];
        bool is_number = at->type == SEG_INT || at->type == SEG_DECIMAL || at->type == SEG_FLOAT;
        if (is_number && at->has_history && at->optional && (field == NULL || chance(&w, 50))) field = at;
    }
    if (field == NULL) return false;
    seg_buffer_format(out, "%s%s%s(%s as of ", field->name, PICK(&w, " < ", " <= ", " > ", " >= "),
                      PICK(&w, "", "2 * ", "1 + ", "-"), field->name);
    seg_write_exact_duration(&w);
    text(&w, " ago)");
    if (chance(&w, 30)) seg_buffer_format(out, " - %s", field->name);
    if (chance(&w, 60)) {
        text(&w, PICK(&w, " and ", " or "));
        seg_write_condition(&w, 1 + below(&w, 3));
    }
    return true;
}

void seg_invented_latch(seg_invented *schema, seg_buffer *out) {
    writer w = {.schema = schema, .out = out, .depth = 2};
    text(&w, "enter when ");
    seg_write_condition(&w, 1 + below(&w, 2));
    text(&w, " exit when ");
    seg_write_condition(&w, 1 + below(&w, 2));
    if (chance(&w, 50)) {
        text(&w, " stay at least ");
        seg_write_exact_duration(&w);
    }
    if (chance(&w, 50)) {
        text(&w, " cooldown ");
        seg_write_exact_duration(&w);
    }
}

/* ---- Events made of events -------------------- */

void seg_invented_declare_sequence(seg_invented *schema, seg_buffer *out) {
    writer w = {.schema = schema, .out = out, .depth = 2};
    seg_invented_event *source = seg_write_find_source(&w);
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
            seg_invented_event *next = seg_write_find_source(&w);
            seg_buffer_format(out, " then %s%s", none ? "no " : "", next->name);
            seg_write_bounds(&w, source, next, none, none && is_last);
            happened += !none;
            if (!none) source = next;
            if (none && is_last) break;
            if (none) { /* something must follow, so that it stands between two events */
                next = seg_write_find_source(&w);
                seg_buffer_format(out, " then %s", next->name);
                seg_write_bounds(&w, source, next, false, false);
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
        seg_buffer_format(out, "define %s(w: window) = %s(w)", name->name, seg_write_find_source(&w)->name);
    else if (name->use == SEG_USE_OF_NUMBER) {
        seg_buffer_format(out, "define %s(n: number) = ", name->name);
        seg_write_facts(&w);
        text(&w, seg_write_comparison(&w));
        text(&w, "n");
    } else {
        seg_buffer_format(out, "define %s = ", name->name);
        if (name->use == SEG_USE_BOOL)
            seg_write_condition(&w, 2);
        else
            seg_write_number(&w, name->use == SEG_USE_INT ? SEG_INT : SEG_DECIMAL);
    }
    text(&w, "\n");
    schema->name_count++; /* only now: a define does not speak of itself */
}
