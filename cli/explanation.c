#include "explanation.h"

#include <stdlib.h>
#include <string.h>

#include "feed.h"
#include "output.h"

/* ---- Finding out ----------------------------------------------------------------------------- */

static seg_status alias_record(void *user, const seg_record *record, seg_error *error) {
    (void)error;
    return seg_history_alias(user, record) ? SEG_OK : SEG_E_MEMORY;
}

static seg_status person_record(void *user, const seg_record *record, seg_error *error) {
    seg_explanation *j = user;
    bool is_own = seg_history_is(&j->history, record);
    if (!is_own && !j->is_ranked) return SEG_OK;
    if (is_own && !seg_history_add(&j->history, record)) return SEG_E_MEMORY;
    return seg_engine_apply(j->engine, record, error);
}

/* The files are read twice: who the person is may stand at their end. */
static int facts_read(seg_explanation *j) {
    seg_feed feed = {.image = j->workspace.image,
                     .on_record = alias_record,
                     .user = &j->history,
                     .quiet = seg_arguments_has(j->arguments, SEG_OPTION_QUIET)};
    const char **paths = seg_feed_paths(j->arguments, SEG_OPTION_EVENTS, &feed.path_count);
    if (!paths) return seg_say_memory();
    feed.paths = paths;
    int code = seg_spool_input(&j->spool, paths, feed.path_count);
    feed.spool = j->spool.path;
    if (!code) code = seg_feed_run(&feed);
    if (!code) code = seg_feed_verdict(&feed, j->arguments);
    if (!code && !seg_history_person(&j->history, j->profile)) code = seg_say_memory();
    seg_engine_options options = {.mode = SEG_ENGINE_BATCH, .limit = j->at};
    seg_error error = {0};
    if (!code) {
        seg_status status = seg_engine_new(&j->engine, j->workspace.image, &options, &error);
        if (status) code = seg_say_status("cannot begin", status, &error);
    }
    feed.on_record = person_record;
    feed.user = j;
    feed.silent = true;
    if (!code) code = seg_feed_run(&feed);
    if (!code) {
        seg_status status = seg_engine_settle(j->engine, &error);
        if (status) code = seg_say_status("cannot evaluate", status, &error);
    }
    free(paths);
    return code;
}

static void entry_take(void *user, int64_t time, uint64_t tie, const int64_t *words, size_t word_count) {
    (void)words;
    (void)word_count;
    seg_explanation_part *p = user;
    seg_explanation_entry *slot = &p->newest[p->entry_count % SEG_EXPLANATION_NEWEST];
    const seg_explanation_entry *before =
        p->entry_count ? &p->newest[(p->entry_count - 1) % SEG_EXPLANATION_NEWEST] : NULL;
    size_t nth = before && before->time == time && before->tie == tie ? before->nth + 1 : 0;
    *slot = (seg_explanation_entry){.time = time, .tie = tie, .nth = nth};
    if (p->entry_count == 0) p->oldest = *slot;
    p->entry_count++;
}

static bool standing_find(void *user, uint32_t ranking, seg_standing *out) {
    const seg_explanation *j = user;
    return seg_engine_standing(j->engine, seg_text_from(j->profile), ranking, out);
}

/* Where the profile stands, and where the cut is. */
static void ranking_find(seg_explanation *j, seg_explanation_part *p) {
    const seg_probe_info *info = &p->info;
    seg_text other;
    if (info->ranking == SEG_NONE) return;
    p->stands = standing_find(j, info->ranking, &p->standing);
    const seg_standing *at = &p->standing;
    if (!p->stands || !seg_engine_at_place(j->engine, info->ranking, at->above + 1, &other, &p->key)) return;
    uint64_t amount = info->is_share ? at->count * info->amount / 10000 : info->amount;
    if (amount > at->count) amount = at->count;
    if (amount == 0) return;
    uint64_t place = info->from_bottom ? at->count - amount + 1 : amount;
    p->has_cut = seg_engine_at_place(j->engine, info->ranking, place, &other, &p->cut);
}

static seg_status part_find(seg_explanation *j, uint32_t index) {
    seg_explanation_part *p = &j->parts[index];
    seg_status status = seg_image_probe(j->workspace.image, j->segment, index, &p->info);
    if (!status)
        status = seg_probe_value(j->vm, j->state, j->segment, index, j->at, &p->value, &p->holds_until);
    if (!status) ranking_find(j, p);
    if (!status && p->info.query != SEG_NONE)
        status = seg_probe_entries(j->vm, j->state, j->segment, index, j->at, entry_take, p);
    return status;
}

/* The word that joins a part's first operand with its second: "and", "or", or nothing that matters here. */
static const char *joint_of(const seg_explanation *j, size_t index) {
    if (index + 1 >= j->part_count || j->parts[index + 1].info.depth <= j->parts[index].info.depth) return "";
    seg_text whole = j->parts[index].info.text, first = j->parts[index + 1].info.text;
    size_t at = first.size_bytes;
    if (at >= whole.size_bytes || memcmp(whole.bytes, first.bytes, at) != 0) return "";
    while (at < whole.size_bytes && strchr(" \t\r\n", whole.bytes[at])) at++;
    size_t left = whole.size_bytes - at;
    if (left > 4 && strncmp(whole.bytes + at, "and", 3) == 0 && strchr(" \t\r\n", whole.bytes[at + 3]))
        return "and";
    return left > 3 && strncmp(whole.bytes + at, "or", 2) == 0 && strchr(" \t\r\n", whole.bytes[at + 2])
               ? "or"
               : "";
}

