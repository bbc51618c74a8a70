#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "answer.h"
#include "bitmap_file.h"
#include "choice.h"
#include "csv_out.h"
#include "duckdb.h"
#include "feed.h"
#include "json_out.h"
#include "output.h"
#include "parquet_out.h"
#include "progress.h"
#include "table.h"
#include "workspace.h"

enum { FORMAT_TABLE, FORMAT_CSV, FORMAT_JSON, FORMAT_ROARING, FORMAT_PARQUET };
enum { BAR_CELLS = 20, TITLE_MOST = 40 };

typedef struct job {
    const seg_arguments *arguments;
    seg_workspace workspace;
    seg_answer answer;
    int64_t at;
    seg_choice choice;
    size_t format;
    bool members;
} job;

static seg_status take_record(void *user, const seg_record *record, seg_error *error) {
    const seg_answer *answer = user;
    return seg_snapshot_add(answer->snapshot, record, error);
}

static seg_status take_fact(void *user, const seg_record *record, seg_error *error) {
    const seg_answer *answer = user;
    return seg_ledger_add(answer->ledger, record, error);
}

static seg_status take_records(void *user, const seg_record *records, size_t count, size_t *applied,
                               seg_error *error) {
    const seg_answer *answer = user;
    return seg_engine_apply_all(answer->engine, records, count, applied, error);
}

static seg_segment_info segment_of(const job *j, uint32_t index) {
    return seg_choice_info(&j->choice, &j->workspace, index);
}

static uint64_t profiles_count(const job *j) { return seg_answer_profile_count(&j->answer); }

/* ---- Printing -------------------------------------------------------------------------------- */

static bool print_sizes_table(const job *j) {
    seg_text_table table = {.sides = "llrrl"};
    static const char *const heads[] = {"segment", "title", "members", "share", ""};
    for (size_t i = 0; i < 5; i++) seg_text_table_cell(&table, heads[i]);
    uint64_t profiles = profiles_count(j);
    for (uint32_t i = 0; i < j->choice.count; i++) {
        seg_segment_info segment = segment_of(j, i);
        uint64_t size = seg_answer_size(&j->answer, j->choice.segments[i]);
        double share = profiles ? (double)size / (double)profiles : 0;
        char count[32], percent[32], bar[4 * BAR_CELLS + 1];
        snprintf(percent, sizeof percent, "%.1f%%", share * 100);
        seg_bar_draw(share, BAR_CELLS, bar);
        seg_text_table_text(&table, segment.name, 0);
        seg_text_table_text(&table, seg_segment_title(&segment), TITLE_MOST);
        seg_text_table_cell(&table, seg_count_show(size, count));
        seg_text_table_cell(&table, percent);
        seg_text_table_cell(&table, bar);
    }
    char count[64], at[48];
    printf("%s at %s\n\n", seg_count_noun(profiles, "profile", count),
           seg_instant_show(j->workspace.image, j->at, at));
    bool done = seg_text_table_print(&table, stdout);
    seg_text_table_free(&table);
    return done;
}

static void print_sizes_csv(const job *j) {
    uint64_t profiles = profiles_count(j);
    puts("segment,title,members,profiles");
    for (uint32_t i = 0; i < j->choice.count; i++) {
        seg_segment_info segment = segment_of(j, i);
        seg_csv_out_text(segment.name);
        putchar(',');
        seg_csv_out_text(segment.title);
        printf(",%" PRIu64 ",%" PRIu64 "\n", seg_answer_size(&j->answer, j->choice.segments[i]), profiles);
    }
}

typedef struct member_line {
    seg_text segment;
    seg_json_out *json;
} member_line;

static void member_csv(void *user, seg_text profile) {
    seg_csv_out_text(((member_line *)user)->segment);
    putchar(',');
    seg_csv_out_text(profile);
    putchar('\n');
}

static void member_json(void *user, seg_text profile) {
    seg_json_out_text(((member_line *)user)->json, profile);
}

static void member_text(void *user, seg_text profile) {
    (void)user;
    fputs("  ", stdout);
    seg_output_text(stdout, profile, 0);
    putchar('\n');
}

