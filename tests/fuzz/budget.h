/* budget.h - an allocator that ends the program when it is asked for more than bounded work can need. */
#ifndef SEG_FUZZ_BUDGET_H
#define SEG_FUZZ_BUDGET_H

#include <seg.h>

typedef struct budget {
    seg_allocator allocator;
    size_t used_bytes, limit_bytes;
} budget;

/* `b` must stay where it is while its allocator is in use. */
const seg_allocator *budget_init(budget *b, size_t limit_bytes);
/* Checks that everything was given back. */
void budget_finish(const budget *b);

#endif
