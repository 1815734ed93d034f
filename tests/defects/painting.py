"""Painting one defect onto its patch, and reading sizes off it."""

from __future__ import annotations

import numpy as np

from rendersdg.defects import Kind
from rendersdg.defects.layers import Layers


def painted(kind: Kind, seed: int = 5, texels: int = 400) -> Layers:
    """Return the patch of a defect, ``texels`` along its longer side."""
    layers = Layers(kind.size(), max(kind.size()) / texels)
    kind.paint(layers, np.random.default_rng(seed))
    return layers


def middle(image: np.ndarray) -> np.ndarray:
    """Return the texel in the middle of a patch."""
    return image[image.shape[0] // 2, image.shape[1] // 2]


def extent(layers: Layers, mask: np.ndarray) -> tuple[float, float]:
    """Return how far a mask reaches along s and along t, millimetres."""
    rows, columns = np.nonzero(mask)
    return (np.ptp(columns) + 1) * layers.texel, (np.ptp(rows) + 1) * layers.texel


def area(layers: Layers, mask: np.ndarray) -> float:
    """Return the area of a mask, square millimetres."""
    return float(np.sum(mask)) * layers.texel**2
