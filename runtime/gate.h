/* gate.h - segments that cannot hold, whatever a turned atom says.
 *
 * When an atom turns, each segment that names it would be looked at. Most are conditions joined by `and`, of
 * which another one fails, so that nothing changes. So each link from an atom to a segment may have a gate:
 * another atom of the segment, and the bit without which the segment does not hold. While that bit is the
 * other one the segment is passed over: it holds neither before nor after the turn. So one that is not marked
 * has the verdict noted last, in whatever order atoms turn. */
#ifndef SEG_GATE_H
#define SEG_GATE_H

#include "state.h"

/* Derives the gates of an image whose ladders are derived. False: no memory. */
bool seg_gates_derive(seg_image *image);
void seg_gates_free(seg_image *image);

/* A gate is the atom and, in the lowest bit, what opens it. */
static inline uint32_t seg_gate_make(uint32_t atom, bool opening) { return atom << 1 | opening; }

static inline bool seg_gate_is_open(uint32_t gate, const seg_bits *atoms) {
    return gate == SEG_NONE || seg_bit_get(atoms, gate >> 1) == (gate & 1);
}

#endif
