"""Buckets by an XXH64 of its own, compared with the rules' (from `seg explain`) and with the reference's table."""
import re
import subprocess
import sys

M = (1 << 64) - 1
P1, P2, P3 = 11400714785074694791, 14029467366897019727, 1609587929392839161
P4, P5 = 9650029242287828579, 2870177450012600261


def rotate(x, bits):
    return (x << bits | x >> (64 - bits)) & M


def lane(a, word):
    return rotate((a + word * P2) & M, 31) * P1 & M


def xxh64(data, seed):
    at = 0
    if len(data) >= 32:
        v = [(seed + P1 + P2) & M, (seed + P2) & M, seed, (seed - P1) & M]
        while at + 32 <= len(data):
            for i in range(4):
                v[i] = lane(v[i], int.from_bytes(data[at + 8 * i:at + 8 * i + 8], "little"))
            at += 32
        h = sum(rotate(x, b) for x, b in zip(v, (1, 7, 12, 18))) & M
        for x in v:
            h = ((h ^ lane(0, x)) * P1 + P4) & M
    else:
        h = (seed + P5) & M
    h = (h + len(data)) & M
    while at + 8 <= len(data):
        h = (rotate(h ^ lane(0, int.from_bytes(data[at:at + 8], "little")), 27) * P1 + P4) & M
        at += 8
    if at + 4 <= len(data):
        h = (rotate(h ^ int.from_bytes(data[at:at + 4], "little") * P1 & M, 23) * P2 + P3) & M
        at += 4
    for byte in data[at:]:
        h = rotate(h ^ byte * P5 & M, 11) * P1 & M
    h = (h ^ h >> 33) * P2 & M
    h = (h ^ h >> 29) * P3 & M
    return h ^ h >> 32


def bucket(salt, profile):
    return xxh64(profile.encode(), xxh64(salt.encode(), 0)) % 10000


seg, reference = sys.argv[1:3]
rows = re.findall(r"^\| `\"(.*?)\"` \| `(.*?)` \| (\d+) \|$", open(reference, encoding="utf-8").read(), re.M)
print(f"{len(rows)} lines of the table,", sum(bucket(s, p) != int(n) for s, p, n in rows), "wrong")
wrong = 0
for profile in ["u1", "u3", "u,2", "a profile whose id has more than thirty-two bytes"]:
    shown = subprocess.run([seg, "explain", "rules", "half", profile, "--events", "events.ndjson",
                            "--at", "2026-01-02"], capture_output=True, text=True, check=False).stdout
    wrong += f" = {bucket('exp-42', profile)}\n" not in shown
print("explained buckets:", wrong, "wrong")
