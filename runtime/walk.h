/* walk.h - a program at other instants than now. At an instant t, entries later than t are invisible, as
 * those later than now always are, and the bound that comes back says when one of them appears. So a walk
 * runs the program at an instant, goes on to its bound, and ends beyond the caller's now: its length is the
 * number of changes on the way. */
#ifndef SEG_WALK_H
#define SEG_WALK_H

#include "vm.h"

/* Moves the machine to the first instant at which the program of `at` has to run. `gap_ms`: of LATCH, for
 * how long it stays outside. */
void seg_walk_begin(seg_vm *vm, seg_walk *walk, const seg_ins *at, int64_t gap_ms);
/* Takes the program's word at the machine's instant, which holds until *holds. True: the program has to run
 * again, at the instant to which the machine was moved. False: the machine is back, and *word and *holds are
 * the opcode's. */
bool seg_walk_step(seg_vm *vm, seg_walk *walk, const seg_ins *at, int64_t *word, int64_t *holds);

#endif
