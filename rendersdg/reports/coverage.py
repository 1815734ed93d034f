"""What a rendered set drew of each parameter, against what its distribution can draw: holes and correlations.

A hole is tested without bins. Draws are moved to the distribution's own scale, where each lies anywhere in 0 to 1 with
the same probability. That a stretch of length g between two neighbours holds none of n draws has the probability
(1 - g)^n; any of the n + 1 stretches may be the one (Bonferroni), and so may those of every other parameter.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from detectors.samples import Samples
from rendersdg.arrays import F8
from rendersdg.dataset.drawn import Values, dataset_of, drawn_frames
from rendersdg.english import counted
from rendersdg.errors import RenderSDGError
from rendersdg.farm.recorded import opened_again
from rendersdg.graph.distributions import LogUniform, Normal, Uniform
from rendersdg.graph.parameters import Parameter, parameters
from rendersdg.reports.numbers import readable

LIKELY = 0.01  # a finding is told where chance alone gives it, anywhere in the report, with less than this probability
STRONG = 0.3  # rank correlation below which a pair is not worth a word, however sure it is
BINS = 12
_MOST_PAIRED = 60  # parameters that are correlated with one another: 1,770 pairs


@dataclass(frozen=True, slots=True)
class Hole:
    """A part of a range, or an entry, that was not drawn: its ends, or the entry, and how likely that is by chance.

    ``probability`` is corrected for all the places where a hole could have been.
    """

    low: float
    high: float
    entry: str
    expected: float
    probability: float

    @property
    def text(self) -> str:
        """The part in words."""
        return self.entry or f"{readable(self.low)} to {readable(self.high)}"


@dataclass(frozen=True, slots=True, eq=False)
class Coverage:
    """What was drawn of one parameter.

    Attributes:
        name: of the parameter, as plans have it; ``label`` is shorter.
        is_fixed: whether it is drawn once for all frames.
        is_known: whether the scene says what can be drawn; else the bounds are those of the draws.
        low, high: bounds of numbers.
        scale: of the parameter, see :class:`rendersdg.graph.parameters.Parameter`.
        entries: what is chosen from, () for numbers.
        edges: (B + 1,) of the bins of numbers.
        counts: (B,) draws in each bin, or of each entry.
        expected: (B,) what the distribution gives on average, NaN where nobody knows.
        draws: how many there were.
        holes: parts that were not drawn though they should have been.
    """

    name: str
    label: str
    is_fixed: bool
    is_known: bool
    low: float
    high: float
    scale: str
    entries: tuple[str, ...]
    edges: tuple[float, ...]
    counts: tuple[int, ...]
    expected: tuple[float, ...]
    draws: int
    holes: tuple[Hole, ...]


@dataclass(frozen=True, slots=True)
class Correlation:
    """Two parameters that go together though they are drawn apart: rank correlation, and its corrected probability."""

    first: str
    second: str
    rho: float
    frames: int
    probability: float


@dataclass(frozen=True, slots=True, eq=False)
class Covered:
    """What a rendered set drew: its parameters, correlated pairs, and what could not be told and why."""

    root: Path
    frames: int
    parameters: tuple[Coverage, ...]
    correlations: tuple[Correlation, ...]
    notes: tuple[str, ...] = field(default=())


def covered(samples: Samples) -> Covered | None:
    """Return what the frames of a set drew, None for a set that was not rendered here.

    Frames that are not in the set do not count: a list that leaves some out shows the hole that this makes.
    """
    folders = dict.fromkeys(s.file.parent for s in samples.images)
    roots = list(dict.fromkeys(root for folder in folders if (root := dataset_of(folder)) is not None))
    if not roots:
        return None
    root, notes = roots[0], []
    if len(roots) > 1:
        notes.append(f"The images are of {len(roots)} rendered datasets; the parameters are those of {root.name}.")
    try:
        drawn = drawn_frames(root)
    except RenderSDGError as error:
        return Covered(root, 0, (), (), (f"The records of the rendered set cannot be read: {error}",))
    of_images = [drawn.frame_of_file(s.file) for s in samples.images]
    frames = {frame for frame in of_images if frame is not None}
    if frames and None in of_images:
        notes.append(f"{counted(of_images.count(None), 'image')} of {len(samples)} are of none of its frames.")
    if not frames:
        frames = set(drawn.values)
        notes.append("The images are not told apart by frame, so all frames of the dataset are counted.")
    values = {k: drawn.values[k] for k in sorted(frames) if k in drawn.values}
    known: list[Parameter] = []
    try:
        with opened_again(str(root), backend="null") as session:
            known = parameters(session.recorder.graph)
    except RenderSDGError as error:
        notes.append(f"The scene cannot be opened again ({error}), so what could be drawn is not known.")
    return Covered(root, len(values), *coverage(values, known), tuple(notes))


def coverage(
    values: Mapping[int, Values], known: Sequence[Parameter]
) -> tuple[tuple[Coverage, ...], tuple[Correlation, ...]]:
    """Return what frames drew of each parameter, and which go together.

    Args:
        values: of each frame, by site.
        known: what the scene can draw; values of other sites are shown between their own bounds.
    """
    frames = [values[k] for k in sorted(values)]
    tested = sum(not p.is_fixed for p in known) or 1
    found = [_of_parameter(p, frames, tested) for p in known]
    told = {site for p in known for site in (p.input, *p.also)}
    found += [c for site in sorted({s for v in frames for s in v} - told) for c in _unknown(site, frames)]
    moving = [p for p in known if p.is_number and not p.is_fixed][:_MOST_PAIRED]
    return tuple(found), tuple(_correlations(moving, frames))


def _of_parameter(p: Parameter, frames: Sequence[Values], tested: int) -> Coverage:
    rows = [p.of(values) for values in frames]
    if p.is_fixed:
        rows = rows[:1]
    holes: tuple[Hole, ...] = ()
    if not p.is_number:
        drawn = [value for row in rows for value in row]
        counts = [sum(value == entry for value in drawn) for entry in p.entries]
        weights = p.weights or (1 / max(len(p.entries), 1),) * len(p.entries)
        # a trigger of a longer interval draws anew only so often; in between the frames repeat what they had
        fresh = len(drawn) / _interval(p)
        if not p.is_fixed and p.weights:
            holes = tuple(_lacking(p, counts, fresh, tested))
        expected = tuple(len(drawn) * w for w in weights)
        entries = tuple(_shown(entry) for entry in p.entries)
        return Coverage(
            p.name, p.label, p.is_fixed, True, 0, 0, p.scale, entries, (), tuple(counts), expected, len(drawn), holes
        )
    numbers = np.array([float(value) for row in _distinct(rows) for value in row])
    edges = p.edges(BINS)
    counts = [int(c) for c in np.bincount([p.bin_of(v, BINS) or 0 for v in numbers], minlength=BINS)]
    chance = np.diff(_evened(p, edges)) if _is_exact(p) else np.full(BINS, np.nan)
    if not p.is_fixed and _is_exact(p):
        holes = tuple(_gaps(p, numbers, tested))
    expected = tuple(float(x) for x in chance * len(numbers))
    ends = tuple(float(e) for e in edges)
    return Coverage(
        p.name,
        p.label,
        p.is_fixed,
        True,
        p.low,
        p.high,
        p.scale,
        (),
        ends,
        tuple(counts),
        expected,
        len(numbers),
        holes,
    )


def _interval(p: Parameter) -> float:
    return max(float(getattr(p.node.trigger, "interval", 1) or 1), 1.0)


def _distinct(rows: Sequence[list[Any]]) -> list[list[Any]]:
    """Return rows without those that repeat the one before: numbers that were not drawn anew."""
    return [row for k, row in enumerate(rows) if k == 0 or row != rows[k - 1]]


def _is_exact(p: Parameter) -> bool:
    """Whether the probability of each part is known: not for distributions of distributions."""
    return isinstance(p.distribution, (Uniform, LogUniform, Normal))


def _evened(p: Parameter, values: F8) -> F8:
    """Return values moved to where every stretch is as likely as it is long, from 0 to 1."""
    if p.scale == "normal":
        middle, deviation = (p.low + p.high) / 2, (p.high - p.low) / 6
        return np.array([0.5 * math.erfc(-(v - middle) / deviation / math.sqrt(2)) for v in values])
    ends = (np.log(v) if p.scale == "log" else v for v in (values, p.low, p.high))
    moved, low, high = ends
    return np.asarray(np.clip((moved - low) / (high - low), 0, 1), np.float64)


def _gaps(p: Parameter, numbers: F8, tested: int) -> Iterator[Hole]:
    count = len(numbers)
    if not count:
        return
    order = np.sort(numbers)
    places = np.concatenate([[0.0], _evened(p, order), [1.0]])
    ends = np.concatenate([[p.low], order, [p.high]])
    for k in np.argsort(-np.diff(places))[:20]:
        gap = float(places[k + 1] - places[k])
        chance = (count + 1) * tested * math.exp(count * math.log1p(-min(gap, 1 - 1e-12)))
        if chance < LIKELY:
            yield Hole(float(ends[k]), float(ends[k + 1]), "", gap * count, chance)


def _lacking(p: Parameter, counts: Sequence[int], fresh: float, tested: int) -> Iterator[Hole]:
    for entry, weight, count in zip(p.entries, p.weights, counts):
        if count or not weight:
            continue
        chance = len(p.entries) * tested * math.exp(fresh * math.log1p(-min(weight, 1 - 1e-12)))
        if chance < LIKELY:
            yield Hole(0, 0, _shown(entry), fresh * weight, chance)


def _unknown(site: str, frames: Sequence[Values]) -> Iterator[Coverage]:
    """Yield what was drawn at a site that no scene tells of: numbers between their own bounds, entries as they come."""
    rows = [list(values.get(site, ())) for values in frames]
    drawn = [value for row in rows for value in row]
    label = f"{site.split('/')[0]}.{site.split('/')[-1]}"
    if all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in drawn) and len(set(drawn)) > 1:
        numbers = np.array(drawn, float)
        counts, edges = np.histogram(numbers, BINS)
        unknown = (math.nan,) * BINS
        low, high = float(numbers.min()), float(numbers.max())
        ends, told = tuple(map(float, edges)), tuple(map(int, counts))
        yield Coverage(site, label, False, False, low, high, "linear", (), ends, told, unknown, len(drawn), ())
        return
    texts = [_shown(v) for v in drawn]
    entries = tuple(sorted(set(texts), key=lambda t: (-texts.count(t), t))[:BINS])
    told = tuple(texts.count(entry) for entry in entries)
    unknown = (math.nan,) * len(entries)
    yield Coverage(site, label, False, False, 0, 0, "entries", entries, (), told, unknown, len(drawn), ())


def _correlations(known: Sequence[Parameter], frames: Sequence[Values]) -> Iterator[Correlation]:
    """Yield pairs whose values rise and fall together over the frames (Spearman's rank correlation)."""
    columns: dict[str, F8] = {}
    for p in known:
        means = np.array([np.mean(row) if (row := p.of(values)) else math.nan for values in frames], float)
        if np.isfinite(means).sum() > 8 and _interval(p) == 1:
            columns[p.name] = means
    names = list(columns)
    tests = max(len(names) * (len(names) - 1) // 2, 1)
    for k, first in enumerate(names):
        for second in names[k + 1 :]:
            both = np.isfinite(columns[first]) & np.isfinite(columns[second])
            count = int(both.sum())
            if count < 9:
                continue
            rho = _rank_correlation(columns[first][both], columns[second][both])
            # Fisher's z of ranks (Fieller, Hartley and Pearson 1957)
            z = math.atanh(min(abs(rho), 1 - 1e-12)) * math.sqrt((count - 3) / 1.06)
            chance = tests * math.erfc(z / math.sqrt(2))
            if abs(rho) >= STRONG and chance < LIKELY:
                yield Correlation(first, second, rho, count, chance)


def _rank_correlation(a: F8, b: F8) -> float:
    ranks = [_ranks(x) for x in (a, b)]
    if min(r.std() for r in ranks) == 0:
        return 0.0
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1])


def _ranks(values: F8) -> F8:
    """Return the ranks of values, equal ones with their mean rank."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return np.asarray((ends - (counts - 1) / 2)[inverse], np.float64)


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= 80 else text[:77] + "..."
