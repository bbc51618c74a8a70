/* engine.h - the public header of the engine: many profiles, fed from files or streams.
 *
 * An engine holds the states of all profiles over one image, the calendar of their deadlines, who was
 * merged into whom and who was erased. Readers turn bytes into records; records go into the engine;
 * changes come out. One thread at a time; no clock: time is what the caller says. */
#ifndef SEG_ENGINE_H
#define SEG_ENGINE_H

#include <seg.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Records: one fact about one profile --------------------------------------------------------- */

typedef enum seg_record_kind {
    SEG_RECORD_TRACK,    /* an event */
    SEG_RECORD_IDENTIFY, /* attribute values */
    SEG_RECORD_ALIAS,    /* `previous` is the same person as `profile` */
    SEG_RECORD_DELETE    /* erase the profile */
} seg_record_kind;

typedef struct seg_setting {
    uint32_t attribute;
    seg_value value;
} seg_setting;

/* Borrowed from the reader until its next call. */
typedef struct seg_record {
    seg_record_kind kind;
    seg_text profile, previous, message_id; /* empty: none */
    int64_t time;
    uint32_t event;          /* TRACK */
    const seg_value *fields; /* TRACK: as the event declares */
    const seg_setting *settings; /* IDENTIFY */
    size_t setting_count;
    uint64_t line;           /* of the input, from 1 */
} seg_record;

/* ---- Readers --------------------------------------------------------------------------------------
 * Files by their names' ends: .ndjson, .jsonl, .csv, each also .gz; "-" is standard input (ndjson,
 * also compressed). Newline-delimited JSON in the Segment specification's form (track, identify, group,
 * alias, delete; userId else anonymousId; messageId; timestamp; properties, traits, groupId; event).
 * CSV (RFC 4180, header row): by the image's column maps, else columns named type, userId, anonymousId,
 * previousId, messageId, event, timestamp and the names of fields or attributes. */

typedef struct seg_reader seg_reader;

/* A record that was not taken: where and why. Its neighbours go on. */
typedef struct seg_refusal {
    const char *file;
    uint64_t line;       /* 0: the names of a table's columns */
    size_t offset;       /* byte in the line, when known */
    const char *reason;  /* in the reader's words; data in it is shown inert */
} seg_refusal;
typedef void (*seg_refusal_fn)(void *user, const seg_refusal *refusal);

typedef struct seg_reader_counters {
    uint64_t bytes_read;    /* of the file, before decompression */
    uint64_t bytes_total;   /* size of the file, 0 if not known */
    uint64_t records;       /* taken */
    uint64_t refused;
    uint64_t skipped;       /* events that no rule of the workspace declares */
} seg_reader_counters;

/* The image must outlive the reader. */
seg_status seg_reader_open(seg_reader **out, const seg_image *image, const char *path,
                           seg_refusal_fn on_refusal, void *user, seg_error *error);
/* The next record: *record is NULL at the end. Errors are those of the machine (I/O, memory). */
seg_status seg_reader_next(seg_reader *reader, const seg_record **record, seg_error *error);
void seg_reader_counters_get(const seg_reader *reader, seg_reader_counters *out);
/* Lines (CSV: rows) longer than this are refused; 1 MiB unless set, at most 1 GiB. */
void seg_reader_limit_line(seg_reader *reader, size_t limit_bytes);
void seg_reader_close(seg_reader *reader);

/* Reads records from bytes instead of a file (tests, fuzzing): csv or ndjson, by the name. The bytes must
 * outlive the reader. */
seg_status seg_reader_open_bytes(seg_reader **out, const seg_image *image, const char *name,
                                 const void *bytes, size_t size_bytes, seg_refusal_fn on_refusal,
                                 void *user, seg_error *error);

