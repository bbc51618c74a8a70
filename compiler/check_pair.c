/* check_pair.c - other events that come with an event: pairs behind a window, sequences, sessions. */
#include "check.h"
#include "constant.h"

enum { PAIR_LIMIT = 64 }; /* pairs of one question, those of its others counted too */

static seg_node *name_of(seg_checker *c, const seg_node *pair) {
    seg_node *name = seg_arena_take(c->arena, sizeof *name);
    if (name == NULL) return NULL;
    *name = (seg_node){
        .kind = SEG_NODE_NAME, .span = pair->name_span, .name_span = pair->name_span, .text = pair->text};
    return name;
}

static const seg_event_set *others_of(seg_checker *c, const seg_env *env, const seg_node *name) {
    if (name == NULL) return NULL;
    uint32_t errors = c->diags->errors;
    const seg_event_set *set = seg_check_find_events(c, env, name);
    if (set != NULL || c->diags->errors != errors) return set;
    seg_name *found = seg_names_find(&c->names, name->text);
    if (found == NULL) {
        seg_check_unknown(c, env, name, NULL, SEG_GUESS_EVENTS, "event");
        return NULL;
    }
    seg_diag *diag = seg_check_fault(c, env, SEG_DIAG_NAME_KIND, name->span, "`%.*s` is %s, not an event",
                                     SEG_TEXT_ARGS(name->text), seg_check_kind_words(found));
    seg_check_note_name(c, diag, found);
    return NULL;
}

/* ---- Bounds ---------------------------------------------------------------------------------- */

/* Nothing is a length here: `within 0s to 1h`. */
static bool bound(seg_checker *c, const seg_env *env, const seg_node *node, seg_rule_duration *out) {
    seg_env at;
    const seg_node *value;
    if (!seg_check_resolve(c, env, node, &at, &value)) return false;
    if (value->kind != SEG_NODE_DURATION || value->months != 0 || value->number != 0)
        return seg_check_duration(c, env, node, out);
    *out = (seg_rule_duration){0, 0};
    return true;
}

static bool read_bounds(seg_checker *c, const seg_env *env, const seg_node *node, seg_rule_pair *pair) {
    const seg_node *from = seg_tree_child(node, 1), *to = seg_tree_child(node, 2);
    if (from->kind == SEG_NODE_NONE) return true;
    pair->bounded = true;
    if (to->kind == SEG_NODE_NONE) return seg_check_duration(c, env, from, &pair->most);
    pair->by_time = true;
    if (!bound(c, env, from, &pair->least) || !bound(c, env, to, &pair->most)) return false;
    int order = seg_duration_order(pair->least, pair->most);
    if (order != 1 && order != 2) return true;
    seg_check_text a = seg_check_source(from->span), b = seg_check_source(to->span);
    seg_span span = {node->span.source, from->span.first, to->span.end};
    seg_diag *diag = seg_check_fault(c, env, SEG_DIAG_PAIR, span, "%s",
                                     order == 1 ? "no distance fits: the shorter time comes first"
                                                : "which one is longer depends on the month");
    if (order == 1) seg_diag_edit(c->diags, diag, span, "%s to %s", b.text, a.text);
    return false;
}

/* A length that is the same in every month. */
static bool exact(seg_checker *c, const seg_env *env, const seg_node *node, int64_t *ms) {
    seg_rule_duration duration = {0, 0};
    if (!seg_check_duration(c, env, node, &duration)) return false;
    *ms = duration.ms;
    if (duration.months == 0) return true;
    seg_diag *diag = seg_check_fault(c, env, SEG_DIAG_DURATION, node->span,
                                     "months and years differ in length; a fixed length is needed here");
    seg_diag_help(c->diags, diag, "write days: `30d`");
    return false;
}

/* ---- The same fields ------------------------------------------------------------------------- */

