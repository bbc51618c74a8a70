/* check_fault.c - how the checker tells what is wrong. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "check.h"

static bool told_before(const seg_diags *diags, seg_diag_code code, seg_span span, seg_diag **out) {
    for (seg_diag *d = diags->first; d != NULL; d = d->next) {
        if (d->code != code || d->span.source != span.source || d->span.first != span.first ||
            d->span.end != span.end)
            continue;
        *out = d;
        return span.source != NULL;
    }
    return false;
}

seg_diag *seg_check_fault(seg_checker *c, const seg_env *env, seg_diag_code code, seg_span span,
                          const char *format, ...) {
    static const seg_diag nothing;
    seg_diag *diag;
    if (told_before(c->diags, code, span, &diag)) {
        /* What the caller adds to it would be there twice. */
        seg_diag *spare = seg_arena_take(c->arena, sizeof *spare);
        if (spare == NULL) return diag;
        *spare = nothing;
        return spare;
    }
    char message[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    diag = seg_diag_add(c->diags, code, span, "%s", message);
    const seg_frame *use = env != NULL ? seg_check_use(env) : NULL;
    if (use != NULL && use->use.source != NULL)
        seg_diag_note_add(c->diags, diag, use->use, "`%.*s` is used here", SEG_TEXT_ARGS(use->define->text));
    return diag;
}

const char *seg_check_kind_words(const seg_name *name) {
    switch (name->kind) {
    case SEG_NAME_ATTRIBUTE: return "an attribute";
    case SEG_NAME_EVENT: return "an event";
    case SEG_NAME_UNION: return "a group of events";
    case SEG_NAME_DERIVED: return "an event made of events";
    case SEG_NAME_DEFINE: return "a definition";
    case SEG_NAME_PARAM: return "a param";
    case SEG_NAME_MODEL: return "a model";
    case SEG_NAME_NATIVE: return "a native function";
    case SEG_NAME_FAMILY: return "a family of segments";
    case SEG_NAME_STAGES: return "the name of stages";
    case SEG_NAME_POLICY: return "a policy";
    case SEG_NAME_GROUP: return "a group of profiles";
    default: return name->group != NULL ? "a stage" : "a segment";
    }
}

void seg_check_note_name(seg_checker *c, seg_diag *diag, const seg_name *name) {
    seg_diag_note_add(c->diags, diag, name->node->name_span, "`%.*s` is declared here, as %s",
                      SEG_TEXT_ARGS(name->text), seg_check_kind_words(name));
}

void seg_check_guess(seg_checker *c, seg_diag *diag, seg_span span, const seg_guess *guess) {
    if (!seg_guess_found(guess)) return;
    seg_diag_help(c->diags, diag, "did you mean `%.*s`?", SEG_TEXT_ARGS(guess->best));
    seg_diag_edit(c->diags, diag, span, "%.*s", SEG_TEXT_ARGS(guess->best));
}

static void offer_scope(seg_checker *c, const seg_env *env, seg_guess *guess) {
    if (env->events != NULL)
        for (uint32_t e = 0; e < env->events->count; e++) {
            const seg_rule_event *event = &c->events[env->events->events[e]];
            for (uint32_t i = 0; i < event->field_count; i++) seg_guess_offer(guess, event->fields[i].name);
        }
    if (env->frame != NULL)
        for (const seg_node *p = env->frame->define->first_child; p != NULL; p = p->next)
            if (p->kind == SEG_NODE_PARAMETER) seg_guess_offer(guess, p->text);
}

