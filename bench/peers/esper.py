"""S1, a stream, beside Esper: see bench/requery.c and esper/src. Everything is as beside Flink."""
import flink

# Name of the row, what it is asked, segments.
CASES = {"S1_vs_esper": ("all", 20), "S1_1000_vs_esper": ("all", 1000)}


def run(build, rounds):
    return flink.beside(build, rounds, "esper", "Esper", "esper-runtime", CASES)
