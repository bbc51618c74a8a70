#include "sketch.h"

#include <stdlib.h>
#include <string.h>

#include "output.h"

enum {
    MOST_EVENTS = 1000,
    MOST_FIELDS = 500,
    MOST_VALUES = 8,
    MOST_SCALE = 4,
    ENUM_REPEATS = 3,
    NAME_MOST = 60
};

typedef struct field {
    char *name;
    uint64_t known, missing, texts, numbers, bools, sets, empty, lists, others, written;
    /* How many of the known values could be read as ... */
    uint64_t as_int, as_decimal, as_float, as_bool, as_date, as_time;
    unsigned scale;     /* most digits behind the point */
    size_t value_count; /* different texts; MOST_VALUES + 1: too many */
    char *values[MOST_VALUES];
} field;

typedef struct kind { /* an event, or the profile */
    char *source, *list; /* of an element: the list that it stands in; else NULL */
    uint64_t facts;
    size_t field_count, room;
    field *fields;
    char *file, *columns[3]; /* profile, time, messageId */
} kind;

struct seg_sketch {
    kind profile;
    size_t event_count, room;
    kind *events;
    kind *current;
    size_t fact; /* number of the event that began last */
    uint64_t left_out;
};

static char *text_copy(seg_text text) {
    char *copy = malloc(text.size_bytes + 1);
    if (!copy) return NULL;
    if (text.size_bytes) memcpy(copy, text.bytes, text.size_bytes);
    copy[text.size_bytes] = 0;
    return copy;
}

static bool text_is(seg_text text, const char *terminated) {
    return text.size_bytes == strlen(terminated) &&
           (text.size_bytes == 0 || memcmp(text.bytes, terminated, text.size_bytes) == 0);
}

seg_sketch *seg_sketch_new(void) { return calloc(1, sizeof(seg_sketch)); }

static void kind_free(kind *k) {
    for (size_t i = 0; i < k->field_count; i++) {
        for (size_t v = 0; v < MOST_VALUES; v++) free(k->fields[i].values[v]);
        free(k->fields[i].name);
    }
    for (size_t i = 0; i < 3; i++) free(k->columns[i]);
    free(k->file);
    free(k->fields);
    free(k->source);
    free(k->list);
}

void seg_sketch_free(seg_sketch *sketch) {
    if (!sketch) return;
    kind_free(&sketch->profile);
    for (size_t i = 0; i < sketch->event_count; i++) kind_free(&sketch->events[i]);
    free(sketch->events);
    free(sketch);
}

/* ---- Taking in ------------------------------------------------------------------------------- */

static bool kind_is(const kind *k, seg_text source, const seg_text *list) {
    if (!text_is(source, k->source)) return false;
    return list ? k->list && text_is(*list, k->list) : !k->list;
}

static bool kind_add(seg_sketch *sketch, seg_text source, const seg_text *list) {
    if (sketch->event_count == sketch->room) {
        size_t room = sketch->room ? sketch->room * 2 : 16;
        kind *larger = reallocarray(sketch->events, room, sizeof *larger);
        if (!larger) return false;
        sketch->events = larger;
        sketch->room = room;
    }
    kind made = {.source = text_copy(source), .list = list ? text_copy(*list) : NULL};
    if (!made.source || (list && !made.list)) {
        kind_free(&made);
        return false;
    }
    sketch->events[sketch->event_count++] = made;
    return true;
}

/* Makes an event, or the elements of a list of one, the current kind. */
static bool kind_begin(seg_sketch *sketch, seg_text source, const seg_text *list) {
    size_t i = 0;
    while (i < sketch->event_count && !kind_is(&sketch->events[i], source, list)) i++;
    sketch->current = NULL;
    if (i == MOST_EVENTS) {
        sketch->left_out++;
        return true;
    }
    if (i == sketch->event_count && !kind_add(sketch, source, list)) return false;
    sketch->current = &sketch->events[i];
    sketch->current->facts++;
    return true;
}

bool seg_sketch_fact(seg_sketch *sketch, seg_text event) {
    if (event.size_bytes == 0) {
        sketch->current = &sketch->profile;
        sketch->current->facts++;
        return true;
    }
    if (!kind_begin(sketch, event, NULL)) return false;
    if (sketch->current) sketch->fact = (size_t)(sketch->current - sketch->events);
    return true;
}

bool seg_sketch_is_event(const seg_sketch *sketch) {
    return sketch->current && sketch->current != &sketch->profile;
}

