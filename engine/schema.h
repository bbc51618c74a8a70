/* schema.h - what the image declares about data, laid out for quick questions. */
#ifndef SEG_ENGINE_SCHEMA_H
#define SEG_ENGINE_SCHEMA_H

#include "lookup.h"

typedef struct seg_fields { /* of an event, or the attributes of the profile */
    seg_field_info *infos;
    seg_text *list;
    uint32_t count;
    seg_lookup names;
} seg_fields;

typedef struct seg_schema {
    const seg_image *image;
    const seg_allocator *allocator;
    seg_fields *events;
    uint32_t event_count;
    uint32_t most_fields; /* of any event */
    seg_text *source_list;
    seg_lookup sources;    /* events by their names in the data */
    seg_fields attributes;
} seg_schema;

/* The image and the allocator must outlive it. Errors: SEG_E_MEMORY, SEG_E_USAGE. */
seg_status seg_schema_init(seg_schema *schema, const seg_image *image, const seg_allocator *allocator);
void seg_schema_free(seg_schema *schema);

#endif
