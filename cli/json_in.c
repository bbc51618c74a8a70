#include "json_in.h"

#include <string.h>

void seg_json_in_start(seg_json_in *json, char *bytes, size_t size_bytes) {
    *json = (seg_json_in){.at = bytes, .end = bytes + size_bytes, .value_due = true, .first = true};
}

static void blanks(seg_json_in *json) {
    while (json->at < json->end && strchr(" \t\r\n", *json->at) && *json->at) json->at++;
}

static int hex4(const char *at, const char *end) {
    int value = 0;
    if (end - at < 4) return -1;
    for (int i = 0; i < 4; i++) {
        char c = at[i];
        int digit = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;
        if (digit < 0) return -1;
        value = value * 16 + digit;
    }
    return value;
}

static char *utf8_put(char *to, unsigned code) {
    if (code < 0x80) {
        *to++ = (char)code;
    } else if (code < 0x800) {
        *to++ = (char)(0xc0 | code >> 6);
        *to++ = (char)(0x80 | (code & 0x3f));
    } else if (code < 0x10000) {
        *to++ = (char)(0xe0 | code >> 12);
        *to++ = (char)(0x80 | (code >> 6 & 0x3f));
        *to++ = (char)(0x80 | (code & 0x3f));
    } else {
        *to++ = (char)(0xf0 | code >> 18);
        *to++ = (char)(0x80 | (code >> 12 & 0x3f));
        *to++ = (char)(0x80 | (code >> 6 & 0x3f));
        *to++ = (char)(0x80 | (code & 0x3f));
    }
    return to;
}

/* What \uXXXX stands for, a pair of surrogates taken together; json->at is behind the u. */
static bool unicode_read(seg_json_in *json, char **to) {
    int code = hex4(json->at, json->end);
    if (code < 0) return false;
    json->at += 4;
    unsigned full = (unsigned)code;
    if (full >= 0xd800 && full < 0xdc00 && json->end - json->at >= 6 && json->at[0] == '\\' &&
        json->at[1] == 'u') {
        int low = hex4(json->at + 2, json->end);
        if (low >= 0xdc00 && low < 0xe000) {
            full = 0x10000 + ((full - 0xd800) << 10) + ((unsigned)low - 0xdc00);
            json->at += 6;
        }
    }
    if (full >= 0xd800 && full < 0xe000) full = 0xfffd;
    *to = utf8_put(*to, full);
    return true;
}

static bool string_read(seg_json_in *json) {
    char *start = ++json->at, *to = start;
    while (json->at < json->end && *json->at != '"') {
        if ((unsigned char)*json->at < 0x20) return false;
        if (*json->at != '\\') {
            *to++ = *json->at++;
            continue;
        }
        if (++json->at == json->end) return false;
        static const char escapes[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
        char c = *json->at++;
        const char *found = c ? strchr(escapes, c) : NULL;
        if (found) *to++ = meanings[found - escapes];
        else if (c != 'u' || !unicode_read(json, &to)) return false;
    }
    if (json->at == json->end) return false;
    json->at++;
    json->text = (seg_text){.bytes = start, .size_bytes = (size_t)(to - start)};
    return true;
}

static seg_json_in_token word(seg_json_in *json, const char *text, seg_json_in_token token) {
    size_t length = strlen(text);
    if ((size_t)(json->end - json->at) < length || memcmp(json->at, text, length) != 0) return SEG_JSON_FAULT;
    json->at += length;
    return token;
}

static seg_json_in_token number(seg_json_in *json) {
    const char *start = json->at;
    while (json->at < json->end && *json->at && strchr("+-.eE0123456789", *json->at)) json->at++;
    json->text = (seg_text){.bytes = start, .size_bytes = (size_t)(json->at - start)};
    return json->text.size_bytes && (*start == '-' || (*start >= '0' && *start <= '9')) ? SEG_JSON_NUMBER
                                                                                        : SEG_JSON_FAULT;
}

static seg_json_in_token open(seg_json_in *json, bool object) {
    if (json->depth == SEG_JSON_NESTING) return SEG_JSON_FAULT;
    json->in_object[json->depth++] = object;
    json->at++;
    json->first = true;
    json->value_due = !object;
    return object ? SEG_JSON_OPEN_OBJECT : SEG_JSON_OPEN_ARRAY;
}

static void value_done(seg_json_in *json) {
    json->first = false;
    json->value_due = json->depth > 0 && !json->in_object[json->depth - 1];
}

static seg_json_in_token value(seg_json_in *json) {
    seg_json_in_token token;
    switch (*json->at) {
    case '{': return open(json, true);
    case '[': return open(json, false);
    case '"': token = string_read(json) ? SEG_JSON_TEXT : SEG_JSON_FAULT; break;
    case 't': token = word(json, "true", SEG_JSON_TRUE); break;
    case 'f': token = word(json, "false", SEG_JSON_FALSE); break;
    case 'n': token = word(json, "null", SEG_JSON_NULL); break;
    default: token = number(json);
    }
    value_done(json);
    return token;
}

seg_json_in_token seg_json_in_next(seg_json_in *json) {
    blanks(json);
    if (json->depth == 0) {
        if (json->at == json->end) return json->first ? SEG_JSON_FAULT : SEG_JSON_END;
        return json->first ? value(json) : SEG_JSON_FAULT;
    }
    if (json->at == json->end) return SEG_JSON_FAULT;
    bool object = json->in_object[json->depth - 1];
    if (object && json->value_due) return value(json); /* behind its key */
    if (*json->at == (object ? '}' : ']')) {
        json->at++;
        json->depth--;
        value_done(json);
        return object ? SEG_JSON_CLOSE_OBJECT : SEG_JSON_CLOSE_ARRAY;
    }
    if (!json->first) {
        if (*json->at++ != ',') return SEG_JSON_FAULT;
        blanks(json);
        if (json->at == json->end) return SEG_JSON_FAULT;
    }
    if (!object) return value(json);
    if (*json->at != '"' || !string_read(json)) return SEG_JSON_FAULT;
    seg_text key = json->text;
    blanks(json);
    if (json->at == json->end || *json->at++ != ':') return SEG_JSON_FAULT;
    json->text = key;
    json->value_due = true;
    return SEG_JSON_KEY;
}

bool seg_json_in_skip(seg_json_in *json, seg_json_in_token token) {
    if (token != SEG_JSON_OPEN_OBJECT && token != SEG_JSON_OPEN_ARRAY) return token > SEG_JSON_END;
    unsigned outside = json->depth - 1;
    while (json->depth > outside)
        if (seg_json_in_next(json) <= SEG_JSON_END) return false;
    return true;
}
