/* model.h - models that were computed elsewhere: linear terms and trees, read from JSON (docs/models.md). */
#ifndef SEG_MODEL_H
#define SEG_MODEL_H

#include "../runtime/base/arena.h"
#include "../runtime/seg.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SEG_MODEL_INPUT_LIMIT 100u
#define SEG_MODEL_NODE_LIMIT 50000u /* of all its trees */
#define SEG_MODEL_DEPTH_LIMIT 64u   /* of one tree */
#define SEG_MODEL_BYTES_LIMIT (16u << 20)

typedef struct seg_model_input {
    seg_text name;
    double coefficient;
    bool has_coefficient; /* it is a term of the sum */
    bool has_stand_in;    /* what stands in where it is missing */
    bool is_needed;       /* it may not be missing: a term, or a test that does not say where to go then */
    double stand_in;
} seg_model_input;

typedef enum seg_model_way { SEG_MODEL_UNSAID, SEG_MODEL_YES, SEG_MODEL_NO } seg_model_way;

typedef struct seg_model_node {
    uint32_t input;   /* whose value is tested; SEG_NONE: a leaf */
    bool or_equal;    /* x <= value; else x < value */
    uint8_t missing;  /* seg_model_way: where a missing value goes */
    double value;     /* the limit; of a leaf what it gives */
    uint32_t yes, no; /* nodes that stand later in the list */
} seg_model_node;

typedef struct seg_model {
    seg_text name; /* in the workspace */
    double intercept;
    uint32_t input_count, tree_count, node_count;
    const seg_model_input *inputs;
    const uint32_t *trees; /* the root of each */
    const seg_model_node *nodes;
    bool averages; /* the trees' values are averaged, else added up */
    bool logistic; /* the sum goes through 1 / (1 + e^-x) */
} seg_model;

/* Reads a file into *out, whose memory is the arena's. False: memory is short (arena->failed), or `message`
 * says what is wrong with the file and where in it. */
bool seg_model_read(seg_arena *arena, seg_text bytes, seg_model *out, char *message, size_t message_bytes);

#ifdef __cplusplus
}
#endif
#endif
