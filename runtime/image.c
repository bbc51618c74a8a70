/* image.c - loading an image, and asking it what it declares. */
#include "image.h"

#include <string.h>

#include "base/arena.h"
#include "calendar.h"
#include "chart.h"
#include "due.h"
#include "error.h"
#include "gate.h"
#include "ladder.h"
#include "leaf.h"
#include "native.h"
#include "pin.h"
#include "op.h"
#include "route.h"
#include "state.h"
#include "value.h"
#include "verdict.h"
#include "verify.h"

/* ---- names --------------------------------------------------------------------------------------- */

typedef seg_text (*seg_name_fn)(const seg_image *image, uint32_t number);

/* Events that are elements are found through their source's record alone. */
static seg_text event_source(const seg_image *image, uint32_t event) {
    const seg_image_event_record *record = &image->events[event];
    return record->elements.size_bytes ? (seg_text){NULL, 0} : seg_view_text(image, record->source);
}
static seg_text attribute_name(const seg_image *image, uint32_t attribute) {
    return seg_view_text(image, image->events[image->header->event_count + attribute].name);
}
static seg_text segment_name(const seg_image *image, uint32_t segment) {
    return seg_view_text(image, image->segments[segment].name);
}

static bool is_same(seg_text a, seg_text b) {
    return a.size_bytes == b.size_bytes && (a.size_bytes == 0 || memcmp(a.bytes, b.bytes, a.size_bytes) == 0);
}

static uint32_t find_name(const seg_image *image, const seg_name_index *index, seg_name_fn name_of,
                          seg_text name) {
    if (!index->slots) return SEG_NONE;
    uint32_t slot = (uint32_t)seg_hash_bytes(name.bytes, name.size_bytes) & index->mask;
    for (; index->slots[slot] != SEG_NONE; slot = (slot + 1) & index->mask)
        if (is_same(name_of(image, index->slots[slot]), name)) return index->slots[slot];
    return SEG_NONE;
}

/* Of equal names the first is found. */
static bool index_names(seg_image *image, seg_name_index *index, seg_name_fn name_of, uint32_t count) {
    if (count == 0) return true;
    uint64_t size = 4;
    while (size < 2 * (uint64_t)count) size *= 2;
    if (size > UINT32_MAX / sizeof(uint32_t)) return false;
    uint32_t *slots = seg_resize(image->allocator, NULL, 0, (size_t)size * sizeof *slots);
    if (!slots) return false;
    memset(slots, 0xff, (size_t)size * sizeof *slots);
    *index = (seg_name_index){slots, (uint32_t)size - 1};
    for (uint32_t i = 0; i < count; i++) {
        seg_text name = name_of(image, i);
        if (find_name(image, index, name_of, name) != SEG_NONE) continue;
        uint32_t slot = (uint32_t)seg_hash_bytes(name.bytes, name.size_bytes) & index->mask;
        while (slots[slot] != SEG_NONE) slot = (slot + 1) & index->mask;
        slots[slot] = i;
    }
    return true;
}

static void free_index(const seg_image *image, seg_name_index *index) {
    if (index->slots)
        seg_resize(image->allocator, index->slots, ((size_t)index->mask + 1) * sizeof(uint32_t), 0);
}

/* ---- loading ------------------------------------------------------------------------------------- */

