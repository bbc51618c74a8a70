/* ingest.h - the lines of J1, and the library's way through them. */
#ifndef BENCH_INGEST_H
#define BENCH_INGEST_H

#include "bench.h"
#include "json_floor.h"

/* Events in JSON lines, with 64 readable bytes behind them; the caller frees them. */
char *bench_ingest_lines(size_t *size);
seg_image *bench_ingest_image(void);
/* Reads the lines into typed records, and adds up what is in them. */
void bench_ingest_read(const seg_image *image, const char *bytes, size_t size, json_sums *sums);

#endif
