#include "unit.h"

#include <string.h>

#include "intern.h"

static const uint32_t LARGEST_SOURCE = SEG_SOURCE_LIMIT;

static void *watch_resize(void *user, void *block, size_t old_bytes, size_t new_bytes) {
    seg_unit *unit = user;
    void *resized = seg_resize(unit->host, block, old_bytes, new_bytes);
    if (!resized && new_bytes > 0) unit->memory_short = true;
    return resized;
}

seg_status seg_unit_verdict(seg_unit *unit, seg_status status) {
    bool memory_short = unit->memory_short;
    unit->memory_short = false;
    unit->compilation.arena.failed = false; /* the call may be made again */
    return memory_short ? SEG_E_MEMORY : status;
}

seg_status seg_unit_new(seg_unit **out, const seg_allocator *allocator) {
    *out = NULL;
    seg_unit *unit = seg_resize(allocator, NULL, 0, sizeof *unit);
    if (!unit) return SEG_E_MEMORY;
    *unit = (seg_unit){.host = allocator, .watch = {.resize = watch_resize, .user = unit}};
    unit->allocator = &unit->watch;
    seg_arena_init(&unit->arena, unit->allocator, 0);
    seg_compilation_init(&unit->compilation, unit->allocator);
    seg_buffer_init(&unit->images[0], unit->allocator);
    seg_buffer_init(&unit->images[1], unit->allocator);
    seg_buffer_init(&unit->test_text, unit->allocator);
    *out = unit;
    return SEG_OK;
}

/* Forgets all that was made of the sources. */
static void unit_forget(seg_unit *unit) {
    seg_vm_free(unit->test_vm);
    seg_vm_free(unit->other_vm);
    seg_image_free(unit->test_image);
    unit->test_vm = unit->other_vm = NULL;
    unit->test_image = NULL;
    for (size_t i = 0; i < 2; i++) {
        seg_buffer_free(&unit->images[i]);
        seg_buffer_init(&unit->images[i], unit->allocator);
    }
    seg_compilation_release(&unit->compilation);
    unit->named_count = 0;
    unit->named = NULL;
    unit->checked = false;
    unit->memory_short = false;
}

void seg_unit_free(seg_unit *unit) {
    if (!unit) return;
    unit_forget(unit);
    seg_buffer_free(&unit->test_text);
    seg_arena_release(&unit->arena);
    seg_resize(unit->host, unit, sizeof *unit, 0);
}

/* Room for one more of `list`, whose older copies stay in the arena: doubling keeps that small. */
static bool list_grow(seg_arena *arena, void **list, size_t count, size_t *room, size_t item_bytes) {
    if (count < *room) return true;
    size_t wanted = *room ? *room * 2 : 16;
    void *larger = seg_arena_take_array(arena, wanted, item_bytes);
    if (!larger) return false;
    if (count) memcpy(larger, *list, count * item_bytes);
    *list = larger;
    *room = wanted;
    return true;
}

seg_status seg_unit_add(seg_unit *unit, const char *name, const char *bytes, size_t size_bytes) {
    if (size_bytes > LARGEST_SOURCE) return SEG_E_LIMIT;
    unit_forget(unit);
    void *list = unit->sources;
    if (!list_grow(&unit->arena, &list, unit->source_count, &unit->source_room, sizeof(const seg_source *)))
        return SEG_E_MEMORY;
    unit->sources = list;
    const seg_source *source = seg_source_new(&unit->arena, name, bytes, size_bytes);
    if (!source) return SEG_E_MEMORY;
    unit->sources[unit->source_count++] = source;
    return SEG_OK;
}

seg_status seg_unit_set(seg_unit *unit, const char *name, const char *text) {
    unit_forget(unit);
    void *list = unit->params;
    if (!list_grow(&unit->arena, &list, unit->param_count, &unit->param_room, sizeof *unit->params))
        return SEG_E_MEMORY;
    unit->params = list;
    seg_param_value value = {.name = seg_arena_copy(&unit->arena, name, strlen(name)),
                             .text = seg_arena_copy(&unit->arena, text, strlen(text))};
    if (!value.name || !value.text) return SEG_E_MEMORY;
    unit->params[unit->param_count++] = value;
    return SEG_OK;
}

