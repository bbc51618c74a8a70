/* bench.c - ratios, never absolute times: what is measured and its floor run in turn, in one process, and the
 * ratio is taken round by round. Results are compared before anything is timed. Each workload has a file of
 * its own.
 *
 *   bench OUT.json [EVENTS.ndjson WORKSPACE.seg]
 */
#include "bench.h"

#include <stdio.h>

static void print_row(FILE *out, const bench_row *r, bool is_last) {
    printf("%-29s %6.2f x its floor (%.2f .. %.2f)", r->name, r->ratio, r->least, r->most);
    if (r->nanoseconds > 0) printf("   %7.1f ns against %7.1f ns", r->nanoseconds, r->floor_nanoseconds);
    printf("   %s\n", r->what);
    fprintf(out, "  \"%s\": {\"ratio\": %.3f, \"min\": %.3f, \"max\": %.3f, \"peer\": \"floor\"", r->name,
            r->ratio, r->least, r->most);
    if (r->nanoseconds > 0)
        fprintf(out, ", \"ns\": %.2f, \"floor_ns\": %.2f", r->nanoseconds, r->floor_nanoseconds);
    fprintf(out, "}%s\n", is_last ? "" : ",");
}

int main(int count, char **arguments) {
    if (count != 2 && count != 4) bench_fail("usage: bench OUT.json [EVENTS.ndjson WORKSPACE.seg]");
    bench_row rows[14];
    int row_count = 0;
    row_count += bench_crowd(rows + row_count);
    row_count += bench_threads(rows + row_count);
    row_count += bench_breadth(rows + row_count);
    rows[row_count++] = bench_ingest();
    if (count == 4) rows[row_count++] = bench_stream(arguments[2], arguments[3]);
    FILE *out = fopen(arguments[1], "w");
    if (!out) bench_fail("the result cannot be written");
    fprintf(out, "{\n");
    for (int i = 0; i < row_count; i++) print_row(out, &rows[i], i + 1 == row_count);
    fprintf(out, "}\n");
    return fclose(out) ? 4 : 0;
}