bool seg_sketch_element(seg_sketch *sketch, seg_text list) {
    return kind_begin(sketch, seg_text_from(sketch->events[sketch->fact].source), &list);
}

void seg_sketch_element_end(seg_sketch *sketch) { sketch->current = &sketch->events[sketch->fact]; }

static field *field_of(seg_sketch *sketch, seg_text name) {
    kind *k = sketch->current;
    for (size_t i = 0; i < k->field_count; i++)
        if (text_is(name, k->fields[i].name)) return &k->fields[i];
    if (k->field_count == k->room) {
        size_t room = k->room ? k->room * 2 : 8;
        field *larger = reallocarray(k->fields, room, sizeof *larger);
        if (!larger) return NULL;
        k->fields = larger;
        k->room = room;
    }
    field made = {.name = text_copy(name)};
    if (!made.name) return NULL;
    k->fields[k->field_count] = made;
    return &k->fields[k->field_count++];
}

static size_t digits(seg_text text, size_t at) {
    size_t count = 0;
    while (at + count < text.size_bytes && text.bytes[at + count] >= '0' && text.bytes[at + count] <= '9')
        count++;
    return count;
}

static void number_look(field *f, seg_text text) {
    size_t at = text.size_bytes && text.bytes[0] == '-', whole = digits(text, at), behind = 0;
    at += whole;
    if (whole == 0) return;
    if (at == text.size_bytes && whole <= 18) f->as_int++;
    if (at < text.size_bytes && text.bytes[at] == '.') {
        behind = digits(text, at + 1);
        at += 1 + behind;
        if (behind == 0) return;
    }
    if (at == text.size_bytes && whole + behind <= 18) f->as_decimal++;
    if (behind > f->scale) f->scale = (unsigned)behind;
    if (at < text.size_bytes && (text.bytes[at] == 'e' || text.bytes[at] == 'E')) {
        at++;
        if (at < text.size_bytes && (text.bytes[at] == '+' || text.bytes[at] == '-')) at++;
        size_t exponent = digits(text, at);
        at += exponent;
        if (exponent == 0) return;
    }
    if (at == text.size_bytes) f->as_float++;
}

static bool is_date(seg_text text) {
    return text.size_bytes == 10 && digits(text, 0) == 4 && text.bytes[4] == '-' && digits(text, 5) == 2 &&
           text.bytes[7] == '-' && digits(text, 8) == 2;
}

static bool is_time(seg_text text) {
    if (text.size_bytes < 16 || !is_date((seg_text){.bytes = text.bytes, .size_bytes = 10})) return false;
    return (text.bytes[10] == 'T' || text.bytes[10] == ' ') && digits(text, 11) == 2 &&
           text.bytes[13] == ':' && digits(text, 14) == 2;
}

