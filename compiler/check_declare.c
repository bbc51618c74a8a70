/* check_declare.c - declarations: the zone, attributes, events, unions, parameters of defines, params. */
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "constant.h"

/* ---- Names ----------------------------------------------------------------------------------- */

static void add_text(seg_checker *c, seg_name name) {
    const seg_node *node = name.node;
    if (name.text.size_bytes == 0) return; /* the parser told */
    if (name.text.size_bytes > SEG_CHECK_NAME_LIMIT) {
        seg_check_fault(c, NULL, SEG_DIAG_RULE_LIMIT, node->name_span, "a name has at most %u characters",
                        SEG_CHECK_NAME_LIMIT);
        return;
    }
    bool called = name.kind == SEG_NAME_EVENT || name.kind == SEG_NAME_UNION ||
                  name.kind == SEG_NAME_DERIVED || name.kind == SEG_NAME_DEFINE ||
                  name.kind == SEG_NAME_NATIVE;
    if (called && seg_check_reserved(name.text)) {
        seg_diag *diag = seg_check_fault(c, NULL, SEG_DIAG_NAME_CLASH, node->name_span,
                                         "`%.*s` is the name of a function", SEG_TEXT_ARGS(name.text));
        seg_diag_help(c->diags, diag, "choose another name: `%.*s_events`", SEG_TEXT_ARGS(name.text));
    }
    seg_names_add(&c->names, c->arena, name);
}

static void add_name(seg_checker *c, seg_name_kind kind, const seg_node *node) {
    add_text(c, (seg_name){.text = node->text, .kind = (uint8_t)kind, .node = node});
}

/* A family or stages: the name itself, and one for each of its segments. */
static void add_group(seg_checker *c, seg_name_kind kind, const seg_node *node) {
    add_name(c, kind, node);
    seg_name *members;
    uint32_t count = seg_check_members(c, node, &members);
    for (uint32_t i = 0; i < count; i++) add_text(c, members[i]);
}

/* Declarations of which a workspace has one. */
typedef struct single {
    const seg_node *timezone, *duplicates, *week, *fiscal, *refresh, *profile;
} single;

static void keep_single(seg_checker *c, const seg_node **kept, const seg_node *node, const char *what) {
    if (*kept == NULL) {
        *kept = node;
        return;
    }
    seg_diag *diag = seg_check_fault(c, NULL, SEG_DIAG_DECLARED_TWICE, node->span,
                                     "a workspace has one %s, and this is another", what);
    seg_diag_note_add(c->diags, diag, (*kept)->span, "the first stands here");
}

static void collect(seg_checker *c, const seg_node *workspace, single *one) {
    for (const seg_node *node = workspace->first_child; node != NULL; node = node->next) {
        switch (node->kind) {
        case SEG_NODE_TIMEZONE: keep_single(c, &one->timezone, node, "`timezone`"); break;
        case SEG_NODE_DUPLICATES: keep_single(c, &one->duplicates, node, "`duplicates within`"); break;
        case SEG_NODE_WEEK: keep_single(c, &one->week, node, "`week starts`"); break;
        case SEG_NODE_FISCAL: keep_single(c, &one->fiscal, node, "`fiscal year starts`"); break;
        case SEG_NODE_REFRESH: keep_single(c, &one->refresh, node, "`refresh`"); break;
        case SEG_NODE_PROFILE:
            keep_single(c, &one->profile, node, "`profile` block");
            for (const seg_node *a = node->first_child; a != NULL && one->profile == node; a = a->next)
                if (a->kind == SEG_NODE_ATTRIBUTE) add_name(c, SEG_NAME_ATTRIBUTE, a);
            break;
        case SEG_NODE_EVENT: add_name(c, SEG_NAME_EVENT, node); break;
        case SEG_NODE_EVENTS: add_name(c, SEG_NAME_UNION, node); break;
        case SEG_NODE_DERIVED:
        case SEG_NODE_SESSIONS: add_name(c, SEG_NAME_DERIVED, node); break;
        case SEG_NODE_DEFINE: add_name(c, SEG_NAME_DEFINE, node); break;
        case SEG_NODE_PARAM: add_name(c, SEG_NAME_PARAM, node); break;
        case SEG_NODE_NATIVE: add_name(c, SEG_NAME_NATIVE, node); break;
        case SEG_NODE_MODEL: add_name(c, SEG_NAME_MODEL, node); break;
        case SEG_NODE_GROUP: add_name(c, SEG_NAME_GROUP, node); break;
        case SEG_NODE_SEGMENT:
            if (seg_check_family(node) == NULL)
                add_name(c, SEG_NAME_SEGMENT, node);
            else
                add_group(c, SEG_NAME_FAMILY, node);
            break;
        case SEG_NODE_POLICY: add_name(c, SEG_NAME_POLICY, node); break;
        case SEG_NODE_STAGES: add_group(c, SEG_NAME_STAGES, node); break;
        case SEG_NODE_COLUMNS: c->columns_count++; break;
        case SEG_NODE_TEST: c->test_count++; break;
        default: break;
        }
    }
}

