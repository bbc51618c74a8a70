/* check_member.c - segments that families and stages make, and references to segments. */
#include <string.h>

#include "check.h"
#include "constant.h"

#define SEG_CHECK_MEMBER_LIMIT 100u /* stages of a lifecycle, values of a family */

/* ---- Families -------------------------------------------------------------------------------- */

const seg_node *seg_check_family(const seg_node *segment) {
    const seg_node *family = segment->first_child != NULL ? segment->first_child->next : NULL;
    return family != NULL && family->kind == SEG_NODE_FAMILY ? family : NULL;
}

static const seg_node *values_of(const seg_node *family) {
    const seg_node *list = family->last_child;
    return list != NULL && list->kind == SEG_NODE_LIST ? list : NULL;
}

static bool number_of(const seg_node *node, int64_t *mantissa, uint8_t *scale) {
    bool negative = node->kind == SEG_NODE_NEGATE;
    if (negative) node = node->first_child;
    if (node->kind != SEG_NODE_NUMBER || !seg_constant_number(node->text, mantissa, scale)) return false;
    if (negative) *mantissa = -*mantissa;
    while (*scale > 0 && *mantissa % 10 == 0) {
        *mantissa /= 10;
        --*scale;
    }
    return true;
}

static bool same_value(const seg_node *a, const seg_node *b) {
    int64_t left, right;
    uint8_t left_scale, right_scale;
    if (number_of(a, &left, &left_scale))
        return number_of(b, &right, &right_scale) && left == right && left_scale == right_scale;
    if (a->kind != b->kind) return false;
    switch (a->kind) {
    case SEG_NODE_DURATION: return a->months == b->months && a->number == b->number;
    case SEG_NODE_DATE:
    case SEG_NODE_TIME: return a->number == b->number && a->flags == b->flags;
    case SEG_NODE_STRING:
    case SEG_NODE_NAME: return seg_text_same(a->text, b->text);
    default: return false;
    }
}

/* Whether a value may stand in the list of a family whose parameter is of this kind. */
static bool value_fits(seg_text kind, const seg_node *value) {
    static const struct {
        const char *kind;
        seg_node_kind values[2];
    } fitting[] = {
        {"window", {SEG_NODE_DURATION, SEG_NODE_DURATION}},
        {"duration", {SEG_NODE_DURATION, SEG_NODE_DURATION}},
        {"number", {SEG_NODE_NUMBER, SEG_NODE_NEGATE}},     {"text", {SEG_NODE_STRING, SEG_NODE_NAME}},
        {"time", {SEG_NODE_TIME, SEG_NODE_TIME}},           {"date", {SEG_NODE_DATE, SEG_NODE_DATE}},
        {"events", {SEG_NODE_NAME, SEG_NODE_NAME}},
    };
    int64_t mantissa;
    uint8_t scale;
    if (value->kind == SEG_NODE_NEGATE && !number_of(value, &mantissa, &scale)) return false;
    for (size_t i = 0; i < sizeof fitting / sizeof fitting[0]; i++)
        if (seg_text_same(kind, seg_text_of(fitting[i].kind)))
            return value->kind == fitting[i].values[0] || value->kind == fitting[i].values[1];
    return false;
}

static seg_text source_text(const seg_node *node) {
    return (seg_text){node->span.source->bytes + node->span.first, node->span.end - node->span.first};
}

/* `prefix` before `between`, `inner`, and `last`: lapsed(14d), lifecycle.vip. */
static seg_text compose(seg_checker *c, seg_text prefix, const char *between, seg_text inner,
                        const char *last) {
    seg_buffer text;
    seg_buffer_init(&text, c->arena->allocator);
    seg_buffer_add(&text, prefix.bytes, prefix.size_bytes);
    seg_buffer_text(&text, between);
    seg_buffer_add(&text, inner.bytes, inner.size_bytes);
    seg_buffer_text(&text, last);
    seg_text out = {"", 0};
    const char *bytes = text.failed ? NULL : seg_arena_copy(c->arena, text.bytes, text.size_bytes);
    if (bytes != NULL) out = (seg_text){bytes, text.size_bytes};
    seg_buffer_free(&text);
    return out;
}

