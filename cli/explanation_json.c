/* explanation_json.c - an explanation for machines. */
#include <stdio.h>
#include <stdlib.h>

#include "explanation.h"
#include "json_out.h"
#include "output.h"

enum { VALUES_MOST = 100 }; /* of those that a part goes through */

static void set_json(seg_json_out *json, const seg_value *value) {
    seg_json_out_open(json, '[');
    for (size_t i = 0; i < value->as.set.count; i++) seg_json_out_text(json, value->as.set.items[i]);
    seg_json_out_close(json, ']');
}

/* A number or a name as `text` shows it, which came from open_memstream. */
static void shown_json(seg_json_out *json, seg_type type, char *text) {
    bool number = type == SEG_INT || type == SEG_DECIMAL || type == SEG_FLOAT;
    if (!text)
        seg_json_out_null(json);
    else if (number)
        seg_json_out_raw(json, text);
    else
        seg_json_out_string(json, text);
    free(text);
}

static void field_json(const seg_explanation *j, seg_json_out *json, const seg_field_info *field,
                       const seg_value *value) {
    if (!value->known) {
        seg_json_out_null(json);
        return;
    }
    switch (field->type) {
    case SEG_BOOL: seg_json_out_bool(json, value->as.i != 0); return;
    case SEG_TIME: seg_json_out_instant(json, value->as.i); return;
    case SEG_SET: set_json(json, value); return;
    case SEG_TEXT:
    case SEG_ZONE: seg_json_out_text(json, value->as.text); return;
    default: break;
    }
    char *shown = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&shown, &size);
    if (file) seg_explanation_field_write(j, file, field, value);
    if (file) fclose(file);
    shown_json(json, field->type, shown);
}

static void value_json(const seg_explanation *j, seg_json_out *json, const seg_explanation_part *p) {
    uint32_t attribute = seg_explanation_attribute(j, p);
    const seg_fact *fact =
        attribute == SEG_NONE ? NULL : seg_history_attribute(&j->history, attribute, p->instant);
    seg_field_info field = {.type = p->info.type, .scale = p->info.scale};
    seg_value value = p->value;
    seg_text text;
    if (p->info.type == SEG_SET && fact) value = fact->values[0];
    if (p->info.type == SEG_TEXT || p->info.type == SEG_ZONE) {
        value.known = seg_explanation_text_of(j, p, &text);
        if (value.known) value.as.text = text;
    }
    if (p->info.type != SEG_ENUM || !value.known) {
        field_json(j, json, &field, &value);
        return;
    }
    char *shown = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&shown, &size);
    if (file) seg_explanation_value_write(j, file, p);
    if (file) fclose(file);
    shown_json(json, p->info.type, shown);
}

static void entry_json(const seg_explanation *j, seg_json_out *json, const seg_explanation_part *p,
                       const seg_explanation_entry *e) {
    seg_json_out_open(json, '{');
    seg_json_out_key(json, "time");
    seg_json_out_instant(json, e->time);
    const seg_fact *fact = seg_history_event(&j->history, e->time, e->tie, p->info.text, e->nth);
    seg_event_info event;
    if (fact && !seg_image_event(j->workspace.image, fact->index, &event)) {
        seg_json_out_key(json, "event");
        seg_json_out_text(json, event.name);
        if (fact->message_id.size_bytes) {
            seg_json_out_key(json, "message_id");
            seg_json_out_text(json, fact->message_id);
        }
        seg_json_out_key(json, "fields");
        seg_json_out_open(json, '{');
        for (uint32_t f = 0; f < event.field_count; f++) {
            seg_field_info field;
            if (!fact->values[f].known || seg_image_event_field(j->workspace.image, fact->index, f, &field))
                continue;
            char *name = seg_text_show(field.name, 0);
            seg_json_out_key(json, name ? name : "");
            free(name);
            field_json(j, json, &field, &fact->values[f]);
        }
        seg_json_out_close(json, '}');
    }
    seg_json_out_close(json, '}');
}

static void key_json(const seg_explanation *j, seg_json_out *json, const seg_explanation_part *p,
                     const char *name, int64_t key) {
    seg_ranking_info about = {0};
    seg_image_describe_ranking(j->workspace.image, p->info.ranking, &about);
    seg_field_info field = {.type = about.type, .scale = about.scale};
    seg_value value = seg_image_key_value(j->workspace.image, p->info.ranking, key);
    seg_json_out_key(json, name);
    field_json(j, json, &field, &value);
}

static void ranking_json(const seg_explanation *j, seg_json_out *json, const seg_explanation_part *p) {
    const seg_standing *at = &p->standing;
    seg_json_out_key(json, "ranks_of");
    seg_json_out_instant(json, seg_image_refresh(j->workspace.image, j->at));
    seg_json_out_key(json, "ranked_profiles");
    seg_json_out_count(json, at->count);
    if (!p->stands) return;
    seg_json_out_key(json, "place");
    seg_json_out_count(json, 1 + at->tied_before + (p->info.from_bottom ? at->below : at->above));
    key_json(j, json, p, "ranked_by", p->key);
    if (p->has_cut) key_json(j, json, p, "cut", p->cut);
}

/* An instant that may be never: null. */
static void turn_json(seg_json_out *json, const char *name, int64_t instant) {
    seg_json_out_key(json, name);
    seg_json_out_instant(json, instant);
}

