/* check_value.c - literals and names as values. */
#include <string.h>

#include "check.h"
#include "constant.h"
#include "zone.h"

const seg_rule *seg_check_make(seg_checker *c, const seg_env *env, const seg_node *node, bool written,
                               seg_rule rule) {
    const seg_frame *use = seg_check_use(env);
    rule.span = use != NULL ? use->use : node->span;
    rule.written = written && use == NULL;
    seg_rule *made = seg_rule_new(c->arena, &rule, c->inside != NULL ? c->inside->count : 0);
    if (made == NULL) return NULL;
    if (seg_rule_size(made) > SEG_CHECK_STEP_LIMIT) {
        seg_check_too_large(c, node->span);
        return NULL;
    }
    if (rule.kind != SEG_RULE_SEGMENT) return made;
    if (c->segment_rule_count == c->segment_rule_capacity) {
        uint32_t capacity = c->segment_rule_capacity == 0 ? 64 : c->segment_rule_capacity * 2;
        seg_rule **list = seg_arena_take_array(c->arena, capacity, sizeof(void *));
        if (list == NULL) return NULL;
        if (c->segment_rule_count != 0)
            memcpy(list, c->segment_rules, c->segment_rule_count * sizeof(void *));
        c->segment_rules = list;
        c->segment_rule_capacity = capacity;
    }
    c->segment_rules[c->segment_rule_count++] = made;
    return made;
}

const seg_rule *seg_check_hidden(seg_checker *c, const seg_rule *rule) {
    seg_rule copy = *rule;
    for (uint32_t i = 0; i < rule->operand_count; i++) {
        copy.operands[i] = seg_check_hidden(c, rule->operands[i]);
        if (copy.operands[i] == NULL) return NULL;
    }
    seg_env env = {NULL, NULL};
    seg_node node = {.span = rule->span};
    return seg_check_make(c, &env, &node, false, copy);
}

const seg_rule *seg_check_optional(seg_checker *c, const seg_rule *rule, bool optional) {
    if (rule == NULL || rule->type.optional == optional) return rule;
    seg_rule copy = *rule;
    copy.type.optional = optional;
    return seg_rule_new(c->arena, &copy, c->inside != NULL ? c->inside->count : 0);
}

/* ---- Literals -------------------------------------------------------------------------------- */

bool seg_check_is_literal(const seg_node *node) {
    if (node->kind == SEG_NODE_NEGATE) node = node->first_child;
    switch (node->kind) {
    case SEG_NODE_NUMBER:
    case SEG_NODE_PERCENT:
    case SEG_NODE_STRING:
    case SEG_NODE_BOOLEAN:
    case SEG_NODE_DURATION:
    case SEG_NODE_DATE:
    case SEG_NODE_TIME: return true;
    default: return false;
    }
}

typedef struct zone_guess {
    seg_arena *arena;
    seg_guess guess;
} zone_guess;

static void offer_zone(void *user, seg_text name) {
    zone_guess *zone = user; /* the name does not outlive the call, the guess does */
    const char *bytes = seg_arena_copy(zone->arena, name.bytes, name.size_bytes);
    if (bytes != NULL) seg_guess_offer(&zone->guess, (seg_text){bytes, name.size_bytes});
}

bool seg_check_zone_name(seg_checker *c, const seg_env *env, const seg_node *node) {
    if (seg_zone_exists(node->text)) return true;
    seg_check_text source = seg_check_source(node->name_span);
    seg_diag *diag = seg_check_fault(c, env, SEG_DIAG_ZONE_UNKNOWN, node->name_span,
                                     "there is no time zone `%s`", source.text);
    zone_guess zone = {.arena = c->arena};
    seg_guess_init(&zone.guess, node->text);
    if (c->guesses++ < 100 && node->text.size_bytes <= 64) seg_zone_each(offer_zone, &zone);
    if (!seg_guess_found(&zone.guess)) {
        seg_diag_help(c->diags, diag,
                      "write the zone of a city, \"Europe/Berlin\" or \"America/New_York\", or \"UTC\"");
        return false;
    }
    seg_diag_help(c->diags, diag, "did you mean \"%.*s\"?", SEG_TEXT_ARGS(zone.guess.best));
    seg_diag_edit(c->diags, diag, node->name_span, "\"%.*s\"", SEG_TEXT_ARGS(zone.guess.best));
    return false;
}

