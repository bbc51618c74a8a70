#include "case.h"

#include <stdio.h>
#include <stdlib.h>

#include "natives.h"

/* Models that workspaces name: each has the inputs a, b and c, of which a is never missing. */
static const char terms[] =
    "{\"format\": \"seg-model-1\", \"inputs\": [\"a\", {\"name\": \"b\", \"missing\": 1.5}, "
    "{\"name\": \"c\", \"missing\": -3}], \"intercept\": -0.25, \"coefficients\": {\"c\": 0.1, "
    "\"a\": 0.7, \"b\": -0.3}, \"link\": \"logistic\"}";
static const char trees[] =
    "{\"format\": \"seg-model-1\", \"inputs\": [\"a\", \"b\", \"c\"], \"trees\": [{\"input\": \"a\", "
    "\"lt\": 2, \"yes\": {\"input\": \"b\", \"le\": 1, \"missing\": \"no\", \"yes\": 0.1, \"no\": "
    "2}, \"no\": {\"input\": \"c\", \"lt\": 0.5, \"missing\": \"yes\", \"yes\": -1, \"no\": 3}}, "
    "{\"input\": \"c\", \"le\": 0, \"missing\": \"yes\", \"yes\": 0.7, \"no\": {\"input\": \"b\", "
    "\"lt\": 0, \"missing\": \"yes\", \"yes\": 1, \"no\": -0.0}}, 0.3]}";
static const char both[] =
    "{\"format\": \"seg-model-1\", \"inputs\": [\"a\", {\"name\": \"b\", \"missing\": 0}, \"c\"], "
    "\"coefficients\": {\"b\": 1e-3}, \"trees\": [{\"input\": \"c\", \"lt\": 2, \"missing\": \"no\", "
    "\"yes\": -0.5, \"no\": {\"input\": \"a\", \"lt\": 1, \"yes\": 0.25, \"no\": 1}}, {\"input\": "
    "\"b\", \"le\": 10, \"yes\": 0, \"no\": -2}], \"combine\": \"mean\", \"link\": \"logistic\"}";

const seg_rules *seg_case_image(seg_arena *arena, seg_diags *diags, const seg_buffer *text,
                                seg_buffer *bytes) {
    const seg_source *source = seg_source_new(arena, "laws.seg", text->bytes, text->size_bytes);
    seg_node *tree = source != NULL ? seg_parse(arena, source, diags) : NULL;
    if (tree == NULL || diags->errors > 0)
        return NULL;
    static const seg_list_file files[] = {{{"some.csv", 8}, {"id,name\np0,x\np2,y\n", 18}},
                                          {{"other.csv", 9}, {"p1\n\"p\"\"\"\n", 9}},
                                          {{"terms.json", 10}, {terms, sizeof terms - 1}},
                                          {{"trees.json", 10}, {trees, sizeof trees - 1}},
                                          {{"both.json", 9}, {both, sizeof both - 1}}};
    const seg_check_given given = {.files = files, .file_count = sizeof files / sizeof *files};
    const seg_rules *rules = seg_check_with(arena, &tree, 1, &given, diags);
    if (rules == NULL || diags->errors > 0)
        return NULL;
    seg_plan *plan = seg_plan_make(arena, rules, false, diags);
    return plan != NULL && seg_emit(plan, bytes, diags) ? rules : NULL;
}

static void give_up(const seg_case *c, const char *what, const char *why) {
    fprintf(stderr, "%s: %s\n%.*s", what, why, (int)c->text.size_bytes, c->text.bytes);
    exit(2);
}

bool seg_case_open(seg_case *c, const seg_workspace *workspace) {
    seg_error error = {.status = SEG_OK};
    *c = (seg_case){.rules = NULL};
    seg_arena_init(&c->arena, NULL, 0);
    seg_diags_init(&c->diags, &c->arena);
    seg_buffer_init(&c->text, NULL);
    seg_buffer_init(&c->bytes, NULL);
    seg_workspace_text(workspace, NULL, &c->text);
    c->rules = seg_case_image(&c->arena, &c->diags, &c->text, &c->bytes);
    if (c->rules == NULL)
        return false;
    if (seg_image_load(&c->image, c->bytes.bytes, c->bytes.size_bytes, NULL, &error) != SEG_OK)
        give_up(c, "the compiler's own image was refused", error.message);
    if (seg_image_bind(c->image, SEG_LAWS_LIBRARY, &seg_laws_natives, &error) != SEG_OK)
        give_up(c, "the native functions do not fit", error.message);
    seg_image_describe(c->image, &c->info);
    if (seg_vm_new(&c->vm, c->image, NULL, &error) != SEG_OK)
        give_up(c, "no virtual machine", error.message);
    c->oracle = seg_oracle_new(c->rules);
    if (c->oracle == NULL)
        give_up(c, "no oracle", "memory is short");
    seg_targets_find(&c->targets, c->rules);
    return true;
}

seg_status seg_case_state(seg_vm *vm, seg_state *state, uint32_t profile) {
    const char id[2] = {'p', (char)('0' + profile)};
    seg_status status = seg_state_init(vm, state);
    return status == SEG_OK ? seg_state_identify(vm, state, (seg_text){id, 2}) : status;
}

void seg_case_close(seg_case *c) {
    seg_oracle_free(c->oracle);
    if (c->vm != NULL)
        seg_vm_free(c->vm);
    if (c->image != NULL)
        seg_image_free(c->image);
    seg_buffer_free(&c->bytes);
    seg_buffer_free(&c->text);
    seg_arena_release(&c->arena);
}
