#include "envelope.h"

#include <stdio.h>
#include <string.h>

#include "heap.h"

/* In the order of seg_member. */
static const seg_text member_names[SEG_MEMBER_COUNT] = {
    {"type", 4},      {"event", 5},     {"userId", 6},      {"anonymousId", 11}, {"previousId", 10},
    {"messageId", 9}, {"timestamp", 9}, {"properties", 10}, {"traits", 6},       {"groupId", 7}};

static bool refuse_at(seg_draft *draft, const seg_json_item *item, seg_member which, const char *why) {
    draft->offset = item ? item->offset : 0;
    return seg_draft_refuse(draft, member_names[which].bytes, why);
}

/* Mostly the source of an event is that of the last one. */
static const seg_source *find_source(seg_envelope *e, seg_text name) {
    if (e->last && seg_text_equal(e->schema->source_list[e->last->first], name)) return e->last;
    const seg_source *found = seg_schema_source(e->schema, name);
    if (found) e->last = found;
    return found;
}

/* Members of traits are attributes, those of properties what the event's source says. */
static const seg_keys *open_member(void *user, uint32_t name, const seg_json_item *items, size_t count) {
    seg_envelope *e = user;
    if (name == SEG_MEMBER_TRAITS) return &e->schema->attribute_names;
    if (name != SEG_MEMBER_PROPERTIES) return NULL;
    const seg_json_item *item = items, *end = items + count;
    while (!e->source && item < end && item->name != SEG_MEMBER_EVENT) item = seg_json_next(item);
    e->is_late = !e->source && item == end;
    if (!e->source && item < end) e->source = find_source(e, item->text);
    return e->source ? &e->source->names : NULL;
}

bool seg_envelope_init(seg_envelope *e, const seg_schema *schema) {
    *e = (seg_envelope){.schema = schema, .event = SEG_NONE};
    e->form =
        (seg_json_form){.names = &e->members, .open = open_member, .user = e, .deep = schema->has_elements};
    return seg_keys_build(&e->members, member_names, SEG_MEMBER_COUNT, NULL);
}

void seg_envelope_free(seg_envelope *e) { seg_keys_free(&e->members); }

/* Null is as good as not there, but may not be given twice either. */
static bool sort_members(seg_draft *draft, const seg_json_document *document, seg_envelope *out) {
    const seg_json_item *item = document->items, *end = item + document->count;
    bool has_null = false;
    for (; item < end; item = seg_json_next(item)) {
        const seg_json_item **at = &out->at[item->name];
        if (*at) return refuse_at(draft, item, (seg_member)item->name, "given twice");
        *at = item;
        has_null |= item->kind == SEG_JSON_NULL;
    }
    for (int i = 0; has_null && i < SEG_MEMBER_COUNT; i++)
        if (out->at[i] && out->at[i]->kind == SEG_JSON_NULL) out->at[i] = NULL;
    return true;
}

/* An id may be a number: its text counts. */
static bool take_id(seg_draft *draft, const seg_envelope *e, seg_member which, seg_text *id) {
    const seg_json_item *item = e->at[which];
    if (!item) return true;
    if (item->kind != SEG_JSON_TEXT && item->kind != SEG_JSON_NUMBER)
        return refuse_at(draft, item, which, "neither a text nor a number");
    draft->offset = item->offset;
    return seg_draft_id(draft, id, member_names[which].bytes, item->text);
}

static bool take_time(seg_draft *draft, const seg_envelope *e) {
    const seg_json_item *item = e->at[SEG_MEMBER_TIMESTAMP];
    if (!item) return refuse_at(draft, NULL, SEG_MEMBER_TIMESTAMP, "missing");
    if (item->kind != SEG_JSON_TEXT && item->kind != SEG_JSON_NUMBER)
        return refuse_at(draft, item, SEG_MEMBER_TIMESTAMP, "not a text like \"2026-04-16T10:00:00Z\"");
    draft->offset = item->offset;
    return seg_convert_time(&draft->converter, member_names[SEG_MEMBER_TIMESTAMP].bytes, item->text,
                            item->kind == SEG_JSON_NUMBER, &draft->record.time);
}

/* Who, when and which message: what every record has. */
static bool take_head(seg_draft *draft, const seg_envelope *e) {
    seg_record *record = &draft->record;
    if (!take_id(draft, e, SEG_MEMBER_USER, &record->profile)) return false;
    if (!record->profile.size_bytes && !take_id(draft, e, SEG_MEMBER_ANONYMOUS, &record->profile))
        return false;
    if (record->kind == SEG_RECORD_ALIAS && !take_id(draft, e, SEG_MEMBER_PREVIOUS, &record->previous))
        return false;
    const seg_json_item *message = e->at[SEG_MEMBER_MESSAGE];
    if (message && message->kind != SEG_JSON_TEXT && message->kind != SEG_JSON_NUMBER)
        return refuse_at(draft, message, SEG_MEMBER_MESSAGE, "neither a text nor a number");
    if (message) record->message_id = message->text;
    return take_time(draft, e);
}

