/* sway.h - whether a fact that entered can sway a condition, so that it is looked at only then.
 *
 * A threshold that is reached stays so when more comes, at every instant before that at which it was due to
 * be looked at anyway; one that is not reached stays so when less comes. What the pairs of a window look at
 * can sway it only if an entry is there whose other it may be. */
#ifndef SEG_SWAY_H
#define SEG_SWAY_H

#include "vm.h"

/* False: after the entry (with a tie) entered the store of vm->state, the atom, as its bit says it was, is as
 * it was, and so is its due. */
bool seg_sway_can(seg_vm *vm, const seg_bits *bits, uint32_t atom, uint32_t store, const seg_word *entry);

#endif
