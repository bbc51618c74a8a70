/* rank.h - where a profile stands among others. The machine knows one profile only: the host ranks the keys
 * of all and says where each stands (seg_vm_rank_with). */
#ifndef SEG_RANK_H
#define SEG_RANK_H

#include "vm.h"

/* How far before now a refresh may lie: a day is at most twice as long as another by changes of offset. */
int64_t seg_rank_reach(const seg_image *image);
/* The figure `ins->imm` of ranking `ins->c`. */
int64_t seg_rank_place(const seg_vm *vm, const seg_ins *ins);
static inline bool seg_rank_figure_fits(int64_t figure) {
    return (figure >= SEG_FIGURE_COUNT && figure <= SEG_FIGURE_RANK) ||
           (figure >= 2 && figure <= SEG_FIGURE_PARTS_MAX);
}

#endif
