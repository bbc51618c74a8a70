/* format.c - the one way to write a source.
 *
 * The formatter prints the tokens of the source again, so that it cannot change what was written; the
 * tree tells it where declarations, fields and calls begin. Comments hang on the token before them. */
#include <string.h>

#include "lexer.h"
#include "parse.h"
#include "parser.h"

enum { WIDTH = 100, EVENT_WIDTH = 130, STEP = 2 };

typedef struct piece { /* a token that is not a comment, and the comments behind it */
    seg_token token;
    uint32_t comment_first, comment_count; /* into printer.comments */
    bool tight;  /* a bracket of a call, a sign of a number: no space before, or behind it */
    bool except; /* the word that parts a rule from its exceptions */
} piece;

typedef struct trailer { /* a comment behind code: the space between is settled at the end */
    size_t offset;
    uint32_t line, width;
} trailer;

typedef struct printer {
    seg_arena *arena;
    const seg_source *source;
    piece *pieces; /* pieces[0] stands for the beginning of the file */
    seg_token *comments;
    trailer *trailers;
    uint32_t piece_count, comment_count, trailer_count;
    seg_buffer text;
    uint32_t column, line;
    bool at_start;   /* of a line */
    bool must_break; /* a comment has been written */
    uint32_t last; /* last piece of the present declaration: own-line comments behind it belong to the next */
} printer;

/* ---- Tokens ---- */

static bool collect(printer *p) {
    seg_diags ignored;
    seg_lexer lexer;
    seg_diags_init(&ignored, p->arena);
    seg_lexer_init(&lexer, p->source, p->arena, &ignored);
    uint32_t count = 0, comments = 0;
    seg_token token;
    for (seg_lexer counter = lexer; seg_lexer_next(&counter, &token), token.kind != 0;)
        if (token.kind == SEG_TOKEN_COMMENT)
            comments++;
        else
            count++;
    p->pieces = seg_arena_take_array(p->arena, count + 2, sizeof *p->pieces);
    p->comments = seg_arena_take_array(p->arena, comments + 1, sizeof *p->comments);
    p->trailers = seg_arena_take_array(p->arena, comments + 1, sizeof *p->trailers);
    if (!p->pieces || !p->comments || !p->trailers) return false;
    p->pieces[0].token.span = (seg_span){p->source, 0, 0};
    p->piece_count = 1;
    while (seg_lexer_next(&lexer, &token), token.kind != 0) {
        piece *newest = &p->pieces[p->piece_count - 1];
        if (token.kind != SEG_TOKEN_COMMENT) {
            p->pieces[p->piece_count++] = (piece){.token = token, .comment_first = p->comment_count};
            continue;
        }
        newest->comment_count++;
        p->comments[p->comment_count++] = token;
    }
    return true;
}

