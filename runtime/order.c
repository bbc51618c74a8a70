/* order.c - which nodes have to be worked out over rows, which over the entries of dictionaries, and where
 * their bits and words lie meanwhile: a slot serves again once nobody asks for what it holds. */
#include "batch.h"

static int operands_of(const seg_node *node, uint32_t *out) {
    switch (node->kind) {
    case SEG_NODE_AND: out[0] = node->a / 2, out[1] = node->b / 2; return 2;
    case SEG_NODE_COMPARE:
    case SEG_NODE_IN:
    case SEG_NODE_REACHED: out[0] = node->a; return 1;
    case SEG_NODE_WORD_OF: out[0] = node->a / 2; return 1;
    case SEG_NODE_COMPARE_WORDS:
    case SEG_NODE_OP: out[0] = node->a, out[1] = node->b; return 2;
    case SEG_NODE_SELECT: out[0] = node->a, out[1] = node->b, out[2] = node->c / 2; return 3;
    default: return 0;
    }
}

static bool is_over_entries(const seg_batch *batch, const seg_node *node) {
    return node->kind < SEG_NODE_WORDS && node->column != 0 && node->column != SEG_DEPENDS_ON_MANY &&
           batch->columns[node->column - 1].form == SEG_FORM_CODES;
}

static void mark(seg_batch *batch) {
    const seg_image *image = batch->image;
    for (uint32_t i = 0; i < batch->node_count; i++) batch->first_output[i] = SEG_NONE;
    for (uint32_t i = 0; i < batch->kept_count; i++) batch->needs[batch->kept[i]] |= SEG_NEED_ROWS;
    for (uint32_t i = batch->is_facts ? 0 : image->segment_count; i > 0; i--) {
        uint32_t node = batch->segments[i - 1] / 2;
        batch->needs[node] |= SEG_NEED_ROWS;
        batch->next_output[i - 1] = batch->first_output[node];
        batch->first_output[node] = i - 1;
    }
    for (uint32_t i = batch->node_count; i > 0; i--) {
        uint32_t node = i - 1, operands[3];
        uint8_t *need = &batch->needs[node];
        if (*need & SEG_NEED_ROWS) {
            batch->work_count++;
            batch->row_count += batch->nodes[node].kind == SEG_NODE_ROWS;
            if (is_over_entries(batch, &batch->nodes[node])) {
                *need = SEG_NEED_ENTRY | SEG_NEED_ROOT;
                batch->root_count++;
            }
        }
        int count = operands_of(&batch->nodes[node], operands);
        for (int j = 0; j < count; j++) batch->needs[operands[j]] |= *need & (uint8_t)~SEG_NEED_ROOT;
    }
}

typedef struct slots {
    uint32_t *free;
    uint32_t free_count, count;
} slots;

static void give_slots(seg_batch *batch, uint32_t *last_use, slots *bits, slots *words) {
    for (uint32_t i = 0; i < batch->node_count; i++) {
        uint32_t operands[3];
        if (!batch->needs[i] || batch->nodes[i].kind == SEG_NODE_ROWS) continue;
        slots *of = batch->nodes[i].kind < SEG_NODE_WORDS ? bits : words;
        batch->slots[i] = of->free_count ? of->free[--of->free_count] : of->count++;
        int count = operands_of(&batch->nodes[i], operands);
        for (int j = 0; j <= count; j++) {
            uint32_t done = j < count ? operands[j] : i;
            if (last_use[done] != i || batch->nodes[done].kind == SEG_NODE_ROWS) continue;
            last_use[done] = SEG_NONE; /* once, however often it is an operand */
            of = batch->nodes[done].kind < SEG_NODE_WORDS ? bits : words;
            of->free[of->free_count++] = batch->slots[done];
        }
    }
}

static bool find_slots(seg_batch *batch) {
    seg_arena scratch;
    seg_arena_init(&scratch, batch->allocator, 0);
    uint32_t count = batch->node_count;
    uint32_t *last_use = seg_arena_take_array(&scratch, count, sizeof *last_use);
    slots bits = {.free = seg_arena_take_array(&scratch, count, sizeof *bits.free)};
    slots words = {.free = seg_arena_take_array(&scratch, count, sizeof *words.free)};
    if (!scratch.failed) {
        for (uint32_t i = 0; i < count; i++) {
            uint32_t operands[3];
            last_use[i] = i;
            int operand_count = batch->needs[i] ? operands_of(&batch->nodes[i], operands) : 0;
            for (int j = 0; j < operand_count; j++) last_use[operands[j]] = i;
        }
        for (uint32_t i = 0; i < batch->kept_count; i++) last_use[batch->kept[i]] = SEG_NONE;
        bits.count = batch->row_count;
        give_slots(batch, last_use, &bits, &words);
        batch->bit_slots = bits.count;
        batch->word_slots = words.count;
    }
    bool fine = !scratch.failed;
    seg_arena_release(&scratch);
    return fine;
}

seg_status seg_batch_order(seg_batch *batch) {
    seg_arena *arena = &batch->arena;
    uint32_t count = batch->node_count;
    batch->needs = seg_arena_take_array(arena, count, sizeof *batch->needs);
    batch->slots = seg_arena_take_array(arena, count, sizeof *batch->slots);
    batch->first_output = seg_arena_take_array(arena, count, sizeof *batch->first_output);
    batch->next_output = seg_arena_take_array(arena, batch->image->segment_count, sizeof *batch->next_output);
    if (arena->failed) return SEG_E_MEMORY;
    mark(batch);
    batch->work = seg_arena_take_array(arena, batch->work_count, sizeof *batch->work);
    batch->roots = seg_arena_take_array(arena, batch->root_count, sizeof *batch->roots);
    batch->row_nodes = seg_arena_take_array(arena, batch->row_count, sizeof *batch->row_nodes);
    if (arena->failed || !find_slots(batch)) return SEG_E_MEMORY;
    uint32_t work = 0, root = 0, rows = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (!(batch->needs[i] & (SEG_NEED_ROWS | SEG_NEED_ROOT))) continue;
        batch->work[work++] = i;
        if (batch->needs[i] & SEG_NEED_ROOT)
            batch->roots[root++] = (seg_root){.node = i, .column = batch->nodes[i].column - 1};
        if (batch->nodes[i].kind == SEG_NODE_ROWS) {
            batch->slots[i] = rows;
            batch->row_nodes[rows++] = i;
        }
    }
    size_t words = batch->vector_rows / SEG_GROUP;
    batch->scratch = seg_arena_take_array(arena, words, sizeof *batch->scratch);
    batch->bit_room = seg_arena_take_array(arena, batch->bit_slots, words * sizeof *batch->bit_room);
    batch->word_room =
        seg_arena_take_array(arena, batch->word_slots, batch->vector_rows * sizeof *batch->word_room);
    return arena->failed ? SEG_E_MEMORY : SEG_OK;
}
