"""What every peer of a workload has in common: it loads, says "ready", then answers each line of standard input
with the CPU seconds that it took and what it found.

    measure(ask)           ask(line) does the work and gives a list of numbers
    measure(ask, clock)    where another process does the work: its seconds
"""
import sys
import time


def measure(ask, clock=time.process_time):
    print("ready", flush=True)
    for line in sys.stdin:
        start = clock()
        found = ask(line.strip())
        print(f"{clock() - start:.9f}", *found, flush=True)
