/* Lines of JSON against a slow reader of one byte after the other, written from RFC 8259 and engine/json.h
 * alone: the same lines are taken, with the same items, alone and with their neighbours. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../engine/input.h"
#include "../../engine/json.h"
#include "../../engine/tokens.h"
#include "dice.h"

enum { MOST_ITEMS = 4096, MOST_BYTES = 8192, MOST_LINES = 12 };

/* ---- The slow reader ----------------------------------------------------------------------------- */

typedef struct slow {
    const unsigned char *at, *begin, *end;
    seg_json_item items[MOST_ITEMS];
    size_t count;
    char plain[MOST_BYTES];
    size_t used;
    bool deep;
    const seg_text *inner; /* names that are known in the member that is laid open */
    size_t inner_count;
} slow;

/* Names of members of documents, of properties and of traits; one is too long to be foreseen. */
static const seg_text outer_names[] = {{"type", 4},        {"event", 5},       {"userId", 6},
                                       {"previousId", 10}, {"properties", 10}, {"traits", 6},
                                       {"timestamp", 9},   {"user\"Id", 7}};
static const seg_text property_names[] = {{"amount", 6}, {"seats", 5},
                                          {"gift", 4},   {"labels", 6},
                                          {"note", 4},   {"products", 8},
                                          {"sku", 3},    {"tags", 4},
                                          {"o", 1},      {"a name that is longer than what is foreseen", 43}};
static const seg_text trait_names[] = {{"email", 5}, {"tags", 4}, {"a rather long name", 18}};
enum { PROPERTIES = 4, TRAITS = 5 };
#define COUNT(list) (sizeof(list) / sizeof *(list))

static void skip_space(slow *s) {
    while (s->at < s->end && (*s->at == ' ' || *s->at == '\t' || *s->at == '\r')) s->at++;
}

static bool take(slow *s, const char *word) {
    size_t size = strlen(word);
    if ((size_t)(s->end - s->at) < size || memcmp(s->at, word, size) != 0) return false;
    s->at += size;
    return true;
}

static void put(slow *s, unsigned byte) { s->plain[s->used++] = (char)byte; }

static bool slow_hex(slow *s, unsigned *code) {
    char digits[5] = {0};
    for (int i = 0; i < 4; i++, s->at++) {
        if (s->at == s->end || !*s->at || !strchr("0123456789abcdefABCDEF", *s->at)) return false;
        digits[i] = (char)*s->at;
    }
    *code = (unsigned)strtoul(digits, NULL, 16);
    return true;
}

static bool slow_escape(slow *s) {
    static const char names[] = "\"\\/bfnrt", bytes[] = "\"\\/\b\f\n\r\t";
    if (s->at == s->end) return false;
    unsigned code, low, kind = *s->at++;
    const char *found = kind ? strchr(names, (int)kind) : NULL;
    if (found) put(s, (unsigned char)bytes[found - names]);
    if (found) return true;
    if (kind != 'u' || !slow_hex(s, &code)) return false;
    if (code >= 0xDC00 && code < 0xE000) return false;
    if (code >= 0xD800 && code < 0xDC00) {
        if (!take(s, "\\u") || !slow_hex(s, &low) || low < 0xDC00 || low > 0xDFFF) return false;
        code = 0x10000 + (code - 0xD800) * 0x400 + (low - 0xDC00);
    }
    if (code < 0x80)
        put(s, code);
    else if (code < 0x800)
        put(s, 0xC0 + code / 64);
    else if (code < 0x10000)
        put(s, 0xE0 + code / 4096);
    else
        put(s, 0xF0 + code / 262144);
    if (code >= 0x10000) put(s, 0x80 + code / 4096 % 64);
    if (code >= 0x800) put(s, 0x80 + code / 64 % 64);
    if (code >= 0x80) put(s, 0x80 + code % 64);
    return true;
}

static bool slow_text(slow *s, seg_text *out) {
    size_t from = s->used;
    if (!take(s, "\"")) return false;
    while (s->at < s->end && *s->at != '"') {
        unsigned byte = *s->at++;
        if (byte < 0x20 || (byte == '\\' && !slow_escape(s))) return false;
        if (byte != '\\') put(s, byte);
    }
    *out = (seg_text){s->plain + from, s->used - from};
    return take(s, "\"");
}

