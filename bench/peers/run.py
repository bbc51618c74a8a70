#!/usr/bin/env python3
"""Peers in one run: each is a process that loads the workload, then all are asked in turn, round after round.

    run.py BUILD [ROUNDS]

What they find is compared before anything is timed. A ratio is taken inside a round; the median stands with the
least and the most. Rows go into BUILD/bench.json beside those that are there. A peer that cannot be had is
skipped, and that is said."""
import json
import os
import shutil
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
PACKAGES = ["numpy", "pyarrow", "duckdb", "polars", "lupa"]
failures = 0


def skip(peer, why):
    print(f"skipped {peer}: {why}")


def environment(build):
    """A Python of its own with the peers' packages, below the build folder; None: there is none."""
    folder = os.path.join(build, "bench", "python")
    python = os.path.join(folder, "bin", "python")
    if not os.path.exists(python):
        made = subprocess.run([sys.executable, "-m", "venv", folder], capture_output=True, text=True, check=False)
        if made.returncode != 0:
            skip("peers in Python", "no virtual environment: " + made.stderr.strip()[-200:])
            return None
    for package in PACKAGES:
        install = [python, "-m", "pip", "install", "-q", "--timeout", "20", "--retries", "1", package]
        if subprocess.run(install, capture_output=True, check=False).returncode != 0:
            skip(package, "it cannot be installed")
    return python


def version(python, package):
    code = f"import importlib.metadata as m; print(m.version({package!r}))"
    found = subprocess.run([python, "-c", code], capture_output=True, text=True, check=False)
    return found.stdout.strip()


class Peer:
    """A process that answers; `name` is what the rows are called by, `title` what readers read."""

    def __init__(self, name, title, command, greets=True):
        self.name, self.title = name, title
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)
        if greets and self.process.stdout.readline().strip() != "ready":
            raise OSError(self.process.stderr.read().strip()[-200:] or "it ended")

    def ask(self, what):
        self.process.stdin.write(what + "\n")
        self.process.stdin.flush()
        seconds, *found = self.process.stdout.readline().split()
        return float(seconds), [int(number) for number in found]

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def start(peers, name, title, command):
    try:
        peers.append(Peer(name, title, command))
    except OSError as error:
        skip(title, error)


def ratios(above, below):
    each = [a / b for a, b in zip(above, below)]
    return {"ratio": round(statistics.median(each), 3), "min": round(min(each), 3), "max": round(max(each), 3)}


def batch(build, python, rounds):
    """B1: see bench/batch.c."""
    global failures
    folder = os.path.join(build, "bench", "b1")
    os.makedirs(folder, exist_ok=True)
    ours = Peer("seg", "Seg", [os.path.join(build, "bench", "batch"), folder], greets=False)
    members, rows = ours.ask("seg")[1], ours.ask("rows")[1]  # by then its files are there
    peers = []
    if python:
        for name, title, package in (("polars", "Polars", "polars"), ("duckdb_1t", "DuckDB", "duckdb"),
                                     ("luajit", "LuaJIT of lupa", "lupa")):
            script = os.path.join(HERE, f"b1_{name.split('_')[0]}.py")
            start(peers, name, f"{title} {version(python, package)}", [python, script, folder])
        start(peers, "sqlite", "SQLite of Python", [python, os.path.join(HERE, "b1_sqlite.py"), folder])
    if shutil.which("node"):
        title = "V8 of Node " + subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout
        start(peers, "v8", title.strip(), ["node", os.path.join(HERE, "b1_node.js"), folder])
    else:
        skip("V8", "there is no node")
    if ours.ask("floor")[1] != members:
        failures += 1
        print("FAILED B1: the floor has other members")
    for peer in list(peers):
        if peer.ask("count")[1] != members or peer.ask("rows")[1] != rows:
            failures += 1
            print(f"FAILED B1: {peer.title} has other members")
            peers.remove(peer)
    seconds = {name: [] for name in ["seg", "floor"] + [peer.name for peer in peers]}
    for _ in range(rounds):
        for name in ("floor", "seg"):
            seconds[name].append(min(ours.ask(name)[0] for _ in range(3)))
        for peer in peers:
            seconds[peer.name].append(peer.ask("count")[0])
    table = {"B1_vs_floor": dict(ratios(seconds["seg"], seconds["floor"]), peer="floor")}
    for peer in peers:
        table["B1_vs_" + peer.name] = dict(ratios(seconds[peer.name], seconds["seg"]), peer=peer.title)
    for name, row in table.items():
        other = "floor" if row["peer"] == "floor" else name[len("B1_vs_"):]
        row["ms"] = round(statistics.median(seconds["seg"]) * 1e3, 3)
        row["peer_ms"] = round(statistics.median(seconds[other]) * 1e3, 3)
    for peer in peers + [ours]:
        peer.close()
    return table


def main():
    build, rounds = os.path.abspath(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 5
    python = environment(build)
    table = batch(build, python, rounds)
    for name, row in table.items():
        meaning = "times the floor" if row["peer"] == "floor" else "times as fast as " + row["peer"]
        print(f"{name:<16} {row['ratio']:8.2f} ({row['min']:.2f} .. {row['max']:.2f})   {row['ms']:.1f} ms, "
              f"{row['peer_ms']:.1f} ms   {meaning}")
    path = os.path.join(build, "bench.json")
    whole = {}
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            whole = json.load(file)
    whole.update(table)
    with open(path, "w", encoding="utf-8") as file:
        json.dump(whole, file, indent=2)
        file.write("\n")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
