/* waiting.h - records whose time has not come: copies, in order of time, then of arrival. */
#ifndef SEG_ENGINE_WAITING_H
#define SEG_ENGINE_WAITING_H

#include "engine.h"
#include "schema.h"

typedef struct seg_waiter {
    seg_record *record; /* one block with all that it points to */
    size_t size_bytes;
    uint64_t number;    /* of arrival */
} seg_waiter;

typedef struct seg_waiting {
    const seg_allocator *allocator;
    const seg_schema *schema;
    seg_waiter *heap; /* the earliest first */
    size_t count, capacity;
    uint64_t arrived;
} seg_waiting;

/* The allocator and the schema must outlive it. */
void seg_waiting_init(seg_waiting *waiting, const seg_allocator *allocator, const seg_schema *schema);
void seg_waiting_free(seg_waiting *waiting);

/* Copies a record that fits the schema. False: no memory. */
bool seg_waiting_add(seg_waiting *waiting, const seg_record *record);
/* Takes out the earliest record if its time is at or before `until`; else the record is NULL. */
seg_waiter seg_waiting_take(seg_waiting *waiting, int64_t until);
/* The time of the earliest record, or SEG_NEVER. */
int64_t seg_waiting_time(const seg_waiting *waiting);
void seg_waiter_free(seg_waiting *waiting, seg_waiter waiter);

#endif
