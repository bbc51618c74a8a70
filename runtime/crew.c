/* crew.c - see crew.h. */
#include "crew.h"

#include "error.h"

enum { THREADS_MAX = 1024 };

seg_status seg_crew_new(seg_batch *batch, const struct ArrowSchema *schema, const seg_batch_options *options,
                        seg_error *error) {
    seg_batch_options alone = *options;
    uint32_t threads = options->threads;
    alone.threads = 1;
    if (threads <= 1) return SEG_OK;
    if (threads > THREADS_MAX) return seg_error_set(error, SEG_E_USAGE, 0, "there are at most 1024 threads");
    batch->parts = seg_arena_take_array(&batch->arena, threads, sizeof *batch->parts);
    if (!batch->parts) return SEG_E_MEMORY;
    batch->parts[batch->part_count++].batch = batch;
    for (uint32_t i = 1; i < threads; i++) {
        struct seg_crew_part *part = &batch->parts[i];
        part->counts = seg_arena_take_array(&batch->arena, batch->image->segment_count + (size_t)1,
                                            sizeof *part->counts);
        if (!part->counts) return SEG_E_MEMORY;
        seg_status status =
            seg_batch_new(&part->batch, batch->image, schema, batch->now, &alone, batch->allocator, error);
        if (status != SEG_OK) return status;
        batch->part_count++;
    }
    return SEG_OK;
}

void seg_crew_free(seg_batch *batch) {
    for (uint32_t i = 1; i < batch->part_count; i++) seg_batch_free(batch->parts[i].batch);
}

static void *run_part(void *user) {
    struct seg_crew_part *part = user;
    part->status = seg_batch_run_rows(part->batch, part->array, part->tables, part->first, part->end,
                                      part->members, part->counts, &part->error);
    return NULL;
}

seg_status seg_crew_run(seg_batch *batch, const struct ArrowArray *array,
                        const struct ArrowArray *const *tables, uint64_t *const *members, uint64_t *counts,
                        seg_error *error) {
    size_t rows = array && array->length > 0 ? (size_t)array->length : 0;
    size_t vectors = rows / batch->vector_rows + (rows % batch->vector_rows != 0);
    size_t share = vectors / batch->part_count + (vectors % batch->part_count != 0);
    size_t each = share * batch->vector_rows, begun = 0;
    for (size_t first = 0; begun == 0 || first < rows; first += each) {
        struct seg_crew_part *part = &batch->parts[begun];
        *part = (struct seg_crew_part){.batch = part->batch,
                                       .array = array,
                                       .tables = tables,
                                       .members = members,
                                       .counts = begun ? part->counts : counts,
                                       .first = first,
                                       .end = rows - first < each ? rows : first + each,
                                       .error = {.message = ""}};
        part->has_thread = begun > 0 && pthread_create(&part->thread, NULL, run_part, part) == 0;
        begun++;
    }
    seg_status status = SEG_OK;
    for (size_t i = 0; i < begun; i++) {
        struct seg_crew_part *part = &batch->parts[i];
        if (part->has_thread)
            pthread_join(part->thread, NULL);
        else
            run_part(part);
        if (status == SEG_OK && part->status != SEG_OK) {
            status = part->status;
            if (error) *error = part->error;
        }
        for (uint32_t s = 0; i > 0 && counts && s < batch->image->segment_count; s++)
            counts[s] += part->counts[s];
    }
    return status;
}
