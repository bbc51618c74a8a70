#include "parse.h"

#include <string.h>

#include "build.h"
#include "parser.h"

/* ---- Kinds of tokens ---- */

static bool is_declaration_word(int kind) { return kind >= SEG_TOKEN_TIMEZONE && kind <= SEG_TOKEN_TEST; }
static bool is_soft_word(int kind) { return kind >= SEG_TOKEN_FROM && kind <= SEG_TOKEN_EXITS; }
static bool is_name_like(int kind) {
    return kind == SEG_TOKEN_NAME || is_soft_word(kind) || is_declaration_word(kind);
}
static bool is_opener(int kind) {
    return kind == SEG_TOKEN_LPAREN || kind == SEG_TOKEN_LBRACKET || kind == SEG_TOKEN_LBRACE;
}
static bool is_closer(int kind) {
    return kind == SEG_TOKEN_RPAREN || kind == SEG_TOKEN_RBRACKET || kind == SEG_TOKEN_RBRACE;
}
static int closer_of(int kind) {
    return kind == SEG_TOKEN_LPAREN     ? SEG_TOKEN_RPAREN
           : kind == SEG_TOKEN_LBRACKET ? SEG_TOKEN_RBRACKET
                                        : SEG_TOKEN_RBRACE;
}

static bool begins_declaration(const seg_token *token) {
    return is_declaration_word(token->kind) || token->kind == SEG_TOKEN_DOC ||
           (token->kind == SEG_TOKEN_MARK && token->first_on_line);
}

bool seg_parse_begins_declaration(const seg_token *token) { return begins_declaration(token); }

bool seg_parse_ends_operand(int kind) {
    return is_name_like(kind) || is_closer(kind) || kind == SEG_TOKEN_TRUE || kind == SEG_TOKEN_FALSE ||
           kind == SEG_TOKEN_EVER || kind == SEG_TOKEN_MEMBER ||
           (kind >= SEG_TOKEN_NUMBER && kind <= SEG_TOKEN_PATTERN);
}

int seg_parse_shouted(seg_text text) {
    static const struct {
        const char *word;
        int kind;
    } words[] = {
        {"AND", SEG_TOKEN_AND},     {"OR", SEG_TOKEN_OR},
        {"NOT", SEG_TOKEN_NOT},     {"IN", SEG_TOKEN_IN},
        {"IS", SEG_TOKEN_IS},       {"BETWEEN", SEG_TOKEN_BETWEEN},
        {"THEN", SEG_TOKEN_THEN},   {"ELSE", SEG_TOKEN_ELSE},
        {"WHERE", SEG_TOKEN_WHERE}, {"CONTAINS", SEG_TOKEN_CONTAINS},
    };
    if (text.size_bytes < 2 || *text.bytes < 'A' || *text.bytes > 'Z') return 0;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (text.size_bytes == strlen(words[i].word) &&
            memcmp(text.bytes, words[i].word, text.size_bytes) == 0)
            return words[i].kind;
    return 0;
}

/* ---- The stream of tokens ---- */

enum { RING = sizeof((seg_parser *)NULL)->ring / sizeof(seg_token), AHEAD_LIMIT = 2 };
_Static_assert((RING & (RING - 1)) == 0 && RING >= AHEAD_LIMIT + 3,
               "before, last, one given back, and those ahead");

/* The token so many places behind the last one. */
static seg_token *place(seg_parser *parser, uint32_t further) {
    return &parser->ring[(parser->at + further) % RING];
}

static void read_raw(seg_parser *parser, seg_token *token) {
    do seg_lexer_next(&parser->lexer, token);
    while (token->kind == SEG_TOKEN_COMMENT);
}

/* The token that comes next, and the one behind it; read, but not yet resolved. */
static const seg_token *look_further(seg_parser *parser, uint32_t further) {
    while (parser->ahead_count <= further) read_raw(parser, place(parser, ++parser->ahead_count));
    return place(parser, further + 1);
}

static const seg_token *look_ahead(seg_parser *parser) { return look_further(parser, 0); }

/* Makes room behind the last token, before those that were looked at. */
static void put_next(seg_parser *parser, seg_token token) {
    for (uint32_t i = parser->ahead_count; i > 0; i--) *place(parser, i + 1) = *place(parser, i);
    *place(parser, 1) = token;
}

