/* batch.c - workload B1: a million profiles in twelve columns, a hundred segments of three conditions out
 * of 48.
 *
 *   batch DIR [ROWS]
 *
 * Writes the columns and the conditions into DIR, for peers to load, then does what each line of standard
 * input says and answers with a line: the CPU seconds that it took, then the members of each segment.
 *
 *   seg      the library over Arrow arrays: counts, and members as bits
 *
 *   threads  the same on two threads, in seconds of the clock; alone: on one, in seconds of the clock
 *
 *   floor    the same work by hand: each column once per condition on it, then a hundred combinations
 *
 *   rows     the sum of the members' row numbers instead of their count, from the library
 *
 * The rules are DIR/rules.seg. bench/peers/b1.py asks in turn and compares. */
#include <segc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "floor.h"

enum { COLUMNS = 12, ATOMS = 48, SEGMENTS = 100, GROUP = 64 };
static const int64_t now_ms = INT64_C(1767225600000); /* 2026-01-01T00:00Z */

static _Noreturn void fail(const char *what) {
    fprintf(stderr, "batch: %s\n", what);
    exit(4);
}

static void *take(size_t bytes) {
    void *made = aligned_alloc(64, (bytes + 127) / 64 * 64);
    if (!made) fail("no memory");
    memset(made, 0, (bytes + 127) / 64 * 64);
    return made;
}

static uint64_t random_state = 88172645463325252u;
static uint64_t draw(uint64_t below) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (random_state >> 11) % below;
}

/* ---- columns
 * --------------------------------------------------------------------------------------------------- */

static const char *const plans[] = {"free", "trial", "pro", "team"};
static const char *const countries[] = {
    "de", "us", "at", "ch", "fr", "fi", "cn", "in", "nl", "no", "es", "it", "pt", "pl", "cz",
    "sk", "hu", "ro", "bg", "gr", "tr", "il", "eg", "za", "ng", "ke", "ma", "br", "ar", "cl",
    "pe", "co", "mx", "ca", "au", "nz", "jp", "kr", "tw", "sg", "my", "th", "vn", "id", "ph",
    "pk", "bd", "lk", "ae", "sa", "ie", "gb", "be", "lu", "dk", "se", "ee", "lv", "lt", "ua"};

typedef struct column {
    const char *name, *type, *format; /* in the rules, in Arrow */
    size_t size_bytes;                /* 0: bits */
    void *values;
    uint64_t *valid;
    const char *const *texts;
    uint8_t text_count;
} column;

static column columns[COLUMNS] = {
    {.name = "visits", .type = "int?", .format = "i", .size_bytes = 4},
    {.name = "years", .type = "int?", .format = "i", .size_bytes = 4},
    {.name = "orders", .type = "int?", .format = "i", .size_bytes = 4},
    {.name = "logins", .type = "int?", .format = "l", .size_bytes = 8},
    {.name = "score", .type = "float?", .format = "g", .size_bytes = 8},
    {.name = "spend", .type = "decimal(2)?", .format = "d:18,2", .size_bytes = 16},
    {.name = "opted_out", .type = "bool?", .format = "b"},
    {.name = "consent", .type = "bool?", .format = "b"},
    {.name = "joined", .type = "time?", .format = "tsm:", .size_bytes = 8},
    {.name = "bought", .type = "date?", .format = "tdD", .size_bytes = 4},
    {.name = "plan", .type = "text?", .format = "C", .size_bytes = 1, .texts = plans, .text_count = 4},
    {.name = "country",
     .type = "text?",
     .format = "C",
     .size_bytes = 1,
     .texts = countries,
     .text_count = 60},
};

static void set_value(const column *c, size_t row) {
    size_t number = (size_t)(c - columns);
    static const uint64_t ranges[] = {25, 72, 12, 2000};
    switch (number) {
    case 0:
    case 2: ((int32_t *)c->values)[row] = (int32_t)draw(ranges[number]); break;
    case 1: ((int32_t *)c->values)[row] = 14 + (int32_t)draw(ranges[number]); break;
    case 3: ((int64_t *)c->values)[row] = (int64_t)draw(ranges[number]); break;
    case 4: ((double *)c->values)[row] = (double)draw(10001) / 10000; break;
    case 5: ((int64_t *)c->values)[2 * row] = (int64_t)draw(150000); break;
    case 6:
    case 7:
        ((uint64_t *)c->values)[row / GROUP] |= (uint64_t)(draw(10) < (number == 6 ? 2 : 6)) << row % GROUP;
        break;
    case 8: ((int64_t *)c->values)[row] = now_ms - (int64_t)draw(1500 * UINT64_C(86400000)); break;
    case 9: ((int32_t *)c->values)[row] = 20454 - (int32_t)draw(1000); break;
    default: ((uint8_t *)c->values)[row] = (uint8_t)draw(c->text_count); break;
    }
}

