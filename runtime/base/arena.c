#include "arena.h"

#include <stdlib.h>
#include <string.h>

#include "checked.h"

enum { ALIGNMENT = 16, FIRST_BLOCK = 16 * 1024, LARGEST_STEP = 1024 * 1024 };

struct seg_arena_block {
    seg_arena_block *older;
    size_t size_bytes; /* with this head */
};

enum { HEAD_BYTES = (sizeof(seg_arena_block) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT };

void *seg_resize(const seg_allocator *allocator, void *block, size_t old_bytes, size_t new_bytes) {
    if (allocator) return allocator->resize(allocator->user, block, old_bytes, new_bytes);
    if (new_bytes == 0) {
        free(block);
        return NULL;
    }
    return realloc(block, new_bytes);
}

void seg_arena_init(seg_arena *arena, const seg_allocator *allocator, size_t limit_bytes) {
    *arena = (seg_arena){.allocator = allocator, .limit_bytes = limit_bytes};
}

static bool arena_grow(seg_arena *arena, size_t need_bytes) {
    size_t step = arena->total_bytes < FIRST_BLOCK ? FIRST_BLOCK : arena->total_bytes;
    if (step > LARGEST_STEP) step = LARGEST_STEP;
    size_t size;
    if (!seg_add_size(need_bytes, HEAD_BYTES, &size)) return false;
    if (size < step) size = step;
    if (arena->limit_bytes && size > arena->limit_bytes - arena->total_bytes) return false;
    seg_arena_block *block = seg_resize(arena->allocator, NULL, 0, size);
    if (!block) return false;
    *block = (seg_arena_block){.older = arena->newest, .size_bytes = size};
    arena->newest = block;
    arena->used_bytes = HEAD_BYTES;
    arena->room_bytes = size;
    arena->total_bytes += size;
    return true;
}

void *seg_arena_take(seg_arena *arena, size_t size_bytes) {
    size_t rounded;
    if (!seg_add_size(size_bytes, ALIGNMENT - 1, &rounded)) goto fail;
    rounded = rounded / ALIGNMENT * ALIGNMENT;
    if (!arena->newest || rounded > arena->room_bytes - arena->used_bytes)
        if (!arena_grow(arena, rounded)) goto fail;
    void *piece = (char *)arena->newest + arena->used_bytes;
    arena->used_bytes += rounded;
    return memset(piece, 0, rounded);
fail:
    arena->failed = true;
    return NULL;
}

void *seg_arena_take_array(seg_arena *arena, size_t count, size_t size_bytes) {
    size_t total;
    if (!seg_mul_size(count, size_bytes, &total)) {
        arena->failed = true;
        return NULL;
    }
    return seg_arena_take(arena, total);
}

char *seg_arena_copy(seg_arena *arena, const char *bytes, size_t size_bytes) {
    char *copy = seg_arena_take(arena, size_bytes + 1);
    if (copy && size_bytes) memcpy(copy, bytes, size_bytes);
    return copy;
}

void seg_arena_release(seg_arena *arena) {
    for (seg_arena_block *block = arena->newest; block;) {
        seg_arena_block *older = block->older;
        seg_resize(arena->allocator, block, block->size_bytes, 0);
        block = older;
    }
    seg_arena_init(arena, arena->allocator, arena->limit_bytes);
}
