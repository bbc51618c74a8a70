/* check_native.c - functions of the host: their declarations, and calls of them. */
#include "check.h"

static const struct {
    const char *name;
    seg_type type;
} types[] = {{"bool", SEG_BOOL}, {"int", SEG_INT},   {"float", SEG_FLOAT},
             {"time", SEG_TIME}, {"date", SEG_DATE}, {"duration", SEG_DURATION}};
enum { type_count = sizeof types / sizeof types[0] };

/* ---- Declarations ---------------------------------------------------------------------------- */

static const char *name_of_type(seg_type type) {
    for (size_t i = 0; i < type_count; i++)
        if (types[i].type == type) return types[i].name;
    return "";
}

/* False: it cannot be handed over, which is told. */
static bool read_type(seg_checker *c, const seg_node *node, seg_type *type) {
    for (size_t i = 0; i < type_count; i++) {
        if (!seg_text_same(node->text, seg_text_of(types[i].name))) continue;
        *type = types[i].type;
        return true;
    }
    seg_check_text source = seg_check_source(node->span);
    seg_diag *diag = seg_check_fault(c, NULL, SEG_DIAG_NATIVE, node->span,
                                     "a native function neither takes nor gives `%s`", source.text);
    seg_diag_help(c->diags, diag, "it knows bool, int, float, time, date and duration");
    return false;
}

static bool read_arguments(seg_checker *c, const seg_node *node, seg_rule_native *native) {
    for (const seg_node *p = node->first_child; p != NULL; p = p->next) {
        if (p->kind == SEG_NODE_ERROR) return false;
        if (p->kind != SEG_NODE_PARAMETER) continue;
        if (native->argument_count == SEG_RULE_NATIVE_ARGUMENTS) {
            seg_check_fault(c, NULL, SEG_DIAG_NATIVE, p->span, "a native function takes at most %u values",
                            SEG_RULE_NATIVE_ARGUMENTS);
            return false;
        }
        for (const seg_node *q = node->first_child; q != p; q = q->next)
            if (q->kind == SEG_NODE_PARAMETER && seg_text_same(q->text, p->text)) {
                seg_check_fault(c, NULL, SEG_DIAG_NAME_CLASH, p->name_span, "the value `%.*s` is there twice",
                                SEG_TEXT_ARGS(p->text));
                return false;
            }
        const seg_node *kind = p->first_child;
        if (kind == NULL || kind->kind != SEG_NODE_NAME ||
            !read_type(c, kind, &native->arguments[native->argument_count].type))
            return false;
        native->arguments[native->argument_count++].name = p->text;
    }
    return native->argument_count > 0;
}

/* What it gives, and where it comes from. */
static bool read_result(seg_checker *c, const seg_node *node, seg_rule_native *native) {
    const seg_node *library = node->last_child, *type = NULL;
    for (const seg_node *child = node->first_child; child != NULL; child = child->next)
        if (child->kind == SEG_NODE_TYPE) type = child;
    if (type == NULL || library->kind != SEG_NODE_STRING) return false; /* the parser told */
    seg_node plain = *type;
    if (type->first_child != NULL) plain.text = (seg_text){"", 0}; /* decimal(2), a choice */
    if (!read_type(c, &plain, &native->result.type)) return false;
    native->result.optional = (type->flags & SEG_NODE_OPTIONAL) != 0;
    native->library = library->text;
    if (library->text.size_bytes > 0 && library->text.size_bytes <= SEG_CHECK_NAME_LIMIT) return true;
    seg_check_fault(c, NULL, SEG_DIAG_NATIVE, library->span, "a library has a name of 1 to %u bytes",
                    SEG_CHECK_NAME_LIMIT);
    return false;
}

/* "geo haversine_km float(float,float)": what it is, in any workspace. */
static bool describe(seg_checker *c, seg_rule_native *native) {
    seg_buffer text;
    seg_buffer_init(&text, c->arena->allocator);
    seg_buffer_format(&text, "%.*s %.*s %s%s(", SEG_TEXT_ARGS(native->library), SEG_TEXT_ARGS(native->name),
                      name_of_type(native->result.type), native->result.optional ? "?" : "");
    for (uint32_t i = 0; i < native->argument_count; i++)
        seg_buffer_format(&text, "%s%s", i > 0 ? "," : "", name_of_type(native->arguments[i].type));
    seg_buffer_text(&text, ")");
    if (!text.failed)
        native->identity = (seg_text){seg_arena_copy(c->arena, text.bytes, text.size_bytes), text.size_bytes};
    c->arena->failed = c->arena->failed || text.failed;
    seg_buffer_free(&text);
    return native->identity.bytes != NULL;
}

