/* image.h - the image's layout in bytes: one position-independent, little-endian block.
 *
 * header | sections, each 8-byte aligned and of fixed-size records. Every reference is an index
 * into a section or an offset into the STRINGS section. The emitter writes it, verify.c proves it,
 * the VM trusts it after that. All padding is zero: equal sources give equal bytes.
 *
 * Ways through it
 *   a fact arrives    event -> feeds -> (filter program, value programs) -> store
 *   what it can flip  feed -> atoms -> segments
 *   a segment         its program CALLs programs of atoms and of other segments
 */
#ifndef SEG_IMAGE_H
#define SEG_IMAGE_H

#include "seg.h"

#define SEG_IMAGE_MAGIC "SEGIMG\r\n" /* 8 bytes; the line end shows a transfer in text mode */
#define SEG_IMAGE_FORMAT 4u
#define SEG_MISSING INT64_MIN

typedef struct seg_ref { /* bytes in the STRINGS section */
    uint32_t offset, size_bytes;
} seg_ref;

typedef struct seg_run { /* a run of records in another section */
    uint32_t first, count;
} seg_run;

typedef struct seg_ins {
    uint8_t op, a;
    uint16_t b;
    uint32_t c;
    int64_t imm;
} seg_ins;

typedef enum seg_section_id {
    SEG_SECTION_STRINGS,     /* char */
    SEG_SECTION_FIELDS,      /* seg_image_field */
    SEG_SECTION_EVENTS,      /* seg_image_event: events, then attributes, then perhaps the profile's id */
    SEG_SECTION_FEEDS,       /* seg_image_feed */
    SEG_SECTION_STORES,      /* seg_image_store */
    SEG_SECTION_QUERIES,     /* seg_image_query */
    SEG_SECTION_PROGRAMS,    /* seg_image_program: callees before callers */
    SEG_SECTION_CODE,        /* seg_ins */
    SEG_SECTION_WORDS,       /* int64_t, for word sets */
    SEG_SECTION_WORD_SETS,   /* seg_run in WORDS, each ascending without repeats */
    SEG_SECTION_TEXTS,       /* seg_ref: texts that programs name, enum values */
    SEG_SECTION_AUTOMATA,    /* seg_image_automaton */
    SEG_SECTION_TABLES,      /* uint16_t, automata's transition tables */
    SEG_SECTION_ATOMS,       /* seg_image_atom */
    SEG_SECTION_SEGMENTS,    /* seg_image_segment_record: referenced segments before referrers */
    SEG_SECTION_LINKS,       /* uint32_t, for runs of indices */
    SEG_SECTION_ZONES,       /* seg_image_zone; zone 0 is the workspace's */
    SEG_SECTION_TRANSITIONS, /* seg_image_transition, ascending within a zone */
    SEG_SECTION_COLUMN_MAPS, /* seg_image_column_map_record */
    SEG_SECTION_COLUMNS,     /* seg_image_column */
    SEG_SECTION_PROBES,      /* seg_image_probe_record, only in images for explanation */
    SEG_SECTION_PAIRS,       /* seg_image_pair: those of a pair's others before it */
    SEG_SECTION_RANKINGS,    /* seg_image_ranking */
    SEG_SECTION_CLOCKS,      /* seg_image_clock: when ranks are made */
    SEG_SECTION_NATIVES,     /* seg_image_native_record */
    SEG_SECTION_GROUPS,      /* seg_image_group, ascending by name */
    SEG_SECTION_TALLIES,     /* seg_image_tally */
    SEG_SECTION_COUNT
} seg_section_id;

/* Bytes per record of each section. */
extern const size_t seg_section_record_bytes[SEG_SECTION_COUNT];

typedef struct seg_section {
    uint64_t offset; /* from the image's first byte */
    uint64_t count;  /* records */
} seg_section;

