#include <csv.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <zlib.h>

#include "interrupt.h"
#include "json_in.h"
#include "option.h"
#include "output.h"
#include "sketch.h"

enum { LINE_MOST = 1 << 26, CSV_COLUMNS_MOST = 2000 };

/* ---- Lines of JSON --------------------------------------------------------------------------- */

typedef struct envelope { /* where the parts of one line begin; a part not there has no bytes */
    seg_text type, event;
    char *facts; /* properties or traits */
    size_t facts_bytes;
} envelope;

static bool text_is(seg_text text, const char *terminated) {
    return text.size_bytes == strlen(terminated) && memcmp(text.bytes, terminated, text.size_bytes) == 0;
}

/* A whole line, without looking into properties and traits. */
static bool envelope_read(envelope *out, char *line, size_t size_bytes) {
    seg_json_in json;
    seg_json_in_start(&json, line, size_bytes);
    *out = (envelope){0};
    if (seg_json_in_next(&json) != SEG_JSON_OPEN_OBJECT) return false;
    for (;;) {
        seg_json_in_token token = seg_json_in_next(&json);
        if (token == SEG_JSON_CLOSE_OBJECT) return seg_json_in_next(&json) == SEG_JSON_END;
        if (token != SEG_JSON_KEY) return false;
        seg_text key = json.text;
        bool facts = text_is(key, "properties") || text_is(key, "traits");
        char *start = json.at;
        if (facts) { /* read later: reading unescapes texts in place */
            unsigned depth = 0;
            bool quoted = false;
            do {
                if (json.at == json.end) return false;
                char c = *json.at++;
                if (quoted && c == '\\' && json.at < json.end) json.at++;
                else if (c == '"') quoted = !quoted;
                else if (!quoted && (c == '{' || c == '[')) depth++;
                else if (!quoted && (c == '}' || c == ']') && depth > 0) depth--;
            } while (depth > 0 || quoted || (json.at < json.end && *json.at != ',' && *json.at != '}'));
            json.value_due = false;
            json.first = false;
            out->facts = start;
            out->facts_bytes = (size_t)(json.at - start);
            continue;
        }
        token = seg_json_in_next(&json);
        if (token == SEG_JSON_TEXT && text_is(key, "type")) out->type = json.text;
        else if (token == SEG_JSON_TEXT && text_is(key, "event")) out->event = json.text;
        else if (!seg_json_in_skip(&json, token)) return false;
    }
}

typedef struct facts { /* that are read into a sketch */
    seg_sketch *sketch;
    seg_json_in json;
    bool good; /* it was JSON so far */
} facts;

static bool members_read(facts *f, bool inside);

/* The elements of a list whose key was `name`; those that are objects are events of their own. */
static bool list_read(facts *f, seg_text name, bool inside, seg_sketch_value *kind) {
    bool opens = !inside && seg_sketch_is_event(f->sketch), is_mixed = false;
    *kind = SEG_SKETCH_EMPTY;
    for (;;) {
        seg_json_in_token token = seg_json_in_next(&f->json);
        if (token == SEG_JSON_CLOSE_ARRAY) break;
        bool element = opens && token == SEG_JSON_OPEN_OBJECT;
        seg_sketch_value found = element                  ? SEG_SKETCH_ELEMENTS
                                 : token == SEG_JSON_TEXT ? SEG_SKETCH_TEXTS
                                                          : SEG_SKETCH_OTHER;
        is_mixed = is_mixed || (*kind != SEG_SKETCH_EMPTY && *kind != found);
        *kind = found;
        if (element) {
            if (!seg_sketch_element(f->sketch, name) || !members_read(f, true)) return false;
            seg_sketch_element_end(f->sketch);
        } else {
            f->good = seg_json_in_skip(&f->json, token);
        }
        if (!f->good) return true;
    }
    if (is_mixed) *kind = SEG_SKETCH_OTHER;
    return true;
}

