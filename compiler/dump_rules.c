/* dump_rules.c - typed rules as text, one line per declaration.
 *
 * (operator operand …) was written, {operator …} was made by the compiler. @name is an attribute, .name a
 * field; a `?` behind it: it may be missing here. Windows stand in [ ]. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "constant.h"
#include "rule.h"
#include "types.h"

typedef struct dump {
    const seg_rules *rules;
    seg_buffer *out;
} dump;

static void put(dump *d, const char *text) { seg_buffer_text(d->out, text); }
static void put_text(dump *d, seg_text text) { seg_buffer_add(d->out, text.bytes, text.size_bytes); }

static void put_quoted(dump *d, seg_text text) {
    put(d, "\"");
    for (size_t i = 0; i < text.size_bytes; i++) {
        unsigned char byte = (unsigned char)text.bytes[i];
        if (byte == '"' || byte == '\\')
            seg_buffer_format(d->out, "\\%c", byte);
        else if (byte < 0x20 || byte == 0x7F)
            seg_buffer_format(d->out, "\\x%02x", byte);
        else
            seg_buffer_add(d->out, &text.bytes[i], 1);
    }
    put(d, "\"");
}

static void put_duration(dump *d, seg_rule_duration duration) {
    put(d, seg_duration_describe(duration).text);
}

/* ---- Dates (proleptic Gregorian), from days since 1970 --------------------------------------- */

static void put_date(dump *d, int64_t days) {
    int64_t shifted = days + 719468; /* from 0000-03-01 */
    int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    int64_t of_era = shifted - era * 146097;
    int64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month = (5 * of_year + 2) / 153;
    int64_t day = of_year - (153 * month + 2) / 5 + 1;
    month = month < 10 ? month + 3 : month - 9;
    seg_buffer_format(d->out, "%04" PRId64 "-%02" PRId64 "-%02" PRId64,
                      year_of_era + era * 400 + (month <= 2), month, day);
}

static void put_time(dump *d, int64_t instant) {
    int64_t days = instant / SEG_DAY_MS, ms = instant % SEG_DAY_MS;
    if (ms < 0) {
        ms += SEG_DAY_MS;
        days--;
    }
    put_date(d, days);
    seg_buffer_format(d->out, "T%02d:%02d:%02d.%03dZ", (int)(ms / 3600000), (int)(ms / 60000 % 60),
                      (int)(ms / 1000 % 60), (int)(ms % 1000));
}

static void put_decimal(dump *d, int64_t word, unsigned scale) {
    uint64_t magnitude = word < 0 ? 0 - (uint64_t)word : (uint64_t)word, power = 1;
    for (unsigned i = 0; i < scale; i++) power *= 10;
    seg_buffer_format(d->out, "%s%" PRIu64, word < 0 ? "-" : "", magnitude / power);
    if (scale > 0) seg_buffer_format(d->out, ".%0*" PRIu64, (int)scale, magnitude % power);
}

/* As few digits as give the same float back. */
static void put_float(dump *d, double value) {
    char digits[40];
    for (int precision = 15; precision <= 17; precision++) {
        snprintf(digits, sizeof digits, "%.*g", precision, value);
        if (strtod(digits, NULL) == value) break;
    }
    seg_buffer_format(d->out, "%sf", digits);
}

static void put_constant(dump *d, seg_rule_type type, const seg_rule_const *constant) {
    const seg_value *value = &constant->value;
    if (!value->known) {
        put(d, "missing");
        return;
    }
    switch (type.type) {
    case SEG_BOOL: put(d, value->as.i != 0 ? "true" : "false"); break;
    case SEG_DECIMAL: put_decimal(d, value->as.i, type.scale); break;
    case SEG_FLOAT: put_float(d, value->as.f); break;
    case SEG_TEXT:
    case SEG_ZONE: put_quoted(d, value->as.text); break;
    case SEG_ENUM: put_text(d, type.enumeration->names[value->as.i]); break;
    case SEG_TIME: put_time(d, value->as.i); break;
    case SEG_DATE: put_date(d, value->as.i); break;
    case SEG_DURATION:
        put_duration(d, constant->duration.months != 0 ? constant->duration
                                                       : (seg_rule_duration){0, value->as.i});
        break;
    case SEG_SET:
        put(d, "[");
        for (size_t i = 0; i < value->as.set.count; i++) {
            if (i > 0) put(d, ", ");
            put_quoted(d, value->as.set.items[i]);
        }
        put(d, "]");
        break;
    default: seg_buffer_format(d->out, "%" PRId64, value->as.i);
    }
}

