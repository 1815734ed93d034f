"""Prims, stages and rotations in Isaac Sim's helpers."""

from isaacsim import SimulationApp

app = SimulationApp({"headless": True})
import isaacsim.core.experimental.utils.stage as newer
import numpy as np
import omni.usd
from _checks import near, stage
from isaacsim.core.utils import math, prims, rotations, string, viewports
from isaacsim.core.utils import stage as stages
from isaacsim.core.utils.numpy import rotations as many
from pxr import Gf, UsdGeom, UsdPhysics

R = 0.5**0.5  # half of a quarter turn
for name in ("A", "B"):
    for k in range(3):
        prims.create_prim(f"/World/Env_{name}/Part_{k}", "Cube", position=(k, 0, 0))
assert prims.find_matching_prim_paths("/World/Env_.*/Part_1") == ["/World/Env_A/Part_1", "/World/Env_B/Part_1"]
assert [p.GetName() for p in prims.get_all_matching_child_prims("/World/Env_A", lambda path: path.endswith("2"))] == [
    "Part_2"
]
assert len(prims.get_all_matching_child_prims("/World", depth=1)) == 3
assert prims.get_first_matching_child_prim("/World", lambda path: "Env_B/" in path).GetPath() == "/World/Env_B/Part_0"
assert (
    prims.get_first_matching_parent_prim("/World/Env_A/Part_0", lambda path: path.endswith("A")).GetPath()
    == "/World/Env_A"
)
assert prims.get_prim_attribute_value("/World/Env_A/Part_0", "size") == 2
prims.set_prim_attribute_value("/World/Env_A/Part_0", "size", 5)
assert stage().GetPrimAtPath("/World/Env_A/Part_0").GetAttribute("size").Get() == 5
assert prims.get_prim_type_name("/World/Env_A/Part_0") == "Cube" and "size" in prims.get_prim_attribute_names(
    "/World/Env_A/Part_0"
)
assert (
    prims.move_prim("/World/Env_A/Part_0", "/Else/Where")
    and prims.is_prim_path_valid("/Else/Where")
    and not prims.is_prim_path_valid("/World/Env_A/Part_0")
)
assert stage().GetPrimAtPath("/Else").IsDefined()
prims.set_prim_visibility(prims.get_prim_at_path("/Else/Where"), False)
assert UsdGeom.Imageable(prims.get_prim_at_path("/Else/Where")).ComputeVisibility() == "invisible"
assert prims.get_prim_object_type("/Else/Where") == "xform"
UsdPhysics.RigidBodyAPI.Apply(prims.get_prim_at_path("/Else/Where"))
assert prims.get_prim_object_type("/Else/Where") == "rigid_body"
moved = prims.create_prim(
    "/Else/Where/Inner", position=(7, 0, 0), translation=None, orientation=(R, 0, 0, R), scale=(2, 2, 2)
)
near(np.array(omni.usd.get_world_transform_matrix(moved))[3][:3], (7, 0, 0))
assert (
    stages.get_next_free_path("/World/Env_A") == "/World/Env_A_01"
    and stages.get_next_free_path("Env_B", "/World") == "/World/Env_B_01"
)
assert newer.get_stage_units() == (1.0, 1.0)
newer.set_stage_units(meters_per_unit=0.01)
assert stages.get_stage_units() == 0.01
good, opened = newer.open_stage("saved.usda") if stages.save_stage("saved.usda") else (False, None)
assert good and opened.GetPrimAtPath("/World/Env_B")
newer.add_reference_to_stage("rendersdg:fruit/apple", path="/World/Apple")
assert stage().GetPrimAtPath("/World/Apple")
stages.clear_stage(lambda path: "Env_B" in path)
assert not stage().GetPrimAtPath("/World/Env_B").IsActive() and stage().GetPrimAtPath("/World/Apple")
assert string.find_unique_string_name("a", lambda name: name not in ("a", "a_1")) == "a_2"
assert string.find_root_prim_path_from_regex("/World/Env_.*/Part") == ("/World", 1)
near(math.normalized([3, 0, 4]), (0.6, 0, 0.8))
near(many.euler_angles_to_quats([[0, 0, 90], [90, 0, 0]], degrees=True), ((R, 0, 0, R), (R, R, 0, 0)))
near(many.quats_to_rot_matrices([R, 0, 0, R]) @ (1, 0, 0), (0, 1, 0))
near(many.xyzw2wxyz([[1, 2, 3, 4]]), [[4, 1, 2, 3]])
near(many.rotvecs_to_quats([0, 0, np.pi / 2]), (R, 0, 0, R))
near(rotations.gf_quat_to_np_array(Gf.Quatf(1, 2, 3, 4)), (1, 2, 3, 4))
try:
    prims.get_prim_attribute_value("/Nowhere", "size")
except Exception as error:
    assert "no prim at '/Nowhere'" in str(error)
else:
    raise AssertionError
