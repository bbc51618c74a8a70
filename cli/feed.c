#include "feed.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "interrupt.h"
#include "output.h"
#include "parquet.h"
#include "progress.h"

enum { SHOWN_REFUSALS = 20, LOOK_EVERY = 1024, TOGETHER = 512, TOGETHER_BYTES = 1 << 20 };

typedef struct source {
    seg_reader *reader;
    const seg_record *record; /* the next one */
    int64_t time;             /* its time */
    size_t number;
} source;

typedef struct together { /* records that are given at once */
    seg_records *records;
    size_t numbers[TOGETHER]; /* of their sources */
} together;

typedef struct seg_feed_run {
    seg_feed *feed;
    source *heap; /* the source of the least (time, number) first */
    size_t count;
    uint64_t bytes_done, bytes_total; /* of files that are finished; of all */
    uint64_t taken, shown, refused;
    together together[2]; /* one is read while the other is done */
    unsigned reading;
    int fault; /* why giving failed; SEG_EXIT_GOOD: it did not */
} run;

static bool finish_given(run *r);
static bool input_waits(void *user);

bool seg_feed_ends(const seg_feed *feed) { return feed->stop_refused && feed->run->refused; }

static void refusal_show(run *r, const seg_refusal *refusal) {
    r->refused++;
    if (r->feed->silent || r->shown >= SHOWN_REFUSALS) return;
    r->shown++;
    const char *file = refusal->file;
    if (r->feed->spool && strcmp(file, r->feed->spool) == 0) file = "-";
    char *name = seg_text_show(seg_text_from(file), 0);
    char *reason = seg_text_show(seg_text_from(refusal->reason), 0);
    if (name && reason && refusal->line)
        seg_say("%s:%" PRIu64 ": refused: %s", name, refusal->line, reason);
    else if (name && reason) /* the names of a table's columns stand in no line */
        seg_say("%s: refused: %s", name, reason);
    free(name);
    free(reason);
}

/* A reader refuses: what stands before it comes first, and may be the end. Of lines that are refused one
 * after the other all are told. */
static void refusal_read(void *user, const seg_refusal *refusal) {
    run *r = user;
    bool ended = seg_feed_ends(r->feed);
    finish_given(r);
    if (ended || !seg_feed_ends(r->feed)) refusal_show(r, refusal);
}

static bool comes_before(const source *a, const source *b) {
    return a->time != b->time ? a->time < b->time : a->number < b->number;
}

static void sink_down(run *r, size_t at) {
    for (;;) {
        size_t least = at, left = 2 * at + 1;
        for (size_t child = left; child < left + 2 && child < r->count; child++)
            if (comes_before(&r->heap[child], &r->heap[least])) least = child;
        if (least == at) return;
        source spare = r->heap[at];
        r->heap[at] = r->heap[least];
        r->heap[least] = spare;
        at = least;
    }
}

static void source_close(run *r, source *s) {
    seg_reader_counters counters;
    seg_reader_counters_get(s->reader, &counters);
    r->bytes_done += counters.bytes_read;
    r->feed->counters.skipped += counters.skipped;
    seg_reader_close(s->reader);
    s->reader = NULL;
    s->record = NULL;
}

/* What the user calls a path. */
static const char *path_of(const run *r, size_t number) {
    const char *path = r->feed->paths[number];
    return r->feed->spool && strcmp(path, r->feed->spool) == 0 ? "-" : path;
}

/* The source's next record. A read that a signal cut short is no fault: the user wants to stop. */
static int source_next(run *r, source *s) {
    seg_error error = {0};
    seg_status status = seg_reader_next(s->reader, &s->record, &error);
    if (r->fault) return r->fault;
    if (seg_interrupt_came()) return SEG_EXIT_INTERRUPT;
    if (status && !finish_given(r)) return r->fault;
    if (status) return seg_say_status(path_of(r, s->number), status, &error);
    if (s->record)
        s->time = s->record->time;
    else
        source_close(r, s);
    return SEG_EXIT_GOOD;
}

static int source_open(run *r, source *s, const char *path, size_t number) {
    seg_error error = {0};
    seg_table table;
    seg_status status;
    if (seg_parquet_is(path)) {
        int code = seg_parquet_open(path, &table);
        if (code) return code;
        status = seg_reader_open_table(&s->reader, r->feed->image, path, &table, refusal_read, r, &error);
    } else {
        status = seg_reader_open(&s->reader, r->feed->image, path, refusal_read, r, &error);
        if (!status) seg_reader_on_wait(s->reader, input_waits, r);
    }
    return status ? seg_say_status(path_of(r, number), status, &error) : SEG_EXIT_GOOD;
}

