#include "json.h"

#include <stdlib.h>
#include <string.h>

#include "escape.h"
#include "heap.h"
#include "input.h"
#include "number.h"
#include "text.h"
#include "tokens.h"

enum { FIRST_ITEMS = 64, LAID_MOST = 5 /* see is_laid */ };

struct seg_jsonl {
    seg_tokens *tokens;
    const char *block, *block_end; /* the bytes whose tokens are known; the same: none */
    bool alone;                    /* they are one line that nobody looked ahead at */
    const uint32_t *first, *next;  /* the first token of the last line, and of those behind it */
    const char *escape;            /* the first backslash from there on, or the block's end */
    seg_json_item *items;
    size_t count, capacity;
    char *plain; /* texts whose escapes were undone: never longer than the line */
    size_t plain_used, plain_capacity;
    seg_hint none; /* fits nothing */
};

typedef struct frame {     /* a container that is laid open */
    const seg_keys *names; /* of members; NULL: nobody wants them */
    seg_hint *hint;        /* for the next of them */
    uint32_t holder;       /* its item */
} frame;

/* The way through the tokens of a line. It ends at the latest at the token behind the last one, which is none
 * that any step accepts: the line feed behind the block. */
typedef struct walk {
    seg_jsonl *json;
    const char *bytes;  /* what places count from */
    const uint32_t *at; /* the place of the next token */
    uint32_t begin;     /* of the line */
    uint32_t stop;      /* its end; 0: nobody asked yet */
    bool is_loose;      /* there may be more than a space between two tokens: the line may have ended */
    const seg_json_form *form;
    const seg_keys *names;       /* as in the frame of the container that we are in */
    seg_hint *hint;              /* more recent than there */
    const seg_keys *inner;       /* of objects below the member of the document that is laid open */
    char closer;                 /* of the container that we are in */
    unsigned depth;              /* containers that we are in */
    unsigned laid;               /* as many of them, from the outermost on, are laid open */
    uint64_t objects;            /* bit n: the container number n from outside is an object */
    frame frames[LAID_MOST + 1]; /* of those that are laid open; the last is for all others */
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

/* Takes the next token, which is a text or a run of other bytes: up to the white space before the one behind
 * it. */
static inline seg_text take_run(walk *w) {
    const char *start = w->bytes + *w->at++, *end = w->bytes + *w->at;
    while (end > start && is_space(end[-1])) end--;
    return (seg_text){start, (size_t)(end - start)};
}

/* Where the line ends. Mostly nobody has to look for that: the walk comes there by itself. */
static uint32_t stop_of(walk *w) {
    if (!w->stop) w->stop = (uint32_t)((const char *)rawmemchr(w->bytes + w->begin, '\n') - w->bytes);
    return w->stop;
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
    uint32_t stop = stop_of(w);
    if (end > w->bytes + stop) return refuse(w, not_closed, w->begin); /* there is no room for other lines */
    w->memory =
        !seg_heap_grow(NULL, &json->plain, &json->plain_capacity, stop - w->begin + SEG_INPUT_PADDING, 1);
    if (w->memory) return false;
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

static inline bool push(walk *w, uint32_t name, uint32_t place, seg_json_kind kind, seg_text text) {
    seg_jsonl *json = w->json;
    if (json->count == json->capacity && !grow(w)) return false;
    json->items[json->count++] =
        (seg_json_item){.name = name, .text = text, .offset = place - w->begin, .kind = kind};
    return true;
}

/* Members of an object that is laid open are listed when somebody knows them, elements of a list always. */
static inline bool is_listed(const walk *w, uint32_t name) {
    return w->depth == w->laid && (name != SEG_NONE || w->closer == ']');
}

static bool is_word(seg_text run, seg_json_kind *kind) {
    if (seg_text_equal(run, (seg_text){"true", 4}))
        *kind = SEG_JSON_TRUE;
    else if (seg_text_equal(run, (seg_text){"false", 5}))
        *kind = SEG_JSON_FALSE;
    else if (seg_text_equal(run, (seg_text){"null", 4}))
        *kind = SEG_JSON_NULL;
    else
        return false;
    return true;
}

static bool word_kind(walk *w, seg_text run, seg_json_kind *kind) {
    char first = run.size_bytes ? *run.bytes : '\0';
    uint32_t place = (uint32_t)(run.bytes - w->bytes);
    if (first == '-' || is_digit(first)) {
        *kind = SEG_JSON_NUMBER;
        return is_number(run.bytes, run.bytes + run.size_bytes) || refuse(w, bad_number, place);
    }
    if (is_word(run, kind)) return true;
    return refuse(w, (first == '}' || first == ']') && first != w->closer ? not_json : bad_word, place);
}

static bool take_scalar(walk *w, uint32_t name) {
    uint32_t place = *w->at;
    seg_json_kind kind = SEG_JSON_TEXT;
    seg_text text;
    if (w->bytes[place] == '"') {
        if (!take_text(w, &text)) return false;
    } else {
        text = take_run(w);
        if (!word_kind(w, text, &kind)) return false;
    }
    return !is_listed(w, name) || push(w, name, place, kind, text);
}

/* Whether a container that is listed is laid open too: see the head of json.h. */
static bool is_laid(walk *w, uint32_t name, bool is_object) {
    const seg_json_form *form = w->form;
    if (w->depth == 1) {
        size_t before = w->json->count - 1;
        w->inner = is_object ? form->open(form->user, name, w->json->items, before) : NULL;
        return w->inner != NULL;
    }
    if (w->depth == 2) return !is_object;
    return form->deep && (is_object ? w->depth == 3 : w->depth == 4);
}

/* We are in another container than before. */
static inline void be_in(walk *w) {
    const frame *f = &w->frames[w->depth == w->laid ? w->depth - 1 : LAID_MOST];
    w->closer = w->objects >> (w->depth - 1) & 1 ? '}' : ']';
    w->names = f->names;
    w->hint = f->hint;
}

/* The token that was taken last is one byte. */
static inline void look_behind(walk *w) { w->is_loose |= w->at[0] != w->at[-1] + 1; }

/* Goes into the container that is the next token. */
static bool enter(walk *w, uint32_t name) {
    uint32_t place = *w->at++;
    bool is_object = w->bytes[place] == '{';
    if (w->depth == SEG_JSON_DEPTH) return refuse(w, "nested too deeply", place);
    if (w->depth == w->laid) w->frames[w->depth - 1].hint = w->hint;
    if (is_listed(w, name)) {
        seg_json_kind kind = is_object ? SEG_JSON_OBJECT : SEG_JSON_LIST;
        if (!push(w, name, place, kind, (seg_text){NULL, 0})) return false;
        if (is_laid(w, name, is_object)) {
            frame *f = &w->frames[w->laid++];
            f->names = is_object ? w->inner : NULL;
            f->hint = w->inner->hints;
            f->holder = (uint32_t)(w->json->count - 1);
        }
    }
    w->objects = (w->objects & ~(UINT64_C(1) << w->depth)) | (uint64_t)is_object << w->depth;
    w->depth++;
    be_in(w);
    look_behind(w);
    return true;
}

/* Takes what closes containers, and the comma behind them. There is none behind the object that is the line.
 */
static bool leave(walk *w) {
    while (w->bytes[*w->at] != ',') {
        if (w->bytes[*w->at] != w->closer) return refuse(w, not_json, *w->at);
        w->at++;
        if (w->depth == w->laid && --w->laid) {
            uint32_t holder = w->frames[w->laid].holder;
            w->json->items[holder].below = (uint32_t)(w->json->count - holder - 1);
        }
        if (--w->depth == 0) return true;
        be_in(w);
        look_behind(w);
    }
    w->at++;
    return true;
}

/* Takes a value, what closes containers behind it, and the comma. */
static bool take_value(walk *w, uint32_t name) {
    char first = w->bytes[*w->at];
    if (first == '{' || first == '[') return enter(w, name) && (w->bytes[*w->at] != w->closer || leave(w));
    w->is_loose = true;
    return take_scalar(w, name) && leave(w);
}

static bool take_name(walk *w, uint32_t *name) {
    seg_text key;
    w->is_loose = true;
    if (w->bytes[*w->at] != '"') return refuse(w, not_json, *w->at);
    if (!take_text(w, &key)) return false;
    if (w->bytes[*w->at] != ':') return refuse(w, not_json, *w->at);
    w->at++;
    *name = w->names ? seg_lookup_find(&w->names->lookup, key) : SEG_NONE;
    return true;
}

/* The number of a name that the hint did not foresee; the hint for the next member is the walk's. */
static uint32_t find_name(walk *w, const char *open, const char *colon, seg_hint *hint) {
    w->hint = hint;
    if (!w->names) return SEG_NONE;
    return seg_keys_find(w->names, (seg_text){open + 1, (size_t)(colon - open - 2)}, &w->hint);
}

/* Of a value with a space before it or one that is no text without escapes; LIST: it is not usual. */
static seg_json_kind usual_kind(const char **value, const char *after, const char *escape, seg_text *text) {
    *value += **value == ' ';
    const char *at = *value;
    *text = (seg_text){at, (size_t)(after - at)};
    if (seg_number_is_short(*text)) return SEG_JSON_NUMBER;
    if (*at == '"' && after[-1] == '"' && after <= escape) {
        *text = (seg_text){at + 1, (size_t)(after - at) - 2};
        return SEG_JSON_TEXT;
    }
    seg_json_kind kind;
    return is_word(*text, &kind) ? kind : SEG_JSON_LIST;
}

/* Takes members of objects while nothing but perhaps a space stands between their tokens and their names have
 * no escapes: quick where they are those of last time, and their values texts without escapes or plain
 * numbers. Stops before another name, in a list, or behind the document. A function for itself, so that all
 * it needs stays in registers. */
static __attribute__((noinline)) bool take_usual(walk *w) {
    seg_jsonl *json = w->json;
    const char *bytes = w->bytes, *line = bytes + w->begin;
    while (w->depth && w->closer == '}') {
        enum { MORE, NAME, VALUE, END } stopped = MORE;
        const uint32_t *at = w->at;
        const char *escape = json->escape, *open = bytes + at[-1] + 1; /* the next name */
        seg_json_item *item = json->items + json->count, *end = json->items + json->capacity;
        seg_hint *hint = w->hint;
        uint32_t name = SEG_NONE;
        while (stopped == MORE && item < end) {
            const char *value;
            if (seg_hint_fits(hint, open)) {
                value = open + hint->size_bytes;
                name = hint++->found;
            } else {
                const char *colon = bytes + at[1];
                open += *open == ' ';
                if (*open != '"' || memcmp(colon - 1, "\":", 2) != 0 || colon > escape) {
                    stopped = NAME;
                    break;
                }
                name = find_name(w, open, colon, hint);
                hint = w->hint;
                value = colon + 1;
            }
            const char *after = bytes + at[3]; /* or a line feed */
            seg_text text = {value + 1, (size_t)(after - value) - 2};
            seg_json_kind kind = SEG_JSON_TEXT;
            if (*value != '"' || after[-1] != '"' || after > escape) {
                kind = usual_kind(&value, after, escape, &text);
                if (kind == SEG_JSON_LIST) {
                    w->is_loose |= value != bytes + at[2];
                    at += 2;
                    stopped = VALUE;
                    break;
                }
            }
            if (name != SEG_NONE) {
                item->text = text;
                item->name = name;
                item->offset = (uint32_t)(value - line);
                item->below = 0;
                item->kind = kind;
                item++;
            }
            at += 3;
            if (*after == ',')
                at++;
            else
                stopped = END;
            open = after + 1;
        }
        json->count = (size_t)(item - json->items);
        w->at = at;
        w->hint = hint;
        if (stopped == NAME) return true;
        if (!(stopped == VALUE ? take_value(w, name) : stopped == END ? leave(w) : grow(w))) return false;
    }
    return true;
}

static bool take_object(walk *w) {
    if (w->bytes[*w->at] != '{') return refuse(w, not_object, w->begin);
    w->is_loose = *w->at++ != w->begin;
    w->depth = w->laid = 1;
    w->objects = 1;
    w->frames[0].names = w->form->names;
    w->frames[0].hint = w->form->names->hints;
    w->frames[LAID_MOST].names = NULL;
    w->frames[LAID_MOST].hint = &w->json->none;
    be_in(w);
    look_behind(w);
    if (w->bytes[*w->at] == '}' && !leave(w)) return false;
    while (w->depth) {
        uint32_t name = SEG_NONE;
        if (!take_usual(w)) return false;
        if (w->depth == 0) break;
        if (*w->at >= stop_of(w)) return refuse(w, not_closed, w->begin);
        if (w->closer == '}' && !take_name(w, &name)) return false;
        if (!take_value(w, name)) return false;
    }
    uint32_t behind = w->at[-1] + 1;
    if (!w->is_loose && w->bytes[behind] == '\n') {
        w->stop = behind;
        return true;
    }
    if (behind > stop_of(w)) return refuse(w, not_closed, w->begin);
    if (*w->at < w->stop) return refuse(w, "something follows the JSON object", *w->at);
    return true;
}

/* A line that ends otherwise than in a brace is not whole: that counts before what else is wrong with it. */
static void judge(walk *w, const uint32_t *first) {
    uint32_t stop = stop_of(w);
    if (w->fault == not_object) return;
    while (*w->at < stop) w->at++;
    while (w->at > first && w->at[-1] >= stop) w->at--;
    if (w->at == first || w->bytes[w->at[-1]] != '}' || w->place >= stop) refuse(w, not_closed, w->begin);
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
    json->none = seg_hint_none;
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

/* Makes the tokens of the first line the next ones. What nobody looked ahead at becomes that line alone. */
static seg_tokens_fault find_line(seg_jsonl *json, seg_text *lines) {
    const char *begin = lines->bytes;
    if (json->alone || begin < json->block || begin + lines->size_bytes > json->block_end) {
        lines->size_bytes = (size_t)((const char *)rawmemchr(begin, '\n') - begin);
        seg_tokens_fault fault = look(json, *lines);
        json->alone = true;
        if (fault != SEG_TOKENS_GOOD) return fault;
    }
    while (json->block + *json->next < begin) json->next++;
    json->first = json->next;
    if (json->escape < begin) json->escape = find_escape(begin, json->block_end);
    return SEG_TOKENS_GOOD;
}

void seg_jsonl_back(seg_jsonl *json) {
    json->next = json->first;
    json->escape = find_escape(json->block + *json->first, json->block_end);
}

/* Field by field: filling it whole is slower than all of this. */
static inline void begin(walk *w, seg_jsonl *json, seg_text lines, const seg_json_form *form) {
    w->json = json;
    w->bytes = json->block;
    w->at = json->next;
    w->begin = (uint32_t)(lines.bytes - json->block);
    w->stop = 0;
    w->form = form;
    w->memory = false;
}

seg_status seg_jsonl_read(seg_jsonl *json, seg_text lines, const seg_json_form *form,
                          seg_json_document *out) {
    json->count = json->plain_used = 0;
    out->items = NULL;
    out->count = out->offset = 0;
    out->fault = NULL;
    seg_tokens_fault fault = find_line(json, &lines);
    if (fault == SEG_TOKENS_NO_MEMORY) return SEG_E_MEMORY;
    if (fault != SEG_TOKENS_GOOD) {
        out->fault = fault_of(fault);
        out->size_bytes = lines.size_bytes;
        if (fault == SEG_TOKENS_NOT_UTF8) seg_utf8_check(lines, &out->offset);
        return SEG_E_FACT;
    }
    walk w;
    begin(&w, json, lines, form);
    if (take_object(&w)) {
        json->next = w.at;
        out->items = json->items;
        out->count = json->count;
        out->size_bytes = w.stop - w.begin;
        return SEG_OK;
    }
    if (w.memory) return SEG_E_MEMORY;
    judge(&w, json->next);
    out->fault = w.fault;
    out->size_bytes = w.stop - w.begin;
    out->offset = w.place - w.begin;
    return SEG_E_FACT;
}
