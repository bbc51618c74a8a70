/* check_facts.c - counts and aggregates of events. */
#include <string.h>

#include "check.h"

static const struct {
    const char *name;
    seg_rule_kind kind;
} functions[] = {
    {"sum", SEG_RULE_SUM},   {"avg", SEG_RULE_AVG},           {"min", SEG_RULE_MIN},
    {"max", SEG_RULE_MAX},   {"distinct", SEG_RULE_DISTINCT}, {"first", SEG_RULE_FIRST},
    {"last", SEG_RULE_LAST},
};
const char *const seg_check_functions[] = {
    "sum",    "avg",     "min",  "max",      "distinct", "first",  "last",       "points",
    "bucket", "holdout", "rank", "quartile", "quintile", "decile", "percentile", NULL};

static bool function_of(seg_text name, seg_rule_kind *kind) {
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++)
        if (seg_text_same(seg_text_of(functions[i].name), name)) {
            *kind = functions[i].kind;
            return true;
        }
    return false;
}

typedef const seg_rule *special_function_fn(seg_checker *c, const seg_env *env, const seg_node *call);

/* Functions that are not about events. */
static special_function_fn *special_function(seg_text name) {
    static const char *const ranks[] = {"rank", "quartile", "quintile", "decile", "percentile"};
    for (size_t i = 0; i < sizeof ranks / sizeof *ranks; i++)
        if (seg_text_same(name, seg_text_of(ranks[i]))) return seg_check_rank;
    if (seg_text_same(name, seg_text_of("points"))) return seg_check_points;
    if (seg_text_same(name, seg_text_of("bucket"))) return seg_check_bucket;
    return seg_text_same(name, seg_text_of("holdout")) ? seg_check_holdout : NULL;
}

bool seg_check_reserved(seg_text name) {
    seg_rule_kind kind;
    return function_of(name, &kind) || special_function(name) != NULL;
}

/* ---- Events and their fields ----------------------------------------------------------------- */

uint32_t seg_field_find(const seg_rule_field *fields, uint32_t count, seg_text name) {
    for (uint32_t i = 0; i < count; i++)
        if (seg_text_same(fields[i].name, name)) return i;
    return SEG_NONE;
}

const seg_event_set *seg_check_find_events(seg_checker *c, const seg_env *env, const seg_node *node) {
    seg_env at;
    const seg_node *value;
    if (node->kind != SEG_NODE_NAME || !seg_check_resolve(c, env, node, &at, &value) ||
        value->kind != SEG_NODE_NAME)
        return NULL;
    seg_name *name = seg_names_find(&c->names, value->text);
    if (name != NULL && name->kind == SEG_NAME_DERIVED) return seg_check_derive(c, name);
    if (name == NULL || (name->kind != SEG_NAME_EVENT && name->kind != SEG_NAME_UNION)) return NULL;
    name->used = true;
    return name->events;
}

static void field_lacking(seg_checker *c, const seg_env *env, const seg_node *node, seg_text name,
                          uint32_t has, uint32_t lacks, bool has_type) {
    const seg_rule_event *with = &c->events[has], *without = &c->events[lacks];
    seg_diag *diag =
        seg_check_fault(c, env, SEG_DIAG_UNION_FIELD, node->span,
                        has_type ? "`%.*s` is not the same in `%.*s` and `%.*s`"
                                 : "`%.*s` is a field of `%.*s`, but not of `%.*s`",
                        SEG_TEXT_ARGS(name), SEG_TEXT_ARGS(with->name), SEG_TEXT_ARGS(without->name));
    seg_diag_help(c->diags, diag,
                  "a field of several events must be there in each of them, with the same type");
    seg_diag_note_add(c->diags, diag, without->span, "`%.*s` is declared here", SEG_TEXT_ARGS(without->name));
}

