"""Isaac Sim's camera sensor."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.running import ran, run_named


def test_a_camera_sensor_shows_the_stage_after_every_update(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = run_named("camera_sensor", tmp_path, monkeypatch)

    assert outcome.error is None, outcome.error
    assert (outcome.exit_code, outcome.reads) == (0, 9)


def test_a_loop_that_only_looks_is_bounded_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loop = """
from isaacsim import SimulationApp
app = SimulationApp({"headless": True})
from isaacsim.sensors.camera import Camera
camera = Camera("/World/camera", resolution=(16, 16))
camera.initialize()
while app.is_running():
    app.update()
    print(camera.get_rgba().shape)
"""

    outcome = ran(tmp_path, loop, monkeypatch, limit=3)

    assert (outcome.error, outcome.exit_code, outcome.frames, outcome.reads) == (None, 0, 0, 3)
    assert outcome.notes == ["stopped after 3 frames (--frames-limit)"]
