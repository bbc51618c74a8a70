/* dictionary.c - texts of a column: each once, with a code. */
#include "calendar.h"
#include "column.h"
#include "error.h"
#include "value.h"

static int64_t offset_at(const seg_texts *texts, size_t number) {
    if (texts->is_wide) return ((const int64_t *)texts->offsets)[texts->first + number];
    return ((const int32_t *)texts->offsets)[texts->first + number];
}

bool seg_texts_check(const seg_texts *texts, size_t count) {
    int64_t before = count ? offset_at(texts, 0) : 0;
    if (before < 0) return false;
    for (size_t i = 1; i <= count; i++) {
        int64_t here = offset_at(texts, i);
        if (here < before) return false;
        before = here;
    }
    return true;
}

bool seg_texts_get(const seg_texts *texts, size_t number, seg_text *out) {
    size_t bit = texts->first + number;
    if (texts->validity && !(texts->validity[bit / 8] >> (bit % 8) & 1)) return false;
    int64_t from = offset_at(texts, number), to = offset_at(texts, number + 1);
    *out = (seg_text){texts->bytes ? texts->bytes + from : "", (size_t)(to - from)};
    return true;
}

/* An entry as a value of the attribute; the names of an enum become numbers. */
static seg_status take_entry(seg_column *column, uint32_t entry, seg_text text, seg_arena *arena) {
    seg_value *value = &column->entries[entry];
    *value = (seg_value){.known = true, .as.text = text};
    if (column->field->type != SEG_ENUM) return SEG_OK;
    seg_field_info info = {.enum_count = column->field->values.count,
                           .enum_first = column->field->values.first};
    uint32_t number = seg_image_enum_find(column->image, &info, text);
    value->as.i = number;
    if (number != SEG_NONE) return SEG_OK;
    value->known = false;
    if (!column->is_foreign) column->is_foreign = seg_arena_take(arena, (size_t)column->entry_count + 1);
    if (!column->is_foreign) return SEG_E_MEMORY;
    column->is_foreign[entry] = 1;
    return SEG_OK;
}

static seg_status take_dictionary(seg_column *column, seg_arena *arena) {
    for (uint32_t i = 0; i < column->entry_count; i++) {
        seg_text text;
        if (!seg_texts_get(&column->texts, i, &text)) continue;
        seg_status status = take_entry(column, i, text, arena);
        if (status != SEG_OK) return status;
    }
    return SEG_OK;
}

/* ---- codes for texts as they stand -----------------------------------------------------------------------
 */

typedef struct encoder {
    seg_text *texts; /* by code */
    uint64_t *hashes;
    uint32_t *slots; /* code + 1 */
    size_t slot_count, count;
} encoder;

static bool is_same(seg_text a, seg_text b) {
    return a.size_bytes == b.size_bytes && (a.size_bytes == 0 || memcmp(a.bytes, b.bytes, a.size_bytes) == 0);
}

/* Twice the room; what it held before is given back with the arena. */
static bool widen(encoder *e, seg_arena *arena) {
    size_t slot_count = e->slot_count ? 2 * e->slot_count : 1024;
    seg_text *texts = seg_arena_take_array(arena, slot_count / 2, sizeof *texts);
    uint64_t *hashes = seg_arena_take_array(arena, slot_count / 2, sizeof *hashes);
    uint32_t *slots = seg_arena_take_array(arena, slot_count, sizeof *slots);
    if (!texts || !hashes || !slots) return false;
    if (e->count) memcpy(texts, e->texts, e->count * sizeof *texts);
    if (e->count) memcpy(hashes, e->hashes, e->count * sizeof *hashes);
    for (size_t i = 0; i < e->count; i++) {
        size_t at = hashes[i] & (slot_count - 1);
        while (slots[at]) at = (at + 1) & (slot_count - 1);
        slots[at] = (uint32_t)i + 1;
    }
    *e = (encoder){texts, hashes, slots, slot_count, e->count};
    return true;
}

static bool code_of(encoder *e, seg_text text, seg_arena *arena, uint32_t *code) {
    if (2 * (e->count + 1) > e->slot_count && !widen(e, arena)) return false;
    uint64_t hash = seg_hash_bytes(text.bytes, text.size_bytes);
    size_t at = hash & (e->slot_count - 1);
    for (; e->slots[at]; at = (at + 1) & (e->slot_count - 1)) {
        *code = e->slots[at] - 1;
        if (e->hashes[*code] == hash && is_same(e->texts[*code], text)) return true;
    }
    *code = (uint32_t)e->count++;
    e->slots[at] = *code + 1;
    e->texts[*code] = text;
    e->hashes[*code] = hash;
    return true;
}

seg_status seg_column_encode(seg_column *column, size_t rows, seg_arena *arena, seg_error *error) {
    encoder e = {0};
    column->is_foreign = NULL;
    if (column->is_dictionary) {
        if (column->text_count >= UINT32_MAX - 1)
            return seg_error_set(error, SEG_E_USAGE, 0, "a dictionary is too large");
        column->entry_count = (uint32_t)column->text_count;
    } else {
        if (rows >= UINT32_MAX - 1) return seg_error_set(error, SEG_E_USAGE, 0, "an array has too many rows");
        column->own_codes = seg_arena_take_array(arena, rows, sizeof *column->own_codes);
        if (!column->own_codes && rows) return seg_error_set(error, SEG_E_MEMORY, 0, "no memory for texts");
        for (size_t i = 0; i < rows; i++) {
            seg_text text;
            column->own_codes[i] = UINT32_MAX;
            if (seg_texts_get(&column->texts, i, &text) && !code_of(&e, text, arena, &column->own_codes[i]))
                return seg_error_set(error, SEG_E_MEMORY, 0, "no memory for texts");
        }
        column->entry_count = (uint32_t)e.count;
        for (size_t i = 0; i < rows; i++)
            if (column->own_codes[i] == UINT32_MAX) column->own_codes[i] = column->entry_count;
    }
    column->entries = seg_arena_take_array(arena, (size_t)column->entry_count + 1, sizeof *column->entries);
    seg_status status = column->entries ? SEG_OK : SEG_E_MEMORY;
    if (status == SEG_OK && column->is_dictionary) status = take_dictionary(column, arena);
    for (uint32_t i = 0; status == SEG_OK && !column->is_dictionary && i < column->entry_count; i++)
        status = take_entry(column, i, e.texts[i], arena);
    return status == SEG_OK ? SEG_OK : seg_error_set(error, status, 0, "no memory for texts");
}