static bool check_family(seg_checker *c, const seg_node *family, const seg_node *list) {
    const seg_node *parameter = family->first_child;
    if (parameter == NULL || parameter->kind != SEG_NODE_PARAMETER || list == NULL) return false;
    const seg_node *name = parameter->next;
    if (name->kind == SEG_NODE_PARAMETER || name->kind == SEG_NODE_ERROR) {
        seg_check_fault(c, NULL, SEG_DIAG_FAMILY, name->span, "a family has one value, and this is another");
        return false;
    }
    if (!seg_text_same(name->text, parameter->text)) {
        seg_diag *diag = seg_check_fault(c, NULL, SEG_DIAG_FAMILY, name->span,
                                         "the value of `%.*s` is `%.*s`, and the list is for `%.*s`",
                                         SEG_TEXT_ARGS(family->text), SEG_TEXT_ARGS(parameter->text),
                                         SEG_TEXT_ARGS(name->text));
        seg_diag_edit(c->diags, diag, name->span, "%.*s", SEG_TEXT_ARGS(parameter->text));
    }
    if (list->child_count == 0 || list->child_count > SEG_CHECK_MEMBER_LIMIT) {
        seg_check_fault(c, NULL, SEG_DIAG_FAMILY, list->span, "a family has 1 to %u values",
                        SEG_CHECK_MEMBER_LIMIT);
        return false;
    }
    return true;
}

static bool check_value(seg_checker *c, const seg_node *family, const seg_node *list, const seg_node *value) {
    seg_text kind = family->first_child->first_child->text;
    if (value->kind == SEG_NODE_ERROR) return false;
    if (!value_fits(kind, value)) {
        seg_diag *diag =
            seg_check_fault(c, NULL, SEG_DIAG_FAMILY, value->span,
                            "this is not a fixed value of the kind `%.*s`", SEG_TEXT_ARGS(kind));
        seg_diag_note_add(c->diags, diag, family->first_child->span, "`%.*s` is declared here",
                          SEG_TEXT_ARGS(family->first_child->text));
        if (!seg_check_parameter_kind(kind) || seg_text_same(kind, seg_text_of("condition")) ||
            seg_text_same(kind, seg_text_of("bool")))
            seg_diag_help(c->diags, diag,
                          "the value of a family is a duration, window, number, text, time, date or events");
        return false;
    }
    for (const seg_node *before = list->first_child; before != value; before = before->next) {
        if (!same_value(before, value)) continue;
        seg_diag *diag = seg_check_fault(c, NULL, SEG_DIAG_FAMILY, value->span, "this value is there twice");
        seg_diag_note_add(c->diags, diag, before->span, "the first stands here");
        return false;
    }
    return true;
}

static uint32_t family_members(seg_checker *c, const seg_node *segment, seg_name **out) {
    const seg_node *family = seg_check_family(segment), *list = values_of(family);
    if (!check_family(c, family, list)) return 0;
    seg_name *names = seg_arena_take_array(c->arena, list->child_count + 1u, sizeof *names);
    if (names == NULL) return 0;
    uint32_t count = 0;
    for (const seg_node *value = list->first_child; value != NULL; value = value->next)
        if (check_value(c, family, list, value))
            names[count++] = (seg_name){.text = compose(c, segment->text, "(", source_text(value), ")"),
                                        .kind = SEG_NAME_SEGMENT,
                                        .node = segment,
                                        .value = value};
    *out = names;
    return count;
}

bool seg_check_segment_env(seg_checker *c, const seg_name *name, seg_env *out) {
    *out = (seg_env){NULL, NULL};
    if (name->value == NULL) return true;
    seg_frame *frame = seg_arena_take(c->arena, sizeof *frame);
    seg_node *call = seg_arena_take(c->arena, sizeof *call), *value = seg_arena_take(c->arena, sizeof *value);
    if (frame == NULL || call == NULL || value == NULL) return false;
    *value = *name->value;
    value->next = NULL;
    *call = (seg_node){.kind = SEG_NODE_CALL, .span = value->span, .text = name->text};
    seg_tree_append(call, value);
    *frame = (seg_frame){.define = seg_check_family(name->node), .call = call, .use = value->span};
    out->frame = frame;
    return true;
}

