#include "fact.h"

#include "calendar.h"
#include "error.h"

/* ---- is it what its declaration says? -------------------------------------------------------------- */

/* NULL, or what is wrong with a known value. */
static const char *value_fault(const seg_image_field *field, const seg_value *value) {
    int64_t i = value->as.i;
    switch (field->type) {
    case SEG_BOOL: return i == 0 || i == 1 ? NULL : "a bool is 0 or 1";
    case SEG_ENUM: return i >= 0 && i < (int64_t)field->values.count ? NULL : "not a value of the enum";
    case SEG_TIME:
        return i >= SEG_TIME_MIN && i <= SEG_TIME_MAX ? NULL : "the time is outside the years 1 to 9999";
    case SEG_DATE:
        return i >= SEG_DATE_MIN && i <= SEG_DATE_MAX ? NULL : "the date is outside the years 1 to 9999";
    case SEG_FLOAT: return __builtin_isfinite(value->as.f) ? NULL : "the number is not finite";
    case SEG_SET: return value->as.set.count <= SEG_SET_LIMIT ? NULL : "the set has more than 4096 members";
    case SEG_TEXT:
    case SEG_ZONE: return NULL;
    default: return i == INT64_MIN ? "the number is out of range" : NULL;
    }
}

static seg_status field_error(const seg_image *image, uint32_t number, uint32_t field, const char *what,
                              seg_error *error) {
    seg_text name = seg_view_text(image, image->fields[image->events[number].fields.first + field].name);
    seg_text of = seg_view_text(image, image->events[number].name);
    int name_bytes = name.size_bytes > 48 ? 48 : (int)name.size_bytes;
    int of_bytes = of.size_bytes > 48 ? 48 : (int)of.size_bytes;
    if (number >= image->header->event_count)
        return seg_error_set(error, SEG_E_FACT, 0, "attribute %.*s: %s", name_bytes, name.bytes, what);
    return seg_error_set(error, SEG_E_FACT, 0, "%.*s.%.*s: %s", of_bytes, of.bytes, name_bytes, name.bytes,
                         what);
}

seg_status seg_fact_check(const seg_image *image, uint32_t number, const seg_fact *fact, seg_error *error) {
    if (fact->time < SEG_TIME_MIN || fact->time > SEG_TIME_MAX)
        return seg_error_set(error, SEG_E_TIME, 0, "the fact's time is outside the years 1 to 9999");
    for (uint32_t i = 0; i < fact->count; i++) {
        if (!fact->values[i].known) {
            if (fact->fields[i].required) return field_error(image, number, i, "the value is missing", error);
            continue;
        }
        const char *fault = value_fault(&fact->fields[i], &fact->values[i]);
        if (fault) return field_error(image, number, i, fault, error);
    }
    return SEG_OK;
}

/* ---- as words ---------------------------------------------------------------------------------------- */

/* The words of a set's members in scratch memory, ascending, each once; their number. */
static size_t set_words(seg_vm *vm, const seg_value *value, int64_t **words) {
    *words = vm->scratch;
    for (size_t i = 0; i < value->as.set.count; i++) vm->scratch[i] = seg_text_word(value->as.set.items[i]);
    seg_words_sort(vm->scratch, value->as.set.count);
    size_t count = 0;
    for (size_t i = 0; i < value->as.set.count; i++)
        if (count == 0 || vm->scratch[i] != vm->scratch[count - 1]) vm->scratch[count++] = vm->scratch[i];
    return count;
}

int64_t seg_fact_word(seg_vm *vm, uint32_t field) {
    const seg_value *value = &vm->fact->values[field];
    if (!value->known) return SEG_MISSING;
    int64_t *words;
    size_t count;
    switch (vm->fact->fields[field].type) {
    case SEG_FLOAT: return seg_float_word(value->as.f);
    case SEG_TEXT:
    case SEG_ZONE: return seg_text_word(value->as.text);
    case SEG_SET:
        count = set_words(vm, value, &words);
        return seg_text_word((seg_text){(const char *)words, count * sizeof *words});
    default: return value->as.i;
    }
}

int64_t seg_fact_set_size(seg_vm *vm, uint32_t field) {
    const seg_value *value = &vm->fact->values[field];
    int64_t *words;
    return value->known ? (int64_t)set_words(vm, value, &words) : 0;
}

/* ---- tests on texts ------------------------------------------------------------------------------------ */

static bool is_equal(const char *a, const char *b, size_t size_bytes) {
    return size_bytes == 0 || memcmp(a, b, size_bytes) == 0;
}

bool seg_fact_contains(const seg_vm *vm, uint32_t field, uint32_t text) {
    const seg_value *value = &vm->fact->values[field];
    seg_text part = seg_view_text(vm->image, vm->image->texts[text]);
    if (!value->known) return false;
    if (part.size_bytes == 0) return true;
    if (value->as.text.size_bytes < part.size_bytes) return false;
    return memmem(value->as.text.bytes, value->as.text.size_bytes, part.bytes, part.size_bytes) != NULL;
}

bool seg_fact_starts(const seg_vm *vm, uint32_t field, uint32_t text) {
    const seg_value *value = &vm->fact->values[field];
    seg_text part = seg_view_text(vm->image, vm->image->texts[text]);
    return value->known && value->as.text.size_bytes >= part.size_bytes &&
           is_equal(value->as.text.bytes, part.bytes, part.size_bytes);
}

bool seg_fact_ends(const seg_vm *vm, uint32_t field, uint32_t text) {
    const seg_value *value = &vm->fact->values[field];
    seg_text part = seg_view_text(vm->image, vm->image->texts[text]);
    if (!value->known || value->as.text.size_bytes < part.size_bytes) return false;
    if (part.size_bytes == 0) return true;
    return is_equal(value->as.text.bytes + (value->as.text.size_bytes - part.size_bytes), part.bytes,
                    part.size_bytes);
}

bool seg_fact_has(const seg_vm *vm, uint32_t field, uint32_t text) {
    const seg_value *value = &vm->fact->values[field];
    seg_text part = seg_view_text(vm->image, vm->image->texts[text]);
    if (!value->known) return false;
    for (size_t i = 0; i < value->as.set.count; i++) {
        seg_text item = value->as.set.items[i];
        if (item.size_bytes == part.size_bytes && is_equal(item.bytes, part.bytes, part.size_bytes))
            return true;
    }
    return false;
}

int64_t seg_fact_bucket(const seg_vm *vm, uint32_t field, uint32_t text) {
    const seg_value *value = &vm->fact->values[field];
    if (!value->known) return SEG_MISSING;
    return seg_text_bucket(value->as.text, seg_view_text(vm->image, vm->image->texts[text]));
}

bool seg_fact_matches(const seg_vm *vm, uint32_t field, uint32_t number) {
    const seg_value *value = &vm->fact->values[field];
    if (!value->known) return false;
    const seg_image_automaton *automaton = &vm->image->automata[number];
    const uint16_t *table = vm->image->tables + automaton->table.first;
    uint32_t state = 1, classes = automaton->classes;
    for (size_t i = 0; i < value->as.text.size_bytes && state != 0; i++)
        state = table[state * classes + automaton->class_of[(uint8_t)value->as.text.bytes[i]]];
    return vm->image->tables[automaton->accepting.first + state] != 0;
}