static void make_columns(size_t rows) {
    for (int i = 0; i < COLUMNS; i++) {
        column *c = &columns[i];
        c->values = take(c->size_bytes ? rows * c->size_bytes : rows / 8 + 8);
        c->valid = take(rows / 8 + 8);
        for (size_t row = 0; row < rows; row++) {
            set_value(c, row);
            c->valid[row / GROUP] |= (uint64_t)(draw(20) != 0) << row % GROUP;
        }
    }
}

/* ---- conditions
 * ------------------------------------------------------------------------------------------------- */

typedef struct atom {
    int column;
    const char *op, *value; /* as the rules spell them */
    int64_t number; /* the value as it lies in the column; of texts the floor's codes follow from `value` */
} atom;

static const atom atoms[ATOMS] = {
    {0, ">", "1", 1},
    {0, ">", "5", 5},
    {0, ">", "10", 10},
    {0, "<", "3", 3},
    {0, "<", "20", 20},
    {0, "==", "0", 0},
    {1, ">", "17", 17},
    {1, "<", "25", 25},
    {1, ">", "40", 40},
    {1, "<", "65", 65},
    {1, ">", "30", 30},
    {2, ">", "0", 0},
    {2, ">", "2", 2},
    {2, "<", "10", 10},
    {2, "<", "5", 5},
    {2, "==", "1", 1},
    {3, ">", "100", 100},
    {3, "<", "50", 50},
    {3, ">", "1000", 1000},
    {4, ">", "0.8", 8000},
    {4, "<", "0.2", 2000},
    {4, ">", "0.5", 5000},
    {4, "<", "0.9", 9000},
    {5, ">", "100.00", 10000},
    {5, "<", "20.00", 2000},
    {5, ">", "500.00", 50000},
    {5, "<", "1000.00", 100000},
    {6, "==", "true", 1},
    {6, "==", "false", 0},
    {7, "==", "true", 1},
    {7, "==", "false", 0},
    {8, ">", "2025-06-01T00:00:00Z", INT64_C(1748736000000)},
    {8, "<", "2024-01-01T00:00:00Z", INT64_C(1704067200000)},
    {8, "within", "30d", INT64_C(1767225600000) - 30 * INT64_C(86400000)},
    {8, ">", "2023-01-01T00:00:00Z", INT64_C(1672531200000)},
    {9, ">", "2025-10-01", 20362},
    {9, "<", "2025-01-01", 20089},
    {9, ">", "2024-06-01", 19875},
    {9, "<", "2025-12-01", 20423},
    {10, "==", "pro", 0},
    {10, "==", "free", 0},
    {10, "!=", "trial", 0},
    {10, "in", "pro team", 0},
    {11, "==", "de", 0},
    {11, "!=", "us", 0},
    {11, "in", "de at ch", 0},
    {11, "starts", "f", 0},
    {11, "contains", "n", 0},
};

typedef struct segment {
    int a, b, c, form; /* 0: a and b and c; 1: a and (b or c); 2: (a and b) or c */
} segment;
static segment segments[SEGMENTS];

static void make_segments(void) {
    for (int i = 0; i < SEGMENTS; i++) {
        segment *s = &segments[i];
        s->form = i % 3;
        s->a = i % ATOMS; /* every condition is there */
        do s->b = (int)draw(ATOMS);
        while (atoms[s->b].column == atoms[s->a].column);
        do s->c = (int)draw(ATOMS);
        while (atoms[s->c].column == atoms[s->a].column || atoms[s->c].column == atoms[s->b].column);
    }
}

/* "pro team" as ["pro", "team"]. */
static void write_list(FILE *file, const char *words) {
    fputs("[\"", file);
    for (; *words; words++)
        if (*words == ' ')
            fputs("\", \"", file);
        else
            fputc(*words, file);
    fputs("\"]", file);
}

