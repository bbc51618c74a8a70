#include "rule.h"

#include <string.h>

#include "types.h"

/* A rule with what its maker knows about its tree. */
typedef struct made_rule {
    seg_rule rule; /* first: a rule's address is its made_rule's */
    uint32_t hash, size;
} made_rule;
/* There is one for each part of each rule: all of them are most of a compilation's memory. */
_Static_assert(sizeof(made_rule) <= 128, "rules are small");

static const made_rule *made_of(const seg_rule *rule) { return (const made_rule *)(const void *)rule; }
uint32_t seg_rule_size(const seg_rule *rule) { return made_of(rule)->size; }
uint32_t seg_rule_hash(const seg_rule *rule) { return made_of(rule)->hash; }

uint8_t seg_rule_mirrored(uint8_t kind) {
    switch (kind) {
    case SEG_RULE_LT: return SEG_RULE_GT;
    case SEG_RULE_LE: return SEG_RULE_GE;
    case SEG_RULE_GT: return SEG_RULE_LT;
    case SEG_RULE_GE: return SEG_RULE_LE;
    default: return kind;
    }
}

static uint64_t mix(uint64_t hash, uint64_t word) {
    hash = (hash ^ word) * UINT64_C(0x9E3779B97F4A7C15);
    return hash ^ (hash >> 29);
}

static uint64_t mix_text(uint64_t hash, seg_text text) {
    hash = mix(hash, text.size_bytes);
    for (size_t i = 0; i < text.size_bytes; i++) hash = mix(hash, (unsigned char)text.bytes[i]);
    return hash;
}

static uint64_t mix_duration(uint64_t hash, seg_rule_duration duration) {
    return mix(mix(hash, (uint64_t)(int64_t)duration.months), (uint64_t)duration.ms);
}

static uint64_t mix_constant(uint64_t hash, seg_rule_type type, const seg_rule_const *constant) {
    hash = mix_duration(mix(hash, constant->value.known), constant->duration);
    if (!constant->value.known) return hash;
    if (type.type == SEG_TEXT || type.type == SEG_ZONE) return mix_text(hash, constant->value.as.text);
    if (type.type != SEG_SET) return mix(hash, (uint64_t)constant->value.as.i);
    for (size_t i = 0; i < constant->value.as.set.count; i++)
        hash = mix_text(hash, constant->value.as.set.items[i]);
    return hash;
}

static uint64_t mix_pair(uint64_t hash, const seg_rule_pair *pair) {
    bool flags[] = {pair->preceded, pair->negated,  pair->by_time,
                    pair->between,  pair->inherits, pair->bounded};
    for (size_t i = 0; i < sizeof flags; i++) hash = mix(hash, flags[i]);
    hash = mix(mix(hash, (uint64_t)pair->whole_ms), (uint64_t)pair->delay_ms);
    hash = mix_duration(mix_duration(hash, pair->least), pair->most);
    for (uint32_t i = 0; i < pair->same_count; i++)
        hash = mix(mix(hash, seg_rule_hash(pair->here[i])), seg_rule_hash(pair->there[i]));
    return mix(hash, seg_facts_hash(pair->others));
}

uint64_t seg_facts_hash(const seg_rule_facts *facts) {
    uint64_t hash = mix(mix(17, facts->window), facts->event_count);
    for (uint32_t i = 0; i < facts->event_count; i++) hash = mix(hash, facts->events[i]);
    hash = mix_duration(mix_duration(hash, facts->from), facts->to);
    hash = mix(mix(mix(hash, facts->unit), (uint64_t)(int64_t)facts->first), (uint64_t)(int64_t)facts->end);
    hash = mix(hash, facts->zone != NULL ? seg_rule_hash(facts->zone) : 0);
    hash = mix(hash, facts->where != NULL ? seg_rule_hash(facts->where) : 0);
    hash = mix(hash, facts->anchor != NULL ? seg_rule_hash(facts->anchor) : 0);
    hash = mix(mix(mix(hash, facts->newest), (uint64_t)facts->delay_ms), facts->own_pairs);
    for (uint32_t i = 0; i < facts->pair_count; i++) hash = mix_pair(hash, &facts->pairs[i]);
    return mix(hash, facts->key != NULL ? seg_rule_hash(facts->key) : 0);
}

