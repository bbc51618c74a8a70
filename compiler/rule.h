/* rule.h - typed rules: the tree after names are bound, types are proven and sugar is gone.
 *
 * check.c makes them, plan.c reads them, and so does the oracle interpreter of the tests. Everything
 * lives in the arena of the compilation and is immutable once made. `define`s and `param`s are gone:
 * their bodies and values stand where they were used. */
#ifndef SEG_RULE_H
#define SEG_RULE_H

#include "../grammar/tree.h"
#include "../runtime/seg.h"
#include "model.h"

typedef struct seg_rule_type {
    seg_type type;
    uint8_t scale;                           /* of a decimal */
    bool optional;                           /* may be missing */
    const struct seg_rule_enum *enumeration; /* of an enum */
} seg_rule_type;

typedef struct seg_rule_enum { /* two enums are the same type when their names agree in order */
    uint32_t count;
    const seg_text *names;
} seg_rule_enum;

typedef struct seg_rule_duration { /* calendar part, then exact part; both of one sign */
    int32_t months;
    int64_t ms;
} seg_rule_duration;

typedef struct seg_rule_const {
    seg_value value;            /* of the node's type; an unknown value is `missing` */
    seg_rule_duration duration; /* when the type is SEG_DURATION */
} seg_rule_const;

typedef struct seg_rule_field { /* a field of an event, or an attribute of the profile */
    seg_text name;
    seg_rule_type type;           /* optional: may be missing (and no default stands in) */
    bool has_default;             /* a set without `?` has the empty set */
    seg_rule_const default_value; /* applies when the fact lacks the field or was never set. Without a default
                                   * and not optional: what an attribute counts as before it is set */
    seg_rule_duration history;    /* of an attribute; 0: only the present value */
    seg_span span, whole;         /* of the name, of the declaration */
} seg_rule_field;

typedef struct seg_rule_event {
    seg_text name, source;
    seg_text elements; /* the list of the source whose elements are the events; bytes NULL: none */
    uint32_t field_count;
    const seg_rule_field *fields;
    seg_span span;
} seg_rule_event;

/* What other events must, or must not, come with an event. Times are those at which events count: of an
 * event with a delay, later than what was sent. */
typedef struct seg_rule_pair {
    const struct seg_rule_facts *others; /* their window is EVER */
    bool preceded; /* the others come before it; else after it. Before and after: by (time, tie) */
    bool negated;
    bool by_time;  /* the order does not count, only the distance: within A to B */
    bool between;  /* and before the event that led here: A then no X then B */
    bool inherits; /* the limit of the pair whose others these pairs are asked about: see whole_ms */
    bool bounded;
    seg_rule_duration least, most; /* bounded: the distance; both included */
    int64_t
        whole_ms; /* the others, and theirs that inherit it, come at most so long before; SEG_NEVER: any */
    int64_t delay_ms; /* of the event that is asked about */
    uint32_t same_count;
    const struct seg_rule *const *here, *const *there; /* FIELD nodes: known, and equal */
} seg_rule_pair;

/* The facts a count or aggregate looks at: events (a union has several), a condition on each of them,
 * the pairs that each must have, and the window. Inside `where`, FIELD nodes speak of the one event. */
typedef struct seg_rule_facts {
    uint32_t event_count;
    const uint32_t *events;        /* indices into seg_rules.events, ascending */
    const struct seg_rule *where;  /* NULL: every event */
    uint8_t window;                /* seg_rule_window_kind */
    seg_rule_duration from, to;    /* ROLLING: from > to >= 0; WITHIN: from */
    uint8_t unit;                  /* CALENDAR: seg_rule_unit */
    int32_t first, end;            /* CALENDAR: first < end, first <= 0, end <= 1 */
    const struct seg_rule *zone;   /* CALENDAR: a timezone; NULL, and where it is missing: the workspace's */
    const struct seg_rule *anchor; /* SINCE, WITHIN: a time, never missing */
    uint32_t newest;               /* FEW: how many */
    int64_t delay_ms;              /* they count so long after they happened */
    uint32_t pair_count;
    uint32_t own_pairs; /* of these, the first ones say which events are meant: FEW counts among those */
    const seg_rule_pair *pairs;
    const struct seg_rule *key; /* a FIELD that must be the value at hand of SOME, EVERY or TALLY; or NULL */
} seg_rule_facts;

