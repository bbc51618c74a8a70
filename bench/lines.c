/* lines.c - workload J1 beside other parsers of JSON.
 *
 *   lines DIR
 *
 * Writes DIR/events.ndjson and says "ready"; then each line of standard input makes it read the events, out
 * of memory, into typed records, and answer: CPU seconds, and what was in them, added up (see json_peer.c).
 */
#include <stdio.h>
#include <stdlib.h>

#include "ingest.h"
#include "json_peer.h"

int main(int count, char **arguments) {
    if (count != 2) bench_fail("usage: lines DIR");
    size_t size;
    char path[4096], *bytes = bench_ingest_lines(&size);
    snprintf(path, sizeof path, "%s/events.ndjson", arguments[1]);
    FILE *out = fopen(path, "w");
    if (!out || fwrite(bytes, 1, size, out) != size || fclose(out))
        bench_fail("the events cannot be written");
    seg_image *image = bench_ingest_image();
    json_peer_ready();
    while (json_peer_is_asked()) {
        json_sums sums;
        double start = bench_cpu_seconds();
        bench_ingest_read(image, bytes, size, &sums);
        json_peer_answer(bench_cpu_seconds() - start, &sums);
    }
    seg_image_free(image);
    free(bytes);
    return 0;
}
