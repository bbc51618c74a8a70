/* render.c - diagnostics for people and for programs. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "diag.h"
#include "lexer.h"

enum {
    TAB_WIDTH = 4,
    LINE_WIDTH = 100, /* of the source that is shown; longer lines are cut around the marked place */
    LEAD_WIDTH = 36,  /* how much of a cut line stands before the marked place */
    LEAD_BYTES = 4 * LEAD_WIDTH,
    MENDED_BYTES = 4096 /* a longer line is not shown again with its edit */
};

typedef struct style {
    const char *error, *warning, *frame, *help, *strong, *end;
} style;

static const style plain = {"", "", "", "", "", ""};
static const style coloured = {"\033[1;31m", "\033[1;33m", "\033[1;34m", "\033[1;32m", "\033[1m", "\033[0m"};

/* ---- Characters ---- */

static uint32_t point_width(uint32_t point) {
    static const struct {
        uint32_t first, last;
    } wide[] = {
        {0x1100, 0x115F},   {0x2E80, 0xA4CF},   {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},
        {0xFE30, 0xFE6F},   {0xFF00, 0xFF60},   {0xFFE0, 0xFFE6},   {0x1F300, 0x1F64F},
        {0x1F680, 0x1F6FF}, {0x1F900, 0x1F9FF}, {0x20000, 0x3FFFD},
    };
    if ((point >= 0x300 && point <= 0x36F) || (point >= 0xFE00 && point <= 0xFE0F)) return 0;
    for (size_t i = 0; i < sizeof wide / sizeof *wide; i++)
        if (point >= wide[i].first && point <= wide[i].last) return 2;
    return 1;
}

/* Adds one character in a form that cannot disturb a terminal; gives its width, and its bytes in *size. */
static uint32_t add_character(seg_buffer *out, const char *bytes, size_t size_bytes, size_t *size) {
    char shown[16];
    uint32_t point = seg_utf8_decode(bytes, size_bytes, size);
    if (point == '\t') {
        seg_buffer_add(out, "    ", TAB_WIDTH);
        return TAB_WIDTH;
    }
    bool well_formed = point != 0xFFFD || *size == 3;
    if (well_formed && point != '\n' && point != '\r' && !seg_utf8_is_invisible(point) &&
        !seg_utf8_is_bidi(point)) {
        seg_buffer_add(out, bytes, *size);
        return point_width(point);
    }
    if (well_formed)
        snprintf(shown, sizeof shown, "<U+%04" PRIX32 ">", point);
    else
        snprintf(shown, sizeof shown, "<0x%02X>", (unsigned char)*bytes);
    seg_buffer_text(out, shown);
    return (uint32_t)strlen(shown);
}

static void add_text(seg_buffer *out, const char *text) {
    for (size_t size, left = strlen(text); left > 0; text += size, left -= size)
        add_character(out, text, left, &size);
}

/* ---- A line of the source, and the marker under it ---- */

typedef struct line_view { /* a line, or the mended form of one */
    const char *bytes;
    uint32_t size_bytes, number;
    uint32_t first, end; /* what is marked */
} line_view;

static void add_repeated(seg_buffer *out, char c, uint32_t count) {
    while (count--) seg_buffer_add(out, &c, 1);
}

static void add_gutter(seg_buffer *out, const style *look, uint32_t gutter, uint32_t number) {
    if (number)
        seg_buffer_format(out, "%s%*" PRIu32 " |%s", look->frame, (int)gutter, number, look->end);
    else
        seg_buffer_format(out, "%s%*s |%s", look->frame, (int)gutter, "", look->end);
}

/* Where to begin to show a line that is cut: LEAD_WIDTH characters before the mark. */
static uint32_t cut_start(const line_view *line) {
    if (line->end <= LINE_WIDTH || line->first <= LEAD_WIDTH) return 0;
    uint32_t at = line->first, back = 0;
    while (at > 0 && back < LEAD_WIDTH && line->first - at < LEAD_BYTES) {
        at--;
        if (((unsigned char)line->bytes[at] & 0xC0u) != 0x80u) back++;
    }
    return at;
}

