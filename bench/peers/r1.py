"""R1, one row at a time, and its peers: see bench/row.c. Each peer answers "RULE DATA PASSES" with the seconds that
so many passes over the rows took, and the members of one pass: how many, and the sum of their numbers."""
import os
import shutil

import frame

CASES = {"R1": "compare shuffled", "R1_constant": "compare constant", "R1_rule": "rule shuffled"}
SECONDS = 0.1  # about as long as a round of one peer takes


def peers_of(build, folder, python):
    peers = []
    program = frame.go_program(build, "r1_go")
    if program:
        for name, title, module in (("expr", "expr", "github.com/expr-lang/expr"), ("cel_go", "cel-go", "cel.dev/cel-go")):
            frame.start(peers, name, f"{title} {frame.go_module_version(program, module)}", [program, name, folder])
    for name, package in (("cel_js", "@marcbachmann/cel-js"), ("hogvm", "@posthog/hogvm")):
        version = frame.node_package(build, package)
        if version:
            frame.start(peers, name, f"{package} {version}",
                        ["node", os.path.join(frame.HERE, "r1_node.mjs"), name, folder, os.path.join(build, "bench", "node")])
    if shutil.which("node"):
        title = "V8 of Node " + frame.quiet(["node", "--version"]).stdout.strip()
        frame.start(peers, "v8", title, ["node", os.path.join(frame.HERE, "r1_node.mjs"), "v8", folder])
    if python:
        frame.start(peers, "luajit", "LuaJIT of lupa " + frame.python_version(python, "lupa"),
                    [python, os.path.join(frame.HERE, "r1_luajit.py"), folder])
    return peers


def passes_of(ask, case):
    """As many passes as fill about SECONDS, after the peer is warm."""
    passes = 1
    while True:
        seconds, _ = ask(f"{case} {passes}")
        if seconds > SECONDS / 4:
            return max(1, round(passes * SECONDS / seconds))
        passes *= 4


def measure(name, case, ours, peers, rounds):
    members = ours.ask(f"seg {case} 1")[1]
    if ours.ask(f"floor {case} 1")[1] != members:
        frame.differences.append("floor")
        print(f"FAILED {name}: the floor has other members")
    frame.drop_different(name, peers, members, lambda peer: peer.ask(f"{case} 1")[1])
    asked = {"seg": lambda line: ours.ask("seg " + line), "floor": lambda line: ours.ask("floor " + line)}
    asked.update({peer.name: peer.ask for peer in peers})
    passes = {who: passes_of(ask, case) for who, ask in asked.items()}
    seconds = {who: [] for who in asked}
    for _ in range(rounds):
        for who, ask in asked.items():
            seconds[who].append(ask(f"{case} {passes[who]}")[0] / passes[who])
    rows = ours.ask(f"rows {case} 1")[1][0]
    table = {f"{name}_vs_hand_c": frame.row("floor", seconds["seg"], seconds["floor"], "ns", 1e9 / rows)}
    for peer in peers:
        table[f"{name}_vs_{peer.name}"] = frame.row(peer.title, seconds["seg"], seconds[peer.name], "ns", 1e9 / rows)
    return table


def run(build, rounds):
    python = frame.python_environment(build)
    folder = os.path.join(build, "bench", "r1")
    os.makedirs(folder, exist_ok=True)
    ours = frame.Peer("seg", "Seg", [os.path.join(build, "bench", "row"), folder])
    peers = peers_of(build, folder, python)
    table = {}
    for name, case in CASES.items():
        table.update(measure(name, case, ours, peers, rounds))
    for peer in peers + [ours]:
        peer.close()
    return table
