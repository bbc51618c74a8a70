#include "tokens.h"

#include <charconv>
#include <memory>
#include <new>
#include <string_view>

#include <simdjson.h>

/* The first of the parser's two stages, over many documents at once. */
struct seg_tokens {
    std::unique_ptr<simdjson::internal::dom_parser_implementation> parser;
    size_t capacity = 0;
};

namespace {

constexpr size_t LEAST_CAPACITY = 64 * 1024;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool reserve(seg_tokens &tokens, size_t need) {
    if (tokens.parser && need <= tokens.capacity) return true;
    size_t capacity = tokens.capacity ? tokens.capacity : LEAST_CAPACITY;
    while (capacity < need) capacity *= 2;
    if (capacity > simdjson::SIMDJSON_MAXSIZE_BYTES) return false;
    auto code = simdjson::SUCCESS;
    if (tokens.parser) {
        code = tokens.parser->set_capacity(capacity);
        tokens.capacity = 0;
    } else {
        code = simdjson::get_active_implementation()->create_dom_parser_implementation(capacity, 1,
                                                                                       tokens.parser);
    }
    if (code) {
        tokens.parser.reset();
        return false;
    }
    tokens.capacity = capacity;
    return true;
}

/* Whether the first digit that counts stands behind the point, the exponent taken in. */
bool is_tiny(std::string_view number) {
    int64_t place = 0, exponent = 0;
    bool past_point = false, found = false, negative = false;
    size_t at = number.front() == '-';
    for (; at < number.size() && (is_digit(number[at]) || number[at] == '.'); at++) {
        if (number[at] == '.')
            past_point = true;
        else if (number[at] != '0')
            found = true;
        if (number[at] == '.') continue;
        if (found && !past_point) place++;
        if (!found && past_point) place--;
    }
    if (at < number.size()) at++;
    if (at < number.size() && (number[at] == '-' || number[at] == '+')) negative = number[at++] == '-';
    for (; at < number.size() && exponent < INT64_C(1) << 40; at++)
        exponent = exponent * 10 + (number[at] - '0');
    return place + (negative ? -exponent : exponent) <= 0;
}

/* Where the first character that is not UTF-8 begins; the whole size if there is none. */
size_t utf8_fault(const unsigned char *bytes, size_t size) {
    for (size_t at = 0; at < size;) {
        unsigned char c = bytes[at];
        size_t length = c < 0x80 ? 1 : c < 0xC2 ? 0 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : c < 0xF5 ? 4 : 0;
        if (length == 0 || length > size - at) return at;
        for (size_t i = 1; i < length; i++)
            if ((bytes[at + i] & 0xC0) != 0x80) return at;
        unsigned char second = length > 1 ? bytes[at + 1] : 0;
        if ((c == 0xE0 && second < 0xA0) || (c == 0xED && second > 0x9F) || (c == 0xF0 && second < 0x90) ||
            (c == 0xF4 && second > 0x8F))
            return at;
        at += length;
    }
    return size;
}

} // namespace

seg_tokens *seg_tokens_new(void) { return new (std::nothrow) seg_tokens; }

void seg_tokens_free(seg_tokens *tokens) { delete tokens; }

seg_tokens_fault seg_tokens_find(seg_tokens *tokens, seg_text text, const uint32_t **places) {
    if (!reserve(*tokens, text.size_bytes)) return SEG_TOKENS_NO_MEMORY;
    auto bytes = reinterpret_cast<const uint8_t *>(text.bytes);
    auto code = tokens->parser->stage1(bytes, text.size_bytes, simdjson::stage1_mode::regular);
    *places = tokens->parser->structural_indexes.get();
    switch (code) {
    case simdjson::SUCCESS: return SEG_TOKENS_GOOD;
    case simdjson::UTF8_ERROR: return SEG_TOKENS_NOT_UTF8;
    case simdjson::UNCLOSED_STRING: return SEG_TOKENS_OPEN_TEXT;
    case simdjson::UNESCAPED_CHARS: return SEG_TOKENS_CONTROL;
    default: return SEG_TOKENS_NONE;
    }
}

bool seg_float_parse(seg_text number, double *out) {
    const char *at = number.bytes, *end = number.bytes + number.size_bytes;
    auto result = std::from_chars(at, end, *out);
    if (result.ec == std::errc() && result.ptr == end) {
        if (*out == 0) *out = 0; /* no negative zero */
        return true;
    }
    if (result.ec != std::errc::result_out_of_range) return false;
    *out = 0;
    return is_tiny({at, number.size_bytes});
}

bool seg_utf8_check(seg_text text, size_t *offset) {
    if (simdjson::validate_utf8(text.bytes, text.size_bytes)) return true;
    *offset = utf8_fault(reinterpret_cast<const unsigned char *>(text.bytes), text.size_bytes);
    return false;
}
