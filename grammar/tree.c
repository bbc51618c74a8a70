#include "tree.h"

#include <inttypes.h>

static const char *const kind_names[] = {
#define SEG_NODE(KIND, CHILDREN, MEANING) #KIND,
#include "node.def"
#undef SEG_NODE
};

static const char *const op_names[] = {
    "",       "==",       "!=",       "<",     "<=",       ">",           ">=",          "+",
    "-",      "*",        "/",        "mod",   "contains", "starts with", "ends with",   "matches",
    "any of", "all of",   "none of",  "more",  "less",     "followed by", "preceded by", "this",
    "last",   "calendar", "complete", "imply", "exclude",  "disjoint",    "tagged",      "owned by",
};
_Static_assert(sizeof op_names / sizeof *op_names == SEG_NODE_OP_OWNED + 1, "a name for every operator");

seg_node *seg_tree_node(seg_arena *arena, seg_node_kind kind, seg_span span) {
    seg_node *node = seg_arena_take_raw(arena, sizeof *node);
    if (!node) return NULL;
    *node = (seg_node){.kind = (uint16_t)kind, .span = span, .name_span = span};
    return node;
}

void seg_tree_append(seg_node *parent, seg_node *child) {
    if (!parent || !child) return;
    child->next = NULL;
    if (parent->last_child)
        parent->last_child->next = child;
    else
        parent->first_child = child;
    parent->last_child = child;
    parent->child_count++;
}

seg_node *seg_tree_child(const seg_node *node, uint32_t index) {
    seg_node *child = node->first_child;
    while (child && index--) child = child->next;
    return child;
}

const char *seg_node_kind_name(seg_node_kind kind) {
    return (unsigned)kind < SEG_NODE_KIND_COUNT ? kind_names[kind] : "?";
}

static void dump_flags(const seg_node *node, seg_buffer *out) {
    static const char *const names[] = {"optional",    "negated",     "local",
                                        "ignore_case", "parentheses", "version"};
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        if (node->flags & (1u << i)) seg_buffer_format(out, " %s", names[i]);
}

static void dump_node(const seg_node *node, unsigned depth, seg_buffer *out) {
    seg_buffer_format(out, "%*s%s", (int)(2 * depth), "", seg_node_kind_name(node->kind));
    if (node->op) seg_buffer_format(out, " %s", op_names[node->op]);
    if (node->text.bytes) {
        seg_buffer_text(out, " ");
        seg_buffer_quote(out, node->text);
    }
    if (node->kind == SEG_NODE_DURATION)
        seg_buffer_format(out, " months %" PRId32 " ms %" PRId64, node->months, node->number);
    if (node->kind == SEG_NODE_BOOLEAN || node->kind == SEG_NODE_DATE || node->kind == SEG_NODE_TIME)
        seg_buffer_format(out, " %" PRId64, node->number);
    dump_flags(node, out);
    seg_place first = seg_source_place(node->span.source, node->span.first);
    seg_place end = seg_source_place(node->span.source, node->span.end);
    seg_buffer_format(out, " @%u:%u-%u:%u\n", first.line, first.column, end.line, end.column);
    for (const seg_node *child = node->first_child; child; child = child->next)
        dump_node(child, depth + 1, out);
}

void seg_dump_tree(const seg_node *node, seg_buffer *out) {
    if (node) dump_node(node, 0, out);
}
