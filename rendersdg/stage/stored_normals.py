"""Normals that a file brings: whether they belong to its faces, point into the body, or have nothing to do with it."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

from rendersdg import portable
from rendersdg.arrays import F8, I8

Verdict = Literal["right", "inward", "astray"]
_ALONG = 0.5  # cosine between a normal and its face's, from which on it lies along: 60 degrees
_LOOKED_AT = 20_000  # triangles, evenly over the mesh: enough to tell, and it costs milliseconds
_OPEN = 1e-3  # of the area: by how much the areas of a closed surface, as vectors, may fail to cancel out
_FLAT = 1e-4  # of the area to the power 1.5: a body of less volume has no inside


def judged(points: F8, triangles: I8, normals: F8, corners: I8) -> Verdict:
    """Return what stored normals are worth.

    ``astray``: less than half of them, by area, lie along their faces, or against them, as files have it whose normals
    are for other points. Rounded edges lead few so far away. ``inward``: most lie against the faces of a closed body
    whose faces are wound outwards. Of a surface that is open, or wound inwards, nothing tells which of the two is
    wrong: normals are ``right`` then.

    Args:
        points: (V, 3).
        triangles: (T, 3) into ``points``.
        normals: (C, 3) of unit length.
        corners: (T, 3) into ``normals``.
    """
    step = max(len(triangles) // _LOOKED_AT, 1)
    sides = _sides(points[triangles[::step]])
    area = portable.norm(sides, axis=1)
    whole = float(area.sum())
    if not np.isfinite(whole) or whole <= 0:
        return "right"
    cosines = (normals[corners[::step]] * (sides / np.maximum(area, 1e-300)[:, None])[:, None]).sum(2)
    along, against = (float((area[:, None] * (side * cosines > _ALONG)).sum()) / (3 * whole) for side in (1.0, -1.0))
    if max(along, against) < 0.5 and along + against < 0.6:  # of random directions it is a quarter each
        return "astray"
    if against >= 0.5 and _is_wound_outwards(points[triangles]):
        return "inward"
    return "right"


def _sides(points: F8) -> F8:
    """Return the normals (T, 3) of triangles with corners ``points`` (T, 3, 3), twice their area long."""
    return np.cross(points[:, 1] - points[:, 0], points[:, 2] - points[:, 0])


def _is_wound_outwards(points: F8) -> bool:
    """Return whether triangles enclose a body and are wound counter-clockwise as seen from outside."""
    sides = _sides(points)
    area = float(portable.norm(sides, axis=1).sum())
    if float(portable.norm(sides.sum(0), axis=0)) > _OPEN * area:
        return False
    from_middle = points[:, 0] - points.reshape(-1, 3).mean(0)
    volume = float((from_middle * sides).sum()) / 6
    return volume > _FLAT * area * math.sqrt(area)
