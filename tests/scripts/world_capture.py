"""A world that steps captures while it plays."""

from isaacsim import SimulationApp

app = SimulationApp({"headless": True})
import os

import numpy as np
import omni.replicator.core as rep
from isaacsim.core.api import World
from isaacsim.core.api.objects import DynamicCuboid

world = World()
world.scene.add(DynamicCuboid("/cube", position=[0, 0, 1], size=0.5))
rep.create.light(light_type="dome")
product = rep.create.render_product("/OmniverseKit_Persp", (32, 32))
writer = rep.writers.get("BasicWriter")
writer.initialize(output_dir="out", rgb=True, distance_to_camera=True)
writer.attach(product)
world.render()
world.reset()
for _ in range(3):
    world.step(render=True)
    world.step(render=False)
world.render()
world.pause()
world.step(render=True)
assert sorted(n for n in os.listdir("out") if n.startswith("rgb")) == [f"rgb_{k:04d}.png" for k in range(3)], (
    os.listdir("out")
)
rep.orchestrator.set_capture_on_play(False)
world.play()
world.step(render=True)
depths = [np.load(f"out/distance_to_camera_{k:04d}.npy") for k in range(3)]
assert all(not np.array_equal(a, b) for a, b in zip(depths, depths[1:]))  # it falls from frame to frame
