"""Patches: large dark blotches with rounded, notched outlines."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rendersdg import portable
from rendersdg.defects.layers import Layers, wobble


@dataclass(frozen=True)
class Patch:
    """A blotch ``length`` x ``breadth`` mm of ``gain`` times the ground's level, cloudy by ``mottle`` (relative).

    ``irregular`` bends the outline, ``notches`` bite pieces of ``notch`` mm out of it, ``holes`` pierce it, ``blur`` is
    the width of its edge, which ``ragged`` (0..1) breaks up into specks of about ``speck`` mm.
    """

    length: float = 73.0
    breadth: float = 54.0
    gain: float = 0.47
    mottle: float = 0.12
    irregular: float = 0.3
    notches: int = 5
    notch: float = 8.0
    holes: int = 0
    roughness: float = -1.0
    blur: float = 7.0
    ragged: float = 0.0
    speck: float = 3.0

    def size(self) -> tuple[float, float]:
        """Return the patch it needs, mm."""
        room = 1.15 + 0.9 * self.irregular
        return self.length * room + 2 * self.blur, self.breadth * room + 2 * self.blur

    def finest(self) -> float:
        """Return the width of its edge, mm."""
        return self.blur

    def paint(self, layers: Layers, rng: np.random.Generator) -> None:
        """Paint two merged ovals less their notches and holes."""
        a, b = self.length / 2, self.breadth / 2
        side = rng.uniform(-0.35, 0.35, 2) * [a, b]
        cover, _ = layers.ovals(
            [side * 0.3, -side],
            [(a * 0.92, b * 0.92), (a * 0.7, b * 0.7)],
            turns=0.3 * rng.standard_normal(2),
            wobble=wobble(rng, 2, self.irregular, 6),
            soft=self.blur,
        )
        count = int(self.notches) + int(self.holes)
        if count:
            angle = rng.uniform(-np.pi, np.pi, count)
            out = np.where(
                np.arange(count) < self.notches, rng.uniform(0.85, 1.05, count), rng.uniform(0.1, 0.5, count)
            )
            centres = np.stack([a * out * portable.cos(angle), b * out * portable.sin(angle)], 1)
            bites, _ = layers.ovals(
                centres,
                self.notch / 2 * rng.lognormal(0, 0.3, (count, 2)),
                wobble=wobble(rng, count, 0.3, 4),
                soft=self.blur,
            )
            cover = cover * (1 - bites)
        if self.ragged:
            cover = np.clip(
                cover + self.ragged * 2.5 * cover * (1 - cover) * layers.noise(rng, self.speck, octaves=2), 0, 1
            )
        cloud = layers.noise(rng, max(min(a, b) * 0.5, 1.0), octaves=2)
        layers.lay(cover, gain=self.gain, roughness=None if self.roughness < 0 else self.roughness)
        layers.gain *= np.clip(1 + self.mottle * cloud * cover, 0.3, 2)
