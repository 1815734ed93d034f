"""A cube captured at three places, step by step."""

from isaacsim import SimulationApp

simulation_app = SimulationApp(launch_config={"headless": False})
import os

import carb.settings
import omni.replicator.core as rep
import omni.usd
from isaacsim.core.utils.semantics import add_labels
from pxr import UsdGeom

omni.usd.get_context().new_stage()
stage = omni.usd.get_context().get_stage()
rep.orchestrator.set_capture_on_play(False)
rep.functional.create.dome_light(intensity=500)
cube = rep.functional.create.cube(position=(0, 0, 0), name="Cube", scale=0.5)
add_labels(cube, labels=["box"], instance_name="class")
camera = rep.functional.create.camera(position=(0, 0, 5), look_at=(0, 0, 0), look_at_up_axis=(0, 1, 0), name="Cam")
rp = rep.create.render_product(camera, (64, 64), name="view")
backend = rep.backends.get("DiskBackend")
backend.initialize(output_dir=os.path.join(os.getcwd(), "_steps"))
writer = rep.writers.get("BasicWriter")
writer.initialize(backend=backend, rgb=True, bounding_box_2d_tight=True)
writer.attach(rp)
depth = rep.AnnotatorRegistry.get_annotator("distance_to_image_plane")
depth.attach(rp)
found = []
for x in (-0.5, 0.0, 0.5):
    rep.functional.modify.pose(cube, position_value=(x, 0, 0))
    rep.orchestrator.step(delta_time=0.0)
    found.append(round(float(depth.get_data().min()), 4))
print("depths", found)
rep.orchestrator.wait_until_complete()
simulation_app.close()
