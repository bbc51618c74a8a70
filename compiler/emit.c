/* emit.c - the plan becomes an image: sections of fixed-size records, every byte determined by the rules. */
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "plan_parts.h"

typedef struct seg_emitter {
    const seg_plan *plan;
    seg_buffer sections[SEG_SECTION_COUNT];
    uint32_t counts[SEG_SECTION_COUNT];
    seg_intern strings;
    seg_list string_refs;   /* seg_ref by number in `strings` */
    seg_intern enums;       /* by address */
    seg_list enum_runs;     /* seg_run */
    seg_intern transitions; /* of a whole zone */
    seg_list firsts;        /* uint32_t by number in `transitions` */
    seg_run *store_atoms;   /* per store, in LINKS */
} seg_emitter;

static uint32_t add(seg_emitter *emitter, seg_section_id section, const void *record) {
    seg_buffer_add(&emitter->sections[section], record, seg_section_record_bytes[section]);
    return emitter->counts[section]++;
}

static seg_ref add_string(seg_emitter *emitter, seg_text text) {
    bool is_new = false;
    uint32_t number = seg_intern_number(&emitter->strings, text.bytes, text.size_bytes, &is_new);
    if (number == SEG_NONE) return (seg_ref){0};
    if (is_new) {
        seg_ref *ref = seg_list_add(emitter->plan->arena, &emitter->string_refs, sizeof *ref);
        if (!ref) return (seg_ref){0};
        *ref = (seg_ref){emitter->counts[SEG_SECTION_STRINGS], (uint32_t)text.size_bytes};
        seg_buffer_add(&emitter->sections[SEG_SECTION_STRINGS], text.bytes, text.size_bytes);
        emitter->counts[SEG_SECTION_STRINGS] += (uint32_t)text.size_bytes;
    }
    return SEG_LIST_AT(emitter->string_refs, seg_ref, number);
}

static seg_run add_links(seg_emitter *emitter, const seg_list *numbers) {
    seg_run run = {emitter->counts[SEG_SECTION_LINKS], numbers->count};
    for (uint32_t i = 0; i < numbers->count; i++)
        add(emitter, SEG_SECTION_LINKS, &SEG_LIST_AT(*numbers, uint32_t, i));
    return run;
}

/* ---- schema ------------------------------------------------------------------------------------------- */

static seg_run add_enum(seg_emitter *emitter, const seg_rule_enum *enumeration) {
    bool is_new = false;
    uint32_t number = seg_intern_number(&emitter->enums, &enumeration, sizeof enumeration, &is_new);
    if (number == SEG_NONE) return (seg_run){0};
    if (is_new) {
        seg_run *run = seg_list_add(emitter->plan->arena, &emitter->enum_runs, sizeof *run);
        if (!run) return (seg_run){0};
        *run = (seg_run){emitter->counts[SEG_SECTION_TEXTS], enumeration->count};
        for (uint32_t i = 0; i < enumeration->count; i++) {
            seg_ref name = add_string(emitter, enumeration->names[i]);
            add(emitter, SEG_SECTION_TEXTS, &name);
        }
    }
    return SEG_LIST_AT(emitter->enum_runs, seg_run, number);
}

static void add_field(seg_emitter *emitter, const seg_rule_field *field) {
    bool is_set = field->type.type == SEG_SET;
    seg_image_field record = {.name = add_string(emitter, field->name),
                              .type = (uint8_t)field->type.type,
                              .scale = field->type.type == SEG_DECIMAL ? field->type.scale : 0,
                              .required = !field->type.optional && !field->has_default && !is_set};
    if (field->type.type == SEG_ENUM) record.values = add_enum(emitter, field->type.enumeration);
    add(emitter, SEG_SECTION_FIELDS, &record);
}

/* Each store's atoms stand in LINKS once. */
static void add_store_atoms(seg_emitter *emitter) {
    const seg_plan *plan = emitter->plan;
    const seg_list *atoms = seg_plan_store_atoms(plan);
    emitter->store_atoms = seg_arena_take_array(plan->arena, plan->stores.count + 1u, sizeof(seg_run));
    for (uint32_t i = 0; atoms && emitter->store_atoms && i < plan->stores.count; i++)
        emitter->store_atoms[i] = add_links(emitter, &atoms[i]);
}

