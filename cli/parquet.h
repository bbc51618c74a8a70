/* parquet.h - records from a Parquet file, through DuckDB. */
#ifndef SEG_CLI_PARQUET_H
#define SEG_CLI_PARQUET_H

#include <engine.h>

/* Whether a path ends in .parquet. */
bool seg_parquet_is(const char *path);
/* Opens the file as a table for a reader (seg_reader_open_table). Whole numbers, decimals, floats, bools,
 * texts, dates, timestamps and lists of texts are read; what else has a text is read as that; a column of
 * another type may not be asked for. Timestamps without a zone are local to the image's. Gives an exit code.
 */
int seg_parquet_open(const char *path, seg_table *out);

#endif
