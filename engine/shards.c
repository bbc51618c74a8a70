/* shards.c - the profiles shared out over several engines, each with a thread of its own. See engine.h.
 *
 * Everybody's time moves with every record, as in one engine: a record is given to its shard with the instant
 * at which one engine would take it. What the shards note down is told in the order of one engine. Where two
 * profiles of different shards turn out to be one person, all shards come to rest before that record, and the
 * person moves. */
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "fault.h"
#include "heap.h"
#include "shard.h"
#include "text.h"

enum { MOST_THREADS = 256 };

struct seg_shards {
    const seg_allocator *allocator;
    seg_shards_options options;
    seg_shard_gate gate;
    bool has_gate;
    seg_shard **shards;
    uint32_t count;
    seg_waiting waiting; /* merges and erasures later than now: the shards have none */
    uint64_t future;     /* of them, so far */
    int64_t now;

    seg_profiles moved; /* whose shard is not the one that the id's hash says */
    uint32_t *homes;    /* theirs */
    size_t home_capacity;

    const seg_record *records;          /* given by the user; those before `routed` are with the shards */
    size_t record_count, routed, first; /* first: that the shards were given last */
    uint64_t number;                    /* of the first of them among all records */
    bool works;

    seg_text *ids; /* of everybody in order: made when asked for */
    size_t id_count, id_capacity;
};

/* ---- Making and freeing ---------------------------------------------------------------------------- */

static seg_status make_gate(seg_shards *shards, seg_error *error) {
    if (pthread_mutex_init(&shards->gate.mutex, NULL) != 0)
        return seg_fault(error, SEG_E_LIMIT, "a lock cannot be made");
    if (pthread_cond_init(&shards->gate.told, NULL) != 0) {
        pthread_mutex_destroy(&shards->gate.mutex);
        return seg_fault(error, SEG_E_LIMIT, "a lock cannot be made");
    }
    shards->has_gate = true;
    return SEG_OK;
}

/* Who is ranked or counted among others is looked at by one thread that knows them all. */
static uint32_t count_threads(const seg_image *image, uint32_t wanted) {
    seg_image_info info;
    seg_image_describe(image, &info);
    return info.ranking_count || info.tally_count ? 1 : wanted;
}

seg_status seg_shards_new(seg_shards **out, const seg_image *image, const seg_shards_options *options,
                          seg_error *error) {
    *out = NULL;
    const seg_allocator *allocator = options->engine.allocator;
    if (options->engine.mode != SEG_ENGINE_STREAM || !options->threads || options->threads > MOST_THREADS)
        return seg_fault(error, SEG_E_USAGE, "shards are for streams, and have 1 to 256 threads");
    seg_shards *shards = seg_heap_zeroed(allocator, 1, sizeof *shards);
    if (!shards) return seg_fault_memory(error);
    shards->allocator = allocator;
    shards->options = *options;
    shards->now = SEG_TIME_MIN;
    seg_waiting_init(&shards->waiting, allocator);
    seg_profiles_init(&shards->moved, allocator, (uint64_t)(uintptr_t)shards);
    uint32_t count = count_threads(image, options->threads);
    seg_status status = make_gate(shards, error);
    shards->shards = seg_heap_zeroed(allocator, MOST_THREADS, sizeof *shards->shards);
    if (status == SEG_OK && !shards->shards) status = seg_fault_memory(error);
    while (status == SEG_OK && shards->count < count) {
        seg_shard *shard = seg_heap_zeroed(allocator, 1, sizeof *shard);
        if (!shard)
            status = seg_fault_memory(error);
        else
            shards->shards[shards->count++] = shard;
        if (shard) status = seg_shard_start(shard, &shards->gate, image, &options->engine, error);
    }
    if (status == SEG_OK)
        *out = shards;
    else
        seg_shards_free(shards);
    return status;
}

