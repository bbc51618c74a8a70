/* timeline.h - the sizes of segments at several instants, and pictures of them. */
#ifndef SEG_CLI_TIMELINE_H
#define SEG_CLI_TIMELINE_H

#include "choice.h"

typedef struct seg_timeline {
    const seg_workspace *workspace;
    const seg_choice *choice;
    size_t count;            /* instants */
    const int64_t *instants; /* rising */
    uint64_t *profiles;      /* at each instant */
    uint64_t *sizes;         /* of the nth segment at each instant, from n * count on */
} seg_timeline;

const uint64_t *seg_timeline_sizes(const seg_timeline *timeline, uint32_t nth);
/* The local date of an instant, with the time of day when any instant is not the beginning of a date. */
const char *seg_timeline_label(const seg_timeline *timeline, size_t index, char out[48]);
/* The least scale end at or above `most` that has four round steps. */
uint64_t seg_timeline_scale(uint64_t most);

/* For terminals: columns over an axis for one segment, a line of blocks each for several. False: memory ran
 * short. */
bool seg_timeline_print(const seg_timeline *timeline);
/* An SVG drawing on standard output. False: memory ran short. */
bool seg_timeline_draw(const seg_timeline *timeline);

#endif
