#include "names.h"

#include <stdio.h>
#include <string.h>

const char *const seg_invented_enums[3][4] = {
    {"free", "trial", "pro", "gold"}, {"paid", "refunded", "open", "lost"}, {"web", "app", "store", "mail"}};

static const seg_type types[] = {SEG_BOOL, SEG_INT,  SEG_INT,  SEG_DECIMAL, SEG_DECIMAL,  SEG_FLOAT, SEG_TEXT,
                                 SEG_TEXT, SEG_ENUM, SEG_TIME, SEG_DATE,    SEG_DURATION, SEG_SET};

static const char *pick(seg_random *random, const char *const *items, uint32_t count) {
    return items[seg_random_below(random, count)];
}
#define PICK(random, items) pick((random), (items), (uint32_t)(sizeof(items) / sizeof *(items)))

void seg_invented_duration(seg_invented *schema, bool whole_days, seg_buffer *out) {
    static const char *const any[] = {"1ms",   "2ms", "40ms", "1s",  "90s", "1m",    "15m",  "1h",
                                      "1h30m", "24h", "25h",  "72h", "36h", "1d12h", "2d1ms"};
    static const char *const days[] = {"1d",  "2d",   "3d",   "7d", "14d", "30d",   "30d",   "31d", "60d",
                                       "90d", "365d", "366d", "1w", "2w",  "6w",    "1mo",   "1mo", "2mo",
                                       "3mo", "6mo",  "11mo", "1y", "2y",  "1y1mo", "1mo3d", "28d", "29d"};
    if (!whole_days && seg_random_chance(&schema->random, 35))
        seg_buffer_text(out, PICK(&schema->random, any));
    else
        seg_buffer_text(out, PICK(&schema->random, days));
}

void seg_invented_text_literal(seg_invented *schema, seg_buffer *out) {
    static const char *const texts[] = {
        "\"\"",         "\"a\"",        "\"/\"",          "\"/pricing\"",     "\"promo-1\"",    "\"promo\"",
        "\"Promo-2\"",  "\"skincare\"", "\"gr\\u{fc}n\"", "\"\\\"q\\\"\"",    "\"\\u{1F600}\"", "\"o\"",
        "\"x y\"",      "\"2.10.1\"",   "\"v2.9\"",       "\"2.9.0-beta.2\"", "\"3\"",          "\"2.9-rc\"",
        "\"0.0.0.1+b\""};
    seg_buffer_text(out, PICK(&schema->random, texts));
}

static void time_literal(seg_invented *schema, bool as_date, seg_buffer *out) {
    static const char *const dates[] = {"2024-02-29", "2025-01-31", "2025-03-30", "2025-10-26", "2025-03-09",
                                        "2025-11-02", "2025-04-06", "2025-10-05", "2026-01-01", "2025-12-31",
                                        "2025-06-15", "2025-05-31", "2025-08-31", "1969-12-31", "2025-03-01"};
    static const char *const clocks[] = {"T00:00",        "T10:00",    "T02:30",       "T01:59:59.999",
                                         "T23:59:59.999", "T03:00:00", "T12:34:56.789"};
    static const char *const zones[] = {"", "", "Z", "Z", "Z", "+02:00", "-05:00", "+05:45"};
    seg_buffer_text(out, PICK(&schema->random, dates));
    if (as_date) return;
    seg_buffer_text(out, PICK(&schema->random, clocks));
    seg_buffer_text(out, PICK(&schema->random, zones));
}

void seg_invented_literal(seg_invented *schema, const seg_invented_field *field, seg_buffer *out) {
    static const char *const ints[] = {"0", "1", "2", "3", "5", "7", "10", "30", "100", "1_000"};
    static const char *const wide[] = {"9223372036854775807", "4611686018427387904",
                                       "9_000_000_000_000_000_000"};
    static const char *const floats[] = {"0.0", "0.5", "1.0", "2.0", "0.1", "0.3", "3.0", "1.5", "1000000.0"};
    static const char *const decimals[] = {"0.00", "1.00",   "9.99", "10.00", "19.98",
                                           "0.10", "500.00", "2.00", "33.33"};
    seg_random *random = &schema->random;
    switch (field->type) {
    case SEG_BOOL: seg_buffer_text(out, seg_random_chance(random, 50) ? "true" : "false"); break;
    case SEG_INT: /* wide ones seldom: with decimals they are refused */
        seg_buffer_text(out, seg_random_chance(random, 4) ? PICK(random, wide) : PICK(random, ints));
        break;
    case SEG_DECIMAL:
        seg_buffer_text(out, field->scale < 2 || seg_random_chance(random, 30)
                                 ? ints[seg_random_below(random, 9)]
                                 : PICK(random, decimals));
        break;
    case SEG_FLOAT: seg_buffer_text(out, PICK(random, floats)); break;
    case SEG_ENUM:
        seg_buffer_text(out, seg_invented_enums[field->enumeration][seg_random_below(random, 4)]);
        break;
    case SEG_TIME:
    case SEG_DATE: time_literal(schema, field->type == SEG_DATE, out); break;
    case SEG_DURATION: seg_buffer_text(out, seg_random_chance(random, 50) ? "1h" : "30d"); break;
    default: seg_invented_text_literal(schema, out);
    }
}

