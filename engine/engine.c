/* Many profiles under one clock that the caller turns. See engine.h. */
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "fault.h"
#include "heap.h"
#include "population.h"
#include "text.h"

enum { STATE_LIMIT_BYTES = 64 << 20, STALE_ENTRIES = 1024, STALE_PART = 3, AHEAD = 8 };

/* ---- Making and freeing -------------------------------------------------------------------------- */

/* The place of an engine in memory differs from run to run; nothing that comes out depends on it. */
static uint64_t hash_seed(const seg_engine *engine) {
    uintptr_t place = (uintptr_t)engine;
    return XXH3_64bits(&place, sizeof place);
}

static seg_status make_tables(seg_engine *engine) {
    seg_image_info info;
    seg_image_describe(engine->image, &info);
    engine->segment_count = info.segment_count;
    engine->sizes = seg_heap_zeroed(engine->allocator, info.segment_count, sizeof *engine->sizes);
    engine->attribute_seeds =
        seg_heap_zeroed(engine->allocator, info.attribute_count, sizeof *engine->attribute_seeds);
    if (!engine->sizes || !engine->attribute_seeds) return SEG_E_MEMORY;
    for (uint32_t i = 0; i < info.attribute_count; i++) {
        seg_text name = engine->schema.attributes.infos[i].name;
        engine->attribute_seeds[i] = XXH64(name.bytes, name.size_bytes, 1);
    }
    return SEG_OK;
}

static void on_state_moved(void *user, uint32_t profile, uint32_t place) {
    seg_engine *engine = user;
    seg_profiles_put(&engine->profiles, profile, place);
}

/* `grows`: soon it may. */
static void expect_state(const seg_engine *engine, uint32_t profile, bool grows) {
    uint32_t place = seg_profile_at(&engine->profiles, profile)->place;
    seg_profiles_expect_id(&engine->profiles, profile);
    if (place < SEG_PROFILE_KIN) seg_shelves_expect(&engine->shelves, place, grows);
}

/* Its time is near: its memory is asked for. */
static void expect_entry(void *user, const seg_timer *entry, bool is_near) {
    seg_engine *engine = user;
    if (!is_near)
        seg_profiles_expect_profile(&engine->profiles, entry->profile);
    else if (seg_profile_at(&engine->profiles, entry->profile)->armed == entry->deadline)
        expect_state(engine, entry->profile, false);
}

seg_status seg_engine_new(seg_engine **out, const seg_image *image, const seg_engine_options *options,
                          seg_error *error) {
    *out = NULL;
    if (options->limit < SEG_TIME_MIN || options->limit > SEG_TIME_MAX)
        return seg_fault(error, SEG_E_TIME, "the limit is not an instant of the years 1 to 9999");
    seg_engine *engine = seg_heap_resize(options->allocator, NULL, 0, sizeof *engine);
    if (!engine) return seg_fault_memory(error);
    *engine = (seg_engine){.options = *options, .allocator = options->allocator, .image = image};
    if (!engine->options.profile_limit_bytes) engine->options.profile_limit_bytes = STATE_LIMIT_BYTES;
    engine->now = options->mode == SEG_ENGINE_BATCH ? options->limit : SEG_TIME_MIN;
    seg_profiles_init(&engine->profiles, engine->allocator, hash_seed(engine));
    seg_shelves_init(&engine->shelves, engine->allocator, on_state_moved, engine);
    seg_timers_init(&engine->timers, engine->allocator);
    engine->timers.on_near = expect_entry;
    engine->timers.user = engine;
    seg_waiting_init(&engine->waiting, engine->allocator);
    seg_status status = seg_schema_init(&engine->schema, image, engine->allocator);
    if (!seg_ranks_init(&engine->ranks, image, engine->allocator)) status = SEG_E_MEMORY;
    if (status == SEG_OK) status = make_tables(engine);
    if (status == SEG_E_MEMORY) seg_fault_memory(error);
    if (status == SEG_OK) status = seg_vm_new(&engine->vm, image, &engine->shelves.face, error);
    if (status == SEG_OK) seg_vm_rank_with(engine->vm, seg_engine_stands, engine);
    if (status == SEG_OK) seg_vm_group_with(engine->vm, seg_engine_count_fellows, engine);
    if (status == SEG_OK) status = seg_groups_init(&engine->groups, image, engine->allocator, error);
    if (status != SEG_OK) {
        seg_engine_free(engine);
        return status;
    }
    *out = engine;
    return SEG_OK;
}

