/* parse.h - what the grammar and its actions share while one source is read. */
#ifndef SEG_PARSE_H
#define SEG_PARSE_H

#include "lexer.h"

typedef struct seg_bracket { /* one that is open */
    int kind;
    seg_span span;
} seg_bracket;

typedef struct seg_parser {
    seg_arena *arena; /* of texts, and all that outlives the tree */
    seg_arena *nodes;
    seg_node *unused; /* nodes that were only lists; linked by `next` */
    const seg_source *source;
    seg_diags *diags;
    seg_lexer lexer;
    seg_node *workspace;
    bool exact;               /* the second reading, which tells what does not fit: see seg_parse */
    seg_token ring[8];        /* tokens live here while they are looked at; a power of two */
    uint32_t at;              /* place of `last` in the ring, before it is taken modulo */
    uint32_t ahead_count;     /* behind `last`: looked at, but not given yet */
    seg_token *last, *before; /* the token that was given last, and the one before it */
    seg_token unread;         /* given back: comes next */
    bool has_unread, last_counted;
    int declaration; /* kind of the token that began the present declaration */
    seg_bracket open[SEG_TREE_DEPTH_LIMIT];
    uint32_t open_count;   /* without what the last token opens or closes */
    uint32_t resync_at;    /* offset of the token at which reading went on after a fault */
    uint32_t resync_count; /* how often at that token */
    uint32_t quiet_at;     /* the same, when that token can only be a consequence: not a fault again */
    bool verb_seen;        /* of the policy that is being read: what follows is a condition, or segments */
    bool zone_fits;        /* a part of time or a window of the calendar has begun: `in` may name its zone */
    uint32_t built;        /* nodes of the present declaration */
    bool is_large;         /* some declaration has so many that they might nest too deep */
    uint32_t file_count;   /* nodes that may name a file */
    bool too_deep;         /* said so in the present declaration */
} seg_parser;

/* Gives the next token to the grammar: its kind, its place in `span`, and the leaf for one with a value: a
 * literal, or a NAME. */
int seg_parse_next(seg_parser *parser, seg_node **leaf, seg_span *span);
/* After a fault: skips to where the innermost open bracket, or the file, can be read on, and sets the
 * grammar's look-ahead accordingly. A bracket that is never closed is closed here. False: the file is at its
 * end, and the grammar does not see that; it must give up. */
bool seg_parse_resync(seg_parser *parser, int *kind, seg_node **leaf, seg_span *span);
/* The parser of seg.y without lookahead correction (parser.h has the one with it): 0 when all of the source
 * fits. What it said until a fault is to be forgotten. */
int seg_quick_parse(seg_parser *parser);
/* Says that the last token does not fit; `expected` are the grammar's names of the tokens that would. */
void seg_parse_report(seg_parser *parser, const char *const *expected, uint32_t count);
void seg_parse_too_deep(seg_parser *parser, seg_span span);

/* A token that can only begin a declaration (or its doc comment or annotation). */
bool seg_parse_begins_declaration(const seg_token *token);
/* A token with which an operand may end. */
bool seg_parse_ends_operand(int kind);
/* The same word in small letters is the kind that is given, else 0: AND, IS ... */
int seg_parse_shouted(seg_text text);

#endif
