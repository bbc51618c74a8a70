/* due.h - when the atoms that time alone can flip must be looked at next, inside a state.
 *
 * Of atoms that count the entries of one store in a window of fixed length nothing is noted: their ladders
 * say it at any time from the entries (see ladder.h), so what is not remembered costs nothing.
 *
 * The dues of all others stand one after the other. Where there are many, the earliest of each block of 64
 * stands behind them, so that a fact that moves one due does not go through all. */
#ifndef SEG_DUE_H
#define SEG_DUE_H

#include "state.h"

enum { SEG_DUE_BLOCK = 64 };

typedef struct seg_dues { /* gone when the state grows */
    seg_word *words, *blocks;
    uint32_t count, block_count; /* no blocks: few dues */
} seg_dues;

/* Which atoms have a due, for an image whose leaves are derived. */
void seg_dues_derive(seg_image *image);

static inline seg_dues seg_dues_of(const seg_image *image, uint8_t *bytes) {
    uint32_t count = image->due_count;
    seg_word *words = (seg_word *)(void *)(bytes + image->places.dues);
    return (seg_dues){words, words + count, count, seg_due_blocks(count)};
}
/* All of them, at a fresh state's making. */
void seg_dues_fill(seg_dues *dues, int64_t instant);
void seg_due_set(seg_dues *dues, uint32_t place, int64_t instant);
/* The earliest of all; SEG_NEVER: none. */
int64_t seg_due_earliest(const seg_dues *dues);
/* The first place from `place` on whose due is at or before `now`; `count` when there is none. */
uint32_t seg_due_next(const seg_dues *dues, uint32_t place, int64_t now);
/* Whether the blocks say what their dues say. */
bool seg_dues_agree(const seg_dues *dues);

#endif
