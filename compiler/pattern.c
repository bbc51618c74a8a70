#include "pattern.h"

#include <stdlib.h>
#include <string.h>

#include <utf8proc.h>

/* All characters of CaseFolding.txt stand here; between these are ideographs, syllables and signs. */
static const seg_pattern_range cased[] = {
    {0, 0x2E7F}, {0xA640, 0xABFF}, {0xFB00, 0x11FFF}, {0x16E00, 0x16FFF}, {0x1E800, 0x1EFFF}};

typedef struct fold { /* a character that folds to another one */
    uint32_t to, from;
} fold;

typedef struct set { /* of code points, while it is being read */
    seg_pattern_range *ranges;
    uint32_t count, capacity;
} set;

typedef struct reader {
    seg_arena *arena;
    const char *bytes;
    uint32_t size, at;
    uint32_t depth;
    uint32_t class_count;
    bool ignore_case;
    fold *folds; /* ascending by `to`; made when first needed */
    uint32_t fold_count, fold_capacity;
    seg_automaton_fault *fault;
} reader;

static void *fault_at(reader *r, uint32_t offset, const char *reason) {
    *r->fault = (seg_automaton_fault){.offset = offset, .reason = reason};
    return NULL;
}

static void *memory_short(reader *r) { return fault_at(r, 0, "memory ran short"); }

/* ---- Sets of code points ---------------------------------------------------------------------- */

static bool set_add(reader *r, set *s, uint32_t first, uint32_t last) {
    if (s->count == s->capacity) {
        uint32_t capacity = s->capacity ? 2 * s->capacity : 4;
        seg_pattern_range *ranges = seg_arena_take_array(r->arena, capacity, sizeof *ranges);
        if (!ranges) return memory_short(r);
        if (s->count) memcpy(ranges, s->ranges, s->count * sizeof *ranges);
        s->ranges = ranges;
        s->capacity = capacity;
    }
    s->ranges[s->count++] = (seg_pattern_range){first, last};
    return true;
}

static int compare_ranges(const void *left, const void *right) {
    const seg_pattern_range *a = left, *b = right;
    return (a->first > b->first) - (a->first < b->first);
}

/* Ascending, with a gap between any two. */
static void set_normalise(set *s) {
    if (s->count < 2) return;
    qsort(s->ranges, s->count, sizeof *s->ranges, compare_ranges);
    uint32_t kept = 0;
    for (uint32_t i = 1; i < s->count; i++) {
        seg_pattern_range *last = &s->ranges[kept], next = s->ranges[i];
        if (next.first > last->last + 1)
            s->ranges[++kept] = next;
        else if (next.last > last->last)
            last->last = next.last;
    }
    s->count = kept + 1;
}

static bool set_has(const set *s, uint32_t code_point) {
    uint32_t low = 0, high = s->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (s->ranges[middle].last < code_point)
            low = middle + 1;
        else
            high = middle;
    }
    return low < s->count && s->ranges[low].first <= code_point;
}

static bool set_negate(reader *r, set *s) {
    set rest = {0};
    uint32_t next = 0;
    for (uint32_t i = 0; i < s->count; i++) {
        if (s->ranges[i].first > next && !set_add(r, &rest, next, s->ranges[i].first - 1)) return false;
        next = s->ranges[i].last + 1;
    }
    if (next <= SEG_CODE_POINT_MAX && !set_add(r, &rest, next, SEG_CODE_POINT_MAX)) return false;
    *s = rest;
    return true;
}

/* ---- Case: simple case folding, CaseFolding.txt of Unicode, statuses C and S --------------------- */

static uint32_t fold_of(uint32_t code_point) {
    const utf8proc_property_t *property = utf8proc_get_property((utf8proc_int32_t)code_point);
    if (property->casefold_seqindex == UINT16_MAX) return code_point;
    utf8proc_int32_t full[8];
    int boundary = 0;
    utf8proc_ssize_t count = utf8proc_decompose_char((utf8proc_int32_t)code_point, full, 8, UTF8PROC_CASEFOLD,
                                                     &boundary);
    if (count == 1) return (uint32_t)full[0];
    /* Where the full folding is several characters, the simple one is the small letter. The dotted
     * capital I has none: its small letter is the plain i only in Turkish. */
    if (code_point == 0x130) return code_point;
    return (uint32_t)utf8proc_tolower((utf8proc_int32_t)code_point);
}

