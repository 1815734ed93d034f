"""Crazing: a web of hair cracks over an area."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rendersdg import portable
from rendersdg.defects.layers import Layers, walk


@dataclass(frozen=True)
class Crazing:
    """A web ``length`` x ``breadth`` mm of cracks ``width`` mm wide that meander
    ``reach`` mm with a kink every ``step`` mm.

    ``density`` is millimetres of crack in a square millimetre; ``gain`` its reflectance; ``lean`` (0..1) how much the
    cracks prefer the direction s (1: none starts out another way); ``gaps`` (0..1)
    the share of each crack that stays closed.
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

    def size(self) -> tuple[float, float]:
        """Return the patch it needs, mm."""
        return self.length + 2 * self.width + 2, self.breadth + 2 * self.width + 2

    def finest(self) -> float:
        """Return the cracks' width, mm."""
        return self.width

    def paint(self, layers: Layers, rng: np.random.Generator) -> None:
        """Paint meanders until the density is reached; half of them fork off an earlier one."""
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
            if lines and rng.random() < 0.5:
                other = lines[int(rng.integers(len(lines)))]
                start = tuple(other[int(rng.integers(len(other)))])
            line = walk(rng, start, heading, reach, self.step, 0.7, 0.3)
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