static void write_atom(FILE *file, const atom *a) {
    const char *name = columns[a->column].name;
    bool is_text = columns[a->column].texts != NULL;
    fprintf(file, "%s is known and %s ", name, name);
    if (strcmp(a->op, "within") == 0)
        fprintf(file, "within last %s", a->value);
    else if (strcmp(a->op, "in") == 0)
        fputs("in ", file), write_list(file, a->value);
    else if (strcmp(a->op, "starts") == 0)
        fprintf(file, "starts with \"%s\"", a->value);
    else
        fprintf(file, is_text ? "%s \"%s\"" : "%s %s", a->op, a->value);
}

static void write_rules(FILE *file) {
    fprintf(file, "profile {\n");
    for (int i = 0; i < COLUMNS; i++) fprintf(file, "  %s: %s\n", columns[i].name, columns[i].type);
    fprintf(file, "}\n");
    for (int i = 0; i < SEGMENTS; i++) {
        const segment *s = &segments[i];
        static const char *const before[] = {"(", "(", "(("},
                                 *const first[] = {") and (", ") and ((", ") and ("},
                                 *const second[] = {") and (", ") or (", ")) or ("},
                                 *const after[] = {")", "))", ")"};
        fprintf(file, "segment s%02d: %s", i, before[s->form]);
        write_atom(file, &atoms[s->a]);
        fputs(first[s->form], file);
        write_atom(file, &atoms[s->b]);
        fputs(second[s->form], file);
        write_atom(file, &atoms[s->c]);
        fprintf(file, "%s\n", after[s->form]);
    }
}

/* The conditions as peers read them. */
static void write_workload(FILE *file, size_t rows) {
    fprintf(file, "{\"rows\": %zu, \"now_ms\": %lld, \"columns\": [", rows, (long long)now_ms);
    for (int i = 0; i < COLUMNS; i++) {
        const column *c = &columns[i];
        fprintf(file, "%s\n{\"name\": \"%s\", \"format\": \"%s\", \"texts\": [", i ? "," : "", c->name,
                c->format);
        for (int j = 0; j < c->text_count; j++) fprintf(file, "%s\"%s\"", j ? ", " : "", c->texts[j]);
        fputs("]}", file);
    }
    fputs("],\n\"atoms\": [", file);
    for (int i = 0; i < ATOMS; i++)
        fprintf(file, "%s\n[\"%s\", \"%s\", \"%s\", %lld]", i ? "," : "", columns[atoms[i].column].name,
                atoms[i].op, atoms[i].value, (long long)atoms[i].number);
    fputs("],\n\"segments\": [", file);
    for (int i = 0; i < SEGMENTS; i++)
        fprintf(file, "%s[%d, %d, %d, %d]", i ? ", " : "", segments[i].form, segments[i].a, segments[i].b,
                segments[i].c);
    fputs("]}\n", file);
}

static FILE *create(const char *folder, const char *name) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    if (!file) fail("a file cannot be written");
    return file;
}

static void close_file(FILE *file) {
    if (fclose(file)) fail("a file cannot be written");
}

static void write_files(const char *folder, size_t rows) {
    FILE *file = create(folder, "workload.json");
    write_workload(file, rows);
    close_file(file);
    file = create(folder, "rules.seg");
    write_rules(file);
    close_file(file);
    for (int i = 0; i < COLUMNS; i++) {
        char name[64];
        const column *c = &columns[i];
        snprintf(name, sizeof name, "%s.values", c->name);
        file = create(folder, name);
        fwrite(c->values, 1, c->size_bytes ? rows * c->size_bytes : (rows + 7) / 8, file);
        close_file(file);
        snprintf(name, sizeof name, "%s.valid", c->name);
        file = create(folder, name);
        fwrite(c->valid, 1, (rows + 7) / 8, file);
        close_file(file);
    }
}

/* ---- the library
 * ------------------------------------------------------------------------------------------------- */

typedef struct arrays {
    struct ArrowArray all, each[COLUMNS], *children[COLUMNS], dictionaries[COLUMNS];
    const void *buffers[COLUMNS][2], *dictionary_buffers[COLUMNS][3];
    int32_t ends[COLUMNS][64];
    char texts[COLUMNS][256];
} arrays;

typedef struct worker {
    seg_batch *batch;
    arrays arrow;
    uint64_t *members[SEGMENTS], counts[SEGMENTS];
} worker;

