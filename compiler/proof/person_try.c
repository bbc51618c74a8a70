/* person_try.c - the person as the engine sees them, and as a reader does. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../constant.h"
#include "../types.h"
#include "person.h"

/* ---- The engine's word ----------------------------------------------------------------------- */

static seg_status put(seg_vm *vm, seg_state *state, const seg_rules *rules, const seg_rule_step *step,
                      uint32_t index, seg_value *fields) {
    uint64_t tie = ((uint64_t)index + 1) << 32;
    seg_status status = SEG_OK;
    if (step->kind == SEG_STEP_PROFILE) {
        for (uint32_t i = 0; i < step->setting_count && !status; i++)
            status = seg_put_attribute(vm, state, step->settings[i].field, &step->settings[i].value,
                                       step->time, tie, 0, step->time, NULL, NULL);
        return status;
    }
    memset(fields, 0, rules->events[step->event].field_count * sizeof *fields);
    for (uint32_t i = 0; i < step->setting_count; i++)
        fields[step->settings[i].field] = step->settings[i].value;
    seg_event event = {.event = step->event, .time = step->time, .tie = tie, .fields = fields};
    return seg_put_event(vm, state, &event, step->time, NULL, NULL);
}

seg_status seg_person_try(const seg_person *person, const seg_rules *rules, const seg_image *image,
                          uint32_t segment, bool *is_member) {
    seg_vm *vm = NULL;
    seg_state state = {0};
    uint32_t widest = 1;
    *is_member = false;
    for (uint32_t i = 0; i < rules->event_count; i++)
        if (rules->events[i].field_count > widest) widest = rules->events[i].field_count;
    seg_value *fields = calloc(widest, sizeof *fields);
    seg_status status = fields != NULL ? seg_vm_new(&vm, image, NULL, NULL) : SEG_E_MEMORY;
    if (!status) status = seg_state_init(vm, &state);
    if (!status) status = seg_state_identify(vm, &state, person->id);
    for (uint32_t i = 0; i < person->step_count && !status; i++) {
        if (person->steps[i].time > person->now) break;
        status = put(vm, &state, rules, &person->steps[i], i, fields);
    }
    if (!status) status = seg_settle(vm, &state, person->now, SEG_CAUSE_TIME, (seg_sink){0});
    int64_t valid_until;
    if (!status) status = seg_evaluate(vm, &state, segment, person->now, is_member, &valid_until);
    if (vm != NULL) seg_state_free(vm, &state);
    seg_vm_free(vm);
    free(fields);
    return status;
}

/* ---- The reader's ---------------------------------------------------------------------------- */

static void write_date(int64_t day, seg_buffer *out) {
    int64_t z = day + 719468, era = (z >= 0 ? z : z - 146096) / 146097, e = z - era * 146097;
    int64_t year = (e - e / 1460 + e / 36524 - e / 146096) / 365,
            of_year = e - (365 * year + year / 4 - year / 100);
    int64_t m = (5 * of_year + 2) / 153, date = of_year - (153 * m + 2) / 5 + 1,
            month = m < 10 ? m + 3 : m - 9;
    seg_buffer_format(out, "%04" PRId64 "-%02" PRId64 "-%02" PRId64, year + era * 400 + (month <= 2), month,
                      date);
}

void seg_person_write_time(int64_t instant, seg_buffer *out) {
    int64_t day = instant / SEG_DAY_MS - (instant % SEG_DAY_MS < 0), ms = instant - day * SEG_DAY_MS;
    write_date(day, out);
    seg_buffer_format(out, "T%02d:%02d", (int)(ms / 3600000), (int)(ms / 60000 % 60));
    if (ms % 60000 != 0) seg_buffer_format(out, ":%02d", (int)(ms / 1000 % 60));
    if (ms % 1000 != 0) seg_buffer_format(out, ".%03d", (int)(ms % 1000));
    seg_buffer_text(out, "Z");
}

/* As few digits as give the same float back, without an exponent. */
static void write_float(double value, seg_buffer *out) {
    char digits[400];
    for (int precision = 0; precision <= 60; precision++) {
        snprintf(digits, sizeof digits, "%.*f", precision, value);
        if (strtod(digits, NULL) == value) break;
    }
    seg_buffer_text(out, digits);
}

static void write_decimal(int64_t word, unsigned scale, seg_buffer *out) {
    uint64_t magnitude = word < 0 ? 0 - (uint64_t)word : (uint64_t)word, power = 1;
    for (unsigned i = 0; i < scale; i++) power *= 10;
    seg_buffer_format(out, "%s%" PRIu64, word < 0 ? "-" : "", magnitude / power);
    if (scale > 0) seg_buffer_format(out, ".%0*" PRIu64, (int)scale, magnitude % power);
}

static void write_value(seg_rule_type type, const seg_value *value, seg_buffer *out) {
    switch (type.type) {
    case SEG_BOOL: seg_buffer_text(out, value->as.i != 0 ? "true" : "false"); break;
    case SEG_DECIMAL: write_decimal(value->as.i, type.scale, out); break;
    case SEG_FLOAT: write_float(value->as.f, out); break;
    case SEG_TEXT:
    case SEG_ZONE: seg_buffer_quote(out, value->as.text); break;
    case SEG_ENUM: {
        seg_text name = type.enumeration->names[value->as.i];
        seg_buffer_add(out, name.bytes, name.size_bytes);
        break;
    }
    case SEG_TIME: seg_person_write_time(value->as.i, out); break;
    case SEG_DATE: write_date(value->as.i, out); break;
    case SEG_DURATION:
        seg_buffer_text(out, seg_duration_describe((seg_rule_duration){0, value->as.i}).text);
        break;
    case SEG_SET:
        seg_buffer_text(out, "[");
        for (size_t i = 0; i < value->as.set.count; i++) {
            if (i > 0) seg_buffer_text(out, ", ");
            seg_buffer_quote(out, value->as.set.items[i]);
        }
        seg_buffer_text(out, "]");
        break;
    default: seg_buffer_format(out, "%" PRId64, value->as.i);
    }
}

void seg_person_write(const seg_person *person, const seg_rules *rules, seg_buffer *out) {
    static const seg_text profile = {"profile", 7};
    for (uint32_t i = 0; i < person->step_count; i++) {
        const seg_rule_step *step = &person->steps[i];
        bool is_event = step->kind == SEG_STEP_EVENT;
        const seg_rule_field *fields = is_event ? rules->events[step->event].fields : rules->attributes;
        seg_text name = is_event ? rules->events[step->event].name : profile;
        seg_buffer_text(out, "  ");
        if (is_event) {
            seg_person_write_time(step->time, out);
            seg_buffer_text(out, " ");
        }
        seg_buffer_add(out, name.bytes, name.size_bytes);
        if (!is_event && rules->has_identity) {
            seg_buffer_text(out, " ");
            seg_buffer_quote(out, person->id);
            if (step->setting_count == 0) seg_buffer_text(out, " { }");
        }
        for (uint32_t k = 0; k < step->setting_count; k++) {
            seg_text field = fields[step->settings[k].field].name;
            seg_buffer_text(out, k == 0 ? " { " : ", ");
            seg_buffer_add(out, field.bytes, field.size_bytes);
            seg_buffer_text(out, ": ");
            write_value(fields[step->settings[k].field].type, &step->settings[k].value, out);
        }
        seg_buffer_text(out, step->setting_count > 0 ? " }\n" : "\n");
    }
}
