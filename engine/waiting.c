#include "waiting.h"

#include <string.h>

#include "heap.h"

void seg_waiting_init(seg_waiting *waiting, const seg_allocator *allocator, const seg_schema *schema) {
    *waiting = (seg_waiting){.allocator = allocator, .schema = schema};
}

void seg_waiter_free(seg_waiting *waiting, seg_waiter waiter) {
    if (waiter.record) seg_heap_resize(waiting->allocator, waiter.record, waiter.size_bytes, 0);
}

void seg_waiting_free(seg_waiting *waiting) {
    for (size_t i = 0; i < waiting->count; i++) seg_waiter_free(waiting, waiting->heap[i]);
    if (waiting->heap)
        seg_heap_resize(waiting->allocator, waiting->heap, waiting->capacity * sizeof *waiting->heap, 0);
    seg_waiting_init(waiting, waiting->allocator, waiting->schema);
}

/* Where copies go: values first, then the elements of sets, then bytes. */
typedef struct room {
    size_t values, items, bytes; /* sizes while measuring, then offsets */
    char *block;                 /* NULL: measuring */
} room;

static void place_text(room *r, seg_text *text) {
    if (r->block && text->size_bytes) {
        memcpy(r->block + r->bytes, text->bytes, text->size_bytes);
        text->bytes = r->block + r->bytes;
    }
    r->bytes += text->size_bytes;
}

static void place_value(room *r, seg_type type, seg_value *value) {
    if (!value->known) return;
    if (type == SEG_TEXT || type == SEG_ZONE) place_text(r, &value->as.text);
    if (type != SEG_SET) return;
    size_t size = value->as.set.count * sizeof(seg_text);
    const seg_text *from = value->as.set.items;
    if (r->block) {
        seg_text *to = (seg_text *)(void *)(r->block + r->items);
        if (size) memcpy(to, from, size);
        value->as.set.items = to;
    }
    r->items += size;
    for (size_t i = 0; i < value->as.set.count; i++) {
        seg_text text = from[i];
        place_text(r, &text);
        if (r->block) ((seg_text *)(void *)(r->block + r->items - size))[i] = text;
    }
}

static void place_fields(const seg_waiting *waiting, room *r, seg_record *record) {
    const seg_fields *fields = &waiting->schema->events[record->event];
    size_t size = fields->count * sizeof(seg_value);
    const seg_value *from = record->fields;
    seg_value *to = r->block ? (seg_value *)(void *)(r->block + r->values) : NULL;
    if (to && size) memcpy(to, from, size);
    r->values += size;
    for (uint32_t i = 0; i < fields->count; i++) {
        seg_value value = from[i];
        place_value(r, fields->infos[i].type, to ? &to[i] : &value);
    }
    if (to) record->fields = to;
}

static void place_settings(const seg_waiting *waiting, room *r, seg_record *record) {
    size_t size = record->setting_count * sizeof(seg_setting);
    const seg_setting *from = record->settings;
    seg_setting *to = r->block ? (seg_setting *)(void *)(r->block + r->values) : NULL;
    if (to && size) memcpy(to, from, size);
    r->values += size;
    for (size_t i = 0; i < record->setting_count; i++) {
        seg_value value = from[i].value;
        seg_type type = waiting->schema->attributes.infos[from[i].attribute].type;
        place_value(r, type, to ? &to[i].value : &value);
    }
    if (to) record->settings = to;
}

static void place_record(const seg_waiting *waiting, room *r, seg_record *record) {
    place_text(r, &record->profile);
    place_text(r, &record->previous);
    place_text(r, &record->message_id);
    if (record->kind == SEG_RECORD_TRACK) place_fields(waiting, r, record);
    if (record->kind == SEG_RECORD_IDENTIFY) place_settings(waiting, r, record);
}

static seg_waiter copy_record(const seg_waiting *waiting, const seg_record *record) {
    seg_record measured = *record;
    room sizes = {0};
    place_record(waiting, &sizes, &measured);
    /* No overflow: all of it lies in memory already. */
    size_t total = sizeof *record + sizes.values + sizes.items + sizes.bytes;
    char *block = seg_heap_resize(waiting->allocator, NULL, 0, total);
    if (!block) return (seg_waiter){0};
    seg_record *copy = (seg_record *)(void *)block;
    *copy = *record;
    room places = {.values = sizeof *record, .block = block};
    places.items = places.values + sizes.values;
    places.bytes = places.items + sizes.items;
    place_record(waiting, &places, copy);
    return (seg_waiter){.record = copy, .size_bytes = total};
}

static bool is_before(const seg_waiter *a, const seg_waiter *b) {
    int64_t left = a->record->time, right = b->record->time;
    return left != right ? left < right : a->number < b->number;
}

bool seg_waiting_add(seg_waiting *waiting, const seg_record *record) {
    if (!seg_heap_grow(waiting->allocator, &waiting->heap, &waiting->capacity, waiting->count + 1,
                       sizeof *waiting->heap))
        return false;
    seg_waiter added = copy_record(waiting, record);
    if (!added.record) return false;
    added.number = waiting->arrived++;
    size_t at = waiting->count++;
    for (; at > 0 && is_before(&added, &waiting->heap[(at - 1) / 2]); at = (at - 1) / 2)
        waiting->heap[at] = waiting->heap[(at - 1) / 2];
    waiting->heap[at] = added;
    return true;
}

int64_t seg_waiting_time(const seg_waiting *waiting) {
    return waiting->count ? waiting->heap[0].record->time : SEG_NEVER;
}

seg_waiter seg_waiting_take(seg_waiting *waiting, int64_t until) {
    if (!waiting->count || seg_waiting_time(waiting) > until) return (seg_waiter){0};
    seg_waiter first = waiting->heap[0], last = waiting->heap[--waiting->count];
    for (size_t at = 0;;) {
        size_t child = 2 * at + 1;
        bool has_right = child + 1 < waiting->count;
        if (has_right && is_before(&waiting->heap[child + 1], &waiting->heap[child])) child++;
        if (child >= waiting->count || !is_before(&waiting->heap[child], &last)) {
            if (waiting->count) waiting->heap[at] = last;
            return first;
        }
        waiting->heap[at] = waiting->heap[child];
        at = child;
    }
}
