/* expect.c - what to say when a token does not fit: in the reader's words, with the fix for slips that
 * people are known to make. */
#include <stdio.h>
#include <string.h>

#include "parse.h"
#include "parser.h"

enum { SHOWN_LIMIT = 4, QUOTE_LIMIT = 30, PHRASE_BYTES = 320 };

typedef struct fault { /* one token that does not fit */
    seg_parser *parser;
    seg_diags *diags;
    const seg_token *found, *before;
    const seg_bracket *open; /* the innermost open bracket, or NULL */
    const char *const *expected;
    uint32_t count;
    char phrase[PHRASE_BYTES]; /* what was found */
} fault;

static bool is_one_of(const char *name, const char *const *list) {
    for (; *list; list++)
        if (strcmp(name, *list) == 0) return true;
    return false;
}

static bool expects(const fault *f, const char *name) {
    for (uint32_t i = 0; i < f->count; i++)
        if (strcmp(f->expected[i], name) == 0) return true;
    return false;
}

static const char *bytes_of(const seg_token *token) { return token->span.source->bytes + token->span.first; }
static int size_of(const seg_token *token) { return (int)(token->span.end - token->span.first); }
static bool is_word(const char *name) { return name[0] >= 'a' && name[0] <= 'z' && !strchr(name, ' '); }
static bool is_keyword_kind(int kind) { return kind >= SEG_TOKEN_AND && kind <= SEG_TOKEN_WITHIN; }

static void describe(fault *f) {
    int kind = f->found->kind;
    if (kind == 0)
        snprintf(f->phrase, PHRASE_BYTES, "the end of the file");
    else if (kind == SEG_TOKEN_DOC)
        snprintf(f->phrase, PHRASE_BYTES, "a `##` line");
    else if (seg_parse_begins_declaration(f->found))
        snprintf(f->phrase, PHRASE_BYTES, "the next declaration, `%.*s`", size_of(f->found),
                 bytes_of(f->found));
    else if (kind == SEG_TOKEN_STRING && size_of(f->found) > QUOTE_LIMIT)
        snprintf(f->phrase, PHRASE_BYTES, "a text");
    else if (size_of(f->found) > QUOTE_LIMIT)
        snprintf(f->phrase, PHRASE_BYTES, "a long word");
    else
        snprintf(f->phrase, PHRASE_BYTES, "`%.*s`", size_of(f->found), bytes_of(f->found));
}

/* ---- What was expected ---- */

static const char *const operand_starts[] = {
    "a number",
    "a percentage",
    "a text",
    "true",
    "false",
    "a duration",
    "a date",
    "a time",
    "a name",
    "(",
    "[",
    "-",
    "not",
    "in",
    "any",
    "no",
    "every",
    "if",
    "active",
    "ever",
    "since",
    "within",
    "a part of time",
    "a unit of the calendar",
    "a unit of the fiscal year",
    NULL,
};
static const char *const operators[] = {
    "==",  "!=",      "<",        "<=",      ">",  ">=", "=",   "+",         "-",    "*",      "/",
    "??",  "between", "contains", "matches", "is", "in", "not", "starts",    "ends", "within", "any",
    "all", "none",    "more",     "less",    ".",  "(",  "to",  "in a zone", NULL,
};
static const char *const declarations[] = {
    "timezone",
    "duplicates",
    "week",
    "fiscal",
    "refresh",
    "group",
    "profile",
    "event",
    "events",
    "define",
    "param",
    "columns",
    "model",
    "native",
    "segment",
    "stages",
    "policy",
    "test",
    "@",
    "a ## line",
    "the end of the file",
    NULL,
};
static const char *const soft_words[] = {
    "from", "to",       "ago",      "ahead",    "of",       "all",   "none",  "starts",   "ends",
    "with", "missing",  "known",    "last",     "next",     "more",  "less",  "than",     "active",
    "days", "this",     "calendar", "complete", "except",   "for",   "when",  "followed", "preceded",
    "by",   "same",     "sessions", "gap",      "at",       "as",    "enter", "exit",     "half",
    "life", "stay",     "least",    "cooldown", "enters",   "exits", "some",  "each",     "count",
    "most", "frequent", "top",      "bottom",   "ignoring", "case",  "mod",   "function", "version",
    NULL,
};

