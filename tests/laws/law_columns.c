/* law_columns.c - rows of columns have the members that each row has as a profile of its own. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arrow.h"
#include "law.h"

enum { ROWS_MAX = 600, POOL_MAX = SEG_HISTORY_LIMIT + 24, EVENTS_MAX = 500 };

typedef struct happening { /* an event of the history, as one of somebody */
    const seg_fact *fact;
    uint32_t row; /* whose */
    int64_t time; /* the fact's, or that of another: so different ones fall on one instant */
} happening;

typedef struct table {
    seg_arrow arrow;
    uint32_t attribute_count;
    size_t rows;
    seg_value *values; /* attribute by attribute, then the ids */
    bool *has_column;
    uint32_t event_count; /* of the image */
    size_t happening_count;
    happening *happenings;
    seg_arrow *events; /* per event of the image, as far as there is a table of it */
    seg_batch_table *tables;
    const struct ArrowArray **arrays;
    uint32_t table_count;
} table;

static seg_value *value_at(const table *t, uint32_t attribute, size_t row) {
    return &t->values[attribute * t->rows + row];
}

/* Times that a rule's duration takes exactly to now, or misses by one. */
static uint32_t add_edges(const seg_trial *trial, seg_type type, seg_value *pool, uint32_t count,
                          seg_random *random) {
    const seg_targets *targets = &trial->c->targets;
    int64_t now = trial->histories[0].end, unit = type == SEG_DATE ? 86400000 : 1;
    int64_t here = type == SEG_DATE ? seg_image_local_date(trial->c->image, now) : now;
    for (uint32_t i = 0; i < 24 && targets->duration_count > 0; i++) {
        const seg_rule_duration *duration =
            &targets->durations[seg_random_below(random, targets->duration_count)];
        int64_t away = (duration->ms + duration->months * INT64_C(30) * 86400000) / unit;
        int64_t at =
            here + (seg_random_chance(random, 70) ? -away : away) + seg_random_between(random, -1, 1);
        if (type == SEG_TIME ? at >= SEG_TIME_MIN && at <= SEG_TIME_MAX : at >= -700000 && at <= 2900000)
            pool[count++] = (seg_value){.known = true, .as.i = at};
    }
    return count;
}

/* Values of an attribute that the history holds: they aim at the rules' edges. */
static uint32_t pool_of(const seg_history *history, uint32_t attribute, seg_value *pool) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < history->count; i++) {
        const seg_fact *fact = &history->facts[i];
        if (fact->is_attribute && fact->index == attribute && fact->values[0].known)
            pool[count++] = fact->values[0];
    }
    return count;
}

static void fill(const seg_trial *trial, table *t, seg_random *random) {
    for (uint32_t a = 0; a < t->attribute_count; a++) {
        seg_value pool[POOL_MAX];
        seg_field_info field;
        seg_image_attribute(trial->c->image, a, &field);
        uint32_t count = pool_of(&trial->histories[0], a, pool);
        if (field.type == SEG_TIME || field.type == SEG_DATE)
            count = add_edges(trial, field.type, pool, count, random);
        uint32_t nulls = seg_random_below(random, 3) * 20;
        t->has_column[a] = count > 0 && !seg_random_chance(random, 10);
        for (size_t row = 0; t->has_column[a] && row < t->rows; row++)
            if (!seg_random_chance(random, nulls))
                *value_at(t, a, row) = pool[seg_random_below(random, count)];
    }
    static const char ids[] = "p0p1p2p3p4p5p6p7p8p9";
    for (size_t row = 0; row < t->rows; row++)
        *value_at(t, t->attribute_count, row) =
            (seg_value){.known = true, .as.text = {ids + 2 * seg_random_below(random, 10), 2}};
}

static void make_arrow(const seg_trial *trial, table *t, seg_random *random) {
    seg_field_info field = {.type = SEG_TEXT};
    seg_arrow_init(&t->arrow, t->rows, random);
    for (uint32_t a = 0; a < t->attribute_count; a++) {
        if (!t->has_column[a]) continue;
        char name[128];
        seg_image_attribute(trial->c->image, a, &field);
        snprintf(name, sizeof name, "%.*s", (int)field.name.size_bytes, field.name.bytes);
        seg_arrow_add(&t->arrow, name, trial->c->image, &field, value_at(t, a, 0), random);
    }
    field = (seg_field_info){.type = SEG_TEXT};
    seg_arrow_add(&t->arrow, "the id", trial->c->image, &field, value_at(t, t->attribute_count, 0), random);
}

