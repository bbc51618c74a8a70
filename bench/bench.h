/* bench.h - what the workloads share: rounds, ratios, rules in place. */
#ifndef BENCH_H
#define BENCH_H

#include <engine.h>
#include <segc.h>

enum { BENCH_ROUNDS = 9 };

typedef struct bench_row {
    const char *name, *what;
    double ratio, least, most, nanoseconds, floor_nanoseconds; /* per thing; 0: no times */
} bench_row;

/* Says what is wrong and ends the program. */
_Noreturn void bench_fail(const char *what);
double bench_cpu_seconds(void);
/* `measured` and `floor` in seconds (or another unit) per round, of `rounds`, over `items` things each. */
bench_row bench_row_of(const char *name, const char *what, double *measured, double *floor, int rounds,
                       double items);
/* Rules that must compile, as an image of its own, perhaps one that can explain. */
seg_image *bench_compile(const char *name, const char *source, size_t size, bool explains);
/* The next number of a generator that starts at any number but 0. */
uint64_t bench_random(uint64_t *state);

/* stream.c */
bench_row bench_stream(const char *events, const char *workspace);
/* crowd.c: a crowd of profiles, in memory. The rows written; there is room for 6. */
int bench_crowd(bench_row *rows);
/* threads.c: the rows written, 2. */
int bench_threads(bench_row *rows);
/* ingest.c */
bench_row bench_ingest(void);
/* breadth.c: the rows written, 2. */
int bench_breadth(bench_row *rows);

#endif