static size_t slow_digits(slow *s) {
    const unsigned char *from = s->at;
    while (s->at < s->end && *s->at >= '0' && *s->at <= '9') s->at++;
    return (size_t)(s->at - from);
}

static bool slow_number(slow *s, seg_text *out) {
    const unsigned char *from = s->at;
    take(s, "-");
    if (!take(s, "0") && !slow_digits(s)) return false;
    if (take(s, ".") && !slow_digits(s)) return false;
    if (take(s, "e") || take(s, "E")) {
        if (!take(s, "+")) take(s, "-");
        if (!slow_digits(s)) return false;
    }
    *out = (seg_text){(const char *)from, (size_t)(s->at - from)};
    return true;
}

static bool slow_value(slow *s, uint32_t name, unsigned depth, bool shown);

static uint32_t slow_name(const slow *s, seg_text key, unsigned depth) {
    const seg_text *list = depth == 1 ? outer_names : s->inner;
    size_t count = depth == 1 ? COUNT(outer_names) : s->inner_count;
    for (uint32_t i = 0; i < count; i++)
        if (key.size_bytes == list[i].size_bytes && memcmp(key.bytes, list[i].bytes, key.size_bytes) == 0)
            return i;
    return SEG_NONE;
}

/* What stands in a container, up to its end; `depth` containers are around what stands in it. */
static bool slow_inside(slow *s, bool is_object, unsigned depth, bool shown) {
    const char *closer = is_object ? "}" : "]";
    skip_space(s);
    if (take(s, closer)) return true;
    do {
        seg_text key = {NULL, 0};
        skip_space(s);
        if (is_object && !slow_text(s, &key)) return false;
        skip_space(s);
        if (is_object && !take(s, ":")) return false;
        skip_space(s);
        uint32_t name = is_object && shown ? slow_name(s, key, depth) : SEG_NONE;
        if (!slow_value(s, name, depth, shown && (!is_object || name != SEG_NONE))) return false;
        skip_space(s);
    } while (take(s, ","));
    return take(s, closer);
}

static bool is_shown(slow *s, uint32_t name, bool is_object, unsigned depth) {
    if (depth == 1) {
        s->inner = name == TRAITS ? trait_names : property_names;
        s->inner_count = name == TRAITS ? COUNT(trait_names) : COUNT(property_names);
        return is_object && (name == PROPERTIES || name == TRAITS);
    }
    if (depth == 2) return !is_object;
    return s->deep && depth == (is_object ? 3 : 4);
}

static bool slow_value(slow *s, uint32_t name, unsigned depth, bool shown) {
    seg_json_item spare, *item = shown ? &s->items[s->count++] : &spare;
    *item = (seg_json_item){.name = name, .offset = (uint32_t)(s->at - s->begin), .kind = SEG_JSON_TEXT};
    if (s->at == s->end) return false;
    if (*s->at == '"') return slow_text(s, &item->text);
    bool is_object = *s->at == '{';
    if (is_object || *s->at == '[') {
        if (depth == SEG_JSON_DEPTH) return false;
        s->at++;
        size_t before = s->count;
        item->kind = is_object ? SEG_JSON_OBJECT : SEG_JSON_LIST;
        bool good = slow_inside(s, is_object, depth + 1, shown && is_shown(s, name, is_object, depth));
        item->below = (uint32_t)(s->count - before);
        return good;
    }
    static const char *const words[] = {"null", "false", "true"};
    for (int i = 0; i < 3; i++) {
        item->kind = (seg_json_kind)i;
        if (take(s, words[i])) return true;
    }
    item->kind = SEG_JSON_NUMBER;
    return slow_number(s, &item->text);
}

/* Whether the line is what json.h calls a document; then its items. */
static bool slow_read(slow *s, seg_text line, bool deep) {
    size_t offset;
    s->at = s->begin = (const unsigned char *)line.bytes;
    s->end = s->begin + line.size_bytes;
    s->count = s->used = 0;
    s->deep = deep;
    if (!seg_utf8_check(line, &offset)) return false;
    skip_space(s);
    if (!take(s, "{") || !slow_inside(s, true, 1, true)) return false;
    skip_space(s);
    return s->at == s->end;
}

