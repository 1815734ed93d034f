"""A cube that falls, rests, is placed anew, and returns at the stop."""

from isaacsim import SimulationApp

app = SimulationApp({"headless": True})
import json

import omni.replicator.core as rep
import omni.timeline
import omni.usd

ground = rep.functional.create.plane(scale=(10, 10, 1), name="Ground")
rep.functional.physics.apply_collider(ground)
cube = rep.functional.create.cube(name="Cube", position=(0, 0, 2), scale=0.5)
rep.functional.physics.apply_rigid_body(cube, with_collider=True)


def height():
    return omni.usd.get_world_transform_matrix(cube).ExtractTranslation()[2]


timeline = omni.timeline.get_timeline_interface()
timeline.set_end_time(100)
timeline.play()
found = [height()]
for _ in range(30):
    app.update()
found.append(height())
for _ in range(120):
    app.update()
found.append(height())
rep.functional.modify.pose(cube, position_value=(0, 0, 2))
for _ in range(12):
    app.update()
found.append(height())
timeline.stop()
found.append(height())
json.dump(found, open("heights.json", "w"))
app.close()
