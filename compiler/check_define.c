/* check_define.c - what defines, their parameters and params stand for. A define's body is checked again at
 * each use, with its parameters bound to the nodes of the use: so it means what it would mean there. */
#include "check.h"

/* ---- Kinds of parameters --------------------------------------------------------------------- */

typedef enum parameter_kind {
    KIND_WINDOW,
    KIND_DURATION,
    KIND_NUMBER,
    KIND_TEXT,
    KIND_TIME,
    KIND_DATE,
    KIND_EVENTS,
    KIND_CONDITION,
    KIND_NONE
} parameter_kind;

static const struct {
    const char *name;
    parameter_kind kind;
    const char *words;
} kinds[] = {
    {"window", KIND_WINDOW, "a window, as 30d or ever"},
    {"duration", KIND_DURATION, "a length of time, as 30d"},
    {"number", KIND_NUMBER, "a number"},
    {"text", KIND_TEXT, "text"},
    {"time", KIND_TIME, "a time"},
    {"date", KIND_DATE, "a date"},
    {"events", KIND_EVENTS, "the name of events"},
    {"condition", KIND_CONDITION, "a condition"},
    {"bool", KIND_CONDITION, "a condition"},
};
enum { kind_count = sizeof kinds / sizeof kinds[0] };

static parameter_kind kind_of(seg_text name, const char **words) {
    for (size_t i = 0; i < kind_count; i++) {
        if (!seg_text_same(seg_text_of(kinds[i].name), name)) continue;
        *words = kinds[i].words;
        return kinds[i].kind;
    }
    *words = "";
    return KIND_NONE;
}

bool seg_check_parameter_kind(seg_text kind) {
    const char *words;
    return kind_of(kind, &words) != KIND_NONE;
}

void seg_check_parameter_kinds(seg_guess *guess) {
    for (size_t i = 0; i < kind_count; i++) seg_guess_offer(guess, seg_text_of(kinds[i].name));
}

static bool kind_takes(parameter_kind kind, seg_rule_type type) {
    switch (kind) {
    case KIND_DURATION: return type.type == SEG_DURATION;
    case KIND_NUMBER: return seg_type_is_number(type);
    case KIND_TEXT: return type.type == SEG_TEXT || type.type == SEG_ENUM || type.type == SEG_ZONE;
    case KIND_TIME: return type.type == SEG_TIME;
    case KIND_DATE: return type.type == SEG_DATE;
    case KIND_CONDITION: return type.type == SEG_BOOL;
    default: return false;
    }
}

/* ---- Frames ---------------------------------------------------------------------------------- */

static uint32_t parameter_count(const seg_node *define) {
    uint32_t count = 0;
    for (const seg_node *p = define->first_child; p != NULL; p = p->next)
        count += p->kind == SEG_NODE_PARAMETER;
    return count;
}

const seg_node *seg_check_parameter(const seg_env *env, seg_text name) {
    if (env->frame == NULL) return NULL;
    for (const seg_node *p = env->frame->define->first_child; p != NULL; p = p->next)
        if (p->kind == SEG_NODE_PARAMETER && seg_text_same(p->text, name)) return p;
    return NULL;
}

const seg_node *seg_check_argument(seg_checker *c, const seg_env *env, const seg_node *parameter,
                                   seg_env *env_out) {
    const seg_frame *frame = env->frame;
    if (frame == NULL) return NULL;
    *env_out = frame->caller;
    const seg_node *argument = frame->call->first_child;
    for (const seg_node *p = frame->define->first_child; p != parameter && argument != NULL; p = p->next)
        if (p->kind == SEG_NODE_PARAMETER) argument = argument->next;
    /* A condition that is handed into a `where` speaks of the event there. */
    const char *words;
    const seg_node *kind = parameter->first_child;
    if (env_out->events == NULL && kind != NULL && kind_of(kind->text, &words) == KIND_CONDITION)
        env_out->events = c->inside;
    return argument;
}