typedef struct seg_image_header {
    char magic[8];
    uint32_t format;
    uint32_t header_bytes;
    uint64_t size_bytes;
    uint64_t checksum; /* XXH64 of the whole image with this field zero */
    uint64_t layout;   /* XXH64 over the stores' records, the counts of atoms, segments and temporal atoms */
    int64_t duplicates_ms;
    uint32_t event_count; /* of EVENTS, those that are events; the rest are attributes */
    uint32_t attribute_count;
    uint32_t max_registers; /* of any program */
    uint32_t max_depth;     /* longest chain of CALLs, counted in programs */
    seg_run temporal_atoms; /* LINKS: atoms that time alone can flip */
    seg_section sections[SEG_SECTION_COUNT];
} seg_image_header;

typedef struct seg_image_field {
    seg_ref name;
    uint8_t type; /* seg_type */
    uint8_t scale;
    uint8_t required; /* 0 or 1 */
    uint8_t reserved[5];
    seg_run values; /* of an enum: TEXTS, in declared order */
} seg_image_field;

typedef struct seg_image_event_record {
    seg_ref name, source;
    seg_ref elements; /* the list of the source whose elements are the events; empty: it is one itself */
    seg_run fields;   /* FIELDS; an attribute has exactly one: itself */
    seg_run feeds; /* FEEDS that its facts go through; ascending by route (SEG_NONE last), relation, word */
} seg_image_event_record;

/* How a fact's word must stand to a feed's. Words of floats stand in the order of their numbers. */
typedef enum seg_feed_relation {
    SEG_FEED_EQUAL,
    SEG_FEED_LEAST, /* it is the feed's word or more */
    SEG_FEED_MOST,
    SEG_FEED_LEAST_FLOAT,
    SEG_FEED_MOST_FLOAT
} seg_feed_relation;

typedef struct seg_image_feed {
    uint32_t store;
    uint32_t filter; /* FACT program that says whether the fact enters, or SEG_NONE */
    seg_run values;  /* LINKS: FACT programs, one per field of the store */
    seg_run atoms;   /* LINKS: atoms that what enters the store can flip */
    uint32_t
        route; /* FACT program: the fact may enter only if what it gives stands so to `word`. Or SEG_NONE */
    uint32_t relation; /* seg_feed_relation; 0 without route */
    int64_t word;      /* 0 without route */
} seg_image_feed;

/* A number that is less for the word that stands lower. A float is not -0.0, which is SEG_MISSING. */
static inline int64_t seg_feed_key(uint32_t relation, int64_t word) {
    return relation >= SEG_FEED_LEAST_FLOAT && word < 0 ? word ^ INT64_MAX : word;
}
/* In the order of an event's feeds: less than 0, 0, more. */
static inline int seg_feed_compare(const seg_image_feed *a, const seg_image_feed *b) {
    if (a->route != b->route) return a->route < b->route ? -1 : 1;
    if (a->relation != b->relation) return a->relation < b->relation ? -1 : 1;
    int64_t x = seg_feed_key(a->relation, a->word), y = seg_feed_key(b->relation, b->word);
    return x < y ? -1 : x > y;
}

#define SEG_STORE_FOLD 1u     /* entries beyond need are folded into sums instead of dropped */
#define SEG_STORE_IDENTITY 4u /* holds the profile's id: no fact, so it may be older; a merge keeps it */
#define SEG_STORE_CALENDAR 2u /* windows of months read it: see keep */

/* A store remembers facts as entries (time, tie, width words), ordered by time, then tie, then words.
 * Entries later than the profile's now are kept whatever the limits say. Of the others it needs those
 * younger than horizon_ms (SEG_NEVER: all), and of these the newest `keep` (0: all). The horizon covers
 * every window that reads the store; a month counts as 31 days and one day more stands for changes of the
 * zone's offset. Months make ends uneven (30 January 23:00 plus a month is later than 31 January 01:00
 * plus a month), so a store with `keep` that windows of months read needs SEG_STORE_CALENDAR: it also
 * keeps what is less than ten days older than the oldest of the newest `keep`. Programs may run at
 * instants before now: then `keep` counts among the entries at or before now - past_ms, all that are later
 * are needed, and the horizon reaches further back by as much. With
 * SEG_STORE_FOLD, entries that are not needed go into the fold record (count, oldest entry, and per
 * field: exact 128-bit sum, number known, least, greatest) that EVER windows read. */