void seg_engine_free(seg_engine *engine) {
    if (!engine) return;
    const seg_allocator *allocator = engine->allocator;
    for (size_t i = 0; i < engine->profiles.kin_count; i++) {
        const seg_kin *kin = &engine->profiles.kin[i];
        if (kin->bytes) seg_heap_resize(allocator, kin->bytes, kin->capacity_bytes, 0);
    }
    seg_heap_free(allocator, engine->sizes, engine->segment_count, sizeof *engine->sizes);
    seg_heap_free(allocator, engine->attribute_seeds, engine->schema.attributes.count,
                  sizeof *engine->attribute_seeds);
    seg_heap_free(allocator, engine->due, engine->due_capacity, sizeof *engine->due);
    seg_heap_free(allocator, engine->order, engine->order_capacity, sizeof *engine->order);
    seg_ranks_free(&engine->ranks, allocator);
    seg_groups_free(&engine->groups, allocator);
    seg_waiting_free(&engine->waiting);
    seg_timers_free(&engine->timers);
    seg_profiles_free(&engine->profiles);
    if (engine->vm) seg_vm_free(engine->vm);
    seg_shelves_free(&engine->shelves);
    seg_schema_free(&engine->schema);
    seg_heap_free(allocator, engine, 1, sizeof *engine);
}

/* ---- Changes ------------------------------------------------------------------------------------- */

static void on_changes(void *user, const seg_change *changes, size_t count) {
    seg_engine *engine = user;
    uint64_t *sizes = engine->sizes;
    for (size_t i = 0; i < count; i++)
        sizes[changes[i].segment] += changes[i].entered ? 1 : UINT64_MAX; /* or one less */
    if (engine->options.mode != SEG_ENGINE_STREAM) return;
    engine->counters.changes += count;
    if (!engine->options.on_change) return;
    seg_engine_change out = {.profile = seg_profiles_id(&engine->profiles, engine->changing)};
    if (changes->cause != SEG_CAUSE_TIME) out.message_id = engine->message_id;
    out.change = *changes; /* the others differ in three fields */
    for (size_t i = 0; i < count; i++) {
        out.change.segment = changes[i].segment;
        out.change.entered = changes[i].entered;
        out.change.valid_until = changes[i].valid_until;
        engine->options.on_change(engine->options.user, &out);
    }
}

seg_sink seg_engine_sink(seg_engine *engine, uint32_t profile, seg_text message_id) {
    engine->changing = profile;
    engine->message_id = message_id;
    engine->groups.epoch++;
    return (seg_sink){.on_changes = on_changes, .user = engine};
}

/* ---- States and their deadlines ------------------------------------------------------------------ */

seg_state seg_engine_state_of_kin(seg_engine *engine, uint32_t profile) {
    const seg_kin *kin = seg_profiles_kin(&engine->profiles, profile);
    seg_state state = {0};
    if (!kin || (!kin->bytes && kin->place == SEG_NONE)) return state;
    if (kin->bytes)
        state = (seg_state){.bytes = kin->bytes, .capacity_bytes = kin->capacity_bytes};
    else
        state.bytes = seg_shelves_block(&engine->shelves, kin->place, &state.capacity_bytes);
    state.size_bytes = seg_state_size(state.bytes);
    return state;
}

/* What came to stand by itself, but is small, goes to a shelf if there is memory; its place, or SEG_NONE. */
static uint32_t shelve(seg_engine *engine, uint32_t profile, seg_state *state) {
    uint32_t place = seg_shelves_place(&engine->shelves, state->bytes);
    if (place != SEG_NONE || !seg_shelves_suit(state->capacity_bytes)) return place;
    engine->shelves.owner = profile;
    uint8_t *block = seg_heap_resize(&engine->shelves.face, NULL, 0, state->capacity_bytes);
    engine->shelves.owner = SEG_NONE;
    if (!block) return SEG_NONE;
    memcpy(block, state->bytes, state->size_bytes);
    seg_heap_resize(engine->allocator, state->bytes, state->capacity_bytes, 0);
    state->bytes = block;
    return seg_shelves_place(&engine->shelves, block);
}

