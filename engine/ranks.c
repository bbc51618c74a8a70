#include "ranks.h"

#include <stdlib.h>
#include <string.h>

#include "fault.h"
#include "heap.h"
#include "population.h"
#include "text.h"

/* ---- Memory -------------------------------------------------------------------------------------- */

bool seg_ranks_init(seg_ranks *ranks, const seg_image *image, const seg_allocator *allocator) {
    seg_image_info info;
    seg_image_describe(image, &info);
    *ranks = (seg_ranks){.ranking_count = info.ranking_count, .due = SEG_NEVER};
    ranks->rankings = seg_heap_zeroed(allocator, info.ranking_count, sizeof *ranks->rankings);
    return ranks->rankings != NULL;
}

void seg_ranks_free(seg_ranks *ranks, const seg_allocator *allocator) {
    for (uint32_t i = 0; ranks->rankings && i < ranks->ranking_count; i++) {
        seg_heap_free(allocator, ranks->rankings[i].order, ranks->capacity, sizeof(uint32_t));
        seg_heap_free(allocator, ranks->rankings[i].spare, ranks->capacity, sizeof(uint32_t));
    }
    seg_heap_free(allocator, ranks->rankings, ranks->ranking_count, sizeof *ranks->rankings);
    seg_heap_free(allocator, ranks->holds, ranks->capacity, sizeof *ranks->holds);
    seg_heap_free(allocator, ranks->places, ranks->capacity * ranks->ranking_count, sizeof *ranks->places);
    seg_heap_free(allocator, ranks->moved, ranks->capacity, sizeof *ranks->moved);
    seg_heap_free(allocator, ranks->touched, ranks->capacity, sizeof *ranks->touched);
}

/* Room for every profile: all new, so that what there is stays whole when memory runs short. */
static bool make_room(seg_engine *engine) {
    seg_ranks *ranks = &engine->ranks;
    const seg_allocator *allocator = engine->allocator;
    size_t old = ranks->capacity, wanted = old ? old : 64;
    if (engine->profiles.count <= old) return true;
    while (wanted < engine->profiles.count) wanted *= 2;
    seg_ranks made = {.ranking_count = ranks->ranking_count, .due = ranks->due, .capacity = wanted};
    made.rankings = seg_heap_zeroed(allocator, ranks->ranking_count, sizeof *made.rankings);
    made.holds = seg_heap_zeroed(allocator, wanted, sizeof *made.holds);
    made.places = seg_heap_zeroed(allocator, wanted * ranks->ranking_count, sizeof *made.places);
    made.moved = seg_heap_zeroed(allocator, wanted, sizeof *made.moved);
    made.touched = seg_heap_zeroed(allocator, wanted, sizeof *made.touched);
    bool done = made.rankings && made.holds && made.places && made.moved && made.touched;
    for (uint32_t i = 0; done && i < ranks->ranking_count; i++) {
        made.rankings[i].count = ranks->rankings[i].count;
        made.rankings[i].order = seg_heap_zeroed(allocator, wanted, sizeof(uint32_t));
        made.rankings[i].spare = seg_heap_zeroed(allocator, wanted, sizeof(uint32_t));
        done = made.rankings[i].order && made.rankings[i].spare;
        if (done && old) memcpy(made.rankings[i].order, ranks->rankings[i].order, old * sizeof(uint32_t));
    }
    if (!done) {
        seg_ranks_free(&made, allocator);
        return false;
    }
    if (old) {
        memcpy(made.holds, ranks->holds, old * sizeof *made.holds);
        memcpy(made.places, ranks->places, old * ranks->ranking_count * sizeof *made.places);
    }
    for (size_t i = old; i < wanted; i++) made.holds[i] = INT64_MIN;
    seg_ranks_free(ranks, allocator);
    *ranks = made;
    return true;
}

/* ---- The order of profiles ----------------------------------------------------------------------- */

typedef struct ranked { /* one who moved, with what its order depends on */
    int64_t key;
    seg_text id;
    uint32_t profile;
} ranked;

static ranked ranked_of(const seg_engine *engine, uint32_t ranking, uint32_t profile) {
    const seg_ranks *ranks = &engine->ranks;
    return (ranked){ranks->places[(size_t)profile * ranks->ranking_count + ranking].key,
                    seg_profiles_id(&engine->profiles, profile), profile};
}

static int compare(const void *left, const void *right) {
    const ranked *a = left, *b = right;
    if (a->key != b->key) return a->key > b->key ? -1 : 1;
    if (a->id.size_bytes != b->id.size_bytes) return a->id.size_bytes < b->id.size_bytes ? -1 : 1;
    return memcmp(a->id.bytes, b->id.bytes, a->id.size_bytes);
}

static seg_place *place_of(seg_ranks *ranks, uint32_t ranking, uint32_t profile) {
    return &ranks->places[(size_t)profile * ranks->ranking_count + ranking];
}

