#include "arrow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FORMAT_BYTES = 16 };

typedef struct layout {
    const char *format;
    size_t size_bytes;
    int64_t unit; /* 0: a date's days are multiplied by a day; negative: words are divided by it */
} layout;

static void *take(size_t size_bytes) {
    void *made = calloc(1, size_bytes + 64);
    if (made == NULL) exit(4);
    return made;
}

void seg_arrow_init(seg_arrow *arrow, size_t rows, seg_random *random) {
    *arrow =
        (seg_arrow){.rows = rows, .first = seg_random_chance(random, 50) ? seg_random_below(random, 9) : 0};
    arrow->schema.format = "+s";
    arrow->schema.children = take(64 * sizeof(void *));
    arrow->array = (struct ArrowArray){.length = (int64_t)rows, .offset = arrow->first, .n_buffers = 1};
    arrow->array.buffers = take(sizeof(void *));
    arrow->array.children = take(64 * sizeof(void *));
}

static struct ArrowArray *new_array(size_t length, size_t offset, int buffers) {
    struct ArrowArray *array = take(sizeof *array);
    *array = (struct ArrowArray){.length = (int64_t)length, .offset = (int64_t)offset, .n_buffers = buffers};
    array->buffers = take(3 * sizeof(void *));
    return array;
}

static struct ArrowSchema *new_schema(const char *format, const char *name) {
    struct ArrowSchema *schema = take(sizeof *schema);
    char *copy = take(FORMAT_BYTES + strlen(name) + 1);
    snprintf(copy, FORMAT_BYTES, "%s", format);
    strcpy(copy + FORMAT_BYTES, name);
    *schema = (struct ArrowSchema){.format = copy, .name = copy + FORMAT_BYTES, .flags = ARROW_FLAG_NULLABLE};
    return schema;
}

static void set_bit(uint8_t *bits, size_t at, bool value) {
    bits[at / 8] = (uint8_t)((bits[at / 8] & ~(1u << at % 8)) | (unsigned)value << at % 8);
}

static uint8_t *junk(size_t size_bytes, seg_random *random) {
    uint8_t *bytes = take(size_bytes);
    for (size_t i = 0; i < size_bytes; i++) bytes[i] = (uint8_t)seg_random_next(random);
    return bytes;
}

/* Validity of the rows; none when every one is known and the coin says so. */
static void add_validity(struct ArrowArray *array, const seg_value *values, size_t skip, size_t rows,
                         seg_random *random) {
    size_t unknown = 0;
    for (size_t i = 0; i < rows; i++) unknown += !values[i].known;
    if (unknown == 0 && seg_random_chance(random, 60)) return;
    uint8_t *bits = junk((skip + rows + 7) / 8, random);
    for (size_t i = 0; i < rows; i++) set_bit(bits, skip + i, values[i].known);
    array->buffers[0] = bits;
    array->null_count = seg_random_chance(random, 50) || unknown == 0 ? -1 : (int64_t)unknown;
}

/* ---- numbers
 * ------------------------------------------------------------------------------------------------- */

static bool fits(const layout *l, const seg_field_info *field, const seg_value *value) {
    if (field->type == SEG_FLOAT) {
        if (l->format[0] == 'f') return (double)(float)value->as.f == value->as.f;
        if (l->format[0] == 'i')
            return value->as.f ==
                   (double)(int32_t)(value->as.f < 1e9 && value->as.f > -1e9 ? value->as.f : 0);
        return true;
    }
    if (field->type == SEG_BOOL) return true;
    __int128 word = value->as.i;
    if (l->unit < 0) {
        if (word % -l->unit != 0) return false;
        word /= -l->unit;
    } else
        word *= l->unit == 0 ? 86400000 : l->unit;
    if (l->size_bytes == 16) return true;
    __int128 limit = (__int128)1 << (8 * l->size_bytes - 1);
    bool is_unsigned = strlen(l->format) == 1 && strchr("CSIL", l->format[0]) != NULL;
    if (l->unit != 1) word += word > 0 ? 86400000 : -1; /* finer digits come on top */
    return is_unsigned ? word >= 0 && word < 2 * limit : word >= -limit && word < limit;
}

