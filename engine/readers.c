/* Several readers as one, merged by time. See engine.h. */
#include <stdlib.h>

#include "engine.h"
#include "fault.h"

typedef struct head {
    seg_reader *reader;
    const seg_record *record; /* NULL: ended */
} head;

struct seg_readers {
    head *heads; /* in the order of the paths */
    size_t count;
    size_t *heap; /* indices of heads that have a record, the earliest first */
    size_t heap_size;
    bool started, taken; /* taken: the first of the heap was handed out and must move on */
};

static bool is_before(const seg_readers *readers, size_t a, size_t b) {
    int64_t left = readers->heads[a].record->time, right = readers->heads[b].record->time;
    return left != right ? left < right : a < b;
}

static void sift_down(seg_readers *readers, size_t at) {
    size_t *heap = readers->heap;
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= readers->heap_size) return;
        if (child + 1 < readers->heap_size && is_before(readers, heap[child + 1], heap[child])) child++;
        if (!is_before(readers, heap[child], heap[at])) return;
        size_t moved = heap[at];
        heap[at] = heap[child];
        heap[child] = moved;
        at = child;
    }
}

seg_status seg_readers_open(seg_readers **out, const seg_image *image, const char *const *paths, size_t count,
                            seg_refusal_fn on_refusal, void *user, seg_error *error) {
    *out = NULL;
    seg_readers *readers = calloc(1, sizeof *readers);
    if (!readers) return seg_fault_memory(error);
    readers->heads = calloc(count + 1, sizeof *readers->heads);
    readers->heap = calloc(count + 1, sizeof *readers->heap);
    seg_status status = readers->heads && readers->heap ? SEG_OK : seg_fault_memory(error);
    for (size_t i = 0; status == SEG_OK && i < count; i++) {
        status = seg_reader_open(&readers->heads[i].reader, image, paths[i], on_refusal, user, error);
        if (status == SEG_OK) readers->count++;
    }
    if (status != SEG_OK) {
        seg_readers_close(readers);
        return status;
    }
    *out = readers;
    return SEG_OK;
}

static seg_status move_on(seg_readers *readers, size_t index, seg_error *error) {
    head *h = &readers->heads[index];
    return seg_reader_next(h->reader, &h->record, error);
}

static seg_status start(seg_readers *readers, seg_error *error) {
    for (size_t i = 0; i < readers->count; i++) {
        seg_status status = move_on(readers, i, error);
        if (status != SEG_OK) return status;
        if (readers->heads[i].record) readers->heap[readers->heap_size++] = i;
    }
    for (size_t i = readers->heap_size / 2; i-- > 0;) sift_down(readers, i);
    readers->started = true;
    return SEG_OK;
}

seg_status seg_readers_next(seg_readers *readers, const seg_record **record, seg_error *error) {
    *record = NULL;
    seg_status status = SEG_OK;
    if (!readers->started) {
        status = start(readers, error);
    } else if (readers->taken) {
        readers->taken = false;
        status = move_on(readers, readers->heap[0], error);
        if (status == SEG_OK) {
            bool ended = !readers->heads[readers->heap[0]].record;
            if (ended) readers->heap[0] = readers->heap[--readers->heap_size];
            sift_down(readers, 0);
        }
    }
    if (status != SEG_OK || !readers->heap_size) return status;
    readers->taken = true;
    *record = readers->heads[readers->heap[0]].record;
    return SEG_OK;
}

void seg_readers_counters_get(const seg_readers *readers, seg_reader_counters *out) {
    *out = (seg_reader_counters){0};
    for (size_t i = 0; i < readers->count; i++) {
        seg_reader_counters one;
        seg_reader_counters_get(readers->heads[i].reader, &one);
        out->bytes_read += one.bytes_read;
        out->bytes_total += one.bytes_total;
        out->records += one.records;
        out->refused += one.refused;
        out->skipped += one.skipped;
    }
}

void seg_readers_close(seg_readers *readers) {
    if (!readers) return;
    for (size_t i = 0; i < readers->count; i++) seg_reader_close(readers->heads[i].reader);
    free(readers->heads);
    free(readers->heap);
    free(readers);
}