typedef enum seg_rule_window_kind { /* as seg_window_kind in runtime/image.h */
                                    SEG_RULE_EVER,
                                    SEG_RULE_ROLLING,
                                    SEG_RULE_SINCE,
                                    SEG_RULE_WITHIN,
                                    SEG_RULE_FEW = 5, /* the newest few at or before now */
                                    SEG_RULE_CALENDAR /* first <= unit of t - unit of now < end, and t <= now
                                                       */
} seg_rule_window_kind;

typedef enum seg_rule_unit { /* as seg_image_unit in runtime/image.h */
                             SEG_RULE_DAY,
                             SEG_RULE_WEEK,
                             SEG_RULE_SUNDAY_WEEK,
                             SEG_RULE_MONTH,
                             SEG_RULE_QUARTER,
                             SEG_RULE_YEAR,
                             SEG_RULE_LATER_QUARTER,                           /* by 1 or 2 months */
                             SEG_RULE_LATER_YEAR = SEG_RULE_LATER_QUARTER + 2, /* by 1 to 11 months */
                             SEG_RULE_UNIT_END = SEG_RULE_LATER_YEAR + 11
} seg_rule_unit;

/* The unit that is as long, and by how many months this one begins later. */
static inline seg_rule_unit seg_rule_unit_plain(uint32_t unit) {
    return unit >= SEG_RULE_LATER_YEAR      ? SEG_RULE_YEAR
           : unit >= SEG_RULE_LATER_QUARTER ? SEG_RULE_QUARTER
                                            : (seg_rule_unit)unit;
}
static inline uint32_t seg_rule_unit_later(uint32_t unit) {
    return unit >= SEG_RULE_LATER_YEAR      ? unit - SEG_RULE_LATER_YEAR + 1
           : unit >= SEG_RULE_LATER_QUARTER ? unit - SEG_RULE_LATER_QUARTER + 1
                                            : 0;
}

