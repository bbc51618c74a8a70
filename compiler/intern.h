/* intern.h - equal things once: a map from byte strings to numbers 0, 1, 2 … in order of first use. */
#ifndef SEG_INTERN_H
#define SEG_INTERN_H

#include <string.h>

#include "../runtime/base/arena.h"

/* An array that grows in an arena. `items` moves when it grows: keep indices, not pointers. */
typedef struct seg_list {
    void *items;
    uint32_t count, capacity;
} seg_list;

bool seg_list_grow(seg_arena *arena, seg_list *list, size_t item_bytes);
/* Room for one more item of item_bytes (zeroed), or NULL when memory is short. */
static inline void *seg_list_add(seg_arena *arena, seg_list *list, size_t item_bytes) {
    if (list->count == list->capacity && !seg_list_grow(arena, list, item_bytes)) return NULL;
    return memset((char *)list->items + (size_t)list->count++ * item_bytes, 0, item_bytes);
}
/* Room for `capacity` items at least, so that they need not move so often. Only a hint. */
void seg_list_reserve(seg_arena *arena, seg_list *list, uint32_t capacity, size_t item_bytes);

typedef struct seg_intern_slot {
    uint32_t tag;    /* of the key's hash */
    uint32_t number; /* plus 1; 0: free */
} seg_intern_slot;

typedef struct seg_intern {
    seg_arena *arena;
    seg_intern_slot *slots; /* a power of two of them */
    size_t slot_count;
    uint32_t count;
    seg_list keys; /* by number */
} seg_intern;

void seg_intern_init(seg_intern *intern, seg_arena *arena);
/* The number of the key; *is_new tells whether it was given now. SEG_NONE once memory was short. */
uint32_t seg_intern_number(seg_intern *intern, const void *key, size_t key_bytes, bool *is_new);

#endif