void seg_engine_keep_anywhere(seg_engine *engine, uint32_t profile, seg_state *state) {
    seg_kin *kin = seg_profiles_kin(&engine->profiles, profile);
    if (kin && state->bytes && kin->bytes == state->bytes && kin->capacity_bytes == state->capacity_bytes &&
        !seg_shelves_suit(state->capacity_bytes))
        return; /* a large one that did not grow */
    uint32_t place = state->bytes ? shelve(engine, profile, state) : SEG_NONE;
    bool is_large = state->bytes && place == SEG_NONE;
    if (is_large) kin = seg_profiles_make_kin(&engine->profiles, profile);
    if (kin) {
        engine->large_bytes -= kin->bytes ? kin->capacity_bytes : 0;
        kin->bytes = is_large ? state->bytes : NULL;
        kin->capacity_bytes = state->capacity_bytes;
        engine->large_bytes += is_large ? state->capacity_bytes : 0;
    }
    seg_profiles_put(&engine->profiles, profile, place);
}

seg_status seg_engine_create(seg_engine *engine, uint32_t profile, seg_error *error) {
    seg_state state = {0};
    engine->shelves.owner = profile;
    seg_status status = seg_state_init(engine->vm, &state);
    engine->shelves.owner = SEG_NONE;
    if (status == SEG_OK)
        status = seg_state_identify(engine->vm, &state, seg_profiles_id(&engine->profiles, profile));
    if (status != SEG_OK) {
        seg_state_free(engine->vm, &state);
        return seg_fault(error, status, "a profile's state cannot be made");
    }
    seg_engine_keep(engine, profile, &state);
    engine->counters.profiles++;
    engine->order_is_stale = true;
    return SEG_OK;
}

static void disarm(seg_engine *engine, seg_profile *profile) {
    engine->armed -= profile->armed != SEG_NEVER;
    profile->armed = SEG_NEVER;
}

void seg_engine_destroy(seg_engine *engine, uint32_t profile) {
    seg_profile *p = seg_profile_at(&engine->profiles, profile);
    seg_state state = seg_engine_state_of(engine, profile);
    engine->counters.profiles--;
    engine->order_is_stale = true;
    seg_engine_stir(engine, profile, SEG_TIME_MIN);
    seg_engine_leave(engine, profile);
    disarm(engine, p);
    seg_state_free(engine->vm, &state);
    seg_engine_keep(engine, profile, &state);
    seg_profiles_bear(&engine->profiles, profile, INT64_MIN);
}

/* Of equal entries the first is kept: for the others the profile has none, until all were asked about. */
static size_t keep_entries(void *user, seg_timer *entries, size_t count) {
    seg_engine *engine = user;
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        __builtin_prefetch(seg_profile_at(&engine->profiles, entries[i].profile), 1);
    for (size_t i = 0; i < count; i++) {
        seg_profile *p = seg_profile_at(&engine->profiles, entries[i].profile);
        if (p->armed != entries[i].deadline) continue;
        p->armed = SEG_NEVER;
        entries[kept++] = entries[i];
    }
    return kept;
}

static void kept_entries(void *user, const seg_timer *entries, size_t count) {
    seg_engine *engine = user;
    for (size_t i = 0; i < count; i++)
        seg_profile_at(&engine->profiles, entries[i].profile)->armed = entries[i].deadline;
}

seg_status seg_engine_enter(seg_engine *engine, uint32_t profile, int64_t deadline, seg_error *error) {
    seg_profile *p = seg_profile_at(&engine->profiles, profile);
    if (engine->timers.count > engine->armed + engine->armed / STALE_PART + STALE_ENTRIES)
        seg_timers_sweep(&engine->timers, keep_entries, kept_entries);
    seg_timer entry = {deadline, profile};
    if (!seg_timers_add(&engine->timers, &entry)) return seg_fault_memory(error);
    engine->armed += p->armed == SEG_NEVER;
    p->armed = entry.deadline;
    return SEG_OK;
}

/* ---- The passing of time ------------------------------------------------------------------------- */

/* Whether people depend on each other. */
static bool compares(const seg_engine *engine) {
    return engine->ranks.ranking_count > 0 || engine->groups.tally_count > 0;
}

