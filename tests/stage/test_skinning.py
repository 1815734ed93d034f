"""Skinned meshes: an arm that bends, and OpenUSD's own skinning as the oracle."""

from __future__ import annotations

import numpy as np
import pytest
from pxr import Gf, Usd, UsdGeom, UsdSkel, Vt

from rendersdg.errors import Report
from rendersdg.geometry import transform_points
from rendersdg.stage.author import new_stage
from rendersdg.stage.base import BaseScene
from tests.conftest import needs_shared

Q = Gf.Quatf


def arm(*, order: list[str] | None = None, moves: bool = False) -> Usd.Stage:
    """A strip along x from 0 to 2 with a joint at 0 and one at 1, which turns by 90 degrees about z."""
    stage = new_stage("Z", 1.0)
    root = UsdSkel.Root.Define(stage, "/man")
    UsdGeom.Xformable(root).AddTranslateOp().Set(Gf.Vec3d(0, 0, 7))
    skeleton = UsdSkel.Skeleton.Define(stage, "/man/bones")
    joints = ["shoulder", "shoulder/elbow"]
    at = [Gf.Matrix4d(1), Gf.Matrix4d().SetTranslate(Gf.Vec3d(1, 0, 0))]
    skeleton.CreateJointsAttr(joints)
    skeleton.CreateBindTransformsAttr(Vt.Matrix4dArray(at))
    skeleton.CreateRestTransformsAttr(Vt.Matrix4dArray(at))
    animation = UsdSkel.Animation.Define(stage, "/man/wave")
    animation.CreateJointsAttr(joints)
    animation.CreateTranslationsAttr([Gf.Vec3f(0), Gf.Vec3f(1, 0, 0)])
    animation.CreateScalesAttr([Gf.Vec3h(1), Gf.Vec3h(1)])
    turn = Q(Gf.Rotation(Gf.Vec3d(0, 0, 1), 90).GetQuat())
    turns = animation.CreateRotationsAttr()
    if moves:
        turns.Set([Q(1), Q(1)], 0.0)
        turns.Set([Q(1), turn], 10.0)
    else:
        turns.Set([Q(1), turn])
    UsdSkel.BindingAPI.Apply(skeleton.GetPrim()).CreateAnimationSourceRel().SetTargets(["/man/wave"])
    mesh = UsdGeom.Mesh.Define(stage, "/man/skin")
    UsdGeom.Xformable(mesh).AddTranslateOp().Set(Gf.Vec3d(0, 0, -7))  # it hangs on the skeleton, wherever it stands
    mesh.CreatePointsAttr([(x, y, 0) for x in (0, 1, 2) for y in (-0.1, 0.1)])
    mesh.CreateFaceVertexCountsAttr([4, 4])
    mesh.CreateFaceVertexIndicesAttr([0, 2, 3, 1, 2, 4, 5, 3])
    mesh.CreateNormalsAttr([(0, -1, 0)] * 6)
    mesh.SetNormalsInterpolation("vertex")
    mesh.CreateSubdivisionSchemeAttr("none")
    binding = UsdSkel.BindingAPI.Apply(mesh.GetPrim())
    binding.CreateSkeletonRel().SetTargets(["/man/bones"])
    which = [0, 0, 0, 0, 1, 1] if order is None else [1, 1, 1, 1, 0, 0]
    binding.CreateJointIndicesPrimvar(False, 1).Set(which)
    binding.CreateJointWeightsPrimvar(False, 1).Set([1.0] * 6)
    if order is not None:
        binding.CreateJointsAttr(order)
    return stage


def drawn(stage: Usd.Stage, time: float | None = None) -> tuple[np.ndarray, np.ndarray]:
    """World points, distinct and sorted, and the normal of the point that is farthest out."""
    base = BaseScene(stage, Report())
    if time is not None:
        base.set_time(Usd.TimeCode(time))
    [one] = base.drawables("/")
    mesh, world = base.meshes[one.mesh], base.world(one.anchor)
    points = mesh.vertices @ world[:3, :3].T + world[:3, 3]
    return np.unique(np.round(points, 5), axis=0), mesh.normals[points[:, 1].argmax()]