const seg_rule *seg_check_field(seg_checker *c, const seg_env *env, const seg_node *node, seg_text name,
                                bool *told) {
    const seg_event_set *set = env->events;
    uint32_t found = SEG_NONE;
    for (uint32_t e = 0; e < set->count && found == SEG_NONE; e++) {
        const seg_rule_event *event = &c->events[set->events[e]];
        if (seg_field_find(event->fields, event->field_count, name) != SEG_NONE) found = e;
    }
    if (found == SEG_NONE) return NULL;
    *told = true;
    if (node->kind == SEG_NODE_NAME && seg_check_parameter(env, name) != NULL) {
        seg_diag *diag = seg_check_fault(c, env, SEG_DIAG_NAME_CLASH, node->span,
                                         "`%.*s` is a field of `%.*s` and also a value of this definition",
                                         SEG_TEXT_ARGS(name), SEG_TEXT_ARGS(set->name));
        seg_diag_help(c->diags, diag, "give the value of the definition another name");
        return NULL;
    }
    uint32_t *fields = seg_arena_take_array(c->arena, set->count, sizeof *fields);
    if (fields == NULL) return NULL;
    seg_rule_type type = {.type = SEG_TYPE_UNREAD};
    for (uint32_t e = 0; e < set->count; e++) {
        const seg_rule_event *event = &c->events[set->events[e]];
        fields[e] = seg_field_find(event->fields, event->field_count, name);
        bool same = fields[e] != SEG_NONE &&
                    (type.type == SEG_TYPE_UNREAD || seg_type_same(type, event->fields[fields[e]].type));
        if (!same) {
            field_lacking(c, env, node, name, set->events[e == 0 ? found : 0], set->events[e],
                          fields[e] != SEG_NONE);
            return NULL;
        }
        bool optional = type.optional;
        if (type.type == SEG_TYPE_UNREAD) type = event->fields[fields[e]].type;
        type.optional = optional || event->fields[fields[e]].type.optional;
    }
    if (type.type == SEG_TYPE_UNREAD) return NULL;
    return seg_check_make(c, env, node, true,
                          (seg_rule){.kind = SEG_RULE_FIELD, .type = type, .fields = fields});
}

/* ---- Facts ----------------------------------------------------------------------------------- */

/* Opens the view on one event of the set, for where and aggregates. */
typedef struct event_view {
    const seg_event_set *inside;
    const seg_proof *proofs;
} event_view;

static event_view open_view(seg_checker *c, const seg_event_set *set) {
    event_view before = {c->inside, c->proofs};
    c->inside = set;
    c->proofs = NULL;
    return before;
}

static void close_view(seg_checker *c, event_view before) {
    c->inside = before.inside;
    c->proofs = before.proofs;
}

/* Both conditions on one event; each may be absent. */
static const seg_rule *both(seg_checker *c, const seg_rule *a, const seg_rule *b) {
    if (a == NULL || b == NULL) return a != NULL ? a : b;
    seg_rule rule = {.kind = SEG_RULE_AND,
                     .type = seg_type_plain(SEG_BOOL),
                     .operand_count = 2,
                     .operands = {a, b},
                     .span = b->span};
    return seg_rule_new(c->arena, &rule, 0);
}

static bool read_where(seg_checker *c, const seg_env *env, const seg_event_set *set, const seg_node *where,
                       seg_rule_facts *facts) {
    event_view before = open_view(c, set);
    seg_env inner = {env->frame, set};
    bool asserted = c->asserted;
    c->asserted = true; /* an event whose field is missing is simply not one of them */
    const seg_rule *rule = seg_check_condition(c, &inner, where->first_child);
    c->asserted = asserted;
    close_view(c, before);
    facts->where = rule != NULL ? both(c, facts->where, rule) : NULL;
    return rule != NULL;
}

