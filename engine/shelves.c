/* shelves.c - see shelves.h. */
#include "shelves.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "heap.h"

enum {
    SLAB_BYTES = 16 << 10,
    FEW_SLABS = 16,             /* of the first chunks */
    HUGE_PAGE_BYTES = 2 << 20,  /* chunks of that size and more are whole pages */
    HUGE_FROM_BYTES = 16 << 20, /* so much is held already */
    CHUNK_BYTES_MAX = 32 << 20,
    CHUNK_PART = 32 /* of what is held already: no more than that may lie idle */
};

struct seg_slab {
    seg_slab *next;    /* while it is spare */
    uint32_t owners[]; /* of its blocks; these follow on the next line */
};

/* ---- slabs ------------------------------------------------------------------------------------------- */

static size_t first_of(uint32_t each) {
    size_t head = sizeof(seg_slab) + each * sizeof(uint32_t);
    return (head + SEG_SHELF_LINE_BYTES - 1) / SEG_SHELF_LINE_BYTES * SEG_SHELF_LINE_BYTES;
}

static uint32_t each_of(size_t block_bytes) {
    uint32_t each = (uint32_t)((SLAB_BYTES - sizeof(seg_slab)) / (block_bytes + sizeof(uint32_t)));
    while (first_of(each) + each * block_bytes > SLAB_BYTES) each--;
    return each;
}

static bool make_chunk(seg_shelves *shelves, size_t size, seg_chunk *chunk) {
    size_t whole = size;
    uint8_t *block;
    if (shelves->host) { /* of which nothing is known but that it is memory */
        whole += SLAB_BYTES;
        block = seg_heap_resize(shelves->host, NULL, 0, whole);
    } else {
        block = aligned_alloc(size % HUGE_PAGE_BYTES ? SLAB_BYTES : HUGE_PAGE_BYTES, size);
    }
    if (!block) return false;
#ifdef MADV_HUGEPAGE
    if (!shelves->host && size % HUGE_PAGE_BYTES == 0) madvise(block, size, MADV_HUGEPAGE); /* or not */
#endif
    size_t skip = (SLAB_BYTES - (uintptr_t)block % SLAB_BYTES) % SLAB_BYTES;
    *chunk = (seg_chunk){block + skip, size / SLAB_BYTES, block, whole};
    return true;
}

static void free_chunk(const seg_shelves *shelves, const seg_chunk *chunk) {
    if (shelves->host)
        seg_heap_resize(shelves->host, chunk->whole, chunk->whole_bytes, 0);
    else
        free(chunk->whole);
}

static bool add_chunk(seg_shelves *shelves) {
    size_t size = shelves->chunk_bytes / CHUNK_PART;
    size_t unit = shelves->chunk_bytes < HUGE_FROM_BYTES ? FEW_SLABS * SLAB_BYTES : HUGE_PAGE_BYTES;
    if (size > CHUNK_BYTES_MAX) size = CHUNK_BYTES_MAX;
    size = size < unit ? unit : size / unit * unit;
    seg_chunk chunk;
    if (!seg_heap_grow(shelves->host, &shelves->chunks, &shelves->chunk_capacity, shelves->chunk_count + 1,
                       sizeof *shelves->chunks) ||
        !make_chunk(shelves, size, &chunk))
        return false;
    size_t at = shelves->chunk_count++;
    for (; at > 0 && shelves->chunks[at - 1].first > chunk.first; at--)
        shelves->chunks[at] = shelves->chunks[at - 1];
    shelves->chunks[at] = chunk;
    shelves->chunk_bytes += size;
    shelves->rest = chunk.first;
    shelves->rest_slabs = chunk.slabs;
    return true;
}

/* NULL: no memory. */
static seg_slab *take_slab(seg_shelves *shelves) {
    seg_slab *slab = shelves->spare;
    if (slab) {
        shelves->spare = slab->next;
        return slab;
    }
    if (!shelves->rest_slabs && !add_chunk(shelves)) return NULL;
    slab = (seg_slab *)(void *)shelves->rest;
    shelves->rest += SLAB_BYTES;
    shelves->rest_slabs--;
    return slab;
}

bool seg_shelves_hold(const seg_shelves *shelves, const void *block) {
    size_t low = 0, high = shelves->chunk_count;
    while (low < high) { /* to the first chunk that begins behind the block */
        size_t middle = low + (high - low) / 2;
        if ((uintptr_t)shelves->chunks[middle].first <= (uintptr_t)block)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0) return false;
    const seg_chunk *chunk = &shelves->chunks[low - 1];
    return (uintptr_t)block - (uintptr_t)chunk->first < chunk->slabs * SLAB_BYTES;
}

/* ---- blocks ------------------------------------------------------------------------------------------ */

static uint8_t *block_at(const seg_shelf *shelf, seg_slab *slab, size_t block_bytes, size_t i) {
    return (uint8_t *)slab + first_of(shelf->each) + i * block_bytes;
}

static seg_slab *slab_of(const void *block) {
    return (seg_slab *)((uintptr_t)block / SLAB_BYTES * SLAB_BYTES);
}

/* The note of who owns a block. */
static uint32_t *owner_of(const seg_shelf *shelf, void *block, size_t block_bytes) {
    seg_slab *slab = slab_of(block);
    return &slab->owners[(size_t)((uint8_t *)block - block_at(shelf, slab, block_bytes, 0)) / block_bytes];
}

