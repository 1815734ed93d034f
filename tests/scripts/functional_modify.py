"""``rep.functional``: what modifiers, randomizers and getters do."""

import numpy as np
import omni.replicator.core as rep
from _checks import near, place, raises, stage
from pxr import UsdGeom, UsdShade

rep.settings.set_stage_up_axis("Z")
rep.settings.set_stage_meters_per_unit(1.0)
f = rep.functional
a, b = f.create.cube(name="a"), f.create.cube(name="b")
f.modify.position([a, b], [(1, 2, 3), (4, 5, 6)])
near([place(a), place(b)], [(1, 2, 3), (4, 5, 6)])
f.modify.position(["/a", "/b"], (0, 0, 1))
near([place(a), place(b)], [(0, 0, 1)] * 2)
f.modify.scale(a, 3)
near(np.linalg.norm(np.array(f.utils.get_world_transform(a).GetMatrix())[:3, :3], axis=1), (3, 3, 3))
f.modify.rotation(a, (0, 0, 90))
near(np.array(f.utils.get_world_transform(a).GetMatrix())[0][:3], (0, 3, 0))
f.modify.pose(b, look_at_value=a)
f.modify.pose(b, position_value=(0, 0, 9), look_at_value=(0, 0, 0), look_at_up_axis=(0, 1, 0), scale_value=2)
near(np.array(f.utils.get_world_transform(b).GetMatrix())[2][:3], (0, 0, 2))
assert "2 prims" in raises(Exception, f.modify.position, [a, b], [(1, 2, 3)] * 3)
f.modify.semantics(a, {"class": "one"})
f.modify.semantics(a, {"class": "two", "kind": "x"}, mode="add")
assert sorted(a.GetAttribute("semantics:labels:class").Get()) == ["one", "two"]
f.modify.semantics(a, [("class", "three")], mode="replace")
assert list(a.GetAttribute("semantics:labels:class").Get()) == ["three"] and list(
    a.GetAttribute("semantics:labels:kind").Get()
) == ["x"]
f.modify.semantics(a, {"class": "four"}, mode="clear")
assert list(a.GetAttribute("semantics:labels:class").Get()) == ["four"] and not a.HasAttribute("semantics:labels:kind")
light = f.create.sphere_light()
f.modify.attribute(light, "intensity", 5.0)
assert light.GetAttribute("inputs:intensity").Get() == 5
lights = [light, f.create.sphere_light(), f.create.sphere_light()]
f.modify.attribute(lights, "intensity", np.array([1.0, 2.0, 3.0]))
f.modify.attribute(lights, "color", (0.5, 0.25, 1.0))
assert [p.GetAttribute("inputs:intensity").Get() for p in lights] == [1, 2, 3]
near([p.GetAttribute("inputs:color").Get() for p in lights], [(0.5, 0.25, 1)] * 3)
paints = f.create_batch.material(mdl="OmniPBR.mdl", count=3)
f.modify.attribute(paints, "diffuse_texture", np.array(["/a.png", "/b.png", "/c.png"]))
f.modify.attribute(paints, "texture_rotate", [10.0, 20.0, 30.0])
f.modify.attribute(paints, "diffuse_tint", (0.5, 1.0, 0.0))
f.modify.attribute(paints, "diffuse_color_constant", np.eye(3))
shaders = [UsdShade.Material(m).ComputeSurfaceSource("mdl")[0] for m in paints]
assert [x.GetInput("diffuse_texture").Get().path for x in shaders] == ["/a.png", "/b.png", "/c.png"]
near([x.GetInput("texture_rotate").Get() for x in shaders], (10, 20, 30))
near([x.GetInput("diffuse_tint").Get() for x in shaders], [(0.5, 1, 0)] * 3)
near([x.GetInput("diffuse_color_constant").Get() for x in shaders], np.eye(3))
f.modify.visibility([a, b], [False, True])
assert [UsdGeom.Imageable(p).ComputeVisibility() for p in (a, b)] == ["invisible", "inherited"]
f.modify.visibility(a, True)
assert UsdGeom.Imageable(a).ComputeVisibility() == "inherited"
f.modify.material(a, "/NVIDIA/Materials/Base/Metals/Steel.mdl")
assert UsdShade.MaterialBindingAPI(a).ComputeBoundMaterial()[0]
assert [p.GetName() for p in f.get.prim_at_paths(["/a", "/b"])] == ["a", "b"]
assert [p.GetName() for p in f.get.prims(path_pattern="^/(a|b)$", stage=stage())] == ["a", "b"]
assert [p.GetName() for p in f.get.prims(semantics=[("class", "three"), ("class", "four")])] == ["a"]
assert rep.__file__.split("/")[-5][21:].startswith("1.12.")  # as scripts find the version out
assert "no prim at '/none'" in raises(Exception, f.modify.scale, "/none", 1)
f.randomizer.display_color([a, b], rng=rep.rng.ReplicatorRNG(1))
colours = [np.array(UsdGeom.Gprim(p).GetDisplayColorAttr().Get())[0] for p in (a, b)]
assert not np.allclose(*colours)
first, second = rep.rng.ReplicatorRNG(3).generator.random(4), rep.rng.ReplicatorRNG(3).generator.random(4)
near(first, second, 0)
assert not np.allclose(rep.rng.ReplicatorRNG().generator.random(4), rep.rng.ReplicatorRNG().generator.random(4))
ground = f.create.plane(name="ground", scale=(10, 10, 1), position=(0, 0, -2))
many = f.create_batch.cube(count=12, name="many", scale=0.5)
f.randomizer.scatter_2d(
    many,
    ground,
    extents=((-4, -6, -9), (6, 6, 9)),
    offset=0.25,
    check_for_collisions=True,
    rng=rep.rng.ReplicatorRNG(2),
)
spots = np.array([place(p) for p in many])
near(spots[:, 2], [-1.75] * 12)
gaps = np.abs(spots[:, None] - spots[None]).max(-1)[~np.eye(12, dtype=bool)]
assert gaps.min() >= 0.5 - 1e-6 and np.abs(spots[:, :2]).max() <= 5
scene = f.physics.create_physics_scene("/Physics", gravityMagnitude=3.0)
assert scene.GetAttribute("physics:gravityMagnitude").Get() == 3
f.physics.apply_rigid_body(a, with_collider=True)
f.physics.apply_collider(b, approximation="convexHull")
assert {"PhysicsRigidBodyAPI", "PhysicsCollisionAPI"} <= set(a.GetAppliedSchemas())
assert b.GetAttribute("physics:approximation").Get() == "convexHull"
