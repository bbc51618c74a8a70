/* seg.h - the public header of libsegvm, the embeddable virtual machine of Seg.
 *
 * An image is the compiled form of a workspace of segments. A state is what one profile must
 * remember for it: flat bytes that the host owns and may keep anywhere. Facts (events, attribute
 * values) go in; memberships, the instants until which they hold, and changes come out.
 *
 * Units      every instant is a count of milliseconds since 1970-01-01T00:00Z, every duration a
 *            count of milliseconds, unless a name says otherwise.
 * Threads    a seg_image is immutable after seg_image_load and seg_image_bind, and may be shared by threads.
 *            A seg_vm and a seg_state belong to one thread at a time.
 * Errors     functions return SEG_OK or a negative seg_status; those that take a seg_error fill it
 *            on failure (it may be NULL). On failure a state is as it was before the call.
 * Memory     only the allocator that the host gave is used; nothing is allocated while facts are
 *            applied, except when a state has to grow.
 */
#ifndef SEG_H
#define SEG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SEG_VERSION_MAJOR 0
#define SEG_VERSION_MINOR 1
#define SEG_VERSION_TEXT "0.1.0"

/* The ends of time: no fact lies outside, SEG_TIME_MIN also says "before everything" and
 * SEG_NEVER "at no instant". 0001-01-01T00:00Z and 9999-12-31T23:59:59.999Z. */
#define SEG_TIME_MIN INT64_C(-62135596800000)
#define SEG_TIME_MAX INT64_C(253402300799999)
#define SEG_NEVER INT64_MAX

typedef enum seg_status {
    SEG_OK = 0,
    SEG_E_MEMORY = -1,  /* the allocator returned NULL */
    SEG_E_IMAGE = -2,   /* the image's bytes are damaged, hostile, or not an image */
    SEG_E_VERSION = -3, /* the image or state was made by another, incompatible version */
    SEG_E_STATE = -4,   /* the state's bytes are damaged, or belong to another image */
    SEG_E_FACT = -5,    /* a fact does not fit its declaration (type, range, required field) */
    SEG_E_TIME = -6,    /* an instant is outside SEG_TIME_MIN .. SEG_TIME_MAX, or time ran backwards */
    SEG_E_LIMIT = -7,   /* a state would grow beyond 1 GiB */
    SEG_E_USAGE = -8,   /* an index or argument is out of range: a fault of the host */
    SEG_E_NATIVE = -9   /* a native function is not bound, or not what the rules say */
} seg_status;

typedef struct seg_error {
    seg_status status;
    size_t offset; /* where in the bytes, when bytes were at fault */
    char message[192];
} seg_error;

/* Memory from the host: resize(user, NULL, 0, n) allocates, resize(user, p, old, 0) frees and
 * returns NULL, else resizes as realloc does. A NULL allocator means the C library's. */
typedef struct seg_allocator {
    void *(*resize)(void *user, void *block, size_t old_bytes, size_t new_bytes);
    void *user;
} seg_allocator;

/* ---- Values ------------------------------------------------------------------------------- */

typedef enum seg_type {
    SEG_BOOL = 1, /* i: 0 or 1 */
    SEG_INT,      /* i: -(2^63-1) .. 2^63-1 */
    SEG_DECIMAL,  /* i: the value times 10^scale, exact; the scale stands in the declaration */
    SEG_FLOAT,    /* f: finite */
    SEG_TEXT,     /* text: UTF-8 */
    SEG_ENUM,     /* i: index of the value in its declaration */
    SEG_TIME,     /* i: instant */
    SEG_DATE,     /* i: days since 1970-01-01 */
    SEG_DURATION, /* i: milliseconds */
    SEG_SET,      /* set: texts without order; duplicates count once */
    SEG_ZONE      /* text: an IANA zone's name */
} seg_type;

typedef struct seg_text {
    const char *bytes; /* not terminated */
    size_t size_bytes;
} seg_text;

typedef struct seg_value {
    bool known; /* false: missing */
    union {
        int64_t i;
        double f;
        seg_text text;
        struct {
            const seg_text *items;
            size_t count;
        } set;
    } as;
} seg_value;

/* The 64-bit word that stands for a text in a state: XXH64 of its bytes with seed 0 (never
 * INT64_MIN, which is the word for "missing"). */
int64_t seg_text_word(seg_text text);

/* The order of facts that carry the same instant, from their messageId: the number at the id's end
 * (saturated to 32 bits) in the high half, the low half of its XXH64 in the low half; 0 for no id. */
uint64_t seg_message_tie(seg_text message_id);

/* The bucket of a profile's id for a salt, 0 .. 9999: XXH64 of the id's bytes, with XXH64 of the salt's
 * bytes (seed 0) as seed, modulo 10000. */
int64_t seg_text_bucket(seg_text id, seg_text salt);

