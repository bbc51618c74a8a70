/* waiting.h - merges and erasures whose time has not come, in order of time, then of arrival. Events and
 * attributes do not wait here: a state takes them before their time. */
#ifndef SEG_ENGINE_WAITING_H
#define SEG_ENGINE_WAITING_H

#include "engine.h"

typedef struct seg_waiter {
    seg_record *record; /* one block with its texts */
    size_t size_bytes;
    uint64_t number;    /* of arrival */
} seg_waiter;

typedef struct seg_waiting {
    const seg_allocator *allocator;
    seg_waiter *heap; /* the earliest first */
    size_t count, capacity;
    uint64_t arrived;
} seg_waiting;

/* The allocator must outlive it. */
void seg_waiting_init(seg_waiting *waiting, const seg_allocator *allocator);
void seg_waiting_free(seg_waiting *waiting);

/* Copies an alias or a delete. False: no memory. */
bool seg_waiting_add(seg_waiting *waiting, const seg_record *record);
/* Takes out the earliest record if its time is at or before `until`; else the record is NULL. */
seg_waiter seg_waiting_take(seg_waiting *waiting, int64_t until);
void seg_waiter_free(seg_waiting *waiting, seg_waiter waiter);

#endif
