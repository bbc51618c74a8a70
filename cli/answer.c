#include "answer.h"

void seg_answer_free(seg_answer *answer) {
    seg_engine_free(answer->engine);
    seg_ledger_free(answer->ledger);
    seg_snapshot_free(answer->snapshot);
    *answer = (seg_answer){0};
}

uint64_t seg_answer_profile_count(const seg_answer *answer) {
    if (answer->snapshot) {
        seg_snapshot_counters counters;
        seg_snapshot_counters_get(answer->snapshot, &counters);
        return counters.profiles;
    }
    if (answer->ledger) {
        seg_ledger_counters counters;
        seg_ledger_counters_get(answer->ledger, &counters);
        return counters.profiles;
    }
    seg_engine_counters counters;
    seg_engine_counters_get(answer->engine, &counters);
    return counters.profiles;
}

uint64_t seg_answer_size(const seg_answer *answer, uint32_t segment) {
    if (answer->ledger) return seg_ledger_size(answer->ledger, segment);
    return answer->snapshot ? seg_snapshot_size(answer->snapshot, segment)
                            : seg_engine_size(answer->engine, segment);
}

seg_status seg_answer_members(const seg_answer *answer, uint32_t segment, seg_profile_fn on_profile,
                              void *user) {
    if (answer->ledger) return seg_ledger_members(answer->ledger, segment, on_profile, user);
    return answer->snapshot ? seg_snapshot_members(answer->snapshot, segment, on_profile, user)
                            : seg_engine_members(answer->engine, segment, on_profile, user);
}

seg_status seg_answer_profiles(const seg_answer *answer, seg_profile_fn on_profile, void *user) {
    if (answer->ledger) return seg_ledger_profiles(answer->ledger, on_profile, user);
    return answer->snapshot ? seg_snapshot_profiles(answer->snapshot, on_profile, user)
                            : seg_engine_profiles(answer->engine, on_profile, user);
}

seg_status seg_answer_bits(const seg_answer *answer, uint32_t segment, uint64_t *bits) {
    if (answer->ledger) return seg_ledger_member_bits(answer->ledger, segment, bits);
    return answer->snapshot ? seg_snapshot_member_bits(answer->snapshot, segment, bits)
                            : seg_engine_member_bits(answer->engine, segment, bits);
}
