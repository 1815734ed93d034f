"""length_and_number.png: what a detector finds by how long it learned rendered images, and by how many there were.

python docs/images/length_and_number.py draws the two tables of docs/benchmarks.md. Run from the repository's root.
"""

from __future__ import annotations

import re
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

PAGE = Path("docs/benchmarks.md")
ALONE, REHEARSED = "rendered alone", "then rehearse, 10 photographs a class"
CELL = r"([\d.]+) \[([\d.]+), ([\d.]+)\]"


def rows_below(title: str) -> list[list[float]]:
    """Return the numbers of the table whose first column is called so; then value, low and high twice."""
    table = PAGE.read_text().split(f"| {title} |")[1].split("\n\n")[0]
    found = re.findall(rf"^\| ([\d,]+) \| {CELL} \| {CELL} \|$", table, re.MULTILINE)
    return [[float(value.replace(",", "")) for value in row] for row in found]


def draw(axes: Axes, title: str, rows: list[list[float]]) -> None:
    """Draw both columns of a table over its first, with their intervals."""
    for name, first, colour, shift in ((ALONE, 1, "#c2571a", 0.97), (REHEARSED, 4, "#2060a8", 1.03)):
        x = [row[0] * shift for row in rows]
        value, low, high = ([row[first + k] for row in rows] for k in range(3))
        below, above = ([abs(a - b) for a, b in zip(value, end)] for end in (low, high))
        axes.errorbar(x, value, [below, above], label=name, color=colour, marker="o", capsize=3)
    axes.set_xscale("log")
    axes.set_xticks([row[0] for row in rows], [f"{row[0]:,.0f}" for row in rows], minor=False)
    axes.minorticks_off()
    axes.set_xlabel(title)
    axes.axhline(43.2, color="#888888", linestyle="--", label="60 photographs alone")
    axes.grid(alpha=0.3)


def main() -> None:
    """Draw the plot."""
    figure = Figure(figsize=(9, 4), dpi=110, layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    draw(left, "steps on rendered images", rows_below("steps on rendered images"))
    draw(right, "rendered images", rows_below("rendered images"))
    left.set_ylabel("mAP50, half 2, with 95 % intervals")
    left.set_title("4,200 rendered images", fontsize=10)
    right.set_title("2,000 steps", fontsize=10)
    right.legend(loc="lower right", fontsize=8)
    figure.savefig("docs/images/length_and_number.png")


if __name__ == "__main__":
    main()
