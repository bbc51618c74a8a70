/* tree.h - the tree of a source: what was written, before any meaning. Immutable once built; all of
 * it lives in the arena of the compilation. */
#ifndef SEG_TREE_H
#define SEG_TREE_H

#include "diag.h"
#include "source.h"

typedef enum seg_node_kind {
#define SEG_NODE(KIND, CHILDREN, MEANING) SEG_NODE_##KIND,
#include "node.def"
#undef SEG_NODE
    SEG_NODE_KIND_COUNT
} seg_node_kind;

typedef enum seg_node_op {
    SEG_NODE_OP_NONE,
    SEG_NODE_OP_EQ,
    SEG_NODE_OP_NE,
    SEG_NODE_OP_LT,
    SEG_NODE_OP_LE,
    SEG_NODE_OP_GT,
    SEG_NODE_OP_GE,
    SEG_NODE_OP_ADD,
    SEG_NODE_OP_SUB,
    SEG_NODE_OP_MUL,
    SEG_NODE_OP_DIV,
    SEG_NODE_OP_MOD,
    SEG_NODE_OP_CONTAINS,
    SEG_NODE_OP_STARTS_WITH,
    SEG_NODE_OP_ENDS_WITH,
    SEG_NODE_OP_MATCHES,
    SEG_NODE_OP_ANY_OF,
    SEG_NODE_OP_ALL_OF,
    SEG_NODE_OP_NONE_OF,
    SEG_NODE_OP_MORE,
    SEG_NODE_OP_LESS,
    SEG_NODE_OP_FOLLOWED,
    SEG_NODE_OP_PRECEDED,
    SEG_NODE_OP_THIS,
    SEG_NODE_OP_LAST,
    SEG_NODE_OP_CALENDAR,
    SEG_NODE_OP_COMPLETE,
    SEG_NODE_OP_IMPLY,
    SEG_NODE_OP_EXCLUDE,
    SEG_NODE_OP_DISJOINT,
    SEG_NODE_OP_TAGGED,
    SEG_NODE_OP_OWNED
} seg_node_op;

enum { /* flags */
    SEG_NODE_OPTIONAL = 1u,
    SEG_NODE_NEGATED = 2u,
    SEG_NODE_LOCAL = 4u,
    SEG_NODE_IGNORE_CASE = 8u,
    SEG_NODE_PARENTHESES = 16u, /* written in parentheses (for the formatter) */
    SEG_NODE_VERSION = 32u
};

typedef struct seg_node seg_node;
struct seg_node {
    uint16_t kind; /* seg_node_kind */
    uint8_t op;    /* seg_node_op */
    uint8_t flags;
    int32_t months;
    seg_span span;      /* the whole construct */
    seg_span name_span; /* of `text`, where the construct has a name; else as span */
    seg_text text;
    int64_t number; /* of a WORKSPACE: how many of its nodes may name a file */
    uint32_t child_count;
    seg_node *first_child, *last_child, *next; /* next: the following child of the same parent */
};

/* Nesting beyond this is a diagnostic, so that later passes may recurse. */
#define SEG_TREE_DEPTH_LIMIT 200

seg_node *seg_tree_node(seg_arena *arena, seg_node_kind kind, seg_span span);
void seg_tree_append(seg_node *parent, seg_node *child);
seg_node *seg_tree_child(const seg_node *node, uint32_t index); /* NULL beyond the last */
const char *seg_node_kind_name(seg_node_kind kind);

/* Reads one source. Always gives a WORKSPACE node (perhaps with ERROR nodes) unless memory is short
 * (NULL); faults are in `diags`. Recovers at the next declaration, so that one run shows all. */
seg_node *seg_parse(seg_arena *arena, const seg_source *source, seg_diags *diags);
/* The same, with the nodes in an arena of their own, that may be given up before the texts in `arena`. */
seg_node *seg_parse_apart(seg_arena *nodes, seg_arena *arena, const seg_source *source, seg_diags *diags);

/* The tokens of a source, and its tree, as text: for `seg dump`. */
void seg_dump_tokens(const seg_source *source, seg_arena *arena, seg_diags *diags, seg_buffer *out);
void seg_dump_tree(const seg_node *node, seg_buffer *out);

/* The source in canonical form; comments keep their places; formatting twice changes nothing.
 * False (and `out` untouched) when the source has faults. */
bool seg_format_source(seg_arena *arena, const seg_source *source, seg_diags *diags, seg_buffer *out);

#endif