/* Tells of clashes and keeps the first declaration of each name. */
static void settle_names(seg_checker *c) {
    seg_names_sort(&c->names);
    seg_name *list = c->names.list;
    if (list == NULL) return; /* not one name */
    uint32_t kept = 0;
    for (uint32_t i = 0; i < c->names.count; i++) {
        seg_name *name = &list[i];
        const seg_name *first = kept != 0 ? &list[kept - 1] : NULL;
        if (first == NULL || !seg_text_same(first->text, name->text)) {
            list[kept++] = *name;
            continue;
        }
        seg_diag *diag = seg_check_fault(c, NULL, SEG_DIAG_NAME_CLASH, name->node->name_span,
                                         "the name `%.*s` is taken", SEG_TEXT_ARGS(name->text));
        seg_diag_help(c->diags, diag, "every name of a workspace is there once, over all its files");
        seg_check_note_name(c, diag, first);
    }
    c->names.count = kept;
    seg_names_index(&c->names, c->arena);
}

static uint32_t count_kind(const seg_checker *c, seg_name_kind kind) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < c->names.count; i++) count += c->names.list[i].kind == kind;
    return count;
}

/* ---- What a workspace says once --------------------------------------------------------------- */

static void read_week(seg_checker *c, const seg_node *node) {
    if (node == NULL || node->text.bytes == NULL) return;
    c->rules->sunday_weeks = seg_text_same(node->text, seg_text_of("sunday"));
    if (c->rules->sunday_weeks || seg_text_same(node->text, seg_text_of("monday"))) return;
    seg_diag *diag =
        seg_check_fault(c, NULL, SEG_DIAG_CALENDAR, node->name_span, "a week starts on Monday or on Sunday");
    seg_diag_help(c->diags, diag, "write `week starts monday` or `week starts sunday`");
}

static void read_fiscal(seg_checker *c, const seg_node *node) {
    static const char *const months[] = {"january",   "february", "march",    "april",
                                         "may",       "june",     "july",     "august",
                                         "september", "october",  "november", "december"};
    if (node == NULL || node->text.bytes == NULL) return;
    for (uint8_t i = 0; i < 12; i++)
        if (seg_text_same(node->text, seg_text_of(months[i]))) c->rules->fiscal_month = i + 1;
    if (c->rules->fiscal_month != 0) return;
    seg_diag *diag =
        seg_check_fault(c, NULL, SEG_DIAG_FISCAL, node->name_span,
                        "`%.*s` is no month with which a year could start", SEG_TEXT_ARGS(node->text));
    seg_diag_help(c->diags, diag, "write the month's name in small letters: `fiscal year starts april`");
    c->rules->fiscal_month = 1; /* what asks for the fiscal year is not at fault */
}

