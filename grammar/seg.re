/* seg.re - the tokens of Seg. The source is UTF-8; the rules work on its bytes. */
#include "lexer.h"

#include <string.h>

#include "parser.h"

/* ---- Characters ---- */

uint32_t seg_utf8_decode(const char *bytes, size_t size_bytes, size_t *size) {
    const unsigned char *b = (const unsigned char *)bytes;
    *size = 1;
    if (b[0] < 0x80) return b[0];
    size_t length = b[0] >= 0xF0 && b[0] < 0xF5   ? 4
                    : b[0] >= 0xE0 && b[0] < 0xF0 ? 3
                    : b[0] >= 0xC2 && b[0] < 0xE0 ? 2
                                                  : 0;
    if (!length || length > size_bytes) return 0xFFFD;
    uint32_t point = b[0] & (0xFFu >> (length + 1));
    for (size_t i = 1; i < length; i++) {
        if ((b[i] & 0xC0) != 0x80) return 0xFFFD;
        point = point << 6 | (b[i] & 0x3F);
    }
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (point < least[length] || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) return 0xFFFD;
    *size = length;
    return point;
}

size_t seg_utf8_encode(uint32_t point, char out[4]) {
    if (point < 0x80) {
        out[0] = (char)point;
        return 1;
    }
    size_t size = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    for (size_t i = size - 1; i > 0; i--, point >>= 6) out[i] = (char)(0x80 | (point & 0x3F));
    out[0] = (char)((0xF00u >> size & 0xFF) | point);
    return size;
}

bool seg_utf8_is_bidi(uint32_t point) {
    return point == 0x061C || point == 0x200E || point == 0x200F || (point >= 0x202A && point <= 0x202E) ||
           (point >= 0x2066 && point <= 0x2069);
}

bool seg_utf8_is_invisible(uint32_t point) {
    return (point < 0x20 && point != '\t' && point != '\n' && point != '\r') ||
           (point >= 0x7F && point < 0xA0) || point == 0xAD || (point >= 0x200B && point <= 0x200D) ||
           point == 0x2028 || point == 0x2029 || point == 0x2060 || point == 0xFEFF ||
           (point >= 0xE0000 && point <= 0xE007F);
}

enum { ENOUGH_FAULTS = 20 }; /* of the bytes themselves: more would only bury the first */

static void report_byte(seg_lexer *lexer, uint32_t at, uint32_t size, uint32_t point, bool well_formed) {
    seg_span span = {lexer->source, at, at + size};
    if (!well_formed) {
        seg_diag *diag =
            seg_diag_add(lexer->diags, SEG_DIAG_NOT_UTF8, span,
                         "this file is not UTF-8 text here: byte 0x%02X cannot stand at this place",
                         (unsigned char)lexer->source->bytes[at]);
        seg_diag_help(lexer->diags, diag, "save the file with the encoding UTF-8");
    } else if (seg_utf8_is_bidi(point)) {
        seg_diag *diag = seg_diag_add(
            lexer->diags, SEG_DIAG_BIDI_CONTROL, span,
            "an invisible character (U+%04X) changes the direction in which this line is shown", point);
        seg_diag_edit(lexer->diags, diag, span, "%s", "");
    } else {
        seg_diag *diag = seg_diag_add(lexer->diags, SEG_DIAG_INVISIBLE, span,
                                      "there is an invisible character here (U+%04X)", point);
        seg_diag_edit(lexer->diags, diag, span, "%s", "");
    }
}

/* The first byte from `at` on that is not surely a visible character of ASCII: eight are looked at at a time. */
static const char *skip_plain(const char *at, const char *end) {
    static const uint64_t ones = UINT64_C(0x0101010101010101);
    for (uint64_t word; end - at >= (ptrdiff_t)sizeof word; at += sizeof word) {
        memcpy(&word, at, sizeof word);
        if ((word | (word + ones) | (word - 0x20 * ones)) & (0x80 * ones)) break;
    }
    return at;
}

