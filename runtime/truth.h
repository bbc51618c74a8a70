/* truth.h - segments that ask a few things of newest values are answered from a truth table.
 *
 * A segment's program that only combines leaves (leaf.h) by and, or, not and if is a table: a row is a
 * number whose binary digits are what its terms say, and the table's bit of that number is the verdict. It is
 * found in the verified code when an image is loaded, by running the program's logic over every row. Terms
 * are asked without branches and all of them, which costs less than to guess wrongly which ones matter. A
 * digit is 1 where the term does not hold. Terms that always hold stand in front of others, so that they come
 * in threes.
 *
 * It holds while no fact lies ahead: then the last entry of a store is its newest one, and nothing of this
 * changes by time alone. */
#ifndef SEG_TRUTH_H
#define SEG_TRUTH_H

#include "state.h"

struct seg_term {        /* whether a word lies in low .. low + span, or is one of a few */
    uint32_t pin_at;     /* of the word, from the state's first byte */
    uint32_t word_count; /* 0: the range counts */
    uint64_t low, span;
    const int64_t *words;
};

struct seg_truth {
    const seg_term *first, *end; /* equal: there is no table, and the program must run */
    uint64_t table;
    bool is_plain; /* there is one, and all of its terms are ranges */
};

enum { SEG_TRUTH_STEP = 3 };

/* What a leaf that asks of a newest value asks; *is_turned: it says the opposite. */
seg_term seg_term_of(const seg_leaf *leaf, bool *is_turned);

/* Derives the tables of an image whose leaves are derived. False: no memory. */
bool seg_truths_derive(seg_image *image);
void seg_truths_free(seg_image *image);

static inline int64_t seg_term_word(const seg_term *term, const uint8_t *bytes) {
    return *(const seg_word *)(const void *)(bytes + term->pin_at);
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
    do { /* together, so that they need not wait for each other */
        row += row + !seg_term_lies(&term[0], seg_term_word(&term[0], bytes));
        row += row + !seg_term_lies(&term[1], seg_term_word(&term[1], bytes));
        row += row + !seg_term_lies(&term[2], seg_term_word(&term[2], bytes));
        term += SEG_TRUTH_STEP;
    } while (term < end);
    return truth->table >> row & 1;
}

#endif
