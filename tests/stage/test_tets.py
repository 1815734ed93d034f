"""Meshes of tetrahedra: the surface is what one of them alone has."""

from __future__ import annotations

import pytest

from rendersdg.errors import AssetError
from tests.stage.prims import agreement, mesh_of, volume

TWO = """point3f[] points = [(0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 1)]
int4[] tetVertexIndices = [(0, 1, 2, 3), (1, 4, 2, 3)]"""


def test_two_tetrahedra_have_six_faces_outside() -> None:
    mesh = mesh_of("TetMesh", TWO)

    assert len(mesh.triangles) == 6
    assert volume(mesh) == pytest.approx(1 / 6 + 1 / 3)
    assert agreement(mesh) > 0.999


def test_faces_that_are_stated_are_those() -> None:
    mesh = mesh_of("TetMesh", TWO + "\nint3[] surfaceFaceVertexIndices = [(0, 2, 1)]")

    assert len(mesh.triangles) == 1 and (mesh.normals == [0, 0, -1]).all()


def test_an_index_beyond_the_points_is_named() -> None:
    with pytest.raises(AssetError, match="reach from 0 to 9"):
        mesh_of("TetMesh", TWO.replace("(1, 4, 2, 3)", "(1, 9, 2, 3)"))
