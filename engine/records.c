/* records.c - records that own their bytes, in blocks that serve again. See engine.h. */
#include <string.h>

#include "engine.h"
#include "fault.h"
#include "heap.h"
#include "schema.h"

enum { BLOCK_BYTES = 64 * 1024, ALIGNMENT = 8 };

typedef struct block {
    struct block *next;
    size_t used_bytes, size_bytes; /* of `bytes` */
    _Alignas(ALIGNMENT) char bytes[];
} block;

struct seg_records {
    const seg_allocator *allocator;
    seg_schema schema;
    seg_record *list;
    size_t count, capacity;
    block *first, *at; /* records lie in the blocks up to `at`; those behind it are empty */
    size_t size_bytes; /* of what lies there */
};

seg_status seg_records_new(seg_records **out, const seg_image *image, const seg_allocator *allocator,
                           seg_error *error) {
    *out = NULL;
    seg_records *records = seg_heap_zeroed(allocator, 1, sizeof *records);
    if (!records) return seg_fault_memory(error);
    records->allocator = allocator;
    seg_status status = seg_schema_init(&records->schema, image, allocator);
    if (status != SEG_OK) {
        seg_records_free(records);
        return seg_fault(error, status, "room for records cannot be made");
    }
    *out = records;
    return SEG_OK;
}

static void free_block(const seg_records *records, block *b) {
    seg_heap_resize(records->allocator, b, sizeof *b + b->size_bytes, 0);
}

void seg_records_free(seg_records *records) {
    if (!records) return;
    for (block *b = records->first; b;) {
        block *next = b->next;
        free_block(records, b);
        b = next;
    }
    seg_schema_free(&records->schema);
    seg_heap_free(records->allocator, records->list, records->capacity, sizeof *records->list);
    seg_heap_free(records->allocator, records, 1, sizeof *records);
}

/* Blocks that were made for one large value are not kept. */
void seg_records_clear(seg_records *records) {
    for (block **link = &records->first; *link;) {
        block *b = *link;
        b->used_bytes = 0;
        if (b->size_bytes == BLOCK_BYTES) {
            link = &b->next;
            continue;
        }
        *link = b->next;
        free_block(records, b);
    }
    records->at = records->first;
    records->count = records->size_bytes = 0;
}

/* A block with so much room becomes `at`: the next one, or a new one before it. */
static block *make_room(seg_records *records, size_t bytes) {
    block *next = records->at ? records->at->next : records->first;
    if (!next || next->size_bytes < bytes) {
        size_t size = bytes > BLOCK_BYTES ? bytes : BLOCK_BYTES;
        block *made = seg_heap_resize(records->allocator, NULL, 0, sizeof *made + size);
        if (!made) return NULL;
        *made = (block){.next = next, .size_bytes = size};
        *(records->at ? &records->at->next : &records->first) = made;
        next = made;
    }
    return records->at = next;
}

/* Aligned memory, not initialised; NULL: there is none. What is copied lies in memory already, so sizes do
 * not overflow. */
static void *take(seg_records *records, size_t bytes) {
    bytes = (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    block *b = records->at;
    if (!b || b->size_bytes - b->used_bytes < bytes) b = make_room(records, bytes);
    if (!b) return NULL;
    void *taken = b->bytes + b->used_bytes;
    b->used_bytes += bytes;
    records->size_bytes += bytes;
    return taken;
}

static bool copy_text(seg_records *records, seg_text *text) {
    if (!text->size_bytes) {
        text->bytes = "";
        return true;
    }
    char *copy = take(records, text->size_bytes);
    if (!copy) return false;
    memcpy(copy, text->bytes, text->size_bytes);
    text->bytes = copy;
    return true;
}

static bool copy_value(seg_records *records, seg_type type, seg_value *value) {
    if (!value->known) return true;
    if (type == SEG_TEXT || type == SEG_ZONE) return copy_text(records, &value->as.text);
    if (type != SEG_SET || !value->as.set.count) return true;
    size_t count = value->as.set.count;
    seg_text *items = take(records, count * sizeof *items);
    if (!items) return false;
    memcpy(items, value->as.set.items, count * sizeof *items);
    for (size_t i = 0; i < count; i++)
        if (!copy_text(records, &items[i])) return false;
    value->as.set.items = items;
    return true;
}

static bool copy_fields(seg_records *records, seg_record *record) {
    if (record->kind != SEG_RECORD_TRACK || record->event >= records->schema.event_count) return true;
    const seg_fields *fields = &records->schema.events[record->event];
    if (!fields->count) return true;
    seg_value *values = take(records, fields->count * sizeof *values);
    if (!values) return false;
    memcpy(values, record->fields, fields->count * sizeof *values);
    for (uint32_t i = 0; i < fields->count; i++)
        if (!copy_value(records, fields->infos[i].type, &values[i])) return false;
    record->fields = values;
    return true;
}

static bool copy_settings(seg_records *records, seg_record *record) {
    if (record->kind != SEG_RECORD_IDENTIFY || !record->setting_count) return true;
    const seg_fields *attributes = &records->schema.attributes;
    seg_setting *settings = take(records, record->setting_count * sizeof *settings);
    if (!settings) return false;
    memcpy(settings, record->settings, record->setting_count * sizeof *settings);
    for (size_t i = 0; i < record->setting_count; i++)
        if (settings[i].attribute < attributes->count &&
            !copy_value(records, attributes->infos[settings[i].attribute].type, &settings[i].value))
            return false;
    record->settings = settings;
    return true;
}

seg_status seg_records_add(seg_records *records, const seg_record *record) {
    if (!seg_heap_grow(records->allocator, &records->list, &records->capacity, records->count + 1,
                       sizeof *records->list))
        return SEG_E_MEMORY;
    seg_record *copy = &records->list[records->count];
    *copy = *record;
    if (!copy_text(records, &copy->profile) || !copy_text(records, &copy->previous) ||
        !copy_text(records, &copy->message_id) || !copy_fields(records, copy) ||
        !copy_settings(records, copy))
        return SEG_E_MEMORY;
    records->count++;
    return SEG_OK;
}

const seg_record *seg_records_list(const seg_records *records, size_t *count) {
    *count = records->count;
    return records->list;
}

size_t seg_records_bytes(const seg_records *records) { return records->size_bytes; }
