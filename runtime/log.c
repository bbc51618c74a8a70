/* log.c - tables of events: binding their columns, lowering what they feed, and reading them. */
#include "log.h"

#include "error.h"

enum { PROFILE_COLUMN, TIME_COLUMN, FIRST_FIELD };

/* Columns that are no field of an event. */
static const seg_image_field profile_field = {.type = SEG_INT, .required = 1};
static const seg_image_field time_field = {.type = SEG_TIME, .required = 1};

/* ---- tables
 * ---------------------------------------------------------------------------------------------------- */

/* The field of the event that the child holds; NULL: none. */
static const seg_image_field *find_field(const seg_image *image, uint32_t event, const char *name) {
    seg_run fields = image->events[event].fields;
    size_t size = strlen(name);
    for (uint32_t i = 0; i < fields.count; i++) {
        const seg_image_field *field = &image->fields[fields.first + i];
        if (field->name.size_bytes == size && memcmp(image->strings + field->name.offset, name, size) == 0)
            return field;
    }
    return NULL;
}

static seg_status bind_child(seg_batch *facts, const seg_batch_table *given, uint32_t child, bool allow_extra,
                             seg_error *error) {
    const struct ArrowSchema *schema = given->schema->children[child];
    const char *profile = given->profile_column ? given->profile_column : "profile";
    const char *time = given->time_column ? given->time_column : "time";
    if (!schema || !schema->name || !schema->format)
        return seg_error_set(error, SEG_E_USAGE, 0, "a column of a table has no name or no format");
    struct ArrowSchema plain = *schema;
    const seg_image_field *field = NULL;
    uint32_t place = facts->column_count;
    if (strcmp(schema->name, profile) == 0) {
        field = &profile_field;
        place = PROFILE_COLUMN;
        plain.dictionary = NULL; /* its codes are rows of the profiles */
    } else if (strcmp(schema->name, time) == 0) {
        field = &time_field;
        place = TIME_COLUMN;
    } else {
        field = find_field(facts->image, given->event, schema->name);
    }
    if (!field && allow_extra) return SEG_OK;
    if (!field)
        return seg_error_set(error, SEG_E_USAGE, 0, "column %.64s is no field of the event", schema->name);
    for (uint32_t i = 0; i < facts->column_count; i++)
        if (facts->columns[i].field == field)
            return seg_error_set(error, SEG_E_USAGE, 0, "column %.64s is there twice", schema->name);
    const char *label = place < FIRST_FIELD ? (place == TIME_COLUMN ? "time" : "profile") : NULL;
    seg_status status =
        seg_column_bind_field(&facts->columns[place], facts->image, field, label, child, &plain, error);
    if (status == SEG_OK && place >= FIRST_FIELD) facts->column_count++;
    return status;
}

static seg_status check_fields(const seg_batch *facts, uint32_t event, seg_error *error) {
    const seg_image *image = facts->image;
    seg_run fields = image->events[event].fields;
    if (!facts->columns[PROFILE_COLUMN].field || !facts->columns[TIME_COLUMN].field)
        return seg_error_set(error, SEG_E_USAGE, 0,
                             "a table of events needs a column for the profile and one"
                             " for the time");
    for (uint32_t i = 0; i < fields.count; i++) {
        const seg_image_field *field = &image->fields[fields.first + i];
        bool is_there = !field->required;
        for (uint32_t c = FIRST_FIELD; c < facts->column_count; c++)
            is_there = is_there || facts->columns[c].field == field;
        seg_text name = seg_view_text(image, field->name);
        if (!is_there)
            return seg_error_set(error, SEG_E_USAGE, 0, "field %.*s has no column, and its event needs it",
                                 name.size_bytes > 64 ? 64 : (int)name.size_bytes, name.bytes);
    }
    return SEG_OK;
}

