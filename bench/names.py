#!/usr/bin/env python3
"""Whether every row of the benchmark is described: names only.

    names.py BENCH.json PERFORMANCE.md

Fails when a row was measured that no table of the page names. Rows that a table names and nobody measured are said:
their peer was skipped. A first cell `_vs_x` stands for a row of each workload that the table's head names, `X_*` for
one of each of its last columns."""
import json
import re
import sys


def cells(line):
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def named(cell, head):
    """The rows that a first cell names."""
    match = re.match(r"`([A-Z_][A-Za-z0-9_]*\*?)`", cell)
    label = match.group(1) if match else ""
    if label.startswith("_"):
        return [workload + label for each in head for workload in re.findall(r"`([A-Z]\w*)`", each)]
    if label.endswith("*"):
        return [label[:-1] + column for column in head[2:]]
    return [label] if "_" in label else []


def described(page):
    found, head, before = set(), [], ""
    for line in page.splitlines():
        if line.startswith("|--"):
            head = cells(before)
        elif line.startswith("|"):
            found.update(named(cells(line)[0], head))
        before = line
    return found


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        measured = set(json.load(file))
    with open(sys.argv[2], encoding="utf-8") as file:
        rows = described(file.read())
    for name in sorted(rows - measured):
        print(f"not measured: {name}")
    for name in sorted(measured - rows):
        print(f"FAILED: no table of {sys.argv[2]} names {name}")
    sys.exit(1 if measured - rows else 0)


if __name__ == "__main__":
    main()
