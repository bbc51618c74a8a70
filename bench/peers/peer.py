"""What every peer of a workload has in common: it loads, says "ready", then answers each line of standard input
with the CPU seconds that it took and what it found.

    measure(ask)    ask(line) does the work and gives a list of numbers
"""
import sys
import time


def measure(ask):
    print("ready", flush=True)
    for line in sys.stdin:
        start = time.process_time()
        found = ask(line.strip())
        print(f"{time.process_time() - start:.9f}", *found, flush=True)
