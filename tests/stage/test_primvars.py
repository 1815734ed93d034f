"""Colours, opacities and coordinates of meshes: by every interpolation, with indices, from above, and damaged."""

from __future__ import annotations

import numpy as np
import pytest

from rendersdg.errors import NotSupported, Report
from rendersdg.snapshot import Mesh
from tests.stage.prims import mesh_of, meshes_of, prim_of

TWO = """point3f[] points = [(0, 0, 0), (1, 0, 0), (2, 0, 0), (0, 1, 0), (1, 1, 0), (2, 1, 0)]
int[] faceVertexCounts = [4, 4]
int[] faceVertexIndices = [0, 1, 4, 3, 1, 2, 5, 4]
uniform token subdivisionScheme = "none"
"""
WHERE = {  # how many values each interpolation has, and the number of the value at the corner of face 1 at (2, 1)
    "constant": (1, 0),
    "uniform": (2, 1),
    "vertex": (6, 5),
    "varying": (6, 5),
    "faceVarying": (8, 6),
}


def at(mesh: Mesh, x: float, y: float) -> int:
    """The vertex at a corner that one face alone has."""
    return int(np.flatnonzero((mesh.vertices[:, 0] == x) & (mesh.vertices[:, 1] == y))[0])


@pytest.mark.parametrize("is_indexed", [False, True])
@pytest.mark.parametrize("how", WHERE)
def test_colours_and_opacities_lie_where_they_are_given(how: str, is_indexed: bool) -> None:
    count, number = WHERE[how]
    reds = [round((k + 1) / 10, 1) for k in range(count)]
    indices = ""
    if is_indexed:  # the values backwards, and indices that turn them round again
        indices = f"int[] primvars:displayColor:indices = {list(range(count))[::-1]}\n"
        indices += indices.replace("Color", "Opacity")
        reds.reverse()
    mesh = mesh_of(
        "Mesh",
        TWO
        + f'color3f[] primvars:displayColor = {[(r, 0, 0) for r in reds]} (interpolation = "{how}")\n'
        + f'float[] primvars:displayOpacity = {reds} (interpolation = "{how}")\n'
        + indices,
    )

    assert mesh.colours[at(mesh, 2, 1)] == pytest.approx([(number + 1) / 10, 0, 0])
    assert mesh.opacities is not None and mesh.opacities[at(mesh, 2, 1)] == pytest.approx((number + 1) / 10)
    assert mesh.colours[at(mesh, 0, 0), 0] == pytest.approx(0.1)


@pytest.mark.parametrize("scheme", ["none", "bilinear", "catmullClark", "loop"])
def test_a_colour_from_above_reaches_every_kind_of_mesh(scheme: str) -> None:
    body = TWO.replace('"none"', f'"{scheme}"')
    prim = prim_of(
        'def Xform "up"\n{\ncolor3f[] primvars:displayColor = [(0, 1, 0)] (interpolation = "constant")\n'
        f'def Mesh "a"\n{{\n{body}\n}}\n}}\n',
        "/up/a",
    )
    [mesh] = meshes_of(prim)

    assert mesh.colours == pytest.approx(np.tile([0, 1, 0], (len(mesh.colours), 1)))


def test_opacities_are_between_nothing_and_one() -> None:
    mesh = mesh_of("Mesh", TWO + 'float[] primvars:displayOpacity = [-1, 0.5, 3, 0, 1, 1] (interpolation = "vertex")')

    assert mesh.opacities is not None and (mesh.opacities.min(), mesh.opacities.max()) == (0, 1)


def test_normals_of_primvars_come_before_the_attribute() -> None:
    mesh = mesh_of(
        "Mesh",
        TWO
        + 'normal3f[] normals = [(0, 0, 1)] (interpolation = "constant")\n'
        + 'normal3f[] primvars:normals = [(0, 3, 4)] (interpolation = "constant")',
    )

    assert np.allclose(mesh.normals, [0, 0.6, 0.8])


BAD = {  # a primvar that does not fit: what is said of it
    "color3f[] primvars:displayColor = [(1, 0, 0), (0, 1, 0)] (interpolation = 'vertex')": "2 values, and 6",
    "color3f[] primvars:displayColor = [(1, 0, 0)] (interpolation = 'uniform')\n"
    "int[] primvars:displayColor:indices = [0, 7]": "indices reach from 0 to 7",
    "color3f[] primvars:displayColor = [(nan, 0, 0)] (interpolation = 'constant')": "NaN",
    "string[] primvars:displayColor = ['red'] (interpolation = 'constant')": "not 3 numbers each",
    "float[] primvars:displayOpacity = [0.1, 0.2, 0.3] (interpolation = 'faceVarying')": "3 values, and 8",
    "texCoord2f[] primvars:st = [(0, 0), (1, 1)] (interpolation = 'vertex')": "2 values, and 6",
    "texCoord2f[] primvars:st = [(inf, 0)] (interpolation = 'constant')": "NaN or infinity",
    "normal3f[] normals = [(0, 0, 1), (0, 0, 1)] (interpolation = 'vertex')": "2 values, and 6",
}


@pytest.mark.parametrize("line", BAD)
def test_a_primvar_that_does_not_fit_is_named_and_the_mesh_drawn_without_it(line: str) -> None:
    report = Report()
    mesh = mesh_of("Mesh", TWO + line.replace("'", '"'), report)

    assert len(mesh.triangles) == 4 and np.isfinite(mesh.uvs).all() and np.isfinite(mesh.normals).all()
    assert mesh.colours == pytest.approx(0.5) and mesh.opacities is None
    assert BAD[line] in str(report.entries) and "/a." in str(report.entries)
    with pytest.raises(NotSupported, match="/a"):
        mesh_of("Mesh", TWO + line.replace("'", '"'), Report(strict=True))
