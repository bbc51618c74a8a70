#include "digest.h"

static const uint64_t p1 = UINT64_C(11400714785074694791), p2 = UINT64_C(14029467366897019727),
                      p3 = UINT64_C(1609587929392839161), p4 = UINT64_C(9650029242287828579),
                      p5 = UINT64_C(2870177450012600261);

static uint64_t rotate(uint64_t word, int bits) {
    return word << bits | word >> (64 - bits);
}

static uint64_t little(const char *bytes, int count) {
    uint64_t word = 0;
    for (int i = 0; i < count; i++)
        word |= (uint64_t)(unsigned char)bytes[i] << (8 * i);
    return word;
}

static uint64_t round_of(uint64_t lane, uint64_t word) {
    return rotate(lane + word * p2, 31) * p1;
}

static uint64_t avalanche(uint64_t hash) {
    hash = (hash ^ hash >> 33) * p2;
    hash = (hash ^ hash >> 29) * p3;
    return hash ^ hash >> 32;
}

uint64_t seg_digest(seg_text text, uint64_t seed) {
    const char *at = text.bytes;
    size_t left = text.size_bytes;
    uint64_t hash = seed + p5;
    if (left >= 32) {
        uint64_t lanes[4] = {seed + p1 + p2, seed + p2, seed, seed - p1};
        for (; left >= 32; at += 32, left -= 32) {
            for (int i = 0; i < 4; i++)
                lanes[i] = round_of(lanes[i], little(at + 8 * i, 8));
        }
        hash = rotate(lanes[0], 1) + rotate(lanes[1], 7) + rotate(lanes[2], 12) + rotate(lanes[3], 18);
        for (int i = 0; i < 4; i++)
            hash = (hash ^ round_of(0, lanes[i])) * p1 + p4;
    }
    hash += text.size_bytes;
    for (; left >= 8; at += 8, left -= 8)
        hash = rotate(hash ^ round_of(0, little(at, 8)), 27) * p1 + p4;
    for (; left >= 4; at += 4, left -= 4)
        hash = rotate(hash ^ little(at, 4) * p1, 23) * p2 + p3;
    for (; left > 0; at++, left--)
        hash = rotate(hash ^ little(at, 1) * p5, 11) * p1;
    return avalanche(hash);
}