typedef struct seg_image_store {
    uint64_t identity; /* XXH64 of what feeds it: equal in every image that remembers the same */
    int64_t horizon_ms;
    uint32_t keep;
    uint8_t width; /* words per entry beside time and tie; at most 32 */
    uint8_t flags;
    uint16_t float_fields_reserved;
    uint32_t float_fields; /* bit i: field i is a float */
    uint32_t reserved;
    int64_t past_ms; /* with `keep`: how far before now it is read; 0: only at now */
} seg_image_store;

/* How many opcodes that look back may stand inside each other. */
#define SEG_LOOK_BACK_LIMIT 4u

typedef enum seg_window_kind {
    SEG_WINDOW_EVER,    /* t <= now */
    SEG_WINDOW_ROLLING, /* begin(t) <= now < end(t): begin = t + to, end = t + from; from > to >= 0 */
    SEG_WINDOW_SINCE,   /* anchor <= t <= now */
    SEG_WINDOW_WITHIN,  /* anchor <= t <= anchor + from, t <= now */
    SEG_WINDOW_BETWEEN, /* from <= t < to, t <= now; instants */
    SEG_WINDOW_FEW,     /* the newest `newest` with t <= now, of those that have their own pairs */
    SEG_WINDOW_CALENDAR /* first <= unit of t - unit of now < end, t <= now */
} seg_window_kind;

/* The most that DISTINCT_GE is asked for. */
#define SEG_DISTINCT_LIMIT 32

/* DECAYED reads a rolling window of as many half lives: what is older weighs nothing. */
#define SEG_DECAY_HALVINGS 40

typedef enum seg_image_unit { /* of the calendar; days are numbered from 1970-01-01 */
                              SEG_UNIT_DAY,
                              SEG_UNIT_WEEK,        /* from Monday */
                              SEG_UNIT_SUNDAY_WEEK, /* from Sunday */
                              SEG_UNIT_MONTH,
                              SEG_UNIT_QUARTER,
                              SEG_UNIT_YEAR,
                              /* the same, but later by months: quarters by 1 or 2, years by 1 to 11 */
                              SEG_UNIT_LATER_QUARTER,
                              SEG_UNIT_LATER_YEAR = SEG_UNIT_LATER_QUARTER + 2,
                              SEG_UNIT_COUNT = SEG_UNIT_LATER_YEAR + 11
} seg_image_unit;

typedef enum seg_part {                   /* of a time or a date */
                        SEG_PART_HOUR,    /* 0 .. 23, on the wall clock */
                        SEG_PART_WEEKDAY, /* 1 Monday .. 7 Sunday */
                        SEG_PART_DAY,     /* of the month */
                        SEG_PART_MONTH,   /* 1 .. 12 */
                        SEG_PART_YEAR,
                        SEG_PART_DATE,
                        SEG_PART_YEAR_DAY, /* 1 .. 366 */
                        SEG_PART_WEEK,    /* of ISO 8601, 1 .. 53: from Monday, of the year of its Thursday */
                        SEG_PART_QUARTER, /* 1 .. 4 */
                        /* Of a fiscal year, which begins 1 to 11 months after the calendar's: its quarter 1
                         * .. 4, and the year of the calendar in which it ends. */
                        SEG_PART_FISCAL_QUARTER,
                        SEG_PART_FISCAL_YEAR = SEG_PART_FISCAL_QUARTER + 11,
                        SEG_PART_COUNT = SEG_PART_FISCAL_YEAR + 11
} seg_part;