seg_rule_facts *seg_check_facts(seg_checker *c, const seg_env *env, const seg_event_set *set,
                                const seg_node *window, const seg_node *where) {
    seg_rule_facts *facts = seg_arena_take(c->arena, sizeof *facts);
    if (facts == NULL) return NULL;
    if (set->made != NULL) *facts = *set->made;
    facts->event_count = set->count;
    facts->events = set->events;
    facts->window = SEG_RULE_EVER;
    seg_env at = *env;
    const seg_node *shown = window, *pairs = NULL;
    bool fits = window == NULL || seg_check_resolve(c, env, window, &at, &shown);
    if (fits && shown != NULL && shown->kind == SEG_NODE_PAIRED) {
        pairs = shown->first_child->next;
        shown = shown->first_child;
    }
    fits = fits && (shown == NULL || seg_check_window(c, &at, shown, facts));
    if (where->kind == SEG_NODE_WHERE) fits = read_where(c, env, set, where, facts) && fits;
    if (pairs != NULL) fits = seg_check_pairs(c, &at, set, pairs, facts) && fits;
    c->touches_facts = true;
    return fits && where->kind != SEG_NODE_ERROR ? facts : NULL;
}

/* Inside `for some F` only those of the value at hand. */
static const seg_rule_facts *asked(seg_checker *c, const seg_env *env, const seg_node *node,
                                   const seg_event_set *set, const seg_node *window, const seg_node *where) {
    seg_rule_facts *facts = seg_check_facts(c, env, set, window, where);
    return facts != NULL && seg_check_key(c, env, node, set, facts) ? facts : NULL;
}

bool seg_check_outside(seg_checker *c, const seg_env *env, const seg_node *node) {
    if (c->inside == NULL) return true;
    seg_diag *diag = seg_check_fault(c, env, SEG_DIAG_WHERE_SCOPE, node->span,
                                     "events cannot be counted inside a condition on one event");
    seg_diag_help(c->diags, diag, "ask both questions beside each other, with `and`");
    return false;
}

static seg_node *name_of_call(seg_checker *c, const seg_node *call) {
    seg_node *name = seg_arena_take(c->arena, sizeof *name);
    if (name == NULL) return NULL;
    *name = (seg_node){
        .kind = SEG_NODE_NAME, .span = call->name_span, .name_span = call->name_span, .text = call->text};
    return name;
}

static const seg_rule *count_events(seg_checker *c, const seg_env *env, const seg_node *node,
                                    const seg_node *call, const seg_event_set *set, seg_rule_kind kind,
                                    bool written) {
    if (!seg_check_outside(c, env, node)) return NULL;
    const seg_node *window = call->first_child;
    if (call->child_count != 2) {
        seg_check_text source = seg_check_source(window->span);
        seg_diag *diag = seg_check_fault(c, env, SEG_DIAG_ARGUMENTS, call->span, "`%.*s` takes one window",
                                         SEG_TEXT_ARGS(call->text));
        seg_diag_help(c->diags, diag, "write `%.*s(%s)`, and conditions behind `where`",
                      SEG_TEXT_ARGS(call->text), source.text);
        return NULL;
    }
    const seg_rule_facts *facts = asked(c, env, call, set, window, call->last_child);
    if (facts == NULL) return NULL;
    seg_rule_type type = {.type = kind == SEG_RULE_ANY ? SEG_BOOL : SEG_INT};
    return seg_check_make(c, env, node, written,
                          (seg_rule){.kind = (uint8_t)kind, .type = type, .facts = facts});
}

/* ---- Aggregates ------------------------------------------------------------------------------ */

/* The events that the first EVENT.FIELD in an expression is about. */
static const seg_event_set *events_within(seg_checker *c, const seg_env *env, const seg_node *node) {
    if (!seg_check_enter(c, node)) return NULL;
    const seg_event_set *set = NULL;
    seg_env at;
    const seg_node *value;
    if (node->kind == SEG_NODE_MEMBER) {
        set = seg_check_find_events(c, env, node->first_child);
    } else if (node->kind == SEG_NODE_NAME) {
        if (seg_check_resolve(c, env, node, &at, &value) && value->kind != SEG_NODE_NAME)
            set = events_within(c, &at, value);
    } else {
        for (const seg_node *child = node->first_child; child != NULL && set == NULL; child = child->next)
            set = events_within(c, env, child);
    }
    seg_check_leave(c);
    return set;
}

