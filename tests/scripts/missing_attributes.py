"""Attributes that are missing are reported and end nothing; inputs of MDL's shaders are there unauthored."""

import omni.replicator.core as rep
from pxr import UsdGeom

paint = rep.create.material_omnipbr(diffuse=(0.5, 0.2, 0.2))
box = rep.create.cube(material=paint, semantics=[("class", "box")])
rp = rep.create.render_product(rep.create.camera(position=(0, 0, 500)), (32, 32))
with rep.trigger.on_frame(max_execs=2):
    with paint:
        rep.modify.attribute("inputs:metallic_constant", rep.distribution.uniform(0, 1))
        rep.modify.attribute("round_edges_radius", 0.5)
        rep.modify.attribute("no_input_of_this", 1.0)
    with box:
        rep.modify.attribute("colour", (1.0, 0.0, 0.0))
        rep.modify.attribute("mine", 3.0, attribute_type="float")
prim = rep.functional.create.cube(name="Other")
rep.functional.modify.attribute(prim, "nothing", 1.0)
rep.functional.modify.attribute(prim, "mine", 2.0, attribute_type="float")
assert not prim.HasAttribute("nothing") and prim.GetAttribute("mine").Get() == 2.0
glass = rep.functional.create.material(mdl="OmniGlass.mdl", name="Glass", glass_color=(0.5, 0.75, 1.0))
rep.functional.modify.attribute(glass, "glass_ior", 1.4)
rep.functional.modify.attribute(glass, "roughness_constant", 0.1)
shader = glass.GetChild("Shader")
assert shader.HasAttribute("inputs:glass_ior") and not shader.HasAttribute("inputs:roughness_constant")
rep.functional.modify.material(prim, glass)
assert UsdGeom.Imageable(prim)
writer = rep.WriterRegistry.get("BasicWriter")
writer.initialize(output_dir="out", rgb=True)
writer.attach(rp)
rep.orchestrator.run()
