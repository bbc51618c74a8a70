#include "escape.h"

#include <string.h>

static bool take_hex(const char **at, const char *end, unsigned *code) {
    if (end - *at < 4) return false;
    *code = 0;
    for (int i = 0; i < 4; i++) {
        char c = *(*at)++;
        unsigned digit;
        if (c >= '0' && c <= '9')
            digit = (unsigned)(c - '0');
        else if (c >= 'a' && c <= 'f')
            digit = (unsigned)(c - 'a') + 10;
        else if (c >= 'A' && c <= 'F')
            digit = (unsigned)(c - 'A') + 10;
        else
            return false;
        *code = *code << 4 | digit;
    }
    return true;
}

/* The code point of \uXXXX, both halves of a pair; `at` stands behind the u. */
static bool take_unicode(const char **at, const char *end, unsigned *code) {
    if (!take_hex(at, end, code)) return false;
    if (*code < 0xD800 || *code > 0xDFFF) return true;
    unsigned low;
    if (*code > 0xDBFF || end - *at < 6 || (*at)[0] != '\\' || (*at)[1] != 'u') return false;
    *at += 2;
    if (!take_hex(at, end, &low) || low < 0xDC00 || low > 0xDFFF) return false;
    *code = 0x10000 + ((*code - 0xD800) << 10) + (low - 0xDC00);
    return true;
}

static char *put_code(char *out, unsigned code) {
    if (code < 0x80) {
        *out++ = (char)code;
    } else if (code < 0x800) {
        *out++ = (char)(0xC0 | code >> 6);
        *out++ = (char)(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
        *out++ = (char)(0xE0 | code >> 12);
        *out++ = (char)(0x80 | (code >> 6 & 0x3F));
        *out++ = (char)(0x80 | (code & 0x3F));
    } else {
        *out++ = (char)(0xF0 | code >> 18);
        *out++ = (char)(0x80 | (code >> 12 & 0x3F));
        *out++ = (char)(0x80 | (code >> 6 & 0x3F));
        *out++ = (char)(0x80 | (code & 0x3F));
    }
    return out;
}

char *seg_escape_undo(seg_text raw, char *out) {
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    for (const char *at = raw.bytes, *end = at + raw.size_bytes; at < end;) {
        if (*at != '\\') {
            *out++ = *at++;
            continue;
        }
        if (++at == end) return NULL;
        char kind = *at++;
        unsigned code;
        if (kind == 'u') {
            if (!take_unicode(&at, end, &code)) return NULL;
        } else {
            const char *found = memchr(from, kind, sizeof from - 1);
            if (!found) return NULL;
            code = (unsigned char)to[found - from];
        }
        out = put_code(out, code);
    }
    return out;
}