static bool take_values(seg_draft *draft, const seg_envelope *e, seg_member which) {
    const seg_json_item *object = e->at[which];
    if (!object) return true;
    if (object->kind != SEG_JSON_OBJECT) return refuse_at(draft, object, which, "not an object");
    return seg_draft_members(draft, object);
}

static seg_taken answer(bool good) { return good ? SEG_TAKEN : SEG_TAKEN_REFUSED; }

/* ---- events that are elements of a list ---------------------------------------------------------------- */

static const seg_json_item *member_of(const seg_json_item *object, uint32_t name) {
    if (!object) return NULL;
    const seg_json_item *item = object + 1, *end = item + object->below;
    while (item < end && item->name != name) item = seg_json_next(item);
    return item < end ? item : NULL;
}

static bool refuse_list(seg_draft *draft, const seg_json_item *item, seg_text name, const char *why) {
    draft->offset = item->offset;
    seg_reason_clear(&draft->reason);
    seg_reason_name(&draft->reason, name);
    seg_reason_text(&draft->reason, why);
    return false;
}

/* Goes to the first element of the event's list. False: it is no list. A source without it has no elements.
 */
static bool begin_list(seg_envelope *e, seg_draft *draft) {
    const seg_json_item *properties = e->at[SEG_MEMBER_PROPERTIES];
    seg_text name = draft->schema->elements[e->event];
    if (properties && properties->kind != SEG_JSON_OBJECT)
        return refuse_at(draft, properties, SEG_MEMBER_PROPERTIES, "not an object");
    const seg_json_item *list = member_of(properties, seg_lookup_find(&e->source->names.lookup, name));
    e->number = 0;
    if (!list || list->kind == SEG_JSON_NULL) return true;
    if (list->kind != SEG_JSON_LIST) return refuse_list(draft, list, name, ": not a list");
    e->element = list + 1;
    e->end = list + 1 + list->below;
    return true;
}

/* Messages of elements differ: the source's id, `/` and the element's number. */
static bool name_element(seg_draft *draft, uint32_t number) {
    seg_text *id = &draft->record.message_id;
    char digits[16];
    int count = snprintf(digits, sizeof digits, "/%u", number);
    if (!id->size_bytes) return true;
    if (!seg_heap_grow(NULL, &draft->message, &draft->message_capacity, id->size_bytes + sizeof digits, 1))
        return false;
    memcpy(draft->message, id->bytes, id->size_bytes);
    memcpy(draft->message + id->size_bytes, digits, (size_t)count);
    *id = (seg_text){draft->message, id->size_bytes + (size_t)count};
    return true;
}

static seg_status take_element(seg_envelope *e, seg_draft *draft, seg_taken *taken) {
    const seg_json_item *element = e->element;
    seg_draft_track(draft, e->event);
    e->element = seg_json_next(element);
    bool good = take_head(draft, e);
    if (good && element->kind != SEG_JSON_OBJECT)
        good =
            refuse_list(draft, element, draft->schema->elements[e->event], ": an element that is no object");
    *taken = answer(good && seg_draft_members(draft, element) && seg_draft_finish(draft));
    return name_element(draft, e->number++) ? SEG_OK : SEG_E_MEMORY;
}

/* ---- records --------------------------------------------------------------------------------------------
 */

static seg_taken take_plain(const seg_envelope *e, seg_draft *draft) {
    seg_draft_track(draft, e->event);
    return answer(take_head(draft, e) && take_values(draft, e, SEG_MEMBER_PROPERTIES) &&
                  seg_draft_finish(draft));
}

static void next_event(seg_envelope *e, const seg_schema *schema) {
    e->event = schema->next_of[e->event];
    e->element = e->end = NULL;
}

/* The next of the events that come from the line's source. */
static seg_status take_track(seg_envelope *e, seg_draft *draft, seg_taken *taken) {
    const seg_schema *schema = draft->schema;
    for (; e->event != SEG_NONE; next_event(e, schema)) {
        if (!schema->elements[e->event].size_bytes) {
            *taken = take_plain(e, draft);
            next_event(e, schema);
            return SEG_OK;
        }
        if (!e->element && !begin_list(e, draft)) {
            *taken = SEG_TAKEN_REFUSED;
            next_event(e, schema);
            return SEG_OK;
        }
        if (e->element != e->end) return take_element(e, draft, taken);
    }
    *taken = SEG_TAKEN_NONE;
    return SEG_OK;
}

static seg_taken find_event(seg_envelope *e, seg_draft *draft) {
    const seg_json_item *name = e->at[SEG_MEMBER_EVENT];
    if (!name) return answer(refuse_at(draft, NULL, SEG_MEMBER_EVENT, "missing"));
    if (name->kind != SEG_JSON_TEXT) return answer(refuse_at(draft, name, SEG_MEMBER_EVENT, "not a text"));
    if (!e->source) e->source = find_source(e, name->text);
    if (!e->source) return SEG_TAKEN_NONE;
    e->event = e->source->first;
    e->element = e->end = NULL;
    return SEG_TAKEN;
}

