#include "schema.h"

#include "heap.h"

static bool make_fields(seg_fields *fields, uint32_t count, const seg_allocator *allocator) {
    fields->count = count;
    fields->infos = seg_heap_zeroed(allocator, count, sizeof *fields->infos);
    fields->list = seg_heap_zeroed(allocator, count, sizeof *fields->list);
    fields->hint_count = count + SEG_SPARE_HINTS;
    fields->hints = seg_heap_zeroed(allocator, fields->hint_count, sizeof *fields->hints);
    return fields->infos && fields->list && fields->hints;
}

static bool name_fields(seg_fields *fields, const seg_allocator *allocator) {
    for (uint32_t i = 0; i < fields->count; i++) fields->list[i] = fields->infos[i].name;
    return seg_lookup_build(&fields->names, fields->list, fields->count, allocator);
}

static void free_fields(seg_fields *fields, const seg_allocator *allocator) {
    seg_heap_free(allocator, fields->infos, fields->count, sizeof *fields->infos);
    seg_heap_free(allocator, fields->list, fields->count, sizeof *fields->list);
    seg_heap_free(allocator, fields->hints, fields->hint_count, sizeof *fields->hints);
    seg_lookup_free(&fields->names);
}

static seg_status load_event(seg_schema *schema, uint32_t event) {
    seg_event_info info;
    seg_status status = seg_image_event(schema->image, event, &info);
    if (status != SEG_OK) return status;
    seg_fields *fields = &schema->events[event];
    schema->source_list[event] = info.source;
    schema->elements[event] = info.elements;
    schema->has_elements |= info.elements.size_bytes > 0;
    if (!make_fields(fields, info.field_count, schema->allocator)) return SEG_E_MEMORY;
    for (uint32_t i = 0; i < info.field_count; i++) {
        status = seg_image_event_field(schema->image, event, i, &fields->infos[i]);
        if (status != SEG_OK) return status;
    }
    if (info.field_count > schema->most_fields) schema->most_fields = info.field_count;
    return name_fields(fields, schema->allocator) ? SEG_OK : SEG_E_MEMORY;
}

static bool is_element(const seg_schema *schema, uint32_t event) {
    return schema->elements[event].size_bytes > 0;
}

/* Events from one source in a row: the one that is no element first, the others by their numbers. */
static void link_sources(seg_schema *schema) {
    for (uint32_t i = schema->event_count; i > 0; i--) {
        uint32_t event = i - 1, found = seg_lookup_find(&schema->sources, schema->source_list[event]);
        uint32_t *first = &schema->first_of[found];
        if (*first != SEG_NONE && is_element(schema, event) && !is_element(schema, *first)) {
            schema->next_of[event] = schema->next_of[*first];
            schema->next_of[*first] = event;
        } else {
            schema->next_of[event] = *first;
            *first = event;
        }
    }
}

uint32_t seg_schema_events_from(const seg_schema *schema, seg_text source) {
    uint32_t found = seg_lookup_find(&schema->sources, source);
    return found == SEG_NONE ? SEG_NONE : schema->first_of[found];
}

uint32_t seg_schema_event_from(const seg_schema *schema, seg_text source) {
    uint32_t event = seg_schema_events_from(schema, source);
    return event == SEG_NONE || is_element(schema, event) ? SEG_NONE : event;
}

static seg_status load(seg_schema *schema, uint32_t attribute_count) {
    for (uint32_t i = 0; i < schema->event_count; i++) {
        seg_status status = load_event(schema, i);
        if (status != SEG_OK) return status;
    }
    if (!seg_lookup_build(&schema->sources, schema->source_list, schema->event_count, schema->allocator))
        return SEG_E_MEMORY;
    link_sources(schema);
    seg_fields *attributes = &schema->attributes;
    if (!make_fields(attributes, attribute_count, schema->allocator)) return SEG_E_MEMORY;
    for (uint32_t i = 0; i < attribute_count; i++) {
        seg_status status = seg_image_attribute(schema->image, i, &attributes->infos[i]);
        if (status != SEG_OK) return status;
    }
    return name_fields(attributes, schema->allocator) ? SEG_OK : SEG_E_MEMORY;
}

static void find_group(seg_schema *schema) {
    uint32_t texts = 0;
    for (uint32_t i = 0; i < schema->group_count; i++) {
        seg_group_info group;
        if (seg_image_describe_group(schema->image, i, &group) != SEG_OK) continue;
        if (schema->attributes.infos[group.attribute].type != SEG_TEXT) continue;
        schema->group_attribute = texts++ ? SEG_NONE : group.attribute;
    }
}

seg_status seg_schema_init(seg_schema *schema, const seg_image *image, const seg_allocator *allocator) {
    seg_image_info info;
    seg_image_describe(image, &info);
    *schema = (seg_schema){.image = image,
                           .allocator = allocator,
                           .event_count = info.event_count,
                           .group_count = info.group_count,
                           .group_attribute = SEG_NONE};
    schema->events = seg_heap_zeroed(allocator, info.event_count, sizeof *schema->events);
    schema->source_list = seg_heap_zeroed(allocator, info.event_count, sizeof *schema->source_list);
    schema->elements = seg_heap_zeroed(allocator, info.event_count, sizeof *schema->elements);
    schema->first_of = seg_heap_zeroed(allocator, info.event_count, sizeof *schema->first_of);
    schema->next_of = seg_heap_zeroed(allocator, info.event_count, sizeof *schema->next_of);
    seg_status status = SEG_E_MEMORY;
    if (schema->events && schema->source_list && schema->elements && schema->first_of && schema->next_of) {
        for (uint32_t i = 0; i < info.event_count; i++) schema->first_of[i] = schema->next_of[i] = SEG_NONE;
        status = load(schema, info.attribute_count);
    }
    if (status == SEG_OK) find_group(schema);
    if (status != SEG_OK) seg_schema_free(schema);
    return status;
}

void seg_schema_free(seg_schema *schema) {
    for (uint32_t i = 0; schema->events && i < schema->event_count; i++)
        free_fields(&schema->events[i], schema->allocator);
    free_fields(&schema->attributes, schema->allocator);
    seg_lookup_free(&schema->sources);
    seg_heap_free(schema->allocator, schema->events, schema->event_count, sizeof *schema->events);
    seg_heap_free(schema->allocator, schema->source_list, schema->event_count, sizeof *schema->source_list);
    seg_heap_free(schema->allocator, schema->elements, schema->event_count, sizeof *schema->elements);
    seg_heap_free(schema->allocator, schema->first_of, schema->event_count, sizeof *schema->first_of);
    seg_heap_free(schema->allocator, schema->next_of, schema->event_count, sizeof *schema->next_of);
    *schema = (seg_schema){0};
}
