/* answer.h - who is in which segment, whether an engine, a ledger or a snapshot found it out. */
#ifndef SEG_CLI_ANSWER_H
#define SEG_CLI_ANSWER_H

#include <engine.h>

typedef struct seg_answer { /* one of the three */
    seg_engine *engine;
    seg_ledger *ledger;
    seg_snapshot *snapshot;
} seg_answer;

void seg_answer_free(seg_answer *answer);
uint64_t seg_answer_profile_count(const seg_answer *answer);
uint64_t seg_answer_size(const seg_answer *answer, uint32_t segment);
/* As seg_engine_members, seg_engine_profiles and seg_engine_member_bits. */
seg_status seg_answer_members(const seg_answer *answer, uint32_t segment, seg_profile_fn on_profile,
                              void *user);
seg_status seg_answer_profiles(const seg_answer *answer, seg_profile_fn on_profile, void *user);
seg_status seg_answer_bits(const seg_answer *answer, uint32_t segment, uint64_t *bits);

#endif
