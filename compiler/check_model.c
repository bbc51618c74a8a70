/* check_model.c - models that are read from files: what their inputs are in this workspace. */
#include "check.h"

/* ---- The files ------------------------------------------------------------------------------- */

static const seg_list_file *find_file(const seg_checker *c, seg_text name) {
    for (size_t i = 0; i < c->file_count; i++)
        if (seg_text_same(c->files[i].name, name)) return &c->files[i];
    return NULL;
}

static void no_file(seg_checker *c, const seg_node *file) {
    seg_diag *diag =
        seg_check_fault(c, NULL, SEG_DIAG_MODEL_FILE, file->span,
                        "there is no file \"%.*s\" below the workspace", SEG_TEXT_ARGS(file->text));
    seg_guess guess;
    seg_guess_init(&guess, file->text);
    for (size_t i = 0; i < c->file_count; i++) seg_guess_offer(&guess, c->files[i].name);
    if (seg_guess_found(&guess))
        seg_diag_help(c->diags, diag, "did you mean \"%.*s\"?", SEG_TEXT_ARGS(guess.best));
}

static uint32_t find_input(const seg_model *model, seg_text name) {
    for (uint32_t i = 0; i < model->input_count; i++)
        if (seg_text_same(model->inputs[i].name, name)) return i;
    return SEG_NONE;
}

/* What the declaration says of an input, or NULL. */
static const seg_node *find_binding(const seg_node *declaration, seg_text name) {
    for (const seg_node *child = declaration->first_child; child != NULL; child = child->next)
        if (child->kind == SEG_NODE_INPUT && seg_text_same(child->text, name)) return child;
    return NULL;
}

static bool check_bindings(seg_checker *c, const seg_node *declaration, const seg_model *model) {
    bool fits = true;
    for (const seg_node *child = declaration->first_child; child != NULL; child = child->next) {
        if (child->kind != SEG_NODE_INPUT) continue;
        const seg_node *first = find_binding(declaration, child->text);
        if (first != child) {
            seg_diag *diag = seg_check_fault(c, NULL, SEG_DIAG_MODEL_INPUT, child->name_span,
                                             "the input `%.*s` is there twice", SEG_TEXT_ARGS(child->text));
            seg_diag_note_add(c->diags, diag, first->name_span, "the first stands here");
            fits = false;
        } else if (find_input(model, child->text) == SEG_NONE) {
            seg_diag *diag = seg_check_fault(c, NULL, SEG_DIAG_MODEL_INPUT, child->name_span,
                                             "the model has no input `%.*s`", SEG_TEXT_ARGS(child->text));
            seg_guess guess;
            seg_guess_init(&guess, child->text);
            for (uint32_t i = 0; i < model->input_count; i++) seg_guess_offer(&guess, model->inputs[i].name);
            seg_check_guess(c, diag, child->name_span, &guess);
            fits = false;
        }
    }
    return fits;
}

static const seg_model *read_model(seg_checker *c, const seg_name *name) {
    const seg_node *declaration = name->node, *file = declaration->first_child;
    if (file == NULL || file->kind != SEG_NODE_STRING) return NULL; /* the parser told */
    const seg_list_file *given = find_file(c, file->text);
    if (given == NULL) {
        no_file(c, file);
        return NULL;
    }
    char message[400];
    seg_model *model = seg_arena_take(c->arena, sizeof *model);
    if (model == NULL) return NULL;
    if (!seg_model_read(c->arena, given->bytes, model, message, sizeof message)) {
        if (!c->arena->failed)
            seg_check_fault(c, NULL, SEG_DIAG_MODEL_FILE, file->span, "\"%.*s\": %s",
                            SEG_TEXT_ARGS(file->text), message);
        return NULL;
    }
    model->name = name->text;
    return check_bindings(c, declaration, model) ? model : NULL;
}

