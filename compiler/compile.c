#include "compile.h"

void seg_compilation_init(seg_compilation *compilation, const seg_allocator *allocator) {
    *compilation = (seg_compilation){0};
    seg_arena_init(&compilation->arena, allocator, 0);
    seg_arena_init(&compilation->nodes, allocator, 0);
    seg_diags_init(&compilation->diags, &compilation->arena);
}

void seg_compilation_release(seg_compilation *compilation) {
    seg_arena_release(&compilation->arena);
    seg_arena_release(&compilation->nodes);
    seg_diags_init(&compilation->diags, &compilation->arena);
    compilation->source_count = 0;
    compilation->sources = NULL;
    compilation->trees = NULL;
    compilation->rules = NULL;
}

/* A file that could not be read whole may lack the very names that the others use: names and types
 * are looked at only when every file was read, so that no fault is reported that is not one. */
seg_status seg_compile_rules(seg_compilation *compilation, const seg_source **sources, size_t source_count,
                             const seg_check_given *given) {
    seg_arena *arena = &compilation->arena;
    seg_diags *diags = &compilation->diags;
    compilation->sources = sources;
    compilation->source_count = source_count;
    compilation->trees = seg_arena_take_array(arena, source_count + 1, sizeof(seg_node *));
    if (!compilation->trees) return SEG_E_MEMORY;
    for (size_t i = 0; i < source_count; i++) {
        compilation->trees[i] = seg_parse_apart(&compilation->nodes, arena, sources[i], diags);
        if (!compilation->trees[i]) return SEG_E_MEMORY;
    }
    if (diags->errors == 0)
        compilation->rules = seg_check_with(arena, compilation->trees, source_count, given, diags);
    if (arena->failed) return SEG_E_MEMORY;
    if (diags->errors > 0) compilation->rules = NULL;
    return SEG_OK;
}

void seg_compile_give_up_trees(seg_compilation *compilation) {
    compilation->trees = NULL;
    seg_arena_hand_on(&compilation->nodes, &compilation->arena);
}

seg_status seg_compile_image(seg_compilation *compilation, bool explain, seg_buffer *image) {
    if (!compilation->rules) return SEG_E_USAGE;
    seg_diags *diags = &compilation->diags;
    seg_plan *plan = seg_plan_make(&compilation->arena, compilation->rules, explain, diags);
    bool done = plan && seg_emit(plan, image, diags);
    if (compilation->arena.failed || image->failed) return SEG_E_MEMORY;
    return done ? SEG_OK : SEG_E_LIMIT;
}

static void buffer_write(void *user, const char *bytes, size_t size_bytes) {
    seg_buffer_add(user, bytes, size_bytes);
}

static seg_status dump_bytecode(seg_compilation *compilation, seg_buffer *out) {
    seg_buffer bytes;
    seg_buffer_init(&bytes, compilation->arena.allocator);
    seg_image *image = NULL;
    seg_status status = seg_compile_image(compilation, false, &bytes);
    if (!status)
        status = seg_image_load(&image, bytes.bytes, bytes.size_bytes, compilation->arena.allocator, NULL);
    if (!status) seg_image_dump(image, buffer_write, out);
    seg_image_free(image);
    seg_buffer_free(&bytes);
    return status;
}

static seg_status dump_plan(seg_compilation *compilation, seg_buffer *out) {
    seg_plan *plan = seg_plan_make(&compilation->arena, compilation->rules, false, &compilation->diags);
    if (compilation->arena.failed) return SEG_E_MEMORY;
    if (!plan) return SEG_E_LIMIT;
    seg_dump_plan(plan, out);
    return SEG_OK;
}

/* Tokens and trees are per file, read once more: with several files, each begins with its name. */
static void dump_files(seg_compilation *compilation, seg_stage stage, seg_buffer *out) {
    seg_arena *arena = &compilation->arena;
    seg_diags unseen; /* the parser has reported the same faults already */
    seg_diags_init(&unseen, arena);
    for (size_t i = 0; i < compilation->source_count; i++) {
        const seg_source *source = compilation->sources[i];
        if (compilation->source_count > 1) seg_buffer_format(out, "%s# %s\n", i ? "\n" : "", source->name);
        if (stage == SEG_STAGE_TOKENS)
            seg_dump_tokens(source, arena, &unseen, out);
        else
            seg_dump_tree(seg_parse(arena, source, &unseen), out);
    }
}

seg_status seg_compile_dump(seg_compilation *compilation, seg_stage stage, seg_buffer *out) {
    seg_status status = SEG_OK;
    if (stage <= SEG_STAGE_TREE) {
        if (!compilation->sources) return SEG_E_USAGE;
        dump_files(compilation, stage, out);
    } else {
        if (!compilation->rules) return SEG_E_USAGE;
        if (stage == SEG_STAGE_TYPES)
            seg_dump_rules(compilation->rules, out);
        else if (stage == SEG_STAGE_PLAN)
            status = dump_plan(compilation, out);
        else
            status = dump_bytecode(compilation, out);
    }
    if (compilation->arena.failed || out->failed) return SEG_E_MEMORY;
    return status;
}