static const seg_rule *field_of(seg_checker *c, const seg_env *env, const seg_event_set *set,
                                const seg_node *name) {
    seg_env inner = {env->frame, set};
    bool told = false;
    const seg_rule *field = seg_check_field(c, &inner, name, name->text, &told);
    if (field != NULL || told) return field;
    seg_diag *diag =
        seg_check_fault(c, env, SEG_DIAG_PAIR, name->span, "`%.*s` has no field `%.*s`",
                        SEG_TEXT_ARGS(set->name), SEG_TEXT_ARGS(name->text));
    const seg_rule_event *event = &c->events[set->events[0]];
    seg_guess guess;
    seg_guess_init(&guess, name->text);
    for (uint32_t i = 0; i < event->field_count; i++) seg_guess_offer(&guess, event->fields[i].name);
    seg_check_guess(c, diag, name->span, &guess);
    return NULL;
}

static bool read_same(seg_checker *c, const seg_env *env, const seg_node *node, const seg_event_set *mine,
                      const seg_event_set *theirs, seg_rule_pair *pair) {
    const seg_node *name = seg_tree_child(node, 3);
    uint32_t count = node->child_count - 3;
    const seg_rule **here = seg_arena_take_array(c->arena, count + 1u, sizeof(void *));
    const seg_rule **there = seg_arena_take_array(c->arena, count + 1u, sizeof(void *));
    if (here == NULL || there == NULL) return false;
    pair->here = here;
    pair->there = there;
    for (; name != NULL; name = name->next) {
        const seg_rule *a = field_of(c, env, mine, name), *b = field_of(c, env, theirs, name);
        if (a == NULL || b == NULL) return false;
        seg_rule_type left = a->type, right = b->type;
        left.optional = right.optional = false;
        if (!seg_type_same(left, right)) {
            seg_type_words x = seg_type_describe(left), y = seg_type_describe(right);
            seg_check_fault(c, env, SEG_DIAG_PAIR, name->span,
                            "`%.*s` is %s in `%.*s` and %s in `%.*s`: they are never the same",
                            SEG_TEXT_ARGS(name->text), x.text, SEG_TEXT_ARGS(mine->name), y.text,
                            SEG_TEXT_ARGS(theirs->name));
            return false;
        }
        here[pair->same_count] = a;
        there[pair->same_count++] = b;
    }
    return true;
}

/* ---- Pairs ----------------------------------------------------------------------------------- */

static uint32_t size_of(const seg_rule_facts *facts) {
    uint32_t size = facts->pair_count;
    for (uint32_t i = 0; i < facts->pair_count && size <= PAIR_LIMIT; i++)
        size += size_of(facts->pairs[i].others);
    return size;
}

/* Adds pairs behind those that the facts have. */
static bool add_pairs(seg_checker *c, const seg_env *env, const seg_node *node, seg_rule_facts *facts,
                      const seg_rule_pair *added, uint32_t count) {
    seg_rule_pair *pairs = seg_arena_take_array(c->arena, facts->pair_count + count + 1u, sizeof *pairs);
    if (pairs == NULL) return false;
    for (uint32_t i = 0; i < facts->pair_count; i++) pairs[i] = facts->pairs[i];
    for (uint32_t i = 0; i < count; i++) pairs[facts->pair_count + i] = added[i];
    facts->pairs = pairs;
    facts->pair_count += count;
    if (size_of(facts) <= PAIR_LIMIT) return true;
    seg_check_fault(c, env, SEG_DIAG_RULE_LIMIT, node->span,
                    "this looks at more than %d other events for each event", PAIR_LIMIT);
    return false;
}

/* A pair of `mine` as written in `node`, over others that are known already. */
static bool read_pair(seg_checker *c, const seg_env *env, const seg_node *node, const seg_event_set *mine,
                      const seg_event_set *theirs, seg_rule_pair *pair) {
    pair->whole_ms = SEG_NEVER;
    return read_bounds(c, env, node, pair) && read_same(c, env, node, mine, theirs, pair);
}

static seg_rule_facts *facts_of(seg_checker *c, const seg_env *env, const seg_node *node,
                                const seg_event_set *set) {
    return set != NULL ? seg_check_facts(c, env, set, NULL, node->first_child) : NULL;
}

