/* cost.c - `seg check --cost`: what a profile must remember and what an event can set in motion. */
#include "show.h"

typedef struct event_cost {
    uint32_t stores, atoms;
    uint64_t steps;     /* worst case: feeds, atoms, and every segment that they decide */
    bool walks;         /* and the same again for each change that conditions over time look back on */
    uint32_t costliest; /* the segment whose own program is the longest of them, or SEG_NONE */
} event_cost;

static const seg_plan_program *program_at(const seg_plan *plan, uint32_t number) {
    return &SEG_LIST_AT(plan->programs, seg_plan_program, number);
}

static bool atom_reads(const seg_plan *plan, const seg_plan_atom *atom, const bool *fed) {
    const seg_list *queries = &program_at(plan, atom->program)->queries;
    for (uint32_t i = 0; i < queries->count; i++)
        if (seg_plan_reads(plan, SEG_LIST_AT(*queries, uint32_t, i), fed)) return true;
    return false;
}

static void add_segments(const seg_plan *plan, const seg_plan_atom *atom, bool *counted, event_cost *cost) {
    for (uint32_t i = 0; i < atom->segments.count; i++) {
        uint32_t segment = SEG_LIST_AT(atom->segments, uint32_t, i);
        if (counted[segment]) continue;
        counted[segment] = true;
        uint64_t steps = program_at(plan, plan->segments[segment].program)->steps;
        cost->steps += steps;
        if (cost->costliest == SEG_NONE ||
            steps > program_at(plan, plan->segments[cost->costliest].program)->steps)
            cost->costliest = segment;
    }
}

static event_cost cost_of_event(const seg_plan *plan, uint32_t event) {
    event_cost cost = {.costliest = SEG_NONE};
    bool *fed = seg_arena_take(plan->arena, plan->stores.count + 1);
    bool *counted = seg_arena_take(plan->arena, plan->rules->segment_count + 1);
    if (!fed || !counted) return cost;
    for (uint32_t i = 0; i < plan->feeds.count; i++) {
        const seg_plan_feed *feed = &SEG_LIST_AT(plan->feeds, seg_plan_feed, i);
        if (feed->event != event) continue;
        fed[feed->store] = true;
        cost.stores++;
        if (feed->filter != SEG_NONE) cost.steps += program_at(plan, feed->filter)->steps;
        for (uint32_t j = 0; j < feed->values.count; j++)
            cost.steps += program_at(plan, SEG_LIST_AT(feed->values, uint32_t, j))->steps;
    }
    for (uint32_t i = 0; i < plan->atoms.count; i++) {
        const seg_plan_atom *atom = &SEG_LIST_AT(plan->atoms, seg_plan_atom, i);
        if (!atom_reads(plan, atom, fed)) continue;
        cost.atoms++;
        cost.steps += program_at(plan, atom->program)->steps;
        cost.walks |= program_at(plan, atom->program)->walks;
        add_segments(plan, atom, counted, &cost);
    }
    return cost;
}

/* Bytes of a store that do not grow with the facts, or 0 when they do. */
static uint64_t bounded_bytes(const seg_plan_store *store) {
    const seg_image_store *record = &store->record;
    uint64_t fold = record->flags & SEG_STORE_FOLD ? 8u * (3u + 6u * record->width) : 0;
    return record->keep && !record->past_ms ? (uint64_t)record->keep * seg_store_entry_bytes(store) + fold
                                            : 0;
}

/* How much a log may hold, as far as the rules tell: what it remembers of one fact, over the time for which
 * it remembers it. Attributes are set far more seldom than events happen. Above any bounded store. */
static uint64_t growth_of(const seg_plan *plan, const seg_plan_store *store) {
    const seg_image_store *record = &store->record;
    int64_t span_ms = record->keep ? record->past_ms : record->horizon_ms;
    uint64_t days = span_ms == SEG_NEVER ? 1u << 24 : (uint64_t)(span_ms / 86400000) + 1;
    const seg_plan_group *group = &SEG_LIST_AT(plan->groups, seg_plan_group, store->group);
    uint64_t rate = group->events[0] < plan->rules->event_count ? 1024 : 1;
    return (uint64_t)1 << 62 | days * rate * seg_store_entry_bytes(store);
}

/* The store that grows fastest: a log before anything bounded, then the largest. */
static uint32_t dominant_store(const seg_plan *plan) {
    uint32_t best = SEG_NONE;
    uint64_t best_weight = 0;
    for (uint32_t i = 0; i < plan->stores.count; i++) {
        const seg_plan_store *store = &SEG_LIST_AT(plan->stores, seg_plan_store, i);
        uint64_t weight = bounded_bytes(store);
        if (weight == 0) weight = growth_of(plan, store);
        if (weight > best_weight || best == SEG_NONE) {
            best = i;
            best_weight = weight;
        }
    }
    return best;
}

