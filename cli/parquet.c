#include "parquet.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command.h"
#include "duckdb.h"
#include "output.h"

typedef enum form {
    FORM_OTHER, /* which no field can hold */
    FORM_BOOL,
    FORM_NUMBER,
    FORM_FLOAT,
    FORM_TEXT,
    FORM_DATE,
    FORM_TIME,
    FORM_LOCAL_TIME,
    FORM_LIST
} form;

typedef struct string { /* as DuckDB lays it out: up to 12 bytes stand here, else the first 4 of them */
    uint32_t size_bytes;
    char bytes[4];
    const char *elsewhere;
} string;
enum { STRING_HERE = 12, DECIMAL_DIGITS = 18 };

typedef struct span { /* of a list, in the vector of all members */
    uint64_t offset, count;
} span;

typedef struct column {
    char *name; /* DuckDB's: names that stand twice in the file have numbers behind them */
    form form;
    int type;
    uint8_t scale;
    bool is_wanted;
    const char *cast; /* what it is cast to, or NULL */
    const void *data; /* of the chunk at hand, and so what follows */
    const uint64_t *validity;
    const string *members;
    const uint64_t *member_validity;
    uint64_t member_count;
    seg_text *items; /* of one list */
    size_t item_capacity;
} column;

typedef struct parquet { /* a file that is read */
    seg_duckdb duckdb;
    int descriptor;
    char *path;
    column *columns;
    seg_text *names; /* as in the file; owned */
    size_t column_count, named;
    bool has_root; /* of the schema: see take_node */
    int64_t below;
    seg_cell *cells;
    void *statement;
    seg_duckdb_result result;
    bool has_result;
    void *chunk;
    uint64_t chunk_rows, row;
    uint64_t rows_read, rows_total, file_bytes;
} parquet;

bool seg_parquet_is(const char *path) {
    static const char end[] = ".parquet";
    size_t size = strlen(path), end_size = sizeof end - 1;
    return size >= end_size && strcmp(path + size - end_size, end) == 0;
}

/* ---- Statements ------------------------------------------------------------------------------ */

static bool is_known(const uint64_t *validity, uint64_t row) {
    return !validity || (validity[row / 64] >> row % 64 & 1);
}

static seg_text text_of(const string *s) {
    const char *here = (const char *)s + sizeof s->size_bytes;
    return (seg_text){s->size_bytes <= STRING_HERE ? here : s->elsewhere, s->size_bytes};
}

/* "SELECT <what> FROM read_parquet(the file)<end>"; the caller frees it. NULL: no memory. */
static char *statement_of(const parquet *p, const char *what, const char *end) {
    char *sql = NULL;
    /* A folder's name is no column. */
    int size = asprintf(&sql, "SELECT %s FROM read_parquet('%s', hive_partitioning = false)%s", what,
                        p->duckdb.path, end);
    return size < 0 ? NULL : sql;
}

typedef int (*chunk_fn)(parquet *p, void *chunk, uint64_t rows);

/* Runs a statement and shows its rows to `on_chunk`, which may be NULL. Gives an exit code. */
static int ask(parquet *p, const char *sql, seg_duckdb_result *result, chunk_fn on_chunk) {
    const seg_duckdb_functions *call = p->duckdb.call;
    if (!sql) return seg_say_memory();
    if (!seg_duckdb_run(&p->duckdb, sql, result))
        return seg_duckdb_say(&p->duckdb, call->result_error(result));
    int code = SEG_EXIT_GOOD;
    for (void *chunk; !code && on_chunk && (chunk = call->fetch_chunk(*result));) {
        code = on_chunk(p, chunk, call->data_chunk_get_size(chunk));
        call->destroy_data_chunk(&chunk);
    }
    return code;
}

static const void *vector_of(const parquet *p, void *chunk, uint64_t index, const uint64_t **validity) {
    void *vector = p->duckdb.call->data_chunk_get_vector(chunk, index);
    *validity = p->duckdb.call->vector_get_validity(vector);
    return p->duckdb.call->vector_get_data(vector);
}

/* ---- What the file holds --------------------------------------------------------------------- */

