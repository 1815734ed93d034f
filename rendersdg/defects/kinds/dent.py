"""Dents and bumps: a smooth hollow or rise, seen by how it bends the light."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from rendersdg import portable
from rendersdg.arrays import F4
from rendersdg.defects.layers import Layers, wobble


@dataclass(frozen=True)
class Dent:
    """A hollow ``diameter`` mm long, ``depth`` mm deep, ``aspect`` times as long as wide.

    ``flatness`` 0 is a round bowl, towards 1 a flat floor with steep walls; ``irregular`` (0..1) bends the outline.
    """

    diameter: float = 12.0
    depth: float = 0.6
    aspect: float = 1.2
    flatness: float = 0.2
    irregular: float = 0.1
    MASK: ClassVar[str] = "whole"  # its floor shows no change of light, and belongs to it all the same

    def size(self) -> tuple[float, float]:
        """Return the patch it needs, mm."""
        room = 1.0 + 1.5 * self.irregular
        return self.diameter * room + 1, self.diameter * room + 1

    def finest(self) -> float:
        """Return the size of its wall, mm."""
        return self.diameter * 0.1

    def paint(self, layers: Layers, rng: np.random.Generator) -> None:
        """Lower the surface: (1 - rho^2)^2 over a wobbling outline, steeper where it is flat-floored."""
        shape, inside = _profile(self, layers, rng)
        layers.lift(-self.depth * shape, inside)


def _profile(dent: Dent, layers: Layers, rng: np.random.Generator) -> tuple[F4, F4]:
    """Return the depth (1 in the middle, 0 outside) and where it is not 0."""
    a, b = dent.diameter / 2, dent.diameter / 2 / max(dent.aspect, 1e-3)
    terms = wobble(rng, 1, dent.irregular, 3)[0]
    angle = portable.arctan2(layers.t / b, layers.s / a)
    outline = np.ones_like(angle)
    for k in range(3):
        outline += (terms[2 * k] * portable.cos((k + 1) * angle) + terms[2 * k + 1] * portable.sin((k + 1) * angle)) / (
            k + 1
        )
    rho = portable.hypot(layers.s / a, layers.t / b) / np.maximum(outline, 0.3)
    power = 2.0 + 6.0 * dent.flatness
    shape = np.clip(1 - portable.power(np.clip(rho, 0, 1), power), 0, 1) ** 2
    return np.asarray(shape, np.float32), (rho < 1).astype(np.float32)


@dataclass(frozen=True)
class Bump(Dent):
    """A rise ``diameter`` mm long, ``depth`` mm high, ``aspect`` times as long as wide."""

    def paint(self, layers: Layers, rng: np.random.Generator) -> None:
        """Raise the surface."""
        shape, inside = _profile(self, layers, rng)
        layers.lift(self.depth * shape, inside)
