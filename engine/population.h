/* population.h - the inside of an engine, shared by engine.c, identity.c and shard.c. */
#ifndef SEG_ENGINE_POPULATION_H
#define SEG_ENGINE_POPULATION_H

#include "engine.h"
#include "groups.h"
#include "profiles.h"
#include "ranks.h"
#include "schema.h"
#include "shelves.h"
#include "timers.h"
#include "waiting.h"

typedef struct seg_listed { /* a profile in a list that is sorted by id */
    seg_text id;
    uint32_t profile;
} seg_listed;

struct seg_engine {
    seg_engine_options options;
    const seg_allocator *allocator;
    const seg_image *image;
    seg_schema schema;
    seg_vm *vm;
    seg_shelves shelves; /* of states */
    seg_profiles profiles;
    seg_timers timers;
    seg_waiting waiting;
    seg_ranks ranks;
    seg_groups groups;
    bool has_unborn; /* some profile may have facts later than now only */
    size_t armed;    /* profiles with an entry in the calendar that counts */
    int64_t now;
    bool passes; /* time passes by itself, and no record is at work: in seg_engine_pass */
    seg_engine_counters counters;

    size_t large_bytes; /* of states that stand on no shelf */
    seg_state shown;    /* by seg_engine_state */
    /* The state that grows, and whose it is: others may ask about it in the meantime. NULL: none does. */
    const seg_state *hand;
    uint32_t held;
    uint32_t segment_count;
    uint64_t *sizes;           /* members per segment */
    uint64_t *attribute_seeds; /* see message_of_attribute in engine.c */

    /* Whose changes are being reported, and because of which record. */
    uint32_t changing;
    seg_text message_id;

    seg_listed *due; /* scratch: profiles whose deadline has come */
    size_t due_capacity;
    seg_listed *order; /* profiles that have facts, by id; made when asked for */
    size_t order_count, order_capacity;
    bool order_is_stale;
};

/* Where changes of root `profile` go; time's own changes are reported without `message_id`. */
seg_sink seg_engine_sink(seg_engine *engine, uint32_t profile, seg_text message_id);
/* Gives root `profile` a fresh state. It exists from then. */
seg_status seg_engine_create(seg_engine *engine, uint32_t profile, seg_error *error);
/* Takes its state away; nothing is reported. */
void seg_engine_destroy(seg_engine *engine, uint32_t profile);
/* Enters a deadline that is before the profile's entry in the calendar. */
seg_status seg_engine_enter(seg_engine *engine, uint32_t profile, int64_t deadline, seg_error *error);
/* Notes the next deadline of the profile's state in the calendar. One that moved later keeps its entry: when
 * that comes, it is entered anew. So only an earlier one costs an entry, and leaves one that no longer
 * counts. */
static inline seg_status seg_engine_arm(seg_engine *engine, uint32_t profile, const seg_state *state,
                                        seg_error *error) {
    if (engine->options.mode != SEG_ENGINE_STREAM) return SEG_OK;
    int64_t deadline = seg_state_deadline(state);
    if (deadline >= seg_profile_at(&engine->profiles, profile)->armed) return SEG_OK;
    return seg_engine_enter(engine, profile, deadline, error);
}
/* The state of a profile that has some kin. */
seg_state seg_engine_state_of_kin(seg_engine *engine, uint32_t profile);
/* The state of a profile as it stands, until another one's state grows or goes; bytes NULL: it has no facts.
 */
static inline seg_state seg_engine_state_of(seg_engine *engine, uint32_t profile) {
    uint32_t place = seg_profile_at(&engine->profiles, profile)->place;
    if (place >= SEG_PROFILE_KIN) return seg_engine_state_of_kin(engine, profile);
    seg_state state;
    state.bytes = seg_shelves_block(&engine->shelves, place, &state.capacity_bytes);
    state.size_bytes = seg_state_size(state.bytes);
    return state;
}

/* Notes where its state stands by now, wherever that is. */
void seg_engine_keep_anywhere(seg_engine *engine, uint32_t profile, seg_state *state);
/* The same, after it may have grown. Room for kin was reserved. */
static inline void seg_engine_keep(seg_engine *engine, uint32_t profile, seg_state *state) {
    seg_profile *p = seg_profile_at(&engine->profiles, profile);
    if (p->place < SEG_PROFILE_KIN && state->bytes && state->bytes == engine->shelves.known)
        p->place = engine->shelves.known_place;
    else
        seg_engine_keep_anywhere(engine, profile, state);
}
/* Whether the profile has a state. */
static inline bool seg_engine_lives(const seg_engine *engine, uint32_t profile) {
    return seg_profiles_live(&engine->profiles, profile);
}

/* For shards, which are told when time moves. Whether a record is one that can be taken at all. */
seg_status seg_engine_check(const seg_engine *engine, const seg_record *record, seg_error *error);
/* Reports what time alone changes before `before`; then it is `now`, or later. */
seg_status seg_engine_pass(seg_engine *engine, int64_t before, int64_t now, seg_error *error);
/* As seg_engine_apply_all; before each record time moves to its instant, NULL: nowhere by itself. *applied
 * says at every moment how many are taken. */
seg_status seg_engine_take_all(seg_engine *engine, const seg_record *records, const int64_t *instants,
                               size_t count, size_t *applied, seg_error *error);
/* Moves the person of an id to another engine of the same image at the same instant: the state, all ids of
 * that person, and what was erased of them. `on_id` hears of each, and of `id` in any case. */
seg_status seg_engine_move(seg_engine *to, seg_engine *from, seg_text id, seg_profile_fn on_id, void *user,
                           seg_error *error);

/* ranks.c. Ranks everybody as of the last refresh, as far as something may have changed; in a stream, what
 * that changes is reported. */
seg_status seg_engine_rank(seg_engine *engine, seg_error *error);
/* Keys of the root `profile` may be others from `time` on. */
void seg_engine_stir(seg_engine *engine, uint32_t profile, int64_t time);
/* The next refresh that may change something, after now; SEG_NEVER. */
int64_t seg_engine_next_refresh(const seg_engine *engine);
bool seg_engine_stands(void *engine, uint32_t ranking, seg_standing *out); /* a seg_standing_fn */

/* groups.c. Begins or ends a part of an instant in which several profiles move: what asks about groups
 * waits. */
void seg_engine_defer(seg_engine *engine, bool defers);
/* Compares the root `profile`, which may have changed, with what was counted. STREAM. */
seg_status seg_engine_look(seg_engine *engine, uint32_t profile, seg_error *error);
/* The same; what waited of its rules is judged when the groups are told, for this cause. */
seg_status seg_engine_look_later(seg_engine *engine, uint32_t profile, seg_cause cause, seg_error *error);
/* Takes the profile out of all groups. */
void seg_engine_leave(seg_engine *engine, uint32_t profile);
/* Judges who waits, and everybody whose group changed, in order of the ids. */
seg_status seg_engine_tell_groups(seg_engine *engine, seg_text message_id, seg_error *error);
/* BATCH: counts everybody, once all are settled, and judges them. */
seg_status seg_engine_settle_groups(seg_engine *engine, seg_error *error);
bool seg_engine_count_fellows(void *engine, uint32_t tally, int64_t word, int64_t at, bool until,
                              seg_fellows *out); /* a seg_fellows_fn */

/* identity.c: the record's time is at or before now. */
seg_status seg_engine_alias(seg_engine *engine, const seg_record *record, seg_error *error);
seg_status seg_engine_delete(seg_engine *engine, const seg_record *record, seg_error *error);

#endif
