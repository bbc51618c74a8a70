/* json_other.c - the lines of J1 through another parser: json_cjson.c or json_jansson.c.
 *
 *   json_cjson|json_jansson FILE
 *
 * Answers as bench/lines.c does. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "json_peer.h"

static char *read_file(const char *path, size_t *size) {
    FILE *in = fopen(path, "r");
    if (!in || fseek(in, 0, SEEK_END)) bench_fail("the events cannot be read");
    *size = (size_t)ftell(in);
    rewind(in);
    char *bytes = malloc(*size);
    if (!bytes || fread(bytes, 1, *size, in) != *size) bench_fail("the events cannot be read");
    fclose(in);
    return bytes;
}

static void read_lines(const char *bytes, size_t size, json_sums *sums) {
    *sums = (json_sums){0};
    for (const char *line = bytes, *end = bytes + size; line < end;) {
        const char *feed = memchr(line, '\n', (size_t)(end - line));
        if (!feed) feed = end;
        if (!json_peer_line(line, (size_t)(feed - line), sums))
            bench_fail("J1: a line is not what it should be");
        line = feed + 1;
    }
}

int main(int count, char **arguments) {
    if (count != 2) bench_fail("usage: json_cjson|json_jansson FILE");
    size_t size;
    char *bytes = read_file(arguments[1], &size);
    json_peer_ready();
    while (json_peer_is_asked()) {
        json_sums sums;
        double start = bench_cpu_seconds();
        read_lines(bytes, size, &sums);
        json_peer_answer(bench_cpu_seconds() - start, &sums);
    }
    free(bytes);
    return 0;
}
