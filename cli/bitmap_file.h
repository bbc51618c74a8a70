/* bitmap_file.h - member sets as files of Roaring bitmaps, one per segment. */
#ifndef SEG_CLI_BITMAP_FILE_H
#define SEG_CLI_BITMAP_FILE_H

#include <stdio.h>

#include "answer.h"
#include "choice.h"

/* Writes, for each chosen segment, `SEGMENT.roaring` in the folder (made when it is not there): the portable
 * serialisation of the numbers of its members. Number n is row n, from 0, of `profiles.csv` beside them.
 * Each file is replaced at once or not at all. Prints what was written. Gives an exit code. */
int seg_bitmap_files_write(const char *folder, const seg_answer *answer, const seg_choice *choice,
                           const seg_workspace *workspace);

/* The portable serialisation of the numbers of the bits that are set, of `rows`; the caller frees it. NULL:
 * no memory. */
char *seg_bitmap_serialise(const uint64_t *bits, size_t rows, size_t *size_bytes);

#endif
