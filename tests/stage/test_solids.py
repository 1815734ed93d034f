"""Shapes by name: their volumes are those of their formulas, about the axis that they name."""

from __future__ import annotations

import numpy as np
import pytest

from rendersdg.errors import AssetError
from tests.stage.prims import agreement, mesh_of, meshes_of, prim_of, volume

SIZES = {  # what a prim of a type has, its volume, and its extent along its axis
    "Cube": ("double size = 3", 27, 3),
    "Sphere": ("double radius = 2", 32 / 3 * np.pi, 4),
    "Cylinder": ("double radius = 2\ndouble height = 3", 12 * np.pi, 3),
    "Cone": ("double radius = 2\ndouble height = 3", 4 * np.pi, 3),
    "Capsule": ("double radius = 1\ndouble height = 2", 2 * np.pi + 4 / 3 * np.pi, 4),
    "Cylinder_1": ("double radiusBottom = 2\ndouble radiusTop = 1\ndouble height = 3", 7 * np.pi, 3),
    "Cylinder_1 with a tip": ("double radiusBottom = 2\ndouble radiusTop = 0\ndouble height = 3", 4 * np.pi, 3),
    "Capsule_1": ("double radiusBottom = 1\ndouble radiusTop = 1\ndouble height = 2", 2 * np.pi + 4 / 3 * np.pi, 4),
    "Capsule_1 of two spheres": ("double radiusBottom = 2\ndouble radiusTop = 1\ndouble height = 4", 0.0, 7),
    "Capsule_1 within a sphere": (
        "double radiusBottom = 2\ndouble radiusTop = 1\ndouble height = 0.5",
        32 / 3 * np.pi,
        4,
    ),
}


def hull_of_two_spheres(low: float, high: float, apart: float) -> float:
    """The volume of the hull of two spheres: a slice of each, and the cone between where it touches them."""
    sine = (low - high) / apart
    a, b = low * np.sqrt(1 - sine**2), high * np.sqrt(1 - sine**2)
    z_low, z_high = low * sine, apart + high * sine
    between = np.pi / 3 * (z_high - z_low) * (a * a + a * b + b * b)

    def slice_of(radius: float, up_to: float) -> float:  # of a sphere, from its bottom
        height = radius + up_to
        return float(np.pi * height**2 * (3 * radius - height) / 3)

    return float(between + slice_of(low, z_low) + slice_of(high, -(z_high - apart)))


@pytest.mark.parametrize("axis", ["X", "Y", "Z"])
@pytest.mark.parametrize("what", SIZES)
def test_solids_have_their_volume_and_extent(what: str, axis: str) -> None:
    body, inside, long = SIZES[what]
    if "two spheres" in what:
        inside = hull_of_two_spheres(2, 1, 4)
    mesh = mesh_of(what.split(" ")[0], f'{body}\nuniform token axis = "{axis}"')

    assert volume(mesh) == pytest.approx(inside, rel=0.02)
    assert np.ptp(mesh.vertices[:, "XYZ".index(axis)]) == pytest.approx(long, rel=1e-3)
    assert agreement(mesh) > 0.5


def test_a_tapered_capsule_is_wide_where_it_is_to_be() -> None:
    mesh = mesh_of(
        "Capsule_1", 'double radiusBottom = 2\ndouble radiusTop = 1\ndouble height = 4\nuniform token axis = "Z"'
    )

    assert (mesh.vertices[:, 2].min(), mesh.vertices[:, 2].max()) == (-4, 3)


def test_solids_have_colours_from_above_and_opacities_of_their_own() -> None:
    prim = prim_of(
        """def Xform "up"
{
    color3f[] primvars:displayColor = [(1, 0, 0)] (interpolation = "constant")
    def Sphere "a"
    {
        float[] primvars:displayOpacity = [0.25]
    }
}
""",
        "/up/a",
    )
    [mesh] = meshes_of(prim)

    assert (mesh.colours == [1, 0, 0]).all()
    assert mesh.opacities is not None and (mesh.opacities == 0.25).all()


@pytest.mark.parametrize("size", ["-1", "nan", "inf"])
def test_a_size_that_is_none_is_named(size: str) -> None:
    with pytest.raises(AssetError, match="radius"):
        mesh_of("Sphere", f"double radius = {size}")


def test_a_ball_of_no_size_is_not_drawn() -> None:
    assert meshes_of(prim_of('def Sphere "a"\n{\ndouble radius = 0\n}\n')) == []