static void bind_sections(seg_image *image) {
#define BIND(field, id)                                                                                      \
    image->field = (const void *)(image->bytes + image->header->sections[SEG_SECTION_##id].offset)
    BIND(strings, STRINGS);
    BIND(fields, FIELDS);
    BIND(events, EVENTS);
    BIND(feeds, FEEDS);
    BIND(stores, STORES);
    BIND(queries, QUERIES);
    BIND(programs, PROGRAMS);
    BIND(code, CODE);
    BIND(words, WORDS);
    BIND(word_sets, WORD_SETS);
    BIND(texts, TEXTS);
    BIND(automata, AUTOMATA);
    BIND(tables, TABLES);
    BIND(atoms, ATOMS);
    BIND(segments, SEGMENTS);
    BIND(links, LINKS);
    BIND(zones, ZONES);
    BIND(transitions, TRANSITIONS);
    BIND(column_maps, COLUMN_MAPS);
    BIND(columns, COLUMNS);
    BIND(probes, PROBES);
    BIND(pairs, PAIRS);
    BIND(rankings, RANKINGS);
    BIND(clocks, CLOCKS);
    BIND(natives, NATIVES);
    BIND(groups, GROUPS);
    BIND(tallies, TALLIES);
#undef BIND
    image->store_count = image->counts[SEG_SECTION_STORES];
    image->atom_count = image->counts[SEG_SECTION_ATOMS];
    image->segment_count = image->counts[SEG_SECTION_SEGMENTS];
    image->program_count = image->counts[SEG_SECTION_PROGRAMS];
}

static size_t derived_bytes(const seg_image *image) {
    size_t count = 3 * (size_t)image->program_count + 4 * (size_t)image->store_count +
                   image->counts[SEG_SECTION_PAIRS] + 3 * (size_t)image->atom_count +
                   (size_t)image->header->temporal_atoms.count;
    return count * sizeof(uint32_t) + sizeof(uint32_t);
}

static void derive_rows(seg_image *image) {
    for (uint32_t i = 0; i < image->counts[SEG_SECTION_EVENTS]; i++) {
        seg_run feeds = image->events[i].feeds;
        uint32_t words = 0;
        for (uint32_t j = 0; j < feeds.count; j++)
            words += 2 + image->stores[image->feeds[feeds.first + j].store].width;
        if (words > image->max_rows) image->max_rows = words;
        if (feeds.count > image->max_feeds) image->max_feeds = feeds.count;
    }
}

/* Registers of the deepest chain of calls from each program on. */
static bool derive_stack(seg_image *image) {
    if (image->program_count == 0) return true;
    size_t size = (size_t)image->program_count * sizeof(uint64_t);
    uint64_t *need = seg_resize(image->allocator, NULL, 0, size);
    if (!need) return false;
    for (uint32_t i = 0; i < image->program_count; i++) {
        seg_run code = image->programs[i].code;
        uint64_t deepest = 0;
        for (uint32_t at = code.first; at < code.first + code.count; at++)
            if (seg_op_calls(image->code[at].op) && need[image->code[at].c] > deepest)
                deepest = need[image->code[at].c];
        need[i] = deepest + image->programs[i].registers;
        if (need[i] > image->max_stack) image->max_stack = need[i];
    }
    seg_resize(image->allocator, need, size, 0);
    return true;
}

/* What an other lacks must not depend on the entry that led to it. */
static void derive_pairs(seg_image *image) {
    for (uint32_t i = 0; i < image->counts[SEG_SECTION_PAIRS]; i++) {
        seg_run inner = image->pairs[i].inner;
        bool is_own = inner.count > 0;
        for (uint32_t j = 0; j < inner.count; j++)
            is_own &= !(image->pairs[inner.first + j].flags & SEG_PAIR_BETWEEN);
        if (is_own) image->noted_pairs[image->noted_count++] = i;
    }
}

/* Which programs ask with this opcode, through others too, and which atoms are among them; their number. */
static uint32_t derive_asking(seg_image *image, uint8_t op, uint32_t *programs, uint32_t *atoms) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < image->program_count; i++) {
        seg_run code = image->programs[i].code;
        bool asks = false;
        for (uint32_t at = code.first; at < code.first + code.count && !asks; at++)
            asks = image->code[at].op == op ||
                   (seg_op_calls(image->code[at].op) && programs[image->code[at].c] == 1);
        programs[i] = asks;
    }
    for (uint32_t i = 0; i < image->atom_count; i++)
        if (programs[image->atoms[i].program] == 1) atoms[count++] = i;
    return count;
}

/* Where things stand in a state. */
static bool derive_state(seg_image *image) {
    if (!seg_leaves_derive(image)) return false;
    seg_pins_derive(image);
    seg_dues_derive(image);
    image->places = seg_state_places(image);
    seg_leaves_place(image);
    return true;
}

