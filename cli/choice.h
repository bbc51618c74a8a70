/* choice.h - the segments that a command is asked about. */
#ifndef SEG_CLI_CHOICE_H
#define SEG_CLI_CHOICE_H

#include "workspace.h"

typedef struct seg_choice {
    uint32_t count;
    uint32_t *segments; /* numbers in the image */
} seg_choice;

/* Those named by --segment, in the order asked; without it all, in order of their names. The name of stages
 * or of a family stands for each of its segments, in their own order. Gives an exit code; seg_choice_free in
 * any case. */
int seg_choice_make(seg_choice *choice, const seg_workspace *workspace, const seg_arguments *arguments);
void seg_choice_free(seg_choice *choice);
/* What is known of the nth chosen segment. */
seg_segment_info seg_choice_info(const seg_choice *choice, const seg_workspace *workspace, uint32_t nth);
/* The title, or nothing when it is only the name again. */
seg_text seg_segment_title(const seg_segment_info *segment);

#endif
