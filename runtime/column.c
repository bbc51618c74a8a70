/* column.c - Arrow's types and buffers. */
#include "column.h"

#include <string.h>

#include "base/checked.h"
#include "calendar.h"
#include "error.h"
#include "value.h"
#include "vm.h"

static seg_text name_of(const seg_column *column) {
    if (column->label) return (seg_text){column->label, strlen(column->label)};
    return seg_view_text(column->image, column->field->name);
}

static seg_status refuse(const seg_column *column, seg_status status, const char *what, seg_error *error) {
    seg_text name = name_of(column);
    return seg_error_set(error, status, 0, "column %.*s: %s",
                         name.size_bytes > 64 ? 64 : (int)name.size_bytes, name.bytes, what);
}

seg_status seg_column_refuse(const seg_column *column, size_t row, const char *what, seg_error *error) {
    seg_text name = name_of(column);
    return seg_error_set(error, SEG_E_FACT, 0, "column %.*s, row %llu: %s",
                         name.size_bytes > 64 ? 64 : (int)name.size_bytes, name.bytes,
                         (unsigned long long)row, what);
}

/* ---- types -----------------------------------------------------------------------------------------------
 */

/* SEG_FORM_COUNT: not an integer. */
static seg_form integer_form(const char *format) {
    static const char letters[] = "cCsSiIlL";
    static const seg_form forms[] = {SEG_FORM_I8,  SEG_FORM_U8,  SEG_FORM_I16, SEG_FORM_U16,
                                     SEG_FORM_I32, SEG_FORM_U32, SEG_FORM_I64, SEG_FORM_U64};
    const char *found = format[0] && !format[1] ? strchr(letters, format[0]) : NULL;
    return found ? forms[found - letters] : SEG_FORM_COUNT;
}

static bool is_text(const char *format) { return strcmp(format, "u") == 0 || strcmp(format, "U") == 0; }

static __int128 power_of_ten(int exponent) {
    __int128 power = 1;
    while (exponent-- > 0) power *= 10;
    return power;
}

/* "d:19,2", of 128 bits; its scale. */
static bool read_decimal(const char *format, int *scale) {
    if (strncmp(format, "d:", 2) != 0) return false;
    const char *at = format + 2;
    int digits = 0;
    for (*scale = 0; *at >= '0' && *at <= '9' && digits < 100; at++) digits = digits * 10 + (*at - '0');
    if (*at++ != ',' || *at < '0' || *at > '9') return false;
    for (; *at >= '0' && *at <= '9' && *scale < 100; at++) *scale = *scale * 10 + (*at - '0');
    return digits <= 38 && *scale <= 38 && (*at == '\0' || strcmp(at, ",128") == 0);
}

static void scale_to(seg_column *column, int from) {
    int to = column->field->scale;
    column->turn = from == to ? SEG_TURN_NONE : from < to ? SEG_TURN_MULTIPLY : SEG_TURN_EXACT;
    column->unit = power_of_ten(from < to ? to - from : from - to);
}

/* Units of Arrow's times and durations: s, m, u, n. */
static bool set_unit(seg_column *column, char unit) {
    column->form = SEG_FORM_I64;
    switch (unit) {
    case 's':
        column->turn = SEG_TURN_MULTIPLY;
        column->unit = 1000;
        return true;
    case 'm': return true;
    case 'u':
        column->turn = SEG_TURN_CUT;
        column->unit = 1000;
        return true;
    case 'n':
        column->turn = SEG_TURN_CUT;
        column->unit = 1000000;
        return true;
    default: return false;
    }
}

