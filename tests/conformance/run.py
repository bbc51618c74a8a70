#!/usr/bin/env python3
"""Conformance: other people's cases, translated into Seg's rules and facts, and asked of seg.

    run.py SEG [-v] [SUITE...]

For each suite: its cases, how many could be translated, how many agree, and how many differ on purpose. Every
deliberate difference is a line of a table in docs/conformance.md, with the cases it is about and what Seg says
to them; every kind of case that is not translated is a line there too, with its number. What those tables do not
say is a failure, and so is a line of them that is not true. The last line is `N passed, N failed`.
"""
import collections
import os
import sys
import tarfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import cel  # noqa: E402
import dmn  # noqa: E402
import flagsmith  # noqa: E402
import growthbook  # noqa: E402
import node_semver  # noqa: E402
import page  # noqa: E402
import posthog  # noqa: E402
import unleash  # noqa: E402
import workspace  # noqa: E402

SUITES = [cel, dmn, flagsmith, growthbook, unleash, posthog, node_semver]
# What the compiler says to a rule that has no value: the same as an error of a suite at run time.
MEANING = {"E0112", "E0115", "E0117", "E0118", "E0201", "E0301", "E0302", "E0303", "E0304", "E0305", "E0306", "E0307", "E0308",
           "E0309", "E0310", "E0312", "E0313", "E0314", "E0316"}
SHARED = os.environ.get("SEG_SHARED_DATA") or os.path.join(HERE, "..", "..", "..", "shared", "data")


def reader(suite):
    """A function that gives the text of a file of the suite; None where the suite is not to be had."""
    if suite.ARCHIVE:
        with tarfile.open(os.path.join(HERE, "suites", suite.ARCHIVE)) as archive:
            files = {member.name: archive.extractfile(member).read().decode()
                     for member in archive if member.isfile()}
    else:
        base, files = os.path.join(SHARED, "suites"), {}
        for folder, _, names in os.walk(os.path.join(base, suite.FOLDER)):
            for name in names:
                place = os.path.join(folder, name)
                with open(place, encoding="utf-8") as file:
                    files[os.path.relpath(place, base)] = file.read()
        if not files:
            return None
    inside = {name[len(suite.FOLDER) + 1:]: text for name, text in files.items()
              if name.startswith(suite.FOLDER + "/")}
    return lambda name: sorted(inside) if name is None else inside[name]


def agrees(form):
    refused = form.outcome.startswith("refused E") and form.outcome.split()[1] in MEANING
    # A date that is none is an error of the suite at run time, and of Seg where it is read.
    if form.outcome == "refused in the data" and form.wanted in ("error", "neither"):
        refused = any(kind in ("time", "date") for kind, _, _ in form.values.values())
    if form.wanted in ("error", "neither"):
        return refused or (form.wanted == "neither" and form.outcome == "out")
    return form.outcome == form.wanted


def judged(seg, case):
    """What Seg says where the suite says something else; empty when they agree."""
    said = set()
    for form in case.forms:
        if agrees(form):
            continue
        outcome = form.outcome
        if form.wanted == "error" and outcome in ("in", "out"):
            outcome = "a fault, and an answer" if workspace.faults(seg, form) else "an answer"
        elif form.wanted in ("in", "out") and outcome in ("in", "out"):
            outcome = "the opposite"
        elif form.wanted == "neither":
            outcome = "an answer"
        said.add(outcome)
    return ", ".join(sorted(said))


def numbered(cases):
    """Names that come twice get a number."""
    seen = collections.Counter()
    for case in cases:
        seen[case.name] += 1
        if seen[case.name] > 1:
            case.name += f" #{seen[case.name]}"
        yield case


def show(case):
    for form in case.forms:
        mark = "  " if agrees(form) else "! "
        values = {name: value for name, (_, _, value) in form.values.items()}
        print(f"    {mark}{form.rule}  {values or ''}  wanted {form.wanted}, is {form.outcome}")


def suite_run(seg, suite, wordy):
    """(passed, failed)"""
    read = reader(suite)
    if read is None:
        return None
    cases = list(numbered(suite.cases(read)))
    workspace.answers(seg, [form for case in cases for form in case.forms])
    book, failed, agreed, differ = page.Page(suite.NAME), [], 0, 0
    for case in cases:
        if case.category is not None:
            book.skipped(case.category)
        elif not (said := judged(seg, case)):
            agreed += 1
        elif book.explains(case.name, said):
            differ += 1
        else:
            failed.append((case, said))
    translated = sum(case.category is None for case in cases)
    print(f"{suite.NAME:12} {len(cases):5} cases {translated:5} translated {agreed:5} agreed"
          f" {differ:5} deliberate differences {len(failed):5} failed")
    for count, category in book.categories():
        print(f"             {count:5} not translated: {category}")
    for case, said in failed:
        print(f"FAILED {suite.NAME} {case.name}: {said}")
        if wordy:
            show(case)
    wrong = book.faults()
    for line in wrong:
        print(f"FAILED {suite.NAME} docs/conformance.md: {line}")
    return agreed + differ, len(failed) + len(wrong)


def main():
    wanted = [word for word in sys.argv[1:] if word != "-v"]
    if not wanted:
        sys.exit(__doc__)
    seg, names = os.path.abspath(wanted[0]), wanted[1:]
    passed = failed = skipped = 0
    for suite in SUITES:
        if names and suite.NAME not in names:
            continue
        done = suite_run(seg, suite, "-v" in sys.argv)
        if done is None:
            print(f"SKIPPED {suite.NAME}: its cases may not be passed on, and {SHARED} does not hold them")
            skipped += 1
            continue
        passed, failed = passed + done[0], failed + done[1]
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
