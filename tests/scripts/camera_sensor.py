"""A camera sensor, its geometry by hand, and a robot in the end, which is not offered."""

from isaacsim import SimulationApp

app = SimulationApp({"headless": True})
import argparse

import numpy as np
import omni.isaac.sensor
import omni.kit.app
import omni.replicator.core as rep
from _checks import near, stage
from isaaclab.app import AppLauncher
from isaacsim.core.api import World
from isaacsim.core.api.objects import VisualCuboid
from isaacsim.core.cloner import GridCloner
from isaacsim.core.prims import Articulation, RigidPrim
from isaacsim.core.utils.semantics import add_labels
from isaacsim.sensors.camera import Camera

assert omni.isaac.sensor.Camera is Camera
parser = argparse.ArgumentParser()
AppLauncher.add_app_launcher_args(parser)
assert AppLauncher(parser.parse_args(["--headless", "--enable_cameras"])).app.is_running()
update = omni.kit.app.get_app().update
rep.create.light(light_type="dome", intensity=500)
world = World(stage_units_in_meters=1.0, device="cuda:0")
assert world.device == "cpu"
cube = world.scene.add(
    VisualCuboid("/World/cube", name="cube", position=[4, 0, 0], size=1.0, color=np.array([1.0, 0, 0]))
)
add_labels(cube.prim, ["cube"])
camera = world.scene.add(
    Camera("/World/camera", position=np.array([0, 0, 0]), orientation=np.array([1, 0, 0, 0]), resolution=(64, 48))
)
assert camera.get_render_product_path() is None
world.reset()
assert camera.get_rgba() is None and camera.get_render_product_path().startswith("/Render/")
camera.add_distance_to_image_plane_to_frame()
camera.add_bounding_box_2d_tight_to_frame()
world.step(render=True)
frame = camera.get_current_frame()
assert frame["rgb"].shape == (48, 64, 4) and camera.get_rgb().shape == (48, 64, 3)
r, g, b = camera.get_rgb()[24, 32].astype(int)
assert r > 2 * g and r > 2 * b
near(camera.get_depth()[24, 32], 3.5)
near(frame["distance_to_image_plane"][24, 32], 3.5)
# a pinhole by hand: 64 * 50 / 20.955 pixels a unit slope, half a metre at 3.5 metres
slope = 64 * 50 / 20.955
near(camera.get_intrinsics_matrix(), ((slope, 0, 32), (0, slope, 24), (0, 0, 1)), 1e-3)
near(
    (camera.get_focal_length(), camera.get_horizontal_aperture(), camera.get_vertical_aperture()),
    (5, 2.0955, 2.0955 * 0.75),
    1e-5,
)
near(np.tan(camera.get_horizontal_fov() / 2), 32 / slope)
edge = slope * 0.5 / 3.5
near(
    camera.get_image_coords_from_world_points(np.array([[3.5, 0.5, 0.5], [3.5, -0.5, -0.5]])),
    ((32 - edge, 24 - edge), (32 + edge, 24 + edge)),
    1e-3,
)
near(camera.get_world_points_from_image_coords(np.array([[32 + edge, 24.0]]), np.array([3.5])), [(3.5, -0.5, 0)], 1e-3)
box = frame["bounding_box_2d_tight"]["data"][0]
near(
    [box[k] for k in ("x_min", "y_min", "x_max", "y_max")],
    (round(32 - edge), round(24 - edge), round(32 + edge) - 1, round(24 + edge) - 1),
    1,
)
cloud = camera.get_pointcloud()
near(cloud[:, 0].min(), 3.5, 1e-3)
near(np.abs(cloud[:, 1:]).max(), 0.5, 0.03)
near(camera.get_world_pose(camera_axes="ros")[1], (0.5, -0.5, 0.5, -0.5))
near(np.abs(camera.get_world_pose("usd")[1]), (0.5,) * 4)
near(camera.get_view_matrix_ros() @ (3, 2, 1, 1), (-2, -1, 3, 1))
near(camera.get_world_pose()[1], (1, 0, 0, 0))
near(camera.get_local_pose()[0], (0, 0, 0))

# what was looked at stays until the application updates
cube.set_world_pose([5, 0, 0])
near(camera.get_depth()[24, 32], 3.5)
update()
near(camera.get_depth()[24, 32], 4.5)
kept = camera.get_current_frame(clone=True)
camera.pause()
cube.set_world_pose([6, 0, 0])
update()
assert (
    camera.is_paused()
    and camera.get_current_frame()["distance_to_image_plane"][24, 32] == kept["distance_to_image_plane"][24, 32]
)
camera.resume()
near(camera.get_current_frame()["distance_to_image_plane"][24, 32], 5.5)
camera.set_world_pose([0, 0, 0], [0, 1, 0, 0], camera_axes="ros")
update()  # looks down
assert not np.isfinite(camera.get_depth()).any()
camera.set_world_pose([0, 0, 0], [1, 0, 0, 0])
camera.set_focal_length(10.0)
camera.set_resolution((32, 32))
update()
near(camera.get_depth()[16, 16], 5.5)
assert camera.get_rgba().shape == (32, 32, 4)
camera.remove_distance_to_image_plane_from_frame()
assert camera.get_depth() is None
camera.set_clipping_range(0.5, 5.0)
near(camera.get_clipping_range(), (0.5, 5.0))

# events act at the next update, each anew; frame triggers wait for a capture
with rep.trigger.on_custom_event("paint"):
    with rep.get.prims(path_pattern="/World/cube"):
        rep.randomizer.color(colors=rep.distribution.uniform((0, 0, 0), (1, 1, 1)))
camera.set_clipping_range(0.5, 50.0)
shown = []
for sends in (False, True, False, True):
    if sends:
        rep.utils.send_og_event("paint")
    update()
    shown.append(tuple(camera.get_rgb()[16, 16]))
assert shown[0] != shown[1] == shown[2] != shown[3] != shown[0], shown

cloner = GridCloner(spacing=2.0)
cloner.define_base_env("/World/envs")
VisualCuboid("/World/envs/env_0/ball", position=[0, 0, 3])
paths = cloner.generate_paths("/World/envs/env", 4)
near(cloner.clone("/World/envs/env_0", paths, replicate_physics=True), ((1, -1, 0), (1, 1, 0), (-1, -1, 0), (-1, 1, 0)))
balls = RigidPrim("/World/envs/env_.*/ball")
near(balls.get_world_poses()[0][3], (-1, 1, 3))
near(balls.get_velocities(), np.zeros((4, 6)))
world.scene.add_default_ground_plane(z_position=-1.0)
assert stage().GetPrimAtPath("/World/defaultGroundPlane/SphereLight").IsA("SphereLight")
assert Articulation("/World/cube").num_dof == 0  # a cube has no joints