typedef enum seg_rule_kind {
    SEG_RULE_CONST,     /* constant */
    SEG_RULE_ATTRIBUTE, /* index: the attribute's value now, its default if it has one */
    SEG_RULE_FIELD,     /* fields[]: per event of the facts, which field; only inside where and aggregates */
    SEG_RULE_NOT,
    SEG_RULE_AND,
    SEG_RULE_OR, /* AND, OR: two operands, left first */
    SEG_RULE_IF, /* condition, then, else */
    SEG_RULE_EQ,
    SEG_RULE_NE,
    SEG_RULE_LT,
    SEG_RULE_LE,
    SEG_RULE_GT,
    SEG_RULE_GE, /* equal types */
    SEG_RULE_ADD,
    SEG_RULE_SUB,
    SEG_RULE_MUL,
    SEG_RULE_NEG,
    SEG_RULE_DIV,      /* always a float; optional unless the divisor is proven not 0 */
    SEG_RULE_MOD,      /* of whole numbers or decimals of one scale; sign of operand 0; optional as DIV */
    SEG_RULE_CONVERT,  /* int or decimal to a decimal of larger scale, or to float */
    SEG_RULE_COALESCE, /* a ?? b */
    SEG_RULE_MISSING,  /* a is missing */
    SEG_RULE_IN,       /* operand 0 in list[] (constants) */
    /* Operand 0 of the five tests of text content is an ATTRIBUTE, FIELD, FIRST or LAST that is not missing
     * (`if` and `??` are taken apart around the test); of MATCHES it may also be a CONST. */
    SEG_RULE_CONTAINS,
    SEG_RULE_STARTS,
    SEG_RULE_ENDS,         /* text operand 0, constant text operand 1 */
    SEG_RULE_MATCHES,      /* text operand 0; pattern, ignore_case; of versions also index and constant */
    SEG_RULE_HAS,          /* set operand 0 has the constant text operand 1; also makes any, all, none of */
    SEG_RULE_BUCKET,       /* XXH64 of the id operand 0, with XXH64 of pattern (seed 0) as seed, mod 10000 */
    SEG_RULE_REACHED,      /* now >= time operand 0 + duration (which may be negative) */
    SEG_RULE_DATE_REACHED, /* today >= date operand 0 + duration (months, then whole days), local dates;
                            * operand 1, if any: the timezone */
    SEG_RULE_COUNT,        /* facts: how many */
    SEG_RULE_ANY,          /* facts: is there one */
    SEG_RULE_SUM,
    SEG_RULE_AVG,
    SEG_RULE_MIN,
    SEG_RULE_MAX,         /* facts, operand 0: a number of each event */
    SEG_RULE_DISTINCT,    /* facts, operand 0: number of different known values */
    SEG_RULE_ACTIVE_DAYS, /* facts: in how many units index (seg_rule_unit) of the calendar one happened */
    SEG_RULE_FIRST,
    SEG_RULE_LAST,    /* facts, operand 0 (none: the event's time): of the oldest, newest */
    SEG_RULE_SEGMENT, /* index: the verdict of another segment; false before the profile's first fact */
    SEG_RULE_AS_OF,   /* operand 0 with now - duration in the place of now */
    SEG_RULE_HELD,    /* condition 0 at every instant from now - duration to now */
    SEG_RULE_ENTERED,
    SEG_RULE_LEFT,    /* condition 0 became true (false) after now - duration, not after now */
    SEG_RULE_CHANGED, /* operand 0 became another value after now - duration, not after now */
    SEG_RULE_DECAYED, /* facts, of 40 half lives: do they weigh at least constant 2^-40 (runtime/decay.h) */
    SEG_RULE_LATCH,   /* conditions 0: enter, 1: leave; duration: the least stay; pause */
    SEG_RULE_TIME,    /* the one event's instant plus duration; only inside where and aggregates */
    SEG_RULE_NOW,     /* only as operand 0 of PART */
    SEG_RULE_PART, /* index: seg_rule_part of operand 0, a time or a date; operand 1, if any: the timezone */
    /* Condition 0 for each value of a field (`pattern`: its name): the known values of `key` in the facts
     * that condition 0 asks about with a key, whatever their window, as far as they are not later than now.
     */
    SEG_RULE_SOME,  /* for one at least */
    SEG_RULE_EVERY, /* for all; true when there is none */
    SEG_RULE_TALLY, /* for how many */
    SEG_RULE_MOST,
    SEG_RULE_LEAST, /* facts, operand 0: the known value that most (fewest) of them have; of several the one
                     * whose newest fact is the newest; missing if none is known */
    SEG_RULE_GIVEN, /* a value that is handed to what stands above: operand 0; operand 1, if any: the next */
    SEG_RULE_MODEL, /* models[index] of operand 0: a GIVEN for each of its inputs, in order, all floats */
    SEG_RULE_YEARS, /* index: seg_rule_years, of the date operand 0 and today in the zone operand 1, if any */
    SEG_RULE_PLACE, /* index: a figure (seg_figure, or a number of parts) of where the profile stands among
                     * all for whom condition 1 (if any) held and operand 0 was known at the last refresh;
                     * missing if it is not among them */
    SEG_RULE_NATIVE, /* natives[index] of operand 0: a GIVEN for each value that it takes;
                      * pattern: what it is */
    SEG_RULE_GAP, /* facts, index: seg_rule_gap, in ms, of the times from each of them to the next; missing if
                   * there are fewer than two of them */
    SEG_RULE_FELLOWS, /* groups[index]: how many other profiles have the same value as operand 0, the group's
                       * attribute, and are in the segment operand 1, if any; 0 if the value is missing */
    SEG_RULE_PART_IN  /* made by the plan alone: operand 0, a PART of now, is among the values between the
                       * turns that list[] holds: see turns.c */
} seg_rule_kind;

typedef enum seg_rule_gap { /* as seg_gap in runtime/image.h */
                            SEG_RULE_LONGEST = 1,
                            SEG_RULE_SHORTEST,
                            SEG_RULE_AVERAGE /* rounded down */
} seg_rule_gap;

/* An anniversary of a date is the date a whole number of years later, one at least, held at the end of its
 * month. */
typedef enum seg_rule_years {                  /* as seg_years in runtime/image.h */
                              SEG_RULE_AGE,    /* how many anniversaries there were, today included */
                              SEG_RULE_NEWEST, /* the newest of these; missing if there was none */
                              SEG_RULE_COMING  /* the first after today; missing beyond the year 9999 */
} seg_rule_years;

