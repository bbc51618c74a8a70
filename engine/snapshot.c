/* snapshot.c - profiles as columns: rows are gathered, and evaluated many at a time. See engine.h. */
#include <stdlib.h>
#include <string.h>

#include "engine.h"
#include "fault.h"
#include "heap.h"
#include "profiles.h"
#include "roll.h"
#include "shelf.h"

enum { CHUNK_ROWS = 1 << 16 };

struct seg_snapshot {
    const seg_allocator *allocator;
    const seg_image *image;
    int64_t now;
    seg_image_info info;
    seg_shelf **shelves; /* the attributes, then the profile's id */
    uint32_t shelf_count;
    seg_value *values; /* of the row at hand, in this order */
    struct ArrowArray array, **arrays;
    struct ArrowSchema schema, **schemas;
    seg_batch *batch;

    seg_profiles profiles; /* number n: row n */
    size_t rows;           /* of the chunk at hand */
    seg_roll roll;
    uint64_t future;
};

/* ---- Making and freeing
 * ----------------------------------------------------------------------------------------- */

static seg_status make_shelves(seg_snapshot *s) {
    const seg_allocator *allocator = s->allocator;
    size_t count = (size_t)s->info.attribute_count + 1;
    s->shelves = seg_heap_zeroed(allocator, count, sizeof *s->shelves);
    s->values = seg_heap_zeroed(allocator, count, sizeof *s->values);
    s->arrays = seg_heap_zeroed(allocator, count, sizeof *s->arrays);
    s->schemas = seg_heap_zeroed(allocator, count, sizeof *s->schemas);
    if (!s->shelves || !s->values || !s->arrays || !s->schemas) return SEG_E_MEMORY;
    for (uint32_t i = 0; i < count; i++) {
        seg_field_info field = {.type = SEG_TEXT}; /* the id: no attribute has an empty name */
        seg_status status = i + 1 < count ? seg_image_attribute(s->image, i, &field) : SEG_OK;
        if (status != SEG_OK) return status;
        s->shelves[i] = seg_shelf_new(s->image, &field, allocator);
        if (!s->shelves[i]) return SEG_E_MEMORY;
        s->shelf_count++;
        s->arrays[i] = &s->shelves[i]->array;
        s->schemas[i] = &s->shelves[i]->schema;
    }
    s->array = (struct ArrowArray){.n_children = s->shelf_count, .children = s->arrays};
    s->schema = (struct ArrowSchema){.format = "+s", .n_children = s->shelf_count, .children = s->schemas};
    return SEG_OK;
}

seg_status seg_snapshot_new(seg_snapshot **out, const seg_image *image, int64_t now,
                            const seg_allocator *allocator, seg_error *error) {
    *out = NULL;
    seg_snapshot *s = seg_heap_zeroed(allocator, 1, sizeof *s);
    if (!s) return seg_fault_memory(error);
    s->allocator = allocator;
    s->image = image;
    s->now = now;
    seg_image_describe(image, &s->info);
    seg_profiles_init(&s->profiles, allocator, (uint64_t)(uintptr_t)s);
    seg_status status = make_shelves(s);
    if (!seg_roll_init(&s->roll, s->info.segment_count, allocator)) status = SEG_E_MEMORY;
    if (status == SEG_E_MEMORY) seg_fault_memory(error);
    const seg_batch_options options = {.id_column = ""};
    if (status == SEG_OK)
        status = seg_batch_new(&s->batch, image, &s->schema, now, &options, allocator, error);
    if (status == SEG_OK)
        *out = s;
    else
        seg_snapshot_free(s);
    return status;
}

void seg_snapshot_free(seg_snapshot *s) {
    if (!s) return;
    const seg_allocator *allocator = s->allocator;
    size_t count = (size_t)s->info.attribute_count + 1;
    seg_batch_free(s->batch);
    for (size_t i = 0; s->shelves && i < count; i++) seg_shelf_free(s->shelves[i]);
    seg_heap_free(allocator, s->shelves, count, sizeof *s->shelves);
    seg_heap_free(allocator, s->values, count, sizeof *s->values);
    seg_heap_free(allocator, s->arrays, count, sizeof *s->arrays);
    seg_heap_free(allocator, s->schemas, count, sizeof *s->schemas);
    seg_roll_free(&s->roll);
    seg_profiles_free(&s->profiles);
    seg_heap_free(allocator, s, 1, sizeof *s);
}

