/* compile.c - workload C1: ten thousand rules from their text to an image, with every check.
 *
 *   compile DIR
 *
 * Writes rules.seg and, with the same conditions, rules.lua and rules.sql into DIR, says "ready", then does
 * what each line of standard input says and answers with the CPU seconds and what came of it: seg     the
 * text becomes an image in memory: how many segments it has sqlite  each line of rules.sql is prepared, as a
 * query of its own: how many there were (0: SQLite refused one) load    the image is loaded: segments; bytes
 * of the image; bytes that the host then holds, image and VM bench/peers/c1.py asks in turn, and runs luac
 * over rules.lua. */
#include <inttypes.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

enum { RULES = 10000, KINDS = 8, ROOM = 4 << 20, LINE = 512 };

typedef struct text {
    char *bytes;
    size_t size;
} text;

static text seg_text_made, lua_text, sql_text;

static const char head[] = "profile {\n"
                           "  visits: int  opted_out: bool  country: text\n"
                           "  plan: free | basic | pro | team | enterprise\n"
                           "}\n";
static const char schema[] =
    "CREATE TABLE p (profile INTEGER PRIMARY KEY, visits INT, opted_out INT, country TEXT, plan TEXT);"
    "CREATE TABLE e (profile INT, kind INT, at INT, amount INT);"
    "CREATE INDEX by_profile ON e (profile, kind, at);";

static void add(text *to, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(text *to, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(to->bytes + to->size, ROOM - to->size, format, arguments);
    va_end(arguments);
    if (size < 0 || (size_t)size >= ROOM - to->size) bench_fail("the rules are too long");
    to->size += (size_t)size;
}

/* Two comparisons, a word of six, a count or a plan and a sum: the constants differ from rule to rule. */
static void make_rules(void) {
    static const char *const plans[] = {"free", "basic", "pro", "team", "enterprise"};
    static const char *const countries[] = {"de", "at", "ch", "fr", "us", "ca"};
    uint64_t random = 88172645463325252u;
#define DRAW(below) ((int)((bench_random(&random) >> 11) % (below)))
    add(&seg_text_made, "%s", head);
    for (int i = 0; i < KINDS; i++) add(&seg_text_made, "event e%d from \"E%d\" { amount: int }\n", i, i);
    for (int i = 0; i < RULES; i++) {
        int visits = DRAW(1000), counted = DRAW(KINDS), days = 1 + DRAW(89), least = 1 + DRAW(8);
        int summed = DRAW(KINDS), span = 1 + DRAW(59), sum = DRAW(10000);
        const char *country = countries[DRAW(6)], *plan = plans[DRAW(5)];
        add(&seg_text_made,
            "segment s%d: visits < %d and not opted_out and country == \"%s\""
            " and (e%d(%dd) >= %d or plan == %s and sum(e%d.amount, %dd) > %d)\n",
            i, visits, country, counted, days, least, plan, summed, span, sum);
        add(&lua_text,
            "function s%d() return visits < %d and not opted_out and country == \"%s\""
            " and (count(e%d, %d) >= %d or plan == \"%s\" and sum(e%d, \"amount\", %d) > %d) end\n",
            i, visits, country, counted, days, least, plan, summed, span, sum);
        add(&sql_text,
            "SELECT profile FROM p WHERE visits < %d AND NOT opted_out AND country = '%s' AND ((SELECT "
            "count(*) FROM e"
            " WHERE e.profile = p.profile AND kind = %d AND at > ?1 - %d) >= %d OR plan = '%s' AND (SELECT "
            "sum(amount)"
            " FROM e WHERE e.profile = p.profile AND kind = %d AND at > ?1 - %d) > %d)\n",
            visits, country, counted, days, least, plan, summed, span, sum);
    }
#undef DRAW
}

static void write_text(const char *folder, const char *name, const text *written) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *out = fopen(path, "w");
    if (!out || fwrite(written->bytes, 1, written->size, out) != written->size || fclose(out))
        bench_fail("the rules cannot be written");
}

static void *counted_resize(void *user, void *block, size_t old_bytes, size_t new_bytes) {
    size_t *held = user;
    *held += new_bytes - old_bytes;
    if (new_bytes > 0) return realloc(block, new_bytes);
    free(block);
    return NULL;
}

static void compile(bool loads) {
    seg_unit *unit;
    const uint8_t *bytes;
    size_t size, held = 0;
    seg_allocator allocator = {counted_resize, &held};
    seg_image *image = NULL;
    seg_vm *vm = NULL;
    double start = bench_cpu_seconds();
    if (seg_unit_new(&unit, NULL) ||
        seg_unit_add(unit, "rules.seg", seg_text_made.bytes, seg_text_made.size) || seg_unit_check(unit) ||
        seg_unit_errors(unit) || seg_unit_image(unit, false, &bytes, &size))
        bench_fail("the rules do not compile");
    double compiled = bench_cpu_seconds();
    if (seg_image_load(&image, bytes, size, &allocator, NULL) || seg_vm_new(&vm, image, &allocator, NULL))
        bench_fail("no image");
    double seconds = loads ? bench_cpu_seconds() - compiled : compiled - start;
    seg_image_info info;
    seg_image_describe(image, &info);
    printf("%.9f %" PRIu32, seconds, info.segment_count);
    if (loads) printf(" %zu %zu", size, held);
    printf("\n");
    seg_vm_free(vm);
    seg_image_free(image);
    seg_unit_free(unit);
}

static void prepare(sqlite3 *database) {
    double start = bench_cpu_seconds();
    int prepared = 0;
    for (const char *line = sql_text.bytes, *end = line + sql_text.size; line < end;) {
        const char *next = memchr(line, '\n', (size_t)(end - line));
        sqlite3_stmt *statement;
        if (sqlite3_prepare_v2(database, line, (int)(next - line), &statement, NULL) != SQLITE_OK) break;
        sqlite3_finalize(statement);
        prepared++;
        line = next + 1;
    }
    printf("%.9f %d\n", bench_cpu_seconds() - start, prepared == RULES ? prepared : 0);
}

int main(int count, char **arguments) {
    if (count != 2) bench_fail("usage: compile DIR");
    text *const texts[] = {&seg_text_made, &lua_text, &sql_text};
    for (int i = 0; i < 3; i++)
        if (!(texts[i]->bytes = malloc(ROOM))) bench_fail("no memory");
    make_rules();
    write_text(arguments[1], "rules.seg", &seg_text_made);
    write_text(arguments[1], "rules.lua", &lua_text);
    write_text(arguments[1], "rules.sql", &sql_text);
    sqlite3 *database;
    if (sqlite3_open(":memory:", &database) || sqlite3_exec(database, schema, NULL, NULL, NULL))
        bench_fail("no database");
    printf("ready\n");
    fflush(stdout);
    char line[LINE];
    while (fgets(line, sizeof line, stdin)) {
        if (strcmp(line, "sqlite\n") == 0)
            prepare(database);
        else
            compile(strcmp(line, "load\n") == 0);
        fflush(stdout);
    }
    sqlite3_close(database);
    for (int i = 0; i < 3; i++) free(texts[i]->bytes);
    return 0;
}
