"""A single pit: an irregular crater with a dark floor and bright specks on its rim."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rendersdg.defects.layers import Layers, wobble


@dataclass(frozen=True)
class Pit:
    """A crater ``diameter`` mm long and 1/``aspect`` as wide, ``depth`` mm deep;
    its floor reflects ``gain`` of the ground.

    ``irregular`` (0..1) makes the outline jagged; ``specks`` is how strongly grains of the floor glint.
    """

    diameter: float = 3.0
    aspect: float = 1.2
    depth: float = 0.3
    gain: float = 0.5
    roughness: float = 0.8
    irregular: float = 0.35
    specks: float = 0.4
    blur: float = 0.15

    def size(self) -> tuple[float, float]:
        """Return the patch it needs, mm."""
        room = self.diameter * (1.2 + 1.6 * self.irregular) + 2 * self.blur
        return room, room

    def finest(self) -> float:
        """Return the size of the grains of its floor, mm."""
        return max(self.diameter * 0.12, self.blur)

    def paint(self, layers: Layers, rng: np.random.Generator) -> None:
        """Paint the crater, then its specks."""
        a = self.diameter / 2
        cover, _ = layers.ovals(
            [(0, 0)], [(a, a / self.aspect)], wobble=wobble(rng, 1, self.irregular, 9), soft=self.blur
        )
        grain = layers.noise(rng, self.diameter * 0.12)
        layers.lay(cover, gain=self.gain, roughness=self.roughness)
        layers.lay(cover * np.clip(grain * self.specks - 0.4, 0, 1), gain=2.2, roughness=0.3)
        layers.lift(-self.depth * cover * (1 + 0.25 * grain))