void seg_shards_free(seg_shards *shards) {
    if (!shards) return;
    const seg_allocator *allocator = shards->allocator;
    for (uint32_t i = 0; i < shards->count; i++) {
        seg_shard_free(shards->shards[i]);
        seg_heap_free(allocator, shards->shards[i], 1, sizeof *shards->shards[i]);
    }
    seg_heap_free(allocator, shards->shards, MOST_THREADS, sizeof *shards->shards);
    if (shards->has_gate) {
        pthread_cond_destroy(&shards->gate.told);
        pthread_mutex_destroy(&shards->gate.mutex);
    }
    seg_waiting_free(&shards->waiting);
    seg_profiles_free(&shards->moved);
    seg_heap_free(allocator, shards->homes, shards->home_capacity, sizeof *shards->homes);
    seg_heap_free(allocator, shards->ids, shards->id_capacity, sizeof *shards->ids);
    seg_heap_free(allocator, shards, 1, sizeof *shards);
}

uint32_t seg_shards_count(const seg_shards *shards) { return shards->count; }

/* ---- Whose is what --------------------------------------------------------------------------------- */

static uint32_t home_of(const seg_shards *shards, seg_text id) {
    if (shards->count == 1) return 0;
    if (shards->moved.count) {
        uint32_t moved = seg_profiles_find(&shards->moved, id);
        if (moved != SEG_NONE) return shards->homes[moved];
    }
    return (uint32_t)(XXH64(id.bytes, id.size_bytes, 0) % shards->count);
}

typedef struct removal {
    seg_shards *shards;
    uint32_t home;
    bool failed;
} removal;

static void note_home(void *user, seg_text id) {
    removal *r = user;
    seg_shards *shards = r->shards;
    uint32_t moved = seg_profiles_intern(&shards->moved, id);
    if (moved == SEG_NONE || !seg_heap_grow(shards->allocator, &shards->homes, &shards->home_capacity,
                                            shards->moved.count, sizeof *shards->homes))
        r->failed = true;
    else
        shards->homes[moved] = r->home;
}

/* Both ids of an alias in one shard. All shards rest. */
static seg_status bring_together(seg_shards *shards, const seg_record *record, seg_error *error) {
    uint32_t to = home_of(shards, record->profile), from = home_of(shards, record->previous);
    removal r = {.shards = shards, .home = to};
    seg_status status = seg_engine_move(shards->shards[to]->engine, shards->shards[from]->engine,
                                        record->previous, note_home, &r, error);
    return status == SEG_OK && r.failed ? seg_fault_memory(error) : status;
}

/* ---- Records to the shards ------------------------------------------------------------------------- */

/* *taken false: it concerns two shards, and waits until they rest. */
static seg_status route(seg_shards *shards, const seg_record *record, bool *taken, seg_error *error) {
    const seg_engine *one = shards->shards[0]->engine;
    bool good = seg_engine_check(one, record, NULL) == SEG_OK; /* else the shard refuses it */
    uint32_t home = home_of(shards, record->profile);
    int64_t now = shards->now, until = record->time;
    if (until > one->options.limit) until = one->options.limit;
    if (good && until > now) now = until;
    bool is_about_states = record->kind == SEG_RECORD_ALIAS || record->kind == SEG_RECORD_DELETE;
    bool waits = good && is_about_states && record->time > now;
    bool parted = good && record->kind == SEG_RECORD_ALIAS && home_of(shards, record->previous) != home;
    *taken = waits || !parted || shards->first == shards->routed;
    if (!*taken) return SEG_OK;
    shards->now = now;
    if (waits) {
        shards->future++;
        return seg_waiting_add(&shards->waiting, record) ? SEG_OK : seg_fault_memory(error);
    }
    seg_status status = parted ? bring_together(shards, record, error) : SEG_OK;
    if (status != SEG_OK) return status;
    uint64_t number = shards->number + shards->routed;
    return seg_shard_give(shards->shards[home], record, now, number) ? SEG_OK : seg_fault_memory(error);
}

/* Lets the shards work off what they were given and move on in time. */
static void go(seg_shards *shards, int64_t before) {
    for (uint32_t i = 0; i < shards->count; i++) seg_shard_go(shards->shards[i], before, shards->now);
    shards->works = true;
}