static seg_status bind_table(seg_batch *batch, seg_log_table *table, const seg_batch_table *given,
                             bool allow_extra, seg_error *error) {
    const struct ArrowSchema *schema = given->schema;
    if (given->event >= batch->image->header->event_count)
        return seg_error_set(error, SEG_E_USAGE, 0, "a table is of an event that the image does not have");
    if (!schema || !schema->format || strcmp(schema->format, "+s") != 0 || schema->n_children < 0 ||
        schema->n_children > UINT16_MAX || (schema->n_children > 0 && !schema->children))
        return seg_error_set(error, SEG_E_USAGE, 0, "the schema of a table is not a struct of columns");
    seg_batch *facts = seg_arena_take(&batch->arena, sizeof *facts);
    if (!facts) return SEG_E_MEMORY;
    *facts = (seg_batch){.image = batch->image,
                         .allocator = batch->allocator,
                         .kernels = batch->kernels,
                         .vm = batch->vm,
                         .now = batch->now,
                         .vector_rows = batch->vector_rows,
                         .event = given->event,
                         .is_facts = true};
    seg_arena_init(&facts->arena, batch->allocator, 0);
    seg_arena_init(&facts->run, batch->allocator, 0);
    table->facts = facts;
    table->event = given->event;
    facts->child_count = (uint32_t)schema->n_children;
    facts->columns =
        seg_arena_take_array(&facts->arena, FIRST_FIELD + (size_t)facts->child_count, sizeof *facts->columns);
    facts->values = seg_arena_take_array(&facts->arena, batch->image->events[given->event].fields.count,
                                         sizeof *facts->values);
    if (facts->arena.failed) return SEG_E_MEMORY;
    facts->column_count = FIRST_FIELD;
    seg_status status = SEG_OK;
    for (uint32_t i = 0; status == SEG_OK && i < facts->child_count; i++)
        status = bind_child(facts, given, i, allow_extra, error);
    return status == SEG_OK ? check_fields(facts, given->event, error) : status;
}

/* ---- what a table feeds
 * ----------------------------------------------------------------------------------------- */

/* Whether a word stands to the feed's as its route wants it. */
static seg_edge routed(seg_batch *facts, const seg_image_feed *feed, uint32_t word) {
    switch (feed->relation) {
    case SEG_FEED_EQUAL: return seg_graph_compare(facts, SEG_RELATION_EQ, word, feed->word, 0);
    case SEG_FEED_LEAST: return seg_edge_not(seg_graph_compare(facts, SEG_RELATION_LT, word, feed->word, 0));
    case SEG_FEED_MOST: return seg_edge_not(seg_graph_compare(facts, SEG_RELATION_GT, word, feed->word, 0));
    case SEG_FEED_LEAST_FLOAT: return seg_graph_compare(facts, SEG_RELATION_GEF, word, feed->word, 0);
    default: return seg_graph_compare(facts, SEG_RELATION_LEF, word, feed->word, 0);
    }
}

/* Under which condition a fact goes through each feed, and with which words. */
static seg_status find_feeds(seg_batch *batch, seg_log_table *table) {
    const seg_image *image = batch->image;
    seg_batch *facts = table->facts;
    seg_run feeds = image->events[table->event].feeds;
    table->filters = seg_arena_take_array(&facts->arena, feeds.count, sizeof *table->filters);
    table->values = seg_arena_take_array(&facts->arena, feeds.count, sizeof *table->values);
    if (facts->arena.failed) return SEG_E_MEMORY;
    for (uint32_t i = 0; i < feeds.count; i++) {
        const seg_image_feed *feed = &image->feeds[feeds.first + i];
        seg_edge filter = feed->filter == SEG_NONE ? SEG_EDGE_TRUE : seg_batch_truth(facts, feed->filter);
        if (feed->route != SEG_NONE) {
            uint32_t word = seg_graph_word(facts, facts->programs[feed->route].symbol);
            filter = seg_graph_and(facts, filter, routed(facts, feed, word));
        }
        table->filters[i] = filter;
        table->values[i] = seg_arena_take_array(&facts->arena, feed->values.count, sizeof **table->values);
        if (facts->arena.failed) return SEG_E_MEMORY;
        for (uint32_t j = 0; j < feed->values.count; j++)
            table->values[i][j] = facts->programs[image->links[feed->values.first + j]].symbol;
    }
    return facts->is_too_large ? SEG_E_LIMIT : SEG_OK;
}

static seg_status lower_table(seg_batch *batch, seg_log_table *table) {
    const seg_image *image = batch->image;
    struct seg_log *log = batch->log;
    seg_status status = seg_batch_lower_facts(table->facts, &table->is_readable);
    if (status == SEG_OK && table->is_readable) status = find_feeds(batch, table);
    seg_run feeds = image->events[table->event].feeds;
    for (uint32_t i = 0; i < feeds.count; i++) {
        uint32_t store = image->feeds[feeds.first + i].store;
        log->is_fed[store] = true;
        batch->store_is_empty[store] = false;
        log->by_row[store] |= !table->is_readable;
    }
    return status;
}

/* What attributes feed as well stays with the VM: their facts would have to be gathered too. */
static void leave_to_rows(const seg_batch *batch) {
    const seg_image *image = batch->image;
    uint32_t records = image->counts[SEG_SECTION_EVENTS];
    for (uint32_t record = image->header->event_count; record < records; record++) {
        seg_run feeds = image->events[record].feeds;
        for (uint32_t i = 0; i < feeds.count; i++)
            batch->log->by_row[image->feeds[feeds.first + i].store] = true;
    }
}

