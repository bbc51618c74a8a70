/* check_scenario.c - scenario tests: every name bound, every value typed. */
#include "check.h"
#include "constant.h"

typedef struct scenario {
    seg_checker *c;
    seg_rule_step *steps;
    uint32_t count;
} scenario;

static int64_t instant_of(seg_checker *c, const seg_node *node) {
    seg_rule_const value;
    bool fits = node != NULL && (node->kind == SEG_NODE_DATE || node->kind == SEG_NODE_TIME) &&
                seg_check_typed(c, node, (seg_rule_type){.type = SEG_TIME}, seg_text_of("the time of a step"),
                                SEG_DIAG_TEST_VALUE, &value);
    return fits ? value.value.as.i : SEG_TIME_MIN;
}

static void unknown_field(seg_checker *c, const seg_node *node, const seg_rule_field *fields,
                          uint32_t field_count, const seg_node *of) {
    seg_diag *diag = seg_check_fault(
        c, NULL, SEG_DIAG_FIELD_UNKNOWN, node->name_span, "`%.*s` has no %s `%.*s`", SEG_TEXT_ARGS(of->text),
        of->kind == SEG_NODE_TEST_EVENT ? "field" : "attribute", SEG_TEXT_ARGS(node->text));
    seg_guess guess;
    seg_guess_init(&guess, node->text);
    for (uint32_t i = 0; i < field_count; i++) seg_guess_offer(&guess, fields[i].name);
    seg_check_guess(c, diag, node->name_span, &guess);
}

static void read_setting(seg_checker *c, const seg_node *node, const seg_node *step_node,
                         const seg_rule_field *fields, uint32_t field_count, seg_rule_setting *list,
                         seg_rule_step *step) {
    const seg_node *value = node->first_child;
    if (node->kind != SEG_NODE_SETTING || value == NULL) return;
    uint32_t field = seg_field_find(fields, field_count, node->text);
    if (field == SEG_NONE) {
        unknown_field(c, node, fields, field_count, step_node);
        return;
    }
    for (uint32_t i = 0; i < step->setting_count; i++) {
        if (list[i].field != field) continue;
        seg_diag *diag = seg_check_fault(c, NULL, SEG_DIAG_TEST_VALUE, node->span, "`%.*s` is set twice",
                                         SEG_TEXT_ARGS(node->text));
        seg_diag_note_add(c->diags, diag, list[i].span, "the first stands here");
        return;
    }
    seg_rule_const typed = {.value = {.known = false}};
    seg_rule_type type = fields[field].type;
    bool is_value =
        type.type == SEG_ENUM && seg_enum_find(type.enumeration, node->first_child->text) != SEG_NONE;
    bool missing = value->kind == SEG_NODE_NAME && seg_text_same(value->text, seg_text_of("missing")) &&
                   type.optional && !is_value;
    if (!missing && !seg_check_typed(c, value, type, node->text, SEG_DIAG_TEST_VALUE, &typed)) return;
    list[step->setting_count++] =
        (seg_rule_setting){.field = field, .value = typed.value, .span = node->span};
}

static void read_settings(seg_checker *c, const seg_node *node, const seg_rule_field *fields,
                          uint32_t field_count, seg_rule_step *step) {
    seg_rule_setting *list = seg_arena_take_array(c->arena, (size_t)node->child_count + 1, sizeof *list);
    if (list == NULL) return;
    for (const seg_node *child = node->first_child; child != NULL; child = child->next)
        read_setting(c, child, node, fields, field_count, list, step);
    step->settings = list;
}

static void require_fields(seg_checker *c, const seg_node *node, const seg_rule_event *event,
                           const seg_rule_step *step) {
    for (uint32_t f = 0; f < event->field_count; f++) {
        const seg_rule_field *field = &event->fields[f];
        bool set = field->type.optional || field->has_default || field->type.type == SEG_TYPE_UNREAD;
        for (uint32_t i = 0; i < step->setting_count && !set; i++) set = step->settings[i].field == f;
        if (set) continue;
        seg_type_words words = seg_type_describe(field->type);
        seg_diag *diag = seg_check_fault(c, NULL, SEG_DIAG_TEST_FIELD, node->name_span,
                                         "`%.*s` needs its field `%.*s`, %s", SEG_TEXT_ARGS(event->name),
                                         SEG_TEXT_ARGS(field->name), words.text);
        seg_diag_note_add(c->diags, diag, field->span,
                          "it is declared here, without `?` and without a default");
        return;
    }
}

