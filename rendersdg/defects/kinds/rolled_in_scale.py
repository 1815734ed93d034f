"""Rolled-in scale: a cluster of small dark flecks pressed into the surface, with a lighter lip."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rendersdg import portable
from rendersdg.defects.layers import Layers, wobble


@dataclass(frozen=True)
class RolledInScale:
    """A cluster ``length`` x ``breadth`` mm of ``density`` flecks a square mm, ``fleck`` x ``fleck / aspect`` mm each.

    ``gain`` is the level of a fleck, ``lip`` that of the light rim below it, ``depth`` how far it is pressed in.
    ``clump`` mm above 0 gathers them in clumps of about that size; ``tails`` (0..1) is the share of flecks with a
    smaller one at their end, leaning, as commas and torn dashes have it.
    """

    length: float = 68.0
    breadth: float = 71.0
    density: float = 0.003
    fleck: float = 7.0
    aspect: float = 1.9
    gain: float = 0.8
    lip: float = 1.1
    depth: float = 0.0
    spread: float = 0.45
    blur: float = 1.4
    clump: float = 0.0
    tails: float = 0.0

    def size(self) -> tuple[float, float]:
        """Return the patch it needs, mm."""
        return self.length + 2 * self.fleck, self.breadth + 2 * self.fleck

    def finest(self) -> float:
        """Return the height of a fleck, mm."""
        return self.fleck / self.aspect

    def paint(self, layers: Layers, rng: np.random.Generator) -> None:
        """Paint lips, then the flecks over them; denser in the middle of the cluster."""
        count = max(int(rng.poisson(self.density * self.length * self.breadth * np.pi / 4)), 3)
        angle, radius = rng.uniform(-np.pi, np.pi, count), portable.power(rng.random(count), 0.6)
        centres = (
            np.stack([portable.cos(angle) * self.length / 2, portable.sin(angle) * self.breadth / 2], 1)
            * radius[:, None]
        )
        if self.clump:
            homes = centres[: max(count // 7, 1)]
            centres = homes[rng.integers(len(homes), size=count)]
            centres = centres + self.clump / 2 * rng.standard_normal((count, 2)) * [1.0, 0.7]
        half = self.fleck / 2 * portable.exp(self.spread * rng.standard_normal(count))
        radii = np.stack(
            [half, np.minimum(half, self.fleck / self.aspect / 2 * portable.exp(0.3 * rng.standard_normal(count)))], 1
        )
        turns, terms = 0.3 * rng.standard_normal(count), wobble(rng, count, 0.35, 4)
        strong = rng.uniform(0.6, 1, count)
        if self.tails:
            tail = rng.random(count) < self.tails
            side = rng.choice([-1.0, 1.0], count)[:, None] * np.stack([0.8 * radii[:, 0], 0.5 * radii[:, 1]], 1)
            centres = np.concatenate([centres, (centres + side * rng.uniform(0.7, 1.2, (count, 2)))[tail]])
            turns = np.concatenate([turns, (turns + rng.uniform(-0.8, 0.8, count))[tail]])
            radii = np.concatenate([radii, (radii * rng.uniform(0.4, 0.8, (count, 2)))[tail]])
            terms, strong = np.concatenate([terms, terms[tail][:, ::-1]]), np.concatenate([strong, strong[tail]])
        below = rng.choice([-1.0, 1.0]) * radii[:, 1] * 0.8
        lips, _ = layers.ovals(
            centres + np.stack([0 * below, below], 1), radii, turns=turns, wobble=terms, soft=self.blur, weight=strong
        )
        cover, _ = layers.ovals(centres, radii, turns=turns, wobble=terms, soft=self.blur, weight=strong)
        layers.lay(lips * (1 - cover), gain=self.lip)
        layers.lay(cover, gain=self.gain)
        if self.depth:
            layers.lift(-self.depth * cover)
