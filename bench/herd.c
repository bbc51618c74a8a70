/* herd.c - see herd.h. */
#include "herd.h"

#include <stdio.h>
#include <stdlib.h>

const int64_t bench_start_ms = INT64_C(1767225600000), bench_day_ms = 86400000;

static int by_arrival(const void *a, const void *b) {
    const happening *x = a, *y = b;
    if (x->arrival != y->arrival) return x->arrival < y->arrival ? -1 : 1;
    if (x->time != y->time) return x->time < y->time ? -1 : 1;
    return (x->person > y->person) - (x->person < y->person);
}

static int64_t span_end(const herd *of) { return bench_start_ms + of->days * bench_day_ms; }

void bench_herd_make(herd *made) {
    uint64_t random = 88172645463325252u, lateness = 362436069u;
    uint64_t span = (uint64_t)(span_end(made) - bench_start_ms);
    made->list = malloc((size_t)made->events * sizeof *made->list);
    if (!made->list) bench_fail("no memory");
    for (int i = 0; i < made->events; i++) {
        int64_t time = bench_start_ms + (int64_t)(bench_random(&random) % span);
        uint64_t late = bench_random(&lateness);
        made->list[i] = (happening){(int32_t)(bench_random(&random) % (uint64_t)made->people),
                                    (int32_t)(bench_random(&random) % (uint64_t)made->kinds), time, time};
        if (late % 100 < made->late_percent) {
            int64_t arrival = time + (int64_t)(late / 100 % (uint64_t)bench_day_ms),
                    last = span_end(made) - 1;
            made->list[i].arrival = arrival < last ? arrival : last;
        }
    }
    made->names = malloc((size_t)made->people * sizeof *made->names);
    if (!made->names) bench_fail("no memory");
    for (int i = 0; i < made->people; i++) snprintf(made->names[i], sizeof *made->names, "%07d", i);
    qsort(made->list, (size_t)made->events, sizeof *made->list, by_arrival);
}

void bench_herd_free(herd *made) {
    free(made->list);
    free(made->names);
    made->list = NULL;
    made->names = NULL;
}

void bench_herd_feed(seg_engine *engine, const herd *fed, int first, int end) {
    enum { NAME_SIZE = 7 };
    static seg_record records[HERD_BATCH];
    static seg_value fields[HERD_BATCH];
    for (size_t count, applied; first < end; first += (int)count) {
        for (count = 0; count < HERD_BATCH && first + (int)count < end; count++) {
            const happening *event = &fed->list[first + (int)count];
            fields[count] = (seg_value){.known = true, .as.i = 1 + event->time % 100};
            records[count] = (seg_record){.kind = SEG_RECORD_TRACK,
                                          .profile = {fed->names[event->person], NAME_SIZE},
                                          .time = event->time,
                                          .event = (uint32_t)event->kind,
                                          .fields = &fields[count]};
        }
        if (seg_engine_apply_all(engine, records, count, &applied, NULL)) bench_fail("the engine failed");
    }
}
