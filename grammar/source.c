#include "source.h"

#include <string.h>

static uint32_t count_lines(const char *bytes, size_t size_bytes) {
    uint32_t lines = 1;
    for (const char *at = bytes; (at = memchr(at, '\n', size_bytes - (size_t)(at - bytes))) != NULL; at++)
        lines++;
    return lines;
}

const seg_source *seg_source_new(seg_arena *arena, const char *name, const char *bytes, size_t size_bytes) {
    if (size_bytes > SEG_SOURCE_LIMIT) return NULL;
    seg_source *source = seg_arena_take(arena, sizeof *source);
    if (!source) return NULL;
    source->name = seg_arena_copy(arena, name, strlen(name));
    source->bytes = seg_arena_copy(arena, bytes, size_bytes);
    if (!source->name || !source->bytes) return NULL;
    source->size_bytes = (uint32_t)size_bytes;
    source->line_count = count_lines(source->bytes, size_bytes);
    uint32_t *starts = seg_arena_take_array(arena, source->line_count, sizeof *starts);
    if (!starts) return NULL;
    const char *at = source->bytes, *end = at + size_bytes;
    for (uint32_t line = 1; line < source->line_count; line++) {
        at = (const char *)memchr(at, '\n', (size_t)(end - at)) + 1;
        starts[line] = (uint32_t)(at - source->bytes);
    }
    source->line_starts = starts;
    return source;
}

seg_place seg_source_place(const seg_source *source, uint32_t offset) {
    if (!source) return (seg_place){1, 1};
    if (offset > source->size_bytes) offset = source->size_bytes;
    uint32_t low = 0, high = source->line_count; /* the line is in low .. high - 1 */
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (source->line_starts[middle] <= offset)
            low = middle;
        else
            high = middle;
    }
    uint32_t column = 1;
    for (uint32_t i = source->line_starts[low]; i < offset; i++)
        if (((unsigned char)source->bytes[i] & 0xC0u) != 0x80u) column++;
    return (seg_place){low + 1, column};
}