bool seg_check_pairs(seg_checker *c, const seg_env *env, const seg_event_set *mine, const seg_node *first,
                     seg_rule_facts *facts) {
    bool fits = true;
    for (const seg_node *node = first; node != NULL; node = node->next) {
        seg_rule_pair pair = {.preceded = node->op == SEG_NODE_OP_PRECEDED,
                              .negated = (node->flags & SEG_NODE_NEGATED) != 0,
                              .delay_ms = facts->delay_ms};
        const seg_event_set *theirs = others_of(c, env, name_of(c, node));
        pair.others = facts_of(c, env, node, theirs);
        fits = pair.others != NULL && read_pair(c, env, node, mine, theirs, &pair) &&
               add_pairs(c, env, node, facts, &pair, 1) && fits;
    }
    return fits;
}

/* ---- Sequences ------------------------------------------------------------------------------- */

typedef struct sequence {
    seg_checker *c;
    const seg_env *env;
    const seg_event_set *set; /* of the last step that was read */
    seg_rule_facts *facts;    /* it, with all that leads to it */
} sequence;

static bool is_negated(const seg_node *step) { return (step->flags & SEG_NODE_NEGATED) != 0; }

static bool step_fault(sequence *s, const seg_node *step, const char *message, const char *help) {
    seg_diag *diag = seg_check_fault(s->c, s->env, SEG_DIAG_SEQUENCE, step->span, "%s", message);
    seg_diag_help(s->c->diags, diag, "%s", help);
    return false;
}

/* `then no X` behind the last step that was read: between it and the next, or, at the end, a wait. */
static bool add_absence(sequence *s, const seg_node *step, bool between, int64_t *delay_ms) {
    seg_checker *c = s->c;
    seg_rule_pair pair = {.negated = true, .between = between, .delay_ms = s->facts->delay_ms};
    const seg_event_set *theirs = others_of(c, s->env, name_of(c, step));
    pair.others = facts_of(c, s->env, step, theirs);
    if (pair.others == NULL || !read_pair(c, s->env, step, s->set, theirs, &pair)) return false;
    if (!between && !pair.bounded)
        return step_fault(s, step, "for how long must it not happen? The end of a sequence needs a time",
                          "write `then no ... within 24h`: the sequence is complete 24 hours later");
    const seg_node *from = seg_tree_child(step, 1), *to = seg_tree_child(step, 2);
    int64_t wait = 0;
    if (!between && !exact(c, s->env, to->kind == SEG_NODE_NONE ? from : to, &wait)) return false;
    if (wait > *delay_ms) *delay_ms = wait;
    return add_pairs(c, s->env, step, s->facts, &pair, 1);
}

/* The next event of the sequence: what was read so far must come before it. */
static bool add_step(sequence *s, const seg_node *step, bool is_last, int64_t whole_ms) {
    seg_checker *c = s->c;
    const seg_event_set *set = others_of(c, s->env, name_of(c, step));
    seg_rule_facts *facts = facts_of(c, s->env, step, set);
    if (facts == NULL) return false;
    seg_rule_pair pair = {
        .preceded = true, .inherits = !is_last, .delay_ms = facts->delay_ms, .others = s->facts};
    if (!read_pair(c, s->env, step, set, s->set, &pair)) return false;
    if (is_last) pair.whole_ms = whole_ms;
    s->set = set;
    s->facts = facts;
    return add_pairs(c, s->env, step, facts, &pair, 1);
}

static bool first_step(sequence *s, const seg_node *step) {
    if (is_negated(step))
        return step_fault(s, step, "a sequence begins with something that happened",
                          "an event that comes with none before it is `visits not preceded by ...`");
    if (seg_tree_child(step, 1)->kind != SEG_NODE_NONE || step->child_count > 3)
        return step_fault(s, step, "there is nothing before the first step",
                          "`within` and `with same` stand behind the later of the two events");
    s->set = others_of(s->c, s->env, name_of(s->c, step));
    s->facts = facts_of(s->c, s->env, step, s->set);
    return s->facts != NULL;
}

