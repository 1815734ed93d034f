"""Subdivision surfaces tend to their known limits."""

from __future__ import annotations

import numpy as np
from pxr import Usd, UsdGeom

from rendersdg.errors import Report
from rendersdg.stage.meshes import read_parts


def test_catmull_clark_of_a_cube_tends_to_its_known_limit() -> None:
    stage = Usd.Stage.CreateInMemory()
    mesh = UsdGeom.Mesh.Define(stage, "/m")
    corners = [(x, y, z) for z in (-1, 1) for y in (-1, 1) for x in (-1, 1)]
    mesh.CreatePointsAttr(corners)
    mesh.CreateFaceVertexCountsAttr([4] * 6)
    mesh.CreateFaceVertexIndicesAttr([0, 2, 3, 1, 4, 5, 7, 6, 0, 1, 5, 4, 2, 6, 7, 3, 0, 4, 6, 2, 1, 3, 7, 5])

    (part,) = read_parts(mesh.GetPrim(), Usd.TimeCode.Default(), Report())

    radius = np.linalg.norm(part.mesh.vertices, axis=1)
    # one step moves a corner of the unit cube to 5/9 of its place (face, edge and old point with n = 3)
    assert len(part.mesh.triangles) == 6 * 16 * 2
    assert radius.min() > 0.85 and radius.max() < 1.05
