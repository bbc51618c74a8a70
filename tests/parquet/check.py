#!/usr/bin/env python3
"""Parquet in and out of `seg run`, with DuckDB's library: files that DuckDB (and pyarrow, where it is) wrote have the
members that CSV files with the same rows have; damaged files are refused.

    check.py BUILD

The library is SEG_DUCKDB's, else one below the build folder, else it comes from npm; where it cannot be had, this is
said, and nothing is checked."""
import csv
import datetime
import decimal
import json
import os
import random
import subprocess
import sys
import tempfile

import database

HERE = os.path.dirname(os.path.abspath(__file__))
NOW = datetime.datetime(2026, 3, 1, 12, tzinfo=datetime.timezone.utc)
ROWS = 2500  # more than a chunk of DuckDB's
ATTRIBUTES = ["adrift", "big", "bucketed", "born_late", "falling", "fresh", "north", "renewing", "tagged"]
passed = failed = skipped = 0


def say(what, fine):
    global passed, failed
    passed += bool(fine)
    failed += not fine
    if not fine:
        print(f"FAILED {what}")


class Seg:
    def __init__(self, build, folder):
        self.program, self.folder = os.path.join(build, "seg"), folder

    def run(self, *arguments, timeout=120):
        return subprocess.run([self.program, "run", HERE, "--at", "2026-03-01T12:00Z", *arguments], cwd=self.folder,
                              capture_output=True, text=True, check=False, timeout=timeout)

    def members(self, option, name, segments):
        """Who is in which segment, and what was refused, without the lines' numbers."""
        names = [each for segment in segments for each in ("--segment", segment)]
        made = self.run(option, name, "--members", "--format", "json", *names)
        if made.returncode != 0:
            return made.stderr, made.returncode
        found = {each["segment"]: each["members"] for each in json.loads(made.stdout)["segments"]}
        return found, [line.partition(": refused: ")[2] for line in made.stderr.splitlines() if ": refused: " in line]


def people():
    """Rows as Python sees them; the values lie around the rules' edges."""
    draw = random.Random(11)
    day = datetime.timedelta(days=1)

    def maybe(value):
        return None if draw.random() < 0.1 else value
    rows = []
    for number in range(ROWS):
        joined = NOW - draw.choice([29, 30, 31]) * day + datetime.timedelta(milliseconds=draw.randrange(-1, 2))
        rows.append({
            "profile": f"p{number:05}" if draw.random() < 0.99 else "p00000",  # who is there already is refused
            "visits": maybe(draw.randrange(4)), "plan": maybe(draw.choice(["free", "trial", "pro", "pro"])),
            "country": maybe(draw.choice(["de", "us", "no", "", "dänemark", "Oman", "a, \"b\"", "a text of more than 12 bytes"])),
            "score": maybe(draw.choice([0.5, 0.7, 0.25, 1.5, 0.1, 1e300])),
            "spend": maybe(decimal.Decimal(draw.choice(["99.98", "99.99", "100.00", "0.01", "-5.00"]))),
            "opted_out": maybe(draw.random() < 0.3), "joined": maybe(joined),
            "renews_on": maybe(NOW.date() + draw.randrange(-1, 33) * day),
            "tags": maybe(draw.sample(["a", "b", "c", "a longer tag than 12"], draw.randrange(4))),
            "born": maybe(datetime.datetime(1969, 12, 31, draw.choice([10, 11, 12, 23]), 59, 59, 999000)),
            "ignored": draw.randrange(100),
        })
    return rows


def csv_cell(value):
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime.datetime):
        return value.isoformat(timespec="milliseconds")
    if isinstance(value, list):
        value = ";".join(value)
    value = str(value)
    return '"' + value.replace('"', '""') + '"' if not value or set(value) & set(',"\n') else value


def write_csv(path, rows):
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write(",".join(csv_cell(name) for name in rows[0]) + "\n")
        file.writelines(",".join(csv_cell(value) for value in row.values()) + "\n" for row in rows)


def literal(value):
    if value is None:
        return "NULL"
    if isinstance(value, list):
        return "[" + ", ".join(map(literal, value)) + "]::VARCHAR[]"
    if isinstance(value, (bool, int, float, decimal.Decimal)):
        return repr(value) if isinstance(value, float) else str(value)
    if isinstance(value, (datetime.datetime, datetime.date)):
        value = value.isoformat()
    return "'" + value.replace("'", "''") + "'"


