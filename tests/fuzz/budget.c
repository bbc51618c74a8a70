#include "budget.h"

#include <stdio.h>
#include <stdlib.h>

#include "target.h"

_Noreturn void fuzz_fail(const char *file, int line, const char *condition) {
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, condition);
    abort();
}

static void *budget_resize(void *user, void *block, size_t old_bytes, size_t new_bytes) {
    budget *b = user;
    FUZZ_CHECK(block ? old_bytes > 0 && old_bytes <= b->used_bytes : old_bytes == 0);
    FUZZ_CHECK(new_bytes <= b->limit_bytes && b->used_bytes - old_bytes <= b->limit_bytes - new_bytes);
    b->used_bytes = b->used_bytes - old_bytes + new_bytes;
    if (new_bytes == 0) {
        free(block);
        return NULL;
    }
    void *resized = realloc(block, new_bytes);
    FUZZ_CHECK(resized != NULL);
    return resized;
}

const seg_allocator *budget_init(budget *b, size_t limit_bytes) {
    *b = (budget){.allocator = {.resize = budget_resize, .user = b}, .limit_bytes = limit_bytes};
    return &b->allocator;
}

void budget_finish(const budget *b) { FUZZ_CHECK(b->used_bytes == 0); }