static void read_duplicates(seg_checker *c, const seg_node *node) {
    c->rules->duplicates_ms = SEG_DUPLICATES_DEFAULT_MS;
    if (node == NULL || node->first_child == NULL || node->first_child->kind != SEG_NODE_DURATION) return;
    const seg_node *duration = node->first_child;
    if (duration->months == 0 && duration->number >= 0) {
        c->rules->duplicates_ms = duration->number;
        return;
    }
    seg_diag *diag =
        seg_check_fault(c, NULL, SEG_DIAG_DURATION, duration->span, "months and years differ in length");
    seg_diag_help(c->diags, diag, "write days: `duplicates within 30d`");
}

/* ---- Types and fields ------------------------------------------------------------------------ */

static const struct {
    const char *name;
    seg_type type;
} type_names[] = {
    {"bool", SEG_BOOL}, {"int", SEG_INT},       {"decimal", SEG_DECIMAL}, {"float", SEG_FLOAT},
    {"text", SEG_TEXT}, {"time", SEG_TIME},     {"date", SEG_DATE},       {"duration", SEG_DURATION},
    {"set", SEG_SET},   {"timezone", SEG_ZONE},
};
enum { type_count = sizeof type_names / sizeof type_names[0] };

static bool type_unknown(seg_checker *c, const seg_node *node, seg_text name) {
    seg_span span = node->first_child != NULL && node->first_child->kind == SEG_NODE_NAME
                        ? node->first_child->span
                        : node->name_span;
    seg_diag *diag =
        seg_check_fault(c, NULL, SEG_DIAG_TYPE_UNKNOWN, span, "there is no type `%.*s`", SEG_TEXT_ARGS(name));
    seg_guess guess;
    seg_guess_init(&guess, name);
    for (size_t i = 0; i < type_count; i++) seg_guess_offer(&guess, seg_text_of(type_names[i].name));
    /* What other languages call them. */
    static const char *const others[][2] = {
        {"string", "text"},     {"str", "text"},         {"varchar", "text"}, {"integer", "int"},
        {"number", "float"},    {"double", "float"},     {"boolean", "bool"}, {"timestamp", "time"},
        {"datetime", "time"},   {"money", "decimal(2)"}, {"tz", "timezone"},  {"array", "set of text"},
        {"list", "set of text"}};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (seg_text_same(name, seg_text_of(others[i][0]))) guess.best = seg_text_of(others[i][1]);
    if (seg_guess_found(&guess))
        seg_check_guess(c, diag, span, &guess);
    else
        seg_diag_help(c->diags, diag,
                      "the types are bool, int, decimal(2), float, text, time, date, duration, timezone, "
                      "set of text, and choices: `a | b | c`");
    return false;
}

static bool read_enum(seg_checker *c, const seg_node *node, seg_rule_type *type) {
    if (node->child_count == 1) return type_unknown(c, node, node->first_child->text);
    if (node->child_count > SEG_CHECK_FIELD_LIMIT) {
        seg_check_fault(c, NULL, SEG_DIAG_RULE_LIMIT, node->span, "a choice has at most %u values",
                        SEG_CHECK_FIELD_LIMIT);
        return false;
    }
    seg_rule_enum *enumeration = seg_arena_take(c->arena, sizeof *enumeration);
    seg_text *names = seg_arena_take_array(c->arena, node->child_count + 1u, sizeof *names);
    if (enumeration == NULL || names == NULL) return false;
    enumeration->names = names;
    for (const seg_node *value = node->first_child; value != NULL; value = value->next) {
        if (value->kind != SEG_NODE_NAME) return false;
        if (seg_enum_find(enumeration, value->text) != SEG_NONE)
            seg_check_fault(c, NULL, SEG_DIAG_NAME_CLASH, value->span, "the value `%.*s` is there twice",
                            SEG_TEXT_ARGS(value->text));
        else
            names[enumeration->count++] = value->text;
    }
    *type = (seg_rule_type){.type = SEG_ENUM, .enumeration = enumeration};
    return enumeration->count != 0;
}

