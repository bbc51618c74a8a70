#include "history.h"

#include <stdlib.h>
#include <string.h>

#include "output.h"

void seg_history_init(seg_history *history, const seg_image *image) {
    *history = (seg_history){.image = image};
}

/* Room for one more item. */
static bool grow(void **list, size_t count, size_t *room, size_t item_bytes) {
    if (count < *room) return true;
    size_t wanted = *room ? *room * 2 : 16;
    void *larger = reallocarray(*list, wanted, item_bytes);
    if (!larger) return false;
    *list = larger;
    *room = wanted;
    return true;
}

static bool text_is(seg_text text, const char *terminated) {
    size_t length = strlen(terminated);
    return text.size_bytes == length && (length == 0 || memcmp(text.bytes, terminated, length) == 0);
}

static char *text_copy(seg_text text) {
    char *copy = malloc(text.size_bytes + 1);
    if (!copy) return NULL;
    if (text.size_bytes) memcpy(copy, text.bytes, text.size_bytes);
    copy[text.size_bytes] = 0;
    return copy;
}

/* ---- Who the person is ----------------------------------------------------------------------- */

bool seg_history_alias(seg_history *history, const seg_record *record) {
    if (record->kind != SEG_RECORD_ALIAS) return true;
    void *list = history->aliases;
    if (!grow(&list, history->alias_count, &history->alias_room, sizeof *history->aliases)) return false;
    history->aliases = list;
    struct seg_alias alias = {.from = text_copy(record->previous), .to = text_copy(record->profile)};
    history->aliases[history->alias_count++] = alias;
    return alias.from && alias.to;
}

static bool id_add(seg_history *history, const char *id) {
    for (size_t i = 0; i < history->id_count; i++)
        if (strcmp(history->ids[i], id) == 0) return true;
    void *list = history->ids;
    if (!grow(&list, history->id_count, &history->id_room, sizeof *history->ids)) return false;
    history->ids = list;
    history->ids[history->id_count] = strdup(id);
    return history->ids[history->id_count] && ++history->id_count;
}

bool seg_history_person(seg_history *history, const char *profile) {
    if (!id_add(history, profile)) return false;
    for (size_t known = 0; known < history->id_count; known++) {
        for (size_t i = 0; i < history->alias_count; i++) {
            const struct seg_alias *alias = &history->aliases[i];
            bool from = strcmp(alias->from, history->ids[known]) == 0;
            bool to = strcmp(alias->to, history->ids[known]) == 0;
            if (from && !id_add(history, alias->to)) return false;
            if (to && !id_add(history, alias->from)) return false;
        }
    }
    return true;
}

bool seg_history_is(const seg_history *history, const seg_record *record) {
    for (size_t i = 0; i < history->id_count; i++)
        if (text_is(record->profile, history->ids[i]) ||
            (record->kind == SEG_RECORD_ALIAS && text_is(record->previous, history->ids[i])))
            return true;
    return false;
}

/* ---- What was recorded ----------------------------------------------------------------------- */

static void value_free(seg_value *value, seg_type type) {
    if (!value->known) return;
    if (type == SEG_TEXT || type == SEG_ZONE) free((char *)value->as.text.bytes);
    if (type != SEG_SET) return;
    for (size_t i = 0; i < value->as.set.count; i++) free((char *)value->as.set.items[i].bytes);
    free((seg_text *)value->as.set.items);
}

static bool value_copy(seg_value *to, const seg_value *from, seg_type type) {
    *to = *from;
    if (!from->known) return true;
    if (type == SEG_TEXT || type == SEG_ZONE) {
        to->as.text.bytes = text_copy(from->as.text);
        to->known = to->as.text.bytes != NULL;
        return to->known;
    }
    if (type != SEG_SET) return true;
    seg_text *items = calloc(from->as.set.count + 1, sizeof *items);
    to->as.set.items = items;
    to->as.set.count = 0;
    if (!items) to->known = false;
    for (size_t i = 0; items && i < from->as.set.count; i++) {
        items[i] = (seg_text){.bytes = text_copy(from->as.set.items[i]),
                              .size_bytes = from->as.set.items[i].size_bytes};
        if (!items[i].bytes) return false;
        to->as.set.count++;
    }
    return items != NULL;
}