/* Gives the shards as many of the records as they can take without knowing of each other. */
static seg_status go_on(seg_shards *shards, seg_error *error) {
    bool taken = true;
    seg_status status = SEG_OK;
    shards->first = shards->routed;
    for (uint32_t i = 0; i < shards->count; i++) shards->shards[i]->count = 0;
    while (shards->routed < shards->record_count && taken && status == SEG_OK) {
        status = route(shards, &shards->records[shards->routed], &taken, error);
        shards->routed += taken;
    }
    go(shards, shards->now);
    return status;
}

/* ---- What they note down, in the order of one engine ----------------------------------------------- */

static bool comes_before(const seg_shard *a, const seg_note *one, const seg_shard *b, const seg_note *other) {
    if (one->now != other->now) return one->now < other->now;
    if (one->number != other->number) return one->number < other->number;
    return seg_text_compare(seg_shard_text(a, one), seg_shard_text(b, other)) < 0;
}

static void tell(const seg_shards *shards, const seg_shard *shard, const seg_note *note) {
    seg_text text = seg_shard_text(shard, note);
    if (note->refused == SEG_OK) {
        const seg_engine_change change = {
            .profile = text, .change = note->change, .message_id = note->message_id};
        if (shards->options.engine.on_change)
            shards->options.engine.on_change(shards->options.engine.user, &change);
        return;
    }
    seg_error error = {.status = note->refused};
    memcpy(error.message, text.bytes, text.size_bytes); /* it came from such a message */
    const seg_record *record = &shards->records[note->number - shards->number];
    if (shards->options.on_refusal)
        shards->options.on_refusal(shards->options.engine.user, record, note->refused, &error);
}

/* Until all shards rest. */
static seg_status tell_all(seg_shards *shards, seg_error *error) {
    for (;;) {
        seg_shard *first = NULL;
        const seg_note *earliest = NULL;
        for (uint32_t i = 0; i < shards->count; i++) {
            seg_shard *shard = shards->shards[i];
            const seg_note *note = seg_shard_peek(shard);
            if (note && (!first || comes_before(shard, note, first, earliest))) {
                first = shard;
                earliest = note;
            }
        }
        if (!first) break;
        tell(shards, first, earliest);
        seg_shard_next(first);
    }
    shards->works = false;
    for (uint32_t i = 0; i < shards->count; i++) {
        const seg_shard *shard = shards->shards[i];
        if (shard->status != SEG_OK) return seg_fault(error, shard->status, shard->error.message);
    }
    return SEG_OK;
}

seg_status seg_shards_begin(seg_shards *shards, const seg_record *records, size_t count, seg_error *error) {
    if (shards->works) return seg_fault(error, SEG_E_USAGE, "the records before are not finished");
    shards->number += shards->record_count;
    shards->records = records;
    shards->record_count = count;
    shards->routed = 0;
    return go_on(shards, error);
}

seg_status seg_shards_finish(seg_shards *shards, seg_error *error) {
    seg_status status = SEG_OK;
    while (shards->works && status == SEG_OK) {
        status = tell_all(shards, error);
        if (status == SEG_OK && shards->routed < shards->record_count) status = go_on(shards, error);
    }
    return status;
}

/* ---- Time ------------------------------------------------------------------------------------------ */

/* A merge or an erasure whose time has come. */
static seg_status apply_waiter(seg_shards *shards, const seg_record *record, seg_error *error) {
    shards->now = record->time;
    seg_status status = seg_shards_begin(shards, record, 1, error);
    if (status == SEG_OK) status = seg_shards_finish(shards, error);
    return status;
}

