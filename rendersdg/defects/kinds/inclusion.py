"""Inclusions: dark spindles along the rolling direction, strung like beads, or broad frayed strands and trains."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rendersdg import portable
from rendersdg.defects.fraying import frayed
from rendersdg.defects.layers import Layers


@dataclass(frozen=True)
class Inclusion:
    """``grains`` spindles in a row ``length`` mm long, each ``grain`` x ``width`` mm,
    of ``gain`` times the ground's level.

    ``strands`` above 1 makes it a broad stain of that many parallel strands over ``breadth`` mm. ``blur`` is the edge.
    ``taper`` draws the ends of a spindle out into tails, ``uneven`` (0..1) gives strands places of their own, ``fray``
    (0..1) tears all of it into short streaks ``thread`` mm apart.
    """

    length: float = 69.0
    width: float = 6.0
    grain: float = 23.0
    grains: int = 3
    strands: int = 1
    breadth: float = 16.0
    gain: float = 0.86
    roughness: float = -1.0
    blur: float = 3.0
    taper: float = 0.0
    uneven: float = 0.0
    fray: float = 0.0
    thread: float = 3.0

    def size(self) -> tuple[float, float]:
        """Return the patch it needs, mm."""
        across = self.width * 2 + (self.breadth if self.strands > 1 else 0)
        return max(self.length, self.grain) * 1.3 + 2 * self.blur + 1, across * 1.4 + 2 * self.blur + 1

    def finest(self) -> float:
        """Return the breadth of a spindle, mm."""
        return max(self.width, self.blur)

    def paint(self, layers: Layers, rng: np.random.Generator) -> None:
        """Paint pointed spindles along a row, or strands side by side."""
        lines, halves, weights = [], [], []
        reach = max(self.length - self.grain, 0.0) / 2
        for strand in range(max(int(self.strands), 1)):
            beside = 0.0
            if self.strands > 1:
                beside = ((strand + 0.5) / self.strands - 0.5) * self.breadth + 0.2 * self.width * rng.standard_normal()
                if self.uneven:
                    beside += self.uneven * (rng.uniform(-0.5, 0.5) * self.breadth - beside)
            for _ in range(max(int(self.grains), 1)):
                middle = rng.uniform(-reach, reach) if self.grains > 1 else 0.0
                half = self.grain / 2 * rng.lognormal(0.0, 0.35 if self.grains > 1 or self.strands > 1 else 0.1)
                t = np.linspace(-1, 1, 13)
                drop = rng.uniform(-0.5, 0.5)  # where a lens becomes a drop
                swell = np.sqrt(np.clip(1 - t * t, 0, 1)) * (1 + drop * t)
                if self.taper:
                    swell = swell * portable.power(1 - 0.98 * np.abs(t), self.taper)
                drift = 0.1 * self.width * np.cumsum(rng.standard_normal(13)) * 0.5
                lines.append(np.stack([middle + t * half, beside + drift - drift.mean()], 1))
                halves.append(self.width / 2 * swell * rng.uniform(0.6, 1.1))
                weights.append(np.full(13, rng.uniform(0.6, 1.0)))
        cover, _ = layers.strokes(lines, halves, weight=weights, soft=self.blur)
        if self.fray:
            cover = frayed(cover, layers, rng, fray=self.fray, thread=self.thread, stretch=8.0, crumble=0.2)
        layers.lines.append(np.array([[-reach - self.grain / 2, 0.0], [reach + self.grain / 2, 0.0]]))
        layers.lay(cover, gain=self.gain, roughness=None if self.roughness < 0 else self.roughness)