/* ---- Both ---------------------------------------------------------------------------------------- */

static slow expected;
static uint64_t taken, refused;

static void expect_text(seg_text found, seg_text wanted) {
    assert_int_equal(found.size_bytes, wanted.size_bytes);
    if (wanted.size_bytes) assert_memory_equal(found.bytes, wanted.bytes, wanted.size_bytes);
}

static seg_keys outer_keys, property_keys, trait_keys;

static const seg_keys *open_member(void *user, uint32_t name, const seg_json_item *items, size_t count) {
    (void)user;
    assert_true(count == 0 || items[count - 1].offset > 0);
    return name == PROPERTIES ? &property_keys : name == TRAITS ? &trait_keys : NULL;
}

/* The first of `lines`, which is `line`. */
static void compare(seg_jsonl *json, seg_text lines, seg_text line, bool deep) {
    const seg_json_form form = {.names = &outer_keys, .open = open_member, .deep = deep};
    seg_json_document found;
    bool is_good = slow_read(&expected, line, deep);
    seg_status status = seg_jsonl_read(json, lines, &form, &found);
    if (status == SEG_OK && dice(4) == 0) {
        seg_jsonl_back(json);
        status = seg_jsonl_read(json, lines, &form, &found);
    }
    if ((status == SEG_OK) != is_good)
        print_error("%s: %.*s\n", found.fault ? found.fault : "taken", (int)line.size_bytes, line.bytes);
    assert_int_equal(status, is_good ? SEG_OK : SEG_E_FACT);
    assert_int_equal(found.size_bytes, line.size_bytes);
    *(is_good ? &taken : &refused) += 1;
    if (!is_good) {
        assert_non_null(found.fault);
        assert_true(found.offset <= line.size_bytes);
        return;
    }
    assert_int_equal(found.count, expected.count);
    for (size_t i = 0; i < found.count; i++) {
        const seg_json_item *item = &found.items[i], *wanted = &expected.items[i];
        assert_int_equal(item->name, wanted->name);
        assert_int_equal(item->kind, wanted->kind);
        assert_int_equal(item->below, wanted->below);
        assert_int_equal(item->offset, wanted->offset);
        if (item->kind == SEG_JSON_TEXT || item->kind == SEG_JSON_NUMBER)
            expect_text(item->text, wanted->text);
    }
}

static const char *const samples[] = {
    "{\"type\":\"track\",\"userId\":\"ada\",\"properties\":{\"amount\":15.30,\"seats\":3,\"gift\":true,"
    "\"labels\":[\"a\",\"b\"],\"note\":\"x\\u00e9\\ud83d\\ude00y\",\"other\":{\"deep\":[1,{\"x\":[]}]}}}",
    "{\"context\":{\"a\":[true,false,null,-1.5e+3]},\"properties\":{\"products\":[{\"sku\":\"s1\",\"price\":"
    "1.25,"
    "\"tags\":[\"x\",\"y\"]},{\"sku\":\"s2\",\"o\":{\"q\":[0]}},[[1]]],\"n\":10}}",
    "{\"traits\":{\"email\":\"\xC3\xA9\",\"tags\":[\"q\",[],{}],\"score\":0.5},\"event\":\"Page Viewed\"}",
    "{\"userId\":\"b\",\"previousId\":\"a\",\"timestamp\":\"2026-04-16T10:00:00Z\"}",
    " { \"type\" : \"delete\" , \"user\\\"Id\" : \"ad\\\\a\" , \"x\" : [ 1 , 2 ] , \"properties\" : { } } ",
    "{\"event\": \"Seen\", \"properties\": {\"a name that is longer than what is foreseen\": 1, \"sku\": "
    "null, "
    "\"amount\": 0.5}, \"traits\": {\"a rather long name\":true,\"unknown\":-0,\"email\":\"\"}, \"x\": 7}",
    "{\"a\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"
    "]]]]]]]]]"
    "]]]]]]]]]]]]]]]]]]]]]]]}",
    "{}",
};

