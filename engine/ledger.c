/* ledger.c - facts in columns: a table for each kind of event, the newest value of each attribute. See
 * engine.h. */
#include <stdlib.h>
#include <string.h>

#include "engine.h"
#include "fault.h"
#include "heap.h"
#include "profiles.h"
#include "roll.h"
#include "schema.h"
#include "shelf.h"

enum { PROFILE_SHELF, TIME_SHELF, FIRST_FIELD };
static const char profile_name[] = "profile of a row",
                  time_name[] = "time of a row"; /* no field has such names */

typedef struct table {   /* of one kind of event */
    seg_shelf **shelves; /* whose, when, then the fields */
    uint32_t shelf_count;
    struct ArrowArray array, **arrays;
    struct ArrowSchema schema, **schemas;
} table;

typedef struct attribute {
    seg_shelf *values; /* every value that became the newest of somebody */
    int64_t *times;    /* of each */
    size_t time_capacity;
    uint32_t *newest; /* per profile: its row in `values` and 1; 0: none */
    size_t newest_capacity;
    seg_shelf *lent; /* per profile: its newest value */
} attribute;

/* An event whose profile is still to be found: so memory of many profiles is fetched at once. */
typedef struct waiter {
    seg_text id; /* in `waiting_ids` */
    uint32_t hash, guess, event;
    size_t row;
} waiter;

enum { WAITERS = 32, WAITING_BYTES = 4096 };

struct seg_ledger {
    const seg_allocator *allocator;
    const seg_image *image;
    int64_t now;
    seg_schema schema;
    table *tables;
    attribute *attributes;
    seg_shelf *ids;
    struct ArrowArray array, **arrays; /* of the profiles */
    struct ArrowSchema people, **schemas;
    const struct ArrowArray **table_arrays;
    seg_batch *batch;
    seg_profiles profiles; /* number n: row n */
    seg_roll roll;
    uint64_t facts, future;
    waiter waiters[WAITERS];
    size_t waiting, waiting_bytes;
    char waiting_ids[WAITING_BYTES];
};

/* ---- Making and freeing ----------------------------------------------------------------------------------
 */

static seg_shelf *add_shelf(seg_ledger *l, const seg_field_info *field, uint32_t at,
                            struct ArrowArray **arrays, struct ArrowSchema **schemas) {
    seg_shelf *shelf = seg_shelf_new(l->image, field, l->allocator);
    if (!shelf) return NULL;
    arrays[at] = &shelf->array;
    schemas[at] = &shelf->schema;
    return shelf;
}

static bool make_table(seg_ledger *l, table *t, const seg_fields *fields) {
    uint32_t count = FIRST_FIELD + fields->count;
    t->shelf_count = count;
    t->shelves = seg_heap_zeroed(l->allocator, count, sizeof *t->shelves);
    t->arrays = seg_heap_zeroed(l->allocator, count, sizeof *t->arrays);
    t->schemas = seg_heap_zeroed(l->allocator, count, sizeof *t->schemas);
    if (!t->shelves || !t->arrays || !t->schemas) return false;
    for (uint32_t i = 0; i < count; i++) {
        seg_field_info field = {.type = SEG_INT, .name = {profile_name, sizeof profile_name - 1}};
        if (i == TIME_SHELF)
            field = (seg_field_info){.type = SEG_TIME, .name = {time_name, sizeof time_name - 1}};
        if (i >= FIRST_FIELD) field = fields->infos[i - FIRST_FIELD];
        t->shelves[i] = add_shelf(l, &field, i, t->arrays, t->schemas);
        if (!t->shelves[i]) return false;
    }
    t->array = (struct ArrowArray){.n_children = count, .children = t->arrays};
    t->schema = (struct ArrowSchema){.format = "+s", .n_children = count, .children = t->schemas};
    return true;
}

static bool make_people(seg_ledger *l) {
    uint32_t attributes = l->schema.attributes.count;
    l->attributes = seg_heap_zeroed(l->allocator, attributes, sizeof *l->attributes);
    l->arrays = seg_heap_zeroed(l->allocator, (size_t)attributes + 1, sizeof *l->arrays);
    l->schemas = seg_heap_zeroed(l->allocator, (size_t)attributes + 1, sizeof *l->schemas);
    if (!l->attributes || !l->arrays || !l->schemas) return false;
    for (uint32_t i = 0; i < attributes; i++) {
        attribute *a = &l->attributes[i];
        const seg_field_info *field = &l->schema.attributes.infos[i];
        a->values = seg_shelf_new(l->image, field, l->allocator);
        a->lent = add_shelf(l, field, i, l->arrays, l->schemas);
        if (!a->values || !a->lent) return false;
    }
    const seg_field_info id = {.type = SEG_TEXT}; /* no attribute has an empty name */
    l->ids = add_shelf(l, &id, attributes, l->arrays, l->schemas);
    l->array = (struct ArrowArray){.n_children = attributes + 1, .children = l->arrays};
    l->people = (struct ArrowSchema){.format = "+s", .n_children = attributes + 1, .children = l->schemas};
    return l->ids;
}