/* The events of the history happen to everybody, in any order. */
static void fill_events(const seg_trial *trial, table *t, seg_random *random) {
    const seg_history *history = &trial->histories[0];
    size_t wanted = t->rows == 0 ? 0 : seg_random_below(random, EVENTS_MAX);
    for (size_t i = 0; i < wanted && history->count > 0; i++) {
        const seg_fact *fact = &history->facts[seg_random_below(random, history->count)];
        if (fact->is_attribute || !t->events[fact->index].schema.format) continue;
        const seg_fact *other = &history->facts[seg_random_below(random, history->count)];
        t->happenings[t->happening_count++] =
            (happening){fact, seg_random_below(random, (uint32_t)t->rows),
                        seg_random_chance(random, 30) ? other->time : fact->time};
    }
}

/* A column of the event's table: of field `f`, or of whose (event fields + 0) or when (+ 1) it was. */
static void add_event_column(const seg_trial *trial, table *t, uint32_t event, uint32_t f,
                             const seg_event_info *info, seg_value *values, seg_random *random) {
    seg_field_info field = {.type = f == info->field_count ? SEG_INT : SEG_TIME, .required = true};
    char name[128];
    snprintf(name, sizeof name, f == info->field_count ? "whose it is" : "when it was");
    if (f < info->field_count) {
        seg_image_event_field(trial->c->image, event, f, &field);
        snprintf(name, sizeof name, "%.*s", (int)field.name.size_bytes, field.name.bytes);
    }
    bool known = false;
    size_t count = 0;
    for (size_t i = 0; i < t->happening_count; i++) {
        const happening *h = &t->happenings[i];
        if (h->fact->index != event) continue;
        seg_value *value = &values[count++];
        *value = (seg_value){.known = true, .as.i = f == info->field_count ? h->row : h->time};
        if (f < info->field_count) *value = h->fact->values[f];
        known = known || value->known;
    }
    if (known || field.required)
        seg_arrow_add(&t->events[event], name, trial->c->image, &field, values, random);
}

static void make_events(const seg_trial *trial, table *t, seg_random *random) {
    const seg_image *image = trial->c->image;
    for (uint32_t e = 0; e < t->event_count; e++)
        if (seg_random_chance(random, 85)) t->events[e].schema.format = "+s";
    fill_events(trial, t, random);
    seg_value *values = calloc(EVENTS_MAX + 1, sizeof *values);
    if (values == NULL) abort();
    for (uint32_t e = 0; e < t->event_count; e++) {
        seg_event_info info;
        size_t count = 0;
        if (!t->events[e].schema.format) continue;
        for (size_t i = 0; i < t->happening_count; i++) count += t->happenings[i].fact->index == e;
        seg_image_event(image, e, &info);
        seg_arrow_init(&t->events[e], count, random);
        for (uint32_t f = 0; f < info.field_count + 2; f++)
            add_event_column(trial, t, e, f, &info, values, random);
        t->tables[t->table_count] = (seg_batch_table){e, &t->events[e].schema, "whose it is", "when it was"};
        t->arrays[t->table_count++] = &t->events[e].array;
    }
    free(values);
}

/* The row as a profile of its own; false: nothing is known of it, or the trial failed. */
static bool make_profile(seg_trial *trial, const table *t, size_t row, seg_state *state) {
    seg_vm *vm = trial->c->vm;
    int64_t now = trial->histories[0].end;
    bool known = false, fine = seg_trial_done(trial, seg_state_init(vm, state), "seg_state_init");
    fine = fine &&
           seg_trial_done(trial, seg_state_identify(vm, state, value_at(t, t->attribute_count, row)->as.text),
                          "seg_state_identify");
    for (uint32_t a = 0; fine && a < t->attribute_count; a++) {
        const seg_value *value = value_at(t, a, row);
        if (!value->known) continue;
        known = true;
        fine = seg_trial_done(trial, seg_put_attribute(vm, state, a, value, now, 0, 0, now, NULL, NULL),
                              "seg_put_attribute");
    }
    for (size_t i = 0; fine && i < t->happening_count; i++) {
        const seg_fact *fact = t->happenings[i].fact;
        int64_t time = t->happenings[i].time;
        if (t->happenings[i].row != row || time > now) continue;
        const seg_event event = {.event = fact->index, .time = time, .fields = fact->values};
        known = true;
        fine = seg_trial_done(trial, seg_put_event(vm, state, &event, now, NULL, NULL), "seg_put_event");
    }
    return fine && known &&
           seg_trial_done(trial, seg_settle(vm, state, now, SEG_CAUSE_ATTRIBUTE, (seg_sink){NULL, NULL}),
                          "seg_settle");
}

