#include "build.h"

#include <string.h>

#include "parser.h"

/* ---- Any node ---- */

void seg_build_item(seg_parser *parser, seg_node *item) {
    seg_tree_append(parser->workspace, item);
    parser->is_large = parser->is_large || parser->built >= SEG_TREE_DEPTH_LIMIT / 2;
    parser->built = 0;
}

seg_node *seg_build_leaf(seg_parser *parser, seg_node_kind kind, seg_span span) {
    seg_node *node = parser->unused;
    parser->built++;
    if (!node) return seg_tree_node(parser->nodes, kind, span);
    parser->unused = node->next;
    *node = (seg_node){.kind = (uint16_t)kind, .span = span, .name_span = span};
    return node;
}

/* Nothing refers to the node any more. */
static void forget(seg_parser *parser, seg_node *node) {
    node->next = parser->unused;
    parser->unused = node;
}

seg_node *seg_build_error(seg_parser *parser, seg_span span) {
    return seg_build_leaf(parser, SEG_NODE_ERROR, span);
}

static seg_node *none_at(seg_parser *parser, seg_span span) {
    return seg_build_leaf(parser, SEG_NODE_NONE, (seg_span){span.source, span.end, span.end});
}

seg_node *seg_build_three(seg_parser *parser, seg_node_kind kind, seg_span span, seg_node *a, seg_node *b,
                          seg_node *c) {
    seg_node *node = seg_build_leaf(parser, kind, span);
    seg_tree_append(node, a);
    seg_tree_append(node, b);
    seg_tree_append(node, c);
    return node;
}

seg_node *seg_build_two(seg_parser *parser, seg_node_kind kind, seg_span span, seg_node_op op, seg_node *a,
                        seg_node *b) {
    seg_node *node = seg_build_three(parser, kind, span, a, b, NULL);
    if (node) node->op = (uint8_t)op;
    return node;
}

seg_node *seg_build_one(seg_parser *parser, seg_node_kind kind, seg_span span, seg_node *a) {
    return seg_build_three(parser, kind, span, a, NULL, NULL);
}

static seg_node *flag(seg_node *node, unsigned bit) {
    if (node) node->flags = (uint8_t)(node->flags | bit);
    return node;
}

seg_node *seg_build_negated(seg_node *node) { return flag(node, SEG_NODE_NEGATED); }

seg_node *seg_build_caseless(seg_node *node, bool ignoring) {
    return ignoring ? flag(node, SEG_NODE_IGNORE_CASE) : node;
}

seg_node *seg_build_version(seg_node *node) { return flag(node, SEG_NODE_VERSION); }

seg_node *seg_build_optional(seg_node *type, seg_span span) {
    if (type) type->span = span;
    return flag(type, SEG_NODE_OPTIONAL);
}

seg_node *seg_build_parentheses(seg_node *node, seg_span span) {
    if (node) node->span = span;
    return flag(node, SEG_NODE_PARENTHESES);
}

seg_node *seg_build_list(seg_parser *parser, seg_span span, seg_node *list, seg_node *node) {
    if (!list) list = seg_build_leaf(parser, SEG_NODE_NONE, span);
    if (list) list->span = span;
    seg_tree_append(list, node);
    return list;
}

/* The children of `list` become the parent's; the list is no more. */
static void adopt(seg_parser *parser, seg_node *parent, seg_node *list) {
    if (!parent || !list) return;
    if (list->first_child) {
        if (parent->last_child)
            parent->last_child->next = list->first_child;
        else
            parent->first_child = list->first_child;
        parent->last_child = list->last_child;
        parent->child_count += list->child_count;
    }
    forget(parser, list);
}

seg_node *seg_build_adopt(seg_parser *parser, seg_node_kind kind, seg_span span, seg_node *list) {
    seg_node *node = seg_build_leaf(parser, kind, span);
    adopt(parser, node, list);
    return node;
}

static seg_node *named(seg_parser *parser, seg_node_kind kind, seg_span span, const seg_node *name) {
    seg_node *node = seg_build_leaf(parser, kind, span);
    if (node && name) {
        node->text = name->text;
        node->name_span = name->span;
    }
    return node;
}

/* The name itself becomes the node that has it; nobody else may need it. */
static seg_node *become(seg_node *name, seg_node_kind kind, seg_span span) {
    name->kind = (uint16_t)kind;
    name->span = span;
    return name;
}

seg_node *seg_build_named(seg_parser *parser, seg_node_kind kind, seg_span span, const seg_node *name,
                          seg_node *child) {
    seg_node *node = named(parser, kind, span, name);
    seg_tree_append(node, child);
    return node;
}

seg_node *seg_build_named_adopt(seg_parser *parser, seg_node_kind kind, seg_span span, const seg_node *name,
                                seg_node *list) {
    seg_node *node = named(parser, kind, span, name);
    adopt(parser, node, list);
    return node;
}

