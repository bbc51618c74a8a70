/* check_group.c - who shares a value with the profile: groups, and what is asked about them. Where others
 * cannot be asked about, also by their ranks. */
#include "check.h"

/* ---- Declarations ---------------------------------------------------------------------------- */

static bool makes_groups(seg_rule_type type) {
    return type.type == SEG_TEXT || type.type == SEG_INT || type.type == SEG_ENUM;
}

/* The attribute whose values make the groups; SEG_NONE: told. */
static uint32_t grouped_by(seg_checker *c, const seg_node *node) {
    const seg_env top = {NULL, NULL};
    if (node == NULL || node->kind != SEG_NODE_NAME) return SEG_NONE;
    const seg_name *name = seg_names_find(&c->names, node->text);
    if (name == NULL) {
        seg_check_unknown(c, &top, node, NULL, SEG_GUESS_VALUES, "attribute");
        return SEG_NONE;
    }
    if (name->kind != SEG_NAME_ATTRIBUTE) {
        seg_diag *diag =
            seg_check_fault(c, NULL, SEG_DIAG_NAME_KIND, node->span, "`%.*s` is %s, not an attribute",
                            SEG_TEXT_ARGS(node->text), seg_check_kind_words(name));
        seg_check_note_name(c, diag, name);
        return SEG_NONE;
    }
    const seg_rule_field *attribute = &c->attributes[name->index];
    if (makes_groups(attribute->type)) return name->index;
    seg_type_words words = seg_type_describe(attribute->type);
    seg_diag *diag = seg_check_fault(
        c, NULL, SEG_DIAG_GROUP, node->span,
        "profiles are grouped by a text, a whole number or a choice, and this is %s", words.text);
    seg_check_note_name(c, diag, name);
    seg_diag_help(c->diags, diag, "group by what names the group: `company_id: text?`");
    return SEG_NONE;
}

void seg_check_groups(seg_checker *c) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < c->names.count; i++) count += c->names.list[i].kind == SEG_NAME_GROUP;
    seg_rule_group *groups = seg_arena_take_array(c->arena, (size_t)count + 1, sizeof *groups);
    if (groups == NULL) return;
    c->rules->groups = groups;
    for (uint32_t i = 0; i < c->names.count; i++) {
        seg_name *name = &c->names.list[i];
        if (name->kind != SEG_NAME_GROUP) continue;
        name->index = c->rules->group_count;
        groups[c->rules->group_count++] =
            (seg_rule_group){.name = name->text,
                             .attribute = grouped_by(c, name->node->first_child),
                             .span = name->node->name_span};
    }
}

/* ---- Questions ------------------------------------------------------------------------------- */

typedef struct question { /* about the group of a profile */
    seg_checker *c;
    const seg_env *env;
    const seg_node *node;
    uint32_t group;
    const seg_rule *value;   /* of the group's attribute */
    const seg_rule *segment; /* NULL: everybody */
} question;

static const seg_rule *constant(const question *q, seg_type type, int64_t number) {
    seg_rule rule = {.kind = SEG_RULE_CONST,
                     .type = seg_type_plain(type),
                     .constant = {.value = {.known = true, .as = {.i = number}}}};
    return seg_check_make(q->c, q->env, q->node, false, rule);
}

static const seg_rule *both(const question *q, seg_rule_kind kind, const seg_rule *a, const seg_rule *b) {
    return seg_check_pair(q->c, q->env, q->node, false, kind, a, b);
}

/* How many others. */
static const seg_rule *fellows(const question *q, const seg_rule *segment) {
    return seg_check_make(q->c, q->env, q->node, false,
                          (seg_rule){.kind = SEG_RULE_FELLOWS,
                                     .type = seg_type_plain(SEG_INT),
                                     .index = q->group,
                                     .operand_count = segment != NULL ? 2 : 1,
                                     .operands = {q->value, segment}});
}