static int compare_listed(const void *a, const void *b) {
    return seg_text_compare(((const seg_listed *)a)->id, ((const seg_listed *)b)->id);
}

/* Whether the entry is the one that counts, and its profile's deadline has come. */
static seg_status is_due(seg_engine *engine, const seg_timer *entry, bool *due, seg_error *error) {
    seg_profile *p = seg_profile_at(&engine->profiles, entry->profile);
    *due = false;
    if (p->armed != entry->deadline) return SEG_OK;
    disarm(engine, p);
    seg_state state = seg_engine_state_of(engine, entry->profile);
    *due = seg_state_deadline(&state) <= entry->deadline;
    return *due ? SEG_OK : seg_engine_arm(engine, entry->profile, &state, error);
}

static seg_status wake(seg_engine *engine, uint32_t profile, int64_t at, seg_error *error) {
    seg_state state = seg_engine_state_of(engine, profile); /* time does not make it grow */
    seg_status status =
        seg_advance(engine->vm, &state, at, seg_engine_sink(engine, profile, (seg_text){NULL, 0}));
    if (status != SEG_OK) return seg_fault(error, status, "a profile cannot move to its deadline");
    if (seg_state_deadline(&state) <= at) return seg_fault(error, SEG_E_STATE, "a deadline does not move on");
    if (compares(engine)) status = seg_engine_look_later(engine, profile, SEG_CAUSE_TIME, error);
    return status == SEG_OK ? seg_engine_arm(engine, profile, &state, error) : status;
}

/* What deadlines change before `before`, in their order, then in that of the ids. */
static seg_status pass_deadlines(seg_engine *engine, int64_t before, seg_error *error) {
    for (;;) {
        seg_timer *entries;
        size_t count, due_count = 0;
        if (!seg_timers_next(&engine->timers, before, &entries, &count)) return seg_fault_memory(error);
        if (!count) return SEG_OK;
        if (!seg_heap_grow(engine->allocator, &engine->due, &engine->due_capacity, count, sizeof(seg_listed)))
            return seg_fault_memory(error);
        int64_t at = entries[0].deadline;
        for (size_t i = 0; i < count; i++) {
            bool due;
            seg_status status = is_due(engine, &entries[i], &due, error);
            if (status != SEG_OK) return status;
            if (!due) continue;
            uint32_t profile = entries[i].profile;
            engine->due[due_count++] = (seg_listed){seg_profiles_id(&engine->profiles, profile), profile};
        }
        if (!due_count) continue;
        if (at > engine->now) engine->now = at;
        if (due_count > 1) qsort(engine->due, due_count, sizeof *engine->due, compare_listed);
        seg_engine_defer(engine, true);
        seg_status status = SEG_OK;
        for (size_t i = 0; i < due_count && status == SEG_OK; i++)
            status = wake(engine, engine->due[i].profile, at, error);
        seg_engine_defer(engine, false);
        if (status == SEG_OK && compares(engine))
            status = seg_engine_tell_groups(engine, (seg_text){NULL, 0}, error);
        if (status != SEG_OK) return status;
    }
}

/* Everything that time alone changes before `before`: at each refresh first the ranks, then the rest. */
static seg_status pass_time(seg_engine *engine, int64_t before, seg_error *error) {
    for (;;) {
        int64_t refresh = seg_engine_next_refresh(engine);
        seg_status status = pass_deadlines(engine, refresh < before ? refresh : before, error);
        if (status != SEG_OK || refresh >= before) return status;
        engine->now = refresh;
        status = seg_engine_rank(engine, error);
        /* What else is due at the refresh, before groups are judged by it. */
        if (status == SEG_OK) status = pass_deadlines(engine, refresh + 1, error);
        if (status == SEG_OK) status = seg_engine_tell_groups(engine, (seg_text){NULL, 0}, error);
        if (status != SEG_OK) return status;
    }
}

/* ---- Facts --------------------------------------------------------------------------------------- */

static uint64_t message_hash(seg_text message_id, uint64_t seed) {
    if (!message_id.size_bytes) return 0;
    uint64_t hash = XXH64(message_id.bytes, message_id.size_bytes, seed);
    return hash ? hash : 1;
}