static seg_status print_members_table(const job *j) {
    seg_status status = SEG_OK;
    for (uint32_t i = 0; i < j->choice.count && !status; i++) {
        seg_segment_info segment = segment_of(j, i);
        char count[64];
        printf("%s%s", i ? "\n" : "", seg_style_begin(SEG_STYLE_BOLD));
        seg_output_text(stdout, segment.name, 0);
        printf("%s: %s\n", seg_style_end(),
               seg_count_noun(seg_answer_size(&j->answer, j->choice.segments[i]), "member", count));
        status = seg_answer_members(&j->answer, j->choice.segments[i], member_text, NULL);
    }
    return status;
}

static seg_status print_members_csv(const job *j) {
    seg_status status = SEG_OK;
    puts("segment,profile");
    for (uint32_t i = 0; i < j->choice.count && !status; i++) {
        member_line line = {.segment = segment_of(j, i).name};
        status = seg_answer_members(&j->answer, j->choice.segments[i], member_csv, &line);
    }
    return status;
}

static seg_status print_json(const job *j) {
    seg_json_out json = {.file = stdout, .spread = true};
    seg_status status = SEG_OK;
    seg_json_out_open(&json, '{');
    seg_json_out_key(&json, "at");
    seg_json_out_instant(&json, j->at);
    seg_json_out_key(&json, "profiles");
    seg_json_out_count(&json, profiles_count(j));
    seg_json_out_key(&json, "segments");
    seg_json_out_open(&json, '[');
    for (uint32_t i = 0; i < j->choice.count && !status; i++) {
        seg_segment_info segment = segment_of(j, i);
        seg_json_out_open(&json, '{');
        seg_json_out_key(&json, "segment");
        seg_json_out_text(&json, segment.name);
        seg_json_out_key(&json, "title");
        seg_json_out_text(&json, segment.title);
        seg_json_out_key(&json, "size");
        seg_json_out_count(&json, seg_answer_size(&j->answer, j->choice.segments[i]));
        if (j->members) {
            member_line line = {.json = &json};
            seg_json_out_key(&json, "members");
            seg_json_out_open(&json, '[');
            status = seg_answer_members(&j->answer, j->choice.segments[i], member_json, &line);
            seg_json_out_close(&json, ']');
        }
        seg_json_out_close(&json, '}');
    }
    seg_json_out_close(&json, ']');
    seg_json_out_close(&json, '}');
    seg_json_out_end(&json);
    return status;
}

static int print(const job *j) {
    seg_status status = SEG_OK;
    if (j->format == FORMAT_ROARING)
        return seg_bitmap_files_write(j->arguments->values[SEG_OPTION_OUTPUT], &j->answer, &j->choice,
                                      &j->workspace);
    if (j->format == FORMAT_PARQUET)
        return seg_parquet_members_write(j->arguments->values[SEG_OPTION_OUTPUT], &j->answer, &j->choice,
                                         &j->workspace);
    if (j->format == FORMAT_JSON)
        status = print_json(j);
    else if (j->members)
        status = j->format == FORMAT_CSV ? print_members_csv(j) : print_members_table(j);
    else if (j->format == FORMAT_CSV)
        print_sizes_csv(j);
    else if (!print_sizes_table(j))
        status = SEG_E_MEMORY;
    return status ? seg_say_status("cannot print", status, NULL) : SEG_EXIT_GOOD;
}

/* ---- The command ----------------------------------------------------------------------------- */

static seg_status begin(job *j, seg_error *error) {
    seg_engine_options options = {.mode = SEG_ENGINE_BATCH, .limit = j->at};
    if (seg_arguments_has(j->arguments, SEG_OPTION_PROFILES))
        return seg_snapshot_new(&j->answer.snapshot, j->workspace.image, j->at, NULL, error);
    return seg_engine_new(&j->answer.engine, j->workspace.image, &options, error);
}

static int settle(const job *j) {
    seg_error error = {0};
    seg_status status = j->answer.ledger     ? seg_ledger_settle(j->answer.ledger, &error)
                        : j->answer.snapshot ? seg_snapshot_settle(j->answer.snapshot, &error)
                                             : seg_engine_settle(j->answer.engine, &error);
    return status ? seg_say_status("cannot evaluate", status, &error) : SEG_EXIT_GOOD;
}

/* Pipes can be read once only. */
static bool can_read_again(const seg_feed *feed) {
    struct stat facts;
    for (size_t i = 0; i < feed->path_count; i++)
        if (stat(feed->paths[i], &facts) != 0 || !S_ISREG(facts.st_mode)) return false;
    return true;
}

