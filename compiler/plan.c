/* plan.c - from typed rules to the least state that decides them.
 *
 * A rule compares what it asks of the past with constants, and that bounds what must be remembered:
 * `count(30d) < 2` needs the newest two facts, `any`, `no` and `last` the newest one, sums and counts
 * over everything need totals, and only open sums over windows need every fact of the window. The idea
 * has relatives in the monitoring of metric temporal logic (Basin et al., TACAS 2017). */
#include "plan_parts.h"

enum { PARTS_LIMIT = 1000000 };

void seg_plan_fault(seg_plan *plan, seg_diag_code code, seg_span span, const char *message) {
    if (!plan->failed) seg_diag_add(plan->diags, code, span, "%s", message);
    plan->failed = true;
}

/* ---- groups, fields, queries ------------------------------------------------------------------- */

seg_buffer *seg_plan_key_begin(seg_plan *plan) {
    seg_buffer_clear(&plan->key);
    return &plan->key;
}

uint32_t seg_plan_key_number(seg_plan *plan, seg_intern *keys, bool *is_new) {
    if (!plan->key.failed) return seg_intern_number(keys, plan->key.bytes, plan->key.size_bytes, is_new);
    plan->arena->failed = true;
    *is_new = false;
    return SEG_NONE;
}

static uint32_t group_of(seg_plan *plan, const uint32_t *events, uint32_t event_count,
                         const seg_rule *where) {
    seg_buffer *key = seg_plan_key_begin(plan);
    for (uint32_t i = 0; i < event_count; i++) seg_buffer_add(key, &events[i], sizeof events[i]);
    seg_plan_key(key, where, 0, event_count);
    bool is_new = false;
    uint32_t number = seg_plan_key_number(plan, &plan->group_keys, &is_new);
    if (!is_new) return number;
    seg_plan_group *group = seg_list_add(plan->arena, &plan->groups, sizeof *group);
    if (!group) return SEG_NONE;
    *group = (seg_plan_group){.event_count = event_count,
                              .events = events,
                              .where = where,
                              .log_store = SEG_NONE,
                              .newest_store = SEG_NONE};
    seg_intern_init(&group->field_keys, plan->arena);
    return number;
}

uint32_t seg_plan_group_of(seg_plan *plan, const seg_rule_facts *facts) {
    return group_of(plan, facts->events, facts->event_count, facts->where);
}

uint32_t seg_plan_group_of_attribute(seg_plan *plan, uint32_t attribute) {
    uint32_t *event = seg_arena_take(plan->arena, sizeof *event);
    if (!event) return SEG_NONE;
    *event = plan->rules->event_count + attribute;
    return group_of(plan, event, 1, NULL);
}

uint32_t seg_plan_field_of(seg_plan *plan, uint32_t group_number, const seg_rule *rule) {
    /* A group that memory ran short for has a number, and nothing behind it. */
    if (group_number >= plan->groups.count || !rule) return SEG_FIELD_TIME;
    seg_plan_group *group = &SEG_LIST_AT(plan->groups, seg_plan_group, group_number);
    seg_buffer *key = seg_plan_key_begin(plan);
    seg_plan_key(key, rule, 0, group->event_count);
    bool is_new = false;
    uint32_t number = seg_plan_key_number(plan, &group->field_keys, &is_new);
    if (!is_new) return number;
    seg_plan_field *field = seg_list_add(plan->arena, &group->fields, sizeof *field);
    if (!field) return SEG_NONE;
    *field = (seg_plan_field){.rule = rule, .is_float = rule->type.type == SEG_FLOAT};
    return number;
}

uint32_t seg_plan_query_of(seg_plan *plan, const seg_plan_query *query) {
    const int64_t head[] = {query->group,
                            query->field,
                            query->window,
                            query->need,
                            query->newest,
                            query->from.months,
                            query->from.ms,
                            query->to.months,
                            query->to.ms,
                            query->unit,
                            query->first,
                            query->end,
                            query->asked ? query->asked->newest : 0,
                            query->key};
    seg_buffer *key = seg_plan_key_begin(plan);
    seg_buffer_add(key, head, sizeof head);
    if (query->asked) seg_plan_pairs_key(key, query->asked);
    bool is_new = false;
    uint32_t number = seg_plan_key_number(plan, &plan->query_keys, &is_new);
    if (!is_new) return number;
    seg_plan_query made = *query;
    if (query->asked) seg_plan_add_pairs(plan, &made);
    seg_plan_query *place = seg_list_add(plan->arena, &plan->queries, sizeof *place);
    if (!place) return SEG_NONE;
    *place = made;
    return number;
}