static seg_taken take_identify(seg_draft *draft, const seg_envelope *e) {
    seg_draft_identify(draft);
    return answer(take_head(draft, e) && take_values(draft, e, SEG_MEMBER_TRAITS) && seg_draft_finish(draft));
}

/* Says in which group the profile is, which is an attribute; what the group itself is like is not read. Where
 * no rule asks about groups it carries no fact for us. */
static seg_taken take_group(seg_draft *draft, const seg_envelope *e) {
    const seg_schema *schema = draft->schema;
    const seg_json_item *id = e->at[SEG_MEMBER_GROUP];
    if (!schema->group_count) return SEG_TAKEN_NONE;
    seg_draft_identify(draft);
    if (!take_head(draft, e)) return SEG_TAKEN_REFUSED;
    if (!id) return answer(refuse_at(draft, NULL, SEG_MEMBER_GROUP, "missing"));
    if (id->kind != SEG_JSON_TEXT && id->kind != SEG_JSON_NUMBER)
        return answer(refuse_at(draft, id, SEG_MEMBER_GROUP, "neither a text nor a number"));
    draft->offset = id->offset;
    if (schema->group_attribute == SEG_NONE)
        return answer(refuse_at(draft, id, SEG_MEMBER_GROUP,
                                "the rules must declare exactly one group by a text attribute, so that it is "
                                "known which one is meant"));
    return answer(seg_draft_cell(draft, schema->group_attribute, id->text, false) && seg_draft_finish(draft));
}

static seg_taken take_identity(seg_draft *draft, const seg_envelope *e, seg_record_kind kind) {
    draft->record.kind = kind;
    return answer(take_head(draft, e) && seg_draft_finish(draft));
}

static seg_taken refuse_type(seg_draft *draft, const seg_json_item *type) {
    draft->offset = type->offset;
    seg_reason_clear(&draft->reason);
    seg_reason_text(&draft->reason, "type: ");
    seg_reason_quote(&draft->reason, type->text);
    seg_reason_text(&draft->reason, " is none of track, identify, group, alias, delete");
    return SEG_TAKEN_REFUSED;
}

static seg_taken take_envelope(seg_envelope *e, seg_draft *draft) {
    const seg_json_item *type = e->at[SEG_MEMBER_TYPE];
    if (!type) return answer(refuse_at(draft, NULL, SEG_MEMBER_TYPE, "missing"));
    if (type->kind != SEG_JSON_TEXT) return answer(refuse_at(draft, type, SEG_MEMBER_TYPE, "not a text"));
    if (seg_text_equal(type->text, seg_text_of("track"))) return find_event(e, draft);
    if (seg_text_equal(type->text, seg_text_of("identify"))) return take_identify(draft, e);
    if (seg_text_equal(type->text, seg_text_of("alias"))) return take_identity(draft, e, SEG_RECORD_ALIAS);
    if (seg_text_equal(type->text, seg_text_of("delete"))) return take_identity(draft, e, SEG_RECORD_DELETE);
    if (seg_text_equal(type->text, seg_text_of("group"))) return take_group(draft, e);
    static const char *const others[] = {"page", "screen"}; /* calls that carry no fact for us */
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (seg_text_equal(type->text, seg_text_of(others[i]))) return SEG_TAKEN_NONE;
    return refuse_type(draft, type);
}

/* What becomes of a line that was read. */
static seg_taken take_line(seg_envelope *e, seg_draft *draft, const seg_json_document *document) {
    for (int i = 0; i < SEG_MEMBER_COUNT; i++) e->at[i] = NULL;
    e->items = document->count;
    e->event = SEG_NONE;
    if (document->fault) {
        seg_draft_refuse(draft, "", document->fault);
        draft->offset = document->offset;
        return SEG_TAKEN_REFUSED;
    }
    return sort_members(draft, document, e) ? take_envelope(e, draft) : SEG_TAKEN_REFUSED;
}

seg_status seg_envelope_open(seg_envelope *e, seg_draft *draft, seg_jsonl *json, seg_text lines,
                             uint64_t line_number, size_t *line_bytes, seg_taken *taken) {
    seg_json_document document;
    e->line = line_number;
    e->source = NULL;
    for (;;) {
        e->is_late = false;
        if (seg_jsonl_read(json, lines, &e->form, &document) == SEG_E_MEMORY) return SEG_E_MEMORY;
        if (!seg_draft_start(draft, document.count, line_number)) return SEG_E_MEMORY;
        *taken = take_line(e, draft, &document);
        if (!e->is_late || e->event == SEG_NONE) break;
        seg_jsonl_back(json); /* now its names are known */
    }
    *line_bytes = document.size_bytes;
    return e->event == SEG_NONE ? SEG_OK : take_track(e, draft, taken);
}

seg_status seg_envelope_next(seg_envelope *e, seg_draft *draft, seg_taken *taken) {
    if (!seg_draft_start(draft, e->items, e->line)) return SEG_E_MEMORY;
    return take_track(e, draft, taken);
}