static void put_type(dump *d, seg_rule_type type) {
    static const char *const names[] = {
        [SEG_BOOL] = "bool",         [SEG_INT] = "int",         [SEG_FLOAT] = "float",
        [SEG_TEXT] = "text",         [SEG_TIME] = "time",       [SEG_DATE] = "date",
        [SEG_DURATION] = "duration", [SEG_SET] = "set of text", [SEG_ZONE] = "timezone",
    };
    if (type.type == SEG_DECIMAL) {
        seg_buffer_format(d->out, "decimal(%u)", type.scale);
    } else if (type.type == SEG_ENUM && type.enumeration != NULL) {
        for (uint32_t i = 0; i < type.enumeration->count; i++) {
            if (i > 0) put(d, " | ");
            put_text(d, type.enumeration->names[i]);
        }
    } else {
        put(d, names[type.type]);
    }
    if (type.optional) put(d, "?");
}

/* ---- Rules ----------------------------------------------------------------------------------- */

static void put_rule(dump *d, const seg_rule *rule, const seg_rule_facts *facts);

static void put_facts(dump *d, const seg_rule_facts *facts);

static void put_pair(dump *d, const seg_rule_pair *pair, const seg_rule_facts *facts) {
    put(d, pair->negated ? ", not" : ",");
    put(d, pair->preceded ? " preceded by" : " followed by");
    put_facts(d, pair->others);
    if (pair->between) put(d, " before it");
    if (pair->bounded) {
        put(d, " within ");
        put_duration(d, pair->least);
        put(d, " to ");
        put_duration(d, pair->most);
        if (!pair->by_time) put(d, " in order");
    }
    for (uint32_t i = 0; i < pair->same_count; i++) {
        put(d, i == 0 ? " with same " : ", ");
        put_rule(d, pair->here[i], facts);
    }
    if (pair->whole_ms == SEG_NEVER) return;
    put(d, " all within ");
    put_duration(d, (seg_rule_duration){0, pair->whole_ms});
}

static void put_later(dump *d, uint32_t months) {
    if (months != 0) seg_buffer_format(d->out, " from month %u", months + 1);
}

static void put_facts(dump *d, const seg_rule_facts *facts) {
    static const char *const unit_names[] = {"days",   "weeks",    "weeks from Sunday",
                                             "months", "quarters", "years"};
    put(d, " [");
    for (uint32_t i = 0; i < facts->event_count; i++) {
        if (i > 0) put(d, " | ");
        put_text(d, d->rules->events[facts->events[i]].name);
    }
    switch (facts->window) {
    case SEG_RULE_EVER: put(d, ", ever"); break;
    case SEG_RULE_ROLLING:
        put(d, ", ");
        put_duration(d, facts->from);
        if (facts->to.months != 0 || facts->to.ms != 0) {
            put(d, " to ");
            put_duration(d, facts->to);
            put(d, " ago");
        }
        break;
    case SEG_RULE_CALENDAR:
        seg_buffer_format(d->out, ", calendar %s", unit_names[seg_rule_unit_plain(facts->unit)]);
        put_later(d, seg_rule_unit_later(facts->unit));
        seg_buffer_format(d->out, " %d to %d", facts->first, facts->end);
        if (facts->zone != NULL) {
            put(d, " in ");
            put_rule(d, facts->zone, NULL);
        }
        break;
    case SEG_RULE_SINCE:
        put(d, ", since ");
        put_rule(d, facts->anchor, NULL);
        break;
    case SEG_RULE_FEW: seg_buffer_format(d->out, ", last %u", facts->newest); break;
    default:
        put(d, ", within ");
        put_duration(d, facts->from);
        put(d, " of ");
        put_rule(d, facts->anchor, NULL);
    }
    if (facts->where != NULL) {
        put(d, ", where ");
        put_rule(d, facts->where, facts);
    }
    for (uint32_t i = 0; i < facts->pair_count; i++) put_pair(d, &facts->pairs[i], facts);
    if (facts->key != NULL) {
        put(d, ", the same ");
        put_rule(d, facts->key, facts);
    }
    if (facts->delay_ms != 0) {
        put(d, ", after ");
        put_duration(d, (seg_rule_duration){0, facts->delay_ms});
    }
    put(d, "]");
}