/* What became of one fact. A state that may not grow is no fault of the caller's. */
static seg_status tally(seg_engine *engine, seg_status status, seg_outcome outcome, bool *taken) {
    if (status == SEG_E_LIMIT) {
        engine->counters.over_limit++;
        return SEG_OK;
    }
    if (status != SEG_OK) return status;
    if (outcome == SEG_APPLIED) engine->counters.facts++;
    if (outcome == SEG_DUPLICATE) engine->counters.duplicates++;
    if (outcome == SEG_TOO_OLD) engine->counters.too_old++;
    *taken = true; /* also one too old to be kept */
    return SEG_OK;
}

/* *taken becomes true when the profile has a fact by it. */
static seg_status apply_track(seg_engine *engine, uint32_t root, seg_state *state, const seg_record *record,
                              bool *taken, seg_error *error) {
    seg_event event = {.event = record->event,
                       .time = record->time,
                       .tie = seg_message_tie(record->message_id),
                       .message = message_hash(record->message_id, 0),
                       .fields = record->fields};
    seg_outcome outcome = SEG_APPLIED;
    seg_status status;
    if (engine->options.mode == SEG_ENGINE_BATCH) {
        status = seg_put_event(engine->vm, state, &event, engine->now, &outcome, error);
    } else {
        seg_sink sink = seg_engine_sink(engine, root, record->message_id);
        status = seg_apply_event(engine->vm, state, &event, engine->now, sink, &outcome, error);
    }
    return tally(engine, status, outcome, taken);
}

/* Several values of one record become known at once: they are put in, then evaluated together. Each is a
 * fact of its own, so each is remembered under a hash of its own. */
static seg_status apply_identify(seg_engine *engine, uint32_t root, seg_state *state,
                                 const seg_record *record, bool *taken, seg_error *error) {
    seg_sink sink = seg_engine_sink(engine, root, record->message_id);
    uint64_t tie = seg_message_tie(record->message_id);
    bool stream = engine->options.mode == SEG_ENGINE_STREAM, alone = stream && record->setting_count == 1;
    seg_status status = SEG_OK;
    for (size_t i = 0; status == SEG_OK && i < record->setting_count; i++) {
        const seg_setting *setting = &record->settings[i];
        uint64_t message = message_hash(record->message_id, engine->attribute_seeds[setting->attribute]);
        seg_outcome outcome = SEG_APPLIED;
        status = alone ? seg_apply_attribute(engine->vm, state, setting->attribute, &setting->value,
                                             record->time, tie, message, engine->now, sink, &outcome, error)
                       : seg_put_attribute(engine->vm, state, setting->attribute, &setting->value,
                                           record->time, tie, message, engine->now, &outcome, error);
        status = tally(engine, status, outcome, taken);
    }
    if (alone || !stream) return status;
    seg_status settled = seg_settle(engine->vm, state, engine->now, SEG_CAUSE_ATTRIBUTE, sink);
    return status == SEG_OK ? settled : status;
}

/* Its first fact is of that time. */
static seg_status begin(seg_engine *engine, uint32_t root, int64_t time, seg_error *error) {
    seg_status status = seg_engine_create(engine, root, error);
    if (status != SEG_OK || time <= engine->now) return status;
    seg_profiles_bear(&engine->profiles, root, time);
    engine->has_unborn = true;
    return SEG_OK;
}