typedef struct phrase_list {
    char text[SHOWN_LIMIT][40];
    uint32_t count;
} phrase_list;

static void offer(phrase_list *list, const char *format, const char *name) {
    if (list->count == SHOWN_LIMIT) return;
    snprintf(list->text[list->count++], sizeof list->text[0], format, name);
}

static void collect(const fault *f, phrase_list *list) {
    bool operand = expects(f, "a number") && expects(f, "a text"), name = expects(f, "a name"),
         comparison = expects(f, "==");
    bool infix = !operand && expects(f, "+"), declaration = expects(f, "segment") && expects(f, "event");
    if (operand)
        offer(list, "%s",
              expects(f, "ever")                      ? "a window or a value"
              : expects(f, "not") || expects(f, "if") ? "a condition"
                                                      : "a value");
    bool type = expects(f, "set");
    if (name && !operand) offer(list, "%s", type ? "a type such as `text`" : "a name");
    if (!operand && expects(f, "and")) offer(list, "%s", "`and`");
    if (!operand && expects(f, "or")) offer(list, "%s", "`or`");
    if (comparison)
        offer(list, "%s", "a comparison such as `==`");
    else if (infix && !expects(f, "and"))
        offer(list, "%s", "an operator such as `+`");
    for (uint32_t i = 0; i < f->count; i++) {
        const char *one = f->expected[i];
        if (operand && is_one_of(one, operand_starts)) continue;
        if (type && strcmp(one, "set") == 0) continue;
        if ((comparison || infix) && is_one_of(one, operators)) continue;
        if (declaration && is_one_of(one, declarations)) continue;
        if ((name || operand) && (strcmp(one, "a name") == 0 || is_one_of(one, soft_words))) continue;
        if (!operand && (strcmp(one, "and") == 0 || strcmp(one, "or") == 0)) continue;
        offer(list, strchr(one, ' ') ? "%s" : "`%s`", one);
    }
    if (declaration)
        offer(list, "%s", f->count < 20 ? "a declaration such as `segment`" : "the next declaration");
}

static seg_diag *unexpected(fault *f, seg_diag_code code) {
    phrase_list list = {0};
    char wanted[SHOWN_LIMIT * 48] = "";
    collect(f, &list);
    size_t size = 0;
    for (uint32_t i = 0; i < list.count; i++) {
        const char *joint = i == 0 ? "" : i + 1 == list.count ? " or " : ", ";
        size += (size_t)snprintf(wanted + size, sizeof wanted - size, "%s%s", joint, list.text[i]);
    }
    if (!list.count) return seg_diag_add(f->diags, code, f->found->span, "%s does not fit here", f->phrase);
    return seg_diag_add(f->diags, code, f->found->span, "expected %s, but found %s", wanted, f->phrase);
}

/* ---- Known slips: each says what it is and returns true ---- */

static const char *bracket_text(int kind) {
    switch (kind) {
    case SEG_TOKEN_LPAREN: return "(";
    case SEG_TOKEN_LBRACKET: return "[";
    case SEG_TOKEN_LBRACE: return "{";
    case SEG_TOKEN_RPAREN: return ")";
    case SEG_TOKEN_RBRACKET: return "]";
    default: return "}";
    }
}

static int closer_of(int kind) {
    return kind == SEG_TOKEN_LPAREN     ? SEG_TOKEN_RPAREN
           : kind == SEG_TOKEN_LBRACKET ? SEG_TOKEN_RBRACKET
                                        : SEG_TOKEN_RBRACE;
}

