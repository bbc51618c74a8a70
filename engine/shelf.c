#include "shelf.h"

#include <stdio.h>
#include <string.h>

#include "heap.h"

static const int64_t DAY_MS = 86400000;

static bool is_text(seg_type type) { return type == SEG_TEXT || type == SEG_ENUM || type == SEG_ZONE; }

static void set_format(seg_shelf *s) {
    const char *format = "l";
    switch (s->field.type) {
    case SEG_BOOL: format = "b"; break;
    case SEG_FLOAT: format = "g"; break;
    case SEG_TIME: format = "tsm:UTC"; break;
    case SEG_DATE: format = "tdm"; break;
    case SEG_SET: format = "+L"; break;
    case SEG_TEXT:
    case SEG_ENUM:
    case SEG_ZONE: format = "U"; break;
    default: break;
    }
    if (s->field.type == SEG_DECIMAL)
        snprintf(s->format, sizeof s->format, "d:38,%u", s->field.scale);
    else
        snprintf(s->format, sizeof s->format, "%s", format);
}

static size_t width_of(seg_type type) { return type == SEG_DECIMAL ? 16 : 8; }

static void point_arrow(seg_shelf *s) {
    seg_type type = s->field.type;
    s->schema = (struct ArrowSchema){.format = s->format, .name = s->name};
    s->array = (struct ArrowArray){.n_buffers = is_text(type) ? 3 : 2, .buffers = s->buffers};
    s->item_schema = (struct ArrowSchema){.format = "U", .name = "item"};
    s->items = (struct ArrowArray){.n_buffers = 3, .buffers = s->item_buffers};
    s->children[0] = &s->items;
    s->schema_children[0] = &s->item_schema;
    if (type != SEG_SET) return;
    s->schema.n_children = s->array.n_children = 1;
    s->schema.children = s->schema_children;
    s->array.children = s->children;
}

/* Room for `need` bytes; what is new is 0. */
static bool grow_zeroed(const seg_allocator *allocator, uint8_t **bytes, size_t *capacity, size_t need) {
    size_t before = *capacity;
    if (need <= before) return true;
    if (!seg_heap_grow(allocator, bytes, capacity, need, 1)) return false;
    memset(*bytes + before, 0, *capacity - before);
    return true;
}

static bool reserve(seg_shelf *s) {
    size_t row = s->rows, bytes;
    seg_type type = s->field.type;
    if (!grow_zeroed(s->allocator, &s->validity, &s->validity_capacity, row / 8 + 1)) return false;
    if (is_text(type)) return true;
    if (type == SEG_BOOL) return grow_zeroed(s->allocator, &s->values, &s->value_capacity, row / 8 + 1);
    return !__builtin_mul_overflow(row + 2, width_of(type), &bytes) &&
           grow_zeroed(s->allocator, &s->values, &s->value_capacity, bytes);
}

static bool add_text(seg_shelf *s, seg_text text) {
    seg_shelf_texts *t = &s->texts;
    size_t size;
    if (__builtin_add_overflow(t->size_bytes, text.size_bytes, &size) ||
        !seg_heap_grow(s->allocator, &t->bytes, &t->capacity_bytes, size + 1, 1) ||
        !seg_heap_grow(s->allocator, &t->ends, &t->end_capacity, t->count + 2, sizeof *t->ends))
        return false;
    if (text.size_bytes) memcpy(t->bytes + t->size_bytes, text.bytes, text.size_bytes);
    t->size_bytes = size;
    t->ends[++t->count] = (int64_t)size;
    return true;
}

seg_shelf *seg_shelf_new(const seg_image *image, const seg_field_info *field,
                         const seg_allocator *allocator) {
    seg_shelf *s = seg_heap_zeroed(allocator, 1, sizeof *s);
    if (!s) return NULL;
    s->allocator = allocator;
    s->image = image;
    s->field = *field;
    s->name = seg_heap_zeroed(allocator, field->name.size_bytes + 1, 1);
    bool has_texts = is_text(field->type) || field->type == SEG_SET;
    bool has_room = s->name && reserve(s);
    if (has_room && has_texts) {
        has_room =
            seg_heap_grow(allocator, &s->texts.ends, &s->texts.end_capacity, 1, sizeof *s->texts.ends) &&
            seg_heap_grow(allocator, &s->texts.bytes, &s->texts.capacity_bytes, 1, 1);
        if (has_room) s->texts.ends[0] = 0;
    }
    if (!has_room) {
        seg_shelf_free(s);
        return NULL;
    }
    if (field->name.size_bytes) memcpy(s->name, field->name.bytes, field->name.size_bytes);
    set_format(s);
    point_arrow(s);
    return s;
}

