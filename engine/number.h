/* number.h - numbers from their text, exactly. */
#ifndef SEG_ENGINE_NUMBER_H
#define SEG_ENGINE_NUMBER_H

#include "text.h"

typedef enum seg_number_fault {
    SEG_NUMBER_OK,
    SEG_NUMBER_NONE,     /* not a number */
    SEG_NUMBER_TOO_FINE, /* it has digits beyond the scale */
    SEG_NUMBER_OUT_OF_RANGE
} seg_number_fault;

/* [-]digits[.digits][e[+|-]digits], leading zeros allowed: what JSON writes and CSV may. */
bool seg_number_is(seg_text text);
/* The number times 10^scale, which must be a whole number of -(2^63-1) .. 2^63-1. */
seg_number_fault seg_number_exact(seg_text text, unsigned scale, int64_t *out);

/* Eight bytes that are the digits 0 .. 9 but perhaps one, which is what a point becomes: see
 * seg_number_digits. */
typedef struct seg_digits {
    uint64_t bytes;
    unsigned point; /* the bit where it begins; 64: there is none */
} seg_digits;

/* The first `size_bytes` of `text`, at most eight and at least one, with zeros before them, when they are
 * digits with perhaps a point among them. */
static inline bool seg_number_digits(uint64_t text, size_t size_bytes, seg_digits *out) {
    const uint64_t ones = UINT64_C(0x0101010101010101);
    unsigned empty = 64 - 8 * (unsigned)size_bytes;
    uint64_t bytes = (text ^ ones * '0') << empty;
    uint64_t others = (((bytes & ones * 0x7F) + ones * 0x76) | bytes) & ones * 0x80; /* no digits */
    *out = (seg_digits){bytes, 64};
    if (!others) return true;
    unsigned place = (unsigned)__builtin_ctzll(others) - 7;
    out->point = place;
    return !(others & (others - 1)) && (bytes >> place & 0xFF) == ('.' ^ '0') && place > empty && place < 56;
}

/* Whether a text is a JSON number, of at most eight characters, without sign and exponent; others may be too.
 * Eight bytes from its first on are readable. */
static inline bool seg_number_is_short(seg_text text) {
    seg_digits digits;
    if (text.size_bytes - 1 > 7) return false;
    if (*text.bytes == '0' && text.size_bytes > 1 && text.bytes[1] != '.') return false;
    return seg_number_digits(seg_text_eight_in_order(text.bytes), text.size_bytes, &digits);
}

#endif