static int compare_folds(const void *left, const void *right) {
    const fold *a = left, *b = right;
    if (a->to != b->to) return a->to > b->to ? 1 : -1;
    return (a->from > b->from) - (a->from < b->from);
}

static bool folds_add(reader *r, fold added) {
    if (r->fold_count == r->fold_capacity) {
        uint32_t capacity = r->fold_capacity ? 2 * r->fold_capacity : 2048;
        fold *folds = seg_arena_take_array(r->arena, capacity, sizeof *folds);
        if (!folds) return memory_short(r);
        if (r->fold_count) memcpy(folds, r->folds, r->fold_count * sizeof *folds);
        r->folds = folds;
        r->fold_capacity = capacity;
    }
    r->folds[r->fold_count++] = added;
    return true;
}

static bool folds_make(reader *r) {
    for (size_t i = 0; i < sizeof cased / sizeof *cased; i++) {
        for (uint32_t c = cased[i].first; c <= cased[i].last; c++) {
            uint32_t to = fold_of(c);
            if (to != c && !folds_add(r, (fold){.to = to, .from = c})) return false;
        }
    }
    qsort(r->folds, r->fold_count, sizeof *r->folds, compare_folds);
    return true;
}

/* Adds every character that folds to the same one as a member does. */
static bool set_fold(reader *r, set *s) {
    if (!r->folds && !folds_make(r)) return false;
    set more = {0};
    for (uint32_t i = 0, end; i < r->fold_count; i = end) {
        uint32_t to = r->folds[i].to;
        bool has = set_has(s, to);
        for (end = i; end < r->fold_count && r->folds[end].to == to; end++)
            has = has || set_has(s, r->folds[end].from);
        if (!has) continue;
        if (!set_add(r, &more, to, to)) return false;
        for (uint32_t k = i; k < end; k++)
            if (!set_add(r, &more, r->folds[k].from, r->folds[k].from)) return false;
    }
    for (uint32_t i = 0; i < more.count; i++)
        if (!set_add(r, s, more.ranges[i].first, more.ranges[i].last)) return false;
    set_normalise(s);
    return true;
}

/* ---- Nodes ------------------------------------------------------------------------------------- */

static seg_pattern *node_new(reader *r, seg_pattern_kind kind) {
    seg_pattern *node = seg_arena_take(r->arena, sizeof *node);
    if (!node) return memory_short(r);
    node->kind = (uint8_t)kind;
    return node;
}

static void node_append(seg_pattern *parent, seg_pattern *child) {
    child->previous = parent->last_child;
    parent->last_child = child;
}

/* A CLASS of the set, which has its cases already. */
static seg_pattern *node_of_set(reader *r, const set *s) {
    seg_pattern *node = node_new(r, SEG_PATTERN_CLASS);
    if (!node) return NULL;
    node->number = r->class_count++;
    node->ranges = s->ranges;
    node->range_count = s->count;
    return node;
}

static seg_pattern *node_of_character(reader *r, uint32_t code_point) {
    set s = {0};
    if (!set_add(r, &s, code_point, code_point)) return NULL;
    if (r->ignore_case && !set_fold(r, &s)) return NULL;
    return node_of_set(r, &s);
}

/* ---- Characters and escapes ----------------------------------------------------------------------- */

static bool peek(const reader *r, char c) { return r->at < r->size && r->bytes[r->at] == c; }

static bool peek_text(const reader *r, const char *text) {
    size_t size = strlen(text);
    return r->size - r->at >= size && memcmp(r->bytes + r->at, text, size) == 0;
}

static bool take(reader *r, char c) {
    if (!peek(r, c)) return false;
    r->at++;
    return true;
}

static bool read_code_point(reader *r, uint32_t *out) {
    utf8proc_int32_t c = -1;
    utf8proc_ssize_t size =
        utf8proc_iterate((const utf8proc_uint8_t *)r->bytes + r->at, (utf8proc_ssize_t)(r->size - r->at), &c);
    if (size <= 0 || c < 0) return fault_at(r, r->at, "the pattern is not valid UTF-8");
    r->at += (uint32_t)size;
    *out = (uint32_t)c;
    return true;
}