void seg_shelf_free(seg_shelf *s) {
    if (!s) return;
    const seg_allocator *allocator = s->allocator;
    seg_heap_free(allocator, s->name, s->field.name.size_bytes + 1, 1);
    seg_heap_free(allocator, s->validity, s->validity_capacity, 1);
    seg_heap_free(allocator, s->values, s->value_capacity, 1);
    seg_heap_free(allocator, s->texts.ends, s->texts.end_capacity, sizeof *s->texts.ends);
    seg_heap_free(allocator, s->texts.bytes, s->texts.capacity_bytes, 1);
    seg_heap_free(allocator, s, 1, sizeof *s);
}

static bool put(seg_shelf *s, const seg_value *value) {
    size_t row = s->rows;
    int64_t word = s->field.type == SEG_DATE ? value->as.i * DAY_MS : value->as.i;
    __int128 wide = word;
    s->validity[row / 8] |= (uint8_t)(1u << row % 8);
    switch (s->field.type) {
    case SEG_BOOL: s->values[row / 8] |= (uint8_t)((unsigned)(word != 0) << row % 8); return true;
    case SEG_DECIMAL: memcpy(s->values + row * sizeof wide, &wide, sizeof wide); return true;
    case SEG_FLOAT:
        memcpy(s->values + row * sizeof value->as.f, &value->as.f, sizeof value->as.f);
        return true;
    case SEG_TEXT:
    case SEG_ZONE: return add_text(s, value->as.text);
    case SEG_ENUM: return add_text(s, seg_image_enum_name(s->image, &s->field, (uint32_t)word));
    case SEG_SET:
        for (size_t i = 0; i < value->as.set.count; i++)
            if (!add_text(s, value->as.set.items[i])) return false;
        return true;
    default: memcpy(s->values + row * sizeof word, &word, sizeof word); return true;
    }
}

/* What every row leaves behind, whether it has a value or not. */
static void end_row(seg_shelf *s) {
    int64_t end = (int64_t)s->texts.count;
    s->rows++;
    if (s->field.type == SEG_SET) memcpy(s->values + s->rows * sizeof end, &end, sizeof end);
}

bool seg_shelf_add(seg_shelf *s, const seg_value *value) {
    if (!reserve(s)) return false;
    bool good = true;
    if (value->known)
        good = put(s, value);
    else if (is_text(s->field.type))
        good = add_text(s, (seg_text){"", 0});
    if (good) end_row(s);
    return good;
}

static seg_text text_at(const seg_shelf *s, size_t at) {
    const int64_t *ends = s->texts.ends;
    return (seg_text){s->texts.bytes + ends[at], (size_t)(ends[at + 1] - ends[at])};
}

bool seg_shelf_copy(seg_shelf *s, const seg_shelf *from, size_t row) {
    static const seg_value unknown;
    if (!(from->validity[row / 8] >> row % 8 & 1)) return seg_shelf_add(s, &unknown);
    if (!reserve(s)) return false;
    seg_type type = s->field.type;
    size_t width = width_of(type);
    s->validity[s->rows / 8] |= (uint8_t)(1u << s->rows % 8);
    if (is_text(type)) {
        if (!add_text(s, text_at(from, row))) return false;
    } else if (type == SEG_SET) {
        int64_t ends[2];
        memcpy(ends, from->values + row * sizeof *ends, sizeof ends);
        for (int64_t i = ends[0]; i < ends[1]; i++)
            if (!add_text(s, text_at(from, (size_t)i))) return false;
    } else if (type == SEG_BOOL) {
        s->values[s->rows / 8] |= (uint8_t)((from->values[row / 8] >> row % 8 & 1) << s->rows % 8);
    } else {
        memcpy(s->values + s->rows * width, from->values + row * width, width);
    }
    end_row(s);
    return true;
}

void seg_shelf_change(seg_shelf *s, size_t row, int64_t value) {
    memcpy(s->values + row * sizeof value, &value, sizeof value);
}

void seg_shelf_clear(seg_shelf *s) {
    memset(s->validity, 0, s->validity_capacity);
    if (s->values) memset(s->values, 0, s->value_capacity);
    s->rows = s->texts.size_bytes = s->texts.count = 0;
}

void seg_shelf_lend(seg_shelf *s) {
    s->array.length = (int64_t)s->rows;
    s->array.null_count = -1;
    s->buffers[0] = s->validity;
    s->buffers[1] = is_text(s->field.type) ? (const void *)s->texts.ends : s->values;
    s->buffers[2] = s->texts.bytes;
    s->items.length = (int64_t)s->texts.count;
    s->item_buffers[1] = s->texts.ends;
    s->item_buffers[2] = s->texts.bytes;
}