static int sources_open(run *r) {
    for (size_t i = 0; i < r->feed->path_count; i++) {
        source *s = &r->heap[r->count];
        seg_error error = {0};
        const char *path = r->feed->paths[i];
        int code = source_open(r, s, path, i);
        if (code) return code;
        seg_status status = SEG_OK;
        if (r->feed->is_snapshot) status = seg_reader_as_snapshot(s->reader, &error);
        if (status) {
            source_close(r, s);
            return seg_say_status(path_of(r, i), status, &error);
        }
        seg_reader_counters counters;
        seg_reader_counters_get(s->reader, &counters);
        r->bytes_total += counters.bytes_total;
        s->number = i;
        r->count++;
        code = source_next(r, s);
        if (code) return code;
        if (!s->record) r->count--;
    }
    for (size_t i = r->count / 2; i-- > 0;) sink_down(r, i);
    return SEG_EXIT_GOOD;
}

static void progress_show(const run *r) {
    uint64_t done = r->bytes_done;
    for (size_t i = 0; i < r->count; i++) {
        seg_reader_counters counters;
        seg_reader_counters_get(r->heap[i].reader, &counters);
        done += counters.bytes_read;
    }
    seg_progress_update(done, r->bytes_total, r->taken);
}

static void record_refuse(run *r, const seg_record *record, size_t number, const seg_error *error) {
    seg_refusal refusal = {.file = r->feed->paths[number],
                           .line = record->line,
                           .reason = error->message[0] ? error->message : "it does not fit its declaration"};
    refusal_show(r, &refusal);
}

void seg_feed_refuse(const seg_feed *feed, const seg_record *record, const seg_error *error) {
    run *r = feed->run;
    for (int i = 0; i < 2; i++) {
        size_t count;
        const seg_record *first = seg_records_list(r->together[i].records, &count);
        for (size_t n = 0; n < count; n++)
            if (&first[n] == record) record_refuse(r, record, r->together[i].numbers[n], error);
    }
}

/* What became of a record: a refusal is told, another fault ends the feed. */
static int record_judge(run *r, const seg_record *record, size_t number, seg_status status,
                        const seg_error *error) {
    r->taken++;
    if (status == SEG_OK) return SEG_EXIT_GOOD;
    if (status != SEG_E_FACT && status != SEG_E_TIME && status != SEG_E_LIMIT)
        return seg_say_status(path_of(r, number), status, error);
    record_refuse(r, record, number, error);
    return SEG_EXIT_GOOD;
}

/* Gives what was read together; with stop_refused up to the first that is refused. */
static void together_give(run *r) {
    together *t = &r->together[r->reading];
    if (!t->records) return;
    size_t count, done = 0;
    const seg_record *records = seg_records_list(t->records, &count);
    while (done < count && !r->fault && !seg_feed_ends(r->feed)) {
        seg_error error = {0};
        size_t applied;
        seg_status status =
            r->feed->on_records(r->feed->user, records + done, count - done, &applied, &error);
        r->taken += applied;
        done += applied;
        if (status) r->fault = record_judge(r, &records[done], t->numbers[done], status, &error);
        done += status != SEG_OK;
    }
    r->reading ^= 1;
    seg_records_clear(r->together[r->reading].records);
}

/* All that was read is given, and done. False: that failed. */
static bool finish_given(run *r) {
    seg_error error = {0};
    together_give(r);
    seg_status status = !r->fault && r->feed->on_done ? r->feed->on_done(r->feed->user, &error) : SEG_OK;
    if (status) r->fault = seg_say_status("cannot go on", status, &error);
    return !r->fault;
}

static int record_give(run *r, const source *s) {
    together *t = &r->together[r->reading];
    if (!t->records) {
        seg_error error = {0};
        seg_status status = r->feed->on_record(r->feed->user, s->record, &error);
        return record_judge(r, s->record, s->number, status, &error);
    }
    size_t count;
    seg_records_list(t->records, &count);
    t->numbers[count] = s->number;
    if (seg_records_add(t->records, s->record)) return seg_say_memory();
    if (count + 1 == TOGETHER || seg_records_bytes(t->records) >= TOGETHER_BYTES) together_give(r);
    return r->fault;
}

static bool must_stop(const run *r) { return seg_output_broken() || seg_feed_ends(r->feed); }

/* No more is ready: changes come now. */
static bool input_waits(void *user) {
    run *r = user;
    return finish_given(r) && !must_stop(r);
}

static int records_merge(run *r) {
    for (uint64_t steps = 1; r->count > 0 && !must_stop(r); steps++) {
        int code = record_give(r, &r->heap[0]);
        if (!code) code = source_next(r, &r->heap[0]);
        if (code) return code;
        if (!r->heap[0].record) r->heap[0] = r->heap[--r->count];
        sink_down(r, 0);
        if (steps % LOOK_EVERY == 0) progress_show(r);
        if (seg_interrupt_came()) return SEG_EXIT_INTERRUPT;
    }
    return SEG_EXIT_GOOD;
}