static const seg_rule *value_of_one(seg_checker *c, const seg_env *env, const seg_node *node,
                                    const seg_event_set *set) {
    event_view before = open_view(c, set);
    seg_env inner = {env->frame, set};
    const seg_rule *rule = seg_check_expr(c, &inner, node, NULL);
    close_view(c, before);
    return rule;
}

void seg_check_field_value(seg_checker *c, const seg_env *env, const seg_node *node) {
    const seg_event_set *set = events_within(c, env, node);
    if (set != NULL) (void)value_of_one(c, env, node, set);
}

static bool operand_fits(seg_checker *c, const seg_env *env, const seg_node *call, const seg_node *node,
                         seg_rule_kind kind, const seg_rule *operand) {
    bool tells_apart = kind == SEG_RULE_DISTINCT || kind == SEG_RULE_MOST || kind == SEG_RULE_LEAST;
    if (tells_apart && operand->type.type == SEG_SET) {
        seg_check_text source = seg_check_source(node->span);
        seg_check_fault(c, env, SEG_DIAG_AGGREGATE, node->span,
                        "`%s` is a set of texts; only single values can be told apart", source.text);
        return false;
    }
    bool needs_number =
        kind == SEG_RULE_SUM || kind == SEG_RULE_AVG || kind == SEG_RULE_MIN || kind == SEG_RULE_MAX;
    if (!needs_number || seg_type_is_number(operand->type)) return true;
    seg_type_words words = seg_type_describe(operand->type);
    seg_check_text source = seg_check_source(node->span);
    seg_check_fault(c, env, SEG_DIAG_AGGREGATE, node->span, "`%.*s` needs a number, and `%s` is %s",
                    SEG_TEXT_ARGS(call->text), source.text, words.text);
    return false;
}

static seg_rule_type aggregate_type(seg_checker *c, seg_rule_kind kind, const seg_rule *operand,
                                    const seg_rule_facts *facts) {
    seg_rule_type type = {.type = SEG_TIME};
    if (operand != NULL) type = operand->type;
    bool empty = !seg_proof_not_empty(c->proofs, facts);
    switch (kind) {
    case SEG_RULE_SUM: type.optional = false; return type;
    case SEG_RULE_DISTINCT: return (seg_rule_type){.type = SEG_INT};
    case SEG_RULE_AVG: return (seg_rule_type){.type = SEG_FLOAT, .optional = empty || type.optional};
    default: type.optional = empty || type.optional; return type;
    }
}

static const seg_rule *told_aggregate(seg_checker *c, const seg_env *env, const seg_node *call,
                                      seg_rule_kind kind, const seg_node *operand,
                                      const seg_event_set *named) {
    seg_text name = call->text;
    if (named != NULL) {
        seg_text event = operand->text;
        seg_diag *diag =
            seg_check_fault(c, env, SEG_DIAG_AGGREGATE, operand->span, "`%.*s` needs a field of `%.*s`",
                            SEG_TEXT_ARGS(name), SEG_TEXT_ARGS(event));
        const seg_rule_event *declared = &c->events[named->events[0]];
        uint32_t field = 0;
        while (field < declared->field_count && kind != SEG_RULE_DISTINCT &&
               !seg_type_is_number(declared->fields[field].type))
            field++;
        if (field < declared->field_count)
            seg_diag_help(c->diags, diag, "write `%.*s(%.*s.%.*s, 30d)`; how many there are is `%.*s(30d)`",
                          SEG_TEXT_ARGS(name), SEG_TEXT_ARGS(event),
                          SEG_TEXT_ARGS(declared->fields[field].name), SEG_TEXT_ARGS(event));
        else
            seg_diag_help(c->diags, diag, "how many there are is `%.*s(30d)`", SEG_TEXT_ARGS(event));
        return NULL;
    }
    seg_check_text source = seg_check_source(operand->span);
    seg_diag *diag = seg_check_fault(c, env, SEG_DIAG_AGGREGATE, operand->span,
                                     "`%.*s` needs events, or a field of events, and `%s` is not",
                                     SEG_TEXT_ARGS(name), source.text);
    seg_diag_help(c->diags, diag,
                  kind == SEG_RULE_FIRST || kind == SEG_RULE_LAST
                      ? "write `%.*s(orders)` or `%.*s(orders.amount)`"
                      : "write `%.*s(orders.amount, 30d)`",
                  SEG_TEXT_ARGS(name), SEG_TEXT_ARGS(name));
    return NULL;
}