static const char *operator_of(uint8_t kind) {
    static const char *const names[] = {
        [SEG_RULE_NOT] = "not",
        [SEG_RULE_AND] = "and",
        [SEG_RULE_OR] = "or",
        [SEG_RULE_IF] = "if",
        [SEG_RULE_EQ] = "==",
        [SEG_RULE_NE] = "!=",
        [SEG_RULE_LT] = "<",
        [SEG_RULE_LE] = "<=",
        [SEG_RULE_GT] = ">",
        [SEG_RULE_GE] = ">=",
        [SEG_RULE_ADD] = "+",
        [SEG_RULE_SUB] = "-",
        [SEG_RULE_MUL] = "*",
        [SEG_RULE_NEG] = "neg",
        [SEG_RULE_DIV] = "/",
        [SEG_RULE_MOD] = "mod",
        [SEG_RULE_CONVERT] = "to",
        [SEG_RULE_COALESCE] = "??",
        [SEG_RULE_MISSING] = "missing",
        [SEG_RULE_IN] = "in",
        [SEG_RULE_CONTAINS] = "contains",
        [SEG_RULE_STARTS] = "starts",
        [SEG_RULE_ENDS] = "ends",
        [SEG_RULE_MATCHES] = "matches",
        [SEG_RULE_HAS] = "has",
        [SEG_RULE_BUCKET] = "bucket",
        [SEG_RULE_REACHED] = "reached",
        [SEG_RULE_DATE_REACHED] = "date_reached",
        [SEG_RULE_COUNT] = "count",
        [SEG_RULE_ANY] = "any",
        [SEG_RULE_SUM] = "sum",
        [SEG_RULE_AVG] = "avg",
        [SEG_RULE_MIN] = "min",
        [SEG_RULE_MAX] = "max",
        [SEG_RULE_DISTINCT] = "distinct",
        [SEG_RULE_ACTIVE_DAYS] = "active_days",
        [SEG_RULE_SOME] = "for_some",
        [SEG_RULE_EVERY] = "for_each",
        [SEG_RULE_TALLY] = "count_of",
        [SEG_RULE_MOST] = "most_frequent",
        [SEG_RULE_LEAST] = "least_frequent",
        [SEG_RULE_FIRST] = "first",
        [SEG_RULE_LAST] = "last",
        [SEG_RULE_AS_OF] = "as_of",
        [SEG_RULE_HELD] = "held",
        [SEG_RULE_ENTERED] = "entered",
        [SEG_RULE_LEFT] = "exited",
        [SEG_RULE_CHANGED] = "changed",
        [SEG_RULE_DECAYED] = "decayed",
        [SEG_RULE_LATCH] = "latch",
        [SEG_RULE_PART] = "part",
        [SEG_RULE_GIVEN] = "given",
        [SEG_RULE_MODEL] = "model",
        [SEG_RULE_YEARS] = "years",
        [SEG_RULE_PLACE] = "place",
        [SEG_RULE_NATIVE] = "native",
        [SEG_RULE_GAP] = "gap",
        [SEG_RULE_PART_IN] = "part_in",
        [SEG_RULE_FELLOWS] = "fellows",
    };
    return names[kind];
}

static bool put_leaf(dump *d, const seg_rule *rule, const seg_rule_facts *facts) {
    switch (rule->kind) {
    case SEG_RULE_CONST: put_constant(d, rule->type, &rule->constant); return true;
    case SEG_RULE_ATTRIBUTE:
        put(d, "@");
        put_text(d, d->rules->attributes[rule->index].name);
        break;
    case SEG_RULE_FIELD:
        if (facts == NULL) return true; /* fields stand only inside facts */
        put(d, ".");
        put_text(d, d->rules->events[facts->events[0]].fields[rule->fields[0]].name);
        break;
    case SEG_RULE_TIME: put(d, "time"); return true;
    case SEG_RULE_NOW: put(d, "now"); return true;
    case SEG_RULE_SEGMENT:
        put(d, "in ");
        put_text(d, d->rules->segments[rule->index].name);
        return true;
    default: return false;
    }
    if (rule->type.optional) put(d, "?");
    return true;
}

static void put_figure(dump *d, uint32_t figure) {
    switch ((int32_t)figure) {
    case SEG_FIGURE_RANK: put(d, " rank"); break;
    case SEG_FIGURE_FROM_TOP: put(d, " from top"); break;
    case SEG_FIGURE_FROM_BOTTOM: put(d, " from bottom"); break;
    case SEG_FIGURE_COUNT: put(d, " count"); break;
    default: seg_buffer_format(d->out, " of %u", figure);
    }
}

static void put_name(dump *d, seg_text name) {
    put(d, " ");
    put_text(d, name);
}

