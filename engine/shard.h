/* shard.h - one of several engines that share the profiles among them: a thread, and what it has to tell.
 *
 * A shard is given a part of the records and works them off. What happens is noted down with its place in the
 * order of one engine, in two boxes: one is filled while the other is read, so that no more is kept than both
 * hold, however much time alone changes. */
#ifndef SEG_ENGINE_SHARD_H
#define SEG_ENGINE_SHARD_H

#include <pthread.h>

#include "population.h"

#define SEG_BY_TIME UINT64_MAX

/* A change, or why a record was refused. One engine tells of them in order of `now`; at the same instant
 * first of what records do, in their order, then of what time does, in order of the profiles' ids. */
typedef struct seg_note {
    int64_t now;             /* the engine's */
    uint64_t number;         /* of the record in the order of all, or SEG_BY_TIME */
    size_t text, text_bytes; /* in the box: the profile's id, or the refusal's reason */
    seg_change change;
    seg_text message_id;
    seg_status refused; /* SEG_OK: a change */
} seg_note;

typedef struct seg_notebox {
    seg_note *notes;
    size_t count;
    char *texts;
    size_t text_bytes, text_capacity;
} seg_notebox;

typedef struct seg_shard_gate { /* what the shards and the thread that asks them share */
    pthread_mutex_t mutex;
    pthread_cond_t told; /* some shard has a box to read, or is done */
} seg_shard_gate;

typedef struct seg_shard {
    seg_engine *engine;
    const seg_allocator *allocator;
    seg_shard_gate *gate;
    pthread_t thread;
    bool has_thread;

    /* Its part: written while the shard rests. */
    seg_record *records;
    int64_t *instants; /* of the engine, at each record */
    uint64_t *numbers;
    size_t count, record_capacity, instant_capacity, number_capacity;
    int64_t before, now; /* what time does before `before` is told, and then it is `now` */

    /* Of the work. */
    size_t done, applied;
    seg_status status;
    seg_error error;
    seg_notebox boxes[2];
    unsigned filling; /* the box that is filled */

    /* Behind the gate. */
    pthread_cond_t woken;
    bool works, ends;
    const seg_notebox *full; /* to be read; NULL: none is */

    /* Of the one who asks. */
    const seg_notebox *reading; /* NULL: `full` was not looked at */
    size_t read;                /* notes of it that were read */
    bool rests;                 /* and all was read */
} seg_shard;

/* Makes the engine and the thread. In any case seg_shard_free. */
seg_status seg_shard_start(seg_shard *shard, seg_shard_gate *gate, const seg_image *image,
                           const seg_engine_options *options, seg_error *error);
void seg_shard_free(seg_shard *shard);
/* Room for one more record in its part, and the record into it. False: no memory. */
bool seg_shard_give(seg_shard *shard, const seg_record *record, int64_t instant, uint64_t number);
/* Lets it work off its part, and go on in time. */
void seg_shard_go(seg_shard *shard, int64_t before, int64_t now);
/* Its next note; waits for it. NULL: it rests, and all is read. */
const seg_note *seg_shard_peek(seg_shard *shard);
void seg_shard_next(seg_shard *shard); /* after seg_shard_peek */
seg_text seg_shard_text(const seg_shard *shard, const seg_note *note);

#endif
