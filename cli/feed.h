/* feed.h - records from event files, in order of time over all files, with progress and an account of what
 * was not taken. */
#ifndef SEG_CLI_FEED_H
#define SEG_CLI_FEED_H

#include <engine.h>

#include "option.h"

typedef struct seg_feed_counters {
    uint64_t files, records, refused, skipped;
} seg_feed_counters;

/* Called for each record. SEG_E_FACT, SEG_E_TIME and SEG_E_LIMIT refuse this record; any other fault ends
 * the feed. */
typedef seg_status (*seg_feed_fn)(void *user, const seg_record *record, seg_error *error);

/* The same for many records, as seg_engine_apply_all: in their order, up to the first that is not taken. */
typedef seg_status (*seg_feed_many_fn)(void *user, const seg_record *records, size_t count, size_t *applied,
                                       seg_error *error);

/* What was given is now to be done. */
typedef seg_status (*seg_feed_done_fn)(void *user, seg_error *error);

typedef struct seg_feed {
    const seg_image *image;
    size_t path_count;
    const char *const *paths;
    seg_feed_fn on_record;       /* one of the two */
    seg_feed_many_fn on_records; /* what was read is given at the latest before a read that would wait */
    /* If set, on_records may come back before all is done, but is done with it when it comes back again;
     * refusals come by seg_feed_refuse. */
    seg_feed_done_fn on_done;
    void *user;
    const char *spool;  /* the path that stands for standard input, or NULL */
    bool is_snapshot;  /* the files are snapshots of profiles: see seg_reader_as_snapshot */
    bool quiet;        /* no progress */
    bool silent;       /* refusals are counted, not shown (of a second pass over the same files) */
    bool stop_refused; /* ends at the first refusal */
    seg_feed_counters counters; /* out */
    struct seg_feed_run *run;   /* while it runs */
} seg_feed;

/* Reads all. The files stand beside each other: the record of the least time comes first, within a file
 * in its own order. Gives an exit code: SEG_EXIT_INTERRUPT when the user stopped it. */
int seg_feed_run(seg_feed *feed);
/* While it runs: a record that was given and is not done is refused. */
void seg_feed_refuse(const seg_feed *feed, const seg_record *record, const seg_error *error);
/* While it runs: a refusal has ended it. */
bool seg_feed_ends(const seg_feed *feed);

/* The paths of an option, in an array that the caller frees; NULL: memory ran short. */
const char **seg_feed_paths(const seg_arguments *arguments, seg_option_id id, size_t *count);
/* With --strict and after a refusal: says so and gives SEG_EXIT_INPUT, else SEG_EXIT_GOOD. */
int seg_feed_verdict(const seg_feed *feed, const seg_arguments *arguments);
/* "1,204 facts about 220 profiles ..." on standard error. */
void seg_feed_summary(const seg_feed *feed, const seg_engine_counters *counters);
/* "220 profiles ..." on standard error. */
void seg_feed_summary_snapshot(const seg_feed *feed, const seg_snapshot *snapshot);

#endif