/* ---- Images ------------------------------------------------------------------------------- */

typedef struct seg_image seg_image;

/* Copies `bytes`, verifies the copy in linear time and gives an image that the VM may run without
 * further checks. Errors: SEG_E_MEMORY, SEG_E_IMAGE, SEG_E_VERSION. */
seg_status seg_image_load(seg_image **out, const void *bytes, size_t size_bytes,
                          const seg_allocator *allocator, seg_error *error);
void seg_image_free(seg_image *image);

/* ---- Native functions --------------------------------------------------------------------------
 *
 * Rules may call C functions of the host's choice: `native function f(a: float): float from "lib"`. The
 * image holds names and signatures alone; nothing is loaded or called unless the host binds it. A function is
 * called from any thread that runs a VM. It must be pure: the same arguments give the same result, always,
 * with no effect that can be seen, and it returns. It must not call into this library.
 *
 * In C, int, time, date and duration are int64_t, float is double, bool is bool; up to 16 arguments. A NaN,
 * and INT64_MIN, stand for "missing" where the result is optional. Where it is not, a NaN counts as 0;
 * a result that is out of range is held at its end; each counts as an arithmetic fault. */
typedef void (*seg_native_fn)(void);
typedef struct seg_native_entry {
    const char *name;
    const char *signature; /* "float(float, float)", "int?(time)" */
    seg_native_fn function;
} seg_native_entry;
#define SEG_NATIVE_ABI 1u
typedef struct seg_native_table { /* a shared library exports one as `seg_natives` */
    uint32_t abi;                 /* SEG_NATIVE_ABI */
    uint32_t count;
    const seg_native_entry *entries;
} seg_native_table;

/* Binds each function that the image asks of `library` to the table's entry of its name, if the signatures
 * are the same. Entries that nobody asks for are left alone. Before the image is shared, and before a VM is
 * made of it. Errors: SEG_E_NATIVE, with what does not fit. */
seg_status seg_image_bind(seg_image *image, const char *library, const seg_native_table *table,
                          seg_error *error);

typedef struct seg_native_info {
    seg_text library, name;
    char signature[200];
    bool is_bound;
} seg_native_info;
/* The functions that the image asks for. SEG_E_USAGE beyond the last. */
seg_status seg_image_native(const seg_image *image, uint32_t native, seg_native_info *out);

#define SEG_NONE UINT32_MAX /* "no such index" */

typedef struct seg_image_info {
    uint32_t segment_count, event_count, attribute_count, store_count, atom_count, column_map_count;
    uint32_t ranking_count, group_count, tally_count;
    uint64_t layout;       /* identity of the state layout; states of equal layout are compatible */
    int64_t duplicates_ms; /* for how long a messageId is remembered after it arrived */
    size_t image_bytes;
    size_t state_bytes_min;         /* size of a fresh state */
    uint64_t instructions_per_fact; /* worst case of one pass over every program */
} seg_image_info;
void seg_image_describe(const seg_image *image, seg_image_info *out);

/* Names are borrowed from the image and live as long as it. */
typedef struct seg_segment_info {
    seg_text name, title;
} seg_segment_info;
seg_status seg_image_segment(const seg_image *image, uint32_t segment, seg_segment_info *out);
uint32_t seg_image_find_segment(const seg_image *image, seg_text name); /* or SEG_NONE */

typedef struct seg_field_info {
    seg_text name;
    seg_type type;
    uint8_t scale;        /* of a decimal */
    bool required;        /* a fact without it is refused */
    uint32_t enum_count;  /* of an enum */
    uint32_t enum_first;  /* where the image keeps the enum's names: for seg_image_enum_name and _find */
} seg_field_info;

/* Events are numbered from 0 in the image; `source` is the name in the data ("Order Completed"). Where
 * `elements` ("products") is not empty, each element of that list of the source is an event. */
typedef struct seg_event_info {
    seg_text name, source, elements;
    uint32_t field_count;
} seg_event_info;
seg_status seg_image_event(const seg_image *image, uint32_t event, seg_event_info *out);
/* By name in the data; not those of elements. SEG_NONE: there is none. */
uint32_t seg_image_find_event(const seg_image *image, seg_text source);
seg_status seg_image_event_field(const seg_image *image, uint32_t event, uint32_t field,
                                 seg_field_info *out);

/* Attributes of the profile, numbered from 0. */
seg_status seg_image_attribute(const seg_image *image, uint32_t attribute, seg_field_info *out);
uint32_t seg_image_find_attribute(const seg_image *image, seg_text name);

/* The name of value `index` of an enum field, and the index of a name (SEG_NONE if there is none). */
seg_text seg_image_enum_name(const seg_image *image, const seg_field_info *field, uint32_t index);
uint32_t seg_image_enum_find(const seg_image *image, const seg_field_info *field, seg_text name);

