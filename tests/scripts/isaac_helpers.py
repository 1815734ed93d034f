"""Isaac Sim's helpers for stages, prims, labels and views."""

from isaacsim import SimulationApp

app = SimulationApp({"headless": True})
import isaacsim.core.experimental.utils.semantics as newer
import numpy as np
import omni.isaac.core.utils.semantics as older
import omni.replicator.core as rep
from _checks import near, stage
from isaacsim.core.utils import bounds, prims, rotations, semantics, viewports, xforms
from isaacsim.core.utils import stage as stage_utils
from isaacsim.core.utils.extensions import enable_extension
from isaacsim.storage.native import get_assets_root_path
from pxr import Usd, UsdGeom

assert enable_extension("omni.replicator.isaac")
assert UsdGeom.GetStageUpAxis(stage()) == "Z" and UsdGeom.GetStageMetersPerUnit(stage()) == 1
prim = stage_utils.add_reference_to_stage(get_assets_root_path() + "/Isaac/Props/Pallet/pallet.usd", "/World/Pallet")
assert any(p.IsA(UsdGeom.Mesh) for p in Usd.PrimRange(prim))
semantics.add_labels(prim, labels=["pallet"], instance_name="class")
assert newer.get_labels(prim) == {"class": ["pallet"]}
older.add_update_semantics(prim, "other")
assert newer.get_labels(prim) == {"class": ["other"]}
semantics.add_labels(prim, labels=["more"], overwrite=False)
assert newer.get_labels(prim) == {"class": ["other", "more"]}
semantics.remove_labels(prim)
assert newer.get_labels(prim) == {}
box = prims.create_prim(
    "/World/Box",
    "Cube",
    position=(1, 2, 3),
    scale=(2, 2, 2),
    orientation=(1, 0, 0, 0),
    semantic_label="box",
    attributes={"size": 0.5},
)
near(bounds.compute_aabb(bounds.create_bbox_cache(), "/World/Box"), (0.5, 1.5, 2.5, 1.5, 2.5, 3.5))
near(xforms.get_world_pose("/World/Box")[0], (1, 2, 3))
assert older.get_semantics(box)["Semantics_0"] == ("class", "box")
near(rotations.euler_angles_to_quat([0, 0, 90], degrees=True), (0.5**0.5, 0, 0, 0.5**0.5))
near(rotations.quat_to_rot_matrix([0.5**0.5, 0, 0, 0.5**0.5]) @ (1, 0, 0), (0, 1, 0))
viewports.set_camera_view(eye=[0, -5, 0], target=[0, 0, 0])
view = np.array(rep.functional.utils.get_world_transform("/OmniverseKit_Persp").GetMatrix())
near(view[2][:3], (0, -1, 0))
near(view[3][:3], (0, -5, 0))
assert prims.is_prim_path_valid("/World/Box")
prims.delete_prim("/World/Box")
assert not prims.is_prim_path_valid("/World/Box")
stage_utils.create_new_stage()
assert not prims.is_prim_path_valid("/World/Pallet") and UsdGeom.GetStageUpAxis(stage()) == "Z"
stage_utils.set_stage_units(0.01)
assert stage_utils.get_stage_units() == 0.01
app.close()
assert not app.is_running()