static void add_feeds(seg_emitter *emitter, uint32_t event) {
    const seg_plan *plan = emitter->plan;
    const seg_plan_feed *feeds = plan->feeds.items; /* in order of event */
    uint32_t first = 0, count = 0;
    while (first < plan->feeds.count && feeds[first].event < event) first++;
    while (first + count < plan->feeds.count && feeds[first + count].event == event) count++;
    seg_plan_feed *sorted = seg_arena_take_array(plan->arena, count + 1u, sizeof *sorted);
    if (!sorted || !emitter->store_atoms) return;
    if (count > 0) memcpy(sorted, feeds + first, count * sizeof *sorted);
    seg_plan_sort_feeds(sorted, count);
    for (uint32_t i = 0; i < count; i++) {
        seg_image_feed made = {.store = sorted[i].store,
                               .filter = sorted[i].filter,
                               .values = add_links(emitter, &sorted[i].values),
                               .atoms = emitter->store_atoms[sorted[i].store],
                               .route = sorted[i].route,
                               .relation = sorted[i].relation,
                               .word = sorted[i].word};
        add(emitter, SEG_SECTION_FEEDS, &made);
    }
}

static void add_event(seg_emitter *emitter, uint32_t event, seg_text name, seg_text source, seg_text elements,
                      const seg_rule_field *fields, uint32_t field_count) {
    seg_image_event_record record = {.name = add_string(emitter, name),
                                     .source = add_string(emitter, source),
                                     .elements = add_string(emitter, elements),
                                     .fields = {emitter->counts[SEG_SECTION_FIELDS], field_count},
                                     .feeds = {emitter->counts[SEG_SECTION_FEEDS], 0}};
    for (uint32_t i = 0; i < field_count; i++) add_field(emitter, &fields[i]);
    add_feeds(emitter, event);
    record.feeds.count = emitter->counts[SEG_SECTION_FEEDS] - record.feeds.first;
    add(emitter, SEG_SECTION_EVENTS, &record);
}

static void add_schema(seg_emitter *emitter) {
    const seg_rules *rules = emitter->plan->rules;
    add_store_atoms(emitter);
    for (uint32_t i = 0; i < rules->event_count; i++) {
        const seg_rule_event *event = &rules->events[i];
        add_event(emitter, i, event->name, event->source, event->elements, event->fields,
                  event->field_count);
    }
    for (uint32_t i = 0; i < rules->attribute_count + rules->has_identity; i++) {
        const seg_rule_field *attribute = &rules->attributes[i];
        add_event(emitter, rules->event_count + i, attribute->name, attribute->name, (seg_text){0},
                  attribute, 1);
    }
}

static void add_columns(seg_emitter *emitter) {
    const seg_rules *rules = emitter->plan->rules;
    for (uint32_t i = 0; i < rules->columns_count; i++) {
        const seg_rule_columns *columns = &rules->columns[i];
        seg_image_column_map_record record = {
            .pattern = add_string(emitter, columns->pattern),
            .event = columns->event,
            .columns = {emitter->counts[SEG_SECTION_COLUMNS], columns->column_count}};
        for (uint32_t j = 0; j < columns->column_count; j++) {
            const seg_rule_column *column = &columns->columns[j];
            seg_image_column made = {.column = add_string(emitter, column->column),
                                     .field = column->field,
                                     .role = column->role,
                                     .is_constant = column->is_constant};
            add(emitter, SEG_SECTION_COLUMNS, &made);
        }
        add(emitter, SEG_SECTION_COLUMN_MAPS, &record);
    }
}

/* Transitions of zones that never differed are written once: many names of the tz database are links. */
static seg_run add_transitions(seg_emitter *emitter, const seg_rule_zone *zone) {
    bool is_new = true;
    seg_run run = {emitter->counts[SEG_SECTION_TRANSITIONS], zone->transition_count};
    seg_buffer key;
    seg_buffer_init(&key, emitter->plan->arena->allocator);
    for (uint32_t i = 0; i < zone->transition_count; i++) {
        seg_buffer_add(&key, &zone->transitions[i].at, sizeof zone->transitions[i].at);
        seg_buffer_add(&key, &zone->transitions[i].offset_s, sizeof zone->transitions[i].offset_s);
    }
    uint32_t number = seg_intern_number(&emitter->transitions, key.bytes, key.size_bytes, &is_new);
    if (key.failed) emitter->plan->arena->failed = true;
    seg_buffer_free(&key);
    if (number == SEG_NONE) return run;
    if (!is_new) {
        run.first = SEG_LIST_AT(emitter->firsts, uint32_t, number);
        return run;
    }
    uint32_t *first = seg_list_add(emitter->plan->arena, &emitter->firsts, sizeof *first);
    if (first) *first = run.first;
    for (uint32_t i = 0; i < zone->transition_count; i++) {
        seg_image_transition made = {.at = zone->transitions[i].at,
                                     .offset_s = zone->transitions[i].offset_s};
        add(emitter, SEG_SECTION_TRANSITIONS, &made);
    }
    return run;
}

