#!/usr/bin/env python3
"""Seg's calendar against cases.csv, which Python's zoneinfo wrote: gaps, folds, month ends, leap days, edges of windows.

    check.py SEG

Every instant of a zone becomes a scenario test, twice: once in a workspace of that zone, once with the zone as an
attribute of the profile (`in tz`) in a workspace of another. In a test an event stands at the first instant of each
unit and one a millisecond before it: at the instant the window holds the one and not the other. The last line counts
the tests.
"""
import collections
import csv
import datetime
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
WINDOWS = {"today": "today", "yesterday": "yesterday", "week": "this week", "month": "this month",
           "quarter": "this quarter", "year": "this year", "fiscal_quarter": "this fiscal quarter",
           "fiscal_year": "this fiscal year"}
PARTS = {"hour": "hour of now", "weekday": "weekday of now", "day": "day of month of now",
         "month_of": "month of now", "year_of": "year of now",
         "fiscal_quarter_of": "fiscal quarter of now", "fiscal_year_of": "fiscal year of now"}


def rules(zone, suffix, values):
    lines = [f'timezone "{zone}"', "fiscal year starts march", "", "profile { tz: timezone? }",
             f'event edges from "Edge" {{ unit: {" | ".join("a_" + name for name in WINDOWS)}, begins: bool }}']
    for name, window in WINDOWS.items():
        lines.append(f"segment {name}_begins: any edges({window}{suffix} where unit == a_{name} and begins) and "
                     f"no edges({window}{suffix} where unit == a_{name} and not begins)")
    for name, value in sorted(values):
        lines.append(f"segment {name}_{value}: {PARTS[name]}{suffix} == {value} and any edges(ever)")
    return lines


def scenario(zone, at, answers):
    lines = [f'test "{zone} at {at}" {{', f'  profile {{ tz: "{zone}" }}']
    expected = []
    for name, answer in answers.items():
        if name in PARTS:
            expected.append(f"in {name}_{answer}")
            continue
        if name == "yesterday" and answer == answers["today"]:
            continue  # a date that the zone left out
        first = datetime.datetime.fromisoformat(answer.replace("Z", "+00:00"))
        before = (first - datetime.timedelta(milliseconds=1)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        lines.append(f"  {before} edges {{ unit: a_{name}, begins: false }}")
        lines.append(f"  {answer} edges {{ unit: a_{name}, begins: true }}")
        expected.append(f"in {name}_begins")
    lines.append(f"  at {at}: {', '.join(expected)}")
    lines.append("}")
    return lines


def run(seg, lines):
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "zone.seg"), "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
        done = subprocess.run([seg, "test", folder], capture_output=True, text=True, check=False,
                              env=dict(os.environ, NO_COLOR="1"))
    found = re.search(r"(\d+) passed, (\d+) failed", done.stdout)
    if found:
        return int(found[1]), int(found[2]), done.stdout
    return 0, 1, done.stdout + done.stderr


def main():
    seg = os.path.abspath(sys.argv[1])
    zones = collections.defaultdict(lambda: collections.defaultdict(dict))
    with open(os.path.join(HERE, "cases.csv"), encoding="utf-8") as file:
        for row in csv.DictReader(file):
            zones[row["zone"]][row["instant"]][row["question"]] = row["answer"]
    passed = failed = 0
    for name, instants in zones.items():
        values = {(part, answers[part]) for answers in instants.values() for part in PARTS}
        tests = [line for at, answers in instants.items() for line in scenario(name, at, answers)]
        for way, lines in (("workspace", rules(name, "", values)),
                           ("profile", rules("UTC" if name != "UTC" else "Asia/Tokyo", " in tz", values))):
            good, bad, output = run(seg, lines + tests)
            passed, failed = passed + good, failed + bad
            print(f"{'ok    ' if not bad else 'FAILED'} {name} as the {way}'s zone: {good} of {good + bad} instants")
            if bad:
                print("\n".join(output.splitlines()[:40]))
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
