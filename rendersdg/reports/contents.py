"""The charts of a report, by section: classes, boxes, visibility, images, parameters, distance."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from rendersdg.arrays import F8
from rendersdg.reports.boxes import LARGE, SMALL, Boxes, heat, together
from rendersdg.reports.charts import Chart, bars, grid, histogram
from rendersdg.reports.comparing import Distance
from rendersdg.reports.coverage import Coverage, Covered
from rendersdg.reports.facts import Facts
from rendersdg.reports.features import FeatureDistance
from rendersdg.reports.numbers import FARTHEST, readable

_MOST_CLASSES = 25  # in the map of what is together
_MOST_PARAMETERS = 80  # that are drawn; the findings know all
_HEAT = 24  # parts a side of the map of places
_COARSE = 3  # and of the table behind it


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page: its title, a paragraph (or none), and charts."""

    key: str
    title: str
    text: str
    charts: tuple[Chart, ...]


def sections(
    facts: Facts,
    real: Facts | None,
    covered: Covered | None,
    distance: Distance | None,
    features: FeatureDistance | None,
) -> tuple[Section, ...]:
    """Return the sections that have something to show."""
    found = [
        Section("classes", "Classes", _class_text(facts), tuple(_classes(facts, real))),
        Section("boxes", "Boxes", _box_text(facts.boxes), tuple(_boxes(facts, real))),
        Section("visibility", "Visibility", "", tuple(_visibility(facts.boxes))),
        Section("images", "Images", "", tuple(_images(facts, real))),
    ]
    if covered is not None:
        found.append(Section("parameters", "Parameters", _parameter_text(covered), tuple(_parameters(covered))))
    if distance is not None:
        found.append(Section("distance", "Distance to the real set", *_distance(distance, features)))
    return tuple(s for s in found if s.charts or s.text)


def _class_text(facts: Facts) -> str:
    return "" if len(facts.boxes) else "The set has no labelled object."


def _classes(facts: Facts, real: Facts | None) -> Iterator[Chart]:
    counts = facts.samples.counts()
    ordered = dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
    if real is None:
        yield from _there(bars("Objects by class", "objects", ordered))
    else:
        own, other = (_shares(c) for c in (ordered, real.samples.counts()))
        own |= {name: 0.0 for name, share in other.items() if share and name not in own}
        own = dict(sorted(own.items(), key=lambda item: -max(item[1], other.get(item[0], 0.0))))
        yield from _there(
            bars("Share of objects by class", "% of objects", own, other=("real set", other), shown="{:.2f}")
        )
    if not len(facts.boxes):
        return
    images, both = together(facts.boxes, len(facts.samples), len(facts.samples.classes))
    order = np.argsort(-images, kind="stable")
    by_class = {facts.class_of(k): float(images[k]) for k in order}
    yield from _there(bars("Images by class", "images", by_class))
    kept = order[: min(int((images > 0).sum()), _MOST_CLASSES)]
    if len(kept) > 1:
        names = [facts.class_of(k) for k in kept]
        cells = both[np.ix_(kept, kept)].astype(float)
        np.fill_diagonal(cells, 0)
        rows = [(names[a], names[b], int(cells[a, b])) for a in range(len(kept)) for b in range(a)]
        rows.sort(key=lambda row: -row[2])
        alt = f"Classes in one image: most often {rows[0][0]} with {rows[0][1]}, in {rows[0][2]} images."
        yield grid("Classes together", alt, cells, ("class", "with", "images"), rows, labels=names, unit="images")


def _shares(counts: dict[str, int]) -> dict[str, float]:
    total = max(sum(counts.values()), 1)
    return {name: 100 * count / total for name, count in counts.items()}


def _box_text(boxes: Boxes) -> str:
    if not len(boxes):
        return ""
    area = boxes.area
    small, large = int((area < SMALL).sum()), int((area >= LARGE).sum())
    parts = [(small, "small (below 32 x 32 pixels)"), (len(boxes) - small - large, "medium"), (large, "large")]
    told = ", ".join(f"{count:,} ({count / len(boxes):.0%}) {words}" for count, words in parts)
    return f"By COCO's sizes: {told} (96 x 96 and above)."


