"""B1 in ClickHouse (as the package chdb brings it), one thread: one statement that finds each condition once, null as
false, and combines them, over a table in memory; of the forms tried the fastest. One statement per segment takes six
times as long."""
import sys

import pyarrow
from chdb import session

import b1_data
import peer

KINDS = {"i": "Int32", "l": "Int64", "g": "Float64", "tsm:": "DateTime64(3, 'UTC')", "tdD": "Date32",
         "d:18,2": "Decimal(18, 2)", "b": "Bool"}


def kind_of(column):
    texts = ", ".join(f"'{text}' = {number}" for number, text in enumerate(column["texts"]))
    return f"Nullable({f'Enum8({texts})' if texts else KINDS[column['format']]})"


def quote_time(kind, number):
    return f"toDate32('1970-01-01') + {number}" if kind == "tdD" else f"fromUnixTimestamp64Milli({number}::Int64, 'UTC')"


workload, table = b1_data.load(sys.argv[1])
database = session.Session()
columns = {"row": pyarrow.array(range(workload["rows"]), pyarrow.uint32())}
for column in workload["columns"]:
    values = table[column["name"]]
    columns[column["name"]] = values.cast(pyarrow.string()) if column["texts"] else values
lent = pyarrow.table(columns)
kinds = ", ".join(f"{column['name']} {kind_of(column)}" for column in workload["columns"])
database.query("CREATE DATABASE b1")
database.query(f"CREATE TABLE b1.t (row UInt32, {kinds}) ENGINE = Memory")
database.query("INSERT INTO b1.t SELECT * FROM Python(lent)")
found = b1_data.found(workload, [f"ifNull({b1_data.sql(workload, atom, quote_time)}, 0)" for atom in workload["atoms"]])
wheres = b1_data.segments(workload, b1_data.names(workload))


def ask(line):
    what = "sumIf(row, {})" if line == "rows" else "countIf({})"
    combined = ", ".join(what.format(where) for where in wheres)
    answer = database.query(f"WITH {found} SELECT {combined} FROM b1.t SETTINGS max_threads = 1", "CSV")
    return [int(number) for number in answer.bytes().split(b",")]


peer.measure(ask)
