"""What it costs to count the work that is done, and to explain: see bench/row.c, and SEG_METER in runtime/vm.h."""
import os

import frame
import r1


def measure(name, case, metered, unmetered, rounds):
    ways = {"counted": lambda line: metered.ask("seg " + line), "uncounted": lambda line: unmetered.ask("seg " + line),
            "explainable": lambda line: metered.ask("explainable " + line),
            "explained": lambda line: metered.ask("explain " + line)}
    members = ways["counted"](f"{case} 1")[1]
    for way, ask in ways.items():
        if ask(f"{case} 1")[1] != members:
            frame.differences.append(way)
            print(f"FAILED {name}: {way} has other members")
    passes = {way: r1.passes_of(ask, case) for way, ask in ways.items()}
    seconds = {way: [] for way in ways}
    for _ in range(rounds):
        for way, ask in ways.items():
            seconds[way].append(ask(f"{case} {passes[way]}")[0] / passes[way])
    rows = metered.ask(f"rows {case} 1")[1][0]
    each = {"METER": ("counted", "uncounted"), "EXPLAINABLE": ("explainable", "counted"), "EXPLAIN": ("explained", "counted")}
    return {f"{row}_{name}": frame.row("floor, " + floor, seconds[what], seconds[floor], "ns", 1e9 / rows)
            for row, (what, floor) in each.items()}


def run(build, rounds):
    folder = os.path.join(build, "bench", "r1")
    os.makedirs(folder, exist_ok=True)
    metered, unmetered = (frame.Peer(name, name, [os.path.join(build, "bench", name), folder])
                          for name in ("row", "row-unmetered"))
    table = {}
    for name, case in (("compare", "compare shuffled"), ("rule", "rule shuffled")):
        table.update(measure(name, case, metered, unmetered, 2 * rounds))
    metered.close()
    unmetered.close()
    return table
