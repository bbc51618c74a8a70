/* floor.h - what a programmer would write by hand for B1: one loop per type of column, made for the machine
 * at hand (-march=native). 64 rows are a word; rows that are not valid are out. `how`: -1 less, 0 equal, 1
 * greater. */
#ifndef SEG_BENCH_FLOOR_H
#define SEG_BENCH_FLOOR_H

#include <stddef.h>
#include <stdint.h>

void floor_i32(const int32_t *values, size_t groups, int how, int32_t constant, const uint64_t *valid,
               uint64_t *bits);
void floor_i64(const int64_t *values, size_t groups, int how, int64_t constant, const uint64_t *valid,
               uint64_t *bits);
void floor_f64(const double *values, size_t groups, int how, double constant, const uint64_t *valid,
               uint64_t *bits);
/* Only the lower halves: no value of the workload needs more. */
void floor_i128(const int64_t *values, size_t groups, int how, int64_t constant, const uint64_t *valid,
                uint64_t *bits);
/* Bit `code` of the table. */
void floor_codes(const uint8_t *values, size_t groups, const uint8_t *table, const uint64_t *valid,
                 uint64_t *bits);
/* 0: a and b and c; 1: a and (b or c); 2: (a and b) or c. Gives the number of ones. */
uint64_t floor_combine(int form, const uint64_t *a, const uint64_t *b, const uint64_t *c, size_t groups,
                       uint64_t *out);

#endif
