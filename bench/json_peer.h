/* json_peer.h - how the readers of J1's lines answer, and what a parser of JSON has to give to be one of
 * them. */
#ifndef BENCH_JSON_PEER_H
#define BENCH_JSON_PEER_H

#include <stdbool.h>

#include "json_floor.h"

/* Adds up what is in a line. False: it is not what it should be. A parser's own. */
bool json_peer_line(const char *line, size_t size, json_sums *sums);

void json_peer_ready(void);
bool json_peer_is_asked(void);
/* CPU seconds; records, bytes of names, of messages' names, of texts, and the sum of the numbers in
 * hundredths. */
void json_peer_answer(double seconds, const json_sums *sums);

#endif
