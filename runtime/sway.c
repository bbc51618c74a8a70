/* sway.c - see sway.h. */
#include "sway.h"

#include "pair.h"
#include "query.h"

/* The window opcode of a program that is nothing but a threshold; else NULL. */
static const seg_ins *threshold_of(const seg_image *image, uint32_t program, bool *is_turned) {
    const seg_ins *at = image->code + image->programs[program].code.first, *next = at + 1;
    if (at->op != SEG_OP_COUNT_GE && at->op != SEG_OP_ANY && at->op != SEG_OP_SUM_GE &&
        at->op != SEG_OP_DISTINCT_GE)
        return NULL;
    uint8_t window = image->queries[at->c].window;
    if (window == SEG_WINDOW_FEW || seg_window_has_anchor(window)) return NULL;
    *is_turned = next->op == SEG_OP_NOT && next->b == at->a;
    uint8_t result = *is_turned ? next++->a : at->a;
    return next->op == SEG_OP_RET && next->a == result ? at : NULL;
}

/* Whether an entry of the window can bring the threshold nearer, and whether it can take it further away. */
static void weigh(const seg_image_query *query, uint8_t op, const seg_word *entry, bool *adds, bool *takes) {
    *adds = true;
    *takes = op == SEG_OP_SUM_GE;
    if (op == SEG_OP_COUNT_GE || op == SEG_OP_ANY || query->field == SEG_FIELD_TIME) return;
    int64_t word = entry[SEG_ENTRY_WORDS + query->field];
    *adds = word != SEG_MISSING && (op != SEG_OP_SUM_GE || word > 0);
    *takes = op == SEG_OP_SUM_GE && word != SEG_MISSING && word < 0;
}

bool seg_sway_can(seg_vm *vm, const seg_bits *bits, uint32_t atom, uint32_t store, const seg_word *entry) {
    const seg_image *image = vm->image;
    bool is_turned, adds, takes;
    const seg_ins *threshold = threshold_of(image, image->atoms[atom].program, &is_turned);
    if (!threshold) return true;
    const seg_image_query *query = &image->queries[threshold->c];
    if (query->store == store) {
        weigh(query, threshold->op, entry, &adds, &takes);
        if (seg_bit_get(bits, atom) != is_turned ? takes : adds) return true;
    }
    return query->pairs.count > 0 && seg_pairs_meet(vm, query->pairs, query->store, store, entry);
}