static bool read_type(seg_checker *c, const seg_node *node, seg_rule_type *type) {
    if (node->kind != SEG_NODE_TYPE) return false;
    bool known = true;
    if (seg_text_same(node->text, seg_text_of("enum"))) {
        known = read_enum(c, node, type);
    } else {
        *type = (seg_rule_type){.type = SEG_TYPE_UNREAD};
        for (size_t i = 0; i < type_count; i++)
            if (seg_text_same(node->text, seg_text_of(type_names[i].name))) type->type = type_names[i].type;
        if (type->type == SEG_TYPE_UNREAD) return type_unknown(c, node, node->text);
        const seg_node *scale = node->first_child;
        int64_t digits = 0;
        uint8_t fraction = 0;
        bool has_scale = scale != NULL && scale->kind == SEG_NODE_NUMBER;
        if (has_scale)
            has_scale = seg_constant_number(scale->text, &digits, &fraction) && fraction == 0 &&
                        digits >= 0 && digits <= SEG_DECIMAL_SCALE_LIMIT;
        if ((type->type == SEG_DECIMAL) != has_scale || (scale != NULL && !has_scale)) {
            if (scale == NULL || scale->kind != SEG_NODE_ERROR)
                seg_check_fault(
                    c, NULL, SEG_DIAG_TYPE_SHAPE, node->span,
                    type->type == SEG_DECIMAL
                        ? "a decimal says how many digits stand after the point, 0 to 12: `decimal(2)`"
                        : "only `decimal` takes a number in brackets");
            return false;
        }
        type->scale = (uint8_t)digits;
    }
    type->optional = (node->flags & SEG_NODE_OPTIONAL) != 0;
    return known;
}

/* What a field counts as that has no default and is not optional. */
static void implicit_value(seg_rule_field *field) {
    field->default_value = (seg_rule_const){.value = {.known = true}};
    if (field->type.type == SEG_TIME) field->default_value.value.as.i = SEG_TIME_MIN;
    if (field->type.type == SEG_DATE) field->default_value.value.as.i = SEG_TIME_MIN / SEG_DAY_MS;
    if (field->type.type == SEG_TEXT) field->default_value.value.as.text = (seg_text){"", 0};
    if (field->type.type == SEG_ZONE) field->default_value.value.as.text = seg_text_of("UTC");
    if (field->type.type == SEG_SET) {
        field->default_value.value.as.set.items = NULL;
        field->default_value.value.as.set.count = 0;
        field->has_default = true;
    }
}

static void read_field(seg_checker *c, const seg_node *node, bool is_attribute, seg_rule_field *field) {
    const seg_node *type = node->first_child, *value = type != NULL ? type->next : NULL;
    const seg_node *history = value != NULL ? value->next : NULL;
    /* A type that could not be read is 0; whoever uses the field then keeps silent. */
    *field = (seg_rule_field){.name = node->text, .span = node->name_span, .whole = node->span};
    bool known = type != NULL && read_type(c, type, &field->type);
    if (!known) field->type = (seg_rule_type){.type = SEG_TYPE_UNREAD};
    if (known && !field->type.optional) implicit_value(field);
    if (known && value != NULL && value->kind != SEG_NODE_NONE) {
        if (field->type.optional) {
            seg_diag *diag =
                seg_check_fault(c, NULL, SEG_DIAG_TYPE_SHAPE, node->span,
                                "`%.*s` has a default, so it is never missing: `?` says it may be",
                                SEG_TEXT_ARGS(node->text));
            seg_diag_help(c->diags, diag, "take away the `?`, or the default");
            if (type->span.end > type->span.first && type->span.source->bytes[type->span.end - 1] == '?')
                seg_diag_edit(c->diags, diag,
                              (seg_span){type->span.source, type->span.end - 1, type->span.end}, "%s", "");
        }
        field->has_default =
            seg_check_typed(c, value, field->type, node->text, SEG_DIAG_DEFAULT, &field->default_value);
    }
    if (history == NULL || history->kind != SEG_NODE_DURATION) return;
    if (!is_attribute) {
        seg_check_fault(c, NULL, SEG_DIAG_TYPE_SHAPE, history->span,
                        "only attributes of the profile have a history");
        return;
    }
    field->history = (seg_rule_duration){history->months, history->number};
}

