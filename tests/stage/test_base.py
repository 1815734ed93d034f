"""The untouched stage, read once."""

from __future__ import annotations

import numpy as np
from pxr import Gf, UsdGeom

from rendersdg.errors import Report
from rendersdg.stage.author import new_stage
from rendersdg.stage.base import BaseScene, ancestors
from rendersdg.stage.semantics import write_semantics
from rendersdg.stage.state import SceneState


def test_ancestors_begin_with_the_prim_itself() -> None:
    assert ancestors("/a/b/c")[:3] == ("/a/b/c", "/a/b", "/a")


def test_worlds_and_visibility_are_those_of_usd() -> None:
    stage = new_stage("Z", 1.0)
    group = UsdGeom.Xform.Define(stage, "/group")
    group.AddTranslateOp().Set(Gf.Vec3d(1, 2, 3))
    UsdGeom.Cube.Define(stage, "/group/cube").AddScaleOp().Set(Gf.Vec3f(2, 2, 2))
    group.MakeInvisible()
    base = BaseScene(stage, Report())
    usd = np.array(UsdGeom.XformCache().GetLocalToWorldTransform(stage.GetPrimAtPath("/group/cube"))).T

    assert np.allclose(base.world("/group/cube"), usd)
    assert base.is_visible("/group/cube") and not base.is_visible("/group")  # each says its own
    assert [d.path for d in base.drawables("/")] == ["/group/cube"]


def test_equal_instances_share_one_mesh() -> None:
    stage = new_stage("Z", 1.0)
    instancer = UsdGeom.PointInstancer.Define(stage, "/many")
    UsdGeom.Cube.Define(stage, "/many/cube")
    instancer.CreatePrototypesRel().AddTarget("/many/cube")
    instancer.CreateProtoIndicesAttr([0, 0, 0])
    instancer.CreatePositionsAttr([(k, 0, 0) for k in range(3)])
    base = BaseScene(stage, Report())
    drawn = base.drawables("/")

    assert len(drawn) == 3 and len({d.mesh for d in drawn}) == len(base.meshes) == 1
    assert [d.offset[0, 3] for d in drawn if d.offset is not None] == [0, 1, 2]


def test_instances_have_the_labels_and_places_of_their_prototypes_prims() -> None:
    stage = new_stage("Z", 1.0)
    instancer = UsdGeom.PointInstancer.Define(stage, "/trees")
    tree = UsdGeom.Xform.Define(stage, "/trees/protos/tree")
    UsdGeom.Cube.Define(stage, "/trees/protos/tree/crown").AddTranslateOp().Set(Gf.Vec3d(0, 0, 5))
    UsdGeom.Cube.Define(stage, "/trees/protos/tree/trunk")
    for prim, label in ((tree.GetPrim(), "tree"), (stage.GetPrimAtPath("/trees/protos/tree/crown"), "crown")):
        write_semantics(prim, (("class", label),))
    instancer.CreatePrototypesRel().AddTarget("/trees/protos/tree")
    instancer.CreateProtoIndicesAttr([0, 0])
    instancer.CreatePositionsAttr([(10, 0, 0), (20, 0, 0)])
    state = SceneState(BaseScene(stage, Report()))
    chains = [d.chain for d in state.base.drawables("/")]

    assert chains[2] == ("/trees/instance_1/crown", "/trees/instance_1", "/trees")
    assert [state.semantics(p) for p in chains[2]] == [(("class", "crown"),), (("class", "tree"),), ()]
    assert state.semantics("/trees/instance_0/trunk") == ()
    assert state.frame("/trees/instance_1")[:3, 3].tolist() == [20, 0, 0]
    assert state.frame("/trees/instance_1/crown")[:3, 3].tolist() == [20, 0, 5]
    state.semantics_of["/trees/protos/tree/crown"] = (("class", "leaves"),)
    assert state.semantics("/trees/instance_0/crown") == (("class", "leaves"),)
