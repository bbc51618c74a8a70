/* verdict.h - segments of a few atoms are judged by a table of their atoms' bits.
 *
 * A segment's program that only combines atoms by and, or, not and if is a table: a row is a number whose
 * binary digits are what its atoms say, and the table's bit of that number is the verdict. What they say is
 * known when segments are judged. If each of them is a leaf (leaf.h), time alone turns it once at most, at an
 * instant that it knows. Then the verdict's own instant is found from the table too, without running
 * anything. Most segments are conditions joined by `and`, some of them turned round: these hold until the
 * first of them turns. One that fails will hold once all that fail have turned, if none of the others has
 * turned by then, at that same instant included; mostly a count is not reached, and time alone does not make
 * it so. */
#ifndef SEG_VERDICT_H
#define SEG_VERDICT_H

#include "logic.h"
#include "vm.h"

enum { SEG_VERDICT_FEW = 3 };

struct seg_verdict {
    uint64_t table;
    uint32_t atoms[SEG_LOGIC_LEAVES]; /* behind the last one the first again */
    uint8_t count;                    /* 0: there is no table, and the program must run */
    bool is_timed;                    /* all atoms are leaves */
    bool is_joined;                   /* it holds where all needs are as they must be, and nowhere else */
    uint8_t needs, wants;             /* bit per atom: without what bit of it the verdict never holds */
    uint8_t falling, ending; /* JOINED: so many atoms come first that time alone only makes fail, and so many
                                that it may make fail */
};

/* Derives the tables of an image whose leaves are derived. False: no memory. */
bool seg_verdicts_derive(seg_image *image);
void seg_verdicts_free(seg_image *image);

/* The row of so many atoms, the first one's bit the lowest. */
static inline uint64_t seg_verdict_row(const seg_verdict *verdict, const seg_bits *bits, uint32_t count) {
    uint64_t row = 0;
    _Pragma("GCC unroll 6") for (uint32_t i = 0; i < count; i++) row |=
        (uint64_t)seg_bit_get(bits, verdict->atoms[i]) << i;
    return row;
}

/* The table's verdict for atoms' bits. More atoms than there are may be asked: the table does not care. That
 * leaves one branch, which is mostly foreseen. */
static inline bool seg_verdict_ask(const seg_verdict *verdict, const seg_bits *bits) {
    uint64_t row = verdict->count <= SEG_VERDICT_FEW ? seg_verdict_row(verdict, bits, SEG_VERDICT_FEW)
                                                     : seg_verdict_row(verdict, bits, SEG_LOGIC_LEAVES);
    return verdict->table >> row & 1;
}

/* When time alone turns the atom, looked up and noted. */
int64_t seg_verdict_find_end(seg_vm *vm, uint32_t atom);
/* The same. Many segments ask for one atom, so it is noted for the round. */
static inline int64_t seg_verdict_end(seg_vm *vm, uint32_t atom) {
    const seg_end *end = &vm->ends[atom];
    return end->round == vm->round ? end->at : seg_verdict_find_end(vm, atom);
}

/* As below, of conditions that are not joined, or that fail. */
int64_t seg_verdict_until_other(seg_vm *vm, const seg_verdict *verdict, const seg_bits *bits);

/* The instant after vm->now at which time alone turns the verdict, which is `holds`; SEG_NEVER. The verdict
 * is timed, no fact lies ahead in vm->state, and `bits` are its atoms' at vm->now. */
static inline int64_t seg_verdict_until(seg_vm *vm, const seg_verdict *verdict, const seg_bits *bits,
                                        bool holds) {
    if (!holds || !verdict->is_joined) return seg_verdict_until_other(vm, verdict, bits);
    int64_t until = SEG_NEVER;
    for (uint32_t i = 0; i < verdict->ending; i++) {
        int64_t end = seg_verdict_end(vm, verdict->atoms[i]);
        if (end < until) until = end;
    }
    return until;
}

#endif
