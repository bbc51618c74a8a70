/* feed.h - bytes as a file of facts: through a reader into engines of both kinds. */
#ifndef SEG_FUZZ_FEED_H
#define SEG_FUZZ_FEED_H

#include <stddef.h>
#include <stdint.h>

/* `name` chooses the format, and the column map of a CSV file. */
void feed(const char *name, const uint8_t *bytes, size_t size_bytes);

#endif
