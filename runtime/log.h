/* log.h - the inside of a batch with events: tables of them, and what is gathered from these per row.
 *
 * Each table has a graph of its own (a seg_batch without segments) for the programs over one fact: which
 * stores an event enters, and with which words. Windows over a store are gathered: rows of the table whose
 * bits are set, by the store's filter and by time, add to the counts, sums or entries of their profiles, in
 * whatever order they stand. Then a window is a column of words like any other.
 *
 * A window that needs the entries in order (pairs, anchors, the newest few, float sums, distinct values) is
 * left to the VM: the row's state is then made of its events too. */
#ifndef SEG_LOG_H
#define SEG_LOG_H

#include "batch.h"

typedef enum seg_gather_kind {
    SEG_GATHER_COUNT,
    SEG_GATHER_KNOWN, /* of entries whose field is known */
    SEG_GATHER_SUM,
    SEG_GATHER_LEAST,
    SEG_GATHER_GREATEST,
    SEG_GATHER_LEAST_FLOAT,
    SEG_GATHER_GREATEST_FLOAT,
    SEG_GATHER_OLDEST, /* whole entries, for their order */
    SEG_GATHER_NEWEST
} seg_gather_kind;

/* What is made of a gather's result, as a node's `op`. */
typedef enum seg_reading {
    SEG_READING_WORD,   /* the count, the sum (saturated), the word */
    SEG_READING_ENOUGH, /* 1 if the sum is at least imm */
    SEG_READING_MEAN    /* of the sum; node's b: the gather of how many; imm: the unit */
} seg_reading;

typedef struct seg_gather {
    uint8_t kind;
    uint32_t query;
    uint32_t window;      /* in `windows` */
    uint32_t entry_words; /* OLDEST, NEWEST: kept per profile: the time, then the store's words */
    size_t row_bytes;
    void *room; /* row_bytes for each profile */
    size_t room_bytes;
} seg_gather;

/* Entries from `first` to `last` are inside. Where months make the edges uneven, those from sure_first to
 * sure_last are, and the query is asked about the others. */
typedef struct seg_log_window {
    int64_t first, last, sure_first, sure_last;
    uint32_t query; /* SEG_NONE: its edges are even */
    uint64_t *bits;  /* of the vector at hand, once they are asked for */
    bool is_marked;
} seg_log_window;

typedef struct seg_log_table {
    uint32_t event;
    seg_batch *facts; /* column 0: whose; column 1: when; then fields */
    bool is_readable; /* its programs were lowered */
    const struct ArrowArray *array; /* at hand */
    seg_edge *filters;              /* per feed of the event */
    seg_symbol **values;            /* per feed, per word of its store */
} seg_log_table;

struct seg_log {
    seg_log_table *tables;
    uint32_t table_count;
    bool *is_fed; /* per store: a table has events for it */
    bool *by_row; /* per store: its entries cannot be gathered */
    seg_gather *gathers;
    uint32_t gather_count, gather_capacity;
    seg_log_window *windows;
    uint32_t window_count;
    uint64_t *scratch;
    uint32_t *profiles;  /* of the vector at hand, counted from `first` */
    int64_t *times;      /* the same */
    uint64_t *starts;    /* by rows: where a profile's events begin in `events` */
    uint64_t *events;    /* table << 40 | row */
    seg_value *values;   /* of one event */
    size_t rows;
    size_t first, own;   /* profiles that are gathered for: their first row, their number */
    uint64_t *is_own;    /* of the vector at hand */
};

/* Binds the tables, and lowers their programs. Before seg_batch_lower. */
seg_status seg_log_bind(seg_batch *batch, const seg_batch_options *options, seg_error *error);
/* The gather for what an opcode asks of a query; SEG_NONE: it needs rows. `anchor`: its constant, if it has
 * one. After seg_log_bind, before seg_log_order. */
uint32_t seg_log_gather(seg_batch *batch, seg_gather_kind kind, uint32_t query, const int64_t *anchor);
/* After seg_batch_lower: the order of work of each table's graph. */
seg_status seg_log_order(seg_batch *batch);
void seg_log_free(seg_batch *batch);

/* Gathers from the tables' arrays, whose events are those of `rows` profiles, for the profiles from `first`
 * to before `end`. SEG_E_USAGE, SEG_E_FACT, SEG_E_MEMORY. */
seg_status seg_log_run(seg_batch *batch, const struct ArrowArray *const *arrays, size_t rows, size_t first,
                       size_t end, seg_error *error);
/* What a node reads, for rows `from` .. `from` + `rows` - 1, which were gathered for. */
void seg_log_read(seg_batch *batch, const seg_node *node, size_t from, size_t rows, int64_t *words);
/* log_rows.c: puts the events of a profile into the batch's state. */
seg_status seg_log_group(seg_batch *batch, seg_error *error);
seg_status seg_log_put(seg_batch *batch, size_t row, seg_error *error);

/* gather.c */
seg_status seg_gather_start(seg_batch *batch, size_t rows);
/* Adds the vector of rows of a table at hand, whose profiles and times are in the log. */
void seg_gather_add(seg_batch *batch, const seg_log_table *table, size_t rows);

#endif