static void compare(seg_trial *trial, const table *t, uint64_t *const *members, const uint64_t *counts) {
    seg_case *c = trial->c;
    size_t words = (t->rows + 63) / 64;
    for (size_t row = 0; row < t->rows && !trial->failure.failed; row++) {
        seg_state state = {0};
        bool there = make_profile(trial, t, row, &state);
        for (uint32_t s = 0; there && s < c->info.segment_count; s++) {
            bool wanted = seg_state_is_member(c->vm, &state, s), got = members[s][row / 64] >> row % 64 & 1;
            trial->instants++;
            if (wanted == got) continue;
            char expected[64];
            snprintf(expected, sizeof expected, "row %zu is %s", row, wanted ? "a member" : "no member");
            seg_trial_fail(trial, s, trial->histories[0].end, expected, "the opposite from columns");
        }
        seg_state_free(c->vm, &state);
    }
    for (uint32_t s = 0; s < c->info.segment_count; s++) {
        uint64_t count = 0;
        for (size_t i = 0; i < words; i++) count += (uint64_t)__builtin_popcountll(members[s][i]);
        if (count != counts[s] || (t->rows % 64 && members[s][words - 1] >> t->rows % 64))
            seg_trial_fail(trial, s, trial->histories[0].end, "as many as there are bits", "another count");
    }
}

static void run(seg_trial *trial, const table *t, seg_random *random) {
    seg_case *c = trial->c;
    size_t words = (t->rows + 63) / 64;
    uint64_t *bits = calloc((words + 1) * c->info.segment_count + 1, sizeof *bits);
    uint64_t **members = calloc(c->info.segment_count + 1, sizeof *members);
    uint64_t *counts = calloc(c->info.segment_count + 1, sizeof *counts);
    if (bits == NULL || members == NULL || counts == NULL) abort();
    for (uint32_t s = 0; s < c->info.segment_count; s++) members[s] = bits + s * (words + 1);
    seg_batch_options options = {.vector_rows = seg_random_chance(random, 50) ? 256 : 0,
                                 .plain = seg_random_chance(random, 30),
                                 .threads = seg_random_chance(random, 20) ? 3 : 0,
                                 .id_column = "the id",
                                 .tables = t->tables,
                                 .table_count = t->table_count};
    seg_batch *batch;
    seg_error error = {.status = SEG_OK};
    seg_status status =
        seg_batch_new(&batch, c->image, &t->arrow.schema, trial->histories[0].end, &options, NULL, &error);
    for (int again = seg_random_chance(random, 20); status == SEG_OK && again >= 0; again--)
        status = seg_batch_run_events(batch, &t->arrow.array, t->arrays, members, counts, &error);
    if (status != SEG_OK)
        seg_trial_fail(trial, SEG_NONE, trial->histories[0].end, "columns are taken", error.message);
    else
        compare(trial, t, members, counts);
    seg_batch_free(batch);
    free(bits);
    free(members);
    free(counts);
}

static void take_room(const seg_trial *trial, table *t) {
    t->event_count = trial->c->info.event_count;
    t->happenings = calloc(EVENTS_MAX, sizeof *t->happenings);
    t->events = calloc(t->event_count + 1, sizeof *t->events);
    t->tables = calloc(t->event_count + 1, sizeof *t->tables);
    t->arrays = calloc(t->event_count + 1, sizeof *t->arrays);
    if (t->happenings == NULL || t->events == NULL || t->tables == NULL || t->arrays == NULL) abort();
}

static void give_room_back(table *t) {
    for (uint32_t i = 0; i < t->table_count; i++) seg_arrow_free(&t->events[t->tables[i].event]);
    free(t->happenings);
    free(t->events);
    free(t->tables);
    free(t->arrays);
}

/* Columns in any layout: bit for bit what seg_put_attribute, seg_put_event and seg_settle say. */
void seg_law_columns(seg_trial *trial) {
    seg_random random = {trial->seed};
    bool has_events = seg_random_chance(&random, 70);
    table t = {.attribute_count = trial->c->info.attribute_count};
    t.rows =
        seg_random_chance(&random, 30) ? seg_random_below(&random, ROWS_MAX) : seg_random_below(&random, 70);
    t.values = calloc((t.attribute_count + 1) * (t.rows + 1), sizeof *t.values);
    t.has_column = calloc(t.attribute_count + 1, sizeof *t.has_column);
    if (t.values == NULL || t.has_column == NULL) abort();
    fill(trial, &t, &random);
    make_arrow(trial, &t, &random);
    take_room(trial, &t);
    if (has_events) make_events(trial, &t, &random);
    run(trial, &t, &random);
    seg_arrow_free(&t.arrow);
    give_room_back(&t);
    free(t.values);
    free(t.has_column);
}