static void show_store_cost(const seg_plan *plan, uint32_t number, seg_buffer *out) {
    const seg_plan_store *store = &SEG_LIST_AT(plan->stores, seg_plan_store, number);
    uint64_t bytes = bounded_bytes(store);
    if (bytes)
        seg_buffer_format(out, "  %8llu bytes             ", (unsigned long long)bytes);
    else
        seg_buffer_format(out, "  %8u bytes per event  ", seg_store_entry_bytes(store));
    seg_show_group(plan, store->group, out);
    seg_buffer_text(out, ": ");
    seg_show_retention(store, out);
    seg_buffer_text(out, "\n");
}

/* What ranks cost is not of one profile: a pass over all of them. */
static void show_rankings(const seg_plan *plan, seg_buffer *out) {
    if (plan->rankings.count)
        seg_buffer_text(out, "Ranks, at each refresh and for each fact that is late for one:\n");
    for (uint32_t i = 0; i < plan->rankings.count; i++) {
        const seg_plan_ranking *ranking = &SEG_LIST_AT(plan->rankings, seg_plan_ranking, i);
        uint64_t steps = SEG_LIST_AT(plan->programs, seg_plan_program, ranking->program).steps;
        seg_span span = ranking->span;
        seg_buffer_format(
            out, "  %8llu instructions  for each profile whose %.*s may have changed, and a pass over all\n",
            (unsigned long long)steps, (int)(span.end - span.first), span.source->bytes + span.first);
    }
}

/* What groups cost is not of one profile either. */
static void show_groups(const seg_plan *plan, seg_buffer *out) {
    const seg_rules *rules = plan->rules;
    if (plan->tallies.count)
        seg_buffer_text(out, "Groups, a look at each member when one of these counts changes:\n");
    for (uint32_t i = 0; i < plan->tallies.count; i++) {
        const seg_plan_tally *tally = &SEG_LIST_AT(plan->tallies, seg_plan_tally, i);
        seg_text group = rules->groups[tally->group].name;
        seg_buffer_format(out, "  %.*s members", (int)group.size_bytes, group.bytes);
        seg_text name = tally->segment == SEG_NONE ? (seg_text){"", 0} : rules->segments[tally->segment].name;
        if (name.size_bytes) seg_buffer_format(out, " in %.*s", (int)name.size_bytes, name.bytes);
        seg_buffer_text(out, "\n");
    }
}

/* What a fact of each kind sets to work; those that no rule asks about are counted, not listed. */
static void show_work(const seg_plan *plan, seg_buffer *scratch, seg_buffer *out) {
    uint32_t kinds = plan->rules->event_count + plan->rules->attribute_count + plan->rules->has_identity;
    uint32_t idle_events = 0, idle_attributes = 0;
    seg_buffer_text(out, "Work per fact, at most:\n");
    for (uint32_t i = 0; i < kinds; i++) {
        bool event = i < plan->rules->event_count;
        event_cost cost = cost_of_event(plan, i);
        idle_events += event && !cost.stores && !cost.atoms;
        idle_attributes += !event && !cost.stores && !cost.atoms;
        if (!cost.stores && !cost.atoms) continue;
        seg_buffer_format(out, "  %8llu instructions  %s%s: %u store%s, %u condition%s",
                          (unsigned long long)cost.steps, event ? "" : "attribute ",
                          seg_show_event(plan, i, scratch), cost.stores, cost.stores == 1 ? "" : "s",
                          cost.atoms, cost.atoms == 1 ? "" : "s");
        if (cost.costliest != SEG_NONE) {
            seg_text name = plan->rules->segments[cost.costliest].name;
            seg_buffer_format(out, "; the longest segment is %.*s", (int)name.size_bytes, name.bytes);
        }
        if (cost.walks) seg_buffer_text(out, "; more for each change that conditions over time look back on");
        seg_buffer_text(out, "\n");
    }
    if (!idle_events && !idle_attributes) return;
    seg_buffer_text(out, "         0 instructions  ");
    if (idle_events) seg_buffer_format(out, "%u event%s", idle_events, idle_events == 1 ? "" : "s");
    if (idle_events && idle_attributes) seg_buffer_text(out, " and ");
    if (idle_attributes)
        seg_buffer_format(out, "%u attribute%s", idle_attributes, idle_attributes == 1 ? "" : "s");
    seg_buffer_text(out, " that no rule asks about\n");
}