/* Index of the open bracket that `closer` closes, or open_count. */
static uint32_t find_opener(const seg_parser *parser, int closer) {
    for (uint32_t i = parser->open_count; i-- > 0;)
        if (closer_of(parser->open[i].kind) == closer) return i;
    return parser->open_count;
}

/* Counts what the last token opens or closes: only once the grammar has gone past it. */
static void count_last(seg_parser *parser) {
    const seg_token *token = parser->last;
    if (parser->last_counted) return;
    parser->last_counted = true;
    if (is_opener(token->kind) && parser->open_count < SEG_TREE_DEPTH_LIMIT)
        parser->open[parser->open_count++] = (seg_bracket){token->kind, token->span};
    if (is_closer(token->kind)) {
        uint32_t opener = find_opener(parser, token->kind);
        if (opener < parser->open_count) parser->open_count = opener;
    }
    if (token->kind >= SEG_TOKEN_IMPLY && token->kind <= SEG_TOKEN_DISJOINT && token->kind != SEG_TOKEN_ARE)
        parser->verb_seen = true;
    if (begins_declaration(token)) {
        parser->declaration = token->kind;
        parser->verb_seen = false;
        parser->open_count = 0;
        parser->too_deep = false;
    }
}

/* Once or more for each name, so the first byte is looked at first. */
static bool is_word(const seg_token *token, const char *const *words) {
    seg_text text = token->text;
    for (; text.size_bytes && *words; words++)
        if (**words == *text.bytes && strncmp(*words, text.bytes, text.size_bytes) == 0 &&
            (*words)[text.size_bytes] == '\0')
            return true;
    return false;
}

/* Whether a name may be one of the words that mean something by what stands around them (hour, other, fiscal
 * ...): the first letters of those that have as many. Nearly all names are none of them. */
static bool may_mean(const seg_token *token) {
    static const char *const firsts[] = {
        [3] = "ad", [4] = "hdwy", [5] = "tmeowy", [6] = "fm", [7] = "wqm", [8] = "q", [9] = "y", [11] = "a"};
    seg_text text = token->text;
    const char *letters = text.size_bytes < sizeof firsts / sizeof *firsts ? firsts[text.size_bytes] : NULL;
    while (letters && *letters && *letters != *text.bytes) letters++;
    return letters && *letters;
}

/* Does what follows fit behind the declaration word? Operator words do not: `event in [..]`. */
static bool fits_behind(int word, const seg_token *next) {
    static const char *const schedules[] = {"daily", "every", NULL}, *const years[] = {"year", NULL};
    switch (word) {
    case SEG_TOKEN_TIMEZONE:
    case SEG_TOKEN_TEST: return next->kind == SEG_TOKEN_STRING;
    case SEG_TOKEN_WEEK: return next->kind == SEG_TOKEN_STARTS;
    case SEG_TOKEN_FISCAL: return next->kind == SEG_TOKEN_NAME && is_word(next, years);
    case SEG_TOKEN_REFRESH: return next->kind == SEG_TOKEN_NAME && is_word(next, schedules);
    case SEG_TOKEN_GROUP: return next->kind == SEG_TOKEN_NAME;
    case SEG_TOKEN_DUPLICATES: return next->kind == SEG_TOKEN_WITHIN;
    case SEG_TOKEN_PROFILE: return next->kind == SEG_TOKEN_LBRACE;
    case SEG_TOKEN_NATIVE: return next->kind == SEG_TOKEN_FUNCTION;
    case SEG_TOKEN_EVENT:
    case SEG_TOKEN_MODEL:
    case SEG_TOKEN_SEGMENT:
        if (next->kind == SEG_TOKEN_STARTS || next->kind == SEG_TOKEN_ENDS || next->kind == SEG_TOKEN_MORE ||
            next->kind == SEG_TOKEN_LESS || next->kind == SEG_TOKEN_ALL || next->kind == SEG_TOKEN_NONE)
            return false;
        return is_name_like(next->kind);
    default: return is_name_like(next->kind);
    }
}

