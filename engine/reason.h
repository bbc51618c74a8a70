/* reason.h - why a record was refused: a short text of bounded size, in the reader's words.
 *
 * Data from outside goes in only through seg_reason_quote and seg_reason_name, which make it inert:
 * no control characters, no marks that turn the direction of writing, nothing that is not UTF-8. */
#ifndef SEG_ENGINE_REASON_H
#define SEG_ENGINE_REASON_H

#include "text.h"

enum { SEG_REASON_BYTES = 480 };

/* `text` is always terminated; what does not fit is left out and the text then ends in "...". */
typedef struct seg_reason {
    char text[SEG_REASON_BYTES];
    size_t size_bytes;
    bool full;
} seg_reason;

void seg_reason_clear(seg_reason *reason);
void seg_reason_text(seg_reason *reason, const char *text);
void seg_reason_count(seg_reason *reason, uint64_t number);
/* Data, cut after 60 characters. quote: between double quotes; name: bare. */
void seg_reason_quote(seg_reason *reason, seg_text data);
void seg_reason_name(seg_reason *reason, seg_text data);

#endif