static int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/* Behind \x or \u: two digits (of \x only), or {1 to 6 digits}. `start` is where the \ stands. */
static bool read_hex(reader *r, uint32_t start, bool two_digits, uint32_t *out) {
    const char *reason = two_digits ? "\\x is followed by two hexadecimal digits or by {...}"
                                    : "\\u is followed by the character's number in braces, as in \\u{1F600}";
    bool braces = take(r, '{');
    if (!braces && !two_digits) return fault_at(r, start, reason);
    uint32_t value = 0, count = 0;
    while (count < (braces ? 6 : 2) && r->at < r->size && hex_digit(r->bytes[r->at]) >= 0) {
        value = value * 16 + (uint32_t)hex_digit(r->bytes[r->at++]);
        count++;
    }
    if (count == 0 || (braces ? !take(r, '}') : count != 2)) return fault_at(r, start, reason);
    if (value > SEG_CODE_POINT_MAX || (value >= 0xD800 && value <= 0xDFFF))
        return fault_at(r, start, "there is no character with this number");
    *out = value;
    return true;
}

static const char *reason_of_escape(char c) {
    if (c >= '1' && c <= '9') return "a pattern cannot refer back to a group (\\1)";
    switch (c) {
    case '0': return "write a character by its number as \\x00";
    case 'b':
    case 'B': return "word boundaries (\\b) are not supported: name the characters around the word instead";
    case 'p':
    case 'P': return "character properties (\\p) are not supported: name the characters in [...]";
    default: return "this escape has no meaning: before a letter or digit, \\ stands only in "
                    "\\d \\w \\s \\D \\W \\S \\n \\t \\r \\f \\v \\a \\x \\u \\A \\z";
    }
}

/* The character that an escape stands for; r->at is behind the \ at `start`. */
static bool read_escape(reader *r, uint32_t start, uint32_t *out) {
    char c = r->bytes[r->at];
    if ((unsigned char)c >= 0x80) return fault_at(r, start, "this character needs no \\ before it");
    r->at++;
    switch (c) {
    case 'n': *out = '\n'; return true;
    case 't': *out = '\t'; return true;
    case 'r': *out = '\r'; return true;
    case 'f': *out = '\f'; return true;
    case 'v': *out = '\v'; return true;
    case 'a': *out = '\a'; return true;
    case 'x': return read_hex(r, start, true, out);
    case 'u': return read_hex(r, start, false, out);
    default: break;
    }
    bool alphanumeric = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (alphanumeric) return fault_at(r, start, reason_of_escape(c));
    *out = (uint32_t)c;
    return true;
}

/* Adds \d \w \s or, for a capital letter, everything else. */
static bool add_named_set(reader *r, set *into, char name) {
    set s = {0};
    bool fits = true;
    switch (name) {
    case 'd':
    case 'D': fits = set_add(r, &s, '0', '9'); break;
    case 'w':
    case 'W':
        fits = set_add(r, &s, '0', '9') && set_add(r, &s, 'A', 'Z') && set_add(r, &s, '_', '_') &&
               set_add(r, &s, 'a', 'z');
        break;
    default:
        fits = set_add(r, &s, '\t', '\n') && set_add(r, &s, '\f', '\r') && set_add(r, &s, ' ', ' ');
        break;
    }
    if (fits && r->ignore_case) fits = set_fold(r, &s);
    if (fits && name < 'a') fits = set_negate(r, &s);
    for (uint32_t i = 0; fits && i < s.count; i++)
        fits = set_add(r, into, s.ranges[i].first, s.ranges[i].last);
    return fits;
}

static bool is_named_set(const reader *r) {
    return r->at < r->size && memchr("dwsDWS", r->bytes[r->at], 6) != NULL;
}

/* ---- Classes --------------------------------------------------------------------------------------- */

/* One end of a range, or one member. */
static bool read_member(reader *r, uint32_t *out) {
    uint32_t start = r->at;
    if (!take(r, '\\')) return read_code_point(r, out);
    if (r->at == r->size) return fault_at(r, start, "nothing follows the \\");
    if (is_named_set(r)) return fault_at(r, start, "a range goes from one character to another one");
    return read_escape(r, start, out);
}

static bool read_range(reader *r, set *s) {
    uint32_t start = r->at, first, last;
    if (!read_member(r, &first)) return false;
    last = first;
    if (peek(r, '-') && r->size - r->at >= 2 && r->bytes[r->at + 1] != ']') {
        r->at++;
        if (!read_member(r, &last)) return false;
        if (last < first) return fault_at(r, start, "this range ends before it begins");
    }
    return set_add(r, s, first, last);
}

