"""B1 in DuckDB, one thread: one prepared statement per segment (the faster of the two ways), or one for all
(`whole`); `rows` gives the sums of row numbers."""
import sys

import duckdb

import b1_data
import peer


def quote_time(kind, number):
    return f"DATE '1970-01-01' + {number}" if kind == "tdD" else f"make_timestamp({number} * 1000::BIGINT)"


workload, columns = b1_data.load(sys.argv[1])
connection = duckdb.connect()
connection.execute("SET threads = 1")
# Enums are the fastest form of such texts here.
kinds = ", ".join(f"CAST({c['name']} AS {c['name']}_kind) AS {c['name']}" if c["texts"] else c["name"]
                  for c in workload["columns"])
for column in workload["columns"]:
    if column["texts"]:
        names = ", ".join(f"'{text}'" for text in column["texts"])
        connection.execute(f"CREATE TYPE {column['name']}_kind AS ENUM ({names})")
connection.execute(f"CREATE TABLE t AS SELECT row_number() OVER () - 1 AS row, {kinds} FROM columns")
conditions = [b1_data.sql(workload, atom, quote_time) for atom in workload["atoms"]]
wheres = b1_data.segments(workload, conditions)
for number, where in enumerate(wheres):
    for what, sum_of in (("count", "count(*)"), ("rows", "sum(row)")):
        connection.execute(f"PREPARE {what}{number} AS SELECT {sum_of} FROM t WHERE {where}")


def ask(line):
    if line == "whole":
        return connection.execute(
            "SELECT " + ", ".join(f"count(*) FILTER (WHERE {where})" for where in wheres) + " FROM t").fetchone()
    return [connection.execute(f"EXECUTE {line}{number}").fetchone()[0] or 0 for number in range(len(wheres))]


peer.measure(ask)
