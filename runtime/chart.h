/* chart.h - segments that combine leaves by logic are answered along a chart of questions.
 *
 * When an image is loaded, the code of a segment and of all that it calls becomes questions, if it is no more
 * than logic: a question is a leaf (leaf.h), and for either answer it says which question comes next, or the
 * verdict. They are what the programs ask, in the same order. Those about newest values are packed into
 * nodes (node.h), which ask more than the programs may, but nothing that could fail.
 *
 * Charts hold while no fact lies ahead: then the last entry of a store is its newest one. */
#ifndef SEG_CHART_H
#define SEG_CHART_H

#include "node.h"

/* Derives the charts of an image whose leaves are derived. False: no memory. */
bool seg_charts_derive(seg_image *image);
void seg_charts_free(seg_image *image);

/* Where an answer leads, by a branch: what comes next is fetched while the answer is still on its way. */
static inline uint32_t seg_chart_way(const seg_node *node, bool answer) {
    if (answer) return node->ways[1];
    return node->ways[0];
}

/* Goes on from a node to a verdict, or to a node that is a leaf. */
static inline uint32_t seg_chart_walk(const seg_node *first, uint32_t place, const uint8_t *state,
                                      int64_t at) {
    while (place < SEG_NODE_NO) {
        const seg_node *node = &first[place];
        seg_node_kind kind = seg_node_kind_of(node);
        if (kind == SEG_NODE_LEAF) break;
        place = seg_chart_way(node, kind == SEG_NODE_CLOCKS ? seg_node_answer_at(node, state, at)
                                                            : seg_node_answer(node, state));
    }
    return place;
}

/* Whether ranges that move with `at` say what they should. */
static inline bool seg_chart_reaches(int64_t at) {
    return at >= SEG_TIME_MIN + SEG_NODE_REACH_MS && at < SEG_TIME_MAX - SEG_NODE_REACH_MS;
}

/* The verdict of a state without facts ahead at an instant that is not before its own and can be reached, at
 * which the profile is there. False: a value is later than that, so the program must run. */
bool seg_chart_ask(seg_vm *vm, const seg_node *first, const uint8_t *state, int64_t at, bool *verdict);

#endif