static bool circle(seg_checker *c, const seg_env *env, const seg_name *name, const seg_node *call) {
    const seg_frame *first = NULL;
    for (const seg_frame *f = env->frame; f != NULL && first == NULL; f = f->caller.frame)
        if (f->define == name->node) first = f;
    if (first == NULL) return false;
    seg_diag *diag =
        seg_check_fault(c, NULL, SEG_DIAG_CIRCLE, name->node->name_span,
                        "the definition of `%.*s` leads back to itself", SEG_TEXT_ARGS(name->text));
    /* From `first` on, in the order of the uses; the frames hang together from the last to the first. */
    enum { SHOWN = 20 };
    const seg_node *uses[SHOWN + 1], *users[SHOWN + 1];
    uint32_t count = 0;
    uses[count] = call;
    users[count++] = env->frame->define;
    for (const seg_frame *f = env->frame; f != first && count <= SHOWN; f = f->caller.frame) {
        uses[count] = f->call;
        users[count++] = f->caller.frame->define;
    }
    while (count-- > 0)
        seg_diag_note_add(c->diags, diag, uses[count]->span, "`%.*s` uses `%.*s` here",
                          SEG_TEXT_ARGS(users[count]->text),
                          SEG_TEXT_ARGS(count > 0 ? users[count - 1]->text : name->text));
    return true;
}

/* The environment of a define's body at one use. The arguments' number must fit. */
bool seg_check_open(seg_checker *c, const seg_env *env, const seg_name *name, const seg_node *call,
                    seg_env *env_out) {
    if (c->limit_told) return false;
    uint32_t depth = env->frame != NULL ? env->frame->depth + 1 : 1;
    if (depth > SEG_CHECK_DEPTH_LIMIT) {
        seg_check_too_deep(c, call->span);
        return false;
    }
    if (circle(c, env, name, call)) return false;
    uint32_t wanted = parameter_count(name->node);
    uint32_t given = call->kind == SEG_NODE_CALL ? call->child_count - 1 : 0;
    bool has_where = call->kind == SEG_NODE_CALL && call->last_child->kind == SEG_NODE_WHERE;
    if (given != wanted || has_where) {
        seg_diag *diag =
            has_where
                ? seg_check_fault(c, env, SEG_DIAG_ARGUMENTS, call->last_child->span,
                                  "`%.*s` is a definition and takes no `where`", SEG_TEXT_ARGS(name->text))
                : seg_check_fault(c, env, SEG_DIAG_ARGUMENTS, call->span,
                                  "`%.*s` takes %u %s, and %u %s given here", SEG_TEXT_ARGS(name->text),
                                  wanted, wanted == 1 ? "value" : "values", given, given == 1 ? "is" : "are");
        seg_check_note_name(c, diag, name);
        return false;
    }
    seg_frame *frame = seg_arena_take(c->arena, sizeof *frame);
    if (frame == NULL) return false;
    const seg_frame *outer = seg_check_use(env);
    *frame = (seg_frame){name->node, call, *env, outer != NULL ? outer->use : call->span, depth};
    *env_out = (seg_env){frame, NULL};
    return true;
}

static const seg_node *body_of(const seg_node *define) { return define->last_child; }

bool seg_check_resolve(seg_checker *c, const seg_env *env, const seg_node *node, seg_env *env_out,
                       const seg_node **out) {
    *env_out = *env;
    *out = node;
    while (node->kind == SEG_NODE_NAME) {
        if (c->steps++ >= SEG_CHECK_STEP_LIMIT) {
            seg_check_too_large(c, node->span);
            return false;
        }
        const seg_node *parameter = seg_check_parameter(env_out, node->text);
        if (parameter != NULL) {
            seg_env at = *env_out;
            node = seg_check_argument(c, &at, parameter, env_out);
            if (node == NULL) return false;
        } else {
            seg_name *name = seg_names_find(&c->names, node->text);
            if (name == NULL) break;
            name->used = true;
            if (name->kind == SEG_NAME_PARAM && name->value != NULL) {
                *env_out = (seg_env){NULL, NULL};
                node = name->value;
            } else if (name->kind == SEG_NAME_DEFINE && parameter_count(name->node) == 0) {
                seg_env at = *env_out;
                if (!seg_check_open(c, &at, name, node, env_out)) return false;
                node = body_of(name->node);
            } else {
                break;
            }
        }
        *out = node;
    }
    return true;
}

