"""Getters: the stage first, or left out."""

from __future__ import annotations

from pxr import Gf, UsdGeom

from rendersdg.replicator.engine import Engine
from rendersdg.replicator.functional.prims import GETTERS, get_local_transform, get_prims, get_world_transform


def test_the_stage_stands_first_or_nowhere(engine: Engine) -> None:
    stage = engine.recorder.stage
    for path in ("/a/Box", "/a/box", "/b"):
        UsdGeom.Cube.Define(stage, path)

    names = [[p.GetName() for p in found] for found in (get_prims(stage, "Bo"), get_prims("Bo"), GETTERS["shape"]())]

    assert names == [["Box"], ["Box"], ["Box", "box", "b"]]
    assert [p.GetName() for p in GETTERS["prim_at_paths"](stage, ["/b"])] == ["b"]


def test_transforms_are_of_the_world_or_of_the_parent(engine: Engine) -> None:
    stage = engine.recorder.stage
    UsdGeom.Xform.Define(stage, "/a").AddTranslateOp().Set(Gf.Vec3d(1, 0, 0))
    UsdGeom.Xform.Define(stage, "/a/b").AddTranslateOp().Set(Gf.Vec3d(0, 2, 0))

    assert get_world_transform("/a/b").GetTranslation() == (1, 2, 0)
    assert get_local_transform("/a/b").GetTranslation() == (0, 2, 0)
