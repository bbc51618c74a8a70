/* check_data.c - columns: how files of rows become facts. */
#include "check.h"

typedef struct column_list {
    seg_rule_column *list;
    uint32_t count;
    const seg_node **nodes; /* of the entries, for notes */
} column_list;

static bool role_of(seg_text name, seg_column_role *role) {
    static const struct {
        const char *name;
        seg_column_role role;
    } roles[] = {
        {"profile", SEG_COLUMN_PROFILE},
        {"time", SEG_COLUMN_TIME},
        {"id", SEG_COLUMN_MESSAGE},
    };
    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++)
        if (seg_text_same(seg_text_of(roles[i].name), name)) {
            *role = roles[i].role;
            return true;
        }
    return false;
}

static bool constant_fits(seg_checker *c, const seg_node *node, seg_column_role role,
                          const seg_rule_field *field) {
    seg_rule_const value;
    if (role == SEG_COLUMN_FIELD)
        return seg_check_typed(c, node, field->type, field->name, SEG_DIAG_COLUMN, &value);
    if (role == SEG_COLUMN_TIME)
        return seg_check_typed(c, node, (seg_rule_type){.type = SEG_TIME}, seg_text_of("time"),
                               SEG_DIAG_COLUMN, &value);
    seg_check_fault(c, NULL, SEG_DIAG_COLUMN, node->span, "the name of a column is needed here");
    return false;
}

static const seg_node *entry_of(const column_list *columns, seg_column_role role, uint32_t field) {
    for (uint32_t i = 0; i < columns->count; i++)
        if (columns->list[i].role == role && columns->list[i].field == field) return columns->nodes[i];
    return NULL;
}

static void read_column(seg_checker *c, const seg_node *node, const seg_rule_field *fields,
                        uint32_t field_count, column_list *columns) {
    seg_column_role role = SEG_COLUMN_FIELD;
    uint32_t field = SEG_NONE;
    const seg_node *value = node->first_child;
    if (node->kind != SEG_NODE_COLUMN || value == NULL || value->kind == SEG_NODE_ERROR) return;
    if (!role_of(node->text, &role)) {
        field = seg_field_find(fields, field_count, node->text);
        if (field == SEG_NONE) {
            seg_diag *diag = seg_check_fault(c, NULL, SEG_DIAG_FIELD_UNKNOWN, node->name_span,
                                             "there is no field `%.*s`, and it is not profile, time or id",
                                             SEG_TEXT_ARGS(node->text));
            seg_guess guess;
            seg_guess_init(&guess, node->text);
            for (uint32_t i = 0; i < field_count; i++) seg_guess_offer(&guess, fields[i].name);
            seg_check_guess(c, diag, node->name_span, &guess);
            return;
        }
    }
    const seg_node *first = entry_of(columns, role, field);
    if (first != NULL) {
        seg_diag *diag = seg_check_fault(c, NULL, SEG_DIAG_COLUMN, node->name_span,
                                         "`%.*s` has a column already", SEG_TEXT_ARGS(node->text));
        seg_diag_note_add(c->diags, diag, first->span, "the first stands here");
        return;
    }
    seg_rule_column *column = &columns->list[columns->count];
    *column = (seg_rule_column){.role = (uint8_t)role, .field = field, .column = value->text};
    if (value->kind != SEG_NODE_NAME && value->kind != SEG_NODE_STRING) {
        if (!constant_fits(c, value, role, field != SEG_NONE ? &fields[field] : NULL)) return;
        column->is_constant = true;
        column->column =
            (seg_text){value->span.source->bytes + value->span.first, value->span.end - value->span.first};
    }
    columns->nodes[columns->count++] = node;
}

static bool find_target(seg_checker *c, const seg_node *node, uint32_t *event) {
    *event = SEG_NONE;
    if (seg_text_same(node->text, seg_text_of("profile"))) return true;
    seg_name *name = seg_names_find(&c->names, node->text);
    seg_env top = {NULL, NULL};
    if (name != NULL && name->kind == SEG_NAME_EVENT) {
        *event = name->index;
        return true;
    }
    if (name == NULL) {
        seg_check_unknown(c, &top, node, NULL, SEG_GUESS_EVENTS, "event");
        return false;
    }
    seg_diag *diag = seg_check_fault(c, NULL, SEG_DIAG_NAME_KIND, node->name_span,
                                     "`%.*s` is %s; rows become one event, or attributes of the profile",
                                     SEG_TEXT_ARGS(node->text), seg_check_kind_words(name));
    seg_check_note_name(c, diag, name);
    return false;
}

static void read_columns(seg_checker *c, const seg_node *node, seg_rule_columns *out) {
    const seg_node *pattern = node->first_child;
    if (pattern == NULL || pattern->kind != SEG_NODE_STRING || !find_target(c, node, &out->event)) return;
    out->pattern = pattern->text;
    const seg_rule_field *fields = out->event == SEG_NONE ? c->attributes : c->events[out->event].fields;
    uint32_t field_count =
        out->event == SEG_NONE ? c->rules->attribute_count : c->events[out->event].field_count;
    size_t room = (size_t)field_count + node->child_count + 4;
    column_list columns = {.list = seg_arena_take_array(c->arena, room, sizeof *columns.list),
                           .nodes = seg_arena_take_array(c->arena, room, sizeof(void *))};
    if (columns.list == NULL || columns.nodes == NULL) return;
    uint32_t errors = c->diags->errors;
    for (const seg_node *child = pattern->next; child != NULL; child = child->next)
        read_column(c, child, fields, field_count, &columns);
    bool has_profile = entry_of(&columns, SEG_COLUMN_PROFILE, SEG_NONE) != NULL;
    bool has_time = out->event == SEG_NONE || entry_of(&columns, SEG_COLUMN_TIME, SEG_NONE) != NULL;
    if (c->diags->errors == errors && (!has_profile || !has_time)) {
        seg_diag *diag =
            seg_check_fault(c, NULL, SEG_DIAG_COLUMN_ROLE, node->name_span, "these rows do not say %s",
                            !has_profile ? "whose they are" : "when it happened");
        seg_diag_help(c->diags, diag,
                      !has_profile ? "name the column of the profile's id: `profile = user_id`"
                                   : "name the column of the time: `time = created_at`");
    }
    for (uint32_t f = 0; f < field_count; f++)
        if (entry_of(&columns, SEG_COLUMN_FIELD, f) == NULL) {
            columns.list[columns.count] =
                (seg_rule_column){.role = SEG_COLUMN_FIELD, .field = f, .column = fields[f].name};
            columns.nodes[columns.count++] = node;
        }
    out->columns = columns.list;
    out->column_count = columns.count;
}

void seg_check_columns(seg_checker *c, seg_node *const *trees, size_t tree_count) {
    uint32_t count = 0;
    seg_rule_columns *list = seg_arena_take_array(c->arena, (size_t)c->columns_count + 1, sizeof *list);
    if (list == NULL) return;
    for (size_t i = 0; i < tree_count && count < c->columns_count; i++)
        for (const seg_node *node = trees[i]->first_child; node != NULL; node = node->next)
            if (node->kind == SEG_NODE_COLUMNS) read_columns(c, node, &list[count++]);
    c->rules->columns = list;
    c->rules->columns_count = count;
}
