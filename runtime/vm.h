/* vm.h - the machine: scratch memory for running programs, and running them. */
#ifndef SEG_VM_H
#define SEG_VM_H

#include "op.h"
#include "store.h"

/* One fact as programs see it. */
typedef struct seg_fact {
    const seg_value *values;
    const seg_image_field *fields;
    uint32_t count;
    int64_t time;
} seg_fact;

typedef struct seg_memo { /* the last result of a program */
    int64_t word, holds;
    uint64_t stamp;
} seg_memo;

typedef struct seg_walk { /* one program at several instants: see walk.h */
    int64_t now;          /* the caller's, as the next three */
    uint64_t generation, stamp;
    const seg_bits *bits;
    int64_t mark, gap_ms;
    int64_t word; /* the last one */
    bool is_under_way, is_true;
    uint32_t behind, ahead; /* instants up to the caller's now, and after it */
} seg_walk;

typedef struct seg_frame {
    const seg_ins *at; /* the opcode that waits */
    int64_t *registers;
    int64_t holds;
    uint32_t program;
    seg_walk walk;             /* when the opcode looks back */
    int64_t key, bound, tally; /* when the opcode goes through values: see each.h */
} seg_frame;

typedef struct seg_end { /* when time alone turns an atom, as of a round of looking */
    int64_t at;
    uint64_t round;
} seg_end;

typedef struct seg_entrance { /* a feed that the fact goes through, or what else of the state takes it */
    seg_slot slot;            /* of its store */
    size_t need_bytes;        /* how large the area must be; 0: as it is */
    seg_fate fate;
    uint32_t spent; /* so many entries make room for the new one */
    uint32_t feed;
} seg_entrance;

/* Where a unit of the calendar begins that lies `away` units behind the one from `begin` to `end`. */
typedef struct seg_border {
    int64_t begin, end, at, away;
    uint32_t zone;
    seg_image_unit unit;
} seg_border;

enum { SEG_BORDERS = 64 };

/* Work is counted where it begins, program by program; a benchmark built without it says what that costs. */
#ifdef SEG_UNMETERED
#define SEG_METER(vm, counter, amount) ((void)(vm), (void)(amount))
#else
#define SEG_METER(vm, counter, amount) ((void)((vm)->counters.counter += (uint64_t)(amount)))
#endif

/* Results are remembered per generation: one instant, one state, one set of facts. In a generation g,
 * programs run in full and stamp g; then verdicts may be taken from atom bits and stamp g + 1. Both serve
 * whoever asks for g, so running in full after bits needs a new generation. A program that runs at another
 * instant meanwhile does so in a generation of its own. */
struct seg_vm {
    const seg_image *image;
    seg_allocator allocator_copy;
    const seg_allocator *allocator;
    seg_vm_counters counters;

    const uint8_t *state; /* while STATE programs run */
    int64_t now;
    const seg_bits *bits;               /* not NULL: atoms are not run, their bits stand for them */
    const seg_fact *fact;               /* while FACT programs run */
    uint64_t generation, stamp, newest; /* newest: the last generation that was begun */
    seg_standing_fn standing;           /* NULL: nobody ranks */
    void *standing_user;
    seg_fellows_fn fellows; /* NULL: nobody is in a group */
    void *fellows_user;
    bool asks_until;      /* until when a number of fellows holds is asked too */
    bool defers_groups;   /* what asks about groups is left as it is: seg_regroup follows */
    uint64_t group_looks; /* so many fellows were looked at to say it */
    uint64_t looks;       /* so many instants of walks were looked at */
    int64_t key;          /* the value at hand, for queries with a key */

    uint32_t watched_query; /* whose anchor is noted, or SEG_NONE */
    bool watched_seen;
    int64_t watched_anchor;

    seg_entries found; /* those of the store that a window looked into last */
    uint32_t found_store;
    uint64_t found_at; /* the newest generation then: with another one the state may be another */
    seg_border borders[SEG_BORDERS]; /* what was asked last: see query.c */
    seg_memo *memo;                  /* per program */
    seg_frame *frames;
    int64_t *registers;
    uint64_t *marks;     /* segments to look at */
    bool marked;         /* there are some */
    bool has_changed;    /* a member's bit, perhaps back again */
    bool deadline_moves; /* the fact entered a store whose ladders the state's deadline comes from */
    uint64_t *changed;   /* segments whose members' bits are not what they were */
    seg_change *changes;
    seg_end *ends;           /* per atom */
    uint64_t round;          /* the present look at a state */
    int64_t *rows;           /* words that a fact gives to stores: per feed an entry */
    seg_entrance *entrances; /* feeds that the fact goes through, ascending; then what else takes it */
    uint32_t entrance_count; /* feeds */
    int64_t *scratch;        /* for counting distinct words */
    size_t scratch_count;    /* words that fit */
    int64_t *picked;         /* entries of one value */
    size_t picked_count;     /* words that fit */
    size_t *note_first;      /* per pair: of its notes; SIZE_MAX: it has none */
    uint64_t *notes;         /* per other of a pair: the look at which it was found to lack its own pairs */
    size_t note_count;       /* notes that fit */
    uint64_t look;           /* the present one: over one state, at one instant, with one limit */
    size_t memory_bytes;     /* of the block behind all but `scratch`, `picked` and `notes` */
};

enum { SEG_SET_LIMIT = 4096 }; /* members of a set in one fact */

/* A new generation of results for another instant of the same state. */
static inline void seg_vm_renew(seg_vm *vm, int64_t now) {
    vm->now = now;
    vm->bits = NULL;
    vm->generation = vm->stamp = vm->newest += 2;
}
/* A new generation of results for `state` at `now`. */
static inline void seg_vm_begin(seg_vm *vm, const uint8_t *state, int64_t now) {
    vm->state = state;
    seg_vm_renew(vm, now);
}
/* From here on atoms' bits stand for atoms. */
static inline void seg_vm_use_bits(seg_vm *vm, const seg_bits *bits) {
    vm->bits = bits;
    vm->stamp = vm->generation + 1;
}
/* The result of a program, and an instant > now before which it cannot change by time alone. */
int64_t seg_vm_run(seg_vm *vm, uint32_t program, int64_t *holds);
/* Scratch memory for every query over this state that needs some, with room for one more entry. */
seg_status seg_vm_make_scratch(seg_vm *vm, const uint8_t *state);
static inline bool seg_vm_needs_scratch(const seg_vm *vm) {
    const seg_image *image = vm->image;
    return image->noted_count | image->distinct_count | image->keyed_count;
}
static inline seg_status seg_vm_prepare(seg_vm *vm, const uint8_t *state) {
    return seg_vm_needs_scratch(vm) ? seg_vm_make_scratch(vm, state) : SEG_OK;
}

#endif
