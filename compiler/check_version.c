/* check_version.c - tests on texts that are versions.
 *
 * What is less than a fixed version, the same or more is a regular language, so that each test becomes a
 * pattern, and is decided as one: by reading the text once. Numbers are compared by their length first, which
 * is why none of this needs a bound on them.
 */
#include <string.h>

#include "check.h"

#define LONGEST 32u /* bytes of a version in a rule: keeps the pattern below its own limit */
#define PARTS (LONGEST / 2 + 1)
#define WORD "[0-9A-Za-z\\-]"

typedef struct parts {
    uint32_t count;
    seg_text of[PARTS];
} parts;

typedef struct version {
    parts numbers; /* without zeros in front, so that 0 is empty; the last is 0 only when it is alone */
    parts words;   /* of a pre-release; numbers among them without zeros in front */
    bool is_number[PARTS];
} version;

typedef struct wanted {
    bool less, same, more;
} wanted;

/* ---- Reading --------------------------------------------------------------------------------- */

static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool is_word(char c) {
    return is_digit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-';
}

/* Parts with points between them, from *at on. */
static bool read_parts(seg_text text, size_t *at, bool (*belongs)(char), parts *out) {
    out->count = 0;
    for (;;) {
        size_t first = *at;
        while (*at < text.size_bytes && belongs(text.bytes[*at])) ++*at;
        if (*at == first || out->count == PARTS) return false;
        out->of[out->count++] = (seg_text){text.bytes + first, *at - first};
        if (*at == text.size_bytes || text.bytes[*at] != '.') return true;
        ++*at;
    }
}

static bool is_whole(seg_text text) {
    size_t at = 0;
    while (at < text.size_bytes && is_digit(text.bytes[at])) at++;
    return at == text.size_bytes;
}

static void strip_zeros(seg_text *number) {
    while (number->size_bytes > 0 && *number->bytes == '0') {
        number->bytes++;
        number->size_bytes--;
    }
}

static bool read_version(seg_text text, version *out) {
    parts build;
    size_t at = text.size_bytes > 0 && (*text.bytes == 'v' || *text.bytes == 'V');
    out->words.count = 0;
    if (!read_parts(text, &at, is_digit, &out->numbers)) return false;
    if (at < text.size_bytes && text.bytes[at] == '-') {
        at++;
        if (!read_parts(text, &at, is_word, &out->words)) return false;
    }
    if (at < text.size_bytes && text.bytes[at] == '+') {
        at++;
        if (!read_parts(text, &at, is_word, &build)) return false;
    }
    parts *numbers = &out->numbers;
    for (uint32_t i = 0; i < numbers->count; i++) strip_zeros(&numbers->of[i]);
    while (numbers->count > 1 && numbers->of[numbers->count - 1].size_bytes == 0) numbers->count--;
    for (uint32_t i = 0; i < out->words.count; i++) {
        out->is_number[i] = is_whole(out->words.of[i]);
        if (out->is_number[i]) strip_zeros(&out->words.of[i]);
    }
    return at == text.size_bytes;
}

/* ---- Patterns -------------------------------------------------------------------------------- */

static void put(seg_buffer *out, const char *text) { seg_buffer_text(out, text); }

static void put_first(seg_buffer *out, seg_text text, size_t size) {
    if (size > 0) seg_buffer_add(out, text.bytes, size);
}

/* Another alternative of the group that is open. */
static void alternative(seg_buffer *out) {
    if (!out->failed && out->bytes[out->size_bytes - 1] != '(') put(out, "|");
}

/* One of the characters of words from `first` to `last`: there is one. */
static void put_between(seg_buffer *out, char first, char last) {
    static const char ranges[3][2] = {{'0', '9'}, {'A', 'Z'}, {'a', 'z'}};
    put(out, first <= '-' ? "[\\-" : "[");
    for (uint32_t i = 0; i < 3; i++) {
        char from = first > ranges[i][0] ? first : ranges[i][0],
             to = last < ranges[i][1] ? last : ranges[i][1];
        if (from <= to) seg_buffer_format(out, "%c-%c", from, to);
    }
    put(out, "]");
}

static void put_number(seg_buffer *out, seg_text number) {
    put(out, number.size_bytes == 0 ? "0+" : "0*");
    put_first(out, number, number.size_bytes);
}

/* The numbers that are less, of a number above 0. */
static void put_less_number(seg_buffer *out, seg_text number) {
    size_t size = number.size_bytes;
    put(out, "0*(");
    if (size > 1) seg_buffer_format(out, "[0-9]{1,%zu}", size - 1);
    for (size_t i = 0; i < size; i++) {
        if (number.bytes[i] == '0') continue;
        alternative(out);
        put_first(out, number, i);
        seg_buffer_format(out, "[0-%c][0-9]{%zu}", number.bytes[i] - 1, size - 1 - i);
    }
    put(out, ")");
}

