"""B2 in DuckDB, one thread: one statement per segment (the faster of the two ways: one for all takes more than
twice as long), over a table per kind of event; `whole`: one for all. `rows` gives the sums of row numbers. `lines`
makes the tables of the file events.ndjson first, which is read once, its types given."""
import json
import os
import sys

import duckdb
import pyarrow

import peer

folder = sys.argv[1]
with open(os.path.join(folder, "workload.json"), encoding="utf-8") as file:
    workload = json.load(file)
connection = duckdb.connect()
connection.execute("SET threads = 1")


def column(table, name, kind, rows):
    with open(os.path.join(folder, f"{table}.{name}"), "rb") as file:
        return pyarrow.Array.from_buffers(kind, rows, [None, pyarrow.py_buffer(file.read())])


KINDS = {"profile": pyarrow.int32(), "time": pyarrow.timestamp("ms"), "category": pyarrow.int32(),
         "amount": pyarrow.decimal128(18, 2)}
def take_lines():
    connection.execute(f"""CREATE OR REPLACE TEMP TABLE lines AS SELECT * FROM read_json('{folder}/events.ndjson',
        format = 'newline_delimited', columns = {{type: 'VARCHAR', event: 'VARCHAR', userId: 'INTEGER',
        timestamp: 'TIMESTAMP', properties: 'STRUCT(category INTEGER, amount DECIMAL(18, 2))',
        traits: 'STRUCT(opted_out BOOLEAN, plan VARCHAR, country VARCHAR)'}})""")
    for table in workload["rows"]:
        connection.execute(f"""CREATE OR REPLACE TABLE {table} AS SELECT userId AS profile, timestamp AS time,
            properties.category AS category, properties.amount AS amount FROM lines WHERE event = '{table}'""")
    connection.execute("""CREATE OR REPLACE TABLE people AS SELECT userId AS profile, traits.opted_out AS opted_out,
        traits.plan AS plan, traits.country AS country FROM lines WHERE type = 'identify'""")


for table, rows in workload["rows"].items():
    names = [name for name in KINDS if os.path.exists(os.path.join(folder, f"{table}.{name}"))]
    lent = pyarrow.table([column(table, name, KINDS[name], rows) for name in names], names=names)
    connection.execute(f"CREATE TABLE {table} AS SELECT * FROM lent")
count = workload["profiles"]
lent = pyarrow.table({"opted_out": column("people", "opted_out", pyarrow.bool_(), count),
                      "plan": column("people", "plan", pyarrow.uint8(), count),
                      "country": column("people", "country", pyarrow.uint8(), count)})
connection.execute("CREATE TYPE plan AS ENUM ('free', 'trial', 'pro', 'team')")
connection.execute("CREATE TYPE country AS ENUM ('DE', 'US', 'FR', 'GB', 'IT')")
connection.execute("""CREATE TABLE people AS SELECT (row_number() OVER () - 1)::INT AS profile, opted_out,
    CAST(['free', 'trial', 'pro', 'team'][plan + 1] AS plan) AS plan,
    CAST(['DE', 'US', 'FR', 'GB', 'IT'][country + 1] AS country) AS country FROM lent""")


def since(days):
    return f"time > make_timestamp({workload['now_ms'] - days * 86400000} * 1000::BIGINT)"


def grouped(table, where, having):
    return f"SELECT profile FROM {table} {f'WHERE {where}' if where else ''} GROUP BY profile HAVING {having}"


def anything(where):
    return " UNION ALL ".join(f"SELECT profile FROM {table} WHERE {where}" for table in workload["rows"])


