#include "arrow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "target.h"

/* What is at hand while a column is made. */
typedef struct maker {
    arrow_pile *pile;
    dice *d;
    uint64_t most;
} maker;

static const char *const words[] = {"",     "x",     "vip",     "free",          "trial",    "pro",
                                    "paid", "promo", "a@b.org", "Europe/Berlin", "/p",       "refunded",
                                    "sale", "\xff",  "abb",     "promo-2026",    "\xc3\xa9", "no/zone"};
enum { WORDS = sizeof words / sizeof *words, WORD_MOST = 16 };

/* Just as many bytes as asked for, so that reading beyond them shows. */
static void *take(arrow_pile *pile, size_t size_bytes) {
    FUZZ_CHECK(pile->count < ARROW_BLOCKS);
    void *block = calloc(1, size_bytes ? size_bytes : 1);
    FUZZ_CHECK(block != NULL);
    return pile->blocks[pile->count++] = block;
}

void arrow_free(arrow_pile *pile) {
    while (pile->count > 0) free(pile->blocks[--pile->count]);
}

static bool rarely(dice *d) { return dice_pick(d, 48) == 47; }

static uint64_t next(uint64_t *random) {
    *random ^= *random << 13, *random ^= *random >> 7, *random ^= *random << 17;
    return *random;
}
static uint64_t seed(dice *d) { return dice_bytes(d, 2) + UINT64_C(88172645463325252); }

/* Integers of a width: mostly small, near a day of 2026 in milliseconds, or any bits. */
static void fill(const maker *m, uint8_t *bytes, size_t count, size_t width) {
    uint64_t random = seed(m->d);
    uint32_t way = dice_pick(m->d, 4);
    for (size_t i = 0; i < count; i++) {
        uint64_t value[2] = {next(&random) % (m->most + 1), 0};
        if (way == 1 && next(&random) % 8 == 0) value[0] = next(&random), value[1] = next(&random);
        if (way == 2) value[0] = UINT64_C(1775000000000) + next(&random) % 8640000000;
        if (way == 3 && next(&random) % 4 == 0) value[0] = ~value[0], value[1] = ~value[1];
        memcpy(bytes + i * width, value, width);
    }
}

static void fill_doubles(const maker *m, double *values, size_t count) {
    static const double edges[] = {0.0, -0.0, 1.5, -2.25, 1e308, 1e-310, 3, 0.5};
    uint64_t random = seed(m->d);
    bool is_wild = rarely(m->d);
    for (size_t i = 0; i < count; i++) {
        values[i] = edges[next(&random) % 8];
        if (is_wild && next(&random) % 8 == 0)
            values[i] = next(&random) % 2 ? __builtin_inf() : __builtin_nan("");
    }
}

static size_t width_of(const char *format) {
    if (!*format) return 8;
    if (strchr("cC", *format) && !format[1]) return 1;
    if (strchr("sS", *format) && !format[1]) return 2;
    if ((strchr("iIf", *format) && !format[1]) || strcmp(format, "tdD") == 0) return 4;
    return *format == 'd' ? 16 : 8;
}

static void set_offset(void *offsets, bool is_wide, size_t at, int64_t value) {
    int32_t narrow = (int32_t)value;
    if (is_wide)
        memcpy((char *)offsets + at * sizeof value, &value, sizeof value);
    else
        memcpy((char *)offsets + at * sizeof narrow, &narrow, sizeof narrow);
}

/* Perhaps one of them is not where it should be; none is beyond what is there. */
static void lie_offset(const maker *m, void *offsets, bool is_wide, size_t count, size_t end) {
    if (rarely(m->d)) {
        size_t at = dice_pick(m->d, (uint32_t)count + 1);
        int64_t value = (int8_t)dice_bytes(m->d, 1) % 8;
        set_offset(offsets, is_wide, at, value < (int64_t)end ? value : (int64_t)end);
    }
    if (rarely(m->d)) set_offset(offsets, is_wide, dice_pick(m->d, (uint32_t)count + 1), (int64_t)end);
}

