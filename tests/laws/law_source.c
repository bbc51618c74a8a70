/* law_source.c - laws about sources: the same meaning gives the same image. */
#include <string.h>

#include "law.h"

/* Compiles the text once more and compares with the case's image. */
static void compile_again(seg_trial *trial, const seg_buffer *text, const char *expected) {
    seg_arena arena;
    seg_diags diags;
    seg_buffer bytes;
    seg_arena_init(&arena, NULL, 0);
    seg_diags_init(&diags, &arena);
    seg_buffer_init(&bytes, NULL);
    const seg_buffer *image = &trial->c->bytes;
    if (seg_case_image(&arena, &diags, text, &bytes) == NULL)
        seg_trial_fail(trial, SEG_NONE, SEG_TIME_MIN, expected,
                       diags.first != NULL ? diags.first->message : "no image");
    else if (bytes.size_bytes != image->size_bytes ||
             memcmp(bytes.bytes, image->bytes, bytes.size_bytes) != 0)
        seg_trial_fail(trial, SEG_NONE, SEG_TIME_MIN, expected, "another image");
    seg_buffer_free(&bytes);
    seg_arena_release(&arena);
}

static bool format(seg_trial *trial, const seg_buffer *text, seg_buffer *out) {
    seg_arena arena;
    seg_diags diags;
    seg_arena_init(&arena, NULL, 0);
    seg_diags_init(&diags, &arena);
    const seg_source *source = seg_source_new(&arena, "laws.seg", text->bytes, text->size_bytes);
    bool fine = source != NULL && seg_format_source(&arena, source, &diags, out) && !out->failed;
    if (!fine)
        seg_trial_fail(trial, SEG_NONE, SEG_TIME_MIN, "the source in canonical form", "a refusal");
    seg_arena_release(&arena);
    return fine;
}

/* The formatter changes no meaning, and what it wrote it leaves alone. */
void seg_law_format(seg_trial *trial) {
    seg_buffer once, twice;
    seg_buffer_init(&once, NULL);
    seg_buffer_init(&twice, NULL);
    if (format(trial, &trial->c->text, &once) && format(trial, &once, &twice)) {
        if (once.size_bytes != twice.size_bytes || memcmp(once.bytes, twice.bytes, once.size_bytes) != 0)
            seg_trial_fail(trial, SEG_NONE, SEG_TIME_MIN, "formatting twice is formatting once",
                           "another text");
        compile_again(trial, &once, "the image of the formatted source is the same");
    }
    seg_buffer_free(&once);
    seg_buffer_free(&twice);
}

/* One source, one image. */
void seg_law_reproduced(seg_trial *trial) {
    compile_again(trial, &trial->c->text, "compiling again gives the same image");
}

/* The order of declarations does not matter. */
void seg_law_order(seg_trial *trial) {
    seg_random random = {trial->seed};
    seg_buffer text;
    seg_buffer_init(&text, NULL);
    seg_workspace_text(trial->workspace, &random, &text);
    compile_again(trial, &text, "another order of the declarations gives the same image");
    seg_buffer_free(&text);
}
