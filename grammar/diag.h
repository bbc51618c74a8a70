/* diag.h - diagnostics: what is wrong with a source, where, and what would mend it. */
#ifndef SEG_DIAG_H
#define SEG_DIAG_H

#include "../runtime/base/buffer.h"
#include "source.h"

typedef enum seg_severity { SEG_SEVERITY_ERROR, SEG_SEVERITY_WARNING } seg_severity;

/* diag.def has a line per code: SEG_DIAG(NAME, "E0101", SEVERITY, "title", "explanation"). */
typedef enum seg_diag_code {
#define SEG_DIAG(NAME, CODE, SEVERITY, TITLE, EXPLANATION) SEG_DIAG_##NAME,
#include "diag.def"
#undef SEG_DIAG
    SEG_DIAG_CODE_COUNT
} seg_diag_code;

typedef struct seg_diag_note { /* a related place, or a remark without one */
    seg_span span;
    const char *text;
    struct seg_diag_note *next;
} seg_diag_note;

typedef struct seg_diag {
    seg_diag_code code;
    seg_span span;
    const char *message; /* what was found and what was expected, in the reader's words */
    const char *label;   /* short text at the marker, or NULL */
    const char *help;    /* how to mend it, or NULL */
    seg_span edit_span;  /* an edit that mends it: replace this span ... */
    const char *edit;    /* ... by this text; NULL: none */
    const char *example; /* lines of a source that show it, each ended, or NULL */
    seg_diag_note *notes;
    struct seg_diag *next;
} seg_diag;

/* Collects the diagnostics of one compilation, in its arena. */
typedef struct seg_diags {
    seg_arena *arena;
    seg_diag *first, *last;
    uint32_t errors, warnings;
    uint32_t dropped; /* beyond SEG_DIAG_LIMIT */
    seg_diag spare;   /* what seg_diag_add gives when it keeps none */
} seg_diags;
#define SEG_DIAG_LIMIT 200u

void seg_diags_init(seg_diags *diags, seg_arena *arena);
/* Forgets what was added since the copy `before` was made. */
void seg_diags_rewind(seg_diags *diags, const seg_diags *before);
/* Adds one; never NULL (beyond the limit or without memory it is a spare one that nobody sees). */
seg_diag *seg_diag_add(seg_diags *diags, seg_diag_code code, seg_span span, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void seg_diag_label(seg_diags *diags, seg_diag *diag, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void seg_diag_help(seg_diags *diags, seg_diag *diag, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void seg_diag_example(seg_diags *diags, seg_diag *diag, const char *lines, size_t size_bytes);
void seg_diag_edit(seg_diags *diags, seg_diag *diag, seg_span span, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void seg_diag_note_add(seg_diags *diags, seg_diag *diag, seg_span span, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

const char *seg_diag_code_text(seg_diag_code code); /* "E0101" */
const char *seg_diag_title(seg_diag_code code);
const char *seg_diag_explanation(seg_diag_code code); /* for `seg help E0101`: cause, example, fix */
seg_severity seg_diag_severity(seg_diag_code code);
bool seg_diag_find(const char *code_text, seg_diag_code *out);

/* Sorts by source name and place (stable), then renders all. Colour only when `colour`. Bytes of
 * the source that are not printable are shown inert (escaped). */
void seg_diags_render(seg_diags *diags, seg_buffer *out, bool colour);
/* One JSON object: {"diagnostics":[{code, severity, title, message, label, help, file, line, column,
 * end_line, end_column, edit:{…,text}, notes:[…], example}], "errors":n, "warnings":n}. */
void seg_diags_render_json(seg_diags *diags, seg_buffer *out);

/* The candidate nearest to `name` if it is near enough to be meant, else NULL: Damerau-Levenshtein
 * distance, ignoring case, at most a third of the length. */
typedef struct seg_guess {
    seg_text name;
    seg_text best;
    uint32_t best_distance;
} seg_guess;
void seg_guess_init(seg_guess *guess, seg_text name);
void seg_guess_offer(seg_guess *guess, seg_text candidate);
bool seg_guess_found(const seg_guess *guess);

#endif
