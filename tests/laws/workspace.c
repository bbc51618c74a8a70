#include "workspace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "names.h"
#include "natives.h"

static void add_part(seg_workspace *workspace, seg_buffer *text, bool is_segment) {
    seg_buffer_add(text, "", 1);
    char *part = malloc(text->size_bytes);
    if (text->failed || part == NULL || workspace->part_count == SEG_WORKSPACE_PARTS)
        abort(); /* tests have no use for a graceful end */
    memcpy(part, text->bytes, text->size_bytes);
    workspace->is_segment[workspace->part_count] = is_segment;
    workspace->parts[workspace->part_count++] = part;
    seg_buffer_clear(text);
}

/* ` except a, b` */
static void write_except(seg_invented *schema, seg_buffer *text) {
    for (uint32_t i = 0, count = 1 + seg_random_below(&schema->random, 3); i < count; i++)
        seg_buffer_format(text, "%s%s", i == 0 ? " except " : ", ",
                          schema->segments[seg_random_below(&schema->random, schema->segment_count)]);
}

static void write_segment(seg_invented *schema, seg_buffer *text) {
    uint32_t number = schema->segment_count;
    char name[24];
    snprintf(name, sizeof name, "%c_sg%u", 'a' + (int)seg_random_below(&schema->random, 26), number);
    if (seg_random_chance(&schema->random, 10))
        seg_buffer_text(text, "## What it is for.\n@owner(\"tests\")\n");
    seg_buffer_format(text, "segment %s", name);
    if (seg_random_chance(&schema->random, 20)) seg_buffer_format(text, " \"Title %u\"", number);
    seg_buffer_text(text, ": ");
    if (seg_random_chance(&schema->random, 8))
        seg_invented_latch(schema, text);
    else
        seg_invented_condition(schema, 1 + seg_random_below(&schema->random, 6), text);
    if (schema->segment_count > 0 && seg_random_chance(&schema->random, 15)) write_except(schema, text);
    seg_buffer_text(text, "\n");
    snprintf(schema->segments[schema->segment_count++], sizeof name, "%s", name);
}

/* An attribute and its past. False: there is none with a past. */
static bool write_trend(seg_invented *schema, seg_buffer *text) {
    char name[24];
    snprintf(name, sizeof name, "%c_tr%u", 'a' + (int)seg_random_below(&schema->random, 26),
             schema->segment_count);
    seg_buffer_format(text, "segment %s: ", name);
    if (!seg_invented_trend(schema, text)) {
        seg_buffer_clear(text);
        return false;
    }
    seg_buffer_text(text, "\n");
    snprintf(schema->segments[schema->segment_count++], sizeof name, "%s", name);
    return true;
}

/* segment a_fa3(n: number) for n in [1, 3]: … */
static void write_family(seg_invented *schema, seg_buffer *text) {
    static const char *const numbers[] = {"1", "3", "0", "-2"};
    static const char *const durations[] = {"14d", "36h", "1mo", "1y"};
    seg_random *random = &schema->random;
    bool is_number = seg_random_chance(random, 50);
    char name[16];
    snprintf(name, sizeof name, "%c_fa%u", 'a' + (int)seg_random_below(random, 26), schema->segment_count);
    uint32_t count = 1 + seg_random_below(random, 4), before = schema->segment_count;
    seg_buffer_format(text, "segment %s(n: %s)%s for n in [", name, is_number ? "number" : "duration",
                      seg_random_chance(random, 30) ? " \"Title {n}\"" : "");
    for (uint32_t i = 0; i < count; i++)
        seg_buffer_format(text, "%s%s", i > 0 ? ", " : "", is_number ? numbers[i] : durations[i]);
    seg_buffer_text(text, "]: ");
    seg_invented_of_value(schema, is_number, text);
    seg_buffer_text(text, seg_random_chance(random, 50) ? " and " : " or ");
    seg_invented_condition(schema, 1 + seg_random_below(random, 3), text);
    if (before > 0 && seg_random_chance(random, 20)) write_except(schema, text);
    seg_buffer_text(text, "\n");
    for (uint32_t i = 0; i < count; i++)
        snprintf(schema->segments[schema->segment_count++], sizeof schema->segments[0], "%s(%s)", name,
                 is_number ? numbers[i] : durations[i]);
}

