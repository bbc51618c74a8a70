/* bench.c - ratios, never absolute times: what is measured and its floor run in turn, in one process, and the
 * ratio is taken round by round. Results are compared before anything is timed.
 *
 *   bench OUT.json [EVENTS.ndjson WORKSPACE.seg]
 *
 * R1      one predicate over one profile through the C API, against the same predicate in C over a struct
 * STREAM  a file of events through the engine (every change, with its exact valid-until), against reading
 *         the records of the same file alone
 */
#include <engine.h>
#include <segc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROUNDS = 9, PEOPLE = 1000, PASSES = 200 };

typedef struct row {
    const char *name, *what;
    double ratio, least, most, nanoseconds, floor_nanoseconds;
} row;

static void fail(const char *what) {
    fprintf(stderr, "bench: %s\n", what);
    exit(4);
}

static double cpu_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static int compare_doubles(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static double median(double *values) {
    qsort(values, ROUNDS, sizeof *values, compare_doubles);
    return values[ROUNDS / 2];
}

/* `measured` and `floor` in seconds per round, over `items` things each. */
static row row_of(const char *name, const char *what, double *measured, double *floor, double items) {
    double ratios[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) ratios[i] = measured[i] / floor[i];
    row made = {.name = name, .what = what, .ratio = median(ratios)};
    made.least = ratios[0];
    made.most = ratios[ROUNDS - 1];
    made.nanoseconds = median(measured) / items * 1e9;
    made.floor_nanoseconds = median(floor) / items * 1e9;
    return made;
}

static seg_image *compile(const char *name, const char *source, size_t size) {
    seg_unit *unit;
    const uint8_t *bytes;
    size_t bytes_size;
    seg_image *image;
    if (seg_unit_new(&unit, NULL) || seg_unit_add(unit, name, source, size) || seg_unit_check(unit) ||
        seg_unit_errors(unit))
        fail("the rules do not compile");
    if (seg_unit_image(unit, false, &bytes, &bytes_size) ||
        seg_image_load(&image, bytes, bytes_size, NULL, NULL))
        fail("no image");
    seg_unit_free(unit);
    return image;
}

/* ---- R1
 * ---------------------------------------------------------------------------------------------------- */

static const char r1_source[] = "profile { visits: int  opted_out: bool  country: de | at | ch | fr }\n"
                                "segment r1: visits < 2 and not opted_out and country in [de, at]\n";

typedef struct person {
    int64_t visits, country;
    bool opted_out;
} person;

static bool __attribute__((noinline)) floor_r1(const person *p) {
    return p->visits < 2 && !p->opted_out && (p->country == 0 || p->country == 1);
}

static void set_attribute(seg_vm *vm, const seg_image *image, seg_state *state, const char *name,
                          int64_t value) {
    seg_value typed = {.known = true, .as.i = value};
    uint32_t attribute = seg_image_find_attribute(image, (seg_text){name, strlen(name)});
    if (seg_put_attribute(vm, state, attribute, &typed, 1, 0, 0, 1, NULL, NULL))
        fail("an attribute was refused");
}

static uint64_t pass_vm(seg_vm *vm, const seg_state *states) {
    uint64_t members = 0;
    for (int i = 0; i < PEOPLE; i++) {
        bool verdict;
        if (seg_evaluate(vm, &states[i], 0, 1, &verdict, NULL)) fail("evaluation failed");
        members += verdict;
    }
    return members;
}

static uint64_t pass_floor(const person *people) {
    uint64_t members = 0;
    for (int i = 0; i < PEOPLE; i++) members += floor_r1(&people[i]);
    return members;
}

static row bench_r1(void) {
    static person people[PEOPLE];
    static seg_state states[PEOPLE];
    seg_image *image = compile("r1.seg", r1_source, sizeof r1_source - 1);
    seg_vm *vm;
    if (seg_vm_new(&vm, image, NULL, NULL)) fail("no virtual machine");
    uint64_t random = 88172645463325252u;
    for (int i = 0; i < PEOPLE; i++) {
        random ^= random << 13, random ^= random >> 7, random ^= random << 17;
        people[i] = (person){(int64_t)(random % 4), (int64_t)(random >> 8 & 3), random >> 16 & 1};
        if (seg_state_init(vm, &states[i])) fail("no state");
        set_attribute(vm, image, &states[i], "visits", people[i].visits);
        set_attribute(vm, image, &states[i], "country", people[i].country);
        set_attribute(vm, image, &states[i], "opted_out", people[i].opted_out);
        if (seg_settle(vm, &states[i], 1, SEG_CAUSE_ATTRIBUTE, (seg_sink){0})) fail("no verdict");
    }
    if (pass_vm(vm, states) != pass_floor(people)) fail("R1: the results differ");
    double measured[ROUNDS], floor[ROUNDS];
    volatile uint64_t keep = 0;
    for (int round = 0; round < ROUNDS; round++) {
        double start = cpu_seconds();
        for (int i = 0; i < PASSES; i++) keep += pass_vm(vm, states);
        double middle = cpu_seconds();
        for (int i = 0; i < PASSES * 10; i++) keep += pass_floor(people);
        measured[round] = middle - start;
        floor[round] = (cpu_seconds() - middle) / 10;
    }
    for (int i = 0; i < PEOPLE; i++) seg_state_free(vm, &states[i]);
    seg_vm_free(vm);
    seg_image_free(image);
    return row_of("R1_vs_hand_c", "one predicate over one profile, C API against C over a struct", measured,
                  floor, (double)PEOPLE * PASSES);
}

/* ---- STREAM
 * -------------------------------------------------------------------------------------------------- */

static void count_change(void *user, const seg_engine_change *change) {
    (void)change;
    ++*(uint64_t *)user;
}

static uint64_t read_records(const seg_image *image, const char *path, seg_engine *engine) {
    seg_reader *reader;
    const seg_record *record;
    if (seg_reader_open(&reader, image, path, NULL, NULL, NULL)) fail("the events cannot be read");
    for (uint64_t records = 0;; records++) {
        if (seg_reader_next(reader, &record, NULL)) fail("reading failed");
        if (!record) {
            seg_reader_close(reader);
            return records;
        }
        if (engine && seg_engine_apply(engine, record, NULL)) fail("the engine failed");
    }
}

static row bench_stream(const char *events, const char *workspace) {
    static char source[1 << 16];
    FILE *file = fopen(workspace, "r");
    if (!file) fail("the workspace cannot be read");
    size_t size = fread(source, 1, sizeof source, file);
    fclose(file);
    seg_image *image = compile(workspace, source, size);
    double measured[ROUNDS], floor[ROUNDS], records = 0;
    for (int round = 0; round < ROUNDS; round++) {
        uint64_t changes = 0;
        seg_engine *engine;
        seg_engine_options options = {
            .mode = SEG_ENGINE_STREAM, .limit = SEG_TIME_MAX, .on_change = count_change, .user = &changes};
        double start = cpu_seconds();
        records = (double)read_records(image, events, NULL);
        double middle = cpu_seconds();
        if (seg_engine_new(&engine, image, &options, NULL)) fail("no engine");
        read_records(image, events, engine);
        seg_engine_free(engine);
        measured[round] = cpu_seconds() - middle;
        floor[round] = middle - start;
        if (changes == 0) fail("STREAM: nothing changed");
    }
    seg_image_free(image);
    return row_of("STREAM_vs_parse", "a file of events through the stream, against reading its records alone",
                  measured, floor, records);
}

int main(int count, char **arguments) {
    if (count != 2 && count != 4) fail("usage: bench OUT.json [EVENTS.ndjson WORKSPACE.seg]");
    row rows[2];
    int row_count = 0;
    rows[row_count++] = bench_r1();
    if (count == 4) rows[row_count++] = bench_stream(arguments[2], arguments[3]);
    FILE *out = fopen(arguments[1], "w");
    if (!out) fail("the result cannot be written");
    fprintf(out, "{\n");
    for (int i = 0; i < row_count; i++) {
        row r = rows[i];
        printf("%-16s %6.2f x its floor (%.2f .. %.2f)   %7.1f ns against %7.1f ns   %s\n", r.name, r.ratio,
               r.least, r.most, r.nanoseconds, r.floor_nanoseconds, r.what);
        fprintf(out,
                "  \"%s\": {\"ratio\": %.3f, \"min\": %.3f, \"max\": %.3f, \"peer\": \"floor\", \"ns\": "
                "%.2f, \"floor_ns\": %.2f}%s\n",
                r.name, r.ratio, r.least, r.most, r.nanoseconds, r.floor_nanoseconds,
                i + 1 < row_count ? "," : "");
    }
    fprintf(out, "}\n");
    return fclose(out) ? 4 : 0;
}
