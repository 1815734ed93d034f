"""Poses agree with USD."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from pxr import Usd, UsdGeom

from rendersdg.geometry import ROTATION_ORDERS
from rendersdg.stage.author import new_stage
from rendersdg.stage.pose import ISAAC_OPS, Pose, column_matrix, matrices_of, write_pose
from tests.conftest import Opener

numbers = st.tuples(*[st.floats(-170, 170)] * 3)


@given(numbers, numbers, st.tuples(*[st.floats(0.1, 9)] * 3), numbers, st.sampled_from(ROTATION_ORDERS))
@settings(max_examples=60)
def test_a_pose_is_what_usd_makes_of_it(t, r, s, p, order) -> None:  # type: ignore[no-untyped-def]
    stage = new_stage()
    prim = UsdGeom.Xform.Define(stage, "/x").GetPrim()
    pose = Pose(t, r, s, p, order)

    write_pose(prim, pose)

    usd = column_matrix(UsdGeom.Xformable(prim).GetLocalTransformation(Usd.TimeCode.Default()))
    assert np.allclose(usd, pose.matrix(), atol=1e-5 * (1 + np.abs(usd).max()))


def test_size_pivot_look_at_and_orbit(open_scene: Opener) -> None:
    session = open_scene(
        "box: {create.cube: {scale: [1, 2, 4]}}\npin: {create.cube: {position: [0, 0, 3]}}\nmoon: "
        "{create.sphere: {scale: 0.1}}\n"
        "a:\n  with.box:\n    modify.pose: {size: 2}\nb:\n  with.pin:\n    modify.pose: {pivot: [0, 0, -1], "
        "rotation: [90, 0, 0]}\n"
        "c:\n  with.moon:\n    modify.pose_orbit: {barycentre: [0, 0, 3], distance: 2, azimuth: 90, elevation: 30}\n"
    )
    state = session.builder.state(session.planner.plan(0))
    low, high = state.bounds("/Replicator/Cube_Xform") or (None, None)
    pin_low, pin_high = state.bounds("/Replicator/Cube_Xform_01") or (None, None)

    assert np.allclose(high - low, 2.0)  # type: ignore[operator]
    assert np.allclose((pin_low[2], pin_high[2], pin_low[1], pin_high[1]), (2.5, 3.5, -1.0, 0.0))  # type: ignore[index]
    assert np.allclose(state.pose("/Replicator/Sphere_Xform").translate, [0, 2 * np.cos(np.pi / 6), 3 + 1])


@given(numbers, numbers, st.tuples(*[st.floats(0.1, 9)] * 3), st.sampled_from(ROTATION_ORDERS))
@settings(max_examples=30)
def test_isaacs_three_operations_stay(t, r, s, order) -> None:  # type: ignore[no-untyped-def]
    stage = new_stage()
    xform = UsdGeom.Xform.Define(stage, "/x")
    xform.AddTranslateOp(UsdGeom.XformOp.PrecisionFloat)
    xform.AddOrientOp(UsdGeom.XformOp.PrecisionDouble)  # OpenUSD turns a float one by acos(w): off by up to 5e-4
    xform.AddScaleOp()
    pose = Pose(t, r, s, order=order)

    write_pose(xform.GetPrim(), pose)

    usd = column_matrix(xform.GetLocalTransformation(Usd.TimeCode.Default()))
    assert np.allclose(usd, pose.matrix(), atol=1e-5 * (1 + np.abs(usd).max()))
    assert list(xform.GetXformOpOrderAttr().Get()) == ISAAC_OPS
    assert not xform.GetPrim().GetAttribute("xformOp:rotateXYZ")


def test_a_quarter_turn_about_z_is_the_quaternion_that_it_is_by_hand() -> None:
    stage = new_stage()
    xform = UsdGeom.Xform.Define(stage, "/x")
    for add in (xform.AddTranslateOp, xform.AddOrientOp, xform.AddScaleOp):
        add(UsdGeom.XformOp.PrecisionDouble)

    write_pose(xform.GetPrim(), Pose((1, 2, 3), (0, 0, 90)))

    quaternion = xform.GetPrim().GetAttribute("xformOp:orient").Get()
    assert np.allclose((quaternion.real, *quaternion.imaginary), (0.5**0.5, 0, 0, 0.5**0.5))
    assert tuple(xform.GetPrim().GetAttribute("xformOp:translate").Get()) == (1, 2, 3)


@given(st.lists(st.tuples(numbers, numbers, numbers, numbers, st.sampled_from(ROTATION_ORDERS)), max_size=6))
@settings(max_examples=60)
def test_many_matrices_are_those_of_each_pose_to_the_bit(parts) -> None:  # type: ignore[no-untyped-def]
    poses = [Pose(*part) for part in parts]

    assert matrices_of(poses).tobytes() == np.array([p.matrix() for p in poses]).reshape(-1, 4, 4).tobytes()
