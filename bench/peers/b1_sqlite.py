"""B1 in SQLite, in memory: one statement for all segments, half the time of one for each."""
import sqlite3
import sys

import b1_data
import peer

workload, table = b1_data.load(sys.argv[1])
database = sqlite3.connect(":memory:")
names = [column["name"] for column in workload["columns"]]
database.execute(f"CREATE TABLE t (row INTEGER PRIMARY KEY, {', '.join(names)})")
numbers = []
for column in workload["columns"]:
    array = table.column(column["name"])
    if column["format"] == "tsm:":
        array = array.cast("int64")
    elif column["format"] == "tdD":
        array = array.cast("int32")
    values = array.to_pylist()
    if column["format"].startswith("d:"):
        values = [None if value is None else float(value) for value in values]
    numbers.append(values)
database.executemany(f"INSERT INTO t VALUES ({', '.join('?' * (len(names) + 1))})",
                     zip(range(workload["rows"]), *numbers))
conditions = [b1_data.sql(workload, atom, lambda kind, number: str(number)) for atom in workload["atoms"]]
wheres = b1_data.segments(workload, conditions)


def ask(line):
    what = "sum(row) FILTER" if line == "rows" else "count(*) FILTER"
    row = database.execute("SELECT " + ", ".join(f"{what} (WHERE {where})" for where in wheres) + " FROM t").fetchone()
    return [value or 0 for value in row]


peer.measure(ask)
