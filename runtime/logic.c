/* logic.c - see logic.h. */
#include "logic.h"

enum { STEPS = 256 }; /* of a program, or of running it: longer ones cost more to find than they save */

static bool note(uint32_t *list, uint32_t *count, uint32_t limit, uint32_t program) {
    for (uint32_t i = 0; i < *count; i++)
        if (list[i] == program) return true;
    if (*count == limit) return false;
    list[(*count)++] = program;
    return true;
}

static bool reach(seg_logic *logic, uint32_t program) {
    if (logic->is_leaf(logic->image, program))
        return note(logic->leaves, &logic->leaf_count, SEG_LOGIC_LEAVES, program);
    return logic->image->programs[program].registers <= SEG_LOGIC_REGISTERS &&
           note(logic->programs, &logic->program_count, SEG_LOGIC_PROGRAMS, program);
}

bool seg_logic_survey(seg_logic *logic, const seg_image *image, uint32_t root, seg_logic_fn is_leaf) {
    *logic = (seg_logic){.image = image, .root = root, .is_leaf = is_leaf};
    if (!reach(logic, root)) return false;
    for (uint32_t i = 0; i < logic->program_count; i++) {
        seg_run code = image->programs[logic->programs[i]].code;
        if (code.count > STEPS) return false;
        for (const seg_ins *at = image->code + code.first, *end = at + code.count; at < end; at++) {
            switch (at->op) {
            case SEG_OP_CALL:
            case SEG_OP_MEMBER:
                if (!reach(logic, at->c)) return false;
                break;
            case SEG_OP_LOADI:
            case SEG_OP_MOVE:
            case SEG_OP_NOT:
            case SEG_OP_JMP:
            case SEG_OP_JF:
            case SEG_OP_JT:
            case SEG_OP_RET: break;
            default: return false;
            }
        }
    }
    return logic->leaf_count > 0;
}

/* What the leaf says in this row of the table. */
static bool says(const seg_logic *logic, uint32_t program, uint64_t row) {
    uint32_t i = 0;
    while (logic->leaves[i] != program) i++;
    return (bool)(row >> (logic->leaf_count - 1 - i) & 1) != logic->is_turned[i];
}

/* The verdict in one row. False: the program takes too many steps. A verified program does not call itself,
 * so there are never more levels than programs. */
static bool run_row(const seg_logic *logic, uint64_t row, bool *verdict) {
    const seg_image *image = logic->image;
    seg_level levels[SEG_LOGIC_PROGRAMS], *level = levels;
    if (logic->is_leaf(image, logic->root)) {
        *verdict = says(logic, logic->root, row);
        return true;
    }
    *level = (seg_level){.at = image->code + image->programs[logic->root].code.first};
    for (int steps = 0; steps < STEPS; steps++) {
        const seg_ins *at = level->at++;
        int64_t *r = level->registers;
        if (seg_logic_step(level, at)) continue;
        switch (at->op) {
        case SEG_OP_RET: {
            int64_t word = r[at->a];
            if (level == levels) {
                *verdict = word != 0;
                return true;
            }
            level--;
            level->registers[level->at[-1].a] = word;
            break;
        }
        default: /* CALL and MEMBER: the profile exists when a table is asked */
            if (logic->is_leaf(image, at->c))
                r[at->a] = says(logic, at->c, row);
            else
                *++level = (seg_level){.at = image->code + image->programs[at->c].code.first};
        }
    }
    return false;
}

bool seg_logic_tabulate(const seg_logic *logic, uint64_t *table) {
    *table = 0;
    for (uint64_t row = 0; row < UINT64_C(1) << logic->leaf_count; row++) {
        bool verdict;
        if (!run_row(logic, row, &verdict)) return false;
        *table |= (uint64_t)verdict << row;
    }
    return true;
}