static void type_text(const seg_invented_field *field, seg_buffer *out) {
    static const char *const names[] = {
        [SEG_BOOL] = "bool",         [SEG_INT] = "int",         [SEG_FLOAT] = "float",
        [SEG_TEXT] = "text",         [SEG_TIME] = "time",       [SEG_DATE] = "date",
        [SEG_DURATION] = "duration", [SEG_SET] = "set of text", [SEG_ZONE] = "timezone"};
    if (field->type == SEG_DECIMAL)
        seg_buffer_format(out, "decimal(%u)", field->scale);
    else if (field->type == SEG_ENUM) {
        for (int i = 0; i < 4; i++)
            seg_buffer_format(out, "%s%s", i == 0 ? "" : " | ", seg_invented_enums[field->enumeration][i]);
    } else
        seg_buffer_text(out, names[field->type]);
}

static void declare_field(seg_invented *schema, seg_invented_field *field, seg_type type, seg_buffer *out) {
    static const uint8_t scales[] = {2, 2, 2, 0, 1, 4, 6};
    seg_random *random = &schema->random;
    field->type = type;
    field->proven = false;
    field->scale = type == SEG_DECIMAL ? scales[seg_random_below(random, 7)] : 0;
    field->enumeration = seg_random_below(random, 3);
    field->optional = seg_random_chance(random, 40);
    field->has_default =
        !field->optional && type != SEG_SET && type != SEG_ZONE && seg_random_chance(random, 40);
    seg_buffer_format(out, "  %s: ", field->name);
    type_text(field, out);
    seg_buffer_text(out, field->optional ? "?" : "");
    if (field->has_default) {
        seg_buffer_text(out, " = ");
        seg_invented_literal(schema, field, out);
    }
    field->has_history = field->is_attribute && seg_random_chance(random, 60);
    if (field->has_history)
        seg_buffer_text(out, seg_random_chance(random, 50) ? " history 120d" : " history 1y");
    seg_buffer_text(out, seg_random_chance(random, 30) ? ",\n" : "\n");
}

void seg_invented_profile(seg_invented *schema, seg_buffer *out) {
    seg_random *random = &schema->random;
    seg_buffer_text(out, "profile {\n");
    schema->attribute_count = 6 + seg_random_below(random, 12);
    for (uint32_t i = 0; i < schema->attribute_count; i++) {
        seg_invented_field *field = &schema->attributes[i];
        snprintf(field->name, sizeof field->name, "%c_at%u", 'a' + (int)seg_random_below(random, 26), i);
        uint32_t index = seg_random_below(random, (uint32_t)(sizeof types / sizeof *types));
        field->is_attribute = true;
        seg_type type = seg_random_chance(random, 4) ? SEG_ZONE : types[index];
        declare_field(schema, field, type, out);
    }
    seg_buffer_text(out, "}\n");
}