static void store(const layout *l, const seg_field_info *field, const seg_value *value, uint8_t *at,
                  seg_random *random) {
    if (field->type == SEG_FLOAT && l->format[0] == 'g')
        memcpy(at, &value->as.f, 8);
    else if (field->type == SEG_FLOAT && l->format[0] == 'f') {
        float narrow = (float)value->as.f;
        memcpy(at, &narrow, sizeof narrow);
    } else {
        __int128 word = field->type == SEG_FLOAT ? (int32_t)value->as.f : value->as.i;
        word = l->unit < 0 ? word / -l->unit : word * (l->unit == 0 ? 86400000 : l->unit);
        bool is_cut = l->format[0] == 't' && l->unit >= 0 && l->unit != 1;
        if (is_cut) word += seg_random_below(random, l->unit == 0 ? 86400000 : (uint32_t)l->unit);
        memcpy(at, &word, l->size_bytes);
    }
}

/* The layouts of a type, widest first: that one holds every value. */
static size_t layouts_of(const seg_field_info *field, layout *out) {
    static const layout ints[] = {{"l", 8, 1}, {"c", 1, 1}, {"C", 1, 1}, {"s", 2, 1},
                                  {"S", 2, 1}, {"i", 4, 1}, {"I", 4, 1}, {"L", 8, 1}};
    static const layout floats[] = {{"g", 8, 1}, {"f", 4, 1}, {"i", 4, 1}};
    static const layout times[] = {
        {"tsm:", 8, 1}, {"tsu:UTC", 8, 1000}, {"tsn:", 8, 1000000}, {"tss:", 8, -1000}};
    static const layout dates[] = {{"tdD", 4, 1}, {"tdm", 8, 0}};
    static const layout durations[] = {{"tDm", 8, 1}, {"l", 8, 1}, {"tDu", 8, 1000}, {"tDs", 8, -1000}};
#define ALL(list) (memcpy(out, list, sizeof list), sizeof list / sizeof *list)
    switch (field->type) {
    case SEG_FLOAT: return ALL(floats);
    case SEG_TIME: return ALL(times);
    case SEG_DATE: return ALL(dates);
    case SEG_DURATION: return ALL(durations);
    default: return ALL(ints);
    }
#undef ALL
}

static void add_decimal(const seg_field_info *field, layout *l, char *format, seg_random *random) {
    int more = (int)seg_random_below(random, 3);
    *l = (layout){format, 16, 1};
    for (int i = 0; i < more; i++) l->unit *= 10;
    snprintf(format, FORMAT_BYTES, "d:38,%d", field->scale + more);
}

static void add_numbers(seg_arrow *arrow, const char *name, const seg_field_info *field,
                        const seg_value *values, size_t skip, seg_random *random) {
    layout all[8], chosen;
    char format[FORMAT_BYTES];
    size_t rows = arrow->rows, count = layouts_of(field, all);
    chosen = all[seg_random_below(random, (uint32_t)count)];
    if (field->type == SEG_DECIMAL) add_decimal(field, &chosen, format, random);
    for (size_t i = 0; i < rows; i++)
        if (values[i].known && !fits(&chosen, field, &values[i])) chosen = all[0];
    if (field->type == SEG_DECIMAL && chosen.size_bytes != 16) add_decimal(field, &chosen, format, random);
    struct ArrowArray *array = new_array((size_t)arrow->first + rows, skip - (size_t)arrow->first, 2);
    uint8_t *bytes = junk((skip + rows) * chosen.size_bytes, random);
    for (size_t i = 0; i < rows; i++)
        if (values[i].known)
            store(&chosen, field, &values[i], bytes + (skip + i) * chosen.size_bytes, random);
    array->buffers[1] = bytes;
    add_validity(array, values, skip, rows, random);
    arrow->schema.children[arrow->schema.n_children++] = new_schema(chosen.format, name);
    arrow->array.children[arrow->array.n_children++] = array;
}

static void add_bools(seg_arrow *arrow, const char *name, const seg_value *values, size_t skip,
                      seg_random *random) {
    struct ArrowArray *array = new_array((size_t)arrow->first + arrow->rows, skip - (size_t)arrow->first, 2);
    uint8_t *bits = junk((skip + arrow->rows + 7) / 8, random);
    for (size_t i = 0; i < arrow->rows; i++)
        if (values[i].known) set_bit(bits, skip + i, values[i].as.i != 0);
    array->buffers[1] = bits;
    add_validity(array, values, skip, arrow->rows, random);
    arrow->schema.children[arrow->schema.n_children++] = new_schema("b", name);
    arrow->array.children[arrow->array.n_children++] = array;
}

