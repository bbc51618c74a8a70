#include <inttypes.h>

#include "lexer.h"
#include "parser.h"

/* The class of a token; words and signs are shown as themselves. */
static const char *class_of(int kind) {
    switch (kind) {
    case 0: return "end";
    case SEG_TOKEN_NAME: return "name";
    case SEG_TOKEN_NUMBER: return "number";
    case SEG_TOKEN_STRING: return "text";
    case SEG_TOKEN_DURATION: return "duration";
    case SEG_TOKEN_DATE: return "date";
    case SEG_TOKEN_TIME: return "time";
    case SEG_TOKEN_PATTERN: return "pattern";
    case SEG_TOKEN_DOC: return "doc";
    case SEG_TOKEN_COMMENT: return "comment";
    default: return kind <= SEG_TOKEN_EXITS ? "word" : "sign";
    }
}

void seg_dump_tokens(const seg_source *source, seg_arena *arena, seg_diags *diags, seg_buffer *out) {
    seg_lexer lexer;
    seg_lexer_init(&lexer, source, arena, diags);
    for (seg_token token;;) {
        seg_lexer_next(&lexer, &token);
        seg_place place = seg_source_place(source, token.span.first);
        seg_buffer_format(out, "%u:%u %s", place.line, place.column, class_of(token.kind));
        if (token.kind) {
            seg_buffer_text(out, " ");
            seg_buffer_add(out, source->bytes + token.span.first, token.span.end - token.span.first);
        }
        if (token.kind == SEG_TOKEN_DURATION)
            seg_buffer_format(out, " = %" PRId32 " months %" PRId64 " ms", token.months, token.number);
        if (token.kind == SEG_TOKEN_DATE || token.kind == SEG_TOKEN_TIME)
            seg_buffer_format(out, " = %" PRId64, token.number);
        seg_buffer_text(out, "\n");
        if (token.kind == 0 || out->failed) return;
    }
}
