"""Corrosion: rust that eats in from ragged islands, rough, dull and brown."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rendersdg import portable
from rendersdg.defects.layers import Layers


@dataclass(frozen=True)
class Corrosion:
    """An area ``length`` x ``breadth`` mm of which ``share`` is rusted, in islands of about ``island`` mm.

    ``red``, ``green`` and ``blue`` are the linear colour of the rust, ``depth`` mm how deep it pits.
    """

    length: float = 30.0
    breadth: float = 22.0
    share: float = 0.55
    island: float = 6.0
    red: float = 0.22
    green: float = 0.075
    blue: float = 0.025
    depth: float = 0.15
    blur: float = 0.3

    def size(self) -> tuple[float, float]:
        """Return the patch it needs, mm."""
        return self.length * 1.05 + 1, self.breadth * 1.05 + 1

    def finest(self) -> float:
        """Return the size of its pits, mm."""
        return max(self.island / 12, self.blur)

    def paint(self, layers: Layers, rng: np.random.Generator) -> None:
        """Paint islands where noise is high, thinning towards the edge of the area."""
        rho = portable.hypot(layers.s / (self.length / 2), layers.t / (self.breadth / 2))
        field = layers.noise(rng, self.island, octaves=5) - 2.5 * np.clip(rho - 0.55, 0, 1)
        inside = rho < 1
        limit = float(np.quantile(field[inside], 1 - np.clip(self.share, 0.02, 0.98))) if inside.any() else 0.0
        cover = np.asarray(np.clip((field - limit) / 0.15 + 0.5, 0, 1) * np.clip((1 - rho) * 8, 0, 1), np.float32)
        shade = np.clip(0.75 + 0.35 * layers.noise(rng, self.island / 5, octaves=3), 0.25, 1.6)
        layers.lay(cover, colour=(self.red, self.green, self.blue), roughness=0.95, metallic=0.0)
        layers.add *= (1 + cover * (shade - 1))[..., None]
        layers.lift(self.depth * cover * (0.3 + 0.5 * layers.noise(rng, self.island / 6, octaves=3)))