/* The hint is about the id of the record's profile, as those of the next ones. */
static seg_status apply_fact(seg_engine *engine, const seg_record *record, seg_id_hint hint,
                             seg_error *error) {
    if (record->kind == SEG_RECORD_IDENTIFY && !record->setting_count) return SEG_OK; /* says nothing */
    uint32_t profile = seg_profiles_intern_hinted(&engine->profiles, record->profile, hint);
    if (profile == SEG_NONE || !seg_profiles_reserve_kin(&engine->profiles, 1))
        return seg_fault_memory(error);
    if (record->time <= seg_profiles_erased_at(&engine->profiles, profile)) {
        engine->counters.after_erasure++;
        return SEG_OK;
    }
    uint32_t root = seg_profiles_root(&engine->profiles, profile);
    seg_state state = seg_engine_state_of(engine, root);
    if (state.size_bytes > engine->options.profile_limit_bytes) {
        engine->counters.over_limit++;
        return SEG_OK;
    }
    bool is_new = !state.bytes, taken = false;
    seg_status status = is_new ? begin(engine, root, record->time, error) : SEG_OK;
    if (status != SEG_OK) return status;
    if (is_new) state = seg_engine_state_of(engine, root);
    engine->hand = &state;
    engine->held = root;
    status = record->kind == SEG_RECORD_TRACK ? apply_track(engine, root, &state, record, &taken, error)
                                              : apply_identify(engine, root, &state, record, &taken, error);
    engine->hand = NULL;
    seg_engine_keep(engine, root, &state);
    if (is_new && !taken) {
        seg_engine_destroy(engine, root);
        return status;
    }
    if (taken && record->time < seg_profiles_born(&engine->profiles, root))
        seg_profiles_bear(&engine->profiles, root, record->time);
    if (compares(engine)) {
        seg_engine_stir(engine, root, record->time);
        seg_status looked = seg_engine_look(engine, root, error);
        if (looked != SEG_OK) return looked;
    }
    seg_status armed = seg_engine_arm(engine, root, &state, error);
    return status == SEG_OK ? armed : status;
}

static seg_status apply_kind(seg_engine *engine, const seg_record *record, seg_id_hint hint,
                             seg_error *error) {
    switch (record->kind) {
    case SEG_RECORD_TRACK:
    case SEG_RECORD_IDENTIFY: return apply_fact(engine, record, hint, error);
    case SEG_RECORD_ALIAS: return seg_engine_alias(engine, record, error);
    case SEG_RECORD_DELETE: return seg_engine_delete(engine, record, error);
    }
    return seg_fault(error, SEG_E_USAGE, "a record of no known kind");
}

/* A record that is refused may have been taken in part: several values of one. */
static seg_status apply_now(seg_engine *engine, const seg_record *record, seg_id_hint hint,
                            seg_error *error) {
    seg_status status = apply_kind(engine, record, hint, error);
    bool refused = status == SEG_E_USAGE || status == SEG_E_TIME || status == SEG_E_FACT;
    if (!compares(engine) || engine->options.mode != SEG_ENGINE_STREAM || (status != SEG_OK && !refused))
        return status;
    seg_error *told = status == SEG_OK ? error : NULL;
    seg_status ranked = seg_engine_rank(engine, told);
    if (ranked == SEG_OK) ranked = seg_engine_tell_groups(engine, record->message_id, told);
    return ranked == SEG_OK ? status : ranked;
}

seg_status seg_engine_check(const seg_engine *engine, const seg_record *record, seg_error *error) {
    if (record->time < SEG_TIME_MIN || record->time > SEG_TIME_MAX)
        return seg_fault(error, SEG_E_TIME, "a record's time is outside the years 1 to 9999");
    bool good = record->profile.size_bytes > 0;
    if (record->kind == SEG_RECORD_TRACK) good &= record->event < engine->schema.event_count;
    if (record->kind == SEG_RECORD_ALIAS) good &= record->previous.size_bytes > 0;
    if (record->kind == SEG_RECORD_IDENTIFY)
        for (size_t i = 0; i < record->setting_count; i++)
            good &= record->settings[i].attribute < engine->schema.attributes.count;
    if (good) return SEG_OK;
    return seg_fault(error, SEG_E_USAGE, "a record without an id, or of something not declared");
}

seg_status seg_engine_pass(seg_engine *engine, int64_t before, int64_t now, seg_error *error) {
    engine->passes = true;
    seg_status status = before > engine->now ? pass_time(engine, before, error) : SEG_OK;
    engine->passes = false;
    if (status == SEG_OK && now > engine->now) engine->now = now;
    return status;
}

static seg_status apply(seg_engine *engine, const seg_record *record, seg_id_hint hint, seg_error *error) {
    seg_status status = seg_engine_check(engine, record, error);
    if (status != SEG_OK) return status;
    bool stream = engine->options.mode == SEG_ENGINE_STREAM;
    int64_t until = record->time < engine->options.limit ? record->time : engine->options.limit;
    if (stream) status = seg_engine_pass(engine, until, until, error);
    if (status != SEG_OK) return status;
    bool is_future = record->time > engine->now;
    engine->counters.future += is_future;
    if (is_future && !stream) return SEG_OK;
    bool waits = record->kind == SEG_RECORD_ALIAS || record->kind == SEG_RECORD_DELETE;
    if (!is_future || !waits) return apply_now(engine, record, hint, error);
    return seg_waiting_add(&engine->waiting, record) ? SEG_OK : seg_fault_memory(error);
}

