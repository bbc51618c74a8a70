/* node.c - see node.h. */
#include "node.h"

/* ---- steps ------------------------------------------------------------------------------------------ */

/* The ranges of a leaf's words, which ascend. */
static uint32_t ranges_of(const seg_leaf *leaf, seg_step *ranges) {
    uint32_t count = 0;
    for (int64_t i = 0; i < leaf->constant; i++) {
        uint64_t word = (uint64_t)leaf->words[i];
        if (count > 0 && word == ranges[count - 1].low + ranges[count - 1].span + 1)
            ranges[count - 1].span++;
        else
            ranges[count++] = (seg_step){.low = word};
    }
    return count;
}

/* Says which words make the leaf true, or false where *is_turned. */
static uint32_t range_of(const seg_leaf *leaf, seg_step *ranges, bool *is_turned) {
    uint64_t constant = (uint64_t)leaf->constant, least = (uint64_t)INT64_MIN;
    *is_turned = leaf->is_turned;
    switch (leaf->kind) {
    case SEG_LEAF_EQUAL: *ranges = (seg_step){.low = constant}; return 1;
    case SEG_LEAF_LESS: /* nothing is less than the least word: what is not is at least that */
        *is_turned = !leaf->is_turned;
        *ranges = (seg_step){.low = constant, .span = (uint64_t)INT64_MAX - constant};
        return 1;
    case SEG_LEAF_GREATER:
        *is_turned = !leaf->is_turned;
        *ranges = (seg_step){.low = least, .span = constant - least};
        return 1;
    case SEG_LEAF_REACHED: /* missing is less than every instant */
        *ranges = (seg_step){.low = least + 1, .span = -constant - (least + 1), .moves = true};
        return 1;
    case SEG_LEAF_IN: return ranges_of(leaf, ranges);
    default: /* the word itself, which is true unless it is 0 */
        *is_turned = !leaf->is_turned;
        *ranges = (seg_step){.low = 0};
        return 1;
    }
}

uint32_t seg_steps_of_leaf(seg_step *steps, uint32_t room, const seg_leaf *leaf, uint32_t first, uint16_t yes,
                           uint16_t no) {
    seg_step ranges[SEG_LEAF_WORDS];
    bool is_turned;
    uint32_t count = range_of(leaf, ranges, &is_turned);
    if (count == 0) { /* none of no words: a range that holds every word says the opposite */
        count = 1;
        is_turned = !is_turned;
        ranges[0] = (seg_step){.span = UINT64_MAX};
    }
    if (count > room) return 0;
    for (uint32_t i = 0; i < count; i++) {
        steps[i] = ranges[i];
        steps[i].pin_at = leaf->pin_at;
        steps[i].yes = is_turned ? no : yes;
        steps[i].no = i + 1 < count ? (uint16_t)(first + i + 1) : is_turned ? yes : no;
    }
    return count;
}

/* ---- packing ---------------------------------------------------------------------------------------- */

typedef struct cluster { /* steps that one node may ask; the first is where it begins */
    uint16_t steps[SEG_NODE_QUESTIONS];
    uint32_t count;
    uint16_t exits[SEG_NODE_QUESTIONS + 1];
    uint32_t exit_count;
} cluster;

static bool holds(const uint16_t *list, uint32_t count, uint16_t step) {
    for (uint32_t i = 0; i < count; i++)
        if (list[i] == step) return true;
    return false;
}

static void find_exits(cluster *c, const seg_step *steps) {
    c->exit_count = 0;
    for (uint32_t i = 0; i < c->count; i++) {
        const uint16_t ways[2] = {steps[c->steps[i]].no, steps[c->steps[i]].yes};
        for (int way = 0; way < 2; way++)
            if (!holds(c->steps, c->count, ways[way]) && !holds(c->exits, c->exit_count, ways[way]))
                c->exits[c->exit_count++] = ways[way];
    }
}

static bool can_join(const seg_step *steps, uint16_t exit) {
    return exit < SEG_NODE_NO && steps[exit].pin_at;
}

