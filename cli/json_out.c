#include "json_out.h"

#include <engine.h>
#include <inttypes.h>
#include <string.h>

static void line_start(seg_json_out *json) {
    if (!json->spread) return;
    fputc('\n', json->file);
    for (unsigned i = 0; i < json->depth; i++) fputs("  ", json->file);
}

static void value_start(seg_json_out *json) {
    if (json->named) {
        json->named = false;
        return;
    }
    if (json->depth == 0) return;
    if (json->filled[json->depth - 1]) fputc(',', json->file);
    json->filled[json->depth - 1] = true;
    line_start(json);
}

void seg_json_out_open(seg_json_out *json, char bracket) {
    value_start(json);
    fputc(bracket, json->file);
    if (json->depth < SEG_JSON_DEPTH) json->filled[json->depth++] = false;
}

void seg_json_out_close(seg_json_out *json, char bracket) {
    bool filled = json->depth > 0 && json->filled[json->depth - 1];
    if (json->depth > 0) json->depth--;
    if (filled) line_start(json);
    fputc(bracket, json->file);
}

/* Bytes of the valid UTF-8 character at `at`, or 0. */
static size_t utf8_size(seg_text text, size_t at) {
    const unsigned char *b = (const unsigned char *)text.bytes + at;
    size_t rest = text.size_bytes - at;
    size_t size = b[0] < 0x80                    ? 1
                  : b[0] >= 0xc2 && b[0] <= 0xdf ? 2
                  : b[0] >= 0xe0 && b[0] <= 0xef ? 3
                  : b[0] >= 0xf0 && b[0] <= 0xf4 ? 4
                                                 : 0;
    if (size == 0 || size > rest) return 0;
    for (size_t i = 1; i < size; i++)
        if ((b[i] & 0xc0) != 0x80) return 0;
    if ((b[0] == 0xe0 && b[1] < 0xa0) || (b[0] == 0xed && b[1] >= 0xa0)) return 0;
    if ((b[0] == 0xf0 && b[1] < 0x90) || (b[0] == 0xf4 && b[1] >= 0x90)) return 0;
    return size;
}

static bool is_escaped(unsigned char byte) {
    return byte < 0x20 || byte == '"' || byte == '\\' || byte == 0x7f;
}

static void escape(FILE *file, unsigned char byte) {
    if (byte == '"' || byte == '\\') fprintf(file, "\\%c", byte);
    else if (byte == '\n') fputs("\\n", file);
    else if (byte == '\t') fputs("\\t", file);
    else if (is_escaped(byte)) fprintf(file, "\\u%04x", byte);
    else fputs("\xef\xbf\xbd", file); /* of no character */
}

static void quoted(FILE *file, seg_text text) {
    size_t start = 0, at = 0; /* what lies between is written as it is, at once */
    fputc('"', file);
    while (at < text.size_bytes) {
        unsigned char byte = (unsigned char)text.bytes[at];
        size_t size = byte < 0x80 ? 1 : utf8_size(text, at);
        if (size && !is_escaped(byte)) {
            at += size;
            continue;
        }
        fwrite(text.bytes + start, 1, at - start, file);
        escape(file, byte);
        start = ++at;
    }
    if (at > start) fwrite(text.bytes + start, 1, at - start, file);
    fputc('"', file);
}

void seg_json_out_key(seg_json_out *json, const char *key) {
    value_start(json);
    quoted(json->file, (seg_text){.bytes = key, .size_bytes = strlen(key)});
    fputs(json->spread ? ": " : ":", json->file);
    json->named = true;
}

void seg_json_out_text(seg_json_out *json, seg_text text) {
    value_start(json);
    quoted(json->file, text);
}

void seg_json_out_string(seg_json_out *json, const char *terminated) {
    seg_json_out_text(json, (seg_text){.bytes = terminated, .size_bytes = strlen(terminated)});
}

void seg_json_out_int(seg_json_out *json, int64_t value) {
    value_start(json);
    fprintf(json->file, "%" PRId64, value);
}

void seg_json_out_count(seg_json_out *json, uint64_t value) {
    value_start(json);
    fprintf(json->file, "%" PRIu64, value);
}

void seg_json_out_raw(seg_json_out *json, const char *number) {
    value_start(json);
    fputs(number, json->file);
}

void seg_json_out_bool(seg_json_out *json, bool value) { seg_json_out_raw(json, value ? "true" : "false"); }
void seg_json_out_null(seg_json_out *json) { seg_json_out_raw(json, "null"); }

void seg_json_out_instant(seg_json_out *json, int64_t instant) {
    char text[25];
    if (instant == SEG_NEVER) {
        seg_json_out_null(json);
        return;
    }
    seg_instant_format(instant, text);
    seg_json_out_string(json, text);
}

void seg_json_out_end(seg_json_out *json) { fputc('\n', json->file); }
