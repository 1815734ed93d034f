"""NURBS patches: planes, cylinders and what does not fit."""

from __future__ import annotations

import numpy as np
import pytest

from rendersdg.errors import AssetError
from tests.stage.prims import agreement, mesh_of

FLAT = """int uVertexCount = 4
int vVertexCount = 2
int uOrder = 4
int vOrder = 2
double[] uKnots = [0, 0, 0, 0, 1, 1, 1, 1]
double[] vKnots = [0, 0, 1, 1]
point3f[] points = [(0, 0, 0), (1, 0, 0), (2, 0, 0), (3, 0, 0), (0, 5, 0), (1, 5, 0), (2, 5, 0), (3, 5, 0)]"""


def test_a_flat_patch_is_a_rectangle_that_looks_by_u_and_v() -> None:
    mesh = mesh_of("NurbsPatch", FLAT)

    assert (mesh.vertices.min(0) == [0, 0, 0]).all() and (mesh.vertices.max(0) == [3, 5, 0]).all()
    assert np.allclose(mesh.normals, [0, 0, 1]) and agreement(mesh) > 0.999
    assert np.allclose(mesh.uvs, mesh.vertices[:, :2] / [3, 5], atol=1e-6)


def test_one_for_left_hands_looks_the_other_way() -> None:
    mesh = mesh_of("NurbsPatch", FLAT + '\nuniform token orientation = "leftHanded"')

    assert np.allclose(mesh.normals, [0, 0, -1]) and agreement(mesh) > 0.999


def test_weights_make_a_cylinder() -> None:
    root = float(np.sqrt(0.5))
    ring = [(1, 0), (1, 1), (0, 1)]
    mesh = mesh_of(
        "NurbsPatch",
        f"""int uVertexCount = 3
int vVertexCount = 2
int uOrder = 3
int vOrder = 2
double[] uKnots = [0, 0, 0, 1, 1, 1]
double[] vKnots = [0, 0, 1, 1]
point3f[] points = {[(x, y, z) for z in (0, 2) for x, y in ring]}
double[] pointWeights = {[1, root, 1] * 2}""",
    )

    assert np.linalg.norm(mesh.vertices[:, :2], axis=1) == pytest.approx(1, abs=1e-6)
    assert (np.abs(mesh.normals[:, :2] - mesh.vertices[:, :2]).max()) < 0.05


@pytest.mark.parametrize("wrong", ["int uOrder = 9", "double[] uKnots = [0, 1]", "int vVertexCount = 3"])
def test_what_does_not_fit_is_named(wrong: str) -> None:
    name = wrong.split(" = ")[0]
    body = "\n".join(wrong if line.startswith(name) else line for line in FLAT.splitlines())
    with pytest.raises(AssetError, match=r"/a: .*(needed|order)"):
        mesh_of("NurbsPatch", body)
