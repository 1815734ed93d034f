"""Crazing: a web of hair cracks over an area."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rendersdg import portable
from rendersdg.arrays import F8
from rendersdg.defects.layers import Layers, walk, wobble


@dataclass(frozen=True)
class Crazing:
    """A web ``length`` x ``breadth`` mm of cracks ``width`` mm wide that meander
    ``reach`` mm with a kink every ``step`` mm.

    ``density`` is millimetres of crack in a square millimetre; ``gain`` its reflectance; ``lean`` (0..1) how much the
    cracks prefer the direction s (1: none starts out another way); ``gaps`` (0..1) the share of each crack that stays
    closed. ``forks`` is the share of cracks that start on another one. ``zigzag`` (0..1) makes them chains of short
    pieces that turn to and fro. ``flecks`` a millimetre of crack are broken out beside it, ragged, about ``fleck`` mm
    long and darker.
    """

    length: float = 126.0
    breadth: float = 70.0
    width: float = 1.8
    reach: float = 40.0
    step: float = 7.0
    density: float = 0.06
    gain: float = 0.7
    depth: float = 0.0
    lean: float = 0.3
    gaps: float = 0.45
    blur: float = 1.2
    forks: float = 0.5
    zigzag: float = 0.0
    flecks: float = 0.0
    fleck: float = 3.0

    def size(self) -> tuple[float, float]:
        """Return the patch it needs, mm."""
        return self.length + 2 * self.width + 2, self.breadth + 2 * self.width + 2

    def finest(self) -> float:
        """Return the cracks' width, mm."""
        return self.width

    def paint(self, layers: Layers, rng: np.random.Generator) -> None:
        """Paint meanders until the density is reached, some of them forking off an earlier one, then flecks."""
        a, b = self.length / 2, self.breadth / 2
        total = 0.0
        lines: list[np.ndarray] = []
        halves: list[np.ndarray] = []
        weights: list[np.ndarray] = []
        while total < self.density * self.length * self.breadth * 0.8 and len(lines) < 4000:
            reach = self.reach * rng.lognormal(0.0, 0.4)
            heading = rng.uniform(-np.pi, np.pi)
            heading = portable.arctan2((1 - self.lean) * portable.sin(heading), portable.cos(heading))
            start = (a * rng.uniform(-1, 1), b * rng.uniform(-1, 1))
            if lines and rng.random() < self.forks:
                other = lines[int(rng.integers(len(lines)))]
                start = tuple(other[int(rng.integers(len(other)))])
            line = self._crack(rng, start, heading, reach)
            inside = (line[:, 0] / a) ** 2 + (line[:, 1] / b) ** 2 < 1
            line = line[inside]
            total += reach * float(inside.mean())
            if len(line) < 2:
                continue
            open_ = np.clip(1.2 - 2.2 * self.gaps * np.abs(rng.standard_normal(len(line))), 0.0, 1.0)
            lines.append(line)
            weights.append(open_)
            halves.append(self.width / 2 * np.clip(1 + 0.3 * rng.standard_normal(len(line)), 0.4, 1.8))
        cover, _ = layers.strokes(lines, halves, weight=weights, soft=self.blur)
        layers.lay(cover, gain=self.gain)
        if self.depth:
            layers.lift(-self.depth * cover)
        if self.flecks and lines:
            self._break_out(layers, rng, np.concatenate(lines), int(rng.poisson(self.flecks * total)))

    def _crack(self, rng: np.random.Generator, start: tuple[float, ...], heading: float, reach: float) -> F8:
        """Return the line (N, 2) of one crack, millimetres: a meander, or a chain of pieces that turn to and fro."""
        if not self.zigzag:
            return walk(rng, start, heading, reach, self.step, 0.7, 0.3)
        count = max(round(reach / self.step), 2)
        turn = self.zigzag * rng.uniform(0.2, 1.5, count) * np.where(np.arange(count) % 2, 1.0, -1.0)
        turn = turn + 0.25 * rng.standard_normal() + 0.3 * rng.standard_normal(count)
        step = self.step * rng.uniform(0.4, 1.6, count)
        steps = step[:, None] * np.stack([portable.cos(heading + turn), portable.sin(heading + turn)], 1)
        return np.asarray(np.concatenate([[start], np.asarray(start) + np.cumsum(steps, axis=0)]))

    def _break_out(self, layers: Layers, rng: np.random.Generator, points: F8, count: int) -> None:
        """Paint ragged flecks beside the points (N, 2) of cracks: each of two pieces that lean apart."""
        centres = points[rng.integers(len(points), size=count)] + self.width * 0.5 * rng.standard_normal((count, 2))
        half = self.fleck / 2 * portable.exp(0.4 * rng.standard_normal(count))
        radii = np.stack([half, half * rng.uniform(0.3, 0.6, count)], 1)
        second = centres + half[:, None] * rng.uniform(-1, 1, (count, 2))
        cover, _ = layers.ovals(
            np.concatenate([centres, second]),
            np.concatenate([radii, 0.7 * radii]),
            turns=np.concatenate([0.5 * rng.standard_normal(count), rng.uniform(-1.5, 1.5, count)]),
            wobble=wobble(rng, 2 * count, 0.5, 4),
            soft=self.blur,
            weight=np.tile(rng.uniform(0.5, 1, count), 2),
        )
        layers.lay(cover, gain=0.6 * self.gain)
