/* buffer.h - bytes that grow at their end. */
#ifndef SEG_BASE_BUFFER_H
#define SEG_BASE_BUFFER_H

#include <stdarg.h>
#include <string.h>

#include "../seg.h"

typedef struct seg_buffer {
    char *bytes; /* not terminated; NULL while empty */
    size_t size_bytes, capacity_bytes;
    const seg_allocator *allocator;
    bool failed; /* sticky: something did not fit into memory */
} seg_buffer;

void seg_buffer_init(seg_buffer *buffer, const seg_allocator *allocator);
void seg_buffer_add_slowly(seg_buffer *buffer, const void *bytes, size_t size_bytes);
/* Most are a few bytes, and there is room. */
static inline void seg_buffer_add(seg_buffer *buffer, const void *bytes, size_t size_bytes) {
    if (size_bytes == 0 || size_bytes > buffer->capacity_bytes - buffer->size_bytes) {
        seg_buffer_add_slowly(buffer, bytes, size_bytes);
        return;
    }
    memcpy(buffer->bytes + buffer->size_bytes, bytes, size_bytes);
    buffer->size_bytes += size_bytes;
}
void seg_buffer_text(seg_buffer *buffer, const char *terminated);
void seg_buffer_format(seg_buffer *buffer, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The text between quotes, as a rule writes it: `"`, `\\` and what is no visible character are escaped. */
void seg_buffer_quote(seg_buffer *buffer, seg_text text);
/* Room for size_bytes zero bytes at the end; its offset, or SIZE_MAX. */
size_t seg_buffer_room(seg_buffer *buffer, size_t size_bytes);
void seg_buffer_clear(seg_buffer *buffer); /* keeps the memory */
void seg_buffer_free(seg_buffer *buffer);

#endif
