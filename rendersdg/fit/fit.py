"""From some twenty unlabelled photographs to the ranges of a ``surfaces.hot_rolled`` call: render, compare, correct, again.

Every statistic that a parameter governs is measured on the photographs and on frames of the scene, defects and camera
included, and the parameter's range is scaled by their ratio. So what defects, lens and noise add is accounted for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from rendersdg.errors import AssetError, BadArgument
from rendersdg.fit.edit import calls, changed
from rendersdg.fit.statistics import NAMES, distance, table
from rendersdg.orchestrator.session import Session
from rendersdg.scene.recorder import recording
from rendersdg.yaml.document import parse
from rendersdg.yaml.parser import SceneParser

Table = dict[str, NDArray[np.float64]]
FUNCTION = "surfaces.hot_rolled"
_SPREADS = ("bands_x", "bands_y", *(f"octave_{k}" for k in range(1, 8)))
_SLOPES = {"slope_x": 1.0, "slope_y": -1.0}  # sign: rows of a picture run down, y of a surface runs up
_IMAGES = {".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff"}
_WIDEST = 1.2816  # standard deviations from the median to the 90th percentile of a normal distribution


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
        return "\n".join(rows)


@dataclass
class _Ranges:
    """The parameters while they are fitted: (mean, deviation) of normal ones, (low, high) of log-uniform ones."""

    normal: dict[str, tuple[float, float]]
    spread: dict[str, tuple[float, float]]
    stretch: dict[str, float]

    def yaml(self) -> dict[str, str]:
        """Return them as YAML arguments."""
        found = {"grain": "0"}
        for name, (mean, deviation) in self.normal.items():
            found[name] = f"{{distribution.normal: {{mean: {mean:.4g}, std: {max(deviation, 1e-6):.4g}}}}}"
        for name, (low, high) in self.spread.items():
            found[name] = f"{{distribution.log_uniform: {{lower: {low:.4g}, upper: {max(high, low * 1.001):.4g}}}}}"
        found.update({name: f"{value:.4g}" for name, value in self.stretch.items()})
        return found


def read_photographs(folder: Path, most: int) -> list[NDArray[np.uint8]]:
    """Return up to ``most`` photographs of a folder, grey, spread evenly over its sorted names. Raises AssetError."""
    paths = sorted(p for p in folder.rglob("*") if p.suffix.lower() in _IMAGES) if folder.is_dir() else []
    if not paths:
        raise AssetError(f"there are no photographs (.jpg, .png, .bmp, .tif) in {folder}")
    chosen = [paths[int(k)] for k in np.unique(np.linspace(0, len(paths) - 1, min(most, len(paths))).round())]
    images = []
    for path in chosen:
        image = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_GRAYSCALE)
        if image is None:
            raise AssetError(f"{path} is no image that can be decoded; remove it or export it again")
        images.append(np.asarray(image, np.uint8))
    return images


def fit(
    scene: Path, photographs: Sequence[NDArray[np.uint8]], *, group: str | None = None, product: str | None = None, frames: int = 24,
    rounds: int = 5, seed: int = 0, tell: Callable[[str], None] = lambda text: None,
) -> Fitted:  # fmt: skip
    """Return a scene whose hot-rolled surface in ``group`` looks like the photographs, as seen by ``product``.

    ``frames`` frames are rendered in each of ``rounds``. Without ``group`` or ``product`` the scene's only or first one
    is meant. Raises BadArgument when the scene has no such call or leaves a choice of several.
    """
    text = scene.read_text(encoding="utf-8")
    there = [name for name, function in calls(text, FUNCTION)]
    if group is None and len(there) != 1:
        raise BadArgument(
            f"{scene.name} has {len(there)} calls of {FUNCTION}{'; choose one with --group: ' + ', '.join(there) if there else ''}"
        )
    chosen = there[0] if group is None else group
    real = table(photographs)
    before = best_table = _measure(scene, text, product, frames, seed)
    best = (distance(real, before), text)
    ranges = _first(real)
    for number in range(rounds):
        trial = changed(text, chosen, FUNCTION, ranges.yaml())
        made = _measure(scene, trial, product, frames, seed)
        away = distance(real, made)
        tell(f"round {number + 1}/{rounds}: distance {away:.2f} (the scene as it was: {distance(real, before):.2f})")
        if away < best[0]:
            best, best_table = (away, trial), made
        _correct(ranges, real, made, 0.85**number)
    return Fitted(best[1], real, before, best_table)


def _measure(scene: Path, text: str, product: str | None, frames: int, seed: int) -> Table:
    with recording(scene.parent) as recorder:
        SceneParser(recorder).record(parse(text, scene.name))
        products = recorder.graph.products
        names = [p.name for p in products]
        if not products or (product is not None and product not in names):
            raise BadArgument(
                f"--product {product!r} is no render product of the scene; it has {', '.join(names) or 'none'}"
            )
        name = names[0] if product is None else product
        for other in products:
            other.enabled = other.name == name
        session = Session(recorder, seed=seed, needs_writer=False)
        images = []
        for frame in range(frames):
            rgb = session.capture(session.planner.plan(frame)).views[name].buffers.rgb
            images.append(cv2.cvtColor(np.ascontiguousarray(rgb[..., :3]), cv2.COLOR_RGB2GRAY).astype(np.uint8))
    return table(images)


def _middle(values: NDArray[np.float64]) -> tuple[float, float, float]:
    low, middle, high = np.percentile(values, [10, 50, 90])
    return float(low), float(middle), float(high)


def _first(real: Table) -> _Ranges:
    """Return ranges read off the photographs alone."""
    low, level, high = _middle(real["mean"])
    normal = {"level": (level / 255, (high - low) / 2 / _WIDEST / 255)}
    for name, sign in _SLOPES.items():
        a, b, c = _middle(real[name])
        normal[name] = (sign * b / level, (c - a) / 2 / _WIDEST / level)
    spread = {}
    for name in _SPREADS:
        a, b, c = _middle(real[name])
        spread[name] = (max(a, 0.2 * b, 0.02) / level, max(c, 0.03) / level)
    return _Ranges(normal, spread, {"stretch": 1.0, "stretch_fine": 1.0})


def _correct(ranges: _Ranges, real: Table, made: Table, strength: float) -> None:
    """Scale the ranges by what the last round was off, less and less by ``strength``: octaves and leans feed on each other."""
    level = float(np.median(real["mean"]))

    def ratio(name: str, power: float = 0.8) -> float:
        a, b = float(np.median(real[name])), float(np.median(made[name]))
        return float(np.clip(max(a, 1e-3) / max(b, 1e-3), 0.4, 2.5)) ** (power * strength)

    mean, deviation = ranges.normal["level"]
    ranges.normal["level"] = (mean * ratio("mean", 1.0), deviation * _spread_ratio(real["mean"], made["mean"]))
    for name, sign in _SLOPES.items():
        mean, deviation = ranges.normal[name]
        off = sign * float(np.median(real[name]) - np.median(made[name])) / level
        ranges.normal[name] = (mean + 0.5 * off, deviation * _spread_ratio(real[name], made[name]))
    for name, (low, high) in ranges.spread.items():
        factor = ratio(name)
        ranges.spread[name] = (max(low * factor, 1e-5), max(high * factor, 2e-5))
    lean = {"stretch": ratio("lean", 0.4)}
    of = [float(np.median(t["grain_y1"]) / max(float(np.median(t["grain_x1"])), 0.05)) for t in (real, made)]
    lean["stretch_fine"] = float(np.clip(of[0] / max(of[1], 0.05), 0.5, 2.0)) ** (1.2 * strength)
    for name, factor in lean.items():
        ranges.stretch[name] = float(np.clip(ranges.stretch[name] * factor, 0.05, 20.0))


def _spread_ratio(real: NDArray[np.float64], made: NDArray[np.float64]) -> float:
    a, b = (float(np.subtract(*np.percentile(v, [90, 10]))) for v in (real, made))
    return float(np.clip(a / max(b, 1e-6), 0.5, 2.0)) ** 0.7