static seg_rule constant(seg_rule_type type, int64_t word) {
    return (seg_rule){
        .kind = SEG_RULE_CONST, .type = type, .constant = {.value = {.known = true, .as = {.i = word}}}};
}

static const seg_rule *number_literal(seg_checker *c, const seg_env *env, const seg_node *node, bool negative,
                                      const seg_rule_type *want) {
    int64_t mantissa;
    uint8_t scale;
    const seg_node *digits = negative ? node->first_child : node;
    if (!seg_constant_number(digits->text, &mantissa, &scale)) {
        seg_check_fault(c, env, SEG_DIAG_NUMBER_RANGE, node->span,
                        "this number has too many digits: 18 are the most");
        return NULL;
    }
    if (negative) mantissa = -mantissa;
    if (digits->kind == SEG_NODE_PERCENT) scale = (uint8_t)(scale + 2);
    if (scale > SEG_DECIMAL_SCALE_LIMIT && digits->kind == SEG_NODE_PERCENT) {
        seg_check_fault(c, env, SEG_DIAG_NUMBER_RANGE, node->span, "this percentage has too many digits");
        return NULL;
    }
    seg_rule rule =
        constant((seg_rule_type){.type = scale == 0 ? SEG_INT : SEG_DECIMAL, .scale = scale}, mantissa);
    if (want != NULL && want->type == SEG_FLOAT) {
        rule.type = (seg_rule_type){.type = SEG_FLOAT};
        rule.constant.value.as.f = seg_constant_float(mantissa, scale);
    }
    return seg_check_make(c, env, node, true, rule);
}

static const seg_rule *text_literal(seg_checker *c, const seg_env *env, const seg_node *node,
                                    const seg_rule_type *want) {
    seg_rule rule = constant((seg_rule_type){.type = SEG_TEXT}, 0);
    rule.constant.value.as.text = node->text;
    if (want != NULL && want->type == SEG_ZONE) {
        if (!seg_check_zone_name(c, env, node)) return NULL;
        rule.type.type = SEG_ZONE;
    }
    if (want == NULL || want->type != SEG_ENUM) return seg_check_make(c, env, node, true, rule);
    seg_type_words words = seg_type_describe(*want);
    seg_diag *diag = seg_check_fault(c, env, SEG_DIAG_QUOTED_VALUE, node->span,
                                     "this must be %s, and those are written without quotes", words.text);
    seg_guess guess;
    seg_guess_init(&guess, node->text);
    for (uint32_t i = 0; i < want->enumeration->count; i++)
        seg_guess_offer(&guess, want->enumeration->names[i]);
    if (seg_enum_find(want->enumeration, node->text) == SEG_NONE) {
        seg_check_guess(c, diag, node->span, &guess);
        return NULL;
    }
    seg_diag_help(c->diags, diag, "take the quotes away: `%.*s`", SEG_TEXT_ARGS(node->text));
    seg_diag_edit(c->diags, diag, node->span, "%.*s", SEG_TEXT_ARGS(node->text));
    return NULL;
}

/* The instant that a DATE or TIME node stands for. */
static bool instant_of(seg_checker *c, const seg_env *env, const seg_node *node, int64_t *out) {
    int64_t instant = node->number;
    if (node->kind == SEG_NODE_DATE)
        instant = seg_zone_instant(&c->rules->zone, node->number * SEG_DAY_MS);
    else if ((node->flags & SEG_NODE_LOCAL) != 0)
        instant = seg_zone_instant(&c->rules->zone, node->number);
    *out = instant;
    if (instant >= SEG_TIME_MIN && instant <= SEG_TIME_MAX) return true;
    seg_check_fault(c, env, SEG_DIAG_NUMBER_RANGE, node->span, "this is outside of the years 1 to 9999");
    return false;
}

