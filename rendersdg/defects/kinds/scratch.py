"""Scratches: single or parallel lines, beaded, broken, frayed, tapering, branching, with raised lips."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rendersdg import portable
from rendersdg.arrays import F8
from rendersdg.defects.fraying import frayed
from rendersdg.defects.layers import Layers


@dataclass(frozen=True)
class Scratch:
    """A scratch of ``length`` x ``width`` mm, ``depth`` mm deep, its reflectance ``gain`` times the ground's.

    ``strands`` parallel ridges lie ``spacing`` mm apart; ``bow`` bends the line (sagitta over length), ``wander`` lets
    it waver (mm), ``beading`` (0..1) breaks its brightness into beads ``bead`` mm long, ``taper`` is the share of the
    length over which an end fades, ``branches`` leave it at small angles, ``ticks`` cross it.
    ``blur`` is the width of its edge. ``uneven`` (0..1) gives strands places, ends, widths and brightness of their own,
    ``breaks`` (0..1) is the share of the length that is missing between dashes, ``fray`` (0..1) tears the scratch into
    threads ``thread`` mm apart.
    """

    length: float = 20.0
    width: float = 0.3
    depth: float = 0.01
    gain: float = 1.8
    roughness: float = -1.0
    strands: int = 1
    spacing: float = 1.0
    bow: float = 0.01
    wander: float = 0.1
    beading: float = 0.4
    bead: float = 2.0
    taper: float = 0.15
    branches: int = 0
    ticks: int = 0
    blur: float = 0.1
    uneven: float = 0.0
    breaks: float = 0.0
    fray: float = 0.0
    thread: float = 1.5

    def size(self) -> tuple[float, float]:
        """Return the patch it needs, mm."""
        across = self.strands * self.spacing + self.width + 2 * self.blur + 4 * self.wander
        across += (0.6 * self.width if self.uneven else 0) + self.fray * self.width
        across += 2 * abs(self.bow) * self.length + (0.5 * self.length if self.branches else 0)
        return self.length + 2 * self.width + 2 * self.blur, across + (2.5 * self.spacing if self.ticks else 0) + 0.5

    def finest(self) -> float:
        """Return its width, mm."""
        return self.width

    def paint(self, layers: Layers, rng: np.random.Generator) -> None:
        """Paint the strands, then branches and ticks."""
        count = max(int(self.length / max(self.bead, self.length / 400) * 4), 16)
        x = np.linspace(-0.5, 0.5, count)
        line = self.bow * self.length * (4 * x * x - 1 / 3) + self.wander * _smooth(rng, count, 6)
        fade = portable.power(np.clip((0.5 - np.abs(x)) / max(self.taper, 1e-3), 0, 1), 0.7)
        lines, halves, weights = [], [], []
        for k in range(max(int(self.strands), 1)):
            offset = (k - (self.strands - 1) / 2) * self.spacing * (1 + 0.15 * rng.standard_normal())
            beads = np.clip(
                1 - self.beading * np.abs(_smooth(rng, count, max(int(self.length / self.bead), 2))), 0.0, 1
            )
            lines.append(np.stack([x * self.length, line + offset + 0.2 * self.wander * _smooth(rng, count, 12)], 1))
            halves.append(self.width / 2 * np.clip(0.55 + 0.45 * beads, 0.4, 1) * (0.4 + 0.6 * fade))
            weights.append(fade * beads * (1 if k == 0 else rng.uniform(0.6, 1)))
            if self.uneven:
                lines[-1][:, 1] += self._moved(rng, offset)
                own, thick = self._own(rng, x)
                halves[-1] *= thick
                weights[-1] *= own
            if self.breaks:
                weights[-1] *= self._dashes(rng, count)
        layers.lines.append(lines[0])
        for _ in range(int(self.branches)):
            at = int(rng.uniform(0.2, 0.8) * count)
            reach = self.length * rng.uniform(0.15, 0.4)
            angle = rng.choice([-1, 1]) * rng.uniform(0.1, 0.5)
            t = np.linspace(0, 1, 12)
            start = lines[0][at]
            lines.append(
                np.stack([start[0] + t * reach * portable.cos(angle), start[1] + t * reach * portable.sin(angle)], 1)
            )
            halves.append(self.width / 2 * (1 - 0.6 * t))
            weights.append(weights[0][at] * portable.power(1 - t, 0.7))
        for _ in range(int(self.ticks)):
            at = int(rng.uniform(0.05, 0.95) * count)
            half = self.spacing * rng.uniform(0.5, 1.2)
            lean = rng.uniform(-0.5, 0.5) * half
            middle = lines[0][at]
            lines.append(np.array([middle - [lean, half], middle + [lean, half]]))
            halves.append(np.full(2, self.width / 3))
            weights.append(np.full(2, 0.6 * fade[at]))
        cover, _ = layers.strokes(lines, halves, weight=weights, soft=max(self.blur, 0.8 * self.fray * self.width))
        if self.fray:
            cover = frayed(cover, layers, rng, fray=self.fray, thread=self.thread, stretch=14.0, crumble=0.35)
        layers.lay(cover, gain=self.gain, roughness=None if self.roughness < 0 else self.roughness)
        if self.depth:
            lips, _ = layers.strokes(
                lines, [h * 1.8 for h in halves], weight=weights, soft=max(self.blur, self.width / 2)
            )
            layers.lift(self.depth * (0.35 * lips - 1.35 * cover))

    def _moved(self, rng: np.random.Generator, offset: float) -> float:
        """Return by how much a strand leaves its even place for one of its own, mm."""
        return self.uneven * (rng.uniform(-0.5, 0.5) * self.strands * self.spacing - offset)

    def _own(self, rng: np.random.Generator, x: F8) -> tuple[F8, float]:
        """Return the brightness of one strand along its length, between ends of its own, and how wide it is."""
        start, end = (self.uneven * rng.uniform(0, 0.6) * rng.random() for _ in range(2))
        soft = max(self.taper, 0.02)
        inside = np.clip((x + 0.5 - start) / soft, 0, 1) * np.clip((0.5 - end - x) / soft, 0, 1)
        strength = 1 - self.uneven * rng.uniform(0, 0.75)
        thick = 1 - self.uneven + self.uneven * min(rng.lognormal(-0.2, 0.5), 1.6)
        return inside * strength, thick

    def _dashes(self, rng: np.random.Generator, count: int) -> F8:
        """Return where a strand is there along its length, 0 to 1, of all but about ``breaks`` of it."""
        knots = max(int(self.length / max(3 * self.bead, self.length / 60)), 3)
        waves = _smooth(rng, count, knots) + 0.5 * _smooth(rng, count, 3 * knots)
        limit = float(np.quantile(waves, min(max(self.breaks, 0.0), 1.0)))
        return np.clip((waves - limit) / 0.35 + 0.5, 0, 1)


def _smooth(rng: np.random.Generator, count: int, knots: int) -> np.ndarray:
    """Return ``count`` samples of smooth noise with about ``knots`` free points along the line."""
    values = rng.standard_normal(knots + 3)
    at = np.linspace(1, knots + 1, count)
    k = np.minimum(at.astype(int), knots)
    f = at - k
    f = f * f * (3 - 2 * f)
    return values[k] * (1 - f) + values[k + 1] * f
