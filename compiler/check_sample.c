/* check_sample.c - who a profile is: lists of ids, and samples by a hash of the id. */
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "constant.h"

/* ---- The profile's id ------------------------------------------------------------------------ */

static const seg_rule *identity(seg_checker *c, const seg_env *env, const seg_node *node) {
    if (c->inside != NULL) {
        seg_check_fault(c, env, SEG_DIAG_WHERE_SCOPE, node->span,
                        "this asks who the profile is, and the condition is about one event");
        return NULL;
    }
    uint32_t index = c->rules->attribute_count;
    c->touches_facts = true;
    if (!c->rules->has_identity) {
        c->rules->has_identity = true; /* read_attributes left room for it */
        c->attributes[index] = (seg_rule_field){.name = seg_text_of("the profile's id"),
                                                .type = seg_type_plain(SEG_TEXT),
                                                .default_value = {.value = {.known = true}}};
    }
    return seg_check_make(
        c, env, node, false,
        (seg_rule){.kind = SEG_RULE_ATTRIBUTE, .index = index, .type = seg_type_plain(SEG_TEXT)});
}

/* ---- Samples --------------------------------------------------------------------------------- */

/* A literal of a kind, perhaps behind the names of params and defines. NULL: told. */
static const seg_node *fixed(seg_checker *c, const seg_env *env, const seg_node *node, seg_node_kind kind,
                             const char *words) {
    seg_env at;
    const seg_node *value;
    if (node->kind == SEG_NODE_ERROR || !seg_check_resolve(c, env, node, &at, &value)) return NULL;
    if (value->kind == kind) return value;
    seg_check_fault(c, env, SEG_DIAG_ARGUMENTS, node->span, "%s is needed here", words);
    return NULL;
}

static bool takes(seg_checker *c, const seg_env *env, const seg_node *call, uint32_t count,
                  const char *example) {
    if (call->child_count == count + 1 && call->last_child->kind == SEG_NODE_NONE) return true;
    seg_diag *diag = seg_check_fault(c, env, SEG_DIAG_ARGUMENTS, call->span,
                                     "`%.*s` takes other values in its brackets", SEG_TEXT_ARGS(call->text));
    seg_diag_help(c->diags, diag, "write `%s`", example);
    return false;
}

static const seg_rule *bucket(seg_checker *c, const seg_env *env, const seg_node *call, bool written,
                              const seg_node *salt) {
    salt = fixed(c, env, salt, SEG_NODE_STRING, "a text that names the experiment");
    const seg_rule *id = salt != NULL ? identity(c, env, call) : NULL;
    if (id == NULL) return NULL;
    return seg_check_make(c, env, call, written,
                          (seg_rule){.kind = SEG_RULE_BUCKET,
                                     .type = seg_type_plain(SEG_INT),
                                     .operand_count = 1,
                                     .operands = {id},
                                     .pattern = salt->text});
}

bool seg_check_share(seg_checker *c, const seg_env *env, const seg_node *node, int64_t *buckets) {
    const seg_node *share = fixed(c, env, node, SEG_NODE_PERCENT, "a percentage, as 10%,");
    int64_t mantissa;
    uint8_t scale;
    if (share == NULL) return false;
    if (seg_constant_number(share->text, &mantissa, &scale) &&
        seg_constant_rescale(mantissa, scale, 2, buckets) && *buckets > 0 && *buckets < 10000)
        return true;
    seg_check_fault(c, env, SEG_DIAG_NUMBER_RANGE, node->span,
                    "a share is more than 0%% and less than 100%%, with at most two digits after the point");
    return false;
}

const seg_rule *seg_check_bucket(seg_checker *c, const seg_env *env, const seg_node *call) {
    if (!takes(c, env, call, 1, "bucket(\"exp-42\") < 5000")) return NULL;
    return bucket(c, env, call, true, call->first_child);
}

const seg_rule *seg_check_holdout(seg_checker *c, const seg_env *env, const seg_node *call) {
    int64_t buckets;
    if (!takes(c, env, call, 2, "holdout(10%, \"exp-42\")")) return NULL;
    if (!seg_check_share(c, env, call->first_child, &buckets)) return NULL;
    const seg_rule *own = bucket(c, env, call, false, call->first_child->next);
    seg_rule limit = {.kind = SEG_RULE_CONST,
                      .type = seg_type_plain(SEG_INT),
                      .constant = {.value = {.known = true, .as = {.i = buckets}}}};
    const seg_rule *bound = own != NULL ? seg_check_make(c, env, call, false, limit) : NULL;
    return seg_check_pair(c, env, call, true, SEG_RULE_LT, own, bound);
}

/* ---- Lists ----------------------------------------------------------------------------------- */

typedef struct cursor { /* over the bytes of a CSV file */
    const char *at, *end;
    seg_buffer cell;
} cursor;