typedef enum seg_rule_part { /* as seg_part in runtime/image.h */
                             SEG_RULE_HOUR,
                             SEG_RULE_WEEKDAY,
                             SEG_RULE_MONTH_DAY,
                             SEG_RULE_MONTH_OF,
                             SEG_RULE_YEAR_OF,
                             SEG_RULE_DATE_OF,
                             SEG_RULE_YEAR_DAY,
                             SEG_RULE_WEEK_OF, /* of ISO 8601 */
                             SEG_RULE_QUARTER_OF,
                             /* of a fiscal year that begins 1 to 11 months after the calendar's */
                             SEG_RULE_FISCAL_QUARTER_OF,
                             SEG_RULE_FISCAL_YEAR_OF = SEG_RULE_FISCAL_QUARTER_OF + 11,
                             SEG_RULE_PART_COUNT = SEG_RULE_FISCAL_YEAR_OF + 11
} seg_rule_part;

/* The part that has such values: of a fiscal year that of the calendar's. And by how many months it is later.
 */
static inline seg_rule_part seg_rule_part_plain(uint32_t part) {
    return part >= SEG_RULE_FISCAL_YEAR_OF      ? SEG_RULE_YEAR_OF
           : part >= SEG_RULE_FISCAL_QUARTER_OF ? SEG_RULE_QUARTER_OF
                                                : (seg_rule_part)part;
}
static inline uint32_t seg_rule_part_later(uint32_t part) {
    return part >= SEG_RULE_FISCAL_YEAR_OF      ? part - SEG_RULE_FISCAL_YEAR_OF + 1
           : part >= SEG_RULE_FISCAL_QUARTER_OF ? part - SEG_RULE_FISCAL_QUARTER_OF + 1
                                                : 0;
}

/* Meaning that the kinds alone do not say:
 *   - SUM of nothing is 0; AVG, MIN, MAX, FIRST, LAST of nothing is missing. Missing values are
 *     skipped by SUM, AVG, MIN, MAX, DISTINCT; FIRST and LAST give the field of that very event.
 *   - AVG is a float: the float nearest to (exact sum) / (number of known values); of floats, their
 *     sum in order divided by their number.
 *   - A sum of floats adds from the oldest to the newest, in order of (time, tie, words).
 *   - "optional" on an AVG, MIN, MAX, FIRST, LAST or DIV is cleared where flow narrowing proves it. */
typedef struct seg_rule {
    uint8_t kind; /* seg_rule_kind */
    bool ignore_case;
    bool written; /* false: made by desugaring; explain shows its written parent */
    uint8_t operand_count;
    uint32_t index; /* ATTRIBUTE, SEGMENT, MODEL, NATIVE, FELLOWS; MATCHES: seg_node_op of a test on versions,
                     * or 0 */
    seg_rule_type type;
    seg_span span; /* where it was written (the use, not the define) */
    const struct seg_rule *operands[3];
    const seg_rule_facts *facts; /* COUNT .. LAST, MOST, LEAST */
    const uint32_t *fields;      /* FIELD: field index in events[i] of the enclosing facts */
    union {                      /* which of these there is, the kind says: see seg_rule_extra_of */
        seg_rule_const constant; /* CONST, DECAYED */
        struct {
            seg_rule_duration duration; /* TIME, REACHED, DATE_REACHED, AS_OF .. LATCH */
            seg_rule_duration pause;    /* LATCH: outside at least so long after each exit */
        };
        struct { /* IN; PART_IN */
            const seg_rule_const *list;
            uint32_t list_count;
        };
        struct {
            seg_text pattern; /* MATCHES, BUCKET, NATIVE; SOME, EVERY, TALLY: the field */
            seg_text version; /* MATCHES: of a test on versions */
        };
    };
} seg_rule;

typedef enum seg_rule_extra {
    SEG_EXTRA_NONE,
    SEG_EXTRA_CONSTANT,
    SEG_EXTRA_DURATION,
    SEG_EXTRA_LIST,
    SEG_EXTRA_PATTERN
} seg_rule_extra;