def _boxes(facts: Facts, real: Facts | None) -> Iterator[Chart]:
    by_set = _by_set(facts, real)
    if not len(facts.boxes):
        return
    side = {name: np.sqrt(f.boxes.area) for name, f in by_set.items()}
    bounds = {"32 px": math.sqrt(SMALL), "96 px": math.sqrt(LARGE)}
    yield from _there(histogram("Size of boxes", "square root of the area, pixels", side, log=True, rules=bounds))
    share = {name: 100 * np.sqrt(f.boxes.share) for name, f in by_set.items()}
    yield from _there(
        histogram("Size beside the image", "square root of the share of the image's area, %", share, bounds=(0, 100))
    )
    aspect = {name: _aspect(f.boxes) for name, f in by_set.items()}
    yield from _there(histogram("Aspect of boxes", "width / height", aspect, log=True, rules={"square": 1.0}))
    counts = {name: np.bincount(f.boxes.image, minlength=len(f.samples)).astype(float) for name, f in by_set.items()}
    yield from _there(histogram("Objects an image", "objects", counts, whole=True))
    for name, f in by_set.items():
        yield _places(f.boxes, "Where boxes are" + (f": {name}" if real is not None else ""))


def _aspect(boxes: Boxes) -> F8:
    sides = boxes.sides[~boxes.is_void()]
    return np.asarray(np.clip(sides[:, 0] / np.maximum(sides[:, 1], 1e-9), 0.01, 100), np.float64)


def _places(boxes: Boxes, title: str) -> Chart:
    sides = np.median(boxes.size_wh, axis=0) if len(boxes) else np.ones(2)
    aspect = float(np.clip(sides[0] / sides[1], 0.25, 4))
    cells = heat(boxes, _HEAT) / max(len(boxes), 1) * 100
    step = _HEAT // _COARSE
    coarse = cells.reshape(_COARSE, step, _COARSE, step).mean((1, 3))
    words = (("top left", "top", "top right"), ("left", "middle", "right"), ("bottom left", "bottom", "bottom right"))
    rows = [(words[y][x], f"{coarse[y, x]:.2f}") for y in range(_COARSE) for x in range(_COARSE)]
    y, x = np.unravel_index(int(coarse.argmax()), coarse.shape)
    b, a = np.unravel_index(int(coarse.argmin()), coarse.shape)
    alt = f"{title}: boxes cover the {words[y][x]} of images most, the {words[b][a]} least."
    return grid(title, alt, cells, ("part of the image", "% of boxes over it"), rows, unit="% of boxes", aspect=aspect)


def _visibility(boxes: Boxes) -> Iterator[Chart]:
    visible, cut = boxes.visible, boxes.truncation
    yield from _there(
        histogram("Visible share", "% of the object that shows", {"this set": 100 * visible}, bounds=(0, 100))
    )
    hidden = 100 * (1 - visible)
    yield from _there(histogram("Occlusion", "% of the object behind others", {"this set": hidden}, bounds=(0, 100)))
    yield from _there(
        histogram("Truncation", "% of the object outside the image", {"this set": 100 * cut}, bounds=(0, 100))
    )


def _images(facts: Facts, real: Facts | None) -> Iterator[Chart]:
    by_set = _by_set(facts, real)
    told = {
        "brightness": ("Brightness", "mean grey level, 0 to 255", (0.0, 255.0), False, 1.0),
        "contrast": ("Contrast", "deviation of the grey level", None, False, 1.0),
        "sharpness": ("Sharpness", "variance of the Laplacian, low is blurred", None, True, 1.0),
        "dark": ("Clipped to black", "% of the pixels", (0.0, 100.0), False, 100.0),
        "light": ("Clipped to white", "% of the pixels", (0.0, 100.0), False, 100.0),
    }
    for key, (title, unit, bounds, log, factor) in told.items():
        values = {name: factor * f.pixels.values[key] for name, f in by_set.items()}
        yield from _there(histogram(title, unit, values, bounds=bounds, log=log))
    sizes: dict[str, float] = {}
    for sample in facts.samples.images:
        text = f"{sample.size_wh[0]} x {sample.size_wh[1]}"
        sizes[text] = sizes.get(text, 0) + 1
    ordered = dict(sorted(sizes.items(), key=lambda item: -item[1]))
    yield from _there(bars("Sizes of images, pixels", "images", ordered, most=12))


def _by_set(facts: Facts, real: Facts | None) -> dict[str, Facts]:
    return {"this set": facts} | ({} if real is None else {"real set": real})


