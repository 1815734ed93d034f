"""Skeletons as the snapshot has them."""

from __future__ import annotations

import numpy as np
from pxr import Gf, UsdSkel, Vt

from rendersdg.stage.skeletons import build_skeletons
from tests.conftest import Opener


def test_joints_stand_in_metres_in_the_world(open_scene: Opener) -> None:
    eye = "eye: {create.camera: {position: [0, 0, 500]}}\n"
    session = open_scene(eye + "view: {create.render_product: {camera: eye, resolution: [8, 8]}}\n", bare=True)
    state = session.builder.state(session.planner.plan(0))
    stage = state.base.stage
    UsdSkel.Root.Define(stage, "/Body")
    skeleton = UsdSkel.Skeleton.Define(stage, "/Body/Skeleton")
    bones = [Gf.Matrix4d().SetTranslate(Gf.Vec3d(0, 100, 0)), Gf.Matrix4d().SetTranslate(Gf.Vec3d(0, 50, 0))]
    skeleton.CreateJointsAttr(Vt.TokenArray(["hip", "hip/knee"]))
    skeleton.CreateRestTransformsAttr(Vt.Matrix4dArray(bones))
    skeleton.CreateBindTransformsAttr(Vt.Matrix4dArray([bones[0], bones[1] * bones[0]]))

    (posed,) = build_skeletons(state, [skeleton.GetPrim()], unit=0.01)

    assert posed.joints == ("hip", "hip/knee") and posed.parents.tolist() == [-1, 0]
    assert np.allclose(posed.world_positions, [(0, 1, 0), (0, 1.5, 0)])  # from centimetres
    assert np.allclose(posed.local_rotations_wxyz, [(1, 0, 0, 0)] * 2)