/* ---- Stages ---------------------------------------------------------------------------------- */

static uint32_t stage_members(seg_checker *c, const seg_node *stages, seg_name **out) {
    seg_name *names = seg_arena_take_array(c->arena, stages->child_count + 1u, sizeof *names);
    if (names == NULL) return 0;
    uint32_t count = 0;
    for (const seg_node *stage = stages->first_child; stage != NULL; stage = stage->next)
        if (stage->kind == SEG_NODE_STAGE)
            names[count++] = (seg_name){.text = compose(c, stages->text, ".", stage->text, ""),
                                        .kind = SEG_NAME_SEGMENT,
                                        .node = stage,
                                        .group = stages};
    if (count > SEG_CHECK_MEMBER_LIMIT) {
        seg_check_fault(c, NULL, SEG_DIAG_RULE_LIMIT, stages->name_span, "there are at most %u stages",
                        SEG_CHECK_MEMBER_LIMIT);
        return 0;
    }
    *out = names;
    return count;
}

static const seg_name *stage_name(seg_checker *c, const seg_node *stages, const seg_node *stage) {
    const seg_name *name = seg_names_find(&c->names, compose(c, stages->text, ".", stage->text, ""));
    return name != NULL && name->node == stage ? name : NULL;
}

static const seg_rule *refer(seg_checker *c, const seg_env *env, const seg_node *node, const seg_name *to) {
    const seg_frame *use = seg_check_use(env);
    c->touches_facts = true;
    seg_check_refer(c, to->index, use != NULL ? use->use : node->span);
    return seg_check_make(
        c, env, node, true,
        (seg_rule){.kind = SEG_RULE_SEGMENT, .type = seg_type_plain(SEG_BOOL), .index = to->index});
}

/* `not in NAME`, which explain shows in these words though nobody wrote them. */
static const seg_rule *refer_not(seg_checker *c, const seg_env *env, const seg_node *node,
                                 const seg_name *to) {
    const seg_rule *in = refer(c, env, node, to);
    if (in != NULL) in = seg_check_hidden(c, in);
    seg_text words = compose(c, seg_text_of("not in "), "", to->text, "");
    const seg_source *source = seg_source_new(c->arena, "", words.bytes, words.size_bytes);
    if (in == NULL || source == NULL) return NULL;
    seg_node shown = {.span = {source, 0, (uint32_t)words.size_bytes}};
    return seg_check_not(c, env, &shown, true, in);
}

/* A stage is whoever is in none of the earlier ones and fulfils its condition, which may rely on the
 * conditions before it being false. */
void seg_check_stages(seg_checker *c, const seg_name *first, const seg_rule **rules) {
    const seg_env top = {NULL, NULL};
    const seg_node *stages = first->group;
    const seg_proof *proofs = NULL;
    for (const seg_node *stage = stages->first_child; stage != NULL; stage = stage->next) {
        const seg_name *name = stage->kind == SEG_NODE_STAGE ? stage_name(c, stages, stage) : NULL;
        if (name == NULL) continue;
        if (rules[name->index] != NULL) return; /* all of them were read with another one */
        c->segment = name->index;
        const seg_rule *rule = NULL;
        bool fault = false;
        for (const seg_node *before = stages->first_child; before != stage; before = before->next) {
            const seg_name *earlier = before->kind == SEG_NODE_STAGE ? stage_name(c, stages, before) : NULL;
            if (earlier == NULL) continue;
            seg_node shown = {.span = before->name_span};
            const seg_rule *other = refer_not(c, &top, &shown, earlier);
            rule = rule == NULL ? other : seg_check_pair(c, &top, stage, false, SEG_RULE_AND, rule, other);
        }
        if (stage->last_child->kind != SEG_NODE_NONE) {
            c->proofs = proofs;
            c->asserted = true;
            const seg_rule *own = seg_check_condition(c, &top, stage->last_child);
            fault = own == NULL;
            if (!fault) proofs = seg_proof_assume(c->arena, proofs, own, false, 0);
            rule = rule == NULL ? own : seg_check_pair(c, &top, stage, true, SEG_RULE_AND, rule, own);
        }
        rules[name->index] = fault ? NULL : rule;
    }
    c->proofs = NULL;
}

