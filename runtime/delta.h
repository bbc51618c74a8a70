/* delta.h - evaluating a state: which verdicts changed, and until when the new ones hold. */
#ifndef SEG_DELTA_H
#define SEG_DELTA_H

#include "vm.h"

typedef struct seg_trigger { /* why verdicts may change now, and who wants to know */
    seg_sink sink;
    seg_cause cause;
    uint32_t index; /* of the event or attribute, or SEG_NONE */
    bool late;
    bool is_first; /* nothing was known of the profile before: its state has never been evaluated */
} seg_trigger;

/* Marks the state as not evaluated. */
void seg_delta_mark_stale(seg_state *state);
/* Before any call that evaluates: the state fits the image and scratch memory is there. Changes nothing.
 * SEG_E_STATE, SEG_E_MEMORY. */
seg_status seg_delta_enter(seg_vm *vm, const seg_state *state, seg_error *error);
/* `now` is a time and not before the state's. */
seg_status seg_delta_check_now(const seg_state *state, int64_t now, seg_error *error);
/* Both: the usual case is told at once. */
static inline seg_status seg_delta_enter_at(seg_vm *vm, const seg_state *state, int64_t now,
                                            seg_error *error) {
    if (seg_state_fits(vm->image, state) && !seg_vm_needs_scratch(vm) &&
        now >= seg_state_peek(state->bytes)->now && now >= SEG_TIME_MIN && now <= SEG_TIME_MAX)
        return SEG_OK;
    seg_status status = seg_delta_enter(vm, state, error);
    return status == SEG_OK ? seg_delta_check_now(state, now, error) : status;
}
/* Once the call cannot fail any more: a state that another image evaluated last becomes stale. */
static inline void seg_delta_adopt(const seg_vm *vm, seg_state *state) {
    seg_state_header *head = seg_state_head(state->bytes);
    if (head->rules == vm->image->rules) return;
    head->rules = vm->image->rules;
    seg_delta_mark_stale(state);
}
/* Evaluates at the state's now what may have changed: with `entered` what the fact can flip that the machine
 * has just taken in, at the deadline what time may have flipped, in a stale state everything. Sets the next
 * deadline and reports every change. */
void seg_delta_evaluate(seg_vm *vm, seg_state *state, bool entered, const seg_trigger *trigger);
/* The earliest entry after `now`, or SEG_NEVER. */
int64_t seg_delta_find_pending(const seg_image *image, const uint8_t *bytes, int64_t now);
/* Moves time to `now`, stopping at each deadline on the way. */
void seg_delta_advance(seg_vm *vm, seg_state *state, int64_t now, seg_sink sink);

#endif