/* Once for a line at most, so that one wrong encoding does not flood the reader. */
static void check_bytes(seg_lexer *lexer) {
    const seg_source *source = lexer->source;
    const char *end = source->bytes + source->size_bytes;
    uint32_t faults = 0;
    for (const char *at = lexer->cursor; faults < ENOUGH_FAULTS;) {
        at = skip_plain(at, end);
        if (at == end) break;
        unsigned char c = (unsigned char)*at;
        if ((c >= 0x20 && c < 0x7F) || c == '\n' || c == '\t' || c == '\r') {
            at++;
            continue;
        }
        size_t size;
        uint32_t point = seg_utf8_decode(at, (size_t)(end - at), &size);
        bool well_formed = point != 0xFFFD || size == 3;
        if (well_formed && !seg_utf8_is_bidi(point) && !seg_utf8_is_invisible(point)) {
            at += size;
            continue;
        }
        report_byte(lexer, (uint32_t)(at - source->bytes), (uint32_t)size, point, well_formed);
        faults++;
        const char *line_end = memchr(at, '\n', (size_t)(end - at));
        at = line_end ? line_end : end;
    }
}

void seg_lexer_init(seg_lexer *lexer, const seg_source *source, seg_arena *arena, seg_diags *diags) {
    *lexer = (seg_lexer){.source = source,
                         .arena = arena,
                         .diags = diags,
                         .cursor = source->bytes,
                         .limit = source->bytes + source->size_bytes,
                         .first_on_line = true};
    if (source->size_bytes >= 3 && memcmp(source->bytes, "\xEF\xBB\xBF", 3) == 0) lexer->cursor += 3;
    check_bytes(lexer);
}

/* ---- Slips that the lexer understands ---- */

static int slip(seg_lexer *lexer, seg_token *token, int kind, const char *spelling) {
    seg_diag *diag = seg_diag_add(lexer->diags, SEG_DIAG_FOREIGN_OPERATOR, token->span,
                                  "`%.*s` is spelled `%.*s` in Seg", (int)(token->span.end - token->span.first),
                                  lexer->source->bytes + token->span.first, (int)strcspn(spelling, " "), spelling);
    seg_diag_edit(lexer->diags, diag, token->span, "%s", spelling);
    return kind;
}

static void token_end(seg_lexer *lexer, seg_token *token, const char *end) {
    lexer->cursor = end;
    token->span.end = (uint32_t)(end - lexer->source->bytes);
}

/* The first quote sign that closes a text at or behind `at`, on its line; gives NULL when there is none. */
static const char *find_quote(const seg_lexer *lexer, const char *at, size_t *size) {
    while (at < lexer->limit && *at != '\n') {
        uint32_t point = seg_utf8_decode(at, (size_t)(lexer->limit - at), size);
        if (point == '"' || (point >= 0x2018 && point <= 0x201F) || point == 0xAB || point == 0xBB) return at;
        at += *size;
    }
    return NULL;
}

static int wrong_quotes(seg_lexer *lexer, seg_token *token, uint32_t first_size, uint32_t last_size) {
    const char *start = lexer->source->bytes + token->span.first;
    seg_literal_string(lexer, token, first_size, last_size);
    seg_diag *diag = seg_diag_add(lexer->diags, SEG_DIAG_WRONG_QUOTES, token->span,
                                  "texts stand in straight double quotes: \"...\"");
    seg_diag_edit(lexer->diags, diag, token->span, "\"%.*s\"",
                  (int)(token->span.end - token->span.first - first_size - last_size), start + first_size);
    token->faulty = true;
    return SEG_TOKEN_STRING;
}

