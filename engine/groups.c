#include "groups.h"

#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "fault.h"
#include "heap.h"
#include "population.h"
#include "text.h"

/* ---- Memory -------------------------------------------------------------------------------------- */

seg_status seg_groups_init(seg_groups *groups, const seg_image *image, const seg_allocator *allocator,
                           seg_error *error) {
    seg_image_info info;
    seg_image_describe(image, &info);
    *groups = (seg_groups){.free_first = SEG_NONE};
    if (!info.tally_count) return SEG_OK;
    groups->group_count = info.group_count;
    groups->tally_count = info.tally_count;
    groups->tallies = seg_heap_zeroed(allocator, info.tally_count, sizeof *groups->tallies);
    groups->found = seg_heap_zeroed(allocator, SEG_FELLOWS_KEPT, sizeof *groups->found);
    if (!groups->tallies || !groups->found) return SEG_E_MEMORY;
    groups->epoch = 1;
    for (uint32_t i = 0; i < info.tally_count; i++) seg_image_describe_tally(image, i, &groups->tallies[i]);
    return seg_vm_new(&groups->vm, image, allocator, error);
}

static void free_seats(seg_groups *groups, const seg_allocator *allocator) {
    seg_heap_free(allocator, groups->seats, groups->capacity * groups->group_count, sizeof *groups->seats);
    seg_heap_free(allocator, groups->inside, groups->capacity * groups->tally_count, sizeof *groups->inside);
    seg_heap_free(allocator, groups->waits, groups->capacity, sizeof *groups->waits);
}

void seg_groups_free(seg_groups *groups, const seg_allocator *allocator) {
    if (groups->vm) seg_vm_free(groups->vm);
    free_seats(groups, allocator);
    seg_heap_free(allocator, groups->tallies, groups->tally_count, sizeof *groups->tallies);
    seg_heap_free(allocator, groups->found, SEG_FELLOWS_KEPT, sizeof *groups->found);
    seg_heap_free(allocator, groups->circles, groups->circle_capacity, sizeof *groups->circles);
    seg_heap_free(allocator, groups->counts, groups->count_capacity, sizeof *groups->counts);
    seg_heap_free(allocator, groups->slots, groups->slot_count, sizeof *groups->slots);
    seg_heap_free(allocator, groups->movers, groups->mover_capacity, sizeof *groups->movers);
    seg_heap_free(allocator, groups->changed, groups->changed_capacity, sizeof *groups->changed);
    seg_heap_free(allocator, groups->waiting, groups->waiting_capacity, sizeof *groups->waiting);
}

/* Seats for every profile: all new, so that what there is stays whole when memory runs short. */
static bool make_seats(seg_engine *engine) {
    seg_groups *groups = &engine->groups;
    const seg_allocator *allocator = engine->allocator;
    size_t old = groups->capacity, wanted = old ? old : 64;
    if (engine->profiles.count <= old) return true;
    while (wanted < engine->profiles.count) wanted *= 2;
    seg_groups made = {
        .group_count = groups->group_count, .tally_count = groups->tally_count, .capacity = wanted};
    made.seats = seg_heap_zeroed(allocator, wanted * groups->group_count, sizeof *made.seats);
    made.inside = seg_heap_zeroed(allocator, wanted * groups->tally_count, sizeof *made.inside);
    made.waits = seg_heap_zeroed(allocator, wanted, sizeof *made.waits);
    if (!made.seats || !made.inside || !made.waits) {
        free_seats(&made, allocator);
        return false;
    }
    size_t seats = old * groups->group_count;
    if (old) {
        memcpy(made.seats, groups->seats, seats * sizeof *made.seats);
        memcpy(made.inside, groups->inside, old * groups->tally_count * sizeof *made.inside);
        memcpy(made.waits, groups->waits, old * sizeof *made.waits);
    }
    for (size_t i = seats; i < wanted * groups->group_count; i++)
        made.seats[i] =
            (seg_seat){.circle = SEG_NONE, .next = SEG_NONE, .before = SEG_NONE, .mover = SEG_NONE};
    free_seats(groups, allocator);
    groups->seats = made.seats;
    groups->inside = made.inside;
    groups->waits = made.waits;
    groups->capacity = wanted;
    return true;
}

