"""Print defects of bare boards: dabs of copper too much or too little.

A patch lies with s along the track. ``copper`` and ``board`` are linear greys of the two;
a defect replaces what is there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from rendersdg.defects.layers import Layers, wobble


def _dabs(layers: Layers, rng: np.random.Generator, line: ArrayLike, radius: float, level: float, blur: float) -> None:
    """Paint overlapping round dabs along a line, as a brush does."""
    points = np.asarray(line, float).reshape(-1, 2)
    radii = radius * rng.uniform(0.8, 1.15, (len(points), 1)) * rng.uniform(0.85, 1.1, (len(points), 2))
    cover, _ = layers.ovals(points, radii, wobble=wobble(rng, len(points), 0.12, 4), soft=blur)
    layers.lay(cover, colour=(level, level, level))


@dataclass(frozen=True)
class Open:
    """A gap of ``gap`` mm through a track ``track`` mm wide."""

    gap: float = 0.2
    track: float = 0.4
    board: float = 1.0
    blur: float = 0.01

    def size(self) -> tuple[float, float]:
        """Return the patch it needs, mm."""
        return self.gap * 2 + 0.1, self.track * 1.5 + 0.2

    def finest(self) -> float:
        """Return a third of the gap, mm."""
        return self.gap / 3

    def paint(self, layers: Layers, rng: np.random.Generator) -> None:
        """Rub the track out, dab by dab, from side to side."""
        count = max(int(np.ceil(self.track / self.gap * 2)), 2) + 1
        across = np.linspace(-0.5, 0.5, count) * self.track * 1.05
        sway = 0.12 * self.gap * rng.standard_normal(count)
        _dabs(layers, rng, np.stack([sway, across], 1), self.gap / 2, self.board, self.blur)


@dataclass(frozen=True)
class Short:
    """A bridge ``width`` mm wide over ``length`` mm from track to track; it runs across the track."""

    length: float = 0.5
    width: float = 0.12
    copper: float = 0.0
    blur: float = 0.01

    def size(self) -> tuple[float, float]:
        """Return the patch it needs, mm."""
        return self.width * 4 + 0.1, self.length * 2 + 4 * self.width

    def finest(self) -> float:
        """Return half the width, mm."""
        return self.width / 2

    def paint(self, layers: Layers, rng: np.random.Generator) -> None:
        """Dab from the middle of the track outwards."""
        count = max(int(np.ceil(self.length / self.width * 3)), 2)
        across = np.linspace(0, 1, count) * self.length
        # a hand that sways slowly: dabs beside each other overlap, or the bridge would not be one
        drawn = rng.standard_normal(count + 2)
        sway = 0.2 * self.width * (0.5 * drawn[:-2] + 0.7 * drawn[1:-1] + 0.5 * drawn[2:])
        _dabs(layers, rng, np.stack([sway, across], 1), self.width / 2, self.copper, self.blur)


@dataclass(frozen=True)
class Mousebite:
    """A bite of ``bite`` mm out of the edge of a track ``track`` mm wide."""

    bite: float = 0.2
    track: float = 0.4
    board: float = 1.0
    blur: float = 0.01

    def size(self) -> tuple[float, float]:
        """Return the patch it needs, mm."""
        return self.bite * 3, self.track + self.bite * 3

    def finest(self) -> float:
        """Return a third of the bite, mm."""
        return self.bite / 3

    def paint(self, layers: Layers, rng: np.random.Generator) -> None:
        """Dab board over one edge."""
        edge = rng.choice([-1, 1]) * self.track / 2
        line = np.stack([self.bite * 0.5 * rng.standard_normal(2), edge + 0.1 * self.bite * rng.standard_normal(2)], 1)
        _dabs(layers, rng, np.clip(line, -self.track, self.track), self.bite / 2, self.board, self.blur)


@dataclass(frozen=True)
class Spur:
    """A thorn ``length`` mm long on the edge of a track ``track`` mm wide."""

    length: float = 0.25
    width: float = 0.12
    track: float = 0.4
    copper: float = 0.0
    blur: float = 0.01

    def size(self) -> tuple[float, float]:
        """Return the patch it needs, mm."""
        return self.length * 2 + self.width * 3, self.track + 2.5 * self.length + self.width * 2

    def finest(self) -> float:
        """Return half the width, mm."""
        return self.width / 2

    def paint(self, layers: Layers, rng: np.random.Generator) -> None:
        """Dab copper outwards from one edge."""
        side = rng.choice([-1, 1])
        lean = rng.uniform(-0.4, 0.4)
        out = np.linspace(0, 1, 4) * self.length
        line = np.stack([out * lean, side * (self.track / 2 - self.width / 4 + out)], 1)
        _dabs(layers, rng, line, self.width / 2, self.copper, self.blur)


class _Crumb:
    """What a crumb too much and a crumb too little share."""

    crumb: float

    def size(self) -> tuple[float, float]:
        """Return the patch it needs, mm."""
        return self.crumb * 3, self.crumb * 3

    def finest(self) -> float:
        """Return a third of the crumb, mm."""
        return self.crumb / 3

    def _dab(self, layers: Layers, rng: np.random.Generator, level: float, blur: float) -> None:
        """Dab two or three times about the centre."""
        line = rng.uniform(-0.35, 0.35, (int(rng.integers(2, 4)), 2)) * self.crumb
        _dabs(layers, rng, line, self.crumb / 2.6, level, blur)


@dataclass(frozen=True)
class SpuriousCopper(_Crumb):
    """A free crumb of copper of ``crumb`` mm."""

    crumb: float = 0.25
    copper: float = 0.0
    blur: float = 0.01

    def paint(self, layers: Layers, rng: np.random.Generator) -> None:
        """Dab copper."""
        self._dab(layers, rng, self.copper, self.blur)


@dataclass(frozen=True)
class PinHole(_Crumb):
    """A crumb of ``crumb`` mm missing inside copper."""

    crumb: float = 0.25
    board: float = 1.0
    blur: float = 0.01

    def paint(self, layers: Layers, rng: np.random.Generator) -> None:
        """Dab board."""
        self._dab(layers, rng, self.board, self.blur)
