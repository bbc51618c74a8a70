#include "schema.h"

#include "heap.h"

static bool make_fields(seg_fields *fields, uint32_t count, const seg_allocator *allocator) {
    fields->count = count;
    fields->infos = seg_heap_zeroed(allocator, count, sizeof *fields->infos);
    fields->list = seg_heap_zeroed(allocator, count, sizeof *fields->list);
    return fields->infos && fields->list;
}

static bool name_fields(seg_fields *fields, const seg_allocator *allocator) {
    for (uint32_t i = 0; i < fields->count; i++) fields->list[i] = fields->infos[i].name;
    return seg_lookup_build(&fields->names, fields->list, fields->count, allocator);
}

static void free_fields(seg_fields *fields, const seg_allocator *allocator) {
    seg_heap_free(allocator, fields->infos, fields->count, sizeof *fields->infos);
    seg_heap_free(allocator, fields->list, fields->count, sizeof *fields->list);
    seg_heap_free(allocator, fields->numbers, fields->count, sizeof *fields->numbers);
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
        fields->required += fields->infos[i].required;
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
        uint32_t event = i - 1, found = seg_lookup_find(&schema->source_names, schema->source_list[event]);
        uint32_t *first = &schema->sources[found].first;
        if (*first != SEG_NONE && is_element(schema, event) && !is_element(schema, *first)) {
            schema->next_of[event] = schema->next_of[*first];
            schema->next_of[*first] = event;
        } else {
            schema->next_of[event] = *first;
            *first = event;
        }
    }
}

/* The names of all fields of all its events, and of the lists whose elements are such. */
static bool name_members(seg_schema *schema, seg_source *source) {
    uint64_t most = 0;
    uint32_t count = 0;
    for (uint32_t e = source->first; e != SEG_NONE; e = schema->next_of[e])
        most += (uint64_t)schema->events[e].count + is_element(schema, e);
    if (most > UINT32_MAX / 8) return false;
    source->list = seg_heap_zeroed(schema->allocator, most, sizeof *source->list);
    if (!source->list) return false;
    source->count = (uint32_t)most;
    for (uint32_t e = source->first; e != SEG_NONE; e = schema->next_of[e]) {
        const seg_fields *fields = &schema->events[e];
        for (uint32_t i = 0; i < fields->count; i++) source->list[count++] = fields->list[i];
        if (is_element(schema, e)) source->list[count++] = schema->elements[e];
    }
    if (source->count > schema->most_names) schema->most_names = source->count;
    return seg_keys_build(&source->names, source->list, source->count, schema->allocator);
}

/* Where a source has one event, which is no element, its names are the fields. */
static bool number_fields(const seg_schema *schema, const seg_source *source) {
    uint32_t first = source->first;
    if (schema->next_of[first] == SEG_NONE && !is_element(schema, first)) return true;
    for (uint32_t e = first; e != SEG_NONE; e = schema->next_of[e]) {
        seg_fields *fields = &schema->events[e];
        fields->numbers = seg_heap_zeroed(schema->allocator, fields->count, sizeof *fields->numbers);
        if (!fields->numbers) return false;
        for (uint32_t i = 0; i < fields->count; i++)
            fields->numbers[i] = seg_lookup_find(&source->names.lookup, fields->list[i]);
    }
    return true;
}

static bool make_sources(seg_schema *schema) {
    if (!seg_lookup_build(&schema->source_names, schema->source_list, schema->event_count, schema->allocator))
        return false;
    link_sources(schema);
    for (uint32_t i = 0; i < schema->event_count; i++) {
        seg_source *source = &schema->sources[i];
        if (source->first == SEG_NONE) continue;
        if (!name_members(schema, source) || !number_fields(schema, source)) return false;
    }
    return true;
}

const seg_source *seg_schema_source(const seg_schema *schema, seg_text name) {
    uint32_t found = seg_lookup_find(&schema->source_names, name);
    return found == SEG_NONE ? NULL : &schema->sources[found];
}

uint32_t seg_schema_event_from(const seg_schema *schema, seg_text source) {
    const seg_source *found = seg_schema_source(schema, source);
    return !found || is_element(schema, found->first) ? SEG_NONE : found->first;
}

static seg_status load(seg_schema *schema, uint32_t attribute_count) {
    for (uint32_t i = 0; i < schema->event_count; i++) {
        seg_status status = load_event(schema, i);
        if (status != SEG_OK) return status;
    }
    if (!make_sources(schema)) return SEG_E_MEMORY;
    seg_fields *attributes = &schema->attributes;
    if (!make_fields(attributes, attribute_count, schema->allocator)) return SEG_E_MEMORY;
    for (uint32_t i = 0; i < attribute_count; i++) {
        seg_status status = seg_image_attribute(schema->image, i, &attributes->infos[i]);
        if (status != SEG_OK) return status;
    }
    return name_fields(attributes, schema->allocator) &&
                   seg_keys_build(&schema->attribute_names, attributes->list, attributes->count,
                                  schema->allocator)
               ? SEG_OK
               : SEG_E_MEMORY;
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
    schema->sources = seg_heap_zeroed(allocator, info.event_count, sizeof *schema->sources);
    schema->next_of = seg_heap_zeroed(allocator, info.event_count, sizeof *schema->next_of);
    seg_status status = SEG_E_MEMORY;
    if (schema->events && schema->source_list && schema->elements && schema->sources && schema->next_of) {
        for (uint32_t i = 0; i < info.event_count; i++)
            schema->sources[i].first = schema->next_of[i] = SEG_NONE;
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
    for (uint32_t i = 0; schema->sources && i < schema->event_count; i++) {
        seg_source *source = &schema->sources[i];
        seg_keys_free(&source->names);
        seg_heap_free(schema->allocator, source->list, source->count, sizeof *source->list);
    }
    seg_keys_free(&schema->attribute_names);
    seg_lookup_free(&schema->source_names);
    seg_heap_free(schema->allocator, schema->events, schema->event_count, sizeof *schema->events);
    seg_heap_free(schema->allocator, schema->source_list, schema->event_count, sizeof *schema->source_list);
    seg_heap_free(schema->allocator, schema->elements, schema->event_count, sizeof *schema->elements);
    seg_heap_free(schema->allocator, schema->sources, schema->event_count, sizeof *schema->sources);
    seg_heap_free(schema->allocator, schema->next_of, schema->event_count, sizeof *schema->next_of);
    *schema = (seg_schema){0};
}