static void show_human(const seg_plan *plan, seg_buffer *out) {
    seg_buffer scratch;
    seg_buffer_init(&scratch, plan->arena->allocator);
    uint64_t bounded = 0;
    uint32_t logs = 0;
    for (uint32_t i = 0; i < plan->stores.count; i++) {
        uint64_t bytes = bounded_bytes(&SEG_LIST_AT(plan->stores, seg_plan_store, i));
        bounded += bytes;
        logs += bytes == 0;
    }
    seg_buffer_format(out, "State per profile: at most %llu bytes of entries in %u bounded stores",
                      (unsigned long long)bounded, plan->stores.count - logs);
    if (logs)
        seg_buffer_format(out, ", and %u log%s that grow%s with the events in their windows", logs,
                          logs == 1 ? "" : "s", logs == 1 ? "s" : "");
    seg_buffer_text(out, "\n");
    for (uint32_t i = 0; i < plan->stores.count; i++) show_store_cost(plan, i, out);
    uint32_t dominant = dominant_store(plan);
    if (dominant != SEG_NONE) {
        seg_buffer_text(out, "Dominant: ");
        seg_show_group(plan, SEG_LIST_AT(plan->stores, seg_plan_store, dominant).group, out);
        seg_buffer_text(out, "\n");
    }
    show_work(plan, &scratch, out);
    show_rankings(plan, out);
    show_groups(plan, out);
    if (scratch.failed) out->failed = true;
    seg_buffer_free(&scratch);
}

static void show_json(const seg_plan *plan, seg_buffer *out) {
    seg_buffer scratch;
    seg_buffer_init(&scratch, plan->arena->allocator);
    seg_buffer_text(out, "{\"stores\":[");
    for (uint32_t i = 0; i < plan->stores.count; i++) {
        const seg_plan_store *store = &SEG_LIST_AT(plan->stores, seg_plan_store, i);
        const seg_plan_group *group = &SEG_LIST_AT(plan->groups, seg_plan_group, store->group);
        seg_buffer_text(out, i ? ",{\"events\":[" : "{\"events\":[");
        for (uint32_t j = 0; j < group->event_count; j++)
            seg_buffer_format(out, "%s\"%s\"", j ? "," : "",
                              seg_show_event(plan, group->events[j], &scratch));
        seg_buffer_format(out,
                          "],\"filtered\":%s,\"entry_bytes\":%u,\"keep\":%u,\"totals\":%s,\"horizon_ms\":",
                          group->where ? "true" : "false", seg_store_entry_bytes(store), store->record.keep,
                          store->record.flags & SEG_STORE_FOLD ? "true" : "false");
        if (store->record.horizon_ms == SEG_NEVER)
            seg_buffer_text(out, "null}");
        else
            seg_buffer_format(out, "%lld}", (long long)store->record.horizon_ms);
    }
    seg_buffer_text(out, "],\"facts\":[");
    uint32_t events = plan->rules->event_count + plan->rules->attribute_count + plan->rules->has_identity;
    for (uint32_t i = 0; i < events; i++) {
        event_cost cost = cost_of_event(plan, i);
        seg_buffer_format(out,
                          "%s{\"name\":\"%s\",\"kind\":\"%s\",\"stores\":%u,\"conditions\":%u,"
                          "\"instructions\":%llu,\"walks\":%s}",
                          i ? "," : "", seg_show_event(plan, i, &scratch),
                          i < plan->rules->event_count ? "event" : "attribute", cost.stores, cost.atoms,
                          (unsigned long long)cost.steps, cost.walks ? "true" : "false");
    }
    seg_buffer_text(out, "],\"rankings\":[");
    for (uint32_t i = 0; i < plan->rankings.count; i++) {
        uint32_t program = SEG_LIST_AT(plan->rankings, seg_plan_ranking, i).program;
        seg_buffer_format(out, "%s{\"instructions\":%llu}", i ? "," : "",
                          (unsigned long long)SEG_LIST_AT(plan->programs, seg_plan_program, program).steps);
    }
    seg_buffer_text(out, "],\"groups\":[");
    for (uint32_t i = 0; i < plan->tallies.count; i++) {
        const seg_plan_tally *tally = &SEG_LIST_AT(plan->tallies, seg_plan_tally, i);
        seg_text group = plan->rules->groups[tally->group].name;
        seg_buffer_format(out, "%s{\"group\":\"%.*s\",\"segment\":", i ? "," : "", (int)group.size_bytes,
                          group.bytes);
        if (tally->segment == SEG_NONE) {
            seg_buffer_text(out, "null}");
            continue;
        }
        seg_buffer_quote(out, plan->rules->segments[tally->segment].name);
        seg_buffer_text(out, "}");
    }
    seg_buffer_text(out, "]}\n");
    if (scratch.failed) out->failed = true;
    seg_buffer_free(&scratch);
}

void seg_plan_cost(const seg_plan *plan, bool json, seg_buffer *out) {
    if (json)
        show_json(plan, out);
    else
        show_human(plan, out);
}