const seg_rule *seg_check_literal(seg_checker *c, const seg_env *env, const seg_node *node,
                                  const seg_rule_type *want) {
    switch (node->kind) {
    case SEG_NODE_NUMBER:
    case SEG_NODE_PERCENT: return number_literal(c, env, node, false, want);
    case SEG_NODE_NEGATE: return number_literal(c, env, node, true, want);
    case SEG_NODE_STRING: return text_literal(c, env, node, want);
    case SEG_NODE_BOOLEAN:
        return seg_check_make(c, env, node, true, constant((seg_rule_type){.type = SEG_BOOL}, node->number));
    case SEG_NODE_DATE:
        return seg_check_make(c, env, node, true, constant((seg_rule_type){.type = SEG_DATE}, node->number));
    case SEG_NODE_DURATION: {
        seg_rule rule = constant((seg_rule_type){.type = SEG_DURATION}, node->number);
        rule.constant.duration = (seg_rule_duration){node->months, node->number};
        return seg_check_make(c, env, node, true, rule);
    }
    default: {
        int64_t instant;
        if (!instant_of(c, env, node, &instant)) return NULL;
        return seg_check_make(c, env, node, true, constant((seg_rule_type){.type = SEG_TIME}, instant));
    }
    }
}

/* ---- Literals of a declared type ------------------------------------------------------------- */

static bool typed_number(const seg_rule *rule, seg_rule_type type, seg_rule_const *out) {
    if (rule->type.type != SEG_INT && rule->type.type != SEG_DECIMAL) return false;
    *out = rule->constant;
    if (type.type == SEG_FLOAT) {
        out->value.as.f = seg_constant_float(rule->constant.value.as.i, rule->type.scale);
        return true;
    }
    return seg_constant_rescale(rule->constant.value.as.i, rule->type.scale,
                                type.type == SEG_DECIMAL ? type.scale : 0, &out->value.as.i);
}

static bool typed_set(seg_checker *c, const seg_node *node, seg_rule_const *out) {
    if (node->kind != SEG_NODE_LIST || node->child_count > SEG_CHECK_LIST_LIMIT) return false;
    seg_text *items = seg_arena_take_array(c->arena, node->child_count + 1u, sizeof *items);
    if (items == NULL) return false;
    size_t count = 0;
    for (const seg_node *item = node->first_child; item != NULL; item = item->next) {
        if (item->kind != SEG_NODE_STRING) return false;
        items[count++] = item->text;
    }
    *out = (seg_rule_const){.value = {.known = true}};
    out->value.as.set.items = items;
    out->value.as.set.count = count;
    return true;
}

static bool typed_enum(seg_checker *c, const seg_node *node, seg_rule_type type, seg_rule_const *out) {
    seg_env env = {NULL, NULL};
    if (node->kind == SEG_NODE_STRING) {
        (void)text_literal(c, &env, node, &type);
        return false;
    }
    uint32_t index = node->kind == SEG_NODE_NAME ? seg_enum_find(type.enumeration, node->text) : SEG_NONE;
    if (index != SEG_NONE) {
        *out = (seg_rule_const){.value = {.known = true, .as = {.i = index}}};
        return true;
    }
    seg_type_words words = seg_type_describe(type);
    seg_diag *diag =
        seg_check_fault(c, NULL, SEG_DIAG_VALUE_UNKNOWN, node->span, "this must be %s", words.text);
    if (node->kind != SEG_NODE_NAME) return false;
    seg_guess guess;
    seg_guess_init(&guess, node->text);
    for (uint32_t i = 0; i < type.enumeration->count; i++)
        seg_guess_offer(&guess, type.enumeration->names[i]);
    seg_check_guess(c, diag, node->span, &guess);
    return false;
}

