"""Isaac Sim's newest generation of helpers: bounds, prims, stages, labels, poses, arrays."""

from isaacsim import SimulationApp

app = SimulationApp({"headless": True})
import isaacsim.core.experimental.utils.backend as backend_utils
import isaacsim.core.experimental.utils.bounds as bounds_utils
import isaacsim.core.experimental.utils.foundation as foundation_utils
import isaacsim.core.experimental.utils.ops as ops_utils
import isaacsim.core.experimental.utils.prim as prim_utils
import isaacsim.core.experimental.utils.semantics as semantics_utils
import isaacsim.core.experimental.utils.stage as stage_utils
import isaacsim.core.experimental.utils.transform as transform_utils
import isaacsim.core.experimental.utils.xform as xform_utils
import numpy as np
from _checks import near, raises, stage
from pxr import Sdf, UsdGeom, UsdPhysics

# stages
box = stage_utils.define_prim("/World/Box", "Cube")
UsdGeom.XformCommonAPI(box).SetTranslate((1, 2, 3))
UsdGeom.XformCommonAPI(box).SetScale((0.5, 1, 2))
assert stage_utils.define_prim("/World/Box", "Cube") == box
assert "Cube" in raises(Exception, stage_utils.define_prim, "/World/Box", "Sphere")
assert stage_utils.generate_next_free_path("/World/Box") == "/World/Box_01"
assert stage_utils.move_prim("/World/Box", "/World/Crate") == (True, "/World/Crate")
assert stage_utils.generate_stage_representation("list").splitlines()[-1] == "/World/Crate (Cube)"
stage_utils.set_stage_time_code(time_codes_per_second=30.0)
assert stage_utils.get_stage_time_code()[2] == 30 and stage_utils.get_stage_up_axis() == "Z"

# bounds: the prim comes first, the cache is an option
near(bounds_utils.compute_aabb("/World/Crate"), (0.5, 1, 1, 1.5, 3, 5))
cache = bounds_utils.create_bbox_cache()
near(bounds_utils.compute_aabb(stage().GetPrimAtPath("/World/Crate"), bbox_cache=cache), (0.5, 1, 1, 1.5, 3, 5))
near(bounds_utils.compute_combined_aabb(["/World/Crate"]), (0.5, 1, 1, 1.5, 3, 5))
centre, axes, half = bounds_utils.compute_obb("/World/Crate", bbox_cache=cache)
near(centre, (1, 2, 3))
corners = bounds_utils.get_obb_corners(centre, axes, half)
near(bounds_utils.compute_obb_corners("/World/Crate"), corners)
near(corners[0], (0.5, 1, 1))
near(corners[7], (1.5, 3, 5))

# prims
stage_utils.define_prim("/World/Set/a", "Sphere")
stage_utils.define_prim("/World/Set/b", "Cube")
assert prim_utils.find_matching_prim_paths("/World/Set/.*") == ["/World/Set/a", "/World/Set/b"]
assert prim_utils.find_matching_prim_paths("/World/S.t/[ab]", traverse=True) == ["/World/Set/a", "/World/Set/b"]
assert len(prim_utils.find_matching_prim_paths("/World/Set", traverse=True)) == 3
cubes = prim_utils.get_all_matching_child_prims("/World", predicate=lambda prim, path: prim.IsA(UsdGeom.Cube))
assert [p.GetName() for p in cubes] == ["Crate", "b"]  # level by level
assert prim_utils.get_first_matching_parent_prim("/World/Set/a", predicate=lambda p, path: path == "/World")
assert prim_utils.ensure_api("/World/Set/a", UsdPhysics.RigidBodyAPI).GetPrim().GetName() == "a"
assert prim_utils.has_api("/World/Set/a", [UsdPhysics.RigidBodyAPI, "PhysicsMassAPI"], test="any")
assert not prim_utils.has_api("/World/Set/a", [UsdPhysics.RigidBodyAPI, "PhysicsMassAPI"])
made = prim_utils.create_prim_attribute("/World/Set/a", name="mine", type_name="float3")
assert made.GetTypeName() == Sdf.ValueTypeNames.Float3
assert "as float3" in raises(Exception, prim_utils.create_prim_attribute, "/World/Set/a", name="mine", type_name="int")
assert foundation_utils.value_type_name_to_str(Sdf.ValueTypeNames.TokenArray) == "token[]"
variants = stage().GetPrimAtPath("/World/Crate").GetVariantSets().AddVariantSet("look")
variants.AddVariant("red")
prim_utils.set_prim_variants("/World/Crate", variants=[("look", "red")])
assert prim_utils.get_prim_variants("/World/Crate") == [("look", "red")]
assert "red" in raises(Exception, prim_utils.set_prim_variants, "/World/Crate", variants=[("look", "blue")])

# labels
semantics_utils.add_labels("/World/Crate", labels=["crate", "wood"])
semantics_utils.add_labels("/World/Crate", labels="brown", taxonomy="colour")
semantics_utils.remove_labels("/World/Crate", labels="wood")
assert semantics_utils.get_labels("/World/Crate") == {"class": ["crate"], "colour": ["brown"]}
assert semantics_utils.get_labels("/World", include_descendants=True)["class"] == ["crate"]
semantics_utils.remove_all_labels("/World", include_descendants=True)
assert semantics_utils.get_labels("/World/Crate") == {}

# poses and rotations
xform_utils.set_local_pose("/World/Set/b", translation=[0, 0, 4], orientation=[0, 0, 0, 1])
place, turn = xform_utils.get_world_pose("/World/Set/b")
near(place, (0, 0, 4))
near(np.abs(turn.numpy()), (0, 0, 0, 1))
near(xform_utils.get_relative_transform("/World/Set/b", "/World")[:3, 3], (0, 0, 4))
quarter = transform_utils.euler_angles_to_quaternion([0, 0, 90], degrees=True)
near(transform_utils.quaternion_multiplication(quarter, quarter), (0, 0, 0, 1))
near(transform_utils.quaternion_multiplication(quarter, transform_utils.quaternion_conjugate(quarter)), (1, 0, 0, 0))
near(transform_utils.look_at_quaternion((0, 0, 5), (0, 0, 0), up=(0, 1, 0)), (1, 0, 0, 0))
eye = (3.0, -4.0, 2.0)
matrix = np.array(transform_utils.look_at_matrix(eye, (0, 0, 0)))
near(matrix[3, :3], eye)
near(-matrix[2, :3] * np.linalg.norm(eye), -np.array(eye))
near(
    transform_utils.quaternion_to_rotation_matrix(transform_utils.look_at_quaternion(eye, (0, 0, 0))), matrix[:3, :3].T
)

# arrays
assert ops_utils.place(3.0).shape == (1,) and ops_utils.place([1, 2]).list() == [1, 2]
assert ops_utils.broadcast_to([1.0, 2.0, 3.0], shape=[2, 3]).numpy().shape == (2, 3)
assert ops_utils.resolve_indices(None, count=3).list() == [0, 1, 2] and ops_utils.resolve_indices(2).list() == [2]
with backend_utils.use_backend("usdrt"):
    assert backend_utils.get_current_backend(["usd", "usdrt"]) == "usdrt" and backend_utils.is_backend_set()
assert backend_utils.get_current_backend(["usd", "usdrt"]) == "usd" and not backend_utils.is_backend_set()
