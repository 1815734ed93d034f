"""Blend shapes: a square that rises, and OpenUSD's own deformation as the oracle."""

from __future__ import annotations

import numpy as np
import pytest
from pxr import Gf, Usd, UsdGeom, UsdSkel

from rendersdg.errors import NotSupported, Report
from rendersdg.stage.author import new_stage
from rendersdg.stage.base import BaseScene


def face(*, sparse: bool = False, where: str = "mesh") -> Usd.Stage:
    """A square whose far edge (x = 1) rises by 2 at weight 1, by 3 at 0.5, and whose normals lean to -x by 1 at 1.

    The animation goes from weight 0 to 1 in ten codes; its binding is on the ``mesh`` or ``above`` it.
    """
    stage = new_stage("Z", 1.0)
    UsdSkel.Root.Define(stage, "/man")
    mesh = UsdGeom.Mesh.Define(stage, "/man/face")
    mesh.CreatePointsAttr([(x, y, 0) for x in (0, 1) for y in (0, 1)])
    mesh.CreateFaceVertexCountsAttr([4])
    mesh.CreateFaceVertexIndicesAttr([0, 2, 3, 1])
    mesh.CreateNormalsAttr([(0, 0, 1)] * 4)
    mesh.SetNormalsInterpolation("vertex")
    mesh.CreateSubdivisionSchemeAttr("none")
    shape = UsdSkel.BlendShape.Define(stage, "/man/face/up")
    far = [(0, 0, 2)] * 2
    shape.CreateOffsetsAttr(far if sparse else [(0, 0, 0)] * 2 + far)
    shape.CreateNormalOffsetsAttr([(-1, 0, 0)] * 2 if sparse else [(0, 0, 0)] * 2 + [(-1, 0, 0)] * 2)
    if sparse:
        shape.CreatePointIndicesAttr([2, 3])
    between = shape.CreateInbetween("half")
    between.SetWeight(0.5)
    between.SetOffsets([Gf.Vec3f(0, 0, 3)] * 2 if sparse else [Gf.Vec3f(0)] * 2 + [Gf.Vec3f(0, 0, 3)] * 2)
    animation = UsdSkel.Animation.Define(stage, "/man/talk")
    animation.CreateBlendShapesAttr(["other", "up"])
    weights = animation.CreateBlendShapeWeightsAttr()
    weights.Set([0.7, 0.0], 0)
    weights.Set([0.7, 1.0], 10)
    binding = UsdSkel.BindingAPI.Apply(mesh.GetPrim())
    binding.CreateBlendShapesAttr(["up"])
    binding.CreateBlendShapeTargetsRel().SetTargets(["/man/face/up"])
    holder = mesh.GetPrim() if where == "mesh" else stage.GetPrimAtPath("/man")
    UsdSkel.BindingAPI.Apply(holder).CreateAnimationSourceRel().SetTargets(["/man/talk"])
    return stage


def at(stage: Usd.Stage, time: float, report: Report | None = None) -> tuple[float, np.ndarray]:
    """How high the far edge is, and a normal of it."""
    base = BaseScene(stage, report or Report())
    base.set_time(Usd.TimeCode(time))
    [one] = base.drawables("/")
    mesh = base.meshes[one.mesh]
    top = int(mesh.vertices[:, 0].argmax())
    return float(mesh.vertices[top, 2]), mesh.normals[top]


@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize("where", ["mesh", "above"])
def test_a_face_rises_by_its_weight(sparse: bool, where: str) -> None:
    stage = face(sparse=sparse, where=where)

    # half of the way to the inbetween, the inbetween, half of the way from it, the shape itself
    assert [at(stage, t)[0] for t in (0, 2.5, 5, 7.5, 10)] == pytest.approx([0, 1.5, 3, 2.5, 2], abs=1e-6)
    assert np.allclose(at(stage, 10)[1], [-np.sqrt(0.5), 0, np.sqrt(0.5)], atol=1e-6)


@pytest.mark.parametrize("weight", [-0.5, 0.0, 0.2, 0.5, 0.9, 1.0, 1.5])
def test_weights_mean_what_they_mean_to_openusd(weight: float) -> None:
    stage = face()
    UsdSkel.Animation(stage.GetPrimAtPath("/man/talk")).GetBlendShapeWeightsAttr().Clear()
    UsdSkel.Animation(stage.GetPrimAtPath("/man/talk")).GetBlendShapeWeightsAttr().Set([0.0, weight])
    query = UsdSkel.BlendShapeQuery(UsdSkel.BindingAPI(stage.GetPrimAtPath("/man/face")))
    shares, _, which = query.ComputeSubShapeWeights([weight])
    heights = {
        k: float(query.ComputeSubShapePointOffsets()[k][3][2]) for k in set(which) if k < query.GetNumSubShapes()
    }

    assert at(stage, 0)[0] == pytest.approx(sum(s * heights[k] for s, k in zip(shares, which)), abs=1e-5)


def test_a_shape_without_an_animation_stays_at_rest() -> None:
    stage = face()
    UsdSkel.BindingAPI(stage.GetPrimAtPath("/man/face")).GetAnimationSourceRel().ClearTargets(True)

    assert at(stage, 10)[0] == 0


@pytest.mark.parametrize("wrong", ["offsets", "pointIndices"])
def test_a_shape_that_does_not_fit_is_named_and_left_out(wrong: str) -> None:
    stage, report = face(sparse=True), Report()
    stage.GetPrimAtPath("/man/face/up").GetAttribute(wrong).Set([(0, 0, 1)] if wrong == "offsets" else [2, 77])

    assert at(stage, 10, report)[0] == 0
    assert "/man/face/up" in str(report.entries)
    with pytest.raises(NotSupported, match="/man/face/up"):
        at(stage, 10, Report(strict=True))
