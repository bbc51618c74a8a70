/* graph.c - nodes: equal ones exist once, and what can be known at once is not worked out per row. */
#include "batch.h"
#include "value.h"

enum {
    BUCKETS = 1 << 14,
    NODES_MAX = 1 << 22,
    DEPTH_MAX = 8 /* so deep choices are looked through; those behind are compared as words */
};

seg_edge seg_edge_not(seg_edge edge) { return edge ^ 1u; }

static uint32_t merge_columns(uint32_t a, uint32_t b) {
    return a == b || b == 0 ? a : a == 0 ? b : SEG_DEPENDS_ON_MANY;
}

/* The column that a node looks at, from its operands. */
static uint32_t column_of(const seg_batch *batch, const seg_node *node) {
    const seg_node *nodes = batch->nodes;
    switch (node->kind) {
    case SEG_NODE_KNOWN:
    case SEG_NODE_BOOL:
    case SEG_NODE_NATIVE: return node->a + 1;
    case SEG_NODE_FIELD: return batch->fields[node->a].column + 1;
    case SEG_NODE_AND: return merge_columns(nodes[node->a / 2].column, nodes[node->b / 2].column);
    case SEG_NODE_WORD_OF: return nodes[node->a / 2].column;
    case SEG_NODE_COMPARE:
    case SEG_NODE_IN:
    case SEG_NODE_REACHED: return nodes[node->a].column;
    case SEG_NODE_COMPARE_WORDS:
    case SEG_NODE_OP: return merge_columns(nodes[node->a].column, nodes[node->b].column);
    case SEG_NODE_SELECT:
        return merge_columns(nodes[node->c / 2].column,
                             merge_columns(nodes[node->a].column, nodes[node->b].column));
    case SEG_NODE_GATHER:
    case SEG_NODE_ROWS: return SEG_DEPENDS_ON_MANY;
    default: return 0;
    }
}

static bool grow(seg_batch *batch) {
    if (batch->node_count < batch->node_capacity) return true;
    uint32_t capacity = batch->node_capacity ? 2 * batch->node_capacity : 256;
    seg_node *nodes =
        capacity > NODES_MAX ? NULL : seg_arena_take_array(&batch->arena, capacity, sizeof *nodes);
    if (!nodes) {
        if (capacity > NODES_MAX) batch->is_too_large = true;
        return false;
    }
    if (batch->node_count) memcpy(nodes, batch->nodes, batch->node_count * sizeof *nodes);
    batch->nodes = nodes;
    batch->node_capacity = capacity;
    return true;
}

uint32_t seg_graph_node(seg_batch *batch, seg_node node) {
    node.reserved = 0;
    node.column = node.next = 0;
    uint32_t *bucket = &batch->buckets[seg_hash_bytes(&node, sizeof node) % BUCKETS];
    for (uint32_t i = *bucket; i != 0; i = batch->nodes[i].next) {
        const seg_node *other = &batch->nodes[i];
        if (other->kind == node.kind && other->op == node.op && other->a == node.a && other->b == node.b &&
            other->c == node.c && other->imm == node.imm)
            return i;
    }
    if (!grow(batch)) return 0; /* the arena's `failed` or `is_too_large` says so at the end */
    node.column = batch->node_count ? column_of(batch, &node) : 0;
    node.next = *bucket;
    batch->nodes[batch->node_count] = node;
    *bucket = batch->node_count;
    return batch->node_count++;
}

uint32_t seg_graph_constant(seg_batch *batch, int64_t word) {
    return seg_graph_node(batch, (seg_node){.kind = SEG_NODE_CONSTANT, .imm = word});
}

/* ---- bits ------------------------------------------------------------------------------------------------
 */

/* What x and y are together when y's own parts already say something about x. */
static bool absorb(seg_batch *batch, seg_edge x, seg_edge y, seg_edge *out) {
    const seg_node *node = &batch->nodes[y / 2];
    if (node->kind != SEG_NODE_AND) return false;
    seg_edge p = node->a, q = node->b;
    if (y % 2 == 0) { /* y = p and q */
        if (p == x || q == x) return *out = y, true;
        if (p == seg_edge_not(x) || q == seg_edge_not(x)) return *out = SEG_EDGE_FALSE, true;
        return false;
    }
    if (p == seg_edge_not(x) || q == seg_edge_not(x)) return *out = x, true;
    if (p == x) return *out = seg_graph_and(batch, x, seg_edge_not(q)), true;
    if (q == x) return *out = seg_graph_and(batch, x, seg_edge_not(p)), true;
    return false;
}

