/* view.h - a loaded image: its sections as arrays, and what is derived from them once at load. */
#ifndef SEG_VIEW_H
#define SEG_VIEW_H

#include "image.h"

/* Names looked up by their bytes: open addressing, SEG_NONE marks a free slot. */
typedef struct seg_name_index {
    uint32_t *slots;
    uint32_t mask;
} seg_name_index;

/* Feeds of an event with the same route and relation: see route.h. */
typedef struct seg_route {
    uint32_t program;    /* or SEG_NONE: all of them may take the fact */
    uint32_t relation;   /* seg_feed_relation */
    uint32_t first, end; /* in FEEDS */
} seg_route;

typedef struct seg_leaf seg_leaf;
typedef struct seg_node seg_node;
typedef struct seg_verdict seg_verdict;
typedef struct seg_rung seg_rung;
typedef struct seg_ladder seg_ladder;
typedef struct seg_gate seg_gate;
typedef struct seg_hinge seg_hinge;

enum { SEG_PINS = 64 };

typedef struct seg_pin { /* a word of a store's newest entry: see pin.h */
    uint32_t store, field;
    int64_t stands_in; /* where it is missing */
} seg_pin;

typedef struct seg_places { /* in a state, from its first byte */
    size_t pins, dues, atoms, segments, directory;
    size_t base;  /* the size of a fresh state */
    bool is_wide; /* no directory is narrow */
} seg_places;

struct seg_image {
    seg_allocator allocator_copy;
    const seg_allocator *allocator; /* NULL: the C library's */
    uint8_t *bytes;                 /* the copy of the image */
    size_t size_bytes;
    const seg_image_header *header;
    uint32_t counts[SEG_SECTION_COUNT];

    const char *strings;
    const seg_image_field *fields;
    const seg_image_event_record *events;
    const seg_image_feed *feeds;
    const seg_image_store *stores;
    const seg_image_query *queries;
    const seg_image_program *programs;
    const seg_ins *code;
    const int64_t *words;
    const seg_run *word_sets;
    const seg_ref *texts;
    const seg_image_automaton *automata;
    const uint16_t *tables;
    const seg_image_atom *atoms;
    const seg_image_segment_record *segments;
    const uint32_t *links;
    const seg_image_zone *zones;
    const seg_image_transition *transitions;
    const seg_image_column_map_record *column_maps;
    const seg_image_column *columns;
    const seg_image_probe_record *probes;
    const seg_image_pair *pairs;
    const seg_image_ranking *rankings;
    const seg_image_clock *clocks;
    const seg_image_native_record *natives;
    const seg_image_group *groups;
    const seg_image_tally *tallies;

    struct seg_native_call *calls; /* of natives: how they are called, once they are bound */

    /* Derived. */
    uint32_t *program_atom; /* the atom of a program, or SEG_NONE */
    seg_leaf *leaf_list;    /* see leaf.h */
    uint32_t leaf_count;
    uint32_t *leaf_numbers;  /* per program: its leaf; 0: that is none */
    const seg_node **charts; /* per segment its first node: see chart.h */
    void *nodes;             /* of charts, as they were allocated */
    size_t nodes_bytes;
    seg_verdict *verdicts;  /* per segment: see verdict.h */
    seg_rung *rungs;        /* of ladders: see ladder.h */
    seg_ladder *ladders;    /* by store */
    seg_run *store_ladders; /* per store: in ladders */
    uint32_t *loose_atoms;  /* those that stand on no ladder */
    uint32_t loose_count;
    uint64_t *loose_feeds; /* bit per feed: it has such atoms */
    uint64_t *birth_atoms; /* bits of the atoms on ladders while nothing is remembered */
    uint64_t *birth_marks; /* segments to look at when a profile begins */
    seg_run *atom_gates;   /* per atom: in gates; none although it has segments: these are marked */
    seg_gate *gates;       /* see gate.h */
    seg_hinge *hinges;     /* behind them */
    uint32_t gate_count;
    size_t gates_bytes;    /* of the block behind the three */
    bool asks_past;        /* some program runs at instants before now */
    uint32_t state_layout; /* of the header's layout, of pins, and of how many dues there are */
    uint64_t settled_word; /* the first word of states without facts ahead, but for other flags */
    uint32_t rules;        /* of the header's checksum, as states name it */
    seg_places places;
    uint32_t *due_atoms; /* atoms that time alone can flip and that stand on no ladder: see due.h */
    uint32_t due_count;
    uint32_t *atom_due;     /* the place of an atom among these, or SEG_NONE */
    seg_run *store_pins;    /* per store: in pins */
    seg_pin pins[SEG_PINS]; /* ascending by store and field */
    uint32_t pin_count;
    uint32_t *distinct_stores; /* stores whose distinct values are counted: those need scratch memory */
    uint32_t distinct_count;
    uint32_t *noted_pairs; /* pairs for which it is noted which of their others lack their own pairs */
    uint32_t noted_count;
    uint32_t *keyed_stores; /* stores of which queries look at the entries of one value: the same */
    uint32_t keyed_count;
    uint32_t *ranked_programs; /* per program: 1 if it asks for a rank */
    uint32_t *ranked_atoms;    /* atoms that ask for a rank */
    uint32_t ranked_count;
    uint32_t *grouped_programs, *grouped_atoms; /* the same of groups */
    uint32_t grouped_count;
    uint32_t store_count, atom_count, segment_count, program_count; /* shorthands of counts[] */
    uint64_t max_stack; /* registers of the deepest chain of calls */
    uint32_t max_rows;  /* words that the feeds of one fact may give */
    uint32_t max_feeds; /* of one event */
    seg_route *routes;  /* of event i: route_first[i] .. route_first[i + 1] */
    uint32_t *route_first;
    uint32_t *route_slots; /* feeds by route and word, the first of equal ones; SEG_NONE: free */
    uint32_t route_mask;
    size_t route_bytes; /* of the block behind the three */
    seg_name_index event_index, attribute_index, segment_index;
};

static inline seg_text seg_view_text(const seg_image *image, seg_ref ref) {
    return (seg_text){image->strings + ref.offset, ref.size_bytes};
}

#endif
