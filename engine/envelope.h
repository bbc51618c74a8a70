/* envelope.h - records in the form of the Segment specification, one JSON object per line. */
#ifndef SEG_ENGINE_ENVELOPE_H
#define SEG_ENGINE_ENVELOPE_H

#include "draft.h"

typedef enum seg_member { /* of a document, as far as they have a meaning */
                          SEG_MEMBER_TYPE,
                          SEG_MEMBER_EVENT,
                          SEG_MEMBER_USER,
                          SEG_MEMBER_ANONYMOUS,
                          SEG_MEMBER_PREVIOUS,
                          SEG_MEMBER_MESSAGE,
                          SEG_MEMBER_TIMESTAMP,
                          SEG_MEMBER_PROPERTIES,
                          SEG_MEMBER_TRAITS,
                          SEG_MEMBER_GROUP,
                          SEG_MEMBER_COUNT
} seg_member;

/* A line, and what is still to be made of it: where events are declared as the elements of a list, one line
 * can be several records. It points into the line and the JSON reader, until that reads another. */
typedef struct seg_envelope {
    seg_keys members;
    seg_json_form form;
    const seg_schema *schema;
    const seg_source *source; /* of the line's event, once it is known; NULL: none that is declared */
    const seg_source *last;   /* that an event came from; NULL: none did so far */
    bool is_late;             /* the event's name came behind `properties`, which therefore stayed closed */
    const seg_json_item *at[SEG_MEMBER_COUNT]; /* NULL where there is none */
    size_t items;
    uint64_t line;
    uint32_t event;                     /* the next to make of it; SEG_NONE: none is left */
    const seg_json_item *element, *end; /* of the event's list; NULL: not begun */
    uint32_t number;                    /* of the element, from 0 */
} seg_envelope;

/* False: no memory. The schema must outlive it; it stays where it is. */
bool seg_envelope_init(seg_envelope *envelope, const seg_schema *schema);
void seg_envelope_free(seg_envelope *envelope);
/* Reads the first of `lines`, as seg_jsonl_read wants them, and makes its first record in the draft; *taken
 * says what became of it. Errors: SEG_E_MEMORY. */
seg_status seg_envelope_open(seg_envelope *envelope, seg_draft *draft, seg_jsonl *json, seg_text lines,
                             uint64_t line_number, size_t *line_bytes, seg_taken *taken);
/* The next record of the same line, while `event` is not SEG_NONE; SEG_TAKEN_NONE: there was no other. */
seg_status seg_envelope_next(seg_envelope *envelope, seg_draft *draft, seg_taken *taken);

#endif
