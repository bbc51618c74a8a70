/* requery.h - the segments of S1, and changes of membership as sums. */
#ifndef BENCH_REQUERY_H
#define BENCH_REQUERY_H

#include "herd.h"

enum { REQUERY_KINDS = 8, REQUERY_MOST = 1000, REQUERY_DAYS = 120 };

typedef struct requery_segment { /* events of this kind, so many in so many days */
    int kind, days, least;
} requery_segment;

typedef struct requery_sum {
    uint64_t count, sum;
} requery_sum;

requery_segment requery_segment_of(int number);
/* Adds a change as a word, so that all of them can be compared as a sum, in whatever order they are told. */
void requery_add(requery_sum *to, uint64_t person, uint32_t segment, int64_t at, bool entered);

/* requery_sqlite.c: the same events through a table of SQLite in memory; everybody who enters. */
requery_sum requery_sqlite(const herd *crowd, int segments);

#endif