static bool is_name(seg_text text) {
    for (size_t i = 0; i < text.size_bytes; i++) {
        char c = text.bytes[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
        if (!letter && (i == 0 || c < '0' || c > '9')) return false;
    }
    return text.size_bytes > 0 && text.size_bytes <= NAME_MOST;
}

/* Remembers the different values while they are few and could be the names of an enum. */
static bool value_look(field *f, seg_text text) {
    if (f->value_count > MOST_VALUES) return true;
    for (size_t i = 0; i < f->value_count; i++)
        if (text_is(text, f->values[i])) return true;
    if (f->value_count == MOST_VALUES || !is_name(text)) {
        f->value_count = MOST_VALUES + 1;
        return true;
    }
    f->values[f->value_count] = text_copy(text);
    return f->values[f->value_count] && ++f->value_count;
}

bool seg_sketch_field(seg_sketch *sketch, seg_text name, seg_sketch_value value, seg_text text) {
    if (!sketch->current) return true;
    if (sketch->current->field_count == MOST_FIELDS) {
        bool there = false;
        for (size_t i = 0; i < MOST_FIELDS && !there; i++)
            there = text_is(name, sketch->current->fields[i].name);
        if (!there) sketch->left_out++;
        if (!there) return true;
    }
    field *f = field_of(sketch, name);
    if (!f) return false;
    if (value == SEG_SKETCH_MISSING) f->missing++;
    else f->known++;
    switch (value) {
    case SEG_SKETCH_MISSING: return true;
    case SEG_SKETCH_OTHER: f->others++; return true;
    case SEG_SKETCH_EMPTY: f->empty++; return true;
    case SEG_SKETCH_ELEMENTS: f->lists++; return true;
    case SEG_SKETCH_TEXTS: f->sets++; return true;
    case SEG_SKETCH_BOOL: f->bools++; return true;
    case SEG_SKETCH_NUMBER:
        f->numbers++;
        number_look(f, text);
        return true;
    case SEG_SKETCH_WRITTEN:
        f->written++;
        number_look(f, text);
        f->as_bool += text_is(text, "true") || text_is(text, "false");
        break;
    case SEG_SKETCH_TEXT: f->texts++; break;
    }
    f->as_date += is_date(text);
    f->as_time += is_time(text);
    return value_look(f, text);
}

bool seg_sketch_columns(seg_sketch *sketch, seg_text event, const char *file, seg_text profile, seg_text time,
                        seg_text message) {
    if (!seg_sketch_fact(sketch, event)) return false;
    if (!sketch->current) return true;
    sketch->current->facts--;
    if (sketch->current->file) return true;
    const seg_text columns[3] = {profile, time, message};
    sketch->current->file = text_copy(seg_text_from(file));
    for (size_t i = 0; i < 3; i++)
        if (columns[i].size_bytes && !(sketch->current->columns[i] = text_copy(columns[i]))) return false;
    return sketch->current->file != NULL;
}

uint64_t seg_sketch_left_out(const seg_sketch *sketch) { return sketch->left_out; }

/* ---- Printing -------------------------------------------------------------------------------- */

static bool is_reserved(const char *name) {
    static const char *const words[] = {
        "timezone", "duplicates", "profile", "event", "events", "define", "param", "columns", "model",
        "native", "segment", "test", "and", "or", "not", "in", "if", "then", "else", "any", "no", "where",
        "is", "between", "contains", "matches", "true", "false", "ever", "since", "within", "set", "history"
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i], name) == 0) return true;
    return false;
}

/* "Order Completed" as order_completed. */
static void event_name(const char *source, char *out, size_t size) {
    size_t at = 0;
    for (const char *c = source; *c && at + 7 < size && at < NAME_MOST; c++) {
        char lower = (char)(*c >= 'A' && *c <= 'Z' ? *c + ('a' - 'A') : *c);
        bool letter = (lower >= 'a' && lower <= 'z') || (lower >= '0' && lower <= '9');
        bool digit_first = at == 0 && lower <= '9', gap = !letter && at && out[at - 1] != '_';
        if (gap || (letter && digit_first)) out[at++] = '_';
        if (letter) out[at++] = lower;
    }
    while (at && out[at - 1] == '_') at--;
    out[at] = 0;
    if (at == 0) snprintf(out, size, "event_");
    else if (is_reserved(out)) strcat(out, "_event");
}

static void string_print(FILE *file, const char *text) {
    fputc('"', file);
    for (const char *c = text; *c; c++) {
        if (*c == '"' || *c == '\\') fputc('\\', file);
        if (*c == '\n') fputs("\\n", file);
        else if (*c == '\t') fputs("\\t", file);
        else if ((unsigned char)*c < 0x20 || *c == 0x7f) fprintf(file, "\\u{%x}", (unsigned)*c);
        else fputc(*c, file);
    }
    fputc('"', file);
}

/* A text in a comment. */
static void comment_print(FILE *file, const char *text) {
    seg_output_text(file, seg_text_from(text), NAME_MOST);
}

static bool is_enum(const field *f) {
    uint64_t texts = f->texts + f->written;
    if (f->value_count == 0 || f->value_count > MOST_VALUES || texts < ENUM_REPEATS * f->value_count)
        return false;
    for (size_t i = 0; i < f->value_count; i++)
        if (is_reserved(f->values[i])) return false;
    return f->value_count > 1;
}

static void type_print(const field *f, FILE *file) {
    uint64_t n = f->known, numbers = f->numbers + f->written, texts = f->texts + f->written;
    if (n == 0) {
        fputs("text", file);
        return;
    }
    if (f->sets + f->empty == n) fputs("set of text", file);
    else if (f->bools + f->as_bool == n) fputs("bool", file);
    else if (numbers == n && f->as_int == n) fputs("int", file);
    else if (numbers == n && f->as_decimal == n && f->scale <= MOST_SCALE)
        fprintf(file, "decimal(%u)", f->scale);
    else if (numbers == n && f->as_float == n) fputs("float", file);
    else if (texts == n && f->as_date == n) fputs("date", file);
    else if (texts == n && f->as_date + f->as_time == n) fputs("time", file);
    else if (texts == n && is_enum(f))
        for (size_t i = 0; i < f->value_count; i++) fprintf(file, "%s%s", i ? " | " : "", f->values[i]);
    else fputs("text", file);
}

