/* text.h - small questions about texts. */
#ifndef SEG_ENGINE_TEXT_H
#define SEG_ENGINE_TEXT_H

#include <seg.h>
#include <string.h>

static inline seg_text seg_text_of(const char *terminated) {
    return (seg_text){.bytes = terminated, .size_bytes = strlen(terminated)};
}

static inline uint64_t seg_text_eight(const char *bytes) {
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    return word;
}

/* The same with the first byte lowest on every machine. */
static inline uint64_t seg_text_eight_in_order(const char *bytes) {
    uint64_t word = seg_text_eight(bytes);
    return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? word : __builtin_bswap64(word);
}

/* Up to eight bytes, the first one lowest, and zeros. */
static inline uint64_t seg_text_up_to_eight(const char *bytes, size_t size_bytes) {
    const unsigned char *b = (const unsigned char *)bytes;
    if (size_bytes == 8) return seg_text_eight_in_order(bytes);
    if (size_bytes >= 4) {
        uint64_t first = b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
        b += size_bytes - 4;
        uint64_t last = b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
        return first | last << (size_bytes - 4) * 8;
    }
    if (!size_bytes) return 0;
    return b[0] | (uint64_t)b[size_bytes / 2] << size_bytes / 2 * 8 |
           (uint64_t)b[size_bytes - 1] << (size_bytes - 1) * 8;
}

/* Up to eight bytes as a number, the same for the same bytes of the same count. */
static inline uint64_t seg_text_short(const char *bytes, size_t size_bytes) {
    uint32_t first, last;
    if (size_bytes >= 4) {
        memcpy(&first, bytes, sizeof first);
        memcpy(&last, bytes + size_bytes - sizeof last, sizeof last);
        return (uint64_t)first << 32 | last;
    }
    if (!size_bytes) return 0;
    const unsigned char *b = (const unsigned char *)bytes;
    return (uint64_t)b[0] << 16 | (uint64_t)b[size_bytes / 2] << 8 | b[size_bytes - 1];
}

/* Names are short: a call of memcmp costs more than comparing them. */
static inline bool seg_text_equal(seg_text a, seg_text b) {
    size_t size = a.size_bytes;
    if (size != b.size_bytes) return false;
    if (size > 16) return memcmp(a.bytes, b.bytes, size) == 0;
    if (size <= 8) return seg_text_short(a.bytes, size) == seg_text_short(b.bytes, size);
    return seg_text_eight(a.bytes) == seg_text_eight(b.bytes) &&
           seg_text_eight(a.bytes + size - 8) == seg_text_eight(b.bytes + size - 8);
}

/* Bytewise order, a text before its continuations: < 0, 0, > 0. */
static inline int seg_text_compare(seg_text a, seg_text b) {
    size_t common = a.size_bytes < b.size_bytes ? a.size_bytes : b.size_bytes;
    int order = common ? memcmp(a.bytes, b.bytes, common) : 0;
    return order ? order : (a.size_bytes > b.size_bytes) - (a.size_bytes < b.size_bytes);
}

#endif
