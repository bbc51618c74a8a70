/* node.h - up to three questions about newest values that are answered together: what charts (chart.h) are
 * made of.
 *
 * A question is whether a pinned word (pin.h) lies in a range, which at its end may move with now. What a
 * node's questions say is a row, the binary digits of a number, a digit 1 where a word lies outside; a bit of
 * the node's table for each row says which of two ways to go: to another node, or a verdict. Questions are
 * asked without branches and all of them, which costs less than to guess wrongly which ones matter; between
 * nodes there are branches. A node is one line of a processor's cache. */
#ifndef SEG_NODE_H
#define SEG_NODE_H

#include "leaf.h"

enum { SEG_NODE_QUESTIONS = 3 };
enum { SEG_NODE_NO = 0xfffe, SEG_NODE_YES = 0xffff }; /* verdicts in the place of a node */

typedef enum seg_node_kind {
    SEG_NODE_ALONE,  /* ranges, and the only node: the table's bit is the verdict */
    SEG_NODE_RANGES, /* fixed ones */
    SEG_NODE_CLOCKS, /* ranges of which some move with now */
    SEG_NODE_LEAF,   /* a leaf (leaf.h) that asks something else */
    SEG_NODE_NONE    /* the segment has no chart: its program must run */
} seg_node_kind;

struct seg_node {
    /* A range is low .. low + span, around the end of 2^64; LEAF: low[0] is the program. */
    uint64_t low[SEG_NODE_QUESTIONS], span[SEG_NODE_QUESTIONS];
    uint64_t code;    /* read at once: see seg_node_code */
    uint16_t ways[2]; /* where a bit of the table leads: a node of the segment's, or a verdict */
    int8_t moves[SEG_NODE_QUESTIONS]; /* CLOCKS: -1: the end of the range is now + span; else 0 */
    bool is_fixed;                    /* of a segment's first node: time changes none of its answers */
};

/* What a node is and asks. From the lowest bit on: 8 for its kind; 16 for each pin, from a state's first
 * byte; 8 for its table, the highest for row 0. */
static inline uint64_t seg_node_code(seg_node_kind kind, const uint16_t *pin_at, uint8_t table) {
    return kind | (uint64_t)pin_at[0] << 8 | (uint64_t)pin_at[1] << 24 | (uint64_t)pin_at[2] << 40 |
           (uint64_t)table << 56;
}
static inline seg_node_kind seg_node_kind_of(const seg_node *node) { return node->code & UINT8_MAX; }

/* What a chart is before it is packed into nodes: one range, or one leaf, at a time. */
typedef struct seg_step {
    uint64_t low, span;
    uint32_t pin_at; /* 0: it is a leaf, and low its program */
    bool moves;
    uint16_t yes, no; /* the next step, or a verdict */
} seg_step;

enum { SEG_STEPS = 64 };

/* Instants at which ends of ranges that move neither leave the calendar nor a word: so far from its ends. */
#define SEG_NODE_REACH_MS INT64_C(3200000000000)

/* The steps that a leaf with a pin is, from steps[0] on: several for words that are no range. They lead to
 * each other; `yes` and `no` are where its answer leads. 0: there are more than `room`. */
uint32_t seg_steps_of_leaf(seg_step *steps, uint32_t room, const seg_leaf *leaf, uint32_t first, uint16_t yes,
                           uint16_t no);
/* Packs steps, of which the first is steps[0], into `nodes`; as many nodes as steps always suffice. How many.
 */
uint32_t seg_nodes_pack(seg_node *nodes, const seg_step *steps, uint32_t count);

/* Whether the word that question i asks for lies outside. `now_ms` is 0 for a range that does not move. */
static inline bool seg_node_lacks(const seg_node *node, uint64_t code, const uint8_t *bytes, int i,
                                  uint64_t now_ms) {
    uint64_t word = (uint64_t)seg_leaf_word(bytes + (code >> (8 + 16 * i) & UINT16_MAX));
    return word - node->low[i] > node->span[i] + now_ms;
}

/* The table's bit of the row that a state without facts ahead gives. */
static inline bool seg_node_answer(const seg_node *node, const uint8_t *bytes) {
    uint64_t code = node->code, row = seg_node_lacks(node, code, bytes, 0, 0);
    row = row + row + seg_node_lacks(node, code, bytes, 1, 0);
    row = row + row + seg_node_lacks(node, code, bytes, 2, 0);
    return (int64_t)(code << row) < 0;
}

/* The same where ranges move. */
static inline bool seg_node_answer_at(const seg_node *node, const uint8_t *bytes, int64_t at) {
    uint64_t code = node->code, row = seg_node_lacks(node, code, bytes, 0, (uint64_t)(at & node->moves[0]));
    row = row + row + seg_node_lacks(node, code, bytes, 1, (uint64_t)(at & node->moves[1]));
    row = row + row + seg_node_lacks(node, code, bytes, 2, (uint64_t)(at & node->moves[2]));
    return (int64_t)(code << row) < 0;
}

#endif