/* Whether x says that a column has a value, and y compares it, which implies that. */
static bool is_implied(const seg_batch *batch, seg_edge x, seg_edge y) {
    const seg_node *known = &batch->nodes[x / 2], *native = &batch->nodes[y / 2];
    return x % 2 == 0 && y % 2 == 0 && known->kind == SEG_NODE_KNOWN && native->kind == SEG_NODE_NATIVE &&
           known->a == native->a;
}

/* Each call of absorb goes one node down, so the way is as long as a chain of the very same operand: the
 * graph holds none, since such chains were absorbed when they were made. */
seg_edge seg_graph_and(seg_batch *batch, seg_edge a, seg_edge b) {
    seg_edge out;
    if (a > b) {
        seg_edge turned = a;
        a = b;
        b = turned;
    }
    if (a == SEG_EDGE_FALSE || a == seg_edge_not(b)) return SEG_EDGE_FALSE;
    if (a == SEG_EDGE_TRUE || a == b) return b;
    if (is_implied(batch, a, b)) return b;
    if (is_implied(batch, b, a)) return a;
    if (absorb(batch, a, b, &out) || absorb(batch, b, a, &out)) return out;
    return 2 * seg_graph_node(batch, (seg_node){.kind = SEG_NODE_AND, .a = a, .b = b});
}

seg_edge seg_graph_choose(seg_batch *batch, seg_edge when, seg_edge a, seg_edge b) {
    if (when == SEG_EDGE_TRUE || a == b) return a;
    if (when == SEG_EDGE_FALSE) return b;
    seg_edge yes = seg_graph_and(batch, when, a), no = seg_graph_and(batch, seg_edge_not(when), b);
    return seg_edge_not(seg_graph_and(batch, seg_edge_not(yes), seg_edge_not(no)));
}

/* ---- words -----------------------------------------------------------------------------------------------
 */

static bool is_constant(const seg_batch *batch, uint32_t word) {
    return batch->nodes[word].kind == SEG_NODE_CONSTANT;
}

uint32_t seg_graph_word(seg_batch *batch, seg_symbol symbol) {
    if (!symbol.is_bits) return symbol.id;
    if (symbol.id <= SEG_EDGE_TRUE) return seg_graph_constant(batch, symbol.id);
    return seg_graph_node(batch, (seg_node){.kind = SEG_NODE_WORD_OF, .a = symbol.id});
}

uint32_t seg_graph_select(seg_batch *batch, seg_edge when, uint32_t a, uint32_t b) {
    if (when == SEG_EDGE_TRUE || a == b) return a;
    if (when == SEG_EDGE_FALSE) return b;
    const seg_node *field = &batch->nodes[b];
    /* A field is missing by itself where its column has no value. */
    if (field->kind == SEG_NODE_FIELD && is_constant(batch, a) && batch->nodes[a].imm == SEG_MISSING) {
        seg_node known = {.kind = SEG_NODE_KNOWN, .a = batch->fields[field->a].column};
        if (batch->fields[field->a].is_identity && seg_edge_not(2 * seg_graph_node(batch, known)) == when)
            return b;
    }
    return seg_graph_node(batch, (seg_node){.kind = SEG_NODE_SELECT, .a = a, .b = b, .c = when});
}

static bool has_second(uint8_t op) {
    return (op >= SEG_OP_ADD && op <= SEG_OP_MUL) || op == SEG_OP_DIVQ || op == SEG_OP_PART ||
           (op >= SEG_OP_ADDF && op <= SEG_OP_DIVF);
}

/* Goes through a choice with a constant in it, so that a comparison behind it finds the column. */
uint32_t seg_graph_op(seg_batch *batch, seg_node op, int depth) {
    if (!has_second(op.op)) op.b = op.a;
    seg_node a = batch->nodes[op.a], b = batch->nodes[op.b];
    if (a.kind == SEG_NODE_CONSTANT && b.kind == SEG_NODE_CONSTANT) {
        uint64_t faults = batch->faults;
        int64_t word = seg_word_op(batch, &op, a.imm, b.imm);
        if (batch->faults == faults) return seg_graph_constant(batch, word);
        batch->faults = faults; /* it is counted for each row */
    }
    bool single = op.a == op.b;
    const seg_node *choice = a.kind == SEG_NODE_SELECT && (single || b.kind == SEG_NODE_CONSTANT) ? &a
                             : b.kind == SEG_NODE_SELECT && a.kind == SEG_NODE_CONSTANT           ? &b
                                                                                                  : NULL;
    if (choice && depth < DEPTH_MAX && (is_constant(batch, choice->a) || is_constant(batch, choice->b))) {
        seg_node left = op, right = op;
        if (choice == &a) left.a = a.a, right.a = a.b;
        if (choice == &b) left.b = b.a, right.b = b.b;
        if (single) left.b = left.a, right.b = right.a;
        return seg_graph_select(batch, choice->c, seg_graph_op(batch, left, depth + 1),
                                seg_graph_op(batch, right, depth + 1));
    }
    return seg_graph_node(batch, op);
}