/* The local date (days since 1970) of an instant in the workspace's zone, and back: the first
 * instant of a local date. */
int64_t seg_image_local_date(const seg_image *image, int64_t instant);
int64_t seg_image_date_start(const seg_image *image, int64_t date);
/* The instant of a local wall-clock time given as milliseconds since 1970-01-01T00:00 local. In a
 * gap it moves forward by the gap's length; in a fold it is the first of the two. */
int64_t seg_image_local_instant(const seg_image *image, int64_t local_ms);
/* The workspace's zone: its name, "UTC" when the rules name none; and how many milliseconds its clocks are
 * ahead of UTC at an instant. */
seg_text seg_image_zone_name(const seg_image *image);
int64_t seg_image_offset_ms(const seg_image *image, int64_t instant);
/* May a value of type timezone have this name? Yes, when the image has no rule that asks for such a zone. */
bool seg_image_zone_fits(const seg_image *image, seg_text name);

/* How the columns of a CSV file map to facts: see `columns` in the language. */
typedef struct seg_column_map {
    seg_text file_pattern; /* of the file's base name; '*' stands for any characters */
    uint32_t event;        /* SEG_NONE: rows set attributes of the profile */
    uint32_t entry_count;
} seg_column_map;
typedef enum seg_column_role {
    SEG_COLUMN_PROFILE, /* the profile's id */
    SEG_COLUMN_TIME,    /* the fact's time */
    SEG_COLUMN_MESSAGE, /* the messageId */
    SEG_COLUMN_FIELD    /* the event's field, or the profile's attribute, `field` */
} seg_column_role;
typedef struct seg_column_entry {
    seg_column_role role;
    uint32_t field;
    bool is_constant; /* `column` is a value for every row, not a column's name */
    seg_text column;
} seg_column_entry;
seg_status seg_image_column_map(const seg_image *image, uint32_t map, seg_column_map *out);
seg_status seg_image_column_entry(const seg_image *image, uint32_t map, uint32_t entry,
                                  seg_column_entry *out);

/* ---- The VM and its scratch memory --------------------------------------------------------- */

typedef struct seg_vm seg_vm;
seg_status seg_vm_new(seg_vm **out, const seg_image *image, const seg_allocator *allocator,
                      seg_error *error);
void seg_vm_free(seg_vm *vm);

/* Counters since the VM was made: nothing is dropped or saturated in silence. */
typedef struct seg_vm_counters {
    uint64_t facts_applied;
    uint64_t facts_duplicate;     /* a messageId that was remembered: changed nothing */
    uint64_t facts_too_old;       /* older than any window can see: changed no answer */
    uint64_t arithmetic_faults;   /* results that left their range and were saturated */
    uint64_t programs_run;
    uint64_t wakes;               /* times at which time alone made the VM look again */
    /* The work that was done, the same on every machine, for hosts that share it out or charge for it: read
     * it before and after a call. `seg check --cost` says how many instructions a new fact takes at most. */
    uint64_t instructions;        /* of programs run, jumped over or not; a verdict without programs is one */
    uint64_t entries_read;        /* by sums and others that look at each entry of their window */
} seg_vm_counters;
void seg_vm_counters_get(const seg_vm *vm, seg_vm_counters *out);

/* ---- The state of one profile -------------------------------------------------------------- */

/* Flat, position-independent bytes. The host may copy, store and move them; it frees them with
 * seg_state_free or, when it used its own allocator, as it likes. The address of the first byte is a
 * multiple of 8. {NULL, 0, 0} is no state. */
typedef struct seg_state {
    uint8_t *bytes;
    size_t size_bytes;
    size_t capacity_bytes;
} seg_state;

/* A fresh state: a profile without facts at SEG_TIME_MIN. It grows with the VM's allocator. */
seg_status seg_state_init(seg_vm *vm, seg_state *state);
void seg_state_free(seg_vm *vm, seg_state *state);
/* Tells whose state it is: rules with lists and samples ask for the profile's id. It is no fact, and is said
 * once, before the first fact; a state that has an id keeps it, also in a merge. Until then the id is the
 * empty text. Rules that do not ask keep nothing. */
seg_status seg_state_identify(seg_vm *vm, seg_state *state, seg_text id);

/* Checks bytes that came from outside, in linear time but for sorting the places of what a large state
 * remembers. Run it once on every state that did not come straight from this library. A state that another
 * image of equal layout evaluated is evaluated afresh by the next call that moves its time or takes a fact
 * in. Errors: SEG_E_STATE, SEG_E_VERSION; SEG_E_MEMORY, by the image's allocator, for a large state. */
seg_status seg_state_check(const seg_image *image, const void *bytes, size_t size_bytes,
                           seg_error *error);

/* Puts the state into its canonical form: what is no longer needed is dropped, spare room is given
 * back. Equal facts at an equal instant give equal bytes, whatever the order of arrival. */