static void put_details(dump *d, const seg_rule *rule) {
    static const char *const parts[] = {"hour", "weekday",     "day",  "month",  "year",
                                        "date", "day of year", "week", "quarter"};
    static const char *const units[] = {" day", " week", " sunday_week", " month", " quarter", " year"};
    switch (rule->kind) {
    case SEG_RULE_PART:
        put(d, " ");
        put(d, parts[seg_rule_part_plain(rule->index)]);
        put_later(d, seg_rule_part_later(rule->index));
        break;
    case SEG_RULE_ACTIVE_DAYS:
        if (rule->index != SEG_RULE_DAY) put(d, units[seg_rule_unit_plain(rule->index)]);
        put_later(d, seg_rule_unit_later(rule->index));
        break;
    case SEG_RULE_GAP:
        put(d, rule->index == SEG_RULE_LONGEST    ? " longest"
               : rule->index == SEG_RULE_SHORTEST ? " shortest"
                                                  : " average");
        break;
    case SEG_RULE_YEARS:
        put(d, rule->index == SEG_RULE_AGE ? " age" : rule->index == SEG_RULE_NEWEST ? " newest" : " coming");
        break;
    case SEG_RULE_PLACE: put_figure(d, rule->index); break;
    case SEG_RULE_FELLOWS: put_name(d, d->rules->groups[rule->index].name); break;
    case SEG_RULE_CONVERT:
        put(d, " ");
        put_type(d, (seg_rule_type){.type = rule->type.type, .scale = rule->type.scale});
        break;
    case SEG_RULE_REACHED:
    case SEG_RULE_DATE_REACHED:
    case SEG_RULE_AS_OF:
    case SEG_RULE_HELD:
    case SEG_RULE_ENTERED:
    case SEG_RULE_LEFT:
    case SEG_RULE_CHANGED:
        put(d, " ");
        put_duration(d, rule->duration);
        break;
    case SEG_RULE_DECAYED: seg_buffer_format(d->out, " %" PRId64, rule->constant.value.as.i); break;
    case SEG_RULE_LATCH:
        put(d, " stay ");
        put_duration(d, rule->duration);
        put(d, " cooldown ");
        put_duration(d, rule->pause);
        break;
    case SEG_RULE_MODEL: put_name(d, d->rules->models[rule->index]->name); break;
    case SEG_RULE_NATIVE:
    case SEG_RULE_BUCKET:
        put(d, " ");
        put_quoted(d, rule->pattern);
        break;
    case SEG_RULE_MATCHES:
        put(d, " /");
        put_text(d, rule->pattern);
        put(d, rule->ignore_case ? "/i" : "/");
        break;
    case SEG_RULE_IN:
        put(d, " [");
        for (uint32_t i = 0; i < rule->list_count; i++) {
            if (i > 0) put(d, ", ");
            put_constant(d, rule->operands[0]->type, &rule->list[i]);
        }
        put(d, "]");
        break;
    default: break;
    }
}

static void put_rule(dump *d, const seg_rule *rule, const seg_rule_facts *facts) {
    if (put_leaf(d, rule, facts)) return;
    put(d, rule->written ? "(" : "{");
    put(d, operator_of(rule->kind));
    if (rule->type.optional) put(d, "?");
    const seg_rule_facts *inner = rule->facts != NULL ? rule->facts : facts;
    for (uint32_t i = 0; i < rule->operand_count; i++) {
        put(d, " ");
        put_rule(d, rule->operands[i], inner);
    }
    put_details(d, rule);
    if (rule->facts != NULL) put_facts(d, rule->facts);
    put(d, rule->written ? ")" : "}");
}

/* ---- Declarations ---------------------------------------------------------------------------- */

static void put_field(dump *d, const seg_rule_field *field) {
    put_text(d, field->name);
    put(d, ": ");
    put_type(d, field->type);
    if (field->has_default) {
        put(d, " = ");
        put_constant(d, field->type, &field->default_value);
    }
    if (field->history.months != 0 || field->history.ms != 0) {
        put(d, " history ");
        put_duration(d, field->history);
    }
}

