/* lexer.h - the tokens of a source. */
#ifndef SEG_LEXER_H
#define SEG_LEXER_H

#include "tree.h"

/* One token. `kind` is a token code of the grammar (parser.h); the end of the file is code 0. */
typedef struct seg_token {
    int kind;
    uint8_t flags; /* SEG_NODE_LOCAL, SEG_NODE_IGNORE_CASE, as for nodes */
    bool first_on_line;
    bool faulty;    /* a diagnostic about it has been given already */
    int32_t months; /* DURATION: its calendar part */
    int64_t number; /* DURATION: milliseconds; DATE: days; TIME: milliseconds */
    seg_text text;  /* names and comments as written, a string after its escapes, a number's digits */
    seg_span span;
} seg_token;

typedef struct seg_lexer {
    const seg_source *source;
    seg_arena *arena;
    seg_diags *diags;
    const char *cursor, *limit;
    bool first_on_line; /* no token has been read on this line yet */
    bool skipped;       /* a character without meaning stood before the next token */
    bool pattern_next;  /* the last token was `matches`, so `/` opens a pattern */
} seg_lexer;

/* Prepares to read `source`. Reports what is wrong with its bytes as a whole (not UTF-8, invisible
 * characters); all three must outlive the lexer. */
void seg_lexer_init(seg_lexer *lexer, const seg_source *source, seg_arena *arena, seg_diags *diags);
/* Reads the next token, comments included; at the end of the file it gives the end again and again.
 * Faults are reported and mended, so that the reader can go on. */
void seg_lexer_next(seg_lexer *lexer, seg_token *token);

/* ---- Literals: they read token->span and fill in the rest ---- */

void seg_literal_number(seg_lexer *lexer, seg_token *token); /* a NUMBER or a DURATION */
void seg_literal_date(seg_lexer *lexer, seg_token *token);
void seg_literal_clock(seg_lexer *lexer, seg_token *token); /* 03:00, without a date */
void seg_literal_time(seg_lexer *lexer, seg_token *token);
/* The text between the first and last `quote_bytes` bytes of the token, escapes undone. */
void seg_literal_string(seg_lexer *lexer, seg_token *token, uint32_t quote_bytes, uint32_t end_quote_bytes);

/* The unit that a word means (`days`, `Day` and `d` are "d"), or NULL. */
const char *seg_literal_unit(seg_text word);
/* Adds `count` of `unit` (as seg_literal_unit gives it) to a DURATION; false when it leaves the range. */
bool seg_literal_length(seg_token *token, seg_text count, const char *unit);

/* ---- Characters ---- */

/* Decodes one code point of well-formed UTF-8; *size is 1 and the result U+FFFD where it is not. */
uint32_t seg_utf8_decode(const char *bytes, size_t size_bytes, size_t *size);
/* Writes one code point; gives the number of bytes (1 to 4). */
size_t seg_utf8_encode(uint32_t point, char out[4]);
bool seg_utf8_is_bidi(uint32_t point);      /* changes the direction in which text is shown */
bool seg_utf8_is_invisible(uint32_t point); /* control characters and others without a shape */

#endif
