/* schema.h - what the image declares about data, laid out for quick questions. */
#ifndef SEG_ENGINE_SCHEMA_H
#define SEG_ENGINE_SCHEMA_H

#include "lookup.h"

typedef struct seg_fields { /* of an event, or the attributes of the profile */
    seg_field_info *infos;
    seg_text *list;
    uint32_t count;
    uint32_t required; /* so many of them */
    seg_lookup names;
    uint32_t *numbers; /* of an event: its fields' names among those of its source; NULL: their own numbers */
} seg_fields;

typedef struct seg_source { /* of events */
    uint32_t first;         /* the first event that comes from it */
    seg_text *list; /* what members of its properties may be called, and of elements of lists in them */
    uint32_t count; /* some may stand there twice */
    seg_keys names;
} seg_source;

typedef struct seg_schema {
    const seg_image *image;
    const seg_allocator *allocator;
    seg_fields *events;
    uint32_t event_count;
    uint32_t most_fields; /* of any event */
    uint32_t most_names;  /* of any source */
    seg_text *source_list;
    seg_lookup source_names; /* names of events in the data, by the first event with each */
    seg_source *sources;     /* by the same; the others are empty */
    uint32_t *next_of;       /* per event: the next one from the same source, or SEG_NONE */
    seg_text *elements;      /* per event: the list whose elements are the events; empty: it is one itself */
    bool has_elements;
    seg_fields attributes;
    seg_keys attribute_names; /* in documents */
    uint32_t group_count;
    uint32_t group_attribute; /* a text by which the one group is; SEG_NONE: there is none, or several */
} seg_schema;

/* The image and the allocator must outlive it. Errors: SEG_E_MEMORY, SEG_E_USAGE. */
seg_status seg_schema_init(seg_schema *schema, const seg_image *image, const seg_allocator *allocator);
/* NULL: no event comes from it. */
const seg_source *seg_schema_source(const seg_schema *schema, seg_text name);
/* The event that comes from a source and is no element of it. SEG_NONE: there is none. */
uint32_t seg_schema_event_from(const seg_schema *schema, seg_text source);
void seg_schema_free(seg_schema *schema);

#endif
