"""Modify functions: one value for all, or one each."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pxr import UsdGeom

from rendersdg.errors import BadArgument
from rendersdg.replicator.engine import Engine
from rendersdg.replicator.functional.modify import (
    modify_attribute,
    modify_pose,
    modify_semantics,
    modify_visibility,
)
from rendersdg.replicator.functional.placement import world_position
from tests.running import passes


def test_a_list_of_values_gives_each_prim_its_own_and_one_goes_to_all(engine: Engine) -> None:
    prims = [UsdGeom.Xform.Define(engine.recorder.stage, f"/x{k}").GetPrim() for k in range(2)]

    modify_pose(prims, position_value=[(1, 0, 0), (2, 0, 0)], scale_value=3)
    modify_visibility(prims, [True, False])

    assert [world_position(p)[0] for p in prims] == [1, 2]
    assert [tuple(p.GetAttribute("xformOp:scale").Get()) for p in prims] == [(3, 3, 3)] * 2
    assert [str(UsdGeom.Imageable(p).ComputeVisibility()) for p in prims] == ["inherited", "invisible"]
    with pytest.raises(BadArgument, match="3 values for 2 prims"):
        modify_pose(prims, position_value=[(0, 0, 0)] * 3)


def test_a_list_of_three_numbers_for_three_prims_is_one_each_and_a_tuple_one_for_all(engine: Engine) -> None:
    prims = [UsdGeom.Xform.Define(engine.recorder.stage, f"/x{k}").GetPrim() for k in range(3)]
    scales = lambda: [tuple(p.GetAttribute("xformOp:scale").Get()) for p in prims]  # noqa: E731

    modify_pose(prims, scale_value=[1, 2, 3])
    each = scales()
    modify_pose(prims, scale_value=(1, 2, 3))

    assert each == [(1, 1, 1), (2, 2, 2), (3, 3, 3)] and scales() == [(1, 2, 3)] * 3


def test_a_pivot_comes_to_lie_at_the_position_and_is_not_kept(engine: Engine) -> None:
    cube = UsdGeom.Cube.Define(engine.recorder.stage, "/cube").GetPrim()  # 2 wide about the origin

    modify_pose(cube, position_value=(0, 0, 5), scale_value=3, pivot=(0, 0, -1))
    stands = world_position(cube)
    modify_pose(cube, position_value=(0, 0, 0))

    assert stands == (0, 0, 8) and world_position(cube) == (0, 0, 0)


def test_a_pose_may_be_in_another_prims_space(engine: Engine) -> None:
    stage = engine.recorder.stage
    table, cup = (UsdGeom.Xform.Define(stage, f"/{name}").GetPrim() for name in ("table", "cup"))
    modify_pose(table, position_value=(10, 0, 0), rotation_value=(0, 0, 90))

    modify_pose(cup, position_value=(1, 0, 0), relative_to=table)

    assert world_position(cup) == pytest.approx((10, 1, 0))


def test_a_prim_below_a_turned_one_looks_at_its_target(engine: Engine) -> None:
    stage = engine.recorder.stage
    rig, eye = (UsdGeom.Xform.Define(stage, path).GetPrim() for path in ("/rig", "/rig/eye"))
    modify_pose(rig, rotation_value=(20, 30, 40))

    modify_pose(eye, look_at_value=(1, 2, 3))

    along = np.array(UsdGeom.Xformable(eye).ComputeLocalToWorldTransform(0))[2, :3]
    assert along == pytest.approx(-np.array([1, 2, 3]) / np.sqrt(14), abs=1e-6)


def test_each_prim_may_get_its_own_labels(engine: Engine) -> None:
    prims = [UsdGeom.Xform.Define(engine.recorder.stage, f"/x{k}").GetPrim() for k in range(2)]

    modify_semantics(prims, [{"class": "a"}, {"class": ["b", "c"]}])

    assert [list(p.GetAttribute("semantics:labels:class").Get()) for p in prims] == [["a"], ["b", "c"]]


def test_numbers_for_a_scalar_attribute_are_one_each(engine: Engine) -> None:
    prims = [UsdGeom.Sphere.Define(engine.recorder.stage, f"/s{k}").GetPrim() for k in range(3)]

    modify_attribute(prims, "radius", [1.0, 2.0, 3.0])

    assert [p.GetAttribute("radius").Get() for p in prims] == [1, 2, 3]


def test_a_flat_list_of_numbers_is_a_vector_a_quaternion_or_a_number_each(engine: Engine) -> None:
    prims = [UsdGeom.Xform.Define(engine.recorder.stage, f"/x{k}").GetPrim() for k in range(5)]
    scales = lambda: [tuple(p.GetAttribute("xformOp:scale").Get()) for p in prims]  # noqa: E731

    modify_pose(prims, scale_value=[1.0, 2.0, 3.0, 4.0, 5.0], rotation_value=[1.0, 0.0, 0.0, 0.0])
    one_each = scales()
    modify_pose(prims, scale_value=[1.0, 2.0, 3.0])

    assert one_each == [(k, k, k) for k in (1, 2, 3, 4, 5)]
    assert scales() == [(1, 2, 3)] * 5
    with pytest.raises(BadArgument, match="2 values for 5 prims"):
        modify_pose(prims, scale_value=[1.0, 2.0])


def test_attributes_that_are_missing_end_no_script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = passes("missing_attributes", tmp_path, monkeypatch)
    told = {e["subject"]: e["text"] for e in outcome.report if e["kind"] == "not honoured"}
    missing = sorted(subject.rsplit(".", 1)[1] for subject, text in told.items() if "is not set" in text)

    assert outcome.frames == 2
    assert missing == ["colour", "inputs:roughness_constant", "no_input_of_this", "nothing"]
    assert [text for text in told.values() if text == "this input of the shader is not applied"] != []
    assert any(e["kind"] == "note" and "OmniGlass bends" in e["text"] for e in outcome.report)