static void make_texts(const maker *m, const void **buffers, size_t count, bool is_wide) {
    uint8_t *offsets = take(m->pile, (count + 1) * (is_wide ? 8 : 4));
    uint64_t random = seed(m->d);
    uint32_t variety = 1 + dice_pick(m->d, WORDS);
    char text[WORD_MOST];
    size_t size = 0, lengths = 0;
    uint8_t *picks = take(m->pile, count);
    for (size_t i = 0; i < count; i++)
        lengths += strlen(words[picks[i] = (uint8_t)(next(&random) % variety)]);
    char *bytes = take(m->pile, lengths);
    for (size_t i = 0; i < count; i++) {
        int written = snprintf(text, sizeof text, "%s", words[picks[i]]);
        memcpy(bytes + size, text, (size_t)written);
        set_offset(offsets, is_wide, i, (int64_t)size);
        size += (size_t)written;
    }
    set_offset(offsets, is_wide, count, (int64_t)size);
    lie_offset(m, offsets, is_wide, count, size);
    buffers[1] = rarely(m->d) ? NULL : offsets;
    buffers[2] = dice_pick(m->d, 8) == 7 ? NULL : bytes;
}

/* What every array has, and its validity. Returns for how many elements there has to be room. */
static size_t make_head(const maker *m, struct ArrowArray *array, size_t end, int64_t buffers,
                        bool may_be_longer) {
    dice *d = m->d;
    array->offset = dice_pick(d, 2) ? dice_pick(d, 10) : 0;
    array->length = (int64_t)end;
    size_t room = (size_t)array->offset + end;
    if (rarely(d))
        array->length = may_be_longer ? dice_integer(d) : (int64_t)dice_pick(d, (uint32_t)end + 2) - 1;
    if (rarely(d)) array->offset = -(int64_t)dice_pick(d, 4);
    array->n_buffers = rarely(d) ? dice_integer(d) : buffers;
    array->null_count = dice_pick(d, 2) ? -1 : dice_integer(d);
    array->buffers = take(m->pile, 3 * sizeof(void *));
    if (dice_pick(d, 2)) {
        uint64_t random = seed(d);
        uint8_t *bits = take(m->pile, (room + 7) / 8);
        array->buffers[0] = bits;
        for (size_t i = 0; i < (room + 7) / 8; i++) bits[i] = (uint8_t)(next(&random) | next(&random));
    }
    return room;
}

static void drop_buffers(const maker *m, struct ArrowArray *array) {
    if (rarely(m->d)) array->buffers[1] = NULL;
    if (rarely(m->d)) array->buffers = NULL;
}

static struct ArrowArray *make_text_array(const maker *m, size_t end, bool is_wide, bool may_be_longer) {
    struct ArrowArray *array = take(m->pile, sizeof *array);
    size_t room = make_head(m, array, end, 3, may_be_longer);
    make_texts(m, array->buffers, room, is_wide);
    drop_buffers(m, array);
    return array;
}

static void make_values(const maker *m, struct ArrowArray *array, const char *format, size_t end) {
    size_t room = make_head(m, array, end, 2, true), width = width_of(format);
    bool is_bits = strcmp(format, "b") == 0, is_crooked = rarely(m->d);
    size_t size_bytes = is_bits ? (room + 7) / 8 : room * width;
    uint8_t *values = (uint8_t *)take(m->pile, size_bytes + is_crooked) + is_crooked;
    if (strcmp(format, "g") == 0 && !is_crooked)
        fill_doubles(m, (double *)(void *)values, room);
    else
        fill(m, values, is_bits ? size_bytes : room, is_bits ? 1 : width);
    array->buffers[1] = values;
    drop_buffers(m, array);
}

static void make_lists(const maker *m, struct ArrowArray *array, const struct ArrowSchema *schema,
                       size_t end) {
    bool is_wide = schema->format[1] == 'L';
    size_t room = make_head(m, array, end, 2, true), members = dice_pick(m->d, 20);
    uint8_t *offsets = take(m->pile, (room + 1) * (is_wide ? 8 : 4));
    for (size_t i = 0; i <= room; i++) set_offset(offsets, is_wide, i, (int64_t)(members * i / (room + 1)));
    lie_offset(m, offsets, is_wide, room, members);
    array->buffers[1] = offsets;
    array->n_children = rarely(m->d) ? dice_integer(m->d) : 1;
    array->children = take(m->pile, sizeof(void *));
    array->children[0] = make_text_array(m, members, schema->children[0]->format[0] == 'U', false);
    if (rarely(m->d)) array->children[0] = NULL;
    if (rarely(m->d)) array->children = NULL;
    drop_buffers(m, array);
}

/* ---- types --------------------------------------------------------------------------------------- */

