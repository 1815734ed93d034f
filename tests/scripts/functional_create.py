"""``rep.functional.create``: what each call makes."""

import numpy as np
import omni.replicator.core as rep
import omni.usd
from _checks import near, place, raises
from pxr import Usd, UsdGeom, UsdLux, UsdShade

omni.usd.get_context().new_stage()  # a new application's has /World already
f = rep.functional
world = f.create.xform(name="World", position=(1, 0, 0))
assert world.GetPath() == "/World"
for name in ("cube", "sphere", "cone", "cylinder", "torus", "plane"):
    prim = getattr(f.create, name)(name=name, parent=world, position=(0, 2, 0), scale=2, semantics={"class": name})
    assert str(prim.GetPath()) == f"/World/{name}" and prim.IsA(UsdGeom.Mesh)
    near(place(prim), (1, 2, 0))
    assert UsdGeom.BBoxCache(0, ["default"]).ComputeLocalBound(prim).ComputeAlignedRange().GetSize()[0] > 1.9
    assert list(prim.GetAttribute("semantics:labels:class").Get()) == [name]
bare = f.create.cube(name="bare", as_mesh=False)
assert bare.IsA(UsdGeom.Cube)
hidden = f.create.sphere(name="hidden", visible=False)
assert UsdGeom.Imageable(hidden).ComputeVisibility() == "invisible"
assert str(f.create.cube(name="cube", parent="/World").GetPath()) == "/World/cube_01"
assert f.create.scope(name="Scope").IsA(UsdGeom.Scope)
camera = f.create.camera(
    position=(0, 0, 5),
    look_at=(0, 0, 0),
    look_at_up_axis=(0, 1, 0),
    focal_length=35,
    clipping_range=(0.1, 9),
    name="Eye",
)
assert camera.GetAttribute("focalLength").Get() == 35 and tuple(camera.GetAttribute("clippingRange").Get()) == (
    np.float32(0.1),
    9,
)
near(np.array(f.utils.get_world_transform(camera))[2][:3], (0, 0, 1))
turned = f.create.xform(name="Turned", rotation=(0, 0, 90))
near(np.array(f.utils.get_world_transform(turned))[0][:3], (0, 1, 0))
quaternion = f.create.xform(name="Quaternion", rotation=(0.70710678, 0, 0, 0.70710678))
near(np.array(f.utils.get_world_transform(quaternion))[0][:3], (0, 1, 0))
for kind, schema, extra in (
    ("dome", UsdLux.DomeLight, {}),
    ("distant", UsdLux.DistantLight, {"angle": 3.0}),
    ("sphere", UsdLux.SphereLight, {"radius": 0.2}),
    ("rect", UsdLux.RectLight, {"width": 2.0, "height": 3.0}),
    ("disk", UsdLux.DiskLight, {"radius": 0.3}),
    ("cylinder", UsdLux.CylinderLight, {"length": 4.0}),
):
    light = getattr(f.create, f"{kind}_light")(intensity=7, color=(1, 0.5, 0), temperature=4000, exposure=1, **extra)
    assert light.IsA(schema) and light.GetAttribute("inputs:intensity").Get() == 7
    assert (
        light.GetAttribute("inputs:colorTemperature").Get() == 4000 and light.GetAttribute("inputs:exposure").Get() == 1
    )
    near(light.GetAttribute("inputs:color").Get(), (1, 0.5, 0))
    for key, value in extra.items():
        near(light.GetAttribute(f"inputs:{key}").Get(), value)
assert "did you mean 'radius'" in raises(Exception, f.create.sphere_light, radiu=1)
assert "no argument 'colour'" in raises(Exception, f.create.cube, colour=1)
reference = f.create.reference(
    usd_path="rendersdg:fruit/apple", name="Apple", parent="/World", position=(0, 0, 3), semantics={"class": "apple"}
)
near(place(reference), (1, 0, 3))
assert any(p.IsA(UsdGeom.Mesh) for p in Usd.PrimRange(reference))
copy = f.create.clone(reference, name="Copy")
assert any(p.IsA(UsdGeom.Mesh) for p in Usd.PrimRange(copy)) and str(copy.GetPath()) == "/World/Copy"
red = f.create.material(mdl="OmniPBR.mdl", bind_prims=bare, diffuse_color_constant=(1, 0, 0))
bound, _ = UsdShade.MaterialBindingAPI(bare).ComputeBoundMaterial()
assert bound.GetPath() == red.GetPath()
row = f.create_batch.cube(count=3, name="Row", position=[(k, 9, 0) for k in range(3)], semantics=[("class", "row")])
near([place(p) for p in row], [(k, 9, 0) for k in range(3)])
assert all(list(p.GetAttribute("semantics:labels:class").Get()) == ["row"] for p in row)
paints = f.create_batch.material(mdl="OmniPBR.mdl", bind_prims=row, count=3, project_uvw=True)
assert [UsdShade.MaterialBindingAPI(p).ComputeBoundMaterial()[0].GetPath() for p in row] == [
    m.GetPath() for m in paints
]
assert len({m.GetPath() for m in paints}) == 3