/* The first piece at or behind an offset. */
static uint32_t piece_at(const printer *p, uint32_t offset) {
    uint32_t low = 1, high = p->piece_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (p->pieces[middle].token.span.first < offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static uint32_t first_of(const printer *p, const seg_node *node) { return piece_at(p, node->span.first); }
static uint32_t last_of(const printer *p, const seg_node *node) { return piece_at(p, node->span.end) - 1; }
static int kind_at(const printer *p, uint32_t i) { return i < p->piece_count ? p->pieces[i].token.kind : 0; }

static bool opens(int kind) {
    return kind == SEG_TOKEN_LPAREN || kind == SEG_TOKEN_LBRACKET || kind == SEG_TOKEN_LBRACE;
}
static bool closes(int kind) {
    return kind == SEG_TOKEN_RPAREN || kind == SEG_TOKEN_RBRACKET || kind == SEG_TOKEN_RBRACE;
}

/* Marks what only the tree can tell: which bracket belongs to a call, which minus is a sign. */
static void mark(printer *p, const seg_node *node) {
    uint32_t i = 0;
    if (node->kind == SEG_NODE_CALL || node->kind == SEG_NODE_ANNOTATION || node->kind == SEG_NODE_DEFINE ||
        node->kind == SEG_NODE_FAMILY || node->kind == SEG_NODE_NATIVE)
        i = piece_at(p, node->name_span.end);
    else if ((node->kind == SEG_NODE_IN_SEGMENT || node->kind == SEG_NODE_EXPECT) && node->first_child)
        i = first_of(p, node->first_child) - 1;
    else if (node->kind == SEG_NODE_TEST_CHANGE && node->child_count == 2)
        i = first_of(p, node->last_child) - 1;
    else if (node->kind == SEG_NODE_TYPE && node->first_child)
        i = first_of(p, node) + 1;
    if (i && kind_at(p, i) == SEG_TOKEN_LPAREN) p->pieces[i].tight = true;
    if (node->kind == SEG_NODE_EXCEPT && node->first_child && node->first_child->next)
        p->pieces[first_of(p, node->first_child->next) - 1].except = true;
    if (node->kind == SEG_NODE_NEGATE && node->first_child)
        p->pieces[first_of(p, node->first_child) - 1].tight = true;
    if (node->kind == SEG_NODE_NUMBER && kind_at(p, first_of(p, node)) == SEG_TOKEN_MINUS)
        p->pieces[first_of(p, node)].tight = true;
    for (const seg_node *child = node->first_child; child; child = child->next) mark(p, child);
}

static bool space_between(const printer *p, uint32_t left, uint32_t right) {
    int a = kind_at(p, left), b = kind_at(p, right);
    if (a == SEG_TOKEN_LPAREN || a == SEG_TOKEN_LBRACKET || a == SEG_TOKEN_DOT || a == SEG_TOKEN_MARK)
        return false;
    if (b == SEG_TOKEN_RPAREN || b == SEG_TOKEN_RBRACKET || b == SEG_TOKEN_COMMA || b == SEG_TOKEN_DOT ||
        b == SEG_TOKEN_COLON || b == SEG_TOKEN_QUESTION)
        return false;
    if (a == SEG_TOKEN_MINUS && p->pieces[left].tight) return false;
    if (b == SEG_TOKEN_LPAREN && p->pieces[right].tight) return false;
    return !(a == SEG_TOKEN_LBRACE && b == SEG_TOKEN_RBRACE);
}

static uint32_t width_of(const char *bytes, size_t size_bytes) {
    uint32_t width = 0;
    for (size_t i = 0; i < size_bytes; i++) width += ((unsigned char)bytes[i] & 0xC0u) != 0x80u;
    return width;
}

static uint32_t token_width(const printer *p, uint32_t i) {
    seg_span span = p->pieces[i].token.span;
    return width_of(p->source->bytes + span.first, span.end - span.first);
}

/* Of the pieces first .. last on one line. */
static uint32_t range_width(const printer *p, uint32_t first, uint32_t last) {
    uint32_t width = 0;
    for (uint32_t i = first; i <= last && width <= 4 * WIDTH; i++)
        width += token_width(p, i) + (i > first && space_between(p, i - 1, i));
    return width;
}

/* Comments behind any of first .. last. */
static bool has_comments(const printer *p, uint32_t first, uint32_t last) {
    return last >= first &&
           p->pieces[last].comment_first + p->pieces[last].comment_count > p->pieces[first].comment_first;
}

/* ---- Lines ---- */

static void end_line(printer *p) {
    p->must_break = false;
    if (p->at_start) return;
    seg_buffer_text(&p->text, "\n");
    p->at_start = true;
    p->column = 0;
    p->line++;
}

static void blank_line(printer *p) {
    end_line(p);
    if (!p->text.size_bytes) return;
    seg_buffer_text(&p->text, "\n");
    p->line++;
}

static void put_spaces(printer *p, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) seg_buffer_text(&p->text, " ");
    p->column += count;
}

static void put(printer *p, const char *bytes, size_t size_bytes, uint32_t indent, bool space) {
    if (p->must_break) end_line(p);
    if (p->at_start)
        put_spaces(p, indent);
    else if (space)
        put_spaces(p, 1);
    p->at_start = false;
    seg_buffer_add(&p->text, bytes, size_bytes);
    p->column += width_of(bytes, size_bytes);
}

/* Was there an empty line before the offset? */
static bool was_blank_before(const printer *p, uint32_t offset) {
    uint32_t lines = 0;
    for (uint32_t i = offset; i-- > 0;) {
        char c = p->source->bytes[i];
        if (c == '\n') lines++;
        if (c != '\n' && c != ' ' && c != '\t' && c != '\r') break;
    }
    return lines > 1;
}

static void put_comment(printer *p, const seg_token *comment, uint32_t indent) {
    const char *text = comment->text.bytes;
    char c = comment->text.size_bytes ? *text : ' ';
    bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                (unsigned char)c >= 0x80;
    put(p, word ? "# " : "#", word ? 2 : 1, indent, false);
    put(p, text, comment->text.size_bytes, indent, false);
    p->must_break = true;
}

static void put_trailer(printer *p, const seg_token *comment, uint32_t indent) {
    p->trailers[p->trailer_count++] = (trailer){p->text.size_bytes, p->line, p->column};
    p->at_start = false; /* the space before it comes last of all */
    p->must_break = false;
    put_comment(p, comment, indent);
}

/* The comments behind piece i. */
static void put_comments(printer *p, uint32_t i, uint32_t indent, bool keep_blanks) {
    const piece *one = &p->pieces[i];
    for (uint32_t k = 0; k < one->comment_count; k++) {
        const seg_token *comment = &p->comments[one->comment_first + k];
        if (!comment->first_on_line && !p->at_start && !p->must_break) {
            put_trailer(p, comment, indent);
            continue;
        }
        if (i == p->last) return;
        end_line(p);
        if (keep_blanks && was_blank_before(p, comment->span.first) && (k > 0 || !opens(kind_at(p, i))))
            blank_line(p);
        put_comment(p, comment, indent);
    }
}

static void put_piece(printer *p, uint32_t i, uint32_t indent) {
    seg_span span = p->pieces[i].token.span;
    put(p, p->source->bytes + span.first, span.end - span.first, indent, space_between(p, i - 1, i));
    put_comments(p, i, indent, false);
}

static void put_range(printer *p, uint32_t first, uint32_t last, uint32_t indent) {
    for (uint32_t i = first; i <= last; i++) put_piece(p, i, indent);
}

/* An item of a block: the comments behind it stand where the next item would, empty lines kept. */
static void put_item_end(printer *p, uint32_t i, uint32_t indent, uint32_t block_indent) {
    seg_span span = p->pieces[i].token.span;
    put(p, p->source->bytes + span.first, span.end - span.first, indent, space_between(p, i - 1, i));
    put_comments(p, i, block_indent, true);
    if (kind_at(p, i + 1) == SEG_TOKEN_COMMA) put_comments(p, i + 1, block_indent, true); /* it is left out */
}

/* ---- Rules ---- */

static bool fits(const printer *p, uint32_t first, uint32_t last, uint32_t indent) {
    if (last > first && has_comments(p, first, last - 1)) return false;
    uint32_t column = p->at_start || p->must_break ? indent : p->column + 1;
    return column + range_width(p, first, last) <= WIDTH;
}

/* The next piece of `kind` in first .. last outside of brackets, or last + 1. The `and` of a `between`
 * is none, nor the `where` of `count of F where`; inner ifs are passed over whole. */
static uint32_t find(const printer *p, uint32_t first, uint32_t last, int kind) {
    uint32_t depth = 0, ifs = 0;
    bool between = false;
    for (uint32_t i = first; i <= last; i++) {
        int one = kind_at(p, i);
        if (closes(one) && depth) depth--;
        bool counts =
            i > first + 2 && kind_at(p, i - 2) == SEG_TOKEN_OF && kind_at(p, i - 3) == SEG_TOKEN_COUNT;
        bool inner = (one == SEG_TOKEN_AND && between) || ifs > 0 || (one == SEG_TOKEN_WHERE && counts);
        if (depth == 0 && one == kind && !inner) return i;
        if (depth == 0 && one == SEG_TOKEN_ELSE && ifs) ifs--;
        if (depth == 0 && one == SEG_TOKEN_IF) ifs++;
        if (depth == 0 && one == SEG_TOKEN_AND) between = false;
        if (depth == 0 && one == SEG_TOKEN_BETWEEN) between = true;
        if (opens(one)) depth++;
    }
    return last + 1;
}

static uint32_t closer_of(const printer *p, uint32_t open) {
    uint32_t depth = 0;
    for (uint32_t i = open; i < p->piece_count; i++) {
        if (opens(kind_at(p, i))) depth++;
        if (closes(kind_at(p, i)) && --depth == 0) return i;
    }
    return p->piece_count - 1;
}

static void put_rule(printer *p, uint32_t first, uint32_t last, uint32_t indent);

/* a and b and c: each operand but the first on a line of its own, behind its operator. */
static void put_chain(printer *p, uint32_t first, uint32_t last, uint32_t indent, int kind) {
    uint32_t next = find(p, first, last, kind);
    put_rule(p, first, next - 1, indent);
    while (next <= last) {
        end_line(p);
        put_piece(p, next, indent);
        first = next + 1;
        next = find(p, first, last, kind);
        put_rule(p, first, next - 1, indent + STEP);
    }
}

static void put_if(printer *p, uint32_t first, uint32_t last, uint32_t indent) {
    uint32_t then = find(p, first + 1, last, SEG_TOKEN_THEN), other = find(p, then + 1, last, SEG_TOKEN_ELSE);
    put_piece(p, first, indent);
    put_rule(p, first + 1, then - 1, indent + STEP);
    end_line(p);
    put_piece(p, then, indent);
    put_rule(p, then + 1, other - 1, indent + STEP);
    end_line(p);
    put_piece(p, other, indent);
    put_rule(p, other + 1, last, indent + STEP);
}

static bool is_latch(const printer *p, uint32_t first) {
    return kind_at(p, first) == SEG_TOKEN_ENTER && kind_at(p, first + 1) == SEG_TOKEN_WHEN;
}

static uint32_t find_pair(const printer *p, uint32_t first, uint32_t last, int kind, int behind) {
    uint32_t at = find(p, first, last, kind);
    while (at <= last && kind_at(p, at + 1) != behind) at = find(p, at + 1, last, kind);
    return at;
}

/* enter when, exit when: each on a line of its own, and how long on the last. */
static void put_latch(printer *p, uint32_t first, uint32_t last, uint32_t indent) {
    uint32_t leave = find_pair(p, first, last, SEG_TOKEN_EXIT, SEG_TOKEN_WHEN);
    uint32_t stay = find_pair(p, leave, last, SEG_TOKEN_STAY, SEG_TOKEN_AT);
    uint32_t end = stay <= last ? stay : find(p, leave, last, SEG_TOKEN_COOLDOWN);
    put_range(p, first, first + 1, indent);
    put_rule(p, first + 2, leave - 1, indent + STEP);
    end_line(p);
    put_range(p, leave, leave + 1, indent);
    put_rule(p, leave + 2, end - 1, indent + STEP);
    if (end > last) return;
    end_line(p);
    put_range(p, end, last, indent);
}

/* What stands between brackets: lines filled from its commas, `where` at the beginning of one. */
static void put_group(printer *p, uint32_t open, uint32_t close, uint32_t indent) {
    put_piece(p, open, indent);
    end_line(p);
    for (uint32_t first = open + 1; first < close;) {
        uint32_t comma = find(p, first, close - 1, SEG_TOKEN_COMMA),
                 where = find(p, first + 1, close - 1, SEG_TOKEN_WHERE);
        uint32_t end = comma < where ? comma : where - 1; /* with its comma */
        if (end >= close) end = close - 1;
        if (kind_at(p, first) == SEG_TOKEN_WHERE || !fits(p, first, end, indent + STEP)) end_line(p);
        if (kind_at(p, first) == SEG_TOKEN_WHERE) {
            put_piece(p, first, indent + STEP);
            put_rule(p, first + 1, end, indent + 2 * STEP);
        } else if (kind_at(p, end) == SEG_TOKEN_COMMA && end > first) {
            put_rule(p, first, end - 1, indent + STEP);
            put_piece(p, end, indent + STEP);
        } else {
            put_rule(p, first, end, indent + STEP);
        }
        first = end + 1;
    }
    end_line(p);
    put_piece(p, close, indent);
}

/* The exceptions of a rule, as many on a line as there is room for. */
static void put_except(printer *p, uint32_t first, uint32_t last, uint32_t indent) {
    end_line(p);
    put_piece(p, first++, indent);
    while (first <= last) {
        uint32_t comma = find(p, first, last, SEG_TOKEN_COMMA), end = comma < last ? comma : last;
        if (!fits(p, first, end, indent + STEP)) end_line(p);
        put_range(p, first, end, indent + STEP);
        first = end + 1;
    }
}

static bool is_for(const printer *p, uint32_t first) {
    int word = kind_at(p, first + 1);
    return kind_at(p, first) == SEG_TOKEN_FOR && (word == SEG_TOKEN_SOME || word == SEG_TOKEN_EACH) &&
           kind_at(p, first + 3) == SEG_TOKEN_COLON;
}

/* An expression: on one line if there is room, else broken where it binds least. */
static void put_rule(printer *p, uint32_t first, uint32_t last, uint32_t indent) {
    if (first > last) return;
    uint32_t except = first;
    while (except <= last && !p->pieces[except].except) except++;
    if (fits(p, first, last, indent)) {
        put_range(p, first, last, indent);
    } else if (except <= last) {
        put_rule(p, first, except - 1, indent);
        put_except(p, except, last, indent);
    } else if (is_latch(p, first)) {
        put_latch(p, first, last, indent);
    } else if (kind_at(p, first) == SEG_TOKEN_IF) {
        put_if(p, first, last, indent);
    } else if (is_for(p, first)) { /* for some F: */
        put_range(p, first, first + 3, indent);
        end_line(p);
        put_rule(p, first + 4, last, indent + STEP);
    } else if (find(p, first, last, SEG_TOKEN_OR) <= last) {
        put_chain(p, first, last, indent, SEG_TOKEN_OR);
    } else if (find(p, first, last, SEG_TOKEN_AND) <= last) {
        put_chain(p, first, last, indent, SEG_TOKEN_AND);
    } else {
        for (uint32_t i = first; i <= last; i++) {
            uint32_t close = opens(kind_at(p, i)) ? closer_of(p, i) : i;
            if (close > i + 1 && !fits(p, i, close, indent)) {
                put_group(p, i, close, indent);
                i = close;
            } else {
                put_piece(p, i, indent);
            }
        }
    }
}

/* `header ... rule`: on one line, or the rule below its header. */
static void put_headed(printer *p, uint32_t first, uint32_t rule, uint32_t last) {
    bool whole = fits(p, first, last, 0);
    put_range(p, first, rule - 1, 0);
    if (!whole) end_line(p);
    put_rule(p, rule, last, STEP);
}

/* ---- Blocks in braces ---- */

static void put_pad(printer *p, uint32_t width) {
    if (!p->must_break && p->column < width) put_spaces(p, width - p->column);
}

static const seg_node *first_item(const seg_node *node) {
    const seg_node *item = node->first_child;
    if (node->kind == SEG_NODE_EVENT || node->kind == SEG_NODE_COLUMNS || node->kind == SEG_NODE_TEST_EVENT ||
        node->kind == SEG_NODE_TEST_PROFILE || node->kind == SEG_NODE_MODEL)
        item = item ? item->next : NULL;
    return item;
}

static void put_inline_block(printer *p, const seg_node *node, uint32_t open, uint32_t close,
                             uint32_t indent) {
    put_piece(p, open, indent);
    for (const seg_node *item = first_item(node); item; item = item->next) {
        put_range(p, first_of(p, item), last_of(p, item), indent);
        if (item->next) put(p, ",", 1, indent, false);
    }
    put_item_end(p, close, indent, indent);
}

static uint32_t inline_block_width(const printer *p, const seg_node *node) {
    uint32_t width = 0;
    for (const seg_node *item = first_item(node); item; item = item->next)
        width += range_width(p, first_of(p, item), last_of(p, item)) + (item->next ? 2 : 0);
    return width + (width ? 4 : 2);
}

/* One item to a line; the names' values stand in one column. */
static void put_lines(printer *p, const seg_node *node, uint32_t open, uint32_t close, uint32_t indent) {
    uint32_t inner = indent + STEP, widest = 0;
    bool assigns = node->kind == SEG_NODE_COLUMNS;
    for (const seg_node *item = first_item(node); item; item = item->next) {
        uint32_t width = token_width(p, first_of(p, item));
        if (width > widest) widest = width;
    }
    put_piece(p, open, indent);
    for (const seg_node *item = first_item(node); item; item = item->next) {
        uint32_t first = first_of(p, item), last = last_of(p, item);
        end_line(p);
        if (first > open + 1 && was_blank_before(p, item->span.first)) blank_line(p);
        put_piece(p, first, inner);
        if (assigns) put_pad(p, inner + widest);
        put_piece(p, first + 1, inner);
        if (!assigns) put_pad(p, inner + widest + 2);
        put_range(p, first + 2, last - 1, inner + STEP);
        put_item_end(p, last, inner + STEP, inner);
    }
    end_line(p);
    put_item_end(p, close, indent, indent);
}

/* Whether a block is written on one line: when there is room, no comment in it, and its author did not
 * break the line behind its brace. */
static bool is_inline(const printer *p, uint32_t open, uint32_t close, uint32_t width, uint32_t limit) {
    if (close == open + 1) return !has_comments(p, open, open);
    return !has_comments(p, open, close - 1) && !p->pieces[open + 1].token.first_on_line && width <= limit;
}

/* ---- Tests ---- */

static void put_step(printer *p, const seg_node *step, uint32_t indent) {
    uint32_t first = first_of(p, step), last = last_of(p, step);
    if (step->kind == SEG_NODE_TEST_OTHER) step = step->first_child;
    bool block = (step->kind == SEG_NODE_TEST_EVENT || step->kind == SEG_NODE_TEST_PROFILE) &&
                 kind_at(p, last) == SEG_TOKEN_RBRACE;
    uint32_t open = first;
    while (block && open < last && kind_at(p, open) != SEG_TOKEN_LBRACE) open++;
    if (!block) {
        put_piece(p, first, indent);
        put_range(p, first + 1, last - 1, indent + STEP);
        put_item_end(p, last, indent + STEP, indent);
        return;
    }
    put_range(p, first, open - 1, indent);
    uint32_t width = p->column + 1 + inline_block_width(p, step);
    bool roomy = !has_comments(p, open, last - 1) && width <= WIDTH;
    if (roomy || last == open + 1)
        put_inline_block(p, step, open, last, indent);
    else
        put_lines(p, step, open, last, indent);
}

static void put_test(printer *p, const seg_node *test, uint32_t first, uint32_t last) {
    put_range(p, first, first + 1, 0);
    put_piece(p, first + 2, 0);
    p->must_break = p->must_break || test->first_child;
    for (const seg_node *step = test->first_child; step; step = step->next) {
        if (step != test->first_child && was_blank_before(p, step->span.first)) blank_line(p);
        end_line(p);
        put_step(p, step, STEP);
    }
    if (test->first_child) end_line(p);
    put_piece(p, last, 0);
}

/* ---- Declarations ---- */

static uint32_t brace_of(const printer *p, uint32_t first, uint32_t last) {
    uint32_t i = first;
    while (i <= last && kind_at(p, i) != SEG_TOKEN_LBRACE) i++;
    return i;
}

static uint32_t event_width(const printer *p, const seg_node *event, uint32_t open, uint32_t last) {
    uint32_t header = range_width(p, first_of(p, event), open - 1);
    return open > last ? header : header + 1 + inline_block_width(p, event);
}

static bool is_event_line(const printer *p, const seg_node *event) {
    uint32_t first = first_of(p, event), last = last_of(p, event), open = brace_of(p, first, last);
    if (has_comments(p, first, (open < last ? open : last) - 1)) return false;
    return open > last || is_inline(p, open, last, event_width(p, event, open, last), EVENT_WIDTH);
}

typedef struct event_columns { /* of a run of event lines */
    uint32_t from, brace;
} event_columns;

/* Whether two declarations may stand on neighbouring lines. */
static bool is_group(const seg_node *a, const seg_node *b) {
    static const uint8_t groups[SEG_NODE_KIND_COUNT] = {
        [SEG_NODE_EVENT] = 1,    [SEG_NODE_EVENTS] = 1,  [SEG_NODE_DEFINE] = 2,   [SEG_NODE_DERIVED] = 1,
        [SEG_NODE_SESSIONS] = 1, [SEG_NODE_PARAM] = 2,   [SEG_NODE_TIMEZONE] = 3, [SEG_NODE_DUPLICATES] = 3,
        [SEG_NODE_WEEK] = 3,     [SEG_NODE_REFRESH] = 3, [SEG_NODE_NATIVE] = 4,   [SEG_NODE_FISCAL] = 3,
        [SEG_NODE_GROUP] = 5,
    };
    return groups[a->kind] && groups[a->kind] == groups[b->kind];
}

/* An empty line parts two declarations unless they are of one group and none was written. */
static bool is_parted(const printer *p, const seg_node *before, const seg_node *after) {
    uint32_t first = first_of(p, after);
    const piece *previous = &p->pieces[first - 1];
    uint32_t offset = after->span.first;
    for (uint32_t k = 0; k < previous->comment_count; k++) {
        const seg_token *comment = &p->comments[previous->comment_first + k];
        if (!comment->first_on_line) continue;
        offset = comment->span.first;
        break;
    }
    return !is_group(before, after) || was_blank_before(p, offset);
}

static event_columns measure_run(const printer *p, const seg_node *event) {
    event_columns columns = {0, 0};
    uint32_t name = 0, source = 0;
    for (const seg_node *one = event; one && one->kind == SEG_NODE_EVENT; one = one->next) {
        if (one != event && (was_blank_before(p, one->span.first))) break;
        uint32_t first = first_of(p, one), last = last_of(p, one);
        if (!is_event_line(p, one)) continue;
        if (token_width(p, first + 1) > name) name = token_width(p, first + 1);
        uint32_t open = brace_of(p, first, last), width = range_width(p, first + 3, open - 1);
        if (open <= last && width > source) source = width;
        if (one->next && is_parted(p, one, one->next)) break;
    }
    columns.from = token_width(p, first_of(p, event)) + 1 + name + 1;
    columns.brace = columns.from + 5 + source + 1;
    return columns;
}

static void put_event(printer *p, const seg_node *event, uint32_t first, uint32_t last,
                      event_columns columns) {
    uint32_t open = brace_of(p, first, last);
    if (!is_event_line(p, event)) {
        put_range(p, first, (open < last ? open : last + 1) - 1, 0);
        if (open <= last) put_lines(p, event, open, last, 0);
        return;
    }
    put_range(p, first, first + 1, 0);
    put_pad(p, columns.from - 1);
    put_range(p, first + 2, open - 1, 0);
    if (open > last) return;
    put_pad(p, columns.brace - 1);
    put_inline_block(p, event, open, last, 0);
}

static void put_columns(printer *p, const seg_node *columns, uint32_t first, uint32_t last) {
    uint32_t open = brace_of(p, first, last);
    put_range(p, first, open - 1, 0);
    if (is_inline(p, open, last, p->column + 1 + inline_block_width(p, columns), WIDTH))
        put_inline_block(p, columns, open, last, 0);
    else
        put_lines(p, columns, open, last, 0);
}

/* The inputs on one line, or each on its own. */
static void put_model(printer *p, const seg_node *model, uint32_t first, uint32_t last) {
    uint32_t open = brace_of(p, first, last);
    put_range(p, first, (open < last ? open : last + 1) - 1, 0);
    if (open >= last) return;
    if (is_inline(p, open, last, p->column + 1 + inline_block_width(p, model), WIDTH)) {
        put_inline_block(p, model, open, last, 0);
        return;
    }
    uint32_t widest = 0;
    for (const seg_node *input = first_item(model); input; input = input->next) {
        uint32_t width = token_width(p, first_of(p, input));
        if (width > widest) widest = width;
    }
    put_piece(p, open, 0);
    for (const seg_node *input = first_item(model); input; input = input->next) {
        uint32_t name = first_of(p, input), end = last_of(p, input);
        end_line(p);
        if (name > open + 1 && was_blank_before(p, input->span.first)) blank_line(p);
        put_piece(p, name, STEP);
        put_pad(p, STEP + widest);
        put_piece(p, name + 1, STEP);
        put_rule(p, name + 2, end, 2 * STEP);
        if (kind_at(p, end + 1) == SEG_TOKEN_COMMA) put_piece(p, end + 1, STEP);
    }
    end_line(p);
    put_piece(p, last, 0);
}

/* On one line, or what it takes in lines of its own. */
static void put_native(printer *p, uint32_t first, uint32_t last) {
    uint32_t open = first;
    while (open < last && kind_at(p, open) != SEG_TOKEN_LPAREN) open++;
    if (open == last || fits(p, first, last, 0)) {
        put_range(p, first, last, 0);
        return;
    }
    put_range(p, first, open - 1, 0);
    put_group(p, open, closer_of(p, open), 0);
    put_range(p, closer_of(p, open) + 1, last, 0);
}

static void put_doc(printer *p, uint32_t i) {
    seg_text text = p->pieces[i].token.text;
    end_line(p);
    put(p, "##", 2, 0, false);
    if (text.size_bytes) put(p, text.bytes, text.size_bytes, 0, true);
    p->must_break = true;
    put_comments(p, i, 0, false);
}

/* The doc lines and annotations before a segment; gives the piece behind them. */
static uint32_t put_head(printer *p, uint32_t first, uint32_t last) {
    uint32_t i = first;
    while (i < last && (kind_at(p, i) == SEG_TOKEN_DOC || kind_at(p, i) == SEG_TOKEN_MARK)) {
        if (kind_at(p, i) == SEG_TOKEN_DOC) {
            put_doc(p, i++);
            continue;
        }
        uint32_t end =
            kind_at(p, i + 2) == SEG_TOKEN_LPAREN && p->pieces[i + 2].tight ? closer_of(p, i + 2) : i + 1;
        if (!fits(p, i, end, 0)) end_line(p);
        put_range(p, i, end, 0);
        i = end + 1;
    }
    end_line(p);
    return i;
}

static void put_segment(printer *p, const seg_node *segment, uint32_t first, uint32_t last) {
    uint32_t i = put_head(p, first, last);
    put_headed(p, i, first_of(p, segment->last_child), last);
}

/* A stage to a line. */
static void put_stages(printer *p, const seg_node *stages, uint32_t first, uint32_t last) {
    uint32_t i = put_head(p, first, last);
    for (const seg_node *stage = stages->first_child; stage; stage = stage->next) {
        if (stage->kind != SEG_NODE_STAGE) continue;
        bool is_last = stage->last_child->kind == SEG_NODE_NONE;
        uint32_t begin = first_of(p, stage) - is_last, end = last_of(p, stage);
        if (i < begin) put_range(p, i, begin - 1, 0); /* the header */
        end_line(p);
        if (is_last) {
            put_range(p, begin, last, STEP);
            return;
        }
        uint32_t rule = first_of(p, stage->last_child);
        put_range(p, begin, rule - 1, STEP);
        put_rule(p, rule, end, 2 * STEP);
        put_piece(p, end + 1, STEP);
        i = end + 2;
    }
}

/* A union or a sequence: on one line, or each member but the first on its own. */
static void put_events(printer *p, uint32_t first, uint32_t last, int joint) {
    if (fits(p, first, last, 0)) {
        put_range(p, first, last, 0);
        return;
    }
    for (uint32_t i = first; i <= last; i++) {
        bool whole = joint == SEG_TOKEN_THEN && kind_at(p, i) == SEG_TOKEN_ALL;
        if (kind_at(p, i) == joint || whole) end_line(p);
        if (kind_at(p, i) == SEG_TOKEN_LPAREN) {
            put_range(p, i, closer_of(p, i), STEP);
            i = closer_of(p, i);
        } else {
            put_piece(p, i, i > first ? STEP : 0);
        }
    }
}

static void put_declaration(printer *p, const seg_node *node, event_columns columns) {
    uint32_t first = first_of(p, node), last = last_of(p, node);
    p->last = last;
    switch (node->kind) {
    case SEG_NODE_PROFILE:
        put_piece(p, first, 0);
        if (last == first + 2)
            put_inline_block(p, node, first + 1, last, 0);
        else
            put_lines(p, node, first + 1, last, 0);
        break;
    case SEG_NODE_EVENT: put_event(p, node, first, last, columns); break;
    case SEG_NODE_EVENTS: put_events(p, first, last, SEG_TOKEN_BAR); break;
    case SEG_NODE_DERIVED: put_events(p, first, last, SEG_TOKEN_THEN); break;
    case SEG_NODE_COLUMNS: put_columns(p, node, first, last); break;
    case SEG_NODE_MODEL: put_model(p, node, first, last); break;
    case SEG_NODE_NATIVE: put_native(p, first, last); break;
    case SEG_NODE_TEST: put_test(p, node, first, last); break;
    case SEG_NODE_SEGMENT: put_segment(p, node, first, last); break;
    case SEG_NODE_STAGES: put_stages(p, node, first, last); break;
    case SEG_NODE_POLICY: put_headed(p, first, first_of(p, node->first_child->next), last); break;
    case SEG_NODE_DEFINE: put_headed(p, first, first_of(p, node->last_child), last); break;
    default: put_range(p, first, last, 0); break;
    }
    end_line(p);
}

/* The comments on lines of their own behind piece i, which belong to what follows. */
static void put_leading(printer *p, uint32_t i, bool parted) {
    const piece *one = &p->pieces[i];
    for (uint32_t k = 0; k < one->comment_count; k++) {
        const seg_token *comment = &p->comments[one->comment_first + k];
        if (!comment->first_on_line) continue;
        bool blank = parted || was_blank_before(p, comment->span.first);
        if (blank) blank_line(p);
        parted = false;
        put_comment(p, comment, 0);
        end_line(p);
    }
}

static bool has_leading(const printer *p, uint32_t i) {
    const piece *one = &p->pieces[i];
    return one->comment_count && p->comments[one->comment_first + one->comment_count - 1].first_on_line;
}

static void put_workspace(printer *p, const seg_node *workspace) {
    const seg_node *before = NULL;
    event_columns columns = {0, 0};
    for (const seg_node *node = workspace->first_child; node; before = node, node = node->next) {
        uint32_t first = first_of(p, node);
        bool parted = before && is_parted(p, before, node);
        put_leading(p, first - 1, parted);
        if (has_leading(p, first - 1) ? was_blank_before(p, node->span.first) : parted) blank_line(p);
        bool run = before && before->kind == SEG_NODE_EVENT && node->kind == SEG_NODE_EVENT && !parted &&
                   !was_blank_before(p, node->span.first);
        if (!run && node->kind == SEG_NODE_EVENT) columns = measure_run(p, node);
        put_declaration(p, node, columns);
    }
    put_leading(p, p->piece_count - 1, false);
}

/* ---- The end ---- */

/* Comments behind the code of neighbouring lines stand in one column. */
static void add_aligned(printer *p, seg_buffer *out) {
    size_t done = 0;
    for (uint32_t i = 0; i < p->trailer_count;) {
        uint32_t end = i + 1, widest = p->trailers[i].width;
        while (end < p->trailer_count && p->trailers[end].line == p->trailers[end - 1].line + 1) end++;
        for (uint32_t k = i; k < end; k++)
            if (p->trailers[k].width > widest) widest = p->trailers[k].width;
        for (; i < end; i++) {
            seg_buffer_add(out, p->text.bytes + done, p->trailers[i].offset - done);
            for (uint32_t k = p->trailers[i].width; k < widest + 2; k++) seg_buffer_text(out, " ");
            done = p->trailers[i].offset;
        }
    }
    seg_buffer_add(out, p->text.bytes + done, p->text.size_bytes - done);
}

bool seg_format_source(seg_arena *arena, const seg_source *source, seg_diags *diags, seg_buffer *out) {
    uint32_t errors = diags->errors;
    const seg_node *workspace = seg_parse(arena, source, diags);
    if (!workspace || diags->errors != errors) return false;
    printer p = {.arena = arena, .source = source, .at_start = true, .line = 1};
    seg_buffer_init(&p.text, out->allocator);
    if (!collect(&p)) return false;
    mark(&p, workspace);
    put_workspace(&p, workspace);
    bool whole = !p.text.failed && !arena->failed;
    if (!whole)
        out->failed = true;
    else if (p.text.size_bytes)
        add_aligned(&p, out);
    seg_buffer_free(&p.text);
    return whole && !out->failed;
}
