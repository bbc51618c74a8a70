/* gate.h - what becomes of segments when an atom turns.
 *
 * A segment that names a turned atom is a hinge of it. Most segments are conditions joined by `and`, of which
 * another one fails, so that nothing changes. So hinges stand behind gates: an atom, and the bit without
 * which no segment behind it holds. While that bit is the other one all of them are passed over: they hold
 * neither before nor after the turn. Where conditions are counts over another store, the gate is the easiest
 * of that store, which is true whenever any is: so somebody who did little has few gates open.
 *
 * A hinge says what else must be so. Where that and the atom are the whole segment, its verdict is what the
 * atom says; else its table is asked. So after each turn members' bits are what their atoms' bits say, in
 * whatever order atoms turn, and a segment that holds for no more than a moment of the round has not changed.
 * Segments without a table are marked, to be looked at when all have turned; so are those that ask for
 * groups, which are judged later than their atoms turn. */
#ifndef SEG_GATE_H
#define SEG_GATE_H

#include "vm.h"

typedef enum seg_hinge_kind {
    SEG_HINGE_EXACT, /* what else must be so is all of it */
    SEG_HINGE_ASKED, /* the table must be asked */
    SEG_HINGE_MARKED /* the program must run */
} seg_hinge_kind;

/* What a bit of an atom must be; nothing: a mask of 0. */
typedef struct seg_gate_need {
    uint32_t byte; /* of the atoms' bits */
    uint8_t mask, want;
} seg_gate_need;

struct seg_hinge {
    uint32_t segment;
    uint8_t kind;
    bool opens;            /* EXACT: the atom's bit with which it holds */
    seg_gate_need rest[2]; /* what must be so besides */
};

struct seg_gate {
    seg_gate_need need;
    uint32_t end; /* in hinges: they begin at the end of the gate before */
};

/* Derives the gates of an image whose ladders are derived. False: no memory. */
bool seg_gates_derive(seg_image *image);
void seg_gates_free(seg_image *image);

/* An atom of a state turns, and with it what members' bits say; segments without tables are marked. */
void seg_gates_turn(seg_vm *vm, uint8_t *bytes, uint32_t atom);
/* A segment is to be looked at when all atoms have turned. */
static inline void seg_gates_mark(seg_vm *vm, uint32_t segment) {
    vm->marks[segment / 64] |= UINT64_C(1) << (segment % 64);
    vm->marked = true;
}
/* Notes the verdict of a segment. */
static inline void seg_gates_note(seg_vm *vm, seg_bits *members, uint32_t segment, bool verdict) {
    if (seg_bit_get(members, segment) == verdict) return;
    seg_bit_flip(members, segment);
    vm->changed[segment / 64] ^= UINT64_C(1) << (segment % 64);
    vm->has_changed = true;
}

#endif
