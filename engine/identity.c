/* Who is who: merging profiles, and erasing them. */
#include <string.h>

#include "fault.h"
#include "heap.h"
#include "population.h"

/* Reports the profile's exits and takes its state away. */
static seg_status dissolve(seg_engine *engine, uint32_t profile, seg_cause cause, seg_text message_id,
                           seg_error *error) {
    seg_state state = seg_engine_state_of(engine, profile);
    seg_status status =
        seg_erase(engine->vm, &state, engine->now, cause, seg_engine_sink(engine, profile, message_id));
    if (status != SEG_OK) return seg_fault(error, status, "a profile cannot be erased");
    seg_engine_destroy(engine, profile);
    return SEG_OK;
}

/* Everything that time changed before now has been reported: what is left is the merge's doing. */
static seg_status merge_states(seg_engine *engine, uint32_t into, uint32_t from, seg_text message_id,
                               seg_error *error) {
    bool is_new = !seg_engine_lives(engine, into);
    seg_status status = is_new ? seg_engine_create(engine, into, error) : SEG_OK;
    if (status != SEG_OK) return status;
    int64_t born = seg_profiles_born(&engine->profiles, from);
    if (is_new || born < seg_profiles_born(&engine->profiles, into))
        seg_profiles_bear(&engine->profiles, into, born);
    seg_engine_leave(engine, from);
    seg_state one = seg_engine_state_of(engine, into), other = seg_engine_state_of(engine, from);
    engine->shelves.is_still = true; /* two states are in use */
    engine->hand = &one;
    engine->held = into;
    status = seg_merge(engine->vm, &one, &other, engine->now, seg_engine_sink(engine, into, message_id));
    engine->hand = NULL;
    engine->shelves.is_still = false;
    seg_engine_keep(engine, into, &one);
    if (status != SEG_OK) return seg_fault(error, status, "two profiles cannot be merged");
    seg_engine_stir(engine, into, SEG_TIME_MIN);
    status = seg_engine_look(engine, into, error);
    if (status != SEG_OK) return status;
    status = dissolve(engine, from, SEG_CAUSE_MERGE, message_id, error);
    if (status != SEG_OK) return status;
    one = seg_engine_state_of(engine, into); /* it may have moved */
    return seg_engine_arm(engine, into, &one, error);
}

seg_status seg_engine_alias(seg_engine *engine, const seg_record *record, seg_error *error) {
    uint32_t profile = seg_profiles_intern(&engine->profiles, record->profile);
    uint32_t previous = seg_profiles_intern(&engine->profiles, record->previous);
    if (profile == SEG_NONE || previous == SEG_NONE || !seg_profiles_reserve_kin(&engine->profiles, 2))
        return seg_fault_memory(error);
    if (record->time <= seg_profiles_erased_at(&engine->profiles, profile) ||
        record->time <= seg_profiles_erased_at(&engine->profiles, previous)) {
        engine->counters.after_erasure++;
        return SEG_OK;
    }
    uint32_t into = seg_profiles_root(&engine->profiles, profile);
    uint32_t from = seg_profiles_root(&engine->profiles, previous);
    if (into == from) { /* itself, or known by now */
        engine->counters.alias_ignored++;
        return SEG_OK;
    }
    if (seg_engine_lives(engine, from)) {
        seg_status status = merge_states(engine, into, from, record->message_id, error);
        if (status != SEG_OK) return status;
    }
    seg_profiles_join(&engine->profiles, into, from);
    engine->counters.merged++;
    return SEG_OK;
}

seg_status seg_engine_delete(seg_engine *engine, const seg_record *record, seg_error *error) {
    uint32_t profile = seg_profiles_intern(&engine->profiles, record->profile);
    if (profile == SEG_NONE || !seg_profiles_reserve_kin(&engine->profiles, 1))
        return seg_fault_memory(error);
    if (record->time <=
        seg_profiles_erased_at(&engine->profiles, profile)) { /* the same erasure again, or an older */
        engine->counters.duplicates++;
        return SEG_OK;
    }
    uint32_t root = seg_profiles_root(&engine->profiles, profile);
    if (seg_engine_lives(engine, root)) {
        seg_status status = dissolve(engine, root, SEG_CAUSE_ERASE, record->message_id, error);
        if (status != SEG_OK) return status;
        engine->counters.erased++;
    }
    /* What comes again from before is dropped, what is later begins a fresh profile. */
    seg_profiles_part(&engine->profiles, root, record->time);
    return SEG_OK;
}

/* ---- From one engine to another -------------------------------------------------------------------- */

/* The ids of root `root` become those of a person in `to`; gives the root there, or SEG_NONE: no memory. */
static uint32_t move_ids(seg_engine *to, const seg_engine *from, uint32_t root, seg_profile_fn on_id,
                         void *user) {
    uint32_t there = SEG_NONE, profile = root;
    do {
        seg_text id = seg_profiles_id(&from->profiles, profile);
        uint32_t moved = seg_profiles_intern(&to->profiles, id);
        if (moved == SEG_NONE || !seg_profiles_reserve_kin(&to->profiles, 2)) return SEG_NONE;
        seg_profiles_part(&to->profiles, moved, seg_profiles_erased_at(&from->profiles, profile));
        if (there == SEG_NONE)
            there = moved;
        else
            seg_profiles_join(&to->profiles, there, moved);
        on_id(user, id);
        profile = seg_profiles_next_of_person(&from->profiles, profile);
    } while (profile != root);
    return there;
}

static seg_status move_state(seg_engine *to, uint32_t there, seg_engine *from, uint32_t here,
                             seg_error *error) {
    const seg_state old = seg_engine_state_of(from, here);
    seg_state new = old;
    to->shelves.owner = there;
    new.bytes = seg_heap_resize(&to->shelves.face, NULL, 0, old.capacity_bytes);
    to->shelves.owner = SEG_NONE;
    if (!new.bytes) return seg_fault_memory(error);
    memcpy(new.bytes, old.bytes, old.size_bytes);
    seg_engine_keep(to, there, &new); /* whose ids were moved has kin */
    seg_profiles_bear(&to->profiles, there, seg_profiles_born(&from->profiles, here));
    for (uint32_t i = 0; i < from->segment_count; i++) {
        bool is_member = seg_state_is_member(from->vm, &old, i);
        from->sizes[i] -= is_member;
        to->sizes[i] += is_member;
    }
    to->counters.profiles++;
    to->order_is_stale = true;
    to->has_unborn |= from->has_unborn;
    seg_engine_destroy(from, here);
    return seg_engine_arm(to, there, &new, error);
}

seg_status seg_engine_move(seg_engine *to, seg_engine *from, seg_text id, seg_profile_fn on_id, void *user,
                           seg_error *error) {
    uint32_t profile = seg_profiles_find(&from->profiles, id);
    if (profile == SEG_NONE) {
        on_id(user, id);
        return SEG_OK;
    }
    uint32_t root = seg_profiles_root(&from->profiles, profile);
    uint32_t there = move_ids(to, from, root, on_id, user);
    if (there == SEG_NONE || !seg_profiles_reserve_kin(&from->profiles, 1)) return seg_fault_memory(error);
    seg_profiles_part(&from->profiles, root, INT64_MIN);
    if (!seg_engine_lives(from, root)) return SEG_OK;
    return move_state(to, there, from, root, error);
}
