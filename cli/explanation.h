/* explanation.h - why a profile is in a segment, or is not: what every part of the rule found. */
#ifndef SEG_CLI_EXPLANATION_H
#define SEG_CLI_EXPLANATION_H

#include <stdio.h>

#include "history.h"
#include "spool.h"
#include "workspace.h"

/* How many events are kept of each part, and how much is shown of a text. */
enum { SEG_EXPLANATION_NEWEST = 5, SEG_EXPLANATION_TEXT_MOST = 48 };

typedef struct seg_explanation_entry {
    int64_t time;
    uint64_t tie;
    size_t nth; /* among entries of the same time and tie */
} seg_explanation_entry;

typedef struct seg_explanation_value { /* one of those that a condition is asked for one by one */
    int64_t key;
    seg_value value;
    bool holds;
} seg_explanation_value;

typedef struct seg_explanation_part { /* of a rule: a probe and what it found */
    seg_probe_info info;              /* depth: in the whole tree */
    seg_probe_at where;
    int64_t instant; /* at which it was looked at */
    seg_text rule;   /* the whole rule of its segment */
    size_t each;     /* keyed: the part whose value is at hand */
    bool is_opened;  /* of SEGMENT: its rule stands below; else it stands further up */
    seg_value value;
    int64_t holds_until;
    seg_flips turns; /* HELD .. LATCH */
    uint64_t entry_count;
    bool stands; /* among others, in the ranking that it asks for */
    seg_standing standing;
    int64_t key, cut; /* its own, and of the last in the top, or in the bottom */
    bool has_cut;
    seg_explanation_entry oldest;
    seg_explanation_entry newest[SEG_EXPLANATION_NEWEST]; /* a ring: entry i stands at i % NEWEST */
    size_t value_count, value_room, holding_count;        /* SOME, EVERY, TALLY */
    seg_explanation_value *values; /* those that decide first; of these, and of the others, in their order */
} seg_explanation_part;

typedef struct seg_explanation {
    const seg_arguments *arguments;
    seg_workspace workspace;
    seg_history history;
    seg_spool spool;
    seg_engine *engine;
    seg_vm *vm;
    const seg_state *state; /* NULL: no facts about the profile */
    const char *profile;
    uint32_t segment;
    seg_segment_info about;
    int64_t at;
    bool verdict;
    int64_t valid_until;
    bool is_ranked, is_grouped; /* it depends on others, whose facts are taken in too */
    bool is_short;              /* of memory, while values were found */
    char nearest[64];           /* of the profiles that the files speak of, the one that was perhaps meant */
    size_t distance;            /* how far its name is from what was said */
    size_t part_count, part_room;
    seg_explanation_part *parts; /* in pre-order, by depth */
} seg_explanation;

/* Reads the files of --events twice (who the person is may stand at their end) and finds all of the above
 * but the first two, which the caller gives with profile, segment and at. Gives an exit code. */
int seg_explanation_find(seg_explanation *j);
void seg_explanation_free(seg_explanation *j);

/* ---- the tree (explanation_parts.c) ---- */
/* Finds the parts, once there are state and vm. Gives an exit code. */
int seg_explanation_parts(seg_explanation *j);
/* Of a segment that was opened further up: the number of that part. */
size_t seg_explanation_opened(const seg_explanation *j, size_t index);
/* What stood before the last change of a CHANGED part: the part below, as it was then. */
seg_explanation_part seg_explanation_before(const seg_explanation *j, size_t index);
/* A part for one of the values: the VALUE part below with this value. */
seg_explanation_part seg_explanation_for_value(const seg_explanation *j, size_t index, size_t value);
/* Where the profile stands in a ranking; for the virtual machine. */
bool seg_explanation_standing(void *user, uint32_t ranking, seg_standing *out);

/* ---- in words (explanation.c) ---- */
/* The attribute that a part is, or SEG_NONE. */
uint32_t seg_explanation_attribute(const seg_explanation *j, const seg_explanation_part *p);
/* The text that a part found. A state holds only its word; the facts have the text. */
bool seg_explanation_text_of(const seg_explanation *j, const seg_explanation_part *p, seg_text *out);
void seg_explanation_field_write(const seg_explanation *j, FILE *file, const seg_field_info *field,
                                 const seg_value *value);
void seg_explanation_value_write(const seg_explanation *j, FILE *file, const seg_explanation_part *p);

/* To standard output. */
void seg_explanation_print(const seg_explanation *j);
void seg_explanation_json(const seg_explanation *j);

#endif
