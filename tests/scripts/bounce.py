"""Balls of three restitutions bounce on a ground."""

from isaacsim import SimulationApp

app = SimulationApp({"headless": True})
import numpy as np
import omni.replicator.core as rep
from _falling import at, body, material, wait

f = rep.functional
ground = f.create.plane(name="Ground", scale=(40, 40, 1))
f.physics.apply_collider(ground)
heights = {}
balls = {e: body(f"ball_{int(e * 10)}", "sphere", position=(3 * k, 0, 2.5)) for k, e in enumerate((0.0, 0.5, 0.8))}
for e, ball in balls.items():
    material(f"/Looks/M{int(e * 10)}", 0.5, e, ball)
material("/Looks/G", 0.5, 0.0, ground)
seen = {e: [] for e in balls}
for _ in range(150):
    wait(1 / 60)
    for e, ball in balls.items():
        seen[e].append(at(ball)[2] - 0.5)
for e, track in seen.items():
    after = int(np.argmin(track[:45]))
    expected = 2.0 * (e / 2) ** 2  # the two restitutions are averaged
    assert abs(max(track[after:]) - expected) < 0.03 + 0.1 * expected, (e, max(track[after:]), expected)
