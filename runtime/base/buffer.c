#include "buffer.h"

#include <stdio.h>
#include <string.h>

#include "arena.h"
#include "checked.h"

void seg_buffer_init(seg_buffer *buffer, const seg_allocator *allocator) {
    *buffer = (seg_buffer){.allocator = allocator};
}

void seg_buffer_quote(seg_buffer *buffer, seg_text text) {
    seg_buffer_text(buffer, "\"");
    for (size_t i = 0; i < text.size_bytes; i++) {
        unsigned char c = (unsigned char)text.bytes[i];
        if (c == '"' || c == '\\')
            seg_buffer_format(buffer, "\\%c", c);
        else if (c < 0x20 || c == 0x7F)
            seg_buffer_format(buffer, "\\u{%x}", c);
        else
            seg_buffer_add(buffer, &text.bytes[i], 1);
    }
    seg_buffer_text(buffer, "\"");
}

size_t seg_buffer_room(seg_buffer *buffer, size_t size_bytes) {
    size_t need;
    if (buffer->failed || !seg_add_size(buffer->size_bytes, size_bytes, &need)) goto fail;
    if (need > buffer->capacity_bytes) {
        size_t capacity = buffer->capacity_bytes < 64 ? 64 : buffer->capacity_bytes;
        while (capacity < need)
            if (!seg_mul_size(capacity, 2, &capacity)) goto fail;
        char *bytes = seg_resize(buffer->allocator, buffer->bytes, buffer->capacity_bytes, capacity);
        if (!bytes) goto fail;
        buffer->bytes = bytes;
        buffer->capacity_bytes = capacity;
    }
    size_t offset = buffer->size_bytes;
    if (size_bytes) memset(buffer->bytes + offset, 0, size_bytes);
    buffer->size_bytes = need;
    return offset;
fail:
    buffer->failed = true;
    return SIZE_MAX;
}

void seg_buffer_add_slowly(seg_buffer *buffer, const void *bytes, size_t size_bytes) {
    size_t offset = seg_buffer_room(buffer, size_bytes);
    if (offset != SIZE_MAX && size_bytes) memcpy(buffer->bytes + offset, bytes, size_bytes);
}

void seg_buffer_text(seg_buffer *buffer, const char *terminated) {
    seg_buffer_add(buffer, terminated, strlen(terminated));
}

void seg_buffer_format(seg_buffer *buffer, const char *format, ...) {
    char small[256];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(small, sizeof small, format, arguments);
    va_end(arguments);
    if (length < 0) {
        buffer->failed = true;
        return;
    }
    if ((size_t)length < sizeof small) {
        seg_buffer_add(buffer, small, (size_t)length);
        return;
    }
    size_t offset = seg_buffer_room(buffer, (size_t)length + 1);
    if (offset == SIZE_MAX) return;
    va_start(arguments, format);
    vsnprintf(buffer->bytes + offset, (size_t)length + 1, format, arguments);
    va_end(arguments);
    buffer->size_bytes--;
}

void seg_buffer_clear(seg_buffer *buffer) { buffer->size_bytes = 0; }

void seg_buffer_free(seg_buffer *buffer) {
    if (buffer->bytes) seg_resize(buffer->allocator, buffer->bytes, buffer->capacity_bytes, 0);
    seg_buffer_init(buffer, buffer->allocator);
}
