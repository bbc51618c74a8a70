#include "json.h"

#include <stdlib.h>
#include <string.h>

#include "escape.h"
#include "heap.h"
#include "input.h"
#include "text.h"
#include "tokens.h"

enum { FIRST_ITEMS = 64, LAID_MOST = 5 /* see is_laid */ };

struct seg_jsonl {
    seg_tokens *tokens;
    const char *block, *block_end; /* the bytes whose tokens are known; the same: none */
    bool alone;                    /* they are one line that nobody looked ahead at */
    const uint32_t *next;          /* the first token that no line before has taken */
    const char *escape;            /* the first backslash from there on, or the block's end */
    seg_json_item *items;
    size_t count, capacity;
    char *plain; /* texts whose escapes were undone: never longer than the line */
    size_t plain_used, plain_capacity;
};

/* The way through the tokens of a line. It ends at the latest at the token behind the last one, which is none
 * that any step accepts: the line feed behind the block. */
typedef struct walk {
    seg_jsonl *json;
    const char *bytes;    /* what places count from */
    const uint32_t *at;   /* the place of the next token */
    uint32_t begin, stop; /* of the line */
    const seg_text *opened;
    size_t opened_count;
    bool deep;
    char closer;                 /* of the container that we are in */
    unsigned depth;              /* containers that we are in */
    unsigned laid;               /* as many of them, from the outermost on, are laid open */
    uint64_t objects;            /* bit n: the container number n from outside is an object */
    uint32_t holders[LAID_MOST]; /* the items of those that are laid open */
    const char *fault;
    uint32_t place; /* of the fault */
    bool memory;
} walk;

static const char not_object[] = "not a JSON object";
static const char not_json[] = "not valid JSON";
static const char not_closed[] = "an object that is not closed, or something behind it";
static const char bad_escape[] = "a wrong escape in a text";
static const char bad_number[] = "not a JSON number";
static const char bad_word[] = "neither a value nor true, false or null";

static bool refuse(walk *w, const char *fault, uint32_t place) {
    w->fault = fault;
    w->place = place;
    return false;
}

static inline bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
static inline bool is_digit(char c) { return (unsigned)(c - '0') <= 9; }

