/* json_floor.h - what the parser library itself needs for the lines of J1: simdjson, On-Demand, a document
 * per line, every member looked at, the same ones read as texts and numbers. */
#ifndef SEG_BENCH_JSON_FLOOR_H
#define SEG_BENCH_JSON_FLOOR_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct json_sums { /* of what was read, so that both read the same */
    uint64_t records, id_bytes, message_bytes, text_bytes;
    double numbers;
} json_sums;

/* `bytes` has 64 readable bytes behind it. Returns 0 when a line is not what it should be. */
int json_floor_read(const char *bytes, size_t size_bytes, json_sums *sums);

#ifdef __cplusplus
}
#endif
#endif
