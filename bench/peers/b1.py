"""B1, a batch over columns, and its peers: see bench/batch.c."""
import glob
import os
import shutil

import frame

# Name, title, package of Python.
PACKAGES = (("polars", "Polars", "polars"), ("duckdb_1t", "DuckDB", "duckdb"), ("chdb_1t", "ClickHouse of chdb", "chdb"),
            ("luajit", "LuaJIT of lupa", "lupa"))
# DuckDB is asked in two forms: see b1_duckdb.py.
EACH = ("duckdb_1t", "each")


def start_postgres(peers, build, folder, python):
    programs = os.path.dirname(max(glob.glob("/usr/lib/postgresql/*/bin/postgres"), default=shutil.which("postgres") or ""))
    if not programs:
        frame.skip("PostgreSQL", "it is not installed (Debian: postgresql)")
        return
    version = frame.quiet([os.path.join(programs, "postgres"), "--version"]).stdout.split()[2]
    frame.start(peers, "postgres", f"PostgreSQL {version}", [python, os.path.join(frame.HERE, "b1_postgres.py"), folder,
                                                             programs, os.path.join(build, "bench", "postgres")])


def peers_of(build, folder, python):
    peers = []
    if python:
        for name, title, package in PACKAGES:
            script = os.path.join(frame.HERE, f"b1_{name.split('_')[0]}.py")
            frame.start(peers, name, f"{title} {frame.python_version(python, package)}", [python, script, folder])
        frame.start(peers, "sqlite", f"SQLite {frame.sqlite_version(python)} of Python",
                    [python, os.path.join(frame.HERE, "b1_sqlite.py"), folder])
        start_postgres(peers, build, folder, python)
    if shutil.which("node"):
        title = "V8 of Node " + frame.quiet(["node", "--version"]).stdout.strip()
        frame.start(peers, "v8", title, ["node", os.path.join(frame.HERE, "b1_node.js"), folder])
    else:
        frame.skip("V8", "there is no node")
    return peers


def run(build, rounds):
    python = frame.python_environment(build)
    folder = os.path.join(build, "bench", "b1")
    os.makedirs(folder, exist_ok=True)
    ours = frame.Peer("seg", "Seg", [os.path.join(build, "bench", "batch"), folder], greets=False)
    members, rows = ours.ask("seg")[1], ours.ask("rows")[1]  # by then its files are there
    peers = peers_of(build, folder, python)
    for other in ("floor", "threads"):
        if ours.ask(other)[1] != members:
            frame.differences.append(other)
            print(f"FAILED B1: {other} has other members")
    frame.drop_different("B1", peers, (members, rows), lambda peer: (peer.ask("count")[1], peer.ask("rows")[1]))
    frame.drop_different("B1", peers, members, lambda peer: peer.ask(EACH[1] if peer.name == EACH[0] else "count")[1])
    own = ["floor", "seg", "alone", "threads"]
    asked = [(peer, "count", peer.name, peer.title) for peer in peers]
    asked += [(peer, EACH[1], f"{peer.name}_{EACH[1]}", f"{peer.title}, a statement per segment")
              for peer in peers if peer.name == EACH[0]]
    seconds = {name: [] for name in own + [name for _, _, name, _ in asked]}
    for _ in range(rounds):
        for name in own:
            seconds[name].append(frame.fastest(ours.ask, name))
        for peer, line, name, _ in asked:
            seconds[name].append(frame.fastest(peer.ask, line))
    table = {"B1_vs_floor": frame.row("floor", seconds["seg"], seconds["floor"], "ms", 1e3),
             "B1_threads2_vs_1": frame.row("one thread", seconds["threads"], seconds["alone"], "ms", 1e3)}
    for _, _, name, title in asked:
        table["B1_vs_" + name] = frame.row(title, seconds["seg"], seconds[name], "ms", 1e3)
    for peer in peers + [ours]:
        peer.close()
    return table