/* Reads events into columns, where these can answer. The first record that is not for them ends it, and all
 * is read again for an engine, which also says what is wrong with records. */
static int read_columns(job *j, seg_feed *feed) {
    if (seg_arguments_has(j->arguments, SEG_OPTION_PROFILES) || !can_read_again(feed)) return SEG_EXIT_GOOD;
    seg_error error = {0};
    seg_status status = seg_ledger_new(&j->answer.ledger, j->workspace.image, j->at, NULL, &error);
    if (status == SEG_E_USAGE) return SEG_EXIT_GOOD;
    if (status) return seg_say_status("cannot begin", status, &error);
    seg_feed columns = *feed;
    columns.on_record = take_fact;
    columns.on_records = NULL;
    columns.silent = columns.stop_refused = true;
    int code = seg_feed_run(&columns);
    feed->counters = columns.counters;
    if (!columns.counters.refused) return code;
    seg_ledger_free(j->answer.ledger);
    j->answer.ledger = NULL;
    return SEG_EXIT_GOOD;
}

static int read_all(job *j, seg_feed *feed) {
    int code = read_columns(j, feed);
    if (code || j->answer.ledger) return code;
    seg_error error = {0};
    seg_status status = begin(j, &error);
    return status ? seg_say_status("cannot begin", status, &error) : seg_feed_run(feed);
}

static void say_summary(const job *j, const seg_feed *feed) {
    seg_engine_counters counters = {0};
    if (j->answer.engine) seg_engine_counters_get(j->answer.engine, &counters);
    if (j->answer.ledger) {
        seg_ledger_counters columns;
        seg_ledger_counters_get(j->answer.ledger, &columns);
        counters = (seg_engine_counters){.profiles = columns.profiles,
                                         .facts = columns.facts,
                                         .future = columns.future,
                                         .arithmetic_faults = columns.arithmetic_faults};
    }
    if (j->answer.snapshot)
        seg_feed_summary_snapshot(feed, j->answer.snapshot);
    else
        seg_feed_summary(feed, &counters);
}

static int evaluate(job *j) {
    bool is_snapshot = seg_arguments_has(j->arguments, SEG_OPTION_PROFILES);
    seg_feed feed = {.image = j->workspace.image,
                     .on_record = is_snapshot ? take_record : NULL,
                     .on_records = is_snapshot ? NULL : take_records,
                     .user = &j->answer,
                     .is_snapshot = is_snapshot,
                     .quiet = seg_arguments_has(j->arguments, SEG_OPTION_QUIET)};
    const char **paths =
        seg_feed_paths(j->arguments, is_snapshot ? SEG_OPTION_PROFILES : SEG_OPTION_EVENTS, &feed.path_count);
    if (!paths) return seg_say_memory();
    feed.paths = paths;
    int code = read_all(j, &feed);
    if (!code) code = settle(j);
    bool has_begun = j->answer.engine || j->answer.ledger || j->answer.snapshot;
    if (!feed.quiet && has_begun && (!code || code == SEG_EXIT_INTERRUPT)) say_summary(j, &feed);
    if (!code) code = seg_feed_verdict(&feed, j->arguments);
    free(paths);
    return code;
}

static int check_input(const job *j) {
    bool events = seg_arguments_has(j->arguments, SEG_OPTION_EVENTS),
         profiles = seg_arguments_has(j->arguments, SEG_OPTION_PROFILES);
    if (events != profiles) return SEG_EXIT_GOOD;
    if (events)
        seg_say("--events and --profiles do not go together: events already say who is there.");
    else
        seg_say("seg run needs --events FILE... or --profiles FILE... (see seg help run).");
    return SEG_EXIT_USAGE;
}

/* Bitmaps and Parquet are members, they go into files, and nothing else does. */
static int check_format(const job *j) {
    bool has_output = seg_arguments_has(j->arguments, SEG_OPTION_OUTPUT);
    bool to_files = j->format == FORMAT_ROARING || j->format == FORMAT_PARQUET;
    const char *name = j->format == FORMAT_ROARING ? "roaring" : "parquet";
    if (to_files && !j->members)
        seg_say("--format %s writes members: it needs --members.", name);
    else if (j->format == FORMAT_ROARING && !has_output)
        seg_say("--format roaring writes a file per segment: it needs --output FOLDER.");
    else if (to_files && !has_output)
        seg_say("--format parquet writes a file: it needs --output FILE.");
    else if (has_output && !to_files)
        seg_say("--output is for --format roaring and --format parquet; everything else goes to standard "
                "output.");
    else /* before anything is read, which may take long */
        return j->format == FORMAT_PARQUET ? seg_duckdb_load(j->arguments->values[SEG_OPTION_OUTPUT])
                                           : SEG_EXIT_GOOD;
    return SEG_EXIT_USAGE;
}

