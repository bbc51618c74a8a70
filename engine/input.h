/* input.h - the lines of a file, of standard input or of bytes; gzip is recognised by its first bytes.
 *
 * Memory is bounded by the line limit, whatever comes in. Reads take what is there, so that a line
 * that arrives through a pipe is handed on at once. */
#ifndef SEG_ENGINE_INPUT_H
#define SEG_ENGINE_INPUT_H

#include <seg.h>

/* So many readable bytes follow every line; the first of them is a line feed. */
enum { SEG_INPUT_PADDING = 64, SEG_INPUT_LINE_LIMIT = 1 << 20 };

typedef struct seg_input seg_input;

typedef enum seg_line_kind {
    SEG_LINE_END, /* there is no more */
    SEG_LINE_TEXT,
    SEG_LINE_TOO_LONG /* longer than the limit: skipped */
} seg_line_kind;

typedef struct seg_line {
    seg_line_kind kind;
    seg_text text;   /* without its line feed; a byte order mark at the very start is left out */
    uint64_t number; /* from 1 */
} seg_line;

/* "-" is standard input. Errors: SEG_E_MEMORY, SEG_E_USAGE (it cannot be opened; the message says why). */
seg_status seg_input_open(seg_input **out, const char *path, seg_error *error);
/* The bytes are borrowed until the input is closed. */
seg_status seg_input_open_bytes(seg_input **out, const void *bytes, size_t size_bytes, seg_error *error);
void seg_input_close(seg_input *input);

/* The longest line in bytes, SEG_INPUT_LINE_LIMIT unless set; at most 1 GiB. */
void seg_input_limit(seg_input *input, size_t limit_bytes);
size_t seg_input_limit_get(const seg_input *input);

/* The next line, borrowed until the next call. Errors: SEG_E_MEMORY; SEG_E_USAGE when reading fails;
 * SEG_E_FACT when compressed data is damaged or cut off. */
seg_status seg_input_next(seg_input *input, seg_line *line, seg_error *error);

/* The same with whole lines behind it that are there already, as one text with line feeds between them. They
 * count as one, and none is longer than the limit. */
seg_status seg_input_next_lines(seg_input *input, seg_line *lines, seg_error *error);

/* Called before a read that would wait; false: the source ends here, and a line
 * that is not whole is left out. Never for a file or for bytes. */
void seg_input_on_wait(seg_input *input, bool (*on_wait)(void *user), void *user);

/* Bytes taken from the file, before decompression, and its size (0: not known). */
uint64_t seg_input_bytes_read(const seg_input *input);
uint64_t seg_input_bytes_total(const seg_input *input);

#endif