/* Merges those who moved, in order, into the order of the others. */
static void merge(seg_engine *engine, uint32_t number, const ranked *movers, size_t mover_count) {
    seg_ranks *ranks = &engine->ranks;
    seg_ranking *ranking = &ranks->rankings[number];
    size_t count = 0, next = 0;
    for (size_t i = 0; i < ranking->count; i++) {
        uint32_t profile = ranking->order[i];
        if (place_of(ranks, number, profile)->moved) continue;
        if (next < mover_count) {
            ranked other = ranked_of(engine, number, profile);
            while (next < mover_count && compare(&movers[next], &other) < 0)
                ranking->spare[count++] = movers[next++].profile;
        }
        ranking->spare[count++] = profile;
    }
    while (next < mover_count) ranking->spare[count++] = movers[next++].profile;
    uint32_t *old = ranking->order;
    ranking->order = ranking->spare;
    ranking->spare = old;
    ranking->count = count;
}

/* Tells everybody in the ranking where they stand, and notes who stands elsewhere than before. */
static void number(seg_ranks *ranks, uint32_t which, size_t old_count) {
    const seg_ranking *ranking = &ranks->rankings[which];
    for (size_t first = 0, end; first < ranking->count; first = end) {
        int64_t key = place_of(ranks, which, ranking->order[first])->key;
        for (end = first; end < ranking->count && place_of(ranks, which, ranking->order[end])->key == key;)
            end++;
        for (size_t i = first; i < end; i++) {
            seg_place *place = place_of(ranks, which, ranking->order[i]);
            seg_place now = *place;
            now.above = (uint32_t)first;
            now.tied_before = (uint32_t)(i - first);
            now.tied = (uint32_t)(end - first);
            if (ranking->count != old_count || place->above != now.above ||
                place->tied_before != now.tied_before || place->tied != now.tied)
                ranks->touched[ranking->order[i]] = true;
            *place = now;
        }
    }
}

static seg_status rank_anew(seg_engine *engine, uint32_t which, size_t mover_count, seg_error *error) {
    seg_ranks *ranks = &engine->ranks;
    ranked *movers = seg_heap_zeroed(engine->allocator, mover_count, sizeof *movers);
    if (!movers) return seg_fault_memory(error);
    size_t known = 0, old_count = ranks->rankings[which].count;
    for (size_t i = 0; i < mover_count; i++) {
        const seg_place *place = place_of(ranks, which, ranks->moved[i]);
        if (place->known) movers[known++] = ranked_of(engine, which, ranks->moved[i]);
        ranks->touched[ranks->moved[i]] = true;
    }
    if (known > 1) qsort(movers, known, sizeof *movers, compare);
    merge(engine, which, movers, known);
    seg_heap_free(engine->allocator, movers, mover_count, sizeof *movers);
    for (size_t i = 0; i < mover_count; i++) place_of(ranks, which, ranks->moved[i])->moved = false;
    number(ranks, which, old_count);
    return SEG_OK;
}

/* ---- Keys ---------------------------------------------------------------------------------------- */

/* The keys of a profile at a refresh, and until when they hold. */
static seg_status find_keys(seg_engine *engine, uint32_t profile, int64_t at, seg_error *error) {
    seg_ranks *ranks = &engine->ranks;
    const seg_state state = seg_engine_state_of(engine, profile);
    ranks->holds[profile] = SEG_NEVER;
    for (uint32_t i = 0; i < ranks->ranking_count; i++) {
        seg_place *place = place_of(ranks, i, profile);
        seg_rank rank = {.holds_until = SEG_NEVER};
        if (state.bytes) {
            seg_engine_sink(engine, profile, (seg_text){NULL, 0});
            seg_status status = seg_rank_key(engine->vm, &state, i, at, &rank);
            if (status != SEG_OK) return seg_fault(error, status, "a profile's rank cannot be found");
        }
        if (rank.known != place->known || rank.key != place->key) place->moved = true;
        place->known = rank.known;
        place->key = rank.key;
        if (rank.holds_until < ranks->holds[profile]) ranks->holds[profile] = rank.holds_until;
    }
    return SEG_OK;
}

/* Everybody's keys at a refresh, as far as they may have changed. */
static seg_status find_all_keys(seg_engine *engine, int64_t at, seg_error *error) {
    seg_ranks *ranks = &engine->ranks;
    bool all = engine->options.mode == SEG_ENGINE_BATCH;
    ranks->due = SEG_NEVER;
    for (uint32_t i = 0; i < engine->profiles.count; i++) {
        if (all || ranks->holds[i] <= at) {
            seg_status status = find_keys(engine, i, at, error);
            if (status != SEG_OK) return status;
        }
        if (ranks->holds[i] < ranks->due) ranks->due = ranks->holds[i];
    }
    return SEG_OK;
}

/* ---- Refreshing ---------------------------------------------------------------------------------- */

static int compare_listed(const void *a, const void *b) {
    return seg_text_compare(((const seg_listed *)a)->id, ((const seg_listed *)b)->id);
}