static uint64_t size_of_pairs(const seg_rule_facts *facts) {
    uint64_t size = 0;
    for (uint32_t i = 0; i < facts->pair_count; i++) {
        const seg_rule_facts *others = facts->pairs[i].others;
        size += 1 + facts->pairs[i].same_count + size_of_pairs(others);
        if (others->where != NULL) size += seg_rule_size(others->where);
    }
    return size;
}

static void finish(made_rule *made, uint32_t event_count) {
    const seg_rule *rule = &made->rule;
    uint64_t size = 1;
    uint64_t what = rule->kind | (uint64_t)rule->type.type << 8 | (uint64_t)rule->type.scale << 16;
    uint64_t hash = mix(17, what | (uint64_t)rule->index << 32);
    for (uint32_t i = 0; i < rule->operand_count; i++) {
        size += seg_rule_size(rule->operands[i]);
        hash = mix(hash, seg_rule_hash(rule->operands[i]));
    }
    seg_rule_extra extra = seg_rule_extra_of(rule);
    if (rule->kind == SEG_RULE_CONST || rule->kind == SEG_RULE_DECAYED)
        hash = mix_constant(hash, rule->type, &rule->constant);
    if (extra == SEG_EXTRA_DURATION) hash = mix_duration(mix_duration(hash, rule->duration), rule->pause);
    if (rule->fields != NULL)
        for (uint32_t i = 0; i < event_count; i++) hash = mix(hash, rule->fields[i]);
    if (rule->kind == SEG_RULE_IN)
        for (uint32_t i = 0; i < rule->list_count; i++)
            hash = mix_constant(hash, rule->operands[0]->type, &rule->list[i]);
    if (rule->kind == SEG_RULE_MATCHES || rule->kind == SEG_RULE_BUCKET)
        hash = mix_text(mix(hash, rule->ignore_case), rule->pattern);
    if (rule->facts != NULL) {
        hash = mix(hash, seg_facts_hash(rule->facts));
        if (rule->facts->where != NULL) size += seg_rule_size(rule->facts->where);
        if (rule->facts->zone != NULL) size += seg_rule_size(rule->facts->zone);
        if (rule->facts->anchor != NULL) size += seg_rule_size(rule->facts->anchor);
        size += size_of_pairs(rule->facts);
    }
    if (extra == SEG_EXTRA_LIST) size += rule->list_count;
    made->size = size > UINT32_MAX ? UINT32_MAX : (uint32_t)size;
    made->hash = (uint32_t)(hash >> 32);
}

seg_rule *seg_rule_new(seg_arena *arena, const seg_rule *rule, uint32_t event_count) {
    made_rule *made = seg_arena_take_raw(arena, sizeof *made);
    if (made == NULL) return NULL;
    made->rule = *rule;
    finish(made, event_count);
    return &made->rule;
}

static bool equal_duration(seg_rule_duration a, seg_rule_duration b) {
    return a.months == b.months && a.ms == b.ms;
}

static bool equal_constant(seg_rule_type type, const seg_rule_const *a, const seg_rule_const *b) {
    if (a->value.known != b->value.known || !equal_duration(a->duration, b->duration)) return false;
    if (!a->value.known) return true;
    if (type.type == SEG_TEXT || type.type == SEG_ZONE)
        return seg_text_same(a->value.as.text, b->value.as.text);
    if (type.type != SEG_SET) return a->value.as.i == b->value.as.i;
    if (a->value.as.set.count != b->value.as.set.count) return false;
    for (size_t i = 0; i < a->value.as.set.count; i++)
        if (!seg_text_same(a->value.as.set.items[i], b->value.as.set.items[i])) return false;
    return true;
}

static bool equal_part(const seg_rule *a, const seg_rule *b, uint32_t event_count) {
    return a == b || (a != NULL && b != NULL && seg_rule_equal(a, b, event_count));
}