/* ---- texts
 * --------------------------------------------------------------------------------------------------- */

static void put_offset(void *offsets, bool is_wide, size_t at, size_t value) {
    if (is_wide)
        ((int64_t *)offsets)[at] = (int64_t)value;
    else
        ((int32_t *)offsets)[at] = (int32_t)value;
}

/* An array of texts behind `skip` empty ones; NULL items are null. */
static struct ArrowArray *texts_of(const seg_text *texts, const bool *known, size_t skip, size_t count,
                                   bool is_wide) {
    struct ArrowArray *array = new_array(count, skip, 3);
    size_t bytes = 0, unknown = 0;
    for (size_t i = 0; i < count; i++) bytes += known[i] ? texts[i].size_bytes : 0;
    char *data = take(bytes);
    void *offsets = take((skip + count + 1) * 8);
    uint8_t *validity = take((skip + count + 7) / 8);
    bytes = 0;
    for (size_t i = 0; i < count; i++) {
        put_offset(offsets, is_wide, skip + i, bytes);
        set_bit(validity, skip + i, known[i]);
        unknown += !known[i];
        if (!known[i] || texts[i].size_bytes == 0) continue;
        memcpy(data + bytes, texts[i].bytes, texts[i].size_bytes);
        bytes += texts[i].size_bytes;
    }
    put_offset(offsets, is_wide, skip + count, bytes);
    array->null_count = (int64_t)unknown;
    array->buffers[0] = validity;
    array->buffers[1] = offsets;
    array->buffers[2] = data;
    return array;
}

static bool same_text(seg_text a, seg_text b) {
    return a.size_bytes == b.size_bytes && (a.size_bytes == 0 || memcmp(a.bytes, b.bytes, a.size_bytes) == 0);
}

/* Codes into a dictionary, in which some texts stand twice, some for nobody, and some are null. */
static struct ArrowArray *dictionary_of(const seg_text *texts, const bool *known, size_t rows, char letter,
                                        bool is_wide, size_t skip, seg_random *random) {
    size_t size_bytes = strchr("cC", letter) ? 1 : strchr("sS", letter) ? 2 : strchr("iI", letter) ? 4 : 8;
    seg_text entries[120] = {{"nobody's", 8}};
    bool entry_known[120] = {true};
    size_t count = 1;
    struct ArrowArray *array = new_array(rows, skip, 2);
    uint8_t *codes = junk((skip + rows) * size_bytes, random), *bits = junk((skip + rows + 7) / 8, random);
    for (size_t i = 0; i < rows; i++) {
        size_t code = 0;
        if (known[i]) {
            while (code < count && !(entry_known[code] && same_text(entries[code], texts[i]))) code++;
            if (code == count || (count < 60 && seg_random_chance(random, 10))) {
                if (seg_random_chance(random, 20)) entry_known[count++] = false;
                entries[code = count] = texts[i];
                entry_known[count++] = true;
            }
        }
        for (size_t j = 0; !known[i] && j < count; j++)
            if (!entry_known[j]) code = j;
        bool is_null_entry = !known[i] && !entry_known[code];
        set_bit(bits, skip + i, known[i] || is_null_entry);
        if (known[i] || is_null_entry) memcpy(codes + (skip + i) * size_bytes, &code, size_bytes);
    }
    array->null_count = -1;
    array->buffers[0] = bits;
    array->buffers[1] = codes;
    array->dictionary = texts_of(entries, entry_known, seg_random_below(random, 3), count, is_wide);
    return array;
}

static void add_texts(seg_arrow *arrow, const char *name, const seg_text *texts, const bool *known,
                      size_t skip, seg_random *random) {
    static const char letters[] = "cCsSiIlL";
    bool is_wide = seg_random_chance(random, 40), has_dictionary = seg_random_chance(random, 60);
    size_t first = (size_t)arrow->first, rows = arrow->rows + first, own = skip - first;
    seg_text *all = take(rows * sizeof *all);
    bool *all_known = take(rows * sizeof *all_known);
    memcpy(all + first, texts, arrow->rows * sizeof *all);
    memcpy(all_known + first, known, arrow->rows * sizeof *known);
    const char letter[2] = {letters[seg_random_below(random, 8)], '\0'};
    struct ArrowSchema *schema = new_schema(has_dictionary ? letter : is_wide ? "U" : "u", name);
    if (has_dictionary) schema->dictionary = new_schema(is_wide ? "U" : "u", "");
    arrow->schema.children[arrow->schema.n_children++] = schema;
    arrow->array.children[arrow->array.n_children++] =
        has_dictionary ? dictionary_of(all, all_known, rows, letter[0], is_wide, own, random)
                       : texts_of(all, all_known, own, rows, is_wide);
    free(all);
    free(all_known);
}

