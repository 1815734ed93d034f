"""The application's settings."""

from __future__ import annotations

from rendersdg.replicator.engine import Engine


def test_a_leading_slash_may_be_left_out(engine: Engine) -> None:
    engine.settings.set("rtx/x", 3)
    assert engine.settings.get("/rtx/x") == 3

    engine.settings.forget("/rtx/x/")

    assert engine.settings.get("rtx/x") is None


def test_what_an_application_is_launched_with_is_read_and_can_be_put_back(engine: Engine) -> None:
    for name in ("/rtx/rendermode", "/omni/replicator/captureOnPlay", "/omni/replicator/captureMotionBlur"):
        before = engine.settings.get(name)
        assert before is not None
        engine.settings.set(name, "other")
        engine.settings.set(name, before)
        assert engine.settings.get(name) == before

    assert engine.application.capture_on_play is True
    assert engine.settings.get("/rtx/rendermode") == "RealTimePathTracing"


def test_what_is_launched_leaves_frames_as_they_are(engine: Engine) -> None:
    engine.settings.launch({"/omni/replicator/captureMotionBlur": True})

    assert engine.settings.get("/omni/replicator/captureMotionBlur") is True
    assert engine.recorder.graph.settings == {}


def test_settings_that_change_frames_are_honoured(engine: Engine) -> None:
    engine.settings.set("/omni/replicator/captureOnPlay", False)
    engine.settings.set("/rendersdg/exposure", 2.0)
    engine.settings.set("/left/alone", 1)

    assert engine.application.capture_on_play is False
    assert engine.recorder.graph.settings == {"/rendersdg/exposure": 2.0}