uint32_t seg_plan_zone_number(const seg_rules *rules, seg_text name) {
    for (uint32_t i = 0; i < rules->zone_count; i++)
        if (seg_text_word(rules->zones[i].name) == seg_text_word(name)) return i + 1;
    return 0;
}

uint32_t seg_plan_text_of(seg_plan *plan, seg_text text) {
    bool is_new = false;
    uint32_t number = seg_intern_number(&plan->text_keys, text.bytes, text.size_bytes, &is_new);
    if (!is_new) return number;
    seg_text *made = seg_list_add(plan->arena, &plan->texts, sizeof *made);
    if (!made) return SEG_NONE;
    *made = text;
    return number;
}

uint32_t seg_plan_native_of(seg_plan *plan, uint32_t native) {
    for (uint32_t i = 0; i < plan->natives.count; i++)
        if (SEG_LIST_AT(plan->natives, uint32_t, i) == native) return i;
    uint32_t *made = seg_list_add(plan->arena, &plan->natives, sizeof *made);
    if (!made) return SEG_NONE;
    *made = native;
    return plan->natives.count - 1;
}

uint32_t seg_plan_automaton_of(seg_plan *plan, const seg_rule *matches) {
    seg_buffer *key = seg_plan_key_begin(plan);
    seg_buffer_add(key, &matches->ignore_case, 1);
    seg_buffer_add(key, matches->pattern.bytes, matches->pattern.size_bytes);
    bool is_new = false;
    uint32_t number = seg_plan_key_number(plan, &plan->automaton_keys, &is_new);
    if (!is_new) return number;
    seg_automaton *automaton = seg_list_add(plan->arena, &plan->automata, sizeof *automaton);
    if (!automaton) return SEG_NONE;
    seg_automaton_fault fault = {0, NULL};
    if (seg_automaton_make(plan->arena, matches->pattern, matches->ignore_case, automaton, &fault))
        return number;
    if (!plan->arena->failed && fault.reason)
        seg_plan_fault(plan, SEG_DIAG_PATTERN, matches->span, fault.reason);
    return SEG_NONE;
}

/* ---- stores -------------------------------------------------------------------------------------- */

static uint32_t store_add(seg_plan *plan, uint32_t group, uint32_t keep, int64_t horizon_ms, int64_t past_ms,
                          bool fold) {
    seg_plan_store *store = seg_list_add(plan->arena, &plan->stores, sizeof *store);
    if (!store) return SEG_NONE;
    store->group = group;
    store->record.keep = keep;
    store->record.horizon_ms = horizon_ms;
    store->record.past_ms = keep ? past_ms : 0;
    const seg_rules *rules = plan->rules;
    const seg_plan_group *fed = &SEG_LIST_AT(plan->groups, seg_plan_group, group);
    store->record.flags = fold ? SEG_STORE_FOLD : 0;
    if (fed->events[0] == rules->event_count + rules->attribute_count)
        store->record.flags |= SEG_STORE_IDENTITY;
    return plan->stores.count - 1;
}

typedef struct group_needs {
    bool all, fold;
    int64_t all_ms;  /* how far back every fact is needed */
    uint32_t newest; /* of those that look further back than all_ms */
    int64_t newest_ms;
    int64_t fold_past_ms, newest_past_ms; /* how far before now these are asked */
} group_needs;

static void raise_to(int64_t *most, int64_t ms) {
    if (ms > *most) *most = ms;
}

/* What explanations look at before now, as the verifier has it. Segments come after what they refer to. */
static void find_probe_pasts(seg_plan *plan) {
    for (uint32_t i = plan->rules->segment_count; i > 0; i--) {
        const seg_plan_segment *segment = &plan->segments[i - 1];
        for (uint32_t j = 0; j < segment->probes.count; j++) {
            const seg_plan_probe *probe = &SEG_LIST_AT(segment->probes, seg_plan_probe, j);
            int64_t past = probe->past_ms + segment->past_ms;
            if (probe->program != SEG_NONE)
                raise_to(&SEG_LIST_AT(plan->programs, seg_plan_program, probe->program).past_ms, past);
            if (probe->kind == SEG_PROBE_SEGMENT)
                raise_to(&plan->segments[probe->inner].past_ms, past);
            else if (probe->inner != SEG_NONE)
                SEG_LIST_AT(plan->programs, seg_plan_program, probe->inner).past_ms = SEG_NEVER;
        }
    }
}