static void add_line(seg_buffer *out, const style *look, const char *colour, uint32_t gutter,
                     const line_view *line, char sign, const char *label) {
    uint32_t at = cut_start(line), width = 0, mark_first = 0, mark_end = 0;
    bool first_seen = false;
    add_gutter(out, look, gutter, line->number);
    if (line->size_bytes || sign) seg_buffer_text(out, " ");
    if (at > 0) {
        seg_buffer_text(out, "...");
        width = 3;
    }
    for (size_t size; at < line->size_bytes && width < LINE_WIDTH + 3; at += (uint32_t)size) {
        if (at >= line->first && !first_seen) {
            mark_first = width;
            first_seen = true;
        }
        width += add_character(out, line->bytes + at, line->size_bytes - at, &size);
        if (at < line->end) mark_end = width;
    }
    if (!first_seen) mark_first = width;
    if (mark_end <= mark_first) mark_end = mark_first + 1;
    if (at < line->size_bytes) seg_buffer_text(out, "...");
    seg_buffer_text(out, "\n");
    if (!sign) return;
    add_gutter(out, look, gutter, 0);
    add_repeated(out, ' ', mark_first + 1);
    seg_buffer_text(out, colour);
    add_repeated(out, sign, mark_end - mark_first);
    if (label) {
        seg_buffer_text(out, " ");
        add_text(out, label);
    }
    seg_buffer_format(out, "%s\n", look->end);
}

/* Line `number` (from 1) of the source, marked as far as the span goes. */
static line_view view_line(seg_span span, uint32_t number) {
    const seg_source *source = span.source;
    uint32_t first = source->line_starts[number - 1];
    uint32_t end = number < source->line_count ? source->line_starts[number] - 1 : source->size_bytes;
    if (end > first && source->bytes[end - 1] == '\r') end--;
    line_view line = {source->bytes + first, end - first, number, 0, end - first};
    if (span.first > first) line.first = span.first - first;
    if (span.end < end) line.end = span.end > first ? span.end - first : 0;
    if (line.first > line.size_bytes) line.first = line.size_bytes;
    while (span.first < first && line.first < line.end &&
           (line.bytes[line.first] == ' ' || line.bytes[line.first] == '\t'))
        line.first++;
    return line;
}

static uint32_t last_line(seg_span span) {
    uint32_t end = span.end > span.first ? span.end - 1 : span.end;
    return seg_source_place(span.source, end).line;
}

static void add_place(seg_buffer *out, const style *look, uint32_t gutter, seg_span span) {
    seg_place place = seg_source_place(span.source, span.first);
    seg_buffer_format(out, "%*s%s-->%s ", (int)gutter, "", look->frame, look->end);
    add_text(out, span.source->name);
    seg_buffer_format(out, ":%" PRIu32 ":%" PRIu32 "\n", place.line, place.column);
    add_gutter(out, look, gutter, 0);
    seg_buffer_text(out, "\n");
}

/* The lines of a span: all of them up to three, else the first and the last. */
static void add_excerpt(seg_buffer *out, const style *look, const char *colour, uint32_t gutter,
                        seg_span span, char sign, const char *label) {
    uint32_t first = seg_source_place(span.source, span.first).line, last = last_line(span);
    for (uint32_t number = first; number <= last; number++) {
        if (last - first > 2 && number == first + 1) {
            seg_buffer_format(out, "%s%*s%s\n", look->frame, (int)gutter + 2, "...", look->end);
            number = last;
        }
        line_view line = view_line(span, number);
        bool blank = line.first >= line.end && number != last && number != first;
        add_line(out, look, colour, gutter, &line, blank ? 0 : sign, number == last ? label : NULL);
    }
}

/* ---- One diagnostic ---- */

static uint32_t decimal_width(uint32_t number) {
    uint32_t width = 1;
    for (; number >= 10; number /= 10) width++;
    return width;
}

static uint32_t gutter_width(const seg_diag *diag) {
    uint32_t line = diag->span.source ? last_line(diag->span) : 1;
    for (const seg_diag_note *note = diag->notes; note; note = note->next)
        if (note->span.source && last_line(note->span) > line) line = last_line(note->span);
    return decimal_width(line) + 1;
}

/* The line as it would be with the edit. False when it is not worth showing. */
static bool add_mended(seg_buffer *out, const style *look, uint32_t gutter, const seg_diag *diag) {
    seg_span span = diag->edit_span;
    if (!span.source || !diag->edit || strchr(diag->edit, '\n')) return false;
    uint32_t number = seg_source_place(span.source, span.first).line;
    line_view line = view_line(span, number);
    if (line.size_bytes > MENDED_BYTES || last_line(span) != number) return false;
    if (span.end > span.source->line_starts[number - 1] + line.size_bytes) return false;
    char sign = span.end == span.first ? '+' : '~';
    seg_buffer mended;
    seg_buffer_init(&mended, out->allocator);
    seg_buffer_add(&mended, line.bytes, line.first);
    seg_buffer_text(&mended, diag->edit);
    seg_buffer_add(&mended, line.bytes + line.end, line.size_bytes - line.end);
    line_view new_line = {mended.bytes, (uint32_t)mended.size_bytes, number, line.first,
                          line.first + (uint32_t)strlen(diag->edit)};
    if (!mended.failed && mended.size_bytes) {
        add_gutter(out, look, gutter, 0);
        seg_buffer_text(out, "\n");
        add_line(out, look, look->help, gutter, &new_line, *diag->edit ? sign : 0, NULL);
    }
    seg_buffer_free(&mended);
    return true;
}