void seg_check_natives(seg_checker *c) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < c->names.count; i++) count += c->names.list[i].kind == SEG_NAME_NATIVE;
    seg_rule_native *natives = seg_arena_take_array(c->arena, (size_t)count + 1, sizeof *natives);
    if (natives == NULL) return;
    count = 0;
    for (uint32_t i = 0; i < c->names.count; i++) {
        seg_name *name = &c->names.list[i];
        if (name->kind != SEG_NAME_NATIVE) continue;
        seg_rule_native *native = &natives[count];
        *native = (seg_rule_native){.name = name->text};
        bool whole = read_arguments(c, name->node, native);
        native->is_sound = read_result(c, name->node, native) && whole && describe(c, native);
        name->index = count++;
    }
    c->rules->natives = natives;
    c->rules->native_count = count;
}

/* ---- Calls ----------------------------------------------------------------------------------- */

static const seg_rule *wrong_argument(seg_checker *c, const seg_env *env, const seg_node *node,
                                      const seg_name *name, const seg_rule_native *native, uint32_t index,
                                      const seg_rule *rule) {
    seg_type_words words = seg_type_describe(rule->type);
    seg_diag *diag =
        seg_check_fault(c, env, SEG_DIAG_ARGUMENTS, node->span, "`%.*s` of `%.*s` is %s, and this is %s",
                        SEG_TEXT_ARGS(native->arguments[index].name), SEG_TEXT_ARGS(native->name),
                        name_of_type(native->arguments[index].type), words.text);
    seg_check_note_name(c, diag, name);
    return NULL;
}

static const seg_rule *argument(seg_checker *c, const seg_env *env, const seg_node *node,
                                const seg_name *name, const seg_rule_native *native, uint32_t index) {
    seg_rule_type want = {.type = native->arguments[index].type};
    const seg_rule *rule = seg_check_known(c, env, node, &want);
    if (rule == NULL) return NULL;
    if (want.type == SEG_FLOAT && seg_type_is_number(rule->type))
        return seg_check_convert(c, env, node, rule, want);
    if (rule->type.type != want.type) return wrong_argument(c, env, node, name, native, index, rule);
    if (rule->kind != SEG_RULE_CONST || rule->constant.duration.months == 0) return rule;
    seg_check_fault(c, env, SEG_DIAG_DURATION, node->span,
                    "months and years differ in length: a function is given days");
    return NULL;
}

const seg_rule *seg_check_native(seg_checker *c, const seg_env *env, const seg_node *call,
                                 const seg_name *name) {
    const seg_rule_native *native = &c->rules->natives[name->index];
    uint32_t given = call->child_count - 1;
    if (!native->is_sound) return NULL;
    if (given != native->argument_count || call->last_child->kind == SEG_NODE_WHERE) {
        seg_diag *diag =
            seg_check_fault(c, env, SEG_DIAG_ARGUMENTS, call->span, "`%.*s` takes %u %s, and no `where`",
                            SEG_TEXT_ARGS(native->name), native->argument_count,
                            native->argument_count == 1 ? "value" : "values");
        seg_check_note_name(c, diag, name);
        return NULL;
    }
    const seg_rule *values[SEG_RULE_NATIVE_ARGUMENTS], *next = NULL;
    bool fault = false;
    const seg_node *node = call->first_child;
    for (uint32_t i = 0; i < given; i++, node = node->next) {
        values[i] = argument(c, env, node, name, native, i);
        fault = fault || values[i] == NULL;
    }
    for (uint32_t i = given; i-- > 0 && !fault;) {
        next = seg_check_make(c, env, call, false,
                              (seg_rule){.kind = SEG_RULE_GIVEN,
                                         .type = values[i]->type,
                                         .operand_count = next != NULL ? 2 : 1,
                                         .operands = {values[i], next}});
        fault = next == NULL;
    }
    if (fault) return NULL;
    return seg_check_make(c, env, call, true,
                          (seg_rule){.kind = SEG_RULE_NATIVE,
                                     .type = native->result,
                                     .index = name->index,
                                     .pattern = native->identity,
                                     .operand_count = 1,
                                     .operands = {next}});
}