def write_parquet(base, path, rows, kinds, options=""):
    base.ask("CREATE OR REPLACE TABLE rows (" + ", ".join(f'"{name}" {kind}' for name, kind in kinds.items()) + ")")
    for start in range(0, len(rows), 500):
        base.ask("INSERT INTO rows VALUES " + ", ".join(
            "(" + ", ".join(literal(row[name]) for name in kinds) + ")" for row in rows[start:start + 500]))
    base.ask(f"COPY rows TO {literal(path)} (FORMAT parquet{options})")


KINDS = {"profile": "VARCHAR", "visits": "INTEGER", "plan": "VARCHAR", "country": "VARCHAR", "score": "DOUBLE",
         "spend": "DECIMAL(12, 2)", "opted_out": "BOOLEAN", "joined": "TIMESTAMPTZ", "renews_on": "DATE",
         "tags": "VARCHAR[]", "born": "TIMESTAMP", "ignored": "BIGINT"}
LAYOUTS = {
    "as declared": ({}, ", ROW_GROUP_SIZE 2048"),
    "other types": ({"visits": "UTINYINT", "spend": "DECIMAL(30, 4)", "born": "TIMESTAMP_NS", "joined": "TIMESTAMPTZ",
                     "ignored": "STRUCT(a INTEGER)", "score": "DOUBLE"}, ", COMPRESSION zstd"),
    "small types": ({"visits": "TINYINT", "spend": "DECIMAL(5, 2)", "born": "TIMESTAMP_MS", "ignored": "BLOB"},
                    ", COMPRESSION uncompressed, PARQUET_VERSION v2"),
    "numbers of other kinds": ({"visits": "DOUBLE", "spend": "DOUBLE", "ignored": "UUID"}, ", COMPRESSION gzip"),
    "texts": ({"visits": "VARCHAR", "spend": "VARCHAR", "score": "VARCHAR", "renews_on": "VARCHAR", "opted_out": "VARCHAR",
               "ignored": "INTERVAL"}, ", DICTIONARY_SIZE_LIMIT 1"),
    "huge numbers": ({"visits": "HUGEINT", "ignored": "TIME"}, ""),
}
UNUSED = {"STRUCT(a INTEGER)": "{'a': 1}", "BLOB": "'\\xAA'", "UUID": "'00000000-0000-0000-0000-000000000001'",
          "INTERVAL": "'1 day'", "TIME": "'10:00:00'"}




def check_layouts(seg, base, rows):
    """Whatever the columns' types: the members and refusals of CSV."""
    write_csv(os.path.join(seg.folder, "people.csv"), rows)
    right = seg.members("--profiles", "people.csv", ATTRIBUTES)
    say("CSV: some are in, some are not", all(0 < len(each) < ROWS for each in right[0].values()))
    say("CSV: some are there already", set(right[1]) == {"this profile is there already"})
    for title, (changed, options) in LAYOUTS.items():
        kinds = dict(KINDS, **changed)
        unused = UNUSED.get(kinds["ignored"])
        same = [dict(row, ignored=None) for row in rows] if unused else rows
        path = os.path.join(seg.folder, "people.parquet")
        write_parquet(base, path, same, kinds, options)
        if unused:
            base.ask(f"UPDATE rows SET ignored = {unused}")
            base.ask(f"COPY rows TO {literal(path)} (FORMAT parquet{options})")
        found = seg.members("--profiles", "people.parquet", ATTRIBUTES)
        say(f"{title}: {str(found)[:200]}", found == right)


def check_pyarrow(seg, rows, build):
    """Files of pyarrow: dictionaries, other versions and encodings, timestamps of every unit."""
    global skipped
    python = os.path.join(build, "bench", "python", "bin", "python")
    if not os.path.exists(python):
        python = sys.executable
    write_csv(os.path.join(seg.folder, "people.csv"), rows)
    right = seg.members("--profiles", "people.csv", ATTRIBUTES)
    made = subprocess.run([python, os.path.join(HERE, "write_pyarrow.py"), seg.folder], cwd=HERE, capture_output=True, text=True,
                          check=False)
    if made.returncode == 77:
        skipped += 1
        print("SKIPPED files of pyarrow: it is not here")
        return
    say(f"pyarrow writes: {made.stderr[-300:]}", made.returncode == 0)
    for name in made.stdout.split():
        found = seg.members("--profiles", name, ATTRIBUTES)
        say(f"{name}: {str(found)[:200]}", found == right)


