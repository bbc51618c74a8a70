/* snapshot.c - profiles as columns: rows are gathered, and evaluated many at a time. See engine.h. */
#include <stdlib.h>
#include <string.h>

#include "engine.h"
#include "fault.h"
#include "heap.h"
#include "profiles.h"
#include "text.h"

enum { CHUNK_ROWS = 1 << 16, ROW_BYTES_MOST = 16, BUFFERS_MOST = 3 };
static const int64_t DAY_MS = 86400000;

typedef struct texts { /* those of a column, one after the other */
    char *bytes;
    size_t size_bytes, capacity_bytes;
    int64_t *ends; /* of each, behind a 0 */
    size_t count, end_capacity;
} texts;

typedef struct column {
    seg_type type;
    char format[16];
    uint8_t validity[CHUNK_ROWS / 8];
    uint8_t *values; /* of numbers and bools; of sets: where each ends, behind a 0 */
    texts texts;     /* of texts, names of enums, and members of sets */
    const void *buffers[BUFFERS_MOST], *item_buffers[BUFFERS_MOST];
    struct ArrowArray array, items, *children[1];
    struct ArrowSchema schema, item_schema, *schema_children[1];
} column;

struct seg_snapshot {
    const seg_allocator *allocator;
    const seg_image *image;
    int64_t now;
    seg_image_info info;
    seg_field_info *fields; /* the attributes */
    column **columns;       /* the attributes, then the profile's id */
    uint32_t column_count;
    struct ArrowArray array, **arrays;
    struct ArrowSchema schema, **schemas;
    seg_batch *batch;
    char **names; /* of the attributes, terminated */

    seg_profiles profiles; /* number n: row n */
    size_t rows;           /* of the chunk at hand */
    uint64_t **bits;       /* per segment: who is in, of the chunks before */
    size_t *bit_capacity;
    uint64_t **members; /* per segment: where the chunk at hand goes */
    uint64_t *counts, *sizes;
    uint64_t future;
    uint32_t *order; /* of the profiles, by id */
    size_t order_count;
};

/* ---- Columns
 * ------------------------------------------------------------------------------------------------- */

static bool is_text(seg_type type) { return type == SEG_TEXT || type == SEG_ENUM || type == SEG_ZONE; }

static void set_format(column *c, uint8_t scale) {
    const char *format = "l";
    if (c->type == SEG_BOOL) format = "b";
    if (c->type == SEG_FLOAT) format = "g";
    if (c->type == SEG_TIME) format = "tsm:UTC";
    if (c->type == SEG_DATE) format = "tdm";
    if (c->type == SEG_SET) format = "+L";
    if (is_text(c->type)) format = "U";
    if (c->type == SEG_DECIMAL)
        snprintf(c->format, sizeof c->format, "d:38,%u", scale);
    else
        snprintf(c->format, sizeof c->format, "%s", format);
}

static void point_arrow(column *c, const char *name) {
    bool is_set = c->type == SEG_SET;
    c->schema = (struct ArrowSchema){.format = c->format, .name = name};
    c->array = (struct ArrowArray){.n_buffers = is_text(c->type) ? 3 : 2, .buffers = c->buffers};
    c->item_schema = (struct ArrowSchema){.format = "U", .name = "item"};
    c->items = (struct ArrowArray){.n_buffers = 3, .buffers = c->item_buffers};
    c->children[0] = &c->items;
    c->schema_children[0] = &c->item_schema;
    if (!is_set) return;
    c->schema.n_children = c->array.n_children = 1;
    c->schema.children = c->schema_children;
    c->array.children = c->children;
}

static bool start_texts(const seg_allocator *allocator, texts *t) {
    t->size_bytes = t->count = 0;
    if (!seg_heap_grow(allocator, &t->ends, &t->end_capacity, CHUNK_ROWS + 1, sizeof *t->ends) ||
        !seg_heap_grow(allocator, &t->bytes, &t->capacity_bytes, 1, 1))
        return false;
    t->ends[0] = 0;
    return true;
}

static bool add_text(const seg_allocator *allocator, texts *t, seg_text text) {
    size_t size;
    if (__builtin_add_overflow(t->size_bytes, text.size_bytes, &size) ||
        !seg_heap_grow(allocator, &t->bytes, &t->capacity_bytes, size + 1, 1) ||
        !seg_heap_grow(allocator, &t->ends, &t->end_capacity, t->count + 2, sizeof *t->ends))
        return false;
    if (text.size_bytes) memcpy(t->bytes + t->size_bytes, text.bytes, text.size_bytes);
    t->size_bytes = size;
    t->ends[++t->count] = (int64_t)size;
    return true;
}