static struct ArrowSchema schema, schemas[COLUMNS], *schema_children[COLUMNS],
    text_schema = {.format = "u", .name = ""};

static void make_schema(void) {
    for (int i = 0; i < COLUMNS; i++) {
        schemas[i] = (struct ArrowSchema){.format = columns[i].format, .name = columns[i].name};
        if (columns[i].texts) schemas[i].dictionary = &text_schema;
        schema_children[i] = &schemas[i];
    }
    schema = (struct ArrowSchema){.format = "+s", .n_children = COLUMNS, .children = schema_children};
}

static void make_arrays(arrays *a, size_t rows) {
    for (int i = 0; i < COLUMNS; i++) {
        const column *c = &columns[i];
        a->buffers[i][0] = c->valid;
        a->buffers[i][1] = c->values;
        a->each[i] = (struct ArrowArray){
            .length = (int64_t)rows, .null_count = -1, .n_buffers = 2, .buffers = a->buffers[i]};
        a->children[i] = &a->each[i];
        if (!c->texts) continue;
        int32_t end = 0;
        for (int j = 0; j < c->text_count; j++) {
            memcpy(a->texts[i] + end, c->texts[j], strlen(c->texts[j]));
            a->ends[i][j + 1] = end += (int32_t)strlen(c->texts[j]);
        }
        a->dictionary_buffers[i][1] = a->ends[i];
        a->dictionary_buffers[i][2] = a->texts[i];
        a->dictionaries[i] =
            (struct ArrowArray){.length = c->text_count, .n_buffers = 3, .buffers = a->dictionary_buffers[i]};
        a->each[i].dictionary = &a->dictionaries[i];
    }
    a->all = (struct ArrowArray){.length = (int64_t)rows, .n_children = COLUMNS, .children = a->children};
}

static seg_image *compile(void) {
    char *source;
    size_t size;
    FILE *file = open_memstream(&source, &size);
    if (!file) fail("no memory");
    write_rules(file);
    fclose(file);
    seg_unit *unit;
    const uint8_t *bytes;
    seg_image *image;
    if (seg_unit_new(&unit, NULL) || seg_unit_add(unit, "b1.seg", source, size) || seg_unit_check(unit) ||
        seg_unit_errors(unit) || seg_unit_image(unit, false, &bytes, &size) ||
        seg_image_load(&image, bytes, size, NULL, NULL))
        fail("the rules do not compile");
    seg_unit_free(unit);
    free(source);
    return image;
}

static void make_worker(worker *w, const seg_image *image, size_t rows, uint32_t vector_rows,
                        uint32_t threads) {
    seg_error error = {.message = ""};
    seg_batch_options options = {.vector_rows = vector_rows, .threads = threads};
    make_arrays(&w->arrow, rows);
    if (seg_batch_new(&w->batch, image, &schema, now_ms, &options, NULL, &error)) fail(error.message);
    for (int i = 0; i < SEGMENTS; i++) w->members[i] = take(rows / 8 + 8);
}

static void run_worker(worker *w) {
    seg_error error = {.message = ""};
    if (seg_batch_run(w->batch, &w->arrow.all, w->members, w->counts, &error)) fail(error.message);
}

/* ---- the floor
 * --------------------------------------------------------------------------------------------------- */

static bool has_text(const atom *a, const char *text) {
    const char *found;
    if (strcmp(a->op, "==") == 0) return strcmp(text, a->value) == 0;
    if (strcmp(a->op, "!=") == 0) return strcmp(text, a->value) != 0;
    if (strcmp(a->op, "starts") == 0) return strncmp(text, a->value, strlen(a->value)) == 0;
    found = strstr(strcmp(a->op, "in") == 0 ? a->value : text, strcmp(a->op, "in") == 0 ? text : a->value);
    return found != NULL;
}

