/* logic.h - programs that only combine answers, run with answers that are made up: how tables of verdicts
 * (verdict.h) and charts (chart.h) are found when an image is loaded. */
#ifndef SEG_LOGIC_H
#define SEG_LOGIC_H

#include "op.h"
#include "view.h"

enum {
    SEG_LOGIC_REGISTERS = 8, /* of a program that can be run so */
    SEG_LOGIC_PROGRAMS = 8,  /* so many may call each other */
    SEG_LOGIC_LEAVES = 6     /* so that a table has 64 bits */
};

/* Whether a program is a leaf: one whose answer is made up. */
typedef bool (*seg_logic_fn)(const seg_image *image, uint32_t program);

typedef struct seg_logic { /* what a program is made of */
    const seg_image *image;
    seg_logic_fn is_leaf;
    uint32_t root;
    uint32_t programs[SEG_LOGIC_PROGRAMS], program_count;
    uint32_t leaves[SEG_LOGIC_LEAVES], leaf_count; /* programs */
    bool is_turned[SEG_LOGIC_LEAVES];              /* a row of the table has the opposite of the leaf */
} seg_logic;

/* Whether the program combines leaves by nothing but logic: then a leaf counts only as true or false. */
bool seg_logic_survey(seg_logic *logic, const seg_image *image, uint32_t root, seg_logic_fn is_leaf);
/* The verdict for each row: a row is a number whose binary digits are the answers of the leaves, the first
 * leaf's the highest, and the table's bit of that number is the verdict. False: that takes too many steps. */
bool seg_logic_tabulate(const seg_logic *logic, uint64_t *table);

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
