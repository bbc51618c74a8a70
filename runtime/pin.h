/* pin.h - newest values at a fixed place in a state.
 *
 * What leaves (leaf.h) ask of the newest entry of a store stands once more in front of the state, so that it
 * is read without a search: a word of the store's last entry, or what stands in for it where it is missing.
 * As long as no fact lies ahead the last entry is the newest one. Only stores that never drop their last
 * entry have pins. */
#ifndef SEG_PIN_H
#define SEG_PIN_H

#include "state.h"

/* Derives the pins of an image whose leaves are derived, as far as there is room for them: a leaf's number of
 * its pin, from 1 on, goes into its place in `pin_at`. */
void seg_pins_derive(seg_image *image);

/* Notes what pins of the slot's store say after its entries have changed. */
void seg_pins_note(const seg_image *image, uint8_t *bytes, const seg_slot *slot);
/* Whether they say what they should. */
bool seg_pins_agree(const seg_image *image, const uint8_t *bytes, uint32_t store);

#endif