seg_status seg_state_compact(seg_vm *vm, seg_state *state);

/* How many bytes a state has, read from them: for hosts that keep only where each stands. */
size_t seg_state_size(const uint8_t *bytes);
int64_t seg_state_now(const seg_state *state);
/* The next instant at which time alone may change something, or SEG_NEVER. The host sets one timer
 * for it and then calls seg_advance. */
int64_t seg_state_deadline(const seg_state *state);
bool seg_state_is_member(const seg_vm *vm, const seg_state *state, uint32_t segment);

/* ---- Facts and changes ---------------------------------------------------------------------- */

typedef struct seg_event {
    uint32_t event;          /* number of the event in the image */
    int64_t time;
    uint64_t tie;            /* seg_message_tie, or 0 */
    uint64_t message;        /* XXH64 of the messageId, or 0 for "has none" */
    const seg_value *fields; /* as many as the event declares, in its order */
} seg_event;

typedef enum seg_cause {
    SEG_CAUSE_EVENT,
    SEG_CAUSE_ATTRIBUTE,
    SEG_CAUSE_TIME,
    SEG_CAUSE_MERGE,
    SEG_CAUSE_ERASE,
    SEG_CAUSE_RANK, /* where the profile stands among others changed */
    SEG_CAUSE_GROUP /* who is in its group changed, or what they are in */
} seg_cause;

typedef struct seg_change {
    uint32_t segment;
    bool entered;        /* else: exited */
    bool late;           /* the fact that caused it was older than the profile's now */
    seg_cause cause;
    uint32_t cause_index; /* number of the event or attribute, else SEG_NONE */
    int64_t at;
    /* The exact instant at which time alone will undo it, or SEG_NEVER. Where parts of now (`hour of now`)
     * change 20,000 times without undoing it, those in the past that rules look back at included, or 1,000
     * times and for 400 years: an instant before which nothing undoes it. Of a segment that asks for a rank
     * it is the next refresh at the latest, for what is then depends on others. Of one that asks about a
     * group it goes by the host's word about the others; once more than 100,000 of them were looked at, it is
     * an instant before which nothing undoes it. */
    int64_t valid_until;
} seg_change;

/* Called with everything that changes at one instant, in order of the segment's number; at one instant after
 * the other. There is at least one change, and all are as late and of the same cause. They are gone when it
 * returns. It must not call into the same VM or touch the state. */
typedef void (*seg_changes_fn)(void *user, const seg_change *changes, size_t count);
typedef struct seg_sink {
    seg_changes_fn on_changes; /* NULL: nobody listens */
    void *user;
} seg_sink;

/* A profile exists from its first fact on, also when that fact is too old for every window. */
typedef enum seg_outcome { /* what became of a fact: >= 0 in *outcome */
    SEG_APPLIED = 0,
    SEG_DUPLICATE = 1,
    SEG_TOO_OLD = 2
} seg_outcome;

/* Moves the profile's time to `now` (never back: then SEG_E_TIME), applies the fact and reports
 * every change: first those that time caused before `now`, then those at `now`. A fact later than
 * `now` counts from the moment that time reaches it. `outcome` may be NULL. */
seg_status seg_apply_event(seg_vm *vm, seg_state *state, const seg_event *event, int64_t now,
                           seg_sink sink, seg_outcome *outcome, seg_error *error);
/* The same for an attribute; an unknown value removes it. One message may set several attributes. */
seg_status seg_apply_attribute(seg_vm *vm, seg_state *state, uint32_t attribute,
                               const seg_value *value, int64_t time, uint64_t tie, uint64_t message,
                               int64_t now, seg_sink sink, seg_outcome *outcome, seg_error *error);
/* Moves time to `now` and reports what time alone changes on the way, each at its exact instant. */
seg_status seg_advance(seg_vm *vm, seg_state *state, int64_t now, seg_sink sink);

/* For batch: takes the fact in without evaluating anything; seg_settle then evaluates once. */
seg_status seg_put_event(seg_vm *vm, seg_state *state, const seg_event *event, int64_t now,
                         seg_outcome *outcome, seg_error *error);
seg_status seg_put_attribute(seg_vm *vm, seg_state *state, uint32_t attribute,
                             const seg_value *value, int64_t time, uint64_t tie, uint64_t message,
                             int64_t now, seg_outcome *outcome, seg_error *error);
seg_status seg_settle(seg_vm *vm, seg_state *state, int64_t now, seg_cause cause, seg_sink sink);

/* `into` becomes the profile that had both histories; it moves to `now` first. `from` (whose time is not
 * after `now`) is left untouched: the host reports its exits (seg_erase) and frees it. A fact with a tie
 * that both hold counts once; one that both have already folded into sums cannot be told apart, and
 * counts twice. */
