/* export.c - members as an Arrow array that outlives the batch. */
#include <stdatomic.h>
#include <string.h>

#include "batch.h"
#include "error.h"

enum { ARROW_ALIGNMENT = 64 };

/* Where everything lies that an array and its children, or a schema and its children, point to. Who takes a
 * child may move it elsewhere, release the rest and keep the child, so what is released last frees it. */
typedef struct bundle {
    seg_allocator allocator_copy;
    const seg_allocator *allocator;
    seg_arena arena;
    atomic_size_t held; /* structs that are not released yet */
} bundle;

static bundle *bundle_new(const seg_allocator *allocator) {
    bundle *b = seg_resize(allocator, NULL, 0, sizeof *b);
    if (!b) return NULL;
    *b = (bundle){.allocator = NULL};
    if (allocator) {
        b->allocator_copy = *allocator;
        b->allocator = &b->allocator_copy;
    }
    seg_arena_init(&b->arena, b->allocator, 0);
    return b;
}

static void bundle_free(bundle *b) {
    if (!b) return;
    seg_allocator copy = b->allocator_copy;
    const seg_allocator *allocator = b->allocator ? &copy : NULL;
    seg_arena_release(&b->arena);
    seg_resize(allocator, b, sizeof *b, 0);
}

static void bundle_drop(bundle *b) {
    if (atomic_fetch_sub(&b->held, 1) == 1) bundle_free(b);
}

static void release_array(struct ArrowArray *array) {
    for (int64_t i = 0; i < array->n_children; i++)
        if (array->children[i]->release) array->children[i]->release(array->children[i]);
    array->release = NULL;
    bundle_drop(array->private_data);
}

static void release_schema(struct ArrowSchema *schema) {
    for (int64_t i = 0; i < schema->n_children; i++)
        if (schema->children[i]->release) schema->children[i]->release(schema->children[i]);
    schema->release = NULL;
    bundle_drop(schema->private_data);
}

/* An array of so many buffers and children; its buffers are filled in by the caller. */
static void make_array(bundle *b, struct ArrowArray *out, size_t length, size_t buffers, size_t children) {
    *out = (struct ArrowArray){.length = (int64_t)length,
                               .n_buffers = (int64_t)buffers,
                               .n_children = (int64_t)children,
                               .release = release_array,
                               .private_data = b};
    out->buffers = seg_arena_take_array(&b->arena, buffers, sizeof *out->buffers);
    out->children = seg_arena_take_array(&b->arena, children, sizeof *out->children);
    struct ArrowArray *made = seg_arena_take_array(&b->arena, children, sizeof *made);
    for (size_t i = 0; !b->arena.failed && i < children; i++) out->children[i] = &made[i];
    atomic_fetch_add(&b->held, 1);
}

static void make_schema(bundle *b, struct ArrowSchema *out, const char *format, seg_text name,
                        size_t children) {
    *out = (struct ArrowSchema){
        .format = format, .n_children = (int64_t)children, .release = release_schema, .private_data = b};
    out->name = seg_arena_copy(&b->arena, name.bytes, name.size_bytes);
    out->children = seg_arena_take_array(&b->arena, children, sizeof *out->children);
    struct ArrowSchema *made = seg_arena_take_array(&b->arena, children, sizeof *made);
    for (size_t i = 0; !b->arena.failed && i < children; i++) out->children[i] = &made[i];
    atomic_fetch_add(&b->held, 1);
}

static void *take_aligned(seg_arena *arena, size_t count, size_t size_bytes) {
    size_t total;
    if (__builtin_mul_overflow(count, size_bytes, &total) ||
        __builtin_add_overflow(total, ARROW_ALIGNMENT, &total)) {
        arena->failed = true;
        return NULL;
    }
    char *piece = seg_arena_take(arena, total);
    return piece ? piece + (-(uintptr_t)piece & (ARROW_ALIGNMENT - 1)) : NULL;
}

static seg_text segment_name(const seg_image *image, uint32_t segment) {
    seg_segment_info info;
    return seg_image_segment(image, segment, &info) == SEG_OK ? info.name : (seg_text){"", 0};
}

static seg_text literal(const char *text) { return (seg_text){text, strlen(text)}; }

/* ---- types
 * ------------------------------------------------------------------------------------------------- */

static void bools_schema(bundle *b, const seg_image *image, struct ArrowSchema *out) {
    make_schema(b, out, "+s", literal(""), image->segment_count);
    for (uint32_t s = 0; !b->arena.failed && s < image->segment_count; s++)
        make_schema(b, out->children[s], "b", segment_name(image, s), 0);
}

static void rows_schema(bundle *b, struct ArrowSchema *out) {
    make_schema(b, out, "+s", literal(""), 2);
    if (b->arena.failed) return;
    make_schema(b, out->children[0], "u", literal("segment"), 0);
    make_schema(b, out->children[1], "+L", literal("rows"), 1);
    if (b->arena.failed) return;
    make_schema(b, out->children[1]->children[0], "l", literal("item"), 0);
}

/* ---- values
 * ------------------------------------------------------------------------------------------------ */

/* Room for the bits of all segments, 64 rows a word: what a batch writes is what Arrow calls a bool. */
static uint64_t **take_bits(seg_arena *arena, const seg_image *image, size_t rows) {
    uint64_t **bits = seg_arena_take_array(arena, image->segment_count, sizeof *bits);
    for (uint32_t s = 0; !arena->failed && s < image->segment_count; s++)
        bits[s] = take_aligned(arena, rows / SEG_GROUP + 1, sizeof **bits);
    return arena->failed ? NULL : bits;
}