/* Whether the profile is in a group at all; NULL: it always is, or memory is short. */
static const seg_rule *has_group(const question *q) {
    if (!q->value->type.optional) return NULL;
    const seg_rule *missing = seg_check_make(q->c, q->env, q->node, false,
                                             (seg_rule){.kind = SEG_RULE_MISSING,
                                                        .type = seg_type_plain(SEG_BOOL),
                                                        .operand_count = 1,
                                                        .operands = {q->value}});
    return seg_check_not(q->c, q->env, q->node, false, missing);
}

/* `and` with a side that may be left out. */
static const seg_rule *with(const question *q, const seg_rule *a, const seg_rule *b) {
    return a == NULL ? b : b == NULL ? a : both(q, SEG_RULE_AND, a, b);
}

static const seg_rule *any_of(const question *q, bool others) {
    const seg_rule *some = both(q, SEG_RULE_GE, fellows(q, q->segment), constant(q, SEG_INT, 1));
    return others ? some : both(q, SEG_RULE_OR, with(q, has_group(q), q->segment), some);
}

/* As many others are in the segment as there are; and so is the profile, unless it is in no group. */
static const seg_rule *all_of(const question *q, bool others) {
    const seg_rule *all = both(q, SEG_RULE_EQ, fellows(q, q->segment), fellows(q, NULL));
    if (others) return all;
    const seg_rule *has = has_group(q), *own = q->segment;
    if (has != NULL) own = both(q, SEG_RULE_OR, seg_check_not(q->c, q->env, q->node, false, has), own);
    return both(q, SEG_RULE_AND, own, all);
}

static const seg_rule *count_of(const question *q, bool others) {
    const seg_rule *count = fellows(q, q->segment);
    if (others || count == NULL) return count;
    const seg_rule *own = with(q, has_group(q), q->segment);
    const seg_rule *one = constant(q, SEG_INT, 1), *none = constant(q, SEG_INT, 0);
    if (one == NULL || none == NULL) return NULL;
    if (own != NULL)
        one = seg_check_make(q->c, q->env, q->node, false,
                             (seg_rule){.kind = SEG_RULE_IF,
                                        .type = seg_type_plain(SEG_INT),
                                        .operand_count = 3,
                                        .operands = {own, one, none}});
    if (one == NULL) return NULL;
    return seg_check_make(q->c, q->env, q->node, false,
                          (seg_rule){.kind = SEG_RULE_ADD,
                                     .type = seg_type_plain(SEG_INT),
                                     .operand_count = 2,
                                     .operands = {count, one}});
}

/* The group that is named, and its value. False: told. */
static bool open_group(question *q) {
    seg_checker *c = q->c;
    seg_name *name = seg_names_find(&c->names, q->node->text);
    if (name == NULL) {
        seg_check_unknown(c, q->env, q->node, NULL, SEG_GUESS_GROUPS, "group");
        return false;
    }
    if (name->kind != SEG_NAME_GROUP) {
        seg_diag *diag = seg_check_fault(c, q->env, SEG_DIAG_NAME_KIND, q->node->name_span,
                                         "`%.*s` is %s, not a group of profiles",
                                         SEG_TEXT_ARGS(q->node->text), seg_check_kind_words(name));
        seg_check_note_name(c, diag, name);
        seg_diag_help(c->diags, diag, "declare a group: `group company by company_id`");
        return false;
    }
    name->used = true;
    q->group = name->index;
    uint32_t attribute = c->rules->groups[name->index].attribute;
    if (attribute == SEG_NONE) return false;
    const seg_rule_field *field = &c->attributes[attribute];
    c->touches_facts = c->asks_others = true;
    q->value =
        seg_check_make(c, q->env, q->node, false,
                       (seg_rule){.kind = SEG_RULE_ATTRIBUTE, .type = field->type, .index = attribute});
    return q->value != NULL;
}