def check_refusals(seg, base):
    """Values that do not fit are refused a row at a time, in the words of CSV."""
    base.ask("CREATE OR REPLACE TABLE rows (profile VARCHAR, visits DOUBLE, plan VARCHAR, spend DECIMAL(9, 3), joined TIMESTAMP, "
             "country VARCHAR[])")
    base.ask("INSERT INTO rows VALUES ('a', 1.5, 'pro', 1, NULL, NULL), ('b', 1, 'gold', 1, NULL, NULL), "
             "('c', 1, 'pro', 0.125, NULL, NULL), ('d', 'nan', 'pro', 1, NULL, NULL), ('e', 1, 'pro', 1, 'infinity', NULL), "
             "('f', 1, 'pro', 1, NULL, ['x']), (NULL, 1, 'pro', 1, NULL, NULL), ('g', 1, 'pro', 1, '2026-01-01', NULL)")
    base.ask(f"COPY rows TO {literal(os.path.join(seg.folder, 'odd.parquet'))} (FORMAT parquet)")
    made = seg.run("--profiles", "odd.parquet", "--segment", "adrift", "--members", "--format", "csv")
    lines = made.stderr.splitlines()
    for number, reason in enumerate(['visits: "1.5" is not a whole number', 'plan: "gold" is none of free, trial, pro',
                                     'spend: "0.125" has more than 2 decimals', 'visits: "nan" is not a number',
                                     "a time outside the years 1 to 9999", "country: a list, where one value belongs",
                                     "profile: missing"], 1):
        wanted = f"seg: odd.parquet:{number}: refused: {reason}"
        say(f"refused: {wanted}", wanted in lines)
    say(f"the rest counts: {made.stdout}", made.stdout == "segment,profile\nadrift,g\n")
    base.ask("CREATE OR REPLACE TABLE rows AS SELECT 'a' AS profile, {'x': 1} AS country")
    base.ask(f"COPY rows TO {literal(os.path.join(seg.folder, 'struct.parquet'))} (FORMAT parquet)")
    made = seg.run("--profiles", "struct.parquet", "--segment", "north")
    say(f"a struct: {made.stderr}", made.returncode == 4 and "column country holds neither" in made.stderr)


def check_maps(seg, base):
    """A columns map says what columns mean, as with CSV, and when."""
    rows = [{"customer": f"c{n}", "since": NOW - datetime.timedelta(hours=n - 3), "tier": ["pro", "free", None][n % 3],
             "n": n % 3} for n in range(50)]
    write_csv(os.path.join(seg.folder, "crm.csv"), rows)
    write_parquet(base, os.path.join(seg.folder, "crm.parquet"), rows,
                  {"customer": "VARCHAR", "since": "TIMESTAMPTZ", "tier": "VARCHAR", "n": "SMALLINT"})
    for option in ("--profiles", "--events"):
        right, found = (seg.members(option, name, ["adrift", "bucketed"]) for name in ("crm.csv", "crm.parquet"))
        say(f"{option} by a map: {found}", found == right and 0 < len(right[0]["adrift"]) < 50)
    say("who comes later is not there yet", "c2" not in seg.members("--profiles", "crm.parquet", ["adrift"])[0]["adrift"])


def check_events(seg, base):
    """Events, with the columns of any event and any attribute."""
    draw = random.Random(5)
    rows = []
    for number in range(3000):
        is_order = draw.random() < 0.8
        rows.append({
            "type": None if is_order else "identify", "userId": f"u{draw.randrange(200)}", "messageId": f"m{number}",
            "timestamp": NOW - datetime.timedelta(hours=draw.randrange(24 * 60)) + datetime.timedelta(hours=1),
            "event": draw.choice(["Order Completed", "Order Completed", "Other"]) if is_order else None,
            "order_id": str(number) if is_order else None,
            "amount": decimal.Decimal(draw.randrange(2000)) / 100 if is_order else None,
            "due": NOW.date() + datetime.timedelta(days=draw.randrange(-2, 3)) if draw.random() < 0.2 and is_order else None,
            "plan": None if is_order else draw.choice(["free", "pro"]),
            "visits": None if is_order else draw.randrange(3)})
    write_csv(os.path.join(seg.folder, "log.csv"), rows)
    write_parquet(base, os.path.join(seg.folder, "log.parquet"), rows,
                  {"type": "VARCHAR", "userId": "VARCHAR", "messageId": "VARCHAR", "timestamp": "TIMESTAMPTZ", "event": "VARCHAR",
                   "order_id": "VARCHAR", "amount": "DECIMAL(9, 2)", "due": "DATE", "plan": "VARCHAR", "visits": "INTEGER"})
    segments = ATTRIBUTES + ["spenders", "due"]
    right, found = (seg.members("--events", name, segments) for name in ("log.csv", "log.parquet"))
    say(f"events: {str(found)[:200]}", found == right and 0 < len(right[0]["spenders"]) < 200)
    said = [subprocess.run([seg.program, "stream", HERE, "--events", name, "--quiet"], cwd=seg.folder, capture_output=True,
                           text=True, check=True).stdout for name in ("log.csv", "log.parquet")]
    say("changes of a stream", said[0] == said[1] and said[0].count("\n") > 200)