# Each gives the profiles of a segment, once.
SEGMENTS = [
    "SELECT profile FROM people WHERE NOT opted_out AND profile NOT IN "
    f"({grouped('visits', since(30), 'count(*) >= 2')})",
    grouped("orders", since(90), "count(*) >= 2"),
    grouped("orders", since(30), "sum(amount) > 500"),
    f"SELECT DISTINCT profile FROM carts WHERE {since(1)} AND profile NOT IN (SELECT profile FROM orders WHERE {since(1)})",
    grouped("views", f"category = 3 AND {since(7)} AND profile NOT IN (SELECT profile FROM orders WHERE category = 3)",
            "count(*) >= 3"),
    grouped("orders", "", f"NOT max({since(180)})"),
    f"SELECT profile FROM people WHERE NOT opted_out AND profile NOT IN (SELECT profile FROM opens WHERE {since(30)})",
    grouped("opens", since(30), "count(*) >= 3"),
    grouped("visits", since(7), "count(*) >= 5"),
    f"SELECT profile FROM ({grouped('orders', since(90), 'sum(amount) >= 1000')}) JOIN people USING (profile) "
    "WHERE plan IN ('pro', 'team')",
    grouped("orders", "", "count(*) = 1"),
    grouped("orders", "", f"min({since(30)})"),
    f"SELECT DISTINCT profile FROM ({anything(since(1))})",
    grouped("carts", f"{since(7)} AND profile NOT IN (SELECT profile FROM orders WHERE {since(7)})", "count(*) >= 3"),
    f"SELECT profile FROM ({grouped('visits', since(30), 'count(*) >= 10')}) "
    f"WHERE profile NOT IN (SELECT profile FROM orders WHERE {since(90)})",
    f"SELECT DISTINCT profile FROM orders WHERE amount >= 200 AND {since(90)}",
    f"SELECT profile FROM people WHERE profile NOT IN ({anything(since(60))})",
    grouped("views", since(1), "count(*) >= 5"),
    "SELECT DISTINCT profile FROM orders JOIN people USING (profile) "
    f"WHERE country = 'DE' AND category = 5 AND {since(30)}",
    grouped("orders", since(90), "count(*) >= 3 AND sum(amount) > 100 * count(*)"),
]


def tallies(table, columns):
    made = ", ".join(f"{what} AS {name}" for name, what in columns.items())
    return f"(SELECT profile, {made} FROM {table} GROUP BY profile) USING (profile)"


def filtered(condition, what="count(*)"):
    return f"{what} FILTER (WHERE {condition})"


WHOLE = f"""SELECT
    count(*) FILTER (WHERE NOT opted_out AND coalesce(v30, 0) < 2), count(*) FILTER (WHERE o90 >= 2),
    count(*) FILTER (WHERE s30 > 500), count(*) FILTER (WHERE c1 > 0 AND coalesce(o1, 0) = 0),
    count(*) FILTER (WHERE w3 >= 3 AND coalesce(o3, 0) = 0), count(*) FILTER (WHERE o > 0 AND o180 = 0),
    count(*) FILTER (WHERE NOT opted_out AND coalesce(m30, 0) = 0), count(*) FILTER (WHERE m30 >= 3),
    count(*) FILTER (WHERE v7 >= 5), count(*) FILTER (WHERE s90 >= 1000 AND plan IN ('pro', 'team')),
    count(*) FILTER (WHERE o = 1), count(*) FILTER (WHERE o > 0 AND o30 = o),
    count(*) FILTER (WHERE coalesce(v1, 0) + coalesce(w1, 0) + coalesce(m1, 0) + coalesce(c1, 0) + coalesce(o1, 0) > 0),
    count(*) FILTER (WHERE c7 >= 3 AND coalesce(o7, 0) = 0), count(*) FILTER (WHERE v30 >= 10 AND coalesce(o90, 0) = 0),
    count(*) FILTER (WHERE large > 0),
    count(*) FILTER (WHERE coalesce(v60, 0) + coalesce(w60, 0) + coalesce(m60, 0) + coalesce(c60, 0) + coalesce(o60, 0) = 0),
    count(*) FILTER (WHERE w1 >= 5), count(*) FILTER (WHERE country = 'DE' AND o5 > 0),
    count(*) FILTER (WHERE o90 >= 3 AND s90 > 100 * o90)
    FROM people
    LEFT JOIN {tallies("visits", {f"v{d}": filtered(since(d)) for d in (1, 7, 30, 60)})}
    LEFT JOIN {tallies("views", {"w1": filtered(since(1)), "w60": filtered(since(60)),
                                 "w3": filtered(f"category = 3 AND {since(7)}")})}
    LEFT JOIN {tallies("opens", {f"m{d}": filtered(since(d)) for d in (1, 30, 60)})}
    LEFT JOIN {tallies("carts", {f"c{d}": filtered(since(d)) for d in (1, 7, 60)})}
    LEFT JOIN {tallies("orders", {"o": "count(*)", "o3": filtered("category = 3"),
                                  "o5": filtered(f"category = 5 AND {since(30)}"),
                                  "large": filtered(f"amount >= 200 AND {since(90)}"),
                                  "s30": filtered(since(30), "sum(amount)"), "s90": filtered(since(90), "sum(amount)"),
                                  **{f"o{d}": filtered(since(d)) for d in (1, 7, 30, 60, 90, 180)}})}"""


def ask(line):
    if line == "whole":
        return connection.execute(WHOLE).fetchone()
    if line == "lines":
        take_lines()
    what = "coalesce(sum(profile), 0)" if line == "rows" else "count(*)"
    return [int(connection.execute(f"SELECT {what} FROM ({segment})").fetchone()[0]) for segment in SEGMENTS]


peer.measure(ask)
