"""Prims of equal values have one mesh; whatever makes a mesh another tells them apart."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pxr import Sdf, Usd, UsdGeom, Vt

from rendersdg.snapshot import Snapshot
from rendersdg.stage.likeness import likeness
from tests.conftest import Opener

AT = Usd.TimeCode.EarliestTime()


def quad(stage: Usd.Stage, path: str) -> UsdGeom.Mesh:
    """Define a square of two faces below a parent of its own."""
    mesh = UsdGeom.Mesh.Define(stage, path)
    mesh.CreatePointsAttr([(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0)])
    mesh.CreateFaceVertexCountsAttr([3, 3])
    mesh.CreateFaceVertexIndicesAttr([0, 1, 2, 0, 2, 3])
    mesh.CreateSubdivisionSchemeAttr("none")
    primvar = UsdGeom.PrimvarsAPI(mesh).CreatePrimvar("displayColor", Sdf.ValueTypeNames.Color3fArray, "constant")
    primvar.Set([(1, 0, 0)])
    return mesh


def _subset(mesh: UsdGeom.Mesh) -> None:
    UsdGeom.Subset.CreateGeomSubset(mesh, "part", "face", Vt.IntArray([0]), "materialBind")


def _inherited(mesh: UsdGeom.Mesh) -> None:
    parent = UsdGeom.PrimvarsAPI(mesh.GetPrim().GetParent())
    parent.CreatePrimvar("st", Sdf.ValueTypeNames.TexCoord2fArray, "constant").Set([(0.5, 0.5)])


CHANGES: dict[str, Callable[[UsdGeom.Mesh], object]] = {
    "points": lambda m: m.GetPointsAttr().Set([(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 2, 0)]),
    "faces": lambda m: m.GetFaceVertexIndicesAttr().Set([0, 1, 2, 0, 3, 2]),
    "orientation": lambda m: m.CreateOrientationAttr("leftHanded"),
    "scheme": lambda m: m.GetSubdivisionSchemeAttr().Set("catmullClark"),
    "hole": lambda m: m.CreateHoleIndicesAttr([1]),
    "colour": lambda m: m.GetDisplayColorAttr().Set([(1, 0, 0.5)]),
    "interpolation": lambda m: m.GetDisplayColorPrimvar().SetInterpolation("vertex"),
    "indices": lambda m: m.GetDisplayColorPrimvar().SetIndices([0]),
    "subset": _subset,
    "inherited": _inherited,
}


def test_the_same_values_are_alike_wherever_they_stand() -> None:
    stage = Usd.Stage.CreateInMemory()
    one, other = quad(stage, "/a/mesh"), quad(stage, "/b/other")
    UsdGeom.Xformable(other).AddTranslateOp().Set((1, 2, 3))
    other.CreateVisibilityAttr("inherited")

    assert likeness(one.GetPrim(), AT, "") == likeness(other.GetPrim(), AT, "")
    assert likeness(one.GetPrim(), AT, "") != likeness(one.GetPrim(), AT, "other primvars are asked for")


@pytest.mark.parametrize("change", list(CHANGES))
def test_what_changes_a_mesh_tells_prims_apart(change: str) -> None:
    stage = Usd.Stage.CreateInMemory()
    one, other = quad(stage, "/a/mesh"), quad(stage, "/b/mesh")

    CHANGES[change](other)

    assert likeness(one.GetPrim(), AT, "") != likeness(other.GetPrim(), AT, "")


def opened(
    open_scene: Opener, tmp_path: Path, *changes: Callable[[UsdGeom.Mesh], object]
) -> tuple[Snapshot, list[str]]:
    """Return the snapshot of a mesh and of as many others as there are changes, and what was reported."""
    stage = Usd.Stage.CreateNew(str(tmp_path / "asset.usda"))
    UsdGeom.Xform.Define(stage, "/root")
    stage.SetDefaultPrim(stage.GetPrimAtPath("/root"))
    quad(stage, "/root/first/mesh")
    for number, change in enumerate(changes):
        change(quad(stage, f"/root/p{number}/mesh"))
    stage.Save()
    session = open_scene(f"it: {{create.from_usd: {{usd: {tmp_path / 'asset.usda'}}}}}\n")
    snapshot = session.snapshot(0)
    return snapshot, [subject for _, subject in session.recorder.report.texts]


def test_equal_prims_share_a_mesh_in_the_snapshot(open_scene: Opener, tmp_path: Path) -> None:
    snapshot, _ = opened(open_scene, tmp_path, lambda m: None, CHANGES["colour"], lambda m: None, _subset, _subset)

    of = {i.prim_path.split("/")[-2] + str(i.mesh): i.mesh for i in snapshot.instances}
    meshes = [i.mesh for i in snapshot.instances]
    assert len(snapshot.meshes) == 4 and len(of) == 8
    assert meshes == [0, 0, 1, 0, 2, 3, 2, 3]


def test_what_has_to_be_said_of_a_mesh_is_said_of_each(open_scene: Opener, tmp_path: Path) -> None:
    def lost(mesh: UsdGeom.Mesh) -> None:
        mesh.CreateNormalsAttr([(0, 0, 1)] * 4)
        mesh.GetDisplayColorPrimvar().SetIndices([7])

    _, said = opened(open_scene, tmp_path, lost, lost, lost)

    assert sum("displayColor" in subject for subject in said) == 3
