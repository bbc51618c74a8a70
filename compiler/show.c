#include "show.h"

static void show_span(seg_span span, seg_buffer *out) {
    if (span.source) seg_buffer_add(out, span.source->bytes + span.first, span.end - span.first);
}

static seg_text event_name(const seg_plan *plan, uint32_t event) {
    const seg_rules *rules = plan->rules;
    return event < rules->event_count ? rules->events[event].name
                                      : rules->attributes[event - rules->event_count].name;
}

const char *seg_show_event(const seg_plan *plan, uint32_t event, seg_buffer *scratch) {
    seg_buffer_clear(scratch);
    seg_text name = event_name(plan, event);
    seg_buffer_add(scratch, name.bytes, name.size_bytes);
    seg_buffer_add(scratch, "", 1);
    return scratch->failed ? "" : scratch->bytes;
}

void seg_show_group(const seg_plan *plan, uint32_t number, seg_buffer *out) {
    const seg_plan_group *group = &SEG_LIST_AT(plan->groups, seg_plan_group, number);
    if (group->events[0] >= plan->rules->event_count) seg_buffer_text(out, "attribute ");
    for (uint32_t i = 0; i < group->event_count; i++) {
        seg_text name = event_name(plan, group->events[i]);
        if (i) seg_buffer_text(out, " | ");
        seg_buffer_add(out, name.bytes, name.size_bytes);
    }
    if (!group->where) return;
    seg_buffer_text(out, " where ");
    show_span(group->where->span, out);
}

void seg_show_duration(int64_t ms, seg_buffer *out) {
    static const struct {
        int64_t ms;
        const char *unit;
    } units[] = {{86400000, "d"}, {3600000, "h"}, {60000, "m"}, {1000, "s"}};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (ms == 0 || ms % units[i].ms) continue;
        seg_buffer_format(out, "%lld%s", (long long)(ms / units[i].ms), units[i].unit);
        return;
    }
    seg_buffer_format(out, "%lldms", (long long)ms);
}

void seg_show_retention(const seg_plan_store *store, seg_buffer *out) {
    const seg_image_store *record = &store->record;
    if (record->keep == 1)
        seg_buffer_text(out, "the newest one");
    else if (record->keep)
        seg_buffer_format(out, "the newest %u", record->keep);
    else
        seg_buffer_text(out, "every one");
    if (record->horizon_ms != SEG_NEVER) {
        seg_buffer_text(out, " of the last ");
        seg_show_duration(record->horizon_ms, out);
    }
    if (record->past_ms) {
        seg_buffer_text(out, record->keep == 1 ? " before the last " : " of those before the last ");
        seg_show_duration(record->past_ms, out);
        seg_buffer_text(out, ", and every one since");
    }
    if (record->flags & SEG_STORE_FOLD) seg_buffer_text(out, ", and totals of the rest");
}

uint32_t seg_store_entry_bytes(const seg_plan_store *store) { return 16u + 8u * store->record.width; }
