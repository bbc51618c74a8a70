#include "draft.h"

#include <stdlib.h>
#include <string.h>

#include "heap.h"

seg_status seg_draft_init(seg_draft *draft, const seg_schema *schema) {
    uint32_t attributes = schema->attributes.count;
    size_t most = schema->most_fields > attributes ? schema->most_fields : attributes;
    *draft = (seg_draft){.schema = schema, .converter.image = schema->image};
    draft->values = calloc((size_t)schema->most_fields + 1, sizeof *draft->values);
    draft->settings = calloc((size_t)attributes + 1, sizeof *draft->settings);
    draft->given = calloc(most + 1, 1);
    draft->fields = calloc((size_t)schema->most_names + 1, sizeof *draft->fields);
    if (draft->values && draft->settings && draft->given && draft->fields) return SEG_OK;
    seg_draft_free(draft);
    return SEG_E_MEMORY;
}

void seg_draft_free(seg_draft *draft) {
    free(draft->values);
    free(draft->settings);
    free(draft->given);
    free(draft->fields);
    free(draft->converter.items);
    free(draft->message);
    *draft = (seg_draft){0};
}

bool seg_draft_start(seg_draft *draft, size_t items, uint64_t line) {
    static const seg_text nothing;
    seg_record *record = &draft->record; /* field by field: filling it whole is slower than all of this */
    record->kind = SEG_RECORD_TRACK;
    record->profile = record->previous = record->message_id = nothing;
    record->time = 0;
    record->event = 0;
    record->fields = draft->values;
    record->settings = draft->settings;
    record->setting_count = 0;
    record->line = line;
    draft->converter.item_count = 0;
    draft->converter.reason = &draft->reason;
    draft->offset = 0;
    return seg_heap_grow(NULL, &draft->converter.items, &draft->converter.item_capacity, items + 1,
                         sizeof(seg_text));
}

void seg_draft_track(seg_draft *draft, uint32_t event) {
    const seg_fields *fields = &draft->schema->events[event];
    draft->known = fields;
    draft->missing = fields->required;
    draft->record.kind = SEG_RECORD_TRACK;
    draft->record.event = event;
    for (uint32_t i = 0; i < fields->count; i++) { /* they are few */
        draft->values[i] = (seg_value){0};
        draft->given[i] = 0;
        if (fields->numbers) draft->fields[fields->numbers[i]] = i;
    }
}

void seg_draft_identify(seg_draft *draft) {
    draft->known = &draft->schema->attributes;
    draft->record.kind = SEG_RECORD_IDENTIFY;
    memset(draft->given, 0, draft->schema->attributes.count);
}

bool seg_draft_refuse(seg_draft *draft, const char *name, const char *why) {
    seg_reason_clear(&draft->reason);
    if (*name) {
        seg_reason_text(&draft->reason, name);
        seg_reason_text(&draft->reason, ": ");
    }
    seg_reason_text(&draft->reason, why);
    return false;
}

static bool refuse_field(seg_draft *draft, const seg_field_info *field, const char *why) {
    seg_reason_clear(&draft->reason);
    seg_reason_name(&draft->reason, field->name);
    seg_reason_text(&draft->reason, why);
    return false;
}

/* The high bit of each of eight bytes that is below 0x20 or 0x7F, and other bits. */
static inline uint64_t controls(uint64_t bytes) {
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t turned = bytes ^ ones * 0x7F;
    return ((bytes - ones * 0x20) & ~bytes) | ((turned - ones) & ~turned);
}

static bool has_control(seg_text text) {
    const uint64_t high = UINT64_C(0x8080808080808080);
    size_t size = text.size_bytes;
    if (size < 8) return controls(seg_text_up_to_eight(text.bytes, size) | ~UINT64_C(0) << size * 8) & high;
    uint64_t found = controls(seg_text_eight(text.bytes + size - 8));
    for (const char *at = text.bytes, *last = at + size - 8; at < last; at += 8)
        found |= controls(seg_text_eight(at));
    return found & high;
}

bool seg_draft_id(seg_draft *draft, seg_text *id, const char *name, seg_text text) {
    if (text.size_bytes > SEG_ID_BYTES) return seg_draft_refuse(draft, name, "longer than 1024 bytes");
    if (has_control(text)) return seg_draft_refuse(draft, name, "a control character in an id");
    *id = text;
    return true;
}

/* The place for a value of `field`, once per record. */
static inline seg_value *place(seg_draft *draft, uint32_t field, const seg_field_info *info) {
    if (draft->given[field]) {
        refuse_field(draft, info, ": given twice");
        return NULL;
    }
    draft->given[field] = 1;
    draft->missing -= info->required; /* nobody asks about attributes */
    if (draft->record.kind == SEG_RECORD_TRACK) return &draft->values[field];
    seg_setting *setting = &draft->settings[draft->record.setting_count++];
    setting->attribute = field;
    return &setting->value;
}

static bool accept(seg_draft *draft, const seg_field_info *info, const seg_value *value) {
    if (value->known || !info->required) return true;
    return refuse_field(draft, info, ": must have a value");
}

static bool take_json(seg_draft *draft, uint32_t field, const seg_json_item *item) {
    const seg_field_info *info = &draft->known->infos[field];
    draft->offset = item->offset;
    seg_value *value = place(draft, field, info);
    return value && seg_convert_json(&draft->converter, info, item, value) && accept(draft, info, value);
}

bool seg_draft_members(seg_draft *draft, const seg_json_item *object) {
    const seg_fields *known = draft->known;
    const bool is_track = draft->record.kind == SEG_RECORD_TRACK;
    const seg_json_item *item = object + 1, *end = item + object->below;
    for (; item < end; item = seg_json_next(item)) {
        uint32_t field = item->name;
        if (known->numbers) {
            field = draft->fields[item->name];
            if (field >= known->count || known->numbers[field] != item->name) continue;
        }
        if (is_track && item->kind == SEG_JSON_TEXT && known->infos[field].type == SEG_TEXT &&
            !draft->given[field]) { /* the most usual */
            draft->given[field] = 1;
            draft->missing -= known->infos[field].required;
            draft->values[field].known = true;
            draft->values[field].as.text = item->text;
        } else if (!take_json(draft, field, item)) {
            return false;
        }
    }
    return true;
}

bool seg_draft_cell(seg_draft *draft, uint32_t field, seg_text cell, bool missing) {
    const seg_field_info *info = &draft->known->infos[field];
    seg_value *value = place(draft, field, info);
    if (!value) return false;
    *value = (seg_value){0};
    if (!missing && !seg_convert_cell(&draft->converter, info, cell, value)) return false;
    return accept(draft, info, value);
}

bool seg_draft_value(seg_draft *draft, uint32_t field, const seg_value *given) {
    seg_value *value = place(draft, field, &draft->known->infos[field]);
    if (value) *value = *given;
    return value != NULL;
}

bool seg_draft_finish(seg_draft *draft) {
    draft->offset = 0;
    if (!draft->record.profile.size_bytes)
        return seg_draft_refuse(draft, "userId", "missing, and no anonymousId");
    if (draft->record.kind == SEG_RECORD_ALIAS && !draft->record.previous.size_bytes)
        return seg_draft_refuse(draft, "previousId", "missing");
    if (draft->record.kind != SEG_RECORD_TRACK) return true;
    const seg_fields *known = draft->known;
    for (uint32_t i = 0; draft->missing && i < known->count; i++)
        if (known->infos[i].required && !draft->given[i])
            return refuse_field(draft, &known->infos[i], ": missing");
    return true;
}
