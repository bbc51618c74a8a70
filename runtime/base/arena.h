/* arena.h - memory with one lifetime: taken in pieces, given back at once. */
#ifndef SEG_BASE_ARENA_H
#define SEG_BASE_ARENA_H

#include "../seg.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct seg_arena_block seg_arena_block;

/* Zero-initialise, or use seg_arena_init to set an allocator and a limit. Not for threads to share. */
typedef struct seg_arena {
    seg_arena_block *newest;
    seg_arena_block *spare;        /* handed on by another arena, not used yet */
    size_t used_bytes, room_bytes; /* of the newest block */
    size_t ready_bytes;            /* of it: so far the system was asked for its pages, or need not be */
    size_t total_bytes;
    size_t limit_bytes;             /* 0: none */
    const seg_allocator *allocator; /* NULL: the C library's; must outlive the arena */
    bool failed; /* an allocation failed: sticky, so that a pass may check once at its end */
} seg_arena;

void seg_arena_init(seg_arena *arena, const seg_allocator *allocator, size_t limit_bytes);
/* Zeroed memory, aligned to 16 bytes, or NULL (and arena->failed) when there is none. */
void *seg_arena_take(seg_arena *arena, size_t size_bytes);
/* The same, but whatever stands there: for what is written before it is read. */
void *seg_arena_take_raw(seg_arena *arena, size_t size_bytes);
/* As seg_arena_take, for count * size_bytes, checked for overflow. */
void *seg_arena_take_array(seg_arena *arena, size_t count, size_t size_bytes);
/* A copy of the bytes with a NUL behind it. */
char *seg_arena_copy(seg_arena *arena, const char *bytes, size_t size_bytes);
/* Gives everything back; the arena is then as after seg_arena_init. */
void seg_arena_release(seg_arena *arena);
/* What `from` held becomes room of `to`, which has the same allocator: memory that was touched once is there
 * already. `from` is then as after seg_arena_init. */
void seg_arena_hand_on(seg_arena *from, seg_arena *to);

/* Resizes a block of the allocator (NULL: the C library's, which gets new blocks of whole huge pages). */
void *seg_resize(const seg_allocator *allocator, void *block, size_t old_bytes, size_t new_bytes);

#ifdef __cplusplus
}
#endif
#endif
