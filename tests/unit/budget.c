#include "budget.h"

#include <stdlib.h>

void *budget_spend(void *user, void *block, size_t old_bytes, size_t new_bytes) {
    budget *b = user;
    if (new_bytes > 0 && --b->requests < 0) return NULL;
    b->held_bytes += new_bytes - old_bytes;
    if (new_bytes > 0) return realloc(block, new_bytes);
    free(block);
    return NULL;
}
