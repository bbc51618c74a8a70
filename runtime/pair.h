/* pair.h - other entries that come with an entry: which entries of a window have their pairs. */
#ifndef SEG_PAIR_H
#define SEG_PAIR_H

#include "vm.h"

/* Others that were found to lack their own pairs need no second look: it would make the ways back through a
 * sequence exponentially many. A new look begins whenever the state, its now or a limit may be another. */
static inline void seg_pairs_begin(seg_vm *vm) { vm->look++; }
/* Whether the entry, with so many words before its own, has every pair of the run at the machine's now. */
bool seg_pairs_hold(seg_vm *vm, seg_run pairs, const seg_word *entry, uint32_t lead);
/* Whether an entry (with a tie) that entered a store can change which entries of `asked_store` have their
 * pairs; sees entries of any time. False: it cannot, whatever becomes visible later. */
bool seg_pairs_meet(const seg_vm *vm, seg_run pairs, uint32_t asked_store, uint32_t store,
                    const seg_word *entry);
/* Lowers *holds to the next instant after now at which one more entry is seen by any of the pairs. */
void seg_pairs_lower(const seg_vm *vm, seg_run pairs, int64_t *holds);

#endif
