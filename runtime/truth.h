/* truth.h - segments that ask a few things of newest values are answered from a truth table.
 *
 * A segment's program that only combines leaves (leaf.h) by and, or, not and if is a table: a row is a
 * number whose binary digits are what its terms say, and the table's bit of that number is the verdict. It is
 * found in the verified code when an image is loaded, by running the program's logic over every row. Terms
 * are asked without branches and all of them, which costs less than to guess wrongly which ones matter.
 *
 * It holds while no fact lies ahead: then the last entry of a store is its newest one, and nothing of this
 * changes by time alone. */
#ifndef SEG_TRUTH_H
#define SEG_TRUTH_H

#include "state.h"

struct seg_term {     /* whether a word lies in low .. low + span, or is one of a few */
    uint32_t slot_at; /* of the store, from the state's first byte */
    int32_t word_at;  /* from the start of the store's area to the word of an entry before the first one */
    uint32_t stride_bytes; /* from one entry to the next */
    uint32_t word_count;   /* 0: the range counts */
    int64_t stands_in;     /* for a missing word */
    uint64_t low, span;
    const int64_t *words;
};

struct seg_truth {
    const seg_term *first, *end; /* equal: there is no table, and the program must run */
    uint64_t table;
    bool is_plain; /* there is one, and all of its terms are ranges */
};

/* What a leaf that asks of a newest value asks; *is_turned: it says the opposite. */
seg_term seg_term_of(const seg_leaf *leaf, bool *is_turned);

/* Derives the tables of an image whose leaves are derived. False: no memory. */
bool seg_truths_derive(seg_image *image);
void seg_truths_free(seg_image *image);

static inline int64_t seg_term_word(const seg_term *term, const uint8_t *bytes) {
    const seg_slot *slot = (const seg_slot *)(const void *)(bytes + term->slot_at);
    if (slot->count == 0) return term->stands_in;
    const uint8_t *at = bytes + slot->offset + (size_t)slot->count * term->stride_bytes + term->word_at;
    int64_t word = *(const seg_word *)(const void *)at;
    return word == SEG_MISSING ? term->stands_in : word;
}

static inline bool seg_term_lies(const seg_term *term, int64_t word) {
    return (uint64_t)word - term->low <= term->span;
}

/* The verdict of a table over a state without facts ahead. */
bool seg_truth_ask(const seg_truth *truth, const uint8_t *bytes);
/* The same for a plain one. */
static inline bool seg_truth_ask_plain(const seg_truth *truth, const uint8_t *bytes) {
    const seg_term *term = truth->first, *end = truth->end;
    uint64_t row = 0;
    do {
        row = row * 2 + seg_term_lies(term, seg_term_word(term, bytes));
    } while (++term < end);
    return truth->table >> row & 1;
}

#endif
