"""Pitting: a field of small pits, now and then eroded islands between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rendersdg import portable
from rendersdg.defects.layers import Layers, wobble


@dataclass(frozen=True)
class Pitting:
    """A field ``length`` x ``breadth`` mm with ``density`` pits a square millimetre, ``pit`` mm long at the median.

    Pits are ``aspect`` times as long (along s) as wide; ``gain`` is their reflectance, ``spread`` the deviation of the
    logarithm of their size. ``erosion`` is the share of the field that grey islands of ``erosion_gain`` cover.
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
