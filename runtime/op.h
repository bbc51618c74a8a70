/* op.h - the opcodes as numbers, and what is known about each: made from op.def. */
#ifndef SEG_OP_H
#define SEG_OP_H

#include "image.h"

typedef enum seg_opcode {
#define SEG_OP(name, shape, context, summary) SEG_OP_##name,
#include "op.def"
#undef SEG_OP
    SEG_OPCODE_COUNT
} seg_opcode;

/* Which operands an opcode has: see op.def. */
typedef enum seg_shape {
    SEG_SHAPE_D,
    SEG_SHAPE_D_I,
    SEG_SHAPE_D_S,
    SEG_SHAPE_D_S_I,
    SEG_SHAPE_D_SS,
    SEG_SHAPE_D_SS_I,
    SEG_SHAPE_D_P,
    SEG_SHAPE_D_P_I,
    SEG_SHAPE_D_S_P_I,
    SEG_SHAPE_D_Q,
    SEG_SHAPE_D_Q_I,
    SEG_SHAPE_Q,
    SEG_SHAPE_D_K_P,
    SEG_SHAPE_D_A_N,
    SEG_SHAPE_D_S_W,
    SEG_SHAPE_D_S_W_I,
    SEG_SHAPE_D_S_M,
    SEG_SHAPE_D_S_Z,
    SEG_SHAPE_D_R_I,
    SEG_SHAPE_D_S_T,
    SEG_SHAPE_D_Z,
    SEG_SHAPE_D_F,
    SEG_SHAPE_D_F_T,
    SEG_SHAPE_D_F_A,
    SEG_SHAPE_J,
    SEG_SHAPE_S_J,
    SEG_SHAPE_S,
    SEG_SHAPE_COUNT
} seg_shape;

/* What the operands of a shape are. */
typedef enum seg_operand {
    SEG_OPERAND_NONE, /* unused: zero */
    SEG_OPERAND_WRITE,
    SEG_OPERAND_READ,
    SEG_OPERAND_ANCHOR, /* a register when the query's window has an anchor, else zero */
    SEG_OPERAND_CONSTANT,
    SEG_OPERAND_PROGRAM,
    SEG_OPERAND_QUERY,
    SEG_OPERAND_GATHERS, /* a number of GATHER instructions right before */
    SEG_OPERAND_WORD_SET,
    SEG_OPERAND_MONTHS,
    SEG_OPERAND_ZONE,
    SEG_OPERAND_RANKING,
    SEG_OPERAND_FIGURE,
    SEG_OPERAND_TALLY,
    SEG_OPERAND_FIELD,
    SEG_OPERAND_TEXT,
    SEG_OPERAND_AUTOMATON,
    SEG_OPERAND_JUMP,
    SEG_OPERAND_LENGTH,    /* milliseconds, not negative */
    SEG_OPERAND_ARGUMENTS, /* the first of as many registers as the native function takes */
    SEG_OPERAND_NATIVE
} seg_operand;

typedef struct seg_shape_info {
    uint8_t a, b, c, imm; /* seg_operand */
} seg_shape_info;

typedef struct seg_op_info {
    const char *name, *summary;
    uint8_t shape;   /* seg_shape */
    uint8_t context; /* SEG_CONTEXT_STATE, SEG_CONTEXT_FACT, or both */
} seg_op_info;

#define SEG_CONTEXT_ANY (SEG_CONTEXT_STATE | SEG_CONTEXT_FACT)

/* Opcodes that run another program, and of these the ones that run it at other instants. */
static inline bool seg_op_looks_back(uint8_t op) {
    return (op >= SEG_OP_CALL_AT && op <= SEG_OP_LATCH) || op == SEG_OP_CHANGED;
}
/* Of these the ones that run it for one value after the other. */
static inline bool seg_op_goes_through(uint8_t op) { return op >= SEG_OP_SOME && op <= SEG_OP_TALLY; }
static inline bool seg_op_calls(uint8_t op) {
    return op == SEG_OP_CALL || op == SEG_OP_MEMBER || seg_op_looks_back(op) || seg_op_goes_through(op);
}

extern const seg_op_info seg_op_table[SEG_OPCODE_COUNT];
extern const seg_shape_info seg_shape_table[SEG_SHAPE_COUNT];

#endif
