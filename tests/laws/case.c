#include "case.h"

#include <stdio.h>
#include <stdlib.h>

const seg_rules *seg_case_image(seg_arena *arena, seg_diags *diags, const seg_buffer *text,
                                seg_buffer *bytes) {
    const seg_source *source = seg_source_new(arena, "laws.seg", text->bytes, text->size_bytes);
    seg_node *tree = source != NULL ? seg_parse(arena, source, diags) : NULL;
    if (tree == NULL || diags->errors > 0)
        return NULL;
    static const seg_list_file files[] = {{{"some.csv", 8}, {"id,name\np0,x\np2,y\n", 18}},
                                          {{"other.csv", 9}, {"p1\n\"p\"\"\"\n", 9}}};
    const seg_check_given given = {.files = files, .file_count = 2};
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