/* Whoever stands elsewhere is looked at, in order of the ids. */
static seg_status tell(seg_engine *engine, seg_error *error) {
    seg_ranks *ranks = &engine->ranks;
    size_t count = 0;
    if (!seg_heap_grow(engine->allocator, &engine->due, &engine->due_capacity, engine->profiles.count,
                       sizeof(seg_listed)))
        return seg_fault_memory(error);
    for (uint32_t i = 0; i < engine->profiles.count; i++) {
        if (ranks->touched[i] && seg_engine_lives(engine, i))
            engine->due[count++] = (seg_listed){seg_profiles_id(&engine->profiles, i), i};
        ranks->touched[i] = false;
    }
    if (count > 1) qsort(engine->due, count, sizeof *engine->due, compare_listed);
    for (size_t i = 0; i < count; i++) {
        uint32_t profile = engine->due[i].profile;
        seg_state state = seg_engine_state_of(engine, profile);
        seg_sink sink = seg_engine_sink(engine, profile, (seg_text){NULL, 0});
        seg_status status = seg_rerank(engine->vm, &state, engine->now, sink);
        if (status != SEG_OK) return seg_fault(error, status, "a profile cannot be ranked");
        status = seg_engine_look_later(engine, profile, SEG_CAUSE_RANK, error);
        if (status != SEG_OK) return status;
        status = seg_engine_arm(engine, profile, &state, error);
        if (status != SEG_OK) return status;
    }
    return SEG_OK;
}

seg_status seg_engine_rank(seg_engine *engine, seg_error *error) {
    seg_ranks *ranks = &engine->ranks;
    bool stream = engine->options.mode == SEG_ENGINE_STREAM;
    if (!ranks->ranking_count || !engine->profiles.count) return SEG_OK;
    int64_t at = seg_image_refresh(engine->image, engine->now);
    if (stream && ranks->due > at) return SEG_OK;
    if (!make_room(engine)) return seg_fault_memory(error);
    seg_status status = find_all_keys(engine, at, error);
    for (uint32_t i = 0; status == SEG_OK && i < ranks->ranking_count; i++) {
        size_t count = 0;
        for (uint32_t profile = 0; profile < engine->profiles.count; profile++)
            if (place_of(ranks, i, profile)->moved) ranks->moved[count++] = profile;
        if (count) status = rank_anew(engine, i, count, error);
    }
    if (status != SEG_OK) return status;
    seg_engine_defer(engine, true);
    if (stream) status = tell(engine, error);
    seg_engine_defer(engine, false);
    if (stream) return status;
    memset(ranks->touched, 0, ranks->capacity * sizeof *ranks->touched);
    return SEG_OK;
}

void seg_engine_stir(seg_engine *engine, uint32_t profile, int64_t time) {
    seg_ranks *ranks = &engine->ranks;
    if (!ranks->ranking_count) return;
    if (profile < ranks->capacity && time < ranks->holds[profile]) ranks->holds[profile] = time;
    if (time < ranks->due) ranks->due = time;
}

int64_t seg_engine_next_refresh(const seg_engine *engine) {
    int64_t due = engine->ranks.due;
    if (due == SEG_NEVER) return SEG_NEVER;
    if (due <= engine->now) return seg_image_refresh_after(engine->image, engine->now);
    int64_t last = seg_image_refresh(engine->image, due);
    return last == due ? due : seg_image_refresh_after(engine->image, due);
}

/* ---- Questions ----------------------------------------------------------------------------------- */

static bool standing(const seg_ranks *ranks, uint32_t profile, uint32_t ranking, seg_standing *out) {
    if (profile >= ranks->capacity || ranking >= ranks->ranking_count) return false;
    const seg_place *place = &ranks->places[(size_t)profile * ranks->ranking_count + ranking];
    uint64_t count = ranks->rankings[ranking].count;
    if (!place->known) return false;
    *out = (seg_standing){.count = count,
                          .above = place->above,
                          .below = count - place->above - place->tied,
                          .tied_before = place->tied_before};
    return true;
}

bool seg_engine_stands(void *user, uint32_t ranking, seg_standing *out) {
    const seg_engine *engine = user;
    return standing(&engine->ranks, engine->changing, ranking, out);
}

bool seg_engine_standing(seg_engine *engine, seg_text profile, uint32_t ranking, seg_standing *out) {
    uint32_t index = seg_profiles_find(&engine->profiles, profile);
    if (index == SEG_NONE) return false;
    return standing(&engine->ranks, seg_profiles_root(&engine->profiles, index), ranking, out);
}

bool seg_engine_at_place(const seg_engine *engine, uint32_t ranking, uint64_t place, seg_text *profile,
                         int64_t *key) {
    const seg_ranks *ranks = &engine->ranks;
    if (ranking >= ranks->ranking_count || place < 1 || place > ranks->rankings[ranking].count) return false;
    uint32_t index = ranks->rankings[ranking].order[place - 1];
    *profile = seg_profiles_id(&engine->profiles, index);
    *key = ranks->places[(size_t)index * ranks->ranking_count + ranking].key;
    return true;
}