static bool equal_pair(const seg_rule_pair *a, const seg_rule_pair *b, uint32_t event_count) {
    if (a->preceded != b->preceded || a->negated != b->negated || a->by_time != b->by_time ||
        a->between != b->between || a->inherits != b->inherits || a->bounded != b->bounded ||
        a->whole_ms != b->whole_ms || a->delay_ms != b->delay_ms || a->same_count != b->same_count)
        return false;
    if (!equal_duration(a->least, b->least) || !equal_duration(a->most, b->most)) return false;
    if (!seg_facts_equal(a->others, b->others)) return false;
    for (uint32_t i = 0; i < a->same_count; i++)
        if (!seg_rule_equal(a->here[i], b->here[i], event_count) ||
            !seg_rule_equal(a->there[i], b->there[i], a->others->event_count))
            return false;
    return true;
}

bool seg_pairs_equal(const seg_rule_facts *a, const seg_rule_facts *b) {
    if (a->pair_count != b->pair_count || a->own_pairs != b->own_pairs || a->delay_ms != b->delay_ms ||
        (a->pair_count != 0 && a->event_count != b->event_count))
        return false;
    for (uint32_t i = 0; i < a->pair_count; i++)
        if (!equal_pair(&a->pairs[i], &b->pairs[i], a->event_count)) return false;
    return true;
}

bool seg_facts_equal(const seg_rule_facts *a, const seg_rule_facts *b) {
    if (a == b) return true;
    if (a->event_count != b->event_count || a->window != b->window) return false;
    for (uint32_t i = 0; i < a->event_count; i++)
        if (a->events[i] != b->events[i]) return false;
    return equal_duration(a->from, b->from) && equal_duration(a->to, b->to) && a->newest == b->newest &&
           a->unit == b->unit && a->first == b->first && a->end == b->end &&
           equal_part(a->zone, b->zone, 0) && seg_pairs_equal(a, b) &&
           equal_part(a->where, b->where, a->event_count) && equal_part(a->anchor, b->anchor, 0) &&
           equal_part(a->key, b->key, a->event_count);
}

static bool equal_lists(const seg_rule *a, const seg_rule *b) {
    if (a->list_count != b->list_count) return false;
    for (uint32_t i = 0; i < a->list_count; i++)
        if (!equal_constant(a->operands[0]->type, &a->list[i], &b->list[i])) return false;
    return true;
}

/* Of two rules of one kind, type and number of operands. */
static bool equal_extra(const seg_rule *a, const seg_rule *b) {
    switch (seg_rule_extra_of(a)) {
    case SEG_EXTRA_CONSTANT:
        return a->kind == SEG_RULE_ACTIVE_DAYS || equal_constant(a->type, &a->constant, &b->constant);
    case SEG_EXTRA_DURATION:
        return equal_duration(a->duration, b->duration) && equal_duration(a->pause, b->pause);
    case SEG_EXTRA_LIST: return equal_lists(a, b);
    case SEG_EXTRA_PATTERN: return seg_text_same(a->pattern, b->pattern);
    default: return true;
    }
}

bool seg_rule_equal(const seg_rule *a, const seg_rule *b, uint32_t event_count) {
    if (a == b) return true;
    if (seg_rule_hash(a) != seg_rule_hash(b) || a->kind != b->kind || !seg_type_same(a->type, b->type) ||
        a->index != b->index || a->operand_count != b->operand_count || a->ignore_case != b->ignore_case ||
        !equal_extra(a, b))
        return false;
    if ((a->facts == NULL) != (b->facts == NULL) || (a->fields == NULL) != (b->fields == NULL)) return false;
    if (a->facts != NULL && !seg_facts_equal(a->facts, b->facts)) return false;
    if (a->fields != NULL)
        for (uint32_t i = 0; i < event_count; i++)
            if (a->fields[i] != b->fields[i]) return false;
    uint32_t inner = a->facts != NULL ? a->facts->event_count : event_count;
    for (uint32_t i = 0; i < a->operand_count; i++)
        if (!equal_part(a->operands[i], b->operands[i], inner)) return false;
    return true;
}