static size_t lines_of(size_t bytes) { return (bytes + SEG_SHELF_LINE_BYTES - 1) / SEG_SHELF_LINE_BYTES; }

void seg_shelves_expect(const seg_shelves *shelves, const void *block, size_t bytes) {
    size_t lines = lines_of(bytes);
    if (lines == 0 || lines > SEG_SHELF_COUNT) return;
    /* Of another block the place is made up, but nothing is read there. */
    size_t head = first_of(shelves->shelves[lines - 1].each), at = (uintptr_t)block % SLAB_BYTES;
    size_t place = at < head ? 0 : (at - head) / (lines * SEG_SHELF_LINE_BYTES);
    __builtin_prefetch(&slab_of(block)->owners[place]);
}

static void *put(seg_shelves *shelves, size_t lines, uint32_t owner) {
    seg_shelf *shelf = &shelves->shelves[lines - 1];
    size_t block_bytes = lines * SEG_SHELF_LINE_BYTES;
    if (shelf->hole) {
        void **block = shelf->hole;
        shelf->hole = *block;
        *owner_of(shelf, block, block_bytes) = owner;
        return block;
    }
    if (shelf->count == 0 || shelf->fill == shelf->each) {
        if (!seg_heap_grow(shelves->host, &shelf->slabs, &shelf->capacity, shelf->count + 1,
                           sizeof(seg_slab *)))
            return NULL;
        seg_slab *slab = take_slab(shelves);
        if (!slab) return NULL;
        shelf->slabs[shelf->count++] = slab;
        shelf->fill = 0;
    }
    seg_slab *last = shelf->slabs[shelf->count - 1];
    last->owners[shelf->fill] = owner;
    return block_at(shelf, last, block_bytes, shelf->fill++);
}

/* The last block takes the place of the one that goes. */
static void take(seg_shelves *shelves, void *block, size_t lines) {
    seg_shelf *shelf = &shelves->shelves[lines - 1];
    size_t block_bytes = lines * SEG_SHELF_LINE_BYTES;
    if (shelves->is_still || shelf->hole) {
        *(void **)block = shelf->hole;
        shelf->hole = block;
        return;
    }
    seg_slab *slab = shelf->slabs[shelf->count - 1];
    void *last = block_at(shelf, slab, block_bytes, --shelf->fill);
    if (last != block) {
        uint32_t owner = slab->owners[shelf->fill];
        memcpy(block, last, block_bytes);
        *owner_of(shelf, block, block_bytes) = owner;
        shelves->on_move(shelves->user, owner, block);
    }
    if (shelf->fill > 0) return;
    shelf->fill = shelf->each;
    shelf->count--;
    slab->next = shelves->spare;
    shelves->spare = slab;
}

static void *resize(void *user, void *block, size_t old_bytes, size_t new_bytes) {
    seg_shelves *shelves = user;
    size_t lines = lines_of(new_bytes), old_lines = lines_of(old_bytes);
    bool fits = lines > 0 && lines <= SEG_SHELF_COUNT;
    if (!block) {
        bool is_owned = fits && shelves->owner != SEG_NONE;
        return is_owned ? put(shelves, lines, shelves->owner)
                        : seg_heap_resize(shelves->host, NULL, 0, new_bytes);
    }
    if (old_lines > SEG_SHELF_COUNT || !seg_shelves_hold(shelves, block))
        return seg_heap_resize(shelves->host, block, old_bytes, new_bytes);
    if (lines == old_lines) return block;
    void *moved = NULL;
    if (new_bytes > 0) {
        const seg_shelf *shelf = &shelves->shelves[old_lines - 1];
        uint32_t owner = *owner_of(shelf, block, old_lines * SEG_SHELF_LINE_BYTES);
        moved = fits ? put(shelves, lines, owner) : seg_heap_resize(shelves->host, NULL, 0, new_bytes);
        if (!moved) return NULL;
        memcpy(moved, block, old_bytes < new_bytes ? old_bytes : new_bytes);
    }
    take(shelves, block, old_lines);
    return moved;
}

/* ---- making and freeing ------------------------------------------------------------------------------ */

void seg_shelves_init(seg_shelves *shelves, const seg_allocator *host, seg_shelf_move_fn on_move,
                      void *user) {
    *shelves = (seg_shelves){.host = host, .on_move = on_move, .user = user, .owner = SEG_NONE};
    shelves->face = (seg_allocator){resize, shelves};
    for (size_t i = 0; i < SEG_SHELF_COUNT; i++)
        shelves->shelves[i].each = each_of((i + 1) * SEG_SHELF_LINE_BYTES);
}

void seg_shelves_free(seg_shelves *shelves) {
    for (size_t i = 0; i < SEG_SHELF_COUNT; i++)
        seg_heap_free(shelves->host, shelves->shelves[i].slabs, shelves->shelves[i].capacity,
                      sizeof(seg_slab *));
    for (size_t i = 0; i < shelves->chunk_count; i++) free_chunk(shelves, &shelves->chunks[i]);
    seg_heap_free(shelves->host, shelves->chunks, shelves->chunk_capacity, sizeof *shelves->chunks);
    seg_shelves_init(shelves, shelves->host, shelves->on_move, shelves->user);
}
