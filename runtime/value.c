#include "value.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

uint64_t seg_hash_bytes(const void *bytes, size_t size_bytes) { return XXH64(bytes, size_bytes, 0); }

uint64_t seg_hash_image(const void *bytes, size_t size_bytes) {
    seg_image_header header;
    memcpy(&header, bytes, sizeof header);
    header.checksum = 0;
    XXH64_state_t state;
    XXH64_reset(&state, 0);
    XXH64_update(&state, &header, sizeof header);
    XXH64_update(&state, (const char *)bytes + sizeof header, size_bytes - sizeof header);
    return XXH64_digest(&state);
}

int64_t seg_text_word(seg_text text) {
    int64_t word = (int64_t)XXH64(text.bytes, text.size_bytes, 0);
    return word == SEG_MISSING ? INT64_MAX : word;
}

int64_t seg_text_bucket(seg_text id, seg_text salt) {
    uint64_t seed = XXH64(salt.bytes, salt.size_bytes, 0);
    return (int64_t)(XXH64(id.bytes, id.size_bytes, seed) % 10000);
}

uint64_t seg_message_tie(seg_text message_id) {
    if (message_id.size_bytes == 0) return 0;
    size_t start = message_id.size_bytes;
    while (start > 0 && message_id.bytes[start - 1] >= '0' && message_id.bytes[start - 1] <= '9') start--;
    uint64_t number = 0;
    for (size_t i = start; i < message_id.size_bytes && number <= UINT32_MAX; i++)
        number = number * 10 + (uint64_t)(message_id.bytes[i] - '0');
    if (number > UINT32_MAX) number = UINT32_MAX;
    uint64_t tie = number << 32 | (uint32_t)XXH64(message_id.bytes, message_id.size_bytes, 0);
    return tie ? tie : 1; /* 0 says "no id" */
}

static void sift_down(int64_t *words, size_t root, size_t count) {
    int64_t word = words[root];
    for (size_t child; (child = 2 * root + 1) < count; root = child) {
        if (child + 1 < count && words[child + 1] > words[child]) child++;
        if (words[child] <= word) break;
        words[root] = words[child];
    }
    words[root] = word;
}

void seg_words_sort(int64_t *words, size_t count) {
    for (size_t i = count / 2; i > 0; i--) sift_down(words, i - 1, count);
    for (size_t end = count; end > 1; end--) {
        int64_t largest = words[0];
        words[0] = words[end - 1];
        words[end - 1] = largest;
        sift_down(words, 0, end - 1);
    }
}

static double power_of_two(int exponent) { /* -1022 .. 1023 */
    int64_t word = (int64_t)(exponent + 1023) << 52;
    return seg_word_float(word);
}

double seg_float_ratio(int64_t a, int64_t b) {
    if (a == 0) return 0.0;
    bool negative = (a < 0) != (b < 0);
    uint64_t n = a < 0 ? -(uint64_t)a : (uint64_t)a, d = b < 0 ? -(uint64_t)b : (uint64_t)b;
    int n_shift = __builtin_clzll(n), d_shift = __builtin_clzll(d);
    unsigned __int128 wide = (unsigned __int128)(n << n_shift) << 64;
    unsigned __int128 quotient = wide / (d << d_shift); /* 64 or 65 bits */
    bool inexact = wide % (d << d_shift) != 0;
    int exponent = d_shift - n_shift - 64;
    if (quotient >> 64) {
        inexact |= (quotient & 1) != 0;
        quotient >>= 1;
        exponent++;
    }
    /* The lowest of 64 bits may say "and a little more": a double has 53, so rounding sees it. */
    double value = (double)((uint64_t)quotient | inexact) * power_of_two(exponent);
    return negative ? -value : value;
}

double seg_float_mean(__int128 sum, int64_t count, int64_t unit) {
    if (sum == 0) return 0.0;
    unsigned __int128 n = sum < 0 ? -(unsigned __int128)sum : (unsigned __int128)sum;
    unsigned __int128 d = (unsigned __int128)(uint64_t)count * (uint64_t)unit;
    uint64_t high = (uint64_t)(n >> 64);
    int shift = high ? __builtin_clzll(high) : 64 + __builtin_clzll((uint64_t)n);
    n <<= shift;
    /* At least 55 bits, the lowest of which may say "and a little more": enough to round to 53. */
    unsigned __int128 quotient = n / d | (n % d != 0);
    double value = (double)quotient * power_of_two(-shift);
    return sum < 0 ? -value : value;
}