static seg_node *balance(seg_parser *parser, seg_node_kind kind, seg_node **operands, uint32_t count) {
    if (count == 1) return operands[0];
    uint32_t left = (count + 1) / 2;
    seg_node *a = balance(parser, kind, operands, left);
    seg_node *b = balance(parser, kind, operands + left, count - left);
    if (!a || !b) return NULL;
    return seg_build_two(parser, kind, seg_span_join(a->span, b->span), SEG_NODE_OP_NONE, a, b);
}

seg_node *seg_build_chain(seg_parser *parser, seg_node_kind kind, seg_node *list) {
    if (!list || list->child_count < 2) return NULL; /* memory was short */
    seg_node *few[16], **operands = few;
    if (list->child_count > sizeof few / sizeof *few)
        operands = seg_arena_take_array(parser->nodes, list->child_count, sizeof *operands);
    if (!operands) return NULL;
    uint32_t count = 0;
    for (seg_node *child = list->first_child; child; child = child->next) operands[count++] = child;
    forget(parser, list);
    return balance(parser, kind, operands, count);
}

seg_node *seg_build_text_test(seg_parser *parser, seg_span span, seg_node_op op, seg_node *a, seg_node *b,
                              bool ignoring) {
    return seg_build_caseless(seg_build_two(parser, SEG_NODE_TEXT_TEST, span, op, a, b), ignoring);
}

/* ---- Tokens ---- */

seg_node *seg_build_text(seg_parser *parser, seg_node_kind kind, seg_span span, seg_span text_span,
                         const seg_node *text) {
    seg_node *node = seg_build_leaf(parser, kind, span);
    if (!node || !text) return NULL;
    node->text = text->text;
    node->name_span = text_span;
    return node;
}

static seg_node_kind leaf_kind(int token_kind) {
    switch (token_kind) {
    case SEG_TOKEN_NUMBER: return SEG_NODE_NUMBER;
    case SEG_TOKEN_PERCENT: return SEG_NODE_PERCENT;
    case SEG_TOKEN_CLOCK: return SEG_NODE_CLOCK;
    case SEG_TOKEN_STRING: return SEG_NODE_STRING;
    case SEG_TOKEN_DURATION: return SEG_NODE_DURATION;
    case SEG_TOKEN_DATE: return SEG_NODE_DATE;
    case SEG_TOKEN_TIME: return SEG_NODE_TIME;
    case SEG_TOKEN_PATTERN: return SEG_NODE_REGEX;
    case SEG_TOKEN_DOC: return SEG_NODE_DOC;
    default: return SEG_NODE_NAME;
    }
}

seg_node *seg_build_token(seg_parser *parser, const seg_token *token) {
    seg_node *node = seg_build_leaf(parser, leaf_kind(token->kind), token->span);
    if (!node) return NULL;
    node->text = token->text;
    node->number = token->number;
    node->months = token->months;
    node->flags = token->flags;
    return node;
}

seg_node *seg_build_word(seg_parser *parser, seg_span span) {
    seg_node *node = seg_build_leaf(parser, SEG_NODE_NAME, span);
    if (node) node->text = (seg_text){span.source->bytes + span.first, span.end - span.first};
    return node;
}

seg_node *seg_build_boolean(seg_parser *parser, seg_span span, bool value) {
    seg_node *node = seg_build_leaf(parser, SEG_NODE_BOOLEAN, span);
    if (node) node->number = value;
    return node;
}

seg_node *seg_build_minus(seg_parser *parser, seg_span span, seg_node *digits) {
    char *text = digits ? seg_arena_take(parser->arena, digits->text.size_bytes + 2) : NULL;
    if (!text) return NULL;
    text[0] = '-';
    memcpy(text + 1, digits->text.bytes, digits->text.size_bytes);
    digits->text = (seg_text){text, digits->text.size_bytes + 1};
    digits->span = digits->name_span = span;
    return digits;
}

/* ---- Declarations ---- */

seg_node *seg_build_rule(seg_parser *parser, seg_span span, seg_node *name, seg_node *title, seg_node *family,
                         seg_node *rule) {
    if (!name) return NULL;
    if (!title) title = none_at(parser, name->span);
    seg_node *node = become(name, SEG_NODE_SEGMENT, span);
    seg_tree_append(node, title);
    seg_tree_append(node, family);
    seg_tree_append(node, rule);
    return node;
}

seg_node *seg_build_values(seg_parser *parser, seg_span span, seg_node *title, seg_node *name,
                           seg_node *list) {
    seg_node *node = seg_build_two(parser, SEG_NODE_FAMILY, span, SEG_NODE_OP_NONE, name, list);
    if (!node || !title) return node;
    title->next = node->first_child; /* until the segment takes it */
    node->first_child = title;
    node->child_count++;
    return node;
}

