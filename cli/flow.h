/* flow.h - moves between segments from one instant to another. */
#ifndef SEG_CLI_FLOW_H
#define SEG_CLI_FLOW_H

#include "choice.h"
#include "roster.h"

/* Beside the chosen segments, a profile can be in none of them, or not be there: two more places. */
typedef struct seg_flow {
    seg_workspace workspace;
    seg_choice choice;
    int64_t instants[2];
    seg_roster rosters[2];
    uint32_t places;
    uint64_t *moved; /* from place n to place m, at n * places + m */
} seg_flow;

uint64_t seg_flow_count(const seg_flow *flow, uint32_t from, uint32_t to);
/* The name of a place, or what it means not to be there: before, not yet; after, no more. */
seg_text seg_flow_place(const seg_flow *flow, uint32_t place, bool before);
/* Bars for the places at both instants, and ribbons for the moves, on standard output. False: memory ran
 * short. */
bool seg_flow_draw(const seg_flow *flow);

#endif
