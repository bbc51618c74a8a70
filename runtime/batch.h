/* batch.h - the inside of a seg_batch: columns, and the graph that stands for every segment of an image.
 *
 * A batch runs the programs of an image symbolically, once: each register holds a node of a graph instead of
 * a word, and where two ways of a program meet, a node chooses. What comes out are few bitmaps over the
 * columns and boolean algebra over them. Equal nodes exist once, whatever the segment. Then rows go through
 * the graph, vector_rows at a time.
 *
 *   words   64 bits a row, as the registers of the VM
 *   bits    one bit a row. An edge is a node's number times two, plus one when its bits are turned over
 *
 * A bit node that looks at one column of texts alone is found out once per entry of its dictionary, and
 * looked up by code for the rows. A program that cannot be run symbolically is run by the VM, row by row,
 * over the state that the row's values make. */
#ifndef SEG_BATCH_H
#define SEG_BATCH_H

#include "bitmap.h"
#include "base/arena.h"
#include "column.h"
#include "op.h"
#include "vm.h"

typedef enum seg_node_kind {
    SEG_NODE_FALSE,         /* bits: none; node 0 */
    SEG_NODE_KNOWN,         /* bits: column a has a value */
    SEG_NODE_BOOL,          /* bits: column a's value, where it has one */
    SEG_NODE_NATIVE,        /* bits: column a has a value, and as it lies it is `op` (a relation) imm */
    SEG_NODE_COMPARE,       /* bits: word a, `op` (a relation), imm */
    SEG_NODE_COMPARE_WORDS, /* bits: word a, `op`, word b */
    SEG_NODE_IN,            /* bits: word a is in word set b */
    SEG_NODE_REACHED,       /* bits: now >= instant of word a + b months + imm ms */
    SEG_NODE_AND,           /* bits: of edges a and b */
    SEG_NODE_ROWS,          /* bits: the result of program a, row by row */
    SEG_NODE_WORDS,         /* from here on words */
    SEG_NODE_CONSTANT = SEG_NODE_WORDS, /* imm */
    SEG_NODE_FIELD,                     /* field a of the batch; missing where the column has no value */
    SEG_NODE_WORD_OF,                   /* 1 or 0, by edge a */
    SEG_NODE_SELECT,                    /* word a where edge c, else word b */
    SEG_NODE_GATHER, /* gather a of the log, read as `op` with imm and perhaps gather b: see log.h */
    SEG_NODE_OP      /* opcode `op` over words a and b (or none), with c and imm of its instruction */
} seg_node_kind;

#define SEG_DEPENDS_ON_MANY UINT32_MAX

typedef struct seg_node {
    uint8_t kind, op;
    uint16_t reserved;
    uint32_t a, b, c;
    int64_t imm;
    uint32_t column; /* 1 + the only one that it looks at; 0: none; SEG_DEPENDS_ON_MANY */
    uint32_t next;   /* of the nodes with the same hash; 0: none */
} seg_node;

typedef uint32_t seg_edge;
enum { SEG_EDGE_FALSE = 0, SEG_EDGE_TRUE = 1 };

/* What a symbolic register holds. */
typedef struct seg_symbol {
    bool is_bits;
    uint32_t id; /* an edge, or a word's node */
} seg_symbol;

typedef enum seg_lowered { SEG_LOWERED_NOT_YET, SEG_LOWERED_FINE, SEG_LOWERED_BY_ROWS } seg_lowered;

/* A word that the store of an attribute keeps, computed from a fact by `program`. */
typedef struct seg_batch_field {
    uint32_t column, program, store, word;
    bool is_identity; /* the value's own word */
    uint8_t op;       /* of events: instead of the program, this opcode over the field, with `argument` */
    uint32_t fact_field, argument;
    bool is_float;
    int64_t *words; /* of texts: per entry of the dictionary, and one for "missing" */
} seg_batch_field;

/* A node over a dictionary that is looked up by the rows' codes. */
typedef struct seg_root {
    uint32_t node, column;
    uint64_t *bits; /* per entry */
    uint8_t table[32];
    uint8_t *flags; /* per entry, when there are more than 256 */
    bool is_single; /* of those, exactly one code has another bit than the rest */
    uint32_t code;
} seg_root;

typedef struct seg_program_symbol {
    uint8_t state;   /* seg_lowered */
    bool is_verdict; /* an atom's or a segment's: 1 or 0 */
    seg_symbol symbol;
} seg_program_symbol;

struct seg_batch {
    const seg_image *image;
    seg_allocator allocator_copy;
    const seg_allocator *allocator;
    seg_arena arena; /* all that lives as long as the batch */
    seg_arena run;   /* what a run needs: dictionaries */
    const seg_kernels *kernels;
    seg_vm *vm;
    seg_state state; /* of the row at hand, for programs that run row by row */
    int64_t now;
    uint32_t vector_rows;
    uint64_t faults;
    bool is_too_large; /* the graph */

    struct seg_crew_part *parts; /* of threads, the caller's first: see crew.h */
    uint32_t part_count;         /* 0: there is one thread */