/* Programs come after what they run, so from the last to the first: how far before now each may run, and so
 * how far back its windows are asked. Without bound nothing can be left out. */
static void find_pasts(seg_plan *plan) {
    for (uint32_t i = 0; i < plan->rankings.count;
         i++) { /* facts may come after the refresh that they change */
        uint32_t program = SEG_LIST_AT(plan->rankings, seg_plan_ranking, i).program;
        raise_to(&SEG_LIST_AT(plan->programs, seg_plan_program, program).past_ms,
                 seg_plan_rank_reach(plan->rules));
    }
    find_probe_pasts(plan);
    for (uint32_t i = plan->programs.count; i > 0; i--) {
        const seg_plan_program *program = &SEG_LIST_AT(plan->programs, seg_plan_program, i - 1);
        for (uint32_t at = program->first; at < program->first + program->count; at++) {
            const seg_ins *ins = &SEG_LIST_AT(plan->code, seg_ins, at);
            seg_op_reach reach = seg_code_reach(ins);
            if (reach.is_query)
                raise_to(&SEG_LIST_AT(plan->queries, seg_plan_query, ins->c).past_ms, program->past_ms);
            if (!reach.is_call) continue;
            bool unbounded = program->past_ms == SEG_NEVER || reach.past_ms == SEG_NEVER;
            raise_to(&SEG_LIST_AT(plan->programs, seg_plan_program, ins->c).past_ms,
                     unbounded ? SEG_NEVER : program->past_ms + reach.past_ms);
        }
    }
    for (uint32_t i = 0; i < plan->queries.count; i++) {
        seg_plan_query *query = &SEG_LIST_AT(plan->queries, seg_plan_query, i);
        if (query->past_ms == SEG_NEVER) query->need = SEG_NEED_ALL;
    }
}

static group_needs needs_of(const seg_plan *plan, uint32_t group) {
    group_needs needs = {0};
    for (uint32_t i = 0; i < plan->queries.count; i++) {
        const seg_plan_query *query = &SEG_LIST_AT(plan->queries, seg_plan_query, i);
        if (query->group != group) continue;
        needs.fold |= query->need == SEG_NEED_FOLD;
        if (query->need == SEG_NEED_FOLD) raise_to(&needs.fold_past_ms, query->past_ms);
        if (query->need != SEG_NEED_ALL) continue;
        needs.all = true;
        raise_to(&needs.all_ms, seg_plan_reach(query));
    }
    for (uint32_t i = 0; i < plan->pairs.count; i++) {
        const seg_plan_pair *pair = &SEG_LIST_AT(plan->pairs, seg_plan_pair, i);
        if (pair->group != group) continue;
        needs.all = true;
        raise_to(&needs.all_ms, pair->reach_ms);
    }
    for (uint32_t i = 0; i < plan->queries.count; i++) {
        const seg_plan_query *query = &SEG_LIST_AT(plan->queries, seg_plan_query, i);
        if (query->group != group || query->need != SEG_NEED_NEWEST) continue;
        if (needs.all && seg_plan_reach(query) <= needs.all_ms) continue;
        if (query->newest > needs.newest) needs.newest = query->newest;
        raise_to(&needs.newest_ms, seg_plan_reach(query));
        raise_to(&needs.newest_past_ms, query->past_ms);
    }
    return needs;
}

/* One log serves every window that it covers; totals stand beside it; the newest few that must outlive
 * it have a store of their own. */
static void lay_out_group(seg_plan *plan, uint32_t number) {
    group_needs needs = needs_of(plan, number);
    uint32_t log = SEG_NONE, newest = SEG_NONE;
    int64_t newest_past = needs.newest_past_ms;
    if (needs.all) {
        if (needs.fold)
            raise_to(&needs.all_ms, needs.fold_past_ms); /* what the past asks for is not folded */
        log = store_add(plan, number, 0, needs.all_ms, 0, needs.fold && needs.all_ms != SEG_NEVER);
        if (needs.newest) newest = store_add(plan, number, needs.newest, needs.newest_ms, newest_past, false);
    } else if (needs.fold) {
        raise_to(&newest_past, needs.fold_past_ms);
        log = newest = store_add(plan, number, needs.newest ? needs.newest : 1, SEG_NEVER, newest_past, true);
    } else if (needs.newest) {
        newest = store_add(plan, number, needs.newest, needs.newest_ms, newest_past, false);
    }
    seg_plan_group *group = &SEG_LIST_AT(plan->groups, seg_plan_group, number);
    group->log_store = log;
    group->newest_store = newest;
}

