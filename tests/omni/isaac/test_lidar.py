"""Isaac Sim's lidars, as public tutorials make and read them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.running import passes, ran

APP = 'from isaacsim import SimulationApp\napp = SimulationApp({"headless": True})\nimport omni.kit.commands\n'


def test_tutorials_of_lidars_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = passes("lidar_tutorial", tmp_path, monkeypatch)

    assert [entry["subject"] for entry in outcome.report if "no window to draw points in" in entry["text"]] == [
        "RtxLidarDebugDrawPointCloudBuffer"
    ]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (
            'omni.kit.commands.execute("IsaacSensorCreateRtxLidar", path="/l", config="SICK_TIM781")',
            "the lidar 'SICK_TIM781' is not known",
        ),
        ('omni.kit.commands.execute("IsaacSensorCreateRtxLidar", path="/l", usd_path="a.usd")', "'a.usd' is not read"),
        ('omni.kit.commands.execute("IsaacSensorCreateRtxRadar", path="/r")', "of RTX sensors, lidars are simulated"),
        ('omni.kit.commands.execute("RangeSensorCreateLidar", path="/r")', "IsaacSensorCreateRtxLidar makes a lidar"),
        ("from omni.isaac.range_sensor import _range_sensor", "range sensors of PhysX are not simulated"),
        (
            "from isaacsim.sensors.rtx import LidarRtx\nfrom pxr import UsdGeom\nimport omni.usd\n"
            'UsdGeom.Cube.Define(omni.usd.get_context().get_stage(), "/c")\nLidarRtx("/c")',
            "/c is a Cube, not an OmniLidar",
        ),
    ],
)
def test_what_is_not_there_is_told(line: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = ran(tmp_path, APP + line + "\n", monkeypatch)

    assert outcome.error is not None and says in outcome.error, outcome.error
