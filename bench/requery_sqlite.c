/* requery_sqlite.c - S1 with SQLite as the store: each event is inserted, and then the events of its profile
 * and kind are counted over the windows that somebody asks for. So a team hears of those who enter; that
 * somebody leaves, because time passes, it does not hear. */
#include <sqlite3.h>

#include "requery.h"

enum { TRANSACTION = 1000 };

static sqlite3_stmt *prepared(sqlite3 *database, const char *text) {
    sqlite3_stmt *statement;
    if (sqlite3_prepare_v2(database, text, -1, &statement, NULL)) bench_fail("SQLite takes no statement");
    return statement;
}

static void run(sqlite3 *database, const char *text) {
    if (sqlite3_exec(database, text, NULL, NULL, NULL)) bench_fail("SQLite failed");
}

static void insert(sqlite3_stmt *statement, const happening *event, int number) {
    sqlite3_bind_int(statement, 1, event->person);
    sqlite3_bind_int(statement, 2, event->kind);
    sqlite3_bind_int64(statement, 3, event->time);
    sqlite3_bind_int(statement, 4, number);
    if (sqlite3_step(statement) != SQLITE_DONE) bench_fail("SQLite inserts nothing");
    sqlite3_reset(statement);
}

static int count_of(sqlite3_stmt *statement, const happening *event, int64_t now, int days) {
    sqlite3_bind_int(statement, 1, event->person);
    sqlite3_bind_int(statement, 2, event->kind);
    sqlite3_bind_int64(statement, 3, now - days * bench_day_ms);
    if (sqlite3_step(statement) != SQLITE_ROW) bench_fail("SQLite counts nothing");
    int count = sqlite3_column_int(statement, 0);
    sqlite3_reset(statement);
    return count;
}

/* A window that several segments ask for is counted once. An event is not so late that a window has passed
 * it by, so who is counted as the least has just become so many. */
static void add_entered(sqlite3_stmt *statement, const happening *event, int64_t now, int segments,
                        requery_sum *entered) {
    int counted_days = 0, count = 0;
    for (int i = event->kind; i < segments; i += REQUERY_KINDS) {
        requery_segment asked = requery_segment_of(i);
        if (asked.days != counted_days) count = count_of(statement, event, now, asked.days);
        counted_days = asked.days;
        if (count == asked.least) requery_add(entered, (uint64_t)event->person, (uint32_t)i, now, true);
    }
}

requery_sum requery_sqlite(const herd *crowd, int segments) {
    sqlite3 *database;
    requery_sum entered = {0};
    if (sqlite3_open(":memory:", &database)) bench_fail("no SQLite");
    run(database,
        "PRAGMA journal_mode = OFF"); /* the table is its own index: of the forms tried, the fastest */
    run(database, "CREATE TABLE e (person INTEGER, kind INTEGER, ms INTEGER, number INTEGER,"
                  " PRIMARY KEY (person, kind, ms, number)) WITHOUT ROWID");
    sqlite3_stmt *insertion = prepared(database, "INSERT INTO e VALUES (?, ?, ?, ?)");
    sqlite3_stmt *counting =
        prepared(database, "SELECT count(*) FROM e WHERE person = ? AND kind = ? AND ms > ?");
    int64_t now = 0; /* of the newest event, as late ones come too */
    for (int i = 0; i < crowd->events; i++) {
        if (crowd->list[i].time > now) now = crowd->list[i].time;
        if (i % TRANSACTION == 0) run(database, i ? "COMMIT; BEGIN" : "BEGIN");
        insert(insertion, &crowd->list[i], i);
        add_entered(counting, &crowd->list[i], now, segments, &entered);
    }
    run(database, "COMMIT");
    sqlite3_finalize(insertion);
    sqlite3_finalize(counting);
    sqlite3_close(database);
    return entered;
}
