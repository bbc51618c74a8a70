/* shelves.c - see shelves.h. */
#include "shelves.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "heap.h"

enum {
    SLAB_BYTES = 16 << 10,
    BLOCK_MASK = (1 << SEG_PLACE_BLOCK_BITS) - 1,
    SLABS_MAX = 1 << (SEG_PLACE_BITS - SEG_PLACE_BLOCK_BITS),
    UNITS_MIN = 2,              /* of a block: so not more fit into a slab than a place tells apart */
    FEW_SLABS = 16,             /* of the first chunks */
    LINE_BYTES = 64,            /* of the cache */
    EXPECTED_BYTES = 512,       /* at most, of a block */
    HUGE_PAGE_BYTES = 2 << 20,  /* chunks of that size and more are whole pages */
    HUGE_FROM_BYTES = 16 << 20, /* so much is held already */
    CHUNK_BYTES_MAX = 32 << 20,
    CHUNK_PART = 32 /* of what is held already: no more than that may lie idle */
};

_Static_assert(SLAB_BYTES / (UNITS_MIN * SEG_SHELF_UNIT_BYTES) <= BLOCK_MASK + 1, "a place has too few bits");

/* ---- slabs ------------------------------------------------------------------------------------------- */

static uint32_t each_of(size_t block_bytes) {
    return (uint32_t)(SLAB_BYTES / (block_bytes + sizeof(uint32_t)));
}

static uint8_t *make_chunk(const seg_shelves *shelves, size_t size) {
    if (shelves->host) return seg_heap_resize(shelves->host, NULL, 0, size);
    uint8_t *bytes = aligned_alloc(size % HUGE_PAGE_BYTES ? LINE_BYTES : HUGE_PAGE_BYTES, size);
#ifdef MADV_HUGEPAGE
    if (bytes && size % HUGE_PAGE_BYTES == 0) madvise(bytes, size, MADV_HUGEPAGE); /* or not */
#endif
    return bytes;
}

static void free_chunk(const seg_shelves *shelves, const seg_chunk *chunk) {
    if (shelves->host)
        seg_heap_resize(shelves->host, chunk->bytes, chunk->slabs * SLAB_BYTES, 0);
    else
        free(chunk->bytes);
}

/* The slabs of a chunk follow those that there are; all of these are in use. */
static bool add_chunk(seg_shelves *shelves) {
    size_t size = shelves->chunk_bytes / CHUNK_PART;
    size_t unit = shelves->chunk_bytes < HUGE_FROM_BYTES ? FEW_SLABS * SLAB_BYTES : HUGE_PAGE_BYTES;
    if (size > CHUNK_BYTES_MAX) size = CHUNK_BYTES_MAX;
    size = size < unit ? unit : size / unit * unit;
    size_t slabs = size / SLAB_BYTES;
    if (slabs > SLABS_MAX - shelves->slab_count ||
        !seg_heap_grow(shelves->host, &shelves->slabs, &shelves->slab_capacity, shelves->slab_count + slabs,
                       sizeof *shelves->slabs) ||
        !seg_heap_grow(shelves->host, &shelves->chunks, &shelves->chunk_capacity, shelves->chunk_count + 1,
                       sizeof *shelves->chunks))
        return false;
    uint8_t *bytes = make_chunk(shelves, size);
    if (!bytes) return false;
    size_t at = shelves->chunk_count++;
    for (; at > 0 && shelves->chunks[at - 1].bytes > bytes; at--)
        shelves->chunks[at] = shelves->chunks[at - 1];
    shelves->chunks[at] = (seg_chunk){bytes, slabs, (uint32_t)shelves->slab_count};
    shelves->chunk_bytes += size;
    for (size_t i = 0; i < slabs; i++)
        shelves->slabs[shelves->slab_count++] = (seg_slab){.blocks = bytes + i * SLAB_BYTES};
    return true;
}

/* SEG_NONE: no memory. */
static uint32_t take_slab(seg_shelves *shelves) {
    uint32_t slab = shelves->spare;
    shelves->known = NULL; /* blocks of another size will stand there */
    if (slab != SEG_NONE) {
        shelves->spare = shelves->slabs[slab].before;
        return slab;
    }
    if (shelves->rest == shelves->slab_count && !add_chunk(shelves)) return SEG_NONE;
    return shelves->rest++;
}

