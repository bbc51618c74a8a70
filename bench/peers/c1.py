"""C1, compiling ten thousand rules, and its peers: see bench/compile.c. luac is a process of its own each time, so
the library's figure beside it is that of `seg compile` as a process too."""
import os
import resource
import shutil
import subprocess

import frame


def spent(command):
    """CPU seconds of a process from its start to its end."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def same_rules(ours, folder, luac):
    """As many functions in Lua as segments."""
    rules = ours.ask("seg")[1][0]
    if luac:
        listing = frame.quiet([luac, "-l", "-p", os.path.join(folder, "rules.lua")]).stdout
        if listing.count("\nfunction <") != rules:
            frame.differences.append("luac")
            print("FAILED C1: luac has other rules")
    if ours.ask("sqlite")[1][0] != rules:
        frame.differences.append("sqlite")
        print("FAILED C1: SQLite has other rules")
    return rules


def luajit_of(build, folder, rules):
    """In a list of peers, which is empty where it cannot be had."""
    python, peers = frame.python_environment(build), []
    if python:
        script = os.path.join(frame.HERE, "c1_luajit.py")
        frame.start(peers, "luajit", f"LuaJIT of lupa {frame.python_version(python, 'lupa')}",
                    [python, script, os.path.join(folder, "rules.lua")])
    frame.drop_different("C1", peers, [rules], lambda peer: peer.ask("")[1])
    return peers


def run(build, rounds):
    folder = os.path.join(build, "bench", "c1")
    os.makedirs(folder, exist_ok=True)
    ours = frame.Peer("seg", "Seg", [os.path.join(build, "bench", "compile"), folder])
    luac = shutil.which("luac5.4") or shutil.which("luac")
    rules = same_rules(ours, folder, luac)
    peers = luajit_of(build, folder, rules)
    seconds = {name: [] for name in ["seg", "sqlite", "process", "luac"] + [peer.name for peer in peers]}
    for _ in range(rounds):
        for name in ("seg", "sqlite"):
            seconds[name].append(ours.ask(name)[0])
        for peer in peers:
            seconds[peer.name].append(peer.ask("")[0])
        if luac:
            seconds["process"].append(spent([os.path.join(build, "seg"), "compile", os.path.join(folder, "rules.seg"),
                                             "-o", os.path.join(folder, "rules.img")]))
            seconds["luac"].append(spent([luac, "-o", os.path.join(folder, "rules.luac"), os.path.join(folder, "rules.lua")]))
    table = {}
    if luac:
        version = " ".join(frame.quiet([luac, "-v"]).stdout.split()[:2])
        table["C1_vs_luac"] = frame.row(f"floor, luac of {version}", seconds["process"], seconds["luac"], "ns", 1e9 / rules)
    else:
        frame.skip("luac", "there is none (Debian: lua5.4)")
    table["C1_vs_sqlite_prepare"] = frame.row("SQLite's prepare", seconds["seg"], seconds["sqlite"], "ns", 1e9 / rules)
    for peer in peers:
        table["C1_vs_" + peer.name] = frame.row(peer.title, seconds["seg"], seconds[peer.name], "ns", 1e9 / rules)
        peer.close()
    _, (_, image_bytes, held_bytes) = ours.ask("load")
    print(f"loaded: {held_bytes / rules:.0f} bytes a segment, {image_bytes / rules:.0f} of them its image's")
    ours.close()
    return table