static bool bind_number(seg_column *column, const char *format) {
    int scale;
    seg_form form = integer_form(format);
    if (form != SEG_FORM_COUNT) {
        column->form = form;
        if (column->field->type == SEG_DECIMAL) scale_to(column, 0);
        if (column->field->type == SEG_FLOAT) column->turn = SEG_TURN_FLOAT;
        return true;
    }
    if (column->field->type == SEG_DECIMAL && read_decimal(format, &scale)) {
        column->form = SEG_FORM_I128;
        scale_to(column, scale);
        return true;
    }
    if (column->field->type != SEG_FLOAT || (strcmp(format, "f") != 0 && strcmp(format, "g") != 0))
        return false;
    column->form = *format == 'g' ? SEG_FORM_F64 : SEG_FORM_F32;
    if (*format == 'f') column->turn = SEG_TURN_FLOAT;
    return true;
}

static bool bind_text(seg_column *column, const struct ArrowSchema *schema) {
    const char *format = schema->format;
    column->form = SEG_FORM_CODES;
    if (schema->dictionary) {
        column->is_dictionary = true;
        column->code_form = integer_form(format);
        format = schema->dictionary->format;
        if (column->code_form == SEG_FORM_COUNT || !format) return false;
    }
    column->texts.is_wide = *format == 'U';
    return is_text(format);
}

static bool bind_set(seg_column *column, const struct ArrowSchema *schema) {
    column->form = SEG_FORM_LISTS;
    if (strcmp(schema->format, "+l") != 0 && strcmp(schema->format, "+L") != 0) return false;
    column->code_form = schema->format[1] == 'L' ? SEG_FORM_I64 : SEG_FORM_I32; /* of the offsets */
    if (schema->n_children != 1 || !schema->children || !schema->children[0] ||
        !schema->children[0]->format || schema->children[0]->dictionary ||
        !is_text(schema->children[0]->format))
        return false;
    column->texts.is_wide = schema->children[0]->format[0] == 'U';
    return true;
}

static bool bind(seg_column *column, const struct ArrowSchema *schema) {
    const char *format = schema->format;
    switch (column->field->type) {
    case SEG_TEXT:
    case SEG_ZONE:
    case SEG_ENUM: return bind_text(column, schema);
    case SEG_SET: return bind_set(column, schema);
    default: break;
    }
    if (schema->dictionary) return false;
    switch (column->field->type) {
    case SEG_BOOL: column->form = SEG_FORM_BITS; return strcmp(format, "b") == 0;
    case SEG_TIME:
        return strncmp(format, "ts", 2) == 0 && format[2] && format[3] == ':' && set_unit(column, format[2]);
    case SEG_DATE:
        column->form = SEG_FORM_I32;
        if (strcmp(format, "tdD") == 0) return true;
        column->form = SEG_FORM_I64;
        column->turn = SEG_TURN_CUT;
        column->unit = SEG_DAY_MS;
        return strcmp(format, "tdm") == 0;
    case SEG_DURATION:
        if (strcmp(format, "l") == 0) return set_unit(column, 'm');
        return strncmp(format, "tD", 2) == 0 && format[2] && !format[3] && set_unit(column, format[2]);
    default: return bind_number(column, format);
    }
}

seg_status seg_column_bind_field(seg_column *column, const seg_image *image, const seg_image_field *field,
                                 const char *label, uint32_t child, const struct ArrowSchema *schema,
                                 seg_error *error) {
    static const char *const takes[] = {
        [SEG_BOOL] = "bool",
        [SEG_INT] = "an integer",
        [SEG_DECIMAL] = "decimal128 or an integer",
        [SEG_FLOAT] = "float, double or an integer",
        [SEG_TEXT] = "utf8, large utf8 or a dictionary of them",
        [SEG_ENUM] = "utf8, large utf8 or a dictionary of them",
        [SEG_TIME] = "a timestamp",
        [SEG_DATE] = "date32 or date64",
        [SEG_DURATION] = "a duration or int64 of milliseconds",
        [SEG_SET] = "a list of utf8",
        [SEG_ZONE] = "utf8, large utf8 or a dictionary of them",
    };
    *column = (seg_column){
        .image = image, .field = field, .label = label, .record = SEG_NONE, .child = child, .unit = 1};
    if (bind(column, schema)) return SEG_OK;
    seg_text name = name_of(column);
    return seg_error_set(
        error, SEG_E_USAGE, 0, "column %.*s must be %s, and is of the Arrow format \"%.24s\"%s",
        name.size_bytes > 48 ? 48 : (int)name.size_bytes, name.bytes, takes[column->field->type],
        schema->format, schema->dictionary ? " (a dictionary)" : "");
}