static void add_sets(seg_arrow *arrow, const char *name, const seg_value *values, size_t skip,
                     seg_random *random) {
    bool is_long = seg_random_chance(random, 40), is_wide = seg_random_chance(random, 40);
    size_t count = 0;
    for (size_t i = 0; i < arrow->rows; i++) count += values[i].known ? values[i].as.set.count : 0;
    seg_text *items = take(count * sizeof *items);
    bool *known = take(count * sizeof *known);
    void *offsets = take((skip + arrow->rows + 1) * 8);
    count = 0;
    for (size_t i = 0; i < arrow->rows; i++) {
        put_offset(offsets, is_long, skip + i, count);
        for (size_t j = 0; values[i].known && j < values[i].as.set.count; j++) {
            known[count] = true;
            items[count++] = values[i].as.set.items[j];
        }
    }
    put_offset(offsets, is_long, skip + arrow->rows, count);
    struct ArrowArray *array = new_array((size_t)arrow->first + arrow->rows, skip - (size_t)arrow->first, 2);
    add_validity(array, values, skip, arrow->rows, random);
    array->buffers[1] = offsets;
    array->n_children = 1;
    array->children = take(sizeof(void *));
    array->children[0] = texts_of(items, known, seg_random_below(random, 3), count, is_wide);
    struct ArrowSchema *schema = new_schema(is_long ? "+L" : "+l", name);
    schema->n_children = 1;
    schema->children = take(sizeof(void *));
    schema->children[0] = new_schema(is_wide ? "U" : "u", "item");
    arrow->schema.children[arrow->schema.n_children++] = schema;
    arrow->array.children[arrow->array.n_children++] = array;
    free(items);
    free(known);
}

void seg_arrow_add(seg_arrow *arrow, const char *name, const seg_image *image, const seg_field_info *field,
                   const seg_value *values, seg_random *random) {
    size_t skip = (size_t)arrow->first + (seg_random_chance(random, 50) ? seg_random_below(random, 70) : 0);
    if (field->type == SEG_SET)
        add_sets(arrow, name, values, skip, random);
    else if (field->type == SEG_BOOL)
        add_bools(arrow, name, values, skip, random);
    else if (field->type == SEG_TEXT || field->type == SEG_ZONE || field->type == SEG_ENUM) {
        seg_text *texts = take(arrow->rows * sizeof *texts);
        bool *known = take(arrow->rows * sizeof *known);
        for (size_t i = 0; i < arrow->rows; i++) {
            known[i] = values[i].known;
            if (known[i])
                texts[i] = field->type == SEG_ENUM
                               ? seg_image_enum_name(image, field, (uint32_t)values[i].as.i)
                               : values[i].as.text;
        }
        add_texts(arrow, name, texts, known, skip, random);
        free(texts);
        free(known);
    } else
        add_numbers(arrow, name, field, values, skip, random);
}

static void free_array(struct ArrowArray *array) {
    for (int64_t i = 0; i < array->n_buffers; i++) free((void *)(uintptr_t)array->buffers[i]);
    free(array->buffers);
}

void seg_arrow_free(seg_arrow *arrow) {
    for (int64_t i = 0; i < arrow->array.n_children; i++) {
        struct ArrowArray *array = arrow->array.children[i];
        struct ArrowSchema *schema = arrow->schema.children[i];
        struct ArrowArray *inner = array->dictionary ? array->dictionary
                                   : array->children ? array->children[0]
                                                     : NULL;
        struct ArrowSchema *inner_schema = schema->dictionary ? schema->dictionary
                                           : schema->children ? schema->children[0]
                                                              : NULL;
        if (inner) free_array(inner);
        free(inner);
        if (inner_schema) free((void *)(uintptr_t)inner_schema->format);
        free(inner_schema);
        free(array->children);
        free(schema->children);
        free_array(array);
        free((void *)(uintptr_t)schema->format);
        free(array);
        free(schema);
    }
    free(arrow->array.children);
    free(arrow->schema.children);
    free_array(&arrow->array);
}
