/* fact.h - one fact of a random history, as it is sent: what, when, and when it arrives. */
#ifndef SEG_TESTS_FACT_H
#define SEG_TESTS_FACT_H

#include "../../runtime/seg.h"

#define SEG_FACT_FIELDS 12u /* at most this many fields in an event */

typedef struct seg_fact {
    bool is_attribute;
    uint32_t index; /* of the event or attribute */
    int64_t time;
    int64_t arrival;                   /* the profile's now when it comes in */
    char id[24];                       /* messageId; "": none */
    uint64_t tie;                      /* seg_message_tie of it */
    uint64_t message;                  /* seg_text_word of it, 0 for none */
    seg_value values[SEG_FACT_FIELDS]; /* texts are borrowed from constants */
    uint32_t value_count;
} seg_fact;

/* Facts in order of arrival. */
typedef struct seg_history {
    seg_fact *facts;
    uint32_t count;
    int64_t end; /* an instant at or after every arrival */
} seg_history;

#endif