/* A word such as `event` begins a declaration only where no name can stand. Elsewhere it is one. */
static bool is_declaration(seg_parser *parser, const seg_token *token) {
    const seg_token *next = look_ahead(parser);
    if (parser->declaration == SEG_TOKEN_STAGES && next->kind == SEG_TOKEN_WHEN) return false; /* a stage */
    if (token->kind == SEG_TOKEN_WEEK && next->kind != SEG_TOKEN_STARTS) return false;
    if (token->kind == SEG_TOKEN_FISCAL &&
        (!fits_behind(token->kind, next) || look_further(parser, 1)->kind != SEG_TOKEN_STARTS))
        return false;
    if (token->kind == SEG_TOKEN_REFRESH && !fits_behind(token->kind, next)) return false;
    if (token->kind == SEG_TOKEN_GROUP && !fits_behind(token->kind, next)) return false;
    if (parser->open_count) {
        if (token->kind == SEG_TOKEN_PROFILE && parser->declaration == SEG_TOKEN_TEST) return false;
        return token->first_on_line && fits_behind(token->kind, next);
    }
    if (seg_parse_ends_operand(parser->last->kind) && !is_declaration_word(parser->last->kind) &&
        parser->last->kind != SEG_TOKEN_TO)
        return true;
    return parser->last->kind == 0 || (token->first_on_line && fits_behind(token->kind, next));
}

static bool is_null(seg_text text) {
    return (text.size_bytes == 4 && memcmp(text.bytes, "NULL", 4) == 0) ||
           (text.size_bytes == 3 && memcmp(text.bytes, "NOT", 3) == 0);
}

/* AND for `and`: only where an operand has just ended, so that an enum may have a value IN. */
static void mend_shouted(seg_parser *parser, seg_token *token) {
    int kind = seg_parse_shouted(token->text);
    int last = parser->last->kind;
    bool braces = parser->open_count && parser->open[parser->open_count - 1].kind == SEG_TOKEN_LBRACE;
    bool begins = kind == SEG_TOKEN_NOT && (last == SEG_TOKEN_COLON || last == SEG_TOKEN_AND ||
                                            last == SEG_TOKEN_OR || last == SEG_TOKEN_IS);
    bool joins = seg_parse_ends_operand(last) && !is_declaration_word(last) && last != SEG_TOKEN_FROM;
    if (!kind || braces || (!begins && !joins)) return;
    if (parser->declaration != SEG_TOKEN_SEGMENT && parser->declaration != SEG_TOKEN_DEFINE &&
        parser->declaration != SEG_TOKEN_STAGES && parser->declaration != SEG_TOKEN_POLICY)
        return;
    token->kind = kind;
    /* IS NULL and IS NOT NULL are one slip, of which the grammar speaks. */
    bool null = kind == SEG_TOKEN_IS && is_null(look_ahead(parser)->text);
    if (null || last == SEG_TOKEN_IS) return;
    char small[16] = {0};
    for (size_t i = 0; i < token->text.size_bytes && i < sizeof small - 1; i++)
        small[i] = (char)(token->text.bytes[i] + ('a' - 'A'));
    seg_diag *diag =
        seg_diag_add(parser->diags, SEG_DIAG_FOREIGN_OPERATOR, token->span, "`%.*s` is spelled `%s` in Seg",
                     (int)token->text.size_bytes, token->text.bytes, small);
    seg_diag_edit(parser->diags, diag, token->span, "%s", small);
}

static bool is_unit(int kind) {
    return kind == SEG_TOKEN_NAME || kind == SEG_TOKEN_DAYS || kind == SEG_TOKEN_WEEK ||
           kind == SEG_TOKEN_FISCAL;
}

/* `last month`, a window; in `within last month` it is a name. */
static bool is_last_unit(const seg_parser *parser, const seg_token *token) {
    static const char *const units[] = {"day", "week", "month", "quarter", "year", NULL};
    return parser->last->kind == SEG_TOKEN_LAST && parser->before->kind != SEG_TOKEN_WITHIN &&
           is_word(token, units);
}

/* `fiscal` before a unit: in `this fiscal year`, `4 fiscal quarters`, and in `fiscal year of x`. */
static bool is_fiscal(seg_parser *parser, const seg_token *token) {
    static const char *const words[] = {"fiscal", NULL};
    static const char *const units[] = {"week",     "weeks", "month", "months", "quarter",
                                        "quarters", "year",  "years", NULL};
    int last = parser->last->kind;
    if (!is_word(token, words) || !is_word(look_ahead(parser), units)) return false;
    return last == SEG_TOKEN_THIS || last == SEG_TOKEN_LAST || last == SEG_TOKEN_COMPLETE ||
           last == SEG_TOKEN_ACTIVE || last == SEG_TOKEN_NUMBER ||
           look_further(parser, 1)->kind == SEG_TOKEN_OF;
}

