"""Cracks: one dark, kinked, branching line."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rendersdg.defects.layers import Layers, walk


@dataclass(frozen=True)
class Crack:
    """A crack ``length`` mm long, ``width`` mm wide at its widest, ``depth`` mm deep,
    reflecting ``gain`` of the ground.

    It turns by ``kink`` degrees every ``step`` mm, sends out ``branches`` side cracks, and narrows towards its ends.
    """

    length: float = 25.0
    width: float = 0.25
    depth: float = 0.1
    gain: float = 0.25
    kink: float = 14.0
    step: float = 1.0
    branches: int = 1
    blur: float = 0.08

    def size(self) -> tuple[float, float]:
        """Return the patch it needs, mm."""
        across = self.length * min(0.25 + self.kink / 90 + (0.3 if self.branches else 0), 1.0)
        return self.length * 1.1 + 2 * self.width + 1, across + 2 * self.width + 1

    def finest(self) -> float:
        """Return its width, mm."""
        return self.width

    def paint(self, layers: Layers, rng: np.random.Generator) -> None:
        """Paint the main crack and its branches."""
        kink = np.radians(self.kink)
        main = walk(rng, (-self.length / 2, 0.0), 0.0, self.length, self.step, kink)
        main[:, 1] -= main[:, 1].mean()
        lines, halves = [main], [self.width / 2 * _narrowing(rng, len(main), both=True)]
        for _ in range(int(self.branches)):
            at = int(rng.uniform(0.15, 0.8) * len(main))
            heading = rng.choice([-1, 1]) * rng.uniform(0.35, 1.0)
            branch = walk(rng, main[at], heading, self.length * rng.uniform(0.12, 0.35), self.step, kink)
            lines.append(branch)
            halves.append(halves[0][at] * 0.8 * _narrowing(rng, len(branch), both=False))
        layers.lines.append(main)
        cover, _ = layers.strokes(lines, halves, soft=self.blur)
        layers.lay(cover, gain=self.gain, roughness=0.9)
        layers.lift(-self.depth * cover)


def _narrowing(rng: np.random.Generator, count: int, *, both: bool) -> np.ndarray:
    """Return relative widths along a crack: uneven, and down to a fifth at its end (or both ends)."""
    x = np.linspace(-1, 1, count) if both else np.linspace(0, 1, count)
    return (1 - 0.8 * (np.abs(x) * x * x)) * np.clip(1 + 0.25 * rng.standard_normal(count), 0.4, 1.6)
