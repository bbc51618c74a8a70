/* json_peer.c - see json_peer.h. */
#include "json_peer.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

void json_peer_ready(void) {
    printf("ready\n");
    fflush(stdout);
}

bool json_peer_is_asked(void) {
    int byte = getchar();
    while (byte != EOF && byte != '\n') byte = getchar();
    return byte != EOF;
}

void json_peer_answer(double seconds, const json_sums *sums) {
    printf("%.9f %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %lld\n", seconds, sums->records,
           sums->id_bytes, sums->message_bytes, sums->text_bytes, llround(sums->numbers * 100));
    fflush(stdout);
}