/* "a and b and c" is one list of three for a reader, though the compiler sees "a and b" joined with c. */
static void chains_flatten(seg_explanation *j) {
    for (size_t i = 0; i + 1 < j->part_count; i++) {
        const char *joint = joint_of(j, i);
        while (*joint && strcmp(joint_of(j, i + 1), joint) == 0) {
            uint32_t depth = j->parts[i + 1].info.depth;
            memmove(&j->parts[i + 1], &j->parts[i + 2], (j->part_count - i - 2) * sizeof *j->parts);
            j->part_count--;
            for (size_t k = i + 1; k < j->part_count && j->parts[k].info.depth > depth; k++)
                j->parts[k].info.depth--;
        }
    }
}

static int parts_find(seg_explanation *j) {
    j->state = seg_engine_state(j->engine, seg_text_from(j->profile));
    j->valid_until = SEG_NEVER;
    if (!j->state || !j->state->bytes) {
        j->state = NULL;
        return SEG_EXIT_GOOD;
    }
    seg_error error = {0};
    seg_status status = seg_vm_new(&j->vm, j->workspace.image, NULL, &error);
    if (!status) seg_vm_rank_with(j->vm, standing_find, j);
    if (!status) status = seg_evaluate(j->vm, j->state, j->segment, j->at, &j->verdict, &j->valid_until);
    uint32_t count = seg_image_probe_count(j->workspace.image, j->segment);
    j->parts = calloc((size_t)count + 1, sizeof *j->parts);
    if (!j->parts) return seg_say_memory();
    for (uint32_t i = 0; i < count && !status; i++) status = part_find(j, i);
    j->part_count = status ? 0 : count;
    chains_flatten(j);
    return status ? seg_say_status("cannot explain", status, &error) : SEG_EXIT_GOOD;
}

int seg_explanation_find(seg_explanation *j) {
    seg_image_segment(j->workspace.image, j->segment, &j->about);
    j->is_ranked = seg_image_is_ranked(j->workspace.image, j->segment);
    seg_history_init(&j->history, j->workspace.image);
    int code = facts_read(j);
    return code ? code : parts_find(j);
}

void seg_explanation_free(seg_explanation *j) {
    free(j->parts);
    seg_vm_free(j->vm);
    seg_engine_free(j->engine);
    if (j->history.image) seg_history_free(&j->history);
    seg_spool_free(&j->spool);
    seg_workspace_free(&j->workspace);
}

/* ---- In words -------------------------------------------------------------------------------- */

uint32_t seg_explanation_attribute(const seg_explanation *j, const seg_explanation_part *p) {
    return p->info.query == SEG_NONE ? seg_image_find_attribute(j->workspace.image, p->info.text) : SEG_NONE;
}

bool seg_explanation_text_of(const seg_explanation *j, const seg_explanation_part *p, seg_text *out) {
    uint32_t attribute = seg_explanation_attribute(j, p);
    if (!p->value.known || (p->info.type != SEG_TEXT && p->info.type != SEG_ZONE)) return false;
    const seg_fact *fact =
        attribute == SEG_NONE ? NULL : seg_history_attribute(&j->history, attribute, j->at);
    if (fact && fact->values[0].known) {
        *out = fact->values[0].as.text;
        return true;
    }
    return seg_history_text(&j->history, p->value.as.i, out);
}

void seg_explanation_field_write(const seg_explanation *j, FILE *file, const seg_field_info *field,
                                 const seg_value *value) {
    char shown[128];
    if (value->known && (field->type == SEG_TEXT || field->type == SEG_ZONE)) {
        seg_text_quote(file, value->as.text, SEG_EXPLANATION_TEXT_MOST);
    } else if (value->known && field->type == SEG_SET) {
        fputc('[', file);
        for (size_t i = 0; i < value->as.set.count; i++) {
            if (i) fputs(", ", file);
            seg_text_quote(file, value->as.set.items[i], SEG_EXPLANATION_TEXT_MOST);
        }
        fputc(']', file);
    } else if (value->known && field->type == SEG_ENUM && value->as.i >= 0 &&
               value->as.i < field->enum_count) {
        seg_output_text(file, seg_image_enum_name(j->workspace.image, field, (uint32_t)value->as.i),
                        SEG_EXPLANATION_TEXT_MOST);
    } else {
        seg_probe_info as = {.type = field->type, .scale = field->scale};
        seg_value_show(j->workspace.image, &as, value, shown, sizeof shown);
        fputs(shown, file);
    }
}

void seg_explanation_value_write(const seg_explanation *j, FILE *file, const seg_explanation_part *p) {
    seg_text text;
    char shown[128];
    uint32_t attribute = seg_explanation_attribute(j, p);
    const seg_fact *fact =
        attribute == SEG_NONE ? NULL : seg_history_attribute(&j->history, attribute, j->at);
    if (seg_explanation_text_of(j, p, &text)) {
        seg_text_quote(file, text, SEG_EXPLANATION_TEXT_MOST);
    } else if (p->info.type == SEG_SET && fact && fact->values[0].known) {
        seg_field_info field = {.type = SEG_SET};
        seg_explanation_field_write(j, file, &field, &fact->values[0]);
    } else {
        seg_value_show(j->workspace.image, &p->info, &p->value, shown, sizeof shown);
        fputs(shown, file);
    }
}