static void read_attributes(seg_checker *c) {
    uint32_t count = count_kind(c, SEG_NAME_ATTRIBUTE), index = 0;
    c->attributes = seg_arena_take_array(c->arena, count + 1u, sizeof *c->attributes);
    if (c->attributes == NULL) return;
    for (uint32_t i = 0; i < c->names.count; i++) {
        seg_name *name = &c->names.list[i];
        if (name->kind != SEG_NAME_ATTRIBUTE) continue;
        if (index == SEG_CHECK_FIELD_LIMIT)
            seg_check_fault(c, NULL, SEG_DIAG_RULE_LIMIT, name->node->name_span,
                            "a profile has at most %u attributes", SEG_CHECK_FIELD_LIMIT);
        name->index = index;
        read_field(c, name->node, true, &c->attributes[index++]);
    }
    c->rules->attributes = c->attributes;
    c->rules->attribute_count = count;
}

/* ---- Events ---------------------------------------------------------------------------------- */

static void read_event(seg_checker *c, const seg_node *node, seg_rule_event *event) {
    const seg_node *source = node->first_child;
    *event = (seg_rule_event){.name = node->text, .span = node->name_span};
    if (source != NULL && source->kind == SEG_NODE_ELEMENTS) {
        event->elements = source->text;
        if (source->first_child != NULL) event->source = source->first_child->text;
        if (source->text.size_bytes == 0)
            seg_check_fault(c, NULL, SEG_DIAG_TYPE_SHAPE, source->name_span,
                            "`each` needs the name of a list, as it stands in the data");
    }
    if (source != NULL && source->kind == SEG_NODE_STRING) event->source = source->text;
    if (node->child_count > SEG_CHECK_FIELD_LIMIT) {
        seg_check_fault(c, NULL, SEG_DIAG_RULE_LIMIT, node->name_span, "an event has at most %u fields",
                        SEG_CHECK_FIELD_LIMIT);
        return;
    }
    seg_rule_field *fields = seg_arena_take_array(c->arena, node->child_count + 1u, sizeof *fields);
    if (fields == NULL) return;
    uint32_t count = 0;
    for (const seg_node *child = source; child != NULL; child = child->next) {
        if (child->kind != SEG_NODE_ATTRIBUTE) continue;
        uint32_t first = seg_field_find(fields, count, child->text);
        if (first == SEG_NONE) {
            read_field(c, child, false, &fields[count++]);
            continue;
        }
        seg_diag *diag = seg_check_fault(c, NULL, SEG_DIAG_NAME_CLASH, child->name_span,
                                         "`%.*s` has the field `%.*s` twice", SEG_TEXT_ARGS(node->text),
                                         SEG_TEXT_ARGS(child->text));
        seg_diag_note_add(c->diags, diag, fields[first].span, "the first stands here");
    }
    event->fields = fields;
    event->field_count = count;
}

static int compare_sources(const void *left, const void *right) {
    const seg_rule_event *const *a = left, *const *b = right;
    int order = seg_text_order((*a)->source, (*b)->source);
    if (order == 0) order = seg_text_order((*a)->elements, (*b)->elements);
    return order != 0 ? order : (*a > *b) - (*a < *b);
}

