"""Blowholes: gas pores, dark with a darker core, sometimes a light rim."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rendersdg.defects.layers import Layers, wobble


@dataclass(frozen=True)
class Blowhole:
    """A pore ``length`` mm long and 1/``aspect`` as wide, ``depth`` mm deep; its wall reflects ``gain`` of the ground.

    ``core`` is the level of its bottom, ``rim`` that of the edge (1 for none).
    """

    length: float = 1.6
    aspect: float = 1.5
    depth: float = 0.6
    gain: float = 0.58
    core: float = 0.5
    rim: float = 1.1
    irregular: float = 0.2
    blur: float = 0.12

    def size(self) -> tuple[float, float]:
        """Return the patch it needs, mm."""
        room = self.length * (1.5 + 1.2 * self.irregular) + 4 * self.blur
        return room, room

    def finest(self) -> float:
        """Return its edge, mm."""
        return max(self.blur, self.length / 12)

    def paint(self, layers: Layers, rng: np.random.Generator) -> None:
        """Paint rim, wall and core."""
        a, b = self.length / 2, self.length / 2 / self.aspect
        terms = wobble(rng, 1, self.irregular, 4)
        cover, _ = layers.ovals([(0, 0)], [(a, b)], wobble=terms, soft=self.blur)
        outer, _ = layers.ovals([(0, 0)], [(a * 1.2, b * 1.2)], wobble=terms, soft=self.blur)
        shift = rng.uniform(-0.15, 0.15, 2) * [a, b]
        core, _ = layers.ovals([shift], [(a * 0.55, b * 0.55)], wobble=terms, soft=max(b * 0.5, self.blur))
        if self.rim != 1.0:
            layers.lay(outer * (1 - cover), gain=self.rim)
        layers.lay(cover, gain=self.gain, roughness=0.9)
        layers.lay(core, gain=self.core)
        layers.lift(-self.depth * (0.5 * cover + 0.5 * core))