seg_status seg_merge(seg_vm *vm, seg_state *into, seg_state *from, int64_t now, seg_sink sink);
/* Reports an exit from every segment at `now` (with `cause`) and leaves a fresh state. */
seg_status seg_erase(seg_vm *vm, seg_state *state, int64_t now, seg_cause cause, seg_sink sink);

/* The verdict at `at` >= the state's now if nothing happens before, and the exact instant at which
 * time alone flips it (SEG_NEVER: it does not; NULL: nobody asks, which is cheaper). The state is not
 * changed. */
seg_status seg_evaluate(seg_vm *vm, const seg_state *state, uint32_t segment, int64_t at,
                        bool *verdict, int64_t *valid_until);

/* ---- Batch: many profiles at one instant, from columns ------------------------------------------ */

/* The Arrow C data interface: columns of other libraries, read in place. */
#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE
#define ARROW_FLAG_DICTIONARY_ORDERED 1
#define ARROW_FLAG_NULLABLE 2
#define ARROW_FLAG_MAP_KEYS_SORTED 4
struct ArrowSchema {
    const char *format, *name, *metadata;
    int64_t flags, n_children;
    struct ArrowSchema **children, *dictionary;
    void (*release)(struct ArrowSchema *);
    void *private_data;
};
struct ArrowArray {
    int64_t length, null_count, offset, n_buffers, n_children;
    const void **buffers;
    struct ArrowArray **children, *dictionary;
    void (*release)(struct ArrowArray *);
    void *private_data;
};
#endif

/* Evaluates every segment for rows of columns. A row is a profile that was first seen at `now` and of which
 * nothing is known but the row: each value is as if that attribute had been set at `now`, null as if it
 * never was, and there are no events. The verdicts are those of seg_put_attribute and seg_settle, bit for
 * bit. One thread at a time; an image may serve many batches. */
typedef struct seg_batch seg_batch;

/* Events as columns, one table per event (or several of one event, each with a part of them). A row is an
 * event; rows need no order. Whose it is says an integer, or a dictionary's code: the profile's row in the
 * array of profiles, from 0. When says a timestamp. Other columns are the event's fields by name, with types
 * as for attributes. */
typedef struct seg_batch_table {
    uint32_t event;                   /* its number in the image */
    const struct ArrowSchema *schema; /* a struct ("+s") */
    const char *profile_column, *time_column; /* NULL: "profile", "time" */
} seg_batch_table;

typedef struct seg_batch_options {
    uint32_t vector_rows;   /* so many rows go through all rules at once; 0: 8192. Rounded up to 256 */
    bool allow_extra;       /* columns that are no attribute are left alone; else they are refused */
    bool plain;             /* without the processor's vector instructions: slower, the same bits */
    uint32_t threads;       /* rows are shared out among so many; 0: one. They call the allocator at once */
    const char *id_column;  /* of the profile's id, for rules that ask for it; NULL: "profile" */
    const seg_batch_table *tables; /* of events, for seg_batch_run_events */
    uint32_t table_count;
} seg_batch_options;

/* Prepares the rules for columns of this schema: a struct ("+s") whose children have the names of attributes.
 * Attributes without a column are as if null. Types
 *   bool      bool
 *   int       (u)int8 .. (u)int64
 *   decimal   decimal128, (u)int8 .. (u)int64
 *   float     float, double, (u)int8 .. (u)int64
 *   text, timezone  utf8, large utf8, and dictionaries of them
 *   enum      the same, with the names of its values
 *   time      timestamp of any unit; without a zone it counts as UTC; finer units are cut off
 *   date      date32, date64
 *   duration  duration of any unit, int64 of milliseconds
 *   set       list and large list of utf8 or large utf8
 * The schema is not kept. `options` may be NULL. Errors: SEG_E_USAGE (a column does not fit; the message
 * names it), SEG_E_TIME, SEG_E_LIMIT (rules beyond four million parts), SEG_E_MEMORY. The image must outlive
 * the batch. */
seg_status seg_batch_new(seg_batch **out, const seg_image *image, const struct ArrowSchema *schema,
                         int64_t now, const seg_batch_options *options, const seg_allocator *allocator,
                         seg_error *error);
void seg_batch_free(seg_batch *batch);

/* Evaluates an array of that schema, which is only read. Row r of segment s is bit r % 64 of
 * members[s][r / 64]: room for (length + 63) / 64 words each; bits behind the last row are 0. A NULL in
 * `members` leaves that segment out. `counts` (may be NULL) becomes the number of members of each segment.
 * Checked: number and lengths of children, number of buffers, order of offsets, codes within their
 * dictionary, every value that a rule looks at. Not to be known and taken on trust: how long buffers are.
 * Errors: SEG_E_USAGE (the array's shape), SEG_E_FACT (a value does not fit its attribute; the message names
 * column and row), SEG_E_MEMORY. After an error `members` is undefined, and the batch may be run again. */