/* RFC 8259, section 6. */
static bool is_number(const char *at, const char *end) {
    if (at < end && *at == '-') at++;
    if (at == end || !is_digit(*at)) return false;
    if (*at == '0')
        at++;
    else
        while (at < end && is_digit(*at)) at++;
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

/* Digits, perhaps a point and more digits: all up to the end. */
static inline bool is_usual_number(const char *at, const char *end) {
    if (!is_digit(*at) || (*at == '0' && at + 1 < end && at[1] != '.')) return false;
    while (at < end && is_digit(*at)) at++;
    if (at == end) return true;
    if (*at != '.' || at + 1 == end) return false;
    for (at++; at < end && is_digit(*at);) at++;
    return at == end;
}

/* Takes the next token, which is a text or a run of other bytes: up to the white space before the one behind
 * it. */
static inline seg_text take_run(walk *w) {
    const char *start = w->bytes + *w->at++, *end = w->bytes + *w->at;
    while (end > start && is_space(end[-1])) end--;
    return (seg_text){start, (size_t)(end - start)};
}

static const char *find_escape(const char *from, const char *end) {
    const char *found = from < end ? memchr(from, '\\', (size_t)(end - from)) : NULL;
    return found ? found : end;
}

/* A text before whose end the next backslash stands, as far as that is known. */
static bool undo_escapes(walk *w, seg_text *text) {
    seg_jsonl *json = w->json;
    const char *end = text->bytes + text->size_bytes;
    json->escape = find_escape(text->bytes, json->block_end);
    if (json->escape >= end) return true;
    if (end > w->bytes + w->stop)
        return refuse(w, not_closed, w->begin); /* there is no room for other lines */
    char *plain = json->plain + json->plain_used, *plain_end = seg_escape_undo(*text, plain);
    if (!plain_end) return refuse(w, bad_escape, (uint32_t)(text->bytes - w->bytes));
    json->escape = find_escape(end, json->block_end);
    *text = (seg_text){plain, (size_t)(plain_end - plain)};
    if (w->depth == w->laid) json->plain_used += text->size_bytes;
    return true;
}

/* Takes a text that is the next token. Without its escapes: a piece of the line itself when it has none. */
static inline bool take_text(walk *w, seg_text *out) {
    seg_text raw = take_run(w);
    *out = (seg_text){raw.bytes + 1, raw.size_bytes - 2}; /* it is closed: the tokens were good */
    return w->json->escape >= out->bytes + out->size_bytes || undo_escapes(w, out);
}

static bool grow(walk *w) {
    seg_jsonl *json = w->json;
    w->memory =
        !seg_heap_grow(NULL, &json->items, &json->capacity, json->count + FIRST_ITEMS, sizeof *json->items);
    return !w->memory;
}

static inline bool push(walk *w, seg_text key, uint32_t place, seg_json_kind kind, seg_text text) {
    seg_jsonl *json = w->json;
    if (json->count == json->capacity && !grow(w)) return false;
    json->items[json->count++] =
        (seg_json_item){.key = key, .text = text, .offset = place - w->begin, .kind = kind};
    return true;
}

static inline bool take_key(walk *w, seg_text *key) {
    if (w->bytes[*w->at] != '"') return refuse(w, not_json, *w->at);
    if (!take_text(w, key)) return false;
    if (w->bytes[*w->at] != ':') return refuse(w, not_json, *w->at);
    w->at++;
    return true;
}

static bool word_kind(walk *w, seg_text run, seg_json_kind *kind) {
    char first = run.size_bytes ? *run.bytes : '\0';
    uint32_t place = (uint32_t)(run.bytes - w->bytes);
    if (first == '-' || is_digit(first)) {
        *kind = SEG_JSON_NUMBER;
        return is_number(run.bytes, run.bytes + run.size_bytes) || refuse(w, bad_number, place);
    }
    if (seg_text_equal(run, (seg_text){"true", 4}))
        *kind = SEG_JSON_TRUE;
    else if (seg_text_equal(run, (seg_text){"false", 5}))
        *kind = SEG_JSON_FALSE;
    else if (seg_text_equal(run, (seg_text){"null", 4}))
        *kind = SEG_JSON_NULL;
    else
        return refuse(w, (first == '}' || first == ']') && first != w->closer ? not_json : bad_word, place);
    return true;
}

static inline bool take_scalar(walk *w, seg_text key) {
    uint32_t place = *w->at;
    seg_json_kind kind = SEG_JSON_TEXT;
    seg_text text;
    if (w->bytes[place] == '"') {
        if (!take_text(w, &text)) return false;
    } else {
        text = take_run(w);
        if (!word_kind(w, text, &kind)) return false;
    }
    return w->depth != w->laid || push(w, key, place, kind, text);
}

/* The usual members: a name, then a text or a number, with neither escapes nor white space around them. Takes
 * one after the other and stops before the first that is not of the kind, or behind the last of the object:
 * true. A function for itself, so that all it needs stays in registers. */
static __attribute__((noinline)) bool take_usual(walk *w) {
    seg_jsonl *json = w->json;
    const char *bytes = w->bytes, *line = bytes + w->begin, *escape = json->escape;
    const uint32_t *at = w->at, stop = w->stop;
    const size_t step = w->depth == w->laid; /* what stays closed is written, and written over */
    seg_json_item *item = json->items + json->count, *end = json->items + json->capacity;
    bool is_last = false;
    while (item < end && at[0] < stop) {
        const char *name = bytes + at[0], *colon = bytes + at[1], *value = bytes + at[2];
        if (*name != '"' || memcmp(colon - 1, "\":", 2) != 0) break;
        const char *after = bytes + at[3]; /* there is a token behind the value, or the line feed */
        if (after > escape) break;
        const bool is_text = *value == '"';
        if (is_text ? after[-1] != '"' : !is_usual_number(value, after)) break;
        item->text = (seg_text){value + is_text, (size_t)(after - value) - 2 * is_text};
        item->kind = is_text ? SEG_JSON_TEXT : SEG_JSON_NUMBER;
        item->key = (seg_text){name + 1, (size_t)(colon - name - 2)};
        item->below = 0;
        item->offset = (uint32_t)(value - line);
        item += step;
        at += 3;
        is_last = *after != ',';
        if (is_last) break;
        at++;
    }
    json->count = (size_t)(item - json->items);
    w->at = at;
    return is_last;
}

static bool is_opened(const walk *w, seg_text key) {
    for (size_t i = 0; i < w->opened_count; i++)
        if (seg_text_equal(w->opened[i], key)) return true;
    return false;
}

/* Whether a container in a laid open one is laid open too: see the head of json.h. */
static bool is_laid(const walk *w, seg_text key, bool is_object) {
    if (w->depth == 1) return is_object && is_opened(w, key);
    if (w->depth == 2) return !is_object;
    return w->deep && (is_object ? w->depth == 3 : w->depth == 4);
}

static void be_in(walk *w) { w->closer = w->objects >> (w->depth - 1) & 1 ? '}' : ']'; }

/* Goes into the container that is the next token. */
static bool enter(walk *w, seg_text key) {
    uint32_t place = *w->at++;
    bool is_object = w->bytes[place] == '{';
    if (w->depth == SEG_JSON_DEPTH) return refuse(w, "nested too deeply", place);
    if (w->depth == w->laid) {
        seg_json_kind kind = is_object ? SEG_JSON_OBJECT : SEG_JSON_LIST;
        if (!push(w, key, place, kind, (seg_text){NULL, 0})) return false;
        if (is_laid(w, key, is_object)) w->holders[w->laid++] = (uint32_t)(w->json->count - 1);
    }
    w->objects = (w->objects & ~(UINT64_C(1) << w->depth)) | (uint64_t)is_object << w->depth;
    w->depth++;
    be_in(w);
    return true;
}

/* Takes what closes containers, and the comma behind them. There is none behind the object that is the line.
 */
static bool leave(walk *w) {
    while (w->bytes[*w->at] != ',') {
        if (w->bytes[*w->at] != w->closer) return refuse(w, not_json, *w->at);
        w->at++;
        if (w->depth == w->laid && --w->laid) {
            uint32_t holder = w->holders[w->laid];
            w->json->items[holder].below = (uint32_t)(w->json->count - holder - 1);
        }
        if (--w->depth == 0) return true;
        be_in(w);
    }
    w->at++;
    return true;
}

static bool take_object(walk *w) {
    if (w->bytes[*w->at] != '{') return refuse(w, not_object, w->begin);
    w->at++;
    w->depth = w->laid = 1;
    w->objects = 1;
    w->closer = '}';
    if (w->bytes[*w->at] == '}' && !leave(w)) return false;
    while (w->depth) {
        seg_text key = {NULL, 0};
        if (w->closer == '}' && take_usual(w)) {
            if (!leave(w)) return false;
            continue;
        }
        if (*w->at >= w->stop) return refuse(w, not_closed, w->begin);
        if (w->closer == '}' && !take_key(w, &key)) return false;
        if (w->bytes[*w->at] == '{' || w->bytes[*w->at] == '[') {
            if (!enter(w, key)) return false;
            if (w->bytes[*w->at] != w->closer) continue;
        } else if (!take_scalar(w, key)) {
            return false;
        }
        if (w->bytes[*w->at] == ',')
            w->at++;
        else if (!leave(w))
            return false;
    }
    if (w->at[-1] >= w->stop) return refuse(w, not_closed, w->begin);
    if (*w->at < w->stop) return refuse(w, "something follows the JSON object", *w->at);
    return true;
}

/* A line that ends otherwise than in a brace is not whole: that counts before what else is wrong with it. */
static void judge(walk *w, const uint32_t *first) {
    if (w->fault == not_object) return;
    while (*w->at < w->stop) w->at++;
    while (w->at > first && w->at[-1] >= w->stop) w->at--;
    if (w->at == first || w->bytes[w->at[-1]] != '}' || w->place >= w->stop) refuse(w, not_closed, w->begin);
}

static const char *fault_of(seg_tokens_fault fault) {
    switch (fault) {
    case SEG_TOKENS_NOT_UTF8: return "not valid UTF-8";
    case SEG_TOKENS_OPEN_TEXT: return "a text without its closing quote";
    case SEG_TOKENS_CONTROL: return "a control character inside a text";
    default: return not_json;
    }
}

seg_jsonl *seg_jsonl_new(void) {
    seg_jsonl *json = calloc(1, sizeof *json);
    if (!json) return NULL;
    json->tokens = seg_tokens_new();
    if (json->tokens && seg_heap_grow(NULL, &json->items, &json->capacity, FIRST_ITEMS, sizeof *json->items))
        return json;
    seg_jsonl_free(json);
    return NULL;
}

void seg_jsonl_free(seg_jsonl *json) {
    if (!json) return;
    seg_tokens_free(json->tokens);
    free(json->items);
    free(json->plain);
    free(json);
}

static seg_tokens_fault look(seg_jsonl *json, seg_text lines) {
    json->block = json->block_end = lines.bytes;
    seg_tokens_fault fault = seg_tokens_find(json->tokens, lines, &json->next);
    if (fault != SEG_TOKENS_GOOD) return fault;
    json->block_end = lines.bytes + lines.size_bytes;
    json->escape = find_escape(json->block, json->block_end);
    return SEG_TOKENS_GOOD;
}

seg_status seg_jsonl_look(seg_jsonl *json, seg_text lines) {
    json->alone = false;
    return look(json, lines) == SEG_TOKENS_NO_MEMORY ? SEG_E_MEMORY : SEG_OK;
}

/* Makes the tokens of the line the next ones. */
static seg_tokens_fault find_line(seg_jsonl *json, seg_text line) {
    const char *end = line.bytes + line.size_bytes;
    if (json->alone || line.bytes < json->block || end > json->block_end) {
        seg_tokens_fault fault = look(json, line);
        json->alone = true;
        if (fault != SEG_TOKENS_GOOD) return fault;
    }
    while (json->block + *json->next < line.bytes) json->next++;
    if (json->escape < line.bytes) json->escape = find_escape(line.bytes, json->block_end);
    return SEG_TOKENS_GOOD;
}

seg_status seg_jsonl_read(seg_jsonl *json, seg_text line, const seg_text *opened, size_t opened_count,
                          bool deep, seg_json_document *out) {
    *out = (seg_json_document){0};
    json->count = json->plain_used = 0;
    seg_tokens_fault fault = find_line(json, line);
    if (fault == SEG_TOKENS_NO_MEMORY) return SEG_E_MEMORY;
    if (fault != SEG_TOKENS_GOOD) {
        out->fault = fault_of(fault);
        if (fault == SEG_TOKENS_NOT_UTF8) seg_utf8_check(line, &out->offset);
        return SEG_E_FACT;
    }
    bool has_escapes = json->escape < line.bytes + line.size_bytes;
    if (has_escapes &&
        !seg_heap_grow(NULL, &json->plain, &json->plain_capacity, line.size_bytes + SEG_INPUT_PADDING, 1))
        return SEG_E_MEMORY;
    uint32_t begin = (uint32_t)(line.bytes - json->block);
    walk w = {.json = json,
              .bytes = json->block,
              .at = json->next,
              .begin = begin,
              .stop = begin + (uint32_t)line.size_bytes,
              .opened = opened,
              .opened_count = opened_count,
              .deep = deep};
    if (take_object(&w)) {
        json->next = w.at;
        out->items = json->items;
        out->count = json->count;
        return SEG_OK;
    }
    if (w.memory) return SEG_E_MEMORY;
    judge(&w, json->next);
    out->fault = w.fault;
    out->offset = w.place - w.begin;
    return SEG_E_FACT;
}