/* Tables of others (Parquet, a database): the host reads them, and lends the reader their cells. */
typedef enum seg_cell_kind {
    SEG_CELL_NOTHING,
    SEG_CELL_TEXT,       /* UTF-8 */
    SEG_CELL_BOOL,       /* i is 0 or 1 */
    SEG_CELL_NUMBER,     /* i / 10^scale, scale at most 18 */
    SEG_CELL_FLOAT,
    SEG_CELL_TIME,       /* i: milliseconds since 1970 in UTC */
    SEG_CELL_LOCAL_TIME, /* the same on the clocks of the image's zone */
    SEG_CELL_DATE,       /* i: days since 1970-01-01 */
    SEG_CELL_LIST        /* of texts */
} seg_cell_kind;

typedef struct seg_cell {
    seg_cell_kind kind;
    uint8_t scale;
    union {
        int64_t i;
        double f;
        seg_text text;
        struct {
            const seg_text *items;
            size_t count;
        } list;
    } as;
} seg_cell;

typedef struct seg_table {
    void *user;
    const seg_text *columns; /* their names; borrowed until `close` */
    size_t column_count;
    /* Called once, before the first row: which columns are asked for. The cells of others are NOTHING. */
    seg_status (*choose)(void *user, const bool *is_wanted, seg_error *error);
    /* The cells of the next row, borrowed until the next call; NULL: there is none. */
    seg_status (*next)(void *user, const seg_cell **cells, seg_error *error);
    /* How much of the source is read, in bytes. */
    void (*progress)(const void *user, uint64_t *read_bytes, uint64_t *total_bytes);
    void (*close)(void *user);
} seg_table;

/* Reads records from a table as from a CSV file of this name with the same rows: column maps, names of
 * columns and refusals are the same, and texts mean what they mean there. A cell of another type is taken as
 * it is where the field has that type, else for the text that CSV would have for it. The first row is line 1.
 * Takes the table over, also when it fails. */
seg_status seg_reader_open_table(seg_reader **out, const seg_image *image, const char *name,
                                 const seg_table *table, seg_refusal_fn on_refusal, void *user,
                                 seg_error *error);

/* Takes the rows of a CSV file or a table for a snapshot: each is a profile with its attributes, without a
 * time unless a column map says which. The map that fits the file and sets attributes; else the profile's id
 * is the column `profile` or `userId`, and attributes are the columns of their names; other columns are left
 * alone. Before the first record. SEG_E_USAGE: the file is neither. */
seg_status seg_reader_as_snapshot(seg_reader *reader, seg_error *error);

/* Called before a read that would wait for a pipe, a terminal or a socket: who keeps records together lets go
 * of them. False: nothing more is wanted, and the input ends here. */
typedef bool (*seg_wait_fn)(void *user);
void seg_reader_on_wait(seg_reader *reader, seg_wait_fn on_wait, void *user);

/* Several files as one, in order of the records' times: only the next record of each file is compared, so
 * each file must be in order by itself, or its records come as late as they stand. Records of the same
 * instant come in the order of `paths`, then of the file. All files are open at once. */
typedef struct seg_readers seg_readers;
seg_status seg_readers_open(seg_readers **out, const seg_image *image, const char *const *paths, size_t count,
                            seg_refusal_fn on_refusal, void *user, seg_error *error);
seg_status seg_readers_next(seg_readers *readers, const seg_record **record, seg_error *error);
/* The sums over the files. */
void seg_readers_counters_get(const seg_readers *readers, seg_reader_counters *out);
void seg_readers_close(seg_readers *readers);

/* ---- Records kept together: copies that own their bytes ----------------------------------------------
 * A reader lends one record at a time; seg_engine_apply_all takes many. Their memory serves again after
 * seg_records_clear, so nothing is allocated once there is enough of it. */

typedef struct seg_records seg_records;
/* The image must outlive them. */
seg_status seg_records_new(seg_records **out, const seg_image *image, const seg_allocator *allocator,
                           seg_error *error);
void seg_records_free(seg_records *records);
/* Copies a record. SEG_E_MEMORY: it is not there. */
seg_status seg_records_add(seg_records *records, const seg_record *record);
/* All of them, in the order in which they were added; borrowed until the next change. */
const seg_record *seg_records_list(const seg_records *records, size_t *count);
/* Bytes of their texts and values. */
size_t seg_records_bytes(const seg_records *records);
void seg_records_clear(seg_records *records);

