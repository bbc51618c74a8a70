/* person.h - a person made from the solver's answer, and tried with the rules themselves. */
#ifndef SEG_PROOF_PERSON_H
#define SEG_PROOF_PERSON_H

#include "../../runtime/base/buffer.h"
#include "theory.h"

enum { SEG_PERSON_SPACINGS = 3 }; /* ways to spread events over a stretch of time */

typedef struct seg_person {
    int64_t now;
    seg_text id;
    uint32_t step_count;
    seg_rule_step *steps; /* PROFILE (one at most, before everything) and EVENT, in order of time */
} seg_person;

/* From the last answer of the theory's solver. False: there are too many events, or nobody is there. */
bool seg_person_make(seg_person *person, seg_theory *theory, uint32_t spacing);

/* Is the person in the segment of the image at person->now, as the engine sees it? */
seg_status seg_person_try(const seg_person *person, const seg_rules *rules, const seg_image *image,
                          uint32_t segment, bool *is_member);

/* The person as steps of a scenario test, a line each, two spaces before each. */
void seg_person_write(const seg_person *person, const seg_rules *rules, seg_buffer *out);
void seg_person_write_time(int64_t instant, seg_buffer *out);

#endif
