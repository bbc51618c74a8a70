#!/usr/bin/env python3
"""Runs the examples of the pages for readers, and follows their links.

    run.py SEG [ROOT]

```seg               is checked by `seg check`, and by `seg test` if it has tests. preamble.seg stands beside it,
                     unless the block declares a profile or an event from the data. A block without any
                     declaration is one condition: it
                     becomes the rule of a segment.
```seg error=E0301   must be refused with that code (several by commas, in any order).
```json NAME         is a file that the examples behind it on the page may name.
```console           after the comment <!-- in: FOLDER -->: each line `$ seg …` runs in FOLDER of the
                     repository, and what it prints is compared with the lines up to the next `$`.
                     A line `…` stands for any lines.
```seg skip          and a ```console without the comment are not run.
<!-- rules: N -->    before a table: each piece of code in its Nth column is a condition or a declaration, and
                     must compile. A row is an example; its declarations hold for the whole table.
<!-- cost -->        before a table: each piece of code in the second column must stand in what `seg check --cost`
                     says of the rule in the first.
[text](target)       must lead to a file of the repository, and to a heading of it when #heading follows.

The pages are the README.md of the repository, of examples and of stdlib, CONTRIBUTING.md, and docs/**/*.md.
The last line counts the examples and the pages whose links all lead somewhere.
UPDATE=1 writes what the commands print into the pages, where a block has no line `…`. Read the difference.
"""
import difflib
import glob
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
DECLARATION = re.compile(
    r"^\s*(##|@|(timezone|duplicates|week starts|fiscal year starts|refresh|profile|events?|define|param|columns|model|group|segment|stages|policy|test)\b)")
ENVIRONMENT = dict(os.environ, NO_COLOR="1", LC_ALL="C.UTF-8", TZ="UTC", COLUMNS="100")
for inherited in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL"):  # an example that calls make is no part of this one
    ENVIRONMENT.pop(inherited, None)


def blocks(path):
    """(line, info string, folder named before it, lines) of each fenced block."""
    folder, fence, found = None, None, []
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            line = line.rstrip("\n")
            if fence is not None:
                if line.strip() == "```":
                    found.append((*fence, body))
                    fence = folder = None
                else:
                    body.append(line)
            elif line.startswith("```"):
                fence, body = (number, line[3:].strip(), folder), []
            elif match := re.fullmatch(r"<!-- in: (\S+) -->", line.strip()):
                folder = match[1]
            elif line.strip():
                folder = None
    return found


def declares(lines, words):
    return any(re.match(rf"\s*({words})\b", line) for line in lines)


def check_rules(seg, lines, wanted, options=(), loud=False, files=()):
    """What is wrong with a block of rules, or None; with `loud` also what was printed."""
    if not any(DECLARATION.match(line) for line in lines):
        lines = ["segment example:"] + lines
    with tempfile.TemporaryDirectory() as folder:
        for name, text in [("example.seg", lines), *dict(files).items()]:
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                file.write("\n".join(text) + "\n")
        if not declares(lines, "profile\\s*{|event\\s+\\w+\\s+from"):
            preamble = open(os.path.join(HERE, "preamble.seg"), encoding="utf-8").read()
            if declares(lines, "timezone"):
                preamble = re.sub(r"^timezone.*$", "", preamble, flags=re.M)
            with open(os.path.join(folder, "preamble.seg"), "w", encoding="utf-8") as file:
                file.write(preamble)
        command = "test" if declares(lines, "test") and not wanted else "check"
        done = subprocess.run([seg, command, folder, *options], capture_output=True, text=True, env=ENVIRONMENT,
                              check=False)
    printed = done.stdout + done.stderr
    codes = set(re.findall(r"\bE\d{4}\b", printed))
    if wanted:
        missing = set(wanted.split(",")) - codes
        return f"expected {sorted(missing)}\n{printed}" if missing or done.returncode != 1 else None
    fault = printed or f"exit {done.returncode}" if done.returncode != 0 else None
    return (fault, printed) if loud else fault


def agrees(expected, found):
    """Whether lines agree, where … stands for any lines."""
    if "…" not in expected:
        return expected == found
    cut = expected.index("…")
    head, tail = expected[:cut], expected[cut + 1:]
    if found[:cut] != head:
        return False
    return any(agrees(tail, found[start:]) for start in range(cut, len(found) + 1))


def marked_tables(path):
    """(line, the comment's words, rows of (line, cells)) of each table behind a comment `rules: N` or `cost`."""
    words, found = None, []
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            line = line.strip()
            if match := re.fullmatch(r"<!-- (rules: \d+|cost) -->", line):
                words = match[1].split(": ")
                found.append((number, words, []))
            elif words and line.startswith("|"):
                cells = re.split(r"(?<!\\)\|", line)[1:-1]
                found[-1][2].append((number, [cell.strip().replace("\\|", "|") for cell in cells]))
            elif line:
                words = None
    return [(number, words, rows[2:]) for number, words, rows in found]


def check_cost_table(seg, rows):
    """The faults of a table of costs, as (line, what is wrong), and how many rows have none."""
    faults = [] if rows else [(0, "no table behind the comment")]
    for number, cells in rows:
        rule, *claims = re.findall(r"`([^`]+)`", " ".join(cells[:2]))
        fault, printed = check_rules(seg, [rule], None, ["--cost"], True)
        missing = [claim for claim in claims if not re.search(r"\s" + re.escape(claim) + "$", printed, re.M)]
        if fault or missing or not claims:
            faults.append((number, fault or f"not said: {missing}\n{printed}"))
    return faults, len(rows) - len(faults)