/* ---- Both ------------------------------------------------------------------------------------ */

uint32_t seg_check_members(seg_checker *c, const seg_node *node, seg_name **out) {
    return node->kind == SEG_NODE_STAGES ? stage_members(c, node, out) : family_members(c, node, out);
}

static seg_text own_title(const seg_node *node) {
    const seg_node *title = node->first_child;
    return title != NULL && title->kind == SEG_NODE_STRING ? title->text : (seg_text){NULL, 0};
}

/* A title with {n} in it has the value there. */
static seg_text title_with(seg_checker *c, seg_text title, seg_text parameter, const seg_node *value) {
    seg_text shown = value->kind == SEG_NODE_STRING ? value->text : source_text(value);
    for (size_t i = 0; i + parameter.size_bytes + 2 <= title.size_bytes; i++) {
        const char *at = title.bytes + i;
        if (at[0] != '{' || at[parameter.size_bytes + 1] != '}' ||
            memcmp(at + 1, parameter.bytes, parameter.size_bytes) != 0)
            continue;
        seg_text before = {title.bytes, i}, after = {at + parameter.size_bytes + 2, 0};
        after.size_bytes = title.size_bytes - i - parameter.size_bytes - 2;
        return compose(c, compose(c, before, "", shown, ""), "", after, "");
    }
    return title;
}

seg_text seg_check_title(seg_checker *c, const seg_name *name) {
    seg_text title = own_title(name->node);
    if (name->group != NULL) {
        seg_text group = own_title(name->group);
        if (title.bytes != NULL) return title;
        return group.bytes != NULL ? compose(c, group, ": ", name->node->text, "") : name->text;
    }
    if (title.bytes == NULL) return name->text;
    if (name->value == NULL) return title;
    return title_with(c, title, seg_check_family(name->node)->first_child->text, name->value);
}

/* ---- References ------------------------------------------------------------------------------ */

static void tell_values(seg_checker *c, seg_diag *diag, const seg_name *base) {
    seg_buffer text;
    seg_buffer_init(&text, c->arena->allocator);
    const seg_node *list = values_of(seg_check_family(base->node));
    const seg_node *value = list != NULL ? list->first_child : NULL;
    for (; value != NULL && text.size_bytes <= 200; value = value->next) {
        seg_text one = source_text(value);
        seg_buffer_format(&text, "%s`in %.*s(%.*s)`", text.size_bytes != 0 ? ", " : "",
                          SEG_TEXT_ARGS(base->text), SEG_TEXT_ARGS(one));
    }
    if (!text.failed && text.size_bytes != 0)
        seg_diag_help(c->diags, diag, "its segments are %.*s", (int)text.size_bytes, text.bytes);
    seg_buffer_free(&text);
}

static void tell_stages(seg_checker *c, seg_diag *diag, const seg_name *base, seg_span span, seg_text wrong) {
    seg_guess guess;
    seg_guess_init(&guess, wrong);
    const seg_node *first = NULL;
    for (const seg_node *stage = base->node->first_child; stage != NULL; stage = stage->next) {
        if (stage->kind != SEG_NODE_STAGE) continue;
        if (first == NULL) first = stage;
        const seg_name *name = stage_name(c, base->node, stage);
        if (name != NULL) seg_guess_offer(&guess, name->text);
    }
    if (wrong.size_bytes != base->text.size_bytes && seg_guess_found(&guess)) {
        seg_check_guess(c, diag, span, &guess);
        return;
    }
    if (first != NULL)
        seg_diag_help(c->diags, diag, "say which stage: `in %.*s.%.*s`", SEG_TEXT_ARGS(base->text),
                      SEG_TEXT_ARGS(first->text));
}

/* What stands before `.` or `(`. */
static seg_text base_of(seg_text text) {
    size_t size = 0;
    while (size < text.size_bytes && text.bytes[size] != '.' && text.bytes[size] != '(') size++;
    return (seg_text){text.bytes, size};
}