static int open_string(seg_lexer *lexer, seg_token *token) {
    const char *start = lexer->source->bytes + token->span.first;
    size_t size = 0;
    const char *quote = find_quote(lexer, start + 1, &size);
    if (quote) {
        token_end(lexer, token, quote + size);
        return wrong_quotes(lexer, token, 1, (uint32_t)size);
    }
    const char *end = lexer->source->bytes + token->span.end;
    while (end > start + 1 && (end[-1] == '\r' || end[-1] == ' ')) end--;
    token_end(lexer, token, end);
    seg_diag *diag =
        seg_diag_add(lexer->diags, SEG_DIAG_STRING_OPEN, token->span, "this text is never closed");
    seg_diag_label(lexer->diags, diag, "no `\"` before the end of the line");
    seg_diag_help(lexer->diags, diag,
                  "a text ends on the line on which it began; a line break inside it is written \\n");
    token->kind = SEG_TOKEN_STRING;
    token->text = (seg_text){start + 1, (size_t)(end - start - 1)};
    token->faulty = true;
    return SEG_TOKEN_STRING;
}

/* A typographic quote sign. */
static int curly_string(seg_lexer *lexer, seg_token *token) {
    uint32_t first_size = token->span.end - token->span.first;
    size_t size = 0;
    const char *quote = find_quote(lexer, lexer->cursor, &size);
    if (!quote) return open_string(lexer, token);
    token_end(lexer, token, quote + size);
    return wrong_quotes(lexer, token, first_size, (uint32_t)size);
}

static int read_pattern(seg_lexer *lexer, seg_token *token) {
    const char *start = lexer->source->bytes + token->span.first, *at = start + 1;
    while (at < lexer->limit && *at != '\n' && *at != '/')
        at += *at == '\\' && at + 1 < lexer->limit && at[1] != '\n' ? 2 : 1;
    bool closed = at < lexer->limit && *at == '/';
    token->text = (seg_text){start + 1, (size_t)(at - start - 1)};
    const char *flags = closed ? at + 1 : at, *end = flags;
    while (closed && end < lexer->limit && ((*end >= 'a' && *end <= 'z') || (*end >= 'A' && *end <= 'Z')))
        end++;
    token_end(lexer, token, end);
    if (!closed) {
        seg_diag *diag =
            seg_diag_add(lexer->diags, SEG_DIAG_PATTERN_OPEN, token->span, "this pattern is never closed");
        seg_diag_label(lexer->diags, diag, "no `/` before the end of the line");
        seg_diag_help(lexer->diags, diag,
                      "a pattern stands between slashes; a slash inside it is written \\/");
        token->faulty = true;
    } else if (end - flags == 1 && *flags == 'i') {
        token->flags = SEG_NODE_IGNORE_CASE;
    } else if (end > flags) {
        seg_span place = {lexer->source, (uint32_t)(flags - lexer->source->bytes), token->span.end};
        seg_diag *diag =
            seg_diag_add(lexer->diags, SEG_DIAG_PATTERN_FLAG, place, "a pattern has no flag `%.*s`",
                         end - flags > 20 ? 20 : (int)(end - flags), flags);
        seg_diag_help(lexer->diags, diag, "the one flag is i: upper and lower case are the same");
        token->faulty = true;
    }
    return SEG_TOKEN_PATTERN;
}

static const char *character_hint(uint32_t point) {
    switch (point) {
    case ';': return "nothing stands at the end of a line or declaration: leave it out";
    case '%': return "a percentage is written without a space, 10%; a remainder is `a mod b`";
    case '$':
    case 0x20AC:
    case 0xA3: return "amounts are written without a sign for the currency: 500.00";
    case '&': return "conditions are joined by `and`";
    case '^':
    case '~': return "Seg computes with + - * / only";
    case '\'': return "texts stand in straight double quotes: \"...\"";
    case '`': return "names are written without quotes";
    case '\\': return "a rule may go on over several lines without any sign";
    default: return NULL;
    }
}

