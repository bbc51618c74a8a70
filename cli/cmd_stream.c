#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "change_out.h"
#include "feed.h"
#include "interrupt.h"
#include "output.h"
#include "workspace.h"

enum { THREADS_MOST = 256 };

typedef struct job {
    seg_workspace workspace;
    seg_feed feed;
    seg_engine *engine; /* one of the two */
    seg_shards *shards;
    seg_change_out *out;
    bool flush; /* events come as they happen: so do changes */
} job;

static void change_print(void *user, const seg_engine_change *change) {
    const job *j = user;
    if (j->feed.run && seg_feed_ends(&j->feed)) return; /* of what was at work when it ended */
    seg_change_out_write(j->out, change);
}

static seg_status take_records(void *user, const seg_record *records, size_t count, size_t *applied,
                               seg_error *error) {
    const job *j = user;
    seg_status status = seg_engine_apply_all(j->engine, records, count, applied, error);
    if (j->flush) fflush(stdout);
    return status;
}

/* ---- With several threads ---------------------------------------------------------------------- */

static seg_status shards_finish(void *user, seg_error *error) {
    const job *j = user;
    seg_status status = seg_shards_finish(j->shards, error);
    if (j->flush) fflush(stdout);
    return status;
}

/* While the shards are at work, the next records are read. */
static seg_status shards_take(void *user, const seg_record *records, size_t count, size_t *applied,
                              seg_error *error) {
    const job *j = user;
    seg_status status = shards_finish(user, error);
    bool goes_on = !status && !seg_feed_ends(&j->feed);
    *applied = goes_on ? count : 0;
    return goes_on ? seg_shards_begin(j->shards, records, count, error) : status;
}

static void record_refuse(void *user, const seg_record *record, seg_status status, const seg_error *error) {
    const job *j = user;
    (void)status;
    if (!seg_feed_ends(&j->feed)) seg_feed_refuse(&j->feed, record, error);
}

static int threads_read(const seg_arguments *arguments, uint32_t *out) {
    const char *text = arguments->values[SEG_OPTION_THREADS];
    *out = 1;
    if (!text) return SEG_EXIT_GOOD;
    char *end;
    unsigned long threads = strtoul(text, &end, 10);
    if (*end || text[0] < '0' || text[0] > '9' || !threads || threads > THREADS_MOST) {
        char *shown = seg_text_show(seg_text_from(text), 40);
        if (shown) seg_say("--threads \"%s\": a number from 1 to %d is needed.", shown, THREADS_MOST);
        free(shown);
        return SEG_EXIT_USAGE;
    }
    *out = (uint32_t)threads;
    return SEG_EXIT_GOOD;
}

/* ---- From files to changes --------------------------------------------------------------------- */

static seg_status begin(job *j, uint32_t threads, int64_t until, seg_error *error) {
    seg_shards_options options = {
        .engine = {.mode = SEG_ENGINE_STREAM, .limit = until, .on_change = change_print, .user = j},
        .threads = threads,
        .on_refusal = record_refuse};
    if (threads == 1) return seg_engine_new(&j->engine, j->workspace.image, &options.engine, error);
    j->feed.on_records = shards_take;
    j->feed.on_done = shards_finish;
    seg_status status = seg_shards_new(&j->shards, j->workspace.image, &options, error);
    if (!status && seg_shards_count(j->shards) == 1 && !j->feed.quiet)
        seg_say("the rules compare people with one another: one thread does the work.");
    return status;
}

static seg_status advance(const job *j, int64_t until, seg_error *error) {
    int64_t now = j->shards ? seg_shards_now(j->shards) : seg_engine_now(j->engine);
    if (until <= now) return SEG_OK;
    return j->shards ? seg_shards_advance(j->shards, until, error)
                     : seg_engine_advance(j->engine, until, error);
}

static void summary_say(const job *j) {
    seg_engine_counters counters;
    if (j->shards)
        seg_shards_counters_get(j->shards, &counters);
    else
        seg_engine_counters_get(j->engine, &counters);
    seg_feed_summary(&j->feed, &counters);
}

