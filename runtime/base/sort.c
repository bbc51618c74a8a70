/* sort.c - see sort.h. */
#include "sort.h"

#include <stdint.h>

static void swap(uint8_t *a, uint8_t *b, size_t size) {
    for (size_t i = 0; i < size; i++) {
        uint8_t byte = a[i];
        a[i] = b[i];
        b[i] = byte;
    }
}

static void sift_down(uint8_t *records, size_t root, size_t count, size_t size, seg_after_fn comes_after) {
    for (size_t child; (child = 2 * root + 1) < count; root = child) {
        if (child + 1 < count && comes_after(records + (child + 1) * size, records + child * size)) child++;
        if (!comes_after(records + child * size, records + root * size)) break;
        swap(records + child * size, records + root * size, size);
    }
}

void seg_sort(void *records, size_t count, size_t size, seg_after_fn comes_after) {
    uint8_t *bytes = records;
    for (size_t i = count / 2; i > 0; i--) sift_down(bytes, i - 1, count, size, comes_after);
    for (size_t end = count; end > 1; end--) {
        swap(bytes, bytes + (end - 1) * size, size);
        sift_down(bytes, 0, end - 1, size, comes_after);
    }
}
