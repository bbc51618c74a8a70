/* output.h - standard output and standard error: what the terminal can show, writing, saying. */
#ifndef SEG_CLI_OUTPUT_H
#define SEG_CLI_OUTPUT_H

#include <segc.h>
#include <stdio.h>

typedef struct seg_terminal {
    bool utf8;
    bool out_colour, err_colour;
    bool err_live;  /* standard error is a terminal that can redraw a line */
    bool out_live;  /* standard output is a terminal */
    unsigned width; /* columns of standard output, 80 when not known */
    const char *tick, *cross, *dots, *middle; /* "✓" "✗" "…" "·", or what stands for them */
} seg_terminal;

/* Looks at the environment once. Call it first in main. */
void seg_output_init(void);
const seg_terminal *seg_output_terminal(void);
/* Writes what is buffered. The exit code to end with: `code`, or SEG_EXIT_MACHINE (and a message) when
 * something could not be written. A reader that stopped reading is no fault. */
int seg_output_finish(int code);
/* True when nobody can get what is written any more: then work may stop. */
bool seg_output_broken(void);

typedef enum seg_style { SEG_STYLE_BOLD, SEG_STYLE_DIM, SEG_STYLE_GOOD, SEG_STYLE_BAD } seg_style;
/* The escape that begins a style on standard output, or "" without colours; seg_style_end ends any. */
const char *seg_style_begin(seg_style style);
const char *seg_style_end(void);

/* seg_write_fns; the user is a FILE. */
void seg_output_write(void *file, const char *bytes, size_t size_bytes);
/* Foreign text, made inert: control characters and bytes that are not UTF-8 as \xNN. At most
 * `most` characters, then dots; 0: all. Gives the columns used. */
size_t seg_output_text(FILE *file, seg_text text, size_t most);
/* The same between double quotes. */
void seg_text_quote(FILE *file, seg_text text, size_t most);
/* The same into a new terminated string that the caller frees, or NULL. */
char *seg_text_show(seg_text text, size_t most);
seg_text seg_text_from(const char *terminated);
/* Whether a word of this text (letters, digits, _) is exactly `word`. */
bool seg_text_has_word(seg_text text, seg_text word);
size_t seg_text_columns(const char *terminated);
/* 1234567 as "1,234,567". */
const char *seg_count_show(uint64_t count, char out[32]);
/* "1 segment", "12 segments". */
const char *seg_count_noun(uint64_t count, const char *noun, char out[64]);

/* "2026-04-16 12:00 +02:00", by the clocks of the workspace's zone. */
const char *seg_instant_show(const seg_image *image, int64_t instant, char out[48]);

/* "seg: ..." and a line end on standard error. */
void seg_say(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Both say what failed and give SEG_EXIT_MACHINE. */
int seg_say_memory(void);
int seg_say_status(const char *what, seg_status status, const seg_error *error);

#endif
