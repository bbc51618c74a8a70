/* lookup.h - a fixed set of names and the quick way from a name to its number. */
#ifndef SEG_ENGINE_LOOKUP_H
#define SEG_ENGINE_LOOKUP_H

#include <seg.h>
#include <string.h>

typedef struct seg_lookup {
    const seg_text *names; /* borrowed */
    uint32_t *slots;       /* number of a name, or SEG_NONE */
    uint32_t *tags;        /* the low half of its hash */
    uint32_t count, mask;
    uint64_t lengths; /* bit n: some name has n bytes; bit 63: 63 or more */
    const seg_allocator *allocator;
} seg_lookup;

/* What a name was found to be that came at some place the last time: at the same place there is often the
 * same. All zero: nothing is known. */
typedef struct seg_hint {
    uint64_t bytes[2], masks[2]; /* of a name of at most 16 bytes */
    size_t mark;                 /* its size and 1 */
    uint32_t found;
} seg_hint;

/* `name` has 16 readable bytes from its first on. */
static inline bool seg_hint_fits(const seg_hint *hint, seg_text name) {
    uint64_t bytes[2];
    if (name.size_bytes + 1 != hint->mark) return false;
    memcpy(bytes, name.bytes, sizeof bytes);
    return (((bytes[0] ^ hint->bytes[0]) & hint->masks[0]) |
            ((bytes[1] ^ hint->bytes[1]) & hint->masks[1])) == 0;
}
void seg_hint_learn(seg_hint *hint, seg_text name, uint32_t found);

/* The names and the allocator must outlive the table. Of equal names the first counts. False: no memory. */
bool seg_lookup_build(seg_lookup *names, const seg_text *list, uint32_t count,
                      const seg_allocator *allocator);
void seg_lookup_free(seg_lookup *names);
uint32_t seg_lookup_find(const seg_lookup *names, seg_text name); /* or SEG_NONE */

#endif