static uint16_t store_field(seg_plan *plan, uint32_t store_number, uint32_t field) {
    if (field == SEG_FIELD_TIME) return SEG_FIELD_TIME;
    seg_plan_store *store = &SEG_LIST_AT(plan->stores, seg_plan_store, store_number);
    for (uint32_t i = 0; i < store->fields.count; i++)
        if (SEG_LIST_AT(store->fields, uint32_t, i) == field) return (uint16_t)i;
    uint32_t *item = seg_list_add(plan->arena, &store->fields, sizeof *item);
    if (!item) return 0;
    *item = field;
    uint32_t place = store->fields.count - 1;
    if (place >= 32) {
        seg_plan_fault(plan, SEG_DIAG_PLAN_LIMIT, (seg_span){0},
                       "the rules ask more than 32 different things of the same events");
        return 0;
    }
    const seg_plan_group *group = &SEG_LIST_AT(plan->groups, seg_plan_group, store->group);
    if (SEG_LIST_AT(group->fields, seg_plan_field, field).is_float) store->record.float_fields |= 1u << place;
    store->record.width = (uint8_t)store->fields.count;
    return (uint16_t)place;
}

static void bind_query(seg_plan *plan, seg_plan_query *query) {
    const seg_plan_group *group = &SEG_LIST_AT(plan->groups, seg_plan_group, query->group);
    uint32_t store = group->log_store;
    if (query->need == SEG_NEED_NEWEST && group->newest_store != SEG_NONE) {
        const seg_plan_store *log =
            store == SEG_NONE ? NULL : &SEG_LIST_AT(plan->stores, seg_plan_store, store);
        bool covered = log && log->record.keep == 0 && seg_plan_reach(query) <= log->record.horizon_ms;
        if (!covered) store = group->newest_store;
    }
    query->store = store;
    if (store == SEG_NONE) return;
    query->store_field = store_field(plan, store, query->field);
    if (query->key) query->store_key = (uint8_t)(store_field(plan, store, query->key - 1) + 1);
    seg_image_store *record = &SEG_LIST_AT(plan->stores, seg_plan_store, store).record;
    if (record->keep && query->window == SEG_WINDOW_ROLLING && query->from.months)
        record->flags |= SEG_STORE_CALENDAR;
}

/* ---- feeds ------------------------------------------------------------------------------------------ */

static void feed_store(seg_plan *plan, uint32_t store_number, uint32_t place) {
    seg_plan_store *store = &SEG_LIST_AT(plan->stores, seg_plan_store, store_number);
    const seg_plan_group *group = &SEG_LIST_AT(plan->groups, seg_plan_group, store->group);
    uint32_t event = group->events[place];
    seg_plan_feed *feed = seg_list_add(plan->arena, &plan->feeds, sizeof *feed);
    if (!feed) return;
    *feed = (seg_plan_feed){.event = event, .store = store_number, .filter = SEG_NONE, .route = SEG_NONE};
    if (group->where) {
        feed->filter = seg_plan_fact_program(plan, group->where, place, event);
        seg_plan_route(plan, feed, group->where, place);
    }
    for (uint32_t i = 0; i < store->fields.count; i++) {
        uint32_t field = SEG_LIST_AT(store->fields, uint32_t, i);
        uint32_t *item = seg_list_add(plan->arena, &feed->values, sizeof *item);
        if (item)
            *item = seg_plan_fact_program(plan, SEG_LIST_AT(group->fields, seg_plan_field, field).rule, place,
                                          event);
    }
}

static void feed_stores(seg_plan *plan) {
    uint32_t events = plan->rules->event_count + plan->rules->attribute_count + plan->rules->has_identity;
    for (uint32_t event = 0; event < events; event++)
        for (uint32_t store = 0; store < plan->stores.count; store++) {
            const seg_plan_group *group = &SEG_LIST_AT(
                plan->groups, seg_plan_group, SEG_LIST_AT(plan->stores, seg_plan_store, store).group);
            for (uint32_t place = 0; place < group->event_count; place++)
                if (group->events[place] == event) feed_store(plan, store, place);
        }
}

