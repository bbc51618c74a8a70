/* heap.h - memory of the engine: the host's allocator, or the C library's. */
#ifndef SEG_ENGINE_HEAP_H
#define SEG_ENGINE_HEAP_H

#include <seg.h>
#include <stdlib.h>
#include <string.h>

/* As realloc; new_bytes 0 frees. NULL on failure, and then the block is as it was. */
static inline void *seg_heap_resize(const seg_allocator *allocator, void *block, size_t old_bytes,
                                      size_t new_bytes) {
    if (allocator) return allocator->resize(allocator->user, block, old_bytes, new_bytes);
    if (new_bytes == 0) {
        free(block);
        return NULL;
    }
    return realloc(block, new_bytes);
}

/* count items of item_bytes, all zero; at least one, so that NULL means no memory. */
static inline void *seg_heap_zeroed(const seg_allocator *allocator, size_t count, size_t item_bytes) {
    size_t bytes;
    if (__builtin_mul_overflow(count ? count : 1, item_bytes, &bytes)) return NULL;
    void *block = seg_heap_resize(allocator, NULL, 0, bytes);
    return block ? memset(block, 0, bytes) : NULL;
}

/* Gives back what seg_heap_zeroed gave, with the same count; NULL is nothing. */
static inline void seg_heap_free(const seg_allocator *allocator, void *block, size_t count,
                                 size_t item_bytes) {
    if (block) seg_heap_resize(allocator, block, (count ? count : 1) * item_bytes, 0);
}

/* Makes room for `need` items of `item_bytes` in *block, at least doubling. False: no memory, nothing
 * changed. What is new is not initialised. */
static inline bool seg_heap_grow(const seg_allocator *allocator, void *block_pointer, size_t *capacity,
                                   size_t need, size_t item_bytes) {
    if (need <= *capacity) return true;
    size_t wanted = *capacity < 16 ? 16 : *capacity;
    while (wanted < need)
        if (__builtin_mul_overflow(wanted, (size_t)2, &wanted)) return false;
    size_t new_bytes;
    if (__builtin_mul_overflow(wanted, item_bytes, &new_bytes)) return false;
    void **block = block_pointer;
    void *grown = seg_heap_resize(allocator, *block, *capacity * item_bytes, new_bytes);
    if (!grown) return false;
    *block = grown;
    *capacity = wanted;
    return true;
}

#endif