bool seg_check_typed(seg_checker *c, const seg_node *node, seg_rule_type type, seg_text name,
                     seg_diag_code code, seg_rule_const *out) {
    seg_env env = {NULL, NULL};
    if (node->kind == SEG_NODE_ERROR || type.type == SEG_TYPE_UNREAD) return false;
    if (type.type == SEG_ENUM) return typed_enum(c, node, type, out);
    bool fits = false;
    if (type.type == SEG_SET) {
        fits = typed_set(c, node, out);
    } else if (seg_check_is_literal(node)) {
        const seg_rule *rule = seg_check_literal(c, &env, node, &type);
        if (rule == NULL) return false;
        fits = rule->type.type == type.type;
        *out = rule->constant;
        if (seg_type_is_number(type) && rule->type.type != SEG_FLOAT) fits = typed_number(rule, type, out);
        if (type.type == SEG_TIME && rule->type.type == SEG_DATE)
            return instant_of(c, &env, node, &out->value.as.i);
        if (type.type == SEG_DURATION && rule->constant.duration.months != 0) fits = false;
    }
    if (fits) return true;
    seg_type_words words = seg_type_describe(type);
    seg_diag *diag = seg_check_fault(c, NULL, code, node->span, "`%.*s` is %s; this is not",
                                     SEG_TEXT_ARGS(name), words.text);
    if (type.type == SEG_TEXT && node->kind == SEG_NODE_NAME) {
        seg_diag_help(c->diags, diag, "text stands in quotes: \"%.*s\"", SEG_TEXT_ARGS(node->text));
        seg_diag_edit(c->diags, diag, node->span, "\"%.*s\"", SEG_TEXT_ARGS(node->text));
    }
    if (type.type == SEG_DURATION && node->kind == SEG_NODE_DURATION)
        seg_diag_help(c->diags, diag, "months and years differ in length: write days");
    return false;
}

/* ---- Names ----------------------------------------------------------------------------------- */

static const seg_rule *attribute_value(seg_checker *c, const seg_env *env, const seg_node *node,
                                       const seg_name *name) {
    if (c->inside != NULL) {
        seg_diag *diag =
            seg_check_fault(c, env, SEG_DIAG_WHERE_SCOPE, node->span,
                            "`%.*s` belongs to the profile, and this condition is about one event",
                            SEG_TEXT_ARGS(node->text));
        seg_diag_help(
            c->diags, diag,
            "only the fields of the event and fixed values can stand here; put conditions on the profile "
            "beside it, with `and`");
        seg_check_note_name(c, diag, name);
        return NULL;
    }
    c->touches_facts = true;
    if (c->attributes[name->index].type.type == SEG_TYPE_UNREAD) return NULL;
    if (!seg_check_history(c, env, node, &c->attributes[name->index])) return NULL;
    return seg_check_make(
        c, env, node, true,
        (seg_rule){
            .kind = SEG_RULE_ATTRIBUTE, .index = name->index, .type = c->attributes[name->index].type});
}

static const seg_rule *wrong_kind(seg_checker *c, const seg_env *env, const seg_node *node,
                                  const seg_name *name) {
    seg_diag *diag = seg_check_fault(c, env, SEG_DIAG_NAME_KIND, node->span, "`%.*s` is %s, not a value",
                                     SEG_TEXT_ARGS(node->text), seg_check_kind_words(name));
    if (name->kind == SEG_NAME_SEGMENT) {
        seg_diag_help(c->diags, diag, "ask whether the profile is in it: `in %.*s`",
                      SEG_TEXT_ARGS(node->text));
        seg_diag_edit(c->diags, diag, node->span, "in %.*s", SEG_TEXT_ARGS(node->text));
    } else if (name->kind == SEG_NAME_FAMILY || name->kind == SEG_NAME_STAGES) {
        seg_diag_help(c->diags, diag, "ask whether the profile is in one of its segments: `in %.*s%s`",
                      SEG_TEXT_ARGS(node->text), name->kind == SEG_NAME_FAMILY ? "(…)" : ".…");
    } else if (name->kind == SEG_NAME_POLICY) {
        seg_diag_help(c->diags, diag, "a policy says something about segments; rules cannot ask for it");
    } else if (name->kind == SEG_NAME_GROUP) {
        seg_diag_help(c->diags, diag, "ask about its members: `any %.*s member in …`",
                      SEG_TEXT_ARGS(node->text));
    } else if (name->kind == SEG_NAME_DEFINE || name->kind == SEG_NAME_NATIVE) {
        seg_diag_help(c->diags, diag, "it needs its values: `%.*s(…)`", SEG_TEXT_ARGS(node->text));
    } else {
        seg_diag_help(c->diags, diag, "count it: `%.*s(30d)`, or ask whether there is one: `any %.*s(30d)`",
                      SEG_TEXT_ARGS(node->text), SEG_TEXT_ARGS(node->text));
    }
    seg_check_note_name(c, diag, name);
    return NULL;
}