static int together_make(run *r) {
    seg_error error = {0};
    seg_status status = SEG_OK;
    for (int i = 0; i < 2 && r->feed->on_records && !status; i++)
        status = seg_records_new(&r->together[i].records, r->feed->image, NULL, &error);
    return status ? seg_say_status("cannot begin", status, &error) : SEG_EXIT_GOOD;
}

/* All of them, also what was read before the user stopped it or reading failed. */
static int records_give(run *r) {
    int code = together_make(r);
    if (!code) code = sources_open(r);
    if (!code) code = records_merge(r);
    if (!r->fault && r->together[1].records && !finish_given(r)) return r->fault;
    return !code && seg_feed_ends(r->feed) ? SEG_EXIT_INPUT : code;
}

int seg_feed_run(seg_feed *feed) {
    run r = {.feed = feed};
    feed->counters = (seg_feed_counters){.files = feed->path_count};
    r.heap = calloc(feed->path_count + 1, sizeof *r.heap);
    if (!r.heap) return seg_say_memory();
    if (!feed->quiet) seg_progress_begin("reading");
    feed->run = &r;
    int code = records_give(&r);
    feed->run = NULL;
    for (size_t i = 0; i < r.count; i++)
        if (r.heap[i].reader) source_close(&r, &r.heap[i]);
    for (int i = 0; i < 2; i++) seg_records_free(r.together[i].records);
    free(r.heap);
    seg_progress_end();
    feed->counters.records = r.taken;
    feed->counters.refused = r.refused;
    uint64_t hidden = feed->counters.refused > r.shown ? feed->counters.refused - r.shown : 0;
    char count[32];
    if (hidden && !feed->silent && r.shown)
        seg_say("%s and %s more refused.", seg_output_terminal()->dots, seg_count_show(hidden, count));
    return code;
}

const char **seg_feed_paths(const seg_arguments *arguments, seg_option_id id, size_t *count) {
    *count = 0;
    while (seg_arguments_nth(arguments, id, *count)) ++*count;
    const char **paths = calloc(*count + 1, sizeof *paths);
    for (size_t i = 0; paths && i < *count; i++) paths[i] = seg_arguments_nth(arguments, id, i);
    return paths;
}

int seg_feed_verdict(const seg_feed *feed, const seg_arguments *arguments) {
    if (!feed->counters.refused || !seg_arguments_has(arguments, SEG_OPTION_STRICT)) return SEG_EXIT_GOOD;
    char count[64];
    seg_say("%s refused: this is the end, because of --strict.",
            seg_count_noun(feed->counters.refused, "record", count));
    return SEG_EXIT_INPUT;
}

typedef struct part {
    uint64_t count;
    const char *what;
} part;

/* "head; 3 refused, 2 skipped." without the parts of which there are none. */
static void summary_say(const char *head, const part *parts, size_t part_count) {
    char count[32], line[512];
    int at = snprintf(line, sizeof line, "%s", head);
    for (size_t i = 0; i < part_count; i++)
        if (parts[i].count && at > 0 && (size_t)at < sizeof line)
            at += snprintf(line + at, sizeof line - (size_t)at, "%s%s %s", strchr(line, ';') ? ", " : "; ",
                           seg_count_show(parts[i].count, count), parts[i].what);
    seg_say("%s.", line);
}

void seg_feed_summary_snapshot(const seg_feed *feed, const seg_snapshot *snapshot) {
    seg_snapshot_counters c;
    seg_snapshot_counters_get(snapshot, &c);
    const part parts[] = {
        {c.future, "after the end"},
        {feed->counters.refused, "refused"},
        {c.arithmetic_faults, "results out of range"},
    };
    char profiles[64];
    summary_say(seg_count_noun(c.profiles, "profile", profiles), parts, sizeof parts / sizeof *parts);
}

void seg_feed_summary(const seg_feed *feed, const seg_engine_counters *counters) {
    const seg_engine_counters c = *counters;
    const part parts[] = {
        {c.duplicates, c.duplicates == 1 ? "duplicate" : "duplicates"},
        {c.too_old, "too old"},
        {c.future, "after the end"},
        {c.merged, "merged"},
        {c.erased, "erased"},
        {c.after_erasure, "about erased profiles"},
        {feed->counters.refused, "refused"},
        {feed->counters.skipped, "skipped (no rule names the event)"},
        {c.arithmetic_faults, "results out of range"},
    };
    char facts[64], profiles[64], head[160];
    snprintf(head, sizeof head, "%s about %s", seg_count_noun(c.facts, "fact", facts),
             seg_count_noun(c.profiles, "profile", profiles));
    summary_say(head, parts, sizeof parts / sizeof *parts);
}