seg_status seg_log_bind(seg_batch *batch, const seg_batch_options *options, seg_error *error) {
    if (options->table_count == 0) return SEG_OK;
    if (!options->tables) return seg_error_set(error, SEG_E_USAGE, 0, "no tables");
    const seg_image *image = batch->image;
    seg_arena *arena = &batch->arena;
    struct seg_log *log = seg_arena_take(arena, sizeof *log);
    if (!log) return SEG_E_MEMORY;
    log->tables = seg_arena_take_array(arena, options->table_count, sizeof *log->tables);
    log->is_fed = seg_arena_take_array(arena, image->store_count, sizeof *log->is_fed);
    log->by_row = seg_arena_take_array(arena, image->store_count, sizeof *log->by_row);
    log->gather_capacity = 9 * image->counts[SEG_SECTION_QUERIES];
    log->gathers = seg_arena_take_array(arena, log->gather_capacity, sizeof *log->gathers);
    log->windows = seg_arena_take_array(arena, log->gather_capacity, sizeof *log->windows);
    size_t groups = batch->vector_rows / SEG_GROUP;
    log->scratch = seg_arena_take_array(arena, groups, sizeof *log->scratch);
    log->is_own = seg_arena_take_array(arena, groups, sizeof *log->is_own);
    log->profiles = seg_arena_take_array(arena, batch->vector_rows, sizeof *log->profiles);
    log->times = seg_arena_take_array(arena, batch->vector_rows, sizeof *log->times);
    if (arena->failed) return SEG_E_MEMORY;
    batch->log = log;
    leave_to_rows(batch);
    seg_status status = SEG_OK;
    for (uint32_t i = 0; status == SEG_OK && i < options->table_count; i++) {
        seg_log_table *table = &log->tables[log->table_count++];
        status = bind_table(batch, table, &options->tables[i], options->allow_extra, error);
        if (status == SEG_OK) status = lower_table(batch, table);
    }
    return status;
}

void seg_log_free(seg_batch *batch) {
    struct seg_log *log = batch->log;
    if (!log) return;
    for (uint32_t i = 0; i < log->table_count; i++)
        if (log->tables[i].facts) {
            seg_arena_release(&log->tables[i].facts->run);
            seg_arena_release(&log->tables[i].facts->arena);
        }
    for (uint32_t i = 0; i < log->gather_count; i++)
        if (log->gathers[i].room)
            seg_resize(batch->allocator, log->gathers[i].room, log->gathers[i].room_bytes, 0);
}

/* Whether somebody gathers from the store. */
static bool is_gathered(const seg_batch *batch, uint32_t store) {
    const struct seg_log *log = batch->log;
    for (uint32_t i = 0; i < log->gather_count; i++)
        if (batch->image->queries[log->gathers[i].query].store == store) return true;
    return false;
}

static seg_status order_table(const seg_batch *batch, seg_log_table *table) {
    const seg_image *image = batch->image;
    seg_batch *facts = table->facts;
    seg_run feeds = image->events[table->event].feeds;
    size_t most = 0;
    for (uint32_t i = 0; i < feeds.count; i++) most += 1 + image->feeds[feeds.first + i].values.count;
    facts->kept = seg_arena_take_array(&facts->arena, most, sizeof *facts->kept);
    if (facts->arena.failed) return SEG_E_MEMORY;
    for (uint32_t i = 0; table->is_readable && i < feeds.count; i++) {
        const seg_image_feed *feed = &image->feeds[feeds.first + i];
        if (!is_gathered(batch, feed->store)) continue;
        facts->kept[facts->kept_count++] = table->filters[i] / 2;
        for (uint32_t j = 0; j < feed->values.count; j++) {
            seg_symbol symbol = table->values[i][j];
            facts->kept[facts->kept_count++] = symbol.is_bits ? symbol.id / 2 : symbol.id;
        }
    }
    seg_status status = seg_batch_order(facts);
    return status == SEG_OK ? seg_batch_make_room(facts) : status;
}

seg_status seg_log_order(seg_batch *batch) {
    struct seg_log *log = batch->log;
    if (!log) return SEG_OK;
    uint32_t most_fields = 0;
    seg_status status = SEG_OK;
    for (uint32_t i = 0; status == SEG_OK && i < log->table_count; i++) {
        uint32_t fields = batch->image->events[log->tables[i].event].fields.count;
        if (fields > most_fields) most_fields = fields;
        status = order_table(batch, &log->tables[i]);
    }
    for (uint32_t i = 0; i < log->window_count; i++)
        log->windows[i].bits =
            seg_arena_take_array(&batch->arena, batch->vector_rows / SEG_GROUP, sizeof *log->windows[i].bits);
    log->values = seg_arena_take_array(&batch->arena, most_fields, sizeof *log->values);
    return batch->arena.failed ? SEG_E_MEMORY : status;
}

