"""Isaac Sim's lidar, as its public tutorials use it: the command, a render product, annotators, and LidarRtx."""

from isaacsim import SimulationApp

app = SimulationApp({"headless": True})
import numpy as np
import omni.isaac.sensor
import omni.kit.commands
import omni.replicator.core as rep
import omni.timeline
from _checks import near
from isaacsim.core.api import World
from isaacsim.core.api.objects import FixedCuboid
from isaacsim.core.utils.semantics import add_labels
from isaacsim.sensors.rtx import LidarRtx
from pxr import Gf

assert omni.isaac.sensor.LidarRtx is LidarRtx
world = World(stage_units_in_meters=1.0)
wall = FixedCuboid("/World/wall", position=np.array([5, 0, 1]), scale=np.array([1, 40, 8]), size=1.0)
add_labels(wall.prim, ["wall"])

# the command: what is at the other end of each beam, by hand
_, sensor = omni.kit.commands.execute(
    "IsaacSensorCreateRtxLidar",
    path="/sensor",
    parent=None,
    config="Example_Rotary",
    translation=(1, 0, 1.0),
    orientation=Gf.Quatd(1.0, 0.0, 0.0, 0.0),
)
assert sensor.GetTypeName() == "OmniLidar" and str(sensor.GetPath()) == "/sensor"
product = rep.create.render_product(sensor.GetPath(), [1, 1], name="Isaac")
writer = rep.writers.get("RtxLidarDebugDrawPointCloudBuffer")
writer.attach(product)
buffer = rep.AnnotatorRegistry.get_annotator("RtxSensorCpuIsaacCreateRTXLidarScanBuffer")
buffer.initialize(outputAzimuth=True, outputElevation=True, outputIntensity=True, outputObjectId=True)
buffer.attach([product])
cloud = rep.AnnotatorRegistry.get_annotator("IsaacExtractRTXSensorPointCloudNoAccumulator")
cloud.attach([product.path])
omni.timeline.get_timeline_interface().play()
for _ in range(3):
    app.update()
data = buffer.get_data()
assert data["data"].dtype == np.float32 and len(data["data"]) > 10_000
near(data["data"][:, 0], np.full(len(data["data"]), 3.5), 1e-4)
turn, rise = np.radians(data["azimuth"]), np.radians(data["elevation"])
near(data["distance"], 3.5 / (np.cos(turn) * np.cos(rise)), 1e-3)
assert np.array_equal(cloud.get_data()["data"], data["data"])
near(cloud.get_data()["info"]["transform"].reshape(4, 4)[3, :3], (1, 0, 1))

# the class: turned by a quarter, the wall is to the right
lidar = LidarRtx(
    prim_path="/World/lidar",
    position=np.array([0, 0, 1]),
    orientation=np.array([np.sqrt(0.5), 0, 0, np.sqrt(0.5)]),
    config_file_name="OS1",
    **{"omni:sensor:Core:scanRateBaseHz": 5, "omni:sensor:Core:farRangeM": 6.0},
)
lidar.initialize()
lidar.attach_annotator("IsaacCreateRTXLidarScanBuffer", outputObjectId=True, outputTimestamp=True)
lidar.attach_annotator("StableIdMap")
lidar.add_point_cloud_data_to_frame()
lidar.enable_visualization()
near(lidar.get_world_pose()[0], (0, 0, 1))
near(lidar.get_world_pose()[1], (np.sqrt(0.5), 0, 0, np.sqrt(0.5)))
world.reset()
world.step(render=True)
frame = lidar.get_current_frame()
scan = frame["IsaacCreateRTXLidarScanBuffer"]
near(scan["data"][:, 1], np.full(len(scan["data"]), -4.5), 1e-4)
assert scan["distance"].max() < 6 and scan["timestamp"].max() < 2e8 + 1e9
names = LidarRtx.decode_stable_id_mapping(frame["StableIdMap"])
assert {names[k] for k in LidarRtx.get_object_ids(scan["objectId"])} == {"/World/wall"}
assert np.array_equal(frame["point_cloud_data"], scan["data"])

# a level one, older calls
flat = LidarRtx("/World/flat", translation=[0, 0, 1], config_file_name="Example_Rotary_2D")
flat.add_linear_depth_data_to_frame()
flat.add_azimuth_range_to_frame()
world.step(render=True)
seen = flat.get_current_frame()
near(seen["linear_depth_data"][1800], 4.5, 1e-4)
near(seen["azimuth_range"], (-180, 179.9), 1e-3)

# Replicator's own, at once and in the graph
prim = rep.functional.create.omni_lidar(
    position=(0, 0, 1), name="mine", parent="/World", **{"omni:sensor:Core:farRangeM": 4.6}
)
assert prim.GetTypeName() == "OmniLidar" and str(prim.GetPath()) == "/World/mine"
item = rep.create.omni_lidar(position=(0, 0, 1), rotation=(0, 0, 0), count=1, name="other")
points = rep.AnnotatorRegistry.get_annotator("lidar")
points.attach(rep.create.render_product(prim.GetPath(), [1, 1]))
others = rep.AnnotatorRegistry.get_annotator("lidar")
others.attach(rep.create.render_product(item, [1, 1]))
rep.orchestrator.step()
own = points.get_data()
assert own["info"]["distance"].max() <= 4.6 and len(own["data"]) < len(others.get_data()["data"])
assert own["info"]["semanticToLabels"][str(own["info"]["semantic"][0])] == {"class": "wall"}
