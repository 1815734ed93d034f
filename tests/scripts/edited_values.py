"""Values of prims edited between steps."""

import omni.replicator.core as rep
import omni.usd
from pxr import UsdGeom

light = rep.functional.create.dome_light(intensity=500)
red = rep.functional.create.material(mdl="OmniPBR.mdl", name="Red", diffuse_color_constant=(1, 0, 0))
parent = rep.functional.create.xform(name="Group")
cube = rep.functional.create.cube(name="Cube", parent=parent, semantics={"class": "cube"}, material=red)
ball = rep.functional.create.sphere(name="Ball", position=(150, 0, 0), semantics={"class": "ball"})
camera = rep.functional.create.camera(position=(0, 0, 900), look_at=(0, 0, 0), look_at_up_axis=(0, 1, 0))
rp = rep.create.render_product(camera, (64, 48))
writer = rep.writers.get("BasicWriter")
writer.initialize(
    output_dir="out", rgb=True, semantic_segmentation=True, bounding_box_2d_tight=True, motion_vectors=True
)
writer.attach(rp)
step = rep.orchestrator.step
step()
rep.functional.modify.pose(parent, position_value=(-100, 0, 0))
step()
rep.functional.modify.visibility(ball, False)
step()
rep.functional.modify.visibility(ball, True)
step()
rep.functional.modify.semantics(cube, {"class": "other"}, mode="replace")
step()
red.GetChild("Shader").GetAttribute("inputs:diffuse_color_constant").Set((0, 1, 0))
step()
light.GetAttribute("inputs:intensity").Set(200.0)
step()
camera.GetAttribute("focalLength").Set(35.0)
step()
UsdGeom.Gprim(ball).CreateDisplayColorAttr([(0, 0, 1)])
step()
rep.functional.create.cone(name="Cone", position=(0, 150, 0))
step()