static void put_more_number(seg_buffer *out, seg_text number) {
    size_t size = number.size_bytes;
    seg_buffer_format(out, "0*([1-9][0-9]{%zu,}", size);
    for (size_t i = 0; i < size; i++) {
        if (number.bytes[i] == '9') continue;
        alternative(out);
        put_first(out, number, i);
        seg_buffer_format(out, "[%c-9][0-9]{%zu}", number.bytes[i] + 1, size - 1 - i);
    }
    put(out, ")");
}

#define MORE_NUMBERS "(\\.[0-9]+)*"
#define MORE_WORDS "(\\." WORD "+)*"
#define ANY_WORDS "-" WORD "+" MORE_WORDS
#define NOTHING "0{0}"

/* Ends a group; one without alternatives is one that nothing fits. */
static void end_group(seg_buffer *out) {
    if (!out->failed && out->bytes[out->size_bytes - 1] == '(') put(out, "0^");
    put(out, ")");
}

static void alternative_of(seg_buffer *out, bool needed, const char *text) {
    if (!needed) return;
    alternative(out);
    put(out, text);
}

/* A character after c in a word that begins with digits alone, if `in_digits`: it must not be a number. */
static void put_more_letters(seg_buffer *out, char c, bool in_digits) {
    if (in_digits && c < '9') {
        alternative(out);
        put_between(out, c < '0' ? '0' : (char)(c + 1), '9');
        put(out, "[0-9]*[A-Za-z\\-]" WORD "*");
    }
    if (c == 'z') return;
    alternative(out);
    put_between(out, in_digits && c < 'A' ? 'A' : (char)(c + 1), 'z');
    put(out, WORD "*");
}

/* Around a word that is no number: before it are numbers, its own beginnings, and what has a lesser character
 * somewhere. A group in a group for each character. */
static void put_other_letters(seg_buffer *out, seg_text word, wanted want) {
    alternative_of(out, want.less, "[0-9]+");
    for (size_t i = 0; i < word.size_bytes; i++) {
        char c = word.bytes[i];
        if (want.less && c != '-') {
            alternative(out);
            put_between(out, '-', (char)(c - 1));
            put(out, WORD "*");
        }
        if (want.more) put_more_letters(out, c, is_whole((seg_text){word.bytes, i}));
        alternative(out);
        seg_buffer_format(out, "%c(", c);
        alternative_of(out, want.less && i + 1 < word.size_bytes, NOTHING);
    }
    alternative_of(out, want.more, WORD "+");
    for (size_t i = 0; i < word.size_bytes; i++) end_group(out);
}

/* The other words in this place, with all that may follow. */
static void put_other_word(seg_buffer *out, seg_text word, bool is_number, wanted want) {
    if (!want.less && !want.more) return;
    put(out, "(");
    if (!is_number)
        put_other_letters(out, word, want);
    else {
        if (want.less && word.size_bytes > 0) put_less_number(out, word);
        alternative_of(out, want.more, "[0-9]*[A-Za-z\\-]" WORD "*");
        if (want.more) {
            alternative(out);
            put_more_number(out, word);
        }
    }
    end_group(out);
    put(out, MORE_WORDS);
}

/* What follows the same numbers: a group in a group for each word. */
static void put_words(seg_buffer *out, const version *v, wanted want) {
    uint32_t count = v->words.count, open = 1;
    put(out, "(");
    alternative_of(out, count == 0 ? want.same : want.more, NOTHING);
    alternative_of(out, count == 0 && want.less, ANY_WORDS);
    if (count > 0) alternative_of(out, true, "-(");
    for (uint32_t i = 0; i < count; i++) {
        seg_text word = v->words.of[i];
        put_other_word(out, word, v->is_number[i], want);
        alternative(out);
        if (v->is_number[i])
            put_number(out, word);
        else
            put_first(out, word, word.size_bytes);
        put(out, "(");
        bool last = i + 1 == count;
        alternative_of(out, last ? want.same : want.less, NOTHING);
        alternative_of(out, last && want.more, "(\\." WORD "+)+");
        if (!last) alternative_of(out, true, "\\.(");
        open += 2;
    }
    while (open-- > 0) end_group(out);
}

/* The other numbers in this place, with all that may follow. */
static void put_other_number(seg_buffer *out, seg_text number, wanted want) {
    bool less = want.less && number.size_bytes > 0;
    if (!less && !want.more) return;
    put(out, "(");
    if (less) put_less_number(out, number);
    if (want.more) {
        alternative(out);
        put_more_number(out, number);
    }
    put(out, ")" MORE_NUMBERS "(" ANY_WORDS ")?");
}

