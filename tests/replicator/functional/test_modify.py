"""Modify functions: one value for all, or one each."""

from __future__ import annotations

from pathlib import Path

import pytest
from pxr import UsdGeom

from rendersdg.errors import BadArgument
from rendersdg.replicator.engine import Engine
from rendersdg.replicator.functional.modify import modify_attribute, modify_pose, modify_visibility
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
    assert any("drawn opaque" in text for text in told.values())