static seg_seat *seat_of(seg_groups *groups, uint32_t profile, uint32_t group) {
    return &groups->seats[(size_t)profile * groups->group_count + group];
}

static bool *inside_of(seg_groups *groups, uint32_t profile, uint32_t tally) {
    return &groups->inside[(size_t)profile * groups->tally_count + tally];
}

static uint64_t *count_of(seg_groups *groups, uint32_t circle, uint32_t tally) {
    return &groups->counts[(size_t)circle * groups->tally_count + tally];
}

/* ---- Circles ------------------------------------------------------------------------------------- */

static size_t slot_of(const seg_engine *engine, uint32_t group, int64_t word) {
    const seg_groups *groups = &engine->groups;
    const int64_t key[] = {word, group};
    size_t slot = (size_t)XXH3_64bits_withSeed(key, sizeof key, engine->profiles.seed);
    for (;; slot++) { /* a slot is free: half of them are */
        slot &= groups->slot_count - 1;
        uint32_t circle = groups->slots[slot];
        if (circle == SEG_NONE) return slot;
        if (groups->circles[circle].group == group && groups->circles[circle].word == word) return slot;
    }
}

static uint32_t find_circle(const seg_engine *engine, uint32_t group, int64_t word) {
    return engine->groups.slot_count ? engine->groups.slots[slot_of(engine, group, word)] : SEG_NONE;
}

/* Puts circles that are in use into slots, twice as many as they will be, and makes the others free. */
static bool renew_slots(seg_engine *engine) {
    seg_groups *groups = &engine->groups;
    size_t used = 0, wanted = 64;
    for (size_t i = 0; i < groups->circle_count; i++)
        used += groups->circles[i].count > 0 || groups->circles[i].changed;
    while (wanted < 4 * (used + 1)) wanted *= 2;
    uint32_t *slots = seg_heap_zeroed(engine->allocator, wanted, sizeof *slots);
    if (!slots) return false;
    memset(slots, 0xff, wanted * sizeof *slots);
    seg_heap_free(engine->allocator, groups->slots, groups->slot_count, sizeof *groups->slots);
    groups->slots = slots;
    groups->slot_count = wanted;
    groups->slots_used = used;
    groups->free_first = SEG_NONE;
    for (size_t i = groups->circle_count; i > 0; i--) {
        seg_circle *circle = &groups->circles[i - 1];
        if (circle->count > 0 || circle->changed) {
            groups->slots[slot_of(engine, circle->group, circle->word)] = (uint32_t)(i - 1);
            continue;
        }
        circle->first = groups->free_first;
        groups->free_first = (uint32_t)(i - 1);
    }
    return true;
}

/* The circle of a value, made if there is none. SEG_NONE: no memory. */
static uint32_t take_circle(seg_engine *engine, uint32_t group, int64_t word) {
    seg_groups *groups = &engine->groups;
    uint32_t circle = find_circle(engine, group, word);
    if (circle != SEG_NONE) return circle;
    if (2 * (groups->slots_used + 1) > groups->slot_count && !renew_slots(engine)) return SEG_NONE;
    circle = groups->free_first;
    if (circle == SEG_NONE) {
        circle = (uint32_t)groups->circle_count;
        size_t counts = ((size_t)circle + 1) * groups->tally_count;
        if (!seg_heap_grow(engine->allocator, &groups->counts, &groups->count_capacity, counts,
                           sizeof *groups->counts) ||
            !seg_heap_grow(engine->allocator, &groups->circles, &groups->circle_capacity,
                           groups->circle_count + 1, sizeof *groups->circles))
            return SEG_NONE;
        groups->circle_count++;
    } else {
        groups->free_first = groups->circles[circle].first;
    }
    groups->circles[circle] = (seg_circle){.word = word, .group = group, .first = SEG_NONE};
    memset(count_of(groups, circle, 0), 0, groups->tally_count * sizeof *groups->counts);
    groups->slots[slot_of(engine, group, word)] = circle;
    groups->slots_used++;
    return circle;
}

/* Room was made by seg_engine_look. */
static void note_changed(seg_groups *groups, uint32_t circle) {
    if (groups->circles[circle].changed) return;
    groups->circles[circle].changed = true;
    groups->changed[groups->changed_count++] = circle;
}