seg_status seg_column_bind(seg_column *column, const seg_image *image, uint32_t record, uint32_t child,
                           const struct ArrowSchema *schema, seg_error *error) {
    const seg_image_field *field = &image->fields[image->events[record].fields.first];
    seg_status status = seg_column_bind_field(column, image, field, NULL, child, schema, error);
    if (status != SEG_OK) return status;
    bool is_id = record == image->header->event_count + image->header->attribute_count;
    if (is_id && !column->is_dictionary) column->form = SEG_FORM_TEXTS;
    column->record = record;
    return SEG_OK;
}

void seg_column_range(const seg_column *column, int64_t *least, int64_t *most) {
    static const int64_t ranges[SEG_FORM_COMPARED][2] = {
        {INT8_MIN, INT8_MAX},   {0, UINT8_MAX},  {INT16_MIN, INT16_MAX}, {0, UINT16_MAX},
        {INT32_MIN, INT32_MAX}, {0, UINT32_MAX}, {INT64_MIN, INT64_MAX}, {0, 0}};
    *least = ranges[column->form][0];
    *most = ranges[column->form][1];
}

/* ---- arrays
 * ------------------------------------------------------------------------------------------------ */

static bool is_aligned(const void *buffer, size_t size_bytes) {
    return size_bytes == 0 || (uintptr_t)buffer % (size_bytes > 8 ? 8 : size_bytes) == 0;
}

/* An array with so many buffers that holds elements up to `end`; `offset` becomes where element 0 lies. */
static bool has_room(const struct ArrowArray *array, int64_t buffers, size_t end, size_t *offset) {
    size_t last;
    if (!array || array->length < 0 || array->offset < 0 || array->n_buffers != buffers || !array->buffers)
        return false;
    *offset = (size_t)array->offset;
    return (size_t)array->length >= end && seg_add_size(*offset, end, &last) && last < SIZE_MAX / 32;
}

static bool open_texts(seg_texts *texts, const struct ArrowArray *array, size_t count) {
    if (!has_room(array, 3, count, &texts->first)) return false;
    texts->validity = array->null_count == 0 ? NULL : array->buffers[0];
    texts->offsets = array->buffers[1];
    texts->bytes = array->buffers[2];
    if (count == 0) return true;
    if (!texts->offsets || !is_aligned(texts->offsets, texts->is_wide ? 8 : 4) ||
        !seg_texts_check(texts, count))
        return false;
    seg_text text;
    for (size_t i = 0; !texts->bytes && i < count; i++)
        if (seg_texts_get(texts, i, &text) && text.size_bytes > 0) return false;
    return true;
}

static int64_t list_offset(const seg_column *column, size_t row) {
    if (column->code_form == SEG_FORM_I64) return ((const int64_t *)column->values)[column->first + row];
    return ((const int32_t *)column->values)[column->first + row];
}

static bool open_lists(seg_column *column, const struct ArrowArray *array, size_t rows, seg_arena *arena) {
    if (array->n_children != 1 || !array->children || !array->children[0] || array->children[0]->length < 0)
        return false;
    column->text_count = (size_t)array->children[0]->length;
    if (!open_texts(&column->texts, array->children[0], column->text_count)) return false;
    int64_t before = 0;
    for (size_t i = 0; rows > 0 && i <= rows; i++) {
        int64_t here = list_offset(column, i);
        if (here < before || (uint64_t)here > column->text_count) return false;
        before = here;
    }
    column->items = seg_arena_take_array(arena, SEG_SET_LIMIT, sizeof *column->items);
    return true;
}

