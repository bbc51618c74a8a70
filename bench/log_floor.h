/* log_floor.h - workload B2, and what a programmer would write by hand for it: one pass over the events, a
 * struct of counts and sums per profile, then the conditions. */
#ifndef SEG_BENCH_LOG_FLOOR_H
#define SEG_BENCH_LOG_FLOOR_H

#include <stddef.h>
#include <stdint.h>

enum { LOG_KINDS = 5, LOG_SEGMENTS = 20 };
enum { LOG_VISIT, LOG_VIEW, LOG_OPEN, LOG_CART, LOG_ORDER };

typedef struct log_table { /* the events of a kind, in order of time */
    size_t rows;
    int32_t *profiles;
    int64_t *times;
    int32_t *categories; /* of views and orders */
    __int128 *amounts;   /* of orders: cents, as Arrow's decimal128 */
} log_table;

typedef struct log_crowd {
    size_t rows;
    uint64_t *opted_out; /* bits */
    uint8_t *plans;      /* free, trial, pro, team */
    uint8_t *countries;  /* 0: DE */
} log_crowd;

/* Counts and bits of each segment at `now`; no event is later. */
void log_floor_run(const log_table *tables, const log_crowd *crowd, int64_t now, uint64_t *const *members,
                   uint64_t *counts);

#endif
