"""Robots of which nothing has joints: they are made, and what their joints are told is noted."""

from __future__ import annotations

from pathlib import Path

from tests.running import ran


def test_a_robot_without_joints_is_made_and_what_it_is_told_is_noted(tmp_path: Path) -> None:
    text = """
    from isaacsim import SimulationApp
    app = SimulationApp({})

    from isaacsim.core.api.robots import Robot
    from isaacsim.robot.wheeled_robots.robots import WheeledRobot
    robot = Robot("/World/Robot", name="robot", position=[1, 2, 3])
    robot.initialize()
    robot.set_joint_positions([0.0, 1.0])
    assert robot.num_dof == 0 and robot.dof_names == [] and len(robot.get_joint_positions()) == 0
    assert robot.get_world_pose()[0].tolist() == [1, 2, 3]
    try:
        robot.get_dof_index("wrist")
    except Exception as error:
        assert "'wrist'" in str(error) and "--assets" in str(error)
    else:
        raise AssertionError
    try:
        WheeledRobot("/World/Car")
    except Exception as error:
        assert "wheel_dof_names" in str(error)
    else:
        raise AssertionError
    """

    outcome = ran(tmp_path, text)

    assert outcome.error is None, outcome.error