static void check_sources(seg_checker *c, uint32_t count) {
    const seg_rule_event **sorted = seg_arena_take_array(c->arena, count + 1u, sizeof(void *));
    if (sorted == NULL) return;
    for (uint32_t i = 0; i < count; i++) sorted[i] = &c->events[i];
    qsort(sorted, count, sizeof(void *), compare_sources);
    for (uint32_t i = 1; i < count; i++) {
        if (sorted[i]->source.bytes == NULL || !seg_text_same(sorted[i - 1]->source, sorted[i]->source) ||
            !seg_text_same(sorted[i - 1]->elements, sorted[i]->elements))
            continue;
        seg_diag *diag = seg_check_fault(c, NULL, SEG_DIAG_NAME_CLASH, sorted[i]->span,
                                         "`%.*s` and `%.*s` are the same event in the data",
                                         SEG_TEXT_ARGS(sorted[i - 1]->name), SEG_TEXT_ARGS(sorted[i]->name));
        seg_diag_help(c->diags, diag, "declare it once, with all its fields");
        seg_diag_note_add(c->diags, diag, sorted[i - 1]->span, "`%.*s` is declared here",
                          SEG_TEXT_ARGS(sorted[i - 1]->name));
    }
}

static const seg_event_set *set_of(seg_checker *c, seg_text name, uint32_t count, const uint32_t *events) {
    seg_event_set *set = seg_arena_take(c->arena, sizeof *set);
    if (set != NULL) *set = (seg_event_set){name, count, events, NULL};
    return set;
}

static void read_events(seg_checker *c) {
    uint32_t count = count_kind(c, SEG_NAME_EVENT), index = 0;
    c->events = seg_arena_take_array(c->arena, count + 1u, sizeof *c->events);
    uint32_t *singles = seg_arena_take_array(c->arena, count + 1u, sizeof *singles);
    if (c->events == NULL || singles == NULL) return;
    for (uint32_t i = 0; i < c->names.count; i++) {
        seg_name *name = &c->names.list[i];
        if (name->kind != SEG_NAME_EVENT) continue;
        name->index = singles[index] = index;
        name->events = set_of(c, name->text, 1, &singles[index]);
        read_event(c, name->node, &c->events[index++]);
    }
    c->rules->events = c->events;
    c->rules->event_count = count;
    check_sources(c, count);
}

/* ---- Unions ---------------------------------------------------------------------------------- */

static bool flatten(seg_checker *c, seg_name *name, const seg_name **path, uint32_t depth, uint8_t *member);

static void union_circle(seg_checker *c, const seg_node *use, const seg_name **path, uint32_t depth,
                         const seg_name *again) {
    seg_diag *diag =
        seg_check_fault(c, NULL, SEG_DIAG_CIRCLE, use->span, "the group of events `%.*s` would hold itself",
                        SEG_TEXT_ARGS(again->text));
    uint32_t first = 0;
    while (first < depth && path[first] != again) first++;
    for (uint32_t i = first; i < depth; i++) {
        const seg_name *next = i + 1 < depth ? path[i + 1] : again;
        seg_diag_note_add(c->diags, diag, path[i]->node->name_span, "`%.*s` holds `%.*s`",
                          SEG_TEXT_ARGS(path[i]->text), SEG_TEXT_ARGS(next->text));
    }
}

static bool add_member(seg_checker *c, const seg_node *use, const seg_name **path, uint32_t depth,
                       uint8_t *member) {
    seg_name *name = seg_names_find(&c->names, use->text);
    seg_env top = {NULL, NULL};
    if (name == NULL) {
        seg_check_unknown(c, &top, use, NULL, SEG_GUESS_EVENTS, "event");
        return false;
    }
    name->used = true;
    if (name->kind != SEG_NAME_EVENT && name->kind != SEG_NAME_UNION) {
        seg_diag *diag = seg_check_fault(c, NULL, SEG_DIAG_NAME_KIND, use->span, "`%.*s` is %s, not an event",
                                         SEG_TEXT_ARGS(use->text), seg_check_kind_words(name));
        if (name->kind == SEG_NAME_DERIVED)
            seg_diag_help(c->diags, diag, "a group holds events that are sent; ask about this one by itself");
        seg_check_note_name(c, diag, name);
        return false;
    }
    if (name->kind == SEG_NAME_UNION && name->state != 2) {
        if (name->state == 1) {
            union_circle(c, use, path, depth, name);
            return false;
        }
        uint8_t *inner = seg_arena_take(c->arena, c->rules->event_count + 1u);
        if (inner == NULL || !flatten(c, name, path, depth, inner)) return false;
    }
    if (name->events == NULL) return false;
    c->steps += name->events->count;
    for (uint32_t i = 0; i < name->events->count; i++) member[name->events->events[i]] = 1;
    return true;
}

