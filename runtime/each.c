/* each.c - see each.h. */
#include "each.h"

#include "query.h"

/* Puts the least value that is greater than the one at hand. False: there is none. */
static bool go_on(seg_vm *vm, seg_frame *frame) {
    int64_t after = vm->key, next = SEG_MISSING;
    for (const seg_ins *gather = frame->at - frame->at->b; gather < frame->at; gather++) {
        int64_t word = seg_query_next_word(vm, gather->c, after, &frame->bound);
        if (word != SEG_MISSING && (next == SEG_MISSING || word < next)) next = word;
    }
    vm->key = next;
    return next != SEG_MISSING;
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
