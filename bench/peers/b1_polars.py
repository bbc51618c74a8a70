"""B1 in Polars, one thread: all segments as expressions of one query, whose equal parts it finds itself."""
import os
import sys

os.environ["POLARS_MAX_THREADS"] = "1"
import polars

import b1_data
import peer

workload, table = b1_data.load(sys.argv[1])
frame = polars.from_arrow(table).with_columns(polars.col("plan", "country").cast(polars.Categorical))
frame = frame.with_row_index("row")


def condition(atom):
    name, op, value, number = atom
    kind = next(column for column in workload["columns"] if column["name"] == name)
    column = polars.col(name)
    if kind["texts"]:
        if op == "in":
            return column.is_in(value.split())
        if op == "starts":
            return column.cat.starts_with(value)
        if op == "contains":  # there is no such test of categories: the entries are found beforehand
            entries = [text for text in kind["texts"] if value in text]
            return column.is_in(entries)
        return column == value if op == "==" else column != value
    if kind["format"] == "b":
        return column if value == "true" else ~column
    if kind["format"] == "tsm:":
        right = polars.lit(number, polars.Int64).cast(polars.Datetime("ms"))
    elif kind["format"] == "tdD":
        right = polars.lit(number, polars.Int32).cast(polars.Date)
    elif kind["format"].startswith("d:"):
        right = polars.lit(value).cast(polars.Decimal(18, 2))
    else:
        right = float(value) if kind["format"] == "g" else int(value)
    return {"==": column.__eq__, "<": column.__lt__}.get(op, column.__gt__)(right)


atoms = [condition(atom) for atom in workload["atoms"]]
members = []
for form, a, b, c in workload["segments"]:
    a, b, c = atoms[a], atoms[b], atoms[c]
    members.append([a & b & c, a & (b | c), (a & b) | c][form])
counts = frame.lazy().select([each.sum().alias(f"s{i}") for i, each in enumerate(members)])


def ask(line):
    if line == "rows":
        row = polars.col("row").cast(polars.UInt64).sum()
        return [frame.lazy().filter(each).select(row).collect().item() for each in members]
    return counts.collect().row(0)


peer.measure(ask)