@pytest.mark.parametrize("order", [None, ["shoulder/elbow", "shoulder"]])
def test_a_bent_arm_goes_up_from_its_elbow(order: list[str] | None) -> None:
    points, normal = drawn(arm(order=order))

    # beyond the elbow, what lay a metre out along x lies a metre up along y, in the skeleton's place at z = 7
    assert np.allclose(points, [[0, -0.1, 7], [0, 0.1, 7], [0.9, 1, 7], [1, -0.1, 7], [1, 0.1, 7], [1.1, 1, 7]])
    assert np.allclose(normal, [1, 0, 0], atol=1e-6)  # -y, turned by 90 degrees


def test_an_arm_moves_with_time() -> None:
    stage = arm(moves=True)

    assert drawn(stage, 0.0)[0].max(0) == pytest.approx([2, 0.1, 7])
    assert drawn(stage, 10.0)[0].max(0) == pytest.approx([1.1, 1, 7])


def test_blends_are_those_of_openusd() -> None:
    stage = arm()
    mesh = stage.GetPrimAtPath("/man/skin")
    rng = np.random.default_rng(4)
    weights = rng.dirichlet([1, 1], 6).astype(np.float32)
    binding = UsdSkel.BindingAPI(mesh)
    binding.CreateJointIndicesPrimvar(False, 2).Set([0, 1] * 6)
    binding.CreateJointWeightsPrimvar(False, 2).Set(weights.ravel().tolist())
    binding.CreateGeomBindTransformAttr(Gf.Matrix4d().SetTranslate(Gf.Vec3d(0.3, 0, 0)))
    ours, _ = drawn(stage)

    baked = Usd.Stage.Open(stage.Flatten())
    UsdSkel.BakeSkinning(UsdSkel.Root(baked.GetPrimAtPath("/man")), Gf.Interval.GetFullInterval())
    mesh = UsdGeom.Mesh(baked.GetPrimAtPath("/man/skin"))
    points = np.asarray(mesh.GetPointsAttr().Get(Usd.TimeCode.EarliestTime()))
    world = np.array(UsdGeom.XformCache().GetLocalToWorldTransform(mesh.GetPrim())).T
    assert np.allclose(ours, np.unique(np.round(points @ world[:3, :3].T + world[:3, 3], 5), axis=0), atol=2e-5)


def test_a_mesh_whose_weights_do_not_fit_keeps_its_shape_and_says_so() -> None:
    stage = arm()
    UsdSkel.BindingAPI(stage.GetPrimAtPath("/man/skin")).CreateJointIndicesPrimvar(False, 1).Set([0, 0, 0, 0, 5, 5])
    report = Report()
    BaseScene(stage, report).drawables("/")

    assert "do not fit its skeleton" in str(report.entries)


@pytest.mark.parametrize("name", ["arm", "twoBends"])
def test_openusds_own_characters_are_skinned_as_it_bakes_them(name: str) -> None:
    path = needs_shared("assets", "usd", "openusd_tests", "UsdSkel", f"{name}.usda")
    base = BaseScene(Usd.Stage.Open(str(path)), Report())
    baked = Usd.Stage.Open(Usd.Stage.Open(str(path)).Flatten())
    UsdSkel.BakeSkinning(baked.Traverse())
    compared = 0
    for one in base.drawables("/"):
        mesh = UsdGeom.Mesh(baked.GetPrimAtPath(one.anchor))
        worlds = UsdGeom.XformCache(Usd.TimeCode.EarliestTime())
        theirs = transform_points(
            np.array(worlds.GetLocalToWorldTransform(mesh.GetPrim())).T,
            np.asarray(mesh.GetPointsAttr().Get(Usd.TimeCode.EarliestTime()), float),
        )
        ours = transform_points(base.world(one.anchor), base.meshes[one.mesh].vertices.astype(float))
        # a smooth mesh is refined between the points of its cage, so compare what both have: the extent of the others
        if str(mesh.GetSubdivisionSchemeAttr().Get()) == "none" or mesh.GetNormalsAttr().HasAuthoredValue():
            gap = np.linalg.norm(ours[:, None] - theirs[None], axis=2).min(1)
            assert gap.max() < 1e-4
        else:
            size = np.ptp(theirs, axis=0).max()
            assert np.abs(ours.mean(0) - theirs.mean(0)).max() < 0.1 * size
        compared += 1
    assert compared
