"""A box that slips down a ramp, and one that holds."""

from isaacsim import SimulationApp

app = SimulationApp({"headless": True})
import numpy as np
import omni.replicator.core as rep
from _falling import at, body, material, wait

f = rep.functional
ramp = f.create.cube(name="Ramp", scale=(40, 4, 1), rotation=(0, 20, 0))
f.physics.apply_collider(ramp)
material("/Looks/Ramp", 0.2, 0.0, ramp)
down = np.array([np.cos(np.radians(20)), 0, -np.sin(np.radians(20))])
up = np.array([np.sin(np.radians(20)), 0, np.cos(np.radians(20))])
slips = body("slips", position=tuple(up * 0.75), rotation=(0, 20, 0), scale=0.5)
holds = body("holds", position=tuple(up * 0.75 + (0, 1, 0)), rotation=(0, 20, 0), scale=0.5)
material("/Looks/Slip", 0.0, 0.0, slips)  # the mean with the ramp: 0.1, under tan 20 = 0.36
material("/Looks/Hold", 1.2, 0.0, holds)  # 0.7
before = at(slips), at(holds)
wait(1.0)
gone = (at(slips) - before[0]) @ down
expected = 9.81 * (np.sin(np.radians(20)) - 0.1 * np.cos(np.radians(20))) / 2
assert abs(gone - expected) < 0.05 * expected, (gone, expected)
assert abs((at(holds) - before[1]) @ down) < 0.02
