"""``isaacsim.core.utils.math``: vectors and angles."""

from __future__ import annotations

import numpy as np

from rendersdg import portable
from rendersdg.arrays import F8
from rendersdg.omni.doors import VectorLike, numbers

__all__ = [
    "cross",
    "degrees_to_radians",
    "normalize",
    "normalized",
    "radians_to_degrees",
]


def cross(a: VectorLike, b: VectorLike) -> F8:
    """Return the cross product of two vectors."""
    return np.asarray(np.cross(np.asarray(a), np.asarray(b)))


def normalize(v: VectorLike) -> F8:
    """Return a vector of length 1."""
    return np.asarray(numbers(v) / portable.norm(np.asarray(v)))


normalized = normalize
radians_to_degrees, degrees_to_radians = np.degrees, np.radians
