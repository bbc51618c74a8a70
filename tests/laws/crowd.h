/* crowd.h - the people among whom the oracle sees a profile, and what it found of them. */
#ifndef SEG_TESTS_CROWD_H
#define SEG_TESTS_CROWD_H

#include "meaning.h"

#define CROWD_KEPT 64u /* different questions at one instant */

typedef struct keys { /* of everybody in one ranking at one refresh */
    const seg_rule *rule;
    int64_t refresh;
    answer of[SEG_PEOPLE_LIMIT];
} keys;

typedef struct fellows { /* what everybody's value is, and who is in the segment, at one instant */
    const seg_rule *rule;
    int64_t at, next;
    answer values[SEG_PEOPLE_LIMIT];
    bool inside[SEG_PEOPLE_LIMIT];
} fellows;

struct crowd {
    seg_oracle *twin; /* looks at one after the other */
    const seg_fellow *people;
    uint32_t people_count, keys_count, fellows_count;
    keys keys[CROWD_KEPT];
    fellows fellows[CROWD_KEPT];
};

/* The twin's node of a rule. */
const node *seg_oracle_twin_node(struct crowd *crowd, const seg_rule *rule);

#endif
