/* One reader over a file of either form. See engine.h. */
#include <stdlib.h>
#include <string.h>

#include "cell.h"
#include "envelope.h"
#include "fault.h"
#include "sheet.h"

struct seg_reader {
    seg_schema schema;
    seg_draft draft;
    seg_input *input;
    char *file;
    seg_refusal_fn on_refusal;
    void *user;
    seg_reader_counters counters;
    bool ended;

    seg_jsonl *json; /* of a file of JSON lines */
    seg_envelope envelope;
    seg_text lines; /* that are there and not read yet */
    bool has_lines;
    uint64_t line; /* number of the last one that was read */

    seg_rows *rows;  /* of a CSV file */
    seg_table table; /* or of a table: `next` is not NULL */
    uint64_t table_rows;
    seg_sheet *sheet; /* of both */
    bool has_header;
    seg_row row;
    uint32_t part; /* the next record of `row`; at the end a new row is due */
};

typedef enum form { FORM_NONE, FORM_JSON, FORM_CSV } form;

static const char *base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static bool ends_with(const char *name, size_t size, const char *end) {
    size_t end_size = strlen(end);
    return size >= end_size && memcmp(name + size - end_size, end, end_size) == 0;
}

/* By the name's end. A name without a dot (standard input, a pipe) holds JSON lines. */
static form form_of(const char *path) {
    const char *name = base_name(path);
    size_t size = strlen(name);
    if (ends_with(name, size, ".gz")) size -= 3;
    if (ends_with(name, size, ".ndjson") || ends_with(name, size, ".jsonl")) return FORM_JSON;
    if (ends_with(name, size, ".csv")) return FORM_CSV;
    return memchr(name, '.', size) ? FORM_NONE : FORM_JSON;
}

static seg_status make(seg_reader *reader, const seg_image *image, const char *path, seg_error *error) {
    reader->file = strdup(path);
    if (!reader->file) return seg_fault_memory(error);
    seg_status status = seg_schema_init(&reader->schema, image, NULL);
    if (status == SEG_OK) status = seg_draft_init(&reader->draft, &reader->schema);
    if (status != SEG_OK) return seg_fault(error, status, "the reader cannot be made");
    if (reader->table.next) {
        reader->sheet = seg_sheet_new(&reader->schema);
        return reader->sheet ? SEG_OK : seg_fault_memory(error);
    }
    if (form_of(path) == FORM_CSV) {
        reader->rows = seg_rows_new(reader->input);
        reader->sheet = seg_sheet_new(&reader->schema);
        return reader->rows && reader->sheet ? SEG_OK : seg_fault_memory(error);
    }
    reader->json = seg_jsonl_new();
    return seg_envelope_init(&reader->envelope, &reader->schema) && reader->json ? SEG_OK
                                                                                 : seg_fault_memory(error);
}

/* Takes the input or the table over, also when it fails. */
static seg_status open_source(seg_reader **out, seg_input *input, const seg_table *table,
                              const seg_image *image, const char *path, seg_refusal_fn on_refusal, void *user,
                              seg_error *error) {
    *out = NULL;
    seg_reader *reader = calloc(1, sizeof *reader);
    if (!reader) {
        seg_input_close(input);
        if (table) table->close(table->user);
        return seg_fault_memory(error);
    }
    reader->input = input;
    if (table) reader->table = *table;
    reader->on_refusal = on_refusal;
    reader->user = user;
    seg_status status = make(reader, image, path, error);
    if (status != SEG_OK) {
        seg_reader_close(reader);
        return status;
    }
    *out = reader;
    return SEG_OK;
}

static seg_status refuse_form(const char *path, seg_error *error) {
    seg_reason reason;
    seg_reason_clear(&reason);
    seg_reason_name(&reason, seg_text_of(path));
    seg_reason_text(&reason, ": not a name that ends in .ndjson, .jsonl or .csv (or these and .gz)");
    return seg_fault(error, SEG_E_USAGE, reason.text);
}

seg_status seg_reader_open(seg_reader **out, const seg_image *image, const char *path,
                           seg_refusal_fn on_refusal, void *user, seg_error *error) {
    *out = NULL;
    if (form_of(path) == FORM_NONE) return refuse_form(path, error);
    seg_input *input;
    seg_status status = seg_input_open(&input, path, error);
    if (status != SEG_OK) return status;
    return open_source(out, input, NULL, image, path, on_refusal, user, error);
}

seg_status seg_reader_open_bytes(seg_reader **out, const seg_image *image, const char *name,
                                 const void *bytes, size_t size_bytes, seg_refusal_fn on_refusal, void *user,
                                 seg_error *error) {
    *out = NULL;
    if (form_of(name) == FORM_NONE) return refuse_form(name, error);
    seg_input *input;
    seg_status status = seg_input_open_bytes(&input, bytes, size_bytes, error);
    if (status != SEG_OK) return status;
    return open_source(out, input, NULL, image, name, on_refusal, user, error);
}