static void put_declarations(dump *d) {
    const seg_rules *rules = d->rules;
    put(d, "zone ");
    put_text(d, rules->zone.name);
    seg_buffer_format(d->out, ", %u changes\nduplicates within ", rules->zone.transition_count);
    put_duration(d, (seg_rule_duration){0, rules->duplicates_ms});
    put(d, "\n");
    for (uint32_t i = 0; i < rules->attribute_count; i++) {
        put(d, "attribute ");
        put_field(d, &rules->attributes[i]);
        put(d, "\n");
    }
    for (uint32_t i = 0; i < rules->event_count; i++) {
        const seg_rule_event *event = &rules->events[i];
        put(d, "event ");
        put_text(d, event->name);
        put(d, " from ");
        put_quoted(d, event->source);
        put(d, " {");
        for (uint32_t f = 0; f < event->field_count; f++) {
            put(d, f == 0 ? " " : ", ");
            put_field(d, &event->fields[f]);
        }
        put(d, event->field_count > 0 ? " }\n" : "}\n");
    }
}

static void put_columns(dump *d, const seg_rule_columns *columns) {
    static const char *const roles[] = {
        [SEG_COLUMN_PROFILE] = "profile", [SEG_COLUMN_TIME] = "time", [SEG_COLUMN_MESSAGE] = "id"};
    bool is_profile = columns->event == SEG_NONE;
    put(d, "columns ");
    put_text(d, is_profile ? seg_text_of("profile") : d->rules->events[columns->event].name);
    put(d, " from ");
    put_quoted(d, columns->pattern);
    for (uint32_t i = 0; i < columns->column_count; i++) {
        const seg_rule_column *column = &columns->columns[i];
        put(d, i == 0 ? " { " : ", ");
        if (column->role != SEG_COLUMN_FIELD)
            put(d, roles[column->role]);
        else
            put_text(d, is_profile ? d->rules->attributes[column->field].name
                                   : d->rules->events[columns->event].fields[column->field].name);
        put(d, column->is_constant ? " is " : " = ");
        put_quoted(d, column->column);
    }
    put(d, " }\n");
}

static void put_step(dump *d, const seg_rule_step *step) {
    const seg_rule_field *fields =
        step->kind == SEG_STEP_EVENT ? d->rules->events[step->event].fields : d->rules->attributes;
    put(d, "  ");
    if (step->time == SEG_TIME_MIN)
        put(d, "before everything");
    else
        put_time(d, step->time);
    switch (step->kind) {
    case SEG_STEP_PROFILE: put(d, " profile"); break;
    case SEG_STEP_EVENT:
        put(d, " ");
        put_text(d, d->rules->events[step->event].name);
        break;
    case SEG_STEP_EXPECT: put(d, step->negated ? " not in " : " in "); break;
    default: put(d, step->negated ? " exits " : " enters ");
    }
    if (step->segment != SEG_NONE) put_text(d, d->rules->segments[step->segment].name);
    for (uint32_t i = 0; i < step->setting_count; i++) {
        const seg_rule_setting *setting = &step->settings[i];
        seg_rule_const constant = {.value = setting->value};
        put(d, i == 0 ? " { " : ", ");
        put_text(d, fields[setting->field].name);
        put(d, ": ");
        put_constant(d, fields[setting->field].type, &constant);
    }
    put(d, step->setting_count > 0 ? " }\n" : "\n");
}

static void put_segments(dump *d, const uint32_t *list, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        put(d, i == 0 ? " " : ", ");
        put_text(d, d->rules->segments[list[i]].name);
    }
}

static void put_policy(dump *d, const seg_rule_policy *policy) {
    static const char *const verbs[] = {" imply ", " exclude", " disjoint"};
    put(d, "policy ");
    put_text(d, policy->name);
    put(d, ":");
    put_segments(d, policy->segments, policy->segment_count);
    put(d, verbs[policy->kind]);
    if (policy->condition != NULL) put_rule(d, policy->condition, NULL);
    put_segments(d, policy->others, policy->other_count);
    put(d, "\n");
}

void seg_dump_rules(const seg_rules *rules, seg_buffer *out) {
    dump d = {rules, out};
    put_declarations(&d);
    for (uint32_t i = 0; i < rules->segment_count; i++) {
        put(&d, "segment ");
        put_text(&d, rules->segments[i].name);
        put(&d, ": ");
        put_rule(&d, rules->segments[i].rule, NULL);
        put(&d, "\n");
    }
    for (uint32_t i = 0; i < rules->policy_count; i++) put_policy(&d, &rules->policies[i]);
    for (uint32_t i = 0; i < rules->columns_count; i++) put_columns(&d, &rules->columns[i]);
    for (uint32_t i = 0; i < rules->test_count; i++) {
        put(&d, "test ");
        put_quoted(&d, rules->tests[i].name);
        put(&d, "\n");
        for (uint32_t s = 0; s < rules->tests[i].step_count; s++) put_step(&d, &rules->tests[i].steps[s]);
    }
}
