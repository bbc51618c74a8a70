/* shelves.h - memory of states: those of one size stand next to each other, without gaps.
 *
 * Sizes are rounded up to SEG_SHELF_UNIT_BYTES. A shelf for each size is made of slabs, and slabs are cut out
 * of large chunks, which come from the host's allocator; without one they lie in huge pages, where the system
 * has them. Where a block stands is a number of 32 bits, its place: the slab's number and its own in the
 * slab. When a block is given back the last one of its shelf takes its place: nothing lies idle between
 * states that grew, and giving back needs no search. Its owner is told where it is then. Blocks that nobody
 * owns, and large ones, are the host's allocator's business. */
#ifndef SEG_ENGINE_SHELVES_H
#define SEG_ENGINE_SHELVES_H

#include <seg.h>

enum {
    SEG_SHELF_COUNT = 64,
    SEG_SHELF_UNIT_BYTES = 16,
    SEG_PLACE_BITS = 31,
    SEG_PLACE_BLOCK_BITS = 9 /* of these, the lowest ones: which block of the slab */
};

/* The owner's block stands elsewhere from now on. */
typedef void (*seg_shelf_move_fn)(void *user, uint32_t owner, uint32_t place);

typedef struct seg_shelf {
    uint32_t block_bytes;
    uint32_t each, fill; /* blocks of a slab, and of the last one */
    uint32_t last;       /* the last slab; SEG_NONE: none */
    uint32_t hole;       /* places given back while nothing could move, each leads to the next; SEG_NONE */
} seg_shelf;

typedef struct seg_slab {
    uint8_t *blocks; /* at the end of the slab stands who owns each, backwards */
    uint32_t before; /* of the same shelf, or spare too; SEG_NONE: none */
    uint32_t block_bytes;
} seg_slab;

typedef struct seg_chunk {
    uint8_t *bytes;
    size_t slabs;
    uint32_t first; /* number of its first slab */
} seg_chunk;

typedef struct seg_shelves {
    const seg_allocator *host; /* NULL: the C library's */
    seg_allocator face;        /* for who asks: owned blocks are on shelves */
    seg_shelf_move_fn on_move;
    void *user;
    uint32_t owner; /* of fresh blocks that are asked for; SEG_NONE: nobody */
    bool is_still;  /* nothing moves */
    seg_shelf shelves[SEG_SHELF_COUNT];
    seg_slab *slabs;
    size_t slab_count, slab_capacity;
    seg_chunk *chunks; /* by address */
    size_t chunk_count, chunk_capacity, chunk_bytes;
    uint32_t rest;     /* the first slab that was never used: it and all behind it */
    uint32_t spare;    /* SEG_NONE: none */
    size_t held_bytes; /* of all blocks on shelves */
    const void *known; /* the block that was looked at last, and its place; NULL: none */
    uint32_t known_place;
} seg_shelves;

/* The allocator must outlive it; it must not move itself. */
void seg_shelves_init(seg_shelves *shelves, const seg_allocator *host, seg_shelf_move_fn on_move, void *user);
/* Gives all chunks back, whatever stands there. */
void seg_shelves_free(seg_shelves *shelves);

/* The block at a place, and its size. It stands there until a block of its shelf is given back. */
static inline void *seg_shelves_block(seg_shelves *shelves, uint32_t place, size_t *bytes) {
    const seg_slab *slab = &shelves->slabs[place >> SEG_PLACE_BLOCK_BITS];
    uint32_t number = place & ((1u << SEG_PLACE_BLOCK_BITS) - 1);
    void *block = slab->blocks + (size_t)number * slab->block_bytes;
    *bytes = slab->block_bytes;
    shelves->known_place = place;
    shelves->known = block;
    return block;
}

uint32_t seg_shelves_find(const seg_shelves *shelves, const void *block);
/* Where a block stands; SEG_NONE: on no shelf. */
static inline uint32_t seg_shelves_place(const seg_shelves *shelves, const void *block) {
    return block == shelves->known ? shelves->known_place : seg_shelves_find(shelves, block);
}
/* Whether there is a shelf for blocks of that size. */
bool seg_shelves_suit(size_t bytes);
/* Asks for the memory of a block before it is needed; `grows`: and for what is read when it is resized. */
void seg_shelves_expect(const seg_shelves *shelves, uint32_t place, bool grows);

#endif
