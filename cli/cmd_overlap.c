#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "csv_out.h"
#include "json_out.h"
#include "output.h"
#include "roster.h"
#include "series.h"
#include "table.h"

enum { FORMAT_TABLE, FORMAT_CSV, FORMAT_JSON, MATRIX_MOST = 12, PAIRS_MOST = 20 };

typedef struct overlap {
    seg_workspace workspace;
    seg_choice choice;
    int64_t at;
    uint64_t profiles;
    uint64_t *both; /* in the nth and the mth segment, at n * count + m; in the nth alone at n * count + n */
} overlap;

static seg_status take_overlap(void *user, size_t index, seg_engine *engine) {
    (void)index;
    overlap *o = user;
    seg_roster roster = {0};
    seg_status status = seg_roster_take(&roster, &o->choice, engine);
    o->profiles = roster.count;
    for (size_t p = 0; p < roster.count && !status; p++) {
        for (uint32_t n = 0; n < o->choice.count; n++) {
            if (!seg_roster_has(&roster, p, n)) continue;
            for (uint32_t m = 0; m < o->choice.count; m++)
                o->both[(size_t)n * o->choice.count + m] += seg_roster_has(&roster, p, m);
        }
    }
    seg_roster_free(&roster);
    return status;
}

static uint64_t both_of(const overlap *o, uint32_t n, uint32_t m) {
    return o->both[(size_t)n * o->choice.count + m];
}

static const char *share_show(uint64_t part, uint64_t whole, char out[32]) {
    snprintf(out, 32, "%.0f%%", whole ? 100 * (double)part / (double)whole : 0);
    return out;
}

/* ---- Printing -------------------------------------------------------------------------------- */

/* Each row says how many of its members are in the segment of the column, as a share. */
static bool matrix_print(const overlap *o) {
    char sides[MATRIX_MOST + 4] = "rlr", text[32];
    uint32_t count = o->choice.count;
    for (uint32_t n = 0; n < count; n++) sides[3 + n] = 'r';
    seg_text_table table = {.sides = sides};
    seg_text_table_cell(&table, "");
    seg_text_table_cell(&table, "segment");
    seg_text_table_cell(&table, "members");
    for (uint32_t n = 0; n < count; n++) {
        snprintf(text, sizeof text, "in %" PRIu32, n + 1);
        seg_text_table_cell(&table, text);
    }
    for (uint32_t n = 0; n < count; n++) {
        seg_segment_info segment = seg_choice_info(&o->choice, &o->workspace, n);
        snprintf(text, sizeof text, "%" PRIu32, n + 1);
        seg_text_table_cell(&table, text);
        seg_text_table_text(&table, segment.name, 0);
        seg_text_table_cell(&table, seg_count_show(both_of(o, n, n), text));
        for (uint32_t m = 0; m < count; m++) {
            uint64_t both = both_of(o, n, m);
            seg_text_table_cell(&table, n == m || !both ? seg_output_terminal()->middle
                                                        : share_show(both, both_of(o, n, n), text));
        }
    }
    bool done = seg_text_table_print(&table, stdout);
    seg_text_table_free(&table);
    return done;
}

typedef struct pair {
    uint32_t n, m;
    uint64_t both;
    double share; /* of all who are in either */
} pair;

static int by_share(const void *a, const void *b) {
    const pair *x = a, *y = b;
    if (x->share != y->share) return x->share > y->share ? -1 : 1;
    if (x->both != y->both) return x->both > y->both ? -1 : 1;
    if (x->n != y->n) return x->n < y->n ? -1 : 1;
    return (x->m > y->m) - (x->m < y->m);
}

/* The pairs that share members, the closest first. */
static pair *pairs_make(const overlap *o, size_t *count) {
    uint32_t segments = o->choice.count;
    pair *pairs = calloc((size_t)segments * segments + 1, sizeof *pairs);
    *count = 0;
    for (uint32_t n = 0; pairs && n < segments; n++) {
        for (uint32_t m = n + 1; m < segments; m++) {
            uint64_t both = both_of(o, n, m), x = both_of(o, n, n), y = both_of(o, m, m);
            if (both) pairs[(*count)++] = (pair){n, m, both, (double)both / (double)(x + y - both)};
        }
    }
    if (pairs) qsort(pairs, *count, sizeof *pairs, by_share);
    return pairs;
}

static bool pairs_print(const overlap *o) {
    static const char *const heads[] = {"segment", "members", "segment", "members", "both", "of either"};
    size_t count;
    pair *pairs = pairs_make(o, &count);
    if (!pairs) return false;
    seg_text_table table = {.sides = "lrlrrr"};
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) seg_text_table_cell(&table, heads[i]);
    for (size_t i = 0; i < count && i < PAIRS_MOST; i++) {
        char text[32];
        uint32_t sides[] = {pairs[i].n, pairs[i].m};
        uint64_t either = 0;
        for (size_t side = 0; side < 2; side++) {
            uint64_t members = both_of(o, sides[side], sides[side]);
            either += members;
            seg_text_table_text(&table, seg_choice_info(&o->choice, &o->workspace, sides[side]).name, 0);
            seg_text_table_cell(&table, seg_count_show(members, text));
        }
        seg_text_table_cell(&table, seg_count_show(pairs[i].both, text));
        seg_text_table_cell(&table, share_show(pairs[i].both, either - pairs[i].both, text));
    }
    bool done = seg_text_table_print(&table, stdout);
    if (count > PAIRS_MOST) {
        char text[64];
        printf("%s and %s that share less\n", seg_output_terminal()->dots,
               seg_count_noun(count - PAIRS_MOST, "pair", text));
    }
    seg_text_table_free(&table);
    free(pairs);
    return done;
}

