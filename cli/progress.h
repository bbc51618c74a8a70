/* progress.h - a line on standard error that says how far the reading is. Shown only on a terminal, and
 * gone at the end. There is one at a time. */
#ifndef SEG_CLI_PROGRESS_H
#define SEG_CLI_PROGRESS_H

#include <stdint.h>

void seg_progress_begin(const char *what);
/* Redraws at most ten times a second. total_bytes 0: not known. */
void seg_progress_update(uint64_t done_bytes, uint64_t total_bytes, uint64_t records);
/* Takes the line away, so that something else may be written; the next update draws it again. */
void seg_progress_clear(void);
void seg_progress_end(void);

#endif
