#include "batch.h"

#include <string.h>

#include "base/checked.h"
#include "crew.h"
#include "error.h"
#include "log.h"

enum { VECTOR_ROWS = 8192, VECTOR_ROWS_MAX = 1 << 20 };

/* ---- columns
 * ------------------------------------------------------------------------------------------------- */

static uint32_t id_record(const seg_image *image) {
    uint32_t record = image->header->event_count + image->header->attribute_count;
    return record < image->header->sections[SEG_SECTION_EVENTS].count ? record : SEG_NONE;
}

static seg_status name_error(const char *format, const char *name, seg_error *error) {
    return seg_error_set(error, SEG_E_USAGE, 0, format, name);
}

/* The record whose values the child holds; SEG_NONE: nobody asks for them. */
static seg_status find_record(const seg_batch *batch, const struct ArrowSchema *child,
                              const seg_batch_options *options, uint32_t *record, seg_error *error) {
    const seg_image *image = batch->image;
    const char *id = options->id_column ? options->id_column : "profile";
    *record = SEG_NONE;
    if (!child || !child->name || !child->format)
        return seg_error_set(error, SEG_E_USAGE, 0, "a column of the schema has no name or no format");
    uint32_t attribute = seg_image_find_attribute(image, (seg_text){child->name, strlen(child->name)});
    if (strcmp(child->name, id) == 0)
        *record = id_record(image);
    else if (attribute != SEG_NONE)
        *record = image->header->event_count + attribute;
    else if (!options->allow_extra)
        return name_error("column %.64s is no attribute of these rules", child->name, error);
    for (uint32_t i = 0; *record != SEG_NONE && i < batch->column_count; i++)
        if (batch->columns[i].record == *record)
            return name_error("column %.64s is there twice", child->name, error);
    return SEG_OK;
}

static seg_status bind_columns(seg_batch *batch, const struct ArrowSchema *schema,
                               const seg_batch_options *options, seg_error *error) {
    const seg_image *image = batch->image;
    if (!schema || !schema->format || strcmp(schema->format, "+s") != 0 || schema->n_children < 0 ||
        schema->n_children > UINT16_MAX || (schema->n_children > 0 && !schema->children))
        return seg_error_set(error, SEG_E_USAGE, 0, "the schema is not a struct of columns");
    batch->child_count = (uint32_t)schema->n_children;
    batch->columns = seg_arena_take_array(&batch->arena, batch->child_count, sizeof *batch->columns);
    if (batch->arena.failed) return SEG_E_MEMORY;
    bool has_id = id_record(image) == SEG_NONE;
    for (uint32_t i = 0; i < batch->child_count; i++) {
        uint32_t record;
        const struct ArrowSchema *child = schema->children[i];
        seg_status status = find_record(batch, child, options, &record, error);
        if (status != SEG_OK) return status;
        if (record == SEG_NONE) continue;
        seg_column *column = &batch->columns[batch->column_count];
        status = seg_column_bind(column, image, record, i, child, error);
        if (status != SEG_OK) return status;
        has_id = has_id || record == id_record(image);
        if (image->events[record].feeds.count > 0) batch->column_count++; /* some rule reads it */
    }
    if (has_id) return SEG_OK;
    return name_error("the rules ask for the profile's id, and there is no column %.64s",
                      options->id_column ? options->id_column : "profile", error);
}

static bool is_identity(const seg_image *image, uint32_t program) {
    const seg_run code = image->programs[program].code;
    const seg_ins *at = image->code + code.first;
    return code.count == 2 && at[0].op == SEG_OP_FIELD && at[0].c == 0 && at[1].op == SEG_OP_RET &&
           at[1].a == at[0].a;
}

/* The words that a store keeps of a column. */
static void add_fields(seg_batch *batch, uint32_t column, const seg_image_feed *feed) {
    const seg_image *image = batch->image;
    const seg_image_store *store = &image->stores[feed->store];
    batch->store_field[feed->store] = batch->field_count;
    for (uint32_t i = 0; i < store->width; i++) {
        uint32_t program = image->links[feed->values.first + i];
        batch->fields[batch->field_count++] = (seg_batch_field){
            .column = column,
            .program = program,
            .is_identity = is_identity(image, program),
            .is_float = store->float_fields >> i & 1,
        };
    }
}

static uint32_t column_of_record(const seg_batch *batch, uint32_t record) {
    for (uint32_t i = 0; i < batch->column_count; i++)
        if (batch->columns[i].record == record) return i;
    return SEG_NONE;
}

