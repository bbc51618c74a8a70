/* key.c - the identity of rules: equal bytes for equal meaning, so that everything exists once. */
#include <string.h>

#include "plan_parts.h"

static void add_u32(seg_buffer *key, uint32_t number) { seg_buffer_add(key, &number, sizeof number); }
static void add_i64(seg_buffer *key, int64_t number) { seg_buffer_add(key, &number, sizeof number); }
static void add_text(seg_buffer *key, seg_text text) {
    add_u32(key, (uint32_t)text.size_bytes);
    seg_buffer_add(key, text.bytes, text.size_bytes);
}

/* The word by which the state knows a constant; SEG_MISSING for an unknown one. A set has none. */
int64_t seg_plan_word(const seg_rule_const *constant, const seg_rule_type *type) {
    if (!constant->value.known) return SEG_MISSING;
    switch (type->type) {
    case SEG_TEXT:
    case SEG_ZONE: return seg_text_word(constant->value.as.text);
    case SEG_FLOAT: {
        double number = constant->value.as.f + 0.0; /* never -0.0 */
        int64_t word;
        memcpy(&word, &number, sizeof word);
        return word;
    }
    case SEG_DURATION: return constant->duration.ms;
    default: return constant->value.as.i;
    }
}

static void add_constant(seg_buffer *key, const seg_rule_const *constant, const seg_rule_type *type) {
    seg_buffer_add(key, &constant->value.known, 1);
    if (!constant->value.known) return;
    if (type->type == SEG_TEXT || type->type == SEG_ZONE) {
        add_text(key, constant->value.as.text);
    } else if (type->type == SEG_SET) {
        add_u32(key, (uint32_t)constant->value.as.set.count);
        for (size_t i = 0; i < constant->value.as.set.count; i++)
            add_text(key, constant->value.as.set.items[i]);
    } else {
        add_i64(key, seg_plan_word(constant, type));
        add_u32(key, (uint32_t)constant->duration.months);
    }
}

static void add_duration(seg_buffer *key, seg_rule_duration duration) {
    add_u32(key, (uint32_t)duration.months);
    add_i64(key, duration.ms);
}

static void add_facts(seg_buffer *key, const seg_rule_facts *facts) {
    add_u32(key, facts->event_count);
    for (uint32_t i = 0; i < facts->event_count; i++) add_u32(key, facts->events[i]);
    seg_buffer_add(key, &facts->window, 1);
    add_duration(key, facts->from);
    add_duration(key, facts->to);
    seg_buffer_add(key, &facts->unit, 1);
    add_u32(key, (uint32_t)facts->first);
    add_u32(key, (uint32_t)facts->end);
    seg_plan_key(key, facts->zone, 0, 0);
    seg_plan_key(key, facts->where, 0, facts->event_count);
    seg_plan_key(key, facts->anchor, 0, 0);
    add_u32(key, facts->newest);
    seg_plan_pairs_key(key, facts);
    seg_plan_key(key, facts->key, 0, facts->event_count);
}

void seg_plan_pairs_key(seg_buffer *key, const seg_rule_facts *facts) {
    add_i64(key, facts->delay_ms);
    add_u32(key, facts->pair_count);
    add_u32(key, facts->own_pairs);
    for (uint32_t i = 0; i < facts->pair_count; i++) {
        const seg_rule_pair *pair = &facts->pairs[i];
        const uint8_t flags[] = {pair->preceded, pair->negated,  pair->by_time,
                                 pair->between,  pair->inherits, pair->bounded};
        seg_buffer_add(key, flags, sizeof flags);
        add_duration(key, pair->least);
        add_duration(key, pair->most);
        add_i64(key, pair->whole_ms);
        add_i64(key, pair->delay_ms);
        add_u32(key, pair->same_count);
        for (uint32_t j = 0; j < pair->same_count; j++) {
            seg_plan_key(key, pair->here[j], 0, facts->event_count);
            seg_plan_key(key, pair->there[j], 0, pair->others->event_count);
        }
        add_facts(key, pair->others);
    }
}

void seg_plan_key(seg_buffer *key, const seg_rule *rule, uint32_t first_event, uint32_t event_count) {
    if (!rule) {
        seg_buffer_add(key, "\xff", 1);
        return;
    }
    const uint8_t head[] = {rule->kind, (uint8_t)rule->type.type, rule->type.scale, rule->ignore_case};
    seg_buffer_add(key, head, sizeof head);
    switch (rule->kind) {
    case SEG_RULE_DECAYED:
    case SEG_RULE_CONST: add_constant(key, &rule->constant, &rule->type); break;
    case SEG_RULE_ATTRIBUTE:
    case SEG_RULE_MODEL:
    case SEG_RULE_PART:
    case SEG_RULE_YEARS:
    case SEG_RULE_PLACE:
    case SEG_RULE_GAP:
    case SEG_RULE_FELLOWS:
    case SEG_RULE_SEGMENT: add_u32(key, rule->index); break;
    case SEG_RULE_FIELD:
        for (uint32_t i = 0; i < event_count; i++) add_u32(key, rule->fields[first_event + i]);
        break;
    case SEG_RULE_IN:
    case SEG_RULE_PART_IN:
        add_u32(key, rule->list_count);
        for (uint32_t i = 0; i < rule->list_count; i++)
            add_constant(key, &rule->list[i], &rule->operands[0]->type);
        break;
    case SEG_RULE_NATIVE:
    case SEG_RULE_BUCKET:
    case SEG_RULE_MATCHES: add_text(key, rule->pattern); break;
    case SEG_RULE_TIME:
    case SEG_RULE_REACHED:
    case SEG_RULE_DATE_REACHED:
    case SEG_RULE_AS_OF:
    case SEG_RULE_HELD:
    case SEG_RULE_ENTERED:
    case SEG_RULE_CHANGED:
    case SEG_RULE_LEFT: add_duration(key, rule->duration); break;
    case SEG_RULE_LATCH:
        add_duration(key, rule->duration);
        add_duration(key, rule->pause);
        break;
    case SEG_RULE_ACTIVE_DAYS:
        add_i64(key, rule->facts ? 0 : rule->constant.value.as.i);
        add_u32(key, rule->index);
        break;
    default: break;
    }
    if (rule->facts) {
        add_facts(key, rule->facts);
        first_event = 0;
        event_count = rule->facts->event_count;
    }
    add_u32(key, rule->operand_count);
    for (uint32_t i = 0; i < rule->operand_count; i++)
        seg_plan_key(key, rule->operands[i], first_event, event_count);
}