static void stand_up(seg_groups *groups, uint32_t profile, uint32_t group) {
    seg_seat *seat = seat_of(groups, profile, group);
    seg_circle *circle = &groups->circles[seat->circle];
    if (seat->before == SEG_NONE)
        circle->first = seat->next;
    else
        seat_of(groups, seat->before, group)->next = seat->next;
    if (seat->next != SEG_NONE) seat_of(groups, seat->next, group)->before = seat->before;
    circle->count--;
    note_changed(groups, seat->circle);
    seat->circle = SEG_NONE;
}

static void sit_down(seg_groups *groups, uint32_t profile, uint32_t group, uint32_t number) {
    seg_seat *seat = seat_of(groups, profile, group);
    seg_circle *circle = &groups->circles[number];
    seat->circle = number;
    seat->before = SEG_NONE;
    seat->next = circle->first;
    if (seat->next != SEG_NONE) seat_of(groups, seat->next, group)->before = profile;
    circle->first = profile;
    circle->count++;
    note_changed(groups, number);
}

/* Notes until when time alone does not change the profile's value. */
static bool note_holds(seg_engine *engine, uint32_t profile, uint32_t group, int64_t holds) {
    seg_groups *groups = &engine->groups;
    seg_seat *seat = seat_of(groups, profile, group);
    bool moves = holds != SEG_NEVER;
    seat->holds = holds;
    if (moves == (seat->mover != SEG_NONE)) return true;
    if (!moves) {
        seg_mover last = groups->movers[--groups->mover_count];
        groups->movers[seat->mover] = last;
        seat_of(groups, last.profile, last.group)->mover = seat->mover;
        seat->mover = SEG_NONE;
        return true;
    }
    if (!seg_heap_grow(engine->allocator, &groups->movers, &groups->mover_capacity, groups->mover_count + 1,
                       sizeof *groups->movers))
        return false;
    seat->mover = (uint32_t)groups->mover_count;
    groups->movers[groups->mover_count++] = (seg_mover){profile, group};
    return true;
}

/* ---- Counting ------------------------------------------------------------------------------------ */

/* Brings what a tally says of a profile up to date with whether it is inside and in which circle it was and
 * is. */
static void count(seg_groups *groups, uint32_t profile, uint32_t tally, uint32_t old, uint32_t now, bool is) {
    bool *inside = inside_of(groups, profile, tally);
    is = is && now != SEG_NONE;
    if (*inside && (!is || old != now)) {
        (*count_of(groups, old, tally))--;
        note_changed(groups, old);
    }
    if (is && (!*inside || old != now)) {
        (*count_of(groups, now, tally))++;
        note_changed(groups, now);
    }
    *inside = is;
}

/* Seats the profile in the circle of its value; in a place that has room. */
static seg_status seat_anew(seg_engine *engine, uint32_t profile, uint32_t group, const seg_state *state) {
    seg_groups *groups = &engine->groups;
    seg_membership is = {.holds_until = SEG_NEVER};
    bool asked = false;
    for (uint32_t i = 0; i < groups->tally_count && !asked; i++) asked = groups->tallies[i].group == group;
    if (!asked) return SEG_OK;
    seg_status status = state ? seg_group_value(engine->vm, state, group, engine->now, &is) : SEG_OK;
    if (status != SEG_OK) return status;
    uint32_t old = seat_of(groups, profile, group)->circle, now = SEG_NONE;
    if (is.known) now = take_circle(engine, group, is.word);
    if ((is.known && now == SEG_NONE) || !note_holds(engine, profile, group, is.holds_until))
        return SEG_E_MEMORY;
    for (uint32_t i = 0; i < groups->tally_count; i++) {
        const seg_tally_info *tally = &groups->tallies[i];
        if (tally->group == group && tally->segment != SEG_NONE)
            count(groups, profile, i, old, now,
                  state && seg_state_is_member(engine->vm, state, tally->segment));
    }
    if (old == now) return SEG_OK;
    if (old != SEG_NONE) stand_up(groups, profile, group);
    if (now != SEG_NONE) sit_down(groups, profile, group, now);
    return SEG_OK;
}

