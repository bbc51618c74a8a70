/* each.c - see each.h. */
#include "each.h"

#include "query.h"

int64_t seg_each_next(seg_vm *vm, const seg_ins *gathers, uint32_t count, int64_t after, int64_t *bound) {
    int64_t next = SEG_MISSING;
    for (uint32_t i = 0; i < count; i++) {
        int64_t word = seg_query_next_word(vm, gathers[i].c, after, bound);
        if (word != SEG_MISSING && (next == SEG_MISSING || word < next)) next = word;
    }
    return next;
}

/* Puts the least value that is greater than the one at hand. False: there is none. */
static bool go_on(seg_vm *vm, seg_frame *frame) {
    vm->key = seg_each_next(vm, frame->at - frame->at->b, frame->at->b, vm->key, &frame->bound);
    return vm->key != SEG_MISSING;
}

bool seg_each_begin(seg_vm *vm, seg_frame *frame, int64_t *word) {
    frame->key = vm->key;
    frame->bound = SEG_NEVER;
    frame->tally = 0;
    vm->key = SEG_MISSING; /* before all values */
    if (go_on(vm, frame)) return true;
    vm->key = frame->key;
    *word = frame->at->op == SEG_OP_EVERY;
    return false;
}

bool seg_each_step(seg_vm *vm, seg_frame *frame, int64_t *word, int64_t *holds) {
    uint8_t op = frame->at->op;
    bool is_true = *word != 0;
    if (op != SEG_OP_TALLY &&
        is_true == (op == SEG_OP_SOME)) { /* one value decides, for as long as it does */
        vm->key = frame->key;
        return false;
    }
    frame->tally += is_true;
    if (*holds < frame->bound) frame->bound = *holds;
    if (go_on(vm, frame)) return true;
    vm->key = frame->key;
    *word = op == SEG_OP_TALLY ? frame->tally : op == SEG_OP_EVERY;
    *holds = frame->bound;
    return false;
}