seg_status seg_unit_add_file(seg_unit *unit, const char *name, const char *bytes, size_t size_bytes) {
    unit_forget(unit);
    void *list = unit->files;
    if (!list_grow(&unit->arena, &list, unit->file_count, &unit->file_room, sizeof *unit->files))
        return SEG_E_MEMORY;
    unit->files = list;
    seg_list_file file = {{seg_arena_copy(&unit->arena, name, strlen(name)), strlen(name)},
                          {seg_arena_copy(&unit->arena, bytes, size_bytes), size_bytes}};
    if (!file.name.bytes || !file.bytes.bytes) return SEG_E_MEMORY;
    unit->files[unit->file_count++] = file;
    return SEG_OK;
}

seg_status seg_unit_bind(seg_unit *unit, const char *library, const seg_native_table *table) {
    void *list = unit->libraries;
    if (!list_grow(&unit->arena, &list, unit->library_count, &unit->library_room, sizeof *unit->libraries))
        return SEG_E_MEMORY;
    unit->libraries = list;
    seg_unit_library made = {seg_arena_copy(&unit->arena, library, strlen(library)), table};
    if (!made.name) return SEG_E_MEMORY;
    unit->libraries[unit->library_count++] = made;
    return SEG_OK;
}

/* Notes the files that a tree names, in order. */
static void note_files(seg_compilation *made, const seg_node *node, seg_list *names) {
    const seg_node *named = node->kind == SEG_NODE_IN_FILE ? node : NULL;
    if (node->kind == SEG_NODE_MODEL && node->first_child && node->first_child->kind == SEG_NODE_STRING)
        named = node->first_child;
    if (named) {
        const char **name = seg_list_add(&made->arena, names, sizeof *name);
        if (name) *name = seg_arena_copy(&made->arena, named->text.bytes, named->text.size_bytes);
    }
    for (const seg_node *child = node->first_child; child; child = child->next)
        note_files(made, child, names);
}

static void note_all_files(seg_unit *unit) {
    seg_compilation *made = &unit->compilation;
    seg_list names = {0};
    for (size_t i = 0; made->trees && i < made->source_count; i++)
        if (made->trees[i]->number > 0) note_files(made, made->trees[i], &names);
    unit->named = names.items;
    unit->named_count = names.count;
}

const char *seg_unit_file(const seg_unit *unit, uint32_t index) {
    return index < unit->named_count ? unit->named[index] : NULL;
}

seg_status seg_unit_check(seg_unit *unit) {
    unit_forget(unit);
    const seg_check_given given = {unit->params, unit->param_count, unit->files, unit->file_count};
    seg_status status = seg_compile_rules(&unit->compilation, unit->sources, unit->source_count, &given);
    if (!status) note_all_files(unit);
    seg_compile_give_up_trees(&unit->compilation);
    status = seg_unit_verdict(unit, status);
    if (!status) unit->checked = true;
    return status;
}

uint32_t seg_unit_errors(const seg_unit *unit) { return unit->compilation.diags.errors; }
uint32_t seg_unit_warnings(const seg_unit *unit) { return unit->compilation.diags.warnings; }

void seg_unit_diagnostics(seg_unit *unit, bool json, bool colour, seg_write_fn write, void *user) {
    seg_buffer text;
    seg_buffer_init(&text, unit->allocator);
    if (json) seg_diags_render_json(&unit->compilation.diags, &text);
    else seg_diags_render(&unit->compilation.diags, &text, colour);
    if (text.size_bytes) write(user, text.bytes, text.size_bytes);
    seg_buffer_free(&text);
}

seg_status seg_unit_image(seg_unit *unit, bool explain, const uint8_t **bytes, size_t *size_bytes) {
    *bytes = NULL;
    *size_bytes = 0;
    if (!unit->checked || !unit->compilation.rules || seg_unit_errors(unit)) return SEG_E_USAGE;
    seg_buffer *image = &unit->images[explain];
    if (!image->size_bytes) {
        seg_status status = seg_compile_image(&unit->compilation, explain, image);
        status = seg_unit_verdict(unit, status);
        if (status) {
            seg_buffer_clear(image);
            image->failed = false;
            return status;
        }
    }
    *bytes = (const uint8_t *)image->bytes;
    *size_bytes = image->size_bytes;
    return SEG_OK;
}

seg_status seg_unit_dump(seg_unit *unit, seg_stage stage, seg_write_fn write, void *user) {
    if (!unit->checked) return SEG_E_USAGE;
    seg_buffer text;
    seg_buffer_init(&text, unit->allocator);
    seg_status status = seg_unit_verdict(unit, seg_compile_dump(&unit->compilation, stage, &text));
    if (!status && text.size_bytes) write(user, text.bytes, text.size_bytes);
    seg_buffer_free(&text);
    return status;
}

