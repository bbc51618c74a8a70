/* history.h - the facts of one person: who else the person was, and what was recorded. */
#ifndef SEG_CLI_HISTORY_H
#define SEG_CLI_HISTORY_H

#include <engine.h>

typedef struct seg_fact { /* one event, or one attribute value */
    seg_record_kind kind; /* TRACK or IDENTIFY */
    int64_t time;
    uint64_t tie;
    uint32_t index;       /* of the event or attribute */
    seg_text message_id;
    size_t value_count;
    seg_value *values;    /* of the event's fields; or the one value */
} seg_fact;

typedef struct seg_history {
    const seg_image *image;
    size_t alias_count, alias_room;
    struct seg_alias {
        char *from, *to;
    } *aliases;
    size_t id_count, id_room;
    char **ids;          /* every name of the person */
    size_t fact_count, fact_room;
    seg_fact *facts;
} seg_history;

/* First all records go through seg_history_alias, then seg_history_person says who is meant; after that
 * seg_history_is says whose a record is and seg_history_add keeps a copy. False: memory ran short. */
void seg_history_init(seg_history *history, const seg_image *image);
bool seg_history_alias(seg_history *history, const seg_record *record);
bool seg_history_person(seg_history *history, const char *profile);
bool seg_history_is(const seg_history *history, const seg_record *record);
bool seg_history_add(seg_history *history, const seg_record *record);
void seg_history_free(seg_history *history);

/* The nth event at exactly this time and tie; those come first whose names stand in `rule`. */
const seg_fact *seg_history_event(const seg_history *history, int64_t time, uint64_t tie,
                                  seg_text rule, size_t nth);
/* The newest value of an attribute at an instant, or NULL. */
const seg_fact *seg_history_attribute(const seg_history *history, uint32_t attribute, int64_t at);
/* The text behind a state's word, when a fact of the history holds it. */
bool seg_history_text(const seg_history *history, int64_t word, seg_text *out);

#endif
