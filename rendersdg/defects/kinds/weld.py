"""Weld imperfections, by their numbers in ISO 6520-1."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rendersdg.defects.layers import Layers, walk, wobble


@dataclass(frozen=True)
class Porosity:
    """Clustered porosity (2013): ``pores`` gas pores of about ``pore`` mm within ``length`` x ``breadth`` mm."""

    length: float = 10.0
    breadth: float = 4.0
    pores: int = 9
    pore: float = 0.7
    depth: float = 0.4
    gain: float = 0.3

    def size(self) -> tuple[float, float]:
        """Return the patch it needs, mm."""
        return self.length + 3 * self.pore, self.breadth + 3 * self.pore

    def finest(self) -> float:
        """Return the size of a pore's edge, mm."""
        return self.pore / 3

    def paint(self, layers: Layers, rng: np.random.Generator) -> None:
        """Paint the pores."""
        count = max(int(self.pores), 1)
        centres = rng.uniform(-0.5, 0.5, (count, 2)) * [self.length, self.breadth]
        radii = self.pore / 2 * rng.lognormal(0, 0.35, (count, 1)) * rng.uniform(0.8, 1.1, (count, 2))
        terms = wobble(rng, count, 0.1, 3)
        cover, part = layers.ovals(centres, radii, wobble=terms, soft=self.pore / 4)
        core, _ = layers.ovals(centres, radii * 0.6, wobble=terms, soft=self.pore / 3)
        layers.lay(cover, gain=self.gain, roughness=0.9, part=part)
        layers.lay(core, gain=0.5, part=part)
        layers.lift(-self.depth * (0.5 * cover + 0.5 * core))


@dataclass(frozen=True)
class Undercut:
    """Continuous undercut (5011): a groove ``length`` mm long, ``width`` mm wide, ``depth`` mm deep along the seam."""

    length: float = 25.0
    width: float = 1.0
    depth: float = 0.4
    gain: float = 0.6

    def size(self) -> tuple[float, float]:
        """Return the patch it needs, mm."""
        return self.length + 2 * self.width, 4 * self.width + 0.05 * self.length

    def finest(self) -> float:
        """Return a third of its width, mm."""
        return self.width / 3

    def paint(self, layers: Layers, rng: np.random.Generator) -> None:
        """Paint a groove that swells and narrows."""
        line = walk(rng, (-self.length / 2, 0.0), 0.0, self.length, self.width, 0.03, 0.5)
        line[:, 1] -= line[:, 1].mean()
        x = np.linspace(-1, 1, len(line))
        half = (
            self.width
            / 2
            * (1 - (x * x) * (x * x) * (x * x))
            * np.clip(1 + 0.2 * rng.standard_normal(len(line)), 0.5, 1.5)
        )
        cover, _ = layers.strokes([line], [half], soft=self.width / 2)
        layers.lines.append(line)
        layers.lay(cover, gain=self.gain)
        layers.lift(-self.depth * cover)


@dataclass(frozen=True)
class Spatter:
    """Spatter (602): ``drops`` solidified drops of about ``drop`` mm thrown over ``length`` x ``breadth`` mm."""

    length: float = 30.0
    breadth: float = 30.0
    drops: int = 14
    drop: float = 1.0
    height: float = 0.5
    gain: float = 1.15

    def size(self) -> tuple[float, float]:
        """Return the patch it needs, mm."""
        return self.length + 3 * self.drop, self.breadth + 3 * self.drop

    def finest(self) -> float:
        """Return a third of a drop, mm: the thrown ones differ, and the small ones are about as wide as that."""
        return self.drop / 3

    def paint(self, layers: Layers, rng: np.random.Generator) -> None:
        """Paint round drops, each a part of its own."""
        count = max(int(self.drops), 1)
        centres = rng.uniform(-0.5, 0.5, (count, 2)) * [self.length, self.breadth]
        half = self.drop / 2 * rng.lognormal(0, 0.4, count)
        radii = np.stack([half, half * rng.uniform(0.8, 1.0, count)], 1)
        cover, part = layers.ovals(centres, radii, soft=self.drop / 8)
        dome, _ = layers.ovals(centres, radii * 0.55, soft=self.drop)
        ring, around = layers.ovals(centres, radii * 1.25, soft=self.drop / 4)
        layers.lay(ring * (1 - cover) * 0.5, gain=0.6, part=around)
        layers.lay(cover, gain=self.gain, roughness=0.35, part=part)
        layers.lift(self.height * np.sqrt(np.clip(dome, 0, 1)) * cover)


@dataclass(frozen=True)
class BurnThrough:
    """Burn-through (510): the pool collapsed into a hole of ``diameter`` mm with a molten rim."""

    diameter: float = 5.0
    depth: float = 2.0
    rim: float = 0.4
    irregular: float = 0.2

    def size(self) -> tuple[float, float]:
        """Return the patch it needs, mm."""
        room = self.diameter * (1.8 + self.irregular)
        return room, room

    def finest(self) -> float:
        """Return the width of the rim, mm."""
        return self.diameter * 0.06

    def paint(self, layers: Layers, rng: np.random.Generator) -> None:
        """Paint a black hole and its raised rim."""
        a = self.diameter / 2
        terms = wobble(rng, 1, self.irregular, 5)
        hole, _ = layers.ovals([(0, 0)], [(a, a * 0.85)], wobble=terms, soft=self.diameter * 0.06)
        rim, _ = layers.ovals([(0, 0)], [(a * 1.35, a * 1.2)], wobble=terms, soft=self.diameter * 0.25)
        layers.lay(rim * (1 - hole), gain=0.7, roughness=0.4)
        layers.lay(hole, gain=0.0, colour=(0.002, 0.002, 0.002), roughness=0.95, metallic=0.0)
        layers.lift(self.rim * rim * (1 - hole) - self.depth * hole)


@dataclass(frozen=True)
class CraterCrack:
    """Crater crack (104): ``arms`` cracks of about ``length`` mm that star out from where the seam ended."""

    length: float = 5.0
    width: float = 0.2
    arms: int = 4
    depth: float = 0.3
    gain: float = 0.2

    def size(self) -> tuple[float, float]:
        """Return the patch it needs, mm."""
        room = 2.4 * self.length + 1
        return room, room

    def finest(self) -> float:
        """Return the cracks' width, mm."""
        return self.width

    def paint(self, layers: Layers, rng: np.random.Generator) -> None:
        """Paint the star."""
        count = max(int(self.arms), 2)
        first = rng.uniform(0, 2 * np.pi)
        lines, halves = [], []
        for k in range(count):
            heading = first + 2 * np.pi * (k + rng.uniform(-0.2, 0.2)) / count
            arm = walk(rng, (0.0, 0.0), heading, self.length * rng.uniform(0.6, 1.0), self.length / 12, 0.25)
            lines.append(arm)
            halves.append(self.width / 2 * (1 - 0.75 * np.linspace(0, 1, len(arm))))
        cover, _ = layers.strokes(lines, halves, soft=self.width / 2)
        layers.lines.append(lines[0])
        layers.lay(cover, gain=self.gain, roughness=0.9)
        layers.lift(-self.depth * cover)
