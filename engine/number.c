#include "number.h"

typedef struct number { /* the digits of a text, not yet a value */
    const char *whole, *fraction;
    size_t whole_size, fraction_size;
    int64_t exponent; /* saturated */
    bool negative;
} number;

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static size_t count_digits(const char *at, const char *end) {
    size_t count = 0;
    while (at + count < end && is_digit(at[count])) count++;
    return count;
}

static bool take_exponent(const char **at, const char *end, int64_t *exponent) {
    const char *c = *at;
    bool negative = c < end && *c == '-';
    if (c < end && (*c == '-' || *c == '+')) c++;
    size_t digits = count_digits(c, end);
    *exponent = 0;
    for (size_t i = 0; i < digits && *exponent < INT64_C(1) << 40; i++)
        *exponent = *exponent * 10 + (c[i] - '0');
    if (negative) *exponent = -*exponent;
    *at = c + digits;
    return digits > 0;
}

static bool take_number(seg_text text, number *out) {
    const char *at = text.bytes, *end = text.bytes + text.size_bytes;
    *out = (number){0};
    if (at < end && *at == '-') {
        out->negative = true;
        at++;
    }
    out->whole = at;
    out->whole_size = count_digits(at, end);
    at += out->whole_size;
    if (!out->whole_size) return false;
    out->fraction = at;
    if (at < end && *at == '.') {
        out->fraction = ++at;
        out->fraction_size = count_digits(at, end);
        at += out->fraction_size;
        if (!out->fraction_size) return false;
    }
    if (at < end && (*at == 'e' || *at == 'E')) {
        at++;
        if (!take_exponent(&at, end, &out->exponent)) return false;
    }
    return at == end;
}

bool seg_number_is(seg_text text) {
    number n;
    return take_number(text, &n);
}

static int digit_at(const number *n, size_t index) {
    return (index < n->whole_size ? n->whole[index] : n->fraction[index - n->whole_size]) - '0';
}

/* Eight digits, the first one lowest. */
static int64_t value_of(uint64_t digits) {
    const uint64_t pairs = digits * 10 + (digits >> 8), ends = UINT64_C(0x000000FF000000FF);
    return (int64_t)(((pairs & ends) * (100 + (UINT64_C(1000000) << 32)) +
                      ((pairs >> 16) & ends) * (1 + (UINT64_C(10000) << 32))) >>
                     32);
}

/* At most eight characters, digits and perhaps a point, with not more digits behind it than the scale. */
static bool take_usual(seg_text text, unsigned scale, int64_t *out) {
    static const int64_t powers[] = {1, 10, 100, 1000, 10000, 100000, 1000000};
    seg_digits digits;
    if (text.size_bytes - 1 > 7) return false;
    if (!seg_number_digits(seg_text_up_to_eight(text.bytes, text.size_bytes), text.size_bytes, &digits))
        return false;
    unsigned fine = digits.point == 64 ? 0 : (56 - digits.point) / 8;
    if (fine > scale || scale - fine >= sizeof powers / sizeof *powers) return false;
    if (fine) { /* what stands before the point moves into its place */
        uint64_t before = (UINT64_C(1) << digits.point) - 1;
        digits.bytes = (digits.bytes & before) << 8 | (digits.bytes & ~(before << 8 | 0xFF));
    }
    *out = value_of(digits.bytes) * powers[scale - fine];
    return true;
}

seg_number_fault seg_number_exact(seg_text text, unsigned scale, int64_t *out) {
    if (take_usual(text, scale, out)) return SEG_NUMBER_OK;
    number n;
    if (!take_number(text, &n)) return SEG_NUMBER_NONE;
    size_t first = 0, end = n.whole_size + n.fraction_size;
    int64_t shift = n.exponent + (int64_t)scale - (int64_t)n.fraction_size; /* powers of ten to multiply by */
    while (end > 0 && digit_at(&n, end - 1) == 0) {
        end--;
        shift++;
    }
    *out = 0;
    if (end == 0) return SEG_NUMBER_OK;
    while (digit_at(&n, first) == 0) first++;
    if (shift < 0) return SEG_NUMBER_TOO_FINE;
    if (shift > 18 || (int64_t)(end - first) + shift > 19) return SEG_NUMBER_OUT_OF_RANGE;
    uint64_t value = 0; /* at most 19 digits: no overflow */
    for (size_t i = first; i < end; i++) value = value * 10 + (uint64_t)digit_at(&n, i);
    for (int64_t i = 0; i < shift; i++) value *= 10;
    if (value > INT64_MAX) return SEG_NUMBER_OUT_OF_RANGE;
    *out = n.negative ? -(int64_t)value : (int64_t)value;
    return SEG_NUMBER_OK;
}
