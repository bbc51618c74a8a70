/* check_policy.c - policies: what every member of some segments must be. Here they get their segments and
 * their conditions; whether they hold is proven elsewhere (compiler/proof). */
#include <stdlib.h>

#include "check.h"

/* Segments are numbered in order of names until seg_check_place_policies. */
typedef struct subjects {
    uint32_t count;
    uint32_t *list;
} subjects;

static const seg_node *head_of(const seg_name *name) {
    return name->group != NULL ? name->group : name->node;
}

static seg_text argument_text(const seg_node *node) {
    bool quoted = node->kind == SEG_NODE_STRING || node->kind == SEG_NODE_NAME;
    if (quoted || node->span.source == NULL) return node->text;
    return (seg_text){node->span.source->bytes + node->span.first, node->span.end - node->span.first};
}

/* Does the segment carry @annotation(wanted)? Offers what it does carry to the guess. */
static bool carries(const seg_name *name, const char *annotation, seg_text wanted, seg_guess *guess) {
    bool found = false;
    for (const seg_node *mark = head_of(name)->first_child; mark != NULL; mark = mark->next) {
        if (mark->kind != SEG_NODE_ANNOTATION || !seg_text_same(mark->text, seg_text_of(annotation)))
            continue;
        for (const seg_node *argument = mark->first_child; argument != NULL; argument = argument->next) {
            seg_guess_offer(guess, argument_text(argument));
            found = found || seg_text_same(argument_text(argument), wanted);
        }
    }
    return found;
}

static void add_named(seg_checker *c, const seg_node *node, subjects *out) {
    const seg_env top = {NULL, NULL};
    for (const seg_node *one = node->first_child; one != NULL; one = one->next) {
        const seg_name *name = seg_check_segment(c, &top, one, one->first_child);
        if (name == NULL) continue;
        for (uint32_t i = 0; i < out->count; i++) {
            if (out->list[i] != name->index) continue;
            seg_check_fault(c, NULL, SEG_DIAG_POLICY, one->span, "`%.*s` is there twice",
                            SEG_TEXT_ARGS(name->text));
            return;
        }
        out->list[out->count++] = name->index;
    }
}

static void add_carriers(seg_checker *c, const seg_node *node, subjects *out) {
    const seg_node *argument = node->first_child;
    bool tagged = node->op == SEG_NODE_OP_TAGGED;
    if (argument == NULL) return;
    seg_text wanted = argument_text(argument);
    seg_guess guess;
    seg_guess_init(&guess, wanted);
    for (uint32_t i = 0; i < c->rules->segment_count; i++)
        if (carries(c->segment_names[i], tagged ? "tag" : "owner", wanted, &guess))
            out->list[out->count++] = i;
    if (out->count != 0) return;
    seg_diag *diag = seg_check_fault(c, NULL, SEG_DIAG_POLICY_EMPTY, node->span,
                                     tagged ? "no segment is tagged `%.*s`" : "no segment is owned by `%.*s`",
                                     SEG_TEXT_ARGS(wanted));
    if (seg_guess_found(&guess))
        seg_check_guess(c, diag, argument->span, &guess);
    else
        seg_diag_help(c->diags, diag, "write `@%s(%s)` before the segments that are meant",
                      tagged ? "tag" : "owner", seg_check_source(argument->span).text);
}

static subjects read_subjects(seg_checker *c, const seg_node *node) {
    size_t room = (size_t)c->rules->segment_count + node->child_count + 1;
    subjects out = {0, seg_arena_take_array(c->arena, room, sizeof *out.list)};
    if (out.list == NULL || node->kind != SEG_NODE_SUBJECTS) return out;
    if (node->op == SEG_NODE_OP_TAGGED || node->op == SEG_NODE_OP_OWNED)
        add_carriers(c, node, &out);
    else if (node->op == SEG_NODE_OP_ALL_OF)
        while (out.count < c->rules->segment_count) {
            out.list[out.count] = out.count;
            out.count++;
        }
    else
        add_named(c, node, &out);
    return out;
}

static void read_policy(seg_checker *c, const seg_node *node, seg_rule_policy *policy) {
    const seg_env top = {NULL, NULL};
    const seg_node *title = node->first_child, *subject = title->next, *what = node->last_child;
    subjects mine = read_subjects(c, subject);
    *policy = (seg_rule_policy){.name = node->text,
                                .title = title->kind == SEG_NODE_STRING ? title->text : node->text,
                                .segment_count = mine.count,
                                .segments = mine.list,
                                .span = node->span,
                                .what = what->span};
    if (node->op == SEG_NODE_OP_IMPLY) {
        policy->kind = SEG_POLICY_IMPLY;
        c->proofs = NULL;
        c->asserted = true;
        policy->condition = seg_check_condition(c, &top, what);
    } else if (node->op == SEG_NODE_OP_EXCLUDE) {
        subjects others = read_subjects(c, what);
        policy->kind = SEG_POLICY_EXCLUDE;
        policy->others = others.list;
        policy->other_count = others.count;
    } else {
        policy->kind = SEG_POLICY_DISJOINT;
        policy->what = subject->span;
        if (subject->op == SEG_NODE_OP_NONE && mine.count == 1)
            seg_check_fault(c, NULL, SEG_DIAG_POLICY, subject->span,
                            "one segment alone is disjoint from nothing");
    }
}

static bool is_whole(const seg_node *node) { return node->kind == SEG_NODE_POLICY && node->child_count == 3; }

void seg_check_policies(seg_checker *c) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < c->names.count; i++) count += c->names.list[i].kind == SEG_NAME_POLICY;
    seg_rule_policy *list = seg_arena_take_array(c->arena, (size_t)count + 1, sizeof *list);
    if (list == NULL) return;
    for (uint32_t i = 0; i < c->names.count; i++) {
        const seg_name *name = &c->names.list[i];
        if (name->kind == SEG_NAME_POLICY && is_whole(name->node))
            read_policy(c, name->node, &list[c->rules->policy_count++]);
    }
    c->policies = list;
    c->rules->policies = list;
}

static int by_number(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static void place(const seg_checker *c, uint32_t *list, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) list[i] = c->segment_order[list[i]];
    if (count > 1) qsort(list, count, sizeof *list, by_number);
}

void seg_check_place_policies(seg_checker *c) {
    for (uint32_t i = 0; i < c->rules->policy_count; i++) {
        place(c, c->policies[i].segments, c->policies[i].segment_count);
        place(c, c->policies[i].others, c->policies[i].other_count);
    }
}
