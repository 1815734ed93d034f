"""Prims are called, found and changed as Replicator's own are."""

import omni.replicator.core as rep
from _checks import raises, stage
from omni.replicator.core.scripts.create import ReplicatorItem

CUBES = ["/Replicator/box_Xform", "/Replicator/box_Xform_01"]

with rep.new_layer():
    first, second = (rep.create.from_usd("part.usda") for _ in range(2))
    named = rep.create.from_usd("part.usda", name="pole_0")
    boxes = rep.create.cube(name="box", count=2, semantics=[("class", "box")])
    rig = rep.create.stereo_camera(stereo_baseline=0.1)
    rep.create.material_omnipbr(count=2)
    rep.create.light()
    rep.create.xform(name="hook")
    rep.create.sphere(parent=boxes, count=2)

paths = [str(p.GetPath()) for p in stage().Traverse()]
for path in (
    "/Replicator/Ref_Xform/Ref",
    "/Replicator/Ref_Xform_01/Ref",
    "/Replicator/pole_0_Xform/pole_0",
    "/Replicator/hook",
    "/Replicator/DistantLight_Xform/DistantLight",
    "/Replicator/Looks/OmniPBR_01/Shader",
    "/Replicator/StereoCam/StereoCam_R_Xform/StereoCam_R",
    *(f"{cube}/Sphere_Xform/Sphere" for cube in CUBES),
):
    assert path in paths, path

# what an item stands for are the Xforms around; poses, labels and visibility are theirs
assert isinstance(boxes, ReplicatorItem) and [str(p) for p in boxes.get_output("prims")] == CUBES
assert [str(p.GetPath()) for p in boxes.get_output_prims()["prims"]] == CUBES == rep.utils.get_node_targets(boxes)
inner = boxes.get_output_prims()["prims"][0].GetChildren()[0]
assert (inner.GetName(), inner.GetTypeName()) == ("box", "Mesh")
found = rep.get.prims(path_pattern="/box_Xform")
assert found.paths()[:2] == [CUBES[0], f"{CUBES[0]}/box"]
assert rep.get.prims(path_pattern="/Replicator/Ref_Xform(_\\d+)?$").paths() == [*first.paths(), *second.paths()]
assert rep.get.prims(semantics=("class", "box")).paths() == CUBES
assert rep.get.prim_at_path("/Replicator/pole_0_Xform/pole_0").paths() == ["/Replicator/pole_0_Xform/pole_0"]
assert len(rep.create.render_product(rig, (8, 8))) == 2
assert "is a shape" in raises(Exception, rep.create.cube, parent="/Replicator/box_Xform/box")

# the node behind an item
group = rep.create.group([first, second])
node = group.node
assert [str(p) for p in node.get_attribute("outputs:prims").get()] == [*first.paths(), *second.paths()]
assert [p.GetPath() for p in group._get_prims()["primsIn"]] == group.get_input("primsIn")
assert node.get_attribute_exists("outputs:prims") and not node.get_attribute_exists("inputs:lower")
spread = rep.distribution.uniform((0, 0, 0), (1, 2, 3))
assert spread.node.get_attribute("inputs:upper").get() == (1, 2, 3) and "samples" in spread.outputs
with group:
    moved = rep.modify.pose(position=spread)
assert [str(p.GetPath()) for p in moved.get_input_prims()["prims"]] == group.paths()
assert moved.node.get_attribute("inputs:position").set((0, 0, 1)) and moved.get_input("position") == (0, 0, 1)
assert "no attribute" in raises(Exception, node.get_attribute, "inputs:nothing")
assert "fixed" in raises(Exception, spread.set_input, "upper", 5)