/* ---- comparisons --------------------------------------------------------------------------------------- */

static seg_edge edge_of(bool value) { return value ? SEG_EDGE_TRUE : SEG_EDGE_FALSE; }

static seg_edge known(seg_batch *batch, uint32_t column) {
    return 2 * seg_graph_node(batch, (seg_node){.kind = SEG_NODE_KNOWN, .a = column});
}

/* The comparison of the values as they lie in memory; false: it has to be made on words. */
static bool compare_native(seg_batch *batch, seg_relation relation, uint32_t number, int64_t constant,
                           seg_edge *out) {
    const seg_column *column = &batch->columns[number];
    bool is_float = relation >= SEG_RELATION_EQF;
    seg_edge missing = edge_of(seg_relation_holds(relation, SEG_MISSING, constant)), inside;
    if (column->form == SEG_FORM_BITS) {
        bool yes = seg_relation_holds(relation, 1, constant), no = seg_relation_holds(relation, 0, constant);
        seg_edge bits = 2 * seg_graph_node(batch, (seg_node){.kind = SEG_NODE_BOOL, .a = number});
        inside = seg_graph_choose(batch, bits, edge_of(yes), edge_of(no));
    } else {
        int64_t least, most;
        if (!seg_column_is_native(column) || is_float != (column->form == SEG_FORM_F64)) return false;
        seg_node native = {.kind = SEG_NODE_NATIVE, .op = (uint8_t)relation, .a = number, .imm = constant};
        seg_column_range(column, &least, &most);
        if (!is_float && (constant < least || (relation == SEG_RELATION_LT && constant == least)))
            inside = edge_of(relation == SEG_RELATION_GT);
        else if (!is_float && (constant > most || (relation == SEG_RELATION_GT && constant == most)))
            inside = edge_of(relation == SEG_RELATION_LT);
        else
            inside = 2 * seg_graph_node(batch, native);
    }
    *out = seg_graph_choose(batch, known(batch, number), inside, missing);
    return true;
}

seg_edge seg_graph_compare(seg_batch *batch, seg_relation relation, uint32_t word, int64_t constant,
                           int depth) {
    seg_node node = batch->nodes[word];
    seg_edge out;
    switch (node.kind) {
    case SEG_NODE_CONSTANT: return edge_of(seg_relation_holds(relation, node.imm, constant));
    case SEG_NODE_WORD_OF:
        return seg_graph_choose(batch, node.a, edge_of(seg_relation_holds(relation, 1, constant)),
                                edge_of(seg_relation_holds(relation, 0, constant)));
    case SEG_NODE_SELECT:
        if (depth == DEPTH_MAX) break;
        out = seg_graph_compare(batch, relation, node.a, constant, depth + 1);
        return seg_graph_choose(batch, node.c, out,
                                seg_graph_compare(batch, relation, node.b, constant, depth + 1));
    case SEG_NODE_FIELD:
        if (!batch->fields[node.a].is_identity) break;
        if (relation == SEG_RELATION_EQ && constant == SEG_MISSING)
            return seg_edge_not(known(batch, batch->fields[node.a].column));
        if (compare_native(batch, relation, batch->fields[node.a].column, constant, &out)) return out;
        break;
    default: break;
    }
    seg_node made = {.kind = SEG_NODE_COMPARE, .op = (uint8_t)relation, .a = word, .imm = constant};
    return 2 * seg_graph_node(batch, made);
}