/* A value behind its key `name`. */
static bool value_read(facts *f, seg_text name, bool inside) {
    seg_json_in_token token = seg_json_in_next(&f->json);
    seg_sketch_value kind = token == SEG_JSON_TEXT                              ? SEG_SKETCH_TEXT
                            : token == SEG_JSON_NUMBER                          ? SEG_SKETCH_NUMBER
                            : token == SEG_JSON_NULL                            ? SEG_SKETCH_MISSING
                            : token == SEG_JSON_TRUE || token == SEG_JSON_FALSE ? SEG_SKETCH_BOOL
                                                                                : SEG_SKETCH_OTHER;
    seg_text text = f->json.text;
    if (token == SEG_JSON_OPEN_ARRAY) {
        if (!list_read(f, name, inside, &kind)) return false;
    } else {
        f->good = seg_json_in_skip(&f->json, token);
    }
    return !f->good || seg_sketch_field(f->sketch, name, kind, text);
}

/* The members of an object that was opened. `inside`: of an element. False: memory ran short. */
static bool members_read(facts *f, bool inside) {
    while (f->good) {
        seg_json_in_token token = seg_json_in_next(&f->json);
        if (token == SEG_JSON_CLOSE_OBJECT) return true;
        f->good = token == SEG_JSON_KEY;
        if (f->good && !value_read(f, f->json.text, inside)) return false;
    }
    return true;
}

static bool facts_read(seg_sketch *sketch, char *bytes, size_t size_bytes, bool *good) {
    facts f = {.sketch = sketch};
    seg_json_in_start(&f.json, bytes, size_bytes);
    f.good = seg_json_in_next(&f.json) == SEG_JSON_OPEN_OBJECT;
    bool fine = members_read(&f, false);
    *good = f.good;
    return fine;
}

/* False: memory ran short. */
static bool line_read(seg_sketch *sketch, char *line, size_t size_bytes, uint64_t *refused) {
    envelope parts;
    if (strspn(line, " \t\r\n") == size_bytes) return true;
    bool good = envelope_read(&parts, line, size_bytes);
    if (good && text_is(parts.type, "track")) {
        good = parts.event.size_bytes > 0;
        if (good && !seg_sketch_fact(sketch, parts.event)) return false;
    } else if (good && text_is(parts.type, "identify")) {
        if (!seg_sketch_fact(sketch, (seg_text){0})) return false;
    } else if (good) {
        return true; /* alias, delete, and what other kinds there are */
    }
    if (good && parts.facts && !facts_read(sketch, parts.facts, parts.facts_bytes, &good)) return false;
    if (!good) ++*refused;
    return true;
}

/* One line of any length up to a limit, into *line; false at the end. */
static bool line_next(gzFile file, char **line, size_t *room, size_t *size_bytes) {
    *size_bytes = 0;
    for (;;) {
        if (*room - *size_bytes < 2) {
            size_t wanted = *room ? *room * 2 : 1 << 14;
            char *larger = wanted > LINE_MOST ? NULL : realloc(*line, wanted);
            if (!larger) return false;
            *line = larger;
            *room = wanted;
        }
        size_t space = *room - *size_bytes;
        if (!gzgets(file, *line + *size_bytes, (int)space)) return *size_bytes > 0;
        *size_bytes += strlen(*line + *size_bytes);
        if (*size_bytes && (*line)[*size_bytes - 1] == '\n') return true;
    }
}

static int json_file(seg_sketch *sketch, gzFile file, uint64_t *refused) {
    char *line = NULL;
    size_t room = 0, size_bytes;
    int code = SEG_EXIT_GOOD;
    while (!code && line_next(file, &line, &room, &size_bytes)) {
        if (!line_read(sketch, line, size_bytes, refused)) code = seg_say_memory();
        if (seg_interrupt_came()) code = SEG_EXIT_INTERRUPT;
    }
    if (!code && !gzeof(file) && size_bytes + 2 > LINE_MOST / 2) ++*refused;
    free(line);
    return code;
}

/* ---- CSV ------------------------------------------------------------------------------------- */

typedef struct csv_rows {
    seg_sketch *sketch;
    const char *file; /* its base name */
    uint64_t row, refused;
    size_t column, column_count, room;
    char **heads;
    char **cells;                            /* of the row that is read; NULL: empty */
    int type, event, profile, time, message; /* columns, or -1 */
    char name[64];                           /* of the event that rows are, when they do not say it */
    bool failed;
} csv_rows;

static bool is_one_of(const char *name, const char *const *names) {
    for (; *names; names++)
        if (strcasecmp(name, *names) == 0) return true;
    return false;
}

static int column_of(const csv_rows *rows, const char *const *names) {
    for (; *names; names++)
        for (size_t i = 0; i < rows->column_count; i++)
            if (strcasecmp(rows->heads[i], *names) == 0) return (int)i;
    return -1;
}

