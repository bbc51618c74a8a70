#include "explanation.h"

#include <stdlib.h>
#include <string.h>

#include "feed.h"
#include "guess.h"
#include "output.h"

/* ---- Finding out ----------------------------------------------------------------------------- */

static seg_status alias_record(void *user, const seg_record *record, seg_error *error) {
    (void)error;
    return seg_history_alias(user, record) ? SEG_OK : SEG_E_MEMORY;
}

/* While nothing was found of the person: somebody of nearly the same name. */
static void guess(seg_explanation *j, const seg_record *record) {
    char candidate[sizeof j->nearest];
    size_t size = record->profile.size_bytes;
    if (j->history.fact_count || size == 0 || size >= sizeof candidate) return;
    memcpy(candidate, record->profile.bytes, size);
    candidate[size] = 0;
    const char *best = *j->nearest ? j->nearest : NULL;
    seg_name_guess(j->profile, candidate, &best, &j->distance);
    if (best == candidate) memcpy(j->nearest, candidate, size + 1);
}

static seg_status person_record(void *user, const seg_record *record, seg_error *error) {
    seg_explanation *j = user;
    bool is_own = seg_history_is(&j->history, record);
    if (!is_own) guess(j, record);
    if (!is_own && !j->is_ranked && !j->is_grouped) return SEG_OK;
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

static bool fellows_find(void *user, uint32_t tally, int64_t word, int64_t at, bool until, seg_fellows *out) {
    const seg_explanation *j = user;
    return seg_engine_fellows(j->engine, seg_text_from(j->profile), tally, word, at, until, out);
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
    if (!status) seg_vm_rank_with(j->vm, seg_explanation_standing, j);
    if (!status) seg_vm_group_with(j->vm, fellows_find, j);
    if (!status) status = seg_evaluate(j->vm, j->state, j->segment, j->at, &j->verdict, &j->valid_until);
    return status ? seg_say_status("cannot explain", status, &error) : seg_explanation_parts(j);
}

int seg_explanation_find(seg_explanation *j) {
    seg_image_segment(j->workspace.image, j->segment, &j->about);
    j->is_ranked = seg_image_is_ranked(j->workspace.image, j->segment);
    j->is_grouped = seg_image_is_grouped(j->workspace.image, j->segment);
    seg_history_init(&j->history, j->workspace.image);
    int code = facts_read(j);
    return code ? code : parts_find(j);
}

void seg_explanation_free(seg_explanation *j) {
    for (size_t i = 0; i < j->part_count; i++) free(j->parts[i].values);
    free(j->parts);
    seg_vm_free(j->vm);
    seg_engine_free(j->engine);
    if (j->history.image) seg_history_free(&j->history);
    seg_spool_free(&j->spool);
    seg_workspace_free(&j->workspace);
}

/* ---- In words -------------------------------------------------------------------------------- */

uint32_t seg_explanation_attribute(const seg_explanation *j, const seg_explanation_part *p) {
    bool may_be = p->info.query == SEG_NONE && p->info.kind != SEG_PROBE_VALUE;
    return may_be ? seg_image_find_attribute(j->workspace.image, p->info.text) : SEG_NONE;
}

bool seg_explanation_text_of(const seg_explanation *j, const seg_explanation_part *p, seg_text *out) {
    uint32_t attribute = seg_explanation_attribute(j, p);
    if (!p->value.known || (p->info.type != SEG_TEXT && p->info.type != SEG_ZONE)) return false;
    const seg_fact *fact =
        attribute == SEG_NONE ? NULL : seg_history_attribute(&j->history, attribute, p->instant);
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
        attribute == SEG_NONE ? NULL : seg_history_attribute(&j->history, attribute, p->instant);
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