static seg_type value_type(const seg_history *history, const seg_fact *fact, size_t value) {
    seg_field_info info = {.type = SEG_INT};
    if (fact->kind == SEG_RECORD_IDENTIFY) seg_image_attribute(history->image, fact->index, &info);
    else seg_image_event_field(history->image, fact->index, (uint32_t)value, &info);
    return info.type;
}

static bool fact_add(seg_history *history, const seg_record *record, uint32_t index, const seg_value *values,
                     size_t count) {
    void *list = history->facts;
    if (!grow(&list, history->fact_count, &history->fact_room, sizeof *history->facts)) return false;
    history->facts = list;
    seg_fact *fact = &history->facts[history->fact_count];
    *fact = (seg_fact){.kind = record->kind,
                       .time = record->time,
                       .index = index,
                       .tie = record->message_id.size_bytes ? seg_message_tie(record->message_id) : 0};
    fact->values = calloc(count + 1, sizeof *fact->values);
    fact->message_id =
        (seg_text){.bytes = text_copy(record->message_id), .size_bytes = record->message_id.size_bytes};
    history->fact_count++;
    bool done = fact->values && fact->message_id.bytes;
    for (size_t i = 0; done && i < count; i++) {
        fact->value_count++;
        done = value_copy(&fact->values[i], &values[i], value_type(history, fact, i));
    }
    return done;
}

bool seg_history_add(seg_history *history, const seg_record *record) {
    if (record->kind == SEG_RECORD_TRACK) {
        seg_event_info event;
        if (seg_image_event(history->image, record->event, &event)) return true;
        return fact_add(history, record, record->event, record->fields, event.field_count);
    }
    if (record->kind != SEG_RECORD_IDENTIFY) return true;
    for (size_t i = 0; i < record->setting_count; i++)
        if (!fact_add(history, record, record->settings[i].attribute, &record->settings[i].value, 1))
            return false;
    return true;
}

void seg_history_free(seg_history *history) {
    for (size_t i = 0; i < history->alias_count; i++) {
        free(history->aliases[i].from);
        free(history->aliases[i].to);
    }
    for (size_t i = 0; i < history->id_count; i++) free(history->ids[i]);
    for (size_t i = 0; i < history->fact_count; i++) {
        seg_fact *fact = &history->facts[i];
        for (size_t v = 0; v < fact->value_count; v++)
            value_free(&fact->values[v], value_type(history, fact, v));
        free(fact->values);
        free((char *)fact->message_id.bytes);
    }
    free(history->aliases);
    free(history->ids);
    free(history->facts);
    *history = (seg_history){0};
}

/* ---- Looking up ------------------------------------------------------------------------------ */

const seg_fact *seg_history_event(const seg_history *history, int64_t time, uint64_t tie, seg_text rule,
                                  size_t nth) {
    for (int named = 1; named >= 0; named--) {
        for (size_t i = 0; i < history->fact_count; i++) {
            const seg_fact *fact = &history->facts[i];
            seg_event_info event;
            if (fact->kind != SEG_RECORD_TRACK || fact->time != time || fact->tie != tie) continue;
            if (seg_image_event(history->image, fact->index, &event)) continue;
            if (seg_text_has_word(rule, event.name) != (named == 1)) continue;
            if (nth-- == 0) return fact;
        }
    }
    return NULL;
}

const seg_fact *seg_history_attribute(const seg_history *history, uint32_t attribute, int64_t at) {
    const seg_fact *newest = NULL;
    for (size_t i = 0; i < history->fact_count; i++) {
        const seg_fact *fact = &history->facts[i];
        if (fact->kind != SEG_RECORD_IDENTIFY || fact->index != attribute || fact->time > at) continue;
        if (!newest || fact->time > newest->time || (fact->time == newest->time && fact->tie >= newest->tie))
            newest = fact;
    }
    return newest;
}

bool seg_history_text(const seg_history *history, int64_t word, seg_text *out) {
    for (size_t i = 0; i < history->fact_count; i++) {
        const seg_fact *fact = &history->facts[i];
        for (size_t v = 0; v < fact->value_count; v++) {
            seg_type type = value_type(history, fact, v);
            if (!fact->values[v].known || (type != SEG_TEXT && type != SEG_ZONE)) continue;
            if (seg_text_word(fact->values[v].as.text) != word) continue;
            *out = fact->values[v].as.text;
            return true;
        }
    }
    return false;
}