/* The last step of the sequence that happens. */
static const seg_node *last_event(const seg_node *first) {
    const seg_node *last = first;
    for (const seg_node *step = first; step != NULL; step = step->next)
        if (!is_negated(step)) last = step;
    return last;
}

static bool read_sequence(sequence *s, const seg_node *node) {
    const seg_node *whole = node->first_child, *step = whole->next;
    if (step == NULL || step->kind != SEG_NODE_PAIR || !first_step(s, step)) return false;
    const seg_node *last = last_event(step);
    bool is_single = last == step;
    int64_t whole_ms = SEG_NEVER, delay_ms = 0;
    if (whole->kind != SEG_NODE_NONE && !exact(s->c, s->env, whole, &whole_ms)) return false;
    if (whole->kind != SEG_NODE_NONE && is_single)
        return step_fault(s, whole, "`all within` needs two events that happen",
                          "for how long something must not happen stands behind it: `then no x within 24h`");
    bool behind = is_single;
    for (step = step->next; step != NULL; step = step->next) {
        if (step->kind != SEG_NODE_PAIR) return false;
        if (is_negated(step) ? !add_absence(s, step, !behind, &delay_ms)
                             : !add_step(s, step, step == last, whole_ms))
            return false;
        behind = behind || step == last;
    }
    s->facts->delay_ms += delay_ms;
    return true;
}

static bool read_sessions(sequence *s, const seg_node *node) {
    seg_checker *c = s->c;
    const seg_node *of = node->first_child, *where = of->next;
    s->set = others_of(c, s->env, of);
    if (s->set == NULL) return false;
    s->facts = seg_check_facts(c, s->env, s->set, NULL, where);
    if (s->facts == NULL) return false;
    seg_rule_pair pair = {.preceded = true, .negated = true, .bounded = true, .whole_ms = SEG_NEVER,
                          .delay_ms = s->facts->delay_ms};
    pair.others = seg_check_facts(c, s->env, s->set, NULL, where);
    return pair.others != NULL && seg_check_duration(c, s->env, where->next, &pair.most) &&
           add_pairs(c, s->env, node, s->facts, &pair, 1);
}

static void derive_circle(seg_checker *c, const seg_name *name) {
    seg_check_fault(c, NULL, SEG_DIAG_CIRCLE, name->node->name_span,
                    "the event `%.*s` would be made of itself", SEG_TEXT_ARGS(name->text));
}

/* For a sequence at fault, so that its uses are not told of too: events that were named in it, or any. */
static const seg_event_set *stand_in(seg_checker *c, const seg_event_set *named) {
    static const uint32_t first[1] = {0};
    if (named != NULL || c->rules->event_count == 0) return named;
    seg_event_set *set = seg_arena_take(c->arena, sizeof *set);
    if (set != NULL) *set = (seg_event_set){c->events[0].name, 1, first, NULL};
    return set;
}

const seg_event_set *seg_check_derive(seg_checker *c, seg_name *name) {
    if (name->state == 1) derive_circle(c, name);
    if (name->state != 0) return name->state == 2 ? name->events : NULL;
    if (!seg_check_enter(c, name->node)) return NULL;
    name->state = 1;
    seg_env top = {NULL, NULL};
    sequence s = {.c = c, .env = &top};
    bool fits = name->node->kind == SEG_NODE_SESSIONS ? read_sessions(&s, name->node)
                                                      : read_sequence(&s, name->node);
    seg_check_leave(c);
    name->state = 2;
    if (!fits) return name->events = stand_in(c, s.set);
    seg_event_set *set = seg_arena_take(c->arena, sizeof *set);
    if (set == NULL) return NULL;
    s.facts->own_pairs = s.facts->pair_count;
    *set = (seg_event_set){name->text, s.facts->event_count, s.facts->events, s.facts};
    name->events = set;
    return set;
}

void seg_check_derived(seg_checker *c) {
    for (uint32_t i = 0; i < c->names.count && !c->arena->failed; i++)
        if (c->names.list[i].kind == SEG_NAME_DERIVED) (void)seg_check_derive(c, &c->names.list[i]);
}