static bool among_kinds(unsigned among, uint8_t kind) {
    switch (kind) {
    case SEG_NAME_ATTRIBUTE:
    case SEG_NAME_MODEL:
    case SEG_NAME_PARAM: return (among & SEG_GUESS_VALUES) != 0;
    case SEG_NAME_EVENT:
    case SEG_NAME_DERIVED:
    case SEG_NAME_UNION: return (among & SEG_GUESS_EVENTS) != 0;
    case SEG_NAME_NATIVE:
    case SEG_NAME_DEFINE: return (among & (SEG_GUESS_VALUES | SEG_GUESS_EVENTS)) != 0;
    case SEG_NAME_GROUP: return (among & SEG_GUESS_GROUPS) != 0;
    default: return (among & SEG_GUESS_SEGMENTS) != 0 && (kind == SEG_NAME_SEGMENT);
    }
}

void seg_check_unknown(seg_checker *c, const seg_env *env, const seg_node *node, const seg_rule_type *want,
                       unsigned among, const char *expected) {
    seg_diag *diag = seg_check_fault(c, env, SEG_DIAG_NAME_UNKNOWN, node->name_span, "there is no %s `%.*s`",
                                     expected, SEG_TEXT_ARGS(node->text));
    /* Guessing costs time for each name of the workspace: the first hundred faults get one. */
    if (c->guesses++ >= 100) return;
    seg_guess guess;
    seg_guess_init(&guess, node->text);
    if (want != NULL && want->type == SEG_ENUM)
        for (uint32_t i = 0; i < want->enumeration->count; i++)
            seg_guess_offer(&guess, want->enumeration->names[i]);
    if ((among & SEG_GUESS_VALUES) != 0) offer_scope(c, env, &guess);
    if ((among & SEG_GUESS_FUNCTIONS) != 0)
        for (const char *const *f = seg_check_functions; *f != NULL; f++)
            seg_guess_offer(&guess, seg_text_of(*f));
    for (uint32_t i = 0; i < c->names.count; i++)
        if (among_kinds(among, c->names.list[i].kind)) seg_guess_offer(&guess, c->names.list[i].text);
    seg_check_guess(c, diag, node->name_span, &guess);
    if (!seg_guess_found(&guess)) return;
    const seg_name *meant = seg_names_find(&c->names, guess.best);
    if (meant != NULL) seg_check_note_name(c, diag, meant);
}

seg_check_text seg_check_source(seg_span span) {
    seg_check_text out = {"…"};
    if (span.source == NULL || span.end <= span.first) return out;
    uint32_t size = span.end - span.first;
    const char *bytes = span.source->bytes + span.first;
    if (size > 80 || memchr(bytes, '\n', size) != NULL || memchr(bytes, '`', size) != NULL) return out;
    memcpy(out.text, bytes, size);
    out.text[size] = '\0';
    return out;
}

void seg_check_too_deep(seg_checker *c, seg_span span) {
    if (!c->limit_told)
        seg_check_fault(c, NULL, SEG_DIAG_RULE_LIMIT, span,
                        "definitions and conditions stand in each other more than %u deep",
                        SEG_CHECK_DEPTH_LIMIT);
    c->limit_told = true;
}

void seg_check_too_large(seg_checker *c, seg_span span) {
    if (!c->limit_told)
        seg_check_fault(c, NULL, SEG_DIAG_RULE_LIMIT, span,
                        "with all definitions put in, the rules have more than %u parts",
                        SEG_CHECK_STEP_LIMIT);
    c->limit_told = true;
}

bool seg_check_enter(seg_checker *c, const seg_node *node) {
    if (++c->steps > SEG_CHECK_STEP_LIMIT) {
        seg_check_too_large(c, node->span);
        return false;
    }
    if (c->depth >= SEG_CHECK_DEPTH_LIMIT) {
        seg_check_too_deep(c, node->span);
        return false;
    }
    c->depth++;
    return true;
}

void seg_check_leave(seg_checker *c) { c->depth--; }