    struct seg_log *log; /* NULL: no events */
    bool is_facts;       /* its rows are events of a table: see log.h */
    uint32_t event;      /* these events */
    seg_value *values;   /* of one of them */

    seg_column *columns;
    uint32_t column_count, child_count;
    uint32_t *store_field; /* per store: its first field in `fields`, SEG_NONE: see store_is_empty */
    bool *store_is_empty;  /* no attribute feeds it */
    seg_batch_field *fields;
    uint32_t field_count;

    seg_node *nodes;
    uint32_t node_count, node_capacity;
    uint32_t *buckets; /* 2^14 */
    seg_program_symbol *programs;
    seg_edge *segments;

    /* The order of work. */
    uint8_t *needs;  /* per node: SEG_NEED_... */
    uint32_t *slots; /* per node: of its bits or words */
    uint32_t *work;  /* the nodes over rows, in order */
    uint32_t work_count;
    uint32_t *first_output, *next_output; /* per node, per segment: the segments that a node decides */
    uint32_t bit_slots, word_slots;
    seg_root *roots;
    uint32_t root_count;
    uint32_t *kept; /* nodes whose bits and words are there at the end of a step */
    uint32_t kept_count;
    uint32_t *row_nodes; /* SEG_NODE_ROWS that are needed: their bits have the first slots */
    uint32_t row_count;
    uint64_t *scratch; /* bits of one vector */
    uint64_t *bit_room;
    int64_t *word_room;
};

#define SEG_NEED_ROWS 1u  /* over the rows */
#define SEG_NEED_ENTRY 2u /* over the entries of a dictionary */
#define SEG_NEED_ROOT 4u  /* over the rows by looking up */

/* lower.c: makes the graph. SEG_E_MEMORY, SEG_E_LIMIT. */
seg_status seg_batch_lower(seg_batch *batch);
/* The same for the programs that the events of a table run; *fine: each was lowered. */
seg_status seg_batch_lower_facts(seg_batch *facts, bool *fine);
seg_edge seg_batch_truth(seg_batch *batch, uint32_t program); /* of a lowered program: whether it is not 0 */
/* batch.c: room for the columns of a vector; the columns of an array. SEG_E_MEMORY, SEG_E_USAGE. */
seg_status seg_batch_make_room(seg_batch *batch);
seg_status seg_batch_open(seg_batch *batch, const struct ArrowArray *array, seg_error *error);
/* Evaluates the rows from `first` to before `end`, which are vectors as a whole but for the array's last. */
seg_status seg_batch_run_rows(seg_batch *batch, const struct ArrowArray *array,
                              const struct ArrowArray *const *tables, size_t first, size_t end,
                              uint64_t *const *members, uint64_t *counts, seg_error *error);
/* graph.c */
seg_edge seg_edge_not(seg_edge edge);
seg_edge seg_graph_and(seg_batch *batch, seg_edge a, seg_edge b);
seg_edge seg_graph_choose(seg_batch *batch, seg_edge when, seg_edge a, seg_edge b);
uint32_t seg_graph_node(seg_batch *batch, seg_node node);
uint32_t seg_graph_constant(seg_batch *batch, int64_t word);
uint32_t seg_graph_word(seg_batch *batch, seg_symbol symbol);
seg_edge seg_graph_compare(seg_batch *batch, seg_relation relation, uint32_t word, int64_t constant,
                           int depth);
seg_edge seg_graph_compare_words(seg_batch *batch, seg_relation relation, uint32_t a, uint32_t b);
seg_edge seg_graph_reached(seg_batch *batch, uint32_t word, int32_t months, int64_t ms);
uint32_t seg_graph_select(seg_batch *batch, seg_edge when, uint32_t a, uint32_t b);
uint32_t seg_graph_op(seg_batch *batch, seg_node op, int depth);
/* word.c: what an opcode makes of words; the same as the VM's. */
int64_t seg_word_op(seg_batch *batch, const seg_node *op, int64_t a, int64_t b);
bool seg_word_reached(const seg_batch *batch, int64_t instant, int32_t months, int64_t ms);
/* The bits or words of a node, for the vector of rows at hand. */
static inline uint64_t *seg_batch_bits(const seg_batch *batch, uint32_t node) {
    return batch->bit_room + (size_t)batch->slots[node] * (batch->vector_rows / SEG_GROUP);
}
static inline int64_t *seg_batch_words(const seg_batch *batch, uint32_t node) {
    return batch->word_room + (size_t)batch->slots[node] * batch->vector_rows;
}
/* vector.c: the words of all fields and the bits of all roots over the dictionaries of the array at hand;
 * then one vector of rows, whose columns are loaded. SEG_E_FACT, SEG_E_MEMORY. */
seg_status seg_batch_enter(seg_batch *batch, seg_error *error);
seg_status seg_batch_step(seg_batch *batch, size_t from, size_t rows, uint64_t *const *members,
                          uint64_t *counts, seg_error *error);
/* order.c: what has to be worked out where, and room for it. */
seg_status seg_batch_order(seg_batch *batch);

#endif
