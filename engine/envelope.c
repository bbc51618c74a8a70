#include "envelope.h"

#include <string.h>

typedef enum member {
    TYPE, EVENT, USER, ANONYMOUS, PREVIOUS, MESSAGE, TIMESTAMP, PROPERTIES, TRAITS, MEMBER_COUNT
} member;

static const char *const member_names[MEMBER_COUNT] = {
    "type", "event", "userId", "anonymousId", "previousId", "messageId", "timestamp", "properties", "traits"};

typedef struct envelope { /* the members of a document, NULL where there is none */
    const seg_json_item *at[MEMBER_COUNT];
} envelope;

/* The member with this name; its length decides between all but two. */
static member find_member(seg_text key) {
    member guess;
    switch (key.size_bytes) {
    case 4: guess = TYPE; break;
    case 5: guess = EVENT; break;
    case 6: guess = key.bytes[0] == 'u' ? USER : TRAITS; break;
    case 9: guess = key.bytes[0] == 'm' ? MESSAGE : TIMESTAMP; break;
    case 10: guess = key.bytes[1] == 'r' && key.bytes[2] == 'o' ? PROPERTIES : PREVIOUS; break;
    case 11: guess = ANONYMOUS; break;
    default: return MEMBER_COUNT;
    }
    return memcmp(key.bytes, member_names[guess], key.size_bytes) == 0 ? guess : MEMBER_COUNT;
}

static bool refuse_at(seg_draft *draft, const seg_json_item *item, member which, const char *why) {
    draft->offset = item ? item->offset : 0;
    return seg_draft_refuse(draft, member_names[which], why);
}

static bool sort_members(seg_draft *draft, const seg_json_document *document, envelope *out) {
    *out = (envelope){{NULL}};
    for (size_t i = 0; i < document->count; i += 1 + document->items[i].below) {
        const seg_json_item *item = &document->items[i];
        member which = find_member(item->key);
        if (which == MEMBER_COUNT) continue;
        if (out->at[which]) return refuse_at(draft, item, which, "given twice");
        out->at[which] = item;
    }
    for (int i = 0; i < MEMBER_COUNT; i++)
        if (out->at[i] && out->at[i]->kind == SEG_JSON_NULL) out->at[i] = NULL;
    return true;
}

/* An id may be a number: its text counts. */
static bool take_id(seg_draft *draft, const envelope *e, member which, seg_text *id) {
    const seg_json_item *item = e->at[which];
    if (!item) return true;
    if (item->kind != SEG_JSON_TEXT && item->kind != SEG_JSON_NUMBER)
        return refuse_at(draft, item, which, "neither a text nor a number");
    draft->offset = item->offset;
    return seg_draft_id(draft, id, member_names[which], item->text);
}

static bool take_time(seg_draft *draft, const envelope *e) {
    const seg_json_item *item = e->at[TIMESTAMP];
    if (!item) return refuse_at(draft, NULL, TIMESTAMP, "missing");
    if (item->kind != SEG_JSON_TEXT && item->kind != SEG_JSON_NUMBER)
        return refuse_at(draft, item, TIMESTAMP, "not a text like \"2026-04-16T10:00:00Z\"");
    draft->offset = item->offset;
    return seg_convert_time(&draft->converter, member_names[TIMESTAMP], item->text,
                            item->kind == SEG_JSON_NUMBER, &draft->record.time);
}

/* Who, when and which message: what every record has. */
static bool take_head(seg_draft *draft, const envelope *e) {
    seg_record *record = &draft->record;
    if (!take_id(draft, e, USER, &record->profile)) return false;
    if (!record->profile.size_bytes && !take_id(draft, e, ANONYMOUS, &record->profile)) return false;
    if (record->kind == SEG_RECORD_ALIAS && !take_id(draft, e, PREVIOUS, &record->previous)) return false;
    const seg_json_item *message = e->at[MESSAGE];
    if (message && message->kind != SEG_JSON_TEXT && message->kind != SEG_JSON_NUMBER)
        return refuse_at(draft, message, MESSAGE, "neither a text nor a number");
    if (message) record->message_id = message->text;
    return take_time(draft, e);
}