def check_names(seg, base):
    """A file's name is a name, whatever is in it."""
    base.ask("CREATE OR REPLACE TABLE rows AS SELECT 'right' AS profile, 0 AS visits")
    decoy = os.path.join(seg.folder, "xy.parquet")
    for name in ("it's.parquet", "x?.parquet", "x*.parquet", "[x]y.parquet", "visits=9.parquet", "a;b\".parquet", "%s.parquet",
                 "s3:x.parquet"):
        base.ask(f"COPY rows TO {literal(os.path.join(seg.folder, 'made.parquet'))} (FORMAT parquet)")
        os.replace(os.path.join(seg.folder, "made.parquet"), os.path.join(seg.folder, name))
        base.ask(f"COPY (SELECT 'wrong' AS profile, 0 AS visits) TO {literal(decoy)} (FORMAT parquet)")
        found = seg.members("--profiles", name, ["adrift"])
        say(f"the name {name}: {found}", found == ({"adrift": ["right"]}, []))
    for name, columns, wanted in (("twice", "'a' AS profile, 1 AS visits, 2 AS Visits", ({"adrift": ["a"]}, [])),
                                  ("odd", "'a' AS profile, 5 AS \"x\"\"y\", 9 AS \"--\"", ({"adrift": ["a"]}, []))):
        base.ask(f"COPY (SELECT {columns}) TO {literal(os.path.join(seg.folder, name + '.parquet'))} (FORMAT parquet)")
        found = seg.members("--profiles", name + ".parquet", ["adrift"])
        say(f"columns, {name}: {found}", found == wanted)


def check_members(seg, base, build):
    """What is written has the rows that CSV has, as DuckDB reads it, and pyarrow, where it is."""
    global skipped
    draw = random.Random(9)
    rows = [{"profile": name, "visits": draw.randrange(4), "opted_out": draw.random() < 0.3, "tags": draw.sample(["a", "b"], 1)}
            for name in [f"p{n:05}" for n in range(5000)] + ["", "a, \"b\"", "it's", "ö" * 300, "x;y"]]
    write_csv(os.path.join(seg.folder, "members-in.csv"), rows)
    path = os.path.join(seg.folder, "members.parquet")

    def both(*segments):
        names = [each for segment in segments for each in ("--segment", segment)]
        made = seg.run("--profiles", "members-in.csv", "--members", "--format", "parquet", "--output", "members.parquet", *names)
        right = seg.run("--profiles", "members-in.csv", "--members", "--format", "csv", *names)
        return made, list(csv.reader(right.stdout.splitlines()))[1:]
    made, right = both("tagged", "adrift", "bucketed")
    found = base.ask(f"SELECT segment, profile FROM read_parquet({literal(path)})")
    say("members: as CSV has them, in its order", found == right and 5000 < len(found) < 15000)
    said = f"members.parquet: {len(found):,} members, {os.path.getsize(path):,} bytes\n"
    say(f"members: {made.stdout} {made.stderr}", made.stdout == said and made.returncode == 0)
    kinds = base.ask(f"SELECT name, type, logical_type FROM parquet_schema({literal(path)}) OFFSET 1")
    say(f"members: {kinds}", [kind[:2] for kind in kinds] == [["segment", "BYTE_ARRAY"], ["profile", "BYTE_ARRAY"]])
    python = os.path.join(build, "bench", "python", "bin", "python")
    python = python if os.path.exists(python) else sys.executable
    read = "import json, sys, pyarrow.parquet as p; t = p.read_table(sys.argv[1]); print(json.dumps([t[n].to_pylist() for n in t.column_names]))"
    other = subprocess.run([python, "-c", read, path], capture_output=True, text=True, check=False)
    if "ModuleNotFoundError" in other.stderr:
        skipped += 1
        print("SKIPPED members as pyarrow reads them: it is not here")
    else:
        say("members: as pyarrow reads them", other.returncode == 0 and list(map(list, zip(*json.loads(other.stdout)))) == right)
    made, right = both("due")
    say("members of nothing that can be asked: an error, and the file stays", made.returncode == 1 and os.path.getsize(path) > 1000)
    made, right = both("born_late")
    found = base.ask(f"SELECT segment, profile FROM read_parquet({literal(path)})")
    say("members: nobody", made.returncode == 0 and found == right == [] and made.stdout.startswith("members.parquet: 0 members, "))
    os.mkdir(os.path.join(seg.folder, "folder.parquet"))
    for name in ("folder.parquet", "none/m.parquet"):
        made = seg.run("--profiles", "members-in.csv", "--members", "--format", "parquet", "--output", name, "--segment", "adrift")
        say(f"members into {name}: {made.stderr}", made.returncode == 4 and f"seg: cannot write {name}: " in made.stderr)
    left = [name for name in os.listdir(seg.folder) if name.startswith(("members.parquet.", "folder.parquet."))]
    say(f"nothing is left behind: {left}", not left)
    made = seg.run("--events", "log.parquet", "--members", "--format", "parquet", "--output", "it's.parquet", "--segment", "spenders")
    right = seg.members("--events", "log.parquet", ["spenders"])[0]["spenders"]
    found = base.ask(f"SELECT profile FROM read_parquet({literal(os.path.join(seg.folder, 'it' + chr(39) + 's.parquet'))})")
    say("members from events, into a file with an odd name", [row[0] for row in found] == right and len(right) > 10)


