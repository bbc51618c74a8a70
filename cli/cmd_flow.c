#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "csv_out.h"
#include "flow.h"
#include "json_out.h"
#include "output.h"
#include "series.h"
#include "table.h"

enum { FORMAT_TABLE, FORMAT_CSV, FORMAT_JSON, FORMAT_SVG, BAR_CELLS = 20, TITLE_MOST = 30 };

static seg_status take_roster(void *user, size_t index, seg_engine *engine) {
    seg_flow *f = user;
    return seg_roster_take(&f->rosters[index], &f->choice, engine);
}

/* Whether a profile of a roster is at a place; SIZE_MAX for the profile: it is not there. */
static bool is_at(const seg_flow *f, const seg_roster *roster, size_t profile, uint32_t place) {
    if (profile == SIZE_MAX) return place == f->choice.count + 1;
    if (place < f->choice.count) return seg_roster_has(roster, profile, place);
    return place == f->choice.count && seg_roster_empty(roster, profile);
}

static void count_profile(seg_flow *f, size_t before, size_t after) {
    for (uint32_t n = 0; n < f->places; n++) {
        if (!is_at(f, &f->rosters[0], before, n)) continue;
        for (uint32_t m = 0; m < f->places; m++)
            if (is_at(f, &f->rosters[1], after, m)) f->moved[(size_t)n * f->places + m]++;
    }
}

static void count_all(seg_flow *f) {
    const seg_roster *x = &f->rosters[0], *y = &f->rosters[1];
    for (size_t i = 0, k = 0; i < x->count || k < y->count;) {
        int order = i == x->count ? 1 : k == y->count ? -1 : seg_roster_compare(x->ids[i], y->ids[k]);
        count_profile(f, order <= 0 ? i : SIZE_MAX, order >= 0 ? k : SIZE_MAX);
        if (order <= 0) i++;
        if (order >= 0) k++;
    }
}

/* Without --segment: the stages of the workspace. */
static int choose(seg_flow *f, const seg_arguments *arguments) {
    int code = seg_choice_make(&f->choice, &f->workspace, arguments);
    if (code || seg_arguments_has(arguments, SEG_OPTION_SEGMENT)) return code;
    seg_image_info info;
    seg_image_describe(f->workspace.image, &info);
    seg_text first = {0};
    f->choice.count = 0;
    for (uint32_t s = 0; s < info.segment_count; s++) {
        seg_segment_info segment = {0};
        seg_image_segment(f->workspace.image, s, &segment);
        const char *dot = memchr(segment.name.bytes, '.', segment.name.size_bytes);
        if (!dot) continue;
        seg_text stages = {.bytes = segment.name.bytes, .size_bytes = (size_t)(dot - segment.name.bytes)};
        if (first.size_bytes && seg_roster_compare(first, stages) != 0) {
            seg_say("this workspace has several stages: choose by --segment, for example --segment %.*s.",
                    (int)first.size_bytes, first.bytes);
            return SEG_EXIT_USAGE;
        }
        first = stages;
        f->choice.segments[f->choice.count++] = s;
    }
    if (f->choice.count) return SEG_EXIT_GOOD;
    seg_say("this workspace has no stages: name the segments by --segment.");
    return SEG_EXIT_USAGE;
}

/* ---- Printing -------------------------------------------------------------------------------- */

seg_text seg_flow_place(const seg_flow *f, uint32_t place, bool before) {
    if (place < f->choice.count) return seg_choice_info(&f->choice, &f->workspace, place).name;
    return seg_text_from(place == f->choice.count ? "(none)" : before ? "(new)" : "(gone)");
}

uint64_t seg_flow_count(const seg_flow *flow, uint32_t from, uint32_t to) {
    return flow->moved[(size_t)from * flow->places + to];
}

/* Calls for each move that somebody made. */
static void each_move(const seg_flow *f, void *user,
                      void (*on_move)(const seg_flow *f, void *user, uint32_t from, uint32_t to,
                                      uint64_t count)) {
    for (uint32_t n = 0; n < f->places; n++)
        for (uint32_t m = 0; m < f->places; m++)
            if (seg_flow_count(f, n, m)) on_move(f, user, n, m, seg_flow_count(f, n, m));
}

static void move_table(const seg_flow *f, void *user, uint32_t from, uint32_t to, uint64_t count) {
    seg_text_table *table = user;
    char text[32], bar[4 * BAR_CELLS + 1];
    size_t profiles = f->rosters[1].count > f->rosters[0].count ? f->rosters[1].count : f->rosters[0].count;
    seg_bar_draw(profiles ? (double)count / (double)profiles : 0, BAR_CELLS, bar);
    seg_text_table_text(table, seg_flow_place(f, from, true), TITLE_MOST);
    seg_text_table_cell(table, from == to ? "stayed in" : "went to");
    seg_text_table_text(table, seg_flow_place(f, to, false), TITLE_MOST);
    seg_text_table_cell(table, seg_count_show(count, text));
    seg_text_table_cell(table, bar);
}

static bool print_table(const seg_flow *f) {
    static const char *const heads[] = {"from", "", "to", "profiles", ""};
    char count[64], from[48], to[48];
    const seg_image *image = f->workspace.image;
    printf("%s at %s, ", seg_count_noun(f->rosters[0].count, "profile", count),
           seg_instant_show(image, f->instants[0], from));
    printf("%s at %s\n\n", seg_count_show(f->rosters[1].count, count),
           seg_instant_show(image, f->instants[1], to));
    seg_text_table table = {.sides = "lllrl"};
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) seg_text_table_cell(&table, heads[i]);
    each_move(f, &table, move_table);
    bool done = seg_text_table_print(&table, stdout);
    seg_text_table_free(&table);
    return done;
}