static inline seg_rule_extra seg_rule_extra_of(const seg_rule *rule) {
    switch (rule->kind) {
    case SEG_RULE_CONST:
    case SEG_RULE_ACTIVE_DAYS: /* in the plan, without facts */
    case SEG_RULE_DECAYED: return SEG_EXTRA_CONSTANT;
    case SEG_RULE_TIME:
    case SEG_RULE_REACHED:
    case SEG_RULE_DATE_REACHED:
    case SEG_RULE_AS_OF:
    case SEG_RULE_HELD:
    case SEG_RULE_ENTERED:
    case SEG_RULE_LEFT:
    case SEG_RULE_CHANGED:
    case SEG_RULE_LATCH: return SEG_EXTRA_DURATION;
    case SEG_RULE_IN:
    case SEG_RULE_PART_IN: return SEG_EXTRA_LIST;
    case SEG_RULE_MATCHES:
    case SEG_RULE_BUCKET:
    case SEG_RULE_NATIVE:
    case SEG_RULE_SOME:
    case SEG_RULE_EVERY:
    case SEG_RULE_TALLY: return SEG_EXTRA_PATTERN;
    default: return SEG_EXTRA_NONE;
    }
}

typedef struct seg_rule_annotation {
    seg_text name;
    uint32_t argument_count;
    const seg_text *arguments;
} seg_rule_annotation;

typedef struct seg_rule_segment {
    seg_text name, title; /* title: the name when none was given */
    uint32_t doc_count;
    const seg_text *doc; /* lines */
    uint32_t annotation_count;
    const seg_rule_annotation *annotations;
    const seg_rule *rule;
    seg_span span;
} seg_rule_segment;

typedef enum seg_rule_policy_kind {
    SEG_POLICY_IMPLY,   /* who is in one of the segments fulfils the condition */
    SEG_POLICY_EXCLUDE, /* who is in one of the segments is in none of the others */
    SEG_POLICY_DISJOINT /* nobody is in two of the segments at once */
} seg_rule_policy_kind;

typedef struct seg_rule_policy {
    seg_text name, title;
    uint8_t kind;
    uint32_t segment_count, other_count;
    uint32_t *segments, *others; /* ascending */
    const seg_rule *condition;
    seg_span span, what; /* of the policy, of what it asks for */
} seg_rule_policy;

typedef struct seg_rule_column {
    uint8_t role; /* seg_column_role */
    uint32_t field;
    bool is_constant;
    seg_text column;
} seg_rule_column;

typedef struct seg_rule_columns {
    seg_text pattern;
    uint32_t event; /* SEG_NONE: attributes */
    uint32_t column_count;
    const seg_rule_column *columns;
} seg_rule_columns;

/* Scenario tests, in order; every name bound, every value typed. */
typedef struct seg_rule_setting {
    uint32_t field; /* of the event, or attribute */
    seg_value value;
    seg_span span;
} seg_rule_setting;

typedef enum seg_rule_step_kind {
    SEG_STEP_PROFILE, /* settings at `time` */
    SEG_STEP_EVENT,   /* event with settings at `time` */
    SEG_STEP_EXPECT,  /* at `time`: (not) in segment */
    SEG_STEP_CHANGE   /* enters / exits segment at `time`, and not before */
} seg_rule_step_kind;

typedef struct seg_rule_step {
    uint8_t kind;
    bool negated;     /* EXPECT: not in; CHANGE: exits */
    int64_t time;     /* SEG_TIME_MIN: before everything */
    uint32_t event;   /* EVENT */
    seg_text id;      /* PROFILE: the profile's id, if it was said (bytes NULL: it was not) */
    seg_text other;   /* PROFILE, EVENT: whose fact it is (bytes NULL: the test's profile's) */
    uint32_t segment; /* EXPECT (one step per segment), CHANGE */
    uint32_t setting_count;
    const seg_rule_setting *settings;
    seg_span span;
} seg_rule_step;

typedef struct seg_rule_test {
    seg_text name;
    uint32_t step_count;
    const seg_rule_step *steps;
    seg_span span;
} seg_rule_test;

typedef struct seg_rule_transition {
    int64_t at;
    int32_t offset_s;
} seg_rule_transition;
typedef struct seg_rule_zone {
    seg_text name, version;
    int32_t first_offset_s;
    uint32_t transition_count;
    const seg_rule_transition *transitions;
} seg_rule_zone;

#define SEG_RULE_NATIVE_ARGUMENTS 16u
typedef struct seg_rule_native { /* a function of the host */
    seg_text library, name;
    seg_text identity; /* both, with the signature */
    uint32_t argument_count;
    struct {
        seg_text name;
        seg_type type;
    } arguments[SEG_RULE_NATIVE_ARGUMENTS];
    seg_rule_type result;
    bool is_sound; /* false: its declaration is at fault */
} seg_rule_native;