static void add_zone(seg_emitter *emitter, const seg_rule_zone *zone, bool is_whole) {
    seg_image_zone record = {.name = add_string(emitter, zone->name),
                             .version = add_string(emitter, zone->version),
                             .word = seg_text_word(zone->name),
                             .first_offset_s = zone->first_offset_s,
                             .is_whole = is_whole,
                             .transitions = add_transitions(emitter, zone)};
    add(emitter, SEG_SECTION_ZONES, &record);
}

static void add_zones(seg_emitter *emitter) {
    const seg_rules *rules = emitter->plan->rules;
    add_zone(emitter, &rules->zone, rules->has_all_zones);
    for (uint32_t i = 0; i < rules->zone_count; i++) add_zone(emitter, &rules->zones[i], false);
}

/* ---- state and programs -----------------------------------------------------------------------------------
 */

/* Equal in every image that remembers the same of the same events: over names, not numbers. */
static uint64_t store_identity(seg_emitter *emitter, const seg_plan_store *store) {
    const seg_plan *plan = emitter->plan;
    const seg_plan_group *group = &SEG_LIST_AT(plan->groups, seg_plan_group, store->group);
    seg_buffer key;
    seg_buffer_init(&key, plan->arena->allocator);
    for (uint32_t i = 0; i < group->event_count; i++) {
        uint32_t event = group->events[i];
        bool is_event = event < plan->rules->event_count;
        seg_text name = is_event ? plan->rules->events[event].source
                                 : plan->rules->attributes[event - plan->rules->event_count].name;
        seg_buffer_add(&key, is_event ? "e" : "a", 1);
        seg_buffer_add(&key, name.bytes, name.size_bytes);
        seg_buffer_add(&key, "", 1);
        seg_text elements = is_event ? plan->rules->events[event].elements : (seg_text){0};
        if (!elements.bytes) continue;
        seg_buffer_add(&key, elements.bytes, elements.size_bytes);
        seg_buffer_add(&key, "", 1);
    }
    seg_plan_key(&key, group->where, 0, group->event_count);
    for (uint32_t i = 0; i < store->fields.count; i++) {
        uint32_t field = SEG_LIST_AT(store->fields, uint32_t, i);
        seg_plan_key(&key, SEG_LIST_AT(group->fields, seg_plan_field, field).rule, 0, group->event_count);
    }
    seg_buffer_add(&key, &store->record.keep, sizeof store->record.keep);
    seg_buffer_add(&key, &store->record.flags, sizeof store->record.flags);
    seg_buffer_add(&key, &store->record.horizon_ms, sizeof store->record.horizon_ms);
    seg_buffer_add(&key, &store->record.flags, sizeof store->record.flags);
    seg_buffer_add(&key, &store->record.past_ms, sizeof store->record.past_ms);
    uint64_t identity = XXH64(key.bytes, key.size_bytes, 0);
    if (key.failed) plan->arena->failed = true;
    seg_buffer_free(&key);
    return identity;
}

static void add_pair(seg_emitter *emitter, const seg_plan_pair *pair) {
    seg_image_pair record = pair->record;
    record.same = (seg_run){emitter->counts[SEG_SECTION_LINKS], 2 * pair->rule->same_count};
    for (uint32_t i = 0; i < pair->rule->same_count; i++) {
        add(emitter, SEG_SECTION_LINKS, &pair->here[i]);
        add(emitter, SEG_SECTION_LINKS, &pair->there[i]);
    }
    add(emitter, SEG_SECTION_PAIRS, &record);
}

