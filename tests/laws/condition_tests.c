/* condition_tests.c - random conditions without other conditions in them: one function per kind. */
#include <stdio.h>
#include <string.h>

#include "writing.h"

/* ---- Conditions: the leaves -------------------- */

static void part_subject(writer *w, bool may_be_date) {
    seg_invented_field *field = may_be_date && chance(w, 30) ? seg_write_find_value(w, SEG_DATE) : NULL;
    if (field != NULL)
        seg_write_value(w, field);
    else if (w->scope != NULL && chance(w, 60))
        text(w, "time");
    else if (w->scope == NULL && w->schema->uses_now && chance(w, 60))
        text(w, "now");
    else
        seg_write_time_value(w);
    if (field == NULL) seg_write_in_zone(w);
}

/* Parts of time: of now, of a time or a date of the profile, of the event itself. */
void seg_write_test_part(writer *w) {
    switch (below(w, 11)) {
    case 8:
        text(w, "day of year of ");
        part_subject(w, true);
        seg_buffer_format(w->out, "%s%u", seg_write_comparison(w), 1 + below(w, 366));
        break;
    case 9:
        text(w, "week of ");
        part_subject(w, true);
        seg_buffer_format(w->out, "%s%u", seg_write_comparison(w), 1 + below(w, 53));
        break;
    case 10:
        text(w, w->schema->has_fiscal && chance(w, 60) ? "fiscal quarter of " : "quarter of ");
        part_subject(w, true);
        seg_buffer_format(w->out, "%s%u", seg_write_comparison(w), 1 + below(w, 4));
        break;
    case 0:
    case 1:
        text(w, "hour of ");
        part_subject(w, false);
        seg_buffer_format(w->out, "%s%u", seg_write_comparison(w), below(w, 25));
        break;
    case 2:
        text(w, "weekday of ");
        part_subject(w, true);
        text(w, PICK(w, " in [saturday, sunday]", " == monday", " not in [friday]", " < 6", " != sunday"));
        break;
    case 3:
        text(w, "day of month of ");
        part_subject(w, true);
        seg_buffer_format(w->out, "%s%u", seg_write_comparison(w), 1 + below(w, 31));
        break;
    case 4:
        text(w, "month of ");
        part_subject(w, true);
        seg_buffer_format(w->out, "%s%u", seg_write_comparison(w), 1 + below(w, 12));
        break;
    case 5:
        text(w, w->schema->has_fiscal && chance(w, 60) ? "fiscal year of " : "year of ");
        part_subject(w, true);
        seg_buffer_format(w->out, "%s%u", seg_write_comparison(w), 2023 + below(w, 4));
        break;
    case 6:
        text(w, "date of ");
        part_subject(w, false);
        text(w, seg_write_comparison(w));
        seg_write_literal_of(w, SEG_DATE);
        break;
    default:
        if (w->scope != NULL) {
            text(w, "time");
            text(w, seg_write_comparison(w));
            seg_write_literal_of(w, SEG_TIME);
            break;
        }
        seg_invented_field *field = seg_write_find_value(w, SEG_DATE);
        if (field == NULL)
            seg_write_literal_of(w, SEG_DATE);
        else
            seg_write_value(w, field);
        text(w, seg_write_comparison(w));
        if (w->schema->uses_now)
            text(w, "today");
        else
            seg_write_literal_of(w, SEG_DATE);
    }
}

void seg_write_fallback(writer *w) {
    if (w->scope != NULL) {
        seg_write_number(w, SEG_INT);
        text(w, seg_write_comparison(w));
        seg_write_number(w, SEG_INT);
        return;
    }
    seg_write_facts(w);
    seg_buffer_format(w->out, "%s%u", seg_write_comparison(w), below(w, 4));
}

void seg_write_compare_numbers(writer *w) {
    seg_type type = seg_write_number_type(w);
    seg_write_number(w, type);
    if (chance(w, 15)) {
        text(w, chance(w, 30) ? " not between " : " between ");
        seg_write_literal_of(w, type);
        text(w, " and ");
        seg_write_number(w, chance(w, 70) ? type : SEG_INT);
        return;
    }
    text(w, seg_write_comparison(w));
    if (chance(w, 50))
        seg_write_literal_of(w, type);
    else
        seg_write_number(w, chance(w, 80) ? type : seg_write_number_type(w));
}

