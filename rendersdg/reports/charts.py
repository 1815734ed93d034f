"""Charts: what is drawn, what is said of it to those who do not see it, and the table behind it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from rendersdg.arrays import F8
from rendersdg.plain import Json
from rendersdg.reports.numbers import readable

Cell = str | int | float


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart and the table behind it.

    Attributes:
        title: what it shows.
        alt: one sentence that says what can be seen in it.
        kind: how it is drawn, see ``report.js``.
        spec: the data of the drawing, JSON.
        columns: of the table; ``rows`` are its cells.
        series: names of what is told apart by colour, in order; one name needs no legend.
        note: a word more below the title.
    """

    title: str
    alt: str
    kind: Literal["histogram", "bars", "grid"]
    spec: Json
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    series: tuple[str, ...] = ()
    note: str = ""


def histogram(
    title: str,
    unit: str,
    values: Mapping[str, F8],
    *,
    bins: int = 24,
    log: bool = False,
    bounds: tuple[float, float] | None = None,
    rules: Mapping[str, float] | None = None,
    whole: bool = False,
) -> Chart | None:
    """Return a histogram of values, None where there are none.

    Args:
        title: what the values are.
        unit: the axis.
        values: by the name of the set; a second one is drawn as a line, and both as shares.
        bins: at most so many.
        log: whether the axis is logarithmic; values of 0 and below then count in the first bin.
        bounds: of the axis, else those of the values.
        rules: places to mark by a line, by their name.
        whole: whether the values are whole numbers, which get a bin each where that is few enough.
    """
    known = {name: v[np.isfinite(v)] for name, v in values.items()}
    known = {name: v for name, v in known.items() if len(v)}
    if not known:
        return None
    edges = _edges(np.concatenate(list(known.values())), bins, log, bounds, whole)
    counts = {name: np.histogram(np.clip(v, edges[0], edges[-1]), edges)[0] for name, v in known.items()}
    own = next(iter(known.values()))
    low, middle, high = np.percentile(own, [10, 50, 90])
    alt = (
        f"{title}: half of the {len(own):,} values are below {readable(middle)}, nine in ten from {readable(low)} to "
        f"{readable(high)}"
    )
    for name, other in list(known.items())[1:]:
        alt += f"; {name}: half below {readable(np.median(other))}"
    spec = {
        "edges": _plain(edges),
        "series": [{"name": name, "counts": count.tolist()} for name, count in counts.items()],
        "log": log,
        "unit": unit,
        "rules": [{"at": float(at), "text": text} for text, at in (rules or {}).items() if edges[0] < at < edges[-1]],
        "whole": whole and bool(np.allclose(np.diff(edges), 1)),
    }
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (readable(edges[k]), readable(edges[k + 1]), *(int(count[k]) for count in counts.values()))
        for k in range(len(edges) - 1)
    )
    return Chart(title, alt + ".", "histogram", spec, ("from", "to", *counts), rows, tuple(counts))


def _edges(values: F8, bins: int, log: bool, bounds: tuple[float, float] | None, whole: bool) -> F8:
    low, high = (float(values.min()), float(values.max())) if bounds is None else bounds
    if whole:
        step = max(int(np.ceil((high - low + 1) / bins)), 1)
        return np.arange(np.floor(low), np.floor(high) + step + 1, step) - 0.5
    if log:
        low = max(low, high * 1e-6, 1e-9)
        high = max(high, low)
        room = 1.25 if high < 1.05 * low else 1 + 1e-9  # a single value stands in the middle
        return np.geomspace(low / room, high * room, bins + 1)
    if high - low <= 1e-9 * max(abs(low), abs(high), 1e-9):  # equal but for rounding
        wide = max(0.5, 0.005 * abs(low))
        low, high = low - wide, high + wide
    return np.linspace(low, high, bins + 1)


def bars(
    title: str,
    unit: str,
    values: Mapping[str, float],
    *,
    other: tuple[str, Mapping[str, float]] | None = None,
    own: str = "this set",
    most: int = 40,
    shown: str = "{:,.0f}",
    cap: float = math.inf,
) -> Chart | None:
    """Return bars of values by name, longest first as they come; the table has all, the drawing ``most``.

    ``other`` is a second set, by its name: its values are marked on the bars. Bars longer than ``cap`` end there, and
    the table says that there is more.
    """
    if not values:
        return None

    def told(value: float) -> str:
        return f"more than {shown.format(cap)}" if value > cap else shown.format(value)

    names = list(values)
    marks = {} if other is None else other[1]
    first = names[0]
    alt = f"{title}: {len(names)} bars; the first is {first} with {told(values[first])}"
    alt += f", the last {names[-1]} with {told(values[names[-1]])}." if len(names) > 1 else "."
    spec = {
        "unit": unit,
        "rows": [
            {"name": name, "value": float(min(values[name], cap))}
            | ({"other": float(marks[name])} if name in marks else {})
            for name in names[:most]
        ],
    }
    rows = tuple((name, told(values[name]), *([shown.format(marks.get(name, 0))] if other else [])) for name in names)
    series = (own,) if other is None else (own, other[0])
    note = f"The first {most} of {len(names):,}; the table has all." if len(names) > most else ""
    return Chart(title, alt, "bars", spec, ("name", *series), rows, series, note)


def grid(
    title: str,
    alt: str,
    cells: F8,
    columns: tuple[str, ...],
    rows: Sequence[tuple[Cell, ...]],
    *,
    labels: Sequence[str] = (),
    unit: str,
    aspect: float = 1.0,
) -> Chart:
    """Return a map of (H, W) values by how dark each part is, the first row at the top, width by height as ``aspect``
    says; with labels along both sides it is a table of pairs.
    """
    spec = {"cells": np.round(cells, 4).tolist(), "labels": list(labels), "unit": unit, "aspect": aspect}
    return Chart(title, alt, "grid", spec, columns, tuple(rows))


def _plain(values: F8) -> list[Any]:
    return [float(f"{v:.12g}") for v in values]