/* Members that nobody declared are passed over. */
static bool take_values(seg_draft *draft, const envelope *e, member which, const seg_fields *fields) {
    const seg_json_item *object = e->at[which];
    if (!object) return true;
    if (object->kind != SEG_JSON_OBJECT) return refuse_at(draft, object, which, "not an object");
    for (uint32_t i = 1; i <= object->below; i += 1 + object[i].below) {
        uint32_t field = seg_lookup_find(&fields->names, object[i].key);
        if (field != SEG_NONE && !seg_draft_json(draft, field, &object[i])) return false;
    }
    return true;
}

static seg_taken answer(bool good) { return good ? SEG_TAKEN : SEG_TAKEN_REFUSED; }

static seg_taken take_track(seg_draft *draft, const envelope *e) {
    const seg_json_item *name = e->at[EVENT];
    if (!name) return answer(refuse_at(draft, NULL, EVENT, "missing"));
    if (name->kind != SEG_JSON_TEXT) return answer(refuse_at(draft, name, EVENT, "not a text"));
    uint32_t event = seg_lookup_find(&draft->schema->sources, name->text);
    if (event == SEG_NONE) return SEG_TAKEN_NONE;
    seg_draft_track(draft, event);
    return answer(take_head(draft, e) && take_values(draft, e, PROPERTIES, &draft->schema->events[event]) &&
                  seg_draft_finish(draft));
}

static seg_taken take_identify(seg_draft *draft, const envelope *e) {
    seg_draft_identify(draft);
    return answer(take_head(draft, e) && take_values(draft, e, TRAITS, &draft->schema->attributes) &&
                  seg_draft_finish(draft));
}

static seg_taken take_identity(seg_draft *draft, const envelope *e, seg_record_kind kind) {
    draft->record.kind = kind;
    return answer(take_head(draft, e) && seg_draft_finish(draft));
}

static seg_taken refuse_type(seg_draft *draft, const seg_json_item *type) {
    draft->offset = type->offset;
    seg_reason_clear(&draft->reason);
    seg_reason_text(&draft->reason, "type: ");
    seg_reason_quote(&draft->reason, type->text);
    seg_reason_text(&draft->reason, " is none of track, identify, alias, delete");
    return SEG_TAKEN_REFUSED;
}

static seg_taken take_envelope(seg_draft *draft, const envelope *e) {
    const seg_json_item *type = e->at[TYPE];
    if (!type) return answer(refuse_at(draft, NULL, TYPE, "missing"));
    if (type->kind != SEG_JSON_TEXT) return answer(refuse_at(draft, type, TYPE, "not a text"));
    if (seg_text_equal(type->text, seg_text_of("track"))) return take_track(draft, e);
    if (seg_text_equal(type->text, seg_text_of("identify"))) return take_identify(draft, e);
    if (seg_text_equal(type->text, seg_text_of("alias"))) return take_identity(draft, e, SEG_RECORD_ALIAS);
    if (seg_text_equal(type->text, seg_text_of("delete"))) return take_identity(draft, e, SEG_RECORD_DELETE);
    static const char *const others[] = {"page", "screen", "group"}; /* calls that carry no fact for us */
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (seg_text_equal(type->text, seg_text_of(others[i]))) return SEG_TAKEN_NONE;
    return refuse_type(draft, type);
}

seg_status seg_envelope_read(seg_draft *draft, seg_jsonl *json, seg_text line, uint64_t line_number,
                             seg_taken *taken) {
    static const seg_text opened[] = {{"properties", 10}, {"traits", 6}};
    seg_json_document document;
    seg_status status = seg_jsonl_read(json, line, opened, 2, &document);
    if (status == SEG_E_MEMORY) return status;
    if (!seg_draft_start(draft, document.count, line_number)) return SEG_E_MEMORY;
    *taken = SEG_TAKEN_REFUSED;
    if (status != SEG_OK) {
        seg_draft_refuse(draft, "", document.fault);
        draft->offset = document.offset;
        return SEG_OK;
    }
    envelope e;
    if (sort_members(draft, &document, &e)) *taken = take_envelope(draft, &e);
    return SEG_OK;
}