static const char *format_of(seg_type type, dice *d) {
    static const char
        *const numbers[] = {"l", "i", "s", "c", "L", "I", "S", "C", "d:18,2", "d:38,4", "g", "f"},
               *const times[] = {"tsm:", "tss:", "tsu:UTC", "tsn:", "tsm:Europe/Berlin"},
               *const dates[] = {"tdD", "tdm"}, *const lengths[] = {"tDm", "l", "tDs", "tDu", "tDn"},
               *const others[] = {"u", "U", "b", "+l", "d:9,40", "tsx:", "ts", "", "+s", "z", "tDq"};
#define PICK(list) list[dice_pick(d, sizeof list / sizeof *list)]
    if (rarely(d)) return PICK(others);
    switch (type) {
    case SEG_BOOL: return "b";
    case SEG_TIME: return PICK(times);
    case SEG_DATE: return PICK(dates);
    case SEG_DURATION: return PICK(lengths);
    case SEG_SET: return dice_pick(d, 2) ? "+L" : "+l";
    case SEG_TEXT:
    case SEG_ENUM:
    case SEG_ZONE: return dice_pick(d, 2) ? "U" : "u";
    default: return PICK(numbers);
    }
#undef PICK
}

static struct ArrowSchema *make_schema(const maker *m, const char *format) {
    struct ArrowSchema *schema = take(m->pile, sizeof *schema);
    schema->format = format;
    return schema;
}

static void add_parts(const maker *m, struct ArrowSchema *schema, struct ArrowArray *array, size_t end) {
    if (schema->format[0] == '+') {
        schema->n_children = rarely(m->d) ? 0 : 1;
        schema->children = take(m->pile, sizeof(void *));
        schema->children[0] = make_schema(m, format_of(SEG_TEXT, m->d));
        make_lists(m, array, schema, end);
        return;
    }
    bool is_text = schema->format[0] == 'u' || schema->format[0] == 'U';
    if (is_text && dice_pick(m->d, 2)) {
        struct ArrowArray *texts = make_text_array(m, end, schema->format[0] == 'U', true);
        *array = *texts;
        return;
    }
    if (is_text) {
        size_t entries = dice_pick(m->d, 4) == 3 ? dice_pick(m->d, 300) : dice_pick(m->d, 6);
        schema->dictionary = make_schema(m, schema->format);
        schema->format = format_of(SEG_INT, m->d);
        maker codes = {m->pile, m->d, entries ? entries - 1 : 0};
        make_values(&codes, array, schema->format, end);
        array->dictionary = make_text_array(m, entries, schema->dictionary->format[0] == 'U', false);
        if (rarely(m->d)) array->dictionary = NULL;
        return;
    }
    make_values(m, array, schema->format, end);
}

void arrow_begin(arrow_table *table, size_t rows, dice *d) {
    *table = (arrow_table){.schema.format = "+s", .array.n_buffers = 1};
    table->schema.children = table->fields;
    table->array.children = table->columns;
    table->array.buffers = table->buffers;
    table->array.length = (int64_t)rows;
    table->array.offset = dice_pick(d, 4) == 3 ? dice_pick(d, 70) : 0;
    table->array.null_count = dice_pick(d, 2) ? -1 : 0;
}

void arrow_add(arrow_table *table, arrow_pile *pile, seg_text name, seg_type type, uint64_t most, dice *d) {
    maker m = {pile, d, most};
    FUZZ_CHECK(table->child_count < ARROW_COLUMNS);
    struct ArrowSchema *schema = make_schema(&m, format_of(type, d));
    struct ArrowArray *array = take(pile, sizeof *array);
    char *copy = take(pile, name.size_bytes + 1);
    memcpy(copy, name.bytes, name.size_bytes);
    schema->name = copy;
    add_parts(&m, schema, array, (size_t)(table->array.offset + table->array.length));
    if (rarely(d) && rarely(d)) schema->name = NULL;
    if (rarely(d) && rarely(d)) schema->format = NULL;
    table->fields[table->child_count] = rarely(d) && rarely(d) ? NULL : schema;
    table->columns[table->child_count++] = rarely(d) && rarely(d) ? NULL : array;
}

void arrow_end(arrow_table *table, arrow_pile *pile, dice *d) {
    table->schema.n_children = table->array.n_children = table->child_count;
    if (!rarely(d)) return;
    switch (dice_pick(d, 8)) {
    case 0: table->schema.n_children = -1; break;
    case 1: table->array.n_children = table->child_count - 1; break;
    case 2: table->schema.children = NULL; break;
    case 3: table->array.children = NULL; break;
    case 4: table->array.length = -1; break;
    case 5: table->array.offset = -1; break;
    case 6: table->array.n_buffers = 0; break;
    default:
        table->buffers[0] = take(pile, (size_t)(table->array.offset + table->array.length + 7) / 8);
        break;
    }
}
