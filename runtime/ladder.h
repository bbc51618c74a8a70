/* ladder.h - counts over windows of fixed length that end now, all of one store together.
 *
 * Whether a window of a length holds at least k entries is a question to the k-th newest entry alone: is it
 * younger than the window is long? So the atoms that ask for the same k are a ladder of lengths: those of
 * the longer windows hold, the others do not, and what changes are the rungs between where it was parted and
 * where it is parted now. When an image is loaded the atoms of each store are sorted into ladders, and those
 * of all other kinds are listed. */
#ifndef SEG_LADDER_H
#define SEG_LADDER_H

#include "vm.h"

struct seg_rung {
    int64_t length_ms; /* SEG_NEVER: the window has no beginning */
    uint32_t atom;
    uint32_t least;
    uint32_t store;
    bool is_turned; /* the atom is true when there are fewer */
};

struct seg_ladder {        /* of a store and a `least` */
    uint32_t first, count; /* in rungs, ascending by length */
    uint32_t least;
};

/* Derives the ladders of an image whose leaves and dues are derived. False: no memory. */
bool seg_ladders_derive(seg_image *image);
void seg_ladders_free(seg_image *image);

/* Whether an atom stands on a ladder. */
bool seg_ladders_hold(const seg_image *image, uint32_t atom);

/* Looks at all ladders of a store at vm->now: turns the bits of atoms that changed, and gives until when all
 * that stays if no entry lies ahead. `all`: whatever the bits say so far; else they are as ladders left them.
 * `from`: and since then nothing happened, and nothing ended before that instant; SEG_TIME_MIN: perhaps. */
int64_t seg_ladders_climb(seg_vm *vm, uint8_t *bytes, const seg_slot *slot, bool all, int64_t from);
/* Until when all that ladders say of a state at `now` stays, if no entry lies ahead; SEG_NEVER. */
int64_t seg_ladders_until(const seg_image *image, const uint8_t *bytes, int64_t now);
/* Whether something that a store's ladders say at `now` stays until exactly that instant. */
bool seg_ladders_end(const seg_image *image, const uint8_t *bytes, const seg_slot *slot, int64_t now,
                     int64_t instant);
/* Notes in vm->ends until when each rung of a store that holds at vm->now does; no fact lies ahead. */
void seg_ladders_foresee(seg_vm *vm, uint32_t store);
/* Sets the bits of all atoms on ladders in a state in which no store has entries, and marks the segments
 * that may hold for it. */
void seg_ladders_begin(seg_vm *vm, uint8_t *bytes);

#endif