const seg_rule *seg_check_fellows(seg_checker *c, const seg_env *env, const seg_node *node) {
    question q = {.c = c, .env = env, .node = node};
    bool others = (node->flags & SEG_NODE_NEGATED) != 0;
    if (c->inside != NULL) {
        seg_diag *diag =
            seg_check_fault(c, env, SEG_DIAG_WHERE_SCOPE, node->span,
                            "this asks about other profiles, and the condition is about one event");
        seg_diag_help(c->diags, diag, "ask both questions beside each other, with `and`");
        return NULL;
    }
    if (c->each != NULL) {
        seg_check_fault(c, env, SEG_DIAG_GROUP_PLACE, node->span,
                        "others cannot be asked about for one value after the other");
        return NULL;
    }
    if (!open_group(&q)) return NULL;
    if (node->first_child != NULL) {
        q.segment = seg_check_segment_ref(c, env, node->first_child);
        if (q.segment == NULL) return NULL;
        q.segment = seg_check_hidden(c, q.segment);
    }
    const seg_rule *rule = NULL;
    switch (node->op) {
    case SEG_NODE_OP_ANY_OF: rule = any_of(&q, others); break;
    case SEG_NODE_OP_NONE_OF: rule = seg_check_not(c, env, node, false, any_of(&q, others)); break;
    case SEG_NODE_OP_ALL_OF: rule = all_of(&q, others); break;
    default: rule = count_of(&q, others); break;
    }
    return rule != NULL ? seg_check_make(c, env, node, true, *rule) : NULL;
}

/* ---- Where others cannot be asked about -------------------------------------------------------- */

enum { ASKS_RANK = 1, ASKS_GROUP = 2 };

static bool looks_back(const seg_rule *rule) {
    return (rule->kind >= SEG_RULE_AS_OF && rule->kind <= SEG_RULE_CHANGED) || rule->kind == SEG_RULE_LATCH;
}

static void tell(seg_checker *c, const seg_rule *rule, uint8_t asked) {
    bool rank = (asked & ASKS_RANK) != 0;
    const char *what;
    if (rule->kind == SEG_RULE_PLACE)
        what = rank ? "profiles cannot be ranked by what depends on a rank itself"
                    : "profiles cannot be ranked by what depends on a group";
    else if (rule->kind == SEG_RULE_FELLOWS)
        what = rank ? "what is asked about a group's members cannot depend on a rank"
                    : "what is asked about a group's members cannot depend on a group itself";
    else
        what = rank ? "this looks at the past, and past ranks are not kept"
                    : "this looks at the past, and who was in a group then is not kept";
    seg_diag_code code = rank && rule->kind != SEG_RULE_FELLOWS ? SEG_DIAG_RANK_PLACE : SEG_DIAG_GROUP_PLACE;
    seg_diag *diag = seg_check_fault(c, NULL, code, rule->span, "%s", what);
    seg_diag_help(c->diags, diag,
                  rank ? "ask for the rank beside it, with `and`"
                       : "ask about the group beside it, with `and`");
}

/* What the rule asks about others, through segments too; `asked` says it of those before it. */
static uint8_t asks(seg_checker *c, const seg_rule *rule, const uint8_t *asked) {
    uint8_t inside = 0;
    if (rule == NULL) return 0; /* memory ran short while it was made */
    if (rule->kind == SEG_RULE_SEGMENT) return asked[rule->index];
    for (uint32_t i = 0; i < rule->operand_count; i++) inside |= asks(c, rule->operands[i], asked);
    if (rule->facts != NULL && rule->facts->anchor != NULL) inside |= asks(c, rule->facts->anchor, asked);
    bool others = rule->kind == SEG_RULE_PLACE || rule->kind == SEG_RULE_FELLOWS;
    if (inside != 0 && (others || looks_back(rule))) tell(c, rule, inside);
    uint8_t own = rule->kind == SEG_RULE_PLACE ? ASKS_RANK : rule->kind == SEG_RULE_FELLOWS ? ASKS_GROUP : 0;
    return inside | own;
}

void seg_check_crowd_places(seg_checker *c) {
    if (!c->asks_others) return;
    uint8_t *asked = seg_arena_take_array(c->arena, (size_t)c->rules->segment_count + 1, sizeof *asked);
    for (uint32_t i = 0; asked != NULL && i < c->rules->segment_count; i++)
        asked[i] = asks(c, c->rules->segments[i].rule, asked);
}