static void add_remark(seg_buffer *out, const style *look, uint32_t gutter, const char *colour,
                       const char *kind, const char *text) {
    seg_buffer_format(out, "%s%*s =%s %s%s%s: ", look->frame, (int)gutter, "", look->end, colour, kind,
                      look->end);
    add_text(out, text);
    seg_buffer_text(out, "\n");
}

static void add_notes(seg_buffer *out, const style *look, uint32_t gutter, const seg_diag *diag) {
    for (const seg_diag_note *note = diag->notes; note; note = note->next) {
        if (!note->span.source) {
            add_remark(out, look, gutter, look->strong, "note", note->text);
            continue;
        }
        add_gutter(out, look, gutter, 0);
        seg_buffer_format(out, "\n%snote%s: ", look->strong, look->end);
        add_text(out, note->text);
        seg_buffer_text(out, "\n");
        add_place(out, look, gutter, note->span);
        add_excerpt(out, look, look->frame, gutter, note->span, '-', NULL);
    }
}

/* Line by line, so that it can be copied: no gutter, and nothing that a source would not show. */
static void add_example(seg_buffer *out, const seg_diag *diag) {
    if (!diag->example) return;
    seg_buffer_text(out, "\n");
    for (const char *line = diag->example, *end; *line; line = end + 1) {
        end = strchr(line, '\n');
        if (!end) return;
        seg_buffer_text(out, "  ");
        for (size_t size, left = (size_t)(end - line); left > 0; line += size, left -= size)
            add_character(out, line, left, &size);
        seg_buffer_text(out, "\n");
    }
}

static void add_help(seg_buffer *out, const style *look, uint32_t gutter, const seg_diag *diag) {
    const char *help = diag->help;
    if (!help && diag->edit) help = *diag->edit ? "write it like this:" : "remove it";
    if (!help) return;
    if (diag->span.source) {
        add_gutter(out, look, gutter, 0);
        seg_buffer_text(out, "\n");
    }
    add_remark(out, look, gutter, look->help, "help", help);
    if (diag->edit && *diag->edit) add_mended(out, look, gutter, diag);
}

static void add_diag(seg_buffer *out, const style *look, const seg_diag *diag) {
    bool error = seg_diag_severity(diag->code) == SEG_SEVERITY_ERROR;
    const char *colour = error ? look->error : look->warning;
    uint32_t gutter = gutter_width(diag);
    seg_buffer_format(out, "%s%s[%s]%s%s: ", colour, error ? "error" : "warning",
                      seg_diag_code_text(diag->code), look->end, look->strong);
    add_text(out, diag->message);
    seg_buffer_format(out, "%s\n", look->end);
    if (diag->span.source) {
        add_place(out, look, gutter, diag->span);
        add_excerpt(out, look, colour, gutter, diag->span, '^', diag->label);
    }
    add_help(out, look, gutter, diag);
    add_notes(out, look, gutter, diag);
    add_example(out, diag);
    seg_buffer_text(out, "\n");
}

/* ---- All of them ---- */

static bool is_before(const seg_diag *a, const seg_diag *b) {
    if (!a->span.source || !b->span.source) return a->span.source && !b->span.source;
    int order = a->span.source == b->span.source ? 0 : strcmp(a->span.source->name, b->span.source->name);
    return order < 0 || (order == 0 && a->span.first < b->span.first);
}

/* Insertion into a new list: there are at most SEG_DIAG_LIMIT. */
static void sort(seg_diags *diags) {
    seg_diag *sorted = NULL;
    for (seg_diag *diag = diags->first, *next; diag; diag = next) {
        next = diag->next;
        seg_diag **link = &sorted;
        while (*link && !is_before(diag, *link)) link = &(*link)->next;
        diag->next = *link;
        *link = diag;
    }
    diags->first = diags->last = sorted;
    while (diags->last && diags->last->next) diags->last = diags->last->next;
}

