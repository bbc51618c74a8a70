"""S1 in a database: at the end of every step the step's events are inserted, and each segment is asked for its members
anew. They are only counted; what changed since the last step is not looked for.

    s1_sql.py duckdb|sqlite FOLDER"""
import json
import os
import sys

import numpy


kind_of_database, folder = sys.argv[1:3]
columns = {name: numpy.fromfile(os.path.join(folder, name), dtype)
           for name, dtype in (("person", "int32"), ("kind", "int32"), ("time", "int64"), ("arrival", "int64"))}
with open(os.path.join(folder, "segments.json"), encoding="utf-8") as file:
    workload = json.load(file)
DAY = 86400000
END = workload["start"] + workload["days"] * DAY
QUERY = """SELECT count(*), coalesce(sum(person), 0) FROM
    (SELECT person FROM e WHERE kind = ? AND ms > ? AND ms <= ? GROUP BY person HAVING count(*) >= ?) members"""


class Duck:
    def __init__(self):
        import duckdb
        self.database = duckdb.connect(":memory:", config={"threads": 1})
        self.database.execute("CREATE TABLE e (person INTEGER, kind INTEGER, ms BIGINT)")

    def insert(self, first, end):
        part = {name: column[first:end] for name, column in columns.items()}
        self.database.execute("INSERT INTO e SELECT person, kind, time FROM part")
        del part

    def ask(self, *values):
        return self.database.execute(QUERY, values).fetchone()

    def close(self):
        self.database.close()


class Lite:
    def __init__(self):
        import sqlite3
        self.database = sqlite3.connect(":memory:")
        self.database.execute("CREATE TABLE e (person INTEGER, kind INTEGER, ms INTEGER)")
        self.database.execute("CREATE INDEX by_kind ON e (kind, person, ms)")  # of those tried, the fastest

    def insert(self, first, end):
        rows = zip(*(columns[name][first:end].tolist() for name in ("person", "kind", "time")))
        self.database.executemany("INSERT INTO e VALUES (?, ?, ?)", rows)
        self.database.commit()

    def ask(self, *values):
        return self.database.execute(QUERY, values).fetchone()

    def close(self):
        self.database.close()


def play(database, first_day, step):
    """Seconds are those of the steps: what was there before is inserted first."""
    import time
    now = workload["start"] + first_day * DAY
    at = int(numpy.searchsorted(columns["arrival"], now, side="right"))
    if at:
        database.insert(0, at)
    start = time.process_time()
    while now < END:
        now = min(now + step, END)
        end = int(numpy.searchsorted(columns["arrival"], now, side="right"))
        if end > at:
            database.insert(at, end)
        at = end
        found = [database.ask(kind, now - days * DAY, now, least) for kind, days, least in workload["segments"]]
    return time.process_time() - start, [int(number) for pair in found for number in pair]


print("ready", flush=True)
for line in sys.stdin:
    database = {"duckdb": Duck, "sqlite": Lite}[kind_of_database]()
    seconds, found = play(database, *(int(word) for word in line.split()))
    database.close()
    print(f"{seconds:.9f}", *found, flush=True)
