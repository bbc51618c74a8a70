/* Any bytes as lines of JSON: read, and taken in by engines of both kinds, which must agree. */
#include "feed.h"
#include "target.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes) {
    feed("fuzz.ndjson", bytes, size_bytes);
    return 0;
}
