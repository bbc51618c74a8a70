/* roster.h - who is in which of the chosen segments at one instant. */
#ifndef SEG_CLI_ROSTER_H
#define SEG_CLI_ROSTER_H

#include <engine.h>

#include "choice.h"

typedef struct seg_roster {
    size_t count, room;  /* profiles, in ascending bytewise order of their ids */
    seg_text *ids;       /* owned */
    size_t words;        /* 64-bit words for each profile */
    uint64_t *bits;      /* bit n of profile p: in the nth chosen segment */
    bool failed;
} seg_roster;

/* From an engine that has evaluated its profiles. seg_roster_free in any case. */
seg_status seg_roster_take(seg_roster *roster, const seg_choice *choice, seg_engine *engine);
void seg_roster_free(seg_roster *roster);
bool seg_roster_has(const seg_roster *roster, size_t profile, uint32_t nth);
/* Whether the profile is in none of the segments. */
bool seg_roster_empty(const seg_roster *roster, size_t profile);
/* The order of ids. */
int seg_roster_compare(seg_text a, seg_text b);

#endif
