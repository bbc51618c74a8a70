/* law_crowd.h - what a law about many profiles asks about. */
#ifndef SEG_TESTS_LAW_CROWD_H
#define SEG_TESTS_LAW_CROWD_H

#include <stdio.h>
#include <string.h>

#include "law.h"

typedef struct seg_crowd_law {
    /* Declarations behind those of the workspace. False: there is nothing to ask about. */
    bool (*write)(seg_trial *trial, seg_random *random, seg_buffer *out);
    bool (*concerns)(const seg_image *image, uint32_t segment);
    bool lasts; /* until when a verdict holds is compared, too */
} seg_crowd_law;

void seg_law_crowd(seg_trial *trial, const seg_crowd_law *about);
/* A segment of the workspace; NULL: there is none. */
const char *seg_crowd_pick(const seg_workspace *workspace, seg_random *random, char out[32]);

#endif
