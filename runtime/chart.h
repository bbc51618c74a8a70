/* chart.h - segments that combine leaves by logic are answered along a chart of questions.
 *
 * Where a truth table (truth.h) does not fit, because there are too many leaves or time changes some, the
 * code of a segment and of all that it calls becomes a chart when an image is loaded: a question is a leaf
 * (leaf.h), and for either answer it says which question comes next, or the verdict. It asks what the
 * programs ask, in the same order. */
#ifndef SEG_CHART_H
#define SEG_CHART_H

#include "leaf.h"
#include "truth.h"

enum { SEG_CHART_NO = 0xfffe, SEG_CHART_YES = 0xffff }; /* verdicts in the place of a question */

typedef enum seg_asking {
    SEG_ASKS_LEAF,
    SEG_ASKS_RANGE,  /* whether a newest value lies in a range: the term stands for the leaf */
    SEG_ASKS_REACHED /* whether it is an instant that is `low` milliseconds ago */
} seg_asking;

struct seg_question {
    seg_term term;
    uint32_t program; /* whose leaf is asked */
    uint16_t yes, no; /* the next one of the segment's, or a verdict */
    uint8_t asks;     /* seg_asking */
    bool is_turned;   /* the term says the opposite of the leaf, as `yes` and `no` know */
};

struct seg_chart {             /* of a segment */
    const seg_question *first; /* NULL: there is none, and the program must run */
};

/* Derives the charts of an image whose leaves and truth tables are derived. False: no memory. */
bool seg_charts_derive(seg_image *image);
void seg_charts_free(seg_image *image);

/* The verdict of a state without facts ahead at an instant that is not before its own, at which the profile
 * is there. False: a value is later than that, so the program must run. */
bool seg_chart_ask(seg_vm *vm, const seg_chart *chart, const uint8_t *state, int64_t at, bool *verdict);

#endif