/* How values of a type come in: as they are, or cast by DuckDB. What is not here no field can hold. */
static const struct {
    int type;
    form form;
    const char *cast;
} forms[] = {
    {SEG_DUCKDB_BOOLEAN, FORM_BOOL, NULL},
    {SEG_DUCKDB_TINYINT, FORM_NUMBER, "BIGINT"},
    {SEG_DUCKDB_SMALLINT, FORM_NUMBER, "BIGINT"},
    {SEG_DUCKDB_INTEGER, FORM_NUMBER, "BIGINT"},
    {SEG_DUCKDB_BIGINT, FORM_NUMBER, NULL},
    {SEG_DUCKDB_UTINYINT, FORM_NUMBER, "BIGINT"},
    {SEG_DUCKDB_USMALLINT, FORM_NUMBER, "BIGINT"},
    {SEG_DUCKDB_UINTEGER, FORM_NUMBER, "BIGINT"},
    {SEG_DUCKDB_UBIGINT, FORM_TEXT, "VARCHAR"},
    {SEG_DUCKDB_HUGEINT, FORM_TEXT, "VARCHAR"},
    {SEG_DUCKDB_UHUGEINT, FORM_TEXT, "VARCHAR"},
    {SEG_DUCKDB_FLOAT, FORM_FLOAT, "DOUBLE"},
    {SEG_DUCKDB_DOUBLE, FORM_FLOAT, NULL},
    {SEG_DUCKDB_DATE, FORM_DATE, NULL},
    {SEG_DUCKDB_TIMESTAMP, FORM_LOCAL_TIME, NULL},
    {SEG_DUCKDB_TIMESTAMP_S, FORM_LOCAL_TIME, NULL},
    {SEG_DUCKDB_TIMESTAMP_MS, FORM_LOCAL_TIME, NULL},
    {SEG_DUCKDB_TIMESTAMP_NS, FORM_LOCAL_TIME, NULL},
    {SEG_DUCKDB_TIMESTAMP_TZ, FORM_TIME, NULL},
    {SEG_DUCKDB_VARCHAR, FORM_TEXT, NULL},
    {SEG_DUCKDB_TIME, FORM_TEXT, "VARCHAR"},
    {SEG_DUCKDB_ENUM, FORM_TEXT, "VARCHAR"},
    {SEG_DUCKDB_UUID, FORM_TEXT, "VARCHAR"},
};

static void choose_form(column *c, const seg_duckdb_functions *call, void *type) {
    c->type = call->get_type_id(type);
    c->form = FORM_OTHER;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        if (forms[i].type == c->type) c->form = forms[i].form, c->cast = forms[i].cast;
    if (c->type == SEG_DUCKDB_DECIMAL) {
        c->scale = call->decimal_scale(type);
        c->form = call->decimal_width(type) <= DECIMAL_DIGITS ? FORM_NUMBER : FORM_TEXT;
        c->cast = c->form == FORM_TEXT ? "VARCHAR" : NULL;
    } else if (c->type == SEG_DUCKDB_LIST) {
        void *child = call->list_type_child_type(type);
        if (call->get_type_id(child) == SEG_DUCKDB_VARCHAR) c->form = FORM_LIST;
        call->destroy_logical_type(&child);
    }
}

static int describe_columns(parquet *p, seg_duckdb_result *result) {
    const seg_duckdb_functions *call = p->duckdb.call;
    p->column_count = (size_t)call->column_count(result);
    p->columns = calloc(p->column_count + 1, sizeof *p->columns);
    p->names = calloc(p->column_count + 1, sizeof *p->names);
    p->cells = calloc(p->column_count + 1, sizeof *p->cells);
    if (!p->columns || !p->names || !p->cells) return seg_say_memory();
    for (size_t i = 0; i < p->column_count; i++) {
        const char *name = call->column_name(result, i);
        p->columns[i].name = strdup(name ? name : "");
        if (!p->columns[i].name) return seg_say_memory();
        void *type = call->column_logical_type(result, i);
        choose_form(&p->columns[i], call, type);
        call->destroy_logical_type(&type);
    }
    return SEG_EXIT_GOOD;
}

/* A node of the file's schema, which stand in pre-order below a root: `below` counts those that still belong
 * to the column before. */
