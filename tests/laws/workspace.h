/* workspace.h - random well-typed workspaces, as the text that a user would write. */
#ifndef SEG_TESTS_WORKSPACE_H
#define SEG_TESTS_WORKSPACE_H

#include "../../runtime/base/buffer.h"
#include "random.h"

#define SEG_WORKSPACE_PARTS 64u

typedef struct seg_workspace { /* its declarations apart, so that a failure can be shrunk */
    uint32_t part_count;
    char *parts[SEG_WORKSPACE_PARTS]; /* each terminated; freed by seg_workspace_free */
    bool is_segment[SEG_WORKSPACE_PARTS];
} seg_workspace;

/* The workspace of a seed: the same on every machine. */
void seg_workspace_make(seg_workspace *workspace, uint64_t seed);
void seg_workspace_copy(seg_workspace *workspace, const seg_workspace *from);
void seg_workspace_free(seg_workspace *workspace);
/* All declarations as one source; `shuffle` (may be NULL) puts them into another order. */
void seg_workspace_text(const seg_workspace *workspace, seg_random *shuffle, seg_buffer *out);
void seg_workspace_drop(seg_workspace *workspace, uint32_t part);

#endif
