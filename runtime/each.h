/* each.h - a program for one value of a field after the other. The values come in the order of their words
 * from the windows of the GATHER instructions before the opcode; queries with a key see only the entries of
 * the value at hand. */
#ifndef SEG_EACH_H
#define SEG_EACH_H

#include "vm.h"

/* The least value greater than `after` (SEG_MISSING: of all) that the `count` GATHER instructions from
 * `gathers` on find, and until when there is none between at most *bound. SEG_MISSING: there is none. */
int64_t seg_each_next(seg_vm *vm, const seg_ins *gathers, uint32_t count, int64_t after, int64_t *bound);

/* Puts the first value at hand. False: there is none; *word and frame->bound are the opcode's. */
bool seg_each_begin(seg_vm *vm, seg_frame *frame, int64_t *word);
/* Takes the program's word for the value at hand, which holds until *holds. True: the program has to run
 * again, for the next value. False: *word and *holds are the opcode's. */
bool seg_each_step(seg_vm *vm, seg_frame *frame, int64_t *word, int64_t *holds);

#endif