seg_status seg_batch_run(seg_batch *batch, const struct ArrowArray *array, uint64_t *const *members,
                         uint64_t *counts, seg_error *error);

/* The same over events as well: an array for each table of the options, in their order, of its schema. The
 * verdicts are those of seg_put_event for every event that is not later than `now`, and seg_settle: bit for
 * bit, whatever the order of rows. Events carry no messageId, so none is a duplicate, and those of one
 * instant are in the order of their values. A row of `array` is a profile whether or not it has events; with
 * no column its length says how many there are.
 * One pass over each table serves all segments: counts, sums, averages of whole numbers, least and greatest,
 * first and last over windows that do not depend on the profile are gathered in any order; every other
 * window goes through the VM row by row. Errors: also those of a table's array and values. */
seg_status seg_batch_run_events(seg_batch *batch, const struct ArrowArray *array,
                                const struct ArrowArray *const *tables, uint64_t *const *members,
                                uint64_t *counts, seg_error *error);

/* The same as columns for others: an array and its type, which may be handed to any library that reads the
 * Arrow C data interface. Both are released by their own `release`, also after the batch and the image are
 * freed, with the batch's allocator, on whichever thread; children may be moved out of them first. */
typedef enum seg_members_form {
    SEG_MEMBERS_BOOLS, /* a row per row: a struct of a bool per segment, by its name; the bits that
                          seg_batch_run writes, not copied */
    SEG_MEMBERS_ROWS   /* a row per segment: a struct of `segment` (utf8), `rows` (large list of int64) */
} seg_members_form;
/* Errors: those of seg_batch_run; then nothing is to be released. */
seg_status seg_batch_export(seg_batch *batch, const struct ArrowArray *array, seg_members_form form,
                            struct ArrowArray *members, struct ArrowSchema *schema, seg_error *error);

typedef struct seg_batch_info {
    uint32_t vector_rows, bitmaps; /* bitmaps worked out per vector of rows */
    uint32_t programs_by_row;      /* programs that columns cannot answer: they run row by row */
    uint64_t arithmetic_faults;    /* results that were saturated, since the batch was made */
    const char *kernels;           /* the primitives in use: "AVX-512", "AVX2", "plain C" */
} seg_batch_info;
void seg_batch_describe(const seg_batch *batch, seg_batch_info *out);

/* ---- Ranks -----------------------------------------------------------------------------------
 * A rule may ask where its profile stands among others: `top 10% by spend(365d)`. That is decided at
 * refreshes, instants that the workspace declares, and holds until the next. This library knows one profile
 * at a time, so the host ranks: at each refresh it asks for the keys of all profiles, and tells each where it
 * stands.
 *
 * A profile belongs to a ranking when it existed at the refresh and its key was known then. Facts that come
 * after a refresh and are not later than it change keys of that refresh: the host ranks again.
 * Without a host that ranks, nobody stands anywhere: places are missing, and nobody is in the top. */

typedef struct seg_ranking_info {
    seg_text text; /* what profiles are ranked by, as written */
    seg_type type;
    uint8_t scale; /* of a decimal */
} seg_ranking_info;
/* Rankings are numbered from 0 to seg_image_info.ranking_count - 1. */
seg_status seg_image_describe_ranking(const seg_image *image, uint32_t ranking, seg_ranking_info *out);
/* The last refresh at or before an instant (SEG_TIME_MIN: there was none), and the first after it (SEG_NEVER:
 * there is none). */
int64_t seg_image_refresh(const seg_image *image, int64_t at);
int64_t seg_image_refresh_after(const seg_image *image, int64_t at);
/* Does the segment's rule ask for a rank, through other segments too? */
bool seg_image_is_ranked(const seg_image *image, uint32_t segment);

typedef struct seg_rank {
    bool known;  /* false: the profile does not belong to the ranking */
    int64_t key; /* of the order in which profiles are ranked; of all types but float the value itself */
    int64_t holds_until; /* an instant > `at` before which time alone does not change it, or SEG_NEVER */
} seg_rank;
/* The key at `at`, which may lie before the state's now: at the refresh that is the last one there, and not
 * before it. The state is not changed. */
seg_status seg_rank_key(seg_vm *vm, const seg_state *state, uint32_t ranking, int64_t at, seg_rank *out);

/* What a key stands for, of the ranking's type. */
seg_value seg_image_key_value(const seg_image *image, uint32_t ranking, int64_t key);

/* Where a profile stands in a ranking. Of equal keys that one comes first whose profile's id is shorter, or
 * of the same length and less, byte by byte. */
typedef struct seg_standing {
    uint64_t count;        /* profiles in the ranking */
    uint64_t above, below; /* of them, those with a greater key, and with a lesser one */
    uint64_t tied_before;  /* those with the same key that come first */
} seg_standing;
/* Tells where the profile that is being evaluated stands at the last refresh. False: nowhere. It must not
 * call into the same VM. */
