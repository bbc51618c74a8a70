/* leaf.h - programs that ask one thing of the newest value of an attribute are run as one step.
 *
 * A leaf is found in the verified code when an image is loaded: the newest word of a store, perhaps another
 * in its place when it is missing, perhaps a comparison with a constant, perhaps turned round. */
#ifndef SEG_LEAF_H
#define SEG_LEAF_H

#include "vm.h"

typedef enum seg_leaf_kind {
    SEG_LEAF_NONE, /* the program is something else */
    SEG_LEAF_WORD, /* the word itself */
    SEG_LEAF_EQUAL,
    SEG_LEAF_LESS,
    SEG_LEAF_GREATER,
    SEG_LEAF_IN /* one of a few words */
} seg_leaf_kind;

struct seg_leaf {
    uint8_t kind; /* seg_leaf_kind */
    bool is_turned;
    uint16_t stride_bytes;   /* from one entry to the next */
    uint32_t slot_at;        /* of the store, from the state's first byte */
    uint32_t word_at;        /* of the oldest entry's word, from the start of the store's area */
    uint32_t time_back;      /* from the word back to its entry's time, in bytes */
    int64_t stands_in;       /* for a missing word */
    int64_t constant;
    const int64_t *words;    /* IN: `constant` of them */
};

enum { SEG_LEAF_WORDS = 8 };

/* Derives the leaves of a verified image. False: no memory. */
bool seg_leaves_derive(seg_image *image);
void seg_leaves_free(seg_image *image);

static inline bool seg_leaf_finds(const seg_leaf *leaf, int64_t word) {
    bool found = false;
    for (int64_t i = 0; i < leaf->constant; i++) found |= leaf->words[i] == word;
    return found;
}

/* The program's word at vm->now. False: a value is later than that, so the program must run. */
static inline bool seg_leaf_run(const seg_vm *vm, const seg_leaf *leaf, int64_t *out) {
    const seg_slot *slot = (const seg_slot *)(const void *)(vm->state + leaf->slot_at);
    int64_t word = SEG_MISSING;
    if (slot->count > 0) {
        const uint8_t *at =
            vm->state + slot->offset + leaf->word_at + (size_t)(slot->count - 1) * leaf->stride_bytes;
        if (*(const seg_word *)(const void *)(at - leaf->time_back) > vm->now) return false;
        word = *(const seg_word *)(const void *)at;
    }
    if (word == SEG_MISSING) word = leaf->stands_in;
    switch (leaf->kind) {
    case SEG_LEAF_EQUAL: word = word == leaf->constant; break;
    case SEG_LEAF_LESS: word = word < leaf->constant; break;
    case SEG_LEAF_GREATER: word = word > leaf->constant; break;
    case SEG_LEAF_IN: word = seg_leaf_finds(leaf, word); break;
    default: break;
    }
    *out = leaf->is_turned ? word == 0 : word;
    return true;
}

#endif