/* The slab of a block; SEG_NONE: it stands on no shelf. */
static uint32_t find_slab(const seg_shelves *shelves, const void *block) {
    size_t low = 0, high = shelves->chunk_count;
    while (low < high) { /* to the first chunk that begins behind the block */
        size_t middle = low + (high - low) / 2;
        if ((uintptr_t)shelves->chunks[middle].bytes <= (uintptr_t)block)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0) return SEG_NONE;
    const seg_chunk *chunk = &shelves->chunks[low - 1];
    size_t slab = ((uintptr_t)block - (uintptr_t)chunk->bytes) / SLAB_BYTES;
    return slab < chunk->slabs ? chunk->first + (uint32_t)slab : SEG_NONE;
}

/* ---- places ------------------------------------------------------------------------------------------ */

static uint32_t place_of(uint32_t slab, uint32_t number) { return slab << SEG_PLACE_BLOCK_BITS | number; }

static seg_shelf *shelf_at(seg_shelves *shelves, uint32_t place) {
    uint32_t bytes = shelves->slabs[place >> SEG_PLACE_BLOCK_BITS].block_bytes;
    return &shelves->shelves[bytes / SEG_SHELF_UNIT_BYTES - 1];
}

static uint8_t *block_at(const seg_shelves *shelves, uint32_t place) {
    const seg_slab *slab = &shelves->slabs[place >> SEG_PLACE_BLOCK_BITS];
    return slab->blocks + (size_t)(place & BLOCK_MASK) * slab->block_bytes;
}

static uint32_t *owner_at(const seg_shelves *shelves, uint32_t place) {
    const seg_slab *slab = &shelves->slabs[place >> SEG_PLACE_BLOCK_BITS];
    uint32_t *end = (uint32_t *)(void *)(slab->blocks + SLAB_BYTES);
    return end - 1 - (place & BLOCK_MASK);
}

uint32_t seg_shelves_find(const seg_shelves *shelves, const void *block) {
    uint32_t slab = find_slab(shelves, block);
    if (slab == SEG_NONE) return SEG_NONE;
    size_t at = (uintptr_t)block - (uintptr_t)shelves->slabs[slab].blocks;
    return place_of(slab, (uint32_t)(at / shelves->slabs[slab].block_bytes));
}

void seg_shelves_expect(const seg_shelves *shelves, uint32_t place, bool grows) {
    size_t size = shelves->slabs[place >> SEG_PLACE_BLOCK_BITS].block_bytes;
    uintptr_t block = (uintptr_t)block_at(shelves, place);
    if (size > EXPECTED_BYTES) size = EXPECTED_BYTES;
    for (uintptr_t at = block / LINE_BYTES * LINE_BYTES; at < block + size; at += LINE_BYTES)
        __builtin_prefetch((const void *)at, 1);
    if (grows) __builtin_prefetch(owner_at(shelves, place));
}

/* ---- blocks ------------------------------------------------------------------------------------------ */

bool seg_shelves_suit(size_t bytes) { return bytes > 0 && bytes <= SEG_SHELF_COUNT * SEG_SHELF_UNIT_BYTES; }

/* The shelf for blocks of a size for which there is one. */
static seg_shelf *shelf_for(seg_shelves *shelves, size_t bytes) {
    size_t units = (bytes + SEG_SHELF_UNIT_BYTES - 1) / SEG_SHELF_UNIT_BYTES;
    return &shelves->shelves[(units < UNITS_MIN ? UNITS_MIN : units) - 1];
}

/* Begins a slab for a shelf. False: no memory. */
static bool add_slab(seg_shelves *shelves, seg_shelf *shelf) {
    uint32_t slab = take_slab(shelves);
    if (slab == SEG_NONE) return false;
    shelves->slabs[slab].before = shelf->last;
    shelves->slabs[slab].block_bytes = shelf->block_bytes;
    shelf->last = slab;
    shelf->fill = 0;
    return true;
}