/* RFC 3339 instants: 2026-04-16T10:00:00.000Z, offsets, a space for the T, seconds and fractions
 * optional (beyond milliseconds cut off); a date alone or a time without offset are local to the image's
 * zone. False: not one. */
bool seg_instant_parse(const seg_image *image, seg_text text, int64_t *out);
/* "2026-04-16T10:00:00.000Z" and a NUL into out[25]. */
void seg_instant_format(int64_t instant, char out[25]);

/* ---- The engine -------------------------------------------------------------------------------------*/

typedef struct seg_engine seg_engine;

typedef enum seg_engine_mode {
    SEG_ENGINE_BATCH, /* facts are only taken in; seg_engine_settle evaluates them at one instant */
    SEG_ENGINE_STREAM /* every fact and every passing of time is evaluated at once */
} seg_engine_mode;

typedef struct seg_engine_change {
    seg_text profile;
    seg_change change;
    seg_text message_id; /* of the record that caused it; empty when time did */
} seg_engine_change;
typedef void (*seg_engine_change_fn)(void *user, const seg_engine_change *change);

typedef struct seg_engine_options {
    seg_engine_mode mode;
    int64_t limit; /* no record moves time beyond it: later ones wait. BATCH: the instant of evaluation */
    seg_engine_change_fn on_change; /* STREAM: in order of `at` */
    void *user;
    const seg_allocator *allocator;
    size_t profile_limit_bytes; /* a state larger than this refuses further facts; 0: 64 MiB */
} seg_engine_options;

typedef struct seg_engine_counters {
    uint64_t profiles;
    uint64_t facts, duplicates, too_old, future, merged, erased, after_erasure, over_limit;
    uint64_t alias_ignored; /* aliases of an id to itself, or of two ids already known as one */
    uint64_t changes, wakes, arithmetic_faults;
    uint64_t state_bytes;
} seg_engine_counters;

/* The image must outlive the engine. */
seg_status seg_engine_new(seg_engine **out, const seg_image *image, const seg_engine_options *options,
                          seg_error *error);
void seg_engine_free(seg_engine *engine);

/* Errors of what follows: SEG_E_USAGE, SEG_E_TIME and SEG_E_FACT refuse the record (time may have moved to
 * it); after any other the engine is good for seg_engine_free only. on_change must not call the engine. */

/* STREAM: time moves to the record's time (not beyond the limit, never back), then the fact applies.
 * BATCH: the fact applies if its time is at or before the limit. An event or attribute later than time is
 * known from now on and counts from its time; a merge or an erasure waits until time is there. An erasure
 * takes all that is known of the person when it happens; what comes later and is not newer than the
 * erasure's own time is dropped. An identify without settings says nothing. */
seg_status seg_engine_apply(seg_engine *engine, const seg_record *record, seg_error *error);
/* The same for many records, in their order; each is applied when those before it are. Memory of the profiles
 * that they name is fetched ahead, so a crowd costs less this way. Stops at the first that is not SEG_OK;
 * *applied is the number of those before it. */
seg_status seg_engine_apply_all(seg_engine *engine, const seg_record *records, size_t count, size_t *applied,
                                seg_error *error);
/* STREAM: time moves to `now`; everything that time changes on the way is reported. */
seg_status seg_engine_advance(seg_engine *engine, int64_t now, seg_error *error);
/* BATCH: evaluates every profile at the limit. */
seg_status seg_engine_settle(seg_engine *engine, seg_error *error);

