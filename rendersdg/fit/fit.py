"""From some twenty photographs to the ranges of a ``surfaces.hot_rolled`` call: render, compare, correct, again.

Every statistic that a parameter governs is measured on the photographs and on frames of the scene, defects and camera
included, and the parameter's range is scaled by their ratio. So what defects, lens and noise add is accounted for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np

from detectors.packed import is_packed, picture_bytes
from detectors.readers import read
from detectors.samples import Sample
from rendersdg.arrays import F8, U1, Mask
from rendersdg.documents import read_bytes
from rendersdg.english import counted
from rendersdg.errors import AssetError, BadArgument, did_you_mean
from rendersdg.fit.edit import arguments, calls, changed
from rendersdg.fit.statistics import FEWEST, FINE, NAMES, Grounds, Table, distance, spectra, table, told_apart
from rendersdg.fit.tune import Number, tuned
from rendersdg.image_headers import refuse_huge
from rendersdg.orchestrator.session import Capture, Session
from rendersdg.scene.recorder import recording
from rendersdg.yaml.document import parse
from rendersdg.yaml.parser import SceneParser

T = TypeVar("T")
FUNCTION = "surfaces.hot_rolled"
_OCTAVES = tuple(f"octave_{k}" for k in range(1, 8))
_SPREADS = ("bands_x", "bands_y", *_OCTAVES)
_SLOPES = {"slope_x": 1.0, "slope_y": -1.0}  # sign: rows of a picture run down, y of a surface runs up
_IMAGES = {".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff"}
_WIDEST = 1.2816  # standard deviations from the median to the 90th percentile of a normal distribution
_DEEPEST = 40.0  # log2 of the power density that a spectrum's least has below its most
_UNIFORM = 0.8  # of the half width of a uniform distribution, from its median to its 90th percentile


@dataclass(frozen=True)
class Fitted:
    """The fitted scene as text, and the tables and distances of photographs, the scene before, and the scene after."""

    text: str
    real: Table
    before: Table
    after: Table

    @property
    def distances(self) -> tuple[float, float]:
        """The distance of the scene from the photographs before and after; see :func:`statistics.distance`."""
        return distance(self.real, self.before), distance(self.real, self.after)

    def report(self) -> str:
        """Return a table of every statistic: median of the photographs, of the scene before, and after."""
        rows = [f"{'statistic':10s} {'photographs (10 / 50 / 90 %)':>30s} {'before':>9s} {'after':>9s}"]
        for name in NAMES:
            low, middle, high = np.percentile(self.real[name], [10, 50, 90])
            real = f"{low:9.2f} {middle:9.2f} {high:9.2f}"
            rows.append(
                f"{name:10s} {real:>30s} {np.median(self.before[name]):9.2f} {np.median(self.after[name]):9.2f}"
            )
        before, after = self.distances
        rows.append(f"distance (mean gap in units of the photographs' spread): {before:.2f} before, {after:.2f} after")
        if min(len(t["mean"]) for t in (self.real, self.after)) >= FEWEST:
            apart = [told_apart(self.real, rendered) for rendered in (self.before, self.after)]
            rows.append(
                f"told from photographs by a linear classifier (AUC; 0.5 is chance): {apart[0]:.2f} before, "
                f"{apart[1]:.2f} after"
            )
        return "\n".join(rows)


@dataclass(frozen=True)
class _Measured:
    """A table of statistics, and densities (N, 14, 7) by half octave and direction; see :func:`statistics.spectra`."""

    table: Table
    power: F8

    @classmethod
    def of(cls, images: Sequence[U1], grounds: Grounds) -> _Measured:
        """Measure grey images, their fine structure on the ground alone where that is known."""
        return cls(table(images, grounds), spectra(images, grounds))

    @property
    def octaves(self) -> F8:
        """The deviations (7, N), those of fine octaves by the spectra."""
        deviations = np.stack([np.maximum(self.table[name], 0.02) for name in _OCTAVES])
        density = np.ma.masked_invalid(self.power).mean(2).T  # small images have no seventh octave
        whole = density * (np.pi * 2.0 ** np.arange(len(density)))[:, None]
        deviations[FINE:] = np.ma.sqrt(whole[::2] + whole[1::2]).filled(deviations)[FINE:]
        return deviations

    @property
    def spectrum(self) -> F8:
        """Log2 of the density (14, 7), the median of the images; NaN where none of them has a frequency."""
        middle = np.ma.median(np.ma.masked_invalid(np.log2(self.power)), 0)  # type: ignore[no-untyped-call]
        return np.asarray(middle.filled(np.nan), np.float64)

    def apart(self, rendered: _Measured) -> float:
        """Return how far a scene is from these photographs: the distance of the tables,
        and that of the spectra, alike.
        """
        gap = np.abs(self.spectrum - rendered.spectrum)
        known = np.isfinite(gap)
        known[: 2 * FINE] = False
        low, high = np.nanpercentile(np.log2(self.power[:, known]), [10, 90], axis=0)
        away = np.minimum(gap[known] / np.maximum((high - low) / 2, 0.1), 10)
        return distance(self.table, rendered.table) + (float(away.mean()) if len(away) else 0.0)


@dataclass
class _Ranges:
    """The parameters while they are fitted: (mean, deviation) of normal ones, (low, high) of log-uniform ones."""

    normal: dict[str, tuple[float, float]]
    spread: dict[str, tuple[float, float]]
    spectrum: F8

    def yaml(self) -> dict[str, str]:
        """Return them as YAML arguments."""
        rows = ", ".join(
            f"[{', '.join(f'{v:.1f}' for v in row)}]"
            for row in np.maximum(self.spectrum - self.spectrum.max(), -_DEEPEST)
        )
        arguments = {"grain": "0", "stretch": "1", "stretch_fine": "1", "spectrum": f"[{rows}]"}
        for name, (mean, deviation) in self.normal.items():
            arguments[name] = f"{{distribution.normal: {{mean: {mean:.4g}, std: {max(deviation, 1e-6):.4g}}}}}"
        for name, (low, high) in self.spread.items():
            arguments[name] = f"{{distribution.log_uniform: {{lower: {low:.4g}, upper: {max(high, low * 1.001):.4g}}}}}"
        return arguments


def read_photographs(folder: Path, most: int) -> list[U1]:
    """Return up to ``most`` photographs of a folder, (H, W) uint8 grey, spread evenly over its sorted names.

    Raises AssetError where there are none, for what cannot be decoded, and for one that is the same throughout.
    """
    paths = sorted(p for p in folder.rglob("*") if p.suffix.lower() in _IMAGES) if folder.is_dir() else []
    if not paths:
        raise AssetError(f"there are no photographs (.jpg, .png, .bmp, .tif) in {folder}")
    chosen = spaced(paths, most)
    photographs = [_read_grey(path) for path in chosen]
    for path, photograph in zip(chosen, photographs):
        if np.ptp(photograph) == 0:
            raise AssetError(
                f"{path} is {photograph[0, 0]} throughout: is it a mask? Leave photographs alone in the folder"
            )
    return photographs


def read_labelled(spec: str, most: int, only: str | None = None) -> tuple[list[U1], Grounds]:
    """Return up to ``most`` photographs of a labelled set, (H, W) uint8 grey, and where they lie bare, (H, W) bool.

    Args:
        spec: ``[LAYOUT:]PATH[@SPLIT]``.
        most: how many at most.
        only: a class; photographs without a box of it are left out.

    Raises:
        AssetError: there are none, or there is no such class.
        DatasetError: the set cannot be read.
    """
    chosen = spaced(holding(spec, only), most)
    photographs = [_read_grey(image.file) for image in chosen]
    return photographs, [beside(p.shape, image.xyxy) for p, image in zip(photographs, chosen)]


def holding(spec: str, only: str | None = None) -> list[Sample]:
    """Return the images of a labelled set that hold a box of class ``only``, or all.
    Raises DatasetError or AssetError.
    """
    samples = read(spec)
    images = list(samples.images)
    if only is not None:
        if only not in samples.classes:
            raise AssetError(f"{spec} has no class {only!r}{did_you_mean(only, samples.classes)}")
        images = [image for image in images if (image.labels == samples.classes.index(only)).any()]
    if not images:
        raise AssetError(f"there are no photographs in {spec}{f' with {only}' if only else ''}")
    return images


def spaced(items: Sequence[T], most: int) -> list[T]:
    """Return up to ``most`` of the items, at even distances."""
    return [items[int(k)] for k in np.unique(np.linspace(0, len(items) - 1, min(most, len(items))).round())]


def _read_grey(path: Path) -> U1:
    data = picture_bytes(path) if is_packed(path) else read_bytes(path, AssetError)
    refuse_huge(data, str(path), AssetError)
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE) if data else None
    if image is None:
        raise AssetError(f"{path} is not an image that can be decoded; remove it or export it again")
    return np.asarray(image, np.uint8)


@dataclass(frozen=True, slots=True)
class FitPlan:
    """How a scene is fitted.

    ``group``: the one whose surface is fitted, None for the scene's only one; ``product``: the render product that
    stands for the photographs, None for the first. ``frames`` are rendered by ``seed`` in each of ``rounds``. Arguments
    in ``keep`` stay as the scene has them. Those in ``tune`` (GROUP.FUNCTION.ARGUMENT, of any calls) are tuned in
    ``turns`` rounds afterwards, with the surface's own; see :mod:`rendersdg.fit.tune`.
    """

    group: str | None = None
    product: str | None = None
    frames: int = 24
    rounds: int = 5
    seed: int = 0
    keep: tuple[str, ...] = ()
    tune: tuple[str, ...] = ()
    turns: int = 2


def fit(
    scene: Path,
    photographs: Sequence[U1],
    plan: FitPlan = FitPlan(),
    *,
    grounds: Grounds = None,
    log: Callable[[str], None] = lambda text: None,
) -> Fitted:
    """Return a scene whose hot-rolled surface looks like photographs.

    Args:
        scene: the YAML scene.
        photographs: grey images (H, W) uint8.
        plan: which surface, and how long.
        grounds: for each photograph, where it is bare (H, W); then its fine structure is compared there alone, with
            what the scene's labels leave bare.
        log: is called with a line about each round.

    Raises:
        BadArgument: the scene has no such call or leaves a choice of several, ``keep`` names what is not fitted, or the
            photographs are too few to tune by.
        BadScene: the scene cannot be read, or lacks a call of ``tune``.
    """
    text = scene.read_text(encoding="utf-8")
    group = _group(scene, text, plan.group)
    real = _Measured.of(photographs, grounds)
    measure = partial(
        _measure, scene, product=plan.product, frames=plan.frames, seed=plan.seed, bare=grounds is not None
    )
    ranges = _first(real)
    numbers = [Number.of(spec) for spec in plan.tune]
    for number in numbers:
        number.scaled(text, 2)  # says what the scene has not before anything is rendered
    if numbers and len(photographs) < FEWEST:
        few = counted(len(photographs), "photograph")
        raise BadArgument(f"{few} {'is' if len(photographs) == 1 else 'are'} too few to tune by; give {FEWEST} or more")
    unknown = sorted(set(plan.keep) - set(ranges.yaml()))
    if unknown:
        raise BadArgument(f"fit does not change {', '.join(unknown)}; it changes {', '.join(sorted(ranges.yaml()))}")

    # rounds of: write the ranges into the scene, render, correct them; the best round counts, not the last
    before = measure(text)
    best = (real.apart(before), before, text)
    for turn in range(plan.rounds):
        values = {name: value for name, value in ranges.yaml().items() if name not in plan.keep}
        trial = changed(text, group, FUNCTION, values)
        rendered = measure(trial)
        away, was = (distance(real.table, m.table) for m in (rendered, before))
        log(f"round {turn + 1}/{plan.rounds}: distance {away:.2f} (the scene as it was: {was:.2f})")
        best = min(best, (real.apart(rendered), rendered, trial), key=lambda entry: entry[0])
        _correct(ranges, real, rendered, 0.9**turn)
    _, rendered, last = best
    after = rendered.table
    if numbers:
        there = arguments(last, group, FUNCTION)
        names = [name for name in ("level", *_SPREADS) if name in there and name not in plan.keep]
        numbers = [*(Number(group, FUNCTION, name) for name in names), *numbers]
        last, after = tuned(last, after, numbers, real.table, lambda text: measure(text).table, plan.turns, log)
    return Fitted(last, real.table, before.table, after)


def _group(scene: Path, text: str, group: str | None) -> str:
    """Return the group whose surface is meant. Raises BadArgument where that is not clear."""
    groups = [name for name, function in calls(text, FUNCTION)]
    if group is None and len(groups) != 1:
        choice = f"; choose one with --group: {', '.join(groups)}" if groups else ""
        raise BadArgument(f"{scene.name} has {counted(len(groups), 'call')} of {FUNCTION}{choice}")
    return groups[0] if group is None else group


def _measure(scene: Path, text: str, *, product: str | None, frames: int, seed: int, bare: bool) -> _Measured:
    images, grounds = [], []
    for capture, name in captures(scene, text, product=product, frames=frames, seed=seed):
        rgb = capture.views[name].buffers.rgb
        if bare:
            grounds.append(beside(rgb.shape, tight_boxes(capture, name)))
        images.append(cv2.cvtColor(np.ascontiguousarray(rgb[..., :3]), cv2.COLOR_RGB2GRAY).astype(np.uint8))
    return _Measured.of(images, grounds if bare else None)


def captures(scene: Path, text: str, *, product: str | None, frames: int, seed: int) -> Iterator[tuple[Capture, str]]:
    """Yield the first frames of a scene's text and the render product that they show: ``product``,
    or the scene's first.

    ``scene`` is where the text stands: relative paths start there.
    Raises BadArgument for a product that the scene has not.
    """
    with recording(scene.parent) as recorder:
        SceneParser(recorder).record(parse(text, scene.name))
        products = recorder.graph.products
        names = [p.name for p in products]
        if not products or (product is not None and product not in names):
            raise BadArgument(
                f"--product {product!r} is not a render product of the scene; it has {', '.join(names) or 'none'}"
            )
        name = names[0] if product is None else product
        for other in products:
            other.is_on = other.name == name
        session = Session(recorder, seed=seed, needs_writer=False)
        for frame in range(frames):
            yield session.capture(session.planner.plan(frame)), name


def tight_boxes(capture: Capture, product: str) -> list[tuple[int, int, int, int]]:
    """Return the tight boxes (x_min, y_min, x_max, y_max) of a product's labels, pixels, right and bottom exclusive."""
    boxes = capture.annotate(product, "bounding_box_2d_tight", {}, [product])["data"]
    return [(int(r["x_min"]), int(r["y_min"]), int(r["x_max"]) + 1, int(r["y_max"]) + 1) for r in boxes]