/* Which stores rows can fill, and which of them hold one value of one column. */
static seg_status find_fields(seg_batch *batch) {
    const seg_image *image = batch->image;
    seg_arena *arena = &batch->arena;
    size_t widths = 0;
    for (uint32_t i = 0; i < image->store_count; i++) widths += image->stores[i].width;
    batch->store_field = seg_arena_take_array(arena, image->store_count, sizeof *batch->store_field);
    batch->store_is_empty = seg_arena_take_array(arena, image->store_count, sizeof *batch->store_is_empty);
    batch->fields = seg_arena_take_array(arena, widths, sizeof *batch->fields);
    uint32_t *feeders = seg_arena_take_array(arena, image->store_count, sizeof *feeders);
    if (arena->failed) return SEG_E_MEMORY;
    for (uint32_t i = 0; i < image->store_count; i++) {
        batch->store_field[i] = SEG_NONE;
        batch->store_is_empty[i] = true;
    }
    uint32_t records = (uint32_t)image->header->sections[SEG_SECTION_EVENTS].count;
    for (int pass = 0; pass < 2; pass++)
        for (uint32_t record = image->header->event_count; record < records; record++) {
            seg_run feeds = image->events[record].feeds;
            uint32_t column = column_of_record(batch, record);
            for (uint32_t i = 0; column != SEG_NONE && i < feeds.count; i++) {
                const seg_image_feed *feed = &image->feeds[feeds.first + i];
                if (pass == 0) feeders[feed->store]++;
                batch->store_is_empty[feed->store] = false;
                if (pass == 1 && feeders[feed->store] == 1 && feed->filter == SEG_NONE)
                    add_fields(batch, column, feed);
            }
        }
    return SEG_OK;
}

/* ---- the batch
 * ------------------------------------------------------------------------------------------------ */

seg_status seg_batch_make_room(seg_batch *batch) {
    for (uint32_t i = 0; i < batch->column_count; i++) {
        seg_column *column = &batch->columns[i];
        column->known =
            seg_arena_take_array(&batch->arena, batch->vector_rows / SEG_GROUP, sizeof *column->known);
        if (column->form == SEG_FORM_CODES)
            column->codes = seg_arena_take_array(&batch->arena, batch->vector_rows, sizeof *column->codes);
    }
    return batch->arena.failed ? SEG_E_MEMORY : SEG_OK;
}

static seg_status prepare(seg_batch *batch, const struct ArrowSchema *schema,
                          const seg_batch_options *options, seg_error *error) {
    if (batch->now < SEG_TIME_MIN || batch->now > SEG_TIME_MAX)
        return seg_error_set(error, SEG_E_TIME, 0, "the instant is outside the years 1 to 9999");
    uint32_t rows = options->vector_rows ? options->vector_rows : VECTOR_ROWS;
    if (rows > VECTOR_ROWS_MAX) return seg_error_set(error, SEG_E_USAGE, 0, "vectors have at most 2^20 rows");
    batch->vector_rows = (rows + 255) / 256 * 256;
    batch->kernels = options->plain ? &seg_kernels_plain : seg_kernels_best();
    seg_status status = seg_vm_new(&batch->vm, batch->image, batch->allocator, error);
    if (status == SEG_OK) status = bind_columns(batch, schema, options, error);
    if (status == SEG_OK) status = find_fields(batch);
    if (status == SEG_OK) status = seg_log_bind(batch, options, error);
    if (status == SEG_OK) status = seg_batch_lower(batch);
    if (status == SEG_OK) status = seg_batch_order(batch);
    if (status == SEG_OK) status = seg_log_order(batch);
    if (status == SEG_OK) status = seg_batch_make_room(batch);
    if (status == SEG_OK && batch->row_count > 0) status = seg_state_init(batch->vm, &batch->state);
    if (status == SEG_OK) status = seg_crew_new(batch, schema, options, error);
    if (status == SEG_E_MEMORY) seg_error_set(error, status, 0, "no memory for a batch");
    if (status == SEG_E_LIMIT) seg_error_set(error, status, 0, "the rules have more than four million parts");
    return status;
}

seg_status seg_batch_new(seg_batch **out, const seg_image *image, const struct ArrowSchema *schema,
                         int64_t now, const seg_batch_options *options, const seg_allocator *allocator,
                         seg_error *error) {
    static const seg_batch_options plain_options = {0};
    *out = NULL;
    seg_batch *batch = seg_resize(allocator, NULL, 0, sizeof *batch);
    if (!batch) return seg_error_set(error, SEG_E_MEMORY, 0, "no memory for a batch");
    *batch = (seg_batch){.image = image, .now = now};
    if (allocator) {
        batch->allocator_copy = *allocator;
        batch->allocator = &batch->allocator_copy;
    }
    seg_arena_init(&batch->arena, batch->allocator, 0);
    seg_arena_init(&batch->run, batch->allocator, 0);
    seg_status status = prepare(batch, schema, options ? options : &plain_options, error);
    if (status == SEG_OK)
        *out = batch;
    else
        seg_batch_free(batch);
    return status;
}