static seg_status look(seg_engine *engine, uint32_t profile, seg_error *error) {
    seg_groups *groups = &engine->groups;
    const seg_state state = seg_engine_state_of(engine, profile);
    /* It leaves one circle and enters another, in each group. */
    size_t changed = groups->changed_count + 2 * (size_t)groups->group_count;
    if (!make_seats(engine) || !seg_heap_grow(engine->allocator, &groups->changed, &groups->changed_capacity,
                                              changed, sizeof *groups->changed))
        return seg_fault_memory(error);
    groups->epoch++;
    for (uint32_t group = 0; group < groups->group_count; group++) {
        seg_status status = seat_anew(engine, profile, group, state.bytes ? &state : NULL);
        if (status != SEG_OK) return seg_fault(error, status, "a profile's group cannot be found");
    }
    return SEG_OK;
}

seg_status seg_engine_look(seg_engine *engine, uint32_t profile, seg_error *error) {
    if (!engine->groups.tally_count || engine->options.mode != SEG_ENGINE_STREAM) return SEG_OK;
    return look(engine, profile, error);
}

seg_status seg_engine_look_later(seg_engine *engine, uint32_t profile, seg_cause cause, seg_error *error) {
    seg_groups *groups = &engine->groups;
    if (!groups->tally_count) return SEG_OK;
    seg_status status = look(engine, profile, error);
    if (status != SEG_OK) return status;
    if (groups->waits[profile]) { /* its own cause goes first */
        groups->waits[profile] = (uint8_t)(1 + cause);
        return SEG_OK;
    }
    if (!seg_heap_grow(engine->allocator, &groups->waiting, &groups->waiting_capacity,
                       groups->waiting_count + 1, sizeof *groups->waiting))
        return seg_fault_memory(error);
    groups->waiting[groups->waiting_count++] = profile;
    groups->waits[profile] = (uint8_t)(1 + cause);
    return SEG_OK;
}

void seg_engine_defer(seg_engine *engine, bool defers) {
    if (engine->groups.tally_count) seg_vm_defer_groups(engine->vm, defers);
}

/* ---- Telling ------------------------------------------------------------------------------------- */

static int compare_listed(const void *a, const void *b) {
    return seg_text_compare(((const seg_listed *)a)->id, ((const seg_listed *)b)->id);
}

static bool list(seg_engine *engine, uint32_t profile, size_t *listed) {
    if (!seg_heap_grow(engine->allocator, &engine->due, &engine->due_capacity, *listed + 1,
                       sizeof(seg_listed)))
        return false;
    engine->due[(*listed)++] = (seg_listed){seg_profiles_id(&engine->profiles, profile), profile};
    return true;
}

/* Everybody who must be judged, each once, in order of the ids. Nobody waits afterwards but in `waits`. */
static bool list_all(seg_engine *engine, size_t *listed) {
    seg_groups *groups = &engine->groups;
    for (size_t i = 0; i < groups->waiting_count; i++)
        if (!list(engine, groups->waiting[i], listed)) return false;
    groups->waiting_count = 0;
    for (size_t i = 0; i < groups->changed_count; i++) {
        seg_circle *circle = &groups->circles[groups->changed[i]];
        circle->changed = false;
        for (uint32_t p = circle->first; p != SEG_NONE; p = seat_of(groups, p, circle->group)->next) {
            if (groups->waits[p]) continue;
            groups->waits[p] = 1 + SEG_CAUSE_GROUP;
            if (!list(engine, p, listed)) return false;
        }
    }
    groups->changed_count = 0;
    if (*listed > 1) qsort(engine->due, *listed, sizeof *engine->due, compare_listed);
    return true;
}

static seg_status regroup(seg_engine *engine, uint32_t profile, seg_cause cause, seg_text message_id,
                          seg_error *error) {
    seg_state state = seg_engine_state_of(engine, profile);
    uint64_t epoch = engine->groups.epoch;
    if (!state.bytes) return SEG_OK;
    seg_sink sink = seg_engine_sink(engine, profile, message_id);
    engine->groups.epoch = epoch; /* nothing that is counted changes */
    seg_status status = seg_regroup(engine->vm, &state, engine->now, cause, sink);
    if (status == SEG_OK) status = engine->groups.status;
    if (status != SEG_OK) return seg_fault(error, status, "a profile's group cannot be counted");
    return seg_engine_arm(engine, profile, &state, error);
}

