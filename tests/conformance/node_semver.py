"""The fixtures of node-semver, with which npm compares versions: github.com/npm/node-semver."""
import json
import re

from case import Case, Form, Writer, quoted

NAME = "node-semver"
ARCHIVE = "node-semver.tar.xz"
FOLDER = "node-semver"
KINDS = {"increments": "the next version", "truncations": "the next version", "range-parse": "ranges as texts",
         "valid-versions": "the parts of a version", "range-intersection": "what two ranges share",
         "comparator-intersection": "what two ranges share"}
# A range of one comparison; which pre-releases it lets in is a rule of npm's own.
PLAIN = re.compile(r"(>=|<=|>|<|=|)\s*(\d+\.\d+\.\d+)")


def asked(text, sign, bound, wanted):
    writer = Writer(True)
    rule = f"{writer.attribute('text', text)} version {sign} {quoted(bound)}"
    made = [Form(rule, "in" if wanted else "out", writer.values)]
    return made if wanted else made + [Form(f"not {rule}", "in", writer.values)]


def ordered(more, less):
    return [form for left, sign, right, wanted in (
        (more, ">", less, True), (more, ">=", less, True), (more, "!=", less, True), (more, "<=", less, False),
        (more, "==", less, False), (less, "<", more, True), (less, "<=", more, True), (less, ">", more, False))
        for form in asked(left, sign, right, wanted)]


def same(left, right):
    return [form for sign in ("==", ">=", "<=") for form in asked(right, sign, left, True)]


def forms(kind, row):
    """The forms of a case, or its category."""
    if kind == "comparisons":
        return ordered(row[0], row[1])
    if kind == "equality":
        return same(row[0], row[1])
    if kind == "invalid-versions":
        if not isinstance(row[0], str):
            return "values of JavaScript"
        return [form for sign in ("<", ">=", "!=") for form in asked(row[0], sign, "1.0.0", False)]
    plain = PLAIN.fullmatch(row[0])
    if kind in ("range-include", "range-exclude") and plain and len(row) == 2 and "-" not in row[1]:
        return asked(row[1], plain[1] if plain[1] not in ("", "=") else "==", plain[2], kind == "range-include")
    return KINDS.get(kind, "ranges of versions")


def cases(read):
    for kind, rows in sorted(json.loads(read("fixtures.json")).items()):
        for row in rows:
            name, made = f"{kind}/{row[0]} {row[1]}"[:60], forms(kind, row)
            yield Case(NAME, name, category=made) if isinstance(made, str) else Case(NAME, name, made)
