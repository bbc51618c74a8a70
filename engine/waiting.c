#include "waiting.h"

#include <string.h>

#include "heap.h"

void seg_waiting_init(seg_waiting *waiting, const seg_allocator *allocator) {
    *waiting = (seg_waiting){.allocator = allocator};
}

void seg_waiter_free(seg_waiting *waiting, seg_waiter waiter) {
    if (waiter.record) seg_heap_resize(waiting->allocator, waiter.record, waiter.size_bytes, 0);
}

void seg_waiting_free(seg_waiting *waiting) {
    for (size_t i = 0; i < waiting->count; i++) seg_waiter_free(waiting, waiting->heap[i]);
    if (waiting->heap)
        seg_heap_resize(waiting->allocator, waiting->heap, waiting->capacity * sizeof *waiting->heap, 0);
    seg_waiting_init(waiting, waiting->allocator);
}

static seg_text copy_text(char **at, seg_text text) {
    seg_text copy = {*at, text.size_bytes};
    if (text.size_bytes) memcpy(*at, text.bytes, text.size_bytes);
    *at += text.size_bytes;
    return copy;
}

static seg_waiter copy_record(const seg_waiting *waiting, const seg_record *record) {
    /* No overflow: all of it lies in memory already. */
    size_t texts = record->profile.size_bytes + record->previous.size_bytes + record->message_id.size_bytes;
    size_t total = sizeof *record + texts;
    seg_record *copy = seg_heap_resize(waiting->allocator, NULL, 0, total);
    if (!copy) return (seg_waiter){0};
    char *at = (char *)(copy + 1);
    *copy = (seg_record){.kind = record->kind, .time = record->time, .line = record->line};
    copy->profile = copy_text(&at, record->profile);
    copy->previous = copy_text(&at, record->previous);
    copy->message_id = copy_text(&at, record->message_id);
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

seg_waiter seg_waiting_take(seg_waiting *waiting, int64_t until) {
    if (!waiting->count || waiting->heap[0].record->time > until) return (seg_waiter){0};
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
