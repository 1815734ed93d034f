"""Uneven grinding: a band a little brighter or more deeply lined, one border straight, the other side fading out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rendersdg import portable
from rendersdg.arrays import F4
from rendersdg.defects.layers import Layers, tailed

_TAIL = 0.7  # of the logarithm of a line's level: the higher, the fewer and brighter the light ones


@dataclass(frozen=True)
class Uneven:
    """A band ``length`` x ``breadth`` mm, ``gain`` times the ground's level at its straight border,
    fading over ``fade``.

    ``fade`` is a share of the breadth; ``step`` mm is how far the grinding steps at the border. ``lines`` is the
    relative deviation of grinding lines across the band, ``line`` mm apart and ``line_length`` mm long, more dark ones
    than light. The band leaves s by ``slant`` degrees, its lines and ends do not; ``ragged`` mm is how far the border
    strays.
    """

    length: float = 40.0
    breadth: float = 16.0
    gain: float = 1.1
    fade: float = 0.6
    step: float = 0.002
    blur: float = 0.4
    lines: float = 0.0
    line: float = 0.3
    line_length: float = 15.0
    slant: float = 0.0
    ragged: float = 0.0

    def size(self) -> tuple[float, float]:
        """Return the patch it needs, mm."""
        rise = self.length * abs(portable.sin(np.radians(self.slant)) / portable.cos(np.radians(self.slant)))
        return self.length + 2 * self.blur, self.breadth + rise + 2 * self.blur + 6 * self.ragged

    def finest(self) -> float:
        """Return the width of its border or, with lines, that of a line, mm."""
        return max(min(self.blur, self.line / 2) if self.lines > 0 else self.blur, 0.05)

    def paint(self, layers: Layers, rng: np.random.Generator) -> None:
        """Paint the band: sharp at -breadth / 2, fading towards the other side."""
        t = layers.t
        if self.slant:
            t = t - layers.s * np.float32(portable.sin(np.radians(self.slant)) / portable.cos(np.radians(self.slant)))
        if self.ragged:
            t = t + np.float32(self.ragged) * layers.noise(rng, self.length / 6, octaves=4)[:1]
        x = (t + self.breadth / 2) / self.breadth
        rise = np.clip(x * self.breadth / self.blur + 0.5, 0, 1)
        fall = np.clip((1 - x) / max(self.fade, 1e-3), 0, 1)
        ends = np.clip((self.length / 2 - np.abs(layers.s)) / self.blur + 0.5, 0, 1)
        cover = np.asarray(rise * fall * ends, np.float32)
        layers.lay(cover, gain=self.gain)
        if self.lines > 0:
            layers.gain *= 1 + cover * np.float32(self.lines) * self._streaks(layers, rng)
        layers.lift(self.step * cover)

    def _streaks(self, layers: Layers, rng: np.random.Generator) -> F4:
        """Return lines (H, W) along t about 0 with deviation near 1; light ones stand out further than dark ones."""
        apart, long = max(self.line, layers.texel), max(self.line_length, layers.texel)
        lines = layers.noise(rng, long, stretch=apart / long, octaves=2)
        return np.clip(tailed(lines, _TAIL), -1 / self.lines, 6)
