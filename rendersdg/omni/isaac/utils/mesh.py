"""``isaacsim.core.utils.mesh``: the vertices of meshes."""

from __future__ import annotations

import numpy as np
from pxr import UsdGeom

from rendersdg.arrays import F8
from rendersdg.geometry import transform_points
from rendersdg.omni.doors import PrimLike, prim_of
from rendersdg.omni.isaac.utils.transformations import get_relative_transform

__all__ = [
    "get_mesh_vertices_relative_to",
]


def get_mesh_vertices_relative_to(mesh_prim: PrimLike, coord_prim: PrimLike) -> F8:
    """Return the (N, 3) vertices of a mesh in the frame of another prim."""
    points = np.array(UsdGeom.Mesh(prim_of(mesh_prim)).GetPointsAttr().Get(), np.float64)
    return transform_points(get_relative_transform(mesh_prim, coord_prim), points)