seg_status seg_column_open(seg_column *column, const struct ArrowArray *array, size_t offset, size_t rows,
                           seg_arena *arena, seg_error *error) {
    bool is_texts =
        (column->form == SEG_FORM_CODES && !column->is_dictionary) || column->form == SEG_FORM_TEXTS;
    size_t end;
    if (!seg_add_size(offset, rows, &end) || !has_room(array, is_texts ? 3 : 2, end, &column->first))
        return refuse(column, SEG_E_USAGE, "the array has not the buffers or the length that it needs",
                      error);
    column->first += offset;
    column->validity = array->null_count == 0 ? NULL : array->buffers[0];
    column->values = array->buffers[1];
    column->own_codes = NULL;
    if (rows > 0 && !column->values) return refuse(column, SEG_E_USAGE, "the array has no values", error);
    seg_form form =
        column->form == SEG_FORM_CODES || column->form == SEG_FORM_LISTS ? column->code_form : column->form;
    if (!is_texts && !is_aligned(column->values, seg_form_bytes(form)))
        return refuse(column, SEG_E_USAGE, "the array's values do not lie at a multiple of their size",
                      error);
    bool fine = true;
    if (is_texts) {
        fine = open_texts(&column->texts, array, end);
        column->texts.first = column->first;
    } else if (column->form == SEG_FORM_LISTS) {
        fine = open_lists(column, array, rows, arena);
    } else if (column->form == SEG_FORM_CODES) {
        fine = array->dictionary && array->dictionary->length >= 0;
        column->text_count = fine ? (size_t)array->dictionary->length : 0;
        fine = fine && open_texts(&column->texts, array->dictionary, column->text_count);
    }
    if (!fine)
        return refuse(column, SEG_E_USAGE, "texts or lists have offsets out of order or out of range", error);
    if (arena->failed) return refuse(column, SEG_E_MEMORY, "no memory", error);
    return column->form == SEG_FORM_CODES ? seg_column_encode(column, rows, arena, error) : SEG_OK;
}

/* ---- single words
 * ------------------------------------------------------------------------------------------ */

static __int128 integer_at(const seg_column *column, size_t row, seg_form form) {
    size_t at = column->first + row;
    __int128 wide;
    switch (form) {
    case SEG_FORM_I8: return ((const int8_t *)column->values)[at];
    case SEG_FORM_U8: return ((const uint8_t *)column->values)[at];
    case SEG_FORM_I16: return ((const int16_t *)column->values)[at];
    case SEG_FORM_U16: return ((const uint16_t *)column->values)[at];
    case SEG_FORM_I32: return ((const int32_t *)column->values)[at];
    case SEG_FORM_U32: return ((const uint32_t *)column->values)[at];
    case SEG_FORM_I64: return ((const int64_t *)column->values)[at];
    case SEG_FORM_U64: return ((const uint64_t *)column->values)[at];
    default: memcpy(&wide, (const char *)column->values + at * sizeof wide, sizeof wide); return wide;
    }
}

static const char *check_float(double value, int64_t *word) {
    *word = seg_float_word(value);
    return __builtin_isfinite(value) ? NULL : "the number is not finite";
}

static bool is_in(__int128 value, int64_t least, int64_t most) { return value >= least && value <= most; }