void seg_write_count_facts(writer *w) {
    if (w->scope != NULL) {
        seg_write_compare_numbers(w);
        return;
    }
    if (chance(w, 40)) {
        text(w, chance(w, 50) ? "any " : "no ");
        seg_write_facts(w);
        return;
    }
    const seg_invented_name *name = seg_write_find_name(w, SEG_USE_OF_NUMBER);
    if (name != NULL && chance(w, 10)) {
        seg_buffer_format(w->out, "%s(%u)", name->name, below(w, 4));
        return;
    }
    seg_write_facts(w);
    seg_buffer_format(w->out, "%s%u", seg_write_comparison(w), below(w, 5));
}

/* Counts of any kind against a small number. */
void seg_write_compare_counted(writer *w) {
    if (w->scope != NULL) {
        seg_write_compare_numbers(w);
        return;
    }
    seg_write_counted(w);
    seg_buffer_format(w->out, "%s%u", seg_write_comparison(w), 1 + below(w, 3));
}

/* Sums, extremes and averages against a number of their kind. */
void seg_write_compare_aggregate(writer *w) {
    seg_type type = seg_write_number_type(w);
    if (w->scope != NULL || (type == SEG_FLOAT && chance(w, 50))) {
        if (w->scope == NULL)
            seg_write_average(w);
        else
            seg_write_number(w, type);
    } else if (!seg_write_aggregate(w, type)) {
        seg_write_fallback(w);
        return;
    }
    text(w, seg_write_comparison(w));
    seg_write_literal_of(w, type);
}

static void maybe_caseless(writer *w) {
    if (chance(w, 25)) text(w, " ignoring case");
}

static void list_of(writer *w, const seg_invented_field *field) {
    text(w, "[");
    for (uint32_t i = 0, count = below(w, 4); i <= count; i++) {
        text(w, i == 0 ? "" : ", ");
        seg_invented_literal(w->schema, field, w->out);
    }
    text(w, "]");
}

void seg_write_test_list(writer *w) {
    static const seg_type types[] = {SEG_INT, SEG_TEXT, SEG_TEXT, SEG_ENUM, SEG_ENUM, SEG_DATE, SEG_DECIMAL};
    seg_invented_field *field = seg_write_find_value(w, types[below(w, 7)]);
    if (field == NULL) {
        seg_write_fallback(w);
        return;
    }
    seg_write_value(w, field);
    text(w, chance(w, 30) ? " not in " : " in ");
    list_of(w, field);
    if (field->type == SEG_TEXT) maybe_caseless(w);
}

/* A text that is never missing: of the profile, the event, or the newest event. */
static bool text_value(writer *w) {
    seg_invented_field *field = seg_write_find_value(w, SEG_TEXT);
    if (field != NULL && chance(w, 80)) {
        seg_write_value(w, field);
        return true;
    }
    seg_invented_event *source = seg_write_find_source_with(w, SEG_TEXT, &field);
    if (source == NULL || w->scope != NULL) return false;
    seg_buffer_format(w->out, "(%s(%s.%s) ?? ", chance(w, 70) ? "last" : "first", source->name, field->name);
    seg_invented_text_literal(w->schema, w->out);
    text(w, ")");
    return true;
}

static void version(writer *w) {
#define VERSION(w)                                                                                           \
    PICK(w, "2.9", "2.10", "2.9.0-beta.1", "2.9-beta", "v3.0.0", "0", "2.9-rc+a", "0.0.0.0.1", "2.9-rc.0")
    if (chance(w, 20))
        seg_buffer_format(w->out, " version%s between \"%s\" and \"%s\"", chance(w, 30) ? " not" : "",
                          VERSION(w), VERSION(w));
    else
        seg_buffer_format(w->out, " version%s\"%s\"", chance(w, 25) ? " != " : seg_write_comparison(w),
                          VERSION(w));
#undef VERSION
}

