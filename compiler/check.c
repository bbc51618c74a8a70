/* check.c - from trees to typed rules: the passes over a workspace, in order. */
#include "check.h"

/* ---- Segments -------------------------------------------------------------------------------- */

static void collect_segments(seg_checker *c) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < c->names.count; i++) count += c->names.list[i].kind == SEG_NAME_SEGMENT;
    const seg_name **names = seg_arena_take_array(c->arena, (size_t)count + 1, sizeof(void *));
    if (names == NULL) return;
    count = 0;
    for (uint32_t i = 0; i < c->names.count; i++) {
        if (c->names.list[i].kind != SEG_NAME_SEGMENT) continue;
        c->names.list[i].index = count;
        names[count++] = &c->names.list[i];
    }
    c->segment_names = names;
    c->rules->segment_count = count;
}

static seg_text argument_text(const seg_node *node) {
    bool quoted = node->kind == SEG_NODE_STRING || node->kind == SEG_NODE_NAME;
    if (quoted || node->span.source == NULL) return node->text;
    return (seg_text){node->span.source->bytes + node->span.first, node->span.end - node->span.first};
}

static void read_annotations(seg_checker *c, const seg_node *node, seg_rule_segment *segment) {
    seg_rule_annotation *annotations =
        seg_arena_take_array(c->arena, (size_t)node->child_count + 1, sizeof *annotations);
    seg_text *doc = seg_arena_take_array(c->arena, (size_t)node->child_count + 1, sizeof *doc);
    if (annotations == NULL || doc == NULL) return;
    for (const seg_node *child = node->first_child; child != NULL; child = child->next) {
        if (child->kind == SEG_NODE_DOC) doc[segment->doc_count++] = child->text;
        if (child->kind != SEG_NODE_ANNOTATION) continue;
        seg_text *arguments =
            seg_arena_take_array(c->arena, (size_t)child->child_count + 1, sizeof *arguments);
        if (arguments == NULL) return;
        seg_rule_annotation *annotation = &annotations[segment->annotation_count++];
        *annotation = (seg_rule_annotation){.name = child->text, .arguments = arguments};
        for (const seg_node *argument = child->first_child; argument != NULL; argument = argument->next)
            arguments[annotation->argument_count++] = argument_text(argument);
    }
    segment->annotations = annotations;
    segment->doc = doc;
}

static const seg_rule *read_rule(seg_checker *c, uint32_t index) {
    const seg_name *name = c->segment_names[index];
    seg_env env;
    c->segment = index;
    c->touches_facts = false;
    c->proofs = NULL;
    if (name->node->last_child == NULL || !seg_check_segment_env(c, name, &env)) return NULL;
    c->asserted = true;
    const seg_rule *rule = seg_check_condition(c, &env, name->node->last_child);
    if (rule != NULL && !c->touches_facts)
        seg_check_fault(c, NULL, SEG_DIAG_CONSTANT_SEGMENT, name->node->name_span,
                        "`%.*s` looks at no attribute and no event: it holds everybody or nobody",
                        SEG_TEXT_ARGS(name->text));
    return rule;
}

/* Segments are read in the order of their names, but their trees lie in that of the text: what will be needed
 * next is fetched while the present one is read. A tree's nodes lie behind that of its name. */
static void fetch_ahead(const seg_node *node) {
    for (uintptr_t at = 0; at < 32 * sizeof *node; at += 64)
        __builtin_prefetch((const void *)((uintptr_t)node + at));
}

static const seg_rule **read_segments(seg_checker *c) {
    uint32_t count = c->rules->segment_count;
    uint64_t size = 0;
    const seg_rule **rules = seg_arena_take_array(c->arena, (size_t)count + 1, sizeof(void *));
    for (uint32_t i = 0; i < count && rules != NULL && !c->arena->failed; i++) {
        const seg_name *name = c->segment_names[i];
        if (i + 1 < count) fetch_ahead(c->segment_names[i + 1]->node);
        if (name->group == NULL)
            rules[i] = read_rule(c, i);
        else
            seg_check_stages(c, name, rules);
        size += rules[i] != NULL ? seg_rule_size(rules[i]) : 0;
        if (size > SEG_CHECK_STEP_LIMIT) seg_check_too_large(c, name->node->name_span);
    }
    c->segment = SEG_NONE;
    return rules;
}

