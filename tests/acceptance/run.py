#!/usr/bin/env python3
"""Every sentence that the project was founded on: its number, whether its rule holds, and the rule.

    run.py SEG

The rules stand in rules.seg, named by the sentence's number; the scenario tests whose names begin with it
prove them. Sentences about several profiles or about resent messages are proven on data.ndjson. A sentence
that the language cannot say yet is waiting for what it needs. The last line counts the sentences.
"""
import os
import re
import subprocess
import sys

COUNT = 73
WAITING = {}
DATA = {  # segment -> members at 2026-06-04, of data.ndjson
    41: ("s41_two_devices", ["phone"]),
    73: ("s73_counted_once", ["phone"]),
}
HERE = os.path.dirname(os.path.abspath(__file__))
ENVIRONMENT = dict(os.environ, NO_COLOR="1", LC_ALL="C.UTF-8", TZ="UTC")


def run(*arguments):
    return subprocess.run(arguments, cwd=HERE, capture_output=True, text=True, env=ENVIRONMENT, check=False)


def rules():
    """number -> the rules of that sentence, each on one line."""
    found = {}
    with open(os.path.join(HERE, "rules.seg"), encoding="utf-8") as file:
        text = re.sub(r"^#.*\n", "", file.read(), flags=re.M)
    for block in re.findall(r"^(?:segment|stages) .*(?:\n  .*)*", text, re.M):
        number = int(re.match(r"\w+ s(\d+)_", block)[1])
        found.setdefault(number, []).append(re.sub(r"\s+", " ", block).split(" ", 1)[1])
    return found


def scenarios(seg):
    """number -> [passed, failed], and what failed."""
    counts, output = {}, run(seg, "test", ".")
    for line in output.stdout.splitlines():
        if match := re.match(r"\s+([✓✗]) (\d\d) ", line):
            counts.setdefault(int(match[2]), [0, 0])[match[1] == "✗"] += 1
    return counts, output.stdout + output.stderr


def on_data(seg, segment, wanted):
    done = run(seg, "run", ".", "--events", "data.ndjson", "--at", "2026-06-04", "--segment", segment,
               "--members", "--format", "csv")
    members = sorted(line.split(",")[-1] for line in done.stdout.split()[1:])
    return members == wanted, done.stdout + done.stderr


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    seg = os.path.abspath(sys.argv[1])
    said, (proven, output) = rules(), scenarios(seg)
    passed = failed = 0
    for number in range(1, COUNT + 1):
        rule = "; ".join(said.get(number, []))
        why = ""
        if number in DATA:
            good, why = on_data(seg, *DATA[number])
        else:
            good = number in said and proven.get(number, [0, 1])[1] == 0
        if number not in said and number in WAITING:
            print(f"{number:02}  waiting: needs {WAITING[number]}")
            continue
        print(f"{number:02}  {'ok    ' if good else 'FAILED'}  {rule or 'there is no rule'}")
        passed, failed = passed + good, failed + (not good)
        if why and not good:
            print(why)
    if failed:
        print(output)
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