/* stages a_st4: s0 when …, s1 when …, else rest */
static void write_stages(seg_invented *schema, seg_buffer *text) {
    seg_random *random = &schema->random;
    char name[16];
    snprintf(name, sizeof name, "%c_st%u", 'a' + (int)seg_random_below(random, 26), schema->segment_count);
    uint32_t count = 1 + seg_random_below(random, 4);
    seg_buffer_format(text, "stages %s%s: ", name, seg_random_chance(random, 30) ? " \"Title\"" : "");
    for (uint32_t i = 0; i < count; i++) {
        seg_buffer_format(text, "s%u when ", i);
        seg_invented_condition(schema, 1 + seg_random_below(random, 3), text);
        seg_buffer_text(text, ", ");
    }
    seg_buffer_text(text, "else rest\n");
    for (uint32_t i = 0; i < count; i++)
        snprintf(schema->segments[schema->segment_count++], sizeof schema->segments[0], "%s.s%u", name, i);
    snprintf(schema->segments[schema->segment_count++], sizeof schema->segments[0], "%s.rest", name);
}

/* Every third segment or so has its opposite, written in one of two ways. */
static void write_opposites(seg_workspace *workspace, seg_random *random, seg_buffer *text) {
    uint32_t count = workspace->part_count;
    for (uint32_t i = 0; i < count; i++) {
        if (!workspace->is_segment[i]) continue;
        const char *rule = strstr(workspace->parts[i], ": ");
        char name[24];
        if (!seg_random_chance(random, 20) ||
            sscanf(strstr(workspace->parts[i], "segment ") + 8, "%23[a-z0-9_]", name) != 1)
            continue;
        if (seg_random_chance(random, 50) || strstr(rule, " except ") != NULL ||
            strstr(rule, ": enter when ") != NULL)
            seg_buffer_format(text, "segment not_%s: not in %s\n", name, name);
        else
            seg_buffer_format(text, "segment not_%s: not (%.*s)\n", name, (int)strlen(rule + 2) - 1,
                              rule + 2);
        add_part(workspace, text, true);
    }
}

/* What stands once in a workspace, and the functions of the host. */
static void declare_settings(seg_workspace *workspace, seg_invented *schema, seg_buffer *text) {
    static const char *const zones[] = {"",
                                        "timezone \"UTC\"\n",
                                        "timezone \"Europe/Berlin\"\n",
                                        "timezone \"America/New_York\"\n",
                                        "timezone \"Australia/Lord_Howe\"\n",
                                        "timezone \"Asia/Kathmandu\"\n",
                                        "timezone \"America/Sao_Paulo\"\n",
                                        "timezone \"Pacific/Apia\"\n",
                                        "timezone \"America/St_Johns\"\n"};
    static const char *const memories[] = {"duplicates within 1h\n", "duplicates within 30d\n",
                                           "duplicates within 365d\n"};
    static const char *const months[] = {"january",   "february", "march",    "april",
                                         "may",       "june",     "july",     "august",
                                         "september", "october",  "november", "december"};
    seg_random *random = &schema->random;
    seg_buffer_text(text, zones[seg_random_below(random, 9)]);
    add_part(workspace, text, false);
    if (seg_random_chance(random, 60)) {
        seg_buffer_text(text, memories[seg_random_below(random, 3)]);
        add_part(workspace, text, false);
    }
    if (seg_random_chance(random, 30)) {
        seg_buffer_text(text,
                        seg_random_chance(random, 60) ? "week starts sunday\n" : "week starts monday\n");
        add_part(workspace, text, false);
    }
    if (seg_random_chance(random, 60)) {
        seg_buffer_format(text, "fiscal year starts %s\n", months[seg_random_below(random, 12)]);
        add_part(workspace, text, false);
        schema->has_fiscal = true;
    }
    if (seg_random_chance(random, 40)) {
        schema->has_natives = true;
        seg_buffer_text(text, seg_laws_native_source);
        add_part(workspace, text, false);
    }
}