static int run(const seg_arguments *arguments) {
    job j = {.arguments = arguments,
             .format = seg_arguments_format(arguments),
             .members = seg_arguments_has(arguments, SEG_OPTION_MEMBERS)};
    int code = check_input(&j);
    if (!code) code = check_format(&j);
    if (!code)
        code = seg_workspace_compile(&j.workspace, seg_arguments_folder(arguments, 0), arguments, false);
    if (!code)
        code = seg_workspace_instant(&j.workspace, SEG_OPTION_AT, arguments->values[SEG_OPTION_AT], &j.at);
    if (!code) code = seg_choice_make(&j.choice, &j.workspace, arguments);
    if (!code && seg_arguments_has(arguments, SEG_OPTION_PROFILES))
        code = seg_workspace_check_snapshot(&j.workspace, j.choice.segments, j.choice.count);
    if (!code && j.members) code = seg_workspace_prove(&j.workspace, j.choice.segments, j.choice.count);
    if (!code) code = evaluate(&j);
    if (!code) code = print(&j);
    seg_answer_free(&j.answer);
    seg_choice_free(&j.choice);
    seg_workspace_free(&j.workspace);
    return code;
}

const seg_command seg_command_run = {
    .name = "run",
    .group = SEG_GROUP_ASK,
    .summary = "say who is in which segment at an instant",
    .operands = "[DIR]",
    .description =
        "Reads the events, evaluates every profile at the instant, and prints how many are in each "
        "segment, and their share of all profiles. With --members it lists them. Events later than the "
        "instant do not count.\n\n"
        "With --members --format roaring --output FOLDER it writes, for each segment, the file "
        "SEGMENT.roaring: the members' numbers as a Roaring bitmap in the portable format that the libraries "
        "of most languages read. Whose number is which stands in profiles.csv beside them: profiles are "
        "numbered from 0 in the order of their ids. A byte of a segment's name that is not a letter, a digit "
        "or one of _-.()+=, and the space becomes %XX in the file's name.\n\n"
        "With --members --format parquet --output FILE it writes one Parquet file with a row for each member "
        "of each segment: the texts segment and profile.\n\n"
        "With --profiles it reads CSV or Parquet files with a row per profile instead of events, and "
        "evaluates them by columns. A columns map that sets attributes says what they hold; else the "
        "profile's id is the column profile or userId, and attributes are the columns of their names. For "
        "segments that ask for attributes alone: a condition that asks for events, the past, a rank or a "
        "group is an error (E0801).\n\n"
        "Parquet files, also of events, are read and written by DuckDB's library: see SEG_DUCKDB in "
        "seg(1).\n\n"
        "With --strict nothing is printed when a record was refused. The members of a segment that breaks a "
        "policy are not listed.",
    .formats = "table|csv|json|roaring|parquet",
    .options = SEG_OPTIONS_RUN | SEG_OPTIONS_INPUT | SEG_OPTION_BIT(SEG_OPTION_AT) |
               SEG_OPTION_BIT(SEG_OPTION_SEGMENT) | SEG_OPTION_BIT(SEG_OPTION_MEMBERS) |
               SEG_OPTION_BIT(SEG_OPTION_FORMAT) | SEG_OPTION_BIT(SEG_OPTION_OUTPUT) |
               SEG_OPTION_BIT(SEG_OPTION_PROFILES),
    .required = SEG_OPTION_BIT(SEG_OPTION_AT),
    .most_operands = 1,
    .examples = {{"seg run rules --events data/*.ndjson.gz --at 2026-04-16T10:00Z",
                  "the size of every segment"},
                 {"seg run rules -e events.csv -a 2026-04-16 -s at_risk --members -f csv",
                  "the members of one"},
                 {"seg run rules -e events.csv -a 2026-04-16 -m -f roaring -o members", "a bitmap for each"},
                 {"seg run rules --profiles customers.csv --at 2026-04-16", "from attributes alone"},
                 {"zcat events.gz | seg run rules --events - --at 2026-04-16", "from another program"}},
    .run = run,
};
