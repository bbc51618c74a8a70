#include "shortage.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);

static struct {
    bool active, happened;
    uint64_t count, at;
    shortage_mode mode;
    size_t live_bytes;
} shortage;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of `shortage`: some scenarios have threads */

void shortage_begin(uint64_t at, shortage_mode mode) {
    shortage.active = true;
    shortage.happened = false;
    shortage.count = 0;
    shortage.at = at;
    shortage.mode = mode;
}

bool shortage_end(void) {
    shortage.active = false;
    return shortage.happened;
}

bool shortage_happened(void) { return shortage.happened; }

static bool is_short(void) {
    if (!shortage.active || shortage.at == 0) return false;
    shortage.count++;
    bool fails = shortage.count == shortage.at;
    if (shortage.mode == SHORTAGE_FOREVER && shortage.count > shortage.at) fails = true;
    if (fails) shortage.happened = true;
    return fails;
}

bool shortage_now(void) {
    pthread_mutex_lock(&lock);
    bool fails = is_short();
    pthread_mutex_unlock(&lock);
    return fails;
}

size_t shortage_live_bytes(void) { return shortage.live_bytes; }

static void *resize_alone(void *block, size_t old_bytes, size_t new_bytes) {
    if ((block == NULL) != (old_bytes == 0) || old_bytes > shortage.live_bytes) {
        fprintf(stderr, "a block was given back with another size than it was taken with\n");
        abort();
    }
    if (new_bytes == 0) {
        shortage.live_bytes -= old_bytes;
        free(block);
        return NULL;
    }
    void *resized = is_short() ? NULL : __real_realloc(block, new_bytes);
    if (resized) shortage.live_bytes = shortage.live_bytes - old_bytes + new_bytes;
    return resized;
}

static void *resize(void *user, void *block, size_t old_bytes, size_t new_bytes) {
    (void)user;
    pthread_mutex_lock(&lock);
    void *resized = resize_alone(block, old_bytes, new_bytes);
    pthread_mutex_unlock(&lock);
    return resized;
}

const seg_allocator shortage_allocator = {.resize = resize};

void *__wrap_malloc(size_t size) { return shortage_now() ? NULL : __real_malloc(size); }
void *__wrap_calloc(size_t count, size_t size) { return shortage_now() ? NULL : __real_calloc(count, size); }
void *__wrap_realloc(void *block, size_t size) { return shortage_now() ? NULL : __real_realloc(block, size); }
