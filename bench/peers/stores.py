"""S1, a stream, beside what a team builds on a store that it has: see bench/requery.c.

SQLite     each event is inserted, then its profile's events are counted; only those who enter are found
d2mini     differential dataflow, one count for all; what time takes out is fed to it, once per 1,000 events"""
import os

import frame

CASES = {"S1": 20, "S1_1000": 1000}
PACKAGE = "@electric-sql/d2mini"
MOST = 3  # rounds; one takes long


def start(build, segments):
    folder = os.path.join(build, "bench", f"s1_{segments}")
    os.makedirs(folder, exist_ok=True)
    return frame.Peer("seg", "Seg", [os.path.join(build, "bench", "requery"), folder, str(segments)]), folder


def sqlite_row(ours, segments, rounds):
    if ours.ask("sqlite")[1] != ours.ask("changes")[1][:2]:
        frame.differences.append("SQLite")
        print("FAILED S1: in SQLite others enter")
        return None
    seconds, others = [], []
    for _ in range(rounds):
        seconds.append(ours.ask("changes")[0])
        others.append(ours.ask("sqlite")[0])
    return frame.row(f"SQLite as the store of {segments} segments, only who enters", seconds, others, "ms", 1e3)


def d2_row(ours, segments, peer, rounds):
    """Of all members, those of segment 1 are known to both."""
    line = "members 0 0"
    if ours.ask(line)[1][2:4] != peer.ask(line)[1]:
        frame.differences.append(peer.title)
        print(f"FAILED S1: {peer.title} has other members")
        return None
    seconds, others = [], []
    for _ in range(rounds):
        seconds.append(ours.ask(line)[0])
        others.append(peer.ask(line)[0])
    return frame.row(f"{peer.title}, one count beside {segments} segments", seconds, others, "ms", 1e3)


def run(build, rounds):
    version, table, rounds = frame.node_package(build, PACKAGE), {}, min(rounds, MOST)
    for name, segments in CASES.items():
        ours, folder = start(build, segments)
        peers = []
        if version:
            frame.start(peers, "d2mini", f"d2mini {version}",
                        ["node", os.path.join(frame.HERE, "s1_d2.mjs"), folder, os.path.join(build, "bench", "node")])
        table[f"{name}_vs_sqlite"] = sqlite_row(ours, segments, rounds)
        for peer in peers:
            table[f"{name}_vs_d2mini"] = d2_row(ours, segments, peer, rounds)
            peer.close()
        ours.close()
    return {name: row for name, row in table.items() if row}