typedef enum seg_gap { /* of milliseconds between entries */
                       SEG_GAP_LONGEST = 1,
                       SEG_GAP_SHORTEST,
                       SEG_GAP_AVERAGE, /* rounded down */
                       SEG_GAP_END
} seg_gap;

typedef enum seg_years { /* of a date, and today: see seg_calendar_age_of */
                         SEG_YEARS_AGE,
                         SEG_YEARS_NEWEST, /* anniversary, a date */
                         SEG_YEARS_COMING, /* anniversary, a date */
                         SEG_YEARS_COUNT
} seg_years;

#define SEG_FIELD_TIME 0xFFFFu /* instead of a field: the entry's instant */

/* For ROLLING and WITHIN `from` and `to` are durations: months (by the calendar of zone 0, clamped to
 * the month's last day), then milliseconds. A missing anchor makes the window empty. For CALENDAR
 * from_months and to_months are `first` and `end`, counted in units (first < end, first <= 0, end <= 1), and
 * the anchor is the zone's number. */
typedef struct seg_image_query {
    uint32_t store;
    uint16_t field;
    uint8_t window;
    uint8_t unit; /* seg_image_unit, of CALENDAR */
    int32_t from_months, to_months;
    int64_t from_ms, to_ms;
    int64_t delay_ms;   /* an entry counts as that much later than its time */
    seg_run pairs;      /* PAIRS: each entry of the window must have them all */
    uint32_t own_pairs; /* of these, the first ones say which entries FEW counts */
    uint32_t newest;    /* FEW: how many; else 0 */
    uint32_t key;       /* not 0: only entries whose word key - 1 is the value at hand of SOME, EVERY … */
    uint32_t reserved;
} seg_image_query;

#define SEG_PAIR_PRECEDED 1u /* the others come before the entry that is asked about; else after it */
#define SEG_PAIR_NEGATED 2u  /* there must be none */
#define SEG_PAIR_BY_TIME                                                                                     \
    4u                        /* only the distance counts; else they come before or after by (time, tie) too \
                               */
#define SEG_PAIR_BETWEEN 8u   /* and before the entry whose other the one that is asked about is */
#define SEG_PAIR_INHERITS 16u /* the limit that `whole_ms` of an outer pair has set holds here too */
#define SEG_PAIR_BOUNDED 32u  /* earlier + least <= later <= earlier + most */
#define SEG_PAIR_DECIDES 64u  /* when the nearest other lacks its pairs, those further away do too */
#define SEG_PAIR_DEPTH_MAX 64u

/* Which entries of a store must, or must not, come with the entry that is asked about. Others later than
 * now are not seen. Fields that must be the same stand in LINKS, two for each: of the entry that is asked
 * about, and of the other; both known. Each record of PAIRS is in one run alone. */
typedef struct seg_image_pair {
    uint32_t store; /* of the others; it keeps all that the horizon covers */
    uint32_t flags;
    seg_run same;  /* LINKS */
    seg_run inner; /* PAIRS, of smaller numbers: each of the others must have them all */
    int32_t least_months, most_months;
    int64_t least_ms, most_ms;
    int64_t here_delay_ms, there_delay_ms; /* the entry and the others count as that much later */
    int64_t whole_ms; /* others are no older than that before the entry; SEG_NEVER: no limit */
} seg_image_pair;

typedef struct seg_image_program {
    seg_run code;
    uint16_t registers;
    uint8_t context; /* 1 STATE, 2 FACT */
    uint8_t reserved;
    uint32_t depth; /* 1 + the deepest callee's */
} seg_image_program;

#define SEG_CONTEXT_STATE 1u
#define SEG_CONTEXT_FACT 2u

/* A deterministic automaton over bytes that reads the whole text: state s on byte x goes to
 * table[s * classes + class_of[x]]; state 0 is dead, state 1 the start. */
typedef struct seg_image_automaton {
    seg_run table;     /* TABLES: states * classes */
    seg_run accepting; /* TABLES: one uint16_t per state, 0 or 1 */
    uint16_t states, classes;
    uint32_t reserved;
    uint8_t class_of[256];
} seg_image_automaton;

