/* op.c - the tables of opcodes and shapes. */
#include "op.h"

const seg_op_info seg_op_table[SEG_OPCODE_COUNT] = {
#define SEG_OP(name, shape, context, summary) {#name, summary, SEG_SHAPE_##shape, SEG_CONTEXT_##context},
#include "op.def"
#undef SEG_OP
};

#define SHAPE(name, a_, b_, c_, imm_)                                                                        \
    [SEG_SHAPE_##name] = {SEG_OPERAND_##a_, SEG_OPERAND_##b_, SEG_OPERAND_##c_, SEG_OPERAND_##imm_}
const seg_shape_info seg_shape_table[SEG_SHAPE_COUNT] = {
    SHAPE(D, WRITE, NONE, NONE, NONE),
    SHAPE(D_I, WRITE, NONE, NONE, CONSTANT),
    SHAPE(D_S, WRITE, READ, NONE, NONE),
    SHAPE(D_S_I, WRITE, READ, NONE, CONSTANT),
    SHAPE(D_SS, WRITE, READ, READ, NONE),
    SHAPE(D_SS_I, WRITE, READ, READ, CONSTANT),
    SHAPE(D_P, WRITE, NONE, PROGRAM, NONE),
    SHAPE(D_P_I, WRITE, NONE, PROGRAM, LENGTH),
    SHAPE(D_S_P_I, WRITE, READ, PROGRAM, LENGTH),
    SHAPE(D_Q, WRITE, ANCHOR, QUERY, NONE),
    SHAPE(D_Q_I, WRITE, ANCHOR, QUERY, CONSTANT),
    SHAPE(Q, NONE, NONE, QUERY, NONE),
    SHAPE(D_K_P, WRITE, GATHERS, PROGRAM, NONE),
    SHAPE(D_A_N, WRITE, ARGUMENTS, NATIVE, NONE),
    SHAPE(D_S_W, WRITE, READ, WORD_SET, NONE),
    SHAPE(D_S_W_I, WRITE, READ, WORD_SET, CONSTANT),
    SHAPE(D_S_M, WRITE, READ, MONTHS, CONSTANT),
    SHAPE(D_S_Z, WRITE, READ, ZONE, NONE),
    SHAPE(D_R_I, WRITE, NONE, RANKING, FIGURE),
    SHAPE(D_S_T, WRITE, READ, TALLY, NONE),
    SHAPE(D_Z, WRITE, NONE, ZONE, NONE),
    SHAPE(D_F, WRITE, NONE, FIELD, NONE),
    SHAPE(D_F_T, WRITE, FIELD, TEXT, NONE),
    SHAPE(D_F_A, WRITE, FIELD, AUTOMATON, NONE),
    SHAPE(J, NONE, NONE, JUMP, NONE),
    SHAPE(S_J, READ, NONE, JUMP, NONE),
    SHAPE(S, READ, NONE, NONE, NONE),
};
#undef SHAPE