static bool is_posix_class(const reader *r) {
    if (!peek_text(r, "[:")) return false;
    for (uint32_t i = r->at + 2; i + 1 < r->size; i++)
        if (r->bytes[i] == ':' && r->bytes[i + 1] == ']') return true;
    return false;
}

/* r->at is behind the [ at `start`. A ] that comes first is a member. */
static seg_pattern *read_class(reader *r, uint32_t start) {
    set s = {0}, named = {0};
    bool negated = take(r, '^');
    bool first = true;
    while (first || !peek(r, ']')) {
        if (r->at == r->size) return fault_at(r, start, "this [ has no ]");
        if (is_posix_class(r))
            return fault_at(r, r->at, "classes such as [:alpha:] are not supported: name the characters");
        first = false;
        if (r->size - r->at >= 2 && peek(r, '\\') && memchr("dwsDWS", r->bytes[r->at + 1], 6)) {
            r->at += 2;
            if (!add_named_set(r, &named, r->bytes[r->at - 1])) return NULL;
        } else if (!read_range(r, &s)) {
            return NULL;
        }
    }
    r->at++;
    set_normalise(&s);
    if (r->ignore_case && !set_fold(r, &s)) return NULL;
    /* The named sets have their cases already: \W must not get back what \w took. */
    for (uint32_t i = 0; i < named.count; i++)
        if (!set_add(r, &s, named.ranges[i].first, named.ranges[i].last)) return NULL;
    set_normalise(&s);
    if (negated && !set_negate(r, &s)) return NULL;
    return node_of_set(r, &s);
}

/* ---- Atoms, repetitions, sequences -------------------------------------------------------------------- */

static seg_pattern *read_choice(reader *r);

static const char *reason_of_group(const reader *r) {
    if (peek_text(r, "?=") || peek_text(r, "?!"))
        return "a pattern cannot look ahead ((?=...), (?!...)): write a second condition instead";
    if (peek_text(r, "?<=") || peek_text(r, "?<!"))
        return "a pattern cannot look behind ((?<=...), (?<!...)): write a second condition instead";
    if (peek_text(r, "?P") || peek_text(r, "?<") || peek_text(r, "?'"))
        return "groups have no names here: write (...)";
    if (peek_text(r, "?>")) return "atomic groups ((?>...)) are not supported: write (...)";
    return "only (...) and (?:...) are groups; to ignore case, write i behind the whole pattern";
}

/* r->at is behind the ( at `start`. */
static seg_pattern *read_group(reader *r, uint32_t start) {
    if (r->depth == SEG_PATTERN_DEPTH_LIMIT)
        return fault_at(r, start, "groups are nested more than 100 deep");
    if (peek_text(r, "?:"))
        r->at += 2;
    else if (peek(r, '?'))
        return fault_at(r, start, reason_of_group(r));
    r->depth++;
    seg_pattern *inner = read_choice(r);
    r->depth--;
    if (inner && !take(r, ')')) return fault_at(r, start, "this ( has no )");
    return inner;
}

static seg_pattern *read_backslash(reader *r, uint32_t start) {
    if (r->at == r->size) return fault_at(r, start, "nothing follows the \\");
    if (take(r, 'A')) return node_new(r, SEG_PATTERN_BEGIN);
    if (take(r, 'z')) return node_new(r, SEG_PATTERN_END);
    if (is_named_set(r)) {
        set s = {0};
        if (!add_named_set(r, &s, r->bytes[r->at++])) return NULL;
        return node_of_set(r, &s);
    }
    uint32_t code_point;
    return read_escape(r, start, &code_point) ? node_of_character(r, code_point) : NULL;
}

static seg_pattern *read_atom(reader *r) {
    uint32_t start = r->at, code_point;
    switch (r->bytes[r->at]) {
    case '*':
    case '+':
    case '?': return fault_at(r, start, "there is nothing to repeat before this");
    case '{': return fault_at(r, start, "there is nothing to repeat before this; write \\{ for a brace");
    case '(': r->at++; return read_group(r, start);
    case '[': r->at++; return read_class(r, start);
    case '\\': r->at++; return read_backslash(r, start);
    case '^': r->at++; return node_new(r, SEG_PATTERN_BEGIN);
    case '$': r->at++; return node_new(r, SEG_PATTERN_END);
    case '.': {
        r->at++;
        set s = {0};
        if (!set_add(r, &s, 0, '\n' - 1) || !set_add(r, &s, '\n' + 1, SEG_CODE_POINT_MAX)) return NULL;
        return node_of_set(r, &s);
    }
    default: return read_code_point(r, &code_point) ? node_of_character(r, code_point) : NULL;
    }
}