static void tell_segment(seg_checker *c, const seg_env *env, const seg_node *node, const seg_name *base) {
    seg_text text = node->text;
    bool bare = base == NULL || base->text.size_bytes == text.size_bytes;
    if (base == NULL) {
        seg_check_unknown(c, env, node, NULL, SEG_GUESS_SEGMENTS, "segment");
        return;
    }
    seg_diag *diag;
    if (base->kind == SEG_NAME_STAGES && (bare || text.bytes[base->text.size_bytes] == '.')) {
        diag = bare ? seg_check_fault(c, env, SEG_DIAG_NAME_KIND, node->name_span,
                                      "`%.*s` is the name of stages, not a segment", SEG_TEXT_ARGS(text))
                    : seg_check_fault(c, env, SEG_DIAG_NAME_UNKNOWN, node->name_span,
                                      "there is no stage `%.*s`", SEG_TEXT_ARGS(text));
        tell_stages(c, diag, base, node->name_span, text);
    } else if (base->kind == SEG_NAME_FAMILY && (bare || text.bytes[base->text.size_bytes] == '(')) {
        diag = bare ? seg_check_fault(c, env, SEG_DIAG_NAME_KIND, node->name_span,
                                      "`%.*s` is a family of segments: for which value?", SEG_TEXT_ARGS(text))
                    : seg_check_fault(c, env, SEG_DIAG_VALUE_UNKNOWN, node->name_span,
                                      "the family `%.*s` has no segment for this value",
                                      SEG_TEXT_ARGS(base->text));
        tell_values(c, diag, base);
    } else {
        diag = seg_check_fault(c, env, SEG_DIAG_NAME_KIND, node->name_span, "`%.*s` is %s, not %s",
                               SEG_TEXT_ARGS(base->text), seg_check_kind_words(base),
                               bare                                         ? "a segment"
                               : text.bytes[base->text.size_bytes] == '('   ? "a family of segments"
                                                                            : "the name of stages");
    }
    seg_check_note_name(c, diag, base);
}

seg_name *seg_check_segment(seg_checker *c, const seg_env *env, const seg_node *node, const seg_node *value) {
    if (node->kind == SEG_NODE_ERROR || node->kind == SEG_NODE_NONE) return NULL;
    seg_name *name = value == NULL ? seg_names_find(&c->names, node->text) : NULL;
    if (name != NULL && name->kind == SEG_NAME_SEGMENT) return name;
    seg_name *base = seg_names_find(&c->names, base_of(node->text));
    if (value != NULL && base != NULL && base->kind == SEG_NAME_FAMILY) {
        seg_env at = *env;
        const seg_node *meant = value;
        if (value->kind == SEG_NODE_NAME && seg_check_parameter(env, value->text) != NULL &&
            !seg_check_resolve(c, env, value, &at, &meant))
            return NULL;
        const seg_node *list = values_of(seg_check_family(base->node));
        for (const seg_node *one = list != NULL ? list->first_child : NULL; one != NULL; one = one->next) {
            if (!same_value(one, meant)) continue;
            name = seg_names_find(&c->names, compose(c, base->text, "(", source_text(one), ")"));
            if (name != NULL && name->node == base->node) return name;
        }
    }
    tell_segment(c, env, node, base);
    return NULL;
}

static const seg_name *referred(seg_checker *c, const seg_env *env, const seg_node *node) {
    const seg_name *name = seg_check_segment(c, env, node, node->first_child);
    if (name == NULL || c->inside == NULL) return name;
    seg_check_fault(c, env, SEG_DIAG_WHERE_SCOPE, node->span,
                    "a segment is about the profile, and this condition is about one event");
    return NULL;
}

const seg_rule *seg_check_segment_ref(seg_checker *c, const seg_env *env, const seg_node *node) {
    const seg_name *name = referred(c, env, node);
    return name != NULL ? refer(c, env, node, name) : NULL;
}

const seg_rule *seg_check_except(seg_checker *c, const seg_env *env, const seg_node *node) {
    const seg_rule *rule = seg_check_condition(c, env, node->first_child);
    bool fault = rule == NULL;
    for (const seg_node *other = node->first_child->next; other != NULL; other = other->next) {
        const seg_name *name = referred(c, env, other);
        fault = fault || name == NULL;
        if (!fault)
            rule = seg_check_pair(c, env, node, other->next == NULL, SEG_RULE_AND, rule,
                                  refer_not(c, env, other, name));
    }
    return fault ? NULL : rule;
}
