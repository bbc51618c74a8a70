#include "reason.h"

#include <stdio.h>
#include <string.h>

enum { SHOWN_CHARACTERS = 60, TAIL_BYTES = 4 };

void seg_reason_clear(seg_reason *reason) {
    reason->text[0] = '\0';
    reason->size_bytes = 0;
    reason->full = false;
}

/* All or nothing, so that no character is cut in two. */
static void add(seg_reason *reason, const char *bytes, size_t size_bytes) {
    if (reason->full) return;
    if (size_bytes > SEG_REASON_BYTES - TAIL_BYTES - reason->size_bytes) {
        memcpy(reason->text + reason->size_bytes, "...", TAIL_BYTES);
        reason->size_bytes += TAIL_BYTES - 1;
        reason->full = true;
        return;
    }
    memcpy(reason->text + reason->size_bytes, bytes, size_bytes);
    reason->size_bytes += size_bytes;
    reason->text[reason->size_bytes] = '\0';
}

void seg_reason_text(seg_reason *reason, const char *text) { add(reason, text, strlen(text)); }

void seg_reason_count(seg_reason *reason, uint64_t number) {
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%llu", (unsigned long long)number);
    add(reason, digits, (size_t)length);
}

/* The bytes of the character at `at` and its code point; 0 bytes if it is not UTF-8. */
static size_t character_at(const unsigned char *at, size_t left, uint32_t *code) {
    unsigned char first = at[0];
    size_t size = first < 0x80 ? 1 : first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if ((first >= 0x80 && first < 0xC2) || first > 0xF4 || size > left) return 0;
    static const unsigned char mask[5] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    uint32_t value = first & mask[size];
    for (size_t i = 1; i < size; i++) {
        if ((at[i] & 0xC0) != 0x80) return 0;
        value = value << 6 | (at[i] & 0x3Fu);
    }
    static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
    if (value < least[size] || value > 0x10FFFF || (value >= 0xD800 && value < 0xE000)) return 0;
    *code = value;
    return size;
}

static bool is_inert(uint32_t code) {
    if (code < 0x20 || (code >= 0x7F && code < 0xA0)) return false;
    if (code == 0xAD || code == 0x61C || code == 0x180E || code == 0xFEFF) return false;
    if (code >= 0x200B && code <= 0x200F) return false;
    if (code >= 0x2028 && code <= 0x202E) return false;
    if (code >= 0x2060 && code <= 0x206F) return false;
    return code < 0xE0000 && (code & 0xFFFE) != 0xFFFE;
}

static void add_inert(seg_reason *reason, seg_text data, bool quoted) {
    const unsigned char *bytes = (const unsigned char *)data.bytes;
    size_t shown = 0;
    for (size_t at = 0; at < data.size_bytes; shown++) {
        if (shown == SHOWN_CHARACTERS) {
            seg_reason_text(reason, "...");
            return;
        }
        uint32_t code = 0;
        char escaped[16];
        size_t size = character_at(bytes + at, data.size_bytes - at, &code);
        if (size == 0) {
            snprintf(escaped, sizeof escaped, "\\x%02x", (unsigned)bytes[at]);
            seg_reason_text(reason, escaped);
            size = 1;
        } else if (!is_inert(code)) {
            snprintf(escaped, sizeof escaped, "\\u{%x}", (unsigned)code);
            seg_reason_text(reason, escaped);
        } else {
            if (quoted && (code == '"' || code == '\\')) seg_reason_text(reason, "\\");
            add(reason, (const char *)bytes + at, size);
        }
        at += size;
    }
}

void seg_reason_quote(seg_reason *reason, seg_text data) {
    seg_reason_text(reason, "\"");
    add_inert(reason, data, true);
    seg_reason_text(reason, "\"");
}

void seg_reason_name(seg_reason *reason, seg_text data) { add_inert(reason, data, false); }