static bool make_tables(seg_ledger *l) {
    uint32_t events = l->schema.event_count;
    l->tables = seg_heap_zeroed(l->allocator, events, sizeof *l->tables);
    l->table_arrays = seg_heap_zeroed(l->allocator, events, sizeof *l->table_arrays);
    bool good = l->tables && l->table_arrays;
    for (uint32_t i = 0; good && i < events; i++) {
        good = make_table(l, &l->tables[i], &l->schema.events[i]);
        l->table_arrays[i] = &l->tables[i].array;
    }
    return good;
}

static seg_status make_batch(seg_ledger *l, seg_error *error) {
    uint32_t events = l->schema.event_count;
    seg_batch_table *described = seg_heap_zeroed(l->allocator, events, sizeof *described);
    if (!described) return seg_fault_memory(error);
    for (uint32_t i = 0; i < events; i++)
        described[i] = (seg_batch_table){.event = i,
                                         .schema = &l->tables[i].schema,
                                         .profile_column = profile_name,
                                         .time_column = time_name};
    const seg_batch_options options = {.id_column = "", .tables = described, .table_count = events};
    seg_status status = seg_batch_new(&l->batch, l->image, &l->people, l->now, &options, l->allocator, error);
    seg_heap_free(l->allocator, described, events, sizeof *described);
    if (status != SEG_OK) return status;
    seg_batch_info info;
    seg_batch_describe(l->batch, &info);
    if (!info.programs_by_row) return SEG_OK;
    return seg_fault(error, SEG_E_USAGE, "columns cannot answer some of the rules");
}

seg_status seg_ledger_new(seg_ledger **out, const seg_image *image, int64_t now,
                          const seg_allocator *allocator, seg_error *error) {
    *out = NULL;
    seg_ledger *l = seg_heap_zeroed(allocator, 1, sizeof *l);
    if (!l) return seg_fault_memory(error);
    l->allocator = allocator;
    l->image = image;
    l->now = now;
    seg_profiles_init(&l->profiles, allocator, (uint64_t)(uintptr_t)l);
    seg_image_info info;
    seg_image_describe(image, &info);
    seg_status status = seg_schema_init(&l->schema, image, allocator);
    bool has_room = status != SEG_E_MEMORY;
    if (status == SEG_OK)
        has_room = make_tables(l) && make_people(l) && seg_roll_init(&l->roll, info.segment_count, allocator);
    if (!has_room) status = seg_fault_memory(error);
    if (status == SEG_OK) status = make_batch(l, error);
    if (status == SEG_OK)
        *out = l;
    else
        seg_ledger_free(l);
    return status;
}

static void free_table(const seg_allocator *allocator, table *t) {
    for (uint32_t i = 0; t->shelves && i < t->shelf_count; i++) seg_shelf_free(t->shelves[i]);
    seg_heap_free(allocator, t->shelves, t->shelf_count, sizeof *t->shelves);
    seg_heap_free(allocator, t->arrays, t->shelf_count, sizeof *t->arrays);
    seg_heap_free(allocator, t->schemas, t->shelf_count, sizeof *t->schemas);
}

void seg_ledger_free(seg_ledger *l) {
    if (!l) return;
    const seg_allocator *allocator = l->allocator;
    uint32_t events = l->schema.event_count, attributes = l->schema.attributes.count;
    seg_batch_free(l->batch);
    for (uint32_t i = 0; l->tables && i < events; i++) free_table(allocator, &l->tables[i]);
    for (uint32_t i = 0; l->attributes && i < attributes; i++) {
        attribute *a = &l->attributes[i];
        seg_shelf_free(a->values);
        seg_shelf_free(a->lent);
        seg_heap_free(allocator, a->times, a->time_capacity, sizeof *a->times);
        seg_heap_free(allocator, a->newest, a->newest_capacity, sizeof *a->newest);
    }
    seg_shelf_free(l->ids);
    seg_heap_free(allocator, l->tables, events, sizeof *l->tables);
    seg_heap_free(allocator, l->table_arrays, events, sizeof *l->table_arrays);
    seg_heap_free(allocator, l->attributes, attributes, sizeof *l->attributes);
    seg_heap_free(allocator, l->arrays, (size_t)attributes + 1, sizeof *l->arrays);
    seg_heap_free(allocator, l->schemas, (size_t)attributes + 1, sizeof *l->schemas);
    seg_roll_free(&l->roll);
    seg_profiles_free(&l->profiles);
    seg_schema_free(&l->schema);
    seg_heap_free(allocator, l, 1, sizeof *l);
}