void seg_write_test_text(writer *w) {
    if (!text_value(w)) {
        seg_write_fallback(w);
        return;
    }
    uint32_t kind = below(w, 7);
    if (kind == 6)
        version(w);
    else if (kind == 0)
        seg_buffer_format(w->out, " matches %s",
                          PICK(w, "/^promo-[0-9]+$/", "/pr/i", "/^$/", "/[a-c]|x/", "/^\\/(pricing|about)?$/",
                               "/\\d{1,2}$/", "/gr.n/", "/PROMO/i", "/(o|a)+$/", "/^[^\\/]*$/", "/\\w \\w/",
                               "/^.$/", "/.*/", "/sk(in)?care/"));
    else if (kind == 1) {
        text(w, chance(w, 50) ? " == " : " != ");
        seg_invented_text_literal(w->schema, w->out);
        maybe_caseless(w);
    } else {
        const seg_invented_name *name = seg_write_find_name(w, SEG_USE_TEXT);
        text(w, PICK(w, " contains ", " not contains ", " starts with ", " starts with ", " ends with "));
        if (chance(w, 40)) /* a part of a text of the histories, and not all of it */
            text(w, PICK(w, "\"care\"", "\"1\"", "\"mo-\"", "\"pro\"", "\"/pric\"", "\"y\"", "\"line\"",
                         "\"77\""));
        else if (name != NULL && chance(w, 30))
            text(w, name->name);
        else
            seg_invented_text_literal(w->schema, w->out);
        maybe_caseless(w);
    }
}

void seg_write_test_enum(writer *w) {
    seg_invented_field *field = seg_write_find_value(w, SEG_ENUM);
    if (field == NULL) {
        seg_write_fallback(w);
        return;
    }
    seg_write_value(w, field);
    text(w, chance(w, 60) ? " == " : " != ");
    seg_invented_literal(w->schema, field, w->out);
}

void seg_write_test_set(writer *w) {
    seg_invented_field *field = seg_write_find_value(w, SEG_SET);
    if (field == NULL) {
        seg_write_fallback(w);
        return;
    }
    if (!seg_write_is_certain(w, field)) seg_buffer_format(w->out, "%s is known and ", field->name);
    if (chance(w, 30)) {
        seg_buffer_format(w->out, "%s contains ", field->name);
        seg_invented_text_literal(w->schema, w->out);
        return;
    }
    seg_buffer_format(w->out, "%s %s of ", field->name, PICK(w, "any", "any", "all", "none"));
    seg_invented_field item = {.type = SEG_TEXT};
    list_of(w, &item);
}

void seg_write_test_bool(writer *w) {
    seg_invented_field *field = seg_write_find_value(w, SEG_BOOL);
    const seg_invented_name *name = seg_write_find_name(w, SEG_USE_BOOL);
    if (name != NULL && w->scope == NULL && chance(w, 30)) {
        text(w, name->name);
        return;
    }
    if (field == NULL) {
        seg_write_fallback(w);
        return;
    }
    seg_write_value(w, field);
    if (chance(w, 20))
        seg_buffer_format(w->out, " %s %s", chance(w, 50) ? "==" : "!=", chance(w, 50) ? "true" : "false");
}

/* longest gap(ev, window where …), of nothing or one: nothing. */
static void gap(writer *w) {
    seg_invented_event *source = seg_write_find_source(w);
    seg_buffer_format(w->out, "(%s gap(%s, ", PICK(w, "longest", "shortest", "average"), source->name);
    seg_write_window_of(w, source);
    seg_write_where(w, source, 30);
    seg_buffer_format(w->out, ") ?? %s)", PICK(w, "0d", "2h", "30d"));
}

