/* schema.h - what the image declares about data, laid out for quick questions. */
#ifndef SEG_ENGINE_SCHEMA_H
#define SEG_ENGINE_SCHEMA_H

#include "lookup.h"

typedef struct seg_fields { /* of an event, or the attributes of the profile */
    seg_field_info *infos;
    seg_text *list;
    uint32_t count;
    seg_lookup names;
    seg_hint *hints; /* of members of a document, in their order */
    uint32_t hint_count;
} seg_fields;

enum { SEG_SPARE_HINTS = 4 }; /* for members beside those that are declared */

typedef struct seg_schema {
    const seg_image *image;
    const seg_allocator *allocator;
    seg_fields *events;
    uint32_t event_count;
    uint32_t most_fields; /* of any event */
    seg_text *source_list;
    seg_lookup sources; /* names of events in the data */
    uint32_t *first_of; /* per source: the first event that comes from it */
    uint32_t *next_of;  /* per event: the next one from the same source, or SEG_NONE */
    seg_text *elements; /* per event: the list whose elements are the events; empty: it is one itself */
    bool has_elements;
    seg_fields attributes;
    uint32_t group_count;
    uint32_t group_attribute; /* a text by which the one group is; SEG_NONE: there is none, or several */
} seg_schema;

/* The image and the allocator must outlive it. Errors: SEG_E_MEMORY, SEG_E_USAGE. */
seg_status seg_schema_init(seg_schema *schema, const seg_image *image, const seg_allocator *allocator);
/* The first event that comes from a source; the one that is no element of it. SEG_NONE: there is none. */
uint32_t seg_schema_events_from(const seg_schema *schema, seg_text source);
uint32_t seg_schema_event_from(const seg_schema *schema, seg_text source);
void seg_schema_free(seg_schema *schema);

#endif