def beside(shape: tuple[int, ...], boxes: Iterable[Sequence[float]]) -> Mask:
    """Return where an image (H, W) holds none of the boxes (x_min, y_min, x_max, y_max), pixels,
    right and bottom exclusive.
    """
    out = np.ones(shape[:2], bool)
    for x0, y0, x1, y1 in boxes:
        out[max(int(y0), 0) : int(np.ceil(y1)), max(int(x0), 0) : int(np.ceil(x1))] = False
    return out


def _middle(values: F8) -> tuple[float, float, float]:
    low, middle, high = np.percentile(values, [10, 50, 90])
    return float(low), float(middle), float(high)


def _first(real: _Measured) -> _Ranges:
    """Return ranges read off the photographs alone.

    What all fine octaves of a photograph have in common is its ``contrast``; an octave's own range is what is left.
    """
    low, level, high = _middle(real.table["mean"])
    normal = {"level": (level / 255, (high - low) / 2 / _WIDEST / 255)}
    for name, sign in _SLOPES.items():
        a, b, c = _middle(real.table[name])
        normal[name] = (sign * b / level, (c - a) / 2 / _WIDEST / level)
    octaves, common = np.log(real.octaves), _common(real)
    a, b, c = _middle(common)
    spread = {"contrast": (float(np.exp((a - b) / _UNIFORM)), float(np.exp((c - b) / _UNIFORM)))}
    for name in _SPREADS[:2]:
        a, b, c = _middle(real.table[name])
        spread[name] = (max(a, 0.2 * b, 0.02) / level, max(c, 0.03) / level)
    for name, row in zip(_OCTAVES, octaves):
        a, b, c = np.exp(_middle(row - common))
        spread[name] = (float(a) / level, float(c) / level)
    return _Ranges(normal, spread, _gap(real.spectrum, np.zeros_like(real.spectrum)))


