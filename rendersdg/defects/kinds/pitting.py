"""Pitting: a field of small pits, denser here and there, with eroded islands and lines of erosion between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rendersdg import portable
from rendersdg.arrays import F8
from rendersdg.defects.layers import Layers, walk, wobble


@dataclass(frozen=True)
class Pitting:
    """A field ``length`` x ``breadth`` mm with ``density`` pits a square millimetre, ``pit`` mm long at the median.

    Pits are ``aspect`` times as long (along s) as wide; ``gain`` is their reflectance, ``spread`` the deviation of the
    logarithm of their size. ``erosion`` is the share of the field that grey islands of ``erosion_gain`` cover.
    ``drift`` (0..1) lets the density change over the field, down to nothing at 1; ``border`` is the share of the field
    that stays free beyond a winding border; ``veins`` lines of erosion branch through it, ``vein`` mm wide.
    """

    length: float = 180.0
    breadth: float = 120.0
    density: float = 0.004
    pit: float = 4.3
    aspect: float = 1.7
    spread: float = 0.4
    gain: float = 0.9
    depth: float = 0.0
    erosion: float = 0.0
    erosion_gain: float = 0.72
    blur: float = 1.5
    drift: float = 0.0
    border: float = 0.0
    veins: int = 0
    vein: float = 1.6

    def size(self) -> tuple[float, float]:
        """Return the patch it needs, mm."""
        return self.length + 2, self.breadth + 2

    def finest(self) -> float:
        """Return the pits' breadth, mm."""
        return max(self.pit / self.aspect, 1e-3)

    def paint(self, layers: Layers, rng: np.random.Generator) -> None:
        """Paint the islands, then the pits over them."""
        a, b = self.length / 2, self.breadth / 2
        if self.erosion > 0:
            field = layers.noise(rng, max(b * 0.35, 1.0), octaves=5)
            edge = 1 - np.maximum(*(np.square(np.square(np.square(v))) for v in (layers.s / a, layers.t / b)))
            limit = float(np.quantile(field, 1 - min(self.erosion, 1.0)))
            cover = np.clip((field - limit) / 0.12 + 0.5, 0, 1) * np.clip(edge * 4, 0, 1)
            layers.lay(cover.astype(np.float32), gain=self.erosion_gain)
        count = int(rng.poisson(self.density * self.length * self.breadth))
        centres = rng.uniform(-1, 1, (count, 2)) * [a, b]
        if self.drift or self.border:
            centres = centres[self._holds(centres, layers, rng)]
            count = len(centres)
        half = self.pit / 2 * portable.exp(self.spread * rng.standard_normal(count))
        radii = np.stack([half, half / self.aspect * portable.exp(0.2 * rng.standard_normal(count))], 1)
        cover, _ = layers.ovals(
            centres,
            radii,
            turns=0.25 * rng.standard_normal(count),
            wobble=wobble(rng, count, 0.15, 3),
            soft=self.blur,
            weight=rng.uniform(0.5, 1, count),
        )
        layers.lay(cover, gain=self.gain)
        if self.depth:
            layers.lift(-self.depth * cover)
        if self.veins:
            self._erode(layers, rng)

    def _holds(self, centres: F8, layers: Layers, rng: np.random.Generator) -> np.ndarray:
        """Return which pits (N,) bool are there, by how dense the field is at each."""
        column, row = np.clip(((centres - layers.origin) / layers.texel).T, 0, np.array(layers.shape)[::-1, None] - 1)
        at = row.astype(np.intp), column.astype(np.intp)
        wide = layers.noise(rng, max(0.3 * min(self.length, self.breadth), 1.0))
        dense = 1 - self.drift * np.clip(0.5 + 0.6 * wide[at], 0, 1)
        if self.drift:  # and it thins out towards its own edge, unevenly
            rim = 1 - np.abs(2 * centres / [self.length, self.breadth]).max(1)
            dense = dense * np.clip(6 * rim + 0.6 * wide[at], 0, 1)
        if self.border:
            side = layers.noise(rng, max(0.7 * min(self.length, self.breadth), 1.0), octaves=4)
            dense = dense * (side[at] > np.quantile(side, min(max(self.border, 0.0), 1.0)))
        return rng.random(len(centres)) < dense

    def _erode(self, layers: Layers, rng: np.random.Generator) -> None:
        """Paint lines of erosion along s, with branches, darker than the islands and uneven."""
        lines: list[F8] = []
        for _ in range(int(self.veins)):
            start = (rng.uniform(-0.5, 0.3) * self.length, rng.uniform(-0.45, 0.45) * self.breadth)
            lines.append(walk(rng, start, 0.15 * rng.standard_normal(), self.length * rng.uniform(0.3, 0.9), 4.0, 0.6))
            for _ in range(int(rng.integers(1, 5))):
                at = lines[-1][int(rng.integers(len(lines[-1])))]
                lines.append(walk(rng, at, rng.uniform(-1.4, 1.4), self.length * rng.uniform(0.05, 0.25), 4.0, 0.7))
        halves = [self.vein / 2 * np.clip(1 + 0.4 * rng.standard_normal(len(line)), 0.4, 2) for line in lines]
        weights = [rng.uniform(0.35, 1, len(line)) for line in lines]
        cover, _ = layers.strokes(lines, halves, weight=weights, soft=self.blur)
        layers.lay(cover, gain=self.erosion_gain)
