/* crew.h - a batch whose rows are shared out among threads: each has a batch of its own, over the same
 * schema, and a part of the rows. What comes out is what one thread gives, bit for bit. */
#ifndef SEG_CREW_H
#define SEG_CREW_H

#include <pthread.h>

#include "batch.h"

/* One thread's part of a run. */
struct seg_crew_part {
    seg_batch *batch;
    const struct ArrowArray *array;
    const struct ArrowArray *const *tables;
    uint64_t *const *members;
    uint64_t *counts;
    size_t first, end; /* rows */
    seg_status status;
    seg_error error;
    pthread_t thread;
    bool has_thread;
};

/* Gives the batch as many mates as `options` ask for. SEG_E_MEMORY, SEG_E_USAGE. */
seg_status seg_crew_new(seg_batch *batch, const struct ArrowSchema *schema, const seg_batch_options *options,
                        seg_error *error);
void seg_crew_free(seg_batch *batch);
/* As seg_batch_run_events. Where no thread is to be had, the caller's does its part. Of several errors that
 * of the first rows is given. */
seg_status seg_crew_run(seg_batch *batch, const struct ArrowArray *array,
                        const struct ArrowArray *const *tables, uint64_t *const *members, uint64_t *counts,
                        seg_error *error);

#endif