static void missing_of_events(seg_checker *c, seg_diag *diag, const seg_rule *rule, const char *source) {
    const seg_rule_facts *facts = rule->facts;
    seg_text event = c->events[facts->events[0]].name;
    const char *window = facts->window == SEG_RULE_EVER && facts->where == NULL ? "ever" : "…";
    if (facts->event_count != 1)
        seg_diag_help(
            c->diags, diag,
            "ask first whether there is one, `any …(%s) and …`, or say what counts instead: `%s ?? …`",
            window, source);
    else
        seg_diag_help(
            c->diags, diag,
            "ask first whether there is one, `any %.*s(%s) and …`, or say what counts instead: `%s ?? …`",
            SEG_TEXT_ARGS(event), window, source);
}

static bool mentions(const seg_node *node, seg_text name) {
    if (node->kind == SEG_NODE_NAME || node->kind == SEG_NODE_CALL)
        if (seg_text_same(node->text, name)) return true;
    for (const seg_node *child = node->first_child; child != NULL; child = child->next)
        if (mentions(child, name)) return true;
    return false;
}

/* Could the condition `fault`, had it been right, have asked whether `value` is there? It could when both
 * mention a name, or when it mentions what stands for something else, or for nothing. */
static bool may_ask(seg_checker *c, const seg_node *fault, const seg_node *value, uint32_t *budget) {
    if (*budget == 0 || fault->kind == SEG_NODE_ERROR) return true;
    --*budget;
    if (fault->kind == SEG_NODE_NAME || fault->kind == SEG_NODE_CALL) {
        const seg_name *name = seg_names_find(&c->names, fault->text);
        bool other = name == NULL ? !seg_check_reserved(fault->text) : name->kind == SEG_NAME_DEFINE;
        if (other || mentions(value, fault->text)) return true;
    }
    for (const seg_node *child = fault->first_child; child != NULL; child = child->next)
        if (may_ask(c, child, value, budget)) return true;
    return false;
}

void seg_check_missing(seg_checker *c, const seg_env *env, const seg_node *node, const seg_rule *rule) {
    for (const seg_doubt *doubt = c->doubts; doubt != NULL; doubt = doubt->outer) {
        uint32_t budget = 1000;
        if (may_ask(c, doubt->node, node, &budget)) return;
    }
    seg_check_text source = seg_check_source(node->span);
    seg_diag *diag =
        seg_check_fault(c, env, SEG_DIAG_MISSING_VALUE, node->span, "`%s` may be missing", source.text);
    seg_diag_label(c->diags, diag, "is the profile in or out when there is no value?");
    while (rule->kind == SEG_RULE_CONVERT) rule = rule->operands[0];
    switch (rule->kind) {
    case SEG_RULE_FIRST:
    case SEG_RULE_LAST:
    case SEG_RULE_AVG:
    case SEG_RULE_MIN:
    case SEG_RULE_MAX:
        if (rule->operand_count == 0 || !rule->operands[0]->type.optional) {
            missing_of_events(c, diag, rule, source.text);
            return;
        }
        break;
    case SEG_RULE_DIV:
    case SEG_RULE_MOD:
        seg_diag_help(
            c->diags, diag,
            "there is no result when the divisor is 0: ask first whether it is more than 0, or say what "
            "counts instead: `(%s) ?? 0`",
            source.text);
        return;
    case SEG_RULE_ATTRIBUTE: {
        const seg_rule_field *field = &c->attributes[rule->index];
        seg_diag_note_add(c->diags, diag, field->span, "`%.*s` is declared here with `?`: it may be missing",
                          SEG_TEXT_ARGS(field->name));
        break;
    }
    default: break;
    }
    if (rule->type.type == SEG_BOOL) {
        seg_diag_help(c->diags, diag, "say what a missing value means: `%s ?? false`", source.text);
        seg_diag_edit(c->diags, diag, (seg_span){node->span.source, node->span.end, node->span.end},
                      " ?? false");
        return;
    }
    seg_diag_help(c->diags, diag, "ask first, `%s is known and …`, or say what counts instead: `%s ?? …`",
                  source.text, source.text);
}
