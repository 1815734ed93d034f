"""Uneven grinding: a band a little brighter, one border straight, the other side fading out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rendersdg.defects.layers import Layers


@dataclass(frozen=True)
class Uneven:
    """A band ``length`` x ``breadth`` mm, ``gain`` times the ground's level at its straight border,
    fading over ``fade``.

    ``fade`` is a share of the breadth; ``step`` mm is how far the grinding steps at the border.
    """

    length: float = 40.0
    breadth: float = 16.0
    gain: float = 1.1
    fade: float = 0.6
    step: float = 0.002
    blur: float = 0.4

    def size(self) -> tuple[float, float]:
        """Return the patch it needs, mm."""
        return self.length + 2 * self.blur, self.breadth + 2 * self.blur

    def finest(self) -> float:
        """Return the width of its border, mm."""
        return max(self.blur, 0.05)

    def paint(self, layers: Layers, rng: np.random.Generator) -> None:
        """Paint the band: sharp at -breadth / 2, fading towards the other side."""
        x = (layers.t + self.breadth / 2) / self.breadth
        rise = np.clip(x * self.breadth / self.blur + 0.5, 0, 1)
        fall = np.clip((1 - x) / max(self.fade, 1e-3), 0, 1)
        ends = np.clip((self.length / 2 - np.abs(layers.s)) / self.blur + 0.5, 0, 1)
        cover = np.asarray(rise * fall * ends, np.float32)
        layers.lay(cover, gain=self.gain)
        layers.lift(self.step * cover)
