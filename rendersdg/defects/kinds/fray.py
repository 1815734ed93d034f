"""Fray: an area that the grinding did not reach, smooth and darker, with a clear outline."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rendersdg.defects.layers import Layers, wobble


@dataclass(frozen=True)
class Fray:
    """A lens ``length`` x ``breadth`` mm whose own even grey (``red``, ``green``, ``blue``)
    hides ``cover`` of the texture.

    ``gain`` is its level where the texture shows through; ``depth`` mm how far it lies below the ground surface.
    """

    length: float = 20.0
    breadth: float = 12.0
    gain: float = 0.73
    cover: float = 0.7
    red: float = 0.12
    green: float = 0.12
    blue: float = 0.12
    depth: float = 0.03
    roughness: float = 0.7
    irregular: float = 0.15
    blur: float = 0.3

    def size(self) -> tuple[float, float]:
        """Return the patch it needs, mm."""
        room = 1.15 + 1.2 * self.irregular
        return self.length * room + 2 * self.blur, self.breadth * room + 2 * self.blur

    def finest(self) -> float:
        """Return the width of its outline, mm."""
        return max(self.blur, self.breadth / 40)

    def paint(self, layers: Layers, rng: np.random.Generator) -> None:
        """Paint the lens, a little cloudy."""
        cover, _ = layers.ovals(
            [(0, 0)], [(self.length / 2, self.breadth / 2)], wobble=wobble(rng, 1, self.irregular, 4), soft=self.blur
        )
        cloud = np.clip(1 + 0.08 * layers.noise(rng, self.breadth * 0.3, octaves=2), 0.7, 1.3)
        layers.lay(cover, gain=self.gain)
        layers.lay(
            np.asarray(cover * self.cover, np.float32),
            colour=(self.red, self.green, self.blue),
            roughness=self.roughness,
        )
        layers.add *= (1 + cover * (cloud - 1))[..., None]
        layers.claim(cover)
        layers.lift(-self.depth * cover)