/* Whether all values have one type that a rule can read. */
static bool is_readable(const field *f) {
    uint64_t n = f->known;
    bool one = f->texts == n || f->numbers == n || f->bools == n || f->sets + f->empty == n ||
               f->written == n;
    return one && is_name(seg_text_from(f->name)) && !is_reserved(f->name);
}

static void unreadable_print(const field *f, FILE *file) {
    fputs("  # ", file);
    comment_print(file, f->name);
    if (!is_name(seg_text_from(f->name))) fputs(": not a name that a rule can use\n", file);
    else if (is_reserved(f->name)) fputs(": a word of the language\n", file);
    else if (f->lists && f->lists + f->empty == f->known)
        fputs(": its elements are an event of their own\n", file);
    else fputs(": its values are of several kinds, or nested\n", file);
}

static void fields_print(const kind *k, bool profile, FILE *file) {
    int width = 0;
    for (size_t i = 0; i < k->field_count; i++)
        if (is_readable(&k->fields[i]) && (int)strlen(k->fields[i].name) > width)
            width = (int)strlen(k->fields[i].name);
    for (size_t i = 0; i < k->field_count; i++) {
        const field *f = &k->fields[i];
        if (!is_readable(f)) {
            unreadable_print(f, file);
            continue;
        }
        bool set = f->known && f->sets + f->empty == f->known;
        fprintf(file, "  %s:%*s ", f->name, width - (int)strlen(f->name), "");
        type_print(f, file);
        fputs(!set && (profile || f->known < k->facts) ? "?\n" : "\n", file);
    }
}

static void columns_print(const kind *k, const char *name, FILE *file) {
    static const char *const roles[] = {"profile", "time", "id"};
    fprintf(file, "columns %s from ", name);
    string_print(file, k->file);
    fputs(" {\n", file);
    for (size_t i = 0; i < 3; i++) {
        if (!k->columns[i] && i < 2) fprintf(file, "  # %s = which column?\n", roles[i]);
        if (!k->columns[i]) continue;
        fprintf(file, "  %s = ", roles[i]);
        if (is_name(seg_text_from(k->columns[i])) && !is_reserved(k->columns[i])) fputs(k->columns[i], file);
        else string_print(file, k->columns[i]);
        fputc('\n', file);
    }
    for (size_t i = 0; i < k->field_count; i++)
        if (is_readable(&k->fields[i])) fprintf(file, "  %s = %s\n", k->fields[i].name, k->fields[i].name);
    fputs("}\n\n", file);
}

static const char *name_source(const kind *k) { return k->list ? k->list : k->source; }

static bool name_taken(const seg_sketch *sketch, size_t before, const char *name) {
    char other[NAME_MOST + 16];
    for (size_t i = 0; i < before; i++) {
        event_name(name_source(&sketch->events[i]), other, sizeof other);
        if (strcmp(other, name) == 0) return true;
    }
    return false;
}

void seg_sketch_print(const seg_sketch *sketch, FILE *file) {
    if (sketch->profile.field_count) {
        fputs("profile {\n", file);
        fields_print(&sketch->profile, true, file);
        fputs("}\n\n", file);
    }
    for (size_t i = 0; i < sketch->event_count; i++) {
        const kind *k = &sketch->events[i];
        char name[NAME_MOST + 40], base[NAME_MOST + 16], count[64];
        event_name(name_source(k), base, sizeof base);
        if (name_taken(sketch, i, base)) snprintf(name, sizeof name, "%s_%zu", base, i + 1);
        else snprintf(name, sizeof name, "%s", base);
        fprintf(file, "# seen %s\nevent %s from ", seg_count_noun(k->facts, "time", count), name);
        if (k->list) {
            fputs("each ", file);
            string_print(file, k->list);
            fputs(" of ", file);
        }
        string_print(file, k->source);
        if (k->field_count) {
            fputs(" {\n", file);
            fields_print(k, false, file);
            fputc('}', file);
        }
        fputs("\n\n", file);
        if (k->file) columns_print(k, name, file);
    }
}
