#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "csv_out.h"
#include "json_out.h"
#include "output.h"
#include "series.h"
#include "timeline.h"

enum { FORMAT_TABLE, FORMAT_CSV, FORMAT_JSON, FORMAT_SVG };

static seg_status take_sizes(void *user, size_t index, seg_engine *engine) {
    seg_timeline *timeline = user;
    seg_engine_counters counters;
    seg_engine_counters_get(engine, &counters);
    timeline->profiles[index] = counters.profiles;
    for (uint32_t n = 0; n < timeline->choice->count; n++)
        timeline->sizes[(size_t)n * timeline->count + index] =
            seg_engine_size(engine, timeline->choice->segments[n]);
    return SEG_OK;
}

static void print_csv(const seg_timeline *timeline) {
    puts("at,segment,title,members,profiles");
    for (size_t i = 0; i < timeline->count; i++) {
        for (uint32_t n = 0; n < timeline->choice->count; n++) {
            seg_segment_info segment = seg_choice_info(timeline->choice, timeline->workspace, n);
            seg_csv_out_instant(timeline->instants[i]);
            putchar(',');
            seg_csv_out_text(segment.name);
            putchar(',');
            seg_csv_out_text(segment.title);
            printf(",%" PRIu64 ",%" PRIu64 "\n", seg_timeline_sizes(timeline, n)[i], timeline->profiles[i]);
        }
    }
}

static void counts_json(seg_json_out *json, const char *key, const uint64_t *counts, size_t count) {
    seg_json_out_key(json, key);
    seg_json_out_open(json, '[');
    for (size_t i = 0; i < count; i++) seg_json_out_count(json, counts[i]);
    seg_json_out_close(json, ']');
}

static void print_json(const seg_timeline *timeline) {
    seg_json_out json = {.file = stdout};
    seg_json_out_open(&json, '{');
    seg_json_out_key(&json, "at");
    seg_json_out_open(&json, '[');
    for (size_t i = 0; i < timeline->count; i++) seg_json_out_instant(&json, timeline->instants[i]);
    seg_json_out_close(&json, ']');
    counts_json(&json, "profiles", timeline->profiles, timeline->count);
    seg_json_out_key(&json, "segments");
    seg_json_out_open(&json, '[');
    for (uint32_t n = 0; n < timeline->choice->count; n++) {
        seg_segment_info segment = seg_choice_info(timeline->choice, timeline->workspace, n);
        seg_json_out_open(&json, '{');
        seg_json_out_key(&json, "segment");
        seg_json_out_text(&json, segment.name);
        seg_json_out_key(&json, "title");
        seg_json_out_text(&json, segment.title);
        counts_json(&json, "sizes", seg_timeline_sizes(timeline, n), timeline->count);
        seg_json_out_close(&json, '}');
    }
    seg_json_out_close(&json, ']');
    seg_json_out_close(&json, '}');
    seg_json_out_end(&json);
}

static int print(const seg_timeline *timeline, size_t format) {
    bool done = true;
    if (format == FORMAT_CSV)
        print_csv(timeline);
    else if (format == FORMAT_JSON)
        print_json(timeline);
    else if (format == FORMAT_SVG)
        done = seg_timeline_draw(timeline);
    else
        done = seg_timeline_print(timeline);
    return done ? SEG_EXIT_GOOD : seg_say_memory();
}

static int timeline(const seg_arguments *arguments) {
    seg_workspace workspace;
    seg_choice choice = {0};
    seg_timeline made = {.workspace = &workspace, .choice = &choice};
    int64_t *instants = NULL;
    int code = seg_workspace_compile(&workspace, seg_arguments_folder(arguments, 0), arguments, false);
    if (!code) code = seg_choice_make(&choice, &workspace, arguments);
    if (!code) code = seg_series_instants(&workspace, arguments, &instants, &made.count);
    if (!code) {
        made.instants = instants;
        made.profiles = calloc(made.count + 1, sizeof *made.profiles);
        made.sizes = calloc(made.count * choice.count + 1, sizeof *made.sizes);
        if (!made.profiles || !made.sizes) code = seg_say_memory();
    }
    seg_series series = {.arguments = arguments,
                         .image = workspace.image,
                         .count = made.count,
                         .instants = instants,
                         .on_instant = take_sizes,
                         .user = &made};
    if (!code) code = seg_series_run(&series);
    if (!code) code = print(&made, seg_arguments_format(arguments));
    free(made.sizes);
    free(made.profiles);
    free(instants);
    seg_choice_free(&choice);
    seg_workspace_free(&workspace);
    return code;
}

const seg_command seg_command_timeline = {
    .name = "timeline",
    .group = SEG_GROUP_ASK,
    .summary = "show how the sizes of segments change over time",
    .operands = "[DIR]",
    .description =
        "Reads the events, and evaluates every profile at several instants: --from, then one each --every, "
        "up "
        "to --to. In the terminal, several segments are a line of blocks each, every line on a scale of its "
        "own; one segment alone is drawn as columns over an axis. For machines, csv has a row for each "
        "instant and segment, and json a list of sizes for each segment, with instants in UTC. With svg it "
        "is a drawing: up to eight segments in one, more of them one by one.\n\n"
        "Each size is computed from the facts up to its instant alone, whatever their order in the files. "
        "The "
        "files are read once for every sixteen instants.",
    .formats = "table|csv|json|svg",
    .options = SEG_OPTIONS_RUN | SEG_OPTIONS_INPUT | SEG_OPTION_BIT(SEG_OPTION_FROM) |
               SEG_OPTION_BIT(SEG_OPTION_TO) | SEG_OPTION_BIT(SEG_OPTION_EVERY) |
               SEG_OPTION_BIT(SEG_OPTION_SEGMENT) | SEG_OPTION_BIT(SEG_OPTION_FORMAT),
    .required = SEG_OPTION_BIT(SEG_OPTION_EVENTS) | SEG_OPTION_BIT(SEG_OPTION_FROM) |
                SEG_OPTION_BIT(SEG_OPTION_TO) | SEG_OPTION_BIT(SEG_OPTION_EVERY),
    .most_operands = 1,
    .examples =
        {{"seg timeline rules -e events.ndjson --from 2026-01-01 --to 2026-06-30 --every 1w",
          "every segment, week by week"},
         {"seg timeline rules -e events.ndjson --from 2026-06-01 --to 2026-06-30 --every 1d -s at_risk",
          "one segment in June"},
         {"seg timeline rules -e events.ndjson --from 2025-01-01 --to 2026-01-01 --every 1mo "
          "-s lifecycle -f svg > stages.svg",
          "a drawing of all stages"}},
    .run = timeline,
};
