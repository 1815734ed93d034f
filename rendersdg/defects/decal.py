"""Decals: a defect painted from images, as Replicator's projected materials are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rendersdg.arrays import F4
from rendersdg.defects.layers import Layers
from rendersdg.kernels.resampling import scaled


@dataclass(frozen=True, eq=False)
class Decal:
    """Images stretched over ``length`` x ``breadth`` mm, linear, row 0 at the top.

    ``diffuse`` (H, W, 4) covers the surface by its alpha, which cuts the others too; ``normal`` (H, W, 4) is
    tangent-space, 0..1, +Y up; ``roughness`` and ``metallic`` (H, W, 4) count by their red channel.
    None where there is none.
    """

    length: float
    breadth: float
    diffuse: F4 | None = None
    normal: F4 | None = None
    roughness: F4 | None = None
    metallic: F4 | None = None

    def size(self) -> tuple[float, float]:
        """Return the patch it needs, mm."""
        return self.length, self.breadth

    def finest(self) -> float:
        """Return the size of a pixel of its images, mm."""
        sides = [max(i.shape[:2]) for i in (self.diffuse, self.normal, self.roughness, self.metallic) if i is not None]
        return max(self.length, self.breadth) / max(sides, default=64) * 2

    def paint(self, layers: Layers, rng: np.random.Generator) -> None:
        """Lay the images over the surface."""
        diffuse = self._fitted(self.diffuse, layers)
        cover = diffuse[..., 3] if diffuse is not None else np.ones(layers.shape, np.float32)
        if diffuse is not None:
            layers.lay(cover, gain=0.0)
            layers.add += cover[..., None] * diffuse[..., :3]
        for image, gain, add in (
            (self.roughness, layers.rough_gain, layers.rough_add),
            (self.metallic, layers.metal_gain, layers.metal_add),
        ):
            fitted = self._fitted(image, layers)
            if fitted is not None:
                gain *= 1 - cover
                add *= 1 - cover
                add += cover * fitted[..., 0]
        normal = self._fitted(self.normal, layers)
        if normal is not None:
            bend = normal[..., :3] * 2 - 1
            weight = np.minimum(cover, normal[..., 3]) / np.maximum(bend[..., 2], 0.1)
            layers.slopes += np.stack([-bend[..., 0] * weight, -bend[..., 1] * weight], -1)
        layers.claim(cover)

    def _fitted(self, image: F4 | None, layers: Layers) -> F4 | None:
        """Return an image at the patch's texels; rows of a patch run up, those of an image down."""
        if image is None:
            return None
        height, width = layers.shape
        return scaled(image[::-1], (width, height))
