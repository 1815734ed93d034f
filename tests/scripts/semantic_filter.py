"""The semantic filter over everything."""

import omni.replicator.core as rep
from omni.syntheticdata import SyntheticData

rep.create.cube(semantics=[("class", "cube")])
rep.create.sphere(position=(150, 0, 0), semantics=[("kind", "ball")])
rp = rep.create.render_product(rep.create.camera(position=(0, 0, 900), look_at=(0, 0, 0)), (64, 64))
boxes = rep.annotators.get("bounding_box_2d_tight")
boxes.attach(rp)
found = []
for predicate in ("class:*", "kind:*", "*:*"):
    SyntheticData.Get().set_instance_mapping_semantic_filter(predicate)
    rep.orchestrator.step()
    found.append([list(v) for v in boxes.get_data()["info"]["idToLabels"].values()])
assert found == [[["class"]], [["kind"]], [["class"], ["kind"]]], found