static int bad_character(seg_lexer *lexer, seg_token *token) {
    const char *at = lexer->source->bytes + token->span.first;
    size_t size;
    uint32_t point = seg_utf8_decode(at, (size_t)(lexer->limit - at), &size);
    token_end(lexer, token, at + size);
    bool said = seg_utf8_is_bidi(point) || seg_utf8_is_invisible(point) || (point == 0xFFFD && size == 1);
    lexer->skipped = true;
    if (said) return 0; /* by check_bytes */
    const char *hint = character_hint(point);
    seg_diag *diag = seg_diag_add(lexer->diags, SEG_DIAG_BAD_CHARACTER, token->span,
                                  "`%.*s` has no meaning in Seg", (int)size, at);
    if (hint) seg_diag_help(lexer->diags, diag, "%s", hint);
    return 0;
}

/* Letters beyond a-z: taken as a name, so that the rest can be read. */
static int foreign_letters(seg_lexer *lexer, seg_token *token) {
    const char *at = lexer->source->bytes + token->span.first, *end = at;
    while (end < lexer->limit) {
        size_t size;
        uint32_t point = seg_utf8_decode(end, (size_t)(lexer->limit - end), &size);
        bool ascii_name = (point >= 'a' && point <= 'z') || (point >= 'A' && point <= 'Z') ||
                          (point >= '0' && point <= '9') || point == '_';
        bool letter = point >= 0xC0 && point != 0xD7 && point != 0xF7 && (point < 0x2000 || point > 0x2BFF) &&
                      !seg_utf8_is_bidi(point) && !seg_utf8_is_invisible(point) && point != 0xFFFD;
        if (!ascii_name && !letter) break;
        end += size;
    }
    bool foreign = false;
    for (const char *p = at; p < end; p++) foreign = foreign || (unsigned char)*p >= 0x80;
    if (!foreign) return bad_character(lexer, token);
    token_end(lexer, token, end);
    token->text = (seg_text){at, (size_t)(end - at)};
    token->faulty = true;
    seg_diag *diag = seg_diag_add(lexer->diags, SEG_DIAG_BAD_NAME, token->span,
                                  "names are made of the letters a to z, digits and `_`");
    seg_diag_help(lexer->diags, diag,
                  "the reader's own words go into a segment's title: segment lapsed \"...\": ...");
    return SEG_TOKEN_NAME;
}

static void foreign_comment(seg_lexer *lexer, seg_token *token, bool block) {
    seg_span sign = {lexer->source, token->span.first, token->span.first + 2};
    const char *at = lexer->cursor, *end = NULL;
    if (block)
        for (const char *p = at; !end && (p = memchr(p, '*', (size_t)(lexer->limit - p))) != NULL; p++)
            if (p[1] == '/') end = p + 2;
    if (!end) end = memchr(at, '\n', (size_t)(lexer->limit - at));
    token_end(lexer, token, end ? end : lexer->limit);
    seg_diag *diag = seg_diag_add(lexer->diags, SEG_DIAG_FOREIGN_COMMENT, sign,
                                  "a comment begins with `#` and goes to the end of its line");
    if (!block) seg_diag_edit(lexer->diags, diag, sign, "#");
}

/* ---- Tokens ---- */

static seg_text trimmed(const char *at, const char *end) {
    while (end > at && (end[-1] == '\r' || end[-1] == ' ' || end[-1] == '\t')) end--;
    return (seg_text){at, (size_t)(end - at)};
}

