#!/usr/bin/env python3
"""Peers in one run: each is a process that loads the workload, then all are asked in turn, round after round.

    run.py BUILD [ROUNDS [WORKLOAD...]]

What they find is compared before anything is timed. A ratio is taken inside a round; the median stands with the
least and the most. Rows go into BUILD/bench.json beside those that are there. A peer that cannot be had is
skipped, and that is said."""
import json
import os
import sys

import b1
import b2
import c1
import esper
import flink
import frame
import j1
import meter
import r1
import s1
import stores

WORKLOADS = {"B1": b1.run, "B2": b2.run, "R1": r1.run, "C1": c1.run, "METER": meter.run, "S1": s1.run,
             "J1": j1.run, "FLINK": flink.run, "ESPER": esper.run,
             "STORES": stores.run}


def write(path, rows):
    """In one step, so that an interrupted run leaves what was there or all of it."""
    with open(path + ".new", "w", encoding="utf-8") as file:
        json.dump(rows, file, indent=2)
        file.write("\n")
    os.replace(path + ".new", path)


def main():
    build, rounds = os.path.abspath(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 5
    path = os.path.join(build, "bench.json")
    whole = {}
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            whole = json.load(file)
    for workload in sys.argv[3:] or WORKLOADS:
        table = WORKLOADS[workload](build, rounds)
        for name, row in table.items():
            frame.show(name, row)
        whole.update(table)
        write(path, whole)
    sys.exit(1 if frame.differences else 0)


if __name__ == "__main__":
    main()
