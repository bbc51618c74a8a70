/* draft.h - a record that is being made: filled in piece by piece, then finished or refused. */
#ifndef SEG_ENGINE_DRAFT_H
#define SEG_ENGINE_DRAFT_H

#include "convert.h"
#include "engine.h"
#include "schema.h"

enum { SEG_ID_BYTES = 1024 }; /* the longest id of a profile */

typedef enum seg_taken {
    SEG_TAKEN,        /* record is complete */
    SEG_TAKEN_NONE,   /* not for us: an event that no rule declares */
    SEG_TAKEN_REFUSED /* see reason and offset */
} seg_taken;

typedef struct seg_draft {
    const seg_schema *schema;
    seg_record record;
    const seg_fields *known; /* the event's fields, or attributes */
    uint32_t missing;        /* of the event's required fields */
    seg_value *values;       /* of the event's fields */
    uint8_t *given;          /* of fields or attributes: has a value already */
    uint32_t *fields; /* of names of the event's source, where the event has such a field; else any number */
    seg_setting *settings;
    seg_reason reason;
    seg_converter converter;
    size_t offset; /* of what is being converted, for a refusal */
    char *message; /* the id of an element's message */
    size_t message_capacity;
} seg_draft;

seg_status seg_draft_init(seg_draft *draft, const seg_schema *schema);
void seg_draft_free(seg_draft *draft);

/* Begins a record. `items`: how many elements of sets it may hold at most. False: no memory. */
bool seg_draft_start(seg_draft *draft, size_t items, uint64_t line);
/* Its kind: before any field is set. */
void seg_draft_track(seg_draft *draft, uint32_t event);
void seg_draft_identify(seg_draft *draft);

/* All below: false with a reason when what is given does not do. */
bool seg_draft_id(seg_draft *draft, seg_text *id, const char *name, seg_text text);
/* The members of an object, which are those of the event's source or attributes. */
bool seg_draft_members(seg_draft *draft, const seg_json_item *object);
/* `missing`: the cell is a missing value; else a cell is never missing. */
bool seg_draft_cell(seg_draft *draft, uint32_t field, seg_text cell, bool missing);
/* A value that needs no conversion. */
bool seg_draft_value(seg_draft *draft, uint32_t field, const seg_value *given);
/* Checks that nothing required is missing and completes the record. */
bool seg_draft_finish(seg_draft *draft);
/* "name: why"; returns false. */
bool seg_draft_refuse(seg_draft *draft, const char *name, const char *why);

#endif