static void move_csv(const seg_flow *f, void *user, uint32_t from, uint32_t to, uint64_t count) {
    (void)user;
    seg_csv_out_text(seg_flow_place(f, from, true));
    putchar(',');
    seg_csv_out_text(seg_flow_place(f, to, false));
    printf(",%" PRIu64 "\n", count);
}

static void move_json(const seg_flow *f, void *user, uint32_t from, uint32_t to, uint64_t count) {
    seg_json_out *json = user;
    seg_json_out_open(json, '{');
    seg_json_out_key(json, "from");
    seg_json_out_text(json, seg_flow_place(f, from, true));
    seg_json_out_key(json, "to");
    seg_json_out_text(json, seg_flow_place(f, to, false));
    seg_json_out_key(json, "profiles");
    seg_json_out_count(json, count);
    seg_json_out_close(json, '}');
}

static void print_json(const seg_flow *f) {
    seg_json_out json = {.file = stdout};
    seg_json_out_open(&json, '{');
    seg_json_out_key(&json, "from");
    seg_json_out_instant(&json, f->instants[0]);
    seg_json_out_key(&json, "to");
    seg_json_out_instant(&json, f->instants[1]);
    seg_json_out_key(&json, "moves");
    seg_json_out_open(&json, '[');
    each_move(f, &json, move_json);
    seg_json_out_close(&json, ']');
    seg_json_out_close(&json, '}');
    seg_json_out_end(&json);
}

static int print(const seg_flow *f, size_t format) {
    if (format == FORMAT_TABLE && !print_table(f)) return seg_say_memory();
    if (format == FORMAT_CSV) puts("from,to,profiles");
    if (format == FORMAT_CSV) each_move(f, NULL, move_csv);
    if (format == FORMAT_JSON) print_json(f);
    if (format == FORMAT_SVG && !seg_flow_draw(f)) return seg_say_memory();
    return SEG_EXIT_GOOD;
}

/* ---- The command ----------------------------------------------------------------------------- */

static int instants_read(seg_flow *f, const seg_arguments *arguments) {
    static const seg_option_id ids[] = {SEG_OPTION_FROM, SEG_OPTION_TO};
    for (size_t i = 0; i < 2; i++) {
        int code = seg_workspace_instant(&f->workspace, ids[i], arguments->values[ids[i]], &f->instants[i]);
        if (code) return code;
    }
    if (f->instants[0] < f->instants[1]) return SEG_EXIT_GOOD;
    seg_say("--to is not after --from.");
    return SEG_EXIT_USAGE;
}

static int run(const seg_arguments *arguments) {
    seg_flow f = {0};
    int code = seg_workspace_compile(&f.workspace, seg_arguments_folder(arguments, 0), arguments, false);
    if (!code) code = instants_read(&f, arguments);
    if (!code) code = choose(&f, arguments);
    f.places = f.choice.count + 2;
    if (!code) {
        f.moved = calloc((size_t)f.places * f.places, sizeof *f.moved);
        if (!f.moved) code = seg_say_memory();
    }
    seg_series series = {.arguments = arguments,
                         .image = f.workspace.image,
                         .count = 2,
                         .instants = f.instants,
                         .on_instant = take_roster,
                         .user = &f};
    if (!code) code = seg_series_run(&series);
    if (!code) {
        count_all(&f);
        code = print(&f, seg_arguments_format(arguments));
    }
    free(f.moved);
    for (size_t i = 0; i < 2; i++) seg_roster_free(&f.rosters[i]);
    seg_choice_free(&f.choice);
    seg_workspace_free(&f.workspace);
    return code;
}

const seg_command seg_command_flow = {
    .name = "flow",
    .group = SEG_GROUP_ASK,
    .summary = "show who moved from which stage to which",
    .operands = "[DIR]",
    .description =
        "Reads the events, evaluates every profile at two instants, and counts the moves between segments: "
        "how many were in one at --from and in another at --to, and how many stayed. Without --segment "
        "these are the stages of the workspace. A profile that is in several of the segments counts for "
        "each of them. With svg it is a drawing: bars for both instants, and ribbons from one to the "
        "other.\n\n"
        "  (none)  in none of the segments\n"
        "  (new)   not known yet at --from\n"
        "  (gone)  erased, or merged into another, by --to",
    .formats = "table|csv|json|svg",
    .options = SEG_OPTIONS_RUN | SEG_OPTIONS_INPUT | SEG_OPTION_BIT(SEG_OPTION_FROM) |
               SEG_OPTION_BIT(SEG_OPTION_TO) | SEG_OPTION_BIT(SEG_OPTION_SEGMENT) |
               SEG_OPTION_BIT(SEG_OPTION_FORMAT),
    .required =
        SEG_OPTION_BIT(SEG_OPTION_EVENTS) | SEG_OPTION_BIT(SEG_OPTION_FROM) | SEG_OPTION_BIT(SEG_OPTION_TO),
    .most_operands = 1,
    .examples = {{"seg flow rules -e events.ndjson --from 2026-01-01 --to 2026-04-01", "through the stages"},
                 {"seg flow rules -e events.ndjson --from 2026-01-01 --to 2026-04-01 -s lifecycle -f csv",
                  "of one of several, for a spreadsheet"}},
    .run = run,
};