seg_status seg_reader_open_table(seg_reader **out, const seg_image *image, const char *name,
                                 const seg_table *table, seg_refusal_fn on_refusal, void *user,
                                 seg_error *error) {
    return open_source(out, NULL, table, image, name, on_refusal, user, error);
}

void seg_reader_close(seg_reader *reader) {
    if (!reader) return;
    seg_jsonl_free(reader->json);
    seg_envelope_free(&reader->envelope);
    seg_rows_free(reader->rows);
    seg_sheet_free(reader->sheet);
    seg_draft_free(&reader->draft);
    seg_schema_free(&reader->schema);
    seg_input_close(reader->input);
    if (reader->table.close) reader->table.close(reader->table.user);
    free(reader->file);
    free(reader);
}

seg_status seg_reader_as_snapshot(seg_reader *reader, seg_error *error) {
    if (!reader->sheet)
        return seg_fault(error, SEG_E_USAGE, "a snapshot of profiles is a CSV or Parquet file");
    seg_sheet_snapshot(reader->sheet);
    return SEG_OK;
}

void seg_reader_limit_line(seg_reader *reader, size_t limit_bytes) {
    if (reader->input) seg_input_limit(reader->input, limit_bytes);
}

void seg_reader_on_wait(seg_reader *reader, seg_wait_fn on_wait, void *user) {
    if (reader->input) seg_input_on_wait(reader->input, on_wait, user);
}

void seg_reader_counters_get(const seg_reader *reader, seg_reader_counters *out) {
    *out = reader->counters;
    if (reader->table.next) {
        reader->table.progress(reader->table.user, &out->bytes_read, &out->bytes_total);
        return;
    }
    out->bytes_read = seg_input_bytes_read(reader->input);
    out->bytes_total = seg_input_bytes_total(reader->input);
}

static void refuse(seg_reader *reader, uint64_t line, size_t offset, const char *reason) {
    reader->counters.refused++;
    seg_refusal refusal = {.file = reader->file, .line = line, .offset = offset, .reason = reason};
    if (reader->on_refusal) reader->on_refusal(reader->user, &refusal);
}

static void refuse_length(seg_reader *reader, uint64_t line) {
    seg_reason reason;
    seg_reason_clear(&reason);
    seg_reason_text(&reason, "longer than ");
    seg_reason_count(&reason, seg_input_limit_get(reader->input));
    seg_reason_text(&reason, " bytes");
    refuse(reader, line, 0, reason.text);
}

/* Counts what became of a line or row; true when there is a record to hand out. */
static inline bool settle(seg_reader *reader, seg_taken taken, uint64_t line) {
    if (taken == SEG_TAKEN) reader->counters.records++;
    if (taken == SEG_TAKEN_NONE) reader->counters.skipped++;
    if (taken == SEG_TAKEN_REFUSED) refuse(reader, line, reader->draft.offset, reader->draft.reason.text);
    return taken == SEG_TAKEN;
}

/* Whether the first line is blank; *size_bytes: then its size. */
static bool is_blank(seg_text lines, size_t *size_bytes) {
    size_t i = 0;
    while (i < lines.size_bytes &&
           (lines.bytes[i] == ' ' || lines.bytes[i] == '\t' || lines.bytes[i] == '\r'))
        i++;
    *size_bytes = i;
    return i == lines.size_bytes || lines.bytes[i] == '\n';
}

/* Further records of the line that was read last. */
static seg_status next_of_line(seg_reader *reader, const seg_record **record, seg_error *error) {
    while (!*record && reader->envelope.event != SEG_NONE) {
        seg_taken taken;
        if (seg_envelope_next(&reader->envelope, &reader->draft, &taken) != SEG_OK)
            return seg_fault_memory(error);
        if (taken != SEG_TAKEN_NONE && settle(reader, taken, reader->envelope.line))
            *record = &reader->draft.record;
    }
    return SEG_OK;
}

static seg_status next_lines(seg_reader *reader, seg_error *error) {
    seg_line lines;
    seg_status status = seg_input_next_lines(reader->input, &lines, error);
    reader->ended = status == SEG_OK && lines.kind == SEG_LINE_END;
    if (status != SEG_OK || reader->ended) return status;
    if (lines.kind == SEG_LINE_TOO_LONG) {
        refuse_length(reader, ++reader->line);
        return SEG_OK;
    }
    reader->lines = lines.text;
    reader->has_lines = true;
    return seg_jsonl_look(reader->json, lines.text) == SEG_OK ? SEG_OK : seg_fault_memory(error);
}

static seg_status next_line(seg_reader *reader, const seg_record **record, seg_error *error) {
    seg_text *lines = &reader->lines;
    seg_taken taken;
    size_t size_bytes;
    reader->line++;
    bool has_text = !is_blank(*lines, &size_bytes);
    if (has_text && seg_envelope_open(&reader->envelope, &reader->draft, reader->json, *lines, reader->line,
                                      &size_bytes, &taken) != SEG_OK)
        return seg_fault_memory(error);
    reader->has_lines = size_bytes < lines->size_bytes;
    lines->bytes += size_bytes + 1;
    lines->size_bytes -= size_bytes + 1;
    if (has_text && settle(reader, taken, reader->line)) *record = &reader->draft.record;
    return SEG_OK;
}

