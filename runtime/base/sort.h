/* sort.h - records in order, in place: O(n log n) whatever the input, without recursion or memory, as the C
 * library's qsort promises neither. A heapsort (J. W. J. Williams, Algorithm 232, CACM 7, 1964). */
#ifndef SEG_SORT_H
#define SEG_SORT_H

#include <stdbool.h>
#include <stddef.h>

/* Whether `a` stands after `b`. */
typedef bool (*seg_after_fn)(const void *a, const void *b);
/* `count` records of `size` bytes each. */
void seg_sort(void *records, size_t count, size_t size, seg_after_fn comes_after);

#endif