int64_t seg_engine_now(const seg_engine *engine);
void seg_engine_counters_get(const seg_engine *engine, seg_engine_counters *out);
/* Members of a segment, in ascending bytewise order of their ids. */
typedef void (*seg_profile_fn)(void *user, seg_text profile);
seg_status seg_engine_members(seg_engine *engine, uint32_t segment, seg_profile_fn on_profile, void *user);
uint64_t seg_engine_size(const seg_engine *engine, uint32_t segment); /* number of members */
/* Every profile, in the same order. */
seg_status seg_engine_profiles(seg_engine *engine, seg_profile_fn on_profile, void *user);
/* The members as bits: bit n % 64 of word n / 64 is the n-th profile of seg_engine_profiles. Room for
 * (profiles + 63) / 64 words. */
seg_status seg_engine_member_bits(seg_engine *engine, uint32_t segment, uint64_t *bits);
/* The state of a profile (following merges), or NULL. Borrowed until the next question of this kind, or the
 * next change of the engine. */
const seg_state *seg_engine_state(seg_engine *engine, seg_text profile);

/* Where a profile (following merges) stands in a ranking of the image, as of the last refresh. False:
 * nowhere. BATCH: once it is settled. */
bool seg_engine_standing(seg_engine *engine, seg_text profile, uint32_t ranking, seg_standing *out);

/* How many others a tally of the image counts in the group of a value, as seg_fellows_fn has it: of whom the
 * profile (following merges) is none. `at` is not before the engine's now. BATCH: once it is settled. */
bool seg_engine_fellows(seg_engine *engine, seg_text profile, uint32_t tally, int64_t word, int64_t at,
                        bool until, seg_fellows *out);

/* ---- Shards: a stream over several threads --------------------------------------------------------------
 * Engines of the mode STREAM that share the profiles among them, each with a thread of its own. What is told
 * is told by the thread that calls, in the order and with the very words of one engine. A merge of profiles
 * that live in different shards brings all to rest for a moment. Where rules compare people with one another
 * (ranks, groups), one shard has everybody. */

typedef struct seg_shards seg_shards;
/* The record is the one that was given. The status and the error are as seg_engine_apply has them. */
typedef void (*seg_shards_refusal_fn)(void *user, const seg_record *record, seg_status status,
                                      const seg_error *error);
typedef struct seg_shards_options {
    seg_engine_options engine; /* an allocator is called by several threads at once */
    uint32_t threads;          /* 1 to 256 */
    seg_shards_refusal_fn on_refusal; /* SEG_E_USAGE, SEG_E_TIME, SEG_E_FACT; the `user` of the engine. May be
                                         NULL */
} seg_shards_options;

/* Threads have all signals blocked. The image must outlive the shards. SEG_E_LIMIT: no more threads are to be
 * had. */
seg_status seg_shards_new(seg_shards **out, const seg_image *image, const seg_shards_options *options,
                          seg_error *error);
void seg_shards_free(seg_shards *shards);
uint32_t seg_shards_count(const seg_shards *shards);

/* Errors are those after which the shards are good for seg_shards_free only; records that are refused are
 * told of in their place, and their neighbours go on. Callbacks must not call the shards. */

/* Hands out records in their order, as many as do not depend on each other, and comes back at once: the
 * caller may read on. What was given is borrowed until seg_shards_finish, which tells of every change and
 * comes back when all is done. Nothing else may be called between the two. */
seg_status seg_shards_begin(seg_shards *shards, const seg_record *records, size_t count, seg_error *error);
seg_status seg_shards_finish(seg_shards *shards, seg_error *error);
/* As seg_engine_advance, and the questions of the same names. */
seg_status seg_shards_advance(seg_shards *shards, int64_t now, seg_error *error);
int64_t seg_shards_now(const seg_shards *shards);
void seg_shards_counters_get(const seg_shards *shards, seg_engine_counters *out);
uint64_t seg_shards_size(const seg_shards *shards, uint32_t segment);
seg_status seg_shards_members(seg_shards *shards, uint32_t segment, seg_profile_fn on_profile, void *user);
seg_status seg_shards_profiles(seg_shards *shards, seg_profile_fn on_profile, void *user);
const seg_state *seg_shards_state(seg_shards *shards, seg_text profile);

