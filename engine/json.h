/* json.h - one JSON document per line, read strictly: RFC 8259 and nothing beside it.
 *
 * A document must be an object. What of it is wanted comes out as a flat list of items in the order of the
 * text: members whose names somebody knows, each followed by the items below it. Objects among the members
 * of the document are laid open where their names are asked for, then lists in these, and where `deep` is
 * asked for, objects in such lists and lists in them. What stays closed or is not wanted is checked all the
 * same. */
#ifndef SEG_ENGINE_JSON_H
#define SEG_ENGINE_JSON_H

#include "lookup.h"

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
    seg_text text;   /* TEXT: without escapes; NUMBER: as written */
    uint32_t name;   /* of a member: its number among the names; SEG_NONE: an element of a list */
    uint32_t offset; /* of the value in the line */
    uint32_t below;  /* LIST, OBJECT: how many items behind this one belong to it */
    seg_json_kind kind;
} seg_json_item;

/* The item behind it and what is below it. Asking for its kind first is quicker than adding what is mostly 0:
 * nothing waits for an answer that is foreseen. */
static inline const seg_json_item *seg_json_next(const seg_json_item *item) {
    return item->kind < SEG_JSON_LIST ? item + 1 : item + 1 + item->below;
}

typedef struct seg_json_form { /* what of a document is wanted */
    const seg_keys *names;     /* of its members */
    /* The names of members of the object that is the member `name` of the document, and of objects in its
     * lists; NULL: it stays closed. `items` are what came before it in the document. */
    const seg_keys *(*open)(void *user, uint32_t name, const seg_json_item *items, size_t count);
    void *user;
    bool deep;
} seg_json_form;

typedef struct seg_json_document {
    const seg_json_item *items;
    size_t count;
    size_t size_bytes; /* of the line */
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

/* Reads the first of `lines`. They have SEG_INPUT_PADDING readable bytes behind them, of which the first is a
 * line feed; the items point into them and into the reader until the next call. SEG_OK; SEG_E_FACT: refused,
 * see `fault`; SEG_E_MEMORY. */
seg_status seg_jsonl_read(seg_jsonl *json, seg_text lines, const seg_json_form *form, seg_json_document *out);
/* Goes back to the beginning of the line that was read last and was good: it can be read once more. */
void seg_jsonl_back(seg_jsonl *json);

#endif
