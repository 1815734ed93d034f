"""What was added to the world."""

from __future__ import annotations

from pathlib import Path

from tests.running import ran


def test_a_scene_knows_its_objects_by_name(tmp_path: Path) -> None:
    text = """
    from isaacsim import SimulationApp
    app = SimulationApp({})

    from isaacsim.core.api import World
    from isaacsim.core.api.objects import VisualCuboid
    world = World()
    box = world.scene.add(VisualCuboid("/World/Box", name="box", position=[0, 0, 1], size=2.0))
    assert world.scene.get_object("box") is box and world.scene.object_exists("box")
    low, high = world.scene.compute_object_AABB("box")
    assert low.tolist() == [-1, -1, 0] and high.tolist() == [1, 1, 2]
    world.scene.remove_object("box")
    assert not world.scene.object_exists("box") and not world.stage.GetPrimAtPath("/World/Box")
    """

    assert ran(tmp_path, text).error is None