void seg_workspace_make(seg_workspace *workspace, uint64_t seed) {
    seg_invented schema = {.random = {seed}};
    seg_random *random = &schema.random;
    seg_buffer text;
    seg_buffer_init(&text, NULL);
    *workspace = (seg_workspace){0};
    schema.uses_now = seg_random_chance(random, 6);
    declare_settings(workspace, &schema, &text);
    seg_invented_profile(&schema, &text);
    add_part(workspace, &text, false);
    for (uint32_t i = 0, count = 2 + seg_random_below(random, 4); i < count; i++) {
        seg_invented_declare_event(&schema, &text);
        add_part(workspace, &text, false);
    }
    for (uint32_t i = 0, count = seg_random_below(random, 3); i < count; i++) {
        seg_invented_declare_union(&schema, &text);
        add_part(workspace, &text, false);
    }
    for (uint32_t i = 0, count = seg_random_below(random, 4); i < count; i++) {
        seg_invented_declare_sequence(&schema, &text);
        add_part(workspace, &text, false);
    }
    for (uint32_t i = 0, count = seg_random_below(random, 6); i < count; i++) {
        uint32_t kind = seg_random_below(random, 100);
        if (kind < 25)
            seg_invented_model(&schema, &text);
        else if (kind < 60)
            seg_invented_param(&schema, &text);
        else
            seg_invented_define(&schema, &text);
        add_part(workspace, &text, false);
    }
    for (uint32_t i = 0, count = 8 + seg_random_below(random, 14); i < count; i++) {
        uint32_t kind = seg_random_below(random, 100);
        if (kind < 8)
            write_family(&schema, &text);
        else if (kind < 16)
            write_stages(&schema, &text);
        else if (kind >= 22 || !write_trend(&schema, &text))
            write_segment(&schema, &text);
        add_part(workspace, &text, kind >= 22); /* what may have no opposite */
    }
    write_opposites(workspace, random, &text);
    seg_buffer_free(&text);
}

void seg_workspace_copy(seg_workspace *workspace, const seg_workspace *from) {
    *workspace = *from;
    for (uint32_t i = 0; i < from->part_count; i++) {
        workspace->parts[i] = strdup(from->parts[i]);
        if (workspace->parts[i] == NULL) abort();
    }
}

void seg_workspace_free(seg_workspace *workspace) {
    for (uint32_t i = 0; i < workspace->part_count; i++) free(workspace->parts[i]);
    *workspace = (seg_workspace){0};
}

void seg_workspace_text(const seg_workspace *workspace, seg_random *shuffle, seg_buffer *out) {
    uint32_t order[SEG_WORKSPACE_PARTS];
    for (uint32_t i = 0; i < workspace->part_count; i++) {
        uint32_t place = shuffle != NULL ? seg_random_below(shuffle, i + 1) : i;
        order[i] = order[place];
        order[place] = i;
    }
    for (uint32_t i = 0; i < workspace->part_count; i++) seg_buffer_text(out, workspace->parts[order[i]]);
}

void seg_workspace_drop(seg_workspace *workspace, uint32_t part) {
    free(workspace->parts[part]);
    workspace->part_count--;
    for (uint32_t i = part; i < workspace->part_count; i++) {
        workspace->parts[i] = workspace->parts[i + 1];
        workspace->is_segment[i] = workspace->is_segment[i + 1];
    }
}