seg_edge seg_graph_compare_words(seg_batch *batch, seg_relation relation, uint32_t a, uint32_t b) {
    static const seg_relation turned[] = {SEG_RELATION_EQ,  SEG_RELATION_GT,  SEG_RELATION_LT,
                                          SEG_RELATION_EQF, SEG_RELATION_GTF, SEG_RELATION_GEF,
                                          SEG_RELATION_LTF, SEG_RELATION_LEF};
    if (is_constant(batch, b)) return seg_graph_compare(batch, relation, a, batch->nodes[b].imm, 0);
    if (is_constant(batch, a)) return seg_graph_compare(batch, turned[relation], b, batch->nodes[a].imm, 0);
    seg_node made = {.kind = SEG_NODE_COMPARE_WORDS, .op = (uint8_t)relation, .a = a, .b = b};
    return 2 * seg_graph_node(batch, made);
}

/* ---- reached ---------------------------------------------------------------------------------------------
 */

/* Operations that never turn the order of words round, from a base on. */
typedef struct chain {
    uint32_t ops[DEPTH_MAX];
    int count;
    int64_t ms;
} chain;

static bool is_rising(const seg_batch *batch, const seg_node *op, uint32_t *base) {
    if (op->kind != SEG_NODE_OP) return false;
    *base = op->a;
    if (op->op == SEG_OP_DATE_START || op->op == SEG_OP_DATE_OF) return true;
    if (op->op == SEG_OP_ADD && is_constant(batch, op->a)) return *base = op->b, true;
    return (op->op == SEG_OP_ADD || op->op == SEG_OP_SUB) && is_constant(batch, op->b);
}

static bool chain_is_reached(seg_batch *batch, const chain *c, int64_t word) {
    for (int i = c->count - 1; i >= 0; i--) {
        const seg_node *op = &batch->nodes[c->ops[i]];
        int64_t a = is_constant(batch, op->a) ? batch->nodes[op->a].imm : word;
        int64_t b = is_constant(batch, op->b) ? batch->nodes[op->b].imm : word;
        word = seg_word_op(batch, op, a, b);
    }
    return seg_word_reached(batch, word, 0, c->ms);
}

/* The words of the base for which it is reached are those up to a greatest one: found by halving. */
static seg_edge reached_up_to(seg_batch *batch, const chain *c, uint32_t base) {
    uint64_t faults = batch->faults;
    int64_t low = -INT64_MAX, high = INT64_MAX;
    seg_edge here = seg_edge_not(seg_graph_compare(batch, SEG_RELATION_EQ, base, SEG_MISSING, 0)), out = here;
    if (!chain_is_reached(batch, c, low))
        out = SEG_EDGE_FALSE;
    else if (!chain_is_reached(batch, c, high)) {
        while (high - 1 > low) { /* reached at low, not at high */
            int64_t middle = low + (int64_t)(((uint64_t)high - (uint64_t)low) / 2);
            if (chain_is_reached(batch, c, middle))
                low = middle;
            else
                high = middle;
        }
        out =
            seg_graph_and(batch, here, seg_edge_not(seg_graph_compare(batch, SEG_RELATION_GT, base, low, 0)));
    }
    batch->faults = faults;
    return out;
}

seg_edge seg_graph_reached(seg_batch *batch, uint32_t word, int32_t months, int64_t ms) {
    const seg_node node = batch->nodes[word];
    if (node.kind == SEG_NODE_CONSTANT) return edge_of(seg_word_reached(batch, node.imm, months, ms));
    if (node.kind == SEG_NODE_SELECT && (is_constant(batch, node.a) || is_constant(batch, node.b))) {
        bool first = is_constant(batch, node.a);
        seg_edge fixed =
            edge_of(seg_word_reached(batch, batch->nodes[first ? node.a : node.b].imm, months, ms));
        uint32_t other = first ? node.b : node.a;
        if (batch->nodes[other].kind != SEG_NODE_SELECT) {
            seg_edge moving = seg_graph_reached(batch, other, months, ms);
            return seg_graph_choose(batch, node.c, first ? fixed : moving, first ? moving : fixed);
        }
    }
    chain c = {.ms = ms};
    uint32_t base = word, next;
    while (c.count < DEPTH_MAX && is_rising(batch, &batch->nodes[base], &next)) {
        c.ops[c.count++] = base;
        base = next;
    }
    uint8_t kind = batch->nodes[base].kind;
    if (months == 0 && kind != SEG_NODE_SELECT && kind != SEG_NODE_OP) return reached_up_to(batch, &c, base);
    seg_node made = {.kind = SEG_NODE_REACHED, .a = word, .b = (uint32_t)months, .imm = ms};
    return 2 * seg_graph_node(batch, made);
}
