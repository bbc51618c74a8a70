"""S1, a stream, beside Flink: see bench/requery.c and flink/src. Both tell each change with its instant, those that
time alone brings included, and go on through a silence until nobody is a member. The changes are compared before
anything is timed: how many, and the sum of a word of each."""
import os
import statistics

import frame

WARM, AT_LEAST = 4, 3  # runs until its compiler has seen everything; rounds
# All in one task is the fastest form of Flink; with keyBy events go to a second task, as in a job on many machines.
FORMS = {"chained": ", in one task", "keyed": ", with keyBy", "all": ""}
# Name of the row, form, segments.
CASES = {"S1_vs_flink": ("chained", 20), "S1_vs_flink_keyed": ("keyed", 20), "S1_1000_vs_flink": ("chained", 1000)}
# Of the collectors, this one costs least here.
JAVA = ["java", "-XX:+UseParallelGC", "-Xms2g", "-Xmx2g"]


def measure(ours, peer, form, rounds):
    """A row for one form, or None."""
    _, found = ours.ask("changes")
    for _ in range(WARM):
        told = peer.ask(form)[1][:4]
    if told != found:
        frame.differences.append(peer.title)
        print(f"FAILED S1: {peer.title} tells of other changes")
        return None
    seconds, others, walls = [], [], []
    for _ in range(max(rounds, AT_LEAST)):
        seconds.append(frame.fastest(ours.ask, "changes"))
        spent, told = min(peer.ask(form) for _ in range(2))
        others.append(spent)
        walls.append(told[4] / 1e6)
    row = frame.row(f"{peer.title}{FORMS[form]}", seconds, others, "ms", 1e3)
    row["peer_wall_ms"] = round(statistics.median(walls), 3)
    return row


def beside(build, rounds, peer_name, title, library, cases):
    """The rows of a peer in Java that lies in the folder of its name."""
    paths = frame.java_program(build, peer_name)
    if not paths:
        return {}
    table = {}
    title = f"{title} {frame.jar_version(paths, library)}"
    for name, (form, segments) in cases.items():
        folder = os.path.join(build, "bench", f"s1_{segments}")
        os.makedirs(folder, exist_ok=True)
        ours = frame.Peer("seg", "Seg", [os.path.join(build, "bench", "requery"), folder, str(segments)])
        peers = []
        frame.start(peers, peer_name, title, JAVA + ["-cp", paths, "crowd.Crowd", folder])
        for peer in peers:
            try:
                table[name] = measure(ours, peer, form, rounds)
            except OSError as error:
                frame.skip(title, error)
            peer.close()
        ours.close()
    return {name: row for name, row in table.items() if row}


def run(build, rounds):
    return beside(build, rounds, "flink", "Flink", "flink-runtime", CASES)