void seg_write_test_duration(writer *w) {
    seg_invented_field *field = seg_write_find_value(w, SEG_DURATION);
    if (w->scope == NULL && chance(w, 50)) {
        gap(w);
        seg_buffer_format(w->out, "%s%s", seg_write_comparison(w),
                          PICK(w, "1h", "30d", "1ms", "1d12h", "7d", "0d"));
        return;
    }
    if (field == NULL) {
        seg_write_fallback(w);
        return;
    }
    seg_write_value(w, field);
    seg_buffer_format(w->out, "%s%s", seg_write_comparison(w), PICK(w, "1h", "30d", "1ms", "1d12h"));
}

/* Tests that now takes part in. */
void seg_write_age_test(writer *w, bool whole_days) {
    uint32_t kind = below(w, 6);
    if (kind < 2) {
        seg_buffer_format(w->out, "%s within %s ", chance(w, 25) ? " not" : "", kind == 0 ? "last" : "next");
        seg_write_duration(w, whole_days);
        return;
    }
    text(w, kind % 2 == 0 ? " more than " : " less than ");
    seg_write_duration(w, whole_days);
    text(w, kind < 4 ? " ago" : " ahead");
}

void seg_write_test_time(writer *w) {
    seg_write_time_value(w);
    if (w->scope != NULL || chance(w, 20)) {
        text(w, seg_write_comparison(w));
        if (chance(w, 50))
            seg_write_literal_of(w, SEG_TIME);
        else
            seg_write_time_value(w);
        return;
    }
    seg_write_age_test(w, false);
}

void seg_write_test_date(writer *w) {
    seg_invented_field *field = seg_write_find_value(w, SEG_DATE);
    if (field == NULL) {
        seg_write_fallback(w);
        return;
    }
    seg_write_value(w, field);
    if (w->scope == NULL && chance(w, 70)) {
        seg_write_age_test(w, true);
        return;
    }
    text(w, seg_write_comparison(w));
    seg_write_literal_of(w, SEG_DATE);
}

/* Ages, and tests of anniversaries, of a date or a time. */
void seg_write_test_years(writer *w) {
    seg_invented_field *field = chance(w, 80) ? seg_write_find_value(w, SEG_DATE) : NULL;
    if (w->scope != NULL || !w->schema->uses_now) {
        seg_write_fallback(w);
        return;
    }
    uint32_t kind = below(w, 6);
    text(w, kind < 3 ? "age(" : kind == 3 ? "today == anniversary(" : "anniversary(");
    if (field != NULL)
        seg_write_value(w, field);
    else
        seg_write_time_value(w);
    text(w, ")");
    seg_write_in_zone(w);
    if (kind == 0) seg_buffer_format(w->out, " + %u", below(w, 2));
    if (kind < 3)
        seg_buffer_format(w->out, "%s%u", seg_write_comparison(w), below(w, 4));
    else if (kind > 3) {
        seg_buffer_format(w->out, "%s within %s ", chance(w, 25) ? " not" : "", kind == 4 ? "last" : "next");
        seg_write_duration(w, true);
    }
}

void seg_write_test_missing(writer *w) {
    seg_invented_field *fields = w->scope != NULL ? w->scope->fields : w->schema->attributes;
    uint32_t count = w->scope != NULL ? w->scope->field_count : w->schema->attribute_count;
    for (uint32_t tries = 0; tries < 8 && count > 0; tries++) {
        seg_invented_field *field = &fields[below(w, count)];
        if (seg_write_is_certain(w, field) || !seg_write_is_open(w, field)) continue;
        seg_buffer_format(w->out, "%s is %s", field->name, chance(w, 50) ? "known" : "missing");
        return;
    }
    seg_write_fallback(w);
}

void seg_write_test_segment(writer *w) {
    if (w->scope != NULL || w->schema->segment_count == 0) {
        seg_write_count_facts(w);
        return;
    }
    seg_buffer_format(w->out, "%sin %s", chance(w, 30) ? "not " : "",
                      w->schema->segments[below(w, w->schema->segment_count)]);
}

/* Who the profile is. */
void seg_write_test_identity(writer *w) {
    if (w->scope != NULL) {
        seg_write_fallback(w);
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
        seg_buffer_format(w->out, "bucket(\"%s\")%s%u", salt, seg_write_comparison(w), below(w, 10000));
}