void seg_invented_declare_event(seg_invented *schema, seg_buffer *out) {
    seg_random *random = &schema->random;
    uint32_t number = schema->event_count++;
    seg_invented_event *event = &schema->sources[schema->source_count++];
    *event = (seg_invented_event){0};
    snprintf(event->name, sizeof event->name, "%c_ev%u", 'a' + (int)seg_random_below(random, 26), number);
    seg_buffer_format(out, "event %s from \"Event %c %u\"", event->name,
                      'A' + (int)seg_random_below(random, 26), number);
    event->field_count = seg_random_below(random, 8);
    if (event->field_count == 0) {
        seg_buffer_text(out, "\n");
        return;
    }
    seg_buffer_text(out, " {\n");
    for (uint32_t i = 0; i < event->field_count; i++) {
        seg_invented_field *field = &event->fields[i];
        bool copied = number > 0 && i < schema->sources[0].field_count && seg_random_chance(random, 60);
        if (copied) { /* a field that a union can share */
            *field = schema->sources[0].fields[i];
            seg_buffer_format(out, "  %s: ", field->name);
            type_text(field, out);
            seg_buffer_text(out, field->optional ? "?\n" : "\n");
            field->has_default = false;
            continue;
        }
        snprintf(field->name, sizeof field->name, "%c_f%u_%u", 'a' + (int)seg_random_below(random, 26),
                 number, i);
        declare_field(schema, field,
                      types[seg_random_below(random, (uint32_t)(sizeof types / sizeof *types))], out);
    }
    seg_buffer_text(out, "}\n");
}

static const seg_invented_field *shared_field(const seg_invented_event *event,
                                              const seg_invented_field *wanted) {
    for (uint32_t i = 0; i < event->field_count; i++) {
        const seg_invented_field *field = &event->fields[i];
        if (strcmp(field->name, wanted->name) == 0) return field;
    }
    return NULL;
}

void seg_invented_declare_union(seg_invented *schema, seg_buffer *out) {
    seg_random *random = &schema->random;
    uint32_t number = schema->source_count - schema->event_count;
    seg_invented_event *event = &schema->sources[schema->source_count];
    uint32_t first = seg_random_below(random, schema->event_count), count = 2 + seg_random_below(random, 2);
    *event = schema->sources[first];
    snprintf(event->name, sizeof event->name, "%c_un%u", 'a' + (int)seg_random_below(random, 26), number);
    seg_buffer_format(out, "events %s = %s", event->name, schema->sources[first].name);
    for (uint32_t i = 1; i < count && i < schema->event_count; i++) {
        const seg_invented_event *other = &schema->sources[(first + i) % schema->event_count];
        seg_buffer_format(out, " | %s", other->name);
        uint32_t kept = 0;
        for (uint32_t f = 0; f < event->field_count; f++) {
            const seg_invented_field *shared = shared_field(other, &event->fields[f]);
            if (shared == NULL) continue;
            event->fields[kept] = event->fields[f];
            event->fields[kept++].optional |= shared->optional;
        }
        event->field_count = kept;
    }
    schema->source_count++;
    seg_buffer_text(out, "\n");
}

/* ---- Names that stand for values -------------------- */

seg_invented_name *seg_invented_name_it(seg_invented *schema, const char *prefix, seg_invented_use use) {
    seg_invented_name *name = &schema->names[schema->name_count];
    snprintf(name->name, sizeof name->name, "%c_%s%u", 'a' + (int)seg_random_below(&schema->random, 26),
             prefix, schema->name_count);
    name->use = use;
    return name;
}

void seg_invented_param(seg_invented *schema, seg_buffer *out) {
    static const seg_invented_use uses[] = {SEG_USE_INT, SEG_USE_DURATION, SEG_USE_TEXT};
    seg_invented_name *name = seg_invented_name_it(schema, "pa", uses[seg_random_below(&schema->random, 3)]);
    seg_buffer_format(out, "param %s = ", name->name);
    if (name->use == SEG_USE_INT)
        seg_invented_literal(schema, &(seg_invented_field){.type = SEG_INT}, out);
    else if (name->use == SEG_USE_DURATION)
        seg_invented_duration(schema, false, out);
    else
        seg_invented_text_literal(schema, out);
    seg_buffer_text(out, "\n");
    schema->name_count++;
}

void seg_invented_of_value(seg_invented *schema, bool is_number, seg_buffer *out) {
    static const char *const operators[] = {"==", "!=", "<", "<=", ">", ">="};
    const seg_invented_event *source =
        &schema->sources[seg_random_below(&schema->random, schema->source_count)];
    if (!is_number) {
        seg_buffer_format(out, "%s %s(n)", seg_random_chance(&schema->random, 50) ? "any" : "no",
                          source->name);
        return;
    }
    seg_buffer_format(out, "%s(", source->name);
    if (seg_random_chance(&schema->random, 20))
        seg_buffer_text(out, "ever");
    else
        seg_invented_duration(schema, false, out);
    seg_buffer_format(out, ") %s n", operators[seg_random_below(&schema->random, 6)]);
}