static void add_state(seg_emitter *emitter) {
    const seg_plan *plan = emitter->plan;
    for (uint32_t i = 0; i < plan->stores.count; i++) {
        const seg_plan_store *store = &SEG_LIST_AT(plan->stores, seg_plan_store, i);
        seg_image_store record = store->record;
        record.identity = store_identity(emitter, store);
        add(emitter, SEG_SECTION_STORES, &record);
    }
    for (uint32_t i = 0; i < plan->queries.count; i++) {
        const seg_plan_query *query = &SEG_LIST_AT(plan->queries, seg_plan_query, i);
        seg_image_query record = {.store = query->store,
                                  .field = query->store_field,
                                  .window = query->window,
                                  .key = query->store_key,
                                  .from_months = query->from.months,
                                  .to_months = query->to.months,
                                  .from_ms = query->from.ms,
                                  .to_ms = query->to.ms,
                                  .pairs = query->pairs};
        if (query->asked) {
            record.delay_ms = query->asked->delay_ms;
            record.own_pairs = query->asked->own_pairs;
            record.newest = query->asked->newest;
        }
        if (query->window == SEG_WINDOW_CALENDAR) {
            record.unit = query->unit;
            record.from_months = query->first;
            record.to_months = query->end;
        }
        add(emitter, SEG_SECTION_QUERIES, &record);
    }
    for (uint32_t i = 0; i < plan->pairs.count; i++)
        add_pair(emitter, &SEG_LIST_AT(plan->pairs, seg_plan_pair, i));
}

static void add_natives(seg_emitter *emitter) {
    const seg_plan *plan = emitter->plan;
    for (uint32_t i = 0; i < plan->natives.count; i++) {
        const seg_rule_native *native = &plan->rules->natives[SEG_LIST_AT(plan->natives, uint32_t, i)];
        seg_image_native_record record = {.library = add_string(emitter, native->library),
                                   .name = add_string(emitter, native->name),
                                   .argument_count = (uint8_t)native->argument_count,
                                   .result = (uint8_t)native->result.type,
                                   .is_optional = native->result.optional};
        for (uint32_t j = 0; j < native->argument_count; j++)
            record.arguments[j] = (uint8_t)native->arguments[j].type;
        add(emitter, SEG_SECTION_NATIVES, &record);
    }
}

static void add_tables(seg_emitter *emitter) {
    const seg_plan *plan = emitter->plan;
    for (uint32_t i = 0; i < plan->sets.count; i++) {
        const seg_plan_set *set = &SEG_LIST_AT(plan->sets, seg_plan_set, i);
        seg_run run = {emitter->counts[SEG_SECTION_WORDS], set->count};
        for (uint32_t j = 0; j < set->count; j++) add(emitter, SEG_SECTION_WORDS, &set->words[j]);
        add(emitter, SEG_SECTION_WORD_SETS, &run);
    }
    for (uint32_t i = 0; i < plan->automata.count; i++) {
        const seg_automaton *automaton = &SEG_LIST_AT(plan->automata, seg_automaton, i);
        uint32_t cells = (uint32_t)automaton->states * automaton->classes;
        seg_image_automaton record = {.states = automaton->states,
                                      .classes = automaton->classes,
                                      .table = {emitter->counts[SEG_SECTION_TABLES], cells}};
        memcpy(record.class_of, automaton->class_of, sizeof record.class_of);
        for (uint32_t j = 0; j < cells; j++) add(emitter, SEG_SECTION_TABLES, &automaton->table[j]);
        record.accepting = (seg_run){emitter->counts[SEG_SECTION_TABLES], automaton->states};
        for (uint32_t j = 0; j < automaton->states; j++)
            add(emitter, SEG_SECTION_TABLES, &automaton->accepting[j]);
        add(emitter, SEG_SECTION_AUTOMATA, &record);
    }
}

/* Texts that programs name come first, so that their numbers are the plan's. */
static void add_texts(seg_emitter *emitter) {
    for (uint32_t i = 0; i < emitter->plan->texts.count; i++) {
        seg_ref ref = add_string(emitter, SEG_LIST_AT(emitter->plan->texts, seg_text, i));
        add(emitter, SEG_SECTION_TEXTS, &ref);
    }
}