seg_status seg_shards_advance(seg_shards *shards, int64_t now, seg_error *error) {
    if (shards->works) return seg_fault(error, SEG_E_USAGE, "the records before are not finished");
    if (now < shards->now || now > SEG_TIME_MAX)
        return seg_fault(error, SEG_E_TIME, "time does not go back, nor beyond the year 9999");
    for (;;) {
        seg_waiter waiter = seg_waiting_take(&shards->waiting, now);
        if (!waiter.record) break;
        seg_status status = apply_waiter(shards, waiter.record, error);
        seg_waiter_free(&shards->waiting, waiter);
        if (status != SEG_OK) return status;
    }
    shards->now = now;
    for (uint32_t i = 0; i < shards->count; i++) shards->shards[i]->count = 0;
    go(shards, now + 1);
    return tell_all(shards, error);
}

/* ---- Questions ------------------------------------------------------------------------------------- */

int64_t seg_shards_now(const seg_shards *shards) { return shards->now; }

void seg_shards_counters_get(const seg_shards *shards, seg_engine_counters *out) {
    *out = (seg_engine_counters){.future = shards->future};
    for (uint32_t i = 0; i < shards->count; i++) {
        seg_engine_counters c;
        seg_engine_counters_get(shards->shards[i]->engine, &c);
        out->profiles += c.profiles;
        out->facts += c.facts;
        out->duplicates += c.duplicates;
        out->too_old += c.too_old;
        out->future += c.future;
        out->merged += c.merged;
        out->erased += c.erased;
        out->after_erasure += c.after_erasure;
        out->over_limit += c.over_limit;
        out->alias_ignored += c.alias_ignored;
        out->changes += c.changes;
        out->wakes += c.wakes;
        out->arithmetic_faults += c.arithmetic_faults;
        out->state_bytes += c.state_bytes;
    }
}

uint64_t seg_shards_size(const seg_shards *shards, uint32_t segment) {
    uint64_t size = 0;
    for (uint32_t i = 0; i < shards->count; i++) size += seg_engine_size(shards->shards[i]->engine, segment);
    return size;
}

static void add_id(void *user, seg_text id) {
    seg_shards *shards = user;
    if (shards->id_count < shards->id_capacity) shards->ids[shards->id_count] = id;
    shards->id_count++; /* more than there is room for: none was left out but these */
}

static int compare_ids(const void *a, const void *b) {
    return seg_text_compare(*(const seg_text *)a, *(const seg_text *)b);
}

/* What the shards say one after the other, told in order. */
static seg_status tell_sorted(seg_shards *shards, seg_profile_fn on_profile, void *user) {
    if (shards->id_count > 1) qsort(shards->ids, shards->id_count, sizeof *shards->ids, compare_ids);
    for (size_t i = 0; i < shards->id_count; i++) on_profile(user, shards->ids[i]);
    return SEG_OK;
}

static bool make_room(seg_shards *shards, uint64_t count) {
    shards->id_count = 0;
    return count <= SIZE_MAX && seg_heap_grow(shards->allocator, &shards->ids, &shards->id_capacity,
                                              (size_t)count, sizeof *shards->ids);
}

seg_status seg_shards_members(seg_shards *shards, uint32_t segment, seg_profile_fn on_profile, void *user) {
    if (!make_room(shards, seg_shards_size(shards, segment))) return SEG_E_MEMORY;
    for (uint32_t i = 0; i < shards->count; i++) {
        seg_status status = seg_engine_members(shards->shards[i]->engine, segment, add_id, shards);
        if (status != SEG_OK) return status;
    }
    return tell_sorted(shards, on_profile, user);
}

seg_status seg_shards_profiles(seg_shards *shards, seg_profile_fn on_profile, void *user) {
    seg_engine_counters counters;
    seg_shards_counters_get(shards, &counters);
    if (!make_room(shards, counters.profiles)) return SEG_E_MEMORY;
    for (uint32_t i = 0; i < shards->count; i++) {
        seg_status status = seg_engine_profiles(shards->shards[i]->engine, add_id, shards);
        if (status != SEG_OK) return status;
    }
    return tell_sorted(shards, on_profile, user);
}

const seg_state *seg_shards_state(seg_shards *shards, seg_text profile) {
    return seg_engine_state(shards->shards[home_of(shards, profile)]->engine, profile);
}
