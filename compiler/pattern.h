/* pattern.h - the syntax of regular expressions: from text to a tree over sets of characters. */
#ifndef SEG_PATTERN_H
#define SEG_PATTERN_H

#include "automaton.h"

#define SEG_PATTERN_DEPTH_LIMIT 100u   /* groups within groups */
#define SEG_PATTERN_REPEAT_LIMIT 1000u /* in {m,n} */
#define SEG_PATTERN_ENDLESS UINT32_MAX
#define SEG_CODE_POINT_MAX 0x10FFFFu

typedef struct seg_pattern_range { /* of code points, both ends included */
    uint32_t first, last;
} seg_pattern_range;

typedef enum seg_pattern_kind {
    SEG_PATTERN_EMPTY,
    SEG_PATTERN_CLASS, /* one character of ranges[] */
    SEG_PATTERN_BEGIN, /* holds at the text's begin */
    SEG_PATTERN_END,   /* holds at the text's end */
    SEG_PATTERN_SEQUENCE,
    SEG_PATTERN_CHOICE,
    SEG_PATTERN_REPEAT /* of its one child, min to max times */
} seg_pattern_kind;

typedef struct seg_pattern seg_pattern;
struct seg_pattern {
    uint8_t kind; /* seg_pattern_kind */
    uint32_t min, max;
    uint32_t number; /* of a CLASS, counted from 0 in the whole pattern */
    uint32_t range_count;
    const seg_pattern_range *ranges; /* ascending, apart from each other; may name surrogates */
    seg_pattern *last_child;
    seg_pattern *previous; /* the child before this one */
};

/* Reads `text`; the tree lives in `arena` and is at most 4 * SEG_PATTERN_DEPTH_LIMIT deep. Case is
 * already in the ranges. NULL, with `fault` filled, when it cannot be read or memory is short. */
seg_pattern *seg_pattern_read(seg_arena *arena, seg_text text, bool ignore_case, uint32_t *class_count,
                              seg_automaton_fault *fault);

#endif