static bool flatten(seg_checker *c, seg_name *name, const seg_name **path, uint32_t depth, uint8_t *member) {
    if (depth == SEG_CHECK_UNION_DEPTH_LIMIT || c->steps >= SEG_CHECK_STEP_LIMIT) {
        seg_check_fault(c, NULL, SEG_DIAG_RULE_LIMIT, name->node->name_span,
                        "groups of events hold each other too deep, or hold too many");
        return false;
    }
    c->steps += c->rules->event_count / 16; /* for the memory of `member` */
    name->state = 1;
    path[depth] = name;
    bool fits = true;
    for (const seg_node *use = name->node->first_child; use != NULL; use = use->next)
        fits = use->kind == SEG_NODE_NAME && add_member(c, use, path, depth + 1, member) && fits;
    name->state = 2;
    uint32_t count = 0;
    for (uint32_t i = 0; i < c->rules->event_count; i++) count += member[i];
    uint32_t *events = seg_arena_take_array(c->arena, count + 1u, sizeof *events);
    if (events == NULL || count == 0) return false;
    count = 0;
    for (uint32_t i = 0; i < c->rules->event_count; i++)
        if (member[i] != 0) events[count++] = i;
    name->events = set_of(c, name->text, count, events);
    return fits;
}

static void read_unions(seg_checker *c) {
    const seg_name *path[SEG_CHECK_UNION_DEPTH_LIMIT + 1] = {NULL};
    for (uint32_t i = 0; i < c->names.count; i++) {
        seg_name *name = &c->names.list[i];
        if (name->kind != SEG_NAME_UNION || name->state != 0) continue;
        uint8_t *member = seg_arena_take(c->arena, c->rules->event_count + 1u);
        if (member == NULL) return;
        (void)flatten(c, name, path, 0, member);
    }
}

/* ---- Defines and params ---------------------------------------------------------------------- */

static void read_define(seg_checker *c, const seg_node *node) {
    for (const seg_node *p = node->first_child; p != NULL; p = p->next) {
        if (p->kind != SEG_NODE_PARAMETER) continue;
        for (const seg_node *q = node->first_child; q != p; q = q->next)
            if (q->kind == SEG_NODE_PARAMETER && seg_text_same(q->text, p->text))
                seg_check_fault(c, NULL, SEG_DIAG_NAME_CLASH, p->name_span, "the value `%.*s` is there twice",
                                SEG_TEXT_ARGS(p->text));
        const seg_node *kind = p->first_child;
        if (kind == NULL || kind->kind != SEG_NODE_NAME || seg_check_parameter_kind(kind->text)) continue;
        seg_diag *diag = seg_check_fault(c, NULL, SEG_DIAG_TYPE_UNKNOWN, kind->span,
                                         "a definition takes no `%.*s`", SEG_TEXT_ARGS(kind->text));
        seg_diag_help(c->diags, diag,
                      "it takes a window, duration, number, text, time, date, events or condition");
        seg_guess guess;
        seg_guess_init(&guess, kind->text);
        seg_check_parameter_kinds(&guess);
        seg_check_guess(c, diag, kind->span, &guess);
    }
    if (node->child_count > SEG_CHECK_FIELD_LIMIT)
        seg_check_fault(c, NULL, SEG_DIAG_RULE_LIMIT, node->name_span, "a definition takes at most %u values",
                        SEG_CHECK_FIELD_LIMIT);
}