void seg_check_models(seg_checker *c) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < c->names.count; i++) count += c->names.list[i].kind == SEG_NAME_MODEL;
    c->models = seg_arena_take_array(c->arena, (size_t)count + 1, sizeof(void *));
    if (c->models == NULL) return;
    count = 0;
    for (uint32_t i = 0; i < c->names.count; i++) {
        seg_name *name = &c->names.list[i];
        if (name->kind != SEG_NAME_MODEL) continue;
        name->index = count;
        c->models[count++] = read_model(c, name);
    }
    c->rules->models = c->models;
}

/* ---- Inputs ---------------------------------------------------------------------------------- */

static seg_rule float_constant(double value) {
    return (seg_rule){.kind = SEG_RULE_CONST,
                      .type = {.type = SEG_FLOAT},
                      .constant = {.value = {.known = true, .as = {.f = value}}}};
}

/* 1 for a condition that holds, else 0. */
static const seg_rule *indicator(seg_checker *c, const seg_env *env, const seg_node *node,
                                 const seg_rule *condition) {
    const seg_rule *one = seg_check_make(c, env, node, false, float_constant(1));
    const seg_rule *zero = seg_check_make(c, env, node, false, float_constant(0));
    if (one == NULL || zero == NULL) return NULL;
    return seg_check_make(c, env, node, false,
                          (seg_rule){.kind = SEG_RULE_IF,
                                     .type = {.type = SEG_FLOAT},
                                     .operand_count = 3,
                                     .operands = {condition, one, zero}});
}

static const seg_rule *no_number(seg_checker *c, const seg_env *env, const seg_node *node,
                                 const seg_model_input *input, const seg_rule *rule) {
    seg_type_words words = seg_type_describe(rule->type);
    seg_diag *diag = seg_check_fault(c, env, SEG_DIAG_MODEL_INPUT, node->span,
                                     "the input `%.*s` is a number or a condition, and this is %s",
                                     SEG_TEXT_ARGS(input->name), words.text);
    seg_diag_help(c->diags, diag, "ask about it: `%.*s = plan == pro` gives 1 or 0",
                  SEG_TEXT_ARGS(input->name));
    return NULL;
}

static const seg_rule *no_value(seg_checker *c, const seg_env *env, const seg_node *node,
                                const seg_model_input *input) {
    seg_diag *diag = seg_check_fault(c, env, SEG_DIAG_MISSING_VALUE, node->span,
                                     "the input `%.*s` may be missing, and the model does not say what then",
                                     SEG_TEXT_ARGS(input->name));
    seg_diag_help(c->diags, diag,
                  "say what counts instead, `… ?? 0`; or the file does: {\"name\": \"%.*s\", \"missing\": 0}",
                  SEG_TEXT_ARGS(input->name));
    return NULL;
}

/* The input as a float, missing only where the model can do without it. `shown`: whose words explain it, or
 * NULL for its own. */
static const seg_rule *input_value(seg_checker *c, const seg_env *env, const seg_node *node,
                                   const seg_node *shown, const seg_model_input *input) {
    const seg_rule *rule = seg_check_expr(c, env, node, NULL);
    if (rule == NULL) return NULL;
    if (shown != NULL) rule = seg_check_make(c, env, shown, true, *rule);
    if (rule == NULL) return NULL;
    if (rule->type.type == SEG_BOOL && !rule->type.optional) return indicator(c, env, node, rule);
    if (rule->type.type == SEG_BOOL) return no_value(c, env, node, input);
    if (!seg_type_is_number(rule->type)) return no_number(c, env, node, input, rule);
    rule = seg_check_convert(c, env, node, rule, (seg_rule_type){.type = SEG_FLOAT});
    if (rule == NULL || !rule->type.optional) return rule;
    if (!input->has_stand_in) return input->is_needed ? no_value(c, env, node, input) : rule;
    const seg_rule *other = seg_check_make(c, env, node, false, float_constant(input->stand_in));
    if (other == NULL) return NULL;
    return seg_check_make(c, env, node, false,
                          (seg_rule){.kind = SEG_RULE_COALESCE,
                                     .type = {.type = SEG_FLOAT},
                                     .operand_count = 2,
                                     .operands = {rule, other}});
}

