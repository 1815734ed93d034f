"""Robots that drive to their targets."""

from __future__ import annotations

from itertools import pairwise
from math import hypot
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pxr import Gf, Usd, UsdGeom

from rendersdg.assets.rigs import DRIVES_TO
from rendersdg.replicator.robots import LiveRobots
from rendersdg.replicator.watch import StageWatch
from tests.running import passes


def test_a_robot_drives_to_its_target_and_its_cameras_see_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    passes("navigation", tmp_path, monkeypatch)


@given(st.floats(-6, 6), st.floats(-6, 6), st.floats(-180, 180))
@settings(max_examples=25, deadline=None)
def test_a_robot_arrives_wherever_its_target_is_and_never_jumps(x: float, y: float, heading: float) -> None:
    stage = Usd.Stage.CreateInMemory()
    chassis, target = UsdGeom.Xform.Define(stage, "/Robot"), UsdGeom.Xform.Define(stage, "/Target")
    chassis.AddTranslateOp().Set(Gf.Vec3d(0))
    chassis.AddRotateXYZOp().Set(Gf.Vec3f(0, 0, heading))
    target.AddTranslateOp().Set(Gf.Vec3d(x, y, 0))
    chassis.GetPrim().CreateRelationship(DRIVES_TO).SetTargets(["/Target"])
    robots = LiveRobots(StageWatch())
    places = [Gf.Vec3d(0)]
    for _ in range(60 * 16):
        robots.drive(stage, 1 / 60)
        places.append(chassis.GetPrim().GetAttribute("xformOp:translate").Get())

    assert max((b - a).GetLength() for a, b in pairwise(places)) <= 1 / 60 + 1e-9
    assert hypot(places[-1][0] - x, places[-1][1] - y) < 0.06