static const char *const type_names[] = {"type", NULL}, *const event_names[] = {"event", NULL};
static const char *const profile_names[] = {"userId",  "anonymousId", "user_id", "customer_id", "profile_id",
                                            "profile", "customer",    "user",    "email",       NULL};
static const char *const time_names[] = {"timestamp", "time",     "occurred_at", "created_at", "at",
                                         "date",      "datetime", NULL};
static const char *const message_names[] = {"messageId", "message_id", "id", NULL};
static const char *const envelope_names[] = {"type",       "event",     "userId",    "anonymousId",
                                             "previousId", "messageId", "timestamp", NULL};

static void heads_look(csv_rows *rows) {
    rows->type = column_of(rows, type_names);
    rows->event = column_of(rows, event_names);
    rows->profile = column_of(rows, profile_names);
    rows->time = column_of(rows, time_names);
    rows->message = column_of(rows, message_names);
    if (rows->type >= 0 || rows->event >= 0) return;
    size_t length = strcspn(rows->file, ".");
    snprintf(rows->name, sizeof rows->name, "%.*s", (int)(length < 60 ? length : 60), rows->file);
    if (!rows->name[0]) snprintf(rows->name, sizeof rows->name, "rows");
    seg_text columns[3] = {{0}, {0}, {0}};
    const int found[3] = {rows->profile, rows->time, rows->message};
    for (size_t i = 0; i < 3; i++)
        if (found[i] >= 0) columns[i] = seg_text_from(rows->heads[found[i]]);
    if (!seg_sketch_columns(rows->sketch, seg_text_from(rows->name), rows->file, columns[0], columns[1],
                            columns[2]))
        rows->failed = true;
}

static void row_look(csv_rows *rows) {
    bool own = !rows->name[0]; /* the columns of the Segment form */
    seg_text event = own && rows->event >= 0 && rows->cells[rows->event]
                         ? seg_text_from(rows->cells[rows->event])
                         : seg_text_from(rows->name);
    const char *type = own && rows->type >= 0 ? rows->cells[rows->type] : NULL;
    bool identify = type ? strcmp(type, "identify") == 0 : event.size_bytes == 0;
    if (type && strcmp(type, "track") != 0 && !identify) return;
    if (!identify && event.size_bytes == 0) {
        rows->refused++;
        return;
    }
    if (identify) event = (seg_text){0};
    if (!seg_sketch_fact(rows->sketch, event)) rows->failed = true;
    for (size_t i = 0; i < rows->column_count && !rows->failed; i++) {
        if (own ? is_one_of(rows->heads[i], envelope_names)
                : (int)i == rows->profile || (int)i == rows->time || (int)i == rows->message)
            continue;
        if (own && !rows->cells[i]) continue; /* perhaps another event's column */
        seg_text cell = rows->cells[i] ? seg_text_from(rows->cells[i]) : (seg_text){0};
        if (!seg_sketch_field(rows->sketch, seg_text_from(rows->heads[i]),
                              rows->cells[i] ? SEG_SKETCH_WRITTEN : SEG_SKETCH_MISSING, cell))
            rows->failed = true;
    }
}

static void csv_cell(void *bytes, size_t size_bytes, void *user) {
    csv_rows *rows = user;
    size_t column = rows->column++;
    char *copy = size_bytes ? strndup(bytes, size_bytes) : NULL;
    if (size_bytes && !copy) rows->failed = true;
    if (rows->row > 0) {
        if (column < rows->column_count) rows->cells[column] = copy;
        else free(copy);
        return;
    }
    if (column >= CSV_COLUMNS_MOST) {
        free(copy);
        return;
    }
    if (rows->column_count == rows->room) {
        size_t room = rows->room ? rows->room * 2 : 16;
        char **heads = reallocarray(rows->heads, room, sizeof *heads);
        if (heads) rows->heads = heads;
        char **cells = heads ? reallocarray(rows->cells, room, sizeof *cells) : NULL;
        if (!cells) {
            rows->failed = true;
            free(copy);
            return;
        }
        rows->cells = cells;
        rows->room = room;
    }
    if (!copy && !(copy = strdup(""))) rows->failed = true;
    if (!copy) return;
    rows->cells[rows->column_count] = NULL;
    rows->heads[rows->column_count++] = copy;
}