static bool slip_bracket(fault *f) {
    int kind = f->found->kind;
    bool closer = kind == SEG_TOKEN_RPAREN || kind == SEG_TOKEN_RBRACKET || kind == SEG_TOKEN_RBRACE;
    if (closer && !f->open) {
        seg_diag *diag = seg_diag_add(f->diags, SEG_DIAG_UNOPENED, f->found->span, "this `%s` closes nothing",
                                      bracket_text(kind));
        seg_diag_help(f->diags, diag, "remove it, or add the opening bracket before it");
        return true;
    }
    if (!f->open) return false;
    int wanted = closer_of(f->open->kind);
    bool wrong = closer && kind != wanted;
    if (!wrong && kind != 0 && !seg_parse_begins_declaration(f->found)) return false;
    if (wrong) {
        seg_diag *diag =
            seg_diag_add(f->diags, SEG_DIAG_MISMATCHED, f->found->span, "expected `%s`, but found `%s`",
                         bracket_text(wanted), bracket_text(kind));
        seg_diag_note_add(f->diags, diag, f->open->span, "the `%s` that is open here",
                          bracket_text(f->open->kind));
        return true;
    }
    seg_diag *diag = seg_diag_add(f->diags, SEG_DIAG_UNCLOSED, f->open->span, "this `%s` is never closed",
                                  bracket_text(f->open->kind));
    seg_diag_label(f->diags, diag, "opened here");
    seg_diag_note_add(f->diags, diag, f->found->span, "expected `%s` before %s", bracket_text(wanted),
                      f->phrase);
    return true;
}

static bool slip_colon(fault *f) {
    if (!expects(f, ":") || f->count > 3) return false;
    seg_span gap = {f->before->span.source, f->before->span.end, f->before->span.end};
    bool segment = f->parser->declaration == SEG_TOKEN_SEGMENT;
    if (f->found->kind == SEG_TOKEN_MINUS && f->found->span.first == f->before->span.end) {
        seg_diag *diag =
            seg_diag_add(f->diags, SEG_DIAG_BAD_NAME, f->found->span, "a name cannot contain `-`");
        seg_diag_help(f->diags, diag, "names are made of the letters a to z, digits and `_`");
        seg_diag_edit(f->diags, diag, f->found->span, "_");
        return true;
    }
    seg_diag *diag;
    if (segment && !f->open)
        diag = seg_diag_add(f->diags, SEG_DIAG_COLON_ABSENT, f->found->span,
                            "expected `:` between the segment's name and its rule, but found %s", f->phrase);
    else
        diag = seg_diag_add(f->diags, SEG_DIAG_COLON_ABSENT, f->found->span,
                            "expected `:` after `%.*s`, but found %s", size_of(f->before),
                            bytes_of(f->before), f->phrase);
    if (f->found->kind == SEG_TOKEN_ASSIGN)
        seg_diag_edit(f->diags, diag, seg_span_join(gap, f->found->span), ":");
    else if (seg_parse_ends_operand(f->found->kind) || is_keyword_kind(f->found->kind) ||
             f->found->kind == SEG_TOKEN_LPAREN)
        seg_diag_edit(f->diags, diag, gap, ":");
    return true;
}

static bool slip_window(fault *f) {
    bool empty =
        f->found->kind == SEG_TOKEN_RPAREN && f->before->kind == SEG_TOKEN_LPAREN && expects(f, "ever");
    bool grouped = f->count == 2 && expects(f, "member") && f->found->kind != SEG_TOKEN_NAME;
    bool bare = (f->count == 1 || grouped) && expects(f, "(") && seg_parse_ends_operand(f->before->kind);
    if (empty) {
        seg_diag *diag =
            seg_diag_add(f->diags, SEG_DIAG_WINDOW_ABSENT, seg_span_join(f->before->span, f->found->span),
                         "nothing stands between the brackets");
        seg_diag_help(f->diags, diag,
                      "say over which time: `(30d)` for the last 30 days, `(ever)` for all time");
        return true;
    }
    if (!bare) return false;
    seg_diag *diag =
        seg_diag_add(f->diags, SEG_DIAG_WINDOW_ABSENT, f->before->span,
                     "over which time? A window must follow `%.*s`", size_of(f->before), bytes_of(f->before));
    seg_diag_help(f->diags, diag, "`%.*s(30d)` looks at the last 30 days, `%.*s(ever)` at all time",
                  size_of(f->before), bytes_of(f->before), size_of(f->before), bytes_of(f->before));
    return true;
}