seg_status seg_unit_cost(seg_unit *unit, bool json, seg_write_fn write, void *user) {
    seg_compilation *compilation = &unit->compilation;
    if (!unit->checked || !compilation->rules) return SEG_E_USAGE;
    seg_plan *plan = seg_plan_make(&compilation->arena, compilation->rules, false, &compilation->diags);
    seg_status status = seg_unit_verdict(unit, plan ? SEG_OK : SEG_E_LIMIT);
    if (status) return status;
    seg_buffer text;
    seg_buffer_init(&text, unit->allocator);
    seg_plan_cost(plan, json, &text);
    status = seg_unit_verdict(unit, SEG_OK);
    if (!status && text.size_bytes) write(user, text.bytes, text.size_bytes);
    seg_buffer_free(&text);
    return status;
}

seg_status seg_format(const char *name, const char *bytes, size_t size_bytes, bool colour, seg_write_fn write,
                      seg_write_fn diagnostics, void *user) {
    if (size_bytes > LARGEST_SOURCE) return SEG_E_LIMIT;
    seg_arena arena;
    seg_diags diags;
    seg_buffer text;
    seg_arena_init(&arena, NULL, 0);
    seg_diags_init(&diags, &arena);
    seg_buffer_init(&text, NULL);
    seg_status status = SEG_E_MEMORY;
    const seg_source *source = seg_source_new(&arena, name, bytes, size_bytes);
    if (source) {
        bool good = seg_format_source(&arena, source, &diags, &text);
        if (!arena.failed && !text.failed) status = good ? SEG_OK : SEG_E_FACT;
    }
    if (status == SEG_E_FACT) {
        seg_buffer_clear(&text);
        seg_diags_render(&diags, &text, colour);
        if (diagnostics && text.size_bytes) diagnostics(user, text.bytes, text.size_bytes);
    } else if (status == SEG_OK && text.size_bytes) {
        write(user, text.bytes, text.size_bytes);
    }
    seg_buffer_free(&text);
    seg_arena_release(&arena);
    return status;
}

const char *seg_code_explanation(const char *code, const char **title) {
    seg_diag_code found;
    if (!seg_diag_find(code, &found)) return NULL;
    if (title) *title = seg_diag_title(found);
    return seg_diag_explanation(found);
}

const char *seg_code_at(uint32_t index) {
    return index < SEG_DIAG_CODE_COUNT ? seg_diag_code_text((seg_diag_code)index) : NULL;
}

uint32_t seg_unit_segment_count(const seg_unit *unit) {
    return unit->compilation.rules ? unit->compilation.rules->segment_count : 0;
}

uint32_t seg_unit_policy_count(const seg_unit *unit) {
    return unit->compilation.rules ? unit->compilation.rules->policy_count : 0;
}

static seg_status segment_doc(seg_unit *unit, const seg_rule_segment *segment, seg_text *out) {
    size_t size = 0;
    for (uint32_t i = 0; i < segment->doc_count; i++) size += segment->doc[i].size_bytes + 1;
    if (size == 0) return SEG_OK;
    char *doc = seg_arena_take(&unit->compilation.arena, size);
    if (!doc) return SEG_E_MEMORY;
    size_t at = 0;
    for (uint32_t i = 0; i < segment->doc_count; i++) {
        if (i) doc[at++] = '\n';
        if (segment->doc[i].size_bytes) memcpy(doc + at, segment->doc[i].bytes, segment->doc[i].size_bytes);
        at += segment->doc[i].size_bytes;
    }
    *out = (seg_text){.bytes = doc, .size_bytes = at};
    return SEG_OK;
}

seg_status seg_unit_segment(seg_unit *unit, uint32_t index, seg_segment_facts *out) {
    if (index >= seg_unit_segment_count(unit)) return SEG_E_USAGE;
    const seg_rule_segment *segment = &unit->compilation.rules->segments[index];
    *out = (seg_segment_facts){.name = segment->name, .title = segment->title};
    if (segment->span.source) {
        out->file = segment->span.source->name;
        out->line = seg_source_place(segment->span.source, segment->span.first).line;
    }
    const seg_span *rule = &segment->rule->span;
    if (rule->source)
        out->rule =
            (seg_text){.bytes = rule->source->bytes + rule->first, .size_bytes = rule->end - rule->first};
    return segment_doc(unit, segment, &out->doc);
}