/* The most steps from one on that have no more than two ways out together. */
static cluster cluster_from(const seg_step *steps, uint16_t first) {
    cluster best = {.steps = {first}, .count = 1};
    find_exits(&best, steps);
    if (!steps[first].pin_at) return best;
    const cluster one = best;
    for (uint32_t i = 0; i < one.exit_count; i++) {
        if (!can_join(steps, one.exits[i])) continue;
        cluster two = one;
        two.steps[two.count++] = one.exits[i];
        find_exits(&two, steps);
        if (best.count < 2 && two.exit_count <= 2) best = two;
        for (uint32_t k = 0; k < two.exit_count; k++) {
            if (!can_join(steps, two.exits[k])) continue;
            cluster three = two;
            three.steps[three.count++] = two.exits[k];
            find_exits(&three, steps);
            if (three.exit_count <= 2) return three;
        }
    }
    return best;
}

/* Where a row of answers leads: a digit is 1 where the step says no. */
static uint16_t leave(const cluster *c, const seg_step *steps, unsigned row) {
    uint16_t at = c->steps[0];
    for (;;) {
        uint32_t i = 0;
        while (i < c->count && c->steps[i] != at) i++;
        if (i == c->count) return at;
        at = row >> (SEG_NODE_QUESTIONS - 1 - i) & 1 ? steps[at].no : steps[at].yes;
    }
}

static seg_node node_of(const cluster *c, const seg_step *steps) {
    const seg_step *first = &steps[c->steps[0]], always = {.span = UINT64_MAX, .pin_at = first->pin_at};
    seg_node node = {.ways = {c->exits[0], c->exits[c->exit_count - 1]}};
    uint16_t pin_at[SEG_NODE_QUESTIONS];
    uint8_t table = 0;
    seg_node_kind kind = first->pin_at ? SEG_NODE_RANGES : SEG_NODE_LEAF;
    if (first->pin_at && node.ways[0] == SEG_NODE_YES) { /* a table's bit is a verdict, where it can be one */
        node.ways[0] = node.ways[1];
        node.ways[1] = SEG_NODE_YES;
    }
    for (uint32_t i = 0; i < SEG_NODE_QUESTIONS; i++) {
        const seg_step *step = i < c->count ? &steps[c->steps[i]] : &always;
        node.low[i] = step->low;
        node.span[i] = step->span;
        node.moves[i] = step->moves ? -1 : 0;
        pin_at[i] = (uint16_t)step->pin_at;
        if (step->moves) kind = SEG_NODE_CLOCKS;
    }
    for (unsigned row = 0; row < 1u << SEG_NODE_QUESTIONS; row++)
        table |= (uint8_t)((leave(c, steps, row) == node.ways[1]) << (7 - row));
    node.code = seg_node_code(kind, pin_at, table);
    return node;
}

uint32_t seg_nodes_pack(seg_node *nodes, const seg_step *steps, uint32_t count) {
    uint16_t number_of[SEG_STEPS], begins[SEG_STEPS];
    uint32_t made = 1;
    memset(number_of, 0xff, count * sizeof *number_of);
    begins[0] = number_of[0] = 0;
    for (uint32_t i = 0; i < made; i++) {
        cluster c = cluster_from(steps, begins[i]);
        nodes[i] = node_of(&c, steps);
        for (int way = 0; way < 2; way++) {
            uint16_t step = nodes[i].ways[way];
            if (step >= count) continue; /* a verdict */
            if (number_of[step] == UINT16_MAX) {
                begins[made] = step;
                number_of[step] = (uint16_t)made++;
            }
            nodes[i].ways[way] = number_of[step];
        }
    }
    bool is_fixed = true;
    for (uint32_t i = 0; i < made; i++) is_fixed &= seg_node_kind_of(&nodes[i]) == SEG_NODE_RANGES;
    nodes->is_fixed = is_fixed;
    if (is_fixed && nodes->ways[0] == SEG_NODE_NO && nodes->ways[1] == SEG_NODE_YES)
        nodes->code ^= SEG_NODE_RANGES ^ SEG_NODE_ALONE;
    return made;
}