/* A group in a group for each number. Who ends early is less: something above 0 was still to come. */
static void put_version(seg_buffer *out, const version *v, wanted want) {
    uint32_t count = v->numbers.count;
    for (uint32_t i = 0; i < count; i++) {
        put(out, "(");
        put_other_number(out, v->numbers.of[i], want);
        alternative(out);
        put_number(out, v->numbers.of[i]);
        put(out, "(");
        if (i + 1 == count) break;
        alternative_of(out, want.less, "(" ANY_WORDS ")?");
        alternative_of(out, true, "\\.");
    }
    alternative_of(out, want.more, "(\\.0+)*\\.0*[1-9][0-9]*" MORE_NUMBERS "(" ANY_WORDS ")?");
    alternative_of(out, true, "(\\.0+)*");
    put_words(out, v, want);
    for (uint32_t i = 0; i < 2 * count; i++) end_group(out);
}

static bool write_pattern(seg_checker *c, const version *v, wanted want, seg_text *out) {
    seg_buffer pattern;
    seg_buffer_init(&pattern, c->arena->allocator);
    put(&pattern, "^[vV]?");
    put_version(&pattern, v, want);
    put(&pattern, "(\\+" WORD "+" MORE_WORDS ")?$");
    out->size_bytes = pattern.size_bytes;
    out->bytes = pattern.failed ? NULL : seg_arena_copy(c->arena, pattern.bytes, pattern.size_bytes);
    seg_buffer_free(&pattern);
    return out->bytes != NULL;
}

/* ---- Tests ----------------------------------------------------------------------------------- */

static wanted wanted_of(uint8_t op) {
    bool no = op == SEG_NODE_OP_NE;
    return (wanted){.less = no || op == SEG_NODE_OP_LT || op == SEG_NODE_OP_LE,
                    .same = op == SEG_NODE_OP_EQ || op == SEG_NODE_OP_LE || op == SEG_NODE_OP_GE,
                    .more = no || op == SEG_NODE_OP_GT || op == SEG_NODE_OP_GE};
}

/* The test of a text that is not missing against one version. */
static const seg_rule *against(seg_checker *c, const seg_env *env, const seg_node *node, bool written,
                               const seg_rule *rule, uint8_t op, const seg_node *bound) {
    const seg_rule *text = seg_check_fixed_text(c, env, bound);
    if (text == NULL || rule == NULL) return NULL;
    version v;
    seg_rule test = {.index = op, .version = text->constant.value.as.text};
    if (test.version.size_bytes > LONGEST) {
        seg_check_fault(c, env, SEG_DIAG_VERSION, bound->span, "a version in a rule has at most %u bytes",
                        LONGEST);
        return NULL;
    }
    if (!read_version(test.version, &v)) {
        seg_check_text source = seg_check_source(bound->span);
        seg_diag *diag =
            seg_check_fault(c, env, SEG_DIAG_VERSION, bound->span, "%s is no version", source.text);
        seg_diag_help(c->diags, diag, "write numbers with points between them: \"2.10.1\", \"3.0-beta.2\"");
        return NULL;
    }
    if (!write_pattern(c, &v, wanted_of(op), &test.pattern)) return NULL;
    return seg_check_matching(c, env, node, written, rule, &test);
}

const seg_rule *seg_check_version(seg_checker *c, const seg_env *env, const seg_node *node) {
    const seg_node *value = node->first_child, *bound = value->next;
    bool negated = (node->flags & SEG_NODE_NEGATED) != 0;
    const seg_rule *guard = NULL, *made;
    const seg_rule *rule = seg_check_subject(c, env, value, NULL, negated ? NULL : &guard);
    if (rule != NULL && rule->type.type != SEG_TEXT) {
        seg_type_words words = seg_type_describe(rule->type);
        seg_check_text source = seg_check_source(value->span);
        seg_check_fault(c, env, SEG_DIAG_TEXT_EXPECTED, value->span, "a version is a text, and `%s` is %s",
                        source.text, words.text);
        return NULL;
    }
    if (rule == NULL) return NULL;
    if (node->kind == SEG_NODE_COMPARE)
        return seg_check_guarded(c, env, node, guard, against(c, env, node, true, rule, node->op, bound));
    const seg_rule *again = seg_check_hidden(c, rule);
    made = seg_check_pair(c, env, node, !negated, SEG_RULE_AND,
                          against(c, env, node, false, rule, SEG_NODE_OP_GE, bound),
                          against(c, env, node, false, again, SEG_NODE_OP_LE, bound->next));
    return negated ? seg_check_not(c, env, node, true, made) : seg_check_guarded(c, env, node, guard, made);
}