seg_status seg_engine_tell_groups(seg_engine *engine, seg_text message_id, seg_error *error) {
    seg_groups *groups = &engine->groups;
    size_t listed = 0;
    if (groups->status != SEG_OK)
        return seg_fault(error, groups->status, "a profile's group cannot be counted");
    if (!groups->changed_count && !groups->waiting_count) return SEG_OK;
    if (!list_all(engine, &listed)) return seg_fault_memory(error);
    if (!seg_heap_grow(engine->allocator, &groups->waiting, &groups->waiting_capacity, listed,
                       sizeof *groups->waiting))
        return seg_fault_memory(error);
    for (size_t i = 0; i < listed; i++) {
        uint32_t profile = engine->due[i].profile;
        const seg_state state = seg_engine_state_of(engine, profile);
        seg_cause cause = (seg_cause)(groups->waits[profile] - 1);
        /* Who is due at this instant waits until then, with all who are. */
        if (cause == SEG_CAUSE_GROUP && state.bytes && seg_state_deadline(&state) <= engine->now) {
            groups->waiting[groups->waiting_count++] = profile;
            continue;
        }
        groups->waits[profile] = 0;
        bool is_told = cause == SEG_CAUSE_GROUP;
        seg_status status =
            regroup(engine, profile, cause, is_told ? message_id : (seg_text){NULL, 0}, error);
        if (status != SEG_OK) return status;
    }
    return SEG_OK;
}

void seg_engine_leave(seg_engine *engine, uint32_t profile) {
    seg_groups *groups = &engine->groups;
    groups->epoch++;
    if (profile >= groups->capacity) return;
    for (uint32_t group = 0; group < groups->group_count; group++) {
        uint32_t circle = seat_of(groups, profile, group)->circle;
        note_holds(engine, profile, group, SEG_NEVER); /* which takes no memory */
        if (circle == SEG_NONE) continue;
        for (uint32_t i = 0; i < groups->tally_count; i++)
            if (groups->tallies[i].group == group) count(groups, profile, i, circle, SEG_NONE, false);
        stand_up(groups, profile, group);
    }
}

seg_status seg_engine_settle_groups(seg_engine *engine, seg_error *error) {
    seg_groups *groups = &engine->groups;
    if (!groups->tally_count) return SEG_OK;
    for (uint32_t i = 0; i < engine->profiles.count; i++) {
        seg_status status = seg_engine_look_later(engine, i, SEG_CAUSE_TIME, error);
        if (status != SEG_OK) return status;
    }
    return seg_engine_tell_groups(engine, (seg_text){NULL, 0}, error);
}

/* ---- Questions ----------------------------------------------------------------------------------- */

typedef struct question { /* how many a tally counts in the circle of a value at an instant */
    seg_engine *engine;
    const seg_tally_info *tally;
    uint32_t number;
    int64_t word, at;
} question;

/* Whether the tally counts the profile, and until when at least that holds. */
static bool counts(const question *q, uint32_t profile, int64_t *holds) {
    seg_groups *groups = &q->engine->groups;
    bool is_in_hand = q->engine->hand && q->engine->held == profile;
    const seg_state state = is_in_hand ? *q->engine->hand : seg_engine_state_of(q->engine, profile);
    const seg_seat *seat = seat_of(groups, profile, q->tally->group);
    seg_membership is = {.known = seat->circle != SEG_NONE, .holds_until = seat->holds};
    seg_status status = SEG_OK;
    bool member = true;
    *holds = SEG_NEVER;
    if (!state.bytes) return false;
    if (is.known) is.word = groups->circles[seat->circle].word;
    if (is.holds_until <= q->at) status = seg_group_value(groups->vm, &state, q->tally->group, q->at, &is);
    *holds = is.holds_until;
    if (status == SEG_OK && is.known && is.word == q->word && q->tally->segment != SEG_NONE) {
        int64_t until = SEG_NEVER;
        status = seg_evaluate(groups->vm, &state, q->tally->segment, q->at, &member, &until);
        if (until < *holds) *holds = until;
    }
    if (status != SEG_OK) groups->status = status;
    return status == SEG_OK && is.known && is.word == q->word && member;
}