/* ---- Rows in
 * ---------------------------------------------------------------------------------------------------- */

/* Evaluates the chunk at hand. Chunks but the last are whole, so bits of the next begin a word. */
static seg_status run_chunk(seg_snapshot *s, seg_error *error) {
    if (s->rows == 0) return SEG_OK;
    if (!seg_roll_make_room(&s->roll, s->profiles.count - s->rows, s->rows)) return seg_fault_memory(error);
    for (uint32_t i = 0; i < s->shelf_count; i++) seg_shelf_lend(s->shelves[i]);
    s->array.length = (int64_t)s->rows;
    seg_status status = seg_batch_run(s->batch, &s->array, s->roll.members, s->roll.counts, error);
    if (status != SEG_OK) return status;
    seg_roll_add_counts(&s->roll);
    for (uint32_t i = 0; i < s->shelf_count; i++) seg_shelf_clear(s->shelves[i]);
    s->rows = 0;
    return SEG_OK;
}

seg_status seg_snapshot_add(seg_snapshot *s, const seg_record *record, seg_error *error) {
    if (record->kind != SEG_RECORD_IDENTIFY)
        return seg_fault(error, SEG_E_FACT, "a snapshot has attributes, and no events");
    if (record->time > s->now) {
        s->future++;
        return SEG_OK;
    }
    size_t before = s->profiles.count;
    uint32_t profile = seg_profiles_intern(&s->profiles, record->profile);
    if (profile == SEG_NONE) return seg_fault_memory(error);
    if (profile < before) return seg_fault(error, SEG_E_FACT, "this profile is there already");
    memset(s->values, 0, s->shelf_count * sizeof *s->values);
    for (size_t i = 0; i < record->setting_count; i++)
        s->values[record->settings[i].attribute] = record->settings[i].value;
    s->values[s->shelf_count - 1] = (seg_value){.known = true, .as.text = record->profile};
    bool has_room = true;
    for (uint32_t i = 0; has_room && i < s->shelf_count; i++)
        has_room = seg_shelf_add(s->shelves[i], &s->values[i]);
    if (!has_room) return seg_fault_memory(error);
    return ++s->rows == CHUNK_ROWS ? run_chunk(s, error) : SEG_OK;
}

/* ---- Answers out
 * ------------------------------------------------------------------------------------------------ */

seg_status seg_snapshot_settle(seg_snapshot *s, seg_error *error) {
    seg_status status = run_chunk(s, error);
    if (status != SEG_OK) return status;
    return seg_roll_sort(&s->roll, &s->profiles) ? SEG_OK : seg_fault_memory(error);
}

void seg_snapshot_counters_get(const seg_snapshot *s, seg_snapshot_counters *out) {
    seg_batch_info batch;
    seg_batch_describe(s->batch, &batch);
    *out = (seg_snapshot_counters){
        .profiles = s->profiles.count, .future = s->future, .arithmetic_faults = batch.arithmetic_faults};
}

uint64_t seg_snapshot_size(const seg_snapshot *s, uint32_t segment) {
    return segment < s->info.segment_count ? s->roll.sizes[segment] : 0;
}

seg_status seg_snapshot_members(seg_snapshot *s, uint32_t segment, seg_profile_fn on_profile, void *user) {
    return seg_roll_members(&s->roll, &s->profiles, segment, on_profile, user);
}

seg_status seg_snapshot_profiles(seg_snapshot *s, seg_profile_fn on_profile, void *user) {
    seg_roll_profiles(&s->roll, &s->profiles, on_profile, user);
    return SEG_OK;
}

seg_status seg_snapshot_member_bits(seg_snapshot *s, uint32_t segment, uint64_t *bits) {
    return seg_roll_member_bits(&s->roll, segment, bits);
}