/* The next cell, without its quotes; true when its line ends with it. */
static bool next_cell(cursor *file) {
    seg_buffer_clear(&file->cell);
    bool quoted = file->at < file->end && *file->at == '"';
    if (quoted) file->at++;
    for (; file->at < file->end; file->at++) {
        char byte = *file->at;
        if (quoted && byte == '"') {
            quoted = file->at + 1 < file->end && file->at[1] == '"';
            if (!quoted) continue;
            file->at++;
        } else if (!quoted && (byte == ',' || byte == '\n')) {
            break;
        } else if (!quoted && byte == '\r') {
            continue;
        }
        seg_buffer_add(&file->cell, &byte, 1);
    }
    bool ends = file->at == file->end || *file->at == '\n';
    if (file->at < file->end) file->at++;
    return ends;
}

static bool is_heading(const seg_buffer *cell) {
    seg_text text = {cell->bytes, cell->size_bytes};
    return seg_text_same(text, seg_text_of("id")) || seg_text_same(text, seg_text_of("profile"));
}

/* Which column of the first line says that it holds the ids; SEG_NONE: none, the lines have no headings. */
static uint32_t heading_of(cursor file) {
    uint32_t found = SEG_NONE;
    for (uint32_t column = 0; file.at < file.end; column++) {
        bool ends = next_cell(&file);
        if (found == SEG_NONE && is_heading(&file.cell)) found = column;
        if (ends) break;
    }
    seg_buffer_free(&file.cell);
    return found;
}

static int by_text(const void *left, const void *right) {
    const seg_rule_const *a = left, *b = right;
    return seg_text_order(a->value.as.text, b->value.as.text);
}

/* The ids in the file, each once, ascending. NULL: memory is short. */
static seg_rule_const *read_ids(seg_checker *c, seg_text bytes, uint32_t *count) {
    cursor file = {bytes.bytes, bytes.bytes + bytes.size_bytes, {0}};
    seg_buffer_init(&file.cell, c->arena->allocator);
    if (bytes.size_bytes >= 3 && memcmp(bytes.bytes, "\xEF\xBB\xBF", 3) == 0) file.at += 3;
    size_t lines = 1;
    for (const char *at = file.at; at < file.end; at++) lines += *at == '\n';
    seg_rule_const *ids = seg_arena_take_array(c->arena, lines + 1, sizeof *ids);
    uint32_t heading = heading_of(file), wanted = heading == SEG_NONE ? 0 : heading, found = 0, line = 0;
    while (ids != NULL && file.at < file.end) {
        bool ends = false;
        for (uint32_t column = 0; !ends; column++) {
            ends = next_cell(&file);
            if (column != wanted || file.cell.size_bytes == 0 || (line == 0 && heading != SEG_NONE)) continue;
            const char *text = seg_arena_copy(c->arena, file.cell.bytes, file.cell.size_bytes);
            ids[found].value = (seg_value){.known = true, .as.text = {text, file.cell.size_bytes}};
            found += text != NULL;
        }
        line++;
    }
    seg_buffer_free(&file.cell);
    if (ids != NULL && found > 1) qsort(ids, found, sizeof *ids, by_text);
    *count = 0;
    for (uint32_t i = 0; i < found; i++)
        if (*count == 0 || by_text(&ids[*count - 1], &ids[i]) != 0) ids[(*count)++] = ids[i];
    return ids;
}

const seg_rule *seg_check_in_file(seg_checker *c, const seg_env *env, const seg_node *node) {
    const seg_list_file *file = NULL;
    for (size_t i = 0; i < c->file_count && file == NULL; i++)
        if (seg_text_same(c->files[i].name, node->text)) file = &c->files[i];
    if (file == NULL) {
        seg_diag *diag =
            seg_check_fault(c, env, SEG_DIAG_LIST_FILE, node->name_span,
                            "there is no file \"%.*s\" below the workspace", SEG_TEXT_ARGS(node->text));
        seg_guess guess;
        seg_guess_init(&guess, node->text);
        for (size_t i = 0; i < c->file_count; i++) seg_guess_offer(&guess, c->files[i].name);
        if (seg_guess_found(&guess))
            seg_diag_help(c->diags, diag, "did you mean \"%.*s\"?", SEG_TEXT_ARGS(guess.best));
        return NULL;
    }
    const seg_rule *id = identity(c, env, node);
    uint32_t count;
    const seg_rule_const *ids = id != NULL ? read_ids(c, file->bytes, &count) : NULL;
    if (ids == NULL) return NULL;
    return seg_check_make(c, env, node, true,
                          (seg_rule){.kind = SEG_RULE_IN,
                                     .type = seg_type_plain(SEG_BOOL),
                                     .operand_count = 1,
                                     .operands = {id},
                                     .list_count = count,
                                     .list = ids});
}