static void column_free(const seg_allocator *allocator, column *c) {
    if (!c) return;
    seg_heap_free(allocator, c->values, CHUNK_ROWS + 1, ROW_BYTES_MOST);
    seg_heap_free(allocator, c->texts.ends, c->texts.end_capacity, sizeof *c->texts.ends);
    seg_heap_free(allocator, c->texts.bytes, c->texts.capacity_bytes, 1);
    seg_heap_free(allocator, c, 1, sizeof *c);
}

static column *column_new(const seg_allocator *allocator, seg_type type, uint8_t scale, const char *name) {
    column *c = seg_heap_zeroed(allocator, 1, sizeof *c);
    if (!c) return NULL;
    c->type = type;
    set_format(c, scale);
    point_arrow(c, name);
    c->values = seg_heap_zeroed(allocator, CHUNK_ROWS + 1, ROW_BYTES_MOST);
    bool has_texts = is_text(type) || type == SEG_SET;
    if (c->values && (!has_texts || start_texts(allocator, &c->texts))) return c;
    column_free(allocator, c);
    return NULL;
}

static void column_start(column *c) {
    memset(c->validity, 0, sizeof c->validity);
    memset(c->values, 0, CHUNK_ROWS * (size_t)ROW_BYTES_MOST);
    c->texts.size_bytes = c->texts.count = 0;
}

/* The value of row `row`. False: no memory. */
static bool column_put(const seg_snapshot *s, column *c, const seg_field_info *field, size_t row,
                       const seg_value *value) {
    c->validity[row / 8] |= (uint8_t)(1u << row % 8);
    int64_t word = c->type == SEG_DATE ? value->as.i * DAY_MS : value->as.i;
    __int128 wide = word;
    switch (c->type) {
    case SEG_BOOL: c->values[row / 8] |= (uint8_t)((unsigned)(word != 0) << row % 8); return true;
    case SEG_DECIMAL: memcpy(c->values + row * sizeof wide, &wide, sizeof wide); return true;
    case SEG_FLOAT:
        memcpy(c->values + row * sizeof value->as.f, &value->as.f, sizeof value->as.f);
        return true;
    case SEG_TEXT:
    case SEG_ZONE: return add_text(s->allocator, &c->texts, value->as.text);
    case SEG_ENUM:
        return add_text(s->allocator, &c->texts, seg_image_enum_name(s->image, field, (uint32_t)word));
    case SEG_SET:
        for (size_t i = 0; i < value->as.set.count; i++)
            if (!add_text(s->allocator, &c->texts, value->as.set.items[i])) return false;
        return true;
    default: memcpy(c->values + row * sizeof word, &word, sizeof word); return true;
    }
}

/* What every row leaves behind in a column, whether it had a value or not. False: no memory. */
static bool column_end_row(const seg_snapshot *s, column *c, size_t row) {
    bool is_known = c->validity[row / 8] >> row % 8 & 1;
    if (is_text(c->type) && !is_known) return add_text(s->allocator, &c->texts, (seg_text){"", 0});
    int64_t end = (int64_t)c->texts.count;
    if (c->type == SEG_SET) memcpy(c->values + (row + 1) * sizeof end, &end, sizeof end);
    return true;
}

static void column_lend(column *c, size_t rows) {
    c->array.length = (int64_t)rows;
    c->array.null_count = -1;
    c->buffers[0] = c->validity;
    c->buffers[1] = is_text(c->type) ? (const void *)c->texts.ends : c->values;
    c->buffers[2] = c->texts.bytes;
    c->items.length = (int64_t)c->texts.count;
    c->item_buffers[1] = c->texts.ends;
    c->item_buffers[2] = c->texts.bytes;
}

/* ---- Making and freeing
 * ----------------------------------------------------------------------------------------- */