/* ---- Values ---------------------------------------------------------------------------------- */

static const seg_rule *shown(seg_checker *c, const seg_env *env, const seg_rule *rule) {
    /* The whole body is what the reader wrote as one name. */
    if (rule == NULL || rule->written || seg_check_use(env) != NULL) return rule;
    seg_rule copy = *rule;
    copy.written = true;
    seg_node node = {.span = rule->span};
    return seg_check_make(c, env, &node, true, copy);
}

const seg_rule *seg_check_expand(seg_checker *c, const seg_env *env, const seg_name *name,
                                 const seg_node *call, const seg_rule_type *want) {
    seg_env inner;
    if (!seg_check_open(c, env, name, call, &inner)) return NULL;
    return shown(c, env, seg_check_expr(c, &inner, body_of(name->node), want));
}

const seg_rule *seg_check_bound(seg_checker *c, const seg_env *env, const seg_node *node,
                                const seg_node *parameter, const seg_rule_type *want) {
    seg_env outer;
    const char *words;
    parameter_kind kind =
        parameter->first_child != NULL ? kind_of(parameter->first_child->text, &words) : KIND_NONE;
    if (kind == KIND_NONE) return NULL; /* told where it is declared */
    const seg_node *argument = seg_check_argument(c, env, parameter, &outer);
    if (argument == NULL) return NULL;
    if (kind == KIND_WINDOW || kind == KIND_EVENTS) {
        seg_check_fault(c, env, SEG_DIAG_NAME_KIND, node->span, "`%.*s` is %s, not a value",
                        SEG_TEXT_ARGS(parameter->text), words);
        return NULL;
    }
    const seg_rule *rule = seg_check_expr(c, &outer, argument, want);
    if (rule == NULL || kind_takes(kind, rule->type)) return rule;
    seg_type_words given = seg_type_describe(rule->type);
    seg_diag *diag = seg_check_fault(
        c, &outer, SEG_DIAG_ARGUMENTS, argument->span, "`%.*s` of `%.*s` must be %s, and this is %s",
        SEG_TEXT_ARGS(parameter->text), SEG_TEXT_ARGS(env->frame->define->text), words, given.text);
    seg_diag_note_add(c->diags, diag, parameter->span, "`%.*s` is declared here",
                      SEG_TEXT_ARGS(parameter->text));
    return NULL;
}

/* Does the body speak of a field of one event, for an aggregate around it? */
static bool has_bare_field(const seg_node *node) {
    if (node->kind == SEG_NODE_MEMBER) return true;
    if (node->kind == SEG_NODE_CALL || node->kind == SEG_NODE_ACTIVE_DAYS || node->kind == SEG_NODE_GAP)
        return false;
    for (const seg_node *child = node->first_child; child != NULL; child = child->next)
        if (has_bare_field(child)) return true;
    return false;
}

void seg_check_unused(seg_checker *c, const seg_name *name) {
    if (parameter_count(name->node) != 0) return;
    seg_env top = {NULL, NULL}, env, at;
    const seg_node *node;
    seg_node *call = seg_arena_take(c->arena, sizeof *call); /* a use at no place, so that no note shows it */
    if (call == NULL) return;
    *call = (seg_node){.kind = SEG_NODE_NAME, .text = name->text};
    c->proofs = NULL;
    c->asserted = true; /* as kindly as any use could be */
    if (!seg_check_open(c, &top, name, call, &env)) return;
    if (!seg_check_resolve(c, &env, body_of(name->node), &at, &node)) return;
    if (seg_check_is_window(node)) {
        seg_rule_facts facts = {0};
        (void)seg_check_window(c, &at, node, &facts);
    } else if (has_bare_field(node)) {
        seg_check_field_value(c, &at, node);
    } else if (node->kind != SEG_NODE_NAME || seg_check_find_events(c, &at, node) == NULL) {
        (void)seg_check_expr(c, &at, node, NULL);
    }
}