typedef bool (*seg_standing_fn)(void *user, uint32_t ranking, seg_standing *out);
void seg_vm_rank_with(seg_vm *vm, seg_standing_fn standing, void *user); /* NULL: nobody ranks */
/* After the profile's standing changed: moves its time to `now` as seg_advance does, and reports what the
 * standing changes, with SEG_CAUSE_RANK. */
seg_status seg_rerank(seg_vm *vm, seg_state *state, int64_t now, seg_sink sink);

/* What is asked of a standing in programs; from 2 on, a figure is the number of equal parts of a ranking, and
 * the profile is in part 1 + floor(figure * below / count). */
typedef enum seg_figure {
    SEG_FIGURE_RANK = -1,        /* 1 + above */
    SEG_FIGURE_FROM_TOP = -2,    /* 1 + above + tied_before */
    SEG_FIGURE_FROM_BOTTOM = -3, /* 1 + below + tied_before */
    SEG_FIGURE_COUNT = -4
} seg_figure;
#define SEG_FIGURE_PARTS_MAX 1000

/* ---- Groups ----------------------------------------------------------------------------------
 * Profiles that have the same known value of an attribute belong together: `group company by company_id`. A
 * rule may ask how many of the others there are, and are in a segment. This library knows one profile at a
 * time, so the host counts: for each tally of the image, which is a group and a segment, it keeps for each
 * value how many profiles have it and are in the segment. The segment of a tally asks neither about groups
 * nor about ranks, so it never depends on the host's word.
 *
 * After every call that may change a profile, the host compares its value (seg_group_value) and its
 * memberships with what it counted. Where that is something else, it calls seg_regroup for the other profiles
 * of the group. When several profiles change at the same instant, it defers what asks about groups until all
 * have been moved there, and then calls seg_regroup for those that moved, too: so nobody is judged by half of
 * an instant.
 * Without a host that counts, a profile has no fellows. */

typedef struct seg_group_info {
    seg_text name;
    uint32_t attribute;
    bool is_asked; /* false: no rule asks about it, and it has no values */
} seg_group_info;
/* Groups are numbered from 0 to seg_image_info.group_count - 1, tallies to tally_count - 1. */
seg_status seg_image_describe_group(const seg_image *image, uint32_t group, seg_group_info *out);
typedef struct seg_tally_info {
    uint32_t group;
    uint32_t segment; /* SEG_NONE: everybody */
} seg_tally_info;
seg_status seg_image_describe_tally(const seg_image *image, uint32_t tally, seg_tally_info *out);
/* Does the segment's rule ask about a group, through other segments too? */
bool seg_image_is_grouped(const seg_image *image, uint32_t segment);

typedef struct seg_membership { /* of a profile in a group */
    bool known;   /* false: it is in no group of this kind */
    int64_t word; /* stands for the value: profiles with equal words belong together */
    int64_t holds_until; /* an instant > `at` before which time alone does not change it, or SEG_NEVER */
} seg_membership;
/* In which group the profile is at `at`, not before the state's now. The state is not changed. */
seg_status seg_group_value(seg_vm *vm, const seg_state *state, uint32_t group, int64_t at,
                           seg_membership *out);

typedef struct seg_fellows {
    uint64_t count;
    int64_t holds_until; /* an instant > `at` before which time alone does not change it, or SEG_NEVER */
    uint64_t looked_at;  /* how many profiles were looked at for it: see seg_change.valid_until */
} seg_fellows;
/* Tells how many profiles with this value, but for the one that is being evaluated, the tally counts at `at`,
 * which is not before the profile's now, and later when it is asked how long something holds. `until`:
 * holds_until is asked for. False: none. It must not call into the same VM. */
typedef bool (*seg_fellows_fn)(void *user, uint32_t tally, int64_t word, int64_t at, bool until,
                               seg_fellows *out);
void seg_vm_group_with(seg_vm *vm, seg_fellows_fn fellows, void *user); /* NULL: nobody counts */
/* From here on what asks about groups is left as it is, in every call that moves a profile's time or takes
 * facts in; or no longer. */
void seg_vm_defer_groups(seg_vm *vm, bool defers);
/* After the profile's group changed, or after what was deferred: moves its time to `now` as seg_advance does,
 * and reports what its group changes, with this cause: SEG_CAUSE_GROUP, or why the profile itself moved. */
seg_status seg_regroup(seg_vm *vm, seg_state *state, int64_t now, seg_cause cause, seg_sink sink);

/* ---- Explanations ---------------------------------------------------------------------------- */