/* `hour` before `of`, unless it is a name: within hour of x. */
static bool is_part(seg_parser *parser, const seg_token *token) {
    static const char *const parts[] = {"hour", "weekday", "day",     "month", "year",
                                        "date", "week",    "quarter", NULL};
    if (parser->last->kind == SEG_TOKEN_WITHIN || look_ahead(parser)->kind != SEG_TOKEN_OF) return false;
    return is_word(token, parts);
}

/* Words of the calendar; a zone may follow them before the next condition begins. */
static void resolve_calendar(seg_parser *parser, seg_token *token) {
    static const char *const days[] = {"today", "yesterday", NULL}, *const years[] = {"age", "anniversary",
                                                                                      NULL};
    bool counted = parser->last->kind == SEG_TOKEN_NUMBER;
    switch (token->kind) {
    case SEG_TOKEN_NAME:
        if (!may_mean(token)) break;
        if (is_part(parser, token)) token->kind = SEG_TOKEN_PART;
        if (is_last_unit(parser, token)) token->kind = SEG_TOKEN_UNIT;
        if (is_fiscal(parser, token)) token->kind = SEG_TOKEN_FISCAL_UNIT;
        if (token->kind != SEG_TOKEN_NAME || is_word(token, days)) parser->zone_fits = true;
        if (is_word(token, years) && look_ahead(parser)->kind == SEG_TOKEN_LPAREN) parser->zone_fits = true;
        break;
    case SEG_TOKEN_THIS:
        parser->zone_fits = is_unit(look_ahead(parser)->kind);
        if (!parser->zone_fits) token->kind = SEG_TOKEN_NAME;
        break;
    case SEG_TOKEN_CALENDAR:
    case SEG_TOKEN_COMPLETE:
        parser->zone_fits = counted && is_unit(look_ahead(parser)->kind);
        if (!parser->zone_fits) token->kind = SEG_TOKEN_NAME;
        break;
    case SEG_TOKEN_IN:
        if (parser->zone_fits &&
            (seg_parse_ends_operand(parser->last->kind) || parser->last->kind == SEG_TOKEN_UNIT) &&
            look_ahead(parser)->kind != SEG_TOKEN_LBRACKET)
            token->kind = SEG_TOKEN_IN_ZONE;
        break;
    default:
        if (token->kind < SEG_TOKEN_FROM || token->kind == SEG_TOKEN_COMMA) parser->zone_fits = false;
        if (token->kind >= SEG_TOKEN_EQ && token->kind <= SEG_TOKEN_GE) parser->zone_fits = false;
    }
}

/* The words between the name of a policy and what it asks for. Elsewhere they are names. */
static bool resolve_policy(seg_parser *parser, seg_token *token) {
    static const char *const subjects[] = {"segment", "segments", NULL}, *const tagged[] = {"tagged", NULL};
    static const char *const owned[] = {"owned", NULL}, *const imply[] = {"imply", "implies", NULL};
    static const char *const exclude[] = {"exclude", "excludes", NULL}, *const are[] = {"are", NULL};
    static const char *const disjoint[] = {"disjoint", NULL};
    int last = parser->last->kind, kind = token->kind;
    if (parser->declaration != SEG_TOKEN_POLICY || parser->verb_seen) return false;
    if (last == SEG_TOKEN_COLON || last == SEG_TOKEN_ALL) {
        if (is_word(token, subjects)) kind = SEG_TOKEN_SEGMENTS;
    } else if (token->kind == SEG_TOKEN_NAME && last == SEG_TOKEN_SEGMENTS && is_word(token, tagged)) {
        const seg_token *next = look_ahead(parser); /* a verb: then `tagged` is a segment */
        bool verb = is_word(next, imply) || is_word(next, exclude) || is_word(next, are);
        if ((is_name_like(next->kind) && !verb) || next->kind == SEG_TOKEN_STRING) kind = SEG_TOKEN_TAGGED;
    } else if (token->kind == SEG_TOKEN_NAME && last == SEG_TOKEN_SEGMENTS && is_word(token, owned)) {
        if (look_ahead(parser)->kind == SEG_TOKEN_BY) kind = SEG_TOKEN_OWNED;
    } else if (token->kind == SEG_TOKEN_NAME &&
               (seg_parse_ends_operand(last) || last == SEG_TOKEN_SEGMENTS || last == SEG_TOKEN_ARE)) {
        if (is_word(token, imply)) kind = SEG_TOKEN_IMPLY;
        if (is_word(token, exclude)) kind = SEG_TOKEN_EXCLUDE;
        if (is_word(token, are)) kind = SEG_TOKEN_ARE;
        if (last == SEG_TOKEN_ARE && is_word(token, disjoint)) kind = SEG_TOKEN_DISJOINT;
    }
    bool settled = kind != token->kind;
    token->kind = kind;
    return settled;
}