seg_node *seg_build_family(seg_parser *parser, seg_span span, seg_node *name, seg_node *parameters,
                           seg_node *values, seg_node *rule) {
    seg_node *family = seg_build_named_adopt(parser, SEG_NODE_FAMILY, span, name, parameters);
    seg_node *node = seg_build_rule(parser, span, name, NULL, NULL, rule);
    if (!node || !family || node->child_count != 2) return node;
    if (values && values->first_child && values->first_child->kind == SEG_NODE_STRING) {
        seg_node *title = values->first_child;
        values->first_child = title->next;
        values->child_count--;
        title->next = rule;
        node->first_child = title;
    }
    adopt(parser, family, values);
    seg_node *title = node->first_child;
    family->next = rule;
    title->next = family;
    node->child_count++;
    return node;
}

seg_node *seg_build_except(seg_parser *parser, seg_span span, seg_node *rule, seg_node *exceptions) {
    seg_node *node = seg_build_one(parser, SEG_NODE_EXCEPT, span, rule);
    adopt(parser, node, exceptions);
    return node;
}

/* The text of a segment that a family or stages made: `lapsed(14d)`, `lifecycle.vip`. */
static seg_text composed(seg_parser *parser, const seg_node *name, const seg_node *stage,
                         const seg_node *value) {
    seg_span span = stage ? stage->span : value->span;
    size_t inner = span.end - span.first, size = name->text.size_bytes + inner + (stage ? 1 : 2);
    char *bytes = seg_arena_take(parser->arena, size + 1);
    if (!bytes) return (seg_text){"", 0};
    memcpy(bytes, name->text.bytes, name->text.size_bytes);
    bytes[name->text.size_bytes] = stage ? '.' : '(';
    memcpy(bytes + name->text.size_bytes + 1, span.source->bytes + span.first, inner);
    if (!stage) bytes[size - 1] = ')';
    return (seg_text){bytes, size};
}

seg_node *seg_build_segment_name(seg_parser *parser, seg_span span, const seg_node *name,
                                 const seg_node *stage, seg_node *value) {
    seg_node *node = named(parser, SEG_NODE_IN_SEGMENT, span, name);
    if (!node || (!stage && !value)) return node;
    node->text = composed(parser, name, stage, value);
    node->name_span = span;
    seg_tree_append(node, value);
    return node;
}

seg_node *seg_build_stage(seg_node *stage, seg_span span, seg_node *condition) {
    if (!stage) return NULL;
    stage->span = span;
    seg_tree_append(stage, condition);
    return stage;
}

/* `last` is the stage of everybody else. */
seg_node *seg_build_stages(seg_parser *parser, seg_span span, const seg_node *name, seg_node *title,
                           seg_node *stages, seg_node *last) {
    seg_node *node = named(parser, SEG_NODE_STAGES, span, name);
    if (!node || !name || !stages || !last) return NULL;
    seg_tree_append(node, title ? title : none_at(parser, name->span));
    seg_build_stage(last, last->span, none_at(parser, last->span));
    seg_tree_append(stages, last);
    for (seg_node *stage = stages->first_child; stage; stage = stage->next) {
        if (stage->child_count != 1) continue;
        seg_node *first = none_at(parser, stage->name_span), *condition = stage->first_child;
        stage->first_child = stage->last_child = NULL;
        stage->child_count = 0;
        seg_tree_append(stage, first);
        seg_tree_append(stage, condition);
    }
    adopt(parser, node, stages);
    return node;
}

seg_node *seg_build_policy(seg_parser *parser, seg_span span, const seg_node *name, seg_node *title,
                           seg_node_op op, seg_node *subjects, seg_node *what) {
    seg_node *node = named(parser, SEG_NODE_POLICY, span, name);
    if (!node || !name || !subjects) return NULL;
    node->op = (uint8_t)op;
    seg_tree_append(node, title ? title : none_at(parser, name->span));
    seg_tree_append(node, subjects);
    seg_tree_append(node, what ? what : none_at(parser, subjects->span));
    return node;
}

seg_node *seg_build_placed(seg_node *node, seg_span span) {
    if (node && node->kind == SEG_NODE_POLICY) node->span = span;
    return node;
}

