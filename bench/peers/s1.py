"""S1, a stream, beside databases that are asked again and again: see bench/requery.c. The library gives every change at
its instant; a database knows the members at the end of each step."""
import os

import frame

HOUR = 3600000
# The days from which on it is timed, and the steps of the databases.
CASES = {"daily": (0, 24 * HOUR), "hourly": (119, HOUR)}
ROUNDS = 3  # a round takes long


def run(build, rounds):
    python = frame.python_environment(build)
    folder = os.path.join(build, "bench", "s1")
    os.makedirs(folder, exist_ok=True)
    ours = frame.Peer("seg", "Seg", [os.path.join(build, "bench", "requery"), folder, "20"])
    peers = []
    if python:
        script = os.path.join(frame.HERE, "s1_sql.py")
        frame.start(peers, "duckdb", "DuckDB " + frame.python_version(python, "duckdb"), [python, script, "duckdb", folder])
        frame.start(peers, "sqlite", f"SQLite {frame.sqlite_version(python)} of Python",
                    [python, script, "sqlite", folder])
    table = {}
    for name, (day, step) in CASES.items():
        line = f"{day} {step}"
        asked = [peer for peer in peers if name == "hourly" or peer.name == "duckdb"]  # SQLite: minutes a round
        members = ours.ask("members " + line)[1]
        seconds = {peer.name: [] for peer in [ours] + asked}
        for _ in range(min(rounds, ROUNDS)):
            seconds["seg"].append(ours.ask("members " + line)[0])
            for peer in list(asked):
                spent, found = peer.ask(line)
                seconds[peer.name].append(spent)
                if found != members:
                    frame.differences.append(peer.title)
                    print(f"FAILED S1: {peer.title} has other members")
                    asked.remove(peer)
        for peer in asked:
            title = f"{peer.title}, asked {name}"
            table[f"S1_{name}_vs_{peer.name}"] = frame.row(title, seconds["seg"], seconds[peer.name], "ms", 1e3)
    for peer in peers + [ours]:
        peer.close()
    return table