static int take_node(parquet *p, const string *name, int64_t children) {
    static const char damaged[] = "its schema is damaged";
    if (!p->has_root) {
        p->has_root = true;
        return SEG_EXIT_GOOD;
    }
    bool is_column = p->below == 0;
    if (!is_column) p->below--;
    if (children < 0 || __builtin_add_overflow(p->below, children, &p->below) ||
        (is_column && p->named == p->column_count))
        return seg_duckdb_say(&p->duckdb, damaged);
    if (!is_column) return SEG_EXIT_GOOD;
    seg_text text = text_of(name);
    char *copy = strndup(text.bytes, text.size_bytes);
    if (!copy) return seg_say_memory();
    p->names[p->named++] = (seg_text){copy, strlen(copy)};
    return SEG_EXIT_GOOD;
}

static int take_nodes(parquet *p, void *chunk, uint64_t rows) {
    const uint64_t *known_names, *known_counts;
    const string *names = vector_of(p, chunk, 0, &known_names);
    const int64_t *counts = vector_of(p, chunk, 1, &known_counts);
    static const string nothing;
    int code = SEG_EXIT_GOOD;
    for (uint64_t i = 0; i < rows && !code; i++)
        code = take_node(p, is_known(known_names, i) ? &names[i] : &nothing,
                         is_known(known_counts, i) ? counts[i] : 0);
    return code;
}

static int take_count(parquet *p, void *chunk, uint64_t rows) {
    const uint64_t *validity;
    const int64_t *count = vector_of(p, chunk, 0, &validity);
    if (rows && is_known(validity, 0) && *count > 0) p->rows_total = (uint64_t)*count;
    return SEG_EXIT_GOOD;
}

/* Columns, rows, and the names as they stand in the file: DuckDB tells names apart that are equal, also but
 * for capitals. */
static int describe(parquet *p) {
    seg_duckdb_result result = {0};
    char *sql = statement_of(p, "*", " LIMIT 0");
    int code = ask(p, sql, &result, NULL);
    if (!code) code = describe_columns(p, &result);
    p->duckdb.call->destroy_result(&result);
    free(sql);
    if (!code) {
        sql = statement_of(p, "count(*)::BIGINT", "");
        code = ask(p, sql, &result, take_count);
        p->duckdb.call->destroy_result(&result);
        free(sql);
    }
    if (code) return code;
    sql = NULL;
    if (asprintf(&sql, "SELECT name, num_children::BIGINT FROM parquet_schema('%s')", p->duckdb.path) < 0)
        return seg_say_memory();
    code = ask(p, sql, &result, take_nodes);
    p->duckdb.call->destroy_result(&result);
    free(sql);
    if (!code && p->named != p->column_count) code = seg_duckdb_say(&p->duckdb, "its schema is damaged");
    return code;
}

/* ---- Rows ------------------------------------------------------------------------------------ */

static seg_status fail(const parquet *p, seg_status status, const char *fault, seg_error *error) {
    error->status = status;
    seg_duckdb_explain(&p->duckdb, fault, error->message, sizeof error->message);
    return status;
}

static seg_status fail_memory(seg_error *error) {
    *error = (seg_error){.status = SEG_E_MEMORY, .message = "out of memory"};
    return SEG_E_MEMORY;
}

static void write_column(FILE *out, const column *c) {
    bool is_decimal = c->type == SEG_DUCKDB_DECIMAL && c->form == FORM_NUMBER;
    if (c->cast || is_decimal) fputs("CAST(", out);
    fputc('"', out);
    for (const char *at = c->name; *at; at++) {
        if (*at == '"') fputc('"', out);
        fputc(*at, out);
    }
    fputc('"', out);
    if (c->cast) fprintf(out, " AS %s)", c->cast);
    if (is_decimal) fprintf(out, " AS DECIMAL(%d, %d))", DECIMAL_DIGITS, c->scale);
}

/* The wanted columns, each in the type that it is read in. The caller frees it. NULL: no memory. */
static char *list_columns(const parquet *p) {
    char *list = NULL;
    size_t size = 0, count = 0;
    FILE *out = open_memstream(&list, &size);
    if (!out) return NULL;
    for (size_t i = 0; i < p->column_count; i++) {
        if (!p->columns[i].is_wanted) continue;
        if (count++) fputs(", ", out);
        write_column(out, &p->columns[i]);
    }
    bool is_whole = !ferror(out);
    if (fclose(out) == 0 && is_whole) return list;
    free(list);
    return NULL;
}

