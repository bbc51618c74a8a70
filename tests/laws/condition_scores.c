/* condition_scores.c - random models: what their inputs are, and questions about their scores. */
#include <stdio.h>

#include "writing.h"

static const seg_invented_name *find_model(writer *w) {
    uint32_t count = w->schema->name_count, first = count > 0 ? below(w, count) : 0;
    for (uint32_t i = 0; i < count && w->scope == NULL; i++) {
        const seg_invented_name *name = &w->schema->names[(first + i) % count];
        if (name->use == SEG_USE_MODEL) return name;
    }
    return NULL;
}

bool seg_write_model(writer *w) {
    const seg_invented_name *model = find_model(w);
    if (model != NULL) text(w, model->name);
    return model != NULL;
}

void seg_write_test_model(writer *w) {
    bool then = seg_write_may_look_back(w) && find_model(w) != NULL && chance(w, 20);
    text(w, then ? "(" : "");
    if (!seg_write_model(w)) {
        seg_write_fallback(w);
        return;
    }
    if (then) {
        text(w, " as of ");
        seg_write_exact_duration(w);
        text(w, " ago)");
    }
    seg_buffer_format(w->out, "%s%s", seg_write_comparison(w),
                      PICK(w, "0.5", "0.4", "0.25", "0.05", "0.95", "1.1", "2.3", "-0.7", "0.45", "0.5625"));
}

/* ---- Functions of the host -------------------- */

bool seg_write_native(writer *w, seg_type type) {
    if (w->depth >= DEPTH_LIMIT || type == SEG_DECIMAL) return false;
    /* What changes with every hour, and is then mixed, may flip a verdict in some thousand years, or never:
     * nobody waits for that. */
    bool uses_now = w->schema->uses_now;
    w->schema->uses_now = false;
    w->depth++;
    if (type == SEG_INT) {
        text(w, "nf_choose(");
        seg_write_condition(w, 1);
        text(w, ", ");
        seg_write_number(w, SEG_INT);
        text(w, ", ");
        seg_write_number(w, SEG_INT);
        text(w, ")");
    } else {
        bool may_be_missing = chance(w, 40);
        text(w, may_be_missing ? "(nf_share(" : "nf_blend(");
        seg_write_number(w, seg_write_number_type(w));
        text(w, ", ");
        seg_write_number(w, seg_write_number_type(w));
        text(w, may_be_missing ? ") ?? 0.5)" : ")");
    }
    w->depth--;
    w->schema->uses_now = uses_now;
    return true;
}

void seg_write_test_native(writer *w) {
    seg_invented_field *time = seg_write_find_value(w, SEG_TIME);
    bool of_time = time != NULL && seg_write_is_certain(w, time) && chance(w, 40);
    if (!w->schema->has_natives || w->depth >= DEPTH_LIMIT) {
        seg_write_fallback(w);
    } else if (of_time && w->scope == NULL) {
        seg_buffer_format(w->out, "nf_later(%s, ", time->name);
        seg_write_exact_duration(w);
        bool ago = chance(w, 50);
        text(w, ago ? PICK(w, ") more than ", ") less than ") : PICK(w, ") within last ", ") within next "));
        seg_write_exact_duration(w);
        text(w, ago ? " ago" : "");
    } else {
        text(w, "nf_odd(");
        seg_write_number(w, SEG_INT);
        text(w, ")");
    }
}

/* ---- Models -------------------- */

/* A value that may be missing; else, and for an input that may not, a number or a condition. */
static void input(writer *w, bool may_be_missing) {
    static const seg_type types[] = {SEG_INT, SEG_DECIMAL, SEG_FLOAT};
    seg_invented_field *field = seg_write_find_value(w, types[below(w, 3)]);
    if (may_be_missing && field != NULL && field->optional && chance(w, 70))
        text(w, field->name);
    else if (chance(w, 30))
        seg_write_condition(w, 1 + below(w, 2));
    else
        seg_write_number(w, seg_write_number_type(w));
}

void seg_invented_model(seg_invented *schema, seg_buffer *out) {
    /* It may be asked about at any instant before: of attributes, only those whose past is kept. */
    writer w = {.schema = schema, .out = out, .depth = 3, .past = 2};
    seg_invented_name *name = seg_invented_name_it(schema, "md", SEG_USE_MODEL);
    bool uses_now = schema->uses_now; /* as in seg_write_native */
    schema->uses_now = false;
    seg_buffer_format(out, "model %s from \"%s\" { a = ", name->name,
                      PICK(&w, "terms.json", "trees.json", "both.json"));
    input(&w, false);
    text(&w, ", b = ");
    input(&w, true);
    text(&w, ", c = ");
    input(&w, true);
    text(&w, chance(&w, 20) ? ", }\n" : " }\n");
    schema->uses_now = uses_now;
    schema->name_count++; /* only now: a model does not speak of itself */
}