/* The node that `text` reads as, by the parser itself: `param x = text`. NULL: it is not a literal. */
static const seg_node *read_override(seg_checker *c, const seg_param_value *given) {
    seg_buffer buffer;
    seg_diags quiet;
    seg_buffer_init(&buffer, c->arena->allocator);
    seg_diags_init(&quiet, c->arena);
    seg_buffer_text(&buffer, "param value = ");
    seg_buffer_text(&buffer, given->text);
    const seg_source *source =
        buffer.failed ? NULL : seg_source_new(c->arena, given->name, buffer.bytes, buffer.size_bytes);
    seg_buffer_free(&buffer);
    const seg_node *tree = source != NULL ? seg_parse(c->arena, source, &quiet) : NULL;
    if (tree == NULL || quiet.errors != 0 || tree->child_count != 1 ||
        tree->first_child->kind != SEG_NODE_PARAM)
        return NULL;
    const seg_node *value = tree->first_child->first_child;
    return value != NULL && seg_check_is_literal(value) ? value : NULL;
}

static void read_overrides(seg_checker *c) {
    const seg_span nowhere = {NULL, 0, 0};
    for (size_t i = 0; i < c->param_count; i++) {
        const seg_param_value *given = &c->params[i];
        seg_text text = seg_text_of(given->name);
        seg_name *name = seg_names_find(&c->names, text);
        int shown = text.size_bytes > SEG_CHECK_NAME_LIMIT ? (int)SEG_CHECK_NAME_LIMIT : (int)text.size_bytes;
        if (name == NULL || name->kind != SEG_NAME_PARAM) {
            seg_diag *diag = seg_check_fault(c, NULL, SEG_DIAG_PARAM_VALUE, nowhere,
                                             "a value was given for `%.*s`, and there is no such param",
                                             shown, text.bytes);
            seg_guess guess;
            seg_guess_init(&guess, text);
            for (uint32_t n = 0; n < c->names.count; n++)
                if (c->names.list[n].kind == SEG_NAME_PARAM) seg_guess_offer(&guess, c->names.list[n].text);
            if (seg_guess_found(&guess))
                seg_diag_help(c->diags, diag, "did you mean `%.*s`?", SEG_TEXT_ARGS(guess.best));
            continue;
        }
        const seg_node *value = read_override(c, given);
        if (value != NULL && name->value != NULL && value->kind == name->value->kind) {
            name->value = value;
            continue;
        }
        seg_check_fault(c, NULL, SEG_DIAG_PARAM_VALUE, name->node->name_span,
                        "the value given for `%.*s` does not fit: `%.60s`", SEG_TEXT_ARGS(name->text),
                        given->text);
    }
}

static void read_defines(seg_checker *c) {
    for (uint32_t i = 0; i < c->names.count; i++) {
        seg_name *name = &c->names.list[i];
        if (name->kind == SEG_NAME_DEFINE) read_define(c, name->node);
        if (name->kind == SEG_NAME_PARAM && name->node->first_child != NULL &&
            seg_check_is_literal(name->node->first_child))
            name->value = name->node->first_child;
    }
    read_overrides(c);
}

void seg_check_declarations(seg_checker *c, seg_node *const *trees, size_t tree_count) {
    single one = {NULL, NULL, NULL, NULL, NULL, NULL};
    for (size_t i = 0; i < tree_count; i++)
        if (trees[i] != NULL) collect(c, trees[i], &one);
    settle_names(c);
    seg_check_workspace_zone(c, one.timezone);
    read_week(c, one.week);
    read_fiscal(c, one.fiscal);
    read_duplicates(c, one.duplicates);
    seg_check_refresh(c, one.refresh);
    read_attributes(c);
    read_events(c);
    if (c->arena->failed) return;
    read_unions(c);
    read_defines(c);
    seg_check_derived(c);
    seg_check_natives(c);
    seg_check_groups(c);
    seg_check_models(c);
}
