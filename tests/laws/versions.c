#include "versions.h"

#include <string.h>

static size_t span_of(seg_text text, size_t at, bool words) {
    static const char all[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-";
    size_t size = 0;
    while (at + size < text.size_bytes && text.bytes[at + size] != 0 &&
           memchr(all, text.bytes[at + size], words ? sizeof all - 1 : 10) != NULL)
        size++;
    return size;
}

/* One or more parts with points between them from `at` on: where they end, or 0. */
static size_t pass(seg_text text, size_t at, bool words) {
    size_t size = span_of(text, at, words);
    while (size > 0 && at + size < text.size_bytes && text.bytes[at + size] == '.') {
        at += size + 1;
        size = span_of(text, at, words);
    }
    return size > 0 ? at + size : 0;
}

/* Cuts a version into its numbers and its words. */
static bool cut(seg_text text, seg_text *numbers, seg_text *words) {
    size_t first = text.size_bytes > 0 && (text.bytes[0] == 'v' || text.bytes[0] == 'V');
    size_t end = pass(text, first, false);
    if (end == 0) return false;
    *numbers = (seg_text){text.bytes + first, end - first};
    *words = (seg_text){text.bytes + end, 0};
    if (end < text.size_bytes && text.bytes[end] == '-') {
        size_t begin = end + 1;
        end = pass(text, begin, true);
        if (end == 0) return false;
        *words = (seg_text){text.bytes + begin, end - begin};
    }
    if (end < text.size_bytes && text.bytes[end] == '+') {
        end = pass(text, end + 1, true);
        if (end == 0) return false;
    }
    return end == text.size_bytes;
}

/* The next part, which is taken away; nothing when there is none. */
static seg_text next_part(seg_text *rest) {
    size_t size = 0;
    while (size < rest->size_bytes && rest->bytes[size] != '.') size++;
    seg_text part = {rest->bytes, size};
    size_t taken = size < rest->size_bytes ? size + 1 : size;
    *rest = (seg_text){rest->bytes + taken, rest->size_bytes - taken};
    return part;
}

static int sign(int number) { return (number > 0) - (number < 0); }

static int compare_numbers(seg_text a, seg_text b) {
    for (size_t place = a.size_bytes > b.size_bytes ? a.size_bytes : b.size_bytes; place > 0; place--) {
        char x = place <= a.size_bytes ? a.bytes[a.size_bytes - place] : '0';
        char y = place <= b.size_bytes ? b.bytes[b.size_bytes - place] : '0';
        if (x != y) return x < y ? -1 : 1;
    }
    return 0;
}

static int compare_words(seg_text a, seg_text b) {
    bool a_number = span_of(a, 0, false) == a.size_bytes, b_number = span_of(b, 0, false) == b.size_bytes;
    if (a_number && b_number) return compare_numbers(a, b);
    if (a_number != b_number) return a_number ? -1 : 1;
    size_t size = a.size_bytes < b.size_bytes ? a.size_bytes : b.size_bytes;
    int order = memcmp(a.bytes, b.bytes, size);
    if (order != 0) return sign(order);
    return (a.size_bytes > b.size_bytes) - (a.size_bytes < b.size_bytes);
}

static int compare(seg_text a_numbers, seg_text a_words, seg_text b_numbers, seg_text b_words) {
    while (a_numbers.size_bytes > 0 || b_numbers.size_bytes > 0) {
        seg_text a = next_part(&a_numbers), b = next_part(&b_numbers);
        int order = compare_numbers(a, b);
        if (order != 0) return order;
    }
    if (a_words.size_bytes == 0 || b_words.size_bytes == 0)
        return (a_words.size_bytes == 0) - (b_words.size_bytes == 0);
    while (a_words.size_bytes > 0 && b_words.size_bytes > 0) {
        seg_text a = next_part(&a_words), b = next_part(&b_words);
        int order = compare_words(a, b);
        if (order != 0) return order;
    }
    return (a_words.size_bytes > 0) - (b_words.size_bytes > 0);
}

bool seg_oracle_version(uint32_t op, seg_text text, seg_text bound) {
    seg_text numbers, words, bound_numbers, bound_words;
    if (!cut(text, &numbers, &words) || !cut(bound, &bound_numbers, &bound_words)) return false;
    int order = compare(numbers, words, bound_numbers, bound_words);
    switch (op) {
    case SEG_NODE_OP_EQ: return order == 0;
    case SEG_NODE_OP_NE: return order != 0;
    case SEG_NODE_OP_LT: return order < 0;
    case SEG_NODE_OP_LE: return order <= 0;
    case SEG_NODE_OP_GT: return order > 0;
    default: return order >= 0;
    }
}