/* ---- reading
 * --------------------------------------------------------------------------------------------------- */

static seg_status open_table(seg_log_table *table, const struct ArrowArray *array, seg_error *error) {
    seg_batch *facts = table->facts;
    seg_arena_release(&facts->run);
    table->array = array;
    seg_status status = seg_batch_open(facts, array, error);
    if (status == SEG_OK && array->length > UINT32_MAX)
        return seg_error_set(error, SEG_E_USAGE, 0, "a table has at most 2^32 rows");
    return status == SEG_OK ? seg_batch_enter(facts, error) : status;
}

/* Required columns have a value in each of `rows` rows. */
static seg_status check_known(const seg_batch *facts, size_t from, size_t rows, seg_error *error) {
    for (uint32_t i = 0; i < facts->column_count; i++) {
        const seg_column *column = &facts->columns[i];
        if (!column->field->required || !column->validity) continue;
        for (size_t row = 0; row < rows; row++)
            if (!seg_bitmap_get(column->known, row))
                return seg_column_refuse(column, from + row, "the value is missing", error);
    }
    return SEG_OK;
}

/* Which rows are of profiles that are gathered for. The profiles' rows lie in `times`. */
static void mark_own(seg_batch *batch, size_t rows) {
    struct seg_log *log = batch->log;
    size_t groups = (rows + SEG_GROUP - 1) / SEG_GROUP;
    if (log->own == log->rows) return;
    seg_bitmap_compare(batch->kernels, SEG_FORM_I64, SEG_RELATION_LT, log->times, rows, (int64_t)log->first,
                       NULL, log->scratch);
    seg_bitmap_compare(batch->kernels, SEG_FORM_I64, SEG_RELATION_LT, log->times, rows,
                       (int64_t)(log->first + log->own), NULL, log->is_own);
    for (size_t i = 0; i < groups; i++) log->is_own[i] &= ~log->scratch[i];
}

/* The profiles and times of the vector at hand. */
static seg_status read_heads(seg_batch *batch, const seg_log_table *table, size_t from, size_t rows,
                             seg_error *error) {
    struct seg_log *log = batch->log;
    const seg_column *profiles = &table->facts->columns[PROFILE_COLUMN];
    seg_status status = seg_column_words(profiles, batch->kernels, from, rows, log->times, error);
    if (status != SEG_OK) return status;
    uint64_t most = 0;
    for (size_t i = 0; i < rows; i++) {
        log->profiles[i] = (uint32_t)((uint64_t)log->times[i] - log->first);
        most = (uint64_t)log->times[i] > most ? (uint64_t)log->times[i] : most;
    }
    for (size_t i = 0; most >= log->rows && i < rows; i++)
        if ((uint64_t)log->times[i] >= log->rows)
            return seg_column_refuse(profiles, from + i, "there is no profile of this number", error);
    mark_own(batch, rows);
    return seg_column_words(&table->facts->columns[TIME_COLUMN], batch->kernels, from, rows, log->times,
                            error);
}

static seg_status read_table(seg_batch *batch, seg_log_table *table, seg_error *error) {
    size_t rows = (size_t)table->array->length;
    seg_status status = SEG_OK;
    for (size_t from = 0; status == SEG_OK && from < rows; from += batch->vector_rows) {
        size_t left = rows - from, count = left < batch->vector_rows ? left : batch->vector_rows;
        status = seg_batch_step(table->facts, from, count, NULL, NULL, error);
        if (status == SEG_OK) status = check_known(table->facts, from, count, error);
        if (status == SEG_OK) status = read_heads(batch, table, from, count, error);
        if (status == SEG_OK && table->is_readable) seg_gather_add(batch, table, count);
    }
    return status;
}

seg_status seg_log_run(seg_batch *batch, const struct ArrowArray *const *arrays, size_t rows, size_t first,
                       size_t end, seg_error *error) {
    struct seg_log *log = batch->log;
    if (rows > UINT32_MAX) return seg_error_set(error, SEG_E_USAGE, 0, "there are at most 2^32 profiles");
    log->rows = rows;
    log->first = first;
    log->own = end - first;
    log->starts = NULL;
    seg_status status = seg_gather_start(batch, log->own);
    for (uint32_t i = 0; i < log->table_count; i++) log->tables[i].array = NULL;
    for (uint32_t i = 0; arrays && status == SEG_OK && i < log->table_count; i++) {
        status = open_table(&log->tables[i], arrays[i], error);
        if (status == SEG_OK) status = read_table(batch, &log->tables[i], error);
    }
    if (status == SEG_OK && batch->row_count > 0) status = seg_log_group(batch, error);
    return status == SEG_E_MEMORY ? seg_error_set(error, status, 0, "no memory for windows") : status;
}
