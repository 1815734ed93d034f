"""Burrs: a raised, torn ridge of metal, bright on one side and dark on the other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rendersdg.defects.layers import Layers, walk


@dataclass(frozen=True)
class Burr:
    """A ridge ``length`` mm long, ``width`` mm wide and ``height`` mm high, torn into teeth of about ``tooth`` mm."""

    length: float = 10.0
    width: float = 0.6
    height: float = 0.3
    tooth: float = 0.8
    gain: float = 1.3
    roughness: float = 0.3
    blur: float = 0.15

    def size(self) -> tuple[float, float]:
        """Return the patch it needs, mm."""
        return self.length + 2 * self.width + 1, 4 * self.width + 2 + 0.15 * self.length

    def finest(self) -> float:
        """Return the size of a tooth, mm."""
        return min(self.width, self.tooth) * 0.6

    def paint(self, layers: Layers, rng: np.random.Generator) -> None:
        """Paint the ridge with uneven teeth."""
        line = walk(rng, (-self.length / 2, 0.0), 0.0, self.length, self.tooth / 2, 0.12, 0.4)
        line[:, 1] -= line[:, 1].mean()
        teeth = np.clip(0.6 + 0.5 * rng.standard_normal(len(line)), 0.15, 1.5)
        cover, _ = layers.strokes([line], [self.width / 2 * np.clip(teeth, 0.4, 1.2)], soft=self.blur)
        crest, _ = layers.strokes([line], 0.0, weight=[np.clip(teeth, 0, 1)], soft=self.width)
        layers.lines.append(line)
        layers.lay(cover, gain=self.gain, roughness=self.roughness)
        layers.lift(self.height * crest * cover)
