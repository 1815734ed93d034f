"""Isaac Sim's stereo depth sensor: a wall's depth by hand, in steps of disparity."""

from isaacsim import SimulationApp

app = SimulationApp({"headless": True})
import numpy as np
from _checks import near
from isaacsim.core.api import World
from isaacsim.core.api.objects import VisualCuboid
from isaacsim.sensors.camera import SingleViewDepthSensor

world = World(stage_units_in_meters=1.0)
VisualCuboid("/World/wall", position=np.array([4, 0, 0]), scale=np.array([1, 40, 40]), size=1.0)
camera = SingleViewDepthSensor(
    "/World/eye", position=np.array([0, 0, 0]), orientation=np.array([1, 0, 0, 0]), resolution=(64, 48)
)
world.reset()
camera.initialize(attach_rgb_annotator=False)
assert camera.get_baseline_mm() == 55 and camera.get_sensor_size_pixel() == 1280
camera.set_baseline_mm(200)
camera.set_sensor_size_pixel(64.0)
camera.set_max_distance(20.0)
camera.set_enabled(enabled=True)
near(camera.get_baseline_mm(), 200)
camera.attach_annotator("DepthSensorDistance")
camera.attach_annotator("DepthSensorPointCloudPosition")
camera.attach_annotator("distance_to_image_plane")
world.step(render=True)
frame = camera.get_current_frame()
depth = frame["DepthSensorDistance"]
focal = 64 * 50 / 20.955
steps = round(focal * 0.2 / 3.5 * 32)
near(depth[depth > 0], np.full((depth > 0).sum(), focal * 0.2 / (steps / 32)), 1e-4)
assert 0.8 < (depth > 0).mean() < 1  # the left edge is in one picture alone
near(frame["distance_to_image_plane"][24, 32], 3.5)
near(frame["DepthSensorPointCloudPosition"][24, 32], (depth[24, 32], 0, 0, 1), 0.1)
camera.set_min_distance(5.0)
world.step(render=True)
assert not camera.get_current_frame()["DepthSensorDistance"].any()
try:
    camera.set_no_such_thing(1)
except AttributeError as error:
    assert "set_no_such_thing" in str(error)
else:
    raise AssertionError("it has no such thing")