static void add_count(seg_buffer *out, uint32_t count, const char *word) {
    seg_buffer_format(out, "%" PRIu32 " %s%s", count, word, count == 1 ? "" : "s");
}

void seg_diags_render(seg_diags *diags, seg_buffer *out, bool colour) {
    const style *look = colour ? &coloured : &plain;
    sort(diags);
    for (const seg_diag *diag = diags->first; diag; diag = diag->next) add_diag(out, look, diag);
    if (!diags->errors && !diags->warnings) return;
    if (diags->errors) add_count(out, diags->errors, "error");
    if (diags->errors && diags->warnings) seg_buffer_text(out, ", ");
    if (diags->warnings) add_count(out, diags->warnings, "warning");
    if (diags->dropped) seg_buffer_format(out, " (%" PRIu32 " of them not shown)", diags->dropped);
    seg_buffer_text(out, "\n");
}

/* ---- JSON ---- */

static void json_text(seg_buffer *out, const char *text) {
    if (!text) {
        seg_buffer_text(out, "null");
        return;
    }
    seg_buffer_text(out, "\"");
    for (size_t size, left = strlen(text); left > 0; text += size, left -= size) {
        uint32_t point = seg_utf8_decode(text, left, &size);
        if (point == '"' || point == '\\')
            seg_buffer_format(out, "\\%c", (char)point);
        else if (point == 0xFFFD || (point < 0x10000 && (seg_utf8_is_invisible(point) ||
                                                         seg_utf8_is_bidi(point) || point < 0x20)))
            seg_buffer_format(out, "\\u%04" PRIx32, point);
        else
            seg_buffer_add(out, text, size);
    }
    seg_buffer_text(out, "\"");
}

static void json_field(seg_buffer *out, const char *name, const char *text) {
    seg_buffer_format(out, "\"%s\":", name);
    json_text(out, text);
    seg_buffer_text(out, ",");
}

static void json_place(seg_buffer *out, seg_span span) {
    json_field(out, "file", span.source ? span.source->name : NULL);
    if (!span.source) {
        seg_buffer_text(out, "\"line\":null,\"column\":null,\"end_line\":null,\"end_column\":null");
        return;
    }
    seg_place first = seg_source_place(span.source, span.first),
              end = seg_source_place(span.source, span.end);
    seg_buffer_format(
        out, "\"line\":%" PRIu32 ",\"column\":%" PRIu32 ",\"end_line\":%" PRIu32 ",\"end_column\":%" PRIu32,
        first.line, first.column, end.line, end.column);
}

static void json_diag(seg_buffer *out, const seg_diag *diag) {
    seg_buffer_text(out, "{");
    json_field(out, "code", seg_diag_code_text(diag->code));
    json_field(out, "severity", seg_diag_severity(diag->code) == SEG_SEVERITY_ERROR ? "error" : "warning");
    json_field(out, "title", seg_diag_title(diag->code));
    json_field(out, "message", diag->message);
    json_field(out, "label", diag->label);
    json_field(out, "help", diag->help);
    json_place(out, diag->span);
    seg_buffer_text(out, ",\"edit\":");
    if (diag->edit) {
        seg_buffer_text(out, "{");
        json_place(out, diag->edit_span);
        seg_buffer_text(out, ",\"text\":");
        json_text(out, diag->edit);
        seg_buffer_text(out, "}");
    } else {
        seg_buffer_text(out, "null");
    }
    seg_buffer_text(out, ",\"notes\":[");
    for (const seg_diag_note *note = diag->notes; note; note = note->next) {
        seg_buffer_text(out, note == diag->notes ? "{" : ",{");
        json_field(out, "text", note->text);
        json_place(out, note->span);
        seg_buffer_text(out, "}");
    }
    seg_buffer_text(out, "]");
    if (diag->example) {
        seg_buffer_text(out, ",\"example\":");
        json_text(out, diag->example);
    }
    seg_buffer_text(out, "}");
}

void seg_diags_render_json(seg_diags *diags, seg_buffer *out) {
    sort(diags);
    seg_buffer_text(out, "{\"diagnostics\":[");
    for (const seg_diag *diag = diags->first; diag; diag = diag->next) {
        if (diag != diags->first) seg_buffer_text(out, ",");
        json_diag(out, diag);
    }
    seg_buffer_format(out, "],\"errors\":%" PRIu32 ",\"warnings\":%" PRIu32 "}\n", diags->errors,
                      diags->warnings);
}