static seg_status make_columns(seg_snapshot *s) {
    const seg_allocator *allocator = s->allocator;
    uint32_t attributes = s->info.attribute_count;
    s->fields = seg_heap_zeroed(allocator, attributes, sizeof *s->fields);
    s->names = seg_heap_zeroed(allocator, attributes, sizeof *s->names);
    s->columns = seg_heap_zeroed(allocator, (size_t)attributes + 1, sizeof *s->columns);
    s->arrays = seg_heap_zeroed(allocator, (size_t)attributes + 1, sizeof *s->arrays);
    s->schemas = seg_heap_zeroed(allocator, (size_t)attributes + 1, sizeof *s->schemas);
    if (!s->fields || !s->names || !s->columns || !s->arrays || !s->schemas) return SEG_E_MEMORY;
    for (uint32_t i = 0; i <= attributes; i++) {
        seg_type type = SEG_TEXT;
        const char *name = ""; /* the id: no attribute has an empty name */
        if (i < attributes) {
            seg_status status = seg_image_attribute(s->image, i, &s->fields[i]);
            if (status != SEG_OK) return status;
            seg_text text = s->fields[i].name;
            s->names[i] = seg_heap_zeroed(allocator, text.size_bytes + 1, 1);
            if (!s->names[i]) return SEG_E_MEMORY;
            memcpy(s->names[i], text.bytes, text.size_bytes);
            type = s->fields[i].type;
            name = s->names[i];
        }
        s->columns[i] = column_new(allocator, type, i < attributes ? s->fields[i].scale : 0, name);
        if (!s->columns[i]) return SEG_E_MEMORY;
        s->column_count++;
        s->arrays[i] = &s->columns[i]->array;
        s->schemas[i] = &s->columns[i]->schema;
    }
    s->array = (struct ArrowArray){.n_children = s->column_count, .children = s->arrays};
    s->schema = (struct ArrowSchema){.format = "+s", .n_children = s->column_count, .children = s->schemas};
    return SEG_OK;
}

static seg_status make_bits(seg_snapshot *s) {
    size_t segments = s->info.segment_count;
    s->bits = seg_heap_zeroed(s->allocator, segments, sizeof *s->bits);
    s->bit_capacity = seg_heap_zeroed(s->allocator, segments, sizeof *s->bit_capacity);
    s->members = seg_heap_zeroed(s->allocator, segments, sizeof *s->members);
    s->counts = seg_heap_zeroed(s->allocator, segments, sizeof *s->counts);
    s->sizes = seg_heap_zeroed(s->allocator, segments, sizeof *s->sizes);
    return s->bits && s->bit_capacity && s->members && s->counts && s->sizes ? SEG_OK : SEG_E_MEMORY;
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
    seg_status status = make_columns(s);
    if (status == SEG_OK) status = make_bits(s);
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
    size_t attributes = s->info.attribute_count, segments = s->info.segment_count;
    seg_batch_free(s->batch);
    for (size_t i = 0; s->columns && i <= attributes; i++) column_free(allocator, s->columns[i]);
    for (size_t i = 0; s->names && i < attributes; i++)
        seg_heap_free(allocator, s->names[i], s->fields[i].name.size_bytes + 1, 1);
    for (size_t i = 0; s->bits && s->bit_capacity && i < segments; i++)
        seg_heap_free(allocator, s->bits[i], s->bit_capacity[i], sizeof **s->bits);
    seg_heap_free(allocator, s->fields, attributes, sizeof *s->fields);
    seg_heap_free(allocator, s->names, attributes, sizeof *s->names);
    seg_heap_free(allocator, s->columns, attributes + 1, sizeof *s->columns);
    seg_heap_free(allocator, s->arrays, attributes + 1, sizeof *s->arrays);
    seg_heap_free(allocator, s->schemas, attributes + 1, sizeof *s->schemas);
    seg_heap_free(allocator, s->bits, segments, sizeof *s->bits);
    seg_heap_free(allocator, s->bit_capacity, segments, sizeof *s->bit_capacity);
    seg_heap_free(allocator, s->members, segments, sizeof *s->members);
    seg_heap_free(allocator, s->counts, segments, sizeof *s->counts);
    seg_heap_free(allocator, s->sizes, segments, sizeof *s->sizes);
    seg_heap_free(allocator, s->order, s->order_count, sizeof *s->order);
    seg_profiles_free(&s->profiles);
    seg_heap_free(allocator, s, 1, sizeof *s);
}

/* ---- Rows in
 * ---------------------------------------------------------------------------------------------------- */