/* NULL, or what is wrong with the known value of a row. Not for texts and sets. */
static const char *word_at(const seg_column *column, size_t row, int64_t *word) {
    size_t at = column->first + row;
    *word = 0;
    if (column->form == SEG_FORM_BITS) {
        *word = ((const uint8_t *)column->values)[at / 8] >> (at % 8) & 1;
        return NULL;
    }
    if (column->form == SEG_FORM_F64) return check_float(((const double *)column->values)[at], word);
    if (column->form == SEG_FORM_F32) return check_float(((const float *)column->values)[at], word);
    __int128 value = integer_at(column, row, column->form);
    switch (column->turn) {
    case SEG_TURN_FLOAT: return check_float((double)value, word);
    case SEG_TURN_MULTIPLY:
        if (__builtin_mul_overflow(value, column->unit, &value)) return "the number is out of range";
        break;
    case SEG_TURN_EXACT:
        if (value % column->unit != 0)
            return "the number has more digits behind the point than its attribute";
        value /= column->unit;
        break;
    case SEG_TURN_CUT: value = value / column->unit - (value % column->unit < 0); break;
    default: break;
    }
    *word = (int64_t)value;
    switch (column->field->type) {
    case SEG_TIME:
        return is_in(value, SEG_TIME_MIN, SEG_TIME_MAX) ? NULL : "the time is outside the years 1 to 9999";
    case SEG_DATE:
        return is_in(value, SEG_DATE_MIN, SEG_DATE_MAX) ? NULL : "the date is outside the years 1 to 9999";
    default: return is_in(value, -INT64_MAX, INT64_MAX) ? NULL : "the number is out of range";
    }
}

static void set_missing(const seg_column *column, size_t rows, int64_t *words) {
    for (size_t i = 0; column->validity && i < rows; i += SEG_GROUP) {
        uint64_t unknown = ~column->known[i / SEG_GROUP];
        if (rows - i < SEG_GROUP) unknown &= (UINT64_C(1) << (rows - i)) - 1;
        for (; unknown; unknown &= unknown - 1) words[i + (size_t)__builtin_ctzll(unknown)] = SEG_MISSING;
    }
}

#define WIDEN(type)                                                                                          \
    {                                                                                                        \
        const type *v = (const type *)column->values + column->first + from;                                 \
        for (size_t i = 0; i < rows; i++) words[i] = (int64_t)v[i];                                          \
        break;                                                                                               \
    }

/* Integers that seg_column_load has checked, as they lie. False: they have to be converted. */
static bool widen(const seg_column *column, size_t from, size_t rows, int64_t *words) {
    if (!seg_column_is_native(column) || column->form == SEG_FORM_F64) return false;
    switch (column->form) {
    case SEG_FORM_I8: WIDEN(int8_t)
    case SEG_FORM_U8: WIDEN(uint8_t)
    case SEG_FORM_I16: WIDEN(int16_t)
    case SEG_FORM_U16: WIDEN(uint16_t)
    case SEG_FORM_I32: WIDEN(int32_t)
    case SEG_FORM_U32: WIDEN(uint32_t)
    default: WIDEN(int64_t)
    }
    set_missing(column, rows, words);
    return true;
}

/* Decimals of the attribute's own scale. False: the rows have to be looked at one by one. */
static bool cut(const seg_column *column, const seg_kernels *kernels, size_t from, size_t rows,
                int64_t *words) {
    if (column->form != SEG_FORM_I128 || column->turn != SEG_TURN_NONE) return false;
    if (!kernels->lower_halves(seg_column_at(column, from), rows, words)) return false;
    set_missing(column, rows, words);
    return true;
}

seg_status seg_column_words(const seg_column *column, const seg_kernels *kernels, size_t from, size_t rows,
                            int64_t *words, seg_error *error) {
    if (widen(column, from, rows, words) || cut(column, kernels, from, rows, words)) return SEG_OK;
    for (size_t i = 0; i < rows; i++) {
        const char *fault = NULL;
        if (seg_bitmap_get(column->known, i))
            fault = word_at(column, from + i, &words[i]);
        else
            words[i] = SEG_MISSING;
        if (fault) return seg_column_refuse(column, from + i, fault, error);
    }
    return SEG_OK;
}

/* ---- vectors of rows
 * ----------------------------------------------------------------------------------------- */

static seg_status refuse_bits(const seg_column *column, size_t from, size_t rows, const uint64_t *wrong,
                              const char *what, seg_error *error) {
    for (size_t i = 0; i * SEG_GROUP < rows; i++)
        if (wrong[i] & column->known[i])
            return seg_column_refuse(
                column, from + i * SEG_GROUP + (size_t)__builtin_ctzll(wrong[i] & column->known[i]), what,
                error);
    return SEG_OK;
}

