"""Isaac Sim's newest generation of objects, prims and materials: many in one handle."""

from isaacsim import SimulationApp

app = SimulationApp({"headless": True})
import isaacsim.core.experimental.utils.app as app_utils
import numpy as np
from _checks import near, raises, stage
from isaacsim.core.experimental.materials import (
    OmniGlassMaterial,
    OmniPbrMaterial,
    PreviewSurfaceMaterial,
    RigidBodyMaterial,
    VisualMaterial,
    VolumeDeformableMaterial,
)
from isaacsim.core.experimental.objects import Camera, Cube, Cylinder, DomeLight, GroundPlane, Mesh, Shape, SphereLight
from isaacsim.core.experimental.prims import DeformablePrim, GeomPrim, Prim, RigidPrim, XformPrim
from pxr import UsdGeom, UsdPhysics, UsdShade


def attribute(path, name):
    return stage().GetPrimAtPath(path).GetAttribute(name).Get()


# shapes: one value for all, or one each; names of colours; only some of them
cubes = Cube(["/New/a", "/New/b"], sizes=0.5, positions=[[0, 0, 1], [0, 1, 1]], colors=["red", "#0000ff"])
assert len(cubes) == 2 and cubes.paths == ["/New/a", "/New/b"] and cubes.valid
assert attribute("/New/b", "size") == 0.5 and attribute("/New/b", "primvars:displayColor")[0] == (0, 0, 1)
cubes.set_sizes(sizes=[2.0], indices=[1])
near(cubes.get_sizes().numpy(), [[0.5], [2.0]])
near(cubes.get_sizes(indices=1), [[2.0]])
assert attribute("/New/b", "extent")[1] == (0.25, 0.25, 0.25)  # of when it was made, as in Isaac Sim
near(XformPrim(cubes.paths).get_world_poses()[0].numpy(), ((0, 0, 1), (0, 1, 1)))
again = Cube("/New/.*")
near(again.get_world_poses()[0], [[0, 0, 1], [0, 1, 1]])
tall = Cylinder(
    "/New/c", radii=0.1, heights=3.0, axes="X", translations=[1.0, 2.0, 3.0], orientations=[0.5, 0.5, 0.5, 0.5]
)
assert attribute("/New/c", "axis") == "X" and tall.get_axes() == ["X"] and tall.get_heights().list() == [[3.0]]
assert [op.GetOpName() for op in UsdGeom.Xformable(tall.prims[0]).GetOrderedXformOps()] == [
    "xformOp:translate",
    "xformOp:orient",
    "xformOp:scale",
]
tall.set_local_poses(translations=[0.0, 0.0, 1.0])
tall.set_local_scales([1.0, 2.0, 3.0])
assert attribute("/New/c", "xformOp:translate") == (0, 0, 1) and attribute("/New/c", "xformOp:scale") == (1, 2, 3)
near(tall.get_local_poses()[1], [[0.5, 0.5, 0.5, 0.5]])
kinds = [type(k).__name__ for k in Shape.fetch_instances(["/New/a", "/New/c", "/New"])]
assert kinds == ["Cube", "Cylinder", "NoneType"]
assert Cube.are_of_type(["/New/a", "/New/c"]).list() == [True, False]

# lights and cameras
light = DomeLight("/New/Dome")
light.set_intensities([800.0])
light.set_colors("white")
assert attribute("/New/Dome", "inputs:intensity") == 800
lamp = SphereLight("/New/Lamp", radii=0.25, positions=(0.0, 0.0, 2.5))
lamp.set_enabled_color_temperatures(True)
assert lamp.get_enabled_color_temperatures().list() == [[True]] and attribute("/New/Lamp", "inputs:radius") == 0.25
camera = Camera("/New/Camera", positions=[0, 0, 5])
camera.set_focal_lengths(2.4)
camera.set_clipping_ranges(far_distances=50.0)
assert abs(attribute("/New/Camera", "focalLength") - 24) < 1e-5 and attribute("/New/Camera", "clippingRange") == (1, 50)
camera.set_apertures(2.0)
camera.enforce_square_pixels((480, 640))
near(camera.get_apertures()[1], [[1.5]])

# meshes and grounds
mesh = Mesh("/New/Mesh", primitives="Cone")
assert mesh.num_faces[0] > 8 and mesh.get_points()[0].shape[1] == 3
ground = GroundPlane("/New/Ground", sizes=10.0)
assert [p.GetName() for p in ground.prims[0].GetChildren()] == ["CollisionMesh", "CollisionPlane", "visualMaterial"]
near(ground.meshes.get_points()[0].max(0), (5, 5, 0))
assert ground.get_enabled_collisions().list() == [[True]]
assert type(ground.meshes.get_applied_visual_materials()[0]) is OmniPbrMaterial

# looks
paint = OmniPbrMaterial("/New/Looks/paint")
paint.set_input_values("diffuse_color_constant", [1.0, 0.0, 0.0])
near(paint.get_input_values("diffuse_color_constant"), [[1, 0, 0]])
assert "no input 'colour'" in raises(Exception, paint.set_input_values, "colour", [1, 0, 0])
cubes.apply_visual_materials([paint, PreviewSurfaceMaterial("/New/Looks/plain")])
kinds = [type(m).__name__ for m in cubes.get_applied_visual_materials()]
assert kinds == ["OmniPbrMaterial", "PreviewSurfaceMaterial"]
glass = OmniGlassMaterial("/New/Looks/glass")
glass.set_input_values("glass_ior", 1.5)
assert type(VisualMaterial.fetch_instances("/New/Looks/glass")[0]) is OmniGlassMaterial

# bodies: one falls on the ground and comes to rest
rubber = RigidBodyMaterial("/New/Looks/rubber", static_frictions=0.9, dynamic_frictions=0.8, restitutions=0.0)
near(rubber.get_friction_coefficients()[1], [[0.8]])
GeomPrim("/New/a", apply_collision_apis=True).apply_physics_materials(rubber)
assert stage().GetPrimAtPath("/New/a").HasAPI(UsdPhysics.CollisionAPI)
assert not stage().GetPrimAtPath("/New/b").HasAPI(UsdPhysics.CollisionAPI)
body = RigidPrim("/New/a", masses=2.0)
body.set_default_state(positions=[0, 0, 1], linear_velocities=[0, 0, 0])
near(body.get_masses(), [[2.0]])
app_utils.play()
app_utils.update_app(steps=90)
near(body.get_world_poses()[0].numpy()[0, 2], 0.25, 0.01)
near(body.get_velocities()[0], np.zeros((1, 3)), 0.05)
body.reset_to_default_state()
near(body.get_world_poses()[0], [[0, 0, 1]])
app_utils.stop()
assert app_utils.is_stopped() and not app_utils.is_paused()
binding = UsdShade.MaterialBindingAPI(stage().GetPrimAtPath("/New/a")).GetDirectBinding("physics")
assert binding.GetMaterialPath() == "/New/Looks/rubber"

# what is not there says so
assert "/Nowhere" in raises(Exception, Prim, "/Nowhere")
for kind in (DeformablePrim, VolumeDeformableMaterial):
    assert raises(Exception, kind, "/New/a").split(": ")[1] == kind.__name__
