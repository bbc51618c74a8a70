/* compile.h - the way from sources to an image, one call per stage. */
#ifndef SEG_COMPILE_H
#define SEG_COMPILE_H

#include "../grammar/tree.h"
#include "plan.h"
#include "rule.h"
#include "segc.h"

/* One run over a set of sources. Everything it makes lives in its arena, but the trees' nodes. */
typedef struct seg_compilation {
    seg_arena arena;
    seg_arena nodes;
    seg_diags diags;
    size_t source_count;
    const seg_source **sources; /* borrowed */
    seg_node **trees;           /* NULL: given up */
    const seg_rules *rules;     /* NULL: not checked, or at fault */
} seg_compilation;

void seg_compilation_init(seg_compilation *compilation, const seg_allocator *allocator);
void seg_compilation_release(seg_compilation *compilation);

/* Text to typed rules. SEG_OK also when the rules are at fault: then diags.errors is not 0. */
seg_status seg_compile_rules(seg_compilation *compilation, const seg_source **sources, size_t source_count,
                             const seg_check_given *given);
/* Typed rules stand by themselves: the room of the trees becomes that of what is made of the rules. */
void seg_compile_give_up_trees(seg_compilation *compilation);
/* Typed rules to the bytes of an image, appended to `image`. SEG_E_LIMIT: a diagnostic says what. */
seg_status seg_compile_image(seg_compilation *compilation, bool explain, seg_buffer *image);
/* What a stage made, as text. SEG_E_USAGE: the stage needs rules without faults. */
seg_status seg_compile_dump(seg_compilation *compilation, seg_stage stage, seg_buffer *out);

#endif
