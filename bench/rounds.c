/* rounds.c - what the workloads share. */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

_Noreturn void bench_fail(const char *what) {
    fprintf(stderr, "bench: %s\n", what);
    exit(4);
}

double bench_cpu_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

uint64_t bench_random(uint64_t *state) {
    *state ^= *state << 13, *state ^= *state >> 7, *state ^= *state << 17;
    return *state;
}

static int compare_doubles(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static double median(double *values, int count) {
    qsort(values, (size_t)count, sizeof *values, compare_doubles);
    return values[count / 2];
}

bench_row bench_row_of(const char *name, const char *what, double *measured, double *floor, int rounds,
                       double items) {
    double ratios[BENCH_ROUNDS];
    for (int i = 0; i < rounds; i++) ratios[i] = measured[i] / floor[i];
    bench_row made = {.name = name, .what = what, .ratio = median(ratios, rounds)};
    made.least = ratios[0];
    made.most = ratios[rounds - 1];
    made.nanoseconds = median(measured, rounds) / items * 1e9;
    made.floor_nanoseconds = median(floor, rounds) / items * 1e9;
    return made;
}

seg_image *bench_compile(const char *name, const char *source, size_t size, bool explains) {
    seg_unit *unit;
    const uint8_t *bytes;
    size_t bytes_size;
    seg_image *image;
    if (seg_unit_new(&unit, NULL) || seg_unit_add(unit, name, source, size) || seg_unit_check(unit) ||
        seg_unit_errors(unit))
        bench_fail("the rules do not compile");
    if (seg_unit_image(unit, explains, &bytes, &bytes_size) ||
        seg_image_load(&image, bytes, bytes_size, NULL, NULL))
        bench_fail("no image");
    seg_unit_free(unit);
    return image;
}