/* A fresh block; NULL: no memory. */
static void *put(seg_shelves *shelves, seg_shelf *shelf, uint32_t owner) {
    uint32_t place = shelf->hole;
    size_t size;
    if (place != SEG_NONE) {
        memcpy(&shelf->hole, block_at(shelves, place), sizeof shelf->hole);
    } else {
        if ((shelf->last == SEG_NONE || shelf->fill == shelf->each) && !add_slab(shelves, shelf)) return NULL;
        place = place_of(shelf->last, shelf->fill++);
    }
    shelves->held_bytes += shelf->block_bytes;
    *owner_at(shelves, place) = owner;
    return seg_shelves_block(shelves, place, &size);
}

/* The last block of its shelf takes the place of the one that goes. */
static void take(seg_shelves *shelves, seg_shelf *shelf, uint32_t place) {
    shelves->held_bytes -= shelf->block_bytes;
    if (shelves->is_still || shelf->hole != SEG_NONE) {
        memcpy(block_at(shelves, place), &shelf->hole, sizeof shelf->hole);
        shelf->hole = place;
        return;
    }
    uint32_t last = place_of(shelf->last, --shelf->fill);
    if (last != place) {
        uint32_t owner = *owner_at(shelves, last);
        memcpy(block_at(shelves, place), block_at(shelves, last), shelf->block_bytes);
        *owner_at(shelves, place) = owner;
        shelves->on_move(shelves->user, owner, place);
    }
    if (shelf->fill > 0) return;
    uint32_t slab = shelf->last;
    shelf->fill = shelf->each;
    shelf->last = shelves->slabs[slab].before;
    shelves->slabs[slab].before = shelves->spare;
    shelves->spare = slab;
}

static void *resize(void *user, void *block, size_t old_bytes, size_t new_bytes) {
    seg_shelves *shelves = user;
    seg_shelf *to = seg_shelves_suit(new_bytes) ? shelf_for(shelves, new_bytes) : NULL;
    if (!block) {
        bool is_owned = to && shelves->owner != SEG_NONE;
        return is_owned ? put(shelves, to, shelves->owner)
                        : seg_heap_resize(shelves->host, NULL, 0, new_bytes);
    }
    uint32_t place = seg_shelves_place(shelves, block);
    if (place == SEG_NONE) return seg_heap_resize(shelves->host, block, old_bytes, new_bytes);
    seg_shelf *from = shelf_at(shelves, place);
    if (to == from) return block;
    void *moved = NULL;
    if (new_bytes > 0) {
        moved = to ? put(shelves, to, *owner_at(shelves, place))
                   : seg_heap_resize(shelves->host, NULL, 0, new_bytes);
        if (!moved) return NULL;
        memcpy(moved, block, old_bytes < new_bytes ? old_bytes : new_bytes);
    }
    take(shelves, from, place);
    return moved;
}

/* ---- making and freeing ------------------------------------------------------------------------------ */

void seg_shelves_init(seg_shelves *shelves, const seg_allocator *host, seg_shelf_move_fn on_move,
                      void *user) {
    *shelves =
        (seg_shelves){.host = host, .on_move = on_move, .user = user, .owner = SEG_NONE, .spare = SEG_NONE};
    shelves->face = (seg_allocator){resize, shelves};
    for (uint32_t i = 0; i < SEG_SHELF_COUNT; i++) {
        uint32_t bytes = (i + 1) * SEG_SHELF_UNIT_BYTES;
        shelves->shelves[i] =
            (seg_shelf){.block_bytes = bytes, .each = each_of(bytes), .last = SEG_NONE, .hole = SEG_NONE};
    }
}

void seg_shelves_free(seg_shelves *shelves) {
    for (size_t i = 0; i < shelves->chunk_count; i++) free_chunk(shelves, &shelves->chunks[i]);
    seg_heap_free(shelves->host, shelves->chunks, shelves->chunk_capacity, sizeof *shelves->chunks);
    seg_heap_free(shelves->host, shelves->slabs, shelves->slab_capacity, sizeof *shelves->slabs);
    seg_shelves_init(shelves, shelves->host, shelves->on_move, shelves->user);
}
