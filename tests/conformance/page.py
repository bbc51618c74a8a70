"""docs/conformance.md: its tables say what differs on purpose, and what is not translated, and how often."""
import collections
import fnmatch
import os
import re

PAGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs", "conformance.md")


class Page:
    """The part of the page about one suite: what stands between `## NAME` and the next heading of that level."""

    def __init__(self, suite):
        self.rows, self.expected, self.counts = [], {}, collections.Counter()
        with open(PAGE, encoding="utf-8") as file:
            parts = re.split(r"^## ", file.read(), flags=re.M)
        text = next((part for part in parts if part.split("\n", 1)[0].strip() == suite), "")
        for line in text.splitlines():
            cells = [cell.strip() for cell in line.strip().strip("|").split(" | ")]
            if not line.startswith("| ") or not re.fullmatch(r"\d+", cells[0]):
                continue
            if len(cells) == 5:
                names = re.findall(r"`([^`]+)`", cells[1])
                self.rows.append({"count": int(cells[0]), "names": names, "said": cells[3], "met": 0})
            else:
                self.expected[cells[1]] = int(cells[0])

    def explains(self, name, said):
        """Whether a line speaks of this case and of what Seg says to it; counts it there."""
        for row in self.rows:
            if row["said"] == said and any(fnmatch.fnmatchcase(name, glob) for glob in row["names"]):
                row["met"] += 1
                return True
        return False

    def skipped(self, category):
        self.counts[category] += 1

    def categories(self):
        return [(count, category) for category, count in self.counts.most_common()]

    def faults(self):
        out = []
        for row in self.rows:
            if row["met"] != row["count"]:
                out.append(f"{', '.join(row['names'])} ({row['said']}): {row['count']} in the table, {row['met']} found")
        for category in sorted(set(self.expected) | set(self.counts)):
            if self.expected.get(category, 0) != self.counts[category]:
                out.append(f"not translated, {category}: {self.expected.get(category, 0)} in the table, "
                           f"{self.counts[category]} found")
        return out