static bool aggregate_arguments(seg_checker *c, const seg_env *env, const seg_node *call,
                                seg_rule_kind kind) {
    bool of_one = kind == SEG_RULE_FIRST || kind == SEG_RULE_LAST;
    uint32_t given = call->child_count - 1;
    if (given == 2 || (given == 1 && of_one)) return true;
    seg_check_text source = seg_check_source(call->first_child->span);
    seg_diag *diag = seg_check_fault(c, env, SEG_DIAG_ARGUMENTS, call->span,
                                     "`%.*s` takes a field and a window", SEG_TEXT_ARGS(call->text));
    seg_diag_help(c->diags, diag, "say when: `%.*s(%s, 30d)`, or `ever`", SEG_TEXT_ARGS(call->text),
                  source.text);
    if (given == 1) {
        uint32_t at = call->first_child->span.end;
        seg_diag_edit(c->diags, diag, (seg_span){call->span.source, at, at}, ", ever");
    }
    return false;
}

static const seg_rule *aggregate(seg_checker *c, const seg_env *env, const seg_node *call,
                                 seg_rule_kind kind) {
    const seg_node *node = call->first_child;
    if (node->kind == SEG_NODE_ERROR || !seg_check_outside(c, env, call)) return NULL;
    uint32_t errors = c->diags->errors;
    const seg_event_set *named = seg_check_find_events(c, env, node);
    bool of_time = named != NULL && (kind == SEG_RULE_FIRST || kind == SEG_RULE_LAST);
    const seg_event_set *set = named == NULL ? events_within(c, env, node) : of_time ? named : NULL;
    if (set == NULL) {
        /* Perhaps the name itself is wrong; else the function cannot take it. */
        if (named == NULL && c->diags->errors == errors) (void)seg_check_expr(c, env, node, NULL);
        return c->diags->errors == errors ? told_aggregate(c, env, call, kind, node, named) : NULL;
    }
    if (!aggregate_arguments(c, env, call, kind)) return NULL;
    const seg_rule *operand = of_time ? NULL : value_of_one(c, env, node, set);
    const seg_rule_facts *facts =
        asked(c, env, call, set, call->child_count == 3 ? node->next : NULL, call->last_child);
    if ((!of_time && operand == NULL) || facts == NULL) return NULL;
    if (operand != NULL && !operand_fits(c, env, call, node, kind, operand)) return NULL;
    seg_rule rule = {.kind = (uint8_t)kind, .type = aggregate_type(c, kind, operand, facts), .facts = facts};
    if (operand != NULL) rule.operands[rule.operand_count++] = operand;
    return seg_check_make(c, env, call, true, rule);
}

/* ---- Calls ----------------------------------------------------------------------------------- */

