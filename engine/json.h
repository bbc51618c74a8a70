/* json.h - one JSON document per line, read strictly: RFC 8259 and nothing beside it.
 *
 * A document must be an object. It comes out as a flat list of items in the order of the text: the
 * members of the document, each followed by the items below it. Only what a record can use is laid
 * open: members of the objects named in `opened`, elements of lists in those, and where `deep` is asked
 * for, members of these elements and elements of lists in them. What stays closed is checked all the same. */
#ifndef SEG_ENGINE_JSON_H
#define SEG_ENGINE_JSON_H

#include <seg.h>

enum { SEG_JSON_DEPTH = 64 }; /* containers in containers; deeper documents are refused */

typedef enum seg_json_kind {
    SEG_JSON_NULL,
    SEG_JSON_FALSE,
    SEG_JSON_TRUE,
    SEG_JSON_NUMBER,
    SEG_JSON_TEXT,
    SEG_JSON_LIST,
    SEG_JSON_OBJECT
} seg_json_kind;

typedef struct seg_json_item {
    seg_text key;    /* of a member, without escapes; empty for an element of a list */
    seg_text text;   /* TEXT: without escapes; NUMBER: as written */
    uint32_t below;  /* LIST, OBJECT: how many items behind this one belong to it */
    uint32_t offset; /* of the value in the line */
    seg_json_kind kind;
} seg_json_item;

typedef struct seg_json_document {
    const seg_json_item *items;
    size_t count;
    const char *fault; /* why it was refused, in the reader's words */
    size_t offset;     /* where */
} seg_json_document;

typedef struct seg_jsonl seg_jsonl;
seg_jsonl *seg_jsonl_new(void); /* NULL: no memory */
void seg_jsonl_free(seg_jsonl *json);

/* Looks ahead: finds the tokens of many lines at once, which seg_jsonl_read then need not do for each of
 * them. Nothing else comes of it; when there is something wrong with the lines, each is told for itself.
 * `lines` stays as it is and where it is until they are read, and has a line feed behind it. SEG_E_MEMORY. */
seg_status seg_jsonl_look(seg_jsonl *json, seg_text lines);

/* `line` has SEG_INPUT_PADDING readable bytes behind it, of which the first is a line feed; the items point
 * into it and into the reader until the next call. SEG_OK; SEG_E_FACT: refused, see `fault`; SEG_E_MEMORY. */
seg_status seg_jsonl_read(seg_jsonl *json, seg_text line, const seg_text *opened, size_t opened_count,
                          bool deep, seg_json_document *out);

#endif