/* The order is title, family, annotations, doc lines, rule or stages, whatever the order in the source. */
seg_node *seg_build_segment(seg_parser *parser, seg_span span, seg_node *head, seg_node *rule) {
    if (!rule || (rule->kind != SEG_NODE_SEGMENT && rule->kind != SEG_NODE_STAGES) || rule->child_count < 2)
        return rule;
    rule->span = span;
    if (!head) return rule;
    seg_node *title = rule->first_child, *rest = title->next;
    seg_node *family = rest->kind == SEG_NODE_FAMILY ? rest : NULL;
    if (family) rest = family->next;
    seg_node *annotations = seg_build_leaf(parser, SEG_NODE_NONE, span);
    seg_node *docs = seg_build_leaf(parser, SEG_NODE_NONE, span);
    if (!annotations || !docs) return rule;
    for (seg_node *child = head->first_child, *next; child; child = next) {
        next = child->next;
        seg_tree_append(child->kind == SEG_NODE_DOC ? docs : annotations, child);
    }
    rule->first_child = rule->last_child = NULL;
    rule->child_count = 0;
    seg_tree_append(rule, title);
    seg_tree_append(rule, family);
    adopt(parser, rule, annotations);
    adopt(parser, rule, docs);
    for (seg_node *next; rest; rest = next) {
        next = rest->next;
        seg_tree_append(rule, rest);
    }
    return rule;
}

seg_node *seg_build_undocumented(seg_parser *parser, const seg_node *head, seg_node *declaration) {
    const seg_node *mark = head ? head->first_child : NULL;
    if (!mark) return declaration;
    if (mark->kind == SEG_NODE_DOC) {
        seg_span sign = {mark->span.source, mark->span.first, mark->span.first + 2};
        seg_diag *diag = seg_diag_add(parser->diags, SEG_DIAG_MARK_PLACE, mark->span,
                                      "a `##` line describes a segment, but no segment follows");
        seg_diag_help(parser->diags, diag, "write a plain comment with one `#`");
        seg_diag_edit(parser->diags, diag, sign, "#");
    } else {
        seg_diag *diag = seg_diag_add(parser->diags, SEG_DIAG_MARK_PLACE, mark->span,
                                      "an annotation belongs to a segment, but no segment follows");
        seg_diag_help(parser->diags, diag, "put `@%.*s` before a `segment`, or remove it",
                      (int)mark->text.size_bytes, mark->text.bytes);
    }
    return declaration;
}

seg_node *seg_build_elements(seg_parser *parser, seg_span span, const seg_node *list, seg_node *source) {
    if (!list) return NULL;
    seg_node *node = seg_build_text(parser, SEG_NODE_ELEMENTS, span, list->span, list);
    seg_tree_append(node, source);
    return node;
}

seg_node *seg_build_event(seg_parser *parser, seg_span span, const seg_node *name, seg_node *source,
                          seg_node *fields) {
    seg_node *node = seg_build_named(parser, SEG_NODE_EVENT, span, name, source);
    adopt(parser, node, fields);
    return node;
}

seg_node *seg_build_define(seg_parser *parser, seg_span span, const seg_node *name, seg_node *parameters,
                           seg_node *body) {
    seg_node *node = seg_build_named_adopt(parser, SEG_NODE_DEFINE, span, name, parameters);
    seg_tree_append(node, body);
    return node;
}

seg_node *seg_build_columns(seg_parser *parser, seg_span span, const seg_node *name, seg_node *file,
                            seg_node *columns) {
    seg_node *node = seg_build_named(parser, SEG_NODE_COLUMNS, span, name, file);
    adopt(parser, node, columns);
    return node;
}

seg_node *seg_build_model(seg_parser *parser, seg_span span, const seg_node *name, seg_node *file,
                          seg_node *inputs) {
    parser->file_count++;
    seg_node *node = seg_build_named(parser, SEG_NODE_MODEL, span, name, file);
    adopt(parser, node, inputs);
    return node;
}

seg_node *seg_build_native(seg_parser *parser, seg_span span, const seg_node *name, seg_node *parameters,
                           seg_node *type, seg_node *library) {
    seg_node *node = seg_build_named_adopt(parser, SEG_NODE_NATIVE, span, name, parameters);
    if (type) seg_tree_append(node, type);
    seg_tree_append(node, library);
    return node;
}

seg_node *seg_build_test(seg_parser *parser, seg_span span, seg_span title_span, const seg_node *title,
                         seg_node *steps) {
    seg_node *node = seg_build_text(parser, SEG_NODE_TEST, span, title_span, title);
    adopt(parser, node, steps);
    return node;
}

seg_node *seg_build_attribute(seg_parser *parser, seg_span span, const seg_node *name, seg_node *type,
                              seg_node *value, seg_node *history) {
    seg_node *node = seg_build_named(parser, SEG_NODE_ATTRIBUTE, span, name, type);
    seg_span behind = type ? type->span : span;
    if (!value) value = none_at(parser, behind);
    if (!history) history = none_at(parser, value ? value->span : behind);
    seg_tree_append(node, value);
    seg_tree_append(node, history);
    return node;
}

static bool text_is(seg_text text, const char *word) {
    return text.size_bytes == strlen(word) && memcmp(text.bytes, word, text.size_bytes) == 0;
}

