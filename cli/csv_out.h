/* csv_out.h - fields of CSV, mostly on standard output. */
#ifndef SEG_CLI_CSV_OUT_H
#define SEG_CLI_CSV_OUT_H

#include <segc.h>
#include <stdio.h>

/* A field after RFC 4180, quoted only when it must be. */
void seg_csv_write_text(FILE *file, seg_text text);
void seg_csv_out_text(seg_text text);
/* An instant in UTC: "2026-04-16T10:00:00.000Z". */
void seg_csv_out_instant(int64_t instant);

#endif