/* Rows come while they are read: a file need not fit into memory. */
static seg_status begin(parquet *p, const char *sql, seg_error *error) {
    const seg_duckdb_functions *call = p->duckdb.call;
    if (call->prepare(p->duckdb.connection, sql, &p->statement))
        return fail(p, SEG_E_FACT, call->prepare_error(p->statement), error);
    void *pending = NULL;
    seg_status status = SEG_OK;
    if (call->pending_prepared_streaming(p->statement, &pending)) {
        status = fail(p, SEG_E_FACT, call->pending_error(pending), error);
    } else {
        p->has_result = true;
        if (call->execute_pending(pending, &p->result))
            status = fail(p, SEG_E_FACT, call->result_error(&p->result), error);
    }
    call->destroy_pending(&pending);
    return status;
}

static seg_status choose(void *user, const bool *is_wanted, seg_error *error) {
    parquet *p = user;
    for (size_t i = 0; i < p->column_count; i++) {
        p->columns[i].is_wanted = is_wanted[i];
        if (!is_wanted[i] || p->columns[i].form != FORM_OTHER) continue;
        *error = (seg_error){.status = SEG_E_USAGE};
        snprintf(error->message, sizeof error->message,
                 "column %.40s holds neither texts, numbers, times nor lists of texts", p->names[i].bytes);
        return SEG_E_USAGE;
    }
    char *columns = list_columns(p), *sql = columns ? statement_of(p, columns, "") : NULL;
    seg_status status = sql ? begin(p, sql, error) : fail_memory(error);
    free(columns);
    free(sql);
    return status;
}

/* The next chunk; without one, chunk_rows is 0. */
static seg_status next_chunk(parquet *p, seg_error *error) {
    const seg_duckdb_functions *call = p->duckdb.call;
    call->destroy_data_chunk(&p->chunk);
    p->row = p->chunk_rows = 0;
    do {
        call->destroy_data_chunk(&p->chunk);
        p->chunk = call->fetch_chunk(p->result);
    } while (p->chunk && call->data_chunk_get_size(p->chunk) == 0);
    if (!p->chunk) {
        const char *fault = call->result_error(&p->result);
        return fault && *fault ? fail(p, SEG_E_FACT, fault, error) : SEG_OK;
    }
    p->chunk_rows = call->data_chunk_get_size(p->chunk);
    for (size_t i = 0, place = 0; i < p->column_count; i++) {
        column *c = &p->columns[i];
        if (!c->is_wanted) continue;
        c->data = vector_of(p, p->chunk, place, &c->validity);
        void *vector = call->data_chunk_get_vector(p->chunk, place++);
        if (c->form != FORM_LIST) continue;
        void *members = call->list_vector_get_child(vector);
        c->members = call->vector_get_data(members);
        c->member_validity = call->vector_get_validity(members);
        c->member_count = call->list_vector_get_size(vector);
    }
    return SEG_OK;
}

/* Milliseconds, finer ones cut off towards the past. What does not fit is out of every range. */
static int64_t instant_of(const column *c, int64_t value) {
    int64_t ms = value, unit = c->type == SEG_DUCKDB_TIMESTAMP_NS ? 1000000 : 1000;
    if (c->type == SEG_DUCKDB_TIMESTAMP_MS) return ms;
    if (c->type == SEG_DUCKDB_TIMESTAMP_S) return __builtin_mul_overflow(value, unit, &ms) ? INT64_MAX : ms;
    return value / unit - (value % unit < 0);
}

static bool take_list(column *c, uint64_t row, seg_cell *cell) {
    const span *list = (const span *)c->data + row;
    if (list->count > c->member_count || list->offset > c->member_count - list->count) return false;
    if (list->count > c->item_capacity) {
        seg_text *larger = reallocarray(c->items, list->count, sizeof *larger);
        if (!larger) return false;
        c->items = larger;
        c->item_capacity = list->count;
    }
    size_t count = 0;
    for (uint64_t i = list->offset; i < list->offset + list->count; i++)
        if (is_known(c->member_validity, i)) c->items[count++] = text_of(&c->members[i]);
    *cell = (seg_cell){.kind = SEG_CELL_LIST, .as.list = {c->items, count}};
    return true;
}