static bool derive(seg_image *image) {
    image->program_atom = seg_resize(image->allocator, NULL, 0, derived_bytes(image));
    if (!image->program_atom) return false;
    memset(image->program_atom, 0xff, derived_bytes(image));
    image->distinct_stores = image->program_atom + image->program_count;
    for (uint32_t i = image->atom_count; i > 0; i--) image->program_atom[image->atoms[i - 1].program] = i - 1;
    /* A store is noted once: the list's own places serve as marks until it is packed. */
    for (uint32_t i = 0; i < image->counts[SEG_SECTION_CODE]; i++)
        if (image->code[i].op == SEG_OP_DISTINCT || image->code[i].op == SEG_OP_MOST ||
            image->code[i].op == SEG_OP_LEAST)
            image->distinct_stores[image->queries[image->code[i].c].store] = 1;
    for (uint32_t i = 0; i < image->store_count; i++)
        if (image->distinct_stores[i] == 1) image->distinct_stores[image->distinct_count++] = i;
    image->keyed_stores = image->distinct_stores + image->store_count;
    for (uint32_t i = 0; i < image->counts[SEG_SECTION_QUERIES]; i++)
        if (image->queries[i].key) image->keyed_stores[image->queries[i].store] = 1;
    for (uint32_t i = 0; i < image->store_count; i++)
        if (image->keyed_stores[i] == 1) image->keyed_stores[image->keyed_count++] = i;
    for (uint32_t i = 0; i < image->counts[SEG_SECTION_CODE]; i++)
        image->asks_past |= seg_op_looks_back(image->code[i].op);
    derive_rows(image);
    image->noted_pairs = image->keyed_stores + image->store_count;
    derive_pairs(image);
    const seg_image_header *header = image->header;
    image->atom_due = image->noted_pairs + image->counts[SEG_SECTION_PAIRS];
    image->ranked_programs = image->atom_due + image->atom_count;
    image->ranked_atoms = image->ranked_programs + image->program_count;
    image->ranked_count = derive_asking(image, SEG_OP_PLACE, image->ranked_programs, image->ranked_atoms);
    image->grouped_programs = image->ranked_atoms + image->atom_count;
    image->grouped_atoms = image->grouped_programs + image->program_count;
    image->grouped_count =
        derive_asking(image, SEG_OP_FELLOWS, image->grouped_programs, image->grouped_atoms);
    image->due_atoms = image->grouped_atoms + image->atom_count;
    image->store_pins = (seg_run *)(void *)(image->due_atoms + header->temporal_atoms.count);
    return derive_stack(image) && seg_natives_new(image) && seg_routes_derive(image) && derive_state(image) &&
           seg_charts_derive(image) && seg_verdicts_derive(image) && seg_ladders_derive(image) &&
           seg_gates_derive(image) &&
           index_names(image, &image->event_index, event_source, header->event_count) &&
           index_names(image, &image->attribute_index, attribute_name, header->attribute_count) &&
           index_names(image, &image->segment_index, segment_name, image->segment_count);
}

seg_status seg_image_load(seg_image **out, const void *bytes, size_t size_bytes,
                          const seg_allocator *allocator, seg_error *error) {
    *out = NULL;
    if (size_bytes < sizeof(seg_image_header))
        return seg_error_set(error, SEG_E_IMAGE, size_bytes, "not a valid image: it is too short");
    seg_image *image = seg_resize(allocator, NULL, 0, sizeof *image);
    if (!image) return seg_error_set(error, SEG_E_MEMORY, 0, "no memory for the image");
    memset(image, 0, sizeof *image);
    if (allocator) {
        image->allocator_copy = *allocator;
        image->allocator = &image->allocator_copy;
    }
    image->bytes = seg_resize(allocator, NULL, 0, size_bytes);
    image->size_bytes = size_bytes;
    seg_status status = SEG_E_MEMORY;
    if (!image->bytes) goto fail;
    memcpy(image->bytes, bytes, size_bytes);
    image->header = (const seg_image_header *)(const void *)image->bytes;
    status = seg_image_verify_frame(image, error);
    if (status != SEG_OK) goto fail;
    bind_sections(image);
    status = seg_image_verify(image, error);
    if (status != SEG_OK) goto fail;
    status = SEG_E_MEMORY;
    if (!derive(image)) goto fail;
    *out = image;
    return SEG_OK;
fail:
    seg_image_free(image);
    return status == SEG_E_MEMORY ? seg_error_set(error, status, 0, "no memory for the image") : status;
}

void seg_image_free(seg_image *image) {
    if (!image) return;
    seg_allocator copy = image->allocator_copy;
    const seg_allocator *allocator = image->allocator ? &copy : NULL;
    seg_natives_free(image);
    free_index(image, &image->event_index);
    free_index(image, &image->attribute_index);
    free_index(image, &image->segment_index);
    seg_charts_free(image);
    seg_verdicts_free(image);
    seg_ladders_free(image);
    seg_gates_free(image);
    seg_leaves_free(image);
    seg_routes_free(image);
    if (image->program_atom) seg_resize(allocator, image->program_atom, derived_bytes(image), 0);
    if (image->bytes) seg_resize(allocator, image->bytes, image->size_bytes, 0);
    seg_resize(allocator, image, sizeof *image, 0);
}

/* ---- what it declares ---------------------------------------------------------------------------- */

void seg_image_describe(const seg_image *image, seg_image_info *out) {
    *out = (seg_image_info){
        .segment_count = image->segment_count,
        .event_count = image->header->event_count,
        .attribute_count = image->header->attribute_count,
        .store_count = image->store_count,
        .atom_count = image->atom_count,
        .column_map_count = image->counts[SEG_SECTION_COLUMN_MAPS],
        .ranking_count = image->counts[SEG_SECTION_RANKINGS],
        .group_count = image->counts[SEG_SECTION_GROUPS],
        .tally_count = image->counts[SEG_SECTION_TALLIES],
        .layout = image->state_layout,
        .duplicates_ms = image->header->duplicates_ms,
        .image_bytes = image->size_bytes,
        .state_bytes_min = image->places.base,
        .instructions_per_fact = image->counts[SEG_SECTION_CODE],
    };
}