static seg_id_hint hint_of(const seg_engine *engine, const seg_record *record) {
    return (seg_id_hint){seg_profiles_hash(&engine->profiles, record->profile), SEG_NONE};
}

seg_status seg_engine_apply(seg_engine *engine, const seg_record *record, seg_error *error) {
    return apply(engine, record, hint_of(engine, record), error);
}

seg_status seg_engine_take_all(seg_engine *engine, const seg_record *records, const int64_t *instants,
                               size_t count, size_t *applied, seg_error *error) {
    enum { HASH_AT = AHEAD, PROFILE_AT = 2 * AHEAD, STATE_AT = 3 * AHEAD, TAKEN_AT = 4 * AHEAD };
    seg_id_hint hints[TAKEN_AT]; /* of the records on their way */
    const seg_profiles *profiles = &engine->profiles;
    *applied = 0;
    for (size_t step = 0; *applied < count; step++) { /* each asks for what the next stage reads */
        size_t hashed = step - HASH_AT, guessed = step - PROFILE_AT, met = step - STATE_AT;
        if (step >= STATE_AT && met < count && hints[met % TAKEN_AT].guess != SEG_NONE)
            expect_state(engine, hints[met % TAKEN_AT].guess, true);
        if (step >= PROFILE_AT && guessed < count) {
            seg_id_hint *hint = &hints[guessed % TAKEN_AT];
            hint->guess = seg_profiles_guess(profiles, hint->hash);
        }
        if (step >= HASH_AT && hashed < count) {
            seg_id_hint *hint = &hints[hashed % TAKEN_AT];
            hint->hash = seg_profiles_hash(profiles, records[hashed].profile);
            seg_profiles_expect(profiles, hint->hash);
        }
        if (step < count) __builtin_prefetch(records[step].profile.bytes);
        if (step < TAKEN_AT) continue;
        seg_status status =
            instants ? seg_engine_pass(engine, instants[*applied], instants[*applied], error) : SEG_OK;
        if (status == SEG_OK) status = apply(engine, &records[*applied], hints[*applied % TAKEN_AT], error);
        if (status != SEG_OK) return status;
        ++*applied;
    }
    return SEG_OK;
}

seg_status seg_engine_apply_all(seg_engine *engine, const seg_record *records, size_t count, size_t *applied,
                                seg_error *error) {
    return seg_engine_take_all(engine, records, NULL, count, applied, error);
}

seg_status seg_engine_advance(seg_engine *engine, int64_t now, seg_error *error) {
    if (engine->options.mode != SEG_ENGINE_STREAM)
        return seg_fault(error, SEG_E_USAGE, "time does not pass in a batch");
    if (now < engine->now || now > SEG_TIME_MAX)
        return seg_fault(error, SEG_E_TIME, "time does not go back, nor beyond the year 9999");
    for (;;) {
        seg_waiter waiter = seg_waiting_take(&engine->waiting, now);
        if (!waiter.record) break;
        seg_status status = pass_time(engine, waiter.record->time, error);
        if (status == SEG_OK) {
            engine->now = waiter.record->time;
            status = apply_now(engine, waiter.record, hint_of(engine, waiter.record), error);
        }
        seg_waiter_free(&engine->waiting, waiter);
        if (status != SEG_OK) return status;
    }
    seg_status status = pass_time(engine, now + 1, error);
    if (status == SEG_OK) engine->now = now;
    return status;
}

seg_status seg_engine_settle(seg_engine *engine, seg_error *error) {
    if (engine->options.mode != SEG_ENGINE_BATCH)
        return seg_fault(error, SEG_E_USAGE, "a stream is settled at every instant");
    seg_status ranked = seg_engine_rank(engine, error);
    if (ranked != SEG_OK) return ranked;
    seg_engine_defer(engine, true);
    for (uint32_t i = 0; i < engine->profiles.count; i++) {
        seg_state state = seg_engine_state_of(engine, i);
        if (!state.bytes) continue;
        seg_sink sink = seg_engine_sink(engine, i, (seg_text){NULL, 0});
        seg_status status = seg_settle(engine->vm, &state, engine->now, SEG_CAUSE_TIME, sink);
        if (status != SEG_OK) return seg_fault(error, status, "a profile cannot be evaluated");
    }
    seg_engine_defer(engine, false);
    return seg_engine_settle_groups(engine, error);
}