static const seg_rule *not_callable(seg_checker *c, const seg_env *env, const seg_node *node,
                                    const seg_node *name_node) {
    seg_name *name = seg_names_find(&c->names, node->text);
    if (name == NULL) {
        seg_check_unknown(c, env, name_node, NULL, SEG_GUESS_EVENTS | SEG_GUESS_FUNCTIONS,
                          "event, definition or function");
        return NULL;
    }
    name->used = true;
    seg_diag *diag = seg_check_fault(c, env, SEG_DIAG_NAME_KIND, node->name_span,
                                     "`%.*s` is %s, not an event: nothing stands in brackets behind it",
                                     SEG_TEXT_ARGS(node->text), seg_check_kind_words(name));
    if (name->kind == SEG_NAME_FAMILY) {
        seg_check_text source = seg_check_source(node->span);
        seg_diag_help(c->diags, diag, "ask whether the profile is in it: `in %s`", source.text);
    } else if (name->kind == SEG_NAME_SEGMENT) {
        seg_diag_help(c->diags, diag, "ask whether the profile is in it: `in %.*s`",
                      SEG_TEXT_ARGS(node->text));
        seg_diag_edit(c->diags, diag, node->span, "in %.*s", SEG_TEXT_ARGS(node->text));
    }
    seg_check_note_name(c, diag, name);
    return NULL;
}

const seg_rule *seg_check_call(seg_checker *c, const seg_env *env, const seg_node *node,
                               const seg_rule_type *want) {
    seg_rule_kind kind;
    if (seg_check_is_decayed(c, node)) return seg_check_decayed_alone(c, env, node);
    if (seg_check_is_flip(c, node)) return seg_check_flip_alone(c, env, node);
    if (function_of(node->text, &kind)) return aggregate(c, env, node, kind);
    special_function_fn *special = special_function(node->text);
    if (special != NULL) return special(c, env, node);
    seg_name *name =
        seg_check_parameter(env, node->text) == NULL ? seg_names_find(&c->names, node->text) : NULL;
    if (name != NULL && name->kind == SEG_NAME_DEFINE && name->node->child_count > 1) {
        name->used = true;
        return seg_check_expand(c, env, name, node, want);
    }
    if (seg_check_is_age(c, env, node)) return seg_check_age(c, env, node);
    if (seg_check_is_anniversary(c, env, node)) return seg_check_anniversary_alone(c, env, node);
    if (name != NULL && name->kind == SEG_NAME_NATIVE) {
        name->used = true;
        return seg_check_native(c, env, node, name);
    }
    const seg_node *name_node = name_of_call(c, node);
    if (name_node == NULL) return NULL;
    uint32_t errors = c->diags->errors;
    const seg_event_set *set = seg_check_find_events(c, env, name_node);
    if (set != NULL) return count_events(c, env, node, node, set, SEG_RULE_COUNT, true);
    return c->diags->errors == errors ? not_callable(c, env, node, name_node) : NULL;
}

const seg_rule *seg_check_any(seg_checker *c, const seg_env *env, const seg_node *node) {
    bool none = node->kind == SEG_NODE_NO;
    const seg_node *call = node->first_child;
    if (call->kind != SEG_NODE_CALL) return NULL;
    const seg_node *name_node = name_of_call(c, call);
    if (name_node == NULL) return NULL;
    uint32_t errors = c->diags->errors;
    const seg_event_set *set = seg_check_find_events(c, env, name_node);
    if (set != NULL) {
        const seg_rule *any = count_events(c, env, node, call, set, SEG_RULE_ANY, !none);
        return none ? seg_check_not(c, env, node, true, any) : any;
    }
    if (c->diags->errors != errors) return NULL;
    seg_name *name = seg_names_find(&c->names, call->text);
    if (name == NULL && !seg_check_reserved(call->text)) {
        seg_check_unknown(c, env, name_node, NULL, SEG_GUESS_EVENTS, "event");
        return NULL;
    }
    seg_diag *diag =
        seg_check_fault(c, env, SEG_DIAG_NAME_KIND, call->name_span,
                        "`%s` asks about events, and `%.*s` is %s", none ? "no" : "any",
                        SEG_TEXT_ARGS(call->text), name != NULL ? seg_check_kind_words(name) : "a function");
    if (name != NULL) seg_check_note_name(c, diag, name);
    return NULL;
}

