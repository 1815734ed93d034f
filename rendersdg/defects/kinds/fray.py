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
    ``pear`` (0..1) makes one end narrower, ``ragged`` (0..1) breaks its edge up into specks of about ``speck`` mm.
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
    pear: float = 0.0
    ragged: float = 0.0
    speck: float = 0.6

    def size(self) -> tuple[float, float]:
        """Return the patch it needs, mm."""
        room = 1.15 + 1.2 * self.irregular
        return self.length * room + 2 * self.blur, self.breadth * room + 2 * self.blur

    def finest(self) -> float:
        """Return the width of its outline, mm."""
        return max(self.blur, self.breadth / 40)

    def paint(self, layers: Layers, rng: np.random.Generator) -> None:
        """Paint the lens, a little cloudy."""
        a, b = self.length / 2, self.breadth / 2
        terms = wobble(rng, 1, self.irregular, 4)
        if self.pear:  # a wide oval, a narrow one, and what bridges their waist
            narrow = b * (1 - 0.75 * min(max(self.pear, 0.0), 1.0))
            centres, radii = [(-0.3 * a, 0), (0.5 * a, 0), (0.15 * a, 0)], [(0.7 * a, b), (0.5 * a, narrow)]
            radii.append((0.55 * a, 0.5 * (b + narrow)))
            cover, _ = layers.ovals(centres, radii, wobble=np.repeat(terms, 3, axis=0), soft=self.blur)
        else:
            cover, _ = layers.ovals([(0, 0)], [(a, b)], wobble=terms, soft=self.blur)
        if self.ragged:
            wide, _ = layers.ovals([(0, 0)], [(a, b)], wobble=terms, soft=0.6 * self.breadth)
            speck = max(self.speck, layers.texel)
            specks = layers.noise(rng, speck, octaves=2) + 0.8 * layers.noise(rng, 4 * speck)
            torn = np.clip(0.5 + (wide - 0.5 + 0.22 * self.ragged * specks) * self.breadth / self.blur, 0, 1)
            cover = np.asarray((1 - self.ragged) * cover + self.ragged * torn, np.float32)
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