/* Words of `any other company member in active`, where rules stand. Elsewhere they are names. */
static bool resolve_fellows(seg_parser *parser, seg_token *token) {
    static const char *const every[] = {"every", NULL}, *const other[] = {"other", NULL};
    static const char *const members[] = {"member", "members", NULL};
    int declaration = parser->declaration, last = parser->last->kind, before = parser->before->kind;
    bool rules = declaration == SEG_TOKEN_SEGMENT || declaration == SEG_TOKEN_STAGES ||
                 declaration == SEG_TOKEN_DEFINE || declaration == SEG_TOKEN_POLICY ||
                 declaration == SEG_TOKEN_MODEL;
    if (token->kind == SEG_TOKEN_IN && last == SEG_TOKEN_MEMBER &&
        look_ahead(parser)->kind != SEG_TOKEN_LBRACKET) {
        token->kind = SEG_TOKEN_AMONG;
        return true;
    }
    if (!rules || token->kind != SEG_TOKEN_NAME || !may_mean(token)) return false;
    bool opened = last == SEG_TOKEN_ANY || last == SEG_TOKEN_NO || last == SEG_TOKEN_OF;
    bool named = before == SEG_TOKEN_ANY || before == SEG_TOKEN_NO || before == SEG_TOKEN_OF ||
                 before == SEG_TOKEN_EVERY || before == SEG_TOKEN_OTHER;
    if (last == SEG_TOKEN_NAME && named && is_word(token, members))
        token->kind = SEG_TOKEN_MEMBER;
    else if (is_word(token, every) && look_ahead(parser)->kind == SEG_TOKEN_NAME)
        token->kind = SEG_TOKEN_EVERY;
    else if ((opened || last == SEG_TOKEN_EVERY) && is_word(token, other) &&
             look_ahead(parser)->kind == SEG_TOKEN_NAME)
        token->kind = SEG_TOKEN_OTHER;
    return token->kind != SEG_TOKEN_NAME;
}

/* Settles what a word is from what stands around it. */
static void resolve(seg_parser *parser, seg_token *token) {
    if (token->kind >= SEG_TOKEN_EQ && parser->declaration != SEG_TOKEN_POLICY) { /* a sign is no word */
        resolve_calendar(parser, token);
        return;
    }
    if (resolve_policy(parser, token) || resolve_fellows(parser, token)) return;
    if (is_declaration_word(token->kind)) {
        if (!is_declaration(parser, token)) token->kind = SEG_TOKEN_NAME;
    } else if (token->kind == SEG_TOKEN_HISTORY) {
        /* Behind a type, unless it is the next attribute's name. */
        bool behind = seg_parse_ends_operand(parser->last->kind) || parser->last->kind == SEG_TOKEN_QUESTION;
        if (!behind || !parser->open_count || look_ahead(parser)->kind == SEG_TOKEN_COLON)
            token->kind = SEG_TOKEN_NAME;
    } else if (token->kind == SEG_TOKEN_SET) {
        if (look_ahead(parser)->kind != SEG_TOKEN_OF) token->kind = SEG_TOKEN_NAME;
    } else if (token->kind == SEG_TOKEN_NAME) {
        mend_shouted(parser, token);
    }
    resolve_calendar(parser, token);
}

