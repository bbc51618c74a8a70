/* source.h - the bytes of .seg files and places in them. */
#ifndef SEG_SOURCE_H
#define SEG_SOURCE_H

#include "../runtime/base/arena.h"

/* One file: its name as the user knows it and its bytes. Owned by the arena of the compilation. */
typedef struct seg_source {
    const char *name;
    const char *bytes; /* NUL behind the last byte */
    uint32_t size_bytes;
    uint32_t line_count;
    const uint32_t *line_starts; /* offsets of each line's first byte */
} seg_source;

/* A run of bytes of one source. source == NULL: no place in particular. */
typedef struct seg_span {
    const seg_source *source;
    uint32_t first, end; /* offsets; end is one past the last byte */
} seg_span;

typedef struct seg_place {
    uint32_t line, column; /* from 1; columns count Unicode code points */
} seg_place;

/* Copies the bytes into the arena and finds its lines. NULL when memory is short or size_bytes is
 * above SEG_SOURCE_LIMIT. */
#define SEG_SOURCE_LIMIT (4u * 1024 * 1024)
const seg_source *seg_source_new(seg_arena *arena, const char *name, const char *bytes, size_t size_bytes);
seg_place seg_source_place(const seg_source *source, uint32_t offset);
/* From the first's beginning to the last's end; of spans in two sources the first. Once per reduction of the
 * grammar, so it is inline. */
static inline seg_span seg_span_join(seg_span a, seg_span b) {
    if (!a.source) return b;
    if (b.source != a.source) return a;
    return (seg_span){a.source, a.first < b.first ? a.first : b.first, a.end > b.end ? a.end : b.end};
}

#endif
