#!/usr/bin/env python3
"""Applies a mutant to a copy of the tree:  apply.py MUTANT TREE

A mutant is a text: its meaning in one line, the file it changes, then lines that begin with '-' (what
stands there now, whatever its indentation) and with '+' (what stands there instead). Several blocks may
follow each other; each must be found exactly once."""
import sys


def blocks(lines):
    old, new = [], []
    for line in lines:
        if line.startswith("-"):
            if new:
                yield old, new
                old, new = [], []
            old.append(line[1:].strip())
        elif line.startswith("+"):
            new.append(line[1:].strip())
    if old:
        yield old, new


def main():
    mutant, tree = sys.argv[1:]
    lines = open(mutant, encoding="utf-8").read().splitlines()
    path = f"{tree}/{lines[1]}"
    text = open(path, encoding="utf-8").read().splitlines()
    for old, new in blocks(lines[2:]):
        bare = [line.strip() for line in text]
        places = [i for i in range(len(bare)) if bare[i:i + len(old)] == old]
        if len(places) != 1:
            sys.exit(f"{mutant}: found {len(places)} times in {lines[1]}: {old[0]}")
        text[places[0]:places[0] + len(old)] = new
    with open(path, "w", encoding="utf-8") as out:
        out.write("\n".join(text) + "\n")


main()