typedef struct seg_rule_group { /* profiles that have the same known value of an attribute belong together */
    seg_text name;
    uint32_t attribute;
    seg_span span;
} seg_rule_group;

/* A whole workspace. Segments stand in an order in which referenced ones come first (a topological
 * order; ties by name), so indices are the image's. Events and attributes in order of their names. */
typedef struct seg_rules {
    seg_rule_zone zone;
    /* Zones that rules name; every one of the tz database when a rule asks for the zone of a profile. */
    uint32_t zone_count;
    const seg_rule_zone *zones;
    bool has_all_zones;
    bool sunday_weeks;    /* weeks start on Sunday, not on Monday */
    uint8_t fiscal_month; /* with which the fiscal year begins, 1 to 12; 0: it is not said */
    int64_t duplicates_ms;
    int64_t refresh_every_ms; /* ranks are made at the multiples of it; 0: every day at refresh_clocks */
    uint32_t refresh_count;
    const int64_t *refresh_clocks; /* milliseconds of the local clock after midnight, ascending */
    bool has_identity; /* attributes[attribute_count] is the profile's id: a text that is not declared */
    uint32_t event_count, attribute_count, segment_count, columns_count, test_count, policy_count;
    const seg_rule_event *events;
    const seg_rule_field *attributes;
    const seg_rule_segment *segments;
    const seg_rule_columns *columns;
    const seg_rule_test *tests;
    const seg_model *const *models;  /* in order of their names */
    const seg_rule_policy *policies; /* in order of their names; the image knows nothing of them */
    uint32_t native_count;
    const seg_rule_native *natives; /* in order of their names */
    uint32_t group_count;
    const seg_rule_group *groups; /* in order of their names */
} seg_rules;

#define SEG_DUPLICATES_DEFAULT_MS (INT64_C(86400000))

/* A value for a `param`, from the command line or a host: read as the literal it is written as. */
typedef struct seg_param_value {
    const char *name;
    const char *text;
} seg_param_value;

/* A file that `in list` or a model may name: its name below the workspace, and its bytes. */
typedef struct seg_list_file {
    seg_text name, bytes;
} seg_list_file;

typedef struct seg_check_given { /* what comes from the host */
    const seg_param_value *params;
    size_t param_count;
    const seg_list_file *files;
    size_t file_count;
} seg_check_given;

/* Binds names and proves types over all files at once. NULL when there were errors (all of them are in
 * diags) or memory ran short (arena->failed). */
const seg_rules *seg_check(seg_arena *arena, seg_node *const *trees, size_t tree_count,
                           const seg_param_value *params, size_t param_count, seg_diags *diags);
const seg_rules *seg_check_with(seg_arena *arena, seg_node *const *trees, size_t tree_count,
                                const seg_check_given *given, seg_diags *diags);
/* One line per declaration. Rules as (operator operand …), or {operator …} where it was not written. */
void seg_dump_rules(const seg_rules *rules, seg_buffer *out);

/* ---- How rules are made and compared --------------------------------------------------------------
 * seg_rule_new copies `rule` into the arena beside the size and hash of its tree; both are only known
 * of rules made by it. `event_count`: of the enclosing facts, for FIELD nodes. NULL: memory short. */
seg_rule *seg_rule_new(seg_arena *arena, const seg_rule *rule, uint32_t event_count);
uint32_t seg_rule_size(const seg_rule *rule); /* nodes of the tree, `where` and anchors too; saturates */
uint32_t seg_rule_hash(const seg_rule *rule); /* equal rules have equal hashes */
/* Same meaning by structure: places, `written` and "optional" flags do not count. */
bool seg_rule_equal(const seg_rule *a, const seg_rule *b, uint32_t event_count);
uint8_t seg_rule_mirrored(uint8_t kind); /* of a comparison, with its sides exchanged */
bool seg_pairs_equal(const seg_rule_facts *a, const seg_rule_facts *b); /* of the same events */
bool seg_facts_equal(const seg_rule_facts *a, const seg_rule_facts *b);
uint64_t seg_facts_hash(const seg_rule_facts *facts);

#endif