/* ---- Facts in --------------------------------------------------------------------------------------------
 */

/* The row of the profile's newest value and 1, as a place to change. NULL: no memory. */
static uint32_t *newest_of(seg_ledger *l, attribute *a, uint32_t profile) {
    size_t before = a->newest_capacity;
    if (!seg_heap_grow(l->allocator, &a->newest, &a->newest_capacity, (size_t)profile + 1, sizeof *a->newest))
        return NULL;
    memset(a->newest + before, 0, (a->newest_capacity - before) * sizeof *a->newest);
    return &a->newest[profile];
}

/* Which of two values of one instant counts is said by their words, which columns do not have. */
static bool is_undecided(const seg_ledger *l, const seg_record *record) {
    uint32_t profile = seg_profiles_find(&l->profiles, record->profile);
    for (size_t i = 0; profile != SEG_NONE && i < record->setting_count; i++) {
        const attribute *a = &l->attributes[record->settings[i].attribute];
        uint32_t row = profile < a->newest_capacity ? a->newest[profile] : 0;
        if (row && a->times[row - 1] == record->time) return true;
    }
    return false;
}

static bool set_attribute(seg_ledger *l, uint32_t profile, const seg_setting *setting, int64_t time) {
    attribute *a = &l->attributes[setting->attribute];
    uint32_t *newest = newest_of(l, a, profile);
    if (!newest) return false;
    if (*newest && a->times[*newest - 1] > time) return true; /* it came late */
    size_t row = a->values->rows;
    if (row >= UINT32_MAX - 1 ||
        !seg_heap_grow(l->allocator, &a->times, &a->time_capacity, row + 1, sizeof *a->times) ||
        !seg_shelf_add(a->values, &setting->value))
        return false;
    a->times[row] = time;
    *newest = (uint32_t)row + 1;
    return true;
}

/* Finds the profiles of the events that wait. False: no memory. */
static bool serve_waiters(seg_ledger *l) {
    size_t count = l->waiting;
    for (size_t i = 0; i < count; i++) {
        waiter *w = &l->waiters[i];
        w->guess = seg_profiles_guess(&l->profiles, w->hash);
    }
    for (size_t i = 0; i < count; i++)
        if (l->waiters[i].guess != SEG_NONE) seg_profiles_expect_id(&l->profiles, l->waiters[i].guess);
    for (size_t i = 0; i < count; i++) {
        const waiter *w = &l->waiters[i];
        uint32_t profile = seg_profiles_intern(&l->profiles, w->id);
        if (profile == SEG_NONE) return false;
        seg_shelf_change(l->tables[w->event].shelves[PROFILE_SHELF], w->row, profile);
    }
    l->waiting = l->waiting_bytes = 0;
    return true;
}

static bool find_profile(seg_ledger *l, seg_text id, uint32_t event, size_t row) {
    bool is_full = l->waiting == WAITERS || id.size_bytes > WAITING_BYTES - l->waiting_bytes;
    if (is_full && !serve_waiters(l)) return false;
    if (id.size_bytes > WAITING_BYTES) {
        uint32_t profile = seg_profiles_intern(&l->profiles, id);
        seg_shelf_change(l->tables[event].shelves[PROFILE_SHELF], row, profile);
        return profile != SEG_NONE;
    }
    char *copy = memcpy(l->waiting_ids + l->waiting_bytes, id.bytes, id.size_bytes);
    uint32_t hash = seg_profiles_hash(&l->profiles, id);
    l->waiters[l->waiting++] =
        (waiter){.id = {copy, id.size_bytes}, .hash = hash, .event = event, .row = row};
    l->waiting_bytes += id.size_bytes;
    seg_profiles_expect(&l->profiles, hash);
    return true;
}

static bool add_event(seg_ledger *l, const seg_record *record) {
    table *t = &l->tables[record->event];
    const seg_value whose = {.known = true}, when = {.known = true, .as.i = record->time};
    if (!seg_shelf_add(t->shelves[PROFILE_SHELF], &whose) || !seg_shelf_add(t->shelves[TIME_SHELF], &when))
        return false;
    for (uint32_t i = FIRST_FIELD; i < t->shelf_count; i++)
        if (!seg_shelf_add(t->shelves[i], &record->fields[i - FIRST_FIELD])) return false;
    return find_profile(l, record->profile, record->event, t->shelves[PROFILE_SHELF]->rows - 1);
}

