"""Chips: a piece broken off, a conchoidal scar with a bright and a dark flank."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rendersdg import portable
from rendersdg.defects.layers import Layers, wobble


@dataclass(frozen=True)
class Chip:
    """A scar ``length`` x ``breadth`` mm, ``depth`` mm deep, of ``gain`` times the ground's level, with ``ripples``.

    ``red``, ``green`` and ``blue`` below 0 keep the ground's own colour; else they are what lies bare (primer, say).
    ``rim`` is the level of its outline, ``rim_width`` mm wide (1 for none); ``mottle`` is how far facets differ in
    level.
    """

    length: float = 8.0
    breadth: float = 5.0
    depth: float = 0.6
    gain: float = 0.75
    red: float = -1.0
    green: float = -1.0
    blue: float = -1.0
    ripples: float = 4.0
    irregular: float = 0.3
    blur: float = 0.15
    rim: float = 1.0
    rim_width: float = 0.3
    mottle: float = 0.0

    def size(self) -> tuple[float, float]:
        """Return the patch it needs, mm."""
        room = 1.2 + 1.4 * self.irregular
        return self.length * room + 1, self.breadth * room + 1

    def finest(self) -> float:
        """Return the size of its facets, mm."""
        return max(self.breadth * 0.08, self.blur)

    def paint(self, layers: Layers, rng: np.random.Generator) -> None:
        """Paint a tilted shell: facets of noise, ripples about the point of impact."""
        radii, terms = [(self.length / 2, self.breadth / 2)], wobble(rng, 1, self.irregular, 8)
        cover, _ = layers.ovals([(0, 0)], radii, wobble=terms, soft=self.blur)
        hit = np.array([rng.uniform(-0.5, 0.5) * self.length, self.breadth * 0.5])
        away = portable.hypot(layers.s - hit[0], layers.t - hit[1]) / self.breadth
        facets = np.abs(layers.noise(rng, self.breadth * 0.4, octaves=2))
        shell = 0.6 + 0.35 * facets + 0.06 * portable.sin(2 * np.pi * self.ripples * away)
        bare = None if min(self.red, self.green, self.blue) < 0 else (self.red, self.green, self.blue)
        layers.lay(cover, gain=None if bare else self.gain, colour=bare, roughness=0.6)
        if self.mottle:
            tone = np.clip(1 + self.mottle * cover * (2 * facets - 1.5 + 0.5 * portable.sin(9 * away)), 0.2, 2)
            layers.gain *= tone
            layers.add *= tone[..., None]
        if self.rim != 1.0:
            border, _ = layers.ovals([(0, 0)], radii, wobble=terms, soft=self.rim_width)
            layers.lay(np.asarray(4 * border * (1 - border), np.float32), gain=self.rim)
        layers.lift(-self.depth * cover * shell)
