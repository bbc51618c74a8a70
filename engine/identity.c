/* Who is who: merging profiles, and erasing them. */
#include "fault.h"
#include "population.h"

/* Reports the profile's exits and takes its state away. */
static seg_status dissolve(seg_engine *engine, uint32_t profile, seg_cause cause, seg_text message_id,
                           seg_error *error) {
    seg_profile *p = &engine->profiles.items[profile];
    size_t old_bytes = p->state.capacity_bytes;
    seg_status status =
        seg_erase(engine->vm, &p->state, engine->now, cause, seg_engine_sink(engine, profile, message_id));
    seg_engine_resized(engine, profile, old_bytes);
    if (status != SEG_OK) return seg_fault(error, status, "a profile cannot be erased");
    seg_engine_destroy(engine, profile);
    return SEG_OK;
}

/* Everything that time changed before now has been reported: what is left is the merge's doing. */
static seg_status merge_states(seg_engine *engine, uint32_t into, uint32_t from, seg_text message_id,
                               seg_error *error) {
    seg_profile *items = engine->profiles.items;
    seg_status status = items[into].state.bytes ? SEG_OK : seg_engine_create(engine, into, error);
    if (status != SEG_OK) return status;
    size_t old_into = items[into].state.capacity_bytes, old_from = items[from].state.capacity_bytes;
    status = seg_merge(engine->vm, &items[into].state, &items[from].state, engine->now,
                       seg_engine_sink(engine, into, message_id));
    seg_engine_resized(engine, into, old_into);
    seg_engine_resized(engine, from, old_from);
    if (status != SEG_OK) return seg_fault(error, status, "two profiles cannot be merged");
    seg_engine_stir(engine, into, SEG_TIME_MIN);
    if (items[from].born < items[into].born) items[into].born = items[from].born;
    status = dissolve(engine, from, SEG_CAUSE_MERGE, message_id, error);
    return status == SEG_OK ? seg_engine_arm(engine, into, error) : status;
}

seg_status seg_engine_alias(seg_engine *engine, const seg_record *record, seg_error *error) {
    uint32_t profile = seg_profiles_intern(&engine->profiles, record->profile);
    uint32_t previous = seg_profiles_intern(&engine->profiles, record->previous);
    if (profile == SEG_NONE || previous == SEG_NONE) return seg_fault_memory(error);
    const seg_profile *items = engine->profiles.items;
    if (record->time <= items[profile].erased_at || record->time <= items[previous].erased_at) {
        engine->counters.after_erasure++;
        return SEG_OK;
    }
    uint32_t into = seg_profiles_root(&engine->profiles, profile);
    uint32_t from = seg_profiles_root(&engine->profiles, previous);
    if (into == from) { /* itself, or known by now */
        engine->counters.alias_ignored++;
        return SEG_OK;
    }
    if (items[from].state.bytes) {
        seg_status status = merge_states(engine, into, from, record->message_id, error);
        if (status != SEG_OK) return status;
    }
    seg_profiles_join(&engine->profiles, into, from);
    engine->counters.merged++;
    return SEG_OK;
}

/* Every id of the person stands alone from now on, and remembers until when its facts are erased: what
 * comes again from before is dropped, what is later begins a fresh profile. */
static void part_ids(seg_engine *engine, uint32_t root, int64_t erased_at) {
    seg_profile *items = engine->profiles.items;
    uint32_t profile = root;
    do {
        uint32_t next = items[profile].ring;
        items[profile].parent = SEG_NONE;
        items[profile].ring = profile;
        if (items[profile].erased_at < erased_at) items[profile].erased_at = erased_at;
        profile = next;
    } while (profile != root);
}

seg_status seg_engine_delete(seg_engine *engine, const seg_record *record, seg_error *error) {
    uint32_t profile = seg_profiles_intern(&engine->profiles, record->profile);
    if (profile == SEG_NONE) return seg_fault_memory(error);
    if (record->time <= engine->profiles.items[profile].erased_at) { /* the same erasure again, or an older */
        engine->counters.duplicates++;
        return SEG_OK;
    }
    uint32_t root = seg_profiles_root(&engine->profiles, profile);
    if (engine->profiles.items[root].state.bytes) {
        seg_status status = dissolve(engine, root, SEG_CAUSE_ERASE, record->message_id, error);
        if (status != SEG_OK) return status;
        engine->counters.erased++;
    }
    part_ids(engine, root, record->time);
    return SEG_OK;
}