static void turns_json(const seg_explanation *j, seg_json_out *json, size_t index) {
    const seg_explanation_part *p = &j->parts[index];
    if (p->info.kind == SEG_PROBE_CHANGED) {
        turn_json(json, "changed", p->turns.changed);
        if (p->turns.changed == SEG_NEVER) return;
        seg_explanation_part before = seg_explanation_before(j, index);
        seg_json_out_key(json, "changed_from");
        value_json(j, json, &before);
        return;
    }
    seg_json_out_key(json, "inside");
    seg_json_out_bool(json, p->turns.holds);
    if (p->info.kind != SEG_PROBE_LATCH) {
        turn_json(json, "entered", p->turns.became_true);
        turn_json(json, "exited", p->turns.became_false);
        return;
    }
    turn_json(json, "since", p->turns.holds ? p->turns.became_true : p->turns.became_false);
    turn_json(json, "no_turn_before", p->turns.stays_until);
}

static void values_json(const seg_explanation *j, seg_json_out *json, size_t index) {
    const seg_explanation_part *p = &j->parts[index];
    seg_json_out_key(json, "value_count");
    seg_json_out_count(json, p->value_count);
    seg_json_out_key(json, "holding_count");
    seg_json_out_count(json, p->holding_count);
    seg_json_out_key(json, "values");
    seg_json_out_open(json, '[');
    for (size_t i = 0; i < p->value_count && i < VALUES_MOST; i++) {
        seg_explanation_part value = seg_explanation_for_value(j, index, i);
        seg_json_out_open(json, '{');
        seg_json_out_key(json, "value");
        value_json(j, json, &value);
        seg_json_out_key(json, "holds");
        seg_json_out_bool(json, p->values[i].holds);
        seg_json_out_close(json, '}');
    }
    seg_json_out_close(json, ']');
}

static void reference_json(const seg_explanation *j, seg_json_out *json, size_t index) {
    const seg_explanation_part *p = &j->parts[index];
    seg_segment_info about = {0};
    seg_image_segment(j->workspace.image, p->info.segment, &about);
    seg_json_out_key(json, "segment");
    seg_json_out_text(json, about.name);
    if (p->is_opened) return;
    seg_json_out_key(json, "see_part");
    seg_json_out_count(json, seg_explanation_opened(j, index));
}

static void part_json(const seg_explanation *j, seg_json_out *json, size_t index) {
    static const char *const kinds[SEG_PROBE_KIND_COUNT] = {
        "plain",    "as_of",    "held",     "entered", "exited",  "changed", "latch",
        "for_some", "for_each", "count_of", "value",   "segment", "and",     "or",
    };
    const seg_explanation_part *p = &j->parts[index];
    seg_json_out_open(json, '{');
    seg_json_out_key(json, "depth");
    seg_json_out_count(json, p->info.depth);
    seg_json_out_key(json, "kind");
    seg_json_out_string(json, kinds[p->info.kind]);
    seg_json_out_key(json, "rule");
    seg_json_out_text(json, p->info.text);
    turn_json(json, "at", p->instant);
    seg_json_out_key(json, "value");
    value_json(j, json, p);
    turn_json(json, "holds_until", p->holds_until);
    if (p->info.kind >= SEG_PROBE_HELD && p->info.kind <= SEG_PROBE_LATCH) turns_json(j, json, index);
    if (p->info.kind >= SEG_PROBE_SOME && p->info.kind <= SEG_PROBE_TALLY) values_json(j, json, index);
    if (p->info.kind == SEG_PROBE_SEGMENT) reference_json(j, json, index);
    if (p->info.ranking != SEG_NONE) ranking_json(j, json, p);
    if (p->info.query != SEG_NONE) {
        seg_json_out_key(json, "event_count");
        seg_json_out_count(json, p->entry_count);
        seg_json_out_key(json, "newest_events");
        seg_json_out_open(json, '[');
        for (uint64_t i = 0; i < SEG_EXPLANATION_NEWEST && i < p->entry_count; i++)
            entry_json(j, json, p, &p->newest[(p->entry_count - 1 - i) % SEG_EXPLANATION_NEWEST]);
        seg_json_out_close(json, ']');
    }
    seg_json_out_close(json, '}');
}

void seg_explanation_json(const seg_explanation *j) {
    seg_json_out json = {.file = stdout, .spread = true};
    seg_json_out_open(&json, '{');
    seg_json_out_key(&json, "profile");
    seg_json_out_string(&json, j->profile);
    seg_json_out_key(&json, "segment");
    seg_json_out_text(&json, j->about.name);
    seg_json_out_key(&json, "title");
    seg_json_out_text(&json, j->about.title);
    seg_json_out_key(&json, "at");
    seg_json_out_instant(&json, j->at);
    seg_json_out_key(&json, "known");
    seg_json_out_bool(&json, j->state != NULL);
    seg_json_out_key(&json, "member");
    seg_json_out_bool(&json, j->verdict);
    seg_json_out_key(&json, "valid_until");
    seg_json_out_instant(&json, j->valid_until);
    seg_json_out_key(&json, "parts");
    seg_json_out_open(&json, '[');
    for (size_t i = 0; i < j->part_count; i++) part_json(j, &json, i);
    seg_json_out_close(&json, ']');
    seg_json_out_close(&json, '}');
    seg_json_out_end(&json);
}
