/* case.h - one compiled workspace with all that the laws need to try histories on it. */
#ifndef SEG_TESTS_CASE_H
#define SEG_TESTS_CASE_H

#include "../../compiler/plan.h"
#include "history.h"
#include "oracle.h"
#include "workspace.h"

typedef struct seg_case {
    seg_arena arena;
    seg_diags diags;
    seg_buffer text, bytes; /* the source and the image */
    const seg_rules *rules;
    seg_image *image;
    seg_image_info info;
    seg_vm *vm;
    seg_oracle *oracle;
    seg_targets targets;
} seg_case;

/* Compiles the text of a source into an image, appended to `bytes`. NULL: it has faults, and they are
 * in diags. */
const seg_rules *seg_case_image(seg_arena *arena, seg_diags *diags, const seg_buffer *text,
                                seg_buffer *bytes);

/* False: the workspace was refused; seg_case_close is still due. Ends the program when an image that
 * the compiler made cannot be loaded. */
bool seg_case_open(seg_case *c, const seg_workspace *workspace);
void seg_case_close(seg_case *c);

/* A fresh state of the profile p0, p1 … */
seg_status seg_case_state(seg_vm *vm, seg_state *state, uint32_t profile);

#endif
