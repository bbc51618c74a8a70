#include "timers.h"

#include <string.h>

#include "heap.h"

enum {
    CHUNK_ENTRIES = 62,
    GROUP_BITS = 6,
    GROUP_MASK = SEG_TIMER_BUCKETS - 1,
    NEAR_ENTRIES = 48,
    FAR_ENTRIES = 1024
};

struct seg_timer_chunk {
    seg_timer_chunk *older;
    size_t count;
    seg_timer entries[CHUNK_ENTRIES];
};

static const uint64_t SIGN = UINT64_C(1) << 63;
static uint64_t key_of(int64_t deadline) { return (uint64_t)deadline ^ SIGN; }
static int64_t deadline_of(uint64_t key) { return (int64_t)(key ^ SIGN); }

void seg_timers_init(seg_timers *timers, const seg_allocator *allocator) {
    memset(timers, 0, sizeof *timers);
    timers->allocator = allocator;
}

static void free_chunks(seg_timers *timers, seg_timer_chunk *chunk) {
    while (chunk) {
        seg_timer_chunk *older = chunk->older;
        seg_heap_resize(timers->allocator, chunk, sizeof *chunk, 0);
        chunk = older;
    }
}

void seg_timers_free(seg_timers *timers) {
    for (int level = 0; level < SEG_TIMER_LEVELS; level++)
        for (int i = 0; i < SEG_TIMER_BUCKETS; i++) free_chunks(timers, timers->buckets[level][i]);
    free_chunks(timers, timers->spare);
    if (timers->due)
        seg_heap_resize(timers->allocator, timers->due, timers->due_capacity * sizeof *timers->due, 0);
    seg_timers_init(timers, timers->allocator);
}

static void put_spare(seg_timers *timers, seg_timer_chunk *chunk) {
    chunk->older = timers->spare;
    timers->spare = chunk;
    timers->spare_count++;
}

static bool reserve(seg_timers *timers, size_t chunks) {
    while (timers->spare_count < chunks) {
        seg_timer_chunk *chunk = seg_heap_resize(timers->allocator, NULL, 0, sizeof *chunk);
        if (!chunk) return false;
        put_spare(timers, chunk);
    }
    return true;
}

/* The group in which the key differs from the present, and its place there. */
static int place_of(const seg_timers *timers, uint64_t key, unsigned *bucket) {
    uint64_t differs = key ^ timers->present;
    int level = differs ? (63 - __builtin_clzll(differs)) / GROUP_BITS : 0;
    *bucket = (unsigned)(key >> (level * GROUP_BITS)) & GROUP_MASK;
    return level;
}

static bool put(seg_timers *timers, seg_timer entry) {
    unsigned bucket;
    uint64_t key = key_of(entry.deadline);
    int level = place_of(timers, key < timers->present ? timers->present : key, &bucket);
    seg_timer_chunk **list = &timers->buckets[level][bucket];
    if (!*list || (*list)->count == CHUNK_ENTRIES) {
        if (!reserve(timers, 1)) return false;
        seg_timer_chunk *chunk = timers->spare;
        timers->spare = chunk->older;
        timers->spare_count--;
        chunk->older = *list;
        chunk->count = 0;
        *list = chunk;
    }
    (*list)->entries[(*list)->count++] = entry;
    timers->taken[level] |= UINT64_C(1) << bucket;
    return true;
}

bool seg_timers_add(seg_timers *timers, int64_t deadline, uint32_t profile) {
    if (!put(timers, (seg_timer){deadline, profile})) return false;
    timers->count++;
    return true;
}

static seg_timer_chunk *take_bucket(seg_timers *timers, int level, unsigned bucket) {
    seg_timer_chunk *list = timers->buckets[level][bucket];
    timers->buckets[level][bucket] = NULL;
    timers->taken[level] &= ~(UINT64_C(1) << bucket);
    return list;
}

static size_t count_entries(const seg_timer_chunk *chunk) {
    size_t count = 0;
    for (; chunk; chunk = chunk->older) count += chunk->count;
    return count;
}

/* How soon entries come is told by how few others come with them: what is prepared for them is to be there
 * still. */
static void tell_near(const seg_timers *timers, const seg_timer_chunk *chunk, size_t entries) {
    if (!timers->on_near || entries < 2 || entries > FAR_ENTRIES) return;
    for (; chunk; chunk = chunk->older)
        for (size_t i = 0; i < chunk->count; i++)
            timers->on_near(timers->user, &chunk->entries[i], entries <= NEAR_ENTRIES);
}

/* Spreads a bucket over finer ones; the present is its first instant by now. */
static bool spread(seg_timers *timers, int level, unsigned bucket, uint64_t first) {
    size_t entries = count_entries(timers->buckets[level][bucket]);
    size_t places = (size_t)level * SEG_TIMER_BUCKETS;
    if (!reserve(timers, (entries < places ? entries : places) + entries / CHUNK_ENTRIES + 1)) return false;
    timers->present = first;
    tell_near(timers, timers->buckets[level][bucket], entries);
    for (seg_timer_chunk *chunk = take_bucket(timers, level, bucket); chunk;) {
        seg_timer_chunk *older = chunk->older;
        for (size_t i = 0; i < chunk->count; i++) put(timers, chunk->entries[i]); /* has room: reserved */
        put_spare(timers, chunk);
        chunk = older;
    }
    return true;
}

static bool take_due(seg_timers *timers, unsigned bucket, uint64_t key, seg_timer **due, size_t *count) {
    size_t entries = count_entries(timers->buckets[0][bucket]);
    if (!seg_heap_grow(timers->allocator, &timers->due, &timers->due_capacity, entries, sizeof *timers->due))
        return false;
    timers->present = key;
    for (seg_timer_chunk *chunk = take_bucket(timers, 0, bucket); chunk;) {
        seg_timer_chunk *older = chunk->older;
        memcpy(timers->due + *count, chunk->entries, chunk->count * sizeof *timers->due);
        *count += chunk->count;
        put_spare(timers, chunk);
        chunk = older;
    }
    timers->count -= *count;
    *due = timers->due;
    return true;
}

bool seg_timers_next(seg_timers *timers, int64_t before, seg_timer **due, size_t *count) {
    *count = 0;
    *due = NULL;
    for (;;) {
        int level = 0;
        while (level < SEG_TIMER_LEVELS && !timers->taken[level]) level++;
        if (level == SEG_TIMER_LEVELS) return true;
        unsigned bucket = (unsigned)__builtin_ctzll(timers->taken[level]);
        int shift = level * GROUP_BITS, above = shift + GROUP_BITS;
        uint64_t first = above < 64 ? timers->present >> above << above : 0;
        first |= (uint64_t)bucket << shift;
        if (deadline_of(first) >= before) return true;
        if (level == 0) return take_due(timers, bucket, first, due, count);
        if (!spread(timers, level, bucket, first)) return false;
    }
}

bool seg_timers_clear(seg_timers *timers, size_t room) {
    if (!reserve(timers, room / CHUNK_ENTRIES + (size_t)SEG_TIMER_LEVELS * SEG_TIMER_BUCKETS)) return false;
    for (int level = 0; level < SEG_TIMER_LEVELS; level++)
        for (unsigned i = 0; i < SEG_TIMER_BUCKETS; i++)
            for (seg_timer_chunk *chunk = take_bucket(timers, level, i); chunk;) {
                seg_timer_chunk *older = chunk->older;
                put_spare(timers, chunk);
                chunk = older;
            }
    timers->count = 0;
    return true;
}
