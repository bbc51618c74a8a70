#include "diag.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *code, *title, *explanation;
    seg_severity severity;
} codes[] = {
#define SEG_DIAG(NAME, CODE, SEVERITY, TITLE, EXPLANATION) {CODE, TITLE, EXPLANATION, SEVERITY},
#include "diag.def"
#undef SEG_DIAG
};

static bool is_code(seg_diag_code code) { return (unsigned)code < SEG_DIAG_CODE_COUNT; }
const char *seg_diag_code_text(seg_diag_code code) { return is_code(code) ? codes[code].code : ""; }
const char *seg_diag_title(seg_diag_code code) { return is_code(code) ? codes[code].title : ""; }
const char *seg_diag_explanation(seg_diag_code code) { return is_code(code) ? codes[code].explanation : ""; }
seg_severity seg_diag_severity(seg_diag_code code) {
    return is_code(code) ? codes[code].severity : SEG_SEVERITY_ERROR;
}

bool seg_diag_find(const char *code_text, seg_diag_code *out) {
    for (unsigned i = 0; i < SEG_DIAG_CODE_COUNT; i++) {
        if (strcmp(codes[i].code, code_text) != 0) continue;
        *out = (seg_diag_code)i;
        return true;
    }
    return false;
}

/* ---- Collecting ---- */

void seg_diags_init(seg_diags *diags, seg_arena *arena) { *diags = (seg_diags){.arena = arena}; }

/* NULL when memory is short (the arena says so) or there is nobody to show it to. */
static const char *format_text(seg_diags *diags, const char *format, va_list arguments) {
    va_list again;
    va_copy(again, arguments);
    int size = vsnprintf(NULL, 0, format, arguments);
    char *text = size < 0 ? NULL : seg_arena_take(diags->arena, (size_t)size + 1);
    if (text) vsnprintf(text, (size_t)size + 1, format, again);
    va_end(again);
    return text;
}

void seg_diags_rewind(seg_diags *diags, const seg_diags *before) {
    *diags = *before;
    if (diags->last) diags->last->next = NULL;
}

seg_diag *seg_diag_add(seg_diags *diags, seg_diag_code code, seg_span span, const char *format, ...) {
    bool error = seg_diag_severity(code) == SEG_SEVERITY_ERROR;
    if (error)
        diags->errors++;
    else
        diags->warnings++;
    bool shown = diags->errors + diags->warnings - diags->dropped <= SEG_DIAG_LIMIT;
    seg_diag *diag = shown ? seg_arena_take(diags->arena, sizeof *diag) : NULL;
    if (!diag) {
        diags->dropped++;
        return &diags->spare;
    }
    va_list arguments;
    va_start(arguments, format);
    const char *message = format_text(diags, format, arguments);
    va_end(arguments);
    *diag = (seg_diag){.code = code, .span = span, .message = message ? message : ""};
    if (diags->last)
        diags->last->next = diag;
    else
        diags->first = diag;
    diags->last = diag;
    return diag;
}

void seg_diag_label(seg_diags *diags, seg_diag *diag, const char *format, ...) {
    if (diag == &diags->spare) return;
    va_list arguments;
    va_start(arguments, format);
    diag->label = format_text(diags, format, arguments);
    va_end(arguments);
}

void seg_diag_help(seg_diags *diags, seg_diag *diag, const char *format, ...) {
    if (diag == &diags->spare) return;
    va_list arguments;
    va_start(arguments, format);
    diag->help = format_text(diags, format, arguments);
    va_end(arguments);
}

void seg_diag_example(seg_diags *diags, seg_diag *diag, const char *lines, size_t size_bytes) {
    diag->example = seg_arena_copy(diags->arena, lines, size_bytes);
}

void seg_diag_edit(seg_diags *diags, seg_diag *diag, seg_span span, const char *format, ...) {
    if (diag == &diags->spare) return;
    va_list arguments;
    va_start(arguments, format);
    diag->edit = format_text(diags, format, arguments);
    diag->edit_span = span;
    va_end(arguments);
}

void seg_diag_note_add(seg_diags *diags, seg_diag *diag, seg_span span, const char *format, ...) {
    if (diag == &diags->spare) return;
    seg_diag_note *note = seg_arena_take(diags->arena, sizeof *note);
    if (!note) return;
    va_list arguments;
    va_start(arguments, format);
    note->text = format_text(diags, format, arguments);
    va_end(arguments);
    if (!note->text) return;
    note->span = span;
    seg_diag_note **link = &diag->notes;
    while (*link) link = &(*link)->next;
    *link = note;
}

/* ---- Guessing ---- */

enum { GUESS_LIMIT = 64 };

static char small(char c) { return (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c); }

static uint32_t least(uint32_t a, uint32_t b) { return a < b ? a : b; }

/* Damerau-Levenshtein distance (of neighbours), ignoring case; both at most GUESS_LIMIT long. */
static uint32_t distance(seg_text a, seg_text b) {
    uint32_t rows[3][GUESS_LIMIT + 1];
    uint32_t *older = rows[0], *old = rows[1], *now = rows[2];
    for (uint32_t j = 0; j <= b.size_bytes; j++) old[j] = j, older[j] = 0;
    for (uint32_t i = 1; i <= a.size_bytes; i++) {
        now[0] = i;
        for (uint32_t j = 1; j <= b.size_bytes; j++) {
            char x = small(a.bytes[i - 1]), y = small(b.bytes[j - 1]);
            now[j] = least(least(old[j] + 1, now[j - 1] + 1), old[j - 1] + (x != y));
            if (i > 1 && j > 1 && x == small(b.bytes[j - 2]) && small(a.bytes[i - 2]) == y)
                now[j] = least(now[j], older[j - 2] + 1);
        }
        uint32_t *spare = older;
        older = old;
        old = now;
        now = spare;
    }
    return old[b.size_bytes];
}

void seg_guess_init(seg_guess *guess, seg_text name) {
    uint32_t third = name.size_bytes > GUESS_LIMIT ? 0 : (uint32_t)name.size_bytes / 3;
    *guess = (seg_guess){.name = name, .best_distance = third + 1};
}

void seg_guess_offer(seg_guess *guess, seg_text candidate) {
    if (guess->name.size_bytes > GUESS_LIMIT || candidate.size_bytes > GUESS_LIMIT) return;
    size_t a = guess->name.size_bytes, b = candidate.size_bytes, apart = a > b ? a - b : b - a;
    if (apart >= guess->best_distance) return;
    uint32_t found = distance(guess->name, candidate);
    /* A candidate of which nothing is left is no guess: `x` for `y`. */
    if (found >= guess->best_distance || found >= b) return;
    guess->best = candidate;
    guess->best_distance = found;
}

bool seg_guess_found(const seg_guess *guess) { return guess->best.bytes != NULL; }