/* Evaluates the chunk at hand. Chunks but the last are whole, so bits of the next begin a word. */
static seg_status run_chunk(seg_snapshot *s, seg_error *error) {
    if (s->rows == 0) return SEG_OK;
    size_t before = (s->profiles.count - s->rows) / 64, words = before + (s->rows + 63) / 64;
    for (uint32_t i = 0; i < s->info.segment_count; i++) {
        if (!seg_heap_grow(s->allocator, &s->bits[i], &s->bit_capacity[i], words, sizeof **s->bits))
            return seg_fault_memory(error);
        s->members[i] = s->bits[i] + before;
    }
    for (uint32_t i = 0; i < s->column_count; i++) column_lend(s->columns[i], s->rows);
    s->array.length = (int64_t)s->rows;
    seg_status status = seg_batch_run(s->batch, &s->array, s->members, s->counts, error);
    if (status != SEG_OK) return status;
    for (uint32_t i = 0; i < s->info.segment_count; i++) s->sizes[i] += s->counts[i];
    for (uint32_t i = 0; i < s->column_count; i++) column_start(s->columns[i]);
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
    bool has_room = true;
    const seg_value id = {.known = true, .as.text = record->profile};
    static const seg_field_info id_field = {.type = SEG_TEXT};
    for (size_t i = 0; has_room && i < record->setting_count; i++) {
        const seg_setting *setting = &record->settings[i];
        if (setting->value.known)
            has_room = column_put(s, s->columns[setting->attribute], &s->fields[setting->attribute], s->rows,
                                  &setting->value);
    }
    has_room = has_room && column_put(s, s->columns[s->column_count - 1], &id_field, s->rows, &id);
    for (uint32_t i = 0; has_room && i < s->column_count; i++)
        has_room = column_end_row(s, s->columns[i], s->rows);
    if (!has_room) return seg_fault_memory(error);
    return ++s->rows == CHUNK_ROWS ? run_chunk(s, error) : SEG_OK;
}

/* ---- Answers out
 * ------------------------------------------------------------------------------------------------ */

static seg_text id_of(const seg_snapshot *s, size_t row) {
    return seg_profile_id(seg_profile_at(&s->profiles, row));
}

static int compare_ids(const void *a, const void *b, void *snapshot) {
    return seg_text_compare(id_of(snapshot, *(const uint32_t *)a), id_of(snapshot, *(const uint32_t *)b));
}

seg_status seg_snapshot_settle(seg_snapshot *s, seg_error *error) {
    seg_status status = run_chunk(s, error);
    if (status != SEG_OK || s->order_count == s->profiles.count) return status;
    seg_heap_free(s->allocator, s->order, s->order_count, sizeof *s->order);
    s->order_count = 0;
    s->order = seg_heap_zeroed(s->allocator, s->profiles.count, sizeof *s->order);
    if (!s->order) return seg_fault_memory(error);
    s->order_count = s->profiles.count;
    for (size_t i = 0; i < s->order_count; i++) s->order[i] = (uint32_t)i;
    qsort_r(s->order, s->order_count, sizeof *s->order, compare_ids, s);
    return SEG_OK;
}

void seg_snapshot_counters_get(const seg_snapshot *s, seg_snapshot_counters *out) {
    seg_batch_info batch;
    seg_batch_describe(s->batch, &batch);
    *out = (seg_snapshot_counters){
        .profiles = s->profiles.count, .future = s->future, .arithmetic_faults = batch.arithmetic_faults};
}

uint64_t seg_snapshot_size(const seg_snapshot *s, uint32_t segment) {
    return segment < s->info.segment_count ? s->sizes[segment] : 0;
}

static bool is_member(const seg_snapshot *s, uint32_t segment, uint32_t row) {
    return s->bits[segment][row / 64] >> row % 64 & 1;
}

seg_status seg_snapshot_members(seg_snapshot *s, uint32_t segment, seg_profile_fn on_profile, void *user) {
    if (segment >= s->info.segment_count) return SEG_E_USAGE;
    for (size_t i = 0; i < s->order_count; i++)
        if (is_member(s, segment, s->order[i])) on_profile(user, id_of(s, s->order[i]));
    return SEG_OK;
}

seg_status seg_snapshot_profiles(seg_snapshot *s, seg_profile_fn on_profile, void *user) {
    for (size_t i = 0; i < s->order_count; i++) on_profile(user, id_of(s, s->order[i]));
    return SEG_OK;
}

seg_status seg_snapshot_member_bits(seg_snapshot *s, uint32_t segment, uint64_t *bits) {
    if (segment >= s->info.segment_count) return SEG_E_USAGE;
    memset(bits, 0, (s->order_count + 63) / 64 * sizeof *bits);
    for (size_t i = 0; i < s->order_count; i++)
        bits[i / 64] |= (uint64_t)is_member(s, segment, s->order[i]) << i % 64;
    return SEG_OK;
}