/* A name that nothing declares, where a value of an enum or a text could stand. */
static const seg_rule *unknown_value(seg_checker *c, const seg_env *env, const seg_node *node,
                                     const seg_rule_type *want) {
    seg_type_words words = seg_type_describe(*want);
    seg_diag *diag;
    if (want->type == SEG_TEXT) {
        diag = seg_check_fault(c, env, SEG_DIAG_NAME_UNKNOWN, node->span,
                               "there is no attribute or definition `%.*s`", SEG_TEXT_ARGS(node->text));
        seg_diag_help(c->diags, diag, "a text stands in quotes: \"%.*s\"", SEG_TEXT_ARGS(node->text));
        seg_diag_edit(c->diags, diag, node->span, "\"%.*s\"", SEG_TEXT_ARGS(node->text));
        return NULL;
    }
    diag = seg_check_fault(c, env, SEG_DIAG_VALUE_UNKNOWN, node->span, "`%.*s` is not %s",
                           SEG_TEXT_ARGS(node->text), words.text);
    seg_guess guess;
    seg_guess_init(&guess, node->text);
    for (uint32_t i = 0; i < want->enumeration->count; i++)
        seg_guess_offer(&guess, want->enumeration->names[i]);
    for (uint32_t i = 0; i < c->names.count && c->guesses < 100; i++)
        seg_guess_offer(&guess, c->names.list[i].text);
    c->guesses++;
    seg_check_guess(c, diag, node->span, &guess);
    return NULL;
}

const seg_rule *seg_check_name(seg_checker *c, const seg_env *env, const seg_node *node,
                               const seg_rule_type *want) {
    if (want != NULL && want->type == SEG_ENUM) {
        uint32_t index = seg_enum_find(want->enumeration, node->text);
        seg_rule_type type = {.type = SEG_ENUM, .enumeration = want->enumeration};
        if (index != SEG_NONE) return seg_check_make(c, env, node, true, constant(type, index));
    }
    bool told = false;
    const seg_rule *field = env->events != NULL ? seg_check_field(c, env, node, node->text, &told) : NULL;
    if (field != NULL || told) return field;
    const seg_node *parameter = seg_check_parameter(env, node->text);
    if (parameter != NULL) return seg_check_bound(c, env, node, parameter, want);
    seg_name *name = seg_names_find(&c->names, node->text);
    if (name == NULL) {
        const seg_rule *known = seg_check_calendar_name(c, env, node, &told);
        if (known != NULL || told) return known;
        if (want != NULL && (want->type == SEG_ENUM || want->type == SEG_TEXT))
            return unknown_value(c, env, node, want);
        seg_check_unknown(c, env, node, want, SEG_GUESS_VALUES | SEG_GUESS_EVENTS | SEG_GUESS_SEGMENTS,
                          env->events != NULL ? "field, attribute or definition" : "attribute or definition");
        return NULL;
    }
    name->used = true;
    switch (name->kind) {
    case SEG_NAME_ATTRIBUTE: return attribute_value(c, env, node, name);
    case SEG_NAME_PARAM: {
        seg_env at = {NULL, NULL};
        const seg_rule *rule = name->value != NULL ? seg_check_literal(c, &at, name->value, want) : NULL;
        return rule != NULL ? seg_check_make(c, env, node, true, *rule) : NULL;
    }
    case SEG_NAME_DEFINE:
        if (name->node->child_count == 1) return seg_check_expand(c, env, name, node, want);
        return wrong_kind(c, env, node, name);
    case SEG_NAME_MODEL: return seg_check_model(c, env, node, name);
    default: return wrong_kind(c, env, node, name);
    }
}