seg_status seg_image_segment(const seg_image *image, uint32_t segment, seg_segment_info *out) {
    if (segment >= image->segment_count) return SEG_E_USAGE;
    out->name = segment_name(image, segment);
    out->title = seg_view_text(image, image->segments[segment].title);
    return SEG_OK;
}

uint32_t seg_image_find_segment(const seg_image *image, seg_text name) {
    return find_name(image, &image->segment_index, segment_name, name);
}

seg_status seg_image_event(const seg_image *image, uint32_t event, seg_event_info *out) {
    if (event >= image->header->event_count) return SEG_E_USAGE;
    const seg_image_event_record *record = &image->events[event];
    *out = (seg_event_info){.name = seg_view_text(image, record->name),
                            .source = seg_view_text(image, record->source),
                            .elements = seg_view_text(image, record->elements),
                            .field_count = record->fields.count};
    return SEG_OK;
}

uint32_t seg_image_find_event(const seg_image *image, seg_text source) {
    uint32_t event = find_name(image, &image->event_index, event_source, source);
    return event == SEG_NONE || image->events[event].elements.size_bytes ? SEG_NONE : event;
}

static void describe_field(const seg_image *image, uint32_t number, seg_field_info *out) {
    const seg_image_field *field = &image->fields[number];
    *out = (seg_field_info){.name = seg_view_text(image, field->name),
                            .type = field->type,
                            .scale = field->scale,
                            .required = field->required,
                            .enum_count = field->values.count,
                            .enum_first = field->values.first};
}

seg_status seg_image_event_field(const seg_image *image, uint32_t event, uint32_t field,
                                 seg_field_info *out) {
    if (event >= image->header->event_count || field >= image->events[event].fields.count) return SEG_E_USAGE;
    describe_field(image, image->events[event].fields.first + field, out);
    return SEG_OK;
}

seg_status seg_image_attribute(const seg_image *image, uint32_t attribute, seg_field_info *out) {
    if (attribute >= image->header->attribute_count) return SEG_E_USAGE;
    describe_field(image, image->events[image->header->event_count + attribute].fields.first, out);
    return SEG_OK;
}

uint32_t seg_image_find_attribute(const seg_image *image, seg_text name) {
    return find_name(image, &image->attribute_index, attribute_name, name);
}

seg_text seg_image_enum_name(const seg_image *image, const seg_field_info *field, uint32_t index) {
    uint64_t number = (uint64_t)field->enum_first + index;
    if (index >= field->enum_count || number >= image->counts[SEG_SECTION_TEXTS]) return (seg_text){"", 0};
    return seg_view_text(image, image->texts[number]);
}

uint32_t seg_image_enum_find(const seg_image *image, const seg_field_info *field, seg_text name) {
    for (uint32_t i = 0; i < field->enum_count; i++)
        if (is_same(seg_image_enum_name(image, field, i), name)) return i;
    return SEG_NONE;
}

int64_t seg_image_local_date(const seg_image *image, int64_t instant) {
    return seg_calendar_date(image, 0, instant);
}
int64_t seg_image_date_start(const seg_image *image, int64_t date) {
    return seg_calendar_date_start(image, 0, date);
}
seg_text seg_image_zone_name(const seg_image *image) { return seg_view_text(image, image->zones[0].name); }
int64_t seg_image_offset_ms(const seg_image *image, int64_t instant) {
    return seg_calendar_offset(image, 0, instant);
}
bool seg_image_zone_fits(const seg_image *image, seg_text name) {
    return !image->zones[0].is_whole || is_same(seg_view_text(image, image->zones[0].name), name) ||
           seg_calendar_find_zone(image, seg_text_word(name)) != 0;
}
int64_t seg_image_local_instant(const seg_image *image, int64_t local_ms) {
    return seg_calendar_instant(image, 0, local_ms);
}

seg_status seg_image_column_map(const seg_image *image, uint32_t map, seg_column_map *out) {
    if (map >= image->counts[SEG_SECTION_COLUMN_MAPS]) return SEG_E_USAGE;
    const seg_image_column_map_record *record = &image->column_maps[map];
    *out = (seg_column_map){seg_view_text(image, record->pattern), record->event, record->columns.count};
    return SEG_OK;
}

seg_status seg_image_column_entry(const seg_image *image, uint32_t map, uint32_t entry,
                                  seg_column_entry *out) {
    if (map >= image->counts[SEG_SECTION_COLUMN_MAPS] || entry >= image->column_maps[map].columns.count)
        return SEG_E_USAGE;
    const seg_image_column *column = &image->columns[image->column_maps[map].columns.first + entry];
    *out = (seg_column_entry){column->role, column->field, column->is_constant,
                              seg_view_text(image, column->column)};
    return SEG_OK;
}
