#!/usr/bin/env python3
"""Seg against the oracle: members of segments over real data, computed twice by others.

    check.py SEG [DATA_FOLDER]

DATA_FOLDER holds oracle/ and sets/; without it SEG_SHARED_DATA, else ../shared/data beside the repository.
The data may not be passed on, so it is not in the repository: where it is missing, that is said and counted.

For every definition that stands in retail/ or taobao/, three ways:
  run       the members at each instant of the oracle, from scratch;
  timeline  one pass of `seg stream`: what entered and exited up to each instant of the timeline;
  shuffled  facts arriving up to a day late, in any order: the same members in the end.
The last line counts every comparison.
"""
import collections
import csv
import datetime
import gzip
import hashlib
import io
import json
import os
import random
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
SETS = {"retail": "online_retail.ndjson.gz", "taobao": "taobao.ndjson.gz"}
# T25 is made of T04, T05 and T19, of which the oracle does not give the English.
NOT_GIVEN = {"T25"}
SHUFFLED_INSTANTS = 4
DAY_S = 86_400


class Score:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def report(self, name, way, faults, compared):
        """One line per definition and way: what was wrong, of how many instants looked at."""
        agreed = compared - len(faults)
        self.passed += agreed
        self.failed += len(faults)
        print(f"{'FAILED ' if faults else 'ok     '} {name} {way}: {agreed} of {compared} instants agree")
        for fault in faults[:3]:
            print(f"          {fault}")


def digest(members):
    text = "".join(f"{member}\n" for member in sorted(map(int, members)))
    return hashlib.sha256(text.encode()).hexdigest()


def seg_lines(command):
    """The lines of seg's standard output; it failing is the end of this check."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        yield from process.stdout
        if process.wait() != 0:
            raise RuntimeError(f"exit {process.returncode} of {' '.join(command)}")


def iso(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


class DataSet:
    """One of the oracle's data sets with its workspace."""

    def __init__(self, seg, data, name):
        self.seg, self.name = seg, name
        self.workspace = os.path.join(HERE, name)
        self.events = os.path.join(data, "sets", SETS[name])
        with open(os.path.join(data, "oracle", name + ".json"), encoding="utf-8") as file:
            self.oracle = json.load(file)
        with open(os.path.join(data, "oracle", name + "_timeline.csv"), encoding="utf-8") as file:
            self.timeline = list(csv.DictReader(file))
        self.said = [definition["id"] for definition in self.oracle["definitions"]
                     if definition["id"] not in NOT_GIVEN]

    def run(self, at):
        command = [self.seg, "run", self.workspace, "--events", self.events, "--at", at,
                   "--members", "--format", "csv"]
        members = collections.defaultdict(set)
        for row in csv.DictReader(io.StringIO("".join(seg_lines(command)))):
            members[row["segment"]].add(row["profile"])
        return members

    def stream(self, events, until):
        command = [self.seg, "stream", self.workspace, "--events", events, "--until", until]
        for line in seg_lines(command):
            yield json.loads(line)


def fold(members, change):
    """Applies one change; False when it says what was so already."""
    group, profile = members[change["segment"]], change["profile"]
    if (profile in group) == (change["change"] == "enter"):
        return False
    group.symmetric_difference_update([profile])
    return True


def check_run(data_set, score):
    wanted = collections.defaultdict(list)
    for result in data_set.oracle["results"]:
        if result["id"] in data_set.said:
            wanted[result["T"]].append(result)
    faults, compared = collections.defaultdict(list), collections.Counter()
    for seconds, results in sorted(wanted.items()):
        members = data_set.run(iso(seconds))
        for result in results:
            compared[result["id"]] += 1
            found = members[result["id"]]
            if digest(found) != result["sha256"]:
                faults[result["id"]].append(
                    f"at {result['iso']}: {len(found)} members, the oracle has {result['members']}")
    for name in data_set.said:
        score.report(name, "run", faults[name], compared[name])


