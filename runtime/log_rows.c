/* log_rows.c - the events of one profile after the other, for programs that run row by row. */
#include "log.h"

enum { ROW_BITS = 40 };

/* The number of a row's profile; every row was checked before. */
static seg_status profile_at(const seg_batch *batch, seg_log_table *table, size_t row, int64_t *profile,
                             seg_error *error) {
    seg_column *column = &table->facts->columns[0];
    seg_status status = seg_column_load(column, batch->kernels, row, 1, batch->log->scratch, error);
    return status == SEG_OK ? seg_column_words(column, batch->kernels, row, 1, profile, error) : status;
}

static uint64_t rows_of(const seg_log_table *table) {
    return table->array ? (uint64_t)table->array->length : 0;
}

/* Sorts the rows of all tables that are gathered for by profile: counts, then places. */
seg_status seg_log_group(seg_batch *batch, seg_error *error) {
    struct seg_log *log = batch->log;
    uint64_t total = 0;
    for (uint32_t t = 0; t < log->table_count; t++) total += rows_of(&log->tables[t]);
    log->starts = seg_arena_take_array(&batch->run, log->own + 2, sizeof *log->starts);
    log->events = seg_arena_take_array(&batch->run, (size_t)total, sizeof *log->events);
    if (batch->run.failed) return SEG_E_MEMORY;
    for (int pass = 0; pass < 2; pass++) {
        for (uint32_t t = 0; t < log->table_count; t++)
            for (uint64_t row = 0; row < rows_of(&log->tables[t]); row++) {
                int64_t profile;
                seg_status status = profile_at(batch, &log->tables[t], (size_t)row, &profile, error);
                if (status != SEG_OK) return status;
                uint64_t own = (uint64_t)profile - log->first;
                if (own >= log->own) continue;
                if (pass == 0)
                    log->starts[own + 2]++;
                else
                    log->events[log->starts[own + 1]++] = (uint64_t)t << ROW_BITS | row;
            }
        for (size_t i = 2; pass == 0 && i < log->own + 2; i++) log->starts[i] += log->starts[i - 1];
    }
    return SEG_OK;
}

static seg_status put_event(seg_batch *batch, seg_log_table *table, size_t row, seg_error *error) {
    const seg_image *image = batch->image;
    struct seg_log *log = batch->log;
    seg_batch *facts = table->facts;
    seg_run fields = image->events[table->event].fields;
    seg_event event = {.event = table->event, .fields = log->values};
    memset(log->values, 0, fields.count * sizeof *log->values);
    for (uint32_t i = 1; i < facts->column_count; i++) {
        seg_value value;
        seg_column *column = &facts->columns[i];
        seg_status status = seg_column_load(column, batch->kernels, row, 1, log->scratch, error);
        if (status == SEG_OK) status = seg_column_value(column, row, 0, &value, error);
        if (status != SEG_OK) return status;
        if (i == 1)
            event.time = value.as.i;
        else
            log->values[column->field - &image->fields[fields.first]] = value;
    }
    if (event.time > batch->now) return SEG_OK; /* it did not happen yet */
    return seg_put_event(batch->vm, &batch->state, &event, batch->now, NULL, error);
}

seg_status seg_log_put(seg_batch *batch, size_t row, seg_error *error) {
    struct seg_log *log = batch->log;
    seg_status status = SEG_OK;
    const uint64_t *start = log->starts + (row - log->first);
    for (uint64_t i = start[0]; status == SEG_OK && i < start[1]; i++) {
        uint64_t event = log->events[i];
        status = put_event(batch, &log->tables[event >> ROW_BITS],
                           (size_t)(event & ((UINT64_C(1) << ROW_BITS) - 1)), error);
    }
    return status;
}
