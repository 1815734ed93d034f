"""Patches: large dark blotches with rounded, notched outlines, or merged bars and drops that dissolve at the edge."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rendersdg import portable
from rendersdg.arrays import F4
from rendersdg.defects.layers import Layers, wobble


@dataclass(frozen=True)
class Patch:
    """A blotch ``length`` x ``breadth`` mm of ``gain`` times the ground's level, cloudy by ``mottle`` (relative).

    ``irregular`` bends the outline, ``notches`` bite pieces of ``notch`` mm out of it, ``holes`` pierce it, ``blur`` is
    the width of its edge, which ``ragged`` (0..1) breaks up into specks of about ``speck`` mm.

    ``lobes`` above 0 makes it that many bars or drops, merged along s, instead of a blotch: ``square`` (0..1) as they
    are rounded or straight, ``irregular`` as far as their outline strays. ``grit`` mm is how deep specks of the ground
    reach into it, and its own into the ground.
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
    lobes: int = 0
    square: float = 0.5
    grit: float = 0.0

    def size(self) -> tuple[float, float]:
        """Return the patch it needs, mm."""
        room = 1.15 + 0.9 * self.irregular
        rim = 2 * self.blur + 4 * self.grit
        return self.length * room + rim, self.breadth * room + rim

    def finest(self) -> float:
        """Return the width of its edge, mm."""
        return self.blur

    def paint(self, layers: Layers, rng: np.random.Generator) -> None:
        """Paint two merged ovals, or bars and drops, less their notches and holes; then clouds over all of it."""
        a, b = self.length / 2, self.breadth / 2
        cover = self._merged(layers, rng) if self.lobes else self._blotch(layers, rng)
        cover = self._bitten(cover, layers, rng)
        if self.ragged:
            cover = np.clip(cover + self.ragged * 2.5 * cover * (1 - cover) * self._specks(layers, rng), 0, 1)
        cloud = layers.noise(rng, max(min(a, b) * 0.5, 1.0), octaves=2)
        layers.lay(cover, gain=self.gain, roughness=None if self.roughness < 0 else self.roughness)
        layers.gain *= np.clip(1 + self.mottle * cloud * cover, 0.3, 2)

    def _specks(self, layers: Layers, rng: np.random.Generator) -> F4:
        """Return noise (H, W) of specks, none finer than a texel."""
        return layers.noise(rng, max(self.speck, layers.texel), octaves=2)

    def _blotch(self, layers: Layers, rng: np.random.Generator) -> F4:
        """Return the coverage of two merged ovals."""
        a, b = self.length / 2, self.breadth / 2
        side = rng.uniform(-0.35, 0.35, 2) * [a, b]
        cover, _ = layers.ovals(
            [side * 0.3, -side],
            [(a * 0.92, b * 0.92), (a * 0.7, b * 0.7)],
            turns=0.3 * rng.standard_normal(2),
            wobble=wobble(rng, 2, self.irregular, 6),
            soft=self.blur,
        )
        return cover

    def _merged(self, layers: Layers, rng: np.random.Generator) -> F4:
        """Return the coverage of bars and drops along s, by their distance from the outline."""
        count = int(self.lobes)
        half = self.length / 2 / (0.55 + 0.45 * count)  # they overlap by about half
        rounded = 2 + 6 * min(max(self.square, 0.0), 1.0)
        inside = np.full(layers.shape, -np.inf, np.float32)
        for k in range(count):
            middle = (k - (count - 1) / 2) * (self.length - 2 * half) / max(count - 1, 1)
            a = half * rng.uniform(0.75, 1.0)
            b = self.breadth / 2 * (rng.uniform(0.5, 1.0) if count > 1 else 0.95)
            beside, lean = rng.uniform(-1, 1) * (self.breadth / 2 - b), 0.15 * rng.standard_normal()
            s = np.abs(layers.s - middle) / a
            widening = np.clip(1 + rng.uniform(-0.6, 0.6) * (layers.s - middle) / a, 0.25, 1.6)
            t = np.abs(layers.t - beside - lean * (layers.s - middle)) / (b * widening)
            reach = portable.power(portable.power(s, rounded) + portable.power(t, rounded), 1 / rounded)
            inside = np.maximum(inside, (1 - reach) * np.float32(min(a, b)))
        bends = layers.noise(rng, max(0.55 * min(half, self.breadth / 2), 1.0), octaves=2)
        inside = inside + np.float32(0.2 * self.irregular * self.breadth / 2) * bends
        if self.grit:
            inside = inside + np.float32(self.grit) * self._specks(layers, rng)
        share = np.clip(inside / np.float32(max(self.blur, layers.texel)) + 0.5, 0, 1)
        return share * share * (3 - 2 * share)

    def _bitten(self, cover: F4, layers: Layers, rng: np.random.Generator) -> F4:
        """Return the coverage less its notches and holes."""
        a, b = self.length / 2, self.breadth / 2
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
        return cover
