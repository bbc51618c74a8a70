/* dump_plan.c - `seg dump --plan`. */
#include "show.h"

static void show_fields(const seg_plan *plan, const seg_plan_store *store, seg_buffer *out) {
    const seg_plan_group *group = &SEG_LIST_AT(plan->groups, seg_plan_group, store->group);
    for (uint32_t i = 0; i < store->fields.count; i++) {
        const seg_rule *rule =
            SEG_LIST_AT(group->fields, seg_plan_field, SEG_LIST_AT(store->fields, uint32_t, i)).rule;
        seg_buffer_text(out, i ? ", " : "; remembers ");
        if (rule->span.source)
            seg_buffer_add(out, rule->span.source->bytes + rule->span.first,
                           rule->span.end - rule->span.first);
        else
            seg_buffer_text(out, "its local date");
    }
}

static void show_query(const seg_plan *plan, uint32_t number, seg_buffer *out) {
    static const char *const kinds[] = {"ever", "rolling", "since", "within", "between", "few"};
    const seg_plan_query *query = &SEG_LIST_AT(plan->queries, seg_plan_query, number);
    seg_buffer_format(out, "  q%u: store %u, %s", number, query->store, kinds[query->window]);
    if (query->window == SEG_WINDOW_ROLLING || query->window == SEG_WINDOW_WITHIN) {
        seg_buffer_format(out, " %dmo+", query->from.months);
        seg_show_duration(query->from.ms, out);
    }
    if (query->to.ms || query->to.months) {
        seg_buffer_format(out, " to %dmo+", query->to.months);
        seg_show_duration(query->to.ms, out);
    }
    if (query->asked && query->asked->newest) seg_buffer_format(out, " the newest %u", query->asked->newest);
    if (query->asked && query->asked->delay_ms) {
        seg_buffer_text(out, ", delayed by ");
        seg_show_duration(query->asked->delay_ms, out);
    }
    for (uint32_t i = 0; i < query->pairs.count; i++) {
        const seg_plan_pair *pair = &SEG_LIST_AT(plan->pairs, seg_plan_pair, query->pairs.first + i);
        seg_buffer_format(out, ", %s%s store %u", pair->rule->negated ? "not " : "",
                          pair->rule->preceded ? "preceded by" : "followed by", pair->record.store);
    }
    if (query->store_field != SEG_FIELD_TIME) seg_buffer_format(out, ", word %u", query->store_field);
    if (query->store_key) seg_buffer_format(out, ", of one word %u", query->store_key - 1u);
    seg_buffer_text(out, "\n");
}

void seg_dump_plan(const seg_plan *plan, seg_buffer *out) {
    seg_buffer_format(out, "stores: %u\n", plan->stores.count);
    for (uint32_t i = 0; i < plan->stores.count; i++) {
        const seg_plan_store *store = &SEG_LIST_AT(plan->stores, seg_plan_store, i);
        seg_buffer_format(out, "  s%u: ", i);
        seg_show_group(plan, store->group, out);
        seg_buffer_text(out, ": ");
        seg_show_retention(store, out);
        show_fields(plan, store, out);
        seg_buffer_text(out, "\n");
    }
    seg_buffer_format(out, "queries: %u\n", plan->queries.count);
    for (uint32_t i = 0; i < plan->queries.count; i++) show_query(plan, i, out);
    seg_buffer_format(out, "atoms: %u, of %u programs\n", plan->atoms.count, plan->programs.count);
    for (uint32_t i = 0; i < plan->atoms.count; i++) {
        const seg_plan_atom *atom = &SEG_LIST_AT(plan->atoms, seg_plan_atom, i);
        const seg_plan_program *program = &SEG_LIST_AT(plan->programs, seg_plan_program, atom->program);
        seg_buffer_format(out, "  a%u: program %u%s, decides", i, atom->program,
                          program->temporal ? ", moves with time" : "");
        for (uint32_t j = 0; j < atom->segments.count; j++) {
            seg_text name = plan->rules->segments[SEG_LIST_AT(atom->segments, uint32_t, j)].name;
            seg_buffer_format(out, " %.*s", (int)name.size_bytes, name.bytes);
        }
        seg_buffer_text(out, "\n");
    }
}