const seg_rule *seg_check_member(seg_checker *c, const seg_env *env, const seg_node *node) {
    const seg_node *event = node->first_child, *field = event->next;
    const seg_event_set *set = seg_check_find_events(c, env, event);
    const seg_name *stages = set == NULL ? seg_names_find(&c->names, event->text) : NULL;
    if (stages != NULL && stages->kind == SEG_NAME_STAGES) {
        seg_diag *diag =
            seg_check_fault(c, env, SEG_DIAG_NAME_KIND, node->span, "`%.*s.%.*s` is a segment, not a value",
                            SEG_TEXT_ARGS(event->text), SEG_TEXT_ARGS(field->text));
        seg_diag_help(c->diags, diag, "ask whether the profile is in it");
        seg_diag_edit(c->diags, diag, node->span, "in %.*s.%.*s", SEG_TEXT_ARGS(event->text),
                      SEG_TEXT_ARGS(field->text));
        return NULL;
    }
    if (set == NULL) {
        seg_check_unknown(c, env, event, NULL, SEG_GUESS_EVENTS, "event");
        return NULL;
    }
    if (c->inside == NULL) {
        seg_diag *diag =
            seg_check_fault(c, env, SEG_DIAG_FIELD_PLACE, node->span,
                            "`%.*s.%.*s` is a field of many events: which one, or what of them all?",
                            SEG_TEXT_ARGS(event->text), SEG_TEXT_ARGS(field->text));
        seg_diag_help(c->diags, diag, "write `last(%.*s.%.*s)` for the newest, or `sum(%.*s.%.*s, 30d)`",
                      SEG_TEXT_ARGS(event->text), SEG_TEXT_ARGS(field->text), SEG_TEXT_ARGS(event->text),
                      SEG_TEXT_ARGS(field->text));
        return NULL;
    }
    bool same = set->count == c->inside->count &&
                memcmp(set->events, c->inside->events, set->count * sizeof *set->events) == 0;
    if (!same) {
        seg_check_fault(c, env, SEG_DIAG_WHERE_SCOPE, node->span,
                        "this looks at one of `%.*s`; `%.*s` are other events",
                        SEG_TEXT_ARGS(c->inside->name), SEG_TEXT_ARGS(event->text));
        return NULL;
    }
    bool told = false;
    seg_env inner = {env->frame, c->inside};
    const seg_rule *rule = seg_check_field(c, &inner, node, field->text, &told);
    if (rule != NULL || told) return rule;
    if (seg_text_same(field->text, seg_text_of("time"))) return seg_check_event_time(c, env, node);
    seg_diag *diag =
        seg_check_fault(c, env, SEG_DIAG_FIELD_UNKNOWN, field->span, "`%.*s` has no field `%.*s`",
                        SEG_TEXT_ARGS(event->text), SEG_TEXT_ARGS(field->text));
    const seg_rule_event *declared = &c->events[set->events[0]];
    seg_guess guess;
    seg_guess_init(&guess, field->text);
    for (uint32_t i = 0; i < declared->field_count; i++) seg_guess_offer(&guess, declared->fields[i].name);
    seg_check_guess(c, diag, field->span, &guess);
    seg_diag_note_add(c->diags, diag, declared->span, "`%.*s` is declared here",
                      SEG_TEXT_ARGS(declared->name));
    return NULL;
}