/* ---- the whole ----------------------------------------------------------------------------------------- */

/* Each atom's segments in ascending order, as the image has them. */
static void link_atoms(seg_plan *plan) {
    for (uint32_t i = 0; i < plan->rules->segment_count; i++) {
        const seg_list *atoms = &plan->segments[i].atoms;
        for (uint32_t j = 0; j < atoms->count; j++) {
            seg_plan_atom *atom = &SEG_LIST_AT(plan->atoms, seg_plan_atom, SEG_LIST_AT(*atoms, uint32_t, j));
            uint32_t *item = seg_list_add(plan->arena, &atom->segments, sizeof *item);
            if (item) *item = i;
        }
    }
}

static void init(seg_plan *plan, seg_arena *arena, const seg_rules *rules, seg_diags *diags) {
    *plan = (seg_plan){.arena = arena, .rules = rules, .diags = diags};
    seg_intern *keys[] = {&plan->group_keys, &plan->query_keys,     &plan->program_keys, &plan->text_keys,
                          &plan->set_keys,   &plan->automaton_keys, &plan->ranking_keys, &plan->tally_keys};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) seg_intern_init(keys[i], arena);
    seg_buffer_init(&plan->key, arena->allocator);
}

/* Programs come in such numbers that their lists had better not move. */
static void make_room(seg_plan *plan) {
    uint64_t parts = 0;
    for (uint32_t i = 0; i < plan->rules->segment_count; i++)
        parts += seg_rule_size(plan->rules->segments[i].rule);
    if (parts > PARTS_LIMIT) parts = PARTS_LIMIT;
    seg_list_reserve(plan->arena, &plan->code, (uint32_t)parts * 2, sizeof(seg_ins));
    seg_list_reserve(plan->arena, &plan->programs, (uint32_t)parts / 2, sizeof(seg_plan_program));
}

static bool make(seg_plan *plan, bool explain) {
    seg_arena *arena = plan->arena;
    const seg_rules *rules = plan->rules;
    make_room(plan);
    plan->segments =
        seg_arena_take_array(arena, rules->segment_count ? rules->segment_count : 1, sizeof *plan->segments);
    plan->group_programs = seg_arena_take_array(arena, rules->group_count + 1u, sizeof *plan->group_programs);
    plan->attribute_fields =
        seg_arena_take_array(arena, rules->attribute_count + 1u, sizeof *plan->attribute_fields);
    if (!plan->segments || !plan->group_programs || !plan->attribute_fields) return false;
    for (uint32_t i = 0; i < rules->group_count; i++) plan->group_programs[i] = SEG_NONE;
    for (uint32_t i = 0; i < rules->segment_count && !arena->failed && !plan->failed; i++) {
        plan->segments[i].rank = seg_plan_rank(plan, plan->rules->segments[i].rule);
        plan->segments[i].program = seg_plan_segment_program(plan, i);
        if (explain) seg_plan_probes(plan, i);
    }
    if (arena->failed || plan->failed) return false;
    find_pasts(plan);
    seg_plan_reach_pairs(plan);
    for (uint32_t i = 0; i < plan->groups.count; i++) lay_out_group(plan, i);
    for (uint32_t i = 0; i < plan->queries.count && !arena->failed; i++)
        bind_query(plan, &SEG_LIST_AT(plan->queries, seg_plan_query, i));
    for (uint32_t i = 0; i < plan->queries.count && !arena->failed; i++)
        seg_plan_bind_pairs(plan, &SEG_LIST_AT(plan->queries, seg_plan_query, i), store_field);
    if (!arena->failed && !plan->failed) feed_stores(plan);
    link_atoms(plan);
    return !arena->failed && !plan->failed;
}

seg_plan *seg_plan_make(seg_arena *arena, const seg_rules *rules, bool explain, seg_diags *diags) {
    seg_plan *plan = seg_arena_take(arena, sizeof *plan);
    if (!plan) return NULL;
    init(plan, arena, rules, diags);
    bool made = make(plan, explain);
    seg_buffer_free(&plan->key);
    return made ? plan : NULL;
}
