/* due.h - when the atoms that time alone can flip must be looked at next, inside a state.
 *
 * An atom that counts the entries of one store in a window of fixed length is at home in that store: what
 * it says stays the same while the store is empty. The earliest due of the atoms at home in a store stands in
 * front of the store's area, so that what is not remembered costs nothing.
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

/* Which atoms are at home where, for an image whose leaves are derived. */
void seg_dues_derive(seg_image *image);

/* The areas that begin with a due, one after the other: the next from a number in the directory on. False:
 * there is none. */
static inline bool seg_home_from(const seg_image *image, const uint8_t *bytes, uint32_t number,
                                 seg_slot *slot) {
    uint32_t count = seg_slot_count(image, bytes);
    for (; number < count; number++) {
        *slot = seg_slot_at(image, bytes, number);
        if (seg_state_is_home(image, slot->owner)) return true;
    }
    return false;
}
static inline bool seg_home_first(const seg_image *image, const uint8_t *bytes, seg_slot *slot) {
    return seg_home_from(image, bytes, 0, slot);
}
static inline bool seg_home_next(const seg_image *image, const uint8_t *bytes, seg_slot *slot) {
    return seg_home_from(image, bytes, slot->number + 1, slot);
}
/* The earliest of their dues; SEG_NEVER: none. */
int64_t seg_home_earliest(const seg_image *image, const uint8_t *bytes);

seg_dues seg_dues_of(const seg_image *image, uint8_t *bytes);
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
