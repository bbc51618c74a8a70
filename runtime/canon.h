/* canon.h - one form for states of equal facts. */
#ifndef SEG_CANON_H
#define SEG_CANON_H

#include "vm.h"

/* Drops and folds what is not needed at the state's now; nothing moves, nothing can fail. */
void seg_canon_trim(const seg_image *image, seg_state *state);

#endif
