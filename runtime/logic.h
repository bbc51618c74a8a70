/* logic.h - programs that only combine answers, run with answers that are made up: how truth tables (truth.h)
 * and charts (chart.h) are found when an image is loaded. */
#ifndef SEG_LOGIC_H
#define SEG_LOGIC_H

#include "op.h"

enum { SEG_LOGIC_REGISTERS = 8 }; /* of a program that can be run so */

typedef struct seg_level { /* a program under way; `at`: its next instruction */
    const seg_ins *at;
    int64_t registers[SEG_LOGIC_REGISTERS];
} seg_level;

/* Does what `at` says, behind which the level stands. False: it is no logic on registers. */
static inline bool seg_logic_step(seg_level *level, const seg_ins *at) {
    int64_t *r = level->registers;
    switch (at->op) {
    case SEG_OP_LOADI: r[at->a] = at->imm; return true;
    case SEG_OP_MOVE: r[at->a] = r[at->b]; return true;
    case SEG_OP_NOT: r[at->a] = r[at->b] == 0; return true;
    case SEG_OP_JMP: level->at = at + at->c; return true;
    case SEG_OP_JF: level->at = r[at->a] == 0 ? at + at->c : at + 1; return true;
    case SEG_OP_JT: level->at = r[at->a] != 0 ? at + at->c : at + 1; return true;
    default: return false;
    }
}

#endif
