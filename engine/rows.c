#include "rows.h"

#include <csv.h>
#include <string.h>

#include "fault.h"
#include "heap.h"
#include "tokens.h"

typedef struct piece { /* a field in `text` */
    size_t offset, size_bytes;
    bool nothing;
} piece;

struct seg_rows {
    seg_input *input;
    struct csv_parser parser;
    bool parser_ready;

    char *text; /* the fields of the row, one after the other */
    size_t text_size, text_capacity;
    piece *pieces;
    size_t piece_count, piece_capacity;
    seg_text *fields;
    size_t field_capacity;

    size_t ended;      /* rows that ended while the last line was parsed */
    bool after_end;    /* fields followed the end of a row: a lone carriage return */
    bool no_memory;
    size_t row_bytes;  /* of the lines that the row has so far */
    uint64_t row_line;
};

static int never_space(unsigned char byte) {
    (void)byte;
    return 0;
}

static bool start_parser(seg_rows *rows) {
    if (rows->parser_ready) csv_free(&rows->parser);
    rows->parser_ready = csv_init(&rows->parser, CSV_STRICT | CSV_STRICT_FINI | CSV_EMPTY_IS_NULL) == 0;
    csv_set_space_func(&rows->parser, never_space); /* spaces belong to the field */
    return rows->parser_ready;
}

seg_rows *seg_rows_new(seg_input *input) {
    seg_rows *rows = calloc(1, sizeof *rows);
    if (!rows) return NULL;
    rows->input = input;
    if (start_parser(rows)) return rows;
    free(rows);
    return NULL;
}

void seg_rows_free(seg_rows *rows) {
    if (!rows) return;
    if (rows->parser_ready) csv_free(&rows->parser);
    free(rows->text);
    free(rows->pieces);
    free(rows->fields);
    free(rows);
}

static void on_field(void *bytes, size_t size_bytes, void *user) {
    seg_rows *rows = user;
    if (rows->ended) rows->after_end = true;
    if (rows->no_memory || rows->ended) return;
    size_t need = rows->text_size + size_bytes + 1; /* so that also an empty text in quotes is somewhere */
    if (!seg_heap_grow(NULL, &rows->text, &rows->text_capacity, need, 1) ||
        !seg_heap_grow(NULL, &rows->pieces, &rows->piece_capacity, rows->piece_count + 1, sizeof(piece))) {
        rows->no_memory = true;
        return;
    }
    if (size_bytes) memcpy(rows->text + rows->text_size, bytes, size_bytes);
    rows->pieces[rows->piece_count++] = (piece){rows->text_size, size_bytes, bytes == NULL};
    rows->text_size += size_bytes;
}

static void on_row(int terminator, void *user) {
    (void)terminator;
    ((seg_rows *)user)->ended++;
}

static void start_row(seg_rows *rows) {
    rows->text_size = rows->piece_count = rows->ended = rows->row_bytes = 0;
    rows->after_end = false;
}

/* The row is given up; reading goes on with the next line. */
static seg_status refuse(seg_rows *rows, seg_row *row, const char *fault, size_t offset, seg_error *error) {
    *row = (seg_row){.kind = SEG_ROW_REFUSED, .line = rows->row_line, .fault = fault, .offset = offset};
    start_row(rows);
    return start_parser(rows) ? SEG_OK : seg_fault_memory(error);
}

static seg_status finish(seg_rows *rows, seg_row *row, seg_error *error) {
    size_t count = rows->piece_count;
    if (!seg_heap_grow(NULL, &rows->fields, &rows->field_capacity, count, sizeof(seg_text)))
        return seg_fault_memory(error);
    for (size_t i = 0; i < count; i++) {
        const piece *p = &rows->pieces[i];
        rows->fields[i] = (seg_text){p->nothing ? NULL : rows->text + p->offset, p->size_bytes};
    }
    *row = (seg_row){
        .kind = SEG_ROW_FIELDS, .fields = rows->fields, .count = count, .line = rows->row_line};
    start_row(rows);
    return SEG_OK;
}

/* Parses one line; *fault says why it cannot be. */
static seg_status parse_line(seg_rows *rows, seg_text line, const char **fault, size_t *offset,
                             seg_error *error) {
    *fault = NULL;
    const char *zero = line.size_bytes ? memchr(line.bytes, 0, line.size_bytes) : NULL;
    if (zero) {
        *offset = (size_t)(zero - line.bytes);
        *fault = "a zero byte";
    } else if (!seg_utf8_check(line, offset)) {
        *fault = "not valid UTF-8";
    }
    if (*fault) return SEG_OK;
    size_t whole = line.size_bytes + 1; /* with the line feed that the input keeps behind it */
    size_t parsed = csv_parse(&rows->parser, line.bytes, whole, on_field, on_row, rows);
    if (rows->no_memory || csv_error(&rows->parser) == CSV_ENOMEM) return seg_fault_memory(error);
    *offset = parsed;
    if (parsed != whole) *fault = "a quote that does not enclose the whole field";
    else if (rows->ended > 1 || rows->after_end) *fault = "a carriage return that does not end the line";
    return SEG_OK;
}

seg_status seg_rows_next(seg_rows *rows, seg_row *row, seg_error *error) {
    static const char too_long[] = "a row longer than the limit";
    for (;;) {
        seg_line line;
        seg_status status = seg_input_next(rows->input, &line, error);
        if (status != SEG_OK) return status;
        if (line.kind == SEG_LINE_END) {
            if (rows->row_bytes) return refuse(rows, row, "a quote that is never closed", 0, error);
            *row = (seg_row){.kind = SEG_ROW_END};
            return SEG_OK;
        }
        if (!rows->row_bytes) rows->row_line = line.number;
        if (line.kind == SEG_LINE_TOO_LONG) return refuse(rows, row, too_long, 0, error);
        const char *fault;
        size_t offset = 0;
        status = parse_line(rows, line.text, &fault, &offset, error);
        if (status != SEG_OK) return status;
        if (fault) return refuse(rows, row, fault, offset, error);
        if (rows->ended) return finish(rows, row, error);
        if (rows->parser.pstate == 0) continue; /* a blank line: no row has begun */
        rows->row_bytes += line.text.size_bytes + 1;
        if (rows->row_bytes > seg_input_limit_get(rows->input))
            return refuse(rows, row, "a row longer than the limit: a quote that is not closed?", 0, error);
    }
}