/* ---- Questions ----------------------------------------------------------------------------------- */

int64_t seg_engine_now(const seg_engine *engine) { return engine->now; }

static bool exists(const seg_engine *engine, uint32_t profile) {
    return seg_engine_lives(engine, profile) && seg_profiles_born(&engine->profiles, profile) <= engine->now;
}

void seg_engine_counters_get(const seg_engine *engine, seg_engine_counters *out) {
    *out = engine->counters;
    out->state_bytes = engine->shelves.held_bytes + engine->large_bytes;
    for (uint32_t i = 0; engine->has_unborn && i < engine->profiles.count; i++)
        out->profiles -= seg_engine_lives(engine, i) && !exists(engine, i);
    seg_vm_counters vm;
    seg_vm_counters_get(engine->vm, &vm);
    out->wakes = vm.wakes;
    out->arithmetic_faults = vm.arithmetic_faults;
}

uint64_t seg_engine_size(const seg_engine *engine, uint32_t segment) {
    return segment < engine->segment_count ? engine->sizes[segment] : 0;
}

static seg_status make_order(seg_engine *engine) {
    if (!engine->order_is_stale) return SEG_OK;
    if (!seg_heap_grow(engine->allocator, &engine->order, &engine->order_capacity, engine->counters.profiles,
                       sizeof *engine->order))
        return SEG_E_MEMORY;
    engine->order_count = 0;
    for (uint32_t i = 0; i < engine->profiles.count; i++)
        if (seg_engine_lives(engine, i))
            engine->order[engine->order_count++] = (seg_listed){seg_profiles_id(&engine->profiles, i), i};
    if (engine->order_count) qsort(engine->order, engine->order_count, sizeof *engine->order, compare_listed);
    engine->order_is_stale = false;
    return SEG_OK;
}

seg_status seg_engine_members(seg_engine *engine, uint32_t segment, seg_profile_fn on_profile, void *user) {
    if (segment >= engine->segment_count) return SEG_E_USAGE;
    seg_status status = make_order(engine);
    for (size_t i = 0; status == SEG_OK && i < engine->order_count; i++) {
        const seg_listed *listed = &engine->order[i];
        const seg_state state = seg_engine_state_of(engine, listed->profile);
        if (seg_state_is_member(engine->vm, &state, segment)) on_profile(user, listed->id);
    }
    return status;
}

seg_status seg_engine_profiles(seg_engine *engine, seg_profile_fn on_profile, void *user) {
    seg_status status = make_order(engine);
    for (size_t i = 0; status == SEG_OK && i < engine->order_count; i++)
        if (exists(engine, engine->order[i].profile)) on_profile(user, engine->order[i].id);
    return status;
}

seg_status seg_engine_member_bits(seg_engine *engine, uint32_t segment, uint64_t *bits) {
    if (segment >= engine->segment_count) return SEG_E_USAGE;
    seg_status status = make_order(engine);
    size_t number = 0;
    for (size_t i = 0; status == SEG_OK && i < engine->order_count; i++) {
        const seg_state state = seg_engine_state_of(engine, engine->order[i].profile);
        if (!exists(engine, engine->order[i].profile)) continue;
        if (number % 64 == 0) bits[number / 64] = 0;
        bits[number / 64] |= (uint64_t)seg_state_is_member(engine->vm, &state, segment) << number % 64;
        number++;
    }
    return status;
}

const seg_state *seg_engine_state(seg_engine *engine, seg_text profile) {
    uint32_t index = seg_profiles_find(&engine->profiles, profile);
    if (index == SEG_NONE) return NULL;
    uint32_t root = seg_profiles_root(&engine->profiles, index);
    if (!exists(engine, root)) return NULL;
    engine->shown = seg_engine_state_of(engine, root);
    return &engine->shown;
}
