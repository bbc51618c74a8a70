#!/usr/bin/env python3
"""The members of every segment of examples/completejourney, asked a second way: by SQL in SQLite.

    check.py SEG [ROOT]

tables.sql holds the facts, segments/NAME.sql one query per segment, written from its English alone.
Prints a line per segment and instant; the last line counts them.
"""
import calendar
import csv
import datetime
import gzip
import io
import json
import os
import sqlite3
import subprocess
import sys
import zoneinfo

ZONE = zoneinfo.ZoneInfo("America/New_York")
# The first is exactly 45 days after a large campaign began, the second exactly 30 and 90 days after trips:
# both move members if a window's edge is taken wrongly. The third is the last evening of the year.
INSTANTS = ["2017-06-22T00:00:00-04:00", "2017-07-07T20:54:22Z", "2017-12-31T20:00:00-05:00"]
HERE = os.path.dirname(os.path.abspath(__file__))


def milliseconds(text):
    moment = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return int(moment.timestamp()) * 1000


def local(t):
    return datetime.datetime.fromtimestamp(t // 1000, ZONE)


def local_date(t):
    return local(t).date().isoformat()


def plus_months(t, months):
    """The same time of day, so many months later, in the shops' zone; at most the month's last day."""
    then = local(t)
    index = then.year * 12 + then.month - 1 + months
    year, month = divmod(index, 12)
    day = min(then.day, calendar.monthrange(year, month + 1)[1])
    return int(then.replace(year=year, month=month + 1, day=day, fold=0).timestamp()) * 1000 + t % 1000


def cents(number):
    return round(number * 100)


def load(database, folder):
    tables = {
        "Item Purchased": ("all_lines", lambda p: (
            p["basket"], p["product"], p.get("department", "UNKNOWN"), p.get("category", "UNKNOWN"),
            p.get("brand", "Unknown"), p["quantity"], cents(p["amount"]), cents(p["saved"]))),
        "Basket Completed": ("all_trips", lambda p: (p["basket"], p["store"], p["lines"], cents(p["total"]))),
        "Campaign Received": ("all_mailings", lambda p: (p["campaign"], p["kind"], p["ends_on"])),
        "Coupon Redeemed": ("all_redemptions", lambda p: (p["coupon"], p["campaign"])),
    }
    rows = {table: [] for table, _ in tables.values()}
    with gzip.open(os.path.join(folder, "events.ndjson.gz"), "rt", encoding="utf-8") as file:
        for n, text in enumerate(file, 1):
            fact = json.loads(text)
            table, fields = tables[fact["event"]]
            head = (fact["userId"], milliseconds(fact["timestamp"]), n)
            rows[table].append(head + fields(fact["properties"]))
    with open(os.path.join(folder, "demographics.csv"), encoding="utf-8", newline="") as file:
        rows["survey"] = [tuple(cell or None for cell in row) for row in list(csv.reader(file))[1:]]
    for table, found in rows.items():
        database.executemany(f"INSERT INTO {table} VALUES ({','.join('?' * len(found[0]))})", found)


def open_database(folder):
    database = sqlite3.connect(":memory:")
    database.create_function("days", 1, lambda n: n * 86_400_000, deterministic=True)
    database.create_function("local_date", 1, local_date, deterministic=True)
    database.create_function("plus_months", 2, plus_months, deterministic=True)
    with open(os.path.join(HERE, "tables.sql"), encoding="utf-8") as file:
        database.executescript(file.read())
    load(database, folder)
    return database


def answer_of_sql(database, query, instant):
    t = milliseconds(instant)
    database.execute("DELETE FROM question")
    database.execute("INSERT INTO question VALUES (?, ?)", (t, local_date(t)))
    return {row[0] for row in database.execute(query)}


def answers_of_seg(seg, folder, instant):
    """Members by segment, of all segments in one run."""
    command = [seg, "run", folder, "--events", os.path.join(folder, "events.ndjson.gz"),
               os.path.join(folder, "demographics.csv"), "--at", instant, "--members", "--format", "csv"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        print(done.stderr, file=sys.stderr)
        return None
    members = {}
    for row in csv.DictReader(io.StringIO(done.stdout)):
        members.setdefault(row["segment"], set()).add(row["profile"])
    return members


def compare(name, instant, expected, members):
    """True when they agree; says what differs, with examples."""
    found = members.get(name, set()) if members is not None else None
    if found == expected:
        print(f"ok      {instant}  {name}: {len(expected)} members")
        return True
    if found is None:
        print(f"FAILED  {instant}  {name}: seg did not answer")
        return False
    print(f"FAILED  {instant}  {name}: {len(expected)} by SQL, {len(found)} by seg; only SQL "
          f"{sorted(expected - found, key=int)[:5]}, only seg {sorted(found - expected, key=int)[:5]}")
    return False


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    seg = os.path.abspath(sys.argv[1])
    root = os.path.abspath(sys.argv[2] if len(sys.argv) == 3 else os.path.join(HERE, "..", ".."))
    folder = os.path.join(root, "examples", "completejourney")
    database = open_database(folder)
    queries = {}
    for name in sorted(os.listdir(os.path.join(HERE, "segments"))):
        with open(os.path.join(HERE, "segments", name), encoding="utf-8") as file:
            queries[name.removesuffix(".sql")] = file.read()
    passed = failed = 0
    for instant in INSTANTS:
        members = answers_of_seg(seg, folder, instant)
        for name in sorted(set(members or {}) - set(queries)):
            print(f"FAILED  {instant}  {name}: a segment without a query")
            failed += 1
        for name, query in queries.items():
            if compare(name, instant, answer_of_sql(database, query, instant), members):
                passed += 1
            else:
                failed += 1
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