/* ---- Snapshots: profiles of which attributes are known, and nothing else ---------------------------------
 * What an engine in the mode BATCH says of the same records, evaluated by columns, without a state for each
 * profile. For rules that ask for attributes alone: of other conditions the answer is that of somebody
 * without events and without a past. */

typedef struct seg_snapshot seg_snapshot;
/* `now`: the instant of evaluation. The image must outlive it. */
seg_status seg_snapshot_new(seg_snapshot **out, const seg_image *image, int64_t now,
                            const seg_allocator *allocator, seg_error *error);
void seg_snapshot_free(seg_snapshot *snapshot);
/* Takes in an IDENTIFY record. SEG_E_FACT: another kind, or a profile that is there already. A record later
 * than the instant does not count. After another error it is good for seg_snapshot_free only. */
seg_status seg_snapshot_add(seg_snapshot *snapshot, const seg_record *record, seg_error *error);
/* Evaluates what is not evaluated yet. What follows is known after it. */
seg_status seg_snapshot_settle(seg_snapshot *snapshot, seg_error *error);
typedef struct seg_snapshot_counters {
    uint64_t profiles, future, arithmetic_faults;
} seg_snapshot_counters;
void seg_snapshot_counters_get(const seg_snapshot *snapshot, seg_snapshot_counters *out);
/* As seg_engine_size, _members, _profiles and _member_bits. */
uint64_t seg_snapshot_size(const seg_snapshot *snapshot, uint32_t segment);
seg_status seg_snapshot_members(seg_snapshot *snapshot, uint32_t segment, seg_profile_fn on_profile,
                                void *user);
seg_status seg_snapshot_profiles(seg_snapshot *snapshot, seg_profile_fn on_profile, void *user);
seg_status seg_snapshot_member_bits(seg_snapshot *snapshot, uint32_t segment, uint64_t *bits);

/* ---- Ledgers: facts in columns ----------------------------------------------------------------------------
 * What an engine in the mode BATCH says of the same records, evaluated by columns: a table for each kind of
 * event, the newest value of each attribute, and no state for each profile. For rules that columns can answer
 * (see seg_batch_describe), and for records without messageIds, merges and erasures. */

typedef struct seg_ledger seg_ledger;
/* `now`: the instant of evaluation. The image must outlive it. SEG_E_USAGE: columns cannot answer the rules.
 */
seg_status seg_ledger_new(seg_ledger **out, const seg_image *image, int64_t now,
                          const seg_allocator *allocator, seg_error *error);
void seg_ledger_free(seg_ledger *ledger);
/* Takes in an event or attribute values. SEG_E_FACT: only an engine can take this record (a messageId, a
 * merge, an erasure, two values of an attribute for one instant), and nothing happened. A record later than
 * the instant does not count. After SEG_E_MEMORY it is good for seg_ledger_free only. */
seg_status seg_ledger_add(seg_ledger *ledger, const seg_record *record, seg_error *error);
/* Evaluates all that was taken in. What follows is known after it. */
seg_status seg_ledger_settle(seg_ledger *ledger, seg_error *error);
typedef struct seg_ledger_counters {
    uint64_t profiles, facts, future, arithmetic_faults;
} seg_ledger_counters;
void seg_ledger_counters_get(const seg_ledger *ledger, seg_ledger_counters *out);
/* As seg_engine_size, _members, _profiles and _member_bits. */
uint64_t seg_ledger_size(const seg_ledger *ledger, uint32_t segment);
seg_status seg_ledger_members(const seg_ledger *ledger, uint32_t segment, seg_profile_fn on_profile,
                              void *user);
seg_status seg_ledger_profiles(const seg_ledger *ledger, seg_profile_fn on_profile, void *user);
seg_status seg_ledger_member_bits(const seg_ledger *ledger, uint32_t segment, uint64_t *bits);

/* Who is at a place, from 1 on, counted from the top, and by which key. False: nobody. */
bool seg_engine_at_place(const seg_engine *engine, uint32_t ranking, uint64_t place, seg_text *profile,
                         int64_t *key);

#ifdef __cplusplus
}
#endif
#endif