const seg_rule *seg_check_frequent(seg_checker *c, const seg_env *env, const seg_node *node) {
    const seg_node *call = node->first_child;
    if (call->kind != SEG_NODE_CALL) return NULL;
    bool most = seg_text_same(call->text, seg_text_of("most frequent"));
    return aggregate(c, env, call, most ? SEG_RULE_MOST : SEG_RULE_LEAST);
}

/* What `active weeks(…)` and `longest gap(…)` ask of events. */
static bool asks_what(seg_checker *c, const seg_env *env, const seg_node *node, seg_rule *rule) {
    static const char *const gaps[] = {"longest gap", "shortest gap", "average gap"};
    const seg_node *call = node->first_child;
    if (node->kind == SEG_NODE_ACTIVE_DAYS) {
        uint8_t unit;
        seg_text word = {call->text.bytes + 7, call->text.size_bytes - 7}; /* behind `active ` */
        *rule = (seg_rule){.kind = SEG_RULE_ACTIVE_DAYS, .type = seg_type_plain(SEG_INT)};
        bool known = seg_check_unit(c, env, word, call->name_span, &unit);
        if (known) rule->index = unit;
        return known;
    }
    for (uint32_t i = 0; i < 3; i++)
        if (seg_text_same(call->text, seg_text_of(gaps[i]))) {
            *rule = (seg_rule){
                .kind = SEG_RULE_GAP, .index = SEG_RULE_LONGEST + i, .type = {.type = SEG_DURATION}};
            return true;
        }
    seg_diag *diag = seg_check_fault(c, env, SEG_DIAG_NAME_UNKNOWN, call->name_span, "there is no `%.*s`",
                                     SEG_TEXT_ARGS(call->text));
    seg_diag_help(c->diags, diag, "write `longest gap(…)`, `shortest gap(…)` or `average gap(…)`");
    return false;
}

const seg_rule *seg_check_over_events(seg_checker *c, const seg_env *env, const seg_node *node) {
    const seg_node *call = node->first_child;
    seg_rule rule;
    if (call->kind != SEG_NODE_CALL || call->first_child->kind == SEG_NODE_ERROR ||
        !seg_check_outside(c, env, node) || !asks_what(c, env, node, &rule))
        return NULL;
    seg_text name = call->text;
    if (call->child_count != 3) {
        seg_diag *diag = seg_check_fault(c, env, SEG_DIAG_ARGUMENTS, call->span,
                                         "`%.*s` takes events and a window", SEG_TEXT_ARGS(name));
        seg_diag_help(c->diags, diag, "write `%.*s(visits, 30d)`", SEG_TEXT_ARGS(name));
        return NULL;
    }
    uint32_t errors = c->diags->errors;
    const seg_event_set *set = seg_check_find_events(c, env, call->first_child);
    if (set == NULL) {
        if (c->diags->errors == errors && call->first_child->kind == SEG_NODE_NAME &&
            seg_names_find(&c->names, call->first_child->text) == NULL)
            seg_check_unknown(c, env, call->first_child, NULL, SEG_GUESS_EVENTS, "event");
        else if (c->diags->errors == errors)
            seg_check_fault(c, env, SEG_DIAG_AGGREGATE, call->first_child->span,
                            "`%.*s` needs the name of events", SEG_TEXT_ARGS(name));
        return NULL;
    }
    rule.facts = asked(c, env, call, set, call->first_child->next, call->last_child);
    if (rule.facts == NULL) return NULL;
    rule.type.optional = rule.kind == SEG_RULE_GAP && !seg_proof_several(c->proofs, rule.facts);
    return seg_check_make(c, env, node, true, rule);
}
