/* canon.h - one form for states of equal facts. */
#ifndef SEG_CANON_H
#define SEG_CANON_H

#include "vm.h"

/* Drops and folds what is not needed at the state's now; nothing moves, nothing can fail. */
void seg_canon_trim(const seg_image *image, seg_state *state);
/* Whether that would drop nothing, and seg_area_close_up would find no room to take. */
bool seg_canon_is_tight(const seg_image *image, const seg_state *state);

#endif