static seg_status next_json(seg_reader *reader, const seg_record **record, seg_error *error) {
    seg_status status = SEG_OK;
    while (status == SEG_OK && !*record && !reader->ended) {
        if (reader->envelope.event != SEG_NONE)
            status = next_of_line(reader, record, error);
        else if (reader->has_lines)
            status = next_line(reader, record, error);
        else
            status = next_lines(reader, error);
    }
    return status;
}

/* What no row may hold. */
static const char *cells_fault(const seg_cell *cells, size_t count) {
    const char *fault = NULL;
    size_t text_bytes = 0;
    for (size_t i = 0; i < count && !fault; i++) {
        fault = seg_cell_fault(&cells[i]);
        size_t bytes = seg_cell_text_bytes(&cells[i]);
        if (bytes > SEG_INPUT_LINE_LIMIT || (text_bytes += bytes) > SEG_INPUT_LINE_LIMIT)
            return "texts longer than the limit";
    }
    return fault;
}

/* The names of its columns are a table's first row. */
static seg_status next_table_row(seg_reader *reader, seg_error *error) {
    const seg_table *table = &reader->table;
    const seg_cell *cells = NULL;
    reader->row = (seg_row){.kind = SEG_ROW_FIELDS, .fields = table->columns, .count = table->column_count};
    if (!reader->has_header) return SEG_OK;
    seg_status status = table->next(table->user, &cells, error);
    if (status != SEG_OK) return status;
    seg_row *row = &reader->row;
    *row = (seg_row){.kind = SEG_ROW_END};
    if (!cells) return SEG_OK;
    *row = (seg_row){
        .kind = SEG_ROW_FIELDS, .cells = cells, .count = table->column_count, .line = ++reader->table_rows};
    row->fault = cells_fault(cells, row->count);
    if (row->fault) row->kind = SEG_ROW_REFUSED;
    return SEG_OK;
}

static seg_status choose_columns(seg_reader *reader, seg_error *error) {
    const seg_table *table = &reader->table;
    if (!table->choose) return SEG_OK;
    bool *is_wanted = calloc(table->column_count + 1, sizeof *is_wanted);
    if (!is_wanted) return seg_fault_memory(error);
    for (size_t i = 0; i < table->column_count; i++)
        is_wanted[i] = seg_sheet_wants(reader->sheet, (uint32_t)i);
    seg_status status = table->choose(table->user, is_wanted, error);
    free(is_wanted);
    return status;
}

/* The next row into reader->row; the header on the way. */
static seg_status next_row(seg_reader *reader, seg_error *error) {
    for (;;) {
        seg_status status =
            reader->rows ? seg_rows_next(reader->rows, &reader->row, error) : next_table_row(reader, error);
        if (status != SEG_OK) return status;
        reader->part = 0;
        const seg_row *row = &reader->row;
        if (row->kind == SEG_ROW_REFUSED) {
            refuse(reader, row->line, row->offset, row->fault);
            reader->ended = !reader->has_header; /* without a header nothing else has a meaning */
        } else if (row->kind == SEG_ROW_END) {
            reader->ended = true;
        } else if (!reader->has_header) {
            bool good;
            status =
                seg_sheet_header(reader->sheet, base_name(reader->file), row, &reader->draft.reason, &good);
            if (status != SEG_OK) return seg_fault(error, status, "the header cannot be read");
            if (!good) refuse(reader, row->line, 0, reader->draft.reason.text);
            reader->has_header = true;
            reader->ended = !good;
            status = good ? choose_columns(reader, error) : SEG_OK;
            if (status != SEG_OK) return status;
        } else {
            return SEG_OK;
        }
        if (reader->ended) return SEG_OK;
    }
}

static seg_status next_csv(seg_reader *reader, const seg_record **record, seg_error *error) {
    for (;;) {
        if (!reader->has_header || reader->part == seg_sheet_parts(reader->sheet)) {
            seg_status status = next_row(reader, error);
            if (status != SEG_OK || reader->ended) return status;
        }
        seg_taken taken;
        uint32_t part = reader->part++;
        if (seg_sheet_read(reader->sheet, &reader->draft, &reader->row, part, &taken) != SEG_OK)
            return seg_fault_memory(error);
        if (settle(reader, taken, reader->row.line)) {
            *record = &reader->draft.record;
            return SEG_OK;
        }
    }
}

seg_status seg_reader_next(seg_reader *reader, const seg_record **record, seg_error *error) {
    *record = NULL;
    if (reader->ended) return SEG_OK;
    seg_status status = reader->json ? next_json(reader, record, error) : next_csv(reader, record, error);
    if (status == SEG_OK || !error) return status;
    char message[sizeof error->message];
    memcpy(message, error->message, sizeof message);
    snprintf(error->message, sizeof error->message, "%.90s: %.90s", base_name(reader->file), message);
    return status;
}