static bool slip_name(fault *f) {
    if (!expects(f, "a name") || expects(f, "a number")) return false;
    if (is_keyword_kind(f->found->kind)) {
        seg_diag *diag = seg_diag_add(f->diags, SEG_DIAG_RESERVED_WORD, f->found->span,
                                      "%s is a word of the language and cannot be a name", f->phrase);
        seg_diag_help(f->diags, diag, "choose another name, for example `%.*s_`", size_of(f->found),
                      bytes_of(f->found));
        return true;
    }
    if (f->found->kind != SEG_TOKEN_STRING) return false;
    seg_diag *diag =
        seg_diag_add(f->diags, SEG_DIAG_QUOTED_NAME, f->found->span, "names are written without quotes");
    seg_diag_help(f->diags, diag, "use letters a to z, digits and `_`");
    return true;
}

static bool slip_list(fault *f) {
    if (f->count != 1 || !expects(f, "[") || !seg_parse_ends_operand(f->found->kind)) return false;
    seg_diag *diag = seg_diag_add(f->diags, SEG_DIAG_LIST_BRACKETS, f->found->span,
                                  "a list stands in brackets: expected `[`, but found %s", f->phrase);
    seg_diag_help(f->diags, diag, "for example `plan in [trial, pro]`");
    if (f->found->kind != SEG_TOKEN_RPAREN)
        seg_diag_edit(f->diags, diag, f->found->span, "[%.*s]", size_of(f->found), bytes_of(f->found));
    return true;
}

/* Whether the line says `count of` before what was found. */
static bool counts_values(const fault *f) {
    const char *bytes = f->found->span.source->bytes;
    static const char words[] = "count of ";
    for (uint32_t at = f->found->span.first; at >= sizeof words - 1 && bytes[at - 1] != '\n'; at--)
        if (memcmp(bytes + at - (sizeof words - 1), words, sizeof words - 1) == 0) return true;
    return false;
}

static bool slip_chain(fault *f) {
    bool comparison = f->found->kind >= SEG_TOKEN_EQ && f->found->kind <= SEG_TOKEN_ASSIGN;
    if (!comparison || expects(f, "==") || !expects(f, "and") || !expects(f, "+")) return false;
    seg_diag *diag =
        seg_diag_add(f->diags, SEG_DIAG_CHAINED_COMPARISON, f->found->span, "comparisons cannot be chained");
    seg_diag_help(f->diags, diag,
                  counts_values(f) ? "put the comparison that is counted in brackets: `count of category "
                                     "where (orders(30d) >= 2) >= 3`"
                                   : "write `x between 1 and 3`, or join two comparisons with `and`");
    return true;
}

/* a, b for a | b: several events, or the values of an enum. */
static bool slip_bar(fault *f) {
    if (f->found->kind != SEG_TOKEN_COMMA || !expects(f, "|") || f->open) return false;
    seg_diag *diag = seg_diag_add(f->diags, SEG_DIAG_UNEXPECTED, f->found->span,
                                  "expected `|` between two events, but found `,`");
    seg_diag_edit(f->diags, diag, f->found->span, " |");
    return true;
}

/* A word that is nearly one of those expected. */
static bool slip_spelling(fault *f) {
    if (f->found->kind != SEG_TOKEN_NAME) return false;
    seg_guess guess;
    seg_guess_init(&guess, f->found->text);
    for (uint32_t i = 0; i < f->count; i++)
        if (is_word(f->expected[i]))
            seg_guess_offer(&guess, (seg_text){f->expected[i], strlen(f->expected[i])});
    if (!seg_guess_found(&guess)) return false;
    bool as_written = guess.best.size_bytes == f->found->text.size_bytes &&
                      memcmp(guess.best.bytes, f->found->text.bytes, guess.best.size_bytes) == 0;
    if (as_written) return false; /* the word is right, and what follows is not */
    seg_diag *diag = unexpected(f, SEG_DIAG_UNEXPECTED);
    seg_diag_help(f->diags, diag, "did you mean `%.*s`?", (int)guess.best.size_bytes, guess.best.bytes);
    seg_diag_edit(f->diags, diag, f->found->span, "%.*s", (int)guess.best.size_bytes, guess.best.bytes);
    return true;
}

