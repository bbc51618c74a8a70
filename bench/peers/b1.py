"""B1, a batch over columns, and its peers: see bench/batch.c."""
import os
import shutil

import frame


def peers_of(folder, python):
    peers = []
    if python:
        for name, title, package in (("polars", "Polars", "polars"), ("duckdb_1t", "DuckDB", "duckdb"),
                                     ("luajit", "LuaJIT of lupa", "lupa")):
            script = os.path.join(frame.HERE, f"b1_{name.split('_')[0]}.py")
            frame.start(peers, name, f"{title} {frame.python_version(python, package)}", [python, script, folder])
        frame.start(peers, "sqlite", f"SQLite {frame.sqlite_version(python)} of Python",
                    [python, os.path.join(frame.HERE, "b1_sqlite.py"), folder])
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
    peers = peers_of(folder, python)
    for other in ("floor", "threads"):
        if ours.ask(other)[1] != members:
            frame.differences.append(other)
            print(f"FAILED B1: {other} has other members")
    frame.drop_different("B1", peers, (members, rows), lambda peer: (peer.ask("count")[1], peer.ask("rows")[1]))
    own = ["floor", "seg", "alone", "threads"]
    seconds = {name: [] for name in own + [peer.name for peer in peers]}
    for _ in range(rounds):
        for name in own:
            seconds[name].append(frame.fastest(ours.ask, name))
        for peer in peers:
            seconds[peer.name].append(frame.fastest(peer.ask, "count"))
    table = {"B1_vs_floor": frame.row("floor", seconds["seg"], seconds["floor"], "ms", 1e3),
             "B1_threads2_vs_1": frame.row("one thread", seconds["threads"], seconds["alone"], "ms", 1e3)}
    for peer in peers:
        table["B1_vs_" + peer.name] = frame.row(peer.title, seconds["seg"], seconds[peer.name], "ms", 1e3)
    for peer in peers + [ours]:
        peer.close()
    return table
