/* plan_model.c - a model becomes one program: its terms are added up, its trees are jumps. */
#include <string.h>

#include "../runtime/op.h"
#include "plan_parts.h"

typedef struct maker {
    seg_code *code;
    const seg_model *model;
    uint8_t score, trees, value, limit;       /* registers */
    uint32_t programs[SEG_MODEL_INPUT_LIMIT]; /* that give the inputs */
    bool is_optional[SEG_MODEL_INPUT_LIMIT], is_called[SEG_MODEL_INPUT_LIMIT];
} maker;

static int64_t word_of(double value) {
    int64_t word;
    memcpy(&word, &value, sizeof word);
    return word;
}

static uint32_t put(maker *m, seg_opcode op, uint8_t a, uint8_t b, uint32_t c, int64_t imm) {
    return seg_code_add(m->code, (seg_ins){.op = (uint8_t)op, .a = a, .b = b, .c = c, .imm = imm});
}

/* An input runs once per instant. What it looks at is noted with the first call. */
static void put_input(maker *m, uint32_t input) {
    if (m->is_called[input])
        put(m, SEG_OP_CALL, m->value, 0, m->programs[input], 0);
    else
        seg_code_call(m->code, m->value, m->programs[input]);
    m->is_called[input] = true;
}

static void put_terms(maker *m) {
    put(m, SEG_OP_LOADI, m->score, 0, 0, word_of(m->model->intercept));
    for (uint32_t i = 0; i < m->model->input_count; i++) {
        if (!m->model->inputs[i].has_coefficient) continue;
        put_input(m, i);
        put(m, SEG_OP_LOADI, m->limit, 0, 0, word_of(m->model->inputs[i].coefficient));
        put(m, SEG_OP_MULF, m->value, m->value, m->limit, 0);
        put(m, SEG_OP_ADDF, m->score, m->score, m->value, 0);
    }
}

/* The value of a tree's node, into the register `value`: at most SEG_MODEL_DEPTH_LIMIT deep. */
static void put_node(maker *m, uint32_t number) {
    const seg_model_node *node = &m->model->nodes[number];
    if (node->input == SEG_NONE) {
        put(m, SEG_OP_LOADI, m->value, 0, 0, word_of(node->value));
        return;
    }
    uint32_t known = 0, tested = 0;
    put_input(m, node->input);
    if (m->is_optional[node->input]) {
        known = put(m, SEG_OP_JK, m->value, 0, 0, 0);
        put(m, SEG_OP_LOADI, m->value, 0, 0, node->missing == SEG_MODEL_YES);
        tested = put(m, SEG_OP_JMP, 0, 0, 0, 0);
        seg_code_land(m->code, known);
    }
    put(m, SEG_OP_LOADI, m->limit, 0, 0, word_of(node->value));
    put(m, node->or_equal ? SEG_OP_LEF : SEG_OP_LTF, m->value, m->value, m->limit, 0);
    if (m->is_optional[node->input]) seg_code_land(m->code, tested);
    uint32_t no = put(m, SEG_OP_JF, m->value, 0, 0, 0);
    put_node(m, node->yes);
    uint32_t done = put(m, SEG_OP_JMP, 0, 0, 0, 0);
    seg_code_land(m->code, no);
    put_node(m, node->no);
    seg_code_land(m->code, done);
}

static void put_trees(maker *m) {
    const seg_model *model = m->model;
    put(m, SEG_OP_LOADI, m->trees, 0, 0, 0);
    for (uint32_t i = 0; i < model->tree_count; i++) {
        put_node(m, model->trees[i]);
        put(m, SEG_OP_ADDF, m->trees, m->trees, m->value, 0);
    }
    if (model->averages) {
        put(m, SEG_OP_LOADI, m->value, 0, 0, word_of(model->tree_count));
        put(m, SEG_OP_DIVF, m->trees, m->trees, m->value, 0);
    }
    put(m, SEG_OP_ADDF, m->score, m->score, m->trees, 0);
}

void seg_plan_model(seg_code *code, const seg_rule *rule, uint8_t to) {
    maker m = {.code = code,
               .model = code->plan->rules->models[rule->index],
               .score = to,
               .trees = (uint8_t)(to + 1),
               .value = (uint8_t)(to + 2),
               .limit = (uint8_t)(to + 3)};
    const seg_rule *given = rule->operands[0];
    for (uint32_t i = 0; i < m.model->input_count; i++) {
        m.programs[i] = seg_plan_value_program(code->plan, given->operands[0]);
        if (m.programs[i] == SEG_NONE) return; /* memory is short: noticed at the end */
        m.is_optional[i] = given->operands[0]->type.optional;
        if (given->operand_count > 1) given = given->operands[1];
    }
    seg_code_use(code, m.limit);
    put_terms(&m);
    if (m.model->tree_count > 0) put_trees(&m);
    if (m.model->logistic) put(&m, SEG_OP_LOGISTIC, to, to, 0, 0);
}
