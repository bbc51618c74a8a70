/* lookup.h - a fixed set of names and the quick way from a name to its number. */
#ifndef SEG_ENGINE_LOOKUP_H
#define SEG_ENGINE_LOOKUP_H

#include "text.h"

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

/* A member's name as it stands in a document, with its quotes and colon, and which name it was found to be:
 * at the same place of the next document there is often the same. */
typedef struct seg_hint {
    uint64_t words[4], masks[4];
    size_t size_bytes;
    uint32_t found; /* or SEG_NONE */
} seg_hint;

enum { SEG_HINT_BYTES = 32 }; /* so many are looked at; longer names are not foreseen */

/* The names that the members of an object may have, and a hint for each that came last time, in order; behind
 * the hints is one that fits nothing. */
typedef struct seg_keys {
    seg_lookup lookup;
    seg_hint *hints;
    uint32_t hint_count;
} seg_keys;

/* `member` is the place of a name's opening quote; SEG_HINT_BYTES from there on are readable. */
static inline bool seg_hint_fits(const seg_hint *hint, const char *member) {
    uint64_t apart = ((seg_text_eight(member) ^ hint->words[0]) & hint->masks[0]) |
                     ((seg_text_eight(member + 8) ^ hint->words[1]) & hint->masks[1]);
    if (hint->size_bytes > 16)
        apart |= ((seg_text_eight(member + 16) ^ hint->words[2]) & hint->masks[2]) |
                 ((seg_text_eight(member + 24) ^ hint->words[3]) & hint->masks[3]);
    return apart == 0;
}

extern const seg_hint seg_hint_none; /* fits nothing that is UTF-8 */

/* As seg_lookup_build, with hints for a few more members than there are names. */
bool seg_keys_build(seg_keys *names, const seg_text *list, uint32_t count, const seg_allocator *allocator);
void seg_keys_free(seg_keys *names);
/* The number of the name, or SEG_NONE. It has no escapes, and its quotes and the colon stand next to it. The
 * hint at *next, which did not fit, learns; *next becomes that for the next member. */
uint32_t seg_keys_find(const seg_keys *names, seg_text name, seg_hint **next);

#endif
