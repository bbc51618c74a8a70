"""S1, a stream, beside Flink: see bench/requery.c and flink/src. Both tell each change with its instant, those that
time alone brings included, and go on through a silence until nobody is a member. The changes are compared before
anything is timed: how many, and the sum of a word of each."""
import os
import statistics

import frame

WARM, AT_LEAST = 4, 3  # runs until its compiler has seen everything; rounds
# All in one task is the fastest form of Flink; with keyBy events go to a second task, as in a job on many machines.
FORMS = {"flink": "chained", "flink_keyed": "keyed"}
TITLES = {"chained": "in one task", "keyed": "with keyBy"}
# Of the collectors, this one costs least here.
JAVA = ["java", "-XX:+UseParallelGC", "-Xms2g", "-Xmx2g"]


def measure(ours, peer, name, rounds):
    """A row for one form, or None."""
    form = FORMS[name]
    _, found = ours.ask("changes")
    for _ in range(WARM):
        told = peer.ask(form)[1][:2]
    if told != found[:2]:
        frame.differences.append(peer.title)
        print(f"FAILED S1: {peer.title} tells of other changes")
        return None
    seconds, others, walls = [], [], []
    for _ in range(max(rounds, AT_LEAST)):
        seconds.append(min(ours.ask("changes")[0] for _ in range(2)))
        spent, (_, _, wall) = min(peer.ask(form) for _ in range(2))
        others.append(spent)
        walls.append(wall / 1e6)
    row = frame.row(f"{peer.title}, {TITLES[form]}", seconds, others, "ms", 1e3)
    row["peer_wall_ms"] = round(statistics.median(walls), 3)
    return row


def run(build, rounds):
    paths = frame.java_program(build, "flink")
    if not paths:
        return {}
    folder = os.path.join(build, "bench", "s1")
    os.makedirs(folder, exist_ok=True)
    ours = frame.Peer("seg", "Seg", [os.path.join(build, "bench", "requery"), folder])
    peers, table = [], {}
    title = "Flink " + frame.jar_version(paths, "flink-runtime")
    frame.start(peers, "flink", title, JAVA + ["-cp", paths, "crowd.Crowd", folder])
    for peer in peers:
        try:
            rows = {name: measure(ours, peer, name, rounds) for name in FORMS}
            table.update({f"S1_vs_{name}": row for name, row in rows.items() if row})
        except OSError as error:
            frame.skip(title, error)
        peer.close()
    ours.close()
    return table
