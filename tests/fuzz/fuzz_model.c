/* Any bytes as the file of a model. What is taken is sound: trees end, and speak of inputs that are there. */
#include <string.h>

#include "../../compiler/model.h"
#include "target.h"

static void check_form(const seg_model *model) {
    FUZZ_CHECK(model->input_count >= 1 && model->input_count <= SEG_MODEL_INPUT_LIMIT);
    FUZZ_CHECK(model->node_count <= SEG_MODEL_NODE_LIMIT && model->tree_count <= model->node_count);
    for (uint32_t i = 0; i < model->tree_count; i++) FUZZ_CHECK(model->trees[i] < model->node_count);
    for (uint32_t i = 0; i < model->node_count; i++) {
        const seg_model_node *node = &model->nodes[i];
        FUZZ_CHECK(node->value - node->value == 0);
        if (node->input == SEG_NONE) continue;
        FUZZ_CHECK(node->input < model->input_count);
        FUZZ_CHECK(node->yes > i && node->yes < model->node_count);
        FUZZ_CHECK(node->no > i && node->no < model->node_count);
        FUZZ_CHECK(node->missing != SEG_MODEL_UNSAID || model->inputs[node->input].is_needed);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes) {
    char message[400];
    seg_arena arena = {0};
    seg_model model;
    if (seg_model_read(&arena, (seg_text){(const char *)bytes, size_bytes}, &model, message, sizeof message))
        check_form(&model);
    else
        FUZZ_CHECK(message[0] != 0 && strlen(message) < sizeof message);
    FUZZ_CHECK(!arena.failed);
    seg_arena_release(&arena);
    return 0;
}
