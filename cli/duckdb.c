#include "duckdb.h"

#include <dlfcn.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "output.h"

enum { FAULT_MOST = 300 };

static const struct {
    const char *name;
    size_t offset;
} functions[] = {
#define SEG_DUCKDB(name, result, arguments) {"duckdb_" #name, offsetof(seg_duckdb_functions, name)},
#include "duckdb.def"
#undef SEG_DUCKDB
};

void seg_duckdb_explain(const seg_duckdb *duckdb, const char *fault, char *out, size_t size_bytes) {
    if (!fault || !*fault) fault = "DuckDB does not say why";
    size_t line = strcspn(fault, "\n"), path = strlen(duckdb->path);
    const char *found = path ? memmem(fault, line, duckdb->path, path) : NULL;
    size_t before = found ? (size_t)(found - fault) : line, after = found ? before + path : line;
    snprintf(out, size_bytes, "%.*s%s%.*s", (int)before, fault, found ? duckdb->name : "",
             (int)(line - after), fault + after);
}

static seg_duckdb_functions loaded;

const seg_duckdb_functions *seg_duckdb_call(void) { return &loaded; }

int seg_duckdb_say(const seg_duckdb *duckdb, const char *fault) {
    char line[FAULT_MOST];
    seg_duckdb_explain(duckdb, fault, line, sizeof line);
    char *name = seg_text_show(seg_text_from(duckdb->name), 0), *why = seg_text_show(seg_text_from(line), 0);
    if (name && why) seg_say("%s: %s", name, why);
    free(name);
    free(why);
    return SEG_EXIT_MACHINE;
}

/* The library stays until the program ends: it has threads of its own. A path is taken as it is; without one,
 * the system looks where it looks for libraries. */
int seg_duckdb_load(const char *name) {
    const char *path = getenv("SEG_DUCKDB");
    bool is_given = path && *path;
    void *library = dlopen(is_given ? path : "libduckdb.so", RTLD_NOW | RTLD_LOCAL);
    if (!library && is_given) {
        seg_say("cannot load SEG_DUCKDB: %s.", dlerror());
        return SEG_EXIT_MACHINE;
    }
    if (!library) {
        seg_say("%s: Parquet needs DuckDB's library, libduckdb.so, and the system finds none. Get it from "
                "duckdb.org (the C/C++ package) or from npm (@duckdb/node-bindings-linux-x64), and say "
                "where it is: SEG_DUCKDB=/path/to/libduckdb.so.",
                name);
        return SEG_EXIT_MACHINE;
    }
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        void *function = dlsym(library, functions[i].name);
        if (!function) {
            seg_say("%s has no %s: DuckDB 1.2 or later is needed.", is_given ? path : "libduckdb.so",
                    functions[i].name);
            return SEG_EXIT_MACHINE;
        }
        memcpy((char *)&loaded + functions[i].offset, &function, sizeof function);
    }
    return SEG_EXIT_GOOD;
}

bool seg_duckdb_run(seg_duckdb *duckdb, const char *sql, seg_duckdb_result *result) {
    *result = (seg_duckdb_result){0};
    return duckdb->call->query(duckdb->connection, sql, result) == 0;
}

/* Nothing is fetched or loaded by itself, and nothing is put on disk. */
static int make_database(seg_duckdb *duckdb) {
    static const char *const settings[][2] = {
        {"autoinstall_known_extensions", "false"}, {"autoload_known_extensions", "false"},
        {"allow_community_extensions", "false"},   {"allow_unsigned_extensions", "false"},
        {"allow_persistent_secrets", "false"},     {"temp_directory", ""},
    };
    void *config = NULL;
    char *fault = NULL;
    bool good = duckdb->call->create_config(&config) == 0;
    for (size_t i = 0; good && i < sizeof settings / sizeof *settings; i++)
        good = duckdb->call->set_config(config, settings[i][0], settings[i][1]) == 0;
    good = good && duckdb->call->open_ext(NULL, &duckdb->database, config, &fault) == 0 &&
           duckdb->call->connect(duckdb->database, &duckdb->connection) == 0;
    int code = good ? SEG_EXIT_GOOD : seg_duckdb_say(duckdb, fault ? fault : "DuckDB does not start");
    duckdb->call->free(fault);
    duckdb->call->destroy_config(&config);
    return code;
}

/* From here on it reaches the one file, and no statement can change that. */
static int lock(seg_duckdb *duckdb) {
    char *sql = NULL;
    if (asprintf(&sql,
                 "SET allowed_paths = ['%s']; SET enable_external_access = false; "
                 "SET lock_configuration = true;",
                 duckdb->path) < 0)
        return seg_say_memory();
    seg_duckdb_result result;
    int code = SEG_EXIT_GOOD;
    if (!seg_duckdb_run(duckdb, sql, &result))
        code = seg_duckdb_say(duckdb, duckdb->call->result_error(&result));
    duckdb->call->destroy_result(&result);
    free(sql);
    return code;
}

int seg_duckdb_open(seg_duckdb *duckdb, int descriptor, const char *name) {
    *duckdb = (seg_duckdb){.call = &loaded, .name = name};
    /* By its number: so a file's name is never taken for a pattern, an address or a part of a statement. */
    snprintf(duckdb->path, sizeof duckdb->path, "/proc/self/fd/%d", descriptor);
    int code = seg_duckdb_load(name);
    if (!code) code = make_database(duckdb);
    if (!code) code = lock(duckdb);
    return code;
}

void seg_duckdb_close(seg_duckdb *duckdb) {
    if (duckdb->connection) duckdb->call->disconnect(&duckdb->connection);
    if (duckdb->database) duckdb->call->close(&duckdb->database);
}