def check_rule_table(seg, column, rows):
    """The faults of a table, as (line, what is wrong), and how many rows have none."""
    declared, conditions, faults = [], [], []
    for number, cells in rows:
        codes = re.findall(r"`([^`]+)`", cells[column]) if column < len(cells) else []
        if not codes:
            faults.append((number, "no rule in this row"))
        for code in codes:
            (declared if DECLARATION.match(code) else conditions).append((number, code))
    if not rows:
        return [(0, "no table behind the comment")], 0
    # All together first; which row is at fault is asked only when one is.
    lines = [code for _, code in declared]
    whole = lines + [f"segment row_{number}_{i}: {code}" for i, (number, code) in enumerate(conditions)]
    if check_rules(seg, whole, None) is not None:
        for number, code in declared + conditions:
            alone = lines if (number, code) in declared else lines + [f"segment example: {code}"]
            if fault := check_rules(seg, alone, None):
                faults.append((number, fault))
        if not faults:
            faults.append((rows[0][0], check_rules(seg, whole, None)))
    return faults, len(rows) - len({number for number, _ in faults})


def anchors(path):
    """The headings of a page as they are linked to: small letters, blanks as dashes, no other marks."""
    found, fenced = set(), False
    with open(path, encoding="utf-8") as file:
        for line in file:
            fenced ^= line.startswith("```")
            if not fenced and (match := re.match(r"#+ (.+)", line)):
                name = re.sub(r"[^\w\- ]", "", match[1].strip().lower()).replace(" ", "-")
                found.add(name)
    return found


def broken_links(root, path):
    """The links of a page that lead nowhere."""
    broken = []
    with open(path, encoding="utf-8") as file:
        text = re.sub(r"^```.*?^```", "", file.read(), flags=re.M | re.S)
    for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`\n]*`", "", text)):
        if re.match(r"[a-z]+:", target):
            continue
        place, _, heading = target.partition("#")
        other = os.path.normpath(os.path.join(os.path.dirname(path), place)) if place else path
        if not os.path.exists(other) or os.path.relpath(other, root).startswith(".."):
            broken.append(f"{target}: no such file")
        elif heading and (not other.endswith(".md") or heading not in anchors(other)):
            broken.append(f"{target}: no such heading")
    return broken


def pages(root):
    names = ["README.md", "CONTRIBUTING.md", "examples/*/README.md", "stdlib/*/README.md", "docs/**/*.md"]
    return [path for name in names for path in sorted(glob.glob(os.path.join(root, name), recursive=True))]


def run_console(seg, root, folder, lines):
    """What is wrong with a console block, or None; and its lines as they would be right."""
    steps, right, fault = [], [], None
    for line in lines:
        if line.startswith("$ "):
            steps.append((line[2:], []))
        elif steps:
            steps[-1][1].append(line)
    path = os.path.dirname(seg) + os.pathsep + ENVIRONMENT.get("PATH", "")
    for command, expected in steps:
        done = subprocess.run(["bash", "-c", command], cwd=os.path.join(root, folder), text=True, check=False,
                              env=dict(ENVIRONMENT, PATH=path), stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        found = done.stdout.rstrip("\n").split("\n") if done.stdout else []
        right += ["$ " + command] + found
        while expected and not expected[-1].strip():
            expected.pop()
        if not fault and not agrees(expected, found):
            difference = difflib.unified_diff(expected, found, "in the docs", "found", lineterm="")
            fault = f"$ {command}\n" + "\n".join(difference)
    return fault, right


def replace_blocks(path, changes):
    """Writes blocks anew: changes are (line of the fence, lines before, lines after)."""
    with open(path, encoding="utf-8") as file:
        lines = file.read().split("\n")
    for number, before, after in sorted(changes, reverse=True):
        lines[number:number + len(before)] = after
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(lines))


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    seg = os.path.abspath(sys.argv[1])
    root = os.path.abspath(sys.argv[2] if len(sys.argv) == 3 else os.path.join(HERE, "..", ".."))
    passed = failed = 0

    def tell(path, number, fault):
        nonlocal failed
        failed += 1
        print(f"FAILED {os.path.relpath(path, root)}:{number}\n{fault}")

    for path in pages(root):
        changes, files = [], {}
        for number, info, folder, lines in blocks(path):
            words = info.split()
            if not words or "skip" in words:
                continue
            if words[0] == "seg":
                wanted = next((word[6:] for word in words if word.startswith("error=")), None)
                fault = check_rules(seg, lines, wanted, files=files)
            elif words[0] == "json" and len(words) == 2:
                files[words[1]] = lines
                continue
            elif words[0] == "console" and folder:
                before = list(lines)
                fault, right = run_console(seg, root, folder, lines)
                if fault and os.environ.get("UPDATE") == "1" and "…" not in before:
                    changes.append((number, before, right))
                    fault = None
            else:
                continue
            if fault is None:
                passed += 1
            else:
                tell(path, number, fault)
        if changes:
            replace_blocks(path, changes)
        for number, words, rows in marked_tables(path):
            if words[0] == "cost":
                faults, good = check_cost_table(seg, rows)
            else:
                faults, good = check_rule_table(seg, int(words[1]) - 1, rows)
            passed += good
            for line, fault in faults:
                tell(path, line or number, fault)
        broken = broken_links(root, path)
        passed += not broken
        for link in broken:
            tell(path, 1, link)
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
