"""Tasks of a world."""

from __future__ import annotations

from pathlib import Path

from tests.running import ran


def test_a_task_is_set_up_observed_and_stepped(tmp_path: Path) -> None:
    text = """
    from isaacsim import SimulationApp
    app = SimulationApp({})

    from isaacsim.core.api import World
    from isaacsim.core.api.tasks import BaseTask
    class Count(BaseTask):
        def set_up_scene(self, scene):
            super().set_up_scene(scene)
            self.steps = 0
        def pre_step(self, index, time):
            self.steps += 1
        def get_observations(self):
            return {"steps": self.steps}
    world = World()
    world.add_task(Count("count"))
    world.reset()
    world.step(render=False)
    world.step(render=False)
    assert world.get_observations() == {"steps": 2} and world.get_task("count").scene is world.scene
    assert not world.is_done() and world.calculate_metrics() == {}
    """

    assert ran(tmp_path, text).error is None
