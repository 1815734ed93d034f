"""Stains: a thin film of colour with a soft, drying edge."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rendersdg.defects.layers import Layers, wobble


@dataclass(frozen=True)
class Stain:
    """A film ``length`` x ``breadth`` mm that lets ``gain`` of the light back, tinted by ``red``,
    ``green`` and ``blue``.

    ``opacity`` covers the ground with the tint itself; ``ring`` (0..1) darkens the edge where it dried.
    """

    length: float = 30.0
    breadth: float = 18.0
    gain: float = 0.8
    red: float = 0.25
    green: float = 0.17
    blue: float = 0.08
    opacity: float = 0.3
    ring: float = 0.4
    roughness: float = 0.35
    irregular: float = 0.35
    blur: float = 1.2

    def size(self) -> tuple[float, float]:
        """Return the patch it needs, mm."""
        room = 1.15 + 1.2 * self.irregular
        return self.length * room + 2 * self.blur, self.breadth * room + 2 * self.blur

    def finest(self) -> float:
        """Return the width of its edge, mm."""
        return self.blur

    def paint(self, layers: Layers, rng: np.random.Generator) -> None:
        """Paint the film, denser along its edge."""
        radii = (self.length / 2, self.breadth / 2)
        terms = wobble(rng, 1, self.irregular, 7)
        cover, _ = layers.ovals([(0, 0)], [radii], wobble=terms, soft=self.blur)
        inner, _ = layers.ovals(
            [(0, 0)], [(radii[0] * 0.86, radii[1] * 0.86)], wobble=terms, soft=max(radii[1] * 0.25, self.blur)
        )
        film = cover * np.clip(0.85 + 0.15 * layers.noise(rng, self.breadth * 0.25, octaves=3), 0.4, 1)
        dense = np.asarray(film * (1 - self.ring * inner * 0.7), np.float32)
        layers.lay(dense, gain=self.gain)
        layers.lay(
            np.asarray(dense * self.opacity, np.float32),
            colour=(self.red, self.green, self.blue),
            roughness=self.roughness,
        )
        layers.claim(cover)