void seg_batch_free(seg_batch *batch) {
    if (!batch) return;
    seg_allocator copy = batch->allocator_copy;
    const seg_allocator *allocator = batch->allocator ? &copy : NULL;
    seg_crew_free(batch);
    if (batch->vm) seg_state_free(batch->vm, &batch->state);
    seg_vm_free(batch->vm);
    seg_log_free(batch);
    seg_arena_release(&batch->run);
    seg_arena_release(&batch->arena);
    seg_resize(allocator, batch, sizeof *batch, 0);
}

seg_status seg_batch_open(seg_batch *batch, const struct ArrowArray *array, seg_error *error) {
    size_t last;
    if (!array || array->length < 0 || array->offset < 0 || array->n_children != batch->child_count ||
        (batch->child_count > 0 && !array->children) ||
        !seg_add_size((size_t)array->offset, (size_t)array->length, &last))
        return seg_error_set(error, SEG_E_USAGE, 0, "the array is not of the schema's shape");
    if (array->null_count != 0 && array->n_buffers > 0 && array->buffers && array->buffers[0])
        return seg_error_set(error, SEG_E_USAGE, 0, "the array has rows that are null as a whole");
    for (uint32_t i = 0; i < batch->column_count; i++) {
        seg_column *column = &batch->columns[i];
        seg_status status = seg_column_open(column, array->children[column->child], (size_t)array->offset,
                                            (size_t)array->length, &batch->run, error);
        if (status != SEG_OK) return status;
        column->codes_narrow = NULL;
        if (column->form == SEG_FORM_CODES && column->entry_count < 256)
            column->codes_narrow = (uint8_t *)column->codes;
    }
    return SEG_OK;
}

seg_status seg_batch_run(seg_batch *batch, const struct ArrowArray *array, uint64_t *const *members,
                         uint64_t *counts, seg_error *error) {
    return seg_batch_run_events(batch, array, NULL, members, counts, error);
}

seg_status seg_batch_run_rows(seg_batch *batch, const struct ArrowArray *array,
                              const struct ArrowArray *const *tables, size_t first, size_t end,
                              uint64_t *const *members, uint64_t *counts, seg_error *error) {
    seg_arena_release(&batch->run);
    if (counts) memset(counts, 0, batch->image->segment_count * sizeof *counts);
    seg_status status = seg_batch_open(batch, array, error);
    if (status == SEG_OK) status = seg_batch_enter(batch, error);
    if (status == SEG_OK && batch->log)
        status = seg_log_run(batch, tables, (size_t)array->length, first, end, error);
    for (size_t from = first; status == SEG_OK && from < end; from += batch->vector_rows) {
        size_t left = end - from;
        status = seg_batch_step(batch, from, left < batch->vector_rows ? left : batch->vector_rows, members,
                                counts, error);
    }
    seg_arena_release(&batch->run);
    return status;
}

seg_status seg_batch_run_events(seg_batch *batch, const struct ArrowArray *array,
                                const struct ArrowArray *const *tables, uint64_t *const *members,
                                uint64_t *counts, seg_error *error) {
    if (!members) return seg_error_set(error, SEG_E_USAGE, 0, "no room for members");
    if (batch->part_count > 0) return seg_crew_run(batch, array, tables, members, counts, error);
    size_t rows = array && array->length > 0 ? (size_t)array->length : 0;
    return seg_batch_run_rows(batch, array, tables, 0, rows, members, counts, error);
}

/* Of all that is not a table's, of which each thread reads all. */
static uint64_t row_faults(const seg_batch *batch) {
    seg_vm_counters counters;
    seg_vm_counters_get(batch->vm, &counters);
    return batch->faults + counters.arithmetic_faults;
}

void seg_batch_describe(const seg_batch *batch, seg_batch_info *out) {
    uint64_t faults = row_faults(batch);
    for (uint32_t i = 1; i < batch->part_count; i++) faults += row_faults(batch->parts[i].batch);
    for (uint32_t i = 0; batch->log && i < batch->log->table_count; i++)
        faults += batch->log->tables[i].facts->faults;
    *out = (seg_batch_info){.vector_rows = batch->vector_rows,
                            .bitmaps = batch->work_count,
                            .programs_by_row = batch->row_count,
                            .arithmetic_faults = faults,
                            .kernels = batch->kernels->name};
}