/* `rows` is a whole number of groups. */
static void floor_atom(const atom *a, size_t first, size_t rows, uint64_t *bits) {
    const column *c = &columns[a->column];
    const uint64_t *valid = c->valid + first / GROUP;
    size_t groups = rows / GROUP;
    const char *at = (const char *)c->values + first * c->size_bytes;
    int how = *a->op == '=' ? 0 : *a->op == '<' ? -1 : 1;
    uint8_t table[32] = {0};
    switch (c->format[0]) {
    case 'i': floor_i32((const void *)at, groups, how, (int32_t)a->number, valid, bits); break;
    case 'l': floor_i64((const void *)at, groups, how, a->number, valid, bits); break;
    case 'g': floor_f64((const void *)at, groups, how, (double)a->number / 10000, valid, bits); break;
    case 'd': floor_i128((const void *)at, groups, how, a->number, valid, bits); break;
    case 'b':
        for (size_t i = 0; i < groups; i++)
            bits[i] =
                (((const uint64_t *)c->values)[first / GROUP + i] ^ (a->number ? 0 : UINT64_MAX)) & valid[i];
        break;
    case 't':
        if (c->size_bytes == 4)
            floor_i32((const void *)at, groups, how, (int32_t)a->number, valid, bits);
        else
            floor_i64((const void *)at, groups, how, a->number, valid, bits);
        break;
    default:
        for (int i = 0; i < c->text_count; i++) table[i / 8] |= (uint8_t)(has_text(a, c->texts[i]) << i % 8);
        floor_codes((const void *)at, groups, table, valid, bits);
        break;
    }
}

enum { FLOOR_ROWS = 8192 };

static void run_floor(size_t rows, uint64_t *const *members, uint64_t *counts) {
    static uint64_t bits[ATOMS][FLOOR_ROWS / GROUP];
    memset(counts, 0, SEGMENTS * sizeof *counts);
    for (size_t first = 0; first < rows; first += FLOOR_ROWS) {
        size_t here = rows - first < FLOOR_ROWS ? rows - first : FLOOR_ROWS,
               groups = (here + GROUP - 1) / GROUP;
        for (int i = 0; i < ATOMS; i++) floor_atom(&atoms[i], first, groups * GROUP, bits[i]);
        for (int i = 0; i < SEGMENTS; i++) {
            const segment *s = &segments[i];
            counts[i] += floor_combine(s->form, bits[s->a], bits[s->b], bits[s->c], groups,
                                       members[i] + first / GROUP);
        }
    }
}

/* ---- asked in turn
 * -------------------------------------------------------------------------------------------------- */

static double seconds_of(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void answer(double seconds, const uint64_t *counts) {
    printf("%.9f", seconds);
    for (int i = 0; i < SEGMENTS; i++) printf(" %llu", (unsigned long long)counts[i]);
    printf("\n");
    fflush(stdout);
}

static void answer_rows(const worker *w, size_t rows) {
    uint64_t sums[SEGMENTS] = {0};
    for (int i = 0; i < SEGMENTS; i++)
        for (size_t row = 0; row < rows; row++)
            if (w->members[i][row / GROUP] >> row % GROUP & 1) sums[i] += row;
    answer(0, sums);
}

int main(int count, char **arguments) {
    if (count < 2) fail("usage: batch DIR [ROWS [VECTOR_ROWS]]");
    size_t rows = count > 2 ? strtoull(arguments[2], NULL, 10) : 1000000;
    uint32_t vector_rows = count > 3 ? (uint32_t)strtoul(arguments[3], NULL, 10) : 0;
    if (rows < 256 || rows > 100000000) fail("256 to 100,000,000 rows");
    static worker whole, halved;
    make_columns(rows + GROUP);
    for (int i = 0; i < COLUMNS; i++) /* nobody is behind the last row */
        for (size_t row = rows; row < rows + GROUP; row++)
            columns[i].valid[row / GROUP] &= ~(UINT64_C(1) << row % GROUP);
    make_segments();
    write_files(arguments[1], rows);
    make_schema();
    seg_image *image = compile();
    make_worker(&whole, image, rows, vector_rows, 1);
    make_worker(&halved, image, rows, vector_rows, 2);
    char line[64];
    uint64_t counts[SEGMENTS];
    while (fgets(line, sizeof line, stdin)) {
        bool is_halved = strcmp(line, "threads\n") == 0;
        clockid_t clock =
            is_halved || strcmp(line, "alone\n") == 0 ? CLOCK_MONOTONIC : CLOCK_PROCESS_CPUTIME_ID;
        worker *w = is_halved ? &halved : &whole;
        double start = seconds_of(clock);
        if (strcmp(line, "floor\n") == 0)
            run_floor(rows, whole.members, counts);
        else {
            run_worker(w);
            memcpy(counts, w->counts, sizeof counts);
        }
        double seconds = seconds_of(clock) - start;
        if (strcmp(line, "rows\n") == 0)
            answer_rows(&whole, rows);
        else
            answer(seconds, counts);
    }
    return 0;
}