typedef enum seg_probe_kind {
    SEG_PROBE_PLAIN,
    SEG_PROBE_AS_OF,   /* what is below it is looked at at an instant before */
    SEG_PROBE_HELD,    /* `in s for D`: below it is `in s`, now; so with the next two */
    SEG_PROBE_ENTERED, /* `entered(s) within last D` */
    SEG_PROBE_EXITED,  /* `exited(s) within last D` */
    SEG_PROBE_CHANGED, /* `changed(x) within last D`: below it is x, now */
    SEG_PROBE_LATCH,   /* `enter when … exit when …`: below it are the conditions, now */
    SEG_PROBE_SOME,    /* `for some f: A`: below it is one VALUE, and below that A; so with the next two */
    SEG_PROBE_EVERY,   /* `for each f: A` */
    SEG_PROBE_TALLY,   /* `count of f where A` */
    SEG_PROBE_VALUE,   /* the value at hand: it has the field's type and no program */
    SEG_PROBE_SEGMENT, /* `in s`, `not in s`: the probes of s say why */
    SEG_PROBE_ALL,     /* `A and B`: what is joined is below it */
    SEG_PROBE_ANY,     /* `A or B` */
    SEG_PROBE_KIND_COUNT
} seg_probe_kind;

/* An image compiled for explanation carries, per segment, its rule as a tree of probes in pre-order. Its
 * stores keep what probes look at, before now too; verdicts are those of the image without. */
typedef struct seg_probe_info {
    uint32_t depth;
    seg_probe_kind kind;
    seg_text text;      /* the source of this part of the rule */
    uint32_t program;   /* SEG_NONE: it has no value */
    seg_type type;
    uint8_t scale;
    uint32_t query;     /* the window it looks through, or SEG_NONE */
    uint32_t segment;   /* of SEGMENT, or SEG_NONE */
    uint32_t ranking;   /* the ranking that it asks for, or SEG_NONE */
    uint32_t amount;    /* of `top` and `bottom`: how many, or (is_share) how many of 10000; else 0 */
    bool is_share, from_bottom;
    bool is_keyed;      /* it has a value only for one of the values that seg_probe_each finds above it */
    int64_t past_ms;    /* its value counts so long before now */
} seg_probe_info;
uint32_t seg_image_probe_count(const seg_image *image, uint32_t segment);
seg_status seg_image_probe(const seg_image *image, uint32_t segment, uint32_t probe,
                           seg_probe_info *out);

typedef struct seg_probe_at { /* which probe is looked at, and from where */
    uint32_t segment, probe;
    int64_t now;     /* not before the state's */
    int64_t past_ms; /* of the probe that refers to `segment`: its own counts on top of it. Else 0 */
    bool has_key;    /* for a keyed probe: the word of the value at hand */
    int64_t key;
} seg_probe_at;

/* The value of a probe, and until which now it holds at least. States hold texts and sets as words: of these
 * types `as.i` is the word. A probe without a program has no value, nor has a keyed one without a key. */
seg_status seg_probe_value(seg_vm *vm, const seg_state *state, const seg_probe_at *at, seg_value *value,
                           int64_t *holds_until);
/* Called for each entry that the probe's window holds, oldest first. `words` are its stored fields. */
typedef void (*seg_entry_fn)(void *user, int64_t time, uint64_t tie, const int64_t *words,
                             size_t word_count);
seg_status seg_probe_entries(seg_vm *vm, const seg_state *state, const seg_probe_at *at,
                             seg_entry_fn on_entry, void *user);

/* When what HELD, ENTERED, EXITED, CHANGED and LATCH look at turned, up to the instant they count at. Never:
 * an instant is SEG_NEVER. Before the first fact no segment holds. */
typedef struct seg_flips {
    bool holds;                   /* of all but CHANGED: at that instant */
    int64_t became_true;          /* the newest such instant; of LATCH only while it holds */
    int64_t became_false;         /* the newest such instant; of LATCH only while it does not */
    int64_t stays_until;          /* LATCH: it turns no sooner; an instant that may have passed */
    int64_t changed;              /* CHANGED: the newest such instant */
    seg_value before;             /* CHANGED: the value until then, of the type of the probe below */
} seg_flips;
seg_status seg_probe_flips(seg_vm *vm, const seg_state *state, const seg_probe_at *at, seg_flips *out);

/* Called for each value that SOME, EVERY and TALLY go through, in the order of words: what VALUE stands for,
 * and whether the condition holds for it. It must not call into the same VM. */
typedef void (*seg_each_fn)(void *user, int64_t key, const seg_value *value, bool holds);
seg_status seg_probe_each(seg_vm *vm, const seg_state *state, const seg_probe_at *at, seg_each_fn on_value,
                          void *user);

/* ---- Disassembly ------------------------------------------------------------------------------ */

typedef void (*seg_write_fn)(void *user, const char *bytes, size_t size_bytes);
void seg_image_dump(const seg_image *image, seg_write_fn write, void *user);

#ifdef __cplusplus
}
#endif
#endif
