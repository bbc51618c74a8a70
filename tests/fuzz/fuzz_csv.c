/* Any bytes as a CSV file: without a column map, and with one for events and one for attributes. */
#include "feed.h"
#include "target.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes) {
    feed("fuzz.csv", bytes, size_bytes);
    feed("orders-1.csv", bytes, size_bytes);
    feed("people.csv", bytes, size_bytes);
    return 0;
}
