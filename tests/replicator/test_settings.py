"""The application's settings."""

from __future__ import annotations

from rendersdg.replicator.engine import Engine


def test_a_leading_slash_may_be_left_out(engine: Engine) -> None:
    engine.settings.set("rtx/x", 3)
    assert engine.settings.get("/rtx/x") == 3

    engine.settings.forget("/rtx/x/")

    assert engine.settings.get("rtx/x") is None


def test_settings_that_change_frames_are_honoured(engine: Engine) -> None:
    engine.settings.set("/omni/replicator/captureOnPlay", False)
    engine.settings.set("/rendersdg/exposure", 2.0)
    engine.settings.set("/left/alone", 1)

    assert engine.application.capture_on_play is False
    assert engine.recorder.graph.settings == {"/rendersdg/exposure": 2.0}
