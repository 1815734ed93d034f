"""Skeletons as the snapshot has them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pxr import Gf, Usd, UsdGeom, UsdSkel, Vt

from rendersdg.geometry import transform_points
from rendersdg.lens import project
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


def limbs(folder: Path) -> None:
    """Write a figure of three limbs a metre long each, one after the other from the ground up, that bends.

    Each limb is a box 0.2 m thick that reaches 0.1 m beyond its joints, all in one mesh; weights are 1. In 24
    codes at 24 a second the upper two joints turn from 0 to 80 and from 0 to -120 degrees about y.
    """
    points, counts, indices, joints = [], [], [], []
    faces = [[0, 2, 3, 1], [4, 5, 7, 6], [0, 1, 5, 4], [2, 6, 7, 3], [0, 4, 6, 2], [1, 3, 7, 5]]
    for limb in range(3):
        indices += [8 * limb + k for face in faces for k in face]
        counts += [4] * 6
        points += [(x, y, limb + z) for z in (-0.1, 1.1) for y in (-0.1, 0.1) for x in (-0.1, 0.1)]
        joints += [limb] * 8
    stage = Usd.Stage.CreateNew(str(folder / "limbs.usda"))
    stage.SetTimeCodesPerSecond(24)
    UsdGeom.SetStageMetersPerUnit(stage, 1.0)
    UsdGeom.SetStageUpAxis(stage, "Z")
    root = UsdSkel.Root.Define(stage, "/Figure")
    stage.SetDefaultPrim(root.GetPrim())
    names = ["low", "low/middle", "low/middle/high"]
    skeleton = UsdSkel.Skeleton.Define(stage, "/Figure/Bones")
    skeleton.CreateJointsAttr(names)
    up = Gf.Matrix4d().SetTranslate(Gf.Vec3d(0, 0, 1))
    skeleton.CreateRestTransformsAttr(Vt.Matrix4dArray([Gf.Matrix4d(1), up, up]))
    skeleton.CreateBindTransformsAttr(Vt.Matrix4dArray([Gf.Matrix4d(1), up, up * up]))
    animation = UsdSkel.Animation.Define(stage, "/Figure/Bend")
    animation.CreateJointsAttr(names)
    animation.CreateTranslationsAttr([(0, 0, 0), (0, 0, 1), (0, 0, 1)])
    animation.CreateScalesAttr([(1, 1, 1)] * 3)
    rotations = animation.CreateRotationsAttr()
    for code in range(25):
        turns = [0.0, 80.0 * code / 24, -120.0 * code / 24]
        rotations.Set([Gf.Quatf(Gf.Rotation(Gf.Vec3d(0, 1, 0), a).GetQuat()) for a in turns], code)
    UsdSkel.BindingAPI.Apply(skeleton.GetPrim()).CreateAnimationSourceRel().SetTargets([animation.GetPath()])
    mesh = UsdGeom.Mesh.Define(stage, "/Figure/Skin")
    mesh.CreatePointsAttr(points)
    mesh.CreateFaceVertexCountsAttr(counts)
    mesh.CreateFaceVertexIndicesAttr(indices)
    mesh.CreateSubdivisionSchemeAttr("none")
    binding = UsdSkel.BindingAPI.Apply(mesh.GetPrim())
    binding.CreateSkeletonRel().SetTargets([skeleton.GetPath()])
    binding.CreateJointIndicesPrimvar(False, 1).Set(joints)
    binding.CreateJointWeightsPrimvar(False, 1).Set([1.0] * len(joints))
    stage.Save()


HOLDERS = {"in the file": "limbs.usda", "in a referenced layer": "outer.usda"}


@pytest.mark.parametrize("seconds", [0.0, 0.25, 0.5, 0.75, 1.0])
@pytest.mark.parametrize("where", HOLDERS)
def test_joints_lie_within_the_drawn_limbs_at_all_times(
    open_scene: Opener, tmp_path: Path, where: str, seconds: float
) -> None:
    limbs(tmp_path)
    (tmp_path / "outer.usda").write_text(
        """#usda 1.0
(defaultPrim = "Outer"
 metersPerUnit = 1
 upAxis = "Z"
 timeCodesPerSecond = 60)
def Xform "Outer"
{
    def "One" (prepend references = @./limbs.usda@)
    {
    }
}
"""
    )
    session = open_scene(
        f'man: {{create.from_usd: {{usd: "{HOLDERS[where]}", semantics: [["class", "man"]]}}}}\n'
        "eye: {create.camera: {position: [0, -8, 1], look_at: [0, 0, 1]}}\n"
        "view: {create.render_product: {camera: eye, resolution: [160, 160]}}\n",
        folder=tmp_path,
    )
    capture = session.capture(session.planner.plan(round(60 * seconds)))
    [view] = capture.views.values()
    labels, snapshot, [body] = view.labels, capture.snapshot, capture.snapshot.skeletons
    # a second joint leans by 80 degrees, the third by 80 - 120
    lean, last = np.radians(80 * seconds), np.radians(-40 * seconds)
    elbow = np.array([np.sin(lean), 0, 1 + np.cos(lean)])
    hand = elbow + [np.sin(last), 0, np.cos(last)]
    middles = np.array([[0, 0, 0.5], ([0, 0, 1] + elbow) / 2, (elbow + hand) / 2])
    drawn = labels.instance >= 0
    camera = view.product.camera
    u, v = project(camera, transform_points(camera.camera_from_world, np.concatenate([body.world_positions, middles])))
    columns, rows = u.astype(int), v.astype(int)

    assert np.allclose(body.world_positions, [[0, 0, 0], [0, 0, 1], elbow], atol=1e-3)
    assert drawn[rows, columns].all()
    entity = int(labels.entity[drawn].min())
    assert snapshot.entities[entity].semantics == (("class", "man"),)
    ys, xs = np.nonzero(drawn)
    assert labels.tight[entity].tolist() == [xs.min(), ys.min(), xs.max(), ys.max()]
    corners = snapshot.meshes[snapshot.instances[0].mesh].vertices
    assert np.abs(snapshot.entities[entity].high - corners.max(0)).max() < 1e-3
    assert corners[:, 2].max() == pytest.approx(
        max(elbow[2], hand[2]) + 0.1 * np.cos(last) + 0.1 * abs(np.sin(last)), abs=0.02
    )