static bool add_values(seg_ledger *l, const seg_record *record) {
    uint32_t profile = seg_profiles_intern(&l->profiles, record->profile);
    bool has_room = profile != SEG_NONE;
    for (size_t i = 0; has_room && i < record->setting_count; i++)
        has_room = set_attribute(l, profile, &record->settings[i], record->time);
    return has_room;
}

seg_status seg_ledger_add(seg_ledger *l, const seg_record *record, seg_error *error) {
    bool is_event = record->kind == SEG_RECORD_TRACK;
    if (!is_event && record->kind != SEG_RECORD_IDENTIFY)
        return seg_fault(error, SEG_E_FACT, "a ledger has no merges and no erasures");
    if (record->message_id.size_bytes)
        return seg_fault(error, SEG_E_FACT, "a ledger does not know duplicates: no messageIds");
    if (record->time < SEG_TIME_MIN || !record->profile.size_bytes)
        return seg_fault(error, SEG_E_USAGE, "a record without an id, or before all time");
    if (record->time > l->now) {
        l->future++;
        return SEG_OK;
    }
    if (!is_event && !record->setting_count) return SEG_OK; /* says nothing */
    if (!is_event && is_undecided(l, record))
        return seg_fault(error, SEG_E_FACT, "two values of an attribute for the same instant");
    if (!(is_event ? add_event(l, record) : add_values(l, record))) return seg_fault_memory(error);
    l->facts += is_event ? 1 : record->setting_count;
    return SEG_OK;
}

/* ---- Answers out -----------------------------------------------------------------------------------------
 */

/* The newest values in the order of the profiles. */
static bool lend_people(seg_ledger *l) {
    static const seg_value unknown;
    size_t count = l->profiles.count;
    for (uint32_t i = 0; i < l->schema.attributes.count; i++) {
        attribute *a = &l->attributes[i];
        seg_shelf_clear(a->lent);
        for (size_t p = 0; p < count; p++) {
            uint32_t row = p < a->newest_capacity ? a->newest[p] : 0;
            if (!(row ? seg_shelf_copy(a->lent, a->values, row - 1) : seg_shelf_add(a->lent, &unknown)))
                return false;
        }
        seg_shelf_lend(a->lent);
    }
    seg_shelf_clear(l->ids);
    for (size_t p = 0; p < count; p++) {
        const seg_value id = {.known = true, .as.text = seg_profiles_id(&l->profiles, p)};
        if (!seg_shelf_add(l->ids, &id)) return false;
    }
    seg_shelf_lend(l->ids);
    l->array.length = (int64_t)count;
    return true;
}

seg_status seg_ledger_settle(seg_ledger *l, seg_error *error) {
    size_t segments = l->roll.segment_count;
    if (!serve_waiters(l) || !lend_people(l) || !seg_roll_make_room(&l->roll, 0, l->profiles.count) ||
        !seg_roll_sort(&l->roll, &l->profiles))
        return seg_fault_memory(error);
    for (uint32_t i = 0; i < l->schema.event_count; i++) {
        table *t = &l->tables[i];
        for (uint32_t c = 0; c < t->shelf_count; c++) seg_shelf_lend(t->shelves[c]);
        t->array.length = (int64_t)t->shelves[PROFILE_SHELF]->rows;
    }
    seg_status status =
        seg_batch_run_events(l->batch, &l->array, l->table_arrays, l->roll.members, l->roll.counts, error);
    if (status == SEG_OK && segments) memcpy(l->roll.sizes, l->roll.counts, segments * sizeof *l->roll.sizes);
    return status;
}

void seg_ledger_counters_get(const seg_ledger *l, seg_ledger_counters *out) {
    seg_batch_info batch;
    seg_batch_describe(l->batch, &batch);
    *out = (seg_ledger_counters){.profiles = l->profiles.count,
                                 .facts = l->facts,
                                 .future = l->future,
                                 .arithmetic_faults = batch.arithmetic_faults};
}

uint64_t seg_ledger_size(const seg_ledger *l, uint32_t segment) {
    return segment < l->roll.segment_count ? l->roll.sizes[segment] : 0;
}

seg_status seg_ledger_members(const seg_ledger *l, uint32_t segment, seg_profile_fn on_profile, void *user) {
    return seg_roll_members(&l->roll, &l->profiles, segment, on_profile, user);
}

seg_status seg_ledger_profiles(const seg_ledger *l, seg_profile_fn on_profile, void *user) {
    seg_roll_profiles(&l->roll, &l->profiles, on_profile, user);
    return SEG_OK;
}

seg_status seg_ledger_member_bits(const seg_ledger *l, uint32_t segment, uint64_t *bits) {
    return seg_roll_member_bits(&l->roll, segment, bits);
}