def check_damage(seg, base, rows):
    """Whatever is wrong with a file: an answer or an error in words, and soon."""
    path = os.path.join(seg.folder, "whole.parquet")
    write_parquet(base, path, rows[:600], KINDS, ", COMPRESSION snappy")
    with open(path, "rb") as file:
        whole = file.read()
    draw, damaged = random.Random(3), {"empty": b"", "the magic alone": b"PAR1", "two magics": b"PAR1PAR1",
                                       "a footer of 4 GiB": whole[:-8] + b"\xff\xff\xff\xffPAR1",
                                       "a footer of nothing": whole[:-8] + b"\0\0\0\0PAR1", "no Parquet": b"x" * 5000,
                                       "encrypted, it says": whole[:-4] + b"PARE"}
    footer = int.from_bytes(whole[-8:-4], "little")
    for size in (8, 9, footer, len(whole) // 2, len(whole) - 1):
        damaged[f"cut short after {size}"] = whole[:size]
    for number in range(25):
        some = bytearray(whole)
        for _ in range(draw.choice([1, 1, 8])):
            low = draw.choice([4, len(whole) - 8 - footer])
            some[draw.randrange(low, len(whole) - 8)] = draw.choice([0, 127, 128, 255])
        damaged[f"bytes changed, {number}"] = bytes(some)
    codes = set()
    for title, content in damaged.items():
        with open(os.path.join(seg.folder, "damaged.parquet"), "wb") as file:
            file.write(content)
        made = seg.run("--profiles", "damaged.parquet", "--segment", "adrift")
        codes.add(made.returncode)
        fine = made.returncode == 0 or (made.returncode == 4 and "seg: damaged.parquet: " in made.stderr and not made.stdout)
        if not title.startswith("bytes changed"):
            fine = fine and made.returncode == 4
        say(f"damaged, {title}: exit {made.returncode} {made.stderr[:200]}", fine)
    say("some are damaged beyond reading", 4 in codes)


def main():
    build = os.path.abspath(sys.argv[1])
    path, why = database.library(build)
    if not path:
        print(f"SKIPPED Parquet: DuckDB's library is not here, and cannot be had: {why}")
        print("0 passed, 0 failed, 1 skipped")
        return
    os.environ["SEG_DUCKDB"] = path
    with tempfile.TemporaryDirectory() as folder:
        seg, base, rows = Seg(build, folder), database.Database(path), people()
        check_layouts(seg, base, rows)
        check_pyarrow(seg, rows, build)
        check_refusals(seg, base)
        check_maps(seg, base)
        check_events(seg, base)
        check_names(seg, base)
        check_members(seg, base, build)
        check_damage(seg, base, rows)
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