static void read_event(scenario *s, const seg_node *node, seg_rule_step step) {
    seg_checker *c = s->c;
    seg_name *name = seg_names_find(&c->names, node->text);
    seg_env top = {NULL, NULL};
    if (name == NULL) {
        seg_check_unknown(c, &top, node, NULL, SEG_GUESS_EVENTS, "event");
        return;
    }
    if (name->kind != SEG_NAME_EVENT) {
        seg_diag *diag = seg_check_fault(c, NULL, SEG_DIAG_NAME_KIND, node->name_span,
                                         "`%.*s` is %s, not one event that can happen",
                                         SEG_TEXT_ARGS(node->text), seg_check_kind_words(name));
        seg_check_note_name(c, diag, name);
        return;
    }
    const seg_rule_event *event = &c->events[name->index];
    step.kind = SEG_STEP_EVENT;
    step.event = name->index;
    uint32_t errors = c->diags->errors;
    read_settings(c, node, event->fields, event->field_count, &step);
    if (c->diags->errors == errors) require_fields(c, node, event, &step);
    s->steps[s->count++] = step;
}

static void read_segment(scenario *s, const seg_node *node, seg_rule_step step) {
    seg_checker *c = s->c;
    seg_env top = {NULL, NULL};
    const seg_node *value = node->kind == SEG_NODE_EXPECT ? node->first_child : node->first_child->next;
    const seg_name *name = seg_check_segment(c, &top, node, value);
    if (name == NULL) return;
    step.negated = (node->flags & SEG_NODE_NEGATED) != 0;
    step.segment = c->segment_order[name->index];
    step.span = node->span;
    s->steps[s->count++] = step;
}

static void read_step(scenario *s, const seg_node *node) {
    seg_checker *c = s->c;
    seg_rule_step step = {.event = SEG_NONE, .segment = SEG_NONE, .span = node->span};
    if (node->kind == SEG_NODE_TEST_OTHER) {
        step.other = node->text;
        node = node->first_child;
    }
    if (node->kind == SEG_NODE_ERROR) return;
    step.time = instant_of(c, node->first_child);
    switch (node->kind) {
    case SEG_NODE_TEST_PROFILE: {
        seg_node shown = *node;
        shown.text = seg_text_of("profile");
        step.kind = SEG_STEP_PROFILE;
        if (step.other.bytes == NULL) step.id = node->text;
        read_settings(c, &shown, c->attributes, c->rules->attribute_count, &step);
        s->steps[s->count++] = step;
        break;
    }
    case SEG_NODE_TEST_EVENT: read_event(s, node, step); break;
    case SEG_NODE_TEST_AT:
        step.kind = SEG_STEP_EXPECT;
        for (const seg_node *child = node->first_child; child != NULL; child = child->next)
            if (child->kind == SEG_NODE_EXPECT) read_segment(s, child, step);
        break;
    case SEG_NODE_TEST_CHANGE:
        step.kind = SEG_STEP_CHANGE;
        read_segment(s, node, step);
        break;
    default: break;
    }
}

static void read_test(seg_checker *c, const seg_node *node, seg_rule_test *test) {
    size_t room = 1;
    for (const seg_node *child = node->first_child; child != NULL; child = child->next)
        room += (size_t)child->child_count + 1;
    scenario s = {.c = c, .steps = seg_arena_take_array(c->arena, room, sizeof *s.steps)};
    if (s.steps == NULL) return;
    for (const seg_node *child = node->first_child; child != NULL; child = child->next) read_step(&s, child);
    *test = (seg_rule_test){.name = node->text, .step_count = s.count, .steps = s.steps, .span = node->span};
}

void seg_check_tests(seg_checker *c, seg_node *const *trees, size_t tree_count) {
    uint32_t count = 0;
    seg_rule_test *list = seg_arena_take_array(c->arena, (size_t)c->test_count + 1, sizeof *list);
    if (list == NULL) return;
    for (size_t i = 0; i < tree_count && count < c->test_count; i++)
        for (const seg_node *node = trees[i]->first_child; node != NULL; node = node->next)
            if (node->kind == SEG_NODE_TEST) read_test(c, node, &list[count++]);
    c->rules->tests = list;
    c->rules->test_count = count;
}
