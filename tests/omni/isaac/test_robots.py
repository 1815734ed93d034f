"""Robots, which can be imported and not made."""

from __future__ import annotations

from pathlib import Path

from tests.running import ran


def test_a_robot_says_why_it_is_not_made(tmp_path: Path) -> None:
    text = """
    from isaacsim import SimulationApp
    app = SimulationApp({})

    from isaacsim.core.api.robots import Robot
    from isaacsim.core.prims import Articulation
    for kind in (Robot, Articulation):
        try:
            kind("/World/Robot")
        except Exception as error:
            assert f"{kind.__name__}: joints are not simulated" in str(error)
        else:
            raise AssertionError
    """

    assert ran(tmp_path, text).error is None