/* One step: a token, or 0 for bytes that are none. */
static int scan(seg_lexer *lexer, seg_token *token) {
    const char *start = lexer->cursor, *cursor = start, *const limit = lexer->limit;
    const char *YYMARKER;
    token->span = (seg_span){lexer->source, (uint32_t)(start - lexer->source->bytes), 0};
#define END() token_end(lexer, token, cursor)
#define TEXT() ((seg_text){start, (size_t)(cursor - start)})
#define TOKEN(KIND) (END(), token->text = TEXT(), SEG_TOKEN_##KIND)
    /*!re2c
    re2c:define:YYCTYPE = "unsigned char";
    re2c:define:YYCURSOR = cursor;
    re2c:define:YYLIMIT = limit;
    re2c:yyfill:enable = 0;
    re2c:eof = 0;
    re2c:flags:type-header = 0;

    letter = [A-Za-z_];
    digit = [0-9];
    date = digit{4} "-" digit{1,2} "-" digit{1,2};
    clock = digit{1,2} (":" digit{1,2}){0,2} ("." digit+)?;
    zone = [A-Za-z][A-Za-z0-9_]* | [+-] digit{1,2} (":"? digit{2})?;
    curly = "\xe2\x80" [\x98-\x9f] | "\xc2" [\xab\xbb];

    $                       { END(); return -1; }
    [ \t\r]+                { END(); return 0; }
    "\n"                    { END(); lexer->first_on_line = true; return 0; }
    "##" [^\n]*             { goto doc; }
    "#" [^\n]* {
        END();
        token->text = trimmed(start + 1, lexer->cursor);
        return SEG_TOKEN_COMMENT;
    }

    "timezone" { return TOKEN(TIMEZONE); } "duplicates" { return TOKEN(DUPLICATES); }
    "refresh" { return TOKEN(REFRESH); } "group" { return TOKEN(GROUP); }
    "profile" { return TOKEN(PROFILE); } "event" { return TOKEN(EVENT); } "events" { return TOKEN(EVENTS); }
    "define" { return TOKEN(DEFINE); } "param" { return TOKEN(PARAM); } "columns" { return TOKEN(COLUMNS); }
    "model" { return TOKEN(MODEL); } "native" { return TOKEN(NATIVE); } "function" { return TOKEN(FUNCTION); }
    "segment" { return TOKEN(SEGMENT); } "stages" { return TOKEN(STAGES); }
    "policy" { return TOKEN(POLICY); } "test" { return TOKEN(TEST); } "and" { return TOKEN(AND); }
    "or" { return TOKEN(OR); } "not" { return TOKEN(NOT); } "in" { return TOKEN(IN); }
    "if" { return TOKEN(IF); } "then" { return TOKEN(THEN); } "else" { return TOKEN(ELSE); }
    "any" { return TOKEN(ANY); } "no" { return TOKEN(NO); } "where" { return TOKEN(WHERE); }
    "is" { return TOKEN(IS); } "between" { return TOKEN(BETWEEN); } "contains" { return TOKEN(CONTAINS); }
    "matches" { return TOKEN(MATCHES); } "true" { return TOKEN(TRUE); } "false" { return TOKEN(FALSE); }
    "ever" { return TOKEN(EVER); } "since" { return TOKEN(SINCE); } "within" { return TOKEN(WITHIN); }
    "from" { return TOKEN(FROM); } "to" { return TOKEN(TO); } "ago" { return TOKEN(AGO); }
    "ahead" { return TOKEN(AHEAD); } "of" { return TOKEN(OF); } "all" { return TOKEN(ALL); }
    "none" { return TOKEN(NONE); } "starts" { return TOKEN(STARTS); } "ends" { return TOKEN(ENDS); }
    "with" { return TOKEN(WITH); } "missing" { return TOKEN(MISSING); } "known" { return TOKEN(KNOWN); }
    "last" { return TOKEN(LAST); } "next" { return TOKEN(NEXT); } "more" { return TOKEN(MORE); }
    "less" { return TOKEN(LESS); } "than" { return TOKEN(THAN); } "active" { return TOKEN(ACTIVE); }
    "days" { return TOKEN(DAYS); } "set" { return TOKEN(SET); } "history" { return TOKEN(HISTORY); }
    "except" { return TOKEN(EXCEPT); } "for" { return TOKEN(FOR); } "when" { return TOKEN(WHEN); }
    "followed" { return TOKEN(FOLLOWED); } "preceded" { return TOKEN(PRECEDED); } "by" { return TOKEN(BY); }
    "same" { return TOKEN(SAME); } "sessions" { return TOKEN(SESSIONS); } "gap" { return TOKEN(GAP); }
    "at" { return TOKEN(AT); } "as" { return TOKEN(AS); } "enter" { return TOKEN(ENTER); }
    "exit" { return TOKEN(EXIT); } "half" { return TOKEN(HALF); } "life" { return TOKEN(LIFE); }
    "stay" { return TOKEN(STAY); } "least" { return TOKEN(LEAST); }
    "cooldown" { return TOKEN(COOLDOWN); } "enters" { return TOKEN(ENTERS); }
    "exits" { return TOKEN(EXITS); }
    "week" { return TOKEN(WEEK); } "fiscal" { return TOKEN(FISCAL); } "this" { return TOKEN(THIS); } "calendar" { return TOKEN(CALENDAR); }
    "complete" { return TOKEN(COMPLETE); }
    "some" { return TOKEN(SOME); } "each" { return TOKEN(EACH); } "count" { return TOKEN(COUNT); }
    "top" { return TOKEN(TOP); } "bottom" { return TOKEN(BOTTOM); }
    "most" { return TOKEN(MOST); } "frequent" { return TOKEN(FREQUENT); }
    "ignoring" { return TOKEN(IGNORING); } "case" { return TOKEN(CASE); } "mod" { return TOKEN(MOD); }
    "version" { return TOKEN(VERSION); }
    letter (letter | digit)*                { return TOKEN(NAME); }
    letter (letter | digit)* [\xc3-\xdf\xe1\xe3-\xf4] { END(); return foreign_letters(lexer, token); }

    digit (letter | digit)* ("." digit (letter | digit)*)? {
        END();
        seg_literal_number(lexer, token);
        return token->kind;
    }
    digit{1,2} ":" digit{2} {
        END();
        seg_literal_clock(lexer, token);
        return token->kind;
    }
    digit (digit | "_")* ("." digit+)? "%" {
        END();
        token->text = (seg_text){start, (size_t)(lexer->cursor - start) - 1};
        return SEG_TOKEN_PERCENT;
    }
    "." digit+              { END(); goto bare_fraction; }
    date (letter | digit)*  { END(); goto day_or_time; }
    date [Tt] clock zone?   { END(); seg_literal_time(lexer, token); return token->kind; }

    "\"" ([^"\\\n] | "\\" [^\n])* "\"" {
        END();
        seg_literal_string(lexer, token, 1, 1);
        return SEG_TOKEN_STRING;
    }
    "\"" ([^"\\\n] | "\\" [^\n])* "\\"?     { END(); return open_string(lexer, token); }
    "'" [^'\n]* "'"                         { END(); return wrong_quotes(lexer, token, 1, 1); }
    curly                                   { END(); return curly_string(lexer, token); }

    "==" { return TOKEN(EQ); } "!=" { return TOKEN(NE); } "<" { return TOKEN(LT); }
    "<=" { return TOKEN(LE); } ">" { return TOKEN(GT); } ">=" { return TOKEN(GE); }
    "=" { return TOKEN(ASSIGN); } "+" { return TOKEN(PLUS); } "-" { return TOKEN(MINUS); }
    "*" { return TOKEN(STAR); } "??" { return TOKEN(COALESCE); } "?" { return TOKEN(QUESTION); }
    "/" { if (lexer->pattern_next) return END(), read_pattern(lexer, token); return TOKEN(SLASH); }
    "(" { return TOKEN(LPAREN); } ")" { return TOKEN(RPAREN); } "[" { return TOKEN(LBRACKET); }
    "]" { return TOKEN(RBRACKET); } "{" { return TOKEN(LBRACE); } "}" { return TOKEN(RBRACE); }
    ":" { return TOKEN(COLON); } "," { return TOKEN(COMMA); } "." { return TOKEN(DOT); }
    "|" { return TOKEN(BAR); } "@" { return TOKEN(MARK); }

    "&&" { END(); return slip(lexer, token, SEG_TOKEN_AND, "and"); }
    "||" { END(); return slip(lexer, token, SEG_TOKEN_OR, "or"); }
    "!"  { END(); return slip(lexer, token, SEG_TOKEN_NOT, *lexer->cursor == ' ' ? "not" : "not "); }
    "<>" | "!==" | "\xe2\x89\xa0" { END(); return slip(lexer, token, SEG_TOKEN_NE, "!="); }
    "===" { END(); return slip(lexer, token, SEG_TOKEN_EQ, "=="); }
    "=>" | "\xe2\x89\xa5" { END(); return slip(lexer, token, SEG_TOKEN_GE, ">="); }
    "=<" | "\xe2\x89\xa4" { END(); return slip(lexer, token, SEG_TOKEN_LE, "<="); }
    "\xc3\x97" { END(); return slip(lexer, token, SEG_TOKEN_STAR, "*"); }
    "\xc3\xb7" { END(); return slip(lexer, token, SEG_TOKEN_SLASH, "/"); }
    "\xe2\x88\x92" | "\xe2\x80" [\x90-\x95] { END(); return slip(lexer, token, SEG_TOKEN_MINUS, "-"); }
    "\xc2\xa0" | "\xe2\x80\xaf" { END(); slip(lexer, token, 0, " "); return 0; }
    "//" { if (lexer->pattern_next) { cursor = start + 1; END(); return read_pattern(lexer, token); }
           END();
           foreign_comment(lexer, token, false); return 0; }
    "/*" { if (lexer->pattern_next) { cursor = start + 1; END(); return read_pattern(lexer, token); }
           END();
           foreign_comment(lexer, token, true); return 0; }
    *    { END(); return foreign_letters(lexer, token); }
    */
doc: {
    const char *end = memchr(start, '\n', (size_t)(lexer->limit - start));
    token_end(lexer, token, end ? end : lexer->limit);
    bool banner = lexer->cursor > start + 2 && start[2] == '#';
    token->text = trimmed(start + (banner ? 1 : 2), lexer->cursor);
    if (banner || !lexer->first_on_line) return SEG_TOKEN_COMMENT;
    if (token->text.size_bytes && *token->text.bytes == ' ') token->text.bytes++, token->text.size_bytes--;
    return SEG_TOKEN_DOC;
}
bare_fraction: {
    seg_diag *diag = seg_diag_add(lexer->diags, SEG_DIAG_BAD_NUMBER, token->span,
                                  "a digit is missing before the point");
    int shown = token->span.end - token->span.first > 40 ? 40 : (int)(token->span.end - token->span.first);
    seg_diag_edit(lexer->diags, diag, token->span, "0%.*s", shown, start);
    token->text = (seg_text){"0", 1};
    token->faulty = true;
    return SEG_TOKEN_NUMBER;
}
day_or_time:
    if (memchr(start, 'T', (size_t)(lexer->cursor - start)))
        seg_literal_time(lexer, token);
    else
        seg_literal_date(lexer, token);
    return token->kind;
#undef TOKEN
#undef TEXT
#undef END
}

void seg_lexer_next(seg_lexer *lexer, seg_token *token) {
    int kind;
    do {
        while (*lexer->cursor == ' ' && lexer->cursor < lexer->limit) lexer->cursor++; /* before most tokens */
        *token = (seg_token){.first_on_line = lexer->first_on_line};
        kind = scan(lexer, token);
    } while (kind == 0);
    token->faulty = token->faulty || lexer->skipped;
    lexer->skipped = false;
    token->kind = kind < 0 ? 0 : kind;
    if (kind != SEG_TOKEN_COMMENT) lexer->pattern_next = kind == SEG_TOKEN_MATCHES;
    if (kind > 0) lexer->first_on_line = false;
}
