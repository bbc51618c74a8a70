#!/usr/bin/env python3
"""Runs the examples of README.md and docs/*.md.

    run.py SEG [ROOT]

```seg               is checked by `seg check`, and by `seg test` if it has tests. preamble.seg stands beside it,
                     unless the block declares a profile or an event from the data. A block without any
                     declaration is one condition: it
                     becomes the rule of a segment.
```seg error=E0301   must be refused with that code (several by commas, in any order).
```console           after the comment <!-- in: FOLDER -->: each line `$ seg …` runs in FOLDER of the
                     repository, and what it prints is compared with the lines up to the next `$`.
                     A line `…` stands for any lines.
```seg skip          and a ```console without the comment are not run.

The last line counts the examples.
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
    r"^\s*(##|@|(timezone|duplicates|profile|events?|define|param|columns|segment|stages|test)\b)")
ENVIRONMENT = dict(os.environ, NO_COLOR="1", LC_ALL="C.UTF-8", TZ="UTC", COLUMNS="100")


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


def check_rules(seg, lines, wanted):
    """What is wrong with a block of rules, or None."""
    if not any(DECLARATION.match(line) for line in lines):
        lines = ["segment example:"] + lines
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "example.seg"), "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
        if not declares(lines, "profile\\s*{|event\\s+\\w+\\s+from"):
            preamble = open(os.path.join(HERE, "preamble.seg"), encoding="utf-8").read()
            if declares(lines, "timezone"):
                preamble = re.sub(r"^timezone.*$", "", preamble, flags=re.M)
            with open(os.path.join(folder, "preamble.seg"), "w", encoding="utf-8") as file:
                file.write(preamble)
        command = "test" if declares(lines, "test") and not wanted else "check"
        done = subprocess.run([seg, command, folder], capture_output=True, text=True, env=ENVIRONMENT,
                              check=False)
    printed = done.stdout + done.stderr
    codes = set(re.findall(r"\bE\d{4}\b", printed))
    if wanted:
        missing = set(wanted.split(",")) - codes
        return f"expected {sorted(missing)}\n{printed}" if missing or done.returncode != 1 else None
    return printed or f"exit {done.returncode}" if done.returncode != 0 else None


def agrees(expected, found):
    """Whether lines agree, where … stands for any lines."""
    if "…" not in expected:
        return expected == found
    cut = expected.index("…")
    head, tail = expected[:cut], expected[cut + 1:]
    if found[:cut] != head:
        return False
    return any(agrees(tail, found[start:]) for start in range(cut, len(found) + 1))


def run_console(seg, root, folder, lines):
    """What is wrong with a console block, or None."""
    steps = []
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
        while expected and not expected[-1].strip():
            expected.pop()
        if not agrees(expected, found):
            difference = difflib.unified_diff(expected, found, "in the docs", "found", lineterm="")
            return f"$ {command}\n" + "\n".join(difference)
    return None


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    seg = os.path.abspath(sys.argv[1])
    root = os.path.abspath(sys.argv[2] if len(sys.argv) == 3 else os.path.join(HERE, "..", ".."))
    passed = failed = 0
    for path in [os.path.join(root, "README.md")] + sorted(glob.glob(os.path.join(root, "docs", "*.md"))):
        if not os.path.exists(path):
            continue
        for number, info, folder, lines in blocks(path):
            words = info.split()
            if not words or "skip" in words:
                continue
            if words[0] == "seg":
                wanted = next((word[6:] for word in words if word.startswith("error=")), None)
                fault = check_rules(seg, lines, wanted)
            elif words[0] == "console" and folder:
                fault = run_console(seg, root, folder, lines)
            else:
                continue
            if fault is None:
                passed += 1
            else:
                failed += 1
                print(f"FAILED {os.path.relpath(path, root)}:{number}\n{fault}")
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
