/* shelves.h - memory of states: those of one size stand next to each other, without gaps.
 *
 * Sizes are whole halves of a line of the cache, as those of states are. A shelf for each size is made of
 * slabs, and slabs are cut out of large chunks, which come from the host's allocator; without one they lie in
 * huge pages, where the system has them. When a block is given back the last one of its shelf takes its
 * place: nothing lies idle between states that grew, and giving back needs no search. Its owner is told where
 * it is then. Blocks that nobody owns, and large ones, are the host's allocator's business. */
#ifndef SEG_ENGINE_SHELVES_H
#define SEG_ENGINE_SHELVES_H

#include <seg.h>

enum { SEG_SHELF_COUNT = 32, SEG_SHELF_LINE_BYTES = 32 };

/* The owner's block lies elsewhere from now on. */
typedef void (*seg_shelf_move_fn)(void *user, uint32_t owner, void *block);

typedef struct seg_slab seg_slab;

typedef struct seg_shelf {
    seg_slab **slabs; /* full ones, and the last */
    size_t count, capacity;
    uint32_t each, fill; /* blocks of a slab, and of the last one */
    void **hole;         /* blocks given back while nothing could move; each leads to the next */
} seg_shelf;

typedef struct seg_chunk {
    uint8_t *first; /* of its slabs */
    size_t slabs;
    void *whole; /* as it was given */
    size_t whole_bytes;
} seg_chunk;

typedef struct seg_shelves {
    const seg_allocator *host; /* NULL: the C library's */
    seg_allocator face;        /* for who asks: owned blocks are on shelves */
    seg_shelf_move_fn on_move;
    void *user;
    uint32_t owner; /* of fresh blocks that are asked for; SEG_NONE: nobody */
    bool is_still;  /* nothing moves */
    seg_shelf shelves[SEG_SHELF_COUNT];
    seg_chunk *chunks; /* by address */
    size_t chunk_count, chunk_capacity, chunk_bytes;
    uint8_t *rest; /* of the newest chunk: slabs that were never used */
    size_t rest_slabs;
    seg_slab *spare;
} seg_shelves;

/* The allocator must outlive it; it must not move itself. */
void seg_shelves_init(seg_shelves *shelves, const seg_allocator *host, seg_shelf_move_fn on_move, void *user);
/* Gives all chunks back, whatever stands there. */
void seg_shelves_free(seg_shelves *shelves);
/* Asks for the memory that is read when a block on a shelf is resized, before it is needed. */
void seg_shelves_expect(const seg_shelves *shelves, const void *block, size_t bytes);
/* Whether a block stands on a shelf. */
bool seg_shelves_hold(const seg_shelves *shelves, const void *block);

#endif
