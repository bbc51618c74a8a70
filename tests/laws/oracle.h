/* oracle.h - what the rules mean, said as plainly as possible: an interpreter of typed rules over the
 * raw facts of one profile. It keeps nothing from one instant to the next and shares no code with the
 * runtime, the plan or the emitter. */
#ifndef SEG_TESTS_ORACLE_H
#define SEG_TESTS_ORACLE_H

#include "../../compiler/rule.h"
#include "fact.h"

typedef struct seg_oracle seg_oracle;

/* The rules must outlive the oracle. NULL: memory is short. */
seg_oracle *seg_oracle_new(const seg_rules *rules);
void seg_oracle_free(seg_oracle *oracle);

/* Whose facts they are; "p0" until it is said. The text must stay. */
void seg_oracle_identify(seg_oracle *oracle, seg_text id);

/* Among whom profiles stand when rules ask for ranks or groups; without them all are alone. They must stay
 * until the next call, which is due whenever known[] of one of them changed. */
#define SEG_PEOPLE_LIMIT 16u
typedef struct seg_fellow {
    seg_text id;
    const seg_fact *facts;
    uint32_t count;
    const uint8_t *known;
} seg_fellow;
void seg_oracle_people(seg_oracle *oracle, const seg_fellow *people, uint32_t count);
/* The last refresh at or before an instant. */
int64_t seg_oracle_refresh(const seg_rules *rules, int64_t at);

/* From now on the facts are these; they must stay until the next call. False: memory is short. */
bool seg_oracle_facts(seg_oracle *oracle, const seg_fact *facts, uint32_t count);

/* Marks in known[] those of the first `arrived` facts that are no duplicates: a messageId counts again
 * only when the rules' duplicates_ms have passed since it last came in and was taken. */
void seg_oracle_known(const seg_oracle *oracle, uint32_t arrived, uint8_t *known);

/* Is the profile in the segment at `at`, when known[i] says of each fact whether it has arrived? *next
 * (may be NULL): before this instant nothing that was looked at can look different. */
bool seg_oracle_verdict(seg_oracle *oracle, uint32_t segment, int64_t at, const uint8_t *known,
                        int64_t *next);

/* How far the laws look beyond `at`: to the end of time, or some days where parts of now go on for ever. */
int64_t seg_oracle_end(const seg_oracle *oracle, int64_t at);
/* An instant that lies beyond that, as seen from `at`, is as good as never. */
int64_t seg_oracle_soon(const seg_oracle *oracle, int64_t at, int64_t instant);

/* The first instant after `at` with another verdict, or SEG_NEVER if there is none up to `limit`. */
int64_t seg_oracle_flip(seg_oracle *oracle, uint32_t segment, int64_t at, int64_t limit,
                        const uint8_t *known);

/* Values that are missing where the types say that they cannot be: 0 unless the checker has a bug. */
uint64_t seg_oracle_unsound(const seg_oracle *oracle);

/* The float nearest to a / b, ties to even; b > 0. */
double seg_oracle_quotient(__int128 a, __int128 b);

#endif