typedef struct seg_image_atom {
    uint32_t program;
    uint32_t reserved;
    seg_run segments; /* LINKS: segments whose verdict it can change, through references too */
} seg_image_atom;

typedef struct seg_image_segment_record {
    seg_ref name, title;
    uint32_t program;
    uint32_t reserved;
    seg_run probes;
} seg_image_segment_record;

/* Zones behind the workspace's ascend by `word`. Zones of equal transitions share them. */
typedef struct seg_image_zone {
    seg_ref name, version;  /* version of the tz database */
    int64_t word;           /* of the name, as the state holds it */
    int32_t first_offset_s; /* before the first transition */
    uint32_t is_whole;      /* of zone 0: 1 if every zone of the tz database is here */
    seg_run transitions;
} seg_image_zone;

typedef struct seg_image_transition {
    int64_t at;       /* instant */
    int32_t offset_s; /* east of UTC, from `at` on */
    uint32_t reserved;
} seg_image_transition;

typedef struct seg_image_ranking {
    seg_ref text;     /* what profiles are ranked by */
    uint32_t program; /* over the state: the key, missing for who is not ranked */
    uint8_t type, scale;
    uint16_t reserved;
} seg_image_ranking;

/* Refreshes: every local date at `ms` after midnight on the clock of zone 0, or at every multiple of `ms`
 * since 1970. Stores keep what keys at the last refresh need. */
typedef struct seg_image_clock {
    int64_t ms;
    uint32_t is_daily; /* 0 or 1 */
    uint32_t reserved;
} seg_image_clock;

typedef struct seg_image_group { /* profiles with the same value of an attribute */
    seg_ref name;
    uint32_t attribute;
    uint32_t program; /* over the state: the value, missing for who is in none. Or SEG_NONE: nobody asks */
} seg_image_group;

typedef struct seg_image_tally { /* of a group, those who are in a segment */
    uint32_t group;
    uint32_t segment; /* SEG_NONE: everybody. It asks neither about groups nor about ranks */
} seg_image_tally;

typedef struct seg_image_column_map_record {
    seg_ref pattern;
    uint32_t event; /* SEG_NONE: attributes */
    uint32_t reserved;
    seg_run columns;
} seg_image_column_map_record;

typedef struct seg_image_column {
    seg_ref column;
    uint32_t field;
    uint8_t role, is_constant;
    uint16_t reserved;
} seg_image_column;

typedef struct seg_image_probe_record {
    seg_ref text;
    uint32_t depth, program, query;
    uint8_t type, scale;
    uint16_t flags;
    uint32_t ranking; /* 1 + the ranking that it asks for, 0: none */
    uint32_t amount;  /* how many are in the top, or in the bottom; 0: that is not what it asks */
    uint32_t kind;    /* seg_probe_kind */
    uint32_t inner;   /* HELD .. CHANGED: the program that is looked back at; SEGMENT: its number; SEG_NONE */
    int64_t past_ms;  /* its value counts so long before now */
} seg_image_probe_record;

/* Programs of probes may run at instants before now as if other programs called them there: `past_ms` before
 * it, of a segment that a probe refers to also before that probe's instant, and `inner` at any. */
#define SEG_PROBE_SHARE 1u  /* the amount is one of 10000 */
#define SEG_PROBE_BOTTOM 2u /* from the bottom */
#define SEG_PROBE_KEYED 4u  /* asked for one value at hand: below SOME, EVERY or TALLY */

#define SEG_NATIVE_ARGUMENTS 16u

typedef struct seg_image_native { /* a function of the host */
    seg_ref library, name;
    uint8_t argument_count;
    uint8_t result, is_optional;             /* seg_type; 0 or 1 */
    uint8_t arguments[SEG_NATIVE_ARGUMENTS]; /* seg_type; 0 beyond argument_count */
    uint8_t reserved[5];
} seg_image_native_record;

#endif
