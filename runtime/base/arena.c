#include "arena.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "checked.h"

enum { ALIGNMENT = 16, FIRST_BLOCK = 16 * 1024, LARGEST_STEP = 8 * 1024 * 1024 };
enum { PAGE = 4096, READY_STEP = 512 * 1024, HUGE_PAGE = 2 * 1024 * 1024 };

struct seg_arena_block {
    seg_arena_block *older;
    size_t size_bytes; /* with this head */
};

enum { HEAD_BYTES = (sizeof(seg_arena_block) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT };

/* A block of whole huge pages gets such, where the system has them: a fault for each small page costs more
 * than the page. */
static void *make_huge(size_t size_bytes) {
    void *block = aligned_alloc(HUGE_PAGE, size_bytes);
#ifdef MADV_HUGEPAGE
    if (block) (void)madvise(block, size_bytes, MADV_HUGEPAGE); /* or not */
#endif
    return block;
}

void *seg_resize(const seg_allocator *allocator, void *block, size_t old_bytes, size_t new_bytes) {
    if (allocator) return allocator->resize(allocator->user, block, old_bytes, new_bytes);
    if (new_bytes == 0) {
        free(block);
        return NULL;
    }
    return block || new_bytes % HUGE_PAGE ? realloc(block, new_bytes) : make_huge(new_bytes);
}

void seg_arena_init(seg_arena *arena, const seg_allocator *allocator, size_t limit_bytes) {
    *arena = (seg_arena){.allocator = allocator, .limit_bytes = limit_bytes};
}

/* A block that was handed on and is large enough, or NULL. */
static seg_arena_block *take_spare(seg_arena *arena, size_t size_bytes) {
    for (seg_arena_block **at = &arena->spare; *at; at = &(*at)->older) {
        seg_arena_block *block = *at;
        if (block->size_bytes < size_bytes) continue;
        *at = block->older;
        return block;
    }
    return NULL;
}

/* Asks for the pages behind `ready_bytes` at once: a fault for each costs more than the page. Only a hint. */
static void make_ready(seg_arena *arena) {
    size_t end = arena->used_bytes + READY_STEP;
    if (end > arena->room_bytes) end = arena->room_bytes;
#ifdef MADV_POPULATE_WRITE
    uintptr_t base = (uintptr_t)arena->newest;
    uintptr_t first = (base + arena->ready_bytes) / PAGE * PAGE, last = (base + end) / PAGE * PAGE;
    if (last > first) (void)madvise((void *)first, last - first, MADV_POPULATE_WRITE);
#endif
    arena->ready_bytes = end;
}

static bool arena_grow(seg_arena *arena, size_t need_bytes) {
    size_t step = arena->total_bytes < FIRST_BLOCK ? FIRST_BLOCK : arena->total_bytes;
    if (step > LARGEST_STEP) step = LARGEST_STEP;
    size_t size;
    if (!seg_add_size(need_bytes, HEAD_BYTES, &size)) return false;
    seg_arena_block *block = take_spare(arena, size);
    bool is_new = !block;
    if (block)
        size = block->size_bytes;
    else if (size < step)
        size = step;
    if (is_new) {
        if (arena->limit_bytes && size > arena->limit_bytes - arena->total_bytes) return false;
        block = seg_resize(arena->allocator, NULL, 0, size);
    }
    if (!block) return false;
    *block = (seg_arena_block){.older = arena->newest, .size_bytes = size};
    arena->newest = block;
    arena->used_bytes = HEAD_BYTES;
    arena->room_bytes = size;
    arena->ready_bytes = is_new && size > READY_STEP ? HEAD_BYTES : size;
    arena->total_bytes += size;
    return true;
}

void *seg_arena_take_raw(seg_arena *arena, size_t size_bytes) {
    size_t rounded;
    if (!seg_add_size(size_bytes, ALIGNMENT - 1, &rounded)) goto fail;
    rounded = rounded / ALIGNMENT * ALIGNMENT;
    if (!arena->newest || rounded > arena->room_bytes - arena->used_bytes)
        if (!arena_grow(arena, rounded)) goto fail;
    void *piece = (char *)arena->newest + arena->used_bytes;
    arena->used_bytes += rounded;
    if (arena->used_bytes > arena->ready_bytes) make_ready(arena);
    return piece;
fail:
    arena->failed = true;
    return NULL;
}

void *seg_arena_take(seg_arena *arena, size_t size_bytes) {
    void *piece = seg_arena_take_raw(arena, size_bytes);
    return piece ? memset(piece, 0, size_bytes) : NULL;
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
    char *copy = seg_arena_take_raw(arena, size_bytes + 1);
    if (!copy) return NULL;
    if (size_bytes) memcpy(copy, bytes, size_bytes);
    copy[size_bytes] = '\0';
    return copy;
}

static void release(seg_arena *arena, seg_arena_block *newest) {
    for (seg_arena_block *block = newest; block;) {
        seg_arena_block *older = block->older;
        seg_resize(arena->allocator, block, block->size_bytes, 0);
        block = older;
    }
}

void seg_arena_release(seg_arena *arena) {
    release(arena, arena->newest);
    release(arena, arena->spare);
    seg_arena_init(arena, arena->allocator, arena->limit_bytes);
}

void seg_arena_hand_on(seg_arena *from, seg_arena *to) {
    for (seg_arena_block **at = &to->spare;; at = &(*at)->older)
        if (!*at) {
            *at = from->spare;
            break;
        }
    for (seg_arena_block *block = from->newest; block;) {
        seg_arena_block *older = block->older;
        block->older = to->spare;
        to->spare = block;
        block = older;
    }
    seg_arena_init(from, from->allocator, from->limit_bytes);
}
