#include "schema.h"

#include <stdlib.h>

static bool make_fields(seg_fields *fields, uint32_t count) {
    fields->count = count;
    fields->infos = calloc((size_t)count + 1, sizeof *fields->infos);
    fields->list = calloc((size_t)count + 1, sizeof *fields->list);
    return fields->infos && fields->list;
}

static bool name_fields(seg_fields *fields) {
    for (uint32_t i = 0; i < fields->count; i++) fields->list[i] = fields->infos[i].name;
    return seg_lookup_build(&fields->names, fields->list, fields->count);
}

static void free_fields(seg_fields *fields) {
    free(fields->infos);
    free(fields->list);
    seg_lookup_free(&fields->names);
}

static seg_status load_event(seg_schema *schema, uint32_t event) {
    seg_event_info info;
    seg_status status = seg_image_event(schema->image, event, &info);
    if (status != SEG_OK) return status;
    seg_fields *fields = &schema->events[event];
    schema->source_list[event] = info.source;
    if (!make_fields(fields, info.field_count)) return SEG_E_MEMORY;
    for (uint32_t i = 0; i < info.field_count; i++) {
        status = seg_image_event_field(schema->image, event, i, &fields->infos[i]);
        if (status != SEG_OK) return status;
    }
    if (info.field_count > schema->most_fields) schema->most_fields = info.field_count;
    return name_fields(fields) ? SEG_OK : SEG_E_MEMORY;
}

static seg_status load(seg_schema *schema, uint32_t attribute_count) {
    for (uint32_t i = 0; i < schema->event_count; i++) {
        seg_status status = load_event(schema, i);
        if (status != SEG_OK) return status;
    }
    if (!seg_lookup_build(&schema->sources, schema->source_list, schema->event_count)) return SEG_E_MEMORY;
    seg_fields *attributes = &schema->attributes;
    if (!make_fields(attributes, attribute_count)) return SEG_E_MEMORY;
    for (uint32_t i = 0; i < attribute_count; i++) {
        seg_status status = seg_image_attribute(schema->image, i, &attributes->infos[i]);
        if (status != SEG_OK) return status;
    }
    return name_fields(attributes) ? SEG_OK : SEG_E_MEMORY;
}

seg_status seg_schema_init(seg_schema *schema, const seg_image *image) {
    seg_image_info info;
    seg_image_describe(image, &info);
    *schema = (seg_schema){.image = image, .event_count = info.event_count};
    schema->events = calloc((size_t)info.event_count + 1, sizeof *schema->events);
    schema->source_list = calloc((size_t)info.event_count + 1, sizeof *schema->source_list);
    seg_status status = SEG_E_MEMORY;
    if (schema->events && schema->source_list) status = load(schema, info.attribute_count);
    if (status != SEG_OK) seg_schema_free(schema);
    return status;
}

void seg_schema_free(seg_schema *schema) {
    for (uint32_t i = 0; schema->events && i < schema->event_count; i++) free_fields(&schema->events[i]);
    free_fields(&schema->attributes);
    seg_lookup_free(&schema->sources);
    free(schema->events);
    free(schema->source_list);
    *schema = (seg_schema){0};
}
