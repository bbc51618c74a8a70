/* json_in.h - reads one JSON text token by token; nothing is kept, nesting is bounded. */
#ifndef SEG_CLI_JSON_IN_H
#define SEG_CLI_JSON_IN_H

#include <seg.h>

enum { SEG_JSON_NESTING = 64 };

typedef enum seg_json_in_token {
    SEG_JSON_FAULT, /* not JSON, or nested too deep: the reading is over */
    SEG_JSON_END,
    SEG_JSON_OPEN_OBJECT, SEG_JSON_CLOSE_OBJECT, SEG_JSON_OPEN_ARRAY, SEG_JSON_CLOSE_ARRAY,
    SEG_JSON_KEY, SEG_JSON_TEXT, SEG_JSON_NUMBER, SEG_JSON_TRUE, SEG_JSON_FALSE, SEG_JSON_NULL
} seg_json_in_token;

typedef struct seg_json_in {
    char *at, *end;
    seg_text text; /* of KEY and TEXT after escapes, of NUMBER as written; in the place of the source */
    unsigned depth;
    bool in_object[SEG_JSON_NESTING];
    bool value_due, first;
} seg_json_in;

/* The bytes are overwritten by what escapes stand for. */
void seg_json_in_start(seg_json_in *json, char *bytes, size_t size_bytes);
seg_json_in_token seg_json_in_next(seg_json_in *json);
/* Goes past a value whose first token was `token`. False: a fault. */
bool seg_json_in_skip(seg_json_in *json, seg_json_in_token token);

#endif
