/* pair.h - other entries that come with an entry: which entries of a window have their pairs. */
#ifndef SEG_PAIR_H
#define SEG_PAIR_H

#include "vm.h"

/* Whether the entry has every pair of the run, at the machine's now. */
bool seg_pairs_hold(const seg_vm *vm, seg_run pairs, const seg_word *entry);
/* Lowers *holds to the next instant after now at which one more entry is seen by any of the pairs. */
void seg_pairs_lower(const seg_vm *vm, seg_run pairs, int64_t *holds);

#endif
