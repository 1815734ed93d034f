"""When a session is made anew."""

from __future__ import annotations

from pxr import UsdGeom

from rendersdg.replicator.engine import Engine


def test_a_session_stays_until_something_is_edited_or_recorded(engine: Engine) -> None:
    first = engine.sessions.now()
    assert engine.sessions.now() is first

    UsdGeom.Cube.Define(engine.recorder.stage, "/cube")
    second = engine.sessions.now()
    assert second is not first

    engine.recorder.graph.seed = 5
    assert engine.sessions.now() is not second and engine.sessions.now().seed == 5


def test_another_stage_has_another_session(engine: Engine) -> None:
    engine.sessions.now()

    engine.new_stage()

    assert engine.sessions.latest is None
