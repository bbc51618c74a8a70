#include "timers.h"

#include <string.h>

#include "heap.h"

enum {
    CHUNK_ENTRIES = 123, /* chunks are of 1,000 bytes */
    SPOT_BITS = 32,
    GROUP_BITS = 6,
    GROUP_MASK = SEG_TIMER_BUCKETS - 1,
    NEAR_ENTRIES = 64,
    NEAR_LIMIT = 4 * NEAR_ENTRIES,
    FAR_ENTRIES = NEAR_ENTRIES * SEG_TIMER_BUCKETS /* so that all are told of */
};

typedef struct spot { /* an entry in a bucket */
    uint32_t bits;    /* of its deadline, perhaps without the lowest ones */
    uint32_t profile;
} spot;

struct seg_timer_chunk {
    seg_timer_chunk *older;
    size_t count;
    spot entries[CHUNK_ENTRIES];
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
    seg_heap_free(timers->allocator, timers->due, timers->due_capacity, sizeof *timers->due);
    seg_heap_free(timers->allocator, timers->near, timers->near_capacity, sizeof *timers->near);
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

/* The group in which the key differs from the present, and its place there; what is past comes at once. */
static int place_of(uint64_t present, uint64_t key, unsigned *bucket) {
    if (key < present) key = present;
    uint64_t differs = key ^ present;
    int level = differs ? (63 - __builtin_clzll(differs)) / GROUP_BITS : 0;
    *bucket = (unsigned)(key >> (level * GROUP_BITS)) & GROUP_MASK;
    return level;
}

/* How many of the lowest bits are left out in the buckets of a level. */
static int bits_left_out(int level) {
    int bits = level * GROUP_BITS;
    return bits > SPOT_BITS ? bits - SPOT_BITS : 0;
}

/* The first instant of a bucket. */
static uint64_t beginning_of(const seg_timers *timers, int level, unsigned bucket) {
    int shift = level * GROUP_BITS, above = shift + GROUP_BITS;
    uint64_t first = above < 64 ? timers->present >> above << above : 0;
    return first | (uint64_t)bucket << shift;
}

/* The higher bits are those of the bucket's beginning. */
static seg_timer entry_of(uint64_t first, int level, spot at) {
    int bits = bits_left_out(level);
    return (seg_timer){deadline_of((first >> bits >> SPOT_BITS << SPOT_BITS | at.bits) << bits), at.profile};
}

static spot spot_of(int level, seg_timer entry) {
    return (spot){(uint32_t)(key_of(entry.deadline) >> bits_left_out(level)), entry.profile};
}

static void list_entries(seg_timer *entries, uint64_t first, int level, const seg_timer_chunk *chunk) {
    for (size_t i = 0; i < chunk->count; i++) entries[i] = entry_of(first, level, chunk->entries[i]);
}

static bool put_into(seg_timers *timers, int level, unsigned bucket, seg_timer entry) {
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
    (*list)->entries[(*list)->count++] = spot_of(level, entry);
    timers->taken[level] |= UINT64_C(1) << bucket;
    return true;
}

/* It is not before the present. */
static bool put(seg_timers *timers, seg_timer entry) {
    unsigned bucket;
    int level = place_of(timers->present, key_of(entry.deadline), &bucket);
    return put_into(timers, level, bucket, entry);
}

/* ---- those that are near: a heap ---------------------------------------------------------------- */

static bool reserve_near(seg_timers *timers, size_t more) {
    return seg_heap_grow(timers->allocator, &timers->near, &timers->near_capacity, timers->near_count + more,
                         sizeof *timers->near);
}

/* There is room. */
static void push_near(seg_timers *timers, seg_timer entry) {
    seg_timer *heap = timers->near;
    size_t at = timers->near_count++;
    for (size_t above; at > 0 && heap[above = (at - 1) / 2].deadline > entry.deadline; at = above)
        heap[at] = heap[above];
    heap[at] = entry;
}

static seg_timer pop_near(seg_timers *timers) {
    seg_timer *heap = timers->near, first = heap[0], last = heap[--timers->near_count];
    size_t at = 0, count = timers->near_count;
    for (size_t below; (below = 2 * at + 1) < count; at = below) {
        below += below + 1 < count && heap[below + 1].deadline < heap[below].deadline;
        if (heap[below].deadline >= last.deadline) break;
        heap[at] = heap[below];
    }
    heap[at] = last;
    return first;
}

/* Too many have come among them: all but the first instant's go into buckets again. */
static bool scatter_near(seg_timers *timers) {
    if (!reserve(timers, timers->near_count)) return false;
    int64_t first = timers->near[0].deadline;
    size_t count = timers->near_count;
    if (key_of(first) > timers->present) timers->present = key_of(first);
    timers->until = timers->present;
    timers->near_count = 0;
    for (size_t i = 0; i < count; i++) {
        seg_timer entry = timers->near[i];
        if (key_of(entry.deadline) <= timers->until)
            push_near(timers, entry); /* behind what was read already */
        else
            put(timers, entry);
    }
    return true;
}

bool seg_timers_add(seg_timers *timers, seg_timer *entry) {
    unsigned bucket;
    uint64_t key = key_of(entry->deadline);
    int level = place_of(timers->present, key, &bucket), bits = bits_left_out(level);
    key = key >> bits << bits;
    entry->deadline = deadline_of(key);
    if (key <= timers->until && timers->near_count >= NEAR_LIMIT && timers->until > timers->present) {
        if (!scatter_near(timers)) return false;
        level = place_of(timers->present, key, &bucket);
    }
    if (key > timers->until && key >= timers->present) {
        if (!put_into(timers, level, bucket, *entry)) return false;
    } else {
        if (!reserve_near(timers, 1)) return false;
        push_near(timers, *entry);
    }
    timers->count++;
    return true;
}

/* ---- their time comes ------------------------------------------------------------------------------ */

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
static void tell_near(const seg_timers *timers, int level, unsigned bucket, uint64_t first, size_t entries) {
    if (!timers->on_near || entries < 2 || entries > FAR_ENTRIES) return;
    for (const seg_timer_chunk *chunk = timers->buckets[level][bucket]; chunk; chunk = chunk->older)
        for (size_t i = 0; i < chunk->count; i++) {
            seg_timer entry = entry_of(first, level, chunk->entries[i]);
            timers->on_near(timers->user, &entry, entries <= NEAR_ENTRIES);
        }
}

/* The few entries of a bucket become those that are near; there were none. */
static bool open_bucket(seg_timers *timers, int level, unsigned bucket, uint64_t first, size_t entries) {
    int shift = level * GROUP_BITS;
    if (!reserve_near(timers, entries)) return false;
    timers->present = first;
    timers->until = first | ((UINT64_C(1) << shift) - 1);
    tell_near(timers, level, bucket, first, entries);
    for (seg_timer_chunk *chunk = take_bucket(timers, level, bucket); chunk;) {
        seg_timer_chunk *older = chunk->older;
        for (size_t i = 0; i < chunk->count; i++)
            push_near(timers, entry_of(first, level, chunk->entries[i]));
        put_spare(timers, chunk);
        chunk = older;
    }
    return true;
}

/* In how many finer buckets the entries of one are put once the present is `first`. */
static size_t count_places(uint64_t first, int level, const seg_timer_chunk *chunk) {
    uint64_t taken[SEG_TIMER_LEVELS] = {0};
    for (; chunk; chunk = chunk->older)
        for (size_t i = 0; i < chunk->count; i++) {
            unsigned bucket;
            seg_timer entry = entry_of(first, level, chunk->entries[i]);
            int finer = place_of(first, key_of(entry.deadline), &bucket);
            taken[finer] |= UINT64_C(1) << bucket;
        }
    size_t places = 0;
    for (int i = 0; i < SEG_TIMER_LEVELS; i++) places += (size_t)__builtin_popcountll(taken[i]);
    return places;
}

/* Spreads a bucket over finer ones; the present is its first instant by now. A place may need a chunk that
 * stays partly empty; for the others, which become full, chunks of the bucket itself are spare by then, as
 * all of these but the first are full. */
static bool spread(seg_timers *timers, int level, unsigned bucket, uint64_t first, size_t entries) {
    size_t places = count_places(first, level, timers->buckets[level][bucket]);
    if (!reserve(timers, places + 1)) return false;
    timers->present = first;
    tell_near(timers, level, bucket, first, entries);
    for (seg_timer_chunk *chunk = take_bucket(timers, level, bucket); chunk;) {
        seg_timer_chunk *older = chunk->older;
        for (size_t i = 0; i < chunk->count; i++)
            put(timers, entry_of(first, level, chunk->entries[i])); /* has room: reserved */
        put_spare(timers, chunk);
        chunk = older;
    }
    return true;
}

static bool take_due(seg_timers *timers, unsigned bucket, uint64_t key, seg_timer **due, size_t *count) {
    size_t entries = count_entries(timers->buckets[0][bucket]);
    if (!seg_heap_grow(timers->allocator, &timers->due, &timers->due_capacity, entries, sizeof *timers->due))
        return false;
    timers->present = timers->until = key;
    for (seg_timer_chunk *chunk = take_bucket(timers, 0, bucket); chunk;) {
        seg_timer_chunk *older = chunk->older;
        list_entries(timers->due + *count, key, 0, chunk);
        *count += chunk->count;
        put_spare(timers, chunk);
        chunk = older;
    }
    timers->count -= *count;
    *due = timers->due;
    return true;
}

/* Of those that are near the ones of the first instant, unless that is not before `before`. */
static bool take_near(seg_timers *timers, int64_t before, seg_timer **due, size_t *count) {
    int64_t at = timers->near[0].deadline;
    if (at >= before) return true;
    if (!seg_heap_grow(timers->allocator, &timers->due, &timers->due_capacity, timers->near_count,
                       sizeof *timers->due))
        return false;
    if (key_of(at) > timers->present) timers->present = key_of(at);
    do {
        timers->due[(*count)++] = pop_near(timers);
    } while (timers->near_count > 0 && timers->near[0].deadline == at);
    timers->count -= *count;
    *due = timers->due;
    return true;
}

bool seg_timers_next(seg_timers *timers, int64_t before, seg_timer **due, size_t *count) {
    *count = 0;
    *due = NULL;
    for (;;) {
        if (timers->near_count > 0) return take_near(timers, before, due, count);
        int level = 0;
        while (level < SEG_TIMER_LEVELS && !timers->taken[level]) level++;
        if (level == SEG_TIMER_LEVELS) return true;
        unsigned bucket = (unsigned)__builtin_ctzll(timers->taken[level]);
        uint64_t first = beginning_of(timers, level, bucket);
        if (deadline_of(first) >= before) return true;
        if (level == 0) return take_due(timers, bucket, first, due, count);
        size_t entries = count_entries(timers->buckets[level][bucket]);
        if (!(entries <= NEAR_ENTRIES ? open_bucket(timers, level, bucket, first, entries)
                                      : spread(timers, level, bucket, first, entries)))
            return false;
    }
}

/* ---- those that no longer count -------------------------------------------------------------------- */

/* Those of a chunk that still count are left in it. */
static void keep_some(seg_timers *timers, int level, uint64_t first, seg_timer_chunk *chunk,
                      seg_timer_keep_fn keep) {
    seg_timer entries[CHUNK_ENTRIES];
    list_entries(entries, first, level, chunk);
    chunk->count = keep(timers->user, entries, chunk->count);
    for (size_t i = 0; i < chunk->count; i++) chunk->entries[i] = spot_of(level, entries[i]);
}

/* The chunks of a bucket, closed up: all but the first are full. */
static seg_timer_chunk *close_up(seg_timers *timers, seg_timer_chunk *list, seg_timer_chunk *chunk) {
    if (list) {
        size_t room = CHUNK_ENTRIES - list->count, moved = chunk->count < room ? chunk->count : room;
        chunk->count -= moved;
        memcpy(list->entries + list->count, chunk->entries + chunk->count, moved * sizeof *list->entries);
        list->count += moved;
    }
    if (chunk->count) {
        chunk->older = list;
        return chunk;
    }
    put_spare(timers, chunk);
    return list;
}

static void sweep_bucket(seg_timers *timers, int level, unsigned bucket, seg_timer_keep_fn keep,
                         seg_timer_kept_fn kept) {
    uint64_t first = beginning_of(timers, level, bucket);
    seg_timer_chunk *chunk = take_bucket(timers, level, bucket), *list = NULL;
    timers->count -= count_entries(chunk);
    while (chunk) {
        seg_timer_chunk *older = chunk->older;
        keep_some(timers, level, first, chunk, keep);
        list = close_up(timers, list, chunk);
        chunk = older;
    }
    timers->count += count_entries(list);
    timers->buckets[level][bucket] = list;
    if (list) timers->taken[level] |= UINT64_C(1) << bucket;
    for (; list; list = list->older) {
        seg_timer entries[CHUNK_ENTRIES];
        list_entries(entries, first, level, list);
        kept(timers->user, entries, list->count);
    }
}

void seg_timers_sweep(seg_timers *timers, seg_timer_keep_fn keep, seg_timer_kept_fn kept) {
    for (int level = 0; level < SEG_TIMER_LEVELS; level++)
        for (uint64_t taken = timers->taken[level]; taken; taken &= taken - 1)
            sweep_bucket(timers, level, (unsigned)__builtin_ctzll(taken), keep, kept);
    size_t count = timers->near_count ? keep(timers->user, timers->near, timers->near_count) : 0;
    timers->count -= timers->near_count - count;
    if (count) kept(timers->user, timers->near, count);
    timers->near_count = 0;
    for (size_t i = 0; i < count; i++) push_near(timers, timers->near[i]); /* at or before where it stood */
}