/* An input that the declaration says nothing about is what has its name in the workspace. */
static const seg_node *namesake(seg_checker *c, const seg_node *declaration, const seg_model_input *input) {
    const seg_node *file = declaration->first_child;
    if (seg_names_find(&c->names, input->name) == NULL) {
        seg_diag *diag = seg_check_fault(c, NULL, SEG_DIAG_MODEL_INPUT, file->span,
                                         "the model asks for `%.*s`, and nothing here has that name",
                                         SEG_TEXT_ARGS(input->name));
        seg_diag_help(c->diags, diag, "say what it is: `model %.*s from \"%.*s\" { %.*s = visits(30d) }`",
                      SEG_TEXT_ARGS(declaration->text), SEG_TEXT_ARGS(file->text),
                      SEG_TEXT_ARGS(input->name));
        return NULL;
    }
    seg_node *node = seg_arena_take(c->arena, sizeof *node);
    if (node != NULL)
        *node = (seg_node){
            .kind = SEG_NODE_NAME, .text = input->name, .span = file->span, .name_span = file->span};
    return node;
}

/* ---- Uses ------------------------------------------------------------------------------------ */

static const seg_rule *inputs_of(seg_checker *c, const seg_env *env, const seg_node *declaration,
                                 const seg_model *model) {
    const seg_rule *next = NULL;
    bool fault = false;
    for (uint32_t i = model->input_count; i-- > 0;) {
        const seg_model_input *input = &model->inputs[i];
        const seg_node *said = find_binding(declaration, input->name);
        const seg_name *other = said == NULL ? seg_names_find(&c->names, input->name) : NULL;
        seg_node shown = {.span = other != NULL ? other->node->name_span : declaration->span};
        const seg_node *node = said != NULL ? said->first_child : namesake(c, declaration, input);
        const seg_rule *value =
            node != NULL ? input_value(c, env, node, said == NULL ? &shown : NULL, input) : NULL;
        fault = fault || value == NULL;
        if (fault) continue;
        seg_rule given = {.kind = SEG_RULE_GIVEN,
                          .type = value->type,
                          .operand_count = next != NULL ? 2 : 1,
                          .operands = {value, next}};
        next = seg_check_make(c, env, node, false, given);
        fault = next == NULL;
    }
    return fault ? NULL : next;
}

const seg_rule *seg_check_model(seg_checker *c, const seg_env *env, const seg_node *node,
                                const seg_name *name) {
    const seg_model *model = c->models[name->index];
    seg_env inner;
    if (c->inside != NULL) {
        seg_check_fault(c, env, SEG_DIAG_WHERE_SCOPE, node->span,
                        "a model speaks of the profile, and this condition is about one event");
        return NULL;
    }
    if (model == NULL || !seg_check_open(c, env, name, node, &inner)) return NULL;
    /* Its inputs mean the same wherever it is used: what is proven here, and the value at hand of `for
     * some`, do not count. */
    const seg_proof *proofs = c->proofs;
    seg_each *each = c->each;
    bool asserted = c->asserted;
    c->proofs = NULL;
    c->each = NULL;
    c->asserted = true;
    const seg_rule *inputs = inputs_of(c, &inner, name->node, model);
    c->proofs = proofs;
    c->each = each;
    c->asserted = asserted;
    if (inputs == NULL) return NULL;
    return seg_check_make(c, env, node, true,
                          (seg_rule){.kind = SEG_RULE_MODEL,
                                     .type = {.type = SEG_FLOAT},
                                     .index = name->index,
                                     .operand_count = 1,
                                     .operands = {inputs}});
}

void seg_check_unused_model(seg_checker *c, const seg_name *name) {
    seg_env top = {NULL, NULL};
    seg_node use = {.kind = SEG_NODE_NAME, .text = name->text};
    (void)seg_check_model(c, &top, &use, name);
}