static void add_programs(seg_emitter *emitter, seg_image_header *header) {
    const seg_plan *plan = emitter->plan;
    for (uint32_t i = 0; i < plan->code.count; i++)
        add(emitter, SEG_SECTION_CODE, &SEG_LIST_AT(plan->code, seg_ins, i));
    for (uint32_t i = 0; i < plan->programs.count; i++) {
        const seg_plan_program *program = &SEG_LIST_AT(plan->programs, seg_plan_program, i);
        seg_image_program record = {.code = {program->first, program->count},
                                    .registers = program->registers,
                                    .context = program->context,
                                    .depth = program->depth};
        add(emitter, SEG_SECTION_PROGRAMS, &record);
        if (program->registers > header->max_registers) header->max_registers = program->registers;
        if (program->depth > header->max_depth) header->max_depth = program->depth;
    }
}

static void add_atoms(seg_emitter *emitter, seg_image_header *header) {
    const seg_plan *plan = emitter->plan;
    for (uint32_t i = 0; i < plan->atoms.count; i++) {
        const seg_plan_atom *atom = &SEG_LIST_AT(plan->atoms, seg_plan_atom, i);
        seg_image_atom record = {.program = atom->program, .segments = add_links(emitter, &atom->segments)};
        add(emitter, SEG_SECTION_ATOMS, &record);
    }
    header->temporal_atoms.first = emitter->counts[SEG_SECTION_LINKS];
    for (uint32_t i = 0; i < plan->atoms.count; i++) {
        uint32_t program = SEG_LIST_AT(plan->atoms, seg_plan_atom, i).program;
        if (SEG_LIST_AT(plan->programs, seg_plan_program, program).temporal)
            add(emitter, SEG_SECTION_LINKS, &i);
    }
    header->temporal_atoms.count = emitter->counts[SEG_SECTION_LINKS] - header->temporal_atoms.first;
}

static void add_rankings(seg_emitter *emitter) {
    const seg_plan *plan = emitter->plan;
    const seg_rules *rules = plan->rules;
    for (uint32_t i = 0; i < plan->rankings.count; i++) {
        const seg_plan_ranking *ranking = &SEG_LIST_AT(plan->rankings, seg_plan_ranking, i);
        seg_text text = {ranking->span.source->bytes + ranking->span.first,
                         ranking->span.end - ranking->span.first};
        seg_image_ranking record = {.text = add_string(emitter, text),
                                    .program = ranking->program,
                                    .type = (uint8_t)ranking->type,
                                    .scale = ranking->type == SEG_DECIMAL ? ranking->scale : 0};
        add(emitter, SEG_SECTION_RANKINGS, &record);
    }
    if (plan->rankings.count == 0) return;
    seg_image_clock every = {.ms = rules->refresh_every_ms};
    if (every.ms) add(emitter, SEG_SECTION_CLOCKS, &every);
    for (uint32_t i = 0; !every.ms && i < rules->refresh_count; i++) {
        seg_image_clock daily = {.ms = rules->refresh_clocks[i], .is_daily = 1};
        add(emitter, SEG_SECTION_CLOCKS, &daily);
    }
}

static void add_groups(seg_emitter *emitter) {
    const seg_plan *plan = emitter->plan;
    for (uint32_t i = 0; i < plan->rules->group_count; i++) {
        const seg_rule_group *group = &plan->rules->groups[i];
        seg_image_group record = {.name = add_string(emitter, group->name),
                                  .attribute = group->attribute,
                                  .program = plan->group_programs[i]};
        add(emitter, SEG_SECTION_GROUPS, &record);
    }
    for (uint32_t i = 0; i < plan->tallies.count; i++) {
        const seg_plan_tally *tally = &SEG_LIST_AT(plan->tallies, seg_plan_tally, i);
        seg_image_tally record = {.group = tally->group, .segment = tally->segment};
        add(emitter, SEG_SECTION_TALLIES, &record);
    }
}

