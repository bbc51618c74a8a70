/* lookup.h - a fixed set of names and the quick way from a name to its number. */
#ifndef SEG_ENGINE_LOOKUP_H
#define SEG_ENGINE_LOOKUP_H

#include <seg.h>

typedef struct seg_lookup {
    const seg_text *names; /* borrowed */
    uint32_t *slots;       /* number of a name, or SEG_NONE */
    uint32_t *tags;        /* the low half of its hash */
    uint32_t count, mask;
    uint64_t lengths; /* bit n: some name has n bytes; bit 63: 63 or more */
    const seg_allocator *allocator;
} seg_lookup;

/* The names and the allocator must outlive the table. Of equal names the first counts. False: no memory. */
bool seg_lookup_build(seg_lookup *names, const seg_text *list, uint32_t count,
                      const seg_allocator *allocator);
void seg_lookup_free(seg_lookup *names);
uint32_t seg_lookup_find(const seg_lookup *names, seg_text name); /* or SEG_NONE */

#endif
