/* turn.h - conditions on a part of now that know when they flip.
 *
 * A word set holds the turns of a set of values, ascending: from the first turn up to the second the values
 * are in the set, from the second to the third they are not, and so on. */
#ifndef SEG_TURN_H
#define SEG_TURN_H

#include "view.h"

bool seg_turn_has(const seg_image *image, uint32_t turns, int64_t value);
/* The first instant after `instant` at which it changes whether the part of the time in the zone is in the
 * set; SEG_NEVER if it does not change again. Linear in the length of the part's cycle (400 weeks at most).
 */
int64_t seg_turn_next(const seg_image *image, uint32_t zone, seg_part part, uint32_t turns, int64_t instant);

#endif
