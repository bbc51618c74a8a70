/* text.h - small questions about texts. */
#ifndef SEG_ENGINE_TEXT_H
#define SEG_ENGINE_TEXT_H

#include <seg.h>
#include <string.h>

static inline seg_text seg_text_of(const char *terminated) {
    return (seg_text){.bytes = terminated, .size_bytes = strlen(terminated)};
}

static inline bool seg_text_equal(seg_text a, seg_text b) {
    return a.size_bytes == b.size_bytes && (!a.size_bytes || memcmp(a.bytes, b.bytes, a.size_bytes) == 0);
}

/* Bytewise order, a text before its continuations: < 0, 0, > 0. */
static inline int seg_text_compare(seg_text a, seg_text b) {
    size_t common = a.size_bytes < b.size_bytes ? a.size_bytes : b.size_bytes;
    int order = common ? memcmp(a.bytes, b.bytes, common) : 0;
    return order ? order : (a.size_bytes > b.size_bytes) - (a.size_bytes < b.size_bytes);
}

#endif