def check_timeline(data_set, score):
    rows = [row for row in data_set.timeline if row["id"] in data_set.said]
    steps = sorted({int(row["T"]) for row in rows})
    wanted = {(row["id"], int(row["T"])): row for row in rows}
    members, before = collections.defaultdict(set), {}
    faults, compared = collections.defaultdict(list), collections.Counter()
    order_faults, last_at, left = [], "", list(steps)

    def close(step):
        """Everything at or before this instant has been folded: compare."""
        for name in data_set.said:
            row = wanted.get((name, step))
            if row is None:
                continue
            now, then = set(members[name]), before.get(name)
            compared[name] += 1
            found = [len(now), digest(now)]
            expected = [int(row["members"]), row["sha256"]]
            if row["entered"]:
                found += [len(now - then), len(then - now)]
                expected += [int(row["entered"]), int(row["exited"])]
            if found != expected:
                faults[name].append(f"at {row['iso']}: {found}, the oracle has {expected}")
            before[name] = now

    for change in data_set.stream(data_set.events, iso(steps[-1])):
        if change["at"] < last_at:
            order_faults.append(f"{change['at']} follows {last_at}")
        last_at = max(last_at, change["at"])
        while left and change["at"] > iso(left[0])[:-1] + ".000Z":
            close(left.pop(0))
        if not fold(members, change):
            order_faults.append(f"changes nothing: {change}")
    for step in left:
        close(step)
    for name in data_set.said:
        score.report(name, "timeline", faults[name], compared[name])
    if order_faults:
        score.report(data_set.name, "order of changes", order_faults, len(order_faults))


def shuffled(lines, seconds, path):
    """Facts up to an instant in the order of arrival, each up to a day after it happened."""
    chance = random.Random(seconds)
    limit = iso(seconds)
    arriving = []
    for at, stamp, line in lines:
        if at <= limit:
            arriving.append((stamp + chance.uniform(0, DAY_S), line))
    arriving.sort(key=lambda pair: pair[0])
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(line for _, line in arriving)


def read_stamped(path):
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            at = json.loads(line)["timestamp"]
            yield at, datetime.datetime.fromisoformat(at.replace("Z", "+00:00")).timestamp(), line


def check_shuffled(data_set, score):
    steps = sorted({int(row["T"]) for row in data_set.timeline})
    chosen = [steps[round(i * (len(steps) - 1) / (SHUFFLED_INSTANTS - 1))] for i in range(SHUFFLED_INSTANTS)]
    wanted = {(row["id"], int(row["T"])): row for row in data_set.timeline}
    lines = list(read_stamped(data_set.events))
    faults, compared = collections.defaultdict(list), collections.Counter()
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "shuffled.ndjson")
        for step in chosen:
            shuffled(lines, step, path)
            members = collections.defaultdict(set)
            for change in data_set.stream(path, iso(step)):
                fold(members, change)
            for name in data_set.said:
                row = wanted.get((name, step))
                if row is None:
                    continue
                compared[name] += 1
                if digest(members[name]) != row["sha256"]:
                    faults[name].append(
                        f"at {row['iso']}: {len(members[name])} members, the oracle has {row['members']}")
    for name in data_set.said:
        score.report(name, "shuffled", faults[name], compared[name])


def check(seg, data, name, score):
    data_set = DataSet(seg, data, name)
    for definition in data_set.oracle["definitions"]:
        if definition["id"] in NOT_GIVEN:
            print(f"waiting {definition['id']} ({definition['kind']}: parts of it are not given)")
    for way in (check_run, check_timeline, check_shuffled):
        try:
            way(data_set, score)
        except RuntimeError as error:
            score.failed += len(data_set.said)
            print(f"FAILED  {name} {way.__name__}: {error}")


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    seg = os.path.abspath(sys.argv[1])
    beside = os.path.join(HERE, "..", "..", "..", "shared", "data")
    data = sys.argv[2] if len(sys.argv) == 3 else os.environ.get("SEG_SHARED_DATA", beside)
    score = Score()
    for name, events in SETS.items():
        if os.path.exists(os.path.join(data, "sets", events)) and os.path.isdir(os.path.join(data, "oracle")):
            check(seg, data, name, score)
        else:
            print(f"SKIPPED {name}: no sets/{events} in {os.path.normpath(data)}; SEG_SHARED_DATA says where")
            score.skipped += 1
    skipped = f", {score.skipped} skipped" if score.skipped else ""
    print(f"{score.passed} passed, {score.failed} failed{skipped}")
    sys.exit(1 if score.failed else 0)


if __name__ == "__main__":
    main()