def _common(measured: _Measured) -> F8:
    """Return what the fine octaves of each image have in common:
    the mean of their logarithms less the median image's.
    """
    octaves = np.log(measured.octaves)[FINE:]
    return np.asarray((octaves - np.median(octaves, 1, keepdims=True)).mean(0), np.float64)


def _gap(real: F8, rendered: F8) -> F8:
    """Return how much more power the photographs have; the two widest octaves, where light rules, are as what follows
    them, and a half octave that the frame is too small for is as the one before."""
    gap = real - rendered
    for k, row in enumerate(gap):
        known = np.isfinite(row)
        row[:] = np.interp(np.arange(len(row)), np.flatnonzero(known), row[known]) if known.any() else gap[k - 1]
    gap[:4] = gap[4]
    return np.asarray(gap - gap.mean(), np.float64)


def _correct(ranges: _Ranges, real: _Measured, rendered: _Measured, strength: float) -> None:
    """Scale the ranges by what the last round was off, less and less by ``strength``: octaves feed on each other."""
    level = float(np.median(real.table["mean"]))

    def ratio(of_real: F8, of_rendered: F8, power: float = 0.9) -> float:
        a, b = float(np.median(of_real)), float(np.median(of_rendered))
        return float(np.clip(max(a, 1e-3) / max(b, 1e-3), 0.4, 2.5)) ** (power * strength)

    both = [(real.table[name], rendered.table[name]) for name in ("mean", *_SLOPES, *_SPREADS[:2])]
    mean, deviation = ranges.normal["level"]
    ranges.normal["level"] = (mean * ratio(*both[0], 1.0), deviation * _spread_ratio(*both[0]))
    for (name, sign), (a, b) in zip(_SLOPES.items(), both[1:3]):
        mean, deviation = ranges.normal[name]
        off = sign * float(np.median(a) - np.median(b)) / level
        ranges.normal[name] = (mean + 0.5 * off, deviation * _spread_ratio(a, b))
    for name, (a, b) in zip(_SPREADS, [*both[3:], *zip(real.octaves, rendered.octaves)]):
        low, high = ranges.spread[name]
        factor = ratio(a, b)
        ranges.spread[name] = (max(low * factor, 1e-5), max(high * factor, 2e-5))
    wider = _spread_ratio(_common(real), _common(rendered))
    low, high = ranges.spread["contrast"]
    ranges.spread["contrast"] = (max(low**wider, 0.2), min(high**wider, 5.0))
    ranges.spectrum += 0.8 * strength * _gap(real.spectrum, rendered.spectrum)


def _spread_ratio(real: F8, rendered: F8) -> float:
    a, b = (float(np.subtract(*np.percentile(v, [90, 10]))) for v in (real, rendered))
    return float(np.clip(a / max(b, 1e-6), 0.5, 2.0)) ** 0.7
