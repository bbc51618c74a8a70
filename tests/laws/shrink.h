/* shrink.h - making a failing case small enough to read. */
#ifndef SEG_TESTS_SHRINK_H
#define SEG_TESTS_SHRINK_H

#include "law.h"

/* Drops facts, segments and other declarations, and puts parts of rules in place of the whole, while
 * the law still fails; then prints what is left. */
void seg_shrink_and_print(const seg_law *law, const seg_workspace *workspace, const seg_history *histories,
                          uint32_t history_count, uint64_t seed);

#endif