/* Values that lie there as they are compared: nobody has looked at them yet. What is found first may lie
 * under null; then the rows are looked at one by one. */
static seg_status check_native(const seg_column *column, const seg_kernels *kernels, size_t from, size_t rows,
                               seg_error *error) {
    const void *values = seg_column_at(column, from);
    int64_t least = -INT64_MAX, most = INT64_MAX;
    bool any = false;
    if (column->field->type == SEG_TIME) least = SEG_TIME_MIN, most = SEG_TIME_MAX;
    if (column->field->type == SEG_DATE) least = SEG_DATE_MIN, most = SEG_DATE_MAX;
    if (column->form == SEG_FORM_F64)
        any = kernels->any_infinite(values, rows);
    else if (column->form == SEG_FORM_I64)
        any = kernels->any_outside_i64(values, rows, least, most);
    else if (column->field->type == SEG_DATE)
        any = kernels->any_outside_i32(values, rows, (int32_t)least, (int32_t)most);
    for (size_t i = 0; any && i < rows; i++) {
        int64_t word;
        const char *fault = seg_bitmap_get(column->known, i) ? word_at(column, from + i, &word) : NULL;
        if (fault) return seg_column_refuse(column, from + i, fault, error);
    }
    return SEG_OK;
}

/* The signed forms are looked at as unsigned ones: what is negative is then out of range as well. */
static seg_status check_codes(const seg_column *column, const seg_kernels *kernels, size_t from, size_t rows,
                              uint64_t *wrong, seg_error *error) {
    static const char what[] = "its code is outside the dictionary";
    int64_t least, most;
    seg_form form = column->code_form;
    if (form == SEG_FORM_U64 || form == SEG_FORM_I64) {
        for (size_t i = 0; i < rows; i++)
            if (seg_bitmap_get(column->known, i) &&
                ((const uint64_t *)column->values)[column->first + from + i] >= column->entry_count)
                return seg_column_refuse(column, from + i, what, error);
        return SEG_OK;
    }
    if (form == SEG_FORM_I8 || form == SEG_FORM_I16 || form == SEG_FORM_I32) form++;
    seg_column_range(&(seg_column){.form = form}, &least, &most);
    if (column->entry_count > most) return SEG_OK;
    const char *values = (const char *)column->values + (column->first + from) * seg_form_bytes(form);
    if (column->entry_count == 0)
        memset(wrong, 0xff, (rows + SEG_GROUP - 1) / SEG_GROUP * sizeof *wrong);
    else
        seg_bitmap_compare(kernels, form, SEG_RELATION_GT, values, rows, (int64_t)column->entry_count - 1,
                           NULL, wrong);
    return refuse_bits(column, from, rows, wrong, what, error);
}

#define LOAD_CODES(type)                                                                                     \
    {                                                                                                        \
        const type *v = (const type *)column->values + column->first + from;                                 \
        if (column->codes_narrow)                                                                            \
            for (size_t i = 0; i < rows; i++) column->codes_narrow[i] = (uint8_t)v[i];                       \
        else                                                                                                 \
            for (size_t i = 0; i < rows; i++) column->codes[i] = (uint32_t)v[i];                             \
        break;                                                                                               \
    }