/* Up to 4 digits; false when there is none. */
static bool read_count(reader *r, uint32_t *out) {
    uint32_t start = r->at, value = 0;
    while (r->at < r->size && r->at - start < 4 && r->bytes[r->at] >= '0' && r->bytes[r->at] <= '9')
        value = value * 10 + (uint32_t)(r->bytes[r->at++] - '0');
    *out = value;
    return r->at > start;
}

/* r->at is behind the { at `start`. */
static bool read_bounds(reader *r, uint32_t start, uint32_t *min, uint32_t *max) {
    static const char form[] = "a repetition is written {3}, {3,} or {3,5}; write \\{ for the character {";
    if (!read_count(r, min)) return fault_at(r, start, form);
    *max = *min;
    if (take(r, ',') && !read_count(r, max)) *max = SEG_PATTERN_ENDLESS;
    if (!take(r, '}')) return fault_at(r, start, form);
    if (*min > SEG_PATTERN_REPEAT_LIMIT || (*max > SEG_PATTERN_REPEAT_LIMIT && *max != SEG_PATTERN_ENDLESS))
        return fault_at(r, start, "a repetition goes up to 1000");
    if (*max < *min) return fault_at(r, start, "this repetition ends before it begins");
    return true;
}

static seg_pattern *read_repetition(reader *r) {
    seg_pattern *atom = read_atom(r);
    if (!atom || r->at == r->size) return atom;
    uint32_t start = r->at, min = 0, max = SEG_PATTERN_ENDLESS;
    if (take(r, '+'))
        min = 1;
    else if (take(r, '?'))
        max = 1;
    else if (take(r, '{')) {
        if (!read_bounds(r, start, &min, &max)) return NULL;
    } else if (!take(r, '*'))
        return atom;
    take(r, '?'); /* as few as possible, or as many: some text matches or none does */
    if (r->at < r->size && memchr("*+?{", r->bytes[r->at], 4))
        return fault_at(r, r->at, "a repetition cannot be repeated: put it into ( ) first");
    seg_pattern *repeat = node_new(r, SEG_PATTERN_REPEAT);
    if (!repeat) return NULL;
    repeat->min = min;
    repeat->max = max;
    node_append(repeat, atom);
    return repeat;
}

static seg_pattern *read_sequence(reader *r) {
    seg_pattern *sequence = node_new(r, SEG_PATTERN_SEQUENCE);
    if (!sequence) return NULL;
    while (r->at < r->size && !peek(r, '|') && !peek(r, ')')) {
        seg_pattern *part = read_repetition(r);
        if (!part) return NULL;
        node_append(sequence, part);
    }
    if (!sequence->last_child) sequence->kind = SEG_PATTERN_EMPTY;
    return sequence;
}

static seg_pattern *read_choice(reader *r) {
    seg_pattern *first = read_sequence(r);
    if (!first || !peek(r, '|')) return first;
    seg_pattern *choice = node_new(r, SEG_PATTERN_CHOICE);
    if (!choice) return NULL;
    node_append(choice, first);
    while (take(r, '|')) {
        seg_pattern *next = read_sequence(r);
        if (!next) return NULL;
        node_append(choice, next);
    }
    return choice;
}

seg_pattern *seg_pattern_read(seg_arena *arena, seg_text text, bool ignore_case, uint32_t *class_count,
                              seg_automaton_fault *fault) {
    reader r = {.arena = arena, .bytes = text.bytes, .ignore_case = ignore_case, .fault = fault};
    if (text.size_bytes > SEG_AUTOMATON_PATTERN_LIMIT)
        return fault_at(&r, 0, "the pattern is longer than 4,096 bytes");
    r.size = (uint32_t)text.size_bytes;
    seg_pattern *pattern = read_choice(&r);
    if (pattern && r.at < r.size) return fault_at(&r, r.at, "this ) has no (; write \\) for the character");
    *class_count = r.class_count;
    return pattern;
}
