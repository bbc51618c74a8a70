/* names.h - the one namespace of a workspace: every declared name, from every file. */
#ifndef SEG_NAMES_H
#define SEG_NAMES_H

#include "rule.h"

typedef enum seg_name_kind {
    SEG_NAME_ATTRIBUTE,
    SEG_NAME_EVENT,
    SEG_NAME_UNION,
    SEG_NAME_DERIVED,
    SEG_NAME_DEFINE,
    SEG_NAME_PARAM,
    SEG_NAME_SEGMENT,
    SEG_NAME_FAMILY,
    SEG_NAME_STAGES,
    SEG_NAME_MODEL,
    SEG_NAME_POLICY,
    SEG_NAME_NATIVE,
    SEG_NAME_GROUP
} seg_name_kind;

typedef struct seg_event_set { /* one event, a union, or an event made of events */
    seg_text name;
    uint32_t count;
    const uint32_t *events;     /* ascending */
    const seg_rule_facts *made; /* which of them are meant, and when they count; NULL: all, at once */
} seg_event_set;

typedef struct seg_name {
    seg_text text;
    uint8_t kind; /* seg_name_kind */
    uint8_t
        state; /* of a union or an event made of events while it is read: 0 not yet, 1 being read, 2 done */
    bool used;
    uint32_t index; /* of all kinds that are numbered; of a segment in order of names */
    uint32_t order; /* of its declaration, over all files */
    const seg_node *node;
    const seg_node *value;       /* of a param: its literal; of a segment of a family: its value */
    const seg_node *group;       /* of a stage: its STAGES; `node` is the STAGE */
    const seg_event_set *events; /* of an event or union */
} seg_name;

typedef struct seg_names {
    seg_name *list; /* ascending by text, then by order of declaration */
    uint32_t count, capacity;
    uint32_t *places; /* by hash: 1 + the index in the list, or 0 */
    uint64_t mask;    /* their number - 1, a power of two - 1 */
} seg_names;

/* Adds a name. False: memory short. */
bool seg_names_add(seg_names *names, seg_arena *arena, seg_name name);
void seg_names_sort(seg_names *names);
/* Before any search, of names that are sorted; the list may not change after it. False: memory short. */
bool seg_names_index(seg_names *names, seg_arena *arena);
/* The first declaration of the name, or NULL. */
seg_name *seg_names_find(const seg_names *names, seg_text text);

#endif