def _parameter_text(covered: Covered) -> str:
    fixed = [p.label for p in covered.parameters if p.is_fixed]
    text = f"What {covered.frames:,} frames drew, against what each distribution can draw."
    if fixed:
        text += f" Drawn once, and the same in all frames: {', '.join(fixed)}."
    return " ".join([text, *covered.notes])


def _parameters(covered: Covered) -> Iterator[Chart]:
    moving = [p for p in covered.parameters if not p.is_fixed and p.draws]
    moving.sort(key=lambda p: not p.holes)
    for p in moving[:_MOST_PARAMETERS]:
        yield _numbers(p) if p.edges else _entries(p)


def _numbers(p: Coverage) -> Chart:
    holes = f" Nothing was drawn from {' nor from '.join(h.text for h in p.holes)}." if p.holes else ""
    alt = f"{p.label}: {p.draws:,} draws from {readable(p.low)} to {readable(p.high)}.{holes}"
    known = all(math.isfinite(e) for e in p.expected)
    spec = {
        "edges": [float(f"{e:.6g}") for e in p.edges],
        "series": [{"name": "drawn", "counts": list(p.counts)}],
        "log": p.scale == "log",
        "unit": "value drawn",
        "rules": [],
        "expected": list(p.expected) if known else [],
        "holes": [[h.low, h.high] for h in p.holes],
    }
    rows = tuple(
        (readable(a), readable(b), count, f"{e:.1f}" if math.isfinite(e) else "not known")
        for a, b, count, e in zip(p.edges, p.edges[1:], p.counts, p.expected)
    )
    return Chart(p.label, alt, "histogram", spec, ("from", "to", "drawn", "expected"), rows, ("drawn",), p.name)


def _entries(p: Coverage) -> Chart:
    holes = f" Never drawn: {', '.join(h.text for h in p.holes)}." if p.holes else ""
    alt = f"{p.label}: {p.draws:,} draws of {len(p.entries)} entries.{holes}"
    known = all(math.isfinite(e) for e in p.expected)
    heads = {name.rpartition("/")[0] for name in p.entries}
    common = len(heads.pop()) + 1 if len(heads) == 1 and "" not in heads else 0  # their ends tell paths apart
    rows = [
        {"name": name[common:], "value": count} | ({"other": e} if known else {})
        for name, count, e in zip(p.entries, p.counts, p.expected)
    ]
    table = tuple(
        (name, count, f"{e:.1f}" if math.isfinite(e) else "not known")
        for name, count, e in zip(p.entries, p.counts, p.expected)
    )
    series = ("drawn", "expected") if known else ("drawn",)
    spec = {"unit": "draws", "rows": rows[:40]}
    return Chart(p.label, alt, "bars", spec, ("entry", "drawn", "expected"), table, series, p.name)


def _distance(distance: Distance, features: FeatureDistance | None) -> tuple[str, tuple[Chart, ...]]:
    first = distance.gaps[0]
    text = (
        f"By the statistics of {distance.images[1]} images of this set and {distance.images[0]} real ones, the two are "
        f"{distance.mean:.2f} apart on average, in units of the real set's spread. "
    )
    if first.gap >= 1e-9:
        text += f"Farthest is {first.words}: {readable(first.own)} here, {readable(first.real)} in the real set."
    else:
        text += "Nothing differs."
    if distance.told_apart is not None:
        text += f" A linear discriminant tells the two apart with an AUC of {distance.told_apart:.2f}; 0.5 is chance."
    charts = [
        bars(
            "How far apart, by statistic",
            "gap, in spreads of the real set",
            {g.words: g.gap for g in distance.gaps},
            shown="{:.2f}",
            cap=FARTHEST,
        )
    ]
    if features is not None:
        text += (
            f" To the detector {features.model} the sets are {features.distance:.4f} apart (maximum mean discrepancy "
            f"of {features.channels} features of its layer {features.layer}); chance alone gives up to "
            f"{features.chance:.4f}, 19 times of 20."
        )
        text += f" Channel {features.farthest[0][0]} differs most." if features.is_far else ""
        told = {f"channel {k}": abs(gap) for k, gap in features.farthest}
        charts.append(
            bars("Features that differ most", "gap, in deviations of the real set", told, shown="{:.2f}", cap=FARTHEST)
        )
    return text, tuple(c for c in charts if c is not None)


def _there(chart: Chart | None) -> Iterator[Chart]:
    if chart is not None:
        yield chart