static bool is_type_name(seg_text text) {
    static const char *const names[] = {"bool", "int",      "float",    "text",   "time",
                                        "date", "duration", "timezone", "decimal"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (text_is(text, names[i])) return true;
    return false;
}

seg_node *seg_build_enum(seg_parser *parser, seg_span span, seg_node *values) {
    seg_node *node = seg_build_adopt(parser, SEG_NODE_TYPE, span, values);
    if (node) node->text = (seg_text){"enum", 4};
    return node;
}

seg_node *seg_build_type(seg_parser *parser, seg_span span, seg_node *name, seg_node *scale) {
    if (name && !scale && !is_type_name(name->text))
        return seg_build_enum(parser, span, seg_build_list(parser, span, NULL, name));
    return seg_build_named(parser, SEG_NODE_TYPE, span, name, scale);
}

seg_node *seg_build_set(seg_parser *parser, seg_span span, const seg_node *element) {
    seg_node *node = seg_build_leaf(parser, SEG_NODE_TYPE, span);
    if (!node || !element) return NULL;
    node->text = (seg_text){"set", 3};
    if (!text_is(element->text, "text")) {
        seg_diag *diag =
            seg_diag_add(parser->diags, SEG_DIAG_SET_OF_WHAT, element->span, "a set holds texts, not `%.*s`",
                         (int)element->text.size_bytes, element->text.bytes);
        seg_diag_edit(parser->diags, diag, element->span, "text");
    }
    return node;
}

/* ---- Steps of a test ---- */

seg_node *seg_build_step(seg_parser *parser, seg_span span, seg_node *instant, const seg_node *name,
                         seg_node *settings) {
    if (!name) return NULL;
    bool profile = text_is(name->text, "profile");
    if (!profile && !instant) {
        seg_diag *diag = seg_diag_add(parser->diags, SEG_DIAG_STEP_TIME, name->span,
                                      "when does `%.*s` happen? An event in a test needs its time",
                                      (int)name->text.size_bytes, name->text.bytes);
        seg_diag_help(parser->diags, diag, "write it before the event: `2026-03-01 %.*s { ... }`",
                      (int)name->text.size_bytes, name->text.bytes);
        return seg_build_error(parser, span);
    }
    seg_node *node = profile ? seg_build_leaf(parser, SEG_NODE_TEST_PROFILE, span)
                             : named(parser, SEG_NODE_TEST_EVENT, span, name);
    if (node) node->name_span = name->span;
    seg_span start = {span.source, span.first, span.first};
    seg_tree_append(node, instant ? instant : none_at(parser, start));
    adopt(parser, node, settings);
    return node;
}

seg_node *seg_build_identified(seg_parser *parser, seg_span span, const seg_node *name, const seg_node *id,
                               seg_node *settings) {
    seg_node *node = seg_build_step(parser, span, NULL, name, settings);
    if (node && id && node->kind == SEG_NODE_TEST_PROFILE) node->text = id->text;
    return node;
}

seg_node *seg_build_other(seg_parser *parser, seg_span span, const seg_node *id, seg_node *instant,
                          const seg_node *name, seg_node *settings) {
    seg_node *step = seg_build_step(parser, span, instant, name, settings);
    if (!step || !id || step->kind == SEG_NODE_ERROR) return step;
    seg_node *node = seg_build_text(parser, SEG_NODE_TEST_OTHER, span, id->span, id);
    seg_tree_append(node, step);
    return node;
}

seg_node *seg_build_expectations(seg_parser *parser, seg_span span, seg_node *instant,
                                 seg_node *expectations) {
    seg_node *node = seg_build_one(parser, SEG_NODE_TEST_AT, span, instant);
    adopt(parser, node, expectations);
    return node;
}

seg_node *seg_build_segment_test(seg_node_kind kind, seg_span span, seg_node *segment, bool negated) {
    if (!segment || segment->kind == SEG_NODE_ERROR) return segment;
    segment->kind = (uint16_t)kind;
    segment->span = span;
    return negated ? seg_build_negated(segment) : segment;
}

seg_node *seg_build_in_file(seg_parser *parser, seg_span span, const seg_node *word, seg_span file_span,
                            const seg_node *file) {
    if (word && !text_is(word->text, "list")) {
        seg_diag *diag = seg_diag_add(parser->diags, SEG_DIAG_UNEXPECTED, word->span,
                                      "expected `list` before the name of a file, but found `%.*s`",
                                      (int)word->text.size_bytes, word->text.bytes);
        seg_diag_edit(parser->diags, diag, word->span, "list");
    }
    parser->file_count++;
    return seg_build_text(parser, SEG_NODE_IN_FILE, span, file_span, file);
}

seg_node *seg_build_change(seg_parser *parser, seg_span span, bool exits, seg_node *segment,
                           seg_node *instant) {
    if (!segment || segment->kind == SEG_NODE_ERROR) return segment;
    seg_node *node = named(parser, SEG_NODE_TEST_CHANGE, span, NULL), *value = segment->first_child;
    if (!node) return NULL;
    node->text = segment->text;
    node->name_span = segment->name_span;
    seg_tree_append(node, instant);
    seg_tree_append(node, value);
    return exits ? seg_build_negated(node) : node;
}

seg_node *seg_build_refresh(seg_parser *parser, seg_span span, const seg_node *how, seg_node *list) {
    if (!how) return NULL;
    seg_node *node = seg_build_text(parser, SEG_NODE_REFRESH, span, how->span, how);
    if (node && list) adopt(parser, node, list);
    return node;
}

seg_node *seg_build_top(seg_parser *parser, seg_span span, bool bottom, seg_node *amount, seg_node *crowd,
                        seg_node *key) {
    seg_node *node =
        seg_build_three(parser, SEG_NODE_TOP, span, amount, crowd ? crowd : none_at(parser, span), key);
    return bottom ? seg_build_negated(node) : node;
}

seg_node *seg_build_fellows(seg_span span, seg_node_op op, seg_node *fellows, seg_node *segment) {
    if (!fellows || (segment && segment->kind == SEG_NODE_ERROR)) return segment;
    fellows->span = span;
    fellows->op = (uint8_t)op;
    seg_tree_append(fellows, segment);
    return fellows;
}

seg_node *seg_build_held(seg_parser *parser, seg_span span, seg_span test_span, seg_node *segment,
                         seg_node *length) {
    seg_node *test = seg_build_segment_test(SEG_NODE_IN_SEGMENT, test_span, segment, false);
    return seg_build_two(parser, SEG_NODE_HELD, span, SEG_NODE_OP_NONE, test, length);
}

seg_node *seg_build_latch(seg_parser *parser, seg_span span, seg_node *enter, seg_node *leave, seg_node *stay,
                          seg_node *cooldown) {
    seg_node *node = seg_build_two(parser, SEG_NODE_LATCH, span, SEG_NODE_OP_NONE, enter, leave);
    seg_tree_append(node, stay ? stay : none_at(parser, span));
    seg_tree_append(node, cooldown ? cooldown : none_at(parser, span));
    return node;
}

/* ---- Calls ---- */

seg_node *seg_build_where(seg_parser *parser, seg_span span, seg_node *arguments, seg_node *where) {
    seg_tree_append(arguments,
                    where ? seg_build_one(parser, SEG_NODE_WHERE, span, where) : none_at(parser, span));
    return arguments;
}

seg_node *seg_build_call(seg_parser *parser, seg_span span, seg_node *name, seg_node *arguments) {
    if (arguments && arguments->last_child && arguments->last_child->kind == SEG_NODE_ERROR)
        seg_build_where(parser, arguments->span, arguments, NULL);
    seg_node *call = name ? become(name, SEG_NODE_CALL, span) : seg_build_leaf(parser, SEG_NODE_CALL, span);
    adopt(parser, call, arguments);
    return call;
}

seg_node *seg_build_frequent(seg_parser *parser, seg_span span, seg_span words, bool most,
                             seg_node *arguments) {
    seg_node *call = seg_build_call(parser, span, NULL, arguments);
    if (!call) return NULL;
    call->text = most ? (seg_text){"most frequent", 13} : (seg_text){"least frequent", 14};
    call->name_span = words;
    return seg_build_one(parser, SEG_NODE_FREQUENT, span, call);
}

/* Two words with a space between them; without bytes when memory ran short. */
static seg_text two_words(seg_parser *parser, seg_text first, seg_text second) {
    size_t size_bytes = first.size_bytes + 1 + second.size_bytes;
    char *words = seg_arena_take(parser->arena, size_bytes);
    if (!words) return (seg_text){NULL, 0};
    memcpy(words, first.bytes, first.size_bytes);
    words[first.size_bytes] = ' ';
    memcpy(words + first.size_bytes + 1, second.bytes, second.size_bytes);
    return (seg_text){words, size_bytes};
}

/* A call of a function whose name is two words. */
static seg_node *over_events(seg_parser *parser, seg_node_kind kind, seg_span span, seg_span words,
                             seg_text first, seg_text second, seg_node *arguments) {
    seg_node *call = seg_build_call(parser, span, NULL, arguments);
    seg_text name = two_words(parser, first, second);
    if (!call || !name.bytes) return NULL;
    call->text = name;
    call->name_span = words;
    return seg_build_one(parser, kind, span, call);
}

seg_node *seg_build_active_days(seg_parser *parser, seg_span span, seg_span words, const seg_node *unit,
                                seg_node *arguments) {
    if (!unit) return NULL;
    return over_events(parser, SEG_NODE_ACTIVE_DAYS, span, words, (seg_text){"active", 6}, unit->text,
                       arguments);
}

seg_node *seg_build_gap(seg_parser *parser, seg_span span, seg_span words, const seg_node *which,
                        seg_node *arguments) {
    if (!which) return NULL;
    return over_events(parser, SEG_NODE_GAP, span, words, which->text, (seg_text){"gap", 3}, arguments);
}

/* ---- Pairs and sequences ---- */

static seg_node *or_none(seg_parser *parser, seg_span span, seg_node *node) {
    return node ? node : none_at(parser, span);
}

seg_node *seg_build_pair(seg_parser *parser, seg_span span, seg_node_op op, const seg_node *name,
                         seg_node *where, seg_node *within, seg_node *same) {
    seg_node *node = named(parser, SEG_NODE_PAIR, span, name);
    if (!node) return NULL;
    node->op = (uint8_t)op;
    seg_tree_append(node, or_none(parser, span, where));
    uint32_t bounds = within ? within->child_count : 0;
    adopt(parser, node, within);
    for (; bounds < 2; bounds++) seg_tree_append(node, none_at(parser, span));
    adopt(parser, node, same);
    return node;
}

seg_node *seg_build_paired(seg_parser *parser, seg_span span, seg_node *window, seg_node *pairs) {
    seg_node *node = seg_build_one(parser, SEG_NODE_PAIRED, span, window);
    adopt(parser, node, pairs);
    return node;
}

seg_node *seg_build_derived(seg_parser *parser, seg_span span, const seg_node *name, seg_node *chain,
                            seg_node *whole) {
    seg_node *node = named(parser, SEG_NODE_DERIVED, span, name);
    seg_tree_append(node, or_none(parser, span, whole));
    adopt(parser, node, chain);
    return node;
}

seg_node *seg_build_sessions(seg_parser *parser, seg_span span, const seg_node *name, seg_node *of,
                             seg_node *where, seg_node *gap) {
    seg_node *node = named(parser, SEG_NODE_SESSIONS, span, name);
    seg_tree_append(node, of);
    seg_tree_append(node, or_none(parser, span, where));
    seg_tree_append(node, gap);
    return node;
}

/* ---- Slips that are understood ---- */

seg_node *seg_build_assign(seg_parser *parser, seg_span span, seg_span sign, seg_node *a, seg_node *b) {
    seg_diag *diag = seg_diag_add(parser->diags, SEG_DIAG_ASSIGN_IN_CONDITION, sign,
                                  "`=` gives a value; to compare two values, write `==`");
    seg_diag_edit(parser->diags, diag, sign, "==");
    return seg_build_two(parser, SEG_NODE_COMPARE, span, SEG_NODE_OP_EQ, a, b);
}

static bool means_missing(seg_text word) {
    static const char *const words[] = {"null",      "nil",   "none",  "empty",  "unknown",
                                        "undefined", "blank", "unset", "missing"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (word.size_bytes == strlen(words[i]) && strncasecmp(word.bytes, words[i], word.size_bytes) == 0)
            return true;
    return false;
}

static bool means_known(seg_text word) {
    static const char *const words[] = {"set", "given", "present", "known", "there", "defined"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (word.size_bytes == strlen(words[i]) && strncasecmp(word.bytes, words[i], word.size_bytes) == 0)
            return true;
    return false;
}

seg_node *seg_build_is_what(seg_parser *parser, seg_span span, seg_span words, seg_node *a, bool negated,
                            seg_node *word) {
    if (!word) return NULL;
    int size = (int)word->text.size_bytes;
    bool missing = means_missing(word->text), known = means_known(word->text);
    if (missing || known) {
        const char *mended = missing != negated ? "is missing" : "is known";
        seg_diag *diag =
            seg_diag_add(parser->diags, SEG_DIAG_IS_WHAT, words, "this is spelled `%s` in Seg", mended);
        seg_diag_edit(parser->diags, diag, words, "%s", mended);
        return seg_build_one(parser, missing != negated ? SEG_NODE_IS_MISSING : SEG_NODE_IS_KNOWN, span, a);
    }
    const char *op = negated ? "!=" : "==";
    seg_diag *diag = seg_diag_add(parser->diags, SEG_DIAG_IS_WHAT, words,
                                  "`is` asks whether a value is known; to compare with `%.*s`, write `%s`",
                                  size, word->text.bytes, op);
    seg_diag_edit(parser->diags, diag, words, "%s %.*s", op, size, word->text.bytes);
    return seg_build_two(parser, SEG_NODE_COMPARE, span, negated ? SEG_NODE_OP_NE : SEG_NODE_OP_EQ, a, word);
}

static bool is_name(seg_text text) {
    if (text.size_bytes == 0 || (text.bytes[0] >= '0' && text.bytes[0] <= '9')) return false;
    for (size_t i = 0; i < text.size_bytes; i++) {
        char c = text.bytes[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'))
            return false;
    }
    return true;
}

seg_node *seg_build_quoted_call(seg_parser *parser, seg_span span, seg_node *text, seg_node *arguments) {
    if (!text) return NULL;
    seg_diag *diag =
        seg_diag_add(parser->diags, SEG_DIAG_QUOTED_NAME, text->span, "events are named without quotes");
    if (is_name(text->text)) {
        seg_diag_edit(parser->diags, diag, text->span, "%.*s", (int)text->text.size_bytes, text->text.bytes);
    } else {
        seg_diag_help(parser->diags, diag,
                      "use the name that the event was declared with: in `event visits from \"Page Viewed\"` "
                      "it is `visits`");
        return seg_build_error(parser, span);
    }
    return seg_build_call(parser, span, text, arguments);
}

seg_node *seg_build_quoted_pattern(seg_parser *parser, seg_node *text) {
    if (!text) return NULL;
    seg_diag *diag =
        seg_diag_add(parser->diags, SEG_DIAG_QUOTED_PATTERN, text->span, "a pattern stands between slashes");
    if (!memchr(text->text.bytes, '/', text->text.size_bytes))
        seg_diag_edit(parser->diags, diag, text->span, "/%.*s/", (int)text->text.size_bytes,
                      text->text.bytes);
    text->kind = SEG_NODE_REGEX;
    return text;
}

seg_node *seg_build_part(seg_parser *parser, seg_span span, seg_span word_span, const seg_node *word,
                         seg_node *subject) {
    if (!word) return NULL;
    seg_node *node = seg_build_text(parser, SEG_NODE_PART, span, word_span, word);
    bool is_day = word->text.size_bytes == 3; /* `day of month of x` is one part, and `day of year of x` */
    if (node && is_day && subject && subject->kind == SEG_NODE_PART &&
        (subject->text.bytes[0] == 'm' || subject->text.bytes[0] == 'y')) {
        if (subject->text.bytes[0] == 'y') node->text = (seg_text){"day of year", 11};
        subject = subject->first_child;
    }
    seg_tree_append(node, subject);
    return node;
}

static const seg_text fiscal = {"fiscal", 6};

seg_node *seg_build_fiscal_part(seg_parser *parser, seg_span span, seg_span words, const seg_node *word,
                                seg_node *subject) {
    if (!word) return NULL;
    seg_node *node = seg_build_text(parser, SEG_NODE_PART, span, words, word);
    seg_text text = two_words(parser, fiscal, word->text);
    if (!node || !text.bytes) return NULL;
    node->text = text;
    seg_tree_append(node, subject);
    return node;
}

seg_node *seg_build_fiscal(seg_parser *parser, seg_span span, seg_node *unit) {
    seg_text text = unit ? two_words(parser, fiscal, unit->text) : (seg_text){NULL, 0};
    if (!text.bytes) return NULL;
    unit->text = text;
    unit->span = unit->name_span = span;
    return unit;
}

seg_node *seg_build_calendar(seg_parser *parser, seg_span span, seg_node_op op, const seg_node *count,
                             const seg_node *unit) {
    seg_node *node = seg_build_leaf(parser, SEG_NODE_CALENDAR, span);
    if (!node || !unit) return node;
    node->op = (uint8_t)op;
    node->text = unit->text;
    node->name_span = unit->span;
    node->number = count ? 0 : 1;
    for (size_t i = 0; count && i < count->text.size_bytes; i++) {
        char c = count->text.bytes[i];
        if (c == '_') continue;
        node->number = node->number * 10 + (c - '0');
        if (c < '0' || c > '9' || node->number > 4000000) {
            node->number = 0;
            break;
        }
    }
    return node;
}

seg_node *seg_build_spaced_duration(seg_parser *parser, seg_span span, const seg_node *count,
                                    const seg_node *unit) {
    if (!count || !unit) return NULL;
    const char *letters = seg_literal_unit(unit->text);
    int size = (int)count->text.size_bytes;
    if (!letters) {
        seg_diag *diag =
            seg_diag_add(parser->diags, SEG_DIAG_UNEXPECTED, unit->span, "`%.*s` cannot follow a number",
                         (int)unit->text.size_bytes, unit->text.bytes);
        seg_diag_help(parser->diags, diag,
                      "join two values with an operator, two conditions with `and` or `or`");
        return seg_build_error(parser, span);
    }
    seg_diag *diag = seg_diag_add(parser->diags, SEG_DIAG_SPACED_DURATION, span,
                                  "a length of time is written without a space and with a short unit");
    seg_diag_edit(parser->diags, diag, span, "%.*s%s", size, count->text.bytes, letters);
    seg_token token = {.kind = SEG_TOKEN_DURATION, .span = span};
    seg_literal_length(&token, count->text, letters);
    return seg_build_token(parser, &token);
}