/* Looks at all who are in the circle, or may come into it. */
static void find(const question *q, seg_fellows_found *out) {
    const seg_groups *groups = &q->engine->groups;
    uint32_t circle = find_circle(q->engine, q->tally->group, q->word);
    int64_t holds;
    *out = (seg_fellows_found){
        .epoch = groups->epoch, .tally = q->number, .word = q->word, .at = q->at, .holds = SEG_NEVER};
    uint32_t p = circle == SEG_NONE ? SEG_NONE : groups->circles[circle].first;
    for (; p != SEG_NONE; p = seat_of(&q->engine->groups, p, q->tally->group)->next) {
        out->count += counts(q, p, &holds);
        out->looked_at++;
        if (holds < out->holds) out->holds = holds;
    }
    for (size_t i = 0; i < groups->mover_count; i++) {
        const seg_mover *mover = &groups->movers[i];
        uint32_t sits = seat_of(&q->engine->groups, mover->profile, mover->group)->circle;
        if (mover->group != q->tally->group || (circle != SEG_NONE && sits == circle)) continue;
        out->count += counts(q, mover->profile, &holds);
        out->looked_at++;
        if (holds < out->holds) out->holds = holds;
    }
}

static const seg_fellows_found *found(const question *q) {
    seg_groups *groups = &q->engine->groups;
    const int64_t key[] = {q->word, q->at, q->number};
    seg_fellows_found *kept =
        &groups->found[XXH3_64bits_withSeed(key, sizeof key, q->engine->profiles.seed) % SEG_FELLOWS_KEPT];
    if (kept->epoch != groups->epoch || kept->tally != q->number || kept->word != q->word ||
        kept->at != q->at)
        find(q, kept);
    return kept;
}

/* What was counted already says how many there are now. */
static bool fellows_now(const question *q, uint32_t profile, seg_fellows *out) {
    seg_groups *groups = &q->engine->groups;
    uint32_t circle = find_circle(q->engine, q->tally->group, q->word);
    *out = (seg_fellows){.holds_until = SEG_NEVER};
    if (circle == SEG_NONE) return true;
    bool is_one = profile < groups->capacity && seat_of(groups, profile, q->tally->group)->circle == circle;
    bool all = q->tally->segment == SEG_NONE;
    out->count = all ? groups->circles[circle].count : *count_of(groups, circle, q->number);
    out->count -= is_one && (all || *inside_of(groups, profile, q->number));
    return true;
}

static bool fellows(seg_engine *engine, uint32_t profile, uint32_t tally, int64_t word, int64_t at,
                    bool until, seg_fellows *out) {
    seg_groups *groups = &engine->groups;
    if (tally >= groups->tally_count || at < engine->now) return false;
    const question q = {engine, &groups->tallies[tally], tally, word, at};
    if (!until && at == engine->now) return fellows_now(&q, profile, out);
    const seg_fellows_found *all = found(&q);
    *out = (seg_fellows){.count = all->count, .holds_until = all->holds, .looked_at = all->looked_at};
    int64_t holds;
    const seg_seat *seat = profile < groups->capacity ? seat_of(groups, profile, q.tally->group) : NULL;
    bool seated = seat && (seat->mover != SEG_NONE ||
                           (seat->circle != SEG_NONE && groups->circles[seat->circle].word == word));
    if (seated) out->count -= counts(&q, profile, &holds);
    return true;
}

bool seg_engine_count_fellows(void *user, uint32_t tally, int64_t word, int64_t at, bool until,
                              seg_fellows *out) {
    seg_engine *engine = user;
    return fellows(engine, engine->changing, tally, word, at, until, out);
}

bool seg_engine_fellows(seg_engine *engine, seg_text profile, uint32_t tally, int64_t word, int64_t at,
                        bool until, seg_fellows *out) {
    uint32_t index = seg_profiles_find(&engine->profiles, profile);
    uint32_t root = index == SEG_NONE ? SEG_NONE : seg_profiles_root(&engine->profiles, index);
    return fellows(engine, root, tally, word, at, until, out);
}
