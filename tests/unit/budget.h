/* budget.h - an allocator whose n-th request fails, and which knows what is not given back. */
#ifndef SEG_TESTS_BUDGET_H
#define SEG_TESTS_BUDGET_H

#include "../../runtime/seg.h"

typedef struct budget {
    long requests; /* so many are left that are met */
    size_t held_bytes;
} budget;

/* The resize function of a seg_allocator; `user` is a budget. */
void *budget_spend(void *user, void *block, size_t old_bytes, size_t new_bytes);

#endif
