"""B2, windows over an event log, and its peers: see bench/log.c. First over columns, then from JSON lines on disk."""
import os

import frame


def duckdb_of(folder, python):
    """In a list of peers, which is empty where it cannot be had."""
    peers = []
    if python:
        script = os.path.join(frame.HERE, "b2_duckdb.py")
        frame.start(peers, "duckdb_1t", f"DuckDB {frame.python_version(python, 'duckdb')}", [python, script, folder])
    return peers


def run(build, rounds):
    python = frame.python_environment(build)
    folder = os.path.join(build, "bench", "b2")
    os.makedirs(folder, exist_ok=True)
    ours = frame.Peer("seg", "Seg", [os.path.join(build, "bench", "log"), folder], greets=False)
    members, rows = ours.ask("seg")[1], ours.ask("rows")[1]  # by then its files are there
    peers = duckdb_of(folder, python)
    if ours.ask("floor")[1] != members:
        frame.differences.append("floor")
        print("FAILED B2: the floor has other members")
    frame.drop_different("B2", peers, (members, rows), lambda peer: (peer.ask("count")[1], peer.ask("rows")[1]))
    seconds = {name: [] for name in ["seg", "floor"] + [peer.name for peer in peers]}
    for _ in range(rounds):
        for name in ("floor", "seg"):
            seconds[name].append(frame.fastest(ours.ask, name))
        for peer in peers:
            seconds[peer.name].append(frame.fastest(peer.ask, "count"))
    table = {"B2_vs_floor": frame.row("floor", seconds["seg"], seconds["floor"], "ms", 1e3)}
    for peer in peers:
        table["B2_vs_" + peer.name] = frame.row(peer.title, seconds["seg"], seconds[peer.name], "ms", 1e3)
    for peer in peers + [ours]:
        peer.close()
    return table | run_lines(build, rounds, python)


def run_lines(build, rounds, python):
    """A file of a million events, from its bytes to the members: every time anew."""
    folder = os.path.join(build, "bench", "b2_lines")
    os.makedirs(folder, exist_ok=True)
    command = [os.path.join(build, "bench", "log"), folder, "1000000", "100000", "lines"]
    ours = frame.Peer("seg", "Seg", command, greets=False)
    members = ours.ask("seg")[1]  # over columns
    peers = duckdb_of(folder, python)
    if ours.ask("lines")[1] != members:
        frame.differences.append("lines")
        print("FAILED B2: lines have other members than columns")
    frame.drop_different("B2_json", peers, members, lambda peer: peer.ask("lines")[1])
    seconds = {name: [] for name in ["seg"] + [peer.name for peer in peers]}
    for _ in range(rounds):
        for peer in [ours] + peers:
            seconds[peer.name].append(peer.ask("lines")[0])
    for peer in peers + [ours]:
        peer.close()
    return {"B2_json_vs_" + peer.name: frame.row(peer.title, seconds["seg"], seconds[peer.name], "ms", 1e3)
            for peer in peers}
