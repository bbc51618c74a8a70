/* tokens.h - what the parser library does for the readers: where the tokens of JSON stand, whether bytes are
 * UTF-8, and the double of a number. */
#ifndef SEG_ENGINE_TOKENS_H
#define SEG_ENGINE_TOKENS_H

#include <seg.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum seg_tokens_fault {
    SEG_TOKENS_GOOD,
    SEG_TOKENS_NOT_UTF8,
    SEG_TOKENS_OPEN_TEXT, /* the last text has no closing quote */
    SEG_TOKENS_CONTROL,   /* a control character inside a text */
    SEG_TOKENS_NONE,      /* there are no tokens */
    SEG_TOKENS_NO_MEMORY
} seg_tokens_fault;

typedef struct seg_tokens seg_tokens;
seg_tokens *seg_tokens_new(void); /* NULL: no memory */
void seg_tokens_free(seg_tokens *tokens);

/* Finds where each bracket, colon and comma stands outside of texts, and where each text and each run of
 * other bytes begins, white space apart. The list ends with the size of `text` twice and is borrowed until
 * the next call. What is good is UTF-8, and its texts are closed and without control characters: so no text
 * goes over the end of a line. Nothing is said of the order of tokens, nor of what is wrong inside them. */
seg_tokens_fault seg_tokens_find(seg_tokens *tokens, seg_text text, const uint32_t **places);

/* The double nearest to a JSON number; false if it is out of range. What is too small is 0. */
bool seg_float_parse(seg_text number, double *out);
/* Whether the bytes are UTF-8; if not, *offset is where that shows first. */
bool seg_utf8_check(seg_text text, size_t *offset);

#ifdef __cplusplus
}
#endif
#endif
