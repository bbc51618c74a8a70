#include "json.h"

#include <charconv>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string_view>
#include <utility>

#include <simdjson.h>

#include "input.h"

namespace od = simdjson::ondemand;
static_assert(static_cast<size_t>(SEG_INPUT_PADDING) >= simdjson::SIMDJSON_PADDING, "padding of lines");

struct seg_jsonl {
    od::parser parser;
    seg_json_item *items = nullptr;
    size_t count = 0, capacity = 0;
    char *plain = nullptr; /* texts whose escapes were undone: never longer than the line */
    size_t plain_used = 0, plain_capacity = 0;
    const char *line = nullptr, *line_end = nullptr;
    bool has_escapes = false; /* a backslash stands somewhere in the line */
    const seg_text *opened = nullptr;
    size_t opened_count = 0;
    bool deep = false;
};

namespace {

struct fault {
    const char *reason = nullptr;
    const char *at = nullptr;
    bool memory = false;
};

constexpr const char *NOT_JSON = "not valid JSON";
constexpr const char *NOT_CLOSED = "an object that is not closed, or something behind it";
constexpr const char *BAD_NUMBER = "not a JSON number";
constexpr const char *BAD_ESCAPE = "a wrong escape in a text";
constexpr const char *BAD_WORD = "neither a value nor true, false or null";
constexpr const char *TOO_DEEP = "nested too deeply";

bool refuse(fault &f, const char *reason, const char *at) {
    f.reason = reason;
    f.at = at;
    return false;
}

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string_view trimmed(std::string_view token) {
    while (!token.empty() && is_space(token.back())) token.remove_suffix(1);
    return token;
}

/* RFC 8259, section 6. */
bool is_number(std::string_view token) {
    const char *at = token.data(), *end = at + token.size();
    if (at < end && *at == '-') at++;
    if (at == end || !is_digit(*at)) return false;
    if (*at == '0') at++;
    else while (at < end && is_digit(*at)) at++;
    if (at < end && *at == '.') {
        if (++at == end || !is_digit(*at)) return false;
        while (at < end && is_digit(*at)) at++;
    }
    if (at < end && (*at == 'e' || *at == 'E')) {
        if (++at < end && (*at == '+' || *at == '-')) at++;
        if (at == end || !is_digit(*at)) return false;
        while (at < end && is_digit(*at)) at++;
    }
    return at == end;
}

bool take_hex(const char *&at, const char *end, unsigned &code) {
    if (end - at < 4) return false;
    code = 0;
    for (int i = 0; i < 4; i++) {
        char c = *at++;
        unsigned digit;
        if (is_digit(c)) digit = unsigned(c - '0');
        else if (c >= 'a' && c <= 'f') digit = unsigned(c - 'a') + 10;
        else if (c >= 'A' && c <= 'F') digit = unsigned(c - 'A') + 10;
        else return false;
        code = code << 4 | digit;
    }
    return true;
}

char *put_code(char *out, unsigned code) {
    if (code < 0x80) {
        *out++ = char(code);
    } else if (code < 0x800) {
        *out++ = char(0xC0 | code >> 6);
        *out++ = char(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
        *out++ = char(0xE0 | code >> 12);
        *out++ = char(0x80 | (code >> 6 & 0x3F));
        *out++ = char(0x80 | (code & 0x3F));
    } else {
        *out++ = char(0xF0 | code >> 18);
        *out++ = char(0x80 | (code >> 12 & 0x3F));
        *out++ = char(0x80 | (code >> 6 & 0x3F));
        *out++ = char(0x80 | (code & 0x3F));
    }
    return out;
}

/* The code point of \uXXXX, both halves of a pair; `at` stands behind the u. */
bool take_unicode(const char *&at, const char *end, unsigned &code) {
    if (!take_hex(at, end, code)) return false;
    if (code < 0xD800 || code > 0xDFFF) return true;
    unsigned low;
    if (code > 0xDBFF || end - at < 6 || at[0] != '\\' || at[1] != 'u') return false;
    at += 2;
    if (!take_hex(at, end, low) || low < 0xDC00 || low > 0xDFFF) return false;
    code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    return true;
}

/* Undoes the escapes of `raw` into `out`, which has room for as many bytes; the end, or null. */
char *undo_escapes(std::string_view raw, char *out) {
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    for (const char *at = raw.data(), *end = at + raw.size(); at < end;) {
        if (*at != '\\') {
            *out++ = *at++;
            continue;
        }
        if (++at == end) return nullptr;
        char kind = *at++;
        unsigned code;
        if (kind == 'u') {
            if (!take_unicode(at, end, code)) return nullptr;
        } else {
            const char *found = static_cast<const char *>(memchr(from, kind, sizeof from - 1));
            if (!found) return nullptr;
            code = static_cast<unsigned char>(to[found - from]);
        }
        out = put_code(out, code);
    }
    return out;
}

/* The inside of a string that begins at `quote`; the parser has made sure that it ends in the line. */
std::string_view inside(const seg_jsonl &json, const char *quote) {
    const char *at = quote + 1;
    while (at < json.line_end && *at != '"') at += *at == '\\' ? 2 : 1;
    if (at > json.line_end) at = json.line_end;
    return {quote + 1, size_t(at - quote - 1)};
}

/* A text without its escapes: a piece of the line itself when it has none. */
bool plain_text(seg_jsonl &json, std::string_view raw, seg_text &out, fault &f) {
    if (!json.has_escapes || raw.empty() || !memchr(raw.data(), '\\', raw.size())) {
        out = {raw.data(), raw.size()};
        return true;
    }
    char *start = json.plain + json.plain_used;
    char *end = undo_escapes(raw, start);
    if (!end) return refuse(f, BAD_ESCAPE, raw.data());
    out = {start, size_t(end - start)};
    json.plain_used += out.size_bytes;
    return true;
}

bool scalar_kind(std::string_view token, seg_json_kind &kind, fault &f) {
    char first = token.empty() ? '\0' : token.front();
    if (first == '-' || is_digit(first)) {
        kind = SEG_JSON_NUMBER;
        return is_number(token) || refuse(f, BAD_NUMBER, token.data());
    }
    if (token == "true") kind = SEG_JSON_TRUE;
    else if (token == "false") kind = SEG_JSON_FALSE;
    else if (token == "null") kind = SEG_JSON_NULL;
    else return refuse(f, BAD_WORD, token.data());
    return true;
}

/* Checks a container that stays closed, byte by byte, with one bit per open container. */
class closed_checker {
public:
    closed_checker(seg_jsonl &json, std::string_view raw, unsigned depth, fault &f)
        : json_(json), at_(raw.data()), end_(raw.data() + raw.size()), base_(depth), fault_(f) {}

    bool run() {
        for (;;) {
            while (at_ < end_ && is_space(*at_)) at_++;
            if (at_ == end_) return (depth_ == 0 && state_ == AFTER) || refuse(fault_, NOT_JSON, at_);
            if (!step()) return false;
        }
    }

private:
    enum state { VALUE, FIRST_ELEMENT, FIRST_KEY, KEY, AFTER };

    bool in_object() const { return objects_ >> (depth_ - 1) & 1; }

    bool step() {
        if (state_ == AFTER) return after();
        if (state_ == FIRST_KEY && *at_ == '}') return close();
        if (state_ == FIRST_ELEMENT && *at_ == ']') return close();
        if (state_ == KEY || state_ == FIRST_KEY) return key();
        return value();
    }

    bool after() {
        if (depth_ == 0) return refuse(fault_, NOT_JSON, at_);
        if (*at_ == (in_object() ? '}' : ']')) return close();
        if (*at_ != ',') return refuse(fault_, NOT_JSON, at_);
        at_++;
        state_ = in_object() ? KEY : VALUE;
        return true;
    }

    bool close() {
        at_++;
        depth_--;
        state_ = AFTER;
        return true;
    }

    bool text() {
        std::string_view raw = inside(json_, at_);
        at_ = raw.data() + raw.size() + 1;
        if (!json_.has_escapes || raw.empty() || !memchr(raw.data(), '\\', raw.size())) return true;
        return undo_escapes(raw, json_.plain + json_.plain_used) || refuse(fault_, BAD_ESCAPE, raw.data());
    }

    bool key() {
        if (*at_ != '"') return refuse(fault_, NOT_JSON, at_);
        if (!text()) return false;
        while (at_ < end_ && is_space(*at_)) at_++;
        if (at_ == end_ || *at_ != ':') return refuse(fault_, NOT_JSON, at_);
        at_++;
        state_ = VALUE;
        return true;
    }

    bool value() {
        if (*at_ == '{' || *at_ == '[') {
            if (base_ + depth_ >= SEG_JSON_DEPTH) return refuse(fault_, TOO_DEEP, at_);
            bool object = *at_++ == '{';
            objects_ = (objects_ & ~(uint64_t(1) << depth_)) | uint64_t(object) << depth_;
            depth_++;
            state_ = object ? FIRST_KEY : FIRST_ELEMENT;
            return true;
        }
        state_ = AFTER;
        if (*at_ == '"') return text();
        const char *start = at_;
        while (at_ < end_ && !is_space(*at_) && !strchr(",:]}[{\"", *at_)) at_++;
        seg_json_kind kind;
        return scalar_kind({start, size_t(at_ - start)}, kind, fault_);
    }

    seg_jsonl &json_;
    const char *at_, *end_;
    unsigned base_, depth_ = 0;
    uint64_t objects_ = 0;
    state state_ = VALUE;
    fault &fault_;
};

seg_json_item *push(seg_jsonl &json, seg_text key, const char *at, fault &f) {
    if (json.count == json.capacity) {
        size_t capacity = json.capacity ? json.capacity * 2 : 64;
        void *grown = realloc(json.items, capacity * sizeof *json.items);
        if (!grown) {
            f.memory = true;
            return nullptr;
        }
        json.items = static_cast<seg_json_item *>(grown);
        json.capacity = capacity;
    }
    seg_json_item *item = &json.items[json.count++];
    *item = {key, {nullptr, 0}, 0, uint32_t(at - json.line), SEG_JSON_NULL};
    return item;
}

bool is_opened(const seg_jsonl &json, seg_text key) {
    for (size_t i = 0; i < json.opened_count; i++)
        if (json.opened[i].size_bytes == key.size_bytes &&
            memcmp(json.opened[i].bytes, key.bytes, key.size_bytes) == 0)
            return true;
    return false;
}

bool refuse_code(seg_jsonl &json, simdjson::error_code code, const char *at, fault &f) {
    f.memory = code == simdjson::MEMALLOC;
    switch (code) {
    case simdjson::UTF8_ERROR: f.reason = "not valid UTF-8"; break;
    case simdjson::UNCLOSED_STRING: f.reason = "a text without its closing quote"; break;
    case simdjson::UNESCAPED_CHARS: f.reason = "a control character inside a text"; break;
    case simdjson::INCORRECT_TYPE: f.reason = "not a JSON object"; break;
    case simdjson::INCOMPLETE_ARRAY_OR_OBJECT: f.reason = NOT_CLOSED; break;
    default: f.reason = NOT_JSON; break;
    }
    f.at = at ? at : json.line;
    return false;
}

bool take_value(seg_jsonl &json, od::value &value, std::string_view token, seg_text key, unsigned depth,
                fault &f);

/* A key from its first byte to the quote before the colon before its value. */
std::string_view key_before(const char *key, const char *value) {
    const char *end = value - 1;
    while (end > key && *end != ':') end--;
    do end--;
    while (end > key && *end != '"');
    return {key, size_t(end > key ? end - key : 0)};
}

bool take_members(seg_jsonl &json, od::object object, unsigned depth, fault &f) {
    for (auto member : object) {
        if (auto code = member.error()) return refuse_code(json, code, nullptr, f);
        od::field &&field = std::move(member).value_unsafe(); /* where it is: a copy waits for its stores */
        seg_text key;
        std::string_view token = field.value().raw_json_token();
        if (!plain_text(json, key_before(field.key().raw(), token.data()), key, f)) return false;
        if (!take_value(json, field.value(), token, key, depth, f)) return false;
    }
    return true;
}

bool take_elements(seg_jsonl &json, od::array array, unsigned depth, fault &f) {
    for (auto element : array) {
        od::value value;
        if (auto code = std::move(element).get(value)) return refuse_code(json, code, nullptr, f);
        if (!take_value(json, value, value.raw_json_token(), {nullptr, 0}, depth, f)) return false;
    }
    return true;
}

/* A list or an object at `depth`: laid open or only checked. */
bool take_container(seg_jsonl &json, od::value &value, seg_text key, unsigned depth, bool is_object,
                    fault &f) {
    size_t index = json.count - 1;
    bool within = json.deep && (is_object ? depth == 3 : depth == 4);
    bool open = within || (is_object ? depth == 1 && is_opened(json, key) : depth == 2);
    od::object object;
    od::array array;
    auto code = is_object ? value.get_object().get(object) : value.get_array().get(array);
    const char *at = json.line + json.items[index].offset;
    if (code) return refuse_code(json, code, at, f);
    if (open) {
        bool good = is_object ? take_members(json, object, depth + 1, f)
                              : take_elements(json, array, depth + 1, f);
        if (!good) return false;
        json.items[index].below = uint32_t(json.count - index - 1);
        return true;
    }
    std::string_view raw;
    code = is_object ? object.raw_json().get(raw) : array.raw_json().get(raw);
    if (code) return refuse_code(json, code, at, f);
    return closed_checker(json, raw, depth, f).run();
}

bool take_value(seg_jsonl &json, od::value &value, std::string_view token, seg_text key, unsigned depth,
                fault &f) {
    seg_json_item *item = push(json, key, token.data(), f);
    if (!item) return false;
    switch (token.front()) {
    case '"':
        item->kind = SEG_JSON_TEXT;
        token = trimmed(token);
        return plain_text(json, token.substr(1, token.size() - 2), item->text, f);
    case '{': item->kind = SEG_JSON_OBJECT; return take_container(json, value, key, depth, true, f);
    case '[': item->kind = SEG_JSON_LIST; return take_container(json, value, key, depth, false, f);
    default:
        token = trimmed(token);
        item->text = {token.data(), token.size()};
        return scalar_kind(token, item->kind, f);
    }
}

bool take_document(seg_jsonl &json, seg_text line, fault &f) {
    od::document document;
    od::object root;
    size_t room = line.size_bytes + SEG_INPUT_PADDING;
    auto code = json.parser.iterate(line.bytes, line.size_bytes, room).get(document);
    if (code == simdjson::UTF8_ERROR) {
        size_t offset = 0;
        seg_utf8_check(line, &offset);
        return refuse_code(json, code, line.bytes + offset, f);
    }
    if (code) return refuse_code(json, code, nullptr, f);
    code = document.get_object().get(root);
    if (code) return refuse_code(json, code, nullptr, f);
    if (!take_members(json, root, 1, f)) {
        const char *place = nullptr;
        if (!f.at || f.at == line.bytes)
            if (document.current_location().get(place) == simdjson::SUCCESS) f.at = place;
        return false;
    }
    const char *rest = nullptr;
    if (document.current_location().get(rest) == simdjson::SUCCESS)
        return refuse(f, "something follows the JSON object", rest);
    return true;
}

/* Whether the first digit that counts stands behind the point, the exponent taken in. */
bool is_tiny(std::string_view number) {
    int64_t place = 0, exponent = 0;
    bool past_point = false, found = false, negative = false;
    size_t at = number.front() == '-';
    for (; at < number.size() && (is_digit(number[at]) || number[at] == '.'); at++) {
        if (number[at] == '.') past_point = true;
        else if (number[at] != '0') found = true;
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

bool reserve_plain(seg_jsonl &json, size_t need) {
    if (need <= json.plain_capacity) return true;
    void *grown = realloc(json.plain, need);
    if (!grown) return false;
    json.plain = static_cast<char *>(grown);
    json.plain_capacity = need;
    return true;
}

} // namespace

seg_jsonl *seg_jsonl_new(void) { return new (std::nothrow) seg_jsonl; }

void seg_jsonl_free(seg_jsonl *json) {
    if (!json) return;
    free(json->items);
    free(json->plain);
    delete json;
}

seg_status seg_jsonl_read(seg_jsonl *json, seg_text line, const seg_text *opened, size_t opened_count,
                          bool deep, seg_json_document *out) {
    *out = {nullptr, 0, nullptr, 0};
    json->count = json->plain_used = 0;
    json->line = line.bytes;
    json->line_end = line.bytes + line.size_bytes;
    json->has_escapes = line.size_bytes && memchr(line.bytes, '\\', line.size_bytes);
    json->opened = opened;
    json->opened_count = opened_count;
    json->deep = deep;
    if (!reserve_plain(*json, line.size_bytes + 1)) return SEG_E_MEMORY;
    fault f;
    if (take_document(*json, line, f)) {
        out->items = json->items;
        out->count = json->count;
        return SEG_OK;
    }
    if (f.memory) return SEG_E_MEMORY;
    out->fault = f.reason;
    bool inside_line = f.at >= line.bytes && f.at <= line.bytes + line.size_bytes;
    out->offset = inside_line ? size_t(f.at - line.bytes) : 0;
    return SEG_E_FACT;
}

bool seg_jsonl_float(seg_text number, double *out) {
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

/* Where the first character that is not UTF-8 begins; the whole size if there is none. */
static size_t utf8_fault(const unsigned char *bytes, size_t size) {
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

bool seg_utf8_check(seg_text text, size_t *offset) {
    if (simdjson::validate_utf8(text.bytes, text.size_bytes)) return true;
    *offset = utf8_fault(reinterpret_cast<const unsigned char *>(text.bytes), text.size_bytes);
    return false;
}