static bool found_is(const fault *f, const char *const *words) {
    char word[QUOTE_LIMIT] = "";
    if (size_of(f->found) >= QUOTE_LIMIT) return false;
    for (int i = 0; i < size_of(f->found); i++) {
        char c = bytes_of(f->found)[i];
        word[i] = (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
    }
    return is_one_of(word, words);
}

/* What a declaration looks like whose first word stands there, and what follows does not fit. */
static const char *declared_so(const fault *f) {
    static const struct {
        const char *word[2], *advice;
    } forms[] = {{{"week", NULL}, "write `week starts monday` or `week starts sunday`"},
                 {{"fiscal", NULL}, "write `fiscal year starts april`, with the month's name"},
                 {{"refresh", NULL}, "write `refresh daily at 03:00` or `refresh every 6h`"}};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        if (found_is(f, forms[i].word)) return forms[i].advice;
    return NULL;
}

static const char *advice(const fault *f) {
    static const char *const like[] = {"like", "ilike", "rlike", NULL}, *const comma[] = {",", NULL};
    static const char *const later[] = {"unless", "but", "except", "without", NULL};
    if (expects(f, "==") && found_is(f, like))
        return "texts are tested with `contains`, `starts with`, `ends with` or `matches /.../`";
    if (found_is(f, later) && expects(f, "and")) return "write `and not ...`";
    if (expects(f, "and") && !f->open && found_is(f, comma)) return "join conditions with `and` or `or`";
    if (expects(f, "==") && expects(f, "and") && seg_parse_ends_operand(f->found->kind))
        return "two conditions are joined with `and` or `or`";
    if (f->before->kind == SEG_TOKEN_WHERE && f->found->kind == SEG_TOKEN_NOT)
        return "put the condition in brackets: `count of category where (not …) >= 2`";
    if (f->count == 1 && expects(f, "a pattern"))
        return "a pattern stands between slashes: `matches /^promo/i`";
    if (f->before->kind == SEG_TOKEN_IS) return "ask `is missing` or `is known`; compare values with `==`";
    if (f->before->kind == SEG_TOKEN_HISTORY || f->before->kind == SEG_TOKEN_WITHIN)
        return "lengths of time look like 30d, 12h or 6mo";
    bool begins = expects(f, "segment") && expects(f, "event") && !expects(f, "and");
    if (begins && declared_so(f)) return declared_so(f);
    if (begins)
        return "a file is made of `profile`, `event`, `events`, `define`, `param`, `segment`, `columns`, "
               "`model`, `native function` and `test` declarations";
    return NULL;
}

void seg_parse_report(seg_parser *parser, const char *const *expected, uint32_t count) {
    fault f = {.parser = parser,
               .diags = parser->diags,
               .found = parser->last,
               .before = parser->before,
               .expected = expected,
               .count = count};
    /* Said already, or a consequence of what has been said. */
    bool swallowed = f.before->kind == SEG_TOKEN_STRING ||
                     f.before->kind == SEG_TOKEN_PATTERN; /* perhaps more than was meant */
    if (f.found->faulty || f.found->span.first == parser->quiet_at) return;
    if (f.before->faulty && (swallowed || !f.found->first_on_line)) return;
    if (parser->open_count) f.open = &parser->open[parser->open_count - 1];
    if (!f.before->span.source) f.before = f.found;
    describe(&f);
    if (slip_bracket(&f) || slip_colon(&f) || slip_window(&f) || slip_name(&f) || slip_list(&f) ||
        slip_chain(&f) || slip_bar(&f) || slip_spelling(&f))
        return;
    seg_diag *diag = unexpected(&f, f.found->kind == 0 ? SEG_DIAG_END_OF_FILE : SEG_DIAG_UNEXPECTED);
    if (f.found->kind == 0)
        diag->span = (seg_span){f.before->span.source, f.before->span.end, f.before->span.end};
    const char *help = advice(&f);
    if (help) seg_diag_help(f.diags, diag, "%s", help);
}