static bool print_table(const overlap *o) {
    char count[64], at[48];
    printf("%s at %s\n\n", seg_count_noun(o->profiles, "profile", count),
           seg_instant_show(o->workspace.image, o->at, at));
    return o->choice.count <= MATRIX_MOST ? matrix_print(o) : pairs_print(o);
}

static void print_csv(const overlap *o) {
    puts("segment,other,members,other_members,both");
    for (uint32_t n = 0; n < o->choice.count; n++) {
        for (uint32_t m = 0; m < o->choice.count; m++) {
            if (n == m) continue;
            seg_csv_out_text(seg_choice_info(&o->choice, &o->workspace, n).name);
            putchar(',');
            seg_csv_out_text(seg_choice_info(&o->choice, &o->workspace, m).name);
            printf(",%" PRIu64 ",%" PRIu64 ",%" PRIu64 "\n", both_of(o, n, n), both_of(o, m, m),
                   both_of(o, n, m));
        }
    }
}

static void print_json(const overlap *o) {
    seg_json_out json = {.file = stdout};
    seg_json_out_open(&json, '{');
    seg_json_out_key(&json, "at");
    seg_json_out_instant(&json, o->at);
    seg_json_out_key(&json, "profiles");
    seg_json_out_count(&json, o->profiles);
    seg_json_out_key(&json, "segments");
    seg_json_out_open(&json, '[');
    for (uint32_t n = 0; n < o->choice.count; n++) {
        seg_json_out_open(&json, '{');
        seg_json_out_key(&json, "segment");
        seg_json_out_text(&json, seg_choice_info(&o->choice, &o->workspace, n).name);
        seg_json_out_key(&json, "size");
        seg_json_out_count(&json, both_of(o, n, n));
        seg_json_out_key(&json, "both");
        seg_json_out_open(&json, '[');
        for (uint32_t m = 0; m < o->choice.count; m++) seg_json_out_count(&json, both_of(o, n, m));
        seg_json_out_close(&json, ']');
        seg_json_out_close(&json, '}');
    }
    seg_json_out_close(&json, ']');
    seg_json_out_close(&json, '}');
    seg_json_out_end(&json);
}

static int print(const overlap *o, size_t format) {
    if (format == FORMAT_CSV)
        print_csv(o);
    else if (format == FORMAT_JSON)
        print_json(o);
    else if (!print_table(o))
        return seg_say_memory();
    return SEG_EXIT_GOOD;
}

/* ---- The command ----------------------------------------------------------------------------- */

static int run(const seg_arguments *arguments) {
    overlap o = {0};
    int code = seg_workspace_compile(&o.workspace, seg_arguments_folder(arguments, 0), arguments, false);
    if (!code)
        code = seg_workspace_instant(&o.workspace, SEG_OPTION_AT, arguments->values[SEG_OPTION_AT], &o.at);
    if (!code) code = seg_choice_make(&o.choice, &o.workspace, arguments);
    if (!code) {
        o.both = calloc((size_t)o.choice.count * o.choice.count + 1, sizeof *o.both);
        if (!o.both) code = seg_say_memory();
    }
    seg_series series = {.arguments = arguments,
                         .image = o.workspace.image,
                         .count = 1,
                         .instants = &o.at,
                         .on_instant = take_overlap,
                         .user = &o};
    if (!code) code = seg_series_run(&series);
    if (!code) code = print(&o, seg_arguments_format(arguments));
    free(o.both);
    seg_choice_free(&o.choice);
    seg_workspace_free(&o.workspace);
    return code;
}

const seg_command seg_command_overlap = {
    .name = "overlap",
    .group = SEG_GROUP_ASK,
    .summary = "show which segments share their members",
    .operands = "[DIR]",
    .description =
        "Reads the events, evaluates every profile at the instant, and compares the segments two by two. For "
        "up to "
        "twelve segments it prints a matrix: of the members of each row, the share that is in the segment "
        "of each column too. For more it lists the pairs that share most, of all who are in either.\n\n"
        "The csv format has a row for each pair in both directions; json has, for each segment, how many of "
        "its "
        "members are in each of them, in the same order.",
    .formats = "table|csv|json",
    .options = SEG_OPTIONS_RUN | SEG_OPTIONS_INPUT | SEG_OPTION_BIT(SEG_OPTION_AT) |
               SEG_OPTION_BIT(SEG_OPTION_SEGMENT) | SEG_OPTION_BIT(SEG_OPTION_FORMAT),
    .required = SEG_OPTION_BIT(SEG_OPTION_EVENTS) | SEG_OPTION_BIT(SEG_OPTION_AT),
    .most_operands = 1,
    .examples = {{"seg overlap rules -e events.ndjson --at 2026-04-16", "the closest pairs of all"},
                 {"seg overlap rules -e events.ndjson --at 2026-04-16 -s vip -s at_risk -s suppressed",
                  "three segments"}},
    .run = run,
};
