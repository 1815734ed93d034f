"""Live physics without bodies; those that fall are in the tests of the simulation."""

from __future__ import annotations

import pytest
from pxr import Sdf, UsdPhysics

from rendersdg.replicator.engine import Engine
from rendersdg.replicator.physics import PHYSICS_STEP


def test_the_step_is_replicators_else_the_scenes_else_physx_own(engine: Engine) -> None:
    assert engine.physics.step_seconds() == PHYSICS_STEP

    scene = UsdPhysics.Scene.Define(engine.recorder.stage, "/PhysicsScene").GetPrim()
    scene.CreateAttribute("physxScene:timeStepsPerSecond", Sdf.ValueTypeNames.UInt).Set(120)
    assert engine.physics.step_seconds() == pytest.approx(1 / 120)

    engine.recorder.graph.settings["physx_timestep"] = 0.002
    assert engine.physics.step_seconds() == 0.002


def test_nothing_touches_where_nothing_has_moved(engine: Engine) -> None:
    engine.clock.pass_time(0.1)

    assert engine.physics.touches() == ([], set())
