"""J1, events in JSON lines, beside other parsers of JSON: see bench/lines.c. What was read is compared as sums. The
library also types every field, its time among them; the others give texts and numbers."""
import os

import frame

PARSERS = {"cjson": ("cJSON", "libcjson"), "jansson": ("jansson", "jansson")}


def run(build, rounds):
    folder = os.path.join(build, "bench", "j1")
    os.makedirs(folder, exist_ok=True)
    ours = frame.Peer("seg", "Seg", [os.path.join(build, "bench", "lines"), folder])
    found = ours.ask("all")[1]
    peers = []
    for name, (title, package) in PARSERS.items():
        program = os.path.join(build, "bench", "json_" + name)
        if not os.path.exists(program):
            frame.skip(title, f"it is not installed (Debian: {package.removeprefix('lib')} as lib"
                              f"{package.removeprefix('lib')}-dev)")
            continue
        version = frame.quiet(["pkg-config", "--modversion", package]).stdout.strip()
        frame.start(peers, name, f"{title} {version}".strip(), [program, os.path.join(folder, "events.ndjson")])
    frame.drop_different("J1", peers, found, lambda peer: peer.ask("all")[1])
    seconds = {peer.name: [] for peer in [ours] + peers}
    for _ in range(rounds):
        for peer in [ours] + peers:
            seconds[peer.name].append(peer.ask("all")[0])
    table = {"J1_vs_" + peer.name: frame.row(peer.title, seconds["seg"], seconds[peer.name], "ns", 1e9 / found[0])
             for peer in peers}
    for peer in peers + [ours]:
        peer.close()
    return table