static void add_segments(seg_emitter *emitter) {
    const seg_plan *plan = emitter->plan;
    for (uint32_t i = 0; i < plan->rules->segment_count; i++) {
        const seg_rule_segment *segment = &plan->rules->segments[i];
        const seg_list *probes = &plan->segments[i].probes;
        seg_image_segment_record record = {.name = add_string(emitter, segment->name),
                                           .title = add_string(emitter, segment->title),
                                           .program = plan->segments[i].program,
                                           .probes = {emitter->counts[SEG_SECTION_PROBES], probes->count}};
        for (uint32_t j = 0; j < probes->count; j++) {
            const seg_plan_probe *probe = &SEG_LIST_AT(*probes, seg_plan_probe, j);
            seg_image_probe_record made = {.text = add_string(emitter, probe->text),
                                           .depth = probe->depth,
                                           .program = probe->program,
                                           .query = probe->query,
                                           .type = (uint8_t)probe->type,
                                           .scale = probe->scale,
                                           .flags = probe->flags,
                                           .ranking = probe->ranking,
                                           .amount = probe->amount,
                                           .kind = probe->kind,
                                           .inner = probe->inner,
                                           .past_ms = probe->past_ms};
            add(emitter, SEG_SECTION_PROBES, &made);
        }
        add(emitter, SEG_SECTION_SEGMENTS, &record);
    }
}

/* ---- the image
 * ---------------------------------------------------------------------------------------------- */

static uint64_t layout_of(const seg_emitter *emitter, const seg_image_header *header) {
    const seg_buffer *stores = &emitter->sections[SEG_SECTION_STORES];
    uint32_t counts[] = {emitter->counts[SEG_SECTION_ATOMS], emitter->counts[SEG_SECTION_SEGMENTS],
                         header->temporal_atoms.count};
    return XXH64(counts, sizeof counts, stores->size_bytes ? XXH64(stores->bytes, stores->size_bytes, 0) : 0);
}

static bool assemble(seg_emitter *emitter, seg_image_header *header, seg_buffer *image) {
    seg_arena *arena = emitter->plan->arena;
    uint64_t offset = (sizeof *header + 7) / 8 * 8;
    for (uint32_t i = 0; i < SEG_SECTION_COUNT; i++) {
        if (emitter->sections[i].failed) arena->failed = true; /* memory ran short: that is no limit */
        header->sections[i] = (seg_section){offset, emitter->counts[i]};
        offset = (offset + emitter->sections[i].size_bytes + 7) / 8 * 8;
    }
    header->size_bytes = offset;
    header->layout = layout_of(emitter, header);
    size_t start = image->size_bytes;
    if (arena->failed || offset > UINT32_MAX) return false;
    if (seg_buffer_room(image, (size_t)offset) == SIZE_MAX) return false;
    memcpy(image->bytes + start, header, sizeof *header);
    for (uint32_t i = 0; i < SEG_SECTION_COUNT; i++)
        if (emitter->sections[i].size_bytes)
            memcpy(image->bytes + start + header->sections[i].offset, emitter->sections[i].bytes,
                   emitter->sections[i].size_bytes);
    header->checksum = XXH64(image->bytes + start, (size_t)offset, 0);
    memcpy(image->bytes + start, header, sizeof *header);
    return true;
}

bool seg_emit(const seg_plan *plan, seg_buffer *image, seg_diags *diags) {
    seg_emitter emitter = {.plan = plan};
    for (uint32_t i = 0; i < SEG_SECTION_COUNT; i++)
        seg_buffer_init(&emitter.sections[i], plan->arena->allocator);
    seg_intern_init(&emitter.strings, plan->arena);
    seg_intern_init(&emitter.enums, plan->arena);
    seg_intern_init(&emitter.transitions, plan->arena);
    seg_image_header header = {.format = SEG_IMAGE_FORMAT,
                               .header_bytes = sizeof header,
                               .duplicates_ms = plan->rules->duplicates_ms,
                               .event_count = plan->rules->event_count,
                               .attribute_count = plan->rules->attribute_count};
    memcpy(header.magic, SEG_IMAGE_MAGIC, sizeof header.magic);
    add_texts(&emitter);
    add_schema(&emitter);
    add_columns(&emitter);
    add_zones(&emitter);
    add_state(&emitter);
    add_tables(&emitter);
    add_natives(&emitter);
    add_programs(&emitter, &header);
    add_atoms(&emitter, &header);
    add_segments(&emitter);
    add_rankings(&emitter);
    add_groups(&emitter);
    bool done = assemble(&emitter, &header, image);
    if (!done && !plan->arena->failed && !image->failed)
        seg_diag_add(diags, SEG_DIAG_PLAN_LIMIT, (seg_span){0},
                     "the compiled rules are larger than an image can be (4 GiB)");
    for (uint32_t i = 0; i < SEG_SECTION_COUNT; i++) seg_buffer_free(&emitter.sections[i]);
    return done;
}