/* A sample with a few bytes changed, left out, put in or doubled. Never a line feed. Mild changes leave texts
 * closed and the bytes UTF-8 mostly, so that many lines can be looked at together. */
static size_t make_line(char *out, bool is_mild) {
    static const char likely[] = "{}[], :01.eE+-tfn\"\\\t\ru\x80\xC3\xFF\x0C\x1A\0";
    const int64_t choices = is_mild ? 17 : (int64_t)sizeof likely - 1;
    const char *sample = samples[dice(sizeof samples / sizeof *samples)];
    size_t size = strlen(sample);
    memcpy(out, sample, size);
    for (int64_t changes = dice(4); changes > 0 && size > 0; changes--) {
        size_t at = (size_t)dice((int64_t)size), until = (size_t)dice((int64_t)size);
        char byte = likely[dice(choices)];
        switch (dice(6)) {
        case 0: memmove(out + at, out + at + 1, --size - at); break;
        case 1:
            memmove(out + at + 1, out + at, size++ - at);
            out[at] = byte;
            break;
        case 2:
            if (until <= at) break;
            memmove(out + at, out + until, size - until);
            size -= until - at;
            break;
        default: out[at] = byte; break;
        }
    }
    return size;
}

/* Whatever stands on a line, it and its neighbours are read as if each were alone. */
static void test_lines(void **state) {
    (void)state;
    seg_jsonl *ahead = seg_jsonl_new(), *alone = seg_jsonl_new();
    assert_non_null(ahead);
    assert_non_null(alone);
    for (int round = 0; round < 20000; round++) {
        char *bytes = malloc(MOST_BYTES + SEG_INPUT_PADDING);
        assert_non_null(bytes);
        seg_text lines[MOST_LINES];
        size_t count = 1 + (size_t)dice(MOST_LINES), size = 0;
        for (size_t i = 0; i < count; i++) {
            lines[i] = (seg_text){bytes + size, make_line(bytes + size, round & 2)};
            size += lines[i].size_bytes;
            bytes[size++] = '\n';
        }
        memset(bytes + size, 'x', SEG_INPUT_PADDING);
        assert_int_equal(seg_jsonl_look(ahead, (seg_text){bytes, size - 1}), SEG_OK);
        for (size_t i = 0; i < count; i++) {
            seg_text rest = {lines[i].bytes, (size_t)(bytes + size - 1 - lines[i].bytes)};
            if (dice(8)) compare(ahead, rest, lines[i], round & 1); /* a line may be passed over */
            compare(alone, lines[i], lines[i], round & 1);
        }
        free(bytes);
    }
    assert_true(taken > 20000 && refused > 20000); /* else the dice prove nothing */
    seg_jsonl_free(ahead);
    seg_jsonl_free(alone);
}

/* A line that is not closed ends where it ends, whatever the next one would add. */
static void test_next_line(void **state) {
    (void)state;
    static char bytes[MOST_BYTES + SEG_INPUT_PADDING] = "{\"event\":\n\"\\t";
    memset(bytes + 13, 'x', MOST_BYTES - 15);
    memcpy(bytes + MOST_BYTES - 2, "\"}", 2);
    bytes[MOST_BYTES] = '\n';
    seg_jsonl *json = seg_jsonl_new();
    assert_non_null(json);
    assert_int_equal(seg_jsonl_look(json, (seg_text){bytes, MOST_BYTES}), SEG_OK);
    compare(json, (seg_text){bytes, MOST_BYTES}, (seg_text){bytes, 9}, false);
    seg_text rest = {bytes + 10, MOST_BYTES - 10};
    compare(json, rest, rest, false);
    seg_jsonl_free(json);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_lines), cmocka_unit_test(test_next_line)};
    if (!seg_keys_build(&outer_keys, outer_names, COUNT(outer_names), NULL) ||
        !seg_keys_build(&property_keys, property_names, COUNT(property_names), NULL) ||
        !seg_keys_build(&trait_keys, trait_names, COUNT(trait_names), NULL))
        return 1;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    seg_keys_free(&outer_keys);
    seg_keys_free(&property_keys);
    seg_keys_free(&trait_keys);
    return failed;
}
