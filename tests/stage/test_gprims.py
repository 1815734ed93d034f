"""Animated geometry keeps its place among the meshes, and is read when its time has passed, and then only."""

from __future__ import annotations

import numpy as np
import pytest
from pxr import Gf, Sdf, Usd, UsdGeom

from rendersdg.errors import NotSupported, Report
from rendersdg.stage.author import new_stage
from rendersdg.stage.base import BaseScene

MOVING = {
    "points": lambda mesh: [mesh.GetPointsAttr().Set([(x, y, t) for x in (0, 1) for y in (0, 1)], t) for t in (0, 10)],
    "displayColor": lambda mesh: [mesh.CreateDisplayColorPrimvar("constant").Set([(t / 10, 0, 0)], t) for t in (0, 10)],
    "holes": lambda mesh: [mesh.GetHoleIndicesAttr().Set([0] if t else [], t) for t in (0, 10)],
}


def square(path: str = "/square") -> tuple[Usd.Stage, UsdGeom.Mesh]:
    """A square of one metre at z = 0, of two triangles."""
    stage = new_stage("Z", 1.0)
    mesh = UsdGeom.Mesh.Define(stage, path)
    mesh.CreatePointsAttr([(x, y, 0) for x in (0, 1) for y in (0, 1)])
    mesh.CreateFaceVertexCountsAttr([4])
    mesh.CreateFaceVertexIndicesAttr([0, 2, 3, 1])
    mesh.CreateHoleIndicesAttr([])
    mesh.CreateSubdivisionSchemeAttr("none")
    return stage, mesh


def at(base: BaseScene, time: float) -> tuple[int, ...]:
    base.set_time(Usd.TimeCode(time))
    return tuple(d.mesh for d in base.drawables("/"))


@pytest.mark.parametrize("what", ["points", "displayColor"])
def test_an_animated_mesh_is_another_one_in_the_same_place(what: str) -> None:
    stage, mesh = square()
    MOVING[what](mesh)
    base = BaseScene(stage, Report())
    first, one, stamps = at(base, 0), base.meshes[0], list(base.stamps)
    second = at(base, 5)

    assert first == second == (0,) and len(base.meshes) == 1
    assert base.meshes[0] is not one and base.stamps != stamps
    assert base.meshes[0].vertices[:, 2].max() == (5 if what == "points" else 0)
    assert base.meshes[0].colours[0, 0] == pytest.approx(0.5)  # half of the way, or unpainted


def test_what_has_holes_at_times_is_drawn_at_the_others() -> None:
    stage, mesh = square()
    MOVING["holes"](mesh)
    base = BaseScene(stage, Report())

    assert [len(at(base, t)) for t in (0, 5, 10, 0)] == [1, 1, 0, 1]  # lists of indices are held between samples


def test_what_moves_as_a_whole_is_read_once() -> None:
    stage, mesh = square()
    move = mesh.AddTranslateOp()
    for t in (0, 10):
        move.Set(Gf.Vec3d(t, 0, 0), t)
    base = BaseScene(stage, Report())
    at(base, 0)
    one, drawn = base.meshes[0], base.drawables("/")
    at(base, 5)

    assert base.meshes[0] is one and base.drawables("/") is drawn
    assert base.world("/square")[0, 3] == base.pose("/square").translate[0] == 5


def test_a_colour_from_above_an_instance_is_its_own_and_may_change() -> None:
    stage, _ = square("/proto/square")
    for name, first, last in (("a", 0.0, 1.0), ("b", 1.0, 1.0), ("c", None, None)):
        prim = UsdGeom.Xform.Define(stage, f"/{name}").GetPrim()
        prim.GetReferences().AddInternalReference("/proto")
        prim.SetInstanceable(True)
        if first is not None:
            colour = UsdGeom.PrimvarsAPI(prim).CreatePrimvar(
                "displayColor", Sdf.ValueTypeNames.Color3fArray, UsdGeom.Tokens.constant
            )
            colour.Set([(first, 0, 0)], 0)
            colour.Set([(last, 0, 0)], 10)
    base = BaseScene(stage, Report())

    def reds(time: float) -> dict[str, float]:
        base.set_time(Usd.TimeCode(time))
        drawn = {d.path: base.meshes[d.mesh] for d in base.drawables("/")}
        return {path: float(mesh.colours[0, 0]) for path, mesh in drawn.items()}

    assert reds(0) == {"/proto/square": 0.5, "/a/square": 0, "/b/square": 1, "/c/square": 0.5}
    assert reds(5)["/a/square"] == pytest.approx(0.5) and reds(5)["/b/square"] == 1


def test_an_instancer_of_what_moves_moves() -> None:
    stage = new_stage("Z", 1.0)
    many = UsdGeom.PointInstancer.Define(stage, "/many")
    lift = UsdGeom.Xformable(UsdGeom.Cube.Define(stage, "/many/proto/cube")).AddTranslateOp()
    for t in (0, 10):
        lift.Set(Gf.Vec3d(0, 0, t), t)
    many.CreatePrototypesRel().AddTarget("/many/proto")
    many.CreateProtoIndicesAttr([0, 0])
    many.CreatePositionsAttr([(0, 0, 0), (5, 0, 0)])
    base = BaseScene(stage, Report())

    def places(time: float) -> list[list[float]]:
        base.set_time(Usd.TimeCode(time))
        return [d.offset[:3, 3].tolist() for d in base.drawables("/") if d.offset is not None]

    assert places(0) == [[0, 0, 0], [5, 0, 0]]
    assert np.allclose(places(5), [[0, 0, 5], [5, 0, 5]])


def test_a_mesh_that_cannot_be_read_is_left_out_by_its_path_and_strict_refuses() -> None:
    stage, mesh = square()
    mesh.GetFaceVertexIndicesAttr().Set([0, 2, 9, 1])
    UsdGeom.Cube.Define(stage, "/cube")
    report = Report()

    assert [d.path for d in BaseScene(stage, report).drawables("/")] == ["/cube"]
    assert "/square" in str(report.entries) and "9" in str(report.entries)
    with pytest.raises(NotSupported, match="/square"):
        BaseScene(stage, Report(strict=True)).drawables("/")
