/* walk.c - see walk.h. */
#include "walk.h"

#define NO_INSTANT INT64_MIN

static int64_t later(int64_t instant, int64_t by_ms) {
    int64_t result;
    if (instant == SEG_NEVER || __builtin_add_overflow(instant, by_ms, &result)) return SEG_NEVER;
    return result;
}

void seg_walk_begin(seg_vm *vm, seg_walk *walk, const seg_ins *at, int64_t gap_ms) {
    *walk = (seg_walk){.now = vm->now,
                       .generation = vm->generation,
                       .stamp = vm->stamp,
                       .bits = vm->bits,
                       .mark = NO_INSTANT,
                       .gap_ms = gap_ms > 0 ? gap_ms : 0};
    seg_vm_renew(vm, at->op == SEG_OP_LATCH ? seg_state_peek(vm->state)->born : vm->now - at->imm);
}

/* True at every instant: `mark` is the end of the last stretch on which it was not. */
static void note_held(seg_walk *walk, int64_t word, int64_t holds) {
    if (word == 0) walk->mark = holds;
}

static void conclude_held(const seg_walk *walk, int64_t length_ms, int64_t *word, int64_t *holds) {
    *word = walk->mark == NO_INSTANT;
    if (walk->mark != NO_INSTANT) *holds = later(walk->mark, length_ms);
}

/* `mark` is the last instant at which it became another, and that is what is asked for. */
static void note_flip(seg_walk *walk, int64_t at, int64_t word, bool wanted) {
    if (walk->is_under_way && word != walk->word && wanted) walk->mark = at;
    walk->is_under_way = true;
    walk->word = word;
}

static void conclude_flip(const seg_walk *walk, int64_t length_ms, int64_t *word, int64_t *holds) {
    *word = walk->mark != NO_INSTANT;
    if (walk->mark != NO_INSTANT) *holds = later(walk->mark, length_ms);
}

/* Inside (is_true) since `mark`, or outside since then. While the word is the same, at most one change is
 * due: as soon as the word asks for it and the time since `mark` has run out. Gives the bound. */
static int64_t note_latch(seg_walk *walk, int64_t at, int64_t stay_ms, int64_t word, int64_t holds) {
    if (word != (walk->is_true ? 2 : 1)) return holds;
    int64_t due = at;
    if (walk->mark != NO_INSTANT) due = later(walk->mark, walk->is_true ? stay_ms : walk->gap_ms);
    if (due < at) due = at;
    if (due >= holds) return holds;
    if (due > walk->now) return due;
    walk->is_true = !walk->is_true;
    walk->mark = due;
    return holds;
}

/* What a LATCH asks for may change for ever without turning it. So it goes on after now until it turns, or
 * as many instants as it took to come here: then who looks again for its next turn, and walks there from the
 * beginning, takes twice the time and not that of each change. */
static bool goes_ahead(const seg_walk *walk, int64_t next, int64_t due) {
    enum { AHEAD_LEAST = 16 };
    return due >= next && next <= SEG_TIME_MAX && walk->ahead < walk->behind + AHEAD_LEAST;
}

bool seg_walk_step(seg_vm *vm, seg_walk *walk, const seg_ins *at, int64_t *word, int64_t *holds) {
    int64_t next = *holds;
    vm->looks++;
    switch (at->op) {
    case SEG_OP_CALL_AT: next = SEG_NEVER; break;
    case SEG_OP_HELD: note_held(walk, *word, *holds); break;
    case SEG_OP_LATCH: *holds = note_latch(walk, vm->now, at->imm, *word, *holds); break;
    case SEG_OP_CHANGED: note_flip(walk, vm->now, *word, true); break;
    default: note_flip(walk, vm->now, *word != 0, (*word != 0) == (at->op == SEG_OP_ENTERED));
    }
    if (next <= walk->now || (at->op == SEG_OP_LATCH && goes_ahead(walk, next, *holds))) {
        if (next <= walk->now)
            walk->behind++;
        else
            walk->ahead++;
        seg_vm_renew(vm, next);
        return true;
    }
    switch (at->op) {
    case SEG_OP_CALL_AT: *holds = later(*holds, at->imm); break;
    case SEG_OP_HELD: conclude_held(walk, at->imm, word, holds); break;
    case SEG_OP_LATCH: *word = walk->is_true; break;
    default: conclude_flip(walk, at->imm, word, holds);
    }
    vm->now = walk->now;
    vm->generation = walk->generation;
    vm->stamp = walk->stamp;
    vm->bits = walk->bits;
    return false;
}