static seg_status bools_array(seg_batch *batch, bundle *b, const struct ArrowArray *array,
                              struct ArrowArray *out, seg_error *error) {
    const seg_image *image = batch->image;
    size_t rows = (size_t)array->length;
    uint64_t **bits = take_bits(&b->arena, image, rows);
    if (!bits) return SEG_E_MEMORY;
    seg_status status = seg_batch_run(batch, array, bits, NULL, error);
    if (status != SEG_OK) return status;
    make_array(b, out, rows, 1, image->segment_count);
    for (uint32_t s = 0; !b->arena.failed && s < image->segment_count; s++) {
        make_array(b, out->children[s], rows, 2, 0);
        if (!b->arena.failed) out->children[s]->buffers[1] = bits[s];
    }
    return SEG_OK;
}

static void list_rows(const uint64_t *bits, size_t rows, int64_t *out) {
    for (size_t i = 0; i * SEG_GROUP < rows; i++)
        for (uint64_t word = bits[i]; word; word &= word - 1)
            *out++ = (int64_t)(i * SEG_GROUP) + __builtin_ctzll(word);
}

static void names_array(bundle *b, const seg_image *image, struct ArrowArray *out) {
    size_t total = 0;
    for (uint32_t s = 0; s < image->segment_count; s++) total += segment_name(image, s).size_bytes;
    make_array(b, out, image->segment_count, 3, 0);
    int32_t *ends = take_aligned(&b->arena, (size_t)image->segment_count + 1, sizeof *ends);
    char *bytes = take_aligned(&b->arena, total, 1);
    if (b->arena.failed) return;
    for (uint32_t s = 0; s < image->segment_count; s++) {
        seg_text name = segment_name(image, s);
        if (name.size_bytes) memcpy(bytes + ends[s], name.bytes, name.size_bytes);
        ends[s + 1] = ends[s] + (int32_t)name.size_bytes;
    }
    out->buffers[1] = ends;
    out->buffers[2] = bytes;
}

static seg_status rows_array(seg_batch *batch, bundle *b, const struct ArrowArray *array,
                             struct ArrowArray *out, seg_arena *scratch, seg_error *error) {
    const seg_image *image = batch->image;
    size_t rows = (size_t)array->length;
    uint64_t **bits = take_bits(scratch, image, rows);
    uint64_t *counts = seg_arena_take_array(scratch, (size_t)image->segment_count + 1, sizeof *counts);
    if (!bits || !counts) return SEG_E_MEMORY;
    seg_status status = seg_batch_run(batch, array, bits, counts, error);
    if (status != SEG_OK) return status;
    int64_t *ends = take_aligned(&b->arena, (size_t)image->segment_count + 1, sizeof *ends);
    if (!ends) return SEG_E_MEMORY;
    for (uint32_t s = 0; s < image->segment_count; s++) ends[s + 1] = ends[s] + (int64_t)counts[s];
    size_t total = (size_t)ends[image->segment_count];
    int64_t *numbers = take_aligned(&b->arena, total, sizeof *numbers);
    if (!numbers) return SEG_E_MEMORY;
    for (uint32_t s = 0; s < image->segment_count; s++) list_rows(bits[s], rows, numbers + ends[s]);
    make_array(b, out, image->segment_count, 1, 2);
    if (b->arena.failed) return SEG_E_MEMORY;
    names_array(b, image, out->children[0]);
    struct ArrowArray *lists = out->children[1];
    make_array(b, lists, image->segment_count, 2, 1);
    if (b->arena.failed) return SEG_E_MEMORY;
    lists->buffers[1] = ends;
    make_array(b, lists->children[0], total, 2, 0);
    if (!b->arena.failed) lists->children[0]->buffers[1] = numbers;
    return SEG_OK;
}

seg_status seg_batch_export(seg_batch *batch, const struct ArrowArray *array, seg_members_form form,
                            struct ArrowArray *members, struct ArrowSchema *schema, seg_error *error) {
    members->release = NULL;
    schema->release = NULL;
    if (!array || array->length < 0 || (form != SEG_MEMBERS_BOOLS && form != SEG_MEMBERS_ROWS))
        return seg_error_set(error, SEG_E_USAGE, 0, "no array, or no form of members that there is");
    seg_arena scratch;
    seg_arena_init(&scratch, batch->allocator, 0);
    bundle *values = bundle_new(batch->allocator), *types = values ? bundle_new(batch->allocator) : NULL;
    struct ArrowArray made = {.release = NULL};
    struct ArrowSchema made_schema = {.release = NULL};
    seg_status status = types ? SEG_OK : SEG_E_MEMORY;
    if (status == SEG_OK && form == SEG_MEMBERS_BOOLS) {
        bools_schema(types, batch->image, &made_schema);
        status = bools_array(batch, values, array, &made, error);
    } else if (status == SEG_OK) {
        rows_schema(types, &made_schema);
        status = rows_array(batch, values, array, &made, &scratch, error);
    }
    if (status == SEG_OK && (types->arena.failed || values->arena.failed)) status = SEG_E_MEMORY;
    seg_arena_release(&scratch);
    if (status == SEG_OK) {
        *members = made;
        *schema = made_schema;
        return SEG_OK;
    }
    bundle_free(values);
    bundle_free(types);
    return status == SEG_E_MEMORY ? seg_error_set(error, status, 0, "no memory for members") : status;
}