static void place_segments(seg_checker *c, const seg_rule *const *rules) {
    uint32_t count = c->rules->segment_count;
    seg_rule_segment *segments = seg_arena_take_array(c->arena, (size_t)count + 1, sizeof *segments);
    if (segments == NULL) return;
    for (uint32_t i = 0; i < count; i++) {
        const seg_name *name = c->segment_names[i];
        seg_rule_segment *segment = &segments[c->segment_order[i]];
        *segment = (seg_rule_segment){.name = name->text,
                                      .title = seg_check_title(c, name),
                                      .rule = rules[i],
                                      .span = name->node->span};
        read_annotations(c, name->group != NULL ? name->group : name->node, segment);
    }
    for (uint32_t i = 0; i < c->segment_rule_count; i++)
        c->segment_rules[i]->index = c->segment_order[c->segment_rules[i]->index];
    c->rules->segments = segments;
}

/* ---- What nobody uses ------------------------------------------------------------------------ */

static void check_unused(seg_checker *c) {
    uint32_t count = 0;
    const seg_name **unused = seg_arena_take_array(c->arena, (size_t)c->names.count + 1, sizeof(void *));
    if (unused == NULL) return;
    for (uint32_t i = 0; i < c->names.count; i++) {
        const seg_name *name = &c->names.list[i];
        if ((name->kind == SEG_NAME_DEFINE || name->kind == SEG_NAME_PARAM || name->kind == SEG_NAME_MODEL ||
             name->kind == SEG_NAME_NATIVE) &&
            !name->used)
            unused[count++] = name;
    }
    bool sound = c->diags->errors == 0; /* else the use may stand behind a fault */
    for (uint32_t i = 0; i < count; i++) {
        if (unused[i]->kind == SEG_NAME_DEFINE) seg_check_unused(c, unused[i]);
        if (unused[i]->kind == SEG_NAME_MODEL) seg_check_unused_model(c, unused[i]);
        if (sound)
            seg_check_fault(c, NULL, SEG_DIAG_UNUSED, unused[i]->node->name_span, "nothing uses `%.*s`",
                            SEG_TEXT_ARGS(unused[i]->text));
    }
}

const seg_rules *seg_check(seg_arena *arena, seg_node *const *trees, size_t tree_count,
                           const seg_param_value *params, size_t param_count, seg_diags *diags) {
    const seg_check_given given = {.params = params, .param_count = param_count};
    return seg_check_with(arena, trees, tree_count, &given, diags);
}

const seg_rules *seg_check_with(seg_arena *arena, seg_node *const *trees, size_t tree_count,
                                const seg_check_given *given, seg_diags *diags) {
    seg_checker checker = {.arena = arena,
                           .diags = diags,
                           .params = given->params,
                           .param_count = given->param_count,
                           .files = given->files,
                           .file_count = given->file_count,
                           .segment = SEG_NONE};
    seg_checker *c = &checker;
    c->rules = seg_arena_take(arena, sizeof *c->rules);
    if (c->rules == NULL) return NULL;
    seg_check_declarations(c, trees, tree_count);
    collect_segments(c);
    if (arena->failed) return NULL;
    c->steps = 0;
    const seg_rule **rules = read_segments(c);
    if (arena->failed) return NULL;
    seg_check_policies(c);
    check_unused(c);
    (void)seg_check_order(c);
    if (arena->failed) return NULL;
    seg_check_columns(c, trees, tree_count);
    seg_check_tests(c, trees, tree_count);
    if (arena->failed || diags->errors != 0) return NULL;
    place_segments(c, rules);
    seg_check_place_policies(c);
    seg_check_place_zones(c);
    seg_check_crowd_places(c);
    return arena->failed || diags->errors != 0 ? NULL : c->rules;
}
