"""What of the instances shadow maps, rays to lights and beams of sensors have to know alike."""

from __future__ import annotations

import numpy as np

from rendersdg import portable
from rendersdg.arrays import F8, I8, Mask
from rendersdg.snapshot import Paints


def lets_through(paints: Paints, material: I8) -> Mask:
    """Return which instances (N,), of the given materials, let light through."""
    kinds = np.array([m.opacity <= 0 or m.through.is_any for m in paints.kinds], bool)
    return np.asarray(kinds[paints.kind[material]])


def world_corners(corners: F8, worlds: F8) -> F8:
    """Return the corners of the instances' boxes (N, 8, 3) in the world, by their world_from_mesh (N, 4, 4)."""
    return np.asarray(portable.product(corners, worlds[:, :3, :3].transpose(0, 2, 1)) + worlds[:, None, :3, 3])


def are_around(corners: F8, place: F8) -> Mask:
    """Return in which boxes (N, 8, 3) a place (3,) of the world lies: what glows about a lamp is its glass, and throws
    no shadow of it.
    """
    return np.asarray((corners.min(1) <= place).all(1) & (corners.max(1) >= place).all(1))


def are_bodies(closed: Mask, worlds: F8) -> Mask:
    """Return which instances (N,) are closed and not mirrored."""
    return np.asarray(closed & (portable.determinant(worlds[:, :3, :3]) > 0))