void seg_parse_too_deep(seg_parser *parser, seg_span span) {
    if (parser->too_deep) return;
    parser->too_deep = true;
    seg_diag *diag = seg_diag_add(parser->diags, SEG_DIAG_TOO_DEEP, span, "this is nested more than %d deep",
                                  SEG_TREE_DEPTH_LIMIT);
    seg_diag_help(parser->diags, diag,
                  "give a part of it a name with `define`, or make it a segment of its own");
}

static void give(seg_parser *parser) {
    count_last(parser);
    bool is_new = false;
    if (parser->has_unread) {
        put_next(parser, parser->unread);
        parser->has_unread = false;
    } else if (parser->diags->dropped && !parser->ahead_count) {
        /* Nobody would see more: garbage need not be read to its end. */
        uint32_t end = parser->source->size_bytes;
        put_next(parser, (seg_token){.span = {parser->source, end, end}});
    } else {
        (void)look_ahead(parser);
        parser->ahead_count--;
        is_new = true;
    }
    parser->at++;
    seg_token *token = place(parser, 0);
    if (is_new) resolve(parser, token); /* by what stands before it: still the last one */
    parser->before = parser->last;
    parser->last = token;
    parser->last_counted = false;
}

/* The leaf for a token with a value. */
static seg_node *leaf_of(seg_parser *parser, const seg_token *token) {
    bool has_value = token->kind >= SEG_TOKEN_NAME && token->kind <= SEG_TOKEN_UNIT;
    return has_value ? seg_build_token(parser, token) : NULL;
}

int seg_parse_next(seg_parser *parser, seg_node **leaf, seg_span *span) {
    give(parser);
    bool overflow = is_opener(parser->last->kind) && parser->open_count == SEG_TREE_DEPTH_LIMIT;
    if (overflow) {
        seg_parse_too_deep(parser, parser->last->span);
        while (parser->last->kind && !begins_declaration(parser->last)) {
            parser->last_counted =
                true; /* the grammar does not see what is skipped: its brackets stay open */
            give(parser);
        }
    }
    *leaf = leaf_of(parser, parser->last);
    *span = parser->last->span;
    if (!overflow) return parser->last->kind;
    parser->unread = *parser->last;
    parser->has_unread = true;
    parser->quiet_at = parser->last->span.first;
    *parser->last = (seg_token){.span = parser->last->span};
    parser->last_counted = true;
    return SEG_TOKEN_SEG_YYerror; /* straight to recovery: it has been said */
}

/* ---- Recovery ---- */

/* Whether reading can go on at the last token, inside the bracket number `level` - 1. */
static bool is_resumable(seg_parser *parser, uint32_t level, int opener) {
    const seg_token *token = parser->last;
    if (token->kind == 0 || begins_declaration(token)) return true;
    if (!level) return false;
    if (is_closer(token->kind)) {
        uint32_t closes = find_opener(parser, token->kind);
        if (closes < level) return true;
        return closes == parser->open_count && parser->open_count == level && opener != SEG_TOKEN_LBRACE;
    }
    if (opener != SEG_TOKEN_LBRACE || parser->open_count > level || parser->resync_at == token->span.first)
        return false;
    bool block = parser->declaration == SEG_TOKEN_TEST && level == 1;
    return (token->kind == SEG_TOKEN_COMMA && !block) || token->first_on_line;
}

bool seg_parse_resync(seg_parser *parser, int *kind, seg_node **leaf, seg_span *span) {
    if (parser->has_unread) give(parser); /* recovery that the stream of tokens asked for */
    uint32_t level = parser->open_count;
    int opener = level ? parser->open[level - 1].kind : 0;
    /* Each open bracket may stop here once; beyond that only going on helps. */
    bool stuck =
        parser->resync_at == parser->last->span.first && ++parser->resync_count > 2 * SEG_TREE_DEPTH_LIMIT;
    if (stuck && !parser->last->kind) return false;
    if (stuck) give(parser);
    while (!is_resumable(parser, level, opener)) give(parser);
    if (parser->resync_at != parser->last->span.first) parser->resync_count = 0;
    parser->resync_at = parser->last->span.first;
    parser->open_count = level;
    bool closes = is_closer(parser->last->kind) && find_opener(parser, parser->last->kind) >= level - 1;
    bool goes_on = opener == SEG_TOKEN_LBRACE && parser->last->kind && !begins_declaration(parser->last);
    if (level && closes) {
        parser->last->kind = closer_of(opener); /* the wrong bracket counts as the right one */
    } else if (level && !goes_on) {
        parser->quiet_at = parser->last->span.first;
        parser->unread = *parser->last;
        parser->has_unread = true;
        parser->last->kind = closer_of(opener);
        parser->last->faulty = true;
        parser->last->span.end = parser->last->span.first;
    }
    *kind = parser->last->kind;
    *leaf = leaf_of(parser, parser->last);
    *span = parser->last->span;
    return true;
}

