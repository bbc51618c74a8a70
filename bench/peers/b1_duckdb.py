"""B1 in DuckDB, one thread, all statements prepared.

count   one statement that finds each condition once, null as false, and combines them: of the forms tried the fastest
each    one statement per segment, as it is asked for a segment; one for all of these takes twice as long
rows    the sums of row numbers"""
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
found = b1_data.found(workload, [f"coalesce({condition}, false)" for condition in conditions])
for name, what in (("count", "count_if({})"), ("rows", "sum(row) FILTER ({})")):
    combined = ", ".join(what.format(where) for where in b1_data.segments(workload, b1_data.names(workload)))
    connection.execute(f"PREPARE {name} AS SELECT {combined} FROM (SELECT row, {found} FROM t)")
wheres = b1_data.segments(workload, conditions)
for number, where in enumerate(wheres):
    connection.execute(f"PREPARE each{number} AS SELECT count(*) FROM t WHERE {where}")


def ask(line):
    if line == "each":
        return [connection.execute(f"EXECUTE each{number}").fetchone()[0] for number in range(len(wheres))]
    return [value or 0 for value in connection.execute(f"EXECUTE {line}").fetchone()]


peer.measure(ask)
