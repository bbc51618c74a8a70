/* json_out.h - JSON onto a FILE, value by value; commas, quotes and escapes come by themselves. */
#ifndef SEG_CLI_JSON_OUT_H
#define SEG_CLI_JSON_OUT_H

#include <segc.h>
#include <stdio.h>

enum { SEG_JSON_DEPTH = 32 };

typedef struct seg_json_out {
    FILE *file;
    bool spread; /* one member per line, indented by two; else all on one line */
    bool named;  /* a key was written, its value is next */
    unsigned depth;
    bool filled[SEG_JSON_DEPTH];
} seg_json_out;

void seg_json_out_open(seg_json_out *json, char bracket);  /* '{' or '[' */
void seg_json_out_close(seg_json_out *json, char bracket); /* '}' or ']' */
void seg_json_out_key(seg_json_out *json, const char *key);
/* Bytes that are not UTF-8 become U+FFFD. */
void seg_json_out_text(seg_json_out *json, seg_text text);
void seg_json_out_string(seg_json_out *json, const char *terminated);
void seg_json_out_int(seg_json_out *json, int64_t value);
void seg_json_out_count(seg_json_out *json, uint64_t value);
/* A number as it is written. */
void seg_json_out_raw(seg_json_out *json, const char *number);
void seg_json_out_bool(seg_json_out *json, bool value);
void seg_json_out_null(seg_json_out *json);
/* The instant as text, or null for SEG_NEVER. */
void seg_json_out_instant(seg_json_out *json, int64_t instant);
/* The line end behind the outermost value. */
void seg_json_out_end(seg_json_out *json);

#endif
