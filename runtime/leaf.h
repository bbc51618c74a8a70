/* leaf.h - programs that ask one thing of the newest entries of a store are run as one step.
 *
 * A leaf is found in the verified code when an image is loaded: the newest word of a store, perhaps another
 * in its place when it is missing, perhaps a comparison with a constant, perhaps turned round. Or whether a
 * window of fixed length up to now holds at least so many entries: that asks the oldest of the newest few. */
#ifndef SEG_LEAF_H
#define SEG_LEAF_H

#include "calendar.h"
#include "vm.h"

typedef enum seg_leaf_kind {
    SEG_LEAF_NONE, /* the program is something else */
    SEG_LEAF_WORD, /* the word itself */
    SEG_LEAF_EQUAL,
    SEG_LEAF_LESS,
    SEG_LEAF_GREATER,
    SEG_LEAF_IN,      /* one of a few words */
    SEG_LEAF_REACHED, /* an instant that is `constant` milliseconds ago: time alone changes it */
    SEG_LEAF_RECENT   /* at least `constant` entries are younger than length_ms: time alone changes it */
} seg_leaf_kind;

struct seg_leaf {
    uint8_t kind; /* seg_leaf_kind */
    bool is_turned;
    uint16_t stride_bytes; /* from one entry to the next, without ties */
    uint32_t store;
    uint32_t field;       /* or SEG_FIELD_TIME */
    uint32_t pin_at;      /* of its pin, from the state's first byte; 0: it has none */
    uint32_t front_bytes; /* of the store's area before its entries */
    uint32_t word_bytes;  /* from an entry's time to the word, without ties; RECENT: 0 */
    union {
        int64_t stands_in; /* for a missing word */
        int64_t length_ms; /* RECENT: of the window; SEG_NEVER: it has no beginning */
    };
    int64_t constant;
    const int64_t *words; /* IN: `constant` of them */
};

enum { SEG_LEAF_WORDS = 8 };

/* Derives the leaves of a verified image, and once it is known where dues stand, where in a state what they
 * ask for is. False: no memory. */
bool seg_leaves_derive(seg_image *image);
void seg_leaves_place(seg_image *image);
void seg_leaves_free(seg_image *image);

/* That of a program, which may be none. */
static inline const seg_leaf *seg_leaf_of(const seg_image *image, uint64_t program) {
    return &image->leaf_list[image->leaf_numbers[program]];
}

static inline bool seg_leaf_finds(const seg_leaf *leaf, int64_t word) {
    bool found = false;
    for (int64_t i = 0; i < leaf->constant; i++) found |= leaf->words[i] == word;
    return found;
}

/* Whether it asks of a newest value: nothing but facts changes its word. */
static inline bool seg_leaf_is_value(const seg_leaf *leaf) {
    return leaf->kind != SEG_LEAF_NONE && leaf->kind < SEG_LEAF_REACHED;
}

static inline int64_t seg_leaf_word(const uint8_t *at) { return *(const seg_word *)(const void *)at; }

/* Finds the newest entry, if there is one. False: it is later than vm->now. */
static inline bool seg_leaf_newest(const seg_vm *vm, const seg_leaf *leaf, const seg_slot *slot,
                                   const uint8_t **entry) {
    if (slot->count == 0) return true;
    size_t stride = leaf->stride_bytes + sizeof(seg_word) * slot->has_ties;
    *entry = vm->state + slot->offset + leaf->front_bytes + (slot->count - 1) * stride;
    return seg_leaf_word(*entry) <= vm->now;
}

static inline int64_t seg_leaf_reached(const seg_vm *vm, const seg_leaf *leaf, int64_t instant,
                                       int64_t *holds) {
    if (instant == SEG_MISSING) return 0;
    int64_t until = seg_calendar_shift(vm->image, instant, 0, leaf->constant);
    if (vm->now >= until) return 1;
    if (until < *holds) *holds = until;
    return 0;
}

/* The entry that decides is the oldest of the newest `constant`. */
static inline bool seg_leaf_run_recent(const seg_vm *vm, const seg_leaf *leaf, const seg_slot *slot,
                                       int64_t *out, int64_t *holds) {
    const uint8_t *newest = NULL;
    if (!seg_leaf_newest(vm, leaf, slot, &newest)) return false;
    *out = leaf->is_turned;
    if (slot->count < leaf->constant) return true;
    size_t stride = leaf->stride_bytes + sizeof(seg_word) * slot->has_ties;
    int64_t end = seg_leaf_word(newest - (size_t)(leaf->constant - 1) * stride);
    if (__builtin_add_overflow(end, leaf->length_ms, &end) || end > SEG_TIME_MAX) end = SEG_NEVER;
    if (end <= vm->now) return true;
    *out = !leaf->is_turned;
    if (end < *holds) *holds = end;
    return true;
}

/* Whether pins say what is newest at an instant. */
static inline bool seg_leaf_is_pinned(const seg_leaf *leaf, const seg_state_header *head, int64_t at) {
    return leaf->pin_at && at >= head->now && !(head->flags & SEG_STATE_AHEAD);
}

/* The newest word, or what stands in for it. False: an entry is later than vm->now. */
static inline bool seg_leaf_find(const seg_vm *vm, const seg_leaf *leaf, int64_t *word) {
    if (seg_leaf_is_pinned(leaf, seg_state_peek(vm->state), vm->now)) {
        *word = seg_leaf_word(vm->state + leaf->pin_at);
        return true;
    }
    const uint8_t *newest = NULL;
    seg_slot slot = seg_state_slot(vm->image, vm->state, leaf->store);
    if (!seg_leaf_newest(vm, leaf, &slot, &newest)) return false;
    *word =
        newest ? seg_leaf_word(newest + leaf->word_bytes + sizeof(seg_word) * slot.has_ties) : SEG_MISSING;
    if (*word == SEG_MISSING) *word = leaf->stands_in;
    return true;
}

/* The program's word at vm->now; *holds is lowered to when time alone may change it. False: an entry is later
 * than that, so the program must run. */
static inline bool seg_leaf_run(const seg_vm *vm, const seg_leaf *leaf, int64_t *out, int64_t *holds) {
    if (leaf->kind == SEG_LEAF_RECENT) {
        seg_slot slot = seg_state_slot(vm->image, vm->state, leaf->store);
        return seg_leaf_run_recent(vm, leaf, &slot, out, holds);
    }
    int64_t word;
    if (!seg_leaf_find(vm, leaf, &word)) return false;
    switch (leaf->kind) {
    case SEG_LEAF_EQUAL: word = word == leaf->constant; break;
    case SEG_LEAF_LESS: word = word < leaf->constant; break;
    case SEG_LEAF_GREATER: word = word > leaf->constant; break;
    case SEG_LEAF_IN: word = seg_leaf_finds(leaf, word); break;
    case SEG_LEAF_REACHED: word = seg_leaf_reached(vm, leaf, word, holds); break;
    default: break;
    }
    *out = leaf->is_turned ? word == 0 : word;
    return true;
}

#endif