/* Where nothing is known the code is that of the entry behind the dictionary. */
static void load_codes(seg_column *column, size_t from, size_t rows) {
    switch (column->code_form) {
    case SEG_FORM_I8:
    case SEG_FORM_U8:
        if (!column->codes_narrow) LOAD_CODES(uint8_t)
        memcpy(column->codes_narrow, (const uint8_t *)column->values + column->first + from, rows);
        break;
    case SEG_FORM_I16:
    case SEG_FORM_U16: LOAD_CODES(uint16_t)
    case SEG_FORM_I32:
    case SEG_FORM_U32: LOAD_CODES(uint32_t)
    default: LOAD_CODES(uint64_t)
    }
    for (size_t i = 0; i * SEG_GROUP < rows; i++) {
        size_t left = rows - i * SEG_GROUP;
        uint64_t unknown = ~column->known[i] & (left >= SEG_GROUP ? UINT64_MAX : (UINT64_C(1) << left) - 1);
        for (; unknown; unknown &= unknown - 1) {
            size_t row = i * SEG_GROUP + (size_t)__builtin_ctzll(unknown);
            if (column->codes_narrow)
                column->codes_narrow[row] = (uint8_t)column->entry_count;
            else
                column->codes[row] = column->entry_count;
        }
    }
}

static seg_status check_names(const seg_column *column, size_t from, size_t rows, seg_error *error) {
    for (size_t i = 0; i < rows && column->is_foreign; i++) {
        uint32_t code = column->codes_narrow ? column->codes_narrow[i] : column->codes[i];
        if (column->is_foreign[code])
            return seg_column_refuse(column, from + i, "not a value of the enum", error);
    }
    return SEG_OK;
}

seg_status seg_column_load(seg_column *column, const seg_kernels *kernels, size_t from, size_t rows,
                           uint64_t *scratch, seg_error *error) {
    size_t groups = (rows + SEG_GROUP - 1) / SEG_GROUP;
    if (column->validity)
        seg_bitmap_copy(column->validity, column->first + from, rows, column->known);
    else
        memset(column->known, 0xff, groups * sizeof *column->known);
    if (!column->validity && rows % SEG_GROUP)
        column->known[groups - 1] = (UINT64_C(1) << rows % SEG_GROUP) - 1;
    if (column->form == SEG_FORM_CODES) {
        seg_status status = SEG_OK;
        if (column->own_codes && column->codes_narrow)
            for (size_t i = 0; i < rows; i++) column->codes_narrow[i] = (uint8_t)column->own_codes[from + i];
        else if (column->own_codes)
            memcpy(column->codes, column->own_codes + from, rows * sizeof *column->codes);
        else {
            status = check_codes(column, kernels, from, rows, scratch, error);
            if (status == SEG_OK) load_codes(column, from, rows);
        }
        return status == SEG_OK ? check_names(column, from, rows, error) : status;
    }
    return seg_column_is_native(column) ? check_native(column, kernels, from, rows, error) : SEG_OK;
}

seg_status seg_column_value(const seg_column *column, size_t from, size_t row, seg_value *value,
                            seg_error *error) {
    *value = (seg_value){.known = seg_bitmap_get(column->known, row)};
    if (!value->known) return SEG_OK;
    if (column->form == SEG_FORM_CODES) {
        *value = column->entries[column->codes_narrow ? column->codes_narrow[row] : column->codes[row]];
        return SEG_OK;
    }
    if (column->form == SEG_FORM_TEXTS) {
        value->known = seg_texts_get(&column->texts, from + row, &value->as.text);
        return SEG_OK;
    }
    if (column->form == SEG_FORM_LISTS) {
        size_t first = (size_t)list_offset(column, from + row),
               end = (size_t)list_offset(column, from + row + 1);
        if (end - first > SEG_SET_LIMIT)
            return seg_column_refuse(column, from + row, "the set has more than 4096 members", error);
        value->as.set.items = column->items;
        value->as.set.count = 0;
        for (size_t i = first; i < end; i++)
            if (seg_texts_get(&column->texts, i, &column->items[value->as.set.count])) value->as.set.count++;
        return SEG_OK;
    }
    int64_t word;
    const char *fault = word_at(column, from + row, &word);
    if (fault) return seg_column_refuse(column, from + row, fault, error);
    if (column->field->type == SEG_FLOAT)
        value->as.f = seg_word_float(word);
    else
        value->as.i = word;
    return SEG_OK;
}
