/* herd.h - events of many profiles, made in memory, in order of arrival. */
#ifndef BENCH_HERD_H
#define BENCH_HERD_H

#include "bench.h"

/* What S1 is: its events come so many at a time, so many of a hundred up to a day late; after the last there
 * is a silence in which the longest window ends. */
enum { HERD_BATCH = 1000, HERD_LATE_PERCENT = 2, HERD_LONGEST_DAYS = 365 };

typedef struct happening {
    int32_t person, kind;
    int64_t time, arrival;
} happening;

typedef struct herd {
    int32_t people, kinds;
    int events, days;
    unsigned late_percent; /* of the events come up to a day late, none after the days */
    happening *list;
    char (*names)[12]; /* of the profiles: their numbers, seven digits each */
} herd;

extern const int64_t bench_start_ms, bench_day_ms;

/* Fills `list` and `names`, which bench_herd_free gives back. Equal numbers make equal herds. */
void bench_herd_make(herd *made);
void bench_herd_free(herd *made);
/* Takes events first .. end - 1 into the engine. Profiles are called by their numbers; a field of an event is
 * 1 .. 100. */
void bench_herd_feed(seg_engine *engine, const herd *fed, int first, int end);

#endif
