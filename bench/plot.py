#!/usr/bin/env python3
"""Draws what bench/sweep measured: small plots of the cost of an event beside each other, as SVG. Equal numbers give equal
bytes.

    plot.py SWEEP.json > growth.svg"""
import json
import math
import sys

WIDTH, HEIGHT = 960, 560
PANELS = {  # its title, the words below its axis, whether x and y grow by factors
    "profiles": ("More profiles", "profiles, 10 events each", True, False),
    "events": ("More events", "events of each profile", True, False),
    "segments": ("More segments", "segments, each a count over its own window", True, True),
    "window": ("Longer windows", "days of the window", True, False),
    "late": ("Later events", "% of the events up to a day late", False, False),
    "change": ("More segments, per change", "segments: the same, divided by the changes", True, False)}
COLOURS = ["#1b6ac9", "#c2410c"]
COLUMNS, LEFT, TOP, PANEL, TALL = 3, 58, 102, 242, 150  # of the plots: how many in a row, margins, size
STYLE = """.grid{stroke:#e3e3e3}.axis{stroke:#888}
.number{text-anchor:end}.number,.tick,.below,.note{fill:#666}.tick,.below{text-anchor:middle}
.line{fill:none;stroke-width:2;stroke-linejoin:round}
.chart,.name{font-weight:600}.head{font-size:18px;font-weight:600}"""


def micro(ns):
    value = ns / 1000
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"


def short(number):
    return f"{number // 1000:,}k" if number >= 1000 else f"{number:,}"


def scale(values, by_factors, low, high):
    """From a value to a place between low and high."""
    turn = math.log if by_factors else float
    first, last = turn(min(values)), turn(max(values))
    return lambda value: low + (turn(value) - first) / (last - first) * (high - low)


def heights(most, by_factors, least):
    """Where lines lie across a plot, in nanoseconds."""
    if by_factors:
        return [10 ** power for power in range(math.floor(math.log10(least)), math.ceil(math.log10(most)) + 1)]
    step = next(step for step in (100, 200, 500, 1000, 2000, 5000, 10 ** 4, 10 ** 5) if most / step <= 5)
    return list(range(0, math.ceil(most / step) * step + 1, step))


def panel(kind, drawn, x0, y0):
    title, below, x_factors, y_factors = PANELS[kind]
    points = [point for series in drawn for point in series["points"]]
    ys = heights(max(point[1] for point in points), y_factors, min(point[1] for point in points))
    across = scale([point[0] for point in points], x_factors, x0, x0 + PANEL)
    up = scale([ys[0], ys[-1]], y_factors, y0 + TALL, y0)
    out = [f'<text x="{x0}" y="{y0 - 14}" class="chart">{title}</text>']
    for height in ys:
        out.append(f'<line x1="{x0}" y1="{up(height):.1f}" x2="{x0 + PANEL}" y2="{up(height):.1f}" '
                   f'class="{"grid" if height != ys[0] else "axis"}"/>'
                   f'<text x="{x0 - 8}" y="{up(height) + 4:.1f}" class="number">{micro(height)}</text>')
    for x in sorted({point[0] for point in points}):
        out.append(f'<text x="{across(x):.1f}" y="{y0 + TALL + 18}" class="tick">{short(x)}</text>')
    out.append(f'<text x="{x0 + PANEL / 2}" y="{y0 + TALL + 38}" class="below">{below}</text>')
    for series, colour in zip(drawn, COLOURS):
        places = [(across(x), up(y)) for x, y, *_ in series["points"]]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        out.append(f'<polyline points="{path}" class="line" stroke="{colour}"/>')
        out += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in places]
        if len(drawn) > 1:
            below_it = series is min(drawn, key=lambda each: each["points"][0][1])
            out.append(f'<text x="{places[0][0] + 6:.1f}" y="{places[0][1] + (22 if below_it else -10):.1f}" class="name" '
                       f'fill="{colour}">{series["name"]}</text>')
    return out


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        measured = json.load(file)
    measured += [{"plot": "change", "points": [[x, ns / changes] for x, ns, changes in series["points"]]}
                 for series in measured if series["plot"] == "segments"]
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
           'role="img" font-family="system-ui, \'DejaVu Sans\', sans-serif" font-size="13">',
           "<title>What an event costs as things grow</title>", f"<style>\n{STYLE}\n</style>",
           f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
           '<text x="20" y="28" class="head">What an event costs as things grow</text>',
           '<text x="20" y="48" class="note">microseconds of one core, with every change that time makes between events; '
           '20 segments where nothing else is said</text>']
    for place, kind in enumerate(PANELS):
        drawn = [series for series in measured if series["plot"] == kind]
        out += panel(kind, drawn, LEFT + place % COLUMNS * (PANEL + 66), TOP + place // COLUMNS * (TALL + 92))
    print("\n".join(out + ["</svg>"]))


if __name__ == "__main__":
    main()
