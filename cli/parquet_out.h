/* parquet_out.h - members as a Parquet file, through DuckDB. */
#ifndef SEG_CLI_PARQUET_OUT_H
#define SEG_CLI_PARQUET_OUT_H

#include "answer.h"
#include "choice.h"

/* Writes a row for each member of each chosen segment: the texts `segment` and `profile`, in the order of the
 * choice, and of ids within a segment. The file is replaced at once or not at all. Prints what was written.
 * Gives an exit code. */
int seg_parquet_members_write(const char *path, const seg_answer *answer, const seg_choice *choice,
                              const seg_workspace *workspace);

#endif