static int stream_events(job *j, const seg_arguments *arguments, int64_t until) {
    uint32_t threads;
    int code = threads_read(arguments, &threads);
    if (code) return code;
    seg_feed *feed = &j->feed;
    *feed = (seg_feed){.image = j->workspace.image,
                       .on_records = take_records,
                       .user = j,
                       .quiet = seg_arguments_has(arguments, SEG_OPTION_QUIET),
                       .stop_refused = seg_arguments_has(arguments, SEG_OPTION_STRICT)};
    const char **paths = seg_feed_paths(arguments, SEG_OPTION_EVENTS, &feed->path_count);
    if (!paths) return seg_say_memory();
    feed->paths = paths;
    for (size_t i = 0; i < feed->path_count; i++)
        if (strcmp(paths[i], "-") == 0) j->flush = true;
    seg_error error = {0};
    seg_status status = begin(j, threads, until, &error);
    if (status) code = seg_say_status("cannot begin", status, &error);
    if (!code) code = seg_feed_run(feed);
    if (code == SEG_EXIT_INPUT) seg_feed_verdict(feed, arguments);
    if (!code && seg_arguments_has(arguments, SEG_OPTION_UNTIL)) {
        status = advance(j, until, &error);
        if (status) code = seg_say_status("cannot go on", status, &error);
    }
    if (!feed->quiet && (!code || code == SEG_EXIT_INTERRUPT)) summary_say(j);
    free(paths);
    return code;
}

static int stream(const seg_arguments *arguments) {
    job j = {0};
    int64_t until = SEG_TIME_MAX;
    int code = seg_workspace_compile(&j.workspace, seg_arguments_folder(arguments, 0), arguments, false);
    if (!code && seg_arguments_has(arguments, SEG_OPTION_UNTIL))
        code = seg_workspace_instant(&j.workspace, SEG_OPTION_UNTIL, arguments->values[SEG_OPTION_UNTIL],
                                     &until);
    if (!code) code = seg_workspace_prove(&j.workspace, NULL, 0);
    if (!code) j.out = seg_change_out_new(j.workspace.image, stdout);
    if (!code) code = j.out ? stream_events(&j, arguments, until) : seg_say_memory();
    seg_change_out_free(j.out);
    seg_engine_free(j.engine);
    seg_shards_free(j.shards);
    seg_workspace_free(&j.workspace);
    return code;
}

const seg_command seg_command_stream = {
    .name = "stream",
    .group = SEG_GROUP_ASK,
    .summary = "print every entry and exit as events come in",
    .operands = "[DIR]",
    .description =
        "Plays the events in order of their time and prints a line of JSON for every change, those that "
        "time alone brings included, each at its exact instant:\n\n"
        "  segment, profile  who entered or left what\n"
        "  change            enter or exit\n"
        "  at                when, in UTC\n"
        "  cause             event, late event, attribute, late attribute, time, merge, erase, rank\n"
        "                    or group\n"
        "  event, attribute  which one it was\n"
        "  message_id        of the record that caused it\n"
        "  valid_until       when time alone will undo it, or null\n\n"
        "Time moves with the events, and with --until on to an instant after the last one. Several files "
        "are read side by side, the earliest record first. From standard input, each change is written as "
        "soon as it is known.\n\n"
        "With --threads, profiles are shared out over threads, which work while the next events are read. "
        "What is "
        "printed is the same to the byte. Rules that compare people with one another, by ranks or groups, "
        "are "
        "the work of one thread.\n\n"
        "With --strict the stream ends at the first record that is refused. It does not begin when a segment "
        "breaks a policy.",
    .options = SEG_OPTIONS_RUN | SEG_OPTIONS_INPUT | SEG_OPTION_BIT(SEG_OPTION_UNTIL) |
               SEG_OPTION_BIT(SEG_OPTION_THREADS),
    .required = SEG_OPTION_BIT(SEG_OPTION_EVENTS),
    .most_operands = 1,
    .examples = {{"seg stream rules --events events.ndjson", "changes up to the last event"},
                 {"seg stream rules -e events.ndjson --until 2026-06-01",
                  "and what time does to them until June"},
                 {"tail -f log.ndjson | seg stream rules --events -", "as they happen"}},
    .run = stream,
};