static void csv_row(int end, void *user) {
    (void)end;
    csv_rows *rows = user;
    if (rows->row++ == 0) heads_look(rows);
    else if (!rows->failed) row_look(rows);
    for (size_t i = 0; i < rows->column_count; i++) {
        if (rows->row > 1) free(rows->cells[i]);
        rows->cells[i] = NULL;
    }
    rows->column = 0;
}

static int csv_file(seg_sketch *sketch, gzFile file, const char *path, uint64_t *refused) {
    const char *slash = strrchr(path, '/');
    csv_rows rows = {.sketch = sketch, .file = slash ? slash + 1 : path};
    struct csv_parser parser;
    if (csv_init(&parser, 0) != 0) return seg_say_memory();
    char bytes[1 << 14];
    int code = SEG_EXIT_GOOD, got;
    while (!code && (got = gzread(file, bytes, sizeof bytes)) > 0) {
        size_t taken = csv_parse(&parser, bytes, (size_t)got, csv_cell, csv_row, &rows);
        if (taken != (size_t)got || rows.failed) code = seg_say_memory();
        if (seg_interrupt_came()) code = SEG_EXIT_INTERRUPT;
    }
    if (!code) csv_fini(&parser, csv_cell, csv_row, &rows);
    csv_free(&parser);
    for (size_t i = 0; i < rows.column_count; i++) {
        free(rows.heads[i]);
        free(rows.cells[i]);
    }
    free(rows.heads);
    free(rows.cells);
    *refused += rows.refused;
    return code ? code : rows.failed ? seg_say_memory() : SEG_EXIT_GOOD;
}

/* ---- The command ----------------------------------------------------------------------------- */

static bool name_ends(const char *path, const char *end) {
    size_t a = strlen(path), b = strlen(end);
    return a >= b && strcasecmp(path + a - b, end) == 0;
}

static int file_look(seg_sketch *sketch, const char *path, uint64_t *refused) {
    gzFile file = strcmp(path, "-") == 0 ? gzdopen(0, "rb") : gzopen(path, "rb");
    if (!file) {
        seg_say("cannot read %s: %s.", path, strerror(errno ? errno : ENOMEM));
        return SEG_EXIT_MACHINE;
    }
    int code = name_ends(path, ".csv") || name_ends(path, ".csv.gz") ? csv_file(sketch, file, path, refused)
                                                                     : json_file(sketch, file, refused);
    int fault = Z_OK;
    const char *text = gzerror(file, &fault);
    if (!code && fault != Z_OK && fault != Z_STREAM_END) {
        seg_say("cannot read %s: %s.", path, fault == Z_ERRNO ? strerror(errno) : text);
        code = SEG_EXIT_MACHINE;
    }
    gzclose(file);
    return code;
}

static int infer(const seg_arguments *arguments) {
    seg_sketch *sketch = seg_sketch_new();
    if (!sketch) return seg_say_memory();
    uint64_t refused = 0;
    int code = SEG_EXIT_GOOD;
    for (size_t i = 0; i < arguments->operand_count && !code; i++)
        code = file_look(sketch, arguments->operands[i], &refused);
    if (!code) seg_sketch_print(sketch, stdout);
    char count[64];
    if (refused) seg_say("%s could not be read.", seg_count_noun(refused, "record", count));
    if (seg_sketch_left_out(sketch))
        seg_say("%s left out: there are too many names.",
                seg_count_noun(seg_sketch_left_out(sketch), "value", count));
    seg_sketch_free(sketch);
    return code;
}

const seg_command seg_command_infer = {
    .name = "infer",
    .group = SEG_GROUP_WRITE,
    .summary = "draft the declarations from event files",
    .operands = "FILE...",
    .description =
        "Reads event files (.ndjson, .jsonl, .csv, each also with .gz; - is standard input) and prints the "
        "profile and event declarations that fit them: the names found, and for each field the narrowest "
        "type that all its values have. A field that some facts lack is optional. Few different words make "
        "an enum. Objects in a list, as the products of an order, are events of their own. A CSV file with "
        "columns of its own gets a columns declaration. The result is a draft: look it over, and rename "
        "what should read better.",
    .options = SEG_OPTION_BIT(SEG_OPTION_HELP),
    .least_operands = 1,
    .most_operands = 255,
    .examples = {{"seg infer events.ndjson.gz > facts.seg", "a first file for a workspace"}},
    .run = infer,
};
