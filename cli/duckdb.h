/* duckdb.h - DuckDB as a shared library that is loaded when a Parquet file is asked for, and one file in it.
 *
 * Nothing of it is needed to build or to start: it is the user's own installation, found by SEG_DUCKDB or by
 * the system. Its C interface is declared in duckdb.def as far as it is used. */
#ifndef SEG_CLI_DUCKDB_H
#define SEG_CLI_DUCKDB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct seg_duckdb_result { /* laid out by DuckDB; it passes it by value */
    uint64_t counts[3];
    void *columns;
    char *message;
    void *inside;
} seg_duckdb_result;

typedef struct seg_duckdb_functions {
#define SEG_DUCKDB(name, result, arguments) result(*name) arguments;
#include "duckdb.def"
#undef SEG_DUCKDB
} seg_duckdb_functions;

/* The numbers of its types that are told apart. */
enum {
    SEG_DUCKDB_BOOLEAN = 1,
    SEG_DUCKDB_TINYINT = 2,
    SEG_DUCKDB_SMALLINT = 3,
    SEG_DUCKDB_INTEGER = 4,
    SEG_DUCKDB_BIGINT = 5,
    SEG_DUCKDB_UTINYINT = 6,
    SEG_DUCKDB_USMALLINT = 7,
    SEG_DUCKDB_UINTEGER = 8,
    SEG_DUCKDB_UBIGINT = 9,
    SEG_DUCKDB_FLOAT = 10,
    SEG_DUCKDB_DOUBLE = 11,
    SEG_DUCKDB_TIMESTAMP = 12, /* in microseconds */
    SEG_DUCKDB_DATE = 13,
    SEG_DUCKDB_TIME = 14,
    SEG_DUCKDB_HUGEINT = 16,
    SEG_DUCKDB_VARCHAR = 17,
    SEG_DUCKDB_DECIMAL = 19,
    SEG_DUCKDB_TIMESTAMP_S = 20,
    SEG_DUCKDB_TIMESTAMP_MS = 21,
    SEG_DUCKDB_TIMESTAMP_NS = 22,
    SEG_DUCKDB_ENUM = 23,
    SEG_DUCKDB_LIST = 24,
    SEG_DUCKDB_UUID = 27,
    SEG_DUCKDB_TIMESTAMP_TZ = 31, /* in microseconds */
    SEG_DUCKDB_UHUGEINT = 32
};

typedef struct seg_duckdb { /* an empty database in memory */
    const seg_duckdb_functions *call;
    void *database, *connection;
    char path[64];    /* what it calls the one file */
    const char *name; /* and the user */
} seg_duckdb;

/* Those of the library, once one is loaded: for what it calls back. There is one in a process. */
const seg_duckdb_functions *seg_duckdb_call(void);
/* Loads the library, or says how to get it. `name` is the file that it is needed for. Gives an exit code. */
int seg_duckdb_load(const char *name);
/* Loads the library and opens a database that can reach one open file, to read or to write, and nothing else:
 * neither other files nor a network, and nothing can be loaded into it. `name`, which must outlive it, is
 * what messages call the file. Gives an exit code; seg_duckdb_close in any case. */
int seg_duckdb_open(seg_duckdb *duckdb, int descriptor, const char *name);
void seg_duckdb_close(seg_duckdb *duckdb);
/* Runs a statement. False: *result says why. Destroy it in any case. */
bool seg_duckdb_run(seg_duckdb *duckdb, const char *sql, seg_duckdb_result *result);
/* What went wrong with the file, in a line: its own name stands where DuckDB knows a number. */
void seg_duckdb_explain(const seg_duckdb *duckdb, const char *fault, char *out, size_t size_bytes);
/* Says it and gives SEG_EXIT_MACHINE. */
int seg_duckdb_say(const seg_duckdb *duckdb, const char *fault);

#endif