/* ---- Nesting ---- */

typedef struct walk { /* the way from the root to a node */
    seg_node *path[SEG_TREE_DEPTH_LIMIT + 2];
    uint32_t depth;
} walk;

/* Cuts what is nested too deep: a tree is built from below, so only now is its depth known. */
static void limit_depth(seg_parser *parser) {
    walk way = {.path = {parser->workspace}, .depth = 1};
    seg_node *node = parser->workspace->first_child;
    while (node) {
        if (way.depth == 1) parser->too_deep = false;
        if (way.depth + 1 >= SEG_TREE_DEPTH_LIMIT && node->first_child) {
            seg_parse_too_deep(parser, node->span);
            node->kind = SEG_NODE_ERROR;
            node->first_child = node->last_child = NULL;
            node->child_count = 0;
        }
        if (node->first_child) {
            way.path[way.depth++] = node;
            node = node->first_child;
            continue;
        }
        while (node && !node->next) node = way.depth > 1 ? way.path[--way.depth] : NULL;
        if (node) node = node->next;
    }
}

static bool begin(seg_parser *parser, bool exact) {
    *parser = (seg_parser){.arena = parser->arena,
                           .nodes = parser->nodes,
                           .source = parser->source,
                           .diags = parser->diags,
                           .exact = exact,
                           .last_counted = true,
                           .resync_at = UINT32_MAX,
                           .quiet_at = UINT32_MAX};
    const seg_source *source = parser->source;
    parser->last = place(parser, 0);
    parser->before = place(parser, RING - 1);
    parser->workspace =
        seg_tree_node(parser->nodes, SEG_NODE_WORKSPACE, (seg_span){source, 0, source->size_bytes});
    if (parser->workspace) seg_lexer_init(&parser->lexer, source, parser->arena, parser->diags);
    return parser->workspace != NULL;
}

static bool is_short(const seg_parser *parser) { return parser->arena->failed || parser->nodes->failed; }

/* Reads all, whatever does not fit. False: memory is short. */
static bool read_exactly(seg_parser *parser) {
    while (seg_yyparse(parser) == 2) { /* its stack was full: go on behind the declaration */
        if (is_short(parser)) return false;
        while (parser->last->kind && !(begins_declaration(parser->last) && !parser->last_counted))
            give(parser);
        parser->unread = *parser->last;
        parser->has_unread = true;
        *parser->last = (seg_token){0};
        parser->last_counted = true;
        parser->open_count = 0;
        parser->too_deep = false;
    }
    return true;
}

/* To know at each token all that could stand there is a third of the work, and only a fault asks for it. So
 * the first reading does without, and gives up at the first fault; then everything is read again. */
seg_node *seg_parse_apart(seg_arena *nodes, seg_arena *arena, const seg_source *source, seg_diags *diags) {
    seg_parser *parser = seg_arena_take(nodes, sizeof *parser);
    if (!parser) return NULL;
    *parser = (seg_parser){.arena = arena, .nodes = nodes, .source = source, .diags = diags};
    seg_diags before = *diags;
    if (!begin(parser, false)) return NULL;
    if (seg_quick_parse(parser) != 0) {
        seg_diags_rewind(diags, &before);
        if (is_short(parser) || !begin(parser, true) || !read_exactly(parser)) return NULL;
    }
    if (parser->is_large || parser->built) limit_depth(parser); /* few nodes cannot be deep */
    parser->workspace->number = parser->file_count;
    return is_short(parser) ? NULL : parser->workspace;
}

seg_node *seg_parse(seg_arena *arena, const seg_source *source, seg_diags *diags) {
    return seg_parse_apart(arena, arena, source, diags);
}