/* The cell of a known value. False: no memory. */
static bool take_cell(column *c, uint64_t row, seg_cell *cell) {
    static const seg_cell_kind kinds[] = {[FORM_BOOL] = SEG_CELL_BOOL,
                                          [FORM_NUMBER] = SEG_CELL_NUMBER,
                                          [FORM_FLOAT] = SEG_CELL_FLOAT,
                                          [FORM_TEXT] = SEG_CELL_TEXT,
                                          [FORM_DATE] = SEG_CELL_DATE,
                                          [FORM_TIME] = SEG_CELL_TIME,
                                          [FORM_LOCAL_TIME] = SEG_CELL_LOCAL_TIME};
    if (c->form == FORM_LIST) return take_list(c, row, cell);
    cell->kind = kinds[c->form];
    cell->scale = c->scale;
    switch (c->form) {
    case FORM_BOOL: cell->as.i = ((const uint8_t *)c->data)[row] != 0; break;
    case FORM_FLOAT: cell->as.f = ((const double *)c->data)[row]; break;
    case FORM_TEXT: cell->as.text = text_of((const string *)c->data + row); break;
    case FORM_DATE: cell->as.i = ((const int32_t *)c->data)[row]; break;
    case FORM_TIME:
    case FORM_LOCAL_TIME: cell->as.i = instant_of(c, ((const int64_t *)c->data)[row]); break;
    default: cell->as.i = ((const int64_t *)c->data)[row]; break;
    }
    return true;
}

static seg_status next(void *user, const seg_cell **cells, seg_error *error) {
    parquet *p = user;
    *cells = NULL;
    if (p->row == p->chunk_rows) {
        seg_status status = next_chunk(p, error);
        if (status || !p->chunk) return status;
    }
    for (size_t i = 0; i < p->column_count; i++) {
        column *c = &p->columns[i];
        if (!c->is_wanted || !is_known(c->validity, p->row))
            p->cells[i] = (seg_cell){.kind = SEG_CELL_NOTHING};
        else if (!take_cell(c, p->row, &p->cells[i]))
            return fail_memory(error);
    }
    p->row++;
    p->rows_read++;
    *cells = p->cells;
    return SEG_OK;
}

static void progress(const void *user, uint64_t *read_bytes, uint64_t *total_bytes) {
    const parquet *p = user;
    double share = p->rows_total ? (double)p->rows_read / (double)p->rows_total : 0;
    *total_bytes = p->file_bytes;
    *read_bytes = share < 1 ? (uint64_t)((double)p->file_bytes * share) : p->file_bytes;
}

/* ---- Opening and closing --------------------------------------------------------------------- */

static void close_all(void *user) {
    parquet *p = user;
    const seg_duckdb_functions *call = p->duckdb.call;
    if (p->chunk) call->destroy_data_chunk(&p->chunk);
    if (p->has_result) call->destroy_result(&p->result);
    if (p->statement) call->destroy_prepare(&p->statement);
    seg_duckdb_close(&p->duckdb);
    if (p->descriptor >= 0) close(p->descriptor);
    for (size_t i = 0; p->columns && i < p->column_count; i++) {
        free(p->columns[i].name);
        free(p->columns[i].items);
    }
    for (size_t i = 0; i < p->named; i++) free((char *)p->names[i].bytes);
    free(p->columns);
    free(p->names);
    free(p->cells);
    free(p->path);
    free(p);
}

/* A pipe cannot be read: what is in a Parquet file stands at its end. */
static int open_file(parquet *p) {
    struct stat about;
    p->descriptor = open(p->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (p->descriptor < 0 || fstat(p->descriptor, &about) != 0) {
        seg_say("cannot read %s: %s.", p->path, strerror(errno));
        return SEG_EXIT_MACHINE;
    }
    if (!S_ISREG(about.st_mode)) {
        seg_say("cannot read %s: Parquet is read from files, not from folders or pipes.", p->path);
        return SEG_EXIT_MACHINE;
    }
    p->file_bytes = (uint64_t)about.st_size;
    return SEG_EXIT_GOOD;
}

int seg_parquet_open(const char *path, seg_table *out) {
    parquet *p = calloc(1, sizeof *p);
    if (!p) return seg_say_memory();
    p->descriptor = -1;
    p->path = strdup(path);
    int code = p->path ? open_file(p) : seg_say_memory();
    if (!code) code = seg_duckdb_open(&p->duckdb, p->descriptor, p->path);
    if (!code) code = describe(p);
    if (code) {
        close_all(p);
        return code;
    }
    *out = (seg_table){.user = p,
                       .columns = p->names,
                       .column_count = p->column_count,
                       .choose = choose,
                       .next = next,
                       .progress = progress,
                       .close = close_all};
    return SEG_EXIT_GOOD;
}
